//! Streams as a table for people.

use std::io::Write;

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ContentArrangement, Table};

use super::Told;
use crate::error::Error;
use crate::output::{Output, Styled};
use crate::time::Origin;

/// The columns, and whether they stand at the right.
const COLUMNS: [(&str, CellAlignment); 8] = [
    ("STREAM", CellAlignment::Right),
    ("START", CellAlignment::Right),
    ("INITIATOR", CellAlignment::Left),
    ("RESPONDER", CellAlignment::Left),
    ("BYTES", CellAlignment::Right),
    ("MISSING", CellAlignment::Right),
    ("AGAIN", CellAlignment::Right),
    ("OVERLAP", CellAlignment::Right),
];

/// Writes a row a connection, and the totals of all. Numbers are those of the initiator and of the
/// responder: bytes of the stream, bytes that are missing, segments sent again, and bytes that met
/// others of the same place.
pub(super) fn write(output: &mut Output, all: &[Told], origin: Origin) -> Result<(), Error> {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(COLUMNS.map(|(name, _)| name));
    for (column, (_, alignment)) in table.column_iter_mut().zip(COLUMNS) {
        column.set_cell_alignment(alignment);
        column.set_padding((0, 1));
    }
    let mut sums = [0_u64; 3];
    for Told { connection, sides, .. } in all {
        let (initiator, responder) = connection.key.endpoints(connection.initiator);
        let [a, b] = [&sides[0].stats, &sides[1].stats];
        table.add_row([
            connection.number.to_string(),
            format!("{:.6}", origin.until(connection.started)),
            initiator.to_string(),
            responder.to_string(),
            format!("{}/{}", a.bytes, b.bytes),
            format!("{}/{}", a.gap_bytes, b.gap_bytes),
            format!("{}/{}", a.retransmits, b.retransmits),
            format!("{}/{}", a.overlapped_bytes, b.overlapped_bytes),
        ]);
        for (sum, [a, b]) in
            sums.iter_mut().zip([[a.bytes, b.bytes], [a.gap_bytes, b.gap_bytes], [a.gaps, b.gaps]])
        {
            *sum = sum.saturating_add(a).saturating_add(b);
        }
    }
    if !all.is_empty() {
        for line in table.lines() {
            writeln!(output, "{}", line.trim_end())?;
        }
    }
    let [bytes, missing, gaps] = sums;
    let totals = format!(
        "{}, {}; {} missing in {}",
        counted(all.len() as u64, "stream"),
        counted(bytes, "byte"),
        counted(missing, "byte"),
        counted(gaps, "gap"),
    );
    writeln!(output, "{}", Styled(output.theme.quiet, totals))?;
    Ok(())
}

/// A number of things.
fn counted(number: u64, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}
