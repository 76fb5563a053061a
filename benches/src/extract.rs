//! From the bytes of a packet to the key of its flow.

use std::hint::black_box;

use flowscope::extract::FiveTuple as FlowscopeFiveTuple;
use flowscope::{FlowExtractor as _, PacketView, Timestamp};
use rheos_flow::{FiveTuple, FlowExtractor as _};

use crate::{Frame, Input, Job, Way, hand};

/// Extracting the five-tuple, sorted so that both directions have one key.
pub(crate) fn five_tuple<'a>(input: &'a Input<'a>) -> Job<'a> {
    let frames = &input.frames;
    let ways = vec![rheos(input), flowscope(frames).budget(0.3), hand_written(frames)];
    Job { name: "five-tuple extract", packets: frames.len() as u64, ways }
}

fn rheos<'a>(input: &'a Input<'a>) -> Way<'a> {
    let extractor = || FiveTuple::new(&input.decoder);
    Way::stateful("rheos FiveTuple", &input.frames, extractor, |extractor, frame| {
        black_box(&extractor.extract(&frame.raw())).is_some().then_some(1)
    })
}

fn hand_written<'a>(frames: &'a [Frame<'a>]) -> Way<'a> {
    Way::each("hand-written", frames, |frame| {
        black_box(&hand::key(frame.data)).is_some().then_some(1)
    })
}

fn flowscope<'a>(frames: &'a [Frame<'a>]) -> Way<'a> {
    Way::stateful(
        "flowscope FiveTuple",
        frames,
        FlowscopeFiveTuple::bidirectional,
        |extractor, frame| {
            black_box(&extractor.extract(flowscope_view(frame))).is_some().then_some(1)
        },
    )
}

/// The frame as flowscope takes it.
pub(crate) fn flowscope_view<'a>(frame: &Frame<'a>) -> PacketView<'a> {
    const NANOS: u64 = 1_000_000_000;
    #[allow(clippy::cast_possible_truncation, reason = "flowscope's seconds end in 2106")]
    let time = Timestamp::new((frame.nanos / NANOS) as u32, (frame.nanos % NANOS) as u32);
    PacketView::new(frame.data, time).with_wire_len(frame.wire_length as usize)
}
