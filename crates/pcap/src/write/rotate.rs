//! Captures in several files: the next one starts where the last one is full.

use std::collections::VecDeque;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rheos_core::{RawPacket, Timestamp};

use crate::block::{Block, Entry};
use crate::error::Error;
use crate::write::capture::CaptureWriter;
use crate::write::name::numbered;
use crate::write::options::WriteOptions;
use crate::write::output::OutputFile;

/// When a file is full, and how many are kept. Each file has one packet at least.
///
/// ```
/// use rheos_pcap::Rotation;
///
/// let hourly =
///     Rotation { time: Some(std::time::Duration::from_secs(3_600)), ..Rotation::default() };
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rotation {
    /// Bytes, uncompressed, with which a file is full: the packet that would go beyond them is the
    /// first of the next.
    pub bytes: Option<u64>,
    /// Packets with which a file is full.
    pub packets: Option<u64>,
    /// How much later than its first packet a packet is the first of the next file. It is the time
    /// of packets, so that a file that is read is split as the capture would have been.
    pub time: Option<Duration>,
    /// How many files are kept, the one being written included; the oldest is removed as the next
    /// is started. `None` is all.
    pub ring: Option<NonZeroUsize>,
}

/// Writes a capture into files of numbered names, each a whole capture of its own.
///
/// `a.pcap` becomes `a_00001.pcap`, `a_00002.pcap` and so on. A file of pcapng starts with the
/// section and the interfaces of the one before it, and with the names and secrets of its packets so
/// far.
///
/// ```
/// use rheos_core::{LinkType, RawPacket, Timestamp};
/// use rheos_pcap::{RotatingWriter, Rotation, WriteOptions};
///
/// let folder = tempfile::tempdir()?;
/// let rotation = Rotation { packets: Some(2), ..Rotation::default() };
/// let options = WriteOptions::default();
/// let mut writer = RotatingWriter::create(folder.path().join("a.pcap"), options, rotation)?;
/// for second in 0..3 {
///     let time = Timestamp::from_secs(second, 0);
///     writer.write(&RawPacket::new(time, LinkType::ETHERNET, b"hi"))?;
/// }
/// let files = writer.close()?;
/// assert!(files[1].ends_with("a_00002.pcap"));
/// assert_eq!(files.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct RotatingWriter {
    path: PathBuf,
    options: WriteOptions,
    rotation: Rotation,
    writer: CaptureWriter<OutputFile>,
    /// The files that are there, the one being written last.
    files: VecDeque<PathBuf>,
    number: u64,
    /// The time of the first packet of this file.
    start: Option<Timestamp>,
    /// Names and secrets, which hold for packets of later files as well.
    lasting: Vec<Block<'static>>,
    /// Packets in the files before.
    packets: u64,
}

impl RotatingWriter {
    /// Starts the first file.
    ///
    /// # Errors
    ///
    /// As of [`CaptureWriter::create`].
    pub fn create(
        path: impl AsRef<Path>,
        options: WriteOptions,
        rotation: Rotation,
    ) -> Result<Self, Error> {
        let path = path.as_ref().to_owned();
        let options = options.named(&path);
        let first = numbered(&path, 1);
        Ok(Self {
            writer: CaptureWriter::create(&first, &options)?,
            path,
            options,
            rotation,
            files: VecDeque::from([first]),
            number: 1,
            start: None,
            lasting: Vec::new(),
            packets: 0,
        })
    }

    /// Writes a packet, into the next file if this one is full.
    ///
    /// # Errors
    ///
    /// As of [`CaptureWriter::write`] and [`CaptureWriter::close`].
    #[inline]
    pub fn write(&mut self, packet: &RawPacket<'_>) -> Result<(), Error> {
        if self.is_full(packet) {
            self.start_next()?;
        }
        self.start.get_or_insert(packet.timestamp);
        self.writer.write(packet)
    }

    /// Writes what a reader has read: the block as it is, or in a pcap the packet in it. A packet
    /// goes into the next file if this one is full.
    ///
    /// # Errors
    ///
    /// As of [`CaptureWriter::write_entry`] and [`CaptureWriter::close`].
    pub fn write_entry(&mut self, entry: &Entry<'_>) -> Result<(), Error> {
        if let Some(packet) = &entry.packet {
            if self.is_full(packet) {
                self.start_next()?;
            }
            self.start.get_or_insert(packet.timestamp);
        }
        match &entry.block {
            Block::NameResolution(_) | Block::Secrets(_) => {
                self.lasting.push(entry.block.clone().into_owned());
            }
            Block::Section(_) => self.lasting.clear(),
            _ => {}
        }
        self.writer.write_entry(entry)
    }

    /// Ends this file and starts the next one, whether it is full or not.
    ///
    /// # Errors
    ///
    /// As of [`CaptureWriter::create`] and [`CaptureWriter::close`].
    pub fn start_next(&mut self) -> Result<(), Error> {
        let number = self.number.saturating_add(1);
        let path = numbered(&self.path, number);
        let output = OutputFile::create(&path, &self.options.output)?;
        self.packets = self.packets.saturating_add(self.writer.packets_written());
        self.writer.go_on_in(output)?.finish()?;
        for block in &self.lasting {
            self.writer.write_block(block)?;
        }
        self.number = number;
        self.files.push_back(path);
        self.start = None;
        self.remove_oldest()
    }

    /// Hands on all that has been written.
    ///
    /// # Errors
    ///
    /// [`Error::Write`].
    pub fn flush(&mut self) -> Result<(), Error> {
        self.writer.flush()
    }

    /// Ends the last file, and returns the names of all that are there, in their order.
    ///
    /// # Errors
    ///
    /// As of [`CaptureWriter::close`].
    pub fn close(self) -> Result<Vec<PathBuf>, Error> {
        self.writer.close()?;
        Ok(self.files.into())
    }

    /// The names of the files that are kept, the one being written last.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(PathBuf::as_path)
    }

    /// How many packets have been written, into all files.
    pub fn packets_written(&self) -> u64 {
        self.packets.saturating_add(self.writer.packets_written())
    }

    fn is_full(&self, packet: &RawPacket<'_>) -> bool {
        let Rotation { bytes, packets, time, ring: _ } = self.rotation;
        let written = self.writer.packets_written();
        if written == 0 {
            return false;
        }
        let length = self.writer.bytes_written().saturating_add(self.writer.length_of(packet));
        packets.is_some_and(|most| written >= most)
            || bytes.is_some_and(|most| length > most)
            || time
                .zip(self.start)
                .is_some_and(|(most, start)| packet.timestamp.saturating_since(start) >= most)
    }

    fn remove_oldest(&mut self) -> Result<(), Error> {
        let Some(most) = self.rotation.ring else { return Ok(()) };
        while self.files.len() > most.get() {
            let Some(oldest) = self.files.pop_front() else { break };
            fs::remove_file(&oldest)
                .map_err(|source| Error::Remove { path: oldest.clone(), source })?;
        }
        Ok(())
    }
}
