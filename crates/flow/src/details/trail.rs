//! What becomes of the segments of one side.

use std::time::Duration;

use rheos_core::{SeqNumber, Timestamp};
use rheos_layers::TcpFlags;

use crate::TcpInfo;

/// How far the segments of one side have come.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Trail {
    /// The number behind the highest sent, and when that was sent.
    next: Option<SeqNumber>,
    next_at: Timestamp,
    /// The last acknowledgment and window.
    acked: Option<(u32, u16)>,
    /// Bytes in front of `next` that were not sent when it was, if a gap is open.
    gap: Option<(SeqNumber, SeqNumber)>,
}

/// What one segment is.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "a segment may be any of these at once")]
pub(crate) struct Found {
    /// Bytes that had been sent before, or that come too late to have been overtaken.
    pub(crate) is_sent_again: bool,
    /// Bytes that others overtook.
    pub(crate) is_overtaken: bool,
    pub(crate) is_zero_window: bool,
    pub(crate) is_duplicate_ack: bool,
    /// It acknowledges what the other side was not seen to send.
    pub(crate) acks_unseen: bool,
}

impl Trail {
    /// The number behind the highest sent.
    pub(crate) fn next(&self) -> Option<SeqNumber> {
        self.next
    }

    /// The last acknowledgment number and window.
    pub(crate) fn acked(&self) -> Option<(u32, u16)> {
        self.acked
    }

    /// Takes a segment. What was sent before it may come `reorders` behind it.
    pub(crate) fn take(
        &mut self,
        tcp: &TcpInfo,
        payload: u32,
        other: &Self,
        now: Timestamp,
        reorders: Duration,
    ) -> Found {
        let mut found = Found::default();
        if tcp.flags.contains(TcpFlags::RST) {
            return found; // Its numbers say nothing of the stream.
        }
        let signs = tcp.flags.intersection(TcpFlags::SYN | TcpFlags::FIN).bits().count_ones();
        found.is_zero_window = tcp.window == 0 && signs == 0;
        let start = SeqNumber(tcp.seq);
        let end = SeqNumber(tcp.seq.wrapping_add(payload).wrapping_add(signs));
        let ack = SeqNumber(tcp.ack);
        let waits = other.next.is_some_and(|next| ack.is_before(next));
        let says_nothing = payload == 0 && signs == 0 && tcp.window > 0;
        let is_same = self.acked == Some((tcp.ack, tcp.window)) && self.next == Some(start);
        found.is_duplicate_ack = says_nothing && is_same && waits;
        if tcp.flags.contains(TcpFlags::ACK) {
            found.acks_unseen = other.next.is_some_and(|next| next.is_before(ack));
            self.acked = Some((tcp.ack, tcp.window));
        }
        let Some(next) = self.next else {
            (self.next, self.next_at) = (Some(end), now);
            return found;
        };
        if next.is_before(start) {
            self.gap.get_or_insert((next, start));
        }
        if (payload > 0 || signs > 0) && start.is_before(next) {
            let is_soon = now.saturating_since(self.next_at) < reorders;
            self.again(start, end, signs, next, is_soon, &mut found);
        }
        if next.is_before(end) {
            (self.next, self.next_at) = (Some(end), now);
        }
        found
    }

    /// Takes a segment that starts in front of the highest number.
    fn again(
        &mut self,
        start: SeqNumber,
        end: SeqNumber,
        signs: u32,
        next: SeqNumber,
        is_soon: bool,
        found: &mut Found,
    ) {
        let last = SeqNumber(next.0.wrapping_sub(1));
        // RFC 9293 section 3.8.4: a keep-alive sends one byte again, the last. A probe of a window of
        // zero sends the first byte that has no room, RFC 9293 section 3.8.6.1, and with more behind it.
        let keeps_alive = signs == 0 && start == last;
        let fills =
            self.gap.is_some_and(|(from, to)| !start.is_before(from) && start.is_before(to));
        found.is_overtaken = fills && is_soon;
        found.is_sent_again = !keeps_alive && !found.is_overtaken;
        if let Some((from, to)) = self.gap.filter(|_| fills) {
            let left = (if start == from { end } else { from }, to);
            self.gap = Some(left).filter(|(from, to)| from.is_before(*to));
        }
    }
}
