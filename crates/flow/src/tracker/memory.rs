//! What is remembered of the segments of both sides, by which later ones are believed.

use rheos_core::{SeqNumber, Side};
use rheos_layers::TcpFlags;

use super::tcp::FlowState;
use crate::TcpInfo;

/// What the state alone does not tell. Without a `bool` or an `Option`, whose spare values would tell
/// a free place from a flow, far behind what every packet touches.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TcpMemory([TcpEnd; 2]);

/// What one side sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct TcpEnd {
    /// Its initial sequence number, if it sent a SYN: that of the last.
    isn: u32,
    /// Its last acknowledgment number, and zero before the first.
    ack: u32,
    /// The window beside that, not scaled.
    window: u16,
    /// Those of its control bits that change states.
    seen: u8,
    /// By how many bits its windows are shifted.
    scale: u8,
}

/// How far from the window a FIN may be. Of a capture that lacks packets, the last acknowledgment may
/// be old, and a segment that is sent again, or was put together by the network card, starts in front
/// of it. Whoever guesses hits one of 8,000 numbers.
const FIN_SLACK: i64 = 256 << 10;

/// The scale of windows of which no SYN told: RFC 7323 section 2.3 allows no more.
const MAX_SCALE: u8 = 14;

impl Default for TcpEnd {
    fn default() -> Self {
        Self { isn: 0, ack: 0, window: 0, seen: 0, scale: MAX_SCALE }
    }
}

impl TcpEnd {
    pub(super) fn has(&self, flag: TcpFlags) -> bool {
        TcpFlags::from_bits_retain(self.seen.into()).contains(flag)
    }
}

impl TcpMemory {
    pub(super) fn end(&self, side: Side) -> &TcpEnd {
        let [initiator, responder] = &self.0;
        match side {
            Side::Initiator => initiator,
            Side::Responder => responder,
        }
    }

    #[inline(always)]
    fn end_mut(&mut self, side: Side) -> &mut TcpEnd {
        let [initiator, responder] = &mut self.0;
        match side {
            Side::Initiator => initiator,
            Side::Responder => responder,
        }
    }

    /// The initial sequence number of a side, if it sent a SYN.
    pub(super) fn isn(&self, side: Side) -> Option<u32> {
        let end = self.end(side);
        end.has(TcpFlags::SYN).then_some(end.isn)
    }

    /// Remembers a segment without SYN, FIN and RST, all of which have an ACK.
    #[inline(always)]
    pub(super) fn note_steady(&mut self, side: Side, tcp: &TcpInfo) {
        let end = self.end_mut(side);
        (end.ack, end.window) = (tcp.ack, tcp.window);
    }

    /// Remembers any segment.
    #[allow(clippy::cast_possible_truncation, reason = "the bits are among the lower eight")]
    pub(super) fn note(&mut self, side: Side, tcp: &TcpInfo) {
        if tcp.flags.contains(TcpFlags::RST) {
            return; // Its numbers are as good as whoever made it up.
        }
        if tcp.flags.contains(TcpFlags::FIN) && !self.is_near(side, tcp) {
            return;
        }
        let end = self.end_mut(side);
        if tcp.flags.contains(TcpFlags::SYN) {
            end.isn = tcp.seq;
            end.scale = tcp.window_scale.unwrap_or(0).min(MAX_SCALE);
        }
        if tcp.flags.contains(TcpFlags::ACK) {
            (end.ack, end.window) = (tcp.ack, tcp.window);
        }
        end.seen |= (tcp.flags & (TcpFlags::SYN | TcpFlags::FIN)).bits() as u8;
        // RFC 7323 section 2.2: windows are scaled if both SYNs say so.
        let both = self.0.iter().all(|end| end.has(TcpFlags::SYN));
        if both && tcp.flags.contains(TcpFlags::SYN) && tcp.window_scale.is_none() {
            self.0.iter_mut().for_each(|end| end.scale = 0);
        }
    }

    pub(super) fn acks_syn(&self, side: Side, tcp: &TcpInfo) -> bool {
        let acks = |isn: u32| !SeqNumber(tcp.ack).is_before(SeqNumber(isn.wrapping_add(1)));
        tcp.flags.contains(TcpFlags::ACK) && self.isn(!side).is_some_and(acks)
    }

    pub(super) fn is_believable(&self, state: FlowState, side: Side, tcp: &TcpInfo) -> bool {
        if state == FlowState::SynSent && side == Side::Responder {
            return !tcp.flags.contains(TcpFlags::ACK) || self.acks_syn(side, tcp);
        }
        // A host that has sent a FIN may break off with the number in front of it.
        self.ahead(side, tcp).is_none_or(|(ahead, window)| (-1..=window).contains(&ahead))
    }

    pub(super) fn is_near(&self, side: Side, tcp: &TcpInfo) -> bool {
        self.ahead(side, tcp).is_none_or(|(ahead, window)| {
            (-FIN_SLACK..=window.saturating_add(FIN_SLACK)).contains(&ahead)
        })
    }

    /// How far a segment is ahead of what the other side waits for, and how large that side's window
    /// is. Nothing, if what it waits for is not known.
    fn ahead(&self, side: Side, tcp: &TcpInfo) -> Option<(i64, i64)> {
        let other = self.end(!side);
        if other.ack == 0 && other.window == 0 {
            return None;
        }
        let ahead = SeqNumber(tcp.seq).distance(SeqNumber(other.ack));
        Some((ahead.into(), i64::from(other.window) << other.scale))
    }
}
