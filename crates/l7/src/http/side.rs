//! Where in its messages a side is.

use rheos_core::Timestamp;

use super::body::BodyReader;

/// A side of a stream.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) reading: Reading,
    /// Unread bytes that have been looked at for the end of a head: they need not be again.
    scanned: usize,
    /// The message whose body is read.
    pub(super) body: Option<BodyReader>,
    /// Heads that were read.
    pub(super) heads: u64,
    pub(super) is_over: bool,
    /// When the last bytes came.
    pub(super) timestamp: Timestamp,
}

/// What comes next on a side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Reading {
    /// A head.
    #[default]
    Head,
    /// As many bytes of a body.
    Counted(u64),
    /// The line in front of a chunk.
    ChunkLine,
    /// As many bytes of a chunk.
    Chunk(u64),
    /// The line end behind a chunk.
    ChunkEnd,
    /// The fields behind the chunks.
    Trailers,
    /// A body that ends with the stream.
    UntilEnd,
    /// What the answer to CONNECT decides.
    Connect,
    /// Something; the next line that can start a message does.
    Lost {
        /// Whether what is unread starts within a line.
        is_within_line: bool,
    },
}

impl Reader {
    /// Where a head ends that starts with these bytes, behind its empty line. Bytes that were looked
    /// at before are not again.
    pub(super) fn end_of_head(&mut self, bytes: &[u8]) -> Option<usize> {
        let from = self.scanned;
        for at in memchr::memchr_iter(b'\n', bytes.get(from..).unwrap_or_default()) {
            let at = from.saturating_add(at);
            match bytes.get(at.saturating_add(1)..).unwrap_or_default() {
                [b'\n', ..] => return Some(at.saturating_add(2)),
                [b'\r', b'\n', ..] => return Some(at.saturating_add(3)),
                [] | [b'\r'] => {
                    self.scanned = at;
                    return None;
                }
                _ => {}
            }
        }
        self.scanned = bytes.len();
        None
    }

    /// Something was read: what is unread starts elsewhere.
    pub(super) fn moved(&mut self) {
        self.scanned = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_end_behind_an_empty_line_however_they_come() {
        for (text, end) in [
            ("a\r\nb\r\n\r\nc", Some(8)),
            ("a\nb\n\nc", Some(5)),
            ("a\n\r\nb", Some(4)),
            ("a\r\n\r", None),
            ("a\r\n\rb\r\n", None),
            ("a", None),
        ] {
            let mut reader = Reader::default();
            assert_eq!(reader.end_of_head(text.as_bytes()), end, "{text:?}");
            let mut reader = Reader::default();
            let found =
                (1..=text.len()).find_map(|len| reader.end_of_head(&text.as_bytes()[..len]));
            assert_eq!(found, end, "{text:?} byte by byte");
        }
    }
}
