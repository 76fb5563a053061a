//! Adapters beside a consumer that takes everything at once.

use std::io::Read;
use std::time::Duration;

use rheos_core::{SeqNumber, Timestamp};

use super::steps;
use crate::adapters::{
    BufferedReassembler, Collector, GapError, OnGap, OverflowPolicy, Piece, Pieces, StreamReader,
};
use crate::tcp::{Assembler, Chunk, Config, Consumer, Gap, Segment, StreamAssembler};

/// Bytes that a stream keeps of what an adapter leaves unread.
const MAX_UNREAD: usize = 5000;

/// Bytes that are read at once.
const READ: usize = 3000;

/// Bytes of a stream, those that are missing too.
#[derive(Default)]
struct Places(Vec<Option<u8>>);

impl Places {
    fn add(&mut self, bytes: &[u8]) {
        self.0.extend(bytes.iter().copied().map(Some));
    }

    fn skip(&mut self, offset: u64, len: u64) {
        assert_eq!(offset, self.0.len() as u64, "a gap is where bytes are missing");
        self.0.extend((0..len).map(|_| None));
    }

    /// How many bytes are there.
    fn bytes(&self) -> usize {
        self.0.iter().flatten().count()
    }

    /// All bytes that are here are those of a stream, and are in their places. Bytes are missing that
    /// the stream had only if that may be.
    fn check(&self, stream: &Self, may_lose: bool) {
        assert_eq!(self.0.len(), stream.0.len(), "every byte is there, or told as missing");
        for (here, there) in self.0.iter().zip(&stream.0) {
            assert!(here == there || may_lose && here.is_none());
        }
    }
}

impl Consumer for Places {
    fn data(&mut self, chunk: &Chunk<'_>) -> usize {
        self.add(chunk.bytes);
        chunk.bytes.len()
    }

    fn gap(&mut self, gap: &Gap) {
        self.skip(gap.offset, gap.len);
    }
}

/// An adapter, and what came out of it.
struct Tried<A> {
    stream: StreamAssembler,
    adapter: A,
    out: Places,
}

impl<A: Consumer> Tried<A> {
    fn new(token: u64, adapter: A) -> Self {
        Self { stream: StreamAssembler::new(token), adapter, out: Places::default() }
    }

    fn send(&mut self, assembler: &mut Assembler, segment: &Segment<'_>) {
        assembler.segment(&mut self.stream, segment, &mut self.adapter);
    }

    fn look(&mut self, assembler: &mut Assembler, token: u64, now: Timestamp) {
        if self.stream.token() == token {
            assembler.look(&mut self.stream, now, &mut self.adapter);
        }
    }
}

impl Tried<StreamReader> {
    /// Reads so many bytes at most, and says whether there was anything.
    fn read(&mut self, len: usize) -> bool {
        let mut bytes = [0; READ];
        match self.adapter.read(bytes.get_mut(..len.min(READ)).unwrap_or_default()) {
            Ok(len) => {
                self.out.add(bytes.get(..len).unwrap_or_default());
                len > 0
            }
            Err(error) => {
                match error.get_ref().and_then(|error| error.downcast_ref::<GapError>()) {
                    Some(GapError { gap }) => {
                        self.out.skip(gap.offset, gap.len);
                        true
                    }
                    None => false,
                }
            }
        }
    }
}

impl Tried<Pieces> {
    fn take(&mut self) -> bool {
        let piece = self.adapter.next();
        match &piece {
            Some(Piece::Data { offset, bytes, .. }) => {
                assert_eq!(*offset, self.out.0.len() as u64);
                self.out.add(bytes);
            }
            Some(Piece::Gap(gap)) => self.out.skip(gap.offset, gap.len),
            _ => {}
        }
        // Bytes up to the bound, one chunk beyond it, and notes about the end.
        assert!(self.adapter.waiting() <= Pieces::MAX_BYTES.saturating_add(1 << 16));
        piece.is_some()
    }
}

impl Tried<BufferedReassembler> {
    fn take(&mut self) -> bool {
        assert!(self.adapter.buffered_len() <= self.adapter.max_buffer());
        let offset = usize::try_from(self.adapter.offset()).unwrap_or(usize::MAX);
        let bytes = self.adapter.take();
        assert!(offset >= self.out.0.len(), "what was taken does not come again");
        if !bytes.is_empty() {
            self.out.0.resize(offset, None);
            self.out.add(&bytes);
        }
        !bytes.is_empty()
    }

    fn check(&mut self, stream: &Places) {
        while self.take() {}
        let Self { adapter, out, .. } = self;
        out.0.resize(stream.0.len(), None);
        out.check(stream, true);
        let stats = adapter.stats();
        let kept = (out.bytes() as u64).saturating_add(stats.bytes_dropped_oversize);
        assert_eq!((stats.bytes, kept), (stream.bytes() as u64, stats.bytes));
        assert_eq!(stats.gap_bytes, (stream.0.len() as u64).saturating_sub(stats.bytes));
    }
}

/// Plays what bytes describe to a stream with every adapter, which are read at times: eight of them are a
/// step.
///
/// # Panics
///
/// An adapter gives other bytes than the stream has, or loses some without saying so.
#[allow(clippy::arithmetic_side_effects, reason = "sequence numbers wrap")]
pub fn adapters(bytes: &[u8]) {
    let (overlap, steps) = steps(bytes);
    let config = Config { overlap, max_unread: MAX_UNREAD, ..Config::default() };
    let cap = bytes.first().map_or(0, |first| 50 << (first & 7));
    let buffer =
        |policy| BufferedReassembler::new().with_max_buffer(cap).with_overflow_policy(policy);
    let mut assembler = Assembler::new(config);
    let mut places = Tried::new(0, Places::default());
    let mut zeros = Tried::new(1, StreamReader::new(OnGap::Zeros));
    let mut reader = Tried::new(2, StreamReader::new(OnGap::Fail));
    let mut pieces = Tried::new(3, Pieces::default());
    let mut window = Tried::new(4, buffer(OverflowPolicy::SlidingWindow));
    let mut flow = Tried::new(5, buffer(OverflowPolicy::DropFlow));
    let mut collector = Tried::new(6, Collector::with_limit(cap));
    macro_rules! each {
        ($of:ident, $what:expr) => {{
            {
                let $of = &mut places;
                $what;
            }
            {
                let $of = &mut zeros;
                $what;
            }
            {
                let $of = &mut reader;
                $what;
            }
            {
                let $of = &mut pieces;
                $what;
            }
            {
                let $of = &mut window;
                $what;
            }
            {
                let $of = &mut flow;
                $what;
            }
            {
                let $of = &mut collector;
                $what;
            }
        }};
    }
    let mut now = Timestamp::from_secs(1, 0);
    let syn = Segment::new(now, SeqNumber(u32::MAX), b"").syn();
    each!(of, of.send(&mut assembler, &syn));
    let mut sent = 0_u32;
    for step in steps {
        let [kind, flags, back, len, content, count, wait, skip] = *step;
        now = now.saturating_add(Duration::from_millis(u64::from(wait) << (flags & 3)));
        if kind.is_multiple_of(4) {
            for _ in 0..count {
                zeros.read(READ);
                reader.read(usize::from(len));
                pieces.take();
            }
            if flags & 0x10 == 0 {
                window.take();
                flow.take();
            }
            if flags & 0x20 == 0 {
                each!(of, assembler.offer_unread(&mut of.stream, &mut of.adapter));
            }
        } else {
            // Mostly in order; with what was sent before at times, and at times with holes.
            let start = sent.saturating_sub(if flags & 0x40 == 0 { 0 } else { back.into() });
            let start = start.saturating_add(if flags & 0x80 == 0 { 0 } else { skip.into() });
            let len = usize::from(len) << (flags >> 2 & 7);
            let payload: Vec<_> = (content..=u8::MAX).cycle().take(len).collect();
            let segment = Segment::new(now, SeqNumber(start), &payload);
            each!(of, of.send(&mut assembler, &segment));
            sent = sent.max(start.saturating_add(segment.length));
        }
        while let Some(token) = assembler.next_due(now) {
            each!(of, of.look(&mut assembler, token, now));
        }
    }
    each!(of, assembler.close(&mut of.stream, &mut of.adapter));
    assert_eq!(assembler.stats().waiting, 0, "all pages are given back");
    while zeros.read(READ) {}
    while reader.read(READ) {}
    while pieces.take() {}
    let stream = places.adapter;
    let may_lose = stream.bytes() > StreamReader::MAX_BYTES / 2;
    reader.out.check(&stream, may_lose);
    pieces.out.check(&stream, may_lose);
    assert_eq!(zeros.out.0.len(), stream.0.len());
    for (zero, place) in zeros.out.0.iter().zip(&stream.0) {
        assert!(*zero == place.or(Some(0)) || may_lose && *zero == Some(0));
    }
    window.check(&stream);
    flow.check(&stream);
    let front: Vec<u8> = stream.0.iter().copied().flatten().take(cap).collect();
    let dropped = stream.bytes().saturating_sub(front.len()) as u64;
    assert_eq!((collector.adapter.bytes, collector.adapter.bytes_dropped), (front, dropped));
}
