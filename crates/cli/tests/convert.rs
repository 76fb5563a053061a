//! `rheos convert` as a person meets it, and beside editcap.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test, also in its functions")]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

mod common;
use common::{
    FIRST, fails, folder, has, names, packets, refuses, rheos, rheos_on, shared, succeeds, text,
    tool,
};

/// Options of ours, and of editcap for the same.
const SAME: &[(&[&str], &[&str])] = &[
    (&[], &[]),
    (&["--snaplen", "60"], &["-s", "60"]),
    (
        &["--from", "2026-11-20T23:56:31", "--until", "1795218993.1"],
        &["-A", "2026-11-20T23:56:31Z", "-B", "1795218993.1"],
    ),
    (&["--shift", "1.5"], &["-t", "1.5"]),
    (&["--shift", "-1h"], &["-t", "-3600"]),
    (&["--dedup"], &["-d"]),
    (&["--dedup=30"], &["-D", "30"]),
    (&["--dedup-within", "0.4"], &["-w", "0.4"]),
    (&["--snaplen", "40", "--dedup=10"], &["-s", "40", "-D", "10"]),
    (&["--link-type", "RAW"], &["-T", "rawip"]),
    (&["-c", "17"], &["-r", "1-17"]),
];

/// Compares what both make of a capture, by options.
#[track_caller]
fn check(capture: &Path, folder: &Path, options: &[&str], theirs: &[&str]) -> bool {
    let (ours, other) = (folder.join("ours.pcapng"), folder.join("theirs.pcapng"));
    let ranges = theirs.first() == Some(&"-r");
    let (flags, range) = if ranges { theirs.split_at(1) } else { (theirs, &[][..]) };
    let mut arguments = flags.to_vec();
    arguments.extend([text(capture), text(&other)]);
    arguments.extend(range);
    if tool("editcap", &arguments).is_none() {
        return false;
    }
    let Some(expected) = packets(&other, folder) else { return false };
    for name in ["ours.pcapng", "ours.pcap"] {
        let ours = ours.with_file_name(name);
        let mut arguments = vec!["convert", text(capture), text(&ours), "--force"];
        arguments.extend(options);
        let run = rheos(&arguments);
        assert_eq!((run.stderr.as_str(), run.code), ("", Some(0)), "{arguments:?}");
        assert!(packets(&ours, folder) == Some(expected.clone()), "{arguments:?} {theirs:?}");
    }
    true
}

#[test]
fn packets_are_those_of_editcap_with_the_same_options() {
    if !has("editcap") {
        return;
    }
    let folder = folder("convert-editcap");
    for (options, theirs) in SAME {
        assert!(check(Path::new(FIRST), &folder, options, theirs), "{theirs:?}");
    }
    let captures = shared(60);
    let mut compared = 0;
    for capture in &captures {
        // What is cut short is for another test.
        if rheos(&["info", text(capture)]).code == Some(0) {
            compared += u32::from(check(capture, &folder, &[], &[]));
        }
    }
    assert!(captures.is_empty() || compared >= 10, "{compared}");
}

#[test]
fn a_copy_in_pcapng_loses_nothing() {
    let folder = folder("convert-copy");
    let copy = folder.join("copy.pcapng");
    let of_generator = |path: &&Path| text(path).contains("pcapng-test-generator");
    let captures = shared(1);
    let captures = captures.iter().map(|path| &**path).filter(of_generator);
    let mut copied = 0;
    for capture in captures.chain([Path::new(FIRST)]) {
        let run = rheos(&["convert", text(capture), text(&copy), "--force"]);
        let (before, after) = (fs::read(capture).unwrap(), fs::read(&copy).unwrap());
        // All that differs is what says the same: section lengths, the end of options, padding.
        let blocks = |path: &Path| {
            let json = rheos(&["info", "--format", "json", text(path)]).text();
            let mut info: serde_json::Value = serde_json::from_str(&json).unwrap();
            for key in ["file", "file_size", "capture_size"] {
                info[key] = serde_json::Value::Null;
            }
            info
        };
        assert_eq!(blocks(capture), blocks(&copy), "{}", capture.display());
        assert_eq!(run.code, rheos(&["info", text(capture)]).code);
        copied += u32::from(before == after);
    }
    assert!(copied > 0);
}

#[test]
fn times_are_stretched_and_given_other_ticks() {
    let folder = folder("convert-times");
    let out = folder.join("a.pcapng");
    let first = |path: &Path| -> serde_json::Value {
        serde_json::from_str(&succeeds(&["info", "--format", "json", text(path)])).unwrap()
    };
    succeeds(&["convert", FIRST, text(&out), "--scale", "2"]);
    let (before, after) = (first(Path::new(FIRST)), first(&out));
    assert_eq!(before["first"], after["first"]);
    // 990.329500905 + 2 * (994.982100429 - 990.329500905)
    assert_eq!(after["last"], "1795218999.634699953");
    assert_eq!(before["last"], "1795218994.982100429");
    succeeds(&["convert", FIRST, text(&out), "--resolution", "us", "--force"]);
    let after = first(&out);
    assert_eq!(
        (&after["last"], &after["resolution"]),
        (&"1795218994.982100000".into(), &"10^-6 s".into())
    );
    fails(
        &["convert", FIRST, text(&out), "--shift", "-100000d", "--force"],
        "packet 1: its new time",
    );
}

#[test]
fn comments_go_when_asked() {
    let folder = folder("convert-comments");
    let (commented, out) = (folder.join("c.pcapng"), folder.join("a.pcapng"));
    if !has("editcap") {
        return;
    }
    tool("editcap", &["-a", "2:why", "--capture-comment", "all", FIRST, text(&commented)]).unwrap();
    succeeds(&["convert", text(&commented), text(&out)]);
    let info = succeeds(&["info", text(&out)]);
    assert!(
        info.contains("\ncomments on packets  1\n") && info.contains("comment            all\n")
    );
    succeeds(&["convert", text(&commented), text(&out), "--force", "--no-comments"]);
    let info = succeeds(&["info", text(&out)]);
    assert!(!info.contains("comment ") && !info.contains("comments "), "{info}");
}

#[test]
fn a_file_is_never_half_there_and_never_overwritten_unasked() {
    let folder = folder("convert-files");
    let out = folder.join("a.pcap");
    fs::write(&out, b"mine").unwrap();
    fails(&["convert", FIRST, text(&out)], "--force writes over it");
    assert_eq!(fs::read(&out).unwrap(), b"mine");
    // An error in the middle leaves what was there, and no other file.
    let mixed =
        shared(1).into_iter().find(|path| path.ends_with("output_be__advanced__test102.pcapng"));
    if let Some(mixed) = mixed {
        let words = "NULL in a capture of ETHERNET";
        fails(&["convert", text(&mixed), text(&out), "--force"], words);
        assert_eq!(fs::read(&out).unwrap(), b"mine");
    }
    assert_eq!(names(&folder), ["a.pcap"]);
    fails(&["convert", FIRST, text(&folder)], "cannot write");
    fails(&["convert", "no-such-file", text(&out), "--force"], "cannot open no-such-file");
    let none = folder.join("none/a.pcap");
    let words = format!("cannot write {}: No such file or directory", text(&none));
    fails(&["convert", FIRST, text(&none)], &words);
    assert!(!rheos(&["convert", FIRST, text(&none)]).stderr.contains(".part"));
    succeeds(&["convert", FIRST, text(&out), "--force"]);
    assert_eq!(names(&folder), ["a.pcap"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_command_that_is_killed_leaves_nothing() {
    let folder = folder("convert-killed");
    let first = fs::read(FIRST).unwrap();
    for arguments in [&["convert"][..], &["sort", "--memory", "1M"]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rheos"));
        command.args(arguments).arg("-").arg(folder.join("out.pcapng")).stdin(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut pipe = child.stdin.take().unwrap();
        // More than pipes and windows hold: most of it has been read, and written, when it is gone.
        (0..100).for_each(|_| pipe.write_all(&first).unwrap());
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(names(&folder), [""; 0], "{arguments:?}");
    }
}

#[test]
fn what_is_whole_of_a_cut_capture_is_written() {
    let folder = folder("convert-cut");
    let (cut, out) = (folder.join("cut.pcapng"), folder.join("a.pcapng"));
    fs::write(&cut, &fs::read(FIRST).unwrap()[..20_000]).unwrap();
    fails(&["convert", text(&cut), text(&out)], "cut short at packet");
    let info = succeeds(&["info", "--format", "json", text(&out)]);
    let info: serde_json::Value = serde_json::from_str(&info).unwrap();
    assert!(info["packets"].as_u64().unwrap() > 100);
    let empty = folder.join("empty.pcap");
    fs::write(&empty, b"").unwrap();
    fails(&["convert", text(&empty), text(&folder.join("b.pcap"))], "the capture is empty");
    assert!(!folder.join("b.pcap").exists());
}

#[test]
fn pipes_and_compression_work_on_both_sides() {
    let folder = folder("convert-pipes");
    let bytes = fs::read(FIRST).unwrap();
    let run = rheos_on(&["convert", "-", "-", "--to", "pcapng"], &bytes);
    assert_eq!((run.code, run.stdout == bytes), (Some(0), true), "{}", run.stderr);
    let out = folder.join("a.pcapng.gz");
    succeeds(&["convert", FIRST, text(&out)]);
    assert_eq!(fs::read(&out).unwrap()[..2], [0x1f, 0x8b]);
    let again = rheos_on(&["convert", text(&out), "-"], b"");
    assert!(again.stdout == bytes);
    // Whoever reads has seen enough: `| head` ends it quietly.
    let mut child = Command::new(env!("CARGO_BIN_EXE_rheos"))
        .args(["convert", FIRST, "-"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.stderr.as_slice(), output.status.code()), (&b""[..], Some(0)));
}

#[test]
fn wrong_usage_is_told_with_status_two() {
    for arguments in [
        &["convert", FIRST][..],
        &["convert", FIRST, "a.pcap", "--to", "snoop"],
        &["convert", FIRST, "a.pcap", "--from", "yesterday"],
        &["convert", FIRST, "a.pcap", "--snaplen", "0"],
        &["convert", FIRST, "a.pcap", "--dedup=2000000"],
        &["convert", FIRST, "a.pcap", "--dedup=5", "--dedup-within", "1"],
        &["convert", FIRST, "a.pcap", "--dedup=0"],
        &["convert", FIRST, "a.pcap", "--dedup-within=-1s"],
        &["convert", FIRST, "a.pcap", "--dedup-within="],
        &["convert", FIRST, "a.pcap", "--from", "2023-02-30"],
        &["convert", FIRST, "a.pcap", "--shift", "1x"],
        &["convert", FIRST, "a.pcap", "--shift", "99999999999"],
        &["convert", FIRST, "a.pcap", "--scale", "0.0000000001"],
        &["convert", FIRST, "a.pcap", "--link-type=+5"],
        &["convert", FIRST, "a.pcap", "--count=-1"],
        &["convert", FIRST, "a.pcap", "--resolution", "minute"],
        &["split", FIRST, "a.pcap"],
        &["split", FIRST, "a.pcap", "--packets", "0"],
        &["split", FIRST, "a.pcap", "--packets", "1", "--size", "1M"],
        &["split", FIRST, "a.pcap", "--size", "10BB"],
        &["split", FIRST, "a.pcap", "--size", "99999999999G"],
        &["split", FIRST, "a.pcap", "--time", "0"],
        &["split", FIRST, "a.pcap", "--time=-1s"],
        &["split", FIRST, "a.pcap", "--packets", "1", "--max-files", "3"],
        &["sort", FIRST, "a.pcap", "--memory", "0"],
        &["merge", "-o", "a.pcap"],
        &["text2pcap", FIRST, "a.pcap", "--udp", "1"],
        &["text2pcap", FIRST, "a.pcap", "--udp", "1,2", "--tcp", "1,2"],
        &["text2pcap", FIRST, "a.pcap", "--udp", "+1,2"],
        &["text2pcap", FIRST, "a.pcap", "--ethertype=+800"],
        &["text2pcap", FIRST, "a.pcap", "--bytes"],
        &["text2pcap", FIRST, "a.pcap", "--server", "--ethertype", "0800"],
        &["text2pcap", FIRST, "a.pcap", "--segment", "9", "--offsets", "dec"],
        &["anonymize", FIRST, "a.pcap", "--keep", "10"],
        &["diff", FIRST],
        &["diff", FIRST, FIRST, "--ignore="],
        &["info"],
    ] {
        let run = rheos(arguments);
        assert_eq!((run.stdout.len(), run.code), (0, Some(2)), "{arguments:?}");
        let helps = run.stderr.contains("Usage: rheos") || run.stderr.contains("try '--help'");
        assert!(helps, "{arguments:?}: {}", run.stderr);
    }
    for ticks in ["ms", "2^-10"] {
        refuses(&["convert", FIRST, "a.pcap", "--resolution", ticks], "pcap has no ticks of");
    }
    assert!(!Path::new("a.pcap").exists());
}

#[test]
fn help_fits_a_terminal_and_has_examples() {
    for command in ["info", "convert", "merge", "split", "sort", "text2pcap", "anonymize", "diff"] {
        let help = succeeds(&[command, "--help"]);
        assert!(help.contains("Example"), "{command}");
        for line in help.lines() {
            assert!(line.chars().count() <= 100, "{command}: {line}");
        }
    }
}

/// What each command makes of every hundredth capture, whole and cut.
#[test]
fn no_shared_capture_makes_a_command_panic() {
    let folder = folder("convert-all");
    let (cut, out) = (folder.join("cut"), folder.join("out.pcapng"));
    for capture in shared(100) {
        let bytes = fs::read(&capture).unwrap();
        fs::write(&cut, &bytes[..bytes.len() * 2 / 3]).unwrap();
        for input in [text(&capture), text(&cut)] {
            for arguments in [
                &["info", input][..],
                &["convert", input, text(&out), "--force", "--snaplen", "60", "--dedup"],
                &["convert", input, text(&out.with_extension("pcap")), "--force"],
                &["merge", input, FIRST, "-o", text(&out), "--force"],
                &["sort", input, text(&out), "--force"],
                &["split", input, text(&out), "--by", "host", "--force"],
                &["anonymize", input, text(&out), "--force"],
                &["anonymize", input, text(&out), "--force", "--payload", "addresses"],
                &["text2pcap", input, text(&out), "--force"],
                &["text2pcap", "--bytes", input, text(&out), "--udp", "1,2", "--force"],
                &["diff", input, FIRST],
            ] {
                let run = rheos(arguments);
                assert!(!run.stderr.contains("panicked"), "{arguments:?}: {}", run.stderr);
                assert!(matches!(run.code, Some(0..=2)), "{arguments:?}: {:?}", run.code);
                assert!(run.stderr.lines().count() <= 2, "{arguments:?}: {}", run.stderr);
            }
        }
    }
}
