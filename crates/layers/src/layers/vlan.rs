//! VLAN tag, [IEEE Std 802.1Q](https://standards.ieee.org/ieee/802.1Q/10323/) section 9.6.
//!
//! ```text
//!  0     3     4                   16              31
//! | PCP | DEI | VLAN identifier   | type or length  |
//! ```

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::frame_trailer::Framed;
use crate::layers::split;
use crate::length_or_type::{self, MAX_LENGTH, split_frame};
use crate::{Behind, EncodeError, EtherType, FieldSink, Header, Key, Layer, LayerType, Malformed};
use crate::{Protocol, Setting, Shape};

/// The tag on the wire, without the Ethernet type that announces it.
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
pub struct VlanHeader {
    pub control: U16,
    pub type_or_length: U16,
}

impl VlanHeader {
    /// Number of the VLAN, 12 bits.
    pub fn id(&self) -> u16 {
        self.control.get() & 0x0fff
    }

    /// Writes the number of the VLAN, its low twelve bits.
    pub fn set_id(&mut self, id: u16) {
        self.control.set(self.control.get() & 0xf000 | id & 0x0fff);
    }

    /// Priority code point, 0 to 7.
    pub fn priority(&self) -> u8 {
        self.control.get().to_be_bytes()[0] >> 5
    }

    /// Writes the priority code point, its low three bits.
    pub fn set_priority(&mut self, priority: u8) {
        self.control.set(self.control.get() & 0x1fff | u16::from(priority & 7) << 13);
    }

    /// Whether the frame may be dropped first.
    pub fn is_drop_eligible(&self) -> bool {
        self.control.get() & 0x1000 != 0
    }

    /// Writes whether the frame may be dropped first.
    pub fn set_drop_eligible(&mut self, eligible: bool) {
        self.control.set(self.control.get() & 0xefff | u16::from(eligible) << 12);
    }
}

/// A tag and what it tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Vlan<'a> {
    pub header: &'a VlanHeader,
    /// Up to the length that an 802.3 frame announces, else to the end.
    pub payload: &'a [u8],
    /// What stands behind the length of an 802.3 frame: padding, mostly.
    pub trailer: &'a [u8],
}

impl<'a> Layer<'a> for Vlan<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    #[inline(always)]
    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<VlanHeader>(bytes)?;
        let (payload, trailer) = split_frame(header.type_or_length.get(), rest);
        Ok(Self { header, payload, trailer })
    }

    #[inline(always)]
    fn shape(&self) -> Shape {
        let number = self.header.type_or_length.get();
        length_or_type::shape(size_of::<VlanHeader>(), number, self.payload, self.trailer)
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("vlan.priority", self.header.priority(), 0..2);
        sink.flag("vlan.dei", self.header.is_drop_eligible(), 0..2);
        sink.number("vlan.id", self.id(), 0..2);
        let name = if self.ether_type().is_some() { "vlan.etype" } else { "vlan.len" };
        sink.number(name, self.header.type_or_length, 2..4);
    }

    /// Nothing can be wrong in numbers and addresses.
    fn faults(&self, _sink: &mut dyn FieldSink) {}

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VLAN {}", self.id())
    }
}

impl Vlan<'_> {
    /// Number of the VLAN, 12 bits.
    pub fn id(&self) -> u16 {
        self.header.id()
    }

    /// What the payload is, unless there is a length in its place.
    pub fn ether_type(&self) -> Option<EtherType> {
        let number = self.header.type_or_length.get();
        (number > MAX_LENGTH).then_some(EtherType(number))
    }
}

impl Header for VlanHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<VlanHeader>(bytes)?;
    length_or_type::fix_length(&mut header.type_or_length, behind)
}

fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let (header, payload) = behind.split::<VlanHeader>(bytes)?;
    length_or_type::fix_type(&mut header.type_or_length, payload, behind);
    Ok(())
}

/// Names that scapy has for fields.
const SETTINGS: &[Setting] = &[
    Setting::field("vlan", "vlan.id"),
    Setting::field("prio", "vlan.priority"),
    length_or_type::TYPE,
    length_or_type::LEN,
];

const PROTOCOL: Protocol = Protocol::new(
    LayerType::VLAN,
    "vlan",
    "IEEE 802.1Q VLAN tag",
    |bytes, outer| Vlan::parse_in(bytes, outer).map(|vlan| vlan.shape()),
    |bytes, outer, visitor| {
        let layer = Vlan::parse_in(bytes, outer)?;
        let (own_len, names) = (layer.trailer.len(), ["eth.padding", "vlan.trailer", "eth.fcs"]);
        visitor(&Framed { layer: &layer, own_len, outer, names });
        Ok(())
    },
)
.specification("IEEE Std 802.1Q")
.claims(&[
    Key::ether_type(EtherType::VLAN),
    Key::ether_type(EtherType::SERVICE_VLAN),
    Key::ether_type(EtherType::OLD_SERVICE_VLAN),
    Key::ether_type(EtherType::OTHER_SERVICE_VLAN),
])
.template(&[0; size_of::<VlanHeader>()])
.lengths(lengths)
.next(next)
.settings(&[SETTINGS]);

#[cfg(test)]
layer_tests! {
    sample: Vlan [0xb0, 0x2a, 0x08, 0x00, 0x45];
    fields: "vlan.priority=5 vlan.dei=1 vlan.id=42 vlan.etype=2048";
    edit: VlanHeader, |header| header.set_id(7);
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Next;

    #[test]
    fn setters_keep_the_other_bits() {
        let mut header = VlanHeader { control: U16::new(0xffff), type_or_length: U16::new(0x800) };
        header.set_priority(2);
        header.set_drop_eligible(false);
        header.set_id(0x123);
        assert_eq!(header.control.get(), 0x4123);
        assert_eq!((header.priority(), header.is_drop_eligible(), header.id()), (2, false, 0x123));
        header.set_drop_eligible(true);
        assert_eq!(header.control.get(), 0x5123);
    }

    #[test]
    fn a_raw_802_3_frame_has_no_llc_header() {
        let vlan = Vlan::parse(b"\0\x07\0\x03\xff\xff\0pad").unwrap();
        assert_eq!(
            (vlan.shape().next, vlan.shape().payload_len),
            (Next::One(Key::ether_type(EtherType::RESERVED)), 3)
        );
    }

    #[test]
    fn a_length_leads_to_llc() {
        let vlan = Vlan::parse(b"\0\x07\0\x03\x42\x42\x03pad").unwrap();
        assert_eq!(vlan.shape().next, Next::One(Key::ether_type(EtherType::LLC)));
        assert_eq!((vlan.payload, vlan.trailer), (&b"\x42\x42\x03"[..], &b"pad"[..]));
        assert!(vlan.to_string().ends_with("vlan.len=3"));
    }
}
