//! What there is to know of each side of a flow beyond packets and bytes.

use std::time::Duration;

use rheos_core::{SeqNumber, Side, Timestamp};
use rheos_layers::TcpFlags;

use crate::{FlowPacket, IcmpError, Process, TcpInfo};

/// What there is to know of each side of a flow beyond packets and bytes: `S` of a
/// [`FlowTracker`](crate::FlowTracker), for those who want it and can pay for decoding every packet.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct FlowDetails {
    /// What the initiator sent.
    pub initiator: SideDetails,
    /// What the responder sent.
    pub responder: SideDetails,
    /// When the handshake of TCP took place.
    pub handshake: Handshake,
    /// ICMP errors that quote packets of the flow, and the last of them.
    pub icmp_errors: (u64, Option<IcmpError>),
}

/// What one side of a flow sent.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct SideDetails {
    /// Packets with payload.
    pub payload_packets: u64,
    /// Fragments.
    pub fragments: u64,
    /// The lowest and the highest time to live.
    pub ttl: Option<(u8, u8)>,
    /// The type of service of the last packet.
    pub tos: u8,
    /// All control bits of TCP.
    pub flags: TcpFlagsSeen,
    /// Segments with SYN, FIN, RST, PSH, ACK, URG, ECE and CWR, in the order of their bits.
    pub flag_counts: [u64; 8],
    /// Segments of which every byte had been sent before, without keep-alives.
    pub retransmissions: u64,
    /// Segments in front of the highest number, whose bytes had not been sent before: behind a gap
    /// that they fill.
    pub out_of_order: u64,
    /// Windows of zero.
    pub zero_windows: u64,
    /// Segments without payload that say what the one before said while the other side waits.
    pub duplicate_acks: u64,
    /// By how many bits its windows are shifted, as its SYN says.
    pub window_scale: Option<u8>,
    /// The largest segment that it takes, as its SYN says.
    pub mss: Option<u16>,
    /// Whether its SYN permits selective acknowledgments.
    pub sack_permitted: bool,
    /// Segments with selective acknowledgments.
    pub sacks: u64,
    /// Hardware addresses of its first packet: its own, and where that went.
    pub macs: Option<([u8; 6], [u8; 6])>,
    /// VLAN identifiers of its first packet.
    pub vlans: [Option<u16>; 2],
    /// The interface that saw its first packet.
    pub interface: Option<u32>,
    /// The number behind the highest sent, and the last acknowledgment and window.
    next: Option<SeqNumber>,
    acked: Option<(u32, u16)>,
    /// Bytes in front of `next` that were not sent when it was, if a gap is open.
    gap: Option<(SeqNumber, SeqNumber)>,
}

/// Control bits that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcpFlagsSeen(pub TcpFlags);

impl Default for TcpFlagsSeen {
    fn default() -> Self {
        Self(TcpFlags::empty())
    }
}

/// When the handshake of TCP took place. A SYN or SYN-ACK that was sent again leaves times out: which
/// of them was answered is not known (Karn's rule).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Handshake {
    /// When the SYN came.
    pub syn: Option<Timestamp>,
    /// When the SYN-ACK came.
    pub syn_ack: Option<Timestamp>,
    /// When the ACK of that came.
    pub ack: Option<Timestamp>,
    syns: u8,
    syn_acks: u8,
}

impl Handshake {
    /// The round trip between where the capture was made and the responder.
    pub fn rtt_network(&self) -> Option<Duration> {
        let is_once = self.syns == 1 && self.syn_acks == 1;
        let (syn, syn_ack) = self.syn.zip(self.syn_ack).filter(|_| is_once)?;
        Some(syn_ack.saturating_since(syn))
    }

    /// The round trip between where the capture was made and the initiator.
    pub fn rtt_user(&self) -> Option<Duration> {
        let (syn_ack, ack) = self.syn_ack.zip(self.ack).filter(|_| self.syn_acks == 1)?;
        Some(ack.saturating_since(syn_ack))
    }

    /// The whole round trip.
    pub fn rtt(&self) -> Option<Duration> {
        Some(self.rtt_network()?.saturating_add(self.rtt_user()?))
    }

    fn note(&mut self, side: Side, tcp: &TcpInfo, now: Timestamp) {
        let (syn, ack) = (tcp.flags.contains(TcpFlags::SYN), tcp.flags.contains(TcpFlags::ACK));
        match (side, syn, ack) {
            (Side::Initiator, true, false) => {
                self.syn.get_or_insert(now);
                self.syns = self.syns.saturating_add(1);
            }
            (Side::Responder, true, true) => {
                self.syn_ack.get_or_insert(now);
                self.syn_acks = self.syn_acks.saturating_add(1);
            }
            (Side::Initiator, false, true) if self.syn_ack.is_some() => {
                self.ack.get_or_insert(now);
            }
            _ => {}
        }
    }
}

impl FlowDetails {
    /// What one side sent.
    pub fn side(&self, side: Side) -> &SideDetails {
        match side {
            Side::Initiator => &self.initiator,
            Side::Responder => &self.responder,
        }
    }
}

impl Process for FlowDetails {
    const DETAIL: bool = true;

    fn process(&mut self, packet: &FlowPacket<'_>) {
        let sides = (&mut self.initiator, &mut self.responder);
        let (one, other) = match packet.side {
            Side::Initiator => sides,
            Side::Responder => (sides.1, sides.0),
        };
        one.note(packet);
        if let Some(tcp) = packet.tcp {
            self.handshake.note(packet.side, tcp, packet.timestamp);
            one.segment(tcp, packet.payload_length, other.next);
        }
    }

    fn icmp_error(&mut self, _side: Side, error: &IcmpError) {
        let (count, last) = &mut self.icmp_errors;
        (*count, *last) = (count.saturating_add(1), Some(*error));
    }
}

fn count(counter: &mut u64, happened: bool) {
    *counter = counter.saturating_add(happened.into());
}

impl SideDetails {
    fn note(&mut self, packet: &FlowPacket<'_>) {
        count(&mut self.payload_packets, packet.payload_length > 0);
        let is_first = self.interface.is_none();
        self.interface.get_or_insert(packet.raw.interface);
        let Some(detail) = packet.detail else { return };
        count(&mut self.fragments, detail.is_fragment);
        let (low, high) = self.ttl.unwrap_or((detail.ttl, detail.ttl));
        self.ttl = Some((low.min(detail.ttl), high.max(detail.ttl)));
        self.tos = detail.tos;
        count(&mut self.sacks, detail.tcp.sack_blocks > 0);
        if packet.tcp.is_some_and(|tcp| tcp.flags.contains(TcpFlags::SYN)) {
            (self.mss, self.window_scale) = (detail.tcp.mss, detail.tcp.window_scale);
            self.sack_permitted = detail.tcp.sack_permitted;
        }
        if is_first {
            (self.macs, self.vlans) = (detail.macs, detail.vlans);
        }
    }

    fn segment(&mut self, tcp: &TcpInfo, payload: u32, other_next: Option<SeqNumber>) {
        self.flags.0 |= tcp.flags;
        for (bit, counter) in self.flag_counts.iter_mut().enumerate() {
            count(counter, tcp.flags.bits() >> bit & 1 == 1);
        }
        if tcp.flags.contains(TcpFlags::RST) {
            return; // Its numbers say nothing of the stream.
        }
        count(&mut self.zero_windows, tcp.window == 0);
        let signs = tcp.flags.intersection(TcpFlags::SYN | TcpFlags::FIN).bits().count_ones();
        let start = SeqNumber(tcp.seq);
        let end = SeqNumber(tcp.seq.wrapping_add(payload).wrapping_add(signs));
        let waits = other_next.is_some_and(|next| SeqNumber(tcp.ack).is_before(next));
        let is_same = self.acked == Some((tcp.ack, tcp.window));
        count(&mut self.duplicate_acks, payload == 0 && signs == 0 && is_same && waits);
        if tcp.flags.contains(TcpFlags::ACK) {
            self.acked = Some((tcp.ack, tcp.window));
        }
        let Some(next) = self.next else {
            self.next = Some(end);
            return;
        };
        if next.is_before(start) {
            self.gap.get_or_insert((next, start));
        }
        if next.is_before(end) {
            self.next = Some(end);
        } else if payload > 0 || signs > 0 {
            let fills =
                self.gap.is_some_and(|(from, to)| !start.is_before(from) && start.is_before(to));
            // RFC 9293 section 3.8.4: a keep-alive sends one byte again, the last.
            let keeps_alive = payload <= 1 && signs == 0 && end == next;
            count(&mut self.out_of_order, fills);
            count(&mut self.retransmissions, !fills && !keeps_alive);
            if let Some((from, to)) = self.gap.filter(|_| fills) {
                let left = (if start == from { end } else { from }, to);
                self.gap = Some(left).filter(|(from, to)| from.is_before(*to));
            }
        }
    }
}
