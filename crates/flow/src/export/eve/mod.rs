//! A flow as [Suricata] tells it in EVE, a JSON object a line.
//!
//! [Suricata]: https://docs.suricata.io/en/latest/output/eve/eve-json-format.html

use std::net::{IpAddr, SocketAddr};

use rheos_core::{Side, Timestamp};
use rheos_layers::{IpProtocol, TcpFlags};
use serde::Serialize;

use super::ExportedFlow;
use super::record::is_icmp;
use crate::{EndReason, FlowState};

/// A record of the type `flow`, under Suricata's names. Bytes are those on the wire, times are UTC to
/// the microsecond.
///
/// What Suricata knows and a tracker does not is left out: `tx_cnt` and what rules say; nothing is
/// `alerted`. Beyond Suricata's, the reason of a record may be `active`: the flow lasts.
///
/// ```
/// # use rheos_core::{LinkType, RawPacket, Timestamp};
/// # use rheos_flow::export::{EveFlow, ExportState, ExportedFlow, Exporter};
/// # use rheos_flow::{FiveTuple, FiveTupleKey, FlowEvent, FlowTracker};
/// # let bytes = b"\x45\0\0\x1e\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02\x30\x39\x1f\x90\0\x0a\0\0hi";
/// # let raw = RawPacket::new(Timestamp::from_secs(7, 0), LinkType::IPV4, bytes);
/// # let mut tracker = FlowTracker::<_, ExportState>::new(FiveTuple::default());
/// # let mut exporter = Exporter::default();
/// let mut told: Vec<ExportedFlow> = Vec::new();
/// let mut sink = |event: &FlowEvent<'_, FiveTupleKey, ExportState>| {
///     told.extend(exporter.record(event, |key| *key));
/// };
/// tracker.track(&raw, &mut sink);
/// tracker.finish(&mut sink);
/// let line = serde_json::to_value(EveFlow::from(&told[0]))?;
/// assert_eq!(line["timestamp"], "1970-01-01T00:00:07.000000+0000");
/// assert_eq!((&line["proto"], &line["dest_port"]), (&"UDP".into(), &8080.into()));
/// assert_eq!(line["flow"]["bytes_toserver"], 30);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct EveFlow<'a> {
    /// When it was told.
    pub timestamp: String,
    /// The same in all records of a flow.
    pub flow_id: u64,
    /// The flow that announced this one, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<u64>,
    /// The interface, if the program knows its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_iface: Option<&'a str>,
    /// `flow`.
    pub event_type: &'static str,
    /// The identifiers of VLANs, outermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vlan: Vec<u16>,
    /// The initiator.
    pub src_ip: IpAddr,
    /// Its port, if there are ports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub src_port: Option<u16>,
    /// The responder.
    pub dest_ip: IpAddr,
    /// Its port, if there are ports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dest_port: Option<u16>,
    /// The version of IP.
    pub ip_v: u8,
    /// What IP carries: a name, or a number of three digits.
    pub proto: String,
    /// What programs say in it, if parsers looked: `http`, `tls` and so on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_proto: Option<&'a str>,
    /// What they said in it before they went over to that, as mail does to TLS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_proto_orig: Option<&'a str>,
    /// Of the initiator's first packet of ICMP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icmp_type: Option<u8>,
    /// Of the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icmp_code: Option<u8>,
    /// Of the responder's first packet of ICMP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_icmp_type: Option<u8>,
    /// Of the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_icmp_code: Option<u8>,
    /// What it adds up to.
    pub flow: EveFlowStats,
    /// The Community ID, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub community_id: Option<&'a str>,
    /// What came of TCP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcp: Option<EveTcp>,
}

/// What a flow adds up to.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the names are Suricata's")]
pub struct EveFlowStats {
    pub pkts_toserver: u64,
    pub pkts_toclient: u64,
    pub bytes_toserver: u64,
    pub bytes_toclient: u64,
    pub start: String,
    pub end: String,
    /// Seconds from the one to the other, of both only the whole ones.
    pub age: i64,
    /// `new`, `established` or `closed`.
    pub state: &'static str,
    /// `timeout`, `forced`, `shutdown`, `tcp_reuse` or `active`.
    pub reason: &'static str,
    pub alerted: bool,
}

/// What came of TCP: all control bits as hexadecimal digits, and those that came by their names.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the names are Suricata's")]
#[allow(clippy::struct_excessive_bools, reason = "each is a control bit")]
pub struct EveTcp {
    pub tcp_flags: String,
    pub tcp_flags_ts: String,
    pub tcp_flags_tc: String,
    #[serde(skip_serializing_if = "is_false")]
    pub syn: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub fin: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub rst: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub psh: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub ack: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub urg: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub ecn: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub cwr: bool,
    pub state: &'static str,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_false(bit: &bool) -> bool {
    !bit
}

impl<'a> From<&'a ExportedFlow> for EveFlow<'a> {
    fn from(flow: &'a ExportedFlow) -> Self {
        let stats = &flow.stats;
        let said = &flow.state_of_packets;
        let icmp = |side| said.side(side).icmp.filter(|_| is_icmp(flow.protocol));
        let (query, answer) = (icmp(Side::Initiator), icmp(Side::Responder));
        let port = |end: SocketAddr| flow.has_ports().then_some(end.port());
        Self {
            timestamp: time(flow.timestamp),
            flow_id: flow.flow_id,
            parent_id: flow.parent_id,
            in_iface: None,
            event_type: "flow",
            vlan: said.vlans.iter().flatten().copied().collect(),
            src_ip: flow.source.ip(),
            src_port: port(flow.source),
            dest_ip: flow.destination.ip(),
            dest_port: port(flow.destination),
            ip_v: if flow.source.is_ipv4() { 4 } else { 6 },
            proto: proto(flow.protocol),
            app_proto: None,
            app_proto_orig: None,
            icmp_type: query.map(|(kind, _)| kind),
            icmp_code: query.map(|(_, code)| code),
            response_icmp_type: answer.map(|(kind, _)| kind),
            response_icmp_code: answer.map(|(_, code)| code),
            flow: EveFlowStats {
                pkts_toserver: stats.initiator.packets,
                pkts_toclient: stats.responder.packets,
                bytes_toserver: stats.initiator.wire_bytes,
                bytes_toclient: stats.responder.wire_bytes,
                start: time(stats.started),
                end: time(stats.last_seen),
                age: stats.last_seen.seconds().saturating_sub(stats.started.seconds()),
                state: state(flow),
                reason: reason(flow.end),
                alerted: false,
            },
            community_id: flow.community_id.as_deref(),
            tcp: (flow.protocol == IpProtocol::TCP).then(|| tcp(flow)),
        }
    }
}

/// A time as Suricata writes it: `2017-04-07T22:24:37.251547+0000`.
fn time(time: Timestamp) -> String {
    let text = format!("{time:.6}");
    format!("{}+0000", text.trim_end_matches('Z'))
}

/// The keyword that IANA has for a protocol, or its number, as Suricata writes them.
fn proto(protocol: IpProtocol) -> String {
    let name = match protocol.0 {
        1 => "ICMP",
        2 => "IGMP",
        4 => "IPv4",
        6 => "TCP",
        17 => "UDP",
        33 => "DCCP",
        41 => "IPv6",
        46 => "RSVP",
        47 => "GRE",
        50 => "ESP",
        51 => "AH",
        58 => "IPv6-ICMP",
        88 => "EIGRP",
        103 => "PIM",
        112 => "VRRP",
        132 => "SCTP",
        136 => "UDPLite",
        137 => "MPLS-in-IP",
        number => return format!("{number:03}"),
    };
    name.to_owned()
}

fn state(flow: &ExportedFlow) -> &'static str {
    match flow.state {
        FlowState::SynSent | FlowState::SynReceived => "new",
        FlowState::Closed | FlowState::Reset => "closed",
        FlowState::Active if flow.stats.responder.packets == 0 => "new",
        FlowState::Active | FlowState::Established | FlowState::FinWait | FlowState::ClosingTcp => {
            "established"
        }
    }
}

fn reason(end: Option<EndReason>) -> &'static str {
    match end {
        // Suricata tells what TCP has closed when the time to wait for late segments is over, too.
        Some(EndReason::IdleTimeout | EndReason::Fin | EndReason::Rst) => "timeout",
        Some(EndReason::PortReuse) => "tcp_reuse",
        Some(EndReason::Evicted | EndReason::ForceClosed) => "forced",
        Some(EndReason::EndOfInput) => "shutdown",
        None => "active",
    }
}

fn tcp(flow: &ExportedFlow) -> EveTcp {
    let (server, client) = (flow.tcp_flags(Side::Initiator), flow.tcp_flags(Side::Responder));
    let all = server | client;
    // Suricata knows eight bits.
    let hex = |flags: TcpFlags| format!("{:02x}", flags.bits() & 0xff);
    EveTcp {
        tcp_flags: hex(all),
        tcp_flags_ts: hex(server),
        tcp_flags_tc: hex(client),
        syn: all.contains(TcpFlags::SYN),
        fin: all.contains(TcpFlags::FIN),
        rst: all.contains(TcpFlags::RST),
        psh: all.contains(TcpFlags::PSH),
        ack: all.contains(TcpFlags::ACK),
        urg: all.contains(TcpFlags::URG),
        ecn: all.contains(TcpFlags::ECE),
        cwr: all.contains(TcpFlags::CWR),
        state: match flow.state {
            FlowState::Active => "none",
            FlowState::SynSent => "syn_sent",
            FlowState::SynReceived => "syn_recv",
            FlowState::Established => "established",
            FlowState::FinWait => "fin_wait1",
            FlowState::ClosingTcp => "closing",
            FlowState::Closed | FlowState::Reset => "closed",
        },
    }
}

#[cfg(test)]
mod tests;
