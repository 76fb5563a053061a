//! The tag of Broadcom's Ethernet switches in front of a frame,
//! [LINKTYPE_DSA_TAG_BRCM_PREPEND](https://www.tcpdump.org/linktypes/LINKTYPE_DSA_TAG_BRCM_PREPEND.html):
//! four bytes, as behind the addresses.

use std::fmt;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::brcm_tag::BrcmTag;
use crate::layers::split;
use crate::{EtherType, FieldSink, Header, Key, Layer, LayerType, LinkType, Malformed, Next};
use crate::{Protocol, Role, Shape};

/// The tag on the wire.
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
pub struct BrcmTagPrependHeader {
    pub tag: BrcmTag,
}

/// A tag, and the frame behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BrcmTagPrepend<'a> {
    pub header: &'a BrcmTagPrependHeader,
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for BrcmTagPrepend<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = split::<BrcmTagPrependHeader>(bytes)?;
        Ok(Self { header, payload })
    }

    fn shape(&self) -> Shape {
        let next = Next::One(Key::ether_type(EtherType::BRIDGING));
        let (header_len, payload_len) = (size_of::<BrcmTagPrependHeader>(), self.payload.len());
        Shape { header_len, payload_len, trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        self.header.tag.fields(0, sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.header.tag)
    }
}

impl Header for BrcmTagPrependHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::BRCM_TAG_PREPEND,
    "brcm_tag_prepend",
    "Broadcom switch tag in front",
    |bytes, outer| BrcmTagPrepend::parse_in(bytes, outer).map(|tag| tag.shape()),
    |bytes, outer, visitor| BrcmTagPrepend::parse_in(bytes, outer).map(|tag| visitor(&tag)),
)
.specification("LINKTYPE_DSA_TAG_BRCM_PREPEND")
.role(Role::Link)
.claims(&[Key::link_type(LinkType::DSA_TAG_BRCM_PREPEND)])
.template(&[0; size_of::<BrcmTagPrependHeader>()]);

// Made by hand; tcpdump 4.99.3: BRCM tag OP: EG, CID: 0, RC: mirror, TC: 2, port: 21, and Ethernet
#[cfg(test)]
layer_tests! {
    sample: BrcmTagPrepend *b"\0\0\x01\x55\x01\x02\x03\x04\x05\x06\x0a\x0b\x0c\x0d\x0e\x0f\x08\0";
    fields: "brcm_tag.opcode=0 brcm_tag.class_id=0 brcm_tag.reason=1 brcm_tag.traffic_class=2 \
        brcm_tag.source_port=21";
    edit: BrcmTagPrependHeader, |header| header.tag.0[0] = 0x20;
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_of_ethernet_is_behind_the_tag() {
        let shape = BrcmTagPrepend::parse(&[0; 20]).unwrap().shape();
        assert_eq!((shape.header_len, shape.payload_len), (4, 16));
        assert_eq!(shape.next, Next::One(Key::ether_type(EtherType::BRIDGING)));
    }
}
