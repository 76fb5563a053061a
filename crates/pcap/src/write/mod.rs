//! Writing captures: pcap and pcapng, into anything that writes and into files that are never half
//! there.

pub use self::capture::CaptureWriter;
#[doc(hidden)]
pub use self::fuzz::fuzz_copy;
pub use self::options::{PcapNgOptions, PcapOptions, WriteOptions};
pub use self::output::{OutputFile, OutputOptions};
pub use self::pcap::PcapWriter;
pub use self::pcapng::PcapNgWriter;
pub use self::rotate::{RotatingWriter, Rotation};
pub use self::ticks::Rounding;

mod append;
mod body;
mod capture;
mod fuzz;
mod interfaces;
mod name;
mod options;
mod output;
mod pack;
mod pcap;
mod pcapng;
mod rotate;
#[cfg(test)]
mod tests;
mod ticks;
mod unnamed;

/// Bytes collected before they are handed on: it stays in the second-level cache, and a write takes
/// hundreds of packets.
const BUFFER: usize = 256 * 1024;
