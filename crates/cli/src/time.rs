//! Times and durations as people and tools write them, and where those of a table count from.

use rheos::core::{RawPacket, Timestamp, Unix};

/// Nanoseconds in a second.
pub(crate) const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400;

/// When the first packet of a capture came. The times of every table count from it, as Wireshark's do,
/// whatever the table leaves out.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Origin(Option<Timestamp>);

impl Origin {
    /// Hears of the next packet of the capture.
    #[inline]
    pub(crate) fn hear(&mut self, packet: &RawPacket<'_>) {
        self.0.get_or_insert(packet.timestamp);
    }

    /// When that was: 1970 if there was none.
    pub(crate) fn start(self) -> Timestamp {
        self.0.unwrap_or_default()
    }

    /// Seconds from there to a time; in front of it, they are negative.
    pub(crate) fn until(self, time: Timestamp) -> Unix {
        Timestamp::from_nanos(time.as_nanos().saturating_sub(self.start().as_nanos())).unix()
    }
}

/// A time as it was written: with a date, or as a time of some day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stamp {
    /// Nanoseconds since 1970.
    Dated(i64),
    /// Nanoseconds since midnight.
    OfDay(i64),
}

impl Stamp {
    /// Nanoseconds since 1970, with a day counted from there for a time of any day.
    pub(crate) fn on(self, day: i64) -> i64 {
        match self {
            Self::Dated(nanos) => nanos,
            Self::OfDay(nanos) => nanos.saturating_add(day.saturating_mul(DAY * SECOND)),
        }
    }
}

/// Reads a point in time: `2023-11-14T22:13:20.5Z`, with `+01:00` or a space in the right places,
/// a date alone, or seconds since 1970. Without a zone it is UTC.
pub(crate) fn parse(text: &str) -> Result<i64, String> {
    let wrong = || format!("{text}: a time is 2023-11-14T22:13:20.5Z or seconds since 1970");
    match stamp(text.trim()) {
        Some(Stamp::Dated(nanos)) => Ok(nanos),
        _ => Err(wrong()),
    }
}

/// Reads a duration: seconds, or a number with a unit, such as `-0.5`, `10ms` or `1h`.
pub(crate) fn duration(text: &str) -> Result<i64, String> {
    let wrong = || format!("{text}: a duration is seconds, or 10ms, 1.5h and the like");
    let (is_negative, number) = signed(text);
    let end = number.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(number.len());
    let (number, unit) = number.split_at_checked(end).ok_or_else(wrong)?;
    let scale: i128 = match unit.trim() {
        "ns" => 1,
        "us" | "µs" => 1_000,
        "ms" => 1_000_000,
        "" | "s" => SECOND.into(),
        "m" | "min" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        "d" => 86_400_000_000_000,
        _ => return Err(wrong()),
    };
    // Attoseconds and more of them than a unit has are more than any time needs.
    let nanos = decimal(number, 18).ok_or_else(wrong)?.checked_mul(scale).ok_or_else(wrong)?;
    let nanos = i64::try_from(nanos / 1_000_000_000_000_000_000).map_err(|_| wrong())?;
    Ok(if is_negative { nanos.saturating_neg() } else { nanos })
}

/// Reads a duration that two times may be apart.
pub(crate) fn span(text: &str) -> Result<i64, String> {
    let span = duration(text)?;
    let (is_negative, _) = signed(text);
    if is_negative { Err(format!("{text}: below zero")) } else { Ok(span) }
}

/// Reads a duration from which to which time goes on.
pub(crate) fn step(text: &str) -> Result<i64, String> {
    let step = duration(text)?;
    if step > 0 { Ok(step) } else { Err(format!("{text}: not above zero")) }
}

/// Reads a factor, in parts of a billion.
pub(crate) fn factor(text: &str) -> Result<i128, String> {
    // What is stretched more leaves the time that there is.
    const MOST: i128 = 1_000_000 * SECOND as i128;
    let factor = decimal(text, 9).filter(|factor| *factor <= MOST);
    let factor = factor.ok_or_else(|| format!("{text}: a factor is a number from 0 to 1000000"))?;
    // Nothing is zero but what is written so.
    let is_zero = text.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    if factor == 0 && !is_zero { Err(format!("{text}: less than a billionth")) } else { Ok(factor) }
}

/// Finds a time at the front of a line, as tcpdump and Wireshark print it there.
pub(crate) fn find(line: &[u8]) -> Option<Stamp> {
    let line = std::str::from_utf8(line).ok()?;
    let mut words = line.split_whitespace();
    let (first, second) = (words.next()?, words.next().unwrap_or_default());
    // The summary of a packet has its number in front of its time, which has a point or a colon.
    let is_time = |word: &&str| word.contains(['.', ':', '-']);
    stamp(&format!("{first} {second}")).or_else(|| {
        let mut words = [first, second].into_iter().filter(is_time);
        words.next().and_then(stamp)
    })
}

fn stamp(text: &str) -> Option<Stamp> {
    let is_dated = text.get(4..5) == Some("-") && text.get(7..8) == Some("-");
    if is_dated {
        let (date, rest) = text.split_at_checked(10)?;
        let time = rest.trim_start_matches(['T', ' ']);
        let (time, zone) = split_zone(time)?;
        let nanos = if time.is_empty() { 0 } else { of_day(time)? };
        let seconds = date_days(date)?.checked_mul(DAY)?.checked_sub(zone)?;
        return Some(Stamp::Dated(seconds.checked_mul(SECOND)?.checked_add(nanos)?));
    }
    if text.contains(':') {
        return of_day(text).map(Stamp::OfDay);
    }
    let (is_negative, digits) = signed(text);
    let nanos = i64::try_from(decimal(digits, 9)?).ok()?;
    Some(Stamp::Dated(if is_negative { nanos.saturating_neg() } else { nanos }))
}

/// Parts `12:00:00+01:00` and the like into the time and the seconds that its zone is ahead.
fn split_zone(text: &str) -> Option<(&str, i64)> {
    if let Some(time) = text.strip_suffix(['Z', 'z']) {
        return Some((time, 0));
    }
    let Some(at) = text.find(['+', '-']) else { return Some((text, 0)) };
    let (time, zone) = text.split_at_checked(at)?;
    let (is_behind, zone) = signed(zone);
    let (hours, minutes) = match zone.split_once(':') {
        Some(parts) => parts,
        None => zone.split_at_checked(2)?,
    };
    let minutes = if minutes.is_empty() { 0 } else { number(minutes, 59)? };
    let ahead = number(hours, 23)?.checked_mul(3600)?.checked_add(minutes.checked_mul(60)?)?;
    Some((time, if is_behind { ahead.saturating_neg() } else { ahead }))
}

/// Nanoseconds since midnight of `22:13:20.5`.
fn of_day(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, ':');
    let (hours, minutes) = (number(parts.next()?, 23)?, number(parts.next()?, 59)?);
    let seconds = parts.next().unwrap_or("0");
    // A leap second is the sixtieth.
    number(seconds.split('.').next()?, 60)?;
    let seconds = i64::try_from(decimal(seconds, 9)?).ok()?;
    let minutes = hours.checked_mul(60)?.checked_add(minutes)?;
    minutes.checked_mul(60)?.checked_mul(SECOND)?.checked_add(seconds)
}

/// Days since 1970 of `2023-11-14`, by the algorithm that `Timestamp` names.
fn date_days(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let (year, month, day) = (number(year, 2262)?, number(month, 12)?, number(day, 31)?);
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        0 => return None,
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if day == 0 || day > days {
        return None;
    }
    let year = if month > 2 { year } else { year.checked_sub(1)? };
    let month = if month > 2 { month.checked_sub(3)? } else { month.checked_add(9)? };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = month.checked_mul(153)?.checked_add(2)?.checked_div(5)?.checked_add(day)?;
    let leaps = of_era.checked_div(4)?.checked_sub(of_era.checked_div(100)?)?;
    let of_era = of_era.checked_mul(365)?.checked_add(leaps)?.checked_add(of_year)?;
    era.checked_mul(146_097)?.checked_add(of_era)?.checked_sub(719_469)
}

/// A number of digits and nothing else, up to a bound.
fn number(text: &str, most: i64) -> Option<i64> {
    let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| is_digits && *number <= most)
}

/// A decimal number, times ten to a power; digits beyond that are cut.
fn decimal(text: &str, digits: usize) -> Option<i128> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() && part.is_empty() || !is_digits(whole) || !is_digits(part) {
        return None;
    }
    let part = part.get(..digits).unwrap_or(part);
    format!("{whole}{part:0<digits$}").parse().ok()
}

fn signed(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

#[cfg(test)]
mod tests {
    use rheos::core::Timestamp;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let time = parse(text).map(|nanos| Timestamp::from_nanos(nanos).to_string());
        assert_eq!(time.as_deref(), Ok(expected), "{text}");
    }

    #[test]
    fn times_are_read_in_the_usual_forms() {
        let expected = "2023-11-14T22:13:20.500000000Z";
        for text in [
            "2023-11-14T22:13:20.5Z",
            "2023-11-14 22:13:20.5",
            "2023-11-14T23:13:20.500+01:00",
            "2023-11-14T16:43:20.5-0530",
            "1700000000.5",
        ] {
            check(text, expected);
        }
        check("2024-02-29", "2024-02-29T00:00:00.000000000Z");
        check("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000000Z");
        check("-0.5", "1969-12-31T23:59:59.500000000Z");
        check("2023-11-14T22:13", "2023-11-14T22:13:00.000000000Z");
    }

    #[test]
    fn what_is_no_time_is_said() {
        for text in ["", "now", "2023-13-01", "2023-11-14T24:00", "12:00:00", "7s", "2023-11-14T1"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn months_have_the_days_of_the_calendar() {
        for text in ["2023-02-29", "1900-02-29", "2024-02-30", "2023-04-31", "2023-01-00"] {
            assert!(parse(text).is_err(), "{text}");
        }
        check("2000-02-29", "2000-02-29T00:00:00.000000000Z");
        check("2023-12-31", "2023-12-31T00:00:00.000000000Z");
    }

    #[test]
    fn what_must_not_be_negative_is_not() {
        assert_eq!((span("0"), span("1.5ms"), step("1ns")), (Ok(0), Ok(1_500_000), Ok(1)));
        for text in ["-1s", "-0.0000000001", "-1ns", "", "1x"] {
            assert!(span(text).is_err() && step(text).is_err(), "{text}");
        }
        assert!(step("0").is_err() && step("0.0000000001").is_err());
    }

    #[test]
    fn durations_have_units() {
        for (text, nanos) in [
            ("1", SECOND),
            ("-0.5", -SECOND / 2),
            ("+10ms", 10_000_000),
            ("1.5h", 5_400 * SECOND),
            ("2d", 2 * DAY * SECOND),
            ("7ns", 7),
            ("0.0000000019", 1),
        ] {
            assert_eq!(duration(text), Ok(nanos), "{text}");
        }
        for text in ["", "-", "1x", "1e3", "h", "99999999999999999999"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn factors_are_decimal() {
        assert_eq!(factor("0.5"), Ok(500_000_000));
        assert_eq!(factor("2"), Ok(2_000_000_000));
        assert_eq!((factor("0"), factor("0.000000001")), (Ok(0), Ok(1)));
        for text in ["", "-1", "1e3", "1000001", "0.0000000001"] {
            assert!(factor(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_stand_in_front_of_dumped_packets() {
        let noon = 43_200 * SECOND;
        assert_eq!(find(b"12:00:00.000000 IP a > b"), Some(Stamp::OfDay(noon)));
        assert_eq!(find(b"1700000000.000005 IP"), Some(Stamp::Dated(1_700_000_000_000_005_000)));
        assert_eq!(find(b"1970-01-02 12:00:00.000000 IP"), Some(Stamp::Dated(129_600 * SECOND)));
        assert_eq!(find(b"   17 12:00:00.0 10.0.0.1"), Some(Stamp::OfDay(noon)));
        assert_eq!(find(b"Frame of 17 bytes"), None);
        assert_eq!(Stamp::OfDay(5).on(1), 86_400 * SECOND + 5);
    }
}
