//! Who runs which shard on which batch: any thread, but each shard on one batch after the other.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use rheos_flow::{FlowExtractor, Process};

use super::batch::{Batch, Told, What};
use crate::engine::Engine;
use crate::owned::{Keep, OwnedEvent};
use crate::{SessionKey, Sink};

/// What all threads share.
pub(super) struct Work<'e, E: FlowExtractor, S: Process> {
    state: Mutex<State<'e, E, S>>,
    changed: Condvar,
}

struct State<'e, E: FlowExtractor, S: Process> {
    lanes: Vec<Lane<'e, E, S>>,
    /// What is under way, the oldest first.
    rounds: VecDeque<Round<E::Key, S>>,
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
type Kept<K, S> = Vec<OwnedEvent<K, S>>;

/// A batch, and what the shards have made of it.
struct Round<K, S> {
    batch: Arc<Batch>,
    /// Of each shard, once it is through.
    kept: Vec<Option<Kept<K, S>>>,
}

/// A shard and the batch that it takes next.
struct Task<'e, E: FlowExtractor, S: Process> {
    shard: usize,
    round: u64,
    engine: &'e mut Engine<E, S>,
    batch: Arc<Batch>,
    kept: Kept<E::Key, S>,
}

/// Sends all threads home when it goes: also where a parser, a sink or a source panics.
struct Home<'w, 'e, E: FlowExtractor, S: Process> {
    work: &'w Work<'e, E, S>,
    is_through: bool,
}

impl<E: FlowExtractor, S: Process> Drop for Home<'_, '_, E, S> {
    fn drop(&mut self) {
        if !self.is_through {
            self.work.lock().is_over = true;
            self.work.changed.notify_all();
        }
    }
}

impl<'e, E, S> Work<'e, E, S>
where
    E: FlowExtractor<Key: SessionKey>,
    S: Process + Clone,
{
    pub(super) fn new(engines: &'e mut [Engine<E, S>]) -> Self {
        let lane = |engine| Lane { engine: Some(engine), next: 0, spare: Vec::new() };
        let lanes = engines.iter_mut().map(lane).collect();
        let rounds = VecDeque::new();
        let state = State { lanes, rounds, through: 0, waiting: 0, is_over: false };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Works till there is nothing more to do: for a shard first, and for others that are behind.
    pub(super) fn help(&self, home: usize) {
        let mut state = self.lock();
        while !state.is_over {
            state = match state.task(home) {
                Some(task) => {
                    drop(state);
                    self.run(task)
                }
                None => self.wait(state),
            };
        }
    }

    /// Has a batch worked on.
    pub(super) fn add(&self, batch: Batch) {
        let mut state = self.lock();
        let kept = state.lanes.iter().map(|_| None).collect();
        state.rounds.push_back(Round { batch: Arc::new(batch), kept });
        self.tell(&state);
    }

    /// Tells the events of batches that are through, in their order, and works till no more than so many
    /// are left. Adds batches that can be filled again to `spare`, and says whether there is a point in
    /// that: not where somebody panicked.
    pub(super) fn settle(
        &self,
        left: usize,
        sink: &mut impl Sink<E::Key, S>,
        spare: &mut Vec<Batch>,
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
                state = self.run(task);
            } else {
                state = self.wait(state);
            }
        }
        false
    }

    /// Sends all threads home once what this returns goes.
    pub(super) fn until(&self) -> impl Drop {
        Home { work: self, is_through: false }
    }

    /// Runs a shard on a batch.
    fn run(&self, task: Task<'e, E, S>) -> MutexGuard<'_, State<'e, E, S>> {
        let mut home = Home { work: self, is_through: false };
        let Task { shard, round, engine, batch, mut kept } = task;
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
        home.is_through = true;
        // Whoever takes the batch back has it alone.
        drop(batch);
        let mut state = self.lock();
        let place = usize::try_from(round.saturating_sub(state.through)).unwrap_or(usize::MAX);
        if let Some(lane) = state.lanes.get_mut(shard) {
            lane.engine = Some(engine);
        }
        if let Some(round) = state.rounds.get_mut(place)
            && let Some(place) = round.kept.get_mut(shard)
        {
            *place = Some(kept);
        }
        self.tell(&state);
        state
    }

    /// Tells the events of a round, and gives its batch back, if nobody has it any more.
    fn merge(&self, round: Round<E::Key, S>, sink: &mut impl Sink<E::Key, S>) -> Option<Batch> {
        let Round { batch, kept } = round;
        {
            let lists = kept.iter().map(|kept| kept.as_deref().unwrap_or_default());
            let mut lists: Vec<_> = lists.collect();
            loop {
                // Of one place there are events of one shard.
                let left = lists.iter_mut().filter(|list| !list.is_empty());
                let next = left.min_by_key(|list| list.first().map(OwnedEvent::place));
                let Some(event) = next.and_then(|list| list.split_off_first()) else { break };
                sink.event(&event.get());
            }
        }
        let mut state = self.lock();
        for (lane, kept) in state.lanes.iter_mut().zip(kept) {
            lane.spare.extend(kept);
        }
        drop(state);
        Arc::into_inner(batch)
    }

    fn wait<'s>(
        &self,
        mut state: MutexGuard<'s, State<'e, E, S>>,
    ) -> MutexGuard<'s, State<'e, E, S>> {
        state.waiting = state.waiting.saturating_add(1);
        let mut state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        state.waiting = state.waiting.saturating_sub(1);
        state
    }
}

impl<'e, E: FlowExtractor, S: Process> Work<'e, E, S> {
    fn lock(&self) -> MutexGuard<'_, State<'e, E, S>> {
        // Nothing panics that has the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes whoever waits.
    fn tell(&self, state: &State<'e, E, S>) {
        if state.waiting > 0 {
            self.changed.notify_all();
        }
    }
}

impl<'e, E: FlowExtractor, S: Process> State<'e, E, S> {
    /// What a thread is to do: its own shard, or else that which is behind the others.
    fn task(&mut self, home: usize) -> Option<Task<'e, E, S>> {
        let end = self.through.saturating_add(self.rounds.len() as u64);
        let is_free = |lane: &Lane<'e, E, S>| lane.engine.is_some() && lane.next < end;
        let free = self.lanes.iter().enumerate().filter(|(_, lane)| is_free(lane));
        let (shard, _) = free.min_by_key(|(shard, lane)| (*shard != home, lane.next))?;
        let lane = self.lanes.get_mut(shard)?;
        let round = lane.next;
        let place = usize::try_from(round.saturating_sub(self.through)).ok()?;
        let batch = Arc::clone(&self.rounds.get(place)?.batch);
        let engine = lane.engine.take()?;
        lane.next = round.saturating_add(1);
        Some(Task { shard, round, engine, batch, kept: lane.spare.pop().unwrap_or_default() })
    }

    /// The oldest round, if every shard is through with it.
    fn oldest(&mut self) -> Option<Round<E::Key, S>> {
        let round = self.rounds.front()?;
        if round.kept.iter().any(Option::is_none) {
            return None;
        }
        self.through = self.through.saturating_add(1);
        self.rounds.pop_front()
    }
}
