//! What Zeek tells connections apart by, and whom it takes for the one who asked.

use std::net::{IpAddr, Ipv4Addr};

use rheos_core::RawPacket;
use rheos_layers::{ChecksumStatus, Decoder, LayerType, Packet, TcpFlags};

use crate::{Extracted, FiveTuple, FiveTupleKey, FlowExtractor, Fragment, L4Proto};
use crate::{Orientation, PacketDetail, TaggedKey};

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
    /// wrong are not counted.
    pub fn new(decoder: &Decoder, verify_checksums: bool) -> Self {
        Self { five_tuple: FiveTuple::new(decoder), decoder: decoder.clone(), verify_checksums }
    }
}

impl FlowExtractor for ZeekTuple {
    type Key = TaggedKey<FiveTupleKey, Option<Orientation>>;

    fn extract(&self, raw: &RawPacket<'_>) -> Option<Extracted<Self::Key>> {
        let found = self.five_tuple.extract(raw)?;
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
        self.five_tuple.fragment(raw)
    }

    fn is_answer(&self, packet: &Extracted<Self::Key>) -> bool {
        let (source, destination) = packet.key.key.endpoints(packet.orientation);
        let is_flipped = match (packet.l4, packet.tcp) {
            (Some(L4Proto::Tcp), Some(tcp)) => {
                let is_answer = tcp.flags.contains(TcpFlags::SYN);
                let [from, to] = [source.port(), destination.port()];
                !tcp.asks()
                    && is_service(TCP_SERVICES, from)
                    && (!is_service(TCP_SERVICES, to) || (!is_answer && from < to))
            }
            (Some(L4Proto::Udp), _) => {
                is_service(UDP_SERVICES, source.port())
                    && !is_service(UDP_SERVICES, destination.port())
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
            // Those of the outermost IP and of what it carries.
            let mut found = packet.verify_checksums().filter(|c| covers.contains(&c.span.layer));
            detail.is_corrupt = found.by_ref().take(2).any(|c| c.status() == ChecksumStatus::Bad);
        }
        Some(detail)
    }
}

/// The type of the message that answers one of ICMP, or that it answers.
fn counterpart(is_v6: bool, kind: u8) -> Option<u8> {
    let pairs: &[(u8, u8)] = if is_v6 {
        &[(128, 129), (133, 134), (135, 136), (130, 131), (139, 140), (144, 145)]
    } else {
        &[(8, 0), (13, 14), (15, 16), (10, 9), (17, 18)]
    };
    pairs.iter().find_map(|&(ask, answer)| match kind {
        kind if kind == ask => Some(answer),
        kind if kind == answer => Some(ask),
        _ => None,
    })
}

fn is_service(services: &[u16], port: u16) -> bool {
    services.binary_search(&port).is_ok()
}

/// Ports of TCP that Zeek's scripts name as those of servers, in order.
const TCP_SERVICES: &[u16] = &[
    21, 22, 25, 53, 80, 81, 88, 102, 110, 135, 139, 143, 194, 389, 443, 445, 465, 502, 514, 563,
    585, 587, 614, 631, 636, 989, 990, 992, 993, 995, 1080, 1433, 1434, 1883, 2811, 3128, 3268,
    3269, 3306, 3389, 5060, 5222, 5223, 5269, 5432, 6379, 6666, 6667, 6668, 6669, 8000, 8080, 8888,
    20000,
];

/// Ports of UDP that Zeek's scripts name as those of servers, in order.
const UDP_SERVICES: &[u16] = &[
    53, 67, 88, 123, 137, 161, 162, 389, 443, 514, 1812, 2123, 2152, 3389, 3544, 4011, 4789, 5060,
    5072, 5353, 5355, 6081, 20000,
];
