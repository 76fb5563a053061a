//! An adapter beside a consumer that takes everything at once.

use std::io::Read;
use std::ops::Range;
use std::time::Duration;

use rheos_core::{SeqNumber, Timestamp};

use super::{POLICIES, steps};
use crate::adapters::{
    BufferedReassembler, Collector, GapError, OnGap, OverflowPolicy, Piece, Pieces, StreamReader,
};
use crate::tcp::{Assembler, Chunk, Config, Consumer, End, Gap, Segment, Start, StreamAssembler};

/// Bytes that a stream keeps of what an adapter leaves unread.
const MAX_UNREAD: usize = 5000;

/// Bytes that are read at once.
const READ: usize = 3000;

/// The longest payload, and the first bytes of it that differ from those of another.
const LONGEST: usize = 255 << 7;
const STARTS: usize = 256;

/// What payloads are cut from: bytes of which no stretch soon repeats.
static CONTENT: [u8; LONGEST + STARTS] = content();

#[allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::large_stack_arrays,
    reason = "the compiler computes it; the low bits are meant"
)]
const fn content() -> [u8; LONGEST + STARTS] {
    let (mut bytes, mut at) = ([0; LONGEST + STARTS], 0);
    while at < bytes.len() {
        bytes[at] = (at % 251) as u8;
        at += 1;
    }
    bytes
}

/// A stream as it was said: its bytes, zeros where some are missing, and where they are, behind each other.
#[derive(Default)]
struct Said {
    bytes: Vec<u8>,
    gaps: Vec<Range<usize>>,
}

impl Said {
    /// How many bytes are missing.
    fn missing(&self) -> usize {
        self.gaps.iter().fold(0, |sum, gap| gap.len().saturating_add(sum))
    }

    /// How many are there.
    fn there(&self) -> usize {
        self.bytes.len().saturating_sub(self.missing())
    }

    /// Those that are there, without a sign of where some are missing.
    fn spliced(&self) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        self.gaps.iter().rev().for_each(|gap| drop(bytes.drain(gap.clone())));
        bytes
    }

    /// The gaps that have a part in a range.
    fn gaps_in(&self, range: &Range<usize>) -> &[Range<usize>] {
        let from = self.gaps.partition_point(|gap| gap.end <= range.start);
        let to = self.gaps.partition_point(|gap| gap.start < range.end);
        self.gaps.get(from..to).unwrap_or_default()
    }
}

impl Consumer for Said {
    fn data(&mut self, chunk: &Chunk<'_>) -> usize {
        self.bytes.extend(chunk.bytes);
        chunk.bytes.len()
    }

    fn gap(&mut self, gap: &Gap) {
        let from = self.bytes.len();
        assert_eq!(gap.offset, from as u64, "a gap is where bytes are missing");
        let to = from.saturating_add(usize::try_from(gap.len).unwrap_or(usize::MAX));
        self.bytes.resize(to, 0);
        match self.gaps.last_mut() {
            Some(last) if last.end == from => last.end = to,
            _ => self.gaps.push(from..to),
        }
    }
}

/// What came out of an adapter, beside what was said to it.
struct Out<'a> {
    said: &'a Said,
    /// Where the next byte has to be in the stream, and how many came.
    next: &'a mut usize,
    bytes: &'a mut usize,
    /// Whether the adapter may have been asked to keep more than it does.
    may_lose: bool,
}

impl<'a> Out<'a> {
    fn new(said: &'a Said, next: &'a mut usize, bytes: &'a mut usize) -> Self {
        let may_lose = said.there() > StreamReader::MAX_BYTES.div_euclid(2);
        Self { said, next, bytes, may_lose }
    }

    /// Bytes came: those of the stream that are next.
    fn add(&mut self, bytes: &[u8]) {
        let range = *self.next..self.next.saturating_add(bytes.len());
        assert!(self.said.gaps_in(&range).is_empty(), "none are there that are missing");
        assert_eq!(Some(bytes), self.said.bytes.get(range.clone()));
        (*self.next, *self.bytes) = (range.end, self.bytes.saturating_add(bytes.len()));
    }

    /// The same, with zeros for those that are missing.
    fn add_filled(&mut self, bytes: &[u8]) {
        let range = *self.next..self.next.saturating_add(bytes.len());
        let said = self.said.bytes.get(range.clone());
        let is_lost = |here: &[u8]| here.iter().zip(bytes).all(|(a, b)| a == b || *b == 0);
        assert!(said == Some(bytes) || self.may_lose && said.is_some_and(is_lost));
        *self.next = range.end;
    }

    /// Bytes were told as missing: they are missing in the stream, or were lost where that may be.
    fn skip(&mut self, gap: &Gap) {
        assert_eq!(gap.offset, *self.next as u64);
        let to = self.next.saturating_add(usize::try_from(gap.len).unwrap_or(usize::MAX));
        let range = *self.next..to;
        let is_missing = |gap: &Range<usize>| gap.start <= range.start && range.end <= gap.end;
        assert!(self.said.gaps_in(&range).iter().any(is_missing) || self.may_lose);
        assert!(to <= self.said.bytes.len());
        *self.next = to;
    }
}

/// An adapter that is tried.
trait Tried: Consumer {
    /// Takes some of what it keeps, so many bytes at most if it can be asked that, and says whether there
    /// was anything.
    fn take(&mut self, len: usize, out: &mut Out<'_>) -> bool;

    /// Looks whether it gave all that it was to give, once it has nothing more. It is so for one that
    /// says everything.
    fn check(&self, out: &Out<'_>) {
        assert_eq!(*out.next, out.said.bytes.len(), "every byte is there, or told as missing");
        assert!(*out.bytes == out.said.there() || out.may_lose);
    }
}

impl Tried for StreamReader {
    fn take(&mut self, len: usize, out: &mut Out<'_>) -> bool {
        let mut bytes = [0; READ];
        match self.read(bytes.get_mut(..len).unwrap_or_default()) {
            Ok(len) => {
                out.add(bytes.get(..len).unwrap_or_default());
                len > 0
            }
            Err(error) => {
                match error.get_ref().and_then(|error| error.downcast_ref::<GapError>()) {
                    Some(GapError { gap }) => {
                        out.skip(gap);
                        true
                    }
                    None => false,
                }
            }
        }
    }
}

/// A reader that gives zeros for what is missing.
struct Filling(StreamReader);

impl Consumer for Filling {
    fn data(&mut self, chunk: &Chunk<'_>) -> usize {
        self.0.data(chunk)
    }

    fn start(&mut self, start: Start) {
        self.0.start(start);
    }

    fn unread(&mut self, rest: &Chunk<'_>) {
        self.0.unread(rest);
    }

    fn gap(&mut self, gap: &Gap) {
        self.0.gap(gap);
    }

    fn end(&mut self, end: End) {
        self.0.end(end);
    }
}

impl Tried for Filling {
    fn take(&mut self, len: usize, out: &mut Out<'_>) -> bool {
        let mut bytes = [0; READ];
        let read = self.0.read(bytes.get_mut(..len).unwrap_or_default()).unwrap_or_default();
        out.add_filled(bytes.get(..read).unwrap_or_default());
        read > 0
    }

    fn check(&self, out: &Out<'_>) {
        assert_eq!(*out.next, out.said.bytes.len(), "every byte is there, or a zero");
    }
}

impl Tried for Pieces {
    fn take(&mut self, _: usize, out: &mut Out<'_>) -> bool {
        let piece = self.next();
        match &piece {
            Some(Piece::Data { offset, bytes, .. }) => {
                assert_eq!(*offset, *out.next as u64);
                out.add(bytes);
            }
            Some(Piece::Gap(gap)) => out.skip(gap),
            _ => {}
        }
        // Bytes up to the bound, one chunk beyond it, and notes about the end.
        assert!(self.waiting() <= Self::MAX_BYTES.saturating_add(1 << 16));
        piece.is_some()
    }
}

impl Tried for BufferedReassembler {
    fn take(&mut self, _: usize, out: &mut Out<'_>) -> bool {
        assert!(self.buffered_len() <= self.max_buffer());
        let offset = usize::try_from(self.offset()).unwrap_or(usize::MAX);
        let bytes = Self::take(self);
        assert!(offset >= *out.next, "what was taken does not come again");
        if !bytes.is_empty() {
            *out.next = offset;
            out.add(&bytes);
        }
        !bytes.is_empty()
    }

    fn check(&self, out: &Out<'_>) {
        let stats = self.stats();
        let kept = (*out.bytes as u64).saturating_add(stats.bytes_dropped_oversize);
        assert_eq!((stats.bytes, kept), (out.said.there() as u64, stats.bytes));
        assert_eq!(stats.gap_bytes, out.said.missing() as u64);
    }
}

impl Tried for Collector {
    fn take(&mut self, _: usize, _: &mut Out<'_>) -> bool {
        false
    }

    fn check(&self, out: &Out<'_>) {
        let there = out.said.spliced();
        let (front, rest) = there.split_at_checked(self.bytes.len()).unwrap_or_default();
        assert_eq!((&*self.bytes, self.bytes_dropped), (front, rest.len() as u64));
        assert_eq!(self.gap_bytes(), out.said.missing() as u64);
    }
}

/// Plays what bytes describe to a stream with an adapter, which is read at times: the first byte says
/// which, and eight are a step each.
///
/// # Panics
///
/// The adapter gives other bytes than the stream has, or loses some without saying so.
pub fn adapters(bytes: &[u8]) {
    let first = bytes.first().copied().unwrap_or_default();
    let cap = 50 << (first & 7);
    let buffer =
        |policy| BufferedReassembler::new().with_max_buffer(cap).with_overflow_policy(policy);
    // Each with each policy.
    match usize::from(first).div_euclid(POLICIES.len()).rem_euclid(6) {
        0 => play(bytes, StreamReader::new(OnGap::Fail)),
        1 => play(bytes, Filling(StreamReader::new(OnGap::Zeros))),
        2 => play(bytes, Pieces::default()),
        3 => play(bytes, buffer(OverflowPolicy::SlidingWindow)),
        4 => play(bytes, buffer(OverflowPolicy::DropFlow)),
        _ => play(bytes, Collector::with_limit(cap)),
    }
}

#[allow(clippy::arithmetic_side_effects, reason = "sequence numbers wrap")]
fn play(bytes: &[u8], mut adapter: impl Tried) {
    let (overlap, steps) = steps(bytes);
    let config = Config { overlap, max_unread: MAX_UNREAD, ..Config::default() };
    let mut assembler = Assembler::new(config);
    let mut said = Said::default();
    let (mut plain, mut tried) = (StreamAssembler::new(0), StreamAssembler::new(1));
    let (mut next, mut taken) = (0, 0);
    let mut now = Timestamp::from_secs(1, 0);
    let syn = Segment::new(now, SeqNumber(u32::MAX), b"").syn();
    assembler.segment(&mut plain, &syn, &mut said);
    assembler.segment(&mut tried, &syn, &mut adapter);
    let mut sent = 0_u32;
    for step in steps {
        let [kind, flags, back, len, content, count, wait, skip] = *step;
        now = now.saturating_add(Duration::from_millis(u64::from(wait) << (flags & 3)));
        if kind.is_multiple_of(4) {
            let mut out = Out::new(&said, &mut next, &mut taken);
            let len = if flags & 0x10 == 0 { READ } else { len.into() };
            for _ in 0..count {
                adapter.take(len, &mut out);
            }
            if flags & 0x20 == 0 {
                assembler.offer_unread(&mut tried, &mut adapter);
            }
        } else {
            // Mostly in order; with what was sent before at times, and at times with holes.
            let start = sent.saturating_sub(if flags & 0x40 == 0 { 0 } else { back.into() });
            let start = start.saturating_add(if flags & 0x80 == 0 { 0 } else { skip.into() });
            let len = usize::from(len) << (flags >> 2 & 7);
            let payload = CONTENT.get(usize::from(content)..).and_then(|rest| rest.get(..len));
            let segment = Segment::new(now, SeqNumber(start), payload.unwrap_or_default());
            assembler.segment(&mut plain, &segment, &mut said);
            assembler.segment(&mut tried, &segment, &mut adapter);
            sent = sent.max(start.saturating_add(segment.length));
        }
        while let Some(token) = assembler.next_due(now) {
            match token {
                0 => assembler.look(&mut plain, now, &mut said),
                _ => assembler.look(&mut tried, now, &mut adapter),
            }
        }
    }
    assembler.close(&mut plain, &mut said);
    assembler.close(&mut tried, &mut adapter);
    assert_eq!(assembler.stats().waiting, 0, "all pages are given back");
    let mut out = Out::new(&said, &mut next, &mut taken);
    while adapter.take(READ, &mut out) {}
    adapter.check(&out);
}
