//! Times to be written, as ticks of any resolution: what [`Clock`] does, the other way.

use rheos_core::Timestamp;

use crate::clock::{Clock, Resolution};
use crate::error::Error;

/// What becomes of a time between two ticks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Rounding {
    /// It is written as the tick before it, as every tool does. A time that came from a tick of the
    /// same resolution becomes that tick again.
    #[default]
    Down,
    /// It is refused, with [`Error::TimePrecision`](crate::Error::TimePrecision).
    Refuse,
}

/// A resolution and an offset, made ready for packets to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticks {
    clock: Clock,
    resolution: Resolution,
    /// Nanoseconds in a tick, where nothing else is to be thought of.
    simple: Option<u64>,
}

/// Why a time has no tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoTick {
    /// It is before the first or behind the last.
    Range,
    /// It is between two.
    Precision,
}

impl NoTick {
    pub(crate) fn error(self, packet: u64, resolution: Resolution) -> Error {
        match self {
            Self::Range => Error::TicksRange { packet, resolution },
            Self::Precision => Error::TimePrecision { packet, resolution },
        }
    }
}

impl Ticks {
    /// Ticks that are counted from so many seconds and nanoseconds after the epoch.
    pub(crate) fn new(resolution: Resolution, seconds: i64, nanos: i32) -> Self {
        let simple = match resolution {
            Resolution::Decimal(exponent) if (seconds, nanos) == (0, 0) => {
                9_u32.checked_sub(u32::from(exponent)).map(|exponent| 10_u64.pow(exponent))
            }
            _ => None,
        };
        Self { clock: Clock::new(resolution, seconds, nanos), resolution, simple }
    }

    /// How long a tick is.
    pub(crate) fn resolution(&self) -> Resolution {
        self.resolution
    }

    /// The last tick that is read as no later time; the first of them, where ticks are shorter than
    /// a nanosecond.
    #[inline]
    pub(crate) fn of(&self, time: Timestamp, rounding: Rounding) -> Result<u64, NoTick> {
        let nanos = u64::try_from(time.as_nanos()).ok();
        let simple = nanos.zip(self.simple).and_then(|(nanos, tick)| nanos.checked_div(tick));
        let ticks = match simple {
            Some(ticks) => ticks,
            None => self.clock.ticks(i128::from(time.as_nanos())).ok_or(NoTick::Range)?,
        };
        if rounding == Rounding::Refuse && self.clock.time(ticks) != time {
            return Err(NoTick::Precision);
        }
        Ok(ticks)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::clock::LAST_COARSE_BITS;

    #[track_caller]
    fn check(tsresol: u8, offset: i64, nanos: i64, expected: Result<u64, NoTick>) {
        let ticks = Ticks::new(Resolution::from_byte(tsresol), offset, 0);
        let time = Timestamp::from_nanos(nanos);
        assert_eq!(ticks.of(time, Rounding::Down), expected, "{tsresol:#x} {offset} {nanos}");
    }

    #[test]
    fn a_time_between_two_ticks_becomes_the_one_before_it() {
        check(0, 0, 7_999_999_999, Ok(7));
        check(3, 0, 1_500_999_999, Ok(1_500));
        check(6, 0, 1_700_000_000_000_005_999, Ok(1_700_000_000_000_005));
        check(9, 0, i64::MAX, Ok(i64::MAX.unsigned_abs()));
        check(12, 0, 5, Ok(5_000));
        check(0x80, 0, 1_999_999_999, Ok(1));
        check(0x8a, 0, 976_561, Ok(0));
        check(0x8a, 0, 976_562, Ok(1));
        check(0xa0, 0, 5_500_000_000, Ok((5 << 32) + (1 << 31)));
    }

    #[test]
    fn an_offset_is_taken_off() {
        check(6, 1_700_000_000, 1_700_000_000_000_005_000, Ok(5));
        check(6, -2, -500_000_000, Ok(1_500_000));
        check(6, 1, 999_999_999, Err(NoTick::Range));
    }

    #[test]
    fn a_time_that_no_tick_reaches_is_out_of_range() {
        check(6, 0, -1, Err(NoTick::Range));
        check(12, 0, i64::MAX, Err(NoTick::Range));
        check(0xff, 0, 1, Err(NoTick::Range));
        check(0x7f, 0, 1, Err(NoTick::Range));
        check(0x7f, 0, 0, Ok(0));
        check(9, i64::MIN, i64::MAX, Err(NoTick::Range));
    }

    #[test]
    fn what_is_between_two_ticks_may_be_refused() {
        let ticks = Ticks::new(Resolution::MICROSECOND, 0, 0);
        let of = |nanos| ticks.of(Timestamp::from_nanos(nanos), Rounding::Refuse);
        assert_eq!((of(5_000), of(5_001)), (Ok(5), Err(NoTick::Precision)));
    }

    proptest! {
        #[test]
        fn a_tick_that_was_read_becomes_itself_unless_it_is_shorter_than_a_nanosecond(
            bits in 0..LAST_COARSE_BITS + 1,
            exponent in 0..10_u8,
            ticks in 0..1_u64 << 33,
            offset in -4_000_000_000..4_000_000_000_i64,
            nanos: i32,
        ) {
            for resolution in [Resolution::Binary(bits), Resolution::Decimal(exponent)] {
                for (offset, nanos) in [(0, 0), (offset, nanos)] {
                    let time = Clock::new(resolution, offset, nanos).time(ticks);
                    prop_assume!(time != Timestamp::MAX && time != Timestamp::MIN);
                    let back = Ticks::new(resolution, offset, nanos).of(time, Rounding::Refuse);
                    prop_assert_eq!(back, Ok(ticks), "{} {}", resolution, offset);
                }
            }
        }

        #[test]
        fn no_time_is_read_as_a_later_one(tsresol: u8, nanos: i64, offset: i32, more: i32) {
            let (resolution, offset) = (Resolution::from_byte(tsresol), i64::from(offset));
            let time = Timestamp::from_nanos(nanos);
            if let Ok(ticks) = Ticks::new(resolution, offset, more).of(time, Rounding::Down) {
                prop_assert!(Clock::new(resolution, offset, more).time(ticks) <= time);
            }
        }
    }
}
