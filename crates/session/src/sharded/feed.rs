//! From packets to batches: whose each is, and when it came.

use std::hash::BuildHasher;
use std::net::IpAddr;

use rheos_core::{PacketSource, RawPacket, Timestamp};
use rheos_flow::{Extracted, FlowExtractor, HashSeed, L4Proto};

use super::batch::{AHEAD, Batch, What, ask_for};
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

    /// The number of the packet at hand, and the latest time.
    #[inline]
    pub(super) fn at(&self) -> (u64, Timestamp) {
        (self.packets, self.now)
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
            batch.tell_all(self.clock.at(), What::Finish);
            return raw.map(|_| false);
        }
        Ok(true)
    }

    #[inline]
    fn packet(&mut self, raw: &RawPacket<'_>, batch: &mut Batch<'_>) {
        let Self { defragment, router, clock } = self;
        if clock.go_on(raw.timestamp) {
            batch.tell_all(clock.at(), What::Time);
        }
        let whole = match defragment {
            Some(defragment) => defragment.push(raw),
            None => Some(*raw),
        };
        batch.push(whole.as_ref());
        if let Some(raw) = whole {
            router.route(&raw, |shard, what| batch.tell(shard, clock.at(), what));
        }
    }
}

/// Packets in memory that no shard has been told of, and where the first is in the course of things.
pub(super) struct Piece<'p> {
    pub(super) batch: Batch<'p>,
    pub(super) clock: Clock,
}

impl<'p> Piece<'p> {
    /// Tells each shard of its packets.
    pub(super) fn route<E>(self, router: &Router<E>) -> Batch<'p>
    where
        E: FlowExtractor<Key: SessionKey>,
    {
        let Self { mut batch, mut clock } = self;
        let packets = batch.lent();
        for (place, raw) in packets.iter().enumerate() {
            packets.get(place.saturating_add(AHEAD)).into_iter().for_each(ask_for);
            if clock.go_on(raw.timestamp) {
                batch.tell_all(clock.at(), What::Time);
            }
            router.route(raw, |shard, what| batch.tell(shard, clock.at(), what));
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
    /// Tells the shards that a packet goes to.
    #[inline(always)]
    fn route(&self, raw: &RawPacket<'_>, mut tell: impl FnMut(usize, What)) {
        match self.extractor.hosts(raw) {
            Some(hosts) => tell(self.of(hosts), What::Packet),
            None => self.look(&{ *raw }, &mut tell),
        }
    }

    /// The same of a packet that tells its hosts to nobody who does not look closely.
    #[inline(never)]
    fn look(&self, raw: &RawPacket<'_>, tell: &mut impl FnMut(usize, What)) {
        let found = self.extractor.extract_or_fragment(raw);
        let shard = match &found {
            Ok(found) => self.of_key(&found.key),
            Err(part) => part.map_or(0, |part| self.of(part.datagram.hosts())),
        };
        let is_icmp = |it: &Extracted<_>| matches!(it.l4, Some(L4Proto::Icmp | L4Proto::IcmpV6));
        if found.as_ref().is_ok_and(is_icmp) {
            let other = self.of_quoted(raw).filter(|other| *other != shard);
            other.into_iter().for_each(|other| tell(other, What::Quoted));
        }
        tell(shard, What::Packet);
    }

    /// The shard of the packet that an ICMP error quotes.
    #[cold]
    fn of_quoted(&self, raw: &RawPacket<'_>) -> Option<usize> {
        self.extractor.quoted(raw).map(|(quoted, _)| self.of_key(&quoted.key))
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

    /// The upper half of a product: less work than a remainder.
    #[inline]
    fn reduce(&self, hash: u64) -> usize {
        let product = u128::from(hash).wrapping_mul(self.shards.into());
        usize::try_from(product >> u64::BITS).unwrap_or(0)
    }
}
