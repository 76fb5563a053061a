//! Messages of `ICMPv6`, to be written.

use zerocopy::IntoBytes;

use super::{Icmpv6Header, Icmpv6Message, Icmpv6Type, MldQuery};
use crate::build::FieldPlace;
use crate::layers::icmpv4::{IcmpExtensions, IcmpObject, padded_quotation};
use crate::{Encode, EncodeError, Header, Protocol};

/// Bytes of a unit in which the length of a quotation is told, RFC 4884 section 4.4.
const UNIT: usize = 8;

/// A message, which says what type it is of, and its code if it has one of its own. What an error
/// quotes are the layers and the payload behind it.
#[derive(Clone, Debug)]
pub struct Icmpv6Builder<'a> {
    /// Its code stands where the message has none.
    pub header: Icmpv6Header,
    pub message: Icmpv6Message<'a>,
    /// Of an error or an extended echo request. Zeros fill the quotation up in front of them.
    pub extensions: &'a [IcmpObject<'a>],
}

impl Default for Icmpv6Builder<'_> {
    /// An echo request without data.
    fn default() -> Self {
        let message = Icmpv6Message::EchoRequest { identifier: 0, sequence_number: 0, data: &[] };
        Self { header: Icmpv6Header::default(), message, extensions: &[] }
    }
}

impl Icmpv6Builder<'_> {
    fn has_quotation_with_extensions(&self) -> bool {
        let is_extensible = self.message.message_type().is_some_and(Icmpv6Type::is_extensible);
        is_extensible && !self.extensions.is_empty()
    }
}

impl Encode for Icmpv6Builder<'_> {
    fn protocol(&self) -> &'static Protocol {
        Icmpv6Header::PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let message_type = self.message.message_type();
        let known = message_type.unwrap_or(Icmpv6Type(self.header.message_type));
        let code = self.message.code().unwrap_or(self.header.code);
        let checksum = self.header.checksum;
        Icmpv6Header { message_type: known.0, code, checksum }.encode(out)?;
        let body = out.len();
        self.message.encode_body(out)?;
        if self.has_quotation_with_extensions() {
            // The smallest length there is; the right one is worked out with all lengths.
            let words = u8::try_from(padded_quotation(0, UNIT) / UNIT).unwrap_or(u8::MAX);
            out.get_mut(body).into_iter().for_each(|byte| *byte = words);
        }
        if known == Icmpv6Type::EXTENDED_ECHO_REQUEST && !self.extensions.is_empty() {
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

impl Icmpv6Message<'_> {
    /// The type of the message, if it is known.
    pub fn message_type(&self) -> Option<Icmpv6Type> {
        Some(match self {
            Self::DestinationUnreachable { .. } => Icmpv6Type::DESTINATION_UNREACHABLE,
            Self::PacketTooBig { .. } => Icmpv6Type::PACKET_TOO_BIG,
            Self::TimeExceeded { .. } => Icmpv6Type::TIME_EXCEEDED,
            Self::ParameterProblem { .. } => Icmpv6Type::PARAMETER_PROBLEM,
            Self::EchoRequest { .. } => Icmpv6Type::ECHO_REQUEST,
            Self::EchoReply { .. } => Icmpv6Type::ECHO_REPLY,
            Self::MldQuery(_) => Icmpv6Type::MLD_QUERY,
            Self::MldReport { .. } => Icmpv6Type::MLD_REPORT,
            Self::MldDone { .. } => Icmpv6Type::MLD_DONE,
            Self::MldV2Report(_) => Icmpv6Type::MLDV2_REPORT,
            Self::RouterSolicitation { .. } => Icmpv6Type::ROUTER_SOLICITATION,
            Self::RouterAdvertisement { .. } => Icmpv6Type::ROUTER_ADVERTISEMENT,
            Self::NeighborSolicitation { .. } => Icmpv6Type::NEIGHBOR_SOLICITATION,
            Self::NeighborAdvertisement { .. } => Icmpv6Type::NEIGHBOR_ADVERTISEMENT,
            Self::Redirect { .. } => Icmpv6Type::REDIRECT,
            Self::InverseSolicitation { .. } => Icmpv6Type::INVERSE_SOLICITATION,
            Self::InverseAdvertisement { .. } => Icmpv6Type::INVERSE_ADVERTISEMENT,
            Self::NodeInformationQuery { .. } => Icmpv6Type::NODE_INFORMATION_QUERY,
            Self::NodeInformationResponse { .. } => Icmpv6Type::NODE_INFORMATION_RESPONSE,
            Self::HomeAgentDiscoveryRequest { .. } => Icmpv6Type::HOME_AGENT_DISCOVERY_REQUEST,
            Self::HomeAgentDiscoveryReply { .. } => Icmpv6Type::HOME_AGENT_DISCOVERY_REPLY,
            Self::MobilePrefixSolicitation { .. } => Icmpv6Type::MOBILE_PREFIX_SOLICITATION,
            Self::MobilePrefixAdvertisement { .. } => Icmpv6Type::MOBILE_PREFIX_ADVERTISEMENT,
            Self::MulticastRouterAdvertisement { .. } => Icmpv6Type::MULTICAST_ROUTER_ADVERTISEMENT,
            Self::MulticastRouterSolicitation => Icmpv6Type::MULTICAST_ROUTER_SOLICITATION,
            Self::MulticastRouterTermination => Icmpv6Type::MULTICAST_ROUTER_TERMINATION,
            Self::Rpl { .. } => Icmpv6Type::RPL,
            Self::ExtendedEchoRequest { .. } => Icmpv6Type::EXTENDED_ECHO_REQUEST,
            Self::ExtendedEchoReply { .. } => Icmpv6Type::EXTENDED_ECHO_REPLY,
            Self::Other => return None,
        })
    }

    fn code(&self) -> Option<u8> {
        match self {
            Self::DestinationUnreachable { code } => Some(code.0),
            Self::TimeExceeded { code } => Some(code.0),
            Self::ParameterProblem { code, .. } => Some(code.0),
            Self::ExtendedEchoReply { code, .. } => Some(code.0),
            Self::Rpl { code, .. } | Self::MulticastRouterAdvertisement { interval: code, .. } => {
                Some(*code)
            }
            _ => None,
        }
    }

    /// Appends what stands behind the checksum, but for what an error quotes.
    fn encode_body(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match *self {
            Self::DestinationUnreachable { .. } | Self::TimeExceeded { .. } => out.extend([0; 4]),
            Self::PacketTooBig { mtu: number } | Self::ParameterProblem { pointer: number, .. } => {
                out.extend(number.to_be_bytes());
            }
            Self::EchoRequest { identifier, sequence_number, data }
            | Self::EchoReply { identifier, sequence_number, data } => {
                out.extend(identifier.to_be_bytes());
                out.extend(sequence_number.to_be_bytes());
                out.extend_from_slice(data);
            }
            Self::ExtendedEchoRequest { identifier, sequence_number, local } => {
                out.extend(identifier.to_be_bytes());
                out.extend([sequence_number, local.into()]);
            }
            Self::ExtendedEchoReply { identifier, sequence_number, status, .. } => {
                out.extend(identifier.to_be_bytes());
                out.extend([sequence_number, status.0]);
            }
            Self::MldQuery(query) => encode_query(&query, out)?,
            Self::MldReport { multicast_address } | Self::MldDone { multicast_address } => {
                out.extend([0; 4]);
                out.extend(multicast_address.octets());
            }
            Self::MldV2Report(ref records) => {
                let (count, bytes) = records.parts();
                out.extend([0; 2]);
                out.extend(count.to_be_bytes());
                out.extend_from_slice(bytes);
            }
            Self::HomeAgentDiscoveryRequest { identifier }
            | Self::MobilePrefixSolicitation { identifier } => {
                out.extend(identifier.to_be_bytes());
                out.extend([0; 2]);
            }
            Self::HomeAgentDiscoveryReply { identifier, addresses } => {
                out.extend(identifier.to_be_bytes());
                out.extend([0; 2]);
                out.extend_from_slice(addresses.as_flattened());
            }
            Self::MulticastRouterAdvertisement { query_interval, robustness, .. } => {
                out.extend(query_interval.to_be_bytes());
                out.extend(robustness.to_be_bytes());
            }
            Self::NodeInformationQuery { header, data }
            | Self::NodeInformationResponse { header, data } => {
                out.extend_from_slice(header.as_bytes());
                out.extend_from_slice(data);
            }
            Self::Rpl { body, .. } => out.extend_from_slice(body),
            _ => self.encode_neighbor(out),
        }
        Ok(())
    }

    /// Messages that end in options of neighbor discovery.
    fn encode_neighbor(&self, out: &mut Vec<u8>) {
        let options = match *self {
            Self::RouterSolicitation { ref options }
            | Self::InverseSolicitation { ref options }
            | Self::InverseAdvertisement { ref options } => {
                out.extend([0; 4]);
                options
            }
            Self::RouterAdvertisement { router, ref options } => {
                out.extend_from_slice(router.as_bytes());
                options
            }
            Self::NeighborSolicitation { target, ref options } => {
                out.extend([0; 4]);
                out.extend(target.octets());
                options
            }
            Self::NeighborAdvertisement { flags, target, ref options } => {
                out.extend([flags.bits(), 0, 0, 0]);
                out.extend(target.octets());
                options
            }
            Self::Redirect { target, destination, ref options } => {
                out.extend([0; 4]);
                out.extend(target.octets());
                out.extend(destination.octets());
                options
            }
            Self::MobilePrefixAdvertisement { identifier, flags, ref options } => {
                out.extend(identifier.to_be_bytes());
                out.extend(flags.to_be_bytes());
                options
            }
            _ => return,
        };
        out.extend_from_slice(options.as_bytes());
    }
}

fn encode_query(query: &MldQuery<'_>, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    out.extend(query.maximum_response_code.to_be_bytes());
    out.extend([0; 2]);
    out.extend(query.multicast_address.octets());
    if let Some(second) = query.second {
        let robustness = FieldPlace::new("icmpv6", "QRV").bits(second.robustness, 3)?;
        out.extend([u8::from(second.suppress) << 3 | robustness, second.interval_code]);
        let count = FieldPlace::new("icmpv6", "number of sources");
        count.number(out, second.sources.len() as u64, 2)?;
        out.extend_from_slice(second.sources.as_flattened());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{ChecksumStatus, Decoder, Fix, Icmpv6, Icmpv6UnreachableCode, Ipv6Header, Layer};
    use crate::{LinkType, NdpOption, NdpOptions, UdpHeader, serialize_layers};

    #[test]
    fn an_echo_keeps_its_data() {
        // gopacket defect 10
        let message =
            Icmpv6Message::EchoRequest { identifier: 1, sequence_number: 2, data: b"hi!!" };
        let icmp = Icmpv6Builder { message: message.clone(), ..Default::default() };
        let mut out = Vec::new();
        serialize_layers(&mut out, Fix::all(), &[&Ipv6Header::default(), &icmp], b"").unwrap();
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::IPV6, &out);
        assert_eq!(packet.get::<Icmpv6<'_>>().unwrap().message(), message);
        let checksum = packet.verify_checksums().next().unwrap();
        assert_eq!(checksum.status(), ChecksumStatus::Good);
    }

    #[test]
    fn a_solicitation_is_built_as_it_was_captured() {
        // tshark -r communityid__icmp6.pcap -Y frame.number==1, of Zeek's tests.
        let mut options = Vec::new();
        let address = [0, 0, 0x86, 5, 0x80, 0xda];
        NdpOption::SourceLinkLayerAddress(&address).encode(&mut options).unwrap();
        let target = "fe80::260:97ff:fe07:69ea".parse().unwrap();
        let options = NdpOptions::new(&options);
        let message = Icmpv6Message::NeighborSolicitation { target, options };
        let mut out = Vec::new();
        Icmpv6Builder { message, ..Default::default() }.encode(&mut out).unwrap();
        assert_eq!(
            out,
            b"\x87\0\0\0\0\0\0\0\xfe\x80\0\0\0\0\0\0\x02\x60\x97\xff\xfe\x07\x69\xea\
              \x01\x01\0\0\x86\x05\x80\xda"
        );
    }

    #[test]
    fn extensions_stand_behind_a_quotation_filled_up() {
        let code = Icmpv6UnreachableCode::PORT;
        let message = Icmpv6Message::DestinationUnreachable { code };
        for (payload_len, words) in [(4, 16), (80, 16), (81, 17), (88, 17), (89, 18)] {
            let extensions = &[IcmpObject::ProbeIndex(7)];
            let icmp = Icmpv6Builder { message: message.clone(), extensions, ..Default::default() };
            let ip = Ipv6Header::default();
            let layers: [&dyn Encode; 4] = [&ip, &icmp, &ip, &UdpHeader::default()];
            let mut out = Vec::new();
            serialize_layers(&mut out, Fix::all(), &layers, &vec![7; payload_len]).unwrap();
            let read = Icmpv6::parse(&out[40..]).unwrap();
            assert_eq!((out[44], read.payload.len()), (words, usize::from(words) * 8));
            let objects: Vec<_> = read.extensions().unwrap().objects().collect();
            assert_eq!(objects, [Ok(IcmpObject::ProbeIndex(7))]);
            let decoder = Decoder::default();
            let packet = decoder.decode(LinkType::IPV6, &out);
            let good = |checksum: crate::LayerChecksum| checksum.status() == ChecksumStatus::Good;
            assert!(packet.verify_checksums().all(good));
            assert_eq!(packet.quoted_layers().len(), 2);
        }
    }

    proptest! {
        #[test]
        fn any_message_read_is_read_again_as_it_was_written(
            message_type in prop_oneof![0_u8..6, 127_u8..165],
            front in any::<[u8; 7]>(),
            mut data in prop::collection::vec(any::<u8>(), 0..64),
        ) {
            data.insert(0, message_type);
            data.splice(1..1, front);
            let read = Icmpv6::parse(&data).unwrap();
            let message = read.message();
            let builder =
                Icmpv6Builder { header: *read.header, message: message.clone(), extensions: &[] };
            let mut out = Vec::new();
            builder.encode(&mut out).unwrap();
            let again = Icmpv6::parse(&out).unwrap();
            if !matches!(message, Icmpv6Message::Other) {
                prop_assert_eq!(again.message(), message);
            }
        }
    }
}
