//! `rheos flows`: the flows of a capture.

use std::cmp::Reverse;
use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use rheos::flow::TrackerStats;
use rheos::flow::{EndReason, FiveTuple, FiveTupleKey, FlowEvent, FlowRecord, FlowTracker};

use crate::error::Error;
use crate::input::{Step, for_each_packet};
use crate::output::Output;

mod record;
mod table;

/// Print the flows of a capture: who spoke with whom, how much, and how it ended
#[derive(Args)]
pub(crate) struct Arguments {
    /// The capture: pcap or pcapng, plain or gzip; `-` is standard input
    file: PathBuf,

    /// What comes first: the earliest start, or the most of anything else
    #[arg(short, long, value_enum, default_value_t)]
    sort: Sort,

    /// Print only the first so many flows
    #[arg(short = 'n', long, value_name = "N")]
    top: Option<usize>,

    /// How to print; json is an object a line
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Sort {
    #[default]
    Start,
    Duration,
    Packets,
    /// Bytes on the wire
    Bytes,
    /// Bytes behind the transport header
    Payload,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    #[default]
    Table,
    Json,
    Csv,
}

/// A flow that is over.
struct Ended {
    record: FlowRecord<FiveTupleKey>,
    reason: EndReason,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Error> {
    let mut flows = Vec::new();
    let (end, stats) = collect(&arguments.file, &mut flows)?;
    let end = match end {
        // A table of nothing would only hide that nothing could be read.
        Some(error) if stats.packets == 0 => return Err(error),
        end => end,
    };
    sort(&mut flows, arguments.sort);
    let shown = arguments.top.map_or(&flows[..], |top| flows.get(..top).unwrap_or(&flows));
    let mut output = Output::new();
    match arguments.format {
        Format::Table => table::write(&mut output, shown, &flows, &stats)?,
        Format::Json => {
            for flow in shown {
                serde_json::to_writer(&mut output, &record::Line::from(flow))?;
                output.write_all(b"\n")?;
            }
        }
        Format::Csv => record::write_csv(&mut output, shown)?,
    }
    output.flush()?;
    end.map_or(Ok(()), Err)
}

/// Tracks every packet, and gathers the flows in the order in which they end.
fn collect(file: &PathBuf, flows: &mut Vec<Ended>) -> Result<(Option<Error>, TrackerStats), Error> {
    let mut tracker = FlowTracker::new(FiveTuple::default());
    let mut sink = |event: &FlowEvent<'_, FiveTupleKey>| {
        if let FlowEvent::Ended { flow, reason, .. } = event {
            flows.push(Ended { record: (*flow).clone(), reason: *reason });
        }
    };
    let end = for_each_packet(file, |_, raw| {
        tracker.track(raw, &mut sink);
        Ok(Step::Next)
    })?;
    tracker.finish(&mut sink);
    Ok((end, tracker.stats()))
}

/// Sorts by what was asked for, then by start and by key, so that the same capture reads the same.
fn sort(flows: &mut [Ended], by: Sort) {
    flows.sort_by_cached_key(|Ended { record, .. }| {
        let (stats, total) = (&record.stats, record.stats.total());
        let most = match by {
            Sort::Start => 0,
            Sort::Duration => stats.last_seen.saturating_since(stats.started).as_nanos(),
            Sort::Packets => total.packets.into(),
            Sort::Bytes => total.wire_bytes.into(),
            Sort::Payload => total.payload_bytes.into(),
        };
        let (key, last) = (&record.key, stats.last_seen);
        (Reverse(most), stats.started, key.low(), key.high(), key.protocol(), last)
    });
}
