//! Captures by name.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;
use std::thread;
use std::time::Duration;

use rheos::core::{PacketSource, RawPacket};
use rheos::pcap::{self, Batch, CaptureReader, Entry};

use crate::error::Error;
use crate::progress::{self, Reading};

/// How long to wait for more of a capture that is followed: soon enough for a person who looks on.
pub(crate) const PAUSE: Duration = Duration::from_millis(100);

/// A capture that is being read, under its name.
pub(crate) struct Input {
    name: String,
    reader: CaptureReader<Source>,
    file_size: Option<u64>,
    /// Keeps the bar there; none for what has no end to be so far from.
    _reading: Option<Reading>,
}

impl Input {
    /// Opens a capture. `-` is standard input.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let name = path.display().to_string();
        let file_size = progress::file_size(path);
        let reading = file_size.map(Reading::start);
        match open(path, progress::watch) {
            Ok(reader) => Ok(Self { name, reader, file_size, _reading: reading }),
            Err(source) => Err(Error::Input { name, source }),
        }
    }

    /// Reads a capture from the start of a file that has no name.
    pub(crate) fn unnamed(mut file: File) -> Result<Self, Error> {
        let name = "a piece of the capture".to_owned();
        let length = file.rewind().and_then(|()| file.metadata()).map(|data| data.len());
        let failed = |source| Error::Read { name: name.clone(), source };
        let reading = Reading::start(length.map_err(failed)?);
        match CaptureReader::new(progress::watch(file)) {
            Ok(reader) => Ok(Self { name, reader, file_size: None, _reading: Some(reading) }),
            Err(source) => Err(Error::Input { name, source }),
        }
    }

    /// Opens a capture that is still being written, once its header is there. Its end is then that for
    /// now: [`next_packet`](Self::next_packet) looks again.
    pub(crate) fn follow(path: &Path) -> Result<Self, Error> {
        if path.as_os_str() == "-" {
            return Err(Error::Usage("--follow is for files: a pipe ends once".to_owned()));
        }
        let name = path.display().to_string();
        let reader = loop {
            match open(path, |file| Box::new(file)) {
                Ok(reader) => break reader.follow(true),
                Err(pcap::Error::Empty | pcap::Error::Truncated { .. }) => thread::sleep(PAUSE),
                Err(source) => return Err(Error::Input { name, source }),
            }
        };
        Ok(Self { name, reader, file_size: None, _reading: None })
    }

    /// Lends the next packet.
    #[inline]
    pub(crate) fn next_packet(&mut self) -> Result<Option<RawPacket<'_>>, Error> {
        let Self { name, reader, .. } = self;
        reader.next_packet().map_err(|source| Error::Input { name: name.clone(), source })
    }

    /// What lends the packets, for who looks ahead.
    #[inline]
    pub(crate) fn reader(&self) -> &CaptureReader<Source> {
        &self.reader
    }

    /// Takes the packets that are in memory, at most so many; if there are none, the next that comes, alone. None is
    /// the end.
    pub(crate) fn next_ready(&mut self, batch: &mut Batch, most: usize) -> Result<(), Error> {
        let mut ready = 0_usize;
        self.reader.look_ahead(most, |_| ready = ready.saturating_add(1));
        let Self { name, reader, .. } = self;
        let taken = reader.next_batch(batch, ready.max(1));
        taken.map(drop).map_err(|source| Error::Input { name: name.clone(), source })
    }

    /// Lends the next block: packets, and what is said beside them.
    #[inline]
    pub(crate) fn next_block(&mut self) -> Result<Option<Entry<'_>>, Error> {
        let Self { name, reader, .. } = self;
        reader.next_block().map_err(|source| Error::Input { name: name.clone(), source })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Bytes on the disk, if it is a file.
    pub(crate) fn file_size(&self) -> Option<u64> {
        self.file_size
    }

    /// Bytes read so far, uncompressed.
    pub(crate) fn position(&self) -> u64 {
        self.reader.position()
    }

    pub(crate) fn format(&self) -> pcap::Format {
        self.reader.format()
    }

    pub(crate) fn compression(&self) -> Option<pcap::Compression> {
        self.reader.compression()
    }
}

/// Reads every packet of a capture, until `take` has had enough. `-` is standard input.
///
/// What fails at the end of the capture comes back beside nothing lost: every packet before it was
/// taken.
pub(crate) fn for_each_packet(
    name: &Path,
    mut take: impl FnMut(u64, &RawPacket<'_>) -> Result<Step, Error>,
) -> Result<Option<Error>, Error> {
    match Input::open(name) {
        Ok(input) => each_packet(input, |number, packet| match packet {
            Some(packet) => take(number, packet),
            None => Ok(Step::Stop),
        }),
        Err(error) => Ok(Some(error)),
    }
}

/// The same of an open capture, whose end, or end for now, is no packet: `take` may go on behind it.
pub(crate) fn each_packet(
    mut input: Input,
    mut take: impl FnMut(u64, Option<&RawPacket<'_>>) -> Result<Step, Error>,
) -> Result<Option<Error>, Error> {
    let mut number = 0_u64;
    loop {
        let step = match input.next_packet() {
            Ok(Some(packet)) => {
                number = number.saturating_add(1);
                take(number, Some(&packet))?
            }
            Ok(None) => take(number, None)?,
            Err(error) => return Ok(Some(error)),
        };
        if let Step::Stop = step {
            return Ok(None);
        }
    }
}

/// Whether to go on.
pub(crate) enum Step {
    Next,
    Stop,
}

/// Where a capture comes from: what is compressed is unpacked on a thread of its own.
pub(crate) type Source = Box<dyn Read + Send>;

fn open(
    name: &Path,
    watch: impl FnOnce(File) -> Source,
) -> Result<CaptureReader<Source>, pcap::Error> {
    if name.as_os_str() == "-" {
        return CaptureReader::with_thread(Box::new(io::stdin()));
    }
    let opened = File::open(name).and_then(|file| Ok((file.metadata()?, file)));
    match opened {
        Ok((data, _)) if data.is_dir() => Err(pcap::Error::Open {
            path: name.to_owned(),
            source: io::ErrorKind::IsADirectory.into(),
        }),
        Ok((data, file)) if !data.is_file() => CaptureReader::with_thread(Box::new(file)),
        Ok((_, file)) => CaptureReader::with_thread(watch(file))?.tell_variant(),
        Err(source) => Err(pcap::Error::Open { path: name.to_owned(), source }),
    }
}
