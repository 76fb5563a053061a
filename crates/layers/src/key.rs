//! Keys: what a parent publishes and a child claims.

use std::fmt;

use rheos_core::LinkType;

use crate::LayerType;

/// A number that names the layer behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)] // A plain tag, here and below, spares the fixed decoder the unpacking of a niche.
#[non_exhaustive]
pub enum Key {
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
    /// Whatever follows a layer that carries one thing only.
    Parent(LayerType),
    /// What an ICMP error quotes of a layer, where the quotation ends inside its header.
    Quoted(LayerType),
}

/// What a header publishes about the layer behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Next {
    /// No layer starts here: the rest is payload.
    End,
    /// The layer that claims this key.
    One(Key),
    /// The layer that claims the first key, or else the second.
    Either(Key, Key),
    /// The layer that claims this key, in the first of several fragments: the lengths behind it
    /// speak of the whole datagram.
    FirstFragment(Key),
    /// The layer that claims this key, in the front of a packet quoted by an error message: the
    /// lengths behind it speak of the packet that was sent.
    Quoted(Key),
}

/// An Ethernet type, as IEEE assigns them. Any value is legal; those with a name are used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EtherType(pub u16);

/// An IP protocol number, as IANA assigns them. Any value is legal; those with a name are used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IpProtocol(pub u8);

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

numbers! {
    EtherType "{:#06x}" {
        /// No Ethernet type: an IEEE 802.2 header, where a length takes the place of the type.
        LLC = 0x0000 "LLC";
        /// Internet Protocol, version 4.
        IPV4 = 0x0800 "IPv4";
        /// Address Resolution Protocol.
        ARP = 0x0806 "ARP";
        /// Reverse ARP, RFC 903.
        RARP = 0x8035 "RARP";
        /// Transparent Ethernet bridging: a frame inside a tunnel.
        BRIDGING = 0x6558 "transparent Ethernet bridging";
        /// IEEE 802.1Q tag.
        VLAN = 0x8100 "VLAN";
        /// Internet Protocol, version 6.
        IPV6 = 0x86dd "IPv6";
        /// An IEEE 802.2 header in a frame too long for a length field.
        JUMBO_LLC = 0x8870 "jumbo LLC";
        /// IEEE 802.1ad service tag.
        SERVICE_VLAN = 0x88a8 "service VLAN";
        /// Service tag from before IEEE 802.1ad.
        OLD_SERVICE_VLAN = 0x9100 "service VLAN";
        /// Service tag from before IEEE 802.1ad, another vendor's.
        OTHER_SERVICE_VLAN = 0x9200 "service VLAN";
        /// Reserved by IEEE, and claimed by no layer.
        RESERVED = 0xffff "reserved";
    }
}

numbers! {
    IpProtocol "{}" {
        /// IPv6 hop-by-hop options.
        HOP_BY_HOP = 0 "hop-by-hop options";
        /// Internet Control Message Protocol.
        ICMPV4 = 1 "ICMP";
        /// IPv4 inside IP.
        IPV4 = 4 "IPv4";
        /// Transmission Control Protocol.
        TCP = 6 "TCP";
        /// User Datagram Protocol.
        UDP = 17 "UDP";
        /// IPv6 inside IP.
        IPV6 = 41 "IPv6";
        /// IPv6 routing header.
        ROUTING = 43 "routing header";
        /// IPv6 fragment header.
        FRAGMENT = 44 "fragment header";
        /// Encapsulating Security Payload.
        ESP = 50 "ESP";
        /// Authentication Header.
        AH = 51 "AH";
        /// Internet Control Message Protocol for IPv6.
        ICMPV6 = 58 "ICMPv6";
        /// Nothing follows.
        NO_NEXT_HEADER = 59 "no next header";
        /// IPv6 destination options.
        DESTINATION_OPTIONS = 60 "destination options";
        /// Stream Control Transmission Protocol.
        SCTP = 132 "SCTP";
        /// IPv6 mobility header.
        MOBILITY = 135 "mobility header";
        /// UDP-Lite.
        UDP_LITE = 136 "UDP-Lite";
    }
}

impl Key {
    /// Where the small spaces start: behind seven of 16 bits.
    const SMALL: usize = 7 << 16;

    /// How many keys there are.
    pub(crate) const COUNT: usize = Self::SMALL + 256 + 256;

    /// The place of this key among all, so that one flat table serves every space.
    #[inline(always)]
    #[allow(clippy::arithmetic_side_effects, reason = "sums of small constants and 8-bit numbers")]
    pub(crate) fn index(self) -> usize {
        match self {
            Self::EtherType(EtherType(number)) => usize::from(number),
            Self::TcpPort(number) => (1 << 16) | usize::from(number),
            Self::UdpPort(number) => (2 << 16) | usize::from(number),
            Self::SctpPort(number) => (3 << 16) | usize::from(number),
            Self::LinkType(LinkType(number)) => (4 << 16) | usize::from(number),
            Self::Parent(LayerType(number)) => (5 << 16) | usize::from(number),
            Self::Quoted(LayerType(number)) => (6 << 16) | usize::from(number),
            Self::IpProtocol(IpProtocol(number)) => Self::SMALL + usize::from(number),
            Self::LlcSap(number) => Self::SMALL + 256 + usize::from(number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_a_place_of_its_own() {
        let small = |number: u16| u8::try_from(number).ok();
        let mut places = std::collections::HashSet::new();
        let mut keys = 0;
        for number in 0..=u16::MAX {
            let all = [
                Some(Key::LinkType(LinkType(number))),
                Some(Key::EtherType(EtherType(number))),
                Some(Key::TcpPort(number)),
                Some(Key::UdpPort(number)),
                Some(Key::SctpPort(number)),
                small(number).map(|number| Key::IpProtocol(IpProtocol(number))),
                small(number).map(Key::LlcSap),
                Some(Key::Parent(LayerType(number))),
                Some(Key::Quoted(LayerType(number))),
            ];
            keys += all.iter().flatten().count();
            places.extend(all.iter().flatten().map(|key| key.index()));
        }
        assert_eq!((places.len(), keys), (Key::COUNT, Key::COUNT));
        assert!(places.iter().all(|&place| place < Key::COUNT));
    }

    #[test]
    fn unknown_numbers_are_written_as_numbers() {
        assert_eq!(EtherType(0x88b5).to_string(), "0x88b5");
        assert_eq!(IpProtocol(253).to_string(), "253");
        assert_eq!(IpProtocol::TCP.to_string(), "TCP");
    }
}
