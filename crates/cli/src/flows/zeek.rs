//! Flows as Zeek's conn.log.

use std::io::Write;

use rheos::core::Timestamp;
use rheos::flow::zeek::{ConnLogOptions, ConnRow, write_footer, write_header};
use rheos::layers::Decoder;
use rheos::session::log::Connections;

use super::Arguments;
use crate::error::Error;
use crate::input::Input;
use crate::output::Output;

/// Writes a row for each connection that ends, as far as so many are asked for.
pub(super) fn run(arguments: &Arguments, decoder: &Decoder) -> Result<(), Error> {
    let mut options = ConnLogOptions::default();
    options.verify_checksums = arguments.selection.verify_checksums;
    options.tracker = arguments.limit(options.tracker);
    let mut log = Connections::new(decoder, options);
    let mut output = Output::new();
    let mut left = arguments.top.unwrap_or(usize::MAX);
    let mut ended: Vec<ConnRow> = Vec::new();
    let mut packets = 0_u64;
    let mut last = Timestamp::default();
    let mut input = Input::open(&arguments.selection.file)?;
    let end = loop {
        log.look_ahead(input.reader());
        let raw = match input.next_packet() {
            Ok(Some(raw)) => raw,
            Ok(None) => break None,
            Err(error) => break Some(error),
        };
        if packets == 0 {
            write_header(&mut output, raw.timestamp)?;
        }
        packets = packets.saturating_add(1);
        last = raw.timestamp;
        log.packet(&raw, &mut |row: &ConnRow| ended.push(row.clone()));
        write(&mut output, &mut ended, &mut left)?;
    };
    let end = match end {
        Some(error) if packets == 0 => return Err(error),
        end => end,
    };
    log.finish(&mut |row: &ConnRow| ended.push(row.clone()));
    write(&mut output, &mut ended, &mut left)?;
    if end.is_none() && packets > 0 {
        write_footer(&mut output, last)?;
    }
    output.flush()?;
    end.map_or(Ok(()), Err)
}

/// Writes rows until so many are written.
fn write(output: &mut Output, rows: &mut Vec<ConnRow>, left: &mut usize) -> Result<(), Error> {
    for row in rows.drain(..) {
        if let Some(rest) = left.checked_sub(1) {
            *left = rest;
            writeln!(output, "{row}")?;
        }
    }
    Ok(())
}
