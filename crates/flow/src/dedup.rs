//! Packets that were captured twice.

use std::time::Duration;

use hashbrown::HashTable;
use rheos_core::{RawPacket, Timestamp};

use crate::HashSeed;

/// Tells packets that were captured twice, as those on a loopback interface or on two ports of a
/// mirror are: the same bytes again within a short time, among the last packets.
///
/// A packet is a copy if it has the hash and the length of one of the last packets, copies too, and
/// comes no later than the window after it; where time goes back, it does. Every packet costs one
/// look, however many are remembered.
///
/// ```
/// use rheos_core::{LinkType, RawPacket, Timestamp};
/// use rheos_flow::Dedup;
///
/// let mut dedup = Dedup::loopback();
/// let at = |nanos| RawPacket::new(Timestamp::from_nanos(nanos), LinkType::IPV4, b"\x45\0");
/// assert!(dedup.keep(&at(0)));
/// assert!(!dedup.keep(&at(500_000)));
/// assert!(dedup.keep(&at(9_000_000)));
/// assert_eq!((dedup.seen(), dedup.dropped()), (3, 1));
/// ```
#[derive(Clone, Debug)]
pub struct Dedup {
    window: Duration,
    seed: HashSeed,
    /// The last packets, each at its number modulo their count.
    ring: Vec<Entry>,
    /// Places of the last packet of each kind, found by its hash.
    table: HashTable<usize>,
    seen: u64,
    dropped: u64,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    hash: u64,
    len: u32,
    /// The latest time of this packet and those like it.
    at: Timestamp,
}

impl Dedup {
    /// Packets that [`loopback`](Self::loopback) remembers.
    pub const LOOPBACK_PACKETS: usize = 256;

    /// How long after a packet its copy comes on a loopback interface.
    pub const LOOPBACK_WINDOW: Duration = Duration::from_millis(1);

    /// Remembers so many packets, one at least, and takes those for copies that come within a
    /// window. The memory for them is taken here.
    pub fn new(window: Duration, packets: usize, seed: HashSeed) -> Self {
        let nothing = Entry { hash: 0, len: u32::MAX, at: Timestamp::MIN };
        let packets = packets.max(1);
        Self {
            window,
            seed,
            ring: vec![nothing; packets],
            // As many again for those that were taken out: the table never grows.
            table: HashTable::with_capacity(packets.saturating_mul(2)),
            seen: 0,
            dropped: 0,
        }
    }

    /// For a loopback interface, where each packet leaves and arrives: 256 packets and a millisecond,
    /// which takes no retransmission for a copy.
    pub fn loopback() -> Self {
        Self::new(Self::LOOPBACK_WINDOW, Self::LOOPBACK_PACKETS, HashSeed::random())
    }

    /// Whether a packet is none that came before. To be asked before anything else looks at it.
    #[allow(clippy::cast_possible_truncation, reason = "a place is below the count of packets")]
    #[allow(clippy::arithmetic_side_effects, reason = "a remainder of one at least")]
    pub fn keep(&mut self, packet: &RawPacket<'_>) -> bool {
        let hash = self.seed.hash_bytes(packet.data);
        let len = u32::try_from(packet.data.len()).unwrap_or(u32::MAX);
        let mut entry = Entry { hash, len, at: packet.timestamp };
        let place = (self.seen % self.ring.len().max(1) as u64) as usize;
        self.seen = self.seen.saturating_add(1);

        let ring = &self.ring;
        let is_same = |&place: &usize| {
            ring.get(place).is_some_and(|known| (known.hash, known.len) == (hash, len))
        };
        let before = self.table.find(hash, is_same).copied();
        let mut is_copy = false;
        if let Some(known) = before.and_then(|before| ring.get(before)) {
            is_copy = packet.timestamp.saturating_since(known.at) <= self.window;
            entry.at = entry.at.max(known.at);
        }
        // Before the place is given to this packet, what stood there goes; of those like this one, only
        // the last is in the table.
        for gone in [Some(place), before].into_iter().flatten() {
            self.forget(gone);
        }
        let hash_of = |&place: &usize| self.ring.get(place).map_or(0, |known| known.hash);
        self.table.insert_unique(hash, place, hash_of);
        if let Some(old) = self.ring.get_mut(place) {
            *old = entry;
        }
        self.dropped = self.dropped.saturating_add(is_copy.into());
        !is_copy
    }

    /// Takes the packet in a place out of the table, unless one like it came since.
    fn forget(&mut self, place: usize) {
        let hash = self.ring.get(place).map_or(0, |old| old.hash);
        if let Ok(entry) = self.table.find_entry(hash, |&known| known == place) {
            entry.remove();
        }
    }

    /// Packets it was asked about.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// Those of them that were copies.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;
    use rheos_core::LinkType;

    use super::*;

    fn packet(nanos: i64, data: &[u8]) -> RawPacket<'_> {
        RawPacket::new(Timestamp::from_nanos(nanos), LinkType::ETHERNET, data)
    }

    #[test]
    fn copies_are_equal_in_every_byte_and_in_length() {
        let mut dedup = Dedup::loopback();
        let bytes: Vec<u8> = (0..200).collect();
        assert!(dedup.keep(&packet(0, &bytes)));
        for at in 0..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 1;
            assert!(dedup.keep(&packet(0, &other)), "byte {at}");
            assert!(dedup.keep(&packet(0, &bytes[..at])), "length {at}");
            assert!(!dedup.keep(&packet(0, &bytes)));
        }
        // Zeros differ by their number alone.
        for len in 1..300 {
            assert!(dedup.keep(&packet(0, &vec![0; len])), "{len} zeros");
        }
    }

    #[test]
    fn the_window_counts_from_the_last_copy_and_time_that_goes_back_is_in_it() {
        let mut dedup = Dedup::loopback();
        let kept = [0, 1_000_000, 2_000_000, 3_000_001, 5, 4_000_001, 5_000_002]
            .map(|nanos| dedup.keep(&packet(nanos, b"x")));
        assert_eq!(kept, [true, false, false, true, false, false, true]);
    }

    #[test]
    fn only_the_last_packets_are_remembered() {
        let mut dedup = Dedup::new(Duration::from_secs(1), 3, HashSeed::fixed(1));
        let kept = [1, 2, 3, 1, 4, 5, 6, 1, 6].map(|byte| dedup.keep(&packet(0, &[byte])));
        assert_eq!(kept, [true, true, true, false, true, true, true, true, false]);
        assert_eq!((dedup.seen(), dedup.dropped()), (9, 2));
        let mut none = Dedup::new(Duration::from_secs(1), 0, HashSeed::fixed(1));
        assert_eq!(
            [1, 1, 2, 1].map(|byte| none.keep(&packet(0, &[byte]))),
            [true, false, true, true]
        );
    }

    #[test]
    fn two_seeds_have_two_hashes_of_the_same_bytes() {
        // flowscope 3.3, point 15: who knows the hash can make packets look like copies.
        for len in [0, 1, 8, 60, 64, 1500] {
            let bytes = vec![7; len];
            assert_ne!(
                HashSeed::fixed(1).hash_bytes(&bytes),
                HashSeed::fixed(2).hash_bytes(&bytes),
                "{len}"
            );
        }
    }

    proptest! {
        /// flowscope's rule, written down as it is: a ring that is searched whole.
        #[test]
        fn any_packets_are_kept_as_a_search_of_the_ring_keeps_them(
            packets: Vec<(u8, i8)>,
            size in 1_usize..6,
        ) {
            let window = Duration::from_nanos(20);
            let mut dedup = Dedup::new(window, size, HashSeed::fixed(1));
            let mut ring = VecDeque::new();
            let mut now = 0;
            for (byte, step) in packets {
                now += i64::from(step);
                let (data, at) = ([byte % 8], Timestamp::from_nanos(now));
                let is_copy = ring.iter().any(|(known, seen): &([u8; 1], Timestamp)| {
                    *known == data && at.saturating_since(*seen) <= window
                });
                // Of equal packets the latest time counts, as long as one of them is remembered.
                let latest = ring.iter().filter(|(known, _)| *known == data).map(|(_, at)| *at).max();
                ring.push_front((data, latest.map_or(at, |latest| latest.max(at))));
                ring.truncate(size);
                prop_assert_eq!(dedup.keep(&packet(now, &data)), !is_copy);
            }
        }
    }
}
