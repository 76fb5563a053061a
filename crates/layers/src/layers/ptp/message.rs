//! What messages of PTP say, [IEEE Std 1588](https://standards.ieee.org/ieee/1588/6825/) sections 13.5
//! to 13.12.

use zerocopy::network_endian::{I16, U16, U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::{PtpMessageType, PtpPortIdentity};

/// Bytes that peer delay requests have to be as long as their responses.
const PEER_RESERVED_LEN: usize = 10;

/// A time.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(C)]
pub struct PtpTimestamp {
    pub seconds_bytes: [u8; 6],
    pub nanoseconds: U32,
}

impl PtpTimestamp {
    /// Seconds, 48 bits.
    pub fn seconds(&self) -> u64 {
        let [a, b, c, d, e, f] = self.seconds_bytes;
        u64::from_be_bytes([0, 0, a, b, c, d, e, f])
    }

    /// Writes the seconds, their low 48 bits.
    pub fn set_seconds(&mut self, seconds: u64) {
        let [_, _, bytes @ ..] = seconds.to_be_bytes();
        self.seconds_bytes = bytes;
    }
}

/// How good a clock is.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(C)]
pub struct PtpAnnounce {
    pub origin_timestamp: PtpTimestamp,
    /// Seconds.
    pub current_utc_offset: I16,
    pub reserved: u8,
    pub grandmaster_priority_1: u8,
    pub grandmaster_clock_class: u8,
    pub grandmaster_clock_accuracy: u8,
    pub grandmaster_clock_variance: U16,
    pub grandmaster_priority_2: u8,
    pub grandmaster_identity: U64,
    pub steps_removed: U16,
    pub time_source: u8,
}

/// What a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PtpMessage {
    Sync(PtpTimestamp),
    DelayRequest(PtpTimestamp),
    PeerDelayRequest(PtpTimestamp),
    /// When the request arrived, and whose it was; so in the next three.
    PeerDelayResponse(PtpTimestamp, PtpPortIdentity),
    FollowUp(PtpTimestamp),
    DelayResponse(PtpTimestamp, PtpPortIdentity),
    PeerDelayResponseFollowUp(PtpTimestamp, PtpPortIdentity),
    Announce(PtpAnnounce),
    /// To a port; TLVs follow.
    Signaling(PtpPortIdentity),
    /// To a port; a TLV follows. 0 gets, 1 sets, 2 answers, 3 commands, 4 acknowledges.
    Management {
        target: PtpPortIdentity,
        starting_hops: u8,
        hops: u8,
        action: u8,
    },
    /// A message that has no entry here, or is cut short.
    Other(PtpMessageType),
}

impl Default for PtpMessage {
    fn default() -> Self {
        Self::Sync(PtpTimestamp::default())
    }
}

/// Bytes of what a message says, up to its TLVs.
pub(super) fn len(message_type: PtpMessageType) -> usize {
    let (time, port) = (size_of::<PtpTimestamp>(), size_of::<PtpPortIdentity>());
    match message_type {
        PtpMessageType::SYNC | PtpMessageType::DELAY_REQUEST | PtpMessageType::FOLLOW_UP => time,
        PtpMessageType::PEER_DELAY_REQUEST => time.saturating_add(PEER_RESERVED_LEN),
        PtpMessageType::PEER_DELAY_RESPONSE
        | PtpMessageType::DELAY_RESPONSE
        | PtpMessageType::PEER_DELAY_RESPONSE_FOLLOW_UP => time.saturating_add(port),
        PtpMessageType::ANNOUNCE => size_of::<PtpAnnounce>(),
        PtpMessageType::SIGNALING => port,
        PtpMessageType::MANAGEMENT => port.saturating_add(4),
        _ => 0,
    }
}

pub(super) fn understand(message_type: PtpMessageType, body: &[u8]) -> PtpMessage {
    let time = || PtpTimestamp::read_from_prefix(body).ok().map(|(time, _)| time);
    let answer = || {
        let (time, rest) = PtpTimestamp::read_from_prefix(body).ok()?;
        Some((time, PtpPortIdentity::read_from_prefix(rest).ok()?.0))
    };
    let known = match message_type {
        PtpMessageType::SYNC => time().map(PtpMessage::Sync),
        PtpMessageType::DELAY_REQUEST => time().map(PtpMessage::DelayRequest),
        PtpMessageType::PEER_DELAY_REQUEST => time().map(PtpMessage::PeerDelayRequest),
        PtpMessageType::PEER_DELAY_RESPONSE => {
            answer().map(|(time, port)| PtpMessage::PeerDelayResponse(time, port))
        }
        PtpMessageType::FOLLOW_UP => time().map(PtpMessage::FollowUp),
        PtpMessageType::DELAY_RESPONSE => {
            answer().map(|(time, port)| PtpMessage::DelayResponse(time, port))
        }
        PtpMessageType::PEER_DELAY_RESPONSE_FOLLOW_UP => {
            answer().map(|(time, port)| PtpMessage::PeerDelayResponseFollowUp(time, port))
        }
        PtpMessageType::ANNOUNCE => PtpAnnounce::read_from_prefix(body)
            .ok()
            .map(|(announce, _)| PtpMessage::Announce(announce)),
        PtpMessageType::SIGNALING => PtpPortIdentity::read_from_prefix(body)
            .ok()
            .map(|(port, _)| PtpMessage::Signaling(port)),
        PtpMessageType::MANAGEMENT => management(body),
        _ => None,
    };
    known.unwrap_or(PtpMessage::Other(message_type))
}

fn management(body: &[u8]) -> Option<PtpMessage> {
    let (target, rest) = PtpPortIdentity::read_from_prefix(body).ok()?;
    let &[starting_hops, hops, action, ..] = rest else { return None };
    Some(PtpMessage::Management { target, starting_hops, hops, action: action & 0x0f })
}

impl PtpMessage {
    /// What the message is.
    pub fn message_type(&self) -> PtpMessageType {
        match *self {
            Self::Sync(_) => PtpMessageType::SYNC,
            Self::DelayRequest(_) => PtpMessageType::DELAY_REQUEST,
            Self::PeerDelayRequest(_) => PtpMessageType::PEER_DELAY_REQUEST,
            Self::PeerDelayResponse(..) => PtpMessageType::PEER_DELAY_RESPONSE,
            Self::FollowUp(_) => PtpMessageType::FOLLOW_UP,
            Self::DelayResponse(..) => PtpMessageType::DELAY_RESPONSE,
            Self::PeerDelayResponseFollowUp(..) => PtpMessageType::PEER_DELAY_RESPONSE_FOLLOW_UP,
            Self::Announce(_) => PtpMessageType::ANNOUNCE,
            Self::Signaling(_) => PtpMessageType::SIGNALING,
            Self::Management { .. } => PtpMessageType::MANAGEMENT,
            Self::Other(message_type) => message_type,
        }
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Sync(time) | Self::DelayRequest(time) | Self::FollowUp(time) => {
                out.extend_from_slice(time.as_bytes());
            }
            Self::PeerDelayRequest(time) => {
                out.extend_from_slice(time.as_bytes());
                out.extend_from_slice(&[0; PEER_RESERVED_LEN]);
            }
            Self::PeerDelayResponse(time, port)
            | Self::DelayResponse(time, port)
            | Self::PeerDelayResponseFollowUp(time, port) => {
                out.extend_from_slice(time.as_bytes());
                out.extend_from_slice(port.as_bytes());
            }
            Self::Announce(announce) => out.extend_from_slice(announce.as_bytes()),
            Self::Signaling(port) => out.extend_from_slice(port.as_bytes()),
            Self::Management { target, starting_hops, hops, action } => {
                out.extend_from_slice(target.as_bytes());
                out.extend_from_slice(&[*starting_hops, *hops, action & 0x0f, 0]);
            }
            Self::Other(_) => {}
        }
    }
}
