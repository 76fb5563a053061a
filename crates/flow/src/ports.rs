//! Sets of ports, by which keys are picked out.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// Ports, one by one and in ranges: what is asked of a key in a predicate.
///
/// ```
/// use std::time::Duration;
/// use rheos_flow::{FiveTuple, FlowTracker, PortSet};
///
/// let ports: PortSet = "53,853,5000-5999".parse()?;
/// assert!(ports.contains(5353) && !ports.contains(80));
/// assert_eq!(ports, PortSet::from_iter([5000..=5999, 53..=53, 853..=853]));
///
/// let mut tracker: FlowTracker<_> = FlowTracker::new(FiveTuple::default());
/// tracker.set_idle_timeout_fn(move |key, _| {
///     key.either_port_in(&ports).then_some(Duration::from_secs(10))
/// });
/// # Ok::<(), rheos_flow::PortSetError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PortSet {
    /// First and last of each range, in order, with gaps between them.
    ranges: Vec<(u16, u16)>,
}

impl PortSet {
    /// Whether a port is in the set.
    pub fn contains(&self, port: u16) -> bool {
        let behind = self.ranges.partition_point(|&(first, _)| first <= port);
        let range = behind.checked_sub(1).and_then(|place| self.ranges.get(place));
        range.is_some_and(|&(_, last)| port <= last)
    }

    /// Whether there is no port in the set.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The ranges in order, with gaps between them.
    pub fn ranges(&self) -> impl Iterator<Item = RangeInclusive<u16>> {
        self.ranges.iter().map(|&(first, last)| first..=last)
    }
}

impl FromIterator<RangeInclusive<u16>> for PortSet {
    fn from_iter<I: IntoIterator<Item = RangeInclusive<u16>>>(ranges: I) -> Self {
        let ends = ranges.into_iter().map(|range| (*range.start(), *range.end()));
        let mut given: Vec<_> = ends.filter(|(first, last)| first <= last).collect();
        given.sort_unstable();
        let mut ranges: Vec<(u16, u16)> = Vec::with_capacity(given.len());
        for (first, last) in given {
            match ranges.last_mut() {
                Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
                _ => ranges.push((first, last)),
            }
        }
        Self { ranges }
    }
}

impl FromIterator<u16> for PortSet {
    fn from_iter<I: IntoIterator<Item = u16>>(ports: I) -> Self {
        ports.into_iter().map(|port| port..=port).collect()
    }
}

impl FromStr for PortSet {
    type Err = PortSetError;

    /// Reads ports and ranges with commas between them: `53,5000-5999`.
    fn from_str(text: &str) -> Result<Self, PortSetError> {
        let ranges = text.split(',').map(|item| {
            let (first, last) = item.split_once('-').unwrap_or((item, item));
            let number = |text: &str| text.trim().parse::<u16>().ok();
            let ends = number(first).zip(number(last)).filter(|(first, last)| first <= last);
            let (first, last) = ends.ok_or_else(|| PortSetError { item: item.into() })?;
            Ok(first..=last)
        });
        ranges.collect()
    }
}

impl fmt::Display for PortSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (first, last)) in self.ranges.iter().enumerate() {
            f.write_str(if place == 0 { "" } else { "," })?;
            if first == last { write!(f, "{first}")? } else { write!(f, "{first}-{last}")? }
        }
        Ok(())
    }
}

/// What is neither a port nor a range of ports.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{item:?} is neither a port nor a range of ports such as 5000-5999")]
pub struct PortSetError {
    item: Box<str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_touch_or_overlap_are_one() {
        let set = PortSet::from_iter([10..=20, 15..=30, 31..=40, 42..=42, 0..=0, 65535..=65535]);
        assert_eq!(set.to_string(), "0,10-40,42,65535");
        for (port, expected) in
            [(0, true), (1, false), (9, false), (10, true), (40, true), (41, false), (65535, true)]
        {
            assert_eq!(set.contains(port), expected, "{port}");
        }
        assert!(!PortSet::default().contains(0) && PortSet::default().is_empty());
        assert!((0..=u16::MAX).all(|port| PortSet::from_iter([0..=u16::MAX]).contains(port)));
    }

    #[test]
    fn what_is_no_port_is_named() {
        for (text, item) in
            [("80,x", "x"), ("80-70", "80-70"), ("", ""), ("1,65536", "65536"), ("-5", "-5")]
        {
            let error = text.parse::<PortSet>().unwrap_err();
            assert!(error.to_string().starts_with(&format!("{item:?} is")), "{error}");
        }
        assert_eq!(" 80 , 443".parse::<PortSet>().unwrap(), PortSet::from_iter([443_u16, 80]));
    }
}
