//! Distributed Network Protocol, [IEEE Std 1815](https://standards.ieee.org/ieee/1815/5414/) clauses 4,
//! 8 and 9, a datagram or segment at a time.
//!
//! ```text
//!  0             8             16             24             31   lower byte first
//! |  start, 05   |  start, 64   |   length     |   control      |
//! |        destination          |           source              |
//! |            CRC              |  16 bytes of user data, CRC; 16 bytes, CRC ...
//! ```
//!
//! User data is a transport header of a byte and a part of a fragment of the application. What fits
//! one frame is read; what is in several is not put together here. A segment may hold several frames:
//! each is a layer.

use std::fmt;

use zerocopy::little_endian;
use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::key::numbers;
use crate::layers::split;
use crate::{Behind, Checksum, Encode, EncodeError, FieldSink, Header, Key, Layer, LayerType};
use crate::{Malformed, Next, Outer, Protocol, Role, Shape};

mod application;
mod crc;
mod fields;
mod objects;
#[cfg(test)]
mod tests;

pub use application::{Dnp3Application, Dnp3Function, Dnp3ObjectHeader, Dnp3Objects, Dnp3Range};
pub use application::{Dnp3Transport, Dnp3UserData};

/// The first two bytes of a frame.
const START: u16 = 0x0564;
/// Bytes of the header that the length counts: control and addresses.
const COUNTED: u8 = 5;
/// Bytes of the header.
const HEADER_LEN: usize = size_of::<Dnp3Header>();
/// Bytes of user data that have a check value of their own.
const BLOCK_LEN: usize = 16;
/// Bytes of a check value.
const CRC_LEN: usize = 2;
/// Most bytes of user data that the length can say.
const MAX_USER_DATA: usize = 250;

/// The header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct Dnp3Header {
    pub start: U16,
    /// Bytes of control, addresses and user data, without check values.
    pub length: u8,
    pub control: u8,
    pub destination: little_endian::U16,
    pub source: little_endian::U16,
    /// Of the eight bytes before.
    pub crc: little_endian::U16,
}

impl Default for Dnp3Header {
    /// A frame from a master, whose data wants no confirmation.
    fn default() -> Self {
        Self {
            start: START.into(),
            length: COUNTED,
            control: 0xc4,
            destination: 0.into(),
            source: 0.into(),
            crc: 0xb661.into(),
        }
    }
}

impl Dnp3Header {
    /// Whether the frame comes from a master.
    pub fn is_from_master(&self) -> bool {
        self.control & 0x80 != 0
    }

    /// Writes [`is_from_master`](Self::is_from_master).
    pub fn set_from_master(&mut self, from_master: bool) {
        self.control = self.control & !0x80 | u8::from(from_master) << 7;
    }

    /// Whether the frame asks something of the link, and does not answer.
    pub fn is_primary(&self) -> bool {
        self.control & 0x40 != 0
    }

    /// Writes [`is_primary`](Self::is_primary).
    pub fn set_primary(&mut self, primary: bool) {
        self.control = self.control & !0x40 | u8::from(primary) << 6;
    }

    /// What is asked of the link or answered, 4 bits: the same number means two things.
    pub fn function_code(&self) -> u8 {
        self.control & 0x0f
    }

    /// Writes [`function_code`](Self::function_code), its low 4 bits.
    pub fn set_function_code(&mut self, code: u8) {
        self.control = self.control & !0x0f | code & 0x0f;
    }

    /// What the check value of this header must be.
    pub fn computed_crc(&self) -> u16 {
        crc::crc(self.as_bytes().get(..HEADER_LEN.saturating_sub(CRC_LEN)).unwrap_or_default())
    }

    /// Bytes of user data, without check values.
    pub fn user_data_len(&self) -> usize {
        self.length.saturating_sub(COUNTED).into()
    }

    fn check(&self) -> Result<(), Malformed> {
        if self.start != START {
            return Err(Malformed::Field { name: "start", value: self.start.get().into() });
        }
        if self.length < COUNTED {
            return Err(Malformed::Field { name: "length", value: self.length.into() });
        }
        Ok(())
    }
}

/// What a primary station asks of the link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dnp3LinkFunction(pub u8);

numbers! {
    Dnp3LinkFunction "link function {}" {
        /// Start counting anew.
        RESET_LINK_STATES = 0 "reset link states";
        /// Say that you are there.
        TEST_LINK_STATES = 2 "test link states";
        /// Data to be confirmed.
        CONFIRMED_USER_DATA = 3 "confirmed user data";
        /// Data.
        UNCONFIRMED_USER_DATA = 4 "unconfirmed user data";
        /// How are you?
        REQUEST_LINK_STATUS = 9 "request link status";
    }
}

/// A frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dnp3<'a> {
    pub header: &'a Dnp3Header,
    /// User data with its check values, as far as it is there.
    pub blocks: &'a [u8],
    /// Frames behind this one.
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Dnp3<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<Dnp3Header>(bytes)?;
        header.check()?;
        let len = blocks_len(header.user_data_len());
        let (blocks, payload) = rest.split_at_checked(len).unwrap_or((rest, &[]));
        Ok(Self { header, blocks, payload })
    }

    fn shape(&self) -> Shape {
        let payload_len = blocks_len(self.header.user_data_len());
        if Dnp3::parse(self.payload).is_ok() {
            let header_len = HEADER_LEN.saturating_add(payload_len);
            let next = Next::One(Key::parent(LayerType::DNP3));
            return Shape { header_len, payload_len: self.payload.len(), trailer_len: 0, next };
        }
        Shape { header_len: HEADER_LEN, payload_len, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        fields::link(self.header, sink);
        let user_data = self.user_data();
        // A wrong check value does not hide it.
        if let Some(&transport) = self.blocks.first() {
            fields::transport(Dnp3Transport(transport), HEADER_LEN, sink);
        }
        let mut blocks = FieldReader::new(self.blocks, HEADER_LEN, sink);
        let mut left = self.header.user_data_len();
        while left > 0 {
            let len = left.min(BLOCK_LEN);
            if blocks.rest().len() < len.saturating_add(CRC_LEN) {
                break;
            }
            blocks.bytes("dnp.data_chunk", len);
            blocks.le("dnp.data_chunk.CRC", CRC_LEN);
            left = left.saturating_sub(len);
        }
        if let Some(application) = user_data.application() {
            let mut sink = fields::InBlocks { sink };
            let mut reader = FieldReader::new(user_data.bytes(), 0, &mut sink);
            reader.skip(1);
            // What is not there is not reported.
            let _ = fields::application(application.function, &mut reader);
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (source, destination) = (self.header.source, self.header.destination);
        write!(f, "{source} > {destination}")?;
        let user_data = self.user_data();
        if let Some(application) = user_data.application() {
            write!(f, " {}", application.function)
        } else if user_data.bytes().is_empty() && self.header.is_primary() {
            write!(f, " {}", Dnp3LinkFunction(self.header.function_code()))
        } else {
            Ok(())
        }
    }
}

/// Bytes of user data with its check values.
fn blocks_len(user_data_len: usize) -> usize {
    let blocks = user_data_len.div_ceil(BLOCK_LEN);
    user_data_len.saturating_add(blocks.saturating_mul(CRC_LEN))
}

impl Dnp3<'_> {
    /// The user data without its check values, up to the first block that is cut short or has a
    /// wrong one.
    pub fn user_data(&self) -> Dnp3UserData {
        Dnp3UserData::read(self.header.user_data_len(), self.blocks)
    }
}

impl Header for Dnp3Header {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A frame to be built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dnp3Builder<'a> {
    /// Its length and its check value are worked out.
    pub header: Dnp3Header,
    /// A transport header and what is behind it, without check values.
    pub user_data: &'a [u8],
}

impl Encode for Dnp3Builder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let value = self.user_data.len();
        let error = EncodeError::TooLarge { layer: "dnp3", field: "length", value: value as u64 };
        let len = u8::try_from(value.saturating_add(COUNTED.into())).map_err(|_| error)?;
        let mut header = Dnp3Header { length: len, ..self.header };
        header.crc.set(header.computed_crc());
        out.extend_from_slice(header.as_bytes());
        for block in self.user_data.chunks(BLOCK_LEN) {
            out.extend_from_slice(block);
            out.extend_from_slice(&crc::crc(block).to_le_bytes());
        }
        Ok(())
    }
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    // Whatever is behind a header without user data are blocks.
    let is_followed = behind.is_before(LayerType::DNP3);
    let header = behind.header::<Dnp3Header>(bytes)?;
    if header.length <= COUNTED && !is_followed && behind.header_len == HEADER_LEN {
        let blocks = behind.payload_len.div_ceil(BLOCK_LEN.saturating_add(CRC_LEN));
        let user_data_len = behind.payload_len.saturating_sub(blocks.saturating_mul(CRC_LEN));
        header.length = behind.fit("length", user_data_len.saturating_add(COUNTED.into()))?;
    }
    Ok(())
}

/// The check value of the header: those of the blocks are of what they carry.
fn checksum(bytes: &[u8], _: &Outer<'_>) -> Option<Checksum> {
    let (header, _) = Dnp3Header::ref_from_prefix(bytes).ok()?;
    Some(Checksum {
        place: HEADER_LEN.saturating_sub(CRC_LEN)..HEADER_LEN,
        stored: header.crc.get().swap_bytes().into(),
        computed: header.computed_crc().swap_bytes().into(),
        absent: None,
    })
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::DNP3,
    "dnp3",
    "Distributed Network Protocol 3.0",
    |bytes, outer| Dnp3::parse_in(bytes, outer).map(|dnp3| dnp3.shape()),
    |bytes, outer, visitor| Dnp3::parse_in(bytes, outer).map(|dnp3| visitor(&dnp3)),
)
.specification("IEEE Std 1815")
.role(Role::Application)
.claims(&[Key::tcp_port(20000), Key::udp_port(20000), Key::parent(LayerType::DNP3)])
.template(b"\x05\x64\x05\xc4\0\0\0\0\x61\xb6")
.lengths(lengths)
.checksum(checksum);
