//! The MBAP header, which carries Modbus over TCP and UDP, "MODBUS Messaging on TCP/IP
//! Implementation Guide" [V1.0b](https://modbus.org/docs/Modbus_Messaging_Implementation_Guide_V1_0b.pdf)
//! section 3.1.3.
//!
//! ```text
//!  0                              16                             31
//! |    transaction identifier     |     protocol identifier, 0    |
//! |            length             |unit identifier|  message ...
//! ```
//!
//! A segment may hold several messages one behind the other: each is a pair of layers.

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{Behind, EncodeError, FieldSink, Header, Key, Layer, LayerType, Malformed, Next};
use crate::{Protocol, Role, Shape};

/// Bytes of the header that the length counts: the unit identifier.
const COUNTED: usize = 1;
/// The shortest message is a unit identifier and a function code.
const MIN_LENGTH: u16 = 2;

/// The header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct ModbusTcpHeader {
    /// Names a request and its response.
    pub transaction_identifier: U16,
    /// Always 0.
    pub protocol_identifier: U16,
    /// Bytes behind this field.
    pub length: U16,
    /// The device behind a gateway.
    pub unit_identifier: u8,
}

impl Default for ModbusTcpHeader {
    /// A header of the shortest message, to a device that is no gateway.
    fn default() -> Self {
        Self {
            transaction_identifier: U16::ZERO,
            protocol_identifier: U16::ZERO,
            length: MIN_LENGTH.into(),
            unit_identifier: u8::MAX,
        }
    }
}

impl ModbusTcpHeader {
    /// Bytes of message that the header announces.
    pub(crate) fn message_len(self) -> usize {
        usize::from(self.length.get()).saturating_sub(COUNTED)
    }

    fn check(self) -> Result<(), Malformed> {
        let protocol = self.protocol_identifier.get();
        if protocol != 0 {
            return Err(Malformed::Field { name: "protocol identifier", value: protocol.into() });
        }
        let length = self.length.get();
        if length < MIN_LENGTH {
            return Err(Malformed::Field { name: "length", value: length.into() });
        }
        Ok(())
    }
}

/// A message with its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModbusTcp<'a> {
    pub header: &'a ModbusTcpHeader,
    /// The message, and others behind it, each with a header of its own.
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for ModbusTcp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = split::<ModbusTcpHeader>(bytes)?;
        header.check()?;
        Ok(Self { header, payload })
    }

    fn shape(&self) -> Shape {
        let message_len = self.header.message_len();
        let behind = self.payload.get(message_len..).unwrap_or_default();
        let payload_len = if is_next(behind) { self.payload.len() } else { message_len };
        let next = Next::One(Key::parent(LayerType::MODBUS_TCP));
        Shape { header_len: size_of::<ModbusTcpHeader>(), payload_len, trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("mbtcp.trans_id", self.header.transaction_identifier, 0..2);
        sink.number("mbtcp.prot_id", self.header.protocol_identifier, 2..4);
        sink.number("mbtcp.len", self.header.length, 4..6);
        sink.number("mbtcp.unit_id", self.header.unit_identifier, 6..7);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ModbusTcpHeader { transaction_identifier, unit_identifier, .. } = self.header;
        write!(f, "transaction {transaction_identifier} unit {unit_identifier}")
    }
}

/// Whether another message starts where one ends.
pub(crate) fn is_next(bytes: &[u8]) -> bool {
    ModbusTcp::parse(bytes).is_ok()
}

impl Header for ModbusTcpHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let length = behind.fit("length", behind.payload_len.saturating_add(COUNTED))?;
    let header = behind.header::<ModbusTcpHeader>(bytes)?;
    // More messages may follow, or this one goes on: only what was not given is worked out.
    if header.length.get() <= MIN_LENGTH {
        header.length.set(length);
    }
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::MODBUS_TCP,
    "mbtcp",
    "Modbus Application Protocol header",
    |bytes, outer| ModbusTcp::parse_in(bytes, outer).map(|modbus| modbus.shape()),
    |bytes, outer, visitor| ModbusTcp::parse_in(bytes, outer).map(|modbus| visitor(&modbus)),
)
.specification("MODBUS Messaging on TCP/IP Implementation Guide")
.role(Role::Application)
.claims(&[Key::tcp_port(502), Key::udp_port(502), Key::parent(LayerType::MODBUS)])
.template(b"\0\0\0\0\0\x02\xff")
.lengths(lengths);

// tshark -r modbus__modbusBig.pcap -Y frame.number==2
#[cfg(test)]
layer_tests! {
    sample: ModbusTcp *b"\xc2\x4c\0\0\0\x06\xff\x01\0\0\0\x01";
    fields: "mbtcp.trans_id=49740 mbtcp.prot_id=0 mbtcp.len=6 mbtcp.unit_id=255";
    edit: ModbusTcpHeader, |header| header.unit_identifier = 8;
    bad: [2 = 1 => "protocol identifier" 256, 5 = 1 => "length" 1];
}
