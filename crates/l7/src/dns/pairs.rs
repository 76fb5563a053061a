//! Questions that wait for their answers: found by number, forgotten in the order in which they came.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use rheos_core::Timestamp;
use rheos_layers::DnsHeader;

use super::{DnsConfig, DnsEvent, DnsExchange, OwnedDnsMessage, Unanswered};

/// Most questions with one number that wait: programs use a number twice at most, so more of them are
/// an attack on whoever compares them.
const MAX_SAME_ID: usize = 8;
/// Bytes of a header, and of what is in a question beside its name.
const HEADER_LEN: usize = size_of::<DnsHeader>();
const FRONT_LEN: usize = HEADER_LEN + 4;
/// No place.
const NONE: usize = usize::MAX;

/// The questions of a flow that wait.
#[derive(Clone, Debug, Default)]
pub(super) struct Pairs {
    config: DnsConfig,
    places: Vec<Place>,
    /// The first place that is free; the next is its [`newer`](Place::newer).
    free: Option<usize>,
    /// The newest question with each number.
    by_id: HashMap<u16, usize, BuildHasherDefault<IdHasher>>,
    ends: Ends,
    len: usize,
    bytes: usize,
}

/// The list of those that wait.
#[derive(Clone, Copy, Debug)]
struct Ends {
    oldest: usize,
    newest: usize,
}

impl Default for Ends {
    fn default() -> Self {
        Self { oldest: NONE, newest: NONE }
    }
}

#[derive(Clone, Debug)]
struct Place {
    /// None, if it is free.
    pending: Option<Pending>,
    older: usize,
    newer: usize,
    /// The next older question with the same number.
    same_id: usize,
}

#[derive(Clone, Debug)]
struct Pending {
    query: OwnedDnsMessage,
    /// Where its question ends, if that is not compressed.
    question_end: Option<usize>,
    retransmissions: u32,
}

impl Pending {
    fn new(query: OwnedDnsMessage) -> Self {
        let name = query.question().and_then(|question| question.name.wire());
        let question_end = name.map(|name| FRONT_LEN.saturating_add(name.len()));
        Self { query, question_end, retransmissions: 0 }
    }

    /// Whether a message asks the same, or is a response without a question: some servers leave it out,
    /// of errors above all.
    fn asks_same(&self, message: &OwnedDnsMessage, is_response: bool) -> bool {
        // Nearly every answer has the same bytes, which need not be read.
        let asked = self.question_end.and_then(|end| self.query.bytes().get(HEADER_LEN..end));
        if let Some(bytes) = asked
            && message.message().header.question_count.get() > 0
            && message.bytes().get(HEADER_LEN..).is_some_and(|rest| rest.starts_with(bytes))
        {
            return true;
        }
        let question = message.question();
        is_response && question.is_none() || self.query.question() == question
    }
}

/// Spreads the numbers of messages. Who chooses them with care makes a search as long as there are
/// questions that wait, which is bounded: no secret is needed.
#[derive(Clone, Copy, Debug, Default)]
struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u16((*byte).into()));
    }

    fn write_u16(&mut self, id: u16) {
        // The golden ratio; its upper bits depend on every bit of the number, and go to the lower ones.
        let spread = (self.0 ^ u64::from(id)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = spread ^ spread >> 32;
    }
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
            if let Some(place) = self.find(&message, true)
                && let Some(Pending { query, retransmissions, .. }) = self.remove(place)
            {
                out(DnsEvent::Exchange(DnsExchange::new(query, message, retransmissions)));
            }
            return;
        }
        out(DnsEvent::Query(message.clone()));
        let same = self.find(&message, false).and_then(|place| self.places.get_mut(place));
        match same.and_then(|place| place.pending.as_mut()) {
            Some(pending) => pending.retransmissions = pending.retransmissions.saturating_add(1),
            None => self.insert(message, out),
        }
    }

    /// Forgets those that wait for too long.
    pub(super) fn expire(&mut self, now: Timestamp, out: Out<'_>) {
        while let Some(query) = self.oldest()
            && now.saturating_since(query.timestamp) > self.config.timeout
        {
            self.forget(self.ends.oldest, Unanswered::Timeout, out);
        }
    }

    /// Forgets all that a filter wants.
    pub(super) fn end(&mut self, wanted: impl Fn(&OwnedDnsMessage) -> bool, out: Out<'_>) {
        let mut place = self.ends.oldest;
        while let Some(&Place { newer, ref pending, .. }) = self.places.get(place) {
            if pending.as_ref().is_some_and(|pending| wanted(&pending.query)) {
                self.forget(place, Unanswered::Ended, out);
            }
            place = newer;
        }
    }

    fn oldest(&self) -> Option<&OwnedDnsMessage> {
        Some(&self.places.get(self.ends.oldest)?.pending.as_ref()?.query)
    }

    /// The newest question with the number of a message that asks the same; for a response, that the
    /// other side asked.
    fn find(&self, message: &OwnedDnsMessage, is_response: bool) -> Option<usize> {
        let mut at = *self.by_id.get(&message.message().id())?;
        for _ in 0..MAX_SAME_ID {
            let place = self.places.get(at)?;
            let pending = place.pending.as_ref()?;
            let is_of_side = (pending.query.side != message.side) == is_response;
            if is_of_side && pending.asks_same(message, is_response) {
                return Some(at);
            }
            at = place.same_id;
        }
        None
    }

    fn insert(&mut self, query: OwnedDnsMessage, out: Out<'_>) {
        let id = query.message().id();
        self.bytes = self.bytes.saturating_add(query.bytes().len());
        self.len = self.len.saturating_add(1);
        let pending = Some(Pending::new(query));
        let same_id = self.by_id.get(&id).copied().unwrap_or(NONE);
        let place = Place { pending, older: self.ends.newest, newer: NONE, same_id };
        let at = match self.free.and_then(|at| Some((at, self.places.get_mut(at)?))) {
            Some((at, free)) => {
                self.free = Some(free.newer).filter(|next| *next != NONE);
                *free = place;
                at
            }
            None => {
                self.places.push(place);
                self.places.len().saturating_sub(1)
            }
        };
        match self.places.get_mut(self.ends.newest) {
            Some(newest) => newest.newer = at,
            None => self.ends.oldest = at,
        }
        self.ends.newest = at;
        self.by_id.insert(id, at);
        self.cut_chain(at, out);
        while self.len > self.config.max_pending || self.bytes > self.config.max_pending_bytes {
            self.forget(self.ends.oldest, Unanswered::Evicted, out);
        }
    }

    /// Forgets the oldest of too many with one number.
    fn cut_chain(&mut self, mut at: usize, out: Out<'_>) {
        for _ in 0..MAX_SAME_ID {
            let Some(place) = self.places.get(at) else { return };
            at = place.same_id;
        }
        if at != NONE {
            self.forget(at, Unanswered::Evicted, out);
        }
    }

    fn forget(&mut self, at: usize, cause: Unanswered, out: Out<'_>) {
        if let Some(Pending { query, retransmissions, .. }) = self.remove(at) {
            out(DnsEvent::Unanswered { query, retransmissions, cause });
        }
    }

    /// Takes a question out of both lists.
    fn remove(&mut self, at: usize) -> Option<Pending> {
        let place = self.places.get_mut(at)?;
        let pending = place.pending.take()?;
        let Place { older, newer, same_id, .. } = *place;
        place.newer = self.free.unwrap_or(NONE);
        self.free = Some(at);
        self.len = self.len.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(pending.query.bytes().len());
        match self.places.get_mut(older) {
            Some(place) => place.newer = newer,
            None => self.ends.oldest = newer,
        }
        match self.places.get_mut(newer) {
            Some(place) => place.older = older,
            None => self.ends.newest = older,
        }
        self.unchain(pending.query.message().id(), at, same_id);
        Some(pending)
    }

    fn unchain(&mut self, id: u16, at: usize, next: usize) {
        let Some(&head) = self.by_id.get(&id) else { return };
        if head == at {
            if next == NONE {
                self.by_id.remove(&id);
            } else {
                self.by_id.insert(id, next);
            }
            return;
        }
        let mut before = head;
        for _ in 0..=MAX_SAME_ID {
            let Some(place) = self.places.get_mut(before) else { return };
            if place.same_id == at {
                place.same_id = next;
                return;
            }
            before = place.same_id;
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> (usize, usize, usize) {
        (self.len, self.by_id.len(), self.places.len())
    }
}
