//! The table decoder: a [`Registry`] compiled for speed.

use std::fmt;
use std::sync::Arc;

use rheos_core::LinkType;

use crate::layers::BUILTIN;
use crate::{Key, LayerType, Packet, Protocol, Registry};

/// The slot of a key that nobody claims.
pub(crate) const UNCLAIMED: u16 = u16::MAX;

/// A [`Registry`] compiled into one flat table. Build it once, share it; a clone costs nothing.
#[derive(Clone)]
pub struct Decoder(Arc<Tables>);

/// What a walk looks up.
pub(crate) struct Tables {
    /// The built-in layers, each at the place of its number, and the others behind.
    protocols: Vec<&'static Protocol>,
    /// For each key, the place in `protocols` of the layer that claims it.
    slots: Box<[u16; Key::COUNT]>,
}

impl Decoder {
    /// Compiles a registry.
    pub fn new(registry: &Registry) -> Self {
        let protocols = registry.protocols.clone();
        let mut slots = vec![UNCLAIMED; Key::COUNT];
        for &(key, layer) in &registry.claims {
            let place = protocols.iter().position(|protocol| protocol.layer == layer);
            if let Some(slot) = slots.get_mut(key.index()) {
                *slot = place.and_then(|place| place.try_into().ok()).unwrap_or(UNCLAIMED);
            }
        }
        let Ok(slots) = slots.try_into() else { unreachable!("a vector of the array's length") };
        Self(Arc::new(Tables { protocols, slots }))
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
    /// For each key, the slot of the layer that claims it.
    #[inline(always)]
    pub(crate) fn slots(&self) -> &[u16; Key::COUNT] {
        &self.slots
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
