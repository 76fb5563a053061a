//! No path that a packet takes allocates, once the places are made that flows and buffers need.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::unwrap_used,
    reason = "a test, also in its functions: packets of known size, small numbers"
)]

use allocation_counter::measure;
use rheos::flow::{FiveTupleKey, FlowEvent};
use rheos::layers::LayerSet;
use rheos::pcap::CaptureReader;
use rheos::prelude::*;
use smallvec::SmallVec;

/// Connections; each has a packet there and one back in a round.
const CONNECTIONS: u16 = 250;
/// Packets in a round.
const ROUND: u64 = 500;
/// Rounds that count, behind one in which places are made.
const ROUNDS: u32 = 6;

/// A frame of TCP with a tag, or of UDP over IPv6: every second one.
fn frame(connection: u16, back: bool) -> Vec<u8> {
    let mut ports = [40_000 + connection, 443];
    let mut hosts = [1_u8, 2];
    if back {
        ports.reverse();
        hosts.reverse();
    }
    let ports = ports.map(u16::to_be_bytes).concat();
    let macs = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
    if connection.is_multiple_of(2) {
        let tcp = [&ports[..], &[0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x10, 1, 0, 0, 0, 0, 0]].concat();
        let [a, b] = hosts;
        let ip = [0x45, 0, 0, 140, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, a, 10, 0, 0, b];
        return [&macs[..], &[0x81, 0, 0, 7, 8, 0], &ip, &tcp, &[b'x'; 100]].concat();
    }
    let address = |last| [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last];
    let front = [0x86, 0xdd, 0x60, 0, 0, 0, 0, 108, 17, 64];
    let [a, b] = hosts.map(address);
    [&macs[..], &front, &a, &b, &ports, &[0, 108, 0, 0], &[b'x'; 100]].concat()
}

/// A round of packets.
fn frames() -> Vec<Vec<u8>> {
    let ways = (0..CONNECTIONS).flat_map(|connection| [(connection, false), (connection, true)]);
    ways.map(|(connection, back)| frame(connection, back)).collect()
}

/// How often something allocates in all.
fn allocations(run: impl FnOnce()) -> u64 {
    measure(run).count_total
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| drop(std::hint::black_box(vec![1_u8]))), 1);
}

#[test]
fn decoding_in_place_and_reading_layers() {
    let (decoder, frames) = (Decoder::default(), frames());
    let mut ports = 0;
    let count = allocations(|| {
        let mut packet = Packet::new(&decoder);
        for frame in &frames {
            packet.decode(LinkType::ETHERNET, frame);
            ports += packet.get::<Tcp<'_>>().map_or(0, |tcp| u32::from(tcp.source_port()));
            ports += packet.get::<Udp<'_>>().map_or(0, |udp| u32::from(udp.source_port()));
            packet.fields(&mut |_: rheos::layers::Field<'_>| ports += 1);
        }
    });
    assert!(ports > 0);
    assert_eq!(count, 0);
}

#[test]
fn the_fixed_decoder_and_the_layer_set() {
    type Stack<'a> = (Ethernet<'a>, Option<Vlan<'a>>, Ip<'a>, Transport<'a>);
    type Set<'a> = (
        Option<Ethernet<'a>>,
        SmallVec<[Vlan<'a>; 2]>,
        SmallVec<[Ipv4<'a>; 2]>,
        SmallVec<[Ipv6<'a>; 2]>,
        Option<Tcp<'a>>,
        Option<Udp<'a>>,
    );
    let frames = frames();
    let (mut stacks, mut sets) = (0, 0);
    let count = allocations(|| {
        for frame in &frames {
            stacks += u64::from(FixedDecoder::<Stack<'_>>::decode(frame).is_ok());
            let set = LayerSet::<Set<'_>>::decode(LinkType::ETHERNET, frame);
            sets += u64::from(set.rest.len() == 100);
        }
    });
    assert_eq!((stacks, sets), (ROUND, ROUND));
    assert_eq!(count, 0);
}

#[test]
fn a_registry_with_every_layer_and_its_decoder_take_less_than_a_mebibyte() {
    let mut decoder = None;
    let made = measure(|| decoder = Some(Decoder::new(&Registry::default())));
    assert!(decoder.is_some_and(|decoder| decoder.protocols().count() > 100));
    // A gopacket that is imported has 8 to 20 MB.
    assert!(made.bytes_max < 1 << 20, "{} bytes", made.bytes_max);
}

/// A frame of UDP over IPv4 with options.
const WITH_OPTIONS: &[u8] = b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\0\
    \x46\0\0\x20\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02\x01\x01\x01\0\
    \x30\x39\x1f\x90\0\x08\0\0";

#[test]
fn extracting_keys() {
    let (decoder, frames) = (Decoder::default(), frames());
    let five_tuple = FiveTuple::new(&decoder);
    let mut keys = 0;
    let count = allocations(|| {
        let mut packet = Packet::new(&decoder);
        for frame in &frames {
            packet.decode(LinkType::ETHERNET, frame);
            let raw = RawPacket::new(Timestamp::default(), LinkType::ETHERNET, frame);
            keys += u64::from(five_tuple.extract(&raw).is_some());
            // A packet that no straight line leads through.
            let options = RawPacket { data: WITH_OPTIONS, ..raw };
            keys += u64::from(five_tuple.extract(&options).is_some());
            keys += u64::from(packet.network_flow().and(packet.transport_flow()).is_some());
        }
    });
    assert_eq!((keys, count), (3 * ROUND, 0));
}

#[test]
fn tracking_flows_that_are_known() {
    let frames = frames();
    let mut tracker: FlowTracker<_> = FlowTracker::new(FiveTuple::default());
    let mut events = 0_u64;
    let mut round = |second: u32| {
        for frame in &frames {
            let time = Timestamp::from_secs(second.into(), 0);
            let raw = RawPacket::new(time, LinkType::ETHERNET, frame);
            let count = |_: &FlowEvent<'_, FiveTupleKey>| events += 1;
            tracker.track(&raw, &mut { count });
        }
    };
    round(0);
    // Ten seconds apart, so that the wheel turns and puts flows off.
    let count = allocations(|| (1..=ROUNDS).for_each(|number| round(number * 10)));
    assert_eq!(count, 0);
    assert_eq!(tracker.stats().started, u64::from(CONNECTIONS));
    assert!(events > ROUND * u64::from(ROUNDS));
}

/// Reads everything, and says nothing.
#[derive(Clone)]
struct Nothing;

impl SessionParser for Nothing {
    type Message = ();

    fn name(&self) -> &'static str {
        "nothing"
    }

    fn feed(&mut self, input: &Input<'_>, _out: &mut dyn FnMut(())) -> Result<usize, Failure> {
        Ok(input.bytes.len())
    }
}

#[test]
fn putting_streams_in_order_together_for_a_parser_that_does_nothing() {
    let mut engine = Engine::builder().parser(Nothing).on_port(443, "nothing").build();
    let mut frames = frames();
    let mut round = |second: u32| {
        for (place, frame) in frames.iter_mut().enumerate() {
            let time = Timestamp::from_secs(second.into(), 0);
            engine.packet(&RawPacket::new(time, LinkType::ETHERNET, frame), &mut |_: &Event<
                '_,
                _,
            >| {});
            // The next hundred bytes of the stream, of those packets that are of TCP.
            if place % 4 < 2 {
                let next = 1 + (second / 10 + 1) * 100;
                frame[42..46].copy_from_slice(&next.to_be_bytes());
            }
        }
    };
    // The first sessions are looked at in the second round.
    round(0);
    round(10);
    let count = allocations(|| (2..=ROUNDS).for_each(|number| round(number * 10)));
    let stats = engine.stats();
    let (_, parser) = stats.parsers[0];
    assert_eq!((count, stats.streams.gaps), (0, 0));
    assert_eq!(parser.flows, u64::from(CONNECTIONS) / 2);
    assert_eq!(parser.bytes, u64::from(CONNECTIONS) * 100 * u64::from(ROUNDS + 1));
}

#[test]
fn starting_flows_in_the_place_of_those_that_ended() {
    let frames = frames();
    let mut tracker: FlowTracker<_> = FlowTracker::new(FiveTuple::default());
    let mut round = |second: i64| {
        for frame in &frames {
            let time = Timestamp::from_secs(second, 0);
            let raw = RawPacket::new(time, LinkType::ETHERNET, frame);
            tracker.track(&raw, &mut |_: &FlowEvent<'_, FiveTupleKey>| {});
        }
    };
    round(0);
    let count = allocations(|| (1..=i64::from(ROUNDS)).for_each(|number| round(number * 1000)));
    assert_eq!(count, 0);
    assert_eq!(tracker.stats().ended, u64::from(CONNECTIONS) * u64::from(ROUNDS));
}

/// Rounds of packets as a pcap.
fn pcap() -> Vec<u8> {
    let mut file = Vec::from(*b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\x01\0\0\0");
    for second in 0..=ROUNDS {
        for frame in frames() {
            let length = frame.len() as u32;
            file.extend([second, 0, length, length].map(u32::to_le_bytes).concat());
            file.extend(frame);
        }
    }
    file
}

/// A block of a pcapng.
fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let padded = [body, &vec![0; body.len().next_multiple_of(4) - body.len()]].concat();
    let length = (padded.len() as u32 + 12).to_le_bytes();
    [&kind.to_le_bytes(), &length, &padded[..], &length].concat()
}

/// Rounds of packets as a pcapng, each packet with a comment.
fn pcapng() -> Vec<u8> {
    let mut file =
        block(0x0a0d_0d0a, b"\x4d\x3c\x2b\x1a\x01\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff");
    file.extend(block(1, b"\x01\0\0\0\0\0\x04\0"));
    for second in 0..=ROUNDS {
        for frame in frames() {
            let length = frame.len() as u32;
            let mut body = [0, 0, second, length, length].map(u32::to_le_bytes).concat();
            body.extend(frame);
            body.resize(body.len().next_multiple_of(4), 0);
            body.extend(*b"\x01\0\x03\0why\0\0\0\0\0");
            file.extend(block(6, &body));
        }
    }
    file
}

#[test]
fn reading_captures() {
    for file in [pcap(), pcapng()] {
        let mut capture = CaptureReader::new(file.as_slice()).unwrap();
        for _ in 0..ROUND {
            capture.next_packet().unwrap().unwrap();
        }
        let (mut bytes, mut comments) = (0, 0);
        let count = allocations(|| {
            while let Some(packet) = capture.next_packet().unwrap() {
                bytes += packet.data.len();
                comments += packet.comments.iter().count();
            }
        });
        assert_eq!(capture.packets_read(), ROUND * u64::from(ROUNDS + 1));
        assert!(bytes > 0);
        assert_eq!(count, 0, "{:?}", capture.format());
    }
}
