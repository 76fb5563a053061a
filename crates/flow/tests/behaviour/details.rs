//! What is known of each side beyond packets and bytes.

use std::time::Duration;

use rheos_core::{LinkType, RawPacket};
use rheos_flow::{FiveTuple, FlowDetails, FlowEvent, FlowTracker};

use crate::packets::*;

/// Tracks packets a millisecond apart, and returns what is known of their only flow.
fn details(packets: &[Vec<u8>]) -> FlowDetails {
    let mut tracker = FlowTracker::<_, FlowDetails>::new(FiveTuple::default());
    for (millisecond, packet) in (0..).zip(packets) {
        let raw = RawPacket::new(at(millisecond), LinkType::IPV4, packet);
        tracker.track(&raw, &mut |_: &FlowEvent<'_, _, _>| {});
    }
    tracker.flows().next().unwrap().1.user.clone()
}

fn tcp(way: Way, flags: rheos_layers::TcpFlags, seq: u32, ack: u32, payload: usize) -> Vec<u8> {
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
