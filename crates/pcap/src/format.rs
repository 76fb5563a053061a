//! What the first bytes of a file tell: its format, and how it is compressed.

use std::fmt;

/// The format of a capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// pcap, with microseconds or nanoseconds.
    Pcap,
    /// pcap with longer packet headers, as patched versions of libpcap wrote it around 1999, and
    /// Nokia's.
    PcapModified,
    /// pcapng.
    PcapNg,
    /// snoop, of Solaris.
    Snoop,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pcap => "pcap",
            Self::PcapModified => "modified pcap",
            Self::PcapNg => "pcapng",
            Self::Snoop => "snoop",
        })
    }
}

/// How a capture is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// gzip.
    Gzip,
    /// zstd.
    Zstd,
    /// lz4, in frames.
    Lz4,
    /// xz.
    Xz,
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Lz4 => "lz4",
            Self::Xz => "xz",
        })
    }
}
