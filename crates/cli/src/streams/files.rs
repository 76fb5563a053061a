//! A file for each side of a connection, with what it says.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use rheos::core::Side;
use rheos::flow::FiveTupleKey;
use rheos::session::{Connection, StreamEvent};

use super::{Arguments, GapFill, follow};
use crate::error::Error;

/// Files that are open at the same time: below the 1,024 that a process may usually have.
const MAX_OPEN: usize = 256;

/// The files of a folder.
pub(super) struct Files {
    folder: PathBuf,
    gap: GapFill,
    force: bool,
    /// Of connections that are not over.
    written: HashMap<(u64, Side), Written>,
    /// How many of them are open.
    open: usize,
    /// Counts what is written, to know what was used last.
    clock: u64,
    /// Names that were given away.
    names: HashSet<String>,
}

/// A file of one side.
struct Written {
    name: String,
    file: Option<BufWriter<File>>,
    used: u64,
}

impl Files {
    pub(super) fn new(folder: &Path, arguments: &Arguments) -> Self {
        let (gap, force) = (arguments.gap, arguments.force);
        Self {
            folder: folder.to_owned(),
            gap,
            force,
            written: HashMap::new(),
            open: 0,
            clock: 0,
            names: HashSet::new(),
        }
    }

    /// Makes the folder, if it is not there.
    pub(super) fn make_folder(&self) -> Result<(), Error> {
        fs::create_dir_all(&self.folder).map_err(|error| failed(&self.folder, error))
    }

    /// Writes what a side says.
    pub(super) fn event(&mut self, event: &StreamEvent<'_, FiveTupleKey>) -> Result<(), Error> {
        match event {
            StreamEvent::Data { connection, side, chunk } => {
                self.with(connection, *side, |file| file.write_all(chunk.bytes))
            }
            StreamEvent::Gap { connection, side, gap } => match self.gap {
                GapFill::Skip => Ok(()),
                GapFill::Mark => {
                    let mark = follow::mark(gap.len);
                    self.with(connection, *side, |file| file.write_all(mark.as_bytes()))
                }
                GapFill::Zero => self.with(connection, *side, |file| leave_hole(file, gap.len)),
            },
            _ => Ok(()),
        }
    }

    /// The names of both files of a connection that is over, which end with it.
    pub(super) fn names_of(&mut self, number: u64) -> [Option<String>; 2] {
        [Side::Initiator, Side::Responder].map(|side| {
            let written = self.written.remove(&(number, side))?;
            self.open = self.open.saturating_sub(written.file.is_some().into());
            Some(written.name)
        })
    }

    /// Writes to the file of a side, which is made if it is not there.
    fn with(
        &mut self,
        connection: &Connection<FiveTupleKey>,
        side: Side,
        write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> Result<(), Error> {
        let key = (connection.number, side);
        self.clock = self.clock.saturating_add(1);
        let is_open = self.written.get(&key).is_some_and(|written| written.file.is_some());
        if !is_open {
            self.close_oldest()?;
            let file = match self.written.get(&key) {
                Some(written) => again(&self.folder.join(&written.name))?,
                None => {
                    let name = self.name(connection, side);
                    let file = self.create(&name)?;
                    self.written.insert(key, Written { name, file: None, used: 0 });
                    file
                }
            };
            if let Some(written) = self.written.get_mut(&key) {
                written.file = Some(BufWriter::new(file));
                self.open = self.open.saturating_add(1);
            }
        }
        let Some(written) = self.written.get_mut(&key) else { return Ok(()) };
        written.used = self.clock;
        let Some(file) = &mut written.file else { return Ok(()) };
        // Told with the name, also where it is only now that the disk is found full.
        write(file)
            .and_then(|()| file.flush())
            .map_err(|error| failed(&self.folder.join(&written.name), error))
    }

    /// Closes the file that was not written to for the longest time, if too many are open.
    fn close_oldest(&mut self) -> Result<(), Error> {
        if self.open < MAX_OPEN {
            return Ok(());
        }
        let open = self.written.values_mut().filter(|written| written.file.is_some());
        if let Some(written) = open.min_by_key(|written| written.used)
            && let Some(mut file) = written.file.take()
        {
            self.open = self.open.saturating_sub(1);
            file.flush().map_err(|error| failed(&self.folder.join(&written.name), error))?;
        }
        Ok(())
    }

    fn create(&self, name: &str) -> Result<File, Error> {
        let path = self.folder.join(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(!self.force).create(self.force).truncate(self.force);
        options.open(&path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => {
                Error::Ask(format!("{} is there: --force writes over it", path.display()))
            }
            _ => failed(&path, error),
        })
    }

    /// The name of a side's file: from where to where, and when the connection started. Nothing in it
    /// but digits and letters of addresses comes from the capture.
    fn name(&mut self, connection: &Connection<FiveTupleKey>, side: Side) -> String {
        let (initiator, responder) = connection.key.endpoints(connection.initiator);
        let (from, to) = match side {
            Side::Initiator => (initiator, responder),
            Side::Responder => (responder, initiator),
        };
        let start = connection.started.unix();
        let mut name = format!("{}-{}_{start}", end(from), end(to));
        if !self.names.insert(name.clone()) {
            // Another connection between the same ends at the same time, or one with itself.
            name = format!("{name}_{}", connection.number);
            if !self.names.insert(name.clone()) {
                name.push_str("_b");
                self.names.insert(name.clone());
            }
        }
        name
    }
}

/// Opens a file again, to write behind what is there.
fn again(path: &Path) -> Result<File, Error> {
    let opened = OpenOptions::new().write(true).open(path).and_then(|mut file| {
        file.seek(SeekFrom::End(0))?;
        Ok(file)
    });
    opened.map_err(|error| failed(path, error))
}

/// Leaves zeros that take no place on the disk.
fn leave_hole(file: &mut BufWriter<File>, len: u64) -> io::Result<()> {
    let end = file.seek(SeekFrom::End(0))?.saturating_add(len);
    file.get_mut().set_len(end)?;
    file.seek(SeekFrom::Start(end))?;
    Ok(())
}

/// An end as a part of a file name, in which no system takes a colon.
fn end(end: SocketAddr) -> String {
    let address = match end.ip() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => address.to_string().replace(':', "."),
    };
    format!("{address}_{}", end.port())
}

fn failed(path: &Path, source: io::Error) -> Error {
    Error::Create { name: path.display().to_string(), source }
}
