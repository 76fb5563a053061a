//! What flows are told apart by, as it is asked for.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use clap::ValueEnum;
use rheos::core::RawPacket;
use rheos::flow::{
    Extracted, FiveTuple, FiveTupleKey, FlowExtractor, Fragment, IcmpError, InNetwork,
    InferInitiator, Inner, IpPair, L4Proto, MacPair, MacPairKey, NetworkId, NetworkTable,
    Orientation, PacketDetail, Tagged, TaggedKey, flow_label,
};
use rheos::layers::{Decoder, LayerType, Mpls, Vlan};

/// The upper bit tells a label of MPLS from an identifier of a VLAN.
const LABEL: u32 = 1 << 31;

/// What stands where there are no more tags: neither an identifier nor a label is that long.
const NO_TAG: u32 = u32::MAX;

/// Tags of a packet that count, as many as of a path: more would be an attack, and the outermost stay.
const MAX_TAGS: usize = 8;

/// Identifiers of VLANs and labels of MPLS in front of the outermost IP, outermost first.
type Tags = [u32; MAX_TAGS];

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Key {
    /// Addresses, ports and protocol
    #[default]
    FiveTuple,
    /// The same, and VLAN identifiers and MPLS labels, of which the outermost eight; with --decap, tunnels too
    Network,
    /// The same as five-tuple, and the interface that saw the packet
    Interface,
    /// The same as five-tuple, and the flow label of IPv6
    FlowLabel,
    /// Addresses of IP alone
    IpPair,
    /// Hardware addresses of Ethernet alone
    MacPair,
}

/// The key of a flow, whatever it was asked to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct AnyKey {
    pub(super) ends: Ends,
    pub(super) tag: Tag,
}

/// Both ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Ends {
    FiveTuple(FiveTupleKey),
    IpPair(FiveTupleKey),
    MacPair(MacPairKey),
}

/// What tells a flow apart beside its ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Tag {
    None,
    Networks(Tags),
    Tunnels(Tags, NetworkId),
    Interface(u32),
    FlowLabel(u32),
}

/// One end of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct End {
    pub(super) address: Address,
    pub(super) port: Option<u16>,
}

/// An address of any kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Address {
    Ip(IpAddr),
    Mac([u8; 6]),
}

impl From<FiveTupleKey> for AnyKey {
    fn from(key: FiveTupleKey) -> Self {
        Self { ends: Ends::FiveTuple(key), tag: Tag::None }
    }
}

impl Ends {
    /// Source and destination of a packet that names them in this order.
    pub(super) fn in_order(&self, orientation: Orientation) -> (End, End) {
        let ip = |address, port| End { address: Address::Ip(address), port };
        match self {
            Self::FiveTuple(key) => {
                let (a, b) = key.endpoints(orientation);
                (ip(a.ip(), Some(a.port())), ip(b.ip(), Some(b.port())))
            }
            Self::IpPair(key) => {
                let (a, b) = key.endpoints(orientation);
                (ip(a.ip(), None), ip(b.ip(), None))
            }
            Self::MacPair(MacPairKey { low, high }) => {
                let [low, high] =
                    [low, high].map(|mac| End { address: Address::Mac(*mac), port: None });
                if orientation == Orientation::Forward { (low, high) } else { (high, low) }
            }
        }
    }
}

impl End {
    /// The same for people, who need no port where there are none.
    pub(super) fn for_people(self, l4: Option<L4Proto>) -> Self {
        use L4Proto::{Other, Sctp, Tcp, Udp};
        // DCCP and UDP-Lite have ports too.
        let has_ports = matches!(l4, Some(Tcp | Udp | Sctp | Other(33 | 136)));
        Self { port: self.port.filter(|port| has_ports || *port != 0), ..self }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.address, self.port) {
            (Address::Ip(address), Some(port)) => {
                write!(f, "{}", SocketAddr::new(address, port))
            }
            (address, _) => write!(f, "{address}"),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(address) => write!(f, "{address}"),
            Self::Mac([a, b, c, d, e, g]) => {
                write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
            }
        }
    }
}

impl Tag {
    /// What it is in words, if there is one.
    pub(super) fn text(&self, networks: &NetworkTable) -> Option<String> {
        match self {
            Self::None => None,
            Self::Networks(numbers) => {
                let names =
                    numbers.iter().copied().take_while(|number| *number != NO_TAG).map(tag_name);
                Some(names.collect::<Vec<_>>().join(BETWEEN))
            }
            Self::Tunnels(numbers, network) => {
                let path = networks.path(*network).map(|path| path.to_string()).unwrap_or_default();
                Some(with_labels(numbers, &path))
            }
            Self::Interface(number) => Some(format!("interface {number}")),
            Self::FlowLabel(label) => Some(format!("flow label 0x{label:05x}")),
        }
    }
}

/// What stands between the names of a path.
const BETWEEN: &str = " / ";

fn tag_name(number: u32) -> String {
    match number & LABEL {
        0 => format!("vlan {number}"),
        _ => format!("mpls {}", number & !LABEL),
    }
}

/// The names of a path, which has no labels, with labels between its tags where they stand in the packet.
fn with_labels(numbers: &Tags, path: &str) -> String {
    let mut names = Vec::new();
    let mut path = path.split(BETWEEN).filter(|name| !name.is_empty());
    for number in numbers.iter().take_while(|number| **number != NO_TAG) {
        let name = tag_name(*number);
        if number & LABEL != 0 {
            names.push(name);
            continue;
        }
        // Other tags may be in front of it.
        for found in path.by_ref() {
            names.push(found.to_owned());
            if found == name {
                break;
            }
        }
    }
    names.extend(path.map(str::to_owned));
    names.join(BETWEEN)
}

/// Reads the [`Tags`] of packets.
fn tags(decoder: &Decoder) -> impl Fn(&RawPacket<'_>) -> Tags + use<> {
    let decoder = decoder.clone();
    move |raw| {
        let packet = decoder.decode(raw.link_type, raw.data);
        let is_ip = |layer| matches!(layer, LayerType::IPV4 | LayerType::IPV6);
        let front = packet.own_layers().iter().take_while(|span| !is_ip(span.layer));
        let found = front.filter_map(|span| {
            let vlan = packet.view::<Vlan<'_>>(span).map(|tag| u32::from(tag.id()));
            vlan.or_else(|| Some(packet.view::<Mpls<'_>>(span)?.label().0 | LABEL))
        });
        let mut tags = [NO_TAG; MAX_TAGS];
        tags.iter_mut().zip(found).for_each(|(place, tag)| *place = tag);
        tags
    }
}

/// Five-tuples, with who asked as far as a first packet tells: of flows whose first was not captured, too.
pub(super) fn five_tuple(decoder: &Decoder) -> InferInitiator<FiveTuple> {
    InferInitiator(FiveTuple::new(decoder))
}

/// A key, or the datagram that a fragment is of.
type Found<K> = Result<Extracted<K>, Option<Fragment>>;

/// An extractor of any kind.
pub(super) struct Chosen(Box<dyn FlowExtractor<Key = AnyKey>>);

impl Chosen {
    /// What was asked for, inside tunnels or not, of what these extractors find.
    ///
    /// Networks behind tags that were found are in the table.
    pub(super) fn new<E: FlowExtractor<Key = FiveTupleKey> + 'static>(
        key: Key,
        is_inner: bool,
        decoder: &Decoder,
        networks: &NetworkTable,
        five_tuple: impl Fn(&Decoder) -> E,
    ) -> Self {
        let five_tuple = || five_tuple(decoder);
        let key_of = |ends, tag| AnyKey { ends, tag };
        match key {
            Key::FiveTuple => Self::of(five_tuple(), AnyKey::from, is_inner, decoder),
            // With what a tunnel comes in, where tunnels are looked into.
            Key::Network if is_inner => {
                let inner = Inner::most(decoder, five_tuple());
                // A path has no labels, since each direction has its own.
                let tagged = Tagged::new(InNetwork::new(inner, networks.clone()), tags(decoder));
                let key = move |found: TaggedKey<TaggedKey<FiveTupleKey, NetworkId>, Tags>| {
                    let TaggedKey { key: found, tag: tags } = found;
                    key_of(Ends::FiveTuple(found.key), Tag::Tunnels(tags, found.tag))
                };
                Self::of(tagged, key, false, decoder)
            }
            Key::Network => {
                let tagged = Tagged::new(five_tuple(), tags(decoder));
                let key = move |found: TaggedKey<FiveTupleKey, Tags>| {
                    key_of(Ends::FiveTuple(found.key), Tag::Networks(found.tag))
                };
                Self::of(tagged, key, false, decoder)
            }
            Key::Interface => {
                let tagged = Tagged::new(five_tuple(), |raw: &RawPacket<'_>| raw.interface);
                let key = move |found: TaggedKey<FiveTupleKey, u32>| {
                    key_of(Ends::FiveTuple(found.key), Tag::Interface(found.tag))
                };
                Self::of(tagged, key, is_inner, decoder)
            }
            Key::FlowLabel => {
                let tagged = Tagged::new(five_tuple(), flow_label(decoder));
                let key = move |found: TaggedKey<FiveTupleKey, u32>| {
                    key_of(Ends::FiveTuple(found.key), Tag::FlowLabel(found.tag))
                };
                Self::of(tagged, key, is_inner, decoder)
            }
            Key::IpPair => {
                let key = move |found| key_of(Ends::IpPair(found), Tag::None);
                Self::of(IpPair::new(decoder), key, is_inner, decoder)
            }
            Key::MacPair => {
                let key = move |found| key_of(Ends::MacPair(found), Tag::None);
                Self::of(MacPair::new(decoder), key, false, decoder)
            }
        }
    }

    fn of<E: FlowExtractor + 'static>(
        extractor: E,
        key: impl Fn(E::Key) -> AnyKey + 'static,
        is_inner: bool,
        decoder: &Decoder,
    ) -> Self {
        if is_inner {
            Self(Box::new(Mapped { extractor: Inner::most(decoder, extractor), key }))
        } else {
            Self(Box::new(Mapped { extractor, key }))
        }
    }
}

impl FlowExtractor for Chosen {
    type Key = AnyKey;

    fn extract(&self, packet: &RawPacket<'_>) -> Option<Extracted<AnyKey>> {
        self.0.extract(packet)
    }

    fn fragment(&self, packet: &RawPacket<'_>) -> Option<Fragment> {
        self.0.fragment(packet)
    }

    fn extract_or_fragment(&self, packet: &RawPacket<'_>) -> Found<AnyKey> {
        self.0.extract_or_fragment(packet)
    }

    fn extract_with_detail(&self, packet: &RawPacket<'_>) -> (Found<AnyKey>, Option<PacketDetail>) {
        self.0.extract_with_detail(packet)
    }

    fn is_quick(&self) -> bool {
        self.0.is_quick()
    }

    fn answers(&self, found: &Extracted<AnyKey>, packet: &RawPacket<'_>) -> bool {
        self.0.answers(found, packet)
    }

    fn quoted(&self, packet: &RawPacket<'_>) -> Option<(Extracted<AnyKey>, IcmpError)> {
        self.0.quoted(packet)
    }

    fn detail(&self, packet: &RawPacket<'_>) -> Option<PacketDetail> {
        self.0.detail(packet)
    }
}

/// An extractor whose keys are turned into [`AnyKey`]s.
struct Mapped<E, F> {
    extractor: E,
    key: F,
}

impl<E: FlowExtractor, F: Fn(E::Key) -> AnyKey> FlowExtractor for Mapped<E, F> {
    type Key = AnyKey;

    fn extract(&self, packet: &RawPacket<'_>) -> Option<Extracted<AnyKey>> {
        self.extractor.extract(packet).map(|found| found.map(&self.key))
    }

    fn fragment(&self, packet: &RawPacket<'_>) -> Option<Fragment> {
        self.extractor.fragment(packet)
    }

    fn extract_or_fragment(&self, packet: &RawPacket<'_>) -> Found<AnyKey> {
        self.extractor.extract_or_fragment(packet).map(|found| found.map(&self.key))
    }

    fn extract_with_detail(&self, packet: &RawPacket<'_>) -> (Found<AnyKey>, Option<PacketDetail>) {
        let (found, detail) = self.extractor.extract_with_detail(packet);
        (found.map(|found| found.map(&self.key)), detail)
    }

    fn is_quick(&self) -> bool {
        self.extractor.is_quick()
    }

    /// Its own key is not to be had back of the other. Asked where a flow starts, and so seldom.
    fn answers(&self, _found: &Extracted<AnyKey>, packet: &RawPacket<'_>) -> bool {
        let own = self.extractor.extract(packet);
        own.is_some_and(|found| self.extractor.answers(&found, packet))
    }

    fn quoted(&self, packet: &RawPacket<'_>) -> Option<(Extracted<AnyKey>, IcmpError)> {
        let (found, error) = self.extractor.quoted(packet)?;
        Some((found.map(&self.key), error))
    }

    fn detail(&self, packet: &RawPacket<'_>) -> Option<PacketDetail> {
        self.extractor.detail(packet)
    }
}
