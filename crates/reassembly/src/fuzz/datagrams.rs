//! Datagrams beside a model that keeps every byte by itself.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use rheos_core::Timestamp;

use super::steps;
use crate::ip::{
    DatagramKey, DefragmentConfig, Defragmenter, Fragment, FragmentOverlap, Outcome, Rejection,
};
use crate::overlap::Reach;

/// A byte, the fragment that it is of, and where that reached.
#[derive(Clone, Copy)]
struct Kept {
    byte: u8,
    fragment: u32,
    reach: Reach,
}

/// A datagram of which every byte is kept by itself.
struct Waiting {
    due: Timestamp,
    places: Vec<Option<Kept>>,
    header: Vec<u8>,
    end: Option<usize>,
    fragments: u32,
    is_given_up: bool,
}

/// What comes of a fragment.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    Whole,
    Waiting,
    /// Header, and bytes with the fragments that they are of.
    Complete(Vec<u8>, Vec<(u8, u32)>),
    Rejected(Rejection),
}

impl From<Outcome<'_>> for Said {
    fn from(outcome: Outcome<'_>) -> Self {
        match outcome {
            Outcome::Whole => Self::Whole,
            Outcome::Waiting => Self::Waiting,
            Outcome::Rejected(why) => Self::Rejected(why),
            Outcome::Complete(datagram) => {
                let of = datagram
                    .parts
                    .iter()
                    .flat_map(|part| (part.start..part.end).map(|at| (at as usize, part.fragment)));
                let mut bytes = Vec::new();
                for ((at, fragment), (place, byte)) in of.zip(datagram.payload.iter().enumerate()) {
                    assert_eq!(at, place, "parts follow each other");
                    bytes.push((*byte, fragment));
                }
                assert_eq!(bytes.len(), datagram.payload.len());
                assert_eq!(datagram.parts.last().map(|part| part.end as usize), Some(bytes.len()));
                Self::Complete(datagram.header.to_vec(), bytes)
            }
        }
    }
}

/// Every datagram under way.
struct Model {
    config: DefragmentConfig,
    waiting: HashMap<DatagramKey, Waiting>,
}

impl Model {
    fn push(&mut self, fragment: &Fragment<'_>) -> Said {
        let now = fragment.timestamp;
        self.waiting.retain(|_, waiting| waiting.due > now);
        let (start, len) = (fragment.offset as usize, fragment.payload.len());
        let end = start.saturating_add(len);
        if start == 0 && !fragment.more {
            return Said::Whole;
        }
        if len == 0 {
            return Said::Rejected(Rejection::Empty);
        }
        if fragment.more && !len.is_multiple_of(8) {
            return Said::Rejected(Rejection::Unaligned);
        }
        if end > 65_535 {
            return Said::Rejected(Rejection::TooLong);
        }
        let due = now.saturating_add(self.config.timeout);
        let waiting = self.waiting.entry(fragment.key).or_insert_with(|| Waiting {
            due,
            places: Vec::new(),
            header: Vec::new(),
            end: None,
            fragments: 0,
            is_given_up: false,
        });
        if waiting.is_given_up {
            return Said::Rejected(Rejection::GivenUp);
        }
        if let Err(why) = waiting.add(fragment, end, &self.config) {
            waiting.is_given_up = true;
            return Said::Rejected(why);
        }
        if waiting.end != Some(waiting.places.len()) || waiting.places.iter().any(Option::is_none) {
            return Said::Waiting;
        }
        let bytes = waiting.places.iter().flatten().map(|kept| (kept.byte, kept.fragment));
        let said = Said::Complete(waiting.header.clone(), bytes.collect());
        self.waiting.remove(&fragment.key);
        said
    }
}

impl Waiting {
    fn add(
        &mut self,
        fragment: &Fragment<'_>,
        end: usize,
        config: &DefragmentConfig,
    ) -> Result<(), Rejection> {
        let is_beyond = |known: usize| if fragment.more { end > known } else { end != known };
        if self.end.is_some_and(is_beyond) || !fragment.more && self.places.len() > end {
            return Err(Rejection::End);
        }
        let start = fragment.offset as usize;
        let there: Vec<_> = (start..end).map(|at| self.places.get(at).copied().flatten()).collect();
        let is_same =
            |(there, byte): (&Option<Kept>, &u8)| there.is_some_and(|kept| kept.byte == *byte);
        if !there.iter().zip(fragment.payload).all(is_same) {
            let overlap = match fragment.key.source {
                IpAddr::V4(_) => config.overlap_v4,
                IpAddr::V6(_) => config.overlap_v6,
            };
            if overlap == FragmentOverlap::GiveUp && there.iter().any(Option::is_some) {
                return Err(Rejection::Overlap);
            }
            self.places.resize(self.places.len().max(end), None);
            let reach = Reach { start: start as u64, end: end as u64 };
            let places = self.places.iter_mut().skip(start);
            for (place, byte) in places.zip(fragment.payload) {
                let stays = match (overlap, place.as_ref()) {
                    (FragmentOverlap::Resolve(policy), Some(kept)) => {
                        !policy.replaces_fragment(kept.reach, reach)
                    }
                    _ => false,
                };
                if !stays {
                    *place = Some(Kept { byte: *byte, fragment: self.fragments, reach });
                }
            }
            self.fragments = self.fragments.saturating_add(1);
            if self.fragments as usize > config.max_fragments {
                return Err(Rejection::TooMany);
            }
        }
        if !fragment.more {
            self.end = Some(end);
        }
        if start == 0 && self.header.is_empty() {
            self.header = fragment.header.to_vec();
        }
        Ok(())
    }
}

/// Plays what bytes describe to a defragmenter and to a model of it: eight of them are a step. What
/// comes of each fragment has to be the same.
///
/// # Panics
///
/// The two differ.
pub fn datagrams(bytes: &[u8]) {
    let (policy, steps) = steps(bytes);
    let config = DefragmentConfig {
        overlap_v4: FragmentOverlap::Resolve(policy),
        max_fragments: 20,
        ..DefragmentConfig::default()
    };
    let mut model = Model { config: config.clone(), waiting: HashMap::new() };
    let mut defragmenter = Defragmenter::new(config);
    let mut now = Timestamp::from_secs(1, 0);
    for step in steps {
        let [kind, high, low, units, rest, content, lie, wait] = *step;
        // Most follow at once; some come when others have been given up.
        let seconds = if wait < 240 { 0 } else { u64::from(wait & 15) };
        now = now.saturating_add(Duration::from_secs(seconds));
        let address: IpAddr = if kind & 1 == 0 { [10, 0, 0, 1].into() } else { [1; 16].into() };
        let key = DatagramKey {
            source: address,
            destination: address,
            protocol: (kind & 1 == 0).then_some(kind >> 1 & 1),
            identification: u32::from(kind >> 2 & 1),
            tag: u64::from(kind >> 3 & 1),
        };
        // Near each other but for some.
        let high = if kind & 0x30 == 0x30 { high } else { 0 };
        let offset = u32::from(u16::from_be_bytes([high, low])) << 3 & 0xffff;
        let more = kind & 0x40 == 0;
        let len = usize::from(units & 31).saturating_mul(8);
        let len = if rest < 32 { len.saturating_add(usize::from(rest & 7)) } else { len };
        let lie = if lie < 32 { lie } else { 0 };
        let payload: Vec<u8> = (offset..)
            .take(len)
            .map(|at| at.wrapping_mul(7).rem_euclid(251).to_le_bytes()[0] ^ lie)
            .collect();
        let header = [content; 3];
        let fragment =
            Fragment { key, timestamp: now, offset, more, header: &header, payload: &payload };
        let expected = model.push(&fragment);
        assert_eq!(Said::from(defragmenter.push(&fragment)), expected);
        assert_eq!(defragmenter.len(), model.waiting.len());
    }
    defragmenter.sweep(now.saturating_add(Duration::from_secs(31)));
    assert!(defragmenter.is_empty() && defragmenter.bytes() == 0);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Few keys and small offsets, so that most datagrams become whole.
        #[test]
        fn fragments_near_each_other_give_what_the_model_gives(
            policy in 0_u8..7,
            steps in prop::collection::vec(
                (any::<bool>(), any::<bool>(), 0_u8..6, 0_u8..5, 0_u8..40), 1..60),
        ) {
            let steps = steps.into_iter().flat_map(|(six, last, low, units, lie)| {
                [u8::from(six) | u8::from(last) << 6, 0, low, units, 99, 7, lie, 0]
            });
            datagrams(&std::iter::once(policy).chain(steps).collect::<Vec<_>>());
        }
    }
}
