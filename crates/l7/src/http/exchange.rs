//! Which response answers which request.

use std::collections::VecDeque;
use std::sync::Arc;

use rheos_core::Timestamp;

use super::head::{Request, Response};
use super::message::{Completion, End, Exchange, Kind};

/// Bytes of the heads of requests that wait on a stream: what a client that never reads its responses can have kept.
/// Four of the longest fit, or thousands of those that browsers send.
const MAX_HEADS: usize = 1 << 20;

/// Requests that wait, and the response that is being read.
#[derive(Debug, Default)]
pub(super) struct Pairing {
    pending: VecDeque<Exchange>,
    /// Bytes that their heads take.
    heads: usize,
    /// The exchange whose response is being read.
    answering: Option<Exchange>,
    /// The request that is being read.
    asking: Option<u64>,
    /// Its exchange, if the response has ended before: a server need not wait for all of a body.
    answered_early: Option<Exchange>,
    /// Transactions so far.
    count: u64,
    /// Whether a request has been seen.
    is_asked: bool,
}

impl Pairing {
    /// The number of the next request.
    pub(super) fn next(&self) -> u64 {
        self.count
    }

    /// The oldest request that waits.
    pub(super) fn front(&self) -> Option<&Request> {
        self.pending.front()?.request.as_deref()
    }

    /// Whether a response now is one that nobody asked for.
    pub(super) fn is_unasked(&self) -> bool {
        self.is_asked && self.pending.is_empty()
    }

    /// A request waits. Returns those that have to give room.
    pub(super) fn ask(
        &mut self,
        request: Arc<Request>,
        max: usize,
    ) -> impl Iterator<Item = Exchange> {
        self.count = self.count.saturating_add(1);
        self.is_asked = true;
        self.asking = Some(request.transaction);
        self.pending.push_back(new(request.transaction, Some(request)));
        self.heads = self.heads.saturating_add(self.pending.back().map_or(0, size));
        let (mut forgotten, mut left) = (0_usize, self.pending.len());
        for exchange in &self.pending {
            if left <= 1 || left <= max && self.heads <= MAX_HEADS {
                break;
            }
            self.heads = self.heads.saturating_sub(size(exchange));
            forgotten = forgotten.saturating_add(1);
            left = left.saturating_sub(1);
        }
        self.pending.drain(..forgotten)
    }

    /// The number of the request that a response answers.
    pub(super) fn answered(&self) -> u64 {
        self.pending.front().map_or(self.count, |exchange| exchange.transaction)
    }

    /// A final response begins.
    pub(super) fn answer(&mut self, response: Arc<Response>) {
        let asked = self.pending.pop_front();
        self.heads = self.heads.saturating_sub(asked.as_ref().map_or(0, size));
        let mut exchange = asked.unwrap_or_else(|| {
            let exchange = new(self.count, None);
            self.count = self.count.saturating_add(1);
            exchange
        });
        exchange.response = Some(response);
        self.answering = Some(exchange);
    }

    /// Whether the request that is being read has its final response, or some of it, and another may follow: behind
    /// one that closes the connection none does, RFC 9112 section 9.6.
    pub(super) fn is_answered(&self) -> bool {
        let closes = |response: &Arc<Response>| {
            let mut options = response.fields.list("connection");
            options.any(|option| option.eq_ignore_ascii_case(b"close"))
        };
        let mut answered = self.answering.iter().chain(&self.answered_early);
        answered.any(|exchange| {
            self.is_being_asked(exchange) && !exchange.response.as_ref().is_some_and(closes)
        })
    }

    /// A message ends; with the later one of both its exchange does.
    pub(super) fn end(&mut self, end: &End) -> Option<Exchange> {
        if end.kind == Kind::Request {
            self.asking = None;
            let all = self.pending.iter_mut().chain(&mut self.answering);
            let mut all = all.chain(&mut self.answered_early);
            if let Some(exchange) = all.find(|own| own.transaction == end.transaction) {
                exchange.request_len = end.len;
                exchange.request_end =
                    (end.completion == Completion::Complete).then_some(end.timestamp);
            }
            return self.answered_early.take();
        }
        let exchange = self.answering.take_if(|own| own.transaction == end.transaction)?;
        let response_end: Option<(Timestamp, Completion)> = Some((end.timestamp, end.completion));
        let exchange = Exchange { response_len: end.len, response_end, ..exchange };
        // What follows in a tunnel is no body: nobody would tell its end.
        if self.is_being_asked(&exchange) && end.completion != Completion::Tunnel {
            self.answered_early = Some(exchange);
            return None;
        }
        Some(exchange)
    }

    /// Responses may be missing: only the last request can be sure that the next is its own.
    pub(super) fn lose_responses(&mut self) -> impl Iterator<Item = Exchange> {
        let lost = self.pending.len().saturating_sub(1);
        self.heads = self.pending.back().map_or(0, size);
        self.pending.drain(..lost)
    }

    /// Nothing will be answered any more. A request that is still being read is told at its end.
    pub(super) fn finish(&mut self) -> impl Iterator<Item = Exchange> {
        self.heads = 0;
        let mut left: Vec<_> =
            self.answering.take().into_iter().chain(self.pending.drain(..)).collect();
        let last = left.pop_if(|exchange| self.asking == Some(exchange.transaction));
        self.answered_early = last.or(self.answered_early.take());
        left.into_iter()
    }

    fn is_being_asked(&self, exchange: &Exchange) -> bool {
        self.asking == Some(exchange.transaction)
    }
}

/// Bytes that the head of its request takes.
fn size(exchange: &Exchange) -> usize {
    exchange.request.as_ref().map_or(0, |request| {
        let line = request.method.len().saturating_add(request.target.len());
        line.saturating_add(request.fields.size())
    })
}

fn new(transaction: u64, request: Option<Arc<Request>>) -> Exchange {
    Exchange {
        transaction,
        request,
        response: None,
        request_len: 0,
        response_len: 0,
        request_end: None,
        response_end: None,
    }
}
