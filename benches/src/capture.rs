//! A capture in memory, and the same packets in files.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use pcap_file::DataLink;
use pcap_file::pcap::{PcapHeader, PcapTsResolution, PcapWriter, RawPcapPacket};
use pcap_file::pcapng::PcapNgWriter;
use pcap_file::pcapng::blocks::enhanced_packet::EnhancedPacketBlock;
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption, InterfaceTsResolution,
};
use rheos_core::{LinkType, RawPacket, Timestamp};
use rheos_pcap::{Compression, OutputFile, OutputOptions};

use crate::Error;

/// The capture that `cargo xtask captures` makes.
pub const CAPTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../captures/mix.pcap");

/// How many pairs of files there have been: each has a name of its own.
static WRITTEN: AtomicUsize = AtomicUsize::new(0);

/// Larger than any packet in a capture.
const SNAP_LENGTH: u32 = 1 << 18;

/// Bytes that writers gather before they hand them on: as many as those of rheos.
pub(crate) const BUFFER: usize = 1 << 18;

/// The Ethernet frames of a capture, held in memory one behind the other.
#[derive(Default)]
pub struct Capture {
    bytes: Vec<u8>,
    records: Vec<Record>,
    /// Packets of another link type, which the peers' short forms do not start at.
    pub left_out: u64,
}

struct Record {
    data: Range<usize>,
    nanos: u64,
    wire_length: u32,
}

/// An Ethernet frame.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// What was captured.
    pub data: &'a [u8],
    /// Nanoseconds since 1970.
    pub nanos: u64,
    /// Length on the wire in bytes.
    pub wire_length: u32,
}

/// Files of the same packets, which go when this goes.
pub struct Written {
    /// The pcap file.
    pub pcap: PathBuf,
    /// The pcapng file.
    pub pcapng: PathBuf,
    /// The pcap file packed by gzip, once somebody has asked for it.
    gzip: PathBuf,
    /// The same by zstd.
    zstd: PathBuf,
    /// Packets in each.
    pub packets: u64,
}

impl Capture {
    /// Reads a whole capture.
    ///
    /// # Errors
    ///
    /// That of the reader; or there is no Ethernet frame in it.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let mut reader = rheos_pcap::open(path)?;
        let mut capture = Self::default();
        while let Some(packet) = reader.next_packet()? {
            if packet.link_type == LinkType::ETHERNET {
                capture.push(&packet)?;
            } else {
                capture.left_out += 1;
            }
        }
        if capture.records.is_empty() { Err("no Ethernet frame in it".into()) } else { Ok(capture) }
    }

    fn push(&mut self, packet: &RawPacket<'_>) -> Result<(), Error> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(packet.data);
        self.records.push(Record {
            data: start..self.bytes.len(),
            nanos: u64::try_from(packet.timestamp.as_nanos())?,
            wire_length: u32::try_from(packet.wire_length())?,
        });
        Ok(())
    }

    /// The frames in the order of the capture.
    pub fn frames(&self) -> Vec<Frame<'_>> {
        let frame = |record: &Record| {
            let data = self.bytes.get(record.data.clone()).unwrap_or_default();
            Frame { data, nanos: record.nanos, wire_length: record.wire_length }
        };
        self.records.iter().map(frame).collect()
    }
}

impl<'a> Frame<'a> {
    /// The frame as a capture lends it.
    #[inline]
    pub fn raw(&self) -> RawPacket<'a> {
        let time = Timestamp::from_nanos(self.nanos.cast_signed());
        let raw = RawPacket::new(time, LinkType::ETHERNET, self.data);
        RawPacket { original_length: self.wire_length, ..raw }
    }
}

impl Written {
    /// Writes frames to files among the temporary ones, with time to the nanosecond.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn new(frames: &[Frame<'_>]) -> Result<Self, Error> {
        let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
        let name = format!("rheos-benches-{}-{number}", process::id());
        let file = |ending| std::env::temp_dir().join(format!("{name}.{ending}"));
        let packets = u64::try_from(frames.len())?;
        let written = Self {
            pcap: file("pcap"),
            pcapng: file("pcapng"),
            gzip: file("pcap.gz"),
            zstd: file("pcap.zst"),
            packets,
        };
        write_pcap(File::create(&written.pcap)?, frames, || ())?;
        write_pcapng(File::create(&written.pcapng)?, frames, || ())?;
        Ok(written)
    }

    /// The pcap file, packed by gzip.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn gzip(&self) -> Result<&Path, Error> {
        pack(&self.pcap, &self.gzip, Compression::Gzip)
    }

    /// The same by zstd.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn zstd(&self) -> Result<&Path, Error> {
        pack(&self.pcap, &self.zstd, Compression::Zstd)
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        for file in [&self.pcap, &self.pcapng, &self.gzip, &self.zstd] {
            // A file that cannot be removed now is left to whoever clears the temporary files.
            let _ = fs::remove_file(file);
        }
    }
}

/// Writes frames as pcap with pcap-file, and calls `each` behind each.
pub(crate) fn write_pcap(
    out: impl Write,
    frames: &[Frame<'_>],
    mut each: impl FnMut(),
) -> Result<(), Error> {
    let header = PcapHeader {
        snaplen: SNAP_LENGTH,
        datalink: DataLink::ETHERNET,
        ts_resolution: PcapTsResolution::NanoSecond,
        ..PcapHeader::default()
    };
    let mut writer = PcapWriter::with_header(BufWriter::with_capacity(BUFFER, out), header)?;
    for frame in frames {
        let time = Duration::from_nanos(frame.nanos);
        writer.write_raw_packet(&RawPcapPacket {
            ts_sec: u32::try_from(time.as_secs())?,
            ts_frac: time.subsec_nanos(),
            incl_len: u32::try_from(frame.data.len())?,
            orig_len: frame.wire_length,
            data: Cow::Borrowed(frame.data),
        })?;
        each();
    }
    Ok(writer.flush()?)
}

/// The same as pcapng.
pub(crate) fn write_pcapng(
    out: impl Write,
    frames: &[Frame<'_>],
    mut each: impl FnMut(),
) -> Result<(), Error> {
    let nanoseconds = InterfaceTsResolution::new(false, 9)?;
    let mut interface = InterfaceDescriptionBlock::new(DataLink::ETHERNET, SNAP_LENGTH);
    interface.options.push(InterfaceDescriptionOption::IfTsResol(nanoseconds));
    let mut writer = PcapNgWriter::new(BufWriter::with_capacity(BUFFER, out))?;
    writer.write_pcapng_block(interface)?;
    for frame in frames {
        writer.write_pcapng_block(EnhancedPacketBlock {
            interface_id: 0,
            timestamp: Duration::from_nanos(frame.nanos),
            original_len: frame.wire_length,
            data: Cow::Borrowed(frame.data),
            options: Vec::new(),
        })?;
        each();
    }
    Ok(writer.get_mut().flush()?)
}

/// Packs a file as its tool does when it is asked to be quick, unless that was done before.
fn pack<'a>(path: &Path, packed: &'a Path, compression: Compression) -> Result<&'a Path, Error> {
    if packed.exists() {
        return Ok(packed);
    }
    let options = OutputOptions {
        compression: Some(compression),
        level: Some(1),
        overwrite: true,
        ..OutputOptions::default()
    };
    let mut out = OutputFile::create(packed, &options)?;
    io::copy(&mut File::open(path)?, &mut out)?;
    out.finish()?;
    Ok(packed)
}
