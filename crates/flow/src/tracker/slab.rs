//! Records by number, in blocks that never move.

use std::slice;

use prefetch_index::prefetch_index;

use super::later::prefetch_for_later;

/// No place: the end of a list.
pub(super) const NONE: u32 = u32::MAX;

/// No list.
pub(super) const NO_BUCKET: u16 = u16::MAX;

/// Places in a block. Growing by blocks copies nothing and wastes at most one of them.
const BLOCK: usize = 1024;

/// Cache lines of a place that a packet of TCP touches: without a program's own part, all of them.
const LINES: usize = 3;
/// Words like that of the generation in a cache line.
const WORDS_OF_LINE: usize = 16;

/// Identity of a flow in its tracker: a place, and how often the place was given away before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowId {
    /// The place.
    pub index: u32,
    /// Tells the flow from others that had the place before it.
    pub generation: u32,
}

/// Records, each with its links in the list of a timing wheel.
#[derive(Debug)]
pub(super) struct Slab<T> {
    blocks: Vec<Box<[Place<T>; BLOCK]>>,
    /// Places that were given away at least once.
    used: usize,
    /// The first free place; the others are linked.
    free: u32,
    len: usize,
}

/// Starts with a cache line, as what every packet touches is at the front.
#[derive(Debug)]
#[repr(C, align(64))]
pub(super) struct Place<T> {
    generation: u32,
    /// The list that it is in; beside the generation, where there is room.
    pub(super) bucket: u16,
    value: Option<T>,
    pub(super) links: Links,
}

/// Neighbours in a list; a free place has its next free one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Links {
    pub(super) before: u32,
    pub(super) behind: u32,
}

impl<T> Place<T> {
    const VACANT: Self = Self { generation: 0, bucket: NO_BUCKET, value: None, links: Links::NONE };
}

impl<T> Place<T> {
    /// Is in no list from now on.
    pub(super) fn leave(&mut self) {
        (self.links, self.bucket) = (Links::NONE, NO_BUCKET);
    }
}

impl Links {
    /// In no list.
    pub(super) const NONE: Self = Self { before: NONE, behind: NONE };
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { blocks: Vec::new(), used: 0, free: NONE, len: 0 }
    }
}

impl<T> Slab<T> {
    /// How many records there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Bytes of memory.
    pub(super) fn memory(&self) -> usize {
        let blocks = self.blocks.len().saturating_mul(size_of::<[Place<T>; BLOCK]>());
        blocks.saturating_add(self.blocks.capacity().saturating_mul(size_of::<usize>()))
    }

    /// Keeps a record, and returns its place; `None` where every number of a place is taken.
    pub(super) fn insert(&mut self, value: T) -> Option<u32> {
        let index = match self.free {
            NONE => self.grow()?,
            index => index,
        };
        let place = self.place_mut(index)?;
        let free = place.links.behind;
        place.leave();
        place.value = Some(value);
        self.free = free;
        self.len = self.len.saturating_add(1);
        Some(index)
    }

    /// The first place that was never given away.
    fn grow(&mut self) -> Option<u32> {
        let index = u32::try_from(self.used).ok().filter(|&index| index != NONE)?;
        if self.used.is_multiple_of(BLOCK) {
            let block: Vec<_> = (0..BLOCK).map(|_| Place::VACANT).collect();
            self.blocks.push(block.try_into().ok()?);
        }
        self.used = self.used.saturating_add(1);
        Some(index)
    }

    /// Gives up a record. The place must be in no list.
    pub(super) fn remove(&mut self, index: u32) -> Option<T> {
        let free = self.free;
        let place = self.place_mut(index)?;
        let value = place.value.take()?;
        place.generation = place.generation.wrapping_add(1);
        place.links.behind = free;
        self.free = index;
        self.len = self.len.saturating_sub(1);
        Some(value)
    }

    #[inline(always)]
    pub(super) fn place(&self, index: u32) -> Option<&Place<T>> {
        let index = index as usize;
        self.blocks.get(index / BLOCK)?.get(index % BLOCK)
    }

    #[inline(always)]
    pub(super) fn place_mut(&mut self, index: u32) -> Option<&mut Place<T>> {
        let index = index as usize;
        self.blocks.get_mut(index / BLOCK)?.get_mut(index % BLOCK)
    }

    /// Asks memory for the lines of a place that every packet needs.
    #[inline(always)]
    pub(super) fn prefetch(&self, index: u32) {
        let Some(place) = self.place(index) else { return };
        for line in 0..LINES {
            prefetch_index(slice::from_ref(&place.generation), line.wrapping_mul(WORDS_OF_LINE));
        }
    }

    /// Asks memory for the first and the last line of a record, which is read later.
    #[inline(always)]
    pub(super) fn prefetch_ends(&self, index: u32) {
        let Some(place) = self.place(index) else { return };
        prefetch_for_later(&place.generation);
        prefetch_for_later(&place.links);
    }

    /// Asks memory for the line between them, which is read soon.
    #[inline(always)]
    pub(super) fn prefetch_middle(&self, index: u32) {
        let Some(place) = self.place(index) else { return };
        prefetch_index(slice::from_ref(&place.generation), WORDS_OF_LINE);
    }

    /// The record in a place.
    #[inline(always)]
    pub(super) fn get(&self, index: u32) -> Option<&T> {
        self.place(index)?.value.as_ref()
    }

    /// The record in a place and its identity.
    #[inline(always)]
    pub(super) fn get_mut(&mut self, index: u32) -> Option<(FlowId, &mut T)> {
        let place = self.place_mut(index)?;
        let id = FlowId { index, generation: place.generation };
        Some((id, place.value.as_mut()?))
    }

    /// The identity of the record in a place.
    pub(super) fn id_of(&self, index: u32) -> Option<FlowId> {
        self.place(index).map(|place| FlowId { index, generation: place.generation })
    }

    /// The record of an identity, if it is still there.
    pub(super) fn get_by_id(&self, id: FlowId) -> Option<&T> {
        let place = self.place(id.index).filter(|place| place.generation == id.generation)?;
        place.value.as_ref()
    }

    /// Every record, by place.
    pub(super) fn iter(&self) -> impl Iterator<Item = (FlowId, &T)> {
        (0_u32..).zip(self.blocks.iter().flat_map(|block| block.iter())).filter_map(
            |(index, place)| {
                let id = FlowId { index, generation: place.generation };
                place.value.as_ref().map(|value| (id, value))
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_given_away_again_has_another_identity() {
        let mut slab = Slab::default();
        let place = slab.insert("first").unwrap();
        let id = slab.get_mut(place).unwrap().0;
        assert_eq!(slab.remove(place), Some("first"));
        assert_eq!((slab.remove(place), slab.get_by_id(id)), (None, None));
        assert_eq!(slab.insert("second"), Some(place));
        assert_eq!(slab.get_by_id(id), None);
        assert_eq!(slab.get(place), Some(&"second"));
    }

    #[test]
    fn places_count_up_across_blocks_and_free_ones_come_first() {
        let mut slab = Slab::default();
        for number in 0..3000_u32 {
            assert_eq!(slab.insert(number), Some(number));
        }
        slab.remove(1023);
        slab.remove(2048);
        assert_eq!((slab.len(), slab.iter().count()), (2998, 2998));
        assert_eq!(
            [slab.insert(7), slab.insert(7), slab.insert(7)],
            [Some(2048), Some(1023), Some(3000)]
        );
    }
}
