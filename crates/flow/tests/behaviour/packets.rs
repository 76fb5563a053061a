//! Packets made by hand, and a tracker that writes down what it reports of them.

use std::time::Duration;

use rheos_core::{LinkType, RawPacket, Side, Timestamp};
use rheos_flow::{
    FiveTuple, FiveTupleKey, FlowEvent, FlowId, FlowTracker, HashSeed, SideStats, TrackerConfig,
};
use rheos_layers::TcpFlags;

pub(crate) const SYN: TcpFlags = TcpFlags::SYN;
pub(crate) const ACK: TcpFlags = TcpFlags::ACK;
pub(crate) const FIN: TcpFlags = TcpFlags::FIN;
pub(crate) const RST: TcpFlags = TcpFlags::RST;

pub(crate) const TCP: u8 = 6;
pub(crate) const UDP: u8 = 17;
pub(crate) const HOP_BY_HOP: u8 = 0;
pub(crate) const FRAGMENT: u8 = 44;

/// From the client, 10.0.0.1 port 40000, to the server, 10.0.0.2 port 80, or back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    There,
    Back,
}

pub(crate) use Way::{Back, There};

impl Way {
    fn order<T>(self, [a, b]: [T; 2]) -> [T; 2] {
        match self {
            There => [a, b],
            Back => [b, a],
        }
    }
}

/// An IPv4 packet between the two hosts.
pub(crate) fn ipv4(way: Way, protocol: u8, payload: &[u8]) -> Vec<u8> {
    let [source, destination] = way.order([[10, 0, 0, 1], [10, 0, 0, 2]]);
    ipv4_between(source, destination, protocol, payload)
}

/// An IPv4 packet between any two hosts.
pub(crate) fn ipv4_between(a: [u8; 4], b: [u8; 4], protocol: u8, payload: &[u8]) -> Vec<u8> {
    let [high, low] = (20 + payload.len() as u16).to_be_bytes();
    let front = [0x45, 0, high, low, 0, 0, 0, 0, 64, protocol, 0, 0];
    [&front[..], &a, &b, payload].concat()
}

/// An IPv6 packet between `fd00::1` and `fd00::2`.
pub(crate) fn ipv6(way: Way, next_header: u8, payload: &[u8]) -> Vec<u8> {
    let [high, low] = (payload.len() as u16).to_be_bytes();
    let front = [0x60, 0, 0, 0, high, low, next_header, 64];
    let host = |last| [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last];
    let [source, destination] = way.order([host(1), host(2)]);
    [&front[..], &source, &destination, payload].concat()
}

/// A TCP segment with this many bytes of payload.
pub(crate) fn segment(way: Way, flags: TcpFlags, sequence: u32, payload: usize) -> Vec<u8> {
    segment_with(way, flags, sequence, 0, payload)
}

/// A TCP segment that acknowledges what is in front of a number.
pub(crate) fn segment_with(
    way: Way,
    flags: TcpFlags,
    sequence: u32,
    acknowledgment: u32,
    payload: usize,
) -> Vec<u8> {
    let [source, destination] = way.order([40_000_u16, 80]).map(u16::to_be_bytes);
    let [high, low] = (0x5000 | flags.bits()).to_be_bytes();
    let numbers = [sequence.to_be_bytes(), acknowledgment.to_be_bytes()].concat();
    let back = [high, low, 1, 0, 0, 0, 0, 0];
    [&source[..], &destination, &numbers, &back, &vec![b'x'; payload]].concat()
}

/// A UDP datagram with this many bytes of payload.
pub(crate) fn datagram(way: Way, payload: usize) -> Vec<u8> {
    let [source, destination] = way.order([40_000_u16, 53]).map(u16::to_be_bytes);
    let length = (8 + payload as u16).to_be_bytes();
    [&source[..], &destination, &length, &[0; 2], &vec![b'x'; payload]].concat()
}

/// Behind a link header.
pub(crate) fn ethernet(packet: &[u8]) -> Vec<u8> {
    let ether_type = if packet[0] >> 4 == 4 { [8, 0] } else { [0x86, 0xdd] };
    [&[2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1], &ether_type[..], packet].concat()
}

/// A tracker, and what it reported, a line an event.
pub(crate) struct Lab {
    pub(crate) tracker: FlowTracker<FiveTuple>,
    log: Vec<String>,
    /// The number behind the last segment there and back.
    next: [u32; 2],
}

impl Lab {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut TrackerConfig)) -> Self {
        let mut config = TrackerConfig::default();
        change(&mut config);
        let tracker = FlowTracker::with_config(FiveTuple::default(), config, HashSeed::fixed(1));
        Self { tracker, log: Vec::new(), next: [0; 2] }
    }

    /// Tracks a packet without a link header.
    pub(crate) fn ip(&mut self, milliseconds: i64, packet: &[u8]) -> Option<FlowId> {
        let link_type = if packet[0] >> 4 == 4 { LinkType::IPV4 } else { LinkType::IPV6 };
        self.raw(&RawPacket::new(at(milliseconds), link_type, packet))
    }

    /// Tracks a segment between the two hosts, which acknowledges all that came before.
    pub(crate) fn tcp(&mut self, milliseconds: i64, way: Way, flags: TcpFlags, sequence: u32) {
        let [there, back] = self.next;
        let acknowledgment = match way {
            _ if !flags.contains(ACK) => 0,
            There => back,
            Back => there,
        };
        self.next[way as usize] = sequence + u32::from(flags.intersects(SYN | FIN));
        let segment = segment_with(way, flags, sequence, acknowledgment, 0);
        self.ip(milliseconds, &ipv4(way, TCP, &segment));
    }

    pub(crate) fn raw(&mut self, raw: &RawPacket<'_>) -> Option<FlowId> {
        let log = &mut self.log;
        self.tracker.track(raw, &mut |event: &FlowEvent<'_, _>| log.push(line(event)))
    }

    pub(crate) fn sweep(&mut self, milliseconds: i64) {
        let log = &mut self.log;
        self.tracker.sweep(at(milliseconds), &mut |event: &FlowEvent<'_, _>| log.push(line(event)));
    }

    pub(crate) fn finish(&mut self) {
        let log = &mut self.log;
        self.tracker.finish(&mut |event: &FlowEvent<'_, _>| log.push(line(event)));
    }

    /// Compares what was reported since the last look.
    #[track_caller]
    pub(crate) fn check(&mut self, expected: &[&str]) {
        assert_eq!(std::mem::take(&mut self.log), expected);
    }

    /// What was reported since the last look.
    pub(crate) fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.log)
    }

    /// Forgets what was reported since the last look.
    pub(crate) fn skip(&mut self) {
        self.log.clear();
    }

    /// What a side of the only flow sent: packets, bytes on the wire, of IP, of payload.
    #[track_caller]
    pub(crate) fn counts(&self, side: Side) -> [u64; 4] {
        let flows: Vec<_> = self.tracker.flows().collect();
        let [(_, flow)] = flows[..] else { panic!("{} flows", flows.len()) };
        let SideStats { packets, wire_bytes, ip_bytes, payload_bytes, .. } = *flow.stats.side(side);
        [packets, wire_bytes, ip_bytes, payload_bytes]
    }
}

/// A time of the test.
pub(crate) fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_secs(1_700_000_000, milliseconds * 1_000_000)
}

/// An event as text; a flow is its place and how often that was given away before.
fn line(event: &FlowEvent<'_, FiveTupleKey>) -> String {
    let FlowId { index, generation } = event.id();
    let id = format!("{index}.{generation}");
    let name = |side: &Side| if *side == Side::Initiator { "initiator" } else { "responder" };
    match event {
        FlowEvent::Started { side, parent: Some(parent), .. } => {
            let FlowId { index, generation } = parent;
            format!("{id} started by {}, child of {index}.{generation}", name(side))
        }
        FlowEvent::Started { side, .. } => format!("{id} started by {}", name(side)),
        FlowEvent::Established { .. } => format!("{id} established"),
        FlowEvent::StateChange { from, to, .. } => format!("{id} {from} to {to}"),
        FlowEvent::Packet { side, len, .. } => format!("{id} packet of {}, {len}", name(side)),
        FlowEvent::Active { .. } => format!("{id} lasts"),
        FlowEvent::IcmpError { side, error, .. } => {
            format!("{id} error {}/{} for {}", error.kind, error.code, name(side))
        }
        FlowEvent::Ended { reason, .. } => format!("{id} ended: {}", reason.as_str()),
        other => panic!("{other:?}"),
    }
}

/// Seconds as a duration.
pub(crate) fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
