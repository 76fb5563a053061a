//! From the bytes of a packet to the record of its flow.

use std::hint::black_box;

use flowscope::FlowTracker as FlowscopeTracker;
use flowscope::extract::FiveTuple as FlowscopeFiveTuple;
use packet_strata::metadata::PacketMetadata;
use packet_strata::packet::header::NetworkLayer;
use packet_strata::timestamp::Timestamp as StrataTimestamp;
use packet_strata::tracker::vni::VniMapper;
use packet_strata::tracker::{FlowTrackerV4, FlowTrackerV6};
use rheos_flow::{FiveTuple, FlowEvent, FlowTracker};

use crate::crowd::{BATCH, track_batch};
use crate::decode::strata_packet;
use crate::extract::flowscope_view;
use crate::{Frame, Input, Job, STRETCH, Way};

/// Decoding and tracking, from an empty table to the end of the capture.
pub(crate) fn track<'a>(input: &'a Input<'a>) -> Job<'a> {
    let frames = &input.frames;
    let ways = vec![rheos(input), strata(frames).budget(0.65), flowscope(frames).budget(0.25)];
    Job { name: "decode and track", packets: frames.len() as u64, ways }
}

/// The same, packets handed over many at once; the peers have no way to take them so.
pub(crate) fn batches<'a>(input: &'a Input<'a>) -> Job<'a> {
    let frames = &input.frames;
    let ours = Way::new("rheos track_batch", move |laps| {
        let (mut tracker, mut answers) = (FlowTracker::new(FiveTuple::new(&input.decoder)), 0);
        let mut batch = Vec::with_capacity(BATCH);
        for stretch in frames.chunks(STRETCH) {
            for frames in stretch.chunks(BATCH) {
                batch.clear();
                batch.extend(frames.iter().map(Frame::raw));
                answers += track_batch(&mut tracker, &batch);
            }
            laps.end();
        }
        Ok(Some(answers))
    });
    let ways = vec![ours, strata(frames).budget(0.65), flowscope(frames).budget(0.25)];
    Job { name: "decode and track, in batches", packets: frames.len() as u64, ways }
}

fn rheos<'a>(input: &'a Input<'a>) -> Way<'a> {
    let tracker = || FlowTracker::<FiveTuple>::new(FiveTuple::new(&input.decoder));
    Way::stateful("rheos FlowTracker", &input.frames, tracker, |tracker, frame| {
        let mut sink = |event: &FlowEvent<'_, _>| _ = black_box(event);
        black_box(tracker.track(&frame.raw(), &mut sink)?);
        Some(1)
    })
}

/// As its documentation has it, without a sweep: a walk over all flows that a user may leave out.
fn flowscope<'a>(frames: &'a [Frame<'a>]) -> Way<'a> {
    let tracker =
        || FlowscopeTracker::<FlowscopeFiveTuple>::new(FlowscopeFiveTuple::bidirectional());
    Way::stateful("flowscope FlowTracker", frames, tracker, |tracker, frame| {
        let events = tracker.track(flowscope_view(frame));
        let count = black_box(&events).len();
        (count > 0).then_some(1)
    })
}

/// packet-strata has one tracker for each version of IP, and leaves ageing to its user.
#[derive(Default)]
pub(crate) struct Strata {
    pub(crate) v4: FlowTrackerV4,
    v6: FlowTrackerV6,
    networks: VniMapper,
    next_sweep: u64,
}

const SECOND: u64 = 1_000_000_000;
/// What rheos and flowscope give a UDP flow before it is idle.
const IDLE: u64 = 60 * SECOND;

fn strata<'a>(frames: &'a [Frame<'a>]) -> Way<'a> {
    Way::stateful("packet-strata FlowTracker", frames, Strata::default, |strata, frame| {
        if frame.nanos >= strata.next_sweep {
            strata.next_sweep = frame.nanos + SECOND;
            let idle_since = StrataTimestamp(frame.nanos.saturating_sub(IDLE));
            strata.v4.evict_expired(idle_since, |_, flow| _ = black_box(flow));
            strata.v6.evict_expired(idle_since, |_, flow| _ = black_box(flow));
        }
        strata.track(frame)
    })
}

impl Strata {
    pub(crate) fn track(&mut self, frame: &Frame<'_>) -> Option<u64> {
        let (meta, packet) = (Meta(frame), strata_packet(frame)?);
        match packet.network()? {
            NetworkLayer::Ipv4(_) => {
                black_box(self.v4.track_packet(&meta, &packet, &mut self.networks)?);
            }
            NetworkLayer::Ipv6(_) => {
                black_box(self.v6.track_packet(&meta, &packet, &mut self.networks)?);
            }
            NetworkLayer::Mpls(_) => return None,
        }
        Some(1)
    }
}

/// A frame as packet-strata takes it.
struct Meta<'a>(&'a Frame<'a>);

impl PacketMetadata for Meta<'_> {
    fn caplen(&self) -> u32 {
        u32::try_from(self.0.data.len()).unwrap_or(u32::MAX)
    }

    fn origlen(&self) -> u32 {
        self.0.wire_length
    }

    fn data(&self) -> &[u8] {
        self.0.data
    }

    fn timestamp(&self) -> StrataTimestamp {
        StrataTimestamp(self.0.nanos)
    }
}
