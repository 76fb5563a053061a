//! The bytes of every TCP stream, in order, with what is missing: gopacket's `reassemblydump`.
//!
//! `cargo run --package rheos --example reassemblydump -- FILE`

#![allow(clippy::print_stdout, reason = "what it is for")]

use std::env;
use std::error::Error;
use std::path::Path;

use rheos::prelude::*;
use rheos::session::{StreamEvent, TcpStreams};

/// The capture of the repository.
const CAPTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/captures/first.pcapng");

/// Prints each piece of each stream as it is put together.
///
/// # Errors
///
/// The capture cannot be read to its end.
pub(crate) fn run(path: &Path) -> Result<(), Box<dyn Error>> {
    let mut capture = rheos::pcap::open(path)?;
    let mut streams = TcpStreams::new(FiveTuple::default());
    let mut sink = |event: &StreamEvent<'_, _>| match event {
        StreamEvent::Data { connection, side, chunk } => {
            let text = chunk.bytes.escape_ascii();
            println!("{} {side:?} {}: {text}", connection.number, chunk.offset);
        }
        StreamEvent::Gap { connection, side, gap } => {
            println!("{} {side:?} {}: {} missing", connection.number, gap.offset, gap.len);
        }
        _ => {}
    };
    while let Some(raw) = capture.next_packet()? {
        streams.push(&raw, &mut sink);
    }
    streams.finish(&mut sink);
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    run(Path::new(&env::args_os().nth(1).unwrap_or(CAPTURE.into())))
}
