//! The states of a flow, and how segments of TCP move it from one to the next.

use std::fmt;

use rheos_core::Side;
use rheos_layers::TcpFlags;

/// Where a flow stands. One that is not of TCP is active to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FlowState {
    /// Not of TCP, or of TCP and picked up behind its handshake.
    Active,
    /// The initiator asked.
    SynSent,
    /// The responder agreed.
    SynReceived,
    /// Both are bound.
    Established,
    /// One side has said all it has to say.
    FinWait,
    /// Both sides have.
    ClosingTcp,
    /// Both sides have, and know it.
    Closed,
    /// One side broke off.
    Reset,
}

impl FlowState {
    /// Whether TCP has ended the flow.
    #[inline]
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Closed | Self::Reset)
    }

    /// The name in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::SynSent => "syn_sent",
            Self::SynReceived => "syn_received",
            Self::Established => "established",
            Self::FinWait => "fin_wait",
            Self::ClosingTcp => "closing_tcp",
            Self::Closed => "closed",
            Self::Reset => "reset",
        }
    }

    /// The state after a segment.
    ///
    /// | from | by | with | to |
    /// |---|---|---|---|
    /// | any but closed | any | RST | reset |
    /// | active, no segment before | initiator | SYN | SYN sent |
    /// | active, no segment before | responder | SYN, ACK | SYN received |
    /// | SYN sent | responder | SYN, with or without ACK | SYN received |
    /// | SYN sent | responder | ACK without SYN | established |
    /// | SYN received | initiator | ACK | established |
    /// | SYN received | responder | ACK without SYN | established |
    /// | any open one | any | FIN | FIN wait |
    /// | FIN wait | the other | FIN | closing |
    /// | closing | any | ACK without FIN | closed |
    ///
    /// A segment takes as many steps as it has reasons for: a FIN that carries the ACK of the
    /// handshake establishes and half closes.
    #[must_use]
    pub(super) fn after(
        self,
        side: Side,
        flags: TcpFlags,
        is_first: bool,
        memory: &TcpMemory,
    ) -> Self {
        if self.is_terminal() {
            return self;
        }
        if flags.contains(TcpFlags::RST) {
            return Self::Reset;
        }
        let (syn, ack) = (flags.contains(TcpFlags::SYN), flags.contains(TcpFlags::ACK));
        let fin = flags.contains(TcpFlags::FIN);
        let open = match (self, side) {
            (Self::Active, Side::Initiator) if syn && is_first => Self::SynSent,
            (Self::Active, Side::Responder) if syn && is_first => Self::SynReceived,
            (Self::SynSent, Side::Responder) if syn => Self::SynReceived,
            (Self::SynSent, Side::Responder) | (Self::SynReceived, Side::Initiator) if ack => {
                Self::Established
            }
            (Self::SynReceived, Side::Responder) if ack && !syn => Self::Established,
            (state, _) => state,
        };
        match open {
            Self::FinWait if fin && memory.has(!side, TcpFlags::FIN) => Self::ClosingTcp,
            Self::FinWait => Self::FinWait,
            Self::ClosingTcp if ack && !fin => Self::Closed,
            Self::ClosingTcp => Self::ClosingTcp,
            _ if fin => Self::FinWait,
            open => open,
        }
    }
}

impl fmt::Display for FlowState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What the state alone does not tell. Without a `bool` or an `Option`, whose spare values would tell
/// a free place from a flow, far behind what every packet touches.
#[derive(Clone, Copy, Debug)]
pub(super) struct TcpMemory {
    /// Initial sequence numbers, of the sides that sent a SYN: those of the first.
    isns: [u32; 2],
    /// All control bits that each side sent.
    seen: [TcpFlags; 2],
}

impl Default for TcpMemory {
    fn default() -> Self {
        Self { isns: [0; 2], seen: [TcpFlags::empty(); 2] }
    }
}

impl TcpMemory {
    /// The initial sequence number of a side, if it sent a SYN.
    pub(super) fn isn(&self, side: Side) -> Option<u32> {
        let isn = self.isns.get(side as usize).copied();
        isn.filter(|_| self.has(side, TcpFlags::SYN))
    }

    fn has(&self, side: Side, flag: TcpFlags) -> bool {
        self.seen.get(side as usize).is_some_and(|seen| seen.contains(flag))
    }

    /// Remembers a segment.
    #[inline]
    pub(super) fn note(&mut self, side: Side, flags: TcpFlags, seq: u32) {
        if flags.contains(TcpFlags::SYN)
            && !self.has(side, TcpFlags::SYN)
            && let Some(isn) = self.isns.get_mut(side as usize)
        {
            *isn = seq;
        }
        if let Some(seen) = self.seen.get_mut(side as usize) {
            *seen |= flags;
        }
    }
}

#[cfg(test)]
mod tests {
    use rheos_core::Side::{Initiator as I, Responder as R};

    use super::*;

    const SYN: TcpFlags = TcpFlags::SYN;
    const ACK: TcpFlags = TcpFlags::ACK;
    const FIN: TcpFlags = TcpFlags::FIN;
    const RST: TcpFlags = TcpFlags::RST;

    /// Plays segments, and compares the states after each.
    #[track_caller]
    fn check(segments: &[(Side, TcpFlags, &str)]) {
        let (mut state, mut memory) = (FlowState::Active, TcpMemory::default());
        for (place, &(side, flags, expected)) in segments.iter().enumerate() {
            state = state.after(side, flags, place == 0, &memory);
            memory.note(side, flags, 0);
            assert_eq!(state.as_str(), expected, "segment {place}");
        }
    }

    #[test]
    fn a_whole_conversation() {
        check(&[
            (I, SYN, "syn_sent"),
            (R, SYN | ACK, "syn_received"),
            (I, ACK, "established"),
            (I, ACK, "established"),
            (I, FIN | ACK, "fin_wait"),
            (R, ACK, "fin_wait"),
            (R, FIN | ACK, "closing_tcp"),
            (I, ACK, "closed"),
            (I, ACK, "closed"),
        ]);
    }

    #[test]
    fn a_lost_third_ack_does_not_swallow_the_fin() {
        check(&[
            (I, SYN, "syn_sent"),
            (R, SYN | ACK, "syn_received"),
            (I, FIN | ACK, "fin_wait"),
            (R, FIN | ACK, "closing_tcp"),
            (I, ACK, "closed"),
        ]);
    }

    #[test]
    fn data_of_the_responder_proves_the_handshake() {
        check(&[(I, SYN, "syn_sent"), (R, SYN | ACK, "syn_received"), (R, ACK, "established")]);
        check(&[(I, SYN, "syn_sent"), (R, ACK, "established")]);
    }

    #[test]
    fn both_may_ask_at_once() {
        check(&[
            (I, SYN, "syn_sent"),
            (R, SYN, "syn_received"),
            (I, SYN | ACK, "established"),
            (R, SYN | ACK, "established"),
        ]);
    }

    #[test]
    fn a_fin_sent_again_closes_nothing() {
        check(&[
            (I, SYN, "syn_sent"),
            (R, SYN | ACK, "syn_received"),
            (I, ACK, "established"),
            (I, FIN | ACK, "fin_wait"),
            (I, FIN | ACK, "fin_wait"),
            (R, FIN | ACK, "closing_tcp"),
            (R, FIN | ACK, "closing_tcp"),
            (I, ACK, "closed"),
        ]);
    }

    #[test]
    fn a_flow_picked_up_behind_its_handshake_still_closes() {
        check(&[
            (I, ACK, "active"),
            (R, ACK, "active"),
            (R, FIN | ACK, "fin_wait"),
            (I, FIN | ACK, "closing_tcp"),
            (R, ACK, "closed"),
        ]);
    }

    #[test]
    fn a_reset_ends_what_is_open_and_nothing_else() {
        check(&[(I, SYN, "syn_sent"), (R, RST | ACK, "reset"), (I, SYN, "reset")]);
        check(&[(I, RST, "reset")]);
        check(&[
            (I, ACK | FIN, "fin_wait"),
            (R, ACK | FIN, "closing_tcp"),
            (I, ACK, "closed"),
            (I, RST, "closed"),
        ]);
    }

    #[test]
    fn a_capture_that_starts_with_the_answer() {
        check(&[(R, SYN | ACK, "syn_received"), (I, ACK, "established")]);
    }
}
