//! A stream as a record for programs.

use std::net::{IpAddr, SocketAddr};

use serde::Serialize;

use super::{SideTold, Told};
use crate::output::Output;

/// A connection. Its fields are fixed: programs read them.
#[derive(Serialize)]
pub(super) struct Line<'a> {
    stream: u64,
    initiator: Role<'a>,
    responder: Role<'a>,
    /// When the first packet came, in seconds since 1970.
    first: String,
    /// Why it is over.
    end: &'static str,
}

#[derive(Serialize)]
struct Role<'a> {
    address: IpAddr,
    port: u16,
    /// Bytes put together, each once.
    bytes: u64,
    gaps: u64,
    gap_bytes: u64,
    /// Segments with bytes that had come before.
    retransmits: u64,
    retransmitted_bytes: u64,
    /// Segments that waited for others.
    out_of_order: u64,
    /// Bytes that met others of the same place.
    overlapped_bytes: u64,
    /// Places where they differed.
    conflicts: u64,
    /// Bytes that came when they had been given up as missing.
    late_bytes: u64,
    file: Option<&'a str>,
}

impl<'a> From<&'a Told> for Line<'a> {
    fn from(told: &'a Told) -> Self {
        let Told { connection, sides: [first, second], end } = told;
        let (initiator, responder) = connection.key.endpoints(connection.initiator);
        Self {
            stream: connection.number,
            initiator: role(initiator, first),
            responder: role(responder, second),
            first: connection.started.unix().to_string(),
            end,
        }
    }
}

fn role(endpoint: SocketAddr, told: &SideTold) -> Role<'_> {
    let stats = &told.stats;
    Role {
        address: endpoint.ip(),
        port: endpoint.port(),
        bytes: stats.bytes,
        gaps: stats.gaps,
        gap_bytes: stats.gap_bytes,
        retransmits: stats.retransmits,
        retransmitted_bytes: stats.retransmitted_bytes,
        out_of_order: stats.out_of_order,
        overlapped_bytes: stats.overlapped_bytes,
        conflicts: told.conflicts,
        late_bytes: stats.late_bytes,
        file: told.file.as_deref(),
    }
}

/// The columns of CSV: those of a [`Line`], in their order.
pub(super) const COLUMNS: [&str; 27] = [
    "stream",
    "initiator_address",
    "initiator_port",
    "initiator_bytes",
    "initiator_gaps",
    "initiator_gap_bytes",
    "initiator_retransmits",
    "initiator_retransmitted_bytes",
    "initiator_out_of_order",
    "initiator_overlapped_bytes",
    "initiator_conflicts",
    "initiator_late_bytes",
    "initiator_file",
    "responder_address",
    "responder_port",
    "responder_bytes",
    "responder_gaps",
    "responder_gap_bytes",
    "responder_retransmits",
    "responder_retransmitted_bytes",
    "responder_out_of_order",
    "responder_overlapped_bytes",
    "responder_conflicts",
    "responder_late_bytes",
    "responder_file",
    "first",
    "end",
];

/// A writer of lines, the first of which is to have the names of the [columns](COLUMNS).
pub(super) fn csv(output: Output) -> csv::Writer<Output> {
    csv::WriterBuilder::new().has_headers(false).from_writer(output)
}
