//! `cargo xtask conform fragments`: our datagrams beside those that tshark puts together.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use rheos_layers::Decoder;
use rheos_session::{Defragment, Defragmented};

use super::corpus;
use super::differences::{self, Case, Difference};
use super::theirs::Tshark;

/// What IP carried in all fragments together.
const PAYLOADS: [&str; 2] = ["ip.reassembled.data", "ipv6.reassembled.data"];

/// Fields of a line: the number of the frame, the layers in it, and what was put together.
const FIELDS: [&str; 4] = ["frame.number", "frame.protocols", PAYLOADS[0], PAYLOADS[1]];

/// What to compare.
#[derive(clap::Args, Default)]
pub(crate) struct Options {
    /// A folder of captures; by default the captures beside the repository, or docs/captures
    folder: Option<PathBuf>,
}

/// The payloads of datagrams, as hexadecimal digits, by the numbers of the frames that complete them.
type Datagrams = BTreeMap<u64, String>;

/// What comparing has found.
#[derive(Default)]
struct Found {
    equal: u64,
    all: u64,
    unexplained: u64,
}

/// What the workers share.
struct Run<'a> {
    folder: &'a Path,
    tshark: Tshark,
    cases: Vec<Case>,
}

/// Compares. All is well if each datagram is equal, or explained.
pub(crate) fn run(root: &Path, options: &Options) -> Result<bool> {
    let folder = options.folder.clone().unwrap_or_else(|| corpus::default_folder(root));
    let document = fs::read_to_string(root.join("docs/differences.md")).unwrap_or_default();
    let run = Run {
        folder: &folder,
        tshark: Tshark::find(root.join("target/conform-cache"))?,
        cases: differences::cases_of(&document, "fragment case")
            .map_err(|e| anyhow!("docs/differences.md: {e}"))?,
    };
    println!("{}", run.tshark.version());
    let files = corpus::files(&folder)?;
    let (mut equal, mut all, mut unexplained) = (0, 0, 0);
    for found in corpus::each(&files, |file, found| run.capture(file, found))? {
        equal += found.equal;
        all += found.all;
        unexplained += found.unexplained;
    }
    let captures = || files.iter().map(String::as_str);
    let old: Vec<&Case> = run.cases.iter().filter(|case| case.is_out_of_date(captures())).collect();
    for case in &old {
        println!("docs/differences.md: \"{}\" is seen no more where it was", case.name);
    }
    println!("{equal} of {all} datagrams equal tshark's; {unexplained} unexplained");
    Ok(unexplained == 0 && old.is_empty())
}

impl Run<'_> {
    /// Compares the datagrams of a capture.
    fn capture(&self, file: &str, found: &mut Found) -> Result<()> {
        let Some((path, content)) = corpus::read(self.folder, file)? else { return Ok(()) };
        let Some(mut ours) = ours(&path) else { return Ok(()) };
        let theirs = theirs(&self.tshark, &path, &content).with_context(|| file.to_owned())?;
        for (number, theirs) in theirs {
            let ours = ours.remove(&number).unwrap_or_default();
            found.all += 1;
            found.equal += u64::from(ours == theirs);
            let is_explained = is_explained(&self.cases, file, number, &theirs, &ours);
            found.unexplained += u64::from(!is_explained);
        }
        for (number, ours) in ours {
            found.all += 1;
            found.unexplained += u64::from(!is_explained(&self.cases, file, number, "", &ours));
        }
        Ok(())
    }
}

/// Whether two payloads are the same, or it is known why they are not.
fn is_explained(cases: &[Case], capture: &str, number: u64, theirs: &str, ours: &str) -> bool {
    if theirs == ours {
        return true;
    }
    let show = |digits: &str| match digits.len() / 2 {
        0 => "absent".to_owned(),
        bytes => format!("{bytes} bytes"),
    };
    let (theirs, ours) = (show(theirs), show(ours));
    let difference =
        Difference { capture, field: "datagram", theirs: &theirs, ours: &ours, malformed: false };
    let is_explained = cases.iter().any(|case| case.explains(&difference));
    if !is_explained {
        println!("{capture} frame {number}: {theirs}; ours {ours}");
    }
    is_explained
}

/// Our datagrams of a capture; `None` if it has no fragments, or cannot be read.
fn ours(capture: &Path) -> Option<Datagrams> {
    let decoder = Decoder::default();
    let mut defragment = Defragment::new(&decoder);
    let mut packets = rheos_pcap::open(capture).ok()?;
    let (mut found, mut number) = (Datagrams::new(), 0);
    while let Ok(Some(raw)) = packets.next_packet() {
        number += 1;
        if let Defragmented::Datagram { packet, parts } = defragment.take(&raw) {
            let len = parts.last().map_or(0, |part| part.end as usize);
            let start = packet.data.len().saturating_sub(len);
            let payload = packet.data.get(start..).unwrap_or_default();
            let digits = fmt::from_fn(|f| payload.iter().try_for_each(|b| write!(f, "{b:02x}")));
            found.insert(number, digits.to_string());
        }
    }
    (defragment.stats().fragments.fragments > 0).then_some(found)
}

/// The datagrams that tshark puts together, those in tunnels left out.
fn theirs(tshark: &Tshark, path: &Path, content: &[u8]) -> Result<Datagrams> {
    let mut arguments: Vec<String> = ["-n", "-T", "fields"].map(str::to_owned).into();
    for field in FIELDS {
        arguments.extend(["-e".to_owned(), field.to_owned()]);
    }
    arguments.extend(["-Y".to_owned(), PAYLOADS.join(" || ")]);
    let text = tshark.print(path, content, &arguments)?;
    let mut found = Datagrams::new();
    for line in text.lines() {
        let [number, layers, v4, v6] = line.split('\t').collect::<Vec<_>>()[..] else { continue };
        let digits = if v4.is_empty() { v6 } else { v4 };
        let outer = layers.split(':').filter(|name| matches!(*name, "ip" | "ipv6")).count();
        // What is around is none of the payload's layers: with one IP, it is the outermost.
        if outer == 1 || !digits.contains(',') {
            found.insert(number.parse()?, digits.to_owned());
        }
    }
    Ok(found)
}
