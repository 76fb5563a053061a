//! `rheos sort`: a capture in order of time.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use rheos::pcap::Block;

use crate::error::Error;
use crate::input::Input;
use crate::merge::source::{Head, Mapping, Source, describe};
use crate::merge::{self, Order};
use crate::save::{SaveArguments, Saver, own_section};

/// The least memory, so that a large capture does not become a file a packet.
const MIN_MEMORY: u64 = 1 << 20;

/// The most pieces of one length: so many become one before there are more. With the pieces of all
/// lengths, four of which are more than a terabyte, they are half of the files that any system lets a
/// program have open.
const MAX_PIECES: usize = 32;

const EXAMPLES: &str = "\
Example:
  rheos sort capture.pcapng sorted.pcapng";

/// Write a capture in order of time
///
/// Packets of the same time stay as they are to each other; those without a time come first. What
/// does not fit in memory is sorted piece by piece in files where the output will be, which are gone at
/// the end.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The capture to read; `-` is standard input
    input: PathBuf,

    /// The capture to write; `-` is standard output
    output: PathBuf,

    /// Hold at most so many bytes of packets; less than 1M is 1M
    #[arg(long, value_name = "SIZE", default_value = "512M",
          value_parser = crate::arguments::size)]
    memory: u64,

    #[command(flatten)]
    save: SaveArguments,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Error> {
    let name = arguments.output.display().to_string();
    let memory = usize::try_from(arguments.memory.max(MIN_MEMORY)).unwrap_or(usize::MAX);
    let mut source = Source::new(Input::open(&arguments.input)?, Mapping::Declared);
    let mut saver = Saver::create(&arguments.output, &arguments.save, None)?;
    let mut failed = None;
    let mut section = own_section(&name)?;
    let mut beside = merge::advance(&mut source, &mut failed);
    describe(&beside, &mut section);
    saver.block(&Block::Section(section), None)?;

    let mut pieces = Pieces::default();
    let (mut held, mut size) = (Vec::new(), 0_usize);
    loop {
        pieces.interfaces.extend(beside.iter().filter(|block| is_interface(block)).cloned());
        source.write_beside(&beside, &mut saver)?;
        let Some(packet) = source.take() else { break };
        size = size.saturating_add(packet.size());
        held.push(packet);
        if size >= memory {
            pieces.put_aside(&mut held, &arguments.output)?;
            size = 0;
        }
        beside = merge::advance(&mut source, &mut failed);
    }
    if pieces.by_length.is_empty() {
        sort(&mut held);
        held.iter().try_for_each(|packet| packet.write(&mut saver))?;
    } else {
        pieces.put_aside(&mut held, &arguments.output)?;
        // The longest are of what came first.
        join(pieces.by_length.into_iter().rev().flatten(), &mut saver)?;
    }
    saver.finish()?;
    failed.map_or(Ok(()), Err)
}

/// Pieces of the capture that are in order, each in a file without a name, of which nothing is left
/// whatever ends the command.
#[derive(Default)]
struct Pieces {
    /// In the order of the capture, those of one stretch of memory first, then those that were made of
    /// such, and so on.
    by_length: Vec<Vec<File>>,
    /// The interfaces of the capture, as far as it has been read.
    interfaces: Vec<Block<'static>>,
}

impl Pieces {
    /// Sorts packets into a file of their own.
    fn put_aside(&mut self, held: &mut Vec<Head>, output: &Path) -> Result<(), Error> {
        sort(held);
        let (mut file, mut saver) = self.start(output)?;
        held.drain(..).try_for_each(|packet| packet.write(&mut saver))?;
        saver.finish()?;
        for length in 0.. {
            if self.by_length.len() <= length {
                self.by_length.push(Vec::new());
            }
            let Some(pieces) = self.by_length.get_mut(length) else { break };
            pieces.push(file);
            if pieces.len() < MAX_PIECES {
                break;
            }
            let full = std::mem::take(pieces);
            let (longer, mut saver) = self.start(output)?;
            join(full.into_iter(), &mut saver)?;
            saver.finish()?;
            file = longer;
        }
        Ok(())
    }

    /// Starts a file, in which the interfaces have the numbers that they have in the capture.
    fn start(&self, output: &Path) -> Result<(File, Saver), Error> {
        let file = file_beside(output).and_then(|file| Ok((file.try_clone()?, file)));
        let failed = |source| Error::Create { name: "a piece of the capture".to_owned(), source };
        let (file, other) = file.map_err(failed)?;
        let mut saver = Saver::unnamed(other)?;
        self.interfaces.iter().try_for_each(|interface| saver.block(interface, None))?;
        Ok((file, saver))
    }
}

/// Writes the packets of pieces in order. One that cannot be read any more is an error.
fn join(files: impl Iterator<Item = File>, saver: &mut Saver) -> Result<(), Error> {
    let sources = files.map(|file| Ok(Source::new(Input::unnamed(file)?, Mapping::Same)));
    let mut sources = sources.collect::<Result<Vec<_>, Error>>()?;
    let mut failed = None;
    for source in &mut sources {
        let blocks = merge::advance(source, &mut failed);
        source.write_beside(&blocks, saver)?;
    }
    merge::write(&mut sources, Order::Time, saver, &mut failed)?;
    failed.map_or(Ok(()), Err)
}

fn sort(held: &mut [Head]) {
    held.sort_by_key(|packet| packet.time);
}

fn is_interface(block: &Block<'_>) -> bool {
    matches!(block, Block::Interface(_))
}

/// A file where there is room for the output too.
fn file_beside(output: &Path) -> io::Result<File> {
    if output.as_os_str() == "-" {
        return tempfile::tempfile();
    }
    let parent = output.parent().filter(|folder| !folder.as_os_str().is_empty());
    tempfile::tempfile_in(parent.unwrap_or(Path::new(".")))
}
