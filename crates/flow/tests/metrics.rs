//! What a recorder is told of flows.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "a test, also in its functions: packets of known size"
)]

use std::collections::BTreeMap;

use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use rheos_core::{LinkType, RawPacket, Timestamp};
use rheos_flow::obs::{self, Metered};
use rheos_flow::{Anomalies, Dedup, FiveTuple, FlowEvent, FlowTracker, HashSeed, TrackerConfig};

/// A datagram of 30 bytes to a host.
fn datagram(host: u8) -> Vec<u8> {
    let front = [0x45, 0, 0, 30, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, host];
    [&front[..], &[0x30, 0x39, 0x1f, 0x90, 0, 10, 0, 0], b"hi"].concat()
}

/// A segment with two bytes of payload.
fn segment() -> Vec<u8> {
    let front = [0x45, 0, 0, 42, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 9];
    let tcp = [0x30, 0x39, 0, 80, 0, 0, 0, 7, 0, 0, 0, 1, 0x50, 0x10, 16, 0, 0, 0, 0, 0];
    [&front[..], &tcp, b"hi"].concat()
}

#[test]
fn flows_are_counted_under_their_names_and_words_of_short_lists() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, || {
        Metered::describe();
        let config = {
            let mut config = TrackerConfig::default();
            config.max_flows = 2;
            config
        };
        let mut tracker = FlowTracker::<_, Anomalies>::with_config(
            FiveTuple::default(),
            config,
            HashSeed::fixed(1),
        );
        let mut dedup = Dedup::loopback();
        let mut seen = 0;
        let mut sink = Metered::new(|_: &FlowEvent<'_, _, _>| seen += 1);
        let packets =
            [datagram(2), datagram(3), datagram(4), segment(), segment(), b"\x45".to_vec()];
        for (second, packet) in (0..).zip(&packets) {
            let raw = RawPacket::new(Timestamp::from_secs(second, 0), LinkType::IPV4, packet);
            let copy = RawPacket { timestamp: Timestamp::from_secs(second, 5), ..raw };
            assert!(dedup.keep(&raw));
            assert!(!dedup.keep(&copy));
            tracker.track(&raw, &mut sink);
        }
        tracker.finish(&mut sink);
        assert_eq!(seen, 4 + 5 + 4 + 1);
        Metered::record(&tracker);
        Metered::record_dedup(&dedup);
    });
    let mut found = BTreeMap::new();
    for (key, _, _, value) in snapshotter.snapshot().into_vec() {
        let (_, key) = key.into_parts();
        let labels: Vec<_> =
            key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        let value = match value {
            DebugValue::Counter(count) => count.to_string(),
            DebugValue::Gauge(value) => value.to_string(),
            DebugValue::Histogram(values) => values.len().to_string() + " values",
        };
        found.insert(format!("{} {}", key.name(), labels.join(" ")).trim_end().to_owned(), value);
    }
    let memory: f64 = found.remove(obs::MEMORY).unwrap().parse().unwrap();
    assert!(memory > 1e5, "{memory}");
    let found: Vec<_> = found.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    assert_eq!(
        found,
        [
            "rheos_anomalies_total kind=flow_table_eviction severity=warning: 2",
            "rheos_anomalies_total kind=retransmit severity=info: 1",
            "rheos_bytes_total side=initiator: 174",
            "rheos_bytes_total side=responder: 0",
            "rheos_flow_bytes: 4 values",
            "rheos_flow_duration_seconds: 4 values",
            "rheos_flow_packets: 4 values",
            "rheos_flows_active: 0",
            "rheos_flows_created_total l4=tcp: 1",
            "rheos_flows_created_total l4=udp: 3",
            "rheos_flows_ended_total reason=end_of_input: 2",
            "rheos_flows_ended_total reason=evicted: 2",
            "rheos_fragments_lost_total: 0",
            "rheos_packets_deduplicated_total: 6",
            "rheos_packets_total side=initiator: 5",
            "rheos_packets_total side=responder: 0",
            "rheos_packets_unmatched_total: 1",
        ]
    );
}
