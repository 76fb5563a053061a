//! What happens to flows, for sinks of trackers.

use rheos_core::Timestamp;
use rheos_flow::{FlowEvent, FlowSink, TrackerAnomaly};

use crate::{Event, EventKind, Sink};

impl<'a, K, S> Event<'a, K, S> {
    /// The same as a tracker tells it, if it is of a flow and no more: no message of a parser, and nothing
    /// of a stream. A flow that another announced is without its parent here.
    pub fn flow_event(&self) -> Option<FlowEvent<'a, K, S>> {
        let (id, flow, timestamp) = (self.flow.id, self.flow.record, self.timestamp);
        Some(match self.kind {
            EventKind::Started { side, .. } => {
                FlowEvent::Started { id, flow, side, parent: None, timestamp }
            }
            EventKind::Established => FlowEvent::Established { id, flow, timestamp },
            EventKind::StateChange { from, to } => {
                FlowEvent::StateChange { id, flow, from, to, timestamp }
            }
            EventKind::Packet { side, len } => FlowEvent::Packet { id, flow, side, len, timestamp },
            EventKind::Active => FlowEvent::Active { id, flow, timestamp },
            EventKind::IcmpError { side, error } => {
                FlowEvent::IcmpError { id, flow, side, error, timestamp }
            }
            EventKind::Anomaly { anomaly } => FlowEvent::Anomaly { id, flow, anomaly, timestamp },
            EventKind::Ended { reason } => FlowEvent::Ended { id, flow, reason, timestamp },
            _ => return None,
        })
    }
}

/// A sink that hands what happens to flows to a sink of trackers first, such as `Metered` and `Traced` of
/// `rheos_flow::obs`: so an engine has the metrics and the traces of a tracker. What the engine hides, none of
/// them sees.
///
/// ```
/// use rheos_core::{LinkType, RawPacket, Timestamp};
/// use rheos_flow::{FlowEvent, FiveTupleKey};
/// use rheos_session::{Engine, Event, Observed};
///
/// let bytes = b"\x45\0\0\x1e\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02\x30\x39\x1f\x90\0\x0a\0\0hi";
/// let raw = RawPacket::new(Timestamp::from_secs(7, 0), LinkType::IPV4, bytes);
/// let (mut counted, mut told) = (0, 0);
/// let mut sink = Observed {
///     flows: |_: &FlowEvent<'_, FiveTupleKey>| counted += 1,
///     sink: |_: &Event<'_, FiveTupleKey>| told += 1,
/// };
/// let mut engine = Engine::builder().build();
/// engine.packet(&raw, &mut sink);
/// engine.finish(&mut sink);
/// assert_eq!((counted, told), (2, 2));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Observed<F, T> {
    /// What is told of flows.
    pub flows: F,
    /// Where all events go.
    pub sink: T,
}

impl<K, S, F: FlowSink<K, S>, T: Sink<K, S>> Sink<K, S> for Observed<F, T> {
    #[inline]
    fn event(&mut self, event: &Event<'_, K, S>) {
        if let Some(event) = event.flow_event() {
            self.flows.event(&event);
        }
        self.sink.event(event);
    }

    fn tracker_anomaly(&mut self, anomaly: &TrackerAnomaly, timestamp: Timestamp) {
        self.flows.tracker_anomaly(anomaly, timestamp);
        self.sink.tracker_anomaly(anomaly, timestamp);
    }
}
