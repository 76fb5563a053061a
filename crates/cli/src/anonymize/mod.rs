//! `rheos anonymize`: a capture without what says whose it is.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use rheos::core::RawPacket;
use rheos::pcap::{
    Block, ByteOrder, EnhancedPacket, Entry, InterfaceDescription, ObsoletePacket, Options,
};

use crate::error::Error;
use crate::input::Input;
use crate::save::{SaveArguments, Saver, own_section};

mod addresses;
mod hardware;
mod key;
mod rewrite;

use addresses::{Addresses, Prefix};
use hardware::Hardware;
use rewrite::Rewriter;

const EXAMPLES: &str = "\
Examples:
  rheos anonymize capture.pcapng out.pcapng
  rheos anonymize monday.pcap m.pcap --key-file key && rheos anonymize tuesday.pcap t.pcap --key-file key
  rheos anonymize capture.pcapng out.pcapng --payload addresses --keep 10.0.0.0/8

Not touched: times, lengths, ports, identifications, TTLs, sequence numbers, TCP timestamps, VLANs.
They, and the traffic itself, may still give someone away.";

/// Write a capture without what says whose it is
///
/// Addresses of IP become others that share as many bits with each other as before (Crypto-PAn),
/// hardware addresses become others of their kind: everywhere in the headers that rheos knows, ARP,
/// neighbour discovery and packets quoted by ICMP among them. Groups, broadcast and loopback stay.
/// What stands behind the headers becomes zeros, unless --payload says otherwise. Good checksums are
/// good again, bad ones stay bad, those that cannot be verified become zero. Comments, names,
/// secrets, private blocks and what says which machine it was are left out.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The capture to read; `-` is standard input
    input: PathBuf,

    /// The capture to write; `-` is standard output
    output: PathBuf,

    /// What becomes of all that is behind the headers
    #[arg(long, value_enum, default_value_t)]
    payload: Payload,

    /// Take the key from this file, or put a new one there: captures under one key have the same
    /// addresses. Who has the key can undo everything. Without it nobody can
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,

    /// Addresses with this prefix stay as they are; the first bits of others tell that they have not
    #[arg(long, value_name = "PREFIX", value_parser = Prefix::parse)]
    keep: Vec<Prefix>,

    /// Replace groups, broadcast, loopback and the like too: bare Crypto-PAn
    #[arg(long)]
    replace_all: bool,

    /// Leave the vendor in hardware addresses
    #[arg(long)]
    keep_vendors: bool,

    #[command(flatten)]
    save: SaveArguments,
}

/// What becomes of payload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Payload {
    /// Zeros; so do the messages of DNS, DHCP, routing and the like
    #[default]
    Zero,
    /// It stays, but addresses in messages that rheos knows are replaced, as in answers of DNS; not
    /// those written as text, and not names
    Addresses,
    /// It stays as it is
    Keep,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Error> {
    let key = key::of(arguments.key_file.as_deref())?;
    let mut kept = if arguments.replace_all { Vec::new() } else { Prefix::usual() };
    kept.extend(&arguments.keep);
    let addresses = Addresses::new(&key, kept);
    let hardware = Hardware::new(&key, arguments.keep_vendors);
    let mut rewriter = Rewriter::new(addresses, hardware, arguments.payload);
    let mut input = Input::open(&arguments.input)?;
    let mut saver = Saver::create(&arguments.output, &arguments.save, None)?;
    let name = arguments.output.display().to_string();
    let end = loop {
        let entry = match input.next_block() {
            Ok(Some(entry)) => entry,
            Ok(None) => break None,
            Err(error) => break Some(error),
        };
        match &entry.packet {
            Some(packet) => {
                let data = rewriter.rewrite(packet.link_type, packet.data);
                write_packet(&entry, packet, data, &mut saver)?;
            }
            None => {
                if let Some(block) = beside(&entry.block, &name)? {
                    saver.block(&block, None)?;
                }
            }
        }
    };
    saver.finish()?;
    end.map_or(Ok(()), Err)
}

/// Writes a packet of other bytes, with no more options than say which way it went and what was lost.
fn write_packet(
    entry: &Entry<'_>,
    packet: &RawPacket<'_>,
    data: &[u8],
    saver: &mut Saver,
) -> Result<(), Error> {
    if !saver.has_blocks() {
        return saver.packet(&RawPacket { data, ..*packet });
    }
    let block = match &entry.block {
        Block::EnhancedPacket(own) => Block::EnhancedPacket(EnhancedPacket {
            interface: own.interface,
            ticks: own.ticks,
            original_length: own.original_length,
            data: data.into(),
            options: harmless(&own.options, &[EnhancedPacket::FLAGS, EnhancedPacket::DROP_COUNT]),
        }),
        Block::ObsoletePacket(own) => Block::ObsoletePacket(ObsoletePacket {
            interface: own.interface,
            drops: own.drops,
            ticks: own.ticks,
            original_length: own.original_length,
            data: data.into(),
            options: harmless(&own.options, &[EnhancedPacket::FLAGS]),
        }),
        Block::SimplePacket(own) => {
            let mut own = own.clone();
            own.data = data.into();
            Block::SimplePacket(own)
        }
        _ => return Ok(()),
    };
    saver.block(&block, None)
}

/// What becomes of a block that holds no packet.
fn beside(block: &Block<'_>, name: &str) -> Result<Option<Block<'static>>, Error> {
    Ok(match block {
        Block::Section(_) => Some(Block::Section(own_section(name)?)),
        Block::Interface(own) => {
            // What its times and its bytes mean, and nothing of who it is.
            let kept = [
                InterfaceDescription::TIMESTAMP_RESOLUTION,
                InterfaceDescription::TIMESTAMP_OFFSET,
                InterfaceDescription::TIMESTAMP_OFFSET_NANOS,
                InterfaceDescription::FCS_LENGTH,
                InterfaceDescription::SPEED,
            ];
            let mut interface = InterfaceDescription::new(own.options.order(), own.link_type);
            interface.snap_length = own.snap_length;
            interface.options = harmless(&own.options, &kept);
            Some(Block::Interface(interface))
        }
        Block::InterfaceStatistics(own) => {
            let mut statistics = own.clone().into_owned();
            statistics.options.retain(|code, _| code > Options::COMMENT && code <= 8);
            Some(Block::InterfaceStatistics(statistics))
        }
        _ => None,
    })
}

/// The options of these codes.
fn harmless(options: &Options<'_>, codes: &[u16]) -> Options<'static> {
    if options.is_empty() {
        return Options::new(ByteOrder::Little);
    }
    let mut kept = options.clone().into_owned();
    kept.retain(|code, _| codes.contains(&code));
    kept
}
