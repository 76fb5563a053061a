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
use pcap_file::pcap::{PcapHeader, PcapTsResolution, RawPcapPacket};
use pcap_file::{DataLink, Endianness};
use rheos_core::{Direction, LinkType, Timestamp};

use crate::buffer::{Buffer, MAX_RECORD};
use crate::clock::Resolution;
use crate::error::Error;
use crate::interface::Interface;
use crate::order::Order;
use crate::reader::{Format, Record};

/// Length of the file header.
const FILE_HEADER: usize = 24;
/// Length of a packet header.
const PACKET_HEADER: usize = 16;
/// What the modified variant adds to it.
const MODIFIED_EXTRA: usize = 8;
/// The modified variant's magic, of Alexey Kuznetzov's patches to libpcap.
const MODIFIED_MAGIC: u32 = 0xa1b2_cd34;
/// The magic of the plain variant.
const MAGIC: u32 = 0xa1b2_c3d4;
/// The magic of the plain variant with nanoseconds.
const NANOS_MAGIC: u32 = 0xa1b2_3c4d;

/// How the packets of a file are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pcap {
    order: Order,
    /// Nanoseconds in the smaller unit of time.
    unit: i64,
    header: usize,
}

impl Pcap {
    /// Whether a file starts with one of the magics.
    pub(crate) fn starts(magic: [u8; 4]) -> bool {
        [u32::from_be_bytes(magic), u32::from_le_bytes(magic)]
            .iter()
            .any(|magic| [MAGIC, NANOS_MAGIC, MODIFIED_MAGIC].contains(magic))
    }

    /// Reads the file header.
    pub(crate) fn open<R: Read>(buffer: &mut Buffer<R>) -> Result<(Self, Interface), Error> {
        buffer.hold(FILE_HEADER, 1)?;
        let mut bytes =
            *buffer.take(FILE_HEADER).first_chunk::<FILE_HEADER>().ok_or(Error::Empty)?;
        let magic = *bytes.first_chunk().ok_or(Error::Empty)?;
        let mut header = PACKET_HEADER;
        // pcap-file does not know the variant, whose file header differs in nothing else.
        for (modified, plain) in [
            (MODIFIED_MAGIC.to_be_bytes(), MAGIC.to_be_bytes()),
            (MODIFIED_MAGIC.to_le_bytes(), MAGIC.to_le_bytes()),
        ] {
            if let (true, Some(start)) = (magic == modified, bytes.first_chunk_mut()) {
                *start = plain;
                header = PACKET_HEADER.saturating_add(MODIFIED_EXTRA);
            }
        }
        let (_, file) = PcapHeader::from_slice(&bytes)
            .map_err(|_| Error::UnknownFormat { magic: u32::from_be_bytes(magic) })?;
        let (unit, resolution) = match file.ts_resolution {
            PcapTsResolution::MicroSecond => (1_000, Resolution::MICROSECOND),
            PcapTsResolution::NanoSecond => (1, Resolution::NANOSECOND),
        };
        let order = match file.endianness {
            Endianness::Big => Order::Big,
            Endianness::Little => Order::Little,
        };
        let interface = Interface::new(link_type(file.datalink), file.snaplen, resolution);
        Ok((Self { order, unit, header }, interface))
    }

    /// Which variant it is.
    pub(crate) fn format(&self) -> Format {
        if self.header == PACKET_HEADER { Format::Pcap } else { Format::PcapModified }
    }

    /// Finds the next packet in the window.
    #[inline]
    pub(crate) fn next<R: Read>(
        &self,
        buffer: &mut Buffer<R>,
        link_type: LinkType,
        packet: u64,
    ) -> Result<Option<Record>, Error> {
        if !buffer.hold(self.header, packet)? {
            return Ok(None);
        }
        let offset = buffer.position();
        let ([_, _, captured], _) = self.order.words(buffer.window()).unwrap_or_default();
        let length = self.header.saturating_add(captured as usize);
        if length > MAX_RECORD {
            return Err(Error::Oversized { offset, length: length as u64, packet });
        }
        buffer.hold(length, packet)?;
        let parsed = match self.order {
            Order::Big => RawPcapPacket::from_slice::<BigEndian>(buffer.window()),
            Order::Little => RawPcapPacket::from_slice::<LittleEndian>(buffer.window()),
        };
        // A record that is whole, as this one is, pcap-file does not refuse.
        let Ok((_, raw)) = parsed else {
            return Err(Error::Truncated { offset, missing: 0, packet });
        };
        let fraction = i64::from(raw.ts_frac).saturating_mul(self.unit);
        Ok(Some(Record {
            length,
            data: self.header..length,
            options: length..length,
            order: self.order,
            timestamp: Timestamp::from_secs(i64::from(raw.ts_sec), fraction),
            link_type,
            original_length: raw.orig_len,
            interface: 0,
            direction: Direction::Unknown,
        }))
    }
}

/// The lower half of the word; the upper holds the length of frame check sequences and flags.
fn link_type(word: DataLink) -> LinkType {
    let [_, _, high, low] = u32::from(word).to_be_bytes();
    LinkType(u16::from_be_bytes([high, low]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reader::CaptureReader;
    use crate::sample::{Sample, Seen, read, read_whole};

    const BOTH: [Order; 2] = [Order::Big, Order::Little];

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
            let mut sample = Sample::pcap(Order::Little, MAGIC, snap_length, 1);
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
        let mut micros = Sample::pcap(Order::Big, MAGIC, 0, 1);
        micros.record([10, 1_000_000], b"", 0).record([10, u32::MAX], b"", 0);
        check(&micros, &[(11_000_000_000, b"", 0), (4_304_967_295_000, b"", 0)]);
        let mut nanos = Sample::pcap(Order::Big, NANOS_MAGIC, 0, 1);
        nanos.record([10, u32::MAX], b"", 0);
        check(&nanos, &[(14_294_967_295, b"", 0)]);
    }

    #[test]
    fn every_link_type_is_kept_and_the_flags_above_it_are_not() {
        for number in 0..=u16::MAX {
            let word = 0x4400_0000 | u32::from(number);
            assert_eq!(link_type(DataLink::from(word)), LinkType(number));
            assert_eq!(link_type(DataLink::from(u32::from(number))), LinkType(number));
        }
    }

    #[test]
    fn any_version_is_read() {
        let mut sample = Sample::pcap(Order::Little, MAGIC, 0, 1);
        sample.bytes[4..8].copy_from_slice(&[0xff; 4]);
        sample.record([1, 0], b"a", 1);
        check(&sample, &[(1_000_000_000, b"a", 1)]);
    }

    #[test]
    fn the_header_becomes_the_only_interface() {
        let sample = Sample::pcap(Order::Big, NANOS_MAGIC, 96, 113);
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
        let mut sample = Sample::pcap(Order::Little, MAGIC, 0, 1);
        sample.record([1, 0], b"before", 6).record([2, 0], &data, 9_000_000);
        sample.record([3, 0], b"behind", 6);
        let seen = read_whole(&sample.bytes);
        let data: Vec<&[u8]> = vec![b"before", &data, b"behind"];
        assert!(seen.iter().map(|seen: &Seen| &*seen.data).eq(data));
    }

    #[test]
    fn a_length_beyond_belief_is_an_error() {
        let mut sample = Sample::pcap(Order::Little, MAGIC, 0, 1);
        sample.record([1, 0], b"a", 1).words(&[2, 0, u32::MAX, 1]);
        let (seen, error) = read(&sample.bytes);
        assert_eq!(seen.len(), 1);
        let Some(Error::Oversized { offset: 41, length: 0x1_0000_000f, packet: 2 }) = error else {
            panic!("{error:?}");
        };
    }
}
