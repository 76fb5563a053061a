//! Keys with something beside them that tells flows apart: a network, a tenant, a flow label.

use rheos_core::RawPacket;
use rheos_layers::{Decoder, Ipv6, LayerType, Mpls, Packet, Vlan};

use crate::{Extracted, FlowExtractor, Fragment, IcmpError, PacketDetail};

/// A key, and what else tells the flow apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TaggedKey<K, T> {
    /// The key.
    pub key: K,
    /// What else tells the flow apart: the same for both directions.
    pub tag: T,
}

/// Tells flows apart by a tag of each packet too, such as the interface that saw it.
///
/// ```
/// use rheos_core::{LinkType, RawPacket, Timestamp};
/// use rheos_flow::{FiveTuple, FlowExtractor, Tagged};
///
/// let bytes = b"\x45\0\0\x1e\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02\x30\x39\x1f\x90\0\x0a\0\0hi";
/// let raw = RawPacket::new(Timestamp::from_secs(7, 0), LinkType::IPV4, bytes);
/// let extractor = Tagged::new(FiveTuple::default(), |raw: &RawPacket<'_>| raw.interface);
/// let other = RawPacket { interface: 1, ..raw };
/// assert_ne!(extractor.extract(&raw).unwrap().key, extractor.extract(&other).unwrap().key);
/// ```
#[derive(Clone, Debug)]
pub struct Tagged<E, F> {
    extractor: E,
    tag: F,
}

impl<E, F> Tagged<E, F> {
    /// Puts the tag that a function finds beside the keys of an extractor.
    pub fn new(extractor: E, tag: F) -> Self {
        Self { extractor, tag }
    }
}

impl<E, T, F> FlowExtractor for Tagged<E, F>
where
    E: FlowExtractor,
    T: Clone + Eq + std::hash::Hash,
    F: Fn(&RawPacket<'_>) -> T,
{
    type Key = TaggedKey<E::Key, T>;

    fn extract(&self, packet: &RawPacket<'_>) -> Option<Extracted<Self::Key>> {
        let found = self.extractor.extract(packet)?;
        Some(found.map(|key| TaggedKey { key, tag: (self.tag)(packet) }))
    }

    fn fragment(&self, packet: &RawPacket<'_>) -> Option<Fragment> {
        let found = self.extractor.fragment(packet)?;
        Some(found.in_network(&(self.tag)(packet)))
    }

    fn is_answer(&self, packet: &Extracted<Self::Key>) -> bool {
        self.extractor.is_answer(&packet.clone().map(|key| key.key))
    }

    fn hosts(&self, packet: &RawPacket<'_>) -> Option<[u128; 2]> {
        self.extractor.hosts(packet)
    }

    fn answers(&self, found: &Extracted<Self::Key>, packet: &RawPacket<'_>) -> bool {
        self.extractor.answers(&found.clone().map(|key| key.key), packet)
    }

    fn quoted(&self, packet: &RawPacket<'_>) -> Option<(Extracted<Self::Key>, IcmpError)> {
        let (found, error) = self.extractor.quoted(packet)?;
        Some((found.map(|key| TaggedKey { key, tag: (self.tag)(packet) }), error))
    }

    fn detail(&self, packet: &RawPacket<'_>) -> Option<PacketDetail> {
        self.extractor.detail(packet)
    }
}

/// The identifiers of VLANs and the labels of MPLS in front of the outermost IP, outermost first:
/// networks whose addresses may be the same. Deeper ones than four are left out.
pub type Networks = [Option<u32>; 4];

/// Reads the [`Networks`] of packets, as a tag.
///
/// ```
/// # use rheos_core::RawPacket;
/// # use rheos_flow::{FiveTuple, FlowExtractor, Tagged, networks};
/// # use rheos_layers::Decoder;
/// let decoder = Decoder::default();
/// let extractor = Tagged::new(FiveTuple::default(), networks(&decoder));
/// # let _: &dyn Fn(&RawPacket<'_>) -> bool = &|raw| extractor.extract(raw).is_none();
/// ```
pub fn networks(decoder: &Decoder) -> impl Fn(&RawPacket<'_>) -> Networks + Clone + use<> {
    let decoder = decoder.clone();
    move |raw| {
        let mut packet = Packet::new(&decoder);
        packet.decode(raw.link_type, raw.data);
        let is_ip = |layer| matches!(layer, LayerType::IPV4 | LayerType::IPV6);
        let front = packet.own_layers().iter().take_while(|span| !is_ip(span.layer));
        let mut networks = Networks::default();
        let found = front.filter_map(|span| {
            let vlan = packet.view::<Vlan<'_>>(span).map(|tag| u32::from(tag.id()));
            // The upper bit tells a label from an identifier.
            let label = || packet.view::<Mpls<'_>>(span).map(|entry| entry.label().0 | 1 << 31);
            vlan.or_else(label)
        });
        networks.iter_mut().zip(found).for_each(|(place, network)| *place = Some(network));
        networks
    }
}

/// Reads the flow label of the outermost IPv6, as a tag; zero where there is none.
pub fn flow_label(decoder: &Decoder) -> impl Fn(&RawPacket<'_>) -> u32 + Clone + use<> {
    let decoder = decoder.clone();
    move |raw| {
        let mut packet = Packet::new(&decoder);
        packet.decode(raw.link_type, raw.data);
        packet.get::<Ipv6<'_>>().map_or(0, |ip| ip.flow_label())
    }
}
