//! Starting, counting and ending, whatever the protocol.

use std::hash::{Hash, Hasher};

use rheos_core::{LinkType, RawPacket, Side};
use rheos_flow::{
    EndReason, Extracted, FiveTuple, FiveTupleKey, FlowEvent, FlowExtractor, FlowId, FlowTracker,
    HashSeed, TrackerConfig,
};

use crate::packets::*;

fn udp(way: Way, payload: usize) -> Vec<u8> {
    ipv4(way, UDP, &datagram(way, payload))
}

#[test]
fn a_first_packet_starts_its_flow_before_it_counts() {
    let mut lab = Lab::new();
    lab.ip(0, &udp(There, 4));
    lab.check(&["0.0 started by initiator", "0.0 packet of initiator, 32"]);
}

#[test]
fn both_ways_are_one_flow_with_two_sides() {
    let mut lab = Lab::new();
    // The higher endpoint speaks first.
    lab.ip(0, &udp(Back, 0));
    lab.ip(1, &udp(There, 4));
    lab.ip(2, &udp(Back, 1));
    lab.check(&[
        "0.0 started by initiator",
        "0.0 packet of initiator, 28",
        "0.0 packet of responder, 32",
        "0.0 packet of initiator, 29",
    ]);
    let (_, flow) = lab.tracker.flows().next().unwrap();
    let (initiator, responder) = flow.key.endpoints(flow.initiator);
    assert_eq!(initiator.to_string(), "10.0.0.2:53");
    assert_eq!(responder.to_string(), "10.0.0.1:40000");
    assert_eq!(flow.history.as_str(), "dD");
}

#[test]
fn bytes_are_counted_on_the_wire_at_ip_and_as_payload() {
    let mut lab = Lab::new();
    // Six bytes of padding, as a minimal frame has.
    let padded = [ethernet(&udp(There, 12)), vec![0; 6]].concat();
    lab.raw(&RawPacket::new(at(0), LinkType::ETHERNET, &padded));
    assert_eq!(lab.counts(Side::Initiator), [1, 60, 40, 12]);

    // A snap length of 42 leaves the headers of 1,442 bytes.
    let whole = ethernet(&udp(Back, 1400));
    let cut = RawPacket::new(at(1), LinkType::ETHERNET, &whole[..42]);
    lab.raw(&RawPacket { original_length: 1442, ..cut });
    assert_eq!(lab.counts(Side::Responder), [1, 1442, 1428, 1400]);

    // A capture that claims less than it holds.
    let lies = RawPacket::new(at(2), LinkType::ETHERNET, &padded);
    lab.raw(&RawPacket { original_length: 1, ..lies });
    assert_eq!(lab.counts(Side::Initiator), [2, 120, 80, 24]);
}

#[test]
fn a_length_left_to_the_card_is_that_of_what_was_captured() {
    let mut lab = Lab::new();
    let mut packet = ipv4(There, TCP, &segment(There, ACK, 1, 3000));
    packet[2..4].fill(0);
    lab.raw(&RawPacket::new(at(0), LinkType::ETHERNET, &ethernet(&packet)));
    assert_eq!(lab.counts(Side::Initiator), [1, 3054, 3040, 3000]);
}

#[test]
fn a_packet_that_comes_at_the_timeout_is_too_late() {
    let mut lab = Lab::new();
    lab.ip(500, &udp(There, 0));
    lab.ip(60_499, &udp(Back, 0));
    lab.skip();
    lab.ip(120_498, &udp(There, 0));
    lab.check(&["0.0 packet of initiator, 28"]);
    lab.ip(180_498, &udp(Back, 0));
    lab.check(&["0.0 ended: idle", "0.1 started by initiator", "0.1 packet of initiator, 28"]);
}

#[test]
fn idle_flows_end_in_the_second_after_without_a_packet_of_theirs() {
    let mut lab = Lab::new();
    lab.ip(500, &udp(There, 0));
    lab.skip();
    lab.sweep(60_000);
    lab.check(&[]);
    lab.sweep(61_000);
    lab.check(&["0.0 ended: idle"]);
    assert_eq!(lab.tracker.flows().count(), 0);
}

#[test]
fn packets_of_other_flows_and_of_none_end_idle_flows() {
    let mut lab = Lab::new();
    lab.ip(0, &udp(There, 0));
    lab.ip(1000, &ipv4(There, TCP, &segment(There, ACK, 1, 0)));
    lab.skip();
    let arp = b"\xff\xff\xff\xff\xff\xff\x02\0\0\0\0\x01\x08\x06\0\x01";
    lab.raw(&RawPacket::new(at(100_000), LinkType::ETHERNET, arp));
    lab.check(&["0.0 ended: idle"]);
    assert_eq!(lab.tracker.stats().unmatched, 1);
}

#[test]
fn each_protocol_has_its_timeout() {
    for (protocol, payload, seconds) in [
        (TCP, segment(There, ACK, 1, 0), 300),
        (UDP, datagram(There, 0), 60),
        (1, b"\x08\0\0\0\0\x07\0\x01".to_vec(), 30),
    ] {
        let mut lab = Lab::new();
        lab.ip(0, &ipv4(There, protocol, &payload));
        lab.skip();
        lab.ip(seconds * 1000 - 1, &ipv4(There, protocol, &payload));
        assert_eq!(lab.counts(Side::Initiator)[0], 2);
        lab.skip();
        lab.ip(2 * seconds * 1000 - 1, &ipv4(There, protocol, &payload));
        assert_eq!(lab.counts(Side::Initiator)[0], 1, "protocol {protocol}");
    }
}

#[test]
fn a_timeout_longer_than_the_wheel_is_exact_too() {
    let mut lab = Lab::with(|config| config.idle_timeout_udp = secs(86_400));
    lab.ip(0, &udp(There, 0));
    lab.skip();
    for second in (0..86_400).step_by(100) {
        lab.sweep(second * 1000);
    }
    lab.check(&[]);
    lab.sweep(86_401_000);
    lab.check(&["0.0 ended: idle"]);
}

#[test]
fn finish_ends_every_flow_once() {
    let mut lab = Lab::new();
    lab.ip(0, &udp(There, 0));
    lab.tcp(1, There, SYN, 7);
    lab.tcp(2, Back, RST | ACK, 0);
    lab.skip();
    lab.finish();
    lab.check(&["0.0 ended: end_of_input", "1.0 ended: rst"]);
    lab.finish();
    lab.check(&[]);
    let stats = lab.tracker.stats();
    assert_eq!((stats.packets, stats.started, stats.ended), (3, 2, 2));
}

#[test]
fn a_flow_may_start_after_the_finish() {
    let mut lab = Lab::new();
    lab.ip(0, &udp(There, 0));
    lab.finish();
    lab.skip();
    lab.ip(1, &udp(There, 0));
    lab.check(&["0.1 started by initiator", "0.1 packet of initiator, 28"]);
}

/// A datagram of the client to this host.
fn to_host(host: u8) -> Vec<u8> {
    ipv4_between([10, 0, 0, 1], [10, 0, 1, host], UDP, &datagram(There, 0))
}

#[test]
fn one_flow_too_many_ends_that_which_was_idle_longest_before_it_starts() {
    let mut lab = Lab::with(|config| config.max_flows = 3);
    lab.ip(0, &to_host(0));
    lab.ip(2000, &to_host(1));
    lab.ip(4000, &to_host(2));
    // The first flow speaks on, so that the second is the one to go.
    lab.ip(50_000, &to_host(0));
    lab.skip();
    lab.ip(51_000, &to_host(3));
    lab.check(&["1.0 ended: evicted", "1.1 started by initiator", "1.1 packet of initiator, 28"]);
    lab.ip(51_000, &to_host(4));
    lab.check(&["2.0 ended: evicted", "2.1 started by initiator", "2.1 packet of initiator, 28"]);
    assert_eq!(lab.tracker.stats().evicted, 2);
}

#[test]
fn a_closed_flow_makes_room_first() {
    let mut lab = Lab::with(|config| config.max_flows = 2);
    lab.ip(0, &to_host(0));
    lab.tcp(5000, There, SYN, 1);
    lab.tcp(5001, Back, RST | ACK, 0);
    lab.skip();
    lab.ip(6000, &to_host(1));
    lab.check(&["1.0 ended: rst", "1.1 started by initiator", "1.1 packet of initiator, 28"]);
}

#[test]
fn timeouts_beyond_the_wheel_still_make_room() {
    let mut lab = Lab::with(|config| {
        config.max_flows = 2;
        config.idle_timeout_udp = secs(100_000);
    });
    for host in 0..10 {
        lab.ip(i64::from(host) * 1000, &to_host(host));
    }
    assert_eq!((lab.tracker.flows().count(), lab.tracker.stats().evicted), (2, 8));
}

#[test]
fn time_that_goes_back_counts_as_standing_still() {
    let mut lab = Lab::new();
    lab.ip(100_000, &udp(There, 0));
    lab.ip(0, &udp(Back, 0));
    lab.skip();
    let stats = lab.tracker.flows().next().unwrap().1.stats;
    assert_eq!((stats.started, stats.last_seen), (at(100_000), at(100_000)));
    lab.sweep(0);
    lab.check(&[]);
    lab.ip(159_999, &udp(There, 0));
    lab.check(&["0.0 packet of initiator, 28"]);
}

#[test]
fn times_at_both_ends_of_the_range_are_times() {
    use rheos_core::Timestamp;
    let mut tracker: FlowTracker<_> = FlowTracker::new(FiveTuple::default());
    let packet = udp(There, 0);
    let mut reasons = Vec::new();
    let mut sink = |event: &FlowEvent<'_, _>| {
        if let FlowEvent::Ended { reason, .. } = event {
            reasons.push(*reason);
        }
    };
    for time in [Timestamp::MIN, Timestamp::from_nanos(-1), Timestamp::MAX, Timestamp::MIN] {
        let raw = RawPacket::new(time, LinkType::IPV4, &packet);
        tracker.track(&raw, &mut sink);
    }
    tracker.finish(&mut sink);
    assert_eq!(reasons.len() as u64, tracker.stats().started);
    assert!(reasons.contains(&EndReason::IdleTimeout));
}

#[test]
fn a_record_is_found_by_its_identity_as_long_as_the_flow_lives() {
    let mut lab = Lab::new();
    let id = lab.ip(0, &udp(There, 0)).unwrap();
    assert_eq!(lab.tracker.get(id).unwrap().stats.started, at(0));
    let next = lab.ip(100_000, &udp(There, 0)).unwrap();
    assert_eq!((next.index, next.generation), (id.index, id.generation + 1));
    assert!(lab.tracker.get(id).is_none() && lab.tracker.get(next).is_some());
}

/// Keys whose hashes are all the same.
struct Colliding(FiveTuple);

#[derive(Clone, PartialEq, Eq)]
struct SameHash(FiveTupleKey);

impl Hash for SameHash {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write_u8(0);
    }
}

impl FlowExtractor for Colliding {
    type Key = SameHash;

    fn extract(&self, packet: &RawPacket<'_>) -> Option<Extracted<SameHash>> {
        let found = self.0.extract(packet)?;
        Some(Extracted::new(SameHash(found.key), found.orientation))
    }
}

#[test]
fn flows_whose_keys_have_one_hash_are_kept_apart() {
    let (config, seed) = (TrackerConfig::default(), HashSeed::fixed(1));
    let extractor = Colliding(FiveTuple::default());
    let mut tracker: FlowTracker<_> = FlowTracker::with_config(extractor, config, seed);
    let mut ended = Vec::new();
    for round in 0..3 {
        for host in 0..100 {
            let packet = to_host(host);
            let raw = RawPacket::new(at(i64::from(host)), LinkType::IPV4, &packet);
            let id = tracker.track(&raw, &mut |_: &FlowEvent<'_, _>| {});
            assert_eq!(id, Some(FlowId { index: host.into(), generation: 0 }), "round {round}");
        }
    }
    tracker.finish(&mut |event: &FlowEvent<'_, SameHash>| {
        ended.push(event.flow().stats.total().packets);
    });
    assert_eq!(ended, [3; 100]);
}

#[test]
fn an_event_fits_a_cache_line() {
    assert!(size_of::<FlowEvent<'_, FiveTupleKey>>() <= 64);
}
