//! What ends a stream, or the waiting for bytes in it: acknowledgments, time, FIN and RST.

use std::time::Duration;

use rheos_core::{SeqNumber, Timestamp};

use super::stream::{Context, State};
use super::{Config, Consumer, End, GapCause, Segment, StreamAssembler};

impl StreamAssembler {
    /// Takes an acknowledgment of the other end, and the window it offers, scaled.
    #[inline]
    pub(super) fn acknowledged<C: Consumer>(
        &mut self,
        context: &mut Context<'_, C>,
        timestamp: Timestamp,
        acknowledgment: SeqNumber,
        window: Option<u32>,
    ) {
        self.window = window.or(self.window);
        if self.state != State::Open {
            return;
        }
        let Ok(acked) = u64::try_from(self.place_of(acknowledgment)) else { return };
        self.heard = self.heard.max(timestamp);
        // Nobody acknowledges what nobody could have sent.
        if acked > self.acked && acked <= self.far_end(context.config) {
            if self.acked <= self.next {
                self.acked_since = timestamp;
            }
            self.acked = acked;
        }
        self.look(context, timestamp);
    }

    /// Behind everything that the other end may have been sent.
    pub(super) fn far_end(&self, config: &Config) -> u64 {
        let reach = u64::from(self.window.unwrap_or(0)).saturating_add(config.max_ahead.into());
        self.seen_to().saturating_add(reach)
    }

    /// Behind everything that was seen.
    pub(super) fn seen_to(&self) -> u64 {
        let waiting = self.pending.as_ref().map_or(0, |pending| pending.end());
        self.next.max(self.acked).max(waiting)
    }

    /// Gives up holes whose time is over, and ends the stream where its end has been reached.
    #[inline]
    pub(super) fn look<C: Consumer>(&mut self, context: &mut Context<'_, C>, now: Timestamp) {
        let is_behind = (self.acked > self.next) | self.pending.is_some() | self.fin.is_some();
        if is_behind && self.state == State::Open {
            self.look_closely(context, now);
        }
    }

    #[inline(never)]
    fn look_closely<C: Consumer>(&mut self, context: &mut Context<'_, C>, now: Timestamp) {
        let acked = self.acked.min(self.fin.unwrap_or(u64::MAX));
        if acked > self.next && now.saturating_since(self.acked_since) >= context.config.ack_grace {
            self.skip_to(context, acked, GapCause::Acknowledged);
        }
        while let Some(since) = self.hole_since()
            && now.saturating_since(since) >= self.patience(context.config, since)
        {
            self.close_hole(context, GapCause::Deadline);
        }
        if self.fin.is_some_and(|fin| self.next >= fin) {
            self.end(context, End::Fin);
        }
    }

    /// How long a hole that was noticed at a time stays open.
    fn patience(&self, config: &Config, since: Timestamp) -> Duration {
        let first = self.pending.as_ref().and_then(|pending| pending.first());
        let is_missed = self.heard >= since && first.is_some_and(|(start, _)| self.acked < start);
        if is_missed { config.unacknowledged.max(config.deadline) } else { config.deadline }
    }

    /// Ends the stream by a reset, if the other end would believe it.
    pub(super) fn reset<C: Consumer>(
        &mut self,
        context: &mut Context<'_, C>,
        segment: &Segment<'_>,
    ) {
        if self.state != State::Open {
            return;
        }
        // RFC 9293 section 3.10.7.4: in the window. Where that begins is known only roughly: between
        // what was acknowledged and what was seen.
        let low = if self.acked > 0 { self.next.min(self.acked) } else { self.next };
        let window = self.window.unwrap_or(context.config.max_ahead);
        let high = self.seen_to().saturating_add(window.into());
        let is_believed = u64::try_from(self.place_of(segment.sequence))
            .is_ok_and(|place| (low..=high).contains(&place));
        if is_believed {
            // RFC 9293 section 3.5.3: what it holds says why, and is no part of the stream.
            let length = u64::from(segment.length);
            self.stats.bytes_after_end = self.stats.bytes_after_end.saturating_add(length);
            self.end(context, End::Reset);
        } else {
            self.stats.ignored_resets = self.stats.ignored_resets.saturating_add(1);
        }
    }

    /// Ends the stream: delivers all that waits, with gaps.
    pub(super) fn end<C: Consumer>(&mut self, context: &mut Context<'_, C>, end: End) {
        if self.state == State::Open {
            let fin = self.fin.unwrap_or(u64::MAX);
            let to = self.seen_to().min(fin).max(self.fin.unwrap_or(0));
            self.skip_to(context, to, GapCause::End);
            self.state = State::Ended;
            self.give_up_unread(context.consumer);
            context.consumer.end(end);
        }
        if let Some(pending) = &mut self.pending {
            pending.clear(context.arena);
        }
        self.pending = None;
    }
}
