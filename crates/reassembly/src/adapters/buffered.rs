//! Bytes of a stream up to a cap.

use std::collections::VecDeque;

use crate::tcp::{Chunk, Consumer, End, Gap, Start};

/// What to do with bytes that no longer fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OverflowPolicy {
    /// The oldest make room for them, and leave a gap that is told.
    #[default]
    SlidingWindow,
    /// What is kept stays, and nothing is kept any more: the stream is poisoned.
    DropFlow,
}

/// What a [`BufferedReassembler`] has been through. Bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BufferedStats {
    /// Bytes that came in order.
    pub bytes: u64,
    /// Bytes that were dropped because of the cap.
    pub bytes_dropped_oversize: u64,
    /// Bytes that never came.
    pub gap_bytes: u64,
    /// The most that was kept at once.
    pub high_watermark: usize,
}

/// Keeps what a stream says until it is taken, up to a cap.
///
/// The bytes of one piece follow each other: where some are missing, by the network or by the cap,
/// another piece begins. [`take`](Self::take) gives the first.
///
/// ```
/// use rheos_core::{SeqNumber, Timestamp};
/// use rheos_reassembly::adapters::{BufferedReassembler, OverflowPolicy};
/// use rheos_reassembly::tcp::{Assembler, Config, Segment, StreamAssembler};
///
/// let mut assembler = Assembler::new(Config::default());
/// let mut stream = StreamAssembler::new(0);
/// let mut buffer = BufferedReassembler::new()
///     .with_max_buffer(8)
///     .with_overflow_policy(OverflowPolicy::SlidingWindow);
/// let segment = |number, bytes| Segment::new(Timestamp::from_secs(7, 0), SeqNumber(number), bytes);
/// assembler.segment(&mut stream, &segment(0, b"hello, "), &mut buffer);
/// assembler.segment(&mut stream, &segment(7, b"world"), &mut buffer);
/// assert_eq!((buffer.offset(), buffer.take()), (4, b"o, world".to_vec()));
/// assert_eq!(buffer.stats().bytes_dropped_oversize, 4);
/// ```
#[derive(Clone, Debug, Default)]
pub struct BufferedReassembler {
    cap: Option<usize>,
    policy: OverflowPolicy,
    bytes: VecDeque<u8>,
    /// Where pieces start: how many bytes of the buffer are in front, and their places in the stream.
    starts: VecDeque<(usize, u64)>,
    /// Where the next byte is in the stream, and where the one behind the last that is kept.
    next: u64,
    kept_to: u64,
    is_poisoned: bool,
    end: Option<End>,
    stats: BufferedStats,
}

/// Without another cap, a side of a connection keeps a mebibyte: as much as flowscope does.
const DEFAULT_CAP: usize = 1 << 20;

/// Pieces that are kept: behind more holes than this, a stream is not worth its bookkeeping.
const MAX_PIECES: usize = 4096;

impl BufferedReassembler {
    /// An empty buffer with a cap of one mebibyte, in which the oldest bytes make room.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with another cap, in bytes.
    #[must_use]
    pub fn with_max_buffer(self, bytes: usize) -> Self {
        Self { cap: Some(bytes), ..self }
    }

    /// The same with another policy.
    #[must_use]
    pub fn with_overflow_policy(self, policy: OverflowPolicy) -> Self {
        Self { policy, ..self }
    }

    /// Takes the bytes of the first piece. The next call gives those behind the gap, if there is one.
    pub fn take(&mut self) -> Vec<u8> {
        let second = self.starts.get(1).copied();
        let len = second.map_or(self.bytes.len(), |(start, _)| start);
        let taken: Vec<u8> = self.bytes.drain(..len).collect();
        match second {
            Some(_) => {
                self.starts.pop_front();
                self.starts.iter_mut().for_each(|(start, _)| *start = start.saturating_sub(len));
            }
            None => self.starts.clear(),
        }
        taken
    }

    /// The bytes of the first piece.
    pub fn peek(&mut self) -> &[u8] {
        let len = self.starts.get(1).map_or(self.bytes.len(), |(start, _)| *start);
        self.bytes.make_contiguous().get(..len).unwrap_or_default()
    }

    /// Where the first byte that is kept is in the stream.
    pub fn offset(&self) -> u64 {
        self.starts.front().map_or(self.next, |(_, offset)| *offset)
    }

    /// Whether bytes are missing behind the first piece.
    pub fn has_gap(&self) -> bool {
        self.starts.len() > 1
    }

    /// Bytes that are kept, of all pieces.
    pub fn buffered_len(&self) -> usize {
        self.bytes.len()
    }

    /// The cap, in bytes.
    pub fn max_buffer(&self) -> usize {
        self.cap.unwrap_or(DEFAULT_CAP)
    }

    /// The most bytes that were kept at once.
    pub fn high_watermark(&self) -> usize {
        self.stats.high_watermark
    }

    /// Bytes that were dropped because of the cap.
    pub fn bytes_dropped_oversize(&self) -> u64 {
        self.stats.bytes_dropped_oversize
    }

    /// Whether there were too many bytes for [`OverflowPolicy::DropFlow`].
    pub fn is_poisoned(&self) -> bool {
        self.is_poisoned
    }

    /// Why nothing follows, if nothing does.
    pub fn ended_by(&self) -> Option<End> {
        self.end
    }

    /// What it has been through.
    pub fn stats(&self) -> BufferedStats {
        self.stats
    }

    /// Keeps bytes of which it is known that they fit.
    fn keep(&mut self, offset: u64, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let follows = !self.starts.is_empty() && self.kept_to == offset;
        if !follows {
            self.starts.push_back((self.bytes.len(), offset));
        }
        self.bytes.extend(bytes);
        self.kept_to = offset.saturating_add(bytes.len() as u64);
        self.stats.high_watermark = self.stats.high_watermark.max(self.bytes.len());
    }

    /// Drops the oldest bytes.
    fn drop_oldest(&mut self, len: usize) {
        let len = len.min(self.bytes.len());
        self.bytes.drain(..len);
        self.count_dropped(len);
        let mut offset = 0;
        while let Some((start, place)) = self.starts.front().copied()
            && start < len
        {
            self.starts.pop_front();
            offset = place.saturating_add(len.saturating_sub(start) as u64);
        }
        self.starts.iter_mut().for_each(|(start, _)| *start = start.saturating_sub(len));
        // What is left of a piece of which only the front is gone.
        let is_begun = self.starts.front().is_some_and(|(start, _)| *start == 0);
        if !is_begun && !self.bytes.is_empty() {
            self.starts.push_front((0, offset));
        }
    }

    fn count_dropped(&mut self, len: usize) {
        let dropped = &mut self.stats.bytes_dropped_oversize;
        *dropped = dropped.saturating_add(len as u64);
    }
}

impl Consumer for BufferedReassembler {
    fn data(&mut self, chunk: &Chunk<'_>) -> usize {
        let all = chunk.bytes.len();
        self.stats.bytes = self.stats.bytes.saturating_add(all as u64);
        let (cap, kept) = (self.max_buffer(), self.bytes.len());
        let over = kept.saturating_add(all).saturating_sub(cap);
        let is_full = over > 0 || self.starts.len() >= MAX_PIECES;
        if self.is_poisoned || is_full && self.policy == OverflowPolicy::DropFlow {
            self.is_poisoned = true;
            self.count_dropped(all);
        } else {
            // Of more than fit at all, the newest are kept.
            let front = over.saturating_sub(kept).min(all);
            if self.starts.len() >= MAX_PIECES {
                let first = self.starts.get(1).map_or(kept, |(start, _)| *start);
                self.drop_oldest(first.max(over));
            } else {
                self.drop_oldest(over);
            }
            self.count_dropped(front);
            let offset = chunk.offset.saturating_add(front as u64);
            self.keep(offset, chunk.bytes.get(front..).unwrap_or_default());
        }
        self.next = chunk.offset.saturating_add(all as u64);
        all
    }

    fn start(&mut self, _: Start) {
        // The ports are used again: nothing follows what was, not even at the same place.
        (self.end, self.is_poisoned, self.next, self.kept_to) = (None, false, 0, u64::MAX);
    }

    fn gap(&mut self, gap: &Gap) {
        self.stats.gap_bytes = self.stats.gap_bytes.saturating_add(gap.len);
        self.next = gap.offset.saturating_add(gap.len);
    }

    fn end(&mut self, end: End) {
        self.end = Some(end);
    }
}
