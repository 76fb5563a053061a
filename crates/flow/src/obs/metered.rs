//! A sink that counts for the facade `metrics`.

use metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};
use rheos_core::{Side, Timestamp};

use super::{
    ANOMALIES, BYTES, FLOW_BYTES, FLOW_DURATION, FLOW_PACKETS, FLOW_REPORTS, FLOWS_ACTIVE,
    FLOWS_CREATED, FLOWS_ENDED, FRAGMENTS_LOST, ICMP_ERRORS, LABEL_KIND, LABEL_L4, LABEL_REASON,
    LABEL_SEVERITY, LABEL_SIDE, MEMORY, PACKETS, PACKETS_DEDUPLICATED, PACKETS_UNMATCHED, l4_label,
};
use crate::{
    Dedup, Extracted, FlowEvent, FlowExtractor, FlowId, FlowRecord, FlowSink, FlowTracker, Process,
    Severity, TrackerAnomaly,
};

/// A sink that counts what goes through it to another, by the facade `metrics`. Packets are counted
/// when their flow ends, so that they cost nothing one by one.
#[derive(Clone, Debug, Default)]
pub struct Metered<T> {
    /// Where events go.
    pub sink: T,
}

impl<T> Metered<T> {
    /// Counts what goes to a sink.
    pub fn new(sink: T) -> Self {
        Self { sink }
    }
}

impl Metered<()> {
    /// Tells the recorder what each metric is.
    pub fn describe() {
        describe_counter!(FLOWS_CREATED, "flows started");
        describe_counter!(FLOWS_ENDED, "flows ended");
        describe_gauge!(FLOWS_ACTIVE, "flows that live");
        describe_counter!(BYTES, Unit::Bytes, "bytes on the wire of flows that ended");
        describe_counter!(PACKETS, "packets of flows that ended");
        describe_histogram!(FLOW_DURATION, Unit::Seconds, "how long flows lasted");
        describe_histogram!(FLOW_PACKETS, "packets of a flow");
        describe_histogram!(FLOW_BYTES, Unit::Bytes, "bytes on the wire of a flow");
        describe_counter!(FLOW_REPORTS, "reports of flows that last");
        describe_counter!(ICMP_ERRORS, "ICMP errors that quote packets of flows");
        describe_counter!(ANOMALIES, "what was odd");
        describe_counter!(PACKETS_UNMATCHED, "packets of no flow");
        describe_counter!(FRAGMENTS_LOST, "fragments without their first");
        describe_counter!(PACKETS_DEDUPLICATED, "packets that were captured twice");
        describe_gauge!(MEMORY, Unit::Bytes, "memory that a tracker holds");
    }

    /// Reports what a tracker knows and no event tells. To be called now and then.
    #[allow(clippy::cast_precision_loss, reason = "gauges are floats")]
    pub fn record<E: FlowExtractor, S: Process>(tracker: &FlowTracker<E, S>) {
        let stats = tracker.stats();
        counter!(PACKETS_UNMATCHED).absolute(stats.unmatched);
        counter!(FRAGMENTS_LOST).absolute(stats.lost_fragments);
        gauge!(MEMORY).set(tracker.memory() as f64);
    }

    /// Reports how many packets were captured twice. To be called now and then.
    pub fn record_dedup(dedup: &Dedup) {
        counter!(PACKETS_DEDUPLICATED).absolute(dedup.dropped());
    }
}

fn count_anomaly(kind: &'static str, severity: Severity) {
    counter!(ANOMALIES, LABEL_KIND => kind, LABEL_SEVERITY => severity.as_str()).increment(1);
}

impl<K, S, T: FlowSink<K, S>> FlowSink<K, S> for Metered<T> {
    #[allow(clippy::cast_precision_loss, reason = "histograms are of floats")]
    fn event(&mut self, event: &FlowEvent<'_, K, S>) {
        match event {
            FlowEvent::Started { flow, .. } => {
                counter!(FLOWS_CREATED, LABEL_L4 => l4_label(flow.l4)).increment(1);
                gauge!(FLOWS_ACTIVE).increment(1.0);
            }
            FlowEvent::Ended { flow, reason, .. } => {
                counter!(FLOWS_ENDED, LABEL_REASON => reason.as_str()).increment(1);
                gauge!(FLOWS_ACTIVE).decrement(1.0);
                let stats = &flow.stats;
                for (side, name) in [(Side::Initiator, "initiator"), (Side::Responder, "responder")]
                {
                    let side = stats.side(side);
                    counter!(BYTES, LABEL_SIDE => name).increment(side.wire_bytes);
                    counter!(PACKETS, LABEL_SIDE => name).increment(side.packets);
                }
                let (total, lasted) =
                    (stats.total(), stats.last_seen.saturating_since(stats.started));
                histogram!(FLOW_DURATION).record(lasted.as_secs_f64());
                histogram!(FLOW_PACKETS).record(total.packets as f64);
                histogram!(FLOW_BYTES).record(total.wire_bytes as f64);
            }
            FlowEvent::Active { .. } => counter!(FLOW_REPORTS).increment(1),
            FlowEvent::IcmpError { .. } => counter!(ICMP_ERRORS).increment(1),
            FlowEvent::Anomaly { anomaly, .. } => {
                count_anomaly(anomaly.kind.as_str(), anomaly.kind.severity());
            }
            FlowEvent::Established { .. }
            | FlowEvent::StateChange { .. }
            | FlowEvent::Packet { .. } => {}
        }
        self.sink.event(event);
    }

    #[inline]
    fn extracted(&mut self, id: FlowId, flow: &FlowRecord<K, S>, side: Side, it: &Extracted<K>) {
        self.sink.extracted(id, flow, side, it);
    }

    fn tracker_anomaly(&mut self, anomaly: &TrackerAnomaly, timestamp: Timestamp) {
        count_anomaly(anomaly.as_str(), anomaly.severity());
        self.sink.tracker_anomaly(anomaly, timestamp);
    }
}
