//! Records as CSV: Zeek's columns, without its escapes.

use std::io::Write;
use std::time::Duration;

use rheos::session::log::{Log, Record, Value};

use crate::error::Error;

/// Writes the names of a log's columns.
pub(super) fn write_header(output: impl Write, log: &Log) -> Result<(), Error> {
    let mut csv = csv::Writer::from_writer(output);
    csv.write_record(log.all_columns().map(|column| column.name))?;
    csv.flush()?;
    Ok(())
}

/// Writes a record.
pub(super) fn write(output: impl Write, record: &Record) -> Result<(), Error> {
    let mut csv = csv::Writer::from_writer(output);
    let ts = format!("{:.6}", record.ts.unix());
    let common = record.subject.as_ref().map_or_else(Default::default, |subject| {
        let [orig, resp] = [subject.orig, subject.resp];
        [
            subject.uid.clone(),
            orig.ip().to_string(),
            orig.port().to_string(),
            resp.ip().to_string(),
            resp.port().to_string(),
        ]
    });
    let (ahead, behind) = record.ahead_and_behind();
    let front = [ts].into_iter().chain(ahead.iter().map(text)).chain(common);
    csv.write_record(front.chain(behind.iter().map(text)))?;
    csv.flush()?;
    Ok(())
}

/// A value as text; several are parted by commas.
pub(super) fn text(value: &Value) -> String {
    let seconds =
        |interval: &Duration| format!("{}.{:06}", interval.as_secs(), interval.subsec_micros());
    match value {
        Value::Text(text) => text.clone(),
        Value::Count(count) => count.to_string(),
        Value::Truth(truth) => truth.to_string(),
        Value::Time(time) => format!("{:.6}", time.unix()),
        Value::Interval(interval) => seconds(interval),
        Value::Address(address) => address.to_string(),
        Value::Texts(texts) => texts.join(","),
        Value::Answers(answers) => {
            answers.iter().map(|answer| answer.data.as_str()).collect::<Vec<_>>().join(",")
        }
        Value::Intervals(intervals) => intervals.iter().map(seconds).collect::<Vec<_>>().join(","),
        _ => String::new(),
    }
}
