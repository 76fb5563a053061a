//! Messages of ICMP, to be written.

use zerocopy::IntoBytes;

use super::extensions_encode::padded_quotation;
use super::{IcmpExtensions, IcmpObject, Icmpv4Header, Icmpv4Message, Icmpv4Type};
use crate::build::FieldPlace;
use crate::{Encode, EncodeError, Header, Protocol};

/// Bytes of a unit in which the length of a quotation is told, RFC 4884 section 4.1.
const UNIT: usize = 4;
/// Bytes of a router in an advertisement, in words: RFC 1256, section 3.
const ROUTER_WORDS: u8 = 2;

/// A message, which says what type it is of, and its code if it has one of its own. What an error
/// quotes are the layers and the payload behind it.
#[derive(Clone, Copy, Debug)]
pub struct Icmpv4Builder<'a> {
    /// Its code stands where the message has none.
    pub header: Icmpv4Header,
    pub message: Icmpv4Message<'a>,
    /// Of an error or an extended echo request. Zeros fill the quotation up in front of them.
    pub extensions: &'a [IcmpObject<'a>],
}

impl Default for Icmpv4Builder<'_> {
    /// An echo request without data.
    fn default() -> Self {
        let message = Icmpv4Message::EchoRequest { identifier: 0, sequence_number: 0, data: &[] };
        Self { header: Icmpv4Header::default(), message, extensions: &[] }
    }
}

impl Icmpv4Builder<'_> {
    fn has_quotation_with_extensions(&self) -> bool {
        let is_extensible = self.message.message_type().is_some_and(Icmpv4Type::is_extensible);
        is_extensible && !self.extensions.is_empty()
    }
}

impl Encode for Icmpv4Builder<'_> {
    fn protocol(&self) -> &'static Protocol {
        Icmpv4Header::PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let message_type =
            self.message.message_type().unwrap_or(Icmpv4Type(self.header.message_type));
        let mut rest = self.message.rest(self.header.rest)?;
        if self.has_quotation_with_extensions() {
            // The smallest length there is; the right one is worked out with all lengths.
            let [_, words, ..] = &mut rest;
            *words = u8::try_from(padded_quotation(0, UNIT) / UNIT).unwrap_or(u8::MAX);
        }
        let code = self.message.code().unwrap_or(self.header.code);
        let checksum = self.header.checksum;
        Icmpv4Header { message_type: message_type.0, code, checksum, rest }.encode(out)?;
        self.message.encode_data(out);
        if message_type == Icmpv4Type::EXTENDED_ECHO_REQUEST && !self.extensions.is_empty() {
            IcmpExtensions::encode(self.extensions, out)?;
        }
        Ok(())
    }

    fn encode_padding(&self, payload_len: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if self.has_quotation_with_extensions() {
            let missing = padded_quotation(payload_len, UNIT).saturating_sub(payload_len);
            out.extend(std::iter::repeat_n(0, missing));
        }
        Ok(())
    }

    fn encode_trailer(&self, _payload_len: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if self.has_quotation_with_extensions() {
            IcmpExtensions::encode(self.extensions, out)?;
        }
        Ok(())
    }
}

impl Icmpv4Message<'_> {
    /// The type of the message, if it is known.
    pub fn message_type(&self) -> Option<Icmpv4Type> {
        Some(match self {
            Self::EchoReply { .. } => Icmpv4Type::ECHO_REPLY,
            Self::EchoRequest { .. } => Icmpv4Type::ECHO_REQUEST,
            Self::DestinationUnreachable { .. } => Icmpv4Type::DESTINATION_UNREACHABLE,
            Self::SourceQuench => Icmpv4Type::SOURCE_QUENCH,
            Self::Redirect { .. } => Icmpv4Type::REDIRECT,
            Self::RouterAdvertisement { .. } => Icmpv4Type::ROUTER_ADVERTISEMENT,
            Self::RouterSolicitation => Icmpv4Type::ROUTER_SOLICITATION,
            Self::TimeExceeded { .. } => Icmpv4Type::TIME_EXCEEDED,
            Self::ParameterProblem { .. } => Icmpv4Type::PARAMETER_PROBLEM,
            Self::TimestampRequest { .. } => Icmpv4Type::TIMESTAMP_REQUEST,
            Self::TimestampReply { .. } => Icmpv4Type::TIMESTAMP_REPLY,
            Self::InformationRequest { .. } => Icmpv4Type::INFORMATION_REQUEST,
            Self::InformationReply { .. } => Icmpv4Type::INFORMATION_REPLY,
            Self::AddressMaskRequest { .. } => Icmpv4Type::ADDRESS_MASK_REQUEST,
            Self::AddressMaskReply { .. } => Icmpv4Type::ADDRESS_MASK_REPLY,
            Self::Traceroute { .. } => Icmpv4Type::TRACEROUTE,
            Self::ExtendedEchoRequest { .. } => Icmpv4Type::EXTENDED_ECHO_REQUEST,
            Self::ExtendedEchoReply { .. } => Icmpv4Type::EXTENDED_ECHO_REPLY,
            Self::Other => return None,
        })
    }

    fn code(&self) -> Option<u8> {
        match self {
            Self::DestinationUnreachable { code, .. } => Some(code.0),
            Self::Redirect { code, .. } => Some(code.0),
            Self::TimeExceeded { code } => Some(code.0),
            Self::ParameterProblem { code, .. } => Some(code.0),
            Self::ExtendedEchoReply { code, .. } => Some(code.0),
            _ => None,
        }
    }

    /// The last four bytes of the header: the given ones if the message is not known.
    fn rest(&self, given: [u8; 4]) -> Result<[u8; 4], EncodeError> {
        let words = |[a, b]: [u8; 2], [c, d]: [u8; 2]| [a, b, c, d];
        Ok(match *self {
            Self::EchoReply { identifier, sequence_number, .. }
            | Self::EchoRequest { identifier, sequence_number, .. }
            | Self::TimestampRequest { identifier, sequence_number, .. }
            | Self::TimestampReply { identifier, sequence_number, .. }
            | Self::InformationRequest { identifier, sequence_number }
            | Self::InformationReply { identifier, sequence_number }
            | Self::AddressMaskRequest { identifier, sequence_number, .. }
            | Self::AddressMaskReply { identifier, sequence_number, .. } => {
                words(identifier.to_be_bytes(), sequence_number.to_be_bytes())
            }
            Self::DestinationUnreachable { next_hop_mtu, .. } => {
                words([0; 2], next_hop_mtu.unwrap_or(0).to_be_bytes())
            }
            Self::SourceQuench | Self::RouterSolicitation | Self::TimeExceeded { .. } => [0; 4],
            Self::Redirect { gateway, .. } => gateway.octets(),
            Self::RouterAdvertisement { lifetime, routers } => {
                let (count, place) = (routers.len(), FieldPlace::new("icmp", "num addrs"));
                let count = u8::try_from(count).map_err(|_| place.too_large(count as u64))?;
                words([count, ROUTER_WORDS], lifetime.to_be_bytes())
            }
            Self::ParameterProblem { pointer, .. } => [pointer, 0, 0, 0],
            Self::Traceroute { identifier, .. } => words(identifier.to_be_bytes(), [0; 2]),
            Self::ExtendedEchoRequest { identifier, sequence_number, local } => {
                words(identifier.to_be_bytes(), [sequence_number, local.into()])
            }
            Self::ExtendedEchoReply { identifier, sequence_number, status, .. } => {
                words(identifier.to_be_bytes(), [sequence_number, status.0])
            }
            Self::Other => given,
        })
    }

    /// What stands behind the header, but for what an error quotes.
    fn encode_data(&self, out: &mut Vec<u8>) {
        match *self {
            Self::EchoReply { data, .. } | Self::EchoRequest { data, .. } => {
                out.extend_from_slice(data);
            }
            Self::RouterAdvertisement { routers, .. } => out.extend_from_slice(routers.as_bytes()),
            Self::TimestampRequest { times, .. } | Self::TimestampReply { times, .. } => {
                out.extend_from_slice(times.as_bytes());
            }
            Self::AddressMaskRequest { mask, .. } | Self::AddressMaskReply { mask, .. } => {
                out.extend(mask.octets());
            }
            Self::Traceroute { trace, .. } => out.extend_from_slice(trace.as_bytes()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{ChecksumStatus, Decoder, Fix, Icmpv4, Icmpv4UnreachableCode, Ipv4, Ipv4Header};
    use crate::{Layer, LinkType, UdpHeader, serialize_layers};

    const UNREACHABLE: Icmpv4Message<'_> = Icmpv4Message::DestinationUnreachable {
        code: Icmpv4UnreachableCode::PORT,
        next_hop_mtu: None,
    };

    /// An error that quotes a datagram with a payload of this many bytes.
    fn error(extensions: &[IcmpObject<'_>], payload_len: usize) -> Vec<u8> {
        let icmp = Icmpv4Builder { message: UNREACHABLE, extensions, ..Default::default() };
        let (outer, inner) = (Ipv4Header::default(), Ipv4Header { ttl: 1, ..Default::default() });
        let layers: [&dyn Encode; 4] = [&outer, &icmp, &inner, &UdpHeader::default()];
        let mut out = Vec::new();
        serialize_layers(&mut out, Fix::all(), &layers, &vec![7; payload_len]).unwrap();
        out
    }

    #[test]
    fn an_error_quotes_the_layers_behind_it() {
        let bytes = error(&[], 4);
        assert_eq!((bytes[9], &bytes[20..22], bytes.len()), (1, &[3, 3][..], 60));
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::IPV4, &bytes);
        assert_eq!((packet.own_layers().len(), packet.quoted_layers().len()), (2, 2));
        let all_good = |checksum: crate::LayerChecksum| checksum.status() == ChecksumStatus::Good;
        assert!(packet.verify_checksums().all(all_good));
        assert_eq!(packet.verify_checksums().count(), 4);
    }

    #[test]
    fn what_a_quotation_cut_short_covers_is_unknown() {
        let whole = error(&[], 40);
        let icmp = Icmpv4Builder { message: UNREACHABLE, ..Default::default() };
        let mut out = Vec::new();
        let layers: [&dyn Encode; 2] = [&Ipv4Header::default(), &icmp];
        serialize_layers(&mut out, Fix::all(), &layers, &whole[28..64]).unwrap();
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::IPV4, &out);
        let found: Vec<_> = packet.verify_checksums().map(|checksum| checksum.status()).collect();
        let [good, unverified] = [ChecksumStatus::Good, ChecksumStatus::Unverified];
        assert_eq!(found, [good, good, good, unverified]);
        assert!(packet.quoted_layers().len() == 2 && packet.error().is_none());
    }

    #[test]
    fn extensions_stand_behind_a_quotation_filled_up() {
        for (payload_len, words) in [(4, 32), (100, 32), (101, 33), (104, 33)] {
            let bytes = error(&[IcmpObject::ProbeIndex(7)], payload_len);
            let icmp = Icmpv4::parse(&bytes[20..]).unwrap();
            assert_eq!((icmp.header.rest[1], icmp.payload.len()), (words, usize::from(words) * 4));
            let objects: Vec<_> = icmp.extensions().unwrap().objects().collect();
            assert_eq!(objects, [Ok(IcmpObject::ProbeIndex(7))]);
            let decoder = Decoder::default();
            let packet = decoder.decode(LinkType::IPV4, &bytes);
            let checksum = packet.verify_checksums().nth(1).unwrap();
            assert_eq!(checksum.status(), ChecksumStatus::Good);
            assert_eq!(packet.get::<Ipv4<'_>>().unwrap().payload.len(), bytes.len() - 20);
        }
    }

    #[test]
    fn an_echo_is_built_as_it_was_captured() {
        // tshark -r tcp__timeout-with-pings.pcap -Y frame.number==10, of Zeek's tests.
        let message =
            Icmpv4Message::EchoRequest { identifier: 0x0123, sequence_number: 1, data: &[] };
        let mut out = Vec::new();
        Icmpv4Builder { message, ..Default::default() }.encode(&mut out).unwrap();
        assert_eq!(out, *b"\x08\0\0\0\x01\x23\0\x01");
    }

    #[test]
    fn a_message_of_zeros_has_a_checksum_of_all_ones() {
        // tshark -r detect-vlan-id__input.pcap -Y frame.number==2 -x, of Suricata's tests.
        let message = Icmpv4Message::EchoReply { identifier: 0, sequence_number: 0, data: &[] };
        let icmp = Icmpv4Builder { message, ..Default::default() };
        let mut out = Vec::new();
        serialize_layers(&mut out, Fix::all(), &[&icmp], b"").unwrap();
        assert_eq!(out, [0, 0, 0xff, 0xff, 0, 0, 0, 0]);
    }

    proptest! {
        #[test]
        fn any_message_read_is_read_again_as_it_was_written(
            message_type in 0_u8..45,
            front in any::<[u8; 7]>(),
            mut data in prop::collection::vec(any::<u8>(), 0..48),
        ) {
            // A length of a quotation is worked out, and extensions are given.
            data.insert(0, message_type);
            data.splice(1..1, front);
            let read = Icmpv4::parse(&data).unwrap();
            let message = read.message();
            let builder = Icmpv4Builder { header: *read.header, message, extensions: &[] };
            let mut out = Vec::new();
            builder.encode(&mut out).unwrap();
            prop_assert_eq!(Icmpv4::parse(&out).unwrap().message(), message);
        }
    }
}
