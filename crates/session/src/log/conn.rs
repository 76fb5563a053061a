//! Connections: Zeek's `conn.log`.

use rheos_flow::zeek::ConnRow;

use super::record::column;
use super::{Log, Value};

/// A connection that is over.
pub static CONN: Log = Log::new(
    "conn",
    "flow",
    &[
        column("proto", "enum", ""),
        column("service", "string", "app_proto"),
        column("duration", "interval", ""),
        column("orig_bytes", "count", ""),
        column("resp_bytes", "count", ""),
        column("conn_state", "string", ""),
        column("local_orig", "bool", ""),
        column("local_resp", "bool", ""),
        column("missed_bytes", "count", ""),
        column("history", "string", ""),
        column("orig_pkts", "count", "pkts_toserver"),
        column("orig_ip_bytes", "count", ""),
        column("resp_pkts", "count", "pkts_toclient"),
        column("resp_ip_bytes", "count", ""),
        column("tunnel_parents", "set[string]", ""),
        column("ip_proto", "count", ""),
    ],
);

/// The values of a row.
pub(super) fn values(row: &ConnRow) -> Vec<Value> {
    // A single packet has no duration, and to Zeek no bytes.
    let is_single = row.duration.is_zero();
    let bytes = row.bytes.map(|bytes| (!is_single).then_some(bytes).into());
    let [orig_bytes, resp_bytes] = bytes;
    let [local_orig, local_resp] = row.locals().map(Value::from);
    let [(orig_packets, orig_ip), (resp_packets, resp_ip)] = row.packets;
    let service = (!row.services.is_empty()).then(|| row.services.join(","));
    let history = (!row.history.is_empty()).then(|| row.history.clone());
    let parents: Vec<_> = row.tunnel_parents.iter().map(|parent| parent.to_string()).collect();
    let parents = (!parents.is_empty()).then_some(Value::Texts(parents));
    vec![
        row.proto.into(),
        service.into(),
        (!is_single).then_some(row.duration).into(),
        orig_bytes,
        resp_bytes,
        row.conn_state.into(),
        local_orig,
        local_resp,
        row.missed_bytes.into(),
        history.into(),
        orig_packets.into(),
        orig_ip.into(),
        resp_packets.into(),
        resp_ip.into(),
        parents.unwrap_or(Value::Unset),
        Value::Count(row.ip_proto.into()),
    ]
}
