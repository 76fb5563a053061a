//! The captures of the shared collection, as tcpdump and tshark read them.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test, also in its functions"
)]

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use md5::{Digest, Md5};
use rheos_core::RawPacket;
use rheos_pcap::{OwnedPacket, open};

/// Captures in which a packet differs from tshark's, and why.
const TSHARK_DIFFERS: &[(&str, &str)] = &[
    ("gopacket/pcapgo__tests__le__test901.pcapng", "tshark refuses a section of version 2.0"),
    ("pcapng-test-generator/output_be__advanced__test102.pcapng", CUSTOM),
    ("pcapng-test-generator/output_be__basic__test017.pcapng", CUSTOM),
    ("pcapng-test-generator/output_be__basic__test018.pcapng", CUSTOM),
    ("pcapng-test-generator/output_be__difficult__test202.pcapng", CUSTOM),
    (
        "PcapPlusPlus/Fuzzers__RegressionTests__regression_samples__clusterfuzz-testcase-minimized-\
         FuzzTarget-5696447256461312.pcap",
        "microseconds of more than a second, which tshark shows in one field of ten digits",
    ),
    (
        "PcapPlusPlus/Pcap++Test__PcapExamples__file_heuristics__pcapng-example.pcapng.zst",
        "times past 2262, where our nanoseconds end",
    ),
];
const CUSTOM: &str = "custom blocks, which tshark shows as packets";

/// tshark takes a third of a second for each capture: one of so many is compared, and all if the
/// variable `RHEOS_ALL_CAPTURES` is there, besides those that are no plain pcap.
const EACH: usize = 40;

fn captures() -> Option<Vec<(String, PathBuf)>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/captures");
    let Ok(manifest) = fs::read_to_string(folder.join("MANIFEST.tsv")) else {
        println!("skipped: no captures in {}", folder.display());
        return None;
    };
    let rows = manifest.lines().filter(|line| !line.starts_with('#')).skip(1);
    let names = rows.filter_map(|row| row.split('\t').next());
    Some(names.map(|name| (name.to_owned(), folder.join(name))).collect())
}

fn there(tool: &str) -> bool {
    let there = Command::new(tool).arg("--version").output().is_ok();
    if !there {
        println!("skipped: no {tool}");
    }
    there
}

/// What we read, up to the end or an error.
fn ours(path: &Path) -> Vec<OwnedPacket> {
    let mut capture = open(path).unwrap();
    capture.packets().map_while(Result::ok).collect()
}

/// A packet as tcpdump writes it: seconds, nanoseconds, length on the wire, bytes.
type Written<'a> = (u32, u32, u32, &'a [u8]);

/// The snap length and the packets of what tcpdump writes with nanoseconds.
fn written(bytes: &[u8]) -> (usize, Vec<Written<'_>>) {
    let number = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let mut packets = Vec::new();
    let mut at = 24;
    while at < bytes.len() {
        let end = at + 16 + number(at + 8) as usize;
        packets.push((number(at), number(at + 4), number(at + 12), &bytes[at + 16..end]));
        at = end;
    }
    (number(16) as usize, packets)
}

/// Whether a packet is that of tcpdump, which cuts it to the snap length, and has 32 bits for the
/// nanoseconds that microseconds become, however many these are.
fn same(own: &RawPacket<'_>, (seconds, nanos, length, data): Written<'_>, snap: usize) -> bool {
    let rest = own.timestamp.as_nanos() - i64::from(seconds) * 1_000_000_000;
    let cut = data.len() == snap && own.data.starts_with(data);
    own.original_length == length
        && (own.data == data || cut)
        && (0..=i64::from(u32::MAX) * 1_000).contains(&rest)
        && rest % (1 << 32) == i64::from(nanos)
}

#[test]
fn packets_are_those_of_tcpdump_byte_for_byte() {
    let Some(captures) = captures().filter(|_| there("tcpdump")) else { return };
    let (mut compared, mut differ) = (0, Vec::new());
    for (name, path) in captures {
        let output = Command::new("tcpdump")
            .args(["--time-stamp-precision=nano", "-w", "-", "-r"])
            .arg(&path)
            .stderr(Stdio::null())
            .output()
            .unwrap();
        if !output.stdout.starts_with(&0xa1b2_3c4d_u32.to_le_bytes()) {
            continue;
        }
        let (snap, theirs) = written(&output.stdout);
        let ours = ours(&path);
        // What stops tcpdump need not stop us: another link type, or a block it does not like.
        let number = if output.status.success() { ours.len() } else { theirs.len() };
        let same = number == theirs.len()
            && ours.len() >= theirs.len()
            && theirs.iter().zip(&ours).all(|(theirs, own)| same(&own.as_raw(), *theirs, snap));
        if !same {
            differ.push(name);
        }
        compared += theirs.len();
    }
    println!("{compared} packets compared");
    assert!(compared > 50_000);
    assert!(differ.is_empty(), "{differ:#?}");
}

#[test]
fn packets_are_those_of_tshark_in_number_time_length_and_bytes() {
    let Some(captures) = captures().filter(|_| there("tshark")) else { return };
    let all = std::env::var_os("RHEOS_ALL_CAPTURES").is_some();
    let (mut compared, mut differ) = (0, Vec::new());
    for (number, (name, path)) in captures.into_iter().enumerate() {
        let plain = ["pcap", "cap", "name"].iter().any(|own| name.ends_with(&format!(".{own}")));
        if plain && !all && number % EACH != 0 {
            continue;
        }
        let output = Command::new("tshark")
            .args(["-n", "-o", "frame.generate_md5_hash:TRUE", "-T", "fields"])
            .args(["-e", "frame.time_epoch", "-e", "frame.len", "-e", "frame.cap_len"])
            .args(["-e", "frame.md5_hash", "-r"])
            .arg(&path)
            .stderr(Stdio::null())
            .output()
            .unwrap();
        let theirs = String::from_utf8(output.stdout).unwrap();
        let mut text = String::new();
        for own in ours(&path) {
            let own = own.as_raw();
            let nanos = own.timestamp.as_nanos();
            let (seconds, fraction) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
            let (length, captured) = (own.original_length, own.data.len());
            let hash = Md5::digest(own.data);
            write!(text, "{seconds}.{fraction:09}\t{length}\t{captured}\t").unwrap();
            hash.iter().for_each(|byte| write!(text, "{byte:02x}").unwrap());
            text.push('\n');
        }
        let ours = text;
        // A packet without a time has an empty field.
        let theirs: String = theirs
            .lines()
            .map(|line| {
                if line.starts_with('\t') {
                    format!("0.000000000{line}\n")
                } else {
                    format!("{line}\n")
                }
            })
            .collect();
        if ours != theirs {
            println!("{name}: {} and {} packets", ours.lines().count(), theirs.lines().count());
            let first = ours.lines().zip(theirs.lines()).find(|(own, other)| own != other);
            println!("{first:?}");
            differ.push(name);
        }
        compared += theirs.lines().count();
    }
    println!("{compared} packets compared");
    assert!(compared > 10_000);
    let known = |name: &String| TSHARK_DIFFERS.iter().any(|(known, _)| known == name);
    let unknown: Vec<_> = differ.iter().filter(|name| !known(name)).collect();
    assert!(unknown.is_empty(), "{unknown:#?}");
}
