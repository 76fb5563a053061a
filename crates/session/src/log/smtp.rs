//! Mails: Zeek's `smtp.log`.

use std::net::IpAddr;

use rheos_l7::smtp::{Mail, SmtpMessage};

use super::logs::Row;
use super::record::{column, zeek_only};
use super::weird::{self, Once};
use super::{Column, Log, Value};

/// A mail.
pub static SMTP: Log = Log::new(
    "smtp",
    "smtp",
    &[
        column("trans_depth", "count", ""),
        column("helo", "string", "helo"),
        column("mailfrom", "string", "mail_from"),
        column("rcptto", "set[string]", "rcpt_to"),
        zeek_only("date", "string"),
        zeek_only("from", "string"),
        zeek_only("to", "set[string]"),
        zeek_only("cc", "set[string]"),
        zeek_only("reply_to", "string"),
        zeek_only("msg_id", "string"),
        zeek_only("in_reply_to", "string"),
        zeek_only("subject", "string"),
        zeek_only("x_originating_ip", "addr"),
        zeek_only("first_received", "string"),
        zeek_only("second_received", "string"),
        column("last_reply", "string", ""),
        zeek_only("path", "vector[addr]"),
        zeek_only("user_agent", "string"),
        column("tls", "bool", ""),
        column("fuids", "vector[string]", ""),
        column("size", "count", ""),
    ],
);

/// What a connection of SMTP has said so far.
#[derive(Clone, Debug, Default)]
pub(super) struct SmtpState {
    mails: u64,
    is_tls: bool,
    /// What the client calls itself.
    helo: Option<String>,
    /// The last reply to STARTTLS.
    agreed: Option<String>,
    odd: Once,
}

impl SmtpState {
    /// The record of a message between a client and a server, if it is one to write down. Where TLS starts,
    /// what follows is hidden, and told as a connection without a mail.
    pub(super) fn take(&mut self, message: &SmtpMessage, ends: [IpAddr; 2]) -> Option<Row> {
        match message {
            SmtpMessage::Mail(mail) => {
                self.mails = self.mails.saturating_add(1);
                Some(self.row(mail, ends))
            }
            SmtpMessage::StartTls { timestamp } => {
                self.is_tls = true;
                let value = |column: &Column| match column.name {
                    "trans_depth" => self.mails.saturating_add(1).into(),
                    "helo" => self.helo.clone().into(),
                    "last_reply" => self.agreed.clone().into(),
                    "path" => Value::Texts(path(&[], ends)),
                    "tls" => true.into(),
                    "fuids" => Value::Texts(Vec::new()),
                    _ => Value::Unset,
                };
                let values = SMTP.columns.iter().map(value).collect();
                Some(Row::new(&SMTP, Some(*timestamp), values))
            }
            SmtpMessage::Command(command) => {
                if matches!(&*command.verb, "HELO" | "EHLO" | "LHLO") {
                    self.helo = Some(command.argument.clone());
                }
                None
            }
            SmtpMessage::Reply(reply) => {
                if reply.command.as_deref() == Some("STARTTLS") {
                    let words = reply.lines.last().map_or("", String::as_str);
                    self.agreed = Some(format!("{} {words}", reply.code));
                }
                None
            }
            SmtpMessage::Anomaly(odd) => {
                self.odd.row(odd.timestamp, weird::of_smtp(odd.what), None, "smtp")
            }
            _ => None,
        }
    }

    fn row(&self, mail: &Mail, ends: [IpAddr; 2]) -> Row {
        let helo = (!mail.helo.is_empty()).then(|| mail.helo.clone());
        let recipients = mail.recipients.iter().map(|recipient| recipient.path.clone()).collect();
        let header = Header::read(&mail.front);
        let last = |name| header.of(name).last().map(str::to_owned);
        let several = |name| {
            let all: Vec<_> = header.of(name).flat_map(addresses).collect();
            if all.is_empty() { Value::Unset } else { Value::Texts(all) }
        };
        let origin = header.of("x-originating-ip").last().and_then(|text| hosts(text).next());
        let mut received: Vec<_> = header.of("received").collect();
        let path = Value::Texts(path(&received, ends));
        let second = received.len().checked_sub(2).map(|at| received.swap_remove(at));
        let first = header.of("received").last();
        let programs = ["x-mailer", "user-agent", "x-user-agent"];
        let program = programs.into_iter().find_map(last);
        let values = vec![
            self.mails.into(),
            helo.into(),
            mail.from.as_str().into(),
            Value::Texts(recipients),
            last("date").into(),
            last("from").into(),
            several("to"),
            several("cc"),
            last("reply-to").into(),
            last("message-id").into(),
            last("in-reply-to").into(),
            last("subject").into(),
            origin.map_or(Value::Unset, Value::Address),
            first.into(),
            second.into(),
            mail.code.map(|code| format!("{code} {}", mail.reply)).into(),
            path,
            program.into(),
            self.is_tls.into(),
            // Parts of mails are no files here.
            Value::Texts(Vec::new()),
            // Of one whose content nobody sent there is none.
            (mail.is_sent || mail.len > 0).then_some(mail.len).into(),
        ];
        Row::new(&SMTP, Some(mail.timestamp), values)
    }
}

/// The header of a mail: names in lower case, and what stands behind each, on one line.
struct Header(Vec<(String, String)>);

impl Header {
    /// Reads what stands in front of the first empty line: RFC 5322, section 2.2.
    fn read(front: &[u8]) -> Self {
        let mut fields: Vec<(String, String)> = Vec::new();
        let text = String::from_utf8_lossy(front);
        for line in text.split('\n').map(|line| line.trim_end_matches('\r')) {
            if line.is_empty() {
                break;
            }
            match (line.starts_with([' ', '\t']), fields.last_mut()) {
                // What is folded loses its end of line alone.
                (true, Some((_, value))) => value.push_str(line),
                _ => {
                    let Some((name, value)) = line.split_once(':') else { break };
                    fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
                }
            }
        }
        Self(fields)
    }

    /// The values of the fields of a name.
    fn of<'h>(&'h self, name: &'h str) -> impl Iterator<Item = &'h str> {
        self.0.iter().filter(move |(of, _)| of == name).map(|(_, value)| value.as_str())
    }
}

/// The addresses of a list: a comma in quotes parts none.
fn addresses(list: &str) -> Vec<String> {
    let mut is_quoted = false;
    let parts = list.split(|c| {
        is_quoted ^= c == '"';
        c == ',' && !is_quoted
    });
    parts.map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// The addresses of hosts in a text.
fn hosts(text: &str) -> impl Iterator<Item = IpAddr> {
    let words = text.split(|c: char| !c.is_ascii_hexdigit() && !matches!(c, '.' | ':'));
    words.filter_map(|word| word.trim_matches(['.']).trim_end_matches(':').parse().ok())
}

/// The hosts that a mail came over, the last one first: the server and the client of this connection, and those
/// that the fields `Received` name, each the second that is in one if there are two.
fn path(received: &[&str], [client, server]: [IpAddr; 2]) -> Vec<String> {
    let mut path = vec![server, client];
    for field in received {
        let host = hosts(field).take(2).last();
        if let Some(host) = host.filter(|host| path.last() != Some(host)) {
            path.push(host);
        }
    }
    path.iter().map(ToString::to_string).collect()
}
