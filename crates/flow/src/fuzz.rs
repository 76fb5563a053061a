//! What must hold for any packets in any order, called by the fuzzer and by tests.

use std::collections::HashMap;
use std::sync::LazyLock;
use std::time::Duration;

use rheos_core::{LinkType, RawPacket, Timestamp};

use crate::{
    FiveTuple, FiveTupleKey, FlowEvent, FlowExtractor, FlowId, FlowTracker, HashSeed, TrackerConfig,
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
/// If a flow does not start once and end once, a packet does not count once, time goes back, or
/// there are more flows than there may be.
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
            let link_type = match packet.first().map(|byte| byte >> 4) {
                Some(4) => LinkType::IPV4,
                Some(6) => LinkType::IPV6,
                _ => LinkType::ETHERNET,
            };
            let raw = RawPacket::new(time, link_type, packet);
            check_extract(&raw);
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
    assert_eq!(seen.counted.saturating_add(others), given, "a packet counts not once");
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
    /// Packets of the flows that have not ended.
    alive: HashMap<FlowId, u64>,
    started: u64,
    /// Packets of the flows that have.
    counted: u64,
    now: Timestamp,
}

impl Seen {
    fn event(&mut self, event: &FlowEvent<'_, FiveTupleKey>) {
        let (id, flow) = (event.id(), event.flow());
        let time = match event {
            FlowEvent::Started { timestamp, .. } => {
                assert_eq!(self.alive.insert(id, 0), None, "{id:?} starts twice");
                self.started = self.started.saturating_add(1);
                *timestamp
            }
            FlowEvent::Packet { timestamp, .. } => {
                let packets = self.alive.entry(id).and_modify(|n| *n = n.saturating_add(1));
                assert_eq!(*packets.or_insert(0), flow.stats.total().packets, "{id:?}");
                *timestamp
            }
            FlowEvent::Ended { timestamp, .. } => {
                let packets = self.alive.remove(&id);
                assert_eq!(packets, Some(flow.stats.total().packets), "{id:?}");
                self.counted = self.counted.saturating_add(packets.unwrap_or(0));
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_corpus_holds() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/track");
        let seeds: Vec<_> =
            fs::read_dir(corpus).unwrap().map(|seed| seed.unwrap().path()).collect();
        assert!(seeds.len() >= 3, "{seeds:?}");
        for seed in seeds {
            fuzz(&fs::read(seed).unwrap());
        }
    }

    proptest! {
        #[test]
        fn any_bytes_hold(bytes: Vec<u8>) {
            fuzz(&bytes);
        }
    }
}
