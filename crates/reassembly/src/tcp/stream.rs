//! One direction of a connection: from segments in any order to bytes in order.

use rheos_core::{SeqNumber, Timestamp};

use super::again::Gaps;
use super::arena::Arena;
use super::pending::{Incoming, Pending};
use super::unread::Unread;
use super::{Config, Consumer, End, GapCause, MidStream, Segment, Start};

/// How many segments in a row, each going on where the last ended, make a stream go on far away from
/// where it was: a forged one stays alone.
const STRAYS: u8 = 3;

/// One direction of a connection.
///
/// It belongs to an [`Assembler`](super::Assembler), which lends it pages; before it is dropped, it has
/// to be [closed](super::Assembler::close) there, or its pages stay taken.
#[derive(Debug)]
pub struct StreamAssembler {
    pub(super) token: u64,
    pub(super) state: State,
    /// The sequence number of offset zero.
    pub(super) base: SeqNumber,
    /// Where the next byte to deliver is in the stream.
    pub(super) next: u64,
    /// Where the stream ends, if a FIN said so.
    pub(super) fin: Option<u64>,
    /// How far the receiver has acknowledged, and since when it is ahead of what was delivered.
    pub(super) acked: u64,
    pub(super) acked_since: Timestamp,
    /// When the receiver was heard last.
    pub(super) heard: Timestamp,
    /// The window that the receiver offers, if it is known.
    pub(super) window: Option<u32>,
    /// Behind a segment too far away: where the next would go on, and how many did.
    stray: (SeqNumber, u8),
    /// Where another stream on the same ports would begin.
    rival: Option<SeqNumber>,
    /// Whether the assembler has a note to look at this stream's hole.
    pub(super) is_noted: bool,
    pub(super) pending: Option<Box<Pending>>,
    pub(super) unread: Option<Box<Unread>>,
    /// The last gaps, if there were any.
    pub(super) gaps: Option<Box<Gaps>>,
    pub(super) stats: StreamStats,
}

/// Where a stream stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing of it has been seen.
    New,
    Open,
    Ended,
}

/// What one direction of a connection has been through. Bytes are of payload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamStats {
    /// Bytes delivered, each once.
    pub bytes: u64,
    /// Gaps, of any cause.
    pub gaps: u64,
    /// Bytes in them.
    pub gap_bytes: u64,
    /// Segments that had to wait for others.
    pub out_of_order: u64,
    /// Segments with bytes that had been delivered before.
    pub retransmits: u64,
    /// Bytes of them.
    pub retransmitted_bytes: u64,
    /// Bytes that met others, not delivered yet, of the same place.
    pub overlapped_bytes: u64,
    /// Segments that repeat the last byte, or none, to see whether the receiver is there.
    pub keep_alives: u64,
    /// Segments that were ignored, too far from where the stream is.
    pub out_of_window: u64,
    /// Resets that were ignored for the same reason.
    pub ignored_resets: u64,
    /// Bytes that came behind the end.
    pub bytes_after_end: u64,
    /// Bytes in front of where a stream was picked up.
    pub bytes_before_start: u64,
    /// Bytes that came when they had been given up as a gap, one of the last eight.
    pub late_bytes: u64,
}

/// What a stream works with.
pub(super) struct Context<'a, C> {
    pub(super) config: &'a Config,
    pub(super) arena: &'a mut Arena,
    pub(super) consumer: &'a mut C,
}

impl StreamAssembler {
    /// A stream of which nothing has been seen. The token is whatever its owner knows it by.
    pub fn new(token: u64) -> Self {
        Self {
            token,
            state: State::New,
            base: SeqNumber(0),
            next: 0,
            fin: None,
            acked: 0,
            acked_since: Timestamp::MIN,
            heard: Timestamp::MIN,
            window: None,
            stray: (SeqNumber(0), 0),
            rival: None,
            is_noted: false,
            pending: None,
            unread: None,
            gaps: None,
            stats: StreamStats::default(),
        }
    }

    /// Whatever its owner knows it by.
    pub fn token(&self) -> u64 {
        self.token
    }

    /// What it has been through.
    pub fn stats(&self) -> StreamStats {
        self.stats
    }

    /// How many bytes have been delivered or given up.
    pub fn offset(&self) -> u64 {
        self.next
    }

    /// Whether it has ended.
    pub fn is_ended(&self) -> bool {
        self.state == State::Ended
    }

    /// Whether bytes wait behind a hole.
    pub fn has_hole(&self) -> bool {
        self.pending.as_ref().is_some_and(|pending| !pending.is_empty())
    }

    /// When the first hole was noticed, if there is one.
    pub(super) fn hole_since(&self) -> Option<Timestamp> {
        let (_, piece) = self.pending.as_ref()?.first()?;
        Some(piece.since)
    }

    /// The place of a sequence number in the stream: negative in front of it.
    #[inline]
    pub(super) fn place_of(&self, sequence: SeqNumber) -> i64 {
        let next = i64::try_from(self.next).unwrap_or(i64::MAX);
        // Nothing is further away than half of what sequence numbers count.
        next.saturating_add(i64::from(sequence.distance(self.next_number())))
    }

    /// Takes a segment.
    #[inline]
    pub(super) fn segment<C: Consumer>(
        &mut self,
        context: &mut Context<'_, C>,
        segment: &Segment<'_>,
    ) {
        if self.is_next(segment) {
            self.deliver(context.config, context.consumer, segment.payload, segment.timestamp);
            return self.look(context, segment.timestamp);
        }
        self.any_segment(context, segment);
    }

    /// Takes any segment.
    #[inline(never)]
    fn any_segment<C: Consumer>(&mut self, context: &mut Context<'_, C>, segment: &Segment<'_>) {
        if segment.rst {
            return self.reset(context, segment);
        }
        if !self.begins(context, segment) {
            return;
        }
        let start = self.place_of(segment.first_byte());
        let end = start.saturating_add(segment.length.into());
        if self.is_stray(context, segment, start) {
            return;
        }
        if segment.length > 0 {
            self.bytes(context, segment, start, end);
        } else if !segment.syn && !segment.fin && self.is_in_front_of_next(start) {
            self.stats.keep_alives = self.stats.keep_alives.saturating_add(1);
        }
        if segment.fin && self.fin.is_none() {
            self.fin = u64::try_from(end).ok().filter(|&end| end >= self.next);
        }
        self.look(context, segment.timestamp);
    }

    /// Begins the stream, or begins it again behind its ports' new use. Says whether the segment is
    /// part of a stream.
    fn begins<C: Consumer>(&mut self, context: &mut Context<'_, C>, segment: &Segment<'_>) -> bool {
        let first = segment.first_byte();
        let state = self.state;
        let start = match state {
            State::New if segment.syn => Start::Syn,
            State::New => {
                if segment.length == 0 || context.config.mid_stream == MidStream::Ignore {
                    return false;
                }
                Start::MidStream
            }
            State::Open if self.is_rival(context.config, segment) => {
                self.end(context, End::PortReuse);
                Start::Syn
            }
            State::Open => return !segment.syn || first == self.base,
            State::Ended if segment.syn && first != self.base => Start::Syn,
            State::Ended => {
                let start = self.place_of(first);
                let end = start.saturating_add(segment.length.into());
                let behind = end.saturating_sub(i64::try_from(self.next).unwrap_or(i64::MAX));
                let behind = u64::try_from(behind).unwrap_or(0).min(segment.length.into());
                self.stats.bytes_after_end = self.stats.bytes_after_end.saturating_add(behind);
                self.note_again(context, start, end);
                return false;
            }
        };
        let Self { token, is_noted, stats, window, .. } = *self;
        *self = Self { window, is_noted, stats, ..Self::new(token) };
        (self.state, self.base) = (State::Open, first);
        context.consumer.start(start);
        true
    }

    /// Whether a segment goes on from a SYN of another stream on the same ports. That SYN alone may
    /// be forged, and ends nothing.
    fn is_rival(&mut self, config: &Config, segment: &Segment<'_>) -> bool {
        let first = segment.first_byte();
        if segment.syn && first != self.base {
            self.rival = Some(first);
            return false;
        }
        if self.rival != Some(first) || segment.length == 0 {
            return false;
        }
        let place = u64::try_from(self.place_of(first));
        !place.is_ok_and(|at| at <= self.far_end(config))
    }

    /// Whether a segment is too far ahead to be of this stream. Several that go on from each other are:
    /// the capture has lost what is between.
    fn is_stray<C: Consumer>(
        &mut self,
        context: &mut Context<'_, C>,
        segment: &Segment<'_>,
        start: i64,
    ) -> bool {
        let reach =
            u64::from(self.window.unwrap_or(0)).saturating_add(context.config.max_ahead.into());
        let Ok(start) = u64::try_from(start) else { return false };
        if start <= self.next.max(self.acked).saturating_add(reach) {
            return false;
        }
        let (expected, count) = self.stray;
        let count = if expected == segment.first_byte() { count.saturating_add(1) } else { 1 };
        self.stray = (segment.behind(), count);
        if count >= STRAYS {
            self.skip_to(context, start, GapCause::Deadline);
            return false;
        }
        self.stats.out_of_window = self.stats.out_of_window.saturating_add(1);
        true
    }

    /// Takes the bytes of a segment.
    fn bytes<C: Consumer>(
        &mut self,
        context: &mut Context<'_, C>,
        segment: &Segment<'_>,
        start: i64,
        end: i64,
    ) {
        let next = i64::try_from(self.next).unwrap_or(i64::MAX);
        if start < next {
            // Such a byte asks whether the receiver is there.
            if segment.length == 1 && self.is_in_front_of_next(start) {
                self.stats.keep_alives = self.stats.keep_alives.saturating_add(1);
                return;
            }
            self.note_again(context, start, end);
        }
        let Ok(end) = u64::try_from(end) else { return };
        let limit = self.fin.unwrap_or(u64::MAX);
        if end > limit {
            let behind = end.saturating_sub(limit).min(segment.length.into());
            self.stats.bytes_after_end = self.stats.bytes_after_end.saturating_add(behind);
        }
        let end = end.min(limit);
        if end <= self.next {
            return;
        }
        // What was delivered never changes: only what is new is looked at.
        let from = u64::try_from(start).unwrap_or(0).max(self.next);
        let skip = usize::try_from(i64::try_from(from).unwrap_or(0).saturating_sub(start));
        let rest = segment.payload.get(skip.unwrap_or(usize::MAX)..).unwrap_or_default();
        let room = usize::try_from(end.saturating_sub(from)).unwrap_or(usize::MAX);
        let bytes = rest.get(..room).unwrap_or(rest);
        let cut = end.saturating_sub(from).saturating_sub(bytes.len() as u64);
        let incoming = Incoming { start: from, bytes, cut, timestamp: segment.timestamp };
        if from == self.next && !self.meets_pending(end) {
            self.deliver_incoming(context, &incoming);
        } else {
            self.keep(context, &incoming);
        }
    }

    /// Whether a place is that of the last byte that was delivered.
    fn is_in_front_of_next(&self, place: i64) -> bool {
        u64::try_from(place.saturating_add(1)).is_ok_and(|behind| behind == self.next)
    }

    /// Whether something waits in front of this place.
    fn meets_pending(&self, end: u64) -> bool {
        let first = self.pending.as_ref().and_then(|pending| pending.first());
        first.is_some_and(|(start, _)| start < end)
    }

    /// Keeps bytes for when those in front of them come. Without room the hole in front is given up.
    fn keep<C: Consumer>(&mut self, context: &mut Context<'_, C>, incoming: &Incoming<'_>) {
        if incoming.start > self.next {
            self.stats.out_of_order = self.stats.out_of_order.saturating_add(1);
        }
        loop {
            let pending = self.pending.get_or_insert_default();
            let (limit, policy) = (context.config.max_pending, context.config.overlap);
            let Context { arena, consumer, .. } = context;
            let kept = pending.insert(arena, limit, policy, incoming, *consumer);
            match kept {
                Ok(met) => {
                    self.stats.overlapped_bytes = self.stats.overlapped_bytes.saturating_add(met);
                    consumer.waits(pending.waiting(), limit);
                    return self.drain(context);
                }
                Err(_) if self.has_hole() && self.next < incoming.start => {
                    self.close_hole(context, GapCause::Budget);
                    if incoming.start <= self.next {
                        break;
                    }
                }
                Err(_) => break,
            }
        }
        // Nothing can be kept, so nothing is waited for: the bytes are delivered as they are here.
        self.skip_to(context, incoming.start, GapCause::Budget);
        self.deliver_around(context, incoming);
    }

    /// Delivers bytes that begin where the stream is or before, and whatever waits in between.
    fn deliver_around<C: Consumer>(
        &mut self,
        context: &mut Context<'_, C>,
        incoming: &Incoming<'_>,
    ) {
        while self.next < incoming.end() {
            let first = self.pending.as_ref().and_then(|pending| pending.first());
            let end = first.map_or(u64::MAX, |(start, _)| start).min(incoming.end());
            if end <= self.next {
                self.drain(context);
                continue;
            }
            let skip = usize::try_from(self.next.saturating_sub(incoming.start));
            let rest = incoming.bytes.get(skip.unwrap_or(usize::MAX)..).unwrap_or_default();
            let room = usize::try_from(end.saturating_sub(self.next)).unwrap_or(usize::MAX);
            let bytes = rest.get(..room).unwrap_or(rest);
            let cut = end.saturating_sub(self.next).saturating_sub(bytes.len() as u64);
            let part = Incoming { start: self.next, bytes, cut, timestamp: incoming.timestamp };
            self.deliver_incoming(context, &part);
        }
        self.drain(context);
    }

    /// Delivers bytes that are next, and reports what was cut off behind them.
    fn deliver_incoming<C: Consumer>(
        &mut self,
        context: &mut Context<'_, C>,
        incoming: &Incoming<'_>,
    ) {
        self.deliver(context.config, context.consumer, incoming.bytes, incoming.timestamp);
        if incoming.cut > 0 {
            let to = self.next.saturating_add(incoming.cut);
            self.skip_to(context, to, GapCause::SnapLength);
        }
        self.drain(context);
    }
}
