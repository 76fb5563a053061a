//! Timestamps: ticks of any resolution, turned into nanoseconds exactly.

use std::fmt;

use rheos_core::Timestamp;

const NANOS: u64 = 1_000_000_000;

/// How long a tick of a timestamp is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resolution {
    /// 10 to the power of minus this, in seconds: 6 is a microsecond.
    Decimal(u8),
    /// 2 to the power of minus this, in seconds.
    Binary(u8),
}

impl Resolution {
    /// A microsecond: what holds where nothing is said.
    pub const MICROSECOND: Self = Self::Decimal(6);
    /// A nanosecond.
    pub const NANOSECOND: Self = Self::Decimal(9);

    /// From the byte of an `if_tsresol` option: the first bit chooses the base.
    pub const fn from_byte(byte: u8) -> Self {
        match byte & 0x80 {
            0 => Self::Decimal(byte),
            _ => Self::Binary(byte & 0x7f),
        }
    }

    /// The byte of an `if_tsresol` option, whose exponent has seven bits.
    pub const fn to_byte(self) -> u8 {
        match self {
            Self::Decimal(exponent) => exponent & 0x7f,
            Self::Binary(exponent) => exponent | 0x80,
        }
    }
}

impl fmt::Display for Resolution {
    /// Writes `10^-6 s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decimal(exponent) => write!(f, "10^-{exponent} s"),
            Self::Binary(exponent) => write!(f, "2^-{exponent} s"),
        }
    }
}

/// The finest resolution in powers of two whose tick is longer than a nanosecond: 2^29 is below 10^9.
pub(crate) const LAST_COARSE_BITS: u8 = 29;

/// What turns the ticks of an interface into time, and time into ticks.
///
/// ```
/// use rheos_pcap::{Clock, Resolution};
///
/// // Milliseconds, counted from the start of 2020.
/// let clock = Clock::new(Resolution::Decimal(3), 1_577_836_800, 0);
/// assert_eq!(clock.time(1_500).to_string(), "2020-01-01T00:00:01.500000000Z");
/// assert_eq!(clock.ticks(clock.nanos(1_500)), Some(1_500));
/// assert_eq!(clock.ticks(0), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    tick: Tick,
    /// Nanoseconds to be added.
    offset: i128,
}

/// What turns ticks into nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tick {
    Times(u64),
    DividedBy(u128),
    Shifted(u8),
}

impl Clock {
    /// A clock of this resolution that starts so many seconds and nanoseconds after the epoch.
    pub fn new(resolution: Resolution, seconds: i64, nanos: i32) -> Self {
        let tick = match resolution {
            Resolution::Binary(exponent) => Tick::Shifted(exponent & 0x7f),
            Resolution::Decimal(exponent) => match 9_u8.checked_sub(exponent) {
                Some(missing) => Tick::Times(10_u64.pow(missing.into())),
                // A divisor beyond 128 bits leaves nothing of ticks of 64, as does the largest.
                None => {
                    let divisor = 10_u128.checked_pow(exponent.saturating_sub(9).into());
                    Tick::DividedBy(divisor.unwrap_or(u128::MAX))
                }
            },
        };
        let offset = i128::from(seconds).saturating_mul(i128::from(NANOS));
        Self { tick, offset: offset.saturating_add(i128::from(nanos)) }
    }

    /// The time of so many ticks, rounded down to a nanosecond, or the nearest end of time.
    #[inline]
    pub fn time(&self, ticks: u64) -> Timestamp {
        if let (Tick::Times(nanos), 0) = (self.tick, self.offset)
            && let Some(nanos) = ticks.checked_mul(nanos)
            && let Ok(nanos) = i64::try_from(nanos)
        {
            return Timestamp::from_nanos(nanos);
        }
        self.any_time(ticks)
    }

    /// Nanoseconds from the epoch to so many ticks, rounded down; also where no [`Timestamp`] reaches.
    pub fn nanos(self, ticks: u64) -> i128 {
        let ticks = u128::from(ticks);
        let nanos = match self.tick {
            Tick::Times(nanos) => ticks.saturating_mul(u128::from(nanos)),
            Tick::DividedBy(divisor) => ticks.checked_div(divisor).unwrap_or_default(),
            Tick::Shifted(bits) => ticks.saturating_mul(u128::from(NANOS)) >> bits,
        };
        i128::try_from(nanos).unwrap_or(i128::MAX).saturating_add(self.offset)
    }

    /// The last tick that is read as no later time than so many nanoseconds after the epoch; the first
    /// of them, where ticks are shorter than a nanosecond. `None` before the first tick and behind the
    /// last.
    pub fn ticks(self, nanos: i128) -> Option<u64> {
        let nanos = u128::try_from(nanos.checked_sub(self.offset)?).ok()?;
        if nanos == 0 {
            return Some(0);
        }
        let second = u128::from(NANOS);
        let ticks = match self.tick {
            Tick::Times(tick) => nanos.checked_div(u128::from(tick))?,
            Tick::DividedBy(divisor) => nanos.checked_mul(divisor)?,
            Tick::Shifted(bits) => {
                let per_second = 1_u128.checked_shl(u32::from(bits))?;
                if bits <= LAST_COARSE_BITS {
                    let behind = nanos.checked_add(1)?.checked_mul(per_second)?;
                    behind.div_ceil(second).checked_sub(1)?
                } else {
                    nanos.checked_mul(per_second)?.div_ceil(second)
                }
            }
        };
        u64::try_from(ticks).ok()
    }

    #[cold]
    fn any_time(&self, ticks: u64) -> Timestamp {
        let nanos = self.nanos(ticks);
        match i64::try_from(nanos) {
            Ok(nanos) => Timestamp::from_nanos(nanos),
            Err(_) if nanos > 0 => Timestamp::MAX,
            Err(_) => Timestamp::MIN,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(tsresol: u8, offset: i64, ticks: u64, nanos: i64) {
        let clock = Clock::new(Resolution::from_byte(tsresol), offset, 0);
        assert_eq!(clock.time(ticks).as_nanos(), nanos, "{tsresol:#x} {offset} {ticks}");
    }

    #[test]
    fn decimal_resolutions_are_exact() {
        check(0, 0, 7, 7_000_000_000);
        check(3, 0, 1_500, 1_500_000_000);
        check(6, 0, 1_700_000_000_000_005, 1_700_000_000_000_005_000);
        check(9, 0, 1_700_000_000_000_000_005, 1_700_000_000_000_000_005);
        check(12, 0, 1_999, 1);
        check(12, 0, u64::MAX, 18_446_744_073_709_551);
        check(28, 0, u64::MAX, 1);
        check(29, 0, u64::MAX, 0);
        check(0x40, 0, u64::MAX, 0);
        check(0x7f, 0, u64::MAX, 0);
    }

    #[test]
    fn binary_resolutions_are_exact() {
        check(0x80, 0, 7, 7_000_000_000);
        check(0x8a, 0, 1_024, 1_000_000_000);
        check(0x8a, 0, 1, 976_562);
        check(0x9e, 0, 1 << 30, 1_000_000_000);
        check(0x9e, 0, (1 << 30) + 1, 1_000_000_000);
        check(0xa0, 0, (5 << 32) + (1 << 31), 5_500_000_000);
        check(0xff, 0, u64::MAX, 0);
    }

    #[test]
    fn what_no_timestamp_holds_saturates() {
        check(0, 0, u64::MAX, i64::MAX);
        check(6, 0, u64::MAX, i64::MAX);
        check(9, 0, u64::MAX, i64::MAX);
        check(9, 0, i64::MAX as u64, i64::MAX);
        check(9, 0, i64::MAX as u64 + 1, i64::MAX);
        check(0x80, 0, u64::MAX, i64::MAX);
        check(0, i64::MAX, u64::MAX, i64::MAX);
        check(0, i64::MIN, 0, i64::MIN);
        check(0, i64::MIN, u64::MAX, i64::MAX);
    }

    #[test]
    fn nanoseconds_of_an_offset_are_added_to_its_seconds() {
        let time = |seconds, nanos| Clock::new(Resolution::MICROSECOND, seconds, nanos).time(5);
        assert_eq!(time(1, 7).as_nanos(), 1_000_005_007);
        assert_eq!(time(-1, -7).as_nanos(), -999_995_007);
        assert_eq!(time(0, i32::MIN).as_nanos(), -2_147_478_648);
        assert_eq!(time(i64::MIN, i32::MIN).as_nanos(), i64::MIN);
    }

    #[test]
    fn the_byte_of_a_resolution_is_the_one_it_came_from() {
        for byte in 0..=u8::MAX {
            assert_eq!(Resolution::from_byte(byte).to_byte(), byte);
        }
    }

    #[test]
    fn an_offset_moves_the_time_both_ways() {
        check(6, 1_700_000_000, 5, 1_700_000_000_000_005_000);
        check(6, -2, 1_500_000, -500_000_000);
        check(9, -10_000_000_000, u64::MAX, 8_446_744_073_709_551_615);
        check(0x8a, 1, 1_024, 2_000_000_000);
    }
}
