//! What a program that embeds rheos relies on: it can move everything to another thread, and needs
//! no annotations for what has defaults.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::thread;

use rheos::core::{LinkType, RawPacket, Timestamp};
use rheos::flow::{FiveTuple, FlowEvent, FlowTracker, Tagged};
use rheos::layers::{Decoder, OwnedPacket, Packet, Registry};
use rheos::reassembly::{ip, tcp};

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
