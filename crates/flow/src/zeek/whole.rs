//! Datagrams put together of fragments, for what is in them: Zeek looks into tunnels only then.

use std::collections::VecDeque;
use std::time::Duration;

use rheos_core::{LinkType, Timestamp};
use rheos_layers::Packet;

use crate::datagrams::Cover;
use crate::fragment::{DatagramId, Fragment};

/// Datagrams put together at once: 64 of 64 KiB at most. Whoever sends more makes the oldest given up.
const DATAGRAMS: usize = 64;

/// RFC 8200 section 4.5 gives a datagram one minute to arrive.
const LIFETIME: Duration = Duration::from_secs(60);

/// Datagrams that are being put together.
#[derive(Debug, Default)]
pub(super) struct Wholes(VecDeque<Held>);

#[derive(Debug)]
struct Held {
    datagram: DatagramId,
    seen: Timestamp,
    /// The headers of the first fragment.
    front: Vec<u8>,
    payload: Vec<u8>,
    cover: Cover,
}

impl Wholes {
    /// Takes a fragment, and gives the packet of IP that it makes whole, and as what that starts.
    pub(super) fn take(
        &mut self,
        packet: &Packet<'_>,
        now: Timestamp,
    ) -> Option<(LinkType, Vec<u8>)> {
        let (fragment, front, payload) = Fragment::split(packet, packet.own_layers())?;
        if !fragment.is_captured {
            return None;
        }
        let is_old = |held: &Held| now.saturating_since(held.seen) >= LIFETIME;
        while self.0.front().is_some_and(is_old) || self.0.len() >= DATAGRAMS {
            self.0.pop_front();
        }
        let known = self.0.iter().position(|held| held.datagram == fragment.datagram);
        let place = known.unwrap_or_else(|| {
            let (front, payload, cover) = (Vec::new(), Vec::new(), Cover::default());
            let datagram = fragment.datagram;
            self.0.push_back(Held { datagram, seen: now, front, payload, cover });
            self.0.len().saturating_sub(1)
        });
        let held = self.0.get_mut(place)?;
        if fragment.offset == 0 {
            held.front = front.to_vec();
        }
        let end = (fragment.offset as usize).saturating_add(payload.len());
        held.payload.resize(held.payload.len().max(end), 0);
        held.payload.get_mut(fragment.offset as usize..end)?.copy_from_slice(payload);
        held.cover.add(&fragment)?;
        let held = self.0.remove(place)?;
        held.packet()
    }
}

impl Held {
    /// The packet, as if it had never been in fragments.
    fn packet(mut self) -> Option<(LinkType, Vec<u8>)> {
        let length = self.front.len().saturating_add(self.payload.len());
        let link_type = if self.front.first()? >> 4 == 4 {
            let length = u16::try_from(length).ok()?.to_be_bytes();
            self.front.get_mut(2..4)?.copy_from_slice(&length);
            self.front.get_mut(6..8)?.fill(0);
            LinkType::IPV4
        } else {
            let length = u16::try_from(length.checked_sub(40)?).ok()?.to_be_bytes();
            self.front.get_mut(4..6)?.copy_from_slice(&length);
            // The header of the fragment, which is the last, says that it is all there is.
            let at = self.front.len().checked_sub(6)?;
            self.front.get_mut(at..at.checked_add(2)?)?.fill(0);
            LinkType::IPV6
        };
        self.front.append(&mut self.payload);
        Some((link_type, self.front))
    }
}
