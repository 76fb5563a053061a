//! What is found, for people.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::tables::TABLES;
use super::values::Count;
use super::{Counts, TARGET, per_cent};

/// Where it is written.
const PAGE: &str = "docs/conformance-l7.md";

/// Writes the page.
pub(super) fn write(root: &Path, version: &str, counts: &Counts) -> Result<()> {
    fs::write(root.join(PAGE), page(version, counts)).with_context(|| format!("write {PAGE}"))
}

fn page(version: &str, counts: &Counts) -> String {
    let mut page = format!(
        "# Conformance of parsers\n\n<!-- Written by `cargo xtask conform l7 --write`. -->\n\n\
         What the parsers of rheos read in the streams and datagrams of the captures beside the \
         repository, and what {version} does. Each value of a field counts as often as it is there. At \
         least {} % of what tshark has of a protocol is to be ours too, and each value that one side has \
         more often is explained in [differences.md](differences.md). The last column leaves those of tshark's \
         values out, as many as the column in front of it says, that are against the section of an RFC which their \
         row of that page names.\n",
        TARGET / 100
    );
    for table in TABLES {
        let count = |field: &&str| counts.get(*field).copied().unwrap_or_default();
        let mut sum = Count::default();
        table.fields.iter().for_each(|field| sum.add(count(field)));
        let heads = format!(
            "\n## {}\n\n| field | tshark's | ours | equal | explained | unexplained | of tshark's \
             | against an RFC | of the others |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|\n",
            table.name
        );
        page.push_str(&heads);
        for field in table.fields {
            row(&mut page, &format!("`{field}`"), count(field));
        }
        row(&mut page, "all", sum);
    }
    page
}

fn row(page: &mut String, name: &str, count: Count) {
    let Count { theirs, ours, equal, explained, against } = count;
    if theirs + ours == 0 {
        return;
    }
    let [share, by_rfc] = [count.share(), count.share_by_rfc()].map(per_cent);
    let unexplained = count.unexplained();
    // Writing to a string cannot fail.
    let _ = writeln!(
        page,
        "| {name} | {theirs} | {ours} | {equal} | {explained} | {unexplained} | {share} | {against} | {by_rfc} |",
    );
}
