//! Virtual eXtensible Local Area Network, [RFC 7348](https://www.rfc-editor.org/rfc/rfc7348)
//! section 5, with the group policy of
//! [draft-smith-vxlan-group-policy](https://datatracker.ietf.org/doc/html/draft-smith-vxlan-group-policy).
//!
//! ```text
//!  0               8               16              24             31
//! |G|   |I|       |D|     |A|     |        group policy ID         |
//! |           VXLAN network identifier            |    reserved    |
//! ```
//!
//! Two bits of the first byte are those of the draft of the
//! [generic extension](https://datatracker.ietf.org/doc/html/draft-ietf-nvo3-vxlan-gpe), which some
//! send to the port of VXLAN: the rest of it are zero in whatever is sent, and in no text.

use std::fmt;

use bitflags::bitflags;
use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{
    EtherType, FieldSink, Header, Key, Layer, LayerType, Malformed, Next, Outer, Protocol, Setting,
    Shape,
};

/// The bits of the first byte that tell VXLAN from what else is sent to its port.
const SIGNATURE: u16 = 0x7800;
/// The bits of the second byte that nobody sends: Linux has one for checksums that are worked out
/// at the far end, and the group policy has two.
const RESERVED: u16 = 0x0097;
/// The shortest frame that a tunnel can hold: its two addresses and its type.
const SHORTEST_FRAME: usize = 14;

/// The header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct VxlanHeader {
    pub flags: U16,
    /// The group that the frame's sender belongs to, if the flags say so.
    pub group_policy_id: U16,
    pub network_identifier: [u8; 3],
    pub reserved: u8,
}

impl Default for VxlanHeader {
    /// The network 0, without a group.
    fn default() -> Self {
        let flags = U16::new(VxlanFlags::NETWORK_IDENTIFIER.bits());
        Self { flags, group_policy_id: U16::ZERO, network_identifier: [0; 3], reserved: 0 }
    }
}

bitflags! {
    /// The flags that have a meaning.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct VxlanFlags: u16 {
        /// A group policy ID is there.
        const GROUP_POLICY = 0x8000;
        /// The network identifier is valid.
        const NETWORK_IDENTIFIER = 0x0800;
        /// Nobody is to learn the source address.
        const DONT_LEARN = 0x0040;
        /// The policy was applied already.
        const POLICY_APPLIED = 0x0008;
    }
}

impl VxlanHeader {
    /// The network that the frame belongs to, 24 bits.
    pub fn vni(&self) -> u32 {
        let [a, b, c] = self.network_identifier;
        u32::from_be_bytes([0, a, b, c])
    }

    /// Writes the network, its low 24 bits.
    pub fn set_vni(&mut self, vni: u32) {
        let [_, a, b, c] = vni.to_be_bytes();
        self.network_identifier = [a, b, c];
    }

    /// The flags that have a meaning.
    pub fn flags(&self) -> VxlanFlags {
        VxlanFlags::from_bits_truncate(self.flags.get())
    }

    /// Writes the flags that have a meaning.
    pub fn set_flags(&mut self, flags: VxlanFlags) {
        let others = self.flags.get() & !VxlanFlags::all().bits();
        self.flags.set(others | flags.bits());
    }
}

/// A frame in a tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Vxlan<'a> {
    pub header: &'a VxlanHeader,
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Vxlan<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = split::<VxlanHeader>(bytes)?;
        if header.flags.get() & SIGNATURE != VxlanFlags::NETWORK_IDENTIFIER.bits() {
            return Err(Malformed::Field { name: "flags", value: header.flags.get().into() });
        }
        Ok(Self { header, payload })
    }

    /// A datagram with other flags holds something else, and one that has no room for a frame.
    fn parse_in(bytes: &'a [u8], outer: &Outer<'_>) -> Result<Self, Malformed> {
        let vxlan = Self::parse(bytes)?;
        let flags = vxlan.header.flags.get();
        if outer.datagram_len().is_some() && flags & RESERVED != 0 {
            return Err(Malformed::Field { name: "flags", value: flags.into() });
        }
        let need = size_of::<VxlanHeader>().saturating_add(SHORTEST_FRAME);
        match outer.datagram_len() {
            Some(have) if have > size_of::<VxlanHeader>() && have < need => {
                Err(Malformed::Truncated { need, have })
            }
            _ => Ok(vxlan),
        }
    }

    fn shape(&self) -> Shape {
        let next = Next::One(Key::ether_type(EtherType::BRIDGING));
        let payload_len = self.payload.len();
        Shape { header_len: size_of::<VxlanHeader>(), payload_len, trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let (header, flags) = (self.header, self.header.flags());
        sink.number("vxlan.flags", header.flags, 0..2);
        sink.flag("vxlan.flag_g", flags.contains(VxlanFlags::GROUP_POLICY), 0..2);
        sink.flag("vxlan.flag_i", flags.contains(VxlanFlags::NETWORK_IDENTIFIER), 0..2);
        sink.flag("vxlan.flag_d", flags.contains(VxlanFlags::DONT_LEARN), 0..2);
        sink.flag("vxlan.flag_a", flags.contains(VxlanFlags::POLICY_APPLIED), 0..2);
        let reserved = header.flags.get() & !VxlanFlags::all().bits();
        sink.number("vxlan.flags_reserved", reserved, 0..2);
        sink.number("vxlan.gbp", header.group_policy_id, 2..4);
        sink.number("vxlan.vni", header.vni(), 4..7);
        sink.number("vxlan.reserved8", header.reserved, 7..8);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "vni {}", self.vni())?;
        self.group_policy_id().map_or(Ok(()), |group| write!(f, " group {group}"))
    }
}

impl Vxlan<'_> {
    /// The network that the frame belongs to, 24 bits.
    pub fn vni(&self) -> u32 {
        self.header.vni()
    }

    /// The group that the frame's sender belongs to.
    pub fn group_policy_id(&self) -> Option<u16> {
        let has_group = self.header.flags().contains(VxlanFlags::GROUP_POLICY);
        has_group.then_some(self.header.group_policy_id.get())
    }
}

impl Header for VxlanHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// The group, and the flag that says that there is one.
const SETTINGS: &[Setting] =
    &[Setting::part("gbp", "vxlan.gbp", "a number up to 65535", |before, text| {
        let vxlan = Vxlan::parse(before.header).map_err(|cause| before.unreadable(cause))?;
        let mut header = *vxlan.header;
        header.group_policy_id.set(before.number(text)?);
        header.set_flags(header.flags() | VxlanFlags::GROUP_POLICY);
        Ok(header.as_bytes().to_vec())
    })];

const PROTOCOL: Protocol = Protocol::new(
    LayerType::VXLAN,
    "vxlan",
    "Virtual eXtensible Local Area Network",
    |bytes, outer| Vxlan::parse_in(bytes, outer).map(|vxlan| vxlan.shape()),
    |bytes, outer, visitor| Vxlan::parse_in(bytes, outer).map(|vxlan| visitor(&vxlan)),
)
.specification("RFC 7348")
.settings(&[SETTINGS])
.claims(&[
    Key::udp_port(4789),
    // What Linux uses where it is told no port.
    Key::udp_port(8472),
])
.template(&[8, 0, 0, 0, 0, 0, 0, 0]);

// tshark -r own packet.
#[cfg(test)]
layer_tests! {
    sample: Vxlan *b"\x88\x48\x12\x34\x00\xff\xee\x07\x01\x02\x03\x04\x05\x06\x0a\x0b\x0c\x0d\x0e\x0f\x08\x00";
    fields: "vxlan.flags=34888 vxlan.flag_g=1 vxlan.flag_i=1 vxlan.flag_d=1 vxlan.flag_a=1 \
        vxlan.flags_reserved=0 vxlan.gbp=4660 vxlan.vni=65518 vxlan.reserved8=7";
    edit: VxlanHeader, |header| header.set_vni(7);
    bad: [0 = 0x80 => "flags" 0x8048, 0 = b'N' => "flags" 0x4e48, 0 = b'{' => "flags" 0x7b48];
}

#[cfg(test)]
mod tests {
    use smallvec::SmallVec;

    use super::*;
    use crate::{
        Decoder, Ethernet, EthernetHeader, Fix, Ipv4, Ipv4Header, LayerSet, LinkType, Udp,
    };
    use crate::{UdpHeader, serialize_layers};

    /// A frame in a tunnel, from 10.0.0.1 to 10.0.0.2 inside and 192.0.2.1 to 192.0.2.2 outside.
    fn tunnel() -> Vec<u8> {
        let ethernet = EthernetHeader::default();
        let [mut outer, mut inner] = [Ipv4Header::default(); 2];
        (outer.source, outer.destination) = ([192, 0, 2, 1], [192, 0, 2, 2]);
        (inner.source, inner.destination) = ([10, 0, 0, 1], [10, 0, 0, 2]);
        let udp = UdpHeader { destination_port: 9999.into(), ..Default::default() };
        let mut vxlan = VxlanHeader::default();
        vxlan.set_vni(100);
        let layers: [&dyn crate::Encode; 7] =
            [&ethernet, &outer, &UdpHeader::default(), &vxlan, &ethernet, &inner, &udp];
        let mut out = Vec::new();
        serialize_layers(&mut out, Fix::all(), &layers, b"hi").unwrap();
        out
    }

    /// gopacket defect 27.
    #[test]
    fn the_headers_around_a_tunnel_are_kept_beside_those_inside() {
        type Set<'a> = (
            SmallVec<[Ethernet<'a>; 2]>,
            SmallVec<[Ipv4<'a>; 2]>,
            SmallVec<[Udp<'a>; 2]>,
            Option<Vxlan<'a>>,
        );
        let bytes = tunnel();
        let (frames, packets, datagrams, vxlan) =
            LayerSet::<Set<'_>>::decode(LinkType::ETHERNET, &bytes).layers;
        let sources = packets.iter().map(|ip| ip.source().to_string()).collect::<Vec<_>>();
        assert_eq!(sources, ["192.0.2.1", "10.0.0.1"]);
        let ports = datagrams.iter().map(Udp::destination_port).collect::<Vec<_>>();
        assert_eq!((frames.len(), ports), (2, vec![4789, 9999]));
        assert_eq!(vxlan.unwrap().vni(), 100);

        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::ETHERNET, &bytes);
        assert_eq!(packet.get::<Ipv4<'_>>().unwrap().source().to_string(), "192.0.2.1");
        assert_eq!(packet.get_last::<Ipv4<'_>>().unwrap().source().to_string(), "10.0.0.1");
    }

    #[test]
    fn a_group_is_there_only_if_the_flags_say_so() {
        let group = |bits: u8| {
            let bytes = [bits, 0, 0, 7, 0, 0, 1, 0];
            Vxlan::parse(&bytes).unwrap().group_policy_id()
        };
        assert_eq!((group(0x88), group(0x08)), (Some(7), None));
    }

    #[test]
    fn setters_keep_the_other_bits() {
        let mut header = VxlanHeader { flags: U16::new(0x7fff), ..VxlanHeader::default() };
        header.set_flags(VxlanFlags::GROUP_POLICY);
        header.set_vni(0xff12_3456);
        assert_eq!((header.flags.get(), header.vni()), (0xf7b7, 0x12_3456));
    }
}
