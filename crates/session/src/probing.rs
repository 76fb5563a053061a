//! The first bytes of a stream, until a parser for it is chosen.

use rheos_core::{Side, Timestamp};

use crate::SessionKey;
use crate::both::Both;
use crate::event::Choice;
use crate::reading::Piece;
use crate::registry::{Parsers, Wanted};

/// First bytes of a side that parsers are asked about. Every signature that is worth the name is
/// shorter.
const PREFIX: usize = 64;

/// Pieces of a stream that are looked at, of both sides together: a protocol that has not shown itself
/// by then is none that is known.
const MAX_PIECES: usize = 4;

/// Bytes of both sides together by which a protocol shows itself, in however many pieces: a greeting of
/// two lines of 512 bytes, the most that SMTP has, RFC 5321 section 4.5.3.1.5, and its answer fit.
const ENOUGH: u64 = 1 << 10;

/// Pieces that are looked at if they are short: who sends single bytes has no more of them kept.
const MAX_SHORT_PIECES: usize = 512;

/// Bytes that wait for a parser. More come in the four pieces only behind a hole.
const MAX_WAITING: u64 = 64 << 10;

/// What came of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Wait,
    Chosen(usize, Choice),
    Nobody,
}

/// The first bytes of both sides.
#[derive(Debug)]
pub(crate) struct Probing {
    wanted: Wanted,
    prefixes: Both<Prefix>,
    /// The pieces in the order of their coming: whose, where each ends in its side, and when it came.
    pieces: Vec<Piece>,
    waiting: u64,
}

#[derive(Debug)]
struct Prefix {
    bytes: [u8; PREFIX],
    len: usize,
    /// Where the side is, behind its last piece.
    end: Option<u64>,
}

impl Prefix {
    fn get(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

impl Probing {
    pub(crate) fn new(wanted: Wanted) -> Self {
        let prefixes = Both::new(|_| Prefix { bytes: [0; PREFIX], len: 0, end: None });
        Self { wanted, prefixes, pieces: Vec::new(), waiting: 0 }
    }

    /// Takes bytes of a side: all that wait, of which the new ones are at the end.
    pub(crate) fn take<K: SessionKey>(
        &mut self,
        parsers: &Parsers<K>,
        side: Side,
        (offset, bytes, timestamp): (u64, &[u8], Timestamp),
    ) -> Verdict {
        let end = offset.saturating_add(bytes.len() as u64);
        let prefix = self.prefixes.of_mut(side);
        let known = prefix.end.replace(end).unwrap_or(offset);
        self.waiting = self.waiting.saturating_add(end.saturating_sub(known));
        self.pieces.push((side, end, timestamp));
        // What waits starts where the stream does, as long as nobody reads of it.
        let len = bytes.len().min(PREFIX);
        prefix.bytes.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        prefix.len = prefix.len.max(len);
        let sides = [self.prefixes.initiator.get(), self.prefixes.responder.get()];
        if let Some(place) = parsers.ask_stream(&mut self.wanted, sides) {
            return Verdict::Chosen(place, Choice::Content);
        }
        if self.is_enough() || self.wanted.candidates.is_empty() {
            self.last()
        } else {
            Verdict::Wait
        }
    }

    /// Takes bytes of a side that is not looked at, while the other one has not spoken.
    pub(crate) fn pass(
        &mut self,
        side: Side,
        (offset, bytes, timestamp): (u64, &[u8], Timestamp),
    ) -> Verdict {
        self.pieces.push((side, offset.saturating_add(bytes.len() as u64), timestamp));
        if self.pieces.len() >= MAX_SHORT_PIECES { Verdict::Nobody } else { Verdict::Wait }
    }

    /// Whether a protocol that is known would have shown itself.
    fn is_enough(&self) -> bool {
        let pieces = self.pieces.len();
        // Where a port decides in the end, its parser does not wait for long.
        let is_told = self.waiting >= ENOUGH || self.wanted.by_port.is_some();
        self.waiting > MAX_WAITING || pieces >= MAX_PIECES && is_told || pieces >= MAX_SHORT_PIECES
    }

    /// What is chosen if nothing more comes.
    pub(crate) fn last(&self) -> Verdict {
        match self.wanted.by_port {
            Some(place) => Verdict::Chosen(place, Choice::Port),
            None => Verdict::Nobody,
        }
    }

    /// Whether a side has said something.
    pub(crate) fn has_any(&self) -> bool {
        !self.pieces.is_empty()
    }

    /// The pieces in the order of their coming.
    pub(crate) fn into_pieces(self) -> Vec<Piece> {
        self.pieces
    }
}
