//! `rheos streams`: what the two sides of each connection of TCP said.

use std::collections::HashMap;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use rheos::core::{RawPacket, Side};
use rheos::flow::{FiveTuple, FiveTupleKey};
use rheos::layers::Decoder;
use rheos::reassembly::OverlapPolicy;
use rheos::reassembly::tcp::StreamStats;
use rheos::session::{
    Connection, Defragment, DefragmentOptions, StreamEvent, TcpStreams, TcpStreamsConfig,
};

use crate::error::Error;
use crate::input::{Step, for_each_packet};
use crate::time::Origin;

mod files;
mod follow;
mod list;
mod record;
mod table;

use files::Files;
use follow::{As, Follow};
use list::List;

const EXAMPLES: &str = "\
Examples:
  rheos streams capture.pcap
  rheos streams capture.pcap --follow 3
  rheos streams capture.pcap --follow 3 --side responder --as raw > answer
  rheos streams capture.pcap --out streams --format json > streams.json";

/// Put the streams of TCP together: what each side of a connection said, and what is missing
///
/// Streams are numbered from zero in the order of their first packets. Bytes come in the order of their
/// numbers, whatever the order of the packets; what came again, overlapped or never came is counted.
/// Fragments of IP are put together first. A stream is listed once it is over and all before it are; one
/// for which 262,144 others wait comes behind them.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The capture to read; `-` is standard input
    file: PathBuf,

    /// Print what both sides of this stream say, in the order in which they say it
    #[arg(long, value_name = "N", conflicts_with_all = ["out", "format"])]
    follow: Option<u64>,

    /// How to print that; raw is the bytes and nothing else
    #[arg(long = "as", value_enum, default_value_t, requires = "follow")]
    show: As,

    /// Print only what this side says
    #[arg(long, value_enum, requires = "follow")]
    side: Option<Role>,

    /// Write what each side says to a file of its own in this folder, which is made if it is not there
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// What to put in the place of bytes that are missing
    #[arg(long, value_enum, default_value_t)]
    gap: GapFill,

    /// How to print the list of streams
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    /// Whose bytes win where segments overlap that wait for others
    #[arg(long, value_enum, value_name = "POLICY", default_value_t)]
    overlap: Policy,

    /// Leave packets with a wrong checksum out; captures of a host's own traffic often have no others
    #[arg(long)]
    verify_checksums: bool,

    /// Write over files that are there
    #[arg(long, requires = "out")]
    force: bool,
}

/// A side, as a person names it.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Role {
    Initiator,
    Responder,
}

/// What stands in the place of bytes that are missing.
#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum GapFill {
    /// As many zeros
    Zero,
    /// Nothing
    Skip,
    /// A text that says how many there are
    #[default]
    Mark,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    #[default]
    Table,
    /// An object a line
    Json,
    Csv,
}

/// The names of [`OverlapPolicy`].
#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Policy {
    /// What came first stays
    #[default]
    First,
    /// What came last replaces
    Last,
    Bsd,
    BsdRight,
    Linux,
    Windows,
    Solaris,
}

impl From<Policy> for OverlapPolicy {
    fn from(policy: Policy) -> Self {
        match policy {
            Policy::First => Self::First,
            Policy::Last => Self::Last,
            Policy::Bsd => Self::Bsd,
            Policy::BsdRight => Self::BsdRight,
            Policy::Linux => Self::Linux,
            Policy::Windows => Self::Windows,
            Policy::Solaris => Self::Solaris,
        }
    }
}

/// A connection that is over.
struct Told {
    connection: Connection<FiveTupleKey>,
    /// Of the initiator, and of the responder.
    sides: [SideTold; 2],
    /// Why it is over.
    end: &'static str,
}

/// What one of its sides said.
#[derive(Default)]
struct SideTold {
    stats: StreamStats,
    /// Places with different bytes.
    conflicts: u64,
    /// The name of the file with its bytes.
    file: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Error> {
    if let Some(number) = arguments.follow {
        return follow(arguments, number);
    }
    let mut files = arguments.out.as_deref().map(|folder| Files::new(folder, arguments));
    if let Some(files) = &mut files {
        files.make_folder()?;
    }
    let mut list = List::new(arguments.format);
    let mut conflicts: HashMap<u64, [u64; 2]> = HashMap::new();
    let mut origin = Origin::default();
    let end = each_event(arguments, &mut origin, |event, origin| {
        if let Some(files) = &mut files {
            files.event(event)?;
        }
        match event {
            StreamEvent::Overlap { connection, side, .. } => {
                let [first, second] = conflicts.entry(connection.number).or_default();
                let count = if *side == Side::Initiator { first } else { second };
                *count = count.saturating_add(1);
            }
            StreamEvent::Over { connection, streams, reason } => {
                let [a, b] = conflicts.remove(&connection.number).unwrap_or_default();
                let [first, second] = *streams;
                let [x, y] =
                    files.as_mut().map(|f| f.names_of(connection.number)).unwrap_or_default();
                let sides = [
                    SideTold { stats: first, conflicts: a, file: x },
                    SideTold { stats: second, conflicts: b, file: y },
                ];
                let connection = (*connection).clone();
                list.add(Told { connection, sides, end: reason.as_str() }, origin)?;
            }
            _ => {}
        }
        Ok(Step::Next)
    })?;
    match end {
        // A table of nothing would only hide that nothing could be read.
        Some(error) if list.is_empty => Err(error),
        end => {
            list.finish(origin)?;
            end.map_or(Ok(()), Err)
        }
    }
}

/// Prints one stream.
fn follow(arguments: &Arguments, number: u64) -> Result<(), Error> {
    let mut follow = Follow::new(arguments);
    let (mut is_found, mut last) = (false, None);
    let end = each_event(arguments, &mut Origin::default(), |event, _| {
        let connection = event.connection();
        last = last.max(Some(connection.number));
        if connection.number != number {
            return Ok(Step::Next);
        }
        is_found = true;
        follow.event(event)?;
        Ok(if let StreamEvent::Over { .. } = event { Step::Stop } else { Step::Next })
    })?;
    follow.finish()?;
    match (end, last) {
        (Some(error), _) => Err(error),
        _ if is_found => Ok(()),
        (None, Some(last)) => {
            Err(Error::Ask(format!("no stream {number}: the last one of this capture is {last}")))
        }
        (None, None) => {
            Err(Error::Ask(format!("no stream {number}: this capture has none of TCP")))
        }
    }
}

/// Puts all streams together, until `take`, which hears of when the capture began too, has had enough. What
/// fails at the end of the capture comes back beside nothing lost.
fn each_event(
    arguments: &Arguments,
    origin: &mut Origin,
    mut take: impl FnMut(&StreamEvent<'_, FiveTupleKey>, Origin) -> Result<Step, Error>,
) -> Result<Option<Error>, Error> {
    let decoder = Decoder::default();
    let options = DefragmentOptions {
        verify_checksums: arguments.verify_checksums,
        ..DefragmentOptions::default()
    };
    let mut defragment = Defragment::with_options(&decoder, options);
    let mut config = TcpStreamsConfig::default();
    config.tcp.overlap = arguments.overlap.into();
    let mut streams = TcpStreams::with_config(FiveTuple::new(&decoder), config);
    // What the last event came to, once that is to stop.
    let mut stopped = None;
    let mut sink = |event: &StreamEvent<'_, FiveTupleKey>, origin: Origin| {
        if stopped.is_none() {
            match take(event, origin) {
                Ok(Step::Next) => {}
                Ok(Step::Stop) => stopped = Some(Ok(())),
                Err(error) => stopped = Some(Err(error)),
            }
        }
        stopped.is_some()
    };
    let mut is_done = false;
    let end = for_each_packet(&arguments.file, |_, raw| {
        origin.hear(raw);
        let Some(raw) = defragment.push(raw) else { return Ok(Step::Next) };
        if !arguments.verify_checksums || !is_corrupt(&decoder, &raw) {
            let origin = *origin;
            streams.push(&raw, &mut |event| is_done |= sink(event, origin));
        }
        Ok(if is_done { Step::Stop } else { Step::Next })
    })?;
    if !is_done {
        streams.finish(&mut |event| is_done |= sink(event, *origin));
    }
    match stopped {
        Some(Err(error)) => Err(error),
        _ => Ok(end),
    }
}

/// Whether a checksum is wrong by which a packet comes to its host.
fn is_corrupt(decoder: &Decoder, raw: &RawPacket<'_>) -> bool {
    let packet = decoder.decode(raw.link_type, raw.data);
    packet.verify_outermost().any(|checksum| checksum.is_wrong())
}
