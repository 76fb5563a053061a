//! The states of a flow, and how segments of TCP move it from one to the next.

use std::fmt;

use rheos_core::Side;
use rheos_layers::TcpFlags;

use super::memory::TcpMemory;
use crate::TcpInfo;

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

/// One step of TCP, a line of [`FlowState::TRANSITIONS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transition {
    /// In each of these states
    pub from: &'static [FlowState],
    /// a segment from here
    pub by: By,
    /// with all of these control bits
    pub with: TcpFlags,
    /// and none of these,
    pub without: TcpFlags,
    /// if this holds,
    pub when: When,
    /// leads to this state.
    pub to: FlowState,
}

/// Who sends the segment of a [`Transition`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum By {
    Initiator,
    Responder,
    Anyone,
}

/// What else must hold for a [`Transition`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Nothing.
    Always,
    /// It acknowledges the other side's SYN. An old ACK does not, with which a host answers a SYN on
    /// a connection that it takes for open (RFC 5961 section 4).
    AcksSyn,
    /// The other side could take the FIN, as far as that can be known: its sequence number is not far
    /// from the window, or from what its own side sent last. One that is changes nothing, and is not
    /// remembered.
    IsNear,
    /// The same, and the other side sent a FIN before.
    OtherSentFin,
    /// The other side would believe the reset, as far as that can be known: its sequence number is in
    /// the window (RFC 9293 section 3.10.7.4) or goes on where its own side was, or, where all that
    /// side was sent is a SYN, it acknowledges that (section 3.10.7.3).
    IsBelievable,
}

const NONE: TcpFlags = TcpFlags::empty();
const OPEN: &[FlowState] = &[
    FlowState::Active,
    FlowState::SynSent,
    FlowState::SynReceived,
    FlowState::Established,
    FlowState::FinWait,
    FlowState::ClosingTcp,
];
const BEFORE_FIN: &[FlowState] =
    &[FlowState::Active, FlowState::SynSent, FlowState::SynReceived, FlowState::Established];

/// A line of the table.
const fn step(
    from: &'static [FlowState],
    by: By,
    with: TcpFlags,
    without: TcpFlags,
    when: When,
    to: FlowState,
) -> Transition {
    Transition { from, by, with, without, when, to }
}

impl FlowState {
    /// Every step of TCP.
    ///
    /// | from | by | with | without | when | to |
    /// |---|---|---|---|---|---|
    /// | any open one | anyone | RST | | it is believable | reset |
    /// | active | initiator | SYN | | | SYN sent |
    /// | active | responder | SYN | | | SYN received |
    /// | SYN sent | responder | SYN | | | SYN received |
    /// | SYN sent | responder | ACK | SYN, RST | it acknowledges the SYN | established |
    /// | SYN received | initiator | ACK | RST | | established |
    /// | SYN received | responder | ACK | SYN, RST | | established |
    /// | any before a FIN | anyone | FIN | RST | it is near the window | FIN wait |
    /// | FIN wait | anyone | FIN | RST | likewise, and the other side sent a FIN | closing |
    /// | closing | anyone | ACK | FIN, RST | | closed |
    ///
    /// A segment takes as many steps as it has reasons for, each once: a FIN that carries the ACK of
    /// the handshake establishes and half closes. What fits no line changes nothing: data, SYN and FIN
    /// that are sent again, and all that comes behind the end.
    pub const TRANSITIONS: [Transition; 10] = {
        use FlowState::{
            Active, Closed, ClosingTcp, Established, FinWait, Reset, SynReceived, SynSent,
        };
        const SYN: TcpFlags = TcpFlags::SYN;
        const ACK: TcpFlags = TcpFlags::ACK;
        const FIN: TcpFlags = TcpFlags::FIN;
        const RST: TcpFlags = TcpFlags::RST;
        const SYN_RST: TcpFlags = SYN.union(RST);
        const FIN_RST: TcpFlags = FIN.union(RST);
        [
            step(OPEN, By::Anyone, RST, NONE, When::IsBelievable, Reset),
            step(&[Active], By::Initiator, SYN, NONE, When::Always, SynSent),
            step(&[Active], By::Responder, SYN, NONE, When::Always, SynReceived),
            step(&[SynSent], By::Responder, SYN, NONE, When::Always, SynReceived),
            step(&[SynSent], By::Responder, ACK, SYN_RST, When::AcksSyn, Established),
            step(&[SynReceived], By::Initiator, ACK, RST, When::Always, Established),
            step(&[SynReceived], By::Responder, ACK, SYN_RST, When::Always, Established),
            step(BEFORE_FIN, By::Anyone, FIN, RST, When::IsNear, FinWait),
            step(&[FinWait], By::Anyone, FIN, RST, When::OtherSentFin, ClosingTcp),
            step(&[ClosingTcp], By::Anyone, ACK, FIN_RST, When::Always, Closed),
        ]
    };

    /// Whether TCP has ended the flow.
    #[inline]
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Closed | Self::Reset)
    }

    /// Whether a handshake of TCP is under way.
    #[inline]
    pub fn is_half_open(self) -> bool {
        matches!(self, Self::SynSent | Self::SynReceived)
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

    /// The state after a segment, which `memory` does not know yet. The lines of the table are in the
    /// order in which one segment can take them.
    #[must_use]
    pub(super) fn after(self, side: Side, tcp: &TcpInfo, memory: &TcpMemory) -> Self {
        // Ten calls in place of a loop: each is compiled for its line, and all take 5 ns, not 50.
        self.take::<0>(side, tcp, memory)
            .take::<1>(side, tcp, memory)
            .take::<2>(side, tcp, memory)
            .take::<3>(side, tcp, memory)
            .take::<4>(side, tcp, memory)
            .take::<5>(side, tcp, memory)
            .take::<6>(side, tcp, memory)
            .take::<7>(side, tcp, memory)
            .take::<8>(side, tcp, memory)
            .take::<9>(side, tcp, memory)
    }

    /// Takes the step of a line, if it is one to take.
    #[inline(always)]
    #[allow(clippy::indexing_slicing, reason = "the compiler checks the index of a constant")]
    fn take<const LINE: usize>(self, side: Side, tcp: &TcpInfo, memory: &TcpMemory) -> Self {
        let line = const { Self::TRANSITIONS[LINE] };
        let is_by = match line.by {
            By::Initiator => side == Side::Initiator,
            By::Responder => side == Side::Responder,
            By::Anyone => true,
        };
        let has_bits = tcp.flags.contains(line.with) && !tcp.flags.intersects(line.without);
        let takes = has_bits
            && is_by
            && line.from.contains(&self)
            && match line.when {
                When::Always => true,
                When::AcksSyn => memory.acks_syn(side, tcp),
                When::IsNear => memory.is_near(side, tcp),
                When::OtherSentFin => {
                    memory.end(!side).has(TcpFlags::FIN) && memory.is_near(side, tcp)
                }
                When::IsBelievable => memory.is_believable(self, side, tcp),
            };
        if takes { line.to } else { self }
    }
}

impl fmt::Display for FlowState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
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

    /// A connection of which segments are played, with the numbers that its ends would send.
    struct Talk {
        state: FlowState,
        memory: TcpMemory,
        /// The next number of each side, and whether it sent a SYN or a FIN.
        next: [(u32, TcpFlags); 2],
    }

    impl Talk {
        fn new() -> Self {
            let next = [1000, 2000].map(|next| (next, TcpFlags::empty()));
            Self { state: FlowState::Active, memory: TcpMemory::default(), next }
        }

        fn segment(&mut self, side: Side, flags: TcpFlags) -> TcpInfo {
            let (ack, _) = self.next[!side as usize];
            let (next, seen) = &mut self.next[side as usize];
            let again = u32::from(flags.intersects((SYN | FIN) & *seen));
            let seq = *next - again;
            *seen |= flags;
            *next = seq + u32::from(flags.intersects(SYN | FIN));
            TcpInfo::new(flags, seq, ack, 100)
        }

        fn play(&mut self, side: Side, tcp: &TcpInfo) -> &'static str {
            let from = self.state;
            self.state = from.after(side, tcp, &self.memory);
            self.memory.note(from, side, tcp, 0);
            self.state.as_str()
        }
    }

    /// Plays segments, and compares the states after each.
    #[track_caller]
    fn check(segments: &[(Side, TcpFlags, &str)]) -> Talk {
        let mut talk = Talk::new();
        for (place, &(side, flags, expected)) in segments.iter().enumerate() {
            let segment = talk.segment(side, flags);
            assert_eq!(talk.play(side, &segment), expected, "segment {place}");
        }
        talk
    }

    /// An established connection: the numbers are 1001 and 2001, both windows 100.
    fn established() -> Talk {
        check(&[
            (I, SYN, "syn_sent"),
            (R, SYN | ACK, "syn_received"),
            (I, ACK, "established"),
            (R, ACK, "established"),
        ])
    }

    #[test]
    fn every_line_of_the_table_is_taken_from_each_of_its_states_and_from_no_other() {
        let states = [OPEN, &[FlowState::Closed, FlowState::Reset]].concat();
        for line in FlowState::TRANSITIONS {
            let sides: &[Side] = match line.by {
                By::Initiator => &[I],
                By::Responder => &[R],
                By::Anyone => &[I, R],
            };
            for (&from, &side) in
                states.iter().flat_map(|from| sides.iter().map(move |s| (from, s)))
            {
                let mut memory = established().memory;
                if line.when == When::OtherSentFin {
                    memory.note(FlowState::FinWait, !side, &TcpInfo::new(FIN, 5, 5, 0), 0);
                }
                let [one, other] = if side == I { [1001, 2001] } else { [2001, 1001] };
                // RFC 9293 section 3.10.7.3: behind a SYN, none without an ACK resets.
                let refuses = if line.when == When::IsBelievable { ACK } else { NONE };
                let tcp = TcpInfo::new(line.with | refuses, one, other, 1);
                let alone = from.after(side, &tcp, &memory);
                // What a segment with these bits alone does from elsewhere, another line says.
                let lines = FlowState::TRANSITIONS.iter();
                let leads = |l: &&Transition| l.from.contains(&from) && line.with.contains(l.with);
                if line.from.contains(&from) {
                    assert_eq!(alone, line.to, "{line:?} from {from} by {side:?}");
                } else if lines.clone().find(leads).is_none() {
                    assert_eq!(alone, from, "{line:?} from {from} by {side:?}");
                }
                let with_more = TcpInfo { flags: line.with | line.without, ..tcp };
                if !line.without.is_empty() && !line.with.contains(FIN) && line.from.contains(&from)
                {
                    let state = from.after(side, &with_more, &memory);
                    assert_ne!(state, line.to, "{line:?} although forbidden bits are set");
                }
            }
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
    fn an_old_ack_that_answers_a_syn_establishes_nothing() {
        let mut talk = check(&[(I, SYN, "syn_sent")]);
        assert_eq!(talk.play(R, &TcpInfo::new(ACK, 77, 900, 100)), "syn_sent");
        // The initiator breaks that old connection off, and asks again.
        assert_eq!(talk.play(I, &TcpInfo::new(RST, 900, 0, 0)), "reset");
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
    fn what_is_sent_again_changes_nothing() {
        check(&[
            (I, SYN, "syn_sent"),
            (I, SYN, "syn_sent"),
            (R, SYN | ACK, "syn_received"),
            (R, SYN | ACK, "syn_received"),
            (I, ACK, "established"),
            (R, SYN | ACK, "established"),
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
    fn a_half_closed_connection_stays_open_the_other_way() {
        check(&[
            (I, ACK, "active"),
            (I, FIN | ACK, "fin_wait"),
            (R, ACK, "fin_wait"),
            (I, ACK, "fin_wait"),
            (R, ACK, "fin_wait"),
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
    fn a_blind_reset_is_not_believed() {
        // The initiator has acknowledged 2001, with a window of 100.
        for (seq, expected) in [
            (2001, "reset"),
            (2000, "reset"),
            (2101, "reset"),
            (2102, "established"),
            (1999, "established"),
            (0, "established"),
            (u32::MAX, "established"),
            (1 << 31, "established"),
        ] {
            let mut talk = established();
            assert_eq!(talk.play(R, &TcpInfo::new(RST, seq, 0, 0)), expected, "{seq}");
        }
    }

    #[test]
    fn a_fin_far_from_the_window_closes_nothing() {
        // The initiator has acknowledged 2001, with a window of 100.
        for (seq, expected) in [
            (2001, "fin_wait"),
            (2101, "fin_wait"),
            (2101 + (256 << 10), "fin_wait"),
            (2001_u32.wrapping_sub(256 << 10), "fin_wait"),
            (2102 + (256 << 10), "established"),
            (2000_u32.wrapping_sub(256 << 10), "established"),
            (905_000, "established"),
            (1 << 31, "established"),
        ] {
            let mut talk = established();
            assert_eq!(talk.play(R, &TcpInfo::new(FIN | ACK, seq, 1001, 100)), expected, "{seq}");
        }
        // Neither of two does, nor does one behind a good one, and what they said is not remembered.
        let mut talk = established();
        assert_eq!(talk.play(R, &TcpInfo::new(FIN | ACK, 905_000, 9, 7)), "established");
        assert_eq!(talk.play(I, &TcpInfo::new(FIN | ACK, 801_000, 9, 7)), "established");
        assert_eq!(talk.play(R, &TcpInfo::new(ACK, 905_001, 1001, 100)), "established");
        assert_eq!(talk.play(I, &TcpInfo::new(FIN | ACK, 1001, 2001, 100)), "fin_wait");
        assert_eq!(talk.play(R, &TcpInfo::new(FIN | ACK, 905_000, 1002, 100)), "fin_wait");
        assert_eq!(talk.play(R, &TcpInfo::new(FIN | ACK, 2001, 1002, 100)), "closing_tcp");
        assert_eq!(talk.play(I, &TcpInfo::new(ACK, 1002, 2002, 100)), "closed");
    }

    #[test]
    fn a_fin_is_believed_where_the_window_is_not_known() {
        // Behind the handshake, windows may be scaled by 14 bits; of a silent side nothing is known.
        let mut talk = check(&[(I, ACK, "active")]);
        let far = 2000 + (100 << 14);
        assert_eq!(talk.play(R, &TcpInfo::new(FIN | ACK, far, 1000, 100)), "fin_wait");
        let mut talk = Talk::new();
        assert_eq!(talk.play(I, &TcpInfo::new(ACK, 7, 9, 100)), "active");
        assert_eq!(talk.play(I, &TcpInfo::new(FIN | ACK, 1 << 30, 9, 100)), "fin_wait");
    }

    #[test]
    fn a_refusal_acknowledges_the_syn_that_it_refuses() {
        for (flags, ack, expected) in [
            (RST | ACK, 1001, "reset"),
            (RST | ACK, 1000, "syn_sent"),
            (RST | ACK, 77, "syn_sent"),
            (RST | ACK, 1002, "syn_sent"),
            (RST | ACK, 1_000_001_001, "syn_sent"),
            // Without an ACK it is dropped, whatever its number: anybody could send it.
            (RST, 0, "syn_sent"),
            (RST, 1001, "syn_sent"),
        ] {
            let mut talk = check(&[(I, SYN, "syn_sent")]);
            assert_eq!(talk.play(R, &TcpInfo::new(flags, 0, ack, 0)), expected, "{flags:?} {ack}");
        }
    }

    #[test]
    fn a_connection_goes_on_behind_a_forged_refusal() {
        for forged in [TcpInfo::new(RST, 0, 0, 0), TcpInfo::new(RST | ACK, 0, 1_000_001_001, 0)] {
            let mut talk = check(&[(I, SYN, "syn_sent")]);
            assert_eq!(talk.play(R, &forged), "syn_sent");
            for (side, flags, expected) in [
                (R, SYN | ACK, "syn_received"),
                (I, ACK, "established"),
                (I, FIN | ACK, "fin_wait"),
                (R, FIN | ACK, "closing_tcp"),
                (I, ACK, "closed"),
            ] {
                let segment = talk.segment(side, flags);
                assert_eq!(talk.play(side, &segment), expected);
            }
        }
    }

    #[test]
    fn windows_are_scaled_if_both_syns_say_so() {
        for (scales, seq, expected) in [
            ([Some(3), Some(3)], 2001 + 800, "reset"),
            ([Some(3), Some(3)], 2001 + 801, "established"),
            ([Some(3), None], 2001 + 101, "established"),
            ([None, Some(3)], 2001 + 101, "established"),
            ([Some(255), Some(0)], 2001 + (100 << 14), "reset"),
        ] {
            let mut talk = Talk::new();
            for (side, flags, scale) in
                [(I, SYN, scales[0]), (R, SYN | ACK, scales[1]), (I, ACK, None)]
            {
                let segment = TcpInfo { window_scale: scale, ..talk.segment(side, flags) };
                talk.play(side, &segment);
            }
            let reset = TcpInfo::new(RST, seq, 0, 0);
            assert_eq!(talk.play(R, &reset), expected, "{scales:?} {seq}");
        }
    }

    #[test]
    fn numbers_wrap_around() {
        let mut talk = Talk::new();
        talk.play(I, &TcpInfo::new(SYN, u32::MAX, 0, 100));
        talk.play(R, &TcpInfo::new(SYN | ACK, u32::MAX - 1, 0, 100));
        assert_eq!(talk.play(I, &TcpInfo::new(ACK, 0, u32::MAX, 100)), "established");
        assert_eq!(talk.play(R, &TcpInfo::new(RST, 98, 0, 0)), "reset");
    }

    #[test]
    fn a_capture_that_starts_with_the_answer() {
        check(&[(R, SYN | ACK, "syn_received"), (I, ACK, "established")]);
    }
}
