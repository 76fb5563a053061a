//! Flows as other programs read them: messages of IPFIX, records of Suricata's EVE, JSON and CSV.
//!
//! - [`ExportState`] is what a tracker keeps of each flow for them.
//! - An [`Exporter`] makes an [`ExportedFlow`] of each event that is a record.
//! - [`IpfixWriter`] writes such flows as IPFIX; `EveFlow`, behind the feature `serde`, is one as
//!   Suricata tells it.
//! - `FlowLine`, behind the same feature, is a flow of any tracker as an object of JSON, and `FlowCsv` writes them as lines of CSV.
//!
//! ```
//! use rheos_core::{LinkType, RawPacket, Timestamp};
//! use rheos_flow::export::{ExportState, Exporter, IpfixOptions, IpfixWriter};
//! use rheos_flow::{FiveTuple, FiveTupleKey, FlowEvent, FlowTracker};
//!
//! let bytes = b"\x45\0\0\x1e\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02\x30\x39\x1f\x90\0\x0a\0\0hi";
//! let raw = RawPacket::new(Timestamp::from_secs(7, 0), LinkType::IPV4, bytes);
//!
//! let mut tracker = FlowTracker::<_, ExportState>::new(FiveTuple::default());
//! let mut exporter = Exporter::default();
//! let mut flows = Vec::new();
//! let mut sink = |event: &FlowEvent<'_, FiveTupleKey, ExportState>| {
//!     flows.extend(exporter.record(event, |key| *key));
//! };
//! tracker.track(&raw, &mut sink);
//! tracker.finish(&mut sink);
//!
//! let mut file = Vec::new();
//! let mut writer = IpfixWriter::new(&mut file, IpfixOptions::default());
//! flows.iter().try_for_each(|flow| writer.write(flow))?;
//! writer.finish()?;
//! // RFC 7011: version 10, then the length of the message.
//! assert_eq!(file[..2], [0, 10]);
//! # Ok::<(), std::io::Error>(())
//! ```

#[cfg(feature = "serde")]
pub use self::eve::{EveFlow, EveFlowStats, EveTcp};
pub use self::ipfix::{IpfixDirection, IpfixOptions, IpfixWriter, TemplateRefresh};
#[cfg(feature = "serde")]
pub use self::line::{FlowCsv, FlowLine, LineEnd, LineMessage, LineParent, LineSide};
pub use self::record::{ExportSide, ExportState, ExportedFlow, Exporter};

#[cfg(feature = "serde")]
mod eve;
mod ipfix;
#[cfg(feature = "serde")]
mod line;
mod record;
#[cfg(test)]
mod tests;
