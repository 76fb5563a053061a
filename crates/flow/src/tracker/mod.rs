//! The tracker: one record for each flow, one hash and one probe for each packet.

use std::hash::BuildHasher;

use rheos_core::{RawPacket, Timestamp};

use crate::datagrams::Datagrams;
use crate::{
    Extracted, FlowExtractor, FlowPacket, HashSeed, L4Proto, PacketDetail, Process, TcpInfo,
};

use ahead::{Ahead, Hint};
use config::Deadlines;
use expect::Relations;
use pressure::Pressure;
use record::Count;
use slab::Slab;
use table::Table;
use wheel::Wheel;

pub use config::{IdleTimeoutFn, TrackerConfig};
pub use event::{EndReason, EventMask, FlowEvent, FlowSink, Masked};
pub use expect::KeyPredicate;
pub use history::HistoryString;
pub use record::{FlowRecord, FlowStats, SideStats};
pub use slab::FlowId;
pub use tcp::{By, FlowState, Transition, When};

mod age;
mod ahead;
mod config;
mod event;
mod expect;
mod fragments;
mod history;
mod later;
mod look;
mod memory;
mod pressure;
mod record;
mod slab;
mod table;
mod tcp;
#[cfg(test)]
mod tests;
mod wheel;

/// What an extractor says of a packet with a key, and of its headers beyond that where it is asked for.
type Said<'a, K> = (&'a Extracted<K>, Option<&'a PacketDetail>);

/// Keeps a record for each flow, from its first packet to its end.
///
/// Time is that of the packets; where it goes back, it counts as standing still. Flows end by what
/// TCP says, by idleness, by eviction where there are too many, or with the input.
#[derive(Debug)]
pub struct FlowTracker<E: FlowExtractor, S = ()> {
    extractor: E,
    deadlines: Deadlines<E::Key>,
    seed: HashSeed,
    /// Places in the slab, found by the hash of their keys.
    table: Table,
    slab: Slab<FlowRecord<E::Key, S>>,
    wheel: Wheel,
    fragments: Datagrams,
    relations: Relations<E::Key>,
    /// When each place's flow was reported last; empty if lasting flows are not.
    reported: Vec<Timestamp>,
    now: Timestamp,
    stats: TrackerStats,
    pressure: Pressure,
    ahead: Ahead,
}

/// What a tracker has seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrackerStats {
    /// Packets given to it.
    pub packets: u64,
    /// Packets of no flow, such as ARP.
    pub unmatched: u64,
    /// Fragments of no flow: the first of their datagram was not seen, or not yet. Those that wait for it are
    /// taken off again when it comes.
    pub lost_fragments: u64,
    /// Flows started.
    pub started: u64,
    /// Flows ended.
    pub ended: u64,
    /// Flows ended to make room.
    pub evicted: u64,
    /// Flows given up without a word.
    pub forgotten: u64,
    /// ICMP errors that quote a packet of a flow.
    pub icmp_errors: u64,
    /// Packets that are older than one before them.
    pub time_backwards: u64,
}

impl<E: FlowExtractor, S: Process> FlowTracker<E, S> {
    /// A tracker with the default limits, and a seed that nobody outside this process knows.
    pub fn new(extractor: E) -> Self {
        Self::with_config(extractor, TrackerConfig::default(), HashSeed::random())
    }

    /// A tracker with these limits. What it reports does not depend on the seed.
    pub fn with_config(extractor: E, config: TrackerConfig, seed: HashSeed) -> Self {
        Self {
            extractor,
            deadlines: Deadlines::new(config),
            seed,
            table: Table::default(),
            slab: Slab::default(),
            wheel: Wheel::default(),
            fragments: Datagrams::default(),
            relations: Relations::new(seed),
            reported: Vec::new(),
            now: Timestamp::MIN,
            stats: TrackerStats::default(),
            pressure: Pressure::default(),
            ahead: Ahead::none(),
        }
    }

    /// Counts a packet into its flow, and reports what follows from it, in this order: flows whose
    /// time is over, the start of the packet's flow, a step of TCP, the packet itself. Returns the
    /// flow, if the packet has one.
    #[inline(always)] // An identity would be returned in memory, and whoever reads it wait for all stores.
    pub fn track(
        &mut self,
        raw: &RawPacket<'_>,
        sink: &mut impl FlowSink<E::Key, S>,
    ) -> Option<FlowId> {
        let place = self.track_packet(raw, None, sink)?;
        self.slab.id_of(place)
    }

    /// Tracks a packet, and returns the place of the flow, of which something may be known.
    #[inline]
    fn track_packet(
        &mut self,
        raw: &RawPacket<'_>,
        hint: Option<Hint>,
        sink: &mut impl FlowSink<E::Key, S>,
    ) -> Option<u32> {
        self.go_to(raw, sink);
        let straight = self.extract_straight(raw);
        self.track_extracted(straight.as_ref(), hint, raw, sink)
    }

    /// What the straight line finds in a packet, unless its details are asked for.
    #[inline(always)]
    fn extract_straight(&self, raw: &RawPacket<'_>) -> Option<Extracted<E::Key>> {
        if S::DETAIL { None } else { self.extractor.extract_straight(raw) }
    }

    /// Tracks a packet to which this is the time, by what the straight line found in it, if it did.
    #[inline(always)]
    fn track_extracted(
        &mut self,
        straight: Option<&Extracted<E::Key>>,
        hint: Option<Hint>,
        raw: &RawPacket<'_>,
        sink: &mut impl FlowSink<E::Key, S>,
    ) -> Option<u32> {
        match straight {
            Some(extracted) => self.track_flow(extracted, hint, None, raw, sink),
            // Copies here and below, so that what most packets need is never put into memory.
            None => self.track_decoded(&{ *raw }, hint, sink),
        }
    }

    /// Tracks a packet that takes decoding, or whose details are asked for, to which this is the time.
    #[inline(never)]
    fn track_decoded(
        &mut self,
        raw: &RawPacket<'_>,
        hint: Option<Hint>,
        sink: &mut impl FlowSink<E::Key, S>,
    ) -> Option<u32> {
        let (found, detail) = if S::DETAIL {
            self.extractor.extract_with_detail(raw)
        } else {
            (self.extractor.extract_or_fragment(raw), None)
        };
        match found {
            Ok(extracted) => self.track_flow(&extracted, hint, detail.as_ref(), raw, sink),
            Err(fragment) => self.track_fragment(fragment, detail.as_ref(), raw, sink),
        }
    }

    /// Goes on to a packet and its time.
    #[inline(always)]
    fn go_to(&mut self, raw: &RawPacket<'_>, sink: &mut impl FlowSink<E::Key, S>) {
        self.stats.packets = self.stats.packets.wrapping_add(1); // Centuries of packets away.
        if raw.timestamp < self.now {
            self.pressure.time_goes_back(self.now, raw.timestamp);
        } else {
            self.now = raw.timestamp;
        }
        if self.wheel.is_due(self.now) {
            self.sweep(self.now, sink);
        }
    }

    /// Counts a packet with a key.
    #[inline(always)]
    fn track_flow(
        &mut self,
        extracted: &Extracted<E::Key>,
        hint: Option<Hint>,
        detail: Option<&PacketDetail>,
        raw: &RawPacket<'_>,
        sink: &mut impl FlowSink<E::Key, S>,
    ) -> Option<u32> {
        let hash = hint.map_or_else(|| self.seed.hash_one(&extracted.key), |hint| hint.hash);
        // One look at the record tells whether it is the flow's, and whether it is fresh.
        let mut is_fresh = false;
        let asks = extracted.tcp.as_ref().is_some_and(TcpInfo::asks);
        let mut has_key = |index| {
            self.slab.prefetch(index); // All its lines at once: one after the other, they would be waited for.
            let record = self.slab.get(index).filter(|record| record.key == extracted.key);
            is_fresh =
                record.is_some_and(|record| record.is_fresh(self.now, self.deadlines.shortest));
            record.is_some()
        };
        let found = match hint {
            Some(Hint { place, .. }) if has_key(place) => Some(place),
            _ => self.table.find(hash, has_key),
        };
        match found {
            Some(index) if is_fresh && !asks && !S::DEADLINE => {
                self.count(index, false, (extracted, detail), raw, sink)
            }
            found => self.go_on(found, hash, (&extracted.clone(), detail), &{ *raw }, sink),
        }
    }

    /// Counts a packet whose flow is new, or was idle for long, or is closed, or has a deadline.
    #[inline(never)]
    fn go_on(
        &mut self,
        found: Option<u32>,
        hash: u64,
        (extracted, detail): Said<'_, E::Key>,
        raw: &RawPacket<'_>,
        sink: &mut impl FlowSink<E::Key, S>,
    ) -> Option<u32> {
        if let Some(index) = found {
            let Some(reason) = self.over(index, extracted) else {
                self.count(index, false, (extracted, detail), raw, sink)?;
                if S::DEADLINE {
                    self.put_off(index); // It may be over earlier than before.
                }
                return Some(index);
            };
            self.end(index, reason, sink);
        }
        let index = self.insert(hash, extracted, raw, sink)?;
        self.count(index, true, (extracted, detail), raw, sink)?;
        // Its state is known now, and with it how long it has.
        self.put_off(index);
        Some(index)
    }

    /// Why a packet that fits the key of a flow belongs to another, if it does: this one was idle for
    /// too long, or its ports are used again.
    fn over(&self, index: u32, extracted: &Extracted<E::Key>) -> Option<EndReason> {
        let record = self.slab.get(index)?;
        if self.deadlines.of(record) <= self.now {
            return Some(EndReason::IdleTimeout);
        }
        let again = |tcp| record.is_asked_again(tcp, extracted.orientation, self.now);
        extracted.tcp.as_ref().is_some_and(again).then_some(EndReason::PortReuse)
    }

    /// Counts a packet into the flow in a place, and reports it.
    #[inline(always)]
    fn count(
        &mut self,
        index: u32,
        is_new: bool,
        (extracted, detail): Said<'_, E::Key>,
        raw: &RawPacket<'_>,
        sink: &mut impl FlowSink<E::Key, S>,
    ) -> Option<u32> {
        let timestamp = self.now;
        let piece = if extracted.is_first_fragment {
            self.remember(index, &extracted.clone(), &{ *raw })
        } else {
            None
        };
        let (id, record) = self.slab.get_mut(index)?;
        if is_new && let Some(piece) = &piece {
            // Later its name would change, and its start is part of that.
            record.stats.started = piece.start(timestamp);
        }
        let side = record.side_of(extracted.orientation);
        let wire_bytes = raw.wire_length();
        let (ip_bytes, payload_bytes) =
            (u64::from(extracted.ip_length), u64::from(extracted.payload_length));
        let payload_length = extracted.payload_length;
        let from = record.state;
        let tcp = extracted.tcp.as_ref();
        let step = tcp.and_then(|tcp| record.advance(side, tcp, payload_length));
        record.count(side, &Count { packets: 1, wire_bytes, ip_bytes, payload_bytes }, timestamp);
        record.user.process(&FlowPacket {
            raw,
            timestamp,
            side,
            is_first: is_new,
            is_later_fragment: false,
            fragment: piece.as_deref().filter(|piece| piece.is_itself),
            ip_length: extracted.ip_length,
            payload_length,
            tcp,
            states: (from, record.state),
            is_flipped: record.is_flipped,
            detail: detail.filter(|_| S::DETAIL),
        });
        let flow = &*record;
        if is_new {
            let parent = self.relations.parent(id);
            sink.event(&FlowEvent::Started { id, flow, side, parent, timestamp });
        }
        match step {
            Some((_, FlowState::Established)) => {
                sink.event(&FlowEvent::Established { id, flow, timestamp });
            }
            Some((from, to)) => {
                sink.event(&FlowEvent::StateChange { id, flow, from, to, timestamp });
            }
            None => {}
        }
        let len = u32::try_from(wire_bytes).unwrap_or(u32::MAX);
        sink.event(&FlowEvent::Packet { id, flow, side, len, timestamp });
        sink.extracted(id, flow, side, extracted);
        while let Some(anomaly) = record.user.anomaly() {
            sink.event(&FlowEvent::Anomaly { id, flow: record, anomaly, timestamp });
        }
        if step.is_some_and(|(_, to)| to.is_terminal() || to == FlowState::FinWait) {
            self.put_off(index);
        }
        if let Some(piece) = piece {
            self.attach(index, &piece, side, sink);
        }
        if matches!(extracted.l4, Some(L4Proto::Icmp | L4Proto::IcmpV6)) {
            self.attach_error(&{ *raw }, sink);
        }
        Some(index)
    }

    /// Reports an ICMP error to the flow of the packet that it quotes. [`track`](Self::track) does so by
    /// itself; this is for those who track the error's own flow elsewhere.
    #[cold]
    pub fn attach_error(&mut self, raw: &RawPacket<'_>, sink: &mut impl FlowSink<E::Key, S>) {
        let Some((quoted, error)) = self.extractor.quoted(raw) else { return };
        let Some(id) = self.find(&quoted.key) else { return };
        let Some((_, record)) = self.slab.get_mut(id.index) else { return };
        let (side, timestamp) = (record.side_of(quoted.orientation), self.now);
        record.user.icmp_error(side, &error);
        self.stats.icmp_errors = self.stats.icmp_errors.saturating_add(1);
        sink.event(&FlowEvent::IcmpError { id, flow: record, side, error, timestamp });
        while let Some(anomaly) = record.user.anomaly() {
            sink.event(&FlowEvent::Anomaly { id, flow: record, anomaly, timestamp });
        }
    }

    #[inline(never)]
    fn insert(
        &mut self,
        hash: u64,
        extracted: &Extracted<E::Key>,
        raw: &RawPacket<'_>,
        sink: &mut impl FlowSink<E::Key, S>,
    ) -> Option<u32> {
        // Once, but where the limit is lower than it was.
        while self.slab.len() >= self.deadlines.config.max_flows
            && let Some(index) = self.first_to_end()
        {
            self.stats.evicted = self.stats.evicted.saturating_add(1);
            self.pressure.evicted = self.pressure.evicted.saturating_add(1);
            self.end(index, EndReason::Evicted, sink);
        }
        let infers = self.deadlines.config.infer_tcp_initiator;
        let is_answer = infers && self.extractor.answers(extracted, raw);
        let index = self.slab.insert(FlowRecord::new(extracted, is_answer, self.now))?;
        if self.deadlines.config.active_timeout.is_some() {
            self.start_period(index);
        }
        if let Some(id) = self.slab.id_of(index) {
            self.relations.take(&extracted.key, id, self.now);
        }
        self.table.insert(hash, index);
        self.stats.started = self.stats.started.saturating_add(1);
        Some(index)
    }
}
