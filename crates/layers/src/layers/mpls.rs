//! Multiprotocol Label Switching, [RFC 3032](https://www.rfc-editor.org/rfc/rfc3032) section 2.1 and
//! [RFC 5462](https://www.rfc-editor.org/rfc/rfc5462).
//!
//! ```text
//!  0                                   20      23  24            31
//! |               label               |   TC   | S |     TTL      |
//! ```
//!
//! No number says what lies behind the last label: that is agreed on when the label is. A decoder
//! has to guess, from the first four bits and from what fits
//! ([RFC 4928](https://www.rfc-editor.org/rfc/rfc4928)).

use std::fmt;

use zerocopy::network_endian::U32;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::length_or_type::MAX_LENGTH;
use crate::plausible::is_ip_within;
use crate::{
    Behind, EncodeError, EtherType, FieldSink, Header, InternetSum, IpProtocol, Key, Layer,
};
use crate::{LayerType, Malformed, Next, Outer, PppProtocol, Protocol, Shape};

/// The number under which the layer behind a label with an associated channel header claims it.
pub(crate) const ASSOCIATED_CHANNEL: u32 = 1;
/// The same for the control word of an Ethernet pseudowire.
pub(crate) const ETHERNET_CONTROL_WORD: u32 = 0;

/// One entry of a label stack on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct MplsHeader {
    pub label_stack_entry: U32,
}

impl Default for MplsHeader {
    /// The label 16, the first that is free, at the bottom of the stack, with 64 hops to go.
    fn default() -> Self {
        Self { label_stack_entry: U32::from_bytes(TEMPLATE) }
    }
}

impl MplsHeader {
    /// Label, 20 bits.
    pub fn label(&self) -> MplsLabel {
        MplsLabel(self.label_stack_entry.get() >> 12)
    }

    /// Writes the label, its low 20 bits.
    pub fn set_label(&mut self, label: MplsLabel) {
        self.label_stack_entry.set(self.label_stack_entry.get() & 0x0fff | label.0 << 12);
    }

    /// Traffic class, 0 to 7; "experimental bits" before RFC 5462.
    pub fn traffic_class(&self) -> u8 {
        self.label_stack_entry.to_bytes()[2] >> 1 & 7
    }

    /// Writes the traffic class, its low three bits.
    pub fn set_traffic_class(&mut self, traffic_class: u8) {
        let bits = u32::from(traffic_class & 7) << 9;
        self.label_stack_entry.set(self.label_stack_entry.get() & !0x0e00 | bits);
    }

    /// Whether this is the last entry of the stack.
    pub fn is_bottom_of_stack(&self) -> bool {
        self.label_stack_entry.get() & 0x0100 != 0
    }

    /// Writes whether this is the last entry of the stack.
    pub fn set_bottom_of_stack(&mut self, is_bottom: bool) {
        let bit = u32::from(is_bottom) << 8;
        self.label_stack_entry.set(self.label_stack_entry.get() & !0x0100 | bit);
    }

    /// How many hops are left.
    pub fn ttl(&self) -> u8 {
        self.label_stack_entry.to_bytes()[3]
    }

    /// Writes how many hops are left.
    pub fn set_ttl(&mut self, ttl: u8) {
        self.label_stack_entry.set(self.label_stack_entry.get() & !0xff | u32::from(ttl));
    }
}

/// A label, 20 bits. Those below 16 have a meaning of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MplsLabel(pub u32);

impl MplsLabel {
    /// The label is gone, and IPv4 is next.
    pub const IPV4_EXPLICIT_NULL: Self = Self(0);
    /// Routers should look inside.
    pub const ROUTER_ALERT: Self = Self(1);
    /// The label is gone, and IPv6 is next.
    pub const IPV6_EXPLICIT_NULL: Self = Self(2);
    /// Never on the wire: the label is to be taken away one hop earlier.
    pub const IMPLICIT_NULL: Self = Self(3);
    /// An entropy label is next: RFC 6790.
    pub const ENTROPY_LABEL_INDICATOR: Self = Self(7);
    /// An associated channel header is behind the stack: RFC 5586.
    pub const GENERIC_ASSOCIATED_CHANNEL: Self = Self(13);
    /// Operation and maintenance: RFC 3429.
    pub const OAM_ALERT: Self = Self(14);
    /// The next label is of the extended special ones: RFC 7274.
    pub const EXTENSION: Self = Self(15);
}

impl fmt::Display for MplsLabel {
    /// Writes the name of a special label, or the number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::IPV4_EXPLICIT_NULL => f.write_str("IPv4 explicit null"),
            Self::ROUTER_ALERT => f.write_str("router alert"),
            Self::IPV6_EXPLICIT_NULL => f.write_str("IPv6 explicit null"),
            Self::IMPLICIT_NULL => f.write_str("implicit null"),
            Self::ENTROPY_LABEL_INDICATOR => f.write_str("entropy label indicator"),
            Self::GENERIC_ASSOCIATED_CHANNEL => f.write_str("generic associated channel"),
            Self::OAM_ALERT => f.write_str("OAM alert"),
            Self::EXTENSION => f.write_str("extension"),
            Self(label) => label.fmt(f),
        }
    }
}

/// One entry of a label stack; the next one, if there is one, is the next layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mpls<'a> {
    pub header: &'a MplsHeader,
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Mpls<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    #[inline]
    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = split::<MplsHeader>(bytes)?;
        Ok(Self { header, payload })
    }

    /// In a datagram, RFC 7510, nothing but the port announces labels: they have to come to an end,
    /// with something behind that fits.
    fn parse_in(bytes: &'a [u8], outer: &Outer<'_>) -> Result<Self, Malformed> {
        let mpls = Self::parse(bytes)?;
        match outer.datagram_len() {
            Some(len) if !is_plausible(bytes, len) => {
                let value = mpls.header.label_stack_entry.get().into();
                Err(Malformed::Field { name: "label stack entry", value })
            }
            _ => Ok(mpls),
        }
    }

    #[inline]
    fn shape(&self) -> Shape {
        let next = if self.header.is_bottom_of_stack() {
            behind_bottom(self.header.label(), self.payload)
        } else {
            Next::One(Key::ether_type(EtherType::MPLS))
        };
        let payload_len = self.payload.len();
        Shape { header_len: size_of::<MplsHeader>(), payload_len, trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("mpls.label", self.header.label().0, 0..4);
        sink.number("mpls.exp", self.header.traffic_class(), 0..4);
        sink.number("mpls.bottom", self.header.is_bottom_of_stack(), 0..4);
        sink.number("mpls.ttl", self.header.ttl(), 0..4);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "label {} tc {} ttl {}", self.label(), self.header.traffic_class(), self.ttl())
    }
}

impl Mpls<'_> {
    /// Label, 20 bits.
    pub fn label(&self) -> MplsLabel {
        self.header.label()
    }

    /// Traffic class, 0 to 7.
    pub fn traffic_class(&self) -> u8 {
        self.header.traffic_class()
    }

    /// Whether this is the last entry of the stack.
    pub fn is_bottom_of_stack(&self) -> bool {
        self.header.is_bottom_of_stack()
    }

    /// How many hops are left.
    pub fn ttl(&self) -> u8 {
        self.header.ttl()
    }
}

/// What lies behind the last label.
fn behind_bottom(label: MplsLabel, payload: &[u8]) -> Next {
    if label == MplsLabel::OAM_ALERT {
        return Next::End;
    }
    let nibble = payload.first().map(|byte| byte >> 4);
    let (looks_plain, looks_controlled) = (is_frame(payload), is_controlled_frame(payload));
    let key = match (label, nibble) {
        (MplsLabel::GENERIC_ASSOCIATED_CHANNEL, _) => {
            Key::child(LayerType::MPLS, ASSOCIATED_CHANNEL)
        }
        (MplsLabel::IPV4_EXPLICIT_NULL, Some(4)) => Key::ether_type(EtherType::IPV4),
        (MplsLabel::IPV6_EXPLICIT_NULL, Some(6)) => Key::ether_type(EtherType::IPV6),
        (_, Some(4)) if is_ipv4(payload) || !looks_plain => Key::ether_type(EtherType::IPV4),
        (_, Some(6)) if is_ipv6(payload) || !looks_plain => Key::ether_type(EtherType::IPV6),
        (_, Some(0)) if looks_controlled || !looks_plain => {
            Key::child(LayerType::MPLS, ETHERNET_CONTROL_WORD)
        }
        _ if looks_plain => Key::ether_type(EtherType::BRIDGING),
        (_, Some(1)) => Key::child(LayerType::MPLS, ASSOCIATED_CHANNEL),
        _ => return Next::End,
    };
    Next::One(key)
}

/// Whether a datagram of so many bytes, of which these are there, is a label stack with something
/// behind its last label.
fn is_plausible(bytes: &[u8], datagram_len: usize) -> bool {
    let (mut rest, mut len) = (bytes, datagram_len);
    while let Ok(mpls) = Mpls::parse(rest) {
        (rest, len) = (mpls.payload, len.saturating_sub(size_of::<MplsHeader>()));
        if mpls.is_bottom_of_stack() {
            return rest.is_empty() || fits(mpls.label(), rest, len);
        }
    }
    // The stack goes on where a capture was cut.
    bytes.len() < datagram_len
}

/// Whether what is behind the last label takes the bytes that there are for it.
fn fits(label: MplsLabel, payload: &[u8], len: usize) -> bool {
    match behind_bottom(label, payload) {
        Next::One(key)
            if [EtherType::IPV4, EtherType::IPV6].map(Key::ether_type).contains(&key) =>
        {
            is_ip_within(payload, len)
        }
        // RFC 4385, section 3: the length of a short payload, with its control word, or zero.
        Next::One(key) if key == Key::child(LayerType::MPLS, ETHERNET_CONTROL_WORD) => {
            let length = payload.get(1).map_or(0, |byte| usize::from(byte & 0x3f));
            length == 0 || length == len
        }
        // RFC 5586, section 2.1: version and reserved bits are zero.
        Next::One(key) if key == Key::child(LayerType::MPLS, ASSOCIATED_CHANNEL) => {
            payload.starts_with(&[0x10, 0])
        }
        Next::One(_) => true,
        _ => label == MplsLabel::OAM_ALERT,
    }
}

/// Whether an IPv4 header is here: its checksum is no accident.
fn is_ipv4(payload: &[u8]) -> bool {
    let header_len = payload.first().map_or(0, |byte| usize::from(byte & 15) << 2);
    let header = payload.get(..header_len).filter(|header| header.len() >= 20);
    header.is_some_and(|header| InternetSum::new().with(header).checksum() == 0)
}

/// Whether the payload length of an IPv6 header here is that of what follows.
fn is_ipv6(payload: &[u8]) -> bool {
    let length = payload.get(4..6).and_then(|length| length.try_into().ok());
    let length = length.map_or(0, |length| usize::from(u16::from_be_bytes(length)));
    length.saturating_add(40) == payload.len()
}

/// Whether the type or length of an Ethernet frame is here: a type that is often in a frame, or
/// the length of what follows, with no more padding than the shortest frame needs.
fn is_frame(payload: &[u8]) -> bool {
    const HEADER: usize = 14;
    const SHORTEST: usize = 60;
    let Some(number) = payload.get(12..HEADER).and_then(|number| number.try_into().ok()) else {
        return false;
    };
    let number = u16::from_be_bytes(number);
    let rest = payload.len().saturating_sub(HEADER);
    match EtherType(number) {
        EtherType::IPV4
        | EtherType::IPV6
        | EtherType::ARP
        | EtherType::VLAN
        | EtherType::SERVICE_VLAN
        | EtherType::MPLS
        | EtherType::PPPOE_DISCOVERY
        | EtherType::PPPOE_SESSION
        | EtherType::LLDP
        | EtherType::EAPOL
        | EtherType::MACSEC
        | EtherType::CFM
        | EtherType::SLOW
        | EtherType::LOOPBACK => true,
        _ if !(3..=MAX_LENGTH).contains(&number) => false,
        _ => usize::from(number) == rest || usize::from(number) < rest && payload.len() <= SHORTEST,
    }
}

/// Whether a frame is behind the control word of an Ethernet pseudowire, whose first 16 bits are
/// zero: RFC 4448, section 4.6.
fn is_controlled_frame(payload: &[u8]) -> bool {
    payload.starts_with(&[0, 0]) && is_frame(payload.get(4..).unwrap_or_default())
}

impl Header for MplsHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// Label 16, bottom of the stack, 64 hops to go.
const TEMPLATE: [u8; 4] = [0, 1, 1, 64];

/// The stack goes on if another entry is behind this one.
fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<MplsHeader>(bytes)?;
    let goes_on = behind.child.is_some_and(|child| child.layer == LayerType::MPLS);
    header.set_bottom_of_stack(!goes_on);
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::MPLS,
    "mpls",
    "Multiprotocol Label Switching",
    |bytes, outer| Mpls::parse_in(bytes, outer).map(|mpls| mpls.shape()),
    |bytes, outer, visitor| Mpls::parse_in(bytes, outer).map(|mpls| visitor(&mpls)),
)
.specification("RFC 3032")
.claims(&[
    Key::ether_type(EtherType::MPLS),
    Key::ether_type(EtherType::MPLS_MULTICAST),
    Key::ip_protocol(IpProtocol::MPLS),
    Key::ppp_protocol(PppProtocol::MPLS),
    Key::ppp_protocol(PppProtocol::MPLS_MULTICAST),
    // RFC 7510.
    Key::udp_port(6635),
])
.template(&TEMPLATE)
.next(next);

// tshark -r MplsPackets.pcap (PcapPlusPlus), the first label of frame 2.
#[cfg(test)]
layer_tests! {
    sample: Mpls *b"\x00\x01\x20\xfe\x00\x01\x01\xff";
    fields: "mpls.label=18 mpls.exp=0 mpls.bottom=0 mpls.ttl=254";
    edit: MplsHeader, |header| header.set_label(MplsLabel(100_656));
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;

    const IPV4: &[u8] =
        b"\x45\xc0\0\x47\x9f\x0f\0\0\x40\x06\xb6\xca\x0c\x04\x04\x04\x0c\x08\x08\x08";
    const MACS: &[u8] = b"\xcc\x07\x0d\x08\0\0\xcc\0\x0a\x64\0\0";

    /// The key behind a label with these bytes behind it.
    #[track_caller]
    fn check(label: u32, payload: &[&[u8]], expected: Option<Key>) {
        let mut header = MplsHeader::default();
        header.set_label(MplsLabel(label));
        let bytes = [header.as_bytes(), &payload.concat()].concat();
        let next = Mpls::parse(&bytes).unwrap().shape().next;
        assert_eq!(next, expected.map_or(Next::End, Next::One));
    }

    #[test]
    fn a_stack_goes_on_until_its_bottom() {
        let mpls = Mpls::parse(b"\x00\x01\x20\xfe\x00\x01\x01\xff").unwrap();
        assert_eq!(mpls.shape().next, Next::One(Key::ether_type(EtherType::MPLS)));
    }

    #[test]
    fn the_first_bits_tell_versions_of_ip() {
        check(100, &[IPV4], Some(Key::ether_type(EtherType::IPV4)));
        check(0, &[b"\x45"], Some(Key::ether_type(EtherType::IPV4)));
        check(2, &[b"\x60"], Some(Key::ether_type(EtherType::IPV6)));
        check(100, &[b"\x60\0\0\0\0\0\x3b\x40", &[0; 32]], Some(Key::ether_type(EtherType::IPV6)));
        // An IPv4 packet with a broken checksum is still that, if nothing else fits.
        check(100, &[b"\x45\xc0\0\x47", &[0; 16]], Some(Key::ether_type(EtherType::IPV4)));
    }

    /// gopacket defect 26.
    #[test]
    fn a_frame_without_a_control_word_is_a_frame() {
        let bridging = Some(Key::ether_type(EtherType::BRIDGING));
        for first in [0x00, 0x12, 0x45, 0x60, 0xcc] {
            let macs = &[&[first], &MACS[1..]].concat()[..];
            check(16, &[macs, b"\x08\0", IPV4], bridging);
            check(16, &[macs, b"\0\x03abc"], bridging);
        }
        check(16, &[MACS, b"\x12\x34", IPV4], None);
    }

    #[test]
    fn a_control_word_is_told_from_an_address_that_starts_with_zeros() {
        let control = Some(Key::child(LayerType::MPLS, ETHERNET_CONTROL_WORD));
        check(16, &[b"\0\0\0\x07", MACS, b"\x81\0\0\x01\x08\0"], control);
        check(16, &[b"\0\0\0\0"], control);
        let bridging = Some(Key::ether_type(EtherType::BRIDGING));
        check(16, &[b"\0\0\x0c", &MACS[3..], b"\x08\0", IPV4], bridging);
    }

    #[test]
    fn an_associated_channel_is_announced_by_a_label_or_by_its_first_bits() {
        let channel = Some(Key::child(LayerType::MPLS, ASSOCIATED_CHANNEL));
        check(13, &[b"\x10\0\0\x21"], channel);
        check(16, &[b"\x10\0\0\x07"], channel);
        check(14, &[b"\x10\0\0\x07"], None);
    }

    #[test]
    fn setters_keep_the_other_bits() {
        let mut header = MplsHeader::default();
        header.set_label(MplsLabel(0xf_1234));
        header.set_traffic_class(5);
        header.set_bottom_of_stack(false);
        header.set_ttl(255);
        assert_eq!(header.label_stack_entry.get(), 0xf123_4aff);
        header.set_bottom_of_stack(true);
        assert_eq!((header.label().0, header.traffic_class(), header.ttl()), (0xf_1234, 5, 255));
        assert!(header.is_bottom_of_stack());
    }
}
