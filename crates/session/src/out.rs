//! Where an engine puts what happens.

use rheos_core::{Side, Timestamp};
use rheos_flow::TrackerAnomaly;
use rheos_l7::Failure;

use crate::event::{Event, EventKind, Flow};
use crate::fact::Fact;
use crate::{Events, Message, Sink};

/// Where an event is in the course of things.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    pub(crate) packet: u64,
    pub(crate) timestamp: Timestamp,
    pub(crate) order: Order,
}

/// A place in the course of things, which is the same however many shards there are: the number of the packet,
/// and that of the flow behind the order.
pub(crate) type Place = (u64, Order, u64);

impl Head {
    /// The place of what happens in the flow of a number.
    #[inline]
    pub(crate) fn place(&self, number: u64) -> Place {
        (self.packet, self.order, number)
    }
}

/// The order of what one packet brings about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Order {
    /// Holes whose time is over.
    Holes,
    /// Parsers that are told the time.
    Ticks,
    /// Flows whose time is over.
    Flows,
    /// What is odd about all flows.
    All,
    /// The packet itself.
    Packet,
    /// An error in it, of a flow in another shard.
    Quoted,
    /// The end of input behind it.
    Finish,
    /// What is odd about all flows at that end.
    Last,
}

/// Which parser tells something, and whose bytes it was reading.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Teller {
    pub(crate) parser: &'static str,
    pub(crate) side: Side,
}

/// Where an engine puts what happens. Messages come by value, for those who keep them.
pub(crate) trait Out<K, S> {
    /// Whether it wants events of a kind.
    fn wants(&self, events: Events) -> bool;

    fn fact(&mut self, head: Head, flow: Flow<'_, K, S>, fact: Fact);

    fn failed(&mut self, head: Head, flow: Flow<'_, K, S>, teller: Teller, failure: &Failure);

    fn message(
        &mut self,
        head: Head,
        flow: Flow<'_, K, S>,
        teller: Teller,
        message: Box<dyn Message>,
    );

    fn tracker_anomaly(&mut self, head: Head, anomaly: &TrackerAnomaly);
}

/// Lends events to a sink.
pub(crate) struct Lend<'a, T> {
    pub(crate) sink: &'a mut T,
    pub(crate) events: Events,
}

impl<T> Lend<'_, T> {
    #[inline]
    fn event<K, S>(&mut self, head: Head, flow: Flow<'_, K, S>, kind: EventKind<'_>)
    where
        T: Sink<K, S>,
    {
        let Head { packet, timestamp, .. } = head;
        if self.events.contains(kind.mask()) {
            self.sink.event(&Event { packet, timestamp, flow, kind });
        }
    }
}

impl<K, S, T: Sink<K, S>> Out<K, S> for Lend<'_, T> {
    #[inline]
    fn wants(&self, events: Events) -> bool {
        self.events.intersects(events)
    }

    #[inline]
    fn fact(&mut self, head: Head, flow: Flow<'_, K, S>, fact: Fact) {
        self.event(head, flow, fact.into());
    }

    fn failed(&mut self, head: Head, flow: Flow<'_, K, S>, teller: Teller, failure: &Failure) {
        let Teller { parser, side } = teller;
        self.event(head, flow, EventKind::Failed { parser, side, failure });
    }

    fn message(
        &mut self,
        head: Head,
        flow: Flow<'_, K, S>,
        teller: Teller,
        message: Box<dyn Message>,
    ) {
        let Teller { parser, side } = teller;
        self.event(head, flow, EventKind::Message { parser, side, message: &*message });
    }

    fn tracker_anomaly(&mut self, head: Head, anomaly: &TrackerAnomaly) {
        if self.events.contains(Events::ANOMALY) {
            self.sink.tracker_anomaly(anomaly, head.timestamp);
        }
    }
}
