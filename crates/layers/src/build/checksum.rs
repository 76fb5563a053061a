//! Checksums: the Internet's, [RFC 1071](https://www.rfc-editor.org/rfc/rfc1071), the pseudo-headers
//! that it covers, and what a checksum on the wire is worth.

use std::ops::Range;

use crate::{IpProtocol, Ipv4, Ipv6, Outer};

/// The checksum of a layer: as it is and as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksum {
    /// Its bytes in the layer, one, two or four of them, big-endian.
    pub place: Range<usize>,
    /// As it is.
    pub stored: u32,
    /// As it should be.
    pub computed: u32,
    /// The sender says that there is none.
    pub is_absent: bool,
}

/// What a checksum is worth, numbered as Wireshark does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ChecksumStatus {
    /// Not as it should be.
    Bad = 0,
    /// As it should be.
    Good = 1,
    /// What it covers is not all there, or cannot be known.
    Unverified = 2,
    /// The sender made none.
    NotPresent = 3,
}

impl Checksum {
    /// What it is worth.
    pub fn status(&self) -> ChecksumStatus {
        match (self.is_absent, self.stored == self.computed) {
            (true, _) => ChecksumStatus::NotPresent,
            (false, true) => ChecksumStatus::Good,
            (false, false) => ChecksumStatus::Bad,
        }
    }

    /// Writes it as it should be into the bytes of its layer.
    pub fn write(&self, layer: &mut [u8]) {
        let bytes = self.computed.to_be_bytes();
        let from = bytes.len().saturating_sub(self.place.len());
        let to = layer.get_mut(self.place.clone()).unwrap_or_default();
        to.iter_mut().zip(bytes.iter().skip(from)).for_each(|(to, byte)| *to = *byte);
    }
}

/// A sum of 16-bit words in one's complement, RFC 1071.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InternetSum(u64);

impl InternetSum {
    /// The sum of nothing.
    pub const fn new() -> Self {
        Self(0)
    }

    /// Adds bytes. An odd number of them is filled up with a zero, so that only the last may be odd.
    #[must_use]
    #[allow(clippy::arithmetic_side_effects, reason = "2^32 terms of 32 bits fit in 64 bits")]
    pub fn with(self, bytes: &[u8]) -> Self {
        /// Bytes a round: enough to keep the lanes of a vector unit busy.
        const ROUND: usize = 64;
        let (rounds, rest) = bytes.as_chunks::<ROUND>();
        let mut lanes = [0_u64; ROUND / 4];
        for round in rounds {
            let (words, _) = round.as_chunks::<4>();
            for (lane, word) in lanes.iter_mut().zip(words) {
                *lane += u64::from(u32::from_ne_bytes(*word));
            }
        }
        let (words, rest) = rest.as_chunks::<4>();
        let words = words.iter().map(|word| u64::from(u32::from_ne_bytes(*word)));
        let mut last = [0; 4];
        last.iter_mut().zip(rest).for_each(|(to, byte)| *to = *byte);
        let sum =
            lanes.iter().sum::<u64>() + words.sum::<u64>() + u64::from(u32::from_ne_bytes(last));
        Self(self.0 + (sum & 0xffff_ffff) + (sum >> 32))
    }

    /// Takes a word out again, such as the checksum that is among the bytes.
    #[must_use]
    pub fn without(self, word: impl Into<u16>) -> Self {
        self.with(&u16::to_be_bytes(!word.into()))
    }

    /// The checksum: the complement of the sum.
    #[allow(clippy::arithmetic_side_effects, reason = "sums of halves of one word")]
    #[allow(clippy::cast_possible_truncation, reason = "folded to 16 bits")]
    pub fn checksum(self) -> u16 {
        let mut sum = self.0;
        while sum > 0xffff {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        u16::from_be(!(sum as u16))
    }
}

/// The part of a network header that checksums of the layer behind it cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PseudoHeader {
    /// Source and destination, RFC 9293 section 3.1.
    V4([u8; 4], [u8; 4]),
    /// Source and final destination, RFC 8200 section 8.1.
    V6([u8; 16], [u8; 16]),
}

impl PseudoHeader {
    /// Of the nearest network layer around, unless that holds only a fragment of the payload.
    pub fn of(outer: &Outer<'_>) -> Option<Self> {
        outer.layers().rev().find_map(|span| {
            if let Some(ip) = outer.view::<Ipv4<'_>>(span) {
                return Some(Self::V4(ip.header.source, ip.header.destination));
            }
            let ip = outer.view::<Ipv6<'_>>(span)?;
            Some(Self::V6(ip.header.source, ip.header.destination))
        })
    }

    /// The sum that a checksum starts with.
    pub fn sum(&self, protocol: IpProtocol, length: usize) -> InternetSum {
        let length = u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
        let sum = InternetSum::new().with(&length).with(&[0, protocol.0]);
        match self {
            Self::V4(source, destination) => sum.with(source).with(destination),
            Self::V6(source, destination) => sum.with(source).with(destination),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_of_the_specification() {
        // RFC 1071, section 3.
        let sum = InternetSum::new().with(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]);
        assert_eq!(sum.checksum(), !0xddf2);
    }

    #[test]
    fn any_split_at_even_places_sums_the_same() {
        let bytes: Vec<u8> = (0..=255).cycle().take(1501).collect();
        let mut naive = 0_u32;
        for pair in bytes.chunks(2) {
            naive += u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0));
            naive = (naive & 0xffff) + (naive >> 16);
        }
        for split in (0..1500).step_by(2) {
            let (front, back) = bytes.split_at(split);
            assert_eq!(
                u32::from(InternetSum::new().with(front).with(back).checksum()),
                !naive & 0xffff
            );
        }
    }
}
