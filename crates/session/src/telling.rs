//! What a tracker tells an engine, and what the engine makes of it.

use std::hint::cold_path;

use rheos_core::{RawPacket, Side, Timestamp};
use rheos_flow::{
    EndReason, Extracted, FlowEvent, FlowId, FlowRecord, FlowSink, FlowState, TrackerAnomaly,
    TransportPayload,
};

use crate::awaited::{Expected, Relation};
use crate::event::Flow;
use crate::fact::{Fact, News};
use crate::out::{Head, Out};
use crate::pressure::Pressure;
use crate::sessions::Sessions;
use crate::{Events, SessionKey};

/// A flow that is over, or what it adds up to as it lasts.
pub(crate) struct Gone<K, S> {
    pub(crate) number: u64,
    pub(crate) id: FlowId,
    pub(crate) record: FlowRecord<K, S>,
    pub(crate) reason: Option<EndReason>,
}

/// Gathers flows that end together, to be told in the order of their starts, and what is odd about all flows.
pub(crate) struct Gather<'a, K, S> {
    pub(crate) sessions: &'a Sessions<K>,
    pub(crate) gone: &'a mut Vec<Gone<K, S>>,
    pub(crate) pressure: &'a mut Pressure,
}

impl<K: SessionKey, S: Clone> FlowSink<K, S> for Gather<'_, K, S> {
    fn event(&mut self, event: &FlowEvent<'_, K, S>) {
        let reason = match event {
            FlowEvent::Ended { reason, .. } => Some(*reason),
            FlowEvent::Active { .. } => None,
            _ => return,
        };
        let id = event.id();
        let (number, record) = (self.sessions.number(id), event.flow().clone());
        self.gone.push(Gone { number, id, record, reason });
    }

    fn tracker_anomaly(&mut self, anomaly: &TrackerAnomaly, _: Timestamp) {
        self.pressure.note(anomaly);
    }
}

/// Tells what a packet does to flows.
pub(crate) struct Telling<'a, K, O> {
    pub(crate) sessions: &'a mut Sessions<K>,
    pub(crate) awaited: &'a mut Expected,
    /// The flow of the packet, once it is known.
    pub(crate) last: &'a mut Option<FlowId>,
    pub(crate) head: Head,
    /// The packet.
    pub(crate) raw: &'a RawPacket<'a>,
    pub(crate) out: &'a mut O,
}

impl<K: SessionKey, S, O: Out<K, S>> FlowSink<K, S> for Telling<'_, K, O> {
    #[inline]
    fn event(&mut self, event: &FlowEvent<'_, K, S>) {
        if let FlowEvent::Packet { id, flow: record, side, len, .. } = *event {
            let Self { sessions, head, .. } = self;
            *self.last = Some(id);
            // The number is looked up for those alone who want to know.
            if self.out.wants(Events::PACKET) {
                let flow = Flow { number: sessions.number(id), id, record };
                self.out.tell(*head, flow, News::Fact(Fact::Packet { side, len }));
            }
            return;
        }
        self.other(event);
    }

    #[inline]
    fn extracted(&mut self, id: FlowId, record: &FlowRecord<K, S>, side: Side, it: &Extracted<K>) {
        let Self { sessions, head, raw, out, .. } = self;
        let payload = || TransportPayload::of(it, raw.data);
        sessions.packet((id, record), side, payload, *head, *out);
        if record.state == FlowState::Reset {
            cold_path();
            sessions.close(Flow { number: sessions.number(id), id, record }, *head, *out);
        }
    }
}

impl<K: SessionKey, O> Telling<'_, K, O> {
    #[inline(never)]
    fn other<S>(&mut self, event: &FlowEvent<'_, K, S>)
    where
        O: Out<K, S>,
    {
        let Self { sessions, awaited, head, out, .. } = self;
        let (id, record, head) = (event.id(), event.flow(), *head);
        let kind = match *event {
            FlowEvent::Started { side, .. } => {
                let flow = Flow { number: head.packet, id, record };
                let known = awaited.take(&record.key, head.timestamp);
                let is_of = known.map(|(parent, _)| Relation::IsOf(id, parent.id));
                sessions.shared.relations.extend(is_of);
                sessions.start(flow, known.map(|(_, flow)| flow));
                let parent = known.map(|(parent, _)| parent.number);
                return out.tell(head, flow, News::Fact(Fact::Started { side, parent }));
            }
            FlowEvent::Ended { reason, .. } => {
                let flow = Flow { number: sessions.number(id), id, record };
                sessions.close(flow, head, *out);
                Fact::Ended { reason }
            }
            FlowEvent::Established { .. } => Fact::Established,
            FlowEvent::StateChange { from, to, .. } => Fact::StateChange { from, to },
            FlowEvent::Active { .. } => Fact::Active,
            FlowEvent::IcmpError { side, error, .. } => Fact::IcmpError { side, error },
            FlowEvent::Anomaly { anomaly, .. } => Fact::Anomaly { anomaly },
            _ => return,
        };
        let flow = Flow { number: sessions.number(id), id, record };
        out.tell(head, flow, News::Fact(kind));
    }
}
