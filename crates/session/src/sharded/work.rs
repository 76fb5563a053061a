//! Who runs which shard on which batch: any thread, but each shard on one batch after the other. Whose the
//! packets of a batch are is found by any thread, too, where they are in memory.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use rheos_flow::{FlowExtractor, Process, TrackerAnomaly};

use super::batch::{Batch, Told, What};
use super::feed::{Piece, Router};
use crate::engine::Engine;
use crate::owned::{self, Keep, Place};
use crate::pressure::join;
use crate::{SessionKey, Sink};

/// What all threads share.
pub(super) struct Work<'e, 'p, E: FlowExtractor, S: Process> {
    state: Mutex<State<'e, 'p, E, S>>,
    changed: Condvar,
    /// Flows of all shards that were ended to make room, as far as that was told.
    evicted: AtomicU64,
}

struct State<'e, 'p, E: FlowExtractor, S: Process> {
    lanes: Vec<Lane<'e, E, S>>,
    /// What is under way, the oldest first.
    rounds: VecDeque<Round<'p, E::Key, S>>,
    /// Packets that no shard has been told of, and the rounds that they become.
    pieces: VecDeque<(u64, Piece<'p>)>,
    /// How many rounds are through.
    through: u64,
    /// Threads that wait for something to change.
    waiting: usize,
    /// Nothing more is to be done, or somebody panicked.
    is_over: bool,
}

/// A shard.
struct Lane<'e, E: FlowExtractor, S: Process> {
    /// Its engine, if no thread has it.
    engine: Option<&'e mut Engine<E, S>>,
    /// The round that it takes next.
    next: u64,
    /// Lists of events that were told, which the shard empties: what was allocated there is given back
    /// there.
    spare: Vec<Kept<E::Key, S>>,
}

/// What happened in a batch.
type Kept<K, S> = Vec<owned::Kept<K, S>>;

/// A batch, and what the shards have made of it.
struct Round<'p, K, S> {
    /// Nothing, until it is known whose its packets are.
    batch: Option<Arc<Batch<'p>>>,
    /// Of each shard, once it is through.
    kept: Vec<Option<Kept<K, S>>>,
}

/// What a thread does next.
enum Task<'e, 'p, E: FlowExtractor, S: Process> {
    Run(Run<'e, 'p, E, S>),
    /// Finds whose the packets of a round are.
    Route(u64, Piece<'p>),
}

/// A shard and the batch that it takes next.
struct Run<'e, 'p, E: FlowExtractor, S: Process> {
    shard: usize,
    round: u64,
    engine: &'e mut Engine<E, S>,
    batch: Arc<Batch<'p>>,
    kept: Kept<E::Key, S>,
}

/// Sends all threads home when it goes: also where a parser, a sink or a source panics.
struct Home<'w, 'e, 'p, E: FlowExtractor, S: Process> {
    work: &'w Work<'e, 'p, E, S>,
    is_through: bool,
}

impl<E: FlowExtractor, S: Process> Drop for Home<'_, '_, '_, E, S> {
    fn drop(&mut self) {
        if !self.is_through {
            self.work.lock().is_over = true;
            self.work.changed.notify_all();
        }
    }
}

impl<'e, 'p, E, S> Work<'e, 'p, E, S>
where
    E: FlowExtractor<Key: SessionKey>,
    S: Process + Clone,
{
    pub(super) fn new(engines: &'e mut [Engine<E, S>]) -> Self {
        let evicted = engines.iter().map(|engine| engine.tracker().stats().evicted);
        let evicted = AtomicU64::new(evicted.fold(0, u64::saturating_add));
        let lane = |engine| Lane { engine: Some(engine), next: 0, spare: Vec::new() };
        let lanes = engines.iter_mut().map(lane).collect();
        let (rounds, pieces) = (VecDeque::new(), VecDeque::new());
        let state = State { lanes, rounds, pieces, through: 0, waiting: 0, is_over: false };
        Self { state: Mutex::new(state), changed: Condvar::new(), evicted }
    }

    /// Does something while as many threads as there are shards, less this one, work.
    pub(super) fn among<T>(&self, shards: usize, router: &Router<E>, run: impl FnOnce() -> T) -> T
    where
        E: Clone + Send,
        S: Send,
    {
        thread::scope(|scope| {
            let _until = Home { work: self, is_through: false };
            for home in 1..shards {
                let router = router.clone();
                scope.spawn(move || self.help(home, &router));
            }
            run()
        })
    }

    /// Works till there is nothing more to do: for a shard first, and for others that are behind.
    fn help(&self, home: usize, router: &Router<E>) {
        let mut state = self.lock();
        while !state.is_over {
            state = match state.task(home) {
                Some(task) => {
                    drop(state);
                    self.do_task(task, router)
                }
                None => self.wait(state),
            };
        }
    }

    /// Has a batch worked on.
    pub(super) fn add(&self, batch: Batch<'p>) {
        let mut state = self.lock();
        state.add(Some(Arc::new(batch)));
        self.tell(&state);
    }

    /// Has packets worked on that are in memory.
    pub(super) fn add_piece(&self, piece: Piece<'p>) {
        let mut state = self.lock();
        let round = state.add(None);
        state.pieces.push_back((round, piece));
        self.tell(&state);
    }

    /// Tells the events of batches that are through, in their order, and works till no more than so many
    /// are left. Adds batches that can be filled again to `spare`, and says whether there is a point in
    /// that: not where somebody panicked.
    pub(super) fn settle(
        &self,
        left: usize,
        router: &Router<E>,
        sink: &mut impl Sink<E::Key, S>,
        spare: &mut Vec<Batch<'p>>,
    ) -> bool {
        let mut state = self.lock();
        while !state.is_over {
            if let Some(round) = state.oldest() {
                drop(state);
                spare.extend(self.merge(round, sink));
                state = self.lock();
            } else if state.rounds.len() <= left {
                return true;
            } else if let Some(task) = state.task(0) {
                drop(state);
                state = self.do_task(task, router);
            } else {
                state = self.wait(state);
            }
        }
        false
    }

    fn do_task(
        &self,
        task: Task<'e, 'p, E, S>,
        router: &Router<E>,
    ) -> MutexGuard<'_, State<'e, 'p, E, S>> {
        let mut home = Home { work: self, is_through: false };
        let state = match task {
            Task::Run(run) => self.run(run),
            Task::Route(round, piece) => {
                let batch = Arc::new(piece.route(router));
                let mut state = self.lock();
                if let Some(round) = state.round(round) {
                    round.batch = Some(batch);
                }
                state
            }
        };
        home.is_through = true;
        self.tell(&state);
        state
    }

    /// Runs a shard on a batch.
    fn run(&self, run: Run<'e, 'p, E, S>) -> MutexGuard<'_, State<'e, 'p, E, S>> {
        let Run { shard, round, engine, batch, mut kept } = run;
        kept.clear();
        let events = engine.events;
        let mut out = Keep { kept: &mut kept, events };
        for &Told { number, now, what } in batch.told(shard) {
            engine.count(number, now, &mut out);
            match what {
                What::Time => {}
                What::Packet(place) => {
                    batch.packet(place).iter().for_each(|raw| engine.take(raw, &mut out));
                }
                What::Quoted(place) => {
                    batch.packet(place).iter().for_each(|raw| engine.take_error(raw, &mut out));
                }
                What::Finish => engine.end(&mut out),
            }
        }
        // Whoever takes the batch back has it alone.
        drop(batch);
        let mut state = self.lock();
        if let Some(lane) = state.lanes.get_mut(shard) {
            lane.engine = Some(engine);
        }
        if let Some(place) = state.round(round).and_then(|round| round.kept.get_mut(shard)) {
            *place = Some(kept);
        }
        state
    }

    /// Tells the events of a round, and gives its batch back, if nobody has it any more.
    fn merge(
        &self,
        round: Round<'p, E::Key, S>,
        sink: &mut impl Sink<E::Key, S>,
    ) -> Option<Batch<'p>> {
        let Round { batch, kept } = round;
        {
            let lists = kept.iter().map(|kept| kept.as_deref().unwrap_or_default());
            let mut lists: Vec<_> = lists.collect();
            loop {
                // Of one place there are events of one shard.
                let left = lists.iter_mut().filter(|list| !list.is_empty());
                let next = left.min_by_key(|list| list.first().map(owned::Kept::place));
                match next.and_then(|list| list.split_off_first()) {
                    Some(owned::Kept::Event(event)) => sink.event(&event.get()),
                    Some(first @ owned::Kept::All(head, anomaly)) => {
                        let anomaly = self.join_all(first.place(), *anomaly, &mut lists);
                        sink.tracker_anomaly(&anomaly, head.timestamp);
                    }
                    None => break,
                }
            }
        }
        let mut state = self.lock();
        for (lane, kept) in state.lanes.iter_mut().zip(kept) {
            lane.spare.extend(kept);
        }
        drop(state);
        batch.and_then(Arc::into_inner)
    }

    /// What all shards say in one place of what is odd about all flows.
    #[cold]
    fn join_all(
        &self,
        place: Place,
        mut anomaly: TrackerAnomaly,
        lists: &mut [&[owned::Kept<E::Key, S>]],
    ) -> TrackerAnomaly {
        for list in lists {
            if let Some((owned::Kept::All(_, other), rest)) =
                list.split_first().filter(|(first, _)| first.place() == place)
            {
                anomaly = join(anomaly, *other);
                *list = rest;
            }
        }
        if let TrackerAnomaly::FlowTableEviction { evicted, total } = &mut anomaly {
            let before = self.evicted.fetch_add(*evicted, Ordering::Relaxed);
            *total = before.saturating_add(*evicted);
        }
        anomaly
    }

    fn wait<'s>(
        &self,
        mut state: MutexGuard<'s, State<'e, 'p, E, S>>,
    ) -> MutexGuard<'s, State<'e, 'p, E, S>> {
        state.waiting = state.waiting.saturating_add(1);
        let mut state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        state.waiting = state.waiting.saturating_sub(1);
        state
    }
}

impl<'e, 'p, E: FlowExtractor, S: Process> Work<'e, 'p, E, S> {
    fn lock(&self) -> MutexGuard<'_, State<'e, 'p, E, S>> {
        // Nothing panics that has the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes whoever waits.
    fn tell(&self, state: &State<'e, 'p, E, S>) {
        if state.waiting > 0 {
            self.changed.notify_all();
        }
    }
}

impl<'e, 'p, E: FlowExtractor, S: Process> State<'e, 'p, E, S> {
    /// Adds a round, and returns its number.
    fn add(&mut self, batch: Option<Arc<Batch<'p>>>) -> u64 {
        let kept = self.lanes.iter().map(|_| None).collect();
        self.rounds.push_back(Round { batch, kept });
        self.end().saturating_sub(1)
    }

    /// Behind the number of the last round.
    fn end(&self) -> u64 {
        self.through.saturating_add(self.rounds.len() as u64)
    }

    fn round(&mut self, number: u64) -> Option<&mut Round<'p, E::Key, S>> {
        self.rounds.get_mut(usize::try_from(number.checked_sub(self.through)?).ok()?)
    }

    /// What a thread is to do: its own shard, or else finding whose packets are, or that shard which is
    /// behind the others.
    fn task(&mut self, home: usize) -> Option<Task<'e, 'p, E, S>> {
        let own = self.run(|shard| shard == home).map(Task::Run);
        own.or_else(|| self.pieces.pop_front().map(|(round, piece)| Task::Route(round, piece)))
            .or_else(|| self.run(|_| true).map(Task::Run))
    }

    /// Of some shards that which is behind the others, if it has something to do and nobody has it.
    fn run(&mut self, is_asked: impl Fn(usize) -> bool) -> Option<Run<'e, 'p, E, S>> {
        let asked = (0..self.lanes.len()).filter(|&shard| is_asked(shard));
        let free = asked.filter_map(|shard| {
            let lane = self.lanes.get(shard).filter(|lane| lane.engine.is_some())?;
            let place = usize::try_from(lane.next.saturating_sub(self.through)).ok()?;
            let batch = self.rounds.get(place)?.batch.as_ref()?;
            Some((lane.next, shard, batch))
        });
        let (round, shard, batch) = free.min_by_key(|(round, ..)| *round)?;
        let batch = Arc::clone(batch);
        let lane = self.lanes.get_mut(shard)?;
        let engine = lane.engine.take()?;
        lane.next = round.saturating_add(1);
        Some(Run { shard, round, engine, batch, kept: lane.spare.pop().unwrap_or_default() })
    }

    /// The oldest round, if every shard is through with it.
    fn oldest(&mut self) -> Option<Round<'p, E::Key, S>> {
        let round = self.rounds.front()?;
        if round.kept.iter().any(Option::is_none) {
            return None;
        }
        self.through = self.through.saturating_add(1);
        self.rounds.pop_front()
    }
}
