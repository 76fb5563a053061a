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
use pcap_file::pcapng::blocks::block_common as block_type;
use rheos_core::{Direction, LinkType, Timestamp};

use crate::buffer::{Buffer, MAX_RECORD};
use crate::clock::{Clock, Resolution};
use crate::error::Error;
use crate::interface::Interface;
use crate::options::Options;
use crate::order::Order;
use crate::reader::Record;

/// What stands around the body of a block: type, length, and length again.
const FRAME: usize = 12;
/// What stands in front of it.
const BODY: usize = 8;
/// Says the byte order of a section.
const BYTE_ORDER_MAGIC: u32 = 0x1a2b_3c4d;

/// Options of an interface.
const IF_NAME: u16 = 2;
const IF_DESCRIPTION: u16 = 3;
const IF_TSRESOL: u16 = 9;
const IF_TSOFFSET: u16 = 14;
/// The option of a packet, in both kinds of packet block, whose lowest bits are the direction.
const PACKET_FLAGS: u16 = 2;

/// Each interface costs memory for the rest of the capture, so a hostile stream of empty ones must
/// find an end. Captures merged from thousands of files stay far below.
pub(crate) const MAX_INTERFACES: usize = 65_536;
/// Names are tens of bytes long; the bound keeps [`MAX_INTERFACES`] of them in 128 MiB.
const MAX_TEXT: usize = 1_024;

/// Where in a capture the reader is.
#[derive(Debug)]
pub(crate) struct PcapNg {
    order: Order,
    sections: u32,
    /// Number of the section's first interface, in the whole capture.
    first_interface: usize,
    interfaces: Vec<Interface>,
    /// The first block that was whole and could not be read; told when all else has been.
    fault: Option<Error>,
}

/// A fault inside the frame of one block, which leaves the blocks behind it readable.
enum Fault {
    Content { need: u64, have: usize },
    Interface(u32),
}

impl PcapNg {
    /// Whether a file starts with a section.
    pub(crate) fn starts(magic: [u8; 4]) -> bool {
        u32::from_be_bytes(magic) == block_type::SECTION_HEADER_BLOCK
    }

    pub(crate) fn new() -> Self {
        Self {
            order: Order::Little,
            sections: 0,
            first_interface: 0,
            interfaces: Vec::new(),
            fault: None,
        }
    }

    pub(crate) fn interfaces(&self) -> &[Interface] {
        &self.interfaces
    }

    /// Finds the next packet in the window, reading and dropping the blocks in front of it.
    #[inline]
    pub(crate) fn next<R: Read>(
        &mut self,
        buffer: &mut Buffer<R>,
        packet: u64,
    ) -> Result<Option<Record>, Error> {
        loop {
            if !buffer.hold(FRAME, packet)? {
                return self.fault.take().map_or(Ok(None), Err);
            }
            let offset = buffer.position();
            let length = self.length(buffer, packet)?;
            buffer.hold(length, packet)?;
            let bytes = buffer.window().get(..length).unwrap_or_default();
            let (kind, body) = self.frame(bytes, offset, packet)?;
            let result = match kind {
                block_type::ENHANCED_PACKET_BLOCK => self.enhanced_packet(body),
                block_type::SIMPLE_PACKET_BLOCK => self.simple_packet(body),
                block_type::PACKET_BLOCK => self.obsolete_packet(body),
                block_type::INTERFACE_DESCRIPTION_BLOCK => {
                    if self.interfaces.len() == MAX_INTERFACES {
                        return Err(Error::TooManyInterfaces { offset, packet });
                    }
                    self.interface(body)
                }
                block_type::SECTION_HEADER_BLOCK => {
                    self.section();
                    Ok(None)
                }
                _ => Ok(None),
            };
            match result {
                Ok(Some(record)) => return Ok(Some(Record { length, ..record })),
                Ok(None) => {}
                Err(fault) => self.remember(&fault, offset, packet),
            }
            buffer.take(length);
        }
    }
}

impl PcapNg {
    /// The length of the block in front, with the padding that some writers leave out of it.
    #[inline]
    fn length<R: Read>(&mut self, buffer: &Buffer<R>, packet: u64) -> Result<usize, Error> {
        let offset = buffer.position();
        let Some(([kind, mut length, magic], _)) = self.order.words(buffer.window()) else {
            return Ok(0);
        };
        if kind == block_type::SECTION_HEADER_BLOCK && magic != BYTE_ORDER_MAGIC {
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
    ) -> Result<(u32, &'a [u8]), Error> {
        let parsed = match self.order {
            Order::Big => RawBlock::from_slice::<BigEndian>(bytes),
            Order::Little => RawBlock::from_slice::<LittleEndian>(bytes),
        };
        match parsed {
            Ok((_, RawBlock { type_, body: Cow::Borrowed(body), .. })) => Ok((type_, body)),
            _ => self.padded_frame(bytes, offset, packet),
        }
    }

    /// The same of a block whose length leaves its padding out, which pcap-file refuses.
    #[cold]
    fn padded_frame<'a>(
        &self,
        bytes: &'a [u8],
        offset: u64,
        packet: u64,
    ) -> Result<(u32, &'a [u8]), Error> {
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
        Ok((kind, body))
    }

    /// Keeps the first fault; the packets behind it come first.
    #[cold]
    fn remember(&mut self, fault: &Fault, offset: u64, packet: u64) {
        self.fault.get_or_insert(match *fault {
            Fault::Content { need, have } => {
                Error::BlockContent { offset, need, have: have as u64, packet }
            }
            Fault::Interface(interface) => Error::UndeclaredInterface { offset, interface, packet },
        });
    }

    /// Section header block, section 4.1: numbers of interfaces start anew.
    fn section(&mut self) {
        self.sections = self.sections.saturating_add(1);
        self.first_interface = self.interfaces.len();
    }

    /// Interface description block, section 4.2. However short it is, it has its number.
    fn interface(&mut self, body: &[u8]) -> Result<Option<Record>, Fault> {
        let link_type = body.first_chunk().map(|&bytes| LinkType(self.order.u16(bytes)));
        let snap_length = body.get(4..).and_then(|rest| self.order.words(rest));
        let ([snap_length], options) = snap_length.unwrap_or_default();

        let (mut name, mut description) = (None, None);
        let (mut resolution, mut offset) = (Resolution::MICROSECOND, 0);
        for (code, value) in Options::new(self.order, options) {
            match (code, value) {
                (IF_NAME, text) => name = Some(string(text)),
                (IF_DESCRIPTION, text) => description = Some(string(text)),
                (IF_TSRESOL, &[byte, ..]) => resolution = Resolution::from_byte(byte),
                (IF_TSOFFSET, bytes) => {
                    offset = bytes.first_chunk().map_or(offset, |&bytes| self.order.i64(bytes));
                }
                _ => {}
            }
        }
        self.interfaces.push(Interface {
            name,
            description,
            offset,
            section: self.sections.saturating_sub(1),
            clock: Clock::new(resolution, offset),
            ..Interface::new(
                link_type.unwrap_or(Interface::UNKNOWN_LINK_TYPE),
                snap_length,
                resolution,
            )
        });
        match link_type {
            Some(_) => Ok(None),
            None => Err(Fault::Content { need: 8, have: body.len() }),
        }
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
        let flags = Options::new(self.order, options.unwrap_or_default())
            .find(|&(code, _)| code == PACKET_FLAGS)
            .and_then(|(_, value)| self.order.words(value));
        match flags.map(|([flags], _)| flags & 3) {
            Some(1) => Direction::Inbound,
            Some(2) => Direction::Outbound,
            _ => Direction::Unknown,
        }
    }
}

/// A text, cut if it is longer than any sense.
fn string(text: &[u8]) -> String {
    String::from_utf8_lossy(text.get(..MAX_TEXT).unwrap_or(text)).into_owned()
}
