//! A capture that is read beside others, whose interfaces get other numbers.

use std::borrow::Cow;

use rheos::core::{LinkType, RawPacket, Timestamp};
use rheos::pcap::{Block, ByteOrder, EnhancedPacket, Options, Section};

use crate::error::Error;
use crate::input::Input;
use crate::save::Saver;

/// Most texts that are taken over of one section: a hostile one has millions.
const MAX_TEXTS: usize = 1_000;

/// Which numbers interfaces have in what is written.
pub(crate) enum Mapping {
    /// Those under which they are declared there.
    Declared,
    /// The same: they are declared already.
    Same,
}

/// A capture, up to its next packet.
pub(crate) struct Source {
    input: Input,
    mapping: Mapping,
    /// The number of each interface in what is written.
    numbers: Vec<u32>,
    /// Interfaces met so far, in all sections, and in those before this one.
    interfaces: usize,
    first_interface: usize,
    head: Option<Head>,
}

/// A packet of its own, with all that is said of it.
pub(crate) struct Head {
    block: Block<'static>,
    /// Nothing for one without a time, which comes at once.
    pub(crate) time: Option<Timestamp>,
    link_type: LinkType,
    original_length: u32,
    interface: u32,
}

impl Source {
    pub(crate) fn new(input: Input, mapping: Mapping) -> Self {
        Self { input, mapping, numbers: Vec::new(), interfaces: 0, first_interface: 0, head: None }
    }

    /// Whether there is a next packet.
    pub(crate) fn is_open(&self) -> bool {
        self.head.is_some()
    }

    /// The time of the next packet; nothing, which is less than any, if it has none.
    pub(crate) fn time(&self) -> Option<Timestamp> {
        self.head.as_ref().and_then(|head| head.time)
    }

    /// Reads up to the next packet. What stands between comes back in its order.
    pub(crate) fn advance(&mut self, beside: &mut Vec<Block<'static>>) -> Result<(), Error> {
        self.head = None;
        while let Some(entry) = self.input.next_block()? {
            if let Some(packet) = entry.packet {
                let time = match entry.block {
                    Block::SimplePacket(_) => None,
                    _ => Some(packet.timestamp),
                };
                let (link_type, interface) = (packet.link_type, packet.interface);
                let original_length = packet.original_length;
                let block = entry.block.into_owned();
                self.head = Some(Head { block, time, link_type, original_length, interface });
                return Ok(());
            }
            beside.push(entry.block.into_owned());
        }
        Ok(())
    }

    /// Writes blocks that hold no packet, with the new numbers of interfaces.
    pub(crate) fn write_beside(
        &mut self,
        blocks: &[Block<'static>],
        saver: &mut Saver,
    ) -> Result<(), Error> {
        for block in blocks {
            match block {
                Block::Section(_) => self.first_interface = self.interfaces,
                Block::Interface(interface) => {
                    let number = u32::try_from(self.interfaces).unwrap_or(u32::MAX);
                    self.interfaces = self.interfaces.saturating_add(1);
                    self.numbers.push(match self.mapping {
                        Mapping::Declared => saver.declare(interface)?,
                        Mapping::Same => number,
                    });
                }
                Block::InterfaceStatistics(statistics) => {
                    let number = self.first_interface.saturating_add(statistics.interface as usize);
                    let Some(&interface) = self.numbers.get(number) else { continue };
                    let mut statistics = statistics.clone();
                    statistics.interface = interface;
                    saver.block(&Block::InterfaceStatistics(statistics), None)?;
                }
                // A merged capture is another than the one that may not be copied.
                Block::Custom(custom) if !custom.copyable => {}
                block => saver.block(block, None)?,
            }
        }
        Ok(())
    }

    /// The next packet, under the new number of its interface.
    pub(crate) fn take(&mut self) -> Option<Head> {
        let mut head = self.head.take()?;
        let number = self.numbers.get(head.interface as usize).copied().unwrap_or_default();
        head.renumber(number);
        Some(head)
    }
}

/// Adds what the sections among these blocks say of themselves to another section.
pub(crate) fn describe(blocks: &[Block<'_>], section: &mut Section<'static>) {
    let texts = [Section::HARDWARE, Section::OS, Section::USER_APPLICATION];
    for block in blocks {
        let Block::Section(own) = block else { continue };
        for (code, text) in own.options.iter().take(MAX_TEXTS) {
            let is_new = texts.contains(&code) && section.options.get(code).is_none();
            if code == Options::COMMENT || is_new {
                // What was an option once can be one again.
                let _pushed = section.options.push(code, text);
            }
        }
    }
}

impl Head {
    /// Bytes that it holds.
    pub(crate) fn size(&self) -> usize {
        let options = self.block.options().map_or(0, |options| options.as_bytes().len());
        let data = data_of(&self.block).len();
        data.saturating_add(options).saturating_add(size_of::<Self>())
    }

    /// Writes the packet.
    pub(crate) fn write(&self, saver: &mut Saver) -> Result<(), Error> {
        if saver.has_blocks() {
            return saver.block(&self.block, None);
        }
        let time = self.time.unwrap_or_default();
        saver.packet(&RawPacket {
            original_length: self.original_length,
            ..RawPacket::new(time, self.link_type, data_of(&self.block))
        })
    }

    /// Gives the packet another interface. Blocks whose interface is always the first, or has but 16
    /// bits, become enhanced packet blocks.
    fn renumber(&mut self, number: u32) {
        let packet = match &mut self.block {
            Block::EnhancedPacket(packet) => {
                packet.interface = number;
                return;
            }
            Block::SimplePacket(_) if number == 0 => return,
            Block::SimplePacket(packet) => EnhancedPacket {
                interface: number,
                ticks: 0,
                original_length: packet.original_length,
                data: std::mem::take(&mut packet.data),
                options: Options::new(ByteOrder::Little),
            },
            Block::ObsoletePacket(packet) => {
                let mut options = packet.options.clone();
                // All ones are a count that is not known.
                if packet.drops != u16::MAX {
                    let code = EnhancedPacket::DROP_COUNT;
                    // Eight bytes always fit.
                    let _pushed = options.push_u64(code, packet.drops.into());
                }
                EnhancedPacket {
                    interface: number,
                    ticks: packet.ticks,
                    original_length: packet.original_length,
                    data: std::mem::take(&mut packet.data),
                    options,
                }
            }
            _ => return,
        };
        self.block = Block::EnhancedPacket(packet);
    }
}

fn data_of<'b>(block: &'b Block<'_>) -> &'b [u8] {
    let data: &Cow<'_, [u8]> = match block {
        Block::EnhancedPacket(packet) => &packet.data,
        Block::SimplePacket(packet) => &packet.data,
        Block::ObsoletePacket(packet) => &packet.data,
        _ => return &[],
    };
    data
}
