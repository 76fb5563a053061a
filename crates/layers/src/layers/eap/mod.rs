//! Extensible Authentication Protocol, [RFC 3748](https://www.rfc-editor.org/rfc/rfc3748) section 4.
//!
//! ```text
//!  0         8         16                31
//! | code    | identifier | length         |
//! | type    | by the type ...               in requests and responses
//! ```

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::key::numbers;
use crate::layers::split;
use crate::{Behind, EapolType, Encode, EncodeError, FieldSink, Header, Key, Layer, LayerType};
use crate::{Malformed, Next, PppProtocol, Protocol, Shape};

mod fields;
mod method;

pub use method::{EapAttribute, EapAttributes, EapMethod, EapTlsFlags};

/// The header on the wire, without the type.
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
pub struct EapHeader {
    pub code: u8,
    pub identifier: u8,
    /// Bytes of message, these among them.
    pub length: U16,
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EapCode(pub u8);

numbers! {
    EapCode "code {}" {
        /// The authenticator asks.
        REQUEST = 1 "request";
        /// The peer answers.
        RESPONSE = 2 "response";
        /// The peer is let in.
        SUCCESS = 3 "success";
        /// The peer is not let in.
        FAILURE = 4 "failure";
        /// RFC 6696: the peer starts over.
        INITIATE = 5 "initiate";
        /// RFC 6696: the end of starting over.
        FINISH = 6 "finish";
    }
}

/// What a request asks, and a response answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EapType(pub u8);

numbers! {
    EapType "type {}" {
        /// Who are you?
        IDENTITY = 1 "identity";
        /// Text for the user.
        NOTIFICATION = 2 "notification";
        /// Not this method, another.
        NAK = 3 "nak";
        /// Challenge and hash.
        MD5 = 4 "MD5";
        /// One-time password.
        OTP = 5 "OTP";
        /// Token card.
        GTC = 6 "GTC";
        /// RFC 5216.
        TLS = 13 "TLS";
        /// Cisco's.
        LEAP = 17 "LEAP";
        /// RFC 4186.
        SIM = 18 "SIM";
        /// RFC 5281.
        TTLS = 21 "TTLS";
        /// RFC 4187.
        AKA = 23 "AKA";
        /// Microsoft's, inside TLS.
        PEAP = 25 "PEAP";
        /// Microsoft's challenge and response.
        MS_CHAP_V2 = 26 "MS-CHAPv2";
        /// RFC 4851.
        FAST = 43 "FAST";
        /// RFC 9048.
        AKA_PRIME = 50 "AKA'";
        /// RFC 7170.
        TEAP = 55 "TEAP";
        /// Types of vendors.
        EXPANDED = 254 "expanded";
    }
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Eap<'a> {
    pub header: &'a EapHeader,
    /// What is behind the header, as many bytes as the length says, if they are there: in a request
    /// or response the type and what it calls for, which [`method`](Self::method) understands.
    pub body: &'a [u8],
}

impl<'a> Layer<'a> for Eap<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<EapHeader>(bytes)?;
        let length = header.length.get();
        let Some(len) = usize::from(length).checked_sub(size_of::<EapHeader>()) else {
            return Err(Malformed::Field { name: "length", value: length.into() });
        };
        Ok(Self { header, body: rest.get(..len).unwrap_or(rest) })
    }

    fn shape(&self) -> Shape {
        let header_len = size_of::<EapHeader>().saturating_add(self.body.len());
        // What is missing of the message is announced, so that it counts as truncated.
        let payload_len = usize::from(self.header.length.get()).saturating_sub(header_len);
        Shape { header_len, payload_len, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("eap.code", self.header.code, 0..1);
        sink.number("eap.id", self.header.identifier, 1..2);
        sink.number("eap.len", self.header.length, 2..4);
        if matches!(self.code(), EapCode::REQUEST | EapCode::RESPONSE) {
            let _ = fields::fields(self, &mut FieldReader::new(self.body, 4, sink));
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code())?;
        self.method_type().map_or(Ok(()), |method| write!(f, " {method}"))?;
        write!(f, " id {}", self.header.identifier)
    }
}

impl<'a> Eap<'a> {
    /// What the message is.
    pub fn code(&self) -> EapCode {
        EapCode(self.header.code)
    }

    /// The type of a request or response.
    pub fn method_type(&self) -> Option<EapType> {
        let has_type = matches!(self.code(), EapCode::REQUEST | EapCode::RESPONSE);
        self.body.first().filter(|_| has_type).map(|&number| EapType(number))
    }

    /// What a request asks, or a response answers.
    pub fn method(&self) -> Option<EapMethod<'a>> {
        let method = self.method_type()?;
        Some(method::understand(method, self.body.get(1..).unwrap_or_default()))
    }
}

/// A message to be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EapBuilder<'a> {
    pub header: EapHeader,
    /// Left out of a success or failure.
    pub method: Option<EapMethod<'a>>,
}

impl Encode for EapBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(self.header.as_bytes());
        self.method.map_or(Ok(()), |method| method.encode(out))
    }
}

impl Header for EapHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// The length counts the header and the type, too.
fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let length = behind.header_len.saturating_add(behind.payload_len);
    behind.header::<EapHeader>(bytes)?.length.set(behind.fit("length", length)?);
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::EAP,
    "eap",
    "Extensible Authentication Protocol",
    |bytes, outer| Eap::parse_in(bytes, outer).map(|eap| eap.shape()),
    |bytes, outer, visitor| Eap::parse_in(bytes, outer).map(|eap| visitor(&eap)),
)
.specification("RFC 3748")
.claims(&[
    Key::child(LayerType::EAPOL, EapolType::EAP.0 as u32),
    Key::ppp_protocol(PppProtocol::EAP),
])
.template(&[3, 0, 0, 4])
.lengths(lengths);

#[cfg(test)]
mod tests;
