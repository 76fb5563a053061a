//! What Zeek tells connections apart by, and whom it takes for the one who asked.

use std::net::{IpAddr, Ipv4Addr};

use rheos_core::RawPacket;
use rheos_layers::{Decoder, LayerType, Packet, TcpFlags};

use crate::five_tuple::counterpart;
use crate::{Extracted, FiveTuple, FiveTupleKey, FlowExtractor, Fragment, L4Proto};
use crate::{Orientation, PacketDetail, TaggedKey, services};

/// The five-tuple as Zeek has it: ICMP has type and code, or the type of the answer, in the place of
/// ports; other protocols than TCP and UDP have none; a message of ICMP that nobody answers is of
/// one direction alone, which is the tag of the key.
#[derive(Clone, Debug)]
pub struct ZeekTuple {
    five_tuple: FiveTuple,
    decoder: Decoder,
    verify_checksums: bool,
}

impl ZeekTuple {
    /// Sees in packets what this decoder does. With `verify_checksums`, packets whose checksum is
    /// wrong are not counted; those in whose header of IPv4 it is are of no connection at all.
    pub fn new(decoder: &Decoder, verify_checksums: bool) -> Self {
        Self { five_tuple: FiveTuple::new(decoder), decoder: decoder.clone(), verify_checksums }
    }
}

impl ZeekTuple {
    /// Whether Zeek drops a packet for the checksum of its outermost IP header, before it looks for a connection.
    fn is_dropped(&self, raw: &RawPacket<'_>) -> bool {
        let is_wrong = || {
            let sum = self.decoder.decode(raw.link_type, raw.data).verify_ip_header();
            sum.is_some_and(|sum| sum.is_wrong())
        };
        self.verify_checksums && is_wrong()
    }
}

impl FlowExtractor for ZeekTuple {
    type Key = TaggedKey<FiveTupleKey, Option<Orientation>>;

    fn extract(&self, raw: &RawPacket<'_>) -> Option<Extracted<Self::Key>> {
        let found = self.five_tuple.extract(raw).filter(|_| !self.is_dropped(raw))?;
        let (ports, is_one_way) = match found.l4 {
            Some(L4Proto::Tcp | L4Proto::Udp) => (None, false),
            Some(L4Proto::Icmp | L4Proto::IcmpV6) => {
                let (kind, code) = self.five_tuple.detail(raw)?.icmp?;
                let is_v6 = found.l4 == Some(L4Proto::IcmpV6);
                let answer = counterpart(is_v6, kind);
                (Some([kind, answer.unwrap_or(code)].map(u16::from)), answer.is_none())
            }
            _ => (Some([0, 0]), false),
        };
        let (mut key, mut orientation) = (found.key, found.orientation);
        if let Some(ports) = ports {
            let (source, destination) = key.endpoints(orientation);
            let [a, b] = [(source.ip(), ports[0]), (destination.ip(), ports[1])];
            (key, orientation) = FiveTupleKey::new(a.into(), b.into(), key.protocol())?;
        }
        let tag = is_one_way.then_some(orientation);
        Some(Extracted { orientation, ..found.map(|_| TaggedKey { key, tag }) })
    }

    fn fragment(&self, raw: &RawPacket<'_>) -> Option<Fragment> {
        self.five_tuple.fragment(raw).filter(|_| !self.is_dropped(raw))
    }

    fn is_quick(&self) -> bool {
        true
    }

    fn is_answer(&self, packet: &Extracted<Self::Key>) -> bool {
        let (source, destination) = packet.key.key.endpoints(packet.orientation);
        let is_flipped = match (packet.l4, packet.tcp) {
            (Some(L4Proto::Tcp), Some(tcp)) => {
                let is_answer = tcp.flags.contains(TcpFlags::SYN);
                let [from, to] = [source.port(), destination.port()];
                !tcp.asks()
                    && services::has(services::TCP, from)
                    && (!services::has(services::TCP, to) || (!is_answer && from < to))
            }
            (Some(L4Proto::Udp), _) => {
                services::has(services::UDP, source.port())
                    && !services::has(services::UDP, destination.port())
            }
            _ => false,
        };
        is_flipped && destination.ip() != IpAddr::V4(Ipv4Addr::BROADCAST)
    }

    fn detail(&self, raw: &RawPacket<'_>) -> Option<PacketDetail> {
        let mut packet = Packet::new(&self.decoder);
        packet.decode(raw.link_type, raw.data);
        let mut detail = PacketDetail::of(&packet)?;
        if self.verify_checksums {
            let covers = [LayerType::IPV4, LayerType::TCP, LayerType::UDP];
            let covers = [&covers[..], &[LayerType::ICMPV4, LayerType::ICMPV6]].concat();
            let mut found = packet.verify_outermost().filter(|c| covers.contains(&c.span.layer));
            detail.is_corrupt = found.any(|c| c.is_wrong());
        }
        Some(detail)
    }
}
