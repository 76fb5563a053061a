//! Tests of records of EVE.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use serde_json::Value;

use super::*;
use crate::export::tests::{flow, http};

/// A record that Suricata's users are shown: "The Security Analyst's Guide to Suricata" of Stamus
/// Networks, in its chapter on flows.
const PUBLISHED: &str = r#"{
    "timestamp": "2021-11-17T23:43:24.129401+0100", "flow_id": 1115914617724757,
    "in_iface": "enp5s0", "event_type": "flow",
    "src_ip": "2a02:1511:5172:1d50:3615:b3a2:a98a:c71f", "src_port": 34096,
    "dest_ip": "2a00:87c0:2021:2021:0050:0000:4000:0539", "dest_port": 443,
    "proto": "TCP", "app_proto": "tls",
    "flow": {
      "pkts_toserver": 3300, "pkts_toclient": 6684,
      "bytes_toserver": 334979, "bytes_toclient": 9887597,
      "start": "2021-11-17T23:32:59.915179+0100", "end": "2021-11-17T23:38:59.483429+0100",
      "age": 360, "state": "closed", "reason": "shutdown", "alerted": false
    },
    "tcp": {
      "tcp_flags": "1f", "tcp_flags_ts": "1e", "tcp_flags_tc": "1b",
      "syn": true, "fin": true, "rst": true, "psh": true, "ack": true, "state": "closed"
    }
  }"#;

/// The names in an object and in those that it holds, with the kinds of their values.
fn names(value: &Value, front: &str, found: &mut BTreeSet<String>) {
    for (name, value) in value.as_object().unwrap() {
        let kind = match value {
            Value::String(_) => "text",
            Value::Number(_) => "number",
            Value::Bool(_) => "truth",
            Value::Object(_) => {
                names(value, &format!("{front}{name}."), found);
                continue;
            }
            _ => "other",
        };
        found.insert(format!("{front}{name}: {kind}"));
    }
}

#[test]
fn a_record_has_the_names_and_kinds_of_the_published_one() {
    let (mut theirs, mut ours) = (BTreeSet::new(), BTreeSet::new());
    names(&serde_json::from_str(PUBLISHED).unwrap(), "", &mut theirs);
    let http = http();
    let record =
        EveFlow { in_iface: Some("enp5s0"), app_proto: Some("tls"), ..EveFlow::from(&http) };
    names(&serde_json::to_value(record).unwrap(), "", &mut ours);
    let missing: Vec<_> = theirs.difference(&ours).map(String::as_str).collect();
    // What it took to reset that one was not in the other.
    assert_eq!(missing, ["tcp.rst: truth"]);
    // The one since Suricata 8, the other as the frames have a tag.
    let more: Vec<_> = ours.difference(&theirs).map(String::as_str).collect();
    assert_eq!(more, ["ip_v: number", "vlan: other"]);
}

#[test]
fn times_flags_and_states_are_written_as_suricata_does() {
    let http = http();
    let record = serde_json::to_value(EveFlow::from(&http)).unwrap();
    let published: Value = serde_json::from_str(PUBLISHED).unwrap();
    for name in ["start", "end"] {
        let (theirs, ours) = (&published["flow"][name], &record["flow"][name]);
        let form = |time: &Value| {
            let shape = |c: char| if c.is_ascii_digit() { '0' } else { c };
            time.as_str().unwrap().chars().map(shape).collect::<String>()
        };
        assert_eq!(form(theirs), form(ours));
    }
    assert_eq!(record["flow"]["start"], "2023-11-14T22:13:20.000000+0000");
    assert_eq!(record["flow"]["end"], "2023-11-14T22:13:22.250000+0000");
    assert_eq!(record["flow"]["age"], 2);
    assert_eq!(
        (&record["flow"]["state"], &record["tcp"]["state"]),
        (&"closed".into(), &"closed".into())
    );
    assert_eq!(record["tcp"]["tcp_flags"], "1b");
    assert_eq!(record["tcp"]["tcp_flags_ts"], "1b");
    assert_eq!(record["tcp"]["tcp_flags_tc"], "13");
    assert_eq!(
        (&record["flow"]["pkts_toserver"], &record["flow"]["pkts_toclient"]),
        (&4.into(), &2.into())
    );
}

#[test]
fn icmp_has_types_and_no_ports() {
    let ping = flow(1, &[(true, b"\x08\0\0\0\0\x07\0\x01hi"), (false, b"\0\0\0\0\0\x07\0\x01hi")]);
    let record = serde_json::to_value(EveFlow::from(&ping)).unwrap();
    assert_eq!((&record["proto"], &record["icmp_type"]), (&"ICMP".into(), &8.into()));
    assert_eq!(record["icmp_code"], 0);
    assert_eq!(
        (&record["response_icmp_type"], &record["response_icmp_code"]),
        (&0.into(), &0.into())
    );
    assert!(record.get("src_port").is_none() && record.get("tcp").is_none());
    let refused = flow(1, &[(true, b"\x08\0\0\0\0\x07\0\x01hi")]);
    let record = serde_json::to_value(EveFlow::from(&refused)).unwrap();
    assert!(record.get("response_icmp_type").is_none());
    assert_eq!(record["flow"]["state"], "new");
}

#[test]
fn a_protocol_without_a_name_is_its_number() {
    let other = flow(99, &[(true, b"anything")]);
    let record = serde_json::to_value(EveFlow::from(&other)).unwrap();
    assert_eq!(record["proto"], "099");
    let end: SocketAddr = "10.0.0.1:0".parse().unwrap();
    assert_eq!(record["src_ip"], end.ip().to_string());
}
