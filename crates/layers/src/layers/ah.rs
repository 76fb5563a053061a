//! IP Authentication Header, [RFC 4302](https://www.rfc-editor.org/rfc/rfc4302) section 2.
//!
//! ```text
//!  0               8               16                             31
//! |  next header  |  payload len  |            reserved            |
//! |                   security parameters index                    |
//! |                        sequence number                         |
//! |                   integrity check value ...                    |
//! ```

use std::fmt;

use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{Behind, Encode, EncodeError, Header};
use crate::{FieldSink, IpProtocol, Key, Layer, LayerType, Malformed, Next, Protocol, Shape};

/// The header on the wire, without its integrity check value.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct AhHeader {
    pub next_header: u8,
    pub payload_len: u8,
    pub reserved: U16,
    pub spi: U32,
    pub sequence_number: U32,
}

impl Default for AhHeader {
    /// A header without an integrity check value, behind which nothing follows.
    fn default() -> Self {
        Self::read_from_bytes(&TEMPLATE[..]).unwrap_or_else(|_| unreachable!("as long as a header"))
    }
}

/// The proof of where a packet comes from, and what it protects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ah<'a> {
    pub header: &'a AhHeader,
    /// Integrity check value.
    pub icv: &'a [u8],
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Ah<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<AhHeader>(bytes)?;
        // RFC 4302, section 2.2: in words of four bytes, less two.
        let need = usize::from(header.payload_len).saturating_add(2).saturating_mul(4);
        let Some(icv_len) = need.checked_sub(size_of::<AhHeader>()) else {
            return Err(Malformed::Field { name: "payload len", value: header.payload_len.into() });
        };
        let Some((icv, payload)) = rest.split_at_checked(icv_len) else {
            return Err(Malformed::Truncated { need, have: bytes.len() });
        };
        Ok(Self { header, icv, payload })
    }

    fn shape(&self) -> Shape {
        let header_len = size_of::<AhHeader>().saturating_add(self.icv.len());
        let next = Next::One(Key::ip_protocol(self.next_header()));
        Shape { header_len, payload_len: self.payload.len(), trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("ah.next_header", self.header.next_header, 0..1);
        sink.number("ah.length", self.header.payload_len, 1..2);
        sink.bytes("ah.reserved", self.header.reserved.as_bytes(), 2..4);
        sink.number("ah.spi", self.header.spi, 4..8);
        sink.number("ah.sequence", self.header.sequence_number, 8..12);
        sink.bytes("ah.icv", self.icv, 12..self.shape().header_len);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "spi {:#010x} seq {}", self.spi(), self.sequence_number())
    }
}

impl Ah<'_> {
    /// What the payload is.
    pub fn next_header(&self) -> IpProtocol {
        IpProtocol(self.header.next_header)
    }

    /// Security parameters index: the association at the receiver.
    pub fn spi(&self) -> u32 {
        self.header.spi.get()
    }

    /// Number of the packet within its association.
    pub fn sequence_number(&self) -> u32 {
        self.header.sequence_number.get()
    }
}

/// A header with its integrity check value, a multiple of four bytes in IPv4 and, with the header, of
/// eight in IPv6: RFC 4302, section 2.6.
#[derive(Clone, Copy, Debug, Default)]
pub struct AhBuilder<'a> {
    pub header: AhHeader,
    pub icv: &'a [u8],
}

impl Encode for AhBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.header.encode(out)?;
        out.extend_from_slice(self.icv);
        Ok(())
    }
}

impl Header for AhHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// No next header; as long as it is without an integrity check value.
const TEMPLATE: [u8; size_of::<AhHeader>()] =
    [IpProtocol::NO_NEXT_HEADER.0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<AhHeader>(bytes)?;
    header.payload_len = behind.header_units("payload len", 4, 2)?;
    Ok(())
}

fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<AhHeader>(bytes)?;
    header.next_header = behind.ip_protocol(IpProtocol(header.next_header)).0;
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::AH,
    "ah",
    "IP Authentication Header",
    |bytes, outer| Ah::parse_in(bytes, outer).map(|ah| ah.shape()),
    |bytes, outer, visitor| Ah::parse_in(bytes, outer).map(|ah| visitor(&ah)),
)
.specification("RFC 4302")
.claims(&[Key::ip_protocol(IpProtocol::AH)])
.template(&TEMPLATE)
.lengths(lengths)
.next(next);

#[cfg(test)]
layer_tests! {
    // tshark -r tcpdump/OSPFv3_with_AH.pcap -Y frame.number==8 -x
    sample: Ah *b"\x59\x04\0\0\0\0\x01\0\0\0\0\x16\xd0\x88\x36\x38\xd3\x91\x01\x56\x2e\x83\x66\x79\
        \x03\x02";
    fields: "ah.next_header=89 ah.length=4 ah.reserved=0000 ah.spi=256 ah.sequence=22 \
        ah.icv=d0883638d39101562e836679";
    edit: AhHeader, |header| header.sequence_number.set(23);
    bad: [1 = 0 => "payload len" 0];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decoder, Fix, Ipv4Header, LinkType, Tcp, TcpHeader, serialize_layers};

    const TCP: [u8; 20] = [0, 1, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x10, 0, 0, 0, 0, 0, 0];
    const AH: [u8; 24] = [6, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9];

    #[track_caller]
    fn check(link_type: LinkType, ip: &[u8]) {
        let bytes = [ip, &AH, &TCP].concat();
        let decoder = Decoder::default();
        let packet = decoder.decode(link_type, &bytes);
        assert_eq!((packet.error(), packet.is_truncated()), (None, false));
        let ah = packet.get::<Ah<'_>>().unwrap();
        assert_eq!((ah.spi(), ah.sequence_number(), ah.icv), (1, 2, &[9; 12][..]));
        assert_eq!(packet.get::<Tcp<'_>>().unwrap().destination_port(), 2);
    }

    // peers 8.2: AH between IPv6 and TCP
    #[test]
    fn what_it_protects_is_decoded() {
        let ip = [&[0x60, 0, 0, 0, 0, 44, 51, 64][..], &[0x20; 32]].concat();
        check(LinkType::IPV6, &ip);
    }

    #[test]
    fn it_stands_behind_ipv4_too() {
        let ethernet = [&[0; 12][..], &[8, 0]].concat();
        let ip = [&[0x45, 0, 0, 64, 0, 0, 0, 0, 64, 51, 0, 0][..], &[10; 8]].concat();
        check(LinkType::ETHERNET, &[ethernet, ip].concat());
    }

    #[test]
    fn it_may_lack_a_check_value() {
        let bytes = [6, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 7];
        let ah = Ah::parse(&bytes).unwrap();
        assert_eq!((ah.icv, ah.payload), (&[][..], &[7][..]));
    }

    #[test]
    fn what_is_built_is_what_was_captured() {
        let header =
            AhHeader { spi: U32::new(1), sequence_number: U32::new(2), ..Default::default() };
        let mut out = Vec::new();
        let layers: [&dyn Encode; 3] =
            [&Ipv4Header::default(), &AhBuilder { header, icv: &[9; 12] }, &TcpHeader::default()];
        serialize_layers(&mut out, Fix::LENGTHS | Fix::NEXT, &layers, b"").unwrap();
        assert_eq!((out[9], &out[20..44]), (51, &AH[..]));
        let odd = AhBuilder { header, icv: &[9; 11] };
        let result = serialize_layers(&mut out, Fix::LENGTHS, &[&odd], b"");
        let cause = Malformed::Field { name: "payload len", value: 23 };
        assert_eq!(result, Err(EncodeError::Malformed { layer: "ah", cause }));
        let long = [0; 1024];
        let long = AhBuilder { header, icv: &long };
        let result = serialize_layers(&mut out, Fix::LENGTHS, &[&long], b"");
        let error = EncodeError::TooLarge { layer: "ah", field: "payload len", value: 257 };
        assert_eq!(result, Err(error));
    }
}
