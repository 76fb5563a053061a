//! What Zeek knows of one end of a connection.

use super::stream::Stream;
use super::tcp_state::TcpState;

/// A jump that Zeek does not believe a SYN, an RST or an acknowledgment of zero (1 MiB).
const TOO_LARGE: i64 = 1 << 20;

/// One end of a connection. Numbers are relative to its SYN, which is 0, and do not wrap.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a thing of its own that happened")]
pub(super) struct Endpoint {
    pub(super) state: TcpState,
    pub(super) before: TcpState,
    /// The number of its SYN, or what that would have been.
    isn: u32,
    /// Behind the last byte that it sent.
    last: i64,
    /// Behind the last byte that the other side acknowledged.
    acked: i64,
    /// Behind its FIN.
    pub(super) fin_at: Option<u64>,
    /// Where its last SYN, FIN and RST were.
    pub(super) signs: [i64; 3],
    pub(super) stream: Stream,
    pub(super) packets: u64,
    pub(super) ip_bytes: u64,
    /// Bytes of UDP or ICMP.
    pub(super) payload: u64,
    /// Whether it sent something by UDP or ICMP.
    pub(super) is_active: bool,
    pub(super) has_packet: bool,
    /// Whether all its bytes came, behind a FIN or an RST.
    pub(super) did_end: bool,
    pub(super) did_close: bool,
}

impl Endpoint {
    pub(super) fn set(&mut self, state: TcpState) {
        if state != self.state {
            (self.before, self.state) = (self.state, state);
        }
    }

    /// Behind the last byte that it sent.
    pub(super) fn last(&self) -> u64 {
        u64::try_from(self.last).unwrap_or(0)
    }

    /// Behind the last byte of it that was acknowledged.
    pub(super) fn acked(&self) -> u64 {
        u64::try_from(self.acked).unwrap_or(0)
    }

    /// Where a number is, seen from the last byte; and whether that is in front of the start.
    pub(super) fn relative(&self, number: u32) -> (i64, bool) {
        let at = relative_to(self.isn, self.last, number);
        (at, at < 0)
    }

    /// Starts the numbers with the first segment, or again with another SYN.
    pub(super) fn start(&mut self, number: u32, is_syn: bool, segment_len: u64) {
        let length = i64::try_from(segment_len).unwrap_or(i64::MAX);
        match self.state {
            // As if there had been a SYN in front, and nothing in the segment yet.
            TcpState::Inactive if !is_syn => {
                (self.isn, self.last, self.acked) = (number.wrapping_sub(1), 1, 0);
            }
            TcpState::Closed => {}
            TcpState::Reset if self.before != TcpState::Inactive => {}
            TcpState::SynSent | TcpState::SynAckSent if number == self.isn => {}
            _ if is_syn => (self.isn, self.last, self.acked) = (number, length, 0),
            _ => {}
        }
    }

    /// Takes an acknowledgment of the other side, and returns up to where it goes; 0 if it goes to
    /// in front of the start.
    pub(super) fn acknowledge(&mut self, number: u32, is_reset: bool) -> u64 {
        if self.state == TcpState::Inactive {
            (self.isn, self.last, self.acked) = (number.wrapping_sub(1), 0, 0);
            return 1;
        }
        let at = relative_to(self.isn, self.acked, number);
        let is_broken = number == 0 && at.saturating_sub(self.acked) > TOO_LARGE;
        if at >= 0 && !is_reset && !is_broken {
            self.acked = self.acked.max(at);
        }
        u64::try_from(at).unwrap_or(0)
    }

    /// Goes on to the end of a segment, and says whether it was sent again.
    pub(super) fn advance(
        &mut self,
        to: i64,
        (syn, fin, rst): (bool, bool, bool),
        len: u64,
    ) -> bool {
        let ahead = to.saturating_sub(self.last);
        if (syn || rst) && ahead.saturating_abs() > TOO_LARGE {
            return false;
        }
        if fin && self.last == 1 {
            self.last = to;
            return false;
        }
        if self.state == TcpState::Reset {
            return false;
        }
        self.last = self.last.max(to);
        ahead <= 0 && len > 0
    }

    /// Bytes that it sent, as sequence numbers tell.
    pub(super) fn size(&self, peer: &Self) -> u64 {
        let is_aborted = self.before == TcpState::SynSent && self.state == TcpState::Reset;
        if is_aborted && peer.state == TcpState::Inactive && self.acked > 1 {
            return 0;
        }
        let size = self.last().max(self.acked());
        size.saturating_sub(1).saturating_sub(self.fin_at.is_some().into())
    }

    /// Whether it was established, and ends cleanly if it does.
    pub(super) fn is_clean(&self) -> bool {
        self.state == TcpState::Established
            || (self.state == TcpState::Closed && self.before == TcpState::Established)
    }
}

/// Where a number is behind an initial one, near a place that is known.
fn relative_to(isn: u32, near: i64, number: u32) -> i64 {
    let known = isn.wrapping_add(low_word(near));
    near.saturating_add(number.wrapping_sub(known).cast_signed().into())
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "numbers wrap")]
fn low_word(place: i64) -> u32 {
    place as u32
}
