//! Challenge Handshake Authentication Protocol of PPP,
//! [RFC 1994](https://www.rfc-editor.org/rfc/rfc1994) section 4.
//!
//! ```text
//!  0               8               16                             31
//! |     code      |  identifier   |             length             |
//! |  value-size   |  value ...    |  name ...                      |   Challenge and Response
//! |  message ...                                                   |   Success and Failure
//! ```

use std::fmt;

use crate::layers::ppp::control::{self, Control, text};
use crate::parts::{Parts, Places};
use crate::{Encode, EncodeError, FieldSink, Key, Layer, LayerType, Malformed, PppControlHeader};
use crate::{PppCode, PppProtocol, Protocol, Shape};

/// What a packet is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChapCode(pub u8);

crate::key::numbers! {
    ChapCode "code {}" {
        /// What to answer to.
        CHALLENGE = 1 "Challenge";
        /// The answer.
        RESPONSE = 2 "Response";
        /// It is right.
        SUCCESS = 3 "Success";
        /// It is wrong.
        FAILURE = 4 "Failure";
    }
}

/// What stands behind the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChapMessage<'a> {
    /// A challenge or the answer, and who sends it.
    Value { value: &'a [u8], name: &'a [u8] },
    /// What the user is to be told.
    Result { message: &'a [u8] },
    /// The data of a code that has no entry here.
    Unknown(&'a [u8]),
}

/// A packet of a handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Chap<'a> {
    pub header: &'a PppControlHeader,
    /// What stands behind the header, as far as it is there.
    pub data: &'a [u8],
}

impl<'a> Layer<'a> for Chap<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let Control { header, data } = Control::parse(bytes)?;
        Ok(Self { header, data })
    }

    fn shape(&self) -> Shape {
        Control { header: self.header, data: self.data }.shape()
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("chap.code", self.header.code, 0..1);
        sink.number("chap.identifier", self.header.identifier, 1..2);
        sink.number("chap.length", self.header.length, 2..4);
        let mut places = Places(size_of::<PppControlHeader>());
        match self.message() {
            Ok(ChapMessage::Value { value, name }) => {
                sink.number("chap.value_size", value.len() as u64, places.next(1));
                sink.bytes("chap.value", value, places.next(value.len()));
                if !name.is_empty() {
                    sink.value("chap.name", text(name), places.next(name.len()));
                }
            }
            Ok(ChapMessage::Result { message }) if !message.is_empty() => {
                sink.value("chap.message", text(message), places.next(message.len()));
            }
            Ok(ChapMessage::Unknown(data)) if !data.is_empty() => {
                sink.bytes("chap.stuff", data, places.next(data.len()));
            }
            Ok(_) => {}
            Err(_) => {
                if let Some(&size) = self.data.first() {
                    sink.number("chap.value_size", size, places.next(1));
                }
            }
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} id {}", self.code(), self.header.identifier)
    }
}

impl<'a> Chap<'a> {
    /// What the packet is for.
    pub fn code(&self) -> ChapCode {
        ChapCode(self.header.code)
    }

    /// What stands behind the header.
    ///
    /// # Errors
    ///
    /// A value is cut short.
    pub fn message(&self) -> Result<ChapMessage<'a>, Malformed> {
        match self.code() {
            ChapCode::CHALLENGE | ChapCode::RESPONSE => {
                let mut parts = Parts::new(self.data);
                let &[size] = parts.take::<[u8; 1]>()?;
                let value = parts.bytes(size.into())?;
                Ok(ChapMessage::Value { value, name: parts.rest })
            }
            ChapCode::SUCCESS | ChapCode::FAILURE => Ok(ChapMessage::Result { message: self.data }),
            _ => Ok(ChapMessage::Unknown(self.data)),
        }
    }
}

/// A packet to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChapBuilder<'a> {
    pub code: ChapCode,
    pub identifier: u8,
    pub message: ChapMessage<'a>,
}

impl Default for ChapBuilder<'_> {
    /// A success without words.
    fn default() -> Self {
        let message = ChapMessage::Result { message: &[] };
        Self { code: ChapCode::SUCCESS, identifier: 1, message }
    }
}

impl Encode for ChapBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        control::encode(PROTOCOL.name, PppCode(self.code.0), self.identifier, out, |out| {
            match self.message {
                ChapMessage::Value { value, name } => {
                    let len = value.len();
                    let (layer, field) = (PROTOCOL.name, "value-size");
                    let error = EncodeError::TooLarge { layer, field, value: len as u64 };
                    out.push(len.try_into().map_err(|_| error)?);
                    out.extend_from_slice(value);
                    out.extend_from_slice(name);
                }
                ChapMessage::Result { message: data } | ChapMessage::Unknown(data) => {
                    out.extend_from_slice(data);
                }
            }
            Ok(())
        })
    }
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::CHAP,
    "chap",
    "PPP Challenge Handshake Authentication Protocol",
    |bytes, outer| Chap::parse_in(bytes, outer).map(|chap| chap.shape()),
    |bytes, outer, visitor| Chap::parse_in(bytes, outer).map(|chap| visitor(&chap)),
)
.specification("RFC 1994")
.claims(&[Key::ppp_protocol(PppProtocol::CHAP)])
.template(&[3, 1, 0, 4]);

// tshark -r own packet.
#[cfg(test)]
layer_tests! {
    sample: Chap *b"\x01\x01\x00\x0d\x04\x01\x02\x03\x04name";
    fields: "chap.code=1 chap.identifier=1 chap.length=13 chap.value_size=4 chap.value=01020304 \
        chap.name=name";
    edit: PppControlHeader, |header| header.identifier = 3;
    bad: [3 = 3 => "length" 3];
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::layers::ppp::control::tests::packet;

    /// The fields behind those of the header, as tshark shows an own packet.
    #[track_caller]
    fn check(code: u8, data: &[u8], expected: &str) {
        let bytes = packet(code, data);
        let text = Chap::parse(&bytes).unwrap().to_string();
        let header = format!("chap.code={code} chap.identifier=1 chap.length={}", bytes.len());
        assert_eq!(text.strip_prefix(&header).unwrap().trim_start(), expected);
    }

    #[test]
    fn each_code_has_data_of_its_own() {
        check(2, b"\x04\x01\x02\x03\x04", "chap.value_size=4 chap.value=01020304");
        check(3, b"welcome", "chap.message=welcome");
        check(4, b"", "");
        check(9, b"ab", "chap.stuff=6162");
    }

    #[test]
    fn a_value_that_is_cut_keeps_its_size() {
        check(1, b"\x09\x01\x02", "chap.value_size=9");
        let chap = Chap::parse(b"\x01\x01\0\x07\x09\x01\x02").unwrap();
        assert_eq!(chap.message(), Err(Malformed::Truncated { need: 10, have: 3 }));
    }

    proptest! {
        #[test]
        fn what_is_built_is_read(value: Vec<u8>, name: Vec<u8>) {
            let message = ChapMessage::Value { value: &value, name: &name };
            let builder = ChapBuilder { code: ChapCode::RESPONSE, identifier: 7, message };
            let mut out = Vec::new();
            builder.encode(&mut out).unwrap();
            prop_assert_eq!(Chap::parse(&out).unwrap().message(), Ok(message));
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            if let Ok(chap) = Chap::parse(&bytes) {
                let _ = chap.message();
                prop_assert!(!chap.to_string().is_empty());
            }
        }
    }
}
