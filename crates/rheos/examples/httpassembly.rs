//! Requests of HTTP and their responses, put together from their streams: gopacket's `httpassembly`.
//!
//! `cargo run --package rheos --example httpassembly -- FILE`

#![allow(clippy::print_stdout, reason = "what it is for")]

use std::env;
use std::error::Error;
use std::path::Path;

use rheos::l7::http::{HttpMessage, HttpParser};
use rheos::prelude::*;

/// The capture of the repository.
const CAPTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/captures/first.pcapng");

/// Prints a line for each exchange.
///
/// # Errors
///
/// The capture cannot be read to its end.
pub(crate) fn run(path: &Path) -> Result<(), Box<dyn Error>> {
    let mut capture = rheos::pcap::open(path)?;
    let mut engine = Engine::builder().parser(HttpParser::default()).build();
    engine.run(&mut capture, |event: &Event<'_, _>| {
        if let Some(HttpMessage::Exchange(exchange)) = event.message() {
            let uri = exchange.request.as_ref().map(|request| request.uri());
            let status = exchange.response.as_ref().map(|response| response.status());
            println!("{}: {uri:?} {status:?}", event.flow.record.key);
        }
    })?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    run(Path::new(&env::args_os().nth(1).unwrap_or(CAPTURE.into())))
}
