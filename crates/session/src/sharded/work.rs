//! Who runs which shard on which batch: any thread, but each shard on one batch after the other. Whose the
//! packets of a batch are is found by any thread, too, where they are in memory.

use std::borrow::Borrow;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use rheos_core::{RawPacket, prefetch_headers};
use rheos_flow::{AnnouncedFlow, FlowExtractor, Process};

use super::Apart;
use super::batch::{AHEAD, Batch, What};
use super::feed::{Piece, Router};
use super::merge::{Across, Merge};
use crate::engine::Engine;
use crate::out::{Lend, Out};
use crate::owned::{self, Keep};
use crate::{Events, SessionKey, Sink};

/// The shard of the thread that calls.
const CALLER: usize = 0;

/// Rounds that a shard is behind when another thread takes it: with fewer, its own catches up sooner than the
/// other has what the shard knows in its caches.
const BEHIND: usize = 6;

/// What all threads share.
pub(super) struct Work<'e, 'p, E: FlowExtractor, S: Process> {
    state: Mutex<State<'e, 'p, E, S>>,
    changed: Condvar,
    /// What flows a packet announces.
    announces: Option<&'e Announces>,
}

/// Says what flows a packet announces.
pub(super) type Announces = dyn Fn(&RawPacket<'_>) -> Vec<AnnouncedFlow> + Send + Sync;

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

/// The oldest round, whose events can be told.
struct Oldest<'e, 'p, E: FlowExtractor, S: Process> {
    round: Round<'p, E::Key, S>,
    /// The shard that is not through with it, if one is not.
    last: Option<Run<'e, 'p, E, S>>,
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
    pub(super) fn new(
        engines: &'e mut [Apart<Engine<E, S>>],
        announces: Option<&'e Announces>,
    ) -> Self {
        let lane = |engine: &'e mut Apart<Engine<E, S>>| {
            let engine = Some(&mut engine.0);
            Lane { engine, next: 0, spare: Vec::new() }
        };
        let lanes = engines.iter_mut().map(lane).collect();
        let (rounds, pieces) = (VecDeque::new(), VecDeque::new());
        let state = State { lanes, rounds, pieces, through: 0, waiting: 0, is_over: false };
        Self { state: Mutex::new(state), changed: Condvar::new(), announces }
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
    /// are left. Where one shard is missing, its events are told as they come, and kept by nobody. Adds batches that can be filled again to `spare`, and says whether there is a point in
    /// that: not where somebody panicked.
    pub(super) fn settle(
        &self,
        left: usize,
        router: &Router<E>,
        (sink, across): (&mut impl Sink<E::Key, S>, &mut Across),
        spare: &mut Vec<Batch<'p>>,
    ) -> bool {
        let mut state = self.lock();
        while !state.is_over {
            let is_behind = state.rounds.len() > left;
            if let Some(oldest) = state.oldest(is_behind) {
                drop(state);
                spare.extend(self.merge(oldest, sink, across));
                state = self.lock();
            } else if !is_behind {
                return true;
            } else if let Some(task) = state.task(CALLER) {
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
        self.go_through(engine, shard, &batch, &mut Keep { kept: &mut kept, events });
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

    /// Tells the events of a round, on which one shard may be left to run, and gives its batch back, if nobody
    /// has it any more.
    fn merge(
        &self,
        oldest: Oldest<'e, 'p, E, S>,
        sink: &mut impl Sink<E::Key, S>,
        across: &mut Across,
    ) -> Option<Batch<'p>> {
        let Oldest { round: Round { batch, kept }, last } = oldest;
        let others = kept.iter().map(|kept| kept.as_deref().unwrap_or_default()).collect();
        let events = last.as_ref().map_or(Events::all(), |last| last.engine.events);
        let mut merge = Merge::new(others, Lend { sink, events }, across);
        let last = last.map(|Run { shard, engine, batch, kept, .. }| {
            self.go_through(engine, shard, &batch, &mut merge);
            (shard, engine, kept)
        });
        merge.rest();
        let mut state = self.lock();
        for (lane, kept) in state.lanes.iter_mut().zip(kept) {
            lane.spare.extend(kept);
        }
        if let Some((shard, engine, kept)) = last
            && let Some(lane) = state.lanes.get_mut(shard)
        {
            lane.engine = Some(engine);
            lane.spare.push(kept);
            self.tell(&state);
        }
        drop(state);
        batch.and_then(Arc::into_inner)
    }

    /// Tells an engine what its shard is told of a batch.
    fn go_through(
        &self,
        engine: &mut Engine<E, S>,
        shard: usize,
        batch: &Batch<'_>,
        out: &mut impl Out<E::Key, S>,
    ) {
        match batch.lent() {
            [] => self.tell_engine(engine, (batch, shard), |place| batch.copied(place), out),
            lent => self.tell_engine(engine, (batch, shard), |place| lent.get(place), out),
        }
    }

    /// The same, where this gives the packet in a place. Memory is asked for packets ahead of their turn: another
    /// core may have looked at them before.
    fn tell_engine<'b, P: Borrow<RawPacket<'b>>>(
        &self,
        engine: &mut Engine<E, S>,
        (batch, shard): (&Batch<'_>, usize),
        packet: impl Fn(usize) -> Option<P>,
        out: &mut impl Out<E::Key, S>,
    ) {
        let all = batch.told(shard);
        for (at, told) in all.iter().enumerate() {
            let ahead = |many| Some(all.get(at.saturating_add(many))?.place());
            ahead(AHEAD.saturating_mul(2)).into_iter().for_each(|place| batch.ask_for_place(place));
            let next = ahead(AHEAD).and_then(&packet);
            next.iter().for_each(|raw| prefetch_headers(raw.borrow().data));
            let head = engine.count(batch.number(told), told.now, out);
            match (told.what, packet(told.place())) {
                (What::Packet, Some(raw)) => {
                    engine.take(raw.borrow(), head, out);
                    let announces = self.announces.into_iter();
                    let announced = announces.flat_map(|announces| announces(raw.borrow()));
                    announced.for_each(|flow| engine.expect_elsewhere(flow, out));
                }
                (What::Quoted, Some(raw)) => engine.take_error(raw.borrow(), out),
                (What::Finish, _) => engine.end(out),
                _ => {}
            }
        }
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

    /// What a thread is to do: its own shard, if there is something for it, or else finding whose packets are,
    /// or a shard that is far behind. What a shard knows is in the caches of the thread that had it last.
    fn task(&mut self, home: usize) -> Option<Task<'e, 'p, E, S>> {
        let own = self.run(home, 1).map(Task::Run);
        own.or_else(|| self.pieces.pop_front().map(|(round, piece)| Task::Route(round, piece)))
            .or_else(|| {
                (0..self.lanes.len()).find_map(|other| self.run(other, BEHIND)).map(Task::Run)
            })
    }

    /// A shard, if nobody has it and so many rounds wait for it.
    fn run(&mut self, shard: usize, behind: usize) -> Option<Run<'e, 'p, E, S>> {
        let lane = self.lanes.get_mut(shard)?;
        let place = usize::try_from(lane.next.saturating_sub(self.through)).ok()?;
        let batch = Arc::clone(self.rounds.get(place)?.batch.as_ref()?);
        let last = self.rounds.get(place.saturating_add(behind.saturating_sub(1)))?;
        last.batch.as_ref()?;
        let engine = lane.engine.take()?;
        let round = lane.next;
        lane.next = round.saturating_add(1);
        Some(Run { shard, round, engine, batch, kept: lane.spare.pop().unwrap_or_default() })
    }

    /// The oldest round, if every shard is through with it; or with the caller's, if only that is not.
    fn oldest(&mut self, may_run: bool) -> Option<Oldest<'e, 'p, E, S>> {
        let kept = &self.rounds.front()?.kept;
        let mut missing = kept.iter().enumerate().filter(|(_, kept)| kept.is_none());
        let last = match (missing.next(), missing.next()) {
            (None, _) => None,
            (Some((CALLER, _)), None) if may_run => Some(self.run(CALLER, 1)?),
            _ => return None,
        };
        self.through = self.through.saturating_add(1);
        Some(Oldest { round: self.rounds.pop_front()?, last })
    }
}
