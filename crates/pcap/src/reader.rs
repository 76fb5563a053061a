//! The reader: one for every format, over anything that reads.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;

use rheos_core::{Direction, LinkType, PacketSource, RawPacket, Timestamp};

use crate::buffer::{Buffer, MAX_RECORD};
use crate::error::Error;
use crate::interface::Interface;
use crate::options;
use crate::order::Order;
use crate::pcap::Pcap;
use crate::pcapng::{self, PcapNg};

/// Formats that are told apart to say that they are not supported.
const UNSUPPORTED: &[(&[u8], &str)] = &[
    (b"\x28\xb5\x2f\xfd", "zstd compression"),
    (b"\x04\x22\x4d\x18", "lz4 compression"),
    (b"\xfd7zX", "xz compression"),
    (b"BZh", "bzip2 compression"),
    (b"snoo", "the snoop format"),
];

/// The format of a capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// pcap, with microseconds or nanoseconds.
    Pcap,
    /// pcap with longer packet headers, as patched versions of libpcap wrote it around 1999.
    PcapModified,
    /// pcapng.
    PcapNg,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pcap => "pcap",
            Self::PcapModified => "modified pcap",
            Self::PcapNg => "pcapng",
        })
    }
}

/// How a capture is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// gzip.
    Gzip,
}

/// Opens a file, whatever its name.
///
/// # Errors
///
/// [`Error::Open`], or what [`CaptureReader::new`] says.
pub fn open(path: impl AsRef<Path>) -> Result<CaptureReader<File>, Error> {
    let path = path.as_ref();
    let opened = File::open(path).and_then(|file| {
        // A directory opens like a file and fails later, with less to say.
        if file.metadata()?.is_dir() { Err(io::ErrorKind::IsADirectory.into()) } else { Ok(file) }
    });
    match opened {
        Ok(file) => CaptureReader::new(file),
        Err(source) => Err(Error::Open { path: path.to_owned(), source }),
    }
}

/// Lends the packets of a capture, one by one.
///
/// It reads in large pieces, so a reader that is given to it needs no buffer of its own. Between
/// packets nothing is allocated.
#[derive(Debug)]
pub struct CaptureReader<R> {
    buffer: Buffer<R>,
    dialect: Dialect,
    packets: u64,
    ended: bool,
}

#[derive(Debug)]
enum Dialect {
    Pcap(Pcap, Interface),
    PcapNg(PcapNg),
}

/// A packet in the window: what is said of it, and where in its record or block the bytes are.
pub(crate) struct Record {
    pub(crate) length: usize,
    pub(crate) data: Range<usize>,
    pub(crate) options: Range<usize>,
    pub(crate) order: Order,
    pub(crate) timestamp: Timestamp,
    pub(crate) link_type: LinkType,
    pub(crate) original_length: u32,
    pub(crate) interface: u32,
    pub(crate) direction: Direction,
}

impl<R> CaptureReader<R> {
    /// The longest record or block that is read, in bytes.
    pub const MAX_RECORD: usize = MAX_RECORD;
    /// The most interfaces that a capture may declare.
    pub const MAX_INTERFACES: usize = pcapng::MAX_INTERFACES;
}

impl<R: Read> CaptureReader<R> {
    /// Reads the first bytes, which say what the format is.
    ///
    /// # Errors
    ///
    /// [`Error::Empty`], [`Error::UnknownFormat`] or [`Error::UnsupportedFormat`];
    /// [`Error::Truncated`] for a header that is cut; [`Error::Io`] or [`Error::Decompress`].
    pub fn new(reader: R) -> Result<Self, Error> {
        let mut buffer =
            Buffer::new(reader).map_err(|source| Error::Io { offset: 0, packet: 1, source })?;
        if !buffer.hold(4, 1)? {
            return Err(Error::Empty);
        }
        let magic = buffer.window().first_chunk().copied().unwrap_or_default();
        let dialect = if Pcap::starts(magic) {
            let (pcap, interface) = Pcap::open(&mut buffer)?;
            Dialect::Pcap(pcap, interface)
        } else if PcapNg::starts(magic) {
            Dialect::PcapNg(PcapNg::new())
        } else {
            let known = UNSUPPORTED.iter().find(|(start, _)| magic.starts_with(start));
            return Err(match known {
                Some((_, name)) => Error::UnsupportedFormat { name },
                None => Error::UnknownFormat { magic: u32::from_be_bytes(magic) },
            });
        };
        Ok(Self { buffer, dialect, packets: 0, ended: false })
    }

    /// Lends the next packet; `None` at the end, and ever after.
    ///
    /// # Errors
    ///
    /// What cannot be read, once: after an error there is nothing more. A packet block of pcapng
    /// that is whole and contradicts itself is passed over, and becomes the error at the end if that
    /// is a clean one.
    #[inline]
    pub fn next_packet(&mut self) -> Result<Option<RawPacket<'_>>, Error> {
        if self.ended {
            return Ok(None);
        }
        let packet = self.packets.saturating_add(1);
        let record = match &mut self.dialect {
            Dialect::Pcap(pcap, interface) => {
                pcap.next(&mut self.buffer, interface.link_type, packet)
            }
            Dialect::PcapNg(pcapng) => pcapng.next(&mut self.buffer, packet),
        };
        let record = match record {
            Ok(Some(record)) => record,
            Ok(None) => {
                self.ended = true;
                return Ok(None);
            }
            Err(error) => {
                self.ended = true;
                return Err(error);
            }
        };
        self.packets = packet;
        let bytes = self.buffer.take(record.length);
        Ok(Some(RawPacket {
            timestamp: record.timestamp,
            link_type: record.link_type,
            original_length: record.original_length,
            interface: record.interface,
            direction: record.direction,
            comments: options::comments(
                record.order,
                bytes.get(record.options).unwrap_or_default(),
            ),
            data: bytes.get(record.data).unwrap_or_default(),
        }))
    }
}

impl<R> CaptureReader<R> {
    /// The format that the first bytes told.
    pub fn format(&self) -> Format {
        match &self.dialect {
            Dialect::Pcap(pcap, _) => pcap.format(),
            Dialect::PcapNg(_) => Format::PcapNg,
        }
    }

    /// How the capture is compressed, if it is.
    pub fn compression(&self) -> Option<Compression> {
        self.buffer.is_gzip().then_some(Compression::Gzip)
    }

    /// The interfaces declared so far, in the order of [`RawPacket::interface`]. In pcapng they
    /// stand between the packets, each in front of its first.
    pub fn interfaces(&self) -> &[Interface] {
        match &self.dialect {
            Dialect::Pcap(_, interface) => std::slice::from_ref(interface),
            Dialect::PcapNg(pcapng) => pcapng.interfaces(),
        }
    }

    /// How many packets have been lent.
    pub fn packets_read(&self) -> u64 {
        self.packets
    }

    /// How many bytes of the capture, uncompressed, have been used. For progress in a compressed
    /// file, count what its `Read` hands out.
    pub fn position(&self) -> u64 {
        self.buffer.position()
    }
}

impl<R: Read> PacketSource for CaptureReader<R> {
    type Error = Error;

    #[inline]
    fn next_packet(&mut self) -> Result<Option<RawPacket<'_>>, Error> {
        Self::next_packet(self)
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::sample::{Sample, read};

    /// Cuts a capture at every byte: the whole packets, then one error unless nothing is missing.
    #[track_caller]
    fn check_every_prefix(sample: &Sample) {
        for cut in 1..=sample.bytes.len() {
            let (seen, error) = read(&sample.bytes[..cut]);
            let whole = sample.ends.iter().rev().find(|ending| ending.at <= cut);
            let (at, packets) = whole.map_or((0, 0), |ending| (ending.at, ending.packets));
            assert_eq!(seen.len(), packets, "cut at byte {cut}");
            match error {
                None => assert_eq!(at, cut),
                Some(Error::Truncated { offset, missing, packet }) => {
                    assert_eq!((offset, packet), (at as u64, packets as u64 + 1));
                    let next = sample.ends.iter().find(|ending| ending.at > cut).unwrap().at;
                    let really = (next - cut) as u64;
                    // Behind the lengths of a record it is known how much is missing.
                    let known = cut - at >= 16;
                    assert!(if known { missing == really } else { missing > 0 });
                    assert!(missing <= really && cut > at);
                }
                error => panic!("cut at byte {cut}: {error:?}"),
            }
        }
        assert!(matches!(read(b"").1, Some(Error::Empty)));
    }

    #[test]
    fn a_pcap_cut_anywhere_lends_every_whole_packet() {
        for order in [Order::Big, Order::Little] {
            let mut sample = Sample::pcap(order, 0xa1b2_c3d4, 0, 1);
            sample.record([1, 0], b"abc", 3).record([2, 0], b"", 0).record([3, 0], &[7; 40], 60);
            check_every_prefix(&sample);
        }
    }

    #[test]
    fn a_pcapng_cut_anywhere_lends_every_whole_packet() {
        for order in [Order::Big, Order::Little] {
            let mut sample = Sample::pcapng(order);
            sample.interface(1, 0, &[(2, b"eth0")]).enhanced(0, 0, b"abc", &[(1, b"why")]);
            sample.block(0xbad, &[7; 20]).simple(5, b"abcde").section(order);
            sample.interface(113, 0, &[]).enhanced(0, 0, &[7; 40], &[]).block(5, &[0; 12]);
            check_every_prefix(&sample);
        }
    }

    #[test]
    fn what_is_no_capture_is_named() {
        for (bytes, message) in [
            (b"".as_slice(), "the capture is empty: not even a file header"),
            (b"GET / HTTP", "not a capture: it starts with 0x47455420"),
            (b"\x28\xb5\x2f\xfd\0\0\0", "zstd compression is not supported"),
            (b"snoop\0\0\0", "the snoop format is not supported"),
            (b"\xd4\xc3", "cut short at packet 1: the record at byte 0 lacks 2 bytes"),
        ] {
            let (_, error) = read(bytes);
            assert_eq!(error.map(|error| error.to_string()).as_deref(), Some(message));
        }
    }

    #[test]
    fn a_file_that_cannot_be_opened_is_named() {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        for (path, kind) in [
            (folder.clone(), io::ErrorKind::IsADirectory),
            (folder.join("no-such-file"), io::ErrorKind::NotFound),
        ] {
            let error = open(&path).unwrap_err();
            assert_eq!(error.to_string(), format!("cannot open {}", path.display()));
            let Error::Open { source, .. } = error else { panic!("{error:?}") };
            assert_eq!(source.kind(), kind);
        }
    }

    #[test]
    fn a_source_that_fails_loses_nothing_in_front() {
        struct Fails;
        impl Read for Fails {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("unplugged"))
            }
        }
        let mut sample = Sample::pcap(Order::Little, 0xa1b2_c3d4, 0, 1);
        sample.record([1, 0], b"abc", 3).raw(b"half");
        let mut capture = CaptureReader::new(sample.bytes.as_slice().chain(Fails)).unwrap();
        assert!(capture.next_packet().unwrap().is_some());
        let error = capture.next_packet().unwrap_err();
        assert!(matches!(error, Error::Io { offset: 43, packet: 2, .. }), "{error:?}");
        assert!(capture.next_packet().unwrap().is_none());
    }

    #[test]
    fn the_position_follows_the_packets() {
        let mut sample = Sample::pcap(Order::Little, 0xa1b2_c3d4, 0, 1);
        sample.record([1, 0], b"abc", 3).record([2, 0], b"", 0);
        let mut capture = CaptureReader::new(sample.bytes.as_slice()).unwrap();
        for ending in &sample.ends {
            assert_eq!(capture.position(), ending.at as u64);
            capture.next_packet().unwrap();
        }
    }
}
