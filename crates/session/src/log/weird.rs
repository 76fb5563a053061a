//! What should not be: Zeek's `weird.log`.

use std::time::Duration;

use rheos_core::{Side, Timestamp};
use rheos_flow::{Anomaly, AnomalyKind, Severity, TrackerAnomaly};
use rheos_l7::{http, smtp};

use super::logs::Row;
use super::record::column;
use super::{Log, Value};

/// Packets that are older than others by less are no news: the cores of a host have clocks that differ by microseconds.
const MIN_BACK: Duration = Duration::from_millis(1);

/// Something that should not be.
pub static WEIRD: Log = Log::new(
    "weird",
    "anomaly",
    &[
        column("name", "string", "event"),
        column("addl", "string", ""),
        column("notice", "bool", ""),
        column("peer", "string", ""),
        column("source", "string", "app_proto"),
    ],
);

/// What it is, more words about it, and who found it.
pub(super) fn values<'a>(
    name: &str,
    more: Option<String>,
    source: impl Into<Option<&'a str>>,
) -> Vec<Value> {
    let source = source.into().map_or(Value::Unset, Value::from);
    vec![name.into(), more.into(), false.into(), Value::Unset, source]
}

/// What is odd in a connection over this protocol, if it is bad enough and nobody else says more about it.
pub(super) fn odd(anomaly: Anomaly, proto: &str) -> Option<Vec<Value>> {
    let Anomaly { kind, side } = anomaly;
    let is_told =
        matches!(kind, AnomalyKind::ParseError { .. } | AnomalyKind::RetransmitInconsistency);
    if is_told || kind.severity() < Severity::Warning {
        return None;
    }
    let whose = match side {
        Some(Side::Initiator) => "orig",
        Some(Side::Responder) => "resp",
        None => "both",
    };
    let more = match kind {
        AnomalyKind::StreamGap { bytes } | AnomalyKind::BufferOverflow { bytes } => {
            format!("{whose}: {bytes} bytes")
        }
        AnomalyKind::ReassemblerHighWatermark { bytes, cap } => {
            format!("{whose}: {bytes} of {cap} bytes")
        }
        _ => whose.to_owned(),
    };
    let name = match (kind, proto) {
        (AnomalyKind::BadChecksum, "tcp") => "bad_TCP_checksum",
        (AnomalyKind::BadChecksum, "udp") => "bad_UDP_checksum",
        (AnomalyKind::BadChecksum, "icmp") => "bad_ICMP_checksum",
        _ => kind.as_str(),
    };
    Some(values(name, Some(more), proto))
}

/// Whether that is nothing to write down.
pub(super) fn is_noise(anomaly: TrackerAnomaly) -> bool {
    matches!(anomaly, TrackerAnomaly::TimeBackwards { by, .. } if by < MIN_BACK)
}

/// What is odd about all connections, for which Zeek has no name.
pub(super) fn of_all(anomaly: TrackerAnomaly) -> Vec<Value> {
    let more = match anomaly {
        TrackerAnomaly::FlowTableEviction { evicted, total } => {
            Some(format!("{evicted} connections, {total} in all"))
        }
        TrackerAnomaly::TimeBackwards { packets, by } => {
            Some(format!("{packets} packets, by {:.6} seconds", by.as_secs_f64()))
        }
        TrackerAnomaly::GlobalMemcapHit { bytes, cap } => Some(format!("{bytes} of {cap} bytes")),
        _ => None,
    };
    values(anomaly.as_str(), more, None)
}

/// What is odd in what a connection says, told once of it: all of its messages may be so.
#[derive(Clone, Debug, Default)]
pub(super) struct Once(Vec<&'static str>);

impl Once {
    /// The record of what it is called, and more words about it, if it is the first.
    pub(super) fn row(
        &mut self,
        at: Timestamp,
        name: &'static str,
        more: Option<String>,
        source: &str,
    ) -> Option<Row> {
        if self.0.contains(&name) {
            return None;
        }
        self.0.push(name);
        Some(Row::new(&WEIRD, Some(at), values(name, more, source)))
    }
}

/// What Zeek calls what is odd in SMTP, as far as it has a name for it.
pub(super) fn of_smtp(what: smtp::AnomalyKind) -> &'static str {
    match what {
        smtp::AnomalyKind::TooManyPending => "smtp_excessive_pending_cmds",
        _ => what.slug(),
    }
}

/// What Zeek calls what is odd in HTTP, as far as it has a name for it.
pub(super) fn of_http(what: &http::AnomalyKind, kind: http::Kind) -> &'static str {
    match (what, kind) {
        (http::AnomalyKind::InvalidChunk, _) => "HTTP_bad_chunk_size",
        (http::AnomalyKind::Unasked, _) => "unmatched_HTTP_reply",
        (http::AnomalyKind::TooManyPending, _) => "HTTP_excessive_pipelining",
        (http::AnomalyKind::OddVersion, _) => "bad_HTTP_version",
        (http::AnomalyKind::BareLf, _) => "line_terminated_with_single_LF",
        (http::AnomalyKind::NotAMessage, http::Kind::Request) => "bad_HTTP_request",
        (http::AnomalyKind::NotAMessage, http::Kind::Response) => "bad_HTTP_reply",
        _ => what.slug(),
    }
}
