//! `MACsec`, [IEEE Std 802.1AE](https://standards.ieee.org/ieee/802.1AE/7154/) section 9: what stands
//! in front of a protected frame, and its integrity check value.
//!
//! ```text
//!  0   1    2    3     4   5   6    8              16              47
//! | V | ES | SC | SCB | E | C | AN | short length | packet number |
//! | secure channel identifier, 8 bytes, if SC is set |
//! | type or length, 2 bytes, if neither E nor C is set | data ... | integrity check value |
//! ```

use std::fmt;

use bitflags::bitflags;
use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::length_or_type::{self};
use crate::{Behind, Encode, EncodeError, EtherType, FieldSink, Header, Key, Layer, LayerType};
use crate::{Malformed, Next, Protocol, Shape, Value};

/// Bytes of an integrity check value: those of every cipher suite of the standard.
const ICV_LEN: usize = 16;

/// The tag on the wire, without its secure channel identifier and without the Ethernet type that
/// announces it.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(C)]
pub struct MacsecHeader {
    pub control: u8,
    /// Bytes behind the tag and in front of the check value, if there are less than 48; else zero.
    pub short_length: u8,
    pub packet_number: U32,
}

impl MacsecHeader {
    /// The flags in front of the association number.
    pub fn flags(&self) -> MacsecFlags {
        MacsecFlags::from_bits_truncate(self.control)
    }

    /// Writes the flags.
    pub fn set_flags(&mut self, flags: MacsecFlags) {
        self.control = self.control & 0x03 | flags.bits();
    }

    /// Association number, 2 bits: which of the keys.
    pub fn association_number(&self) -> u8 {
        self.control & 0x03
    }

    /// Writes the association number, its low 2 bits.
    pub fn set_association_number(&mut self, number: u8) {
        self.control = self.control & 0xfc | number & 0x03;
    }
}

bitflags! {
    /// The flags in front of the association number.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct MacsecFlags: u8 {
        /// Zero in every version so far.
        const VERSION = 0x80;
        const END_STATION = 0x40;
        /// The secure channel identifier is there.
        const SECURE_CHANNEL = 0x20;
        const SINGLE_COPY_BROADCAST = 0x10;
        const ENCRYPTION = 0x08;
        /// The data is not what it was: encrypted, or grown.
        const CHANGED_TEXT = 0x04;
    }
}

/// The sender, and which of its secure channels.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(C)]
pub struct MacsecChannel {
    pub system: [u8; 6],
    pub port: U16,
}

/// A protected frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Macsec<'a> {
    pub header: &'a MacsecHeader,
    pub channel: Option<&'a MacsecChannel>,
    /// What the data is, if it can be read.
    pub type_or_length: Option<U16>,
    /// The data, encrypted or not.
    pub payload: &'a [u8],
    /// 16 bytes, or what is there of them.
    pub integrity_check_value: &'a [u8],
}

impl<'a> Layer<'a> for Macsec<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, mut rest) = split::<MacsecHeader>(bytes)?;
        if header.flags().contains(MacsecFlags::VERSION) {
            return Err(Malformed::Field { name: "version", value: 1 });
        }
        let mut channel = None;
        if header.flags().contains(MacsecFlags::SECURE_CHANNEL) {
            let need = size_of::<MacsecHeader>().saturating_add(size_of::<MacsecChannel>());
            let truncated = Malformed::Truncated { need, have: bytes.len() };
            let (found, behind) = split::<MacsecChannel>(rest).map_err(|_| truncated)?;
            (channel, rest) = (Some(found), behind);
        }
        let (data, icv) = match usize::from(header.short_length) {
            0 => {
                let len = rest.len().saturating_sub(ICV_LEN);
                rest.split_at_checked(len).unwrap_or((rest, &[]))
            }
            len => {
                let (data, behind) = rest.split_at_checked(len).unwrap_or((rest, &[]));
                (data, behind.get(..ICV_LEN).unwrap_or(behind))
            }
        };
        let changed = MacsecFlags::ENCRYPTION | MacsecFlags::CHANGED_TEXT;
        let number = data.split_first_chunk().filter(|_| !header.flags().intersects(changed));
        let (type_or_length, payload) = match number {
            Some((number, payload)) => (Some(U16::from_bytes(*number)), payload),
            None => (None, data),
        };
        Ok(Self { header, channel, type_or_length, payload, integrity_check_value: icv })
    }

    fn shape(&self) -> Shape {
        let header_len = self.tag_len().saturating_add(self.type_or_length.map_or(0, |_| 2));
        let trailer_len = self.integrity_check_value.len();
        let short = usize::from(self.header.short_length);
        let announced = short.saturating_sub(self.type_or_length.map_or(0, |_| 2));
        let payload_len = if short == 0 { self.payload.len() } else { announced };
        let next = self.type_or_length.map_or(Next::End, |number| {
            length_or_type::shape(header_len, number.get(), self.payload, &[]).next
        });
        Shape { header_len, payload_len, trailer_len, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let (header, flags) = (self.header, self.header.flags());
        sink.number("macsec.TCI", header.control >> 2, 0..1);
        sink.number("macsec.TCI.V", header.control >> 7, 0..1);
        sink.flag("macsec.TCI.ES", flags.contains(MacsecFlags::END_STATION), 0..1);
        sink.flag("macsec.TCI.SC", flags.contains(MacsecFlags::SECURE_CHANNEL), 0..1);
        sink.flag("macsec.TCI.SCB", flags.contains(MacsecFlags::SINGLE_COPY_BROADCAST), 0..1);
        sink.flag("macsec.TCI.E", flags.contains(MacsecFlags::ENCRYPTION), 0..1);
        sink.flag("macsec.TCI.C", flags.contains(MacsecFlags::CHANGED_TEXT), 0..1);
        sink.number("macsec.AN", header.association_number(), 0..1);
        sink.number("macsec.SL", header.short_length, 1..2);
        sink.number("macsec.PN", header.packet_number, 2..6);
        if let Some(channel) = self.channel {
            sink.value("macsec.SCI.system_identifier", Value::Mac(channel.system), 6..12);
            sink.number("macsec.SCI.port_identifier", channel.port, 12..14);
        }
        let mut at = self.tag_len();
        if let Some(number) = self.type_or_length {
            sink.number("macsec.etype", number, at..at.saturating_add(2));
            at = at.saturating_add(2);
        }
        at = at.saturating_add(self.payload.len());
        let icv = self.integrity_check_value;
        if !icv.is_empty() {
            sink.bytes("macsec.ICV", icv, at..at.saturating_add(icv.len()));
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.is_encrypted() { "encrypted" } else { "integrity" };
        write!(f, "{kind} packet {}", self.header.packet_number)
    }
}

impl Macsec<'_> {
    /// Whether the data is encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.header.flags().contains(MacsecFlags::ENCRYPTION)
    }

    fn tag_len(&self) -> usize {
        let channel = self.channel.map_or(0, |_| size_of::<MacsecChannel>());
        size_of::<MacsecHeader>().saturating_add(channel)
    }
}

/// A protected frame to be written. The check value is not worked out: that takes the key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MacsecBuilder<'a> {
    pub header: MacsecHeader,
    /// The flag that says whether it is there is set accordingly.
    pub channel: Option<MacsecChannel>,
    /// Left out in front of encrypted data.
    pub type_or_length: Option<U16>,
    pub integrity_check_value: &'a [u8],
}

impl Encode for MacsecBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut header = self.header;
        let mut flags = header.flags();
        flags.set(MacsecFlags::SECURE_CHANNEL, self.channel.is_some());
        header.set_flags(flags);
        out.extend_from_slice(header.as_bytes());
        out.extend_from_slice(self.channel.as_ref().map_or(&[], MacsecChannel::as_bytes));
        out.extend_from_slice(self.type_or_length.as_ref().map_or(&[], U16::as_bytes));
        Ok(())
    }

    fn encode_trailer(&self, _payload_len: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(self.integrity_check_value);
        Ok(())
    }
}

impl Header for MacsecHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// The place of type or length, if it is there.
fn number_of(bytes: &mut [u8], header_len: usize) -> Option<&mut U16> {
    let flags = MacsecHeader::ref_from_prefix(bytes).ok()?.0.flags();
    let channel = flags.contains(MacsecFlags::SECURE_CHANNEL);
    let tag_len = if channel { 14 } else { 6 };
    let number = bytes.get_mut(tag_len..header_len)?;
    U16::mut_from_bytes(number).ok()
}

/// The short length, and a length where that is what stands in the place of the type.
fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header_len = behind.header_len;
    if let Some(number) = number_of(bytes, header_len) {
        length_or_type::fix_length(number, behind)?;
    }
    let number_len = number_of(bytes, header_len).map_or(0, |_| 2);
    let len = behind.payload_len.saturating_add(number_len);
    let short = if len < 48 { behind.fit("short length", len)? } else { 0 };
    behind.header::<MacsecHeader>(bytes)?.short_length = short;
    Ok(())
}

fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    behind.header::<MacsecHeader>(bytes)?;
    if let Some(number) = number_of(bytes, behind.header_len) {
        let found = behind.ether_type(EtherType(number.get()));
        if found != EtherType::LLC {
            number.set(found.0);
        }
    }
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::MACSEC,
    "macsec",
    "IEEE 802.1AE MACsec",
    |bytes, outer| Macsec::parse_in(bytes, outer).map(|macsec| macsec.shape()),
    |bytes, outer, visitor| Macsec::parse_in(bytes, outer).map(|macsec| visitor(&macsec)),
)
.specification("IEEE Std 802.1AE")
.claims(&[Key::ether_type(EtherType::MACSEC)])
.template(&[0; size_of::<MacsecHeader>()])
.lengths(lengths)
.next(next);

// Made by hand, read by tshark 4.0.17: encrypted, behind it 2 bytes of data
#[cfg(test)]
layer_tests! {
    sample: Macsec *b"\x2e\0\0\0\0\x06\x02\0\0\0\0\x05\0\x01EEIIIIIIIIIIIIIIII";
    fields: "macsec.TCI=11 macsec.TCI.V=0 macsec.TCI.ES=0 macsec.TCI.SC=1 macsec.TCI.SCB=0 \
        macsec.TCI.E=1 macsec.TCI.C=1 macsec.AN=2 macsec.SL=0 macsec.PN=6 \
        macsec.SCI.system_identifier=02:00:00:00:00:05 macsec.SCI.port_identifier=1 \
        macsec.ICV=49494949494949494949494949494949";
    edit: MacsecHeader, |header| header.set_association_number(1);
    bad: [0 = 0xae => "version" 1];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decoder, EthernetHeader, Fix, Ipv4, Ipv4Header, LinkType, serialize_layers};

    #[test]
    fn encrypted_data_leads_nowhere() {
        let macsec = Macsec::parse(b"\x0c\0\0\0\0\x06\x08\0EEIIIIIIIIIIIIIIII").unwrap();
        assert_eq!((macsec.payload, macsec.shape().next), (&b"\x08\0EE"[..], Next::End));
        assert!(macsec.is_encrypted());
    }

    #[test]
    fn a_short_length_parts_the_check_value_from_padding() {
        let bytes = b"\0\x04\0\0\0\x06\x08\0EEIIIIIIIIIIIIIIII\0\0\0\0";
        let macsec = Macsec::parse(bytes).unwrap();
        assert_eq!((macsec.payload, macsec.integrity_check_value), (&b"EE"[..], &[b'I'; 16][..]));
        let shape = macsec.shape();
        assert_eq!((shape.header_len, shape.payload_len, shape.trailer_len), (8, 2, 16));
    }

    #[test]
    fn integrity_alone_goes_on_to_what_is_protected() {
        let macsec = MacsecBuilder {
            channel: Some(MacsecChannel { system: [2; 6], port: 1.into() }),
            type_or_length: Some(U16::ZERO),
            integrity_check_value: &[7; 16],
            ..Default::default()
        };
        let layers: [&dyn Encode; 3] =
            [&EthernetHeader::default(), &macsec, &Ipv4Header::default()];
        for payload in [&[1; 4][..], &[1; 100]] {
            let mut out = Vec::new();
            serialize_layers(&mut out, Fix::all(), &layers, payload).unwrap();
            let decoder = Decoder::default();
            let packet = decoder.decode(LinkType::ETHERNET, &out);
            assert_eq!(packet.get::<Ipv4<'_>>().unwrap().payload, payload);
            let macsec = packet.get::<Macsec<'_>>().unwrap();
            assert_eq!(macsec.integrity_check_value, [7; 16]);
            let expected = if payload.len() == 4 { 26 } else { 0 };
            assert_eq!(macsec.header.short_length, expected);
        }
    }
}
