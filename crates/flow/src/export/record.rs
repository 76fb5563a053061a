//! A flow as it is told to other programs, and what is kept of it for that.

use std::hash::BuildHasher;
use std::net::SocketAddr;

use hashbrown::HashMap;
use rheos_core::{Side, Timestamp};
use rheos_layers::{IpProtocol, TcpFlags};

use crate::{
    EndReason, FiveTupleKey, FlowEvent, FlowId, FlowPacket, FlowRecord, FlowState, FlowStats,
    HashSeed, L4Proto, Process, SideStats,
};

/// Bits of a [`flow_id`](ExportedFlow::flow_id): readers of JSON take numbers for floating-point ones,
/// which are whole up to so many bits.
const ID_BITS: u32 = 53;

/// What a tracker keeps of each flow so that it can be told to other programs: the `S` of a
/// [`FlowTracker`](crate::FlowTracker). Every packet is decoded for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportState {
    /// What the initiator's packets say.
    pub initiator: ExportSide,
    /// What the responder's packets say.
    pub responder: ExportSide,
    /// The outermost two VLAN identifiers of the first packet.
    pub vlans: [Option<u16>; 2],
    /// The hardware addresses of the initiator and of the responder: those of the innermost Ethernet
    /// in front of IP, of the first packet.
    pub macs: Option<[[u8; 6]; 2]>,
    /// The interface that saw the first packet.
    pub interface: u32,
}

/// What the packets of one side say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportSide {
    /// All control bits of TCP that came, as [`TcpFlags`] numbers them.
    pub tcp_flags: u16,
    /// Type and code of the first packet of ICMP or `ICMPv6`.
    pub icmp: Option<(u8, u8)>,
    /// Type of service, or traffic class, of the first packet.
    pub tos: u8,
    /// The lowest and the highest time to live, or hop limit.
    pub ttl: Option<(u8, u8)>,
}

impl ExportState {
    /// What one side's packets say.
    pub fn side(&self, side: Side) -> &ExportSide {
        match side {
            Side::Initiator => &self.initiator,
            Side::Responder => &self.responder,
        }
    }
}

impl Process for ExportState {
    const DETAIL: bool = true;

    fn process(&mut self, packet: &FlowPacket<'_>) {
        if packet.is_first {
            self.interface = packet.raw.interface;
        }
        let side = match packet.side {
            Side::Initiator => &mut self.initiator,
            Side::Responder => &mut self.responder,
        };
        side.tcp_flags |= packet.tcp.map_or(0, |tcp| tcp.flags.bits());
        let Some(detail) = packet.detail else { return };
        if packet.is_first {
            self.vlans = detail.vlans;
            self.macs = detail.macs.map(|(source, destination)| match packet.side {
                Side::Initiator => [source, destination],
                Side::Responder => [destination, source],
            });
        }
        if side.ttl.is_none() {
            side.tos = detail.tos;
        }
        let (low, high) = side.ttl.unwrap_or((detail.ttl, detail.ttl));
        side.ttl = Some((low.min(detail.ttl), high.max(detail.ttl)));
        side.icmp = side.icmp.or(detail.icmp);
    }
}

/// A record of a flow: what it adds up to at its end, or so far.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportedFlow {
    /// The same in all records of a flow, and in each run; below 2⁵³, for readers of JSON.
    pub flow_id: u64,
    /// The `flow_id` of the flow that announced this one, if the program knows one.
    pub parent_id: Option<u64>,
    /// Whose first packet started the flow, or would have. A query of ICMP has its identifier in the
    /// place of both ports.
    pub source: SocketAddr,
    /// The other end.
    pub destination: SocketAddr,
    /// What IP carries.
    pub protocol: IpProtocol,
    /// Where TCP stands.
    pub state: FlowState,
    /// Why the flow is over; `None` if it lasts.
    pub end: Option<EndReason>,
    /// When it was told.
    pub timestamp: Timestamp,
    /// What it adds up to from its first packet on.
    pub stats: FlowStats,
    /// What the initiator and the responder sent since the record before, if there was one.
    pub since: [SideStats; 2],
    /// What else its packets say.
    pub state_of_packets: ExportState,
    /// The Community ID, if the program knows one.
    pub community_id: Option<String>,
}

impl ExportedFlow {
    /// The record of a flow that a program tracks by itself, between the ends of its key, and with what
    /// was kept of it. No record was made of it before.
    pub fn new<K, S>(
        flow_id: u64,
        flow: &FlowRecord<K, S>,
        key: &FiveTupleKey,
        kept: ExportState,
        end: Option<EndReason>,
        timestamp: Timestamp,
    ) -> Self {
        let (source, destination) = key.endpoints(flow.initiator);
        let stats = flow.stats;
        Self {
            flow_id,
            parent_id: None,
            source,
            destination,
            protocol: key.protocol(),
            state: flow.state,
            end,
            timestamp,
            stats,
            since: [stats.initiator, stats.responder],
            state_of_packets: kept,
            community_id: None,
        }
    }

    /// What a side sent since the record before.
    pub fn since(&self, side: Side) -> &SideStats {
        let [initiator, responder] = &self.since;
        match side {
            Side::Initiator => initiator,
            Side::Responder => responder,
        }
    }

    /// Whether the protocol has ports.
    pub fn has_ports(&self) -> bool {
        let IpProtocol(number) = self.protocol;
        // TCP, UDP, DCCP, SCTP and UDP-Lite.
        matches!(number, 6 | 17 | 33 | 132 | 136)
    }

    /// The control bits of one side.
    pub fn tcp_flags(&self, side: Side) -> TcpFlags {
        TcpFlags::from_bits_retain(self.state_of_packets.side(side).tcp_flags)
    }
}

/// Makes records of events. It remembers, of flows that last, what was told of them before.
#[derive(Debug)]
pub struct Exporter {
    told: HashMap<FlowId, FlowStats, HashSeed>,
}

impl Default for Exporter {
    fn default() -> Self {
        Self { told: HashMap::with_hasher(HashSeed::random()) }
    }
}

impl Exporter {
    /// The record that an event is, if it is one: the end of a flow, or that it lasts.
    ///
    /// `key` finds the five-tuple in the tracker's key.
    pub fn record<K>(
        &mut self,
        event: &FlowEvent<'_, K, ExportState>,
        key: impl FnOnce(&K) -> FiveTupleKey,
    ) -> Option<ExportedFlow> {
        let (id, flow, timestamp) = (event.id(), event.flow(), event.timestamp());
        let (end, before) = match event {
            FlowEvent::Ended { reason, .. } => (Some(*reason), self.told.remove(&id)),
            FlowEvent::Active { .. } => (None, self.told.insert(id, flow.stats)),
            _ => return None,
        };
        Some(exported(id, flow, key(&flow.key), end, timestamp, &before.unwrap_or_default()))
    }

    /// The [`flow_id`](ExportedFlow::flow_id) of all records of a flow, of which `key` is the five-tuple:
    /// to be told as the parent of those that it announces.
    pub fn flow_id<K, S>(id: FlowId, flow: &FlowRecord<K, S>, key: &FiveTupleKey) -> u64 {
        // A fixed seed: the same in each run. Who chooses flows whose names collide gains nothing.
        let name = (key, flow.stats.started, id.index, id.generation);
        HashSeed::fixed(1).hash_one(name) >> (u64::BITS - ID_BITS)
    }
}

fn exported<K>(
    id: FlowId,
    flow: &FlowRecord<K, ExportState>,
    key: FiveTupleKey,
    end: Option<EndReason>,
    timestamp: Timestamp,
    before: &FlowStats,
) -> ExportedFlow {
    let stats = flow.stats;
    let flow_id = Exporter::flow_id(id, flow, &key);
    let since =
        [since(&stats.initiator, &before.initiator), since(&stats.responder, &before.responder)];
    ExportedFlow { since, ..ExportedFlow::new(flow_id, flow, &key, flow.user, end, timestamp) }
}

/// What was added to `before`.
fn since(now: &SideStats, before: &SideStats) -> SideStats {
    let mut since = *now;
    for (count, before) in [
        (&mut since.packets, before.packets),
        (&mut since.wire_bytes, before.wire_bytes),
        (&mut since.ip_bytes, before.ip_bytes),
        (&mut since.payload_bytes, before.payload_bytes),
    ] {
        *count = count.wrapping_sub(before);
    }
    since
}

/// Whether a flow is one of ICMP of either version.
pub(super) fn is_icmp(protocol: IpProtocol) -> bool {
    matches!(L4Proto::from(protocol), L4Proto::Icmp | L4Proto::IcmpV6)
}
