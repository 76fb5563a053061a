//! What is odd about all flows together, gathered until it is told.

use std::time::Duration;

use rheos_flow::TrackerAnomaly;
use rheos_reassembly::tcp::Assembler;

/// What has not been told yet.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pressure {
    evicted: u64,
    /// All that ever were.
    all_evicted: u64,
    back: u64,
    by: Duration,
    /// How often streams had found no room when that was told last.
    refused: u64,
}

impl Pressure {
    /// Takes what a tracker says.
    #[cold]
    pub(crate) fn note(&mut self, anomaly: &TrackerAnomaly) {
        match *anomaly {
            TrackerAnomaly::FlowTableEviction { evicted, total } => {
                self.evicted = self.evicted.saturating_add(evicted);
                self.all_evicted = total;
            }
            TrackerAnomaly::TimeBackwards { packets, by } => {
                self.back = self.back.saturating_add(packets);
                self.by = self.by.max(by);
            }
            _ => {}
        }
    }

    /// What there is to tell since the last time, each kind once.
    pub(crate) fn take(&mut self, assembler: &Assembler) -> impl Iterator<Item = TrackerAnomaly> {
        let Self { evicted, all_evicted, back, by, refused } = *self;
        let stats = assembler.stats();
        *self = Self { all_evicted, refused: stats.refused, ..Self::default() };
        let (total, packets) = (all_evicted, back);
        let (bytes, cap) = (stats.wanted as u64, assembler.config().max_total as u64);
        let flows = TrackerAnomaly::FlowTableEviction { evicted, total };
        let time = TrackerAnomaly::TimeBackwards { packets, by };
        let streams = TrackerAnomaly::GlobalMemcapHit { bytes, cap };
        let all = [(evicted > 0, flows), (back > 0, time), (stats.refused > refused, streams)];
        all.into_iter().filter_map(|(happened, anomaly)| happened.then_some(anomaly))
    }
}

/// Where a kind is among those that are told at once.
pub(crate) fn rank(anomaly: &TrackerAnomaly) -> u64 {
    match anomaly {
        TrackerAnomaly::FlowTableEviction { .. } => 0,
        TrackerAnomaly::TimeBackwards { .. } => 1,
        TrackerAnomaly::GlobalMemcapHit { .. } => 2,
        _ => 3,
    }
}

/// What several shards say of the same kind, as one.
pub(crate) fn join(one: TrackerAnomaly, other: TrackerAnomaly) -> TrackerAnomaly {
    use TrackerAnomaly::{FlowTableEviction, GlobalMemcapHit, TimeBackwards};
    match (one, other) {
        (FlowTableEviction { evicted, total }, FlowTableEviction { evicted: more, total: all }) => {
            let (evicted, total) = (evicted.saturating_add(more), total.saturating_add(all));
            FlowTableEviction { evicted, total }
        }
        (TimeBackwards { packets, by }, TimeBackwards { packets: more, by: longer }) => {
            TimeBackwards { packets: packets.saturating_add(more), by: by.max(longer) }
        }
        (GlobalMemcapHit { bytes, cap }, GlobalMemcapHit { bytes: more, cap: others }) => {
            let (bytes, cap) = (bytes.saturating_add(more), cap.saturating_add(others));
            GlobalMemcapHit { bytes, cap }
        }
        (one, _) => one,
    }
}
