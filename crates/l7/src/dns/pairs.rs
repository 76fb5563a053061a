//! Questions and their answers, put together.

use rheos_core::Timestamp;

use super::waiting::{Pending, Waiting};
use super::{DnsConfig, DnsEvent, DnsExchange, OwnedDnsMessage, Unanswered};

/// The questions of a flow that wait.
#[derive(Clone, Debug, Default)]
pub(super) struct Pairs {
    config: DnsConfig,
    /// The question that waits, if it is the only one. Most flows never have two, and take no memory for
    /// a table.
    only: Option<Pending>,
    /// Those that wait, if they are several, or were a moment ago.
    waiting: Waiting,
}

type Out<'o> = &'o mut dyn FnMut(DnsEvent);

impl Pairs {
    pub(super) fn new(config: DnsConfig) -> Self {
        Self { config, ..Self::default() }
    }

    /// Takes a message and tells it, and the exchange that it completes.
    pub(super) fn message(&mut self, message: OwnedDnsMessage, out: Out<'_>) {
        self.expire(message.timestamp, out);
        if message.message().is_response() {
            out(DnsEvent::Response(message.clone()));
            if let Some(Pending { query, retransmissions, .. }) = self.take(&message) {
                out(DnsEvent::Exchange(DnsExchange::new(query, message, retransmissions)));
            }
            return;
        }
        out(DnsEvent::Query(message.clone()));
        match self.same(&message) {
            Some(pending) => pending.retransmissions = pending.retransmissions.saturating_add(1),
            None => self.insert(Pending::new(message), out),
        }
    }

    /// Forgets those that wait for too long.
    pub(super) fn expire(&mut self, now: Timestamp, out: Out<'_>) {
        let timeout = self.config.timeout;
        let is_late = |pending: &Pending| now.saturating_since(pending.query.timestamp) > timeout;
        if let Some(pending) = self.only.take_if(|only| is_late(only)) {
            out(pending.unanswered(Unanswered::Timeout));
        }
        while let Some(pending) = self.waiting.take_oldest_if(is_late) {
            out(pending.unanswered(Unanswered::Timeout));
        }
    }

    /// Forgets all that a filter wants.
    pub(super) fn end(&mut self, wanted: impl Fn(&OwnedDnsMessage) -> bool, out: Out<'_>) {
        if let Some(pending) = self.only.take_if(|only| wanted(&only.query)) {
            out(pending.unanswered(Unanswered::Ended));
        }
        let wanted = |pending: &Pending| wanted(&pending.query);
        self.waiting.take_all(wanted, &mut |pending| {
            out(pending.unanswered(Unanswered::Ended));
        });
    }

    /// The newest question that a response is for.
    fn take(&mut self, response: &OwnedDnsMessage) -> Option<Pending> {
        match &self.only {
            Some(only) if only.is_meant_by(response, true) => self.only.take(),
            Some(_) => None,
            None => self.waiting.take(response),
        }
    }

    /// The newest question that asks the same.
    fn same(&mut self, query: &OwnedDnsMessage) -> Option<&mut Pending> {
        match &mut self.only {
            Some(only) => Some(only).filter(|only| only.is_meant_by(query, false)),
            None => self.waiting.same(query),
        }
    }

    fn insert(&mut self, pending: Pending, out: Out<'_>) {
        let (waiting, _) = self.waiting.size();
        let fits = self.config.max_pending > 0
            && pending.query.bytes().len() <= self.config.max_pending_bytes;
        if waiting == 0 && self.only.is_none() && fits {
            self.only = Some(pending);
            return;
        }
        let first = self.only.take();
        for pending in first.into_iter().chain([pending]) {
            if let Some(evicted) = self.waiting.insert(pending) {
                out(evicted.unanswered(Unanswered::Evicted));
            }
        }
        while let (len, bytes) = self.waiting.size()
            && (len > self.config.max_pending || bytes > self.config.max_pending_bytes)
            && let Some(evicted) = self.waiting.take_oldest_if(|_| true)
        {
            out(evicted.unanswered(Unanswered::Evicted));
        }
    }

    /// How many wait, their numbers, and places for them in the table.
    #[cfg(test)]
    pub(super) fn len(&self) -> (usize, usize, usize) {
        let (len, ids, places) = self.waiting.lens();
        let only = usize::from(self.only.is_some());
        (len + only, ids + only, places)
    }
}
