//! What can be wrong with a capture, and where.

use std::io;
use std::path::PathBuf;

use rheos_core::LinkType;
use thiserror::Error;

use crate::clock::Resolution;
use crate::format::Format;

/// Why a capture cannot be read, or not to its end; or cannot be written.
///
/// An `offset` counts bytes of the capture, uncompressed, to the start of the record or block in
/// question. A `packet` is the number, from 1, of the packet that would have come next.
#[derive(Debug, Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the line above says what the fields are, the messages which")]
pub enum Error {
    /// The file cannot be opened, or is a directory.
    #[error("cannot open {}", path.display())]
    Open { path: PathBuf, source: io::Error },

    /// The source of the bytes failed.
    #[error("cannot read the capture behind byte {offset}, for packet {packet}")]
    Io { offset: u64, packet: u64, source: io::Error },

    /// The compressed form of the capture is damaged or cut short.
    #[error("cannot decompress the capture behind byte {offset}, for packet {packet}")]
    Decompress { offset: u64, packet: u64, source: io::Error },

    /// There are no bytes at all.
    #[error("the capture is empty: not even a file header")]
    Empty,

    /// The first four bytes are those of no format known.
    #[error("not a capture: it starts with {magic:#010x}")]
    UnknownFormat { magic: u32 },

    /// The first bytes are those of a format that this crate does not read.
    #[error("{name} is not supported")]
    UnsupportedFormat { name: &'static str },

    /// The capture ends inside a record, of which at least so many bytes are missing.
    #[error("cut short at packet {packet}: the record at byte {offset} lacks {missing} bytes")]
    Truncated { offset: u64, missing: u64, packet: u64 },

    /// A record or block announces more than [`CaptureReader::MAX_RECORD`] bytes.
    ///
    /// [`CaptureReader::MAX_RECORD`]: crate::CaptureReader::MAX_RECORD
    #[error("record of {length} bytes at byte {offset}, at packet {packet}: too long to be true")]
    Oversized { offset: u64, length: u64, packet: u64 },

    /// A block of pcapng is shorter than its own frame of 12 bytes.
    #[error("block total length {length} at byte {offset}, at packet {packet}, is below 12")]
    BlockLength { offset: u64, length: u32, packet: u64 },

    /// The two lengths around a block of pcapng differ.
    #[error(
        "block total length {length} at byte {offset}, at packet {packet}, is {trailer} at its end"
    )]
    BlockTrailer { offset: u64, length: u32, trailer: u32, packet: u64 },

    /// A record of snoop is shorter than the packet in it.
    #[error("record of {length} bytes at byte {offset}, at packet {packet}, needs {need}")]
    RecordLength { offset: u64, length: u64, need: u64, packet: u64 },

    /// The numbers in front of a packet make no sense, or nothing behind it does. Only found by
    /// readers that [recover](crate::CaptureReader::recover): others read what can be read.
    #[error("record at byte {offset}, at packet {packet}, makes no sense")]
    Implausible { offset: u64, packet: u64 },

    /// A place was sought in a compressed capture, which can only be read from its start.
    #[error("cannot go to a packet of a compressed capture")]
    NotSeekable,

    /// An index is damaged, or of another capture than the one it is used for.
    #[error("the index does not belong to the capture")]
    OtherIndex,

    /// A section of pcapng starts with another magic than 0x1a2b3c4d.
    #[error("byte-order magic {magic:#010x} of the section at byte {offset}, at packet {packet}")]
    SectionMagic { offset: u64, magic: u32, packet: u64 },

    /// A block of pcapng is too short for its fields or for the packet in it. It was passed over:
    /// the packets behind it have been lent.
    #[error("block at byte {offset}, at packet {packet}, needs {need} bytes inside and has {have}")]
    BlockContent { offset: u64, need: u64, have: u64, packet: u64 },

    /// A packet of pcapng names an interface that its section has not declared. It was passed over:
    /// the packets behind it have been lent.
    #[error("block at byte {offset}, at packet {packet}, is of undeclared interface {interface}")]
    UndeclaredInterface { offset: u64, interface: u32, packet: u64 },

    /// A capture declares more than [`CaptureReader::MAX_INTERFACES`].
    ///
    /// [`CaptureReader::MAX_INTERFACES`]: crate::CaptureReader::MAX_INTERFACES
    #[error("too many interfaces: block at byte {offset}, at packet {packet}")]
    TooManyInterfaces { offset: u64, packet: u64 },

    /// An option or a name record of more than 65,535 bytes, or of the code that ends them.
    #[error("an option of code {code} and {length} bytes cannot be written")]
    OptionLength { code: u16, length: u64 },

    /// A file cannot be made, or not be given its name.
    #[error("cannot write {}", path.display())]
    Create { path: PathBuf, source: io::Error },

    /// A file of a ring that is to make room cannot be removed.
    #[error("cannot remove {}", path.display())]
    Remove { path: PathBuf, source: io::Error },

    /// A capture of another format than the one that is to be added to it.
    #[error("cannot append {wanted} to {found}")]
    OtherFormat { found: Format, wanted: Format },

    /// The format pcap knows microseconds and nanoseconds only.
    #[error("pcap has no ticks of {resolution}")]
    OtherResolution { resolution: Resolution },

    /// The bytes of a capture that is being written go nowhere.
    #[error("cannot write packet {packet}")]
    Write { packet: u64, source: io::Error },

    /// A packet of another link type than the capture that is being written.
    #[error("cannot write packet {packet}: {found} in a capture of {link_type}")]
    OtherLinkType { packet: u64, found: LinkType, link_type: LinkType },

    /// A packet from a time that the format cannot say.
    #[error("cannot write packet {packet}: its time is not between 1970 and 2106")]
    TimeRange { packet: u64 },

    /// A packet from a time for which the interface's timestamps have no number.
    #[error("cannot write packet {packet}: its time is out of reach of ticks of {resolution}")]
    TicksRange { packet: u64, resolution: Resolution },

    /// A packet from a time between two ticks, where [`Rounding::Refuse`] allows none.
    ///
    /// [`Rounding::Refuse`]: crate::Rounding::Refuse
    #[error("cannot write packet {packet}: its time is between two ticks of {resolution}")]
    TimePrecision { packet: u64, resolution: Resolution },

    /// A packet or block of so many bytes, which is more than
    /// [`CaptureReader::MAX_RECORD`](crate::CaptureReader::MAX_RECORD) allows.
    #[error("cannot write packet {packet}: {length} bytes are too many for one record or block")]
    PacketLength { packet: u64, length: u64 },
}
