//! Chunks that acknowledge: `SACK`, [RFC 9260](https://www.rfc-editor.org/rfc/rfc9260) section
//! 3.3.4, and `NR-SACK` of
//! [multipath SCTP](https://datatracker.ietf.org/doc/html/draft-tuexen-tsvwg-sctp-multipath).

use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::tlv::{take_slice, take_u16, take_u32};

/// Which data has come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SctpSack<'a> {
    pub cumulative_tsn_ack: u32,
    /// Advertised receiver window credit, in bytes.
    pub a_rwnd: u32,
    pub gap_ack_blocks: &'a [SctpGapAckBlock],
    pub duplicate_tsns: &'a [U32],
}

/// Which data has come in, and which of it for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SctpNrSack<'a> {
    pub cumulative_tsn_ack: u32,
    /// Advertised receiver window credit, in bytes.
    pub a_rwnd: u32,
    pub reserved: u16,
    /// Blocks that the receiver may still drop.
    pub gap_ack_blocks: &'a [SctpGapAckBlock],
    /// Blocks that it will not drop.
    pub nr_gap_ack_blocks: &'a [SctpGapAckBlock],
    pub duplicate_tsns: &'a [U32],
}

/// A run of data behind a gap, both ends included, counted from the cumulative TSN.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct SctpGapAckBlock {
    pub start: U16,
    pub end: U16,
}

impl<'a> SctpSack<'a> {
    /// Reads the value of a chunk, which must have the blocks that it counts.
    pub(super) fn read(mut rest: &'a [u8]) -> Option<Self> {
        let (cumulative_tsn_ack, a_rwnd) = (take_u32(&mut rest)?, take_u32(&mut rest)?);
        let (blocks, duplicates) = (take_u16(&mut rest)?, take_u16(&mut rest)?);
        let gap_ack_blocks = take_slice(&mut rest, blocks.into())?;
        let duplicate_tsns = take_slice(&mut rest, duplicates.into())?;
        Some(Self { cumulative_tsn_ack, a_rwnd, gap_ack_blocks, duplicate_tsns })
    }
}

impl<'a> SctpNrSack<'a> {
    /// Reads the value of a chunk, which must have the blocks that it counts.
    pub(super) fn read(mut rest: &'a [u8]) -> Option<Self> {
        let (cumulative_tsn_ack, a_rwnd) = (take_u32(&mut rest)?, take_u32(&mut rest)?);
        let (blocks, nr_blocks) = (take_u16(&mut rest)?, take_u16(&mut rest)?);
        let (duplicates, reserved) = (take_u16(&mut rest)?, take_u16(&mut rest)?);
        Some(Self {
            cumulative_tsn_ack,
            a_rwnd,
            reserved,
            gap_ack_blocks: take_slice(&mut rest, blocks.into())?,
            nr_gap_ack_blocks: take_slice(&mut rest, nr_blocks.into())?,
            duplicate_tsns: take_slice(&mut rest, duplicates.into())?,
        })
    }
}
