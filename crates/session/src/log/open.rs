//! The connections that have not ended, and what is written down of them.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use rheos_core::Side;
use rheos_flow::export::ExportedFlow;
use rheos_flow::zeek::{ConnRow, TunnelParents, Uid};
use rheos_flow::{CommunityId, FlowId, FlowRecord, L4Proto};
use rheos_l7::dns::DnsEvent;
use rheos_l7::files::{File, FileConfig};
use rheos_l7::ftp::FtpMessage;
use rheos_l7::http::HttpMessage;
use rheos_l7::smtp::SmtpMessage;
use rheos_l7::ssh::SshMessage;
use rheos_l7::tls::TlsMessage;

use super::conn::{self, CONN};
use super::dns::DnsState;
use super::files::{self, FILES};
use super::ftp::FtpState;
use super::http::HttpState;
use super::logs::{Kept, Key, Row};
use super::record::{FileSource, Source};
use super::smtp::SmtpState;
use super::ssh::SshState;
use super::weird::{self, WEIRD};
use super::{Record, Subject, Value, service, ssl};
use crate::{Choice, Event, EventKind, Flow, Message};

/// The connections that have not ended.
pub(super) struct Open {
    /// By the numbers of their flows.
    names: HashMap<u64, Names>,
    /// Connections so far, and files.
    connections: u64,
    files: u64,
    config: FileConfig,
    /// The seed of Community IDs, if they are asked for.
    community_seed: Option<u16>,
    /// The flow of the response that was taken last, while it may still be a part of an exchange.
    held: Option<(u64, FlowId)>,
}

/// What a connection is called, and what was found in it.
struct Names {
    uid: Uid,
    tunnels: TunnelParents,
    /// The connection that announced it.
    parent: Option<u64>,
    /// What that one is called.
    parent_uid: Option<Uid>,
    community_id: Option<String>,
    services: Vec<&'static str>,
    said: Said,
}

/// What a connection has said so far, of protocols whose records take several messages.
enum Said {
    Nothing,
    Http(Box<HttpState>),
    Dns(DnsState),
    Ssh(Box<SshState>),
    Smtp(Box<SmtpState>),
    Ftp(Box<FtpState>),
}

impl Open {
    pub(super) fn new(config: FileConfig, community_seed: Option<u16>) -> Self {
        Self { names: HashMap::new(), connections: 0, files: 0, config, community_seed, held: None }
    }

    /// What the connection of a flow is called.
    pub(super) fn uid(&self, number: u64) -> Option<Uid> {
        self.names.get(&number).map(|names| names.uid)
    }

    /// Notes what the connection of a flow carries.
    pub(super) fn serve(&mut self, number: Option<u64>, service: &'static str) {
        let names = number.and_then(|number| self.names.get_mut(&number));
        if let Some(names) = names.filter(|names| !names.services.contains(&service)) {
            names.services.push(service);
        }
    }

    /// Notes what a packet of a flow came through.
    pub(super) fn through(&mut self, number: u64, tunnel: Option<Uid>) {
        if let Some(names) = self.names.get_mut(&number) {
            // Nothing keeps a datagram from having in it one of its own connection.
            names.tunnels.add(tunnel.filter(|tunnel| *tunnel != names.uid));
        }
    }

    /// Makes records of an event.
    pub(super) fn take(&mut self, event: &Event<'_, Key, Kept>, records: &mut impl FnMut(&Record)) {
        let Event { timestamp, flow, kind, .. } = event;
        if let EventKind::Started { parent, .. } = *kind {
            self.connections = self.connections.saturating_add(1);
            let key = &flow.record.key.key;
            let (orig, resp) = key.endpoints(flow.record.initiator);
            let community_id =
                |seed| CommunityId::new(orig, resp, key.protocol(), seed).to_string();
            let names = Names {
                uid: Uid::of(&(*key, *timestamp), self.connections),
                tunnels: TunnelParents::default(),
                parent,
                parent_uid: parent.and_then(|parent| self.uid(parent)),
                // The ports of ICMP are type and code, or type and that of the answer, as it has them.
                community_id: self.community_seed.map(community_id),
                services: Vec::new(),
                said: Said::Nothing,
            };
            self.names.insert(flow.number, names);
            return;
        }
        if let EventKind::Ended { reason, .. } = *kind {
            let Some(names) = self.names.remove(&flow.number) else { return };
            let subject = subject(flow.record, &names);
            let mut rows = Vec::new();
            match names.said {
                Said::Dns(mut state) => rows.extend(state.finish(subject.proto)),
                Said::Ssh(state) => rows.push(state.row(subject.orig.ip(), subject.resp.ip())),
                Said::Ftp(state) => {
                    let ends = [&subject.orig, &subject.resp].map(SocketAddr::ip);
                    state.finish(ends, &mut rows);
                }
                Said::Nothing | Said::Http(_) | Said::Smtp(_) => {}
            }
            for Row { log, ts, values, source, file } in rows {
                let (ts, subject) = (ts.unwrap_or(*timestamp), Some(subject.clone()));
                records(&Record { file, source, ..Record::new(log, ts, subject, values) });
            }
            let (conn, (kept, _)) = &flow.record.user;
            let mut row = ConnRow::of(flow.record, conn, names.uid, names.tunnels);
            row.services = names.services;
            let (ts, values) = (row.ts, conn::values(&row));
            let key = &flow.record.key.key;
            let mut told = ExportedFlow::new(
                subject.flow_id,
                flow.record,
                key,
                *kept,
                Some(reason),
                *timestamp,
            );
            told.parent_id = subject.parent_id;
            told.community_id.clone_from(&subject.community_id);
            let flow = Some(Arc::new(told));
            records(&Record { flow, ..Record::new(&CONN, ts, Some(subject), values) });
            return;
        }
        let mut rows = Vec::new();
        self.rows(event, &mut rows);
        let Some(names) = self.names.get(&flow.number) else { return };
        for Row { log, ts, values, source, file } in rows {
            let (ts, subject) = (ts.unwrap_or(*timestamp), Some(subject(flow.record, names)));
            records(&Record { file, source, ..Record::new(log, ts, subject, values) });
        }
    }

    /// The flow of a response that the packet at hand brought, and that answers nothing.
    pub(super) fn take_held(&mut self) -> Option<(u64, FlowId)> {
        self.held.take()
    }

    /// Gives the record of that response.
    pub(super) fn tell_held(
        &mut self,
        number: u64,
        record: &FlowRecord<Key, Kept>,
        records: &mut impl FnMut(&Record),
    ) {
        let Some(names) = self.names.get_mut(&number) else { return };
        let subject = subject(record, names);
        let Said::Dns(state) = &mut names.said else { return };
        let Some(Row { log, ts, values, source, file }) = state.finish(subject.proto) else {
            return;
        };
        let ts = ts.unwrap_or(record.stats.last_seen);
        records(&Record { file, source, ..Record::new(log, ts, Some(subject), values) });
    }

    /// Notes that a flow carries what a parser reads.
    fn confirm(&mut self, flow: &Flow<'_, Key, Kept>, parser: &'static str) {
        let (_, resp) = flow.record.key.key.endpoints(flow.record.initiator);
        let service = service::of_parser(parser, resp.port());
        service.into_iter().for_each(|service| self.serve(Some(flow.number), service));
    }

    /// Gives what an event is to be written down as.
    fn rows(&mut self, event: &Event<'_, Key, Kept>, rows: &mut Vec<Row>) {
        let Event { flow, kind, .. } = event;
        match *kind {
            // Of a port alone it is a guess, which what is said confirms.
            EventKind::Identified { parser, by, .. } if by != Choice::Port => {
                self.confirm(flow, parser);
            }
            EventKind::Message { parser, message, .. } => {
                self.confirm(flow, parser);
                self.files(flow, message, rows);
                self.message(flow, (parser, message), rows);
            }
            EventKind::Failed { parser, failure, .. } => {
                let reason = Some(failure.reason().to_owned());
                let values = weird::values("parse_error", reason, service::of_parser(parser, 0));
                rows.push(Row::new(&WEIRD, None, values));
            }
            EventKind::Conflict { side, offset, len, .. } => {
                let more = format!("{len} bytes at {offset} of the {side:?}");
                let values = weird::values("tcp_rexmit_inconsistency", Some(more), "tcp");
                rows.push(Row::new(&WEIRD, None, values));
            }
            EventKind::Anomaly { anomaly } => {
                let odd = weird::odd(anomaly, proto(flow.record.l4));
                rows.extend(odd.map(|values| Row::new(&WEIRD, None, values)));
            }
            _ => {}
        }
    }

    /// Gives the records of the files that a message completes.
    fn files(&mut self, flow: &Flow<'_, Key, Kept>, message: &dyn Message, rows: &mut Vec<Row>) {
        if let Some(file) = message.downcast_ref::<File>() {
            let (_, resp) = flow.record.key.key.endpoints(flow.record.initiator);
            let source = self.transfer(flow.number, resp.port());
            let row = self.file_row(flow, file.clone(), source);
            if let Some(Value::Text(fuid)) = row.as_ref().and_then(|row| row.values.first())
                && let Some(state) = self.control(flow.number)
            {
                state.sent(resp.port(), fuid.clone(), file.media_type);
            }
            rows.extend(row);
            return;
        }
        let Some(message) = message.downcast_ref::<HttpMessage>() else { return };
        let Some(Names { said, .. }) = self.names.get_mut(&flow.number) else { return };
        if !matches!(said, Said::Http(_)) {
            *said = Said::Http(Box::new(HttpState::new(self.config.clone())));
        }
        let Said::Http(state) = said else { return };
        let (files, source) = state.files(message);
        for file in files {
            let exchange = source.transaction;
            let row = self.file_row(flow, file, source.clone());
            let fuid = row.as_ref().and_then(|row| Some((row.file.as_ref()?, row.values.first()?)));
            if let Some((file, Value::Text(fuid))) = fuid
                && let Some(Names { said: Said::Http(state), .. }) =
                    self.names.get_mut(&flow.number)
            {
                state.sent(exchange, file, fuid.clone());
            }
            rows.extend(row);
        }
    }

    /// What goes over a connection to this port, which the one that announced it says.
    fn transfer(&self, number: u64, port: u16) -> FileSource {
        let parent = self.names.get(&number).and_then(|names| self.names.get(&names.parent?));
        let transfer = parent.and_then(|parent| match &parent.said {
            Said::Ftp(state) => state.transfer(port),
            _ => None,
        });
        let transfer = transfer.map(|(command, path)| (command.to_owned(), path.to_owned()));
        FileSource { transfer, ..FileSource::default() }
    }

    /// The connection of FTP that announced this one.
    fn control(&mut self, number: u64) -> Option<&mut FtpState> {
        let parent = self.names.get(&number)?.parent?;
        match &mut self.names.get_mut(&parent)?.said {
            Said::Ftp(state) => Some(state),
            _ => None,
        }
    }

    /// A file that comes over a connection.
    fn file_row(
        &mut self,
        flow: &Flow<'_, Key, Kept>,
        file: File,
        source: FileSource,
    ) -> Option<Row> {
        self.files = self.files.saturating_add(1);
        let names = self.names.get(&flow.number)?;
        let path = source.transfer.as_ref().map(|(_, path)| path.clone());
        let path = path.filter(|path| !path.is_empty());
        let (orig, resp) = flow.record.key.key.endpoints(flow.record.initiator);
        let sender = if file.side == Side::Initiator { orig } else { resp };
        let values = files::values(&file, path, (names.uid, self.files), sender.ip());
        let row = Row::new(&FILES, Some(file.began), values).of(Source::File(source));
        Some(Row { file: Some(Arc::new(file)), ..row })
    }

    /// Gives the records of a message, of what is to be written down.
    fn message(
        &mut self,
        flow: &Flow<'_, Key, Kept>,
        (parser, message): (&str, &dyn Message),
        rows: &mut Vec<Row>,
    ) {
        if let Some(message) = message.downcast_ref::<TlsMessage>() {
            return rows.extend(ssl::row(message));
        }
        let Some(Names { said, .. }) = self.names.get_mut(&flow.number) else { return };
        if let Some(message) = message.downcast_ref::<HttpMessage>() {
            if let Said::Http(state) = said {
                rows.extend(state.row(message));
            }
        } else if let Some(event) = message.downcast_ref::<DnsEvent>() {
            if !matches!(said, Said::Dns(_)) {
                *said = Said::Dns(DnsState::default());
            }
            if let Said::Dns(state) = said {
                state.take(event, parser, proto(flow.record.l4), rows);
                self.held = state.holds().then_some((flow.number, flow.id));
            }
        } else if let Some(message) = message.downcast_ref::<SshMessage>() {
            if !matches!(said, Said::Ssh(_)) {
                *said = Said::Ssh(Box::default());
            }
            if let Said::Ssh(state) = said {
                state.take(message);
            }
        } else if let Some(message) = message.downcast_ref::<SmtpMessage>() {
            if !matches!(said, Said::Smtp(_)) {
                *said = Said::Smtp(Box::default());
            }
            if let Said::Smtp(state) = said {
                let (orig, resp) = flow.record.key.key.endpoints(flow.record.initiator);
                rows.extend(state.take(message, [orig.ip(), resp.ip()]));
            }
        } else if let Some(message) = message.downcast_ref::<FtpMessage>() {
            if !matches!(said, Said::Ftp(_)) {
                *said = Said::Ftp(Box::default());
            }
            if let Said::Ftp(state) = said {
                let (orig, resp) = flow.record.key.key.endpoints(flow.record.initiator);
                state.take(message, [orig.ip(), resp.ip()], rows);
            }
        }
    }
}

fn subject(record: &FlowRecord<Key, Kept>, names: &Names) -> Subject {
    let (orig, resp) = record.key.key.endpoints(record.initiator);
    Subject {
        uid: names.uid.to_string(),
        flow_id: names.uid.number(),
        parent_id: names.parent_uid.map(Uid::number),
        orig,
        resp,
        proto: proto(record.l4),
        community_id: names.community_id.clone(),
    }
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
