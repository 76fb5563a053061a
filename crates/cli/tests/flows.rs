//! EVE, keys, tunnels, seconds, and sums of flows, as a person or a program meets them.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test, also in its functions"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use common::{
    FIRST, PACKETS, fails, flows, folder, has_ports, refuses, rheos, rheos_on, shared, succeeds,
    text,
};

mod common;

#[test]
fn eve_is_an_object_a_line_and_its_records_join_by_flow_id() {
    let records: Vec<Value> = succeeds(&["flows", "--format", "eve", FIRST])
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(records.iter().all(|record| record["event_type"] == "flow"));
    let count = |name: &str| -> u64 {
        records.iter().map(|record| record["flow"][name].as_u64().unwrap()).sum()
    };
    // All but two packets of ARP.
    assert_eq!(count("pkts_toserver") + count("pkts_toclient"), PACKETS as u64 - 2);
    let mut names: Vec<_> =
        records.iter().map(|record| record["flow_id"].as_u64().unwrap()).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
    // Six connections were opened and closed, two were refused.
    let of_tcp = || records.iter().filter(|record| record["proto"] == "TCP");
    assert_eq!(of_tcp().filter(|record| record["flow"]["state"] == "closed").count(), 8);
    assert_eq!(of_tcp().filter(|record| record["tcp"]["rst"] == true).count(), 2);
    assert!(of_tcp().all(|record| record["tcp"]["syn"] == true));
    // The specification's own vector, `baseline_deflt.json` and `baseline_seed1.json`.
    let ends = [[192, 168, 1, 52], [8, 8, 8, 8]];
    let query = udp([54585, 53], b"hi");
    let [high, low] = u16::try_from(20 + query.len()).unwrap().to_be_bytes();
    let front = [0x45, 0, high, low, 0, 0, 0, 0, 64, 17, 0, 0];
    let packet = [&front[..], ends.as_flattened(), &query].concat();
    let bytes = pcap(&[frame([1, 2], &packet)]);
    for (arguments, id) in [
        (&[][..], "1:d/FP5EW3wiY1vCndhwleRRKHowQ="),
        (&["--community-seed", "1"], "1:Q9We8WO3piVF8yEQBNJF4uiSVrI="),
    ] {
        let run = rheos_on(&[&["flows", "--format", "eve", "-"], arguments].concat(), &bytes);
        let record: Value = serde_json::from_str(&run.text()).unwrap();
        assert_eq!(record["community_id"], id);
    }
    // In each run the same, and in the records of a flow that lasts.
    let again = succeeds(&["flows", "--format", "eve", FIRST]);
    assert_eq!(again, succeeds(&["flows", "--format", "eve", FIRST]));
    let lasting = succeeds(&["flows", "--format", "eve", "--active", "1", FIRST]);
    let mut ends: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    for line in lasting.lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        let reason = record["flow"]["reason"].as_str().unwrap().to_owned();
        ends.entry(record["flow_id"].as_u64().unwrap()).or_default().push(reason);
    }
    assert_eq!(ends.len(), all);
    assert!(ends.values().any(|reasons| reasons.len() > 1));
    assert!(ends.values().all(|reasons| {
        let (last, before) = reasons.split_last().unwrap();
        last != "active" && before.iter().all(|reason| reason == "active")
    }));
    assert_eq!(succeeds(&["flows", "--format", "eve", "-n", "3", FIRST]).lines().count(), 3);
}

#[test]
fn keys_tell_apart_what_they_say() {
    let count = |key: &str| {
        let out = succeeds(&["flows", "--format", "json", "--key", key, FIRST]);
        let flows: Vec<Value> =
            out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        flows
    };
    let all = count("five-tuple");
    assert!(all.iter().all(|flow| flow.get("tag").is_none()));
    for (key, tag) in [("network", ""), ("interface", "interface 0")] {
        let flows = count(key);
        assert_eq!(flows.len(), all.len());
        assert!(flows.iter().all(|flow| flow["tag"] == tag), "{key}");
    }
    assert!(
        count("flow-label").iter().all(|flow| {
            flow["tag"].as_str().is_some_and(|tag| tag.starts_with("flow label 0x"))
        })
    );
    // Pairs of hosts have no ports; those of Ethernet have all packets.
    let (ip, mac) = (count("ip-pair"), count("mac-pair"));
    assert!(ip.len() < all.len() && ip.iter().all(|flow| flow["initiator"]["port"].is_null()));
    assert!(ip.iter().all(|flow| flow["proto"] == "ip"));
    let packets = |flows: &[Value]| -> u64 {
        let side = |flow: &Value, side: &str| flow[side]["packets"].as_u64().unwrap();
        flows.iter().map(|flow| side(flow, "initiator") + side(flow, "responder")).sum()
    };
    assert_eq!((packets(&ip), packets(&mac)), (PACKETS as u64 - 2, PACKETS as u64));
    assert!(mac.iter().all(|flow| flow["initiator"]["address"].as_str().unwrap().len() == 17));
    let csv = succeeds(&["flows", "--format", "csv", "--key", "interface", FIRST]);
    let mut rows = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
    assert_eq!(rows.next().unwrap()[19..22], ["tag", "icmp_type", "icmp_code"]);
    assert!(rows.all(|row| {
        row[19] == "interface 0" && row[21].is_empty() != row[0].starts_with("icmp")
    }));
}

#[test]
fn a_report_of_a_flow_that_lasts_counts_nothing_twice() {
    let totals = |arguments: &[&str]| {
        let out = succeeds(&[&["flows", FIRST], arguments].concat());
        (out.lines().count(), out.lines().last().unwrap().to_owned())
    };
    let (rows, expected) = totals(&[]);
    let (more_rows, found) = totals(&["--active", "1"]);
    assert!(more_rows > rows);
    assert_eq!(found, expected);
}

#[test]
fn control_messages_have_type_and_code() {
    // Two errors of RFC 792 that nobody answers, a question without an answer, and an answer without its question.
    let message = |kind: u8, code: u8| {
        let bytes = [kind, code, 0, 0, 0, 9, 0, 1];
        frame([1, 2], &ipv4([1, 2], 1, &bytes))
    };
    let datagram = frame([1, 2], &ipv4([1, 2], 17, &udp([7, 8], b"hi")));
    let bytes = pcap(&[message(3, 3), message(11, 0), message(13, 0), message(0, 0), datagram]);
    let out = rheos_on(&["flows", "--format", "json", "-"], &bytes).text();
    let found =
        out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["icmp"].clone());
    let json = |kind: u8, code: u8| serde_json::json!({"type": kind, "code": code});
    let expected = [json(3, 3), json(11, 0), json(13, 0), json(8, 0), Value::Null];
    assert_eq!(found.collect::<Vec<_>>(), expected);
    let csv = rheos_on(&["flows", "--format", "csv", "-"], &bytes).text();
    let found = csv.lines().map(|line| line.split(',').skip(19).take(2).collect::<Vec<_>>());
    let expected = ["icmp_type,icmp_code", "3,3", "11,0", "13,0", "8,0", ","];
    assert_eq!(found.map(|row| row.join(",")).collect::<Vec<_>>(), expected);
}

#[test]
fn more_flows_than_can_be_held_are_written_as_they_end() {
    const HELD: usize = 1 << 18;
    // As many flows and ten more, in an order that is not that of their starts.
    let mut bytes = pcap(&[]);
    for number in 0..u32::try_from(HELD + 10).unwrap() {
        let [_, a, b, c] = number.to_be_bytes();
        let mut packet = ipv4([1, 2], 17, &udp([7, 8], b"hi"));
        packet[13..16].copy_from_slice(&[a, b, c]);
        let packet = frame([1, 2], &packet);
        let length = u32::try_from(packet.len()).unwrap();
        for word in [1_700_000_000 + number % 7, 0, length, length] {
            bytes.extend_from_slice(&word.to_le_bytes());
        }
        bytes.extend_from_slice(&packet);
    }
    let csv = rheos_on(&["flows", "--format", "csv", "-"], &bytes);
    assert_eq!(csv.code, Some(0));
    let told =
        "warning: more than 262144 flows: they are sorted in pieces of so many, as they end\n";
    assert_eq!(csv.stderr, told);
    let text = csv.text();
    let names: BTreeMap<&str, &str> =
        text.lines().map(|row| row.split_at(8 + row[8..].find(',').unwrap())).collect();
    assert_eq!((text.lines().count(), names.len()), (HELD + 11, HELD + 11));
    // Each piece begins with what started first.
    let first = |row: usize| text.lines().nth(row).unwrap().contains(",1700000000.000000000,");
    assert!(first(1) && !first(HELD));
    let table = rheos_on(&["flows", "-"], &bytes);
    assert_eq!(
        table.stderr,
        "warning: left out: 10 more rows; --top N has more of them, --format csv all\n"
    );
    let totals = table.text().lines().last().unwrap().to_owned();
    assert!(totals.starts_with("262154 flows, 262154 packets, "), "{totals}");
    let is_row = |line: &&str| line.contains(" udp ");
    assert_eq!(table.text().lines().filter(is_row).count(), HELD);
}

/// A pcap of Ethernet with these frames, a second apart.
fn pcap(frames: &[Vec<u8>]) -> Vec<u8> {
    let mut out = b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\xff\xff\0\0\x01\0\0\0".to_vec();
    for (second, frame) in (1_700_000_000_u32..).zip(frames) {
        let length = u32::try_from(frame.len()).unwrap();
        for word in [second, 0, length, length] {
            out.extend_from_slice(&word.to_le_bytes());
        }
        out.extend_from_slice(frame);
    }
    out
}

fn ipv4(hosts: [u8; 2], protocol: u8, payload: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(20 + payload.len()).unwrap().to_be_bytes();
    let front = [0x45, 0, high, low, 0, 0, 0, 0, 64, protocol, 0, 0];
    let [a, b] = hosts.map(|host| [10, 0, 0, host]);
    [&front[..], &a, &b, payload].concat()
}

fn udp(ports: [u16; 2], payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(8 + payload.len()).unwrap();
    [[ports[0], ports[1], length, 0].map(u16::to_be_bytes).as_flattened(), payload].concat()
}

/// A frame with a VLAN; hardware addresses end like those of IP.
fn frame(hosts: [u8; 2], payload: &[u8]) -> Vec<u8> {
    let [a, b] = hosts;
    [&[2, 0, 0, 0, 0, b, 2, 0, 0, 0, 0, a, 0x81, 0, 0, 7, 8, 0][..], payload].concat()
}

#[test]
fn what_is_in_a_tunnel_counts_if_asked_for() {
    let inside = frame([3, 4], &ipv4([3, 4], 17, &udp([5000, 6000], b"hi")));
    let vxlan = [b"\x08\0\0\0\0\0\x2a\0", &inside[..]].concat();
    let outside = frame([1, 2], &ipv4([1, 2], 17, &udp([40_000, 4789], &vxlan)));
    let plain = frame([5, 6], &ipv4([5, 6], 17, &udp([7, 8], b"hi")));
    let folder = folder("decap");
    let file = folder.join("tunnel.pcap");
    fs::write(&file, pcap(&[outside, plain])).unwrap();
    let ends = |arguments: &[&str]| {
        let out = succeeds(&[&["flows", "--format", "json", text(&file)], arguments].concat());
        let ends = out.lines().map(|line| {
            let flow: Value = serde_json::from_str(line).unwrap();
            let end = |side: &str| {
                format!("{}:{}", flow[side]["address"].as_str().unwrap(), flow[side]["port"])
            };
            let tag =
                flow.get("tag").map_or(String::new(), |tag| format!(" {}", tag.as_str().unwrap()));
            format!("{} {}{tag}", end("initiator"), end("responder"))
        });
        ends.collect::<Vec<_>>()
    };
    let plain = "10.0.0.5:7 10.0.0.6:8";
    assert_eq!(ends(&[]), ["10.0.0.1:40000 10.0.0.2:4789", plain]);
    assert_eq!(ends(&["--decap"]), ["10.0.0.3:5000 10.0.0.4:6000", plain]);
    assert_eq!(ends(&["--key", "network"])[1], format!("{plain} vlan 7"));
    let tagged = ends(&["--decap", "--key", "network"]);
    // What both came in: tags, and the network of the tunnel.
    assert!(tagged[0].starts_with("10.0.0.3:5000 10.0.0.4:6000 "), "{tagged:?}");
    assert!(
        tagged[0].contains("42") && tagged[0].contains('7') && tagged[1] != plain,
        "{tagged:?}"
    );
    let hosts = succeeds(&["hosts", "--decap", "--format", "csv", text(&file)]);
    assert!(hosts.contains("\n10.0.0.3,1,") && !hosts.contains("10.0.0.1,"));
    let eve = succeeds(&["flows", "--decap", "--format", "eve", text(&file)]);
    assert!(eve.lines().next().unwrap().contains("\"dest_port\":6000"));
}

#[test]
fn tags_and_labels_count_inside_of_tunnels_too() {
    // Five tags, of which the last differs, and labels of RFC 3032 behind a tag.
    let datagram = ipv4([1, 2], 17, &udp([7, 8], b"hi"));
    let behind = |tags: &[u8]| {
        let hardware = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1];
        [&hardware[..], tags, &datagram].concat()
    };
    let five = |last: u8| {
        let tags = [1, 2, 3, 4, last].map(|tag| [0x81, 0, 0, tag]);
        behind(&[tags.as_flattened(), &[8, 0]].concat())
    };
    // Labels 100, or 200, at the bottom of the stack; a label takes the upper 20 bits.
    let label = |label: u8| behind(&[0x81, 0, 0, 7, 0x88, 0x47, 0, label >> 4, label << 4 | 1, 64]);
    let bytes = pcap(&[five(5), five(6), label(100), label(200)]);
    for arguments in [&[][..], &["--decap"]] {
        let all = ["flows", "--format", "json", "--key", "network", "-"];
        let out = rheos_on(&[&all, arguments].concat(), &bytes).text();
        let tags = out.lines().map(|line| {
            let flow: Value = serde_json::from_str(line).unwrap();
            flow["tag"].as_str().unwrap().to_owned()
        });
        assert_eq!(
            tags.collect::<Vec<_>>(),
            [
                "vlan 1 / vlan 2 / vlan 3 / vlan 4 / vlan 5",
                "vlan 1 / vlan 2 / vlan 3 / vlan 4 / vlan 6",
                "vlan 7 / mpls 100",
                "vlan 7 / mpls 200",
            ]
        );
    }
}

#[test]
fn a_second_is_told_as_soon_as_it_is_over() {
    let datagram = |hosts: [u8; 2]| frame(hosts, &ipv4(hosts, 17, &udp([7, 8], b"hi")));
    let bytes = pcap(&[datagram([1, 2]), datagram([1, 2]), datagram([3, 4])]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_rheos"))
        .args(["flows", "--live", "--format", "json", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let record = 16 + datagram([1, 2]).len();
    // The header and two records: the first second is over, and the pipe stays open.
    let (now, later) = bytes.split_at(24 + 2 * record);
    pipe.write_all(now).unwrap();
    let mut next = || serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap();
    let first = next();
    assert_eq!(first["time"], "2023-11-14T22:13:20Z");
    assert_eq!((&first["packets"], &first["bytes"]), (&1.into(), &(record - 16).into()));
    assert_eq!((&first["started"], &first["open"]), (&1.into(), &1.into()));
    assert_eq!(first["busiest_responder"], "10.0.0.2:8");
    pipe.write_all(later).unwrap();
    let second = next();
    assert_eq!(
        (&second["started"], &second["ended"], &second["open"]),
        (&0.into(), &0.into(), &1.into())
    );
    drop(pipe);
    let third = next();
    assert_eq!((&third["started"], &third["open"]), (&1.into(), &2.into()));
    assert_eq!(third["busiest_initiator"], "10.0.0.3:7");
    assert!(lines.next().is_none() && child.wait().unwrap().success());
}

#[test]
fn seconds_are_told_in_three_formats_and_leap_over_empty_ones() {
    let datagram = frame([1, 2], &ipv4([1, 2], 17, &udp([7, 8], b"hi")));
    let mut bytes = pcap(&[datagram.clone(), datagram.clone(), datagram.clone()]);
    // The last packet comes a century later.
    let last = bytes.len() - 16 - datagram.len();
    bytes[last..last + 4].copy_from_slice(&4_200_000_000_u32.to_le_bytes());
    let lines = |format: &str| {
        let run = rheos_on(&["flows", "--live", "--format", format, "-"], &bytes);
        assert_eq!((run.stderr.as_str(), run.code), ("", Some(0)));
        run.text().lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let (table, csv, json) = (lines("table"), lines("csv"), lines("json"));
    assert_eq!((table.len(), csv.len(), json.len()), (4, 4, 3));
    assert!(table[0].starts_with("TIME") && table.iter().all(|line| line.chars().count() <= 100));
    let columns: Vec<_> = csv[0].split(',').collect();
    for (line, row) in json.iter().zip(&csv[1..]) {
        let object: Value = serde_json::from_str(line).unwrap();
        for (column, cell) in columns.iter().zip(row.split(',')) {
            let value = &object[column];
            assert_eq!(value.as_str().map_or_else(|| value.to_string(), str::to_owned), cell);
        }
    }
    // The first flow was idle for too long.
    let last: Value = serde_json::from_str(&json[2]).unwrap();
    assert_eq!(
        (&last["started"], &last["ended"], &last["open"]),
        (&1.into(), &1.into(), &1.into())
    );
    let cut = rheos_on(&["flows", "--live", "-"], &bytes[..bytes.len() - 3]);
    assert!(cut.code == Some(1) && cut.stderr.starts_with("error: -: "), "{}", cut.stderr);
    assert_eq!(cut.text().lines().count(), 3);
}

#[test]
fn what_does_not_go_together_is_told() {
    for (arguments, words) in [
        (&["--collector", "localhost:1"][..], "--collector goes with --format ipfix"),
        (&["-o", "a.ipfix"], "--output goes with --format ipfix"),
        (&["--uniflow"], "--uniflow goes with --format ipfix"),
        (&["--domain", "1", "--format", "eve"], "--domain goes with --format ipfix"),
        (&["--community-seed", "1", "--format", "json"], "--community-seed goes with --format eve"),
        (&["--sort", "bytes", "--format", "eve"], "--sort goes with"),
        (&["--live", "--format", "zeek"], "--live goes with"),
        (&["--key", "network", "--format", "zeek"], "--format zeek has keys of its own"),
        (&["--active", "5", "--format", "zeek"], "Zeek has a row for each connection"),
        (&["--decap", "--format", "zeek"], "looks into tunnels by itself"),
        (&["--key", "mac-pair", "--format", "ipfix"], "not of pairs"),
        (&["--key", "ip-pair", "--format", "eve"], "not of pairs"),
        (&["--key", "mac-pair", "--decap"], "--decap looks for IP"),
    ] {
        refuses(&[&["flows", FIRST], arguments].concat(), words);
    }
    let forced = ["--format", "ipfix", "--collector", "localhost:1", "--force"];
    for arguments in
        [&["--live", "--sort", "bytes"][..], &["--live", "-n", "3"], &["--force"], &forced]
    {
        let run = rheos(&[&["flows", FIRST], arguments].concat());
        assert_eq!((run.code, run.text().as_str()), (Some(2), ""), "{arguments:?}");
    }
}

#[test]
fn hosts_talkers_and_ports_add_up_to_the_flows() {
    let rows = |command: &str, format: &str| {
        succeeds(&[command, "--format", format, FIRST])
            .lines()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let sum = |rows: &[Value], name: &str| -> u64 {
        rows.iter().map(|row| row[name].as_u64().unwrap()).sum()
    };
    let all = flows(FIRST, &[]);
    let packets: u64 = all.iter().map(|(_, _, _, counts)| counts[0] + counts[2]).sum();
    for (command, ways, front) in [
        ("talkers", ["a", "b"], &["a", "b"][..]),
        ("hosts", ["sent", "received"], &["address"]),
        ("ports", ["to", "from"], &["proto", "port", "name"]),
    ] {
        let (json, csv, table) =
            (rows(command, "json"), rows(command, "csv"), rows(command, "table"));
        assert_eq!((csv.len(), table.len()), (json.len() + 1, json.len() + 2), "{command}");
        assert!(table.iter().all(|line| line.chars().count() <= 100), "{command}");
        let columns: Vec<_> = csv[0].split(',').collect();
        assert_eq!(columns[..front.len()], *front);
        let objects: Vec<Value> =
            json.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        for (object, row) in objects.iter().zip(&csv[1..]) {
            assert_eq!(object.as_object().unwrap().len(), columns.len());
            for (column, cell) in columns.iter().zip(row.split(',')) {
                let value = &object[column];
                let expected = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                assert_eq!(if value.is_null() { "" } else { &expected }, cell);
            }
        }
        let [there, back] = ways.map(|way| sum(&objects, &format!("{way}_packets")));
        let bytes = |row: &Value| ways.map(|way| row[format!("{way}_bytes")].as_u64().unwrap());
        assert!(objects.is_sorted_by(|a, b| bytes(a).iter().sum::<u64>() >= bytes(b).iter().sum()));
        match command {
            "talkers" => {
                assert_eq!((there + back, sum(&objects, "flows")), (packets, all.len() as u64));
            }
            // Each packet is sent once and received once.
            "hosts" => assert_eq!((there, back), (packets, packets)),
            _ => {
                let with_ports = all.iter().filter(|(_, _, protocol, _)| has_ports(*protocol));
                assert_eq!(sum(&objects, "flows"), with_ports.count() as u64);
            }
        }
    }
}

/// A capture that starts inside of connections: each has a packet of the server first, and the answer of DNS no
/// question.
#[test]
fn services_are_told_whose_connections_were_not_seen_from_their_start() {
    let tcp = |ports: [u16; 2]| {
        let ports = ports.map(u16::to_be_bytes);
        let rest = [0, 0, 0, 9, 0, 0, 0, 9, 0x50, 0x18, 1, 0, 0, 0, 0, 0, b'x'];
        [ports.as_flattened(), &rest].concat()
    };
    let answer = b"\0\x07\x81\x80\0\x01\0\0\0\0\0\0\x01a\0\0\x01\0\x01";
    let mut frames: Vec<_> = [(443, 50_000), (22, 50_001), (5432, 50_002)]
        .map(|(server, client)| frame([2, 1], &ipv4([2, 1], 6, &tcp([server, client]))))
        .to_vec();
    // Ports of which neither is likelier than the other: what is said tells them apart.
    frames.push(frame([2, 1], &ipv4([2, 1], 17, &udp([5353, 5355], answer))));
    frames.push(frame([2, 1], &ipv4([2, 1], 17, &udp([53, 40_000], answer))));
    let inside = frames.clone();
    let bytes = pcap(&frames);
    let ports = rheos_on(&["ports", "--format", "csv", "--sort", "start", "-"], &bytes).text();
    let found: Vec<_> = ports.lines().skip(1).map(|line| line.split(',').nth(1).unwrap()).collect();
    assert_eq!(found, ["443", "22", "5432", "5353", "53"]);
    let servers = |arguments: &[&str], bytes: &[u8]| -> Vec<u64> {
        let text =
            rheos_on(&[&["flows", "--format", "json", "-"], arguments].concat(), bytes).text();
        let flows = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        flows.map(|flow| flow["responder"]["port"].as_u64().unwrap()).collect()
    };
    for key in ["five-tuple", "network", "interface", "flow-label"] {
        assert_eq!(servers(&["--key", key], &bytes), [443, 22, 5432, 5353, 53], "{key}");
    }
    // What says it stands in the inner packet.
    let in_vxlan = |inside: &Vec<u8>| {
        let vxlan = [b"\x08\0\0\0\0\0\x2a\0", &inside[..]].concat();
        frame([3, 4], &ipv4([3, 4], 17, &udp([60_000, 4789], &vxlan)))
    };
    let tunnels = pcap(&inside.iter().map(in_vxlan).collect::<Vec<_>>());
    for key in ["five-tuple", "network"] {
        let arguments = ["--decap", "--key", key];
        assert_eq!(servers(&arguments, &tunnels), [443, 22, 5432, 5353, 53], "{key}");
    }
}

#[test]
fn sums_are_sorted_cut_and_empty_as_asked() {
    for command in ["talkers", "hosts", "ports"] {
        let json = |arguments: &[&str]| {
            let out = succeeds(&[&[command, "--format", "json", FIRST], arguments].concat());
            let rows: Vec<Value> =
                out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            rows
        };
        let by_flows = json(&["--sort", "flows"]);
        assert!(by_flows.is_sorted_by_key(|row| std::cmp::Reverse(row["flows"].as_u64())));
        let by_start = json(&["-s", "start"]);
        assert!(by_start.is_sorted_by_key(|row| row["first"].as_str().unwrap().to_owned()));
        assert_eq!(json(&["-n", "2"]), json(&[])[..2]);
        // A capture of no packets.
        let empty = rheos_on(&[command, "-"], &pcap(&[]));
        assert_eq!((empty.stderr.as_str(), empty.code), ("", Some(0)));
        assert!(empty.text().starts_with("0 ") && empty.text().lines().count() == 1);
        let nothing = rheos_on(&[command, "-"], b"");
        assert_eq!((nothing.code, nothing.stdout.len()), (Some(1), 0));
        fails(&[command, "no-such-file"], "no-such-file");
        let wrong = rheos(&[command, "--sort", "colour", FIRST]);
        assert_eq!(wrong.code, Some(2));
        for line in succeeds(&[command, "--help"]).lines() {
            assert!(line.chars().count() <= 100, "{line}");
        }
    }
}

#[test]
fn who_has_seen_enough_ends_it_without_a_complaint() {
    for arguments in [
        &["flows", "--format", "eve"][..],
        &["flows", "--live"],
        &["talkers"],
        &["hosts", "--format", "json"],
        &["ports", "--format", "csv"],
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_rheos"))
            .args(arguments)
            .arg(FIRST)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert!(child.wait().unwrap().success() && stderr.is_empty(), "{arguments:?}: {stderr}");
    }
}

/// The paths of the shared captures, for a look at all of them.
#[test]
fn no_shared_capture_makes_them_panic() {
    let captures: Vec<PathBuf> = shared(20);
    for (capture, command) in captures.iter().zip(
        [&["talkers"][..], &["hosts"], &["ports"], &["flows", "--live"], &["flows", "--decap"]]
            .into_iter()
            .cycle(),
    ) {
        let run = rheos(&[command, &[text(capture)]].concat());
        assert!(
            matches!(run.code, Some(0 | 1)),
            "{command:?} {}: {}",
            capture.display(),
            run.stderr
        );
        assert!(!run.stderr.contains("panicked"), "{}: {}", capture.display(), run.stderr);
    }
}

#[test]
fn the_first_of_many_are_those_of_the_whole_list_though_few_are_held() {
    // More flows than are held at once, each with a length of its own among a thousand.
    let mut capture =
        b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\xff\xff\0\0\x65\0\0\0".to_vec();
    for number in 0..40_000_u32 {
        let [_, a, b, c] = number.to_be_bytes();
        let payload = u16::try_from(number.wrapping_mul(0x9e37_79b1) >> 22).unwrap();
        let [high, low] = (28 + payload).to_be_bytes();
        let [udp_high, udp_low] = (8 + payload).to_be_bytes();
        let front = [0x45, 0, high, low, 0, 0, 0, 0, 64, 17, 0, 0, 10, a, b, c, 10, 255, 0, 1];
        let udp = [0x13, 0x88, 0, 53, udp_high, udp_low, 0, 0];
        // What is behind the headers was not captured.
        let lengths = [1_700_000_000 + number / 1000, number % 1000, 28, 28 + u32::from(payload)];
        capture.extend(lengths.iter().flat_map(|word| word.to_le_bytes()));
        capture.extend([&front[..], &udp].concat());
    }
    for sort in ["start", "bytes"] {
        let told = |arguments: &[&str]| {
            let run = rheos_on(&[&["flows", "-", "--sort", sort], arguments].concat(), &capture);
            assert_eq!((run.stderr.as_str(), run.code), ("", Some(0)));
            run.text()
        };
        let all = told(&["--format", "json"]);
        let first: Vec<_> = all.lines().take(7).collect();
        let few = told(&["--format", "json", "--top", "7"]);
        assert_eq!(few.lines().collect::<Vec<_>>(), first, "{sort}");
        let total = |table: &str| table.lines().last().unwrap().to_owned();
        assert!(total(&told(&[])).starts_with("40000 flows, 40000 packets, "));
        assert_eq!(total(&told(&[])), total(&told(&["--top", "7"])));
    }
}

#[test]
fn hosts_beyond_the_bound_are_one_row_and_nothing_is_lost() {
    // One frame from each of more hosts than are held, and ten of one that comes last.
    const HOSTS: u32 = 300_000;
    let mut capture =
        b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\xff\xff\0\0\x65\0\0\0".to_vec();
    for number in 0..HOSTS + 10 {
        let [_, a, b, c] = number.min(HOSTS).to_be_bytes();
        let front = [0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, a, b, c, 11, 0, 0, 1];
        let lengths = [1_700_000_000_u32, number, 28, 28];
        capture.extend(lengths.iter().flat_map(|word| word.to_le_bytes()));
        capture.extend([&front[..], &[0x13, 0x88, 0, 53, 0, 8, 0, 0]].concat());
    }
    let told = |arguments: &[&str]| {
        let run = rheos_on(&[&["hosts", "-"], arguments].concat(), &capture);
        assert_eq!((run.stderr.as_str(), run.code), ("", Some(0)));
        run.text()
    };
    let table = told(&["-n", "2"]);
    let rows: Vec<Vec<_>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[1][..5], ["11.0.0.1", "0/300010", "0/8400280", "300001", "300001"]);
    assert_eq!(rows[2][..5], ["10.4.147.224", "10/0", "280/0", "1", "1"]);
    assert_eq!(rows[3][..2], ["others", "131072/0"]);
    assert!(table.ends_with("; 131072 more hosts in others\n"), "{table}");
    let json: Vec<Value> = told(&["--format", "json"])
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let sent: u64 = json.iter().map(|row| row["sent_packets"].as_u64().unwrap()).sum();
    assert_eq!(sent, u64::from(HOSTS) + 10);
    assert_eq!(json.last().unwrap()["address"], "others");
}
