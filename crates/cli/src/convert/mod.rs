//! `rheos convert`: a capture in another format, or with other packets.

use std::path::PathBuf;

use clap::Args;
use rheos::core::{LinkType, Timestamp};
use rheos::pcap::Resolution;

use crate::error::Error;
use crate::input::Input;
use crate::save::{SaveArguments, Saver};
use crate::time;

mod clock;
mod dedup;
mod edit;

use clock::Move;
use dedup::{Dedup, MAX_WINDOW};
use edit::{Edit, Step};

const EXAMPLES: &str = "\
Examples:
  rheos convert capture.pcap capture.pcapng.zst
  rheos convert in.pcapng out.pcap --snaplen 96 --from 2026-11-21T08:00 --until 2026-11-21T09:00
  rheos convert in.pcapng out.pcapng --dedup --shift -1h --no-comments";

/// Write a capture in another format, or with some of its packets, shorter, or at other times
///
/// From pcapng to pcapng nothing is lost that is not asked away: interfaces, options, names, secrets
/// and blocks of others stay as they are. Times are UTC unless they say otherwise.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The capture to read; `-` is standard input
    input: PathBuf,

    /// The capture to write; `-` is standard output
    output: PathBuf,

    /// Cut packets to so many bytes
    #[arg(short, long, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(1..))]
    snaplen: Option<u32>,

    /// Leave out packets before this time
    #[arg(long, value_name = "TIME", value_parser = time::parse, allow_hyphen_values = true)]
    from: Option<i64>,

    /// Leave out packets at and behind this time
    #[arg(long, value_name = "TIME", value_parser = time::parse, allow_hyphen_values = true)]
    until: Option<i64>,

    /// Stop behind so many packets that are written
    #[arg(short, long, value_name = "N")]
    count: Option<u64>,

    /// Say that packets start so: a number or a name of the registry of link types
    #[arg(short, long, value_name = "TYPE", value_parser = crate::arguments::link_type)]
    link_type: Option<LinkType>,

    /// Write times in these ticks: s, ms, us, ns, 10^-n or 2^-n; pcap has us and ns
    #[arg(long, value_name = "TICK", value_parser = crate::arguments::resolution)]
    resolution: Option<Resolution>,

    /// Leave out every comment
    #[arg(long)]
    no_comments: bool,

    /// Leave out packets with the same bytes as one of the last N, itself counted
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true,
          default_missing_value = "5", value_parser = window)]
    dedup: Option<usize>,

    /// Leave out packets with the same bytes as one in so much time before
    #[arg(long, value_name = "DURATION", value_parser = time::span, conflicts_with = "dedup")]
    dedup_within: Option<i64>,

    /// Move all times by so much: seconds, or 10ms, -1h and the like
    #[arg(long, value_name = "DURATION", value_parser = time::duration, allow_hyphen_values = true)]
    shift: Option<i64>,

    /// Stretch the time behind the first packet so many times
    #[arg(long, value_name = "FACTOR", value_parser = time::factor)]
    scale: Option<i128>,

    #[command(flatten)]
    save: SaveArguments,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Error> {
    if let (Some(from), Some(until)) = (arguments.from, arguments.until)
        && until <= from
    {
        return Err(Error::Usage("--until is not behind --from: no packet is between them".into()));
    }
    let mut input = Input::open(&arguments.input)?;
    let mut saver = Saver::create(&arguments.output, &arguments.save, arguments.resolution)?;
    let dedup = match (arguments.dedup, arguments.dedup_within) {
        (Some(window), _) => Some(Dedup::new(window, None)),
        (_, Some(within)) => {
            Some(Dedup::new(MAX_WINDOW, Some(u64::try_from(within).unwrap_or_default())))
        }
        _ => None,
    };
    let mut edit = Edit {
        snap_length: arguments.snaplen,
        from: arguments.from.map(Timestamp::from_nanos),
        until: arguments.until.map(Timestamp::from_nanos),
        left: arguments.count,
        link_type: arguments.link_type,
        resolution: arguments.resolution,
        no_comments: arguments.no_comments,
        dedup,
        moves: Move {
            scale: arguments.scale.unwrap_or(time::SECOND.into()),
            shift: arguments.shift.unwrap_or_default(),
            start: None,
        },
        clocks: Vec::new(),
        first_interface: 0,
        number: 0,
    };
    // What is whole is written, whatever comes behind it.
    let end = loop {
        if edit.left == Some(0) {
            break None;
        }
        match input.next_block() {
            Ok(Some(entry)) => {
                if let Step::Stop = edit.entry(entry, &mut saver)? {
                    break None;
                }
            }
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    saver.finish()?;
    end.map_or(Ok(()), Err)
}

fn window(text: &str) -> Result<usize, String> {
    let window = text.parse().ok().filter(|window| (1..=MAX_WINDOW).contains(window));
    window.ok_or_else(|| format!("a number from 1 to {MAX_WINDOW}"))
}
