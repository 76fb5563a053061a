//! Writing pcapng: sections, interfaces, packets and all other blocks.

use std::borrow::Cow;
use std::io::{BufWriter, Write};

use rheos_core::RawPacket;

use crate::block::{
    Block, BlockType, EnhancedPacket, InterfaceDescription, Section, SimplePacket, Unknown,
};
use crate::buffer::MAX_RECORD;
use crate::clock::Resolution;
use crate::error::Error;
use crate::interface::Interface;
use crate::order::ByteOrder;
use crate::write::BUFFER;
use crate::write::body::{self, Body, FRAME};
use crate::write::interfaces::{Declared, Interfaces, Key};
use crate::write::options::PcapNgOptions;

/// The numbers of an enhanced packet block in front of its data.
const ENHANCED: usize = 20;

/// Writes packets of any interfaces, and what else there is to say of them, into a capture of the
/// pcapng format.
///
/// [`write`](Self::write) takes packets as they are read or captured, and declares their interfaces.
/// [`write_block`](Self::write_block) takes blocks, so that a capture can be copied without loss.
/// Both may be mixed. Blocks are collected and handed on in large pieces, so that a writer that is
/// given to it needs no buffer of its own. Between packets nothing is allocated.
///
/// ```
/// use rheos_core::{LinkType, RawPacket, Timestamp};
/// use rheos_pcap::{ByteOrder, CaptureReader, InterfaceDescription, PcapNgWriter};
///
/// let mut writer = PcapNgWriter::new(Vec::new())?;
/// let mut interface = InterfaceDescription::new(ByteOrder::Little, LinkType::ETHERNET);
/// interface.options.push(InterfaceDescription::NAME, b"eth0")?;
/// let number = writer.declare(&interface)?;
/// let time = Timestamp::from_nanos(1_700_000_000_000_005_000);
/// let packet = RawPacket::new(time, LinkType::ETHERNET, b"hi");
/// writer.write(&RawPacket { interface: number, ..packet })?;
/// let file = writer.finish()?;
///
/// let mut capture = CaptureReader::new(file.as_slice())?;
/// let packet = capture.next_packet()?.unwrap();
/// assert_eq!((packet.timestamp, packet.data), (time, b"hi".as_slice()));
/// assert_eq!(capture.interfaces()[0].name.as_deref(), Some("eth0"));
/// # Ok::<(), rheos_pcap::Error>(())
/// ```
#[derive(Debug)]
pub struct PcapNgWriter<W: Write> {
    writer: BufWriter<W>,
    options: PcapNgOptions,
    /// The section that is being written.
    section: Section<'static>,
    interfaces: Interfaces,
    body: Body,
    packets: u64,
    bytes: u64,
}

impl<W: Write> PcapNgWriter<W> {
    /// Starts a capture with a section in little-endian order.
    ///
    /// # Errors
    ///
    /// [`Error::Write`].
    pub fn new(writer: W) -> Result<Self, Error> {
        Self::with_options(writer, PcapNgOptions::default())
    }

    /// Starts a capture with the section of the options.
    ///
    /// # Errors
    ///
    /// [`Error::Write`].
    pub fn with_options(writer: W, options: PcapNgOptions) -> Result<Self, Error> {
        let section = options.section.clone();
        let mut writer = Self::without_section(writer, options);
        writer.write_block(&Block::Section(section))?;
        Ok(writer)
    }

    /// A writer whose first block must be a section, so that a copy has none but those copied.
    pub fn without_section(writer: W, options: PcapNgOptions) -> Self {
        let order = options.section.order;
        Self {
            writer: BufWriter::with_capacity(BUFFER, writer),
            section: options.section.clone(),
            options,
            interfaces: Interfaces::default(),
            body: Body::new(order),
            packets: 0,
            bytes: 0,
        }
    }

    /// Writes a packet, and in front of it its interface if this section has none that was declared
    /// under its number and with its link type.
    ///
    /// Its direction and comments are written with it.
    ///
    /// # Errors
    ///
    /// [`Error::TicksRange`] for a time that the interface's timestamps do not reach;
    /// [`Error::TimePrecision`] where [`Rounding::Refuse`](crate::Rounding::Refuse) says so; [`Error::PacketLength`];
    /// [`Error::OptionLength`] for a comment of more than 65,535 bytes. The packet is left out then,
    /// and others may follow. [`Error::Write`], after which the capture may be cut anywhere.
    #[inline]
    pub fn write(&mut self, packet: &RawPacket<'_>) -> Result<(), Error> {
        let key = (packet.interface, packet.link_type);
        let number = self.packets.saturating_add(1);
        let declared = match self.interfaces.find(key) {
            Some(declared) => declared,
            None => self.declare_for(key)?,
        };
        let mut data = packet.data;
        if self.options.cut && self.options.snap_length != 0 {
            data = data.get(..self.options.snap_length as usize).unwrap_or(data);
        }
        if self.options.simple_packets && declared.holds_simple(packet, data) {
            let original_length = packet.original_length;
            let simple = SimplePacket { original_length, data: data.into() };
            return self.write_block(&Block::SimplePacket(simple));
        }
        let ticks = declared.ticks.of(packet.timestamp, self.options.rounding);
        let ticks = ticks.map_err(|no| no.error(number, declared.ticks.resolution()))?;
        self.body.packet_options(packet)?;
        let options = std::mem::take(&mut self.body.bytes);
        let written = self.enhanced(declared.number, ticks, packet.original_length, data, &options);
        self.body.bytes = options;
        written
    }

    /// Writes any block: packets with all their options, names, secrets, statistics and others.
    ///
    /// A section starts a new one, with its byte order; a block from a section of another byte order
    /// is turned (see [`Block::in_order`]). Numbers of interfaces are written as they are: those of
    /// a copied section are right. So is [`Section::length`], which is to be `None` where not every
    /// block of the section is copied.
    ///
    /// # Errors
    ///
    /// [`Error::PacketLength`] for a block that is too long, which is left out then;
    /// [`Error::Write`].
    pub fn write_block(&mut self, block: &Block<'_>) -> Result<(), Error> {
        match block {
            Block::Section(section) => self.start_section(section),
            Block::Unknown(Unknown { kind: BlockType::SECTION, body }) => {
                self.body.order = body::order_of_section(body).unwrap_or(self.body.order);
                self.interfaces.clear();
            }
            Block::Interface(interface) => return self.declare(interface).map(drop),
            Block::Unknown(Unknown { kind: BlockType::INTERFACE, .. }) => {
                // However short it is, it has its number.
                self.body.fill(block);
                let key = (self.interfaces.next_declared(), Interface::UNKNOWN_LINK_TYPE);
                let unread = InterfaceDescription::new(self.body.order, key.1);
                return self.add_interface(key, &unread).map(drop);
            }
            _ => {}
        }
        let turned;
        let mut block = block;
        if body::is_foreign(block, self.body.order) {
            turned = block.clone().in_order(self.body.order);
            block = &turned;
        }
        match block {
            Block::EnhancedPacket(EnhancedPacket {
                interface,
                ticks,
                original_length,
                data,
                options,
            }) => {
                return self.enhanced(
                    *interface,
                    *ticks,
                    *original_length,
                    data,
                    options.as_bytes(),
                );
            }
            Block::SimplePacket(_) | Block::ObsoletePacket(_) => {
                self.fill_and_frame(block)?;
                self.packets = self.packets.saturating_add(1);
            }
            _ => self.fill_and_frame(block)?,
        }
        Ok(())
    }

    /// Declares an interface, and returns the number under which packets of
    /// [`write`](Self::write) are its own: [`RawPacket::interface`], counted from zero over all
    /// interfaces declared so, in all sections. A section that starts forgets those before it.
    ///
    /// # Errors
    ///
    /// As of [`write_block`](Self::write_block).
    pub fn declare(&mut self, interface: &InterfaceDescription<'_>) -> Result<u32, Error> {
        let mut interface = Cow::Borrowed(interface);
        if interface.options.order() != self.body.order {
            let options = interface.options.clone();
            interface.to_mut().options = options.in_order(self.body.order, BlockType::INTERFACE);
        }
        self.body.bytes.clear();
        self.body.interface(&interface);
        let number = self.interfaces.next_declared();
        self.add_interface((number, interface.link_type), &interface)?;
        Ok(number)
    }

    /// Hands on all that has been written.
    ///
    /// # Errors
    ///
    /// [`Error::Write`].
    pub fn flush(&mut self) -> Result<(), Error> {
        let packet = self.packets;
        self.writer.flush().map_err(|source| Error::Write { packet, source })
    }

    /// Hands everything on and gives the writer back.
    ///
    /// # Errors
    ///
    /// [`Error::Write`].
    pub fn finish(mut self) -> Result<W, Error> {
        self.flush()?;
        let packet = self.packets;
        self.writer.into_inner().map_err(|error| Error::Write { packet, source: error.into() })
    }

    /// Goes on in another writer, with the same section and interfaces at its front, and gives the
    /// one before it back. What is counted starts anew.
    ///
    /// # Errors
    ///
    /// [`Error::Write`].
    pub fn go_on_in(&mut self, writer: W) -> Result<W, Error> {
        self.flush()?;
        let packet = self.packets;
        let next = BufWriter::with_capacity(BUFFER, writer);
        let last = std::mem::replace(&mut self.writer, next);
        let last =
            last.into_inner().map_err(|error| Error::Write { packet, source: error.into() })?;
        (self.packets, self.bytes) = (0, 0);
        let section = Block::Section(Section { length: None, ..self.section.clone() });
        self.fill_and_frame(&section.in_order(self.body.order))?;
        let blocks = self.interfaces.blocks();
        self.bytes = self.bytes.saturating_add(blocks.len() as u64);
        self.writer.write_all(blocks).map_err(|source| Error::Write { packet: 0, source })?;
        Ok(last)
    }

    /// How many packets have been written.
    pub fn packets_written(&self) -> u64 {
        self.packets
    }

    /// How many bytes have been written, uncompressed.
    pub fn bytes_written(&self) -> u64 {
        self.bytes
    }

    /// The byte order of the section.
    pub fn order(&self) -> ByteOrder {
        self.body.order
    }

    /// Goes on behind a section or interface that has been written already.
    pub(crate) fn adopt(&mut self, block: &Block<'_>) -> Result<(), Error> {
        match block {
            Block::Section(section) => self.start_section(section),
            Block::Interface(interface) => {
                let key = (self.interfaces.next_declared(), interface.link_type);
                self.body.bytes.clear();
                self.body.interface(interface);
                self.interfaces.add(key, interface, &self.body, self.packets)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Declares the interface of a packet that is of none yet.
    #[cold]
    fn declare_for(&mut self, key: Key) -> Result<Declared, Error> {
        let mut interface = InterfaceDescription::new(self.body.order, key.1);
        interface.snap_length = self.options.snap_length;
        if self.options.resolution != Resolution::MICROSECOND {
            let resolution = [self.options.resolution.to_byte()];
            interface.options.push(InterfaceDescription::TIMESTAMP_RESOLUTION, &resolution)?;
        }
        self.body.bytes.clear();
        self.body.interface(&interface);
        self.add_interface(key, &interface)
    }

    /// Writes the block of an interface, which is in the body.
    fn add_interface(
        &mut self,
        key: Key,
        interface: &InterfaceDescription<'_>,
    ) -> Result<Declared, Error> {
        let packet = self.packets;
        let (declared, block) = self.interfaces.add(key, interface, &self.body, packet)?;
        self.writer.write_all(block).map_err(|source| Error::Write { packet, source })?;
        self.bytes = self.bytes.saturating_add(block.len() as u64);
        Ok(declared)
    }

    fn start_section(&mut self, section: &Section<'_>) {
        self.section = section.clone().into_owned();
        self.body.order = section.order;
        self.interfaces.clear();
    }

    /// Writes an enhanced packet block, from the pieces that it is made of.
    #[inline]
    fn enhanced(
        &mut self,
        interface: u32,
        ticks: u64,
        original_length: u32,
        data: &[u8],
        options: &[u8],
    ) -> Result<(), Error> {
        let number = self.packets.saturating_add(1);
        let (padded, padded_options) =
            (data.len().next_multiple_of(4), options.len().next_multiple_of(4));
        let length = padded.saturating_add(padded_options).saturating_add(FRAME + ENHANCED);
        let (Ok(captured), Ok(total)) = (u32::try_from(data.len()), u32::try_from(length)) else {
            return Err(Error::PacketLength { packet: number, length: data.len() as u64 });
        };
        if length > MAX_RECORD {
            return Err(Error::PacketLength { packet: number, length: data.len() as u64 });
        }
        let [high, low] = body::halves(ticks);
        let kind = BlockType::ENHANCED_PACKET.0;
        let order = self.body.order;
        let head = [kind, total, interface, high, low, captured, original_length];
        let head = head.map(|word| order.bytes_of_u32(word));
        let trailer = order.bytes_of_u32(total);
        let mut write = || {
            self.writer.write_all(head.as_flattened())?;
            self.writer.write_all(data)?;
            let padding = padded.saturating_sub(data.len());
            if options.is_empty() {
                let mut tail = [0; 8];
                let end = padding.saturating_add(4);
                if let Some(place) = tail.get_mut(padding..end) {
                    place.copy_from_slice(&trailer);
                }
                return self.writer.write_all(tail.get(..end).unwrap_or_default());
            }
            self.writer.write_all([0; 3].get(..padding).unwrap_or_default())?;
            self.writer.write_all(options)?;
            let padding = padded_options.saturating_sub(options.len());
            self.writer.write_all([0; 3].get(..padding).unwrap_or_default())?;
            self.writer.write_all(&trailer)
        };
        write().map_err(|source| Error::Write { packet: number, source })?;
        self.packets = number;
        self.bytes = self.bytes.saturating_add(length as u64);
        Ok(())
    }

    fn fill_and_frame(&mut self, block: &Block<'_>) -> Result<(), Error> {
        self.body.fill(block);
        let packet = self.packets.saturating_add(1);
        let written = self.body.frame(block.kind(), packet, &mut self.writer)?;
        self.bytes = self.bytes.saturating_add(written as u64);
        Ok(())
    }
}
