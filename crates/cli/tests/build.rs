//! `rheos craft` and `rheos layers` as a person meets them.

#![allow(clippy::unwrap_used, reason = "a test, also in its functions")]

use std::process::{Command, Output};

use serde_json::Value;

fn rheos(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rheos")).args(arguments).output().unwrap()
}

#[track_caller]
fn succeeds(arguments: &[&str]) -> String {
    let output = rheos(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn fails(arguments: &[&str], message: &str) {
    let output = rheos(arguments);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), format!("error: {message}\n"));
}

#[test]
fn a_packet_is_built_with_lengths_and_checksums() {
    // tshark 4.0.17 finds both checksums good: ip.len 33, ip.checksum 0x66ca, udp.length 13,
    // udp.checksum 0x79fe, udp.payload 68656c6c6f.
    let packet = "ip src=10.0.0.1 dst=10.0.0.2 / udp sport=4000 dport=7777 / \"hello\"";
    let addresses = "0a0000010a000002";
    let expected = format!("4500002100000000401166ca{addresses}0fa01e61000d79fe68656c6c6f\n");
    assert_eq!(succeeds(&["craft", packet]), expected);
    let given = format!("450000140000000040000000{addresses}0fa01e610008000068656c6c6f\n");
    assert_eq!(succeeds(&["craft", "--no-fix", packet]), given);
}

#[test]
fn what_is_given_is_as_it_is_given() {
    let bytes = succeeds(&["craft", "ip len=5 ttl=7 / udp checksum=0xabcd"]);
    assert_eq!((&bytes[4..8], &bytes[16..18], &bytes[52..56]), ("0005", "07", "abcd"));
}

#[test]
fn a_capture_of_crafted_packets_reads_again() {
    let file = format!("{}/crafted.pcap", env!("CARGO_TARGET_TMPDIR"));
    let packet = "eth / ip src=10.0.0.1 / udp sport=4000 dport=7777 / hex:0102";
    succeeds(&["craft", packet, "-o", &file, "-c", "3"]);
    let lines = succeeds(&["dump", &file]);
    assert_eq!(lines.lines().count(), 3);
    assert!(lines.lines().all(|line| line.ends_with("UDP 44 4000 → 7777 len 2")), "{lines}");
}

#[test]
fn what_cannot_be_built_is_said_in_one_line() {
    fails(&["craft", "eth / foo"], "eth / foo: no layer foo: `rheos layers` lists them");
    fails(&["craft", "ip ttl=300"], "ip ttl=300: ttl=300: not a value for ip.ttl");
    let file = format!("{}/mixed.pcap", env!("CARGO_TARGET_TMPDIR"));
    fails(
        &["craft", "eth / ip", "ip / udp", "-o", &file],
        "cannot write: cannot write packet 2: IPV4 in a capture of ETHERNET",
    );
    fails(&["craft", "ip x=1"], "ip x=1: x=1: ip has no field of that name here");
}

#[test]
fn every_layer_is_listed_with_what_leads_to_it_and_its_fields() {
    let lines = succeeds(&["layers", "--format", "json"]);
    for line in lines.lines() {
        let layer: Value = serde_json::from_str(line).unwrap();
        let specification = layer["specification"].as_str().unwrap();
        assert!(!specification.is_empty(), "{} has no specification", layer["layer"]);
    }
    assert!(lines.lines().count() > 100);
    assert!(succeeds(&["layers", "udp"]).contains("\n  IP protocol 17\n"));
    fails(&["layers", "nope"], "no layer nope: `rheos layers` lists them");
}
