//! Events of several shards, told in the order of one engine.

use rheos_l7::Failure;

use crate::event::Flow;
use crate::fact::Fact;
use crate::out::{Head, Lend, Out, Place, Teller};
use crate::owned::OwnedEvent;
use crate::{Events, Message, Sink};

/// Tells a sink what happens in one shard, as it happens, and what has happened in the others where it belongs.
pub(super) struct Merge<'a, K, S, T> {
    /// What is left of that of the others.
    pub(super) others: Vec<&'a [OwnedEvent<K, S>]>,
    pub(super) own: Lend<'a, T>,
}

impl<K, S, T: Sink<K, S>> Merge<'_, K, S, T> {
    /// Tells the events of the others that are in front of a place.
    #[inline]
    fn before(&mut self, place: Place) {
        while let Some(list) = first(&mut self.others)
            && list.first().is_some_and(|event| event.place() < place)
            && let Some(event) = list.split_off_first()
        {
            self.own.sink.event(&event.get());
        }
    }

    /// Tells all that are left.
    pub(super) fn rest(&mut self) {
        while let Some(event) = first(&mut self.others).and_then(|list| list.split_off_first()) {
            self.own.sink.event(&event.get());
        }
    }
}

/// The list with the first event of all. Of one place there are events of one shard.
#[inline]
fn first<'l, 'a, K, S>(
    lists: &'l mut [&'a [OwnedEvent<K, S>]],
) -> Option<&'l mut &'a [OwnedEvent<K, S>]> {
    let left = lists.iter_mut().filter(|list| !list.is_empty());
    left.min_by_key(|list| list.first().map(OwnedEvent::place))
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
}
