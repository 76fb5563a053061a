//! Records as a table for people.

use std::io::Write;

use comfy_table::CellAlignment::{Left, Right};
use comfy_table::Table;
use rheos::session::log::{Log, Record};

use super::csv::text;
use crate::columns::{self, MAX_ROWS, counted};
use crate::error::Error;
use crate::output::{Output, Styled, printable};
use crate::time::Origin;

/// What of a log fits on a line: columns, and how wide each may be.
fn shown(log: &Log) -> &'static [(&'static str, usize)] {
    match log.name {
        "http" => &[("method", 8), ("host", 18), ("uri", 24), ("status_code", 6)],
        "dns" => &[("query", 26), ("qtype_name", 6), ("rcode_name", 9), ("answers", 24)],
        "ssl" => &[("version", 8), ("server_name", 24), ("cipher", 30)],
        "ssh" => &[("client", 24), ("server", 24), ("cipher_alg", 12)],
        "smtp" => &[("helo", 18), ("mailfrom", 22), ("rcptto", 22), ("last_reply", 20)],
        "ftp" => &[("user", 12), ("command", 8), ("arg", 28), ("reply_code", 5)],
        "files" => &[("source", 8), ("mime_type", 20), ("filename", 20), ("seen_bytes", 12)],
        "fingerprints" => &[("kind", 11), ("fingerprint", 36), ("name", 14)],
        _ => &[("name", 24), ("addl", 40)],
    }
}

/// What a column is called.
fn title(column: &str) -> String {
    let short = match column {
        "status_code" => "status",
        "qtype_name" | "mime_type" => "type",
        "rcode_name" => "rcode",
        "reply_code" | "last_reply" => "reply",
        "server_name" => "server",
        "cipher_alg" => "cipher",
        "mailfrom" => "from",
        "filename" => "name",
        "seen_bytes" => "bytes",
        "rcptto" => "to",
        other => other,
    };
    short.to_uppercase()
}

/// A row a record, and how many there are. Of a record only what its row shows is kept.
pub(super) struct Rows {
    shown: &'static [(&'static str, usize)],
    table: Table,
    /// Records of this table, and of all.
    here: usize,
    records: u64,
}

impl Rows {
    pub(super) fn new(log: &Log) -> Self {
        let shown = shown(log);
        Self { shown, table: empty(shown), here: 0, records: 0 }
    }

    /// Adds a row, and writes the table if that is full.
    pub(super) fn add(
        &mut self,
        output: &mut Output,
        record: &Record,
        origin: Origin,
    ) -> Result<(), Error> {
        let subject = record.subject.as_ref();
        let ends = subject.map(|subject| [subject.orig, subject.resp].map(|end| end.to_string()));
        let [orig, resp] = ends.unwrap_or_default();
        let front = [format!("{:.6}", origin.until(record.ts)), orig, resp];
        let values = self.shown.iter().map(|(name, width)| {
            cut(&printable(&record.get(name).map(text).unwrap_or_default()), *width)
        });
        self.table.add_row(front.into_iter().chain(values));
        self.records = self.records.saturating_add(1);
        self.here = self.here.saturating_add(1);
        if self.here == MAX_ROWS { self.write(output) } else { Ok(()) }
    }

    /// Writes what is left of the rows, and the total.
    pub(super) fn finish(mut self, output: &mut Output) -> Result<(), Error> {
        self.write(output)?;
        let totals = counted(self.records, "record");
        writeln!(output, "{}", Styled(output.theme.quiet, totals))?;
        Ok(())
    }

    /// Writes the table, and begins another.
    fn write(&mut self, output: &mut Output) -> Result<(), Error> {
        columns::write(output, &self.table)?;
        (self.table, self.here) = (empty(self.shown), 0);
        Ok(())
    }
}

/// A table without rows.
fn empty(shown: &[(&'static str, usize)]) -> Table {
    let front = [("TIME", Right), ("INITIATOR", Left), ("RESPONDER", Left)];
    let front = front.map(|(name, side)| (name.to_owned(), side));
    columns::table(front.into_iter().chain(shown.iter().map(|(name, _)| (title(name), Left))))
}

/// As much of a text as is so many characters wide.
fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let front = text.chars().take(width.saturating_sub(1));
    front.chain(['…']).collect()
}
