//! Who asked, where the capture does not show it.

use std::net::{IpAddr, Ipv4Addr};

use rheos_core::{Orientation, RawPacket};
use rheos_layers::{IpProtocol, TcpFlags};

use crate::extract::Found;
use crate::{
    Extracted, FiveTupleKey, FlowExtractor, FlowRecord, FlowStats, Fragment, IcmpError, Inside,
    PacketDetail, TaggedKey, asked, services,
};

/// A key that a five-tuple can be read of.
pub trait HasFiveTuple {
    /// The five-tuple.
    fn five_tuple(&self) -> &FiveTupleKey;
}

impl HasFiveTuple for FiveTupleKey {
    fn five_tuple(&self) -> &FiveTupleKey {
        self
    }
}

impl<K: HasFiveTuple, T> HasFiveTuple for TaggedKey<K, T> {
    fn five_tuple(&self) -> &FiveTupleKey {
        self.key.five_tuple()
    }
}

/// Guesses who is the initiator of a flow whose first packet was not captured: the first packet that
/// was seen may be an answer, and then who sent it is the responder.
///
/// In this order: to a group and to all hosts nobody answers; a SYN asks and a SYN-ACK answers; INIT, INIT ACK
/// and the cookies of SCTP, the first lines of HTTP, the hellos of TLS, DNS, NTP, STUN, SSDP, DHCP and the
/// questions and answers of ICMP say it themselves; or else the server is at the port that is the more likely
/// for one: below 1025, that of a known service, and but for UDP below 32,768, below 49,152, any other. Of two
/// ports alike, who was seen first is the initiator.
#[derive(Clone, Debug, Default)]
pub struct InferInitiator<E>(pub E);

/// How sure it is who the initiator of a flow is, as far as its record tells.
///
/// ```
/// use rheos_core::{LinkType, RawPacket, Timestamp};
/// use rheos_flow::{Confidence, FiveTuple, FlowEvent, FlowTracker, InferInitiator};
///
/// // From port 53 and from port 50,000 to port 50,001.
/// let [known, unknown] = [[0, 53], [0xc3, 0x50]].map(|port| {
///     let ip = b"\x45\0\0\x1e\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02";
///     [&ip[..], &port, b"\xc3\x51\0\x0a\0\0hi"].concat()
/// });
/// let mut tracker: FlowTracker<_> = FlowTracker::new(InferInitiator(FiveTuple::default()));
/// let found = [known, unknown].map(|bytes| {
///     let raw = RawPacket::new(Timestamp::default(), LinkType::IPV4, &bytes);
///     let id = tracker.track(&raw, &mut |_: &FlowEvent<'_, _>| {}).unwrap();
///     tracker.get(id).unwrap().confidence()
/// });
/// assert_eq!(found, [Confidence::High, Confidence::Low]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// Who was seen first, of two ends alike; or a handshake says it was the other
    /// ([`is_reversed`](FlowRecord::is_reversed)).
    Low,
    /// A handshake, a message of ICMP or the ports say it; or nothing has said otherwise for seven packets, or
    /// since both sides sent payload.
    High,
}

/// Packets of a flow behind which who asked is taken for settled.
const SETTLED: u64 = 7;

impl<K: HasFiveTuple, S> FlowRecord<K, S> {
    /// How sure it is who the initiator is. What the bytes of its first packet said, by which [`InferInitiator`]
    /// may have decided, is not remembered.
    pub fn confidence(&self) -> Confidence {
        if self.is_reversed {
            return Confidence::Low;
        }
        let key = self.key.five_tuple();
        let says = |orientation| is_answer(key, orientation, None);
        let FlowStats { initiator, responder, .. } = &self.stats;
        let is_settled = self.stats.total().packets >= SETTLED
            || (initiator.payload_bytes > 0 && responder.payload_bytes > 0);
        let has_group = [key.low(), key.high()].iter().any(|end| is_group(end.ip()));
        let is_known =
            self.has_syn() || has_group || says(Orientation::Forward) != says(Orientation::Reverse);
        if is_known || is_settled { Confidence::High } else { Confidence::Low }
    }
}

/// How likely it is that a server is at a port: less is more.
fn rank(protocol: IpProtocol, port: u16) -> u8 {
    let known = if protocol == IpProtocol::TCP { services::TCP } else { services::UDP };
    match port {
        0..=1024 => 0,
        port if services::has(known, port) => 1,
        // Who begins with a datagram is seen by that; media go from low ports to high ones as well as back.
        _ if protocol == IpProtocol::UDP => 2,
        1025..=32_767 => 2,
        32_768..=49_151 => 3,
        49_152.. => 4,
    }
}

/// Whether an address is of many hosts: none of them can have asked, since no packet comes from it.
pub(crate) fn is_group(address: IpAddr) -> bool {
    address.is_multicast() || address == Ipv4Addr::BROADCAST
}

/// Whether a packet looks like an answer.
fn is_answer(key: &FiveTupleKey, orientation: Orientation, flags: Option<TcpFlags>) -> bool {
    let protocol = key.protocol();
    let (source, destination) = key.endpoints(orientation);
    if is_group(destination.ip()) {
        return false;
    }
    match (protocol, flags, [source.port(), destination.port()]) {
        (_, Some(flags), _) if flags.contains(TcpFlags::SYN) => flags.contains(TcpFlags::ACK),
        (IpProtocol::ICMPV4 | IpProtocol::ICMPV6, ..) => {
            key.message().is_some() && key.message_orientation() != orientation
        }
        // RFC 2131 section 4.1 and RFC 8415 section 7.2: servers are at 67 and 547.
        (IpProtocol::UDP, _, [67, 68] | [547, 546]) => true,
        (IpProtocol::UDP, _, [68, 67] | [546, 547]) => false,
        (_, _, [from, to]) => rank(protocol, from) < rank(protocol, to),
    }
}

impl<E: FlowExtractor<Key: HasFiveTuple>> FlowExtractor for InferInitiator<E> {
    type Key = E::Key;

    #[inline(always)]
    fn extract(&self, packet: &RawPacket<'_>) -> Option<Extracted<E::Key>> {
        self.0.extract(packet)
    }

    #[inline(always)]
    fn extract_straight(&self, packet: &RawPacket<'_>) -> Option<Extracted<E::Key>> {
        self.0.extract_straight(packet)
    }

    fn extract_or_fragment(&self, packet: &RawPacket<'_>) -> Found<E::Key> {
        self.0.extract_or_fragment(packet)
    }

    fn extract_with_detail(&self, packet: &RawPacket<'_>) -> (Found<E::Key>, Option<PacketDetail>) {
        self.0.extract_with_detail(packet)
    }

    fn fragment(&self, packet: &RawPacket<'_>) -> Option<Fragment> {
        self.0.fragment(packet)
    }

    fn extract_inside(&self, inside: &Inside<'_>) -> Option<Extracted<E::Key>> {
        self.0.extract_inside(inside)
    }

    fn fragment_inside(&self, inside: &Inside<'_>) -> Option<Fragment> {
        self.0.fragment_inside(inside)
    }

    fn detail_inside(&self, inside: &Inside<'_>) -> Option<PacketDetail> {
        self.0.detail_inside(inside)
    }

    fn is_quick(&self) -> bool {
        self.0.is_quick()
    }

    fn is_answer(&self, packet: &Extracted<E::Key>) -> bool {
        let flags = packet.tcp.map(|tcp| tcp.flags);
        is_answer(packet.key.five_tuple(), packet.orientation, flags)
    }

    fn hosts(&self, packet: &RawPacket<'_>) -> Option<[u128; 2]> {
        self.0.hosts(packet)
    }

    fn answers(&self, found: &Extracted<E::Key>, packet: &RawPacket<'_>) -> bool {
        let is_syn = |tcp: crate::TcpInfo| tcp.flags.contains(TcpFlags::SYN);
        let start = found.payload_start.filter(|_| !found.tcp.is_some_and(is_syn));
        let key = found.key.five_tuple();
        if is_group(key.endpoints(found.orientation).1.ip()) {
            return false;
        }
        let said = start.and_then(|start| asked::is_answer(key, packet.data, start as usize));
        said.unwrap_or_else(|| self.is_answer(found))
    }

    fn quoted(&self, packet: &RawPacket<'_>) -> Option<(Extracted<E::Key>, IcmpError)> {
        self.0.quoted(packet)
    }

    fn detail(&self, packet: &RawPacket<'_>) -> Option<PacketDetail> {
        self.0.detail(packet)
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    #[track_caller]
    fn check(protocol: IpProtocol, ports: [u16; 2], flags: Option<TcpFlags>, expected: bool) {
        let [a, b] = [[10, 0, 0, 1], [10, 0, 0, 2]];
        let [a, b] = [SocketAddr::from((a, ports[0])), SocketAddr::from((b, ports[1]))];
        let (key, orientation) = FiveTupleKey::new(a, b, protocol).unwrap();
        assert_eq!(is_answer(&key, orientation, flags), expected, "{protocol} {ports:?}");
        let (key, orientation) = FiveTupleKey::new(b, a, protocol).unwrap();
        if flags.is_none() && ports[0] != ports[1] {
            let there = is_answer(&key, !orientation, flags);
            assert_eq!(there, expected, "{protocol} {ports:?}: the order of addresses counts");
        }
    }

    #[test]
    fn a_handshake_says_it_whatever_the_ports() {
        let (syn, ack) = (TcpFlags::SYN, TcpFlags::ACK);
        check(IpProtocol::TCP, [80, 50_000], Some(syn), false);
        check(IpProtocol::TCP, [50_000, 80], Some(syn | ack), true);
        check(IpProtocol::TCP, [80, 50_000], Some(ack), true);
        check(IpProtocol::TCP, [50_000, 80], Some(ack), false);
    }

    #[test]
    fn ports_have_ranks() {
        let ports = [80, 8080, 5000, 40_000, 60_000];
        for (place, &lower) in ports.iter().enumerate() {
            for &higher in &ports[place + 1..] {
                check(IpProtocol::TCP, [lower, higher], None, true);
                check(IpProtocol::TCP, [higher, lower], None, false);
            }
            check(IpProtocol::TCP, [lower, lower], None, false);
        }
        // A service of TCP is none of UDP.
        check(IpProtocol::UDP, [8080, 5000], None, false);
        check(IpProtocol::UDP, [5353, 5000], None, true);
        // RTP from a port below 32,768 to one above 49,151.
        check(IpProtocol::UDP, [30_000, 49_170], None, false);
        check(IpProtocol::UDP, [49_170, 30_000], None, false);
    }

    #[test]
    fn what_goes_to_many_hosts_answers_none() {
        let server = SocketAddr::from(([10, 0, 0, 2], 67));
        let check = |end: &str, expected| {
            let end: SocketAddr = end.parse().unwrap();
            let (key, orientation) = FiveTupleKey::new(server, end, IpProtocol::UDP).unwrap();
            assert_eq!(is_answer(&key, orientation, None), expected, "{end}");
        };
        check("10.0.0.1:68", true);
        // RFC 2131 section 4.1: to a client without an address; and RFC 1112.
        check("255.255.255.255:68", false);
        check("224.0.0.251:50000", false);
        check("10.0.0.1:50000", true);
    }

    #[test]
    fn dhcp_and_icmp_say_it_themselves() {
        check(IpProtocol::UDP, [67, 68], None, true);
        check(IpProtocol::UDP, [68, 67], None, false);
        check(IpProtocol::UDP, [547, 546], None, true);
        check(IpProtocol::UDP, [546, 547], None, false);
        let [a, b] = ["10.0.0.1:7", "10.0.0.2:7"].map(|end| end.parse().unwrap());
        for (ends, kind, expected) in
            [([a, b], 8, false), ([a, b], 0, true), ([b, a], 0, true), ([a, b], 3, false)]
        {
            let (key, orientation) =
                FiveTupleKey::new(ends[0], ends[1], IpProtocol::ICMPV4).unwrap();
            let key = key.with_message(orientation, kind, 0);
            assert_eq!(is_answer(&key, orientation, None), expected, "{kind}");
        }
    }
}
