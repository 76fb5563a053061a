//! What is odd in flows and about all of them.

use std::time::Duration;

use rheos_core::{LinkType, RawPacket, Side, Timestamp};
use rheos_flow::{
    Anomalies, AnomalyKind, EventMask, Extracted, FiveTuple, FiveTupleKey, FlowDetails, FlowEvent,
    FlowExtractor, FlowSink, FlowTracker, HashSeed, Masked, PacketDetail, Severity, TrackerAnomaly,
    TrackerConfig,
};

use crate::packets::*;

/// Writes down what is odd.
#[derive(Default)]
struct Odd {
    flows: Vec<String>,
    tracker: Vec<TrackerAnomaly>,
}

impl<K, S> FlowSink<K, S> for Odd {
    fn event(&mut self, event: &FlowEvent<'_, K, S>) {
        if let FlowEvent::Anomaly { anomaly, .. } = event {
            let side = if anomaly.side == Some(Side::Initiator) { "I" } else { "R" };
            self.flows.push(format!("{side} {}", anomaly.kind));
        }
    }

    fn tracker_anomaly(&mut self, anomaly: &TrackerAnomaly, _timestamp: Timestamp) {
        self.tracker.push(*anomaly);
    }
}

fn tcp(way: Way, flags: rheos_layers::TcpFlags, seq: u32, ack: u32, payload: usize) -> Vec<u8> {
    ipv4(way, TCP, &segment_with(way, flags, seq, ack, payload))
}

/// Tracks packets a millisecond apart.
fn odd(packets: &[Vec<u8>]) -> Vec<String> {
    let mut tracker = FlowTracker::<_, Anomalies>::new(FiveTuple::default());
    let mut found = Odd::default();
    for (millisecond, packet) in (0..).zip(packets) {
        let raw = RawPacket::new(at(millisecond), LinkType::IPV4, packet);
        tracker.track(&raw, &mut found);
    }
    found.flows
}

fn handshake() -> [Vec<u8>; 3] {
    [tcp(There, SYN, 99, 0, 0), tcp(Back, SYN | ACK, 499, 100, 0), tcp(There, ACK, 100, 500, 0)]
}

#[track_caller]
fn check(packets: &[Vec<u8>], expected: &[&str]) {
    assert_eq!(odd(&[&handshake()[..], packets].concat()), expected);
}

#[test]
fn a_conversation_has_nothing_odd() {
    check(
        &[
            tcp(There, ACK, 100, 500, 10),
            tcp(Back, ACK, 500, 110, 10),
            tcp(There, FIN | ACK, 110, 510, 0),
            tcp(Back, FIN | ACK, 510, 111, 0),
            tcp(There, ACK, 111, 511, 0),
        ],
        &[],
    );
}

#[test]
fn each_kind_is_told_once_for_each_side() {
    let sent = |way, seq| tcp(way, ACK, seq, if way == There { 500 } else { 100 }, 10);
    check(
        &[
            sent(There, 100),
            sent(There, 100),
            sent(There, 100),
            sent(Back, 500),
            sent(Back, 500),
            sent(There, 130),
            sent(There, 110),
            sent(There, 120),
        ],
        &["I retransmit", "R retransmit", "I ooo_segment"],
    );
}

#[test]
fn segments_far_from_the_window_are_told() {
    // Both windows are 256 bytes, and not scaled.
    let seen = |seq: u32| tcp(There, ACK, seq, 500, 10);
    check(&[seen(100), seen(100 + 256)], &[]);
    check(&[seen(100), seen(100 + 257)], &["I out_of_window_segment"]);
    check(&[seen(100), seen(100_u32.wrapping_sub((1 << 20) + 1))], &["I out_of_window_segment"]);
    // It makes no others look odd.
    check(&[seen(100), seen(1 << 30), seen(110)], &["I out_of_window_segment"]);
}

#[test]
fn what_was_not_captured_is_told_by_its_acknowledgment() {
    check(&[tcp(Back, ACK, 500, 150, 0)], &["R acked_unseen_segment"]);
}

#[test]
fn a_reset_that_nobody_believes_is_told() {
    check(&[tcp(Back, RST, 9000, 0, 0)], &["R reset_ignored"]);
    check(&[tcp(Back, RST, 500, 0, 0), tcp(Back, RST, 9000, 0, 0)], &[]);
}

#[test]
fn a_window_of_zero_is_told() {
    let mut full = tcp(Back, ACK, 500, 100, 0);
    full[34..36].fill(0);
    check(&[full], &["R zero_window"]);
}

#[test]
fn an_answer_that_comes_first_is_told_unless_nobody_infers_that() {
    assert_eq!(odd(&[tcp(Back, SYN | ACK, 499, 100, 0)]), ["R direction_flipped"]);
    let mut lab = Lab::with(|config| config.infer_tcp_initiator = false);
    lab.tcp(0, Back, SYN | ACK, 499);
    lab.check(&[
        "0.0 started by initiator",
        "0.0 active to syn_sent",
        "0.0 packet of initiator, 40",
    ]);
    assert!(!lab.tracker.flows().next().unwrap().1.is_flipped);
}

#[test]
fn a_side_that_comes_by_two_interfaces_is_told() {
    let mut tracker = FlowTracker::<_, Anomalies>::new(FiveTuple::default());
    let mut found = Odd::default();
    for (way, interface) in [(There, 1), (Back, 2), (There, 1), (Back, 2), (Back, 1), (Back, 2)] {
        let packet = ipv4(way, UDP, &datagram(way, 4));
        let raw = RawPacket { interface, ..RawPacket::new(at(0), LinkType::IPV4, &packet) };
        tracker.track(&raw, &mut found);
    }
    assert_eq!(found.flows, ["R capture_leg_inconsistent"]);
}

/// An extractor that finds every checksum wrong.
struct Corrupt(FiveTuple);

impl FlowExtractor for Corrupt {
    type Key = FiveTupleKey;

    fn extract(&self, packet: &RawPacket<'_>) -> Option<Extracted<FiveTupleKey>> {
        self.0.extract(packet)
    }

    fn detail(&self, packet: &RawPacket<'_>) -> Option<PacketDetail> {
        let mut detail = self.0.detail(packet)?;
        detail.is_corrupt = true;
        Some(detail)
    }
}

#[test]
fn a_wrong_checksum_is_told_to_those_who_ask_for_details() {
    let mut tracker =
        FlowTracker::<_, (FlowDetails, Anomalies)>::new(Corrupt(FiveTuple::default()));
    let mut found = Odd::default();
    let packet = ipv4(There, UDP, &datagram(There, 4));
    tracker.track(&RawPacket::new(at(0), LinkType::IPV4, &packet), &mut found);
    assert_eq!(found.flows, ["I bad_checksum"]);
}

#[test]
fn an_anomaly_stands_behind_its_packet_and_in_front_of_the_end() {
    let mut tracker = FlowTracker::<_, Anomalies>::new(FiveTuple::default());
    let mut kinds = Vec::new();
    let mut sink = |event: &FlowEvent<'_, _, _>| kinds.push(event.kind());
    let packet = tcp(There, ACK, 100, 500, 10);
    for millisecond in 0..2 {
        let raw = RawPacket::new(at(millisecond), LinkType::IPV4, &packet);
        tracker.track(&raw, &mut sink);
    }
    tracker.finish(&mut sink);
    let expected = [
        EventMask::STARTED,
        EventMask::PACKET,
        EventMask::PACKET,
        EventMask::ANOMALY,
        EventMask::ENDED,
    ];
    assert_eq!(kinds, expected);
}

#[test]
fn pressure_on_the_table_and_time_that_goes_back_are_told_once_a_second() {
    let mut config = TrackerConfig::default();
    config.max_flows = 10;
    let mut tracker: FlowTracker<_> =
        FlowTracker::with_config(FiveTuple::default(), config, HashSeed::fixed(1));
    let mut found = Odd::default();
    let packet = |host: u8| ipv4_between([10, 0, 0, 1], [10, 0, 1, host], UDP, &datagram(There, 0));
    for host in 0..40 {
        let packet = packet(host);
        tracker.track(&RawPacket::new(at(0), LinkType::IPV4, &packet), &mut found);
    }
    for milliseconds in [-5, -3000, 1000, 1500, 2000] {
        let packet = packet(39);
        tracker.track(&RawPacket::new(at(milliseconds), LinkType::IPV4, &packet), &mut found);
    }
    assert_eq!(
        found.tracker,
        [
            TrackerAnomaly::FlowTableEviction { evicted: 30, total: 30 },
            TrackerAnomaly::TimeBackwards { packets: 2, by: Duration::from_secs(3) },
        ]
    );
    assert_eq!((tracker.stats().time_backwards, tracker.stats().evicted), (2, 30));
    // A mask hides them, and they are told with the end of the input too.
    let mut masked = Masked { mask: EventMask::all(), sink: Odd::default() };
    let packet = packet(50);
    tracker.track(&RawPacket::new(at(2100), LinkType::IPV4, &packet), &mut masked);
    masked.mask = EventMask::ENDED;
    tracker.finish(&mut masked);
    assert_eq!(masked.sink.tracker, []);
    tracker.track(&RawPacket::new(at(1), LinkType::IPV4, &packet), &mut masked);
    masked.mask = EventMask::all();
    tracker.finish(&mut masked);
    let told = [TrackerAnomaly::TimeBackwards { packets: 1, by: Duration::from_millis(2099) }];
    assert_eq!(masked.sink.tracker, told);
}

#[test]
fn names_are_those_of_flowscope_and_severities_have_an_order() {
    // flowscope 1B: slug and severity of its ten.
    let (bytes, cap) = (1, 2);
    for (kind, name, severity) in [
        (AnomalyKind::OutOfOrderSegment, "ooo_segment", Severity::Info),
        (AnomalyKind::Retransmit, "retransmit", Severity::Info),
        (AnomalyKind::BufferOverflow { bytes }, "buffer_overflow", Severity::Warning),
        (AnomalyKind::StreamGap { bytes }, "stream_gap", Severity::Warning),
        (AnomalyKind::OutOfWindowSegment, "out_of_window_segment", Severity::Warning),
        (
            AnomalyKind::ReassemblerHighWatermark { bytes, cap },
            "reassembler_high_watermark",
            Severity::Warning,
        ),
        (AnomalyKind::ParseError { parser: "dns" }, "parse_error", Severity::Error),
        (AnomalyKind::RetransmitInconsistency, "tcp_rexmit_inconsistency", Severity::Error),
    ] {
        assert_eq!((kind.as_str(), kind.severity()), (name, severity));
    }
    let eviction = TrackerAnomaly::FlowTableEviction { evicted: 1, total: 1 };
    assert_eq!(
        (eviction.as_str(), eviction.severity()),
        ("flow_table_eviction", Severity::Warning)
    );
    let memcap = TrackerAnomaly::GlobalMemcapHit { bytes, cap };
    assert_eq!((memcap.as_str(), memcap.severity()), ("global_memcap_hit", Severity::Critical));
    assert!(Severity::Info < Severity::Warning && Severity::Error < Severity::Critical);
}
