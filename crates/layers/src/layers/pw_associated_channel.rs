//! Associated channel header of a pseudowire or label switched path,
//! [RFC 5586](https://www.rfc-editor.org/rfc/rfc5586) section 2.1.
//!
//! ```text
//!  0       4       8               16                             31
//! | 0 0 0 1|version|   reserved    |         channel type           |
//! ```

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::mpls::ASSOCIATED_CHANNEL;
use crate::layers::split;
use crate::{Behind, EncodeError, FieldSink, Header, Key, KeyKind, Layer, LayerType, Malformed};
use crate::{Next, PppProtocol, Protocol, Shape};

/// The channel of IPv4, by its PPP number.
const IPV4: u16 = PppProtocol::IPV4.0;
/// The channel of IPv6, by its PPP number.
const IPV6: u16 = PppProtocol::IPV6.0;

/// The header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct PwAssociatedChannelHeader {
    /// Four bits that are 1, and the version.
    pub nibble_version: u8,
    pub reserved: u8,
    pub channel_type: U16,
}

impl Default for PwAssociatedChannelHeader {
    /// Version 0 of channel type 0.
    fn default() -> Self {
        Self { nibble_version: 0x10, reserved: 0, channel_type: U16::ZERO }
    }
}

impl PwAssociatedChannelHeader {
    /// Version, 4 bits: 0.
    pub fn version(&self) -> u8 {
        self.nibble_version & 15
    }

    /// Writes the version, its low four bits.
    pub fn set_version(&mut self, version: u8) {
        self.nibble_version = self.nibble_version & 0xf0 | version & 15;
    }
}

/// A header and the message behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PwAssociatedChannel<'a> {
    pub header: &'a PwAssociatedChannelHeader,
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for PwAssociatedChannel<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = split::<PwAssociatedChannelHeader>(bytes)?;
        match header.nibble_version >> 4 {
            1 => Ok(Self { header, payload }),
            nibble => Err(Malformed::Field { name: "first nibble", value: nibble.into() }),
        }
    }

    fn shape(&self) -> Shape {
        let key = match self.channel_type() {
            number @ (IPV4 | IPV6) => Key::ppp_protocol(PppProtocol(number)),
            number => Key::child(LayerType::PW_ASSOCIATED_CHANNEL, number.into()),
        };
        let header_len = size_of::<PwAssociatedChannelHeader>();
        let payload_len = self.payload.len();
        Shape { header_len, payload_len, trailer_len: 0, next: Next::One(key) }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("pwach.ver", self.header.version(), 0..1);
        sink.number("pwach.res", self.header.reserved, 1..2);
        sink.number("pwach.channel_type", self.header.channel_type, 2..4);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "channel {:#06x}", self.channel_type())
    }
}

impl PwAssociatedChannel<'_> {
    /// What the message behind the header is.
    pub fn channel_type(&self) -> u16 {
        self.header.channel_type.get()
    }
}

impl Header for PwAssociatedChannelHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<PwAssociatedChannelHeader>(bytes)?;
    let number = behind.number(header.channel_type.get(), |kind| match kind {
        KeyKind::PppProtocol(PppProtocol(number @ (IPV4 | IPV6))) => Some(number),
        KeyKind::Child(LayerType::PW_ASSOCIATED_CHANNEL, number) => number.try_into().ok(),
        _ => None,
    });
    header.channel_type.set(number);
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::PW_ASSOCIATED_CHANNEL,
    "pwach",
    "Pseudowire associated channel header",
    |bytes, outer| PwAssociatedChannel::parse_in(bytes, outer).map(|channel| channel.shape()),
    |bytes, outer, visitor| {
        PwAssociatedChannel::parse_in(bytes, outer).map(|channel| visitor(&channel))
    },
)
.specification("RFC 5586")
.claims(&[Key::child(LayerType::MPLS, ASSOCIATED_CHANNEL)])
.template(&[0x10, 0, 0, 0])
.next(next);

// tshark: an own packet with channel type 0x0021 and IPv4 behind it.
#[cfg(test)]
layer_tests! {
    sample: PwAssociatedChannel *b"\x10\0\0\x21\x45";
    fields: "pwach.ver=0 pwach.res=0 pwach.channel_type=33";
    edit: PwAssociatedChannelHeader, |header| header.set_version(1);
    bad: [0 = 0x20 => "first nibble" 2];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_of_ip_have_the_numbers_of_ppp() {
        let next = |bytes: &[u8]| PwAssociatedChannel::parse(bytes).unwrap().shape().next;
        assert_eq!(next(b"\x10\0\0\x57"), Next::One(Key::ppp_protocol(PppProtocol::IPV6)));
        let key = Key::child(LayerType::PW_ASSOCIATED_CHANNEL, 7);
        assert_eq!(next(b"\x10\0\0\x07"), Next::One(key));
    }
}
