//! What should not be: Zeek's `weird.log`.

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
