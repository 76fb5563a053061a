//! Serial Line IP, [RFC 1055](https://www.rfc-editor.org/rfc/rfc1055), behind the header that the BSDs
//! capture it with, [LINKTYPE_SLIP](https://www.tcpdump.org/linktypes/LINKTYPE_SLIP.html).
//!
//! ```text
//!  0           8                               128
//! | direction | compressed header, as it was ... |
//! ```
//!
//! The driver has undone the compression of TCP's header, [RFC 1144](https://www.rfc-editor.org/rfc/rfc1144):
//! what follows is an IP packet.

use std::fmt;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{EtherType, FieldSink, Header, Key, Layer, LayerType, LinkType, Malformed, Next};
use crate::{Protocol, Role, Shape};

/// The header on the wire.
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
pub struct SlipHeader {
    /// 0 for what was received, 1 for what was sent.
    pub direction: u8,
    /// How the packet was on the line: the kind of its compression first.
    pub link_header: [u8; 15],
}

/// A packet on a serial line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Slip<'a> {
    pub header: &'a SlipHeader,
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Slip<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = split::<SlipHeader>(bytes)?;
        if header.direction > 1 {
            return Err(Malformed::Field { name: "direction", value: header.direction.into() });
        }
        Ok(Self { header, payload })
    }

    fn shape(&self) -> Shape {
        let next = match self.payload.first().map(|byte| byte >> 4) {
            Some(4) => Next::One(Key::ether_type(EtherType::IPV4)),
            Some(6) => Next::One(Key::ether_type(EtherType::IPV6)),
            _ => Next::End,
        };
        let (header_len, payload_len) = (size_of::<SlipHeader>(), self.payload.len());
        Shape { header_len, payload_len, trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("slip.direction", self.header.direction, 0..1);
        sink.bytes("slip.link_header", &self.header.link_header, 1..16);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_sent() { "out" } else { "in" })
    }
}

impl Slip<'_> {
    /// Whether the packet was sent by who captured it.
    pub fn is_sent(&self) -> bool {
        self.header.direction == 1
    }
}

impl Header for SlipHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::SLIP,
    "slip",
    "Serial Line IP",
    |bytes, outer| Slip::parse_in(bytes, outer).map(|slip| slip.shape()),
    |bytes, outer, visitor| Slip::parse_in(bytes, outer).map(|slip| visitor(&slip)),
)
.specification("RFC 1055")
.role(Role::Link)
.claims(&[Key::link_type(LinkType::SLIP)])
.template(&[0; size_of::<SlipHeader>()]);

// Made by hand; tcpdump 4.99.3: O ip 46
#[cfg(test)]
layer_tests! {
    sample: Slip *b"\x01\x45\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x45\0\0\x14";
    fields: "slip.direction=1 slip.link_header=450000000000000000000000000000";
    edit: SlipHeader, |header| header.direction = 0;
    bad: [0 = 2 => "direction" 2];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_the_packet_leads_on() {
        let next = |byte| Slip::parse(&[&[0; 16][..], &[byte]].concat()).unwrap().shape().next;
        assert_eq!(next(0x45), Next::One(Key::ether_type(EtherType::IPV4)));
        assert_eq!(next(0x60), Next::One(Key::ether_type(EtherType::IPV6)));
        assert_eq!(next(0x70), Next::End);
    }
}
