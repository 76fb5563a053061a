//! Tables for people: no lines, and columns as wide as their rows want them.

use std::fmt::Display;
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

/// A number of things, which is called by what one of them is: `1 flow`, `2 pairs of hosts`.
pub(crate) fn counted(number: impl Display, thing: &str) -> String {
    let number = number.to_string();
    if number == "1" {
        return format!("{number} {thing}");
    }
    // More things of a kind are more of the first noun.
    let (noun, rest) = thing.split_at(thing.find(" of ").unwrap_or(thing.len()));
    format!("{number} {noun}s{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_is_no_things() {
        for (thing, expected) in [
            ("flow", ["0 flows", "1 flow", "2 flows"]),
            ("lost fragment", ["0 lost fragments", "1 lost fragment", "2 lost fragments"]),
            ("pair of hosts", ["0 pairs of hosts", "1 pair of hosts", "2 pairs of hosts"]),
        ] {
            assert_eq!([0_u64, 1, 2].map(|number| counted(number, thing)), expected);
        }
    }
}
