//! What a program that embeds rheos relies on: it can move everything to another thread, and needs
//! no annotations for what has defaults.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::thread;

use rheos::core::{LinkType, RawPacket, Timestamp};
use rheos::flow::{FiveTuple, FlowEvent, FlowTracker, Tagged, TrackerConfig};
use rheos::l7::Lines;
use rheos::layers::{Decoder, OwnedPacket, Packet, Registry};
use rheos::reassembly::{ip, tcp};
use rheos::session::{Engine, EngineBuilder, Event, Events};

/// A datagram of UDP over IPv4.
const DATAGRAM: &[u8] =
    b"\x45\0\0\x1e\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02\x30\x39\x1f\x90\0\x0a\0\0hi";

fn movable<T: Send>() {}
fn shareable<T: Send + Sync>() {}

#[test]
fn everything_moves_to_another_thread_and_what_is_only_read_is_shared() {
    shareable::<Decoder>();
    shareable::<Registry>();
    shareable::<Packet<'static>>();
    shareable::<OwnedPacket>();
    shareable::<RawPacket<'static>>();
    shareable::<FiveTuple>();
    movable::<FlowTracker<FiveTuple>>();
    movable::<tcp::Assembler>();
    movable::<tcp::StreamAssembler>();
    movable::<ip::Defragmenter>();
    movable::<Engine>();
    movable::<rheos::pcap::CaptureReader<std::fs::File>>();
    movable::<rheos::pcap::Error>();
}

#[test]
fn a_tracker_is_made_without_annotations_and_tracks_on_another_thread() {
    let extractor = Tagged::new(FiveTuple::default(), |raw: &RawPacket<'_>| raw.interface);
    let mut tracker = FlowTracker::new(extractor);
    let worker = thread::spawn(move || {
        let raw = RawPacket::new(Timestamp::from_secs(7, 0), LinkType::IPV4, DATAGRAM);
        let mut started = 0;
        tracker.track(&raw, &mut |event: &FlowEvent<'_, _>| {
            started += u64::from(matches!(event, FlowEvent::Started { .. }));
        });
        (started, tracker.stats().started)
    });
    assert_eq!(worker.join().unwrap(), (1, 1));
}

/// What an engine tells of the first capture.
fn told(builder: EngineBuilder<FiveTuple>) -> Vec<String> {
    let mut capture = rheos::pcap::open("../../docs/captures/first.pcapng").unwrap();
    let mut lines = Vec::new();
    let mut sink = |event: &Event<'_, _>| {
        lines.push(format!("{} {} {:?}", event.packet, event.flow.record.key, event.kind));
    };
    builder.build().run(&mut capture, &mut sink).unwrap();
    lines
}

#[test]
fn settings_of_an_engine_stand_in_any_order_and_parsers_share_its_flows() {
    let parser = || Lines::default().parser("lines");
    let mut limits = TrackerConfig::default();
    limits.max_flows = 3;
    let (events, plain) = (Events::all(), Engine::builder);
    let first = told(plain().track(limits).events(events).on_port(80, "lines").parser(parser()));
    let last = told(plain().parser(parser()).on_port(80, "lines").events(events).track(limits));
    assert_eq!(first, last);
    let without = told(plain().track(limits).events(events));
    let is_of_flow = |line: &&String| !line.contains("Message") && !line.contains("Identified");
    let flows: Vec<_> = first.iter().filter(is_of_flow).collect();
    assert_eq!(flows, without.iter().collect::<Vec<_>>());
    assert!(first.len() > flows.len(), "a parser has said something");
}
