//! What a tracker tells of its flows while they live, and what a program tells it of them.

use std::hash::BuildHasher;
use std::time::Duration;

use rheos_core::Timestamp;

use super::{
    FlowId, FlowRecord, FlowStats, FlowTracker, HistoryString, TrackerConfig, TrackerStats,
};
use crate::{FlowExtractor, L4Proto, Process};

impl<E: FlowExtractor, S: Process> FlowTracker<E, S> {
    /// The record of a flow that has not ended.
    pub fn get(&self, id: FlowId) -> Option<&FlowRecord<E::Key, S>> {
        self.slab.get_by_id(id)
    }

    /// The record of a flow that has not ended, to change what a program keeps there.
    pub fn user_mut(&mut self, id: FlowId) -> Option<&mut S> {
        let (found, record) = self.slab.get_mut(id.index)?;
        (found == id).then_some(&mut record.user)
    }

    /// The flow of a key, if it has not ended.
    pub fn find(&self, key: &E::Key) -> Option<FlowId> {
        let has_key = |index| self.slab.get(index).is_some_and(|record| record.key == *key);
        let index = self.table.find(self.seed.hash_one(key), has_key)?;
        self.slab.id_of(index)
    }

    /// How many flows have not ended: known without counting.
    pub fn flow_count(&self) -> usize {
        self.slab.len()
    }

    /// The flows that have not ended.
    pub fn flows(&self) -> impl Iterator<Item = (FlowId, &FlowRecord<E::Key, S>)> {
        self.slab.iter()
    }

    /// The keys of the flows that have not ended, and what they add up to so far.
    pub fn all_flow_stats(&self) -> impl Iterator<Item = (&E::Key, FlowStats)> {
        self.flows().map(|(_, flow)| (&flow.key, flow.stats.snapshot()))
    }

    /// A copy of the record of a flow that has not ended, which lives on without it.
    pub fn snapshot(&self, key: &E::Key) -> Option<FlowRecord<E::Key, S>>
    where
        S: Clone,
    {
        self.get(self.find(key)?).cloned()
    }

    /// What a flow that has not ended adds up to so far.
    pub fn snapshot_stats(&self, key: &E::Key) -> Option<FlowStats> {
        Some(self.get(self.find(key)?)?.stats.snapshot())
    }

    /// What happened in a flow that has not ended.
    pub fn snapshot_history(&self, key: &E::Key) -> Option<HistoryString> {
        Some(self.get(self.find(key)?)?.history)
    }

    /// Announces a flow: the next that starts within this time and has a key that matches is the
    /// child of `parent`, as [`FlowEvent::Started`](crate::FlowEvent::Started) and [`parent`](Self::parent) tell. Of 257
    /// announced at once, the oldest is forgotten.
    pub fn expect(
        &mut self,
        parent: FlowId,
        within: Duration,
        matches: impl Fn(&E::Key) -> bool + Send + Sync + 'static,
    ) {
        self.relations.expect(parent, Box::new(matches), self.now, within);
    }

    /// Makes a flow the child of another, for those who know by themselves what was announced.
    pub fn adopt(&mut self, child: FlowId, parent: FlowId) {
        if self.get(child).is_some() {
            self.relations.adopt(child, parent);
        }
    }

    /// The flow that announced this one, which may have ended.
    pub fn parent(&self, id: FlowId) -> Option<FlowId> {
        self.relations.parent(id)
    }

    /// Lets each key have its own timeout: what is not `None` takes the place of the
    /// configuration's. Asked for each packet that comes to a flow, so it has to be fast.
    pub fn set_idle_timeout_fn(
        &mut self,
        timeout: impl Fn(&E::Key, Option<L4Proto>) -> Option<Duration> + Send + Sync + 'static,
    ) {
        self.deadlines.set_by_key(Some(Box::new(timeout)));
        self.put_off_all();
    }

    /// Leaves every timeout to the configuration again.
    pub fn clear_idle_timeout_fn(&mut self) {
        self.deadlines.set_by_key(None);
        self.put_off_all();
    }

    /// The limits that it tracks by.
    pub fn config(&self) -> &TrackerConfig {
        &self.deadlines.config
    }

    /// Tracks by other limits from now on, which hold for flows that are there, too: those whose time is over by
    /// them end with the next second, and what is above a lower `max_flows` makes room with the next new flow.
    /// Periods of `active_timeout` start at once, if there were none. Looks at each flow once.
    pub fn set_config(&mut self, config: TrackerConfig) {
        let has_periods = self.deadlines.config.active_timeout.is_some();
        self.deadlines.set_config(config);
        if config.active_timeout.is_some() && !has_periods {
            self.places().into_iter().for_each(|index| self.start_period(index));
        }
        self.put_off_all();
    }

    /// Moves all flows to where they are to be looked at by the limits there are.
    fn put_off_all(&mut self) {
        self.places().into_iter().for_each(|index| self.put_off(index));
    }

    /// Where there are flows.
    pub(super) fn places(&self) -> Vec<u32> {
        self.slab.iter().map(|(id, _)| id.index).collect()
    }

    /// The extractor, of a tracker that is done.
    pub fn into_extractor(self) -> E {
        self.extractor
    }

    /// The extractor.
    pub fn extractor(&self) -> &E {
        &self.extractor
    }

    /// The time that it is to the tracker: the latest of all packets and sweeps.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// What the tracker has seen.
    pub fn stats(&self) -> TrackerStats {
        TrackerStats { time_backwards: self.pressure.all_back, ..self.stats }
    }

    /// Bytes of memory that the tracker holds, without what keys and `S` have elsewhere.
    pub fn memory(&self) -> usize {
        let table = self.table.memory();
        let reported = self.reported.capacity().saturating_mul(size_of::<Timestamp>());
        let rest = [self.wheel.memory(), self.fragments.memory(), self.relations.memory()];
        let sum = rest.into_iter().fold(table, usize::saturating_add);
        self.slab.memory().saturating_add(sum).saturating_add(reported)
    }
}
