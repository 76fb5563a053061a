//! Commands of FTP about files and data connections: Zeek's `ftp.log`.

use std::collections::VecDeque;

use rheos_core::Timestamp;
use rheos_l7::ftp::{FtpMessage, Reply, TRANSFERS};

use super::logs::Row;
use super::record::{Source, column};
use super::{Log, Value};

/// Commands whose replies are waited for: a client that sends more without any is no client.
const MAX_PENDING: usize = 64;

/// Commands that are written down: Zeek's `FTP::logged_commands`.
const LOGGED: [&str; 10] =
    ["APPE", "DELE", "RETR", "STOR", "STOU", "ACCT", "PORT", "PASV", "EPRT", "EPSV"];

/// A command and its reply.
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

/// What a control connection has said so far.
#[derive(Clone, Debug, Default)]
pub(super) struct FtpState {
    user: Option<String>,
    pending: VecDeque<(Timestamp, String, String)>,
    /// The port of the data connection that was announced last.
    port: Option<u16>,
    /// The last transfers: the port that the data connection of each goes to, its command and its path.
    transfers: VecDeque<(u16, String, String)>,
    /// Of a reply that announces a data connection, which is told next.
    held: Option<Row>,
}

impl FtpState {
    /// The record of a message, if it is one to write down.
    pub(super) fn take(&mut self, message: &FtpMessage) -> Option<Row> {
        match message {
            FtpMessage::Command(command) => {
                if self.pending.len() >= MAX_PENDING {
                    self.pending.pop_front();
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
                None
            }
            FtpMessage::Data { expected, .. } => {
                self.port = Some(expected.port);
                let mut held = self.held.take()?;
                if let Source::Ftp { port, .. } = &mut held.source {
                    *port = self.port;
                }
                Some(held)
            }
            FtpMessage::Reply(reply) => {
                let row = self.reply(reply)?;
                // What such a reply announces is told behind it, or that it makes no sense.
                if matches!(reply.code, 227 | 229) {
                    self.held = Some(row);
                    return None;
                }
                Some(row)
            }
            _ => self.held.take(),
        }
    }

    /// The command and the path of what goes over the data connection to a port.
    pub(super) fn transfer(&self, port: u16) -> Option<(&str, &str)> {
        let known = self.transfers.iter().rev().find(|(known, ..)| *known == port);
        known.map(|(_, command, path)| (command.as_str(), path.as_str()))
    }

    /// A reply that is no preliminary one ends its command, and those before it.
    fn reply(&mut self, reply: &Reply) -> Option<Row> {
        let verb = reply.command.as_ref().filter(|_| reply.code >= 200)?;
        let place = self.pending.iter().position(|(_, pending, _)| pending == verb)?;
        let command = self.pending.drain(..=place).next_back()?;
        self.row(command, Some(reply))
    }

    /// The records of commands to which no reply came.
    pub(super) fn rest(mut self) -> impl Iterator<Item = Row> {
        let pending = std::mem::take(&mut self.pending);
        pending.into_iter().filter_map(move |command| self.row(command, None))
    }

    /// The record of a command, if it is one to write down.
    fn row(
        &self,
        (ts, verb, argument): (Timestamp, String, String),
        reply: Option<&Reply>,
    ) -> Option<Row> {
        if !LOGGED.contains(&verb.as_str()) {
            return None;
        }
        let argument = (!argument.is_empty()).then_some(argument);
        let is_active = match verb.as_str() {
            "PORT" | "EPRT" => Some(true),
            "PASV" | "EPSV" => Some(false),
            _ => None,
        };
        let is_done = reply.is_some_and(|reply| reply.code < 300);
        let port = self.port.filter(|_| is_active == Some(true) && is_done);
        let values = vec![
            Value::from(self.user.clone()),
            verb.into(),
            argument.into(),
            reply.map_or(Value::Unset, |reply| reply.code.into()),
            reply.map(|reply| reply.lines.join(" ")).into(),
        ];
        let lines = reply.map(|reply| reply.lines.clone()).unwrap_or_default();
        let source = Source::Ftp { reply: lines, port, is_active };
        Some(Row::new(&FTP, Some(ts), values).of(source))
    }
}
