//! What a packet carries behind its transport header.

use rheos_core::RawPacket;

use crate::{Extracted, FlowExtractor, L4Proto, TcpInfo};

/// What a packet carries behind its transport header: bytes of a stream, or a datagram.
///
/// ```
/// use rheos_core::{LinkType, RawPacket, Timestamp};
/// use rheos_flow::{FiveTuple, TransportPayload};
///
/// let bytes = b"\x45\0\0\x1e\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02\x30\x39\x1f\x90\0\x0a\0\0hi";
/// let raw = RawPacket::new(Timestamp::from_secs(7, 0), LinkType::IPV4, bytes);
/// let payload = TransportPayload::read(&FiveTuple::default(), &raw).unwrap();
/// assert_eq!((payload.bytes, payload.length), (&b"hi"[..], 2));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransportPayload<'a> {
    /// What IP carries.
    pub l4: Option<L4Proto>,
    /// What the header of TCP says, if there is one.
    pub tcp: Option<TcpInfo>,
    /// The bytes, as far as they were captured: what the link put behind the packet is not among them.
    pub bytes: &'a [u8],
    /// How many bytes there were on the wire, as the IP header says, or that of UDP where it says less:
    /// no fewer than were captured.
    pub length: u32,
    /// Whether other fragments have the rest of the datagram.
    pub is_first_fragment: bool,
}

impl<'a> TransportPayload<'a> {
    /// What a packet carries behind the headers that an extractor makes the key of. `None` if it finds
    /// no key, or does not say where that begins.
    #[inline]
    pub fn read(extractor: &impl FlowExtractor, raw: &RawPacket<'a>) -> Option<Self> {
        Self::of(&extractor.extract(raw)?, raw.data)
    }

    /// The same of a packet's bytes, by what an extractor has said of it.
    #[inline]
    pub fn of<K>(extracted: &Extracted<K>, data: &'a [u8]) -> Option<Self> {
        let in_ip = extracted.payload_length;
        let start = extracted.payload_start? as usize;
        let rest = data.get(start..).unwrap_or_default();
        let in_udp =
            (extracted.l4 == Some(L4Proto::Udp)).then(|| udp_payload(data, start)).flatten();
        let length = in_udp.map_or(in_ip, |in_udp| in_udp.min(in_ip));
        Some(Self {
            l4: extracted.l4,
            tcp: extracted.tcp,
            bytes: rest.get(..length as usize).unwrap_or(rest),
            length,
            is_first_fragment: extracted.is_first_fragment,
        })
    }
}

/// How many bytes the header of UDP in front of a place announces. Nothing, if it says less than its own
/// length: 0 means all that IP carries, [RFC 2675](https://www.rfc-editor.org/rfc/rfc2675) section 4.
fn udp_payload(data: &[u8], start: usize) -> Option<u32> {
    /// Bytes of the header, of which the length has the fifth and sixth.
    const HEADER: u32 = 8;
    let length = data.get(start.checked_sub(4)?..)?.first_chunk()?;
    u32::from(u16::from_be_bytes(*length)).checked_sub(HEADER)
}

#[cfg(test)]
mod tests {
    use rheos_core::{LinkType, Timestamp};

    use super::*;
    use crate::FiveTuple;

    #[track_caller]
    fn check(udp_length: u8, expected: &[u8]) {
        let mut bytes =
            *b"\x45\0\0\x1e\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02\x30\x39\x1f\x90\0\0\0\0hi";
        bytes[25] = udp_length;
        let raw = RawPacket::new(Timestamp::from_secs(7, 0), LinkType::IPV4, &bytes);
        let payload = TransportPayload::read(&FiveTuple::default(), &raw).unwrap();
        assert_eq!((payload.bytes, payload.length as usize), (expected, expected.len()));
    }

    /// RFC 9868, section 3: what IP carries behind the length of UDP is no payload.
    #[test]
    fn bytes_behind_the_length_of_udp_are_no_payload() {
        check(10, b"hi");
        check(9, b"h");
        check(8, b"");
    }

    #[test]
    fn a_length_of_udp_that_cannot_be_leaves_that_of_ip() {
        check(0, b"hi");
        check(7, b"hi");
        check(200, b"hi");
    }

    const MACS: [u8; 12] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
    const TCP: &[u8] =
        b"\x9c\x40\0\x50\0\0\0\x01\0\0\0\x02\x60\x12\x01\0\0\0\0\0\x02\x04\x05\xb4hi";

    fn ipv4(claimed: usize, options: &[u8], payload: &[u8]) -> Vec<u8> {
        let len = u8::try_from(20 + options.len() + claimed).unwrap();
        let first = 0x45 + u8::try_from(options.len() / 4).unwrap();
        let front = [first, 0, 0, len, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 2, 10, 0, 0, 1];
        [&front[..], options, payload].concat()
    }

    #[track_caller]
    fn check_segment(front: &[u8], packet: &[u8], expected: (&[u8], u32)) {
        let frame = [&MACS[..], front, packet].concat();
        let raw = RawPacket::new(Timestamp::default(), LinkType::ETHERNET, &frame);
        let found = TransportPayload::read(&FiveTuple::default(), &raw).unwrap();
        assert_eq!((found.bytes, found.length), expected);
        assert_eq!(found.tcp.map(|tcp| tcp.seq), Some(1));
        let decoded = FiveTuple::default().decode(raw.link_type, raw.data).unwrap();
        let decoded = TransportPayload::of(&decoded, raw.data);
        assert_eq!(decoded, Some(found), "the straight line says the same");
    }

    #[test]
    fn padding_and_what_was_cut_off_are_no_payload() {
        let type4 = [8, 0];
        check_segment(&type4, &ipv4(26, &[], TCP), (b"hi", 2));
        check_segment(&type4, &[&ipv4(26, &[], TCP)[..], b"padding"].concat(), (b"hi", 2));
        check_segment(&[0x81, 0, 0, 7, 8, 0], &ipv4(26, &[], TCP), (b"hi", 2));
        check_segment(&type4, &ipv4(126, &[], TCP), (b"hi", 102));
        check_segment(&type4, &ipv4(26, &[1, 1, 1, 0], TCP), (b"hi", 2));
        // Two tags, which the straight line leaves to the decoder.
        check_segment(&[0x88, 0xa8, 0, 7, 0x81, 0, 0, 7, 8, 0], &ipv4(26, &[], TCP), (b"hi", 2));
    }

    #[test]
    fn a_length_left_to_the_card_reaches_to_the_end() {
        let mut packet = ipv4(26, &[], TCP);
        packet[2..4].fill(0);
        check_segment(&[8, 0], &packet, (b"hi", 2));
    }

    #[test]
    fn a_later_fragment_has_none() {
        let mut packet = ipv4(26, &[], TCP);
        packet[7] = 1;
        let raw = RawPacket::new(Timestamp::default(), LinkType::IPV4, &packet);
        assert_eq!(TransportPayload::read(&FiveTuple::default(), &raw), None);
    }
}
