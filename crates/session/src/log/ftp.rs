//! Commands of FTP about files and data connections: Zeek's `ftp.log`.

use std::collections::VecDeque;

use rheos_core::Timestamp;
use rheos_l7::ftp::{FtpMessage, Reply, TRANSFERS};

use super::logs::Row;
use super::record::{FileSource, Source, column};
use super::{Log, Record, Value};

/// Commands whose replies are waited for: a client that sends more without any is no client.
const MAX_PENDING: usize = 64;

/// Commands that are written down: Zeek's `FTP::logged_commands`.
const LOGGED: [&str; 10] =
    ["APPE", "DELE", "RETR", "STOR", "STOU", "ACCT", "PORT", "PASV", "EPRT", "EPSV"];

/// A command, with its reply if there is one.
pub static FTP: Log = Log::new(
    "ftp",
    "ftp",
    &[
        column("user", "string", ""),
        column("command", "string", "command"),
        column("arg", "string", "command_data"),
        column("reply_code", "count", "completion_code"),
        column("reply_msg", "string", "reply"),
    ],
);

/// What goes over a data connection: Suricata's, beside its record of the file.
pub static FTP_DATA: Log = Log::new(
    "ftp_data",
    "ftp_data",
    &[column("command", "string", "command"), column("filename", "string", "filename")],
);

/// The record of the transfer that a file came by, if it did by one of FTP.
pub fn ftp_data(record: &Record) -> Option<Record> {
    let Source::File(FileSource { transfer: Some((command, path)), .. }) = &record.source else {
        return None;
    };
    let path = (!path.is_empty()).then(|| path.clone());
    let values = vec![command.clone().into(), path.into()];
    let (ts, subject, file) = (record.ts, record.subject.clone(), record.file.clone());
    Some(Record { file, ..Record::new(&FTP_DATA, ts, subject, values) })
}

/// A command whose reply is waited for: when it was sent, its verb and its argument.
type Pending = (Timestamp, String, String);

/// What a control connection has said so far.
#[derive(Clone, Debug, Default)]
pub(super) struct FtpState {
    user: Option<String>,
    pending: VecDeque<Pending>,
    /// The port of the data connection that was announced last.
    port: Option<u16>,
    /// The last transfers: the port that the data connection of each goes to, its command and its path.
    transfers: VecDeque<(u16, String, String)>,
    /// Of a reply that announces a data connection, which is told next.
    held: Option<Row>,
}

impl FtpState {
    /// Gives the records of a message, of what is to be written down.
    pub(super) fn take(&mut self, message: &FtpMessage, rows: &mut Vec<Row>) {
        match message {
            FtpMessage::Command(command) => {
                if self.pending.len() >= MAX_PENDING {
                    let first = self.pending.pop_front();
                    rows.extend(first.and_then(|first| self.row(first, None)));
                }
                if command.verb == "USER" {
                    self.user = Some(command.argument.clone());
                }
                let (verb, argument) = (command.verb.clone(), command.argument.clone());
                // Its bytes may end in front of any reply.
                if let Some(port) = self.port.filter(|_| TRANSFERS.contains(&verb.as_str())) {
                    if self.transfers.len() >= MAX_PENDING {
                        self.transfers.pop_front();
                    }
                    self.transfers.push_back((port, verb.clone(), argument.clone()));
                }
                self.pending.push_back((command.timestamp, verb, argument));
            }
            FtpMessage::Data { expected, .. } => {
                self.port = Some(expected.port);
                rows.extend(self.held.take().map(|mut held| {
                    if let Source::Ftp { port, .. } = &mut held.source {
                        *port = self.port;
                    }
                    held
                }));
            }
            FtpMessage::Reply(reply) => {
                self.reply(reply, rows);
                // What such a reply announces is told behind it, or that it makes no sense.
                if matches!(reply.code, 227 | 229) {
                    self.held = rows.pop();
                }
            }
            _ => rows.extend(self.held.take()),
        }
    }

    /// Gives the records of what nobody has answered: the connection is over.
    pub(super) fn finish(mut self, rows: &mut Vec<Row>) {
        rows.extend(self.held.take());
        while let Some(command) = self.pending.pop_front() {
            rows.extend(self.row(command, None));
        }
    }

    /// The command and the path of what goes over the data connection to a port.
    pub(super) fn transfer(&self, port: u16) -> Option<(&str, &str)> {
        let known = self.transfers.iter().rev().find(|(known, ..)| *known == port);
        known.map(|(_, command, path)| (command.as_str(), path.as_str()))
    }

    /// A reply that is no preliminary one ends its command; those before it have none.
    fn reply(&mut self, reply: &Reply, rows: &mut Vec<Row>) {
        let Some(verb) = reply.command.as_ref().filter(|_| reply.code >= 200) else { return };
        let is_asked = |(_, pending, _): &Pending| pending == verb;
        let Some(place) = self.pending.iter().position(is_asked) else { return };
        for _ in 0..place {
            let first = self.pending.pop_front();
            rows.extend(first.and_then(|first| self.row(first, None)));
        }
        let asked = self.pending.pop_front();
        rows.extend(asked.and_then(|asked| self.row(asked, Some(reply))));
    }

    /// The record of a command, if it is one to write down.
    fn row(&self, (ts, verb, argument): Pending, reply: Option<&Reply>) -> Option<Row> {
        if !LOGGED.contains(&verb.as_str()) {
            return None;
        }
        let argument = (!argument.is_empty()).then_some(argument);
        let is_active = match verb.as_str() {
            "PORT" | "EPRT" => Some(true),
            "PASV" | "EPSV" => Some(false),
            _ => None,
        };
        let is_taken = reply.is_some_and(|reply| reply.code < 300);
        let port = self.port.filter(|_| is_active == Some(true) && is_taken);
        let values = vec![
            Value::from(self.user.clone()),
            verb.into(),
            argument.into(),
            reply.map(|reply| reply.code).into(),
            reply.map(|reply| reply.lines.join(" ")).into(),
        ];
        let reply = reply.map(|reply| reply.lines.clone()).unwrap_or_default();
        Some(Row::new(&FTP, Some(ts), values).of(Source::Ftp { reply, port, is_active }))
    }
}
