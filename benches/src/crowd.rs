//! The key and the record of a packet's flow among one flow and a million, and a look for what is over.

use std::cell::LazyCell;
use std::hint::black_box;

use flowscope::FlowTracker as FlowscopeTracker;
use flowscope::extract::FiveTuple as FlowscopeFiveTuple;
use flowscope::{FlowExtractor as _, FlowTrackerConfig, Timestamp as FlowscopeTime};
use packet_strata::timestamp::Timestamp as StrataTimestamp;
use rheos_core::Timestamp;
use rheos_flow::{FiveTuple, FlowEvent, FlowExtractor as _, FlowTracker};

use crate::extract::flowscope_view;
use crate::track::Strata;
use crate::{Frame, Input, Job, STRETCH, Way};

/// Packets of a pass: as many as the most flows.
const PACKETS: usize = 1_000_000;
/// Bytes of a packet: the shortest of Ethernet, but for its sum.
const LEN: usize = 60;
/// Packets are of flows this far from each other, and were first seen in another order: primes, so that
/// each flow has its turn, and records do not lie in memory in the order in which they are needed.
const STEP: usize = 611_953;
const FIRST_STEP: usize = 350_377;
/// Nanoseconds between two packets: a pass takes a second, so that no flow is idle for long.
const PAUSE: u64 = 1000;
/// Looks in a pass, a second after each other: none is late enough to end a flow.
const SWEEPS: u32 = 50;

/// Packets of so many flows, made when they are needed.
pub struct Crowd {
    bytes: LazyCell<Vec<u8>, Box<dyn FnOnce() -> Vec<u8>>>,
}

impl Crowd {
    /// One packet of each of so many flows, again and again.
    pub fn new(flows: usize) -> Self {
        Self { bytes: LazyCell::new(Box::new(move || packets(flows))) }
    }

    fn frame(&self, place: usize) -> Frame<'_> {
        let start = place.saturating_mul(LEN);
        let data = self.bytes.get(start..start.saturating_add(LEN)).unwrap_or_default();
        Frame { data, nanos: (place as u64 + 1) * PAUSE, wire_length: 64 }
    }

    fn first_seen(&self) -> impl Iterator<Item = Frame<'_>> {
        // All at one time, before every other packet.
        let place = |number: usize| number.wrapping_mul(FIRST_STEP) % PACKETS;
        (0..PACKETS).map(move |number| Frame { nanos: 1, ..self.frame(place(number)) })
    }
}

#[allow(clippy::cast_possible_truncation, reason = "a million flows")]
fn packets(flows: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(PACKETS * LEN);
    for number in 0..PACKETS {
        let [_, high, middle, low] = ((number.wrapping_mul(STEP) % flows) as u32).to_be_bytes();
        bytes.extend(b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\0");
        bytes.extend([0x45, 0, 0, 46, 0, 0, 0, 0, 64, 6, 0, 0, 10, high, middle, low, 11, 0, 0, 1]);
        bytes.extend([0x9c, 0x40, 0, 80, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 16, 255, 255, 0, 0, 0, 0]);
        bytes.extend(b"sixsix");
    }
    bytes
}

/// Everything at each size.
pub(crate) fn jobs<'a>(input: &'a Input<'a>) -> Vec<Job<'a>> {
    const NAMES: [[&str; 2]; 4] = [
        ["extract, 1 flow", "track, 1 flow"],
        ["extract, 1,000 flows", "track, 1,000 flows"],
        ["extract, 100,000 flows", "track, 100,000 flows"],
        ["extract, 1,000,000 flows", "track, 1,000,000 flows"],
    ];
    let named = NAMES.into_iter().zip(&input.crowds);
    let mut jobs: Vec<_> = named
        .flat_map(|([extracting, tracking], crowd)| {
            [extract(extracting, input, crowd), track(tracking, input, crowd)]
        })
        .collect();
    jobs.extend(input.crowds.last().map(|crowd| sweep(input, crowd)));
    jobs
}

fn extract<'a>(name: &'static str, input: &'a Input<'a>, crowd: &'a Crowd) -> Job<'a> {
    let rheos = FiveTuple::new(&input.decoder);
    let flowscope = FlowscopeFiveTuple::bidirectional();
    let ways = vec![
        steady(
            "rheos FiveTuple",
            crowd,
            || (),
            move |(), frame| black_box(&rheos.extract(&frame.raw())).is_some(),
        ),
        steady(
            "flowscope FiveTuple",
            crowd,
            || (),
            move |(), frame| black_box(&flowscope.extract(flowscope_view(frame))).is_some(),
        )
        .budget(0.3),
    ];
    Job { name, packets: PACKETS as u64, ways }
}

fn track<'a>(name: &'static str, input: &'a Input<'a>, crowd: &'a Crowd) -> Job<'a> {
    let ways = vec![
        steady("rheos FlowTracker", crowd, || rheos(input), rheos_track),
        steady("packet-strata FlowTracker", crowd, Strata::default, |strata, frame| {
            strata.track(frame).is_some()
        })
        .budget(0.65),
        steady("flowscope FlowTracker", crowd, flowscope, flowscope_track).budget(0.25),
    ];
    Job { name, packets: PACKETS as u64, ways }
}

/// Nothing is over in any of them.
fn sweep<'a>(input: &'a Input<'a>, crowd: &'a Crowd) -> Job<'a> {
    let ways = vec![
        sweeping(
            "rheos FlowTracker",
            crowd,
            || rheos(input),
            rheos_track,
            |tracker, seconds| {
                let mut ended = 0;
                let now = Timestamp::from_secs(seconds.into(), 0);
                tracker.sweep(now, &mut |event: &FlowEvent<'_, _>| {
                    ended += u64::from(matches!(event, FlowEvent::Ended { .. }));
                });
                ended
            },
        ),
        sweeping(
            "packet-strata FlowTracker",
            crowd,
            Strata::default,
            |strata, frame| strata.track(frame).is_some(),
            |strata, seconds| {
                let mut ended = 0;
                // Minutes before the first packet: nothing is idle for so long.
                let since = StrataTimestamp(u64::from(seconds).saturating_sub(300));
                strata.v4.evict_expired(since, |_, flow| {
                    black_box(flow);
                    ended += 1;
                });
                ended
            },
        ),
        sweeping("flowscope FlowTracker", crowd, flowscope, flowscope_track, |tracker, seconds| {
            tracker.sweep(FlowscopeTime::new(seconds, 0)).len() as u64
        }),
    ];
    Job { name: "a sweep among 1,000,000 flows", packets: SWEEPS.into(), ways }
}

fn rheos(input: &Input<'_>) -> FlowTracker<FiveTuple> {
    FlowTracker::new(FiveTuple::new(&input.decoder))
}

fn rheos_track(tracker: &mut FlowTracker<FiveTuple>, frame: &Frame<'_>) -> bool {
    let mut sink = |event: &FlowEvent<'_, _>| _ = black_box(event);
    black_box(tracker.track(&frame.raw(), &mut sink)).is_some()
}

type Flowscope = FlowscopeTracker<FlowscopeFiveTuple>;

/// With room for all flows; by default it has room for a tenth of them.
fn flowscope() -> Flowscope {
    let mut config = FlowTrackerConfig::default();
    config.max_flows = 2 * PACKETS;
    FlowscopeTracker::with_config(FlowscopeFiveTuple::bidirectional(), config)
}

fn flowscope_track(tracker: &mut Flowscope, frame: &Frame<'_>) -> bool {
    let events = tracker.track(flowscope_view(frame));
    !black_box(&events).is_empty()
}

/// A way whose clock starts when all flows are there.
fn steady<'a, S>(
    name: &'static str,
    crowd: &'a Crowd,
    state: impl Fn() -> S + 'a,
    read: impl Fn(&mut S, &Frame<'_>) -> bool + 'a,
) -> Way<'a> {
    Way::new(name, move |laps| {
        let (mut state, mut answers) = (state(), 0);
        crowd.first_seen().for_each(|frame| _ = read(&mut state, &frame));
        laps.restart();
        for place in 0..PACKETS {
            answers += u64::from(read(&mut state, &crowd.frame(place)));
            if (place + 1) % STRETCH == 0 || place + 1 == PACKETS {
                laps.end();
            }
        }
        Ok(Some(answers))
    })
}

/// The same for looks at all flows: how many of them were over.
fn sweeping<'a, S>(
    name: &'static str,
    crowd: &'a Crowd,
    state: impl Fn() -> S + 'a,
    read: impl Fn(&mut S, &Frame<'_>) -> bool + 'a,
    sweep: impl Fn(&mut S, u32) -> u64 + 'a,
) -> Way<'a> {
    Way::new(name, move |laps| {
        let (mut state, mut ended) = (state(), 0);
        crowd.first_seen().for_each(|frame| _ = read(&mut state, &frame));
        laps.restart();
        for second in 1..=SWEEPS {
            ended += sweep(&mut state, second);
            laps.end();
        }
        Ok(Some(ended))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_flow_has_its_turn() {
        for flows in [1, 1000, 100_000] {
            let crowd = Crowd::new(flows);
            let keys: HashSet<_> = (0..PACKETS).map(|place| crowd.frame(place).data).collect();
            let first: HashSet<_> = crowd.first_seen().map(|frame| frame.data).collect();
            assert_eq!((keys.len(), first.len()), (flows, flows));
        }
    }
}
