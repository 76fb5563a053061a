//! Frames of Ethernet that others may interrupt, and their fragments, with all that goes over the
//! line, [IEEE Std 802.3](https://standards.ieee.org/ieee/802.3/10422/) clause 99,
//! [LINKTYPE_ETHERNET_MPACKET](https://www.tcpdump.org/linktypes.html).
//!
//! ```text
//! | preamble, 0x55 ... | start delimiter | fragment count, if it goes on | frame ... | check value |
//! ```
//!
//! The preamble may be shorter than on the line. Fragments are not put together here.

use std::fmt;

use crate::crc32::crc32;
use crate::{Checksum, EtherType, FieldSink, Key, Layer, LayerType, LinkType, Malformed, Next};
use crate::{Outer, Protocol, Role, Shape, Value};

/// What a preamble is made of.
const PREAMBLE: u8 = 0x55;
/// Most bytes of preamble: 802.3 sends seven, a capture may have one more.
const MAX_PREAMBLE: usize = 8;
/// Bytes of the check value.
const CHECK_LEN: usize = 4;
/// What tells the check value of a fragment that others follow from that of a frame.
const FRAGMENT_XOR: u32 = 0x0000_ffff;

/// What a packet is, by its start delimiter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MpacketKind {
    /// A frame that nothing interrupts.
    Express,
    /// A frame that can be interrupted, or the first fragment of one: its number, 0 to 3.
    Start(u8),
    /// A fragment that goes on with a frame: its number, 0 to 3.
    Continuation(u8),
    /// Asks whether the other side can put frames together.
    Verify,
    /// Says that it can.
    Respond,
}

/// What the check value says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MpacketCheck {
    /// The frame is whole.
    Frame,
    /// Another fragment follows.
    Fragment,
    /// It is wrong, or that of a frame that began in another packet.
    Other,
}

/// A packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mpacket<'a> {
    /// Preamble, delimiter, and fragment count if there is one.
    pub header: &'a [u8],
    /// What the delimiter says.
    pub kind: MpacketKind,
    /// Where a fragment belongs among the others: 0 to 3, over and over.
    pub fragment_count: Option<u8>,
    /// The frame, or a part of it, without the check value.
    pub payload: &'a [u8],
    /// The check value as it stands in the bytes.
    pub check_value: [u8; CHECK_LEN],
    /// The place of the delimiter.
    delimiter_at: usize,
}

impl<'a> Layer<'a> for Mpacket<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let have = bytes.len();
        let is_preamble = |byte: &&u8| **byte == PREAMBLE;
        let delimiter_at = bytes.iter().take(MAX_PREAMBLE).take_while(is_preamble).count();
        let truncated = |need: usize| Malformed::Truncated { need, have };
        let behind = delimiter_at.saturating_add(1);
        let &delimiter = bytes.get(delimiter_at).ok_or(truncated(behind))?;
        let bad = Malformed::Field { name: "start delimiter", value: delimiter.into() };
        let kind = kind(delimiter).ok_or(bad)?;
        let mut header_len = behind;
        let mut fragment_count = None;
        if let MpacketKind::Continuation(_) = kind {
            header_len = behind.saturating_add(1);
            let &count = bytes.get(behind).ok_or(truncated(header_len))?;
            let bad = Malformed::Field { name: "fragment count", value: count.into() };
            fragment_count = Some(number_of(count).ok_or(bad)?);
        }
        let need = header_len.saturating_add(CHECK_LEN);
        let (header, rest) = bytes.split_at_checked(header_len).ok_or(truncated(need))?;
        let (payload, check_value) = rest.split_last_chunk().ok_or(truncated(need))?;
        let check_value = *check_value;
        Ok(Self { header, kind, fragment_count, payload, check_value, delimiter_at })
    }

    fn shape(&self) -> Shape {
        let is_frame = match self.kind {
            MpacketKind::Express => true,
            MpacketKind::Start(_) => self.check() == MpacketCheck::Frame,
            _ => false,
        };
        let next = Next::One(Key::ether_type(EtherType::BRIDGING));
        Shape {
            header_len: self.header.len(),
            payload_len: self.payload.len(),
            trailer_len: CHECK_LEN,
            next: if is_frame { next } else { Next::End },
        }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let (header_len, at) = (self.header.len(), self.delimiter_at);
        sink.bytes("fpp.preamble", self.header, 0..header_len);
        let delimiter = self.header.get(at).copied().unwrap_or_default();
        sink.number("fpp.preamble.smd", delimiter, at..at.saturating_add(1));
        if let (Some(_), Some(&count)) = (self.fragment_count, self.header.last()) {
            sink.number("fpp.preamble.frag_count", count, at.saturating_add(1)..header_len);
        }
        let end = header_len.saturating_add(self.payload.len());
        sink.value("fpp.mdata", Value::Bytes(self.payload), header_len..end);
        let check = self.check();
        let name = match (self.kind, check) {
            (MpacketKind::Express, _) | (_, MpacketCheck::Frame) => "fpp.crc32",
            _ => "fpp.mcrc32",
        };
        let place = end..end.saturating_add(CHECK_LEN);
        sink.number(name, u32::from_be_bytes(self.check_value), place);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.kind, self.fragment_count) {
            (MpacketKind::Express, _) => f.write_str("express"),
            (MpacketKind::Start(number), _) => write!(f, "frame {number}"),
            (MpacketKind::Continuation(number), count) => {
                write!(f, "frame {number} fragment {}", count.unwrap_or_default())
            }
            (MpacketKind::Verify, _) => f.write_str("verify"),
            (MpacketKind::Respond, _) => f.write_str("respond"),
        }
    }
}

impl Mpacket<'_> {
    /// What the check value says of these bytes alone.
    pub fn check(&self) -> MpacketCheck {
        let (given, computed) = (u32::from_le_bytes(self.check_value), crc32(self.payload));
        if given == computed {
            MpacketCheck::Frame
        } else if given == computed ^ FRAGMENT_XOR {
            MpacketCheck::Fragment
        } else {
            MpacketCheck::Other
        }
    }
}

/// The check value. That of a fragment which goes on with a frame covers what came before.
fn checksum(bytes: &[u8], outer: &Outer<'_>) -> Option<Checksum> {
    let packet = Mpacket::parse(bytes).ok().filter(|_| outer.is_whole())?;
    let frame = crc32(packet.payload);
    let computed = match (packet.kind, packet.check()) {
        (MpacketKind::Continuation(_), MpacketCheck::Other) => return None,
        (MpacketKind::Verify | MpacketKind::Respond, _) | (_, MpacketCheck::Fragment) => {
            frame ^ FRAGMENT_XOR
        }
        _ => frame,
    };
    let end = packet.header.len().saturating_add(packet.payload.len());
    let place = end..end.saturating_add(CHECK_LEN);
    let stored = u32::from_be_bytes(packet.check_value);
    Some(Checksum { place, stored, computed: computed.swap_bytes(), absent: None })
}

/// Table 99-1.
fn kind(delimiter: u8) -> Option<MpacketKind> {
    Some(match delimiter {
        0xd5 => MpacketKind::Express,
        0x07 => MpacketKind::Verify,
        0x19 => MpacketKind::Respond,
        0x61 => MpacketKind::Continuation(0),
        0x52 => MpacketKind::Continuation(1),
        0x9e => MpacketKind::Continuation(2),
        0x2a => MpacketKind::Continuation(3),
        _ => MpacketKind::Start(number_of(delimiter)?),
    })
}

/// Tables 99-1 and 99-2: the same bytes number frames and fragments.
fn number_of(byte: u8) -> Option<u8> {
    Some(match byte {
        0xe6 => 0,
        0x4c => 1,
        0x7f => 2,
        0xb3 => 3,
        _ => return None,
    })
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::MPACKET,
    "fpp",
    "IEEE 802.3br mPacket",
    |bytes, outer| Mpacket::parse_in(bytes, outer).map(|packet| packet.shape()),
    |bytes, outer, visitor| Mpacket::parse_in(bytes, outer).map(|packet| visitor(&packet)),
)
.specification("IEEE Std 802.3, clause 99")
.role(Role::Link)
.claims(&[Key::link_type(LinkType::ETHERNET_MPACKET)])
.template(&[0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0xd5])
.trailer(&[0; CHECK_LEN])
.checksum(checksum);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::layers::from_hex;

    /// Fields, as `tshark -T pdml` names and shows them, kind, check, and whether Ethernet follows.
    #[track_caller]
    fn check(hex: &str, fields: &str, expected: (MpacketKind, MpacketCheck, bool)) {
        let bytes = from_hex(hex);
        let packet = Mpacket::parse(&bytes).unwrap();
        let text = packet.to_string();
        assert_eq!(text, fields);
        let is_followed = packet.shape().next != Next::End;
        assert_eq!((packet.kind, packet.check(), is_followed), expected);
    }

    #[test]
    fn each_kind_is_that_of_tshark() {
        use {MpacketCheck as Check, MpacketKind as Kind};
        check(
            "55555555555555d50102030405060a0b0c0d0e0f0800646174617f2dc47a",
            "fpp.preamble=55555555555555d5 fpp.preamble.smd=213 fpp.mdata=0102030405060a0b0c0d0e0f080064617461 fpp.crc32=2133705850",
            (Kind::Express, Check::Frame, true),
        );
        check(
            "55555555555555e60102030405060a0b0c0d0e0f0800646174617f2dc47a",
            "fpp.preamble=55555555555555e6 fpp.preamble.smd=230 fpp.mdata=0102030405060a0b0c0d0e0f080064617461 fpp.crc32=2133705850",
            (Kind::Start(0), Check::Frame, true),
        );
        check(
            "555555555555554c0102030405060a0b0c0d0e0f08006461746180d2c47a",
            "fpp.preamble=555555555555554c fpp.preamble.smd=76 fpp.mdata=0102030405060a0b0c0d0e0f080064617461 fpp.mcrc32=2161296506",
            (Kind::Start(1), Check::Fragment, false),
        );
        check(
            "555555555555617f0102030405060a0b0c0d0e0f08006461746180d2c47a",
            "fpp.preamble=555555555555617f fpp.preamble.smd=97 fpp.preamble.frag_count=127 fpp.mdata=0102030405060a0b0c0d0e0f080064617461 fpp.mcrc32=2161296506",
            (Kind::Continuation(0), Check::Fragment, false),
        );
        check(
            "5555555555559eb30102030405060a0b0c0d0e0f08006461746161626364",
            "fpp.preamble=5555555555559eb3 fpp.preamble.smd=158 fpp.preamble.frag_count=179 fpp.mdata=0102030405060a0b0c0d0e0f080064617461 fpp.mcrc32=1633837924",
            (Kind::Continuation(2), Check::Other, false),
        );
        check(
            "55555555555555070000000000005c5ec2b1",
            "fpp.preamble=5555555555555507 fpp.preamble.smd=7 fpp.mdata=000000000000 fpp.mcrc32=1549714097",
            (Kind::Verify, Check::Fragment, false),
        );
        check(
            "5555555555190000000000005c5ec2b1",
            "fpp.preamble=555555555519 fpp.preamble.smd=25 fpp.mdata=000000000000 fpp.mcrc32=1549714097",
            (Kind::Respond, Check::Fragment, false),
        );
    }

    #[test]
    fn a_delimiter_that_there_is_not_is_rejected() {
        let bad = |name, value| Err(Malformed::Field { name, value });
        assert_eq!(Mpacket::parse(b"\x55\x55\x11abcdefgh"), bad("start delimiter", 0x11));
        assert_eq!(Mpacket::parse(b"\x55\x61\x11abcdefgh"), bad("fragment count", 0x11));
        // More preamble than there is.
        assert_eq!(Mpacket::parse(&[0x55; 20]), bad("start delimiter", 0x55));
    }

    #[test]
    fn every_prefix_is_truncated_or_whole() {
        let bytes = b"\x55\x55\x61\xe6abcdefgh";
        for have in 0..bytes.len() {
            match Mpacket::parse(&bytes[..have]) {
                Ok(packet) => {
                    assert_eq!((packet.payload.len(), packet.header.len()), (have - 8, 4));
                }
                Err(Malformed::Truncated { need, .. }) => assert!(need > have && have < 8),
                Err(error) => panic!("{have} bytes: {error}"),
            }
        }
    }

    proptest! {
        #[test]
        fn any_bytes_have_their_fields_inside(bytes: Vec<u8>, kind in 0..10_usize) {
            let delimiters = [0xd5, 0xe6, 0x4c, 0x7f, 0xb3, 0x61, 0x52, 0x9e, 0x2a, 0x07];
            let bytes = [&[0x55, delimiters[kind], 0xe6], &bytes[..]].concat();
            if let Ok(packet) = Mpacket::parse(&bytes) {
                packet.fields(&mut |field: crate::Field<'_>| assert!(field.bytes.end <= bytes.len()));
                prop_assert!(packet.shape().header_len <= bytes.len());
            }
        }
    }
}
