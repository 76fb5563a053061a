//! What a radio knows of an IEEE 802.15.4 frame,
//! [TAP](https://github.com/jkcko/ieee802.15.4-tap/blob/master/IEEE%20802.15.4%20TAP%20Link%20Type%20Specification.pdf).
//!
//! ```text
//!  0               8               16                             31
//! |    version    |   reserved    |            length             |
//! |         type of a TLV         |        length of a TLV        |
//! | value, padded to words of four bytes ...                       |
//! ```

use std::fmt;

use zerocopy::little_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::layout::Layout;
use crate::layout::Part::{self, Bits, Bytes, U8, U16 as Number, U32, U64};
use crate::{
    FieldSink, Header, Key, Layer, LayerType, LinkType, Malformed, Next, Protocol, Shape, Value,
};

/// TLVs start at multiples of this.
const ALIGN: usize = 4;
/// Bytes of type and length.
const TLV_HEADER: usize = 4;
/// The type that says what check sequence the frame has.
const FCS_TYPE: u16 = 0;

/// The header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct WpanTapHeader {
    pub version: u8,
    pub reserved: u8,
    /// Bytes of the header with its TLVs.
    pub length: U16,
}

/// One TLV.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WpanTapTlv<'a> {
    pub kind: u16,
    /// The value, without what pads it.
    pub data: &'a [u8],
}

/// The TLVs of a header. Ends behind the first error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WpanTapTlvs<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for WpanTapTlvs<'a> {
    type Item = Result<WpanTapTlv<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = std::mem::take(&mut self.rest);
        if bytes.is_empty() {
            return None;
        }
        let Some((&[a, b, c, d], behind)) = bytes.split_first_chunk::<TLV_HEADER>() else {
            return Some(Err(Malformed::Truncated { need: TLV_HEADER, have: bytes.len() }));
        };
        let len = usize::from(u16::from_le_bytes([c, d]));
        let Some(data) = behind.get(..len) else {
            let need = TLV_HEADER.saturating_add(len);
            return Some(Err(Malformed::Truncated { need, have: bytes.len() }));
        };
        self.rest = behind.get(len.next_multiple_of(ALIGN)..).unwrap_or_default();
        Some(Ok(WpanTapTlv { kind: u16::from_le_bytes([a, b]), data }))
    }
}

/// What a radio knows of the frame that follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WpanTap<'a> {
    pub header: &'a WpanTapHeader,
    /// The TLVs.
    pub body: &'a [u8],
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for WpanTap<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<WpanTapHeader>(bytes)?;
        if header.version != 0 {
            return Err(Malformed::Field { name: "version", value: header.version.into() });
        }
        let length = usize::from(header.length.get());
        let Some(body_len) = length.checked_sub(size_of::<WpanTapHeader>()) else {
            return Err(Malformed::Field { name: "length", value: length as u64 });
        };
        let Some((body, payload)) = rest.split_at_checked(body_len) else {
            return Err(Malformed::Truncated { need: length, have: bytes.len() });
        };
        Ok(Self { header, body, payload })
    }

    fn shape(&self) -> Shape {
        let link_type = match self.fcs_type() {
            Some(1) => LinkType::IEEE802_15_4_WITHFCS,
            // A check sequence of four bytes is left to the payload: it covers another frame.
            _ => LinkType::IEEE802_15_4_NOFCS,
        };
        Shape {
            header_len: self.header.length.get().into(),
            payload_len: self.payload.len(),
            trailer_len: 0,
            next: Next::One(Key::link_type(link_type)),
        }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("wpan-tap.version", self.header.version, 0..1);
        sink.number("wpan-tap.reserved", self.header.reserved, 1..2);
        sink.number("wpan-tap.length", self.header.length, 2..4);
        let mut layout = Layout::new(self.body, size_of::<WpanTapHeader>(), sink);
        let mut tlvs = self.tlvs();
        while let Some(tlv) = layout.sound(tlvs.next(), layout.at()) {
            // The TLVs are whole, but for what pads the last.
            let _ = layout.read(&[Number("wpan-tap.tlv.type"), Number("wpan-tap.tlv.length")]);
            let Some(mut value) = layout.split(tlv.data.len()) else { return };
            let _ = value_fields(tlv.kind, &mut value);
            let padding = tlv.data.len().next_multiple_of(ALIGN).saturating_sub(tlv.data.len());
            let padding = padding.min(layout.rest().len());
            if padding != 0 {
                let _ = layout.read(&[Bytes(padding, "wpan-tap.tlv.padding")]);
            }
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for tlv in self.tlvs().map_while(Result::ok) {
            match (tlv.kind, tlv.data) {
                (1, &[a, b, c, d]) => write!(f, "{} dBm ", f32::from_le_bytes([a, b, c, d]))?,
                (3, &[a, b, _]) => write!(f, "channel {} ", u16::from_le_bytes([a, b]))?,
                _ => {}
            }
        }
        Ok(())
    }
}

fn value_fields(kind: u16, layout: &mut Layout<'_, '_>) -> Option<()> {
    let float = |name, layout: &mut Layout<'_, '_>| {
        let value = f32::from_le_bytes(*layout.take(4)?.as_array()?);
        layout.value(name, Value::Float(value.into()));
        Some(())
    };
    let parts: &[Part] = match kind {
        FCS_TYPE => &[U8("wpan-tap.fcs_type")],
        1 => return float("wpan-tap.rss", layout),
        // Wireshark reads four bytes, whatever the length says.
        2 => &[U32("wpan-tap.bit_rate")],
        3 => &[Number("wpan-tap.ch_num"), U8("wpan-tap.ch_page")],
        5 => &[U64("wpan-tap.sof_ts")],
        6 => &[U64("wpan-tap.eof_ts")],
        7 => &[U64("wpan-tap.asn")],
        8 => &[U64("wpan-tap.slot_start_ts")],
        9 => &[U32("wpan-tap.timeslot_length")],
        10 => &[U8("wpan-tap.lqi")],
        11 => return float("wpan-tap.ch_freq", layout),
        4 => &[Bits(1, "wpan-tap.sun_band", &[]), U8("wpan-tap.sun_type"), U8("wpan-tap.sun_mode")],
        _ => &[Part::Rest("wpan-tap.tlv.unknown")],
    };
    layout.read(parts)
}

impl<'a> WpanTap<'a> {
    /// The TLVs, in the order of the wire.
    pub fn tlvs(&self) -> WpanTapTlvs<'a> {
        WpanTapTlvs { rest: self.body }
    }

    /// What check sequence the frame ends in: 0 none, 1 of 16 bits, 2 of 32 bits.
    pub fn fcs_type(&self) -> Option<u8> {
        let mut tlvs = self.tlvs().map_while(Result::ok);
        tlvs.find(|tlv| tlv.kind == FCS_TYPE).and_then(|tlv| tlv.data.first().copied())
    }
}

impl Header for WpanTapHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// No TLVs.
const TEMPLATE: [u8; 4] = [0, 0, 4, 0];

const PROTOCOL: Protocol = Protocol::new(
    LayerType::WPAN_TAP,
    "wpan-tap",
    "IEEE 802.15.4 TAP capture header",
    |bytes, outer| WpanTap::parse_in(bytes, outer).map(|tap| tap.shape()),
    |bytes, outer, visitor| WpanTap::parse_in(bytes, outer).map(|tap| visitor(&tap)),
)
.specification("LINKTYPE_IEEE802_15_4_TAP")
.claims(&[Key::link_type(LinkType::IEEE802_15_4_TAP)])
.template(&TEMPLATE);

// Made by hand; the fields are tshark 4.0.17's.
#[cfg(test)]
layer_tests! {
    sample: WpanTap *b"\0\0\x1c\0\0\0\x01\0\x01\0\0\0\x01\0\x04\0\0\0\x22\xc2\x03\0\x03\0\x0b\0\x02\0";
    fields: "wpan-tap.version=0 wpan-tap.reserved=0 wpan-tap.length=28 wpan-tap.tlv.type=0 \
        wpan-tap.tlv.length=1 wpan-tap.fcs_type=1 wpan-tap.tlv.padding=000000 wpan-tap.tlv.type=1 \
        wpan-tap.tlv.length=4 wpan-tap.rss=-40.5 wpan-tap.tlv.type=3 wpan-tap.tlv.length=3 \
        wpan-tap.ch_num=11 wpan-tap.ch_page=2 wpan-tap.tlv.padding=00";
    edit: WpanTapHeader, |header| header.reserved = 1;
    bad: [0 = 1 => "version" 1, 2 = 3 => "length" 3];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_sequence_depends_on_what_the_radio_says() {
        let next = |fcs_type| {
            let bytes = [0, 0, 12, 0, 0, 0, 1, 0, fcs_type, 0, 0, 0];
            WpanTap::parse(&bytes).unwrap().shape().next
        };
        let key = |link_type| Next::One(Key::link_type(link_type));
        assert_eq!(next(0), key(LinkType::IEEE802_15_4_NOFCS));
        assert_eq!(next(1), key(LinkType::IEEE802_15_4_WITHFCS));
        assert_eq!(next(2), key(LinkType::IEEE802_15_4_NOFCS));
    }

    #[test]
    fn a_tlv_that_is_cut_short_ends_the_list() {
        let bytes = b"\0\0\x0d\0\x0a\0\x01\0\x7f\0\0\0\x01";
        let tlvs = WpanTap::parse(bytes).unwrap().tlvs().collect::<Vec<_>>();
        let error = Malformed::Truncated { need: 4, have: 1 };
        assert_eq!(tlvs, [Ok(WpanTapTlv { kind: 10, data: &[0x7f] }), Err(error)]);
    }
}
