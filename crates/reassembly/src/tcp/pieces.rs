//! Pieces that wait, in order: the first by itself, since most streams have one hole and then need no tree.

use std::collections::BTreeMap;
use std::time::Duration;

use rheos_core::Timestamp;
use smallvec::SmallVec;

use crate::overlap::Reach;

/// Pieces shorter than this are joined with their neighbours, whenever they came.
const SHORT: u64 = 256;

/// Longer ones are joined if they came within this time: what is told of when bytes came is that much
/// too late at most.
const TOGETHER: Duration = Duration::from_millis(1);

/// A run of bytes that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) end: u64,
    /// From where to where the segment reached that it is of.
    pub(super) segment: Reach,
    /// Whether the bytes were sent and not captured.
    pub(super) is_cut: bool,
    /// When its first byte came: since then the hole in front of it is known.
    pub(super) since: Timestamp,
    /// When the first of its bytes came, wherever it is, and when the last.
    pub(super) oldest: Timestamp,
    pub(super) timestamp: Timestamp,
}

/// Pieces by their starts, none overlapping another.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    first: Option<(u64, Piece)>,
    /// All behind the first.
    rest: BTreeMap<u64, Piece>,
}

impl Pieces {
    /// Adds a piece where none is.
    pub(super) fn insert(&mut self, start: u64, piece: Piece) {
        match &mut self.first {
            None => self.first = Some((start, piece)),
            Some(first) if start < first.0 => {
                let (behind, other) = std::mem::replace(first, (start, piece));
                self.rest.insert(behind, other);
            }
            Some(_) => {
                self.rest.insert(start, piece);
            }
        }
    }

    /// Adds a piece where none is, as part of those beside it if they and it are short or came together.
    pub(super) fn join(&mut self, start: u64, piece: Piece) {
        // What comes in front of the first has nothing in front of itself.
        if let Some((behind, first)) = &mut self.first
            && start < *behind
            && let Some(joined) = joined((start, &piece), (*behind, first))
        {
            (*behind, *first) = (start, joined);
            return;
        }
        let (mut start, mut piece, mut grown) = (start, piece, None);
        if let Some((before, other)) = self.last_before(start)
            && let Some(joined) = joined((before, &other), (start, &piece))
        {
            (start, piece, grown) = (before, joined, Some(before));
        }
        if let Some((behind, other)) = self.starting_at(piece.end)
            && let Some(joined) = joined((start, &piece), (behind, &other))
        {
            piece = joined;
            match grown {
                Some(_) => self.remove(behind),
                None => grown = Some(behind),
            }
        }
        match grown {
            Some(old) => self.replace(old, start, piece),
            None => self.insert(start, piece),
        }
    }

    pub(super) fn remove(&mut self, start: u64) {
        if self.first.is_some_and(|(first, _)| first == start) {
            self.pop_first();
        } else {
            self.rest.remove(&start);
        }
    }

    pub(super) fn pop_first(&mut self) {
        self.first = if self.rest.is_empty() { None } else { self.rest.pop_first() };
    }

    pub(super) fn len(&self) -> usize {
        self.rest.len().saturating_add(self.first.is_some().into())
    }

    /// The first, and where it starts.
    pub(super) fn first(&self) -> Option<(u64, &Piece)> {
        self.first.as_ref().map(|(start, piece)| (*start, piece))
    }

    /// Where the last ends.
    pub(super) fn end(&self) -> u64 {
        let last = if self.rest.is_empty() { None } else { self.rest.last_key_value() };
        let last = last.map(|(_, piece)| piece).or(self.first().map(|(_, piece)| piece));
        last.map_or(0, |piece| piece.end)
    }

    /// Whether any has bytes in a range.
    pub(super) fn meet(&self, reach: Reach) -> bool {
        let Some((start, piece)) = &self.first else { return false };
        *start < reach.end && (piece.end > reach.start || !self.overlapping(reach).is_empty())
    }

    /// Those that have bytes in a range, and where they start.
    pub(super) fn overlapping(&self, reach: Reach) -> SmallVec<[(u64, Piece); 4]> {
        let first =
            self.first.filter(|(start, piece)| *start < reach.end && piece.end > reach.start);
        let mut found: SmallVec<_> = first.into_iter().collect();
        if !self.rest.is_empty() {
            let before = self.rest.range(..=reach.start).next_back();
            let before = before.filter(|(_, piece)| piece.end > reach.start);
            let from = before.map_or(reach.start, |(&start, _)| start);
            let pieces = self.rest.range(from..reach.end.max(from));
            found.extend(pieces.map(|(&start, &piece)| (start, piece)));
        }
        found
    }

    /// The last that starts in front of a place.
    fn last_before(&self, place: u64) -> Option<(u64, Piece)> {
        let first = self.first.filter(|(start, _)| *start < place)?;
        if self.rest.is_empty() {
            return Some(first);
        }
        let last = self.rest.range(..place).next_back();
        Some(last.map_or(first, |(&start, &piece)| (start, piece)))
    }

    fn starting_at(&self, place: u64) -> Option<(u64, Piece)> {
        let (start, piece) = self.first?;
        if start == place || self.rest.is_empty() {
            return (start == place).then_some((start, piece));
        }
        self.rest.get(&place).map(|&piece| (place, piece))
    }

    /// Puts a piece in the place of one that is a part of it.
    fn replace(&mut self, old: u64, start: u64, piece: Piece) {
        match &mut self.first {
            Some(first) if first.0 == old => *first = (start, piece),
            _ => {
                if old != start {
                    self.rest.remove(&old);
                }
                self.rest.insert(start, piece);
            }
        }
    }
}

/// Two pieces as one, the second behind the first, if they touch and nobody needs them apart.
fn joined((start, first): (u64, &Piece), (behind, second): (u64, &Piece)) -> Option<Piece> {
    let is_short = |start: u64, piece: &Piece| piece.end.saturating_sub(start) < SHORT;
    let (oldest, timestamp) =
        (first.oldest.min(second.oldest), first.timestamp.max(second.timestamp));
    let touches = first.end == behind && first.is_cut == second.is_cut;
    let joins = is_short(start, first)
        || is_short(behind, second)
        || timestamp.saturating_since(oldest) <= TOGETHER;
    (touches && joins).then_some(Piece {
        end: second.end,
        segment: Reach { start: first.segment.start, end: second.segment.end },
        oldest,
        timestamp,
        ..*first
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn piece(start: u64, len: u64, millis: i64) -> Piece {
        let time = Timestamp::from_nanos(millis * 1_000_000);
        let (end, segment) = (start + len, Reach { start, end: start + len });
        Piece { end, segment, is_cut: false, since: time, oldest: time, timestamp: time }
    }

    fn ranges(pieces: &Pieces) -> Vec<(u64, u64)> {
        let rest = pieces.rest.iter().map(|(start, piece)| (*start, piece.end));
        pieces.first().map(|(start, piece)| (start, piece.end)).into_iter().chain(rest).collect()
    }

    #[test]
    fn long_pieces_that_came_together_are_one_and_others_keep_their_times() {
        let mut pieces = Pieces::default();
        pieces.join(5000, piece(5000, 1000, 0));
        pieces.join(4000, piece(4000, 1000, 1));
        pieces.join(6000, piece(6000, 1000, 2));
        assert_eq!(ranges(&pieces), [(4000, 6000), (6000, 7000)]);
        let (_, first) = pieces.first().unwrap();
        let times = [first.since, first.oldest, first.timestamp].map(Timestamp::as_nanos);
        assert_eq!(times, [1_000_000, 0, 1_000_000]);
        pieces.join(3999, piece(3999, 1, 900));
        assert_eq!(ranges(&pieces), [(3999, 6000), (6000, 7000)], "a short one joins at any time");
    }

    #[test]
    fn a_piece_between_two_joins_both() {
        let mut pieces = Pieces::default();
        for start in [0, 2000, 4000, 3000] {
            pieces.join(start, piece(start, 1000, 0));
        }
        assert_eq!(ranges(&pieces), [(0, 1000), (2000, 5000)]);
        pieces.join(1000, piece(1000, 1000, 0));
        assert_eq!((ranges(&pieces), pieces.len(), pieces.end()), (vec![(0, 5000)], 1, 5000));
    }

    proptest! {
        /// However the first is kept: what is found is what a plain list finds.
        #[test]
        fn pieces_are_those_of_a_list(
            steps in prop::collection::vec((0_u64..40, 1_u64..4, 0_u8..6), 1..60),
        ) {
            let (mut pieces, mut list) = (Pieces::default(), Vec::<(u64, u64)>::new());
            for (start, len, kind) in steps {
                let reach = Reach { start, end: start + len };
                let met: Vec<_> = list.iter().copied()
                    .filter(|(from, to)| *from < reach.end && *to > reach.start).collect();
                let found = pieces.overlapping(reach);
                let found: Vec<_> = found.iter().map(|(start, piece)| (*start, piece.end)).collect();
                prop_assert_eq!((&found, pieces.meet(reach)), (&met, !met.is_empty()));
                match kind {
                    0 => {
                        pieces.pop_first();
                        list.splice(..list.len().min(1), []);
                    }
                    1 => {
                        let place = usize::try_from(start).unwrap();
                        let (at, _) = list.get(place).copied().unwrap_or((99, 99));
                        pieces.remove(at);
                        list.retain(|(from, _)| *from != at);
                    }
                    _ if met.is_empty() => {
                        pieces.insert(start, piece(start, len, 0));
                        list.push((start, start + len));
                        list.sort_unstable();
                    }
                    _ => {}
                }
                prop_assert_eq!(&ranges(&pieces), &list);
                prop_assert_eq!(pieces.len(), list.len());
                prop_assert_eq!(pieces.end(), list.last().map_or(0, |(_, end)| *end));
            }
        }
    }
}
