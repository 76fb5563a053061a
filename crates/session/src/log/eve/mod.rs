//! Records as Suricata's EVE: <https://docs.suricata.io/en/latest/output/eve/eve-json-format.html>.

use std::fmt;

use rheos_core::Timestamp;
use rheos_flow::export::{EveFlow, ExportedFlow};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value as Json, json};

use super::record::{Answer, FileSource, Source};
use super::service::program;
use super::{Record, Value};

mod source;

/// A record as Suricata's EVE has it: what they call it, with their names and in their forms, in an
/// object of its own. What they have no name for stands there under Zeek's. A connection is an
/// [`EveFlow`], as `rheos_flow` tells of it. A question of DNS and its answer are one record, in the form
/// of version 2.
#[derive(Clone, Copy, Debug)]
pub struct EveRecord<'a>(pub &'a Record);

impl Serialize for EveRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Record { log, ts, subject, .. } = self.0;
        if let Some(flow) = &self.0.flow {
            return eve_flow(self.0, flow).serialize(serializer);
        }
        let mut map = serializer.serialize_map(None)?;
        // Zeek tells a file by its first byte, Suricata when it is whole.
        let ts = self.0.file.as_ref().map_or(*ts, |file| file.timestamp);
        map.serialize_entry("timestamp", &EveTime(ts))?;
        if let Some(subject) = subject {
            map.serialize_entry("flow_id", &subject.flow_id)?;
            if let Some(parent) = subject.parent_id {
                map.serialize_entry("parent_id", &parent)?;
            }
        }
        map.serialize_entry("event_type", log.eve)?;
        if let Some(subject) = subject {
            map.serialize_entry("src_ip", &subject.orig.ip())?;
            map.serialize_entry("src_port", &subject.orig.port())?;
            map.serialize_entry("dest_ip", &subject.resp.ip())?;
            map.serialize_entry("dest_port", &subject.resp.port())?;
            map.serialize_entry("proto", &subject.proto.to_ascii_uppercase())?;
        }
        if let Some(program) = app_proto(self.0) {
            map.serialize_entry("app_proto", program)?;
        }
        if let Some(transaction) = transaction(self.0) {
            map.serialize_entry("tx_id", &transaction)?;
        }
        if let Some(community_id) = subject.as_ref().and_then(|it| it.community_id.as_ref()) {
            map.serialize_entry("community_id", community_id)?;
        }
        map.serialize_entry(log.eve, &object(self.0))?;
        if let Source::File(FileSource { transfer: Some((command, path)), .. }) = &self.0.source {
            let mut data = Map::from_iter([("command".to_owned(), command.as_str().into())]);
            if !path.is_empty() {
                data.insert("filename".to_owned(), path.as_str().into());
            }
            map.serialize_entry("ftp_data", &data)?;
        }
        map.end()
    }
}

/// A connection, and what parsers found in it.
fn eve_flow<'a>(record: &'a Record, flow: &'a ExportedFlow) -> EveFlow<'a> {
    let mut eve = EveFlow::from(flow);
    if let Some(Value::Text(services)) = record.get("service") {
        (eve.app_proto, eve.app_proto_orig) = programs(services);
    }
    eve
}

/// The first of Zeek's services under Suricata's name, or TLS if they went over to that from the first.
fn programs(services: &str) -> (Option<&str>, Option<&str>) {
    let mut services = services.split(',').filter_map(program);
    let first = services.next();
    if first != Some("tls") && services.any(|service| service == "tls") {
        return (Some("tls"), first);
    }
    (first, None)
}

/// What program a file comes by; of other records, the type says so.
fn app_proto(record: &Record) -> Option<&'static str> {
    record.file.as_ref().map(|file| file.source)
}

/// The number of a request or mail on its connection, from 0.
fn transaction(record: &Record) -> Option<u64> {
    match record.get("trans_depth")? {
        Value::Count(depth) => depth.checked_sub(1),
        _ => None,
    }
}

/// The values of a record.
fn object(record: &Record) -> Map<String, Json> {
    let mut object = Map::new();
    for (column, value) in record.log.columns.iter().zip(&record.values) {
        let is_none = *value == Value::Unset || *value == Value::Texts(Vec::new());
        let Some(path) = column.eve.filter(|_| !is_none) else { continue };
        if let Some(value) = form(record.log.eve, column.name, value) {
            put(&mut object, path, value);
        }
    }
    for (path, value) in beside(record) {
        put(&mut object, path, value);
    }
    source::add(&record.source, &mut |path, value| put(&mut object, path, value));
    object
}

/// Puts a value where its path leads: what stands in front of a dot is an object.
fn put(object: &mut Map<String, Json>, path: &str, value: Json) {
    let Some((outer, inner)) = path.split_once('.') else {
        object.insert(path.to_owned(), value);
        return;
    };
    let nested = object.entry(outer).or_insert_with(|| Map::new().into());
    if let Json::Object(nested) = nested {
        put(nested, inner, value);
    }
}

/// A value of one of Zeek's columns in the form of Suricata; nothing, if it stands elsewhere there.
fn form(event: &str, column: &str, value: &Value) -> Option<Json> {
    Some(match (event, column, value) {
        // The name of the code takes its place, each answer has its own time, the type has another name,
        // and only a session that is resumed says so.
        ("dns", "rcode" | "TTLs", _) | ("tls", "resumed", Value::Truth(false)) => return None,
        // Zeek has a name where nobody said one.
        ("ftp", "user", Value::Text(user)) if user == "<unknown>" => return None,
        ("dns", "answers", Value::Answers(answers)) => answers.iter().map(answer).collect(),
        // Zeek counts the two bits below in, which have a use by now.
        ("dns", "Z", Value::Count(bits)) => (bits & 4 != 0).into(),
        ("ftp", "reply_code", Value::Count(code)) => json!([code.to_string()]),
        ("ftp", "reply_msg", Value::Text(text)) => json!([text]),
        ("http", "host", Value::Text(host)) => host_and_port(host).0.into(),
        ("http", "version", Value::Text(version)) => format!("HTTP/{version}").into(),
        ("smtp", "mailfrom", Value::Text(path)) => format!("<{path}>").into(),
        ("smtp", "rcptto", Value::Texts(paths)) => {
            paths.iter().map(|path| format!("<{path}>")).collect()
        }
        ("ssh", "client" | "server", Value::Text(line)) => banner(line).1.into(),
        ("tls", "version", Value::Text(version)) => tls_version(version).into(),
        // What carries programs is none.
        ("anomaly", "source", Value::Text(source)) => match transport(source) {
            Some(_) => return None,
            None => program(source)?.into(),
        },
        _ => serde_json::to_value(value).ok()?,
    })
}

fn answer(answer: &Answer) -> Json {
    let Answer { name, record_type, ttl, data } = answer;
    json!({ "rrname": name, "rrtype": record_type, "ttl": ttl, "rdata": data })
}

/// What Suricata writes and no column has.
fn beside(record: &Record) -> Vec<(&'static str, Json)> {
    let text = |name| match record.get(name) {
        Some(Value::Text(text)) => Some(text.as_str()),
        _ => None,
    };
    let count = |name| match record.get(name) {
        Some(Value::Count(count)) => *count,
        _ => 0,
    };
    match record.log.eve {
        "anomaly" => match text("source").map_or(Some("stream"), transport) {
            Some(kind) => vec![("type", kind.into())],
            None => vec![("type", "applayer".into()), ("layer", "proto_parser".into())],
        },
        "dns" => {
            let kind = if text("rcode_name").is_some() { "answer" } else { "query" };
            vec![("version", 2.into()), ("type", kind.into())]
        }
        "fileinfo" => {
            let is_whole = count("total_bytes") == count("seen_bytes");
            let state = if is_whole { "CLOSED" } else { "TRUNCATED" };
            let gaps = count("missing_bytes") > 0;
            vec![("gaps", gaps.into()), ("state", state.into()), ("stored", false.into())]
        }
        "http" => {
            let port = text("host").and_then(|host| host_and_port(host).1);
            port.map(|port| ("http_port", port.into())).into_iter().collect()
        }
        "ssh" => {
            let version = |name| text(name).map(|line| banner(line).0.into());
            let client = version("client").map(|version| ("client.proto_version", version));
            let server = version("server").map(|version| ("server.proto_version", version));
            client.into_iter().chain(server).collect()
        }
        _ => Vec::new(),
    }
}

/// What Suricata calls what is odd in a transport protocol: what it says of streams, and of packets.
fn transport(source: &str) -> Option<&'static str> {
    match source {
        "tcp" => Some("stream"),
        "udp" | "icmp" | "unknown_transport" => Some("decode"),
        _ => None,
    }
}

/// A host, and the port behind it if one is there: `www.example.org:8080`.
fn host_and_port(host: &str) -> (&str, Option<u16>) {
    let is_name = |name: &str| !name.contains(':') || name.starts_with('[') && name.ends_with(']');
    let parts = host.rsplit_once(':').filter(|(name, _)| is_name(name));
    match parts.and_then(|(name, port)| Some((name, port.parse().ok()?))) {
        Some((name, port)) => (name, Some(port)),
        None => (host, None),
    }
}

/// Protocol and software in what a side of SSH starts with: `SSH-2.0-OpenSSH_9.2 comment`.
fn banner(line: &str) -> (&str, &str) {
    let rest = line.strip_prefix("SSH-").unwrap_or(line);
    let (version, software) = rest.split_once('-').unwrap_or((rest, ""));
    (version, software.split(' ').next().unwrap_or_default())
}

/// A version of TLS as Suricata writes it.
fn tls_version(zeeks: &str) -> &str {
    match zeeks {
        "TLSv10" => "TLSv1",
        "TLSv11" => "TLS 1.1",
        "TLSv12" => "TLS 1.2",
        "TLSv13" => "TLS 1.3",
        other => other,
    }
}

/// A time as Suricata writes it: `2017-04-07T22:24:37.251547+0000`.
struct EveTime(Timestamp);

impl Serialize for EveTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for EveTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:.6}", self.0);
        write!(f, "{}+0000", text.trim_end_matches('Z'))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{DNS, FILES, FTP, HTTP, Log, SMTP, SSH, SSL, Subject, WEIRD};
    use super::*;

    /// A record with some of its values.
    fn record(log: &'static Log, given: &[(&str, Value)]) -> Record {
        let value = |name: &str| given.iter().find(|(column, _)| *column == name);
        let values = log.columns.iter().map(|column| match value(column.name) {
            Some((_, value)) => value.clone(),
            None => Value::Unset,
        });
        let values = values.collect();
        let ts = Timestamp::from_secs(1_700_000_000, 123_456_789);
        Record::new(log, ts, Some(Subject::made_up()), values)
    }

    /// What stands in the object of the record's own.
    #[track_caller]
    fn check(log: &'static Log, given: &[(&str, Value)], expected: &Json) {
        let told = serde_json::to_value(EveRecord(&record(log, given))).unwrap();
        assert_eq!(&told[log.eve], expected);
    }

    fn texts(texts: &[&str]) -> Value {
        Value::Texts(texts.iter().map(|text| (*text).to_owned()).collect())
    }

    #[test]
    fn a_record_has_whom_it_is_about_and_an_object_of_its_own() {
        let text = serde_json::to_string(&EveRecord(&record(&HTTP, &[("method", "GET\"".into())])));
        let expected = "{\"timestamp\":\"2023-11-14T22:13:20.123456+0000\",\"flow_id\":7,\
            \"parent_id\":6,\"event_type\":\"http\",\"src_ip\":\"10.0.0.1\",\"src_port\":5000,\
            \"dest_ip\":\"10.0.0.2\",\"dest_port\":80,\"proto\":\"TCP\",\"community_id\":\"1:a=\",\
            \"http\":{\"http_method\":\"GET\\\"\"}}";
        assert_eq!(text.unwrap(), expected);
    }

    // Names, types and forms are those of Suricata's etc/schema.json and of the examples in its manual.

    #[test]
    fn http_has_the_name_of_its_protocol() {
        check(
            &HTTP,
            &[("version", "1.1".into()), ("status_code", 200_u16.into())],
            &json!({ "protocol": "HTTP/1.1", "status": 200 }),
        );
        check(
            &HTTP,
            &[("host", "www.test.org:1337".into()), ("resp_mime_types", texts(&["text/html"]))],
            &json!({ "hostname": "www.test.org", "http_port": 1337 }),
        );
    }

    #[test]
    fn who_goes_over_to_tls_spoke_something_else_before() {
        assert_eq!(programs("smtp"), (Some("smtp"), None));
        assert_eq!(programs("ssl"), (Some("tls"), None));
        assert_eq!(programs("ssl,http"), (Some("tls"), None));
        assert_eq!(programs("smtp,ssl"), (Some("tls"), Some("smtp")));
    }

    #[test]
    fn a_port_stands_behind_a_colon_that_is_of_no_address() {
        assert_eq!(host_and_port("www.test.org"), ("www.test.org", None));
        assert_eq!(host_and_port("[2001:db8::1]:80"), ("[2001:db8::1]", Some(80)));
        for host in ["2001:db8::1", "[2001:db8::1]", "a:", "a:65536", ""] {
            assert_eq!(host_and_port(host), (host, None));
        }
    }

    #[test]
    fn answers_of_dns_are_objects_and_codes_are_names() {
        let answer = Answer {
            name: "a.example".into(),
            record_type: "A".into(),
            ttl: 60,
            data: "192.0.2.1".into(),
        };
        check(
            &DNS,
            &[
                ("trans_id", 9_u16.into()),
                ("query", "a.example".into()),
                ("qtype_name", "A".into()),
                ("rcode", 0_u16.into()),
                ("rcode_name", "NOERROR".into()),
                ("Z", 2_u16.into()),
                ("answers", Value::Answers(vec![answer])),
                ("TTLs", Value::Intervals(vec![std::time::Duration::from_secs(60)])),
            ],
            &json!({
                "version": 2, "type": "answer", "id": 9, "rrname": "a.example", "rrtype": "A",
                "rcode": "NOERROR", "z": false,
                "answers": [{ "rrname": "a.example", "rrtype": "A", "ttl": 60, "rdata": "192.0.2.1" }]
            }),
        );
        check(
            &DNS,
            &[("query", "a".into())],
            &json!({ "version": 2, "type": "query", "rrname": "a" }),
        );
    }

    #[test]
    fn tls_has_versions_with_spaces_and_fingerprints_in_objects() {
        check(
            &SSL,
            &[("version", "TLSv12".into()), ("ja3", "abc".into()), ("ja4", "t13".into())],
            &json!({ "version": "TLS 1.2", "ja3": { "hash": "abc" }, "ja4": "t13" }),
        );
    }

    #[test]
    fn ssh_has_protocol_and_software_apart() {
        check(
            &SSH,
            &[("client", "SSH-2.0-OpenSSH_9.2 Debian-2".into()), ("hassh", "abc".into())],
            &json!({ "client": {
                "proto_version": "2.0", "software_version": "OpenSSH_9.2", "hassh": { "hash": "abc" }
            } }),
        );
        check(
            &SSH,
            &[("server", "SSH-1.99".into())],
            &json!({ "server": { "proto_version": "1.99", "software_version": "" } }),
        );
    }

    #[test]
    fn paths_of_mail_stand_in_brackets_and_replies_of_ftp_in_lists() {
        check(
            &SMTP,
            &[("mailfrom", "".into()), ("rcptto", texts(&["a@b"]))],
            &json!({ "mail_from": "<>", "rcpt_to": ["<a@b>"] }),
        );
        check(
            &FTP,
            &[("reply_code", 226_u16.into()), ("reply_msg", "done".into())],
            &json!({ "completion_code": ["226"], "reply": ["done"] }),
        );
    }

    #[test]
    fn files_and_anomalies_say_what_became_of_them() {
        check(
            &FILES,
            &[("seen_bytes", 5_u64.into()), ("missing_bytes", 2_u64.into())],
            &json!({
                "size": 5, "missing_bytes": 2, "gaps": true, "state": "TRUNCATED", "stored": false
            }),
        );
        check(
            &WEIRD,
            &[("name", "bare_lf".into()), ("source", "http".into())],
            &json!({
                "event": "bare_lf", "app_proto": "http", "type": "applayer", "layer": "proto_parser"
            }),
        );
        check(
            &WEIRD,
            &[("name", "parse_error".into()), ("source", "ssl".into())],
            &json!({
                "event": "parse_error", "app_proto": "tls", "type": "applayer", "layer": "proto_parser"
            }),
        );
        check(
            &WEIRD,
            &[("name", "tcp_rexmit_inconsistency".into()), ("source", "tcp".into())],
            &json!({ "event": "tcp_rexmit_inconsistency", "type": "stream" }),
        );
    }
}
