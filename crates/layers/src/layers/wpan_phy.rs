//! The physical header of IEEE 802.15.4 but for amplitude-shift keying,
//! [IEEE Std 802.15.4](https://standards.ieee.org/ieee/802.15.4/7029/) section 12.1.
//!
//! ```text
//!  0                               32              40             47
//! |           preamble            |   delimiter   |     length     |
//! ```

use std::fmt;

use zerocopy::little_endian::U32;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{Behind, EncodeError, FieldSink, Header, Key, Layer, LayerType, LinkType, Malformed};
use crate::{Next, Protocol, Shape};

/// The bits of the last byte that are a length.
const LENGTH: u8 = 0x7f;

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
pub struct WpanPhyHeader {
    pub preamble: U32,
    /// Start of the frame.
    pub delimiter: u8,
    /// Bytes of the frame with its check sequence, 7 bits.
    pub length: u8,
}

/// A frame from its preamble on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WpanPhy<'a> {
    pub header: &'a WpanPhyHeader,
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for WpanPhy<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<WpanPhyHeader>(bytes)?;
        let payload = rest.get(..(header.length & LENGTH).into()).unwrap_or(rest);
        Ok(Self { header, payload })
    }

    fn shape(&self) -> Shape {
        Shape {
            header_len: size_of::<WpanPhyHeader>(),
            payload_len: (self.header.length & LENGTH).into(),
            trailer_len: 0,
            next: Next::One(Key::link_type(LinkType::IEEE802_15_4_WITHFCS)),
        }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("wpan-nonask-phy.preamble", self.header.preamble, 0..4);
        sink.number("wpan-nonask-phy.sfd", self.header.delimiter, 4..5);
        sink.number("wpan-nonask-phy.phr", self.header.length, 5..6);
        sink.number("wpan-nonask-phy.frame_length", self.header.length & LENGTH, 5..6);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "length {}", self.header.length & LENGTH)
    }
}

impl Header for WpanPhyHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let length = behind.fit::<i8>("length", behind.payload_len)?;
    behind.header::<WpanPhyHeader>(bytes)?.length = length.cast_unsigned();
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::WPAN_PHY,
    "wpan-nonask-phy",
    "IEEE 802.15.4 physical header",
    |bytes, outer| WpanPhy::parse_in(bytes, outer).map(|phy| phy.shape()),
    |bytes, outer, visitor| WpanPhy::parse_in(bytes, outer).map(|phy| visitor(&phy)),
)
.specification("IEEE 802.15.4")
.claims(&[Key::link_type(LinkType::IEEE802_15_4_NONASK_PHY)])
.template(&[0, 0, 0, 0, 0xa7, 0])
.lengths(lengths);

// Made by hand; the fields are tshark 4.0.17's.
#[cfg(test)]
layer_tests! {
    sample: WpanPhy *b"\0\0\0\0\xa7\x12\x41\x88\x07\xcd\xab\xff\xff\x34\x12payload\xa2\xcc";
    fields: "wpan-nonask-phy.preamble=0 wpan-nonask-phy.sfd=167 wpan-nonask-phy.phr=18 \
        wpan-nonask-phy.frame_length=18";
    edit: WpanPhyHeader, |header| header.length = 17;
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decoder, Fix, Wpan, serialize_layers};

    #[test]
    fn a_frame_is_as_long_as_the_header_says() {
        let bytes = b"\0\0\0\0\xa7\x85\x02\0\x09\x79\x28rest";
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::IEEE802_15_4_NONASK_PHY, bytes);
        let wpan = packet.get::<Wpan<'_>>().unwrap();
        assert_eq!((wpan.sequence_number, wpan.fcs), (Some(9), &[0x79, 0x28][..]));
    }

    #[test]
    fn the_length_is_worked_out() {
        let header = WpanPhyHeader { delimiter: 0xa7, ..Default::default() };
        let mut out = Vec::new();
        serialize_layers(&mut out, Fix::all(), &[&header], &[0; 127]).unwrap();
        assert_eq!(out[5], 127);
        assert!(serialize_layers(&mut out, Fix::all(), &[&header], &[0; 128]).is_err());
    }
}
