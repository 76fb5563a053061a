//! `cargo xtask conform streams`: our streams of TCP beside those that tshark follows, and beside those
//! that gopacket's reassembly and tcpflow put together of the same segments.

use std::collections::HashMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use rheos_core::Side;
use rheos_flow::{FiveTuple, FiveTupleKey, Inner};
use rheos_layers::Decoder;
use rheos_session::{Defragment, StreamEvent, TcpStreams, TcpStreamsConfig};

use super::corpus;
use super::differences::{self, Case, Difference};
use super::l7;
use super::theirs::Tshark;
use peers::Peers;

mod peers;

/// Streams asked of tshark at once: each is a tap that looks at every packet.
const BATCH: usize = 200;

/// Streams compared of one capture. The time that tshark takes grows with their square; what is left
/// out is told.
const MAX_STREAMS: usize = 2000;

/// Streams asked for beyond those that we found, since tshark may find more.
const MORE: usize = 20;

/// Part of the streams without loss that are to be equal, in hundredths of a per cent.
const TARGET: u64 = 9900;

/// How long a connection stays without a packet: to tshark it lasts as long as the capture.
const FOR_EVER: std::time::Duration = std::time::Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// What to compare.
#[derive(clap::Args, Default)]
pub(crate) struct Options {
    /// A folder of captures; by default the captures beside the repository, or docs/captures
    folder: Option<PathBuf>,
    /// Print every stream that differs, those that are explained too
    #[arg(long)]
    all: bool,
}

/// What both sides of a connection said.
#[derive(Debug, Default, PartialEq, Eq)]
struct Stream {
    /// Who sent the first of the two.
    ends: [Option<SocketAddr>; 2],
    bytes: [Vec<u8>; 2],
    /// Whether something is missing.
    has_gap: bool,
    /// Bytes in front of each gap, and how many are missing there: what tshark prints does not say it.
    gaps: [Vec<(usize, u64)>; 2],
}

impl Stream {
    fn side(&mut self, side: Side) -> &mut Vec<u8> {
        let [first, second] = &mut self.bytes;
        if side == Side::Initiator { first } else { second }
    }

    fn gap(&mut self, side: Side, len: u64) {
        let at = self.side(side).len();
        let [first, second] = &mut self.gaps;
        let gaps = if side == Side::Initiator { first } else { second };
        gaps.push((at, len));
        self.has_gap = true;
    }
}

/// How many streams are equal, of how many.
#[derive(Clone, Copy, Default)]
struct Count {
    equal: u64,
    all: u64,
}

impl Count {
    fn add(&mut self, other: Self) {
        self.equal += other.equal;
        self.all += other.all;
    }
}

/// Streams beside those of somebody else.
#[derive(Clone, Copy, Default)]
struct Counts {
    whole: Count,
    with_gaps: Count,
    unexplained: u64,
}

impl Counts {
    fn of(&mut self, has_gap: bool) -> &mut Count {
        if has_gap { &mut self.with_gaps } else { &mut self.whole }
    }

    fn add(&mut self, other: Self) {
        self.whole.add(other.whole);
        self.with_gaps.add(other.with_gaps);
        self.unexplained += other.unexplained;
    }
}

/// What comparing has found.
#[derive(Clone, Copy, Default)]
struct Found {
    tshark: Counts,
    left_out: u64,
    peers: [Counts; 2],
}

/// What the workers share.
struct Run<'a> {
    folder: &'a Path,
    tshark: Tshark,
    peers: Peers,
    cases: Vec<Case>,
    all: bool,
}

/// Compares. All is well if enough streams are equal, and each other is explained.
pub(crate) fn run(root: &Path, options: &Options) -> Result<bool> {
    let folder = options.folder.clone().unwrap_or_else(|| corpus::default_folder(root));
    let document = fs::read_to_string(root.join("docs/differences.md")).unwrap_or_default();
    let run = Run {
        folder: &folder,
        tshark: Tshark::find(root.join("target/conform-cache"))?,
        peers: Peers::find(&document)?,
        cases: differences::cases_of(&document, "stream case")
            .map_err(|e| anyhow!("docs/differences.md: {e}"))?,
        all: options.all,
    };
    println!("{}", run.tshark.version());
    let (files, mut found) = (corpus::files(&folder)?, Found::default());
    for own in corpus::each(&files, |file, found| run.capture(file, found))? {
        found.add(own);
    }
    let captures = || files.iter().map(String::as_str);
    let old: Vec<&Case> = run.cases.iter().filter(|case| case.is_out_of_date(captures())).collect();
    for case in &old {
        println!("docs/differences.md: \"{}\" is seen no more where it was", case.name);
    }
    let Found { tshark: Counts { whole, with_gaps, unexplained }, left_out, peers } = found;
    // Hundredths of a per cent, rounded down.
    let share = 10_000 * whole.equal / whole.all.max(1);
    println!(
        "{} of {} streams without loss equal tshark's ({}.{:02} %), {} of {} with loss; \
         {left_out} left out; {unexplained} unexplained",
        whole.equal,
        whole.all,
        share / 100,
        share % 100,
        with_gaps.equal,
        with_gaps.all
    );
    let peers_agree = run.peers.report(peers, &files);
    Ok(share >= TARGET && unexplained == 0 && old.is_empty() && peers_agree)
}

impl Found {
    fn add(&mut self, other: Self) {
        self.tshark.add(other.tshark);
        self.left_out += other.left_out;
        for (own, other) in self.peers.iter_mut().zip(other.peers) {
            own.add(other);
        }
    }
}

impl Run<'_> {
    /// Compares the streams of a capture.
    fn capture(&self, file: &str, found: &mut Found) -> Result<()> {
        let Some((path, content)) = corpus::read(self.folder, file)? else { return Ok(()) };
        // What cannot be read has no streams; that it cannot is compared by the layers.
        let Ok(ours) = ours(&path) else { return Ok(()) };
        if ours.is_empty() {
            return Ok(());
        }
        self.peers.compare(file, &path, &ours, self.all, &mut found.peers)?;
        let theirs = theirs(&self.tshark, &path, &content, ours.len() + MORE)?;
        if ours.len() > MAX_STREAMS {
            println!("{file}: {} of {} streams are left out", ours.len() - MAX_STREAMS, ours.len());
            found.left_out += (ours.len() - MAX_STREAMS) as u64;
        }
        for (number, (theirs, ours)) in pairs(theirs, ours).into_iter().enumerate() {
            self.pair(file, number, &theirs, &ours, &mut found.tshark);
        }
        Ok(())
    }

    /// Compares a stream.
    fn pair(&self, file: &str, number: usize, theirs: &Stream, ours: &Stream, found: &mut Counts) {
        let has_gap = ours.has_gap || theirs.has_gap;
        let mut is_equal = true;
        for (side, (theirs, ours)) in theirs.bytes.iter().zip(&ours.bytes).enumerate() {
            if theirs == ours {
                continue;
            }
            is_equal = false;
            let field = if side == 0 { "initiator" } else { "responder" };
            let (theirs, ours) = tell(theirs, ours);
            let difference = Difference {
                capture: file,
                field,
                theirs: &theirs,
                ours: &ours,
                malformed: has_gap,
            };
            let is_explained = self.cases.iter().any(|case| case.explains(&difference));
            found.unexplained += u64::from(!is_explained);
            if self.all || !is_explained {
                println!("{file} {number} {field}: {theirs}; ours {ours}");
            }
        }
        let count = found.of(has_gap);
        count.all += 1;
        count.equal += u64::from(is_equal);
    }
}

/// How both versions are shown: their lengths, and where they part.
fn tell(theirs: &[u8], ours: &[u8]) -> (String, String) {
    let at = theirs.iter().zip(ours).take_while(|(a, b)| a == b).count();
    (format!("{} bytes", theirs.len()), format!("{} bytes, other from {at} on", ours.len()))
}

/// Our streams of a capture, in the order in which they start.
fn ours(capture: &Path) -> Result<Vec<Stream>> {
    let decoder = Decoder::default();
    let mut defragment = Defragment::new(&decoder);
    let extractor = Inner::most(&decoder, FiveTuple::new(&decoder));
    let mut streams = TcpStreams::with_config(extractor, config());
    let mut found: Vec<Stream> = Vec::new();
    let mut sink = |event: &StreamEvent<'_, FiveTupleKey>| {
        let connection = event.connection();
        let number = connection.number as usize;
        found.resize_with(found.len().max(number + 1), Stream::default);
        let Some(stream) = found.get_mut(number) else { return };
        let (initiator, responder) = connection.key.endpoints(connection.initiator);
        stream.ends = [Some(initiator), Some(responder)];
        match event {
            StreamEvent::Data { side, chunk, .. } => {
                stream.side(*side).extend(chunk.bytes);
            }
            StreamEvent::Gap { side, gap, .. } => stream.gap(*side, gap.len),
            _ => {}
        }
    };
    let mut packets = rheos_pcap::open(capture)?;
    while let Ok(Some(raw)) = packets.next_packet() {
        if let Some(raw) = defragment.push(&raw) {
            streams.push(&raw, &mut sink);
        }
    }
    streams.finish(&mut sink);
    Ok(found)
}

/// Connections that last as long as the capture.
fn config() -> TcpStreamsConfig {
    let mut config = TcpStreamsConfig::default();
    let tracker = &mut config.tracker;
    tracker.idle_timeout_tcp = FOR_EVER;
    tracker.handshake_timeout = FOR_EVER;
    tracker.closing_timeout = FOR_EVER;
    tracker.closed_timeout = FOR_EVER;
    config
}

/// The streams that tshark follows, in the order of their numbers. What parsers are compared with is read in the
/// same run: what is followed depends on none of its preferences.
fn theirs(tshark: &Tshark, path: &Path, content: &[u8], count: usize) -> Result<Vec<Stream>> {
    let count = count.min(MAX_STREAMS);
    let mut streams = Vec::new();
    for first in (0..count).step_by(BATCH) {
        let batch = first..count.min(first + BATCH);
        let follow = |number| format!("-zfollow,tcp,raw,{number}");
        let statistics: Vec<_> = batch.clone().map(follow).collect();
        let text = tshark.statistics_beside(path, content, &l7::asked(), &statistics)?;
        let mut followed = followed(&text).with_context(|| path.display().to_string())?;
        streams.extend(batch.map_while(|number| followed.remove(&number)));
    }
    Ok(streams)
}

/// What tshark prints of streams, by their numbers; not those that are not there.
fn followed(text: &str) -> Result<HashMap<usize, Stream>> {
    let mut streams = HashMap::new();
    let (mut number, mut stream) = (0, Stream::default());
    for line in text.lines() {
        if let Some(filter) = line.strip_prefix("Filter: tcp.stream eq ") {
            number = filter.parse()?;
            stream = Stream::default();
        } else if let Some(end) = line.strip_prefix("Node 0: ") {
            stream.ends[0] = end.parse().ok();
        } else if let Some(end) = line.strip_prefix("Node 1: ") {
            stream.ends[1] = end.parse().ok();
        } else if line.starts_with('=') {
            if stream.ends.iter().any(Option::is_some) {
                streams.insert(number, std::mem::take(&mut stream));
            }
        } else if !line.is_empty() && !line.starts_with("Follow: ") {
            let side = if line.starts_with('\t') { Side::Responder } else { Side::Initiator };
            let bytes = unhex(line.trim_start())?;
            if is_mark(&bytes) {
                stream.has_gap = true;
            } else {
                stream.side(side).extend(bytes);
            }
        }
    }
    Ok(streams)
}

/// Whether this is what tshark puts in the place of bytes that are missing.
fn is_mark(bytes: &[u8]) -> bool {
    let text = bytes
        .strip_prefix(b"[")
        .and_then(|rest| rest.strip_suffix(b" bytes missing in capture file]\0"));
    text.is_some_and(|number| number.iter().all(u8::is_ascii_digit))
}

fn unhex(digits: &str) -> Result<Vec<u8>> {
    let pair = |pair: &[u8]| {
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let (high, low) = (digit(*pair.first()?)?, digit(*pair.get(1)?)?);
        Some((high << 4 | low) as u8)
    };
    let bytes: Option<Vec<_>> = digits.as_bytes().chunks(2).map(pair).collect();
    bytes.with_context(|| format!("no hexadecimal digits: {digits}"))
}

/// Puts streams between the same ends beside each other, in their order. What one side has more of
/// them counts if it has bytes.
fn pairs(theirs: Vec<Stream>, ours: Vec<Stream>) -> Vec<(Stream, Stream)> {
    let mut waiting: HashMap<[Option<SocketAddr>; 2], Vec<Stream>> = HashMap::new();
    for mut stream in ours.into_iter().rev() {
        if stream.ends[0] > stream.ends[1] {
            stream = turned(stream);
        }
        waiting.entry(stream.ends).or_default().push(stream);
    }
    let mut pairs = Vec::new();
    for stream in theirs {
        let is_turned = stream.ends[0] > stream.ends[1];
        let mut sorted = stream.ends;
        sorted.sort();
        let ours = waiting.get_mut(&sorted).and_then(Vec::pop).unwrap_or_default();
        pairs.push((stream, if is_turned { turned(ours) } else { ours }));
    }
    let left = waiting.into_values().flatten().map(|ours| (Stream::default(), ours));
    pairs.extend(left);
    pairs.retain(|(theirs, ours)| {
        theirs.bytes.iter().chain(&ours.bytes).any(|bytes| !bytes.is_empty())
    });
    pairs
}

/// The same, seen from the other side.
fn turned(stream: Stream) -> Stream {
    let Stream { ends: [a, b], bytes: [first, second], has_gap, gaps: [front, back] } = stream;
    Stream { ends: [b, a], bytes: [second, first], has_gap, gaps: [back, front] }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\n====\nFollow: tcp,raw\nFilter: tcp.stream eq 7\nNode 0: :0\nNode 1: :0\n\
        ====\n\n====\nFollow: tcp,raw\nFilter: tcp.stream eq 1\nNode 0: 10.0.0.2:80\n\
        Node 1: [::1]:9\n6162\n\t7a\n5b38206279746573206d697373696e6720696e20636170747572652066696c65\
        5d00\n63\n====\n";

    #[test]
    fn what_tshark_prints_is_read_with_its_gaps() {
        let found = followed(TEXT).unwrap();
        assert_eq!(found.len(), 1);
        let ends = ["10.0.0.2:80", "[::1]:9"].map(|end| end.parse().ok());
        let bytes = [b"abc".to_vec(), b"z".to_vec()];
        assert_eq!(found[&1], Stream { ends, bytes, has_gap: true, ..Stream::default() });
    }

    #[test]
    fn streams_are_paired_by_their_ends_whoever_began() {
        let stream = |turn: bool, bytes: &[u8]| {
            let ends = ["10.0.0.1:1", "10.0.0.2:2"].map(|end| end.parse().ok());
            let bytes = [bytes.to_vec(), vec![]];
            let stream = Stream { ends, bytes, ..Stream::default() };
            if turn { turned(stream) } else { stream }
        };
        let theirs = vec![stream(false, b"a"), stream(true, b"b"), stream(false, b"")];
        let ours =
            vec![stream(true, b"a"), stream(false, b"b"), stream(true, b""), stream(false, b"c")];
        let found = pairs(theirs, ours);
        assert_eq!(found.len(), 3, "what has no bytes is no stream");
        assert!(found[..2].iter().all(|(theirs, ours)| theirs.bytes == ours.bytes));
        assert_eq!(found[2].0, Stream::default());
    }
}
