//! Classes of layers: a few types under one name.

use crate::{LayerType, Packet, Span};

/// A few types of layers that answer one question, such as which network the packet crosses. A
/// [`Role`](crate::Role) is what a layer plays by itself; a class is whatever list you like.
///
/// Where the classes of gopacket are:
///
/// | gopacket | here |
/// |---|---|
/// | `LayerClassIPNetwork` | [`LayerClass::IP_NETWORK`] |
/// | `LayerClassIPTransport` | [`LayerClass::IP_TRANSPORT`] |
/// | `LayerClassIPControl` | [`LayerClass::IP_CONTROL`] |
/// | `LayerClassIPv6Extension` | [`LayerClass::IPV6_EXTENSION`] |
/// | `LayerClassIPSec` | [`LayerClass::IPSEC`] |
/// | `LayerClassSCTPChunk` | chunks are parts of a packet of SCTP: [`Sctp::chunks`](crate::Sctp::chunks) |
/// | `LayerClassICMPv6NDP` | messages are parts of ICMPv6: [`Icmpv6Type::is_ndp`](crate::Icmpv6Type::is_ndp) |
/// | `LayerClassMLDv1`, `LayerClassMLDv2` | the same: [`Icmpv6Type::is_mld`](crate::Icmpv6Type::is_mld) |
///
/// ```
/// use rheos_layers::*;
///
/// # let mut bytes = Vec::new();
/// # let layers: [&dyn Encode; 3] =
/// #     [&EthernetHeader::default(), &Ipv6Header::default(), &UdpHeader::default()];
/// # serialize_layers(&mut bytes, Fix::all(), &layers, b"hi")?;
/// let decoder = Decoder::default();
/// let packet = decoder.decode(LinkType::ETHERNET, &bytes);
/// let first = packet.first_of(LayerClass::IP_TRANSPORT).unwrap();
/// assert_eq!((first.layer, first.start), (LayerType::UDP, 54));
/// assert_eq!(packet.first_of(LayerClass(&[LayerType::ARP, LayerType::STP])), None);
/// # Ok::<(), EncodeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerClass(pub &'static [LayerType]);

impl LayerClass {
    /// IPv4 and IPv6.
    pub const IP_NETWORK: Self = Self(&[LayerType::IPV4, LayerType::IPV6]);
    /// TCP, UDP, UDP-Lite and SCTP.
    pub const IP_TRANSPORT: Self =
        Self(&[LayerType::TCP, LayerType::UDP, LayerType::UDP_LITE, LayerType::SCTP]);
    /// ICMP for IPv4 and for IPv6.
    pub const IP_CONTROL: Self = Self(&[LayerType::ICMPV4, LayerType::ICMPV6]);
    /// What may stand between an IPv6 header and its payload: options, a route, a fragment.
    pub const IPV6_EXTENSION: Self = Self(&[
        LayerType::IPV6_HOP_BY_HOP,
        LayerType::IPV6_ROUTING,
        LayerType::IPV6_FRAGMENT,
        LayerType::IPV6_DESTINATION,
    ]);
    /// The authentication header and the encapsulating security payload.
    pub const IPSEC: Self = Self(&[LayerType::AH, LayerType::ESP]);

    /// Whether a layer is of the class.
    #[inline]
    pub fn contains(self, layer: LayerType) -> bool {
        self.0.contains(&layer)
    }
}

impl Packet<'_> {
    /// The outermost layer of a class, of the packet's own.
    pub fn first_of(&self, class: LayerClass) -> Option<&Span> {
        self.all_of(class).next()
    }

    /// The layers of a class, of the packet's own, outermost first.
    pub fn all_of(&self, class: LayerClass) -> impl DoubleEndedIterator<Item = &Span> {
        self.own_layers().iter().filter(move |span| class.contains(span.layer))
    }
}
