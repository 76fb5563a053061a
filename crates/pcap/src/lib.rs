//! Captures in files and pipes: pcap and pcapng, plain or compressed, read and written.
//!
//! - A [`CaptureReader`] lends the packets of a capture one by one, from anything that reads.
//! - A [`Block`] is all that a capture says in one place, packets and what stands beside them.
//! - An [`Interface`] says what a capture knows of where its packets were seen.
//! - A [`CaptureWriter`] writes packets and blocks into a capture, and an [`OutputFile`] is never
//!   half there.
//! - An [`Error`] says what is wrong, at which byte, and at which packet.
//!
//! ```
//! use rheos_pcap::{CaptureReader, Format};
//!
//! let mut file = Vec::from(*b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\x01\0\0\0");
//! file.extend(*b"\x00\xf1\x53\x65\x05\0\0\0\x02\0\0\0\x3c\0\0\0hi");
//!
//! let mut capture = CaptureReader::new(file.as_slice())?;
//! assert_eq!(capture.format(), Format::Pcap);
//! while let Some(packet) = capture.next_packet()? {
//!     assert_eq!(packet.timestamp.to_string(), "2023-11-14T22:13:20.000005000Z");
//!     assert_eq!((packet.data, packet.original_length), (b"hi".as_slice(), 60));
//! }
//! assert_eq!(capture.packets_read(), 1);
//! # Ok::<(), rheos_pcap::Error>(())
//! ```
//!
//! Reading is lenient: every packet that is whole is lent, whatever a snap length, a version or a
//! comment says. What cannot be read ends in one [`Error`], and after an error there is nothing more.
//! No length in a capture is believed before its bytes are there.
//!
//! What this crate does not do: it decodes no packet and captures none. Readers look at the first
//! bytes of a file, never at its name; writers look at the name where nothing else is chosen.

#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        reason = "tests build captures of known size"
    )
)]

pub use crate::block::{
    Block, BlockType, CaptureFilter, Custom, CustomOption, EnhancedPacket, Entry,
    InterfaceDescription, InterfaceStatistics, Journal, NameRecord, NameRecords, NameResolution,
    Names, ObsoletePacket, Options, OptionsIter, PacketFlags, PacketHash, Reception, Secrets,
    SecretsType, Section, SimplePacket, Unknown, Verdict,
};
pub use crate::clock::{Clock, Resolution};
pub use crate::error::Error;
pub use crate::format::{Compression, Format};
#[doc(hidden)]
pub use crate::fuzz::fuzz;
pub use crate::index::PacketIndex;
pub use crate::interface::Interface;
pub use crate::merge::{Merge, merge};
pub use crate::order::ByteOrder;
pub use crate::owned::{Batch, OwnedPacket, Packets};
pub use crate::parts::{FilePart, open_parts};
pub use crate::pcap::PcapHeader;
pub use crate::reader::{CaptureReader, open};
pub use crate::recover::Damage;
#[doc(hidden)]
pub use crate::write::fuzz_copy;
pub use crate::write::{
    CaptureWriter, OutputFile, OutputOptions, PcapNgOptions, PcapNgWriter, PcapOptions, PcapWriter,
    RotatingWriter, Rotation, Rounding, WriteOptions,
};

mod ahead;
mod block;
mod buffer;
mod clock;
mod decompress;
mod entry;
mod error;
mod format;
mod fuzz;
mod gzip;
mod index;
mod interface;
mod merge;
mod order;
mod owned;
mod parts;
mod pcap;
mod pcapng;
mod reader;
mod record;
mod recover;
#[cfg(test)]
mod sample;
mod snoop;
#[cfg(feature = "zstd")]
mod unzstd;
mod write;
