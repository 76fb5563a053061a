//! Connections as Zeek has them in its `conn.log`.

use rheos_core::{LinkType, RawPacket, Timestamp};
use rheos_flow::zeek::{ConnLog, ConnLogOptions, ConnRow};
use rheos_layers::{Decoder, TcpFlags};

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

#[test]
fn a_time_before_1970_is_written_as_what_it_is() {
    let mut log = ConnLog::new(&Decoder::default(), ConnLogOptions::default());
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
    check(
        &[packets[0].clone(), packets[1].clone(), late],
        &["S1 ShD 7000 ms 2+1 1+0 missed 0"],
    );
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
