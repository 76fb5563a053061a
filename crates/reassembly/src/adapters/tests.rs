//! Adapters behind a stream, and behind holes of every kind.

use std::io::{BufRead, Read};

use proptest::prelude::*;
use rheos_core::{SeqNumber, Timestamp};

use super::*;
use crate::tcp::{Assembler, Chunk, Config, Consumer, End, Gap, GapCause, Segment};
use crate::tcp::{Start, StreamAssembler};

fn chunk(offset: u64, bytes: &[u8]) -> Chunk<'_> {
    Chunk { offset, bytes, timestamp: Timestamp::from_secs(7, 0) }
}

fn gap(offset: u64, len: u64) -> Gap {
    Gap { offset, len, cause: GapCause::Deadline }
}

/// Gives bytes in turn, and takes for granted that all are taken.
fn say(to: &mut impl Consumer, offset: u64, bytes: &[u8]) {
    assert_eq!(to.data(&chunk(offset, bytes)), bytes.len());
}

fn buffer(cap: usize, policy: OverflowPolicy) -> BufferedReassembler {
    BufferedReassembler::new().with_max_buffer(cap).with_overflow_policy(policy)
}

// flowscope: a sliding window dropped bytes, and what was on both sides stood together.
#[test]
fn the_oldest_make_room_and_leave_a_gap_that_shows() {
    let mut of = buffer(4, OverflowPolicy::SlidingWindow);
    say(&mut of, 0, b"abc");
    say(&mut of, 3, b"def");
    assert_eq!((of.offset(), of.peek()), (2, &b"cdef"[..]));
    of.gap(&gap(6, 4));
    say(&mut of, 10, b"kl");
    assert!(of.has_gap());
    assert_eq!((of.offset(), of.take()), (4, b"ef".to_vec()));
    assert_eq!((of.offset(), of.take(), of.has_gap()), (10, b"kl".to_vec(), false));
    let stats = of.stats();
    assert_eq!((stats.bytes, stats.bytes_dropped_oversize, stats.gap_bytes), (8, 4, 4));
    assert_eq!((of.high_watermark(), of.is_poisoned()), (4, false));
}

#[test]
fn of_more_than_fits_at_all_the_newest_are_kept() {
    let mut of = buffer(4, OverflowPolicy::SlidingWindow);
    say(&mut of, 0, b"ab");
    say(&mut of, 2, b"cdefghij");
    assert_eq!((of.offset(), of.take()), (6, b"ghij".to_vec()));
    assert_eq!(of.bytes_dropped_oversize(), 6);
}

#[test]
fn what_is_kept_stays_where_a_flow_is_dropped_and_the_rest_is_counted() {
    let mut of = buffer(4, OverflowPolicy::DropFlow);
    say(&mut of, 0, b"abc");
    say(&mut of, 3, b"def");
    say(&mut of, 6, b"g");
    assert!(of.is_poisoned());
    assert_eq!((of.take(), of.bytes_dropped_oversize()), (b"abc".to_vec(), 4));
    of.end(End::Fin);
    of.start(Start::Syn);
    say(&mut of, 0, b"new");
    assert_eq!((of.take(), of.is_poisoned()), (b"new".to_vec(), false));
}

#[test]
fn pieces_behind_more_holes_than_may_be_make_room_too() {
    let mut of = buffer(1 << 20, OverflowPolicy::SlidingWindow);
    for place in 0..20_000 {
        of.gap(&gap(place * 2, 1));
        say(&mut of, place * 2 + 1, b"x");
    }
    assert_eq!(of.buffered_len() as u64 + of.bytes_dropped_oversize(), 20_000);
    assert!(of.buffered_len() <= 4096);
    assert_eq!(of.offset(), of.bytes_dropped_oversize() * 2 + 1);
}

#[test]
fn a_reader_reads_over_no_gap_without_saying_so() {
    let mut reader = StreamReader::default();
    let kind = |result: std::io::Result<usize>| result.map_err(|error| error.kind());
    let mut bytes = [0; 8];
    assert_eq!(kind(reader.read(&mut bytes)), Err(std::io::ErrorKind::WouldBlock));
    say(&mut reader, 0, b"abc");
    reader.gap(&gap(3, 4));
    reader.gap(&gap(7, 2));
    say(&mut reader, 9, b"jk");
    assert_eq!((kind(reader.read(&mut bytes)), &bytes[..3]), (Ok(3), &b"abc"[..]));
    let error = reader.read(&mut bytes).unwrap_err();
    let told = error.get_ref().and_then(|error| error.downcast_ref::<GapError>()).unwrap();
    assert_eq!((told.gap.offset, told.gap.len), (3, 6));
    assert_eq!(error.to_string(), "6 bytes are missing at offset 3");
    assert_eq!((kind(reader.read(&mut bytes)), &bytes[..2]), (Ok(2), &b"jk"[..]));
    reader.end(End::Fin);
    assert_eq!(kind(reader.read(&mut bytes)), Ok(0));
}

#[test]
fn a_reader_may_give_zeros_for_what_is_missing() {
    let mut reader = StreamReader::new(OnGap::Zeros);
    say(&mut reader, 0, b"ab");
    reader.gap(&gap(2, 5000));
    say(&mut reader, 5002, b"c");
    reader.end(End::Fin);
    let mut all = Vec::new();
    assert_eq!(reader.read_to_end(&mut all).unwrap(), 5003);
    assert!(all.starts_with(b"ab\0\0") && all.ends_with(b"\0\0c"));
}

#[test]
fn a_reader_takes_no_more_than_it_has_room_for() {
    let mut reader = StreamReader::default();
    let much = vec![b'x'; StreamReader::MAX_BYTES];
    say(&mut reader, 0, &much[1..]);
    assert_eq!(reader.data(&chunk(much.len() as u64 - 1, b"yz")), 1);
    reader.consume(10);
    assert_eq!(reader.data(&chunk(much.len() as u64, b"z")), 1);
    assert_eq!(reader.available(), much.len() - 9);
}

#[test]
fn pieces_come_in_the_order_in_which_they_are_said() {
    let mut pieces = Pieces::default();
    pieces.start(Start::Syn);
    say(&mut pieces, 0, b"ab");
    pieces.gap(&gap(2, 1));
    pieces.gap(&gap(3, 1));
    say(&mut pieces, 4, b"c");
    pieces.end(End::Fin);
    let timestamp = Timestamp::from_secs(7, 0);
    let data = |offset, bytes: &[u8]| Piece::Data { offset, bytes: bytes.to_vec(), timestamp };
    let expected = [
        Piece::Start(Start::Syn),
        data(0, b"ab"),
        Piece::Gap(gap(2, 2)),
        data(4, b"c"),
        Piece::End(End::Fin),
    ];
    assert_eq!(pieces.by_ref().collect::<Vec<_>>(), expected);
    assert_eq!(pieces.waiting(), 0);
}

#[test]
fn pieces_that_nobody_takes_have_a_bound() {
    let mut pieces = Pieces::default();
    let bytes = [b'x'; 1000];
    let taken = (0..10_000).map(|place| pieces.data(&chunk(place * 1000, &bytes)));
    assert!(taken.sum::<usize>() <= Pieces::MAX_BYTES);
    assert!(pieces.waiting() <= Pieces::MAX_BYTES + 2000);
}

#[test]
fn bytes_for_which_a_reader_had_no_room_are_a_gap_to_it() {
    let config = Config { max_unread: 10, ..Config::default() };
    let (mut assembler, mut stream) = (Assembler::new(config), StreamAssembler::new(0));
    let mut reader = StreamReader::new(OnGap::Zeros);
    let (now, much) = (Timestamp::from_secs(1, 0), vec![b'x'; StreamReader::MAX_BYTES]);
    let mut send = |reader: &mut StreamReader, place: usize, bytes: &[u8], second: i64| {
        let number = SeqNumber(u32::try_from(place).unwrap());
        let now = now.saturating_add(std::time::Duration::from_secs(second.unsigned_abs()));
        assembler.segment(&mut stream, &Segment::new(now, number, bytes), reader);
        while assembler.next_due(now).is_some() {
            assembler.look(&mut stream, now, reader);
        }
        if second == 9 {
            assembler.close(&mut stream, reader);
        }
    };
    let end = much.len();
    send(&mut reader, 0, &much, 0);
    send(&mut reader, end, b"unread", 0);
    send(&mut reader, end + 8, b"behind a hole", 0);
    send(&mut reader, end + 21, b"", 5);
    send(&mut reader, end + 21, b"last", 9);
    let mut all = Vec::new();
    reader.read_to_end(&mut all).unwrap();
    assert_eq!(all.len(), end + 25);
    assert!(all[end..].iter().all(|byte| *byte == 0));
}

#[test]
fn streams_on_ports_used_again_take_no_more_room_when_nobody_asks() {
    let mut pieces = Pieces::default();
    let bytes = [b'x'; 1000];
    let taken: usize = (0..2000).map(|place| pieces.data(&chunk(place * 1000, &bytes))).sum();
    for _ in 0..100_000 {
        pieces.end(End::PortReuse);
        pieces.start(Start::Syn);
        pieces.unread(&chunk(0, b"abc"));
        pieces.gap(&gap(3, 4));
    }
    pieces.end(End::Fin);
    assert!(pieces.waiting() <= Pieces::MAX_BYTES + 2000, "{}", pieces.waiting());
    let data = pieces.by_ref().map(|piece| match piece {
        Piece::Data { bytes, .. } => bytes.len(),
        _ => 0,
    });
    assert_eq!(data.sum::<usize>(), taken);
}

#[test]
fn a_collector_keeps_the_front_and_counts_the_rest() {
    let mut of = Collector::with_limit(4);
    of.start(Start::Syn);
    say(&mut of, 0, b"abc");
    say(&mut of, 3, b"def");
    of.end(End::Fin);
    assert_eq!((of.bytes.as_slice(), of.bytes_dropped), (&b"abcd"[..], 2));
    assert!(!of.is_whole());
    let mut of = Collector::default();
    for place in 0..100_000 {
        of.gap(&gap(place * 2, 1));
        say(&mut of, place * 2 + 1, b"x");
    }
    assert_eq!((of.gaps.len(), of.bytes.len()), (65_536, 100_000));
    assert_eq!(of.gaps.last().map(|gap| gap.offset + gap.len), Some(199_999));
}

proptest! {
    /// Whatever is taken when: the bytes are those of the stream at their places, and none of those
    /// that were kept or dropped is forgotten.
    #[test]
    fn a_buffer_gives_what_was_said_at_its_place(
        steps in prop::collection::vec((0_u8..8, 1_u64..40), 1..60),
        cap in 1_usize..50,
    ) {
        let mut of = buffer(cap, OverflowPolicy::SlidingWindow);
        let (mut next, mut said, mut taken) = (0_u64, 0_u64, 0_u64);
        let byte = |place: u64| place.to_le_bytes()[0] ^ place.to_le_bytes()[1];
        let check = |of: &mut BufferedReassembler| {
            let offset = of.offset();
            let bytes = of.take();
            let right = (offset..).zip(&bytes).all(|(place, found)| byte(place) == *found);
            (bytes.len() as u64, right)
        };
        for (step, len) in steps {
            match step {
                0 => {
                    of.gap(&gap(next, len));
                    next += len;
                }
                1 => {
                    let (len, right) = check(&mut of);
                    prop_assert!(right);
                    taken += len;
                }
                _ => {
                    let bytes: Vec<u8> = (next..next + len).map(byte).collect();
                    say(&mut of, next, &bytes);
                    next += len;
                    said += len;
                }
            }
            prop_assert!(of.buffered_len() <= cap);
            prop_assert_eq!(taken + of.bytes_dropped_oversize() + of.buffered_len() as u64, said);
        }
        while of.buffered_len() > 0 {
            let (len, right) = check(&mut of);
            prop_assert!(right && len > 0);
        }
    }

    /// A stream in any segments reads the same by all adapters.
    #[test]
    fn all_adapters_say_the_same(
        bytes in prop::collection::vec(any::<u8>(), 1..200),
        order in prop::collection::vec((0_usize..200, 1_usize..30), 0..40),
    ) {
        let mut adapters = (
            BufferedReassembler::new(), StreamReader::default(), Pieces::default(), Collector::default(),
        );
        let mut assembler = Assembler::new(Config::default());
        let mut streams = [0, 1, 2, 3].map(StreamAssembler::new);
        let now = Timestamp::from_secs(1, 0);
        let (mut segments, end) = (Vec::new(), bytes.len());
        segments.push(Segment::new(now, SeqNumber(u32::MAX), b"").syn());
        let parts = order.into_iter().chain((0..end).step_by(9).map(|at| (at, 9)));
        for (at, len) in parts.filter(|(at, _)| *at < end) {
            let number = SeqNumber(u32::try_from(at).unwrap());
            segments.push(Segment::new(now, number, &bytes[at..end.min(at + len)]));
        }
        segments.push(Segment::new(now, SeqNumber(u32::try_from(end).unwrap()), b"").fin());
        for segment in &segments {
            let [a, b, c, d] = &mut streams;
            assembler.segment(a, segment, &mut adapters.0);
            assembler.segment(b, segment, &mut adapters.1);
            assembler.segment(c, segment, &mut adapters.2);
            assembler.segment(d, segment, &mut adapters.3);
        }
        let (mut buffered, mut reader, pieces, collector) = adapters;
        prop_assert_eq!(&buffered.take(), &bytes);
        let mut read = Vec::new();
        prop_assert!(reader.read_to_end(&mut read).is_ok());
        prop_assert_eq!(&read, &bytes);
        let data = pieces.flat_map(|piece| match piece {
            Piece::Data { bytes, .. } => bytes,
            _ => Vec::new(),
        });
        prop_assert_eq!(&data.collect::<Vec<_>>(), &bytes);
        prop_assert!(collector.is_whole());
        prop_assert_eq!(&collector.bytes, &bytes);
    }
}
