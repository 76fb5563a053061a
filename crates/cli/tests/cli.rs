//! The command as a person or a script meets it: arguments in, output and exit status out.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test, also in its functions"
)]

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

/// 141 packets; its README says what is inside.
const FIRST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/captures/first.pcapng");
const PACKETS: usize = 141;

/// What a run of the command left.
struct Run {
    stdout: String,
    stderr: String,
    code: Option<i32>,
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rheos"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(arguments: &[&str]) -> Run {
    run_with(arguments, b"")
}

/// Runs the command with these bytes as standard input.
fn run_with(arguments: &[&str], stdin: &[u8]) -> Run {
    let mut child = command(arguments).stdin(Stdio::piped()).spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        // The command may end before it has read everything.
        scope.spawn(move || drop(pipe.write_all(stdin)));
        child.wait_with_output().unwrap()
    });
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    Run { stdout, stderr, code: output.status.code() }
}

/// Runs the command, which must find nothing wrong, and returns its lines.
#[track_caller]
fn lines(arguments: &[&str]) -> Vec<String> {
    let Run { stdout, stderr, code } = run(arguments);
    assert_eq!((stderr.as_str(), code), ("", Some(0)));
    assert!(!stdout.contains('\x1b'), "colours in a pipe");
    stdout.lines().map(str::to_owned).collect()
}

/// Runs both commands on bytes, which must fail with this message behind the name.
#[track_caller]
fn fails_on(bytes: &[u8], message: &str) {
    for name in ["dump", "flows"] {
        let Run { stderr, code, .. } = run_with(&[name, "-"], bytes);
        assert_eq!((stderr, code), (format!("error: -: {message}\n"), Some(1)));
    }
}

/// A file of this test run.
fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, bytes).unwrap();
    path
}

/// The keys of an object, in order.
struct Keys(Vec<String>);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Keys;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Keys, M::Error> {
                let mut keys = Keys(Vec::new());
                while let Some((key, IgnoredAny)) = map.next_entry()? {
                    keys.0.push(key);
                }
                Ok(keys)
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

#[track_caller]
fn keys(json: &str) -> Vec<String> {
    serde_json::from_str::<Keys>(json).unwrap().0
}

#[test]
fn dump_prints_a_line_a_packet() {
    let all = lines(&["dump", FIRST]);
    assert_eq!(all.len(), PACKETS);
    for (number, line) in (1..).zip(&all) {
        let first = line.split_whitespace().next().unwrap();
        assert_eq!(first, number.to_string(), "{line}");
    }
    assert_eq!(lines(&["dump", "-c", "3", FIRST]), all[..3]);
    assert_eq!(lines(&["dump", "--count", "500", FIRST]), all);
    assert_eq!(lines(&["dump", "-c", "0", FIRST]), [""; 0]);
}

#[test]
fn verbose_prints_every_field_of_every_layer() {
    let summary = lines(&["dump", "-c", "11", FIRST]).pop().unwrap();
    let all = lines(&["dump", "-v", "-c", "11", FIRST]);
    let start = all.iter().position(|line| *line == summary).unwrap();
    let packet = all[start..].join("\n");
    // tshark -r first.pcapng -Y frame.number==11 -T fields -e ip.src -e udp.srcport -e udp.dstport
    for field in ["ip.src = 192.0.2.2", "udp.srcport = 47840", "udp.dstport = 53"] {
        assert!(packet.contains(&format!("\n        {field}\n")), "{field}: {packet}");
    }
    assert!(packet.contains("    udp User Datagram Protocol, bytes 34..42"), "{packet}");
}

#[test]
fn names_stand_behind_the_numbers_of_the_same_lines() {
    let bare = lines(&["dump", FIRST]);
    let named = lines(&["dump", "--names", FIRST]);
    assert_eq!(named.len(), bare.len());
    // tshark -r first.pcapng -N t -Y 'frame.number in {21,31}': `40975 → domain(53)`, `58112 → http(80)`.
    for (number, from, to) in
        [(21, " → 53 [SYN]", " → 53 (domain) [SYN]"), (31, " → 80 [SYN]", " → 80 (http) [SYN]")]
    {
        assert_eq!(named[number - 1], bare[number - 1].replace(from, to));
        assert_ne!(named[number - 1], bare[number - 1]);
    }
    // Addresses that a system made up have no vendor.
    assert_eq!(named[8], bare[8]);
}

#[test]
fn hex_prints_every_byte() {
    let all = lines(&["dump", "-x", "-c", "9", FIRST]);
    // tshark -r first.pcapng -Y frame.number==9 -x
    let expected = [
        "    0000  ff ff ff ff ff ff 02 00  00 00 00 02 08 06 00 01  ................",
        "    0010  08 00 06 04 00 01 02 00  00 00 00 02 c0 00 02 02  ................",
        "    0020  00 00 00 00 00 00 c0 00  02 01                    ..........",
    ];
    assert_eq!(all[all.len() - 3..], expected);
}

#[test]
fn dump_json_is_an_object_a_line_with_fixed_keys() {
    let all = lines(&["dump", "--format", "json", FIRST]);
    assert_eq!(all.len(), PACKETS);
    let expected = [
        "number",
        "time",
        "link_type",
        "captured_length",
        "original_length",
        "layers",
        "error",
        "truncated",
        "faults",
    ];
    for (number, line) in (1_u64..).zip(&all) {
        assert_eq!(keys(line), expected);
        let packet: Value = serde_json::from_str(line).unwrap();
        assert_eq!((&packet["number"], &packet["link_type"]), (&number.into(), &1.into()));
        assert_eq!(packet["captured_length"], packet["original_length"]);
        assert!(packet["error"].is_null() && packet["truncated"] == false, "{line}");
        assert_eq!(packet["faults"], Value::Array(Vec::new()));
        let (seconds, nanos) = packet["time"].as_str().unwrap().split_once('.').unwrap();
        assert!(seconds.parse::<u64>().is_ok() && nanos.len() == 9, "{line}");
        for layer in packet["layers"].as_array().unwrap() {
            let quoted = layer.get("quoted").is_some();
            assert_eq!(layer.as_object().unwrap().len(), if quoted { 5 } else { 4 });
            assert!(layer["layer"].is_string() && layer["fields"].is_object());
            assert!(layer["offset"].is_u64() && layer["length"].is_u64());
        }
    }
    assert!(all[0].contains(r#""layers":[{"layer":"eth","offset":0,"length":14,"fields":{"#));
}

#[test]
fn what_is_wrong_inside_a_layer_is_shown_and_the_layers_behind_it_too() {
    let file = format!("{}/faults.pcap", env!("CARGO_TARGET_TMPDIR"));
    // RFC 791, section 3.1: a router alert of five bytes in four.
    let packet = "ip dst=10.0.0.2 options=94050000 / udp dport=9 / \"hi\"";
    lines(&["craft", packet, "-o", &file, "--force"]);
    let fault = "[ip at byte 20: needs 5 bytes, 4 left]";
    let all = lines(&["dump", "-v", &file]);
    assert!(all[0].contains("UDP") && all[0].ends_with(fault), "{}", all[0]);
    let at = all.iter().position(|line| line.trim() == fault).unwrap();
    assert!(all[at + 1].trim().starts_with("udp "), "{}", all[at + 1]);
    for packet in lines(&["dump", "--format", "json", &file]) {
        let packet: Value = serde_json::from_str(&packet).unwrap();
        let expected = r#"[{"layer":"ip","message":"needs 5 bytes, 4 left","offset":20}]"#;
        assert_eq!(
            (packet["faults"].to_string().as_str(), &packet["error"]),
            (expected, &Value::Null)
        );
    }
}

// Made by hand after RFC 4303, section 2; tshark 4.0.17, told to try it, shows the same of what is behind
// the sequence number.
#[test]
fn what_esp_carries_is_shown_if_asked_for() {
    let file = format!("{}/esp-null.pcap", env!("CARGO_TARGET_TMPDIR"));
    let udp = "00010009000a00006869";
    let packet = format!("ip / esp spi=9 sequence=1 / hex:{udp}0011aaaaaaaaaaaaaaaaaaaaaaaa");
    lines(&["craft", &packet, "-o", &file, "--force"]);
    let fields = |arguments: &[&str]| {
        let all = lines(&[&["dump", "-v"], arguments, &[&file]].concat());
        let esp = all.iter().position(|line| line.contains("Encapsulating")).unwrap();
        all[esp + 3..].iter().map(|line| line.trim().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(fields(&[]), ["payload 24 bytes"]);
    let found = fields(&["--esp-null"]);
    let icv = "esp.icv = aaaaaaaaaaaaaaaaaaaaaaaa";
    assert_eq!(found[..3], ["esp.pad_len = 0", "esp.protocol = 17", icv]);
    assert!(found[3].starts_with("udp ") && found[5] == "udp.dstport = 9", "{found:?}");
}

#[test]
fn flows_are_told_in_three_formats_alike() {
    let table = lines(&["flows", FIRST]);
    let json = lines(&["flows", "--format", "json", FIRST]);
    let csv = lines(&["flows", "--format", "csv", FIRST]);
    // A header, and totals.
    assert_eq!(table.len(), json.len() + 2);
    assert_eq!(csv.len(), json.len() + 1);
    assert!(table.last().unwrap().starts_with(&format!("{} flows, ", json.len())));

    let flow_keys =
        ["proto", "initiator", "responder", "first", "last", "duration", "state", "end", "history"];
    let mut reader = csv::Reader::from_reader(csv.join("\n").into_bytes().leak() as &[u8]);
    let rows: Vec<BTreeMap<String, String>> =
        reader.deserialize().collect::<Result<_, _>>().unwrap();
    let (mut packets, mut ends) = (0, BTreeMap::new());
    for (line, row) in json.iter().zip(&rows) {
        let flow: Value = serde_json::from_str(line).unwrap();
        let is_icmp = flow["proto"].as_str().unwrap().starts_with("icmp");
        let flow_keys: Vec<_> = flow_keys.into_iter().chain(is_icmp.then_some("icmp")).collect();
        assert_eq!(keys(line), flow_keys);
        for (column, name) in [("icmp_type", "type"), ("icmp_code", "code")] {
            let expected = if is_icmp { flow["icmp"][name].to_string() } else { String::new() };
            assert_eq!(row[column], expected);
        }
        for side in ["initiator", "responder"] {
            packets += flow[side]["packets"].as_u64().unwrap();
            for (name, value) in flow[side].as_object().unwrap() {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                assert_eq!(row[&format!("{side}_{name}")], text);
            }
        }
        if flow["proto"] == "tcp" {
            *ends.entry(flow["end"].as_str().unwrap().to_owned()).or_insert(0) += 1;
        }
    }
    // All but two packets of ARP.
    assert_eq!(packets, PACKETS as u64 - 2);
    // Six connections opened and closed, two were refused.
    assert_eq!(ends, BTreeMap::from([("fin".to_owned(), 6), ("rst".to_owned(), 2)]));
}

#[test]
fn flows_are_told_as_zeek_tells_them() {
    let log = lines(&["flows", "--format", "zeek", FIRST]);
    let fields = log.iter().find_map(|line| line.strip_prefix("#fields\t")).unwrap();
    let names: Vec<_> = fields.split('\t').collect();
    let rows: Vec<_> = log.iter().filter(|line| !line.starts_with('#')).collect();
    // tshark -r first.pcapng -t ud -c 1, and the last.
    assert_eq!(
        log.iter().find(|line| line.starts_with("#open")).unwrap(),
        "#open\t2026-11-20-23-56-30"
    );
    assert_eq!(log.last().unwrap(), "#close\t2026-11-20-23-56-34");
    let column = |name: &str| {
        let place = names.iter().position(|found| *found == name).unwrap();
        rows.iter().map(|row| row.split('\t').nth(place).unwrap()).collect::<Vec<_>>()
    };
    assert!(rows.iter().all(|row| row.split('\t').count() == names.len()));
    let packets = [column("orig_pkts"), column("resp_pkts")].concat();
    let packets: u64 = packets.into_iter().map(|count| count.parse::<u64>().unwrap()).sum();
    assert_eq!(packets, PACKETS as u64 - 2);
    let of_tcp = column("proto").into_iter().zip(column("conn_state"));
    let states: Vec<_> = of_tcp.filter(|(proto, _)| *proto == "tcp").map(|(_, s)| s).collect();
    // Six connections opened and closed, two were refused.
    assert_eq!(states.iter().filter(|state| **state == "SF").count(), 6);
    assert_eq!(states.iter().filter(|state| **state == "REJ").count(), 2);
    let uids = column("uid");
    assert!(uids.iter().all(|uid| uid.starts_with('C') && (14..20).contains(&uid.len())));
    assert_eq!(
        lines(&["flows", "--format", "zeek", "-n", "1", FIRST]).len(),
        log.len() - rows.len() + 1
    );
}

#[test]
fn flows_end_and_are_reported_when_asked_and_are_told_apart_as_asked() {
    let count = |arguments: &[&str]| {
        lines(&[&["flows", "--format", "json"], arguments, &[FIRST]].concat()).len()
    };
    let all = count(&[]);
    assert!(count(&["--idle", "0"]) > all);
    assert!(count(&["--active", "1"]) >= all);
    assert_eq!(count(&["--key", "network"]), all);
    assert_eq!(count(&["--key", "interface"]), all);
    assert!(count(&["--verify-checksums"]) <= all);
}

#[test]
fn people_see_no_ports_where_there_are_none() {
    let table = lines(&["flows", FIRST]);
    let rows: Vec<_> = table.iter().filter(|row| row.contains(" icmpv6 ")).collect();
    assert!(!rows.is_empty() && rows.iter().all(|row| !row.contains("]:0 ")), "{rows:?}");
    assert!(rows.iter().any(|row| row.contains(" fe80::ff:fe00:1 ")), "{rows:?}");
    assert!(table.iter().any(|row| row.contains(" 192.0.2.1:53 ")), "{table:?}");
}

#[test]
fn flows_are_sorted_and_cut_as_asked() {
    let number = |value: &Value, name: &str| {
        let side = |side: &str| value[side][name].as_u64().unwrap();
        side("initiator") + side("responder")
    };
    for (by, name) in
        [("packets", "packets"), ("bytes", "wire_bytes"), ("payload", "payload_bytes")]
    {
        let all = lines(&["flows", "--sort", by, "--format", "json", FIRST]);
        let values: Vec<_> =
            all.iter().map(|line| number(&serde_json::from_str(line).unwrap(), name)).collect();
        assert!(values.is_sorted_by(|a, b| a >= b), "{by}: {values:?}");
        assert_eq!(lines(&["flows", "-s", by, "-n", "2", "--format", "json", FIRST]), all[..2]);
    }
    let starts = lines(&["flows", "--format", "json", FIRST]);
    let starts: Vec<Value> =
        starts.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(starts.is_sorted_by_key(|flow| flow["first"].as_str().unwrap().to_owned()));
    assert_eq!(lines(&["flows", "-n", "0", FIRST]).len(), 1);
}

#[test]
fn standard_input_and_gzip_read_like_the_file() {
    let bytes = fs::read(FIRST).unwrap();
    let expected = lines(&["dump", FIRST]);
    for input in [bytes.clone(), gzip(&bytes)] {
        let Run { stdout, stderr, code } = run_with(&["dump", "-"], &input);
        assert_eq!((stderr.as_str(), code), ("", Some(0)));
        assert_eq!(stdout.lines().collect::<Vec<_>>(), expected);
    }
    let path = file("first.pcapng.gz", &gzip(&bytes));
    assert_eq!(lines(&["dump", path.to_str().unwrap()]), expected);
}

/// RFC 1952, with one stored block of RFC 1951.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let crc = !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            crc >> 1 ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    });
    let length = u16::try_from(bytes.len()).unwrap();
    let front = [&b"\x1f\x8b\x08\0\0\0\0\0\0\xff\x01"[..], &length.to_le_bytes()].concat();
    let back = [crc.to_le_bytes(), u32::from(length).to_le_bytes()].concat();
    [&front, &(!length).to_le_bytes()[..], bytes, &back].concat()
}

#[test]
fn a_capture_cut_short_is_told_behind_everything_in_front_of_the_cut() {
    let bytes = fs::read(FIRST).unwrap();
    let path = file("cut.pcapng", &bytes[..bytes.len() / 2]);
    let name = path.to_str().unwrap();
    let whole = lines(&["dump", FIRST]);
    let Run { stdout, stderr, code } = run(&["dump", name]);
    let packets = stdout.lines().count();
    assert!(packets > 40 && packets < PACKETS, "{packets}");
    assert_eq!(stdout.lines().collect::<Vec<_>>(), whole[..packets]);
    let expected = format!("error: {name}: cut short at packet {}: ", packets + 1);
    assert!(stderr.starts_with(&expected) && stderr.lines().count() == 1, "{stderr}");
    assert_eq!(code, Some(1));

    let Run { stdout, stderr, code } = run(&["flows", "--format", "json", name]);
    assert!(stdout.lines().count() > 5 && stderr.starts_with(&expected), "{stderr}");
    assert_eq!(code, Some(1));
}

#[test]
fn what_is_no_capture_fails_in_one_line() {
    fails_on(b"", "the capture is empty: not even a file header");
    fails_on(b"GET / HTTP/1.1\r\n", "not a capture: it starts with 0x47455420");
}

#[test]
fn a_record_of_four_gigabytes_is_not_believed() {
    let header = b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\x01\0\0\0";
    let record = b"\0\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xffdata";
    let Run { stdout, stderr, code } = run_with(&["dump", "-"], &[&header[..], record].concat());
    assert_eq!((stdout.as_str(), code), ("", Some(1)));
    assert!(stderr.starts_with("error: -: ") && stderr.lines().count() == 1, "{stderr}");
    assert!(stderr.contains("packet 1"), "{stderr}");
}

#[test]
fn files_that_cannot_be_opened_are_named() {
    let folder = env!("CARGO_MANIFEST_DIR");
    let missing = format!("{folder}/no-such-file");
    for (name, reason) in [(folder, "is a directory"), (missing.as_str(), "No such file")] {
        let Run { stdout, stderr, code } = run(&["dump", name]);
        assert!(stderr.starts_with(&format!("error: cannot open {name}: ")), "{stderr}");
        assert!(stderr.contains(reason) && stderr.lines().count() == 1, "{stderr}");
        assert_eq!((stdout.as_str(), code), ("", Some(1)));
    }
}

#[test]
fn a_name_that_drives_a_terminal_is_shown_in_letters() {
    let Run { stderr, .. } = run(&["dump", "no-such\x1b[2J\n-file"]);
    let expected = r"error: cannot open no-such\u{1b}[2J\n-file: No such file";
    assert!(stderr.starts_with(expected), "{stderr}");
}

#[test]
#[cfg(unix)]
fn a_file_without_permission_is_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let path = file("secret.pcap", b"");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(&path).is_ok() {
        println!("skipped: this user may read everything");
        return;
    }
    let Run { stderr, code, .. } = run(&["dump", path.to_str().unwrap()]);
    assert!(stderr.contains("Permission denied"), "{stderr}");
    assert_eq!(code, Some(1));
}

#[test]
fn a_reader_that_has_seen_enough_ends_the_command_quietly() {
    // Far more than a pipe holds.
    let mut child = command(&["dump", "-v", "-x", FIRST]).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(line.starts_with("    1 "), "{line}");
    assert_eq!((output.stderr.as_slice(), output.status.code()), (&b""[..], Some(0)));
}

#[test]
fn wrong_usage_is_told_with_status_two() {
    for arguments in [
        &[][..],
        &["dump"],
        &["flows", "--sort", "colour", FIRST],
        &["dump", "--format", "xml", FIRST],
        &["dump", "--format", "json", "-v", FIRST],
        &["dump", "--format", "json", "--names", FIRST],
        &["dump", "-c", "-1", FIRST],
        &["undump", FIRST],
    ] {
        let Run { stdout, stderr, code } = run(arguments);
        assert_eq!((stdout.as_str(), code), ("", Some(2)), "{arguments:?}");
        let helps = stderr.contains("Usage: rheos") || stderr.contains("try '--help'");
        assert!(helps, "{arguments:?}: {stderr}");
    }
}

#[test]
fn help_fits_a_terminal() {
    for arguments in [&["--help"][..], &["dump", "--help"], &["flows", "--help"], &["--version"]] {
        for line in lines(arguments) {
            assert!(line.chars().count() <= 100, "{line}");
        }
        let output = command(arguments).env("COLUMNS", "80").output().unwrap();
        let narrow = String::from_utf8(output.stdout).unwrap();
        assert!(narrow.lines().all(|line| line.chars().count() <= 80), "{narrow}");
    }
}

#[test]
fn help_that_cannot_be_written_is_an_error() {
    // Only Linux has a device that is always full.
    let Ok(full) = fs::File::options().write(true).open("/dev/full") else { return };
    for arguments in [&["--help"][..], &["flows", "--help"], &["flows", "-h"], &["--version"]] {
        let output = command(arguments).stdout(full.try_clone().unwrap()).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(stderr.starts_with("error: cannot write: ") && stderr.lines().count() == 1);
    }
}

fn captures(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { captures(&path, found) } else { found.push(path) }
    }
}

#[test]
fn no_shared_capture_makes_a_command_panic() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/captures");
    let mut paths = Vec::new();
    captures(&folder, &mut paths);
    if paths.is_empty() {
        println!("skipped: no captures in {}", folder.display());
        return;
    }
    let left = Mutex::new(paths);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let next = left.lock().unwrap().pop();
                    let Some(path) = next else { return };
                    let name = path.to_str().unwrap();
                    for arguments in [
                        &["dump", "--format", "json", name][..],
                        &["dump", "-v", name],
                        &["flows", name],
                    ] {
                        let output = command(arguments).stdout(Stdio::null()).output().unwrap();
                        let stderr = String::from_utf8(output.stderr).unwrap();
                        assert!(!stderr.contains("panicked"), "{arguments:?}: {stderr}");
                        let expected = i32::from(!stderr.is_empty());
                        assert_eq!(output.status.code(), Some(expected), "{arguments:?}: {stderr}");
                        assert!(stderr.lines().count() <= 1, "{arguments:?}: {stderr}");
                    }
                }
            });
        }
    });
}
