//! A look ahead at packets, which has memory bring the records of their flows before they are waited for.

use std::hash::BuildHasher;

use rheos_core::{PacketSource, RawPacket, prefetch_headers};

use super::slab::NONE;
use super::{FlowSink, FlowTracker};
use crate::{FlowExtractor, Process};

/// Packets looked at ahead: more than a processor waits for at once, and so few that what was brought for the first
/// is still there when the last is counted.
const AHEAD: usize = 64;

/// Packets in front of theirs at which memory is asked for the headers of packets.
const HEADERS_AHEAD: usize = 4;

/// Packets in front of theirs at which memory is asked for the middle of a record, where nothing can be named without
/// a look at what stands in front of it. That goes into the first level of the cache, which waits for two dozen lines at
/// once at most.
const MIDDLES_AHEAD: usize = 8;

/// The records of so many flows, 3 MiB of them, are in some cache in any case: to look ahead at each packet's
/// would take a quarter of the time of tracking it, and as long as that where packets take decoding.
const FEW_FLOWS: usize = 16_384;

/// The packets that were looked at ahead.
#[derive(Debug)]
pub(super) struct Ahead {
    /// What is known of so many of them.
    hints: [Hint; AHEAD],
    count: usize,
    /// The packets that are tracked when they all are.
    until: u64,
}

/// What is known of a packet's flow before the packet is tracked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hint {
    /// The hash of its key; anything where it has none.
    pub(super) hash: u64,
    /// The place of its record when it was looked up; [`NONE`] if it had none.
    pub(super) place: u32,
}

impl Ahead {
    pub(super) fn none() -> Self {
        Self { hints: [Hint::NOTHING; AHEAD], count: 0, until: 0 }
    }

    /// The hints, and which of them is of the packet that comes when so many are tracked.
    #[inline(always)]
    fn at(&self, packets: u64) -> Option<(&[Hint], usize)> {
        let left = usize::try_from(self.until.saturating_sub(packets)).ok()?;
        Some((self.hints.get(..self.count)?, self.count.checked_sub(left)?))
    }
}

impl Hint {
    const NOTHING: Self = Self { hash: 0, place: NONE };
}

/// Asks memory for the headers of a packet to come, when the packet at a place is looked at.
#[inline(always)]
fn ask_for_headers(packets: &[RawPacket<'_>], at: usize) {
    if let Some(raw) = packets.get(at.wrapping_add(HEADERS_AHEAD)) {
        prefetch_headers(raw.data);
    }
}

impl<E: FlowExtractor, S: Process> FlowTracker<E, S> {
    /// Tracks packets in their order, each as [`track`](Self::track) does: the events are the same.
    ///
    /// It takes a fourth of the time where there are so many flows that a packet's record is in no cache, and as
    /// long where there are few. The keys of 64 packets are made and their places are looked up, and memory is asked
    /// for their records, before the first is counted.
    #[inline]
    pub fn track_batch(&mut self, packets: &[RawPacket<'_>], sink: &mut impl FlowSink<E::Key, S>) {
        for packets in packets.chunks(AHEAD) {
            if self.looks() {
                self.track_ahead(packets, sink);
            } else {
                for (at, raw) in packets.iter().enumerate() {
                    ask_for_headers(packets, at);
                    self.track_packet(raw, None, sink);
                }
            }
        }
    }

    /// Tracks no more packets than are looked at ahead.
    #[inline(always)]
    fn track_ahead(&mut self, packets: &[RawPacket<'_>], sink: &mut impl FlowSink<E::Key, S>) {
        let (mut hints, mut straights) = ([Hint::NOTHING; AHEAD], [const { None }; AHEAD]);
        for ((hint, straight), raw) in hints.iter_mut().zip(&mut straights).zip(packets) {
            *straight = self.extract_straight(raw);
            hint.hash = match straight {
                Some(extracted) => self.seed.hash_one(&extracted.key),
                None => self.hash_of(raw),
            };
        }
        let hints = hints.get_mut(..packets.len()).unwrap_or_default();
        self.ask_for_records(hints);
        for (at, (raw, straight)) in packets.iter().zip(&straights).enumerate() {
            self.ask_for_middle(hints, at);
            self.go_to(raw, sink);
            self.track_extracted(straight.as_ref(), hints.get(at).copied(), raw, sink);
        }
    }

    /// Tracks every packet of a source, each as [`track`](Self::track) does. What lives then has not ended:
    /// [`finish`](Self::finish) ends it, or another source goes on.
    ///
    /// It is the fastest way to many flows: it [looks ahead](Self::look_ahead).
    ///
    /// # Errors
    ///
    /// What the source says; the packets before it were tracked.
    pub fn track_source<P: PacketSource>(
        &mut self,
        source: &mut P,
        sink: &mut impl FlowSink<E::Key, S>,
    ) -> Result<(), P::Error> {
        loop {
            self.look_ahead(source);
            let Some(raw) = source.next_packet()? else { return Ok(()) };
            self.track_packet(&raw, None, sink);
        }
    }

    /// Asks memory for the records of the flows of the packets that a source lends next, where there are so many
    /// flows that a packet's record is in no cache: to be called before each packet is asked for, in a loop that
    /// does more than [`track_source`](Self::track_source). It changes nothing but how long tracking takes, and never
    /// waits for packets.
    #[inline]
    pub fn look_ahead(&mut self, source: &impl PacketSource) {
        if !self.looks() {
            return;
        }
        if self.stats.packets >= self.ahead.until {
            self.look_into(source);
        } else if let Some((hints, at)) = self.ahead.at(self.stats.packets) {
            self.ask_for_middle(hints, at);
        }
    }

    /// Whether it is worth it to look ahead.
    #[inline(always)]
    fn looks(&self) -> bool {
        self.slab.len() >= FEW_FLOWS && self.extractor.is_quick()
    }

    #[inline(never)]
    fn look_into(&mut self, source: &impl PacketSource) {
        let (mut hints, mut count) = ([Hint::NOTHING; AHEAD], 0_usize);
        let mut free = hints.iter_mut();
        source.look_ahead(AHEAD, |raw| {
            if let Some(hint) = free.next() {
                hint.hash = self.hash_of(raw);
                count = count.saturating_add(1);
            }
        });
        let known = hints.get_mut(..count).unwrap_or_default();
        self.ask_for_records(known);
        self.ask_for_middle(known, 0);
        // Of a source that shows nothing, as many packets go by before it is asked again.
        let looked = if count == 0 { AHEAD } else { count };
        let until = self.stats.packets.saturating_add(looked as u64);
        self.ahead = Ahead { hints, count, until };
    }

    /// The hash of a packet's key, or anything where it has none.
    #[inline(always)]
    fn hash_of(&self, raw: &RawPacket<'_>) -> u64 {
        self.extractor.extract(raw).map_or(0, |found| self.seed.hash_one(&found.key))
    }

    /// Looks up the places of records, and asks memory for them: one behind the other without anything between, so that
    /// the processor finds out for several at once where in memory they are.
    #[inline(always)]
    fn ask_for_records(&self, hints: &mut [Hint]) {
        hints.iter().for_each(|hint| self.table.prefetch(hint.hash));
        for hint in &mut *hints {
            // Any with half of the hash: a packet in front may still end the flow, or start it.
            if let Some(place) = self.table.find(hint.hash, |_| true) {
                hint.place = place;
                self.slab.prefetch_ends(place);
            }
        }
        let first = hints.iter().take(MIDDLES_AHEAD);
        first.for_each(|hint| self.slab.prefetch_middle(hint.place));
    }

    /// Asks memory for the rest of a record, when the packet at a place is tracked.
    #[inline(always)]
    fn ask_for_middle(&self, hints: &[Hint], at: usize) {
        if let Some(hint) = hints.get(at.wrapping_add(MIDDLES_AHEAD)) {
            self.slab.prefetch_middle(hint.place);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::time::Duration;

    use proptest::prelude::*;
    use rheos_core::{LinkType, Timestamp};

    use super::*;
    use crate::{FiveTuple, FiveTupleKey, FlowEvent, HashSeed, TrackerConfig};

    /// A packet between two of a few hosts: of TCP with any flags, of UDP, a fragment, or of no flow.
    fn packet() -> impl Strategy<Value = Vec<u8>> {
        let fragment = prop_oneof![5 => Just(0_u16), 1 => 0x2000..0x2002_u16, 1 => 1..3_u16];
        (0..5_u8, 0..5_u8, 0..4_u8, any::<u8>(), fragment).prop_map(
            |(a, b, kind, flags, fragment)| {
                let protocol = if kind == 0 { 17 } else { 6 };
                let [high, low] = fragment.to_be_bytes();
                let version = if kind == 3 && flags % 8 == 0 { 0x15 } else { 0x45 };
                let ip = [
                    version, 0, 0, 40, 0, 7, high, low, 64, protocol, 0, 0, 10, 0, 0, a, 10, 0, 0,
                    b,
                ];
                let tcp = [0, 7, 0, 7, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, flags, 1, 0, 0, 0, 0, 0];
                [ip, tcp].concat()
            },
        )
    }

    fn tracker(max_flows: usize) -> FlowTracker<FiveTuple> {
        let config = TrackerConfig {
            max_flows,
            active_timeout: max_flows.is_multiple_of(2).then_some(Duration::from_secs(7)),
            ..TrackerConfig::default()
        };
        FlowTracker::with_config(FiveTuple::default(), config, HashSeed::fixed(1))
    }

    /// Lends packets, and shows at most so many ahead.
    struct Shown<'a> {
        packets: &'a [RawPacket<'a>],
        most: usize,
    }

    impl PacketSource for Shown<'_> {
        type Error = Infallible;

        fn next_packet(&mut self) -> Result<Option<RawPacket<'_>>, Infallible> {
            Ok(self.packets.split_off_first().copied())
        }

        fn look_ahead(&self, most: usize, look: impl FnMut(&RawPacket<'_>)) {
            self.packets.iter().take(most.min(self.most)).for_each(look);
        }
    }

    proptest! {
        #[test]
        fn packets_together_make_the_events_that_they_make_one_by_one(
            max_flows in 1..12_usize,
            steps in prop::collection::vec((-1..4_i64, packet()), 0..300),
            length in 1..=AHEAD,
        ) {
            let mut second = 0;
            let packets: Vec<_> = steps.iter().map(|(step, packet)| {
                second += step;
                RawPacket::new(Timestamp::from_secs(second, 0), LinkType::IPV4, packet)
            }).collect();
            let [mut one, mut many, mut ahead, mut source] = [(); 4].map(|()| tracker(max_flows));
            let mut told = [const { Vec::new() }; 4];
            for batch in packets.chunks(length) {
                let mut logs = told.each_mut().map(|log| {
                    move |event: &FlowEvent<'_, FiveTupleKey>| log.push(format!("{event:?}"))
                });
                let [to_one, to_many, to_ahead, to_source] = &mut logs;
                batch.iter().for_each(|raw| _ = one.track(raw, to_one));
                many.track_batch(batch, to_many);
                ahead.track_ahead(batch, to_ahead);
                let mut shown = Shown { packets: batch, most: length / 2 };
                source.look_into(&shown);
                let Ok(()) = source.track_source(&mut shown, to_source);
            }
            prop_assert_eq!(&told[0], &told[1]);
            prop_assert_eq!(&told[0], &told[2]);
            prop_assert_eq!(&told[0], &told[3]);
            prop_assert_eq!([one.stats(); 3], [many.stats(), ahead.stats(), source.stats()]);
        }
    }

    #[test]
    fn a_crowd_is_counted_in_batches_too() {
        let packets: Vec<_> = (0..2 * FEW_FLOWS)
            .map(|number| {
                let [.., a, b, c] = number.to_be_bytes();
                let mut packet =
                    [0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, a, b, c, 11, 0, 0, 1].to_vec();
                packet.extend([0, 7, 0, 7, 0, 8, 0, 0]);
                packet
            })
            .collect();
        let raw: Vec<_> = packets
            .iter()
            .map(|packet| RawPacket::new(Timestamp::default(), LinkType::IPV4, packet))
            .collect();
        let (mut tracker, mut seen) = (tracker(usize::MAX), 0);
        let mut sink = |event: &FlowEvent<'_, _>| {
            seen += usize::from(matches!(event, FlowEvent::Packet { .. }));
        };
        for _ in 0..2 {
            tracker.track_batch(&raw, &mut sink);
        }
        let Ok(()) = tracker.track_source(&mut Shown { packets: &raw, most: 100 }, &mut sink);
        assert_eq!((seen, tracker.flows().count()), (6 * FEW_FLOWS, 2 * FEW_FLOWS));
        assert!(tracker.flows().all(|(_, flow)| flow.stats.initiator.packets == 3));
    }
}
