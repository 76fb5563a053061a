//! Generic UDP Encapsulation,
//! [draft-ietf-intarea-gue-09](https://datatracker.ietf.org/doc/html/draft-ietf-intarea-gue-09)
//! section 3, which Google uses as AGUE.
//!
//! ```text
//!  0   2   3       8               16                             31
//! | 0 | C |  Hlen  | proto or ctype|             flags              |
//! |                       extension fields ...                     |
//! ```
//!
//! Variant 1 has no header at all: the datagram is an IP packet, whose version starts with the bits
//! that would be the variant.

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::parts::Parts;
use crate::plausible::may_hold_ip;
use crate::{Behind, Encode, EncodeError, EtherType, FieldSink, Header, IpProtocol, Key, Layer};
use crate::{LayerType, Malformed, Next, Outer, Protocol, Shape};

/// Most extension fields, in words of 4 bytes: the length has 5 bits.
const MAX_WORDS: usize = 31;

/// The header of variant 0, without its extension fields.
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
pub struct GueHeader {
    pub variant_length: u8,
    /// The protocol of the payload, or the kind of a control message.
    pub protocol: u8,
    pub flags: U16,
}

impl GueHeader {
    /// Variant, the upper 2 bits: 0.
    pub fn variant(&self) -> u8 {
        self.variant_length >> 6
    }

    /// Writes [`variant`](Self::variant), its low 2 bits.
    pub fn set_variant(&mut self, variant: u8) {
        self.variant_length = self.variant_length & !0xc0 | (variant & 0x03) << 6;
    }

    /// Whether the payload is a control message.
    pub fn is_control(&self) -> bool {
        self.variant_length & 0x20 != 0
    }

    /// Writes whether the payload is a control message.
    pub fn set_control(&mut self, is_control: bool) {
        self.variant_length = self.variant_length & 0xdf | u8::from(is_control) << 5;
    }

    /// Length of the extension fields, 5 bits, in words of 4 bytes.
    pub fn length(&self) -> u8 {
        self.variant_length & 0x1f
    }

    /// Writes the length of the extension fields, its low 5 bits.
    pub fn set_length(&mut self, words: u8) {
        self.variant_length = self.variant_length & 0xe0 | words & 0x1f;
    }
}

/// A packet in a tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gue<'a> {
    /// The header of variant 0; variant 1 has none.
    pub header: Option<&'a GueHeader>,
    /// The extension fields that the flags announce.
    pub extension_fields: &'a [u8],
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Gue<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut parts = Parts::new(bytes);
        let variant = match bytes.first().map(|byte| byte >> 4) {
            Some(4 | 6) => return Ok(Self { header: None, extension_fields: &[], payload: bytes }),
            Some(nibble) => nibble >> 2,
            None => return Err(Malformed::Truncated { need: 1, have: 0 }),
        };
        if variant != 0 {
            return Err(Malformed::Field { name: "variant", value: variant.into() });
        }
        let header = parts.take::<GueHeader>()?;
        let extension_fields = parts.bytes(usize::from(header.length()) << 2)?;
        // A datagram at a port is no proof: what is said to be IP must look like it.
        let version = match (header.is_control(), IpProtocol(header.protocol)) {
            (false, IpProtocol::IPV4) => Some(4),
            (false, IpProtocol::IPV6) => Some(6),
            _ => None,
        };
        let first = parts.rest.first().map(|byte| byte >> 4);
        if version.is_some() && first.is_some() && version != first {
            let (name, value) = ("proto", header.protocol.into());
            return Err(Malformed::Field { name, value });
        }
        Ok(Self { header: Some(header), extension_fields, payload: parts.rest })
    }

    /// A datagram whose IP packet does not fit, or whose flags announce fields that have no room,
    /// holds something else.
    fn parse_in(bytes: &'a [u8], outer: &Outer<'_>) -> Result<Self, Malformed> {
        let gue = Self::parse(bytes)?;
        let is_ip = match gue.header {
            None => true,
            Some(_) => {
                matches!(gue.protocol(), Some(IpProtocol::IPV4 | IpProtocol::IPV6))
                    && !gue.payload.is_empty()
            }
        };
        if is_ip && !may_hold_ip(gue.payload, gue.shape().header_len, outer) {
            let value = gue.payload.first().copied().unwrap_or_default().into();
            return Err(Malformed::Field { name: "packet", value });
        }
        // Every field that a flag announces has one word at least.
        let flags = gue.header.map_or(0, |header| header.flags.get());
        let words = gue.header.map_or(0, GueHeader::length);
        if outer.datagram_len().is_some() && flags.count_ones() > words.into() {
            return Err(Malformed::Field { name: "flags", value: flags.into() });
        }
        Ok(gue)
    }

    fn shape(&self) -> Shape {
        let next = match (self.header, self.payload) {
            (Some(header), _) if header.is_control() => Next::End,
            (Some(header), _) => Next::One(Key::ip_protocol(IpProtocol(header.protocol))),
            (None, [0x60..=0x6f, ..]) => Next::One(Key::ether_type(EtherType::IPV6)),
            (None, _) => Next::One(Key::ether_type(EtherType::IPV4)),
        };
        let fixed = self.header.map_or(0, |_| size_of::<GueHeader>());
        let header_len = fixed.saturating_add(self.extension_fields.len());
        Shape { header_len, payload_len: self.payload.len(), trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let Some(header) = self.header else { return };
        sink.number("gue.variant", header.variant(), 0..1);
        sink.flag("gue.control", header.is_control(), 0..1);
        sink.number("gue.hlen", header.length(), 0..1);
        let name = if header.is_control() { "gue.ctype" } else { "gue.proto" };
        sink.number(name, header.protocol, 1..2);
        sink.number("gue.flags", header.flags, 2..4);
        if !self.extension_fields.is_empty() {
            let end = self.extension_fields.len().saturating_add(4);
            sink.bytes("gue.extension_fields", self.extension_fields, 4..end);
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.header {
            None => f.write_str("variant 1"),
            Some(header) if header.is_control() => write!(f, "control {}", header.protocol),
            Some(header) => write!(f, "{}", IpProtocol(header.protocol)),
        }
    }
}

impl Gue<'_> {
    /// Variant: 0, or 1 for an IP packet without a header in front.
    pub fn variant(&self) -> u8 {
        self.header.map_or(1, GueHeader::variant)
    }

    /// What the payload is, if it is no control message.
    pub fn protocol(&self) -> Option<IpProtocol> {
        let header = self.header.filter(|header| !header.is_control());
        header.map(|header| IpProtocol(header.protocol))
    }
}

impl Header for GueHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A header of variant 0 with its extension fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GueBuilder<'a> {
    pub header: GueHeader,
    /// Whole words of 4 bytes.
    pub extension_fields: &'a [[u8; 4]],
}

impl Encode for GueBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut header = self.header;
        header.set_length(words(self.extension_fields.len())?);
        out.extend_from_slice(header.as_bytes());
        out.extend_from_slice(self.extension_fields.as_flattened());
        Ok(())
    }
}

fn words(count: usize) -> Result<u8, EncodeError> {
    let (layer, field, value) = (PROTOCOL.name, "Hlen", count as u64);
    let fit = u8::try_from(count).ok().filter(|_| count <= MAX_WORDS);
    fit.ok_or(EncodeError::TooLarge { layer, field, value })
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let fields = behind.header_len.saturating_sub(size_of::<GueHeader>());
    behind.header::<GueHeader>(bytes)?.set_length(words(fields.div_ceil(4))?);
    Ok(())
}

fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<GueHeader>(bytes)?;
    if !header.is_control() {
        header.protocol = behind.ip_protocol(IpProtocol(header.protocol)).0;
    }
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::GUE,
    "gue",
    "Generic UDP Encapsulation",
    |bytes, outer| Gue::parse_in(bytes, outer).map(|gue| gue.shape()),
    |bytes, outer, visitor| Gue::parse_in(bytes, outer).map(|gue| visitor(&gue)),
)
.specification("draft-ietf-intarea-gue")
.claims(&[
    Key::udp_port(6080),
    // Where Google sends it.
    Key::udp_port(666),
])
.template(&[0, 59, 0, 0])
.lengths(lengths)
.next(next);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Decoder, Fix, Ipv4, Ipv4Header, LinkType, UdpHeader, serialize_layers};

    /// The fields of a header, by the diagram of the draft, and its length.
    #[track_caller]
    fn check(bytes: &[u8], fields: &str, header_len: usize, next: Next) {
        let gue = Gue::parse(bytes).unwrap();
        assert_eq!((gue.to_string().as_str(), gue.shape().header_len), (fields, header_len));
        assert_eq!(gue.shape().next, next);
    }

    #[test]
    fn variant_0_has_a_header() {
        check(
            b"\0\x04\0\0\x45",
            "gue.variant=0 gue.control=0 gue.hlen=0 gue.proto=4 gue.flags=0",
            4,
            Next::One(Key::ip_protocol(IpProtocol::IPV4)),
        );
        check(
            b"\x01\x29\x80\0\x01\x02\x03\x04\x60",
            "gue.variant=0 gue.control=0 gue.hlen=1 gue.proto=41 gue.flags=32768 \
             gue.extension_fields=01020304",
            8,
            Next::One(Key::ip_protocol(IpProtocol::IPV6)),
        );
        check(
            b"\x20\x01\0\0ping",
            "gue.variant=0 gue.control=1 gue.hlen=0 gue.ctype=1 gue.flags=0",
            4,
            Next::End,
        );
    }

    #[test]
    fn variant_1_is_an_ip_packet() {
        check(b"\x45\0", "", 0, Next::One(Key::ether_type(EtherType::IPV4)));
        check(b"\x60\0", "", 0, Next::One(Key::ether_type(EtherType::IPV6)));
        assert_eq!(Gue::parse(b"\x45").unwrap().variant(), 1);
    }

    #[test]
    fn what_cannot_be_a_tunnel_is_rejected() {
        let error = |name, value| Err(Malformed::Field { name, value });
        assert_eq!(Gue::parse(b"\x80\0\0\0"), error("variant", 2));
        assert_eq!(Gue::parse(b"\x50\0\0\0"), error("variant", 1));
        assert_eq!(Gue::parse(b"\0\x04\0\0\x60"), error("proto", 4));
        let cut = |need, have| Err(Malformed::Truncated { need, have });
        assert_eq!(Gue::parse(b"\x01\x04\0\0\0"), cut(8, 5));
        assert_eq!(Gue::parse(b"\x01\x04\0"), cut(4, 3));
        assert_eq!(Gue::parse(b""), cut(1, 0));
    }

    #[test]
    fn a_packet_in_a_tunnel_is_built_and_read_at_both_ports() {
        for port in [6080, 666] {
            let (ip, gue) = (Ipv4Header::default(), GueBuilder::default());
            let udp = UdpHeader { destination_port: port.into(), ..Default::default() };
            let gue = GueBuilder { extension_fields: &[[1, 2, 3, 4]], ..gue };
            let mut out = Vec::new();
            serialize_layers(&mut out, Fix::all(), &[&ip, &udp, &gue, &ip], b"").unwrap();
            let decoder = Decoder::default();
            let packet = decoder.decode(LinkType::IPV4, &out);
            assert_eq!(packet.all::<Ipv4<'_>>().count(), 2);
            let gue = packet.get::<Gue<'_>>().unwrap();
            assert_eq!(gue.protocol(), Some(IpProtocol::IPV4));
            assert_eq!(gue.extension_fields, [1, 2, 3, 4]);
        }
    }

    #[test]
    fn fields_that_do_not_fit_are_an_error() {
        let builder = GueBuilder { extension_fields: &[[0; 4]; 32], ..GueBuilder::default() };
        let error = EncodeError::TooLarge { layer: "gue", field: "Hlen", value: 32 };
        assert_eq!(builder.encode(&mut Vec::new()), Err(error));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            if let Ok(gue) = Gue::parse(&bytes) {
                prop_assert!(gue.shape().header_len <= bytes.len());
                let _ = gue.to_string();
            }
        }
    }
}
