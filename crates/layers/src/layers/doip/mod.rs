//! Diagnostics over IP, [ISO 13400-2](https://www.iso.org/standard/74785.html) clause 9.
//!
//! ```text
//!  0             8             16                             31
//! |   version    |   inverse    |         payload type          |
//! |                      payload length                         |
//! ```
//!
//! A segment may hold several messages one behind the other: each is a layer.

use std::fmt;

use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::key::numbers;
use crate::layers::split;
use crate::{Behind, Encode, EncodeError, FieldSink, Header, Key, Layer, LayerType, Malformed};
use crate::{Next, Protocol, Role, Shape};

mod message;
#[cfg(test)]
mod tests;

pub use message::DoIpMessage;

/// ISO 13400-2:2012.
const VERSION: u8 = 2;
/// The first version, in which the type of an activation has two bytes.
const FIRST_VERSION: u8 = 1;
/// Bytes of the header.
const HEADER_LEN: usize = size_of::<DoIpHeader>();
/// Source and target of a message of diagnosis.
const ADDRESSES_LEN: usize = 4;

/// The header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct DoIpHeader {
    pub protocol_version: u8,
    /// All bits of the version turned round.
    pub inverse_protocol_version: u8,
    pub payload_type: U16,
    pub payload_length: U32,
}

impl Default for DoIpHeader {
    /// A request to whoever is there to say so.
    fn default() -> Self {
        Self {
            protocol_version: VERSION,
            inverse_protocol_version: !VERSION,
            payload_type: DoIpPayloadType::VEHICLE_IDENTIFICATION_REQUEST.0.into(),
            payload_length: U32::ZERO,
        }
    }
}

impl DoIpHeader {
    /// What the message is.
    pub fn kind(&self) -> DoIpPayloadType {
        DoIpPayloadType(self.payload_type.get())
    }

    fn check(self) -> Result<(), Malformed> {
        let inverse = self.inverse_protocol_version;
        if inverse != !self.protocol_version {
            let name = "inverse protocol version";
            return Err(Malformed::Field { name, value: inverse.into() });
        }
        Ok(())
    }
}

/// What a message is. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DoIpPayloadType(pub u16);

numbers! {
    DoIpPayloadType "payload type {:#06x}" {
        /// That was no message.
        GENERIC_NEGATIVE_ACKNOWLEDGE = 0x0000 "negative acknowledge";
        /// Who is there?
        VEHICLE_IDENTIFICATION_REQUEST = 0x0001 "vehicle identification request";
        /// Is this entity there?
        VEHICLE_IDENTIFICATION_REQUEST_EID = 0x0002 "vehicle identification request by EID";
        /// Is this vehicle there?
        VEHICLE_IDENTIFICATION_REQUEST_VIN = 0x0003 "vehicle identification request by VIN";
        /// I am.
        VEHICLE_ANNOUNCEMENT = 0x0004 "vehicle announcement";
        /// Let me through.
        ROUTING_ACTIVATION_REQUEST = 0x0005 "routing activation request";
        /// Whether you are.
        ROUTING_ACTIVATION_RESPONSE = 0x0006 "routing activation response";
        /// Are you still there?
        ALIVE_CHECK_REQUEST = 0x0007 "alive check request";
        /// I am.
        ALIVE_CHECK_RESPONSE = 0x0008 "alive check response";
        /// What are you?
        ENTITY_STATUS_REQUEST = 0x4001 "entity status request";
        /// This.
        ENTITY_STATUS_RESPONSE = 0x4002 "entity status response";
        /// Are you ready?
        POWER_MODE_REQUEST = 0x4003 "power mode request";
        /// Whether I am.
        POWER_MODE_RESPONSE = 0x4004 "power mode response";
        /// A message for a control unit, or from one.
        DIAGNOSTIC_MESSAGE = 0x8001 "diagnostic message";
        /// It was handed on.
        DIAGNOSTIC_MESSAGE_ACK = 0x8002 "diagnostic message ack";
        /// It was not.
        DIAGNOSTIC_MESSAGE_NACK = 0x8003 "diagnostic message nack";
    }
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DoIp<'a> {
    pub header: &'a DoIpHeader,
    /// What the message says, not yet understood, as far as it is there:
    /// [`message`](Self::message) is.
    pub body: &'a [u8],
    /// The message of a control unit, or else the messages behind this one.
    pub payload: &'a [u8],
    /// Whether there are messages behind this one.
    is_followed: bool,
}

impl<'a> Layer<'a> for DoIp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<DoIpHeader>(bytes)?;
        header.check()?;
        let len = body_len(*header);
        let (body, behind) = rest.split_at_checked(len).unwrap_or((rest, &[]));
        let next = split::<DoIpHeader>(behind);
        let is_followed = next.is_ok_and(|(next, _)| next.check().is_ok())
            && u16::try_from(len.saturating_add(HEADER_LEN)).is_ok();
        let message = body.get(ADDRESSES_LEN..).filter(|_| carries(*header));
        let payload = message.filter(|_| !is_followed).unwrap_or(behind);
        Ok(Self { header, body, payload, is_followed })
    }

    fn shape(&self) -> Shape {
        let len = body_len(*self.header);
        if self.is_followed {
            let header_len = HEADER_LEN.saturating_add(len);
            let next = Next::One(Key::parent(LayerType::DOIP));
            return Shape { header_len, payload_len: self.payload.len(), trailer_len: 0, next };
        }
        if carries(*self.header) && self.body.len() >= ADDRESSES_LEN {
            let header_len = HEADER_LEN.saturating_add(ADDRESSES_LEN);
            let payload_len = len.saturating_sub(ADDRESSES_LEN);
            let next = Next::One(Key::child(LayerType::DOIP, self.header.payload_type.into()));
            return Shape { header_len, payload_len, trailer_len: 0, next };
        }
        Shape { header_len: HEADER_LEN, payload_len: len, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let header = self.header;
        sink.number("doip.version", header.protocol_version, 0..1);
        sink.number("doip.inverse", header.inverse_protocol_version, 1..2);
        sink.number("doip.type", header.payload_type, 2..4);
        sink.number("doip.length", header.payload_length, 4..8);
        // What is not there is not reported.
        let _ = message::fields(*header, &mut FieldReader::new(self.body, HEADER_LEN, sink));
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.header.kind())?;
        match self.message() {
            DoIpMessage::Diagnostic { source, target, .. }
            | DoIpMessage::Acknowledgement { source, target, .. } => {
                write!(f, " {source:#06x} > {target:#06x}")
            }
            _ => Ok(()),
        }
    }
}

/// Bytes behind the header, as it announces them.
fn body_len(header: DoIpHeader) -> usize {
    usize::try_from(header.payload_length.get()).unwrap_or(usize::MAX)
}

/// Whether a message carries one of a control unit.
fn carries(header: DoIpHeader) -> bool {
    header.kind() == DoIpPayloadType::DIAGNOSTIC_MESSAGE
}

impl<'a> DoIp<'a> {
    /// What the message says.
    pub fn message(&self) -> DoIpMessage<'a> {
        DoIpMessage::read(*self.header, self.body).unwrap_or(DoIpMessage::Other(self.body))
    }
}

impl Header for DoIpHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A message to be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DoIpBuilder<'a> {
    /// Its type says what the message is; its length is worked out.
    pub header: DoIpHeader,
    pub message: DoIpMessage<'a>,
}

impl Default for DoIpBuilder<'_> {
    /// A request to whoever is there to say so.
    fn default() -> Self {
        Self { header: DoIpHeader::default(), message: DoIpMessage::Other(&[]) }
    }
}

impl Encode for DoIpBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut body = Vec::new();
        self.message.encode(self.header.protocol_version, &mut body)?;
        let value = body.len() as u64;
        let error = EncodeError::TooLarge { layer: "doip", field: "payload length", value };
        let mut header = self.header;
        header.payload_length.set(u32::try_from(value).map_err(|_| error)?);
        out.extend_from_slice(header.as_bytes());
        out.extend_from_slice(&body);
        Ok(())
    }
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let is_followed = behind.is_before(LayerType::DOIP);
    let body_len = behind.header_len.saturating_sub(HEADER_LEN);
    let carried_len = if is_followed { 0 } else { behind.payload_len };
    let length: u32 = behind.fit("payload length", body_len.saturating_add(carried_len))?;
    let header = behind.header::<DoIpHeader>(bytes)?;
    // A message may go on in another segment: only what was not given is worked out.
    if self::body_len(*header) <= body_len {
        header.payload_length.set(length);
    }
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::DOIP,
    "doip",
    "Diagnostics over IP",
    |bytes, outer| DoIp::parse_in(bytes, outer).map(|doip| doip.shape()),
    |bytes, outer, visitor| DoIp::parse_in(bytes, outer).map(|doip| visitor(&doip)),
)
.specification("ISO 13400-2")
.role(Role::Application)
.claims(&[Key::tcp_port(13400), Key::udp_port(13400), Key::parent(LayerType::DOIP)])
.template(b"\x02\xfd\0\x01\0\0\0\0")
.lengths(lengths);
