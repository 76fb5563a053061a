//! What comes of bytes whose place is behind the stream already: again, or too late.

use smallvec::SmallVec;

use super::stream::Context;
use super::{Consumer, Retransmit, StreamAssembler};

/// Gaps that a stream remembers, as many as flowscope does: what comes late comes soon.
const REMEMBERED: usize = 8;

/// The last gaps of a stream, from where to where, in order and with bytes between them.
#[derive(Debug, Default)]
pub(super) struct Gaps(SmallVec<[(u64, u64); REMEMBERED]>);

impl Gaps {
    /// Adds a gap behind all others.
    fn push(&mut self, from: u64, to: u64) {
        match self.0.last_mut() {
            Some((_, end)) if *end == from => *end = to,
            _ => {
                if self.0.len() >= REMEMBERED {
                    self.0.remove(0);
                }
                self.0.push((from, to));
            }
        }
    }

    /// The parts of gaps that are in a range.
    fn within(&self, from: u64, to: u64) -> impl Iterator<Item = (u64, u64)> {
        let parts = self.0.iter().map(move |gap| (gap.0.max(from), gap.1.min(to)));
        parts.filter(|(from, to)| from < to)
    }
}

impl StreamAssembler {
    /// Remembers that bytes were given up.
    pub(super) fn note_gap(&mut self, from: u64, to: u64) {
        self.gaps.get_or_insert_default().push(from, to);
    }

    /// Counts and reports what came again of what was delivered, and counts what came too late.
    pub(super) fn note_again<C: Consumer>(
        &mut self,
        context: &mut Context<'_, C>,
        start: i64,
        end: i64,
    ) {
        let next = i64::try_from(self.next).unwrap_or(i64::MAX);
        let Self { gaps, stats, .. } = self;
        let before = end.min(0).saturating_sub(start.min(0));
        let before = u64::try_from(before).unwrap_or(0);
        stats.bytes_before_start = stats.bytes_before_start.saturating_add(before);
        let (Ok(from), Ok(to)) = (u64::try_from(start.max(0)), u64::try_from(end.min(next))) else {
            return;
        };
        let mut again = 0_u64;
        let mut tell = |offset: u64, to: u64| {
            let len = to.saturating_sub(offset);
            if len > 0 {
                again = again.saturating_add(len);
                context.consumer.retransmit(&Retransmit { offset, len });
            }
        };
        let mut at = from;
        for (gap, behind) in gaps.iter().flat_map(|gaps| gaps.within(from, to)) {
            tell(at, gap);
            stats.late_bytes = stats.late_bytes.saturating_add(behind.saturating_sub(gap));
            at = behind;
        }
        tell(at, to);
        stats.retransmits = stats.retransmits.saturating_add((again > 0).into());
        stats.retransmitted_bytes = stats.retransmitted_bytes.saturating_add(again);
    }
}
