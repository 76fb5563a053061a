//! Error causes of SCTP, [RFC 9260](https://www.rfc-editor.org/rfc/rfc9260) section 3.3.10 and
//! [IANA](https://www.iana.org/assignments/sctp-parameters).

use std::fmt;

use zerocopy::network_endian::U16;

use super::chunk::SctpChunks;
use super::parameter::SctpParameters;
use super::tlv::{Tlv, Tlvs, take_slice, take_u16, take_u32};
use crate::Malformed;
use crate::key::numbers;

/// The code of an error cause, as IANA assigns them. Any value is legal; those with a name are used
/// here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SctpCauseCode(pub u16);

numbers! {
    SctpCauseCode "cause {:#06x}" {
        /// Data in a stream that does not exist.
        INVALID_STREAM_IDENTIFIER = 1 "invalid stream identifier";
        /// A parameter is missing.
        MISSING_MANDATORY_PARAMETER = 2 "missing mandatory parameter";
        /// The cookie has expired.
        STALE_COOKIE = 3 "stale cookie";
        /// Out of resource.
        OUT_OF_RESOURCE = 4 "out of resource";
        /// An address cannot be resolved.
        UNRESOLVABLE_ADDRESS = 5 "unresolvable address";
        /// A chunk was not understood.
        UNRECOGNIZED_CHUNK_TYPE = 6 "unrecognized chunk type";
        /// A parameter has an invalid value.
        INVALID_MANDATORY_PARAMETER = 7 "invalid mandatory parameter";
        /// Parameters were not understood.
        UNRECOGNIZED_PARAMETERS = 8 "unrecognized parameters";
        /// A `DATA` chunk without data.
        NO_USER_DATA = 9 "no user data";
        /// A cookie during shutdown.
        COOKIE_RECEIVED_WHILE_SHUTTING_DOWN = 10 "cookie received while shutting down";
        /// A restart would add addresses.
        RESTART_WITH_NEW_ADDRESSES = 11 "restart of an association with new addresses";
        /// The user of the association ended it.
        USER_INITIATED_ABORT = 12 "user-initiated abort";
        /// The peer violates the protocol.
        PROTOCOL_VIOLATION = 13 "protocol violation";
        /// The last address cannot be deleted, RFC 5061.
        DELETE_LAST_ADDRESS = 0xa0 "request to delete last remaining IP address";
        /// Out of resource, RFC 5061.
        RESOURCE_SHORTAGE = 0xa1 "operation refused due to resource shortage";
        /// The source address cannot be deleted, RFC 5061.
        DELETE_SOURCE_ADDRESS = 0xa2 "request to delete source IP address";
        /// An answer that fits no request, RFC 5061.
        ILLEGAL_ASCONF_ACK = 0xa3 "association aborted due to illegal ASCONF-ACK";
        /// No authorization, RFC 5061.
        NO_AUTHORIZATION = 0xa4 "request refused - no authorization";
        /// An algorithm that is not supported, RFC 4895.
        UNSUPPORTED_HMAC_IDENTIFIER = 0x105 "unsupported HMAC identifier";
    }
}

/// One error cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SctpCause<'a> {
    InvalidStreamIdentifier(u16),
    /// With the types of the parameters.
    MissingMandatoryParameter(&'a [U16]),
    /// By how many microseconds.
    StaleCookie(u32),
    OutOfResource,
    UnresolvableAddress(SctpParameters<'a>),
    UnrecognizedChunkType(SctpChunks<'a>),
    InvalidMandatoryParameter,
    UnrecognizedParameters(SctpParameters<'a>),
    /// With the TSN of the chunk.
    NoUserData(u32),
    CookieReceivedWhileShuttingDown,
    RestartWithNewAddresses(SctpParameters<'a>),
    /// With the reason that the user gave.
    UserInitiatedAbort(&'a [u8]),
    ProtocolViolation(&'a [u8]),
    /// With the request, like the next two.
    DeleteLastAddress(SctpParameters<'a>),
    ResourceShortage(SctpParameters<'a>),
    DeleteSourceAddress(SctpParameters<'a>),
    IllegalAsconfAck(&'a [u8]),
    /// With the request.
    NoAuthorization(SctpParameters<'a>),
    UnsupportedHmacIdentifier(u16),
    /// A code that has no entry here, or not the length of its code.
    Unknown {
        code: SctpCauseCode,
        data: &'a [u8],
    },
}

/// The causes of an `ERROR` or `ABORT` chunk. Ends behind the first error of a length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SctpCauses<'a>(Tlvs<'a>);

impl<'a> SctpCauses<'a> {
    /// The causes that stand in these bytes, as `encode` of each appends them.
    pub fn new(causes: &'a [u8]) -> Self {
        Self(Tlvs::new(causes, "cause length"))
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
impl<'a> Iterator for SctpCauses<'a> {
    type Item = Result<SctpCause<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.0.next_whole()?.map(|tlv| understand(&tlv)))
    }
}

pub(super) fn understand<'a>(tlv: &Tlv<'a>) -> SctpCause<'a> {
    let code = SctpCauseCode(tlv.kind());
    known(code, tlv.value).unwrap_or(SctpCause::Unknown { code, data: tlv.value })
}

fn known(code: SctpCauseCode, value: &[u8]) -> Option<SctpCause<'_>> {
    type Code = SctpCauseCode;
    let mut rest = value;
    let parameters = SctpParameters::new(value);
    Some(match code {
        Code::INVALID_STREAM_IDENTIFIER => SctpCause::InvalidStreamIdentifier(take_u16(&mut rest)?),
        Code::MISSING_MANDATORY_PARAMETER => {
            let count = usize::try_from(take_u32(&mut rest)?).ok()?;
            SctpCause::MissingMandatoryParameter(take_slice(&mut rest, count)?)
        }
        Code::STALE_COOKIE => SctpCause::StaleCookie(take_u32(&mut rest)?),
        Code::OUT_OF_RESOURCE => SctpCause::OutOfResource,
        Code::UNRESOLVABLE_ADDRESS => SctpCause::UnresolvableAddress(parameters),
        Code::UNRECOGNIZED_CHUNK_TYPE => SctpCause::UnrecognizedChunkType(SctpChunks::new(value)),
        Code::INVALID_MANDATORY_PARAMETER => SctpCause::InvalidMandatoryParameter,
        Code::UNRECOGNIZED_PARAMETERS => SctpCause::UnrecognizedParameters(parameters),
        Code::NO_USER_DATA => SctpCause::NoUserData(take_u32(&mut rest)?),
        Code::COOKIE_RECEIVED_WHILE_SHUTTING_DOWN => SctpCause::CookieReceivedWhileShuttingDown,
        Code::RESTART_WITH_NEW_ADDRESSES => SctpCause::RestartWithNewAddresses(parameters),
        Code::USER_INITIATED_ABORT => SctpCause::UserInitiatedAbort(value),
        Code::PROTOCOL_VIOLATION => SctpCause::ProtocolViolation(value),
        Code::DELETE_LAST_ADDRESS => SctpCause::DeleteLastAddress(parameters),
        Code::RESOURCE_SHORTAGE => SctpCause::ResourceShortage(parameters),
        Code::DELETE_SOURCE_ADDRESS => SctpCause::DeleteSourceAddress(parameters),
        Code::ILLEGAL_ASCONF_ACK => SctpCause::IllegalAsconfAck(value),
        Code::NO_AUTHORIZATION => SctpCause::NoAuthorization(parameters),
        Code::UNSUPPORTED_HMAC_IDENTIFIER => {
            SctpCause::UnsupportedHmacIdentifier(take_u16(&mut rest)?)
        }
        _ => return None,
    })
}
