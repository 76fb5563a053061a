//! How long one side waits for the other.

use std::time::Duration;

use rheos_core::{SeqNumber, Side, Timestamp};
use rheos_layers::TcpFlags;

use crate::{FlowPacket, Process};

/// Numbers of one side that wait for the other at once. Where a window holds more, those that come
/// in between are not measured.
const WAITING: usize = 16;

/// The round trips of both sides of a flow of TCP, measured all along: `S` of a
/// [`FlowTracker`](crate::FlowTracker).
///
/// By acknowledgments, as `tcp.analysis.ack_rtt` of tshark: from a segment to the first
/// acknowledgment of exactly its end, unless it was sent again (Karn's rule). By timestamps, RFC 7323
/// section 4: from the first segment with payload, SYN or FIN that has a value to its first echo.
/// Both hold how long the receiver waits before it acknowledges.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct RoundTrips {
    /// What the initiator waits for: the way from where the capture was made to the responder and
    /// back.
    pub initiator: SideRoundTrips,
    /// What the responder waits for.
    pub responder: SideRoundTrips,
}

/// The round trips of segments that one side sent.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct SideRoundTrips {
    /// From segments to their acknowledgments.
    pub by_acks: RoundTripStats,
    /// From values of the timestamps option to their echoes.
    pub by_timestamps: RoundTripStats,
    segments: Waiting,
    timestamps: Waiting,
    /// The number behind the highest sent.
    next: Option<SeqNumber>,
    /// The highest value of a timestamp that was sent.
    last_value: Option<SeqNumber>,
}

/// Round trips that were measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RoundTripStats {
    /// How many.
    pub samples: u64,
    /// The shortest.
    pub min: Duration,
    /// The longest.
    pub max: Duration,
    /// The last.
    pub last: Duration,
    /// All of them together.
    pub sum: Duration,
}

impl RoundTripStats {
    /// Their mean, if there are any.
    pub fn mean(&self) -> Option<Duration> {
        let nanos = self.sum.as_nanos().checked_div(self.samples.into())?;
        Some(Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
    }

    fn note(&mut self, sample: Duration) {
        self.min = if self.samples == 0 { sample } else { self.min.min(sample) };
        self.max = self.max.max(sample);
        (self.last, self.sum) = (sample, self.sum.saturating_add(sample));
        self.samples = self.samples.saturating_add(1);
    }
}

/// Numbers that wait for an answer, in the order of their coming, and since when.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    numbers: [(SeqNumber, Timestamp); WAITING],
    len: usize,
}

impl Default for Waiting {
    fn default() -> Self {
        Self { numbers: [(SeqNumber(0), Timestamp::default()); WAITING], len: 0 }
    }
}

impl Waiting {
    fn add(&mut self, number: SeqNumber, now: Timestamp) {
        if let Some(place) = self.numbers.get_mut(self.len) {
            *place = (number, now);
            self.len = self.len.saturating_add(1);
        }
    }

    /// Lets go of all up to a number, and returns since when that one itself waited.
    fn take(&mut self, number: SeqNumber) -> Option<Timestamp> {
        let found = self.iter().find(|(waiting, _)| *waiting == number).map(|(_, since)| since);
        self.retain(|waiting| number.is_before(waiting));
        found
    }

    fn iter(&self) -> impl Iterator<Item = (SeqNumber, Timestamp)> {
        self.numbers.iter().take(self.len).copied()
    }

    fn retain(&mut self, keeps: impl Fn(SeqNumber) -> bool) {
        let (old, mut left) = (*self, 0);
        for entry in old.iter().filter(|(waiting, _)| keeps(*waiting)) {
            if let Some(place) = self.numbers.get_mut(left) {
                *place = entry;
            }
            left = left.saturating_add(1);
        }
        self.len = left;
    }
}

impl RoundTrips {
    /// What one side waits for.
    pub fn side(&self, side: Side) -> &SideRoundTrips {
        match side {
            Side::Initiator => &self.initiator,
            Side::Responder => &self.responder,
        }
    }
}

impl Process for RoundTrips {
    const DETAIL: bool = true;

    fn process(&mut self, packet: &FlowPacket<'_>) {
        let (Some(tcp), Some(detail)) = (packet.tcp, packet.detail) else { return };
        if tcp.flags.contains(TcpFlags::RST) {
            return; // Its numbers are as good as whoever made it up.
        }
        let (one, other) = match packet.side {
            Side::Initiator => (&mut self.initiator, &mut self.responder),
            Side::Responder => (&mut self.responder, &mut self.initiator),
        };
        let now = packet.timestamp;
        let signs = tcp.flags.intersection(TcpFlags::SYN | TcpFlags::FIN).bits().count_ones();
        let length = packet.payload_length.wrapping_add(signs);
        let is_ack = tcp.flags.contains(TcpFlags::ACK);
        if is_ack && let Some(since) = other.segments.take(SeqNumber(tcp.ack)) {
            other.by_acks.note(now.saturating_since(since));
        }
        if length > 0 {
            one.send(SeqNumber(tcp.seq), SeqNumber(tcp.seq.wrapping_add(length)), now);
        }
        let Some((value, echo)) = detail.tcp.timestamps else { return };
        if is_ack && let Some(since) = other.timestamps.take(SeqNumber(echo)) {
            other.by_timestamps.note(now.saturating_since(since));
        }
        let value = SeqNumber(value);
        if length > 0 && one.last_value.is_none_or(|last| last.is_before(value)) {
            one.last_value = Some(value);
            one.timestamps.add(value, now);
        }
    }
}

impl SideRoundTrips {
    /// Lets a segment wait, or those no more whose bytes it sends again.
    fn send(&mut self, start: SeqNumber, end: SeqNumber, now: Timestamp) {
        // Which of the two is acknowledged is not known.
        self.segments.retain(|waiting| !start.is_before(waiting) || end.is_before(waiting));
        if self.next.is_none_or(|next| next.is_before(end)) {
            self.next = Some(end);
            self.segments.add(end, now);
        }
    }
}
