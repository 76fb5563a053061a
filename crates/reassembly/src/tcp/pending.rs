//! Bytes that wait behind a hole: which there are, and the pages that hold them.

use rheos_core::Timestamp;
use smallvec::SmallVec;

use super::arena::{Arena, PAGE};
use super::pages::Pages;
use super::pieces::{Piece, Pieces};
use super::{Conflict, Consumer, OverlapPolicy};
use crate::overlap::Reach;

/// What a piece costs beside its bytes: its place in the tree, and its share of a node.
const PIECE: usize = 128;

/// Pieces that wait, none overlapping another. They have to be [cleared](Self::clear) before they
/// are dropped, since their pages are the arena's.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pieces: Pieces,
    /// The pages that hold them.
    pages: Pages,
    /// Bytes charged to the arena.
    charged: usize,
}

/// Runs of bytes that a segment fills where it meets what is there.
type Runs = SmallVec<[(u64, u64); 2]>;

/// The budget has no room.
#[derive(Debug)]
pub(super) struct Full;

/// Bytes to be kept: where they are in the stream, and of which segment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Incoming<'a> {
    pub(super) start: u64,
    pub(super) bytes: &'a [u8],
    /// Bytes behind that were sent and not captured.
    pub(super) cut: u64,
    pub(super) timestamp: Timestamp,
}

impl Incoming<'_> {
    fn data_end(&self) -> u64 {
        self.start.saturating_add(self.bytes.len() as u64)
    }

    pub(super) fn end(&self) -> u64 {
        self.data_end().saturating_add(self.cut)
    }

    /// The bytes of a range, as far as they were captured.
    fn bytes_of(&self, from: u64, to: u64) -> &[u8] {
        let place = |at: u64| usize::try_from(at.saturating_sub(self.start)).unwrap_or(usize::MAX);
        self.bytes.get(place(from)..place(to.min(self.data_end()))).unwrap_or_default()
    }
}

impl Pending {
    pub(super) fn is_empty(&self) -> bool {
        self.first().is_none()
    }

    /// The first piece, and where it starts.
    pub(super) fn first(&self) -> Option<(u64, &Piece)> {
        self.pieces.first()
    }

    /// Whether the first piece goes on from a place, or there is none.
    pub(super) fn goes_on(&self, next: u64) -> bool {
        self.first().is_none_or(|(start, _)| start <= next)
    }

    /// Where the last piece ends.
    pub(super) fn end(&self) -> u64 {
        self.pieces.end()
    }

    /// Keeps bytes, where they have no place yet or replace what has. Returns how many met bytes that
    /// were there. Without room, nothing has happened.
    pub(super) fn insert(
        &mut self,
        arena: &mut Arena,
        limit: usize,
        policy: OverlapPolicy,
        incoming: &Incoming<'_>,
        consumer: &mut impl Consumer,
    ) -> Result<u64, Full> {
        let segment = Reach { start: incoming.start, end: incoming.end() };
        if self.pieces.meet(segment) {
            return self.insert_among(arena, limit, policy, incoming, consumer);
        }
        self.make_room(arena, limit, incoming, 0)?;
        self.add_run((segment.start, segment.end), segment, incoming, policy);
        self.settle(arena);
        // The copy comes last: what is done to the next segment need not wait for memory then.
        self.pages.write(arena, incoming.start, incoming.bytes);
        Ok(0)
    }

    /// Keeps bytes some of which are there.
    fn insert_among(
        &mut self,
        arena: &mut Arena,
        limit: usize,
        policy: OverlapPolicy,
        incoming: &Incoming<'_>,
        consumer: &mut impl Consumer,
    ) -> Result<u64, Full> {
        let segment = Reach { start: incoming.start, end: incoming.end() };
        let there = self.pieces.overlapping(segment);
        self.make_room(arena, limit, incoming, there.len())?;
        let (mut at, mut met, mut runs) = (incoming.start, 0_u64, Runs::new());
        for (start, piece) in there {
            let (from, to) = (start.max(segment.start), piece.end.min(segment.end));
            self.fill(arena, incoming, (at, from), &mut runs);
            at = to;
            let data_to = to.min(incoming.data_end()).max(from);
            met = met.saturating_add(data_to.saturating_sub(from));
            let replaces = piece.is_cut || policy.replaces(piece.segment, segment);
            if !piece.is_cut {
                self.compare(arena, incoming, (from, data_to), replaces, consumer);
            }
            // What was not captured replaces nothing.
            if replaces && from < data_to {
                self.cut_out(start, piece, (from, data_to));
                self.fill(arena, incoming, (from, data_to), &mut runs);
            }
        }
        self.fill(arena, incoming, (at, segment.end), &mut runs);
        for run in runs {
            self.add_run(run, segment, incoming, policy);
        }
        self.settle(arena);
        Ok(met)
    }

    /// Charges and takes the pages that bytes need, and charges what their pieces cost at most, if they
    /// meet as many as this.
    fn make_room(
        &mut self,
        arena: &mut Arena,
        limit: usize,
        incoming: &Incoming<'_>,
        met: usize,
    ) -> Result<(), Full> {
        let stretch = self.pages.find(incoming.start, incoming.data_end());
        // A segment that is split by one piece after another makes one more than it meets.
        let pieces = met.saturating_add(2);
        let bytes =
            stretch.missing.saturating_mul(PAGE).saturating_add(pieces.saturating_mul(PIECE));
        if self.charged.saturating_add(bytes) > limit || !arena.charge(bytes) {
            return Err(Full);
        }
        self.charged = self.charged.saturating_add(bytes);
        if stretch.missing > 0 {
            self.pages.add(arena, stretch);
        }
        Ok(())
    }

    /// Bytes that wait, their management counted.
    pub(super) fn waiting(&self) -> usize {
        self.charged
    }

    /// Charges what is there, and no more.
    fn settle(&mut self, arena: &mut Arena) {
        let pages = self.pages.len().saturating_mul(PAGE);
        let needed = pages.saturating_add(self.pieces.len().saturating_mul(PIECE));
        arena.refund(self.charged.saturating_sub(needed));
        self.charged = needed;
    }

    /// Writes the bytes of a range into their pages, and lengthens the last run by it.
    fn fill(
        &self,
        arena: &mut Arena,
        incoming: &Incoming<'_>,
        (from, to): (u64, u64),
        runs: &mut Runs,
    ) {
        if from >= to {
            return;
        }
        self.pages.write(arena, from, incoming.bytes_of(from, to));
        match runs.last_mut() {
            Some((_, end)) if *end == from => *end = to,
            _ => runs.push((from, to)),
        }
    }

    /// Adds what a segment filled without a break: bytes, and what was cut off behind them.
    #[inline]
    fn add_run(
        &mut self,
        (from, to): (u64, u64),
        segment: Reach,
        incoming: &Incoming<'_>,
        policy: OverlapPolicy,
    ) {
        let data_end = incoming.data_end().clamp(from, to);
        if from < data_end {
            self.add_piece((from, data_end), false, segment, incoming, policy);
        }
        if data_end < to {
            self.add_piece((data_end, to), true, segment, incoming, policy);
        }
    }

    #[inline]
    fn add_piece(
        &mut self,
        (start, end): (u64, u64),
        is_cut: bool,
        segment: Reach,
        incoming: &Incoming<'_>,
        policy: OverlapPolicy,
    ) {
        let timestamp = incoming.timestamp;
        let piece = Piece { end, segment, is_cut, since: timestamp, oldest: timestamp, timestamp };
        if policy.knows_segments() {
            self.pieces.insert(start, piece);
        } else {
            self.pieces.join(start, piece);
        }
    }

    /// Takes a range out of a piece.
    fn cut_out(&mut self, start: u64, piece: Piece, (from, to): (u64, u64)) {
        self.pieces.remove(start);
        if start < from {
            self.pieces.insert(start, Piece { end: from, ..piece });
        }
        if to < piece.end {
            self.pieces.insert(to, piece);
        }
    }

    /// Reports where bytes that are there and bytes that come differ.
    fn compare(
        &self,
        arena: &Arena,
        incoming: &Incoming<'_>,
        (from, to): (u64, u64),
        replaced: bool,
        consumer: &mut impl Consumer,
    ) {
        let (mut rest, mut offset) = (incoming.bytes_of(from, to), from);
        for first in self.pages.read(arena, from, to) {
            let (later, behind) = rest.split_at_checked(first.len()).unwrap_or((rest, &[]));
            if first != later {
                consumer.overlap(&Conflict { offset, first, later, replaced });
            }
            (rest, offset) = (behind, offset.saturating_add(first.len() as u64));
        }
    }

    /// The bytes of a range that are there, in slices.
    pub(super) fn bytes<'a>(
        &self,
        arena: &'a Arena,
        from: u64,
        to: u64,
    ) -> impl Iterator<Item = &'a [u8]> {
        self.pages.read(arena, from, to)
    }

    /// Drops the first piece, and the pages that nothing is in any more.
    pub(super) fn drop_first(&mut self, arena: &mut Arena) {
        self.pieces.pop_first();
        let first = self.first().map_or(u64::MAX, |(start, _)| start);
        let given = self.pages.drop_before(arena, first);
        // Pages are refunded where they are given back.
        self.charged = self.charged.saturating_sub(given.saturating_mul(PAGE));
        self.settle(arena);
    }

    /// Drops everything.
    pub(super) fn clear(&mut self, arena: &mut Arena) {
        while !self.is_empty() {
            self.drop_first(arena);
        }
    }
}
