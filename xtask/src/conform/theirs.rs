//! Runs tshark over a capture, or remembers what it said the last time.

use std::collections::HashSet;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context, Result};
use rheos_layers::{IpProtocol, Key, LayerType};

use super::{cache, dissection::Dissection, pdml};
use crate::digest::Digest;

/// How tshark is run: each packet by itself, numbers as they stand on the wire, nothing guessed.
const ARGUMENTS: &[&str] = &[
    "-n",
    "-T",
    "pdml",
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
    argument: &'static str,
}

/// All of them.
pub(crate) const TOLD: [Told; 2] = [
    Told {
        capture: "made/rtp.pcap",
        key: Key::udp_port(5004),
        layer: LayerType::RTP,
        argument: "-dudp.port==5004,rtp",
    },
    Told {
        capture: "made/esp-null.pcap",
        key: Key::ip_protocol(IpProtocol::ESP),
        layer: LayerType::ESP_NULL,
        argument: "-oesp.enable_null_encryption_decode_heuristic:TRUE",
    },
];

/// What a made capture is dissected with besides.
pub(crate) fn for_made(capture: &str) -> Vec<&'static str> {
    let told = TOLD.iter().filter(|told| told.capture == capture).map(|told| told.argument);
    std::iter::once(FOR_MADE).chain(told).collect()
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

    /// Where what it says is remembered.
    pub(crate) fn cache(&self) -> &Path {
        &self.cache
    }

    /// What tshark says of a capture, whose bytes are `content`, with these arguments besides.
    pub(crate) fn dissect(
        &self,
        capture: &Path,
        content: &[u8],
        besides: &[&str],
    ) -> Result<Dissection> {
        let remembered = self.place(content, besides);
        if remembered.exists() {
            // A file that cannot be read is written anew.
            if let Ok(dissection) = cache::read(&remembered) {
                return Ok(dissection);
            }
        }
        let dissection = self.run(capture, besides)?;
        cache::write(&remembered, &dissection)?;
        Ok(dissection)
    }

    /// What tshark prints about a capture, whose bytes are `content`, with these arguments.
    pub(crate) fn print(
        &self,
        capture: &Path,
        content: &[u8],
        arguments: &[String],
    ) -> Result<String> {
        self.read(capture, content, arguments, "", |output| {
            let mut text = String::new();
            output.read_to_string(&mut text)?;
            Ok(text)
        })
    }

    /// What is made of that, which is remembered instead. `form` names how it is made.
    pub(crate) fn read(
        &self,
        capture: &Path,
        content: &[u8],
        arguments: &[String],
        form: &str,
        make: impl FnOnce(&mut dyn BufRead) -> Result<String>,
    ) -> Result<String> {
        let mut way = Digest::default();
        way.add(self.version.as_bytes());
        arguments.iter().for_each(|argument| way.add(argument.as_bytes()));
        way.add(form.as_bytes());
        let remembered = self.cache.join(format!("{}-{way}.txt.zst", Digest::of(content)));
        if let Ok(packed) = fs::read(&remembered)
            && let Ok(text) = zstd::decode_all(&*packed)
        {
            return Ok(String::from_utf8(text)?);
        }
        let mut command = self.command(capture);
        // What is wrong with a capture is told at its end, behind all that is right.
        command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().context("run tshark")?;
        let stdout = child.stdout.take().context("tshark's output")?;
        let text = make(&mut BufReader::with_capacity(1 << 20, stdout));
        child.wait()?;
        let text = text?;
        let part = remembered.with_extension("part");
        fs::write(&part, zstd::encode_all(text.as_bytes(), cache::LEVEL)?)?;
        fs::rename(&part, &remembered)?;
        Ok(text)
    }

    /// Tshark over a capture, with no preferences but ours, whoever runs this.
    fn command(&self, capture: &Path) -> Command {
        let mut command = Command::new("tshark");
        command.arg("-r").arg(capture).stdin(Stdio::null()).env("TZ", "UTC");
        command.env("WIRESHARK_CONFIG_DIR", self.cache.join("no-preferences"));
        command
    }

    /// Where a dissection is kept: named by all that it depends on.
    fn place(&self, content: &[u8], besides: &[&str]) -> PathBuf {
        let mut way = Digest::default();
        way.add(self.version.as_bytes());
        way.add(&cache::FORMAT.to_le_bytes());
        way.add(ARGUMENTS.concat().as_bytes());
        way.add(besides.concat().as_bytes());
        self.cache.join(format!("{}-{way}.zst", Digest::of(content)))
    }

    fn run(&self, capture: &Path, besides: &[&str]) -> Result<Dissection> {
        let mut child = self
            .command(capture)
            .args(ARGUMENTS)
            .args(besides)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("run tshark")?;
        let stdout = child.stdout.take().context("tshark's output")?;
        let mut stderr = child.stderr.take().context("tshark's errors")?;
        let errors = thread::spawn(move || {
            let mut text = Vec::new();
            // What cannot be read of a complaint is left out of it.
            let _ = stderr.read_to_end(&mut text);
            text
        });
        let read = pdml::read(BufReader::with_capacity(1 << 20, stdout));
        let status = child.wait()?;
        let errors = errors.join().unwrap_or_default();
        let mut dissection = read.with_context(|| format!("dissect {}", capture.display()))?;
        if !status.success() {
            dissection.complaint = complaint(&String::from_utf8_lossy(&errors));
        }
        Ok(dissection)
    }
}

/// The line of tshark's errors that speaks of the capture.
pub(crate) fn complaint(errors: &str) -> String {
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
}
