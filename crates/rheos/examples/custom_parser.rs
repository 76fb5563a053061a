//! A parser written outside the workspace, in an engine that finds its streams by their first bytes.
//!
//! `cargo run --package rheos --example custom_parser -- FILE`

#![allow(clippy::print_stdout, reason = "what it is for")]

use std::env;
use std::error::Error;
use std::path::Path;

use rheos::l7::{Failure, Input, Probe, SessionParser, kit};
use rheos::session::{Engine, Event};

/// The capture of the repository.
const CAPTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/captures/first.pcapng");

/// Who speaks SSH, by the line that each side sends first (RFC 4253 section 4.2).
#[derive(Clone, Debug, Default)]
struct Banners;

/// A line that starts with `SSH-`.
#[derive(Debug)]
struct Banner(String);

/// Bytes of such a line, its end counted.
const MAX_BANNER: usize = 255;

impl SessionParser for Banners {
    type Message = Banner;

    fn name(&self) -> &'static str {
        "banner"
    }

    fn probe(&self, initiator: &[u8], responder: &[u8]) -> Probe {
        let said = if responder.is_empty() { initiator } else { responder };
        let wanted = b"SSH-";
        match said.get(..wanted.len()) {
            Some(front) if front == wanted => Probe::Match,
            None if wanted.starts_with(said) => Probe::NeedMore,
            _ => Probe::NoMatch,
        }
    }

    fn feed(&mut self, input: &Input<'_>, out: &mut dyn FnMut(Banner)) -> Result<usize, Failure> {
        if input.offset > 0 {
            return Ok(input.bytes.len()); // Behind the first line is nothing to read.
        }
        let Some(end) = input.bytes.iter().position(|&byte| byte == b'\n') else {
            if input.bytes.len() >= MAX_BANNER {
                return Err(Failure::new(format!("no end of line within {MAX_BANNER} bytes")));
            }
            return Ok(0);
        };
        let line = input.bytes.get(..end).unwrap_or_default();
        out(Banner(String::from_utf8_lossy(line).trim_end().to_owned()));
        Ok(input.bytes.len())
    }
}

/// Prints the banners.
///
/// # Errors
///
/// The capture cannot be read to its end.
pub(crate) fn run(path: &Path) -> Result<(), Box<dyn Error>> {
    kit::check_split_invariance(&Banners, b"SSH-2.0-OpenSSH_9.2\r\nbinary");
    let mut capture = rheos::pcap::open(path)?;
    let mut engine = Engine::builder().parser(Banners).build();
    engine.run(&mut capture, |event: &Event<'_, _>| {
        if let Some(Banner(banner)) = event.message() {
            println!("{}: {banner}", event.flow.record.key);
        }
    })?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    run(Path::new(&env::args_os().nth(1).unwrap_or(CAPTURE.into())))
}
