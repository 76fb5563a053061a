//! The segments of each of our connections put together by others: gopacket's reassembly, and tcpflow.
//!
//! Both get a capture of their own, in which each connection has addresses of its own: what is compared
//! is how segments become streams, and not who decodes which packet or how long ports belong to whom.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result, anyhow, ensure};
use rheos_core::{Side, Timestamp};
use rheos_flow::{FiveTuple, FlowEvent, FlowTracker, HashSeed, Inner, L4Proto};
use rheos_layers::Decoder;
use rheos_session::{Defragment, TcpSegment};

use super::{Counts, MAX_STREAMS, Stream, config, tell};
use crate::conform::differences::{self, Case, Difference};

/// The program that puts streams together with gopacket.
const GOPACKET: &str = include_str!("gopacket.go");

/// Where Debian's packages keep the sources of Go: they need no module proxy.
const GOPATH: &str = "/usr/share/gocode";

/// Bytes of a segment in one packet: a larger one is parted, since the length of IP has 16 bits.
const MOST: usize = 60_000;

/// The most bytes that are missing in a row for tcpflow, which starts another file behind 16 MiB.
const MAX_GAP: u64 = 1 << 24;

/// Bytes of a side that are read of a file: no capture here has as many.
const MOST_READ: u64 = 1 << 28;

const SYN: u8 = 2;
const FIN: u8 = 1;
const RST: u8 = 4;
const ACK: u8 = 16;

/// Those who put streams together too.
pub(super) struct Peers {
    folder: PathBuf,
    installed: Vec<Peer>,
    /// Captures that they were given.
    given: AtomicU64,
}

/// One of them.
struct Peer {
    name: &'static str,
    program: PathBuf,
    cases: Vec<Case>,
}

impl Peers {
    /// Finds those that are installed, and says who is not.
    pub(super) fn find(document: &str) -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("rheos-streams-{}", std::process::id()));
        fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
        let mut peers = Self { folder, installed: Vec::new(), given: AtomicU64::default() };
        match peers.build() {
            Ok(program) => peers.add("gopacket", program, document)?,
            Err(why) => println!("gopacket is left out: {why:#}"),
        }
        let version = Command::new("tcpflow").arg("-V").stderr(Stdio::null()).output();
        match version {
            Ok(output) => {
                println!("{}", String::from_utf8_lossy(&output.stdout).trim());
                peers.add("tcpflow", "tcpflow".into(), document)?;
            }
            Err(why) => println!("tcpflow is left out: {why}"),
        }
        Ok(peers)
    }

    /// Compiles the program.
    fn build(&self) -> Result<PathBuf> {
        let (source, program) = (self.folder.join("gopacket.go"), self.folder.join("gopacket"));
        fs::write(&source, GOPACKET)?;
        let mut command = Command::new("go");
        command.args(["build", "-o"]).args([&program, &source]);
        let command = command.env("GO111MODULE", "off").env("GOPATH", GOPATH);
        let output = command.output().context("run go")?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
        Ok(program)
    }

    fn add(&mut self, name: &'static str, program: PathBuf, document: &str) -> Result<()> {
        let cases = differences::cases_of(document, &format!("{name} case"))
            .map_err(|e| anyhow!("docs/differences.md: {e}"))?;
        self.installed.push(Peer { name, program, cases });
        Ok(())
    }

    /// Compares the streams of a capture, which are ours in the order in which they start.
    pub(super) fn compare(
        &self,
        file: &str,
        capture: &Path,
        ours: &[Stream],
        all: bool,
        found: &mut [Counts],
    ) -> Result<()> {
        if self.installed.is_empty()
            || ours.iter().flat_map(|stream| &stream.bytes).all(Vec::is_empty)
        {
            return Ok(());
        }
        let folder = self.folder.join(self.given.fetch_add(1, Ordering::Relaxed).to_string());
        fs::create_dir_all(&folder)?;
        let packets = folder.join("packets.pcap");
        fs::write(&packets, segments(capture)?)?;
        for (peer, found) in self.installed.iter().zip(found) {
            let files = folder.join(peer.name);
            fs::create_dir_all(&files)?;
            peer.run(&packets, &files)?;
            for (number, stream) in ours.iter().enumerate().take(MAX_STREAMS) {
                peer.compare(file, number, stream, &files, all, found)?;
            }
        }
        fs::remove_dir_all(&folder)?;
        Ok(())
    }

    /// Prints how many streams are equal, and says whether all others are explained.
    pub(super) fn report(&self, found: impl IntoIterator<Item = Counts>, files: &[String]) -> bool {
        let mut is_well = true;
        for (peer, found) in self.installed.iter().zip(found) {
            let (Peer { name, cases, .. }, Counts { whole, with_gaps, unexplained }) =
                (peer, found);
            println!(
                "{} of {} streams without loss equal {name}'s, {} of {} with loss; \
                 {unexplained} unexplained",
                whole.equal, whole.all, with_gaps.equal, with_gaps.all
            );
            is_well &= unexplained == 0;
            for case in cases {
                if case.is_out_of_date(files.iter().map(String::as_str)) {
                    println!("docs/differences.md: \"{}\" is seen no more where it was", case.name);
                    is_well = false;
                }
            }
        }
        is_well
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        // A folder that cannot be removed now is left to whoever clears the temporary files.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Peer {
    /// Lets the peer write a file for each side of each connection.
    fn run(&self, packets: &Path, folder: &Path) -> Result<()> {
        let mut command = Command::new(&self.program);
        if self.name == "tcpflow" {
            command.args(["-q", "-r"]).arg(packets).arg("-o").arg(folder);
        } else {
            command.arg(packets).arg(folder);
        }
        let output = command.output().with_context(|| format!("run {}", self.name))?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{}: {}", self.name, errors.trim());
        Ok(())
    }

    /// Compares the two sides of a connection.
    fn compare(
        &self,
        capture: &str,
        number: usize,
        ours: &Stream,
        folder: &Path,
        all: bool,
        found: &mut Counts,
    ) -> Result<()> {
        let mut sides = Vec::new();
        for side in [Side::Initiator, Side::Responder] {
            let path = folder.join(name(number, side));
            let theirs = if path.exists() { front(&path)? } else { Vec::new() };
            sides.push((side, theirs));
        }
        if ours.bytes.iter().chain(sides.iter().map(|(_, theirs)| theirs)).all(Vec::is_empty) {
            return Ok(());
        }
        let has_gap = ours.has_gap
            || sides.iter().any(|(side, _)| folder.join(name(number, *side) + ".gap").exists());
        let mut is_equal = true;
        for ((side, theirs), (bytes, gaps)) in sides.iter().zip(ours.bytes.iter().zip(&ours.gaps)) {
            let filled;
            let ours = if self.name == "tcpflow" {
                filled = with_zeros(bytes, gaps);
                &filled
            } else {
                bytes
            };
            if theirs == ours {
                continue;
            }
            is_equal = false;
            let field = if *side == Side::Initiator { "initiator" } else { "responder" };
            let (theirs, ours) = tell(theirs, ours);
            let difference =
                Difference { capture, field, theirs: &theirs, ours: &ours, malformed: has_gap };
            let is_explained = self.cases.iter().any(|case| case.explains(&difference));
            found.unexplained += u64::from(!is_explained);
            if all || !is_explained {
                let loss = if has_gap { ", with loss" } else { "" };
                let name = self.name;
                println!("{capture} {number} {field}{loss}: {name} {theirs}; ours {ours}");
            }
        }
        let count = found.of(has_gap);
        count.all += 1;
        count.equal += u64::from(is_equal);
        Ok(())
    }
}

/// The bytes of a side with zeros where some are missing, if others follow: a file has no others.
fn with_zeros(bytes: &[u8], gaps: &[(usize, u64)]) -> Vec<u8> {
    let (mut filled, mut from) = (Vec::new(), 0);
    for &(at, len) in gaps.iter().filter(|(at, _)| *at < bytes.len()) {
        filled.extend_from_slice(bytes.get(from..at).unwrap_or_default());
        let len = usize::try_from(len.min(MAX_GAP)).unwrap_or_default();
        filled.resize(filled.len() + len, 0);
        from = at;
    }
    filled.extend_from_slice(bytes.get(from..).unwrap_or_default());
    filled
}

/// A file, as far as it is read: one with a hole of gigabytes is different in any case.
fn front(path: &Path) -> Result<Vec<u8>> {
    let mut front = Vec::new();
    File::open(path)?.take(MOST_READ).read_to_end(&mut front)?;
    Ok(front)
}

/// The name of the file of a side, as tcpflow has it: what it sent.
fn name(connection: usize, side: Side) -> String {
    let end = |side| {
        let ([a, b, c, d], port) = end(connection, side);
        format!("{a:03}.{b:03}.{c:03}.{d:03}.{port:05}")
    };
    format!("{}-{}", end(side), end(!side))
}

/// The address of a side, which ends with the connection's number, and a port that has no protocol.
fn end(connection: usize, side: Side) -> ([u8; 4], u16) {
    let [.., a, b, c] = connection.to_be_bytes();
    match side {
        Side::Initiator => ([10, a, b, c], 40_001),
        Side::Responder => ([11, a, b, c], 40_002),
    }
}

/// A capture of the segments of our connections, as far as they are compared.
fn segments(capture: &Path) -> Result<Vec<u8>> {
    let decoder = Decoder::default();
    let mut defragment = Defragment::new(&decoder);
    let extractor = Inner::most(&decoder, FiveTuple::new(&decoder));
    let mut tracker = FlowTracker::with_config(extractor, config().tracker, HashSeed::random());
    // Little-endian, nanoseconds, packets of any length, Ethernet.
    let mut out = b"\x4d\x3c\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\x01\0\0\0".to_vec();
    let (mut numbers, mut count) = (HashMap::new(), 0_usize);
    let mut packets = rheos_pcap::open(capture)?;
    while let Ok(Some(raw)) = packets.next_packet() {
        let Some(raw) = defragment.push(&raw) else { continue };
        let segment = TcpSegment::read(tracker.extractor(), &raw);
        tracker.track(&raw, &mut |event: &FlowEvent<'_, _>| match event {
            FlowEvent::Started { id, flow, .. } if flow.l4 == Some(L4Proto::Tcp) => {
                numbers.insert((id.index, id.generation), count);
                count += 1;
            }
            FlowEvent::Packet { id, side, .. } => {
                let number = numbers.get(&(id.index, id.generation)).copied();
                if let (Some(segment), Some(number)) = (&segment, number)
                    && number < MAX_STREAMS
                {
                    write(&mut out, number, *side, segment);
                }
            }
            _ => {}
        });
    }
    Ok(out)
}

/// Writes a segment as a packet, or as several if it is too long for one.
fn write(out: &mut Vec<u8>, connection: usize, side: Side, tcp: &TcpSegment<'_>) {
    let segment = &tcp.segment;
    let mut parts: Vec<_> = segment.payload.chunks(MOST).collect();
    if parts.is_empty() {
        parts.push(&[]);
    }
    let last = parts.len() - 1;
    let ends = [end(connection, side), end(connection, !side)];
    let mut sequence = segment.sequence;
    for (place, part) in parts.into_iter().enumerate() {
        let cut = (segment.length as usize).saturating_sub(segment.payload.len());
        let cut = if place == last { cut.min(usize::from(u16::MAX) - 40 - part.len()) } else { 0 };
        let (is_first, is_last) = (place == 0, place == last);
        let flag = |is: bool, flag: u8| if is { flag } else { 0 };
        let flags = flag(segment.syn && is_first, SYN)
            | flag(segment.fin && is_last, FIN)
            | flag(segment.rst && is_last, RST)
            | flag(tcp.acknowledgment.is_some(), ACK);
        let captured = 54 + part.len();
        let whole = captured + cut;
        let time = segment.timestamp.max(Timestamp::from_secs(0, 0));
        let seconds = time.as_nanos() / 1_000_000_000;
        // Times of a capture that was damaged may be of another century.
        out.extend(u32::try_from(seconds).unwrap_or_default().to_le_bytes());
        out.extend(time.subsec_nanos().to_le_bytes());
        out.extend([captured, whole].iter().flat_map(|len| (*len as u32).to_le_bytes()));
        out.extend(b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\0\x45\0");
        out.extend(((whole - 14) as u16).to_be_bytes());
        out.extend(b"\0\0\0\0\x40\x06\0\0");
        out.extend(ends.iter().flat_map(|(address, _)| *address));
        out.extend(ends.iter().flat_map(|(_, port)| port.to_be_bytes()));
        out.extend(sequence.0.to_be_bytes());
        out.extend(tcp.acknowledgment.map_or(0, |number| number.0).to_be_bytes());
        out.extend([0x50, flags]);
        out.extend(tcp.window.to_be_bytes());
        out.extend([0; 4]);
        out.extend_from_slice(part);
        sequence = sequence + (part.len() as u32 + u32::from(segment.syn && is_first));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_is_named_as_its_file_is() {
        assert_eq!(name(258, Side::Initiator), "010.000.001.002.40001-011.000.001.002.40002");
        assert_eq!(name(258, Side::Responder), "011.000.001.002.40002-010.000.001.002.40001");
    }

    #[test]
    fn zeros_stand_for_what_is_missing_in_front_of_others() {
        assert_eq!(with_zeros(b"abc", &[(0, 1), (2, 3), (3, 9)]), b"\0ab\0\0\0c");
    }
}
