//! `rheos defrag`: a capture with whole datagrams in the place of fragments.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use rheos::core::RawPacket;
use rheos::layers::Decoder;
use rheos::pcap::{Block, EnhancedPacket, Entry, InterfaceDescription, ObsoletePacket, Options};
use rheos::session::{Defragment, DefragmentOptions, Defragmented, ReplacedStats};

use crate::error::Error;
use crate::input::Input;
use crate::save::{SaveArguments, Saver};

const EXAMPLES: &str = "\
Examples:
  rheos defrag capture.pcap whole.pcap
  rheos defrag --by-vlan --report - - < capture.pcapng > whole.pcapng";

/// Write a capture with whole datagrams in the place of fragments
///
/// The fragments of IPv4 and IPv6 are left out; a datagram stands where its last fragment was, behind
/// the headers of its first. All other packets stay as they are, and so do fragments of which a part
/// was not captured, and without --tunnels those inside of tunnels.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The capture to read; `-` is standard input
    input: PathBuf,

    /// The capture to write; `-` is standard output
    output: PathBuf,

    /// Keep datagrams of different VLANs apart
    #[arg(long)]
    by_vlan: bool,

    /// Look at fragments inside of tunnels (VXLAN, Geneve, GRE, GTP, IP in IP, …) too
    #[arg(long)]
    tunnels: bool,

    /// Give datagrams up whose fragments are not all there after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    timeout: u64,

    /// Say on standard error what became of the fragments
    #[arg(long)]
    report: bool,

    #[command(flatten)]
    save: SaveArguments,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Error> {
    let mut options = DefragmentOptions::default();
    (options.by_vlan, options.in_tunnels) = (arguments.by_vlan, arguments.tunnels);
    options.config.timeout = Duration::from_secs(arguments.timeout);
    let mut defragment = Defragment::with_options(&Decoder::default(), options);
    let mut input = Input::open(&arguments.input)?;
    let mut saver = Saver::create(&arguments.output, &arguments.save, None)?;
    let end = loop {
        let entry = match input.next_block() {
            Ok(Some(entry)) => entry,
            Ok(None) => break None,
            Err(error) => break Some(error),
        };
        let Some(packet) = entry.packet else {
            saver.block(&beside(entry.block), None)?;
            continue;
        };
        match defragment.take(&packet) {
            Defragmented::AsIs => saver.block(&entry.block, Some(&packet))?,
            Defragmented::Datagram { packet: datagram, .. } => {
                replace(&entry, &packet, &datagram, &mut saver)?;
            }
            Defragmented::Waiting | Defragmented::Rejected(_) => {}
        }
    };
    saver.finish()?;
    if arguments.report {
        let report = report(&defragment.stats(), defragment.waiting());
        // Whoever closed standard error does not want to know.
        let _told = io::stderr().write_all(report.as_bytes());
    }
    end.map_or(Ok(()), Err)
}

/// A block that holds no packet: datagrams may be longer than what interfaces captured of fragments.
fn beside(block: Block<'_>) -> Block<'_> {
    match block {
        Block::Interface(own) => Block::Interface(InterfaceDescription { snap_length: 0, ..own }),
        block => block,
    }
}

/// Writes a datagram in the place of its last fragment, with what is said beside that.
fn replace(
    entry: &Entry<'_>,
    last: &RawPacket<'_>,
    datagram: &RawPacket<'_>,
    saver: &mut Saver,
) -> Result<(), Error> {
    // What is said of the fragment's bytes does not hold of the datagram's.
    let kept = |options: &Options<'_>| {
        let mut options = options.clone().into_owned();
        options.retain(|code, _| code != EnhancedPacket::HASH);
        options
    };
    let (data, original_length) = (datagram.data.into(), datagram.original_length);
    let block = match &entry.block {
        // Of a fragment from elsewhere, the times may have other ticks.
        _ if !saver.has_blocks() || last.interface != datagram.interface => {
            return saver.packet(datagram);
        }
        Block::EnhancedPacket(own) => {
            let options = kept(&own.options);
            Block::EnhancedPacket(EnhancedPacket { data, original_length, options, ..own.clone() })
        }
        Block::ObsoletePacket(own) => {
            let options = kept(&own.options);
            Block::ObsoletePacket(ObsoletePacket { data, original_length, options, ..own.clone() })
        }
        _ => return saver.packet(datagram),
    };
    saver.block(&block, None)
}

/// What became of the fragments, a line each.
fn report(stats: &ReplacedStats, waiting: usize) -> String {
    let found = &stats.fragments;
    let lines = [
        (found.fragments, "fragments"),
        (found.completed.saturating_sub(stats.oversized), "datagrams written in their place"),
        (waiting as u64, "datagrams without some of their fragments at the end"),
        (found.timed_out, "datagrams whose fragments did not come in time"),
        (found.evicted, "datagrams given up to make room"),
        (stats.oversized, "datagrams too long for their header"),
        (found.duplicates, "fragments sent again"),
        (found.overlaps, "fragments that overlap others"),
        (found.conflicts, "fragments with other bytes where they overlap"),
        (found.rejected, "fragments that no receiver takes"),
        (stats.cut, "fragments not captured whole, written as they are"),
    ];
    let lines = lines.map(|(number, what)| format!("{number:>10} {what}\n"));
    lines.concat()
}
