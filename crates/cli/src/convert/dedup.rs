//! Packets that were there just before.

use std::collections::{HashMap, VecDeque};

use rheos::core::Timestamp;
use sha2::{Digest, Sha256};

/// The most packets that are remembered, as editcap does.
pub(super) const MAX_WINDOW: usize = 1_000_000;

/// Bytes as a number that no other bytes have.
type Hash = [u8; 32];

/// Remembers the last packets, those that were left out too.
#[derive(Debug)]
pub(super) struct Dedup {
    /// Packets that are compared, the new one among them.
    window: usize,
    /// Nanoseconds that they may be apart.
    within: Option<u64>,
    recent: VecDeque<(Hash, Timestamp)>,
    /// How often each is among them.
    counts: HashMap<Hash, u32>,
}

impl Dedup {
    pub(super) fn new(window: usize, within: Option<u64>) -> Self {
        Self { window, within, recent: VecDeque::new(), counts: HashMap::new() }
    }

    /// Whether the same bytes were among the last packets. The packet becomes one of them.
    pub(super) fn is_duplicate(&mut self, data: &[u8], time: Timestamp) -> bool {
        while self.recent.len() >= self.window.max(1) {
            self.forget();
        }
        if let Some(within) = self.within {
            let is_old = |(_, then): &(Hash, Timestamp)| {
                time.saturating_since(*then).as_nanos() > u128::from(within)
            };
            while self.recent.front().is_some_and(is_old) {
                self.forget();
            }
        }
        let hash: Hash = Sha256::digest(data).into();
        let count = self.counts.entry(hash).or_default();
        let is_duplicate = *count > 0;
        *count = count.saturating_add(1);
        self.recent.push_back((hash, time));
        is_duplicate
    }

    fn forget(&mut self) {
        let Some((hash, _)) = self.recent.pop_front() else { return };
        if let Some(count) = self.counts.get_mut(&hash) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.counts.remove(&hash);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(mut dedup: Dedup, packets: &[(&str, i64)]) -> String {
        let mut is_kept = |&&(data, second): &&(&str, i64)| {
            !dedup.is_duplicate(data.as_bytes(), Timestamp::from_secs(second, 0))
        };
        packets.iter().filter(&mut is_kept).map(|(data, _)| *data).collect()
    }

    #[test]
    fn a_window_counts_the_new_packet() {
        let packets = [("a", 0), ("b", 0), ("c", 0), ("a", 0), ("a", 0), ("b", 0), ("b", 0)];
        assert_eq!(kept(Dedup::new(4, None), &packets), "abcb");
        assert_eq!(kept(Dedup::new(3, None), &packets), "abcab");
        assert_eq!(kept(Dedup::new(0, None), &packets), "abcaabb");
        assert_eq!(kept(Dedup::new(1, None), &packets), "abcaabb");
    }

    #[test]
    fn a_time_window_forgets_what_is_older() {
        let packets = [("a", 0), ("a", 2), ("a", 5), ("b", 6), ("b", 8), ("b", 9)];
        assert_eq!(kept(Dedup::new(MAX_WINDOW, Some(2_000_000_000)), &packets), "aab");
    }
}
