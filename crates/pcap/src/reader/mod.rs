//! The reader: one for every format, over anything that reads.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use rheos_core::RawPacket;

use crate::block::Entry;
use crate::buffer::{Buffer, MAX_RECORD};
use crate::clock::Resolution;
use crate::entry::{self, Framed};
use crate::error::Error;
use crate::format::{Compression, Format};
use crate::interface::Interface;
use crate::order::ByteOrder;
use crate::pcap::{Pcap, PcapHeader};
use crate::pcapng::{self, PcapNg};
use crate::record::Record;
use crate::recover::{Damage, MAX_DAMAGES, Recovery};
use crate::snoop;

mod source;

/// Formats that are told apart to say that they are not supported.
const UNSUPPORTED: &[(&[u8], &str)] = &[
    (b"BZh", "bzip2 compression"),
    (b"\xa1\xb2\x34\xcd", "the variant of pcap of magic 0xa1b234cd"),
    (b"\xcd\x34\xb2\xa1", "the variant of pcap of magic 0xa1b234cd"),
];

/// Opens a file, whatever its name. A compressed one is unpacked on a thread of its own.
///
/// # Errors
///
/// [`Error::Open`], or what [`CaptureReader::new`] says.
pub fn open(path: impl AsRef<Path>) -> Result<CaptureReader<File>, Error> {
    let path = path.as_ref();
    let opened = File::open(path).and_then(|file| {
        let data = file.metadata()?;
        // A directory opens like a file and fails later, with less to say.
        if data.is_dir() { Err(io::ErrorKind::IsADirectory.into()) } else { Ok((file, data)) }
    });
    match opened {
        Ok((file, data)) if data.is_file() => CaptureReader::with_thread(file)?.tell_variant(),
        Ok((file, _)) => CaptureReader::with_thread(file),
        Err(source) => Err(Error::Open { path: path.to_owned(), source }),
    }
}

/// Lends the packets of a capture, one by one.
///
/// It reads in large pieces, so a reader that is given to it needs no buffer of its own. Between
/// packets nothing is allocated.
#[derive(Debug)]
pub struct CaptureReader<R: Read> {
    pub(crate) buffer: Buffer<R>,
    pub(crate) dialect: Dialect,
    pub(crate) packets: u64,
    /// Where the first record or block is.
    pub(crate) start: u64,
    /// How many of the blocks in front of the first packet have been made up, where the format has
    /// a header in their place.
    described: u8,
    pub(crate) ended: bool,
    /// What has been passed over, if damage is.
    recovery: Option<Box<Recovery>>,
}

#[derive(Debug)]
pub(crate) enum Dialect {
    Pcap(Pcap, Interface),
    PcapNg(PcapNg),
    Snoop(Interface),
}

impl<R: Read> CaptureReader<R> {
    /// The longest record or block that is read, in bytes.
    pub const MAX_RECORD: usize = MAX_RECORD;
    /// The most interfaces that a capture may declare.
    pub const MAX_INTERFACES: usize = pcapng::MAX_INTERFACES;
    /// The most [damages](Self::damages) that are kept one by one.
    pub const MAX_DAMAGES: usize = MAX_DAMAGES;

    /// Reads the first bytes, which say what the format is.
    ///
    /// # Errors
    ///
    /// [`Error::Empty`], [`Error::UnknownFormat`] or [`Error::UnsupportedFormat`];
    /// [`Error::Truncated`] for a header that is cut; [`Error::Io`] or [`Error::Decompress`].
    pub fn new(reader: R) -> Result<Self, Error> {
        Self::start(Buffer::new(reader)?)
    }

    /// The same, and if the capture is compressed it is unpacked on a thread of its own, while its
    /// packets are used. The thread ends with this, at the latest when the reader has answered.
    ///
    /// # Errors
    ///
    /// As of [`new`](Self::new); [`Error::Io`] also if there can be no thread.
    pub fn with_thread(reader: R) -> Result<Self, Error>
    where
        R: Send + 'static,
    {
        Self::start(Buffer::with_thread(reader)?)
    }

    /// Tells captures of Nokia and of the libpcap of Red Hat 6.1 from plain pcap: they have its magic,
    /// and longer headers in front of packets, which only the record behind the first one shows.
    /// [`open`] does this for files. Of a pipe the first packet would have to wait for the second, so for one it
    /// is not done unasked.
    ///
    /// # Errors
    ///
    /// As of [`next_packet`](Self::next_packet).
    pub fn tell_variant(mut self) -> Result<Self, Error> {
        if let (Dialect::Pcap(pcap, _), 0) = (&mut self.dialect, self.packets) {
            pcap.find_longer_header(&mut self.buffer)?;
        }
        Ok(self)
    }

    fn start(mut buffer: Buffer<R>) -> Result<Self, Error> {
        if !buffer.hold(4, 1)? {
            return Err(Error::Empty);
        }
        let magic = buffer.window().first_chunk().copied().unwrap_or_default();
        let dialect = if Pcap::starts(magic) {
            let (pcap, interface) = Pcap::open(&mut buffer)?;
            Dialect::Pcap(pcap, interface)
        } else if PcapNg::starts(magic) {
            Dialect::PcapNg(PcapNg::new())
        } else if snoop::starts(magic) {
            Dialect::Snoop(snoop::open(&mut buffer)?)
        } else {
            let known = UNSUPPORTED.iter().find(|(start, _)| magic.starts_with(start));
            return Err(match known {
                Some((_, name)) => Error::UnsupportedFormat { name },
                None => Error::UnknownFormat { magic: u32::from_be_bytes(magic) },
            });
        };
        Ok(Self::from_dialect(buffer, dialect))
    }

    /// A reader of what the window holds next.
    pub(crate) fn from_dialect(buffer: Buffer<R>, dialect: Dialect) -> Self {
        let start = buffer.position();
        Self { buffer, dialect, packets: 0, start, described: 0, ended: false, recovery: None }
    }

    /// Whether to go on behind damage, at the next record or block that makes sense. What is passed
    /// over is in [`damages`](Self::damages); only a source that fails is still an error, and the end
    /// is none even inside a record.
    ///
    /// To find a wrong length before it does harm, such a reader looks at the record behind the one
    /// it lends: of a pipe, a packet comes when the next has arrived.
    #[must_use]
    pub fn recover(mut self, recover: bool) -> Self {
        self.recovery = recover.then(Box::default);
        self
    }

    /// Whether the capture may still grow: the end, also inside a record, is then `None` for now,
    /// and the next call looks again. It is for the caller to wait in between. Of a compressed
    /// capture the end is the end.
    #[must_use]
    pub fn follow(mut self, follow: bool) -> Self {
        self.buffer.follow(follow);
        self
    }

    /// Lends the next packet; `None` at the end, and ever after unless the capture is
    /// [followed](Self::follow).
    ///
    /// # Errors
    ///
    /// What cannot be read, once: after an error there is nothing more. A packet block of pcapng
    /// that is whole and contradicts itself is passed over, and becomes the error at the end if that
    /// is a clean one.
    #[inline(always)] // The usual packet comes in registers: by a call it would be stored and loaded again.
    pub fn next_packet(&mut self) -> Result<Option<RawPacket<'_>>, Error> {
        // The usual packet of pcap, all of which is in the window, goes a straight line.
        if let Dialect::Pcap(pcap, interface) = &self.dialect
            && self.is_undisturbed()
            && let Some(window) = self.buffer.held()
            && let Some(record) = pcap.whole(window, interface.link_type)
        {
            return Ok(Some(self.take(record)));
        }
        self.next_of_blocks()
    }

    /// The same for the usual packet of pcapng, and for all that is unusual.
    #[inline(never)]
    fn next_of_blocks(&mut self) -> Result<Option<RawPacket<'_>>, Error> {
        if let Dialect::PcapNg(pcapng) = &self.dialect
            && self.is_undisturbed()
            && let Some(window) = self.buffer.held()
            && let Some(record) = pcapng.whole(window)
        {
            return Ok(Some(self.take(record)));
        }
        match self.peek()? {
            Some(record) => Ok(Some(self.take(record))),
            None => Ok(None),
        }
    }

    /// Whether a packet that is in the window is the next.
    #[inline]
    fn is_undisturbed(&self) -> bool {
        self.recovery.is_none() && !self.ended
    }

    /// Finds the next packet, and leaves it in the window.
    #[inline(never)]
    pub(crate) fn peek(&mut self) -> Result<Option<Record>, Error> {
        if self.ended {
            return Ok(None);
        }
        let packet = self.packets.saturating_add(1);
        let record = match &mut self.recovery {
            None => self.dialect.next(&mut self.buffer, packet),
            Some(recovery) => recovery.next(&mut self.dialect, &mut self.buffer, packet),
        };
        self.ended = match record {
            Ok(Some(_)) => false,
            Ok(None) => !self.buffer.follows(),
            Err(_) => true,
        };
        record
    }

    /// Takes the packet that was found out of the window.
    #[inline]
    pub(crate) fn take(&mut self, record: Record) -> RawPacket<'_> {
        self.packets = self.packets.saturating_add(1);
        let bytes = self.buffer.take(record.length);
        record.packet(bytes)
    }

    /// Lends the next block with all that is in it, packets and what is said beside them; `None` at
    /// the end, as of [`next_packet`](Self::next_packet). It may be mixed with that: both go on
    /// where the other stopped.
    ///
    /// Of a pcap or snoop file the header becomes a section and an interface, and each packet an
    /// [`EnhancedPacket`](crate::EnhancedPacket).
    ///
    /// # Errors
    ///
    /// As of [`next_packet`](Self::next_packet). A block that is whole and contradicts itself is
    /// lent, as [`Block::Unknown`](crate::Block::Unknown) where its fields are too short, and becomes the error at the end.
    pub fn next_block(&mut self) -> Result<Option<Entry<'_>>, Error> {
        if self.ended {
            return Ok(None);
        }
        let packet = self.packets.saturating_add(1);
        let made_up = match &self.dialect {
            Dialect::Pcap(pcap, interface) => {
                Some((pcap.file().order, interface, Some(pcap.file())))
            }
            Dialect::Snoop(interface) => Some((ByteOrder::Big, interface, None)),
            Dialect::PcapNg(_) => None,
        };
        if let Some((order, interface, header)) = made_up
            && let Some(block) = entry::made_up(order, interface, header, self.described)
        {
            self.described = self.described.saturating_add(1);
            return Ok(Some(Entry { offset: 0, order, block, packet: None }));
        }
        let framed = match &mut self.recovery {
            None => self.dialect.next_block(&mut self.buffer, packet),
            Some(recovery) => recovery.next_block(&mut self.dialect, &mut self.buffer, packet),
        };
        let framed = match framed {
            Ok(Some(framed)) => framed,
            Ok(None) => {
                self.ended = !self.buffer.follows();
                return Ok(None);
            }
            Err(error) => {
                self.ended = true;
                return Err(error);
            }
        };
        if framed.record.is_some() {
            self.packets = packet;
        }
        let offset = self.buffer.position();
        let bytes = self.buffer.take(framed.length);
        Ok(Some(framed.entry(offset, bytes, self.dialect.resolution())))
    }
}

impl Dialect {
    #[inline]
    pub(crate) fn next<R: Read>(
        &mut self,
        buffer: &mut Buffer<R>,
        packet: u64,
    ) -> Result<Option<Record>, Error> {
        match self {
            Self::Pcap(pcap, interface) => pcap.next(buffer, interface.link_type, packet),
            Self::PcapNg(pcapng) => pcapng.next(buffer, packet),
            Self::Snoop(interface) => snoop::next(buffer, interface.link_type, packet),
        }
    }

    /// The next block; of formats without blocks, the next packet.
    pub(crate) fn next_block<R: Read>(
        &mut self,
        buffer: &mut Buffer<R>,
        packet: u64,
    ) -> Result<Option<Framed>, Error> {
        match self {
            Self::PcapNg(pcapng) => pcapng.next_block(buffer, packet),
            _ => Ok(self.next(buffer, packet)?.map(Framed::of_record)),
        }
    }

    /// How long a tick is, where all interfaces have the same.
    fn resolution(&self) -> Resolution {
        match self {
            Self::Pcap(_, interface) | Self::Snoop(interface) => interface.resolution,
            Self::PcapNg(_) => Resolution::NANOSECOND,
        }
    }
}

impl<R: Read> CaptureReader<R> {
    /// The format that the first bytes told.
    pub fn format(&self) -> Format {
        match &self.dialect {
            Dialect::Pcap(pcap, _) => pcap.format(),
            Dialect::PcapNg(_) => Format::PcapNg,
            Dialect::Snoop(_) => Format::Snoop,
        }
    }

    /// The header of a pcap file, modified or not; `None` of other formats.
    pub fn pcap_header(&self) -> Option<&PcapHeader> {
        match &self.dialect {
            Dialect::Pcap(pcap, _) => Some(pcap.file()),
            Dialect::PcapNg(_) | Dialect::Snoop(_) => None,
        }
    }

    /// How the capture is compressed, if it is.
    pub fn compression(&self) -> Option<Compression> {
        self.buffer.compression()
    }

    /// The interfaces declared so far, in the order of [`RawPacket::interface`]. In pcapng they
    /// stand between the packets, each in front of its first.
    pub fn interfaces(&self) -> &[Interface] {
        match &self.dialect {
            Dialect::Pcap(_, interface) | Dialect::Snoop(interface) => {
                std::slice::from_ref(interface)
            }
            Dialect::PcapNg(pcapng) => pcapng.interfaces(),
        }
    }

    /// How many packets have been lent.
    pub fn packets_read(&self) -> u64 {
        self.packets
    }

    /// What a reader that [recovers](Self::recover) has passed over: the first
    /// [`MAX_DAMAGES`](Self::MAX_DAMAGES) damages.
    pub fn damages(&self) -> &[Damage] {
        self.recovery.as_ref().map_or(&[], |recovery| &recovery.damages)
    }

    /// How many damages there were, and how many bytes were passed over in all of them.
    pub fn damage_count(&self) -> (u64, u64) {
        self.recovery.as_ref().map_or((0, 0), |recovery| (recovery.count, recovery.skipped))
    }

    /// How many bytes of the capture, uncompressed, have been used. For progress in a compressed
    /// file, count what its `Read` hands out.
    pub fn position(&self) -> u64 {
        self.buffer.position()
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use rheos_core::PacketSource as _;

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
        for order in [ByteOrder::Big, ByteOrder::Little] {
            let mut sample = Sample::pcap(order, 0xa1b2_c3d4, 0, 1);
            sample.record([1, 0], b"abc", 3).record([2, 0], b"", 0).record([3, 0], &[7; 40], 60);
            check_every_prefix(&sample);
        }
    }

    #[test]
    fn a_pcapng_cut_anywhere_lends_every_whole_packet() {
        for order in [ByteOrder::Big, ByteOrder::Little] {
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
            (b"BZh91AY", "bzip2 compression is not supported"),
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
        let mut sample = Sample::pcap(ByteOrder::Little, 0xa1b2_c3d4, 0, 1);
        sample.record([1, 0], b"abc", 3).raw(b"half");
        let mut capture = CaptureReader::new(sample.bytes.as_slice().chain(Fails)).unwrap();
        assert!(capture.next_packet().unwrap().is_some());
        let error = capture.next_packet().unwrap_err();
        assert!(matches!(error, Error::Io { offset: 43, packet: 2, .. }), "{error:?}");
        assert!(capture.next_packet().unwrap().is_none());
    }

    #[test]
    fn what_is_in_memory_is_shown_ahead_and_not_taken() {
        let mut pcap = Sample::pcap(ByteOrder::Little, 0xa1b2_c3d4, 0, 1);
        pcap.record([1, 0], b"a", 1).record([2, 0], b"", 0).record([3, 0], b"bc", 2);
        let mut pcapng = Sample::pcapng(ByteOrder::Big);
        pcapng.interface(1, 0, &[]).enhanced(0, 1, b"a", &[]).enhanced(0, 2, b"", &[(1, b"why")]);
        pcapng.enhanced(0, 3, b"bc", &[]).block(5, &[0; 12]).enhanced(0, 4, b"d", &[]);
        for (sample, whole) in [(&pcap, 3), (&pcapng, 0)] {
            let mut capture = CaptureReader::new(sample.bytes.as_slice()).unwrap();
            let shown = |capture: &CaptureReader<_>, most| {
                let mut shown = Vec::new();
                capture.look_ahead(most, |packet| shown.push(packet.data.to_vec()));
                shown
            };
            // A block that says something of those behind it has to be read first.
            assert_eq!(shown(&capture, 64).len(), whole);
            assert_eq!(capture.next_packet().unwrap().unwrap().data, b"a");
            assert_eq!(shown(&capture, 64), [b"".as_slice(), b"bc"]);
            assert_eq!((shown(&capture, 1).len(), capture.packets_read()), (1, 1));
            assert_eq!(capture.next_packet().unwrap().unwrap().data, b"");
        }
    }

    #[test]
    fn the_position_follows_the_packets() {
        let mut sample = Sample::pcap(ByteOrder::Little, 0xa1b2_c3d4, 0, 1);
        sample.record([1, 0], b"abc", 3).record([2, 0], b"", 0);
        let mut capture = CaptureReader::new(sample.bytes.as_slice()).unwrap();
        for ending in &sample.ends {
            assert_eq!(capture.position(), ending.at as u64);
            capture.next_packet().unwrap();
        }
    }
}
