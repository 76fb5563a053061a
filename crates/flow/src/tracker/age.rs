//! How flows end: by age, by eviction, by the program's will, and with the input.

use std::hash::BuildHasher;

use rheos_core::Timestamp;

use super::{EndReason, FlowEvent, FlowId, FlowSink, FlowTracker};
use crate::{FlowExtractor, Process};

impl<E: FlowExtractor, S: Process> FlowTracker<E, S> {
    /// Ends the flows whose time is over at `now`. Costs what it ends; packets do it by themselves
    /// once a second of their time.
    pub fn sweep(&mut self, now: Timestamp, sink: &mut impl FlowSink<E::Key, S>) {
        self.now = self.now.max(now);
        for bucket in self.wheel.advance(self.now) {
            let mut index = self.wheel.take(bucket);
            while let Some(place) = self.slab.place_mut(index) {
                let behind = place.links.behind;
                place.leave();
                self.look_at(index, sink);
                index = behind;
            }
        }
        self.tell_pressure(sink);
    }

    /// Ends a flow, which is in no list, or puts it off.
    fn look_at(&mut self, index: u32, sink: &mut impl FlowSink<E::Key, S>) {
        let Some(id) = self.slab.id_of(index) else { return };
        let Some(record) = self.slab.get(index) else { return };
        if self.deadlines.of(record) <= self.now {
            return self.end(index, EndReason::IdleTimeout, sink);
        }
        if self.report_at(index).is_some_and(|due| due <= self.now) {
            let timestamp = self.now;
            sink.event(&FlowEvent::Active { id, flow: record, timestamp });
            if let Some(place) = self.reported.get_mut(index as usize) {
                *place = timestamp;
            }
        }
        self.put_off(index);
    }

    /// When a flow is to be reported, if lasting flows are.
    fn report_at(&self, index: u32) -> Option<Timestamp> {
        let period = self.deadlines.config.active_timeout?;
        Some(self.reported.get(index as usize)?.saturating_add(period))
    }

    /// Remembers that nothing was reported of a flow since it started.
    pub(super) fn start_period(&mut self, index: u32) {
        let index = index as usize;
        if self.reported.len() <= index {
            self.reported.resize(index.saturating_add(1), self.now);
        }
        if let Some(place) = self.reported.get_mut(index) {
            *place = self.now;
        }
    }

    /// Ends every flow that is left, in the order of their places: there are no more packets.
    pub fn finish(&mut self, sink: &mut impl FlowSink<E::Key, S>) {
        self.places().into_iter().for_each(|index| self.end(index, EndReason::EndOfInput, sink));
        self.tell_pressure(sink);
    }

    /// Ends a flow, and says whether there was one. What comes of it later starts another.
    pub fn force_close(&mut self, id: FlowId, sink: &mut impl FlowSink<E::Key, S>) -> bool {
        let lives = self.slab.get_by_id(id).is_some();
        if lives {
            self.end(id.index, EndReason::ForceClosed, sink);
        }
        lives
    }

    /// Gives up a flow without a word, and says whether there was one.
    pub fn forget(&mut self, id: FlowId) -> bool {
        let lives = self.slab.get_by_id(id).is_some();
        if lives {
            self.stats.forgotten = self.stats.forgotten.saturating_add(1);
            self.remove(id.index);
        }
        lives
    }

    /// The flow that is to make room: the first to end, to the second, of those that are worth
    /// least. Flows that had packets since they were put where they are go on to where they belong,
    /// so each is moved once for its packets.
    pub(super) fn first_to_end(&mut self) -> Option<u32> {
        loop {
            let index = self.wheel.first()?;
            let record = self.slab.get(index)?;
            let (deadline, worth) = (self.deadlines.of(record), record.worth());
            if !self.wheel.put_off(&mut self.slab, index, deadline, worth) {
                return Some(index);
            }
        }
    }

    /// Moves a flow to where it is to be looked at next: when it may be over, or is to be reported.
    pub(super) fn put_off(&mut self, index: u32) {
        let Some(record) = self.slab.get(index) else { return };
        let (idle_at, worth) = (self.deadlines.of(record), record.worth());
        let next = self.report_at(index).map_or(idle_at, |due| due.min(idle_at));
        self.wheel.put_off(&mut self.slab, index, next, worth);
    }

    /// Ends a flow: reports it, and gives up its record.
    #[inline(never)]
    pub(super) fn end(
        &mut self,
        index: u32,
        reason: EndReason,
        sink: &mut impl FlowSink<E::Key, S>,
    ) {
        let Some((id, flow)) = self.slab.get_mut(index) else { return };
        let (reason, timestamp) = (flow.end_reason(reason), self.now);
        sink.event(&FlowEvent::Ended { id, flow, reason, timestamp });
        self.stats.ended = self.stats.ended.saturating_add(1);
        self.remove(index);
    }

    fn remove(&mut self, index: u32) {
        let Some((id, flow)) = self.slab.get_mut(index) else { return };
        let hash = self.seed.hash_one(&flow.key);
        self.table.remove(hash, index);
        self.relations.forget(id);
        self.wheel.remove(&mut self.slab, index);
        self.slab.remove(index);
    }
}
