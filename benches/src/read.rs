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

use crate::{Error, Job, Laps, Way, Written};

/// Bytes asked of the system at a time by the reference.
const PIECE: usize = 1 << 20;
/// pcap-parser's buffer does not grow: this holds the block of any packet up to 256 KiB.
const PARSER_BUFFER: usize = 1 << 19;

/// Reading a pcap file.
pub(crate) fn pcap(written: &Written) -> Job<'_> {
    let path = written.pcap.as_path();
    let ways = vec![
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
    Job { name: "read pcap", packets: written.packets, ways }
}

/// Reading a pcapng file.
pub(crate) fn pcapng(written: &Written) -> Job<'_> {
    let path = written.pcapng.as_path();
    let ways = vec![
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
    Job { name: "read pcapng", packets: written.packets, ways }
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
