//! Linux cooked capture, version 2,
//! [LINKTYPE_LINUX_SLL2](https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html).
//!
//! ```text
//!  0                               16              24             31
//! |           protocol            |           reserved            |
//! |                       interface index                         |
//! |         hardware type         |  packet type  | address len   |
//! |                      address, 8 bytes                         |
//! ```

use std::fmt;

use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::frame_trailer::Framed;
use crate::layers::{sll, split};
use crate::{Behind, EncodeError, Header};
use crate::{EtherType, FieldSink, HardwareType, Key, Layer, LayerType, LinkType, Malformed};
use crate::{Protocol, Role, Shape, SllPacketType};

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
pub struct Sll2Header {
    pub protocol: U16,
    pub reserved: U16,
    pub interface_index: U32,
    pub hardware_type: U16,
    pub packet_type: u8,
    pub address_length: u8,
    pub address: [u8; 8],
}

/// A packet, as the kernel cooked its link header down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sll2<'a> {
    pub header: &'a Sll2Header,
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Sll2<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = split::<Sll2Header>(bytes)?;
        Ok(Self { header, payload })
    }

    fn shape(&self) -> Shape {
        let header_len = size_of::<Sll2Header>();
        let next = sll::next_key(self.hardware_type(), self.protocol());
        Shape { header_len, payload_len: self.payload.len(), trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let name = sll::protocol_name(self.hardware_type(), self.protocol());
        sink.number(name, self.protocol(), 0..2);
        // Wireshark has no field for the two reserved bytes.
        sink.number("sll.ifindex", self.header.interface_index, 4..8);
        sink.number("sll.hatype", self.header.hardware_type, 8..10);
        sink.number("sll.pkttype", self.header.packet_type, 10..11);
        sink.number("sll.halen", self.header.address_length, 11..12);
        sll::address_fields(sink, self.address(), self.header.address, 12);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "interface {} {} ", self.interface_index(), self.packet_type())?;
        sll::write_protocol(f, self.hardware_type(), self.protocol())
    }
}

impl<'a> Sll2<'a> {
    /// An Ethernet type, or up to 1536 a number of Linux's own.
    pub fn protocol(&self) -> u16 {
        self.header.protocol.get()
    }

    /// What the payload is, if an Ethernet type says so.
    pub fn ether_type(&self) -> Option<EtherType> {
        sll::ether_type(self.hardware_type(), self.protocol())
    }

    /// Number of the interface, on the machine that captured.
    pub fn interface_index(&self) -> u32 {
        self.header.interface_index.get()
    }

    /// The hardware that the packet was captured on.
    pub fn hardware_type(&self) -> HardwareType {
        HardwareType(self.header.hardware_type.get())
    }

    /// Who sent the packet to whom.
    pub fn packet_type(&self) -> SllPacketType {
        SllPacketType(self.header.packet_type.into())
    }

    /// Hardware address of the sender: as many bytes as there are, or the first 8 of more.
    pub fn address(&self) -> &'a [u8] {
        sll::clamped(&self.header.address, self.header.address_length.into())
    }
}

impl Header for Sll2Header {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<Sll2Header>(bytes)?;
    let hardware = HardwareType(header.hardware_type.get());
    sll::fix_protocol(&mut header.protocol, hardware, behind);
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::SLL2,
    "sll2",
    "Linux cooked capture, version 2",
    |bytes, outer| Sll2::parse_in(bytes, outer).map(|sll2| sll2.shape()),
    |bytes, outer, visitor| {
        let layer = Sll2::parse_in(bytes, outer)?;
        let (own_len, names) = (0, ["eth.padding", "sll.trailer", "sll.trailer"]);
        visitor(&Framed { layer: &layer, own_len, outer, names });
        Ok(())
    },
)
.specification("LINKTYPE_LINUX_SLL2")
.role(Role::Link)
.claims(&[Key::link_type(LinkType::LINUX_SLL2)])
.template(&[0; size_of::<Sll2Header>()])
.next(next);

// PcapPlusPlus, Sll2Packet.pcap, packet 1: Protocol: IPv4 (0x0800), Interface index: 20,
// Link-layer address type: Ethernet (1), Packet type: Sent by us (4), Link-layer address length: 6,
// Source: d2:cf:c2:50:15:ea, Unused: 0000
#[cfg(test)]
layer_tests! {
    sample: Sll2 *b"\x08\0\0\0\0\0\0\x14\0\x01\x04\x06\xd2\xcf\xc2\x50\x15\xea\0\0\x45";
    fields: "sll.etype=2048 sll.ifindex=20 sll.hatype=1 sll.pkttype=4 sll.halen=6 \
        sll.src.eth=d2:cf:c2:50:15:ea sll.unused=0000";
    edit: Sll2Header, |header| header.interface_index.set(7);
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Next;

    /// Expects what tshark 4.0.17 reports of the same header.
    #[track_caller]
    fn check(bytes: &[u8], fields: &str, next: Next) {
        let sll2 = Sll2::parse(bytes).unwrap();
        assert_eq!((sll2.to_string().as_str(), sll2.shape().next), (fields, next));
    }

    #[test]
    fn the_protocol_and_the_hardware_say_what_follows() {
        check(
            b"\0\x04\0\0\0\0\0\x02\0\x01\0\0\x0a\x0b\x0c\x0d\x0e\x0f\x01\x02",
            "sll.ltype=4 sll.ifindex=2 sll.hatype=1 sll.pkttype=0 sll.halen=0 \
            sll.unused=0a0b0c0d0e0f0102",
            Next::One(Key::ether_type(EtherType::LLC)),
        );
        check(
            b"\x08\0\xab\xcd\0\0\0\x02\0\x01\x04\x04\x0a\x0b\x0c\x0d\x0e\x0f\x01\x02",
            "sll.etype=2048 sll.ifindex=2 sll.hatype=1 sll.pkttype=4 sll.halen=4 \
            sll.src.ipv4=10.11.12.13 sll.unused=0e0f0102",
            Next::One(Key::ether_type(EtherType::IPV4)),
        );
        check(
            b"\x65\x58\0\0\0\0\0\x02\x03\x0a\0\xff\x0a\x0b\x0c\x0d\x0e\x0f\x01\x02",
            "sll.gretype=25944 sll.ifindex=2 sll.hatype=778 sll.pkttype=0 sll.halen=255 \
            sll.src.other=0a0b0c0d0e0f0102",
            Next::One(Key::ether_type(EtherType::BRIDGING)),
        );
    }

    #[test]
    fn accessors_name_what_they_know() {
        let bytes = b"\0\x01\0\0\0\0\x01\x02\0\x01\x03\x06\x0a\x0b\x0c\x0d\x0e\x0f\x01\x02";
        let sll2 = Sll2::parse(bytes).unwrap();
        assert_eq!((sll2.interface_index(), sll2.ether_type()), (258, None));
        assert_eq!(sll2.hardware_type().to_string(), "Ethernet");
        assert_eq!(sll2.packet_type().to_string(), "to another");
        assert_eq!(sll2.address(), [0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f]);
    }
}
