//! Pages for bytes that wait: one budget for every stream of an engine.

/// Bytes in a page: a segment of a common size takes one or two.
pub(super) const PAGE: usize = 2048;

/// Pages without bytes in them that are kept for the next that ask, beside as many as are in use.
const SPARE: usize = 64;

/// A page of an [`Arena`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PageId(u32);

/// Pages, and how many of them there may be.
#[derive(Debug)]
pub(super) struct Arena {
    /// Pages by their numbers; `None` where one has been given back to the allocator.
    pages: Vec<Option<Box<[u8; PAGE]>>>,
    /// Numbers that nobody uses. Those that still have a page are behind, and taken first.
    free: Vec<PageId>,
    /// How many of the free ones still have a page.
    spare: usize,
    /// Bytes that pages and whatever else waits take.
    used: usize,
    limit: usize,
    /// How often there was no room, and how much would have been in use the last time.
    refused: u64,
    wanted: usize,
}

impl Arena {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            pages: Vec::new(),
            free: Vec::new(),
            spare: 0,
            used: 0,
            limit,
            refused: 0,
            wanted: 0,
        }
    }

    /// Bytes that are in use.
    pub(super) fn used(&self) -> usize {
        self.used
    }

    /// How often there was no room, and how much would have been in use the last time.
    pub(super) fn refused(&self) -> (u64, usize) {
        (self.refused, self.wanted)
    }

    /// Bytes that are held, in use or not.
    pub(super) fn held(&self) -> usize {
        self.used.saturating_add(self.spare.saturating_mul(PAGE))
    }

    /// Takes bytes of the budget, if there are as many.
    pub(super) fn charge(&mut self, bytes: usize) -> bool {
        let used = self.used.saturating_add(bytes);
        let fits = used <= self.limit;
        if fits {
            self.used = used;
        } else {
            (self.refused, self.wanted) = (self.refused.saturating_add(1), used);
        }
        fits
    }

    /// Gives bytes of the budget back.
    pub(super) fn refund(&mut self, bytes: usize) {
        self.used = self.used.saturating_sub(bytes);
    }

    /// A page, with whatever was in it before. What it takes has been charged.
    pub(super) fn take(&mut self) -> PageId {
        let id = self.free.pop().unwrap_or_else(|| {
            self.pages.push(None);
            // A budget of less than eight terabytes has less than 2^32 pages.
            PageId(u32::try_from(self.pages.len().saturating_sub(1)).unwrap_or(u32::MAX))
        });
        if let Some(place) = self.pages.get_mut(id.0 as usize) {
            match place {
                Some(_) => self.spare = self.spare.saturating_sub(1),
                None => *place = Some(Box::new([0; PAGE])),
            }
        }
        id
    }

    /// Takes a page back, and refunds it.
    pub(super) fn give_back(&mut self, id: PageId) {
        self.refund(PAGE);
        if self.spare.saturating_mul(PAGE) < self.used.saturating_add(SPARE.saturating_mul(PAGE)) {
            self.spare = self.spare.saturating_add(1);
            self.free.push(id);
        } else {
            self.pages.get_mut(id.0 as usize).into_iter().for_each(|place| *place = None);
            // In front, by a swap: those with a page are taken first.
            self.free.push(id);
            let last = self.free.len().saturating_sub(1);
            let empty = self.free.len().saturating_sub(self.spare).saturating_sub(1);
            self.free.swap(empty.min(last), last);
        }
    }

    /// The bytes of a page.
    pub(super) fn page(&self, id: PageId) -> &[u8] {
        let page = self.pages.get(id.0 as usize).and_then(Option::as_ref);
        page.map_or(&[], |page| page.as_slice())
    }

    /// The same, to write into.
    pub(super) fn page_mut(&mut self, id: PageId) -> &mut [u8] {
        let page = self.pages.get_mut(id.0 as usize).and_then(Option::as_mut);
        page.map_or(&mut [], |page| page.as_mut_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_used_again_and_given_back_when_nobody_needs_them() {
        let mut arena = Arena::new(1000 * PAGE);
        let take = |arena: &mut Arena| {
            assert!(arena.charge(PAGE));
            arena.take()
        };
        let pages: Vec<_> = (0..1000).map(|_| take(&mut arena)).collect();
        assert!(!arena.charge(1));
        assert_eq!(arena.used(), 1000 * PAGE);
        pages.into_iter().for_each(|page| arena.give_back(page));
        assert_eq!(arena.used(), 0);
        assert!(arena.held() <= 700 * PAGE, "{}", arena.held() / PAGE);
        let (spare, numbers) = (arena.spare, arena.pages.len());
        for round in 0..3 {
            let again: Vec<_> = (0..1000).map(|_| take(&mut arena)).collect();
            assert!(again.iter().all(|&page| arena.page(page).len() == PAGE), "{round}");
            assert_eq!((arena.spare, arena.pages.len()), (0, numbers));
            again.into_iter().for_each(|page| arena.give_back(page));
        }
        assert!(spare <= 1000);
    }

    #[test]
    fn a_page_that_is_taken_again_is_nobody_elses() {
        let mut arena = Arena::new(10 * PAGE);
        assert!(arena.charge(3 * PAGE));
        let (a, b) = (arena.take(), arena.take());
        arena.page_mut(a).fill(1);
        arena.page_mut(b).fill(2);
        arena.give_back(a);
        assert!(arena.charge(PAGE));
        let c = arena.take();
        arena.page_mut(c).fill(3);
        assert_eq!(arena.page(b)[0], 2);
        assert_ne!(b, c);
    }
}
