//! EtherNet/IP encapsulation, [CIP Networks Library](https://www.odva.org) volume 2, chapter 2.
//!
//! ```text
//!  0                              16                             31   lower byte first
//! |           command             |            length             |
//! |                        session handle                         |
//! |                            status                             |
//! |                  sender context, 8 bytes                      |
//! |                            options                            |
//! |   what the command says, such as items:                       |
//! |           type ID             |            length             |  data ...
//! ```
//!
//! A segment may hold several messages: each is a layer, up to one that carries CIP.

use std::fmt;

use zerocopy::little_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::key::numbers;
use crate::layers::split;
use crate::{FieldSink, Header, Key, Layer, LayerType, Malformed, Next};
use crate::{Protocol, Role, Shape};

mod build;
mod fields;
mod items;
#[cfg(test)]
mod tests;

pub use build::{EnipBuilder, EnipData};
pub use items::{EnipItem, EnipItemType, EnipItems};

/// Bytes of the header.
const HEADER_LEN: usize = size_of::<EnipHeader>();
/// Volume 2, table 2-3.2: commands have been given out up to here.
const MAX_COMMAND: u16 = 0xff;

/// The header on the wire.
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
pub struct EnipHeader {
    pub command: U16,
    /// Bytes behind the header.
    pub length: U16,
    pub session_handle: U32,
    pub status: U32,
    /// What the sender of a request likes: the answer has it, too.
    pub sender_context: [u8; 8],
    /// Always 0.
    pub options: U32,
}

impl EnipHeader {
    /// What the message is.
    pub fn command(&self) -> EnipCommand {
        EnipCommand(self.command.get())
    }

    fn check(&self) -> Result<(), Malformed> {
        if self.command > MAX_COMMAND {
            return Err(Malformed::Field { name: "command", value: self.command.get().into() });
        }
        // Section 2-3.6: a receiver must discard what has options.
        if self.options != 0 {
            return Err(Malformed::Field { name: "options", value: self.options.get().into() });
        }
        Ok(())
    }
}

/// What a message is. Any value up to 255 is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnipCommand(pub u16);

numbers! {
    EnipCommand "command {:#06x}" {
        /// Nothing.
        NOP = 0x00 "NOP";
        /// What can you carry?
        LIST_SERVICES = 0x04 "ListServices";
        /// Who are you?
        LIST_IDENTITY = 0x63 "ListIdentity";
        /// What else do you speak?
        LIST_INTERFACES = 0x64 "ListInterfaces";
        /// Open a session.
        REGISTER_SESSION = 0x65 "RegisterSession";
        /// Close it.
        UNREGISTER_SESSION = 0x66 "UnRegisterSession";
        /// A message outside of connections.
        SEND_RR_DATA = 0x6f "SendRRData";
        /// A message of a connection.
        SEND_UNIT_DATA = 0x70 "SendUnitData";
        /// How are you? No longer used.
        INDICATE_STATUS = 0x72 "IndicateStatus";
        /// Never mind. No longer used.
        CANCEL = 0x73 "Cancel";
    }
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Enip<'a> {
    pub header: &'a EnipHeader,
    /// What the command says, not yet understood, as far as it is there: [`items`](Self::items)
    /// are.
    pub data: &'a [u8],
    /// The message of CIP in an item, or else the messages behind this one.
    pub payload: &'a [u8],
    shape: Shape,
}

impl<'a> Layer<'a> for Enip<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, behind) = split::<EnipHeader>(bytes)?;
        header.check()?;
        let len = usize::from(header.length.get());
        let (data, rest) = behind.split_at_checked(len).unwrap_or((behind, &[]));
        let shape = carried(header, data).or_else(|| followed(len, rest)).unwrap_or(Shape {
            header_len: HEADER_LEN,
            payload_len: len,
            trailer_len: 0,
            next: Next::End,
        });
        let payload = bytes.get(shape.header_len..).unwrap_or_default();
        let payload = payload.get(..shape.payload_len).unwrap_or(payload);
        Ok(Self { header, data, payload, shape })
    }

    fn shape(&self) -> Shape {
        self.shape
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("enip.command", self.header.command, 0..2);
        sink.number("enip.length", self.header.length, 2..4);
        sink.number("enip.session", self.header.session_handle, 4..8);
        sink.number("enip.status", self.header.status, 8..12);
        let context = &self.header.sender_context;
        // Whoever asks all at once says how long they may wait with their answers.
        if self.header.command() == EnipCommand::LIST_IDENTITY && self.header.length == 0 {
            let (delay, context) = context.split_at(2);
            let delay = delay.iter().rev().fold(0, |number, &byte| number << 8 | u16::from(byte));
            sink.number("enip.listid_delay", delay, 12..14);
            sink.bytes("enip.context", context, 14..20);
        } else {
            sink.bytes("enip.context", context, 12..20);
        }
        sink.number("enip.options", self.header.options, 20..24);
        // What is not there is not reported.
        let _ = fields::data(self, &mut FieldReader::new(self.data, HEADER_LEN, sink));
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.header.command())?;
        if self.header.status != 0 {
            write!(f, " status {:#x}", self.header.status)
        } else {
            Ok(())
        }
    }
}

/// Where a message carries CIP, if it does.
fn carried(header: &EnipHeader, data: &[u8]) -> Option<Shape> {
    let start = items::start(header.command(), data)?;
    let mut items = EnipItems::new(data, start);
    let (item, place) = loop {
        match items.next_place()? {
            (item, place) if item.type_id.carries_cip() => break (item, place),
            _ => {}
        }
    };
    let sequence_len = item.type_id.sequence_len();
    let payload_len = usize::from(item.length).checked_sub(sequence_len)?;
    let header_len = HEADER_LEN.checked_add(place)?.checked_add(sequence_len)?;
    u16::try_from(header_len).ok()?;
    let end = HEADER_LEN.saturating_add(header.length.get().into());
    let trailer_len = end.checked_sub(header_len)?.checked_sub(payload_len)?;
    let next = Next::One(Key::child(LayerType::ENIP, item.type_id.0.into()));
    Some(Shape { header_len, payload_len, trailer_len, next })
}

/// Where another message follows, if one does.
fn followed(len: usize, rest: &[u8]) -> Option<Shape> {
    let header_len = HEADER_LEN.saturating_add(len);
    u16::try_from(header_len).ok()?;
    split::<EnipHeader>(rest).ok()?.0.check().ok()?;
    let next = Next::One(Key::parent(LayerType::ENIP));
    Some(Shape { header_len, payload_len: rest.len(), trailer_len: 0, next })
}

impl<'a> Enip<'a> {
    /// The items of the common packet format, up to the first error; none, if the command has no
    /// items.
    pub fn items(&self) -> EnipItems<'a> {
        match items::start(self.header.command(), self.data) {
            Some(start) => EnipItems::new(self.data, start),
            None => EnipItems::default(),
        }
    }
}

impl Header for EnipHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::ENIP,
    "enip",
    "EtherNet/IP",
    |bytes, outer| Enip::parse_in(bytes, outer).map(|enip| enip.shape()),
    |bytes, outer, visitor| Enip::parse_in(bytes, outer).map(|enip| visitor(&enip)),
)
.specification("CIP Networks Library, volume 2")
.role(Role::Application)
.claims(&[Key::tcp_port(44818), Key::udp_port(44818), Key::parent(LayerType::ENIP)])
// A message outside of connections: no address, and data of no length yet.
.template(
    b"\x6f\0\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
      \0\0\0\0\0\0\x02\0\0\0\0\0\xb2\0\0\0",
)
.lengths(build::lengths);
