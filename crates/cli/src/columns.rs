//! Tables for people: no lines, and columns as wide as their rows want them.

use std::io::{self, Write};

use comfy_table::presets::NOTHING;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table};

/// Rows of one table. It is written once it is whole, since only then it is known how wide its columns are;
/// behind so many rows another one begins, since whoever sends the packets says how many there are.
pub(crate) const MAX_ROWS: usize = 1 << 16;

/// The name of a column, and where its cells stand.
pub(crate) type Column = (&'static str, CellAlignment);

/// A table with these columns and no rows.
pub(crate) fn table<N: Into<Cell>>(columns: impl IntoIterator<Item = (N, CellAlignment)>) -> Table {
    let (names, alignments): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(names);
    for (column, alignment) in table.column_iter_mut().zip(alignments) {
        column.set_cell_alignment(alignment);
        column.set_padding((0, 1));
    }
    table
}

/// Writes a table, unless it has no rows.
pub(crate) fn write(output: &mut impl Write, table: &Table) -> io::Result<()> {
    if table.row_iter().next().is_some() {
        for line in table.lines() {
            writeln!(output, "{}", line.trim_end())?;
        }
    }
    Ok(())
}

/// A number of things.
pub(crate) fn counted(number: u64, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}
