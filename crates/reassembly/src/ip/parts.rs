//! The bytes of one datagram, as far as they have come.

use super::{Fragment, FragmentOverlap, Part};
use crate::overlap::Reach;

/// What a fragment costs beside its bytes: its place in both lists.
const FRAGMENT_COST: usize = 96;

/// Fragments, and which bytes are taken of each.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// The fragments that gave bytes, in the order of capture.
    fragments: Vec<Kept>,
    /// What is taken of each, in the order of the bytes: none overlaps another.
    taken: Vec<Part>,
    /// Bytes in all parts.
    covered: u32,
    /// Bytes of all fragments.
    bytes: usize,
}

/// A fragment.
#[derive(Debug)]
struct Kept {
    start: u32,
    end: u32,
    bytes: Box<[u8]>,
}

/// What a fragment met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Added {
    /// All its bytes were there already, and the same.
    pub(super) is_duplicate: bool,
    /// Some were there already.
    pub(super) overlaps: bool,
    /// Some of those differ.
    pub(super) conflicts: bool,
}

impl Parts {
    /// Bytes that are there.
    pub(super) fn covered(&self) -> u32 {
        self.covered
    }

    /// Where the last of them is.
    pub(super) fn end(&self) -> u32 {
        self.taken.last().map_or(0, |part| part.end)
    }

    pub(super) fn fragments(&self) -> usize {
        self.fragments.len()
    }

    pub(super) fn cost(&self) -> usize {
        let lists = self.fragments.len().max(self.taken.len());
        self.bytes.saturating_add(lists.saturating_mul(FRAGMENT_COST))
    }

    /// The bytes of each part.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Part, &[u8])> {
        self.taken.iter().map(|part| (*part, self.bytes_of(part, part.start, part.end)))
    }

    /// Bytes of a range within a part.
    fn bytes_of(&self, part: &Part, from: u32, to: u32) -> &[u8] {
        let kept = self.fragments.get(part.fragment as usize);
        kept.and_then(|kept| {
            let within = |at: u32| at.saturating_sub(kept.start) as usize;
            kept.bytes.get(within(from)..within(to))
        })
        .unwrap_or_default()
    }

    /// Takes a fragment that ends at `end`. `None` if it overlaps others and that may not be.
    pub(super) fn add(
        &mut self,
        fragment: &Fragment<'_>,
        end: u32,
        overlap: FragmentOverlap,
    ) -> Option<Added> {
        let start = fragment.offset;
        let from = self.taken.partition_point(|part| part.end <= start);
        let to = self.taken.partition_point(|part| part.start < end).max(from);
        let met = self.taken.get(from..to).unwrap_or_default();
        let new = |from: u32, to: u32| {
            let within = |at: u32| at.saturating_sub(start) as usize;
            fragment.payload.get(within(from)..within(to)).unwrap_or_default()
        };
        let common = |part: &Part| (part.start.max(start), part.end.min(end));
        let added = Added {
            overlaps: !met.is_empty(),
            conflicts: met.iter().any(|part| {
                let (from, to) = common(part);
                self.bytes_of(part, from, to) != new(from, to)
            }),
            is_duplicate: false,
        };
        let there: u32 = met
            .iter()
            .map(common)
            .fold(0, |sum, (from, to)| sum.saturating_add(to.saturating_sub(from)));
        let is_all_there = there == end.saturating_sub(start);
        // Sent twice: RFC 8200 section 4.5 lets a receiver ignore the second.
        if is_all_there && !added.conflicts {
            return Some(Added { is_duplicate: true, overlaps: false, conflicts: false });
        }
        let policy = match overlap {
            FragmentOverlap::GiveUp if added.overlaps => return None,
            FragmentOverlap::GiveUp => crate::OverlapPolicy::First,
            FragmentOverlap::Resolve(policy) => policy,
        };
        let reach = |start: u32, end: u32| Reach { start: start.into(), end: end.into() };
        let index = u32::try_from(self.fragments.len()).unwrap_or(u32::MAX);
        let part = |start, end| Part { start, end, fragment: index, timestamp: fragment.timestamp };
        let mut replaced = Vec::with_capacity(met.len().saturating_add(2));
        let mut at = start;
        for old in met {
            let (from, to) = common(old);
            let kept = self.fragments.get(old.fragment as usize)?;
            let wins = policy.replaces_fragment(reach(kept.start, kept.end), reach(start, end));
            if wins {
                replaced.extend((old.start < from).then_some(Part { end: from, ..*old }));
                push(&mut replaced, part(at, to));
                replaced.extend((to < old.end).then_some(Part { start: to, ..*old }));
            } else {
                push(&mut replaced, part(at, from));
                replaced.push(*old);
            }
            at = to;
        }
        push(&mut replaced, part(at, end));
        self.covered = self.covered.saturating_add(end.saturating_sub(start)).saturating_sub(there);
        self.taken.splice(from..to, replaced);
        self.bytes = self.bytes.saturating_add(fragment.payload.len());
        self.fragments.push(Kept { start, end, bytes: fragment.payload.into() });
        Some(added)
    }
}

/// Adds a part, if it has bytes, to what it goes on from, if it does.
fn push(parts: &mut Vec<Part>, part: Part) {
    if part.start >= part.end {
        return;
    }
    match parts.last_mut() {
        Some(last) if last.fragment == part.fragment && last.end == part.start => {
            last.end = part.end;
        }
        _ => parts.push(part),
    }
}
