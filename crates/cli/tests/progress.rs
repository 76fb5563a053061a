//! What a person sees on a terminal while a command works: the progress bar, at 100 columns, and lines
//! as they come.

#![cfg(unix)]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "a test, also in its functions"
)]

use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

mod common;
use common::{FIRST, folder, has, rheos, succeeds, text};

/// Packets of a mebibyte each: more bytes than any command reads without a bar.
const PACKETS: u32 = 110;
const LENGTH: u32 = 1 << 20;
/// What bars are drawn with.
const BAR: [char; 2] = ['█', '░'];

/// A large capture, whose packets are holes in its file.
fn large(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    let mut file = File::create(&path).unwrap();
    let header = [0xa1b2_c3d4, 0x0004_0002, 0, 0, 0, 1_u32];
    let words =
        |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>();
    file.write_all(&words(&header)).unwrap();
    for second in 0..PACKETS {
        file.write_all(&words(&[second, 0, LENGTH, LENGTH])).unwrap();
        file.seek(SeekFrom::Current(LENGTH.into())).unwrap();
    }
    let end = file.stream_position().unwrap();
    file.set_len(end).unwrap();
    path
}

/// All that a command sends to a terminal on which its standard error is, and where `stdout` says so
/// its standard output too; nothing, and a line that says so, where no terminal can be had.
fn on_a_terminal(arguments: &[&str], stdout: &str) -> Option<String> {
    if !has("script") {
        return None;
    }
    let rheos = env!("CARGO_BIN_EXE_rheos");
    let command = format!("stty cols 100; {rheos} {} {stdout}", arguments.join(" "));
    let mut script = Command::new("script");
    script.args(["-qec", &command, "/dev/null"]).env("TERM", "xterm").stdin(Stdio::null());
    let output = script.output().unwrap();
    let seen = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{arguments:?}: {seen}");
    Some(seen)
}

const NOWHERE: &str = ">/dev/null";

/// What a terminal still shows of lines that were drawn over one another.
fn left(seen: &str) -> &str {
    seen.rsplit("\x1b[2K").next().unwrap_or_default().trim_matches(['\r', '\n'])
}

#[test]
fn long_work_has_one_bar_on_a_terminal_and_leaves_nothing_there() {
    let folder = folder("progress");
    let (a, b) = (large(&folder, "a.pcap"), large(&folder, "b.pcap"));
    let out = folder.join("out.pcap");
    let (a, b, out) = (text(&a), text(&b), text(&out));
    for (arguments, total) in [
        (&["info", a][..], "110.00 MiB"),
        (&["info", a, b], "220.00 MiB"),
        (&["convert", a, out, "--force", "--snaplen", "9"], "110.00 MiB"),
        (&["merge", a, b, "--force", "-o", out], "220.00 MiB"),
        (&["sort", a, out, "--force"], "110.00 MiB"),
        (&["split", a, out, "--force", "--packets", "60"], "110.00 MiB"),
        (&["anonymize", a, out, "--force"], "110.00 MiB"),
        (
            &["text2pcap", a, out, "--force", "--bytes", "--udp", "1,2", "--segment", "60000"],
            "110.00 MiB",
        ),
        (&["dump", a], "110.00 MiB"),
        (&["flows", a], "110.00 MiB"),
    ] {
        let Some(seen) = on_a_terminal(arguments, NOWHERE) else { return };
        assert!(seen.contains(BAR) && seen.contains(total), "{arguments:?}: {seen}");
        // Nothing is drawn in a line above the last.
        assert!(!seen.contains("\x1b[1A"), "{arguments:?}: {seen}");
        assert_eq!(left(&seen), "", "{arguments:?}");
        for line in seen.split(['\r', '\n']) {
            assert!(line.chars().filter(|c| !c.is_control()).count() <= 100, "{line}");
        }
    }
}

#[test]
fn without_a_terminal_and_for_short_work_there_is_no_bar() {
    let folder = folder("progress-none");
    let a = large(&folder, "a.pcap");
    assert_eq!(rheos(&["info", text(&a)]).stderr, "");
    if let Some(seen) = on_a_terminal(&["info", FIRST], NOWHERE) {
        assert_eq!(seen, "");
    }
}

#[test]
fn the_bar_gives_way_to_what_is_printed_on_its_terminal() {
    let folder = folder("progress-way");
    let a = large(&folder, "a.pcap");
    let arguments = ["dump", text(&a)];
    let printed = succeeds(&arguments);
    let Some(seen) = on_a_terminal(&arguments, "") else { return };
    let (_, lines) = seen.split_once('\n').unwrap();
    assert!(!lines.contains(BAR), "{seen}");
    assert_eq!(lines.lines().count() + 1, printed.lines().count());
}

#[test]
fn packets_of_a_pipe_are_on_the_terminal_as_they_come() {
    let pipe = folder("progress-pipe").join("pipe");
    if !has("script") || !Command::new("mkfifo").arg(&pipe).status().is_ok_and(|it| it.success()) {
        return;
    }
    let rheos = env!("CARGO_BIN_EXE_rheos");
    let mut script = Command::new("script");
    script.args(["-qec", &format!("{rheos} dump {}", text(&pipe)), "/dev/null"]);
    script.env("TERM", "xterm").stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = script.spawn().unwrap();
    let capture = std::fs::read(FIRST).unwrap();
    let (first, rest) = capture.split_at(2_000);
    let mut pipe = File::options().write(true).open(&pipe).unwrap();
    pipe.write_all(first).unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().starts_with("    1 "));
    pipe.write_all(rest).unwrap();
    drop(pipe);
    assert_eq!(lines.count() + 1, common::PACKETS);
    assert!(child.wait().unwrap().success());
}
