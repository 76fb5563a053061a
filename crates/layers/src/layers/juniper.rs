//! The header that Juniper's routers put in front of an Ethernet frame,
//! [LINKTYPE_JUNIPER_ETHER](https://www.tcpdump.org/linktypes.html).
//!
//! ```text
//!  0                               24                             31
//! |       magic number, 4d4743      |            flags             |
//! |    length of extensions, and type, length, value of each       |
//! |    protocol, if the frame lost its link header                 |
//! ```

use std::fmt;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::big_endian;
use crate::octet_tlvs::{OctetTlv, OctetTlvs};
use crate::parts::Parts;
use crate::{EtherType, FieldSink, Header, Key, Layer, LayerType, LinkType, Malformed, Next};
use crate::{Protocol, Shape};

/// How every header starts.
const MAGIC: [u8; 3] = [0x4d, 0x47, 0x43];
/// The bit that says that the packet comes in.
const INBOUND: u8 = 0x01;
/// The bit that says that the link header is gone, and a protocol in its place.
const NO_LINK_HEADER: u8 = 0x02;
/// The bit that says that extensions follow.
const EXTENSIONS: u8 = 0x80;
/// Numbers are of up to four bytes, the lower first.
const MAX_NUMBER_LEN: usize = 4;
/// The place of the extensions.
const EXTENSIONS_AT: usize = 6;

/// The start of the header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct JuniperHeader {
    pub magic_number: [u8; 3],
    pub flags: u8,
}

/// What a router says of the packet behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JuniperExtension {
    DeviceInterfaceIndex(u32),
    DeviceMediaType(u32),
    LogicalInterfaceEncapsulation(u32),
    LogicalInterfaceIndex(u32),
    LogicalUnitNumber(u32),
    TunnelDeviceMediaType(u32),
    TunnelLogicalInterfaceEncapsulation(u32),
    /// Something else, or no number.
    Unknown {
        kind: u8,
    },
}

/// A frame, and what the router says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Juniper<'a> {
    pub header: &'a JuniperHeader,
    /// The extensions, and all in front of them.
    front: &'a [u8],
    /// What the packet is, if it lost its link header.
    pub protocol: Option<u32>,
    pub payload: &'a [u8],
    header_len: usize,
}

impl<'a> Layer<'a> for Juniper<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut parts = Parts::new(bytes);
        let header = parts.take::<JuniperHeader>()?;
        if header.magic_number != MAGIC {
            let value = big_endian(&header.magic_number);
            return Err(Malformed::Field { name: "magic number", value });
        }
        if header.flags & EXTENSIONS != 0 {
            let length = u16::from_be_bytes(*parts.take()?);
            parts.bytes(length.into())?;
        }
        let front = bytes.get(..parts.taken()).unwrap_or_default();
        let protocol = parts.take_if::<[u8; 4]>(header.flags & NO_LINK_HEADER != 0)?;
        let protocol = protocol.map(|bytes| u32::from_le_bytes(*bytes));
        Ok(Self { header, front, protocol, payload: parts.rest, header_len: parts.taken() })
    }

    fn shape(&self) -> Shape {
        let next = match self.protocol {
            None | Some(204) => Key::ether_type(EtherType::BRIDGING),
            Some(2 | 3) => Key::ether_type(EtherType::IPV4),
            Some(4 | 5 | 8) => Key::ether_type(EtherType::MPLS),
            Some(6 | 7) => Key::ether_type(EtherType::IPV6),
            Some(200) => Key::ether_type(EtherType::PPP),
            Some(207) => Key::link_type(LinkType::FRELAY),
            Some(208) => Key::link_type(LinkType::C_HDLC),
            Some(number) => Key::child(LayerType::JUNIPER, number),
        };
        let (header_len, payload_len) = (self.header_len, self.payload.len());
        Shape { header_len, payload_len, trailer_len: 0, next: Next::One(next) }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("juniper.magic-number", 0x4d_4743_u32, 0..3);
        sink.number("juniper.direction", self.header.flags & INBOUND, 3..4);
        sink.number("juniper.l2hdr", (self.header.flags & NO_LINK_HEADER) >> 1, 3..4);
        if let Some(&[high, low]) = self.front.get(4..EXTENSIONS_AT).and_then(|b| b.as_array()) {
            sink.number("juniper.ext_total_len", u16::from_be_bytes([high, low]), 4..6);
        }
        for tlv in self.tlvs().map_while(Result::ok) {
            let (name, value) = match JuniperExtension::parse(&tlv) {
                JuniperExtension::DeviceInterfaceIndex(index) => ("juniper.ext.ifd", index),
                JuniperExtension::DeviceMediaType(media) => ("juniper.ext.ifmt", media),
                JuniperExtension::LogicalInterfaceEncapsulation(kind) => ("juniper.ext.ifle", kind),
                JuniperExtension::LogicalInterfaceIndex(index) => ("juniper.ext.ifl", index),
                JuniperExtension::LogicalUnitNumber(unit) => ("juniper.ext.unit", unit),
                JuniperExtension::TunnelDeviceMediaType(media) => ("juniper.ext.ttp_ifmt", media),
                JuniperExtension::TunnelLogicalInterfaceEncapsulation(kind) => {
                    ("juniper.ext.ttp_ifle", kind)
                }
                JuniperExtension::Unknown { .. } => continue,
            };
            let start = tlv.at.saturating_add(2);
            sink.number(name, value, start..tlv.at.saturating_add(tlv.len()));
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_inbound() { "in" } else { "out" })
    }
}

impl<'a> Juniper<'a> {
    /// Whether the packet came to the router.
    pub fn is_inbound(&self) -> bool {
        self.header.flags & INBOUND != 0
    }

    /// What the router says of the packet. An extension cut short ends the rest.
    pub fn extensions(
        &self,
    ) -> impl Iterator<Item = Result<JuniperExtension, Malformed>> + use<'a> {
        self.tlvs().map(|tlv| tlv.map(|tlv| JuniperExtension::parse(&tlv)))
    }

    fn tlvs(&self) -> OctetTlvs<'a> {
        OctetTlvs::new(self.front, EXTENSIONS_AT)
    }
}

impl JuniperExtension {
    fn parse(tlv: &OctetTlv<'_>) -> Self {
        let kind = tlv.kind;
        let mut bytes = [0; MAX_NUMBER_LEN];
        let Some(place) = bytes.get_mut(..tlv.value.len()).filter(|place| !place.is_empty()) else {
            return Self::Unknown { kind };
        };
        place.copy_from_slice(tlv.value);
        let number = u32::from_le_bytes(bytes);
        match kind {
            1 => Self::DeviceInterfaceIndex(number),
            3 => Self::DeviceMediaType(number),
            4 => Self::LogicalInterfaceIndex(number),
            5 => Self::LogicalUnitNumber(number),
            6 => Self::LogicalInterfaceEncapsulation(number),
            7 => Self::TunnelDeviceMediaType(number),
            8 => Self::TunnelLogicalInterfaceEncapsulation(number),
            _ => Self::Unknown { kind },
        }
    }
}

impl Header for JuniperHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::JUNIPER,
    "juniper",
    "Juniper Ethernet",
    |bytes, outer| Juniper::parse_in(bytes, outer).map(|juniper| juniper.shape()),
    |bytes, outer, visitor| Juniper::parse_in(bytes, outer).map(|juniper| visitor(&juniper)),
)
.specification("LINKTYPE_JUNIPER_ETHER")
.claims(&[Key::link_type(LinkType::JUNIPER_ETHER), Key::link_type(LinkType::JUNIPER_PPPOE)])
.template(&[0x4d, 0x47, 0x43, 0]);

// tcpdump, bgp-aigp.pcap, packet 1: Direction: Out, L2-header: Present, Extension(s) Total length:
// 16, Device Media Type: 1, Logical Interface Encapsulation: 14, Device Interface Index: 140,
// Logical Interface Index: 332
#[cfg(test)]
layer_tests! {
    sample: Juniper *b"\x4d\x47\x43\x80\0\x10\x03\x01\x01\x06\x01\x0e\x01\x02\x8c\0\
        \x04\x04\x4c\x01\0\0\0\x50\x56\x8b\x5e\x9f\0\x50\x56\x8b\x6d\xde\x08\0";
    fields: "juniper.magic-number=5064515 juniper.direction=0 juniper.l2hdr=0 \
        juniper.ext_total_len=16 juniper.ext.ifmt=1 juniper.ext.ifle=14 juniper.ext.ifd=140 \
        juniper.ext.ifl=332";
    edit: JuniperHeader, |header| header.flags = 0x81;
    bad: [0 = 0 => "magic number" 0x4743];
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What tshark 4.0.17 goes on with.
    #[track_caller]
    fn check(bytes: &[u8], next: Key, header_len: usize) {
        let shape = Juniper::parse(bytes).unwrap().shape();
        assert_eq!((shape.next, shape.header_len), (Next::One(next), header_len));
    }

    #[test]
    fn a_protocol_takes_the_place_of_a_link_header() {
        check(b"MGC\0\x01", Key::ether_type(EtherType::BRIDGING), 4);
        check(b"MGC\x02\x02\0\0\0\x45", Key::ether_type(EtherType::IPV4), 8);
        check(b"MGC\x02\x06\0\0\0\x60", Key::ether_type(EtherType::IPV6), 8);
        check(b"MGC\x02\xc8\0\0\0\0\x21", Key::ether_type(EtherType::PPP), 8);
        check(b"MGC\x82\0\x03\x03\x01\x07\xd0\0\0\0", Key::link_type(LinkType::C_HDLC), 13);
        check(b"MGC\x02\x0a\0\0\0", Key::child(LayerType::JUNIPER, 10), 8);
    }

    #[test]
    fn numbers_have_their_lower_byte_first() {
        let extensions = |bytes| Juniper::parse(bytes).unwrap().extensions().collect::<Vec<_>>();
        let little = extensions(b"MGC\x80\0\x04\x05\x02\x01\x02");
        assert_eq!(little, [Ok(JuniperExtension::LogicalUnitNumber(0x201))]);
        let unknown = extensions(b"MGC\x80\0\x07\x85\0\x01\x03abc");
        assert_eq!(unknown[0], Ok(JuniperExtension::Unknown { kind: 0x85 }));
        assert_eq!(unknown[1], Ok(JuniperExtension::DeviceInterfaceIndex(0x63_6261)));
    }

    #[test]
    fn an_extension_cut_short_is_the_last() {
        let bytes = b"MGC\x80\0\x05\x03\x01\x01\x04\x09";
        let found = Juniper::parse(bytes).unwrap().extensions().collect::<Vec<_>>();
        let cut = Malformed::Truncated { need: 11, have: 2 };
        assert_eq!(found, [Ok(JuniperExtension::DeviceMediaType(1)), Err(cut)]);
    }
}
