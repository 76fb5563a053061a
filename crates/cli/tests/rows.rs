//! The rows that commands print of what programs say, beside what tshark and RFCs say of the same packets.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "tests, also in their functions: what is printed is known"
)]

mod common;
#[path = "rows/made.rs"]
mod made;

use std::fs;
use std::path::Path;

use common::{all_shared, folder, succeeds, text};
use made::{Capture, fragments, ip, udp};
use rheos::layers::InternetSum;
use serde_json::Value;

/// The rows of a command.
fn rows(command: &str, capture: &str) -> Vec<Value> {
    let lines = succeeds(&[command, capture, "--format", "json"]);
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The captures of the shared collection whose names have this end; none where it is not there.
fn shared(ends: &str) -> Vec<String> {
    let all = all_shared().into_iter().map(|path| text(&path).to_owned());
    all.filter(|path| path.ends_with(ends)).collect()
}

/// The values of a column, as JSON has them.
fn column<'a>(rows: &'a [Value], name: &str) -> Vec<&'a Value> {
    rows.iter().map(|row| &row[name]).collect()
}

/// A packet of IPv4 with the checksum of its header.
fn signed(packet: &[u8]) -> Vec<u8> {
    let mut packet = packet.to_vec();
    let sum = InternetSum::new().with(&packet[..20]).checksum();
    packet[10..12].copy_from_slice(&sum.to_be_bytes());
    packet
}

#[test]
fn what_comes_in_fragments_is_read_whole_and_counted_once() {
    let question = b"\0\x01\x01\0\0\x01\0\0\0\0\0\0\x01a\x02de\0\0\x10\0\x01";
    let words = b"\x63".iter().chain([b'x'; 0x63].iter()).copied().collect::<Vec<u8>>().repeat(25);
    let front = b"\0\x01\x81\x80\0\x01\0\x01\0\0\0\0\x01a\x02de\0\0\x10\0\x01\xc0\x0c\0\x10\0\x01\0\0\0\x10";
    let length = u16::try_from(words.len()).unwrap().to_be_bytes();
    let answer = [&front[..], &length, &words].concat();
    let mut capture = Capture::default();
    capture.packet(&udp([10, 0, 0, 1], 5555, [10, 0, 0, 2], 53, question));
    let whole = udp([10, 0, 0, 2], 53, [10, 0, 0, 1], 5555, &answer);
    fragments(&whole, 1480).iter().for_each(|fragment| capture.packet(fragment));
    let mut talk = capture.talk(80);
    talk.initiator(b"GET /whole HTTP/1.1\r\nHost: a\r\n\r\n");
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n";
    let whole = talk.segment(2, &[&head[..], &[b'x'; 2000]].concat());
    // Their order is not that in which they were sent.
    fragments(&whole, 1480).iter().rev().for_each(|fragment| talk.packet(fragment));
    talk.end();
    let file = capture.write(&folder("rows-fragments"));

    // tshark -T fields -e dns.flags.response -e dns.txt.length -e http.content_length
    let dns = rows("dns", &file);
    assert_eq!(column(&dns, "rcode_name"), ["NOERROR"]);
    assert!(dns[0]["answers"][0].as_str().unwrap().len() > 25 * 0x63);
    assert_eq!(column(&rows("http", &file), "response_body_len"), [2000]);
    assert_eq!(column(&rows("files", &file), "missing_bytes"), [0]);

    let out = folder("rows-fragments-log");
    succeeds(&["log", &file, "--out", text(&out)]);
    let cells = |text: &str| -> Vec<Vec<String>> {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let rows = lines.map(|line| line.split('\t').skip(2).map(str::to_owned).collect());
        let mut rows: Vec<Vec<String>> = rows.collect();
        rows.iter_mut().for_each(|row| row[5].clear());
        rows.sort();
        rows
    };
    let conn = fs::read_to_string(out.join("conn.log")).unwrap();
    let flows = succeeds(&["flows", &file, "--format", "zeek"]);
    assert_eq!(cells(&conn), cells(&flows));
    // To Zeek a datagram is one packet: of UDP 20 + 8 + 2534 bytes; of TCP 2041 between SYN-ACK and FIN, each with 40.
    let counts: Vec<_> = cells(&flows).iter().map(|row| row[12..18].join(" ")).collect();
    assert_eq!(counts, ["0 ShADdFf 5 232 3 2161", "0 Dd 1 50 1 2562"]);
    let eve = succeeds(&["log", &file, "--format", "eve"]);
    let mut eve = eve.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let dns = eve.rfind(|it| it["event_type"] == "flow" && it["proto"] == "UDP").unwrap();
    assert_eq!([&dns["flow"]["pkts_toserver"], &dns["flow"]["pkts_toclient"]], [1, 1]);

    // tshark -Y dns.flags.response==1: frames 2 and 8, of which the second comes in two fragments.
    for capture in shared("/ipv6-fragmented-dns.pcap") {
        assert_eq!(column(&rows("dns", &capture), "rcode_name"), ["NOERROR"; 2], "{capture}");
    }
}

/// Zeek's `packet_analysis::IP::IPAnalyzer` drops what has a wrong checksum in its header of IPv4 before it puts
/// fragments together, so that there is neither a datagram nor a connection.
#[test]
fn what_has_a_damaged_header_of_ip_is_of_no_connection_where_checksums_count() {
    let whole = udp([10, 0, 0, 1], 5555, [10, 0, 0, 2], 7, &[b'x'; 2000]);
    let parts: Vec<_> = fragments(&whole, 1480).iter().map(|part| signed(part)).collect();
    let damaged = |packet: &Vec<u8>| {
        let mut packet = packet.clone();
        packet[8] -= 1; // The time to live.
        packet
    };
    let whole = signed(&whole);
    for (name, packets, is_there) in [
        ("whole", vec![whole.clone()], true),
        ("damaged", vec![damaged(&whole)], false),
        ("parts", parts.clone(), true),
        ("last-damaged", vec![parts[0].clone(), damaged(&parts[1])], false),
        ("first-damaged", vec![damaged(&parts[0]), parts[1].clone()], false),
    ] {
        let mut capture = Capture::default();
        packets.iter().for_each(|packet| capture.packet(packet));
        let folder = folder(&format!("rows-header-{name}"));
        let file = capture.write(&folder);
        let rows = |text: &str| text.lines().filter(|line| !line.starts_with('#')).count();
        for (options, expected) in [(&[][..], 1), (&["--verify-checksums"], usize::from(is_there))]
        {
            let flows = succeeds(&[&["flows", &file, "--format", "zeek"], options].concat());
            assert_eq!(rows(&flows), expected, "{name} {options:?}");
            let out = folder.join(format!("log-{}", options.len()));
            succeeds(&[&["log", &file, "--out", text(&out)], options].concat());
            let conn = fs::read_to_string(out.join("conn.log")).unwrap_or_default();
            assert_eq!(rows(&conn), expected, "{name} {options:?}");
        }
    }
}

/// RFC 1122 section 3.2.2 has the quoted header of an ICMP error as it was, and RFC 7348 the packet in a tunnel as
/// its sender made it: routers and the ends of a tunnel look at their own checksums alone.
#[test]
fn a_packet_is_left_out_for_its_own_checksum_and_not_for_one_in_what_it_carries() {
    let unsigned = udp([10, 1, 0, 1], 1111, [10, 1, 0, 2], 2222, b"hi");
    let mut error = [&[3, 3, 0, 0, 0, 0, 0, 0][..], &unsigned].concat();
    let sum = InternetSum::new().with(&error).checksum();
    error[2..4].copy_from_slice(&sum.to_be_bytes());
    let error = signed(&ip([10, 0, 0, 2], [10, 0, 0, 1], 1, &error));
    let frame = [&[8, 0, 0, 0, 0, 0, 7, 0][..], &[2; 12], &[8, 0], &unsigned].concat();
    let tunnel = signed(&udp([10, 0, 0, 1], 5555, [10, 0, 0, 2], 4789, &frame));
    // tshark -e dnp3.hdr.CRC.status: the CRC of the link header is wrong.
    let link = [5, 0x64, 5, 0xc9, 1, 0, 0, 0, 0xde, 0xad];
    let dnp3 = signed(&udp([10, 0, 0, 1], 5555, [10, 0, 0, 2], 20_000, &link));
    for (name, packet, expected) in
        [("error", &error, [1, 1]), ("tunnel", &tunnel, [1, 0]), ("dnp3", &dnp3, [1, 1])]
    {
        let mut capture = Capture::default();
        capture.packet(packet);
        let file = capture.write(&folder(&format!("rows-own-checksum-{name}")));
        for (option, expected) in ["--verify-checksums", "--decap"].into_iter().zip(expected) {
            let flows = ["flows", &file, "--format", "csv", "--verify-checksums"];
            let decap = if option == "--decap" { &[option][..] } else { &[] };
            let rows = succeeds(&[&flows[..], decap].concat()).lines().count() - 1;
            assert_eq!(rows, expected, "{name} {option}");
        }
    }
}

/// `tshark -z endpoints,ip` has as many packets sent as received.
#[test]
fn a_host_that_talks_to_itself_sends_and_receives_all_of_it() {
    let host = [127, 0, 0, 1];
    let mut capture = Capture::default();
    for (from, to) in [(5555, 7), (5555, 7), (7, 5555)] {
        capture.packet(&udp(host, from, host, to, b"hi"));
    }
    let rows = rows("hosts", &capture.write(&folder("rows-itself")));
    let columns = ["sent_packets", "received_packets", "sent_bytes", "received_bytes", "flows"];
    assert_eq!(columns.map(|name| column(&rows, name)), [[3], [3], [90], [90], [1]]);
}

/// RFC 5905 section 7.3: the transmit timestamp is of 64 bits, more than a number of JavaScript has.
#[test]
fn a_number_of_64_bits_has_all_its_digits_in_json() {
    let mut message = [0; 48];
    message[0] = 0x23;
    message[40..].copy_from_slice(&0xe123_4567_89ab_cdef_u64.to_be_bytes());
    let mut capture = Capture::default();
    capture.packet(&udp([10, 0, 0, 1], 5555, [10, 0, 0, 2], 123, &message));
    let file = capture.write(&folder("rows-numbers"));
    let line = succeeds(&["dump", &file, "--format", "json"]);
    // python3 -c 'print(0xe123456789abcdef)'
    assert!(line.contains("\"ntp.xmt\":16222886593712344559"), "{line}");
}

/// RFC 5321: sections 3.3 and 4.1.1.5, of what a server says to mails that it does not take.
#[test]
fn every_mail_that_was_begun_is_a_row_with_what_was_said_of_it_last() {
    let mut capture = Capture::default();
    let content = "a: b\r\n\r\nx\r\n";
    for steps in [
        &["RCPT TO:<c@d>\r\n", "250 ok\r\n", "DATA\r\n", "354 go\r\n", content][..],
        &["RCPT TO:<c@d>\r\n", "550 no\r\n", "QUIT\r\n", "221 bye\r\n"],
        &["RCPT TO:<c@d>\r\n", "250 ok\r\n", "DATA\r\n", "554 no\r\n", "RSET\r\n", "250 ok\r\n"],
        &["RCPT TO:<c@d>\r\n", "250 ok\r\n", "BDAT 3 X\r\n", "521 no\r\n"],
        &["DATA\r\n", "354 go\r\n", "x\r\n.\r\n", "250 taken\r\n"],
    ] {
        let mut talk = capture.talk(25);
        talk.responder(b"220 x\r\n");
        talk.initiator(b"EHLO me\r\n");
        talk.responder(b"250 x\r\n");
        talk.initiator(b"MAIL FROM:<a@b>\r\n");
        talk.responder(b"250 ok\r\n");
        for (place, step) in steps.iter().enumerate() {
            if place % 2 == 0 {
                talk.initiator(step.as_bytes());
            } else {
                talk.responder(step.as_bytes());
            }
        }
        talk.end();
    }
    let mails = rows("smtp", &capture.write(&folder("rows-smtp")));
    assert_eq!(column(&mails, "last_reply"), ["354 go", "550 no", "554 no", "521 no", "250 taken"]);
    assert_eq!(column(&mails, "mailfrom"), ["a@b"; 5]);
    let none = Value::Null;
    let sizes = [&Value::from(content.len()), &none, &none, &none, &Value::from(3)];
    assert_eq!(column(&mails, "size"), sizes);
    assert!(mails.iter().all(|mail| mail["ts"].as_f64().unwrap() > 1e9), "{mails:?}");

    // tshark -Y 'smtp.req.command == "MAIL"' | wc -l, smtp.response.code and smtp.rsp.parameter of the last reply.
    let refused = "521 5.5.4 Syntax: BDAT count [LAST]";
    for (name, replies) in [
        ("/smtp__smtp-bdat-cmd-chunk-size-overflow.pcap", &[refused][..]),
        ("/smtp__smtp-bdat-cmd-invalid.pcapng", &[refused; 3]),
        ("/smtp__smtp-bdat-cmd-negative-chunk-size.pcap", &[refused]),
    ] {
        for capture in shared(name) {
            assert_eq!(column(&rows("smtp", &capture), "last_reply"), replies, "{capture}");
        }
    }
}

/// RFC 6762 section 5.3: several questions in one message. Zeek's `dns_request` comes once of each, and the last one
/// stays in the row; Suricata's records have the first of an answer's in the place of one alone, and all in a list in version 3.
#[test]
fn several_questions_of_a_message_are_all_told() {
    let names = [&b"\x05_ipp1\x04_tcp\x05local\0"[..], b"\x05_ssh1\xc0\x12"];
    let question =
        [b"\0\0\0\0\0\x02\0\0\0\0\0\0", names[0], b"\0\x0c\0\x01", names[1], b"\0\xff\0\x01"];
    let mut capture = Capture::default();
    capture.packet(&udp([10, 0, 0, 1], 5353, [224, 0, 0, 251], 5353, &question.concat()));
    let file = capture.write(&folder("rows-questions"));
    // tshark -T fields -e dns.qry.name -e dns.qry.type: _ipp1._tcp.local,_ssh1._tcp.local	12,255
    let both = serde_json::json!([
        { "query": "_ipp1._tcp.local", "qtype_name": "PTR" },
        { "query": "_ssh1._tcp.local", "qtype_name": "*" },
    ]);
    let [row] = &rows("dns", &file)[..] else { panic!("one row") };
    assert_eq!((&row["query"], &row["queries"]), (&"_ssh1._tcp.local".into(), &both));
    let table = succeeds(&["dns", &file]);
    assert!(table.contains(" _ipp1._tcp.local,_ssh1._t") && table.contains(" PTR,*\n"), "{table}");
    let eve: Value = serde_json::from_str(&succeeds(&["dns", &file, "--format", "eve"])).unwrap();
    let names = ["_ipp1._tcp.local", "_ssh1._tcp.local"];
    assert_eq!((&eve["dns"]["rrname"], &eve["dns"]["rrtype"]), (&names[0].into(), &"PTR".into()));
    assert_eq!(column(eve["dns"]["queries"].as_array().unwrap(), "rrname"), names);
    assert_eq!(eve["dns"]["queries"][1]["rrtype"], "ANY");
    let zeek = succeeds(&["dns", &file, "--format", "zeek"]);
    let row = zeek.lines().find(|line| !line.starts_with('#')).unwrap();
    assert!(row.contains("\t_ssh1._tcp.local\t1\tC_INTERNET\t255\t*\t") && !row.contains("_ipp1"));
}

#[test]
fn commands_of_ftp_without_a_reply_are_rows_without_one() {
    let mut capture = Capture::default();
    let mut talk = capture.talk(21);
    talk.responder(b"220 x\r\n");
    talk.initiator(b"USER x\r\n");
    talk.responder(b"230 in\r\n");
    talk.initiator(b"DELE /a\r\nDELE /b\r\n");
    talk.responder(b"250 gone\r\n");
    talk.end();
    let file = capture.write(&folder("rows-ftp"));
    let commands = rows("ftp", &file);
    assert_eq!(column(&commands, "arg"), ["/a", "/b"]);
    assert_eq!(column(&commands, "reply_code"), [&Value::from(250), &Value::Null]);
    let eve = succeeds(&["ftp", &file, "--format", "eve"]);
    assert!(eve.lines().nth(1).unwrap().contains("\"reply_received\":\"no\""), "{eve}");
    // tshark -Y 'ftp.request.command == "PORT"' | wc -l
    for capture in shared("/ftp__ftp-many-port-expected.pcap.gz") {
        assert_eq!(rows("ftp", &capture).len(), 500, "{capture}");
    }
}

#[test]
fn what_only_a_port_says_is_http_is_a_row_if_it_is() {
    let mut capture = Capture::default();
    let mut talk = capture.talk(80);
    talk.initiator(b"GET /old\r\n");
    talk.responder(b"<html>old</html>\n");
    talk.end();
    let mut talk = capture.talk(8080);
    talk.initiator(b"\x01\0\0\0 GET /txt HTTP/1.1\r\n\r\n");
    talk.responder(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno");
    talk.end();
    let mut talk = capture.talk(80);
    talk.initiator(b"\x01\x02\x03\n");
    talk.responder(b"\x04\x05\x06\n");
    talk.end();
    let folder = folder("rows-ports");
    let file = capture.write(&folder);
    let http = rows("http", &file);
    let (none, empty) = (Value::Null, Value::from(0));
    assert_eq!(column(&http, "uri"), [&Value::from("/old"), &none]);
    assert_eq!(column(&http, "version"), ["0.9", "1.1"]);
    assert_eq!(column(&http, "status_code"), [&none, &Value::from(400)]);
    assert_eq!(column(&http, "response_body_len"), [&Value::from(17), &Value::from(2)]);
    assert_eq!(column(&http, "request_body_len"), [&empty, &empty]);
    let odd = weird(&file, &folder.join("out"));
    let odd: Vec<_> = odd.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(odd, ["bad_HTTP_version", "parse_error", "parse_error"]);
    let connections = fs::read_to_string(folder.join("out/conn.log")).unwrap();
    let connections = connections.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let services: Vec<_> = connections.map(|row| row["service"].clone()).collect();
    assert_eq!(services, [Value::from("http"), Value::from("http"), none]);
    // tshark -z follow,tcp,ascii,0
    for capture in shared("/http__http-bad-request-with-version.pcap") {
        assert_eq!(column(&rows("http", &capture), "status_code"), [&Value::from(200)]);
    }
    for capture in shared("/mixed-vlan-mpls.pcap") {
        let lengths = [9130, 3429].map(Value::from);
        assert_eq!(column(&rows("http", &capture), "response_body_len"), lengths.each_ref());
    }
}

/// What `weird.log` has of a capture: what it is called, and who found it.
fn weird(file: &str, out: &Path) -> Vec<(String, String)> {
    succeeds(&["log", file, "--out", text(out), "--format", "json"]);
    let rows = fs::read_to_string(out.join("weird.log")).unwrap();
    let rows = rows.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let word = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    rows.map(|row| (word(&row, "name"), word(&row, "source"))).collect()
}

#[test]
fn what_is_odd_in_dns_smtp_and_ftp_is_told_once_of_a_connection() {
    let head = b"\0\x01\x81\x80\0\x01\0\0\0\0\0\0";
    let odd_names: [&[u8]; 4] = [b"\xc0\x0c", b"\x80a\0", &b"\x3f".repeat(300), b"\x01"];
    let mut capture = Capture::default();
    for (name, port) in odd_names.into_iter().zip(5555..) {
        let message = [&head[..], name, b"\0\x01\0\x01"].concat();
        for _ in 0..2 {
            capture.packet(&udp([10, 0, 0, 2], 53, [10, 0, 0, 1], port, &message));
        }
    }
    for (port, command) in [(25, "NOOP\r\n"), (21, "STAT\r\n")] {
        let mut talk = capture.talk(port);
        talk.responder(b"220 x\r\n");
        talk.initiator(command.as_bytes());
        talk.responder(b"what?\r\nwhat?\r\n250 x\r\n");
        talk.end();
    }
    let folder = folder("rows-weird");
    let found = weird(&capture.write(&folder), &folder.join("out"));
    let expected = [
        ("DNS_label_forward_compress_offset", "dns"),
        ("DNS_label_too_long", "dns"),
        ("DNS_NAME_too_long", "dns"),
        ("DNS_truncated_quest_too_short", "dns"),
        ("not_a_reply", "smtp"),
        ("not_a_reply", "ftp"),
    ];
    let expected = expected.map(|(name, source)| (name.to_owned(), source.to_owned()));
    assert_eq!(found, expected);
}

#[test]
fn answers_whose_question_was_not_seen_are_rows() {
    let answer = |id| [&[0, id][..], b"\x81\x83\0\x01\0\0\0\0\0\0\x01a\0\0\x01\0\x01"].concat();
    let question = b"\0\x02\x01\0\0\x01\0\0\0\0\0\0\x01a\0\0\x01\0\x01";
    let mut capture = Capture::default();
    let (host, server) = ([10, 0, 0, 1], [10, 0, 0, 2]);
    capture.packet(&udp(server, 53, host, 5555, &answer(1)));
    capture.packet(&udp(host, 5555, server, 53, question));
    capture.packet(&udp(server, 53, host, 5555, &answer(2)));
    capture.packet(&udp(server, 53, host, 5555, &answer(3)));
    // RFC 4795, section 2.4: a question goes to all, and its answer to who asked.
    capture.packet(&udp(host, 7777, [224, 0, 0, 252], 5355, question));
    capture.packet(&udp(server, 5355, host, 7777, &answer(2)));
    let dns = rows("dns", &capture.write(&folder("rows-answers")));
    let told: std::collections::BTreeSet<_> = dns
        .iter()
        .map(|row| (row["id.resp_p"].as_u64(), row["trans_id"].as_u64(), row["rcode"].as_u64()))
        .collect();
    let expected =
        [(53, 1, Some(3)), (53, 2, Some(3)), (53, 3, Some(3)), (5355, 2, None), (5355, 2, Some(3))];
    let expected = expected.map(|(port, id, code)| (Some(port), Some(id), code));
    assert_eq!(told, expected.into());
    assert_eq!(dns.iter().filter(|row| row.get("rtt").is_some()).count(), 1);

    // tshark -Y 'dns.flags.response==1 or llmnr.flags.response==1' -T fields -e dns.flags.rcode
    for (name, codes) in [
        ("/Pcap++Test__PcapExamples__IgmpPackets.pcap", &[0; 4][..]),
        ("/llmnr__llmnr-authority-additional__input.pcap", &[3, 0]),
        ("/dns_fwdptr.pcap", &[15]),
        ("/Packet++Test__PacketExamples__DNS_NXDomain.pcap", &[3]),
        ("/dns-reversed-tcp-1__dns.pcap", &[0]),
        ("/dns__loc-invalid-length.pcap", &[0]),
        // The fourth is cut, behind its header.
        ("/dns-edns-ecs-bad.pcap", &[0; 4]),
    ] {
        for capture in shared(name) {
            let dns = rows("dns", &capture);
            let answered = dns.iter().filter_map(|row| row["rcode"].as_u64());
            assert_eq!(answered.collect::<Vec<_>>(), codes, "{capture}");
        }
    }
}

#[test]
fn an_exchange_names_its_files_and_parts_are_files_of_their_names() {
    let mut capture = Capture::default();
    let mut talk = capture.talk(80);
    // RFC 7578, with a field of a form and a file; RFC 9110 section 15.2.1, and 7.6.3 of Via.
    let parts = "--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n\r\nAAAA\r\n\
        --B\r\nContent-Disposition: form-data; name=\"g\"\r\n\r\nv\r\n--B--\r\n";
    let head = format!(
        "POST /form HTTP/1.1\r\nHost: a\r\nVia: 1.1 p\r\nExpect: 100-continue\r\n\
         Content-Type: multipart/form-data; boundary=B\r\nContent-Length: {}\r\n\r\n",
        parts.len()
    );
    talk.initiator(head.as_bytes());
    talk.responder(b"HTTP/1.1 100 Continue\r\n\r\n");
    talk.initiator(parts.as_bytes());
    talk.responder(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    talk.initiator(b"GET /none HTTP/1.1\r\nHost: a\r\n\r\n");
    talk.responder(b"HTTP/1.1 204 No Content\r\n\r\n");
    talk.end();
    let file = capture.write(&folder("rows-http"));
    let out = folder("rows-http-files");
    let lines = succeeds(&["files", &file, "--out", text(&out), "--format", "json"]);
    let files: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let none = Value::Null;
    assert_eq!(column(&files, "filename"), [&Value::from("a.txt"), &none, &Value::from("form")]);
    let bytes = files.iter().map(|row| fs::read(out.join(row["fuid"].as_str().unwrap())).unwrap());
    assert_eq!(bytes.collect::<Vec<_>>(), [&b"AAAA"[..], b"v", b"ok"]);
    let http = rows("http", &file);
    let fuids: Vec<_> = files.iter().map(|row| row["fuid"].clone()).collect();
    assert_eq!(http[0]["orig_fuids"], Value::from(&fuids[..2]));
    assert_eq!(http[0]["resp_fuids"], Value::from(&fuids[2..]));
    assert_eq!(
        [&http[0]["info_code"], &http[0]["info_msg"]],
        [&Value::from(100), &"Continue".into()]
    );
    assert_eq!(http[0]["proxied"], Value::from(vec!["VIA -> 1.1 p"]));
    for name in ["info_code", "info_msg", "proxied", "orig_fuids", "resp_fuids"] {
        assert_eq!(http[1].get(name), None, "{name}");
    }
}

/// As many questions as a flood has, which nobody answers.
#[test]
fn a_flood_is_a_table_behind_another() {
    const COUNT: u16 = 0xffff;
    let mut capture = Capture::default();
    let question = |id: [u8; 2]| [&id[..], b"\x01\0\0\x01\0\0\0\0\0\0\x01a\0\0\x01\0\x01"].concat();
    for port in 0..=COUNT {
        let question = question(port.to_be_bytes());
        capture.packet(&udp([10, 0, 0, 1], port, [10, 0, 0, 2], 53, &question));
    }
    capture.packet(&udp([10, 0, 0, 3], 7, [10, 0, 0, 2], 53, &question([0, 7])));
    let table = succeeds(&["dns", &capture.write(&folder("rows-flood"))]);
    let headers = table.lines().filter(|line| line.contains("INITIATOR")).count();
    assert_eq!((table.lines().count(), headers), (usize::from(COUNT) + 5, 2));
    assert!(table.ends_with("\n65537 records\n"));
}
