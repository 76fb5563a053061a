//! A flow as a record for programs: JSON and CSV.

use std::io::Write;

use rheos::flow::{L4Proto, SideStats};
use serde::Serialize;

use super::key::{Address, End, Ends, Key};
use super::{Parent, Told};
use crate::error::Error;

/// A flow. Its fields are fixed: programs read them.
#[derive(Serialize)]
pub(super) struct Line {
    proto: String,
    initiator: Role,
    responder: Role,
    /// When the first packet came, in seconds since 1970.
    first: String,
    /// When the last packet came, in seconds since 1970.
    last: String,
    /// Seconds from the first packet to the last.
    duration: f64,
    state: &'static str,
    end: &'static str,
    history: String,
    /// What tells it apart beside its ends, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<String>,
    /// The flow that announced it, if one did. CSV has columns for it and for the control message, filled or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<ParentLine>,
    /// The control message that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    icmp: Option<Message>,
}

/// A control message, of ICMP or `ICMPv6`: the question, where there is an answer to it.
#[derive(Serialize)]
struct Message {
    #[serde(rename = "type")]
    kind: u8,
    code: u8,
}

/// As much of the flow that announced another as tells it apart.
#[derive(Serialize)]
struct ParentLine {
    proto: String,
    initiator: PlaceLine,
    responder: PlaceLine,
    first: String,
}

#[derive(Serialize)]
struct PlaceLine {
    address: Address,
    port: Option<u16>,
}

#[derive(Serialize)]
struct Role {
    address: Address,
    /// Absent in pairs of hosts; a query of ICMP has its identifier there, on both ends.
    port: Option<u16>,
    packets: u64,
    wire_bytes: u64,
    ip_bytes: u64,
    payload_bytes: u64,
}

impl From<&Told> for Line {
    fn from(told: &Told) -> Self {
        let (initiator, responder) = told.ends.in_order(told.initiator);
        let stats = &told.stats;
        Self {
            proto: proto(&told.ends, told.l4),
            initiator: role(initiator, &stats.initiator),
            responder: role(responder, &stats.responder),
            first: stats.started.unix().to_string(),
            last: stats.last_seen.unix().to_string(),
            duration: stats.last_seen.saturating_since(stats.started).as_secs_f64(),
            state: told.state.as_str(),
            end: told.end,
            history: told.history.to_string(),
            tag: told.tag.clone(),
            parent: told.parent.as_ref().map(ParentLine::from),
            icmp: message(&told.ends),
        }
    }
}

impl From<&Parent> for ParentLine {
    fn from(parent: &Parent) -> Self {
        let (initiator, responder) = parent.ends.in_order(parent.initiator);
        let place = |End { address, port }| PlaceLine { address, port };
        Self {
            proto: proto(&parent.ends, parent.l4),
            initiator: place(initiator),
            responder: place(responder),
            first: parent.first.unix().to_string(),
        }
    }
}

fn role(end: End, stats: &SideStats) -> Role {
    let SideStats { packets, wire_bytes, ip_bytes, payload_bytes, .. } = *stats;
    let End { address, port } = end;
    Role { address, port, packets, wire_bytes, ip_bytes, payload_bytes }
}

fn message(ends: &Ends) -> Option<Message> {
    let Ends::FiveTuple(key) = ends else { return None };
    key.message().map(|(kind, code)| Message { kind, code })
}

/// What IP carries, in lower case, or its number; of pairs of hosts, what their addresses are of.
pub(super) fn proto(ends: &Ends, protocol: Option<L4Proto>) -> String {
    match ends {
        Ends::FiveTuple(_) => l4(protocol),
        Ends::IpPair(_) => "ip".into(),
        Ends::MacPair(_) => "eth".into(),
    }
}

/// What IP carries, in lower case, or its number.
pub(crate) fn l4(protocol: Option<L4Proto>) -> String {
    match protocol {
        Some(L4Proto::Tcp) => "tcp".into(),
        Some(L4Proto::Udp) => "udp".into(),
        Some(L4Proto::Icmp) => "icmp".into(),
        Some(L4Proto::IcmpV6) => "icmpv6".into(),
        Some(L4Proto::Sctp) => "sctp".into(),
        Some(L4Proto::Other(number)) => number.to_string(),
        None => "unknown".into(),
    }
}

/// The columns of CSV: those of a [`Line`], in their order, in front of the tag and of [`LAST`].
const COLUMNS: [&str; 19] = [
    "proto",
    "initiator_address",
    "initiator_port",
    "initiator_packets",
    "initiator_wire_bytes",
    "initiator_ip_bytes",
    "initiator_payload_bytes",
    "responder_address",
    "responder_port",
    "responder_packets",
    "responder_wire_bytes",
    "responder_ip_bytes",
    "responder_payload_bytes",
    "first",
    "last",
    "duration",
    "state",
    "end",
    "history",
];

/// The columns behind the tag: those of [`Last`].
const LAST: [&str; 8] = [
    "icmp_type",
    "icmp_code",
    "parent_proto",
    "parent_initiator_address",
    "parent_initiator_port",
    "parent_responder_address",
    "parent_responder_port",
    "parent_first",
];

/// What is in an object of its own in JSON, if at all, and in columns that are always there in CSV.
#[derive(Default, Serialize)]
struct Last {
    icmp: [Option<u8>; 2],
    proto: Option<String>,
    ends: [(Option<Address>, Option<u16>); 2],
    first: Option<String>,
}

impl Last {
    /// Takes it out of a line.
    fn take(line: &mut Line) -> Self {
        let icmp = line.icmp.take().map_or([None; 2], |it| [it.kind, it.code].map(Some));
        let Some(ParentLine { proto, initiator, responder, first }) = line.parent.take() else {
            return Self { icmp, ..Self::default() };
        };
        let ends = [initiator, responder].map(|place| (Some(place.address), place.port));
        Self { icmp, proto: Some(proto), ends, first: Some(first) }
    }
}

/// Writes a line of column names, if they are asked for, and a line a flow.
pub(super) fn write_csv(
    output: impl Write,
    flows: &[Told],
    key: Key,
    has_names: bool,
) -> Result<(), Error> {
    let mut csv = csv::WriterBuilder::new().has_headers(false).from_writer(output);
    let has_tag = matches!(key, Key::Network | Key::Interface | Key::FlowLabel);
    if has_names {
        csv.write_record(COLUMNS.into_iter().chain(has_tag.then_some("tag")).chain(LAST))?;
    }
    for flow in flows {
        let mut line = Line::from(flow);
        let last = Last::take(&mut line);
        csv.serialize((line, last))?;
    }
    csv.flush()?;
    Ok(())
}
