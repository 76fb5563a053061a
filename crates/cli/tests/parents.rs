//! Flows that others announce: their records name the flow that did.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "tests, also in their functions: what is sent is known"
)]

mod common;

use std::fs;
use std::path::Path;

use common::{folder, rheos, succeeds, text};
use serde_json::Value;

/// Last bytes of addresses in 10.0.0.0/24.
const ALICE: u8 = 1;
const BOB: u8 = 2;
const PROXY: u8 = 9;

/// A packet of IPv4.
fn ip(protocol: u8, [from, to]: [u8; 2], payload: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(20 + payload.len()).unwrap().to_be_bytes();
    let front = [0x45, 0, high, low, 0, 0, 0, 0, 64, protocol, 0, 0, 10, 0, 0, from, 10, 0, 0, to];
    [&front[..], payload].concat()
}

fn udp(hosts: [u8; 2], ports: [u16; 2], payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(8 + payload.len()).unwrap().to_be_bytes();
    let rest = [&length[..], &[0, 0], payload].concat();
    ip(17, hosts, &[ports.map(u16::to_be_bytes).as_flattened(), &rest].concat())
}

fn tcp(
    hosts: [u8; 2],
    ports: [u16; 2],
    flags: u8,
    [seq, ack]: [u32; 2],
    payload: &[u8],
) -> Vec<u8> {
    let numbers = [seq, ack].map(u32::to_be_bytes);
    let rest = [&[0x50, flags, 1, 0, 0, 0, 0, 0], payload].concat();
    let ports = ports.map(u16::to_be_bytes);
    ip(6, hosts, &[ports.as_flattened(), numbers.as_flattened(), &rest].concat())
}

/// A capture of these packets, one a second, of link type 101: raw IP.
fn capture(folder: &Path, name: &str, packets: &[Vec<u8>]) -> String {
    let numbers = |numbers: &[u32]| -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
    };
    let mut file = numbers(&[0xa1b2_c3d4, 4 << 16 | 2, 0, 0, 65_535, 101]);
    for (second, packet) in (1_700_000_000..).zip(packets) {
        let len = u32::try_from(packet.len()).unwrap();
        file.extend(numbers(&[second, 0, len, len]));
        file.extend(packet);
    }
    let path = folder.join(name);
    fs::write(&path, file).unwrap();
    text(&path).to_owned()
}

/// A call: the proxy is told where Alice hears, and Bob speaks to her past it.
fn call(folder: &Path) -> String {
    let description = "v=0\r\no=a 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n\
        m=audio 49170 RTP/AVP 0\r\n";
    let invite = format!(
        "INVITE sip:bob@example.com SIP/2.0\r\nCall-ID: 1\r\nContent-Type: application/sdp\r\n\
         Content-Length: {}\r\n\r\n{description}",
        description.len()
    );
    let rtp = [&[0x80, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 7][..], &[0; 20]].concat();
    let packets = [
        udp([ALICE, PROXY], [5060, 5060], invite.as_bytes()),
        udp([BOB, ALICE], [30_000, 49_170], &rtp),
        udp([BOB, ALICE], [30_001, 49_171], &[0x80, 200, 0, 1, 0, 0, 0, 7]),
        // Nobody announced this one.
        udp([BOB, ALICE], [30_000, 49_180], &rtp),
    ];
    capture(folder, "call.pcap", &packets)
}

/// A file that TFTP asks for, which comes from another port.
fn transfer(folder: &Path) -> String {
    let packets = [
        udp([ALICE, BOB], [50_000, 69], b"\0\x01a\0octet\0"),
        udp([BOB, ALICE], [40_000, 50_000], b"\0\x03\0\x01x"),
        udp([ALICE, BOB], [50_000, 40_000], b"\0\x04\0\x01"),
    ];
    capture(folder, "transfer.pcap", &packets)
}

const SYN: u8 = 2;
const ACK: u8 = 0x10;
const FIN: u8 = 1;

/// A file that FTP sends: the server says where it waits.
fn ftp(folder: &Path) -> String {
    capture(folder, "ftp.pcap", &ftp_packets())
}

fn ftp_packets() -> Vec<Vec<u8>> {
    let greeting: &[u8] = b"220 hi\r\n";
    let passive: &[u8] = b"227 Entering Passive Mode (10,0,0,2,78,32)\r\n";
    let (there, back) = ([ALICE, BOB], [BOB, ALICE]);
    let control = [40_000, 21];
    let data = [40_001, 20_000];
    let turned = |[a, b]: [u16; 2]| [b, a];
    vec![
        tcp(there, control, SYN, [0, 0], b""),
        tcp(back, turned(control), SYN | ACK, [0, 1], b""),
        tcp(there, control, ACK, [1, 1], b""),
        tcp(back, turned(control), ACK, [1, 1], greeting),
        tcp(there, control, ACK, [1, 9], b"PASV\r\n"),
        tcp(back, turned(control), ACK, [9, 7], passive),
        tcp(there, data, SYN, [0, 0], b""),
        tcp(back, turned(data), SYN | ACK, [0, 1], b""),
        tcp(there, data, ACK, [1, 1], b""),
        tcp(back, turned(data), ACK | FIN, [1, 1], b"bytes"),
        tcp(there, data, ACK | FIN, [1, 7], b""),
        tcp(back, turned(data), ACK, [7, 2], b""),
    ]
}

/// Three transfers, the data of which end in front of the first reply to each: two files, and a list
/// between them. Commands may all be sent in front of the first reply.
fn hasty_ftp(folder: &Path, is_pipelined: bool) -> String {
    let (there, back) = ([ALICE, BOB], [BOB, ALICE]);
    let ports = [40_000, 21];
    let turned = [21, 40_000];
    let mut packets = vec![
        tcp(there, ports, SYN, [0, 0], b""),
        tcp(back, turned, SYN | ACK, [0, 1], b""),
        tcp(back, turned, ACK, [1, 1], b"220 hi\r\n"),
    ];
    // What the client and the server have said so far.
    let (mut asked, mut said) = (1, 9);
    let mut say = |packets: &mut Vec<Vec<u8>>, is_client: bool, text: &str| {
        let (own, other) = if is_client { (&mut asked, said) } else { (&mut said, asked) };
        let (hosts, ports) = if is_client { (there, ports) } else { (back, turned) };
        packets.push(tcp(hosts, ports, ACK, [*own, other], text.as_bytes()));
        *own += u32::try_from(text.len()).unwrap();
    };
    let transfers = [
        ("RETR a.txt\r\n", "one", 32),
        ("LIST\r\n", "a.txt b.txt", 33),
        ("RETR b.txt\r\n", "three", 34),
    ];
    if is_pipelined {
        let commands = transfers.map(|(command, ..)| format!("PASV\r\n{command}")).concat();
        say(&mut packets, true, &commands);
    }
    for (command, data, low) in transfers {
        if !is_pipelined {
            say(&mut packets, true, "PASV\r\n");
        }
        say(&mut packets, false, &format!("227 Entering Passive Mode (10,0,0,2,78,{low})\r\n"));
        if !is_pipelined {
            say(&mut packets, true, command);
        }
        let (from, to) = (40_000 + low, (78 << 8) + low);
        packets.extend([
            tcp(there, [from, to], SYN, [0, 0], b""),
            tcp(back, [to, from], SYN | ACK, [0, 1], b""),
            tcp(there, [from, to], ACK, [1, 1], b""),
            tcp(back, [to, from], ACK | FIN, [1, 1], data.as_bytes()),
        ]);
        say(&mut packets, false, "150 go\r\n");
        say(&mut packets, false, "226 done\r\n");
    }
    capture(folder, "hasty.pcap", &packets)
}

fn objects(arguments: &[&str]) -> Vec<Value> {
    succeeds(arguments).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Of flows in EVE, by the port of their responder: whose child each is.
#[track_caller]
fn check_eve(arguments: &[&str], parent: u16, children: &[u16], others: &[u16]) {
    let flows = objects(arguments);
    let flow = |port: u16| {
        let mut all = flows.iter().filter(|flow| flow["event_type"] == "flow");
        let ports = [&Value::from(port)];
        all.find(|flow| ports.contains(&&flow["dest_port"])).unwrap()
    };
    let id = &flow(parent)["flow_id"];
    for child in children {
        assert_eq!(&flow(*child)["parent_id"], id, "{child}");
    }
    for other in others.iter().chain([&parent]) {
        assert_eq!(flow(*other).get("parent_id"), None, "{other}");
    }
}

#[test]
fn media_of_a_call_and_the_answer_of_tftp_name_the_flow_that_announced_them() {
    let folder = folder("parents_eve");
    let (call, transfer) = (call(&folder), transfer(&folder));
    for command in ["flows", "log"] {
        check_eve(&[command, &call, "--format", "eve"], 5060, &[49_170, 49_171], &[49_180]);
        check_eve(&[command, &transfer, "--format", "eve"], 69, &[50_000], &[]);
    }
}

#[test]
fn json_tells_the_ends_of_the_flow_that_announced_another() {
    let folder = folder("parents_json");
    let flows = objects(&["flows", &call(&folder), "--format", "json"]);
    let parents: Vec<_> = flows.iter().map(|flow| flow["parent"].to_string()).collect();
    let invite = "{\"proto\":\"udp\",\"initiator\":{\"address\":\"10.0.0.1\",\"port\":5060},\
        \"responder\":{\"address\":\"10.0.0.9\",\"port\":5060},\"first\":\"1700000000.000000000\"}";
    let invite: Value = serde_json::from_str(invite).unwrap();
    assert_eq!(parents, ["null", &invite.to_string(), &invite.to_string(), "null"]);
    // No other key has the ports by which a flow is announced.
    let flows = objects(&["flows", &call(&folder), "--format", "json", "--key", "ip-pair"]);
    assert!(flows.iter().all(|flow| flow.get("parent").is_none()));
}

#[test]
fn records_of_a_data_connection_name_the_connection_for_commands() {
    let folder = folder("parents_ftp");
    let capture = ftp(&folder);
    for command in ["flows", "log"] {
        check_eve(&[command, &capture, "--format", "eve"], 21, &[20_000], &[]);
    }
    let records = objects(&["log", &capture, "--format", "eve"]);
    let file = records.iter().find(|record| record["event_type"] == "fileinfo").unwrap();
    let control = records.iter().find(|record| record["event_type"] == "ftp").unwrap();
    assert_eq!(file["parent_id"], control["flow_id"]);
    assert_eq!(control.get("parent_id"), None);
}

/// RFC 959, RFC 2428 and RFC 1639: who announces where it waits, and who opens the connection.
#[test]
fn each_way_to_announce_a_data_connection_makes_it_a_child() {
    let folder = folder("parents_ways");
    let (client, server) = ([ALICE, BOB], [BOB, ALICE]);
    for (place, (text, says, opens)) in [
        ("PORT 10,0,0,1,78,32\r\n", client, server),
        ("EPRT |1|10.0.0.1|20000|\r\n", client, server),
        ("227 Entering Passive Mode (10,0,0,2,78,32)\r\n", server, client),
        ("229 Entering Extended Passive Mode (|||20000|)\r\n", server, client),
        ("LPRT 4,4,10,0,0,1,2,78,32\r\n", client, server),
        ("228 Entering Long Passive Mode (4,4,10,0,0,2,2,78,32)\r\n", server, client),
    ]
    .into_iter()
    .enumerate()
    {
        let ports = if says == client { [40_000, 21] } else { [21, 40_000] };
        let packets = [
            tcp(client, [40_000, 21], SYN, [0, 0], b""),
            tcp(says, ports, ACK, [1, 1], text.as_bytes()),
            tcp(opens, [30_000, 20_000], SYN, [0, 0], b""),
            // Another host, to which nobody was sent.
            tcp([PROXY, opens[1]], [30_000, 20_000], SYN, [0, 0], b""),
        ];
        let capture = capture(&folder, &format!("way{place}.pcap"), &packets);
        let flows = objects(&["flows", &capture, "--format", "json"]);
        let parents: Vec<_> = flows.iter().map(|flow| flow["parent"]["first"].clone()).collect();
        assert_eq!(parents, [Value::Null, "1700000000.000000000".into(), Value::Null], "{text}");
        assert_eq!(flows[1]["parent"]["initiator"]["port"], 40_000);
        let csv = succeeds(&["flows", &capture, "--format", "csv"]);
        let parent = ",tcp,10.0.0.1,40000,10.0.0.2,21,1700000000.000000000";
        let is_child: Vec<_> = csv.lines().map(|line| line.ends_with(parent)).collect();
        assert_eq!(is_child, [false, false, true, false], "{csv}");
        let names = csv.lines().next().unwrap();
        assert!(names.ends_with(
            ",parent_proto,parent_initiator_address,parent_initiator_port,\
             parent_responder_address,parent_responder_port,parent_first"
        ));
    }
}

/// What the parser and the packets announce is one connection: the next to that port is nobody's child.
#[test]
fn a_connection_that_two_ways_announce_is_expected_once() {
    let folder = folder("parents_once");
    let mut packets = ftp_packets();
    packets.push(tcp([ALICE, BOB], [40_002, 20_000], SYN, [0, 0], b""));
    let capture = capture(&folder, "once.pcap", &packets);
    for command in ["flows", "log"] {
        let flows = objects(&[command, &capture, "--format", "eve"]);
        let flows = flows.iter().filter(|flow| flow["event_type"] == "flow");
        let children = flows.filter(|flow| flow.get("parent_id").is_some());
        let ports: Vec<_> = children.map(|flow| flow["src_port"].clone()).collect();
        assert_eq!(ports, [40_001], "{command}");
    }
}

#[test]
fn records_of_eve_have_the_community_id_of_their_flow() {
    let folder = folder("parents_community");
    let capture = ftp(&folder);
    for seed in ["0", "7"] {
        let arguments = |command: &'static str| {
            [command, capture.as_str(), "--format", "eve", "--community-seed", seed]
        };
        let (flows, records) = (objects(&arguments("flows")), objects(&arguments("log")));
        for record in &records {
            let same = |flow: &&Value| {
                ["src_ip", "src_port", "dest_port"].iter().all(|name| flow[name] == record[name])
            };
            let flow = flows.iter().find(same).unwrap();
            assert!(
                record["community_id"].is_string()
                    && record["community_id"] == flow["community_id"]
            );
        }
        assert!(records.len() > flows.len());
        let one = objects(&arguments("ftp"));
        assert!(!one.is_empty() && one.iter().all(|record| record["community_id"].is_string()));
    }
    // Suricata's seed is 0 where none is given.
    let first = |arguments: &[&str]| objects(arguments)[0]["community_id"].clone();
    let given = first(&["log", &capture, "--format", "eve", "--community-seed", "0"]);
    assert_eq!(first(&["log", &capture, "--format", "eve"]), given);
    let refused = rheos(&["ftp", &capture, "--community-seed", "1"]);
    assert!(refused.code != Some(0) && refused.stderr.contains("goes with --format eve"));
    assert!(!rheos(&["ftp", &capture, "--format", "json"]).text().contains("community"));
}

#[test]
fn a_file_has_the_name_that_its_own_transfer_asked_for() {
    let folder = folder("parents_names");
    for is_pipelined in [false, true] {
        let capture = hasty_ftp(&folder, is_pipelined);
        let files = objects(&["files", &capture, "--format", "json"]);
        let names: Vec<_> = files
            .iter()
            .map(|file| [&file["filename"], &file["total_bytes"]].map(Value::to_string))
            .collect();
        assert_eq!(names, [["\"a.txt\"", "3"], ["null", "11"], ["\"b.txt\"", "5"]]);
    }
}
