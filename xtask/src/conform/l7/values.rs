//! Values of fields on both sides, and how many of them are equal.

use std::collections::BTreeMap;

/// Values by the names of their fields, each with how often it is there.
#[derive(Debug, Default)]
pub(crate) struct Values(BTreeMap<&'static str, BTreeMap<String, u64>>);

/// How many values there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    /// On their side.
    pub(super) theirs: u64,
    /// On ours.
    pub(super) ours: u64,
    /// On both.
    pub(super) equal: u64,
    /// On one side, and known why.
    pub(super) explained: u64,
    /// Those of them that are on their side, and against an RFC.
    pub(super) against: u64,
}

/// A value that one side has more often.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Surplus<'a> {
    pub(super) value: &'a str,
    pub(super) theirs: u64,
    pub(super) ours: u64,
}

impl Values {
    /// A value more.
    pub(crate) fn add(&mut self, field: &'static str, value: impl Into<String>) {
        *self.0.entry(field).or_default().entry(value.into()).or_default() += 1;
    }

    /// Takes over values of which the other has more, but for those of a field.
    pub(super) fn take_most(&mut self, other: Self, but: &str) {
        for (field, values) in other.0.into_iter().filter(|(field, _)| *field != but) {
            let own = self.0.entry(field).or_default();
            for (value, times) in values {
                let own = own.entry(value).or_default();
                *own = times.max(*own);
            }
        }
    }

    pub(super) fn has(&self, field: &str) -> bool {
        self.0.contains_key(field)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many values of a field both sides have, of those of either, and which one has more often.
    pub(super) fn compare<'a>(&'a self, ours: &'a Self, field: &str) -> (Count, Vec<Surplus<'a>>) {
        let none = BTreeMap::new();
        let [theirs, ours] = [self, ours].map(|values| values.0.get(field));
        let only_ours = ours.into_iter().flatten();
        let only_ours =
            only_ours.filter(|(value, _)| !theirs.unwrap_or(&none).contains_key(*value));
        let (mut count, mut surplus) = (Count::default(), Vec::new());
        for (value, _) in theirs.into_iter().flatten().chain(only_ours) {
            let [theirs, ours] = [theirs, ours].map(|values| {
                values.and_then(|values| values.get(value)).copied().unwrap_or_default()
            });
            count.theirs += theirs;
            count.ours += ours;
            count.equal += theirs.min(ours);
            if theirs != ours {
                surplus.push(Surplus { value, theirs, ours });
            }
        }
        (count, surplus)
    }
}

impl Count {
    pub(super) fn add(&mut self, other: Self) {
        self.theirs += other.theirs;
        self.ours += other.ours;
        self.equal += other.equal;
        self.explained += other.explained;
        self.against += other.against;
    }

    /// How many are on one side only, and nobody knows why.
    pub(super) fn unexplained(self) -> u64 {
        self.theirs + self.ours - 2 * self.equal - self.explained
    }

    /// The part of their values that is ours too, in hundredths of a per cent, rounded down.
    pub(super) fn share(self) -> u64 {
        part(self.equal, self.theirs)
    }

    /// The part of those of their values that are not against an RFC.
    pub(super) fn share_by_rfc(self) -> u64 {
        part(self.equal, self.theirs - self.against)
    }
}

/// A part in hundredths of a per cent.
fn part(part: u64, whole: u64) -> u64 {
    (10_000 * part).checked_div(whole).unwrap_or(10_000)
}

impl Surplus<'_> {
    /// How both sides are shown: the side that has the value less often lacks it.
    pub(super) fn sides(&self) -> [&str; 2] {
        let absent = "absent";
        if self.theirs > self.ours { [self.value, absent] } else { [absent, self.value] }
    }

    pub(super) fn times(&self) -> u64 {
        self.theirs.abs_diff(self.ours)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_on_both_sides() {
        let (mut theirs, mut ours) = (Values::default(), Values::default());
        ["a", "a", "b"].into_iter().for_each(|value| theirs.add("f", value));
        ["a", "b", "c"].into_iter().for_each(|value| ours.add("f", value));
        let (count, surplus) = theirs.compare(&ours, "f");
        assert_eq!(count, Count { theirs: 3, ours: 3, equal: 2, explained: 0, against: 0 });
        assert_eq!((count.unexplained(), count.share(), count.share_by_rfc()), (2, 6666, 6666));
        let count = Count { explained: 1, against: 1, ..count };
        assert_eq!((count.unexplained(), count.share(), count.share_by_rfc()), (1, 6666, 10_000));
        let sides = surplus.iter().map(|surplus| (surplus.sides(), surplus.times()));
        assert!(sides.eq([(["a", "absent"], 1), (["absent", "c"], 1)]));
    }

    #[test]
    fn of_two_ways_that_which_says_more_counts() {
        let (mut whole, mut heads) = (Values::default(), Values::default());
        ["a", "a"].into_iter().for_each(|value| whole.add("f", value));
        ["a", "b"].into_iter().for_each(|value| heads.add("f", value));
        heads.add("body", "1");
        whole.take_most(heads, "body");
        let mut both = Values::default();
        ["a", "a", "b"].into_iter().for_each(|value| both.add("f", value));
        assert_eq!(whole.compare(&both, "f").0.equal, 3);
        assert!(!whole.has("body"));
    }
}
