//! Connections as Zeek has them in its `conn.log`.

use rheos_core::{LinkType, RawPacket, Timestamp};
use rheos_flow::zeek::{ConnLog, ConnLogOptions, ConnRow};
use rheos_layers::{Decoder, InternetSum, TcpFlags};

use crate::packets::*;

/// The rows that Zeek's form has of packets, each with when it came in milliseconds: the column of a row from
/// the duration on that tell how the connection went.
pub(crate) fn rows(packets: &[(i64, Vec<u8>)]) -> Vec<String> {
    let mut options = ConnLogOptions::default();
    options.verify_checksums = false;
    let mut log = ConnLog::new(&Decoder::default(), options);
    let mut rows = Vec::new();
    let mut take = |row: &ConnRow| {
        let [(there, _), (back, _)] = row.packets;
        let (state, history, missed) = (row.conn_state, &row.history, row.missed_bytes);
        let milliseconds = row.duration.as_millis();
        let [orig, resp] = row.bytes;
        rows.push(format!(
            "{state} {history} {milliseconds} ms {there}+{back} {orig}+{resp} missed {missed}"
        ));
    };
    for (milliseconds, packet) in packets {
        let raw = RawPacket::new(at(*milliseconds), LinkType::IPV4, packet);
        log.track(&raw, &mut take);
    }
    log.finish(&mut take);
    rows
}

fn tcp(way: Way, flags: TcpFlags, seq: u32, ack: u32, payload: usize) -> Vec<u8> {
    ipv4(way, TCP, &segment_with(way, flags, seq, ack, payload))
}

#[track_caller]
fn check(packets: &[(i64, Vec<u8>)], expected: &[&str]) {
    assert_eq!(rows(packets), expected);
}

/// A datagram in an ICMP error is not what has to arrive: of IPv6, whose header has no checksum, too.
#[test]
fn an_error_is_counted_whatever_the_checksum_of_what_it_quotes() {
    // Checksums of zero are wrong over IPv6, RFC 8200 section 8.1.
    let quoted = ipv6(There, UDP, &datagram(There, 4));
    let mut error = ipv6(Back, 58, &[&[1, 4, 0, 0, 0, 0, 0, 0][..], &quoted].concat());
    let length = u16::try_from(error.len() - 40).unwrap().to_be_bytes();
    let sum = InternetSum::new().with(&error[8..]).with(&length).with(&[0, 58]).checksum();
    error[42..44].copy_from_slice(&sum.to_be_bytes());
    let mut log = ConnLog::new(&Decoder::default(), ConnLogOptions::default());
    let mut histories = Vec::new();
    let mut take = |row: &ConnRow| histories.push((row.history.clone(), row.packets[0].0));
    log.track(&RawPacket::new(at(0), LinkType::IPV6, &error), &mut take);
    log.finish(&mut take);
    assert_eq!(histories, [(String::new(), 1)]);
}

#[test]
fn a_time_before_1970_is_written_as_what_it_is() {
    let mut options = ConnLogOptions::default();
    options.verify_checksums = false;
    let mut log = ConnLog::new(&Decoder::default(), options);
    let packet = tcp(There, SYN, 100, 0, 0);
    let mut times = Vec::new();
    let mut take = |row: &ConnRow| {
        times.push(row.to_string().split('\t').next().unwrap_or_default().to_owned());
    };
    for nanos in [-8_500_000_000, -1_000, 1_500_000_000] {
        let raw = RawPacket::new(Timestamp::from_nanos(nanos), LinkType::IPV4, &packet);
        log.track(&raw, &mut take);
        log.finish(&mut take);
    }
    assert_eq!(times, ["-8.500000", "-0.000001", "1.500000"]);
}

/// Zeek's script adds a parent whenever a connection comes through another tunnel than before. VXLAN has another
/// source port each way, RFC 7348 section 5, so that each way is a tunnel of its own.
#[test]
fn a_connection_names_every_tunnel_that_it_came_through() {
    let mut options = ConnLogOptions::default();
    options.verify_checksums = false;
    let mut log = ConnLog::new(&Decoder::default(), options);
    let mut rows = Vec::new();
    let mut take = |row: &ConnRow| rows.push((row.uid, row.tunnel_parents.clone()));
    for (milliseconds, way) in [(0, There), (10, Back), (20, There)] {
        let inside = ethernet(&ipv4(way, UDP, &datagram(way, 4)));
        let source = if way == There { 50_000 } else { 50_001 };
        let length = u16::try_from(16 + inside.len()).unwrap();
        let header = [source, 4789, length, 0].map(u16::to_be_bytes);
        let vxlan = [header.as_flattened(), &[8, 0, 0, 0, 0, 0, 7, 0], &inside].concat();
        let packet = ipv4(way, UDP, &vxlan);
        log.track(&RawPacket::new(at(milliseconds), LinkType::IPV4, &packet), &mut take);
    }
    log.finish(&mut take);
    let (outer, inner): (Vec<_>, Vec<_>) =
        rows.iter().partition(|(_, parents)| parents.iter().next().is_none());
    let [(_, parents)] = &inner[..] else { panic!("{rows:?}") };
    assert_eq!(parents.iter().count(), 2);
    assert!(outer.iter().all(|(uid, _)| parents.iter().any(|parent| parent == *uid)));
    assert_eq!(outer.len(), 2);
}

/// Zeek's UDP analyzer: a checksum is not optional for IPv6, but for VXLAN.
#[test]
fn a_datagram_over_ipv6_without_a_checksum_counts_only_if_it_is_of_vxlan() {
    for (port, counted) in [(9999, 0), (4789, 1)] {
        let header = [40_000, port, 12, 0].map(u16::to_be_bytes);
        let packet = ipv6(There, UDP, &[header.as_flattened(), b"data"].concat());
        let mut log = ConnLog::new(&Decoder::default(), ConnLogOptions::default());
        let mut found = Vec::new();
        let mut take = |row: &ConnRow| found.push((row.packets[0].0, row.history.clone()));
        log.track(&RawPacket::new(at(0), LinkType::IPV6, &packet), &mut take);
        log.finish(&mut take);
        let history = if counted == 0 { "C" } else { "D" };
        assert_eq!(found, [(counted, history.to_owned())]);
    }
}

/// Zeek's `AttemptTimer` is set once, at the first SYN plus `tcp_attempt_delay`, and takes the connection away if
/// nobody has answered.
#[test]
fn a_syn_that_nobody_answers_has_five_seconds_however_often_it_is_sent_again() {
    let syn = |second: i64| (second * 1000, tcp(There, SYN, 100, 0, 0));
    check(
        &[0, 1, 3, 7, 15, 31].map(syn),
        &[
            "S0 S 3000 ms 3+0 0+0 missed 0",
            "S0 S 0 ms 1+0 0+0 missed 0",
            "S0 S 0 ms 1+0 0+0 missed 0",
            "S0 S 0 ms 1+0 0+0 missed 0",
        ],
    );
}

#[test]
fn an_answered_handshake_has_as_long_as_any_connection() {
    let answer = |second: i64| (second * 1000 + 20, tcp(Back, SYN | ACK, 500, 101, 0));
    let mut packets = vec![(0, tcp(There, SYN, 100, 0, 0))];
    packets.extend([0, 1, 3, 7, 15, 31].map(answer));
    check(&packets, &["S1 Sh 31020 ms 1+6 0+0 missed 0"]);

    let late = (7_000, tcp(There, ACK, 101, 501, 1));
    check(&[packets[0].clone(), packets[1].clone(), late], &["S1 ShD 7000 ms 2+1 1+0 missed 0"]);
}

/// Zeek's `ConnDeleteTimer` is set at the close plus `tcp_close_delay`, and nothing puts it off.
#[test]
fn what_comes_five_seconds_behind_the_close_is_of_another_connection() {
    let ack = |ms: i64| (ms, tcp(There, ACK, 102, 502, 0));
    check(
        &[
            (10, tcp(There, SYN, 100, 0, 0)),
            (20, tcp(Back, SYN | ACK, 500, 101, 0)),
            (30, tcp(There, ACK, 101, 501, 0)),
            (40, tcp(There, FIN | ACK, 101, 501, 0)),
            (50, tcp(Back, FIN | ACK, 501, 102, 0)),
            ack(4_050),
            ack(8_050),
            ack(12_050),
        ],
        &["SF ShAFf 40 ms 4+2 0+0 missed 0", "OTH A 4000 ms 2+0 0+0 missed 0"],
    );
}

/// The fragments of a packet, of so many bytes each but the last.
fn fragments(packet: &[u8], size: usize) -> Vec<Vec<u8>> {
    let (header, payload) = packet.split_at(20);
    let last = payload.chunks(size).count() - 1;
    let cut = payload.chunks(size).enumerate().map(|(place, bytes)| {
        let mut header = header.to_vec();
        header[2..4].copy_from_slice(&(20 + bytes.len() as u16).to_be_bytes());
        header[4..6].copy_from_slice(&7_u16.to_be_bytes());
        let offset = (place * size / 8) as u16 | if place < last { 0x2000 } else { 0 };
        header[6..8].copy_from_slice(&offset.to_be_bytes());
        [&header[..], bytes].concat()
    });
    cut.collect()
}

/// A connection on which the initiator sends 3000 bytes in fragments, in an order.
fn in_fragments(size: usize, order: &[usize]) -> Vec<(i64, Vec<u8>)> {
    let pieces = fragments(&tcp(There, ACK, 101, 501, 3000), size);
    let mut packets = vec![
        tcp(There, SYN, 100, 0, 0),
        tcp(Back, SYN | ACK, 500, 101, 0),
        tcp(There, ACK, 101, 501, 0),
    ];
    packets.extend(order.iter().map(|&place| pieces[place].clone()));
    packets.extend([
        tcp(Back, ACK, 501, 3101, 0),
        tcp(There, FIN | ACK, 3101, 501, 0),
        tcp(Back, FIN | ACK, 501, 3102, 0),
    ]);
    (0..).zip(packets).collect()
}

/// Zeek puts fragments together before it looks at a segment (`zeek::detail::FragReassembler`).
#[test]
fn a_segment_in_fragments_is_no_loss_if_all_of_it_came() {
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
        check(&in_fragments(1480, &order), &["SF ShADaFf 8 ms 6+3 3000+0 missed 0"]);
    }
    // Those that are sent twice count once; one that never came is a loss.
    check(&in_fragments(1480, &[0, 1, 1, 2]), &["SF ShADaFf 9 ms 7+3 3000+0 missed 0"]);
    check(&in_fragments(1480, &[0, 2]), &["SF ShAaGFf 7 ms 5+3 3000+0 missed 3000"]);
}

#[test]
fn a_message_in_fragments_has_the_bytes_of_all_and_of_none_twice() {
    let ping = [&[8, 0, 0, 0, 0, 1, 0, 1][..], &[0; 3000]].concat();
    let pieces = fragments(&ipv4(There, 1, &ping), 1480);
    let play = |pieces: &[&Vec<u8>]| {
        let packets: Vec<_> = (0..).zip(pieces.iter().map(|piece| (*piece).clone())).collect();
        rows(&packets)
    };
    assert_eq!(play(&[&pieces[0], &pieces[1], &pieces[2]]), ["OTH  2 ms 3+0 3000+0 missed 0"]);
    let pieces = fragments(&ipv4(There, UDP, &datagram(There, 3000)), 1480);
    let (one, two, three) = (&pieces[0], &pieces[1], &pieces[2]);
    assert_eq!(play(&[one, one, two, two, three]), ["S0 D 4 ms 5+0 3000+0 missed 0"]);
    // It starts when it is whole.
    assert_eq!(play(&[three, two, one]), ["S0 D 0 ms 3+0 3000+0 missed 0"]);
    assert_eq!(play(&[one, three]), ["OTH  0 ms 2+0 0+0 missed 0"]);
}

#[test]
fn a_tunnel_in_fragments_is_looked_into_by_who_makes_it_whole() {
    // IP in UDP port 4789 would be VXLAN: this is IP in IP, whose name is no connection's.
    let outside = |inside: &[u8]| ipv4_between([192, 0, 2, 1], [192, 0, 2, 2], 4, inside);
    let packets = in_fragments(3020, &[0]).into_iter().map(|(ms, packet)| (ms, outside(&packet)));
    let whole: Vec<_> = packets.collect();
    let pieces = whole.iter().flat_map(|(ms, packet)| {
        fragments(packet, 1480).into_iter().map(move |piece| (*ms, piece))
    });
    let pieces: Vec<_> = pieces.collect();
    assert_eq!(pieces.len(), 9);
    // The segment of 3000 bytes was sent, as its acknowledgement says, and nobody looked into its fragments.
    assert_eq!(rows(&pieces), ["SF ShAaGFf 6 ms 3+3 3000+0 missed 3000"]);
    assert_eq!(rows(&whole), ["SF ShADaFf 6 ms 4+3 3000+0 missed 0"]);
}
