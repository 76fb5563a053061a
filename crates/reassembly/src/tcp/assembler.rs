//! What the streams of one engine share: pages, a budget, and the order in which holes run out of time.

use std::collections::VecDeque;

use rheos_core::{SeqNumber, Timestamp};

use super::arena::Arena;
use super::stream::Context;
use super::{Config, Consumer, End, Segment, StreamAssembler};

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
}

/// What an assembler holds. Bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AssemblerStats {
    /// Bytes that wait in all streams, with their management.
    pub waiting: usize,
    /// Memory that is held for those, in use or not.
    pub held: usize,
}

impl Assembler {
    /// An assembler without streams.
    pub fn new(config: Config) -> Self {
        let arena = Arena::new(config.max_total);
        Self { config, arena, holes: VecDeque::new() }
    }

    /// What streams wait for.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What it holds.
    pub fn stats(&self) -> AssemblerStats {
        AssemblerStats { waiting: self.arena.used(), held: self.arena.held() }
    }

    /// Takes a segment of a stream.
    #[inline]
    pub fn segment(
        &mut self,
        stream: &mut StreamAssembler,
        segment: &Segment<'_>,
        consumer: &mut impl Consumer,
    ) {
        stream.segment(&mut self.context(consumer), segment);
        self.note(stream);
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
        stream.acknowledged(&mut self.context(consumer), timestamp, acknowledgment, window);
        self.note(stream);
    }

    /// Offers once more what a consumer left unread of a stream, though nothing follows: another reads
    /// the stream now, or the same one has changed its mind.
    pub fn offer_unread(&mut self, stream: &mut StreamAssembler, consumer: &mut impl Consumer) {
        stream.offer_unread(&self.config, consumer);
    }

    /// The token of a stream with a hole whose time may be over: it wants to be
    /// [looked at](Self::look). `None` if there is none now.
    pub fn next_due(&mut self, now: Timestamp) -> Option<u64> {
        let (due, token) = *self.holes.front()?;
        (due <= now).then(|| {
            self.holes.pop_front();
            token
        })
    }

    /// Gives up holes of a stream whose time is over.
    pub fn look(
        &mut self,
        stream: &mut StreamAssembler,
        now: Timestamp,
        consumer: &mut impl Consumer,
    ) {
        stream.is_noted = false;
        stream.look(&mut self.context(consumer), now);
        self.note(stream);
    }

    /// Ends a stream, if it has not ended, and takes its pages back.
    pub fn close(&mut self, stream: &mut StreamAssembler, consumer: &mut impl Consumer) {
        stream.end(&mut self.context(consumer), End::Closed);
    }

    fn context<'a, C: Consumer>(&'a mut self, consumer: &'a mut C) -> Context<'a, C> {
        Context { config: &self.config, arena: &mut self.arena, consumer }
    }

    /// Notes when to look at a stream.
    fn note(&mut self, stream: &mut StreamAssembler) {
        if stream.is_noted {
            return;
        }
        if let Some(since) = stream.hole_since() {
            stream.is_noted = true;
            let due = since.saturating_add(self.config.deadline);
            self.holes.push_back((due, stream.token));
        }
    }
}
