//! Names of what flows report to the facades `metrics` and `tracing`, and the sinks that report it.
//!
//! Without the features `metrics` and `tracing` there are the names alone. With them, a tracker still
//! reports nothing by itself: `Metered` and `Traced` go around its sink, and what does not go
//! through them costs nothing. Labels are words of a short list, never addresses or ports.
//!
//! | metric | kind | labels |
//! |---|---|---|
//! | [`FLOWS_CREATED`] | counter | [`LABEL_L4`] |
//! | [`FLOWS_ENDED`] | counter | [`LABEL_REASON`] |
//! | [`FLOWS_ACTIVE`] | gauge | |
//! | [`BYTES`] | counter, when flows end | [`LABEL_SIDE`] |
//! | [`PACKETS`] | counter, when flows end | [`LABEL_SIDE`] |
//! | [`FLOW_DURATION`] | histogram, seconds | |
//! | [`FLOW_PACKETS`] | histogram | |
//! | [`FLOW_BYTES`] | histogram | |
//! | [`FLOW_REPORTS`] | counter | |
//! | [`ICMP_ERRORS`] | counter | |
//! | [`ANOMALIES`] | counter | [`LABEL_KIND`], [`LABEL_SEVERITY`] |
//! | [`PACKETS_UNMATCHED`] | counter | |
//! | [`FRAGMENTS_LOST`] | counter | |
//! | [`PACKETS_DEDUPLICATED`] | counter | |
//! | [`MEMORY`] | gauge, bytes | |
//!
//! Events of `tracing` have the targets [`TARGET_FLOW`] at `INFO`, with `l4`, `reason`, `packets` and
//! `bytes`, and [`TARGET_ANOMALY`] at `WARN`, with `kind` and `severity`.

#[cfg(feature = "metrics")]
pub use metered::Metered;
#[cfg(feature = "tracing")]
pub use traced::Traced;

#[cfg(feature = "metrics")]
mod metered;
#[cfg(feature = "tracing")]
mod traced;

/// Flows started.
pub const FLOWS_CREATED: &str = "rheos_flows_created_total";
/// Flows ended.
pub const FLOWS_ENDED: &str = "rheos_flows_ended_total";
/// Flows that live, by what was told of them: one that a program [forgets](crate::FlowTracker::forget) stays counted.
pub const FLOWS_ACTIVE: &str = "rheos_flows_active";
/// Bytes on the wire of flows that ended.
pub const BYTES: &str = "rheos_bytes_total";
/// Packets of flows that ended.
pub const PACKETS: &str = "rheos_packets_total";
/// How long flows lasted, in seconds.
pub const FLOW_DURATION: &str = "rheos_flow_duration_seconds";
/// How many packets flows had.
pub const FLOW_PACKETS: &str = "rheos_flow_packets";
/// How many bytes on the wire flows had.
pub const FLOW_BYTES: &str = "rheos_flow_bytes";
/// Reports of flows that last.
pub const FLOW_REPORTS: &str = "rheos_flow_reports_total";
/// ICMP errors that quote packets of flows.
pub const ICMP_ERRORS: &str = "rheos_icmp_errors_total";
/// What was odd.
pub const ANOMALIES: &str = "rheos_anomalies_total";
/// Packets of no flow.
pub const PACKETS_UNMATCHED: &str = "rheos_packets_unmatched_total";
/// Fragments whose first was not seen before them.
pub const FRAGMENTS_LOST: &str = "rheos_fragments_lost_total";
/// Packets that were captured twice.
pub const PACKETS_DEDUPLICATED: &str = "rheos_packets_deduplicated_total";
/// Bytes of memory that a tracker holds.
pub const MEMORY: &str = "rheos_flow_memory_bytes";

/// What IP carries, by [`L4Proto::as_str`](crate::L4Proto::as_str); `none` without IP.
pub const LABEL_L4: &str = "l4";
/// Why a flow ended, by [`EndReason::as_str`](crate::EndReason::as_str).
pub const LABEL_REASON: &str = "reason";
/// `initiator` or `responder`.
pub const LABEL_SIDE: &str = "side";
/// What was odd, by [`AnomalyKind::as_str`](crate::AnomalyKind::as_str).
pub const LABEL_KIND: &str = "kind";
/// How bad it was, by [`Severity::as_str`](crate::Severity::as_str).
pub const LABEL_SEVERITY: &str = "severity";

/// Flows that start and end.
pub const TARGET_FLOW: &str = "rheos.flow";
/// What is odd.
pub const TARGET_ANOMALY: &str = "rheos.anomaly";

/// The label of what IP carries.
#[cfg(any(feature = "metrics", feature = "tracing"))]
fn l4_label(l4: Option<crate::L4Proto>) -> &'static str {
    l4.map_or("none", crate::L4Proto::as_str)
}
