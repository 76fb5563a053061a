//! What the tests of commands that write captures have in common.

#![allow(dead_code, reason = "not every test uses all of it")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "for tests, also in its functions"
)]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// 141 packets; its README says what is inside.
pub(crate) const FIRST: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/captures/first.pcapng");
/// How many.
pub(crate) const PACKETS: usize = 141;

/// What a run of a command left.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
    pub(crate) code: Option<i32>,
}

impl Run {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.stdout.clone()).unwrap()
    }
}

/// Runs rheos.
pub(crate) fn rheos(arguments: &[&str]) -> Run {
    rheos_on(arguments, b"")
}

/// Runs rheos with these bytes as standard input.
pub(crate) fn rheos_on(arguments: &[&str], stdin: &[u8]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rheos"));
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        // The command may end before it has read everything.
        scope.spawn(move || drop(pipe.write_all(stdin)));
        child.wait_with_output().unwrap()
    });
    let stderr = String::from_utf8(output.stderr).unwrap();
    Run { stdout: output.stdout, stderr, code: output.status.code() }
}

/// Runs rheos, which must find nothing wrong, and returns what it prints.
#[track_caller]
pub(crate) fn succeeds(arguments: &[&str]) -> String {
    let run = rheos(arguments);
    assert_eq!((run.stderr.as_str(), run.code), ("", Some(0)), "{arguments:?}");
    run.text()
}

/// Runs rheos, which must fail with a line that holds these words.
#[track_caller]
pub(crate) fn fails(arguments: &[&str], words: &str) {
    fails_with(1, arguments, words);
}

/// Runs rheos with arguments that do not go together, which must say so in a line that holds these words.
#[track_caller]
pub(crate) fn refuses(arguments: &[&str], words: &str) {
    fails_with(2, arguments, words);
}

#[track_caller]
fn fails_with(code: i32, arguments: &[&str], words: &str) {
    let run = rheos(arguments);
    assert_eq!(run.code, Some(code), "{arguments:?}: {}", run.stderr);
    let is_told = run.stderr.starts_with("error: ") && run.stderr.contains(words);
    assert!(is_told && run.stderr.lines().count() == 1, "{arguments:?}: {}", run.stderr);
}

/// A folder of this test alone, empty.
pub(crate) fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

/// A path as text.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The names of the files in a folder, hidden ones too.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Whether a tool of another is there; says so if it is not.
pub(crate) fn has(tool: &str) -> bool {
    let found =
        Command::new(tool).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if found.is_err() {
        println!("skipped: there is no {tool}");
    }
    found.is_ok()
}

/// Runs a tool of another, which must succeed unless it says otherwise, and returns what it prints.
pub(crate) fn tool(name: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(name).args(arguments).env("TZ", "UTC").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then_some(text)
}

/// Every packet of a capture, times to the nanosecond, as editcap writes it; without the file
/// header, whose snap length may differ. `None` where editcap refuses.
pub(crate) fn packets(capture: &Path, folder: &Path) -> Option<Vec<u8>> {
    let plain = folder.join("plain.pcap");
    let _ = fs::remove_file(&plain);
    tool("editcap", &["-F", "nsecpcap", text(capture), text(&plain)])?;
    let bytes = fs::read(&plain).unwrap();
    // The link type, in the last word of the header, counts.
    Some(bytes[20..].to_vec())
}

/// Some captures of the shared collection: one of every so many, or all if the variable
/// `RHEOS_ALL_CAPTURES` is there, and none of more than a megabyte. None, with a line that says so,
/// where the collection is not there.
pub(crate) fn shared(every: usize) -> Vec<PathBuf> {
    const MAX_BYTES: u64 = 1_000_000;
    let step = if std::env::var_os("RHEOS_ALL_CAPTURES").is_some() { 1 } else { every };
    let mut found = all_shared();
    found.retain(|path| fs::metadata(path).unwrap().len() < MAX_BYTES);
    found.into_iter().step_by(step).collect()
}

/// All captures of the shared collection; none, with a line that says so, where it is not there.
pub(crate) fn all_shared() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/captures");
    let mut found = Vec::new();
    collect(&folder, &mut found);
    if found.is_empty() {
        println!("skipped: no captures in {}", folder.display());
    }
    found.sort();
    found
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// A flow as programs tell it: ends, protocol, then packets and bytes of IP each way.
pub(crate) type Flow = (String, String, u64, [u64; 4]);

/// The flows of a capture by `rheos flows --format json`, in the order of their starts; ICMP without
/// ports.
pub(crate) fn flows(capture: &str, arguments: &[&str]) -> Vec<Flow> {
    let run = rheos(&[&["flows", "--format", "json", capture], arguments].concat());
    let lines = run.text();
    let mut found: Vec<_> = lines
        .lines()
        .map(|line| {
            let flow: Value = serde_json::from_str(line).unwrap();
            let number = match flow["proto"].as_str().unwrap() {
                "tcp" => 6,
                "udp" => 17,
                "icmp" => 1,
                "icmpv6" => 58,
                "sctp" => 132,
                number => number.parse().unwrap(),
            };
            let end = |side: &str| {
                let address = flow[side]["address"].as_str().unwrap();
                let port = flow[side]["port"].as_u64().unwrap();
                if has_ports(number) { format!("{address} {port}") } else { address.to_owned() }
            };
            let count = |side: &str, name: &str| flow[side][name].as_u64().unwrap();
            let counts = [
                count("initiator", "packets"),
                count("initiator", "ip_bytes"),
                count("responder", "packets"),
                count("responder", "ip_bytes"),
            ];
            (end("initiator"), end("responder"), number, counts)
        })
        .collect();
    found.sort();
    found
}

/// Whether a protocol has ports.
pub(crate) fn has_ports(protocol: u64) -> bool {
    matches!(protocol, 6 | 17 | 33 | 132 | 136)
}
