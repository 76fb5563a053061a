//! The five-tuple: both addresses, both ports, and the protocol.

use rheos_core::{LinkType, RawPacket, prefetch_behind};
use rheos_layers::{Decoder, LayerType, Packet, Span};

use crate::fragment::Fragment;
use crate::{Extracted, FlowExtractor, IcmpError, Inside, PacketDetail};

#[cfg(feature = "community-id")]
pub use community_id::CommunityId;
pub(crate) use decoded::dccp_header_len;
pub(crate) use icmp::counterpart;
pub use key::FiveTupleKey;

#[cfg(feature = "community-id")]
mod community_id;
mod decoded;
mod icmp;
mod key;
mod straight;

/// Tells flows apart by the addresses of the outermost IP, its protocol, and the ports behind it.
///
/// TCP, UDP, UDP-Lite and SCTP have ports; a query of ICMP or `ICMPv6` and its reply have their
/// identifier in the place of both, and their type beside it. Other packets of IP have zero there.
/// Fragments but the first have no ports and give no key: a tracker knows their datagram's flow.
///
/// A control message that nobody answers is a flow of its own for each type, code and direction, as
/// it is to Zeek and to the Community ID.
///
/// Most packets are read in a straight line, without being decoded. The others are decoded, and so
/// are all if the decoder's registry has other layers in the place of those in the line.
#[derive(Clone, Debug)]
pub struct FiveTuple {
    decoder: Decoder,
    /// Whether the decoder finds the layers that the straight line takes for granted.
    is_usual: bool,
}

impl FiveTuple {
    /// Sees in packets what this decoder does.
    pub fn new(decoder: &Decoder) -> Self {
        Self { decoder: decoder.clone(), is_usual: straight::agrees(decoder) }
    }

    /// The same as [`extract`](FlowExtractor::extract), without the straight line.
    #[cold]
    #[inline(never)]
    fn decode_key(&self, raw: &RawPacket<'_>) -> Option<Extracted<FiveTupleKey>> {
        let mut packet = Packet::new(&self.decoder);
        packet.decode(raw.link_type, raw.data);
        decoded::extract(&packet)
    }

    /// The same as [`extract_or_fragment`](FlowExtractor::extract_or_fragment), without the straight line.
    #[cold]
    #[inline(never)]
    pub(crate) fn decode(
        &self,
        link_type: LinkType,
        bytes: &[u8],
    ) -> Result<Extracted<FiveTupleKey>, Option<Fragment>> {
        let mut packet = Packet::new(&self.decoder);
        packet.decode(link_type, bytes);
        decoded::extract(&packet).ok_or_else(|| Fragment::of(&packet))
    }
}

impl Default for FiveTuple {
    /// Sees the built-in layers.
    fn default() -> Self {
        Self::new(&Decoder::default())
    }
}

impl FlowExtractor for FiveTuple {
    type Key = FiveTupleKey;

    #[inline(always)] // By way of the next, the large result would be copied, and the copy wait for its parts.
    fn extract(&self, raw: &RawPacket<'_>) -> Option<Extracted<FiveTupleKey>> {
        let found = self.extract_straight(raw);
        if found.is_some() || (self.is_usual && straight::has_no_ip(raw)) {
            return found;
        }
        self.decode_key(raw)
    }

    #[inline(always)]
    fn extract_straight(&self, raw: &RawPacket<'_>) -> Option<Extracted<FiveTupleKey>> {
        prefetch_behind(raw.data);
        if self.is_usual { straight::extract(raw) } else { None }
    }

    fn extract_or_fragment(
        &self,
        raw: &RawPacket<'_>,
    ) -> Result<Extracted<FiveTupleKey>, Option<Fragment>> {
        if let Some(found) = self.extract_straight(raw) {
            return Ok(found);
        }
        if self.is_usual && straight::has_no_ip(raw) {
            return Err(None);
        }
        self.decode(raw.link_type, raw.data)
    }

    fn is_quick(&self) -> bool {
        true
    }

    fn extract_inside(&self, inside: &Inside<'_>) -> Option<Extracted<FiveTupleKey>> {
        decoded::extract_from(inside.packet(), inside.layers())
    }

    fn fragment_inside(&self, inside: &Inside<'_>) -> Option<Fragment> {
        Fragment::of_layers(inside.packet(), inside.layers())
    }

    fn detail_inside(&self, inside: &Inside<'_>) -> Option<PacketDetail> {
        PacketDetail::of_layers(inside.packet(), inside.layers())
    }

    #[inline(always)]
    fn hosts(&self, raw: &RawPacket<'_>) -> Option<[u128; 2]> {
        if self.is_usual { straight::hosts(raw) } else { None }
    }

    fn fragment(&self, raw: &RawPacket<'_>) -> Option<Fragment> {
        let mut packet = Packet::new(&self.decoder);
        packet.decode(raw.link_type, raw.data);
        Fragment::of(&packet)
    }

    #[cold]
    fn quoted(&self, raw: &RawPacket<'_>) -> Option<(Extracted<FiveTupleKey>, IcmpError)> {
        let mut packet = Packet::new(&self.decoder);
        packet.decode(raw.link_type, raw.data);
        let spans = packet.own_layers();
        let is_icmp = |s: &&Span| matches!(s.layer, LayerType::ICMPV4 | LayerType::ICMPV6);
        let icmp = spans.iter().rfind(is_icmp)?;
        let &[kind, code, ..] = packet.bytes_of(icmp) else { return None };
        let quoted = decoded::extract_from(&packet, packet.quoted_layers())?;
        Some((quoted, IcmpError::new(icmp.layer == LayerType::ICMPV6, kind, code)))
    }

    fn detail(&self, raw: &RawPacket<'_>) -> Option<PacketDetail> {
        let mut packet = Packet::new(&self.decoder);
        packet.decode(raw.link_type, raw.data);
        PacketDetail::of(&packet)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::net::IpAddr;
    use std::path::Path;
    use std::sync::LazyLock;

    use rheos_core::Timestamp;
    use rheos_layers::{EtherType, IpProtocol, Key, LayerType, Registry};

    use super::*;
    use crate::L4Proto;

    static FIVE_TUPLE: LazyLock<FiveTuple> = LazyLock::new(FiveTuple::default);

    const MACS: [u8; 12] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
    const TAG: [u8; 4] = [0x81, 0, 0, 7];
    const TYPE4: [u8; 2] = [8, 0];
    const TYPE6: [u8; 2] = [0x86, 0xdd];
    const TCP: &[u8] =
        b"\x9c\x40\0\x50\0\0\0\x01\0\0\0\x02\x60\x12\x01\0\0\0\0\0\x02\x04\x05\xb4hi";
    const UDP: &[u8] = b"\x9c\x40\0\x35\0\x0a\0\0hi";
    const ICMP: &[u8] = b"\x08\0\0\0\0\x07\0\x01hi";

    fn ipv4(protocol: u8, payload: &[u8]) -> Vec<u8> {
        let len = u8::try_from(20 + payload.len()).unwrap();
        let front = [0x45, 0, 0, len, 0, 0, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 2, 10, 0, 0, 1];
        [&front[..], payload].concat()
    }

    fn ipv6(next_header: u8, payload: &[u8]) -> Vec<u8> {
        let len = u8::try_from(payload.len()).unwrap();
        let front = [0x60, 0, 0, 0, 0, len, next_header, 64];
        let host = |last| [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last];
        [&front[..], &host(2), &host(1), payload].concat()
    }

    /// Frames that the straight line takes.
    fn usual() -> Vec<Vec<u8>> {
        vec![
            [&MACS[..], &TYPE4, &ipv4(6, TCP)].concat(),
            [&MACS[..], &TYPE4, &ipv4(17, UDP)].concat(),
            [&MACS[..], &TYPE4, &ipv4(1, ICMP)].concat(),
            [&MACS[..], &TYPE6, &ipv6(6, TCP)].concat(),
            [&MACS[..], &TYPE6, &ipv6(17, UDP)].concat(),
            [&MACS[..], &TAG, &TYPE4, &ipv4(17, UDP), b"padding"].concat(),
            [&MACS[..], &TAG, &TYPE6, &ipv6(6, TCP)].concat(),
        ]
    }

    fn raw(frame: &[u8]) -> RawPacket<'_> {
        RawPacket::new(Timestamp::default(), LinkType::ETHERNET, frame)
    }

    #[track_caller]
    fn check(frame: &[u8]) {
        let decoded = FIVE_TUPLE.decode(LinkType::ETHERNET, frame);
        assert_eq!(FIVE_TUPLE.extract_or_fragment(&raw(frame)), decoded, "{frame:02x?}");
        assert_eq!(FIVE_TUPLE.extract(&raw(frame)), decoded.ok(), "{frame:02x?}");
        let straight = FIVE_TUPLE.extract_straight(&raw(frame));
        assert!(straight.is_none_or(|found| decoded == Ok(found)), "{frame:02x?}");
        let fragment = FIVE_TUPLE.fragment(&raw(frame));
        assert!(decoded.is_ok() || decoded == Err(fragment), "{frame:02x?}");
        let Some(hosts) = FIVE_TUPLE.hosts(&raw(frame)) else { return };
        if let Some(fragment) = fragment {
            assert_eq!(fragment.datagram.hosts(), hosts, "{frame:02x?}");
        }
        let Ok(found) = decoded else { return };
        let ends = [found.key.low(), found.key.high()].map(|end| match end.ip() {
            IpAddr::V4(ip) => ip.to_bits().into(),
            IpAddr::V6(ip) => ip.to_bits(),
        });
        assert!(hosts == ends || hosts == [ends[1], ends[0]], "{frame:02x?}");
        let is_message = matches!(found.l4, Some(L4Proto::Icmp | L4Proto::IcmpV6));
        assert!(!is_message, "{frame:02x?}");
    }

    #[test]
    fn usual_packets_go_the_straight_line() {
        assert!(FIVE_TUPLE.is_usual);
        for frame in usual() {
            let found = straight::extract(&raw(&frame));
            let is_icmp = found.is_some_and(|found| found.l4 == Some(L4Proto::Icmp));
            assert!(
                found.is_some() && FIVE_TUPLE.hosts(&raw(&frame)).is_none() == is_icmp,
                "{frame:02x?}"
            );
        }
    }

    #[test]
    fn the_line_and_the_decoder_agree_on_every_prefix_and_every_changed_byte() {
        for mut frame in usual() {
            (0..=frame.len()).for_each(|end| check(&frame[..end]));
            for place in 12..frame.len() {
                let byte = frame[place];
                for changed in 0..=u8::MAX {
                    frame[place] = changed;
                    check(&frame);
                }
                frame[place] = byte;
            }
        }
    }

    #[test]
    fn what_has_no_ip_has_none_whatever_is_in_it() {
        for ether_type in [[8, 6], [0x88, 0xf7], [0x88, 0xcc]] {
            for frame in usual() {
                check(&[&MACS[..], &ether_type, &frame[14..]].concat());
                check(&[&MACS[..], &TAG, &ether_type, &frame[14..]].concat());
            }
        }
    }

    #[test]
    fn the_line_and_the_decoder_agree_on_the_corpus() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/decode");
        let mut frames = 0;
        for seed in fs::read_dir(corpus).unwrap() {
            let seed = fs::read(seed.unwrap().path()).unwrap();
            // Two bytes of link type, and a packet: as it is, and as what a frame of IP carries.
            let packet = &seed[2..];
            for front in [&[][..], &[&MACS[..], &TYPE4].concat(), &[&MACS[..], &TYPE6].concat()] {
                let frame = [front, packet].concat();
                (0..=frame.len()).for_each(|end| check(&frame[..end]));
                frames += 1;
            }
        }
        assert!(frames >= 100, "{frames}");
    }

    #[test]
    fn overridden_claims_are_obeyed() {
        let nothing = LayerType(u16::MAX);
        for (key, layer) in [
            (Key::link_type(LinkType::ETHERNET), nothing),
            (Key::ether_type(EtherType::VLAN), nothing),
            (Key::ether_type(EtherType::IPV4), nothing),
            (Key::ether_type(EtherType::IPV6), LayerType::ARP),
            (Key::ether_type(EtherType::ARP), LayerType::IPV4),
            (Key::ip_protocol(IpProtocol::TCP), nothing),
            (Key::ip_protocol(IpProtocol::UDP), LayerType::TCP),
            (Key::ip_protocol(IpProtocol(200)), LayerType::TCP),
        ] {
            let decoder = Decoder::new(&Registry::default().claim(key, layer));
            let five_tuple = FiveTuple::new(&decoder);
            let mut changed = 0;
            let segments =
                [17, 200].map(|protocol| [&MACS[..], &TYPE4, &ipv4(protocol, TCP)].concat());
            let in_arp = [&MACS[..], &[8, 6], &ipv4(6, TCP)].concat();
            for frame in usual().into_iter().chain(segments).chain([in_arp]) {
                let found = five_tuple.extract_or_fragment(&raw(&frame));
                assert_eq!(found, five_tuple.decode(LinkType::ETHERNET, &frame), "{key:?}");
                changed += usize::from(found != FIVE_TUPLE.extract_or_fragment(&raw(&frame)));
            }
            assert!(changed > 0, "{key:?} makes no difference");
        }
    }

    #[test]
    fn layers_beside_the_line_leave_it_as_it_is() {
        let registry = Registry::default().claim(Key::udp_port(53), LayerType::ARP);
        assert!(FiveTuple::new(&Decoder::new(&registry)).is_usual);
    }
}
