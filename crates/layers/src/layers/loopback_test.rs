//! Configuration testing protocol of Ethernet 2.0, section 8, which is known as the loopback test:
//! stations send a frame on, one after the other. Its numbers are little-endian.
//!
//! ```text
//!  0            16
//! | skip count  | function | by the function ...  |  one behind the other
//!               | 1 reply  | receipt number       |  and data
//!               | 2 forward data | address, 6 bytes |
//! ```

use std::fmt;

use zerocopy::little_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::Value;
use crate::layers::split;
use crate::{
    EtherType, FieldSink, Header, Key, Layer, LayerType, Malformed, Next, Protocol, Shape,
};

/// Functions.
const REPLY: u16 = 1;
const FORWARD_DATA: u16 = 2;
/// Bytes of a function and what belongs to it.
const REPLY_LEN: usize = 4;
const FORWARD_LEN: usize = 8;

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
pub struct LoopbackTestHeader {
    /// Bytes of messages that are done: the next is behind them.
    pub skip_count: U16,
}

/// One message to a station.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoopbackMessage {
    /// This is the answer; data follows.
    Reply { receipt_number: u16 },
    /// Send the frame on, with a skip count larger by eight.
    ForwardData { address: [u8; 6] },
}

impl LoopbackMessage {
    /// Appends the message.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Reply { receipt_number } => {
                out.extend_from_slice(&REPLY.to_le_bytes());
                out.extend_from_slice(&receipt_number.to_le_bytes());
            }
            Self::ForwardData { address } => {
                out.extend_from_slice(&FORWARD_DATA.to_le_bytes());
                out.extend_from_slice(address);
            }
        }
    }
}

/// A frame on its way around.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoopbackTest<'a> {
    pub header: &'a LoopbackTestHeader,
    /// The messages, up to the first reply or what is none.
    pub message_bytes: &'a [u8],
    /// What is carried around.
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for LoopbackTest<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<LoopbackTestHeader>(bytes)?;
        let mut messages = LoopbackMessages { rest, is_over: false };
        messages.by_ref().for_each(drop);
        let len = rest.len().saturating_sub(messages.rest.len());
        let (message_bytes, payload) = rest.split_at_checked(len).unwrap_or((rest, &[]));
        Ok(Self { header, message_bytes, payload })
    }

    fn shape(&self) -> Shape {
        let header_len = self.message_bytes.len().saturating_add(2);
        Shape { header_len, payload_len: self.payload.len(), trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let skip_count = self.header.skip_count.get();
        sink.number("loop.skipcount", skip_count, 0..2);
        let mut at = 2_usize;
        for message in self.messages() {
            let (data, place) = (at.saturating_add(2), at..at.saturating_add(2));
            let (function, len) = match message {
                LoopbackMessage::Reply { .. } => (REPLY, REPLY_LEN),
                LoopbackMessage::ForwardData { .. } => (FORWARD_DATA, FORWARD_LEN),
            };
            if at == usize::from(skip_count).saturating_add(2) {
                sink.number("loop.relevant_function", function, place.clone());
            }
            sink.number("loop.function", function, place);
            at = at.saturating_add(len);
            match message {
                LoopbackMessage::Reply { receipt_number } => {
                    sink.number("loop.receipt_number", receipt_number, data..at);
                }
                LoopbackMessage::ForwardData { address } => {
                    sink.value("loop.forwarding_address", Value::Mac(address), data..at);
                }
            }
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.message() {
            Some(LoopbackMessage::Reply { receipt_number }) => write!(f, "reply {receipt_number}"),
            Some(LoopbackMessage::ForwardData { address }) => {
                write!(f, "forward to {}", Value::Mac(address))
            }
            None => Ok(()),
        }
    }
}

impl<'a> LoopbackTest<'a> {
    /// The messages, those that are done first.
    pub fn messages(&self) -> LoopbackMessages<'a> {
        LoopbackMessages { rest: self.message_bytes, is_over: false }
    }

    /// The message for the station that receives the frame.
    pub fn message(&self) -> Option<LoopbackMessage> {
        let rest = self.message_bytes.get(self.header.skip_count.get().into()..)?;
        LoopbackMessages { rest, is_over: false }.next()
    }
}

/// The messages of a frame. Ends behind a reply, and in front of what is no message.
#[derive(Clone, Debug)]
pub struct LoopbackMessages<'a> {
    rest: &'a [u8],
    /// Whether a reply was there: data may look like a message, but nothing is one behind it.
    is_over: bool,
}

impl Iterator for LoopbackMessages<'_> {
    type Item = LoopbackMessage;

    fn next(&mut self) -> Option<Self::Item> {
        let (function, rest) = self.rest.split_first_chunk().filter(|_| !self.is_over)?;
        match u16::from_le_bytes(*function) {
            REPLY => {
                let (number, rest) = rest.split_first_chunk()?;
                (self.rest, self.is_over) = (rest, true);
                Some(LoopbackMessage::Reply { receipt_number: u16::from_le_bytes(*number) })
            }
            FORWARD_DATA => {
                let (&address, rest) = rest.split_first_chunk()?;
                self.rest = rest;
                Some(LoopbackMessage::ForwardData { address })
            }
            _ => None,
        }
    }
}

impl Header for LoopbackTestHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::LOOPBACK_TEST,
    "loop",
    "Configuration testing protocol",
    |bytes, outer| LoopbackTest::parse_in(bytes, outer).map(|test| test.shape()),
    |bytes, outer, visitor| LoopbackTest::parse_in(bytes, outer).map(|test| visitor(&test)),
)
.specification("Ethernet 2.0, section 8")
.claims(&[Key::ether_type(EtherType::LOOPBACK)])
.template(&[0, 0]);

// Made by hand, read by tshark 4.0.17: skip count 8, the reply is relevant
#[cfg(test)]
layer_tests! {
    sample: LoopbackTest *b"\x08\0\x02\0\x02\0\0\0\0\x03\x01\0\x2a\0xx";
    fields: "loop.skipcount=8 loop.function=2 loop.forwarding_address=02:00:00:00:00:03 \
        loop.relevant_function=1 loop.function=1 loop.receipt_number=42";
    edit: LoopbackTestHeader, |header| header.skip_count.set(0);
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_a_message_behind_a_reply() {
        let test = LoopbackTest::parse(b"\0\0\x01\0\x2a\0\x01\0\x2b\0").unwrap();
        assert_eq!(test.message(), Some(LoopbackMessage::Reply { receipt_number: 42 }));
        assert_eq!((test.messages().count(), test.payload), (1, &b"\x01\0\x2b\0"[..]));
    }

    #[test]
    fn a_skip_count_behind_the_end_leads_to_no_message() {
        let test = LoopbackTest::parse(b"\xff\xff\x01\0\x2a\0").unwrap();
        assert_eq!(test.message(), None);
        assert_eq!(LoopbackTest::parse(b"\0\0\x03\0\x01").unwrap().message(), None);
    }

    #[test]
    fn messages_are_written_as_they_were() {
        let bytes = b"\0\0\x02\0\x02\0\0\0\0\x03\x02\0\x02\0\0\0\0\x04\x01\0\x2a\0";
        let mut out = vec![0, 0];
        LoopbackTest::parse(bytes).unwrap().messages().for_each(|message| message.encode(&mut out));
        assert_eq!(out, bytes);
    }
}
