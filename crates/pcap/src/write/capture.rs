//! The writer for either format.

use std::io::Write;
use std::path::Path;

use rheos_core::{LinkType, RawPacket};

use crate::block::{Block, Entry};
use crate::error::Error;
use crate::format::Format;
use crate::write::options::{PcapOptions, WriteOptions};
use crate::write::output::OutputFile;
use crate::write::pcap::PcapWriter;
use crate::write::pcapng::PcapNgWriter;

/// The header of a record of pcap.
const PCAP_RECORD: u64 = 16;
/// What is around the data in an enhanced packet block of pcapng.
const PCAPNG_BLOCK: u64 = 32;

/// Writes packets into a capture of the format that is chosen.
///
/// ```
/// use rheos_core::{LinkType, RawPacket, Timestamp};
/// use rheos_pcap::{CaptureWriter, WriteOptions, open};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("a.pcapng.gz");
/// let mut writer = CaptureWriter::create(&path, &WriteOptions::default())?;
/// writer.write(&RawPacket::new(Timestamp::from_nanos(7), LinkType::ETHERNET, b"hi"))?;
/// writer.close()?;
///
/// let mut capture = open(&path)?;
/// assert_eq!(capture.next_packet()?.unwrap().data, b"hi");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct CaptureWriter<W: Write> {
    kind: Kind<W>,
}

#[derive(Debug)]
enum Kind<W: Write> {
    /// A pcap whose link type the first packet tells. The writer is taken only to be put into what
    /// comes next.
    Waiting(Option<W>, PcapOptions),
    Pcap(PcapWriter<W>),
    PcapNg(Box<PcapNgWriter<W>>),
}

impl CaptureWriter<OutputFile> {
    /// Makes a file for a capture; it has its name once it is [closed](Self::close).
    ///
    /// # Errors
    ///
    /// As of [`OutputFile::create`] and [`new`](Self::new).
    pub fn create(path: impl AsRef<Path>, options: &WriteOptions) -> Result<Self, Error> {
        let path = path.as_ref();
        let options = options.clone().named(path);
        // What cannot be written leaves no trace of a file.
        check(options.format)?;
        Self::new(OutputFile::create(path, &options.output)?, &options)
    }

    /// Writes the last bytes, and gives the file its name.
    ///
    /// # Errors
    ///
    /// [`Error::Write`]; or as of [`OutputFile::finish`].
    pub fn close(self) -> Result<(), Error> {
        self.finish()?.finish()
    }
}

impl<W: Write> CaptureWriter<W> {
    /// Writes a capture into anything.
    ///
    /// # Errors
    ///
    /// [`Error::UnsupportedFormat`] for a format that is only read; or as of the writer of the
    /// format.
    pub fn new(writer: W, options: &WriteOptions) -> Result<Self, Error> {
        let kind = match (check(options.format)?, options.link_type) {
            (Format::Pcap, None) => Kind::Waiting(Some(writer), options.pcap.clone()),
            (Format::Pcap, Some(link_type)) => {
                Kind::Pcap(PcapWriter::with_options(writer, link_type, options.pcap.clone())?)
            }
            _ => {
                Kind::PcapNg(Box::new(PcapNgWriter::with_options(writer, options.pcapng.clone())?))
            }
        };
        Ok(Self { kind })
    }

    /// A capture whose section and interfaces are to come as [entries](Self::write_entry) of
    /// another, and not to be made up.
    ///
    /// # Errors
    ///
    /// As of [`new`](Self::new).
    pub fn copy(writer: W, options: &WriteOptions) -> Result<Self, Error> {
        if check(options.format)? == Format::PcapNg {
            return Ok(PcapNgWriter::without_section(writer, options.pcapng.clone()).into());
        }
        Self::new(writer, options)
    }

    /// Writes a packet.
    ///
    /// # Errors
    ///
    /// As of [`PcapWriter::write`] and [`PcapNgWriter::write`].
    #[inline]
    pub fn write(&mut self, packet: &RawPacket<'_>) -> Result<(), Error> {
        loop {
            match &mut self.kind {
                Kind::Pcap(writer) => return writer.write(packet),
                Kind::PcapNg(writer) => return writer.write(packet),
                Kind::Waiting(..) => self.start(packet.link_type)?,
            }
        }
    }

    /// Writes a block; in a pcap, which has a place for packets only, nothing.
    ///
    /// # Errors
    ///
    /// As of [`PcapNgWriter::write_block`].
    pub fn write_block(&mut self, block: &Block<'_>) -> Result<(), Error> {
        match &mut self.kind {
            Kind::PcapNg(writer) => writer.write_block(block),
            Kind::Pcap(_) | Kind::Waiting(..) => Ok(()),
        }
    }

    /// Writes what a reader has read: the block as it is, or in a pcap the packet in it.
    ///
    /// # Errors
    ///
    /// As of [`write`](Self::write) and [`write_block`](Self::write_block).
    pub fn write_entry(&mut self, entry: &Entry<'_>) -> Result<(), Error> {
        match (&mut self.kind, &entry.packet) {
            (Kind::PcapNg(writer), _) => writer.write_block(&entry.block),
            (_, Some(packet)) => self.write(packet),
            (_, None) => Ok(()),
        }
    }

    /// Hands on all that has been written.
    ///
    /// # Errors
    ///
    /// [`Error::Write`].
    pub fn flush(&mut self) -> Result<(), Error> {
        match &mut self.kind {
            Kind::Waiting(..) => Ok(()),
            Kind::Pcap(writer) => writer.flush(),
            Kind::PcapNg(writer) => writer.flush(),
        }
    }

    /// Writes the last bytes, and gives the writer back.
    ///
    /// # Errors
    ///
    /// [`Error::Write`].
    pub fn finish(mut self) -> Result<W, Error> {
        if let Kind::Waiting(..) = self.kind {
            self.start(LinkType::ETHERNET)?;
        }
        match self.kind {
            Kind::Pcap(writer) => writer.finish(),
            Kind::PcapNg(writer) => writer.finish(),
            Kind::Waiting(..) => Err(lost()),
        }
    }

    /// Goes on in another writer with what stood at the front of this one, and gives this one back.
    ///
    /// # Errors
    ///
    /// [`Error::Write`].
    pub fn go_on_in(&mut self, writer: W) -> Result<W, Error> {
        match &mut self.kind {
            Kind::Pcap(own) => own.go_on_in(writer),
            Kind::PcapNg(own) => own.go_on_in(writer),
            Kind::Waiting(waiting, options) => {
                let last = waiting.replace(writer).ok_or_else(lost)?;
                PcapWriter::with_options(last, LinkType::ETHERNET, options.clone())?.finish()
            }
        }
    }

    /// The format.
    pub fn format(&self) -> Format {
        match self.kind {
            Kind::Pcap(_) | Kind::Waiting(..) => Format::Pcap,
            Kind::PcapNg(_) => Format::PcapNg,
        }
    }

    /// How many packets have been written.
    pub fn packets_written(&self) -> u64 {
        match &self.kind {
            Kind::Waiting(..) => 0,
            Kind::Pcap(writer) => writer.packets_written(),
            Kind::PcapNg(writer) => writer.packets_written(),
        }
    }

    /// How many bytes have been written, uncompressed.
    pub fn bytes_written(&self) -> u64 {
        match &self.kind {
            Kind::Waiting(..) => 0,
            Kind::Pcap(writer) => writer.bytes_written(),
            Kind::PcapNg(writer) => writer.bytes_written(),
        }
    }

    /// How many bytes a packet takes, without options.
    pub(crate) fn length_of(&self, packet: &RawPacket<'_>) -> u64 {
        let length = packet.data.len() as u64;
        match &self.kind {
            Kind::Waiting(..) | Kind::Pcap(_) => length.saturating_add(PCAP_RECORD),
            Kind::PcapNg(_) => (length.saturating_add(3) & !3).saturating_add(PCAPNG_BLOCK),
        }
    }

    /// Starts a pcap whose link type is known now.
    #[cold]
    fn start(&mut self, link_type: LinkType) -> Result<(), Error> {
        if let Kind::Waiting(writer, options) = &mut self.kind {
            let writer = writer.take().ok_or_else(lost)?;
            let options = std::mem::take(options);
            self.kind = Kind::Pcap(PcapWriter::with_options(writer, link_type, options)?);
        }
        Ok(())
    }
}

impl<W: Write> From<PcapWriter<W>> for CaptureWriter<W> {
    fn from(writer: PcapWriter<W>) -> Self {
        Self { kind: Kind::Pcap(writer) }
    }
}

impl<W: Write> From<PcapNgWriter<W>> for CaptureWriter<W> {
    fn from(writer: PcapNgWriter<W>) -> Self {
        Self { kind: Kind::PcapNg(Box::new(writer)) }
    }
}

/// The format to be written, if it is one that is.
fn check(format: Option<Format>) -> Result<Format, Error> {
    match format {
        None | Some(Format::PcapNg) => Ok(Format::PcapNg),
        Some(Format::Pcap) => Ok(Format::Pcap),
        Some(_) => Err(Error::UnsupportedFormat { name: "writing this format" }),
    }
}

/// A writer whose header could not be written has gone with the error of then.
fn lost() -> Error {
    let source = std::io::Error::other("the header of the capture could not be written");
    Error::Write { packet: 0, source }
}
