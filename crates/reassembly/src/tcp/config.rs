//! How long and how much a stream waits.

use std::time::Duration;

use super::OverlapPolicy;

/// What streams wait for and what may wait. Every bound is there by default.
#[derive(Clone, Debug)]
pub struct Config {
    /// Whose bytes win where segments overlap.
    pub overlap: OverlapPolicy,
    /// Whether a stream may begin without a SYN.
    pub mid_stream: MidStream,
    /// How long bytes wait behind a hole. Default: a second, several times what a retransmission takes
    /// to come where delay is low; a capture that lost them gets no other sign without ACKs.
    pub deadline: Duration,
    /// How long bytes wait behind a hole where the receiver is heard, and has not acknowledged the hole:
    /// it has not got those bytes either, and the sender will send them again. Default: ten seconds,
    /// three retransmissions of RFC 6298; never less than the deadline.
    pub unacknowledged: Duration,
    /// How long a hole that the receiver has acknowledged stays open. Default: ten milliseconds, for
    /// captures that have packets of two interfaces out of order.
    pub ack_grace: Duration,
    /// Bytes that may wait behind holes of one stream, pages and their management counted. Default:
    /// 256 KiB, a full window of most hosts.
    pub max_pending: usize,
    /// Bytes that may wait in all streams of an assembler, behind holes or unread. Default: 256 MiB.
    pub max_total: usize,
    /// Bytes that a consumer may leave unread in one stream. Default: 1 MiB. Without room in the budget
    /// of all streams, one that leaves some loses what it left.
    pub max_unread: usize,
    /// How far ahead of what was delivered a segment may begin. Default: 1 MiB beyond the window that
    /// the receiver offers, if that is known: what is further away is stray, or forged.
    pub max_ahead: u32,
}

/// What to do with a stream whose SYN was not seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MidStream {
    /// It begins with the first segment that holds bytes.
    #[default]
    Accept,
    /// It is left alone until a SYN is seen.
    Ignore,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            overlap: OverlapPolicy::default(),
            mid_stream: MidStream::default(),
            deadline: Duration::from_secs(1),
            unacknowledged: Duration::from_secs(10),
            ack_grace: Duration::from_millis(10),
            max_pending: 256 << 10,
            max_total: 256 << 20,
            max_unread: 1 << 20,
            max_ahead: 1 << 20,
        }
    }
}
