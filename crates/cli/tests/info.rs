//! `rheos info` as a person meets it, and beside capinfos.

#![allow(
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test, also in its functions"
)]

use std::collections::HashMap;
use std::path::Path;

use serde_json::Value;

mod common;
use common::{FIRST, PACKETS, fails, folder, has, rheos, shared, succeeds, text, tool};

/// The row of capinfos, by the names of its columns.
fn capinfos(path: &Path) -> Option<HashMap<String, String>> {
    let printed = tool("capinfos", &["-T", "-M", "-A", "-m", "-Q", text(path)])?;
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(printed.as_bytes());
    let names = reader.headers().unwrap().clone();
    let row = reader.records().next()?.ok()?;
    Some(names.iter().map(str::to_owned).zip(row.iter().map(str::to_owned)).collect())
}

/// A time of capinfos in seconds with nine decimals.
fn unix(text: &str) -> String {
    let folder = folder("info-time");
    let file = folder.join("time.txt");
    std::fs::write(&file, format!("{text} x\n0000 00\n")).unwrap();
    let out = folder.join("time.pcap");
    succeeds(&["text2pcap", common::text(&file), common::text(&out)]);
    let info: Value =
        serde_json::from_str(&succeeds(&["info", "--format", "json", common::text(&out)])).unwrap();
    info["first"].as_str().unwrap().to_owned()
}

/// Compares all numbers of a capture. Whether capinfos could read it.
#[track_caller]
fn check(path: &Path) -> bool {
    let Some(theirs) = capinfos(path) else { return false };
    let run = rheos(&["info", "--hashes", "--format", "json", text(path)]);
    let ours: Value = serde_json::from_str(&run.text()).unwrap();
    let name = path.display();
    let number = |column: &str| theirs[column].parse::<u64>().unwrap();
    assert_eq!(ours["packets"], number("Number of packets"), "{name}");
    assert_eq!(ours["file_size"], number("File size (bytes)"), "{name}");
    assert_eq!(ours["bytes"], number("Data size (bytes)"), "{name}");
    for (key, column) in [("sha256", "SHA256"), ("ripemd160", "RIPEMD160"), ("sha1", "SHA1")] {
        assert_eq!(ours["hashes"][key], theirs[column].as_str(), "{name}");
    }
    let average = format!("{:.2}", ours["average_size"].as_f64().unwrap());
    assert_eq!(average, theirs["Average packet size (bytes)"], "{name}");
    if let Ok(length) = theirs["Packet size limit"].parse::<u64>() {
        assert_eq!(ours["snap_length"], length, "{name}");
    }
    let order = &theirs["Strict time order"];
    if order == "True" || order == "False" {
        assert_eq!(ours["in_order"], order == "True", "{name}");
    }
    // Of captures in which one packet has no time, capinfos tells none.
    if ours["without_time"] == 0 && ours["packets"] != 0 {
        for (key, column) in [
            ("byte_rate", "Data byte rate (bytes/sec)"),
            ("bit_rate", "Data bit rate (bits/sec)"),
            ("packet_rate", "Average packet rate (packets/sec)"),
        ] {
            let (Some(rate), Ok(expected)) = (ours[key].as_f64(), theirs[column].parse::<f64>())
            else {
                continue;
            };
            // capinfos takes the duration from times in floating point, which are exact to a quarter
            // of a microsecond in this century.
            let lost = 5e-7 / ours["duration"].as_f64().unwrap();
            let tolerance = 0.05 + expected * lost;
            assert!((rate - expected).abs() <= tolerance, "{name}: {key} {rate}");
        }
        let duration: f64 = theirs["Capture duration (seconds)"].parse().unwrap();
        let ours_duration = ours["duration"].as_f64().unwrap();
        assert!((ours_duration - duration).abs() < 1e-6, "{name}: {ours_duration}");
    }
    true
}

#[test]
fn the_numbers_are_those_of_capinfos() {
    if !has("capinfos") {
        return;
    }
    assert!(check(Path::new(FIRST)));
    let theirs = capinfos(Path::new(FIRST)).unwrap();
    let ours: Value =
        serde_json::from_str(&succeeds(&["info", "--format", "json", FIRST])).unwrap();
    assert_eq!(ours["first"].as_str().unwrap(), unix(&theirs["Start time"]));
    assert_eq!(ours["last"].as_str().unwrap(), unix(&theirs["End time"]));
    assert_eq!(ours["sections"][0]["application"], theirs["Capture application"].as_str());
    let (mut compared, captures) = (0, shared(30));
    for capture in &captures {
        compared += u32::from(check(capture));
    }
    assert!(captures.is_empty() || compared > 20, "{compared}");
}

#[test]
fn interfaces_and_sections_are_told_as_capinfos_does() {
    let captures = shared(1);
    // From the generator of test captures for pcapng: what each test is, its source says.
    let wanted = captures.iter().find(|path| path.ends_with("output_be__advanced__test102.pcapng"));
    let Some(capture) = wanted else { return };
    let info: Value =
        serde_json::from_str(&succeeds(&["info", "--format", "json", text(capture)])).unwrap();
    // capinfos -A: three interfaces of 3, 1 and 1 packets with 3, 2 and 1 stat entries.
    let interfaces = info["interfaces"].as_array().unwrap();
    let numbers: Vec<_> = interfaces
        .iter()
        .map(|own| {
            (own["name"].as_str().unwrap(), own["packets"].as_u64(), own["statistics"].as_u64())
        })
        .collect();
    let expected = [
        ("eth0", Some(3), Some(3)),
        ("null1", Some(1), Some(2)),
        ("silly!\r\nethernet interface 2", Some(1), Some(1)),
    ];
    assert_eq!(numbers, expected);
    assert_eq!((&info["resolved_ipv4"], &info["resolved_ipv6"]), (&8.into(), &3.into()));
    assert_eq!(info["sections"][0]["hardware"], "Apple MBP");
    assert_eq!(info["cut_to"], serde_json::json!([96, 96]));
}

#[test]
fn a_filter_of_instructions_is_counted_as_capinfos_does() {
    // A section, and an interface whose filter is two instructions.
    let words: [u32; 19] = [
        0x0a0d_0d0a,
        28,
        0x1a2b_3c4d,
        1,
        u32::MAX,
        u32::MAX,
        28,
        1,
        48,
        1,
        0,
        0x0011_000b,
        0x0000_0601,
        0xffff_0000,
        0x0000_0600,
        0xffff_0000,
        0,
        0,
        48,
    ];
    let path = folder("info-filter").join("filter.pcapng");
    std::fs::write(&path, words.map(u32::to_le_bytes).concat()).unwrap();
    assert!(succeeds(&["info", text(&path)]).contains("filter             2 instructions of BPF"));
    if has("capinfos") {
        let theirs = tool("capinfos", &["-I", text(&path)]).unwrap();
        assert!(theirs.contains("BPF filter length = 2"), "{theirs}");
    }
}

#[test]
fn one_file_is_told_at_length_and_several_as_a_table() {
    let one = succeeds(&["info", FIRST]);
    assert!(one.contains("\npackets              141\n"), "{one}");
    assert!(one.contains("\ninterface 0\n") && !one.contains("SHA-256"), "{one}");
    let table = succeeds(&["info", FIRST, FIRST]);
    assert_eq!(table.lines().count(), 3);
    assert!(table.lines().next().unwrap().starts_with("PACKETS BYTES"), "{table}");
    assert!(table.lines().nth(1).unwrap().contains(&PACKETS.to_string()));
    let json = succeeds(&["info", FIRST, FIRST, "--format", "json"]);
    assert_eq!(json.lines().count(), 2);
}

#[test]
fn a_file_that_cannot_be_read_hides_no_other() {
    let run = rheos(&["info", FIRST, "no-such-file", FIRST]);
    assert_eq!((run.text().lines().count(), run.code), (3, Some(1)));
    assert!(run.stderr.starts_with("error: cannot open no-such-file: "), "{}", run.stderr);
    let folder = folder("info");
    let empty = folder.join("empty.pcap");
    std::fs::write(&empty, b"").unwrap();
    fails(&["info", text(&empty)], "the capture is empty");
    let cut = folder.join("cut.pcapng");
    std::fs::write(&cut, &std::fs::read(FIRST).unwrap()[..20_000]).unwrap();
    let run = rheos(&["info", text(&cut)]);
    assert!(run.text().contains("\npackets  ") && run.stderr.contains("cut short"), "{run:?}");
    assert_eq!(run.code, Some(1));
}
