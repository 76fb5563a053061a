//! What is remembered of the segments of both sides, by which later ones are believed.

use rheos_core::{SeqNumber, Side};
use rheos_layers::TcpFlags;

use super::tcp::FlowState;
use crate::TcpInfo;

/// What the state alone does not tell. Without a `bool` or an `Option`, whose spare values would tell
/// a free place from a flow, far behind what every packet touches.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TcpMemory {
    ends: [TcpEnd; 2],
    /// Where segments of each side are that do not fit in, in pages: they may be forged, or come behind many
    /// that the capture lacks.
    odd: [u16; 2],
}

/// What one side sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct TcpEnd {
    /// Its initial sequence number, if it sent a SYN: that of the last.
    isn: u32,
    /// Its last acknowledgment number, and zero before the first.
    ack: u32,
    /// The number behind the last that it sent, and zero before the first.
    next: u32,
    /// The window beside its acknowledgment, not scaled.
    window: u16,
    /// Those of its control bits that change states; above them, how many segments in a row do not fit in,
    /// and how many times the other side acknowledged those.
    seen: u8,
    /// By how many bits its windows are shifted.
    scale: u8,
}

/// How far from the window, or from where its side is, a segment may be. Of a capture that lacks packets,
/// the last acknowledgment may be old, and a segment that is sent again, or was put together by the
/// network card, starts in front of it. Whoever guesses hits one of 8,000 numbers.
const SLACK: i64 = 256 << 10;

/// Segments of a side that go on from each other far from where it was, and acknowledgments of the other side that
/// go with them, from which on they are the connection, and what is missing was not captured. Whoever forges
/// both sides needs as many of each, and that the true side sends nothing between them.
const GOES_ON: u8 = 4;

/// The scale of windows of which no SYN told: RFC 7323 section 2.3 allows no more.
const MAX_SCALE: u8 = 14;

/// The control bits in `seen`, and the two counters above them, of three bits each.
const SIGNS: u8 = 0b11;
const ONE_ODD: u8 = 1 << 2;
const ONE_ACKED: u8 = 1 << 5;
const MOST: u8 = 7;

impl Default for TcpEnd {
    fn default() -> Self {
        Self { isn: 0, ack: 0, next: 0, window: 0, seen: 0, scale: MAX_SCALE }
    }
}

impl TcpEnd {
    pub(super) fn has(&self, flag: TcpFlags) -> bool {
        TcpFlags::from_bits_retain((self.seen & SIGNS).into()).contains(flag)
    }

    /// Where it is, if it sent anything.
    fn next(&self) -> Option<SeqNumber> {
        (self.next != 0).then_some(SeqNumber(self.next))
    }

    fn has_acked(&self) -> bool {
        self.ack != 0 || self.window != 0
    }

    /// Whether a number is near where its side is, if that is known.
    fn is_near_next(&self, number: u32) -> Option<bool> {
        self.next().map(|next| is_near(number, next.0))
    }

    /// Segments in a row that do not fit in.
    fn odds(&self) -> u8 {
        (self.seen / ONE_ODD) & MOST
    }

    /// How many times they were acknowledged.
    fn odds_acked(&self) -> u8 {
        self.seen / ONE_ACKED
    }
}

fn is_near(one: u32, other: u32) -> bool {
    i64::from(SeqNumber(one).distance(SeqNumber(other))).abs() <= SLACK
}

/// The page of a number: of the upper 16 of its bits.
#[allow(clippy::cast_possible_truncation, reason = "the upper half of 32 bits")]
fn page(number: u32) -> u16 {
    (number >> 16) as u16
}

impl TcpMemory {
    #[inline(always)]
    pub(super) fn end(&self, side: Side) -> &TcpEnd {
        let [initiator, responder] = &self.ends;
        match side {
            Side::Initiator => initiator,
            Side::Responder => responder,
        }
    }

    #[inline(always)]
    fn end_mut(&mut self, side: Side) -> &mut TcpEnd {
        let [initiator, responder] = &mut self.ends;
        match side {
            Side::Initiator => initiator,
            Side::Responder => responder,
        }
    }

    /// The same with what one side sent as what the other did.
    pub(super) fn turned(&self) -> Self {
        let ([initiator, responder], [one, other]) = (self.ends, self.odd);
        Self { ends: [responder, initiator], odd: [other, one] }
    }

    /// The initial sequence number of a side, if it sent a SYN.
    pub(super) fn isn(&self, side: Side) -> Option<u32> {
        let end = self.end(side);
        end.has(TcpFlags::SYN).then_some(end.isn)
    }

    /// Remembers a segment without SYN, FIN and RST, with this many bytes.
    #[inline(always)]
    pub(super) fn note_steady(&mut self, side: Side, tcp: &TcpInfo, payload: u32) {
        let sent = self.end(!side).next;
        let end = self.end_mut(side);
        // Nearly all go on where their side was, and acknowledge no more than was sent, and no less than before.
        let acks = sent.wrapping_sub(tcp.ack) <= sent.wrapping_sub(end.ack);
        if (tcp.seq == end.next) & acks {
            end.next = tcp.seq.wrapping_add(payload);
            (end.ack, end.window) = (tcp.ack, tcp.window);
            end.seen &= SIGNS;
        } else {
            self.note_numbers(side, &{ *tcp }, payload);
        }
    }

    /// Remembers any segment, which comes in a state.
    #[allow(clippy::cast_possible_truncation, reason = "the bits are among the lower eight")]
    pub(super) fn note(&mut self, state: FlowState, side: Side, tcp: &TcpInfo, payload: u32) {
        if tcp.flags.contains(TcpFlags::RST) {
            return; // Its numbers are as good as whoever made it up.
        }
        if tcp.flags.contains(TcpFlags::FIN) && !self.is_near(side, tcp) {
            return;
        }
        let signs = tcp.flags.intersection(TcpFlags::SYN | TcpFlags::FIN);
        let length = payload.wrapping_add(signs.bits().count_ones());
        if tcp.flags.contains(TcpFlags::SYN) {
            // RFC 5961 section 4: whoever is bound to another number goes on with that.
            let is_bound = !state.is_half_open() && state != FlowState::Active;
            if is_bound && self.isn(side).is_some_and(|isn| isn != tcp.seq) {
                return;
            }
            self.start(side, tcp, length);
        }
        self.note_numbers(side, tcp, length);
        self.end_mut(side).seen |= signs.bits() as u8;
        // RFC 7323 section 2.2: windows are scaled if both SYNs say so.
        let both = self.ends.iter().all(|end| end.has(TcpFlags::SYN));
        if both && tcp.flags.contains(TcpFlags::SYN) && tcp.window_scale.is_none() {
            self.ends.iter_mut().for_each(|end| end.scale = 0);
        }
    }

    /// Starts the numbers of a side with its SYN, unless that is sent again.
    fn start(&mut self, side: Side, tcp: &TcpInfo, length: u32) {
        let is_again = self.isn(side) == Some(tcp.seq);
        let end = self.end_mut(side);
        (end.isn, end.scale) = (tcp.seq, tcp.window_scale.unwrap_or(0).min(MAX_SCALE));
        if !is_again {
            end.next = tcp.seq.wrapping_add(length);
        }
    }

    /// Takes the numbers of a segment that fits in. RFC 9293 section 3.10.7.4 has one checked against the
    /// window before anything else in it is believed.
    #[inline(never)]
    fn note_numbers(&mut self, side: Side, tcp: &TcpInfo, length: u32) {
        let to = tcp.seq.wrapping_add(length);
        if !self.fits(side, tcp) {
            self.note_odd(side, tcp.seq, to);
            if tcp.flags.contains(TcpFlags::ACK) {
                self.note_odd_ack(!side, tcp.ack);
            }
            return self.go_on(side, to);
        }
        let end = self.end_mut(side);
        end.seen &= SIGNS;
        if end.next().is_none_or(|next| next.is_before(SeqNumber(to))) {
            end.next = to;
        }
        if tcp.flags.contains(TcpFlags::ACK) {
            self.note_ack(side, tcp);
        }
    }

    /// Takes an acknowledgment. RFC 5961 section 5: none of what the other side did not send yet; and none
    /// that goes back, which is old. Of a capture that lacks what the other side sent, the first behind
    /// what that sends next is taken.
    fn note_ack(&mut self, side: Side, tcp: &TcpInfo) {
        let ack = SeqNumber(tcp.ack);
        let is_ahead = self.end(!side).next().is_some_and(|next| next.is_before(ack));
        let end = self.end(side);
        let least = if end.has_acked() { Some(end.ack) } else { self.isn(!side) };
        if is_ahead || least.is_some_and(|least| ack.is_before(SeqNumber(least))) {
            return self.note_odd_ack(!side, tcp.ack);
        }
        let end = self.end_mut(side);
        (end.ack, end.window) = (tcp.ack, tcp.window);
    }

    /// Takes a segment of a side that does not fit in.
    fn note_odd(&mut self, side: Side, from: u32, to: u32) {
        let goes_on = self.is_near_odd(side, from);
        let end = self.end_mut(side);
        if !goes_on {
            end.seen = (end.seen & SIGNS) | ONE_ODD;
        } else if end.odds() < MOST {
            end.seen = end.seen.saturating_add(ONE_ODD);
        }
        let [initiator, responder] = &mut self.odd;
        *(if side == Side::Initiator { initiator } else { responder }) = page(to);
    }

    /// Takes an acknowledgment of a side's bytes that does not fit in: it may be of segments that do not either.
    fn note_odd_ack(&mut self, side: Side, ack: u32) {
        if self.is_near_odd(side, ack) {
            let end = self.end_mut(side);
            if end.odds_acked() < MOST {
                end.seen = end.seen.saturating_add(ONE_ACKED);
            }
            self.go_on(side, ack);
        }
    }

    /// Whether a number goes with the segments of a side that do not fit in.
    fn is_near_odd(&self, side: Side, number: u32) -> bool {
        let [initiator, responder] = self.odd;
        let odd = if side == Side::Initiator { initiator } else { responder };
        let pages = page(number).wrapping_sub(odd).cast_signed();
        self.end(side).odds() > 0 && i64::from(pages).abs() <= SLACK >> 16
    }

    /// Goes on with a side from a number, if its segments and the acknowledgments of the other side have said
    /// often enough that it is there. Where nobody acknowledges anything, the segments are enough.
    fn go_on(&mut self, side: Side, at: u32) {
        let is_heard = self.end(!side).has_acked();
        let end = self.end_mut(side);
        if end.odds() < GOES_ON || (is_heard && end.odds_acked() < GOES_ON) {
            return;
        }
        end.next = at;
        end.seen &= SIGNS;
        if is_heard {
            self.end_mut(!side).ack = at;
        }
    }

    /// Whether a segment is near the window, or near where its side is.
    fn fits(&self, side: Side, tcp: &TcpInfo) -> bool {
        let by_window = self.is_near_window(side, tcp);
        let by_next = self.end(side).is_near_next(tcp.seq);
        match (by_window, by_next) {
            (None, None) => true,
            (by_window, by_next) => by_window == Some(true) || by_next == Some(true),
        }
    }

    /// Whether an ACK is not in front of the SYN of the other side.
    pub(super) fn acks_syn(&self, side: Side, tcp: &TcpInfo) -> bool {
        let acks = |isn: u32| !SeqNumber(tcp.ack).is_before(SeqNumber(isn.wrapping_add(1)));
        tcp.flags.contains(TcpFlags::ACK) && self.isn(!side).is_some_and(acks)
    }

    /// Whether an ACK is of the SYN of the other side, or of what that sent with it.
    fn acks_what_asks(&self, side: Side, tcp: &TcpInfo) -> bool {
        let next = self.end(!side).next;
        self.acks_syn(side, tcp) && !SeqNumber(next).is_before(SeqNumber(tcp.ack))
    }

    pub(super) fn is_believable(&self, state: FlowState, side: Side, tcp: &TcpInfo) -> bool {
        if state == FlowState::SynSent && side == Side::Responder {
            return self.acks_what_asks(side, tcp); // RFC 9293 section 3.10.7.3.
        }
        let end = self.end(side);
        // A host that has sent a FIN may break off with the number in front of it.
        let is_next = |next: SeqNumber| {
            let behind = next.distance(SeqNumber(tcp.seq));
            behind == 0 || (behind == 1 && end.has(TcpFlags::FIN))
        };
        if end.next().is_some_and(is_next) {
            return true;
        }
        match self.ahead(side, tcp) {
            Some((ahead, window)) => (-1..=window).contains(&ahead),
            None => end.is_near_next(tcp.seq).unwrap_or(true) || self.acks_what_asks(side, tcp),
        }
    }

    pub(super) fn is_near(&self, side: Side, tcp: &TcpInfo) -> bool {
        self.is_near_window(side, tcp).unwrap_or(true)
            || self.end(side).is_near_next(tcp.seq) == Some(true)
    }

    /// Whether a segment is near the window, if that is known.
    fn is_near_window(&self, side: Side, tcp: &TcpInfo) -> Option<bool> {
        let (ahead, window) = self.ahead(side, tcp)?;
        Some((-SLACK..=window.saturating_add(SLACK)).contains(&ahead))
    }

    /// How far a segment is ahead of what the other side waits for, and how large that side's window
    /// is. Nothing, if what it waits for is not known.
    fn ahead(&self, side: Side, tcp: &TcpInfo) -> Option<(i64, i64)> {
        let other = self.end(!side);
        if !other.has_acked() {
            return None;
        }
        let ahead = SeqNumber(tcp.seq).distance(SeqNumber(other.ack));
        Some((ahead.into(), i64::from(other.window) << other.scale))
    }
}

#[cfg(test)]
mod tests {
    use rheos_core::Side::{Initiator as I, Responder as R};

    use super::*;

    const ACK: TcpFlags = TcpFlags::ACK;

    /// A connection whose handshake was seen: the numbers are 1001 and 2001, both windows 1000.
    fn established() -> TcpMemory {
        let mut memory = TcpMemory::default();
        let syn = TcpInfo::new(TcpFlags::SYN, 1000, 0, 1000);
        let answer = TcpInfo::new(TcpFlags::SYN | ACK, 2000, 1001, 1000);
        memory.note(FlowState::SynSent, I, &syn, 0);
        memory.note(FlowState::SynReceived, R, &answer, 0);
        memory.note(FlowState::Established, I, &TcpInfo::new(ACK, 1001, 2001, 1000), 0);
        memory
    }

    #[track_caller]
    fn check_reset(memory: &TcpMemory, side: Side, seq: u32, expected: bool) {
        let reset = TcpInfo::new(TcpFlags::RST, seq, 0, 0);
        let found = memory.is_believable(FlowState::Established, side, &reset);
        assert_eq!(found, expected, "RST of {side:?} at {seq}");
    }

    /// RFC 9293 section 3.10.7.4 checks the sequence number first: what is not in the window says nothing.
    #[test]
    fn a_blind_ack_moves_no_window() {
        let mut memory = established();
        memory.note_steady(I, &TcpInfo::new(ACK, 3_000_000_000, 2_000_000_000, 1000), 0);
        check_reset(&memory, R, 2_000_000_000, false);
        check_reset(&memory, R, 2001, true);
    }

    /// RFC 5961 section 5: an ACK of what was never sent is as good as none, and so is an old one.
    #[test]
    fn an_ack_of_what_was_not_sent_and_an_old_one_move_no_window() {
        for ack in [3002, 2_000_000_000, 2001_u32.wrapping_sub(1 << 30)] {
            let mut memory = established();
            memory.note_steady(R, &TcpInfo::new(ACK, 2001, 1001, 1000), 1000);
            memory.note_steady(I, &TcpInfo::new(ACK, 1001, ack, 1000), 0);
            check_reset(&memory, R, ack.wrapping_add(500), false);
            check_reset(&memory, R, 2001, true);
            memory.note_steady(I, &TcpInfo::new(ACK, 1001, 3001, 1000), 0);
            check_reset(&memory, R, 4001, true);
        }
    }

    #[test]
    fn a_side_whose_bytes_nobody_acknowledges_is_believed_where_it_is() {
        let mut memory = established();
        for segment in 0..1000 {
            memory.note_steady(R, &TcpInfo::new(ACK, 2001 + segment * 1400, 1001, 1000), 1400);
        }
        let next = 2001 + 1000 * 1400;
        check_reset(&memory, R, next, true);
        check_reset(&memory, R, next - 1400, false);
        check_reset(&memory, R, next + 1, false);
        let fin = |seq| TcpInfo::new(TcpFlags::FIN | ACK, seq, 1001, 1000);
        assert!(memory.is_near(R, &fin(next)) && !memory.is_near(R, &fin(1 << 30)));
    }

    /// Plays a download from a number on, of which the capture lacks what was before: segments, and the
    /// acknowledgment of each.
    fn download(memory: &mut TcpMemory, from: u32, segments: u32) -> u32 {
        for segment in 0..segments {
            let at = from.wrapping_add(segment.wrapping_mul(1000));
            memory.note_steady(R, &TcpInfo::new(ACK, at, 1001, 1000), 1000);
            memory.note_steady(I, &TcpInfo::new(ACK, 1001, at.wrapping_add(1000), 1000), 0);
        }
        from.wrapping_add(segments.wrapping_mul(1000))
    }

    #[test]
    fn a_hole_in_the_capture_is_stepped_over_once_both_sides_go_on_behind_it() {
        for (hole, segments, expected) in
            [(100_000, 1, true), (1 << 30, 3, false), (1 << 30, 5, true), (3 << 30, 5, true)]
        {
            let mut memory = established();
            let at = download(&mut memory, 2001_u32.wrapping_add(hole), segments);
            check_reset(&memory, R, at, expected);
            check_reset(&memory, R, 2001_u32.wrapping_add(hole / 2), false);
        }
    }

    #[test]
    fn forged_segments_between_true_ones_are_never_the_connection() {
        let mut memory = established();
        for round in 0..100 {
            download(&mut memory, 1 << 30, 3);
            memory.note_steady(R, &TcpInfo::new(ACK, 2001 + round, 1001, 1000), 1);
        }
        check_reset(&memory, R, (1 << 30) + 3000, false);
        check_reset(&memory, R, 2101, true);
    }

    #[test]
    fn a_syn_with_another_number_changes_nothing_behind_the_handshake() {
        let mut memory = established();
        let other = TcpInfo::new(TcpFlags::SYN | ACK, 77, 1001, 9);
        memory.note(FlowState::Established, R, &other, 0);
        check_reset(&memory, R, 78, false);
        check_reset(&memory, R, 2001, true);
    }
}
