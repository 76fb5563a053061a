//! The tag of Marvell's Ethernet switches behind an Ethernet type of its own,
//! [LINKTYPE_DSA_TAG_EDSA](https://www.tcpdump.org/linktypes/LINKTYPE_DSA_TAG_EDSA.html).
//!
//! ```text
//!  0          16     18       19       24     29     32   33   36     48
//! | reserved | mode | tagged | device | port | code | CFI | PRI | VID |
//! | type or length |
//! ```

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::dsa::{self, DsaTag};
use crate::layers::split;
use crate::length_or_type::{self, split_frame};
use crate::{Behind, EncodeError, EtherType, FieldSink, Header, Key, Layer, LayerType, Malformed};
use crate::{Protocol, Role, Shape};

/// The Ethernet type that Linux gives the switches to announce the tag with.
const ETHER_TYPE: EtherType = EtherType(0xdada);

/// The tag on the wire, without the Ethernet type that announces it.
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
pub struct EdsaHeader {
    pub reserved: U16,
    pub tag: DsaTag,
    pub type_or_length: U16,
}

/// A tag and what it tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Edsa<'a> {
    pub header: &'a EdsaHeader,
    /// Up to the length that an 802.3 frame announces, else to the end.
    pub payload: &'a [u8],
    /// What stands behind the length of an 802.3 frame: padding, mostly.
    pub trailer: &'a [u8],
}

impl<'a> Layer<'a> for Edsa<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<EdsaHeader>(bytes)?;
        let (payload, trailer) = split_frame(header.type_or_length.get(), rest);
        Ok(Self { header, payload, trailer })
    }

    fn shape(&self) -> Shape {
        let number = self.header.type_or_length.get();
        length_or_type::shape(size_of::<EdsaHeader>(), number, self.payload, self.trailer)
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("edsa.reserved", self.header.reserved, 0..2);
        self.header.tag.fields(2, sink);
        let name = dsa::type_name(self.header.type_or_length);
        sink.number(name, self.header.type_or_length, 6..8);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.header.tag)
    }
}

impl Header for EdsaHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    length_or_type::fix_length(&mut behind.header::<EdsaHeader>(bytes)?.type_or_length, behind)
}

fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let (header, payload) = behind.split::<EdsaHeader>(bytes)?;
    length_or_type::fix_type(&mut header.type_or_length, payload, behind);
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::EDSA,
    "edsa",
    "Marvell EtherType DSA tag",
    |bytes, outer| Edsa::parse_in(bytes, outer).map(|edsa| edsa.shape()),
    |bytes, outer, visitor| Edsa::parse_in(bytes, outer).map(|edsa| visitor(&edsa)),
)
.specification("LINKTYPE_DSA_TAG_EDSA")
.role(Role::Link)
.claims(&[Key::ether_type(ETHER_TYPE)])
.template(&[0; size_of::<EdsaHeader>()])
.lengths(lengths)
.next(next);

// Made by hand; tcpdump 4.99.3: Marvell EDSA ethertype 0xdada, rsvd 0 0, mode Forward, dev 3, port 21,
// untagged, CFI, VID 291, FPri 1, ethertype IPv4
#[cfg(test)]
layer_tests! {
    sample: Edsa *b"\0\0\xc3\xa9\x21\x23\x08\0";
    fields: "edsa.reserved=0 dsa.mode=3 dsa.tagged=0 dsa.device=3 dsa.port=21 dsa.cfi=1 \
        dsa.priority=1 dsa.vid=291 eth.type=2048";
    edit: EdsaHeader, |header| header.tag.0[1] = 0;
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Decoder, Encode, EthernetHeader, Fix, Ipv4, Ipv4Header, LinkType, serialize_layers,
    };

    #[test]
    fn a_tag_stands_behind_its_type_in_a_frame_of_either_link_type() {
        let mut out = Vec::new();
        let (ethernet, edsa) = (EthernetHeader::default(), EdsaHeader::default());
        let layers: [&dyn Encode; 3] = [&ethernet, &edsa, &Ipv4Header::default()];
        serialize_layers(&mut out, Fix::all(), &layers, b"x").unwrap();
        assert_eq!(out[12..22], *b"\xda\xda\0\0\0\0\0\0\x08\0");
        let decoder = Decoder::default();
        for link_type in [LinkType::ETHERNET, LinkType::DSA_TAG_EDSA] {
            let packet = decoder.decode(link_type, &out);
            assert_eq!(packet.get::<Ipv4<'_>>().unwrap().payload, b"x");
        }
    }
}
