//! What several tests of streams need.

use rheos_reassembly::tcp::{Chunk, Consumer};

/// Counts the bytes that it is given.
#[derive(Default)]
pub(crate) struct Count(pub(crate) u64);

impl Consumer for Count {
    fn data(&mut self, chunk: &Chunk<'_>) -> usize {
        self.0 += chunk.bytes.len() as u64;
        chunk.bytes.len()
    }
}
