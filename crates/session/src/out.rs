//! Where an engine puts what happens.

use rheos_core::Timestamp;
use rheos_flow::TrackerAnomaly;

use crate::awaited::{Announced, Parent};
use crate::event::{Event, Flow};
use crate::fact::News;
use crate::{Events, Sink};

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

/// Where an engine puts what happens. News come by value, for those who keep them.
pub(crate) trait Out<K, S> {
    /// Whether it wants events of a kind.
    fn wants(&self, events: Events) -> bool;

    /// Takes what happens in a flow.
    fn tell(&mut self, head: Head, flow: Flow<'_, K, S>, news: News);

    /// Takes what is odd about all flows.
    fn tracker_anomaly(&mut self, head: Head, anomaly: &TrackerAnomaly);

    /// Takes a flow that another announces, which may be one of another engine.
    fn expect(&mut self, head: Head, parent: Parent, announced: Announced);
}

/// Lends events to a sink.
pub(crate) struct Lend<'a, T> {
    pub(crate) sink: &'a mut T,
    pub(crate) events: Events,
}

impl<K, S, T: Sink<K, S>> Out<K, S> for Lend<'_, T> {
    #[inline]
    fn wants(&self, events: Events) -> bool {
        self.events.intersects(events)
    }

    #[inline]
    fn tell(&mut self, head: Head, flow: Flow<'_, K, S>, news: News) {
        let Head { packet, timestamp, .. } = head;
        let kind = news.kind();
        if self.events.contains(kind.mask()) {
            self.sink.event(&Event { packet, timestamp, flow, kind });
        }
    }

    fn tracker_anomaly(&mut self, head: Head, anomaly: &TrackerAnomaly) {
        if self.events.contains(Events::ANOMALY) {
            self.sink.tracker_anomaly(anomaly, head.timestamp);
        }
    }

    /// There is no other engine.
    fn expect(&mut self, _: Head, _: Parent, _: Announced) {}
}
