//! Blocks of pcapng, turned into the bytes between their lengths.

use std::io::Write;

use rheos_core::{Direction, RawPacket};

use crate::block::{
    Block, BlockType, Custom, EnhancedPacket, InterfaceDescription, NameResolution, Options,
    Section,
};
use crate::buffer::MAX_RECORD;
use crate::error::Error;
use crate::order::ByteOrder;

/// What stands around the body of a block: type, length, and length again.
pub(crate) const FRAME: usize = 12;

/// Says the byte order of a section, section 4.1.
const BYTE_ORDER_MAGIC: u32 = 0x1a2b_3c4d;
/// The length of a section of which it is not known.
const UNKNOWN_LENGTH: u64 = u64::MAX;

/// The bytes of a block's body, with numbers in one byte order.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) order: ByteOrder,
    pub(crate) bytes: Vec<u8>,
}

impl Body {
    pub(crate) fn new(order: ByteOrder) -> Self {
        Self { order, bytes: Vec::new() }
    }

    /// Starts over with a block, whose options and numbers are in this byte order already.
    ///
    /// Packets whose data should not be copied twice have a way of their own.
    pub(crate) fn fill(&mut self, block: &Block<'_>) {
        self.bytes.clear();
        match block {
            Block::Section(section) => self.section(section),
            Block::Interface(interface) => self.interface(interface),
            Block::EnhancedPacket(packet) => {
                let lengths = [length(&packet.data), packet.original_length];
                self.words(&[packet.interface]).ticks(packet.ticks).words(&lengths);
                self.padded(&packet.data).padded(packet.options.as_bytes());
            }
            Block::SimplePacket(packet) => {
                self.words(&[packet.original_length]).padded(&packet.data);
            }
            Block::ObsoletePacket(packet) => {
                self.halves(&[packet.interface, packet.drops]).ticks(packet.ticks);
                self.words(&[length(&packet.data), packet.original_length]);
                self.padded(&packet.data).padded(packet.options.as_bytes());
            }
            Block::NameResolution(names) => self.names(names),
            Block::InterfaceStatistics(statistics) => {
                self.words(&[statistics.interface]).ticks(statistics.ticks);
                self.padded(statistics.options.as_bytes());
            }
            Block::Secrets(secrets) => {
                self.words(&[secrets.kind.0, length(&secrets.data)]);
                self.padded(&secrets.data).padded(secrets.options.as_bytes());
            }
            Block::Journal(journal) => {
                self.padded(&journal.entry);
            }
            Block::Custom(Custom { enterprise, data, .. }) => {
                self.words(&[*enterprise]).padded(data);
            }
            Block::Unknown(unknown) => {
                self.padded(&unknown.body);
            }
        }
    }

    pub(crate) fn section(&mut self, section: &Section<'_>) {
        let length = section.length.unwrap_or(UNKNOWN_LENGTH);
        self.words(&[BYTE_ORDER_MAGIC]).halves(&[section.version.0, section.version.1]);
        self.bytes.extend(self.order.bytes_of_u64(length));
        self.padded(section.options.as_bytes());
    }

    pub(crate) fn interface(&mut self, interface: &InterfaceDescription<'_>) {
        self.halves(&[interface.link_type.0, interface.reserved]);
        self.words(&[interface.snap_length]).padded(interface.options.as_bytes());
    }

    /// Starts over with the options of a packet: its direction and its comments.
    #[inline]
    pub(crate) fn packet_options(&mut self, packet: &RawPacket<'_>) -> Result<(), Error> {
        self.bytes.clear();
        if packet.direction == Direction::Unknown && packet.comments.iter().next().is_none() {
            return Ok(());
        }
        let direction = match packet.direction {
            Direction::Unknown => None,
            Direction::Inbound => Some(1),
            Direction::Outbound => Some(2),
        };
        if let Some(direction) = direction {
            self.option(EnhancedPacket::FLAGS, &self.order.bytes_of_u32(direction))?;
        }
        for comment in packet.comments {
            self.option(Options::COMMENT, comment)?;
        }
        self.words(&[0]);
        Ok(())
    }

    fn option(&mut self, code: u16, value: &[u8]) -> Result<(), Error> {
        let Ok(length) = u16::try_from(value.len()) else {
            return Err(Error::OptionLength { code, length: value.len() as u64 });
        };
        self.halves(&[code, length]).padded(value);
        Ok(())
    }

    /// Writes the block with what stands around its body, and returns its length.
    pub(crate) fn frame(
        &self,
        kind: BlockType,
        packet: u64,
        writer: &mut impl Write,
    ) -> Result<usize, Error> {
        let length = self.bytes.len().saturating_add(FRAME);
        let total = u32::try_from(length).ok().filter(|_| length <= MAX_RECORD);
        let Some(total) = total else {
            return Err(Error::PacketLength { packet, length: length as u64 });
        };
        // The writer of pcap-file hides errors of `writer` in a type that has no public name.
        let [kind, total] = [kind.0, total].map(|number| self.order.bytes_of_u32(number));
        let mut write = || {
            writer.write_all([kind, total].as_flattened())?;
            writer.write_all(&self.bytes)?;
            writer.write_all(&total)
        };
        write().map_err(|source| Error::Write { packet, source })?;
        Ok(length)
    }

    fn names(&mut self, names: &NameResolution<'_>) {
        self.padded(names.records.as_bytes());
        if self.bytes.is_empty() && !names.options.is_empty() {
            // The end of no records, without which the options would be records.
            self.words(&[0]);
        }
        self.padded(names.options.as_bytes());
    }

    fn halves(&mut self, numbers: &[u16]) -> &mut Self {
        let order = self.order;
        self.bytes.extend(numbers.iter().flat_map(|&number| order.bytes_of_u16(number)));
        self
    }

    fn words(&mut self, numbers: &[u32]) -> &mut Self {
        let order = self.order;
        self.bytes.extend(numbers.iter().flat_map(|&number| order.bytes_of_u32(number)));
        self
    }

    /// The upper half first, in any byte order.
    fn ticks(&mut self, ticks: u64) -> &mut Self {
        self.words(&halves(ticks))
    }

    fn padded(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(bytes);
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
        self
    }
}

/// The upper and the lower half of a time.
#[allow(clippy::cast_possible_truncation, reason = "that is what a half is")]
pub(crate) const fn halves(ticks: u64) -> [u32; 2] {
    [(ticks >> 32) as u32, ticks as u32]
}

/// A length whose block has been found to fit into 32 bits.
fn length(data: &[u8]) -> u32 {
    u32::try_from(data.len()).unwrap_or(u32::MAX)
}

/// The byte order that the magic of a section says, however little follows it.
pub(crate) fn order_of_section(body: &[u8]) -> Option<ByteOrder> {
    let magic = *body.first_chunk()?;
    [ByteOrder::Big, ByteOrder::Little]
        .into_iter()
        .find(|order| order.u32(magic) == BYTE_ORDER_MAGIC)
}

/// Whether numbers in a block would be read wrong in a section of this byte order.
pub(crate) fn is_foreign(block: &Block<'_>, order: ByteOrder) -> bool {
    let options = block.options();
    let records = match block {
        Block::NameResolution(names) => names.records.order(),
        _ => order,
    };
    options.is_some_and(|options| !options.is_empty() && options.order() != order)
        || records != order
}
