//! IPv6 fragment header, [RFC 8200](https://www.rfc-editor.org/rfc/rfc8200) section 4.5.
//!
//! ```text
//!  0               8               16                        29   31
//! |  next header  |   reserved    |     fragment offset     | res |M|
//! |                         identification                          |
//! ```

use std::fmt;

use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{Behind, EncodeError, Header};
use crate::{
    FieldSink, IpProtocol, Key, Layer, LayerType, Malformed, Next, Protocol, Setting, Shape,
};

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
pub struct Ipv6FragmentHeader {
    pub next_header: u8,
    pub reserved: u8,
    pub offset_more: U16,
    pub identification: U32,
}

impl Ipv6FragmentHeader {
    /// Place of the payload in the fragmentable part of the packet, in bytes.
    pub fn fragment_offset(&self) -> u16 {
        self.offset_more.get() & 0xfff8
    }

    /// Writes the place of the payload, in bytes; the low three bits are left out.
    pub fn set_fragment_offset(&mut self, offset: u16) {
        self.offset_more.set(self.offset_more.get() & 7 | offset & 0xfff8);
    }

    /// Whether more fragments follow this one.
    pub fn has_more_fragments(&self) -> bool {
        self.offset_more.get() & 1 != 0
    }

    /// Writes whether more fragments follow this one.
    pub fn set_more_fragments(&mut self, more: bool) {
        self.offset_more.set(self.offset_more.get() & 0xfffe | u16::from(more));
    }
}

/// A fragment of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ipv6Fragment<'a> {
    pub header: &'a Ipv6FragmentHeader,
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Ipv6Fragment<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = split(bytes)?;
        Ok(Self { header, payload })
    }

    fn shape(&self) -> Shape {
        let key = Key::ip_protocol(self.next_header());
        let next = match (self.fragment_offset(), self.has_more_fragments()) {
            // RFC 6946: an atomic fragment is a whole packet.
            (0, false) => Next::One(key),
            (0, true) => Next::FirstFragment(key),
            _ => Next::End,
        };
        let header_len = size_of::<Ipv6FragmentHeader>();
        Shape { header_len, payload_len: self.payload.len(), trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("ipv6.fraghdr.nxt", self.header.next_header, 0..1);
        sink.number("ipv6.fraghdr.reserved_octet", self.header.reserved, 1..2);
        // Wireshark counts the offset in units of eight bytes, as it stands on the wire.
        sink.number("ipv6.fraghdr.offset", self.header.offset_more.get() >> 3, 2..4);
        sink.number("ipv6.fraghdr.reserved_bits", self.header.offset_more.get() >> 1 & 3, 2..4);
        sink.flag("ipv6.fraghdr.more", self.has_more_fragments(), 2..4);
        sink.number("ipv6.fraghdr.ident", self.header.identification, 4..8);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = if self.has_more_fragments() { "+" } else { "" };
        let (offset, len) = (self.fragment_offset(), self.payload.len());
        write!(f, "fragment {:#010x} {len}@{offset}{more}", self.identification())
    }
}

impl Ipv6Fragment<'_> {
    /// What the fragmentable part of the packet starts with.
    pub fn next_header(&self) -> IpProtocol {
        IpProtocol(self.header.next_header)
    }

    /// Place of the payload in the fragmentable part of the packet, in bytes.
    pub fn fragment_offset(&self) -> u16 {
        self.header.fragment_offset()
    }

    /// Whether more fragments follow this one.
    pub fn has_more_fragments(&self) -> bool {
        self.header.has_more_fragments()
    }

    /// The number that all fragments of a packet share.
    pub fn identification(&self) -> u32 {
        self.header.identification.get()
    }

    /// Whether this is a whole packet, RFC 6946.
    pub fn is_atomic(&self) -> bool {
        self.fragment_offset() == 0 && !self.has_more_fragments()
    }
}

impl Header for Ipv6FragmentHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<Ipv6FragmentHeader>(bytes)?;
    header.next_header = behind.ip_protocol(IpProtocol(header.next_header)).0;
    Ok(())
}

/// Names that scapy has for fields.
const SETTINGS: &[Setting] = &[
    Setting::field("nh", "ipv6.fraghdr.nxt"),
    Setting::field("nxt", "ipv6.fraghdr.nxt"),
    Setting::field("offset", "ipv6.fraghdr.offset"),
    Setting::field("more", "ipv6.fraghdr.more"),
    Setting::field("m", "ipv6.fraghdr.more"),
    Setting::field("id", "ipv6.fraghdr.ident"),
    Setting::field("ident", "ipv6.fraghdr.ident"),
];

const PROTOCOL: Protocol = Protocol::new(
    LayerType::IPV6_FRAGMENT,
    "ipv6.fraghdr",
    "IPv6 fragment header",
    |bytes, outer| Ipv6Fragment::parse_in(bytes, outer).map(|fragment| fragment.shape()),
    |bytes, outer, visitor| Ipv6Fragment::parse_in(bytes, outer).map(|fragment| visitor(&fragment)),
)
.specification("RFC 8200")
.claims(&[Key::ip_protocol(IpProtocol::FRAGMENT)])
.template(&[IpProtocol::NO_NEXT_HEADER.0, 0, 0, 0, 0, 0, 0, 0])
.next(next)
.settings(&[SETTINGS]);

#[cfg(test)]
layer_tests! {
    // tshark -r suricata-verify/firewall__tcp-session-ipv6-decode-malformed__input.pcap
    //   -Y frame.number==4 -x
    sample: Ipv6Fragment [6, 0, 0, 0, 0, 0, 0x12, 0x34, 0xa8, 0xca];
    fields: "ipv6.fraghdr.nxt=6 ipv6.fraghdr.reserved_octet=0 ipv6.fraghdr.offset=0 \
        ipv6.fraghdr.reserved_bits=0 ipv6.fraghdr.more=0 ipv6.fraghdr.ident=4660";
    edit: Ipv6FragmentHeader, |header| header.identification.set(7);
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decoder, Ipv6, Ipv6HopByHop, LinkType, Udp};

    /// UDP, 1 to 2, 4 bytes of payload.
    const UDP: [u8; 12] = [0, 1, 0, 2, 0, 12, 0, 0, b'd', b'a', b't', b'a'];

    fn packet(next_header: u8, parts: &[&[u8]]) -> Vec<u8> {
        let payload = parts.concat();
        let mut bytes = vec![0x60, 0, 0, 0];
        bytes.extend(u16::try_from(payload.len()).unwrap().to_be_bytes());
        bytes.extend([next_header, 64]);
        bytes.extend([0x20; 32]);
        bytes.extend(payload);
        bytes
    }

    #[track_caller]
    fn check(offset_more: u16, expected: Next) {
        let [a, b] = offset_more.to_be_bytes();
        let bytes = [17, 0, a, b, 0, 0, 0, 1, 9];
        assert_eq!(Ipv6Fragment::parse(&bytes).unwrap().shape().next, expected);
    }

    #[test]
    fn only_the_fragment_at_offset_zero_leads_on() {
        let key = Key::ip_protocol(IpProtocol::UDP);
        check(0, Next::One(key));
        check(6, Next::One(key)); // Reserved bits mean nothing.
        check(1, Next::FirstFragment(key));
        check(8, Next::End);
        check(9, Next::End);
        check(0xfff9, Next::End);
    }

    #[test]
    fn setters_keep_the_other_bits() {
        let mut header = Ipv6FragmentHeader {
            next_header: 0,
            reserved: 0,
            offset_more: U16::new(0xffff),
            identification: U32::new(0),
        };
        header.set_fragment_offset(0x1234);
        header.set_more_fragments(false);
        assert_eq!(header.offset_more.get(), 0x1236);
        assert_eq!((header.fragment_offset(), header.has_more_fragments()), (0x1230, false));
        header.set_more_fragments(true);
        assert_eq!(header.offset_more.get(), 0x1237);
    }

    // gopacket defect 4
    #[test]
    fn an_atomic_fragment_is_decoded_to_its_end() {
        let bytes = packet(44, &[&[17, 0, 0, 0, 0, 0, 0, 7], &UDP]);
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::IPV6, &bytes);
        assert_eq!(packet.error(), None);
        assert!(packet.get::<Ipv6Fragment<'_>>().unwrap().is_atomic());
        assert_eq!(packet.get::<Udp<'_>>().unwrap().payload, b"data");
    }

    // peers 8.2: IPv6 HBH(16)+Fragment+UDP
    #[test]
    fn a_fragment_behind_sixteen_bytes_of_options_is_found() {
        let options = [44, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let bytes = packet(0, &[&options, &[17, 0, 0, 0, 0, 0, 0, 7], &UDP]);
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::IPV6, &bytes);
        assert_eq!((packet.error(), packet.is_truncated()), (None, false));
        assert_eq!(packet.layers().len(), 4);
        assert_eq!(packet.get::<Ipv6HopByHop<'_>>().unwrap().options().count(), 1);
        assert_eq!(packet.get::<Ipv6Fragment<'_>>().unwrap().identification(), 7);
        assert_eq!(packet.get::<Udp<'_>>().unwrap().payload, b"data");
    }

    #[test]
    fn a_first_fragment_is_not_truncated_and_a_later_one_is_payload() {
        let decoder = Decoder::default();
        let long_udp = [0, 1, 0, 2, 9, 0, 0, 0, b'd', b'a', b't', b'a', 0, 0, 0, 0];
        let bytes = packet(44, &[&[17, 0, 0, 1, 0, 0, 0, 7], &long_udp]);
        let first = decoder.decode(LinkType::IPV6, &bytes);
        assert!(first.get::<Udp<'_>>().is_some() && !first.is_truncated());

        let bytes = packet(44, &[&[17, 0, 0, 16, 0, 0, 0, 7], &UDP]);
        let last = decoder.decode(LinkType::IPV6, &bytes);
        assert!(last.get::<Ipv6<'_>>().is_some() && last.get::<Udp<'_>>().is_none());
        assert_eq!((last.payload(), last.error()), (&UDP[..], None));
    }
}
