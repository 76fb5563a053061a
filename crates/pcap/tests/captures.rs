//! Every capture of the shared collection, whose manifest counts packets as tcpdump or tshark do.

#![allow(clippy::panic, clippy::print_stdout, reason = "a test, also in its functions")]

use std::fs;
use std::path::Path;

use rheos_pcap::{fuzz, open};

const VERSION_2_3: &str = "PcapPlusPlus/Fuzzers__RegressionTests__regression_samples__\
    clusterfuzz-testcase-minimized-FuzzTarget-5766899836387328.pcap";

/// Captures whose number of packets is another, and why.
const EXCEPTIONS: &[(&str, u64)] = &[
    // Custom blocks, which tshark counts as packets and tcpdump does not.
    ("pcapng-test-generator/output_be__basic__test017.pcapng", 0),
    // Of version 2.3, with its lengths interchanged; tcpdump shows a packet, too.
    (VERSION_2_3, 1),
];

/// Counts the packets up to the end or an error.
fn packets(path: &Path) -> u64 {
    let mut capture = match open(path) {
        Ok(capture) => capture,
        Err(error) => panic!("{}: {error}", path.display()),
    };
    while let Ok(Some(packet)) = capture.next_packet() {
        assert!(packet.wire_length() >= packet.data.len() as u64);
    }
    assert!(matches!(capture.next_packet(), Ok(None)), "{}", path.display());
    capture.packets_read()
}

#[test]
fn every_shared_capture_has_the_packets_of_its_manifest() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/captures");
    let Ok(manifest) = fs::read_to_string(folder.join("MANIFEST.tsv")) else {
        println!("skipped: no captures in {}", folder.display());
        return;
    };
    let rows = manifest.lines().filter(|line| !line.starts_with('#')).skip(1);
    let mut compared = 0;
    for row in rows {
        let columns: Vec<_> = row.split('\t').collect();
        let (name, counted) = (columns[0], columns[4].parse().unwrap());
        let exception = EXCEPTIONS.iter().find(|(exception, _)| *exception == name);
        let expected = exception.map_or(counted, |&(_, packets)| packets);
        let path = folder.join(name);
        assert_eq!(packets(&path), expected, "{name}");
        fuzz(&fs::read(&path).unwrap());
        compared += 1;
    }
    assert!(compared > 0, "the manifest lists no capture");
}
