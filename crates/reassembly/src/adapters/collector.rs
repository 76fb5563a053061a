//! A whole stream in memory.

use crate::tcp::{Chunk, Conflict, Consumer, End, Gap, Retransmit, Start};

/// Keeps all that a stream says: for tests, and for streams of which it is known that they are short.
///
/// Of more bytes than [its limit](Self::with_limit) it keeps the first, and counts the others.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Collector {
    /// How it began.
    pub start: Option<Start>,
    /// The bytes, those of gaps left out.
    pub bytes: Vec<u8>,
    /// What is missing.
    pub gaps: Vec<Gap>,
    /// Places with different bytes.
    pub conflicts: u64,
    /// Bytes that came again.
    pub retransmitted: u64,
    /// Why it ended.
    pub end: Option<End>,
    /// Bytes beyond the limit.
    pub bytes_dropped: u64,
    limit: Option<usize>,
}

/// Without another limit, a stream is kept up to 64 mebibytes.
const DEFAULT_LIMIT: usize = 64 << 20;

/// Gaps that are kept. Later ones make the last longer, so that it says where the stream is not whole
/// any more.
const MAX_GAPS: usize = 65_536;

impl Collector {
    /// Keeps so many bytes at most.
    pub fn with_limit(bytes: usize) -> Self {
        Self { limit: Some(bytes), ..Self::default() }
    }

    /// Whether every byte of the stream is there.
    pub fn is_whole(&self) -> bool {
        self.start == Some(Start::Syn)
            && self.end == Some(End::Fin)
            && self.gaps.is_empty()
            && self.bytes_dropped == 0
    }

    /// Bytes that never came.
    pub fn gap_bytes(&self) -> u64 {
        self.gaps.iter().fold(0, |sum, gap| sum.saturating_add(gap.len))
    }
}

impl Consumer for Collector {
    fn data(&mut self, chunk: &Chunk<'_>) -> usize {
        let limit = self.limit.unwrap_or(DEFAULT_LIMIT);
        let room = limit.saturating_sub(self.bytes.len());
        let kept = chunk.bytes.get(..room).unwrap_or(chunk.bytes);
        self.bytes.extend_from_slice(kept);
        let dropped = chunk.bytes.len().saturating_sub(kept.len());
        self.bytes_dropped = self.bytes_dropped.saturating_add(dropped as u64);
        chunk.bytes.len()
    }

    fn start(&mut self, start: Start) {
        self.start.get_or_insert(start);
    }

    fn gap(&mut self, gap: &Gap) {
        let is_full = self.gaps.len() >= MAX_GAPS;
        match self.gaps.last_mut() {
            Some(last) if is_full => {
                last.len = gap.offset.saturating_add(gap.len).saturating_sub(last.offset);
            }
            _ => self.gaps.push(*gap),
        }
    }

    fn overlap(&mut self, _: &Conflict<'_>) {
        self.conflicts = self.conflicts.saturating_add(1);
    }

    fn retransmit(&mut self, again: &Retransmit) {
        self.retransmitted = self.retransmitted.saturating_add(again.len);
    }

    fn end(&mut self, end: End) {
        self.end = Some(end);
    }
}
