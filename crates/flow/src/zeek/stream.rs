//! Which bytes of one direction came, and which were only acknowledged: content gaps.

/// Runs kept of bytes that nobody acknowledged. A sender of single bytes with holes between them
/// would fill memory; past this, the direction is given up, as Zeek gives it up past ten megabytes.
const MAX_RUNS: usize = 1024;

/// Bytes without any acknowledgment behind which Zeek waits for none (`tcp_max_initial_window`), and
/// above a hole behind which it gives the direction up (`tcp_max_above_hole_without_any_acks`).
const WITHOUT_ACKS: u64 = 16_384;

/// Numbers relative to the SYN, which is 0: the first byte is 1.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    /// Runs that came and were not acknowledged yet, apart from each other and in order.
    runs: Vec<(u64, u64)>,
    /// Behind the last byte that came with all before it, or was given up.
    delivered: u64,
    /// Behind the last byte that was acknowledged, or needs no acknowledgment.
    trimmed: u64,
    is_given_up: bool,
}

impl Default for Stream {
    fn default() -> Self {
        Self { runs: Vec::new(), delivered: 1, trimmed: 1, is_given_up: false }
    }
}

/// What is known of the direction beside its bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Around {
    /// Behind the last byte that the other side acknowledged.
    pub(super) acked: u64,
    /// Bytes sent so far, as sequence numbers tell.
    pub(super) size: u64,
    /// Whether the connection was picked up behind its start.
    pub(super) is_partial: bool,
}

impl Around {
    fn nothing_acked(self) -> bool {
        self.acked <= 1
    }
}

impl Stream {
    pub(super) fn is_given_up(&self) -> bool {
        self.is_given_up
    }

    pub(super) fn delivered(&self) -> u64 {
        self.delivered
    }

    /// Whether bytes wait for an acknowledgment, or behind a hole.
    pub(super) fn has_runs(&self) -> bool {
        !self.runs.is_empty()
    }

    /// Takes the bytes of a segment.
    pub(super) fn data(&mut self, from: u64, len: u64, around: Around) {
        let to = from.saturating_add(len);
        let from = from.max(around.acked).max(self.trimmed);
        if self.is_given_up || to <= from {
            return;
        }
        self.insert(from, to);
        self.deliver();
        if around.nothing_acked() && around.size > WITHOUT_ACKS {
            self.trim(self.delivered);
        }
        let above = self.runs.last().map_or(0, |last| last.1.saturating_sub(self.delivered));
        if self.runs.len() > MAX_RUNS || (around.nothing_acked() && above > WITHOUT_ACKS) {
            self.runs.clear();
            self.is_given_up = true;
        }
    }

    /// Takes an acknowledgment, and returns the lengths of the gaps that it shows.
    pub(super) fn ack(&mut self, to: u64, around: Around) -> Vec<u64> {
        let mut gaps = Vec::new();
        if to <= self.trimmed {
            return gaps;
        }
        // A connection picked up behind its start has a number too many in front.
        if to > self.delivered && !(to <= 2 && around.is_partial) {
            if !self.is_given_up {
                while let Some(&(from, _)) = self.runs.iter().find(|run| run.0 >= self.delivered)
                    && from < to
                {
                    gaps.push(from.saturating_sub(self.delivered));
                    self.delivered = from;
                    self.deliver();
                }
                gaps.extend(to.checked_sub(self.delivered).filter(|gap| *gap > 0));
            }
            self.delivered = self.delivered.max(to);
        }
        self.trim(to);
        gaps.retain(|gap| *gap > 0);
        gaps
    }

    fn insert(&mut self, mut from: u64, mut to: u64) {
        let place = self.runs.partition_point(|run| run.1 < from);
        let behind = self.runs.get(place..).unwrap_or_default();
        let joined = behind.partition_point(|run| run.0 <= to);
        for &(first, last) in behind.iter().take(joined) {
            (from, to) = (from.min(first), to.max(last));
        }
        self.runs.splice(place..place.saturating_add(joined), [(from, to)]);
    }

    /// Goes on over what has all before it.
    fn deliver(&mut self) {
        let reached = self.delivered;
        let next = self.runs.iter().find(|run| run.0 <= reached && reached < run.1);
        self.delivered = next.map_or(reached, |run| run.1);
    }

    fn trim(&mut self, to: u64) {
        self.trimmed = self.trimmed.max(to);
        self.runs.retain_mut(|run| {
            run.0 = run.0.max(to);
            run.0 < run.1
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AROUND: Around = Around { acked: 1, size: 0, is_partial: false };

    #[test]
    fn what_is_acknowledged_and_never_came_is_a_gap() {
        let mut stream = Stream::default();
        stream.data(1, 100, AROUND);
        stream.data(201, 100, AROUND);
        stream.data(401, 100, AROUND);
        assert_eq!((stream.delivered(), stream.has_runs()), (101, true));
        assert_eq!(stream.ack(601, AROUND), [100, 100, 100]);
        assert_eq!((stream.delivered(), stream.has_runs()), (601, false));
        assert_eq!(stream.ack(601, AROUND), [0_u64; 0]);
    }

    #[test]
    fn what_comes_in_any_order_leaves_no_gap() {
        let mut stream = Stream::default();
        for from in [301, 101, 1, 1, 51, 201] {
            stream.data(from, 100, AROUND);
        }
        assert_eq!(stream.delivered(), 401);
        assert_eq!(stream.ack(401, AROUND), [0_u64; 0]);
    }

    #[test]
    fn single_bytes_with_holes_are_given_up_and_fill_nothing() {
        let mut stream = Stream::default();
        for from in 0..100_000 {
            stream.data(3 + 2 * from, 1, Around { acked: 2, ..AROUND });
        }
        assert!(stream.is_given_up() && !stream.has_runs());
        assert_eq!(stream.ack(500_000, AROUND), [0_u64; 0]);
    }
}
