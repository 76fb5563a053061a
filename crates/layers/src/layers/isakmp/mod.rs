//! Internet Key Exchange, both versions: [RFC 7296](https://www.rfc-editor.org/rfc/rfc7296) section 3,
//! and RFC 2408 section 3 (ISAKMP).
//!
//! ```text
//!  0             8             16            24             31
//! |                   initiator SPI, 8 bytes                |
//! |                   responder SPI, 8 bytes                |
//! | next payload | maj  |  min | exchange type |    flags   |
//! |                        message ID                       |
//! |                          length                         |
//! | next payload |C| reserved  |       payload length       |  of the type ...
//! ```

use std::fmt;

use zerocopy::network_endian::U32;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::key::numbers;
use crate::layers::{UdpEncapKind, split};
use crate::{Behind, EncodeError, FieldSink, Header, Key, Layer, LayerType, Malformed, Next};
use crate::{Protocol, Role, Shape};

mod associations;
mod encode;
mod fields;
#[cfg(test)]
mod tests;

pub use encode::IsakmpBuilder;

/// Bytes of a header.
const HEADER_LEN: usize = 28;
/// Bytes in front of what a payload holds.
const PAYLOAD_HEADER_LEN: usize = 4;

/// The header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct IsakmpHeader {
    pub initiator_spi: [u8; 8],
    pub responder_spi: [u8; 8],
    pub next_payload: u8,
    pub version: u8,
    pub exchange_type: u8,
    pub flags: u8,
    pub message_id: U32,
    pub length: U32,
}

impl IsakmpHeader {
    /// 1 for ISAKMP, 2 for version 2 of IKE.
    pub fn major_version(&self) -> u8 {
        self.version >> 4
    }

    /// Writes [`major_version`](Self::major_version), its low 4 bits.
    pub fn set_major_version(&mut self, major_version: u8) {
        self.version = self.version & !0xf0 | (major_version & 0x0f) << 4;
    }

    /// What comes behind the major version.
    pub fn minor_version(&self) -> u8 {
        self.version & 15
    }

    /// Writes [`minor_version`](Self::minor_version), its low 4 bits.
    pub fn set_minor_version(&mut self, minor_version: u8) {
        self.version = self.version & !0x0f | minor_version & 0x0f;
    }

    /// What the message is for.
    pub fn exchange_type(&self) -> IsakmpExchange {
        IsakmpExchange(self.exchange_type)
    }

    /// Whether all payloads are encrypted, which version 1 says in the header.
    pub fn is_encrypted(&self) -> bool {
        self.major_version() == 1 && self.flags & 1 != 0
    }
}

/// What a message is for. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IsakmpExchange(pub u8);

numbers! {
    IsakmpExchange "exchange {}" {
        /// Version 1.
        BASE = 1 "base";
        /// Version 1: the first phase, in six messages.
        IDENTITY_PROTECTION = 2 "main mode";
        /// Version 1.
        AUTHENTICATION_ONLY = 3 "authentication only";
        /// Version 1: the first phase, in three messages.
        AGGRESSIVE = 4 "aggressive mode";
        /// Version 1: something to tell.
        INFORMATIONAL_V1 = 5 "informational (v1)";
        /// Version 1: configuration.
        TRANSACTION = 6 "transaction";
        /// Version 1: the second phase.
        QUICK_MODE = 32 "quick mode";
        /// Version 1: a new group.
        NEW_GROUP = 33 "new group mode";
        /// Version 2: the first two messages.
        IKE_SA_INIT = 34 "IKE_SA_INIT";
        /// Version 2: who is who.
        IKE_AUTH = 35 "IKE_AUTH";
        /// Version 2: more keys.
        CREATE_CHILD_SA = 36 "CREATE_CHILD_SA";
        /// Version 2: something to tell.
        INFORMATIONAL = 37 "INFORMATIONAL";
    }
}

/// One payload of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IsakmpPayload<'a> {
    /// What it holds, as the payload in front of it says.
    pub payload_type: u8,
    /// Whether a receiver that does not know the type must give up; version 2.
    pub critical: bool,
    /// What stands behind its header.
    pub body: &'a [u8],
}

/// The payloads of a message. Ends behind the last, behind an encrypted one, and behind the first
/// error.
#[derive(Clone, Debug)]
pub struct IsakmpPayloads<'a> {
    rest: &'a [u8],
    next: u8,
}

impl<'a> Iterator for IsakmpPayloads<'a> {
    type Item = Result<IsakmpPayload<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        /// No further payload.
        const NONE: u8 = 0;
        /// Encrypted payloads, whose first type it names: RFC 7296 section 3.14 and RFC 7383.
        const ENCRYPTED: [u8; 2] = [46, 53];
        let payload_type = std::mem::take(&mut self.next);
        if payload_type == NONE {
            return None;
        }
        let &[next, flags, a, b, ..] = self.rest else {
            let (need, have) = (PAYLOAD_HEADER_LEN, self.rest.len());
            return Some(Err(Malformed::Truncated { need, have }));
        };
        let len = usize::from(u16::from_be_bytes([a, b]));
        let Some(body) = self.rest.get(PAYLOAD_HEADER_LEN..len) else {
            let error = if len < PAYLOAD_HEADER_LEN {
                Malformed::Field { name: "payload length", value: len as u64 }
            } else {
                Malformed::Truncated { need: len, have: self.rest.len() }
            };
            return Some(Err(error));
        };
        self.rest = self.rest.get(len..).unwrap_or_default();
        self.next = if ENCRYPTED.contains(&payload_type) { NONE } else { next };
        Some(Ok(IsakmpPayload { payload_type, critical: flags & 0x80 != 0, body }))
    }
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Isakmp<'a> {
    pub header: &'a IsakmpHeader,
    /// The payloads, not yet understood: [`payloads`](Self::payloads) are.
    pub payload: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Layer<'a> for Isakmp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<IsakmpHeader>(bytes)?;
        if !matches!(header.major_version(), 1 | 2) {
            return Err(Malformed::Field { name: "version", value: header.version.into() });
        }
        let length = header.length.get();
        let len = usize::try_from(length).unwrap_or(usize::MAX).checked_sub(HEADER_LEN);
        let bad = Malformed::Field { name: "length", value: length.into() };
        let payload = rest.get(..len.ok_or(bad)?).unwrap_or(rest);
        let end = HEADER_LEN.saturating_add(payload.len());
        Ok(Self { header, payload, bytes: bytes.get(..end).unwrap_or(bytes) })
    }

    fn shape(&self) -> Shape {
        let length = usize::try_from(self.header.length.get()).unwrap_or(usize::MAX);
        let payload_len = length.saturating_sub(HEADER_LEN);
        Shape { header_len: HEADER_LEN, payload_len, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        // What is not there is not reported.
        let _ = fields::message(self, &mut FieldReader::new(self.bytes, 0, sink));
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let encrypted = if self.header.is_encrypted() { ", encrypted" } else { "" };
        let version = self.header.major_version();
        write!(f, "IKEv{version} {}{encrypted}", self.header.exchange_type())
    }
}

impl<'a> Isakmp<'a> {
    /// The payloads in clear text.
    pub fn payloads(&self) -> IsakmpPayloads<'a> {
        let encrypted = self.header.is_encrypted();
        let next = if encrypted { 0 } else { self.header.next_payload };
        IsakmpPayloads { rest: self.payload, next }
    }
}

impl Header for IsakmpHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let length = behind.header_len.saturating_add(behind.payload_len);
    behind.header::<IsakmpHeader>(bytes)?.length.set(behind.fit("length", length)?);
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::ISAKMP,
    "isakmp",
    "Internet Security Association and Key Management Protocol",
    |bytes, outer| Isakmp::parse_in(bytes, outer).map(|isakmp| isakmp.shape()),
    |bytes, outer, visitor| Isakmp::parse_in(bytes, outer).map(|isakmp| visitor(&isakmp)),
)
.specification("RFC 7296")
.role(Role::Application)
.claims(&[
    Key::udp_port(500),
    Key::tcp_port(500),
    Key::child(LayerType::UDPENCAP, UdpEncapKind::IKE),
])
.template(b"\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\x20\x25\x08\0\0\0\0\0\0\0\x1c")
.lengths(lengths);
