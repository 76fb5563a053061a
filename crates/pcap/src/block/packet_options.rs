//! What the options of a packet say, section 4.3: flags, hashes and verdicts.

use rheos_core::Direction;

use crate::order::ByteOrder;

/// Flags of a packet, section 4.3.1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PacketFlags(pub u32);

/// To whom a packet was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reception {
    /// Nothing is said, or something that the draft does not know.
    Unspecified,
    /// To this machine.
    Unicast,
    /// To a group.
    Multicast,
    /// To all.
    Broadcast,
    /// To another machine.
    Promiscuous,
}

impl PacketFlags {
    /// The checksum was left to the hardware.
    pub const CHECKSUM_NOT_READY: u32 = 1 << 9;
    /// The checksum has been found right.
    pub const CHECKSUM_VALID: u32 = 1 << 10;
    /// Several segments of TCP in one, as the hardware joins or cuts them.
    pub const SEGMENTATION_OFFLOADED: u32 = 1 << 11;

    /// Whether it came or went.
    pub fn direction(self) -> Direction {
        match self.0 & 3 {
            1 => Direction::Inbound,
            2 => Direction::Outbound,
            _ => Direction::Unknown,
        }
    }

    /// To whom it was sent.
    pub fn reception(self) -> Reception {
        match self.0 >> 2 & 7 {
            1 => Reception::Unicast,
            2 => Reception::Multicast,
            3 => Reception::Broadcast,
            4 => Reception::Promiscuous,
            _ => Reception::Unspecified,
        }
    }

    /// Bytes of the frame check sequence behind it, if that is said.
    pub fn fcs_length(self) -> Option<u8> {
        match self.0.to_le_bytes() {
            [low, high, ..] => match low >> 5 | (high & 1) << 3 {
                0 => None,
                length => Some(length),
            },
        }
    }

    /// What the link layer found wrong, by bit: 8 is a checksum, 9 too long, 10 too short, 11 the gap
    /// between frames, 12 alignment, 13 the start of the frame, 14 the preamble, 15 a symbol.
    pub fn errors(self) -> u16 {
        let [.., low, high] = self.0.to_le_bytes();
        u16::from_le_bytes([low, high])
    }
}

/// A hash of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PacketHash<'a> {
    /// The algorithm: 0 the complement, 1 exclusive or, 2 CRC-32, 3 MD5, 4 SHA-1, 5 Toeplitz.
    pub algorithm: u8,
    /// The hash.
    pub value: &'a [u8],
}

impl<'a> PacketHash<'a> {
    pub(crate) fn parse(value: &'a [u8]) -> Option<Self> {
        value.split_first().map(|(&algorithm, value)| Self { algorithm, value })
    }
}

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict<'a> {
    /// What hardware said of it.
    Hardware(&'a [u8]),
    /// What traffic control of Linux said: a number of `TC_ACT`.
    TrafficControl(u64),
    /// What the express data path of Linux said: a number of `xdp_action`.
    ExpressDataPath(u64),
    /// Who said it, and what: another authority, or a value of another length.
    Other(u8, &'a [u8]),
}

impl<'a> Verdict<'a> {
    pub(crate) fn parse(order: ByteOrder, value: &'a [u8]) -> Option<Self> {
        let (&kind, value) = value.split_first()?;
        let number = value.try_into().map(|bytes| order.u64(bytes)).ok();
        Some(match (kind, number) {
            (0, _) => Self::Hardware(value),
            (1, Some(number)) => Self::TrafficControl(number),
            (2, Some(number)) => Self::ExpressDataPath(number),
            _ => Self::Other(kind, value),
        })
    }
}
