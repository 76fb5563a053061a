//! One test for each rule; the model that keeps every byte by itself is the fuzzer's.

use rheos_core::{SeqNumber, Timestamp};

use super::*;

mod bounds;
mod ends;
mod holes;
mod order;
mod overlaps;

/// What a consumer is told.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Told {
    Start(Start),
    Data(u64, Vec<u8>),
    Gap(u64, u64, GapCause),
    Conflict(u64, Vec<u8>, Vec<u8>, bool),
    Again(u64, u64),
    End(End),
}

/// Remembers what it is told, and leaves some bytes unread.
#[derive(Default)]
struct Listener {
    told: Vec<Told>,
    /// How much waited, of how much, each time something had to.
    waited: Vec<(usize, usize)>,
    /// Reads up to the last of these bytes only.
    reads_to: Option<u8>,
}

impl Consumer for Listener {
    fn data(&mut self, chunk: &Chunk<'_>) -> usize {
        let last = |end| chunk.bytes.iter().rposition(|&byte| byte == end).map_or(0, |at| at + 1);
        let read = self.reads_to.map_or(chunk.bytes.len(), last);
        self.told.push(Told::Data(chunk.offset, chunk.bytes.to_vec()));
        read
    }

    fn start(&mut self, start: Start) {
        self.told.push(Told::Start(start));
    }

    fn gap(&mut self, gap: &Gap) {
        self.told.push(Told::Gap(gap.offset, gap.len, gap.cause));
    }

    fn overlap(&mut self, conflict: &Conflict<'_>) {
        let Conflict { offset, first, later, replaced } = *conflict;
        self.told.push(Told::Conflict(offset, first.to_vec(), later.to_vec(), replaced));
    }

    fn waits(&mut self, bytes: usize, limit: usize) {
        self.waited.push((bytes, limit));
    }

    fn retransmit(&mut self, again: &Retransmit) {
        self.told.push(Told::Again(again.offset, again.len));
    }

    fn end(&mut self, end: End) {
        self.told.push(Told::End(end));
    }
}

/// An assembler with one stream.
struct Talk {
    assembler: Assembler,
    stream: StreamAssembler,
    listener: Listener,
    /// The number of the first byte.
    base: u32,
    now: Timestamp,
}

impl Talk {
    fn new(config: Config) -> Self {
        let (assembler, stream) = (Assembler::new(config), StreamAssembler::new(7));
        let now = Timestamp::from_secs(1, 0);
        Self { assembler, stream, listener: Listener::default(), base: u32::MAX - 2, now }
    }

    /// A stream behind its SYN, whose numbers wrap at the third byte.
    fn open(config: Config) -> Self {
        let mut talk = Self::new(config);
        let syn = Segment::new(talk.now, SeqNumber(talk.base) + u32::MAX, b"").syn();
        talk.send(&syn);
        assert_eq!(talk.told(), [Told::Start(Start::Syn)]);
        talk
    }

    fn at<'a>(&self, offset: i64, bytes: &'a [u8]) -> Segment<'a> {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "numbers wrap")]
        Segment::new(self.now, SeqNumber(self.base) + (offset as u32), bytes)
    }

    fn send(&mut self, segment: &Segment<'_>) {
        self.assembler.segment(&mut self.stream, segment, &mut self.listener);
    }

    fn bytes(&mut self, offset: i64, bytes: &[u8]) {
        self.send(&self.at(offset, bytes));
    }

    fn ack(&mut self, offset: u32) {
        let number = SeqNumber(self.base) + offset;
        let Self { assembler, stream, listener, now, .. } = self;
        assembler.acknowledged(stream, *now, number, None, listener);
    }

    fn wait(&mut self, millis: u64) {
        self.now = self.now.saturating_add(std::time::Duration::from_millis(millis));
    }

    fn close(&mut self) {
        self.assembler.close(&mut self.stream, &mut self.listener);
        assert_eq!(self.assembler.stats().waiting, 0, "pages are given back");
    }

    fn told(&mut self) -> Vec<Told> {
        std::mem::take(&mut self.listener.told)
    }
}

fn data(offset: u64, bytes: &[u8]) -> Told {
    Told::Data(offset, bytes.to_vec())
}

fn default() -> Config {
    Config::default()
}
