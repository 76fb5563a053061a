//! One segment, as its header says it.

use rheos_core::{SeqNumber, Timestamp};

/// One TCP segment: what a stream has to know of its header, and its bytes. Those that the urgent pointer
/// marks are bytes like others, where they are in the stream (RFC 6093 section 3.1).
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    /// When it was captured.
    pub timestamp: Timestamp,
    /// Its sequence number: that of its SYN, or of its first byte.
    pub sequence: SeqNumber,
    /// Whether it opens the stream.
    pub syn: bool,
    /// Whether nothing follows its bytes.
    pub fin: bool,
    /// Whether it breaks off.
    pub rst: bool,
    /// Its bytes, as far as they were captured.
    pub payload: &'a [u8],
    /// How many it had on the wire: no fewer than were captured.
    pub length: u32,
}

impl<'a> Segment<'a> {
    /// A segment with bytes that were captured whole, and no control bits.
    pub fn new(timestamp: Timestamp, sequence: SeqNumber, payload: &'a [u8]) -> Self {
        // No IP packet holds more than 32 bits count.
        let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        Self { timestamp, sequence, syn: false, fin: false, rst: false, payload, length }
    }

    /// The same with a SYN.
    #[must_use]
    pub fn syn(self) -> Self {
        Self { syn: true, ..self }
    }

    /// The same with a FIN.
    #[must_use]
    pub fn fin(self) -> Self {
        Self { fin: true, ..self }
    }

    /// The same with an RST.
    #[must_use]
    pub fn rst(self) -> Self {
        Self { rst: true, ..self }
    }

    /// The same, of which only the bytes given to [`new`](Self::new) were captured.
    #[must_use]
    pub fn cut_from(self, length: u32) -> Self {
        Self { length: length.max(self.length), ..self }
    }

    /// The sequence number behind its last byte.
    #[allow(clippy::arithmetic_side_effects, reason = "sequence numbers wrap")]
    pub(super) fn behind(&self) -> SeqNumber {
        self.first_byte() + self.length
    }

    /// The sequence number of its first byte.
    #[allow(clippy::arithmetic_side_effects, reason = "sequence numbers wrap")]
    pub(super) fn first_byte(&self) -> SeqNumber {
        self.sequence + u32::from(self.syn)
    }
}
