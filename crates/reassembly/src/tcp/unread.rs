//! Bytes that a consumer left unread, in one slice.

use rheos_core::Timestamp;

/// Bytes that were delivered and left, and where they start in the stream.
#[derive(Debug, Default)]
pub(super) struct Unread {
    bytes: Vec<u8>,
    /// How many at the front have been read since: they are moved out once they are the most.
    read: usize,
    offset: u64,
    timestamp: Timestamp,
}

impl Unread {
    /// The bytes, where they start, and when the last of them came.
    pub(super) fn get(&self) -> (u64, &[u8], Timestamp) {
        (self.offset, self.bytes.get(self.read..).unwrap_or_default(), self.timestamp)
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len().saturating_sub(self.read)
    }

    /// Adds bytes that follow.
    pub(super) fn push(&mut self, offset: u64, bytes: &[u8], timestamp: Timestamp) {
        if self.len() == 0 {
            self.offset = offset;
        }
        self.timestamp = timestamp;
        self.bytes.extend_from_slice(bytes);
    }

    /// Takes bytes off the front.
    pub(super) fn read(&mut self, count: usize) {
        let count = count.min(self.len());
        self.read = self.read.saturating_add(count);
        self.offset = self.offset.saturating_add(count as u64);
        if self.read.saturating_mul(2) >= self.bytes.len() {
            self.bytes.drain(..self.read);
            self.read = 0;
        }
    }
}
