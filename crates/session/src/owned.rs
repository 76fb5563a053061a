//! Events that are kept: with a copy of the flow's record, and the message itself.

use std::iter;

use rheos_core::{Side, Timestamp};
use rheos_flow::{FlowId, FlowRecord, TrackerAnomaly};

use crate::awaited::{Announced, Parent};
use crate::event::{Event, Flow};
use crate::fact::News;
use crate::out::{Head, Out, Place};
use crate::pressure::rank;
use crate::{Events, Message};

/// An event that borrows nothing.
#[derive(Debug)]
pub struct OwnedEvent<K, S = ()> {
    head: Head,
    number: u64,
    id: FlowId,
    record: FlowRecord<K, S>,
    news: News,
}

impl<K, S> OwnedEvent<K, S> {
    /// The event.
    pub fn get(&self) -> Event<'_, K, S> {
        let Head { packet, timestamp, .. } = self.head;
        let flow = Flow { number: self.number, id: self.id, record: &self.record };
        Event { packet, timestamp, flow, kind: self.news.kind() }
    }

    /// The message, if it is one.
    pub fn into_message(self) -> Option<Box<dyn Message>> {
        match self.news {
            News::Message(_, message) => Some(message),
            _ => None,
        }
    }

    /// Its time.
    pub fn timestamp(&self) -> Timestamp {
        self.head.timestamp
    }

    /// Whose bytes completed the message, if it is one.
    pub fn side(&self) -> Option<Side> {
        match &self.news {
            News::Message(teller, _) | News::Failed(teller, _) => Some(teller.side),
            News::Fact(_) => None,
        }
    }
}

/// What is kept.
pub(crate) enum Kept<K, S> {
    Event(OwnedEvent<K, S>),
    /// Of no flow.
    All(Head, TrackerAnomaly),
    /// A flow that is to come.
    Expected(Head, Parent, Announced),
}

impl<K, S> Kept<K, S> {
    /// Its place in the course of things.
    #[inline]
    pub(crate) fn place(&self) -> Place {
        match self {
            Self::Event(event) => event.head.place(event.number),
            Self::All(head, anomaly) => head.place(rank(anomaly)),
            Self::Expected(head, parent, _) => head.place(parent.number),
        }
    }
}

/// Keeps events.
pub(crate) struct Keep<'a, K, S> {
    pub(crate) kept: &'a mut Vec<Kept<K, S>>,
    pub(crate) events: Events,
}

impl<K: Clone, S: Clone> Out<K, S> for Keep<'_, K, S> {
    fn wants(&self, events: Events) -> bool {
        self.events.intersects(events)
    }

    fn tell(&mut self, head: Head, flow: Flow<'_, K, S>, news: News) {
        if self.events.contains(news.kind().mask()) {
            // Made where it stays: a push would copy it, and the copy wait for its parts.
            self.kept.extend(iter::once_with(|| {
                let Flow { number, id, record } = flow;
                Kept::Event(OwnedEvent { head, number, id, record: record.clone(), news })
            }));
        }
    }

    fn tracker_anomaly(&mut self, head: Head, anomaly: &TrackerAnomaly) {
        if self.events.contains(Events::ANOMALY) {
            self.kept.push(Kept::All(head, *anomaly));
        }
    }

    fn expect(&mut self, head: Head, parent: Parent, announced: Announced) {
        self.kept.push(Kept::Expected(head, parent, announced));
    }
}
