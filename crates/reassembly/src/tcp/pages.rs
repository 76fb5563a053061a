//! The pages that hold what waits of one stream, by their places in it.

use std::collections::VecDeque;
use std::iter;

use super::arena::{Arena, PAGE, PageId};

/// Pages in the order of their numbers: offsets in the stream divided by [`PAGE`].
#[derive(Debug, Default)]
pub(super) struct Pages(VecDeque<(u64, PageId)>);

/// Where the pages of a range stand, or would.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    /// The number of the first, and that behind the last.
    first: u64,
    behind: u64,
    /// The place of the first.
    place: usize,
    /// How many are not there.
    pub(super) missing: usize,
}

impl Pages {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Looks for the pages of a range.
    #[inline]
    pub(super) fn find(&self, from: u64, to: u64) -> Stretch {
        let (first, place) = (page_of(from), self.place_of(from));
        let behind = if from < to { to.div_ceil(PAGE as u64) } else { first };
        // Those that are there stand beside each other.
        let (mut next, mut there) = (place, 0_u64);
        while self.0.get(next).is_some_and(|(number, _)| *number < behind) {
            (next, there) = (next.saturating_add(1), there.saturating_add(1));
        }
        let missing = behind.saturating_sub(first).saturating_sub(there);
        Stretch { first, behind, place, missing: usize::try_from(missing).unwrap_or(usize::MAX) }
    }

    /// Takes the missing pages of a range, which have been charged.
    pub(super) fn add(&mut self, arena: &mut Arena, stretch: Stretch) {
        for (number, place) in (stretch.first..stretch.behind).zip(stretch.place..) {
            if self.0.get(place).is_none_or(|(there, _)| *there != number) {
                self.0.insert(place, (number, arena.take()));
            }
        }
    }

    /// Writes bytes to where they are in the stream. All their pages are there.
    pub(super) fn write(&self, arena: &mut Arena, at: u64, bytes: &[u8]) {
        let (mut rest, mut within) = (bytes, within(at));
        let mut place = self.place_of(at);
        while let Some((_, id)) = self.0.get(place)
            && !rest.is_empty()
        {
            let page = arena.page_mut(*id).get_mut(within..).unwrap_or_default();
            let (front, behind) = rest.split_at_checked(page.len()).unwrap_or((rest, &[]));
            if let Some(page) = page.get_mut(..front.len()) {
                page.copy_from_slice(front);
            }
            (rest, within, place) = (behind, 0, place.saturating_add(1));
        }
    }

    /// The bytes of a range, in slices. All its pages are there.
    pub(super) fn read<'a>(
        &self,
        arena: &'a Arena,
        from: u64,
        to: u64,
    ) -> impl Iterator<Item = &'a [u8]> {
        let (mut at, mut place) = (from, self.place_of(from));
        iter::from_fn(move || {
            let left = usize::try_from(to.saturating_sub(at)).unwrap_or(usize::MAX);
            let (_, id) = self.0.get(place).filter(|_| left > 0)?;
            let rest = arena.page(*id).get(within(at)..).unwrap_or_default();
            let bytes = rest.get(..left).unwrap_or(rest);
            (at, place) = (at.saturating_add(bytes.len() as u64), place.saturating_add(1));
            Some(bytes)
        })
    }

    /// Gives back the pages in front of the one that a place is in, and says how many those were.
    pub(super) fn drop_before(&mut self, arena: &mut Arena, at: u64) -> usize {
        let (first, before) = (page_of(at), self.0.len());
        while let Some((_, id)) = self.0.pop_front_if(|(number, _)| *number < first) {
            arena.give_back(id);
        }
        before.saturating_sub(self.0.len())
    }

    /// The place of the page of an offset, or where it would be.
    fn place_of(&self, at: u64) -> usize {
        let number = page_of(at);
        let Some((first, _)) = self.0.front().filter(|(first, _)| *first < number) else {
            return 0;
        };
        // Without holes between them, pages stand where their numbers say.
        let guess = usize::try_from(number.saturating_sub(*first)).unwrap_or(usize::MAX);
        match self.0.get(guess) {
            Some((there, _)) if *there == number => guess,
            _ => self.0.partition_point(|(there, _)| *there < number),
        }
    }
}

/// The number of the page that a place is in.
fn page_of(at: u64) -> u64 {
    at.div_euclid(PAGE as u64)
}

/// Where in its page a place is.
fn within(at: u64) -> usize {
    usize::try_from(at.rem_euclid(PAGE as u64)).unwrap_or_default()
}
