//! Constrained Application Protocol, [RFC 7252](https://www.rfc-editor.org/rfc/rfc7252) section 3.
//!
//! ```text
//!  0  2  4       8             16                              31
//! |V=1|T |  TKL  |    code     |          message ID            |
//! |                   token, TKL bytes                          |
//! | delta | len  |  extended delta and length, option ...       |
//! |     0xff     |  payload ...
//! ```

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::key::numbers;
use crate::layers::split;
use crate::{Encode, EncodeError, FieldSink, Header, Key, Layer, LayerType, Malformed, Next};
use crate::{Protocol, Role, Shape, Value};

mod options;
#[cfg(test)]
mod tests;

use self::options::value_fields;
pub use options::{CoapOption, CoapOptionNumber, CoapOptions};

/// The only version.
const VERSION: u8 = 1;
/// Most bytes of a token, RFC 7252 section 3.
const MAX_TOKEN: u8 = 8;
/// Ends the options where a payload follows.
const PAYLOAD_MARKER: u8 = 0xff;

/// The fixed header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct CoapHeader {
    pub version_type_length: u8,
    pub code: u8,
    pub message_id: U16,
}

impl Default for CoapHeader {
    /// An empty message that wants to be confirmed.
    fn default() -> Self {
        Self { version_type_length: VERSION << 6, code: 0, message_id: U16::ZERO }
    }
}

impl CoapHeader {
    /// Version, 2 bits.
    pub fn version(&self) -> u8 {
        self.version_type_length >> 6
    }

    /// Writes [`version`](Self::version), its low 2 bits.
    pub fn set_version(&mut self, version: u8) {
        self.version_type_length = self.version_type_length & !0xc0 | (version & 0x03) << 6;
    }

    /// How the message is delivered, 2 bits.
    pub fn message_type(&self) -> CoapType {
        CoapType(self.version_type_length >> 4 & 3)
    }

    /// Writes how the message is delivered, its low 2 bits.
    pub fn set_message_type(&mut self, kind: CoapType) {
        self.version_type_length = self.version_type_length & 0xcf | (kind.0 & 3) << 4;
    }

    /// Bytes of token, 4 bits.
    pub fn token_length(&self) -> u8 {
        self.version_type_length & 15
    }

    /// Writes [`token_length`](Self::token_length), its low 4 bits.
    pub fn set_token_length(&mut self, token_length: u8) {
        self.version_type_length = self.version_type_length & !0x0f | token_length & 0x0f;
    }

    /// What the message asks or answers.
    pub fn code(&self) -> CoapCode {
        CoapCode(self.code)
    }
}

/// How a message is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CoapType(pub u8);

numbers! {
    CoapType "type {}" {
        /// It wants to be confirmed.
        CONFIRMABLE = 0 "CON";
        /// It does not.
        NON_CONFIRMABLE = 1 "NON";
        /// It confirms another.
        ACKNOWLEDGEMENT = 2 "ACK";
        /// It says that another was not understood.
        RESET = 3 "RST";
    }
}

/// What a message asks or answers: three bits of class, five of detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CoapCode(pub u8);

impl fmt::Display for CoapCode {
    /// Writes a method by its name, a response as its specification does: `2.05`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("empty"),
            1 => f.write_str("GET"),
            2 => f.write_str("POST"),
            3 => f.write_str("PUT"),
            4 => f.write_str("DELETE"),
            5 => f.write_str("FETCH"),
            6 => f.write_str("PATCH"),
            7 => f.write_str("iPATCH"),
            code => write!(f, "{}.{:02}", code >> 5, code & 31),
        }
    }
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Coap<'a> {
    pub header: &'a CoapHeader,
    pub token: &'a [u8],
    /// Options, with the marker behind them if a payload follows.
    options: &'a [u8],
    pub payload: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Layer<'a> for Coap<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<CoapHeader>(bytes)?;
        if header.version() != VERSION {
            return Err(Malformed::Field { name: "version", value: header.version().into() });
        }
        let len = header.token_length();
        if len > MAX_TOKEN {
            return Err(Malformed::Field { name: "token length", value: len.into() });
        }
        let need = size_of::<CoapHeader>().saturating_add(len.into());
        let cut = Malformed::Truncated { need, have: bytes.len() };
        let (token, rest) = rest.split_at_checked(len.into()).ok_or(cut)?;
        let mut options = CoapOptions { rest, number: 0 };
        let mut left = rest;
        // What a malformed option leaves is no payload.
        while let Some(option) = options.next() {
            left = if option.is_ok() { options.rest } else { &[] };
        }
        let payload = left.strip_prefix(&[PAYLOAD_MARKER]).unwrap_or_default();
        let end = rest.len().saturating_sub(payload.len());
        // The length of a header has 16 bits in a decoder.
        let is_long = bytes.len().saturating_sub(payload.len()) > usize::from(u16::MAX);
        if is_long {
            return Err(Malformed::Field { name: "options", value: end as u64 });
        }
        let options = rest.get(..end).unwrap_or(rest);
        Ok(Self { header, token, options, payload, bytes })
    }

    fn shape(&self) -> Shape {
        let payload_len = self.payload.len();
        let header_len = self.bytes.len().saturating_sub(payload_len);
        let format = self.content_format().and_then(|format| u32::try_from(format).ok());
        let next =
            format.map_or(Next::End, |format| Next::One(Key::child(LayerType::COAP, format)));
        Shape { header_len, payload_len, trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        // What is not there is not reported.
        let _ = self.read(&mut FieldReader::new(self.bytes, 0, sink));
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.header.message_type(), self.header.code())?;
        let mut slash = " /";
        for option in self.options().map_while(Result::ok) {
            if let (CoapOptionNumber::URI_PATH, Some(part)) = (option.number, option.text()) {
                write!(f, "{slash}{}", Value::Text(part))?;
                slash = "/";
            }
        }
        Ok(())
    }
}

impl<'a> Coap<'a> {
    /// The options, sorted by number.
    pub fn options(&self) -> CoapOptions<'a> {
        CoapOptions { rest: self.options, number: 0 }
    }

    /// What the payload is, by [IANA](https://www.iana.org/assignments/core-parameters).
    pub fn content_format(&self) -> Option<u64> {
        let mut options = self.options().map_while(Result::ok);
        options.find(|option| option.number == CoapOptionNumber::CONTENT_FORMAT)?.uint()
    }

    fn read(&self, reader: &mut FieldReader<'_, '_>) -> Option<()> {
        reader.word(1)?;
        reader.bits("coap.version", self.header.version());
        reader.bits("coap.type", self.header.message_type().0);
        reader.bits("coap.token_len", self.header.token_length());
        reader.u8("coap.code")?;
        reader.u16("coap.mid")?;
        if !self.token.is_empty() {
            reader.bytes("coap.token", self.token.len())?;
        }
        let mut options = self.options();
        while let Some(option) = reader.sound(options.next(), reader.place()) {
            let start = reader.place();
            let word = reader.word(1)?;
            reader.bits("coap.opt.delta", word >> 4);
            reader.bits("coap.opt.length", word & 15);
            for (nibble, name) in
                [(word >> 4, "coap.opt.delta_ext"), (word & 15, "coap.opt.length_ext")]
            {
                match nibble {
                    13 => drop(reader.u8(name)?),
                    14 => drop(reader.u16(name)?),
                    _ => {}
                }
            }
            value_fields(option, &mut reader.part(option.value.len()));
            let place = start..reader.place();
            option.number.describe(|text| {
                reader.value_at("coap.opt.desc", Value::Text(text), place);
            });
        }
        if !reader.is_empty() && reader.peek(1) == Some(PAYLOAD_MARKER.into()) {
            reader.u8("coap.opt.end_marker")?;
            reader.rest_as("coap.payload");
        }
        Some(())
    }
}

impl Header for CoapHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A message to be built. A payload goes behind it as it is: `has_payload` says that one will.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CoapBuilder<'a> {
    /// Its length of the token is worked out.
    pub header: CoapHeader,
    /// At most 8 bytes.
    pub token: &'a [u8],
    /// Sorted by number.
    pub options: &'a [CoapOption<'a>],
    /// Whether a payload follows, which needs a marker.
    pub has_payload: bool,
}

impl Encode for CoapBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let error = |field, value: usize| EncodeError::TooLarge {
            layer: "coap",
            field,
            value: value as u64,
        };
        let mut header = self.header;
        let len = u8::try_from(self.token.len()).ok().filter(|len| *len <= MAX_TOKEN);
        let len = len.ok_or(error("token length", self.token.len()))?;
        header.version_type_length = header.version_type_length & 0xf0 | len;
        out.extend_from_slice(header.as_bytes());
        out.extend_from_slice(self.token);
        let mut last = 0;
        for option in self.options {
            option.encode(last, out)?;
            last = option.number.0;
        }
        if self.has_payload {
            out.push(PAYLOAD_MARKER);
        }
        Ok(())
    }
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::COAP,
    "coap",
    "Constrained Application Protocol",
    |bytes, outer| Coap::parse_in(bytes, outer).map(|coap| coap.shape()),
    |bytes, outer, visitor| Coap::parse_in(bytes, outer).map(|coap| visitor(&coap)),
)
.specification("RFC 7252")
.role(Role::Application)
.claims(&[Key::udp_port(5683)])
.template(b"\x40\0\0\0");
