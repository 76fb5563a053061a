//! Several captures side by side.

use std::io::Write;

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ContentArrangement, Table};

use super::summary::Summary;
use crate::error::Error;
use crate::output::{Output, printable};

/// The columns, and whether they stand at the right.
const COLUMNS: [(&str, CellAlignment); 8] = [
    ("PACKETS", CellAlignment::Right),
    ("BYTES", CellAlignment::Right),
    ("DURATION", CellAlignment::Right),
    ("FIRST", CellAlignment::Left),
    ("ORDER", CellAlignment::Left),
    ("LINK", CellAlignment::Left),
    ("FORMAT", CellAlignment::Left),
    ("FILE", CellAlignment::Left),
];

/// Writes a row a capture.
pub(super) fn write(output: &mut Output, summaries: &[Summary]) -> Result<(), Error> {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(COLUMNS.map(|(name, _)| name));
    for (column, (_, alignment)) in table.column_iter_mut().zip(COLUMNS) {
        column.set_cell_alignment(alignment);
        column.set_padding((0, 1));
    }
    for summary in summaries {
        let link_types = summary.link_types.iter().map(|counted| counted.link_type.0.to_string());
        table.add_row([
            summary.packets.to_string(),
            summary.bytes.to_string(),
            summary.duration.map_or_else(String::new, |seconds| format!("{seconds:.6}")),
            summary.first.map_or_else(String::new, |time| format!("{time:.6}")),
            if summary.in_order { "yes" } else { "no" }.to_owned(),
            link_types.collect::<Vec<_>>().join(","),
            summary.format.clone(),
            printable(&summary.file),
        ]);
    }
    for line in table.lines() {
        writeln!(output, "{}", line.trim_end())?;
    }
    Ok(())
}
