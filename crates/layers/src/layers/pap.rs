//! Password Authentication Protocol of PPP, [RFC 1334](https://www.rfc-editor.org/rfc/rfc1334)
//! section 2.
//!
//! ```text
//!  0               8               16                             31
//! |     code      |  identifier   |             length             |
//! |  peer-ID len  |  peer-ID ...  |   passwd len  |   password ... |   Authenticate-Request
//! |    msg len    |  message ...                                   |   Ack and Nak
//! ```

use std::fmt;

use crate::layers::ppp::control::{self, Control, text};
use crate::parts::Parts;
use crate::{Encode, EncodeError, FieldSink, Key, Layer, LayerType, Malformed, PppControlHeader};
use crate::{PppCode, PppProtocol, Protocol, Shape};

/// What a packet is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PapCode(pub u8);

crate::key::numbers! {
    PapCode "code {}" {
        /// Name and password.
        AUTHENTICATE_REQUEST = 1 "Authenticate-Request";
        /// They are right.
        AUTHENTICATE_ACK = 2 "Authenticate-Ack";
        /// They are wrong.
        AUTHENTICATE_NAK = 3 "Authenticate-Nak";
    }
}

/// What stands behind the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PapMessage<'a> {
    /// Name and password.
    Request { peer_id: &'a [u8], password: &'a [u8] },
    /// What the user is to be told.
    Answer { message: &'a [u8] },
    /// The data of a code that has no entry here.
    Unknown(&'a [u8]),
}

/// A packet that asks to be let in, or the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pap<'a> {
    pub header: &'a PppControlHeader,
    /// What stands behind the header, as far as it is there.
    pub data: &'a [u8],
}

impl<'a> Layer<'a> for Pap<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let Control { header, data } = Control::parse(bytes)?;
        Ok(Self { header, data })
    }

    fn shape(&self) -> Shape {
        Control { header: self.header, data: self.data }.shape()
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("pap.code", self.header.code, 0..1);
        sink.number("pap.identifier", self.header.identifier, 1..2);
        sink.number("pap.length", self.header.length, 2..4);
        let names: &[[&'static str; 2]] = match self.code() {
            PapCode::AUTHENTICATE_REQUEST => {
                &[["pap.peer_id.length", "pap.peer_id"], ["pap.password.length", "pap.password"]]
            }
            PapCode::AUTHENTICATE_ACK | PapCode::AUTHENTICATE_NAK => {
                &[["pap.message.length", "pap.message"]]
            }
            _ => {
                let control = Control { header: self.header, data: self.data };
                return control.rest_field("pap.stuff", 0, sink);
            }
        };
        let mut parts = Parts::new(self.data);
        for [length_name, name] in names {
            let at = parts.taken().saturating_add(size_of::<PppControlHeader>());
            let Ok(&[length]) = parts.take::<[u8; 1]>() else { return };
            let start = at.saturating_add(1);
            sink.number(length_name, length, at..start);
            let Some(value) = sink.sound(Some(parts.bytes(length.into())), start) else { return };
            sink.value(name, text(value), start..start.saturating_add(value.len()));
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} id {}", self.code(), self.header.identifier)
    }
}

impl<'a> Pap<'a> {
    /// What the packet is for.
    pub fn code(&self) -> PapCode {
        PapCode(self.header.code)
    }

    /// What stands behind the header.
    ///
    /// # Errors
    ///
    /// It is cut short.
    pub fn message(&self) -> Result<PapMessage<'a>, Malformed> {
        let mut parts = Parts::new(self.data);
        match self.code() {
            PapCode::AUTHENTICATE_REQUEST => {
                let (peer_id, password) = (counted(&mut parts)?, counted(&mut parts)?);
                Ok(PapMessage::Request { peer_id, password })
            }
            PapCode::AUTHENTICATE_ACK | PapCode::AUTHENTICATE_NAK => {
                Ok(PapMessage::Answer { message: counted(&mut parts)? })
            }
            _ => Ok(PapMessage::Unknown(self.data)),
        }
    }
}

/// Bytes behind their count.
fn counted<'a>(parts: &mut Parts<'a>) -> Result<&'a [u8], Malformed> {
    let &[len] = parts.take::<[u8; 1]>()?;
    parts.bytes(len.into())
}

/// A packet to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PapBuilder<'a> {
    pub code: PapCode,
    pub identifier: u8,
    pub message: PapMessage<'a>,
}

impl Default for PapBuilder<'_> {
    /// A request without a name.
    fn default() -> Self {
        let message = PapMessage::Request { peer_id: &[], password: &[] };
        Self { code: PapCode::AUTHENTICATE_REQUEST, identifier: 1, message }
    }
}

impl Encode for PapBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        control::encode(PROTOCOL.name, PppCode(self.code.0), self.identifier, out, |out| match self
            .message
        {
            PapMessage::Request { peer_id, password } => {
                put("peer-ID length", peer_id, out)?;
                put("password length", password, out)
            }
            PapMessage::Answer { message } => put("message length", message, out),
            PapMessage::Unknown(data) => {
                out.extend_from_slice(data);
                Ok(())
            }
        })
    }
}

/// Appends bytes behind their count.
fn put(field: &'static str, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let value = bytes.len() as u64;
    let error = EncodeError::TooLarge { layer: PROTOCOL.name, field, value };
    out.push(bytes.len().try_into().map_err(|_| error)?);
    out.extend_from_slice(bytes);
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::PAP,
    "pap",
    "PPP Password Authentication Protocol",
    |bytes, outer| Pap::parse_in(bytes, outer).map(|pap| pap.shape()),
    |bytes, outer, visitor| Pap::parse_in(bytes, outer).map(|pap| visitor(&pap)),
)
.specification("RFC 1334")
.claims(&[Key::ppp_protocol(PppProtocol::PAP)])
.template(&[1, 1, 0, 6, 0, 0]);

// tshark -r GrePackets.cap (PcapPlusPlus), frame 17.
#[cfg(test)]
layer_tests! {
    sample: Pap *b"\x01\x00\x00\x0e\x04ixia\x04ixia";
    fields: "pap.code=1 pap.identifier=0 pap.length=14 pap.peer_id.length=4 pap.peer_id=ixia \
        pap.password.length=4 pap.password=ixia";
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
        let text = Pap::parse(&bytes).unwrap().to_string();
        let header = format!("pap.code={code} pap.identifier=1 pap.length={}", bytes.len());
        assert_eq!(text.strip_prefix(&header).unwrap().trim_start(), expected);
    }

    #[test]
    fn answers_and_unknown_packets() {
        check(2, b"\x05hello", "pap.message.length=5 pap.message=hello");
        check(3, b"\0", "pap.message.length=0 pap.message=");
        check(9, b"abc", "pap.stuff=616263");
    }

    #[test]
    fn what_is_cut_keeps_what_is_before_it() {
        check(1, b"\x04ixi", "pap.peer_id.length=4");
        check(
            1,
            b"\x04ixia\x09pass",
            "pap.peer_id.length=4 pap.peer_id=ixia pap.password.length=9",
        );
        let pap = Pap::parse(b"\x01\0\0\x08\x04ixi").unwrap();
        assert_eq!(pap.message(), Err(Malformed::Truncated { need: 5, have: 4 }));
    }

    proptest! {
        #[test]
        fn what_is_built_is_read(peer_id: Vec<u8>, password: Vec<u8>) {
            let message = PapMessage::Request { peer_id: &peer_id, password: &password };
            let mut out = Vec::new();
            PapBuilder { message, ..PapBuilder::default() }.encode(&mut out).unwrap();
            prop_assert_eq!(Pap::parse(&out).unwrap().message(), Ok(message));
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            if let Ok(pap) = Pap::parse(&bytes) {
                let _ = pap.message();
                prop_assert!(!pap.to_string().is_empty());
            }
        }
    }
}
