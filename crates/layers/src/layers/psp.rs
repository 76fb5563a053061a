//! PSP Security Protocol,
//! [architecture specification](https://github.com/google/psp/blob/main/doc/PSP_Arch_Spec.pdf).
//!
//! ```text
//!  0               8               16      18      24              31
//! |  next header  |  header length | rsvd  | crypt | S | D |version| V | 1 |
//! |                security parameters index (SPI)                 |
//! |              initialization vector (IV), 8 bytes               |
//! |            virtualization cookie, 8 bytes (if V)               |
//! |        payload in clear, then encrypted, then an integrity check value |
//! ```

use std::fmt;

use zerocopy::network_endian::U32;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{Behind, Encode, EncodeError, FieldSink, Header, IpProtocol, Key, Layer, LayerType};
use crate::{Malformed, Next, Protocol, Shape};

/// Bytes of the integrity check value behind the payload.
const CHECK_VALUE_LEN: usize = 16;
/// The first version of those that sign a payload and do not encrypt it.
const FIRST_CLEAR_VERSION: u8 = 2;
/// The last version there is.
const LAST_VERSION: u8 = 3;

/// The header on the wire, without its cookie.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct PspHeader {
    pub next_header: u8,
    /// Behind the first 8 bytes, in units of 8 bytes.
    pub header_extension_length: u8,
    pub crypt_offset: u8,
    pub flags: u8,
    pub security_parameters_index: U32,
    pub initialization_vector: [u8; 8],
}

impl Default for PspHeader {
    /// Version 2, which signs and does not encrypt, with nothing behind.
    fn default() -> Self {
        Self::read_from_bytes(&TEMPLATE[..]).unwrap_or_else(|_| unreachable!("as long as a header"))
    }
}

impl PspHeader {
    /// Length of the payload's part in clear, in bytes.
    pub fn clear_len(&self) -> usize {
        usize::from(self.crypt_offset & 0x3f) << 2
    }

    /// Writes [`clear_len`](Self::clear_len), a multiple of 4 up to 252.
    pub fn set_clear_len(&mut self, bytes: usize) {
        let words = u8::try_from(bytes >> 2 & 0x3f).unwrap_or_default();
        self.crypt_offset = self.crypt_offset & !0x3f | words;
    }

    /// Whether the packet is to be sampled.
    pub fn is_sampled(&self) -> bool {
        self.flags & 0x80 != 0
    }

    /// Writes [`is_sampled`](Self::is_sampled).
    pub fn set_sampled(&mut self, sampled: bool) {
        self.flags = self.flags & !0x80 | u8::from(sampled) << 7;
    }

    /// Whether the packet is to be dropped once it is decrypted.
    pub fn is_to_be_dropped(&self) -> bool {
        self.flags & 0x40 != 0
    }

    /// Writes [`is_to_be_dropped`](Self::is_to_be_dropped).
    pub fn set_to_be_dropped(&mut self, to_be_dropped: bool) {
        self.flags = self.flags & !0x40 | u8::from(to_be_dropped) << 6;
    }

    /// Version, 4 bits: AES-GCM-128, AES-GCM-256, AES-GMAC-128 or AES-GMAC-256.
    pub fn version(&self) -> u8 {
        self.flags >> 2 & 15
    }

    /// Writes the version, its low four bits.
    pub fn set_version(&mut self, version: u8) {
        self.flags = self.flags & 0xc3 | (version & 15) << 2;
    }

    /// Whether a virtualization cookie is there.
    pub fn has_cookie(&self) -> bool {
        self.flags & 2 != 0
    }

    /// Writes [`has_cookie`](Self::has_cookie).
    pub fn set_cookie(&mut self, cookie: bool) {
        self.flags = self.flags & !0x02 | u8::from(cookie) << 1;
    }
}

/// An encrypted or signed packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Psp<'a> {
    pub header: &'a PspHeader,
    /// The virtualization cookie, and whatever else the header's length covers.
    pub extension: &'a [u8],
    /// The part of the payload that is in clear.
    pub payload: &'a [u8],
    /// The encrypted part, with the integrity check value at its end.
    pub encrypted: &'a [u8],
}

impl<'a> Layer<'a> for Psp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, _) = split::<PspHeader>(bytes)?;
        if header.flags & 1 == 0 || header.version() > LAST_VERSION {
            return Err(Malformed::Field { name: "version", value: header.flags.into() });
        }
        // The vector, and the cookie if it is announced.
        let units = if header.has_cookie() { 2 } else { 1 };
        if header.header_extension_length < units {
            let value = header.header_extension_length.into();
            return Err(Malformed::Field { name: "header extension length", value });
        }
        let need = (usize::from(header.header_extension_length) << 3).saturating_add(8);
        let Some((front, rest)) = bytes.split_at_checked(need) else {
            return Err(Malformed::Truncated { need, have: bytes.len() });
        };
        let extension = front.get(size_of::<PspHeader>()..).unwrap_or_default();
        let in_clear = if header.version() >= FIRST_CLEAR_VERSION {
            rest.len().saturating_sub(CHECK_VALUE_LEN)
        } else {
            header.clear_len()
        };
        let (payload, encrypted) = rest.split_at_checked(in_clear).unwrap_or((rest, &[]));
        Ok(Self { header, extension, payload, encrypted })
    }

    fn shape(&self) -> Shape {
        let key = Key::ip_protocol(self.next_header());
        // The lengths in clear speak of what is encrypted too.
        let next = match self.header.version() {
            FIRST_CLEAR_VERSION.. => Next::One(key),
            _ if self.payload.is_empty() => Next::End,
            _ => Next::FirstFragment(key),
        };
        let header_len = size_of::<PspHeader>().saturating_add(self.extension.len());
        let (payload_len, trailer_len) = (self.payload.len(), self.encrypted.len());
        Shape { header_len, payload_len, trailer_len, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let header = self.header;
        sink.number("psp.next_header", header.next_header, 0..1);
        sink.number("psp.hdr_ext_len", header.header_extension_length, 1..2);
        sink.number("psp.crypt_offset", header.crypt_offset & 0x3f, 2..3);
        sink.flag("psp.sample", header.is_sampled(), 3..4);
        sink.flag("psp.drop", header.is_to_be_dropped(), 3..4);
        sink.number("psp.version", header.version(), 3..4);
        sink.flag("psp.virtualization", header.has_cookie(), 3..4);
        sink.number("psp.spi", header.security_parameters_index, 4..8);
        sink.bytes("psp.iv", &header.initialization_vector, 8..16);
        if !self.extension.is_empty() {
            let end = self.extension.len().saturating_add(16);
            sink.bytes("psp.virtualization_cookie", self.extension, 16..end);
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} spi {:#x}", self.next_header(), self.header.security_parameters_index)
    }
}

impl Psp<'_> {
    /// What the payload is.
    pub fn next_header(&self) -> IpProtocol {
        IpProtocol(self.header.next_header)
    }
}

impl Header for PspHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A header with its cookie, and the value behind the payload that proves both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PspBuilder {
    pub header: PspHeader,
    pub virtualization_cookie: Option<[u8; 8]>,
    pub integrity_check_value: [u8; CHECK_VALUE_LEN],
}

impl Encode for PspBuilder {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut header = self.header;
        let has_cookie = self.virtualization_cookie.is_some();
        header.flags = header.flags & !2 | u8::from(has_cookie) << 1;
        header.header_extension_length = if has_cookie { 2 } else { 1 };
        out.extend_from_slice(header.as_bytes());
        out.extend_from_slice(self.virtualization_cookie.as_ref().map_or(&[], |bytes| bytes));
        Ok(())
    }

    fn encode_trailer(&self, _payload_len: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(&self.integrity_check_value);
        Ok(())
    }
}

/// A header of version 2, which signs and does not encrypt, with nothing behind.
const TEMPLATE: [u8; size_of::<PspHeader>()] =
    [59, 1, 0, FIRST_CLEAR_VERSION << 2 | 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<PspHeader>(bytes)?;
    header.next_header = behind.ip_protocol(IpProtocol(header.next_header)).0;
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::PSP,
    "psp",
    "PSP Security Protocol",
    |bytes, outer| Psp::parse_in(bytes, outer).map(|psp| psp.shape()),
    |bytes, outer, visitor| Psp::parse_in(bytes, outer).map(|psp| visitor(&psp)),
)
.specification("PSP Architecture Specification")
.claims(&[Key::udp_port(1000)])
.template(&TEMPLATE)
.next(next);

// By the diagram of the specification: tshark 4.0 does not know the protocol.
#[cfg(test)]
layer_tests! {
    sample: Psp *b"\x04\x02\x05\x83\x12\x34\x56\x78\x01\x02\x03\x04\x05\x06\x07\x08\
        \x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x45\x00\x00\x54";
    fields: "psp.next_header=4 psp.hdr_ext_len=2 psp.crypt_offset=5 psp.sample=1 psp.drop=0 \
        psp.version=0 psp.virtualization=1 psp.spi=305419896 psp.iv=0102030405060708 \
        psp.virtualization_cookie=0a0b0c0d0e0f1011";
    edit: PspHeader, |header| header.set_version(1);
    bad: [1 = 1 => "header extension length" 1, 3 = 0x80 => "version" 0x80,
        3 = 0x91 => "version" 0x91];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decoder, Fix, Ipv4, Ipv4Header, LinkType, Udp, UdpHeader, serialize_layers};

    /// A packet inside, from 10.0.0.1, with a datagram in it.
    fn packet(psp: &PspBuilder) -> Vec<u8> {
        let (ip, udp) = (Ipv4Header::default(), UdpHeader::default());
        let inner = Ipv4Header { source: [10, 0, 0, 1], ..ip };
        let layers: [&dyn Encode; 5] = [&ip, &udp, psp, &inner, &udp];
        let mut out = Vec::new();
        serialize_layers(&mut out, Fix::all(), &layers, b"hi").unwrap();
        out
    }

    #[test]
    fn only_what_is_in_clear_is_read() {
        let mut psp = PspBuilder::default();
        psp.header.set_version(0);
        psp.header.crypt_offset = 5;
        let (bytes, decoder) = (packet(&psp), Decoder::default());
        let packet = decoder.decode(LinkType::IPV4, &bytes);
        assert_eq!(packet.get_last::<Ipv4<'_>>().unwrap().source().to_string(), "10.0.0.1");
        assert_eq!(packet.all::<Udp<'_>>().count(), 1);
        assert!(packet.error().is_none() && !packet.is_truncated());
        let psp = packet.get::<Psp<'_>>().unwrap();
        assert_eq!((psp.payload.len(), psp.encrypted.len()), (20, 8 + 2 + 16));
    }

    #[test]
    fn what_is_only_signed_is_read_up_to_its_proof() {
        let psp = PspBuilder { virtualization_cookie: Some([7; 8]), ..PspBuilder::default() };
        let (bytes, decoder) = (packet(&psp), Decoder::default());
        let packet = decoder.decode(LinkType::IPV4, &bytes);
        assert_eq!(packet.all::<Udp<'_>>().count(), 2);
        assert_eq!(packet.get_last::<Udp<'_>>().unwrap().payload, b"hi");
        let psp = packet.get::<Psp<'_>>().unwrap();
        assert_eq!((psp.extension, psp.encrypted), (&[7; 8][..], &[0; 16][..]));
        assert_eq!(psp.next_header(), IpProtocol::IPV4);
    }

    #[test]
    fn an_encrypted_payload_leads_nowhere() {
        let bytes = [&TEMPLATE[..3], &[1], &TEMPLATE[4..], b"secret"].concat();
        let psp = Psp::parse(&bytes).unwrap();
        assert_eq!((psp.payload, psp.encrypted), (&b""[..], &b"secret"[..]));
        assert_eq!(psp.shape().next, Next::End);
    }
}
