//! Multilink PPP, [RFC 1990](https://www.rfc-editor.org/rfc/rfc1990) section 3, with the long
//! sequence numbers that are its default, and the classes of
//! [RFC 2686](https://www.rfc-editor.org/rfc/rfc2686) section 4.
//!
//! ```text
//!  0   1   2       6       8                                      31
//! | B | E | class | 0   0 |            sequence number             |
//! ```

use std::fmt;

use zerocopy::network_endian::U32;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{EtherType, FieldSink, Header, Key, Layer, LayerType, Malformed, Next, PppProtocol};
use crate::{Protocol, Shape};

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
pub struct PppMultilinkHeader {
    pub flags_sequence_number: U32,
}

impl PppMultilinkHeader {
    /// Whether a packet begins with this fragment.
    pub fn is_beginning(&self) -> bool {
        self.flags_sequence_number.get() >> 31 != 0
    }

    /// Writes whether a packet begins with this fragment.
    pub fn set_beginning(&mut self, begins: bool) {
        self.set_bit(31, begins);
    }

    /// Whether a packet ends with this fragment.
    pub fn is_ending(&self) -> bool {
        self.flags_sequence_number.get() >> 30 & 1 != 0
    }

    /// Writes whether a packet ends with this fragment.
    pub fn set_ending(&mut self, ends: bool) {
        self.set_bit(30, ends);
    }

    /// The class of the packet, 4 bits: each is numbered on its own.
    pub fn class(&self) -> u8 {
        self.flags_sequence_number.to_bytes()[0] >> 2 & 15
    }

    /// Writes [`class`](Self::class), its low 4 bits.
    pub fn set_class(&mut self, class: u8) {
        self.flags_sequence_number
            .set(self.flags_sequence_number.get() & !0x3c00_0000 | u32::from(class & 0x0f) << 26);
    }

    /// The number of the fragment, 24 bits.
    pub fn sequence_number(&self) -> u32 {
        self.flags_sequence_number.get() & 0x00ff_ffff
    }

    /// Writes the number of the fragment, its low 24 bits.
    pub fn set_sequence_number(&mut self, number: u32) {
        let others = self.flags_sequence_number.get() & 0xff00_0000;
        self.flags_sequence_number.set(others | number & 0x00ff_ffff);
    }

    fn set_bit(&mut self, bit: u8, value: bool) {
        let others = self.flags_sequence_number.get() & !(1 << bit);
        self.flags_sequence_number.set(others | u32::from(value) << bit);
    }
}

/// A fragment of a packet that goes over several links, or all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PppMultilink<'a> {
    pub header: &'a PppMultilinkHeader,
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for PppMultilink<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = split::<PppMultilinkHeader>(bytes)?;
        Ok(Self { header, payload })
    }

    fn shape(&self) -> Shape {
        // A fragment may end anywhere, so that only a whole packet leads on.
        let is_whole = self.header.is_beginning() && self.header.is_ending();
        let next = if is_whole { Next::One(Key::ether_type(EtherType::PPP)) } else { Next::End };
        let header_len = size_of::<PppMultilinkHeader>();
        Shape { header_len, payload_len: self.payload.len(), trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let bits = self.header.flags_sequence_number.to_bytes()[0];
        sink.number("mp.frag", bits >> 2, 0..1);
        sink.flag("mp.first", self.header.is_beginning(), 0..1);
        sink.flag("mp.last", self.header.is_ending(), 0..1);
        sink.number("mp.sequence_num_cls", self.header.class(), 0..1);
        sink.flag("mp.sequence_num_reserved", bits & 3 != 0, 0..1);
        sink.number("mp.seq", self.header.sequence_number(), 1..4);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = match (self.header.is_beginning(), self.header.is_ending()) {
            (true, true) => "whole",
            (true, false) => "first",
            (false, true) => "last",
            (false, false) => "middle",
        };
        write!(f, "{part} seq {}", self.sequence_number())
    }
}

impl PppMultilink<'_> {
    /// The number of the fragment, 24 bits.
    pub fn sequence_number(&self) -> u32 {
        self.header.sequence_number()
    }
}

impl Header for PppMultilinkHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::PPP_MULTILINK,
    "mp",
    "PPP Multilink Protocol",
    |bytes, outer| PppMultilink::parse_in(bytes, outer).map(|fragment| fragment.shape()),
    |bytes, outer, visitor| PppMultilink::parse_in(bytes, outer).map(|fragment| visitor(&fragment)),
)
.specification("RFC 1990")
.claims(&[Key::ppp_protocol(PppProtocol::MULTILINK)])
.template(&[0xc0, 0, 0, 0]);

// tshark -r own packet.
#[cfg(test)]
layer_tests! {
    sample: PppMultilink *b"\xff\x01\x02\x03abc";
    fields: "mp.frag=63 mp.first=1 mp.last=1 mp.sequence_num_cls=15 mp.sequence_num_reserved=1 \
        mp.seq=66051";
    edit: PppMultilinkHeader, |header| header.set_sequence_number(7);
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_packet_leads_on() {
        let next = |bits: u8| PppMultilink::parse(&[bits, 0, 0, 7]).unwrap().shape().next;
        assert_eq!(next(0xc0), Next::One(Key::ether_type(EtherType::PPP)));
        assert_eq!([next(0x80), next(0x40), next(0)], [Next::End; 3]);
    }

    #[test]
    fn setters_keep_the_other_bits() {
        let mut header = PppMultilinkHeader::default();
        header.set_beginning(true);
        header.set_sequence_number(0x0a_0b0c);
        header.set_ending(true);
        header.set_beginning(false);
        assert_eq!(header.flags_sequence_number.get(), 0x400a_0b0c);
    }
}
