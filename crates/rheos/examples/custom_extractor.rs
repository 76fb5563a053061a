//! Flows by a key of one's own: the vendors of two network cards.
//!
//! `cargo run --package rheos --example custom_extractor -- FILE`

#![allow(clippy::print_stdout, reason = "what it is for")]

use std::env;
use std::error::Error;
use std::path::Path;

use rheos::core::Orientation;
use rheos::flow::Extracted;
use rheos::prelude::*;

/// The capture of the repository.
const CAPTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/captures/first.pcapng");

/// The first three bytes of both hardware addresses, the lower first.
struct Vendors {
    decoder: Decoder,
}

impl FlowExtractor for Vendors {
    type Key = [[u8; 3]; 2];

    fn extract(&self, raw: &RawPacket<'_>) -> Option<Extracted<Self::Key>> {
        let packet = self.decoder.decode(raw.link_type, raw.data);
        let ethernet = packet.get::<Ethernet<'_>>()?;
        let vendor = |[a, b, c, ..]: [u8; 6]| [a, b, c];
        let (from, to) = (vendor(ethernet.source()), vendor(ethernet.destination()));
        let orientation = if from <= to { Orientation::Forward } else { Orientation::Reverse };
        Some(Extracted::new([from.min(to), from.max(to)], orientation))
    }
}

/// Prints the packets and bytes of each pair.
///
/// # Errors
///
/// The capture cannot be read to its end.
pub(crate) fn run(path: &Path) -> Result<(), Box<dyn Error>> {
    let mut capture = rheos::pcap::open(path)?;
    let mut tracker = FlowTracker::new(Vendors { decoder: Decoder::default() });
    while let Some(raw) = capture.next_packet()? {
        tracker.track(&raw, &mut |_: &FlowEvent<'_, _>| {});
    }
    for (_, flow) in tracker.flows() {
        let total = flow.stats.total();
        println!("{:02x?}: {} packets, {} bytes", flow.key, total.packets, total.wire_bytes);
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    run(Path::new(&env::args_os().nth(1).unwrap_or(CAPTURE.into())))
}
