//! Bytes in order are lent, not kept; what waits uses its pages again.

#![allow(clippy::arithmetic_side_effects, reason = "a test: packets of known size")]

use allocation_counter::measure;
use rheos_core::{SeqNumber, Timestamp};
use rheos_reassembly::tcp::{Assembler, Config, Segment, StreamAssembler};

use common::Count;

mod common;

/// Bytes of a segment.
const LEN: u32 = 1460;

#[test]
fn segments_in_order_allocate_nothing() {
    let mut assembler = Assembler::new(Config::default());
    let (mut stream, mut count) = (StreamAssembler::new(0), Count::default());
    let payload = [b'x'; LEN as usize];
    let segment = |place: u32| Segment::new(Timestamp::MIN, SeqNumber(place * LEN), &payload);
    let allocations = measure(|| {
        for place in 0..10_000 {
            assembler.segment(&mut stream, &segment(place), &mut count);
            let behind = SeqNumber((place + 1) * LEN);
            assembler.acknowledged(&mut stream, Timestamp::MIN, behind, Some(65_535), &mut count);
        }
    });
    assert_eq!((allocations.count_total, count.0), (0, 10_000 * u64::from(LEN)));
}

#[test]
fn pages_are_used_again() {
    let mut assembler = Assembler::new(Config::default());
    let (mut stream, mut count) = (StreamAssembler::new(0), Count::default());
    let payload = [b'x'; LEN as usize];
    let mut send = |place: u32| {
        let segment = Segment::new(Timestamp::MIN, SeqNumber(place * LEN), &payload);
        assembler.segment(&mut stream, &segment, &mut count);
    };
    send(0);
    let mut round = |from: u32| (0..64).rev().for_each(|place| send(from + place));
    round(1);
    let again = measure(|| (1..20).for_each(|number| round(1 + number * 64)));
    // No page, but the tree and the list of one stream's pieces.
    assert!(again.bytes_max < 8192, "{again:?}");
    assert_eq!(count.0, (1 + 20 * 64) * u64::from(LEN));
}
