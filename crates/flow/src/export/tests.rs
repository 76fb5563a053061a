//! Flows for the tests of what is written of them, and tests of the records.

use rheos_core::{LinkType, RawPacket, Side, Timestamp};

use super::{ExportState, ExportedFlow, Exporter};
use crate::{EndReason, FiveTuple, FiveTupleKey, FlowEvent, FlowTracker, HashSeed, TrackerConfig};

/// 2023-11-14, 22:13:20.
const START: i64 = 1_700_000_000;

/// A packet of IPv4 between 10.0.0.1 and 10.0.0.2, or back.
fn ipv4(protocol: u8, is_there: bool, payload: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(20 + payload.len()).unwrap().to_be_bytes();
    let (a, b) = if is_there { (1, 2) } else { (2, 1) };
    let ttl = if is_there { 64 } else { 60 };
    let front = [0x45, 0x10, high, low, 0, 0, 0, 0, ttl, protocol, 0, 0, 10, 0, 0, a, 10, 0, 0, b];
    [&front[..], payload].concat()
}

/// Frames of IPv4, with a VLAN and hardware addresses that end like those of IP.
pub(super) fn frame(protocol: u8, is_there: bool, payload: &[u8]) -> Vec<u8> {
    let (a, b) = if is_there { (1, 2) } else { (2, 1) };
    let front = [2, 0, 0, 0, 0, b, 2, 0, 0, 0, 0, a, 0x81, 0, 0, 7, 8, 0];
    [&front[..], &ipv4(protocol, is_there, payload)].concat()
}

/// What a tracker tells of frames at these times, in milliseconds.
pub(super) fn records(frames: &[(i64, Vec<u8>)], config: TrackerConfig) -> Vec<ExportedFlow> {
    let extractor = FiveTuple::default();
    let mut tracker =
        FlowTracker::<_, ExportState>::with_config(extractor, config, HashSeed::fixed(1));
    let (mut exporter, mut found) = (Exporter::default(), Vec::new());
    let mut sink = |event: &FlowEvent<'_, FiveTupleKey, ExportState>| {
        found.extend(exporter.record(event, |key| *key));
    };
    for (millis, frame) in frames {
        let time = Timestamp::from_secs(START, millis * 1_000_000);
        let raw = RawPacket::new(time, LinkType::ETHERNET, frame);
        tracker.track(&RawPacket { interface: 3, ..raw }, &mut sink);
    }
    tracker.finish(&mut sink);
    found
}

/// A flow of these packets, 250 milliseconds apart.
pub(super) fn flow(protocol: u8, packets: &[(bool, &[u8])]) -> ExportedFlow {
    let frames: Vec<_> = (0..)
        .zip(packets)
        .map(|(place, (there, payload))| (place * 250, frame(protocol, *there, payload)))
        .collect();
    let mut records = records(&frames, TrackerConfig::default());
    assert_eq!(records.len(), 1);
    records.remove(0)
}

fn segment(is_there: bool, flags: u8, seq: u8, ack: u8, payload: &[u8]) -> Vec<u8> {
    let ports: [u8; 4] = if is_there { [0x9c, 0x40, 0, 80] } else { [0, 80, 0x9c, 0x40] };
    let rest = [0, 0, 0, seq, 0, 0, 0, ack, 0x50, flags, 1, 0, 0, 0, 0, 0];
    frame(6, is_there, &[&ports[..], &rest, payload].concat())
}

/// A connection that is opened, used and closed: SYN, SYN-ACK, PSH-ACK, FIN-ACK, FIN-ACK, ACK, the
/// last 2.25 seconds behind the first.
pub(super) fn http() -> ExportedFlow {
    let frames = [
        (0, segment(true, 0x02, 10, 0, b"")),
        (10, segment(false, 0x12, 20, 11, b"")),
        (20, segment(true, 0x18, 11, 21, b"hi")),
        (30, segment(false, 0x11, 21, 13, b"")),
        (40, segment(true, 0x11, 13, 22, b"")),
        (2250, segment(true, 0x10, 14, 22, b"")),
    ];
    let mut records = records(&frames, TrackerConfig::default());
    assert_eq!(records.len(), 1);
    records.remove(0)
}

#[test]
fn what_packets_say_is_kept_by_side() {
    let http = http();
    assert_eq!((http.end, http.source.port()), (Some(EndReason::Fin), 40_000));
    let said = &http.state_of_packets;
    assert_eq!((said.initiator.tcp_flags, said.responder.tcp_flags), (0x1b, 0x13));
    assert_eq!((said.initiator.ttl, said.responder.ttl), (Some((64, 64)), Some((60, 60))));
    assert_eq!((said.initiator.tos, said.vlans), (0x10, [Some(7), None]));
    assert_eq!(said.macs, Some([[2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]]));
    assert_eq!(said.interface, 3);
}

#[test]
fn hardware_addresses_of_a_flow_that_starts_with_an_answer_are_those_of_its_sides() {
    let answer = [(0, segment(false, 0x12, 20, 11, b""))];
    let records = records(&answer, TrackerConfig::default());
    assert_eq!(records[0].source.to_string(), "10.0.0.1:40000");
    let macs = records[0].state_of_packets.macs;
    assert_eq!(macs, Some([[2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]]));
}

#[test]
fn records_of_a_flow_that_lasts_share_a_name_and_part_its_packets() {
    let datagram = |there| frame(17, there, b"\x9c\x40\0\x35\0\x0a\0\0hi");
    let back = frame(17, false, b"\0\x35\x9c\x40\0\x0a\0\0hi");
    // A packet a second, both ways every third: a record each ten seconds, and the end.
    let frames: Vec<_> = (0..35)
        .map(|second| (second * 1000, if second % 3 == 2 { back.clone() } else { datagram(true) }))
        .collect();
    let config = TrackerConfig {
        active_timeout: Some(std::time::Duration::from_secs(10)),
        ..TrackerConfig::default()
    };
    let records = records(&frames, config);
    let ends: Vec<_> = records.iter().map(|record| record.end).collect();
    assert_eq!(ends, [None, None, None, Some(EndReason::EndOfInput)]);
    assert!(records.iter().all(|record| record.flow_id == records[0].flow_id));
    assert!(records[0].flow_id < 1 << 53);
    let parts = |side| records.iter().map(|record| record.since(side).packets).sum::<u64>();
    let last = &records[3].stats;
    assert_eq!((parts(Side::Initiator), parts(Side::Responder)), (24, 11));
    assert_eq!((last.initiator.packets, last.responder.packets), (24, 11));
    // Another flow between the same ends, later, is called otherwise.
    let other = flow(17, &[(true, b"\x9c\x40\0\x35\0\x0a\0\0hi")]);
    let first = self::records(&[(1, datagram(true))], TrackerConfig::default());
    assert_ne!(other.flow_id, first[0].flow_id);
}
