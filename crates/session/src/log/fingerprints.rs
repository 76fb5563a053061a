//! What programs can be told by: JA3, JA3S, JA4, HASSH.

use super::record::column;
use super::{Log, Record, Value};

/// A fingerprint.
pub static FINGERPRINTS: Log = Log::new(
    "fingerprints",
    "fingerprint",
    &[
        column("kind", "string", "kind"),
        column("fingerprint", "string", "value"),
        column("is_orig", "bool", ""),
        column("name", "string", "name"),
    ],
);

/// The fingerprints in records of TLS and SSH: their column, whether the initiator is told by it, and
/// the column of the name that it goes by.
const COLUMNS: [(&str, &str, bool, &str); 5] = [
    ("ssl", "ja3", true, "server_name"),
    ("ssl", "ja3s", false, "server_name"),
    ("ssl", "ja4", true, "server_name"),
    ("ssh", "hassh", true, "client"),
    ("ssh", "hasshServer", false, "server"),
];

/// The fingerprints in a record, each as a record of its own.
pub fn fingerprints(record: &Record) -> impl Iterator<Item = Record> {
    let found = COLUMNS.iter().filter(|(log, ..)| *log == record.log.name);
    found.filter_map(|(_, kind, is_orig, name)| {
        let fingerprint = record.get(kind).filter(|value| **value != Value::Unset)?.clone();
        let name = record.get(name).cloned().unwrap_or(Value::Unset);
        let values = vec![(*kind).into(), fingerprint, (*is_orig).into(), name];
        Some(Record::new(&FINGERPRINTS, record.ts, record.subject.clone(), values))
    })
}
