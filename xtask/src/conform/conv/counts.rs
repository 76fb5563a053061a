//! Packets and bytes of conversations.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;

/// A conversation: its table, and its ends in order.
pub(super) type Ends = (&'static str, String, String);

/// What was sent from the first end to the second, and back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) there: Way,
    pub(super) back: Way,
}

/// What was sent one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) packets: u64,
    /// What the bytes may be, of which tshark prints thousands.
    pub(super) bytes: RangeInclusive<u64>,
}

pub(super) type Conversations = BTreeMap<Ends, Counts>;

impl Default for Way {
    fn default() -> Self {
        Self { packets: 0, bytes: 0..=0 }
    }
}

impl Way {
    fn add(&mut self, other: &Self) {
        self.packets += other.packets;
        let (start, end) = (self.bytes.start(), self.bytes.end());
        self.bytes = start + other.bytes.start()..=end + other.bytes.end();
    }

    /// Whether an exact number is this, as exactly as it is known.
    pub(super) fn holds(&self, exact: &Self) -> bool {
        self.packets == exact.packets && self.bytes.contains(exact.bytes.start())
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { packets, bytes } = self;
        match (bytes.start(), bytes.end()) {
            (start, end) if start == end => write!(f, "{packets}/{start}"),
            (start, end) => write!(f, "{packets}/{start}..{end}"),
        }
    }
}

impl Counts {
    pub(super) fn holds(&self, exact: &Self) -> bool {
        self.there.holds(&exact.there) && self.back.holds(&exact.back)
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.there, self.back)
    }
}

/// Adds to the conversation between two ends, which may be named in either order. Both ways are one
/// where the ends are the same.
pub(super) fn add(
    found: &mut Conversations,
    table: &'static str,
    [a, b]: [String; 2],
    there: &Way,
    back: &Way,
) {
    let (is_turned, is_same) = (b < a, a == b);
    let ends = if is_turned { (table, b, a) } else { (table, a, b) };
    let counts = found.entry(ends).or_default();
    let (there, back) = if is_turned { (back, there) } else { (there, back) };
    counts.there.add(there);
    if is_same { &mut counts.there } else { &mut counts.back }.add(back);
}
