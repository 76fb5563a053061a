//! `rheos merge`, `rheos sort` and `rheos split` as a person meets them, and beside mergecap,
//! reordercap and editcap.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test, also in its functions")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

mod common;
use common::{
    FIRST, PACKETS, fails, folder, has, names, packets, refuses, shared, succeeds, text, tool,
};

fn info(path: &Path) -> Value {
    serde_json::from_str(&succeeds(&["info", "--format", "json", text(path)])).unwrap()
}

/// The packets of [`FIRST`] with another length each, some milliseconds later.
fn later(folder: &Path) -> PathBuf {
    let path = folder.join("later.pcapng");
    succeeds(&["convert", FIRST, text(&path), "--shift", "3ms", "--snaplen", "80"]);
    path
}

#[test]
fn packets_come_as_mergecap_has_them() {
    if !has("mergecap") {
        return;
    }
    let folder = folder("merge");
    let later = later(&folder);
    let (ours, theirs) = (folder.join("ours.pcapng"), folder.join("theirs.pcapng"));
    succeeds(&["merge", "-o", text(&ours), FIRST, text(&later)]);
    tool("mergecap", &["-w", text(&theirs), FIRST, text(&later)]).unwrap();
    assert!(packets(&ours, &folder).unwrap() == packets(&theirs, &folder).unwrap());
    assert_eq!(info(&ours)["in_order"], true);
    // Both interfaces are there, each with its packets.
    let interfaces = info(&ours)["interfaces"].as_array().unwrap().clone();
    let counts: Vec<_> = interfaces.iter().map(|own| own["packets"].as_u64().unwrap()).collect();
    assert_eq!(counts, [PACKETS as u64; 2]);

    succeeds(&["merge", "--append", "-o", text(&ours), text(&later), FIRST, "--force"]);
    tool("mergecap", &["-a", "-w", text(&theirs), text(&later), FIRST]).unwrap();
    assert!(packets(&ours, &folder).unwrap() == packets(&theirs, &folder).unwrap());
    assert_eq!(info(&ours)["in_order"], false);

    let ours = folder.join("ours.pcap");
    succeeds(&["merge", "-o", text(&ours), FIRST, text(&later)]);
    tool("mergecap", &["-w", text(&theirs), FIRST, text(&later)]).unwrap();
    assert!(packets(&ours, &folder).unwrap() == packets(&theirs, &folder).unwrap());
}

#[test]
fn packets_of_the_same_time_stay_in_the_order_of_the_captures() {
    let folder = folder("merge-ties");
    let (short, out) = (folder.join("short.pcapng"), folder.join("out.pcapng"));
    succeeds(&["convert", FIRST, text(&short), "--snaplen", "20"]);
    succeeds(&["merge", "-o", text(&out), FIRST, text(&short)]);
    let dump = succeeds(&["dump", "--format", "json", text(&out)]);
    let lengths: Vec<_> = dump
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["captured_length"].as_u64().unwrap()
        })
        .collect();
    assert!(lengths.chunks(2).all(|pair| pair[0] > 20 && pair[1] == 20));
}

#[test]
fn what_captures_say_beside_packets_is_merged_too() {
    let captures = shared(1);
    let wanted = captures.iter().find(|path| path.ends_with("output_be__advanced__test102.pcapng"));
    let Some(capture) = wanted else { return };
    let folder = folder("merge-beside");
    let out = folder.join("out.pcapng");
    succeeds(&["merge", "-o", text(&out), FIRST, text(capture)]);
    let (merged, alone) = (info(&out), info(capture));
    for key in ["resolved_ipv4", "resolved_ipv6", "secrets"] {
        assert_eq!(merged[key], alone[key], "{key}");
    }
    let counts = |info: &Value, key: &str| -> Vec<u64> {
        let interfaces = info["interfaces"].as_array().unwrap();
        interfaces.iter().map(|own| own[key].as_u64().unwrap()).collect()
    };
    for key in ["packets", "statistics", "snap_length"] {
        let mut expected = counts(&info(Path::new(FIRST)), key);
        expected.extend(counts(&alone, key));
        let mut found = counts(&merged, key);
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, expected, "{key}");
    }
    assert_eq!(merged["sections"][0]["comments"], alone["sections"][0]["comments"]);
}

#[test]
fn a_capture_that_fails_costs_no_other() {
    let folder = folder("merge-cut");
    let (cut, out) = (folder.join("cut.pcapng"), folder.join("out.pcapng"));
    fs::write(&cut, &fs::read(FIRST).unwrap()[..20_000]).unwrap();
    fails(&["merge", "-o", text(&out), text(&cut), FIRST], "cut short at packet");
    let packets = info(&out)["packets"].as_u64().unwrap();
    assert!(packets > 241 && packets < 282, "{packets}");
    let missing = folder.join("m.pcapng");
    fails(&["merge", "-o", text(&missing), FIRST, "no-such-file"], "cannot open no-such-file");
    assert!(!missing.exists());
}

#[test]
fn sorting_is_that_of_reordercap_however_little_memory_there_is() {
    let folder = folder("sort");
    let (mixed, ours) = (folder.join("mixed.pcapng"), folder.join("ours.pcapng"));
    let later = later(&folder);
    // A megabyte and a half, out of order all the time.
    let mut files = Vec::new();
    (0..30).for_each(|_| files.extend([text(&later), FIRST]));
    let mut arguments = vec!["merge", "--append", "-o", text(&mixed)];
    arguments.extend(files);
    succeeds(&arguments);
    succeeds(&["sort", text(&mixed), text(&ours)]);
    assert_eq!(info(&ours)["in_order"], true);
    let sorted = packets(&ours, &folder).unwrap();
    succeeds(&["sort", text(&mixed), text(&ours), "--memory", "1M", "--force"]);
    assert!(packets(&ours, &folder).unwrap() == sorted);
    assert_eq!(names(&folder), ["later.pcapng", "mixed.pcapng", "ours.pcapng", "plain.pcap"]);
    if has("reordercap") {
        let theirs = folder.join("theirs.pcapng");
        tool("reordercap", &[text(&mixed), text(&theirs)]).unwrap();
        assert!(packets(&theirs, &folder).unwrap() == sorted);
    }
}

#[cfg(unix)]
#[test]
fn more_pieces_are_sorted_than_files_may_be_open() {
    const PACKETS: u32 = 70;
    let folder = folder("sort-pieces");
    let (mixed, ours) = (folder.join("mixed.pcap"), folder.join("ours.pcap"));
    // Each packet is a megabyte, a piece of its own; two in a row have the same time.
    let length = 1_u32 << 20;
    let words =
        |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>();
    let mut bytes = words(&[0xa1b2_c3d4, 0x0004_0002, 0, 0, 0, 1]);
    for number in 0..PACKETS {
        bytes.extend(words(&[(PACKETS - number) / 2, 0, length, length, number]));
        bytes.resize(bytes.len() + length as usize - 4, 0);
    }
    fs::write(&mixed, bytes).unwrap();
    let rheos = env!("CARGO_BIN_EXE_rheos");
    let (from, to) = (text(&mixed), text(&ours));
    // So many more than whoever runs the tests left open for what he runs.
    let limit = "ulimit -n $((45 + $(ls /dev/fd | wc -l)))";
    let output = Command::new("sh")
        .args(["-c", &format!("{limit}; {rheos} sort --memory 1M {from} {to}")])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let sorted = fs::read(&ours).unwrap();
    let record = |bytes: &[u8]| {
        let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
        (word(0), word(16))
    };
    let sorted: Vec<_> = sorted[24..].chunks(16 + (1 << 20)).map(record).collect();
    let mut expected: Vec<_> =
        (0..PACKETS).map(|number| ((PACKETS - number) / 2, number)).collect();
    expected.sort_unstable();
    assert_eq!(sorted, expected);
    assert_eq!(names(&folder), ["mixed.pcap", "ours.pcap"]);
}

/// The parts of a capture, in the order of their names.
fn parts(folder: &Path, start: &str) -> Vec<PathBuf> {
    let names = names(folder).into_iter().filter(|name| name.starts_with(start));
    names.map(|name| folder.join(name)).collect()
}

/// The packets of all parts, one behind the other.
fn joined(parts: &[PathBuf], folder: &Path) -> Vec<u8> {
    let link_type = packets(&parts[0], folder).unwrap()[..4].to_vec();
    let packets = parts.iter().flat_map(|part| packets(part, folder).unwrap()[4..].to_vec());
    link_type.into_iter().chain(packets).collect()
}

#[test]
fn parts_together_are_the_whole() {
    let folder = folder("split");
    let whole = packets(Path::new(FIRST), &folder).unwrap();
    for (options, expected) in [
        (&["--packets", "50"][..], 3),
        (&["--packets", "141"], 1),
        (&["--size", "5000"], 6),
        (&["--time", "1s"], 4),
    ] {
        let mut arguments = vec!["split", FIRST];
        let out = folder.join("part.pcapng");
        arguments.push(text(&out));
        arguments.extend(options);
        arguments.push("--force");
        parts(&folder, "part_").iter().for_each(|part| fs::remove_file(part).unwrap());
        succeeds(&arguments);
        let parts = parts(&folder, "part_");
        assert_eq!(parts.len(), expected, "{options:?}");
        assert!(joined(&parts, &folder) == whole, "{options:?}");
        if options[0] == "--size" {
            for part in &parts {
                assert!(fs::metadata(part).unwrap().len() < 5_300, "{}", part.display());
            }
        }
    }
}

#[test]
fn parts_of_so_many_packets_are_those_of_editcap() {
    if !has("editcap") {
        return;
    }
    let folder = folder("split-editcap");
    succeeds(&["split", FIRST, text(&folder.join("ours.pcap.gz")), "--packets", "40"]);
    tool("editcap", &["-c", "40", FIRST, text(&folder.join("theirs.pcap"))]).unwrap();
    let (ours, theirs) = (parts(&folder, "ours_"), parts(&folder, "theirs_"));
    assert_eq!((ours.len(), theirs.len()), (4, 4));
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert!(text(ours).ends_with(".pcap.gz"));
        assert!(packets(ours, &folder).unwrap() == packets(theirs, &folder).unwrap());
    }
}

#[test]
fn each_flow_and_each_host_has_a_file() {
    let folder = folder("split-by");
    succeeds(&["split", FIRST, text(&folder.join("flow.pcapng")), "--by", "flow"]);
    let flows = succeeds(&["flows", FIRST, "--format", "json"]);
    let files = parts(&folder, "flow_");
    // One more for what is of no flow.
    assert_eq!(files.len(), flows.lines().count() + 1);
    let mut packets = 0;
    for file in &files {
        packets += info(file)["packets"].as_u64().unwrap();
        let flows = succeeds(&["flows", text(file), "--format", "json"]).lines().count();
        assert_eq!(flows, usize::from(!text(file).ends_with("_other.pcapng")));
    }
    assert_eq!(packets, PACKETS as u64);
    assert!(folder.join("flow_tcp_192.0.2.2_58112_192.0.2.1_80.pcapng").exists());

    succeeds(&["split", FIRST, text(&folder.join("host.pcap")), "--by", "host"]);
    let hosts: BTreeSet<_> =
        names(&folder).into_iter().filter(|name| name.starts_with("host")).collect();
    assert!(
        hosts.contains("host_192.0.2.1.pcap") && hosts.contains("host_2001-db8--2.pcap"),
        "{hosts:?}"
    );
    if has("tshark") {
        let filter = [
            "-r",
            FIRST,
            "-Y",
            "ip.addr == 192.0.2.1 && !icmp.type == 3",
            "-T",
            "fields",
            "-e",
            "frame.number",
        ];
        let expected = tool("tshark", &filter).unwrap().lines().count();
        let quoted = [
            "-r",
            FIRST,
            "-Y",
            "icmp.type == 3 && ip.addr == 192.0.2.1",
            "-T",
            "fields",
            "-e",
            "frame.number",
        ];
        let quoted = tool("tshark", &quoted).unwrap().lines().count();
        assert_eq!(info(&folder.join("host_192.0.2.1.pcap"))["packets"], expected + quoted);
    }
}

#[test]
fn too_many_files_are_not_made() {
    let folder = folder("split-many");
    let out = folder.join("f.pcapng");
    let run = common::rheos(&["split", FIRST, text(&out), "--by", "flow", "--max-files", "3"]);
    assert_eq!(run.code, Some(0));
    assert!(run.stderr.contains("more than 3 files"), "{}", run.stderr);
    let files = parts(&folder, "f_");
    assert_eq!(files.len(), 5);
    let packets: u64 = files.iter().map(|file| info(file)["packets"].as_u64().unwrap()).sum();
    assert_eq!(packets, PACKETS as u64);
    refuses(&["split", "-", text(&out), "--by", "flow"], "not standard input");
    refuses(&["split", FIRST, "-", "--packets", "1"], "not standard output");
}
