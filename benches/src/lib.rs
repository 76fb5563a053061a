//! Measures rheos beside its peers, on the same bytes in one run.
//!
//! A [`Job`] is work that several libraries can do, such as finding the ports of each packet of a
//! [`Capture`]; a [`Way`] is one library doing it. The ways of a job take turns, round by round, so
//! that whatever else the machine does meets them all alike, and only the ratio of two ways of one
//! run means anything.
//!
//! `cargo run --release --bin compare -- FILE` prints these ratios beside their budgets; `cargo bench`
//! gives the same ways to criterion. Nothing here says whether an answer is right, only how many
//! packets a way had an answer for.

mod capture;
mod crowd;
mod decode;
mod dedup;
mod encode;
mod engine;
mod extract;
mod gopacket;
mod hand;
mod job;
mod l7;
mod laps;
mod messages;
mod read;
mod report;
mod samples;
mod shards;
mod streams;
mod sums;
mod track;
mod write;

pub use capture::{CAPTURE, Capture, Frame, Written};
pub use crowd::Crowd;
pub use gopacket::{Gopacket, Mode, Task};
pub use job::{Job, Timing, Way};
pub use laps::{Laps, STRETCH};
pub use report::{answers, ratios};
pub use samples::{Sample, Samples};
pub use streams::Streams;

use rheos_layers::Decoder;

/// Whatever stops a measurement.
pub type Error = Box<dyn std::error::Error>;

/// What the jobs work on.
pub struct Input<'a> {
    /// The frames of a capture.
    pub frames: Vec<Frame<'a>>,
    /// The same in files.
    pub written: Written,
    /// Every built-in layer.
    pub decoder: Decoder,
    /// Packets of one kind.
    pub samples: Samples,
    /// Talks over TCP.
    pub streams: Streams,
    /// Packets of one flow, of a thousand, of a hundred thousand and of a million.
    pub crowds: [Crowd; 4],
    /// Packets of a million flows of which few are busy.
    pub busy: Crowd,
    /// gopacket, where it is installed.
    pub gopacket: Option<Gopacket>,
}

impl<'a> Input<'a> {
    /// Lays out the frames of a capture for all jobs.
    ///
    /// # Errors
    ///
    /// The files cannot be written.
    pub fn new(capture: &'a Capture) -> Result<Self, Error> {
        let frames = capture.frames();
        let written = Written::new(&frames)?;
        let (decoder, samples) = (Decoder::default(), Samples::new()?);
        let (streams, gopacket) = (Streams::new()?, None);
        let crowds = [1, 1000, 100_000, 1_000_000].map(Crowd::new);
        let busy = Crowd::busy(1_000_000);
        Ok(Self { frames, written, decoder, samples, streams, crowds, busy, gopacket })
    }

    /// Every job.
    pub fn jobs(&self) -> Vec<Job<'_>> {
        let mut jobs = vec![
            decode::fixed(self),
            decode::table(self),
            decode::whole(self),
            extract::five_tuple(self),
            track::track(self),
            track::batches(self),
            streams::in_order(self),
            streams::reversed(self),
            streams::lossy(self),
            engine::capture(self),
            engine::in_order(self),
            engine::lossy(self),
            engine::unwanted(self),
            engine::unknown(self),
            l7::http(self),
            l7::tls(self),
            l7::dns(self),
            read::pcap(self),
            read::pcapng(self),
            read::gzip(&self.written),
            read::zstd(&self.written),
            write::pcap(self),
            write::pcapng(self),
            messages::dns(self),
            messages::sflow(self),
            messages::lldp(self),
            encode::short(self),
            encode::long(self),
            sums::internet(self),
            sums::crc32c(self),
            sums::decoder(),
            dedup::full_frames(),
        ];
        jobs.extend(crowd::jobs(self));
        jobs.extend(shards::jobs(self));
        jobs
    }
}
