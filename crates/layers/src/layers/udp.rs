//! User Datagram Protocol, [RFC 768](https://www.rfc-editor.org/rfc/rfc768).
//!
//! ```text
//!  0                               16                             31
//! |          source port          |        destination port        |
//! |            length             |            checksum            |
//! ```

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{
    Absence, Behind, Checksum, EncodeError, FieldSink, Header, IpProtocol, Key, KeyKind, Layer,
};
use crate::{LayerType, Malformed, Next, Outer, Protocol, PseudoHeader, Role, Setting, Shape};

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
pub struct UdpHeader {
    pub source_port: U16,
    pub destination_port: U16,
    pub length: U16,
    pub checksum: U16,
}

/// A datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Udp<'a> {
    pub header: &'a UdpHeader,
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Udp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    #[inline(always)]
    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<UdpHeader>(bytes)?;
        let length = usize::from(header.length.get());
        let payload = match length.checked_sub(size_of::<UdpHeader>()) {
            Some(len) => rest.get(..len).unwrap_or(rest),
            // RFC 2675, section 4: zero is a jumbogram, which runs to the end.
            None if length == 0 => rest,
            None => return Err(Malformed::Field { name: "length", value: length as u64 }),
        };
        Ok(Self { header, payload })
    }

    #[inline(always)]
    fn shape(&self) -> Shape {
        let header_len = size_of::<UdpHeader>();
        let length = usize::from(self.header.length.get());
        let payload_len = length.checked_sub(header_len).unwrap_or(self.payload.len());
        let next =
            Next::Either(Key::udp_port(self.destination_port()), Key::udp_port(self.source_port()));
        Shape { header_len, payload_len, trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("udp.srcport", self.source_port(), 0..2);
        sink.number("udp.dstport", self.destination_port(), 2..4);
        sink.number("udp.length", self.header.length, 4..6);
        sink.number("udp.checksum", self.header.checksum, 6..8);
    }

    /// Nothing can be wrong in numbers and addresses.
    fn faults(&self, _sink: &mut dyn FieldSink) {}

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} → {} len {}", self.source_port(), self.destination_port(), self.payload.len())
    }
}

impl Udp<'_> {
    /// Source port; zero if the sender wants no answer.
    pub fn source_port(&self) -> u16 {
        self.header.source_port.get()
    }

    /// Destination port.
    pub fn destination_port(&self) -> u16 {
        self.header.destination_port.get()
    }
}

impl Header for UdpHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let length = behind.header_len.saturating_add(behind.payload_len);
    // RFC 2675, section 4: zero in a jumbogram. What is no jumbogram is too large for the layer
    // around, which says so.
    behind.header::<UdpHeader>(bytes)?.length.set(length.try_into().unwrap_or(0));
    Ok(())
}

/// Leads to the layer behind by a port of its own, if no port was given.
fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<UdpHeader>(bytes)?;
    if (header.source_port.get(), header.destination_port.get()) == (0, 0) {
        let port = behind.number(0, |kind| match kind {
            KeyKind::UdpPort(port) => Some(port),
            _ => None,
        });
        header.destination_port.set(port);
    }
    Ok(())
}

fn checksum(bytes: &[u8], outer: &Outer<'_>) -> Option<Checksum> {
    let udp = Udp::parse(bytes).ok()?;
    let len = size_of::<UdpHeader>().saturating_add(udp.shape().payload_len);
    let stored = u32::from(udp.header.checksum.get());
    let absent = (stored == 0).then(|| absence(&udp, outer));
    let Some(pseudo_header) = PseudoHeader::of(outer) else {
        // That there is none can be seen in a fragment, too.
        return absent.map(|absent| Checksum {
            place: 6..8,
            stored,
            computed: 0,
            absent: Some(absent),
        });
    };
    let sum = pseudo_header.sum(IpProtocol::UDP, len);
    // RFC 768: zero says that there is no checksum, so a sum of zero is sent as all ones.
    let sum = sum.with(bytes.get(..len)?).without(udp.header.checksum);
    let computed = match sum.checksum() {
        0 => u16::MAX,
        checksum => checksum,
    };
    Some(Checksum { place: 6..8, stored, computed: computed.into(), absent })
}

/// What it means that there is no checksum: nothing behind IPv4; behind IPv6, whose header has none either, it is
/// forbidden, RFC 8200 section 8.1, but in tunnels, RFC 6935 section 5. What an error quotes nobody receives.
fn absence(udp: &Udp<'_>, outer: &Outer<'_>) -> Absence {
    const VXLAN: u16 = 4789;
    let mut around = outer.layers().rev().map(|span| span.layer);
    let network = around.find(|layer| matches!(*layer, LayerType::IPV4 | LayerType::IPV6));
    if network != Some(LayerType::IPV6) || around.next() == Some(LayerType::ICMPV6) {
        Absence::Allowed
    } else if udp.destination_port() == VXLAN {
        Absence::Tunnel
    } else {
        Absence::Illegal
    }
}

/// Names that scapy has for fields.
const SETTINGS: &[Setting] =
    &[Setting::field("len", "udp.length"), Setting::field("chksum", "udp.checksum")];

const PROTOCOL: Protocol = Protocol::new(
    LayerType::UDP,
    "udp",
    "User Datagram Protocol",
    |bytes, outer| Udp::parse_in(bytes, outer).map(|udp| udp.shape()),
    |bytes, outer, visitor| Udp::parse_in(bytes, outer).map(|udp| visitor(&udp)),
)
.specification("RFC 768")
.role(Role::Transport)
.claims(&[Key::ip_protocol(IpProtocol::UDP)])
.template(&[0, 0, 0, 0, 0, 8, 0, 0])
.lengths(lengths)
.next(next)
.checksum(checksum)
.settings(&[SETTINGS]);

#[cfg(test)]
layer_tests! {
    sample: Udp [0xbf, 0x00, 0, 53, 0, 12, 0x12, 0x4d, 0xaa, 0, 0, 0xff];
    fields: "udp.srcport=48896 udp.dstport=53 udp.length=12 udp.checksum=4685";
    edit: UdpHeader, |header| header.destination_port.set(5353);
    bad: [5 = 7 => "length" 7];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ChecksumStatus, Decoder, Encode, Fix, Ipv4Header, LinkType, serialize_layers};

    #[test]
    fn a_checksum_that_comes_to_zero_is_sent_as_all_ones() {
        // gopacket defect 8
        let ipv4 = Ipv4Header { source: [1; 4], destination: [2; 4], ..Default::default() };
        let (source_port, destination_port) = (1.into(), 2.into());
        let udp = UdpHeader { source_port, destination_port, ..Default::default() };
        let mut out = Vec::new();
        let layers: [&dyn Encode; 2] = [&ipv4, &udp];
        serialize_layers(&mut out, Fix::all(), &layers, &[0xf9, 0xd1]).unwrap();
        assert_eq!(out[20..], [0, 1, 0, 2, 0, 10, 0xff, 0xff, 0xf9, 0xd1]);
    }

    #[test]
    fn a_fragment_has_no_checksum_to_verify_unless_it_has_none_at_all() {
        let mut ipv4 = Ipv4Header::default();
        ipv4.set_flags(crate::Ipv4Flags::MORE_FRAGMENTS);
        let status = |checksum: u16| {
            let udp = UdpHeader { checksum: checksum.into(), ..Default::default() };
            let mut out = Vec::new();
            let layers: [&dyn Encode; 2] = [&ipv4, &udp];
            serialize_layers(&mut out, Fix::all(), &layers, b"data").unwrap();
            assert_eq!(out[26..28], checksum.to_be_bytes());
            let decoder = Decoder::default();
            let packet = decoder.decode(LinkType::IPV4, &out);
            packet.verify_checksums().last().unwrap().status()
        };
        assert_eq!(status(7), ChecksumStatus::Unverified);
        assert_eq!(status(0), ChecksumStatus::NotPresent);
    }

    /// The frame is what tshark 4.0.17 says `udp.checksum.status` 4 of, with the preference `udp.check_checksum`.
    #[test]
    fn behind_ipv6_there_must_be_a_checksum_but_in_a_tunnel() {
        let frame = "02000000000202000000000186dd60000000000b1140\
            20010db800000000000000000000000120010db8000000000000000000000002\
            00050006000b0000616263";
        let decoder = Decoder::default();
        let mut bytes = crate::hex(frame).unwrap();
        let found = |bytes: &[u8]| {
            let packet = decoder.decode(LinkType::ETHERNET, bytes);
            let found = packet.verify_checksums().next().unwrap();
            (found.status(), found.is_wrong())
        };
        assert_eq!(found(&bytes), (ChecksumStatus::Illegal, true));
        bytes[56..58].copy_from_slice(&4789_u16.to_be_bytes());
        assert_eq!(found(&bytes), (ChecksumStatus::Illegal, false));
    }

    #[test]
    fn the_length_parts_the_payload_from_what_belongs_to_others() {
        let udp = Udp::parse(b"\xbf\0\0\x35\0\x0a\0\0hipadding").unwrap();
        assert_eq!((udp.payload, udp.shape().payload_len), (&b"hi"[..], 2));
    }

    #[test]
    fn a_length_of_zero_is_a_jumbogram() {
        let bytes = [&b"\xbf\0\0\x35\0\0\0\0"[..], &vec![7; 70_000]].concat();
        let udp = Udp::parse(&bytes).unwrap();
        assert_eq!((udp.payload.len(), udp.shape().payload_len), (70_000, 70_000));
    }

    #[test]
    fn a_length_behind_the_end_announces_what_is_not_there() {
        let udp = Udp::parse(b"\xbf\0\0\x35\0\x63\0\0hi").unwrap();
        assert_eq!((udp.payload, udp.shape().payload_len), (&b"hi"[..], 91));
    }
}
