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

/// A request for an image, and the response with its 689 bytes: `zeek/http__bro.org.pcap`, packets 255
/// and 282.
const HTTP: [&[u8]; 2] =
    [include_bytes!("../seeds/http-request"), include_bytes!("../seeds/http-response")];
/// The hello of a browser: `zeek/tls__chrome-63.0.3211.0-canary-tls_experiment.pcap`, packet 4.
const TLS: &[u8] = include_bytes!("../seeds/tls-client-hello");
/// A question, and its answer with nine records: `zeek/wikipedia.pcap`, packets 48 and 49.
const DNS_PAIR: [&[u8]; 2] =
    [include_bytes!("../seeds/dns-query"), include_bytes!("../seeds/dns-response")];

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
    /// Requests and responses of HTTP in turn, without headers.
    pub http: Sample,
    /// Hellos of TLS, without headers.
    pub tls: Sample,
    /// Questions and answers of DNS in turn, without headers.
    pub dns_pair: Sample,
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
            http: Sample::in_turn(&HTTP)?,
            tls: Sample::new(TLS)?,
            dns_pair: Sample::in_turn(&DNS_PAIR)?,
            short: Sample::new(SHORT)?,
            long: Sample::new(LONG)?,
        })
    }
}

impl Sample {
    fn new(data: &'static [u8]) -> Result<Self, Error> {
        Self::in_turn(&[data])
    }

    /// Each in its turn.
    fn in_turn(turns: &[&'static [u8]]) -> Result<Self, Error> {
        let frame = |&data: &&'static [u8]| {
            Ok(Frame { data, nanos: 0, wire_length: u32::try_from(data.len())? })
        };
        let turns = turns.iter().map(frame).collect::<Result<Vec<_>, Error>>()?;
        Self::of(turns.into_iter().cycle().take(TIMES).collect())
    }

    /// These frames.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub(crate) fn of(frames: Vec<Frame<'static>>) -> Result<Self, Error> {
        Ok(Self { written: Written::new(&frames)?, frames })
    }
}
