//! VXLAN with any protocol inside,
//! [draft-ietf-nvo3-vxlan-gpe](https://datatracker.ietf.org/doc/html/draft-ietf-nvo3-vxlan-gpe)
//! section 3.
//!
//! ```text
//!  0   2   4       8                               24             31
//! |    |ver|I|P|B|O|           reserved           | next protocol  |
//! |           VXLAN network identifier            |    reserved    |
//! ```

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::nsh::NextProtocol;
use crate::layers::split;
use crate::{Behind, EncodeError, FieldSink, Header, Key, Layer, LayerType, Malformed, Next};
use crate::{Outer, Protocol, Shape};

/// The flag that says that the network identifier is valid.
const NETWORK_IDENTIFIER: u8 = 0x08;
/// The flag that says that the next protocol is valid.
const NEXT_PROTOCOL: u8 = 0x04;

/// The bits of the flags that tell VXLAN-GPE from what else is sent to its port: the reserved ones,
/// the version, which is 0, and the one that says that the network is valid.
const SIGNATURE: u8 = 0xf8;

/// The header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct VxlanGpeHeader {
    pub flags: u8,
    pub reserved: U16,
    pub next_protocol: u8,
    pub network_identifier: [u8; 3],
    pub reserved_behind: u8,
}

impl Default for VxlanGpeHeader {
    /// A frame in the network 0.
    fn default() -> Self {
        Self {
            flags: NETWORK_IDENTIFIER | NEXT_PROTOCOL,
            reserved: U16::ZERO,
            next_protocol: NextProtocol::ETHERNET.0,
            network_identifier: [0; 3],
            reserved_behind: 0,
        }
    }
}

impl VxlanGpeHeader {
    /// Version, 2 bits: 0.
    pub fn version(&self) -> u8 {
        self.flags >> 4 & 3
    }

    /// Writes [`version`](Self::version), its low 2 bits.
    pub fn set_version(&mut self, version: u8) {
        self.flags = self.flags & !0x30 | (version & 0x03) << 4;
    }

    /// The network that the payload belongs to, 24 bits.
    pub fn vni(&self) -> u32 {
        let [a, b, c] = self.network_identifier;
        u32::from_be_bytes([0, a, b, c])
    }

    /// Writes the network, its low 24 bits.
    pub fn set_vni(&mut self, vni: u32) {
        let [_, a, b, c] = vni.to_be_bytes();
        self.network_identifier = [a, b, c];
    }
}

/// A packet in a tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct VxlanGpe<'a> {
    pub header: &'a VxlanGpeHeader,
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for VxlanGpe<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = split::<VxlanGpeHeader>(bytes)?;
        Ok(Self { header, payload })
    }

    /// Whatever else is sent to the port has other flags.
    fn parse_in(bytes: &'a [u8], outer: &Outer<'_>) -> Result<Self, Malformed> {
        let vxlan = Self::parse(bytes)?;
        let (flags, reserved) = (vxlan.header.flags, vxlan.header.reserved.get());
        let is_other = flags & SIGNATURE != NETWORK_IDENTIFIER || reserved != 0;
        if outer.datagram_len().is_some() && is_other {
            return Err(Malformed::Field { name: "flags", value: flags.into() });
        }
        Ok(vxlan)
    }

    fn shape(&self) -> Shape {
        let next = self.next_protocol().key(LayerType::VXLAN_GPE);
        let payload_len = self.payload.len();
        let header_len = size_of::<VxlanGpeHeader>();
        Shape { header_len, payload_len, trailer_len: 0, next: Next::One(next) }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let (header, flags) = (self.header, self.header.flags);
        sink.number("vxlan.flags", flags, 0..1);
        sink.number("vxlan.ver", header.version(), 0..1);
        sink.number("vxlan.i_bit", flags >> 3 & 1, 0..1);
        sink.number("vxlan.p_bit", flags >> 2 & 1, 0..1);
        sink.number("vxlan.o_bit", flags & 1, 0..1);
        sink.number("vxlan.flags_reserved", (flags & 0xc2) >> 1, 0..1);
        sink.number("vxlan.reserved_16", header.reserved, 1..3);
        sink.number("vxlan.next_proto", header.next_protocol, 3..4);
        sink.number("vxlan.vni", header.vni(), 4..7);
        sink.number("vxlan.reserved8", header.reserved_behind, 7..8);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "vni {} {}", self.vni(), self.next_protocol())
    }
}

impl VxlanGpe<'_> {
    /// The network that the payload belongs to, 24 bits.
    pub fn vni(&self) -> u32 {
        self.header.vni()
    }

    /// What the payload is: a frame, where the flags say that the number is not valid.
    pub fn next_protocol(&self) -> NextProtocol {
        let is_valid = self.header.flags & NEXT_PROTOCOL != 0;
        if is_valid { NextProtocol(self.header.next_protocol) } else { NextProtocol::ETHERNET }
    }
}

impl Header for VxlanGpeHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<VxlanGpeHeader>(bytes)?;
    let given = NextProtocol(header.next_protocol);
    header.next_protocol = NextProtocol::of(behind, LayerType::VXLAN_GPE, given).0;
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::VXLAN_GPE,
    "vxlan_gpe",
    "VXLAN Generic Protocol Extension",
    |bytes, outer| VxlanGpe::parse_in(bytes, outer).map(|vxlan| vxlan.shape()),
    |bytes, outer, visitor| VxlanGpe::parse_in(bytes, outer).map(|vxlan| visitor(&vxlan)),
)
.specification("draft-ietf-nvo3-vxlan-gpe")
.claims(&[Key::udp_port(4790)])
.template(&[0x0c, 0, 0, 3, 0, 0, 0, 0])
.next(next);

// tshark -r own packet.
#[cfg(test)]
layer_tests! {
    sample: VxlanGpe *b"\x3d\x12\x34\x03\x00\xff\xee\x07\x01\x02\x03";
    fields: "vxlan.flags=61 vxlan.ver=3 vxlan.i_bit=1 vxlan.p_bit=1 vxlan.o_bit=1 \
        vxlan.flags_reserved=0 vxlan.reserved_16=4660 vxlan.next_proto=3 vxlan.vni=65518 \
        vxlan.reserved8=7";
    edit: VxlanGpeHeader, |header| header.set_vni(7);
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Encode, EtherType, Fix, Ipv4Header, serialize_layers};

    #[test]
    fn the_next_protocol_leads_on_only_if_it_is_valid() {
        let next = |flags: u8, number: u8| {
            let bytes = [flags, 0, 0, number, 0, 0, 1, 0];
            VxlanGpe::parse(&bytes).unwrap().shape().next
        };
        assert_eq!(next(0x0c, 1), Next::One(Key::ether_type(EtherType::IPV4)));
        assert_eq!(next(0x0c, 4), Next::One(Key::ether_type(EtherType::NSH)));
        assert_eq!(next(0x08, 1), Next::One(Key::ether_type(EtherType::BRIDGING)));
    }

    #[test]
    fn the_next_protocol_is_that_of_the_layer_behind() {
        let layers: [&dyn Encode; 2] = [&VxlanGpeHeader::default(), &Ipv4Header::default()];
        let mut out = Vec::new();
        serialize_layers(&mut out, Fix::all(), &layers, b"").unwrap();
        assert!(out.starts_with(&[0x0c, 0, 0, 1, 0, 0, 0, 0, 0x45]));
    }
}
