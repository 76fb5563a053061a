//! Records as a table for people.

use std::io::Write;

use comfy_table::CellAlignment::{Left, Right};
use rheos::session::log::{Log, Record};

use super::csv::text;
use crate::columns::{self, counted};
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

/// Writes a row a record and how many there are.
pub(super) fn write(
    output: &mut Output,
    log: &Log,
    records: &[Record],
    origin: Origin,
) -> Result<(), Error> {
    let shown = shown(log);
    let front = [("TIME", Right), ("INITIATOR", Left), ("RESPONDER", Left)];
    let front = front.map(|(name, side)| (name.to_owned(), side));
    let mut table =
        columns::table(front.into_iter().chain(shown.iter().map(|(name, _)| (title(name), Left))));
    for record in records {
        let front = [
            format!("{:.6}", origin.until(record.ts)),
            record.subject.orig.to_string(),
            record.subject.resp.to_string(),
        ];
        let values = shown.iter().map(|(name, width)| {
            cut(&printable(&record.get(name).map(text).unwrap_or_default()), *width)
        });
        table.add_row(front.into_iter().chain(values));
    }
    columns::write(output, &table)?;
    let totals = counted(records.len() as u64, "record");
    writeln!(output, "{}", Styled(output.theme.quiet, totals))?;
    Ok(())
}

/// As much of a text as is so many characters wide.
fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let front = text.chars().take(width.saturating_sub(1));
    front.chain(['…']).collect()
}
