//! Who ends, when, and in which order, where flows are many or last long.

use rheos_core::{LinkType, RawPacket, Side};
use rheos_flow::{
    EventMask, FiveTupleKey, FlowEvent, FlowExtractor, FlowState, Masked, TrackerConfig,
};

use crate::packets::*;

/// A SYN of one of many clients.
fn syn(client: u32) -> Vec<u8> {
    let [_, a, b, c] = client.to_be_bytes();
    ipv4_between([11, a, b, c], [10, 0, 0, 2], TCP, &segment(There, SYN, client, 0))
}

/// An established connection, which is idle from 20 ms on.
fn establish(lab: &mut Lab) {
    lab.tcp(0, There, SYN, 100);
    lab.tcp(10, Back, SYN | ACK, 500);
    lab.tcp(20, There, ACK, 101);
}

#[test]
fn a_flood_of_syns_holds_the_bound_and_keeps_established_flows() {
    let mut lab = Lab::with(|config| config.max_flows = 1000);
    establish(&mut lab);
    // Nearly so old that it would be the next to end by age alone.
    for client in 0..100_000 {
        lab.ip(250_000 + i64::from(client) / 1000, &syn(client));
        assert!(lab.tracker.flows().count() <= 1000 || client % 997 != 0);
    }
    let memory = lab.tracker.memory();
    assert_eq!(lab.tracker.stats().evicted, 100_000 - 999);
    lab.skip();
    lab.tcp(251_000, Back, ACK, 501);
    lab.check(&["0.0 packet of responder, 40"]);
    assert!(memory < 1024 * 256 + (1 << 16), "{memory}");
}

#[test]
fn of_a_flood_the_oldest_goes_first_so_that_an_answer_finds_its_flow() {
    let mut lab = Lab::with(|config| config.max_flows = 100);
    lab.tcp(0, There, SYN, 100);
    for client in 0..90 {
        lab.ip(1, &syn(client));
    }
    lab.tcp(2, Back, SYN | ACK, 500);
    lab.tcp(3, There, ACK, 101);
    for client in 0..1000 {
        lab.ip(4, &syn(client));
    }
    lab.skip();
    lab.tcp(5, Back, ACK, 501);
    lab.check(&["0.0 packet of responder, 40"]);
}

#[test]
fn each_state_of_tcp_has_its_timeout() {
    for (steps, seconds, reason) in [
        (1, 60, "0.0 ended: idle"),
        (2, 60, "0.0 ended: idle"),
        (3, 300, "0.0 ended: idle"),
        (4, 120, "0.0 ended: idle"),
        (5, 120, "0.0 ended: idle"),
        (6, 10, "0.0 ended: fin"),
    ] {
        let mut lab = Lab::new();
        let segments = [
            (There, SYN, 100),
            (Back, SYN | ACK, 500),
            (There, ACK, 101),
            (There, FIN | ACK, 101),
            (Back, FIN | ACK, 501),
            (There, ACK, 102),
        ];
        for (way, flags, sequence) in segments.into_iter().take(steps) {
            lab.tcp(0, way, flags, sequence);
        }
        lab.skip();
        lab.sweep(seconds * 1000 - 1);
        lab.check(&[]);
        lab.sweep(seconds * 1000 + 1000);
        assert_eq!(lab.take(), [reason], "behind {steps} segments");
    }
}

#[test]
fn a_key_may_have_a_timeout_of_its_own() {
    let mut lab = Lab::new();
    lab.tracker.set_idle_timeout_fn(|key, _| key.either_port(53).then_some(secs(5)));
    lab.ip(0, &ipv4(There, UDP, &datagram(There, 0)));
    lab.ip(4_999, &ipv4(Back, UDP, &datagram(Back, 0)));
    establish(&mut lab);
    lab.skip();
    lab.ip(9_999, &ipv4(There, UDP, &datagram(There, 0)));
    lab.check(&["0.0 ended: idle", "0.1 started by initiator", "0.1 packet of initiator, 28"]);
    lab.tracker.clear_idle_timeout_fn();
    lab.sweep(69_000);
    lab.check(&[]);
    lab.sweep(71_000);
    lab.check(&["0.1 ended: idle"]);
}

/// What a flow of UDP reports that is tracked by other limits from the tenth second on.
fn after_ten_seconds(change: impl FnOnce(&mut TrackerConfig)) -> Vec<String> {
    let mut lab = Lab::new();
    lab.ip(0, &ipv4(There, UDP, &datagram(There, 0)));
    lab.sweep(10_000);
    let mut config = *lab.tracker.config();
    change(&mut config);
    lab.tracker.set_config(config);
    assert_eq!(*lab.tracker.config(), config);
    lab.skip();
    lab.sweep(59_999);
    lab.take()
}

#[test]
fn limits_that_change_hold_for_flows_that_are_there() {
    assert_eq!(after_ten_seconds(|_| {}), [""; 0]);
    assert_eq!(after_ten_seconds(|config| config.idle_timeout_udp = secs(5)), ["0.0 ended: idle"]);
    assert_eq!(after_ten_seconds(|config| config.active_timeout = Some(secs(30))), ["0.0 lasts"]);
    // A key of its own has its own timeout still, and a lower one holds at once.
    let mut lab = Lab::new();
    lab.ip(0, &ipv4(There, UDP, &datagram(There, 0)));
    lab.tracker.set_idle_timeout_fn(|key, _| key.either_port(53).then_some(secs(5)));
    lab.tracker.set_config(TrackerConfig::default());
    lab.skip();
    lab.sweep(7_000);
    lab.check(&["0.0 ended: idle"]);
}

#[test]
fn flows_above_a_lower_limit_make_room_with_the_next() {
    let mut lab = Lab::new();
    for host in 0..10 {
        let to_host = ipv4_between([10, 0, 0, 1], [10, 0, 1, host], UDP, &datagram(There, 0));
        lab.ip(0, &to_host);
    }
    let mut config = *lab.tracker.config();
    config.max_flows = 4;
    lab.tracker.set_config(config);
    assert_eq!(lab.tracker.flow_count(), 10);
    lab.ip(0, &ipv4(There, UDP, &datagram(There, 0)));
    assert_eq!((lab.tracker.flow_count(), lab.tracker.stats().evicted), (4, 7));
    assert_eq!(lab.tracker.flow_count(), lab.tracker.flows().count());
    let extractor = lab.tracker.into_extractor();
    let packet = ipv4(There, UDP, &datagram(There, 0));
    assert!(extractor.extract(&RawPacket::new(at(0), LinkType::IPV4, &packet)).is_some());
}

#[test]
fn a_flow_that_lasts_is_reported_each_period_and_does_not_end() {
    let mut lab = Lab::with(|config| config.active_timeout = Some(secs(100)));
    for second in 0..350 {
        lab.ip(second * 1000, &ipv4(There, UDP, &datagram(There, 0)));
    }
    let reports =
        |lab: &mut Lab| lab.take().into_iter().filter(|l| !l.contains("packet")).collect();
    let lines: Vec<_> = reports(&mut lab);
    assert_eq!(lines, ["0.0 started by initiator", "0.0 lasts", "0.0 lasts", "0.0 lasts"]);
    assert_eq!(lab.counts(Side::Initiator)[0], 350);
    lab.sweep(500_000);
    lab.check(&["0.0 ended: idle"]);
    // The place is another flow's now, whose period starts with it.
    lab.ip(550_000, &ipv4(There, UDP, &datagram(There, 0)));
    lab.skip();
    lab.ip(601_000, &ipv4(There, UDP, &datagram(There, 0)));
    lab.check(&["0.1 packet of initiator, 28"]);
}

#[test]
fn a_mask_hides_events_and_changes_nothing_else() {
    let mut lab = Lab::new();
    let mut kinds = Vec::new();
    let sink = |event: &FlowEvent<'_, FiveTupleKey>| kinds.push(event.kind());
    let mut masked = Masked { mask: EventMask::ENDED | EventMask::ESTABLISHED, sink };
    let segments = [
        (There, SYN, 100, 0),
        (Back, SYN | ACK, 500, 101),
        (There, ACK, 101, 501),
        (Back, RST, 501, 0),
    ];
    for (second, (way, flags, sequence, acknowledgment)) in (0..).zip(segments) {
        let packet = ipv4(way, TCP, &segment_with(way, flags, sequence, acknowledgment, 0));
        let raw = RawPacket::new(at(second * 1000), LinkType::IPV4, &packet);
        lab.tracker.track(&raw, &mut masked);
    }
    lab.tracker.sweep(at(100_000), &mut masked);
    assert_eq!(kinds, [EventMask::ESTABLISHED, EventMask::ENDED]);
    assert_eq!((lab.tracker.stats().ended, lab.tracker.flows().count()), (1, 0));
}

#[test]
fn a_program_ends_a_flow_or_gives_it_up_without_a_word() {
    let mut lab = Lab::new();
    let packet = ipv4(There, UDP, &datagram(There, 0));
    let id = lab.ip(0, &packet).unwrap();
    lab.skip();
    let mut reasons = Vec::new();
    let mut sink = |event: &FlowEvent<'_, _>| {
        if let FlowEvent::Ended { reason, .. } = event {
            reasons.push(reason.as_str());
        }
    };
    assert!(lab.tracker.force_close(id, &mut sink));
    assert!(!lab.tracker.force_close(id, &mut sink));
    assert_eq!(reasons, ["force_closed"]);
    let next = lab.ip(1, &packet).unwrap();
    assert_ne!(next, id);
    lab.skip();
    assert!(!lab.tracker.forget(id));
    assert!(lab.tracker.forget(next) && !lab.tracker.forget(next));
    lab.finish();
    lab.check(&[]);
    let stats = lab.tracker.stats();
    assert_eq!((stats.started, stats.ended, stats.forgotten), (2, 1, 1));
}

#[test]
fn a_flow_is_found_by_its_key() {
    let mut lab = Lab::new();
    let id = lab.ip(0, &ipv4(There, UDP, &datagram(There, 0))).unwrap();
    let key = lab.tracker.get(id).unwrap().key;
    assert_eq!(lab.tracker.find(&key), Some(id));
    lab.sweep(100_000);
    assert_eq!(lab.tracker.find(&key), None);
}

#[test]
fn a_live_flow_is_copied_by_its_key_and_goes_on() {
    let mut lab = Lab::new();
    let id = lab.ip(0, &ipv4(There, UDP, &datagram(There, 3))).unwrap();
    let key = lab.tracker.get(id).unwrap().key;
    let record = lab.tracker.snapshot(&key).unwrap();
    let stats = lab.tracker.snapshot_stats(&key).unwrap();
    let history = lab.tracker.snapshot_history(&key).unwrap();
    lab.ip(1, &ipv4(Back, UDP, &datagram(Back, 4)));
    assert_eq!((stats.total().packets, record.stats, history.as_str()), (1, stats, "D"));
    let all: Vec<_> = lab.tracker.all_flow_stats().map(|(key, stats)| (*key, stats)).collect();
    assert_eq!((all.len(), all[0].0, all[0].1.total().packets), (1, key, 2));
    assert_eq!(lab.tracker.snapshot_history(&key).unwrap().as_str(), "Dd");
    assert!(lab.tracker.forget(id));
    assert_eq!(lab.tracker.snapshot_stats(&key), None);
    assert!(lab.tracker.snapshot(&key).is_none() && lab.tracker.snapshot_history(&key).is_none());
}

#[test]
fn a_flow_that_was_announced_knows_its_parent() {
    let mut lab = Lab::new();
    let control = lab.ip(0, &ipv4(There, UDP, &datagram(There, 0))).unwrap();
    let to_80 = |key: &FiveTupleKey| key.either_port(80);
    lab.tracker.expect(control, secs(10), to_80);
    lab.skip();
    let other = lab.ip(1, &ipv4_between([10, 0, 0, 7], [10, 0, 0, 2], UDP, &datagram(There, 0)));
    establish(&mut lab);
    assert_eq!(lab.tracker.parent(other.unwrap()), None);
    let id = lab.tracker.flows().find(|(_, f)| f.state == FlowState::Established).unwrap().0;
    assert_eq!(lab.tracker.parent(id), Some(control));
    assert!(lab.take().contains(&"2.0 started by initiator, child of 0.0".to_owned()));
    // It was expected once, and the time for it is over.
    lab.ip(50, &syn(1));
    lab.tracker.expect(control, secs(1), to_80);
    lab.ip(2000, &syn(2));
    let children = lab.tracker.flows().filter(|(id, _)| lab.tracker.parent(*id).is_some());
    assert_eq!(children.count(), 1);
    // What is over has no parent: its place is another's.
    lab.tcp(2000, Back, RST, 501);
    lab.sweep(3000);
    lab.sweep(20_000);
    assert_eq!(lab.tracker.parent(id), None);
}

#[test]
fn an_icmp_error_goes_to_the_flow_that_it_quotes() {
    let mut lab = Lab::new();
    let packet = ipv4(There, UDP, &datagram(There, 40));
    lab.ip(0, &packet);
    lab.skip();
    // A router on the way says so, and quotes the header and eight bytes more.
    let unreachable = [&[3, 1, 0, 0, 0, 0, 0, 0], &packet[..28]].concat();
    lab.ip(1, &ipv4_between([172, 16, 0, 1], [10, 0, 0, 1], 1, &unreachable));
    lab.check(&[
        "1.0 started by initiator",
        "1.0 packet of initiator, 56",
        "0.0 error 3/1 for initiator",
    ]);
    assert_eq!(lab.tracker.stats().icmp_errors, 1);
    // Of a flow that nobody knows.
    let mut strange = unreachable.clone();
    strange[8 + 15] = 99;
    lab.ip(2, &ipv4_between([172, 16, 0, 1], [10, 0, 0, 1], 1, &strange));
    lab.check(&["1.0 packet of initiator, 56"]);
    // The numbers of version 6 are others.
    let packet = ipv6(There, TCP, &segment(There, SYN, 1, 0));
    lab.ip(3, &packet);
    lab.skip();
    let too_big = [&[2, 0, 0, 0, 0, 0, 5, 0][..], &packet].concat();
    lab.ip(4, &ipv6(Back, 58, &too_big));
    assert_eq!(lab.take().last().unwrap(), "2.0 error 2/0 for initiator");
}
