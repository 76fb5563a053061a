//! The header that Juniper's routers put in front of a packet,
//! [LINKTYPE_JUNIPER_ETHER](https://www.tcpdump.org/linktypes.html) and the like: the link type says
//! which interface card it comes from, and so what follows.
//!
//! ```text
//!  0                               24                             31
//! |       magic number, 4d4743      |            flags             |
//! |    length of extensions, and type, length, value of each       |
//! |    protocol, if the frame lost its link header, or else        |
//! |    what the interface card says of the packet                  |
//! ```

use std::fmt;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::{FieldReader, big_endian};
use crate::octet_tlvs::{OctetTlv, OctetTlvs};
use crate::parts::Parts;
use crate::{FieldSink, Header, Key, Layer, LayerType, LinkType, Malformed, Next, Outer};
use crate::{Protocol, Role, Shape};

mod body;

pub use body::JuniperCookie;

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
    /// What the packet is: Juniper's number, said by the header or found in what follows.
    pub protocol: Option<u32>,
    /// What the interface card says of the packet.
    pub cookie: JuniperCookie,
    pub payload: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Layer<'a> for Juniper<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        Self::parse_of(LinkType::JUNIPER_ETHER, bytes)
    }

    fn parse_in(bytes: &'a [u8], outer: &Outer<'_>) -> Result<Self, Malformed> {
        Self::parse_of(outer.link_type().unwrap_or(LinkType::JUNIPER_ETHER), bytes)
    }

    fn shape(&self) -> Shape {
        let next = self.protocol.map_or(Next::End, body::next);
        let (header_len, payload_len) = (self.bytes.len(), self.payload.len());
        Shape { header_len, payload_len, trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("juniper.magic-number", 0x4d_4743_u32, 0..3);
        sink.number("juniper.direction", self.header.flags & INBOUND, 3..4);
        sink.number("juniper.l2hdr", (self.header.flags & NO_LINK_HEADER) >> 1, 3..4);
        if let Some(&[high, low]) = self.front.get(4..EXTENSIONS_AT).and_then(|b| b.as_array()) {
            sink.number("juniper.ext_total_len", u16::from_be_bytes([high, low]), 4..6);
        }
        let mut tlvs = self.tlvs();
        while let Some(tlv) = sink.sound(tlvs.next(), tlvs.place()) {
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
        let at = self.front.len();
        let rest = self.bytes.get(at..).unwrap_or_default();
        // All of it was there when it was read.
        let _ = body::fields(&self.cookie, &mut FieldReader::new(rest, at, sink));
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_inbound() { "in" } else { "out" })
    }
}

impl<'a> Juniper<'a> {
    /// Reads the header of a packet of a link type.
    ///
    /// # Errors
    ///
    /// Those of [`parse`](Layer::parse).
    pub fn parse_of(link_type: LinkType, bytes: &'a [u8]) -> Result<Self, Malformed> {
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
        let (cookie, protocol) = if header.flags & NO_LINK_HEADER != 0 {
            (JuniperCookie::None, Some(u32::from_le_bytes(*parts.take()?)))
        } else {
            let body = body::read(link_type, header.flags & INBOUND != 0, &mut parts)?;
            (body.cookie, body.protocol)
        };
        let (payload, bytes) = (parts.rest, bytes.get(..parts.taken()).unwrap_or_default());
        Ok(Self { header, front, protocol, cookie, payload, bytes })
    }

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
    "Juniper",
    |bytes, outer| Juniper::parse_in(bytes, outer).map(|juniper| juniper.shape()),
    |bytes, outer, visitor| Juniper::parse_in(bytes, outer).map(|juniper| visitor(&juniper)),
)
.specification("LINKTYPE_JUNIPER_ETHER")
.role(Role::Link)
.claims(&[
    Key::link_type(LinkType::JUNIPER_ETHER),
    Key::link_type(LinkType::JUNIPER_PPPOE),
    Key::link_type(LinkType::JUNIPER_PPP),
    Key::link_type(LinkType::JUNIPER_FRELAY),
    Key::link_type(LinkType::JUNIPER_CHDLC),
    Key::link_type(LinkType::JUNIPER_ATM1),
    Key::link_type(LinkType::JUNIPER_ATM2),
    Key::link_type(LinkType::JUNIPER_MLPPP),
    Key::link_type(LinkType::JUNIPER_MLFR),
    Key::link_type(LinkType::JUNIPER_GGSN),
    Key::link_type(LinkType::JUNIPER_VP),
    Key::link_type(LinkType::JUNIPER_SERVICES),
    Key::link_type(LinkType::JUNIPER_ST),
    // Of these the packet is found only where the header says what it is.
    Key::link_type(LinkType::JUNIPER_ES),
    Key::link_type(LinkType::JUNIPER_MFR),
    Key::link_type(LinkType::JUNIPER_MONITOR),
    Key::link_type(LinkType::JUNIPER_PPPOE_ATM),
    Key::link_type(LinkType::JUNIPER_PIC_PEER),
    Key::link_type(LinkType::JUNIPER_ISM),
    Key::link_type(LinkType::JUNIPER_VS),
    Key::link_type(LinkType::JUNIPER_SRX_E2E),
    Key::link_type(LinkType::JUNIPER_FIBRECHANNEL),
    Key::link_type(LinkType::JUNIPER_ATM_CEMIC),
])
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
mod tests;
