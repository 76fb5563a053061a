//! `cargo xtask conform conv`: packets and bytes of our flows beside tshark's conversations, `-z conv`.
//!
//! A conversation is what has the same ends: connections that follow one another between two ports,
//! which tshark has a line for each and we a flow, are added up on both sides. tshark prints bytes
//! from ten thousand on in thousands, so that there the thousands are compared.

use std::fs;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use anyhow::{Result, anyhow, ensure};

use super::corpus;
use super::differences::{self, Case, Difference};
use super::theirs::{PREFERENCES, Tshark};

use counts::{Conversations, Way, add};
use ours::ours;

mod counts;
mod ours;

/// The tables of conversations, by tshark's names, and the titles that it prints above them.
const TABLES: [(&str, &str); 5] = [
    ("eth", "Ethernet Conversations"),
    ("ip", "IPv4 Conversations"),
    ("ipv6", "IPv6 Conversations"),
    ("tcp", "TCP Conversations"),
    ("udp", "UDP Conversations"),
];

/// The arguments with which tshark prints these tables. Its packets are those of layers, each by itself, as our
/// flows count them: no fragment is put together with others.
pub(super) fn statistics() -> Vec<String> {
    TABLES.iter().map(|(table, _)| format!("-zconv,{table}")).collect()
}

/// What to compare.
#[derive(clap::Args, Default)]
pub(crate) struct Options {
    /// A folder of captures; by default the captures beside the repository, or docs/captures
    folder: Option<PathBuf>,
    /// Print every conversation that differs, explained ones too
    #[arg(long)]
    all: bool,
}

/// What the comparison found.
#[derive(Debug, Default)]
struct Found {
    captures: u64,
    equal: u64,
    explained: u64,
    unexplained: Vec<String>,
}

/// What the workers share.
struct Run<'a> {
    folder: &'a Path,
    tshark: Tshark,
    cases: Vec<Case>,
    files: Vec<String>,
    all: bool,
}

/// Compares. All is well if each conversation is equal or explained.
pub(crate) fn run(root: &Path, options: &Options) -> Result<bool> {
    let folder = options.folder.clone().unwrap_or_else(|| corpus::default_folder(root));
    let document = fs::read_to_string(root.join("docs/differences.md")).unwrap_or_default();
    let run = Run {
        folder: &folder,
        tshark: Tshark::find(root.join("target/conform-cache"))?,
        cases: differences::cases_of(&document, "conversation case")
            .map_err(|e| anyhow!("docs/differences.md: {e}"))?,
        files: corpus::files(&folder)?,
        all: options.all,
    };
    println!("{}", run.tshark.version());
    let mut found = Found::default();
    let compare = |file: &str, found: &mut Found| {
        corpus::or_skip(file, run.capture(file, found));
        Ok(())
    };
    corpus::each(&run.files, compare)?.into_iter().for_each(|own| found.add(own));
    found.unexplained.sort();
    found.unexplained.iter().for_each(|line| println!("{line}"));
    let captures = || run.files.iter().map(String::as_str);
    let old: Vec<&Case> = run.cases.iter().filter(|case| case.is_out_of_date(captures())).collect();
    for case in &run.cases {
        println!("case {}: {} differences", case.name, case.used.load(Ordering::Relaxed));
    }
    for case in &old {
        println!("docs/differences.md: \"{}\" is seen no more where it was", case.name);
    }
    println!(
        "{} conversations of {} captures equal tshark's, {} are explained, {} unexplained",
        found.equal,
        found.captures,
        found.explained,
        found.unexplained.len()
    );
    Ok(found.equal > 0 && found.unexplained.is_empty() && old.is_empty())
}

impl Found {
    fn add(&mut self, other: Self) {
        self.captures += other.captures;
        self.equal += other.equal;
        self.explained += other.explained;
        self.unexplained.extend(other.unexplained);
    }
}

impl Run<'_> {
    /// Compares a capture. An error is why it cannot be.
    fn capture(&self, file: &str, found: &mut Found) -> Result<()> {
        let (path, content) = corpus::read(self.folder, file)?.ok_or_else(corpus::unknown)?;
        let theirs = self.tshark.statistics(&path, &content, PREFERENCES, &statistics())?;
        ensure!(theirs.contains(TABLES[0].1), "no table of conversations");
        let theirs = parse(&theirs);
        let ours = ours(&path)?;
        found.captures += 1;
        let ends = theirs.keys().chain(ours.keys().filter(|ends| !theirs.contains_key(*ends)));
        for ends in ends {
            let (theirs, ours) = (theirs.get(ends), ours.get(ends));
            let is_equal = matches!((theirs, ours), (Some(a), Some(b)) if a.holds(b));
            if is_equal {
                found.equal += 1;
                continue;
            }
            let [theirs, ours] = [theirs, ours]
                .map(|counts| counts.map_or_else(|| "absent".to_owned(), ToString::to_string));
            let (table, a, b) = ends;
            let difference = Difference {
                capture: file,
                field: table,
                theirs: &theirs,
                ours: &ours,
                malformed: false,
            };
            let is_explained = self.cases.iter().any(|case| case.explains(&difference));
            let line = format!("{file}: {table} {a} {b}: theirs {theirs}, ours {ours}");
            if is_explained {
                found.explained += 1;
                if self.all {
                    println!("{line}");
                }
            } else {
                found.unexplained.push(line);
            }
        }
        Ok(())
    }
}

/// Reads what tshark prints.
fn parse(text: &str) -> Conversations {
    let (mut found, mut table) = (Conversations::new(), None);
    for line in text.lines() {
        if let Some((name, _)) = TABLES.iter().find(|(_, title)| line == *title) {
            table = Some(*name);
        }
        let cells: Vec<&str> = line.split_whitespace().collect();
        // Ends, then packets, bytes and their unit to the left, and the same to the right.
        let [a, "<->", b, back, back_bytes, back_unit, there, there_bytes, there_unit, ..] =
            cells[..]
        else {
            continue;
        };
        let Some(table) = table else { continue };
        let count = |packets: &str, bytes, unit| {
            Some(Way { packets: packets.parse().ok()?, bytes: size(bytes, unit)? })
        };
        if let (Some(there), Some(back)) =
            (count(there, there_bytes, there_unit), count(back, back_bytes, back_unit))
        {
            add(&mut found, table, [a, b].map(|end| canonical(table, end)), &there, &back);
        }
    }
    found
}

/// What a number of bytes may be, of which thousands are printed from ten thousand on.
fn size(number: &str, unit: &str) -> Option<RangeInclusive<u64>> {
    let unit: u64 = match unit {
        "byte" | "bytes" => 1,
        "kB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        _ => return None,
    };
    let number = number.parse::<u64>().ok()? * unit;
    Some(number..=number + unit - 1)
}

/// An end as we write it.
fn canonical(table: &str, end: &str) -> String {
    let ip = |text: &str| text.parse::<IpAddr>().map_or(text.to_owned(), |ip| ip.to_string());
    match (table, end.rsplit_once(':')) {
        ("eth", _) => end.to_owned(),
        ("tcp" | "udp", Some((address, port))) => format!("{} {port}", ip(address)),
        _ => ip(end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
TCP Conversations\n\
Filter:<No Filter>\n\
2001:db8::2:40975  <-> 2001:db8::1:53   4 12 kB   6 578 bytes   10 13 kB  4.374  0.0529\n\
2001:db8::1:53  <-> 2001:db8::2:40975   1 9999 bytes   2 20 bytes   3 10 kB  4.374  0.0529\n\
10.0.0.1:7  <-> 10.0.0.1:7   1 60 bytes   2 120 bytes   3 180 bytes  4.374  0.0529\n\
IPv4 Conversations\n\
10.0.0.2             <-> 224.0.0.13      0 0 bytes        53 5558 bytes      53 5558 bytes  0.0  579.1\n";

    #[test]
    fn lines_of_the_same_ends_are_added_up_in_their_directions() {
        let found = parse(TEXT);
        let counts =
            |table, a: &str, b: &str| found[&(table, a.to_owned(), b.to_owned())].to_string();
        let tcp = counts("tcp", "2001:db8::1 53", "2001:db8::2 40975");
        assert_eq!(tcp, "6/12020..13019 7/10577");
        assert_eq!(counts("tcp", "10.0.0.1 7", "10.0.0.1 7"), "3/180 0/0");
        assert_eq!(counts("ip", "10.0.0.2", "224.0.0.13"), "53/5558 0/0");
        assert_eq!(found.len(), 3);
    }

    #[test]
    fn thousands_hold_what_they_may_be() {
        let exact = |packets, bytes: u64| Way { packets, bytes: bytes..=bytes };
        let theirs = Way { packets: 1, bytes: size("12", "kB").unwrap() };
        assert!(theirs.holds(&exact(1, 12_000)) && theirs.holds(&exact(1, 12_999)));
        assert!(!theirs.holds(&exact(1, 11_999)) && !theirs.holds(&exact(1, 13_000)));
        assert!(!theirs.holds(&exact(2, 12_500)));
        assert_eq!(size("1", "bit"), None);
    }
}
