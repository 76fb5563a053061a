//! `cargo xtask conform zeek`: our connections beside the `conn.log` that Zeek expects.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use rheos_core::Timestamp;
use rheos_flow::zeek::{ConnLogOptions, ConnRow, write_header};
use rheos_layers::Decoder;
use rheos_session::log::Connections;

use super::differences::{self, Case, Difference};

/// Columns that are not compared: times are blacked out, names are random, services need scripts.
const LEFT_OUT: [&str; 3] = ["ts", "uid", "service"];

/// Which connection a row is of.
const IDENTITY: [&str; 5] = ["id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto"];

/// Part of the rows of captures without a script that are to be equal, in hundredths of a per cent.
const TARGET: u64 = 9500;

/// Where the logs are.
#[derive(clap::Args, Default)]
pub(crate) struct Options {
    /// The folder that holds `captures` and `expected`; by default `shared` beside the repository
    folder: Option<PathBuf>,
    /// Print every row that differs
    #[arg(long)]
    all: bool,
}

/// A row by the names of its columns.
type Row = BTreeMap<String, String>;

/// How many rows are equal, of how many.
#[derive(Default)]
struct Count {
    equal: u64,
    all: u64,
}

/// Compares. All is well if enough rows are equal, and each other is explained.
pub(crate) fn run(root: &Path, options: &Options) -> Result<bool> {
    let folder = options.folder.clone().unwrap_or_else(|| root.join("../shared"));
    let index = folder.join("expected/zeek/INDEX.tsv");
    let Ok(index) = fs::read_to_string(&index) else {
        println!("skipped: no logs of Zeek at {}", index.display());
        return Ok(true);
    };
    let document = fs::read_to_string(root.join("docs/differences.md")).unwrap_or_default();
    let cases = differences::cases_of(&document, "flow case")
        .map_err(|e| anyhow!("docs/differences.md: {e}"))?;
    let (mut plain, mut scripted, mut unexplained) = (Count::default(), Count::default(), 0);
    let mut captures = Vec::new();
    for line in index.lines().skip(2) {
        let [capture, expected, script, checksums] = line.split('\t').collect::<Vec<_>>()[..]
        else {
            continue;
        };
        captures.push(capture);
        let theirs = rows(&fs::read_to_string(folder.join(expected))?);
        let ours = connections(&folder.join("captures").join(capture), checksums == "checked")
            .with_context(|| capture.to_owned())?;
        let count = if script == "plain" { &mut plain } else { &mut scripted };
        for pair in pairs(theirs, ours) {
            let differing = pair.differences();
            count.all += u64::from(pair.theirs.is_some());
            count.equal += u64::from(differing.is_empty());
            let explained = differing.iter().all(|(field, theirs, ours)| {
                let malformed = script != "plain";
                let difference = Difference { capture, field, theirs, ours, malformed };
                cases.iter().any(|case| case.explains(&difference))
            });
            unexplained += u64::from(!explained);
            if !differing.is_empty() && (options.all || !explained) {
                println!("{capture} {}: {differing:?}", pair.identity());
            }
        }
    }
    let old: Vec<&Case> =
        cases.iter().filter(|case| case.is_out_of_date(captures.iter().copied())).collect();
    for case in &old {
        println!("docs/differences.md: \"{}\" is seen no more where it was", case.name);
    }
    // Hundredths of a per cent, rounded down.
    let share = 10_000 * plain.equal / plain.all.max(1);
    println!(
        "{} of {} rows equal Zeek's ({}.{:02} %), {} of {} where a test adds a script; \
         {unexplained} unexplained",
        plain.equal,
        plain.all,
        share / 100,
        share % 100,
        scripted.equal,
        scripted.all
    );
    Ok(share >= TARGET && unexplained == 0 && old.is_empty())
}

/// Our rows of a capture.
fn connections(capture: &Path, verify_checksums: bool) -> Result<Vec<Row>> {
    let mut log = Vec::new();
    write_header(&mut log, Timestamp::default())?;
    let mut text = String::from_utf8(log)?;
    let mut options = ConnLogOptions::default();
    options.verify_checksums = verify_checksums;
    let decoder = Decoder::default();
    let mut connections = Connections::new(&decoder, options);
    let mut write = |row: &ConnRow| {
        text.push_str(&row.to_string());
        text.push('\n');
    };
    let mut packets = rheos_pcap::open(capture)?;
    while let Ok(Some(raw)) = packets.next_packet() {
        connections.packet(&raw, &mut write);
    }
    connections.finish(&mut write);
    Ok(rows(&text))
}

/// The rows of a log.
fn rows(log: &str) -> Vec<Row> {
    let mut names: Vec<&str> = Vec::new();
    let mut rows = Vec::new();
    for line in log.lines() {
        if let Some(fields) = line.strip_prefix("#fields\t") {
            names = fields.split('\t').collect();
        } else if !line.starts_with('#') {
            let cells = line.split('\t').map(str::to_owned);
            let mut row: Row = names.iter().map(|name| (*name).to_owned()).zip(cells).collect();
            LEFT_OUT.iter().for_each(|name| _ = row.remove(*name));
            // Names are random: how many there are is what can be compared.
            if let Some(parents) = row.get_mut("tunnel_parents").filter(|text| *text != "-") {
                *parents = parents.split(',').count().to_string();
            }
            rows.push(row);
        }
    }
    rows
}

/// Two rows of one connection, or one that the other side does not have.
struct Pair {
    theirs: Option<Row>,
    ours: Option<Row>,
}

impl Pair {
    fn identity(&self) -> String {
        let row = self.theirs.as_ref().or(self.ours.as_ref());
        row.map(|row| identity(row).join(" ")).unwrap_or_default()
    }

    /// The columns that differ: their names, theirs, ours.
    fn differences(&self) -> Vec<(String, String, String)> {
        let (Some(theirs), Some(ours)) = (&self.theirs, &self.ours) else {
            let side = |row: &Option<Row>| if row.is_some() { "present" } else { "absent" };
            return vec![("row".into(), side(&self.theirs).into(), side(&self.ours).into())];
        };
        let both = theirs.iter().filter_map(|(name, value)| Some((name, value, ours.get(name)?)));
        let differing = both.filter(|(_, theirs, ours)| theirs != ours);
        differing.map(|(name, a, b)| (name.clone(), a.clone(), b.clone())).collect()
    }
}

fn identity(row: &Row) -> Vec<String> {
    IDENTITY.iter().map(|name| row.get(*name).cloned().unwrap_or_default()).collect()
}

/// Pairs the rows of each connection: equal ones first, then those that are left in their order.
fn pairs(theirs: Vec<Row>, mut ours: Vec<Row>) -> Vec<Pair> {
    let mut pairs = Vec::new();
    let mut left = Vec::new();
    let equals = |theirs: &Row, ours: &Row| {
        theirs.iter().all(|(name, value)| ours.get(name).is_none_or(|other| other == value))
    };
    for row in theirs {
        match ours.iter().position(|other| equals(&row, other)) {
            Some(place) => {
                let ours = Some(ours.remove(place));
                pairs.push(Pair { theirs: Some(row), ours });
            }
            None => left.push(row),
        }
    }
    for row in left {
        let place = ours.iter().position(|other| identity(other) == identity(&row));
        let ours = place.map(|place| ours.remove(place));
        pairs.push(Pair { theirs: Some(row), ours });
    }
    pairs.extend(ours.into_iter().map(|row| Pair { theirs: None, ours: Some(row) }));
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\thistory\n\
        1.0\tCx\t10.0.0.1\t1\t10.0.0.2\t2\ttcp\tS\n1.0\tCy\t10.0.0.1\t1\t10.0.0.2\t2\ttcp\tSh\n";

    #[test]
    fn equal_rows_are_paired_first_whatever_their_order() {
        let theirs = rows(LOG);
        let mut ours = theirs.clone();
        ours.reverse();
        let found = pairs(theirs.clone(), ours);
        assert!(found.iter().all(|pair| pair.differences().is_empty()));
        let found = pairs(theirs.clone(), theirs[1..].to_vec());
        let missing = ("row".to_owned(), "present".to_owned(), "absent".to_owned());
        assert_eq!(found[1].differences(), [missing]);
    }

    #[test]
    fn a_column_that_differs_is_told() {
        let (theirs, mut ours) = (rows(LOG), rows(LOG));
        ours[0].insert("history".to_owned(), "SR".to_owned());
        let found = pairs(theirs, ours);
        let differing = found.iter().flat_map(Pair::differences).collect::<Vec<_>>();
        assert_eq!(differing, [("history".to_owned(), "S".to_owned(), "SR".to_owned())]);
    }
}
