//! IEEE 802.15.4 in captures that leave out the check sequences,
//! [LINKTYPE_IEEE802_15_4_NOFCS](https://www.tcpdump.org/linktypes.html).
//!
//! The header is that of [`Wpan`].

use std::fmt;

use crate::WpanHeader;
use crate::layers::wpan::{SETTINGS, TEMPLATE};
use crate::{FieldSink, Key, Layer, LayerType, LinkType, Malformed, Protocol, Role, Shape, Wpan};

/// A frame of a capture that leaves out the check sequences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WpanNoFcs<'a> {
    pub header: &'a WpanHeader,
    /// The frame: its `fcs` is empty.
    pub frame: Wpan<'a>,
}

impl<'a> Layer<'a> for WpanNoFcs<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        Wpan::read(bytes, false).map(|frame| Self { header: frame.header, frame })
    }

    fn shape(&self) -> Shape {
        self.frame.shape_of(LayerType::WPAN_NO_FCS)
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        self.frame.fields(sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.frame.summary_of(f)
    }
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::WPAN_NO_FCS,
    "wpan_nofcs",
    "IEEE 802.15.4 without its check sequence",
    |bytes, outer| WpanNoFcs::parse_in(bytes, outer).map(|wpan| wpan.shape()),
    |bytes, outer, visitor| WpanNoFcs::parse_in(bytes, outer).map(|wpan| visitor(&wpan)),
)
.specification("IEEE 802.15.4")
.role(Role::Link)
.claims(&[Key::link_type(LinkType::IEEE802_15_4_NOFCS)])
.template(TEMPLATE)
.settings(&[SETTINGS]);

// Made by hand: data from 0x1234 to everybody in PAN 0xabcd
#[cfg(test)]
layer_tests! {
    sample: WpanNoFcs *b"\x41\x88\x07\xcd\xab\xff\xff\x34\x12payload";
    fields: "wpan.fcf=34881 wpan.frame_type=1 wpan.security=0 wpan.pending=0 wpan.ack_request=0 \
        wpan.pan_id_compression=1 wpan.fcf.reserved=0 wpan.seqno_suppression=0 wpan.ie_present=0 \
        wpan.dst_addr_mode=2 wpan.version=0 wpan.src_addr_mode=2 wpan.seq_no=7 \
        wpan.dst_pan=43981 wpan.dst16=65535 wpan.src16=4660";
    edit: WpanHeader, |header| header.frame_control.set(0x8861);
    bad: [1 = 0x48 => "addressing mode" 1];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Next;

    #[test]
    fn the_payload_goes_to_the_end() {
        let bytes = b"\x41\x88\x07\xcd\xab\xff\xff\x34\x12payload";
        let wpan = WpanNoFcs::parse(bytes).unwrap();
        assert_eq!((wpan.frame.payload, wpan.frame.fcs), (&b"payload"[..], &[][..]));
        assert_eq!(wpan.shape().next, Next::One(Key::parent(LayerType::WPAN_NO_FCS)));
    }
}
