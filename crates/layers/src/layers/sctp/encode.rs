//! Packets of SCTP, to be written.

use zerocopy::IntoBytes;

use super::{SctpCause, SctpCauseCode, SctpChunk, SctpChunkType, SctpData, SctpHeader, SctpIData};
use super::{SctpInit, tlv};
use crate::build::{FieldPlace, pad};
use crate::{Encode, EncodeError, Header, Protocol};

/// A header with its chunks. If a payload or a layer follows, it is the user data of the last of
/// them: a [`SctpData`] or [`SctpIData`] whose own user data is empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct SctpBuilder<'a> {
    pub header: SctpHeader,
    pub chunks: &'a [SctpChunk<'a>],
}

impl Encode for SctpBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        SctpHeader::PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.header.encode(out)?;
        self.chunks.iter().try_for_each(|chunk| chunk.encode(out))
    }

    fn encode_trailer(&self, payload_len: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        // RFC 9260, section 3.2: a chunk is filled up to four bytes.
        let start = out.len().saturating_sub(payload_len);
        pad(out, start, 4);
        Ok(())
    }
}

impl SctpChunk<'_> {
    /// Appends the chunk as it stands on the wire, filled up to four bytes.
    ///
    /// # Errors
    ///
    /// A value does not fit its field.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let start = out.len();
        out.extend([self.chunk_type().0, self.flags()]);
        let length = FieldPlace::new("sctp", "chunk length");
        length.with_length_u16(out, tlv::HEADER_LEN, |out| self.encode_value(out))?;
        pad(out, start, 4);
        Ok(())
    }

    /// The number of its type.
    pub fn chunk_type(&self) -> SctpChunkType {
        match *self {
            Self::Data(_) => SctpChunkType::DATA,
            Self::Init(_) => SctpChunkType::INIT,
            Self::InitAck(_) => SctpChunkType::INIT_ACK,
            Self::Sack(_) => SctpChunkType::SACK,
            Self::Heartbeat(_) => SctpChunkType::HEARTBEAT,
            Self::HeartbeatAck(_) => SctpChunkType::HEARTBEAT_ACK,
            Self::Abort { .. } => SctpChunkType::ABORT,
            Self::Shutdown { .. } => SctpChunkType::SHUTDOWN,
            Self::ShutdownAck => SctpChunkType::SHUTDOWN_ACK,
            Self::Error(_) => SctpChunkType::ERROR,
            Self::CookieEcho(_) => SctpChunkType::COOKIE_ECHO,
            Self::CookieAck => SctpChunkType::COOKIE_ACK,
            Self::Ecne { .. } => SctpChunkType::ECNE,
            Self::Cwr { .. } => SctpChunkType::CWR,
            Self::ShutdownComplete { .. } => SctpChunkType::SHUTDOWN_COMPLETE,
            Self::Auth { .. } => SctpChunkType::AUTH,
            Self::NrSack(_) => SctpChunkType::NR_SACK,
            Self::IData(_) => SctpChunkType::I_DATA,
            Self::AsconfAck { .. } => SctpChunkType::ASCONF_ACK,
            Self::ReConfig(_) => SctpChunkType::RE_CONFIG,
            Self::Pad(_) => SctpChunkType::PAD,
            Self::ForwardTsn { .. } => SctpChunkType::FORWARD_TSN,
            Self::Asconf { .. } => SctpChunkType::ASCONF,
            Self::IForwardTsn { .. } => SctpChunkType::I_FORWARD_TSN,
            Self::Unknown { kind, .. } => kind,
        }
    }

    fn flags(&self) -> u8 {
        match *self {
            Self::Data(SctpData { flags, .. }) | Self::IData(SctpIData { flags, .. }) => {
                flags.bits()
            }
            Self::Abort { reflected_tag, .. } | Self::ShutdownComplete { reflected_tag } => {
                reflected_tag.into()
            }
            Self::Unknown { flags, .. } => flags,
            _ => 0,
        }
    }

    fn encode_value(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match *self {
            Self::Data(data) => {
                out.extend(data.tsn.to_be_bytes());
                out.extend(data.stream_identifier.to_be_bytes());
                out.extend(data.stream_sequence_number.to_be_bytes());
                out.extend(data.payload_protocol_identifier.to_be_bytes());
                out.extend_from_slice(data.user_data);
            }
            Self::IData(data) => {
                out.extend(data.tsn.to_be_bytes());
                out.extend(data.stream_identifier.to_be_bytes());
                out.extend(data.reserved.to_be_bytes());
                out.extend(data.message_identifier.to_be_bytes());
                out.extend(data.identifier_or_fragment.to_be_bytes());
                out.extend_from_slice(data.user_data);
            }
            Self::Init(init) | Self::InitAck(init) => encode_init(&init, out),
            Self::Sack(_) | Self::NrSack(_) => self.encode_acknowledgment(out)?,
            Self::Heartbeat(parameters)
            | Self::HeartbeatAck(parameters)
            | Self::ReConfig(parameters) => out.extend_from_slice(parameters.as_bytes()),
            Self::Abort { causes, .. } | Self::Error(causes) => {
                out.extend_from_slice(causes.as_bytes());
            }
            Self::Shutdown { cumulative_tsn_ack: tsn }
            | Self::Ecne { lowest_tsn: tsn }
            | Self::Cwr { lowest_tsn: tsn } => out.extend(tsn.to_be_bytes()),
            Self::ShutdownAck | Self::CookieAck | Self::ShutdownComplete { .. } => {}
            Self::Auth { shared_key_identifier, hmac_identifier, hmac } => {
                out.extend(shared_key_identifier.to_be_bytes());
                out.extend(hmac_identifier.to_be_bytes());
                out.extend_from_slice(hmac);
            }
            Self::AsconfAck { sequence_number, parameters }
            | Self::Asconf { sequence_number, parameters } => {
                out.extend(sequence_number.to_be_bytes());
                out.extend_from_slice(parameters.as_bytes());
            }
            Self::ForwardTsn { new_cumulative_tsn, streams } => {
                out.extend(new_cumulative_tsn.to_be_bytes());
                out.extend_from_slice(streams.as_bytes());
            }
            Self::IForwardTsn { new_cumulative_tsn, streams } => {
                out.extend(new_cumulative_tsn.to_be_bytes());
                out.extend_from_slice(streams.as_bytes());
            }
            Self::CookieEcho(data) | Self::Pad(data) | Self::Unknown { data, .. } => {
                out.extend_from_slice(data);
            }
        }
        Ok(())
    }

    /// `SACK` and `NR-SACK` count what they list.
    fn encode_acknowledgment(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let count = |out: &mut Vec<u8>, field, len: usize| {
            FieldPlace::new("sctp", field).number(out, len as u64, 2)
        };
        match *self {
            Self::Sack(sack) => {
                out.extend(sack.cumulative_tsn_ack.to_be_bytes());
                out.extend(sack.a_rwnd.to_be_bytes());
                count(out, "number of gap ack blocks", sack.gap_ack_blocks.len())?;
                count(out, "number of duplicate TSNs", sack.duplicate_tsns.len())?;
                out.extend_from_slice(sack.gap_ack_blocks.as_bytes());
                out.extend_from_slice(sack.duplicate_tsns.as_bytes());
            }
            Self::NrSack(sack) => {
                out.extend(sack.cumulative_tsn_ack.to_be_bytes());
                out.extend(sack.a_rwnd.to_be_bytes());
                count(out, "number of gap ack blocks", sack.gap_ack_blocks.len())?;
                count(out, "number of NR gap ack blocks", sack.nr_gap_ack_blocks.len())?;
                count(out, "number of duplicate TSNs", sack.duplicate_tsns.len())?;
                out.extend(sack.reserved.to_be_bytes());
                out.extend_from_slice(sack.gap_ack_blocks.as_bytes());
                out.extend_from_slice(sack.nr_gap_ack_blocks.as_bytes());
                out.extend_from_slice(sack.duplicate_tsns.as_bytes());
            }
            _ => {}
        }
        Ok(())
    }
}

fn encode_init(init: &SctpInit<'_>, out: &mut Vec<u8>) {
    out.extend(init.initiate_tag.to_be_bytes());
    out.extend(init.a_rwnd.to_be_bytes());
    out.extend(init.outbound_streams.to_be_bytes());
    out.extend(init.inbound_streams.to_be_bytes());
    out.extend(init.initial_tsn.to_be_bytes());
    out.extend_from_slice(init.parameters.as_bytes());
}

impl SctpCause<'_> {
    /// Appends the cause as it stands on the wire, filled up to four bytes.
    ///
    /// # Errors
    ///
    /// A value does not fit its field.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let start = out.len();
        out.extend(self.code().0.to_be_bytes());
        let length = FieldPlace::new("sctp", "cause length");
        length.with_length_u16(out, tlv::HEADER_LEN, |out| self.encode_value(out))?;
        pad(out, start, 4);
        Ok(())
    }

    /// The number of its code.
    pub fn code(&self) -> SctpCauseCode {
        type Code = SctpCauseCode;
        match *self {
            Self::InvalidStreamIdentifier(_) => Code::INVALID_STREAM_IDENTIFIER,
            Self::MissingMandatoryParameter(_) => Code::MISSING_MANDATORY_PARAMETER,
            Self::StaleCookie(_) => Code::STALE_COOKIE,
            Self::OutOfResource => Code::OUT_OF_RESOURCE,
            Self::UnresolvableAddress(_) => Code::UNRESOLVABLE_ADDRESS,
            Self::UnrecognizedChunkType(_) => Code::UNRECOGNIZED_CHUNK_TYPE,
            Self::InvalidMandatoryParameter => Code::INVALID_MANDATORY_PARAMETER,
            Self::UnrecognizedParameters(_) => Code::UNRECOGNIZED_PARAMETERS,
            Self::NoUserData(_) => Code::NO_USER_DATA,
            Self::CookieReceivedWhileShuttingDown => Code::COOKIE_RECEIVED_WHILE_SHUTTING_DOWN,
            Self::RestartWithNewAddresses(_) => Code::RESTART_WITH_NEW_ADDRESSES,
            Self::UserInitiatedAbort(_) => Code::USER_INITIATED_ABORT,
            Self::ProtocolViolation(_) => Code::PROTOCOL_VIOLATION,
            Self::DeleteLastAddress(_) => Code::DELETE_LAST_ADDRESS,
            Self::ResourceShortage(_) => Code::RESOURCE_SHORTAGE,
            Self::DeleteSourceAddress(_) => Code::DELETE_SOURCE_ADDRESS,
            Self::IllegalAsconfAck(_) => Code::ILLEGAL_ASCONF_ACK,
            Self::NoAuthorization(_) => Code::NO_AUTHORIZATION,
            Self::UnsupportedHmacIdentifier(_) => Code::UNSUPPORTED_HMAC_IDENTIFIER,
            Self::Unknown { code, .. } => code,
        }
    }

    fn encode_value(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match *self {
            Self::InvalidStreamIdentifier(number) => {
                // RFC 9260, section 3.3.10.1: two reserved bytes follow.
                out.extend(number.to_be_bytes());
                out.extend([0; 2]);
            }
            Self::UnsupportedHmacIdentifier(number) => out.extend(number.to_be_bytes()),
            Self::MissingMandatoryParameter(types) => {
                let count = FieldPlace::new("sctp", "number of missing params");
                count.number(out, types.len() as u64, 4)?;
                out.extend_from_slice(types.as_bytes());
            }
            Self::StaleCookie(number) | Self::NoUserData(number) => {
                out.extend(number.to_be_bytes());
            }
            Self::OutOfResource
            | Self::InvalidMandatoryParameter
            | Self::CookieReceivedWhileShuttingDown => {}
            Self::UnresolvableAddress(parameters)
            | Self::UnrecognizedParameters(parameters)
            | Self::RestartWithNewAddresses(parameters)
            | Self::DeleteLastAddress(parameters)
            | Self::ResourceShortage(parameters)
            | Self::DeleteSourceAddress(parameters)
            | Self::NoAuthorization(parameters) => out.extend_from_slice(parameters.as_bytes()),
            Self::UnrecognizedChunkType(chunks) => out.extend_from_slice(chunks.as_bytes()),
            Self::UserInitiatedAbort(data)
            | Self::ProtocolViolation(data)
            | Self::IllegalAsconfAck(data)
            | Self::Unknown { data, .. } => out.extend_from_slice(data),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{ChecksumStatus, Decoder, Fix, Ipv4Header, Layer, LinkType, Sctp, SctpCauses};
    use crate::{SctpChunks, SctpParameter, SctpParameters, serialize_layers};

    fn packet(chunks: &[SctpChunk<'_>], payload: &[u8]) -> Result<Vec<u8>, EncodeError> {
        let header = SctpHeader { source_port: 1.into(), ..Default::default() };
        let sctp = SctpBuilder { header, chunks };
        let mut out = vec![0xaa; 64];
        serialize_layers(&mut out, Fix::all(), &[&Ipv4Header::default(), &sctp], payload)?;
        Ok(out.split_off(64))
    }

    #[test]
    fn bundled_messages_are_written_and_the_payload_is_the_last_of_them() {
        // gopacket defect 31
        let chunks = [
            SctpChunk::Data(SctpData::new(1, 60, b"one")),
            SctpChunk::CookieAck,
            SctpChunk::Data(SctpData::new(2, 60, b"")),
        ];
        let bytes = packet(&chunks, b"three").unwrap();
        assert_eq!(
            bytes[32..],
            *b"\0\x03\0\x13\0\0\0\x01\0\0\0\0\0\0\0\x3cone\0\
              \x0b\0\0\x04\
              \0\x03\0\x15\0\0\0\x02\0\0\0\0\0\0\0\x3cthree\0\0\0"
        );
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::IPV4, &bytes);
        let read = packet.get::<Sctp<'_>>().unwrap();
        let data: Vec<_> = read
            .chunks()
            .filter_map(|chunk| match chunk {
                Ok(SctpChunk::Data(data)) => Some(data.user_data),
                _ => None,
            })
            .collect();
        assert_eq!(data, [&b"one"[..], b"three"]);
        let checksum = packet.verify_checksums().last().unwrap();
        assert_eq!(checksum.status(), ChecksumStatus::Good);
    }

    #[test]
    fn a_payload_needs_a_chunk_to_hold_it() {
        for chunks in [&[][..], &[SctpChunk::CookieAck]] {
            let cause = crate::Malformed::Field { name: "chunk length", value: 5 };
            let error = EncodeError::Malformed { layer: "sctp", cause };
            assert_eq!(packet(chunks, b"three"), Err(error));
        }
        let chunk = [SctpChunk::IData(SctpIData::new(1, 0, b""))];
        let error = EncodeError::TooLarge { layer: "sctp", field: "chunk length", value: 65_536 };
        let sctp = SctpBuilder { chunks: &chunk, ..Default::default() };
        let result = serialize_layers(&mut Vec::new(), Fix::all(), &[&sctp], &vec![0; 65_516]);
        assert_eq!(result, Err(error));
    }

    #[test]
    fn an_association_starts_with_parameters() {
        let mut parameters = Vec::new();
        for parameter in [
            SctpParameter::Ipv4Address([10, 0, 0, 1].into()),
            SctpParameter::StateCookie(b"cookie"),
            SctpParameter::ForwardTsnSupported,
        ] {
            parameter.encode(&mut parameters).unwrap();
        }
        let init = SctpInit {
            initiate_tag: 1,
            a_rwnd: 2,
            outbound_streams: 3,
            inbound_streams: 4,
            initial_tsn: 5,
            parameters: SctpParameters::new(&parameters),
        };
        let bytes = packet(&[SctpChunk::InitAck(init)], b"").unwrap();
        assert_eq!(
            bytes[32..],
            *b"\x02\0\0\x2c\0\0\0\x01\0\0\0\x02\0\x03\0\x04\0\0\0\x05\
              \0\x05\0\x08\x0a\0\0\x01\0\x07\0\x0acookie\0\0\xc0\0\0\x04"
        );
        let read = Sctp::parse(&bytes[20..]).unwrap();
        assert_eq!(read.chunks().next(), Some(Ok(SctpChunk::InitAck(init))));
    }

    proptest! {
        #[test]
        fn any_chunk_read_is_read_again_as_it_was_written(
            kind in prop_oneof![0_u8..20, Just(64), Just(128), Just(130), Just(132), 192_u8..195],
            flags: u8,
            value in prop::collection::vec(any::<u8>(), 0..48),
        ) {
            let length = u8::try_from(value.len() + 4).unwrap();
            let bytes = [&[kind, flags, 0, length][..], &value].concat();
            let chunk = SctpChunks::new(&bytes).next().unwrap().unwrap();
            let mut out = Vec::new();
            chunk.encode(&mut out).unwrap();
            prop_assert_eq!(out.len() % 4, 0);
            prop_assert_eq!(SctpChunks::new(&out).next(), Some(Ok(chunk)));
        }

        #[test]
        fn any_cause_read_is_read_again_as_it_was_written(
            code in prop_oneof![0_u16..16, 0xa0_u16..0xa6, Just(0x105)],
            value in prop::collection::vec(any::<u8>(), 0..24),
        ) {
            let length = u8::try_from(value.len() + 4).unwrap();
            let [high, low] = code.to_be_bytes();
            let bytes = [&[high, low, 0, length][..], &value].concat();
            let cause = SctpCauses::new(&bytes).next().unwrap().unwrap();
            let mut out = Vec::new();
            cause.encode(&mut out).unwrap();
            prop_assert_eq!(SctpCauses::new(&out).next(), Some(Ok(cause)));
        }
    }
}
