//! Keys: what a parent publishes and a child claims.

use std::fmt;

use rheos_core::LinkType;

use crate::LayerType;

mod ether_type;
mod ip_protocol;
mod ppp_protocol;

pub use ether_type::EtherType;
pub use ip_protocol::IpProtocol;
pub use ppp_protocol::PppProtocol;

/// A number that names the layer behind it, and the space that gives the number its meaning.
// One word, and not an enum, so that decoders can keep it in a register and compare it in one step.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(u64);

/// A [`Key`] taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyKind {
    /// How a packet starts.
    LinkType(LinkType),
    /// What an Ethernet type says.
    EtherType(EtherType),
    /// What the protocol of IPv4 or the next header of IPv6 says.
    IpProtocol(IpProtocol),
    /// The destination service access point of an IEEE 802.2 header.
    LlcSap(u8),
    /// A port of TCP.
    TcpPort(u16),
    /// A port of UDP or UDP-Lite.
    UdpPort(u16),
    /// A port of SCTP.
    SctpPort(u16),
    /// What the protocol field of PPP says, and of whatever carries PPP.
    PppProtocol(PppProtocol),
    /// The protocol in a SNAP header whose organization assigns numbers of its own.
    Snap(Organization, u16),
    /// A number that only this layer gives a meaning to.
    Child(LayerType, u32),
    /// Whatever follows a layer that carries one thing only.
    Parent(LayerType),
    /// What an ICMP error quotes of a layer, where the quotation ends inside its header.
    Quoted(LayerType),
}

/// What a header publishes about the layer behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)] // A plain tag spares the fixed decoder the unpacking of a niche.
pub enum Next {
    /// No layer starts here: the rest is payload.
    End,
    /// The layer that claims this key.
    One(Key),
    /// The layer that claims one of two keys. Where both are claimed the lower number comes first,
    /// as in Wireshark: the lower port is the well-known one, more often than not.
    Either(Key, Key),
    /// The layer that claims this key, in the first of several fragments: the lengths behind it
    /// speak of the whole datagram.
    FirstFragment(Key),
    /// The layer that claims this key, in the front of a packet quoted by an error message: the
    /// lengths behind it speak of the packet that was sent.
    Quoted(Key),
}

/// Who assigns the numbers behind it: the 24 bits of an organization that IEEE assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Organization(pub [u8; 3]);

impl Organization {
    /// Nobody in particular: what follows is an Ethernet type, RFC 1042.
    pub const ENCAPSULATED_ETHERNET: Self = Self([0, 0, 0]);
    /// The same, for protocols that bridges must not take for those of RFC 1042.
    pub const BRIDGE_TUNNEL: Self = Self([0x00, 0x00, 0xf8]);
    /// IEEE 802.1: bridged frames.
    pub const IEEE_802_1: Self = Self([0x00, 0x80, 0xc2]);
    /// Cisco.
    pub const CISCO: Self = Self([0x00, 0x00, 0x0c]);
    /// Nortel, once `SynOptics`.
    pub const NORTEL: Self = Self([0x00, 0x00, 0x81]);
    /// Apple.
    pub const APPLE: Self = Self([0x08, 0x00, 0x07]);
}

/// Declares the constants of an open number, and `Display` by their names.
macro_rules! numbers {
    ($type:ident $hex:literal { $($(#[$doc:meta])+ $name:ident = $number:literal $text:literal;)+ }) => {
        impl $type {
            $($(#[$doc])+ pub const $name: Self = Self($number);)+
        }

        impl fmt::Display for $type {
            /// Writes the name, or the number where there is none.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match *self {
                    $(Self::$name => f.write_str($text),)+
                    Self(number) => write!(f, $hex, number),
                }
            }
        }
    };
}

pub(crate) use numbers;

impl Key {
    /// How many spaces have a flat table of 16 bits in the decoder; they come first.
    const WIDE: u64 = 3;
    /// Spaces from here on are looked up one by one.
    const SPARSE: u64 = 6;
    /// Room in the flat table for a small space.
    const SMALL: usize = 512;
    /// How many keys have a place in the flat table.
    #[allow(clippy::arithmetic_side_effects, reason = "small constants")]
    pub(crate) const FLAT: usize = (3 << 16) + 3 * Self::SMALL;

    const fn new(space: u64, number: u64) -> Self {
        Self(space << 56 | number)
    }

    /// [`KeyKind::EtherType`].
    #[inline(always)]
    pub const fn ether_type(number: EtherType) -> Self {
        Self::new(0, number.0 as u64)
    }

    /// [`KeyKind::TcpPort`].
    #[inline(always)]
    pub const fn tcp_port(port: u16) -> Self {
        Self::new(1, port as u64)
    }

    /// [`KeyKind::UdpPort`].
    #[inline(always)]
    pub const fn udp_port(port: u16) -> Self {
        Self::new(2, port as u64)
    }

    /// [`KeyKind::IpProtocol`].
    #[inline(always)]
    pub const fn ip_protocol(number: IpProtocol) -> Self {
        Self::new(3, number.0 as u64)
    }

    /// [`KeyKind::LlcSap`].
    #[inline(always)]
    pub const fn llc_sap(address: u8) -> Self {
        Self::new(4, address as u64)
    }

    /// [`KeyKind::LinkType`].
    #[inline(always)]
    pub const fn link_type(number: LinkType) -> Self {
        Self::new(5, number.0 as u64)
    }

    /// [`KeyKind::SctpPort`].
    #[inline(always)]
    pub const fn sctp_port(port: u16) -> Self {
        Self::new(11, port as u64)
    }

    /// [`KeyKind::PppProtocol`].
    #[inline(always)]
    pub const fn ppp_protocol(number: PppProtocol) -> Self {
        Self::new(6, number.0 as u64)
    }

    /// [`KeyKind::Snap`].
    pub const fn snap(organization: Organization, number: u16) -> Self {
        let Organization([a, b, c]) = organization;
        Self::new(7, (u32::from_be_bytes([0, a, b, c]) as u64) << 16 | number as u64)
    }

    /// [`KeyKind::Child`].
    pub const fn child(parent: LayerType, number: u32) -> Self {
        Self::new(8, (parent.0 as u64) << 32 | number as u64)
    }

    /// [`KeyKind::Parent`].
    pub const fn parent(layer: LayerType) -> Self {
        Self::new(9, layer.0 as u64)
    }

    /// [`KeyKind::Quoted`].
    pub const fn quoted(layer: LayerType) -> Self {
        Self::new(10, layer.0 as u64)
    }

    /// The key taken apart.
    #[allow(clippy::cast_possible_truncation, reason = "the parts that `new` put together")]
    pub fn kind(self) -> KeyKind {
        let number = self.0 as u16;
        match self.0 >> 56 {
            0 => KeyKind::EtherType(EtherType(number)),
            1 => KeyKind::TcpPort(number),
            2 => KeyKind::UdpPort(number),
            3 => KeyKind::IpProtocol(IpProtocol(self.0 as u8)),
            4 => KeyKind::LlcSap(self.0 as u8),
            5 => KeyKind::LinkType(LinkType(number)),
            6 => KeyKind::PppProtocol(PppProtocol(number)),
            7 => {
                let [_, _, _, a, b, c, _, _] = self.0.to_be_bytes();
                KeyKind::Snap(Organization([a, b, c]), number)
            }
            8 => KeyKind::Child(LayerType((self.0 >> 32) as u16), self.0 as u32),
            9 => KeyKind::Parent(LayerType(number)),
            10 => KeyKind::Quoted(LayerType(number)),
            _ => KeyKind::SctpPort(number),
        }
    }

    /// The place of this key in the flat table that serves the spaces of most packets. The others
    /// are looked up.
    #[inline(always)]
    #[allow(clippy::arithmetic_side_effects, reason = "sums of small constants and 16-bit numbers")]
    #[allow(clippy::cast_possible_truncation, reason = "the parts that `new` put together")]
    pub(crate) fn index(self) -> Option<usize> {
        let (space, number) = (self.0 >> 56, usize::from(self.0 as u16));
        if space < Self::WIDE {
            Some((space as usize) << 16 | number)
        } else if space < Self::SPARSE && number < Self::SMALL {
            Some((3 << 16) + (space - Self::WIDE) as usize * Self::SMALL + number)
        } else {
            None
        }
    }

    /// Whether a layer behind this key is a guess only: anybody may use a port for anything.
    pub(crate) fn is_guess(self) -> bool {
        matches!(self.kind(), KeyKind::TcpPort(_) | KeyKind::UdpPort(_) | KeyKind::SctpPort(_))
    }
}

impl fmt::Display for KeyKind {
    /// Writes the space and the number, such as `UDP port 53`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::LinkType(number) => write!(f, "link type {number}"),
            Self::EtherType(number) => write!(f, "EtherType {:#06x}", number.0),
            Self::IpProtocol(number) => write!(f, "IP protocol {}", number.0),
            Self::LlcSap(address) => write!(f, "LLC SAP {address:#04x}"),
            Self::TcpPort(port) => write!(f, "TCP port {port}"),
            Self::UdpPort(port) => write!(f, "UDP port {port}"),
            Self::SctpPort(port) => write!(f, "SCTP port {port}"),
            Self::PppProtocol(number) => write!(f, "PPP protocol {:#06x}", number.0),
            Self::Snap(Organization([a, b, c]), number) => {
                write!(f, "SNAP {a:02x}:{b:02x}:{c:02x} {number:#06x}")
            }
            Self::Child(parent, number) => write!(f, "{number} in {parent}"),
            Self::Parent(parent) => write!(f, "inside {parent}"),
            Self::Quoted(layer) => write!(f, "quoted {layer}"),
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// A key of every space that has this number.
    fn keys_of(number: u16) -> impl Iterator<Item = Key> {
        let small = u8::try_from(number).ok();
        let all = [
            Some(Key::link_type(LinkType(number))),
            Some(Key::ether_type(EtherType(number))),
            Some(Key::tcp_port(number)),
            Some(Key::udp_port(number)),
            Some(Key::sctp_port(number)),
            Some(Key::ppp_protocol(PppProtocol(number))),
            Some(Key::snap(Organization([1, 2, 3]), number)),
            Some(Key::child(LayerType(number), number.into())),
            Some(Key::parent(LayerType(number))),
            Some(Key::quoted(LayerType(number))),
            small.map(|number| Key::ip_protocol(IpProtocol(number))),
            small.map(Key::llc_sap),
        ];
        all.into_iter().flatten()
    }

    #[test]
    fn every_key_is_unique_and_has_a_place_of_its_own() {
        let (mut keys, mut places, mut flat) = (HashSet::new(), HashSet::new(), 0);
        let mut count = 0;
        for key in (0..=u16::MAX).flat_map(keys_of) {
            count += 1;
            keys.insert(key);
            if let Some(place) = key.index() {
                assert!(place < Key::FLAT);
                places.insert(place);
                flat += 1;
            }
        }
        assert_eq!((keys.len(), places.len()), (count, flat));
    }

    #[test]
    fn a_key_taken_apart_is_what_it_was_made_of() {
        let made = [
            (Key::snap(Organization::CISCO, 0x2000), KeyKind::Snap(Organization::CISCO, 0x2000)),
            (Key::child(LayerType(9), u32::MAX), KeyKind::Child(LayerType(9), u32::MAX)),
            (Key::ip_protocol(IpProtocol::TCP), KeyKind::IpProtocol(IpProtocol::TCP)),
            (Key::quoted(LayerType(1000)), KeyKind::Quoted(LayerType(1000))),
        ];
        made.into_iter().for_each(|(key, kind)| assert_eq!(key.kind(), kind));
    }

    #[test]
    fn unknown_numbers_are_written_as_numbers() {
        assert_eq!(EtherType(0x88b5).to_string(), "0x88b5");
        assert_eq!(IpProtocol(253).to_string(), "253");
        assert_eq!(IpProtocol::TCP.to_string(), "TCP");
    }
}
