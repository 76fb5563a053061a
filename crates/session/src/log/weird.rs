//! What should not be: Zeek's `weird.log`.

use rheos_core::Side;
use rheos_flow::{Anomaly, AnomalyKind, Severity};

use super::record::column;
use super::{Log, Value};

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
pub(super) fn values(name: &str, more: Option<String>, source: &str) -> Vec<Value> {
    vec![name.into(), more.into(), false.into(), Value::Unset, source.into()]
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
    Some(values(kind.as_str(), Some(more), proto))
}
