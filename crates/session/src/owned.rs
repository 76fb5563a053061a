//! Events that are kept: with a copy of the flow's record, and the message itself.

use rheos_core::{Side, Timestamp};
use rheos_flow::{FlowId, FlowRecord, TrackerAnomaly};
use rheos_l7::Failure;

use crate::event::{Event, EventKind, Flow};
use crate::fact::Fact;
use crate::out::{Head, Out, Place, Teller};
use crate::pressure::rank;
use crate::{Events, Message};

/// An event that borrows nothing.
#[derive(Debug)]
pub struct OwnedEvent<K, S = ()> {
    head: Head,
    number: u64,
    id: FlowId,
    record: FlowRecord<K, S>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Fact(Fact),
    Message(Teller, Box<dyn Message>),
    Failed(Teller, Failure),
}

impl<K, S> OwnedEvent<K, S> {
    /// The event.
    pub fn get(&self) -> Event<'_, K, S> {
        let kind = match &self.kind {
            Kind::Fact(fact) => (*fact).into(),
            Kind::Message(Teller { parser, side }, message) => {
                EventKind::Message { parser, side: *side, message: &**message }
            }
            Kind::Failed(Teller { parser, side }, failure) => {
                EventKind::Failed { parser, side: *side, failure }
            }
        };
        let Head { packet, timestamp, .. } = self.head;
        let flow = Flow { number: self.number, id: self.id, record: &self.record };
        Event { packet, timestamp, flow, kind }
    }

    /// The message, if it is one.
    pub fn into_message(self) -> Option<Box<dyn Message>> {
        match self.kind {
            Kind::Message(_, message) => Some(message),
            _ => None,
        }
    }

    /// Its time.
    pub fn timestamp(&self) -> Timestamp {
        self.head.timestamp
    }

    /// Whose bytes completed the message, if it is one.
    pub fn side(&self) -> Option<Side> {
        match &self.kind {
            Kind::Message(teller, _) | Kind::Failed(teller, _) => Some(teller.side),
            Kind::Fact(_) => None,
        }
    }
}

/// What is kept.
pub(crate) enum Kept<K, S> {
    Event(OwnedEvent<K, S>),
    /// Of no flow.
    All(Head, TrackerAnomaly),
}

impl<K, S> Kept<K, S> {
    /// Its place in the course of things.
    #[inline]
    pub(crate) fn place(&self) -> Place {
        match self {
            Self::Event(event) => event.head.place(event.number),
            Self::All(head, anomaly) => head.place(rank(anomaly)),
        }
    }
}

/// Keeps events.
pub(crate) struct Keep<'a, K, S> {
    pub(crate) kept: &'a mut Vec<Kept<K, S>>,
    pub(crate) events: Events,
}

impl<K: Clone, S: Clone> Keep<'_, K, S> {
    fn push(&mut self, head: Head, flow: Flow<'_, K, S>, kind: Kind) {
        let Flow { number, id, record } = flow;
        let event = OwnedEvent { head, number, id, record: record.clone(), kind };
        self.kept.push(Kept::Event(event));
    }
}

impl<K: Clone, S: Clone> Out<K, S> for Keep<'_, K, S> {
    fn wants(&self, events: Events) -> bool {
        self.events.intersects(events)
    }

    fn fact(&mut self, head: Head, flow: Flow<'_, K, S>, fact: Fact) {
        if self.events.contains(EventKind::from(fact).mask()) {
            self.push(head, flow, Kind::Fact(fact));
        }
    }

    fn failed(&mut self, head: Head, flow: Flow<'_, K, S>, teller: Teller, failure: &Failure) {
        if self.events.contains(Events::FAILED) {
            self.push(head, flow, Kind::Failed(teller, failure.clone()));
        }
    }

    fn message(
        &mut self,
        head: Head,
        flow: Flow<'_, K, S>,
        teller: Teller,
        message: Box<dyn Message>,
    ) {
        if self.events.contains(Events::MESSAGE) {
            self.push(head, flow, Kind::Message(teller, message));
        }
    }

    fn tracker_anomaly(&mut self, head: Head, anomaly: &TrackerAnomaly) {
        if self.events.contains(Events::ANOMALY) {
            self.kept.push(Kept::All(head, *anomaly));
        }
    }
}
