//! What one side of a flow sent: headers, flags, and what became of its segments.

use std::time::Duration;

use rheos_core::{SeqNumber, Timestamp};
use rheos_layers::TcpFlags;

use super::{IpLoss, count};
use crate::{FlowPacket, OuterPath, TcpInfo};

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
    /// What the identifications of IPv4 say of packets that did not come here.
    pub ip_loss: IpLoss,
    /// All control bits of TCP.
    pub flags: TcpFlagsSeen,
    /// Segments with SYN, FIN, RST, PSH, ACK, URG, ECE and CWR, in the order of their bits.
    pub flag_counts: [u64; 8],
    /// Segments with bytes that had been sent before, without keep-alives, and those that come so
    /// late that they were sent again because the first did not come here.
    pub retransmissions: u64,
    /// Segments in front of the highest number, whose bytes had not been sent before, within a round
    /// trip of the segments behind them.
    pub out_of_order: u64,
    /// Windows of zero, but those beside a SYN or a FIN.
    pub zero_windows: u64,
    /// Segments without payload that say what the one before said while the other side waits, as RFC
    /// 5681 section 2 has them.
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
    /// The label at the bottom of the MPLS stack of its first packet.
    pub mpls_label: Option<u32>,
    /// What its first packet came in, where an [`Inner`](crate::Inner) took that off.
    pub outer: Option<Box<OuterPath>>,
    /// The interface that saw its first packet.
    pub interface: Option<u32>,
    /// The number behind the highest sent, when that was sent, and the last acknowledgment and
    /// window.
    pub(super) next: Option<SeqNumber>,
    next_at: Timestamp,
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

impl SideDetails {
    /// The sequence number behind the highest that it sent.
    pub fn next_sequence(&self) -> Option<u32> {
        self.next.map(|SeqNumber(next)| next)
    }

    pub(super) fn note(&mut self, packet: &FlowPacket<'_>) {
        count(&mut self.payload_packets, packet.payload_length > 0);
        let is_first = self.interface.is_none();
        self.interface.get_or_insert(packet.raw.interface);
        let Some(detail) = packet.detail else { return };
        count(&mut self.fragments, detail.is_fragment);
        let (low, high) = self.ttl.unwrap_or((detail.ttl, detail.ttl));
        self.ttl = Some((low.min(detail.ttl), high.max(detail.ttl)));
        self.tos = detail.tos;
        if let Some(identification) = detail.identification {
            self.ip_loss.note(identification, detail.dont_fragment);
        }
        count(&mut self.sacks, detail.tcp.sack_blocks > 0);
        if packet.tcp.is_some_and(|tcp| tcp.flags.contains(TcpFlags::SYN)) {
            (self.mss, self.window_scale) = (detail.tcp.mss, detail.tcp.window_scale);
            self.sack_permitted = detail.tcp.sack_permitted;
        }
        if is_first {
            (self.macs, self.vlans) = (detail.macs, detail.vlans);
            self.mpls_label = detail.mpls_label;
            self.outer = (!detail.outer.is_empty()).then(|| Box::new(detail.outer));
        }
    }

    /// Takes a segment. What was sent before it may come `reorders` behind it.
    pub(super) fn segment(
        &mut self,
        tcp: &TcpInfo,
        payload: u32,
        other_next: Option<SeqNumber>,
        now: Timestamp,
        reorders: Duration,
    ) {
        self.flags.0 |= tcp.flags;
        for (bit, counter) in self.flag_counts.iter_mut().enumerate() {
            count(counter, tcp.flags.bits() >> bit & 1 == 1);
        }
        if tcp.flags.contains(TcpFlags::RST) {
            return; // Its numbers say nothing of the stream.
        }
        let signs = tcp.flags.intersection(TcpFlags::SYN | TcpFlags::FIN).bits().count_ones();
        count(&mut self.zero_windows, tcp.window == 0 && signs == 0);
        let start = SeqNumber(tcp.seq);
        let end = SeqNumber(tcp.seq.wrapping_add(payload).wrapping_add(signs));
        let waits = other_next.is_some_and(|next| SeqNumber(tcp.ack).is_before(next));
        let says_nothing = payload == 0 && signs == 0 && tcp.window > 0;
        let is_same = self.acked == Some((tcp.ack, tcp.window)) && self.next == Some(start);
        count(&mut self.duplicate_acks, says_nothing && is_same && waits);
        if tcp.flags.contains(TcpFlags::ACK) {
            self.acked = Some((tcp.ack, tcp.window));
        }
        let Some(next) = self.next else {
            (self.next, self.next_at) = (Some(end), now);
            return;
        };
        if next.is_before(start) {
            self.gap.get_or_insert((next, start));
        }
        if (payload > 0 || signs > 0) && start.is_before(next) {
            self.again((start, end), signs, now.saturating_since(self.next_at) < reorders);
        }
        if next.is_before(end) {
            (self.next, self.next_at) = (Some(end), now);
        }
    }

    /// Takes a segment that starts in front of the highest number.
    fn again(&mut self, (start, end): (SeqNumber, SeqNumber), signs: u32, is_soon: bool) {
        let Some(next) = self.next else { return };
        let last = SeqNumber(next.0.wrapping_sub(1));
        // RFC 9293 section 3.8.4: a keep-alive sends one byte again, the last. A probe of a window of
        // zero sends the first byte that has no room, RFC 9293 section 3.8.6.1, and with more behind it.
        let keeps_alive = signs == 0 && start == last;
        let fills =
            self.gap.is_some_and(|(from, to)| !start.is_before(from) && start.is_before(to));
        let is_overtaken = fills && is_soon;
        count(&mut self.out_of_order, is_overtaken);
        count(&mut self.retransmissions, !keeps_alive && !is_overtaken);
        if let Some((from, to)) = self.gap.filter(|_| fills) {
            let left = (if start == from { end } else { from }, to);
            self.gap = Some(left).filter(|(from, to)| from.is_before(*to));
        }
    }
}
