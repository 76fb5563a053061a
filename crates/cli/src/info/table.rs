//! Several captures side by side.

use comfy_table::CellAlignment;

use super::summary::Summary;
use crate::columns::{self, Column};
use crate::error::Error;
use crate::output::{Output, printable};

/// The columns, and whether they stand at the right.
const COLUMNS: [Column; 8] = [
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
    let mut table = columns::table(COLUMNS);
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
    Ok(columns::write(output, &table)?)
}
