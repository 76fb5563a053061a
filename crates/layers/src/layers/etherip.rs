//! Ethernet inside IP, [RFC 3378](https://www.rfc-editor.org/rfc/rfc3378) section 3.
//!
//! ```text
//!  0       4                       16
//! |version|       reserved        |
//! ```

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{EtherType, FieldSink, Header, IpProtocol, Key, Layer, LayerType, Malformed, Next};
use crate::{Protocol, Shape};

/// The header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct EtherIpHeader {
    pub version_reserved: U16,
}

impl Default for EtherIpHeader {
    /// Version 3.
    fn default() -> Self {
        Self { version_reserved: U16::new(0x3000) }
    }
}

impl EtherIpHeader {
    /// Version, 4 bits: 3.
    pub fn version(&self) -> u8 {
        self.version_reserved.to_bytes()[0] >> 4
    }

    /// Writes the version, its low four bits.
    pub fn set_version(&mut self, version: u8) {
        let reserved = self.version_reserved.get() & 0x0fff;
        self.version_reserved.set(reserved | u16::from(version & 15) << 12);
    }
}

/// A frame in a tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EtherIp<'a> {
    pub header: &'a EtherIpHeader,
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for EtherIp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = split::<EtherIpHeader>(bytes)?;
        Ok(Self { header, payload })
    }

    fn shape(&self) -> Shape {
        let header_len = size_of::<EtherIpHeader>();
        let next = Next::One(Key::ether_type(EtherType::BRIDGING));
        Shape { header_len, payload_len: self.payload.len(), trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("etherip.ver", self.header.version(), 0..2);
        sink.number("etherip.reserved", self.header.version_reserved.get() & 0x0fff, 0..2);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "version {}", self.header.version())
    }
}

impl Header for EtherIpHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::ETHER_IP,
    "etherip",
    "Ethernet inside IP",
    |bytes, outer| EtherIp::parse_in(bytes, outer).map(|etherip| etherip.shape()),
    |bytes, outer, visitor| EtherIp::parse_in(bytes, outer).map(|etherip| visitor(&etherip)),
)
.specification("RFC 3378")
.claims(&[Key::ip_protocol(IpProtocol::ETHER_IP)])
.template(&[0x30, 0]);

// tshark -r own packet; its versions are not 3 and its reserved bits not 0, which tshark notes.
#[cfg(test)]
layer_tests! {
    sample: EtherIp *b"\x41\x02\x01\x02\x03\x04\x05\x06\x0a\x0b\x0c\x0d\x0e\x0f\x08\x00";
    fields: "etherip.ver=4 etherip.reserved=258";
    edit: EtherIpHeader, |header| header.set_version(3);
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decoder, Ethernet, EthernetHeader, Fix, Ipv4Header, LinkType, serialize_layers};

    #[test]
    fn a_frame_in_a_tunnel_is_built_and_read() {
        let (ethernet, ip) = (EthernetHeader::default(), Ipv4Header::default());
        let layers: [&dyn crate::Encode; 4] = [&ip, &EtherIpHeader::default(), &ethernet, &ip];
        let mut out = Vec::new();
        serialize_layers(&mut out, Fix::all(), &layers, b"").unwrap();
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::IPV4, &out);
        assert_eq!(packet.all::<crate::Ipv4<'_>>().count(), 2);
        let ethernet = packet.get::<Ethernet<'_>>().unwrap();
        assert_eq!(ethernet.ether_type(), Some(EtherType::IPV4));
    }
}
