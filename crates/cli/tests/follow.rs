//! `rheos dump --follow`: a capture that grows while it is read.

#![allow(clippy::unwrap_used, reason = "a test, also in its functions")]

use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

mod common;
use common::{FIRST, fails, folder, refuses, succeeds, text};

/// Where the file stops at first: inside a block.
const CUT: usize = 10_001;

fn follow(path: &Path) -> Child {
    let arguments = ["dump", "--follow", "--count", "141", text(path)];
    let mut command = Command::new(env!("CARGO_BIN_EXE_rheos"));
    command.args(arguments).stdout(Stdio::piped()).spawn().unwrap()
}

fn append(path: &Path, bytes: &[u8]) {
    OpenOptions::new().append(true).open(path).unwrap().write_all(bytes).unwrap();
}

#[test]
fn packets_are_printed_as_they_are_written() {
    let path = folder("follow").join("growing.pcapng");
    let bytes = fs::read(FIRST).unwrap();
    let (start, rest) = bytes.split_at(CUT);
    fs::write(&path, start).unwrap();
    let mut child = follow(&path);
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut lines = String::new();
    // What is there is printed although the end of it is not.
    output.read_line(&mut lines).unwrap();
    append(&path, rest);
    output.read_to_string(&mut lines).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(lines, succeeds(&["dump", FIRST]));
}

#[test]
fn a_file_without_a_header_yet_is_waited_for() {
    let path = folder("follow-empty").join("growing.pcapng");
    fs::write(&path, b"").unwrap();
    let child = follow(&path);
    for piece in fs::read(FIRST).unwrap().chunks(3_000) {
        append(&path, piece);
    }
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), succeeds(&["dump", FIRST]));
}

#[test]
fn only_files_are_followed() {
    refuses(&["dump", "--follow", "-"], "--follow is for files");
    fails(&["dump", "--follow", "no-such-file"], "cannot open no-such-file");
}
