//! `rheos sort`: a capture in order of time.

use std::path::{Path, PathBuf};

use clap::Args;
use rheos::pcap::Block;
use tempfile::TempDir;

use crate::error::Error;
use crate::input::Input;
use crate::merge::source::{Head, Mapping, Source, describe};
use crate::merge::{self, Order};
use crate::save::{SaveArguments, SaveFormat, Saver, own_section};

/// The least memory, so that a large capture does not become a file a packet.
const MIN_MEMORY: u64 = 1 << 20;

const EXAMPLES: &str = "\
Example:
  rheos sort capture.pcapng sorted.pcapng";

/// Write a capture in order of time
///
/// Packets of the same time stay as they are to each other; those without a time come first. What
/// does not fit in memory is sorted piece by piece in files beside the output, which are gone at the
/// end.
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

    let mut runs = Runs { folder: None, files: Vec::new(), interfaces: Vec::new() };
    let (mut held, mut size) = (Vec::new(), 0_usize);
    loop {
        runs.interfaces.extend(beside.iter().filter(|block| is_interface(block)).cloned());
        source.write_beside(&beside, &mut saver)?;
        let Some(packet) = source.take() else { break };
        size = size.saturating_add(packet.size());
        held.push(packet);
        if size >= memory {
            runs.put_aside(&mut held, &arguments.output)?;
            size = 0;
        }
        beside = merge::advance(&mut source, &mut failed);
    }
    if runs.files.is_empty() {
        sort(&mut held);
        held.iter().try_for_each(|packet| packet.write(&mut saver))?;
    } else {
        runs.put_aside(&mut held, &arguments.output)?;
        let opened = runs.files.iter().map(|file| Input::open(file));
        let sources = opened.map(|input| Ok(Source::new(input?, Mapping::Same)));
        let mut sources = sources.collect::<Result<Vec<_>, Error>>()?;
        for source in &mut sources {
            let blocks = merge::advance(source, &mut failed);
            source.write_beside(&blocks, &mut saver)?;
        }
        merge::write(&mut sources, Order::Time, &mut saver, &mut failed)?;
    }
    saver.finish()?;
    failed.map_or(Ok(()), Err)
}

/// Pieces of the capture that are in order, each in a file.
struct Runs {
    folder: Option<TempDir>,
    files: Vec<PathBuf>,
    /// The interfaces of the capture, as far as it has been read.
    interfaces: Vec<Block<'static>>,
}

impl Runs {
    /// Sorts packets into a file of their own.
    fn put_aside(&mut self, held: &mut Vec<Head>, output: &Path) -> Result<(), Error> {
        sort(held);
        let folder = match &self.folder {
            Some(folder) => folder,
            None => self.folder.insert(folder_beside(output)?),
        };
        let file = folder.path().join(format!("{}.pcapng", self.files.len()));
        let mut saver = Saver::create(&file, &SaveArguments::new(SaveFormat::Pcapng), None)?;
        for interface in &self.interfaces {
            saver.block(interface, None)?;
        }
        held.iter().try_for_each(|packet| packet.write(&mut saver))?;
        saver.finish()?;
        held.clear();
        self.files.push(file);
        Ok(())
    }
}

fn sort(held: &mut [Head]) {
    held.sort_by_key(|packet| packet.time);
}

fn is_interface(block: &Block<'_>) -> bool {
    matches!(block, Block::Interface(_))
}

/// A folder where there is room for the output too.
fn folder_beside(output: &Path) -> Result<TempDir, Error> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".rheos-sort-");
    let parent = output.parent().filter(|folder| !folder.as_os_str().is_empty());
    let made = if output.as_os_str() == "-" {
        builder.tempdir()
    } else {
        builder.tempdir_in(parent.unwrap_or(Path::new(".")))
    };
    made.map_err(|source| Error::Create { name: "a folder for sorted pieces".to_owned(), source })
}
