//! Bytes that wait behind a hole, in pages by their place in the stream.

use std::collections::BTreeMap;

use rheos_core::Timestamp;
use smallvec::SmallVec;

use super::arena::{Arena, PAGE, PageId};
use super::{Conflict, Consumer, OverlapPolicy};
use crate::overlap::Reach;

/// What a piece costs beside its bytes: its place in the tree, and its share of a node.
const PIECE: usize = 96;

/// Pieces shorter than this are joined with their neighbours; longer ones keep their own times.
const SHORT: u64 = 256;

/// A run of bytes that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) end: u64,
    /// From where to where the segment reached that it is of.
    segment: Reach,
    /// Whether the bytes were sent and not captured.
    pub(super) is_cut: bool,
    pub(super) timestamp: Timestamp,
}

/// Pieces that wait, none overlapping another. They have to be [cleared](Self::clear) before they
/// are dropped, since their pages are the arena's.
#[derive(Debug, Default)]
pub(super) struct Pending {
    /// By their starts.
    pieces: BTreeMap<u64, Piece>,
    /// The pages that hold them, by their numbers: offsets divided by [`PAGE`].
    pages: Vec<(u64, PageId)>,
    /// Bytes charged to the arena.
    charged: usize,
}

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
}

impl Pending {
    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The first piece, and where it starts.
    pub(super) fn first(&self) -> Option<(u64, Piece)> {
        self.pieces.first_key_value().map(|(&start, &piece)| (start, piece))
    }

    /// Where the last piece ends.
    pub(super) fn end(&self) -> u64 {
        self.pieces.last_key_value().map_or(0, |(_, piece)| piece.end)
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
        self.make_room(arena, limit, incoming)?;
        let segment = Reach { start: incoming.start, end: incoming.end() };
        let (mut at, mut met) = (incoming.start, 0_u64);
        let mut run = None;
        for (start, piece) in self.overlapping(segment) {
            let (from, to) = (start.max(segment.start), piece.end.min(segment.end));
            if at < from {
                self.fill(arena, incoming, (at, from), &mut run);
            }
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
                self.fill(arena, incoming, (from, data_to), &mut run);
            }
        }
        if at < segment.end {
            self.fill(arena, incoming, (at, segment.end), &mut run);
        }
        self.add_run(run.take(), segment, incoming);
        if !policy.knows_segments() {
            self.join(segment);
        }
        self.settle(arena);
        Ok(met)
    }

    /// Charges and takes the pages that bytes need, and charges what their pieces cost at most.
    fn make_room(
        &mut self,
        arena: &mut Arena,
        limit: usize,
        incoming: &Incoming<'_>,
    ) -> Result<(), Full> {
        let numbers = pages_of(incoming.start, incoming.data_end());
        let missing = numbers.clone().filter(|number| self.place_of(*number).is_err()).count();
        // A segment that is split by one piece after another makes one more than it meets.
        let reach = Reach { start: incoming.start, end: incoming.end() };
        let pieces = self.overlapping(reach).len().saturating_add(2);
        let bytes = missing.saturating_mul(PAGE).saturating_add(pieces.saturating_mul(PIECE));
        if self.charged.saturating_add(bytes) > limit || !arena.charge(bytes) {
            return Err(Full);
        }
        self.charged = self.charged.saturating_add(bytes);
        for number in numbers {
            if let Err(place) = self.place_of(number) {
                self.pages.insert(place, (number, arena.take()));
            }
        }
        Ok(())
    }

    /// Charges what is there, and no more.
    fn settle(&mut self, arena: &mut Arena) {
        let pages = self.pages.len().saturating_mul(PAGE);
        let needed = pages.saturating_add(self.pieces.len().saturating_mul(PIECE));
        arena.refund(self.charged.saturating_sub(needed));
        self.charged = needed;
    }

    fn place_of(&self, number: u64) -> Result<usize, usize> {
        self.pages.binary_search_by_key(&number, |&(number, _)| number)
    }

    /// The pieces that have bytes in a range, and where they start.
    fn overlapping(&self, reach: Reach) -> SmallVec<[(u64, Piece); 4]> {
        let before = self.pieces.range(..=reach.start).next_back();
        let first = before.filter(|(_, piece)| piece.end > reach.start).map(|(&start, _)| start);
        let pieces = self.pieces.range(first.unwrap_or(reach.start)..reach.end);
        pieces.map(|(&start, &piece)| (start, piece)).collect()
    }

    /// Writes the bytes of a range into their pages, and lengthens the run of the new segment by it.
    fn fill(
        &mut self,
        arena: &mut Arena,
        incoming: &Incoming<'_>,
        (from, to): (u64, u64),
        run: &mut Option<(u64, u64)>,
    ) {
        let data_to = to.min(incoming.data_end());
        let skip = usize::try_from(from.saturating_sub(incoming.start)).unwrap_or(usize::MAX);
        let mut bytes = incoming.bytes.get(skip..).unwrap_or_default();
        for (id, within) in self.parts(from, data_to) {
            let page = arena.page_mut(id).get_mut(within).unwrap_or_default();
            let (front, rest) = bytes.split_at_checked(page.len()).unwrap_or((bytes, &[]));
            page.iter_mut().zip(front).for_each(|(to, from)| *to = *from);
            bytes = rest;
        }
        let segment = Reach { start: incoming.start, end: incoming.end() };
        match run {
            Some((_, end)) if *end == from => *end = to,
            _ => {
                self.add_run(run.take(), segment, incoming);
                *run = Some((from, to));
            }
        }
    }

    /// Adds what a segment filled without a break: bytes, and what was cut off behind them.
    fn add_run(&mut self, run: Option<(u64, u64)>, segment: Reach, incoming: &Incoming<'_>) {
        let Some((from, to)) = run else { return };
        let data_end = incoming.data_end().clamp(from, to);
        let timestamp = incoming.timestamp;
        for (start, end, is_cut) in [(from, data_end, false), (data_end, to, true)] {
            if start < end {
                self.pieces.insert(start, Piece { end, segment, is_cut, timestamp });
            }
        }
    }

    /// Takes a range out of a piece.
    fn cut_out(&mut self, start: u64, piece: Piece, (from, to): (u64, u64)) {
        self.pieces.remove(&start);
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
        let skip = usize::try_from(from.saturating_sub(incoming.start)).unwrap_or(usize::MAX);
        let mut bytes = incoming.bytes.get(skip..).unwrap_or_default();
        let mut offset = from;
        for (id, within) in self.parts(from, to) {
            let first = arena.page(id).get(within).unwrap_or_default();
            let (later, rest) = bytes.split_at_checked(first.len()).unwrap_or((bytes, &[]));
            if first != later {
                consumer.overlap(&Conflict { offset, first, later, replaced });
            }
            bytes = rest;
            offset = offset.saturating_add(first.len() as u64);
        }
    }

    /// Joins pieces in and beside a range that touch, if one of them is short.
    fn join(&mut self, reach: Reach) {
        let before = self.pieces.range(..reach.start).next_back().map(|(&start, _)| start);
        let mut at = before.unwrap_or(reach.start);
        loop {
            let mut next = self.pieces.range(at..=reach.end).map(|(&start, &piece)| (start, piece));
            let (Some((start, piece)), Some((behind, other))) = (next.next(), next.next()) else {
                return;
            };
            let is_short = |start: u64, piece: &Piece| piece.end.saturating_sub(start) < SHORT;
            let touches = piece.end == behind && piece.is_cut == other.is_cut;
            if touches && (is_short(start, &piece) || is_short(behind, &other)) {
                self.pieces.remove(&behind);
                let segment = Reach { start: piece.segment.start, end: other.segment.end };
                let timestamp = piece.timestamp.max(other.timestamp);
                self.pieces.insert(start, Piece { end: other.end, segment, timestamp, ..piece });
                at = start;
            } else {
                at = behind;
            }
        }
    }

    /// The pages of a range, and the places in them.
    fn parts(&self, from: u64, to: u64) -> impl Iterator<Item = (PageId, std::ops::Range<usize>)> {
        pages_of(from, to).filter_map(move |number| {
            let place = self.place_of(number).ok()?;
            let (_, id) = *self.pages.get(place)?;
            let page_start = number.saturating_mul(PAGE as u64);
            let within =
                |at: u64| usize::try_from(at.saturating_sub(page_start)).unwrap_or(PAGE).min(PAGE);
            Some((id, within(from)..within(to)))
        })
    }

    /// The bytes of a range that are there, in slices.
    pub(super) fn bytes<'a>(
        &self,
        arena: &'a Arena,
        from: u64,
        to: u64,
    ) -> impl Iterator<Item = &'a [u8]> {
        self.parts(from, to).map(|(id, within)| arena.page(id).get(within).unwrap_or_default())
    }

    /// Drops the first piece, and the pages that nothing is in any more.
    pub(super) fn drop_first(&mut self, arena: &mut Arena) {
        self.pieces.pop_first();
        let first = self.first().map_or(u64::MAX, |(start, _)| page_of(start));
        let unused = self.pages.partition_point(|&(number, _)| number < first);
        // Pages are refunded where they are given back.
        self.charged = self.charged.saturating_sub(unused.saturating_mul(PAGE));
        self.pages.drain(..unused).for_each(|(_, id)| arena.give_back(id));
        self.settle(arena);
    }

    /// Drops everything.
    pub(super) fn clear(&mut self, arena: &mut Arena) {
        while !self.pieces.is_empty() {
            self.drop_first(arena);
        }
    }
}

/// The numbers of the pages of a range.
fn pages_of(from: u64, to: u64) -> impl Iterator<Item = u64> + Clone {
    page_of(from)..if from < to { to.div_ceil(PAGE as u64) } else { 0 }
}

/// The number of the page that a place is in.
fn page_of(at: u64) -> u64 {
    at.div_euclid(PAGE as u64)
}
