//! A sink that speaks to the facade `tracing`.

use rheos_core::{Side, Timestamp};
use tracing::{Level, event};

use super::{TARGET_ANOMALY, TARGET_FLOW, l4_label};
use crate::{Extracted, FlowEvent, FlowId, FlowRecord, FlowSink, TrackerAnomaly};

/// A sink that tells the facade `tracing` of flows that start and end and of what is odd, and hands
/// all on to another.
#[derive(Clone, Debug, Default)]
pub struct Traced<T> {
    /// Where events go.
    pub sink: T,
}

impl<T> Traced<T> {
    /// Tells of what goes to a sink.
    pub fn new(sink: T) -> Self {
        Self { sink }
    }
}

impl<K, S, T: FlowSink<K, S>> FlowSink<K, S> for Traced<T> {
    fn event(&mut self, event: &FlowEvent<'_, K, S>) {
        match event {
            FlowEvent::Started { flow, .. } => {
                event!(target: TARGET_FLOW, Level::INFO, l4 = l4_label(flow.l4), "flow started");
            }
            FlowEvent::Ended { flow, reason, .. } => {
                let total = flow.stats.total();
                event!(
                    target: TARGET_FLOW,
                    Level::INFO,
                    l4 = l4_label(flow.l4),
                    reason = reason.as_str(),
                    packets = total.packets,
                    bytes = total.wire_bytes,
                    "flow ended"
                );
            }
            FlowEvent::Anomaly { anomaly, .. } => {
                let (kind, severity) = (anomaly.kind.as_str(), anomaly.kind.severity().as_str());
                event!(target: TARGET_ANOMALY, Level::WARN, kind, severity, "anomaly in a flow");
            }
            _ => {}
        }
        self.sink.event(event);
    }

    #[inline]
    fn extracted(&mut self, id: FlowId, flow: &FlowRecord<K, S>, side: Side, it: &Extracted<K>) {
        self.sink.extracted(id, flow, side, it);
    }

    fn tracker_anomaly(&mut self, anomaly: &TrackerAnomaly, timestamp: Timestamp) {
        let (kind, severity) = (anomaly.as_str(), anomaly.severity().as_str());
        event!(target: TARGET_ANOMALY, Level::WARN, kind, severity, "anomaly of the tracker");
        self.sink.tracker_anomaly(anomaly, timestamp);
    }
}
