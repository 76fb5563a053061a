//! pcap, [draft-ietf-opsawg-pcap](https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-05.html):
//! a header, then packets.
//!
//! ```text
//!  0                               16                             31
//! |         timestamp, seconds, and micro- or nanoseconds          |
//! |                                                                |
//! |                        captured length                         |
//! |                        original length                         |
//! |     modified variant: interface index, protocol, packet type   |
//! |                                                                |
//! |                              data                              |
//! ```

use std::io::Read;

use byteorder_slice::{BigEndian, LittleEndian};
use pcap_file::pcap::{PcapHeader as FileHeader, RawPcapPacket};
use rheos_core::{Direction, LinkType, Timestamp};

use crate::buffer::{Buffer, MAX_RECORD};
use crate::clock::Resolution;
use crate::error::Error;
use crate::format::Format;
use crate::interface::Interface;
use crate::order::ByteOrder;
use crate::record::Record;

mod search;
mod variant;

/// Length of the file header.
const FILE_HEADER: usize = 24;
/// What Ixia's variants add to it: the length of all records, of no use to a reader.
const IXIA_EXTRA: usize = 4;
/// Length of a packet header.
const PACKET_HEADER: usize = 16;
/// The same in the modified variant, since 1999-10-29.
const MODIFIED_HEADER: usize = 24;
/// Where in a modified packet header the type of the packet is.
const PACKET_TYPE: usize = 22;
/// A type of packet of Linux: sent by this machine. Those below have been received.
const PACKET_OUTGOING: u8 = 4;

/// The magic of the plain variant.
const MAGIC: u32 = 0xa1b2_c3d4;
/// The magic of the plain variant with nanoseconds.
const NANOS_MAGIC: u32 = 0xa1b2_3c4d;
/// The modified variant's magic, of Alexey Kuznetzov's patches to libpcap.
const MODIFIED_MAGIC: u32 = 0xa1b2_cd34;
/// The plain variant with nanoseconds, as Navtel asked libpcap for it.
const NAVTEL_MAGIC: u32 = 0xa12b_3c4d;
/// Ixia's variant of hardware, with nanoseconds.
const IXIA_HARDWARE_MAGIC: u32 = 0x1c00_01ac;
/// Ixia's variant of software.
const IXIA_SOFTWARE_MAGIC: u32 = 0x1c00_01ab;

/// Each magic, and the one of the two plain variants that differs from it in the magic only, or in
/// what stands behind its headers.
const MAGICS: &[(u32, u32)] = &[
    (MAGIC, MAGIC),
    (NANOS_MAGIC, NANOS_MAGIC),
    (MODIFIED_MAGIC, MAGIC),
    (NAVTEL_MAGIC, NANOS_MAGIC),
    (IXIA_HARDWARE_MAGIC, NANOS_MAGIC),
    (IXIA_SOFTWARE_MAGIC, MAGIC),
];

/// The header of a pcap file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PcapHeader {
    /// Its byte order, and that of all numbers behind it.
    pub order: ByteOrder,
    /// How long a tick of its timestamps is: a microsecond or a nanosecond.
    pub resolution: Resolution,
    /// The version of the format, major and minor.
    pub version: (u16, u16),
    /// Seconds between local time and UTC; zero in practice, and not looked at.
    pub time_zone: i32,
    /// Accuracy of timestamps; zero in practice.
    pub accuracy: u32,
    /// The most bytes captured of a packet.
    pub snap_length: u32,
    /// How its packets start.
    pub link_type: LinkType,
    /// The upper half of the word of the link type, as it is: the length of frame check sequences
    /// and a flag that says whether it is there.
    pub link_flags: u16,
}

impl PcapHeader {
    /// Bytes of the frame check sequence behind each packet, if the header says so.
    pub fn fcs_length(&self) -> Option<u8> {
        let [high, _] = self.link_flags.to_be_bytes();
        // The length is a number of 16-bit words.
        (high & 0x04 != 0).then_some((high >> 4).saturating_mul(2))
    }
}

/// How the packets of a file are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pcap {
    order: ByteOrder,
    /// Nanoseconds in the smaller unit of time.
    unit: i64,
    /// Length of a packet header.
    header: usize,
    /// Bytes between it and the packet, which are counted among the captured ones.
    padding: usize,
    lengths: Lengths,
    /// Whether none of this is unusual.
    is_plain: bool,
    file: PcapHeader,
    /// What stood in front of the last packet.
    last: Option<Header>,
    /// Whether something is wrong with that packet or with the next.
    doubt: bool,
}

/// In which order the two lengths of a packet stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lengths {
    /// The captured one first.
    CapturedFirst,
    /// The original one first: before version 2.3.
    OriginalFirst,
    /// The smaller one is the captured one: some writers of version 2.3 interchange them.
    Either,
}

/// The numbers in front of a packet.
#[derive(Clone, Copy, Debug)]
struct Header {
    seconds: u32,
    fraction: u32,
    captured: u32,
    original: u32,
}

impl Pcap {
    /// Whether a file starts with one of the magics.
    pub(crate) fn starts(magic: [u8; 4]) -> bool {
        plain(magic).is_some()
    }

    /// Reads the file header.
    pub(crate) fn open<R: Read>(buffer: &mut Buffer<R>) -> Result<(Self, Interface), Error> {
        buffer.hold(FILE_HEADER, 1)?;
        let mut bytes = *buffer.window().first_chunk::<FILE_HEADER>().ok_or(Error::Empty)?;
        let magic = *bytes.first_chunk().ok_or(Error::Empty)?;
        let unknown = || Error::UnknownFormat { magic: u32::from_be_bytes(magic) };
        let (order, number, plain) = plain(magic).ok_or_else(unknown)?;
        // pcap-file knows the plain variants only.
        if let Some(start) = bytes.first_chunk_mut() {
            *start = order.bytes_of_u32(plain);
        }
        let (_, file) = FileHeader::from_slice(&bytes).map_err(|_| unknown())?;
        let extra = if matches!(number, IXIA_HARDWARE_MAGIC | IXIA_SOFTWARE_MAGIC) {
            IXIA_EXTRA
        } else {
            0
        };
        buffer.hold(FILE_HEADER.saturating_add(extra), 1)?;
        buffer.take(FILE_HEADER.saturating_add(extra));

        let resolution = match plain {
            NANOS_MAGIC => Resolution::NANOSECOND,
            _ => Resolution::MICROSECOND,
        };
        let [flag_high, flag_low, high, low] = u32::from(file.datalink).to_be_bytes();
        let version = (file.version_major, file.version_minor);
        let file = PcapHeader {
            order,
            resolution,
            version,
            time_zone: file.ts_correction,
            accuracy: file.ts_accuracy,
            snap_length: file.snaplen,
            link_type: LinkType(u16::from_be_bytes([high, low])),
            link_flags: u16::from_be_bytes([flag_high, flag_low]),
        };
        let lengths = match version {
            // DG/UX says 543.0 and means a version before 2.3.
            (2, 0..=2) | (543, 0) => Lengths::OriginalFirst,
            (2, 3) => Lengths::Either,
            _ => Lengths::CapturedFirst,
        };
        let mut pcap = Self {
            order,
            unit: 0,
            header: PACKET_HEADER,
            padding: 0,
            lengths,
            is_plain: lengths == Lengths::CapturedFirst,
            file,
            last: None,
            doubt: false,
        };
        pcap.read_as_aix();
        pcap.unit = if pcap.file.resolution == Resolution::NANOSECOND { 1 } else { 1_000 };
        if number == MODIFIED_MAGIC {
            pcap.find_modified_header(buffer)?;
        }
        let PcapHeader { link_type, snap_length, resolution, .. } = pcap.file;
        Ok((pcap, Interface::new(link_type, snap_length, resolution)))
    }

    /// The header of the file.
    pub(crate) fn file(&self) -> &PcapHeader {
        &self.file
    }

    /// Which variant it is.
    pub(crate) fn format(&self) -> Format {
        if self.header == PACKET_HEADER { Format::Pcap } else { Format::PcapModified }
    }

    /// The record at the front of the window, if it is the usual one and there to its end.
    #[inline]
    pub(crate) fn whole(&self, window: &[u8], link_type: LinkType) -> Option<Record> {
        if !self.is_plain {
            return None;
        }
        let parsed = match self.order {
            ByteOrder::Big => RawPcapPacket::from_slice::<BigEndian>(window),
            ByteOrder::Little => RawPcapPacket::from_slice::<LittleEndian>(window),
        };
        let (_, raw) = parsed.ok()?;
        let header = Header {
            seconds: raw.ts_sec,
            fraction: raw.ts_frac,
            captured: raw.incl_len,
            original: raw.orig_len,
        };
        Some(self.record(PACKET_HEADER, header, link_type, Direction::Unknown))
    }

    /// Finds the next packet in the window.
    #[inline(never)]
    pub(crate) fn next<R: Read>(
        &self,
        buffer: &mut Buffer<R>,
        link_type: LinkType,
        packet: u64,
    ) -> Result<Option<Record>, Error> {
        if !buffer.hold(self.header, packet)? {
            return Ok(None);
        }
        let header = self.header(buffer.window());
        let length = self.header.saturating_add(header.captured as usize);
        if length > MAX_RECORD {
            let (offset, length) = (buffer.position(), length as u64);
            return Err(Error::Oversized { offset, length, packet });
        }
        if !buffer.hold(length, packet)? {
            return Ok(None);
        }
        let direction = self.direction(buffer.window());
        let record = self.record(self.header, header, link_type, direction);
        let start = record.data.start.saturating_add(self.padding).min(length);
        let padding = u32::try_from(self.padding).unwrap_or_default();
        let original_length = record.original_length.saturating_sub(padding);
        Ok(Some(Record { data: start..length, original_length, ..record }))
    }

    /// What is said of a packet behind a header of this length.
    #[inline]
    fn record(
        &self,
        start: usize,
        header: Header,
        link_type: LinkType,
        direction: Direction,
    ) -> Record {
        let Header { seconds, fraction, captured, original } = header;
        let length = start.saturating_add(captured as usize);
        let fraction = i64::from(fraction).saturating_mul(self.unit);
        Record {
            length,
            data: start..length,
            options: length..length,
            order: self.order,
            timestamp: Timestamp::from_secs(i64::from(seconds), fraction),
            link_type,
            original_length: original,
            interface: 0,
            direction,
        }
    }

    /// The numbers in front of the bytes.
    #[inline]
    fn header(&self, bytes: &[u8]) -> Header {
        let ([seconds, fraction, third, fourth], _) = self.order.words(bytes).unwrap_or_default();
        let (captured, original) = match self.lengths {
            Lengths::CapturedFirst => (third, fourth),
            Lengths::OriginalFirst => (fourth, third),
            Lengths::Either => (third.min(fourth), third.max(fourth)),
        };
        Header { seconds, fraction, captured, original }
    }

    /// The direction, which the modified variant knows.
    #[inline]
    fn direction(&self, window: &[u8]) -> Direction {
        if self.header < MODIFIED_HEADER {
            return Direction::Unknown;
        }
        match window.get(PACKET_TYPE) {
            Some(0..PACKET_OUTGOING) => Direction::Inbound,
            Some(&PACKET_OUTGOING) => Direction::Outbound,
            _ => Direction::Unknown,
        }
    }
}

/// The byte order of a magic, the magic in it, and the plain variant's magic.
fn plain(magic: [u8; 4]) -> Option<(ByteOrder, u32, u32)> {
    [ByteOrder::Big, ByteOrder::Little].into_iter().find_map(|order| {
        let number = order.u32(magic);
        let found = MAGICS.iter().find(|(known, _)| *known == number);
        found.map(|&(_, plain)| (order, number, plain))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reader::CaptureReader;
    use crate::sample::{Sample, Seen, read, read_whole};

    const BOTH: [ByteOrder; 2] = [ByteOrder::Big, ByteOrder::Little];

    #[track_caller]
    fn check(sample: &Sample, expected: &[(i64, &[u8], u32)]) {
        let seen = read_whole(&sample.bytes);
        let seen: Vec<_> =
            seen.iter().map(|seen| (seen.nanos, &*seen.data, seen.original_length)).collect();
        assert_eq!(seen, expected);
    }

    #[test]
    fn both_units_and_both_byte_orders_are_read() {
        for order in BOTH {
            let mut micros = Sample::pcap(order, MAGIC, 65_535, 1);
            micros.record([1, 5], b"abc", 3).record([2, 0], b"", 0);
            check(&micros, &[(1_000_005_000, b"abc", 3), (2_000_000_000, b"", 0)]);
            let mut nanos = Sample::pcap(order, NANOS_MAGIC, 65_535, 1);
            nanos.record([u32::MAX, 5], b"abc", 3);
            check(&nanos, &[(4_294_967_295_000_000_005, b"abc", 3)]);
        }
    }

    #[test]
    fn the_modified_variant_has_longer_packet_headers() {
        for order in BOTH {
            let mut sample = Sample::pcap(order, MODIFIED_MAGIC, 65_535, 1);
            for data in [b"abc".as_slice(), b"defg"] {
                let length = data.len() as u32;
                sample.words(&[1, 5, length, 60, 0xffff_ffff, 0xeeee_eeee]).raw(data);
            }
            check(&sample, &[(1_000_005_000, b"abc", 60), (1_000_005_000, b"defg", 60)]);
            let capture = CaptureReader::new(sample.bytes.as_slice()).unwrap();
            assert_eq!(capture.format(), Format::PcapModified);
        }
    }

    #[test]
    fn lengths_that_contradict_each_other_cost_no_packet() {
        for snap_length in [0, 2] {
            let mut sample = Sample::pcap(ByteOrder::Little, MAGIC, snap_length, 1);
            sample.record([1, 0], b"longer", 6).record([2, 0], b"longer", 3);
            sample.record([3, 0], b"cut", 1514);
            let times = [1_000_000_000, 2_000_000_000, 3_000_000_000];
            check(
                &sample,
                &[(times[0], b"longer", 6), (times[1], b"longer", 3), (times[2], b"cut", 1514)],
            );
        }
    }

    #[test]
    fn a_fraction_beyond_a_second_is_carried_over() {
        let mut micros = Sample::pcap(ByteOrder::Big, MAGIC, 0, 1);
        micros.record([10, 1_000_000], b"", 0).record([10, u32::MAX], b"", 0);
        check(&micros, &[(11_000_000_000, b"", 0), (4_304_967_295_000, b"", 0)]);
        let mut nanos = Sample::pcap(ByteOrder::Big, NANOS_MAGIC, 0, 1);
        nanos.record([10, u32::MAX], b"", 0);
        check(&nanos, &[(14_294_967_295, b"", 0)]);
    }

    #[test]
    fn every_link_type_is_kept_and_the_flags_above_it_are_not() {
        for number in 0..=u16::MAX {
            for flags in [0, 0x2400] {
                let sample = Sample::pcap(
                    ByteOrder::Little,
                    MAGIC,
                    0,
                    u32::from(flags) << 16 | u32::from(number),
                );
                let mut buffer = Buffer::new(sample.bytes.as_slice()).unwrap();
                let (pcap, interface) = Pcap::open(&mut buffer).unwrap();
                assert_eq!(interface.link_type, LinkType(number));
                assert_eq!(pcap.file.link_flags, flags);
                assert_eq!(pcap.file.fcs_length(), (flags != 0).then_some(4));
            }
        }
    }

    #[test]
    fn other_magics_are_variants_of_the_plain_ones() {
        for order in BOTH {
            for (magic, extra, nanos) in [
                (NAVTEL_MAGIC, 0, 5),
                (IXIA_HARDWARE_MAGIC, IXIA_EXTRA, 5),
                (IXIA_SOFTWARE_MAGIC, IXIA_EXTRA, 5_000),
            ] {
                let mut sample = Sample::pcap(order, magic, 0, 1);
                sample.raw(&[7; IXIA_EXTRA][..extra]).record([1, 5], b"abc", 60);
                check(&sample, &[(1_000_000_000 + nanos, b"abc", 60)]);
            }
            let reserved = Sample::pcap(order, 0xa1b2_34cd, 0, 1);
            let error = read(&reserved.bytes).1.map(|error| error.to_string());
            let expected = "the variant of pcap of magic 0xa1b234cd is not supported";
            assert_eq!(error.as_deref(), Some(expected));
        }
    }

    #[test]
    fn the_early_modified_variant_has_even_longer_packet_headers() {
        for order in BOTH {
            let mut sample = Sample::pcap(order, MODIFIED_MAGIC, 65_535, 1);
            for (data, kind) in [(b"abc".as_slice(), 0), (b"defg", 4), (b"h", 9)] {
                sample.words(&[1_700_000_000, 5, data.len() as u32, 60, 2]).u16(0x0800);
                sample.raw(&[kind, 0, 0, 1, 0, 0]).raw(data);
            }
            let time = 1_700_000_000_000_005_000;
            check(&sample, &[(time, b"abc", 60), (time, b"defg", 60), (time, b"h", 60)]);
            let directions: Vec<_> =
                read_whole(&sample.bytes).iter().map(|seen| seen.direction).collect();
            let expected = [Direction::Inbound, Direction::Outbound, Direction::Unknown];
            assert_eq!(directions, expected);
        }
    }

    #[test]
    fn the_lengths_of_old_versions_are_interchanged() {
        for order in BOTH {
            for (version, lengths) in [
                ([2, 2], [60, 3]),
                ([2, 0], [60, 3]),
                ([543, 0], [60, 3]),
                // Some writers of 2.3 interchange them and some do not.
                ([2, 3], [60, 3]),
                ([2, 3], [3, 60]),
                ([2, 4], [3, 60]),
            ] {
                let mut sample = Sample::new(order);
                sample.u32(MAGIC).u16(version[0]).u16(version[1]).words(&[0, 0, 96, 1]);
                sample.words(&[1, 5, lengths[0], lengths[1]]).raw(b"abc");
                sample.words(&[2, 5, 3, 3]).raw(b"def");
                check(&sample, &[(1_000_005_000, b"abc", 60), (2_000_005_000, b"def", 3)]);
                let capture = CaptureReader::new(sample.bytes.as_slice()).unwrap();
                let header = capture.pcap_header().unwrap();
                assert_eq!(header.version, (version[0], version[1]));
            }
        }
    }

    #[test]
    fn every_field_of_the_header_is_kept() {
        for order in BOTH {
            let mut sample = Sample::new(order);
            sample.u32(NANOS_MAGIC).u16(2).u16(4).words(&[3_600, 6, 262_144, 0x2400_0071]);
            let capture = CaptureReader::new(sample.bytes.as_slice()).unwrap();
            let header = *capture.pcap_header().unwrap();
            assert_eq!((header.order, header.resolution), (order, Resolution::NANOSECOND));
            assert_eq!((header.version, header.time_zone, header.accuracy), ((2, 4), 3_600, 6));
            assert_eq!((header.snap_length, header.link_type.0), (262_144, 113));
            assert_eq!((header.link_flags, header.fcs_length()), (0x2400, Some(4)));
        }
    }

    #[test]
    fn any_version_is_read() {
        let mut sample = Sample::pcap(ByteOrder::Little, MAGIC, 0, 1);
        sample.bytes[4..8].copy_from_slice(&[0xff; 4]);
        sample.record([1, 0], b"a", 1);
        check(&sample, &[(1_000_000_000, b"a", 1)]);
    }

    #[test]
    fn the_header_becomes_the_only_interface() {
        let sample = Sample::pcap(ByteOrder::Big, NANOS_MAGIC, 96, 113);
        let capture = CaptureReader::new(sample.bytes.as_slice()).unwrap();
        let [interface] = capture.interfaces() else { panic!("one interface") };
        assert_eq!(interface.link_type, LinkType::LINUX_SLL);
        assert_eq!(interface.snap_length, Some(96));
        assert_eq!(interface.resolution, Resolution::NANOSECOND);
        assert_eq!((capture.format(), capture.position()), (Format::Pcap, 24));
    }

    #[test]
    fn a_packet_longer_than_the_window_is_read() {
        let data: Vec<u8> = (0..9_000_000_u32).map(|number| (number % 251) as u8).collect();
        let mut sample = Sample::pcap(ByteOrder::Little, MAGIC, 0, 1);
        sample.record([1, 0], b"before", 6).record([2, 0], &data, 9_000_000);
        sample.record([3, 0], b"behind", 6);
        let seen = read_whole(&sample.bytes);
        let data: Vec<&[u8]> = vec![b"before", &data, b"behind"];
        assert!(seen.iter().map(|seen: &Seen| &*seen.data).eq(data));
    }

    #[test]
    fn a_length_beyond_belief_is_an_error() {
        let mut sample = Sample::pcap(ByteOrder::Little, MAGIC, 0, 1);
        sample.record([1, 0], b"a", 1).words(&[2, 0, u32::MAX, 1]);
        let (seen, error) = read(&sample.bytes);
        assert_eq!(seen.len(), 1);
        let Some(Error::Oversized { offset: 41, length: 0x1_0000_000f, packet: 2 }) = error else {
            panic!("{error:?}");
        };
    }
}
