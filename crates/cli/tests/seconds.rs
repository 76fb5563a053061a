//! Seconds without packets, durations with units, and histories in Zeek's letters.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test, also in its functions"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use common::{FIRST, refuses, rheos, rheos_on, succeeds};

mod common;

/// A second that has a name, 2023-11-14T22:13:20Z.
const SECOND: u32 = 1_700_000_000;

/// Packets of one flow of UDP at these milliseconds of it.
fn pcap(milliseconds: &[u32]) -> Vec<u8> {
    let mut bytes = b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\xff\xff\0\0\xe4\0\0\0".to_vec();
    let packet =
        b"\x45\0\0\x1e\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02\0\x07\0\x08\0\x0a\0\0hi";
    for time in milliseconds {
        let words = [SECOND + time / 1000, time % 1000 * 1000, 30, 30];
        bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        bytes.extend(packet);
    }
    bytes
}

#[test]
fn an_open_pipe_has_a_line_for_seconds_in_which_nothing_comes() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_rheos"))
        .args(["flows", "--live", "--format", "json", "--idle", "1500ms", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut lines = lines.map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    pipe.write_all(&pcap(&[0, 900])).unwrap();
    let counts = |line: &Value| {
        ["packets", "started", "ended", "open"].map(|name| line[name].as_u64().unwrap())
    };
    let mut told = Vec::new();
    // Nothing more is written until these are there.
    for second in 20..23 {
        let line = lines.next().unwrap();
        assert_eq!(line["time"], format!("2023-11-14T22:13:{second}Z"));
        told.push(counts(&line));
    }
    // Idle for a second and a half behind 20.9.
    assert_eq!(told, [[2, 1, 0, 1], [0, 0, 0, 1], [0, 0, 1, 0]]);
    // One that comes late counts when it comes.
    pipe.write_all(&pcap(&[1000])[24..]).unwrap();
    let line = lines.next().unwrap();
    assert_eq!((&line["packets"], &line["started"]), (&1.into(), &1.into()));
    drop(pipe);
    assert!(lines.all(|line| line["packets"] == 0) && child.wait().unwrap().success());
}

#[test]
fn a_capture_has_a_line_for_each_second_between_its_packets_unless_they_are_too_many() {
    let day = 86_400_000;
    let bytes = pcap(&[500, 3_200, 3_900, day]);
    let run = rheos_on(&["flows", "--live", "--format", "csv", "-"], &bytes);
    let lines: Vec<_> = run.text().lines().map(str::to_owned).collect();
    let told: Vec<_> =
        lines.iter().skip(1).map(|line| line.split(',').take(3).collect::<Vec<_>>()).collect();
    assert_eq!(
        told,
        [
            ["2023-11-14T22:13:20Z", "1", "30"],
            ["2023-11-14T22:13:21Z", "0", "0"],
            ["2023-11-14T22:13:22Z", "0", "0"],
            ["2023-11-14T22:13:23Z", "2", "60"],
            ["2023-11-15T22:13:20Z", "1", "30"],
        ]
    );
}

#[test]
fn idle_and_active_take_fractions_and_units() {
    let bytes = pcap(&[0, 400, 1_400, 3_400]);
    let count = |arguments: &[&str]| {
        let arguments = [&["flows", "--format", "json"], arguments, &["-"]].concat();
        rheos_on(&arguments, &bytes).text().lines().count()
    };
    for (idle, flows) in [
        ("0.4", 4),
        ("400ms", 4),
        ("500ms", 3),
        ("1000000us", 3),
        ("1.5", 2),
        ("2", 2),
        ("2.1s", 1),
        ("2m", 1),
        ("1h", 1),
    ] {
        assert_eq!(count(&["--idle", idle]), flows, "{idle}");
    }
    // In the next second behind it, and at the end.
    for (active, records) in [("1.2", 2), ("1200ms", 2), ("4.5", 1), ("2m", 1)] {
        assert_eq!(count(&["--active", active]), records, "{active}");
    }
    for wrong in ["5x", "", "1.2.3", "ms", "1 year", "99999999999999d"] {
        let run = rheos(&["flows", "--idle", wrong, FIRST]);
        assert_eq!(run.code, Some(2), "{wrong}");
        assert!(run.stderr.contains("a duration is seconds"), "{}", run.stderr);
    }
    let run = rheos(&["flows", "--active=-1", FIRST]);
    assert!(run.code == Some(2) && run.stderr.contains("below zero"), "{}", run.stderr);
}

#[test]
fn histories_in_zeeks_letters_are_those_of_zeek() {
    refuses(&["flows", "--history", "zeek", "--format", "eve", FIRST], "--history goes with");
    let table = succeeds(&["flows", "--history", "zeek", "--key", "network", FIRST]);
    assert!(table.contains("ShADadFf") || table.contains("ShADadfF"), "{table}");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let Ok(index) = fs::read_to_string(folder.join("expected/zeek/INDEX.tsv")) else {
        println!("skipped: no logs of Zeek");
        return;
    };
    let mut equal = 0;
    for line in index.lines().filter(|line| line.contains("\tplain\t")) {
        let [capture, expected, ..] = line.split('\t').collect::<Vec<_>>()[..] else { continue };
        let log = fs::read_to_string(folder.join(expected)).unwrap();
        let path = folder.join("captures").join(capture).display().to_string();
        let flows = succeeds(&["flows", "--history", "zeek", "--format", "json", &path]);
        let mut ours: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, history) in flows.lines().map(ours_of) {
            ours.entry(name).or_default().push(history);
        }
        // Zeek looks into tunnels too, and turns some connections round.
        for (name, theirs) in theirs_of(&log) {
            let Some(ours) = ours.get(&name) else { continue };
            assert!(ours.contains(&theirs), "{capture} {name}: {theirs}, not {ours:?}");
            equal += 1;
        }
    }
    assert!(equal >= 1_430, "{equal}");
}

/// The ends of a flow of ours, and its history.
fn ours_of(line: &str) -> (String, String) {
    let flow: Value = serde_json::from_str(line).unwrap();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let end = |role: &str| format!("{} {}", text(&flow[role]["address"]), flow[role]["port"]);
    let name = format!("{} {} {}", end("initiator"), end("responder"), text(&flow["proto"]));
    (name, text(&flow["history"]))
}

/// The same of Zeek, of TCP and UDP.
fn theirs_of(log: &str) -> Vec<(String, String)> {
    let names = log.lines().find_map(|line| line.strip_prefix("#fields\t")).unwrap();
    let rows = log.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let row: BTreeMap<_, _> = names.split('\t').zip(line.split('\t')).collect();
        let name = ["id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto"].map(|n| row[n]);
        (name.join(" "), row["history"].trim_matches('-').to_owned())
    });
    rows.filter(|(name, _)| name.ends_with(" tcp") || name.ends_with(" udp")).collect()
}
