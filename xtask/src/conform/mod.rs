//! `cargo xtask conform`: our decoding of every packet of many captures beside tshark's.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use anyhow::{Context, Result, anyhow};

use self::compare::Comparison;
use self::differences::Case;
use self::ours::Ours;
use self::report::Report;
use self::theirs::Tshark;

mod cache;
mod compare;
mod conv;
mod corpus;
mod differences;
mod dissection;
mod fragments;
mod l7;
mod made;
mod mapping;
mod ours;
mod pdml;
mod report;
mod streams;
mod theirs;
mod value;
mod zeek;

/// What is found, for people.
const PAGE: &str = "docs/conformance.md";

/// Where captures are written that the project makes itself.
const MADE: &str = "captures";

/// What to compare.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Options {
    #[command(subcommand)]
    beside: Option<Beside>,
    /// A folder of captures; by default the captures beside the repository, or docs/captures
    folder: Option<PathBuf>,
    /// Examples shown of each field that differs
    #[arg(long, default_value_t = Self::default().examples)]
    examples: usize,
    /// Write what was found to docs/conformance.md
    #[arg(long)]
    write: bool,
    /// Compare no captures but those that are made of packets in the repository
    #[arg(long, conflicts_with_all = ["folder", "write"])]
    made: bool,
}

/// What else than tshark there is to compare with.
#[derive(clap::Subcommand)]
pub(crate) enum Beside {
    /// Compare connections with the logs that Zeek expects of its captures
    Zeek(zeek::Options),
    /// Compare what parsers read in streams with what tshark does
    L7(l7::Options),
    /// Compare streams of TCP with those that tshark follows
    Streams(streams::Options),
    /// Compare datagrams put together with those of tshark
    Fragments(fragments::Options),
    /// Compare flows with tshark's conversations
    Conv(conv::Options),
}

impl Options {
    /// Comparing streams.
    pub(crate) fn streams() -> Self {
        Self { beside: Some(Beside::Streams(streams::Options::default())), ..Self::default() }
    }

    /// Comparing datagrams.
    pub(crate) fn fragments() -> Self {
        Self { beside: Some(Beside::Fragments(fragments::Options::default())), ..Self::default() }
    }

    /// Comparing what parsers read.
    pub(crate) fn l7() -> Self {
        Self { beside: Some(Beside::L7(l7::Options::default())), ..Self::default() }
    }

    /// Comparing with Zeek.
    pub(crate) fn zeek() -> Self {
        Self { beside: Some(Beside::Zeek(zeek::Options::default())), ..Self::default() }
    }

    /// Comparing with tshark's conversations.
    pub(crate) fn conv() -> Self {
        Self { beside: Some(Beside::Conv(conv::Options::default())), ..Self::default() }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self { beside: None, folder: None, examples: 4, write: false, made: false }
    }
}

/// What the workers share.
struct Run<'a> {
    folder: &'a Path,
    /// The folder of the captures that the project makes itself.
    made: &'a Path,
    tshark: Tshark,
    ours: Ours,
    /// What decodes captures of which something is told.
    told: Vec<(&'static str, Ours)>,
    cases: Vec<Case>,
    files: Vec<String>,
    /// Fields of tshark's that are headings.
    headings: HashSet<String>,
}

/// Compares every capture of the folder. All is well if each protocol differs in few fields only
/// and every case in `docs/differences.md` is one.
pub(crate) fn run(root: &Path, options: &Options) -> Result<bool> {
    match &options.beside {
        Some(Beside::Zeek(options)) => return zeek::run(root, options),
        Some(Beside::Streams(options)) => return streams::run(root, options),
        Some(Beside::Fragments(options)) => return fragments::run(root, options),
        Some(Beside::Conv(options)) => return conv::run(root, options),
        Some(Beside::L7(options)) => return l7::run(root, options),
        None => {}
    }
    let folder = options.folder.clone().unwrap_or_else(|| corpus::default_folder(root));
    let made = root.join(MADE);
    let mut files = if options.made { Vec::new() } else { corpus::files(&folder)? };
    if options.folder.is_none() {
        files.extend(made::write(root, &made)?);
    }
    // Without the document nothing is explained.
    let document = fs::read_to_string(root.join("docs/differences.md")).unwrap_or_default();
    let run = Run {
        folder: &folder,
        made: &made,
        tshark: Tshark::find(root.join("target/conform-cache"))?,
        ours: Ours::default(),
        told: theirs::TOLD.iter().map(|told| (told.capture, Ours::told(told))).collect(),
        cases: differences::cases(&document).map_err(|e| anyhow!("docs/differences.md: {e}"))?,
        files,
        headings: theirs::headings()?,
    };
    if !options.made && options.folder.is_none() && folder.starts_with(root.join("docs")) {
        println!("skipped: no captures beside the repository; comparing those in docs/captures");
    }
    println!("{}", run.tshark.version());
    let mut report = Both::default();
    let compare = |file: &str, report: &mut Both| {
        let of = if made::is_made(file) { &mut report.made } else { &mut report.captured };
        corpus::or_skip(file, run.capture(file, of));
        Ok(())
    };
    for own in corpus::each(&run.files, compare)? {
        report.captured.add(own.captured);
        report.made.add(own.made);
    }
    for (title, report) in report.titled() {
        println!("{title}");
        report.lines(options.examples).iter().for_each(|line| println!("{line}"));
    }
    if options.write {
        let page = report.captured.page(&report.made, run.tshark.version());
        fs::write(root.join(PAGE), page).with_context(|| format!("write {PAGE}"))?;
    }
    Ok(run.judge(&report))
}

/// What was found in captures, and in those that the project makes itself.
#[derive(Default)]
struct Both {
    captured: Report,
    made: Report,
}

impl Both {
    fn titled(&self) -> [(&str, &Report); 2] {
        [("captures:", &self.captured), ("made captures:", &self.made)]
    }
}

impl Run<'_> {
    /// Compares a capture. An error is why it cannot be.
    fn capture(&self, file: &str, report: &mut Report) -> Result<()> {
        let (folder, besides, statistics) = if made::is_made(file) {
            (self.made, theirs::for_made(file), Vec::new())
        } else {
            // Asked for here, they cost no run of their own.
            (self.folder, Vec::new(), conv::statistics())
        };
        let (path, content) = corpus::read(folder, file)?.ok_or_else(corpus::unknown)?;
        let theirs = self.tshark.dissect(&path, &content, &besides, &statistics)?;
        if theirs.packets.is_empty() && !theirs.complaint.is_empty() {
            return Err(anyhow!("{}", theirs.complaint));
        }
        let mut ours = rheos_pcap::open(&path).context("ours")?;
        let told = self.told.iter().find(|(capture, _)| *capture == file);
        let decoding = told.map_or(&self.ours, |(_, ours)| ours);
        let comparison = Comparison {
            ours: decoding,
            cases: &self.cases,
            capture: file,
            texts: &theirs.texts,
            headings: &self.headings,
        };
        // tshark numbers from 1 and counts records that are no packets.
        let mut packets = (1..).zip(&theirs.packets).filter(|(_, p)| p.is_packet(&theirs.texts));
        let mut last = 0;
        // An error ends our packets as it ends theirs: what one side has more is counted.
        while let Ok(Some(raw)) = ours.next_packet() {
            if let Some((number, packet)) = packets.next() {
                comparison.packet(number, &decoding.decode(&raw), packet, report);
                last = number;
            } else {
                last += 1;
                comparison.only(last, false, report);
            }
        }
        packets.for_each(|(number, _)| comparison.only(number, true, report));
        Ok(())
    }

    fn judge(&self, report: &Both) -> bool {
        let captures = || self.files.iter().map(String::as_str);
        let old: Vec<_> =
            self.cases.iter().filter(|case| case.is_out_of_date(captures())).collect();
        for case in &self.cases {
            println!("case {}: {} differences", case.name, case.used.load(Ordering::Relaxed));
        }
        for case in &old {
            println!("docs/differences.md: \"{}\" is seen no more where it was", case.name);
        }
        let mut is_good = old.is_empty();
        for (title, report) in report.titled() {
            let failing = report.failing();
            if !failing.is_empty() {
                println!("too much differs in {title} {}", failing.join(", "));
            }
            println!("{title} {}", report.total());
            is_good &= failing.is_empty();
        }
        is_good
    }
}
