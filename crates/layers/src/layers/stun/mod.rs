//! Session Traversal Utilities for NAT, [RFC 8489](https://www.rfc-editor.org/rfc/rfc8489) section 5,
//! and the channel data of TURN, RFC 8656 section 12.4.
//!
//! ```text
//!  0  2               16                              31
//! |0 0|  message type  |        message length         |
//! |                    magic cookie                    |
//! |              transaction ID, 12 bytes              |
//! |    attribute type  |            length             |  value, padded to four bytes ...
//!
//! |0 1| channel number |            length             |  data ...
//! ```

use std::fmt;
use std::net::SocketAddr;

use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use self::attributes::attribute_fields;
use crate::crc32::crc32;
use crate::field_reader::FieldReader;
use crate::key::numbers;
use crate::layers::split;
use crate::{Behind, ChecksumStatus, EncodeError, FieldSink, Header, Key, Layer, LayerType};
use crate::{Malformed, Next, Outer, Probe, Protocol, Role, Shape};

mod attributes;
mod encode;
#[cfg(test)]
mod tests;

pub use attributes::{StunAttribute, StunAttributes};
pub use encode::StunBuilder;

/// What the second word of every message is.
const MAGIC_COOKIE: u32 = 0x2112_a442;
/// Bytes in front of attributes.
const MESSAGE_HEADER_LEN: usize = 20;

/// What messages and channel data start with.
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
pub struct StunHeader {
    /// The type of a message, or the number of a channel.
    pub message_type: U16,
    /// Bytes behind the header of a message, which has 20, or behind these four of channel data.
    pub length: U16,
}

impl StunHeader {
    /// What a message is about: the 12 bits of its type that are no class, put together.
    pub fn method(&self) -> StunMethod {
        let kind = self.message_type.get();
        StunMethod(kind & 0xf | kind >> 1 & 0x70 | kind >> 2 & 0xf80)
    }

    /// Whether a message asks, tells, or answers.
    pub fn class(&self) -> StunClass {
        match self.message_type.get() & 0x0110 {
            0x0000 => StunClass::Request,
            0x0010 => StunClass::Indication,
            0x0100 => StunClass::SuccessResponse,
            _ => StunClass::ErrorResponse,
        }
    }

    /// Writes method and class of a message.
    pub fn set_type(&mut self, method: StunMethod, class: StunClass) {
        let StunMethod(method) = method;
        let kind = method & 0xf | (method & 0x70) << 1 | (method & 0xf80) << 2;
        let class = match class {
            StunClass::Request => 0x0000,
            StunClass::Indication => 0x0010,
            StunClass::SuccessResponse => 0x0100,
            StunClass::ErrorResponse => 0x0110,
        };
        self.message_type.set(kind | class);
    }

    fn is_channel(self) -> bool {
        matches!(self.message_type.get(), 0x4000..=0x7fff)
    }
}

/// What a message is about. Any value of 12 bits is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StunMethod(pub u16);

numbers! {
    StunMethod "method {:#05x}" {
        /// Where do I come from?
        BINDING = 0x001 "binding";
        /// RFC 3489: a password. Obsolete.
        SHARED_SECRET = 0x002 "shared secret";
        /// TURN: a relay.
        ALLOCATE = 0x003 "allocate";
        /// TURN: keep the relay.
        REFRESH = 0x004 "refresh";
        /// TURN: relay this.
        SEND = 0x006 "send";
        /// TURN: relayed.
        DATA = 0x007 "data";
        /// TURN: let a peer in.
        CREATE_PERMISSION = 0x008 "create permission";
        /// TURN: a short header for a peer.
        CHANNEL_BIND = 0x009 "channel bind";
        /// RFC 6062.
        CONNECT = 0x00a "connect";
        /// RFC 6062.
        CONNECTION_BIND = 0x00b "connection bind";
        /// RFC 6062.
        CONNECTION_ATTEMPT = 0x00c "connection attempt";
    }
}

/// Whether a message asks, tells, or answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StunClass {
    /// It wants an answer.
    Request,
    /// It wants none.
    Indication,
    /// It answers.
    SuccessResponse,
    /// It says why there is no answer.
    ErrorResponse,
}

/// A message, or data of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stun<'a> {
    pub header: &'a StunHeader,
    /// Names a request and its answer; none in channel data.
    pub transaction_id: Option<&'a [u8; 12]>,
    /// Attributes, not yet understood, or data of a channel.
    pub payload: &'a [u8],
    bytes: &'a [u8],
}

/// The rest of the header of a message.
#[derive(FromBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct MessageHeader {
    start: StunHeader,
    magic_cookie: U32,
    transaction_id: [u8; 12],
}

impl<'a> Layer<'a> for Stun<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, data) = split::<StunHeader>(bytes)?;
        let len = usize::from(header.length.get());
        if header.is_channel() {
            let payload = data.get(..len).unwrap_or(data);
            return Ok(Self { header, transaction_id: None, payload, bytes });
        }
        let message_type = header.message_type.get();
        if message_type >= 0x4000 {
            return Err(Malformed::Field { name: "message type", value: message_type.into() });
        }
        if len % 4 != 0 {
            return Err(Malformed::Field { name: "message length", value: len as u64 });
        }
        let (message, rest) = split::<MessageHeader>(bytes)?;
        let cookie = message.magic_cookie.get();
        if cookie != MAGIC_COOKIE {
            return Err(Malformed::Field { name: "magic cookie", value: cookie.into() });
        }
        let payload = rest.get(..len).unwrap_or(rest);
        Ok(Self { header, transaction_id: Some(&message.transaction_id), payload, bytes })
    }

    fn shape(&self) -> Shape {
        let payload_len = usize::from(self.header.length.get());
        let (header_len, next) = match self.transaction_id {
            Some(_) => (MESSAGE_HEADER_LEN, Next::End),
            None => (size_of::<StunHeader>(), Next::One(Key::parent(LayerType::STUN))),
        };
        Shape { header_len, payload_len, trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let end = self.shape().header_len.saturating_add(self.payload.len());
        let bytes = self.bytes.get(..end).unwrap_or(self.bytes);
        // What is not there is not reported.
        let _ = self.read(&mut FieldReader::new(bytes, 0, sink));
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.transaction_id.is_none() {
            return write!(
                f,
                "channel {:#06x}, {} bytes",
                self.header.message_type, self.header.length
            );
        }
        let class = match self.header.class() {
            StunClass::Request => "request",
            StunClass::Indication => "indication",
            StunClass::SuccessResponse => "success",
            StunClass::ErrorResponse => "error",
        };
        write!(f, "{} {class}", self.header.method())?;
        match self.mapped_address() {
            Some(address) => write!(f, ", {address}"),
            None => Ok(()),
        }
    }
}

impl<'a> Stun<'a> {
    /// The number of the channel, if this is data of one.
    pub fn channel(&self) -> Option<u16> {
        self.header.is_channel().then(|| self.header.message_type.get())
    }

    /// The attributes of a message.
    pub fn attributes(&self) -> StunAttributes<'a> {
        match self.transaction_id {
            Some(id) => StunAttributes::new(self.payload, id),
            None => StunAttributes::new(&[], &[0; 12]),
        }
    }

    /// Where a server saw the request come from.
    pub fn mapped_address(&self) -> Option<SocketAddr> {
        self.attributes().map_while(Result::ok).find_map(|attribute| match attribute {
            StunAttribute::XorMappedAddress(address) | StunAttribute::MappedAddress(address) => {
                Some(address)
            }
            _ => None,
        })
    }

    /// What the fingerprint of a message is worth, RFC 8489 section 14.7.
    pub fn fingerprint(&self) -> ChecksumStatus {
        let Some(at) = self.fingerprint_at() else { return ChecksumStatus::NotPresent };
        let covered = self.bytes.get(..at).unwrap_or_default();
        let stored = self.bytes.get(at..).and_then(|rest| rest.get(4..8));
        match stored.and_then(|stored| stored.first_chunk()) {
            Some(stored) if fingerprint_of(covered) == u32::from_be_bytes(*stored) => {
                ChecksumStatus::Good
            }
            Some(_) => ChecksumStatus::Bad,
            None => ChecksumStatus::Unverified,
        }
    }

    /// The place of the fingerprint, which is the last attribute.
    fn fingerprint_at(&self) -> Option<usize> {
        const LEN: usize = 8;
        let whole = self.payload.len() == usize::from(self.header.length.get());
        let at = self.payload.len().checked_sub(LEN)?;
        let is_it = self.payload.get(at..)?.starts_with(&[0x80, 0x28, 0, 4]);
        (whole && is_it && self.transaction_id.is_some())
            .then(|| at.saturating_add(MESSAGE_HEADER_LEN))
    }

    fn read(&self, reader: &mut FieldReader<'_, '_>) -> Option<()> {
        let Some(transaction_id) = self.transaction_id else {
            reader.u16("stun.channel")?;
            reader.u16("stun.length")?;
            return Some(());
        };
        let kind = reader.u16("stun.type")?;
        reader.bits("stun.type.class", (kind & 0x0110) >> 4);
        reader.bits("stun.type.method", kind & 0x3eef);
        reader.bits("stun.type.method-assignment", kind >> 13 & 1);
        reader.u16("stun.length")?;
        reader.bytes("stun.cookie", 4)?;
        reader.bytes("stun.id", 12)?;
        while !reader.is_empty() {
            attribute_fields(transaction_id, reader)?;
            if self.fingerprint_at().is_some_and(|at| reader.place() == at.saturating_add(8)) {
                reader.skip(0);
                reader.bits("stun.att.crc32.status", self.fingerprint() as u8);
            }
        }
        Some(())
    }
}

/// The fingerprint of what is in front of it: the CRC of ITU V.42, made unlike that of others.
fn fingerprint_of(bytes: &[u8]) -> u32 {
    /// The letters STUN.
    const XOR: u32 = 0x5354_554e;
    crc32(bytes) ^ XOR
}

impl Header for StunHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let len = behind.header_len.saturating_add(behind.payload_len);
    let header = behind.header::<StunHeader>(bytes)?;
    let front = if header.is_channel() { size_of::<StunHeader>() } else { MESSAGE_HEADER_LEN };
    header.length.set(behind.fit("length", len.saturating_sub(front))?);
    Ok(())
}

/// Whether a payload is a message and nothing else.
fn probe(bytes: &[u8], _outer: &Outer<'_>) -> bool {
    match *bytes {
        [0..=0x3f, _, a, b, 0x21, 0x12, 0xa4, 0x42, ref rest @ ..] => {
            let len = usize::from(u16::from_be_bytes([a, b]));
            len % 4 == 0 && rest.len() == len.saturating_add(12)
        }
        _ => false,
    }
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::STUN,
    "stun",
    "Session Traversal Utilities for NAT",
    |bytes, outer| Stun::parse_in(bytes, outer).map(|stun| stun.shape()),
    |bytes, outer, visitor| Stun::parse_in(bytes, outer).map(|stun| visitor(&stun)),
)
.specification("RFC 8489")
.role(Role::Application)
.claims(&[
    Key::udp_port(3478),
    Key::tcp_port(3478),
    // Over TLS, and in clear text all the same by some.
    Key::udp_port(5349),
    Key::tcp_port(5349),
])
.probes(&[
    Probe { parent: LayerType::UDP, first: (0x00, 0x3f), test: probe },
    Probe { parent: LayerType::TCP, first: (0x00, 0x3f), test: probe },
])
.template(b"\0\x01\0\0\x21\x12\xa4\x42\0\0\0\0\0\0\0\0\0\0\0\0")
.lengths(lengths)
.checksum(encode::checksum);
