//! From packets to records of logs.

use std::sync::Arc;

use rheos_core::{RawPacket, Timestamp};
use rheos_flow::export::ExportState;
use rheos_flow::zeek::{Conn, ConnLogOptions, Uid, ZeekTuple, tunnel};
use rheos_flow::{AnnouncedFlow, Anomalies, FlowExtractor, TrackerAnomaly};
use rheos_l7::dns::{DnsConfig, DnsTcpParser, DnsUdpParser};
use rheos_l7::dtls::DtlsParser;
use rheos_l7::files::{File, FileConfig, FtpDataParser};
use rheos_l7::ftp::FtpParser;
use rheos_l7::http::HttpParser;
use rheos_l7::smtp::SmtpParser;
use rheos_l7::ssh::SshParser;
use rheos_l7::starttls::StartTlsParser;
use rheos_l7::tls::TlsParser;
use rheos_layers::{Decoder, Packet};

use super::levels::{Datagrams, Levels};
use super::open::Open;
use super::record::Source;
use super::weird::{self, WEIRD};
use super::{Log, Record, Value, service};
use crate::{Engine, Event, EventKind, Events, Sink};

/// What to log.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LogOptions {
    /// Which packets count, and when connections end.
    pub conn: ConnLogOptions,
    /// What is kept of files. Default: their hashes, and none of their bytes.
    pub files: FileConfig,
    /// The seed of Community IDs, for records of EVE. Default: none, and no Community IDs.
    pub community_seed: Option<u16>,
}

impl Default for LogOptions {
    fn default() -> Self {
        let mut files = FileConfig::default();
        files.max_size = 0;
        Self { conn: ConnLogOptions::default(), files, community_seed: None }
    }
}

/// Takes packets, and makes records of what programs say.
pub struct Logs {
    datagrams: Datagrams,
    traffic: Traffic,
}

/// What was seen so far.
struct Traffic {
    engine: Engine<ZeekTuple, Kept>,
    open: Open,
    /// The flow of what was taken last.
    current: Option<u64>,
}

/// What a message says, to be completed by whom it is about.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) log: &'static Log,
    /// When it happened, if that was before now.
    pub(super) ts: Option<Timestamp>,
    pub(super) values: Vec<Value>,
    pub(super) source: Source,
    /// The file that it is about.
    pub(super) file: Option<Arc<File>>,
}

impl Row {
    pub(super) fn new(log: &'static Log, ts: Option<Timestamp>, values: Vec<Value>) -> Self {
        Self { log, ts, values, source: Source::None, file: None }
    }

    pub(super) fn of(self, source: Source) -> Self {
        Self { source, ..self }
    }
}

/// What the connections of logs are told apart by.
pub(super) type Key = <ZeekTuple as FlowExtractor>::Key;

/// What is kept of each: for Zeek's log, for Suricata's, and what is odd in it.
pub(super) type Kept = (Conn, (ExportState, Anomalies));

/// Where servers of HTTP are, to Zeek, without that of SOCKS.
const HTTP_PORTS: [u16; 7] = [80, 81, 631, 3128, 8000, 8080, 8888];

impl Logs {
    /// Logs of what this decoder sees, and all built-in parsers.
    pub fn new(decoder: &Decoder, options: LogOptions) -> Self {
        let LogOptions { conn, files, community_seed } = options;
        let ConnLogOptions { verify_checksums, tracker, .. } = conn;
        let mut engine = Engine::builder()
            .extractor(ZeekTuple::new(decoder, verify_checksums))
            .keep::<Kept>()
            .track(tracker)
            .events(Events::all())
            .parser(HttpParser::default())
            .parser(TlsParser::default())
            .parser(StartTlsParser::default())
            .parser(SshParser::default())
            .parser(SmtpParser::default())
            .parser(FtpParser::default())
            .parser(FtpDataParser::new(files.clone()))
            .parser(DnsTcpParser::default())
            .datagram_parser(DnsUdpParser::default())
            .datagram_parser(DnsUdpParser::mdns())
            .datagram_parser(DnsUdpParser::llmnr(DnsConfig::default()))
            .datagram_parser(DtlsParser::default())
            .on_port(21, "ftp")
            .on_port(25, "smtp")
            .on_port(53, "dns")
            .on_port(5353, "mdns")
            .on_port(5355, "llmnr");
        for port in HTTP_PORTS {
            engine = engine.on_port(port, "http");
        }
        let engine = engine.build();
        let traffic = Traffic { engine, open: Open::new(files, community_seed), current: None };
        Self { datagrams: Datagrams::new(decoder, verify_checksums), traffic }
    }

    /// Takes the next packet, and gives the records of what it completes.
    pub fn packet(&mut self, raw: &RawPacket<'_>, records: &mut impl FnMut(&Record)) {
        let Self { datagrams, traffic } = self;
        datagrams.take(raw, &mut Recording { traffic, records });
    }

    /// Gives the records of what is left.
    pub fn finish(&mut self, records: &mut impl FnMut(&Record)) {
        let Traffic { engine, open, current } = &mut self.traffic;
        engine.finish(&mut Taking { open, tunnel: None, current, name: None, records });
    }

    /// What the engine has seen.
    pub fn stats(&self) -> crate::EngineStats {
        self.traffic.engine.stats()
    }
}

impl Traffic {
    /// Takes what one IP header carries, and returns what that is called.
    fn level(
        &mut self,
        packet: &Packet<'_>,
        raw: &RawPacket<'_>,
        parent: Option<Uid>,
        records: &mut impl FnMut(&Record),
    ) -> Option<Uid> {
        self.current = None;
        if let Some(name) = tunnel(self.engine.tracker().extractor(), packet, raw) {
            return Some(name);
        }
        let Self { engine, open, current } = self;
        let mut take = Taking { open, tunnel: parent, current, name: None, records };
        engine.packet(raw, &mut take);
        let name = take.name;
        if let Some((number, id)) = open.take_held()
            && let Some(record) = engine.tracker().get(id)
        {
            open.tell_held(number, record, records);
        }
        name
    }
}

/// Makes records of what packets carry.
struct Recording<'a, R> {
    traffic: &'a mut Traffic,
    records: &'a mut R,
}

impl<R: FnMut(&Record)> Levels for Recording<'_, R> {
    fn extractor(&self) -> &ZeekTuple {
        self.traffic.engine.tracker().extractor()
    }

    fn level(
        &mut self,
        packet: &Packet<'_>,
        (nth, level): (usize, &RawPacket<'_>),
        parent: Option<Uid>,
    ) -> Option<Uid> {
        let Self { traffic, records } = self;
        let name = traffic.level(packet, level, parent, *records);
        let service = service::of_layers(packet).nth(nth).flatten();
        service.into_iter().for_each(|service| traffic.open.serve(traffic.current, service));
        name
    }

    fn end(&mut self, packet: &Packet<'_>) {
        // The innermost packet, which was taken last, is the one that says so.
        for flow in AnnouncedFlow::of(packet) {
            self.traffic.engine.expect_flow(flow);
        }
    }
}

/// Makes records of what the engine tells.
struct Taking<'a, R> {
    open: &'a mut Open,
    /// What the connection is called that carries the packet at hand.
    tunnel: Option<Uid>,
    /// The flow of the packet, once it is known, and what its connection is called.
    current: &'a mut Option<u64>,
    name: Option<Uid>,
    records: &'a mut R,
}

impl<R: FnMut(&Record)> Sink<Key, Kept> for Taking<'_, R> {
    fn event(&mut self, event: &Event<'_, Key, Kept>) {
        if let EventKind::Packet { .. } = event.kind {
            *self.current = Some(event.flow.number);
            self.name = self.open.uid(event.flow.number);
            self.open.through(event.flow.number, self.tunnel);
        }
        self.open.take(event, self.records);
    }

    fn tracker_anomaly(&mut self, anomaly: &TrackerAnomaly, timestamp: Timestamp) {
        if !weird::is_noise(*anomaly) {
            (self.records)(&Record::new(&WEIRD, timestamp, None, weird::of_all(*anomaly)));
        }
    }
}
