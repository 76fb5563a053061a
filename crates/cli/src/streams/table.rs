//! Streams as a table for people.

use std::io::Write;

use comfy_table::{CellAlignment, Table};

use super::Told;
use crate::columns::{self, Column, MAX_ROWS, counted};
use crate::error::Error;
use crate::output::{Output, Styled};
use crate::time::Origin;

/// The columns, and whether they stand at the right.
const COLUMNS: [Column; 8] = [
    ("STREAM", CellAlignment::Right),
    ("START", CellAlignment::Right),
    ("INITIATOR", CellAlignment::Left),
    ("RESPONDER", CellAlignment::Left),
    ("BYTES", CellAlignment::Right),
    ("MISSING", CellAlignment::Right),
    ("AGAIN", CellAlignment::Right),
    ("OVERLAP", CellAlignment::Right),
];

/// A row a connection, and the totals of all. Numbers are those of the initiator and of the responder: bytes of
/// the stream, bytes that are missing, segments sent again, and bytes that met others of the same place.
pub(super) struct Rows {
    output: Output,
    table: Table,
    /// Streams of this table, and of all.
    here: usize,
    streams: u64,
    /// Bytes, those that are missing, and gaps.
    sums: [u64; 3],
}

impl Rows {
    pub(super) fn new(output: Output) -> Self {
        Self { output, table: columns::table(COLUMNS), here: 0, streams: 0, sums: [0; 3] }
    }

    /// Adds a row.
    pub(super) fn add(&mut self, told: &Told, origin: Origin) -> Result<(), Error> {
        let Told { connection, sides, .. } = told;
        let (initiator, responder) = connection.key.endpoints(connection.initiator);
        let [a, b] = [&sides[0].stats, &sides[1].stats];
        self.table.add_row([
            connection.number.to_string(),
            format!("{:.6}", origin.until(connection.started)),
            initiator.to_string(),
            responder.to_string(),
            format!("{}/{}", a.bytes, b.bytes),
            format!("{}/{}", a.gap_bytes, b.gap_bytes),
            format!("{}/{}", a.retransmits, b.retransmits),
            format!("{}/{}", a.overlapped_bytes, b.overlapped_bytes),
        ]);
        let numbers = [[a.bytes, b.bytes], [a.gap_bytes, b.gap_bytes], [a.gaps, b.gaps]];
        for (sum, [a, b]) in self.sums.iter_mut().zip(numbers) {
            *sum = sum.saturating_add(a).saturating_add(b);
        }
        self.streams = self.streams.saturating_add(1);
        self.here = self.here.saturating_add(1);
        if self.here == MAX_ROWS { self.write() } else { Ok(()) }
    }

    /// Writes what is left of the rows, and the totals.
    pub(super) fn finish(mut self) -> Result<(), Error> {
        self.write()?;
        let [bytes, missing, gaps] = self.sums;
        let totals = format!(
            "{}, {}; {} missing in {}",
            counted(self.streams, "stream"),
            counted(bytes, "byte"),
            counted(missing, "byte"),
            counted(gaps, "gap"),
        );
        writeln!(self.output, "{}", Styled(self.output.theme.quiet, totals))?;
        Ok(self.output.flush()?)
    }

    /// Writes the table, and begins another.
    fn write(&mut self) -> Result<(), Error> {
        columns::write(&mut self.output, &self.table)?;
        (self.table, self.here) = (columns::table(COLUMNS), 0);
        Ok(())
    }
}
