//! `rheos streams` as a person meets it, and beside tshark and tcpflow.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test, also in its functions"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

mod common;
use common::{FIRST, fails, folder, has, names, rheos, rheos_on, shared, succeeds, text, tool};

fn lines(output: &str) -> Vec<Value> {
    output.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A capture of one connection: segments of 10.0.0.1:1 to 10.0.0.2:2, or back, a second apart.
fn capture(folder: &Path, segments: &[(u8, u8, u32, &[u8])]) -> PathBuf {
    let mut bytes = b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\xe4\0\0\0".to_vec();
    for (second, (host, flags, number, payload)) in (0_u32..).zip(segments) {
        let length = u8::try_from(40 + payload.len()).unwrap();
        let (other, wide) = (3 - host, u32::from(length).to_le_bytes());
        bytes.extend([&second.to_le_bytes()[..], &[0; 4], &wide, &wide].concat());
        let ip = [0x45, 0, 0, length, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, *host, 10, 0, 0, other];
        let tcp = [0x50, *flags, 1, 0, 0, 0, 0, 0];
        let ports = [0, *host, 0, other];
        bytes.extend([&ip[..], &ports, &number.to_be_bytes(), &[0; 4], &tcp, payload].concat());
    }
    let path = folder.join("made.pcap");
    fs::write(&path, bytes).unwrap();
    path
}

const SYN: u8 = 2;
const PUSH: u8 = 8;
const URGENT: u8 = 32;

/// Five bytes, three that are missing, and control characters.
fn with_a_gap(folder: &Path) -> PathBuf {
    let segments: [(u8, u8, u32, &[u8]); 5] = [
        (1, SYN, 99, b""),
        (1, PUSH, 100, b"hello"),
        (1, PUSH, 108, b"\x1b[2J\r\nbye"),
        (2, SYN, 499, b""),
        (2, PUSH, 500, b"answer"),
    ];
    capture(folder, &segments)
}

#[test]
fn every_stream_is_a_row_of_a_hundred_columns_at_most() {
    let table = succeeds(&["streams", FIRST]);
    let rows: Vec<_> = table.lines().collect();
    assert_eq!(rows.len(), 1 + 8 + 1);
    assert!(rows.iter().all(|row| row.chars().count() <= 100), "{table}");
    assert!(rows[2].contains("73/292"), "{table}");
    assert_eq!(rows[9], "8 streams, 9407 bytes; 0 bytes missing in 0 gaps");
}

#[test]
fn a_stream_followed_is_what_tshark_follows() {
    if !has("tshark") {
        return;
    }
    for number in 0..8 {
        let follow = format!("follow,tcp,raw,{number}");
        let theirs = tool("tshark", &["-n", "-q", "-r", FIRST, "-z", &follow]).unwrap();
        let is_bytes = |line: &&str| line.trim_start().bytes().all(|b| b.is_ascii_hexdigit());
        let theirs: String =
            theirs.lines().filter(is_bytes).map(str::trim_start).collect::<Vec<_>>().concat();
        let number = number.to_string();
        let ours = rheos(&["streams", FIRST, "--follow", &number, "--as", "raw"]).stdout;
        let digit = |digits: &[u8]| {
            char::from(digits[0]).to_digit(16).unwrap() << 4
                | char::from(digits[1]).to_digit(16).unwrap()
        };
        let theirs: Vec<u32> = theirs.as_bytes().chunks(2).map(digit).collect();
        let ours: Vec<u32> = ours.into_iter().map(u32::from).collect();
        assert_eq!(ours, theirs, "stream {number}");
    }
}

#[test]
fn what_is_missing_is_marked_or_zeros_or_nothing() {
    let folder = folder("streams-gap");
    let made = with_a_gap(&folder);
    let raw = |gap: &str| {
        let arguments = ["streams", text(&made), "--follow", "0", "--as", "raw", "--gap", gap];
        rheos(&[&arguments[..], &["--side", "initiator"]].concat()).stdout
    };
    assert_eq!(raw("mark"), b"hello[3 bytes missing]\x1b[2J\r\nbye");
    assert_eq!(raw("zero"), b"hello\0\0\0\x1b[2J\r\nbye");
    assert_eq!(raw("skip"), b"hello\x1b[2J\r\nbye");
    for gap in ["mark", "zero", "skip"] {
        let out = folder.join(gap);
        succeeds(&["streams", text(&made), "--out", text(&out), "--gap", gap]);
        assert_eq!(fs::read(out.join("10.0.0.1_1-10.0.0.2_2_0.000000000")).unwrap(), raw(gap));
        assert_eq!(fs::read(out.join("10.0.0.2_2-10.0.0.1_1_0.000000000")).unwrap(), b"answer");
    }
}

#[test]
fn text_of_both_sides_comes_in_order_and_drives_no_terminal() {
    let folder = folder("streams-ascii");
    let made = with_a_gap(&folder);
    let shown = succeeds(&["streams", text(&made), "--follow", "0"]);
    let expected = "--- 10.0.0.1:1 to 10.0.0.2:2\nhello\n[3 bytes missing]\n.[2J\nbye\n\
        --- 10.0.0.2:2 to 10.0.0.1:1\nanswer\n";
    assert_eq!(shown, expected);
    let shown = succeeds(&["streams", text(&made), "--follow", "0", "--as", "hex"]);
    assert!(
        shown.contains("00000008  1b 5b 32 4a 0d 0a 62 79 65                       .[2J..bye\n")
    );
    assert!(shown.contains("    00000000  61 6e 73 77 65 72"));
}

/// RFC 6093 section 3.1, and what tshark follows too.
#[test]
fn urgent_bytes_stay_where_they_are() {
    let folder = folder("streams-urgent");
    let segments: [(u8, u8, u32, &[u8]); 3] =
        [(1, SYN, 99, b""), (1, PUSH | URGENT, 100, b"urge!nt"), (1, PUSH, 107, b", or not")];
    let made = capture(&folder, &segments);
    let mut bytes = fs::read(&made).unwrap();
    // The pointer of the second segment: behind the fifth byte.
    let payload = bytes.windows(7).position(|bytes| bytes == b"urge!nt").unwrap();
    bytes[payload - 1] = 5;
    fs::write(&made, bytes).unwrap();
    let said = rheos(&["streams", text(&made), "--follow", "0", "--as", "raw"]).stdout;
    assert_eq!(said, b"urge!nt, or not");
    if let Some(theirs) =
        tool("tshark", &["-n", "-q", "-r", text(&made), "-z", "follow,tcp,ascii,0"])
    {
        assert!(theirs.contains("urge!nt") && theirs.contains(", or not"), "{theirs}");
    }
}

#[test]
fn each_side_has_its_colour_but_raw_bytes_have_none() {
    let made = with_a_gap(&folder("streams-colours"));
    let coloured = |way: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rheos"));
        command.args(["streams", text(&made), "--follow", "0", "--as", way]);
        command.env("CLICOLOR_FORCE", "1").env_remove("NO_COLOR").output().unwrap().stdout
    };
    let ascii = String::from_utf8(coloured("ascii")).unwrap();
    for said in
        ["\x1b[32mhello\x1b[0m", "\x1b[31m[3 bytes missing]\x1b[0m", "\x1b[34manswer\x1b[0m"]
    {
        assert!(ascii.contains(said), "{ascii:?}");
    }
    let hex = String::from_utf8(coloured("hex")).unwrap();
    assert!(hex.contains("\x1b[32m00000000  68 65 6c 6c 6f"), "{hex:?}");
    assert!(hex.contains("\x1b[34m    00000000  61 6e 73 77 65 72"), "{hex:?}");
    assert_eq!(coloured("raw"), b"hello[3 bytes missing]\x1b[2J\r\nbyeanswer");
}

#[test]
fn the_index_names_each_file_and_what_is_missing_in_it() {
    let folder = folder("streams-index");
    let made = with_a_gap(&folder);
    let out = folder.join("out");
    let index =
        lines(&succeeds(&["streams", text(&made), "--out", text(&out), "--format", "json"]));
    assert_eq!(index.len(), 1);
    let (initiator, responder) = (&index[0]["initiator"], &index[0]["responder"]);
    assert_eq!(index[0]["stream"], 0);
    assert_eq!((initiator["bytes"].as_u64(), initiator["gap_bytes"].as_u64()), (Some(14), Some(3)));
    assert_eq!(
        (initiator["address"].as_str(), initiator["port"].as_u64()),
        (Some("10.0.0.1"), Some(1))
    );
    assert_eq!(responder["file"], "10.0.0.2_2-10.0.0.1_1_0.000000000");
    assert_eq!(names(&out).len(), 2);
    // Without a folder there are no files.
    let index = lines(&succeeds(&["streams", text(&made), "--format", "json"]));
    assert!(index[0]["initiator"]["file"].is_null());
}

#[test]
fn csv_says_what_json_does() {
    let folder = folder("streams-csv");
    let made = with_a_gap(&folder);
    let index = |format: &str| {
        let out = folder.join(format);
        succeeds(&["streams", text(&made), "--out", text(&out), "--format", format])
    };
    let (json, csv) = (lines(&index("json")), index("csv"));
    let csv: Vec<Vec<_>> = csv.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!((csv.len(), csv[0].len()), (2, 27));
    for (column, cell) in csv[0].iter().zip(&csv[1]) {
        let value = match column.split_once('_') {
            Some((role @ ("initiator" | "responder"), field)) => &json[0][role][field],
            _ => &json[0][*column],
        };
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        assert_eq!(value, *cell, "{column}");
    }
}

#[test]
fn no_file_is_written_over_unless_that_is_asked_for() {
    let folder = folder("streams-force");
    let made = with_a_gap(&folder);
    let out = folder.join("out");
    succeeds(&["streams", text(&made), "--out", text(&out)]);
    let file = out.join("10.0.0.1_1-10.0.0.2_2_0.000000000");
    fs::write(&file, b"mine").unwrap();
    fails(&["streams", text(&made), "--out", text(&out)], "--force writes over it");
    assert_eq!(fs::read(&file).unwrap(), b"mine");
    succeeds(&["streams", text(&made), "--out", text(&out), "--force"]);
    assert_eq!(fs::read(&file).unwrap().len(), 14 + "[3 bytes missing]".len());
}

#[test]
fn more_streams_than_files_may_be_open_are_all_written() {
    let folder = folder("streams-many");
    // Two rounds over 600 connections: those of the first have been closed when the second comes.
    let mut bytes = b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\xe4\0\0\0".to_vec();
    for (round, payload) in [(0_u32, b"ab"), (2, b"cd")] {
        for port in 1..=600_u16 {
            bytes.extend(b"\0\0\0\0\0\0\0\0\x2a\0\0\0\x2a\0\0\0");
            let ip = b"\x45\0\0\x2a\0\0\0\0\x40\x06\0\0\x0a\0\0\x01\x0a\0\0\x02";
            let number = (100 + round).to_be_bytes();
            let rest = b"\0\0\0\0\x50\x08\x01\0\0\0\0\0";
            bytes.extend([&ip[..], &port.to_be_bytes(), &[0, 9], &number, rest, payload].concat());
        }
    }
    let made = folder.join("many.pcap");
    fs::write(&made, bytes).unwrap();
    let out = folder.join("out");
    succeeds(&["streams", text(&made), "--out", text(&out)]);
    let files = names(&out);
    assert_eq!(files.len(), 600);
    assert!(files.iter().all(|name| fs::read(out.join(name)).unwrap() == b"abcd"));
}

/// As many connections as a flood has, each of one SYN.
#[test]
fn a_flood_is_written_in_order_and_its_table_piece_by_piece() {
    const COUNT: u32 = 70_000;
    let mut bytes = b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\xe4\0\0\0".to_vec();
    for source in 0..COUNT {
        bytes.extend(b"\0\0\0\0\0\0\0\0\x28\0\0\0\x28\0\0\0");
        bytes.extend(b"\x45\0\0\x28\0\0\0\0\x40\x06\0\0");
        bytes.extend((0x0b00_0000 + source).to_be_bytes());
        bytes.extend(b"\x0a\0\0\x02\0\x07\0\x09\0\0\0\x63\0\0\0\0\x50\x02\x01\0\0\0\0\0");
    }
    let made = folder("streams-flood").join("flood.pcap");
    fs::write(&made, bytes).unwrap();
    let csv = succeeds(&["streams", text(&made), "--format", "csv"]);
    let numbers = csv.lines().skip(1).map(|line| line.split_once(',').unwrap().0);
    assert!(numbers.eq((0..COUNT).map(|number| number.to_string())));
    let table = succeeds(&["streams", text(&made)]);
    let (rows, totals) = table.trim_end().rsplit_once('\n').unwrap();
    assert_eq!(totals, "70000 streams, 0 bytes; 0 bytes missing in 0 gaps");
    let headers = rows.lines().filter(|row| row.starts_with("STREAM")).count();
    assert_eq!((rows.lines().count(), headers), (70_002, 2));
}

#[test]
fn what_cannot_be_done_is_told_in_a_line() {
    fails(&["streams", "no-such-file.pcap"], "no-such-file.pcap");
    fails(&["streams", FIRST, "--follow", "8"], "no stream 8: the last one of this capture is 7");
    let empty = rheos_on(&["streams", "-"], b"");
    assert_eq!((empty.code, empty.stdout.len()), (Some(1), 0), "{}", empty.stderr);
    // What is in front of a cut is there all the same.
    let bytes = fs::read(FIRST).unwrap();
    let cut = rheos_on(&["streams", "-"], &bytes[..bytes.len() / 2]);
    assert_eq!(cut.code, Some(1));
    assert!(cut.text().contains("73/292") && cut.stderr.lines().count() == 1, "{}", cut.stderr);
}

/// tcpflow writes a file for each side too, without those in which something is missing.
#[test]
fn the_files_are_those_of_tcpflow() {
    if !has("tcpflow") {
        return;
    }
    let folder = folder("streams-tcpflow");
    let (mut compared, mut differing) = (0, Vec::new());
    for (number, capture) in shared(9).iter().enumerate() {
        let (ours, theirs) =
            (folder.join(format!("ours-{number}")), folder.join(format!("theirs-{number}")));
        fs::create_dir_all(&theirs).unwrap();
        let run = rheos(&["streams", text(capture), "--out", text(&ours), "--format", "json"]);
        let arguments = ["-q", "-a0", "-o", text(&theirs), "-r", text(capture)];
        if tool("tcpflow", &arguments).is_none() {
            continue;
        }
        let theirs = names(&theirs).into_iter().map(|name| theirs.join(name));
        let theirs: Vec<_> = theirs.filter(|path| path.is_file()).collect();
        for line in lines(&run.text()) {
            for role in ["initiator", "responder"] {
                let Some(file) = line[role]["file"].as_str() else { continue };
                if line[role]["gap_bytes"] != 0 || line[role]["retransmits"] != 0 {
                    continue;
                }
                let bytes = fs::read(ours.join(file)).unwrap();
                compared += 1;
                // tcpflow takes the padding of a frame without payload for data: six bytes.
                let is_same = |theirs: &Vec<u8>| {
                    theirs == &bytes || theirs.len() == bytes.len() + 6 && theirs[..9] == bytes[..9]
                };
                if !theirs.iter().any(|file| is_same(&fs::read(file).unwrap())) {
                    differing.push(format!("{} {file}", capture.display()));
                }
            }
        }
    }
    assert!(differing.is_empty(), "{} of {compared}: {differing:#?}", differing.len());
}
