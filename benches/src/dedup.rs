//! Telling packets that were captured twice.

use std::hint::black_box;

use flowscope::Dedup as FlowscopeDedup;
use rheos_flow::Dedup;

use crate::extract::flowscope_view;
use crate::{Frame, Job, STRETCH, Way};

/// Bytes of a full frame of Ethernet.
const BYTES: usize = 1500;

/// Frames that differ, more than either remembers: none is a copy of one that is.
const DIFFERENT: usize = 512;

/// How often all of them come.
const TIMES: usize = 8 * STRETCH / DIFFERENT;

/// Nanoseconds between two frames, so that all that are remembered are in the window.
const APART: u64 = 1000;

/// Asking of full frames whether they came before, with the defaults for a loopback interface, which
/// are the same: the last 256, and a millisecond.
pub(crate) fn full_frames<'a>() -> Job<'a> {
    let ways = vec![
        way("rheos Dedup", Dedup::loopback, |dedup, frame| dedup.keep(&frame.raw())),
        way("flowscope Dedup", FlowscopeDedup::loopback, |dedup, frame| {
            dedup.keep(flowscope_view(frame))
        }),
    ];
    Job { name: "dedup of 1500 bytes", packets: (DIFFERENT * TIMES) as u64, ways }
}

/// One library's way, which keeps all frames.
fn way<'a, D>(
    name: &'static str,
    dedup: impl Fn() -> D + 'a,
    keep: impl Fn(&mut D, &Frame<'_>) -> bool + 'a,
) -> Way<'a> {
    let frames: Vec<Vec<u8>> = (0..DIFFERENT).map(bytes).collect();
    Way::new(name, move |laps| {
        let mut dedup = dedup();
        let (mut kept, mut nanos) = (0_u64, 0_u64);
        for _ in 0..TIMES {
            for data in &frames {
                nanos += APART;
                let wire_length = u32::try_from(BYTES).unwrap_or(u32::MAX);
                let frame = Frame { data, nanos, wire_length };
                kept += u64::from(black_box(keep(&mut dedup, &frame)));
            }
            laps.end();
        }
        Ok(Some(kept))
    })
}

/// A frame that no other is equal to, in its last bytes alone.
fn bytes(number: usize) -> Vec<u8> {
    let mut bytes = vec![b'x'; BYTES];
    let end = BYTES - size_of::<usize>();
    bytes[end..].copy_from_slice(&number.to_be_bytes());
    bytes
}
