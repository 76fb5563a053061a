//! The connections that have not ended, and what is written down of them.

use std::collections::HashMap;
use std::sync::Arc;

use rheos_flow::export::ExportedFlow;
use rheos_flow::zeek::{ConnRow, Uid};
use rheos_flow::{CommunityId, FlowRecord, L4Proto};
use rheos_l7::dns::DnsEvent;
use rheos_l7::files::{File, FileConfig, HttpFiles};
use rheos_l7::ftp::FtpMessage;
use rheos_l7::http::HttpMessage;
use rheos_l7::smtp::SmtpMessage;
use rheos_l7::ssh::SshMessage;
use rheos_l7::tls::TlsMessage;

use super::conn::{self, CONN};
use super::files::{self, FILES};
use super::ftp::FtpState;
use super::logs::{Kept, Key, Row};
use super::record::Source;
use super::smtp::SmtpState;
use super::ssh::SshState;
use super::weird::{self, WEIRD};
use super::{Record, Subject, dns, http, ssl};
use crate::{Event, EventKind, Message};

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
}

/// What a connection is called, and what was found in it.
struct Names {
    uid: Uid,
    tunnel: Option<Uid>,
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
    Http(Box<HttpFiles>),
    Ssh(Box<SshState>),
    Smtp(SmtpState),
    Ftp(Box<FtpState>),
}

impl Open {
    pub(super) fn new(config: FileConfig, community_seed: Option<u16>) -> Self {
        Self { names: HashMap::new(), connections: 0, files: 0, config, community_seed }
    }

    /// What the connection of a flow is called.
    pub(super) fn uid(&self, number: u64) -> Option<Uid> {
        self.names.get(&number).map(|names| names.uid)
    }

    /// Makes records of an event.
    pub(super) fn take(
        &mut self,
        tunnel: Option<Uid>,
        event: &Event<'_, Key, Kept>,
        records: &mut impl FnMut(&Record),
    ) {
        let Event { timestamp, flow, kind, .. } = event;
        if let EventKind::Started { parent, .. } = *kind {
            self.connections = self.connections.saturating_add(1);
            let key = &flow.record.key.key;
            let (orig, resp) = key.endpoints(flow.record.initiator);
            let community_id =
                |seed| CommunityId::new(orig, resp, key.protocol(), seed).to_string();
            let names = Names {
                uid: Uid::of(&(*key, *timestamp), self.connections),
                tunnel,
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
            let mut rest = |Row { log, ts, values, source }| {
                let (ts, subject) = (ts.unwrap_or(*timestamp), subject.clone());
                records(&Record { log, ts, subject, values, file: None, flow: None, source });
            };
            match names.said {
                Said::Ssh(state) => rest(state.row()),
                Said::Ftp(state) => state.rest().for_each(rest),
                Said::Nothing | Said::Http(_) | Said::Smtp(_) => {}
            }
            let (conn, (kept, _)) = &flow.record.user;
            let mut row = ConnRow::of(flow.record, conn, names.uid, names.tunnel);
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
            let source = Source::None;
            records(&Record { log: &CONN, ts, subject, values, file: None, flow, source });
            return;
        }
        let (row, file) = self.row(event);
        let Some(names) = self.names.get(&flow.number) else { return };
        if let Some(Row { log, ts, values, source }) = row {
            let (ts, subject) = (ts.unwrap_or(*timestamp), subject(flow.record, names));
            let file = file.map(Arc::new);
            records(&Record { log, ts, subject, values, file, flow: None, source });
        }
    }

    /// What an event is to be written down as, and the file that it is about.
    fn row(&mut self, event: &Event<'_, Key, Kept>) -> (Option<Row>, Option<File>) {
        let Event { flow, kind, .. } = event;
        let row = match *kind {
            EventKind::Identified { parser, .. } => {
                let service = service(parser);
                if let Some(names) = self.names.get_mut(&flow.number)
                    && !names.services.contains(&service)
                {
                    names.services.push(service);
                }
                None
            }
            EventKind::Message { parser, message, .. } => {
                if let Some(file) = self.file(flow.number, message) {
                    let (_, resp) = flow.record.key.key.endpoints(flow.record.initiator);
                    let row = self.file_row(flow.number, &file, resp.port());
                    return (row, Some(file));
                }
                self.message(flow.number, parser, message, flow.record.l4)
            }
            EventKind::Failed { parser, failure, .. } => {
                let reason = Some(failure.reason().to_owned());
                let values = weird::values("parse_error", reason, service(parser));
                Some(Row::new(&WEIRD, None, values))
            }
            EventKind::Conflict { side, offset, len, .. } => {
                let more = format!("{len} bytes at {offset} of the {side:?}");
                let values = weird::values("tcp_rexmit_inconsistency", Some(more), "tcp");
                Some(Row::new(&WEIRD, None, values))
            }
            EventKind::Anomaly { anomaly } => weird::odd(anomaly, proto(flow.record.l4))
                .map(|values| Row::new(&WEIRD, None, values)),
            _ => None,
        };
        (row, None)
    }

    /// The file that a message completes.
    fn file(&mut self, number: u64, message: &dyn Message) -> Option<File> {
        if let Some(file) = message.downcast_ref::<File>() {
            return Some(file.clone());
        }
        let message = message.downcast_ref::<HttpMessage>()?;
        let said = &mut self.names.get_mut(&number)?.said;
        if !matches!(said, Said::Http(_)) {
            *said = Said::Http(Box::new(HttpFiles::new(self.config.clone())));
        }
        let Said::Http(files) = said else { return None };
        files.message(message)
    }

    /// A file that comes over a connection to this port.
    fn file_row(&mut self, number: u64, file: &File, port: u16) -> Option<Row> {
        self.files = self.files.saturating_add(1);
        let names = self.names.get(&number)?;
        // What goes over a connection, the one that announced it says.
        let parent = names.parent.and_then(|parent| self.names.get(&parent));
        let transfer = parent.and_then(|parent| match &parent.said {
            Said::Ftp(state) => state.transfer(port),
            _ => None,
        });
        let path = transfer.map(|(_, path)| path.to_owned()).filter(|path| !path.is_empty());
        let values = files::values(file, path, names.uid, self.files);
        let source = transfer.map_or(Source::None, |(command, path)| Source::FtpData {
            command: command.to_owned(),
            path: path.to_owned(),
        });
        Some(Row::new(&FILES, Some(file.timestamp), values).of(source))
    }

    /// The record of a message, if it is one to write down.
    fn message(
        &mut self,
        number: u64,
        parser: &str,
        message: &dyn Message,
        l4: Option<L4Proto>,
    ) -> Option<Row> {
        if let Some(message) = message.downcast_ref::<HttpMessage>() {
            return http::row(message);
        }
        if let Some(message) = message.downcast_ref::<TlsMessage>() {
            return ssl::row(message);
        }
        if let Some(event) = message.downcast_ref::<DnsEvent>() {
            return dns::row(event, parser, proto(l4));
        }
        let said = &mut self.names.get_mut(&number)?.said;
        if let Some(message) = message.downcast_ref::<SshMessage>() {
            if !matches!(said, Said::Ssh(_)) {
                *said = Said::Ssh(Box::default());
            }
            if let Said::Ssh(state) = said {
                state.take(message);
            }
            return None;
        }
        if let Some(message) = message.downcast_ref::<SmtpMessage>() {
            if !matches!(said, Said::Smtp(_)) {
                *said = Said::Smtp(SmtpState::default());
            }
            let Said::Smtp(state) = said else { return None };
            return state.take(message);
        }
        let message = message.downcast_ref::<FtpMessage>()?;
        if !matches!(said, Said::Ftp(_)) {
            *said = Said::Ftp(Box::default());
        }
        let Said::Ftp(state) = said else { return None };
        state.take(message)
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
