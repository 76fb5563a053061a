//! What the streams of one engine share: pages, a budget, and the order in which holes run out of time.

use std::collections::VecDeque;
use std::time::Duration;

use rheos_core::{SeqNumber, Timestamp};

use super::arena::{Arena, PAGE};
use super::stream::Context;
use super::{Config, Consumer, End, GapCause, Segment, StreamAssembler};

/// Streams are looked at no more often than this, however short their deadline is.
const MIN_DEADLINE: Duration = Duration::from_millis(1);

/// Notes about streams with holes for each page of the budget. Who waits has a page; notes of those that
/// were closed since stay until their time is over, which a capture whose clock stands still never says.
const NOTES_PER_PAGE: usize = 2;

/// Notes that there may be however small the budget is.
const MIN_NOTES: usize = 64;

/// Puts the segments of any number of streams into order.
///
/// The streams are kept by whoever keeps the connections: two [`StreamAssembler`]s each. Bytes in order
/// go from the segment to the consumer, without a copy and without an allocation; what has to wait is
/// copied once, into pages that all streams share.
///
/// ```
/// use rheos_core::{SeqNumber, Timestamp};
/// use rheos_reassembly::tcp::{Assembler, Chunk, Config, Consumer, End, Segment, StreamAssembler};
///
/// #[derive(Default)]
/// struct Text(Vec<u8>);
///
/// impl Consumer for Text {
///     fn data(&mut self, chunk: &Chunk<'_>) -> usize {
///         self.0.extend(chunk.bytes);
///         chunk.bytes.len()
///     }
/// }
///
/// let mut assembler = Assembler::new(Config::default());
/// let (mut stream, mut text) = (StreamAssembler::new(0), Text::default());
/// let segment = |number, bytes| Segment::new(Timestamp::from_secs(7, 0), SeqNumber(number), bytes);
/// // The numbers wrap behind the SYN's.
/// assembler.segment(&mut stream, &segment(u32::MAX, b"").syn(), &mut text);
/// assembler.segment(&mut stream, &segment(5, b", world").fin(), &mut text);
/// assembler.segment(&mut stream, &segment(0, b"hello"), &mut text);
/// assert_eq!((text.0.as_slice(), stream.is_ended()), (&b"hello, world"[..], true));
/// assembler.close(&mut stream, &mut text);
/// ```
#[derive(Debug)]
pub struct Assembler {
    config: Config,
    arena: Arena,
    /// Streams with a hole, by their tokens, and when it has been open for too long, oldest first:
    /// each at most once.
    holes: VecDeque<(Timestamp, u64)>,
    max_holes: usize,
}

/// What an assembler holds. Bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AssemblerStats {
    /// Bytes that wait in all streams, behind holes with their management or unread.
    pub waiting: usize,
    /// Memory that is held for those, in use or not.
    pub held: usize,
    /// Streams that it has a note of, to look whether the time of a hole is over; some may be closed.
    pub noted: usize,
    /// How often something found no room in the [budget](Config::max_total) of all streams.
    pub refused: u64,
    /// Bytes that would have waited in all streams when that happened last.
    pub wanted: usize,
}

impl Assembler {
    /// An assembler without streams.
    pub fn new(config: Config) -> Self {
        let arena = Arena::new(config.max_total);
        let pages = config.max_total.div_euclid(PAGE);
        let max_holes = pages.saturating_mul(NOTES_PER_PAGE).max(MIN_NOTES);
        Self { config, arena, holes: VecDeque::new(), max_holes }
    }

    /// What streams wait for.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What it holds.
    pub fn stats(&self) -> AssemblerStats {
        let Self { arena, holes, .. } = self;
        let (refused, wanted) = arena.refused();
        let (waiting, held) = (arena.used(), arena.held());
        AssemblerStats { waiting, held, noted: holes.len(), refused, wanted }
    }

    /// Takes a segment of a stream.
    #[inline]
    pub fn segment(
        &mut self,
        stream: &mut StreamAssembler,
        segment: &Segment<'_>,
        consumer: &mut impl Consumer,
    ) {
        let before = stream.unread_len();
        stream.segment(&mut self.context(consumer), segment);
        self.settle_unread(stream, before, consumer);
        self.note(stream, segment.timestamp);
    }

    /// Takes an acknowledgment that the receiver of a stream sent, and the window beside it in bytes,
    /// scaled, if the scale is known.
    pub fn acknowledged(
        &mut self,
        stream: &mut StreamAssembler,
        timestamp: Timestamp,
        acknowledgment: SeqNumber,
        window: Option<u32>,
        consumer: &mut impl Consumer,
    ) {
        let before = stream.unread_len();
        stream.acknowledged(&mut self.context(consumer), timestamp, acknowledgment, window);
        self.settle_unread(stream, before, consumer);
        self.note(stream, timestamp);
    }

    /// Offers once more what a consumer left unread of a stream, though nothing follows: another reads
    /// the stream now, or the same one has changed its mind.
    pub fn offer_unread(&mut self, stream: &mut StreamAssembler, consumer: &mut impl Consumer) {
        let before = stream.unread_len();
        stream.offer_unread(&self.config, consumer);
        self.settle_unread(stream, before, consumer);
    }

    /// The token of a stream with a hole whose time may be over, or has to be because there are too many:
    /// it wants to be [looked at](Self::look). `None` if there is none now.
    pub fn next_due(&mut self, now: Timestamp) -> Option<u64> {
        let (due, token) = *self.holes.front()?;
        (due <= now || self.holes.len() > self.max_holes).then(|| {
            self.holes.pop_front();
            token
        })
    }

    /// Gives up holes of a stream whose time is over, and its first one if there are too many.
    pub fn look(
        &mut self,
        stream: &mut StreamAssembler,
        now: Timestamp,
        consumer: &mut impl Consumer,
    ) {
        let (before, is_full) = (stream.unread_len(), self.holes.len() >= self.max_holes);
        stream.is_noted = false;
        stream.look(&mut self.context(consumer), now);
        if is_full {
            stream.close_hole(&mut self.context(consumer), GapCause::Budget);
        }
        self.settle_unread(stream, before, consumer);
        self.note(stream, now);
    }

    /// Ends a stream, if it has not ended, and takes its pages back.
    pub fn close(&mut self, stream: &mut StreamAssembler, consumer: &mut impl Consumer) {
        let before = stream.unread_len();
        stream.end(&mut self.context(consumer), End::Closed);
        self.settle_unread(stream, before, consumer);
    }

    fn context<'a, C: Consumer>(&'a mut self, consumer: &'a mut C) -> Context<'a, C> {
        Context { config: &self.config, arena: &mut self.arena, consumer }
    }

    /// Charges what a stream has left unread. Without room for it, it is given up.
    #[inline(always)]
    fn settle_unread(
        &mut self,
        stream: &mut StreamAssembler,
        before: usize,
        consumer: &mut impl Consumer,
    ) {
        let after = stream.unread_len();
        if before != after {
            self.charge_unread(stream, (before, after), consumer);
        }
    }

    #[inline(never)]
    fn charge_unread(
        &mut self,
        stream: &mut StreamAssembler,
        (before, after): (usize, usize),
        consumer: &mut impl Consumer,
    ) {
        self.arena.refund(before);
        if !self.arena.charge(after) {
            stream.drop_unread(consumer);
        }
    }

    /// Notes when to look at a stream.
    #[inline]
    fn note(&mut self, stream: &mut StreamAssembler, now: Timestamp) {
        if !stream.is_noted
            && let Some(since) = stream.hole_since()
        {
            stream.is_noted = true;
            let deadline = self.config.deadline.max(MIN_DEADLINE);
            let due = since.saturating_add(deadline);
            // One that has waited and goes on waiting is looked at again a deadline later.
            let due = if due > now { due } else { now.saturating_add(deadline) };
            self.holes.push_back((due, stream.token));
        }
    }
}
