//! Flows as IPFIX, read by tshark, by nfcapd and nfdump, and by our own layer.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test, also in its functions"
)]

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::UdpSocket;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rheos::layers::{Layer, Netflow, NetflowSetKind, NetflowTemplate};

use common::{
    FIRST, Flow, fails, flows, folder, has, has_ports, refuses, rheos, shared, succeeds, text, tool,
};

mod common;

/// The flows in a file of IPFIX, by our own layer.
fn ipfix_flows(file: &[u8]) -> Vec<Flow> {
    let mut templates: HashMap<u16, NetflowTemplate<'_>> = HashMap::new();
    let (mut found, mut rest) = (Vec::new(), file);
    while !rest.is_empty() {
        let netflow = Netflow::parse(rest).unwrap();
        rest = netflow.payload;
        for set in netflow.sets().map(Result::unwrap) {
            for template in set.templates().map(Result::unwrap) {
                templates.insert(template.id, template);
            }
            let NetflowSetKind::Data(id) = set.kind() else { continue };
            let template = &templates[&id];
            if template.is_options {
                continue;
            }
            for record in template.records(set.content) {
                found.push(ipfix_flow(record.values().map(|value| {
                    let is_back = value.field.enterprise == Some(29305);
                    ((value.field.element, is_back), value.bytes)
                })));
            }
        }
    }
    found.sort();
    found
}

fn ipfix_flow<'a>(values: impl Iterator<Item = ((u16, bool), &'a [u8])>) -> Flow {
    let values: HashMap<_, _> = values.collect();
    let number = |element, is_back| {
        let bytes = values.get(&(element, is_back));
        bytes.map(|bytes| bytes.iter().fold(0, |n: u64, byte| n << 8 | u64::from(*byte)))
    };
    let end = |v4, v6, port| {
        let address = values.get(&(v4, false)).or(values.get(&(v6, false))).unwrap();
        let address = match <[u8; 4]>::try_from(*address) {
            Ok(address) => std::net::Ipv4Addr::from(address).to_string(),
            Err(_) => std::net::Ipv6Addr::from(<[u8; 16]>::try_from(*address).unwrap()).to_string(),
        };
        number(port, false).map_or(address.clone(), |port| format!("{address} {port}"))
    };
    let count = |element, is_back| number(element, is_back).unwrap();
    let counts = [count(2, false), count(1, false), count(2, true), count(1, true)];
    (end(8, 27, 7), end(12, 28, 11), count(4, false), counts)
}

/// The captures that are compared: ours, and some of the shared collection.
fn captures(every: usize) -> Vec<String> {
    let shared = shared(every).into_iter().map(|path| text(&path).to_owned());
    [FIRST.to_owned()].into_iter().chain(shared).collect()
}

#[test]
fn ipfix_holds_the_flows_that_json_holds() {
    let folder = folder("ipfix-file");
    for capture in captures(40) {
        let file = folder.join("flows.ipfix");
        rheos(&["flows", "--format", "ipfix", "--force", "-o", text(&file), &capture]);
        let Ok(bytes) = fs::read(&file) else {
            // Nothing of it can be read, and the other says so, too.
            assert!(flows(&capture, &[]).is_empty(), "{capture}");
            continue;
        };
        fs::remove_file(&file).unwrap();
        assert_eq!(ipfix_flows(&bytes), flows(&capture, &[]), "{capture}");
    }
}

#[test]
fn tshark_reads_ipfix_and_finds_nothing_wrong() {
    if !has("tshark") {
        return;
    }
    let folder = folder("ipfix-tshark");
    let mut compared = 0;
    for capture in captures(80) {
        let file = folder.join("flows.ipfix");
        let _ = fs::remove_file(&file);
        rheos(&[
            "flows",
            "--format",
            "ipfix",
            "--active",
            "1",
            "--force",
            "-o",
            text(&file),
            &capture,
        ]);
        if fs::metadata(&file).map_or(0, |data| data.len()) == 0 {
            continue;
        }
        let read = |arguments: &[&str]| tool("tshark", &[&["-r", text(&file)], arguments].concat());
        assert_eq!(read(&["-Y", "_ws.expert || _ws.malformed"]).as_deref(), Some(""), "{capture}");
        let details = read(&["-V"]).unwrap();
        assert!(!details.contains("Expert Info") && !details.contains("Unexpected"), "{capture}");
        let records = details.lines().filter(|line| line.trim().starts_with("Protocol: ")).count();
        assert_eq!(records, flows(&capture, &["--active", "1"]).len(), "{capture}");
        compared += 1;
    }
    assert!(compared > 0);
}

/// A collector that writes into a folder; it is told apart by its port.
struct Collector {
    child: std::process::Child,
    port: u16,
}

impl Collector {
    fn start(folder: &Path) -> Self {
        // Free a moment ago.
        let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut child = Command::new("timeout")
            .args(["120", "nfcapd", "-b", "127.0.0.1", "-t", "3600", "-p", &port.to_string()])
            .args(["-w", text(folder)])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().contains("Startup nfcapd")));
        // Whatever else it says must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, port }
    }

    /// Waits until it has read every datagram, and has it write what it has.
    fn stop(mut self) {
        let place = format!(":{:04X} ", self.port);
        loop {
            let sockets = fs::read_to_string("/proc/net/udp").unwrap();
            let socket = sockets.lines().find(|line| line.contains(&place)).unwrap();
            // Bytes to send, and bytes to receive.
            if socket.split_whitespace().nth(4).is_some_and(|queues| queues.ends_with(":00000000"))
            {
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let child = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &child]).status().unwrap().success());
        self.child.wait().unwrap();
    }
}

/// The flows that nfdump finds in what nfcapd has collected.
fn nfdump_flows(folder: &Path) -> Vec<Flow> {
    let file = fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let format = "fmt:%pr|%sa|%da|%sp|%dp|%ipkt|%ibyt|%opkt|%obyt";
    // Protocols and counts as plain numbers, addresses whole.
    let arguments = ["-r", text(&file), "-q", "-N", "-n", "0", "-6", "-o", format];
    let out = tool("nfdump", &arguments).unwrap();
    let mut found: Vec<_> = out
        .lines()
        .filter(|line| line.contains('|'))
        .map(|line| {
            let cells: Vec<_> = line.split('|').map(str::trim).collect();
            let protocol = match cells[0] {
                "TCP" => 6,
                "UDP" => 17,
                "ICMP" => 1,
                "ICMP6" => 58,
                name => number_of(name),
            };
            let end = |address: &str, port: &str| {
                let has_ports = has_ports(protocol);
                if has_ports { format!("{address} {port}") } else { address.to_owned() }
            };
            let count = |place: usize| cells[place].parse::<u64>().unwrap();
            let counts = [count(5), count(6), count(7), count(8)];
            (end(cells[1], cells[3]), end(cells[2], cells[4]), protocol, counts)
        })
        .collect();
    found.sort();
    found
}

/// The number of a protocol that nfdump has a name for.
fn number_of(name: &str) -> u64 {
    let known = [
        ("IGMP", 2),
        ("IPIP", 4),
        ("IPv6", 41),
        ("RSVP", 46),
        ("GRE", 47),
        ("ESP", 50),
        ("AH", 51),
        ("OSPF", 89),
        ("PIM", 103),
        ("VRRP", 112),
        ("SCTP", 132),
        ("L2TP", 115),
        ("EIGRP", 88),
        ("RDP", 27),
        ("DCCP", 33),
    ];
    let found = known.iter().find(|(known, _)| *known == name).map(|(_, number)| *number);
    found.or_else(|| name.parse().ok()).unwrap_or_else(|| panic!("{name}"))
}

#[test]
fn nfcapd_collects_what_is_sent_and_nfdump_shows_equal_flows() {
    if !has("nfcapd") || !has("nfdump") || !Path::new("/proc/net/udp").exists() {
        return;
    }
    for way in [&["--format", "ipfix"][..], &["--format", "ipfix", "--uniflow"]] {
        let folder = folder("ipfix-nfcapd");
        let collector = Collector::start(&folder);
        let address = format!("127.0.0.1:{}", collector.port);
        let mut expected = Vec::new();
        for capture in captures(60) {
            rheos(&[&["flows", "--collector", &address, &capture], way].concat());
            expected.extend(flows(&capture, &[]));
        }
        collector.stop();
        if way.contains(&"--uniflow") {
            expected = expected.into_iter().flat_map(ways).collect();
        }
        expected.sort();
        let found = nfdump_flows(&folder);
        assert_eq!(found.len(), expected.len());
        for (theirs, ours) in found.iter().zip(&expected) {
            assert_eq!(theirs, ours);
        }
    }
}

/// Both ways of a flow, as flows of their own.
fn ways((from, to, protocol, counts): Flow) -> Vec<Flow> {
    let [there, there_bytes, back, back_bytes] = counts;
    let mut found = Vec::new();
    if there > 0 || back == 0 {
        found.push((from.clone(), to.clone(), protocol, [there, there_bytes, 0, 0]));
    }
    if back > 0 {
        found.push((to, from, protocol, [back, back_bytes, 0, 0]));
    }
    found
}

#[test]
fn a_collector_gets_messages_of_a_frame_with_templates_in_front() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap().to_string();
    let arguments = ["flows", "--format", "ipfix", "--domain", "7", "--collector", &address, FIRST];
    assert_eq!(succeeds(&arguments), "");
    let mut buffer = vec![0; 65536];
    let mut all = Vec::new();
    socket.set_nonblocking(true).unwrap();
    while let Ok(length) = socket.recv(&mut buffer) {
        assert!(length <= 1400, "{length}");
        all.extend_from_slice(&buffer[..length]);
    }
    let first = Netflow::parse(&all).unwrap();
    assert_eq!((first.domain(), first.sequence_number()), (Some(7), Some(0)));
    assert_eq!(first.sets().next().unwrap().unwrap().kind(), NetflowSetKind::Templates);
    assert_eq!(ipfix_flows(&all), flows(FIRST, &[]));
}

#[test]
fn a_collector_that_is_not_there_is_told() {
    let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("127.0.0.1:{port}");
    // Many small messages: the first is refused, and the next one hears of it. Others go on, as softflowd does,
    // since the collector may come back.
    let capture = FIRST;
    let arguments =
        ["flows", "--format", "ipfix", "--active", "1", "--collector", &address, capture];
    let run = rheos(&arguments);
    let warning = format!("warning: nobody takes flows at {address} (");
    assert_eq!((run.code, run.stderr.lines().count()), (Some(0), 1), "{}", run.stderr);
    assert!(run.stderr.starts_with(&warning), "{}", run.stderr);
    for collector in
        ["nowhere", "nowhere:", "nowhere:ipfix", "[::1]", "nowhere:65536", "localhost:0"]
    {
        refuses(
            &["flows", "--format", "ipfix", "--collector", collector, FIRST],
            &format!("cannot send to {collector}: a port is missing"),
        );
    }
    // A name that RFC 6761 keeps from ever being one of a host.
    fails(
        &["flows", "--format", "ipfix", "--collector", "nowhere.invalid:4739", FIRST],
        "cannot send to nowhere.invalid:4739",
    );
}

/// Datagrams of UDP over IPv4, in these seconds, each from a host of its own.
fn datagrams(seconds: std::ops::Range<u8>) -> Vec<u8> {
    let datagram = |second: u8| {
        let times = [u32::from(second), 0, 28, 28].map(u32::to_le_bytes);
        let ip = [0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, second, 10, 0, 1, 1];
        [times.as_flattened(), &ip, &[0x9c, 0x40, 0, 7, 0, 8, 0, 0]].concat()
    };
    seconds.flat_map(datagram).collect()
}

/// A message is sent each second: a collector that comes late has those that are left.
#[test]
fn a_collector_that_comes_later_gets_what_is_left() {
    let collector = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = collector.local_addr().unwrap();
    drop(collector);
    let mut child = Command::new(env!("CARGO_BIN_EXE_rheos"))
        .args(["flows", "--format", "ipfix", "--idle", "1", "--collector"])
        .args([&address.to_string(), "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let header = b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\xff\xff\0\0\xe4\0\0\0";
    input.write_all(&[&header[..], &datagrams(1..20)].concat()).unwrap();
    // Until the first was refused and that was told.
    let mut warning = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut warning).unwrap();
    assert!(warning.contains("nobody takes flows"), "{warning}");
    let collector = UdpSocket::bind(address).unwrap();
    collector.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    input.write_all(&datagrams(20..40)).unwrap();
    drop(input);
    let mut message = [0; 2048];
    let length = collector.recv(&mut message).unwrap();
    assert!(Netflow::parse(&message[..length]).is_ok());
    assert!(child.wait().unwrap().success());
}

#[test]
fn ipfix_is_never_half_there_nor_over_a_file() {
    let folder = folder("ipfix-force");
    let file = folder.join("flows.ipfix");
    fs::write(&file, b"mine").unwrap();
    fails(&["flows", "--format", "ipfix", "-o", text(&file), FIRST], "--force");
    assert_eq!(fs::read(&file).unwrap(), b"mine");
    assert_eq!(succeeds(&["flows", "--format", "ipfix", "--force", "-o", text(&file), FIRST]), "");
    let through_a_pipe = rheos(&["flows", "--format", "ipfix", FIRST]).stdout;
    assert_eq!(fs::read(&file).unwrap(), through_a_pipe);
    assert_eq!(common::names(&folder), ["flows.ipfix"]);
}
