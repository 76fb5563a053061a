//! GPRS Tunnelling Protocol of control, version 2, [3GPP TS 29.274](https://www.3gpp.org/dynareport/29274.htm)
//! sections 5 and 8.
//!
//! ```text
//!  0     3 4 5   6 7               16                             31
//! | ver |P|T|M|   |     type       |           length              |
//! |            tunnel endpoint identifier (if T)                   |
//! |               sequence number                  | prio. |       |
//! |     type       |            length             |     | instance|  information elements
//! ```

use std::fmt;

use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::parts::{Parts, Places};
use crate::{Behind, Encode, EncodeError, FieldSink, Header, Key, Layer, LayerType, Malformed};
use crate::{Next, Protocol, Shape};

mod element;
mod fields;
mod handover;
mod indication;
mod rest;

pub use element::{Gtpv2Element, Gtpv2Elements, Gtpv2Qos, Gtpv2Value};

/// TS 29.274, section 5.5.1: bytes that the length leaves out.
const LENGTH_AT_END: usize = 4;

/// What every message starts with.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct Gtpv2Header {
    /// Version and flags.
    pub flags: u8,
    pub message_type: u8,
    /// Of all that is behind this field.
    pub length: U16,
}

impl Default for Gtpv2Header {
    /// An echo request without tunnel endpoint identifier.
    fn default() -> Self {
        Self { flags: 0x40, message_type: 1, length: 4.into() }
    }
}

impl Gtpv2Header {
    /// Version, 3 bits.
    pub fn version(&self) -> u8 {
        self.flags >> 5
    }

    /// Writes [`version`](Self::version), its low 3 bits.
    pub fn set_version(&mut self, version: u8) {
        self.flags = self.flags & !0xe0 | (version & 0x07) << 5;
    }

    /// Whether another message follows in the datagram.
    pub fn is_piggybacked(&self) -> bool {
        self.flags & 0x10 != 0
    }

    /// Writes [`is_piggybacked`](Self::is_piggybacked).
    pub fn set_piggybacked(&mut self, piggybacked: bool) {
        self.flags = self.flags & !0x10 | u8::from(piggybacked) << 4;
    }

    /// Whether a tunnel endpoint identifier is there.
    pub fn has_teid(&self) -> bool {
        self.flags & 8 != 0
    }

    /// Writes [`has_teid`](Self::has_teid).
    pub fn set_teid(&mut self, teid: bool) {
        self.flags = self.flags & !0x08 | u8::from(teid) << 3;
    }

    /// Whether the message has a priority.
    pub fn has_priority(&self) -> bool {
        self.flags & 4 != 0
    }

    /// Writes [`has_priority`](Self::has_priority).
    pub fn set_priority(&mut self, priority: bool) {
        self.flags = self.flags & !0x04 | u8::from(priority) << 2;
    }
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gtpv2<'a> {
    pub header: &'a Gtpv2Header,
    /// Tunnel endpoint identifier, of the receiver's choice.
    pub teid: Option<u32>,
    /// The number of the message, 24 bits, and what stands behind it.
    sequence: &'a [u8; 4],
    /// The information elements, as far as they are there: [`elements`](Self::elements) are.
    pub element_bytes: &'a [u8],
    /// The next message, if this one is piggybacked.
    pub payload: &'a [u8],
    header_len: usize,
}

impl<'a> Layer<'a> for Gtpv2<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut parts = Parts::new(bytes);
        let header = parts.take::<Gtpv2Header>()?;
        if header.version() != 2 {
            let value = header.version().into();
            return Err(Malformed::Field { name: "version", value });
        }
        let teid = parts.take_if::<U32>(header.has_teid())?.map(|teid| teid.get());
        let sequence = parts.take::<[u8; 4]>()?;
        let length = header.length.get();
        let end = LENGTH_AT_END.saturating_add(length.into());
        let len = end.checked_sub(parts.taken());
        let len = len.ok_or(Malformed::Field { name: "length", value: length.into() })?;
        let (element_bytes, behind) = parts.rest.split_at_checked(len).unwrap_or((parts.rest, &[]));
        let payload = if header.is_piggybacked() { behind } else { &[] };
        let header_len = parts.taken().saturating_add(element_bytes.len());
        Ok(Self { header, teid, sequence, element_bytes, payload, header_len })
    }

    fn shape(&self) -> Shape {
        let next = match self.payload {
            [] => Next::End,
            _ => Next::One(Key::child(LayerType::GTP, 2)),
        };
        let whole = LENGTH_AT_END.saturating_add(self.header.length.get().into());
        // Elements that are not there are missing behind the header.
        let missing = whole.saturating_sub(self.header_len);
        let payload_len = self.payload.len().saturating_add(missing);
        Shape { header_len: self.header_len, payload_len, trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let header = self.header;
        sink.number("gtpv2.flags", header.flags, 0..1);
        sink.number("gtpv2.version", header.version(), 0..1);
        sink.number("gtpv2.p", header.is_piggybacked(), 0..1);
        sink.number("gtpv2.t", header.has_teid(), 0..1);
        sink.number("gtpv2.mp", header.has_priority(), 0..1);
        sink.number("gtpv2.message_type", header.message_type, 1..2);
        sink.number("gtpv2.msg_length", header.length, 2..4);
        let mut places = Places(size_of::<Gtpv2Header>());
        if let Some(teid) = self.teid {
            sink.number("gtpv2.teid", teid, places.next(4));
        }
        sink.number("gtpv2.seq", self.sequence_number(), places.next(3));
        let [.., last] = *self.sequence;
        // tshark shows the whole byte as the priority.
        let name = if header.has_priority() { "gtpv2.mp" } else { "gtpv2.spare" };
        sink.number(name, last, places.next(1));
        fields::elements(self.element_bytes, places.0, sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.header.message_type {
            1 => f.write_str("echo request")?,
            2 => f.write_str("echo response")?,
            32 => f.write_str("create session request")?,
            33 => f.write_str("create session response")?,
            34 => f.write_str("modify bearer request")?,
            35 => f.write_str("modify bearer response")?,
            36 => f.write_str("delete session request")?,
            37 => f.write_str("delete session response")?,
            95 => f.write_str("create bearer request")?,
            96 => f.write_str("create bearer response")?,
            other => write!(f, "message {other}")?,
        }
        self.teid.map_or(Ok(()), |teid| write!(f, " teid {teid:#x}"))?;
        write!(f, " seq {}", self.sequence_number())
    }
}

impl<'a> Gtpv2<'a> {
    /// The number of the message, 24 bits.
    pub fn sequence_number(&self) -> u32 {
        let [a, b, c, _] = *self.sequence;
        u32::from_be_bytes([0, a, b, c])
    }

    /// The priority of the message, 4 bits, if it has one.
    pub fn priority(&self) -> Option<u8> {
        let [.., last] = *self.sequence;
        self.header.has_priority().then_some(last >> 4)
    }

    /// The information elements.
    pub fn elements(&self) -> Gtpv2Elements<'a> {
        Gtpv2Elements::new(self.element_bytes)
    }
}

impl Header for Gtpv2Header {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A message. Which of the optional fields there are is written into the flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gtpv2Builder<'a> {
    pub header: Gtpv2Header,
    pub teid: Option<u32>,
    /// The number of the message, its low 24 bits.
    pub sequence_number: u32,
    /// Priority, its low 4 bits.
    pub priority: Option<u8>,
    pub elements: &'a [Gtpv2Element<'a>],
}

impl Encode for Gtpv2Builder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut header = self.header;
        let flags = u8::from(self.teid.is_some()) << 3 | u8::from(self.priority.is_some()) << 2;
        header.flags = header.flags & !0x0c | flags;
        out.extend_from_slice(header.as_bytes());
        if let Some(teid) = self.teid {
            out.extend_from_slice(&teid.to_be_bytes());
        }
        let [_, number @ ..] = self.sequence_number.to_be_bytes();
        out.extend_from_slice(&number);
        out.push(self.priority.unwrap_or_default() << 4);
        self.elements.iter().try_for_each(|element| element.encode(out))
    }
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let length = behind.header_len.saturating_sub(LENGTH_AT_END);
    let length = behind.fit("length", length)?;
    behind.header::<Gtpv2Header>(bytes)?.length.set(length);
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::GTPV2,
    "gtpv2",
    "GPRS Tunnelling Protocol of control, version 2",
    |bytes, outer| Gtpv2::parse_in(bytes, outer).map(|gtp| gtp.shape()),
    |bytes, outer, visitor| Gtpv2::parse_in(bytes, outer).map(|gtp| visitor(&gtp)),
)
.specification("3GPP TS 29.274")
.claims(&[Key::child(LayerType::GTP, 2)])
.template(&[0x40, 1, 0, 4, 0, 0, 0, 0])
.lengths(lengths);

#[cfg(test)]
mod tests;
