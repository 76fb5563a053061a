//! The files of `rheos log`.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use rheos::core::Timestamp;
use rheos::pcap::{self, OutputFile, OutputOptions};
use rheos::session::log::{Log, Record, ZeekLine, write_footer, write_header};

use super::{Arguments, LogFormat, write_eve};
use crate::error::Error;
use crate::time::Origin;

/// The name of a log's file, and what it is written through: a record is many small writes.
type OpenLog = (String, BufWriter<OutputFile>);

/// The files of logs, which have their names once they are whole.
pub(super) struct Files<'a> {
    pub(super) folder: &'a Path,
    pub(super) arguments: &'a Arguments,
    pub(super) open: BTreeMap<&'static str, OpenLog>,
}

impl Files<'_> {
    pub(super) fn write(&mut self, record: &Record, origin: Origin) -> Result<(), Error> {
        let name = if self.arguments.format == LogFormat::Eve { "eve" } else { record.log.name };
        if !self.open.contains_key(name) {
            let file = self.create(name, record.log, origin)?;
            self.open.insert(name, file);
        }
        let Some((_, file)) = self.open.get_mut(name) else { return Ok(()) };
        match self.arguments.format {
            LogFormat::Zeek => writeln!(file, "{}", ZeekLine(record))?,
            LogFormat::Json => {
                serde_json::to_writer(&mut *file, record)?;
                file.write_all(b"\n")?;
            }
            LogFormat::Eve => write_eve(file, record)?,
        }
        Ok(())
    }

    fn create(&self, name: &str, log: &Log, origin: Origin) -> Result<OpenLog, Error> {
        let ending = if self.arguments.format == LogFormat::Eve { "json" } else { "log" };
        let path = self.folder.join(format!("{name}.{ending}"));
        let shown = path.display().to_string();
        let overwrite = self.arguments.force;
        let options = OutputOptions { overwrite, ..OutputOptions::default() };
        let created = OutputFile::create(&path, &options);
        let mut file = BufWriter::new(created.map_err(|source| taken(&shown, source))?);
        if self.arguments.format == LogFormat::Zeek {
            write_header(&mut file, log, origin.start())?;
        }
        Ok((shown, file))
    }

    /// Closes the files at the end of a capture, if that was reached.
    pub(super) fn finish(self, closed: Option<Timestamp>) -> Result<(), Error> {
        let closed = closed.filter(|_| self.arguments.format == LogFormat::Zeek);
        for (name, mut file) in self.open.into_values() {
            closed.map_or(Ok(()), |closed| write_footer(&mut file, closed))?;
            let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.finish().map_err(|source| taken(&name, source))?;
        }
        Ok(())
    }
}

/// A name that is taken is told with what helps.
pub(super) fn taken(name: &str, source: pcap::Error) -> Error {
    match source {
        pcap::Error::Create { source, .. } if source.kind() == io::ErrorKind::AlreadyExists => {
            Error::Ask(format!("{name} is there: --force writes over it"))
        }
        source => Error::Save { name: name.to_owned(), source },
    }
}
