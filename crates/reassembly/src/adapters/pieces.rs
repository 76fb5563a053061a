//! A stream as an iterator.

use std::collections::VecDeque;

use rheos_core::Timestamp;

use super::lost;
use crate::tcp::{Chunk, Conflict, Consumer, End, Gap, Retransmit, Start};

/// Something that a stream said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// It begins.
    Start(Start),
    /// Bytes behind those before, how many bytes of the stream stand in front of them, and when they
    /// came.
    Data {
        /// Place in the stream.
        offset: u64,
        /// The bytes.
        bytes: Vec<u8>,
        /// When the segment came that held them.
        timestamp: Timestamp,
    },
    /// Bytes that will not come.
    Gap(Gap),
    /// Bytes that were delivered came again.
    Retransmit(Retransmit),
    /// Two segments had different bytes for this place, of so many bytes.
    Overlap {
        /// Place in the stream.
        offset: u64,
        /// How many.
        len: usize,
        /// Whether the later ones are delivered.
        replaced: bool,
    },
    /// Nothing follows.
    End(End),
}

/// What a stream says, piece by piece, for those who would rather ask than be told.
///
/// It keeps what nobody asked for yet: who feeds it, asks it. Up to [`MAX_BYTES`](Self::MAX_BYTES)
/// wait; then the stream keeps the rest unread, within its own bound, and tells of what is lost there as a
/// gap.
///
/// ```
/// use rheos_core::{SeqNumber, Timestamp};
/// use rheos_reassembly::adapters::{Piece, Pieces};
/// use rheos_reassembly::tcp::{Assembler, Config, Segment, StreamAssembler};
///
/// let (mut assembler, mut stream) = (Assembler::new(Config::default()), StreamAssembler::new(0));
/// let mut pieces = Pieces::default();
/// let segment = Segment::new(Timestamp::from_secs(7, 0), SeqNumber(5), b"hello");
/// assembler.segment(&mut stream, &segment, &mut pieces);
/// for piece in &mut pieces {
///     if let Piece::Data { bytes, .. } = piece {
///         assert_eq!(bytes, b"hello");
///     }
/// }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Pieces {
    waiting: VecDeque<Piece>,
    /// What those cost.
    cost: usize,
}

/// What a piece costs beside its bytes, so that pieces without bytes have a bound too.
const PIECE_COST: usize = size_of::<Piece>();

impl Pieces {
    /// Bytes that wait at most, with what holds them.
    pub const MAX_BYTES: usize = 1 << 20;

    /// Bytes that wait, with what holds them.
    pub fn waiting(&self) -> usize {
        self.cost
    }

    fn push(&mut self, piece: Piece) {
        self.cost = self.cost.saturating_add(cost(&piece));
        self.waiting.push_back(piece);
    }

    /// Forgets the last stream, if all of it is notes: where ports are used again and again while nobody
    /// asks, one more takes no more room than one.
    fn forget_empty(&mut self) {
        let start = self.waiting.iter().rposition(|piece| matches!(piece, Piece::Start(_)));
        let begins = start.unwrap_or(usize::MAX);
        if self.waiting.iter().skip(begins).all(|piece| !matches!(piece, Piece::Data { .. })) {
            let gone = self.waiting.len().saturating_sub(begins);
            self.waiting.truncate(begins);
            self.cost = self.cost.saturating_sub(gone.saturating_mul(PIECE_COST));
        }
    }

    /// Adds a piece that is no more than a note, as long as there is room for it.
    fn note(&mut self, piece: Piece) {
        if self.cost < Self::MAX_BYTES {
            self.push(piece);
        }
    }
}

fn cost(piece: &Piece) -> usize {
    match piece {
        Piece::Data { bytes, .. } => bytes.len().saturating_add(PIECE_COST),
        _ => PIECE_COST,
    }
}

impl Iterator for Pieces {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        let piece = self.waiting.pop_front()?;
        self.cost = self.cost.saturating_sub(cost(&piece));
        Some(piece)
    }
}

impl Consumer for Pieces {
    fn data(&mut self, chunk: &Chunk<'_>) -> usize {
        if self.cost >= Self::MAX_BYTES {
            return 0;
        }
        let Chunk { offset, bytes, timestamp } = *chunk;
        self.push(Piece::Data { offset, bytes: bytes.to_vec(), timestamp });
        bytes.len()
    }

    fn unread(&mut self, rest: &Chunk<'_>) {
        self.gap(&lost(rest));
    }

    fn start(&mut self, start: Start) {
        if self.cost >= Self::MAX_BYTES {
            self.forget_empty();
        }
        self.push(Piece::Start(start));
    }

    fn gap(&mut self, gap: &Gap) {
        // Several that follow each other are one: what is lost while nobody asks is told, and takes no
        // more room than one.
        if let Some(Piece::Gap(last)) = self.waiting.back_mut()
            && last.offset.saturating_add(last.len) == gap.offset
            && (last.cause == gap.cause || self.cost >= Self::MAX_BYTES)
        {
            last.len = last.len.saturating_add(gap.len);
            return;
        }
        self.push(Piece::Gap(*gap));
    }

    fn overlap(&mut self, conflict: &Conflict<'_>) {
        let Conflict { offset, first, replaced, .. } = *conflict;
        self.note(Piece::Overlap { offset, len: first.len(), replaced });
    }

    fn retransmit(&mut self, again: &Retransmit) {
        self.note(Piece::Retransmit(*again));
    }

    fn end(&mut self, end: End) {
        self.push(Piece::End(end));
    }
}
