//! Two shards beside one engine, and beside two that have nothing to do with each other, on the same
//! packets in memory; only where two cores are free to run on.

use std::convert::Infallible;
use std::hash::BuildHasher;
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::thread;

use rheos_core::{PacketSource, RawPacket};
use rheos_flow::{FiveTuple, FlowExtractor, HashSeed};
use rheos_session::{Engine, EngineBuilder, Event, ShardedEngine};

use crate::engine::{Nothing, all_parsers, builder};
use crate::{Frame, Input, Job, Way};

/// One engine's time, of which two shards may take this: 1.7 times as fast.
const BUDGET: f64 = 0.59;

/// Jobs with a no-op parser, and with those of most programs.
pub(crate) fn jobs<'a>(input: &'a Input<'a>) -> Vec<Job<'a>> {
    if thread::available_parallelism()
        .is_ok_and(|cores| cores < NonZeroUsize::MIN.saturating_add(1))
    {
        return Vec::new();
    }
    vec![
        job("two shards, no-op parser", input, |input| builder(input).parser(Nothing)),
        job("two shards, seven parsers", input, all_parsers),
    ]
}

fn job<'a>(
    name: &'static str,
    input: &'a Input<'a>,
    build: fn(&Input<'_>) -> EngineBuilder<FiveTuple>,
) -> Job<'a> {
    let frames = &input.frames;
    let packets: Vec<_> = frames.iter().map(Frame::raw).collect();
    let ways = vec![
        Way::new("rheos ShardedEngine, two, of packets in memory", move |laps| {
            let mut engine = ShardedEngine::new(2, || build(input).build());
            let mut events = 0;
            engine.run_slice(&packets, |event: &Event<'_, _>| {
                black_box(event);
                events += 1;
            });
            laps.end();
            Ok(Some(events))
        }),
        Way::new("rheos ShardedEngine, two, of a source", move |laps| {
            let mut engine = ShardedEngine::new(2, || build(input).build());
            let mut events = 0;
            engine.run(&mut Source(frames.iter()), |event: &Event<'_, _>| {
                black_box(event);
                events += 1;
            })?;
            laps.end();
            Ok(Some(events))
        }),
        Way::new("rheos Engine", move |laps| {
            let mut engine: Engine = build(input).build();
            let mut events = 0;
            engine.run(&mut Source(frames.iter()), |event: &Event<'_, _>| {
                black_box(event);
                events += 1;
            })?;
            laps.end();
            Ok(Some(events))
        })
        .budget(BUDGET),
        apart(input, build),
    ];
    Job { name, packets: frames.len() as u64, ways }
}

/// What the machine allows: two engines at once, each with the packets of half of the hosts, which somebody
/// chose before. Nothing is handed over and nothing put in order.
fn apart<'a>(input: &'a Input<'a>, build: fn(&Input<'_>) -> EngineBuilder<FiveTuple>) -> Way<'a> {
    let (five_tuple, seed) = (FiveTuple::new(&input.decoder), HashSeed::fixed(0));
    let is_first = |frame: &Frame<'_>| {
        five_tuple.extract(&frame.raw()).is_some_and(|found| {
            let [low, high] = [found.key.low(), found.key.high()].map(|end| end.ip());
            seed.hash_one((low, high)).is_multiple_of(2)
        })
    };
    let halves: (Vec<_>, Vec<_>) = input.frames.iter().copied().partition(is_first);
    Way::new("two rheos Engines apart", move |laps| {
        let run = |mut engine: Engine, half: &[Frame<'_>]| {
            let mut events = 0_u64;
            let Ok(()) = engine.run(&mut Source(half.iter()), |event: &Event<'_, _>| {
                black_box(event);
                events += 1;
            });
            events
        };
        let [first, second] = [build(input).build(), build(input).build()];
        let events = thread::scope(|scope| {
            let first = scope.spawn(|| run(first, &halves.0));
            let second = run(second, &halves.1);
            first.join().map(|first| first + second)
        });
        laps.end();
        Ok(events.ok())
    })
}

/// Packets in memory, one by one.
struct Source<'a>(std::slice::Iter<'a, Frame<'a>>);

impl PacketSource for Source<'_> {
    type Error = Infallible;

    fn next_packet(&mut self) -> Result<Option<RawPacket<'_>>, Infallible> {
        Ok(self.0.next().map(Frame::raw))
    }
}
