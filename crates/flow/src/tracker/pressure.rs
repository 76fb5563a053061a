//! What is odd about all flows together, gathered until it is told.

use std::time::Duration;

use rheos_core::Timestamp;

use super::{FlowSink, FlowTracker};
use crate::{FlowExtractor, Process, TrackerAnomaly};

/// What is to be told.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pressure {
    /// Flows ended to make room.
    pub(super) evicted: u64,
    /// Packets that are older than one before them, and by how much at most.
    back: u64,
    by: Duration,
    /// All that ever were.
    pub(super) all_back: u64,
}

impl Pressure {
    #[cold]
    pub(super) fn time_goes_back(&mut self, now: Timestamp, time: Timestamp) {
        self.back = self.back.saturating_add(1);
        self.all_back = self.all_back.saturating_add(1);
        self.by = self.by.max(now.saturating_since(time));
    }
}

impl<E: FlowExtractor, S: Process> FlowTracker<E, S> {
    /// Tells what is odd about all flows since it was told last.
    pub(super) fn tell_pressure(&mut self, sink: &mut impl FlowSink<E::Key, S>) {
        let Pressure { evicted, back, by, all_back } = self.pressure;
        self.pressure = Pressure { all_back, ..Pressure::default() };
        if evicted > 0 {
            let total = self.stats.evicted;
            let anomaly = TrackerAnomaly::FlowTableEviction { evicted, total };
            sink.tracker_anomaly(&anomaly, self.now);
        }
        if back > 0 {
            sink.tracker_anomaly(&TrackerAnomaly::TimeBackwards { packets: back, by }, self.now);
        }
    }
}
