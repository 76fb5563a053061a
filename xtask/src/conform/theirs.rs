//! Runs tshark over a capture, or remembers what it said the last time.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context, Result, ensure};
use rheos_layers::{IpProtocol, Key, LayerType};

use super::{cache, dissection::Dissection, pdml};
use crate::digest::Digest;

/// How tshark is run: no names, which others know.
const PDML: [&str; 3] = ["-n", "-T", "pdml"];

/// How it is run for nothing but statistics.
const QUIET: [&str; 2] = ["-n", "-q"];

/// How it decodes: each packet by itself, numbers as they stand on the wire, nothing guessed.
pub(crate) const PREFERENCES: &[&str] = &[
    "-otcp.desegment_tcp_streams:FALSE",
    "-otcp.relative_sequence_numbers:FALSE",
    "-otcp.analyze_sequence_numbers:FALSE",
    "-otcp.calculate_timestamps:FALSE",
    "-oudp.calculate_timestamps:FALSE",
    "-oip.defragment:FALSE",
    "-oipv6.defragment:FALSE",
    // Extension headers stand beside the IPv6 header, as layers do here, and not inside it.
    "-oipv6.exthdr_under_root_protocol_tree:TRUE",
    "-osctp.relative_tsns:FALSE",
    "-osctp.tsn_analysis:FALSE",
    "-osctp.reassembly:FALSE",
    // Captures hardly ever hold the frame check sequence; the heuristic takes padding for one.
    "-oeth.fcs:Never",
];

/// What made captures are dissected with besides: what is shown only if asked for.
const FOR_MADE: &str = "-oipmi.dissect_bus_commands:TRUE";

/// What is told of a made capture, to us and to tshark, because nothing in it says so.
pub(crate) struct Told {
    pub(crate) capture: &'static str,
    pub(crate) key: Key,
    pub(crate) layer: LayerType,
    arguments: &'static [&'static str],
}

/// Asks whether it is STT before it is taken for TCP, and shows the first segment of a frame as far as it is there.
const STT: &[&str] =
    &["-oip.try_heuristic_first:TRUE", "-oipv6.try_heuristic_first:TRUE", "-ostt.reassemble:FALSE"];

/// All of them.
pub(crate) const TOLD: [Told; 5] = [
    Told {
        capture: "made/rtp.pcap",
        key: Key::udp_port(5004),
        layer: LayerType::RTP,
        arguments: &["-dudp.port==5004,rtp"],
    },
    Told {
        capture: "made/esp-null.pcap",
        key: Key::ip_protocol(IpProtocol::ESP),
        layer: LayerType::ESP_NULL,
        arguments: &["-oesp.enable_null_encryption_decode_heuristic:TRUE"],
    },
    stt("made/stt.pcap"),
    stt("made/seed-stt.pcap"),
    stt("made/seed-stt-segment.pcap"),
];

/// A capture in which TCP is STT.
const fn stt(capture: &'static str) -> Told {
    Told { capture, key: Key::tcp_port(7471), layer: LayerType::STT, arguments: STT }
}

/// What a made capture is dissected with besides.
pub(crate) fn for_made(capture: &str) -> Vec<&'static str> {
    let told = TOLD.iter().filter(|told| told.capture == capture).flat_map(|told| told.arguments);
    std::iter::once(FOR_MADE).chain(told.copied()).collect()
}

/// The fields that tshark gives no value: headings.
pub(crate) fn headings() -> Result<HashSet<String>> {
    let output = Command::new("tshark").args(["-G", "fields"]).output().context("run tshark")?;
    let fields = String::from_utf8_lossy(&output.stdout);
    let headings = fields.lines().filter_map(|line| {
        let cells: Vec<_> = line.split('\t').collect();
        match cells.as_slice() {
            ["F", _, name, "FT_NONE" | "FT_PROTOCOL", ..] => Some((*name).to_owned()),
            _ => None,
        }
    });
    Ok(headings.collect())
}

/// PDML, and what is made of it.
pub(crate) struct Pdml {
    pub(crate) preferences: Vec<&'static str>,
    /// Which packets are shown, and what of them.
    pub(crate) shown: Vec<String>,
    /// Names what is made.
    pub(crate) form: &'static str,
    pub(crate) make: fn(&mut dyn BufRead) -> Result<String>,
}

impl Pdml {
    fn arguments(&self) -> Vec<&str> {
        let shown = self.shown.iter().map(|argument| &**argument);
        PDML.into_iter().chain(self.preferences.iter().copied()).chain(shown).collect()
    }
}

/// What a run of tshark printed.
struct Printed<T> {
    /// What was made of the front of it.
    made: T,
    /// The text behind that: behind PDML come statistics.
    rest: String,
    /// Why it failed, if it did.
    complaint: String,
}

/// The tshark on this machine.
pub(crate) struct Tshark {
    version: String,
    cache: PathBuf,
}

impl Tshark {
    /// Finds tshark, with a folder to remember dissections in.
    pub(crate) fn find(cache: PathBuf) -> Result<Self> {
        let output = Command::new("tshark").arg("--version").output().context("run tshark")?;
        let text = String::from_utf8_lossy(&output.stdout);
        let version = text.lines().next().unwrap_or_default().to_owned();
        fs::create_dir_all(&cache).with_context(|| format!("make {}", cache.display()))?;
        Ok(Self { version, cache })
    }

    /// The first line of `tshark --version`.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// What tshark says of a capture, whose bytes are `content`, with these arguments besides. If it is run, it
    /// is asked for statistics too, which are remembered.
    pub(crate) fn dissect(
        &self,
        capture: &Path,
        content: &[u8],
        besides: &[&str],
        statistics: &[String],
    ) -> Result<Dissection> {
        let remembered = self.place(content, besides);
        if remembered.exists() {
            // A file that cannot be read is written anew.
            if let Ok(dissection) = cache::read(&remembered) {
                return Ok(dissection);
            }
        }
        let preferences = [PREFERENCES, besides].concat();
        let arguments = [&PDML[..], &preferences].concat();
        let printed = self.run(capture, &arguments, statistics, |pdml| pdml::read(pdml))?;
        let dissection = Dissection { complaint: printed.complaint, ..printed.made };
        cache::write(&remembered, &dissection)?;
        self.keep_statistics(content, &preferences, statistics, &printed.rest)?;
        Ok(dissection)
    }

    /// What tshark prints about a capture, whose bytes are `content`, with these arguments.
    pub(crate) fn print(
        &self,
        capture: &Path,
        content: &[u8],
        arguments: &[String],
    ) -> Result<String> {
        let remembered = self.place_of_text(content, arguments, "");
        if let Some(text) = recall(&remembered) {
            return Ok(text);
        }
        // What is wrong with a capture is told at its end, behind all that is right.
        let text = self.run(capture, &[""; 0], arguments, |_| Ok(()))?.rest;
        remember(&remembered, &text)?;
        Ok(text)
    }

    /// What is made of PDML, which is remembered instead.
    pub(crate) fn read(&self, capture: &Path, content: &[u8], pdml: &Pdml) -> Result<String> {
        let remembered = self.place_of_text(content, &pdml.arguments(), pdml.form);
        if let Some(text) = recall(&remembered) {
            return Ok(text);
        }
        Ok(self.read_with(capture, content, pdml, &[])?.made)
    }

    /// Statistics that tshark prints about a capture.
    pub(crate) fn statistics(
        &self,
        capture: &Path,
        content: &[u8],
        preferences: &[&str],
        statistics: &[String],
    ) -> Result<String> {
        if let Some(text) = recall(&self.place_of_statistics(content, preferences, statistics)) {
            return Ok(text);
        }
        let arguments = [&QUIET[..], preferences].concat();
        let Printed { rest, complaint, .. } =
            self.run(capture, &arguments, statistics, |_| Ok(()))?;
        ensure!(!rest.is_empty(), "{complaint}");
        self.keep_statistics(content, preferences, statistics, &rest)?;
        Ok(rest)
    }

    /// The same with the preferences of PDML, of which is made what is to be made in the same run, unless it is
    /// remembered.
    pub(crate) fn statistics_beside(
        &self,
        capture: &Path,
        content: &[u8],
        pdml: &Pdml,
        statistics: &[String],
    ) -> Result<String> {
        let place = self.place_of_statistics(content, &pdml.preferences, statistics);
        let is_read = self.place_of_text(content, &pdml.arguments(), pdml.form).exists();
        if !place.exists() && !is_read {
            self.read_with(capture, content, pdml, statistics)?;
        }
        self.statistics(capture, content, &pdml.preferences, statistics)
    }

    /// Makes something of PDML, asks for statistics in the same run, and remembers both.
    fn read_with(
        &self,
        capture: &Path,
        content: &[u8],
        pdml: &Pdml,
        statistics: &[String],
    ) -> Result<Printed<String>> {
        let arguments = pdml.arguments();
        let printed = self.run(capture, &arguments, statistics, pdml.make)?;
        remember(&self.place_of_text(content, &arguments, pdml.form), &printed.made)?;
        self.keep_statistics(content, &pdml.preferences, statistics, &printed.rest)?;
        Ok(printed)
    }

    /// Remembers statistics, if there are any.
    fn keep_statistics(
        &self,
        content: &[u8],
        preferences: &[&str],
        statistics: &[String],
        text: &str,
    ) -> Result<()> {
        if statistics.is_empty() || text.is_empty() {
            return Ok(());
        }
        remember(&self.place_of_statistics(content, preferences, statistics), text)
    }

    /// Where a dissection is kept: named by all that it depends on.
    fn place(&self, content: &[u8], besides: &[&str]) -> PathBuf {
        let mut way = Digest::default();
        way.add(self.version.as_bytes());
        way.add(&cache::FORMAT.to_le_bytes());
        way.add(PDML.concat().as_bytes());
        way.add(PREFERENCES.concat().as_bytes());
        way.add(besides.concat().as_bytes());
        self.cache.join(format!("{}-{way}.zst", Digest::of(content)))
    }

    /// Where a text is kept.
    fn place_of_text(&self, content: &[u8], arguments: &[impl AsRef<str>], form: &str) -> PathBuf {
        let mut way = Digest::default();
        way.add(self.version.as_bytes());
        arguments.iter().for_each(|argument| way.add(argument.as_ref().as_bytes()));
        way.add(form.as_bytes());
        self.cache.join(format!("{}-{way}.txt.zst", Digest::of(content)))
    }

    /// Where statistics are kept, in whichever run they were printed.
    fn place_of_statistics(
        &self,
        content: &[u8],
        preferences: &[&str],
        statistics: &[String],
    ) -> PathBuf {
        let asked = statistics.iter().map(|argument| &**argument);
        let arguments: Vec<_> = preferences.iter().copied().chain(asked).collect();
        self.place_of_text(content, &arguments, "statistics")
    }

    /// Runs tshark over a capture, with no preferences but ours, whoever runs this, and makes something of
    /// the front of what it prints.
    fn run<T>(
        &self,
        capture: &Path,
        arguments: &[impl AsRef<OsStr>],
        more: &[String],
        make: impl FnOnce(&mut dyn BufRead) -> Result<T>,
    ) -> Result<Printed<T>> {
        let mut command = Command::new("tshark");
        command.arg("-r").arg(capture).args(arguments).args(more).env("TZ", "UTC");
        command.env("WIRESHARK_CONFIG_DIR", self.cache.join("no-preferences"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().context("run tshark")?;
        let stdout = child.stdout.take().context("tshark's output")?;
        let mut stderr = child.stderr.take().context("tshark's errors")?;
        let errors = thread::spawn(move || {
            let mut text = Vec::new();
            // What cannot be read of a complaint is left out of it.
            let _ = stderr.read_to_end(&mut text);
            text
        });
        let printed = front_and_rest(BufReader::with_capacity(1 << 20, stdout), make);
        let status = child.wait()?;
        let errors = errors.join().unwrap_or_default();
        let (made, rest) = printed.with_context(|| format!("dissect {}", capture.display()))?;
        let errors = String::from_utf8_lossy(&errors);
        let complaint = if status.success() { String::new() } else { complaint(&errors) };
        Ok(Printed { made, rest, complaint })
    }
}

/// What is made of the front, and the text behind it.
fn front_and_rest<T>(
    mut output: impl BufRead,
    make: impl FnOnce(&mut dyn BufRead) -> Result<T>,
) -> Result<(T, String)> {
    let made = make(&mut output)?;
    let mut rest = String::new();
    output.read_to_string(&mut rest)?;
    Ok((made, rest))
}

/// A text that is remembered.
fn recall(place: &Path) -> Option<String> {
    String::from_utf8(zstd::decode_all(&*fs::read(place).ok()?).ok()?).ok()
}

/// Remembers a text, in one step.
fn remember(place: &Path, text: &str) -> Result<()> {
    cache::put(place, &zstd::encode_all(text.as_bytes(), cache::LEVEL)?)
}

/// The line of tshark's errors that speaks of the capture.
fn complaint(errors: &str) -> String {
    let line = errors.lines().rfind(|line| line.starts_with("tshark: "));
    line.or(errors.lines().last()).unwrap_or("tshark failed and did not say why").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_is_the_line_that_tshark_signs() {
        let errors = "Running as user \"root\" and group \"root\". This could be dangerous.\n\
            tshark: The file \"a\" appears to have been cut short in the middle of a packet.\n";
        assert!(complaint(errors).ends_with("in the middle of a packet."));
    }

    #[test]
    fn another_version_or_capture_is_another_place() {
        let tshark = |version: &str| Tshark { version: version.to_owned(), cache: PathBuf::new() };
        assert_eq!(tshark("1").place(b"a", &[]), tshark("1").place(b"a", &[]));
        assert_ne!(tshark("1").place(b"a", &[]), tshark("2").place(b"a", &[]));
        assert_ne!(tshark("1").place(b"a", &[]), tshark("1").place(b"b", &[]));
    }

    #[test]
    fn what_is_asked_is_in_the_name_of_its_place() {
        let tshark = Tshark { version: "1".to_owned(), cache: PathBuf::new() };
        let place = |preference, asked: &str| {
            tshark.place_of_statistics(b"a", &[preference], &[asked.to_owned()])
        };
        assert_ne!(place("-oa:TRUE", "-zconv,ip"), place("-oa:FALSE", "-zconv,ip"));
        assert_ne!(place("-oa:TRUE", "-zconv,ip"), place("-oa:TRUE", "-zconv,tcp"));
        let text = tshark.place_of_text(b"a", &["-oa:TRUE", "-zconv,ip"], "");
        assert_ne!(place("-oa:TRUE", "-zconv,ip"), text);
    }

    #[test]
    fn what_is_behind_the_front_is_kept_apart() {
        let line = |output: &mut dyn BufRead| {
            let mut line = String::new();
            output.read_line(&mut line)?;
            Ok(line)
        };
        let found = front_and_rest(&b"front\nrest\nof it\n"[..], line).unwrap();
        assert_eq!(found, ("front\n".to_owned(), "rest\nof it\n".to_owned()));
    }
}
