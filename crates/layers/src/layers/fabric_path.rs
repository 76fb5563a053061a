//! `FabricPath` of Cisco,
//! [MAC in MAC](https://www.cisco.com/c/en/us/products/collateral/switches/nexus-7000-series-switches/white_paper_c11-687554.html):
//! the Ethernet header in front of it holds not addresses of hosts but places in the fabric.
//!
//! ```text
//!  0         6     7     8        10         11        12           24            32       48
//! | end node | U/L | I/G | end node | reserved | OOO/DL | switch     | sub-switch  | port   |  twice
//!  96          112                 122         127
//! |  0x8903     | forwarding tag    | TTL        |  a frame ...
//! ```

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{
    EtherType, Ethernet, FieldSink, Header, Key, Layer, LayerType, Malformed, Next, Outer,
};
use crate::{Protocol, Shape, Value};

/// The Ethernet type that announces it.
const ETHER_TYPE: EtherType = EtherType(0x8903);

/// What stands behind the Ethernet type.
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
pub struct FabricPathHeader {
    pub tag_ttl: U16,
}

impl FabricPathHeader {
    /// Which tree of the fabric the frame is forwarded on, 10 bits.
    pub fn forwarding_tag(&self) -> u16 {
        self.tag_ttl.get() >> 6
    }

    /// Writes [`forwarding_tag`](Self::forwarding_tag), its low 10 bits.
    pub fn set_forwarding_tag(&mut self, tag: u16) {
        self.tag_ttl.set(self.tag_ttl.get() & 0x003f | tag << 6);
    }

    /// How many switches the frame may still pass, 6 bits.
    pub fn ttl(&self) -> u8 {
        self.tag_ttl.to_bytes()[1] & 0x3f
    }

    /// Writes [`ttl`](Self::ttl), its low 6 bits.
    pub fn set_ttl(&mut self, ttl: u8) {
        self.tag_ttl.set(self.tag_ttl.get() & 0xffc0 | u16::from(ttl & 0x3f));
    }
}

/// A place in the fabric, in the form of an Ethernet address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct FabricPathAddress(pub [u8; 6]);

impl FabricPathAddress {
    /// A port of a switch: its number has 12 bits, the others of it are left out.
    pub fn new(switch: u16, sub_switch: u8, port: u16) -> Self {
        let [[switch_high, switch_low], [port_high, port_low]] =
            [(switch & 0x0fff).to_be_bytes(), port.to_be_bytes()];
        // Such an address is never one that IEEE gave to a vendor.
        Self([2, switch_high, switch_low, sub_switch, port_high, port_low])
    }

    /// Number of a host that reaches several switches, 8 bits: those in front of the two flags are
    /// the low ones.
    pub fn end_node(&self) -> u8 {
        self.0[1] & 0xc0 | self.0[0] >> 2
    }

    /// Whether the address is none that IEEE gave to a vendor.
    pub fn is_local(&self) -> bool {
        self.0[0] & 0x02 != 0
    }

    /// Whether the address stands for several hosts: then it is no place, but the address of the
    /// frame inside.
    pub fn is_group(&self) -> bool {
        self.0[0] & 0x01 != 0
    }

    /// In a destination, whether frames may overtake each other; in a source, whether nobody
    /// should learn it.
    pub fn out_of_order_or_unlearned(&self) -> bool {
        self.0[1] & 0x10 != 0
    }

    /// Number of a switch, 12 bits.
    pub fn switch(&self) -> u16 {
        u16::from_be_bytes([self.0[1] & 0x0f, self.0[2]])
    }

    /// Number of a switch of those that look like one.
    pub fn sub_switch(&self) -> u8 {
        self.0[3]
    }

    /// Port of the switch that the frame comes in at, or goes out of.
    pub fn port(&self) -> u16 {
        u16::from_be_bytes([self.0[4], self.0[5]])
    }

    /// Reports the parts. Their bytes are those of the layer in front, so they have no place here.
    fn fields(self, sink: &mut dyn FieldSink) {
        sink.number("cfp.eid", self.end_node(), 0..0);
        sink.flag("cfp.ul", self.is_local(), 0..0);
        sink.flag("cfp.ig", self.is_group(), 0..0);
        sink.flag("cfp.ooodl", self.out_of_order_or_unlearned(), 0..0);
        sink.number("cfp.swid", self.switch(), 0..0);
        sink.number("cfp.sswid", self.sub_switch(), 0..0);
        sink.number("cfp.lid", self.port(), 0..0);
    }
}

impl fmt::Display for FabricPathAddress {
    /// Writes it as Cisco does: `switch.sub-switch.port`, in hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}.{:02x}.{:04x}", self.switch(), self.sub_switch(), self.port())
    }
}

/// A frame in the fabric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FabricPath<'a> {
    pub header: &'a FabricPathHeader,
    /// Where the frame goes to: not known to a layer that is read alone.
    pub destination: Option<FabricPathAddress>,
    /// Where the frame comes from: not known to a layer that is read alone.
    pub source: Option<FabricPathAddress>,
    /// The frame as it entered the fabric.
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for FabricPath<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        Self::parse_in(bytes, &Outer::NONE)
    }

    fn parse_in(bytes: &'a [u8], outer: &Outer<'_>) -> Result<Self, Malformed> {
        let (header, payload) = split::<FabricPathHeader>(bytes)?;
        // A tag may stand between the addresses and the Ethernet type.
        let frame = outer.layers().rev().find(|span| span.layer != LayerType::VLAN);
        let frame = frame.and_then(|span| outer.view::<Ethernet<'_>>(span));
        let [destination, source] =
            [frame.map(|frame| frame.destination()), frame.map(|frame| frame.source())]
                .map(|address| address.map(FabricPathAddress));
        Ok(Self { header, destination, source, payload })
    }

    fn shape(&self) -> Shape {
        let next = Next::One(Key::ether_type(EtherType::BRIDGING));
        let header_len = size_of::<FabricPathHeader>();
        Shape { header_len, payload_len: self.payload.len(), trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        match self.destination {
            Some(group) if group.is_group() => {
                sink.value("cfp.d_hmac_mc", Value::Mac(group.0), 0..0);
            }
            Some(place) => place.fields(sink),
            None => {}
        }
        if let Some(place) = self.source {
            place.fields(sink);
        }
        sink.number("cfp.ftag", self.header.forwarding_tag(), 0..2);
        sink.number("cfp.ttl", self.header.ttl(), 0..2);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Some(source), Some(destination)) = (self.source, self.destination) {
            write!(f, "{source} → {destination}, ")?;
        }
        write!(f, "tree {}, TTL {}", self.header.forwarding_tag(), self.header.ttl())
    }
}

impl Header for FabricPathHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::FABRIC_PATH,
    "cfp",
    "Cisco FabricPath",
    |bytes, outer| FabricPath::parse_in(bytes, outer).map(|frame| frame.shape()),
    |bytes, outer, visitor| FabricPath::parse_in(bytes, outer).map(|frame| visitor(&frame)),
)
.specification("Cisco")
.claims(&[Key::ether_type(ETHER_TYPE)])
// The first tree, and as many switches as fabrics are given by default.
.template(&[0x00, 0x60]);

// Made by hand, read by tshark 4.0.17
#[cfg(test)]
layer_tests! {
    sample: FabricPath *b"\x00\x60";
    fields: "cfp.ftag=1 cfp.ttl=32";
    edit: FabricPathHeader, |header| header.set_ttl(7);
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::from_hex;
    use crate::{Decoder, EthernetHeader, Fix, Ipv4, Ipv4Header, LinkType, Udp, serialize_layers};

    /// The fields of the layer as tshark shows them, and its line.
    #[track_caller]
    fn check(frame: &[u8], fields: &str, summary: &str) {
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::ETHERNET, frame);
        let fabric_path = packet.get::<FabricPath<'_>>().unwrap();
        assert_eq!(fabric_path.to_string(), fields);
        assert_eq!(fmt::from_fn(|f| fabric_path.summary(f)).to_string(), summary);
    }

    #[test]
    fn addresses_in_front_are_places_in_the_fabric() {
        // tshark -r cisco-fabric-path.pcap (zeek), frame 2; tshark shows no end node but 0
        let frame = from_hex(
            "f351d64e6200964ebf4e521d89030000639370b7c70c1aacfae2a8f408004500001c00010000401174c6\
             0101010602020202deadbeef00085c360000",
        );
        check(
            &frame,
            "cfp.d_hmac_mc=f3:51:d6:4e:62:00 cfp.eid=101 cfp.ul=1 cfp.ig=0 cfp.ooodl=0 \
             cfp.swid=3775 cfp.sswid=78 cfp.lid=21021 cfp.ftag=0 cfp.ttl=0",
            "ebf.4e.521d → 1d6.4e.6200, tree 0, TTL 0",
        );
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::ETHERNET, &frame);
        assert_eq!(packet.error(), None);
        assert_eq!(packet.all::<Ethernet<'_>>().count(), 2);
        assert_eq!(packet.get::<Udp<'_>>().unwrap().source_port(), 57005);
    }

    #[test]
    fn both_addresses_are_taken_apart_where_neither_is_a_group() {
        // Made by hand, read by tshark 4.0.17, with a tag between addresses and type
        check(
            b"\x02\x00\x0a\x01\x00\x05\xfe\xd0\x0b\x02\x00\x06\x81\x00\x00\x07\x89\x03\x00\x60",
            "cfp.eid=0 cfp.ul=1 cfp.ig=0 cfp.ooodl=0 cfp.swid=10 cfp.sswid=1 cfp.lid=5 \
             cfp.eid=255 cfp.ul=1 cfp.ig=0 cfp.ooodl=1 cfp.swid=11 cfp.sswid=2 cfp.lid=6 \
             cfp.ftag=1 cfp.ttl=32",
            "b.02.0006 → a.01.0005, tree 1, TTL 32",
        );
    }

    #[test]
    fn a_frame_is_written_into_the_fabric() {
        let outer = EthernetHeader {
            destination: FabricPathAddress::new(10, 1, 5).0,
            source: FabricPathAddress::new(0xf00b, 2, 6).0,
            ..Default::default()
        };
        let (fabric_path, inner) = (FabricPathHeader::default(), EthernetHeader::default());
        let mut out = Vec::new();
        let layers: [&dyn crate::Encode; 4] =
            [&outer, &fabric_path, &inner, &Ipv4Header::default()];
        serialize_layers(&mut out, Fix::all(), &layers, b"x").unwrap();
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::ETHERNET, &out);
        let view = packet.get::<FabricPath<'_>>().unwrap();
        assert_eq!(view.destination, Some(FabricPathAddress([2, 0, 10, 1, 0, 5])));
        assert_eq!(view.source, Some(FabricPathAddress([2, 0, 11, 2, 0, 6])));
        assert_eq!(packet.get::<Ipv4<'_>>().unwrap().payload, b"x");
    }

    #[test]
    fn setters_keep_the_other_bits() {
        let mut header = FabricPathHeader { tag_ttl: u16::MAX.into() };
        header.set_forwarding_tag(0);
        assert_eq!((header.forwarding_tag(), header.ttl()), (0, 63));
        header.set_forwarding_tag(0x3ff);
        header.set_ttl(0);
        assert_eq!((header.forwarding_tag(), header.ttl()), (0x3ff, 0));
    }
}
