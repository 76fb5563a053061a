//! `BACnet` virtual link layer over IPv4, [ANSI/ASHRAE 135](https://www.ashrae.org/technical-resources/bookstore/bacnet)
//! annex J.2.
//!
//! ```text
//!  0             8             16                             31
//! |  type, 81    |  function    |           length              |  what the function says ...
//! ```

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::key::numbers;
use crate::layers::split;
use crate::{Behind, EncodeError, FieldSink, Header, Key, Layer, LayerType, Malformed, Next};
use crate::{Protocol, Role, Shape};

#[cfg(test)]
mod tests;

/// `BACnet` over IPv4.
const TYPE: u8 = 0x81;
/// Bytes of the header.
const HEADER_LEN: usize = size_of::<BvlcHeader>();
/// Bytes of the address of who sent a message first, which is forwarded.
const ORIGIN_LEN: usize = 6;

/// The header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct BvlcHeader {
    pub bvlc_type: u8,
    pub function: u8,
    /// Bytes of the whole message.
    pub length: U16,
}

impl Default for BvlcHeader {
    /// A message to one device.
    fn default() -> Self {
        let function = BvlcFunction::ORIGINAL_UNICAST_NPDU.0;
        Self { bvlc_type: TYPE, function, length: U16::new(4) }
    }
}

/// What a message is. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BvlcFunction(pub u8);

numbers! {
    BvlcFunction "function {:#04x}" {
        /// How a request went.
        RESULT = 0x00 "result";
        /// Whom to hand broadcasts on to.
        WRITE_BROADCAST_DISTRIBUTION_TABLE = 0x01 "write broadcast distribution table";
        /// Whom do you?
        READ_BROADCAST_DISTRIBUTION_TABLE = 0x02 "read broadcast distribution table";
        /// Them.
        READ_BROADCAST_DISTRIBUTION_TABLE_ACK = 0x03 "read broadcast distribution table ack";
        /// A broadcast of somebody else.
        FORWARDED_NPDU = 0x04 "forwarded NPDU";
        /// Send me broadcasts.
        REGISTER_FOREIGN_DEVICE = 0x05 "register foreign device";
        /// Who wants them?
        READ_FOREIGN_DEVICE_TABLE = 0x06 "read foreign device table";
        /// These.
        READ_FOREIGN_DEVICE_TABLE_ACK = 0x07 "read foreign device table ack";
        /// Not this one any more.
        DELETE_FOREIGN_DEVICE_TABLE_ENTRY = 0x08 "delete foreign device table entry";
        /// A broadcast to be handed on.
        DISTRIBUTE_BROADCAST_TO_NETWORK = 0x09 "distribute broadcast to network";
        /// A message to one device.
        ORIGINAL_UNICAST_NPDU = 0x0a "original unicast NPDU";
        /// A message to all.
        ORIGINAL_BROADCAST_NPDU = 0x0b "original broadcast NPDU";
        /// One that is encrypted.
        SECURE_BVLL = 0x0c "secure BVLL";
    }
}

impl BvlcFunction {
    /// Bytes in front of the message of the network layer, if there is one.
    fn front_len(self) -> Option<usize> {
        match self {
            Self::FORWARDED_NPDU => Some(ORIGIN_LEN),
            Self::DISTRIBUTE_BROADCAST_TO_NETWORK
            | Self::ORIGINAL_UNICAST_NPDU
            | Self::ORIGINAL_BROADCAST_NPDU => Some(0),
            _ => None,
        }
    }
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bvlc<'a> {
    pub header: &'a BvlcHeader,
    /// What the function says in front of the message of the network layer: all of it, if there is
    /// none.
    pub data: &'a [u8],
    /// The message of the network layer.
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Bvlc<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<BvlcHeader>(bytes)?;
        if header.bvlc_type != TYPE {
            return Err(Malformed::Field { name: "type", value: header.bvlc_type.into() });
        }
        let front_len = header.function().front_len();
        let length = header.length.get();
        let min = HEADER_LEN.saturating_add(front_len.unwrap_or_default());
        let Some(body_len) = usize::from(length).checked_sub(HEADER_LEN) else {
            return Err(Malformed::Field { name: "length", value: length.into() });
        };
        if usize::from(length) < min {
            return Err(Malformed::Field { name: "length", value: length.into() });
        }
        let body = rest.get(..body_len).unwrap_or(rest);
        let cut = Malformed::Truncated { need: min, have: bytes.len() };
        let len = front_len.unwrap_or(body.len());
        let (data, payload) = body.split_at_checked(len).ok_or(cut)?;
        Ok(Self { header, data, payload })
    }

    fn shape(&self) -> Shape {
        let body_len = usize::from(self.header.length.get()).saturating_sub(HEADER_LEN);
        let Some(front_len) = self.header.function().front_len() else {
            let header_len = HEADER_LEN;
            return Shape { header_len, payload_len: body_len, trailer_len: 0, next: Next::End };
        };
        Shape {
            header_len: HEADER_LEN.saturating_add(front_len),
            payload_len: body_len.saturating_sub(front_len),
            trailer_len: 0,
            next: Next::One(Key::child(LayerType::BVLC, self.header.function.into())),
        }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("bvlc.type", self.header.bvlc_type, 0..1);
        sink.number("bvlc.function", self.header.function, 1..2);
        sink.number("bvlc.length", self.header.length, 2..4);
        // What is not there is not reported.
        let _ = self.read(&mut FieldReader::new(self.data, HEADER_LEN, sink));
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.header.function())
    }
}

impl BvlcHeader {
    /// What the message is.
    pub fn function(&self) -> BvlcFunction {
        BvlcFunction(self.function)
    }
}

impl Bvlc<'_> {
    fn read(&self, reader: &mut FieldReader<'_, '_>) -> Option<()> {
        match self.header.function() {
            BvlcFunction::RESULT => reader.u16("bvlc.result").map(drop),
            BvlcFunction::WRITE_BROADCAST_DISTRIBUTION_TABLE
            | BvlcFunction::READ_BROADCAST_DISTRIBUTION_TABLE_ACK => {
                while !reader.is_empty() {
                    reader.ipv4("bvlc.bdt_ip")?;
                    reader.u16("bvlc.bdt_port")?;
                    reader.bytes("bvlc.bdt_mask", 4)?;
                }
                Some(())
            }
            BvlcFunction::FORWARDED_NPDU => {
                reader.ipv4("bvlc.fwd_ip")?;
                reader.u16("bvlc.fwd_port").map(drop)
            }
            BvlcFunction::REGISTER_FOREIGN_DEVICE => reader.u16("bvlc.reg_ttl").map(drop),
            BvlcFunction::READ_FOREIGN_DEVICE_TABLE_ACK => {
                while !reader.is_empty() {
                    reader.ipv4("bvlc.fdt_ip")?;
                    reader.u16("bvlc.fdt_port")?;
                    reader.u16("bvlc.fdt_ttl")?;
                    reader.u16("bvlc.fdt_timeout")?;
                }
                Some(())
            }
            BvlcFunction::DELETE_FOREIGN_DEVICE_TABLE_ENTRY => {
                reader.ipv4("bvlc.fdt_ip")?;
                reader.u16("bvlc.fdt_port").map(drop)
            }
            _ => None,
        }
    }
}

impl Header for BvlcHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let len = behind.header_len.saturating_add(behind.payload_len);
    behind.header::<BvlcHeader>(bytes)?.length = U16::new(behind.fit("length", len)?);
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::BVLC,
    "bvlc",
    "BACnet Virtual Link Control",
    |bytes, outer| Bvlc::parse_in(bytes, outer).map(|bvlc| bvlc.shape()),
    |bytes, outer, visitor| Bvlc::parse_in(bytes, outer).map(|bvlc| visitor(&bvlc)),
)
.specification("ANSI/ASHRAE 135, annex J")
.role(Role::Application)
.claims(&[Key::udp_port(47808)])
.template(b"\x81\x0a\0\x04")
.lengths(lengths);
