//! From a file in the page cache to its packets.

use std::fs::File;
use std::hint::black_box;
use std::io::Read;
use std::path::Path;

use pcap_file::pcap::PcapReader;
use pcap_file::pcapng::Block as FileBlock;
use pcap_file::pcapng::PcapNgReader;
use pcap_parser::traits::PcapReaderIterator;
use pcap_parser::{Block, LegacyPcapReader, PcapBlockOwned, PcapError, PcapNGReader};

use crate::capture::BUFFER;
use crate::{Error, Input, Job, Task, Way, Written};

/// Bytes asked of the system at a time by the reference.
const PIECE: usize = 1 << 20;
/// Bytes asked of a decompressor at a time: what stays in the second-level cache.
const UNPACKED: usize = 1 << 17;
/// Reading what is packed should wait for nothing but its unpacking.
const UNPACK: f64 = 1.1;
/// pcap-parser has no buffer of its own choice, and none that grows: this holds the block of any packet
/// up to 256 KiB.
const PARSER_BUFFER: usize = 1 << 19;
/// What a block has beside its packet, at most, in the files that are written here.
const AROUND: usize = 64;

/// Reading a pcap file.
pub(crate) fn pcap<'a>(input: &'a Input<'a>) -> Job<'a> {
    let path = input.written.pcap.as_path();
    let mut ways = vec![
        way("rheos open", path, rheos),
        pieces(path).budget(1.3),
        way("pcap-file PcapReader", path, |path, seen| {
            file_packets(PcapReader::new(File::open(path)?)?, seen)
        }),
        way("pcap-parser LegacyPcapReader, 512 KiB", path, |path, seen| {
            let reader = LegacyPcapReader::new(PARSER_BUFFER, File::open(path)?);
            parser(&mut reader.map_err(|error| error.to_string())?, seen)
        }),
    ];
    if fits(input) {
        ways.push(way("pcap-file PcapReader, 256 KiB", path, |path, seen| {
            file_packets(PcapReader::with_capacity(File::open(path)?, BUFFER)?, seen)
        }));
        ways.push(way("pcap-parser LegacyPcapReader, 256 KiB", path, |path, seen| {
            let reader = LegacyPcapReader::new(BUFFER, File::open(path)?);
            parser(&mut reader.map_err(|error| error.to_string())?, seen)
        }));
    }
    ways.extend(input.gopacket.as_ref().and_then(|go| go.files(Task::ReadPcap, path)));
    Job { name: "read pcap", packets: input.written.packets, ways }
}

/// Reading a pcapng file.
pub(crate) fn pcapng<'a>(input: &'a Input<'a>) -> Job<'a> {
    let path = input.written.pcapng.as_path();
    let mut ways = vec![
        way("rheos open", path, rheos),
        pieces(path).budget(1.5),
        way("pcap-file PcapNgReader", path, |path, seen| {
            file_blocks(PcapNgReader::new(File::open(path)?)?, seen)
        }),
        way("pcap-parser PcapNGReader, 512 KiB", path, |path, seen| {
            let reader = PcapNGReader::new(PARSER_BUFFER, File::open(path)?);
            parser(&mut reader.map_err(|error| error.to_string())?, seen)
        }),
        way("pcarp Capture", path, |path, seen| {
            for packet in pcarp::Capture::new(File::open(path)?) {
                seen.packet(&packet?.data);
            }
            Ok(())
        }),
    ];
    if fits(input) {
        ways.push(way("pcap-file PcapNgReader, 256 KiB", path, |path, seen| {
            file_blocks(PcapNgReader::with_capacity(File::open(path)?, BUFFER)?, seen)
        }));
        ways.push(way("pcap-parser PcapNGReader, 256 KiB", path, |path, seen| {
            let reader = PcapNGReader::new(BUFFER, File::open(path)?);
            parser(&mut reader.map_err(|error| error.to_string())?, seen)
        }));
    }
    ways.extend(input.gopacket.as_ref().and_then(|go| go.files(Task::ReadPcapNg, path)));
    Job { name: "read pcapng", packets: input.written.packets, ways }
}

/// Whether peers whose buffers do not grow can read the files with as much as rheos takes.
fn fits(input: &Input<'_>) -> bool {
    input.frames.iter().all(|frame| frame.data.len() + AROUND < BUFFER)
}

/// Reading a pcap file packed by gzip.
pub(crate) fn gzip(written: &Written) -> Job<'_> {
    let unpack = whole("flate2 alone", || {
        drain(flate2::read::MultiGzDecoder::new(File::open(written.gzip()?)?))
    });
    let ways = vec![whole("rheos open", || count(written.gzip()?, rheos)), unpack.budget(UNPACK)];
    Job { name: "read pcap.gz", packets: written.packets, ways }
}

/// The same packed by zstd.
pub(crate) fn zstd(written: &Written) -> Job<'_> {
    let unpack = whole("zstd alone", || {
        drain(zstd::stream::read::Decoder::new(File::open(written.zstd()?)?)?)
    });
    let ways = vec![whole("rheos open", || count(written.zstd()?, rheos)), unpack.budget(UNPACK)];
    Job { name: "read pcap.zst", packets: written.packets, ways }
}

/// The whole file from the system, and nothing else.
fn pieces(path: &Path) -> Way<'_> {
    whole("read(2) of 1 MiB", move || read_out(File::open(path)?, PIECE))
}

fn drain(unpacked: impl Read) -> Result<Option<u64>, Error> {
    read_out(unpacked, UNPACKED)
}

fn read_out(mut reader: impl Read, size: usize) -> Result<Option<u64>, Error> {
    let mut piece = vec![0; size];
    while reader.read(&mut piece)? > 0 {
        black_box(&piece);
    }
    Ok(None)
}

/// What a reader has read.
#[derive(Default)]
struct Seen {
    packets: u64,
    bytes: usize,
}

impl Seen {
    #[inline]
    fn packet(&mut self, data: &[u8]) {
        self.packets += 1;
        self.bytes += data.len();
    }
}

/// A reader that shows each packet it reads.
fn way<'a>(
    name: &'static str,
    path: &'a Path,
    read: impl Fn(&Path, &mut Seen) -> Result<(), Error> + 'a,
) -> Way<'a> {
    whole(name, move || count(path, &read))
}

/// A pass that is measured as a whole, as a file is read: not by stretches, which end between two reads
/// and are counted by the loop that is measured. The first one packs the file where it has to be packed;
/// it is none of the shortest.
fn whole<'a>(name: &'static str, read: impl Fn() -> Result<Option<u64>, Error> + 'a) -> Way<'a> {
    Way::new(name, move |laps| {
        let answers = read()?;
        laps.end();
        Ok(answers)
    })
}

fn count(
    path: &Path,
    read: impl Fn(&Path, &mut Seen) -> Result<(), Error>,
) -> Result<Option<u64>, Error> {
    let mut seen = Seen::default();
    read(path, &mut seen)?;
    black_box(seen.bytes);
    Ok(Some(seen.packets))
}

fn rheos(path: &Path, seen: &mut Seen) -> Result<(), Error> {
    let mut capture = rheos_pcap::open(path)?;
    while let Some(packet) = capture.next_packet()? {
        seen.packet(packet.data);
    }
    Ok(())
}

fn file_packets(mut reader: PcapReader<File>, seen: &mut Seen) -> Result<(), Error> {
    while let Some(packet) = reader.next_packet() {
        seen.packet(packet?.data());
    }
    Ok(())
}

fn file_blocks(mut reader: PcapNgReader<File>, seen: &mut Seen) -> Result<(), Error> {
    while let Some(block) = reader.next_block() {
        if let (FileBlock::EnhancedPacket(packet), _) = block? {
            seen.packet(&packet.data);
        }
    }
    Ok(())
}

fn parser(reader: &mut impl PcapReaderIterator, seen: &mut Seen) -> Result<(), Error> {
    loop {
        let used = match reader.next() {
            Ok((used, block)) => {
                match block {
                    PcapBlockOwned::Legacy(packet) => seen.packet(packet.data),
                    PcapBlockOwned::NG(Block::EnhancedPacket(packet)) => seen.packet(packet.data),
                    _ => {}
                }
                used
            }
            Err(PcapError::Eof) => return Ok(()),
            Err(PcapError::Incomplete(_)) => {
                reader.refill().map_err(|error| error.to_string())?;
                continue;
            }
            Err(error) => return Err(error.to_string().into()),
        };
        reader.consume(used);
    }
}
