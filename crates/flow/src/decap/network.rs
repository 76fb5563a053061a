//! Networks whose addresses may be the same: numbered by what their packets come in.

use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hashbrown::HashTable;
use rheos_core::RawPacket;
use rheos_layers::{Packet, Span};

use super::{Inner, Inside, OuterPath, extract};
use crate::extract::Found;
use crate::{Extracted, FlowExtractor, Fragment, HashSeed, IcmpError, PacketDetail, TaggedKey};

/// Bits of a network's number that are its place; the others tell how often that was given away.
const PLACE_BITS: u32 = 14;

/// Networks known at once: 5.5 MB of paths. Whoever makes up more makes those forgotten that nobody
/// has used for longest.
const MAX_NETWORKS: usize = 1 << PLACE_BITS;

/// A network: the tags and tunnels that its packets come in, as a small number.
///
/// Both directions of a flow are in one network. Numbers of two tables have nothing to do with each
/// other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NetworkId(u32);

impl NetworkId {
    /// The network of packets without a tag or a tunnel.
    pub const NONE: Self = Self(0);

    /// The number.
    pub fn number(self) -> u32 {
        self.0
    }

    #[allow(clippy::cast_possible_truncation, reason = "a place has 14 bits")]
    fn new(place: usize, generation: u32) -> Self {
        Self(generation << PLACE_BITS | place as u32)
    }

    fn place(self) -> usize {
        self.0 as usize % MAX_NETWORKS
    }
}

/// The networks that were seen. Its clones share it, so that a number means one network to all of
/// them.
///
/// It holds 16,384 networks. One more takes the place of one that was not seen for long, which has
/// another number when it is seen again.
#[derive(Clone, Debug)]
pub struct NetworkTable(Arc<Mutex<Known>>);

#[derive(Debug)]
struct Known {
    seed: HashSeed,
    /// Places of networks, found by the hash of their paths.
    table: HashTable<usize>,
    networks: Vec<Network>,
    /// The next to be looked at when one has to go.
    hand: usize,
}

#[derive(Clone, Copy, Debug)]
struct Network {
    path: OuterPath,
    generation: u32,
    /// Whether it was seen again since the hand passed.
    was_seen: bool,
}

impl NetworkTable {
    /// A table under a seed that keeps attackers from choosing networks that collide.
    pub fn new(seed: HashSeed) -> Self {
        let known = Known { seed, table: HashTable::new(), networks: Vec::new(), hand: 0 };
        Self(Arc::new(Mutex::new(known)))
    }

    /// The network of packets that came this way.
    pub fn id_of(&self, path: &OuterPath) -> NetworkId {
        let path = path.network();
        if path.is_empty() { NetworkId::NONE } else { self.known().id_of(&path) }
    }

    /// What the packets of a network come in, as far as it is the same in both directions; `None` if
    /// the network is forgotten or has no tag and no tunnel.
    pub fn path(&self, id: NetworkId) -> Option<OuterPath> {
        let known = self.known();
        let network = known.networks.get(id.place())?;
        (NetworkId::new(id.place(), network.generation) == id).then_some(network.path)
    }

    /// How many networks it holds.
    pub fn len(&self) -> usize {
        self.known().networks.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // A table is whole between any two of its steps.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for NetworkTable {
    fn default() -> Self {
        Self::new(HashSeed::random())
    }
}

impl Known {
    fn id_of(&mut self, path: &OuterPath) -> NetworkId {
        let hash = self.seed.hash_one(path);
        let networks = &self.networks;
        let is_it = |&place: &usize| networks.get(place).is_some_and(|known| known.path == *path);
        if let Some(&place) = self.table.find(hash, is_it)
            && let Some(network) = self.networks.get_mut(place)
        {
            network.was_seen = true;
            return NetworkId::new(place, network.generation);
        }
        let (place, generation) = self.place();
        let network = Network { path: *path, generation, was_seen: false };
        match self.networks.get_mut(place) {
            Some(old) => *old = network,
            None => self.networks.push(network),
        }
        let (networks, seed) = (&self.networks, self.seed);
        self.table.insert_unique(hash, place, |&place| {
            networks.get(place).map_or(0, |known| seed.hash_one(known.path))
        });
        NetworkId::new(place, generation)
    }

    /// Where a new network goes, and how often the place was given away, counted from one so that no
    /// network has the number of none.
    fn place(&mut self) -> (usize, u32) {
        if self.networks.len() < MAX_NETWORKS {
            return (self.networks.len(), 1);
        }
        loop {
            let place = self.hand;
            self.hand = place.saturating_add(1) % MAX_NETWORKS;
            let Some(network) = self.networks.get_mut(place) else { return (place, 1) };
            if std::mem::take(&mut network.was_seen) {
                continue;
            }
            let (hash, generation) = (self.seed.hash_one(network.path), network.generation);
            if let Ok(entry) = self.table.find_entry(hash, |&found| found == place) {
                entry.remove();
            }
            let last = u32::MAX >> PLACE_BITS;
            return (place, if generation == last { 1 } else { generation.saturating_add(1) });
        }
    }
}

/// Tells flows apart by what their packets came in too: VLANs, VXLAN and Geneve networks, keys of
/// GRE, contexts of STT, sessions of `PPPoE`, or the addresses around a tunnel without a number.
///
/// ```
/// use rheos_flow::{AutoDetectEncap, FiveTuple, FlowTracker, InNetwork, NetworkTable};
/// use rheos_layers::Decoder;
///
/// let (decoder, networks) = (Decoder::default(), NetworkTable::default());
/// let inner = AutoDetectEncap::around(&decoder, FiveTuple::new(&decoder));
/// let tracker: FlowTracker<_> = FlowTracker::new(InNetwork::new(inner, networks.clone()));
/// for (_, flow) in tracker.flows() {
///     let path = networks.path(flow.key.tag);
/// #   let _: Option<rheos_flow::OuterPath> = path;
/// }
/// ```
#[derive(Clone, Debug)]
pub struct InNetwork<E> {
    inner: Inner<E>,
    networks: NetworkTable,
}

impl<E> InNetwork<E> {
    /// Puts the network of a packet beside its key.
    pub fn new(inner: Inner<E>, networks: NetworkTable) -> Self {
        Self { inner, networks }
    }

    /// The networks.
    pub fn networks(&self) -> &NetworkTable {
        &self.networks
    }
}

impl<E: FlowExtractor> InNetwork<E> {
    /// Asks about what is inside, and puts the network beside the answer.
    fn ask<T>(
        &self,
        raw: &RawPacket<'_>,
        packet: &Packet<'_>,
        ask: impl FnOnce(&E, Option<&Inside<'_>>) -> Option<T>,
    ) -> Option<(T, NetworkId)> {
        self.inner.ask(raw, packet, |extractor, inside| {
            let found = ask(extractor, inside)?;
            Some((found, inside.map_or(NetworkId::NONE, |it| self.network(packet, it.front()))))
        })
    }

    fn network(&self, packet: &Packet<'_>, front: &[Span]) -> NetworkId {
        self.networks.id_of(&OuterPath::of(packet, front))
    }

    fn extract_of(
        &self,
        raw: &RawPacket<'_>,
        packet: &Packet<'_>,
    ) -> Option<Extracted<TaggedKey<E::Key, NetworkId>>> {
        let (found, tag) = self.ask(raw, packet, |it, inside| extract(it, raw, inside))?;
        Some(found.map(|key| TaggedKey { key, tag }))
    }

    fn fragment_of(&self, raw: &RawPacket<'_>, packet: &Packet<'_>) -> Option<Fragment> {
        self.inner
            .pieces(raw, packet, |found, front| found.in_network(&self.network(packet, front)))
    }
}

impl<E: FlowExtractor> FlowExtractor for InNetwork<E> {
    type Key = TaggedKey<E::Key, NetworkId>;

    fn extract(&self, raw: &RawPacket<'_>) -> Option<Extracted<Self::Key>> {
        self.inner.decoded(raw, |packet| self.extract_of(raw, packet))
    }

    fn fragment(&self, raw: &RawPacket<'_>) -> Option<Fragment> {
        self.inner.decoded(raw, |packet| self.fragment_of(raw, packet))
    }

    fn extract_or_fragment(&self, raw: &RawPacket<'_>) -> Found<Self::Key> {
        self.inner.decoded(raw, |packet| {
            self.extract_of(raw, packet).ok_or_else(|| self.fragment_of(raw, packet))
        })
    }

    fn extract_with_detail(&self, raw: &RawPacket<'_>) -> (Found<Self::Key>, Option<PacketDetail>) {
        self.inner.decoded(raw, |packet| {
            let found = self.extract_of(raw, packet);
            let found = found.ok_or_else(|| self.fragment_of(raw, packet));
            (found, self.inner.detail_of(raw, packet))
        })
    }

    fn is_answer(&self, packet: &Extracted<Self::Key>) -> bool {
        self.inner.is_answer(&packet.clone().map(|key| key.key))
    }

    fn answers(&self, found: &Extracted<Self::Key>, packet: &RawPacket<'_>) -> bool {
        self.inner.answers(&found.clone().map(|key| key.key), packet)
    }

    fn quoted(&self, raw: &RawPacket<'_>) -> Option<(Extracted<Self::Key>, IcmpError)> {
        self.inner.decoded(raw, |packet| {
            let ((found, error), tag) = self.ask(raw, packet, |it, inside| {
                inside.map_or_else(|| it.quoted(raw), |inside| it.quoted(&inside.raw()))
            })?;
            Some((found.map(|key| TaggedKey { key, tag }), error))
        })
    }

    fn detail(&self, raw: &RawPacket<'_>) -> Option<PacketDetail> {
        self.inner.detail(raw)
    }
}
