//! E-TAG of a port extender, [IEEE Std 802.1BR](https://standards.ieee.org/ieee/802.1BR/4515/) section
//! 7.5: it names the ports that a frame comes from and goes to.
//!
//! ```text
//!  0     3     4              16    18    20           32              40              47
//! | PCP | DEI | ingress base  | zero | GRP | base       | ingress more  | more          |
//! | type or length |
//! ```

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::frame_trailer::Framed;
use crate::layers::split;
use crate::length_or_type::{self, split_frame};
use crate::{Behind, EncodeError, EtherType, FieldSink, Header, Key, Layer, LayerType, Malformed};
use crate::{Protocol, Shape};

/// The Ethernet type that announces it.
const ETHER_TYPE: EtherType = EtherType(0x893f);

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
pub struct ETagHeader {
    pub priority_ingress: U16,
    pub group_base: U16,
    pub ingress_extension: u8,
    pub extension: u8,
    pub type_or_length: U16,
}

impl ETagHeader {
    /// Priority code point, 0 to 7.
    pub fn priority(&self) -> u8 {
        self.priority_ingress.to_bytes()[0] >> 5
    }

    /// Writes [`priority`](Self::priority), its low 3 bits.
    pub fn set_priority(&mut self, priority: u8) {
        self.priority_ingress
            .set(self.priority_ingress.get() & !0xe000 | u16::from(priority & 0x07) << 13);
    }

    /// Whether the frame may be dropped first.
    pub fn is_drop_eligible(&self) -> bool {
        self.priority_ingress.get() & 0x1000 != 0
    }

    /// Writes [`is_drop_eligible`](Self::is_drop_eligible).
    pub fn set_drop_eligible(&mut self, drop_eligible: bool) {
        self.priority_ingress
            .set(self.priority_ingress.get() & !0x1000 | u16::from(drop_eligible) << 12);
    }

    /// E-channel that the frame comes from, 20 bits: the extension is the upper part.
    pub fn ingress_channel(&self) -> u32 {
        u32::from(self.ingress_extension) << 12 | u32::from(self.priority_ingress.get() & 0x0fff)
    }

    /// Writes the E-channel that the frame comes from, its low 20 bits.
    pub fn set_ingress_channel(&mut self, channel: u32) {
        let [_, extension, upper, lower] = (channel << 4).to_be_bytes();
        let base = u16::from_be_bytes([upper, lower]) >> 4;
        self.ingress_extension = extension;
        self.priority_ingress.set(self.priority_ingress.get() & 0xf000 | base);
    }

    /// Group, 2 bits: anything but zero makes the channel one of many receivers.
    pub fn group(&self) -> u8 {
        self.group_base.to_bytes()[0] >> 4 & 3
    }

    /// Writes [`group`](Self::group), its low 2 bits.
    pub fn set_group(&mut self, group: u8) {
        self.group_base.set(self.group_base.get() & !0x3000 | u16::from(group & 0x03) << 12);
    }

    /// E-channel that the frame goes to, 20 bits: the extension is the upper part.
    pub fn channel(&self) -> u32 {
        u32::from(self.extension) << 12 | u32::from(self.group_base.get() & 0x0fff)
    }

    /// Writes the E-channel that the frame goes to, its low 20 bits.
    pub fn set_channel(&mut self, channel: u32) {
        let [_, extension, upper, lower] = (channel << 4).to_be_bytes();
        let base = u16::from_be_bytes([upper, lower]) >> 4;
        self.extension = extension;
        self.group_base.set(self.group_base.get() & 0xf000 | base);
    }
}

/// A tag and what it tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ETag<'a> {
    pub header: &'a ETagHeader,
    /// Up to the length that an 802.3 frame announces, else to the end.
    pub payload: &'a [u8],
    /// What stands behind the length of an 802.3 frame: padding, mostly.
    pub trailer: &'a [u8],
}

impl<'a> Layer<'a> for ETag<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<ETagHeader>(bytes)?;
        let (payload, trailer) = split_frame(header.type_or_length.get(), rest);
        Ok(Self { header, payload, trailer })
    }

    fn shape(&self) -> Shape {
        let number = self.header.type_or_length.get();
        length_or_type::shape(size_of::<ETagHeader>(), number, self.payload, self.trailer)
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let header = self.header;
        sink.number("etag.pcp", header.priority(), 0..2);
        sink.number("etag.dei", u8::from(header.is_drop_eligible()), 0..2);
        sink.number("etag.iecid_base", header.priority_ingress.get() & 0x0fff, 0..2);
        sink.number("etag.resv", header.group_base.get() >> 14, 2..4);
        sink.number("etag.group", header.group(), 2..4);
        sink.number("etag.ecid_base", header.group_base.get() & 0x0fff, 2..4);
        sink.number("etag.iecid_ext", header.ingress_extension, 4..5);
        sink.number("etag.ecid_ext", header.extension, 5..6);
        sink.number("etag.etype", header.type_or_length, 6..8);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "channel {}", self.header.channel())
    }
}

impl Header for ETagHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<ETagHeader>(bytes)?;
    length_or_type::fix_length(&mut header.type_or_length, behind)
}

fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let (header, payload) = behind.split::<ETagHeader>(bytes)?;
    length_or_type::fix_type(&mut header.type_or_length, payload, behind);
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::E_TAG,
    "etag",
    "IEEE 802.1BR E-TAG",
    |bytes, outer| ETag::parse_in(bytes, outer).map(|tag| tag.shape()),
    |bytes, outer, visitor| {
        let layer = ETag::parse_in(bytes, outer)?;
        let (own_len, names) = (layer.trailer.len(), ["eth.padding", "etag.trailer", "eth.fcs"]);
        visitor(&Framed { layer: &layer, own_len, outer, names });
        Ok(())
    },
)
.specification("IEEE Std 802.1BR, section 7.5")
.claims(&[Key::ether_type(ETHER_TYPE)])
.template(&[0; size_of::<ETagHeader>()])
.lengths(lengths)
.next(next);

// Made by hand, read by tshark 4.0.17
#[cfg(test)]
layer_tests! {
    sample: ETag *b"\xf1\x23\x14\x56\x01\x02\x08\0";
    fields: "etag.pcp=7 etag.dei=1 etag.iecid_base=291 etag.resv=0 etag.group=1 etag.ecid_base=1110 \
        etag.iecid_ext=1 etag.ecid_ext=2 etag.etype=2048";
    edit: ETagHeader, |header| header.set_channel(7);
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decoder, EthernetHeader, Fix, Ipv4, Ipv4Header, LinkType, serialize_layers};

    #[test]
    fn a_written_tag_leads_to_what_it_tags() {
        let (ethernet, tag) = (EthernetHeader::default(), ETagHeader::default());
        let mut out = Vec::new();
        let layers: [&dyn crate::Encode; 3] = [&ethernet, &tag, &Ipv4Header::default()];
        serialize_layers(&mut out, Fix::all(), &layers, b"x").unwrap();
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::ETHERNET, &out);
        assert_eq!(packet.get::<Ipv4<'_>>().unwrap().payload, b"x");
        assert_eq!(packet.get::<ETag<'_>>().unwrap().header.type_or_length.get(), 0x0800);
    }

    #[test]
    fn setters_keep_the_other_bits() {
        let mut header = ETagHeader { group_base: 0xf000.into(), ..Default::default() };
        header.set_channel(0x1_2345);
        assert_eq!((header.channel(), header.extension, header.group()), (0x1_2345, 0x12, 3));
        assert_eq!(header.group_base.get(), 0xf345);
    }
}
