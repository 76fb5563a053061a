//! What can be chosen of captures that are written.

use std::path::Path;

use rheos_core::LinkType;

use crate::block::Section;
use crate::clock::Resolution;
use crate::format::{Compression, Format};
use crate::order::ByteOrder;
use crate::pcap::PcapHeader;
use crate::write::output::OutputOptions;
use crate::write::ticks::Rounding;

/// The snap length of a pcap file: the largest packet that other tools read, as in tcpdump's own.
const SNAP_LENGTH: u32 = 262_144;

/// How a capture is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WriteOptions {
    /// The format; `None` is the one that the name of the file says, or pcapng.
    pub format: Option<Format>,
    /// The link type of a pcap that may be left without packets; `None` is that of the first
    /// packet, or Ethernet.
    pub link_type: Option<LinkType>,
    /// How a pcap is written.
    pub pcap: PcapOptions,
    /// How a pcapng is written.
    pub pcapng: PcapNgOptions,
    /// How its file is made. Without a compression, it is the one that the name of the file says.
    pub output: OutputOptions,
    /// Whether [`CaptureWriter::append`](crate::CaptureWriter::append) cuts away a last record or block that is not whole.
    pub cut_incomplete: bool,
}

impl WriteOptions {
    /// With what the name of a file says where nothing else has said it.
    pub(crate) fn named(mut self, path: &Path) -> Self {
        self.format = self.format.or_else(|| Format::from_path(path));
        self.output.compression = self.output.compression.or_else(|| Compression::from_path(path));
        self
    }
}

/// What a pcap file says at its front, and how packets become records.
///
/// ```
/// use rheos_pcap::{PcapOptions, Resolution};
///
/// let options = PcapOptions { resolution: Resolution::MICROSECOND, ..PcapOptions::default() };
/// assert_eq!(options.version, (2, 4));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PcapOptions {
    /// [`Resolution::MICROSECOND`] or [`Resolution::NANOSECOND`], which is the default; the format
    /// has no other.
    pub resolution: Resolution,
    /// The order of the bytes in a number; little-endian is the default.
    pub byte_order: ByteOrder,
    /// The most bytes of a packet that the file says to hold, 262,144 as tcpdump's unless said
    /// otherwise; 0 is without limit. Whole packets are written whatever it is, unless
    /// [`cut`](Self::cut) says otherwise.
    pub snap_length: u32,
    /// Whether packets are cut to the snap length.
    pub cut: bool,
    /// The upper half of the word of the link type: the length of the frame check sequence in the
    /// top four bits, and in bit 10 whether it is known.
    pub link_flags: u16,
    /// Major and minor version of the format: 2.4 unless a file of other origin is to be kept.
    pub version: (u16, u16),
    /// Seconds from local time to UTC, as old files have it; 0 in any of this century.
    pub time_zone: i32,
    /// The accuracy of timestamps, which nobody sets.
    pub accuracy: u32,
    /// What becomes of times between two ticks.
    pub rounding: Rounding,
}

impl Default for PcapOptions {
    fn default() -> Self {
        Self {
            resolution: Resolution::NANOSECOND,
            byte_order: ByteOrder::Little,
            snap_length: SNAP_LENGTH,
            cut: false,
            link_flags: 0,
            version: (2, 4),
            time_zone: 0,
            accuracy: 0,
            rounding: Rounding::Down,
        }
    }
}

impl From<&PcapHeader> for PcapOptions {
    /// What a file says that was read, so that a copy says the same.
    fn from(header: &PcapHeader) -> Self {
        Self {
            resolution: header.resolution,
            byte_order: header.order,
            snap_length: header.snap_length,
            link_flags: header.link_flags,
            version: header.version,
            time_zone: header.time_zone,
            accuracy: header.accuracy,
            ..Self::default()
        }
    }
}

/// What a pcapng file says at its front, and how packets become blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PcapNgOptions {
    /// The first section, with its byte order and what it says of the machine.
    pub section: Section<'static>,
    /// The resolution of interfaces that are declared for packets of [`PcapNgWriter::write`](crate::PcapNgWriter::write);
    /// nanoseconds unless said otherwise.
    pub resolution: Resolution,
    /// The snap length of such interfaces; 0, which is without limit, unless said otherwise.
    pub snap_length: u32,
    /// Whether packets of [`PcapNgWriter::write`](crate::PcapNgWriter::write) are cut to that snap length.
    pub cut: bool,
    /// Whether packets of the section's first interface are written as simple packet blocks, which
    /// are 16 bytes shorter and say nothing of time, direction and comments.
    pub simple_packets: bool,
    /// What becomes of times between two ticks.
    pub rounding: Rounding,
}

impl Default for PcapNgOptions {
    fn default() -> Self {
        Self {
            section: Section::new(ByteOrder::Little),
            resolution: Resolution::NANOSECOND,
            snap_length: 0,
            cut: false,
            simple_packets: false,
            rounding: Rounding::Down,
        }
    }
}
