//! Commands of FTP about files and data connections: Zeek's `ftp.log`.

use std::collections::VecDeque;

use rheos_core::Timestamp;
use rheos_l7::ftp::{FtpMessage, Reply, TRANSFERS};

use super::logs::Row;
use super::record::column;
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
    /// Paths of the last transfers, each with the port that its data connection goes to.
    paths: VecDeque<(u16, String)>,
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
                    if self.paths.len() >= MAX_PENDING {
                        self.paths.pop_front();
                    }
                    self.paths.push_back((port, argument.clone()));
                }
                self.pending.push_back((command.timestamp, verb, argument));
                None
            }
            FtpMessage::Data { expected, .. } => {
                self.port = Some(expected.port);
                None
            }
            FtpMessage::Reply(reply) => self.reply(reply),
            _ => None,
        }
    }

    /// The path of what goes over the data connection to a port, if the client names one.
    pub(super) fn path(&self, port: u16) -> Option<&str> {
        let (_, path) = self.paths.iter().rev().find(|(known, _)| *known == port)?;
        Some(path.as_str()).filter(|path| !path.is_empty())
    }

    /// A reply that is no preliminary one ends its command, and those before it.
    fn reply(&mut self, reply: &Reply) -> Option<Row> {
        let verb = reply.command.as_ref().filter(|_| reply.code >= 200)?;
        let place = self.pending.iter().position(|(_, pending, _)| pending == verb)?;
        let command = self.pending.drain(..=place).next_back()?;
        let (code, lines) = (reply.code.into(), reply.lines.join(" ").into());
        row(self.user.as_deref(), command, code, lines)
    }

    /// The records of commands to which no reply came.
    pub(super) fn rest(self) -> impl Iterator<Item = Row> {
        let Self { user, pending, .. } = self;
        let unanswered = (Value::Unset, Value::Unset);
        pending.into_iter().filter_map(move |command| {
            let (code, lines) = unanswered.clone();
            row(user.as_deref(), command, code, lines)
        })
    }
}

/// The record of a command, if it is one to write down.
fn row(
    user: Option<&str>,
    (ts, verb, argument): (Timestamp, String, String),
    code: Value,
    lines: Value,
) -> Option<Row> {
    if !LOGGED.contains(&verb.as_str()) {
        return None;
    }
    let argument = (!argument.is_empty()).then_some(argument);
    let user = user.map(str::to_owned);
    let values = vec![user.into(), verb.into(), argument.into(), code, lines];
    Some(Row { log: &FTP, ts: Some(ts), values })
}
