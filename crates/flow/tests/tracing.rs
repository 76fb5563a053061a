//! What a subscriber is told of flows.

#![allow(clippy::unwrap_used, reason = "a test, also in its functions")]

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use rheos_core::{LinkType, RawPacket, Timestamp};
use rheos_flow::obs::{self, Traced};
use rheos_flow::{FiveTuple, FlowEvent, FlowTracker};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber, subscriber};

/// Writes events down, a line each.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}

impl Subscriber for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let metadata = event.metadata();
        let mut line = Line(format!("{} {}", metadata.level(), metadata.target()));
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[test]
fn flows_that_start_and_end_and_what_is_odd_are_told() {
    let lines = Lines::default();
    subscriber::with_default(lines.clone(), || {
        let bytes =
            b"\x45\0\0\x1e\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02\x30\x39\x1f\x90\0\x0a\0\0hi";
        let mut tracker: FlowTracker<_> = FlowTracker::new(FiveTuple::default());
        let mut sink = Traced::new(|_: &FlowEvent<'_, _>| {});
        for second in [7, 5] {
            let raw = RawPacket::new(Timestamp::from_secs(second, 0), LinkType::IPV4, bytes);
            tracker.track(&raw, &mut sink);
        }
        tracker.finish(&mut sink);
    });
    let lines = lines.0.lock().unwrap().clone();
    assert_eq!(
        lines,
        [
            "INFO rheos.flow message=flow started l4=\"udp\"",
            "INFO rheos.flow message=flow ended l4=\"udp\" reason=\"end_of_input\" packets=2 bytes=60",
            "WARN rheos.anomaly message=anomaly of the tracker kind=\"time_backwards\" severity=\"warning\"",
        ]
    );
    assert!(lines[0].contains(obs::TARGET_FLOW) && lines[2].contains(obs::TARGET_ANOMALY));
}
