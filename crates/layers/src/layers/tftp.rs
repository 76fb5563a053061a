//! Trivial File Transfer Protocol, [RFC 1350](https://www.rfc-editor.org/rfc/rfc1350) section 5,
//! and its options, [RFC 2347](https://www.rfc-editor.org/rfc/rfc2347).
//!
//! ```text
//!  0               16                                             31
//! |    opcode     | file name, mode, options: each ends in a zero |
//! |    opcode     |     block     |            data ...           |
//! |    opcode     |     error     |  message, which ends in a zero|
//! ```

use std::fmt;

use crate::{Encode, EncodeError, FieldSink, Key, Layer, LayerType, Malformed, Next, Protocol};
use crate::{Role, Shape, Value};

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tftp<'a> {
    pub message: TftpMessage<'a>,
    len: usize,
}

/// What a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TftpMessage<'a> {
    /// Asks for a file.
    ReadRequest { file: &'a [u8], mode: &'a [u8], options: TftpOptions<'a> },
    /// Offers a file.
    WriteRequest { file: &'a [u8], mode: &'a [u8], options: TftpOptions<'a> },
    /// A part of a file; the last is shorter than the others.
    Data { block: u16, data: &'a [u8] },
    /// A part has come.
    Acknowledgment { block: u16 },
    /// It goes no further.
    Error { code: u16, message: &'a [u8] },
    /// Options that a server agrees to: RFC 2347.
    OptionAcknowledgment { options: TftpOptions<'a> },
}

/// Options by name. Ends behind the last that is whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TftpOptions<'a> {
    rest: &'a [u8],
}

impl<'a> TftpOptions<'a> {
    /// Options as they are on the wire.
    pub fn new(wire: &'a [u8]) -> Self {
        Self { rest: wire }
    }
}

#[allow(clippy::copy_iterator, reason = "a message is Copy, and so are its options")]
impl<'a> Iterator for TftpOptions<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, behind) = split_text(self.rest)?;
        let (value, behind) = split_text(behind)?;
        self.rest = behind;
        Some((name, value))
    }
}

/// Bytes up to a zero, and what is behind it.
fn split_text(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == 0)?;
    let (text, behind) = bytes.split_at_checked(end)?;
    Some((text, behind.get(1..)?))
}

/// The same, where the message may end without a zero.
fn take_text<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let (text, behind) = split_text(rest).unwrap_or((rest, &[]));
    *rest = behind;
    text
}

impl<'a> Layer<'a> for Tftp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    #[inline]
    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let cut = |need| Malformed::Truncated { need, have: bytes.len() };
        let (&opcode, mut rest) = bytes.split_first_chunk().ok_or(cut(2))?;
        let opcode = u16::from_be_bytes(opcode);
        let mut number = || {
            let (&number, behind) = rest.split_first_chunk().ok_or(cut(4))?;
            rest = behind;
            Ok(u16::from_be_bytes(number))
        };
        let message = match opcode {
            1 | 2 => {
                let (file, mode) = (take_text(&mut rest), take_text(&mut rest));
                let options = TftpOptions { rest };
                if opcode == 1 {
                    TftpMessage::ReadRequest { file, mode, options }
                } else {
                    TftpMessage::WriteRequest { file, mode, options }
                }
            }
            3 => TftpMessage::Data { block: number()?, data: rest },
            4 => TftpMessage::Acknowledgment { block: number()? },
            5 => TftpMessage::Error { code: number()?, message: take_text(&mut rest) },
            6 => TftpMessage::OptionAcknowledgment { options: TftpOptions { rest } },
            value => return Err(Malformed::Field { name: "opcode", value: value.into() }),
        };
        Ok(Self { message, len: bytes.len() })
    }

    fn shape(&self) -> Shape {
        let payload_len = match self.message {
            TftpMessage::Data { data, .. } => data.len(),
            _ => 0,
        };
        let header_len = self.len.saturating_sub(payload_len);
        Shape { header_len, payload_len, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("tftp.opcode", self.opcode(), 0..2);
        let mut at = 2_usize;
        let len = self.len;
        let mut text = |name, bytes: &[u8]| {
            let end = at.saturating_add(bytes.len()).saturating_add(1).min(len);
            let value = std::str::from_utf8(bytes).map_or(Value::Bytes(bytes), Value::Text);
            sink.value(name, value, at..end);
            at = end;
        };
        let options_of = |options: TftpOptions<'_>, text: &mut dyn FnMut(&'static str, &[u8])| {
            for (name, value) in options {
                text("tftp.option.name", name);
                text("tftp.option.value", value);
            }
        };
        match self.message {
            TftpMessage::ReadRequest { file, mode, options } => {
                text("tftp.source_file", file);
                text("tftp.type", mode);
                options_of(options, &mut text);
            }
            TftpMessage::WriteRequest { file, mode, options } => {
                text("tftp.destination_file", file);
                text("tftp.type", mode);
                options_of(options, &mut text);
            }
            TftpMessage::OptionAcknowledgment { options } => options_of(options, &mut text),
            TftpMessage::Data { block, .. } | TftpMessage::Acknowledgment { block } => {
                sink.number("tftp.block", block, 2..4);
            }
            TftpMessage::Error { code, message } => {
                sink.number("tftp.error.code", code, 2..4);
                let end = message.len().saturating_add(5).min(len);
                let value = std::str::from_utf8(message).map_or(Value::Bytes(message), Value::Text);
                sink.value("tftp.error.message", value, 4..end);
            }
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.message {
            TftpMessage::ReadRequest { file, .. } => write!(f, "read {}", file.escape_ascii()),
            TftpMessage::WriteRequest { file, .. } => write!(f, "write {}", file.escape_ascii()),
            TftpMessage::Data { block, data } => write!(f, "data {block} len {}", data.len()),
            TftpMessage::Acknowledgment { block } => write!(f, "acknowledgment {block}"),
            TftpMessage::Error { code, message } => {
                write!(f, "error {code} {}", message.escape_ascii())
            }
            TftpMessage::OptionAcknowledgment { .. } => f.write_str("option acknowledgment"),
        }
    }
}

impl Tftp<'_> {
    /// What kind of message it is, 1 to 6.
    pub fn opcode(&self) -> u16 {
        match self.message {
            TftpMessage::ReadRequest { .. } => 1,
            TftpMessage::WriteRequest { .. } => 2,
            TftpMessage::Data { .. } => 3,
            TftpMessage::Acknowledgment { .. } => 4,
            TftpMessage::Error { .. } => 5,
            TftpMessage::OptionAcknowledgment { .. } => 6,
        }
    }
}

impl Encode for TftpMessage<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend(Tftp { message: *self, len: 0 }.opcode().to_be_bytes());
        match *self {
            Self::ReadRequest { file, mode, options }
            | Self::WriteRequest { file, mode, options } => {
                for text in [file, mode] {
                    out.extend_from_slice(text);
                    out.push(0);
                }
                out.extend_from_slice(options.rest);
            }
            Self::Data { block, data } => {
                out.extend(block.to_be_bytes());
                out.extend_from_slice(data);
            }
            Self::Acknowledgment { block } => out.extend(block.to_be_bytes()),
            Self::Error { code, message } => {
                out.extend(code.to_be_bytes());
                out.extend_from_slice(message);
                out.push(0);
            }
            Self::OptionAcknowledgment { options } => out.extend_from_slice(options.rest),
        }
        Ok(())
    }
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::TFTP,
    "tftp",
    "Trivial File Transfer Protocol",
    |bytes, outer| Tftp::parse_in(bytes, outer).map(|tftp| tftp.shape()),
    |bytes, outer, visitor| Tftp::parse_in(bytes, outer).map(|tftp| visitor(&tftp)),
)
.specification("RFC 1350")
.role(Role::Application)
.claims(&[Key::udp_port(69)])
.template(b"\0\x01file\0octet\0");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::golden::{self, hex};

    const FIXTURE: &str = include_str!("../../tests/tshark/tftp.txt");

    #[test]
    fn fields_are_those_of_tshark() {
        // tshark carries file and blocks from packet to packet.
        let (first, rest) = FIXTURE.split_once("\n= data").unwrap();
        golden::check(first, &["tftp"], &[], &[]);
        let carried =
            ["tftp.destination_file", "tftp.request_frame", "tftp.block.full", "tftp.error"];
        golden::check(&format!("\n= data{rest}"), &["tftp"], &carried, &[]);
    }

    #[test]
    fn messages_that_are_written_again_are_the_same() {
        for case in FIXTURE.split("\n= ").skip(1) {
            let bytes = &hex(case.lines().nth(1).unwrap())[42..];
            let mut out = Vec::new();
            Tftp::parse(bytes).unwrap().message.encode(&mut out).unwrap();
            assert_eq!(out, bytes);
            for have in 0..bytes.len() {
                if let Ok(tftp) = Tftp::parse(&bytes[..have]) {
                    tftp.fields(&mut |field: crate::Field<'_>| assert!(field.bytes.end <= have));
                }
            }
        }
    }

    #[test]
    fn what_is_no_message_is_rejected() {
        let cut = |need, have| Err(Malformed::Truncated { need, have });
        let field = |value| Err(Malformed::Field { name: "opcode", value });
        assert_eq!(Tftp::parse(&[0]), cut(2, 1));
        assert_eq!(Tftp::parse(&[0, 3, 1]), cut(4, 3));
        assert_eq!(Tftp::parse(&[0, 0, 1, 1]), field(0));
        assert_eq!(Tftp::parse(&[0, 7, 1, 1]), field(7));
    }

    #[test]
    fn options_end_at_the_last_that_is_whole() {
        let tftp = Tftp::parse(b"\0\x06blksize\08\0tsize").unwrap();
        let TftpMessage::OptionAcknowledgment { options } = tftp.message else { unreachable!() };
        assert_eq!(options.collect::<Vec<_>>(), [(&b"blksize"[..], &b"8"[..])]);
        assert_eq!(fmt::from_fn(|f| tftp.summary(f)).to_string(), "option acknowledgment");
    }
}
