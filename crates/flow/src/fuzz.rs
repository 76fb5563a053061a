//! What must hold for any packets in any order, called by the fuzzer and by tests.

use std::collections::HashMap;
use std::sync::LazyLock;
use std::time::Duration;

use rheos_core::{LinkType, RawPacket, Side, Timestamp};

use crate::{
    FiveTuple, FiveTupleKey, FlowEvent, FlowExtractor, FlowId, FlowStats, FlowTracker, HashSeed,
    SideStats, TrackerConfig,
};

/// Tables of a megabyte: made once, not for each input.
static FIVE_TUPLE: LazyLock<FiveTuple> = LazyLock::new(FiveTuple::default);

/// Tracks any packets, and asserts what must hold.
///
/// The first two bytes are limits: flows, with the upper bits for reports of lasting flows and for
/// timeouts by key, and seconds of UDP. Then comes for each packet how time goes on, its length, and
/// the packet: of IP, or else of Ethernet. Time goes back by negative seconds; from 64 on it goes on
/// by powers of two. Of length zero, there is a sweep in place of a packet, or with the step -128
/// the end of a flow that the program wants.
///
/// # Panics
///
/// If a flow does not start once and end once, a packet or its bytes do not count once and on the side
/// that sent it, a report tells something else than what came, time goes back, or there are more flows
/// than there may be.
#[doc(hidden)]
pub fn fuzz(bytes: &[u8]) {
    let Some((&[flows, seconds], mut bytes)) = bytes.split_first_chunk() else { return };
    let max_flows = usize::from(flows % 32).saturating_add(1);
    let idle_timeout_udp = Duration::from_secs(seconds.into());
    let active_timeout = (flows & 0x80 != 0).then_some(idle_timeout_udp);
    let limits = TrackerConfig::default();
    let config = TrackerConfig { idle_timeout_udp, active_timeout, max_flows, ..limits };
    let mut tracker: FlowTracker<_> =
        FlowTracker::with_config(FIVE_TUPLE.clone(), config, HashSeed::fixed(1));
    if flows & 0x40 != 0 {
        let odd = |key: &FiveTupleKey| key.low().port() % 2 == 1;
        tracker.set_idle_timeout_fn(move |key, _| odd(key).then_some(Duration::from_secs(1)));
    }
    let mut seen = Seen { now: Timestamp::MIN, ..Seen::default() };
    let (mut second, mut given) = (0_i64, 0_u64);
    while let Some((&[step, length], rest)) = bytes.split_first_chunk() {
        let (packet, rest) = rest.split_at_checked(length.into()).unwrap_or((rest, &[]));
        bytes = rest;
        second = second.saturating_add(match step.cast_signed() {
            step @ 64.. => 1_i64.checked_shl(u32::from(step.unsigned_abs()) % 64).unwrap_or(0),
            step => step.into(),
        });
        let time = Timestamp::from_secs(second, 0);
        let mut sink = |event: &FlowEvent<'_, FiveTupleKey>| seen.event(event);
        if packet.is_empty() && step == 0x80 {
            let first = tracker.flows().map(|(id, _)| id).next();
            if let Some(id) = first {
                assert!(tracker.force_close(id, &mut sink), "a flow that is not there");
                assert!(!tracker.force_close(id, &mut sink), "{id:?} ends twice");
            }
        } else if packet.is_empty() {
            tracker.sweep(time, &mut sink);
        } else {
            given = given.saturating_add(1);
            let link_type = link_type(packet);
            let raw = RawPacket::new(time, link_type, packet);
            check_extract(&raw);
            let mut own = Some(bytes_of(&raw));
            let mut sink = |event: &FlowEvent<'_, FiveTupleKey>| seen.packet(event, &mut own);
            let flow = tracker.track(&raw, &mut sink);
            assert!(flow.is_none_or(|id| tracker.get(id).is_some()), "a flow that is not there");
            let key = |id| tracker.get(id).map(|flow| flow.key);
            assert!(flow.is_none_or(|id| key(id).and_then(|key| tracker.find(&key)) == Some(id)));
        }
        assert!(tracker.flows().count() <= max_flows, "too many flows");
    }
    tracker.finish(&mut |event: &FlowEvent<'_, FiveTupleKey>| seen.event(event));
    let stats = tracker.stats();
    assert!(seen.alive.is_empty(), "a flow without end");
    assert_eq!((stats.started, stats.ended, stats.packets), (seen.started, seen.started, given));
    let others = stats.unmatched.saturating_add(stats.lost_fragments);
    let counted = seen.counted.packets.saturating_add(others);
    assert_eq!(counted, given, "a packet counts not once");
    assert_eq!(seen.counted, seen.fed, "bytes count not once");
}

/// What a packet adds to its flow, if it has one: by its headers, and as long as it was on the wire. Of a fragment
/// without a key, a header of TCP that was cut may take some of the payload.
fn bytes_of(raw: &RawPacket<'_>) -> (SideStats, bool) {
    let found = FIVE_TUPLE.extract(raw);
    let lengths = match found {
        Some(found) => (found.ip_length, found.payload_length),
        None => FIVE_TUPLE.fragment(raw).map_or((0, 0), |f| (f.ip_length, f.payload_length)),
    };
    let (ip_bytes, payload_bytes) = (lengths.0.into(), lengths.1.into());
    let bytes = SideStats { packets: 1, wire_bytes: raw.wire_length(), ip_bytes, payload_bytes };
    (bytes, found.is_none())
}

/// Packets of an input are of IP, or else of Ethernet.
pub(crate) fn link_type(packet: &[u8]) -> LinkType {
    match packet.first().map(|byte| byte >> 4) {
        Some(4) => LinkType::IPV4,
        Some(6) => LinkType::IPV6,
        _ => LinkType::ETHERNET,
    }
}

/// Plays what is in the corpus of a target.
#[cfg(test)]
pub(crate) fn replay(target: &str, fuzz: fn(&[u8])) {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let seeds = std::fs::read_dir(corpus.join(target)).unwrap();
    let seeds: Vec<_> = seeds.map(|seed| seed.unwrap().path()).collect();
    assert!(seeds.len() >= 3, "{seeds:?}");
    seeds.iter().for_each(|seed| fuzz(&std::fs::read(seed).unwrap()));
}

/// Whatever way a packet is read, it has the same key, and its payload is in the same bytes.
fn check_extract(raw: &RawPacket<'_>) {
    let decoded = FIVE_TUPLE.decode(raw.link_type, raw.data).ok();
    assert_eq!(FIVE_TUPLE.extract(raw), decoded, "the straight line alone");
    let ether_type: [u8; 2] = match raw.link_type {
        LinkType::IPV4 => [8, 0],
        LinkType::IPV6 => [0x86, 0xdd],
        _ => return,
    };
    for tag in [&[][..], &[0x81, 0, 0, 7]] {
        let front = [&[0; 12], tag, &ether_type].concat();
        let frame = [&front, raw.data].concat();
        let framed = RawPacket { link_type: LinkType::ETHERNET, data: &frame, ..*raw };
        let mut expected = decoded;
        if let Some(start) = expected.as_mut().and_then(|found| found.payload_start.as_mut()) {
            *start = start.saturating_add(u32::try_from(front.len()).unwrap_or(u32::MAX));
        }
        assert_eq!(FIVE_TUPLE.extract(&framed), expected, "another key in a frame");
    }
}

/// What the events told.
#[derive(Default)]
struct Seen {
    /// What came of each side of the flows that have not ended.
    alive: HashMap<FlowId, [SideStats; 2]>,
    started: u64,
    /// What the flows added up to that have.
    counted: SideStats,
    /// What all packets with a flow add up to.
    fed: SideStats,
    now: Timestamp,
}

impl Seen {
    /// What an event tells that comes of a packet: its own first, and then of the fragments that waited for it.
    fn packet(&mut self, event: &FlowEvent<'_, FiveTupleKey>, own: &mut Option<(SideStats, bool)>) {
        if let FlowEvent::Packet { id, flow, side, len, .. } = event {
            let [initiator, responder] = self.alive.entry(*id).or_default();
            let known = if *side == Side::Initiator { initiator } else { responder };
            let now = flow.stats.side(*side);
            let more = SideStats {
                packets: 1,
                wire_bytes: (*len).into(),
                ip_bytes: now.ip_bytes.wrapping_sub(known.ip_bytes),
                payload_bytes: now.payload_bytes.wrapping_sub(known.payload_bytes),
            };
            if let Some((bytes, is_later)) = own.take() {
                let most = SideStats { payload_bytes: bytes.payload_bytes, ..more };
                assert_eq!(most, bytes, "{id:?}");
                assert!(more.payload_bytes <= bytes.payload_bytes, "{id:?} has more than came");
                assert!(is_later || more == bytes, "{id:?} has less than came");
            }
            add(known, more);
            add(&mut self.fed, more);
        }
        self.event(event);
    }

    fn event(&mut self, event: &FlowEvent<'_, FiveTupleKey>) {
        let (id, flow) = (event.id(), event.flow());
        let time = match event {
            FlowEvent::Started { timestamp, .. } => {
                assert_eq!(self.alive.insert(id, Default::default()), None, "{id:?} starts twice");
                self.started = self.started.saturating_add(1);
                *timestamp
            }
            // A report is what it adds up to so far: what one has more than the last came between.
            FlowEvent::Packet { timestamp, .. } | FlowEvent::Active { timestamp, .. } => {
                assert_eq!(self.alive.get(&id), Some(&sides(&flow.stats)), "{id:?}");
                *timestamp
            }
            FlowEvent::Ended { timestamp, .. } => {
                assert_eq!(self.alive.remove(&id), Some(sides(&flow.stats)), "{id:?}");
                add(&mut self.counted, flow.stats.total());
                *timestamp
            }
            other => {
                assert!(self.alive.contains_key(&id), "{id:?} is not there");
                other.timestamp()
            }
        };
        assert!(time >= self.now, "time goes back");
        self.now = time;
    }
}

fn sides(stats: &FlowStats) -> [SideStats; 2] {
    [stats.initiator, stats.responder]
}

fn add(to: &mut SideStats, more: SideStats) {
    to.packets = to.packets.saturating_add(more.packets);
    to.wire_bytes = to.wire_bytes.saturating_add(more.wire_bytes);
    to.ip_bytes = to.ip_bytes.saturating_add(more.ip_bytes);
    to.payload_bytes = to.payload_bytes.saturating_add(more.payload_bytes);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_corpus_holds() {
        replay("track", fuzz);
    }

    proptest! {
        #[test]
        fn any_bytes_hold(bytes: Vec<u8>) {
            fuzz(&bytes);
        }
    }
}
