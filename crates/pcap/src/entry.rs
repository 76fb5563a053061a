//! Blocks as the reader lends them, and those that stand for the headers of other formats.

use std::ops::Range;

use rheos_core::{Direction, RawPacket};

use crate::block::{
    Block, BlockType, EnhancedPacket, Entry, InterfaceDescription, Options, Section,
};
use crate::clock::Resolution;
use crate::error::Error;
use crate::interface::Interface;
use crate::order::ByteOrder;
use crate::pcap::PcapHeader;
use crate::record::Record;

/// A block in the window.
pub(crate) struct Framed {
    pub(crate) length: usize,
    /// Its type; `None` for a packet of a format without blocks.
    pub(crate) kind: Option<BlockType>,
    pub(crate) order: ByteOrder,
    pub(crate) body: Range<usize>,
    /// Snap length of the section's first interface, 0 for none.
    pub(crate) snap_length: u32,
    /// The packet in it.
    pub(crate) record: Option<Record>,
}

impl Framed {
    /// A packet of a format without blocks.
    pub(crate) fn of_record(record: Record) -> Self {
        Self {
            length: record.length,
            kind: None,
            order: record.order,
            body: 0..0,
            snap_length: 0,
            record: Some(record),
        }
    }

    /// The block in its bytes. `resolution` is that of a format without blocks.
    pub(crate) fn entry(self, offset: u64, bytes: &[u8], resolution: Resolution) -> Entry<'_> {
        let order = self.order;
        let packet = self.record.map(|record| record.packet(bytes));
        let block = match (self.kind, &packet) {
            (None, Some(packet)) => Block::EnhancedPacket(enhanced(order, resolution, packet)),
            (kind, _) => {
                let body = bytes.get(self.body).unwrap_or_default();
                Block::parse(order, kind.unwrap_or(BlockType(0)), body, self.snap_length)
            }
        };
        Entry { offset, order, block, packet }
    }
}

/// The blocks in place of the header of another format: first a section, then an interface.
pub(crate) fn made_up(
    order: ByteOrder,
    interface: &Interface,
    header: Option<&PcapHeader>,
    number: u8,
) -> Option<Block<'static>> {
    match number {
        0 => Some(Block::Section(Section::new(order))),
        1 => Some(Block::Interface(description(order, interface, header))),
        _ => None,
    }
}

fn description(
    order: ByteOrder,
    interface: &Interface,
    header: Option<&PcapHeader>,
) -> InterfaceDescription<'static> {
    let mut options = Options::new(order);
    // A byte always fits.
    let mut push = |code, byte: u8| -> Option<()> { options.push(code, &[byte]).ok() };
    if interface.resolution != Resolution::MICROSECOND {
        push(InterfaceDescription::TIMESTAMP_RESOLUTION, interface.resolution.to_byte());
    }
    if let Some(bytes) = header.and_then(PcapHeader::fcs_length) {
        push(InterfaceDescription::FCS_LENGTH, bytes.saturating_mul(8));
    }
    InterfaceDescription {
        snap_length: interface.snap_length.unwrap_or_default(),
        options,
        ..InterfaceDescription::new(order, interface.link_type)
    }
}

/// A packet of a format whose packets have no options, as pcapng says it.
fn enhanced<'a>(
    order: ByteOrder,
    resolution: Resolution,
    packet: &RawPacket<'a>,
) -> EnhancedPacket<'a> {
    let nanos = packet.timestamp.as_nanos().cast_unsigned();
    let ticks = if resolution == Resolution::NANOSECOND { nanos } else { nanos / 1_000 };
    let mut options = Options::new(order);
    let flags = match packet.direction {
        Direction::Unknown => None,
        Direction::Inbound => Some(1),
        Direction::Outbound => Some(2),
    };
    if let Some(flags) = flags {
        // A number always fits.
        let _: Result<(), Error> = options.push_u32(EnhancedPacket::FLAGS, flags);
    }
    EnhancedPacket {
        interface: 0,
        ticks,
        original_length: packet.original_length,
        data: packet.data.into(),
        options,
    }
}
