//! Times of tables, which count from the first packet of the capture.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test, also in its functions"
)]

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

mod common;
use common::{FIRST, folder, succeeds, text};

/// A capture of Ethernet frames, each at its millisecond.
fn capture(name: &str, frames: &[(u32, &[u8])]) -> PathBuf {
    let mut bytes = b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\xff\xff\0\0\x01\0\0\0".to_vec();
    for (millis, frame) in frames {
        let length = u32::try_from(frame.len()).unwrap();
        let head = [1_700_000_000 + millis / 1000, millis % 1000 * 1000, length, length];
        bytes.extend(head.iter().flat_map(|word| word.to_le_bytes()));
        bytes.extend_from_slice(frame);
    }
    let path = folder(name).join("capture.pcap");
    fs::write(&path, bytes).unwrap();
    path
}

/// A frame of IPv4, whose checksum is right or not, with what it carries.
fn frame(protocol: u8, checksum: [u8; 2], payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(20 + payload.len()).unwrap();
    let [a, b] = checksum;
    let ip = [0x45, 0, 0, length, 0, 0, 0, 0, 64, protocol, a, b, 10, 0, 0, 1, 10, 0, 0, 2];
    [&[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0][..], &ip, payload].concat()
}

/// The cells of a column of a table, by its title.
fn cells(arguments: &[&str], title: &str) -> Vec<String> {
    let table = succeeds(arguments);
    let lines: Vec<_> = table.lines().collect();
    let (last, rows) = lines.split_last().unwrap();
    assert!(!last.is_empty());
    let end = rows[0].find(title).unwrap() + title.len();
    let front = rows[1..].iter().map(|row| row.get(..end).unwrap_or(row));
    front.map(|row| row.split_whitespace().next_back().unwrap().to_owned()).collect()
}

#[test]
fn packets_of_no_flow_and_packets_left_out_start_the_clock() {
    // The datagrams have no sum of their own, the segment a wrong one.
    let wrong = frame(17, [1, 1], b"\x13\x88\x17\x70\0\x0a\0\0hi");
    let right = frame(17, [0x66, 0xcd], b"\x13\x88\x17\x70\0\x0a\0\0hi");
    let syn = b"\x13\x88\x17\x70\0\0\0\x07\0\0\0\0\x50\x02\xff\xff\0\0\0\0";
    let syn = frame(6, [0x66, 0xce], syn);
    let arp = [&[0xff; 12][..], &[8, 6], &[0; 28]].concat();
    let mixed = capture("times", &[(250, &arp), (1000, &wrong), (3500, &right), (4000, &syn)]);
    let mixed = text(&mixed);
    // tshark -r capture.pcap -T fields -e frame.time_relative: 0.000000000, 0.750000000,
    // 3.250000000, 3.750000000
    assert_eq!(cells(&["flows", mixed], "START"), ["0.750000", "3.750000"]);
    let verified = ["flows", mixed, "--verify-checksums"];
    assert_eq!(cells(&verified, "START"), ["3.250000"]);
    assert_eq!(cells(&["streams", mixed], "START"), ["3.750000"]);
    for command in ["talkers", "hosts"] {
        assert_eq!(cells(&[command, mixed], "FIRST")[0], "0.750", "{command}");
        assert_eq!(cells(&[command, mixed], "LAST")[0], "3.750", "{command}");
    }
    assert_eq!(cells(&["ports", mixed, "--sort", "start"], "FIRST"), ["0.750", "3.750"]);
    let lines = succeeds(&["dump", mixed]);
    let times: Vec<_> = lines.lines().filter_map(|line| line.split_whitespace().nth(1)).collect();
    assert_eq!(times, ["0.000000", "0.750000", "3.250000", "3.750000"]);
}

#[test]
fn times_in_front_of_the_first_packet_are_negative() {
    let arp = [&[0xff; 12][..], &[8, 6], &[0; 28]].concat();
    let datagram = frame(17, [0x66, 0xcd], b"\x13\x88\x17\x70\0\x0a\0\0hi");
    let back = capture("times-back", &[(500, &arp), (250, &datagram)]);
    // tshark -r capture.pcap -T fields -e frame.time_relative: 0.000000000, -0.250000000
    assert!(succeeds(&["dump", text(&back)]).contains("    2    -0.250000 "));
}

#[test]
fn every_table_of_messages_has_the_clock_of_dump() {
    let first = succeeds(&["dump", "-c", "1", "--format", "json", FIRST]);
    let first: Value = serde_json::from_str(&first).unwrap();
    let first: f64 = first["time"].as_str().unwrap().parse().unwrap();
    for command in ["http", "dns", "tls", "ssh", "files", "fingerprints"] {
        let records = succeeds(&[command, "--format", "json", FIRST]);
        let times = records.lines().map(|line| {
            let record: Value = serde_json::from_str(line).unwrap();
            record["ts"].as_f64().unwrap() - first
        });
        let shown = cells(&[command, FIRST], "TIME");
        assert!(!shown.is_empty() && shown.len() == times.clone().count(), "{command}");
        for (time, shown) in times.zip(shown) {
            let shown: f64 = shown.parse().unwrap();
            // Zeek's JSON has seconds in a floating-point number.
            assert!((time - shown).abs() < 2e-6, "{command}: {time} {shown}");
        }
    }
}
