//! `rheos flows`: the flows of a capture.

use std::cmp::Reverse;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use rheos::core::RawPacket;
use rheos::flow::{
    FiveTuple, FiveTupleKey, FlowEvent, FlowExtractor, FlowRecord, FlowState, FlowStats,
    FlowTracker, HashSeed, HistoryString, L4Proto, Orientation, Tagged, TrackerConfig,
    TrackerStats, networks,
};
use rheos::layers::{ChecksumStatus, Decoder};

use crate::error::Error;
use crate::input::{Step, for_each_packet};
use crate::output::Output;

mod record;
mod table;
mod zeek;

/// Print the flows of a capture: who spoke with whom, how much, and how it ended
#[derive(Args)]
pub(crate) struct Arguments {
    /// The capture, of any kind that rheos reads; `-` is standard input
    file: PathBuf,

    /// What comes first: the earliest start, or the most of anything else
    #[arg(short, long, value_enum, default_value_t)]
    sort: Sort,

    /// Print only the first so many flows
    #[arg(short = 'n', long, value_name = "N")]
    top: Option<usize>,

    /// How to print; json is an object a line, zeek is a conn.log in the order of the ends
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    /// Leave packets with a wrong checksum out; captures of a host's own traffic often have no others
    #[arg(long)]
    verify_checksums: bool,

    /// End every flow after so many seconds without a packet, whatever its protocol
    #[arg(long, value_name = "SECONDS")]
    idle: Option<u64>,

    /// Print a flow that lasts longer than so many seconds each time that they have passed, too
    #[arg(long, value_name = "SECONDS")]
    active: Option<u64>,

    /// What tells flows apart
    #[arg(long, value_enum, default_value_t)]
    key: Key,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Key {
    /// Addresses, ports and protocol
    #[default]
    FiveTuple,
    /// The same, and VLAN identifiers and MPLS labels
    Network,
    /// The same as five-tuple, and the interface that saw the packet
    Interface,
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
    Zeek,
}

/// A flow that is over, or what it added up to when it was reported.
struct Told {
    key: FiveTupleKey,
    initiator: Orientation,
    l4: Option<L4Proto>,
    stats: FlowStats,
    state: FlowState,
    history: HistoryString,
    /// Why it is over, or that it lasts.
    end: &'static str,
}

impl Told {
    fn new<K>(flow: &FlowRecord<K>, key: FiveTupleKey, end: &'static str) -> Self {
        let FlowRecord { initiator, l4, stats, state, history, .. } = *flow;
        Self { key, initiator, l4, stats, state, history, end }
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Error> {
    let mut flows = Vec::new();
    let decoder = Decoder::default();
    let five_tuple = FiveTuple::new(&decoder);
    let (end, stats) = match arguments.key {
        _ if arguments.format == Format::Zeek => return zeek::run(arguments, &decoder),
        Key::FiveTuple => collect(arguments, five_tuple, |key| *key, &mut flows)?,
        Key::Network => {
            let extractor = Tagged::new(five_tuple, networks(&decoder));
            collect(arguments, extractor, |tagged| tagged.key, &mut flows)?
        }
        Key::Interface => {
            let extractor = Tagged::new(five_tuple, |raw: &RawPacket<'_>| raw.interface);
            collect(arguments, extractor, |tagged| tagged.key, &mut flows)?
        }
    };
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
        Format::Zeek => {} // Has been written above, in the order of the ends.
    }
    output.flush()?;
    end.map_or(Ok(()), Err)
}

impl Arguments {
    /// The limits asked for, in the place of others.
    fn limit(&self, mut config: TrackerConfig) -> TrackerConfig {
        if let Some(idle) = self.idle.map(Duration::from_secs) {
            config.idle_timeout_tcp = idle;
            config.idle_timeout_udp = idle;
            config.idle_timeout_icmp = idle;
            config.idle_timeout_other = idle;
            config.handshake_timeout = idle;
            config.closing_timeout = idle;
        }
        config.active_timeout = self.active.map(Duration::from_secs);
        config
    }
}

/// Whether a checksum of a packet is wrong.
fn is_corrupt(decoder: &Decoder, raw: &RawPacket<'_>) -> bool {
    let packet = decoder.decode(raw.link_type, raw.data);
    packet.verify_checksums().any(|checksum| checksum.status() == ChecksumStatus::Bad)
}

/// Tracks every packet, and gathers the flows in the order in which they end.
fn collect<E: FlowExtractor>(
    arguments: &Arguments,
    extractor: E,
    five_tuple: impl Fn(&E::Key) -> FiveTupleKey,
    flows: &mut Vec<Told>,
) -> Result<(Option<Error>, TrackerStats), Error> {
    let config = arguments.limit(TrackerConfig::default());
    let mut tracker = FlowTracker::<E>::with_config(extractor, config, HashSeed::random());
    let mut sink = |event: &FlowEvent<'_, E::Key>| match event {
        FlowEvent::Ended { flow, reason, .. } => {
            flows.push(Told::new(flow, five_tuple(&flow.key), reason.as_str()));
        }
        FlowEvent::Active { flow, .. } => {
            flows.push(Told::new(flow, five_tuple(&flow.key), "active"));
        }
        _ => {}
    };
    let decoder = Decoder::default();
    let end = for_each_packet(&arguments.file, |_, raw| {
        if !arguments.verify_checksums || !is_corrupt(&decoder, raw) {
            tracker.track(raw, &mut sink);
        }
        Ok(Step::Next)
    })?;
    tracker.finish(&mut sink);
    Ok((end, tracker.stats()))
}

/// Sorts by what was asked for, then by start and by key, so that the same capture reads the same.
fn sort(flows: &mut [Told], by: Sort) {
    flows.sort_by_cached_key(|Told { key, stats, .. }| {
        let total = stats.total();
        let most = match by {
            Sort::Start => 0,
            Sort::Duration => stats.last_seen.saturating_since(stats.started).as_nanos(),
            Sort::Packets => total.packets.into(),
            Sort::Bytes => total.wire_bytes.into(),
            Sort::Payload => total.payload_bytes.into(),
        };
        let last = stats.last_seen;
        (Reverse(most), stats.started, key.low(), key.high(), key.protocol(), last)
    });
}
