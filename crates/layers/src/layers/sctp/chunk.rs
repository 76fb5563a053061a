//! Chunks of SCTP, [RFC 9260](https://www.rfc-editor.org/rfc/rfc9260) section 3.3 and
//! [IANA](https://www.iana.org/assignments/sctp-parameters).

use std::fmt;

use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::cause::SctpCauses;
use super::data::{SctpData, SctpIData};
use super::parameter::SctpParameters;
use super::sack::{SctpNrSack, SctpSack};
use super::tlv::{Tlv, Tlvs, take_slice, take_u16, take_u32};
use crate::Malformed;
use crate::key::numbers;

/// A chunk type, as IANA assigns them. Any value is legal; those with a name are used here.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(transparent)]
pub struct SctpChunkType(pub u8);

numbers! {
    SctpChunkType "chunk {}" {
        /// Part of a user message, or all of it.
        DATA = 0 "DATA";
        /// Starts an association.
        INIT = 1 "INIT";
        /// Answers `INIT`.
        INIT_ACK = 2 "INIT ACK";
        /// Tells which data has come in.
        SACK = 3 "SACK";
        /// Asks whether an address can be reached.
        HEARTBEAT = 4 "HEARTBEAT";
        /// Answers `HEARTBEAT`.
        HEARTBEAT_ACK = 5 "HEARTBEAT ACK";
        /// Ends an association at once.
        ABORT = 6 "ABORT";
        /// Starts the end of an association.
        SHUTDOWN = 7 "SHUTDOWN";
        /// Answers `SHUTDOWN`.
        SHUTDOWN_ACK = 8 "SHUTDOWN ACK";
        /// Tells of an error.
        ERROR = 9 "ERROR";
        /// Returns the state cookie.
        COOKIE_ECHO = 10 "COOKIE ECHO";
        /// Answers `COOKIE ECHO`.
        COOKIE_ACK = 11 "COOKIE ACK";
        /// Echoes that congestion was experienced.
        ECNE = 12 "ECNE";
        /// Tells that the congestion window was reduced.
        CWR = 13 "CWR";
        /// Answers `SHUTDOWN ACK`.
        SHUTDOWN_COMPLETE = 14 "SHUTDOWN COMPLETE";
        /// Authenticates the chunks behind it, RFC 4895.
        AUTH = 15 "AUTH";
        /// `SACK` with blocks that will not be revoked.
        NR_SACK = 16 "NR-SACK";
        /// `DATA` whose messages can be interleaved, RFC 8260.
        I_DATA = 64 "I-DATA";
        /// Answers `ASCONF`.
        ASCONF_ACK = 128 "ASCONF-ACK";
        /// Resets or adds streams, RFC 6525.
        RE_CONFIG = 130 "RE-CONFIG";
        /// Takes up space, RFC 4820.
        PAD = 132 "PAD";
        /// Gives up on data, RFC 3758.
        FORWARD_TSN = 192 "FORWARD-TSN";
        /// Changes addresses, RFC 5061.
        ASCONF = 193 "ASCONF";
        /// `FORWARD-TSN` for `I-DATA`, RFC 8260.
        I_FORWARD_TSN = 194 "I-FORWARD-TSN";
    }
}

/// One chunk. Those cut short by the end of the packet are here if they make sense that way, with
/// short user data or a list that ends in an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SctpChunk<'a> {
    Data(SctpData<'a>),
    Init(SctpInit<'a>),
    InitAck(SctpInit<'a>),
    Sack(SctpSack<'a>),
    /// With the information that the peer returns as it is.
    Heartbeat(SctpParameters<'a>),
    HeartbeatAck(SctpParameters<'a>),
    /// With the T bit: whether the verification tag is the sender's own, for lack of another.
    Abort {
        reflected_tag: bool,
        causes: SctpCauses<'a>,
    },
    Shutdown {
        cumulative_tsn_ack: u32,
    },
    ShutdownAck,
    Error(SctpCauses<'a>),
    CookieEcho(&'a [u8]),
    CookieAck,
    Ecne {
        lowest_tsn: u32,
    },
    Cwr {
        lowest_tsn: u32,
    },
    /// With the T bit, as in `Abort`.
    ShutdownComplete {
        reflected_tag: bool,
    },
    Auth {
        shared_key_identifier: u16,
        hmac_identifier: u16,
        hmac: &'a [u8],
    },
    NrSack(SctpNrSack<'a>),
    IData(SctpIData<'a>),
    /// With the answers to the requests of `Asconf`.
    AsconfAck {
        sequence_number: u32,
        parameters: SctpParameters<'a>,
    },
    ReConfig(SctpParameters<'a>),
    Pad(&'a [u8]),
    ForwardTsn {
        new_cumulative_tsn: u32,
        streams: &'a [SctpForwardedStream],
    },
    /// With an address that names the association, then the requests.
    Asconf {
        sequence_number: u32,
        parameters: SctpParameters<'a>,
    },
    IForwardTsn {
        new_cumulative_tsn: u32,
        streams: &'a [SctpIForwardedStream],
    },
    /// A type that has no entry here, or not the length of its type.
    Unknown {
        kind: SctpChunkType,
        flags: u8,
        data: &'a [u8],
    },
}

/// What an endpoint says of itself when an association starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SctpInit<'a> {
    /// The verification tag of what the peer will send.
    pub initiate_tag: u32,
    /// Advertised receiver window credit, in bytes.
    pub a_rwnd: u32,
    pub outbound_streams: u16,
    pub inbound_streams: u16,
    pub initial_tsn: u32,
    pub parameters: SctpParameters<'a>,
}

/// The last message given up on in one stream.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct SctpForwardedStream {
    pub stream_identifier: U16,
    pub stream_sequence_number: U16,
}

/// The last message given up on in one stream whose messages can be interleaved.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct SctpIForwardedStream {
    pub stream_identifier: U16,
    /// The lowest bit says whether the message is unordered.
    pub flags: U16,
    pub message_identifier: U32,
}

impl SctpIForwardedStream {
    /// Whether the message is unordered.
    pub fn is_unordered(&self) -> bool {
        self.flags.get() & 1 != 0
    }

    /// Writes [`is_unordered`](Self::is_unordered).
    pub fn set_unordered(&mut self, unordered: bool) {
        self.flags.set(self.flags.get() & !0x0001 | u16::from(unordered));
    }
}

/// The chunks of a packet. Ends behind the first error of a length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SctpChunks<'a>(Tlvs<'a>);

impl<'a> SctpChunks<'a> {
    /// The chunks that stand in these bytes, as `encode` of each appends them.
    pub fn new(chunks: &'a [u8]) -> Self {
        Self(Tlvs::new(chunks, "chunk length"))
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
impl<'a> Iterator for SctpChunks<'a> {
    type Item = Result<SctpChunk<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.0.next()?.map(|tlv| understand(&tlv)) {
            Ok(Some(chunk)) => Some(Ok(chunk)),
            Ok(None) => self.0.take_error().map(Err),
            Err(error) => Some(Err(error)),
        }
    }
}

/// What a chunk says; nothing if too little of it is left to tell.
pub(super) fn understand<'a>(tlv: &Tlv<'a>) -> Option<SctpChunk<'a>> {
    let [kind, flags] = tlv.head;
    let kind = SctpChunkType(kind);
    let unknown = || SctpChunk::Unknown { kind, flags, data: tlv.value };
    known(kind, flags, tlv).or_else(|| (!tlv.is_cut()).then(unknown))
}

fn known<'a>(kind: SctpChunkType, flags: u8, tlv: &Tlv<'a>) -> Option<SctpChunk<'a>> {
    let value = tlv.value;
    let whole = (!tlv.is_cut()).then_some(value);
    let mut rest = value;
    Some(match kind {
        SctpChunkType::DATA => SctpChunk::Data(SctpData::read(flags, tlv)?),
        SctpChunkType::INIT => SctpChunk::Init(init(value)?),
        SctpChunkType::INIT_ACK => SctpChunk::InitAck(init(value)?),
        SctpChunkType::SACK => SctpChunk::Sack(SctpSack::read(value)?),
        SctpChunkType::HEARTBEAT => SctpChunk::Heartbeat(SctpParameters::new(value)),
        SctpChunkType::HEARTBEAT_ACK => SctpChunk::HeartbeatAck(SctpParameters::new(value)),
        SctpChunkType::ABORT => {
            SctpChunk::Abort { reflected_tag: flags & 1 != 0, causes: SctpCauses::new(value) }
        }
        SctpChunkType::SHUTDOWN => SctpChunk::Shutdown { cumulative_tsn_ack: take_u32(&mut rest)? },
        SctpChunkType::SHUTDOWN_ACK => SctpChunk::ShutdownAck,
        SctpChunkType::ERROR => SctpChunk::Error(SctpCauses::new(value)),
        SctpChunkType::COOKIE_ECHO => SctpChunk::CookieEcho(whole?),
        SctpChunkType::COOKIE_ACK => SctpChunk::CookieAck,
        SctpChunkType::ECNE => SctpChunk::Ecne { lowest_tsn: take_u32(&mut rest)? },
        SctpChunkType::CWR => SctpChunk::Cwr { lowest_tsn: take_u32(&mut rest)? },
        SctpChunkType::SHUTDOWN_COMPLETE => {
            SctpChunk::ShutdownComplete { reflected_tag: flags & 1 != 0 }
        }
        SctpChunkType::AUTH => {
            let mut rest = whole?;
            let shared_key_identifier = take_u16(&mut rest)?;
            let hmac_identifier = take_u16(&mut rest)?;
            SctpChunk::Auth { shared_key_identifier, hmac_identifier, hmac: rest }
        }
        SctpChunkType::NR_SACK => SctpChunk::NrSack(SctpNrSack::read(value)?),
        SctpChunkType::I_DATA => SctpChunk::IData(SctpIData::read(flags, tlv)?),
        SctpChunkType::ASCONF_ACK => {
            let sequence_number = take_u32(&mut rest)?;
            SctpChunk::AsconfAck { sequence_number, parameters: SctpParameters::new(rest) }
        }
        SctpChunkType::RE_CONFIG => SctpChunk::ReConfig(SctpParameters::new(value)),
        SctpChunkType::PAD => SctpChunk::Pad(whole?),
        SctpChunkType::FORWARD_TSN => {
            let new_cumulative_tsn = take_u32(&mut rest)?;
            SctpChunk::ForwardTsn { new_cumulative_tsn, streams: streams(rest)? }
        }
        SctpChunkType::ASCONF => {
            let sequence_number = take_u32(&mut rest)?;
            SctpChunk::Asconf { sequence_number, parameters: SctpParameters::new(rest) }
        }
        SctpChunkType::I_FORWARD_TSN => {
            let new_cumulative_tsn = take_u32(&mut rest)?;
            SctpChunk::IForwardTsn { new_cumulative_tsn, streams: streams(rest)? }
        }
        _ => return None,
    })
}

fn init(mut rest: &[u8]) -> Option<SctpInit<'_>> {
    Some(SctpInit {
        initiate_tag: take_u32(&mut rest)?,
        a_rwnd: take_u32(&mut rest)?,
        outbound_streams: take_u16(&mut rest)?,
        inbound_streams: take_u16(&mut rest)?,
        initial_tsn: take_u32(&mut rest)?,
        parameters: SctpParameters::new(rest),
    })
}

/// As many streams as there are, whole ones.
fn streams<T: FromBytes + Immutable + Unaligned>(mut rest: &[u8]) -> Option<&[T]> {
    let count = rest.len().checked_div(size_of::<T>())?;
    take_slice(&mut rest, count)
}
