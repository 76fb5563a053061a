//! `rheos merge`: several captures as one.

use std::path::PathBuf;

use clap::Args;
use rheos::pcap::Block;

use crate::error::{self, Error};
use crate::input::Input;
use crate::save::{SaveArguments, Saver, own_section};

pub(crate) mod source;

use source::{Mapping, Source, describe};

const EXAMPLES: &str = "\
Examples:
  rheos merge -o all.pcapng eth0.pcap eth1.pcapng
  rheos merge -o day.pcap.gz --append hour-*.pcap";

/// Write several captures as one, in order of time
///
/// Of each capture the next packet is taken that has the earliest time; where times are equal, the
/// capture that is named first comes first. Captures that are not in order themselves stay as they
/// are: `rheos sort` comes before or behind. Interfaces, names and secrets of all are kept.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The captures to read; one of them may be `-`, standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// The capture to write; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,

    /// Write one capture behind the other, whatever their times are
    #[arg(long)]
    append: bool,

    #[command(flatten)]
    save: SaveArguments,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Error> {
    let opened = arguments.files.iter().map(|file| Input::open(file));
    let sources = opened.map(|input| Ok(Source::new(input?, Mapping::Declared)));
    let mut sources = sources.collect::<Result<Vec<_>, Error>>()?;
    let mut saver = Saver::create(&arguments.output, &arguments.save, None)?;
    let mut failed = None;
    let mut section = own_section(&arguments.output.display().to_string())?;
    let mut waiting = Vec::new();
    for source in &mut sources {
        let blocks = advance(source, &mut failed);
        describe(&blocks, &mut section);
        waiting.push(blocks);
    }
    saver.block(&Block::Section(section), None)?;
    for (source, blocks) in sources.iter_mut().zip(waiting) {
        source.write_beside(&blocks, &mut saver)?;
    }
    let order = if arguments.append { Order::Appended } else { Order::Time };
    write(&mut sources, order, &mut saver, &mut failed)?;
    saver.finish()?;
    failed.map_or(Ok(()), Err)
}

/// What comes first.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// What is earliest.
    Time,
    /// The first source, to its end.
    Appended,
}

/// Writes what is left of sources. One that fails is told of and ends; the others go on.
pub(crate) fn write(
    sources: &mut [Source],
    order: Order,
    saver: &mut Saver,
    failed: &mut Option<Error>,
) -> Result<(), Error> {
    // There are few sources: looking at each is faster than a heap up to some dozens, and the first
    // of those with the least time is the stable choice.
    while let Some(source) = next(sources, order) {
        if let Some(packet) = source.take() {
            packet.write(saver)?;
        }
        let blocks = advance(source, failed);
        if !blocks.is_empty() {
            source.write_beside(&blocks, saver)?;
        }
    }
    Ok(())
}

fn next(sources: &mut [Source], order: Order) -> Option<&mut Source> {
    let open = sources.iter_mut().filter(|source| source.is_open());
    match order {
        Order::Time => open.min_by_key(|source| source.time()),
        Order::Appended => { open }.next(),
    }
}

/// Moves a source to its next packet. An error ends it, and is told unless it is the only one.
pub(crate) fn advance(source: &mut Source, failed: &mut Option<Error>) -> Vec<Block<'static>> {
    let mut blocks = Vec::new();
    if let Err(error) = source.advance(&mut blocks)
        && let Some(before) = failed.replace(error)
    {
        error::report(&before);
    }
    blocks
}
