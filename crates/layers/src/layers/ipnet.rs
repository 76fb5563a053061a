//! The header that Solaris puts in front of a packet inside a zone,
//! [LINKTYPE_IPNET](https://www.tcpdump.org/linktypes.html), as `sys/dlpi.h` has it.
//!
//! ```text
//!  0               8               16                             31
//! |    version    | address family|           hook type            |
//! |                         packet length                          |
//! |                        interface index                         |
//! |                     group interface index                      |
//! |                          source zone                           |
//! |                       destination zone                         |
//! ```

use std::fmt;

use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{Behind, EncodeError, Protocol, Role, Shape};
use crate::{EtherType, FieldSink, Header, Key, Layer, LayerType, LinkType, Malformed, Next};

/// Solaris: `AF_INET`.
const IPV4: u8 = 2;
/// Solaris: `AF_INET6`.
const IPV6: u8 = 26;

/// The header on the wire.
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
pub struct IpnetHeader {
    pub version: u8,
    pub address_family: u8,
    /// Whether the packet comes in, goes out or stays inside.
    pub hook_type: U16,
    pub packet_length: U32,
    pub interface_index: U32,
    /// The interface that the group of interfaces is known by.
    pub group_interface_index: U32,
    pub source_zone: U32,
    pub destination_zone: U32,
}

/// A packet between zones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ipnet<'a> {
    pub header: &'a IpnetHeader,
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Ipnet<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = split::<IpnetHeader>(bytes)?;
        Ok(Self { header, payload })
    }

    fn shape(&self) -> Shape {
        let next = self.ether_type().map_or(Next::End, |number| Next::One(Key::ether_type(number)));
        let header_len = size_of::<IpnetHeader>();
        Shape { header_len, payload_len: self.payload.len(), trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("ipnet.version", self.header.version, 0..1);
        sink.number("ipnet.family", self.header.address_family, 1..2);
        sink.number("ipnet.htype", self.header.hook_type, 2..4);
        sink.number("ipnet.pktlen", self.header.packet_length, 4..8);
        sink.number("ipnet.ifindex", self.header.interface_index, 8..12);
        sink.number("ipnet.grifindex", self.header.group_interface_index, 12..16);
        sink.number("ipnet.zsrc", self.header.source_zone, 16..20);
        sink.number("ipnet.zdst", self.header.destination_zone, 20..24);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let IpnetHeader { source_zone, destination_zone, .. } = self.header;
        write!(f, "zone {source_zone} > {destination_zone}")
    }
}

impl Ipnet<'_> {
    /// What the payload is, by its address family.
    pub fn ether_type(&self) -> Option<EtherType> {
        match self.header.address_family {
            IPV4 => Some(EtherType::IPV4),
            IPV6 => Some(EtherType::IPV6),
            _ => None,
        }
    }
}

impl Header for IpnetHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let length = behind.fit("packet length", behind.payload_len)?;
    behind.header::<IpnetHeader>(bytes)?.packet_length.set(length);
    Ok(())
}

fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<IpnetHeader>(bytes)?;
    match behind.ether_type(EtherType(0)) {
        EtherType::IPV4 => header.address_family = IPV4,
        EtherType::IPV6 => header.address_family = IPV6,
        _ => {}
    }
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::IPNET,
    "ipnet",
    "Solaris IPNET",
    |bytes, outer| Ipnet::parse_in(bytes, outer).map(|ipnet| ipnet.shape()),
    |bytes, outer, visitor| Ipnet::parse_in(bytes, outer).map(|ipnet| visitor(&ipnet)),
)
.specification("LINKTYPE_IPNET")
.role(Role::Link)
.claims(&[Key::link_type(LinkType::IPNET)])
.template(&[1, IPV4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
.lengths(lengths)
.next(next);

// Made by hand; the fields are those that tshark 4.0.17 shows.
#[cfg(test)]
layer_tests! {
    sample: Ipnet *b"\x02\x02\0\x02\0\0\0\x1c\0\0\0\x02\0\0\0\x03\0\0\0\x04\0\0\0\x05\x45";
    fields: "ipnet.version=2 ipnet.family=2 ipnet.htype=2 ipnet.pktlen=28 ipnet.ifindex=2 \
        ipnet.grifindex=3 ipnet.zsrc=4 ipnet.zdst=5";
    edit: IpnetHeader, |header| header.source_zone.set(7);
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fix, Ipv6Header, serialize_layers};

    #[test]
    fn family_and_length_follow_from_what_is_behind() {
        let (header, mut out) = (IpnetHeader::default(), Vec::new());
        let ipv6 = Ipv6Header::default();
        serialize_layers(&mut out, Fix::NEXT | Fix::LENGTHS, &[&header, &ipv6], b"").unwrap();
        let ipnet = Ipnet::parse(&out).unwrap();
        assert_eq!(ipnet.ether_type(), Some(EtherType::IPV6));
        assert_eq!(ipnet.header.packet_length.get(), 40);
        assert_eq!(ipnet.shape().next, Next::One(Key::ether_type(EtherType::IPV6)));
    }

    #[test]
    fn an_unknown_family_is_payload() {
        let mut bytes = [0; 24];
        bytes[1] = 9;
        assert_eq!(Ipnet::parse(&bytes).unwrap().shape().next, Next::End);
    }
}
