//! Nortel Discovery Protocol, once `SynOptics` Network Management Protocol (SONMP), as
//! [Wireshark](https://gitlab.com/wireshark/wireshark/-/blob/v4.0.17/epan/dissectors/packet-ndp.c) has
//! it.
//!
//! ```text
//!  0         32                  56        64          72      80       87
//! | address | segment identifier | chassis | backplane | state | links |
//! ```

use std::fmt;
use std::net::Ipv4Addr;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{EtherType, FieldSink, Header, Key, Layer, LayerType, Malformed, Next, Organization};
use crate::{Protocol, Shape, Value};

/// The numbers of the protocol among those that Nortel assigns: hello, and flatnet hello.
const HELLO: u16 = 0x01a2;
const FLATNET_HELLO: u16 = 0x01a1;

/// The message on the wire.
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
pub struct NortelDiscoveryHeader {
    pub ip_address: [u8; 4],
    /// Slot and port.
    pub segment_identifier: [u8; 3],
    pub chassis: u8,
    pub backplane: u8,
    /// 1, changed; 2, unchanged; 3, new.
    pub state: u8,
    pub number_of_links: u8,
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NortelDiscovery<'a> {
    pub header: &'a NortelDiscoveryHeader,
}

impl<'a> Layer<'a> for NortelDiscovery<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, _) = split::<NortelDiscoveryHeader>(bytes)?;
        Ok(Self { header })
    }

    fn shape(&self) -> Shape {
        let header_len = size_of::<NortelDiscoveryHeader>();
        Shape { header_len, payload_len: 0, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.value("ndp.ipaddress", Value::Ipv4(self.ip_address()), 0..4);
        sink.number("ndp.segmentident", self.segment_identifier(), 4..7);
        sink.number("ndp.chassis", self.header.chassis, 7..8);
        sink.number("ndp.backplane", self.header.backplane, 8..9);
        sink.number("ndp.state", self.header.state, 9..10);
        sink.number("ndp.numberoflinks", self.header.number_of_links, 10..11);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} segment {:#08x}", self.ip_address(), self.segment_identifier())
    }
}

impl NortelDiscovery<'_> {
    /// Address of the sender.
    pub fn ip_address(&self) -> Ipv4Addr {
        self.header.ip_address.into()
    }

    /// Slot and port, 24 bits.
    pub fn segment_identifier(&self) -> u32 {
        let [a, b, c] = self.header.segment_identifier;
        u32::from_be_bytes([0, a, b, c])
    }
}

impl Header for NortelDiscoveryHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::NORTEL_DISCOVERY,
    "ndp",
    "Nortel Discovery Protocol",
    |bytes, outer| NortelDiscovery::parse_in(bytes, outer).map(|ndp| ndp.shape()),
    |bytes, outer, visitor| NortelDiscovery::parse_in(bytes, outer).map(|ndp| visitor(&ndp)),
)
.specification("Nortel")
.claims(&[
    Key::snap(Organization::NORTEL, HELLO),
    Key::snap(Organization::NORTEL, FLATNET_HELLO),
    Key::ether_type(EtherType(HELLO)),
])
.template(&[0; size_of::<NortelDiscoveryHeader>()]);

// Made by hand, read by tshark 4.0.17
#[cfg(test)]
layer_tests! {
    sample: NortelDiscovery *b"\x0a\0\0\x01\0\x01\x02\x1e\x0c\x02\x03";
    fields: "ndp.ipaddress=10.0.0.1 ndp.segmentident=258 ndp.chassis=30 ndp.backplane=12 \
        ndp.state=2 ndp.numberoflinks=3";
    edit: NortelDiscoveryHeader, |header| header.state = 3;
    bad: [];
}
