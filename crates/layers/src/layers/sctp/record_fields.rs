//! Fields of SCTP parameters and error causes, as Wireshark names them.

use super::cause::{self, SctpCause, SctpCauses};
use super::fields::Out;
use super::parameter::{self, SctpParameter, SctpParameters};
use crate::Value;

impl Out<'_> {
    pub(super) fn parameters(&mut self, parameters: SctpParameters<'_>) {
        let mut tlvs = parameters.tlvs_at(self.at);
        let Some(mut inside) = self.enter() else {
            return self.bytes("sctp.parameter_value", tlvs.rest());
        };
        while let Some(tlv) = inside.sink.sound(tlvs.next(), tlvs.place()) {
            let [high, _] = tlv.head;
            inside.at = tlv.at;
            inside.u16("sctp.parameter_type", tlv.kind());
            inside.flag("sctp.parameter_bit_1", high & 0x80 != 0, 2);
            inside.flag("sctp.parameter_bit_2", high & 0x40 != 0, 2);
            inside.u16("sctp.parameter_length", tlv.length);
            if tlv.is_cut() {
                continue;
            }
            inside.parameter(&parameter::understand(&tlv), tlv.value);
            inside.padding(&tlv, "sctp.parameter_padding");
        }
    }

    /// Reports what follows the length of a parameter.
    fn parameter(&mut self, parameter: &SctpParameter<'_>, value: &[u8]) {
        match *parameter {
            SctpParameter::HeartbeatInfo(info) => {
                self.bytes("sctp.parameter_heartbeat_information", info);
            }
            SctpParameter::Ipv4Address(address) => {
                self.value("sctp.parameter_ipv4_address", Value::Ipv4(address), 4);
            }
            SctpParameter::Ipv6Address(address) => {
                self.value("sctp.parameter_ipv6_address", Value::Ipv6(address), 16);
            }
            SctpParameter::StateCookie(cookie) => {
                self.bytes("sctp.parameter_state_cookie", cookie);
            }
            SctpParameter::Unrecognized(parameters) => self.parameters(parameters),
            SctpParameter::CookiePreservative(increment) => {
                self.u32("sctp.parameter_cookie_preservative_incr", increment);
            }
            SctpParameter::HostNameAddress(name) => {
                let text = str::from_utf8(name).map_or(Value::Bytes(name), Value::Text);
                self.value("sctp.parameter_hostname", text, value.len());
            }
            SctpParameter::SupportedAddressTypes(types) => {
                self.u16s("sctp.parameter_supported_address_type", types);
            }
            SctpParameter::Random(number) => self.bytes("sctp.random_number", number),
            SctpParameter::ChunkList(types) => self.types("sctp.chunk_type_to_auth", types),
            SctpParameter::RequestedHmacAlgorithm(ids) => self.u16s("sctp.hmac_id", ids),
            SctpParameter::SupportedExtensions(types) => {
                self.types("sctp.supported_chunk_type", types);
            }
            SctpParameter::AdaptationLayerIndication(indication) => {
                self.u32("sctp.adaptation_layer_indication", indication);
            }
            SctpParameter::AddIpAddress { correlation_id, address }
            | SctpParameter::DeleteIpAddress { correlation_id, address }
            | SctpParameter::SetPrimaryAddress { correlation_id, address } => {
                self.u32("sctp.correlation_id", correlation_id);
                self.parameters(address);
            }
            SctpParameter::ErrorCauseIndication { correlation_id, causes } => {
                self.u32("sctp.correlation_id", correlation_id);
                self.causes(causes);
            }
            SctpParameter::SuccessIndication { correlation_id } => {
                self.u32("sctp.correlation_id", correlation_id);
            }
            SctpParameter::EcnCapable | SctpParameter::ForwardTsnSupported => {}
            SctpParameter::ZeroChecksumAcceptable { .. }
            | SctpParameter::Padding(_)
            | SctpParameter::Unknown { .. } => self.bytes("sctp.parameter_value", value),
            _ => self.reconfiguration(parameter),
        }
    }

    /// Reports a request or answer of `RE-CONFIG`.
    fn reconfiguration(&mut self, parameter: &SctpParameter<'_>) {
        const REQUEST: &str = "sctp.parameter_reconfig_request_sequence_number";
        const RESPONSE: &str = "sctp.parameter_reconfig_response_sequence_number";
        match *parameter {
            SctpParameter::OutgoingSsnReset {
                request_sequence_number,
                response_sequence_number,
                senders_last_assigned_tsn,
                streams,
            } => {
                self.u32(REQUEST, request_sequence_number);
                self.u32(RESPONSE, response_sequence_number);
                self.u32("sctp.parameter_senders_last_assigned_tsn", senders_last_assigned_tsn);
                self.u16s("sctp.parameter_reconfig_sid", streams);
            }
            SctpParameter::IncomingSsnReset { request_sequence_number, streams } => {
                self.u32(REQUEST, request_sequence_number);
                self.u16s("sctp.parameter_reconfig_sid", streams);
            }
            SctpParameter::SsnTsnReset { request_sequence_number } => {
                self.u32(REQUEST, request_sequence_number);
            }
            SctpParameter::ReconfigurationResponse {
                response_sequence_number,
                result,
                next_tsns,
            } => {
                self.u32(RESPONSE, response_sequence_number);
                self.u32("sctp.parameter_reconfig_response_result", result);
                if let Some(next) = next_tsns {
                    self.u32("sctp.parameter_senders_next_tsn", next.sender);
                    self.u32("sctp.parameter_receivers_next_tsn", next.receiver);
                }
            }
            SctpParameter::AddOutgoingStreams { request_sequence_number, count, reserved } => {
                self.u32(REQUEST, request_sequence_number);
                self.u16("sctp.parameter_add_outgoing_streams_number", count);
                self.u16("sctp.parameter_add_outgoing_streams_reserved", reserved);
            }
            SctpParameter::AddIncomingStreams { request_sequence_number, count, reserved } => {
                self.u32(REQUEST, request_sequence_number);
                self.u16("sctp.parameter_add_incoming_streams_number", count);
                self.u16("sctp.parameter_add_incoming_streams_reserved", reserved);
            }
            _ => {}
        }
    }

    pub(super) fn causes(&mut self, causes: SctpCauses<'_>) {
        let mut tlvs = causes.tlvs_at(self.at);
        let Some(mut inside) = self.enter() else {
            return self.bytes("sctp.cause_information", tlvs.rest());
        };
        while let Some(tlv) = inside.sink.sound(tlvs.next(), tlvs.place()) {
            inside.at = tlv.at;
            inside.u16("sctp.cause_code", tlv.kind());
            inside.u16("sctp.cause_length", tlv.length);
            if tlv.is_cut() {
                continue;
            }
            inside.cause(&cause::understand(&tlv), tlv.value);
            inside.padding(&tlv, "sctp.cause_padding");
        }
    }

    /// Reports what follows the length of a cause.
    fn cause(&mut self, cause: &SctpCause<'_>, value: &[u8]) {
        match *cause {
            SctpCause::InvalidStreamIdentifier(stream) => {
                self.u16("sctp.cause_stream_identifier", stream);
                if let &[_, _, a, b, ..] = value {
                    self.u16("sctp.cause_reserved", u16::from_be_bytes([a, b]));
                }
            }
            SctpCause::MissingMandatoryParameter(types) => {
                let count = Value::Number(types.len() as u64);
                self.value("sctp.cause_nr_of_missing_parameters", count, 4);
                self.u16s("sctp.cause_missing_parameter_type", types);
            }
            SctpCause::StaleCookie(measure) => self.u32("sctp.cause_measure_of_staleness", measure),
            SctpCause::NoUserData(tsn) => self.u32("sctp.cause_tsn", tsn),
            SctpCause::UnresolvableAddress(parameters)
            | SctpCause::UnrecognizedParameters(parameters)
            | SctpCause::RestartWithNewAddresses(parameters)
            | SctpCause::DeleteLastAddress(parameters)
            | SctpCause::ResourceShortage(parameters)
            | SctpCause::DeleteSourceAddress(parameters)
            | SctpCause::NoAuthorization(parameters) => self.parameters(parameters),
            SctpCause::UnrecognizedChunkType(chunks) => match self.enter() {
                Some(mut inside) => inside.chunks(chunks),
                None => self.bytes("sctp.chunk_value", value),
            },
            SctpCause::UnsupportedHmacIdentifier(id) => self.u16("sctp.hmac_id", id),
            SctpCause::UserInitiatedAbort(information)
            | SctpCause::ProtocolViolation(information)
            | SctpCause::IllegalAsconfAck(information)
            | SctpCause::Unknown { data: information, .. } => {
                self.bytes("sctp.cause_information", information);
            }
            SctpCause::OutOfResource
            | SctpCause::InvalidMandatoryParameter
            | SctpCause::CookieReceivedWhileShuttingDown => {}
        }
    }
}
