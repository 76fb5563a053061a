//! Flows as a table for people.

use std::io::Write;

use comfy_table::{CellAlignment, Table};

use super::list::Totals;
use super::select::Tracked;
use super::{Told, record};
use crate::columns::{self, Column, MAX_ROWS, counted};
use crate::error::Error;
use crate::output::{Output, Styled};

/// The columns, and whether they stand at the right.
const COLUMNS: [Column; 10] = [
    ("START", CellAlignment::Right),
    ("DURATION", CellAlignment::Right),
    ("PROTO", CellAlignment::Left),
    ("INITIATOR", CellAlignment::Left),
    ("RESPONDER", CellAlignment::Left),
    ("PACKETS", CellAlignment::Right),
    ("BYTES", CellAlignment::Right),
    ("END", CellAlignment::Left),
    ("HISTORY", CellAlignment::Left),
    ("TAG", CellAlignment::Left),
];

/// Writes a row a flow that is shown, and the totals of all. Packets and bytes on the wire are
/// those of the initiator and of the responder.
pub(super) fn write(
    output: &mut Output,
    shown: &[Told],
    totals: Totals,
    tracked: &Tracked,
) -> Result<(), Error> {
    // Most keys have no tag, and so no column for it.
    let has_tags = shown.iter().any(|told| told.tag.is_some());
    let names = COLUMNS.get(..COLUMNS.len().saturating_sub(usize::from(!has_tags)));
    for shown in shown.chunks(MAX_ROWS) {
        columns::write(output, &table(shown, names.unwrap_or_default(), tracked))?;
    }
    let theme = output.theme;
    let stats = &tracked.stats;
    let text = format!(
        "{}, {}, {} in flows; {} of no flow, {}",
        counted(totals.flows, "flow"),
        counted(stats.packets, "packet"),
        counted(totals.bytes, "byte"),
        counted(stats.unmatched, "packet"),
        counted(stats.lost_fragments, "lost fragment"),
    );
    writeln!(output, "{}", Styled(theme.quiet, text))?;
    Ok(())
}

/// A row a flow, under the names of the columns.
fn table(shown: &[Told], names: &[Column], tracked: &Tracked) -> Table {
    let mut table = columns::table(names.iter().copied());
    for told in shown {
        let (initiator, responder) = told.ends.in_order(told.initiator);
        let stats = &told.stats;
        let row = [
            format!("{:.6}", tracked.origin.until(stats.started)),
            format!("{:.6}", stats.last_seen.saturating_since(stats.started).as_secs_f64()),
            record::proto(&told.ends, told.l4),
            initiator.for_people(told.l4).to_string(),
            responder.for_people(told.l4).to_string(),
            format!("{}/{}", stats.initiator.packets, stats.responder.packets),
            format!("{}/{}", stats.initiator.wire_bytes, stats.responder.wire_bytes),
            told.end.into(),
            told.history.to_string(),
        ];
        table.add_row(row.into_iter().chain(told.tag.clone()));
    }
    table
}
