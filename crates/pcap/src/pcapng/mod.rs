//! pcapng, [draft-ietf-opsawg-pcapng](https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html):
//! sections, each of blocks.
//!
//! ```text
//!  0                               16                             31
//! |                           block type                           |
//! |                       block total length                       |
//! |                           block body                           |
//! |                       block total length                       |
//! ```

use std::borrow::Cow;
use std::io::Read;

use byteorder_slice::{BigEndian, LittleEndian};
use pcap_file::pcapng::blocks::RawBlock;
use rheos_core::{Direction, LinkType, Timestamp};

use crate::block::section::BYTE_ORDER_MAGIC;
use crate::block::{BlockType, EnhancedPacket, InterfaceDescription, OptionsIter, PacketFlags};
use crate::buffer::{Buffer, MAX_RECORD};
use crate::clock::Resolution;
use crate::entry::Framed;
use crate::error::Error;
use crate::interface::Interface;
use crate::order::ByteOrder;
use crate::record::Record;

mod search;

/// What stands around the body of a block: type, length, and length again.
const FRAME: usize = 12;
/// What stands in front of it.
const BODY: usize = 8;
/// Each interface costs memory for the rest of the capture, so a hostile stream of empty ones must
/// find an end. Captures merged from thousands of files stay far below.
pub(crate) const MAX_INTERFACES: usize = 65_536;

/// Where in a capture the reader is.
#[derive(Debug)]
pub(crate) struct PcapNg {
    order: ByteOrder,
    sections: u32,
    /// Number of the section's first interface, in the whole capture.
    first_interface: usize,
    interfaces: Vec<Interface>,
    /// The first block that was whole and could not be read; told when all else has been.
    fault: Option<Error>,
    /// Bytes of blocks that were whole and could not be read.
    passed_over: u64,
}

/// A fault inside the frame of one block, which leaves the blocks behind it readable, but the last.
enum Fault {
    Content { need: u64, have: usize },
    Interface(u32),
    TooManyInterfaces,
}

impl PcapNg {
    /// Whether a file starts with a section.
    pub(crate) fn starts(magic: [u8; 4]) -> bool {
        u32::from_be_bytes(magic) == BlockType::SECTION.0
    }

    pub(crate) fn new() -> Self {
        Self {
            order: ByteOrder::Little,
            sections: 0,
            first_interface: 0,
            interfaces: Vec::new(),
            fault: None,
            passed_over: 0,
        }
    }

    pub(crate) fn interfaces(&self) -> &[Interface] {
        &self.interfaces
    }

    /// The packet at the front of the window, if it is in an enhanced packet block that is there to
    /// its end and has nothing wrong with it.
    #[inline]
    pub(crate) fn whole(&self, window: &[u8]) -> Option<Record> {
        let (BlockType::ENHANCED_PACKET, body) = self.parse(window)? else { return None };
        let record = self.enhanced_packet(body).ok()??;
        Some(Record { length: body.len().saturating_add(FRAME), ..record })
    }

    /// Finds the next packet in the window, reading and dropping the blocks in front of it.
    #[inline(never)]
    pub(crate) fn next<R: Read>(
        &mut self,
        buffer: &mut Buffer<R>,
        packet: u64,
    ) -> Result<Option<Record>, Error> {
        loop {
            if !buffer.hold(FRAME, packet)? {
                return self.end(buffer);
            }
            let offset = buffer.position();
            let length = self.length(buffer, packet)?;
            if !buffer.hold(length, packet)? {
                return Ok(None);
            }
            let bytes = buffer.window().get(..length).unwrap_or_default();
            let (kind, body) = self.frame(bytes, offset, packet)?;
            match self.content(kind, body) {
                Ok(Some(record)) => return Ok(Some(Record { length, ..record })),
                Ok(None) => {}
                Err(fault) => self.remember(&fault, offset, length, packet)?,
            }
            buffer.take(length);
        }
    }

    /// Finds the next block in the window, whatever it is.
    pub(crate) fn next_block<R: Read>(
        &mut self,
        buffer: &mut Buffer<R>,
        packet: u64,
    ) -> Result<Option<Framed>, Error> {
        if !buffer.hold(FRAME, packet)? {
            return self.end(buffer);
        }
        let offset = buffer.position();
        let length = self.length(buffer, packet)?;
        if !buffer.hold(length, packet)? {
            return Ok(None);
        }
        let bytes = buffer.window().get(..length).unwrap_or_default();
        let (kind, body) = self.frame(bytes, offset, packet)?;
        let record = match self.content(kind, body) {
            Ok(record) => record.map(|record| Record { length, ..record }),
            Err(fault) => {
                self.remember(&fault, offset, length, packet)?;
                None
            }
        };
        let first = self.declared(0).ok().and_then(|(_, interface)| interface.snap_length);
        Ok(Some(Framed {
            length,
            kind: Some(kind),
            order: self.order,
            body: BODY..BODY.saturating_add(body.len()),
            snap_length: first.unwrap_or_default(),
            record,
        }))
    }
}

impl PcapNg {
    /// What is told at the end, unless that is only the end for now.
    #[cold]
    fn end<R: Read, T>(&mut self, buffer: &Buffer<R>) -> Result<Option<T>, Error> {
        if buffer.follows() {
            return Ok(None);
        }
        self.fault.take().map_or(Ok(None), Err)
    }

    /// The length of the block in front, with the padding that some writers leave out of it.
    #[inline]
    fn length<R: Read>(&mut self, buffer: &Buffer<R>, packet: u64) -> Result<usize, Error> {
        let offset = buffer.position();
        let ([kind, mut length, magic], _) = self.order.words(buffer.window()).unwrap_or_default();
        if kind == BlockType::SECTION.0 && magic != BYTE_ORDER_MAGIC {
            if magic.swap_bytes() != BYTE_ORDER_MAGIC {
                return Err(Error::SectionMagic { offset, magic, packet });
            }
            self.order = self.order.other();
            length = length.swap_bytes();
        }
        let padded = (length as usize).saturating_add(3) & !3;
        if padded < FRAME {
            return Err(Error::BlockLength { offset, length, packet });
        }
        if padded > MAX_RECORD {
            return Err(Error::Oversized { offset, length: padded as u64, packet });
        }
        Ok(padded)
    }

    /// The type and body of a block that is there to its end.
    #[inline]
    fn frame<'a>(
        &self,
        bytes: &'a [u8],
        offset: u64,
        packet: u64,
    ) -> Result<(BlockType, &'a [u8]), Error> {
        match self.parse(bytes) {
            Some(block) => Ok(block),
            None => self.padded_frame(bytes, offset, packet),
        }
    }

    /// The type and body of the block at the front of the bytes, if pcap-file takes it for one.
    #[inline]
    fn parse<'a>(&self, bytes: &'a [u8]) -> Option<(BlockType, &'a [u8])> {
        let parsed = match self.order {
            ByteOrder::Big => RawBlock::from_slice::<BigEndian>(bytes),
            ByteOrder::Little => RawBlock::from_slice::<LittleEndian>(bytes),
        };
        let Ok((_, RawBlock { type_, body: Cow::Borrowed(body), .. })) = parsed else {
            return None;
        };
        Some((BlockType(type_), body))
    }

    /// The same of a block whose length leaves its padding out, which pcap-file refuses.
    #[cold]
    fn padded_frame<'a>(
        &self,
        bytes: &'a [u8],
        offset: u64,
        packet: u64,
    ) -> Result<(BlockType, &'a [u8]), Error> {
        let trailer_at = bytes.len().saturating_sub(4);
        let (front, end) = bytes.split_at_checked(trailer_at).unwrap_or_default();
        let (Some(([kind, length], body)), Some(([trailer], _))) =
            (self.order.words(front), self.order.words(end))
        else {
            return Err(Error::BlockLength { offset, length: 0, packet });
        };
        if length != trailer {
            return Err(Error::BlockTrailer { offset, length, trailer, packet });
        }
        Ok((BlockType(kind), body))
    }

    /// Keeps what a block says of the blocks behind it, and finds the packet in it.
    #[inline]
    fn content(&mut self, kind: BlockType, body: &[u8]) -> Result<Option<Record>, Fault> {
        match kind {
            BlockType::ENHANCED_PACKET => self.enhanced_packet(body),
            BlockType::SIMPLE_PACKET => self.simple_packet(body),
            BlockType::OBSOLETE_PACKET => self.obsolete_packet(body),
            BlockType::INTERFACE => self.interface(body),
            BlockType::SECTION => {
                self.section();
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    /// Keeps the first fault; the packets behind it come first, unless there can be none.
    #[cold]
    fn remember(
        &mut self,
        fault: &Fault,
        offset: u64,
        length: usize,
        packet: u64,
    ) -> Result<(), Error> {
        self.passed_over = self.passed_over.saturating_add(length as u64);
        self.fault.get_or_insert(match *fault {
            Fault::Content { need, have } => {
                Error::BlockContent { offset, need, have: have as u64, packet }
            }
            Fault::Interface(interface) => Error::UndeclaredInterface { offset, interface, packet },
            Fault::TooManyInterfaces => return Err(Error::TooManyInterfaces { offset, packet }),
        });
        Ok(())
    }

    /// Section header block, section 4.1: numbers of interfaces start anew.
    fn section(&mut self) {
        self.sections = self.sections.saturating_add(1);
        self.first_interface = self.interfaces.len();
    }

    /// Interface description block, section 4.2. However short it is, it has its number.
    fn interface(&mut self, body: &[u8]) -> Result<Option<Record>, Fault> {
        if self.interfaces.len() == MAX_INTERFACES {
            return Err(Fault::TooManyInterfaces);
        }
        let section = self.sections.saturating_sub(1);
        let Some(block) = InterfaceDescription::parse(self.order, body) else {
            let link_type = body.first_chunk().map(|&bytes| LinkType(self.order.u16(bytes)));
            let link_type = link_type.unwrap_or(Interface::UNKNOWN_LINK_TYPE);
            let interface = Interface::new(link_type, 0, Resolution::MICROSECOND);
            self.interfaces.push(Interface { section, ..interface });
            return Err(Fault::Content { need: 8, have: body.len() });
        };
        let text = |code| block.options.get(code).map(Interface::text);
        self.interfaces.push(Interface {
            name: text(InterfaceDescription::NAME),
            description: text(InterfaceDescription::DESCRIPTION),
            offset: block.timestamp_offset().0,
            section,
            clock: block.clock(),
            ..Interface::new(block.link_type, block.snap_length, block.resolution())
        });
        Ok(None)
    }

    /// Enhanced packet block, section 4.3.
    #[inline]
    fn enhanced_packet(&self, body: &[u8]) -> Result<Option<Record>, Fault> {
        let Some(([interface, high, low, captured, original], rest)) = self.order.words(body)
        else {
            return Err(Fault::Content { need: 20, have: body.len() });
        };
        self.packet(interface, [high, low], [captured, original], body, rest)
    }

    /// The obsolete packet block, appendix A.
    fn obsolete_packet(&self, body: &[u8]) -> Result<Option<Record>, Fault> {
        let (Some(([_, high, low, captured, original], rest)), Some(&interface)) =
            (self.order.words(body), body.first_chunk())
        else {
            return Err(Fault::Content { need: 20, have: body.len() });
        };
        let interface = u32::from(self.order.u16(interface));
        self.packet(interface, [high, low], [captured, original], body, rest)
    }

    /// What both have in common: data, padding and options behind the numbers.
    #[inline]
    fn packet(
        &self,
        interface: u32,
        [high, low]: [u32; 2],
        [captured, original_length]: [u32; 2],
        body: &[u8],
        rest: &[u8],
    ) -> Result<Option<Record>, Fault> {
        let (number, declared) = self.declared(interface)?;
        if captured as usize > rest.len() {
            let need = u64::from(captured).saturating_add(20);
            return Err(Fault::Content { need, have: body.len() });
        }
        let start = BODY.saturating_add(20);
        let end = start.saturating_add(captured as usize);
        let block_end = BODY.saturating_add(body.len());
        let options = end.next_multiple_of(4).min(block_end)..block_end;
        Ok(Some(Record {
            length: 0,
            data: start..end,
            timestamp: declared.clock.time(u64::from(high) << 32 | u64::from(low)),
            link_type: declared.link_type,
            original_length,
            interface: number,
            direction: if options.is_empty() {
                Direction::Unknown
            } else {
                self.direction(rest.get((captured as usize).next_multiple_of(4)..))
            },
            options,
            order: self.order,
        }))
    }

    /// Simple packet block, section 4.4: of the first interface, at no time, without options.
    fn simple_packet(&self, body: &[u8]) -> Result<Option<Record>, Fault> {
        let Some(([original_length], rest)) = self.order.words(body) else {
            return Err(Fault::Content { need: 4, have: body.len() });
        };
        let (interface, declared) = self.declared(0)?;
        let captured = original_length.min(declared.snap_length.unwrap_or(u32::MAX));
        let start = BODY.saturating_add(4);
        let end = start.saturating_add((captured as usize).min(rest.len()));
        Ok(Some(Record {
            length: 0,
            data: start..end,
            options: end..end,
            order: self.order,
            timestamp: Timestamp::default(),
            link_type: declared.link_type,
            original_length,
            interface,
            direction: Direction::Unknown,
        }))
    }

    /// An interface of this section, and its number in the capture.
    #[inline]
    fn declared(&self, interface: u32) -> Result<(u32, &Interface), Fault> {
        let number = self.first_interface.saturating_add(interface as usize);
        match self.interfaces.get(number) {
            Some(declared) => Ok((u32::try_from(number).unwrap_or(u32::MAX), declared)),
            None => Err(Fault::Interface(interface)),
        }
    }

    /// The direction among a packet's flags, section 4.3.1.
    fn direction(&self, options: Option<&[u8]>) -> Direction {
        let flags = OptionsIter::new(self.order, options.unwrap_or_default())
            .find(|&(code, _)| code == EnhancedPacket::FLAGS)
            .and_then(|(_, value)| self.order.words(value));
        flags.map_or(Direction::Unknown, |([flags], _)| PacketFlags(flags).direction())
    }
}

#[cfg(test)]
mod tests;
