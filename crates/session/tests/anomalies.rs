//! What is odd: in a flow, and about all of them.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test, also in its functions: packets of known size"
)]

mod common;

use std::cell::RefCell;

use common::{ACK, Echo, Lines, Packets, Tcp, udp};
use rheos_core::Side::{Initiator, Responder};
use rheos_core::{Side, Timestamp};
use rheos_flow::{
    Anomalies, Anomaly, AnomalyKind, FiveTuple, FiveTupleKey, FlowEvent, FlowTracker,
    TrackerAnomaly, TrackerConfig,
};
use rheos_l7::OnGap;
use rheos_reassembly::tcp::Config;
use rheos_session::{Engine, EngineBuilder, Event, EventKind, Events, ShardedEngine, Sink};

type Builder = EngineBuilder<FiveTuple, Anomalies>;

fn builder() -> Builder {
    let lines = Lines::new("lines", "HELLO").on_gap(OnGap::Resync);
    let builder = Engine::builder().parser(lines).datagram_parser(Echo::new(b""));
    builder.keep::<Anomalies>().events(Events::all())
}

/// What is odd in flows, and about all of them.
fn odd(builder: Builder, packets: &Packets) -> (Vec<Anomaly>, Vec<TrackerAnomaly>) {
    let (mut flows, mut all) = (Vec::new(), Vec::new());
    let sink = (
        |event: &Event<'_, _, _>| {
            if let EventKind::Anomaly { anomaly } = event.kind {
                flows.push(anomaly);
            }
        },
        |anomaly: &TrackerAnomaly, _: Timestamp| all.push(*anomaly),
    );
    builder.build().run(&mut packets.again(), sink).unwrap();
    (flows, all)
}

fn of(side: Side, kind: AnomalyKind) -> Anomaly {
    Anomaly { kind, side: Some(side) }
}

/// A connection that has said hello.
fn hello(packets: &mut Packets) -> Tcp {
    let mut tcp = Tcp::new(40_000, 7);
    tcp.open(packets, 0);
    tcp.say(packets, 1, Initiator, "HELLO\n");
    tcp
}

#[test]
fn what_packets_show_is_told_as_a_tracker_tells_it() {
    let mut packets = Packets::default();
    let mut tcp = hello(&mut packets);
    let again = tcp.segment(Initiator, ACK, b"more\n");
    packets.push(2, again.clone());
    tcp.say(&mut packets, 3, Responder, "yes\n");
    packets.push(900, again);
    let (found, _) = odd(builder(), &packets);
    let mut tracker = FlowTracker::<_, Anomalies>::new(FiveTuple::default());
    let mut expected = Vec::new();
    for raw in packets.raw() {
        tracker.track(&raw, &mut |event: &FlowEvent<'_, _, _>| {
            if let FlowEvent::Anomaly { anomaly, .. } = event {
                expected.push(*anomaly);
            }
        });
    }
    // tshark: tcp.analysis.spurious_retransmission of the last.
    assert_eq!(expected, [of(Initiator, AnomalyKind::Retransmit)]);
    assert_eq!(found, expected);
    assert_eq!(odd(builder().events(Events::all() - Events::ANOMALY), &packets), (vec![], vec![]));
}

#[test]
fn bytes_that_are_missing_are_a_gap() {
    let mut packets = Packets::default();
    let mut tcp = hello(&mut packets);
    tcp.segment(Initiator, ACK, b"lost\n");
    tcp.say(&mut packets, 2, Initiator, "behind\n");
    let (found, _) = odd(builder(), &packets);
    assert!(found.contains(&of(Initiator, AnomalyKind::StreamGap { bytes: 5 })), "{found:?}");
}

/// A connection with a hole of five bytes, and this many segments of a thousand behind it.
fn behind_a_hole(segments: usize) -> Packets {
    let mut packets = Packets::default();
    let mut tcp = hello(&mut packets);
    tcp.segment(Initiator, ACK, b"lost\n");
    for _ in 0..segments {
        tcp.say(&mut packets, 2, Initiator, &"x".repeat(1000));
    }
    packets
}

#[test]
fn a_stream_that_waits_for_too_much_comes_near_its_limit_and_then_loses_bytes() {
    let limits = Config { max_pending: 9000, ..Config::default() };
    let builder = || builder().reassemble(limits.clone());
    let near = |found: &[Anomaly]| {
        let kinds = found.iter().map(|anomaly| anomaly.kind);
        let near = kinds.filter_map(|kind| match kind {
            AnomalyKind::ReassemblerHighWatermark { bytes, cap } => Some((bytes, cap)),
            _ => None,
        });
        near.collect::<Vec<_>>()
    };
    let overflow = of(Initiator, AnomalyKind::BufferOverflow { bytes: 5 });
    let (few, _) = odd(builder(), &behind_a_hole(2));
    assert!(near(&few).is_empty() && !few.contains(&overflow), "{few:?}");
    let (many, _) = odd(builder(), &behind_a_hole(30));
    let [(bytes, 9000)] = near(&many)[..] else { panic!("told once: {many:?}") };
    assert!((6750..=9000).contains(&bytes), "three quarters and no more: {bytes}");
    assert!(many.contains(&overflow), "{many:?}");
}

#[test]
fn other_bytes_for_the_same_place_are_told() {
    let mut packets = Packets::default();
    let mut tcp = hello(&mut packets);
    let front = tcp.segment(Initiator, ACK, b"front\n");
    let before = tcp;
    tcp.say(&mut packets, 2, Initiator, "one\n");
    let mut tcp = before;
    tcp.say(&mut packets, 3, Initiator, "two\n");
    packets.push(4, front);
    let (found, _) = odd(builder(), &packets);
    let other = of(Initiator, AnomalyKind::RetransmitInconsistency);
    assert_eq!(found.iter().filter(|anomaly| **anomaly == other).count(), 1, "{found:?}");
}

#[test]
fn what_a_parser_cannot_read_is_told_of_streams_and_datagrams() {
    let mut packets = Packets::default();
    let mut tcp = hello(&mut packets);
    tcp.say(&mut packets, 2, Responder, "fail\n");
    packets.push(3, udp([3, 4], [5000, 6000], b"bad"));
    let (found, _) = odd(builder(), &packets);
    let failed = |side, parser| of(side, AnomalyKind::ParseError { parser });
    assert_eq!(found, [failed(Responder, "lines"), failed(Initiator, "echo")]);
}

#[test]
fn flows_that_make_room_and_time_that_goes_back_are_told_once_a_second() {
    let mut packets = Packets::default();
    for (millis, host) in [(0, 1), (10, 2), (20, 3), (2000, 4), (1500, 4), (1900, 4)] {
        packets.push(millis, udp([host, 9], [5000, 6000], b"hi"));
    }
    let mut limits = TrackerConfig::default();
    limits.max_flows = 1;
    let (_, all) = odd(builder().track(limits), &packets);
    let by = std::time::Duration::from_millis(500);
    let expected = [
        TrackerAnomaly::FlowTableEviction { evicted: 2, total: 2 },
        TrackerAnomaly::FlowTableEviction { evicted: 1, total: 3 },
        TrackerAnomaly::TimeBackwards { packets: 2, by },
    ];
    assert_eq!(all, expected);
}

#[test]
fn streams_that_find_no_room_in_the_memory_of_all_are_told() {
    let limits = Config { max_total: 6000, ..Config::default() };
    let (_, all) = odd(builder().reassemble(limits), &behind_a_hole(30));
    let [TrackerAnomaly::GlobalMemcapHit { bytes, cap: 6000 }] = all[..] else {
        panic!("told once: {all:?}")
    };
    assert!((6001..60_000).contains(&bytes), "{bytes}");
    assert!(odd(builder(), &behind_a_hole(30)).1.is_empty());
}

/// Writes everything that is told as lines.
fn write(lines: &RefCell<Vec<String>>) -> impl Sink<FiveTupleKey, Anomalies> {
    (
        |event: &Event<'_, FiveTupleKey, Anomalies>| {
            let Event { packet, flow, kind, .. } = event;
            lines.borrow_mut().push(format!("{packet} #{} {kind:?}", flow.number));
        },
        |anomaly: &TrackerAnomaly, time: Timestamp| {
            lines.borrow_mut().push(format!("{} {anomaly:?}", time.unix()));
        },
    )
}

#[test]
fn shards_tell_what_one_engine_tells() {
    let mut packets = Packets::default();
    let mut talks: Vec<_> = (1..=9)
        .map(|host| {
            let mut tcp = Tcp::new(40_000, 7);
            tcp.hosts = [host, 100 + host];
            tcp
        })
        .collect();
    for (tcp, millis) in talks.iter_mut().zip((0..).step_by(300)) {
        tcp.open(&mut packets, millis);
        tcp.say(&mut packets, millis, Initiator, "HELLO\n");
    }
    for round in 0..6 {
        for (place, tcp) in talks.iter_mut().enumerate() {
            // Back and forth: each pair of hosts has a clock of its own.
            let millis = 3000 + round * 700 - i64::try_from(place).unwrap() * 130;
            if (i64::try_from(place).unwrap() + round) % 4 == 0 {
                tcp.segment(Initiator, ACK, b"lost\n");
            }
            tcp.say(&mut packets, millis, Initiator, "more\n");
        }
    }
    let expected = RefCell::default();
    builder().build().run(&mut packets.again(), write(&expected)).unwrap();
    let has = |what: &str| expected.borrow().iter().any(|line| line.contains(what));
    assert!(has("TimeBackwards") && has("StreamGap"), "{expected:#?}");
    for (shards, batch) in [(1, 7), (2, 1), (3, 64), (4, 5), (9, 1000)] {
        let found = RefCell::default();
        let mut engine = ShardedEngine::new(shards, || builder().build()).batch(batch);
        engine.run(&mut packets.again(), write(&found)).unwrap();
        assert_eq!(found, expected, "{shards} shards, batches of {batch}");
    }
}

#[test]
fn shards_add_up_the_flows_that_made_room() {
    let mut packets = Packets::default();
    for second in 0..4 {
        for host in 1..=40 {
            packets.push(second * 1000, udp([host, 100], [5000, 6000], b"hi"));
        }
    }
    let mut limits = TrackerConfig::default();
    limits.max_flows = 1;
    let build = || builder().track(limits).build();
    let mut told = Vec::new();
    let sink =
        (|_: &Event<'_, _, _>| {}, |anomaly: &TrackerAnomaly, _: Timestamp| told.push(*anomaly));
    let mut engine = ShardedEngine::new(3, build);
    engine.run(&mut packets, sink).unwrap();
    let mut sum = 0;
    for anomaly in &told {
        let TrackerAnomaly::FlowTableEviction { evicted, total } = anomaly else { panic!() };
        sum += evicted;
        assert_eq!(*total, sum, "{told:?}");
    }
    assert_eq!((told.len(), sum), (4, engine.stats().tracker.evicted));
}
