//! The key and the record of a packet's flow among one flow and a million, and a look for what is over.

use std::cell::LazyCell;
use std::convert::Infallible;
use std::hint::black_box;

use flowscope::FlowTracker as FlowscopeTracker;
use flowscope::extract::FiveTuple as FlowscopeFiveTuple;
use flowscope::{FlowExtractor as _, FlowTrackerConfig, Timestamp as FlowscopeTime};
use packet_strata::timestamp::Timestamp as StrataTimestamp;
use rheos_core::{PacketSource, RawPacket, Timestamp};
use rheos_flow::{FiveTuple, FlowEvent, FlowExtractor as _, FlowTracker};

use crate::extract::flowscope_view;
use crate::track::Strata;
use crate::{Frame, Input, Job, Way};

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
/// Packets handed over at once, where that is asked for: a multiple of what is looked at ahead, and a part
/// of a stretch.
pub(crate) const BATCH: usize = 64;
/// Looks in a pass, a second after each other: none is late enough to end a flow.
const SWEEPS: u32 = 50;

/// Packets of so many flows, made when they are needed.
pub struct Crowd {
    flows: usize,
    bytes: LazyCell<Vec<u8>, Box<dyn FnOnce() -> Vec<u8>>>,
}

impl Crowd {
    /// One packet of each of so many flows, again and again.
    pub fn new(flows: usize) -> Self {
        let flow = move |number: usize| number.wrapping_mul(STEP) % flows;
        Self { flows, bytes: LazyCell::new(Box::new(move || packets(flows, flow))) }
    }

    /// Packets of so many flows, of which the n-th busiest has an n-th of the packets of the busiest, as
    /// Zipf found it of words: most are of flows that had a packet lately.
    pub fn busy(flows: usize) -> Self {
        let packets = move || {
            let mut random = Random(1);
            packets(flows, |_| random.rank(flows).wrapping_mul(STEP) % flows)
        };
        Self { flows, bytes: LazyCell::new(Box::new(packets)) }
    }

    fn frame(&self, place: usize) -> Frame<'_> {
        let start = place.saturating_mul(LEN);
        let data = self.bytes.get(start..start.saturating_add(LEN)).unwrap_or_default();
        Frame { data, nanos: (place as u64 + 1) * PAUSE, wire_length: 64 }
    }

    fn frames(&self) -> impl Iterator<Item = Frame<'_>> {
        (0..PACKETS).map(|place| self.frame(place))
    }

    /// Shows a packet of each flow, all at one time, before every other packet.
    fn first_seen(&self, mut see: impl FnMut(&Frame<'_>)) {
        for number in 0..PACKETS {
            let place = number.wrapping_mul(FIRST_STEP) % PACKETS;
            let data = packet(place.wrapping_mul(STEP) % self.flows, 0);
            see(&Frame { data: &data, nanos: 1, wire_length: 64 });
        }
    }
}

/// As many packets as a pass has, of so many flows: each goes on where the one of its flow in front of it ends.
fn packets(flows: usize, mut flow: impl FnMut(usize) -> usize) -> Vec<u8> {
    let mut turns = vec![0; flows];
    let packets = (0..PACKETS).map(|place| {
        let flow = flow(place);
        let turn = turns.get_mut(flow).map_or(0, |turn| {
            *turn += 1;
            *turn
        });
        packet(flow, turn)
    });
    packets.flatten().collect()
}

/// A packet of a flow, of which so many went before it.
#[allow(clippy::cast_possible_truncation, reason = "a million flows")]
fn packet(flow: usize, turn: u32) -> [u8; LEN] {
    let mut bytes = *b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\0\
        \x45\0\0\x2e\0\0\0\0\x40\x06\0\0\x0a\0\0\0\x0b\0\0\x01\
        \x9c\x40\0\x50\0\0\0\x01\0\0\0\x01\x50\x10\xff\xff\0\0\0\0sixsix";
    let [_, number @ ..] = (flow as u32).to_be_bytes();
    bytes.iter_mut().skip(27).zip(number).for_each(|(to, from)| *to = from);
    let seq = turn.wrapping_mul(6).wrapping_add(1).to_be_bytes();
    bytes.iter_mut().skip(38).zip(seq).for_each(|(to, from)| *to = from);
    bytes
}

/// Numbers that look random, the same every time: Marsaglia's xorshift.
struct Random(u64);

impl Random {
    /// The rank of the next packet's flow among so many, the busiest being zero.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "a million flows"
    )]
    fn rank(&mut self, flows: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let part = (self.0 >> 11) as f64 / (1_u64 << 53) as f64;
        // The harmonic numbers, by which the ranks add up, grow as the logarithm does.
        ((flows as f64).powf(part) as usize).saturating_sub(1).min(flows - 1)
    }
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
    let [_, thousand, hundred_thousand, million] = &input.crowds;
    jobs.push(batches("track, 1,000 flows, in batches", input, thousand, None));
    jobs.push(batches("track, 100,000 flows, in batches", input, hundred_thousand, None));
    jobs.push(batches("track, 1,000,000 flows, in batches", input, million, Some(thousand)));
    jobs.push(track("track, 1,000,000 flows, few of them busy", input, &input.busy));
    jobs.push(batches("track, 1,000,000 flows, few busy, in batches", input, &input.busy, None));
    jobs.push(sources("track, 1,000 flows, as a source", input, thousand));
    jobs.push(sources("track, 100,000 flows, as a source", input, hundred_thousand));
    jobs.push(sources("track, 1,000,000 flows, as a source", input, million));
    jobs.push(sweep(input, million));
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
    let mut ways = vec![steady("rheos FlowTracker", crowd, || rheos(input), rheos_track)];
    ways.extend(peers(crowd));
    Job { name, packets: PACKETS as u64, ways }
}

fn peers(crowd: &Crowd) -> [Way<'_>; 2] {
    let strata = |strata: &mut Strata, frame: &Frame<'_>| strata.track(frame).is_some();
    [
        steady("packet-strata FlowTracker", crowd, Strata::default, strata).budget(0.65),
        steady("flowscope FlowTracker", crowd, flowscope, flowscope_track).budget(0.25),
    ]
}

/// The same, packets handed over many at once; the peers have no way to take them so. Beside a crowd of
/// `few` flows, a packet may take two and a half times as long.
fn batches<'a>(
    name: &'static str,
    input: &'a Input<'a>,
    crowd: &'a Crowd,
    few: Option<&'a Crowd>,
) -> Job<'a> {
    let mut ways = vec![in_batches("rheos track_batch", input, crowd)];
    ways.extend(
        few.map(|few| in_batches("rheos track_batch, 1,000 flows", input, few).budget(2.5)),
    );
    ways.extend(peers(crowd));
    Job { name, packets: PACKETS as u64, ways }
}

/// The same, packets handed over as what lends them, which shows those that come next.
fn sources<'a>(name: &'static str, input: &'a Input<'a>, crowd: &'a Crowd) -> Job<'a> {
    let mut ways = vec![from_source("rheos track_source", input, crowd)];
    ways.extend(peers(crowd));
    Job { name, packets: PACKETS as u64, ways }
}

/// Lends the packets of a crowd.
struct Lent<'a> {
    crowd: &'a Crowd,
    next: usize,
}

impl PacketSource for Lent<'_> {
    type Error = Infallible;

    fn next_packet(&mut self) -> Result<Option<RawPacket<'_>>, Infallible> {
        let place = self.next;
        self.next += 1;
        Ok((place < PACKETS).then(|| self.crowd.frame(place).raw()))
    }

    fn look_ahead(&self, most: usize, mut look: impl FnMut(&RawPacket<'_>)) {
        let places = (self.next..PACKETS).take(most);
        places.for_each(|place| look(&self.crowd.frame(place).raw()));
    }
}

/// A way that hands over what lends packets, and whose clock starts when all flows are there.
fn from_source<'a>(name: &'static str, input: &'a Input<'a>, crowd: &'a Crowd) -> Way<'a> {
    Way::new(name, move |laps| {
        let (mut tracker, mut answers) = (rheos(input), 0);
        crowd.first_seen(|frame| _ = rheos_track(&mut tracker, frame));
        laps.restart();
        let mut sink = |event: &FlowEvent<'_, _>| {
            black_box(event);
            if matches!(event, FlowEvent::Packet { .. }) {
                answers += 1;
                laps.packet();
            }
        };
        let Ok(()) = tracker.track_source(&mut Lent { crowd, next: 0 }, &mut sink);
        laps.end();
        Ok(Some(answers))
    })
}

/// A way that hands packets over many at once, and whose clock starts when all flows are there.
fn in_batches<'a>(name: &'static str, input: &'a Input<'a>, crowd: &'a Crowd) -> Way<'a> {
    Way::new(name, move |laps| {
        let (mut tracker, mut answers) = (rheos(input), 0);
        crowd.first_seen(|frame| _ = rheos_track(&mut tracker, frame));
        laps.restart();
        let mut batch = Vec::with_capacity(BATCH);
        for frame in crowd.frames() {
            batch.push(frame.raw());
            if batch.len() == BATCH {
                answers += track_batch(&mut tracker, &batch);
                batch.clear();
            }
            laps.packet();
        }
        answers += track_batch(&mut tracker, &batch);
        laps.end();
        Ok(Some(answers))
    })
}

/// Tracks packets, and returns how many were of a flow.
pub(crate) fn track_batch(tracker: &mut FlowTracker<FiveTuple>, packets: &[RawPacket<'_>]) -> u64 {
    let mut answers = 0;
    let mut sink = |event: &FlowEvent<'_, _>| {
        black_box(event);
        answers += u64::from(matches!(event, FlowEvent::Packet { .. }));
    };
    tracker.track_batch(packets, &mut sink);
    answers
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
        crowd.first_seen(|frame| _ = read(&mut state, frame));
        laps.restart();
        for frame in crowd.frames() {
            answers += u64::from(read(&mut state, &frame));
            laps.packet();
        }
        laps.end();
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
        crowd.first_seen(|frame| _ = read(&mut state, frame));
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
    use std::collections::{HashMap, HashSet};

    use super::*;

    #[test]
    fn each_flow_has_its_turn() {
        for flows in [1, 1000, 100_000] {
            let crowd = Crowd::new(flows);
            let keys: HashSet<_> = crowd.frames().map(|frame| frame.data).collect();
            let mut first = HashSet::new();
            crowd.first_seen(|frame| _ = first.insert(frame.data.to_vec()));
            assert_eq!((keys.len(), first.len()), (flows, flows));
        }
    }

    #[test]
    fn few_flows_are_busy() {
        let crowd = Crowd::busy(1_000_000);
        let mut packets = HashMap::new();
        crowd.frames().for_each(|frame| *packets.entry(frame.data).or_insert(0) += 1);
        let mut packets: Vec<usize> = packets.into_values().collect();
        packets.sort_unstable_by(|a, b| b.cmp(a));
        // By the logarithm, the first thousand of a million have half of the packets.
        let half: usize = packets[..1000].iter().sum();
        assert!((480_000..520_000).contains(&half) && packets.len() > 100_000, "{half}");
    }
}
