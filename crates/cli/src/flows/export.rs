//! Flows for other programs, written as they end: Suricata's EVE, and IPFIX.

use std::io::{self, IsTerminal, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs, UdpSocket};
use std::thread;
use std::time::Duration;

use rheos::core::RawPacket;
use rheos::flow::export::{
    EveFlow, ExportState, ExportedFlow, Exporter, IpfixDirection, IpfixOptions, IpfixWriter,
};
use rheos::flow::{
    FiveTuple, FiveTupleKey, FlowEvent, FlowExtractor, FlowId, FlowRecord, FlowSink, NetworkTable,
    TrackerConfig,
};
use rheos::layers::Decoder;
use rheos::pcap::{OutputFile, OutputOptions};

use super::key::{AnyKey, Chosen, Ends, Key, five_tuple};
use super::parents::Parents;
use super::select::{Listener, Tracked};
use super::{Arguments, Format};
use crate::arguments::digits;
use crate::error::{self, Error};
use crate::input::Step;
use crate::output::Output;

/// After so many datagrams a collector has [`PAUSE`] to take them. Linux gives a socket 208 KiB by
/// default, in which a datagram of 1400 bytes takes more than two thousand.
const BURST: u32 = 32;
const PAUSE: Duration = Duration::from_millis(1);

/// Writes records of EVE.
pub(super) fn eve(arguments: &Arguments, decoder: &Decoder) -> Result<(), Error> {
    let mut output = Output::new();
    let mut stream = Stream::new(arguments, |told| {
        let Told::Flow(flow) = told else { return Ok(output.flush()?) };
        serde_json::to_writer(&mut output, &EveFlow::from(flow))?;
        Ok(output.write_all(b"\n")?)
    });
    let tracked = stream.run(arguments, decoder)?;
    stream.told?;
    output.flush()?;
    tracked.end.map_or(Ok(()), Err)
}

/// Writes messages of IPFIX.
pub(super) fn ipfix(arguments: &Arguments, decoder: &Decoder) -> Result<(), Error> {
    let target = Target::open(arguments)?;
    let name = target.name(arguments);
    let mut options = match target {
        Target::Collector(_) => IpfixOptions::udp(),
        Target::File(_) | Target::Stdout(_) => IpfixOptions::default(),
    };
    options.domain = arguments.domain.unwrap_or_default();
    if arguments.uniflow {
        options.direction = IpfixDirection::Uniflow;
    }
    let is_sent = matches!(target, Target::Collector(_));
    let failed = |source: io::Error| match name {
        Some(ref name) => Error::Create { name: name.clone(), source },
        None => Error::Output(source),
    };
    let mut writer = IpfixWriter::new(target, options);
    let mut stream = Stream::new(arguments, |told| match told {
        Told::Flow(flow) => writer.write(flow).map_err(failed),
        // Whoever collects should not wait for a datagram to be full.
        Told::Second if is_sent => writer.flush().map_err(failed),
        Told::Second => Ok(()),
    });
    let tracked = stream.run(arguments, decoder)?;
    stream.told?;
    if let Target::File(file) = writer.finish().map_err(failed)? {
        let name = file.path().display().to_string();
        file.finish().map_err(|source| Error::Save { name, source })?;
    }
    tracked.end.map_or(Ok(()), Err)
}

/// What is told to those who write.
enum Told<'a> {
    Flow(&'a ExportedFlow),
    /// A second of the packets' time is over.
    Second,
}

/// Writes each record as it comes, until so many are written.
struct Stream<W> {
    exporter: Exporter,
    /// The `flow_id` of flows that announced others, for formats that tell it.
    parents: Option<Parents<u64>>,
    write: W,
    /// The seed of Community IDs, if they are asked for.
    community_seed: Option<u16>,
    /// Records that are still asked for.
    left: usize,
    /// Why writing failed, if it did.
    told: Result<(), Error>,
    second: i64,
}

impl<W: FnMut(Told<'_>) -> Result<(), Error>> Stream<W> {
    fn new(arguments: &Arguments, write: W) -> Self {
        let left = arguments.top.unwrap_or(usize::MAX);
        let is_eve = arguments.format == Format::Eve;
        let community_seed = is_eve.then_some(arguments.community_seed.unwrap_or_default());
        let (exporter, told, second) = (Exporter::default(), Ok(()), i64::MIN);
        let parents = is_eve.then(Parents::default);
        Self { exporter, parents, write, community_seed, left, told, second }
    }

    fn run(&mut self, arguments: &Arguments, decoder: &Decoder) -> Result<Tracked, Error> {
        if arguments.format == Format::Eve {
            // To Suricata who sends first is the client, unless that answers a SYN.
            self.run_with(arguments, decoder, FiveTuple::new)
        } else {
            self.run_with(arguments, decoder, five_tuple)
        }
    }

    fn run_with<E: FlowExtractor<Key = FiveTupleKey> + 'static>(
        &mut self,
        arguments: &Arguments,
        decoder: &Decoder,
        five_tuple: impl Fn(&Decoder) -> E,
    ) -> Result<Tracked, Error> {
        let Arguments { selection, key, .. } = arguments;
        let config = arguments.limit(TrackerConfig::default());
        if *key == Key::FiveTuple && !selection.decap {
            return selection.track::<_, ExportState, _>(five_tuple(decoder), config, self);
        }
        let networks = NetworkTable::default();
        let extractor = Chosen::new(*key, selection.decap, decoder, &networks, five_tuple);
        selection.track::<_, ExportState, _>(extractor, config, self)
    }
}

impl<K, W> FlowSink<K, ExportState> for Stream<W>
where
    K: Clone + Into<AnyKey>,
    W: FnMut(Told<'_>) -> Result<(), Error>,
{
    fn event(&mut self, event: &FlowEvent<'_, K, ExportState>) {
        // No pair of hardware addresses comes here: it was refused.
        let (Ends::FiveTuple(key) | Ends::IpPair(key)) = event.flow().key.clone().into().ends
        else {
            return;
        };
        if let Some(parents) = &mut self.parents
            && let FlowEvent::Started { id, parent: Some(parent), .. } = *event
        {
            parents.started(id, parent);
        }
        let Some(mut flow) = self.exporter.record(event, |_| key) else { return };
        flow.parent_id = self.parents.as_mut().and_then(|parents| match event {
            FlowEvent::Ended { id, .. } => parents.take(*id),
            other => parents.of(other.id()).copied(),
        });
        if self.left > 0 && self.told.is_ok() {
            flow.community_id = self.community_seed.map(|seed| key.community_id(seed).to_string());
            self.left = self.left.saturating_sub(1);
            self.told = (self.write)(Told::Flow(&flow));
        }
    }
}

impl<K, W> Listener<K, ExportState> for Stream<W>
where
    K: Clone + Into<AnyKey>,
    W: FnMut(Told<'_>) -> Result<(), Error>,
{
    fn wants_parents(&self) -> bool {
        self.parents.is_some()
    }

    fn announces(&mut self, id: FlowId, flow: &FlowRecord<K, ExportState>) {
        if let (Some(parents), Ends::FiveTuple(key)) =
            (&mut self.parents, flow.key.clone().into().ends)
        {
            parents.announces(id, Exporter::flow_id(id, flow, &key));
        }
    }

    fn packet(&mut self, raw: &RawPacket<'_>) -> Result<Step, Error> {
        std::mem::replace(&mut self.told, Ok(()))?;
        let second = raw.timestamp.seconds();
        if second > self.second {
            self.second = second;
            (self.write)(Told::Second)?;
        }
        Ok(if self.left == 0 { Step::Stop } else { Step::Next })
    }
}

/// Where messages of IPFIX go, one `write` each.
enum Target {
    File(Box<OutputFile>),
    Stdout(io::Stdout),
    Collector(Collector),
}

struct Collector {
    socket: UdpSocket,
    /// Datagrams that were sent.
    sent: u32,
    /// Whether it was said that nobody takes them.
    has_warned: bool,
}

impl Collector {
    /// Sends a datagram. That a collector is away is no failure: UDP tells of it by chance, and it may come back.
    fn send(&mut self, message: &[u8]) -> io::Result<usize> {
        self.sent = self.sent.wrapping_add(1);
        if self.sent.is_multiple_of(BURST) {
            thread::sleep(PAUSE);
        }
        match self.socket.send(message) {
            Err(error) if is_away(&error) => self.send_again(message, &error),
            result => result,
        }
    }

    /// Sends a datagram that was not sent, because of what came of one before it.
    fn send_again(&mut self, message: &[u8], error: &io::Error) -> io::Result<usize> {
        if !self.has_warned {
            self.has_warned = true;
            let address = self.socket.peer_addr()?;
            error::warn(&format!("nobody takes flows at {address} ({error}); they are sent on"));
        }
        match self.socket.send(message) {
            Err(error) if is_away(&error) => Ok(message.len()),
            result => result,
        }
    }
}

/// Whether ICMP says that a datagram before did not arrive.
fn is_away(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionRefused, HostUnreachable, NetworkUnreachable};
    matches!(error.kind(), ConnectionRefused | HostUnreachable | NetworkUnreachable)
}

impl Target {
    fn open(arguments: &Arguments) -> Result<Self, Error> {
        if let Some(path) = &arguments.output {
            let options = OutputOptions { overwrite: arguments.force, ..OutputOptions::default() };
            let file = OutputFile::create(path, &options);
            let name = path.display().to_string();
            return Ok(Self::File(Box::new(
                file.map_err(|source| crate::save::taken(&name, source))?,
            )));
        }
        let Some(collector) = &arguments.collector else {
            let stdout = io::stdout();
            if stdout.is_terminal() {
                let message =
                    "IPFIX is nothing to look at: name a file with --output, or a collector";
                return Err(Error::Usage(message.to_owned()));
            }
            return Ok(Self::Stdout(stdout));
        };
        let port = collector.rsplit_once(':').and_then(|(_, port)| digits::<u16>(port));
        // Port 0 is nobody's, RFC 6335 section 6.
        if port.is_none_or(|port| port == 0) {
            let message =
                format!("cannot send to {collector}: a port is missing, as in localhost:4739");
            return Err(Error::Usage(message));
        }
        let wrong = |error: io::Error| Error::Ask(format!("cannot send to {collector}: {error}"));
        let mut addresses = collector.to_socket_addrs().map_err(wrong)?;
        let Some(address) = addresses.next() else {
            return Err(wrong(io::ErrorKind::NotFound.into()));
        };
        let own: SocketAddr = match address {
            SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        let socket = UdpSocket::bind(own).map_err(wrong)?;
        socket.connect(address).map_err(wrong)?;
        Ok(Self::Collector(Collector { socket, sent: 0, has_warned: false }))
    }

    /// What to call it where it fails; standard output is called nothing.
    fn name(&self, arguments: &Arguments) -> Option<String> {
        match self {
            Self::File(_) => arguments.output.as_ref().map(|path| path.display().to_string()),
            Self::Stdout(_) => None,
            Self::Collector(_) => arguments.collector.clone(),
        }
    }
}

impl Write for Target {
    fn write(&mut self, message: &[u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.write(message),
            Self::Stdout(stdout) => stdout.write(message),
            Self::Collector(collector) => collector.send(message),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::File(file) => file.flush(),
            Self::Stdout(stdout) => stdout.flush(),
            Self::Collector(_) => Ok(()),
        }
    }
}
