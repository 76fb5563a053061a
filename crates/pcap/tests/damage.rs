//! Captures that claim too much, and all captures of the shared collection, cut short.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test, also in its functions"
)]

use std::fs;
use std::path::Path;

use rheos_pcap::{CaptureReader, Error};

/// More than a reader of a small file may ever ask for: its window is a quarter of this.
const MOST: u64 = 1 << 20;

/// A file of 96 bytes: a header, and a record or block that claims 256 MiB.
fn claims(head: &[u8], record: &[u32]) -> Vec<u8> {
    let mut file = head.to_vec();
    file.extend(record.iter().flat_map(|word| word.to_le_bytes()));
    file.resize(96, 0);
    file
}

const PCAP: &[u8] = b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\x01\0\0\0";
const PCAPNG: &[u8] = b"\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a\x01\0\0\0\
    \xff\xff\xff\xff\xff\xff\xff\xff\x1c\0\0\0\
    \x01\0\0\0\x14\0\0\0\x01\0\0\0\0\0\0\0\x14\0\0\0";
const SNOOP: &[u8] = b"snoop\0\0\0\0\0\0\x02\0\0\0\x04";

#[test]
fn a_claim_without_bytes_allocates_nothing() {
    let length = 0x1000_0000_u32;
    let big = |number: u32| number.swap_bytes();
    for file in [
        claims(PCAP, &[1, 0, length - 16, length]),
        claims(PCAPNG, &[6, length, 0, 0, 0, length - 32, 60]),
        claims(PCAPNG, &[4, length, 1, 2]),
        claims(PCAPNG, &[6, 40, 0, 0, 0, length, 60, 0, 0, 40]),
        claims(SNOOP, &[big(length), big(length - 24), big(length), 0, 0, 0]),
    ] {
        for recover in [false, true] {
            let info = allocation_counter::measure(|| {
                let capture = CaptureReader::new(file.as_slice()).unwrap();
                let mut capture = capture.recover(recover);
                while let Ok(Some(_)) = capture.next_packet() {}
                let capture = CaptureReader::new(file.as_slice()).unwrap();
                let mut capture = capture.recover(recover);
                while let Ok(Some(_)) = capture.next_block() {}
            });
            assert!(info.bytes_max < MOST, "{:x?}: {} bytes", &file[..4], info.bytes_max);
        }
    }
}

/// Reads to the end in every way; what it says must be that: at most one error, then nothing.
fn read_all(bytes: &[u8]) -> u64 {
    let Ok(mut capture) = CaptureReader::new(bytes) else { return 0 };
    while let Ok(Some(packet)) = capture.next_packet() {
        assert!(packet.wire_length() >= packet.data.len() as u64);
    }
    assert!(matches!(capture.next_packet(), Ok(None)));
    let mut blocks = CaptureReader::new(bytes).unwrap();
    while let Ok(Some(_)) = blocks.next_block() {}
    assert_eq!(blocks.packets_read(), capture.packets_read());
    let mut recovering = CaptureReader::new(bytes).unwrap().recover(true);
    loop {
        match recovering.next_packet() {
            Ok(Some(_)) => {}
            Ok(None) | Err(Error::Decompress { .. }) => break,
            Err(error) => panic!("{error}"),
        }
    }
    // Fuzzers have made times that no clock shows; such packets may be passed over, not silently.
    let damaged = recovering.damage_count().0 > 0;
    assert!(damaged || recovering.packets_read() >= capture.packets_read());
    capture.packets_read()
}

/// Bytes of each capture that are read in all, in a usual run. Every cut takes minutes: the variable
/// `RHEOS_ALL_CAPTURES` asks for it.
const BUDGET: usize = 1_000_000;

#[test]
fn captures_cut_at_every_97th_byte_end_cleanly() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/captures");
    let Ok(manifest) = fs::read_to_string(folder.join("MANIFEST.tsv")) else {
        println!("skipped: no captures in {}", folder.display());
        return;
    };
    let every = std::env::var_os("RHEOS_ALL_CAPTURES").is_some();
    let rows = manifest.lines().filter(|line| !line.starts_with('#')).skip(1);
    let mut cuts = 0;
    for name in rows.filter_map(|row| row.split('\t').next()) {
        let bytes = fs::read(folder.join(name)).unwrap();
        let places = bytes.len() / 97;
        let most = if every { places } else { (BUDGET / bytes.len().max(1)).clamp(1, 40) };
        let step = (places / most.max(1)).max(1);
        let mut before = 0;
        for place in (0..=places).step_by(step) {
            let packets = read_all(&bytes[..place * 97]);
            assert!(packets >= before, "{name}: more bytes, fewer packets");
            before = packets;
            cuts += 1;
        }
    }
    println!("{cuts} cuts");
    assert!(cuts > 1_000);
}
