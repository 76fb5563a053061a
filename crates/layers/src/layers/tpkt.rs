//! ISO transport service on top of TCP, [RFC 1006](https://www.rfc-editor.org/rfc/rfc1006)
//! section 6.
//!
//! ```text
//!  0             8             16                             31
//! |   version    |  reserved   |        packet length         |  TPDU ...
//! ```

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{Behind, EncodeError, FieldSink, Header, Key, Layer, LayerType, Malformed, Next};
use crate::{Outer, Protocol, Role, Shape};

/// The only version.
const VERSION: u8 = 3;
/// Bytes of header, which the length counts.
const HEADER_LEN: usize = size_of::<TpktHeader>();
/// RFC 1006, section 6: the shortest TPDU has three bytes.
const MIN_LENGTH: u16 = 7;

/// The header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct TpktHeader {
    pub version: u8,
    pub reserved: u8,
    /// Bytes of the whole packet, this header included.
    pub packet_length: U16,
}

impl Default for TpktHeader {
    /// A header of the shortest packet.
    fn default() -> Self {
        Self { version: VERSION, reserved: 0, packet_length: MIN_LENGTH.into() }
    }
}

/// A packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tpkt<'a> {
    pub header: &'a TpktHeader,
    /// The TPDU, as far as it is there.
    pub payload: &'a [u8],
    /// What is behind the packet: another one, to be read by [`Tpkt::parse`], or its front.
    pub rest: &'a [u8],
}

impl<'a> Layer<'a> for Tpkt<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, behind) = split::<TpktHeader>(bytes)?;
        if header.version != VERSION {
            return Err(Malformed::Field { name: "version", value: header.version.into() });
        }
        let length = header.packet_length.get();
        if length < MIN_LENGTH {
            return Err(Malformed::Field { name: "packet length", value: length.into() });
        }
        let len = usize::from(length).saturating_sub(HEADER_LEN);
        let (payload, rest) = behind.split_at_checked(len).unwrap_or((behind, &[]));
        Ok(Self { header, payload, rest })
    }

    /// Behind a port it is a guess, which the reserved byte confirms: it is zero, RFC 2126 section 4.3.
    fn parse_in(bytes: &'a [u8], outer: &Outer<'_>) -> Result<Self, Malformed> {
        let tpkt = Self::parse(bytes)?;
        let is_guess = outer.parent().is_some_and(|parent| parent.layer == LayerType::TCP);
        match tpkt.header.reserved {
            0 => Ok(tpkt),
            value if is_guess => Err(Malformed::Field { name: "reserved", value: value.into() }),
            _ => Ok(tpkt),
        }
    }

    fn shape(&self) -> Shape {
        let payload_len = usize::from(self.header.packet_length.get()).saturating_sub(HEADER_LEN);
        let next = Next::One(Key::parent(LayerType::TPKT));
        Shape { header_len: HEADER_LEN, payload_len, trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("tpkt.version", self.header.version, 0..1);
        sink.number("tpkt.reserved", self.header.reserved, 1..2);
        sink.number("tpkt.length", self.header.packet_length, 2..4);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "length {}", self.header.packet_length)
    }
}

impl Header for TpktHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let length = behind.fit("packet length", behind.payload_len.saturating_add(HEADER_LEN))?;
    let header = behind.header::<TpktHeader>(bytes)?;
    // The packet may go on in another segment: only what was not given is worked out.
    if header.packet_length.get() <= MIN_LENGTH {
        header.packet_length.set(length);
    }
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::TPKT,
    "tpkt",
    "ISO transport service on top of TCP",
    |bytes, outer| Tpkt::parse_in(bytes, outer).map(|tpkt| tpkt.shape()),
    |bytes, outer, visitor| Tpkt::parse_in(bytes, outer).map(|tpkt| visitor(&tpkt)),
)
.specification("RFC 1006")
.role(Role::Application)
// Remote desktops use the same packets on a port of their own.
.claims(&[Key::tcp_port(102), Key::tcp_port(3389)])
.template(b"\x03\0\0\x07")
.lengths(lengths);

// The header of a data TPDU, made for this test; the fields are tshark's.
#[cfg(test)]
layer_tests! {
    sample: Tpkt *b"\x03\0\0\x0a\x02\xf0\x80abc";
    fields: "tpkt.version=3 tpkt.reserved=0 tpkt.length=10";
    edit: TpktHeader, |header| header.reserved = 8;
    bad: [0 = 2 => "version" 2, 3 = 6 => "packet length" 6];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_behind_a_packet_can_be_read_on() {
        let bytes = b"\x03\0\0\x07\x02\xf0\x80\x03\0\0\x08\x02\xf0\x80a";
        let first = Tpkt::parse(bytes).unwrap();
        assert_eq!(first.payload, b"\x02\xf0\x80");
        let second = Tpkt::parse(first.rest).unwrap();
        assert_eq!((second.payload, second.rest), (&b"\x02\xf0\x80a"[..], &b""[..]));
        assert_eq!(first.shape().payload_len, 3);
    }
}
