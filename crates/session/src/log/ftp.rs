//! Commands of FTP about files and data connections: Zeek's `ftp.log`.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::ops::Range;

use rheos_core::{Side, Timestamp};
use rheos_l7::Expected;
use rheos_l7::ftp::{FtpMessage, Reply, TRANSFERS};

use super::logs::Row;
use super::record::{FileSource, Source, column, zeek_only};
use super::weird::Once;
use super::{Log, Record, Value};

/// Commands whose replies are waited for: a client that sends more without any is no client.
const MAX_PENDING: usize = 64;

/// Commands that are written down: Zeek's `FTP::logged_commands`.
const LOGGED: [&str; 10] =
    ["APPE", "DELE", "RETR", "STOR", "STOU", "ACCT", "PORT", "PASV", "EPRT", "EPSV"];

/// Names of users whose password is nobody's: Zeek's `FTP::guest_ids`.
const GUESTS: [&str; 4] = ["anonymous", "ftp", "ftpuser", "guest"];

/// A command, with its reply if there is one.
pub static FTP: Log = Log::new(
    "ftp",
    "ftp",
    &[
        column("user", "string", ""),
        zeek_only("password", "string"),
        column("command", "string", "command"),
        column("arg", "string", "command_data"),
        zeek_only("mime_type", "string"),
        zeek_only("file_size", "count"),
        column("reply_code", "count", "completion_code"),
        column("reply_msg", "string", "reply"),
        zeek_only("data_channel.passive", "bool"),
        zeek_only("data_channel.orig_h", "addr"),
        zeek_only("data_channel.resp_h", "addr"),
        zeek_only("data_channel.resp_p", "port"),
        zeek_only("fuid", "string"),
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

/// Commands that announce a data connection, or have the server do so.
const ANNOUNCING: [&str; 6] = ["PORT", "EPRT", "LPRT", "PASV", "EPSV", "LPSV"];

/// A command whose reply is waited for.
#[derive(Clone, Debug)]
struct Pending {
    /// When it was sent.
    ts: Timestamp,
    verb: String,
    argument: String,
    /// The data connection that it announces.
    data: Option<Expected>,
}

/// What a control connection has said so far.
#[derive(Clone, Debug, Default)]
pub(super) struct FtpState {
    user: Option<String>,
    password: Option<String>,
    pending: VecDeque<Pending>,
    /// The data connection that the next command announces.
    announced: Option<Expected>,
    /// The data connection of transfers in front of which no command waits that announces another.
    data: Option<Expected>,
    /// Bytes of the file that is to come, as the server says.
    size: Option<u64>,
    /// The last file that came: the port of its data connection, what it is called, and its kind.
    file: Option<(u16, String, Option<&'static str>)>,
    /// The last transfers: the port that the data connection of each goes to, its command and its path.
    transfers: VecDeque<(u16, String, String)>,
    /// Of a reply that announces a data connection, which is told next.
    held: Option<Row>,
    odd: Once,
}

impl FtpState {
    /// Gives the records of a message, of what is to be written down.
    pub(super) fn take(&mut self, message: &FtpMessage, ends: Ends, rows: &mut Vec<Row>) {
        match message {
            FtpMessage::Command(command) => {
                if self.pending.len() >= MAX_PENDING {
                    let first = self.pending.pop_front();
                    rows.extend(first.and_then(|first| self.unanswered(first, ends)));
                }
                if command.verb == "USER" {
                    self.user = Some(command.argument.clone());
                } else if command.verb == "PASS" {
                    self.password = Some(command.argument.clone());
                }
                let (verb, argument) = (command.verb.clone(), command.argument.clone());
                // Its bytes may end in front of any reply, but not in front of that which says where they go.
                let mut waiting = self.pending.iter().rev();
                let announcing = waiting.find(|asked| ANNOUNCING.contains(&asked.verb.as_str()));
                if let Some(data) = announcing.map_or(self.data, |asked| asked.data) {
                    self.note_transfer(data.port, &verb, &argument);
                }
                let (ts, data) = (command.timestamp, self.announced.take());
                self.pending.push_back(Pending { ts, verb, argument, data });
            }
            FtpMessage::Data { expected, .. } if expected.listener == Side::Initiator => {
                self.announced = Some(*expected);
            }
            FtpMessage::Data { expected, .. } => {
                self.data = Some(*expected);
                let is_announcing = |asked: &&Pending| ANNOUNCING.contains(&asked.verb.as_str());
                let behind = self.pending.iter().take_while(|asked| !is_announcing(asked));
                for Pending { verb, argument, .. } in behind.cloned().collect::<Vec<_>>() {
                    self.note_transfer(expected.port, &verb, &argument);
                }
                rows.extend(self.held.take().map(|mut held| {
                    if let Source::Ftp { port, .. } = &mut held.source {
                        *port = Some(expected.port);
                    }
                    tell(&mut held.values, expected, ends);
                    held
                }));
            }
            FtpMessage::Reply(reply) => {
                self.reply(reply, ends, rows);
                // What such a reply announces is told behind it, or that it makes no sense.
                if matches!(reply.code, 227 | 229) {
                    self.held = rows.pop();
                }
            }
            _ => rows.extend(self.held.take()),
        }
        if let FtpMessage::Anomaly(odd) = message {
            rows.extend(self.odd.row(odd.timestamp, odd.what.slug(), None, "ftp"));
        }
    }

    /// Gives the records of what nobody has answered: the connection is over.
    pub(super) fn finish(mut self, ends: Ends, rows: &mut Vec<Row>) {
        rows.extend(self.held.take());
        while let Some(command) = self.pending.pop_front() {
            rows.extend(self.unanswered(command, ends));
        }
    }

    /// Notes what came over the data connection to a port.
    pub(super) fn sent(&mut self, port: u16, fuid: String, kind: Option<&'static str>) {
        self.file = Some((port, fuid, kind));
    }

    /// The command and the path of what goes over the data connection to a port.
    pub(super) fn transfer(&self, port: u16) -> Option<(&str, &str)> {
        let known = self.transfers.iter().rev().find(|(known, ..)| *known == port);
        known.map(|(_, command, path)| (command.as_str(), path.as_str()))
    }

    /// Notes what goes over the data connection to a port, if a command transfers something.
    fn note_transfer(&mut self, port: u16, verb: &str, argument: &str) {
        if !TRANSFERS.contains(&verb) {
            return;
        }
        if self.transfers.len() >= MAX_PENDING {
            self.transfers.pop_front();
        }
        self.transfers.push_back((port, verb.to_owned(), argument.to_owned()));
    }

    /// A reply that is no preliminary one ends its command; those before it have none.
    fn reply(&mut self, reply: &Reply, ends: Ends, rows: &mut Vec<Row>) {
        if reply.code == 150 && reply.command.as_deref() == Some("RETR") {
            self.size = reply.lines.last().and_then(|line| last_number(line));
        }
        let Some(verb) = reply.command.as_ref().filter(|_| reply.code >= 200) else { return };
        let is_asked = |asked: &Pending| asked.verb == *verb;
        let Some(place) = self.pending.iter().position(is_asked) else { return };
        for _ in 0..place {
            let first = self.pending.pop_front();
            rows.extend(first.and_then(|first| self.unanswered(first, ends)));
        }
        let Some(asked) = self.pending.pop_front() else { return };
        if reply.code < 300 {
            self.data = asked.data.or(self.data);
        }
        rows.extend(self.row(asked, Some(reply), ends));
    }

    /// The record of a command whose reply was not seen: what it announces may have come about.
    fn unanswered(&mut self, asked: Pending, ends: Ends) -> Option<Row> {
        self.data = asked.data.or(self.data);
        self.row(asked, None, ends)
    }

    /// The record of a command, if it is one to write down.
    fn row(
        &mut self,
        Pending { ts, verb, argument, data }: Pending,
        reply: Option<&Reply>,
        ends: Ends,
    ) -> Option<Row> {
        let size = self.size.take();
        if !LOGGED.contains(&verb.as_str()) {
            return None;
        }
        let is_of = |known: &&(u16, String, String)| known.1 == verb && known.2 == argument;
        let port = self.transfers.iter().rev().find(is_of).map(|(port, ..)| *port);
        let file = self.file.take_if(|(of, ..)| Some(*of) == port);
        let (fuid, kind) = file.map_or((None, None), |(_, fuid, kind)| (Some(fuid), kind));
        let argument = (!argument.is_empty()).then_some(argument);
        let is_active = match verb.as_str() {
            "PORT" | "EPRT" => Some(true),
            "PASV" | "EPSV" => Some(false),
            _ => None,
        };
        let is_taken = reply.is_some_and(|reply| reply.code < 300);
        let data = data.as_ref().filter(|_| is_active == Some(true) && is_taken);
        let user = self.user.as_deref().unwrap_or("<unknown>");
        let is_guest = GUESTS.iter().any(|guest| guest.eq_ignore_ascii_case(user));
        let password = self.password.as_deref();
        let mut values = vec![
            user.into(),
            password.map(|password| if is_guest { password } else { "<hidden>" }).into(),
            verb.into(),
            argument.into(),
            kind.into(),
            size.into(),
            reply.map(|reply| reply.code).into(),
            reply.map(|reply| reply.lines.join(" ")).into(),
        ];
        values.resize(DATA_CHANNEL.end, Value::Unset);
        values.push(fuid.into());
        if let Some(data) = data {
            tell(&mut values, data, ends);
        }
        let port = data.map(|data| data.port);
        let reply = reply.map(|reply| reply.lines.clone()).unwrap_or_default();
        Some(Row::new(&FTP, Some(ts), values).of(Source::Ftp { reply, port, is_active }))
    }
}

/// The addresses of a control connection: who opened it, and the server.
pub(super) type Ends = [IpAddr; 2];

/// Where the columns of a data connection stand.
const DATA_CHANNEL: Range<usize> = 8..12;

/// Writes a data connection down: who is to open it, and where it goes.
fn tell(values: &mut [Value], data: &Expected, [client, server]: Ends) {
    let is_passive = data.listener == Side::Responder;
    let (opens, waits) = if is_passive { (client, server) } else { (server, client) };
    let Some(places) = values.get_mut(DATA_CHANNEL) else { return };
    let waits = data.address.unwrap_or(waits);
    let told = [
        is_passive.into(),
        Value::Address(opens),
        Value::Address(waits),
        Value::Count(data.port.into()),
    ];
    places.iter_mut().zip(told).for_each(|(place, value)| *place = value);
}

/// The last number in a text: of `for a.txt (77 bytes)`, 77.
fn last_number(text: &str) -> Option<u64> {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty());
    numbers.next_back()?.parse().ok()
}
