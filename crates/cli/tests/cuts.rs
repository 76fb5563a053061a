//! The command on captures that are cut short anywhere: no panic and no hang.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test, also in its functions"
)]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

mod common;
use common::{all_shared, folder, has};

/// Bytes between two cuts: a prime, so that they fall on every place of a record.
const APART: usize = 97;

/// Captures of so many bytes, which are most, are cut at every place and given to all commands.
const SMALL: usize = 4096;

/// Of longer ones every place up to so many is cut; behind it, steps grow by a part of what is in
/// front of them. A capture of three megabytes has some hundred cuts, most of them near its start,
/// where headers and the first records are, and each is given to one command in its turn.
const STEPS: usize = 32;

/// Seconds after which a command hangs: a thousand times what it takes.
const PATIENCE: &str = "60";

/// What a cut capture on standard input is given to; `OUT` is a file that may be written over.
const COMMANDS: [&[&str]; 14] = [
    &["dump", "-v", "-x", "-"],
    &["dump", "--format", "json", "--verify-checksums", "-"],
    &["flows", "-"],
    &["flows", "--format", "zeek", "-"],
    &["flows", "--format", "eve", "--decap", "-"],
    &["flows", "--format", "ipfix", "--key", "five-tuple", "-"],
    &["flows", "--live", "--key", "network", "-"],
    &["talkers", "-"],
    &["streams", "--format", "json", "-"],
    &["log", "--format", "eve", "-"],
    &["info", "--format", "json", "-"],
    &["convert", "-", "OUT", "--force"],
    &["defrag", "-", "OUT", "--force"],
    &["anonymize", "-", "OUT", "--force"],
];

/// How many bytes of a capture of this size are left by each cut.
fn places(size: usize) -> Vec<usize> {
    let more = |place: usize| if size <= SMALL { 1 } else { 1 + place / STEPS };
    let places = std::iter::successors(Some(0_usize), |place| Some(place + more(*place)));
    places.map(|place| place * APART).take_while(|&place| place <= size).collect()
}

/// Runs a command on the front of a capture. It ends by itself, and what it says is at most a line.
#[track_caller]
fn survives(arguments: &[&str], out: &str, front: &[u8], name: &Path) {
    let arguments = arguments.iter().map(|word| if *word == "OUT" { out } else { word });
    let mut command = Command::new("timeout");
    command.args([PATIENCE, env!("CARGO_BIN_EXE_rheos")]).args(arguments.clone());
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        scope.spawn(move || drop(pipe.write_all(front)));
        child.wait_with_output().unwrap()
    });
    let stderr = String::from_utf8(output.stderr).unwrap();
    let arguments: Vec<_> = arguments.collect();
    let case = format!("{arguments:?} on {} bytes of {}", front.len(), name.display());
    assert!(stderr.lines().count() <= 1 && !stderr.contains("panicked"), "{case}: {stderr}");
    assert_eq!(output.status.code(), Some(i32::from(!stderr.is_empty())), "{case}: {stderr}");
}

#[test]
fn captures_cut_at_every_97th_byte_make_no_command_panic_or_hang() {
    if !has("timeout") {
        return;
    }
    let all = std::env::var_os("RHEOS_ALL_CAPTURES").is_some();
    let out = folder("cuts").join("out.pcapng");
    let out = out.to_str().unwrap();
    let (mut cuts, mut runs) = (0_usize, 0_usize);
    for path in all_shared() {
        let bytes = fs::read(&path).unwrap();
        let places = places(bytes.len());
        // A usual run takes one cut of each capture, and one command.
        let chosen = if all { &places[..] } else { &places[cuts % places.len()..][..1] };
        for &place in chosen {
            cuts += 1;
            let front = &bytes[..place];
            let is_small = all && bytes.len() <= SMALL;
            let commands =
                if is_small { &COMMANDS[..] } else { &COMMANDS[cuts % COMMANDS.len()..][..1] };
            for arguments in commands {
                survives(arguments, out, front, &path);
                runs += 1;
            }
        }
    }
    println!("{cuts} cuts, {runs} runs");
}

#[test]
fn small_captures_are_cut_at_every_place_and_large_ones_ever_more_seldom() {
    assert_eq!(places(96), [0]);
    assert_eq!(places(97 * 3 + 1), [0, 97, 194, 291]);
    assert_eq!(places(4096).len(), 43);
    let large = places(3_000_000);
    assert!((100..400).contains(&large.len()), "{}", large.len());
    assert!(large.iter().all(|place| place % APART == 0 && *place <= 3_000_000));
    assert!(large.windows(2).all(|pair| pair[0] < pair[1]));
    assert!(3_000_000 - large.last().unwrap() < 3_000_000 / STEPS);
}
