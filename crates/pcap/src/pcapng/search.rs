//! Blocks among damage, and those that describe others: what is looked for besides packets.

use std::io::Read;

use super::{FRAME, PcapNg};
use crate::block::BlockType;
use crate::block::section::BYTE_ORDER_MAGIC;
use crate::buffer::Buffer;
use crate::error::Error;
use crate::order::ByteOrder;

/// The longest block that is looked for among damage: four times the longest packet of libpcap.
const PLAUSIBLE_LENGTH: usize = 0x10_0000;

impl PcapNg {
    /// Reads the block at the front for what it says of those behind it; whether there is one.
    pub(crate) fn describe<R: Read>(&mut self, buffer: &mut Buffer<R>) -> Result<bool, Error> {
        match self.next_block(buffer, 1)? {
            Some(framed) => {
                buffer.take(framed.length);
                Ok(framed.kind.is_some_and(Self::describes))
            }
            None => Ok(false),
        }
    }

    /// Whether blocks of this type say something of those behind them.
    pub(crate) fn describes(kind: BlockType) -> bool {
        matches!(kind, BlockType::SECTION | BlockType::INTERFACE)
    }

    /// The first fault of a block that was whole, since last asked.
    pub(crate) fn take_fault(&mut self) -> Option<Error> {
        self.fault.take()
    }

    /// Bytes of blocks that were whole and could not be read, since last asked.
    pub(crate) fn take_passed_over(&mut self) -> u64 {
        std::mem::take(&mut self.passed_over)
    }

    /// Whether a block seems to start at the front of the window.
    pub(crate) fn plausible<R: Read>(
        &mut self,
        buffer: &mut Buffer<R>,
        packet: u64,
    ) -> Result<bool, Error> {
        // Where the damage has taken the start of a section, its order is not known.
        let orders = [self.order, self.order.other()];
        let known = if self.sections == 0 { 2 } else { 1 };
        for order in orders.into_iter().take(known) {
            if Self::plausible_in(order, buffer, packet)? {
                self.order = order;
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn plausible_in<R: Read>(
        order: ByteOrder,
        buffer: &mut Buffer<R>,
        packet: u64,
    ) -> Result<bool, Error> {
        let ([kind, length, magic], _) = order.words(buffer.window()).unwrap_or_default();
        let (order, length) = match (kind, magic) {
            (kind, BYTE_ORDER_MAGIC) if kind == BlockType::SECTION.0 => (order, length),
            (kind, magic) if kind == BlockType::SECTION.0 => {
                if magic.swap_bytes() != BYTE_ORDER_MAGIC {
                    return Ok(false);
                }
                (order.other(), length.swap_bytes())
            }
            _ => (order, length),
        };
        let known = kind != 0 && BlockType(kind).name().is_some();
        let length = length as usize;
        if !known || !length.is_multiple_of(4) || !(FRAME..=PLAUSIBLE_LENGTH).contains(&length) {
            return Ok(false);
        }
        if !buffer.has(length, packet)? {
            return Ok(false);
        }
        let end = buffer.window().get(length.saturating_sub(4)..length);
        let trailer = end.and_then(|end| order.words(end)).map(|([trailer], _)| trailer as usize);
        Ok(trailer == Some(length))
    }

    /// The fewest bytes of a block.
    pub(crate) const fn smallest() -> usize {
        FRAME
    }
}
