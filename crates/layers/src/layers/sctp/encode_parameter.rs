//! Parameters of SCTP chunks, to be written.

use zerocopy::IntoBytes;

use super::{SctpParameter, SctpParameterType, tlv};
use crate::EncodeError;
use crate::build::{FieldPlace, pad};

impl SctpParameter<'_> {
    /// Appends the parameter as it stands on the wire, filled up to four bytes.
    ///
    /// # Errors
    ///
    /// A value does not fit its field.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let start = out.len();
        out.extend(self.parameter_type().0.to_be_bytes());
        let length = FieldPlace::new("sctp", "parameter length");
        length.with_length_u16(out, tlv::HEADER_LEN, |out| {
            self.encode_value(out);
            Ok(())
        })?;
        pad(out, start, 4);
        Ok(())
    }

    /// The number of its type.
    pub fn parameter_type(&self) -> SctpParameterType {
        type Type = SctpParameterType;
        match *self {
            Self::HeartbeatInfo(_) => Type::HEARTBEAT_INFO,
            Self::Ipv4Address(_) => Type::IPV4_ADDRESS,
            Self::Ipv6Address(_) => Type::IPV6_ADDRESS,
            Self::StateCookie(_) => Type::STATE_COOKIE,
            Self::Unrecognized(_) => Type::UNRECOGNIZED,
            Self::CookiePreservative(_) => Type::COOKIE_PRESERVATIVE,
            Self::HostNameAddress(_) => Type::HOST_NAME_ADDRESS,
            Self::SupportedAddressTypes(_) => Type::SUPPORTED_ADDRESS_TYPES,
            Self::OutgoingSsnReset { .. } => Type::OUTGOING_SSN_RESET,
            Self::IncomingSsnReset { .. } => Type::INCOMING_SSN_RESET,
            Self::SsnTsnReset { .. } => Type::SSN_TSN_RESET,
            Self::ReconfigurationResponse { .. } => Type::RECONFIGURATION_RESPONSE,
            Self::AddOutgoingStreams { .. } => Type::ADD_OUTGOING_STREAMS,
            Self::AddIncomingStreams { .. } => Type::ADD_INCOMING_STREAMS,
            Self::EcnCapable => Type::ECN_CAPABLE,
            Self::ZeroChecksumAcceptable { .. } => Type::ZERO_CHECKSUM_ACCEPTABLE,
            Self::Random(_) => Type::RANDOM,
            Self::ChunkList(_) => Type::CHUNK_LIST,
            Self::RequestedHmacAlgorithm(_) => Type::REQUESTED_HMAC_ALGORITHM,
            Self::Padding(_) => Type::PADDING,
            Self::SupportedExtensions(_) => Type::SUPPORTED_EXTENSIONS,
            Self::ForwardTsnSupported => Type::FORWARD_TSN_SUPPORTED,
            Self::AddIpAddress { .. } => Type::ADD_IP_ADDRESS,
            Self::DeleteIpAddress { .. } => Type::DELETE_IP_ADDRESS,
            Self::ErrorCauseIndication { .. } => Type::ERROR_CAUSE_INDICATION,
            Self::SetPrimaryAddress { .. } => Type::SET_PRIMARY_ADDRESS,
            Self::SuccessIndication { .. } => Type::SUCCESS_INDICATION,
            Self::AdaptationLayerIndication(_) => Type::ADAPTATION_LAYER_INDICATION,
            Self::Unknown { kind, .. } => kind,
        }
    }

    fn encode_value(&self, out: &mut Vec<u8>) {
        match *self {
            Self::HeartbeatInfo(data)
            | Self::StateCookie(data)
            | Self::Random(data)
            | Self::Padding(data)
            | Self::Unknown { data, .. } => out.extend_from_slice(data),
            Self::Ipv4Address(address) => out.extend(address.octets()),
            Self::Ipv6Address(address) => out.extend(address.octets()),
            Self::Unrecognized(parameters) => out.extend_from_slice(parameters.as_bytes()),
            Self::HostNameAddress(name) => {
                out.extend_from_slice(name);
                // RFC 4960, section 3.3.2.1: at least one zero ends a name.
                out.push(0);
            }
            Self::SupportedAddressTypes(list) | Self::RequestedHmacAlgorithm(list) => {
                out.extend_from_slice(list.as_bytes());
            }
            Self::ChunkList(types) | Self::SupportedExtensions(types) => {
                out.extend_from_slice(types.as_bytes());
            }
            Self::EcnCapable | Self::ForwardTsnSupported => {}
            Self::CookiePreservative(number)
            | Self::AdaptationLayerIndication(number)
            | Self::ZeroChecksumAcceptable { error_detection_method: number }
            | Self::SsnTsnReset { request_sequence_number: number }
            | Self::SuccessIndication { correlation_id: number } => {
                out.extend(number.to_be_bytes());
            }
            Self::AddIpAddress { correlation_id, address }
            | Self::DeleteIpAddress { correlation_id, address }
            | Self::SetPrimaryAddress { correlation_id, address } => {
                out.extend(correlation_id.to_be_bytes());
                out.extend_from_slice(address.as_bytes());
            }
            Self::ErrorCauseIndication { correlation_id, causes } => {
                out.extend(correlation_id.to_be_bytes());
                out.extend_from_slice(causes.as_bytes());
            }
            Self::OutgoingSsnReset { .. }
            | Self::IncomingSsnReset { .. }
            | Self::ReconfigurationResponse { .. }
            | Self::AddOutgoingStreams { .. }
            | Self::AddIncomingStreams { .. } => self.encode_reconfiguration(out),
        }
    }

    /// The requests and answers of `RE-CONFIG`.
    fn encode_reconfiguration(&self, out: &mut Vec<u8>) {
        match *self {
            Self::OutgoingSsnReset {
                request_sequence_number,
                response_sequence_number,
                senders_last_assigned_tsn,
                streams,
            } => {
                out.extend(request_sequence_number.to_be_bytes());
                out.extend(response_sequence_number.to_be_bytes());
                out.extend(senders_last_assigned_tsn.to_be_bytes());
                out.extend_from_slice(streams.as_bytes());
            }
            Self::IncomingSsnReset { request_sequence_number, streams } => {
                out.extend(request_sequence_number.to_be_bytes());
                out.extend_from_slice(streams.as_bytes());
            }
            Self::ReconfigurationResponse { response_sequence_number, result, next_tsns } => {
                out.extend(response_sequence_number.to_be_bytes());
                out.extend(result.to_be_bytes());
                if let Some(tsns) = next_tsns {
                    out.extend(tsns.sender.to_be_bytes());
                    out.extend(tsns.receiver.to_be_bytes());
                }
            }
            Self::AddOutgoingStreams { request_sequence_number, count, reserved }
            | Self::AddIncomingStreams { request_sequence_number, count, reserved } => {
                out.extend(request_sequence_number.to_be_bytes());
                out.extend(count.to_be_bytes());
                out.extend(reserved.to_be_bytes());
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::SctpParameters;

    proptest! {
        #[test]
        fn any_parameter_read_is_read_again_as_it_was_written(
            kind in prop_oneof![0_u16..20, 0x8000_u16..0x8009, 0xc000_u16..0xc008],
            value in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            let length = u8::try_from(value.len() + 4).unwrap();
            let [high, low] = kind.to_be_bytes();
            let bytes = [&[high, low, 0, length][..], &value].concat();
            let parameter = SctpParameters::new(&bytes).next().unwrap().unwrap();
            let mut out = Vec::new();
            parameter.encode(&mut out).unwrap();
            prop_assert_eq!(out.len() % 4, 0);
            prop_assert_eq!(SctpParameters::new(&out).next(), Some(Ok(parameter)));
        }
    }
}
