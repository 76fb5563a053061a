//! `rheos log`, and the commands for what single protocols say.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "tests, also in their functions: what is printed is known"
)]

mod common;

use std::fs;

use common::{FIRST, fails, folder, refuses, rheos, succeeds, text};
use serde_json::Value;

/// The values of a column of a log as Zeek writes it.
fn column(text: &str, name: &str) -> Vec<String> {
    let fields = text.lines().find_map(|line| line.strip_prefix("#fields\t")).unwrap();
    let place = fields.split('\t').position(|field| field == name).unwrap();
    let rows = text.lines().filter(|line| !line.starts_with('#'));
    rows.map(|row| row.split('\t').nth(place).unwrap().to_owned()).collect()
}

/// tshark -t ud: frames 1 and 141.
#[test]
fn every_log_is_opened_with_the_first_packet_and_closed_with_the_last() {
    let folder = folder("log-open-close");
    succeeds(&["log", FIRST, "--out", folder.to_str().unwrap()]);
    for file in fs::read_dir(&folder).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        assert!(text.contains("\n#open\t2026-11-20-23-56-30\n#fields\t"), "{text}");
        assert_eq!(text.lines().last().unwrap(), "#close\t2026-11-20-23-56-34");
    }
}

#[test]
fn requests_and_responses_of_http_are_those_that_tshark_sees() {
    // tshark -Y 'http.request or http.response' -T fields -e http.request.method -e http.host
    //   -e http.request.uri -e http.response.code
    let text = succeeds(&["http", FIRST, "--format", "zeek"]);
    assert_eq!(column(&text, "method"), ["GET", "GET"]);
    assert_eq!(column(&text, "host"), ["192.0.2.1", "[2001:db8::1]"]);
    assert_eq!(column(&text, "uri"), ["/", "/missing"]);
    assert_eq!(column(&text, "status_code"), ["200", "404"]);
}

#[test]
fn fingerprints_of_tls_are_those_that_tshark_sees() {
    // tshark -Y 'tls.handshake.ja3 or tls.handshake.ja3s' -T fields -e tls.handshake.ja3
    //   -e tls.handshake.ja3s
    let text = succeeds(&["tls", FIRST, "--format", "zeek"]);
    let clients = ["87b9bfc7da97115ed2276737b09f8d74", "7151f05ca35c6c51fde8f326e859e943"];
    let servers = ["fe0146829eef1917ba6c2dd4f5c08905", "15af977ce25de452b96affa2addb1036"];
    assert_eq!(column(&text, "ja3"), clients);
    assert_eq!(column(&text, "ja3s"), servers);
    let text = succeeds(&["fingerprints", FIRST, "--format", "csv"]);
    for fingerprint in clients.iter().chain(&servers) {
        assert!(text.contains(fingerprint), "{fingerprint}");
    }
}

#[test]
fn questions_of_dns_have_their_answers() {
    let text = succeeds(&["dns", FIRST, "--format", "zeek"]);
    let first = ["www.example", "www.example", "www.example", "nobody.example"];
    assert_eq!(column(&text, "query")[..4], first);
    assert_eq!(column(&text, "rcode_name")[..4], ["NOERROR", "NOERROR", "NOERROR", "NXDOMAIN"]);
    assert_eq!(column(&text, "answers")[..2], ["192.0.2.1", "2001:db8::1"]);
}

#[test]
fn of_messages_of_dns_that_are_cut_is_told_what_is_there() {
    let folder = folder("log-cut-dns");
    let (cut, out) = (folder.join("cut.pcapng"), folder.join("out"));
    succeeds(&["convert", FIRST, text(&cut), "--snaplen", "96"]);
    succeeds(&["log", text(&cut), "--out", text(&out)]);
    // tshark -Y udp.port==53 -T fields -e dns.qry.name -e dns.a -e dns.aaaa -e dns.flags.rcode:
    // frames 12, 14, 16 and 17 have a record that is cut.
    let dns = fs::read_to_string(out.join("dns.log")).unwrap();
    let names = ["www.example", "www.example", "www.example", "nobody.example"];
    assert_eq!(column(&dns, "query")[..4], names);
    assert_eq!(column(&dns, "rcode_name")[..4], ["NOERROR", "NOERROR", "NOERROR", "NXDOMAIN"]);
    assert_eq!(column(&dns, "answers")[..2], ["192.0.2.1", "-"]);
    let weird = column(&fs::read_to_string(out.join("weird.log")).unwrap(), "name");
    let weird: Vec<_> = weird.iter().filter(|name| name.starts_with("DNS")).collect();
    assert_eq!(weird, ["DNS_truncated_ans_too_short"; 4]);
}

#[test]
fn tables_fit_a_terminal_and_csv_and_json_have_every_column() {
    for command in ["http", "tls", "dns", "ssh", "files", "fingerprints"] {
        let text = succeeds(&[command, FIRST]);
        assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");
        assert!(text.ends_with("records\n") || text.ends_with("record\n"), "{text}");
        let csv = succeeds(&[command, FIRST, "--format", "csv"]);
        let columns = csv.lines().next().unwrap().split(',').count();
        let zeek = succeeds(&[command, FIRST, "--format", "zeek"]);
        let row = zeek.lines().find(|line| !line.starts_with('#')).unwrap();
        assert_eq!(row.split('\t').count(), columns, "{command}");
        let json = succeeds(&[command, FIRST, "--format", "json", "-n", "1"]);
        let object: Value = serde_json::from_str(&json).unwrap();
        assert!(object["uid"].as_str().unwrap().starts_with('C'), "{json}");
    }
}

#[test]
fn columns_are_named_where_there_are_no_records() {
    for (command, name) in [("smtp", "mailfrom"), ("ftp", "reply_code")] {
        let csv = succeeds(&[command, FIRST, "--format", "csv"]);
        assert!(csv.lines().count() == 1 && csv.starts_with("ts,uid,id.orig_h,"), "{csv}");
        assert!(csv.trim_end().split(',').any(|column| column == name), "{csv}");
        let zeek = succeeds(&[command, FIRST, "--format", "zeek"]);
        assert!(zeek.lines().all(|line| line.starts_with('#')) && zeek.contains(name), "{zeek}");
        assert_eq!(succeeds(&[command, FIRST, "--format", "json"]), "");
        let unread = common::rheos_on(&[command, "-", "--format", "csv"], b"");
        assert_eq!((unread.text().as_str(), unread.code), ("", Some(1)));
    }
}

#[test]
fn logs_of_a_capture_share_their_connections() {
    let out = folder("log_zeek");
    let out = out.to_str().unwrap();
    succeeds(&["log", FIRST, "--out", out]);
    let read = |name: &str| fs::read_to_string(format!("{out}/{name}.log")).unwrap();
    let conn = read("conn");
    let uids = column(&conn, "uid");
    for name in ["http", "dns", "ssl", "ssh"] {
        let log = read(name);
        assert!(column(&log, "uid").iter().all(|uid| uids.contains(uid)), "{name}");
    }
    let services = column(&conn, "service");
    for service in ["http", "dns", "ssl", "ssh"] {
        assert!(services.iter().any(|found| found == service), "{service}");
    }
    // But for the services, rows are those of `rheos flows`, which Zeek's own are compared with.
    let rows = |text: &str| {
        let rows = text.lines().filter(|line| !line.starts_with('#'));
        let mut rows: Vec<Vec<_>> =
            rows.map(|row| row.split('\t').map(str::to_owned).collect()).collect();
        rows.iter_mut().for_each(|row| row[7] = String::new());
        rows.sort();
        rows
    };
    let flows = succeeds(&["flows", FIRST, "--format", "zeek"]);
    assert_eq!(rows(&conn), rows(&flows));
    fails(&["log", FIRST, "--out", out], "--force writes over it");
    succeeds(&["log", FIRST, "--out", out, "--force"]);
}

#[test]
fn eve_is_one_stream_of_objects() {
    let text = succeeds(&["log", FIRST, "--format", "eve"]);
    let mut kinds = std::collections::BTreeSet::new();
    for line in text.lines() {
        let object: Value = serde_json::from_str(line).unwrap();
        let kind = object["event_type"].as_str().unwrap().to_owned();
        assert!(object[&kind].is_object() && object["flow_id"].is_u64(), "{line}");
        kinds.insert(kind);
    }
    assert!(kinds.iter().eq(["dns", "fileinfo", "flow", "http", "ssh", "tls"]), "{kinds:?}");
}

#[test]
fn a_flow_of_eve_is_the_record_that_the_command_for_flows_writes() {
    let records = |arguments: &[&str]| {
        let text = succeeds(arguments);
        let records = text.lines().map(|line| serde_json::from_str(line).unwrap());
        let mut flows: Vec<Value> =
            records.filter(|record: &Value| record["event_type"] == "flow").collect();
        for record in &mut flows {
            let record = record.as_object_mut().unwrap();
            // When it is told follows from the timeouts, which are Zeek's in logs; parsers know more.
            for name in ["timestamp", "flow_id", "app_proto"] {
                record.remove(name);
            }
            record["flow"].as_object_mut().unwrap().remove("reason");
        }
        flows.sort_by_key(Value::to_string);
        flows
    };
    let (flows, logs) = (
        records(&["flows", FIRST, "--format", "eve"]),
        records(&["log", FIRST, "--format", "eve"]),
    );
    assert!(!flows.is_empty());
    assert_eq!(flows, logs);
    let text = succeeds(&["log", FIRST, "--format", "eve"]);
    for app in ["dns", "http", "ssh", "tls"] {
        let mut lines = text.lines().filter(|line| line.contains("\"event_type\":\"flow\""));
        assert!(lines.any(|line| line.contains(&format!("\"app_proto\":\"{app}\""))), "{app}");
    }
}

#[test]
fn files_are_written_under_names_that_no_capture_chooses() {
    let out = folder("log_files");
    let text = succeeds(&["files", FIRST, "--out", out.to_str().unwrap(), "--format", "zeek"]);
    // tshark -Y http.response -T fields -e http.content_length_header
    assert_eq!(column(&text, "seen_bytes"), ["56", "153"]);
    for (name, size) in column(&text, "fuid").iter().zip([56, 153]) {
        assert!(name.starts_with('F') && name.chars().all(char::is_alphanumeric), "{name}");
        assert_eq!(fs::metadata(out.join(name)).unwrap().len(), size);
    }
    let table = succeeds(&["files", FIRST]);
    assert!(table.lines().next().unwrap().contains("FUID"), "{table}");
    assert!(column(&text, "fuid").iter().all(|name| table.contains(name)), "{table}");
    fails(&["files", FIRST, "--out", out.to_str().unwrap()], "--force writes over it");
}

#[test]
fn what_cannot_be_done_is_told() {
    refuses(&["log", FIRST], "--out says where the files go");
    fails(&["http", "no-such-file"], "cannot open no-such-file");
    let empty = folder("log_empty").join("empty.pcap");
    fs::write(&empty, b"").unwrap();
    fails(&["dns", empty.to_str().unwrap()], "the capture is empty");
    assert_eq!(rheos(&["http"]).code, Some(2));
}
