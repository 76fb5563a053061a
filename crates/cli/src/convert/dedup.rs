//! Packets that were there just before.

use std::collections::{BTreeSet, VecDeque};

use rheos::core::Timestamp;
use sha2::{Digest, Sha256};

/// The most packets that are remembered, as editcap does.
pub(super) const MAX_WINDOW: usize = 1_000_000;

/// Bytes as a number that no other bytes have.
type Hash = [u8; 32];

/// A packet that is remembered: of equal ones the earlier is first, and each has another number.
type Remembered = (Hash, Timestamp, u64);

/// Remembers the last packets, those that were left out too.
#[derive(Debug)]
pub(super) struct Dedup {
    /// Packets that are compared, the new one among them.
    window: usize,
    /// Nanoseconds that they may be apart.
    within: Option<u64>,
    /// In the order of the capture.
    recent: VecDeque<Remembered>,
    /// The same, to be found.
    sorted: BTreeSet<Remembered>,
    /// Packets so far.
    number: u64,
}

impl Dedup {
    pub(super) fn new(window: usize, within: Option<u64>) -> Self {
        Self { window, within, recent: VecDeque::new(), sorted: BTreeSet::new(), number: 0 }
    }

    /// Whether the same bytes were among the last packets. The packet becomes one of them.
    pub(super) fn is_duplicate(&mut self, data: &[u8], time: Timestamp) -> bool {
        while self.recent.len() >= self.window.max(1) {
            self.forget();
        }
        let (mut first, mut last) = (Timestamp::MIN, Timestamp::MAX);
        if let Some(within) = self.within {
            let within = i64::try_from(within).unwrap_or(i64::MAX);
            first = Timestamp::from_nanos(time.as_nanos().saturating_sub(within));
            // One that is behind this in time was not before it, whatever the order of the capture.
            last = time;
            while self.recent.front().is_some_and(|(_, then, _)| *then < first) {
                self.forget();
            }
        }
        let hash: Hash = Sha256::digest(data).into();
        let mut same = self.sorted.range((hash, first, 0)..=(hash, last, u64::MAX));
        let is_duplicate = same.next().is_some();
        let packet = (hash, time, self.number);
        self.number = self.number.saturating_add(1);
        self.recent.push_back(packet);
        self.sorted.insert(packet);
        is_duplicate
    }

    fn forget(&mut self) {
        if let Some(packet) = self.recent.pop_front() {
            self.sorted.remove(&packet);
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

    #[test]
    fn a_time_window_holds_for_packets_out_of_order_too() {
        // The second "b" is 5 seconds behind the first, the third 1 second in front of the second.
        let packets = [("a", 100), ("b", 5), ("b", 10), ("b", 9), ("b", 11)];
        assert_eq!(kept(Dedup::new(MAX_WINDOW, Some(2_000_000_000)), &packets), "abbb");
    }
}
