//! Records as JSON: with Zeek's names, or as Suricata's EVE.

use std::collections::BTreeMap;
use std::fmt;

use rheos_core::Timestamp;
use rheos_flow::export::{EveFlow, ExportedFlow};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{Record, Value};

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unset => serializer.serialize_unit(),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Count(count) => serializer.serialize_u64(*count),
            Self::Truth(truth) => serializer.serialize_bool(*truth),
            Self::Time(time) => serializer.serialize_f64(seconds(*time)),
            Self::Interval(interval) => serializer.serialize_f64(interval.as_secs_f64()),
            Self::Address(address) => serializer.collect_str(address),
            Self::Texts(texts) => serializer.collect_seq(texts),
            Self::Intervals(intervals) => {
                serializer.collect_seq(intervals.iter().map(std::time::Duration::as_secs_f64))
            }
        }
    }
}

/// Seconds since 1970, as Zeek's JSON has times: microseconds are exact.
#[allow(
    clippy::cast_precision_loss,
    reason = "microseconds since 1970 fit in 52 bits for a century"
)]
fn seconds(time: Timestamp) -> f64 {
    let micros = time.as_nanos().div_euclid(1000);
    micros as f64 / 1e6
}

impl Serialize for Record {
    /// An object with Zeek's names; what has no value is left out.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let subject = &self.subject;
        map.serialize_entry("ts", &seconds(self.ts))?;
        map.serialize_entry("uid", &subject.uid)?;
        map.serialize_entry("id.orig_h", &subject.orig.ip())?;
        map.serialize_entry("id.orig_p", &subject.orig.port())?;
        map.serialize_entry("id.resp_h", &subject.resp.ip())?;
        map.serialize_entry("id.resp_p", &subject.resp.port())?;
        for (column, value) in self.log.columns.iter().zip(&self.values) {
            if *value != Value::Unset {
                map.serialize_entry(column.name, value)?;
            }
        }
        map.end()
    }
}

/// A record as Suricata's EVE has it: what they call it, with their names, in an object of its own.
/// What they have no name for stands there under Zeek's. A connection is an [`EveFlow`], as
/// `rheos_flow` tells of it.
#[derive(Clone, Copy, Debug)]
pub struct EveRecord<'a>(pub &'a Record);

impl Serialize for EveRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Record { log, ts, subject, values, .. } = self.0;
        if let Some(flow) = &self.0.flow {
            return eve_flow(self.0, flow).serialize(serializer);
        }
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("timestamp", &EveTime(*ts))?;
        map.serialize_entry("flow_id", &subject.flow_id)?;
        map.serialize_entry("event_type", log.eve)?;
        map.serialize_entry("src_ip", &subject.orig.ip())?;
        map.serialize_entry("src_port", &subject.orig.port())?;
        map.serialize_entry("dest_ip", &subject.resp.ip())?;
        map.serialize_entry("dest_port", &subject.resp.port())?;
        map.serialize_entry("proto", &subject.proto.to_ascii_uppercase())?;
        // A name with a dot is of an object in it.
        let mut nested: BTreeMap<&str, BTreeMap<&str, &Value>> = BTreeMap::new();
        let mut plain: BTreeMap<&str, &Value> = BTreeMap::new();
        for (column, value) in log.columns.iter().zip(values) {
            let name = if column.eve.is_empty() { column.name } else { column.eve };
            match name.split_once('.') {
                _ if *value == Value::Unset => {}
                Some((outer, inner)) => {
                    nested.entry(outer).or_default().insert(inner, value);
                }
                None => {
                    plain.insert(name, value);
                }
            }
        }
        map.serialize_entry(log.eve, &Fields { plain, nested })?;
        map.end()
    }
}

/// A connection, and the first that parsers found in it.
fn eve_flow<'a>(record: &'a Record, flow: &'a ExportedFlow) -> EveFlow<'a> {
    let mut eve = EveFlow::from(flow);
    if let Some(Value::Text(services)) = record.get("service") {
        eve.app_proto = services.split(',').next().map(|service| match service {
            "ssl" => "tls",
            other => other,
        });
    }
    eve
}

/// The values of a record, some of them in objects of their own.
struct Fields<'a> {
    plain: BTreeMap<&'a str, &'a Value>,
    nested: BTreeMap<&'a str, BTreeMap<&'a str, &'a Value>>,
}

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.plain.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))?;
        self.nested.iter().try_for_each(|(name, values)| map.serialize_entry(name, values))?;
        map.end()
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
    use std::time::Duration;

    use super::super::record::column;
    use super::super::{Column, Log, Subject};
    use super::*;

    const COLUMNS: &[Column] = &[
        column("method", "string", "http_method"),
        column("len", "count", ""),
        column("nothing", "string", ""),
        column("ja3", "string", "ja3.hash"),
        column("TTLs", "vector[interval]", "ttls"),
    ];
    static LOG: Log = Log::new("made_up", "http", COLUMNS);

    fn record() -> Record {
        let subject = Subject {
            uid: "CuP".into(),
            flow_id: 7,
            orig: ([10, 0, 0, 1], 5000).into(),
            resp: ([10, 0, 0, 2], 80).into(),
            proto: "tcp",
        };
        let ttls = Value::Intervals(vec![Duration::from_secs(60)]);
        let values = vec!["GET\"".into(), 7_u64.into(), Value::Unset, "abc".into(), ttls];
        let ts = Timestamp::from_secs(1_700_000_000, 123_456_789);
        Record { log: &LOG, ts, subject, values, file: None, flow: None }
    }

    #[test]
    fn a_record_is_an_object_with_zeeks_names() {
        let text = serde_json::to_string(&record()).unwrap();
        let expected = "{\"ts\":1700000000.123456,\"uid\":\"CuP\",\"id.orig_h\":\"10.0.0.1\",\
            \"id.orig_p\":5000,\"id.resp_h\":\"10.0.0.2\",\"id.resp_p\":80,\"method\":\"GET\\\"\",\
            \"len\":7,\"ja3\":\"abc\",\"TTLs\":[60.0]}";
        assert_eq!(text, expected);
    }

    #[test]
    fn in_eve_it_has_suricatas_names_in_an_object_of_its_own() {
        let record = record();
        let text = serde_json::to_string(&EveRecord(&record)).unwrap();
        let expected = "{\"timestamp\":\"2023-11-14T22:13:20.123456+0000\",\"flow_id\":7,\
            \"event_type\":\"http\",\"src_ip\":\"10.0.0.1\",\"src_port\":5000,\
            \"dest_ip\":\"10.0.0.2\",\"dest_port\":80,\"proto\":\"TCP\",\"http\":{\
            \"http_method\":\"GET\\\"\",\"len\":7,\"ttls\":[60.0],\"ja3\":{\"hash\":\"abc\"}}}";
        assert_eq!(text, expected);
    }
}
