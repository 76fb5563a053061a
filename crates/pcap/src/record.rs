//! A packet that has been found, before it is lent.

use std::ops::Range;

use rheos_core::{Direction, LinkType, RawPacket, Timestamp};

use crate::block::options;
use crate::order::ByteOrder;

/// A packet in the window: what is said of it, and where in its record or block the bytes are.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) length: usize,
    pub(crate) data: Range<usize>,
    pub(crate) options: Range<usize>,
    pub(crate) order: ByteOrder,
    pub(crate) timestamp: Timestamp,
    pub(crate) link_type: LinkType,
    pub(crate) original_length: u32,
    pub(crate) interface: u32,
    pub(crate) direction: Direction,
}

impl Record {
    /// The packet in the bytes of its record or block.
    #[inline]
    pub(crate) fn packet(self, bytes: &[u8]) -> RawPacket<'_> {
        RawPacket {
            timestamp: self.timestamp,
            link_type: self.link_type,
            original_length: self.original_length,
            interface: self.interface,
            direction: self.direction,
            comments: options::comments(self.order, bytes.get(self.options).unwrap_or_default()),
            data: bytes.get(self.data).unwrap_or_default(),
        }
    }
}
