//! What a stream tells whoever reads it.

use rheos_core::Timestamp;

/// Whoever reads one direction of a connection. Everything comes in the order of the stream.
pub trait Consumer {
    /// Bytes that follow those before. Returns how many it is done with: the rest is offered again in
    /// front of what follows, as one slice, until [`max_unread`](super::Config::max_unread) is reached.
    fn data(&mut self, chunk: &Chunk<'_>) -> usize;

    /// The stream begins.
    fn start(&mut self, start: Start) {
        _ = start;
    }

    /// Bytes that it left unread and is not offered again: a gap follows, or the end.
    fn unread(&mut self, rest: &Chunk<'_>) {
        _ = rest;
    }

    /// Bytes that will not come.
    fn gap(&mut self, gap: &Gap) {
        _ = gap;
    }

    /// Two segments had bytes for the same place, and not the same ones.
    fn overlap(&mut self, conflict: &Conflict<'_>) {
        _ = conflict;
    }

    /// A segment has to wait behind a hole, and with it wait so many bytes of the stream, their management
    /// counted, of so many that [may](super::Config::max_pending).
    fn waits(&mut self, bytes: usize, limit: usize) {
        _ = (bytes, limit);
    }

    /// Bytes that were delivered before came again.
    fn retransmit(&mut self, again: &Retransmit) {
        _ = again;
    }

    /// Nothing follows.
    fn end(&mut self, end: End) {
        _ = end;
    }
}

impl<C: Consumer + ?Sized> Consumer for &mut C {
    fn data(&mut self, chunk: &Chunk<'_>) -> usize {
        (**self).data(chunk)
    }

    fn start(&mut self, start: Start) {
        (**self).start(start);
    }

    fn unread(&mut self, rest: &Chunk<'_>) {
        (**self).unread(rest);
    }

    fn gap(&mut self, gap: &Gap) {
        (**self).gap(gap);
    }

    fn overlap(&mut self, conflict: &Conflict<'_>) {
        (**self).overlap(conflict);
    }

    fn waits(&mut self, bytes: usize, limit: usize) {
        (**self).waits(bytes, limit);
    }

    fn retransmit(&mut self, again: &Retransmit) {
        (**self).retransmit(again);
    }

    fn end(&mut self, end: End) {
        (**self).end(end);
    }
}

/// Bytes of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk<'a> {
    /// How many bytes of the stream stand in front of them, gaps included.
    pub offset: u64,
    /// The bytes: never none.
    pub bytes: &'a [u8],
    /// When the segment came that held them; of several, the last. Segments that waited are told as one
    /// where they came within a millisecond, or are short.
    pub timestamp: Timestamp,
}

/// How a stream begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Start {
    /// Behind a SYN.
    Syn,
    /// In the middle: nobody knows what was before.
    MidStream,
}

/// Bytes that are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// How many bytes of the stream stand in front of it.
    pub offset: u64,
    /// How many are missing.
    pub len: u64,
    /// Why nobody waits for them any longer.
    pub cause: GapCause,
}

/// Why a stream goes on behind bytes that are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GapCause {
    /// The receiver acknowledged them: they were sent, and not captured.
    Acknowledged,
    /// They did not come for too long.
    Deadline,
    /// More was waiting behind them than may wait, or in too many streams.
    Budget,
    /// They were sent, and the capture was cut before them.
    SnapLength,
    /// The stream ended.
    End,
    /// The consumer left too many bytes unread, or those of all streams did: these were delivered before,
    /// and are gone.
    Unread,
}

/// Different bytes for the same place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict<'a> {
    /// Where in the stream they are.
    pub offset: u64,
    /// The bytes that came first.
    pub first: &'a [u8],
    /// As many that came later.
    pub later: &'a [u8],
    /// Whether the later ones are delivered, by the policy.
    pub replaced: bool,
}

/// Bytes that came again behind their delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retransmit {
    /// Where in the stream they are.
    pub offset: u64,
    /// How many.
    pub len: u64,
}

/// Why nothing follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum End {
    /// The sender said so, and all it sent has been delivered or given up.
    Fin,
    /// Somebody broke off.
    Reset,
    /// The ports are used again: another stream starts.
    PortReuse,
    /// The reader of the capture said so.
    Closed,
}
