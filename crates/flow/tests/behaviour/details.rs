//! What is known of each side beyond packets and bytes.

use std::time::Duration;

use rheos_core::{LinkType, RawPacket, Side};
use rheos_flow::{
    AutoDetectEncap, FirstBytes, FiveTuple, FlowDetails, FlowEvent, FlowExtractor, FlowTracker,
    Process, RoundTrips, Spacing,
};
use rheos_layers::{Decoder, TcpFlags};

use crate::packets::*;

/// Tracks packets a millisecond apart, and returns what is known of their only flow.
fn details(packets: &[Vec<u8>]) -> FlowDetails {
    known(FiveTuple::default(), LinkType::IPV4, packets)
}

fn known<S: Process + Clone>(
    extractor: impl FlowExtractor,
    link_type: LinkType,
    packets: &[Vec<u8>],
) -> S {
    let mut tracker = FlowTracker::<_, S>::new(extractor);
    for (millisecond, packet) in (0..).zip(packets) {
        let raw = RawPacket::new(at(millisecond), link_type, packet);
        tracker.track(&raw, &mut |_: &FlowEvent<'_, _, _>| {});
    }
    let mut flows = tracker.flows();
    let flow = flows.next().unwrap().1.user.clone();
    assert!(flows.next().is_none());
    flow
}

/// A segment with the timestamps option.
fn stamped(way: Way, seq: u32, ack: u32, stamps: [u32; 2], payload: usize) -> Vec<u8> {
    let mut segment = segment_with(way, ACK, seq, ack, payload);
    segment[12] = 0x80;
    let [value, echo] = stamps.map(u32::to_be_bytes);
    let option = [&[1, 1, 8, 10][..], &value, &echo].concat();
    segment.splice(20..20, option);
    ipv4(way, TCP, &segment)
}

fn tcp(way: Way, flags: TcpFlags, seq: u32, ack: u32, payload: usize) -> Vec<u8> {
    ipv4(way, TCP, &segment_with(way, flags, seq, ack, payload))
}

#[test]
fn a_handshake_has_a_round_trip_on_each_side_of_the_capture() {
    let packets = [
        tcp(There, SYN, 100, 0, 0),
        tcp(Back, SYN | ACK, 500, 101, 0),
        tcp(There, ACK, 101, 501, 0),
        tcp(There, ACK, 101, 501, 10),
    ];
    let handshake = details(&packets).handshake;
    let millis = |n| Some(Duration::from_millis(n));
    assert_eq!((handshake.rtt_network(), handshake.rtt_user()), (millis(1), millis(1)));
    assert_eq!(handshake.rtt(), millis(2));
    // Which SYN was answered is not known.
    let again = [&packets[..1], &packets].concat();
    let handshake = details(&again).handshake;
    assert_eq!((handshake.rtt_network(), handshake.rtt_user()), (None, millis(1)));
}

#[test]
fn segments_sent_again_are_told_from_those_out_of_order() {
    let found = details(&[
        tcp(There, ACK, 100, 1, 10),
        tcp(There, ACK, 130, 1, 10),
        tcp(There, ACK, 110, 1, 10),
        tcp(There, ACK, 120, 1, 10),
        tcp(There, ACK, 110, 1, 10),
        tcp(There, ACK, 139, 1, 1),
        tcp(There, ACK, 139, 1, 0),
    ]);
    assert_eq!((found.initiator.out_of_order, found.initiator.retransmissions), (2, 1));
    assert_eq!((found.initiator.payload_packets, found.responder.payload_packets), (6, 0));
    assert_eq!(found.initiator.flag_counts, [0, 0, 0, 0, 7, 0, 0, 0]);
}

#[test]
fn duplicate_acks_are_those_for_which_something_waits() {
    let ack = || tcp(Back, ACK, 1, 110, 0);
    let found = details(&[tcp(There, ACK, 100, 1, 10), ack(), ack()]);
    assert_eq!(found.responder.duplicate_acks, 0);
    let lost = tcp(There, ACK, 120, 1, 10);
    let found = details(&[tcp(There, ACK, 100, 1, 10), ack(), lost, ack(), ack()]);
    assert_eq!(found.responder.duplicate_acks, 2);
}

#[test]
fn headers_of_ip_are_told() {
    let mut packet = ipv4(There, UDP, &datagram(There, 4));
    (packet[1], packet[8]) = (0xb8, 60);
    let mut other = packet.clone();
    (other[1], other[8]) = (0, 64);
    let found = details(&[packet, other]);
    assert_eq!((found.initiator.ttl, found.initiator.tos), (Some((60, 64)), 0));
    assert_eq!((found.responder.ttl, found.initiator.fragments), (None, 0));
}

#[test]
fn what_comes_late_was_sent_again_and_what_comes_soon_was_overtaken() {
    // Without a handshake 3 ms count, as with tshark; a packet is a millisecond.
    let ahead = tcp(There, ACK, 110, 1, 10);
    let idle = || tcp(Back, ACK, 1, 110, 1);
    let first = tcp(There, ACK, 90, 1, 10);
    let fills = tcp(There, ACK, 100, 1, 10);
    let found = details(&[first.clone(), ahead.clone(), fills.clone()]);
    assert_eq!((found.initiator.out_of_order, found.initiator.retransmissions), (1, 0));
    let found = details(&[first, ahead, idle(), idle(), idle(), fills]);
    assert_eq!((found.initiator.out_of_order, found.initiator.retransmissions), (0, 1));
    assert_eq!(found.initiator.next_sequence(), Some(120));
}

#[test]
fn a_segment_with_old_and_new_bytes_is_sent_again_but_for_a_probe() {
    let found = details(&[tcp(There, ACK, 100, 1, 10), tcp(There, ACK, 105, 1, 10)]);
    assert_eq!(found.initiator.retransmissions, 1);
    // The byte for which there was no room, and more.
    let found = details(&[tcp(There, ACK, 100, 1, 10), tcp(There, ACK, 109, 1, 10)]);
    assert_eq!(found.initiator.retransmissions, 0);
}

#[test]
fn windows_of_zero_are_counted_but_beside_syn_fin_and_rst() {
    let closed = |flags| {
        let mut packet = tcp(There, flags, 100, 1, 0);
        packet[34..36].fill(0);
        packet
    };
    let found = details(&[SYN, ACK, FIN | ACK, ACK].map(closed));
    assert_eq!(found.initiator.zero_windows, 2);
    let found = details(&[tcp(There, ACK, 100, 1, 0), closed(RST)]);
    assert_eq!(found.initiator.zero_windows, 0);
}

#[test]
fn packets_lost_on_the_way_are_estimated_of_each_side() {
    let packet = |way, identification: u16| {
        let mut packet = ipv4(way, UDP, &datagram(way, 4));
        packet[4..6].copy_from_slice(&identification.to_be_bytes());
        packet
    };
    let found = details(&[
        packet(There, 7),
        packet(Back, 900),
        packet(There, 8),
        packet(There, 10),
        packet(There, 11),
        packet(Back, 901),
    ]);
    assert_eq!(
        (found.initiator.ip_loss.lost(), found.responder.ip_loss.lost()),
        (Some(1), Some(0))
    );
    assert_eq!(found.initiator.ip_loss.last_identification(), Some(11));
}

#[test]
fn round_trips_are_those_of_segments_acknowledged_exactly_and_sent_once() {
    let trips: RoundTrips = known(
        FiveTuple::default(),
        LinkType::IPV4,
        &[
            tcp(There, ACK, 100, 1, 10), // 0 ms
            tcp(There, ACK, 110, 1, 10), // 1 ms
            tcp(Back, ACK, 1, 110, 0),   // of the first, 2 ms later
            tcp(Back, ACK, 1, 120, 0),   // of the second, 2 ms later
            tcp(There, ACK, 120, 1, 10),
            tcp(There, ACK, 120, 1, 10), // which of the two?
            tcp(Back, ACK, 1, 130, 0),
            tcp(There, ACK, 130, 1, 10),
            tcp(Back, ACK, 1, 135, 0),  // no end of a segment
            tcp(Back, ACK, 1, 140, 7),  // 2 ms
            tcp(There, ACK, 140, 8, 0), // 1 ms for the other side
        ],
    );
    let millis = Duration::from_millis;
    let found = trips.initiator.by_acks;
    assert_eq!(
        (found.samples, found.min, found.max, found.last),
        (3, millis(2), millis(2), millis(2))
    );
    assert_eq!(found.mean(), Some(millis(2)));
    let found = trips.responder.by_acks;
    assert_eq!((found.samples, found.last, found.sum), (1, millis(1), millis(1)));
}

#[test]
fn round_trips_by_timestamps_go_from_a_value_with_payload_to_its_first_echo() {
    let trips: RoundTrips = known(
        FiveTuple::default(),
        LinkType::IPV4,
        &[
            stamped(There, 100, 1, [1000, 0], 10),
            stamped(There, 110, 1, [1000, 0], 10), // the same value later
            stamped(Back, 1, 110, [77, 1000], 0),  // 2 ms
            stamped(Back, 1, 120, [77, 1000], 0),  // no first echo
            stamped(There, 120, 1, [1001, 77], 0), // without payload on both ways
            stamped(Back, 1, 120, [78, 1001], 5),
            stamped(There, 120, 6, [1002, 78], 0), // 1 ms for the other side
        ],
    );
    let found = trips.initiator.by_timestamps;
    assert_eq!((found.samples, found.sum), (1, Duration::from_millis(2)));
    let found = trips.responder.by_timestamps;
    assert_eq!((found.samples, found.sum), (1, Duration::from_millis(1)));
}

#[test]
fn the_first_bytes_of_each_side_are_in_order_and_each_there_once() {
    let text = |way, seq: u32, flags, text: &[u8]| {
        let mut segment = segment_with(way, flags, seq, 1, 0);
        segment.extend(text);
        ipv4(way, TCP, &segment)
    };
    let first: FirstBytes<8> = known(
        FiveTuple::default(),
        LinkType::IPV4,
        &[
            text(There, 99, SYN, b""),
            text(There, 104, ACK, b"early"),
            text(There, 100, ACK, b"abcd"),
            text(There, 100, ACK, b"abcd"),
            text(There, 102, ACK, b"cdef"),
            text(There, 106, ACK, b"ghijkl"),
            text(Back, 500, ACK, b"xy"),
            text(Back, 502, RST, b"why"),
            text(Back, 502, ACK, b"z"),
        ],
    );
    assert_eq!(first.side(Side::Initiator), b"abcdefgh");
    assert_eq!(first.side(Side::Responder), b"xyz");
    let datagrams = [datagram(There, 3), datagram(There, 1)].map(|d| ipv4(There, UDP, &d));
    let first: FirstBytes<8> = known(FiveTuple::default(), LinkType::IPV4, &datagrams);
    assert_eq!(first.side(Side::Initiator), b"xxxx");
}

#[test]
fn sizes_and_the_times_between_are_kept_of_each_side() {
    let packets = [(There, 4), (There, 0), (Back, 10), (There, 6)]
        .map(|(way, payload)| ipv4(way, UDP, &datagram(way, payload)));
    let spacing: Spacing = known(FiveTuple::default(), LinkType::IPV4, &packets);
    assert_eq!((spacing.intervals.count, spacing.intervals.mean()), (3, Some(1e6)));
    let one = spacing.side(Side::Initiator);
    assert_eq!(
        (one.intervals.count, one.intervals.min, one.intervals.max),
        (2, 1_000_000, 2_000_000)
    );
    assert_eq!((one.sizes.count, one.sizes.min, one.sizes.max), (3, 28, 34));
    assert_eq!((one.payloads.count, one.payloads.mean()), (2, Some(5.0)));
    assert_eq!(spacing.side(Side::Responder).intervals.count, 0);
}

#[test]
fn a_fragment_counts_the_same_in_front_of_the_first_of_its_datagram_and_behind_it() {
    let piece = |payload: &[u8], field: u16| {
        let mut packet = ipv4(There, UDP, payload);
        packet[6..8].copy_from_slice(&field.to_be_bytes());
        packet
    };
    let mut packets =
        [piece(&datagram(There, 16), 0x2000), piece(&[b'x'; 16], 0x2003), piece(&[b'x'; 16], 5)];
    for _ in 0..2 {
        let (details, spacing): (FlowDetails, Spacing) =
            known(FiveTuple::default(), LinkType::IPV4, &packets);
        let one = details.side(Side::Initiator);
        assert_eq!((one.fragments, one.payload_packets), (3, 3));
        assert_eq!((spacing.intervals.count, spacing.intervals.sum), (2, 2_000_000));
        let one = spacing.side(Side::Initiator);
        assert_eq!((one.sizes.count, one.sizes.sum, one.payloads.sum), (3, 44 + 36 + 36, 48));
        assert_eq!((one.intervals.count, one.intervals.sum), (2, 2_000_000));
        packets.reverse();
    }
}

#[test]
fn what_stands_in_front_of_ip_is_that_of_the_first_packet_of_each_side() {
    let macs = [[2, 0, 0, 0, 0, 2], [2, 0, 0, 0, 0, 1]];
    let frame = |way: Way, vlan: u8, label: u8, packet: &[u8]| {
        let [from, to] = if way == There { macs } else { [macs[1], macs[0]] };
        let front = [0x81, 0, 0, vlan, 0x88, 0x47, 0, 0, label << 4 | 1, 64];
        [&to[..], &from, &front, packet].concat()
    };
    let there = ipv4(There, UDP, &datagram(There, 4));
    let back = ipv4(Back, UDP, &datagram(Back, 4));
    let found: FlowDetails = known(
        FiveTuple::default(),
        LinkType::ETHERNET,
        &[frame(There, 7, 3, &there), frame(There, 9, 4, &there), frame(Back, 8, 5, &back)],
    );
    let side = |side: &rheos_flow::SideDetails| (side.macs, side.vlans[0], side.mpls_label);
    assert_eq!(side(&found.initiator), (Some((macs[0], macs[1])), Some(7), Some(3)));
    assert_eq!(side(&found.responder), (Some((macs[1], macs[0])), Some(8), Some(5)));
    assert_eq!(found.initiator.outer, None);
    let decoder = Decoder::default();
    let inner = AutoDetectEncap::around(&decoder, FiveTuple::new(&decoder));
    let tunnel = ipv4_between([1; 4], [2; 4], 4, &there);
    let found: FlowDetails = known(inner, LinkType::ETHERNET, &[frame(There, 7, 3, &tunnel)]);
    let path = found.initiator.outer.as_ref().unwrap().to_string();
    assert_eq!(path, "vlan 7 / mpls 3 / 1.1.1.1 > 2.2.2.2");
    assert_eq!(side(&found.initiator), (Some((macs[0], macs[1])), Some(7), Some(3)));
}

#[test]
fn fragments_are_counted_for_each_side() {
    // peers.md 1.5, defect 17: the seed declared it and counted none.
    let piece = |offset: u16, more: u16| {
        let mut packet = ipv4(There, UDP, &datagram(There, 16));
        packet[4..6].copy_from_slice(&[0, 9]);
        packet[6..8].copy_from_slice(&(more | offset).to_be_bytes());
        packet
    };
    let found = details(&[piece(0, 0x2000), piece(3, 0x2000), piece(6, 0), piece(0, 0)]);
    assert_eq!((found.initiator.fragments, found.responder.fragments), (3, 0));
}

#[test]
fn all_control_bits_of_a_flow_are_known() {
    // flowscope 3.4: what is to stand in tcpControlBits is zero there.
    let found = details(&[
        tcp(There, SYN, 99, 0, 0),
        tcp(Back, SYN | ACK, 499, 100, 0),
        tcp(There, ACK | TcpFlags::PSH, 100, 500, 3),
        tcp(There, FIN | ACK, 103, 500, 0),
    ]);
    assert_eq!(found.initiator.flags.0, SYN | ACK | FIN | TcpFlags::PSH);
    assert_eq!(found.responder.flags.0, SYN | ACK);
    assert_eq!(found.initiator.flag_counts, [1, 1, 0, 1, 2, 0, 0, 0]);
}
