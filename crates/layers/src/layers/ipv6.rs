//! Internet Protocol, version 6, [RFC 8200](https://www.rfc-editor.org/rfc/rfc8200) section 3.
//!
//! ```text
//!  0       4               12      16              24             31
//! |version| traffic class |              flow label                |
//! |        payload length         |  next header  |   hop limit    |
//! |                    source address, 16 bytes                    |
//! |                 destination address, 16 bytes                  |
//! ```

use std::fmt;
use std::net::Ipv6Addr;

use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{Behind, EncodeError, Header, Ipv6HopByHop, Ipv6Option, PppProtocol};
use crate::{EtherType, FieldSink, IpProtocol, Key, Layer, LayerType, LinkType, Malformed};
use crate::{Next, Protocol, Role, Setting, Shape, Value};

/// The header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct Ipv6Header {
    pub version_class_flow: U32,
    pub payload_length: U16,
    pub next_header: u8,
    pub hop_limit: u8,
    pub source: [u8; 16],
    pub destination: [u8; 16],
}

impl Default for Ipv6Header {
    /// A packet without a payload from and to nowhere, with 64 hops to go.
    fn default() -> Self {
        Self::read_from_bytes(&TEMPLATE[..]).unwrap_or_else(|_| unreachable!("as long as a header"))
    }
}

impl Ipv6Header {
    /// Differentiated services and explicit congestion notification, RFC 2474 and RFC 3168.
    pub fn traffic_class(&self) -> u8 {
        let [a, b, ..] = self.version_class_flow.to_bytes();
        a << 4 | b >> 4
    }

    /// Writes the traffic class.
    pub fn set_traffic_class(&mut self, class: u8) {
        let word = self.version_class_flow.get() & 0xf00f_ffff;
        self.version_class_flow.set(word | u32::from(class) << 20);
    }

    /// Flow label, 20 bits, RFC 6437.
    pub fn flow_label(&self) -> u32 {
        self.version_class_flow.get() & 0x000f_ffff
    }

    /// Writes the flow label, its low twenty bits.
    pub fn set_flow_label(&mut self, label: u32) {
        let word = self.version_class_flow.get() & 0xfff0_0000;
        self.version_class_flow.set(word | label & 0x000f_ffff);
    }
}

/// A packet. Extension headers are layers of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ipv6<'a> {
    pub header: &'a Ipv6Header,
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Ipv6<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    #[inline(always)]
    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<Ipv6Header>(bytes)?;
        let version = header.version_class_flow.get() >> 28;
        if version != 6 {
            return Err(Malformed::Field { name: "version", value: version.into() });
        }
        // RFC 2675, section 3: zero is a jumbogram, which runs to the end.
        let payload = match usize::from(header.payload_length.get()) {
            0 => rest,
            len => rest.get(..len).unwrap_or(rest),
        };
        Ok(Self { header, payload })
    }

    #[inline(always)]
    fn shape(&self) -> Shape {
        let payload_len = self.payload.len().max(self.header.payload_length.get().into());
        let next = Next::One(Key::ip_protocol(self.next_header()));
        Shape { header_len: size_of::<Ipv6Header>(), payload_len, trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let word = self.header.version_class_flow.get();
        sink.number("ipv6.version", word >> 28, 0..1);
        sink.number("ipv6.tclass", self.traffic_class(), 0..4);
        sink.number("ipv6.tclass.dscp", self.traffic_class() >> 2, 0..4);
        sink.number("ipv6.tclass.ecn", self.traffic_class() & 3, 0..4);
        sink.number("ipv6.flow", self.flow_label(), 0..4);
        sink.number("ipv6.plen", self.header.payload_length, 4..6);
        sink.number("ipv6.nxt", self.next_header().0, 6..7);
        sink.number("ipv6.hlim", self.header.hop_limit, 7..8);
        sink.value("ipv6.src", Value::Ipv6(self.source()), 8..24);
        sink.value("ipv6.dst", Value::Ipv6(self.destination()), 24..40);
    }

    /// Nothing can be wrong in numbers and addresses.
    fn faults(&self, _sink: &mut dyn FieldSink) {}

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.next_header())
    }
}

impl Ipv6<'_> {
    /// Differentiated services and explicit congestion notification, RFC 2474 and RFC 3168.
    pub fn traffic_class(&self) -> u8 {
        self.header.traffic_class()
    }

    /// Flow label, 20 bits, RFC 6437.
    pub fn flow_label(&self) -> u32 {
        self.header.flow_label()
    }

    /// How many more routers may pass the packet on.
    pub fn hop_limit(&self) -> u8 {
        self.header.hop_limit
    }

    /// What the payload is.
    pub fn next_header(&self) -> IpProtocol {
        IpProtocol(self.header.next_header)
    }

    /// Address of the sender.
    pub fn source(&self) -> Ipv6Addr {
        self.header.source.into()
    }

    /// Address of the receiver.
    pub fn destination(&self) -> Ipv6Addr {
        self.header.destination.into()
    }
}

impl Header for Ipv6Header {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// No next header, 64 hops to go.
const TEMPLATE: [u8; size_of::<Ipv6Header>()] = {
    let mut bytes = [0; size_of::<Ipv6Header>()];
    (bytes[0], bytes[6], bytes[7]) = (0x60, IpProtocol::NO_NEXT_HEADER.0, 64);
    bytes
};

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let (header, payload) = behind.split::<Ipv6Header>(bytes)?;
    let is_long = behind.payload_len > usize::from(u16::MAX);
    // RFC 2675, section 3: the option behind the header has the length of a jumbogram.
    let length = if is_long && behind.is_before(LayerType::IPV6_HOP_BY_HOP) && is_jumbogram(payload)
    {
        0
    } else {
        behind.fit("payload length", behind.payload_len)?
    };
    header.payload_length.set(length);
    Ok(())
}

fn is_jumbogram(hop_by_hop: &[u8]) -> bool {
    Ipv6HopByHop::parse(hop_by_hop).is_ok_and(|header| {
        header.options().flatten().any(|option| matches!(option, Ipv6Option::JumboPayload(_)))
    })
}

fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<Ipv6Header>(bytes)?;
    header.next_header = behind.ip_protocol(IpProtocol(header.next_header)).0;
    Ok(())
}

/// Names that scapy has for fields.
const SETTINGS: &[Setting] = &[
    Setting::field("tc", "ipv6.tclass"),
    Setting::field("fl", "ipv6.flow"),
    Setting::field("nh", "ipv6.nxt"),
];

const PROTOCOL: Protocol = Protocol::new(
    LayerType::IPV6,
    "ipv6",
    "Internet Protocol, version 6",
    |bytes, outer| Ipv6::parse_in(bytes, outer).map(|ipv6| ipv6.shape()),
    |bytes, outer, visitor| Ipv6::parse_in(bytes, outer).map(|ipv6| visitor(&ipv6)),
)
.specification("RFC 8200")
.role(Role::Network)
.claims(&[
    Key::ether_type(EtherType::IPV6),
    Key::ip_protocol(IpProtocol::IPV6),
    Key::link_type(LinkType::IPV6),
    Key::ppp_protocol(PppProtocol::IPV6),
])
.template(&TEMPLATE)
.lengths(lengths)
.next(next)
.settings(&[SETTINGS]);

#[cfg(test)]
layer_tests! {
    // tshark -r tcpdump/OSPFv3_with_AH.pcap -Y frame.number==8 -x
    sample: Ipv6 *b"\x6e\0\0\0\0\x34\x33\x01\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\
        \xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x02\x59\x04\0\0";
    fields: "ipv6.version=6 ipv6.tclass=224 ipv6.tclass.dscp=56 ipv6.tclass.ecn=0 ipv6.flow=0 \
        ipv6.plen=52 ipv6.nxt=51 ipv6.hlim=1 ipv6.src=fe80::1 ipv6.dst=fe80::2";
    edit: Ipv6Header, |header| header.hop_limit = 2;
    bad: [0 = 0x4e => "version" 4];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Decoder;

    #[test]
    fn setters_keep_the_other_bits() {
        let mut bytes = [0xff; 40];
        let header = Ipv6Header::mut_from_bytes(&mut bytes).unwrap();
        header.set_traffic_class(0x12);
        header.set_flow_label(0xfff3_4567);
        assert_eq!(header.version_class_flow.get(), 0xf123_4567);
        assert_eq!((header.traffic_class(), header.flow_label()), (0x12, 0x34567));
        header.set_traffic_class(0xff);
        assert_eq!(header.version_class_flow.get(), 0xfff3_4567);
    }

    #[test]
    fn a_payload_of_length_zero_runs_to_the_end() {
        let mut bytes = [0; 48];
        (bytes[0], bytes[6]) = (0x60, 59);
        let ipv6 = Ipv6::parse(&bytes).unwrap();
        assert_eq!((ipv6.payload.len(), ipv6.shape().payload_len), (8, 8));
        bytes[5] = 3;
        assert_eq!(Ipv6::parse(&bytes).unwrap().payload.len(), 3);
    }

    #[test]
    fn a_payload_that_is_cut_short_is_truncated() {
        let mut bytes = [0; 44];
        (bytes[0], bytes[5], bytes[6]) = (0x60, 5, 59);
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::IPV6, &bytes);
        assert!(packet.is_truncated() && packet.error().is_none());
        assert_eq!(packet.get::<Ipv6<'_>>().unwrap().payload.len(), 4);
    }
}
