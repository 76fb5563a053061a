//! One capture on two threads, with the answers of one.
//!
//! `cargo run --package rheos --example sharded -- FILE`

#![allow(clippy::print_stdout, reason = "what it is for")]

use std::env;
use std::error::Error;
use std::path::Path;

use rheos::session::{Engine, Event, EventKind, ShardedEngine};

/// The capture of the repository.
const CAPTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/captures/first.pcapng");

/// Prints the flows in the order in which they end.
///
/// # Errors
///
/// The capture cannot be read to its end.
pub(crate) fn run(path: &Path) -> Result<(), Box<dyn Error>> {
    let mut capture = rheos::pcap::open(path)?;
    let mut engine = ShardedEngine::new(2, || Engine::builder().build());
    engine.run(&mut capture, |event: &Event<'_, _>| {
        if let EventKind::Ended { reason } = event.kind {
            println!("{} {}", event.flow.record.key, reason.as_str());
        }
    })?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    run(Path::new(&env::args_os().nth(1).unwrap_or(CAPTURE.into())))
}
