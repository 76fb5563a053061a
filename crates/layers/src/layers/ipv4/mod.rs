//! Internet Protocol, version 4, [RFC 791](https://www.rfc-editor.org/rfc/rfc791) section 3.1.
//!
//! ```text
//!  0       4       8               16    19                       31
//! |version|  IHL  |type of service|          total length          |
//! |        identification         |flags|     fragment offset      |
//! | time to live  |   protocol    |        header checksum         |
//! |                         source address                         |
//! |                      destination address                       |
//! |                          options ...                           |
//! ```

use std::fmt;
use std::hint::cold_path;
use std::net::Ipv4Addr;

use bitflags::bitflags;
use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{Behind, Checksum, EncodeError, EtherType, FieldSink, Header, InternetSum, IpProtocol};
use crate::{Key, Layer, LayerType, LinkType, Malformed, Next, Outer, PppProtocol, Protocol, Role};
use crate::{ServiceAccessPoint, Shape, Value};

mod encode;
mod options;
mod security;
mod settings;

pub use encode::Ipv4Builder;
pub use options::{Ipv4Option, Ipv4Options, Ipv4Route, Ipv4SourceRoute, Ipv4Timestamps};

/// The header on the wire, without its options.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct Ipv4Header {
    pub version_ihl: u8,
    pub type_of_service: u8,
    pub total_length: U16,
    pub identification: U16,
    pub flags_offset: U16,
    pub ttl: u8,
    pub protocol: u8,
    pub checksum: U16,
    pub source: [u8; 4],
    pub destination: [u8; 4],
}

impl Default for Ipv4Header {
    /// A packet without options from and to nowhere, with 64 hops to go.
    fn default() -> Self {
        Self::read_from_bytes(&TEMPLATE[..]).unwrap_or_else(|_| unreachable!("as long as a header"))
    }
}

impl Ipv4Header {
    /// Version, 4 bits: 4.
    pub fn version(&self) -> u8 {
        self.version_ihl >> 4
    }

    /// Writes [`version`](Self::version), its low 4 bits.
    pub fn set_version(&mut self, version: u8) {
        self.version_ihl = self.version_ihl & !0xf0 | (version & 0x0f) << 4;
    }

    /// Internet header length, 4 bits, in words of 4 bytes.
    pub fn ihl(&self) -> u8 {
        self.version_ihl & 0x0f
    }

    /// Writes the internet header length, its low 4 bits.
    pub fn set_ihl(&mut self, words: u8) {
        self.version_ihl = self.version_ihl & 0xf0 | words & 0x0f;
    }

    /// The three flags in front of the fragment offset.
    pub fn flags(&self) -> Ipv4Flags {
        Ipv4Flags::from_bits_retain(self.flags_offset.to_bytes()[0] >> 5)
    }

    /// Writes the three flags.
    pub fn set_flags(&mut self, flags: Ipv4Flags) {
        let bits = u16::from(flags.bits() & 7) << 13;
        self.flags_offset.set(self.flags_offset.get() & 0x1fff | bits);
    }

    /// Place of the payload in the whole packet, in bytes.
    pub fn fragment_offset(&self) -> u16 {
        (self.flags_offset.get() & 0x1fff) << 3
    }

    /// Writes the place of the payload in the whole packet, in bytes, a multiple of 8.
    pub fn set_fragment_offset(&mut self, bytes: u16) {
        self.flags_offset.set(self.flags_offset.get() & 0xe000 | bytes >> 3);
    }
}

bitflags! {
    /// The flags in front of the fragment offset.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Ipv4Flags: u8 {
        const MORE_FRAGMENTS = 1;
        const DONT_FRAGMENT = 2;
        const RESERVED = 4;
    }
}

/// A packet, or a fragment of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ipv4<'a> {
    pub header: &'a Ipv4Header,
    /// The options, not yet understood: [`options`](Self::options) are.
    pub option_bytes: &'a [u8],
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Ipv4<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    #[inline(always)]
    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, _) = split::<Ipv4Header>(bytes)?;
        if header.version() != 4 {
            return Err(Malformed::Field { name: "version", value: header.version().into() });
        }
        let header_len = usize::from(header.ihl()) << 2;
        if header_len < size_of::<Ipv4Header>() {
            return Err(Malformed::Field { name: "IHL", value: header.ihl().into() });
        }
        // Split where `Cursor::step` splits, so that the compiler makes one check of the two.
        let Some((front, rest)) = bytes.split_at_checked(header_len) else {
            return Err(Malformed::Truncated { need: header_len, have: bytes.len() });
        };
        let option_bytes = front.get(size_of::<Ipv4Header>()..).unwrap_or_default();
        let total_length = header.total_length.get();
        let payload = match usize::from(total_length).checked_sub(header_len) {
            Some(payload_len) => rest.get(..payload_len).unwrap_or(rest),
            // A card that segments for its host is given packets whose length it fills in.
            None if total_length == 0 => rest,
            None => {
                return Err(Malformed::Field { name: "total length", value: total_length.into() });
            }
        };
        Ok(Self { header, option_bytes, payload })
    }

    #[inline(always)]
    #[allow(clippy::arithmetic_side_effects, reason = "lengths of parts of one slice")]
    fn shape(&self) -> Shape {
        // Added plainly, so that the compiler sees the length that `parse` split at.
        let header_len = size_of::<Ipv4Header>() + self.option_bytes.len();
        let total_length = usize::from(self.header.total_length.get());
        let payload_len = total_length.checked_sub(header_len).unwrap_or(self.payload.len());
        let key = Key::ip_protocol(self.protocol());
        // RFC 791, section 3.2: only the fragment at offset zero starts with the next header.
        let next = match self.header.flags_offset.get() & 0x3fff {
            0 => Next::One(key),
            fragment => {
                cold_path();
                if fragment == 0x2000 { Next::FirstFragment(key) } else { Next::End }
            }
        };
        Shape { header_len, payload_len, trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let header = self.header;
        sink.number("ip.version", header.version(), 0..1);
        sink.number("ip.hdr_len", header.ihl() << 2, 0..1);
        sink.number("ip.dsfield", header.type_of_service, 1..2);
        sink.number("ip.dsfield.dscp", header.type_of_service >> 2, 1..2);
        sink.number("ip.dsfield.ecn", header.type_of_service & 3, 1..2);
        sink.number("ip.len", header.total_length, 2..4);
        sink.number("ip.id", header.identification, 4..6);
        let flags = header.flags();
        sink.number("ip.flags", flags.bits(), 6..7);
        sink.flag("ip.flags.rb", flags.contains(Ipv4Flags::RESERVED), 6..7);
        sink.flag("ip.flags.df", flags.contains(Ipv4Flags::DONT_FRAGMENT), 6..7);
        sink.flag("ip.flags.mf", flags.contains(Ipv4Flags::MORE_FRAGMENTS), 6..7);
        // Wireshark shows the number on the wire, in units of eight bytes.
        sink.number("ip.frag_offset", header.fragment_offset() >> 3, 6..8);
        sink.number("ip.ttl", header.ttl, 8..9);
        sink.number("ip.proto", header.protocol, 9..10);
        sink.number("ip.checksum", header.checksum, 10..12);
        sink.value("ip.src", Value::Ipv4(self.source()), 12..16);
        sink.value("ip.dst", Value::Ipv4(self.destination()), 16..20);
        options::fields(self.option_bytes, size_of::<Ipv4Header>(), sink);
    }

    fn faults(&self, sink: &mut dyn FieldSink) {
        options::fields(self.option_bytes, size_of::<Ipv4Header>(), sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.protocol())?;
        if self.is_fragment() {
            let more = if self.flags().contains(Ipv4Flags::MORE_FRAGMENTS) { "+" } else { "" };
            let (offset, len) = (self.fragment_offset(), self.payload.len());
            write!(f, " fragment {len}@{offset}{more} id {}", self.header.identification)?;
        }
        Ok(())
    }
}

impl<'a> Ipv4<'a> {
    /// Address of the sender.
    pub fn source(&self) -> Ipv4Addr {
        self.header.source.into()
    }

    /// Address of the receiver.
    pub fn destination(&self) -> Ipv4Addr {
        self.header.destination.into()
    }

    /// Where the packet ends up: at the last station of a source route that it still has to go, or
    /// else at its destination.
    pub fn final_destination(&self) -> Ipv4Addr {
        if self.option_bytes.is_empty() {
            return self.destination();
        }
        let last = self.options().flatten().find_map(|option| match option {
            Ipv4Option::Route(route) if route.source.is_some() => route.stations_ahead().last(),
            _ => None,
        });
        last.map_or(self.destination(), |&address| address.into())
    }

    /// What the payload is.
    pub fn protocol(&self) -> IpProtocol {
        IpProtocol(self.header.protocol)
    }

    /// The three flags in front of the fragment offset.
    pub fn flags(&self) -> Ipv4Flags {
        self.header.flags()
    }

    /// Place of the payload in the whole packet, in bytes.
    pub fn fragment_offset(&self) -> u16 {
        self.header.fragment_offset()
    }

    /// Whether this is a part of a packet only: at an offset, or with more to follow.
    pub fn is_fragment(&self) -> bool {
        self.header.flags_offset.get() & 0x3fff != 0
    }

    /// The options.
    pub fn options(&self) -> Ipv4Options<'a> {
        Ipv4Options::new(self.option_bytes)
    }
}

impl Header for Ipv4Header {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A packet without options from and to nowhere, with 64 hops to go.
const TEMPLATE: [u8; size_of::<Ipv4Header>()] =
    [0x45, 0, 0, 20, 0, 0, 0, 0, 64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<Ipv4Header>(bytes)?;
    let words = behind.header_len.div_ceil(4);
    if words > 15 {
        let (layer, field, value) = (behind.layer, "IHL", words as u64);
        return Err(EncodeError::TooLarge { layer, field, value });
    }
    header.set_ihl(behind.fit("IHL", words)?);
    let total_length = behind.header_len.saturating_add(behind.payload_len);
    header.total_length.set(behind.fit("total length", total_length)?);
    Ok(())
}

fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<Ipv4Header>(bytes)?;
    header.protocol = behind.ip_protocol(IpProtocol(header.protocol)).0;
    Ok(())
}

fn checksum(bytes: &[u8], _outer: &Outer<'_>) -> Option<Checksum> {
    let ipv4 = Ipv4::parse(bytes).ok()?;
    let header = bytes.get(..ipv4.shape().header_len)?;
    let computed = InternetSum::new().with(header).without(ipv4.header.checksum).checksum();
    let stored = ipv4.header.checksum.get().into();
    Some(Checksum { place: 10..12, stored, computed: computed.into(), absent: None })
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::IPV4,
    "ip",
    "Internet Protocol, version 4",
    |bytes, outer| Ipv4::parse_in(bytes, outer).map(|ipv4| ipv4.shape()),
    |bytes, outer, visitor| Ipv4::parse_in(bytes, outer).map(|ipv4| visitor(&ipv4)),
)
.specification("RFC 791")
.role(Role::Network)
.claims(&[
    Key::ether_type(EtherType::IPV4),
    Key::ip_protocol(IpProtocol::IPV4),
    Key::ip_protocol(IpProtocol::IP_WITHIN_IP),
    Key::link_type(LinkType::IPV4),
    Key::ppp_protocol(PppProtocol::IPV4),
    Key::llc_sap(ServiceAccessPoint::IP.0),
])
.template(&TEMPLATE)
.lengths(lengths)
.next(next)
.checksum(checksum)
.settings(&[settings::SETTINGS]);

#[cfg(test)]
layer_tests! {
    sample: Ipv4 *b"\x46\0\0\x1c\0\x07\x40\0\x40\x11\x12\x34\x0a\0\0\x01\x0a\0\0\x02\x01\x01\x01\0data";
    fields: "ip.version=4 ip.hdr_len=24 ip.dsfield=0 ip.dsfield.dscp=0 ip.dsfield.ecn=0 ip.len=28 ip.id=7 ip.flags=2 ip.flags.rb=0 ip.flags.df=1 ip.flags.mf=0 ip.frag_offset=0 \
        ip.ttl=64 ip.proto=17 ip.checksum=4660 ip.src=10.0.0.1 ip.dst=10.0.0.2 \
        ip.opt.type=1 ip.opt.type.copy=0 ip.opt.type.class=0 ip.opt.type.number=1 \
        ip.opt.type=1 ip.opt.type.copy=0 ip.opt.type.class=0 ip.opt.type.number=1 \
        ip.opt.type=1 ip.opt.type.copy=0 ip.opt.type.class=0 ip.opt.type.number=1 \
        ip.opt.type=0 ip.opt.type.copy=0 ip.opt.type.class=0 ip.opt.type.number=0";
    edit: Ipv4Header, |header| header.ttl -= 1;
    bad: [0 = 0x66 => "version" 6, 0 = 0x44 => "IHL" 4, 3 = 23 => "total length" 23];
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: [u8; 24] =
        *b"\x45\0\0\x18\0\x07\x40\0\x40\x11\x12\x34\x0a\0\0\x01\x0a\0\0\x02data";

    // peers 8.2: TSO total_length 0
    #[test]
    fn a_length_left_to_the_card_runs_to_the_end() {
        let mut bytes = SAMPLE;
        bytes[3] = 0;
        let ipv4 = Ipv4::parse(&bytes).unwrap();
        assert_eq!((ipv4.payload, ipv4.shape().payload_len), (&b"data"[..], 4));
    }

    // peers 8.2: IPv4 non-first fragment
    #[test]
    fn only_the_first_fragment_leads_on() {
        let next = |bits: u16| {
            let mut bytes = SAMPLE;
            bytes[6..8].copy_from_slice(&bits.to_be_bytes());
            Ipv4::parse(&bytes).unwrap().shape().next
        };
        let key = Key::ip_protocol(IpProtocol::UDP);
        assert_eq!(next(0x4000), Next::One(key));
        assert_eq!(next(0x2000), Next::FirstFragment(key));
        assert_eq!(next(0x6000), Next::FirstFragment(key));
        assert_eq!((next(0x2001), next(0x0001)), (Next::End, Next::End));
    }

    #[test]
    fn it_stands_behind_an_access_point_of_its_own() {
        // tshark 4.0.17 -T fields -e frame.protocols: eth:llc:ip:udp:data
        let frame = "0200000000020200000000010022060603\
            4500001f00010000401166cb0a0000010a00000200010002000b2770616263";
        let (bytes, decoder) = (crate::hex(frame).unwrap(), crate::Decoder::default());
        let packet = decoder.decode(LinkType::ETHERNET, &bytes);
        let layers: Vec<_> = packet.layers().iter().map(|span| span.layer).collect();
        let expected = [LayerType::ETHERNET, LayerType::LLC, LayerType::IPV4, LayerType::UDP];
        assert_eq!(layers, expected);
    }

    #[test]
    fn setters_keep_the_other_bits() {
        let mut header = Ipv4Header::read_from_prefix(&SAMPLE).unwrap().0;
        header.set_fragment_offset(1480);
        header.set_flags(Ipv4Flags::MORE_FRAGMENTS);
        header.set_ihl(6);
        assert_eq!((header.fragment_offset(), header.flags_offset.get()), (1480, 0x20b9));
        assert_eq!((header.version(), header.ihl()), (4, 6));
    }
}
