//! Who reads a connection, and what one of its streams tells them.

use rheos_core::{Side, Timestamp};
use rheos_flow::AnomalyKind;
use rheos_l7::{Failure, Input, OnGap};
use rheos_reassembly::tcp::{Chunk, Conflict, Consumer, End, Gap, GapCause};

use crate::SessionKey;
use crate::both::Both;
use crate::event::Choice;
use crate::fact::Fact;
use crate::message::{Fed, StreamReader, Then as After};
use crate::out::Out;
use crate::probing::{Probing, Verdict};
use crate::registry::{Transport, count};
use crate::shared::Scene;

/// The share of what may wait of a stream, in quarters, from which on there is nearly too much.
const NEARLY_FULL: usize = 3;

/// A piece of a stream that waits: whose, where it ends, and when it came.
pub(crate) type Piece = (Side, u64, Timestamp);

/// Who reads a connection.
pub(crate) struct Reading {
    pub(crate) state: State,
    /// Sides of which nothing is read any more.
    pub(crate) stopped: Both<bool>,
    /// Bytes of a side that a stream gives up before it tells of a gap or an end.
    left: Option<Left>,
    /// The same, of a side whose parser is not chosen yet.
    kept: Both<Option<(Left, Then)>>,
    /// Sides of which nearly too much waits, or did once.
    is_nearly_full: Both<bool>,
    /// Whether others have been asked about bytes with which a parser could not go on: once, so that those who
    /// know the same bytes, and fail with them, do not take turns for ever.
    pub(crate) has_asked_others: bool,
}

pub(crate) enum State {
    Probing(Probing),
    /// A parser is chosen, and reads what waits as soon as the segment at hand is through.
    Chosen {
        place: usize,
        by: Choice,
        pieces: Vec<Piece>,
    },
    Parsing {
        place: usize,
        parser: Box<dyn StreamReader>,
    },
    /// Nobody.
    Over,
}

/// Bytes that were given up.
#[derive(Debug, Default)]
struct Left {
    offset: u64,
    bytes: Vec<u8>,
    timestamp: Timestamp,
}

/// What is behind bytes that were given up.
#[derive(Debug, Default)]
pub(crate) struct Then {
    left: Left,
    gap: u64,
    is_end: bool,
}

impl Then {
    /// An end at an offset, with nothing in front of it.
    pub(crate) fn end_at(offset: u64) -> Self {
        Self { left: Left { offset, ..Left::default() }, gap: 0, is_end: true }
    }
}

/// How far a parser may see.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    pub(crate) end: u64,
    pub(crate) timestamp: Timestamp,
}

impl Reading {
    pub(crate) fn new(state: State) -> Self {
        let (stopped, kept) = (Both::default(), Both::new(|_| None));
        let is_nearly_full = Both::default();
        Self { state, stopped, left: None, kept, is_nearly_full, has_asked_others: false }
    }

    /// Whether a parser is chosen that has read nothing yet.
    #[inline]
    pub(crate) fn waits(&self) -> bool {
        matches!(self.state, State::Chosen { .. })
    }

    /// The parser that is chosen, and what waits for it.
    pub(crate) fn take_choice(&mut self) -> Option<(usize, Choice, Vec<Piece>)> {
        let State::Chosen { place, by, pieces } = &mut self.state else { return None };
        Some((*place, *by, std::mem::take(pieces)))
    }

    /// What is behind the bytes that were kept of a side, and those of them that nobody read.
    pub(crate) fn take_kept(&mut self, side: Side) -> Option<Then> {
        let (left, then) = self.kept.of_mut(side).take()?;
        Some(Then { left, ..then })
    }

    /// Chooses a parser with what there is, if none is chosen.
    pub(crate) fn choose(&mut self) {
        if !matches!(self.state, State::Probing(_)) {
            return;
        }
        if let State::Probing(probing) = std::mem::replace(&mut self.state, State::Over)
            && let Verdict::Chosen(place, by) = probing.last()
            && probing.has_any()
        {
            self.state = State::Chosen { place, by, pieces: probing.into_pieces() };
        }
    }

    /// Keeps what is given up for the parser that will be chosen.
    fn keep(&mut self, side: Side, gap: u64, is_end: bool) {
        let left = self.left.take().unwrap_or_default();
        match self.kept.of_mut(side) {
            Some((_, then)) => {
                // Behind a gap that nobody has been told of, so part of it.
                let lost = (left.bytes.len() as u64).saturating_add(gap);
                then.gap = then.gap.saturating_add(lost);
                then.is_end |= is_end;
            }
            kept => *kept = Some((left, Then { gap, is_end, ..Then::default() })),
        }
    }

    /// Nobody reads a side any more.
    pub(crate) fn stop(&mut self, side: Side) {
        *self.stopped.of_mut(side) = true;
        if *self.stopped.of(!side) {
            self.state = State::Over;
        }
    }
}

/// What one stream of a connection is told to.
pub(crate) struct Reader<'r, 'a, K, S, O> {
    pub(crate) reading: &'r mut Reading,
    pub(crate) side: Side,
    pub(crate) limit: Option<Limit>,
    pub(crate) scene: &'r mut Scene<'a, K, S, O>,
}

impl<K: SessionKey, S, O: Out<K, S>> Consumer for Reader<'_, '_, K, S, O> {
    #[inline]
    fn data(&mut self, chunk: &Chunk<'_>) -> usize {
        let State::Parsing { .. } = self.reading.state else { return self.unparsed(chunk) };
        let Chunk { offset, mut bytes, mut timestamp } = *chunk;
        if let Some(limit) = self.limit {
            let visible = usize::try_from(limit.end.saturating_sub(offset));
            bytes = bytes.get(..visible.unwrap_or(usize::MAX)).unwrap_or(bytes);
            timestamp = limit.timestamp;
        }
        self.feed(offset, bytes, timestamp)
    }

    fn unread(&mut self, rest: &Chunk<'_>) {
        let Chunk { offset, bytes, timestamp } = *rest;
        self.reading.left = Some(Left { offset, bytes: bytes.to_vec(), timestamp });
    }

    fn gap(&mut self, gap: &Gap) {
        if matches!(self.reading.state, State::Over) {
            return;
        }
        let Gap { offset, len, cause } = *gap;
        self.scene.tell(Fact::Gap { side: self.side, offset, len, cause });
        let odd = match cause {
            GapCause::Budget | GapCause::Unread => AnomalyKind::BufferOverflow { bytes: len },
            _ => AnomalyKind::StreamGap { bytes: len },
        };
        self.scene.odd(self.side, odd);
        match self.reading.state {
            State::Probing(_) if *self.reading.stopped.of(self.side) => {}
            State::Probing(_) => {
                self.reading.choose();
                self.reading.keep(self.side, len, false);
            }
            State::Chosen { .. } => self.reading.keep(self.side, len, false),
            State::Parsing { .. } if cause == GapCause::Unread => {
                let (limit, now) = (self.scene.shared.max_unread, self.scene.now());
                self.fail(Failure::new(format!("it left more than {limit} bytes unread")), now);
            }
            State::Parsing { .. } => {
                let left = self.reading.left.take().unwrap_or_default();
                self.tell(Then { left, gap: len, is_end: false });
            }
            State::Over => {}
        }
    }

    fn overlap(&mut self, conflict: &Conflict<'_>) {
        let Conflict { offset, later, replaced, .. } = *conflict;
        let (side, len) = (self.side, later.len() as u64);
        self.scene.tell(Fact::Conflict { side, offset, len, replaced });
        self.scene.odd(side, AnomalyKind::RetransmitInconsistency);
    }

    fn waits(&mut self, bytes: usize, limit: usize) {
        let is_much = bytes.saturating_mul(4) >= limit.saturating_mul(NEARLY_FULL);
        if is_much && !std::mem::replace(self.reading.is_nearly_full.of_mut(self.side), true) {
            let (bytes, cap) = (bytes as u64, limit as u64);
            self.scene.odd(self.side, AnomalyKind::ReassemblerHighWatermark { bytes, cap });
        }
    }

    fn end(&mut self, _end: End) {
        match self.reading.state {
            State::Probing(_) => {
                self.reading.keep(self.side, 0, true);
                if self.reading.kept.of(!self.side).is_some() {
                    self.reading.choose();
                }
            }
            State::Chosen { .. } => self.reading.keep(self.side, 0, true),
            State::Parsing { .. } => {
                let left = self.reading.left.take().unwrap_or_default();
                self.tell(Then { left, gap: 0, is_end: true });
            }
            State::Over => {}
        }
    }
}

impl<K: SessionKey, S, O: Out<K, S>> Reader<'_, '_, K, S, O> {
    /// Takes bytes while no parser reads.
    #[inline(never)]
    fn unparsed(&mut self, chunk: &Chunk<'_>) -> usize {
        match &mut self.reading.state {
            State::Probing(_) => self.probe(chunk),
            State::Chosen { pieces, .. } => {
                let end = chunk.offset.saturating_add(chunk.bytes.len() as u64);
                pieces.push((self.side, end, chunk.timestamp));
                0
            }
            State::Parsing { .. } | State::Over => chunk.bytes.len(),
        }
    }

    /// Asks parsers about first bytes.
    fn probe(&mut self, chunk: &Chunk<'_>) -> usize {
        let State::Probing(probing) = &mut self.reading.state else { return 0 };
        let Chunk { offset, bytes, timestamp } = *chunk;
        let parsers = &self.scene.shared.parsers;
        let verdict = if *self.reading.stopped.of(self.side) {
            probing.pass(self.side, (offset, bytes, timestamp))
        } else if offset > 0 && *self.reading.stopped.of(!self.side) {
            // Its first bytes are read already.
            Verdict::Nobody
        } else {
            probing.take(parsers, self.side, (offset, bytes, timestamp))
        };
        match verdict {
            Verdict::Wait if *self.reading.stopped.of(self.side) => bytes.len(),
            Verdict::Wait => 0,
            Verdict::Chosen(place, by) => {
                if let State::Probing(probing) =
                    std::mem::replace(&mut self.reading.state, State::Over)
                {
                    let pieces = probing.into_pieces();
                    self.reading.state = State::Chosen { place, by, pieces };
                }
                0
            }
            Verdict::Nobody => {
                self.reading.state = State::Over;
                bytes.len()
            }
        }
    }

    /// Lets the parser read bytes that were kept, and says whether there are any of the side.
    pub(crate) fn offer_kept(&mut self) -> bool {
        let Some((mut left, then)) = self.reading.kept.of_mut(self.side).take() else {
            return false;
        };
        let Left { offset, bytes, timestamp } = &mut left;
        let read = if bytes.is_empty() {
            0
        } else {
            self.data(&Chunk { offset: *offset, bytes: &*bytes, timestamp: *timestamp })
        };
        bytes.drain(..read.min(bytes.len()));
        *offset = offset.saturating_add(read as u64);
        *self.reading.kept.of_mut(self.side) = Some((left, then));
        true
    }

    /// Lets the parser read.
    #[inline]
    fn feed(&mut self, offset: u64, bytes: &[u8], timestamp: Timestamp) -> usize {
        let Self { side, .. } = *self;
        if *self.reading.stopped.of(side) || bytes.is_empty() {
            return bytes.len();
        }
        let State::Parsing { place, parser } = &mut self.reading.state else { return 0 };
        let place = *place;
        let input = Input::new(side, timestamp, bytes).at(offset);
        let fed = self.scene.messages(place, side, |out| parser.feed(&input, out));
        let Fed { read, expected, then } = match fed {
            Ok(fed) => fed,
            Err(failure) => return self.failed(place, failure, &input),
        };
        let read = read.min(bytes.len());
        if let Some(first) = expected {
            let mut first = Some(*first);
            self.scene.announce(|| first.take().or_else(|| parser.take_expected()));
        }
        let parsers = &mut self.scene.shared.parsers;
        parsers.note(place, |stats| stats.bytes = stats.bytes.saturating_add(read as u64));
        match then {
            After::Same => {}
            After::HandOver(name) => {
                self.reading.state = match parsers.named(Transport::Stream, name) {
                    Some(place) => {
                        State::Chosen { place, by: Choice::HandedOver, pieces: Vec::new() }
                    }
                    None => State::Over,
                };
            }
            After::Nobody => {
                self.reading.state = State::Over;
                return bytes.len();
            }
        }
        read
    }

    /// Tells the parser of a gap or an end.
    pub(crate) fn tell(&mut self, then: Then) {
        let Self { side, .. } = *self;
        let Then { left: Left { offset, bytes, timestamp }, gap, is_end } = then;
        let State::Parsing { place, parser } = &mut self.reading.state else { return };
        let (place, is_stopped) = (*place, *self.reading.stopped.of(side));
        let mut on_gap = OnGap::Resync;
        if gap > 0 && !is_stopped {
            self.scene.shared.parsers.note(place, |stats| count(&mut stats.gaps));
            on_gap = self.scene.messages(place, side, |out| parser.on_gap(side, gap, &bytes, out));
        }
        if is_end && !is_stopped && on_gap == OnGap::Resync {
            let unread = if gap > 0 { &[][..] } else { &bytes[..] };
            let timestamp = if unread.is_empty() { self.scene.now() } else { timestamp };
            let offset = offset.saturating_add(gap);
            let input = Input::new(side, timestamp, unread).at(offset);
            self.scene.messages(place, side, |out| parser.on_end(&input, out));
        }
        match on_gap {
            OnGap::Stop => self.reading.state = State::Over,
            OnGap::StopSide => self.reading.stop(side),
            OnGap::Resync if is_end => self.reading.stop(side),
            OnGap::Resync if parser.is_done() => self.reading.state = State::Over,
            OnGap::Resync => {}
        }
    }
}
