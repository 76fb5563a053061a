//! The tag that Broadcom's Ethernet switches put behind the addresses of a frame,
//! [LINKTYPE_DSA_TAG_BRCM](https://www.tcpdump.org/linktypes/LINKTYPE_DSA_TAG_BRCM.html).
//!
//! ```text
//!  0            48       96       99                  104                112            120
//! | destination | source | opcode | class, to a switch | class id, from  | reason, from | class,
//!                                                                        | ports, to ...  port |
//! | type or length |
//! ```

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::dsa;
use crate::layers::split;
use crate::length_or_type::{self, split_frame};
use crate::{Behind, EncodeError, FieldSink, Header, Key, Layer, LayerType, LinkType, Malformed};
use crate::{Protocol, Role, Shape, Value};

/// The opcode of a frame that goes to a switch.
const INGRESS: u8 = 1;

/// A tag on the wire: four bytes, whose meaning depends on the way.
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
pub struct BrcmTag(pub [u8; 4]);

impl BrcmTag {
    /// What the tag is: 0 comes from a switch, 1 goes to one.
    pub fn opcode(&self) -> u8 {
        self.0[0] >> 5
    }

    /// Whether the frame goes to a switch, so that the tag names the ports to send it to.
    pub fn is_ingress(&self) -> bool {
        self.opcode() == INGRESS
    }

    /// Traffic class, 0 to 7.
    pub fn traffic_class(&self) -> u8 {
        if self.is_ingress() { self.0[0] >> 2 & 7 } else { self.0[3] >> 5 }
    }

    /// The port that the frame came in by.
    pub fn source_port(&self) -> Option<u8> {
        (!self.is_ingress()).then_some(self.0[3] & 0x1f)
    }

    /// Why a switch gives the frame to the processor, a bit each.
    pub fn reason(&self) -> Option<u8> {
        (!self.is_ingress()).then_some(self.0[2])
    }

    /// The ports that the frame is for, a bit each.
    pub fn destination_map(&self) -> Option<u16> {
        let [_, _, high, low] = self.0;
        self.is_ingress().then_some(u16::from_be_bytes([high & 1, low]))
    }

    /// Reports the parts of a tag at this place.
    pub(crate) fn fields(self, at: usize, sink: &mut dyn FieldSink) {
        let place = |from: usize, to: usize| at.saturating_add(from)..at.saturating_add(to);
        sink.number("brcm_tag.opcode", self.opcode(), place(0, 1));
        if let Some(map) = self.destination_map() {
            sink.number("brcm_tag.traffic_class", self.traffic_class(), place(0, 1));
            sink.number("brcm_tag.tag_enforcement", self.0[0] & 3, place(0, 1));
            sink.number("brcm_tag.timestamp", self.0[1] >> 5, place(1, 2));
            sink.number("brcm_tag.destination_map", map, place(2, 4));
        } else {
            sink.number("brcm_tag.class_id", self.0[1], place(1, 2));
            sink.number("brcm_tag.reason", self.0[2], place(2, 3));
            sink.number("brcm_tag.traffic_class", self.traffic_class(), place(3, 4));
            sink.number("brcm_tag.source_port", self.0[3] & 0x1f, place(3, 4));
        }
    }
}

impl fmt::Display for BrcmTag {
    /// Writes the ports.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.destination_map() {
            Some(map) => write!(f, "to ports {map:#05x}"),
            None => write!(f, "from port {}", self.0[3] & 0x1f),
        }
    }
}

/// The header on the wire, addresses and all.
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
pub struct BrcmTagHeader {
    pub destination: [u8; 6],
    pub source: [u8; 6],
    pub tag: BrcmTag,
    pub type_or_length: U16,
}

/// A frame with a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BrcmTagged<'a> {
    pub header: &'a BrcmTagHeader,
    /// Up to the length that an 802.3 frame announces, else to the end.
    pub payload: &'a [u8],
    /// What stands behind the length of an 802.3 frame: padding, mostly.
    pub trailer: &'a [u8],
}

impl<'a> Layer<'a> for BrcmTagged<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<BrcmTagHeader>(bytes)?;
        let (payload, trailer) = split_frame(header.type_or_length.get(), rest);
        Ok(Self { header, payload, trailer })
    }

    fn shape(&self) -> Shape {
        let number = self.header.type_or_length.get();
        length_or_type::shape(size_of::<BrcmTagHeader>(), number, self.payload, self.trailer)
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.value("eth.dst", Value::Mac(self.header.destination), 0..6);
        sink.value("eth.src", Value::Mac(self.header.source), 6..12);
        self.header.tag.fields(12, sink);
        let name = dsa::type_name(self.header.type_or_length);
        sink.number(name, self.header.type_or_length, 16..18);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.header.tag)
    }
}

impl Header for BrcmTagHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    length_or_type::fix_length(&mut behind.header::<BrcmTagHeader>(bytes)?.type_or_length, behind)
}

fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let (header, payload) = behind.split::<BrcmTagHeader>(bytes)?;
    length_or_type::fix_type(&mut header.type_or_length, payload, behind);
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::BRCM_TAG,
    "brcm_tag",
    "Broadcom switch tag",
    |bytes, outer| BrcmTagged::parse_in(bytes, outer).map(|tag| tag.shape()),
    |bytes, outer, visitor| BrcmTagged::parse_in(bytes, outer).map(|tag| visitor(&tag)),
)
.specification("LINKTYPE_DSA_TAG_BRCM")
.role(Role::Link)
.claims(&[Key::link_type(LinkType::DSA_TAG_BRCM)])
.template(&[0; size_of::<BrcmTagHeader>()])
.lengths(lengths)
.next(next);

// Made by hand; tcpdump 4.99.3: BRCM tag OP: EG, CID: 0, RC: mirror, TC: 2, port: 21, ethertype IPv4
#[cfg(test)]
layer_tests! {
    sample: BrcmTagged *b"\x01\x02\x03\x04\x05\x06\x0a\x0b\x0c\x0d\x0e\x0f\0\0\x01\x55\x08\0";
    fields: "eth.dst=01:02:03:04:05:06 eth.src=0a:0b:0c:0d:0e:0f brcm_tag.opcode=0 \
        brcm_tag.class_id=0 brcm_tag.reason=1 brcm_tag.traffic_class=2 brcm_tag.source_port=21 \
        eth.type=2048";
    edit: BrcmTagHeader, |header| header.tag.0[3] = 0;
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decoder, Encode, Fix, Ipv4, Ipv4Header, serialize_layers};

    // tcpdump 4.99.3: BRCM tag OP: IG, TC: 7, TE: Reserved, TS: 1, DST map: 0x01ff
    #[test]
    fn a_tag_to_a_switch_names_ports_to_send_to() {
        let bytes = [&[0; 12][..], b"\x3c\xff\x01\xff\x08\0"].concat();
        let tag = BrcmTagged::parse(&bytes).unwrap().header.tag;
        assert_eq!((tag.traffic_class(), tag.destination_map()), (7, Some(0x1ff)));
        assert_eq!((tag.source_port(), tag.reason()), (None, None));
    }

    #[test]
    fn a_written_tag_leads_to_what_it_tags() {
        let mut out = Vec::new();
        let layers: [&dyn Encode; 2] = [&BrcmTagHeader::default(), &Ipv4Header::default()];
        serialize_layers(&mut out, Fix::all(), &layers, b"x").unwrap();
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::DSA_TAG_BRCM, &out);
        assert_eq!(packet.get::<Ipv4<'_>>().unwrap().payload, b"x");
    }
}
