//! A capture in another format, with all that stands beside its packets.
//!
//! `cargo run --package rheos --example convert_capture -- FILE`

#![allow(clippy::print_stdout, reason = "what it is for")]

use std::env;
use std::error::Error;
use std::path::Path;

use rheos::pcap::{CaptureWriter, Format, WriteOptions};

/// The capture of the repository.
const CAPTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/captures/first.pcapng");

/// Writes the capture into memory in both formats, and prints how many bytes each takes.
///
/// # Errors
///
/// The capture cannot be read to its end.
pub(crate) fn run(path: &Path) -> Result<(), Box<dyn Error>> {
    for format in [Format::Pcap, Format::PcapNg] {
        let options = WriteOptions { format: Some(format), ..WriteOptions::default() };
        let mut capture = rheos::pcap::open(path)?;
        let mut copy = CaptureWriter::copy(Vec::new(), &options)?;
        while let Some(entry) = capture.next_block()? {
            copy.write_entry(&entry)?;
        }
        println!("{format:?}: {} bytes", copy.finish()?.len());
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    run(Path::new(&env::args_os().nth(1).unwrap_or(CAPTURE.into())))
}
