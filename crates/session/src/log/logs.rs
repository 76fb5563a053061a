//! From packets to records of logs.

use std::collections::HashMap;

use rheos_core::{RawPacket, Timestamp};
use rheos_flow::zeek::{Conn, ConnLogOptions, ConnRow, Uid, ZeekTuple, levels, tunnel};
use rheos_flow::{FlowExtractor, FlowRecord, L4Proto};
use rheos_l7::http::{HttpMessage, HttpParser};
use rheos_layers::{Decoder, Packet};

use super::conn::{self, CONN};
use super::weird::{self, WEIRD};
use super::{Log, Record, Subject, Value, http};
use crate::{Engine, Event, EventKind, Events, Message};

/// What to log.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct LogOptions {
    /// Which packets count, and when connections end.
    pub conn: ConnLogOptions,
}

/// Takes packets, and makes records of what programs say.
pub struct Logs {
    decoder: Decoder,
    engine: Engine<ZeekTuple, Conn>,
    /// What every connection that has not ended is called, by its number.
    names: HashMap<u64, Names>,
    /// Connections so far.
    count: u64,
}

/// What a connection is called, and what was found in it.
#[derive(Clone, Debug)]
struct Names {
    uid: Uid,
    parent: Option<Uid>,
    services: Vec<&'static str>,
}

/// What a message says, to be completed by whom it is about.
pub(super) struct Row {
    pub(super) log: &'static Log,
    /// When it happened, if that was before now.
    pub(super) ts: Option<Timestamp>,
    pub(super) values: Vec<Value>,
}

type Key = <ZeekTuple as FlowExtractor>::Key;

impl Logs {
    /// Logs of what this decoder sees, and all built-in parsers.
    pub fn new(decoder: &Decoder, options: LogOptions) -> Self {
        let ConnLogOptions { verify_checksums, tracker, .. } = options.conn;
        let engine = Engine::builder()
            .extractor(ZeekTuple::new(decoder, verify_checksums))
            .keep::<Conn>()
            .track(tracker)
            .events(Events::all())
            .parser(HttpParser::default())
            .build();
        Self { decoder: decoder.clone(), engine, names: HashMap::new(), count: 0 }
    }

    /// Takes the next packet, and gives the records of what it completes.
    pub fn packet(&mut self, raw: &RawPacket<'_>, records: &mut impl FnMut(&Record)) {
        let decoder = self.decoder.clone();
        let packet = decoder.decode(raw.link_type, raw.data);
        let mut parent = None;
        for level in levels(&packet, raw) {
            parent = self.level(&packet, &level, parent, records);
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
        let Self { engine, names, count, .. } = self;
        let mut current = None;
        engine.packet(level, &mut |event: &Event<'_, Key, Conn>| {
            if let EventKind::Packet { .. } = event.kind {
                current = names.get(&event.flow.number).map(|names| names.uid);
            }
            take(names, count, parent, event, records);
        });
        current
    }

    /// Gives the records of what is left.
    pub fn finish(&mut self, records: &mut impl FnMut(&Record)) {
        let Self { engine, names, count, .. } = self;
        engine.finish(&mut |event: &Event<'_, Key, Conn>| take(names, count, None, event, records));
    }

    /// What the engine has seen.
    pub fn stats(&self) -> crate::EngineStats {
        self.engine.stats()
    }
}

/// Makes records of an event.
fn take(
    all: &mut HashMap<u64, Names>,
    count: &mut u64,
    parent: Option<Uid>,
    event: &Event<'_, Key, Conn>,
    records: &mut impl FnMut(&Record),
) {
    let Event { timestamp, flow, kind, .. } = event;
    if let EventKind::Started { .. } = kind {
        *count = count.saturating_add(1);
        let uid = Uid::of(&(flow.record.key.key, *timestamp), *count);
        all.insert(flow.number, Names { uid, parent, services: Vec::new() });
        return;
    }
    if let EventKind::Ended { .. } = kind {
        if let Some(Names { uid, parent, services }) = all.remove(&flow.number) {
            let mut row = ConnRow::new(flow.record, uid, parent);
            row.services = services;
            let (ts, values) = (row.ts, conn::values(&row));
            records(&Record { log: &CONN, ts, subject: subject(flow.record, uid), values });
        }
        return;
    }
    let Some(names) = all.get_mut(&flow.number) else { return };
    let row = match *kind {
        EventKind::Identified { parser, .. } => {
            let service = service(parser);
            if !names.services.contains(&service) {
                names.services.push(service);
            }
            None
        }
        EventKind::Message { message, .. } => row_of(message),
        EventKind::Failed { parser, failure, .. } => {
            let values =
                weird::values("parse_error", Some(failure.reason().to_owned()), service(parser));
            Some(Row { log: &WEIRD, ts: None, values })
        }
        EventKind::Conflict { side, offset, len, .. } => {
            let more = format!("{len} bytes at {offset} of the {side:?}");
            let values = weird::values("tcp_rexmit_inconsistency", Some(more), "tcp");
            Some(Row { log: &WEIRD, ts: None, values })
        }
        _ => None,
    };
    if let Some(Row { log, ts, values }) = row {
        let subject = subject(flow.record, names.uid);
        records(&Record { log, ts: ts.unwrap_or(*timestamp), subject, values });
    }
}

/// What Zeek calls what a parser finds.
fn service(parser: &'static str) -> &'static str {
    match parser {
        "tls" | "dtls" => "ssl",
        "mdns" | "llmnr" => "dns",
        other => other,
    }
}

/// The record of a message, if it is one to write down.
fn row_of(message: &dyn Message) -> Option<Row> {
    message.downcast_ref::<HttpMessage>().and_then(http::row)
}

fn subject(record: &FlowRecord<Key, Conn>, uid: Uid) -> Subject {
    let (orig, resp) = record.key.key.endpoints(record.initiator);
    let flow_id = uid.number();
    Subject { uid: uid.to_string(), flow_id, orig, resp, proto: proto(record.l4) }
}

/// What Zeek calls what IP carries.
fn proto(l4: Option<L4Proto>) -> &'static str {
    match l4 {
        Some(L4Proto::Tcp) => "tcp",
        Some(L4Proto::Udp) => "udp",
        Some(L4Proto::Icmp | L4Proto::IcmpV6) => "icmp",
        _ => "unknown_transport",
    }
}
