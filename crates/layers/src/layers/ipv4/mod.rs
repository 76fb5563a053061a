//! Internet Protocol, version 4, [RFC 791](https://www.rfc-editor.org/rfc/rfc791) section 3.1.
//!
//! ```text
//!  0       4       8               16    19                       31
//! |version|  IHL  |type of service|          total length          |
//! |        identification         |flags|     fragment offset      |
//! | time to live  |   protocol    |        header checksum         |
//! |                         source address                         |
//! |                      destination address                       |
//! |                          options ...                           |
//! ```

use std::fmt;
use std::net::Ipv4Addr;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{EtherType, FieldSink, IpProtocol, Key, Layer, LayerType, LinkType, Malformed};
use crate::{Next, Protocol, Role, Shape, Value};

/// The header on the wire, without its options.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct Ipv4Header {
    pub version_ihl: u8,
    pub type_of_service: u8,
    pub total_length: U16,
    pub identification: U16,
    pub flags_offset: U16,
    pub ttl: u8,
    pub protocol: u8,
    pub checksum: U16,
    pub source: [u8; 4],
    pub destination: [u8; 4],
}

/// A packet, or a fragment of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ipv4<'a> {
    pub header: &'a Ipv4Header,
    pub options: &'a [u8],
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Ipv4<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    #[inline(always)]
    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, _) = split::<Ipv4Header>(bytes)?;
        let (version, ihl) = (header.version_ihl >> 4, header.version_ihl & 0x0f);
        if version != 4 {
            return Err(Malformed::Field { name: "version", value: version.into() });
        }
        let header_len = usize::from(ihl) * 4;
        if header_len < size_of::<Ipv4Header>() {
            return Err(Malformed::Field { name: "IHL", value: ihl.into() });
        }
        // Split where `Cursor::step` splits, so that the compiler makes one check of the two.
        let Some((front, rest)) = bytes.split_at_checked(header_len) else {
            return Err(Malformed::Truncated { need: header_len, have: bytes.len() });
        };
        let options = front.get(size_of::<Ipv4Header>()..).unwrap_or_default();
        let total_length = header.total_length.get();
        let Some(payload_len) = usize::from(total_length).checked_sub(header_len) else {
            return Err(Malformed::Field { name: "total length", value: total_length.into() });
        };
        Ok(Self { header, options, payload: rest.get(..payload_len).unwrap_or(rest) })
    }

    #[inline(always)]
    fn shape(&self) -> Shape {
        let header_len = size_of::<Ipv4Header>() + self.options.len();
        let payload_len = usize::from(self.header.total_length.get()).saturating_sub(header_len);
        // RFC 791, section 3.2: only the fragment at offset zero starts with the next header.
        let next = match self.fragment_offset() {
            0 => Next::One(Key::IpProtocol(self.protocol())),
            _ => Next::End,
        };
        Shape { header_len, payload_len, trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("ip.version", self.header.version_ihl >> 4, 0..1);
        sink.number("ip.hdr_len", (self.header.version_ihl & 0x0f) * 4, 0..1);
        sink.number("ip.dsfield", self.header.type_of_service, 1..2);
        sink.number("ip.len", self.header.total_length, 2..4);
        sink.number("ip.id", self.header.identification, 4..6);
        sink.number("ip.flags", self.header.flags_offset.get() >> 13, 6..7);
        sink.number("ip.frag_offset", self.fragment_offset(), 6..8);
        sink.number("ip.ttl", self.header.ttl, 8..9);
        sink.number("ip.proto", self.protocol().0, 9..10);
        sink.number("ip.checksum", self.header.checksum, 10..12);
        sink.value("ip.src", Value::Ipv4(self.source()), 12..16);
        sink.value("ip.dst", Value::Ipv4(self.destination()), 16..20);
    }
}

impl Ipv4<'_> {
    /// Place of the payload in the whole packet, in bytes.
    pub fn fragment_offset(&self) -> u16 {
        (self.header.flags_offset.get() & 0x1fff) * 8
    }

    /// What the payload is.
    pub fn protocol(&self) -> IpProtocol {
        IpProtocol(self.header.protocol)
    }

    /// Address of the sender.
    pub fn source(&self) -> Ipv4Addr {
        self.header.source.into()
    }

    /// Address of the receiver.
    pub fn destination(&self) -> Ipv4Addr {
        self.header.destination.into()
    }
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::IPV4,
    "ip",
    "Internet Protocol, version 4",
    |bytes| Ipv4::parse(bytes).map(|ipv4| ipv4.shape()),
    |bytes, visitor| Ipv4::parse(bytes).map(|ipv4| visitor(&ipv4)),
)
.role(Role::Network)
.claims(&[Key::EtherType(EtherType::IPV4), Key::IpProtocol(IpProtocol::IPV4)]);

#[cfg(test)]
layer_tests! {
    sample: Ipv4 *b"\x46\0\0\x1c\0\x07\x40\0\x40\x11\x12\x34\x0a\0\0\x01\x0a\0\0\x02\x01\x01\x01\0data";
    fields: "ip.version=4 ip.hdr_len=24 ip.dsfield=0 ip.len=28 ip.id=7 ip.flags=2 ip.frag_offset=0 \
        ip.ttl=64 ip.proto=17 ip.checksum=4660 ip.src=10.0.0.1 ip.dst=10.0.0.2";
    edit: Ipv4Header, |header| header.ttl -= 1;
    bad: [0 = 0x66 => "version" 6, 0 = 0x44 => "IHL" 4, 3 = 23 => "total length" 23];
}
