//! Variants that the magic does not tell: longer packet headers, and AIX's file header.

use std::io::Read;

use rheos_core::LinkType;

use super::{MODIFIED_HEADER, PACKET_HEADER, Pcap};
use crate::buffer::Buffer;
use crate::clock::Resolution;
use crate::error::Error;

/// Length of packet headers of the modified variant before 1999-10-29, under the same magic.
const EARLY_MODIFIED_HEADER: usize = 28;
/// Length of packet headers of Nokia's variant, which has four bytes of its own behind the usual ones.
const NOKIA_HEADER: usize = PACKET_HEADER + 4;

/// Records that have to stand in a row for headers of another length than the magic says: with one,
/// a capture that is cut inside its second header could be taken for it.
const ROW: usize = 2;

/// Where AIX keeps link types as the system's `net/if_types.h` numbers them; and the bytes with which
/// it pads the packets.
const AIX_LINK_TYPES: &[(LinkType, LinkType, usize)] = &[
    (LinkType(6), LinkType::ETHERNET, 0),
    (LinkType(9), LinkType::IEEE802_5, 0),
    (LinkType(15), LinkType::FDDI, 3),
    (LinkType(24), LinkType::NULL, 0),
];

impl Pcap {
    /// Reads the header of AIX, which says version 2.2, counts nanoseconds and has link types of its
    /// own. They are taken for AIX's wherever others would mean something else by them, as Wireshark
    /// does: captures of AIX are met more often than others of that version.
    pub(super) fn read_as_aix(&mut self) {
        let found = AIX_LINK_TYPES.iter().find(|(own, ..)| *own == self.file.link_type);
        if let Some(&(_, link_type, padding)) = found
            && self.file.version == (2, 2)
        {
            self.file.link_type = link_type;
            self.file.resolution = Resolution::NANOSECOND;
            self.padding = padding;
        }
    }

    /// Finds the length of packet headers of the modified variant: the one behind which the next
    /// header makes sense, or the end of the file is; the usual one if that is not to be told.
    pub(super) fn find_modified_header<R: Read>(
        &mut self,
        buffer: &mut Buffer<R>,
    ) -> Result<(), Error> {
        (self.header, self.is_plain) = (MODIFIED_HEADER, false);
        for header in [MODIFIED_HEADER, EARLY_MODIFIED_HEADER] {
            let pcap = Self { header, ..*self };
            if pcap.starts_well(buffer)? {
                self.header = header;
                break;
            }
        }
        Ok(())
    }

    /// Finds longer packet headers under the magic of the plain variant: those of the libpcap of Red
    /// Hat 6.1 (which are those of the modified variant) and of Nokia.
    pub(crate) fn find_longer_header<R: Read>(
        &mut self,
        buffer: &mut Buffer<R>,
    ) -> Result<(), Error> {
        let may_be = self.is_plain && self.file.resolution == Resolution::MICROSECOND;
        if !may_be || self.starts_well(buffer)? {
            return Ok(());
        }
        for header in [MODIFIED_HEADER, NOKIA_HEADER] {
            let pcap = Self { header, ..*self };
            let has_second = buffer.has(header, 1)?
                && buffer.has(pcap.end(pcap.header(buffer.window()), header), 1)?;
            if has_second && pcap.chain(buffer, ROW)? {
                (self.header, self.is_plain) = (header, false);
                break;
            }
        }
        Ok(())
    }

    /// Whether the first record makes sense, and what is behind it.
    fn starts_well<R: Read>(&self, buffer: &mut Buffer<R>) -> Result<bool, Error> {
        let there = buffer.has(self.header, 1)?;
        Ok(there && self.credible(self.header(buffer.window())) && self.follows(buffer, 0, 1)?)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::format::Format;
    use crate::order::ByteOrder;
    use crate::reader::{CaptureReader, open};
    use crate::sample::{Sample, read_whole};

    const BOTH: [ByteOrder; 2] = [ByteOrder::Big, ByteOrder::Little];
    const MAGIC: u32 = 0xa1b2_c3d4;
    /// What stands behind the usual packet header: nothing, Nokia's four bytes, and an interface, a
    /// protocol and a type of packet. tshark reads files that are made so as these tests do.
    const LONGER: [(usize, &[u8]); 3] =
        [(16, b""), (20, b"\x01\x02\x03\x04"), (24, b"\0\0\0\x02\x88\xb5\0\0")];

    /// A capture whose packet headers are followed by these bytes.
    fn sample(order: ByteOrder, behind: &[u8]) -> Sample {
        let mut sample = Sample::pcap(order, MAGIC, 65_535, 1);
        for number in 0..4_u8 {
            let length = 60 + u32::from(number);
            sample.words(&[1_700_000_000 + u32::from(number), 5, length, length]).raw(behind);
            sample.raw(&vec![number; length as usize]).end(1);
        }
        sample
    }

    /// The lengths and last bytes of the packets of a file, and its format.
    fn opened(bytes: &[u8]) -> (Vec<(usize, u8)>, Format) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        let mut capture = open(file.path()).unwrap();
        let mut seen = Vec::new();
        while let Ok(Some(packet)) = capture.next_packet() {
            seen.push((packet.data.len(), packet.data.last().copied().unwrap()));
        }
        (seen, capture.format())
    }

    #[test]
    fn longer_packet_headers_under_the_plain_magic_are_told_by_the_record_behind() {
        for order in BOTH {
            for (header, behind) in LONGER {
                let sample = sample(order, behind);
                let (seen, format) = opened(&sample.bytes);
                assert_eq!(seen, [(60, 0), (61, 1), (62, 2), (63, 3)], "{header} {order:?}");
                let is_plain = format == Format::Pcap;
                assert_eq!(is_plain, header == PACKET_HEADER, "{header} {order:?}");
            }
        }
    }

    #[test]
    fn a_capture_cut_behind_its_second_record_is_read_as_the_whole() {
        for (header, behind) in LONGER {
            let sample = sample(ByteOrder::Little, behind);
            // One record says nothing of the length of its header.
            for cut in sample.ends[2].at..sample.bytes.len() {
                let (seen, _) = opened(&sample.bytes[..cut]);
                let whole = sample.ends.iter().filter(|end| end.at <= cut).count() - 1;
                assert_eq!(seen.len(), whole, "{header} at {cut}");
            }
        }
    }

    #[test]
    fn a_capture_of_the_plain_variant_cut_anywhere_stays_one() {
        let sample = sample(ByteOrder::Big, b"");
        for cut in 24..sample.bytes.len() {
            let (seen, format) = opened(&sample.bytes[..cut]);
            let whole = sample.ends.iter().filter(|end| end.at <= cut).count() - 1;
            assert_eq!((seen.len(), format), (whole, Format::Pcap), "at {cut}");
        }
    }

    #[test]
    fn a_pipe_is_not_held_up_to_tell_them() {
        let sample = sample(ByteOrder::Little, LONGER[1].1);
        let capture = CaptureReader::new(sample.bytes.as_slice()).unwrap();
        assert_eq!(capture.format(), Format::Pcap);
        assert_eq!(capture.tell_variant().unwrap().format(), Format::PcapModified);
    }

    #[test]
    fn captures_of_aix_count_nanoseconds_and_have_link_types_of_their_own() {
        for order in BOTH {
            for (number, link_type, padding) in [
                (6, LinkType::ETHERNET, 0),
                (9, LinkType::IEEE802_5, 0),
                (15, LinkType::FDDI, 3),
                (24, LinkType::NULL, 0),
            ] {
                let mut sample = Sample::new(order);
                sample.u32(MAGIC).u16(2).u16(2).words(&[0, 0, 96, number]);
                // What was on the wire comes first in that version.
                sample.words(&[1_700_000_000, 5, 60, 7]).raw(b"abcdefg");
                sample.words(&[1_700_000_001, 6, 60, 2]).raw(b"ab");
                let seen = read_whole(&sample.bytes);
                assert_eq!(&*seen[0].data, &b"abcdefg"[padding..]);
                assert_eq!(&*seen[1].data, &b"ab"[padding.min(2)..]);
                assert_eq!(seen[0].original_length as usize, 60 - padding);
                assert_eq!(seen[0].nanos, 1_700_000_000_000_000_005);
                let capture = CaptureReader::new(sample.bytes.as_slice()).unwrap();
                assert_eq!(capture.interfaces()[0].link_type, link_type);
                assert_eq!(capture.interfaces()[0].resolution, Resolution::NANOSECOND);
            }
        }
    }
}
