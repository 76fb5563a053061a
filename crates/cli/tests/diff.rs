//! `rheos diff` as a person meets it.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test, also in its functions")]

use std::path::{Path, PathBuf};

use serde_json::Value;

mod common;
use common::{FIRST, folder, has, rheos, succeeds, text, tool};

/// A capture of crafted packets.
fn crafted(folder: &Path, name: &str, packets: &[&str]) -> PathBuf {
    let path = folder.join(name);
    let mut arguments = vec!["craft", "-o", text(&path)];
    arguments.extend(packets);
    succeeds(&arguments);
    path
}

/// The lines that tell the differences, which there must be.
#[track_caller]
fn differences(arguments: &[&str]) -> Vec<String> {
    let run = rheos(arguments);
    assert_eq!((run.stderr.as_str(), run.code), ("", Some(1)), "{arguments:?}");
    run.text().lines().map(str::to_owned).collect()
}

#[test]
fn equal_captures_have_no_difference_whatever_their_format() {
    let folder = folder("diff-same");
    let other = folder.join("a.pcap.gz");
    succeeds(&["convert", FIRST, text(&other)]);
    assert_eq!(succeeds(&["diff", FIRST, FIRST]), "");
    assert_eq!(succeeds(&["diff", FIRST, text(&other)]), "");
}

#[test]
fn what_changed_is_told_by_the_names_of_fields() {
    let folder = folder("diff-fields");
    let one = crafted(
        &folder,
        "1.pcap",
        &[
            "eth / ip src=10.0.0.1 dst=10.0.0.2 ttl=64 / udp sport=1 dport=2 / \"a\"",
            "eth / ip src=10.0.0.1 dst=10.0.0.2 / udp sport=3 dport=4 / \"bb\"",
            "eth / ip src=10.0.0.1 dst=10.0.0.2 / udp sport=5 dport=6 / \"c\"",
        ],
    );
    let two = crafted(
        &folder,
        "2.pcap",
        &[
            "eth / ip src=10.0.0.1 dst=10.0.0.2 ttl=63 / udp sport=1 dport=2 / \"a\"",
            "eth / ip src=10.0.0.1 dst=10.0.0.2 / udp sport=3 dport=4 / \"bb\"",
            "eth / ip src=10.0.0.1 dst=10.0.0.2 / udp sport=5 dport=6 / \"d\"",
        ],
    );
    let lines = differences(&["diff", text(&one), text(&two)]);
    // The checksum of the header goes up by 0x100 where the TTL goes down by one: RFC 1624.
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].starts_with("~ 1 ip.ttl 64 → 63, ip.checksum "), "{lines:?}");
    assert!(lines[1].starts_with("~ 3 udp.checksum ") && lines[1].contains("63 → 64"), "{lines:?}");
    let lines = differences(&["diff", text(&one), text(&two), "--ignore", "ip"]);
    assert_eq!(lines.len(), 1, "{lines:?}");
    let json = differences(&["diff", text(&one), text(&two), "--format", "json"]);
    let change: Value = serde_json::from_str(&json[0]).unwrap();
    assert_eq!(
        (&change["kind"], &change["a"], &change["b"]),
        (&"changed".into(), &1.into(), &1.into())
    );
    assert_eq!(change["fields"][0], serde_json::json!({"name": "ip.ttl", "a": "64", "b": "63"}));
}

#[test]
fn packets_that_went_and_came_are_told_with_their_numbers() {
    if !has("editcap") {
        return;
    }
    let folder = folder("diff-packets");
    let less = folder.join("less.pcapng");
    tool("editcap", &[FIRST, text(&less), "17", "50-52"]).unwrap();
    let numbers = |lines: &[String]| -> Vec<String> {
        lines.iter().map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect()
    };
    let lines = differences(&["diff", FIRST, text(&less)]);
    assert_eq!(numbers(&lines), ["- 17", "- 50", "- 51", "- 52"]);
    let lines = differences(&["diff", text(&less), FIRST]);
    assert_eq!(numbers(&lines), ["+ 17", "+ 50", "+ 51", "+ 52"]);
}

#[test]
fn times_count_unless_they_are_let_differ() {
    let folder = folder("diff-times");
    let later = folder.join("later.pcapng");
    succeeds(&["convert", FIRST, text(&later), "--shift", "1s"]);
    let lines = differences(&["diff", FIRST, text(&later)]);
    assert_eq!(lines.len(), common::PACKETS);
    assert_eq!(lines[0], "~ 1 frame.time 1795218990.329500905 → 1795218991.329500905");
    assert_eq!(succeeds(&["diff", FIRST, text(&later), "--ignore-time"]), "");
}

#[test]
fn what_cannot_be_compared_has_a_status_of_its_own() {
    for arguments in [["diff", FIRST, "no-such-file"], ["diff", "-", FIRST]] {
        let run = rheos(&arguments);
        assert_eq!((run.code, run.stdout.len()), (Some(2), 0));
        assert!(run.stderr.starts_with("error: ") && run.stderr.lines().count() == 1);
    }
}
