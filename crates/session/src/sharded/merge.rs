//! Events of several shards, told in the order of one engine.

use std::sync::atomic::{AtomicU64, Ordering};

use rheos_flow::TrackerAnomaly;
use rheos_l7::Failure;

use crate::event::Flow;
use crate::fact::Fact;
use crate::out::{Head, Lend, Out, Place, Teller};
use crate::owned::Kept;
use crate::pressure::{join, rank};
use crate::{Events, Message, Sink};

/// Tells a sink what happens in one shard, as it happens, and what has happened in the others where it belongs.
pub(super) struct Merge<'a, K, S, T> {
    /// What is left of that of the others.
    pub(super) others: Vec<&'a [Kept<K, S>]>,
    pub(super) own: Lend<'a, T>,
    /// Flows of all shards that were ended to make room, as far as that was told.
    pub(super) evicted: &'a AtomicU64,
}

impl<K, S, T: Sink<K, S>> Merge<'_, K, S, T> {
    /// Tells the events of the others that are in front of a place.
    #[inline]
    fn before(&mut self, place: Place) {
        while let Some(list) = first(&mut self.others)
            && list.first().is_some_and(|event| event.place() < place)
            && let Some(kept) = list.split_off_first()
        {
            self.tell(kept);
        }
    }

    /// Tells all that are left.
    pub(super) fn rest(&mut self) {
        while let Some(kept) = first(&mut self.others).and_then(|list| list.split_off_first()) {
            self.tell(kept);
        }
    }

    #[inline]
    fn tell(&mut self, kept: &Kept<K, S>) {
        match kept {
            Kept::Event(event) => self.own.sink.event(&event.get()),
            Kept::All(head, anomaly) => self.tell_all(*head, *anomaly),
        }
    }

    /// Tells what is odd about all flows, and what all others say of it in the same place, as one.
    #[cold]
    fn tell_all(&mut self, head: Head, mut anomaly: TrackerAnomaly) {
        let place = head.place(rank(&anomaly));
        for list in &mut self.others {
            if let Some((Kept::All(_, other), rest)) =
                list.split_first().filter(|(first, _)| first.place() == place)
            {
                anomaly = join(anomaly, *other);
                *list = rest;
            }
        }
        if let TrackerAnomaly::FlowTableEviction { evicted, total } = &mut anomaly {
            let before = self.evicted.fetch_add(*evicted, Ordering::Relaxed);
            *total = before.saturating_add(*evicted);
        }
        self.own.sink.tracker_anomaly(&anomaly, head.timestamp);
    }
}

/// The list with the first event of all. Of one place there are events of one shard.
#[inline]
fn first<'l, 'a, K, S>(lists: &'l mut [&'a [Kept<K, S>]]) -> Option<&'l mut &'a [Kept<K, S>]> {
    let left = lists.iter_mut().filter(|list| !list.is_empty());
    left.min_by_key(|list| list.first().map(Kept::place))
}

impl<K, S, T: Sink<K, S>> Out<K, S> for Merge<'_, K, S, T> {
    #[inline]
    fn wants(&self, events: Events) -> bool {
        Out::<K, S>::wants(&self.own, events)
    }

    fn fact(&mut self, head: Head, flow: Flow<'_, K, S>, fact: Fact) {
        self.before(head.place(flow.number));
        self.own.fact(head, flow, fact);
    }

    fn failed(&mut self, head: Head, flow: Flow<'_, K, S>, teller: Teller, failure: &Failure) {
        self.before(head.place(flow.number));
        self.own.failed(head, flow, teller, failure);
    }

    fn message(
        &mut self,
        head: Head,
        flow: Flow<'_, K, S>,
        teller: Teller,
        message: Box<dyn Message>,
    ) {
        self.before(head.place(flow.number));
        self.own.message(head, flow, teller, message);
    }

    fn tracker_anomaly(&mut self, head: Head, anomaly: &TrackerAnomaly) {
        if Out::<K, S>::wants(&self.own, Events::ANOMALY) {
            self.before(head.place(rank(anomaly)));
            self.tell_all(head, *anomaly);
        }
    }
}
