//! Datagrams in pieces: which flow each piece counts into.

use rheos_core::{LinkType, RawPacket, Side};
use rheos_flow::{
    AutoDetectEncap, FiveTuple, FlowEvent, FlowExtractor, FlowId, FlowTracker, HashSeed, InNetwork,
    InnerIpInIp, NetworkTable, TrackerConfig,
};
use rheos_layers::Decoder;

use crate::packets::*;

/// A piece of an IPv4 packet: offset in bytes, and whether more follow.
fn piece(mut packet: Vec<u8>, id: u16, offset: u16, more: bool) -> Vec<u8> {
    packet[4..6].copy_from_slice(&id.to_be_bytes());
    let field = (offset / 8) | if more { 0x2000 } else { 0 };
    packet[6..8].copy_from_slice(&field.to_be_bytes());
    packet
}

/// The first 24 bytes of a datagram of 64, or 16 bytes from further on.
fn first(id: u16) -> Vec<u8> {
    piece(ipv4(There, UDP, &datagram(There, 16)), id, 0, true)
}

fn later(id: u16, offset: u16) -> Vec<u8> {
    piece(ipv4(There, UDP, &[b'x'; 16]), id, offset, offset < 48)
}

#[test]
fn later_fragments_count_into_the_flow_of_the_first() {
    let mut lab = Lab::new();
    let flow = lab.ip(0, &first(7));
    assert_eq!(lab.ip(1, &later(7, 24)), flow);
    assert_eq!(lab.ip(2, &later(7, 48)), flow);
    assert_eq!(lab.counts(Side::Initiator), [3, 116, 116, 48]);
    assert_eq!(lab.tracker.stats().lost_fragments, 0);
}

#[test]
fn fragments_of_the_responder_are_of_its_side() {
    let mut lab = Lab::new();
    lab.ip(0, &ipv4(There, UDP, &datagram(There, 4)));
    lab.ip(1, &piece(ipv4(Back, UDP, &datagram(Back, 16)), 7, 0, true));
    lab.ip(2, &piece(ipv4(Back, UDP, &[0; 16]), 7, 24, false));
    assert_eq!(lab.counts(Side::Initiator), [1, 32, 32, 4]);
    assert_eq!(lab.counts(Side::Responder), [2, 80, 80, 32]);
}

#[test]
fn a_fragment_before_the_first_makes_no_flow_and_waits_for_it() {
    let mut lab = Lab::new();
    assert_eq!(lab.ip(0, &later(7, 48)), None);
    assert_eq!(lab.ip(1, &later(7, 24)), None);
    lab.check(&[]);
    assert_eq!(lab.tracker.stats().lost_fragments, 2);
    lab.ip(2, &first(7));
    lab.check(&[
        "0.0 started by initiator",
        "0.0 packet of initiator, 44",
        "0.0 packet of initiator, 36",
        "0.0 packet of initiator, 36",
    ]);
    assert_eq!(lab.counts(Side::Initiator), [3, 116, 116, 48]);
    let stats = lab.tracker.flows().next().unwrap().1.stats;
    assert_eq!((stats.started, stats.last_seen), (at(0), at(2)));
    assert_eq!(lab.tracker.stats().lost_fragments, 0);
}

#[test]
fn the_start_of_a_flow_that_was_told_stays() {
    let mut lab = Lab::new();
    lab.ip(0, &later(7, 48));
    lab.ip(5, &ipv4(There, UDP, &datagram(There, 4)));
    lab.ip(6, &first(7));
    let stats = lab.tracker.flows().next().unwrap().1.stats;
    assert_eq!((stats.started, stats.initiator.packets), (at(5), 3));
}

#[test]
fn a_flow_is_told_with_the_start_of_what_waited_for_it() {
    let mut tracker: FlowTracker<_> = FlowTracker::new(FiveTuple::new(&Decoder::default()));
    let mut started = Vec::new();
    for (time, packet) in [(0, later(7, 48)), (1, later(7, 24)), (2, first(7))] {
        let frame = ethernet(&packet);
        let raw = RawPacket::new(at(time), LinkType::ETHERNET, &frame);
        tracker.track(&raw, &mut |event: &FlowEvent<'_, _>| {
            started.push(event.flow().stats.started);
        });
    }
    assert_eq!(started, [at(0); 4]);
}

#[test]
fn a_fragment_waits_for_a_minute_and_64_of_a_datagram_do() {
    let mut lab = Lab::new();
    lab.ip(0, &later(7, 24));
    lab.ip(60_000, &first(7));
    assert_eq!(lab.counts(Side::Initiator)[0], 1);
    assert_eq!(lab.tracker.stats().lost_fragments, 1);
    let mut lab = Lab::new();
    for _ in 0..100 {
        lab.ip(0, &later(7, 24));
    }
    lab.ip(1, &first(7));
    assert_eq!(lab.counts(Side::Initiator)[0], 65);
    assert_eq!(lab.tracker.stats().lost_fragments, 36);
}

#[test]
fn fragments_without_a_first_make_no_datagram_forgotten_whose_first_was_seen() {
    let mut lab = Lab::new();
    let flow = lab.ip(0, &first(0));
    for id in 1..=u16::MAX {
        assert_eq!(lab.ip(0, &later(id, 24)), None);
    }
    assert_eq!(lab.ip(1, &later(0, 24)), flow);
    // 4096 datagrams of 2 KiB each.
    assert!(lab.tracker.memory() < 8 << 20, "{}", lab.tracker.memory());
}

/// RFC 791 section 3.2: what has no ports has the same key in every fragment.
#[test]
fn fragments_of_protocols_without_ports_wait_for_none() {
    const OSPF: u8 = 89;
    let mut lab = Lab::new();
    let flow = lab.ip(0, &piece(ipv4(There, OSPF, &[0; 16]), 7, 16, false));
    assert!(flow.is_some());
    assert_eq!(lab.ip(1, &piece(ipv4(There, OSPF, &[0; 16]), 7, 0, true)), flow);
    assert_eq!(lab.counts(Side::Initiator), [2, 72, 72, 32]);
    let mut six = piece_of_six(There, 7, 16, false, &[0; 16]);
    six[40] = OSPF;
    assert!(lab.ip(2, &six).is_some());
    assert_eq!(lab.tracker.stats().lost_fragments, 0);
}

/// The smallest fragments cut the header of TCP behind its ports and number: RFC 1858 section 3.
#[test]
fn a_header_of_tcp_in_fragments_is_no_payload() {
    let whole = segment_with(There, ACK, 100, 500, 100);
    let pieces = [(0, 8), (8, 64), (64, 120)]
        .map(|(from, to)| piece(ipv4(There, TCP, &whole[from..to]), 7, from as u16, to < 120));
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
        let mut lab = Lab::new();
        for place in order {
            lab.ip(0, &pieces[place]);
        }
        assert_eq!(lab.counts(Side::Initiator), [3, 180, 180, 100], "{order:?}");
    }
    // Twelve bytes of options.
    let mut whole = [&whole[..20], &[1; 12], &whole[20..]].concat();
    whole[12] = 0x80;
    let mut lab = Lab::new();
    lab.ip(0, &piece(ipv4(There, TCP, &whole[..8]), 7, 0, true));
    lab.ip(0, &piece(ipv4(There, TCP, &whole[8..]), 7, 8, false));
    assert_eq!(lab.counts(Side::Initiator)[3], 100);
}

#[test]
fn fragments_of_other_datagrams_are_not_mixed_in() {
    let mut lab = Lab::new();
    lab.ip(0, &first(7));
    for other in [
        later(8, 24),
        piece(ipv4(There, TCP, &[0; 16]), 7, 24, false),
        piece(ipv4(Back, UDP, &[0; 16]), 7, 24, false),
        piece(ipv4_between([10, 0, 0, 1], [10, 0, 0, 3], UDP, &[0; 16]), 7, 24, false),
        piece(ipv4_between([10, 0, 0, 9], [10, 0, 0, 2], UDP, &[0; 16]), 7, 24, false),
    ] {
        assert_eq!(lab.ip(1, &other), None);
    }
    assert_eq!(lab.counts(Side::Initiator)[0], 1);
    assert_eq!(lab.tracker.stats().lost_fragments, 5);
}

#[test]
fn an_id_used_again_is_that_of_the_newer_datagram() {
    let mut lab = Lab::new();
    lab.ip(0, &first(7));
    let mut other = first(7);
    // Another port of the client.
    other[21] ^= 1;
    let second = lab.ip(1, &other).unwrap();
    assert_eq!(lab.ip(2, &later(7, 24)), Some(second));
}

#[test]
fn a_fragment_a_minute_late_is_of_another_datagram() {
    let mut lab = Lab::with(|config| config.idle_timeout_udp = secs(1000));
    let flow = lab.ip(0, &first(7));
    assert_eq!(lab.ip(59_999, &later(7, 24)), flow);
    assert_eq!(lab.ip(60_000, &later(7, 48)), None);
    assert_eq!(lab.tracker.stats().lost_fragments, 1);
}

#[test]
fn a_fragment_of_a_flow_that_is_over_is_lost() {
    let mut lab = Lab::with(|config| config.idle_timeout_udp = secs(2));
    lab.ip(500, &first(7));
    lab.skip();
    // The flow is over, and nobody has looked at it yet.
    assert_eq!(lab.ip(2500, &later(7, 24)), None);
    lab.ip(2600, &first(8));
    lab.check(&["0.0 ended: idle", "0.1 started by initiator", "0.1 packet of initiator, 44"]);
    // Its place is another flow's now.
    assert_eq!(lab.ip(2700, &later(7, 48)), None);
    assert_eq!(lab.tracker.stats().lost_fragments, 2);
}

#[test]
fn many_datagrams_at_once_forget_the_oldest_and_grow_nothing() {
    let mut lab = Lab::new();
    for id in 0..=u16::MAX {
        lab.ip(0, &first(id));
    }
    assert!(lab.ip(1, &later(u16::MAX, 24)).is_some());
    let remembered = (0..=u16::MAX).filter(|&id| lab.ip(2, &later(id, 48)).is_some()).count();
    assert!((1..=4096).contains(&remembered), "{remembered}");
}

/// A piece of an IPv6 packet that carries UDP.
fn piece_of_six(way: Way, id: u32, offset: u16, more: bool, payload: &[u8]) -> Vec<u8> {
    let [high, low] = (offset | u16::from(more)).to_be_bytes();
    let header = [&[UDP, 0, high, low][..], &id.to_be_bytes()].concat();
    ipv6(way, FRAGMENT, &[&header, payload].concat())
}

#[test]
fn fragments_of_ipv6_count_into_the_flow_of_the_first() {
    let mut lab = Lab::new();
    let flow = lab.ip(0, &piece_of_six(There, 7, 0, true, &datagram(There, 16)));
    assert_eq!(lab.ip(1, &piece_of_six(There, 7, 24, true, &[0; 16])), flow);
    assert_eq!(lab.ip(2, &piece_of_six(There, 7, 40, false, &[0; 8])), flow);
    assert_eq!(lab.counts(Side::Initiator), [3, 192, 192, 40]);
    assert_eq!(lab.tracker.flows().next().unwrap().1.key.high().port(), 53);

    assert_eq!(lab.ip(3, &piece_of_six(Back, 7, 40, false, &[0; 8])), None);
    assert_eq!(lab.ip(3, &piece_of_six(There, 0x0001_0007, 40, false, &[0; 8])), None);
    assert_eq!(lab.tracker.stats().lost_fragments, 2);
}

#[test]
fn headers_in_front_of_the_fragment_header_are_no_payload() {
    let mut lab = Lab::new();
    let options = [FRAGMENT, 0, 1, 4, 0, 0, 0, 0];
    let fragment = |offset: u16, more: bool, payload: &[u8]| {
        let inner = piece_of_six(There, 7, offset, more, payload);
        ipv6(There, HOP_BY_HOP, &[&options, &inner[40..]].concat())
    };
    let flow = lab.ip(0, &fragment(0, true, &datagram(There, 8)));
    assert!(flow.is_some());
    assert_eq!(lab.ip(1, &fragment(16, false, &[0; 5])), flow);
    assert_eq!(lab.counts(Side::Initiator), [2, 133, 133, 13]);
}

#[test]
fn an_atomic_fragment_is_a_whole_packet() {
    let mut lab = Lab::new();
    let flow = lab.ip(0, &ipv6(There, UDP, &datagram(There, 4)));
    assert_eq!(lab.ip(1, &piece_of_six(There, 7, 0, false, &datagram(There, 4))), flow);
    assert_eq!(lab.counts(Side::Initiator), [2, 112, 112, 8]);
    // Nothing more of its datagram is to come.
    assert_eq!(lab.ip(2, &piece_of_six(There, 7, 16, false, &[0; 8])), None);
}

#[test]
fn a_first_fragment_without_its_ports_makes_no_flow() {
    let mut lab = Lab::new();
    assert_eq!(lab.ip(0, &piece(ipv4(There, UDP, &[0; 3]), 7, 0, true)), None);
    assert_eq!(lab.ip(0, &piece_of_six(There, 7, 0, true, &[0; 3])), None);
    assert_eq!(lab.ip(0, &piece_of_six(There, 7, 0, true, &datagram(There, 8))[..44]), None);
    lab.check(&[]);
    assert_eq!(lab.tracker.flows().count(), 0);
}

/// Plays packets of IP behind a VLAN's tag, and says what flow each is of, and how many were lost.
fn in_a_vlan<E: FlowExtractor>(extractor: E, packets: &[Vec<u8>]) -> (Vec<Option<FlowId>>, u64) {
    let mut tracker: FlowTracker<E> =
        FlowTracker::with_config(extractor, TrackerConfig::default(), HashSeed::fixed(1));
    let mut sums = Vec::new();
    let mut sink = |event: &FlowEvent<'_, E::Key>| {
        let sent = event.flow().stats.initiator;
        sums.push([sent.packets, sent.wire_bytes, sent.ip_bytes, sent.payload_bytes]);
    };
    let mut flows = Vec::new();
    for packet in packets {
        let front = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x81, 0, 0, 7, 8, 0];
        let frame = [&front[..], packet].concat();
        flows.push(tracker.track(&RawPacket::new(at(0), LinkType::ETHERNET, &frame), &mut sink));
    }
    let lost = tracker.stats().lost_fragments;
    if let Some(last) = sums.last().filter(|_| lost == 0) {
        let frames = packets.iter().map(|packet| 18 + packet.len() as u64).sum::<u64>();
        // Of IP and payload, the packets inside say how much they are.
        assert_eq!(last[..2], [packets.len() as u64, frames]);
        assert_eq!(last[2] - last[3], 28 * (last[2] / 128));
    }
    (flows, lost)
}

#[test]
fn the_fragments_of_a_tunnel_belong_to_the_flow_inside_its_first() {
    let decoder = Decoder::default();
    let five_tuple = || FiveTuple::new(&decoder);
    // A packet of 128 bytes, of which the tunnel's first fragment has 64.
    let inside = ipv4(There, UDP, &datagram(There, 100));
    let outside = |payload: &[u8]| ipv4_between([192, 0, 2, 1], [192, 0, 2, 2], 4, payload);
    let first = piece(outside(&inside[..64]), 7, 0, true);
    let second = piece(outside(&inside[64..]), 7, 64, false);
    let other = piece(outside(&inside[64..]), 8, 64, false);
    let check = |played: (Vec<Option<FlowId>>, u64), lost| {
        let (flows, counted) = played;
        assert!(flows[0].is_some() && flows[..2].iter().all(|flow| *flow == flows[0]));
        assert_eq!(
            (flows.iter().filter(|flow| flow.is_none()).count() as u64, counted),
            (lost, lost)
        );
    };
    for (packets, lost) in
        [(vec![first.clone(), second.clone()], 0), (vec![first.clone(), second.clone(), other], 1)]
    {
        check(in_a_vlan(AutoDetectEncap::around(&decoder, five_tuple()), &packets), lost);
        check(in_a_vlan(InnerIpInIp::around(&decoder, five_tuple()), &packets), lost);
        let inner = AutoDetectEncap::around(&decoder, five_tuple());
        check(in_a_vlan(InNetwork::new(inner, NetworkTable::default()), &packets), lost);
    }
    let (flows, lost) =
        in_a_vlan(AutoDetectEncap::around(&decoder, five_tuple()), &[second, first]);
    assert_eq!((flows[0], lost), (None, 0), "it waits, for nobody knows what is inside yet");
}

#[test]
fn a_packet_in_pieces_in_a_tunnel_in_pieces_is_of_one_flow() {
    let decoder = Decoder::default();
    let outside = |payload: &[u8]| ipv4_between([192, 0, 2, 1], [192, 0, 2, 2], 4, payload);
    let [one, two] = [
        piece(ipv4(There, UDP, &datagram(There, 40)), 5, 0, true),
        piece(ipv4(There, UDP, &[b'x'; 80]), 5, 48, false),
    ];
    let packets = [
        piece(outside(&one[..48]), 7, 0, true),
        piece(outside(&one[48..]), 7, 48, false),
        piece(outside(&two[..48]), 8, 0, true),
        piece(outside(&two[48..]), 8, 48, false),
    ];
    let extractor = AutoDetectEncap::around(&decoder, FiveTuple::new(&decoder));
    let mut tracker: FlowTracker<_> = FlowTracker::new(extractor);
    let mut sink = |_: &FlowEvent<'_, _>| {};
    for packet in &packets {
        tracker.track(&RawPacket::new(at(0), LinkType::IPV4, packet), &mut sink).unwrap();
    }
    let (_, flow) = tracker.flows().next().unwrap();
    let sent = flow.stats.initiator;
    assert_eq!(tracker.stats().lost_fragments, 0);
    // 20 + 8 + 40 bytes, and 20 + 80.
    assert_eq!((sent.packets, sent.ip_bytes, sent.payload_bytes), (4, 168, 120));
}
