//! `rheos flows`: the flows of a capture.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use rheos::core::Timestamp;
use rheos::flow::{
    FlowRecord, FlowState, FlowStats, L4Proto, NetworkTable, Orientation, TrackerConfig,
};
use rheos::layers::Decoder;

use crate::error::Error;
use crate::time;

use history::{History, Lettered, Letters};
use key::{AnyKey, Ends, Key};
use select::Selection;

mod export;
mod feed;
mod history;
mod key;
mod list;
mod live;
mod parents;
mod record;
pub(crate) mod select;
pub(crate) mod table;
mod zeek;

const EXAMPLES: &str = "\
Examples:
  rheos flows --sort bytes --top 10 capture.pcapng
  rheos flows --format eve capture.pcapng > eve.json
  rheos flows --format ipfix --collector localhost:4739 capture.pcapng
  tcpdump -U -w - | rheos flows --live -";

/// Print the flows of a capture: who spoke with whom, how much, and how it ended
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    selection: Selection,

    /// What comes first: the earliest start, or the most of anything else [default: start]
    #[arg(short, long, value_enum)]
    sort: Option<Sort>,

    /// Print only the first so many flows
    #[arg(short = 'n', long, value_name = "N")]
    top: Option<usize>,

    /// How to print; zeek, eve and ipfix are written as flows end, in that order
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    /// End every flow after so long without a packet, whatever its protocol: seconds, or 1.5, 500ms, 2m
    #[arg(long, value_name = "DURATION", value_parser = time::span)]
    idle: Option<i64>,

    /// Print a flow that lasts longer than this each time that it has passed, too; it is looked at once a second
    #[arg(long, value_name = "DURATION", value_parser = time::span)]
    active: Option<i64>,

    /// What tells flows apart
    #[arg(long, value_enum, default_value_t)]
    key: Key,

    /// In which letters the history is told [default: flowscope]
    #[arg(long, value_enum)]
    history: Option<History>,

    /// Print a line for each second, as soon as it is over, in the place of the flows
    #[arg(long, conflicts_with_all = ["sort", "top", "active", "history"])]
    live: bool,

    /// The file to write; only with ipfix, which is standard output otherwise
    #[arg(short, long, value_name = "FILE", conflicts_with = "collector")]
    output: Option<PathBuf>,

    /// Write over a file that is there
    #[arg(long, requires = "output", conflicts_with = "collector")]
    force: bool,

    /// Where to send IPFIX by UDP
    #[arg(long, value_name = "HOST:PORT")]
    collector: Option<String>,

    /// Write a record of IPFIX for each direction, for collectors that do not know RFC 5103
    #[arg(long)]
    uniflow: bool,

    /// The observation domain of IPFIX
    #[arg(long, value_name = "NUMBER")]
    domain: Option<u32>,

    /// The seed of Community IDs in EVE, if all tools of a site were given one [default: 0]
    #[arg(long, value_name = "NUMBER")]
    community_seed: Option<u16>,
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

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    #[default]
    Table,
    /// An object a line
    Json,
    Csv,
    /// Zeek's conn.log
    Zeek,
    /// Suricata's records of the type flow, an object a line
    Eve,
    /// Messages of RFC 7011, with both directions in a record as RFC 5103 has it
    Ipfix,
}

/// A flow that is over, or what it added up to when it was reported.
struct Told {
    ends: Ends,
    /// What tells it apart beside its ends, if that was asked for.
    tag: Option<String>,
    initiator: Orientation,
    l4: Option<L4Proto>,
    stats: FlowStats,
    state: FlowState,
    history: Letters,
    /// Why it is over, or that it lasts.
    end: &'static str,
    /// The flow that announced it.
    parent: Option<Parent>,
}

/// What tells a flow apart that announced another.
#[derive(Clone)]
struct Parent {
    ends: Ends,
    initiator: Orientation,
    l4: Option<L4Proto>,
    first: Timestamp,
}

impl Told {
    fn new<K: Clone + Into<AnyKey>, S: Lettered>(
        flow: &FlowRecord<K, S>,
        end: &'static str,
        networks: &NetworkTable,
    ) -> Self {
        let FlowRecord { initiator, l4, stats, state, .. } = *flow;
        let history = S::letters(flow);
        let AnyKey { ends, tag } = flow.key.clone().into();
        let tag = tag.text(networks);
        Self { ends, tag, initiator, l4, stats, state, history, end, parent: None }
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Error> {
    arguments.check()?;
    let decoder = Decoder::default();
    if arguments.live {
        return live::run(arguments, &decoder);
    }
    match arguments.format {
        Format::Zeek => zeek::run(arguments, &decoder),
        Format::Eve => export::eve(arguments, &decoder),
        Format::Ipfix => export::ipfix(arguments, &decoder),
        Format::Table | Format::Json | Format::Csv => list::run(arguments, &decoder),
    }
}

impl Arguments {
    /// What does not go together, beyond what the parser of arguments knows.
    fn check(&self) -> Result<(), Error> {
        let wrong = |message: String| Err(Error::Usage(message));
        let Self { format, key, .. } = self;
        let is_ipfix = *format == Format::Ipfix;
        for (name, is_given) in [
            ("--output", self.output.is_some()),
            ("--collector", self.collector.is_some()),
            ("--uniflow", self.uniflow),
            ("--domain", self.domain.is_some()),
        ] {
            if is_given && !is_ipfix {
                return wrong(format!("{name} goes with --format ipfix"));
            }
        }
        if self.community_seed.is_some() && *format != Format::Eve {
            return wrong("--community-seed goes with --format eve".to_owned());
        }
        let is_list = matches!(format, Format::Table | Format::Json | Format::Csv);
        if self.sort.is_some() && !is_list {
            return wrong("--sort goes with --format table, json and csv".to_owned());
        }
        if self.history.is_some() && !is_list {
            return wrong("--history goes with --format table, json and csv".to_owned());
        }
        if self.live && !is_list {
            return wrong("--live goes with --format table, json and csv".to_owned());
        }
        if *format == Format::Zeek && (*key != Key::FiveTuple || self.selection.decap) {
            let message = "--format zeek has keys of its own, and looks into tunnels by itself";
            return wrong(message.to_owned());
        }
        if *format == Format::Zeek && self.active.is_some() {
            return wrong("--active: Zeek has a row for each connection, once it is over".into());
        }
        if matches!(key, Key::IpPair | Key::MacPair) && !is_list {
            return wrong(
                "--format eve and ipfix tell of flows with a protocol: not of pairs".into(),
            );
        }
        if *key == Key::MacPair && self.selection.decap {
            return wrong("--decap looks for IP: it does not go with --key mac-pair".to_owned());
        }
        Ok(())
    }

    /// The limits asked for, in the place of others.
    fn limit(&self, mut config: TrackerConfig) -> TrackerConfig {
        let duration = |nanos: i64| Duration::from_nanos(nanos.unsigned_abs());
        if let Some(idle) = self.idle.map(duration) {
            config.idle_timeout_tcp = idle;
            config.idle_timeout_udp = idle;
            config.idle_timeout_icmp = idle;
            config.idle_timeout_other = idle;
            config.handshake_timeout = idle;
            config.closing_timeout = idle;
        }
        config.active_timeout = self.active.map(duration);
        config
    }
}
