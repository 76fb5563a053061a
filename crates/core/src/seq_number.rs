//! TCP sequence numbers, which wrap, [RFC 9293](https://www.rfc-editor.org/rfc/rfc9293) section 3.4.

use std::fmt;
use std::ops::{Add, Sub};

/// A sequence number: a place on a circle of 2^32.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SeqNumber(pub u32);

impl SeqNumber {
    /// Whether this place comes before `other`, each less than half the circle away from the other.
    #[inline]
    pub fn is_before(self, other: Self) -> bool {
        self.distance(other) < 0
    }

    /// How many bytes this place lies behind `other`; negative if it comes before.
    #[inline]
    pub const fn distance(self, other: Self) -> i32 {
        self.0.wrapping_sub(other.0).cast_signed()
    }

    /// The later of two places.
    #[inline]
    #[must_use]
    pub fn later(self, other: Self) -> Self {
        if self.is_before(other) { other } else { self }
    }
}

impl Add<u32> for SeqNumber {
    type Output = Self;

    #[inline]
    fn add(self, bytes: u32) -> Self {
        Self(self.0.wrapping_add(bytes))
    }
}

impl Sub for SeqNumber {
    type Output = i32;

    /// The [distance](Self::distance) from `other`.
    #[inline]
    fn sub(self, other: Self) -> i32 {
        self.distance(other)
    }
}

impl fmt::Display for SeqNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // gopacket defect 1
    #[test]
    fn the_difference_across_the_wrap_is_exact() {
        assert_eq!(SeqNumber(0) - SeqNumber(u32::MAX), 1);
        assert_eq!(SeqNumber(u32::MAX) - SeqNumber(0), -1);
        assert_eq!(SeqNumber(u32::MAX) + 3, SeqNumber(2));
    }

    #[test]
    fn order_holds_across_the_wrap() {
        assert!(SeqNumber(u32::MAX).is_before(SeqNumber(0)));
        assert!(!SeqNumber(7).is_before(SeqNumber(7)));
        assert_eq!(SeqNumber(u32::MAX - 5).later(SeqNumber(4)), SeqNumber(4));
    }
}
