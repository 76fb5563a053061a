//! Records as JSON, with Zeek's names.

use rheos_core::Timestamp;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{Question, Record, Value};

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
            Self::Answers(answers) => {
                serializer.collect_seq(answers.iter().map(|answer| &answer.data))
            }
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
    /// An object with Zeek's names; what has no value is left out. Several questions of DNS are `queries`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("ts", &seconds(self.ts))?;
        if let Some(subject) = &self.subject {
            map.serialize_entry("uid", &subject.uid)?;
            map.serialize_entry("id.orig_h", &subject.orig.ip())?;
            map.serialize_entry("id.orig_p", &subject.orig.port())?;
            map.serialize_entry("id.resp_h", &subject.resp.ip())?;
            map.serialize_entry("id.resp_p", &subject.resp.port())?;
        }
        for (column, value) in self.log.columns.iter().zip(&self.values) {
            if *value != Value::Unset {
                map.serialize_entry(column.name, value)?;
            }
        }
        if !self.questions().is_empty() {
            map.serialize_entry("queries", self.questions())?;
        }
        map.end()
    }
}

impl Serialize for Question {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("query", &self.name)?;
        map.serialize_entry("qtype_name", &self.type_name())?;
        map.end()
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
        let ttls = Value::Intervals(vec![Duration::from_secs(60)]);
        let values = vec!["GET\"".into(), 7_u64.into(), Value::Unset, "abc".into(), ttls];
        let ts = Timestamp::from_secs(1_700_000_000, 123_456_789);
        Record::new(&LOG, ts, Some(Subject::made_up()), values)
    }

    #[test]
    fn a_record_is_an_object_with_zeeks_names() {
        let text = serde_json::to_string(&record()).unwrap();
        let expected = "{\"ts\":1700000000.123456,\"uid\":\"CuP\",\"id.orig_h\":\"10.0.0.1\",\
            \"id.orig_p\":5000,\"id.resp_h\":\"10.0.0.2\",\"id.resp_p\":80,\"method\":\"GET\\\"\",\
            \"len\":7,\"ja3\":\"abc\",\"TTLs\":[60.0]}";
        assert_eq!(text, expected);
    }
}
