//! Modbus messages, "MODBUS Application Protocol Specification"
//! [V1.1b3](https://modbus.org/docs/Modbus_Application_Protocol_V1_1b3.pdf).
//!
//! ```text
//!  0              8
//! |E|function code|  what the function asks or answers ...
//! ```
//!
//! A message does not say whether it asks or answers: its ports do, for servers listen on 502.

use std::fmt;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::key::numbers;
use crate::layers::{ModbusTcp, ModbusTcpHeader, Tcp, Udp, split};
use crate::{FieldSink, Header, Key, Layer, LayerType, Malformed, Next, Outer};
use crate::{Protocol, Role, Shape};

mod fields;
mod message;
#[cfg(test)]
mod tests;

pub use message::{ModbusBuilder, ModbusMessage};

/// Where servers listen.
const PORT: u16 = 502;
/// Set in the function code of an answer that refuses.
const EXCEPTION: u8 = 0x80;

/// The first byte of a message.
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
pub struct ModbusHeader {
    pub function_code: u8,
}

impl ModbusHeader {
    /// What the message asks for or answers to, 7 bits.
    pub fn function(&self) -> ModbusFunction {
        ModbusFunction(self.function_code & !EXCEPTION)
    }

    /// Writes [`function`](Self::function), its low 7 bits.
    pub fn set_function(&mut self, function: ModbusFunction) {
        self.function_code = self.function_code & EXCEPTION | function.0 & !EXCEPTION;
    }

    /// Whether the message refuses.
    pub fn is_exception(&self) -> bool {
        self.function_code & EXCEPTION != 0
    }

    /// Writes [`is_exception`](Self::is_exception).
    pub fn set_exception(&mut self, exception: bool) {
        self.function_code = self.function_code & !EXCEPTION | u8::from(exception) << 7;
    }
}

/// What a message asks for. Any value of 7 bits is legal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModbusFunction(pub u8);

numbers! {
    ModbusFunction "function {}" {
        /// Bits that can be read and written.
        READ_COILS = 1 "read coils";
        /// Bits that can be read.
        READ_DISCRETE_INPUTS = 2 "read discrete inputs";
        /// Words that can be read and written.
        READ_HOLDING_REGISTERS = 3 "read holding registers";
        /// Words that can be read.
        READ_INPUT_REGISTERS = 4 "read input registers";
        /// One bit.
        WRITE_SINGLE_COIL = 5 "write single coil";
        /// One word.
        WRITE_SINGLE_REGISTER = 6 "write single register";
        /// Eight bits that a device has for that; on serial lines.
        READ_EXCEPTION_STATUS = 7 "read exception status";
        /// Tests of a serial line.
        DIAGNOSTICS = 8 "diagnostics";
        /// How many messages were handled; on serial lines.
        GET_COMM_EVENT_COUNTER = 11 "get comm event counter";
        /// What happened; on serial lines.
        GET_COMM_EVENT_LOG = 12 "get comm event log";
        /// Bits in a row.
        WRITE_MULTIPLE_COILS = 15 "write multiple coils";
        /// Words in a row.
        WRITE_MULTIPLE_REGISTERS = 16 "write multiple registers";
        /// What a device is; on serial lines.
        REPORT_SERVER_ID = 17 "report server ID";
        /// Parts of files.
        READ_FILE_RECORD = 20 "read file record";
        /// Parts of files.
        WRITE_FILE_RECORD = 21 "write file record";
        /// Some bits of a word.
        MASK_WRITE_REGISTER = 22 "mask write register";
        /// Words in a row, and others in a row.
        READ_WRITE_MULTIPLE_REGISTERS = 23 "read/write multiple registers";
        /// A queue of words.
        READ_FIFO_QUEUE = 24 "read FIFO queue";
        /// Something of another kind.
        ENCAPSULATED_INTERFACE_TRANSPORT = 43 "encapsulated interface transport";
        /// What Schneider's tools say to its controllers.
        UNITY = 90 "Unity";
    }
}

/// Why a message is refused. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModbusException(pub u8);

numbers! {
    ModbusException "exception {}" {
        /// The device does not have the function.
        ILLEGAL_FUNCTION = 1 "illegal function";
        /// Nor the address.
        ILLEGAL_DATA_ADDRESS = 2 "illegal data address";
        /// The value cannot be.
        ILLEGAL_DATA_VALUE = 3 "illegal data value";
        /// Something broke.
        SERVER_DEVICE_FAILURE = 4 "server device failure";
        /// It will take long.
        ACKNOWLEDGE = 5 "acknowledge";
        /// Another request takes long.
        SERVER_DEVICE_BUSY = 6 "server device busy";
        /// The memory has an error.
        MEMORY_PARITY_ERROR = 8 "memory parity error";
        /// The gateway has no way to the device.
        GATEWAY_PATH_UNAVAILABLE = 10 "gateway path unavailable";
        /// The device does not answer the gateway.
        GATEWAY_TARGET_FAILED_TO_RESPOND = 11 "gateway target device failed to respond";
    }
}

/// Which way a message goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ModbusDirection {
    /// To a server.
    Request,
    /// From a server.
    Response,
    /// Nobody can tell: there are no ports, or both are the same.
    #[default]
    Unknown,
}

impl ModbusDirection {
    /// By the port of the server: 502, or else the lower one.
    fn of(outer: &Outer<'_>) -> Self {
        let tcp = outer.nearest::<Tcp<'_>>().map(|tcp| (tcp.source_port(), tcp.destination_port()));
        let udp = || outer.nearest::<Udp<'_>>();
        let udp = || udp().map(|udp| (udp.source_port(), udp.destination_port()));
        let Some((from, to)) = tcp.or_else(udp) else { return Self::Unknown };
        match (from == PORT, to == PORT) {
            (true, false) => Self::Response,
            (false, true) => Self::Request,
            (false, false) if from < to => Self::Response,
            (false, false) if from > to => Self::Request,
            _ => Self::Unknown,
        }
    }
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Modbus<'a> {
    pub header: &'a ModbusHeader,
    /// Which way it goes.
    pub direction: ModbusDirection,
    /// What the function asks or answers, not yet understood: [`message`](Self::message) is.
    pub data: &'a [u8],
    /// Messages behind this one, each with a header of its own.
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Modbus<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        Self::parse_in(bytes, &Outer::NONE)
    }

    fn parse_in(bytes: &'a [u8], outer: &Outer<'_>) -> Result<Self, Malformed> {
        let header_of = |span| outer.view::<ModbusTcp<'_>>(span).map(|tcp| *tcp.header);
        let carrier = outer.parent().and_then(header_of);
        let len = carrier.map_or(bytes.len(), ModbusTcpHeader::message_len);
        let (message, payload) = bytes.split_at_checked(len).unwrap_or((bytes, &[]));
        let (header, data) = split::<ModbusHeader>(message)?;
        Ok(Self { header, direction: ModbusDirection::of(outer), data, payload })
    }

    fn shape(&self) -> Shape {
        let header_len = self.data.len().saturating_add(size_of::<ModbusHeader>());
        if super::mbtcp::is_next(self.payload) && u16::try_from(header_len).is_ok() {
            let next = Next::One(Key::parent(LayerType::MODBUS));
            return Shape { header_len, payload_len: self.payload.len(), trailer_len: 0, next };
        }
        let header_len = size_of::<ModbusHeader>();
        Shape { header_len, payload_len: self.data.len(), trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("modbus.func_code", self.header.function().0, 0..1);
        // What is not there is not reported.
        let _ = fields::message(self, &mut FieldReader::new(self.data, 1, sink));
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.header.function())?;
        match self.message() {
            ModbusMessage::Exception(exception) => write!(f, ": {exception}"),
            ModbusMessage::Read { address, quantity }
            | ModbusMessage::WriteMultiple { address, quantity, .. } => {
                write!(f, " {address} count {quantity}")
            }
            ModbusMessage::WriteSingle { address, value } => {
                write!(f, " {address} value {value}")
            }
            _ if self.direction == ModbusDirection::Response => f.write_str(" response"),
            _ => Ok(()),
        }
    }
}

impl<'a> Modbus<'a> {
    /// What the message asks or answers.
    pub fn message(&self) -> ModbusMessage<'a> {
        ModbusMessage::read(*self.header, self.direction, self.data)
    }
}

impl Header for ModbusHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::MODBUS,
    "modbus",
    "Modbus",
    |bytes, outer| Modbus::parse_in(bytes, outer).map(|modbus| modbus.shape()),
    |bytes, outer, visitor| Modbus::parse_in(bytes, outer).map(|modbus| visitor(&modbus)),
)
.specification("MODBUS Application Protocol Specification")
.role(Role::Application)
.claims(&[Key::parent(LayerType::MODBUS_TCP)])
.template(b"\x03\0\0\0\x01");
