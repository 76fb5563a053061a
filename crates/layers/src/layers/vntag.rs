//! VN-Tag of Cisco,
//! [as it was proposed to IEEE](https://www.ieee802.org/1/files/public/docs2009/new-dcb-pelissier-vntag-seminar-0508.pdf):
//! it names the virtual interfaces that a frame comes from and goes to.
//!
//! ```text
//!  0     1     2             16    17  18      20           31
//! | dir | ptr | destination | loop | r | version | source    | type or length, 16 bits |
//! ```

use std::fmt;

use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::frame_trailer::Framed;
use crate::layers::split;
use crate::length_or_type::{self, split_frame};
use crate::{Behind, EncodeError, EtherType, FieldSink, Header, Key, Layer, LayerType, Malformed};
use crate::{Protocol, Shape};

/// The Ethernet type that announces it.
const ETHER_TYPE: EtherType = EtherType(0x8926);

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
pub struct VnTagHeader {
    pub control: U32,
    pub type_or_length: U16,
}

impl VnTagHeader {
    /// Whether the frame goes to an interface, not to the bridge.
    pub fn is_downstream(&self) -> bool {
        self.control.get() & 0x8000_0000 != 0
    }

    /// Writes [`is_downstream`](Self::is_downstream).
    pub fn set_downstream(&mut self, downstream: bool) {
        self.control.set(self.control.get() & !0x8000_0000 | u32::from(downstream) << 31);
    }

    /// Whether the destination is a list of interfaces.
    pub fn is_list(&self) -> bool {
        self.control.get() & 0x4000_0000 != 0
    }

    /// Writes [`is_list`](Self::is_list).
    pub fn set_list(&mut self, list: bool) {
        self.control.set(self.control.get() & !0x4000_0000 | u32::from(list) << 30);
    }

    /// Virtual interface that the frame goes to, 14 bits.
    pub fn destination(&self) -> u16 {
        u16::from_be_bytes([self.control.to_bytes()[0], self.control.to_bytes()[1]]) & 0x3fff
    }

    /// Writes [`destination`](Self::destination), its low 14 bits.
    pub fn set_destination(&mut self, destination: u16) {
        let destination = u32::from(destination & 0x3fff) << 16;
        self.control.set(self.control.get() & !0x3fff_0000 | destination);
    }

    /// Whether the frame comes back to where it was sent from.
    pub fn is_looped(&self) -> bool {
        self.control.get() & 0x8000 != 0
    }

    /// Writes [`is_looped`](Self::is_looped).
    pub fn set_looped(&mut self, looped: bool) {
        self.control.set(self.control.get() & !0x0000_8000 | u32::from(looped) << 15);
    }

    /// Version, 2 bits.
    pub fn version(&self) -> u8 {
        self.control.to_bytes()[2] >> 4 & 3
    }

    /// Writes [`version`](Self::version), its low 2 bits.
    pub fn set_version(&mut self, version: u8) {
        self.control.set(self.control.get() & !0x0000_3000 | u32::from(version & 0x03) << 12);
    }

    /// Virtual interface that the frame comes from, 12 bits.
    pub fn source(&self) -> u16 {
        u16::from_be_bytes([self.control.to_bytes()[2], self.control.to_bytes()[3]]) & 0x0fff
    }

    /// Writes the virtual interface that the frame comes from, its low 12 bits.
    pub fn set_source(&mut self, source: u16) {
        self.control.set(self.control.get() & !0x0fff | u32::from(source & 0x0fff));
    }
}

/// A tag and what it tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct VnTag<'a> {
    pub header: &'a VnTagHeader,
    /// Up to the length that an 802.3 frame announces, else to the end.
    pub payload: &'a [u8],
    /// What stands behind the length of an 802.3 frame: padding, mostly.
    pub trailer: &'a [u8],
}

impl<'a> Layer<'a> for VnTag<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<VnTagHeader>(bytes)?;
        let (payload, trailer) = split_frame(header.type_or_length.get(), rest);
        Ok(Self { header, payload, trailer })
    }

    fn shape(&self) -> Shape {
        let number = self.header.type_or_length.get();
        length_or_type::shape(size_of::<VnTagHeader>(), number, self.payload, self.trailer)
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let header = self.header;
        sink.flag("vntag.dir", header.is_downstream(), 0..4);
        sink.flag("vntag.ptr", header.is_list(), 0..4);
        sink.number("vntag.dst", header.destination(), 0..4);
        sink.flag("vntag.looped", header.is_looped(), 0..4);
        sink.number("vntag.r", header.control.get() >> 14 & 1, 0..4);
        sink.number("vntag.version", header.version(), 0..4);
        sink.number("vntag.src", header.source(), 0..4);
        sink.number("vntag.etype", header.type_or_length, 4..6);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} → {}", self.header.source(), self.header.destination())
    }
}

impl Header for VnTagHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<VnTagHeader>(bytes)?;
    length_or_type::fix_length(&mut header.type_or_length, behind)
}

fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let (header, payload) = behind.split::<VnTagHeader>(bytes)?;
    length_or_type::fix_type(&mut header.type_or_length, payload, behind);
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::VN_TAG,
    "vntag",
    "VN-Tag",
    |bytes, outer| VnTag::parse_in(bytes, outer).map(|tag| tag.shape()),
    |bytes, outer, visitor| {
        let layer = VnTag::parse_in(bytes, outer)?;
        let (own_len, names) = (layer.trailer.len(), ["eth.padding", "vntag.trailer", "eth.fcs"]);
        visitor(&Framed { layer: &layer, own_len, outer, names });
        Ok(())
    },
)
.specification("Cisco")
.claims(&[Key::ether_type(ETHER_TYPE)])
.template(&[0; size_of::<VnTagHeader>()])
.lengths(lengths)
.next(next);

// Made by hand, read by tshark 4.0.17
#[cfg(test)]
layer_tests! {
    sample: VnTag *b"\xc0\x01\x03\x33\x08\0";
    fields: "vntag.dir=1 vntag.ptr=1 vntag.dst=1 vntag.looped=0 vntag.r=0 vntag.version=0 \
        vntag.src=819 vntag.etype=2048";
    edit: VnTagHeader, |header| header.set_source(7);
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decoder, EthernetHeader, Fix, Ipv4, Ipv4Header, LinkType, serialize_layers};

    #[test]
    fn a_written_tag_leads_to_what_it_tags() {
        let (ethernet, tag) = (EthernetHeader::default(), VnTagHeader::default());
        let mut out = Vec::new();
        let layers: [&dyn crate::Encode; 3] = [&ethernet, &tag, &Ipv4Header::default()];
        serialize_layers(&mut out, Fix::all(), &layers, b"x").unwrap();
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::ETHERNET, &out);
        assert_eq!(packet.get::<Ipv4<'_>>().unwrap().payload, b"x");
        assert_eq!(packet.get::<VnTag<'_>>().unwrap().header.type_or_length.get(), 0x0800);
    }

    #[test]
    fn setters_keep_the_other_bits() {
        let mut header = VnTagHeader { control: u32::MAX.into(), ..Default::default() };
        header.set_source(0);
        assert_eq!((header.source(), header.destination(), header.version()), (0, 0x3fff, 3));
    }
}
