//! Events of several shards, told in the order of one engine.

use rheos_core::Timestamp;
use rheos_flow::TrackerAnomaly;

use crate::awaited::{Announced, Awaited, Parent};
use crate::event::{EventKind, Flow};
use crate::fact::{Fact, News};
use crate::out::{Head, Lend, Out, Place};
use crate::owned::Kept;
use crate::pressure::{join, rank};
use crate::{Events, SessionKey, Sink};

/// What is known of all shards, as far as it was told.
#[derive(Debug, Default)]
pub(super) struct Across {
    /// Flows that were ended to make room.
    evicted: u64,
    /// Flows that the program announced, which may be of any shard.
    expected: Awaited,
}

impl Across {
    /// Tells the number of the flow that announced one that starts, unless a parser has told it. What both have
    /// announced is waited for no more.
    #[inline]
    fn complete(&mut self, parent: &mut Option<u64>, key: &impl SessionKey, now: Timestamp) {
        let across = self.expected.take(key, now).map(|(parent, _)| parent.number);
        *parent = parent.or(across);
    }
}

/// Tells a sink what happens in one shard, as it happens, and what has happened in the others where it belongs.
pub(super) struct Merge<'a, K, S, T> {
    /// What is left of that of the others, of whom something was.
    others: Vec<&'a [Kept<K, S>]>,
    /// The place of the first of that, and whose it is. In one place are events of one shard, and what all say of all
    /// flows.
    first: Option<(Place, usize)>,
    own: Lend<'a, T>,
    across: &'a mut Across,
}

impl<'a, K: SessionKey, S, T: Sink<K, S>> Merge<'a, K, S, T> {
    /// With what has happened in the others.
    pub(super) fn new(
        others: Vec<&'a [Kept<K, S>]>,
        own: Lend<'a, T>,
        across: &'a mut Across,
    ) -> Self {
        let mut merge = Self { others, first: None, own, across };
        merge.others.retain(|list| !list.is_empty());
        merge.find_first();
        merge
    }

    /// Tells all that is left.
    pub(super) fn rest(&mut self) {
        while let Some((_, whose)) = self.first {
            self.tell_first(whose);
        }
    }

    /// Tells what the others have in front of a place.
    #[inline]
    fn before(&mut self, place: Place) {
        while let Some((_, whose)) = self.first.filter(|(first, _)| *first < place) {
            self.tell_first(whose);
        }
    }

    /// Tells the first of what the others have: whose it is.
    #[inline]
    fn tell_first(&mut self, whose: usize) {
        match self.others.get_mut(whose).and_then(|list| list.split_off_first()) {
            Some(Kept::Event(event)) => {
                let mut event = event.get();
                if let EventKind::Started { parent, .. } = &mut event.kind {
                    let key = &event.flow.record.key;
                    self.across.complete(parent, key, event.timestamp);
                }
                self.own.sink.event(&event);
            }
            Some(Kept::All(head, anomaly)) => self.tell_all(*head, *anomaly),
            Some(Kept::Expected(head, parent, announced)) => {
                self.across.expected.add(*parent, *announced, head.timestamp);
            }
            None => {}
        }
        self.find_first();
    }

    #[inline]
    fn find_first(&mut self) {
        self.first = None;
        for (whose, list) in self.others.iter().enumerate() {
            if let Some(place) = list.first().map(Kept::place)
                && self.first.is_none_or(|(first, _)| place < first)
            {
                self.first = Some((place, whose));
            }
        }
    }

    /// Tells what is odd about all flows: what all shards say of it in one place.
    #[cold]
    fn tell_all(&mut self, head: Head, mut anomaly: TrackerAnomaly) {
        let place = head.place(rank(&anomaly));
        for list in &mut self.others {
            if list.first().is_some_and(|kept| kept.place() == place)
                && let Some(Kept::All(_, other)) = list.split_off_first()
            {
                anomaly = join(anomaly, *other);
            }
        }
        self.find_first();
        if let TrackerAnomaly::FlowTableEviction { evicted, total } = &mut anomaly {
            self.across.evicted = self.across.evicted.saturating_add(*evicted);
            *total = self.across.evicted;
        }
        self.own.sink.tracker_anomaly(&anomaly, head.timestamp);
    }
}

impl<K: SessionKey, S, T: Sink<K, S>> Out<K, S> for Merge<'_, K, S, T> {
    #[inline]
    fn wants(&self, events: Events) -> bool {
        Out::<K, S>::wants(&self.own, events)
    }

    fn tell(&mut self, head: Head, flow: Flow<'_, K, S>, mut news: News) {
        self.before(head.place(flow.number));
        if let News::Fact(Fact::Started { parent, .. }) = &mut news {
            self.across.complete(parent, &flow.record.key, head.timestamp);
        }
        self.own.tell(head, flow, news);
    }

    fn tracker_anomaly(&mut self, head: Head, anomaly: &TrackerAnomaly) {
        self.before(head.place(rank(anomaly)));
        if Out::<K, S>::wants(&self.own, Events::ANOMALY) {
            self.tell_all(head, *anomaly);
        }
    }

    fn expect(&mut self, head: Head, parent: Parent, announced: Announced) {
        self.before(head.place(parent.number));
        self.across.expected.add(parent, announced, head.timestamp);
    }
}
