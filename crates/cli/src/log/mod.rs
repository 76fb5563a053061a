//! `rheos log`: all logs of a capture; and `rheos http` and the like: one of them.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use rheos::core::RawPacket;
use rheos::layers::Decoder;
use rheos::pcap::{self, OutputFile, OutputOptions};
use rheos::session::log::{EveRecord, Log, LogOptions, Logs, Record, ZeekLine, write_header};

use crate::error::Error;
use crate::input::{Step, for_each_packet};
use crate::output::Output;

mod csv;
mod table;

const EXAMPLES: &str = "\
Examples:
  rheos log capture.pcap --out logs
  rheos log capture.pcap --out logs --format json
  rheos log capture.pcap --format eve | jq 'select(.event_type == \"http\")'";

/// Write the logs of a capture, with Zeek's columns: connections, and what programs say in them
///
/// There is a file for each log of which there is a record: conn.log, http.log, weird.log and so on.
/// Records of one connection have the same uid in all of them. EVE is one stream of all records, in
/// the order in which they are complete.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The capture, of any kind that rheos reads; `-` is standard input
    file: PathBuf,

    /// The folder for the logs, which is made if it is not there; of EVE, standard output without it
    #[arg(short, long, value_name = "DIR", required_unless_present_any = ["format"])]
    out: Option<PathBuf>,

    /// How to write them; json is an object a line, with Zeek's names, eve has Suricata's
    #[arg(long, value_enum, default_value_t)]
    format: LogFormat,

    /// Leave packets with a wrong checksum out; captures of a host's own traffic often have no others
    #[arg(long)]
    verify_checksums: bool,

    /// Write over files that are there
    #[arg(long, requires = "out")]
    force: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    #[default]
    Zeek,
    Json,
    Eve,
}

/// What the commands for single protocols are told.
#[derive(Args)]
pub(crate) struct MessageArguments {
    /// The capture, of any kind that rheos reads; `-` is standard input
    file: PathBuf,

    /// How to print; json is an object a line with Zeek's names, eve has Suricata's
    #[arg(long, value_enum, default_value_t)]
    format: MessageFormat,

    /// Print only the first so many
    #[arg(short = 'n', long, value_name = "N")]
    top: Option<usize>,

    /// Leave packets with a wrong checksum out; captures of a host's own traffic often have no others
    #[arg(long)]
    verify_checksums: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum MessageFormat {
    #[default]
    Table,
    Json,
    Csv,
    Zeek,
    Eve,
}

/// Makes records of a capture, and hands each on in its turn. What fails at the end of the capture comes
/// back beside nothing lost.
fn for_each_record(
    file: &Path,
    verify_checksums: bool,
    mut take: impl FnMut(&Record) -> Result<Step, Error>,
) -> Result<Option<Error>, Error> {
    let mut options = LogOptions::default();
    options.conn.verify_checksums = verify_checksums;
    let mut logs = Logs::new(&Decoder::default(), options);
    let mut records = Vec::new();
    let mut packets = 0_u64;
    let mut hand_on = |records: &mut Vec<Record>| -> Result<Step, Error> {
        for record in records.drain(..) {
            if let Step::Stop = take(&record)? {
                return Ok(Step::Stop);
            }
        }
        Ok(Step::Next)
    };
    let mut is_enough = false;
    let end = for_each_packet(file, |_, raw: &RawPacket<'_>| {
        packets = packets.saturating_add(1);
        logs.packet(raw, &mut |record| records.push(record.clone()));
        let step = hand_on(&mut records)?;
        is_enough = matches!(step, Step::Stop);
        Ok(step)
    })?;
    match end {
        // Logs of nothing would only hide that nothing could be read.
        Some(error) if packets == 0 => return Err(error),
        _ if is_enough => return Ok(None),
        _ => {}
    }
    logs.finish(&mut |record| records.push(record.clone()));
    hand_on(&mut records)?;
    Ok(end)
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Error> {
    let Some(folder) = &arguments.out else {
        if arguments.format != LogFormat::Eve {
            return Err(Error::Ask("--out says where the files go; only eve is one stream".into()));
        }
        return run_eve(arguments);
    };
    fs::create_dir_all(folder)
        .map_err(|source| Error::Create { name: folder.display().to_string(), source })?;
    let mut files = Files { folder, arguments, open: BTreeMap::new() };
    let end = for_each_record(&arguments.file, arguments.verify_checksums, |record| {
        files.write(record)?;
        Ok(Step::Next)
    })?;
    files.finish()?;
    end.map_or(Ok(()), Err)
}

fn run_eve(arguments: &Arguments) -> Result<(), Error> {
    let mut output = Output::new();
    let end = for_each_record(&arguments.file, arguments.verify_checksums, |record| {
        serde_json::to_writer(&mut output, &EveRecord(record))?;
        output.write_all(b"\n")?;
        Ok(Step::Next)
    })?;
    output.flush()?;
    end.map_or(Ok(()), Err)
}

/// The files of logs, which have their names once they are whole.
struct Files<'a> {
    folder: &'a Path,
    arguments: &'a Arguments,
    open: BTreeMap<&'static str, (String, OutputFile)>,
}

impl Files<'_> {
    fn write(&mut self, record: &Record) -> Result<(), Error> {
        let name = if self.arguments.format == LogFormat::Eve { "eve" } else { record.log.name };
        if !self.open.contains_key(name) {
            let file = self.create(name, record.log)?;
            self.open.insert(name, file);
        }
        let Some((_, file)) = self.open.get_mut(name) else { return Ok(()) };
        match self.arguments.format {
            LogFormat::Zeek => writeln!(file, "{}", ZeekLine(record))?,
            LogFormat::Json => {
                serde_json::to_writer(&mut *file, record)?;
                file.write_all(b"\n")?;
            }
            LogFormat::Eve => {
                serde_json::to_writer(&mut *file, &EveRecord(record))?;
                file.write_all(b"\n")?;
            }
        }
        Ok(())
    }

    fn create(&self, name: &str, log: &Log) -> Result<(String, OutputFile), Error> {
        let ending = if self.arguments.format == LogFormat::Eve { "json" } else { "log" };
        let path = self.folder.join(format!("{name}.{ending}"));
        let shown = path.display().to_string();
        let overwrite = self.arguments.force;
        let options = OutputOptions { overwrite, ..OutputOptions::default() };
        let created = OutputFile::create(&path, &options);
        let mut file = created.map_err(|source| taken(&shown, source))?;
        if self.arguments.format == LogFormat::Zeek {
            write_header(&mut file, log)?;
        }
        Ok((shown, file))
    }

    fn finish(self) -> Result<(), Error> {
        for (name, file) in self.open.into_values() {
            file.finish().map_err(|source| taken(&name, source))?;
        }
        Ok(())
    }
}

/// A name that is taken is told with what helps.
fn taken(name: &str, source: pcap::Error) -> Error {
    match source {
        pcap::Error::Create { source, .. }
            if source.kind() == std::io::ErrorKind::AlreadyExists =>
        {
            Error::Ask(format!("{name} is there: --force writes over it"))
        }
        source => Error::Save { name: name.to_owned(), source },
    }
}

/// Prints the records of one log.
pub(crate) fn run_messages(arguments: &MessageArguments, log: &'static Log) -> Result<(), Error> {
    let mut output = Output::new();
    let mut kept = Vec::new();
    let mut left = arguments.top.unwrap_or(usize::MAX);
    let mut is_first = true;
    let end = for_each_record(&arguments.file, arguments.verify_checksums, |record| {
        if record.log.name != log.name {
            return Ok(Step::Next);
        }
        let Some(rest) = left.checked_sub(1) else { return Ok(Step::Stop) };
        left = rest;
        match arguments.format {
            MessageFormat::Table => kept.push(record.clone()),
            MessageFormat::Json => {
                serde_json::to_writer(&mut output, record)?;
                output.write_all(b"\n")?;
            }
            MessageFormat::Eve => {
                serde_json::to_writer(&mut output, &EveRecord(record))?;
                output.write_all(b"\n")?;
            }
            MessageFormat::Csv => csv::write(&mut output, record, is_first)?,
            MessageFormat::Zeek => {
                if is_first {
                    write_header(&mut output, log)?;
                }
                writeln!(output, "{}", ZeekLine(record))?;
            }
        }
        is_first = false;
        Ok(Step::Next)
    })?;
    if arguments.format == MessageFormat::Table {
        table::write(&mut output, log, &kept)?;
    }
    output.flush()?;
    end.map_or(Ok(()), Err)
}
