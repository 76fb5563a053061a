//! Parameters of SCTP chunks, [RFC 9260](https://www.rfc-editor.org/rfc/rfc9260) section 3.3.2 and
//! [IANA](https://www.iana.org/assignments/sctp-parameters).

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use zerocopy::FromBytes;
use zerocopy::network_endian::U16;

use super::cause::SctpCauses;
use super::chunk::SctpChunkType;
use super::tlv::{Tlv, Tlvs, take, take_u16, take_u32};
use crate::Malformed;
use crate::key::numbers;

/// A parameter type, as IANA assigns them. Any value is legal; those with a name are used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SctpParameterType(pub u16);

numbers! {
    SctpParameterType "parameter {:#06x}" {
        /// What a heartbeat carries.
        HEARTBEAT_INFO = 1 "heartbeat info";
        /// An address of the sender.
        IPV4_ADDRESS = 5 "IPv4 address";
        /// An address of the sender.
        IPV6_ADDRESS = 6 "IPv6 address";
        /// What the peer returns in `COOKIE ECHO`.
        STATE_COOKIE = 7 "state cookie";
        /// A parameter that was not understood.
        UNRECOGNIZED = 8 "unrecognized parameter";
        /// Asks for a longer life of the cookie.
        COOKIE_PRESERVATIVE = 9 "cookie preservative";
        /// A name of the sender; deprecated by RFC 9260.
        HOST_NAME_ADDRESS = 11 "host name address";
        /// Which addresses the sender can use.
        SUPPORTED_ADDRESS_TYPES = 12 "supported address types";
        /// Resets outgoing streams, RFC 6525.
        OUTGOING_SSN_RESET = 13 "outgoing SSN reset request";
        /// Asks the peer to reset its outgoing streams, RFC 6525.
        INCOMING_SSN_RESET = 14 "incoming SSN reset request";
        /// Resets all streams, RFC 6525.
        SSN_TSN_RESET = 15 "SSN/TSN reset request";
        /// Answers a request, RFC 6525.
        RECONFIGURATION_RESPONSE = 16 "re-configuration response";
        /// Adds outgoing streams, RFC 6525.
        ADD_OUTGOING_STREAMS = 17 "add outgoing streams request";
        /// Asks the peer to add outgoing streams, RFC 6525.
        ADD_INCOMING_STREAMS = 18 "add incoming streams request";
        /// Explicit congestion notification.
        ECN_CAPABLE = 0x8000 "ECN capable";
        /// Takes packets without a checksum, RFC 9653.
        ZERO_CHECKSUM_ACCEPTABLE = 0x8001 "zero checksum acceptable";
        /// Part of the key, RFC 4895.
        RANDOM = 0x8002 "random";
        /// Which chunks must be authenticated, RFC 4895.
        CHUNK_LIST = 0x8003 "chunk list";
        /// Which algorithms the sender can use, RFC 4895.
        REQUESTED_HMAC_ALGORITHM = 0x8004 "requested HMAC algorithm";
        /// Takes up space, RFC 4820.
        PADDING = 0x8005 "padding";
        /// Which chunks beyond the basic ones the sender understands, RFC 5061.
        SUPPORTED_EXTENSIONS = 0x8008 "supported extensions";
        /// Partial reliability, RFC 3758.
        FORWARD_TSN_SUPPORTED = 0xc000 "forward TSN supported";
        /// Adds an address, RFC 5061.
        ADD_IP_ADDRESS = 0xc001 "add IP address";
        /// Takes an address away, RFC 5061.
        DELETE_IP_ADDRESS = 0xc002 "delete IP address";
        /// Refuses a request, RFC 5061.
        ERROR_CAUSE_INDICATION = 0xc003 "error cause indication";
        /// Prefers an address, RFC 5061.
        SET_PRIMARY_ADDRESS = 0xc004 "set primary address";
        /// Grants a request, RFC 5061.
        SUCCESS_INDICATION = 0xc005 "success indication";
        /// What the user of the association makes of it, RFC 5061.
        ADAPTATION_LAYER_INDICATION = 0xc006 "adaptation layer indication";
    }
}

/// One parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SctpParameter<'a> {
    HeartbeatInfo(&'a [u8]),
    Ipv4Address(Ipv4Addr),
    Ipv6Address(Ipv6Addr),
    StateCookie(&'a [u8]),
    /// With the parameter in question.
    Unrecognized(SctpParameters<'a>),
    /// In milliseconds.
    CookiePreservative(u32),
    /// Without the zero byte that ends it.
    HostNameAddress(&'a [u8]),
    /// By the types of the parameters that carry them.
    SupportedAddressTypes(&'a [U16]),
    OutgoingSsnReset {
        request_sequence_number: u32,
        response_sequence_number: u32,
        senders_last_assigned_tsn: u32,
        /// All, if there is none.
        streams: &'a [U16],
    },
    IncomingSsnReset {
        request_sequence_number: u32,
        /// All, if there is none.
        streams: &'a [U16],
    },
    SsnTsnReset {
        request_sequence_number: u32,
    },
    ReconfigurationResponse {
        response_sequence_number: u32,
        /// 0 and 1 are success, 6 is yet to come: RFC 6525, section 4.4.
        result: u32,
        next_tsns: Option<SctpNextTsns>,
    },
    AddOutgoingStreams {
        request_sequence_number: u32,
        count: u16,
        reserved: u16,
    },
    AddIncomingStreams {
        request_sequence_number: u32,
        count: u16,
        reserved: u16,
    },
    EcnCapable,
    ZeroChecksumAcceptable {
        error_detection_method: u32,
    },
    Random(&'a [u8]),
    ChunkList(&'a [SctpChunkType]),
    RequestedHmacAlgorithm(&'a [U16]),
    Padding(&'a [u8]),
    SupportedExtensions(&'a [SctpChunkType]),
    ForwardTsnSupported,
    AddIpAddress {
        correlation_id: u32,
        address: SctpParameters<'a>,
    },
    DeleteIpAddress {
        correlation_id: u32,
        address: SctpParameters<'a>,
    },
    ErrorCauseIndication {
        correlation_id: u32,
        causes: SctpCauses<'a>,
    },
    SetPrimaryAddress {
        correlation_id: u32,
        address: SctpParameters<'a>,
    },
    SuccessIndication {
        correlation_id: u32,
    },
    AdaptationLayerIndication(u32),
    /// A type that has no entry here, or not the length of its type.
    Unknown {
        kind: SctpParameterType,
        data: &'a [u8],
    },
}

/// Where both sides go on after a reset, RFC 6525 section 4.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SctpNextTsns {
    pub sender: u32,
    pub receiver: u32,
}

/// The parameters of a chunk, or within a parameter or cause. Ends behind the first error of a
/// length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SctpParameters<'a>(Tlvs<'a>);

impl<'a> SctpParameters<'a> {
    /// The parameters that stand in these bytes, as `encode` of each appends them.
    pub fn new(parameters: &'a [u8]) -> Self {
        Self(Tlvs::new(parameters, "parameter length"))
    }

    /// The bytes that are not yet read.
    pub(super) fn as_bytes(&self) -> &'a [u8] {
        self.0.rest()
    }

    /// The same, not yet understood, in a layer where they start at `at`.
    pub(super) fn tlvs_at(self, at: usize) -> Tlvs<'a> {
        self.0.moved_to(at)
    }
}

#[allow(clippy::copy_iterator, reason = "so that what holds a list can be copied")]
impl<'a> Iterator for SctpParameters<'a> {
    type Item = Result<SctpParameter<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.0.next_whole()?.map(|tlv| understand(&tlv)))
    }
}

pub(super) fn understand<'a>(tlv: &Tlv<'a>) -> SctpParameter<'a> {
    let kind = SctpParameterType(tlv.kind());
    known(kind, tlv.value).unwrap_or(SctpParameter::Unknown { kind, data: tlv.value })
}

fn known(kind: SctpParameterType, value: &[u8]) -> Option<SctpParameter<'_>> {
    type Type = SctpParameterType;
    let mut rest = value;
    Some(match kind {
        Type::HEARTBEAT_INFO => SctpParameter::HeartbeatInfo(value),
        Type::IPV4_ADDRESS => SctpParameter::Ipv4Address((*take::<[u8; 4]>(&mut rest)?).into()),
        Type::IPV6_ADDRESS => SctpParameter::Ipv6Address((*take::<[u8; 16]>(&mut rest)?).into()),
        Type::STATE_COOKIE => SctpParameter::StateCookie(value),
        Type::UNRECOGNIZED => SctpParameter::Unrecognized(SctpParameters::new(value)),
        Type::COOKIE_PRESERVATIVE => SctpParameter::CookiePreservative(take_u32(&mut rest)?),
        Type::HOST_NAME_ADDRESS => {
            SctpParameter::HostNameAddress(value.split(|&byte| byte == 0).next()?)
        }
        Type::SUPPORTED_ADDRESS_TYPES => SctpParameter::SupportedAddressTypes(list(value)?),
        Type::ECN_CAPABLE => SctpParameter::EcnCapable,
        Type::ZERO_CHECKSUM_ACCEPTABLE => {
            SctpParameter::ZeroChecksumAcceptable { error_detection_method: take_u32(&mut rest)? }
        }
        Type::RANDOM => SctpParameter::Random(value),
        Type::CHUNK_LIST => SctpParameter::ChunkList(types(value)?),
        Type::REQUESTED_HMAC_ALGORITHM => SctpParameter::RequestedHmacAlgorithm(list(value)?),
        Type::PADDING => SctpParameter::Padding(value),
        Type::SUPPORTED_EXTENSIONS => SctpParameter::SupportedExtensions(types(value)?),
        Type::FORWARD_TSN_SUPPORTED => SctpParameter::ForwardTsnSupported,
        Type::ADAPTATION_LAYER_INDICATION => {
            SctpParameter::AdaptationLayerIndication(take_u32(&mut rest)?)
        }
        _ => return reconfiguration(kind, value).or_else(|| address_change(kind, value)),
    })
}

/// The requests and answers of `RE-CONFIG`.
fn reconfiguration(kind: SctpParameterType, mut rest: &[u8]) -> Option<SctpParameter<'_>> {
    let sequence_number = take_u32(&mut rest)?;
    let request_sequence_number = sequence_number;
    Some(match kind {
        SctpParameterType::OUTGOING_SSN_RESET => SctpParameter::OutgoingSsnReset {
            request_sequence_number,
            response_sequence_number: take_u32(&mut rest)?,
            senders_last_assigned_tsn: take_u32(&mut rest)?,
            streams: list(rest)?,
        },
        SctpParameterType::INCOMING_SSN_RESET => {
            SctpParameter::IncomingSsnReset { request_sequence_number, streams: list(rest)? }
        }
        SctpParameterType::SSN_TSN_RESET => SctpParameter::SsnTsnReset { request_sequence_number },
        SctpParameterType::RECONFIGURATION_RESPONSE => {
            let (response_sequence_number, result) = (sequence_number, take_u32(&mut rest)?);
            let sender = take_u32(&mut rest);
            let next_tsns = sender.zip(take_u32(&mut rest));
            let next_tsns = next_tsns.map(|(sender, receiver)| SctpNextTsns { sender, receiver });
            SctpParameter::ReconfigurationResponse { response_sequence_number, result, next_tsns }
        }
        SctpParameterType::ADD_OUTGOING_STREAMS => {
            let (count, reserved) = (take_u16(&mut rest)?, take_u16(&mut rest)?);
            SctpParameter::AddOutgoingStreams { request_sequence_number, count, reserved }
        }
        SctpParameterType::ADD_INCOMING_STREAMS => {
            let (count, reserved) = (take_u16(&mut rest)?, take_u16(&mut rest)?);
            SctpParameter::AddIncomingStreams { request_sequence_number, count, reserved }
        }
        _ => return None,
    })
}

/// The requests and answers of `ASCONF`.
fn address_change(kind: SctpParameterType, mut rest: &[u8]) -> Option<SctpParameter<'_>> {
    let correlation_id = take_u32(&mut rest)?;
    let address = SctpParameters::new(rest);
    Some(match kind {
        SctpParameterType::ADD_IP_ADDRESS => {
            SctpParameter::AddIpAddress { correlation_id, address }
        }
        SctpParameterType::DELETE_IP_ADDRESS => {
            SctpParameter::DeleteIpAddress { correlation_id, address }
        }
        SctpParameterType::ERROR_CAUSE_INDICATION => {
            SctpParameter::ErrorCauseIndication { correlation_id, causes: SctpCauses::new(rest) }
        }
        SctpParameterType::SET_PRIMARY_ADDRESS => {
            SctpParameter::SetPrimaryAddress { correlation_id, address }
        }
        SctpParameterType::SUCCESS_INDICATION => {
            SctpParameter::SuccessIndication { correlation_id }
        }
        _ => return None,
    })
}

fn list(value: &[u8]) -> Option<&[U16]> {
    <[U16]>::ref_from_bytes(value).ok()
}

fn types(value: &[u8]) -> Option<&[SctpChunkType]> {
    <[SctpChunkType]>::ref_from_bytes(value).ok()
}
