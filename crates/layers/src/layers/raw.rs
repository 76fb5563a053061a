//! IP without a link header, [LINKTYPE_RAW](https://www.tcpdump.org/linktypes/LINKTYPE_RAW.html):
//! the first four bits say which version.

use std::fmt;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::Header;
use crate::{EtherType, FieldSink, Key, Layer, LayerType, LinkType, Malformed};
use crate::{Next, Protocol, Role, Shape};

/// What the BSDs call raw IP; old captures have it in place of the number for files.
const BSD_RAW: LinkType = LinkType(12);
/// What OpenBSD and BSD/OS call raw IP, likewise.
const OPENBSD_RAW: LinkType = LinkType(14);
/// RFC 1662, section 3.1: how a PPP frame starts, which Linux once captured under this link type.
const PPP: [u8; 2] = [0xff, 0x03];

/// The header on the wire: nothing.
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
pub struct RawHeader;

/// A packet with no frame around it, so no header and no fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Raw<'a> {
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Raw<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        Ok(Self { payload: bytes })
    }

    fn shape(&self) -> Shape {
        let next = if self.payload.starts_with(&PPP) {
            Next::One(Key::link_type(LinkType::PPP_HDLC))
        } else {
            self.ether_type().map_or(Next::End, |number| Next::One(Key::ether_type(number)))
        };
        Shape { header_len: 0, payload_len: self.payload.len(), trailer_len: 0, next }
    }

    fn fields(&self, _sink: &mut dyn FieldSink) {}

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ether_type().map_or(Ok(()), |ether_type| write!(f, "{ether_type}"))
    }
}

impl Raw<'_> {
    /// The version of IP, by the first four bits of the packet, if there is one.
    pub fn ether_type(&self) -> Option<EtherType> {
        match self.payload.first()? >> 4 {
            4 => Some(EtherType::IPV4),
            6 => Some(EtherType::IPV6),
            _ => None,
        }
    }
}

impl Header for RawHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::RAW,
    "raw",
    "Raw IP",
    |bytes, outer| Raw::parse_in(bytes, outer).map(|raw| raw.shape()),
    |bytes, outer, visitor| Raw::parse_in(bytes, outer).map(|raw| visitor(&raw)),
)
.specification("LINKTYPE_RAW")
.role(Role::Link)
.claims(&[Key::link_type(LinkType::RAW), Key::link_type(BSD_RAW), Key::link_type(OPENBSD_RAW)])
.template(&[]);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decoder, Ipv4, Ipv6, Registry};

    const IPV4: &[u8] = b"\x45\0\0\x18\0\x01\0\0\x40\xfd\0\0\x0a\0\0\x01\x0a\0\0\x02data";

    // peers 8.2: Raw link types
    #[test]
    fn the_version_leads_to_the_layer_at_the_same_place() {
        let decoder = Decoder::new(&Registry::default());
        for link_type in [LinkType::RAW, LinkType(12), LinkType(14)] {
            let packet = decoder.decode(link_type, IPV4);
            let places: Vec<_> = packet.layers().iter().map(|s| (s.layer, s.start)).collect();
            assert_eq!(places, [(LayerType::RAW, 0), (LayerType::IPV4, 0)]);
            assert_eq!(packet.get::<Raw<'_>>().unwrap().payload, IPV4);
            assert_eq!(packet.get::<Ipv4<'_>>().unwrap().payload, b"data");
            assert_eq!((packet.error(), packet.is_truncated()), (None, false));
        }
        let mut ipv6 = [0; 40];
        ipv6[0] = 0x60;
        let packet = decoder.decode(LinkType::RAW, &ipv6);
        assert!(packet.get::<Ipv6<'_>>().is_some());
    }

    #[test]
    fn every_first_byte_is_read() {
        for first in 0..=u8::MAX {
            let bytes = [first, 0];
            let raw = Raw::parse(&bytes).unwrap();
            let ether_type = match first {
                0x40..=0x4f => Some(EtherType::IPV4),
                0x60..=0x6f => Some(EtherType::IPV6),
                _ => None,
            };
            assert_eq!((raw.ether_type(), raw.to_string().as_str()), (ether_type, ""));
        }
        assert_eq!(Raw::parse(&[]).unwrap().shape().next, Next::End);
    }

    #[test]
    fn a_ppp_frame_is_told_apart() {
        let next = Raw::parse(&[0xff, 3, 0, 0x21]).unwrap().shape().next;
        assert_eq!(next, Next::One(Key::link_type(LinkType::PPP_HDLC)));
    }
}
