//! What a program tells an engine beside packets.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test, also in its functions: packets of known size"
)]

mod common;

use std::time::Duration;

use common::{ACK, Echo, Lines, Packets, Tcp, line, udp};
use rheos_core::Side::{Initiator, Responder};
use rheos_core::Timestamp;
use rheos_flow::{EndReason, FiveTuple, FiveTupleKey, FlowEvent, FlowTracker, TrackerAnomaly};
use rheos_session::{Engine, Event, EventKind, Events, Observed};

fn engine() -> Engine<FiveTuple> {
    let builder = Engine::builder().parser(Lines::new("lines", "HELLO"));
    builder.datagram_parser(Echo::new(b"")).build()
}

/// What is told, in a word or two.
fn words(told: &mut Vec<String>) -> impl FnMut(&Event<'_, FiveTupleKey>) {
    |event| {
        told.push(match event.kind {
            EventKind::Message { message, .. } => format!("{message:?}"),
            EventKind::Ended { reason } => format!("ended {reason:?}"),
            EventKind::Gap { len, .. } => format!("gap {len}"),
            _ => return,
        });
    }
}

fn at(packets: &Packets, seconds: u64) -> Timestamp {
    let first = packets.raw().next().unwrap().timestamp;
    first.saturating_add(Duration::from_secs(seconds))
}

fn take(engine: &mut Engine<FiveTuple>, packets: &Packets) -> Vec<String> {
    let mut told = Vec::new();
    packets.raw().for_each(|raw| engine.packet(&raw, &mut words(&mut told)));
    told
}

#[test]
fn time_passes_without_packets_if_a_program_says_so() {
    let mut packets = Packets::default();
    let mut tcp = Tcp::new(40_000, 7);
    tcp.open(&mut packets, 0);
    tcp.say(&mut packets, 1, Initiator, "HELLO\n");
    tcp.segment(Initiator, ACK, b"lost\n");
    tcp.say(&mut packets, 2, Initiator, "behind\n");
    packets.push(3, udp([8, 9], [5000, 6000], b"hi"));
    let mut engine = engine();
    take(&mut engine, &packets);

    let sweep = |engine: &mut Engine<FiveTuple>, seconds| {
        let mut told = Vec::new();
        engine.sweep(at(&packets, seconds), &mut words(&mut told));
        told
    };
    assert!(sweep(&mut engine, 0).is_empty());
    assert_eq!(sweep(&mut engine, 3)[0], "gap 5");
    assert_eq!(sweep(&mut engine, 6), ["\"1 waiting\""], "parsers are told the time");
    let told = sweep(&mut engine, 200);
    assert_eq!(told[told.len() - 1], "ended IdleTimeout", "UDP after a minute");
    assert_eq!(engine.tracker().flows().count(), 1);
    // Time that goes back counts as standing still.
    assert!(sweep(&mut engine, 1).is_empty());
    assert!(sweep(&mut engine, 400).contains(&"ended IdleTimeout".to_owned()));
    assert_eq!(engine.tracker().flows().count(), 0);
}

fn with_a_line() -> Packets {
    let mut packets = Packets::default();
    let mut tcp = Tcp::new(40_000, 7);
    tcp.open(&mut packets, 0);
    tcp.say(&mut packets, 1, Initiator, "HELLO\nand");
    packets
}

#[test]
fn a_flow_ends_when_a_program_says_so() {
    let packets = with_a_line();
    let mut engine = engine();
    take(&mut engine, &packets);
    let (id, _) = engine.tracker().flows().next().unwrap();
    let mut told = Vec::new();
    assert!(engine.force_close(id, &mut words(&mut told)));
    let expected =
        ["End(Initiator, \"and\")", "End(Responder, \"\")", "ended ForceClosed"].map(str::to_owned);
    assert_eq!(told, expected);
    assert!(!engine.force_close(id, &mut words(&mut told)));
    assert_eq!((told.len(), engine.assembler_stats().waiting), (3, 0));
    engine.finish(&mut words(&mut told));
    assert_eq!(told.len(), 3);
}

#[test]
fn a_flow_is_forgotten_without_a_word_and_its_memory_given_back() {
    let packets = with_a_line();
    let mut engine = engine();
    take(&mut engine, &packets);
    assert!(engine.assembler_stats().waiting > 0);
    let (id, _) = engine.tracker().flows().next().unwrap();
    assert!(engine.forget(id) && !engine.forget(id));
    assert_eq!((engine.assembler_stats().waiting, engine.tracker().stats().forgotten), (0, 1));
    let mut told = Vec::new();
    engine.finish(&mut words(&mut told));
    assert!(told.is_empty());
    // What comes of it later starts another.
    let again = take(&mut engine, &packets);
    assert_eq!(again, ["Line(Initiator, \"HELLO\")"]);
}

#[test]
fn a_sink_of_trackers_is_told_of_flows_what_a_tracker_tells() {
    let mut packets = with_a_line();
    let mut tcp = Tcp::new(40_001, 8);
    tcp.open(&mut packets, 2);
    tcp.say(&mut packets, 2, Responder, "yes");
    tcp.close(&mut packets, 3);
    packets.push(1, udp([8, 9], [5000, 6000], b"hi"));
    packets.push(300_000, udp([8, 9], [5000, 6000], b"hi"));
    let text = |event: &FlowEvent<'_, FiveTupleKey>| format!("{event:?}");
    let (mut found, mut odd, mut lines) = (Vec::new(), 0, Vec::new());
    let mut sink = Observed {
        flows: |event: &FlowEvent<'_, FiveTupleKey>| found.push(text(event)),
        sink: (
            |event: &Event<'_, FiveTupleKey>| lines.push(line(event)),
            |_: &TrackerAnomaly, _: Timestamp| odd += 1,
        ),
    };
    let mut engine = Engine::builder().events(Events::all()).build();
    packets.raw().for_each(|raw| engine.packet(&raw, &mut sink));
    engine.finish(&mut sink);
    let (mut tracker, mut expected) = (FlowTracker::new(FiveTuple::default()), Vec::new());
    let mut sink = |event: &FlowEvent<'_, FiveTupleKey>| expected.push(text(event));
    packets.raw().for_each(|raw| _ = tracker.track(&raw, &mut sink));
    tracker.finish(&mut sink);
    // Of flows that end together, an engine tells in the order of their starts.
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    assert_eq!((lines.len(), odd), (found.len(), 1));
    assert!(found.iter().any(|text| text.contains(&format!("{:?}", EndReason::Fin))));
}
