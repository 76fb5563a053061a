//! Control word of an Ethernet pseudowire, [RFC 4448](https://www.rfc-editor.org/rfc/rfc4448)
//! section 4.6.
//!
//! ```text
//!  0       4                       16                             31
//! | 0 0 0 0|       reserved        |        sequence number         |
//! ```

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::mpls::ETHERNET_CONTROL_WORD;
use crate::layers::split;
use crate::{
    EtherType, FieldSink, Header, Key, Layer, LayerType, Malformed, Next, Protocol, Shape,
};

/// The word on the wire.
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
pub struct PwEthernetHeader {
    /// Four bits of zero, and twelve that are to be ignored.
    pub reserved: U16,
    pub sequence_number: U16,
}

/// A control word and the frame behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PwEthernet<'a> {
    pub header: &'a PwEthernetHeader,
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for PwEthernet<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = split::<PwEthernetHeader>(bytes)?;
        match header.reserved.get() >> 12 {
            0 => Ok(Self { header, payload }),
            nibble => Err(Malformed::Field { name: "first nibble", value: nibble.into() }),
        }
    }

    fn shape(&self) -> Shape {
        let header_len = size_of::<PwEthernetHeader>();
        let next = Next::One(Key::ether_type(EtherType::BRIDGING));
        Shape { header_len, payload_len: self.payload.len(), trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("pweth.cw.sequence_number", self.header.sequence_number, 2..4);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sequence_number() {
            Some(number) => write!(f, "seq {number}"),
            None => write!(f, "no sequence"),
        }
    }
}

impl PwEthernet<'_> {
    /// The number of the frame in its sequence. Zero on the wire says that frames are not numbered.
    pub fn sequence_number(&self) -> Option<u16> {
        Some(self.header.sequence_number.get()).filter(|&number| number != 0)
    }
}

impl Header for PwEthernetHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::PW_ETHERNET,
    "pwethcw",
    "Ethernet pseudowire control word",
    |bytes, outer| PwEthernet::parse_in(bytes, outer).map(|word| word.shape()),
    |bytes, outer, visitor| PwEthernet::parse_in(bytes, outer).map(|word| visitor(&word)),
)
.specification("RFC 4448")
.claims(&[Key::child(LayerType::MPLS, ETHERNET_CONTROL_WORD)])
.template(&[0; size_of::<PwEthernetHeader>()]);

// tshark: pweth.cw.sequence_number=7, in an own packet.
#[cfg(test)]
layer_tests! {
    sample: PwEthernet *b"\0\0\0\x07\xcc\x07\x0d\x08\0\0\xcc\0\x0a\x64\0\0\x90\0";
    fields: "pweth.cw.sequence_number=7";
    edit: PwEthernetHeader, |header| header.sequence_number.set(8);
    bad: [0 = 0x10 => "first nibble" 1];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_zero_is_none() {
        assert_eq!(PwEthernet::parse(b"\0\0\0\0").unwrap().sequence_number(), None);
        assert_eq!(PwEthernet::parse(b"\0\0\0\x01").unwrap().sequence_number(), Some(1));
    }
}
