//! Records as a table for people.

use std::collections::HashSet;
use std::io::Write;

use comfy_table::CellAlignment::{Left, Right};
use console::{measure_text_width, truncate_str};
use rheos::session::log::{Log, Question, Record};

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
        // The last is the name under which it is written.
        "files" => {
            &[("source", 8), ("mime_type", 20), ("filename", 20), ("seen_bytes", 12), ("fuid", 18)]
        }
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

/// Columns that stand in front of a log's own.
const FRONT: [&str; 3] = ["TIME", "INITIATOR", "RESPONDER"];
/// What is left of a column that gives way to others.
const NARROWEST: usize = 4;

/// A row a record, and how many there are. Of a record only what its row shows is kept.
pub(super) struct Rows {
    shown: &'static [(&'static str, usize)],
    /// Cells of the table at hand, by rows.
    cells: Vec<Vec<String>>,
    records: u64,
}

impl Rows {
    pub(super) fn new(log: &Log) -> Self {
        Self { shown: shown(log), cells: Vec::new(), records: 0 }
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
            let several = questions(record, name);
            let whole = several.or_else(|| record.get(name).map(text)).unwrap_or_default();
            cut(&printable(&whole), *width)
        });
        self.cells.push(front.into_iter().chain(values).collect());
        self.records = self.records.saturating_add(1);
        if self.cells.len() == MAX_ROWS { self.write(output) } else { Ok(()) }
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
        let rows = std::mem::take(&mut self.cells);
        columns::write(output, &table(self.shown, &rows, output.width()))?;
        Ok(())
    }
}

/// The names of all questions of a message of DNS that has several, or their types, each once.
fn questions(record: &Record, column: &str) -> Option<String> {
    let questions = record.questions().iter();
    let mut all: Vec<String> = match column {
        "query" => questions.map(|question| question.name.clone()).collect(),
        "qtype_name" => questions.map(Question::type_name).collect(),
        _ => Vec::new(),
    };
    let mut seen = HashSet::new();
    all.retain(|text| seen.insert(text.clone()));
    (!all.is_empty()).then(|| all.join(","))
}

/// A table of rows, on lines of at most so many characters if it can be.
fn table(
    shown: &[(&'static str, usize)],
    rows: &[Vec<String>],
    width: Option<usize>,
) -> comfy_table::Table {
    let front = FRONT.iter().map(|name| (*name).to_owned());
    let titles: Vec<_> = front.chain(shown.iter().map(|(name, _)| title(name))).collect();
    let mut widths: Vec<_> = titles.iter().map(|title| measure_text_width(title)).collect();
    let least: Vec<_> = widths.iter().map(|title| NARROWEST.max(*title)).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = measure_text_width(cell).max(*width);
        }
    }
    if let Some(most) = width {
        // Addresses, fingerprints and names of files say nothing once they are cut.
        let whole = shown.iter().position(|(name, _)| matches!(*name, "fingerprint" | "fuid"));
        let whole = whole.map(|place| place.saturating_add(FRONT.len()));
        let gives_way = |place: usize| place >= FRONT.len() && Some(place) != whole;
        let between = widths.len().saturating_sub(1);
        while widths.iter().sum::<usize>().saturating_add(between) > most {
            let wide = widths.iter_mut().zip(&least).enumerate();
            let wide =
                wide.filter(|(place, (width, least))| gives_way(*place) && **width > **least);
            let Some((_, (width, _))) = wide.max_by_key(|(_, (width, _))| **width) else { break };
            *width = width.saturating_sub(1);
        }
    }
    let sides = std::iter::once(Right).chain(std::iter::repeat(Left));
    let mut table = columns::table(titles.into_iter().zip(sides));
    for row in rows {
        table.add_row(row.iter().zip(&widths).map(|(cell, width)| cut(cell, *width)));
    }
    table
}

/// As much of a text as is so many columns of a terminal wide, of which some characters take two and some none;
/// and no more characters than that.
fn cut(text: &str, width: usize) -> String {
    let front: String = text.chars().take(width).collect();
    if front.len() == text.len() && measure_text_width(&front) <= width {
        return front;
    }
    let front = truncate_str(&front, width.saturating_sub(1), "");
    format!("{front}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn widest(width: Option<usize>) -> usize {
        let shown = [("kind", 11), ("fingerprint", 36), ("name", 14)];
        let row = [
            "3.160238",
            "[2001:db8::2]:51888",
            "[2001:db8::1]:443",
            "hasshServer",
            "t13d0411h1_16476d049b0b_303c7117418d",
            "SSH-2.0-OpenS…",
        ];
        let table = table(&shown, &[row.map(str::to_owned).to_vec()], width);
        let lines: Vec<_> = table.lines().map(|line| line.trim_end().to_owned()).collect();
        assert!(lines.iter().any(|line| line.contains(row[4])), "{lines:?}");
        lines.iter().map(|line| line.chars().count()).max().unwrap_or_default()
    }

    // By Unicode's table of widths, East_Asian_Width.txt: `中` takes two columns, a combining accent none.
    #[test]
    fn cells_are_as_wide_as_a_terminal_shows_them() {
        for (text, expected) in [
            ("abcdef", "abcdef"),
            ("abcdefg", "abcde…"),
            ("中中中", "中中中"),
            ("中中中中", "中中…"),
            ("a中中中", "a中中…"),
            ("e\u{301}tude", "e\u{301}tude"),
            (&format!("e{}", "\u{301}".repeat(99)), &format!("e{}…", "\u{301}".repeat(5))),
        ] {
            assert_eq!(cut(text, 6), expected, "{text}");
        }
        let row = ["0.1", "[::1]:1", "[::1]:2", "GET", "a", &"中".repeat(30), "200"];
        let shown = [("method", 8), ("host", 18), ("uri", 60), ("status_code", 6)];
        let table = table(&shown, &[row.map(str::to_owned).to_vec()], Some(60));
        let widest = table.lines().map(|line| measure_text_width(line.trim_end())).max();
        assert!(widest.is_some_and(|widest| (50..=60).contains(&widest)), "{widest:?}");
    }

    #[test]
    fn a_table_fits_the_terminal_if_its_columns_can_give_way() {
        assert_eq!(widest(None), 110);
        assert_eq!((widest(Some(120)), widest(Some(104)), widest(Some(100))), (110, 104, 100));
        // A fingerprint and addresses are left.
        assert!(widest(Some(10)) > 80);
    }
}
