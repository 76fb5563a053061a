//! Which packet of one capture is which of the other.
//!
//! Packets that are there once in each are the fixed points, as many of them as stand in the same
//! order (patience diff). Between them, packets are taken together from both ends while they are
//! equal; what is left then is paired by its time, and else in its order if there are as many on
//! both sides.

use std::collections::HashMap;

/// What is compared of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Print {
    /// Of its bytes: no two have the same.
    pub(super) hash: u128,
    /// Nanoseconds.
    pub(super) time: i64,
}

/// What became of packets, by their places from zero, in an order that fits both captures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The same bytes.
    Same(usize, usize),
    /// Perhaps the same packet with other bytes.
    Pair(usize, usize),
    /// Only in the first.
    Removed(usize),
    /// Only in the second.
    Added(usize),
}

/// Aligns two captures.
pub(super) fn align(a: &[Print], b: &[Print]) -> Vec<Step> {
    let mut steps = Vec::with_capacity(a.len().max(b.len()));
    let (mut next_a, mut next_b) = (0, 0);
    for (at_a, at_b) in fixed_points(a, b).into_iter().chain([(a.len(), b.len())]) {
        between(a, b, (next_a, at_a), (next_b, at_b), &mut steps);
        if at_a < a.len() && at_b < b.len() {
            steps.push(Step::Same(at_a, at_b));
        }
        (next_a, next_b) = (at_a.saturating_add(1), at_b.saturating_add(1));
    }
    steps
}

/// Places of packets that are there once in each, as many as stand in the same order.
fn fixed_points(a: &[Print], b: &[Print]) -> Vec<(usize, usize)> {
    let once = |all: &[Print]| {
        let mut places = HashMap::with_capacity(all.len());
        for (place, print) in all.iter().enumerate() {
            places.entry(print.hash).and_modify(|at| *at = None).or_insert(Some(place));
        }
        places
    };
    let in_b = once(b);
    let in_a = once(a);
    let is_once = |print: &&(usize, &Print)| in_a.get(&print.1.hash).copied().flatten().is_some();
    let pairs: Vec<(usize, usize)> = a
        .iter()
        .enumerate()
        .filter(|print| is_once(&print))
        .filter_map(|(place, print)| Some((place, in_b.get(&print.hash).copied().flatten()?)))
        .collect();
    longest_rising(&pairs)
}

/// The longest part of pairs in which the second of each rises as the first does.
fn longest_rising(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // The last pair of the best part of each length, and the pair in front of each.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    let second = |place: usize| pairs.get(place).map_or(usize::MAX, |pair| pair.1);
    for place in 0..pairs.len() {
        let length = ends.partition_point(|end| second(*end) < second(place));
        before.push(length.checked_sub(1).and_then(|length| ends.get(length).copied()));
        match ends.get_mut(length) {
            Some(end) => *end = place,
            None => ends.push(place),
        }
    }
    let mut rising = Vec::with_capacity(ends.len());
    let mut place = ends.last().copied();
    while let Some(at) = place {
        rising.extend(pairs.get(at));
        place = before.get(at).copied().flatten();
    }
    rising.reverse();
    rising
}

/// Aligns what stands between two fixed points.
fn between(
    a: &[Print],
    b: &[Print],
    (mut start_a, mut end_a): (usize, usize),
    (mut start_b, mut end_b): (usize, usize),
    steps: &mut Vec<Step>,
) {
    let is_same = |at_a: usize, at_b: usize| match (a.get(at_a), b.get(at_b)) {
        (Some(a), Some(b)) => a.hash == b.hash,
        _ => false,
    };
    while start_a < end_a && start_b < end_b && is_same(start_a, start_b) {
        steps.push(Step::Same(start_a, start_b));
        (start_a, start_b) = (start_a.saturating_add(1), start_b.saturating_add(1));
    }
    let mut behind = Vec::new();
    while start_a < end_a
        && start_b < end_b
        && is_same(end_a.saturating_sub(1), end_b.saturating_sub(1))
    {
        (end_a, end_b) = (end_a.saturating_sub(1), end_b.saturating_sub(1));
        behind.push(Step::Same(end_a, end_b));
    }
    by_time(a, b, (start_a, end_a), (start_b, end_b), steps);
    steps.extend(behind.into_iter().rev());
}

/// Pairs packets of the same time, in their order.
fn by_time(
    a: &[Print],
    b: &[Print],
    (mut start_a, end_a): (usize, usize),
    (mut start_b, end_b): (usize, usize),
    steps: &mut Vec<Step>,
) {
    // The places in the second of each time, last first.
    let mut places: HashMap<i64, Vec<usize>> = HashMap::new();
    for place in (start_b..end_b).rev() {
        if let Some(print) = b.get(place) {
            places.entry(print.time).or_default().push(place);
        }
    }
    let mut pairs = Vec::new();
    for place in start_a..end_a {
        let of_time = a.get(place).and_then(|print| places.get_mut(&print.time));
        if let Some(other) = of_time.and_then(Vec::pop) {
            pairs.push((place, other));
        }
    }
    for (at_a, at_b) in longest_rising(&pairs) {
        in_order((start_a, at_a), (start_b, at_b), steps);
        let is_same = a.get(at_a).zip(b.get(at_b)).is_some_and(|(a, b)| a.hash == b.hash);
        steps.push(if is_same { Step::Same(at_a, at_b) } else { Step::Pair(at_a, at_b) });
        (start_a, start_b) = (at_a.saturating_add(1), at_b.saturating_add(1));
    }
    in_order((start_a, end_a), (start_b, end_b), steps);
}

/// Pairs packets by their order if there are as many on both sides.
fn in_order(a: (usize, usize), b: (usize, usize), steps: &mut Vec<Step>) {
    if a.1.saturating_sub(a.0) == b.1.saturating_sub(b.0) {
        steps.extend((a.0..a.1).zip(b.0..b.1).map(|(a, b)| Step::Pair(a, b)));
    } else {
        steps.extend((a.0..a.1).map(Step::Removed));
        steps.extend((b.0..b.1).map(Step::Added));
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "tests count few packets")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Packets of a letter each, of times that rise by one.
    fn prints(letters: &str) -> Vec<Print> {
        let prints = (0..).zip(letters.chars());
        prints.map(|(time, c)| Print { hash: u128::from(u32::from(c)), time }).collect()
    }

    #[track_caller]
    fn check(a: &str, b: &str, expected: &str) {
        let steps = align(&prints(a), &prints(b));
        let text: Vec<_> = steps
            .iter()
            .map(|step| match step {
                Step::Same(..) => "=",
                Step::Pair(..) => "~",
                Step::Removed(_) => "-",
                Step::Added(_) => "+",
            })
            .collect();
        assert_eq!(text.concat(), expected, "{a} {b}");
    }

    #[test]
    fn packets_that_went_and_came_are_found() {
        check("abcdef", "abcdef", "======");
        check("abcdef", "abdef", "==-===");
        check("abdef", "abcdef", "==+===");
        check("", "ab", "++");
        check("ab", "", "--");
        check("", "", "");
    }

    #[test]
    fn a_packet_in_the_place_of_another_is_a_pair() {
        check("abcdef", "abXdef", "==~===");
        check("abc", "XYZ", "~~~");
    }

    #[test]
    fn equal_packets_are_no_fixed_points_and_stay_equal() {
        check("aaaa", "aaa", "===-");
        check("xaay", "xaaay", "===+=");
    }

    #[test]
    fn a_packet_that_moved_went_and_came() {
        check("abcdef", "bcdefa", "-=====+");
    }

    proptest! {
        /// Every packet is in one step, and the steps are in the order of both captures.
        #[test]
        fn every_packet_is_told_once_and_in_order(a in "[a-f]{0,30}", b in "[a-f]{0,30}") {
            let (mut next_a, mut next_b) = (0, 0);
            for step in align(&prints(&a), &prints(&b)) {
                let (at_a, at_b) = match step {
                    Step::Same(a, b) | Step::Pair(a, b) => (Some(a), Some(b)),
                    Step::Removed(a) => (Some(a), None),
                    Step::Added(b) => (None, Some(b)),
                };
                if let Some(at) = at_a {
                    prop_assert_eq!(at, next_a);
                    next_a += 1;
                }
                if let Some(at) = at_b {
                    prop_assert_eq!(at, next_b);
                    next_b += 1;
                }
            }
            prop_assert_eq!((next_a, next_b), (a.len(), b.len()));
        }
    }
}
