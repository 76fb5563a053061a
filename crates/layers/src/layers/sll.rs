//! Linux cooked capture,
//! [LINKTYPE_LINUX_SLL](https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html).
//!
//! ```text
//!  0                               16                             31
//! |          packet type          |         hardware type         |
//! |        address length         |      address, 8 bytes ...     |
//! |                    address, the rest                          |
//! | address, last |  (unused)     |          protocol             |
//! ```

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::frame_trailer::Framed;
use crate::key::numbers;
use crate::layers::split;
use crate::{Behind, EncodeError, Header, KeyKind};
use crate::{EtherType, FieldSink, HardwareType, Key, Layer, LayerType, LinkType, Malformed};
use crate::{Next, Protocol, Role, Shape, Value};

/// Up to this the protocol is a number of Linux's own, behind it an Ethernet type.
const MAX_LINUX_PROTOCOL: u16 = 1536;
/// Linux's number for an IEEE 802.2 header.
const LINUX_LLC: u16 = 4;
/// Linux's number for PPP.
const LINUX_PPP: u16 = 7;

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
pub struct SllHeader {
    pub packet_type: U16,
    pub hardware_type: U16,
    pub address_length: U16,
    pub address: [u8; 8],
    pub protocol: U16,
}

/// Who sent a packet to whom, seen from the machine that captured it. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SllPacketType(pub u16);

numbers! {
    SllPacketType "packet type {}" {
        /// Sent to us by somebody else.
        TO_US = 0 "to us";
        /// Broadcast by somebody else.
        BROADCAST = 1 "broadcast";
        /// Multicast by somebody else, and no broadcast.
        MULTICAST = 2 "multicast";
        /// Sent by somebody else to somebody else.
        TO_OTHER = 3 "to another";
        /// Sent by us.
        FROM_US = 4 "from us";
    }
}

/// A packet, as the kernel cooked its link header down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sll<'a> {
    pub header: &'a SllHeader,
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Sll<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = split::<SllHeader>(bytes)?;
        Ok(Self { header, payload })
    }

    fn shape(&self) -> Shape {
        let header_len = size_of::<SllHeader>();
        let next = next_key(self.hardware_type(), self.protocol());
        Shape { header_len, payload_len: self.payload.len(), trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("sll.pkttype", self.header.packet_type, 0..2);
        sink.number("sll.hatype", self.header.hardware_type, 2..4);
        sink.number("sll.halen", self.header.address_length, 4..6);
        address_fields(sink, self.address(), self.header.address, 6);
        sink.number(protocol_name(self.hardware_type(), self.protocol()), self.protocol(), 14..16);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.packet_type())?;
        write_protocol(f, self.hardware_type(), self.protocol())
    }
}

impl<'a> Sll<'a> {
    /// Who sent the packet to whom.
    pub fn packet_type(&self) -> SllPacketType {
        SllPacketType(self.header.packet_type.get())
    }

    /// The hardware that the packet was captured on.
    pub fn hardware_type(&self) -> HardwareType {
        HardwareType(self.header.hardware_type.get())
    }

    /// Hardware address of the sender: as many bytes as there are, or the first 8 of more.
    pub fn address(&self) -> &'a [u8] {
        clamped(&self.header.address, self.header.address_length.get())
    }

    /// An Ethernet type, or up to 1536 a number of Linux's own.
    pub fn protocol(&self) -> u16 {
        self.header.protocol.get()
    }

    /// What the payload is, if an Ethernet type says so.
    pub fn ether_type(&self) -> Option<EtherType> {
        ether_type(self.hardware_type(), self.protocol())
    }
}

/// As much of an address as its length says, which may be more than a header holds.
pub(super) fn clamped(address: &[u8; 8], length: u16) -> &[u8] {
    address.get(..length.into()).unwrap_or(address)
}

/// The Ethernet type of the payload. Netlink numbers its families in the same place.
pub(super) fn ether_type(hardware: HardwareType, protocol: u16) -> Option<EtherType> {
    let is_type = protocol > MAX_LINUX_PROTOCOL && hardware != HardwareType::NETLINK;
    is_type.then_some(EtherType(protocol))
}

/// What follows. GRE's protocols are Ethernet types, too.
pub(super) fn next_key(hardware: HardwareType, protocol: u16) -> Next {
    if let Some(ether_type) = ether_type(hardware, protocol) {
        return Next::One(Key::ether_type(ether_type));
    }
    match (hardware, protocol) {
        // A frame of Frame Relay stands in the place of the 802.2 header, whatever Linux says.
        (HardwareType::NETLINK | HardwareType::FRAME_RELAY_ACCESS, _) => Next::End,
        (_, LINUX_LLC) => Next::One(Key::ether_type(EtherType::LLC)),
        (_, LINUX_PPP) => Next::One(Key::link_type(LinkType::PPP_HDLC)),
        _ => Next::End,
    }
}

/// Wireshark's name for the protocol.
pub(super) fn protocol_name(hardware: HardwareType, protocol: u16) -> &'static str {
    match hardware {
        HardwareType::NETLINK => "netlink.family",
        _ if protocol <= MAX_LINUX_PROTOCOL => "sll.ltype",
        HardwareType::IP_GRE => "sll.gretype",
        _ => "sll.etype",
    }
}

/// Reports an address and the bytes behind it, whose field starts at `start`.
pub(super) fn address_fields(
    sink: &mut dyn FieldSink,
    address: &[u8],
    field: [u8; 8],
    start: usize,
) {
    let (middle, end) = (start.saturating_add(address.len()), start.saturating_add(field.len()));
    if let Ok(ipv4) = <[u8; 4]>::try_from(address) {
        sink.value("sll.src.ipv4", Value::Ipv4(ipv4.into()), start..middle);
    } else if let Ok(mac) = address.try_into() {
        sink.value("sll.src.eth", Value::Mac(mac), start..middle);
    } else if !address.is_empty() {
        sink.bytes("sll.src.other", address, start..middle);
    }
    if let Some(unused @ [_, ..]) = field.get(address.len()..) {
        sink.bytes("sll.unused", unused, middle..end);
    }
}

/// Writes what the payload is.
pub(super) fn write_protocol(
    f: &mut fmt::Formatter<'_>,
    hardware: HardwareType,
    protocol: u16,
) -> fmt::Result {
    match ether_type(hardware, protocol) {
        Some(ether_type) => write!(f, "{ether_type}"),
        None if hardware == HardwareType::NETLINK => write!(f, "netlink family {protocol}"),
        None => write!(f, "Linux protocol {protocol}"),
    }
}

impl Header for SllHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<SllHeader>(bytes)?;
    let hardware = HardwareType(header.hardware_type.get());
    fix_protocol(&mut header.protocol, hardware, behind);
    Ok(())
}

/// Writes the protocol that leads to the layer behind, unless the one that is there does.
pub(super) fn fix_protocol(protocol: &mut U16, hardware: HardwareType, behind: &Behind) {
    let claims = behind.child.map_or(&[][..], |child| child.claims);
    if matches!(next_key(hardware, protocol.get()), Next::One(key) if claims.contains(&key)) {
        return;
    }
    let number = |key: &Key| match key.kind() {
        KeyKind::EtherType(EtherType::LLC) => Some(LINUX_LLC),
        KeyKind::EtherType(number) => Some(number.0),
        KeyKind::LinkType(LinkType::PPP_HDLC) => Some(LINUX_PPP),
        _ => None,
    };
    if let Some(number) = claims.iter().find_map(number) {
        protocol.set(number);
    }
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::SLL,
    "sll",
    "Linux cooked capture",
    |bytes, outer| Sll::parse_in(bytes, outer).map(|sll| sll.shape()),
    |bytes, outer, visitor| {
        let layer = Sll::parse_in(bytes, outer)?;
        let (own_len, names) = (0, ["eth.padding", "sll.trailer", "sll.trailer"]);
        visitor(&Framed { layer: &layer, own_len, outer, names });
        Ok(())
    },
)
.specification("LINKTYPE_LINUX_SLL")
.role(Role::Link)
.claims(&[Key::link_type(LinkType::LINUX_SLL)])
.template(&[0; size_of::<SllHeader>()])
.next(next);

// PcapPlusPlus, sll.pcap, packet 1: Packet type: Broadcast (1), Link-layer address type: Ethernet
// (1), Link-layer address length: 6, Source: 30:46:9a:23:fb:fa, Unused: 0000, Protocol: IPv4
#[cfg(test)]
layer_tests! {
    sample: Sll *b"\0\x01\0\x01\0\x06\x30\x46\x9a\x23\xfb\xfa\0\0\x08\0\x45";
    fields: "sll.pkttype=1 sll.hatype=1 sll.halen=6 sll.src.eth=30:46:9a:23:fb:fa sll.unused=0000 \
        sll.etype=2048";
    edit: SllHeader, |header| header.packet_type.set(4);
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: [u8; 8] = [10, 0, 0, 1, 2, 3, 4, 5];

    fn header(hardware: u16, length: u16, protocol: u16) -> Vec<u8> {
        let [hardware, length, protocol] = [hardware, length, protocol].map(u16::to_be_bytes);
        [&[0, 0], &hardware[..], &length, &ADDRESS, &protocol].concat()
    }

    /// Expects what tshark 4.0.17 reports of the same header behind the hardware type.
    #[track_caller]
    fn check(hardware: u16, length: u16, protocol: u16, expected: &str, next: Next) {
        let bytes = header(hardware, length, protocol);
        let sll = Sll::parse(&bytes).unwrap();
        let text = sll.to_string();
        let (_, behind) = text.split_once("sll.halen=").unwrap();
        assert_eq!((behind, sll.shape().next), (expected, next));
    }

    const IPV4: Next = Next::One(Key::ether_type(EtherType::IPV4));

    #[test]
    fn an_address_ends_where_its_length_or_its_field_does() {
        let whole = "sll.src.other=0a00000102030405";
        let other = "sll.src.other=0a000001020304 sll.unused=05";
        let ipv4 = "sll.src.ipv4=10.0.0.1 sll.unused=02030405";
        check(772, 0, 0x800, "0 sll.unused=0a00000102030405 sll.etype=2048", IPV4);
        check(776, 4, 0x800, &format!("4 {ipv4} sll.etype=2048"), IPV4);
        check(1, 7, 0x800, &format!("7 {other} sll.etype=2048"), IPV4);
        check(1, 8, 0x800, &format!("8 {whole} sll.etype=2048"), IPV4);
        check(1, 20, 0x800, &format!("20 {whole} sll.etype=2048"), IPV4);
        check(1, 65535, 0x800, &format!("65535 {whole} sll.etype=2048"), IPV4);
    }

    #[test]
    fn a_protocol_up_to_1536_is_linux_s_own() {
        let source = "8 sll.src.other=0a00000102030405";
        let check = |hardware, protocol, name: &str, next| {
            check(hardware, 8, protocol, &format!("{source} {name}={protocol}"), next);
        };
        let ether_type = |number| Next::One(Key::ether_type(EtherType(number)));
        let ppp = Next::One(Key::link_type(LinkType::PPP_HDLC));
        check(1, 1, "sll.ltype", Next::End);
        check(1, 4, "sll.ltype", Next::One(Key::ether_type(EtherType::LLC)));
        check(1, 7, "sll.ltype", ppp);
        check(1, 0x0600, "sll.ltype", Next::End);
        check(1, 0x0601, "sll.etype", ether_type(0x0601));
        check(770, 4, "sll.ltype", Next::End);
        check(778, 0, "sll.ltype", Next::End);
        check(778, 0x0800, "sll.gretype", IPV4);
        check(778, 0x6558, "sll.gretype", ether_type(0x6558));
        check(824, 16, "netlink.family", Next::End);
    }

    #[test]
    fn accessors_name_what_they_know() {
        let bytes = header(778, 4, 0x800);
        let sll = Sll::parse(&bytes).unwrap();
        assert_eq!(sll.packet_type().to_string(), "to us");
        assert_eq!(sll.hardware_type(), HardwareType::IP_GRE);
        assert_eq!((sll.address(), sll.ether_type()), (&ADDRESS[..4], Some(EtherType::IPV4)));
        let bytes = header(824, 0, 0x800);
        let netlink = Sll::parse(&bytes).unwrap();
        assert_eq!((netlink.address(), netlink.ether_type()), (&[][..], None));
    }
}
