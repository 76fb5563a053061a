//! Where the payload of a packet is whose five-tuple is known.

use rheos_core::RawPacket;
use rheos_layers::{EtherType, LayerType, Packet};

use super::{FiveTuple, decoded, straight};
use crate::TransportPayload;

/// Where Ethernet has its type, and where the packet behind it starts.
const ETHER_TYPE: usize = 12;
const BEHIND_ETHERNET: usize = 14;
/// Where it starts behind one tag.
const BEHIND_TAG: usize = 18;

impl FiveTuple {
    /// What stands behind the transport header of the outermost IP.
    #[inline]
    pub(super) fn payload_of<'a>(&self, raw: &RawPacket<'a>) -> Option<TransportPayload<'a>> {
        if self.is_usual
            && let Some(found) = straight::extract(raw)
        {
            let ether_type = raw.data.get(ETHER_TYPE..BEHIND_ETHERNET);
            let is_tagged = ether_type == Some(&EtherType::VLAN.0.to_be_bytes());
            let ip_start = if is_tagged { BEHIND_TAG } else { BEHIND_ETHERNET };
            return Some(TransportPayload::of(&found, raw.data, ip_start));
        }
        self.decoded_payload_of(raw)
    }

    #[cold]
    #[inline(never)]
    fn decoded_payload_of<'a>(&self, raw: &RawPacket<'a>) -> Option<TransportPayload<'a>> {
        let mut packet = Packet::new(&self.decoder);
        packet.decode(raw.link_type, raw.data);
        let found = decoded::extract(&packet)?;
        let is_ip = |layer| matches!(layer, LayerType::IPV4 | LayerType::IPV6);
        let ip = packet.own_layers().iter().find(|span| is_ip(span.layer))?;
        Some(TransportPayload::of(&found, raw.data, ip.start as usize))
    }
}

#[cfg(test)]
mod tests {
    use rheos_core::{LinkType, Timestamp};

    use super::*;
    use crate::FlowExtractor;

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
    fn check(front: &[u8], packet: &[u8], expected: (&[u8], u32)) {
        let frame = [&MACS[..], front, packet].concat();
        let raw = RawPacket::new(Timestamp::default(), LinkType::ETHERNET, &frame);
        let found = FiveTuple::default().payload(&raw).unwrap();
        assert_eq!((found.bytes, found.length), expected);
        assert_eq!(found.tcp.map(|tcp| tcp.seq), Some(1));
        let decoded = FiveTuple::default().decoded_payload_of(&raw);
        assert_eq!(decoded, Some(found), "the straight line says the same");
    }

    #[test]
    fn padding_and_what_was_cut_off_are_no_payload() {
        let type4 = [8, 0];
        check(&type4, &ipv4(26, &[], TCP), (b"hi", 2));
        check(&type4, &[&ipv4(26, &[], TCP)[..], b"padding"].concat(), (b"hi", 2));
        check(&[0x81, 0, 0, 7, 8, 0], &ipv4(26, &[], TCP), (b"hi", 2));
        check(&type4, &ipv4(126, &[], TCP), (b"hi", 102));
        check(&type4, &ipv4(26, &[1, 1, 1, 0], TCP), (b"hi", 2));
        // Two tags, which the straight line leaves to the decoder.
        check(&[0x88, 0xa8, 0, 7, 0x81, 0, 0, 7, 8, 0], &ipv4(26, &[], TCP), (b"hi", 2));
    }

    #[test]
    fn a_length_left_to_the_card_reaches_to_the_end() {
        let mut packet = ipv4(26, &[], TCP);
        packet[2..4].fill(0);
        check(&[8, 0], &packet, (b"hi", 2));
    }

    #[test]
    fn a_later_fragment_has_none() {
        let mut packet = ipv4(26, &[], TCP);
        packet[7] = 1;
        let raw = RawPacket::new(Timestamp::default(), LinkType::IPV4, &packet);
        assert_eq!(FiveTuple::default().payload(&raw), None);
    }
}
