//! A stream beside a model that keeps every byte by itself.

use std::ops::Range;
use std::time::Duration;

use rheos_core::{SeqNumber, Timestamp};

use super::steps;
use crate::overlap::Reach;
use crate::tcp::{
    Assembler, Chunk, Config, Conflict, Consumer, End, Gap, GapCause, Retransmit, Segment,
    StreamAssembler,
};

/// Room for all that steps can say: budgets are another matter.
const ROOM: usize = 1 << 26;

/// Gaps that a stream remembers.
const GAPS: usize = 8;

/// A byte of a stream, or why it is missing.
type Place = Result<u8, GapCause>;

/// What a consumer has to be told, byte by byte.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    places: Vec<Place>,
    /// Where bytes differ, the first, the later, and whether that is delivered.
    conflicts: Vec<(u64, u8, u8, bool)>,
    again: Vec<(u64, u64)>,
    end: Option<End>,
}

impl Consumer for Told {
    fn data(&mut self, chunk: &Chunk<'_>) -> usize {
        assert_eq!(chunk.offset, self.places.len() as u64, "bytes follow each other");
        assert!(!chunk.bytes.is_empty());
        self.places.extend(chunk.bytes.iter().copied().map(Ok));
        chunk.bytes.len()
    }

    fn gap(&mut self, gap: &Gap) {
        assert_eq!(gap.offset, self.places.len() as u64, "a gap is where bytes are missing");
        assert!(gap.len > 0);
        self.places.extend((0..gap.len).map(|_| Err(gap.cause)));
    }

    fn overlap(&mut self, conflict: &Conflict<'_>) {
        let Conflict { offset, first, later, replaced } = *conflict;
        assert!(first.len() == later.len() && first != later);
        let pairs = (offset..).zip(first.iter().zip(later));
        let differ = pairs.filter(|(_, (first, later))| first != later);
        self.conflicts.extend(differ.map(|(at, (first, later))| (at, *first, *later, replaced)));
    }

    fn retransmit(&mut self, again: &Retransmit) {
        self.again.push((again.offset, again.len));
    }

    fn end(&mut self, end: End) {
        assert_eq!(self.end.replace(end), None);
    }
}

/// A byte that waits, or one that was sent and not captured; the segment that holds it, and when that
/// came.
#[derive(Clone, Copy)]
struct Kept {
    byte: Option<u8>,
    segment: Reach,
    since: Timestamp,
}

/// A segment of the stream by its place.
struct Sent<'a> {
    start: i64,
    payload: &'a [u8],
    /// Bytes behind those that were not captured.
    cut: usize,
    fin: bool,
}

/// A stream of which every byte is kept by itself.
struct Model {
    config: Config,
    told: Told,
    waiting: Vec<Option<Kept>>,
    fin: Option<usize>,
    acked: usize,
    acked_since: Timestamp,
    heard: Timestamp,
    overlapped: u64,
    late: u64,
}

#[allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "no step is further away than some ten thousand bytes"
)]
impl Model {
    fn new(config: Config) -> Self {
        Self {
            config,
            told: Told::default(),
            waiting: Vec::new(),
            fin: None,
            acked: 0,
            acked_since: Timestamp::MIN,
            heard: Timestamp::MIN,
            overlapped: 0,
            late: 0,
        }
    }

    fn next(&self) -> usize {
        self.told.places.len()
    }

    fn segment(&mut self, sent: &Sent<'_>, now: Timestamp) {
        let end = sent.start + (sent.payload.len() + sent.cut) as i64;
        let length = end - sent.start;
        let next = self.next() as i64;
        let asks = length <= 1 && end <= next && sent.start == next - 1;
        if sent.start < next && length > 0 && (!asks || self.told.end.is_some()) {
            self.come_again(sent.start.max(0) as usize, end.min(next).max(0) as usize);
        }
        if self.told.end.is_some() {
            return;
        }
        let end_here = end.min(self.fin.map_or(i64::MAX, |fin| fin as i64));
        if length > 0 && end_here > next {
            self.keep(sent, end_here as usize, now);
            self.go_on();
        }
        if sent.fin && self.fin.is_none() && end >= self.next() as i64 {
            self.fin = Some(end as usize);
        }
        self.look(now);
    }

    /// Bytes come whose places are behind the stream: again, or too late.
    fn come_again(&mut self, from: usize, to: usize) {
        if from >= to {
            return;
        }
        let missing = self.told.places.iter().enumerate().filter(|(_, place)| place.is_err());
        let mut gaps: Vec<Range<usize>> = Vec::new();
        for (at, _) in missing {
            match gaps.last_mut() {
                Some(gap) if gap.end == at => gap.end += 1,
                _ => gaps.push(at..at + 1),
            }
        }
        let gaps = gaps.split_off(gaps.len().saturating_sub(GAPS));
        let mut again = None;
        for at in from..to {
            let is_late = gaps.iter().any(|gap| gap.contains(&at));
            self.late += u64::from(is_late);
            again = match again {
                Some((start, len)) if !is_late => Some((start, len + 1)),
                None if !is_late => Some((at as u64, 1)),
                run => {
                    self.told.again.extend(run);
                    None
                }
            };
        }
        self.told.again.extend(again);
    }

    /// Lays the bytes of a segment beside those that are there.
    fn keep(&mut self, sent: &Sent<'_>, end: usize, now: Timestamp) {
        let from = (sent.start.max(0) as usize).max(self.next());
        let segment = Reach { start: from as u64, end: end as u64 };
        self.waiting.resize(self.waiting.len().max(end), None);
        for (at, place) in self.waiting.iter_mut().enumerate().take(end).skip(from) {
            let byte = sent.payload.get((at as i64 - sent.start) as usize).copied();
            let new = Kept { byte, segment, since: now };
            match (place.as_ref().map(|kept| (kept.byte, kept.segment)), byte) {
                (None, _) => *place = Some(new),
                // What was not captured says nothing of what is there.
                (Some(_), None) => {}
                (Some((None, _)), Some(_)) => {
                    self.overlapped += 1;
                    *place = Some(new);
                }
                (Some((Some(first), first_segment)), Some(later)) => {
                    self.overlapped += 1;
                    let replaced = self.config.overlap.replaces(first_segment, segment);
                    if first != later {
                        self.told.conflicts.push((at as u64, first, later, replaced));
                    }
                    if replaced {
                        *place = Some(new);
                    }
                }
            }
        }
    }

    fn ack(&mut self, to: i64, now: Timestamp) {
        if self.told.end.is_some() || to < 0 {
            return;
        }
        self.heard = now;
        if to as usize > self.acked {
            if self.acked <= self.next() {
                self.acked_since = now;
            }
            self.acked = to as usize;
        }
        self.look(now);
    }

    fn look(&mut self, now: Timestamp) {
        if self.told.end.is_some() {
            return;
        }
        let acked = self.acked.min(self.fin.unwrap_or(usize::MAX));
        if now.saturating_since(self.acked_since) >= self.config.ack_grace {
            self.skip_to(acked, GapCause::Acknowledged);
        }
        while let Some((at, since)) = self.first() {
            let is_missed = self.heard >= since && self.acked < at;
            let (deadline, longer) = (self.config.deadline, self.config.unacknowledged);
            let patience = if is_missed { longer.max(deadline) } else { deadline };
            if now.saturating_since(since) < patience {
                break;
            }
            self.skip_to(at, GapCause::Deadline);
        }
        if self.fin.is_some_and(|fin| self.next() >= fin) {
            self.told.end = Some(End::Fin);
        }
    }

    /// The first byte that waits, and since when.
    fn first(&self) -> Option<(usize, Timestamp)> {
        let mut waiting = self.waiting.iter().enumerate().skip(self.next());
        waiting.find_map(|(at, kept)| Some((at, (*kept)?.since)))
    }

    fn skip_to(&mut self, to: usize, cause: GapCause) {
        while self.next() < to {
            self.go_on();
            if self.next() < to {
                self.told.places.push(Err(cause));
            }
        }
        self.go_on();
    }

    /// Delivers what waits for nothing.
    fn go_on(&mut self) {
        while let Some(Some(kept)) = self.waiting.get(self.next()) {
            self.told.places.push(kept.byte.ok_or(GapCause::SnapLength));
        }
    }

    fn close(&mut self) {
        if self.told.end.is_none() {
            let to = self.fin.unwrap_or(self.acked.max(self.waiting.len()));
            self.skip_to(to, GapCause::End);
            self.told.end = Some(End::Closed);
        }
    }
}

/// The byte of a stream at a place, or another for those who tell lies.
fn byte_at(at: i64, lie: u8) -> u8 {
    at.wrapping_mul(7).rem_euclid(251).to_le_bytes()[0] ^ lie
}

/// Plays what bytes describe to a stream and to a model of it: eight of them are a step. Everything
/// that the stream tells has to be what the model tells.
///
/// # Panics
///
/// The two differ.
#[allow(clippy::arithmetic_side_effects, reason = "sequence numbers wrap")]
pub fn streams(bytes: &[u8]) {
    let (overlap, steps) = steps(bytes);
    let config = Config { overlap, max_pending: ROOM, max_total: ROOM, ..Config::default() };
    let (mut model, mut told) = (Model::new(config.clone()), Told::default());
    let (mut assembler, mut stream) = (Assembler::new(config), StreamAssembler::new(7));
    let mut now = Timestamp::from_secs(1, 0);
    // Where numbers wrap is one more thing that bytes say.
    let base =
        steps.first().map_or(0, |step| u32::from_be_bytes([step[6], step[7], 0xff, step[5]]));
    let syn = Segment::new(now, SeqNumber(base) + u32::MAX, b"").syn();
    assembler.segment(&mut stream, &syn, &mut told);
    for step in steps {
        let [kind, flags, high, low, len, lie, wait, other] = *step;
        // Most waits are short; some are as long as it takes to give up.
        let millis = u64::from(wait & 15) * if other == 0 { 400 } else { 1 };
        now = now.saturating_add(Duration::from_millis(millis));
        let place = i64::from(u16::from_be_bytes([high & 0x3f, low])).saturating_sub(200);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "numbers wrap")]
        let number = SeqNumber(base) + (place as u32);
        if kind.is_multiple_of(8) {
            let window = (flags & 1 == 0).then_some(u32::from(len) << 8);
            assembler.acknowledged(&mut stream, now, number, window, &mut told);
            model.ack(place, now);
        } else {
            let lie = if flags & 0x10 == 0 { 0 } else { lie };
            let len = i64::from(len) << (flags & 3);
            let payload: Vec<_> = (place..place + len).map(|at| byte_at(at, lie)).collect();
            let cut = if flags & 0x0c == 0x0c { u32::from(low) } else { 0 };
            let fin = flags & 0xe0 == 0xe0;
            let segment = Segment { fin, ..Segment::new(now, number, &payload) };
            let segment = segment.cut_from(segment.length.saturating_add(cut));
            assembler.segment(&mut stream, &segment, &mut told);
            model.segment(&Sent { start: place, payload: &payload, cut: cut as usize, fin }, now);
        }
        while let Some(token) = assembler.next_due(now) {
            assert_eq!(token, stream.token());
            assembler.look(&mut stream, now, &mut told);
            model.look(now);
        }
        assert_eq!(stream.offset(), model.next() as u64);
    }
    assembler.close(&mut stream, &mut told);
    model.close();
    assert_eq!(told, model.told);
    assert_eq!(assembler.stats().waiting, 0, "all pages are given back");
    let (stats, places) = (stream.stats(), &model.told.places);
    let again = model.told.again.iter().fold(0, |sum, (_, len)| sum + len);
    let gaps = places.iter().filter(|place| place.is_err()).count() as u64;
    assert_eq!((stats.bytes, stats.gap_bytes), (places.len() as u64 - gaps, gaps));
    assert_eq!((stats.overlapped_bytes, stats.retransmitted_bytes), (model.overlapped, again));
    assert_eq!(stats.late_bytes, model.late);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::OverlapPolicy;

    /// A model that cannot be wrong: bytes of segments that agree, in any order, with nothing lost.
    #[test]
    fn the_model_tells_what_was_sent() {
        let mut model = Model::new(Config { overlap: OverlapPolicy::Last, ..Config::default() });
        let now = Timestamp::from_secs(1, 0);
        for (start, payload) in [(4, &b"efg"[..]), (2, b"cde"), (0, b"ab"), (5, b"XY"), (9, b"j")] {
            model.segment(&Sent { start, payload, cut: 0, fin: false }, now);
        }
        model.close();
        let text = model.told.places.iter().map(|place| place.unwrap_or(b'-'));
        assert_eq!(text.collect::<Vec<_>>(), b"abcdefg--j");
        assert_eq!(model.told.again, [(5, 2)]);
        assert_eq!((model.overlapped, model.told.conflicts.len()), (1, 0));
    }

    /// Steps near each other, so that more of them meet than among bytes at random.
    fn near() -> impl Strategy<Value = Vec<u8>> {
        let step = (0_u8..16, any::<u8>(), 0_u8..4, any::<u8>(), 0_u8..90, any::<u8>(), 0_u8..40);
        let steps = prop::collection::vec((step, 0_u8..20), 1..60);
        (0_u8..7, steps).prop_map(|(policy, steps)| {
            let steps =
                steps.into_iter().flat_map(|((kind, flags, high, low, len, lie, wait), other)| {
                    [kind, flags, high, low, len, lie, wait, other]
                });
            std::iter::once(policy).chain(steps).collect()
        })
    }

    proptest! {
        #[test]
        fn segments_near_each_other_give_what_the_model_gives(bytes in near()) {
            streams(&bytes);
        }
    }
}
