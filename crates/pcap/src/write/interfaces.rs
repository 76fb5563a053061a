//! The interfaces of the section that is being written, and their numbers.

use std::collections::HashMap;

use rheos_core::{LinkType, RawPacket};

use crate::block::{BlockType, InterfaceDescription};
use crate::error::Error;
use crate::write::body::Body;
use crate::write::ticks::Ticks;

/// The number and link type of packets of one interface.
pub(crate) type Key = (u32, LinkType);

/// The interfaces of a section.
#[derive(Debug, Default)]
pub(crate) struct Interfaces {
    list: Vec<Declared>,
    /// Their blocks, for files that go on with this section.
    blocks: Vec<u8>,
    numbers: HashMap<Key, u32>,
    /// The one used last.
    last: Option<(Key, u32)>,
    /// How many have been declared by choice, in all sections.
    declared: u32,
}

/// What the writer must know of an interface.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Declared {
    /// Its number in the section.
    pub(crate) number: u32,
    pub(crate) ticks: Ticks,
    snap_length: u32,
}

impl Interfaces {
    /// The interface of packets of this number and link type.
    #[inline]
    pub(crate) fn find(&mut self, key: Key) -> Option<Declared> {
        let number = match self.last {
            Some((last, number)) if last == key => number,
            _ => {
                let number = *self.numbers.get(&key)?;
                self.last = Some((key, number));
                number
            }
        };
        self.list.get(number as usize).copied()
    }

    /// The number under which packets are those of the next interface that is declared by choice.
    pub(crate) fn next_declared(&mut self) -> u32 {
        let number = self.declared;
        self.declared = number.saturating_add(1);
        number
    }

    /// Remembers an interface, whose block has this body, for packets of this number and link type.
    /// Returns it, and its block.
    pub(crate) fn add(
        &mut self,
        key: Key,
        interface: &InterfaceDescription<'_>,
        body: &Body,
        packet: u64,
    ) -> Result<(Declared, &[u8]), Error> {
        let start = self.blocks.len();
        body.frame(BlockType::INTERFACE, packet, &mut self.blocks)?;
        let (seconds, nanos) = interface.timestamp_offset();
        let declared = Declared {
            number: u32::try_from(self.list.len()).unwrap_or(u32::MAX),
            ticks: Ticks::new(interface.resolution(), seconds, nanos),
            snap_length: interface.snap_length,
        };
        self.list.push(declared);
        self.numbers.insert(key, declared.number);
        self.last = None;
        Ok((declared, self.blocks.get(start..).unwrap_or_default()))
    }

    /// Forgets the interfaces of a section that has ended.
    pub(crate) fn clear(&mut self) {
        self.list.clear();
        self.blocks.clear();
        self.numbers.clear();
        self.last = None;
    }

    /// The blocks of all.
    pub(crate) fn blocks(&self) -> &[u8] {
        &self.blocks
    }
}

impl Declared {
    /// Whether the length of a simple packet block, which is not in it, would be read as it is.
    pub(crate) fn holds_simple(&self, packet: &RawPacket<'_>, data: &[u8]) -> bool {
        let limit = if self.snap_length == 0 { u32::MAX } else { self.snap_length };
        self.number == 0 && packet.original_length.min(limit) as usize == data.len()
    }
}
