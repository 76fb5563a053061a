//! What one side of a flow sent: headers, flags, and what became of its segments.

use std::time::Duration;

use rheos_core::{SeqNumber, Timestamp};
use rheos_layers::TcpFlags;

use super::trail::Trail;
use super::{IpLoss, count};
use crate::{FlowPacket, OuterPath, TcpInfo, WaitedFragment};

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
    trail: Trail,
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
        self.trail.next().map(|SeqNumber(next)| next)
    }

    pub(super) fn trail(&self) -> &Trail {
        &self.trail
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

    /// Counts a fragment that came before the first of its datagram.
    pub(super) fn waited(&mut self, fragment: &WaitedFragment) {
        count(&mut self.payload_packets, fragment.payload_bytes > 0);
        count(&mut self.fragments, true);
    }

    /// Takes a segment. What was sent before it may come `reorders` behind it.
    pub(super) fn segment(
        &mut self,
        tcp: &TcpInfo,
        payload: u32,
        other: &Trail,
        now: Timestamp,
        reorders: Duration,
    ) {
        self.flags.0 |= tcp.flags;
        for (bit, counter) in self.flag_counts.iter_mut().enumerate() {
            count(counter, tcp.flags.bits() >> bit & 1 == 1);
        }
        let found = self.trail.take(tcp, payload, other, now, reorders);
        count(&mut self.retransmissions, found.is_sent_again);
        count(&mut self.out_of_order, found.is_overtaken);
        count(&mut self.zero_windows, found.is_zero_window);
        count(&mut self.duplicate_acks, found.is_duplicate_ack);
    }
}
