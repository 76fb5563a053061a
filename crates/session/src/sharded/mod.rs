//! Several engines at once, whose events are those of one.

use std::collections::VecDeque;
use std::hash::BuildHasher;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use rheos_core::{PacketSource, RawPacket, Timestamp};
use rheos_flow::{FlowExtractor, HashSeed, L4Proto, Process};

use crate::engine::{Engine, EngineStats};
use crate::owned::{Keep, OwnedEvent};
use crate::sessions::add;
use crate::{Defragment, SessionKey, Sink};

use batch::{Batch, What};

mod batch;

/// Packets that go to the shards together: enough that handing them over, and waking who waits for
/// them, costs little.
const ROUND: usize = 1024;

/// Rounds that are under way at once. Memory is bounded by them. Packets of one pair of hosts come in
/// bursts, which are of one shard: what follows keeps the others at work.
const ROUNDS: usize = 16;

/// Rounds that are left under way when as many as may be were: whoever waits for each is woken for each.
const REFILL: usize = 8;

/// Runs engines on threads of their own, each for the flows of some pairs of hosts, and reports what one
/// engine would, in the same order.
///
/// Flows between two hosts, their fragments and the connections that they announce are all in one shard.
/// An ICMP error goes to the shard of the flow that it is of, and to that of the flow that it quotes.
///
/// The limits of each engine are its own: with a table of flows that is full, or with streams that
/// have taken all memory that is there for them, several shards give up other flows than one would.
/// Comments on packets are not handed on.
///
/// ```
/// use rheos_core::{LinkType, PacketSource, RawPacket, Timestamp};
/// use rheos_session::{Engine, Event, EventKind, ShardedEngine};
/// # use std::convert::Infallible;
///
/// # struct Twice(u8);
/// # impl PacketSource for Twice {
/// #     type Error = Infallible;
/// #     fn next_packet(&mut self) -> Result<Option<RawPacket<'_>>, Infallible> {
/// #         let bytes = b"\x45\0\0\x1e\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02\x30\x39\x1f\x90\0\x0a\0\0hi";
/// #         self.0 += 1;
/// #         Ok((self.0 < 3).then(|| RawPacket::new(Timestamp::from_secs(7, 0), LinkType::IPV4, bytes)))
/// #     }
/// # }
/// # let mut source = Twice(0);
/// let mut engine = ShardedEngine::new(4, || Engine::builder().build());
/// let mut packets = 0;
/// engine.run(&mut source, |event: &Event<'_, _>| {
///     if let EventKind::Ended { .. } = event.kind {
///         packets += event.flow.record.stats.total().packets;
///     }
/// })?;
/// assert_eq!(packets, 2);
/// # Ok::<(), Infallible>(())
/// ```
pub struct ShardedEngine<E: FlowExtractor, S: Process = ()> {
    engines: Vec<Engine<E, S>>,
    /// Chooses shards; the same in every process, so that results can be repeated.
    seed: HashSeed,
    packets: u64,
    now: Timestamp,
    due: Timestamp,
    defragment: Option<Box<Defragment>>,
}

impl<E, S> ShardedEngine<E, S>
where
    E: FlowExtractor<Key: SessionKey> + Clone + Send,
    S: Process + Clone + Send,
{
    /// So many shards, at least one; each is an engine that is built here.
    pub fn new(shards: usize, mut build: impl FnMut() -> Engine<E, S>) -> Self {
        let mut engines: Vec<_> = (0..shards.max(1)).map(|_| build()).collect();
        // Fragments are put together in front of the shards.
        let defragment = engines.iter_mut().filter_map(|engine| engine.defragment.take()).last();
        let (now, due) = (Timestamp::MIN, Timestamp::MIN);
        Self { engines, seed: HashSeed::fixed(0), packets: 0, now, due, defragment }
    }

    /// Takes every packet of a source, and finishes.
    ///
    /// # Errors
    ///
    /// What the source says; the packets before it were taken, and their flows are finished.
    ///
    /// # Panics
    ///
    /// If a parser panics.
    pub fn run<P: PacketSource>(
        &mut self,
        source: &mut P,
        mut sink: impl Sink<E::Key, S>,
    ) -> Result<(), P::Error> {
        let Some(extractor) = self.engines.first().map(|engine| engine.extractor().clone()) else {
            return Ok(());
        };
        let shards = self.engines.len();
        let mut router =
            Router { extractor, seed: self.seed, shards: shards as u64, packets: self.packets };
        let (mut now, mut due) = (self.now, self.due);
        let mut defragment = self.defragment.as_deref_mut();
        let result = thread::scope(|scope| {
            let lines: Vec<_> = self
                .engines
                .iter_mut()
                .map(|engine| {
                    let (batches, work) = sync_channel(ROUNDS);
                    // Room for what is under way: no shard ever waits for whoever waits for it.
                    let (done, results) = sync_channel(ROUNDS);
                    scope.spawn(move || shard(engine, &work, &done));
                    Line { batches, results, arrived: VecDeque::new(), spare: Vec::new() }
                })
                .collect();
            let mut rounds = Rounds { lines, under_way: 0 };
            let mut open = rounds.open();
            let mut filled = 0_usize;
            let result = loop {
                let raw = match source.next_packet() {
                    Ok(Some(raw)) => raw,
                    Ok(None) => break Ok(()),
                    Err(error) => break Err(error),
                };
                now = now.max(raw.timestamp);
                if now >= due {
                    due = Engine::<E, S>::due(now);
                    let number = router.packets.saturating_add(1);
                    open.iter_mut().for_each(|(batch, _)| batch.time(number, now));
                }
                router.packets = router.packets.saturating_add(1);
                let raw = match &mut defragment {
                    Some(defragment) => defragment.push(&raw),
                    None => Some(raw),
                };
                if let Some(raw) = raw {
                    router.route(&raw, now, &mut open);
                }
                filled = filled.saturating_add(1);
                if filled == ROUND {
                    filled = 0;
                    rounds.send(open, &mut sink);
                    open = rounds.open();
                }
            };
            open.iter_mut().for_each(|(batch, _)| batch.finish(router.packets, now));
            rounds.send(open, &mut sink);
            while rounds.under_way > 0 {
                rounds.receive(&mut sink);
            }
            result
        });
        (self.packets, self.now, self.due) = (router.packets, now, due);
        result
    }

    /// What all shards have seen.
    pub fn stats(&self) -> EngineStats {
        let mut all = self.engines.iter().map(Engine::stats);
        let mut total = all.next().unwrap_or_default();
        for stats in all {
            let EngineStats { tracker, parsers, streams } = stats;
            let sum = |to: &mut u64, more: u64| *to = to.saturating_add(more);
            sum(&mut total.tracker.packets, tracker.packets);
            sum(&mut total.tracker.unmatched, tracker.unmatched);
            sum(&mut total.tracker.lost_fragments, tracker.lost_fragments);
            sum(&mut total.tracker.started, tracker.started);
            sum(&mut total.tracker.ended, tracker.ended);
            sum(&mut total.tracker.evicted, tracker.evicted);
            sum(&mut total.tracker.forgotten, tracker.forgotten);
            sum(&mut total.tracker.icmp_errors, tracker.icmp_errors);
            sum(&mut total.tracker.time_backwards, tracker.time_backwards);
            for ((_, to), (_, more)) in total.parsers.iter_mut().zip(&parsers) {
                to.add(more);
            }
            add(&mut total.streams, &streams);
        }
        total
    }
}

/// Which shard a packet goes to.
struct Router<E> {
    extractor: E,
    seed: HashSeed,
    shards: u64,
    packets: u64,
}

impl<E: FlowExtractor<Key: SessionKey>> Router<E> {
    #[inline]
    fn route<S>(&self, raw: &RawPacket<'_>, now: Timestamp, open: &mut [Done<E::Key, S>]) {
        let Some(hosts) = self.extractor.hosts(raw) else {
            return self.route_slowly(raw, now, open);
        };
        if let Some((batch, _)) = open.get_mut(self.of(hosts)) {
            batch.push(self.packets, now, What::Packet, raw);
        }
    }

    /// Routes a packet whose key, or datagram, has to be known first.
    #[inline(never)]
    fn route_slowly<S>(&self, raw: &RawPacket<'_>, now: Timestamp, open: &mut [Done<E::Key, S>]) {
        let number = self.packets;
        let found = self.extractor.extract(raw);
        let shard = match &found {
            Some(found) => self.of_key(&found.key),
            None => self.extractor.fragment(raw).map_or(0, |part| self.of(part.datagram.hosts())),
        };
        let mut put = |shard: usize, what| {
            if let Some((batch, _)) = open.get_mut(shard) {
                batch.push(number, now, what, raw);
            }
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
            std::net::IpAddr::V4(address) => u128::from(address.to_bits()),
            std::net::IpAddr::V6(address) => address.to_bits(),
        }))
    }

    /// The shard of two hosts, in either order.
    fn of(&self, [a, b]: [u128; 2]) -> usize {
        self.reduce(self.seed.hash_one((a.min(b), a.max(b))))
    }

    fn reduce(&self, hash: u64) -> usize {
        usize::try_from(hash.checked_rem(self.shards).unwrap_or(0)).unwrap_or(0)
    }
}

/// What a shard gives back of a batch: the batch, to be filled again, and what happened.
type Done<K, S> = (Batch, Vec<OwnedEvent<K, S>>);

/// Runs an engine on batches until there are no more.
fn shard<E: FlowExtractor<Key: SessionKey>, S: Process + Clone>(
    engine: &mut Engine<E, S>,
    work: &Receiver<Done<E::Key, S>>,
    done: &SyncSender<Done<E::Key, S>>,
) {
    for (batch, mut kept) in work {
        // Of an earlier round, told since. What was allocated here is given back here.
        kept.clear();
        let events = engine.events;
        let mut out = Keep { kept: &mut kept, events };
        for (number, now, what, raw) in batch.iter() {
            engine.count(number, now, &mut out);
            match what {
                What::Time => {}
                What::Packet => engine.take(&raw, &mut out),
                What::Quoted => engine.take_error(&raw, &mut out),
                What::Finish => engine.end(&mut out),
            }
        }
        if done.send((batch, kept)).is_err() {
            return;
        }
    }
}

/// A shard's work, and its results.
struct Line<K, S> {
    batches: SyncSender<Done<K, S>>,
    results: Receiver<Done<K, S>>,
    /// Results of rounds that other shards are still at, the oldest first.
    arrived: VecDeque<Done<K, S>>,
    /// Batches to be filled again, with lists that the shard empties.
    spare: Vec<Done<K, S>>,
}

impl<K, S> Line<K, S> {
    /// Takes what is there, and says whether the oldest round is.
    fn has_oldest(&mut self) -> bool {
        self.arrived.extend(self.results.try_iter());
        !self.arrived.is_empty()
    }

    /// The oldest round, once it is there; nothing if the shard is gone.
    fn oldest(&mut self) -> Option<Done<K, S>> {
        self.arrived.pop_front().or_else(|| self.results.recv().ok())
    }
}

/// What is under way.
struct Rounds<K, S> {
    lines: Vec<Line<K, S>>,
    under_way: usize,
}

impl<K, S> Rounds<K, S> {
    /// An empty batch for each shard.
    fn open(&mut self) -> Vec<Done<K, S>> {
        let empty = |line: &mut Line<K, S>| {
            let (mut batch, kept) = line.spare.pop().unwrap_or_default();
            batch.clear();
            (batch, kept)
        };
        self.lines.iter_mut().map(empty).collect()
    }

    /// Sends a round to the shards, and tells of those that are back. If as many are under way as may
    /// be, waits for some of them before.
    fn send(&mut self, open: Vec<Done<K, S>>, sink: &mut impl Sink<K, S>) {
        if self.under_way >= ROUNDS {
            while self.under_way > REFILL {
                self.receive(sink);
            }
        }
        for (line, batch) in self.lines.iter().zip(open) {
            // A shard is gone only if a parser panicked, which the end of the scope tells.
            let _ = line.batches.send(batch);
        }
        self.under_way = self.under_way.saturating_add(1);
        while self.under_way > 1 && self.lines.iter_mut().all(Line::has_oldest) {
            self.receive(sink);
        }
    }

    /// Takes the oldest round back, and tells its events in their order.
    fn receive(&mut self, sink: &mut impl Sink<K, S>) {
        self.under_way = self.under_way.saturating_sub(1);
        let oldest =
            |(place, line): (usize, &mut Line<K, S>)| Some((place, line.oldest()?, 0_usize));
        let mut results: Vec<_> = self.lines.iter_mut().enumerate().filter_map(oldest).collect();
        loop {
            let next = results.iter_mut().min_by_key(|(_, (_, kept), at)| {
                // Of one place there are events of one shard.
                kept.get(*at).map_or((true, None), |event| (false, Some(event.place())))
            });
            let Some((_, (_, kept), at)) = next else { break };
            let Some(event) = kept.get(*at) else { break };
            sink.event(&event.get());
            *at = at.saturating_add(1);
        }
        for (place, done, _) in results {
            if let Some(line) = self.lines.get_mut(place) {
                line.spare.push(done);
            }
        }
    }
}
