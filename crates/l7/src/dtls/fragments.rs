//! Fragments of handshake messages, put together: RFC 6347, section 4.2.3.

use std::collections::BTreeMap;

use rheos_layers::DtlsHandshake;

use super::{Number, number};

/// Most messages of a side that wait for fragments: more than any flight has.
const MAX_WAITING: usize = 16;
/// Most messages of a side that are remembered as told: more than any handshake has.
const MAX_TOLD: usize = 64;
/// What a fragment costs beside its bytes, so that many short ones fill the room, too.
const FRAGMENT_COST: usize = 64;

/// The fragments of one side.
#[derive(Clone, Debug, Default)]
pub(super) struct Fragments {
    waiting: Vec<Waiting>,
    /// The messages that were told, the oldest first.
    told: Vec<Number>,
}

/// A message that is not all there.
#[derive(Clone, Debug)]
struct Waiting {
    number: Number,
    len: usize,
    /// The fragments by their places.
    parts: BTreeMap<usize, Vec<u8>>,
}

/// What a fragment led to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// The message is all there.
    Whole(Vec<u8>),
    /// The message has more bytes than are taken.
    TooLong(usize),
    /// It was told already.
    Known,
    /// More are needed.
    Part,
}

impl Fragments {
    pub(super) fn take(&mut self, message: &DtlsHandshake<'_>, max_message: usize) -> Taken {
        let number = number(message);
        if self.told.contains(&number) {
            return Taken::Known;
        }
        let len = message.length as usize;
        if len > max_message {
            self.tell(number);
            return Taken::TooLong(len);
        }
        if message.is_whole() {
            self.waiting.retain(|waiting| waiting.number != number);
            self.tell(number);
            return Taken::Whole(message.body.to_vec());
        }
        let same = self.waiting.iter().position(|waiting| waiting.number == number);
        let place = same.unwrap_or_else(|| {
            if self.waiting.len() >= MAX_WAITING {
                self.waiting.remove(0);
            }
            self.waiting.push(Waiting { number, len, parts: BTreeMap::new() });
            self.waiting.len().saturating_sub(1)
        });
        let Some(waiting) = self.waiting.get_mut(place) else { return Taken::Part };
        // Another length is of another message: the first one said stays.
        if waiting.len != len {
            return Taken::Part;
        }
        let part = waiting.parts.entry(message.fragment_offset as usize).or_default();
        if message.body.len() > part.len() {
            *part = message.body.to_vec();
        }
        if let Some(body) = waiting.body() {
            self.waiting.remove(place);
            self.tell(number);
            return Taken::Whole(body);
        }
        self.make_room(max_message);
        Taken::Part
    }

    /// Forgets the oldest until the rest fits.
    fn make_room(&mut self, max_bytes: usize) {
        while self.cost() > max_bytes && !self.waiting.is_empty() {
            self.waiting.remove(0);
        }
    }

    /// What all that waits costs, in bytes.
    pub(super) fn cost(&self) -> usize {
        self.waiting.iter().map(Waiting::cost).sum()
    }

    fn tell(&mut self, number: Number) {
        if self.told.len() >= MAX_TOLD {
            self.told.remove(0);
        }
        self.told.push(number);
    }
}

impl Waiting {
    /// The message, if no byte of it is missing. Of bytes that came twice, the first in place count.
    fn body(&self) -> Option<Vec<u8>> {
        let mut body = Vec::new();
        for (&at, part) in &self.parts {
            let known = body.len().checked_sub(at)?;
            body.extend_from_slice(part.get(known..).unwrap_or_default());
        }
        body.truncate(self.len);
        (body.len() == self.len).then_some(body)
    }

    fn cost(&self) -> usize {
        let parts = self.parts.values().map(|part| part.len().saturating_add(FRAGMENT_COST));
        parts.sum()
    }
}
