//! Whose bytes win where segments overlap that both wait for the bytes in front of them.

/// How a receiver settles an overlap of what it has not delivered yet.
///
/// Hosts differ, and who sends different bytes twice hopes that an observer takes others than the
/// receiver does. The rules are those that Novak and Sturges measured (*Target-Based TCP Stream
/// Reassembly*, 2007), as Snort and Suricata have them, and, for fragments of IP, Novak (*Target-Based
/// Fragmentation Reassembly*, 2005): a system may settle them in two ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OverlapPolicy {
    /// What came first stays.
    #[default]
    First,
    /// What comes last replaces.
    Last,
    /// BSD, also AIX and VMS: what comes later wins if it begins before the other.
    Bsd,
    /// HP `JetDirect`, for fragments: what comes later wins unless it begins before the other.
    BsdRight,
    /// Linux: what comes later wins if it begins before the other, and a segment of TCP also if it begins
    /// with it and ends behind it, a fragment if it begins with it.
    Linux,
    /// Windows 2000 to 2003: what comes later wins if it begins before the other, a fragment only if it
    /// ends behind it too.
    Windows,
    /// Solaris: a segment of TCP that comes later wins unless the other ends behind it, or begins before
    /// it and ends with it; a fragment if it begins before the other and does not end before it.
    Solaris,
}

/// From where to where a segment reaches, in bytes of its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reach {
    pub(crate) start: u64,
    pub(crate) end: u64,
}

impl OverlapPolicy {
    /// Whether the bytes of a segment of TCP replace those of an earlier one, where both have some.
    pub(crate) fn replaces(self, first: Reach, later: Reach) -> bool {
        match self {
            Self::First => false,
            Self::Last => true,
            Self::Bsd | Self::Windows => later.start < first.start,
            Self::BsdRight => later.start >= first.start,
            Self::Linux => {
                later.start < first.start || (later.start == first.start && later.end > first.end)
            }
            Self::Solaris => {
                !(first.end > later.end || (first.start < later.start && first.end == later.end))
            }
        }
    }

    /// The same of fragments.
    pub(crate) fn replaces_fragment(self, first: Reach, later: Reach) -> bool {
        match self {
            Self::First | Self::Last | Self::Bsd | Self::BsdRight => self.replaces(first, later),
            Self::Linux => later.start <= first.start,
            Self::Windows => later.start < first.start && later.end > first.end,
            Self::Solaris => later.start < first.start && later.end >= first.end,
        }
    }

    /// Whether it matters where the segments began and ended.
    pub(crate) fn knows_segments(self) -> bool {
        !matches!(self, Self::First | Self::Last)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::OverlapPolicy::{Bsd, BsdRight, First, Last, Linux, Solaris, Windows};
    use super::*;

    /// The columns of the table.
    pub(crate) const TABLE_POLICIES: [OverlapPolicy; 7] =
        [First, Last, Bsd, BsdRight, Linux, Windows, Solaris];

    /// How what comes later lies to the first, from 20 to 30, and who replaces it: a row for each of the
    /// nine ways, the later one's start and end before, at or behind those of the first.
    pub(crate) type Table = [((u64, u64), [bool; 7]); 9];

    /// Segments of TCP: Snort's `stream_tcp` and Suricata's `stream-tcp-list.c`, which name the paper.
    pub(crate) const SEGMENTS: Table = [
        ((10, 25), [false, true, true, false, true, true, false]), // begins before, ends before
        ((10, 30), [false, true, true, false, true, true, true]),  // begins before, ends with
        ((10, 35), [false, true, true, false, true, true, true]),  // covers
        ((20, 25), [false, true, false, true, false, false, false]), // begins with, ends before
        ((20, 30), [false, true, false, true, false, false, true]), // the same
        ((20, 35), [false, true, false, true, true, false, true]), // begins with, ends behind
        ((22, 25), [false, true, false, true, false, false, false]), // within
        ((22, 30), [false, true, false, true, false, false, false]), // begins behind, ends with
        ((22, 35), [false, true, false, true, false, false, true]), // begins behind, ends behind
    ];

    /// Fragments: Suricata's `defrag.c`, which names the paper.
    pub(crate) const FRAGMENTS: Table = [
        ((10, 25), [false, true, true, false, true, false, false]),
        ((10, 30), [false, true, true, false, true, false, true]),
        ((10, 35), [false, true, true, false, true, true, true]),
        ((20, 25), [false, true, false, true, true, false, false]),
        ((20, 30), [false, true, false, true, true, false, false]),
        ((20, 35), [false, true, false, true, true, false, false]),
        ((22, 25), [false, true, false, true, false, false, false]),
        ((22, 30), [false, true, false, true, false, false, false]),
        ((22, 35), [false, true, false, true, false, false, false]),
    ];

    type Rule = fn(OverlapPolicy, Reach, Reach) -> bool;

    #[test]
    fn each_cell_of_both_tables() {
        let first = Reach { start: 20, end: 30 };
        let rules: [Rule; 2] = [OverlapPolicy::replaces, OverlapPolicy::replaces_fragment];
        for (table, rule) in [SEGMENTS, FRAGMENTS].into_iter().zip(rules) {
            for ((start, end), expected) in table {
                let replaces =
                    TABLE_POLICIES.map(|policy| rule(policy, first, Reach { start, end }));
                assert_eq!(replaces, expected, "{start} to {end}");
            }
        }
    }
}
