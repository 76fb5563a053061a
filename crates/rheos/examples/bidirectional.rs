//! Both directions of each TCP connection under one number, and what each said: gopacket's
//! `bidirectional`.
//!
//! `cargo run --package rheos --example bidirectional -- FILE`

#![allow(clippy::print_stdout, reason = "what it is for")]

use std::env;
use std::error::Error;
use std::path::Path;

use rheos::flow::{FiveTupleKey, L4Proto};
use rheos::prelude::*;

/// The capture of the repository.
const CAPTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/captures/first.pcapng");

/// Prints a line for each connection.
///
/// # Errors
///
/// The capture cannot be read to its end.
pub(crate) fn run(path: &Path) -> Result<(), Box<dyn Error>> {
    let mut capture = rheos::pcap::open(path)?;
    let mut tracker = FlowTracker::new(FiveTuple::default());
    let mut sink = |event: &FlowEvent<'_, FiveTupleKey>| {
        let FlowEvent::Ended { flow, .. } = event else { return };
        if flow.l4 == Some(L4Proto::Tcp) {
            let (initiator, responder) = flow.key.endpoints(flow.initiator);
            let [there, back] = [flow.stats.initiator, flow.stats.responder];
            println!("{initiator} → {responder}: {} bytes", there.payload_bytes);
            println!("{responder} → {initiator}: {} bytes", back.payload_bytes);
        }
    };
    while let Some(raw) = capture.next_packet()? {
        tracker.track(&raw, &mut sink);
    }
    tracker.finish(&mut sink);
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    run(Path::new(&env::args_os().nth(1).unwrap_or(CAPTURE.into())))
}
