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

use crate::{Error, Input, Job, Laps, Task, Way, Written};

/// Bytes asked of the system at a time by the reference.
const PIECE: usize = 1 << 20;
/// Bytes asked of a decompressor at a time: what stays in the second-level cache.
const UNPACKED: usize = 1 << 17;
/// Reading what is packed should wait for nothing but its unpacking.
const UNPACK: f64 = 1.1;
/// pcap-parser's buffer does not grow: this holds the block of any packet up to 256 KiB.
const PARSER_BUFFER: usize = 1 << 19;

/// Reading a pcap file.
pub(crate) fn pcap<'a>(input: &'a Input<'a>) -> Job<'a> {
    let path = input.written.pcap.as_path();
    let mut ways = vec![
        way("rheos open", path, rheos),
        pieces(path).budget(1.3),
        way("pcap-file PcapReader", path, |path, seen| {
            let mut reader = PcapReader::new(File::open(path)?)?;
            while let Some(packet) = reader.next_packet() {
                seen.packet(packet?.data());
            }
            Ok(())
        }),
        way("pcap-parser LegacyPcapReader", path, |path, seen| {
            let reader = LegacyPcapReader::new(PARSER_BUFFER, File::open(path)?);
            parser(&mut reader.map_err(|error| error.to_string())?, seen)
        }),
    ];
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
            let mut reader = PcapNgReader::new(File::open(path)?)?;
            while let Some(block) = reader.next_block() {
                if let (FileBlock::EnhancedPacket(packet), _) = block? {
                    seen.packet(&packet.data);
                }
            }
            Ok(())
        }),
        way("pcap-parser PcapNGReader", path, |path, seen| {
            let reader = PcapNGReader::new(PARSER_BUFFER, File::open(path)?);
            parser(&mut reader.map_err(|error| error.to_string())?, seen)
        }),
    ];
    ways.push(way("pcarp Capture", path, |path, seen| {
        for packet in pcarp::Capture::new(File::open(path)?) {
            seen.packet(&packet?.data);
        }
        Ok(())
    }));
    ways.extend(input.gopacket.as_ref().and_then(|go| go.files(Task::ReadPcapNg, path)));
    Job { name: "read pcapng", packets: input.written.packets, ways }
}

/// Reading a pcap file packed by gzip.
pub(crate) fn gzip(written: &Written) -> Job<'_> {
    let unpack = whole("flate2 alone", || {
        drain(flate2::read::MultiGzDecoder::new(File::open(written.gzip()?)?)).map(|()| None)
    });
    let ways = vec![whole("rheos open", || count(written.gzip()?)), unpack.budget(UNPACK)];
    Job { name: "read pcap.gz", packets: written.packets, ways }
}

/// The same packed by zstd.
pub(crate) fn zstd(written: &Written) -> Job<'_> {
    let unpack = whole("zstd alone", || {
        drain(zstd::stream::read::Decoder::new(File::open(written.zstd()?)?)?).map(|()| None)
    });
    let ways = vec![whole("rheos open", || count(written.zstd()?)), unpack.budget(UNPACK)];
    Job { name: "read pcap.zst", packets: written.packets, ways }
}

/// A pass that is measured as a whole: with two threads, a packet is there when the other has
/// unpacked it, in whatever stretch. The first pass packs the file; it is none of the shortest.
fn whole<'a>(name: &'static str, read: impl Fn() -> Result<Option<u64>, Error> + 'a) -> Way<'a> {
    Way::new(name, move |laps| {
        let answers = read()?;
        laps.end();
        Ok(answers)
    })
}

fn count(path: &Path) -> Result<Option<u64>, Error> {
    let (mut capture, mut bytes) = (rheos_pcap::open(path)?, 0);
    while let Some(packet) = capture.next_packet()? {
        bytes += packet.data.len();
    }
    black_box(bytes);
    Ok(Some(capture.packets_read()))
}

fn drain(mut reader: impl Read) -> Result<(), Error> {
    let mut piece = vec![0; UNPACKED];
    while reader.read(&mut piece)? > 0 {
        black_box(&piece);
    }
    Ok(())
}

/// The whole file from the system, and nothing else.
fn pieces(path: &Path) -> Way<'_> {
    Way::new("read(2) of 1 MiB", move |laps| {
        let (mut file, mut piece) = (File::open(path)?, vec![0; PIECE]);
        while file.read(&mut piece)? > 0 {
            black_box(&piece);
            laps.end();
        }
        laps.end();
        Ok(None)
    })
}

/// What a reader has read.
struct Seen<'a> {
    packets: u64,
    bytes: usize,
    laps: &'a mut Laps,
}

impl Seen<'_> {
    #[inline]
    fn packet(&mut self, data: &[u8]) {
        self.packets += 1;
        self.bytes += data.len();
        self.laps.packet();
    }
}

/// A reader that shows each packet it reads.
fn way<'a>(
    name: &'static str,
    path: &'a Path,
    read: impl Fn(&Path, &mut Seen<'_>) -> Result<(), Error> + 'a,
) -> Way<'a> {
    Way::new(name, move |laps| {
        let mut seen = Seen { packets: 0, bytes: 0, laps };
        read(path, &mut seen)?;
        black_box(seen.bytes);
        seen.laps.end();
        Ok(Some(seen.packets))
    })
}

fn rheos(path: &Path, seen: &mut Seen<'_>) -> Result<(), Error> {
    let mut capture = rheos_pcap::open(path)?;
    while let Some(packet) = capture.next_packet()? {
        seen.packet(packet.data);
    }
    Ok(())
}

fn parser(reader: &mut impl PcapReaderIterator, seen: &mut Seen<'_>) -> Result<(), Error> {
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
