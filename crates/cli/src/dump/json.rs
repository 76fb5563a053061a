//! A packet as one line of JSON.

use std::io::Write;

use rheos::core::RawPacket;
use serde::Serialize;

use crate::error::Error;
use crate::output::Output;

/// A packet. Its fields and their order are fixed: programs read them.
#[derive(Serialize)]
struct Line<P> {
    number: u64,
    time: String,
    link_type: u16,
    captured_length: usize,
    original_length: u32,
    #[serde(flatten)]
    packet: P,
}

/// Writes a packet as one line, its layers and fields as it serializes them.
pub(super) fn write(
    output: &mut Output,
    number: u64,
    raw: &RawPacket<'_>,
    packet: impl Serialize,
) -> Result<(), Error> {
    let line = Line {
        number,
        time: raw.timestamp.unix().to_string(),
        link_type: raw.link_type.0,
        captured_length: raw.data.len(),
        original_length: raw.original_length,
        packet,
    };
    serde_json::to_writer(&mut *output, &line)?;
    output.write_all(b"\n")?;
    Ok(())
}
