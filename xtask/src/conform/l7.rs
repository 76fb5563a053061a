//! `cargo xtask conform l7`: what our parsers read in streams beside what tshark does.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use rheos_flow::FiveTupleKey;
use rheos_session::{Engine, Event};

use super::corpus;
use super::theirs::Tshark;

/// Part of the values of a field that are to be equal, in hundredths of a per cent.
const TARGET: u64 = 9900;

/// What stands between the values of a field in one line of tshark's: no text of a protocol holds it.
const AGGREGATOR: char = '\u{1f}';

/// What to compare.
#[derive(clap::Args, Default)]
pub(crate) struct Options {
    /// A folder of captures; by default the captures beside the repository, or docs/captures
    folder: Option<PathBuf>,
    /// Print every capture whose values differ
    #[arg(long)]
    all: bool,
}

/// A protocol: its name in tshark, the fields compared, and what our messages say of them.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) fields: &'static [&'static str],
    pub(crate) ours: fn(&Event<'_, FiveTupleKey>, &mut Values),
}

/// Values by the names of their fields, each with how often it is there.
#[derive(Debug, Default)]
pub(crate) struct Values(BTreeMap<&'static str, BTreeMap<String, i64>>);

/// How many values are equal, of how many.
#[derive(Clone, Copy, Default)]
struct Count {
    equal: u64,
    all: u64,
}

impl Values {
    /// A value more.
    pub(crate) fn add(&mut self, field: &'static str, value: impl Into<String>) {
        *self.0.entry(field).or_default().entry(value.into()).or_default() += 1;
    }

    fn of(&self, field: &str) -> BTreeMap<String, i64> {
        self.0.get(field).cloned().unwrap_or_default()
    }
}

/// Compares. All is well if enough values of each field are equal.
pub(crate) fn run(root: &Path, options: &Options) -> Result<bool> {
    let folder = options.folder.clone().unwrap_or_else(|| corpus::default_folder(root));
    let tshark = Tshark::find(root.join("target/conform-cache"))?;
    println!("{}", tshark.version());
    let tables = super::l7_tables::TABLES;
    let mut counts: BTreeMap<&str, Count> = BTreeMap::new();
    for file in corpus::files(&folder)? {
        let path = folder.join(&file);
        let content = fs::read(&path)?;
        if !corpus::is_capture(&content) {
            continue;
        }
        // What cannot be read says nothing; that it cannot is compared by the layers.
        let Ok(ours) = ours(&path, tables) else { continue };
        let theirs = theirs(&tshark, &path, &content, tables)?;
        for field in tables.iter().flat_map(|table| table.fields) {
            let (count, differing) = compare(&theirs.of(field), &ours.of(field));
            let sum = counts.entry(field).or_default();
            sum.equal += count.equal;
            sum.all += count.all;
            if options.all && !differing.is_empty() {
                println!("{file} {field}: {}", differing.join("; "));
            }
        }
    }
    let mut is_well = true;
    for (field, Count { equal, all }) in counts {
        // Hundredths of a per cent, rounded down.
        let share = 10_000 * equal / all.max(1);
        is_well &= all == 0 || share >= TARGET;
        println!("{field}: {equal} of {all} ({}.{:02} %)", share / 100, share % 100);
    }
    Ok(is_well)
}

/// How many values are on both sides, of those on either, and the others: a value, theirs and ours.
fn compare(theirs: &BTreeMap<String, i64>, ours: &BTreeMap<String, i64>) -> (Count, Vec<String>) {
    let (mut count, mut differing) = (Count::default(), Vec::new());
    let only_ours = ours.keys().filter(|value| !theirs.contains_key(*value));
    for value in theirs.keys().chain(only_ours) {
        let times = |of: &BTreeMap<String, i64>| of.get(value).copied().unwrap_or_default();
        let (theirs, ours) = (times(theirs), times(ours));
        count.equal += theirs.min(ours).unsigned_abs();
        count.all += theirs.max(ours).unsigned_abs();
        if theirs != ours {
            let shown: String = value.chars().take(80).collect();
            differing.push(format!("{shown:?} {theirs} times, ours {ours}"));
        }
    }
    (count, differing)
}

fn ours(capture: &Path, tables: &[Table]) -> Result<Values> {
    let mut values = Values::default();
    let mut engine = super::l7_tables::parsers(Engine::builder()).build();
    let mut sink = |event: &Event<'_, FiveTupleKey>| {
        tables.iter().for_each(|table| (table.ours)(event, &mut values));
    };
    let mut packets = rheos_pcap::open(capture)?;
    while let Ok(Some(raw)) = packets.next_packet() {
        engine.packet(&raw, &mut sink);
    }
    engine.finish(&mut sink);
    Ok(values)
}

fn theirs(tshark: &Tshark, path: &Path, content: &[u8], tables: &[Table]) -> Result<Values> {
    let filter: Vec<&str> = tables.iter().map(|table| table.name).collect();
    let mut arguments =
        ["-n", "-Y", &filter.join(" or "), "-T", "fields"].map(str::to_owned).to_vec();
    arguments.push(format!("-Eaggregator={AGGREGATOR}"));
    let fields: Vec<&'static str> = tables.iter().flat_map(|table| table.fields).copied().collect();
    for field in &fields {
        arguments.extend(["-e".to_owned(), (*field).to_owned()]);
    }
    let mut values = Values::default();
    for line in tshark.print(path, content, &arguments)?.lines() {
        for (field, cell) in fields.iter().zip(line.split('\t')) {
            for value in cell.split(AGGREGATOR).filter(|value| !value.is_empty()) {
                values.add(field, value);
            }
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_on_both_sides() {
        let (mut theirs, mut ours) = (Values::default(), Values::default());
        ["a", "a", "b"].into_iter().for_each(|value| theirs.add("f", value));
        ["a", "b", "c"].into_iter().for_each(|value| ours.add("f", value));
        let (count, differing) = compare(&theirs.of("f"), &ours.of("f"));
        assert_eq!((count.equal, count.all), (2, 4));
        assert_eq!(differing, ["\"a\" 2 times, ours 1", "\"c\" 0 times, ours 1"]);
    }
}
