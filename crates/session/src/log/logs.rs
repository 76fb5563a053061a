//! From packets to records of logs.

use rheos_core::{RawPacket, Timestamp};
use rheos_flow::export::ExportState;
use rheos_flow::zeek::{Conn, ConnLogOptions, Uid, ZeekTuple, levels, tunnel};
use rheos_flow::{AnnouncedFlow, Anomalies, FlowExtractor};
use rheos_l7::dns::{DnsTcpParser, DnsUdpParser};
use rheos_l7::dtls::DtlsParser;
use rheos_l7::files::{FileConfig, FtpDataParser};
use rheos_l7::ftp::FtpParser;
use rheos_l7::http::HttpParser;
use rheos_l7::smtp::SmtpParser;
use rheos_l7::ssh::SshParser;
use rheos_l7::starttls::StartTlsParser;
use rheos_l7::tls::TlsParser;
use rheos_layers::{Decoder, Packet};

use super::open::Open;
use super::record::Source;
use super::{Log, Record, Value};
use crate::{Engine, Event, EventKind, Events};

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
    decoder: Decoder,
    engine: Engine<ZeekTuple, Kept>,
    open: Open,
}

/// What a message says, to be completed by whom it is about.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) log: &'static Log,
    /// When it happened, if that was before now.
    pub(super) ts: Option<Timestamp>,
    pub(super) values: Vec<Value>,
    pub(super) source: Source,
}

impl Row {
    pub(super) fn new(log: &'static Log, ts: Option<Timestamp>, values: Vec<Value>) -> Self {
        Self { log, ts, values, source: Source::None }
    }

    pub(super) fn of(self, source: Source) -> Self {
        Self { source, ..self }
    }
}

/// What the connections of logs are told apart by.
pub(super) type Key = <ZeekTuple as FlowExtractor>::Key;

/// What is kept of each: for Zeek's log, for Suricata's, and what is odd in it.
pub(super) type Kept = (Conn, (ExportState, Anomalies));

impl Logs {
    /// Logs of what this decoder sees, and all built-in parsers.
    pub fn new(decoder: &Decoder, options: LogOptions) -> Self {
        let LogOptions { conn, files, community_seed } = options;
        let ConnLogOptions { verify_checksums, tracker, .. } = conn;
        let engine = Engine::builder()
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
            .datagram_parser(DtlsParser::default())
            .on_port(21, "ftp")
            .on_port(25, "smtp")
            .on_port(53, "dns")
            .on_port(5353, "mdns")
            .build();
        Self { decoder: decoder.clone(), engine, open: Open::new(files, community_seed) }
    }

    /// Takes the next packet, and gives the records of what it completes.
    pub fn packet(&mut self, raw: &RawPacket<'_>, records: &mut impl FnMut(&Record)) {
        let decoder = self.decoder.clone();
        let packet = decoder.decode(raw.link_type, raw.data);
        let mut parent = None;
        for level in levels(&packet, raw) {
            parent = self.level(&packet, &level, parent, records);
        }
        // The innermost packet, which was taken last, is the one that says so.
        for flow in AnnouncedFlow::of(&packet) {
            self.engine.expect_flow(flow);
        }
    }

    /// Takes what one IP header carries, and returns what that is called.
    fn level(
        &mut self,
        packet: &Packet<'_>,
        level: &RawPacket<'_>,
        parent: Option<Uid>,
        records: &mut impl FnMut(&Record),
    ) -> Option<Uid> {
        if let Some(name) = tunnel(self.engine.tracker().extractor(), packet, level) {
            return Some(name);
        }
        let Self { engine, open, .. } = self;
        let mut current = None;
        engine.packet(level, &mut |event: &Event<'_, Key, Kept>| {
            if let EventKind::Packet { .. } = event.kind {
                current = open.uid(event.flow.number);
            }
            open.take(parent, event, records);
        });
        current
    }

    /// Gives the records of what is left.
    pub fn finish(&mut self, records: &mut impl FnMut(&Record)) {
        let Self { engine, open, .. } = self;
        engine.finish(&mut |event: &Event<'_, Key, Kept>| open.take(None, event, records));
    }

    /// What the engine has seen.
    pub fn stats(&self) -> crate::EngineStats {
        self.engine.stats()
    }
}
