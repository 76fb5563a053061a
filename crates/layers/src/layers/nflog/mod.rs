//! Packets as Linux's netfilter logs them,
//! [LINKTYPE_NFLOG](https://www.tcpdump.org/linktypes/LINKTYPE_NFLOG.html).
//!
//! ```text
//!  0               8               16                             31
//! |address family |    version    |          resource id           |
//! |       length of attribute     |             type               |
//! |        value, filled up to four bytes ...                      |
//! ```
//!
//! Lengths and types are in the order of the machine that captured; the numbers in values are in
//! network order. The packet is the value of an attribute.

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::layers::split;
use crate::records::{Head, Records};
use crate::{AddressFamily, EtherType, FieldSink, Header, Key, Layer, LayerType, LinkType};
use crate::{Malformed, Next, Protocol, Shape, Value};

mod encode;

pub use encode::NflogBuilder;

/// Bytes of a type and a length.
const ATTRIBUTE_HEADER: usize = 4;
/// The first bit of a type says that attributes are inside.
const TYPE: u16 = 0x7fff;
/// Types from here on are none of netfilter's: the order of the bytes is the other.
const TYPES: u16 = 0x100;

const PACKET_HEADER: u16 = 1;
const TIMESTAMP: u16 = 3;
const INPUT_INTERFACE: u16 = 4;
const OUTPUT_INTERFACE: u16 = 5;
const PHYSICAL_INPUT_INTERFACE: u16 = 6;
const PHYSICAL_OUTPUT_INTERFACE: u16 = 7;
const PAYLOAD: u16 = 9;
const PREFIX: u16 = 10;
const USER_ID: u16 = 11;
const GROUP_ID: u16 = 14;

/// The header on the wire, in front of its attributes.
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
pub struct NflogHeader {
    pub address_family: u8,
    pub version: u8,
    /// The group of listeners that the packet was logged for.
    pub resource_id: U16,
}

/// Something said of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NflogAttribute<'a> {
    /// What the packet is, and where in the kernel it was.
    PacketHeader {
        protocol: EtherType,
        hook: u8,
    },
    /// Since 1970.
    Timestamp {
        seconds: u64,
        microseconds: u64,
    },
    InputInterface(u32),
    OutputInterface(u32),
    /// The port of a bridge.
    PhysicalInputInterface(u32),
    /// The port of a bridge.
    PhysicalOutputInterface(u32),
    /// The packet, as far as it is there.
    Payload(&'a [u8]),
    /// Text that the rule gives, with a zero behind it.
    Prefix(&'a [u8]),
    /// The user whose socket it is.
    UserId(u32),
    /// The group whose socket it is.
    GroupId(u32),
    /// Something else, or a value of another length.
    Unknown {
        kind: u16,
        data: &'a [u8],
    },
}

/// An attribute, and where it is.
#[derive(Clone, Copy, Debug)]
struct Located<'a> {
    attribute: NflogAttribute<'a>,
    kind: u16,
    /// Bytes of the value, as announced.
    announced: usize,
    value: &'a [u8],
    /// The place of the length in the layer.
    at: usize,
}

/// A logged packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Nflog<'a> {
    pub header: &'a NflogHeader,
    /// All attributes, in front of the packet and behind it.
    pub attribute_bytes: &'a [u8],
    /// The packet; empty, if there is none.
    pub payload: &'a [u8],
    header_len: usize,
    payload_len: usize,
    is_little_endian: bool,
}

impl<'a> Layer<'a> for Nflog<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, attribute_bytes) = split::<NflogHeader>(bytes)?;
        let is_little_endian = !is_order(attribute_bytes, false) && is_order(attribute_bytes, true);
        let header_len = bytes.len();
        let empty = Self {
            header,
            attribute_bytes,
            payload: &[],
            header_len,
            payload_len: 0,
            is_little_endian,
        };
        let packet = empty.located().find_map(|located| match located {
            Ok(located) if located.kind == PAYLOAD => Some(located),
            _ => None,
        });
        let Some(packet) = packet else { return Ok(empty) };
        let header_len = packet.at.saturating_add(ATTRIBUTE_HEADER);
        Ok(Self { payload: packet.value, header_len, payload_len: packet.announced, ..empty })
    }

    fn shape(&self) -> Shape {
        let whole = size_of::<NflogHeader>().saturating_add(self.attribute_bytes.len());
        let end = self.header_len.saturating_add(self.payload_len);
        let ether_type = self.ether_type().filter(|_| self.payload_len != 0);
        Shape {
            header_len: self.header_len,
            payload_len: self.payload_len,
            trailer_len: whole.saturating_sub(end),
            next: ether_type.map_or(Next::End, |number| Next::One(Key::ether_type(number))),
        }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("nflog.family", self.header.address_family, 0..1);
        sink.number("nflog.version", self.header.version, 1..2);
        sink.number("nflog.res_id", self.header.resource_id, 2..4);
        let (mut list, mut end) = (self.located(), size_of::<NflogHeader>());
        while let Some(located) = sink.sound(list.next(), end) {
            end = located.at.saturating_add(located.announced.next_multiple_of(4));
            end = end.saturating_add(ATTRIBUTE_HEADER);
            self.attribute_fields(&located, sink);
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NFLOG group {}", self.header.resource_id)
    }
}

impl<'a> Nflog<'a> {
    /// What the packet is, by its address family.
    pub fn ether_type(&self) -> Option<EtherType> {
        AddressFamily(self.header.address_family.into()).ether_type()
    }

    /// Whether the machine that captured has the lower byte first.
    pub fn is_little_endian(&self) -> bool {
        self.is_little_endian
    }

    /// What is said of the packet. An attribute cut short is an error, unless it is the packet, and
    /// ends the rest.
    pub fn attributes(&self) -> impl Iterator<Item = Result<NflogAttribute<'a>, Malformed>> {
        self.located().map(|located| located.map(|located| located.attribute))
    }

    fn located(&self) -> impl Iterator<Item = Result<Located<'a>, Malformed>> + use<'a> {
        let head = if self.is_little_endian { little_endian_head } else { big_endian_head };
        let (bytes, start) = (self.attribute_bytes, size_of::<NflogHeader>());
        let is_little_endian = self.is_little_endian;
        Records::new(bytes, start, head).map(move |record| {
            let record = record?;
            let front = bytes.get(record.at.saturating_sub(start)..).unwrap_or_default();
            let (length, _) = length_and_type(front, is_little_endian)?;
            let announced = usize::from(length).saturating_sub(ATTRIBUTE_HEADER);
            // Without what fills it up.
            let value = record.data.get(..announced).unwrap_or(record.data);
            let attribute = NflogAttribute::parse(record.kind, value);
            Ok(Located { attribute, kind: record.kind, announced, value, at: record.at })
        })
    }

    fn attribute_fields(&self, located: &Located<'a>, sink: &mut dyn FieldSink) {
        let start = located.at.saturating_sub(size_of::<NflogHeader>());
        let bytes = self.attribute_bytes.get(start..).unwrap_or_default();
        let len = located.value.len().saturating_add(ATTRIBUTE_HEADER);
        let bytes = bytes.get(..len).unwrap_or(bytes);
        let length = located.announced.saturating_add(ATTRIBUTE_HEADER);
        let mut reader = FieldReader::new(bytes, located.at, sink);
        let _ = reader.again().bytes("nflog.tlv", bytes.len());
        let _ = reader.word(2);
        reader.bits("nflog.tlv_length", length as u64);
        let _ = reader.word(2);
        reader.bits("nflog.tlv_type", located.kind);
        // Each value is as long as its fields.
        let _ = match located.attribute {
            NflogAttribute::PacketHeader { .. } => {
                reader.u16("nflog.protocol");
                reader.u8("nflog.hook").map(drop)
            }
            NflogAttribute::InputInterface(_) => reader.u32("nflog.ifindex_indev").map(drop),
            NflogAttribute::OutputInterface(_) => reader.u32("nflog.ifindex_outdev").map(drop),
            NflogAttribute::PhysicalInputInterface(_) => {
                reader.u32("nflog.ifindex_physindev").map(drop)
            }
            NflogAttribute::PhysicalOutputInterface(_) => {
                reader.u32("nflog.ifindex_physoutdev").map(drop)
            }
            NflogAttribute::Prefix(_) => reader.rest_text("nflog.prefix").map(drop),
            NflogAttribute::UserId(id) => signed(&mut reader, "nflog.uid", id),
            NflogAttribute::GroupId(id) => signed(&mut reader, "nflog.gid", id),
            // The packet is a layer of its own; a time is no number to Wireshark.
            NflogAttribute::Payload(_) | NflogAttribute::Timestamp { .. } => None,
            NflogAttribute::Unknown { .. } => reader.rest_as("nflog.tlv_value").map(drop),
        };
    }
}

fn signed(reader: &mut FieldReader<'_, '_>, name: &'static str, id: u32) -> Option<()> {
    reader.word(4)?;
    reader.value(name, Value::Signed(id.cast_signed().into()));
    Some(())
}

impl<'a> NflogAttribute<'a> {
    fn parse(kind: u16, data: &'a [u8]) -> Self {
        let number = <[u8; 4]>::try_from(data).map(u32::from_be_bytes);
        match (kind, number, data) {
            (PACKET_HEADER, _, &[high, low, hook, _]) => {
                let protocol = EtherType(u16::from_be_bytes([high, low]));
                Self::PacketHeader { protocol, hook }
            }
            (TIMESTAMP, ..) => match data.split_first_chunk::<8>() {
                Some((seconds, &[a, b, c, d, e, f, g, h])) => Self::Timestamp {
                    seconds: u64::from_be_bytes(*seconds),
                    microseconds: u64::from_be_bytes([a, b, c, d, e, f, g, h]),
                },
                _ => Self::Unknown { kind, data },
            },
            (INPUT_INTERFACE, Ok(index), _) => Self::InputInterface(index),
            (OUTPUT_INTERFACE, Ok(index), _) => Self::OutputInterface(index),
            (PHYSICAL_INPUT_INTERFACE, Ok(index), _) => Self::PhysicalInputInterface(index),
            (PHYSICAL_OUTPUT_INTERFACE, Ok(index), _) => Self::PhysicalOutputInterface(index),
            (PAYLOAD, ..) => Self::Payload(data),
            (PREFIX, _, [_, ..]) => Self::Prefix(data),
            (USER_ID, Ok(id), _) => Self::UserId(id),
            (GROUP_ID, Ok(id), _) => Self::GroupId(id),
            _ => Self::Unknown { kind, data },
        }
    }
}

/// The length of an attribute with its header, and its type.
fn length_and_type(bytes: &[u8], is_little_endian: bool) -> Result<(u16, u16), Malformed> {
    let &[l, n, k, i, ..] = bytes else {
        return Err(Malformed::Truncated { need: ATTRIBUTE_HEADER, have: bytes.len() });
    };
    let read = if is_little_endian { u16::from_le_bytes } else { u16::from_be_bytes };
    Ok((read([l, n]), read([k, i]) & TYPE))
}

fn head(bytes: &[u8], is_little_endian: bool) -> Result<Head, Malformed> {
    let (length, kind) = length_and_type(bytes, is_little_endian)?;
    let bad = Malformed::Field { name: "attribute length", value: length.into() };
    let len = usize::from(length).checked_sub(ATTRIBUTE_HEADER).ok_or(bad)?;
    let there = bytes.len().saturating_sub(ATTRIBUTE_HEADER);
    // The last one need not be filled up, and of a packet some may be left out.
    let is_short = len <= there || kind == PAYLOAD;
    let filled = len.next_multiple_of(ATTRIBUTE_HEADER);
    let data_len = if is_short { filled.min(there) } else { len };
    Ok(Head { kind, header_len: ATTRIBUTE_HEADER, data_len })
}

fn big_endian_head(bytes: &[u8]) -> Result<Head, Malformed> {
    head(bytes, false)
}

fn little_endian_head(bytes: &[u8]) -> Result<Head, Malformed> {
    head(bytes, true)
}

/// Whether the first type that is not zero is one of netfilter's in this order of bytes.
fn is_order(bytes: &[u8], is_little_endian: bool) -> bool {
    let read = if is_little_endian { little_endian_head } else { big_endian_head };
    let first = Records::new(bytes, 0, read)
        .find(|record| record.as_ref().map_or(true, |record| record.kind != 0));
    matches!(first, Some(Ok(record)) if record.kind < TYPES)
}

impl Header for NflogHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::NFLOG,
    "nflog",
    "Linux netfilter log",
    |bytes, outer| Nflog::parse_in(bytes, outer).map(|nflog| nflog.shape()),
    |bytes, outer, visitor| Nflog::parse_in(bytes, outer).map(|nflog| visitor(&nflog)),
)
.specification("LINKTYPE_NFLOG")
.claims(&[Key::link_type(LinkType::NFLOG)])
.template(encode::TEMPLATE)
.settings(&[encode::SETTINGS])
.lengths(encode::lengths)
.next(encode::next);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::from_hex;

    /// Made by hand; tshark 4.0.17 shows the fields below.
    const LITTLE: &str = "02000001 0800010008000100 05000a0000000000 0800050000000002 \
        06000f0000010000 08000b00000003e8 08000e00ffffffff 080009004500001c";

    /// The family, the place and length of the payload, and what is behind it.
    #[track_caller]
    fn check(hex: &str, next: Next, header_len: usize, payload_len: usize, trailer_len: usize) {
        let shape = Nflog::parse(&from_hex(hex)).unwrap().shape();
        assert_eq!(shape, Shape { header_len, payload_len, trailer_len, next });
    }

    #[test]
    fn attributes_are_fields() {
        let bytes = from_hex(LITTLE);
        let nflog = Nflog::parse(&bytes).unwrap();
        let expected = "nflog.family=2 nflog.version=0 nflog.res_id=1 \
            nflog.tlv=0800010008000100 nflog.tlv_length=8 nflog.tlv_type=1 nflog.protocol=2048 \
            nflog.hook=1 nflog.tlv=05000a0000 nflog.tlv_length=5 nflog.tlv_type=10 nflog.prefix= \
            nflog.tlv=0800050000000002 nflog.tlv_length=8 nflog.tlv_type=5 \
            nflog.ifindex_outdev=2 nflog.tlv=06000f000001 nflog.tlv_length=6 nflog.tlv_type=15 \
            nflog.tlv_value=0001 nflog.tlv=08000b00000003e8 nflog.tlv_length=8 \
            nflog.tlv_type=11 nflog.uid=1000 nflog.tlv=08000e00ffffffff nflog.tlv_length=8 \
            nflog.tlv_type=14 nflog.gid=-1 nflog.tlv=080009004500001c nflog.tlv_length=8 \
            nflog.tlv_type=9";
        assert_eq!(nflog.to_string(), expected);
        assert!(nflog.is_little_endian());
        let attributes = nflog.attributes().collect::<Result<Vec<_>, _>>().unwrap();
        let protocol = EtherType::IPV4;
        assert_eq!(attributes[0], NflogAttribute::PacketHeader { protocol, hook: 1 });
        assert_eq!(attributes[6], NflogAttribute::Payload(&[0x45, 0, 0, 0x1c]));
    }

    #[test]
    fn the_packet_is_the_value_of_an_attribute() {
        let ipv4 = Next::One(Key::ether_type(EtherType::IPV4));
        let ipv6 = Next::One(Key::ether_type(EtherType::IPV6));
        check(LITTLE, ipv4, 56, 4, 0);
        check("0a000001 0006 0009 6000 0000 0005 000a 00", ipv6, 8, 2, 7);
        check("0a000001 0006 0009 6000", ipv6, 8, 2, 0);
        check("0a000001 0040 0009 6000", ipv6, 8, 60, 0);
        check("07000001 0006 0009 6000", Next::End, 8, 2, 0);
        check("02000001 05000a0000", Next::End, 9, 0, 0);
    }

    #[test]
    fn the_order_of_bytes_is_found() {
        let order = |hex| Nflog::parse(&from_hex(hex)).unwrap().is_little_endian();
        assert!(order("02000001 08000b00000003e8"));
        assert!(!order("02000001 0008000b000003e8"));
        // Zeek, nflog-bad-tlv-len.pcap
        assert!(!order("020000000001010000000000"));
    }

    #[test]
    fn an_error_ends_the_attributes() {
        let bytes = from_hex("02000001 0008000b000003e8 0003000b00000000");
        let nflog = Nflog::parse(&bytes).unwrap();
        let bad = Malformed::Field { name: "attribute length", value: 3 };
        let found = nflog.attributes().collect::<Vec<_>>();
        assert_eq!(found, [Ok(NflogAttribute::UserId(1000)), Err(bad)]);
        let bytes = from_hex("02000001 0008000b 0000");
        let cut = Nflog::parse(&bytes).unwrap().attributes().last();
        assert!(matches!(cut, Some(Err(Malformed::Truncated { .. }))));
    }

    #[test]
    fn a_time_is_in_seconds_and_microseconds() {
        let bytes = from_hex("02000001 00140003 0000000000000001 0000000000000002");
        let found = Nflog::parse(&bytes).unwrap().attributes().last();
        let time = NflogAttribute::Timestamp { seconds: 1, microseconds: 2 };
        assert_eq!(found, Some(Ok(time)));
    }

    #[test]
    fn every_prefix_is_truncated_or_whole() {
        let bytes = from_hex(LITTLE);
        for have in 0..bytes.len() {
            match Nflog::parse(&bytes[..have]) {
                Ok(nflog) => assert!(nflog.shape().header_len <= have && have >= 4),
                Err(error) => assert_eq!(error, Malformed::Truncated { need: 4, have }),
            }
        }
    }
}
