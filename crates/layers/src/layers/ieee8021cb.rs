//! Redundancy tag, [IEEE Std 802.1CB](https://standards.ieee.org/ieee/802.1CB/5703/) section 7.8: it
//! numbers frames that are sent more than once.
//!
//! ```text
//!  0          16                32              47
//! | reserved  | sequence number  | type or length |
//! ```

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::length_or_type::{self, split_frame};
use crate::{Behind, EncodeError, EtherType, FieldSink, Header, Key, Layer, LayerType, Malformed};
use crate::{Protocol, Shape};

/// The Ethernet type that announces it.
const ETHER_TYPE: EtherType = EtherType(0xf1c1);

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
pub struct RedundancyTagHeader {
    pub reserved: U16,
    pub sequence_number: U16,
    pub type_or_length: U16,
}

impl RedundancyTagHeader {
    /// The frames that have this number are one frame, 0 to 65535.
    pub fn sequence_number(&self) -> u16 {
        self.sequence_number.get()
    }
}

/// A tag and what it tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RedundancyTag<'a> {
    pub header: &'a RedundancyTagHeader,
    /// Up to the length that an 802.3 frame announces, else to the end.
    pub payload: &'a [u8],
    /// What stands behind the length of an 802.3 frame: padding, mostly.
    pub trailer: &'a [u8],
}

impl<'a> Layer<'a> for RedundancyTag<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<RedundancyTagHeader>(bytes)?;
        let (payload, trailer) = split_frame(header.type_or_length.get(), rest);
        Ok(Self { header, payload, trailer })
    }

    fn shape(&self) -> Shape {
        let number = self.header.type_or_length.get();
        length_or_type::shape(size_of::<RedundancyTagHeader>(), number, self.payload, self.trailer)
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let header = self.header;
        sink.number("ieee8021cb.reserved", header.reserved, 0..2);
        sink.number("ieee8021cb.seq", header.sequence_number(), 2..4);
        sink.number("ieee8021cb.etype", header.type_or_length, 4..6);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sequence {}", self.header.sequence_number)
    }
}

impl Header for RedundancyTagHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<RedundancyTagHeader>(bytes)?;
    length_or_type::fix_length(&mut header.type_or_length, behind)
}

fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let (header, payload) = behind.split::<RedundancyTagHeader>(bytes)?;
    length_or_type::fix_type(&mut header.type_or_length, payload, behind);
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::REDUNDANCY_TAG,
    "ieee8021cb",
    "IEEE 802.1CB R-TAG",
    |bytes, outer| RedundancyTag::parse_in(bytes, outer).map(|tag| tag.shape()),
    |bytes, outer, visitor| RedundancyTag::parse_in(bytes, outer).map(|tag| visitor(&tag)),
)
.specification("IEEE Std 802.1CB, section 7.8")
.claims(&[Key::ether_type(ETHER_TYPE)])
.template(&[0; size_of::<RedundancyTagHeader>()])
.lengths(lengths)
.next(next);

// Made by hand, read by tshark 4.0.17
#[cfg(test)]
layer_tests! {
    sample: RedundancyTag *b"\0\0\0\x42\x08\0";
    fields: "ieee8021cb.reserved=0 ieee8021cb.seq=66 ieee8021cb.etype=2048";
    edit: RedundancyTagHeader, |header| header.sequence_number.set(7);
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decoder, EthernetHeader, Fix, Ipv4, Ipv4Header, LinkType, serialize_layers};

    #[test]
    fn a_written_tag_leads_to_what_it_tags() {
        let (ethernet, tag) = (EthernetHeader::default(), RedundancyTagHeader::default());
        let mut out = Vec::new();
        let layers: [&dyn crate::Encode; 3] = [&ethernet, &tag, &Ipv4Header::default()];
        serialize_layers(&mut out, Fix::all(), &layers, b"x").unwrap();
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::ETHERNET, &out);
        assert_eq!(packet.get::<Ipv4<'_>>().unwrap().payload, b"x");
        assert_eq!(packet.get::<RedundancyTag<'_>>().unwrap().header.type_or_length.get(), 0x0800);
    }

    #[test]
    fn setters_keep_the_other_bits() {
        let header = RedundancyTagHeader { sequence_number: 7.into(), ..Default::default() };
        assert_eq!((header.sequence_number(), header.reserved.get()), (7, 0));
    }
}
