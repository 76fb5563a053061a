//! What TCP streams have been through, added up: gopacket's `statsassembly`.
//!
//! `cargo run --package rheos --example statsassembly -- FILE`

#![allow(clippy::print_stdout, reason = "what it is for")]

use std::env;
use std::error::Error;
use std::path::Path;

use rheos::prelude::*;
use rheos::session::{StreamEvent, TcpStreams};

/// The capture of the repository.
const CAPTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/captures/first.pcapng");

/// Prints the sums.
///
/// # Errors
///
/// The capture cannot be read to its end.
pub(crate) fn run(path: &Path) -> Result<(), Box<dyn Error>> {
    let mut capture = rheos::pcap::open(path)?;
    let mut streams = TcpStreams::new(FiveTuple::default());
    let (mut connections, mut bytes, mut gaps, mut again) = (0_u64, 0_u64, 0_u64, 0_u64);
    let mut sink = |event: &StreamEvent<'_, _>| {
        let StreamEvent::Over { streams, .. } = event else { return };
        connections = connections.saturating_add(1);
        for stream in streams {
            bytes = bytes.saturating_add(stream.bytes);
            gaps = gaps.saturating_add(stream.gap_bytes);
            again = again.saturating_add(stream.retransmitted_bytes);
        }
    };
    while let Some(raw) = capture.next_packet()? {
        streams.push(&raw, &mut sink);
    }
    streams.finish(&mut sink);
    println!("{connections} connections, {bytes} bytes, {gaps} missing, {again} again");
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    run(Path::new(&env::args_os().nth(1).unwrap_or(CAPTURE.into())))
}
