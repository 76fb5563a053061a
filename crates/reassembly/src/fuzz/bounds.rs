//! Streams and datagrams under budgets that are soon used up.

use std::time::Duration;

use rheos_core::{SeqNumber, Timestamp};

use crate::ip::{DatagramKey, DefragmentConfig, Defragmenter, Fragment, FragmentOverlap, Outcome};
use crate::tcp::{
    Assembler, Chunk, Config, Consumer, End, Gap, GapCause, Segment, StreamAssembler,
};

use super::steps;

/// Bytes that may wait in all streams.
const BUDGET: usize = 40_000;

/// Adds up what it is told, and leaves some bytes unread.
#[derive(Default)]
struct Sums {
    /// Where the next byte or gap has to be.
    next: u64,
    /// Bytes of the last chunk that were left.
    unread: u64,
    is_open: bool,
}

impl Consumer for Sums {
    fn data(&mut self, chunk: &Chunk<'_>) -> usize {
        assert!(self.is_open && !chunk.bytes.is_empty());
        assert_eq!(chunk.offset, self.next.wrapping_sub(self.unread), "bytes follow each other");
        let end = chunk.offset.wrapping_add(chunk.bytes.len() as u64);
        assert!(end > self.next, "there is something new");
        let read =
            chunk.bytes.iter().rposition(|&byte| byte < 0xf0).map_or(0, |at| at.wrapping_add(1));
        (self.next, self.unread) = (end, (chunk.bytes.len() as u64).wrapping_sub(read as u64));
        read
    }

    fn start(&mut self, _: crate::tcp::Start) {
        assert!(!self.is_open);
        *self = Self { is_open: true, ..Self::default() };
    }

    fn gap(&mut self, gap: &Gap) {
        assert!(self.is_open && gap.len > 0);
        if gap.cause == GapCause::Unread {
            assert_eq!(gap.offset, self.next.wrapping_sub(self.unread));
            self.unread = self.unread.wrapping_sub(gap.len);
            return;
        }
        assert_eq!(gap.offset, self.next, "a gap is where bytes are missing");
        (self.next, self.unread) = (self.next.wrapping_add(gap.len), 0);
    }

    fn end(&mut self, _: End) {
        assert!(self.is_open);
        self.is_open = false;
    }
}

/// Plays what bytes describe to two streams and a defragmenter: eight of them are a step.
///
/// # Panics
///
/// Something that must hold does not.
#[doc(hidden)]
pub fn bounds(bytes: &[u8]) {
    let (overlap, steps) = steps(bytes);
    let (max_pending, max_total, max_unread) = (BUDGET / 2, BUDGET, 5000);
    let config = Config { overlap, max_pending, max_total, max_unread, ..Config::default() };
    let mut assembler = Assembler::new(config);
    let mut streams = [0, 1].map(|token| (StreamAssembler::new(token), Sums::default()));
    let limits = DefragmentConfig {
        overlap_v4: FragmentOverlap::Resolve(overlap),
        max_bytes: BUDGET,
        max_datagrams: 8,
        ..DefragmentConfig::default()
    };
    let mut defragmenter = Defragmenter::new(limits);
    let mut now = Timestamp::from_secs(0, 0);
    for step in steps {
        let [kind, flags, a, b, c, d, len, wait] = *step;
        now = now.saturating_add(Duration::from_millis(wait.into()));
        // Far away at times, near at most.
        let number = u32::from_be_bytes([if kind & 0x80 == 0 { 0 } else { a }, 0, c, d]);
        let payload = vec![b; usize::from(len) << (flags >> 6)];
        let (stream, sums) = if kind & 1 == 0 { &mut streams[0] } else { &mut streams[1] };
        match kind >> 1 & 7 {
            0 => {
                let window = (flags & 1 == 0).then_some(u32::from(len) << 8);
                assembler.acknowledged(stream, now, SeqNumber(number), window, sums);
            }
            1 => push(&mut defragmenter, number, now, flags, &payload),
            _ => {
                let segment = Segment {
                    syn: flags & 7 == 7,
                    fin: flags & 0x38 == 0x38,
                    rst: flags & 0x3f == 0x2a,
                    ..Segment::new(now, SeqNumber(number), &payload)
                };
                let length =
                    segment.length.saturating_add(if flags & 0x0c == 0x0c { 99 } else { 0 });
                assembler.segment(stream, &segment.cut_from(length), sums);
            }
        }
        while let Some(token) = assembler.next_due(now) {
            let (stream, sums) = if token == 0 { &mut streams[0] } else { &mut streams[1] };
            assembler.look(stream, now, sums);
        }
        assert!(assembler.stats().waiting <= BUDGET, "the budget holds");
    }
    for (stream, sums) in &mut streams {
        assembler.close(stream, sums);
        assert!(!sums.is_open);
    }
    assert_eq!(assembler.stats().waiting, 0, "all pages are given back");
}

fn push(of: &mut Defragmenter, number: u32, timestamp: Timestamp, flags: u8, payload: &[u8]) {
    let address = if flags & 1 == 0 { [10, 0, 0, 1].into() } else { [1; 16].into() };
    let identification = u32::from(flags >> 1 & 3);
    let (source, destination, protocol) = (address, address, Some(6));
    let key = DatagramKey { source, destination, protocol, identification, tag: 0 };
    let (offset, more) = (number & 0xfff8, flags & 8 == 0);
    let fragment = Fragment { key, timestamp, offset, more, header: b"header", payload };
    if let Outcome::Complete(datagram) = of.push(&fragment) {
        let ends = datagram.parts.iter().fold(0, |at, part| {
            assert!(part.start == at && part.end > at, "parts follow each other");
            part.end
        });
        assert_eq!(datagram.payload.len(), ends as usize);
    }
    assert!(of.bytes() <= BUDGET && of.len() <= 8, "the bounds hold");
}
