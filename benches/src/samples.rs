//! Packets of one kind, many times over: what a capture has too few of.

use crate::{Error, Frame, STRETCH, Written};

/// How often a packet is repeated.
const TIMES: usize = 8 * STRETCH;

/// A response with nine records: zeek/wikipedia.pcap, packet 49. It is a seed of the fuzzer, as the
/// others are, behind two bytes of link type.
const DNS: &[u8] = include_bytes!("../../fuzz/corpus/decode/dns-answers");
/// Counters of six interfaces: `tcpdump/sflow_multiple_counter_30_pdus.pcap`, packet 6.
const SFLOW: &[u8] = include_bytes!("../../fuzz/corpus/decode/sflow-counters");
/// A message with TLVs of two organizations.
const LLDP: &[u8] = include_bytes!("../../fuzz/corpus/decode/lldp");
const LINK_TYPE: usize = 2;

/// What is carried by packets that are written: a short line, and what fills a frame.
const SHORT: &[u8] = &[b'x'; 64];
const LONG: &[u8] = &[b'x'; 1400];

/// Frames, and a file of them for who reads files.
pub struct Sample {
    /// The frames.
    pub frames: Vec<Frame<'static>>,
    /// The same in files.
    pub written: Written,
}

/// Every sample.
pub struct Samples {
    /// DNS responses.
    pub dns: Sample,
    /// sFlow datagrams.
    pub sflow: Sample,
    /// LLDP messages.
    pub lldp: Sample,
    /// Short payloads, without headers.
    pub short: Sample,
    /// Long payloads, without headers.
    pub long: Sample,
}

impl Samples {
    /// Writes the files.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn new() -> Result<Self, Error> {
        let frame = |seed: &'static [u8]| seed.get(LINK_TYPE..).unwrap_or_default();
        Ok(Self {
            dns: Sample::new(frame(DNS))?,
            sflow: Sample::new(frame(SFLOW))?,
            lldp: Sample::new(frame(LLDP))?,
            short: Sample::new(SHORT)?,
            long: Sample::new(LONG)?,
        })
    }
}

impl Sample {
    fn new(data: &'static [u8]) -> Result<Self, Error> {
        let frame = Frame { data, nanos: 0, wire_length: u32::try_from(data.len())? };
        let frames = vec![frame; TIMES];
        Ok(Self { written: Written::new(&frames)?, frames })
    }
}
