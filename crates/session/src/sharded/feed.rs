//! From packets to batches: whose each is, and when it came.

use std::hash::BuildHasher;
use std::net::IpAddr;

use rheos_core::{PacketSource, RawPacket, Timestamp};
use rheos_flow::{Extracted, FlowExtractor, HashSeed, L4Proto};

use super::batch::{AHEAD, Batch, Route, What, ask_for_hosts};
use crate::engine::next_second;
use crate::{Defragment, SessionKey};

/// Where one is in the course of things.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    /// Packets so far.
    packets: u64,
    /// The latest time, as far as it was looked at: engines know that of packets in front.
    now: Timestamp,
    /// When the next second starts, which every shard is told.
    due: Timestamp,
}

impl Clock {
    /// Behind so many packets, at no time yet.
    pub(super) fn behind(packets: u64) -> Self {
        Self { packets, now: Timestamp::MIN, due: Timestamp::MIN }
    }

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
            batch.tell_of(router.route(&raw), clock.at());
        }
    }
}

/// Packets in memory that no shard has been told of.
pub(super) struct Piece<'p>(pub(super) Batch<'p>);

impl<'p> Piece<'p> {
    /// Tells each shard of its packets, and behind them all the time: nobody has to look at a piece before whose its
    /// packets are is found.
    pub(super) fn route<E>(self, router: &Router<E>) -> Batch<'p>
    where
        E: FlowExtractor<Key: SessionKey>,
    {
        let Self(mut batch) = self;
        let mut clock = Clock::behind(batch.before());
        let packets = batch.lent();
        for (place, raw) in packets.iter().enumerate() {
            let ahead = packets.get(place.saturating_add(AHEAD.saturating_mul(2)));
            ahead.into_iter().for_each(ask_for_hosts);
            if clock.go_on(raw.timestamp) {
                batch.tell_all(clock.at(), What::Time);
            }
            batch.tell_of(router.route(raw), clock.at());
        }
        batch.tell_all(clock.at(), What::Time);
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
    /// Finds the shards that a packet goes to.
    #[inline(always)]
    fn route(&self, raw: &RawPacket<'_>) -> Route {
        match self.extractor.hosts(raw) {
            Some(hosts) => Route { shard: self.of(hosts), quoted: None },
            None => self.look(&{ *raw }),
        }
    }

    /// The same of a packet that tells its hosts to nobody who does not look closely.
    #[inline(never)]
    fn look(&self, raw: &RawPacket<'_>) -> Route {
        let found = self.extractor.extract_or_fragment(raw);
        let shard = match &found {
            Ok(found) => self.of_key(&found.key),
            Err(part) => part.map_or(0, |part| self.of(part.datagram.hosts())),
        };
        let is_icmp = |it: &Extracted<_>| matches!(it.l4, Some(L4Proto::Icmp | L4Proto::IcmpV6));
        let is_message = found.as_ref().is_ok_and(is_icmp);
        let quoted = if is_message { self.of_quoted(raw) } else { None };
        Route { shard, quoted: quoted.filter(|other| *other != shard) }
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
    fn of(&self, hosts: [u128; 2]) -> usize {
        let [a, b] = hosts.map(|host| self.seed.hash_one(host));
        self.reduce(a.wrapping_add(b))
    }

    /// The upper half of a product: less work than a remainder.
    #[inline]
    fn reduce(&self, hash: u64) -> usize {
        let product = u128::from(hash).wrapping_mul(self.shards.into());
        usize::try_from(product >> u64::BITS).unwrap_or(0)
    }
}
