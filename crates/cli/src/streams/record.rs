//! A stream as a record for programs.

use std::net::{IpAddr, SocketAddr};

use serde::Serialize;

use super::{SideTold, Told};

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
        file: told.file.as_deref(),
    }
}
