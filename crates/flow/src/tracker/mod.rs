//! The tracker: one record for each flow, one hash and one probe for each packet.

use std::hash::BuildHasher;

use hashbrown::HashTable;
use rheos_core::{RawPacket, Side, Timestamp};

use crate::fragment::Fragments;
use crate::{Extracted, FlowExtractor, HashSeed};

use record::Count;
use slab::Slab;
use wheel::Wheel;

pub use config::TrackerConfig;
pub use event::{EndReason, FlowEvent, FlowSink};
pub use history::HistoryString;
pub use record::{FlowRecord, FlowStats, SideStats};
pub use slab::FlowId;
pub use tcp::FlowState;

mod config;
mod event;
mod history;
mod record;
mod slab;
mod tcp;
#[cfg(test)]
mod tests;
mod wheel;

/// Keeps a record for each flow, from its first packet to its end.
///
/// Time is that of the packets; where it goes back, it counts as standing still. Flows end by what
/// TCP says, by idleness, by eviction where there are too many, or with the input.
#[derive(Debug)]
pub struct FlowTracker<E: FlowExtractor, S = ()> {
    extractor: E,
    config: TrackerConfig,
    /// That of the configuration, in nanoseconds.
    shortest_timeout: i64,
    seed: HashSeed,
    /// Places in the slab, found by the hash of their keys.
    table: HashTable<u32>,
    slab: Slab<FlowRecord<E::Key, S>>,
    wheel: Wheel,
    fragments: Fragments,
    now: Timestamp,
    stats: TrackerStats,
}

/// What a tracker has seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrackerStats {
    /// Packets given to it.
    pub packets: u64,
    /// Packets of no flow, such as ARP.
    pub unmatched: u64,
    /// Fragments whose datagram's first fragment was not seen before them.
    pub lost_fragments: u64,
    /// Flows started.
    pub started: u64,
    /// Flows ended.
    pub ended: u64,
    /// Flows ended to make room.
    pub evicted: u64,
}

impl<E: FlowExtractor, S: Default> FlowTracker<E, S> {
    /// A tracker with the default limits, and a seed that nobody outside this process knows.
    pub fn new(extractor: E) -> Self {
        Self::with_config(extractor, TrackerConfig::default(), HashSeed::random())
    }

    /// A tracker with these limits. What it reports does not depend on the seed.
    pub fn with_config(extractor: E, config: TrackerConfig, seed: HashSeed) -> Self {
        Self {
            extractor,
            shortest_timeout: config.shortest_timeout(),
            config,
            seed,
            table: HashTable::new(),
            slab: Slab::default(),
            wheel: Wheel::default(),
            fragments: Fragments::default(),
            now: Timestamp::MIN,
            stats: TrackerStats::default(),
        }
    }

    /// Counts a packet into its flow, and reports what follows from it, in this order: flows whose
    /// time is over, the start of the packet's flow, a step of TCP, the packet itself. Returns the
    /// flow, if the packet has one.
    #[inline]
    pub fn track(
        &mut self,
        raw: &RawPacket<'_>,
        sink: &mut impl FlowSink<E::Key, S>,
    ) -> Option<FlowId> {
        self.stats.packets = self.stats.packets.saturating_add(1);
        self.now = self.now.max(raw.timestamp);
        if self.wheel.is_due(self.now) {
            self.sweep(self.now, sink);
        }
        let Some(extracted) = self.extractor.extract(raw) else {
            // Copies here and below, so that what most packets need is never put into memory.
            let index = self.track_fragment(&{ *raw }, sink)?;
            return self.slab.id_of(index);
        };
        let hash = self.seed.hash_one(&extracted.key);
        // One look at the record tells whether it is the flow's, and whether it is fresh.
        let mut is_fresh = false;
        let has_key = |&index: &u32| {
            let record = self.slab.get(index).filter(|record| record.key == extracted.key);
            is_fresh =
                record.is_some_and(|record| record.is_fresh(self.now, self.shortest_timeout));
            record.is_some()
        };
        match self.table.find(hash, has_key) {
            Some(&index) if is_fresh => self.count(index, false, &extracted, raw, sink),
            found => {
                let found = found.copied();
                let index = self.go_on(found, hash, &extracted.clone(), &{ *raw }, sink)?;
                self.slab.id_of(index)
            }
        }
    }

    /// Counts a packet whose flow is new, or was idle for long, or is closed. Returns no more than
    /// the flow's place: an identity would be returned in memory, and its reader wait for it.
    #[inline(never)]
    fn go_on(
        &mut self,
        found: Option<u32>,
        hash: u64,
        extracted: &Extracted<E::Key>,
        raw: &RawPacket<'_>,
        sink: &mut impl FlowSink<E::Key, S>,
    ) -> Option<u32> {
        if let Some(index) = found {
            let (tcp, orientation) = (extracted.tcp.as_ref(), extracted.orientation);
            let record = self.slab.get(index)?;
            if !record.is_over(tcp, orientation, self.now, &self.config) {
                self.count(index, false, extracted, raw, sink)?;
                return Some(index);
            }
            self.end(index, EndReason::IdleTimeout, sink);
        }
        let index = self.insert(hash, extracted, sink)?;
        self.count(index, true, extracted, raw, sink)?;
        Some(index)
    }

    /// Counts a packet into the flow in a place, and reports it.
    #[inline(always)]
    fn count(
        &mut self,
        index: u32,
        is_new: bool,
        extracted: &Extracted<E::Key>,
        raw: &RawPacket<'_>,
        sink: &mut impl FlowSink<E::Key, S>,
    ) -> Option<FlowId> {
        let timestamp = self.now;
        let (id, record) = self.slab.get_mut(index)?;
        let side = record.side_of(extracted.orientation);
        let wire_bytes = raw.wire_length();
        let (ip_bytes, payload_bytes) =
            (u64::from(extracted.ip_length), u64::from(extracted.payload_length));
        record.count(side, &Count { packets: 1, wire_bytes, ip_bytes, payload_bytes }, timestamp);
        let step = extracted.tcp.as_ref().and_then(|tcp| record.advance(side, tcp));
        record.note_payload(side, payload_bytes);
        let flow = &*record;
        if is_new {
            sink.event(&FlowEvent::Started { id, flow, side, timestamp });
        }
        match step {
            None => {}
            Some((_, FlowState::Established)) => {
                sink.event(&FlowEvent::Established { id, flow, timestamp });
            }
            Some((from, to)) => {
                sink.event(&FlowEvent::StateChange { id, flow, from, to, timestamp });
            }
        }
        let len = u32::try_from(wire_bytes).unwrap_or(u32::MAX);
        sink.event(&FlowEvent::Packet { id, flow, side, len, timestamp });
        if step.is_some_and(|(_, to)| to.is_terminal()) {
            self.put_off(index);
        }
        if extracted.is_first_fragment {
            self.remember(&{ *raw }, (id, side));
        }
        Some(id)
    }

    /// Remembers the flow of a first fragment for the others of its datagram.
    #[cold]
    fn remember(&mut self, raw: &RawPacket<'_>, flow: (FlowId, Side)) {
        if let Some(fragment) = self.extractor.fragment(raw) {
            self.fragments.insert(fragment.datagram, flow, self.now, self.seed);
        }
    }

    #[inline(never)]
    fn insert(
        &mut self,
        hash: u64,
        extracted: &Extracted<E::Key>,
        sink: &mut impl FlowSink<E::Key, S>,
    ) -> Option<u32> {
        if self.slab.len() >= self.config.max_flows
            && let Some(index) = self.first_to_end()
        {
            self.stats.evicted = self.stats.evicted.saturating_add(1);
            self.end(index, EndReason::Evicted, sink);
        }
        let record = FlowRecord::new(extracted, self.now);
        let deadline = record.deadline(&self.config);
        let index = self.slab.insert(record)?;
        self.wheel.insert(&mut self.slab, index, deadline);
        let (slab, seed) = (&self.slab, self.seed);
        self.table.insert_unique(hash, index, |&index| {
            slab.get(index).map_or(0, |record| seed.hash_one(&record.key))
        });
        self.stats.started = self.stats.started.saturating_add(1);
        Some(index)
    }

    /// The flow that would be the first to end, to the second. Flows that had packets since they
    /// were put where they are go on to where they belong, so each is moved once for its packets.
    fn first_to_end(&mut self) -> Option<u32> {
        loop {
            let index = self.wheel.first()?;
            let deadline = self.slab.get(index)?.deadline(&self.config);
            if !self.wheel.put_off(&mut self.slab, index, deadline) {
                return Some(index);
            }
        }
    }

    /// Counts a fragment that has no key into the flow of its datagram, and returns its place.
    #[inline(never)]
    fn track_fragment(
        &mut self,
        raw: &RawPacket<'_>,
        sink: &mut impl FlowSink<E::Key, S>,
    ) -> Option<u32> {
        let Some(fragment) = self.extractor.fragment(raw) else {
            self.stats.unmatched = self.stats.unmatched.saturating_add(1);
            return None;
        };
        let timestamp = self.now;
        let known = self.fragments.find(&fragment.datagram, timestamp, self.seed);
        let lives = |flow: &FlowRecord<E::Key, S>| flow.deadline(&self.config) > timestamp;
        let known = known.filter(|(id, _)| self.slab.get_by_id(*id).is_some_and(lives));
        let Some((id, side)) = known else {
            self.stats.lost_fragments = self.stats.lost_fragments.saturating_add(1);
            return None;
        };
        let (id, flow) = self.slab.get_mut(id.index)?;
        let count = Count {
            packets: 1,
            wire_bytes: raw.wire_length(),
            ip_bytes: fragment.ip_length.into(),
            payload_bytes: fragment.payload_length.into(),
        };
        flow.count(side, &count, timestamp);
        let len = u32::try_from(count.wire_bytes).unwrap_or(u32::MAX);
        sink.event(&FlowEvent::Packet { id, flow, side, len, timestamp });
        Some(id.index)
    }

    /// Ends the flows whose time is over at `now`. Costs what it ends; packets do it by themselves
    /// once a second of their time.
    pub fn sweep(&mut self, now: Timestamp, sink: &mut impl FlowSink<E::Key, S>) {
        self.now = self.now.max(now);
        for bucket in self.wheel.advance(self.now) {
            let mut index = self.wheel.take(bucket);
            while let Some(place) = self.slab.place_mut(index) {
                let behind = place.links.behind;
                place.links = slab::Links::NONE;
                match self.slab.get(index).map(|record| record.deadline(&self.config)) {
                    Some(deadline) if deadline > self.now => {
                        self.wheel.insert(&mut self.slab, index, deadline);
                    }
                    _ => self.end(index, EndReason::IdleTimeout, sink),
                }
                index = behind;
            }
        }
    }

    /// Ends every flow that is left, in the order of their places: there are no more packets.
    pub fn finish(&mut self, sink: &mut impl FlowSink<E::Key, S>) {
        let left: Vec<_> = self.slab.iter().map(|(id, _)| id.index).collect();
        left.into_iter().for_each(|index| self.end(index, EndReason::EndOfInput, sink));
    }

    /// Moves a flow to where its deadline is now.
    #[cold]
    fn put_off(&mut self, index: u32) {
        if let Some(deadline) = self.slab.get(index).map(|record| record.deadline(&self.config)) {
            self.wheel.put_off(&mut self.slab, index, deadline);
        }
    }

    /// Ends a flow: reports it, and gives up its record.
    #[inline(never)]
    fn end(&mut self, index: u32, reason: EndReason, sink: &mut impl FlowSink<E::Key, S>) {
        let Some((id, flow)) = self.slab.get_mut(index) else { return };
        let (reason, timestamp) = (flow.end_reason(reason), self.now);
        sink.event(&FlowEvent::Ended { id, flow, reason, timestamp });
        let hash = self.seed.hash_one(&flow.key);
        if let Ok(entry) = self.table.find_entry(hash, |&found| found == index) {
            entry.remove();
        }
        self.wheel.remove(&mut self.slab, index);
        self.slab.remove(index);
        self.stats.ended = self.stats.ended.saturating_add(1);
    }

    /// The record of a flow that has not ended.
    pub fn get(&self, id: FlowId) -> Option<&FlowRecord<E::Key, S>> {
        self.slab.get_by_id(id)
    }

    /// The flows that have not ended.
    pub fn flows(&self) -> impl Iterator<Item = (FlowId, &FlowRecord<E::Key, S>)> {
        self.slab.iter()
    }

    /// What the tracker has seen.
    pub fn stats(&self) -> TrackerStats {
        self.stats
    }
}
