//! Any packets in any order: what must hold whatever comes.

use std::collections::HashMap;
use std::time::Duration;

use proptest::prelude::*;
use rheos_core::{LinkType, RawPacket, Timestamp};
use rheos_flow::{FiveTuple, FlowEvent, FlowId, FlowTracker, HashSeed, TrackerConfig};
use rheos_layers::{Decoder, TcpFlags};

use crate::packets::*;

/// What happens next, so many seconds later.
#[derive(Clone, Debug)]
enum Step {
    Packet { seconds: i64, bytes: Vec<u8> },
    Sweep { seconds: i64 },
}

fn packet() -> impl Strategy<Value = Vec<u8>> {
    let way = prop_oneof![Just(There), Just(Back)];
    let host = (0..4_u8).prop_map(|last| [10, 0, 0, last]);
    let body = prop_oneof![
        (way.clone(), 0..64_u16, 0..3_u32, 0..4_usize).prop_map(|(way, flags, sequence, len)| {
            (TCP, segment(way, TcpFlags::from_bits_retain(flags), sequence, len))
        }),
        (way, 0..40_usize).prop_map(|(way, len)| (UDP, datagram(way, len))),
        (any::<u8>(), prop::collection::vec(any::<u8>(), 0..40)),
    ];
    let fragment = prop_oneof![3 => Just(0_u16), 1 => 0..4_u16, 1 => 0x2000..0x2004_u16];
    (host.clone(), host, body, fragment).prop_map(|(a, b, (protocol, body), fragment)| {
        let mut packet = ipv4_between(a, b, protocol, &body);
        packet[6..8].copy_from_slice(&fragment.to_be_bytes());
        packet
    })
}

fn step() -> impl Strategy<Value = Step> {
    let seconds = || prop_oneof![100 => -3..10_i64, 10 => 0..2000_i64, 1 => any::<i64>()];
    prop_oneof![
        20 => (seconds(), packet()).prop_map(|(seconds, bytes)| Step::Packet { seconds, bytes }),
        1 => seconds().prop_map(|seconds| Step::Sweep { seconds }),
    ]
}

proptest! {
    #[test]
    fn every_flow_starts_and_ends_once_and_every_packet_counts_once(
        steps in prop::collection::vec(step(), 0..200),
        max_flows in 1..20_usize,
        timeout in 1..1000_u64,
    ) {
        let decoder = Decoder::default();
        let mut config = TrackerConfig::default();
        config.max_flows = max_flows;
        config.idle_timeout_udp = Duration::from_secs(timeout);
        let mut tracker: FlowTracker<_> =
            FlowTracker::with_config(FiveTuple, config, HashSeed::fixed(1));
        let mut alive: HashMap<FlowId, u64> = HashMap::new();
        let (mut starts, mut counted) = (0, 0);
        let mut last = Timestamp::MIN;
        let mut sink = |event: &FlowEvent<'_, _>| {
            let id = event.id();
            match event {
                FlowEvent::Started { timestamp, .. } => {
                    assert!(alive.insert(id, 0).is_none(), "{id:?} starts twice");
                    starts += 1;
                    last = last.max(*timestamp);
                }
                FlowEvent::Packet { .. } => *alive.get_mut(&id).unwrap() += 1,
                FlowEvent::Ended { flow, timestamp, .. } => {
                    let packets = alive.remove(&id).unwrap();
                    assert_eq!(flow.stats.total().packets, packets);
                    assert!(*timestamp >= last, "time goes back");
                    counted += packets;
                }
                _ => assert!(alive.contains_key(&id)),
            }
        };
        let (mut given, mut now) = (0, 0_i64);
        for step in &steps {
            match step {
                Step::Packet { seconds, bytes } => {
                    now = now.saturating_add(*seconds);
                    let time = Timestamp::from_secs(now, 0);
                    let raw = RawPacket::new(time, LinkType::IPV4, bytes);
                    let decoded = decoder.decode(raw.link_type, raw.data);
                    tracker.track(&raw, &decoded, &mut sink);
                    given += 1;
                }
                Step::Sweep { seconds } => {
                    now = now.saturating_add(*seconds);
                    tracker.sweep(Timestamp::from_secs(now, 0), &mut sink);
                }
            }
            prop_assert!(tracker.flows().count() <= max_flows);
        }
        tracker.finish(&mut sink);
        let stats = tracker.stats();
        prop_assert!(alive.is_empty());
        prop_assert_eq!((stats.packets, stats.started, stats.ended), (given, starts, starts));
        prop_assert_eq!(counted + stats.unmatched + stats.lost_fragments, given);
    }
}
