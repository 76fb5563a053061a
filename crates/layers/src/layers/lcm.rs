//! Lightweight Communications and Marshalling over UDP,
//! [LCM project](https://lcm-proj.github.io/lcm/content/udp-multicast-protocol.html), a datagram at
//! a time.
//!
//! ```text
//!  0                               16                             31
//! |                  magic: "LC02" or "LC03"                       |
//! |                        sequence number                         |
//! |                         payload size                           |   fragments: LC03
//! |                        fragment offset                         |
//! |        fragment number        |      fragments in message      |
//! |  channel name, up to a zero: not in fragments behind the first |
//! ```

use std::fmt;

use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::parts::Parts;
use crate::{FieldSink, Header, Key, Layer, LayerType, Malformed, Next, Protocol, Role, Shape};

/// In front of a message.
const MESSAGE: u32 = u32::from_be_bytes(*b"LC02");
/// In front of a part of a message.
const FRAGMENT: u32 = u32::from_be_bytes(*b"LC03");
/// Most bytes of the name of a channel, without the zero behind it: LCM sends no longer ones.
const MAX_CHANNEL: usize = 63;

/// What every datagram starts with.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct LcmHeader {
    pub magic: U32,
    pub sequence_number: U32,
}

impl Default for LcmHeader {
    /// A whole message, the first one.
    fn default() -> Self {
        Self { magic: MESSAGE.into(), sequence_number: U32::ZERO }
    }
}

/// Which part of a message a datagram has.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct LcmFragment {
    /// Bytes of the whole message.
    pub payload_size: U32,
    /// The place of this part in the message.
    pub fragment_offset: U32,
    pub fragment_number: U16,
    pub fragments_in_message: U16,
}

/// A message, or a part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lcm<'a> {
    pub header: &'a LcmHeader,
    /// Which part of a message this is, if it is not a whole one.
    pub fragment: Option<&'a LcmFragment>,
    /// The channel; none in fragments behind the first.
    pub channel: Option<&'a str>,
    pub payload: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Layer<'a> for Lcm<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut parts = Parts::new(bytes);
        let header = parts.take::<LcmHeader>()?;
        let magic = header.magic.get();
        if !matches!(magic, MESSAGE | FRAGMENT) {
            return Err(Malformed::Field { name: "magic", value: magic.into() });
        }
        let fragment = parts.take_if::<LcmFragment>(magic == FRAGMENT)?;
        let has_channel = fragment.is_none_or(|fragment| fragment.fragment_number == 0);
        let channel = if has_channel {
            let front = parts.rest.get(..=MAX_CHANNEL).unwrap_or(parts.rest);
            let Some(len) = front.iter().position(|&byte| byte == 0) else {
                let need = bytes.len().saturating_add(1);
                return Err(match front.len().checked_sub(MAX_CHANNEL) {
                    None | Some(0) => Malformed::Truncated { need, have: bytes.len() },
                    Some(_) => Malformed::Field { name: "channel name", value: front.len() as u64 },
                });
            };
            let name = parts.bytes(len)?;
            parts.bytes(1)?;
            let bad = Malformed::Field { name: "channel name", value: len as u64 };
            Some(std::str::from_utf8(name).map_err(|_| bad)?)
        } else {
            None
        };
        Ok(Self { header, fragment, channel, payload: parts.rest, bytes })
    }

    fn shape(&self) -> Shape {
        let payload_len = self.payload.len();
        let header_len = self.bytes.len().saturating_sub(payload_len);
        Shape { header_len, payload_len, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        // What is not there is not reported.
        let _ = fields(self, &mut FieldReader::new(self.bytes, 0, sink));
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seq {}", self.header.sequence_number.get())?;
        if let Some(fragment) = self.fragment {
            let (number, count) = (fragment.fragment_number, fragment.fragments_in_message);
            write!(f, " fragment {number} of {count}")?;
        }
        self.channel.map_or(Ok(()), |channel| write!(f, " channel {}", channel.escape_debug()))
    }
}

fn fields(lcm: &Lcm<'_>, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u32("lcm.magic")?;
    reader.u32("lcm.sequence_number")?;
    if lcm.fragment.is_some() {
        reader.u32("lcm.payload_size")?;
        reader.u32("lcm.fragment_offset")?;
        reader.u16("lcm.fragment_number")?;
        reader.u16("lcm.fragments_in_message")?;
    }
    reader.text("lcm.channel", lcm.channel?.len().saturating_add(1)).map(drop)
}

impl Lcm<'_> {
    /// The number of the type of the message, with which its payload starts; none in fragments
    /// behind the first.
    pub fn fingerprint(&self) -> Option<u64> {
        let front = self.payload.first_chunk().filter(|_| self.channel.is_some());
        front.map(|front| u64::from_be_bytes(*front))
    }
}

impl Header for LcmHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::LCM,
    "lcm",
    "Lightweight Communications and Marshalling",
    |bytes, outer| Lcm::parse_in(bytes, outer).map(|lcm| lcm.shape()),
    |bytes, outer, visitor| Lcm::parse_in(bytes, outer).map(|lcm| visitor(&lcm)),
)
.specification("LCM UDP Multicast Protocol")
.role(Role::Application)
.claims(&[Key::udp_port(7667)])
.template(b"LC02\0\0\0\0\0");

// Made by the specification: tshark does not know it.
#[cfg(test)]
layer_tests! {
    sample: Lcm *b"LC03\0\0\0\x07\0\x01\0\0\0\0\0\0\0\0\0\x03POSE\0data";
    fields: "lcm.magic=1279471667 lcm.sequence_number=7 lcm.payload_size=65536 \
        lcm.fragment_offset=0 lcm.fragment_number=0 lcm.fragments_in_message=3 lcm.channel=POSE";
    edit: LcmHeader, |header| header.sequence_number.set(8);
    bad: [0 = 0 => "magic" 0x0043_3033];
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_fragment_behind_the_first_names_no_channel() {
        let lcm = Lcm::parse(b"LC03\0\0\0\x07\0\x01\0\0\0\0\x80\0\0\x01\0\x03POSE\0data").unwrap();
        assert_eq!((lcm.channel, lcm.fingerprint()), (None, None));
        assert_eq!(lcm.payload, b"POSE\0data");
    }

    #[test]
    fn a_message_starts_with_the_number_of_its_type() {
        let lcm = Lcm::parse(b"LC02\0\0\0\x07POSE\0\0\0\0\0\0\0\0\x09more").unwrap();
        assert_eq!((lcm.channel, lcm.fingerprint()), (Some("POSE"), Some(9)));
    }

    #[test]
    fn a_channel_without_end_is_rejected() {
        let bytes = [&b"LC02\0\0\0\x07"[..], &[b'a'; 70], &[0]].concat();
        let error = Malformed::Field { name: "channel name", value: 64 };
        assert_eq!(Lcm::parse(&bytes), Err(error));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(rest in proptest::collection::vec(any::<u8>(), 0..99)) {
            for magic in [b"LC02", b"LC03"] {
                let bytes = [&magic[..], &rest].concat();
                if let Ok(lcm) = Lcm::parse(&bytes) {
                    prop_assert!(!lcm.to_string().is_empty());
                }
            }
        }
    }
}
