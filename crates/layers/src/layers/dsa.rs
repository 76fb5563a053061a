//! The tag that Marvell's Ethernet switches put behind the addresses of a frame,
//! [LINKTYPE_DSA_TAG_DSA](https://www.tcpdump.org/linktypes/LINKTYPE_DSA_TAG_DSA.html): which port of
//! which switch it comes from or goes to.
//!
//! ```text
//!  0            48       96      98       99       104    109     112  113   116       128
//! | destination | source | mode | tagged | device | port | code  | CFI | PRI | code | VID |
//! | type or length |
//! ```

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::length_or_type::{self, MAX_LENGTH, split_frame};
use crate::{Behind, EncodeError, FieldSink, Header, Key, Layer, LayerType, LinkType};
use crate::{Malformed, Protocol, Role, Shape, Value};

/// What a tag is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DsaMode {
    /// From a switch to the processor that manages it.
    ToCpu,
    /// From that processor to a port.
    FromCpu,
    /// To a port that sees what others do.
    ToSniffer,
    /// From switch to switch.
    Forward,
}

/// A tag on the wire: four bytes.
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
pub struct DsaTag(pub [u8; 4]);

impl DsaTag {
    /// What the tag is for.
    pub fn mode(&self) -> DsaMode {
        match self.0[0] >> 6 {
            0 => DsaMode::ToCpu,
            1 => DsaMode::FromCpu,
            2 => DsaMode::ToSniffer,
            _ => DsaMode::Forward,
        }
    }

    /// Whether the frame had a VLAN tag on the wire of the port.
    pub fn is_tagged(&self) -> bool {
        self.0[0] & 0x20 != 0
    }

    /// Number of the switch that the frame comes from, or goes to if it is from the processor.
    pub fn device(&self) -> u8 {
        self.0[0] & 0x1f
    }

    /// Port of the switch, or number of the trunk.
    pub fn port(&self) -> u8 {
        self.0[1] >> 3
    }

    /// Whether [`port`](Self::port) is the number of a trunk, in a tag from switch to switch.
    pub fn is_trunk(&self) -> bool {
        self.mode() == DsaMode::Forward && self.0[1] & 0x04 != 0
    }

    /// Why the frame is given to the processor, 4 bits.
    pub fn code(&self) -> Option<u8> {
        let code = (self.0[1] & 0x06) << 1 | (self.0[2] & 0x10) >> 4;
        (self.mode() == DsaMode::ToCpu).then_some(code)
    }

    /// Whether a sniffed frame came in, and not out.
    pub fn is_ingress(&self) -> Option<bool> {
        (self.mode() == DsaMode::ToSniffer).then_some(self.0[1] & 0x04 != 0)
    }

    /// Canonical format indicator of the VLAN tag.
    pub fn cfi(&self) -> bool {
        self.0[1] & 0x01 != 0
    }

    /// Priority, 0 to 7.
    pub fn priority(&self) -> u8 {
        self.0[2] >> 5
    }

    /// VLAN of the frame.
    pub fn vlan_id(&self) -> u16 {
        let [_, _, high, low] = self.0;
        u16::from_be_bytes([high & 0x0f, low])
    }

    /// Reports the parts of a tag at this place.
    pub(crate) fn fields(self, at: usize, sink: &mut dyn FieldSink) {
        let place = |byte: usize| {
            let start = at.saturating_add(byte);
            start..start.saturating_add(1)
        };
        sink.number("dsa.mode", self.0[0] >> 6, place(0));
        sink.flag("dsa.tagged", self.is_tagged(), place(0));
        sink.number("dsa.device", self.device(), place(0));
        sink.number(if self.is_trunk() { "dsa.trunk" } else { "dsa.port" }, self.port(), place(1));
        if let Some(code) = self.code() {
            sink.number("dsa.code", code, at.saturating_add(1)..at.saturating_add(3));
        }
        if let Some(is_ingress) = self.is_ingress() {
            sink.flag("dsa.ingress", is_ingress, place(1));
        }
        sink.flag("dsa.cfi", self.cfi(), place(1));
        sink.number("dsa.priority", self.priority(), place(2));
        sink.number("dsa.vid", self.vlan_id(), at.saturating_add(2)..at.saturating_add(4));
    }
}

impl fmt::Display for DsaTag {
    /// Writes what the tag is for, the switch and its port.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = match self.mode() {
            DsaMode::ToCpu => "to CPU",
            DsaMode::FromCpu => "from CPU",
            DsaMode::ToSniffer => "to sniffer",
            DsaMode::Forward => "forward",
        };
        write!(f, "{mode} device {} port {}", self.device(), self.port())
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
pub struct DsaHeader {
    pub destination: [u8; 6],
    pub source: [u8; 6],
    pub tag: DsaTag,
    pub type_or_length: U16,
}

/// A frame with a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dsa<'a> {
    pub header: &'a DsaHeader,
    /// Up to the length that an 802.3 frame announces, else to the end.
    pub payload: &'a [u8],
    /// What stands behind the length of an 802.3 frame: padding, mostly.
    pub trailer: &'a [u8],
}

impl<'a> Layer<'a> for Dsa<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<DsaHeader>(bytes)?;
        let (payload, trailer) = split_frame(header.type_or_length.get(), rest);
        Ok(Self { header, payload, trailer })
    }

    fn shape(&self) -> Shape {
        let number = self.header.type_or_length.get();
        length_or_type::shape(size_of::<DsaHeader>(), number, self.payload, self.trailer)
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.value("eth.dst", Value::Mac(self.header.destination), 0..6);
        sink.value("eth.src", Value::Mac(self.header.source), 6..12);
        self.header.tag.fields(12, sink);
        let name = type_name(self.header.type_or_length);
        sink.number(name, self.header.type_or_length, 16..18);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.header.tag)
    }
}

/// Whether the number behind a tag is a type or a length.
pub(crate) fn type_name(type_or_length: U16) -> &'static str {
    if type_or_length.get() <= MAX_LENGTH { "eth.len" } else { "eth.type" }
}

impl Header for DsaHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    length_or_type::fix_length(&mut behind.header::<DsaHeader>(bytes)?.type_or_length, behind)
}

fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let (header, payload) = behind.split::<DsaHeader>(bytes)?;
    length_or_type::fix_type(&mut header.type_or_length, payload, behind);
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::DSA,
    "dsa",
    "Marvell DSA tag",
    |bytes, outer| Dsa::parse_in(bytes, outer).map(|dsa| dsa.shape()),
    |bytes, outer, visitor| Dsa::parse_in(bytes, outer).map(|dsa| visitor(&dsa)),
)
.specification("LINKTYPE_DSA_TAG_DSA")
.role(Role::Link)
.claims(&[Key::link_type(LinkType::DSA_TAG_DSA)])
.template(&[0; size_of::<DsaHeader>()])
.lengths(lengths)
.next(next);

// Made by hand; tcpdump 4.99.3: Marvell DSA mode Forward, dev 3, port 21, untagged, CFI, VID 291,
// FPri 1, ethertype IPv4
#[cfg(test)]
layer_tests! {
    sample: Dsa *b"\x01\x02\x03\x04\x05\x06\x0a\x0b\x0c\x0d\x0e\x0f\xc3\xa9\x21\x23\x08\0";
    fields: "eth.dst=01:02:03:04:05:06 eth.src=0a:0b:0c:0d:0e:0f dsa.mode=3 dsa.tagged=0 \
        dsa.device=3 dsa.port=21 dsa.cfi=1 dsa.priority=1 dsa.vid=291 eth.type=2048";
    edit: DsaHeader, |header| header.tag.0[0] = 0;
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decoder, Encode, Fix, Ipv4, Ipv4Header, serialize_layers};

    /// What tcpdump 4.99.3 shows of a tag.
    #[track_caller]
    fn check(tag: [u8; 4], expected: &str) {
        let (tag, mut words) = (DsaTag(tag), Vec::new());
        tag.fields(0, &mut |field: crate::Field<'_>| {
            words.push(format!("{}={} ", field.name, field.value));
        });
        let text = words.concat();
        assert!(text.contains(expected), "{text}");
    }

    #[test]
    fn each_mode_has_its_meaning_of_the_bits() {
        check([0, 0x04, 0, 0], "dsa.code=8 "); // ARP mirror
        check([0, 0x02, 0, 0], "dsa.code=4 "); // IGMP or MLD trap
        check([0, 0, 0x10, 0], "dsa.code=1 "); // Frame2Reg
        check(
            [0x20, 0, 0xe0, 0],
            "dsa.tagged=1 dsa.device=0 dsa.port=0 dsa.code=0 dsa.cfi=0 dsa.priority=7 ",
        );
        check([0x1f, 0xf8, 0x0f, 0xff], "dsa.device=31 dsa.port=31 ");
        check([0x80, 0, 0, 0], "dsa.ingress=0 ");
        check([0x80, 0x04, 0, 0], "dsa.ingress=1 ");
        check([0xc0, 0x04, 0, 0], "dsa.trunk=0 ");
        check([0x40, 0x04, 0x10, 0], "dsa.mode=1 dsa.tagged=0 dsa.device=0 dsa.port=0 dsa.cfi=0 ");
        check([0, 0, 0x0f, 0xff], "dsa.vid=4095 ");
    }

    #[test]
    fn a_written_tag_leads_to_what_it_tags() {
        let mut out = Vec::new();
        let layers: [&dyn Encode; 2] = [&DsaHeader::default(), &Ipv4Header::default()];
        serialize_layers(&mut out, Fix::all(), &layers, b"x").unwrap();
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::DSA_TAG_DSA, &out);
        assert_eq!(packet.get::<Ipv4<'_>>().unwrap().payload, b"x");
        assert_eq!(packet.get::<Dsa<'_>>().unwrap().header.type_or_length.get(), 0x0800);
    }
}
