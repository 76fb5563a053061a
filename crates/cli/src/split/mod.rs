//! `rheos split`: a capture as several.

use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args, ValueEnum};
use rheos::core::Timestamp;
use rheos::pcap::{Block, Section};

use crate::error::Error;
use crate::input::Input;
use crate::save::{SaveArguments, Saver};
use crate::time;

mod group;
mod name;

const EXAMPLES: &str = "\
Examples:
  rheos split capture.pcapng part.pcapng --size 100M
  rheos split capture.pcap hour.pcap.gz --time 1h
  rheos split capture.pcapng flow.pcapng --by flow";

/// Bytes around the data of a packet, in the larger of the two formats.
const PACKET_OVERHEAD: u64 = 32;

/// Write a capture as several files
///
/// Each is a capture of its own, with the interfaces, names and secrets that stand in front of its
/// packets. The names have a number in front of the extension, or the flow or the host.
#[derive(Args)]
#[command(
    after_help = EXAMPLES,
    group = ArgGroup::new("how").required(true),
    // The one that clap makes up is wider than a terminal.
    override_usage = "rheos split <--packets N|--size SIZE|--time DURATION|--by BY> <INPUT> <OUTPUT>",
)]
pub(crate) struct Arguments {
    /// The capture to read; `-`, standard input, with --packets, --size and --time
    input: PathBuf,

    /// What the names of the files are made from; not standard output
    output: PathBuf,

    /// Start another file behind so many packets
    #[arg(long, value_name = "N", group = "how", value_parser = clap::value_parser!(u64).range(1..))]
    packets: Option<u64>,

    /// Start another file before one becomes larger than so many bytes, uncompressed
    #[arg(long, value_name = "SIZE", group = "how", value_parser = crate::arguments::size)]
    size: Option<u64>,

    /// Start another file each time so much time has gone by since the first packet
    #[arg(long, value_name = "DURATION", group = "how", value_parser = time::step)]
    time: Option<i64>,

    /// A file for each flow, or for each host; what is of none goes to a file of its own
    #[arg(long, value_enum, group = "how")]
    by: Option<By>,

    /// With --by: make at most so many files; packets of other flows or hosts go to one together
    // It cannot require --by: clap lets that pass where another of its group is given.
    #[arg(long, value_name = "N", default_value_t = 10_000,
          conflicts_with_all = ["packets", "size", "time"],
          value_parser = clap::value_parser!(u32).range(1..))]
    max_files: u32,

    #[command(flatten)]
    save: SaveArguments,
}

/// What belongs together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum By {
    /// Packets between two addresses and ports
    Flow,
    /// Packets to and from an address; a packet is in the files of both
    Host,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Error> {
    if arguments.output.as_os_str() == "-" {
        let message = "the parts are files: give them a name, not standard output";
        return Err(Error::Usage(message.into()));
    }
    if let Some(by) = arguments.by {
        return group::split(arguments, by);
    }
    let mut input = Input::open(&arguments.input)?;
    let mut limits = Limits {
        packets: arguments.packets,
        size: arguments.size,
        time: arguments.time,
        ..Limits::default()
    };
    let (mut standing, mut file, mut number) = (Standing::default(), None, 0_u64);
    let end = loop {
        let entry = match input.next_block() {
            Ok(Some(entry)) => entry,
            Ok(None) => break None,
            Err(error) => break Some(error),
        };
        let Some(packet) = entry.packet else {
            if let Some(saver) = &mut file {
                Standing::write_one(&entry.block, saver)?;
            }
            standing.keep(entry.block);
            continue;
        };
        let length = (packet.data.len() as u64).saturating_add(PACKET_OVERHEAD);
        if let Some(full) = file.take_if(|_| limits.is_reached(packet.timestamp, length)) {
            full.finish()?;
        }
        let saver = match &mut file {
            Some(saver) => saver,
            None => {
                number = number.saturating_add(1);
                limits.start(packet.timestamp);
                let name = name::with(&arguments.output, &format!("{number:05}"));
                file.insert(standing.start(&name, &arguments.save)?)
            }
        };
        saver.block(&entry.block, Some(&packet))?;
        limits.add(length);
    };
    file.map_or(Ok(()), Saver::finish)?;
    end.map_or(Ok(()), Err)
}

/// What ends a file, and how far the one being written is.
#[derive(Default)]
struct Limits {
    packets: Option<u64>,
    size: Option<u64>,
    /// Nanoseconds.
    time: Option<i64>,
    written: u64,
    bytes: u64,
    /// When the file ends.
    end: Option<i64>,
}

impl Limits {
    /// Whether a packet belongs in another file.
    fn is_reached(&self, time: Timestamp, length: u64) -> bool {
        let is_full = self.packets.is_some_and(|packets| self.written >= packets);
        let is_large = self.size.is_some_and(|size| self.bytes.saturating_add(length) > size);
        is_full || is_large || self.end.is_some_and(|end| time.as_nanos() >= end)
    }

    /// Starts a file with a packet of this time.
    fn start(&mut self, time: Timestamp) {
        (self.written, self.bytes) = (0, 0);
        let Some(step) = self.time else { return };
        // Where nothing happens for several files' time, none is made.
        let time = time.as_nanos();
        let steps = match self.end {
            Some(end) => time.saturating_sub(end).max(0).checked_div(step).unwrap_or_default(),
            None => 0,
        };
        let end = self.end.unwrap_or(time).saturating_add(steps.saturating_mul(step));
        self.end = Some(end.saturating_add(step));
    }

    fn add(&mut self, length: u64) {
        self.written = self.written.saturating_add(1);
        self.bytes = self.bytes.saturating_add(length);
    }
}

/// Blocks that hold for the packets behind them, in each file.
#[derive(Default)]
pub(crate) struct Standing {
    blocks: Vec<Block<'static>>,
}

impl Standing {
    /// Keeps a block, unless it speaks only of the packets in front of it. A new section makes those
    /// of the last void.
    pub(crate) fn keep(&mut self, block: Block<'_>) {
        match block {
            Block::Section(section) => {
                self.blocks.clear();
                let section = Section { length: None, ..section };
                self.blocks.push(Block::Section(section.into_owned()));
            }
            Block::InterfaceStatistics(_) | Block::Journal(_) | Block::Unknown(_) => {}
            block => self.blocks.push(block.into_owned()),
        }
    }

    /// Writes a block into a file that has those in front of it.
    pub(crate) fn write_one(block: &Block<'_>, saver: &mut Saver) -> Result<(), Error> {
        match block {
            Block::Section(section) => {
                let section = Section { length: None, ..section.clone() };
                saver.block(&Block::Section(section), None)
            }
            block => saver.block(block, None),
        }
    }

    /// Starts a file with the blocks that stand so far.
    pub(crate) fn start(&self, name: &Path, save: &SaveArguments) -> Result<Saver, Error> {
        let mut saver = Saver::create(name, save, None)?;
        self.blocks.iter().try_for_each(|block| saver.block(block, None))?;
        Ok(saver)
    }
}
