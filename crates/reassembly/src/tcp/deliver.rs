//! What a stream gives to its consumer: bytes that are next, and gaps.

use rheos_core::{SeqNumber, Timestamp};

use super::stream::{Context, State};
use super::{Chunk, Config, Consumer, Gap, GapCause, Segment, StreamAssembler};

impl StreamAssembler {
    /// The sequence number of the next byte to deliver: the low 32 bits of its place.
    #[inline]
    pub(super) fn next_number(&self) -> SeqNumber {
        #[allow(clippy::cast_possible_truncation, reason = "the low bits are meant")]
        #[allow(clippy::arithmetic_side_effects, reason = "sequence numbers wrap")]
        let number = self.base + (self.next as u32);
        number
    }

    /// Whether a segment goes on where the stream is, and nothing else has to be thought of: as most do.
    #[inline]
    pub(super) fn is_next(&self, segment: &Segment<'_>) -> bool {
        let has_sign = segment.syn | segment.fin | segment.rst;
        let waits = self.fin.is_some() | self.pending.is_some() | self.unread.is_some();
        if self.state != State::Open || has_sign | waits {
            return false;
        }
        let is_whole = segment.payload.len() == segment.length as usize;
        is_whole && segment.sequence == self.next_number()
    }

    /// Gives the next bytes to the consumer, behind what it left unread.
    #[inline]
    pub(super) fn deliver(
        &mut self,
        config: &Config,
        consumer: &mut impl Consumer,
        bytes: &[u8],
        timestamp: Timestamp,
    ) {
        if bytes.is_empty() {
            return;
        }
        let offset = self.next;
        self.next = self.next.saturating_add(bytes.len() as u64);
        self.stats.bytes = self.stats.bytes.saturating_add(bytes.len() as u64);
        let Some(unread) = &mut self.unread else {
            let read = consumer.data(&Chunk { offset, bytes, timestamp });
            if let Some(rest) = bytes.get(read..).filter(|rest| !rest.is_empty()) {
                let offset = offset.saturating_add(read as u64);
                self.unread.get_or_insert_default().push(offset, rest, timestamp);
                self.limit_unread(config, consumer);
            }
            return;
        };
        unread.push(offset, bytes, timestamp);
        self.offer_unread(config, consumer);
    }

    /// Offers what is unread.
    pub(super) fn offer_unread(&mut self, config: &Config, consumer: &mut impl Consumer) {
        let Some(unread) = self.unread.as_mut().filter(|unread| unread.len() > 0) else { return };
        let (offset, bytes, timestamp) = unread.get();
        let read = consumer.data(&Chunk { offset, bytes, timestamp });
        unread.read(read);
        self.limit_unread(config, consumer);
    }

    /// How many bytes are unread.
    #[inline]
    pub(super) fn unread_len(&self) -> usize {
        self.unread.as_ref().map_or(0, |unread| unread.len())
    }

    /// Drops what is unread, and says so.
    pub(super) fn drop_unread(&mut self, consumer: &mut impl Consumer) {
        if let Some(unread) = self.unread.take().filter(|unread| unread.len() > 0) {
            let (offset, bytes, _) = unread.get();
            consumer.gap(&Gap { offset, len: bytes.len() as u64, cause: GapCause::Unread });
        }
    }

    /// Gives up what is unread.
    pub(super) fn give_up_unread(&mut self, consumer: &mut impl Consumer) {
        if let Some(unread) = self.unread.take().filter(|unread| unread.len() > 0) {
            let (offset, bytes, timestamp) = unread.get();
            consumer.unread(&Chunk { offset, bytes, timestamp });
        }
    }

    /// Drops what is unread beyond the limit, oldest first, and says so.
    pub(super) fn limit_unread(&mut self, config: &Config, consumer: &mut impl Consumer) {
        let Some(unread) = &mut self.unread else { return };
        if unread.len() == 0 {
            self.unread = None;
            return;
        }
        let over = unread.len().saturating_sub(config.max_unread);
        if over > 0 {
            let (offset, ..) = unread.get();
            unread.read(over);
            consumer.gap(&Gap { offset, len: over as u64, cause: GapCause::Unread });
        }
    }

    /// Delivers what waits for nothing any more, if anything does.
    #[inline]
    pub(super) fn drain<C: Consumer>(&mut self, context: &mut Context<'_, C>) {
        if self.pending.as_ref().is_some_and(|pending| pending.goes_on(self.next)) {
            self.drain_pending(context);
        }
    }

    fn drain_pending<C: Consumer>(&mut self, context: &mut Context<'_, C>) {
        while let Some(mut pending) = self.pending.take_if(|pending| pending.goes_on(self.next)) {
            let Some(&piece) = pending.first().map(|(_, piece)| piece) else { return };
            if piece.is_cut {
                self.skip(context.consumer, piece.end, GapCause::SnapLength);
            } else {
                for bytes in pending.bytes(context.arena, self.next, piece.end) {
                    self.deliver(context.config, context.consumer, bytes, piece.timestamp);
                }
            }
            pending.drop_first(context.arena);
            self.pending = Some(pending);
        }
    }

    /// Leaves a gap. What the consumer left unread in front of it is not offered again.
    pub(super) fn skip(&mut self, consumer: &mut impl Consumer, to: u64, cause: GapCause) {
        let len = to.saturating_sub(self.next);
        if len > 0 {
            self.give_up_unread(consumer);
            self.stats.gaps = self.stats.gaps.saturating_add(1);
            self.stats.gap_bytes = self.stats.gap_bytes.saturating_add(len);
            self.note_gap(self.next, to);
            consumer.gap(&Gap { offset: self.next, len, cause });
            self.next = to;
        }
    }

    /// Delivers what waits in front of a place, with gaps where nothing does.
    pub(super) fn skip_to<C: Consumer>(
        &mut self,
        context: &mut Context<'_, C>,
        to: u64,
        cause: GapCause,
    ) {
        while self.next < to {
            let first = self.pending.as_ref().and_then(|pending| pending.first());
            let start = first.map_or(to, |(start, _)| start);
            self.skip(context.consumer, start.min(to), cause);
            self.drain(context);
        }
    }

    /// Gives up the first hole.
    pub(super) fn close_hole<C: Consumer>(
        &mut self,
        context: &mut Context<'_, C>,
        cause: GapCause,
    ) {
        let first = self.pending.as_ref().and_then(|pending| pending.first());
        if let Some((start, _)) = first {
            self.skip(context.consumer, start, cause);
            self.drain(context);
        }
    }
}
