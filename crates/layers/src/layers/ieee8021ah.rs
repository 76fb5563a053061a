//! Backbone service instance tag,
//! [IEEE Std 802.1Q](https://standards.ieee.org/ieee/802.1Q/10323/) section 9.7: a provider's frame
//! around a customer's, whose addresses are a part of the tag.
//!
//! ```text
//!  0     3     4     5     6     8                     31
//! | PCP | DEI | UCA | zero      | service identifier   |
//! | customer destination, 6 bytes | customer source, 6 bytes |
//! | type or length       |
//! ```

use std::fmt;

use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::frame_trailer::Framed;
use crate::layers::split;
use crate::length_or_type::{self, split_frame};
use crate::{Behind, EncodeError, EtherType, FieldSink, Header, Key, Layer, LayerType, Malformed};
use crate::{Protocol, Shape, Value};

/// The Ethernet type that announces it.
const ETHER_TYPE: EtherType = EtherType::BACKBONE;

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
pub struct BackboneTagHeader {
    pub control: U32,
    pub customer_destination: [u8; 6],
    pub customer_source: [u8; 6],
    pub type_or_length: U16,
}

impl BackboneTagHeader {
    /// Service instance identifier, 24 bits.
    pub fn service(&self) -> u32 {
        self.control.get() & 0x00ff_ffff
    }

    /// Writes the service instance identifier, its low 24 bits.
    pub fn set_service(&mut self, service: u32) {
        self.control.set(self.control.get() & 0xff00_0000 | service & 0x00ff_ffff);
    }

    /// Priority code point, 0 to 7.
    pub fn priority(&self) -> u8 {
        self.control.to_bytes()[0] >> 5
    }

    /// Writes [`priority`](Self::priority), its low 3 bits.
    pub fn set_priority(&mut self, priority: u8) {
        self.control.set(self.control.get() & !0xe000_0000 | u32::from(priority & 0x07) << 29);
    }

    /// Whether the frame may be dropped first.
    pub fn is_drop_eligible(&self) -> bool {
        self.control.get() & 0x1000_0000 != 0
    }

    /// Writes [`is_drop_eligible`](Self::is_drop_eligible).
    pub fn set_drop_eligible(&mut self, drop_eligible: bool) {
        self.control.set(self.control.get() & !0x1000_0000 | u32::from(drop_eligible) << 28);
    }

    /// Whether the customer's addresses are to be used, not looked up.
    pub fn uses_customer_addresses(&self) -> bool {
        self.control.get() & 0x0800_0000 != 0
    }

    /// Writes [`uses_customer_addresses`](Self::uses_customer_addresses).
    pub fn set_uses_customer_addresses(&mut self, uses_customer_addresses: bool) {
        self.control
            .set(self.control.get() & !0x0800_0000 | u32::from(uses_customer_addresses) << 27);
    }
}

/// A tag and what it tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BackboneTag<'a> {
    pub header: &'a BackboneTagHeader,
    /// Up to the length that an 802.3 frame announces, else to the end.
    pub payload: &'a [u8],
    /// What stands behind the length of an 802.3 frame: padding, mostly.
    pub trailer: &'a [u8],
}

impl<'a> Layer<'a> for BackboneTag<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<BackboneTagHeader>(bytes)?;
        let (payload, trailer) = split_frame(header.type_or_length.get(), rest);
        Ok(Self { header, payload, trailer })
    }

    fn shape(&self) -> Shape {
        let number = self.header.type_or_length.get();
        length_or_type::shape(size_of::<BackboneTagHeader>(), number, self.payload, self.trailer)
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let header = self.header;
        let bits = header.control.get();
        sink.number("ieee8021ah.priority", header.priority(), 0..1);
        sink.number("ieee8021ah.drop", u8::from(header.is_drop_eligible()), 0..1);
        sink.number("ieee8021ah.nca", u8::from(header.uses_customer_addresses()), 0..1);
        sink.number("ieee8021ah.res1", bits >> 26 & 1, 0..1);
        sink.number("ieee8021ah.res2", bits >> 24 & 3, 0..1);
        sink.number("ieee8021ah.isid", header.service(), 1..4);
        sink.value("ieee8021ah.cdst", Value::Mac(header.customer_destination), 4..10);
        sink.value("ieee8021ah.csrc", Value::Mac(header.customer_source), 10..16);
        sink.number("ieee8021ah.etype", header.type_or_length, 16..18);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "I-SID {}", self.header.service())
    }
}

impl Header for BackboneTagHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<BackboneTagHeader>(bytes)?;
    length_or_type::fix_length(&mut header.type_or_length, behind)
}

fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let (header, payload) = behind.split::<BackboneTagHeader>(bytes)?;
    length_or_type::fix_type(&mut header.type_or_length, payload, behind);
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::BACKBONE_TAG,
    "ieee8021ah",
    "IEEE 802.1ah I-TAG",
    |bytes, outer| BackboneTag::parse_in(bytes, outer).map(|tag| tag.shape()),
    |bytes, outer, visitor| {
        let layer = BackboneTag::parse_in(bytes, outer)?;
        let (own_len, names) =
            (layer.trailer.len(), ["eth.padding", "ieee8021ah.trailer", "eth.fcs"]);
        visitor(&Framed { layer: &layer, own_len, outer, names });
        Ok(())
    },
)
.specification("IEEE Std 802.1Q, section 9.7")
.claims(&[Key::ether_type(ETHER_TYPE)])
.template(&[0; size_of::<BackboneTagHeader>()])
.lengths(lengths)
.next(next);

// Made by hand, read by tshark 4.0.17
#[cfg(test)]
layer_tests! {
    sample: BackboneTag *b"\xa0\0\x01\x23\x02\0\0\0\0\x09\x02\0\0\0\0\x01\x08\0";
    fields: "ieee8021ah.priority=5 ieee8021ah.drop=0 ieee8021ah.nca=0 ieee8021ah.res1=0 \
        ieee8021ah.res2=0 ieee8021ah.isid=291 ieee8021ah.cdst=02:00:00:00:00:09 \
        ieee8021ah.csrc=02:00:00:00:00:01 ieee8021ah.etype=2048";
    edit: BackboneTagHeader, |header| header.set_service(7);
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decoder, EthernetHeader, Fix, Ipv4, Ipv4Header, LinkType, serialize_layers};

    #[test]
    fn a_written_tag_leads_to_what_it_tags() {
        let (ethernet, tag) = (EthernetHeader::default(), BackboneTagHeader::default());
        let mut out = Vec::new();
        let layers: [&dyn crate::Encode; 3] = [&ethernet, &tag, &Ipv4Header::default()];
        serialize_layers(&mut out, Fix::all(), &layers, b"x").unwrap();
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::ETHERNET, &out);
        assert_eq!(packet.get::<Ipv4<'_>>().unwrap().payload, b"x");
        assert_eq!(packet.get::<BackboneTag<'_>>().unwrap().header.type_or_length.get(), 0x0800);
    }

    #[test]
    fn setters_keep_the_other_bits() {
        let mut header = BackboneTagHeader { control: 0xff12_3456.into(), ..Default::default() };
        header.set_service(0xff00_0001);
        assert_eq!((header.service(), header.priority()), (1, 7));
        assert!(header.is_drop_eligible() && header.uses_customer_addresses());
    }
}
