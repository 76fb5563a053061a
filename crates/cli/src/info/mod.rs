//! `rheos info`: what is in captures, in numbers.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::error::{self, Error};
use crate::input::Input;
use crate::output::Output;
use crate::progress::{self, Reading};

mod hashes;
mod report;
mod summary;
mod table;

const EXAMPLES: &str = "\
Examples:
  rheos info capture.pcapng
  rheos info *.pcap --format table
  rheos info capture.pcap --hashes --format json";

/// Say what is in captures: formats, interfaces, packets, bytes, times
///
/// Bytes are those on the wire, whatever was captured of them; times are UTC.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The captures, of any kind that rheos reads; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// How to print: text for one file and table for several if nothing is asked for; json is an
    /// object a line
    #[arg(long, value_enum)]
    format: Option<Format>,

    /// Work out SHA-256, RIPEMD-160 and SHA-1 of each file too
    #[arg(long)]
    hashes: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Table,
    Json,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Error> {
    let usual = if arguments.files.len() == 1 { Format::Text } else { Format::Table };
    let format = arguments.format.unwrap_or(usual);
    let (mut summaries, mut failed) = (Vec::new(), None);
    let mut output = Output::new();
    let sizes = arguments.files.iter().filter_map(|file| progress::file_size(file));
    let bytes = sizes.fold(0, u64::saturating_add);
    let passes = if arguments.hashes { 2 } else { 1 };
    let _all = Reading::announce(bytes.saturating_mul(passes));
    for file in &arguments.files {
        let (summary, end) = match Input::open(file) {
            Ok(input) => summary::collect(input),
            Err(error) => (None, Some(error)),
        };
        // The other files are told of all the same.
        if let Some(error) = end.and_then(|end| failed.replace(end)) {
            error::report(&error);
        }
        let Some(mut summary) = summary else { continue };
        if arguments.hashes {
            summary.hashes = hashes::of(file)?;
        }
        match format {
            Format::Json => {
                serde_json::to_writer(&mut output, &summary)?;
                writeln!(output)?;
            }
            Format::Text => {
                if !summaries.is_empty() {
                    writeln!(output)?;
                }
                report::write(&mut output, &summary)?;
                summaries.push(summary);
            }
            Format::Table => summaries.push(summary),
        }
    }
    if format == Format::Table && !summaries.is_empty() {
        table::write(&mut output, &summaries)?;
    }
    output.flush()?;
    failed.map_or(Ok(()), Err)
}
