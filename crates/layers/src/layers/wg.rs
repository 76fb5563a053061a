//! `WireGuard`, [protocol](https://www.wireguard.com/protocol/).
//!
//! ```text
//!  0             8                              32
//! |    type     |  reserved, 24 bits of zero   |  of the type, little-endian ...
//! ```

use std::fmt;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::key::numbers;
use crate::layers::split;
use crate::{FieldSink, Header, Key, Layer, LayerType, Malformed, Next, Outer, Probe, Protocol};
use crate::{Role, Shape};

/// Bytes of a handshake initiation.
const INITIATION_LEN: usize = 148;
/// Bytes of a handshake response.
const RESPONSE_LEN: usize = 92;
/// Bytes of a cookie reply.
const COOKIE_LEN: usize = 64;
/// Bytes in front of what a transport message carries.
const TRANSPORT_HEADER_LEN: usize = 16;
/// Bytes of a check value.
const TAG_LEN: usize = 16;

/// What every message starts with.
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
pub struct WgHeader {
    pub message_type: u8,
    pub reserved: [u8; 3],
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WgMessageType(pub u8);

numbers! {
    WgMessageType "type {}" {
        /// Somebody wants new keys.
        HANDSHAKE_INITIATION = 1 "handshake initiation";
        /// The other end agrees.
        HANDSHAKE_RESPONSE = 2 "handshake response";
        /// The other end is busy: send this cookie along.
        COOKIE_REPLY = 3 "cookie reply";
        /// An IP packet, encrypted; an empty one keeps ways open.
        TRANSPORT_DATA = 4 "transport data";
    }
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wg<'a> {
    pub header: &'a WgHeader,
    /// What is behind the type; of transport data, what is encrypted.
    pub payload: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Layer<'a> for Wg<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, _) = split::<WgHeader>(bytes)?;
        if header.reserved != [0; 3] {
            let [a, b, c] = header.reserved;
            let value = u32::from_be_bytes([0, a, b, c]).into();
            return Err(Malformed::Field { name: "reserved", value });
        }
        let (len, is_exact) = match header.message_type {
            1 => (INITIATION_LEN, true),
            2 => (RESPONSE_LEN, true),
            3 => (COOKIE_LEN, true),
            4 => (TRANSPORT_HEADER_LEN, false),
            other => return Err(Malformed::Field { name: "message type", value: other.into() }),
        };
        if is_exact && bytes.len() > len {
            return Err(Malformed::Field { name: "length", value: bytes.len() as u64 });
        }
        let front = if is_exact { size_of::<WgHeader>() } else { len };
        let cut = Malformed::Truncated { need: front, have: bytes.len() };
        let payload = bytes.get(front..).ok_or(cut)?;
        Ok(Self { header, payload, bytes })
    }

    fn shape(&self) -> Shape {
        let header_len = self.bytes.len().saturating_sub(self.payload.len());
        let len = match self.message_type() {
            WgMessageType::HANDSHAKE_INITIATION => INITIATION_LEN,
            WgMessageType::HANDSHAKE_RESPONSE => RESPONSE_LEN,
            WgMessageType::COOKIE_REPLY => COOKIE_LEN,
            _ => self.bytes.len(),
        };
        let payload_len = len.saturating_sub(header_len);
        Shape { header_len, payload_len, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        // What is not there is not reported.
        let _ = self.read(&mut FieldReader::new(self.bytes, 0, sink));
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.counter(), self.receiver()) {
            (Some(_), Some(receiver)) if self.payload.len() == TAG_LEN => {
                write!(f, "keepalive to {receiver:#010x}")
            }
            (Some(counter), Some(receiver)) => {
                write!(f, "data {counter} to {receiver:#010x}")
            }
            _ => write!(f, "{}", self.message_type()),
        }
    }
}

impl Wg<'_> {
    /// What the message is.
    pub fn message_type(&self) -> WgMessageType {
        WgMessageType(self.header.message_type)
    }

    /// The sender's number for the session, in a handshake.
    pub fn sender(&self) -> Option<u32> {
        let has_one = matches!(self.header.message_type, 1 | 2);
        self.word(4).filter(|_| has_one)
    }

    /// The receiver's number for the session; the first message has none.
    pub fn receiver(&self) -> Option<u32> {
        match self.header.message_type {
            1 => None,
            2 => self.word(8),
            _ => self.word(4),
        }
    }

    /// The number of a packet in a session.
    pub fn counter(&self) -> Option<u64> {
        let is_data = self.message_type() == WgMessageType::TRANSPORT_DATA;
        let counter = self.bytes.get(8..).and_then(|bytes| bytes.first_chunk());
        counter.filter(|_| is_data).map(|counter| u64::from_le_bytes(*counter))
    }

    fn word(&self, at: usize) -> Option<u32> {
        let word = self.bytes.get(at..).and_then(|bytes| bytes.first_chunk());
        word.map(|word| u32::from_le_bytes(*word))
    }

    fn read(&self, reader: &mut FieldReader<'_, '_>) -> Option<()> {
        reader.u8("wg.type")?;
        reader.bytes("wg.reserved", 3)?;
        match self.header.message_type {
            1 => {
                little_endian("wg.sender", reader)?;
                reader.bytes("wg.ephemeral", 32)?;
                reader.bytes("wg.encrypted_static", 48)?;
                reader.bytes("wg.encrypted_timestamp", 28)?;
                reader.bytes("wg.mac1", 16)?;
                reader.bytes("wg.mac2", 16)?;
            }
            2 => {
                little_endian("wg.sender", reader)?;
                little_endian("wg.receiver", reader)?;
                reader.bytes("wg.ephemeral", 32)?;
                reader.bytes("wg.encrypted_empty", 16)?;
                reader.bytes("wg.mac1", 16)?;
                reader.bytes("wg.mac2", 16)?;
            }
            3 => {
                little_endian("wg.receiver", reader)?;
                reader.bytes("wg.nonce", 24)?;
                reader.bytes("wg.encrypted_cookie", 32)?;
            }
            _ => {
                little_endian("wg.receiver", reader)?;
                let counter = u64::from_le_bytes(*reader.take()?);
                reader.bits("wg.counter", counter);
                reader.rest_as("wg.encrypted_packet");
            }
        }
        Some(())
    }
}

fn little_endian(name: &'static str, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let value = u32::from_le_bytes(*reader.take()?);
    reader.bits(name, value);
    Some(())
}

impl Header for WgHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// Whether a datagram has type and length of a message: what is encrypted is padded to 16 bytes.
fn probe(bytes: &[u8], _outer: &Outer<'_>) -> bool {
    match *bytes {
        [1, 0, 0, 0, ..] => bytes.len() == INITIATION_LEN,
        [2, 0, 0, 0, ..] => bytes.len() == RESPONSE_LEN,
        [3, 0, 0, 0, ..] => bytes.len() == COOKIE_LEN,
        [4, 0, 0, 0, ..] => {
            bytes.len().is_multiple_of(16)
                && bytes.len() >= TRANSPORT_HEADER_LEN.saturating_add(TAG_LEN)
        }
        _ => false,
    }
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::WG,
    "wg",
    "WireGuard",
    |bytes, outer| Wg::parse_in(bytes, outer).map(|wg| wg.shape()),
    |bytes, outer, visitor| Wg::parse_in(bytes, outer).map(|wg| visitor(&wg)),
)
.specification("WireGuard protocol")
.role(Role::Application)
.claims(&[Key::udp_port(51820)])
.probes(&[Probe { parent: LayerType::UDP, first: (1, 4), test: probe }])
.template(b"\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");

// tshark -r wireguard.pcap, crafted: a transport message of 16 bytes, a keepalive.
#[cfg(test)]
layer_tests! {
    sample: Wg *b"\x04\0\0\0\x01\x02\x03\x04\x06\0\0\0\0\0\0\0\
        \x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f";
    fields: "wg.type=4 wg.reserved=000000 wg.receiver=67305985 wg.counter=6 \
        wg.encrypted_packet=000102030405060708090a0b0c0d0e0f";
    edit: WgHeader, |header| header.message_type = 3;
    bad: [0 = 0 => "message type" 0, 0 = 5 => "message type" 5, 3 = 1 => "reserved" 1];
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The message of a type that announces nothing but zeros.
    fn message(kind: u8, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        bytes[0] = kind;
        bytes
    }

    #[test]
    fn each_type_of_fixed_length_has_no_more_than_that() {
        for (kind, len) in [(1, INITIATION_LEN), (2, RESPONSE_LEN), (3, COOKIE_LEN)] {
            assert!(Wg::parse(&message(kind, len)).is_ok());
            let error = Malformed::Field { name: "length", value: len as u64 + 1 };
            assert_eq!(Wg::parse(&message(kind, len + 1)), Err(error));
        }
    }

    #[test]
    fn a_cut_message_announces_what_is_missing() {
        let shape = Wg::parse(&message(1, 60)).unwrap().shape();
        assert_eq!((shape.header_len, shape.payload_len), (4, INITIATION_LEN - 4));
    }

    #[test]
    fn the_probe_wants_exact_lengths() {
        for len in 4..200 {
            assert_eq!(probe(&message(2, len), &Outer::NONE), len == RESPONSE_LEN, "{len}");
            let data = len >= 32 && len % 16 == 0;
            assert_eq!(probe(&message(4, len), &Outer::NONE), data, "{len}");
        }
    }

    #[test]
    fn numbers_of_sessions_are_little_endian() {
        let mut bytes = message(2, RESPONSE_LEN);
        bytes[4..12].copy_from_slice(&[1, 2, 3, 4, 0, 1, 2, 3]);
        let wg = Wg::parse(&bytes).unwrap();
        assert_eq!((wg.sender(), wg.receiver()), (Some(0x0403_0201), Some(0x0302_0100)));
        assert_eq!(wg.counter(), None);
    }
}
