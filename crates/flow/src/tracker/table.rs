//! Which place the record of a key has, found by the key's hash in one look at memory.

use super::later::prefetch_for_later;
use super::slab::NONE;

/// Slots in the smallest table that is not empty: a cache line of them.
const MIN_SLOTS: usize = 8;

/// Of so many slots of [`FULL_OF`], a table is full: fuller, and its runs grow longer than a cache line.
const FULL: usize = 3;
const FULL_OF: usize = 4;

/// Places by hash: open addressing, each as near behind its home as there was room.
///
/// A slot has half of the hash beside the place, which nearly always tells keys apart: the right record
/// is the only one that is looked at. A slot's home follows from that half too, so that neither growing
/// nor taking out asks for a single record, which lie all over memory.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// A power of two of them, or none.
    slots: Vec<Slot>,
    /// Bits of a tag that do not choose its home.
    shift: u32,
    len: usize,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    /// The upper half of the hash.
    tag: u32,
    /// The place; [`NONE`] where the slot is free.
    place: u32,
}

impl Slot {
    const FREE: Self = Self { tag: 0, place: NONE };

    #[inline(always)]
    fn is_free(self) -> bool {
        self.place == NONE
    }
}

#[allow(clippy::cast_possible_truncation, reason = "the upper half")]
#[inline(always)]
fn tag(hash: u64) -> u32 {
    (hash >> 32) as u32
}

impl Table {
    /// The place of the key with this hash that `is_it` says is its own.
    #[inline(always)]
    pub(super) fn find(&self, hash: u64, mut is_it: impl FnMut(u32) -> bool) -> Option<u32> {
        let tag = tag(hash);
        let mut at = self.home(tag);
        loop {
            let slot = *self.slots.get(at)?;
            if slot.tag == tag && !slot.is_free() && is_it(slot.place) {
                return Some(slot.place);
            }
            if slot.is_free() {
                return None;
            }
            at = self.behind(at);
        }
    }

    /// Asks memory for the slot that a hash has its home in.
    #[inline(always)]
    pub(super) fn prefetch(&self, hash: u64) {
        self.slots.get(self.home(tag(hash))).into_iter().for_each(prefetch_for_later);
    }

    /// Adds a place, which must not be there.
    pub(super) fn insert(&mut self, hash: u64, place: u32) {
        if self.len.saturating_mul(FULL_OF) >= self.slots.len().saturating_mul(FULL) {
            self.grow();
        }
        self.put(Slot { tag: tag(hash), place });
        self.len = self.len.saturating_add(1);
    }

    /// Takes a place out, and moves those behind it that then can be nearer to their homes.
    pub(super) fn remove(&mut self, hash: u64, place: u32) {
        let tag = tag(hash);
        let mut hole = self.home(tag);
        loop {
            let Some(slot) = self.slots.get(hole) else { return };
            if slot.is_free() {
                return;
            }
            if slot.place == place {
                break;
            }
            hole = self.behind(hole);
        }
        let mut at = self.behind(hole);
        while let Some(&slot) = self.slots.get(at).filter(|slot| !slot.is_free()) {
            // Nothing may stand in front of its home.
            if self.distance(self.home(slot.tag), at) >= self.distance(hole, at) {
                self.set(hole, slot);
                hole = at;
            }
            at = self.behind(at);
        }
        self.set(hole, Slot::FREE);
        self.len = self.len.saturating_sub(1);
    }

    /// Bytes of memory.
    pub(super) fn memory(&self) -> usize {
        self.slots.capacity().saturating_mul(size_of::<Slot>())
    }

    fn grow(&mut self) {
        let slots = self.slots.len().saturating_mul(2).max(MIN_SLOTS);
        self.shift = u32::BITS.saturating_sub(slots.trailing_zeros());
        let old = std::mem::replace(&mut self.slots, vec![Slot::FREE; slots]);
        // Homes are in the order of tags in every table, so both are gone through from front to back.
        old.into_iter().filter(|slot| !slot.is_free()).for_each(|slot| self.put(slot));
    }

    /// Puts a slot where there is room.
    fn put(&mut self, slot: Slot) {
        let mut at = self.home(slot.tag);
        while self.slots.get(at).is_some_and(|slot| !slot.is_free()) {
            at = self.behind(at);
        }
        self.set(at, slot);
    }

    fn set(&mut self, at: usize, slot: Slot) {
        if let Some(place) = self.slots.get_mut(at) {
            *place = slot;
        }
    }

    /// Where the slot of a tag stands if there is room: as far in the table as the tag is in its range.
    #[inline(always)]
    fn home(&self, tag: u32) -> usize {
        tag.wrapping_shr(self.shift) as usize
    }

    #[inline(always)]
    fn behind(&self, at: usize) -> usize {
        at.wrapping_add(1) & self.slots.len().wrapping_sub(1)
    }

    /// How far it is from one slot to another behind it.
    fn distance(&self, from: usize, to: usize) -> usize {
        to.wrapping_sub(from) & self.slots.len().wrapping_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Hashes of few values, so that runs are long and wrap around the end.
        #[test]
        fn a_table_is_a_list_of_pairs(steps in prop::collection::vec((any::<bool>(), 0..24_u64, 0..4_u32), 0..400)) {
            let mut table = Table::default();
            let mut pairs: Vec<(u64, u32)> = Vec::new();
            for (adds, high, place) in steps {
                let hash = (high << 58 | high) << if high.is_multiple_of(3) { 2 } else { 0 };
                let place = place * 1000 + u32::try_from(high).unwrap();
                let known = pairs.iter().position(|pair| *pair == (hash, place));
                match (adds, known) {
                    (true, None) => {
                        table.insert(hash, place);
                        pairs.push((hash, place));
                    }
                    (false, _) => {
                        table.remove(hash, place);
                        pairs.retain(|pair| *pair != (hash, place));
                    }
                    _ => {}
                }
                prop_assert_eq!(table.len, pairs.len());
                for &(hash, place) in &pairs {
                    prop_assert_eq!(table.find(hash, |found| found == place), Some(place));
                }
                let found = table.find(hash, |found| found == place);
                prop_assert_eq!(found.is_some(), pairs.contains(&(hash, place)));
            }
        }
    }

    #[test]
    fn nothing_is_found_in_an_empty_table() {
        let mut table = Table::default();
        assert_eq!(table.find(7, |_| true), None);
        table.remove(7, 0);
        assert_eq!(table.memory(), 0);
    }
}
