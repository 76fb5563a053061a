//! The five-tuple of packets of all kinds.

use std::sync::LazyLock;

use rheos_core::{LinkType, RawPacket};
use rheos_flow::{Extracted, FiveTuple, FiveTupleKey, FlowExtractor, L4Proto};

use crate::packets::*;

static FIVE_TUPLE: LazyLock<FiveTuple> = LazyLock::new(FiveTuple::default);

/// What there is to a packet, which is the same behind a link header but for where its payload begins.
#[track_caller]
fn extract(packet: &[u8]) -> Option<Extracted<FiveTupleKey>> {
    let link_type = if packet[0] >> 4 == 4 { LinkType::IPV4 } else { LinkType::IPV6 };
    let found = FIVE_TUPLE.extract(&RawPacket::new(at(0), link_type, packet));
    let frame = ethernet(packet);
    let framed = FIVE_TUPLE.extract(&RawPacket::new(at(0), LinkType::ETHERNET, &frame));
    let mut expected = found;
    if let Some(start) = expected.as_mut().and_then(|found| found.payload_start.as_mut()) {
        *start += 14;
    }
    assert_eq!(framed, expected);
    found
}

/// Compares key, IP and payload length of a packet.
#[track_caller]
fn check(packet: &[u8], expected: &str) {
    let found = extract(packet).map(|extracted| {
        let Extracted { key, ip_length, payload_length, .. } = extracted;
        format!("{key} {ip_length} {payload_length}")
    });
    assert_eq!(found.as_deref().unwrap_or("none"), expected);
}

/// An extension header of eight bytes of padding.
fn padding(next_header: u8) -> [u8; 8] {
    [next_header, 0, 1, 4, 0, 0, 0, 0]
}

#[test]
fn protocols_with_ports() {
    check(&ipv4(Back, TCP, &segment(Back, ACK, 1, 9)), "TCP 10.0.0.1:40000 10.0.0.2:80 49 9");
    check(&ipv4(There, UDP, &datagram(There, 9)), "UDP 10.0.0.1:40000 10.0.0.2:53 37 9");
    check(&ipv4(There, 136, &datagram(There, 9)), "UDP-Lite 10.0.0.1:40000 10.0.0.2:53 37 9");
    let init = b"\x9c\x40\x0b\x59\0\0\0\0\0\0\0\0\x0b\0\0\x04";
    check(&ipv4(There, 132, init), "SCTP 10.0.0.1:40000 10.0.0.2:2905 36 4");
    // A request: tshark -e dccp.srcport -e dccp.dstport -e dccp.data_offset: 40000 5004 5
    let request = b"\x9c\x40\x13\x8c\x05\0\0\0\x01\0\0\0\0\0\0\x01\0\0\0\0hi";
    check(&ipv4(There, 33, request), "DCCP 10.0.0.1:40000 10.0.0.2:5004 42 2");
    check(&ipv4(There, 33, &request[..4]), "DCCP 10.0.0.1:40000 10.0.0.2:5004 24 0");
    check(&ipv4(There, 33, &request[..3]), "none");
    check(&ipv6(Back, TCP, &segment(Back, ACK, 1, 9)), "TCP [fd00::1]:40000 [fd00::2]:80 69 9");
}

#[test]
fn a_query_and_its_reply_have_one_identifier() {
    let expected = "ICMP 10.0.0.1:7 10.0.0.2:7 8/0 29 1";
    check(&ipv4(There, 1, b"\x08\0\0\0\0\x07\0\x01x"), expected);
    check(&ipv4(Back, 1, b"\0\0\0\0\0\x07\0\x01x"), expected);
    check(&ipv4(There, 1, b"\x08\0\0\0\0\x08\0\x01x"), "ICMP 10.0.0.1:8 10.0.0.2:8 8/0 29 1");
    let expected = "ICMPv6 [fd00::1]:7 [fd00::2]:7 128/0 49 1";
    check(&ipv6(There, 58, b"\x80\0\0\0\0\x07\0\x01x"), expected);
    check(&ipv6(Back, 58, b"\x81\0\0\0\0\x07\0\x01x"), expected);
}

#[test]
fn who_asks_and_what_tell_control_messages_apart() {
    let key = |packet: Vec<u8>| extract(&packet).unwrap().key;
    let ask = key(ipv4(There, 1, b"\x08\0\0\0\0\x07\0\x01x"));
    // The other host may ask with the same identifier, and for something else.
    assert_ne!(ask, key(ipv4(Back, 1, b"\x08\0\0\0\0\x07\0\x01x")));
    assert_ne!(ask, key(ipv4(There, 1, b"\x0d\0\0\0\0\x07\0\x01x")));
    // What nobody answers goes one way.
    let error = |way, code| key(ipv4(way, 1, &[3, code, 0, 0, 0, 0, 0, 0]));
    assert_eq!(error(There, 1), error(There, 1));
    assert_ne!(error(There, 1), error(There, 3));
    assert_ne!(error(There, 1), error(Back, 1));
    // A type cut off is none.
    assert_eq!(key(ipv4(There, 1, b"\x08")).message(), None);
}

#[test]
fn an_error_message_has_none_whatever_it_quotes() {
    let quoted = ipv4(There, UDP, &datagram(There, 0));
    let error = [&b"\x03\x03\0\0\0\x07\0\0"[..], &quoted].concat();
    check(&ipv4(Back, 1, &error), "ICMP 10.0.0.1:0 10.0.0.2:0 3/3 56 28");
}

#[test]
fn other_protocols_have_no_ports() {
    check(&ipv4(There, 50, &[7; 16]), "ESP 10.0.0.1:0 10.0.0.2:0 36 16");
    assert_eq!(extract(&ipv4(There, 200, &[7; 16])).unwrap().l4, Some(L4Proto::Other(200)));
}

#[test]
fn extension_headers_are_stepped_over() {
    let udp = datagram(There, 9);
    let expected = |bytes| format!("UDP [fd00::1]:40000 [fd00::2]:53 {bytes} 9");
    check(&ipv6(There, HOP_BY_HOP, &[&padding(UDP)[..], &udp].concat()), &expected(65));
    let all = [&padding(60)[..], &padding(51), &[UDP, 1, 0, 0], &[0; 8], &udp].concat();
    check(&ipv6(There, HOP_BY_HOP, &all), &expected(85));
    let routing = [UDP, 0, 253, 0, 0, 0, 0, 0];
    check(&ipv6(There, 43, &[&routing[..], &udp].concat()), &expected(65));
    let fragment = [UDP, 0, 0, 0, 0, 0, 0, 7];
    let both = [&padding(FRAGMENT)[..], &fragment, &udp].concat();
    check(&ipv6(There, HOP_BY_HOP, &both), &expected(73));
}

#[test]
fn a_chain_of_headers_cut_off_names_no_flow() {
    let whole = ipv6(There, HOP_BY_HOP, &[&padding(UDP)[..], &datagram(There, 0)].concat());
    for length in 41..52 {
        check(&whole[..length], "none");
    }
    assert!(extract(&whole[..52]).is_some());
}

#[test]
fn the_outermost_ip_tells() {
    let inner = ipv4_between([192, 0, 2, 1], [192, 0, 2, 2], UDP, &datagram(There, 0));
    check(&ipv4(There, 4, &inner), "IPv4 10.0.0.1:0 10.0.0.2:0 48 28");
}

#[test]
fn the_two_ways_of_one_host_with_itself_differ_by_ports() {
    let host = [127, 0, 0, 1];
    let there = extract(&ipv4_between(host, host, UDP, &datagram(There, 0))).unwrap();
    let back = extract(&ipv4_between(host, host, UDP, &datagram(Back, 0))).unwrap();
    assert_eq!(there.key, back.key);
    assert_ne!(there.orientation, back.orientation);
    assert!(there.key.low() < there.key.high());
}

#[test]
fn what_is_amiss_behind_the_ports_does_not_hide_them() {
    // peers.md 1.5, defect 2: the ports of tunnels with something else in them, and inside TCP too.
    for port in [4789_u16, 3544, 6081, 2152, 1701, 53] {
        for ends in [[40_000, port], [port, 40_000]] {
            let mut datagram = datagram(There, 40);
            for (place, port) in [(0, ends[0]), (2, ends[1])] {
                datagram[place..place + 2].copy_from_slice(&port.to_be_bytes());
            }
            let expected = format!("UDP 10.0.0.1:{} 10.0.0.2:{} 68 40", ends[0], ends[1]);
            check(&ipv4(There, UDP, &datagram), &expected);
        }
    }
    // An option of length zero.
    let mut bad = segment(There, ACK, 1, 8);
    (bad[12], bad[20], bad[21]) = (0x60, 2, 0);
    check(&ipv4(There, TCP, &bad), "TCP 10.0.0.1:40000 10.0.0.2:80 48 4");
}
