//! Questions that wait for their answers: found by number, forgotten in the order in which they came.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use rheos_layers::DnsHeader;

use super::{DnsEvent, OwnedDnsMessage, Unanswered};

/// Most questions with one number that wait: programs use a number twice at most, so more of them are
/// an attack on whoever compares them.
const MAX_SAME_ID: usize = 8;
/// Bytes of a header, and of what is in a question beside its name.
const HEADER_LEN: usize = size_of::<DnsHeader>();
const FRONT_LEN: usize = HEADER_LEN + 4;
/// No place.
const NONE: usize = usize::MAX;

/// A question that waits.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) query: OwnedDnsMessage,
    /// Where its question ends, if that is not compressed.
    question_end: Option<usize>,
    pub(super) retransmissions: u32,
}

impl Pending {
    pub(super) fn new(query: OwnedDnsMessage) -> Self {
        let name = query.question().and_then(|question| question.name.wire());
        let question_end = name.map(|name| FRONT_LEN.saturating_add(name.len()));
        Self { query, question_end, retransmissions: 0 }
    }

    /// Nobody waits for its answer any more.
    pub(super) fn unanswered(self, cause: Unanswered) -> DnsEvent {
        let Self { query, retransmissions, .. } = self;
        DnsEvent::Unanswered { query, retransmissions, cause }
    }

    /// Whether a message is the same question, of the same side; or a response to it, of the other.
    pub(super) fn is_meant_by(&self, message: &OwnedDnsMessage, is_response: bool) -> bool {
        self.query.message().id() == message.message().id()
            && (self.query.side != message.side) == is_response
            && self.asks_same(message, is_response)
    }

    /// Whether a message asks the same, or is a response and one of both is without a question: some
    /// servers leave it out, of errors above all, and a capture may have cut it off.
    fn asks_same(&self, message: &OwnedDnsMessage, is_response: bool) -> bool {
        // Nearly every answer has the same bytes, which need not be read.
        let asked = self.question_end.and_then(|end| self.query.bytes().get(HEADER_LEN..end));
        if let Some(bytes) = asked
            && message.message().header.question_count.get() > 0
            && message.bytes().get(HEADER_LEN..).is_some_and(|rest| rest.starts_with(bytes))
        {
            return true;
        }
        let (asked, told) = (self.query.question(), message.question());
        let is_unknown = told.is_none() || self.query.is_cut && asked.is_none();
        is_response && is_unknown || asked == told
    }
}

/// Several questions of a flow that wait.
#[derive(Clone, Debug, Default)]
pub(super) struct Waiting {
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

impl Waiting {
    /// How many wait, and how many bytes they have.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.len, self.bytes)
    }

    /// The oldest, if it is one that a filter wants.
    pub(super) fn take_oldest_if(&mut self, wanted: impl Fn(&Pending) -> bool) -> Option<Pending> {
        let oldest = self.places.get(self.ends.oldest)?.pending.as_ref()?;
        if wanted(oldest) { self.remove(self.ends.oldest) } else { None }
    }

    /// Takes all that a filter wants, the oldest first.
    pub(super) fn take_all(
        &mut self,
        wanted: impl Fn(&Pending) -> bool,
        taken: &mut dyn FnMut(Pending),
    ) {
        let mut at = self.ends.oldest;
        while let Some(&Place { newer, ref pending, .. }) = self.places.get(at) {
            if pending.as_ref().is_some_and(&wanted)
                && let Some(pending) = self.remove(at)
            {
                taken(pending);
            }
            at = newer;
        }
    }

    /// The newest that a response is for.
    pub(super) fn take(&mut self, response: &OwnedDnsMessage) -> Option<Pending> {
        self.remove(self.find(response, true)?)
    }

    /// The newest that asks the same.
    pub(super) fn same(&mut self, query: &OwnedDnsMessage) -> Option<&mut Pending> {
        let at = self.find(query, false)?;
        self.places.get_mut(at)?.pending.as_mut()
    }

    fn find(&self, message: &OwnedDnsMessage, is_response: bool) -> Option<usize> {
        let mut at = *self.by_id.get(&message.message().id())?;
        for _ in 0..MAX_SAME_ID {
            let place = self.places.get(at)?;
            if place.pending.as_ref()?.is_meant_by(message, is_response) {
                return Some(at);
            }
            at = place.same_id;
        }
        None
    }

    /// Adds a question. Returns the oldest of too many with its number.
    pub(super) fn insert(&mut self, pending: Pending) -> Option<Pending> {
        let id = pending.query.message().id();
        self.bytes = self.bytes.saturating_add(pending.query.bytes().len());
        self.len = self.len.saturating_add(1);
        let same_id = self.by_id.get(&id).copied().unwrap_or(NONE);
        let pending = Some(pending);
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
        self.cut_chain(at)
    }

    /// Takes the oldest of too many with one number.
    fn cut_chain(&mut self, mut at: usize) -> Option<Pending> {
        for _ in 0..MAX_SAME_ID {
            at = self.places.get(at)?.same_id;
        }
        self.remove(at)
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

    /// How many wait, numbers, and places.
    #[cfg(test)]
    pub(super) fn lens(&self) -> (usize, usize, usize) {
        (self.len, self.by_id.len(), self.places.len())
    }
}
