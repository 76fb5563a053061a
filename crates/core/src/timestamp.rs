//! A point in time, to the nanosecond, and how it is written.

use std::fmt;
use std::time::Duration;

const NANOS: i64 = 1_000_000_000;

/// A point in time: nanoseconds since 1970-01-01 00:00 UTC, without leap seconds.
///
/// It spans the years 1677 to 2262; arithmetic saturates at both ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The last point in time.
    pub const MAX: Self = Self(i64::MAX);
    /// The first point in time.
    pub const MIN: Self = Self(i64::MIN);

    /// From nanoseconds since the epoch.
    #[inline]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// From seconds since the epoch and nanoseconds on top, of which there may be more than a
    /// second's worth.
    #[inline]
    pub const fn from_secs(seconds: i64, nanos: i64) -> Self {
        Self(seconds.saturating_mul(NANOS).saturating_add(nanos))
    }

    /// Nanoseconds since the epoch.
    #[inline]
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(NANOS)
    }

    /// Nanoseconds since that second, 0 to 999,999,999.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below a billion")]
    pub const fn subsec_nanos(self) -> u32 {
        self.0.rem_euclid(NANOS) as u32
    }

    /// Seconds since the epoch with nine decimals: `1700000000.000000005`.
    pub const fn unix(self) -> Unix {
        Unix(self)
    }

    /// Time since `earlier`; zero if that is not earlier.
    #[inline]
    pub const fn saturating_since(self, earlier: Self) -> Duration {
        if self.0 > earlier.0 {
            Duration::from_nanos(self.0.abs_diff(earlier.0))
        } else {
            Duration::ZERO
        }
    }

    /// This time and `duration` more.
    #[inline]
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        let nanos = i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(nanos))
    }

    /// Year, month and day in the Gregorian calendar, and seconds since that midnight.
    ///
    /// [The days of the civil calendar](https://howardhinnant.github.io/date_algorithms.html) count
    /// from 1 March of the year 0, so that the leap day ends a year.
    #[allow(clippy::arithmetic_side_effects, reason = "days of five centuries fit i64 easily")]
    fn civil(self) -> (i64, i64, i64, i64) {
        const DAY: i64 = 86_400;
        const ERA: i64 = 146_097;
        let shifted = self.seconds().div_euclid(DAY).saturating_add(719_468);
        let (era, day_of_era) = (shifted.div_euclid(ERA), shifted.rem_euclid(ERA));
        let leaps = day_of_era / 1460 - day_of_era / 36_524 + day_of_era / 146_096;
        let year_of_era = (day_of_era - leaps) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        (year, month, day, self.seconds().rem_euclid(DAY))
    }
}

impl fmt::Display for Timestamp {
    /// Writes [RFC 3339](https://www.rfc-editor.org/rfc/rfc3339) in UTC, with nine decimals or as
    /// many as the precision asks for.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day, second) = self.civil();
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        decimals(f, self.subsec_nanos())?;
        f.write_str("Z")
    }
}

/// A [`Timestamp`] written as seconds since the epoch.
#[derive(Clone, Copy, Debug)]
pub struct Unix(Timestamp);

impl fmt::Display for Unix {
    /// Writes nine decimals, or as many as the precision asks for.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.as_nanos();
        let sign = if nanos < 0 { "-" } else { "" };
        let magnitude = nanos.unsigned_abs();
        let (seconds, nanos) = (magnitude / 1_000_000_000, magnitude % 1_000_000_000);
        write!(f, "{sign}{seconds}")?;
        decimals(f, u32::try_from(nanos).unwrap_or_default())
    }
}

/// Writes nanoseconds behind a decimal point, cut to the precision asked for.
fn decimals(f: &mut fmt::Formatter<'_>, nanos: u32) -> fmt::Result {
    match f.precision().unwrap_or(9).min(9) {
        0 => Ok(()),
        digits => {
            let cut = u32::try_from(9_usize.saturating_sub(digits)).unwrap_or_default();
            write!(f, ".{:0digits$}", nanos.checked_div(10_u32.pow(cut)).unwrap_or_default())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From GNU date: `date -u -d @SECONDS +%FT%TZ`.
    const DATES: &[(i64, &str)] = &[
        (0, "1970-01-01T00:00:00Z"),
        (-1, "1969-12-31T23:59:59Z"),
        (951_782_400, "2000-02-29T00:00:00Z"),
        (1_709_164_800, "2024-02-29T00:00:00Z"),
        (4_107_542_399, "2100-02-28T23:59:59Z"),
        (4_107_542_400, "2100-03-01T00:00:00Z"),
        (4_294_967_296, "2106-02-07T06:28:16Z"),
        (9_223_372_036, "2262-04-11T23:47:16Z"),
        (-9_223_372_036, "1677-09-21T00:12:44Z"),
    ];

    #[test]
    fn dates_are_those_of_gnu_date() {
        for &(seconds, date) in DATES {
            assert_eq!(format!("{:.0}", Timestamp::from_secs(seconds, 0)), date);
        }
    }

    #[test]
    fn precision_cuts_and_never_rounds() {
        let time = Timestamp::from_secs(1, 999_999_999);
        assert_eq!(format!("{time:.3}"), "1970-01-01T00:00:01.999Z");
        assert_eq!(format!("{:.6}", time.unix()), "1.999999");
    }

    #[test]
    fn times_before_the_epoch_keep_their_sign() {
        assert_eq!(Timestamp::from_nanos(-1).unix().to_string(), "-0.000000001");
        assert_eq!(Timestamp::from_nanos(-1).to_string(), "1969-12-31T23:59:59.999999999Z");
    }

    #[test]
    fn arithmetic_saturates() {
        assert_eq!(Timestamp::from_secs(i64::MAX, 0), Timestamp::MAX);
        assert_eq!(Timestamp::MAX.saturating_add(Duration::MAX), Timestamp::MAX);
        assert_eq!(Timestamp::MIN.saturating_since(Timestamp::MAX), Duration::ZERO);
        assert_eq!(Timestamp::MAX.saturating_since(Timestamp::MIN).as_nanos(), u64::MAX.into());
    }
}
