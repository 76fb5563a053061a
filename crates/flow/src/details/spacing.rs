//! How large packets are and how far apart they come.

use std::time::Duration;

use rheos_core::{Side, Timestamp};

use crate::{FlowPacket, Process, WaitedFragment};

/// Sizes of packets and the times between them, of a flow and of each of its sides: `S` of a
/// [`FlowTracker`](crate::FlowTracker).
///
/// They are kept as whole numbers: counts, sums and sums of squares, of bytes and of nanoseconds. So
/// nothing is lost to rounding, and those of two flows can be added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Spacing {
    /// Nanoseconds between packets, whoever sent them.
    pub intervals: Spread,
    /// What the initiator sent.
    pub initiator: SideSpacing,
    /// What the responder sent.
    pub responder: SideSpacing,
    times: Option<Times>,
}

/// Sizes of the packets of one side, and the times between them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SideSpacing {
    /// Nanoseconds between packets.
    pub intervals: Spread,
    /// Bytes on the wire.
    pub sizes: Spread,
    /// Bytes of payload, of packets that have some.
    pub payloads: Spread,
    times: Option<Times>,
}

/// When the first packet came, and the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Times {
    first: Timestamp,
    last: Timestamp,
}

/// Values, and how they are spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Spread {
    /// How many.
    pub count: u64,
    /// The smallest; zero if there is none.
    pub min: u64,
    /// The largest.
    pub max: u64,
    /// All of them together.
    pub sum: u128,
    /// Their squares together.
    pub sum_of_squares: u128,
}

impl Spread {
    /// Adds a value.
    pub fn add(&mut self, value: u64) {
        self.min = if self.count == 0 { value } else { self.min.min(value) };
        self.max = self.max.max(value);
        self.count = self.count.saturating_add(1);
        let value = u128::from(value);
        self.sum = self.sum.saturating_add(value);
        self.sum_of_squares = self.sum_of_squares.saturating_add(value.saturating_mul(value));
    }

    /// Adds all values of another.
    pub fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        self.min = if self.count == 0 { other.min } else { self.min.min(other.min) };
        self.max = self.max.max(other.max);
        self.count = self.count.saturating_add(other.count);
        self.sum = self.sum.saturating_add(other.sum);
        self.sum_of_squares = self.sum_of_squares.saturating_add(other.sum_of_squares);
    }

    /// The mean, if there is a value.
    #[allow(clippy::cast_precision_loss, reason = "a mean has the precision of a float")]
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64)
    }

    /// The standard deviation of all values there are, not an estimate for others, if there is one.
    #[allow(clippy::cast_precision_loss, reason = "the difference is taken in whole numbers")]
    pub fn standard_deviation(&self) -> Option<f64> {
        let count = u128::from(self.count);
        let squares = self.sum_of_squares.checked_mul(count)?;
        let difference = squares.checked_sub(self.sum.checked_mul(self.sum)?)?;
        (count > 0).then(|| (difference as f64).sqrt() / count as f64)
    }
}

impl Spacing {
    /// What one side sent.
    pub fn side(&self, side: Side) -> &SideSpacing {
        match side {
            Side::Initiator => &self.initiator,
            Side::Responder => &self.responder,
        }
    }

    /// Takes a packet with so many bytes on the wire and of payload.
    fn note(&mut self, side: Side, now: Timestamp, (wire_bytes, payload): (u64, u32)) {
        pass(&mut self.intervals, &mut self.times, now);
        let side = match side {
            Side::Initiator => &mut self.initiator,
            Side::Responder => &mut self.responder,
        };
        pass(&mut side.intervals, &mut side.times, now);
        side.sizes.add(wire_bytes);
        if payload > 0 {
            side.payloads.add(payload.into());
        }
    }
}

/// Adds the time between the packets before and this one: since the last of them, or to the first. One that is told
/// late, for it had to wait, and came between them is at no distance.
fn pass(intervals: &mut Spread, times: &mut Option<Times>, now: Timestamp) {
    let Some(Times { first, last }) = times else {
        *times = Some(Times { first: now, last: now });
        return;
    };
    let passed: Duration = now.saturating_since(*last).max(first.saturating_since(now));
    intervals.add(u64::try_from(passed.as_nanos()).unwrap_or(u64::MAX));
    (*first, *last) = (now.min(*first), now.max(*last));
}

impl Process for Spacing {
    fn process(&mut self, packet: &FlowPacket<'_>) {
        let lengths = (packet.raw.wire_length(), packet.payload_length);
        self.note(packet.side, packet.timestamp, lengths);
    }

    fn waited(&mut self, side: Side, fragment: &WaitedFragment) {
        self.note(side, fragment.timestamp, (fragment.wire_bytes, fragment.payload_bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_give_mean_and_deviation() {
        // A textbook's example: mean 5, deviation 2.
        let mut spread = Spread::default();
        assert_eq!((spread.mean(), spread.standard_deviation()), (None, None));
        [2, 4, 4, 4, 5, 5, 7, 9].into_iter().for_each(|value| spread.add(value));
        assert_eq!((spread.mean(), spread.standard_deviation()), (Some(5.0), Some(2.0)));
        assert_eq!((spread.min, spread.max), (2, 9));
    }

    #[test]
    fn two_halves_make_the_whole() {
        let values = [u64::MAX, 3, 0, 17];
        let of = |values: &[u64]| {
            let mut spread = Spread::default();
            values.iter().for_each(|&value| spread.add(value));
            spread
        };
        let mut half = of(&values[..2]);
        half.merge(&of(&values[2..]));
        half.merge(&Spread::default());
        assert_eq!(half, of(&values));
        let mut nothing = Spread::default();
        nothing.merge(&half);
        assert_eq!(nothing, half);
    }

    #[test]
    fn values_far_from_zero_and_close_together_keep_their_deviation() {
        let mut spread = Spread::default();
        [10_u64.pow(18), 10_u64.pow(18) + 2].into_iter().for_each(|value| spread.add(value));
        assert_eq!(spread.standard_deviation(), Some(1.0));
    }
}
