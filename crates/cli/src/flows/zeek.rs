//! Flows as Zeek's conn.log.

use std::io::Write;

use rheos::flow::zeek::{ConnLog, ConnLogOptions, ConnRow, write_header};
use rheos::layers::Decoder;

use super::Arguments;
use crate::error::Error;
use crate::input::{Step, for_each_packet};
use crate::output::Output;

/// Writes a row for each connection that ends, as far as so many are asked for.
pub(super) fn run(arguments: &Arguments, decoder: &Decoder) -> Result<(), Error> {
    let mut options = ConnLogOptions::default();
    options.verify_checksums = arguments.selection.verify_checksums;
    options.tracker = arguments.limit(options.tracker);
    let mut log = ConnLog::new(decoder, options);
    let mut output = Output::new();
    let mut left = arguments.top.unwrap_or(usize::MAX);
    let mut ended: Vec<ConnRow> = Vec::new();
    let mut packets = 0_u64;
    let end = for_each_packet(&arguments.selection.file, |_, raw| {
        if packets == 0 {
            write_header(&mut output)?;
        }
        packets = packets.saturating_add(1);
        log.track(raw, &mut |row: &ConnRow| ended.push(row.clone()));
        write(&mut output, &mut ended, &mut left)?;
        Ok(Step::Next)
    })?;
    let end = match end {
        Some(error) if packets == 0 => return Err(error),
        end => end,
    };
    log.finish(&mut |row: &ConnRow| ended.push(row.clone()));
    write(&mut output, &mut ended, &mut left)?;
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
