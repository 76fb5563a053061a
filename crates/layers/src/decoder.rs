//! The table decoder: a [`Registry`] compiled for speed.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use rheos_core::LinkType;

use crate::layers::BUILTIN;
use crate::{Key, LayerType, Packet, Probe, Protocol, Registry, straight};

/// The slot of a key that nobody claims: a probe may know better.
pub(crate) const UNCLAIMED: u16 = u16::MAX;

/// A [`Registry`] compiled into one flat table. Build it once, share it; a clone costs nothing.
#[derive(Clone)]
pub struct Decoder(Arc<Tables>);

/// What a walk looks up.
pub(crate) struct Tables {
    /// The built-in layers, each at the place of its number, and the others behind.
    protocols: Vec<&'static Protocol>,
    /// For each key of the flat table, the place in `protocols` of the layer that claims it.
    slots: Box<[u16; Key::FLAT]>,
    /// Whether these lead along [`Walk::straight`](crate::walk::Walk::straight).
    is_straight: bool,
    /// The same for all other keys, sorted.
    sparse: Vec<(Key, u16)>,
    /// For each place in `protocols`, the probes of its payload, each with the slot it stands for.
    probes: Vec<Vec<(u16, Probe)>>,
    /// For each place in `protocols`, the first bytes of a payload that some probe wants to see.
    openings: Vec<Openings>,
}

/// A set of bytes: a bit for each.
struct Openings([u64; 4]);

impl Openings {
    /// The first bytes that these probes want to see.
    fn of(probes: &[(u16, Probe)]) -> Self {
        let ranges = probes.iter().map(|(_, probe)| probe.first);
        let bytes = ranges.flat_map(|(least, greatest)| least..=greatest);
        Self(bytes.fold([0; 4], |mut words, byte| {
            let word = words.get_mut(usize::from(byte >> 6));
            word.into_iter().for_each(|word| *word |= 1 << (byte & 63));
            words
        }))
    }

    #[inline(always)]
    fn contains(&self, byte: u8) -> bool {
        self.0.get(usize::from(byte >> 6)).is_some_and(|word| word >> (byte & 63) & 1 == 1)
    }
}

impl Decoder {
    /// Compiles a registry.
    pub fn new(registry: &Registry) -> Self {
        let protocols = registry.protocols.clone();
        let slot = |layer: LayerType| {
            let place = protocols.iter().position(|protocol| protocol.layer == layer);
            place.and_then(|place| place.try_into().ok()).unwrap_or(UNCLAIMED)
        };
        let mut slots = vec![UNCLAIMED; Key::FLAT];
        let mut sparse = BTreeMap::new();
        for &(key, layer) in &registry.claims {
            match key.index() {
                Some(index) => slots.get_mut(index).into_iter().for_each(|to| *to = slot(layer)),
                None => drop(sparse.insert(key, slot(layer))),
            }
        }
        let probes_of = |parent: &&'static Protocol| {
            let probes = registry.probes_of(parent.layer);
            probes.map(|(layer, probe)| (slot(layer), probe)).collect()
        };
        let probes: Vec<Vec<_>> = protocols.iter().map(probes_of).collect();
        let openings = probes.iter().map(|probes| Openings::of(probes)).collect();
        let slot_of = |key: Key| key.index().and_then(|index| slots.get(index).copied());
        let is_straight = straight::agrees(|key| slot_of(key).unwrap_or(UNCLAIMED));
        let Ok(slots) = slots.try_into() else { unreachable!("a vector of the array's length") };
        Self(Arc::new(Tables {
            protocols,
            slots,
            is_straight,
            sparse: sparse.into_iter().collect(),
            probes,
            openings,
        }))
    }

    /// Decodes a packet. Never fails: what goes wrong stands beside what was found before it. The
    /// result is moved, half a kilobyte: a hot loop does without, by [`Packet::decode`].
    #[inline]
    pub fn decode<'a>(&'a self, link_type: LinkType, bytes: &'a [u8]) -> Packet<'a> {
        let mut packet = Packet::new(self);
        packet.decode(link_type, bytes);
        packet
    }

    /// Every protocol that this decoder knows.
    pub fn protocols(&self) -> impl Iterator<Item = &'static Protocol> {
        self.0.protocols.iter().copied()
    }

    #[inline(always)]
    pub(crate) fn tables(&self) -> &Tables {
        &self.0
    }
}

impl Default for Decoder {
    /// Knows the built-in layers.
    fn default() -> Self {
        Self::new(&Registry::default())
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.protocols().map(|protocol| protocol.name)).finish()
    }
}

impl Tables {
    /// For each key of the flat table, the slot of the layer that claims it.
    #[inline(always)]
    pub(crate) fn slots(&self) -> &[u16; Key::FLAT] {
        &self.slots
    }

    /// Whether Ethernet, IPv4, TCP and UDP are where their numbers are.
    #[inline(always)]
    pub(crate) fn is_straight(&self) -> bool {
        self.is_straight
    }

    /// The slot of the layer that claims a key outside of the flat table.
    #[cold]
    pub(crate) fn sparse_slot(&self, key: Key) -> u16 {
        let place = self.sparse.binary_search_by_key(&key, |&(key, _)| key).ok();
        place.and_then(|place| self.sparse.get(place)).map_or(UNCLAIMED, |&(_, slot)| slot)
    }

    /// Whether a probe wants to see a payload of the layer in a slot.
    #[inline(always)]
    pub(crate) fn may_open(&self, parent: u16, payload: &[u8]) -> bool {
        let openings = self.openings.get(usize::from(parent));
        openings.zip(payload.first()).is_some_and(|(openings, &first)| openings.contains(first))
    }

    /// The probes of the payload of the layer in a slot.
    pub(crate) fn probes_of(&self, parent: u16) -> &[(u16, Probe)] {
        self.probes.get(usize::from(parent)).map_or(&[], Vec::as_slice)
    }

    /// The protocol in a slot.
    #[inline]
    pub(crate) fn protocol_in(&self, slot: u16) -> Option<&'static Protocol> {
        self.protocols.get(usize::from(slot)).copied()
    }

    /// The protocol of a layer.
    pub(crate) fn protocol_of(&self, layer: LayerType) -> Option<&'static Protocol> {
        let custom = || self.protocols.iter().skip(BUILTIN.len()).find(|p| p.layer == layer);
        BUILTIN.get(usize::from(layer.0)).or_else(custom).copied()
    }
}

impl fmt::Debug for Tables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tables").finish_non_exhaustive()
    }
}
