//! Several engines at once, whose events are those of one.

use rheos_core::{PacketSource, Packets, RawPacket};
use rheos_flow::{AnnouncedFlow, FlowExtractor, HashSeed, Process};

use crate::engine::{Engine, EngineStats};
use crate::sessions::add;
use crate::{Defragment, SessionKey, Sink};

use batch::{Batch, What};
use feed::{Clock, Feed, Piece, Router};
use merge::Across;
use work::{Announces, Work};

mod batch;
mod feed;
mod merge;
mod work;

/// Packets that are handed to the shards together: enough that handing them over, and waking who waits for
/// them, costs little.
const BATCH: usize = 1024;

/// Batches that are under way at once. Memory is bounded by them. Packets of one pair of hosts come in
/// bursts, which are of one shard: what follows keeps the others at work.
const BATCHES: usize = 16;

/// Runs several engines, each for the flows of some pairs of hosts, on as many threads, and reports what
/// one engine would, in the same order. The caller's thread is one of the threads: it reads the source and
/// takes the events, and helps with the engines otherwise.
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
    engines: Vec<Apart<Engine<E, S>>>,
    /// Chooses shards; the same in every process, so that results can be repeated.
    seed: HashSeed,
    /// Packets so far.
    packets: u64,
    defragment: Option<Box<Defragment>>,
    /// Packets of a batch.
    batch: usize,
    /// What flows a packet announces.
    announces: Option<Box<Announces>>,
    across: Across,
}

impl<E, S> ShardedEngine<E, S>
where
    E: FlowExtractor<Key: SessionKey> + Clone + Send,
    S: Process + Clone + Send,
{
    /// So many shards, at least one; each is an engine that is built here.
    pub fn new(shards: usize, mut build: impl FnMut() -> Engine<E, S>) -> Self {
        let mut engines: Vec<_> = (0..shards.max(1)).map(|_| Apart(build())).collect();
        // Fragments are put together in front of the shards.
        let defragment = engines.iter_mut().filter_map(|engine| engine.0.defragment.take()).last();
        Self {
            engines,
            seed: HashSeed::fixed(0),
            packets: 0,
            defragment,
            batch: BATCH,
            announces: None,
            across: Across::default(),
        }
    }

    /// How many packets are handed to the shards together, at least one. Default: 1024. With fewer, what
    /// happens is told sooner where packets come seldom; with more, each costs less.
    #[must_use]
    pub fn batch(self, packets: usize) -> Self {
        Self { batch: packets.max(1), ..self }
    }

    /// Asks a function what flows each packet announces, and expects those within five minutes, of whatever
    /// shard: as [`Engine::expect_flow`] does if it is told behind each packet. The threads ask for the packets
    /// of their shards, which are whole datagrams if fragments are put together.
    ///
    /// ```
    /// use rheos_core::RawPacket;
    /// use rheos_flow::AnnouncedFlow;
    /// use rheos_layers::Decoder;
    /// use rheos_session::{Engine, ShardedEngine};
    ///
    /// let decoder = Decoder::default();
    /// let engine = ShardedEngine::new(4, || Engine::builder().build());
    /// let engine = engine.expect_flows(move |raw: &RawPacket<'_>| {
    ///     AnnouncedFlow::of(&decoder.decode(raw.link_type, raw.data))
    /// });
    /// ```
    #[must_use]
    pub fn expect_flows(
        self,
        announces: impl Fn(&RawPacket<'_>) -> Vec<AnnouncedFlow> + Send + Sync + 'static,
    ) -> Self {
        Self { announces: Some(Box::new(announces)), ..self }
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
        let Some(router) = self.router() else { return Ok(()) };
        let shards = self.engines.len();
        let defragment = self.defragment.as_deref_mut();
        let clock = Clock::behind(self.packets);
        let mut feed = Feed { router: router.clone(), defragment, clock };
        let work = Work::new(&mut self.engines, self.announces.as_deref());
        let across = &mut self.across;
        let result = work.among(shards, &router, || {
            let (mut spare, mut waiting) = (Vec::new(), 0);
            loop {
                let batch = spare.pop().unwrap_or_else(|| Batch::new(shards, self.batch));
                let mut batch = batch.behind(feed.clock.at().0);
                let filled = feed.fill(source, &mut batch);
                work.add(batch);
                let is_last = !matches!(filled, Ok(true));
                waiting = refill(waiting);
                let left = if is_last { 0 } else { waiting };
                if !work.settle(left, &router, (&mut sink, across), &mut spare) || is_last {
                    return filled.map(|_| ());
                }
            }
        });
        self.packets = feed.clock.at().0;
        result
    }

    /// Takes packets that are all in memory, and finishes. It is faster than [`run`](Self::run): nothing is
    /// copied, and all threads find out whose packets are, except where fragments are put together in front
    /// of the shards.
    ///
    /// # Panics
    ///
    /// If a parser panics.
    pub fn run_slice(&mut self, packets: &[RawPacket<'_>], mut sink: impl Sink<E::Key, S>) {
        let Some(router) = self.router().filter(|_| self.defragment.is_none()) else {
            let Ok(()) = self.run(&mut Packets::new(packets.iter().copied()), sink);
            return;
        };
        let (shards, before) = (self.engines.len(), &mut self.packets);
        let work = Work::new(&mut self.engines, self.announces.as_deref());
        let across = &mut self.across;
        work.among(shards, &router, || {
            let (mut spare, mut waiting) = (Vec::new(), 0);
            for packets in packets.chunks(self.batch) {
                let batch = spare.pop().unwrap_or_else(|| Batch::new(shards, self.batch));
                work.add_piece(Piece(batch.behind(*before).with(packets)));
                *before = before.saturating_add(packets.len() as u64);
                waiting = refill(waiting);
                if !work.settle(waiting, &router, (&mut sink, across), &mut spare) {
                    return;
                }
            }
            let mut last = Batch::new(shards, self.batch).behind(*before);
            last.tell_all(Clock::behind(*before).at(), What::Finish);
            work.add(last);
            work.settle(0, &router, (&mut sink, across), &mut spare);
        });
    }

    /// What tells whose packets are.
    fn router(&self) -> Option<Router<E>> {
        let extractor = self.engines.first()?.0.extractor().clone();
        Some(Router { extractor, seed: self.seed, shards: self.engines.len() as u64 })
    }

    /// What all shards have seen.
    pub fn stats(&self) -> EngineStats {
        let mut all = self.engines.iter().map(|engine| engine.0.stats());
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

/// How many batches may be left when another was added to so many: half of them are worked off at a time, so
/// that no thread is woken for each.
fn refill(waiting: usize) -> usize {
    if waiting < BATCHES { waiting.saturating_add(1) } else { BATCHES / 2 }
}

/// Something in cache lines of its own. What two cores write at once would be fetched from the other each time if it
/// were in one line, or in one of the pairs in which processors fetch them.
#[repr(align(128))]
struct Apart<T>(T);
