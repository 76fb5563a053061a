//! `cargo xtask conform l7`: what our parsers read in streams and datagrams beside what tshark does.
//!
//! Each protocol has a table of fields. For each capture and field the values of both sides are laid
//! beside each other, each as often as it is there: a value that one side has more often is a
//! difference, and the side that lacks it shows `absent`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use rheos_flow::FiveTupleKey;
use rheos_session::Event;

use self::tables::{TABLES, Table};
use self::theirs::Way;
use self::values::{Count, Surplus, Values};
use super::corpus;
use super::differences::{self, Case, Difference};
use super::theirs::{Pdml, Tshark};

mod dialog;
mod dns;
mod http;
mod page;
mod tables;
mod theirs;
mod tls;
mod values;

/// Part of tshark's values of a protocol that are to be ours too, in hundredths of a per cent.
const TARGET: u64 = 9900;

/// Characters of a value that are printed.
const SHOWN: usize = 120;

/// What to compare.
#[derive(clap::Args, Default)]
pub(crate) struct Options {
    /// A folder of captures; by default the captures beside the repository, or docs/captures
    folder: Option<PathBuf>,
    /// Print every value that differs, those that are explained too
    #[arg(long)]
    all: bool,
    /// Write what was found to docs/conformance-l7.md
    #[arg(long)]
    write: bool,
}

/// How often each field's values are equal.
type Counts = BTreeMap<&'static str, Count>;

/// What the workers share.
struct Run<'a> {
    folder: &'a Path,
    tshark: Tshark,
    fields: Vec<&'static str>,
    cases: Vec<Case>,
    files: Vec<String>,
    all: bool,
}

/// What is asked of tshark about every capture.
pub(super) fn asked() -> Pdml {
    theirs::pdml(Way::Whole)
}

/// Compares. All is well if enough values of each protocol are equal, and each other is explained.
pub(crate) fn run(root: &Path, options: &Options) -> Result<bool> {
    let folder = options.folder.clone().unwrap_or_else(|| corpus::default_folder(root));
    let document = fs::read_to_string(root.join("docs/differences.md")).unwrap_or_default();
    let run = Run {
        folder: &folder,
        tshark: Tshark::find(root.join("target/conform-cache"))?,
        fields: tables::fields(),
        cases: differences::cases_of(&document, "message case")
            .map_err(|e| anyhow!("docs/differences.md: {e}"))?,
        files: corpus::files(&folder)?,
        all: options.all,
    };
    println!("{}", run.tshark.version());
    let mut counts = Counts::new();
    let found = corpus::each(&run.files, |file, counts| run.capture(file, counts))?;
    for (field, count) in found.into_iter().flatten() {
        counts.entry(field).or_default().add(count);
    }
    if options.write {
        page::write(root, run.tshark.version(), &counts)?;
    }
    Ok(run.judge(&counts))
}

impl Run<'_> {
    /// Compares a capture.
    fn capture(&self, file: &str, counts: &mut Counts) -> Result<()> {
        let Some((path, content)) = corpus::read(self.folder, file)? else { return Ok(()) };
        // What cannot be read says nothing; that it cannot is compared by the layers.
        let Ok(ours) = ours(&path) else { return Ok(()) };
        let theirs = self.theirs(&path, &content, &ours)?;
        if theirs.is_empty() && ours.is_empty() {
            return Ok(());
        }
        for field in &self.fields {
            let (mut count, surplus) = theirs.compare(&ours, field);
            for surplus in surplus {
                let case = self.explains(file, field, &surplus);
                let against = case.and_then(|case| case.against.as_deref());
                count.explained += if case.is_some() { surplus.times() } else { 0 };
                if surplus.theirs > surplus.ours && against.is_some() {
                    count.against += surplus.times();
                }
                if self.all || case.is_none() {
                    let name = case.map_or("unexplained", |case| &*case.name);
                    let against = against.unwrap_or("not settled");
                    println!("{file} {field}: {} ({name}; {against})", tell(&surplus));
                }
            }
            counts.entry(field).or_default().add(count);
        }
        Ok(())
    }

    /// What tshark says of a capture.
    fn theirs(&self, path: &Path, content: &[u8], ours: &Values) -> Result<Values> {
        let said = |way| -> Result<Values> {
            let lines = self.tshark.read(path, content, &theirs::pdml(way))?;
            Ok(theirs::values(&lines, &self.fields))
        };
        let mut theirs = said(Way::Whole)?;
        let texts = [http::TABLE, dialog::SSH, dialog::SMTP, dialog::FTP];
        let has = |values: &Values, tables: &[Table]| {
            tables.iter().flat_map(|table| table.fields).any(|field| values.has(field))
        };
        if has(&theirs, &texts) || has(ours, &texts) {
            theirs.take_most(said(Way::Behind)?, "");
        }
        if has(&theirs, &texts[..1]) || has(ours, &texts[..1]) {
            theirs.take_most(said(Way::AtOnce)?, theirs::BODY);
        }
        Ok(theirs)
    }

    fn explains(&self, capture: &str, field: &str, surplus: &Surplus<'_>) -> Option<&Case> {
        let [theirs, ours] = surplus.sides();
        let difference = Difference { capture, field, theirs, ours, malformed: false };
        self.cases.iter().find(|case| case.explains(&difference))
    }

    fn judge(&self, counts: &Counts) -> bool {
        let files = || self.files.iter().map(String::as_str);
        let old: Vec<_> = self.cases.iter().filter(|case| case.is_out_of_date(files())).collect();
        for case in &old {
            println!("docs/differences.md: \"{}\" is seen no more where it was", case.name);
        }
        let (mut is_well, mut unexplained) = (old.is_empty(), 0);
        for table in TABLES {
            let mut sum = Count::default();
            for field in table.fields {
                let count = counts.get(field).copied().unwrap_or_default();
                println!("  {field}: {}", line(count));
                sum.add(count);
            }
            println!("{}: {}", table.name, line(sum));
            is_well &= sum.share() >= TARGET;
            unexplained += sum.unexplained();
        }
        println!("{unexplained} unexplained");
        is_well && unexplained == 0
    }
}

/// A value that differs, for people.
fn tell(surplus: &Surplus<'_>) -> String {
    let Surplus { value, theirs, ours } = surplus;
    let shown: String = value.chars().take(SHOWN).collect();
    format!("{shown:?} {theirs} times, ours {ours}")
}

fn line(count: Count) -> String {
    let Count { theirs, ours, equal, explained, against } = count;
    let [share, by_rfc] = [count.share(), count.share_by_rfc()].map(per_cent);
    format!(
        "{equal} of tshark's {theirs} ({share}; {by_rfc} without {against} against an RFC), of {ours} of \
         ours; {explained} explained, {} unexplained",
        count.unexplained()
    )
}

/// Hundredths of a per cent, for people.
fn per_cent(share: u64) -> String {
    format!("{}.{:02} %", share / 100, share % 100)
}

fn ours(capture: &Path) -> Result<Values> {
    let mut values = Values::default();
    let mut engine = tables::engine();
    let mut sink = |event: &Event<'_, FiveTupleKey>| {
        TABLES.iter().for_each(|table| (table.ours)(event, &mut values));
    };
    let mut packets = rheos_pcap::open(capture)?;
    while let Ok(Some(raw)) = packets.next_packet() {
        engine.packet(&raw, &mut sink);
    }
    engine.finish(&mut sink);
    Ok(values)
}
