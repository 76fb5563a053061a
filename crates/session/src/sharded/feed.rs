//! From packets to batches: whose each is, and when it came.

use std::hash::BuildHasher;
use std::net::IpAddr;

use rheos_core::{PacketSource, RawPacket, Timestamp};
use rheos_flow::{FlowExtractor, HashSeed, L4Proto};

use super::batch::{Batch, Told, What};
use crate::engine::next_second;
use crate::{Defragment, SessionKey};

/// Where one is in the course of things.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    /// Packets so far.
    packets: u64,
    now: Timestamp,
    /// When the next second starts, which every shard is told.
    due: Timestamp,
}

impl Clock {
    /// In front of the first packet.
    pub(super) const START: Self = Self { packets: 0, now: Timestamp::MIN, due: Timestamp::MIN };

    /// Goes on to the next packet, and says whether a second begins with it.
    #[inline]
    pub(super) fn go_on(&mut self, timestamp: Timestamp) -> bool {
        self.packets = self.packets.saturating_add(1);
        self.now = self.now.max(timestamp);
        let is_due = self.now >= self.due;
        if is_due {
            self.due = next_second(self.now);
        }
        is_due
    }

    pub(super) fn told(&self, what: What) -> Told {
        Told { number: self.packets, now: self.now, what }
    }
}

/// Reads a source into batches.
pub(super) struct Feed<'a, E> {
    pub(super) router: Router<E>,
    /// What puts fragments together, in front of the shards.
    pub(super) defragment: Option<&'a mut Defragment>,
    pub(super) clock: Clock,
}

impl<E: FlowExtractor<Key: SessionKey>> Feed<'_, E> {
    /// Fills a batch, and says whether there may be more packets. Behind the last one, and in front of an
    /// error, every shard is told that there are none.
    pub(super) fn fill<P: PacketSource>(
        &mut self,
        source: &mut P,
        batch: &mut Batch<'_>,
    ) -> Result<bool, P::Error> {
        while !batch.is_full() {
            let raw = source.next_packet();
            if let Ok(Some(raw)) = &raw {
                self.packet(raw, batch);
                continue;
            }
            batch.tell_all(self.clock.told(What::Finish));
            return raw.map(|_| false);
        }
        Ok(true)
    }

    #[inline]
    fn packet(&mut self, raw: &RawPacket<'_>, batch: &mut Batch<'_>) {
        let Self { defragment, router, clock } = self;
        if clock.go_on(raw.timestamp) {
            batch.tell_all(clock.told(What::Time));
        }
        let whole = match defragment {
            Some(defragment) => defragment.push(raw),
            None => Some(*raw),
        };
        if let Some(raw) = whole {
            let place = batch.push(&raw);
            router.route(&raw, |shard, what| batch.tell(shard, clock.told(what(place))));
        }
    }
}

/// Packets in memory that no shard has been told of, and where the first is in the course of things.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'p> {
    pub(super) packets: &'p [RawPacket<'p>],
    pub(super) clock: Clock,
}

impl<'p> Piece<'p> {
    /// Tells each shard of its packets.
    pub(super) fn route<E>(self, router: &Router<E>) -> Batch<'p>
    where
        E: FlowExtractor<Key: SessionKey>,
    {
        let Self { packets, mut clock } = self;
        let shards = usize::try_from(router.shards).unwrap_or(usize::MAX);
        let mut batch = Batch::lent(shards, packets);
        for (place, raw) in packets.iter().enumerate() {
            if clock.go_on(raw.timestamp) {
                batch.tell_all(clock.told(What::Time));
            }
            router.route(raw, |shard, what| batch.tell(shard, clock.told(what(place))));
        }
        batch
    }
}

/// Which shards a packet goes to.
#[derive(Clone)]
pub(super) struct Router<E> {
    pub(super) extractor: E,
    /// The same in every process, so that results can be repeated.
    pub(super) seed: HashSeed,
    pub(super) shards: u64,
}

impl<E: FlowExtractor<Key: SessionKey>> Router<E> {
    #[inline]
    fn route(&self, raw: &RawPacket<'_>, mut put: impl FnMut(usize, fn(usize) -> What)) {
        match self.extractor.hosts(raw) {
            Some(hosts) => put(self.of(hosts), What::Packet),
            None => self.route_slowly(raw, &mut put),
        }
    }

    /// Routes a packet whose key, or datagram, has to be known first.
    #[inline(never)]
    fn route_slowly(&self, raw: &RawPacket<'_>, put: &mut dyn FnMut(usize, fn(usize) -> What)) {
        let found = self.extractor.extract(raw);
        let shard = match &found {
            Some(found) => self.of_key(&found.key),
            None => self.extractor.fragment(raw).map_or(0, |part| self.of(part.datagram.hosts())),
        };
        put(shard, What::Packet);
        if found.is_some_and(|found| matches!(found.l4, Some(L4Proto::Icmp | L4Proto::IcmpV6)))
            && let Some((quoted, _)) = self.extractor.quoted(raw)
        {
            let other = self.of_key(&quoted.key);
            if other != shard {
                put(other, What::Quoted);
            }
        }
    }

    fn of_key(&self, key: &E::Key) -> usize {
        let Some(ends) = key.ends() else { return self.reduce(self.seed.hash_one(key)) };
        self.of(ends.map(|end| match end.ip() {
            IpAddr::V4(address) => u128::from(address.to_bits()),
            IpAddr::V6(address) => address.to_bits(),
        }))
    }

    /// The shard of two hosts, in either order.
    #[inline]
    fn of(&self, [a, b]: [u128; 2]) -> usize {
        self.reduce(self.seed.hash_one((a.min(b), a.max(b))))
    }

    #[inline]
    fn reduce(&self, hash: u64) -> usize {
        usize::try_from(hash.checked_rem(self.shards).unwrap_or(0)).unwrap_or(0)
    }
}
