//! IP Encapsulating Security Payload, [RFC 4303](https://www.rfc-editor.org/rfc/rfc4303) section 2.
//!
//! ```text
//!  0                                                              31
//! |                   security parameters index                    |
//! |                        sequence number                         |
//! |                     encrypted payload ...                      |
//! ```

use std::fmt;

use zerocopy::network_endian::U32;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::Header;
use crate::layers::{UdpEncapKind, split};
use crate::{FieldSink, IpProtocol, Key, Layer, LayerType, Malformed, Next, Protocol, Shape};

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
pub struct EspHeader {
    pub spi: U32,
    pub sequence_number: U32,
}

/// An encrypted packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Esp<'a> {
    pub header: &'a EspHeader,
    /// Encrypted: only the association at the receiver tells what is what behind the header.
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Esp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = split(bytes)?;
        Ok(Self { header, payload })
    }

    fn shape(&self) -> Shape {
        let (header_len, payload_len) = (size_of::<EspHeader>(), self.payload.len());
        Shape { header_len, payload_len, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("esp.spi", self.header.spi, 0..4);
        sink.number("esp.sequence", self.header.sequence_number, 4..8);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let len = self.payload.len();
        write!(f, "spi {:#010x} seq {} len {len}", self.spi(), self.sequence_number())
    }
}

impl Esp<'_> {
    /// Security parameters index: the association at the receiver.
    pub fn spi(&self) -> u32 {
        self.header.spi.get()
    }

    /// Number of the packet within its association.
    pub fn sequence_number(&self) -> u32 {
        self.header.sequence_number.get()
    }
}

impl Header for EspHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::ESP,
    "esp",
    "IP Encapsulating Security Payload",
    |bytes, outer| Esp::parse_in(bytes, outer).map(|esp| esp.shape()),
    |bytes, outer, visitor| Esp::parse_in(bytes, outer).map(|esp| visitor(&esp)),
)
.specification("RFC 4303")
.claims(&[Key::ip_protocol(IpProtocol::ESP), Key::child(LayerType::UDPENCAP, UdpEncapKind::ESP)])
.template(&[0; size_of::<EspHeader>()]);

#[cfg(test)]
layer_tests! {
    // tshark -r PcapPlusPlus/Packet++Test__PacketExamples__ipsec.pcapng -Y frame.number==1 -x
    sample: Esp *b"\x48\xda\xc2\xe4\0\0\0\x03\xc6\xb5\xcb\xef\x14\0\x93\x72";
    fields: "esp.spi=1222296292 esp.sequence=3";
    edit: EspHeader, |header| header.sequence_number.set(4);
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decoder, Ipv6, LinkType};

    #[test]
    fn the_rest_is_payload() {
        let ip = [&[0x60, 0, 0, 0, 0, 12, 50, 64][..], &[0x20; 32]].concat();
        let bytes = [&ip, &[0, 0, 0, 1, 0, 0, 0, 2, 6, 6, 6, 6][..]].concat();
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::IPV6, &bytes);
        assert_eq!((packet.error(), packet.layers().len()), (None, 2));
        let esp = packet.get::<Esp<'_>>().unwrap();
        assert_eq!((esp.spi(), esp.sequence_number(), esp.payload), (1, 2, &[6; 4][..]));
        assert_eq!(packet.payload(), [6; 4]);
        assert!(packet.get::<Ipv6<'_>>().is_some());
    }
}
