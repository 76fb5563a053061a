//! What logs are made of: columns, values, and records of them.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rheos_core::Timestamp;
use rheos_flow::export::ExportedFlow;
use rheos_l7::dns::OwnedDnsMessage;
use rheos_l7::files::File;
use rheos_l7::http::Exchange;
use rheos_l7::tls::TlsHandshake;
use rheos_layers::DnsType;

use crate::both::Both;

/// A kind of record: what it is called, and what each value of it is.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Log {
    /// Its name: Zeek's, and that of the file.
    pub name: &'static str,
    /// What Suricata calls such a record, in `event_type`, and the object that holds its values.
    pub eve: &'static str,
    /// What it has beside the columns that all logs have.
    pub columns: &'static [Column],
    /// How many of those stand behind `ts` and in front of the other columns that all logs have.
    pub ahead: usize,
}

/// A column of a log.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Column {
    /// Its name: Zeek's.
    pub name: &'static str,
    /// Its type: Zeek's.
    pub kind: &'static str,
    /// What it is called in EVE: Suricata's name, or Zeek's where Suricata has no such value; nothing if another
    /// record of EVE says it, or every record would say the same.
    pub eve: Option<&'static str>,
}

/// A column, with its Zeek name and type, and its name in EVE, if that is another.
pub(super) const fn column(name: &'static str, kind: &'static str, eve: &'static str) -> Column {
    Column { name, kind, eve: Some(if eve.is_empty() { name } else { eve }) }
}

/// A column that is not in EVE, with its name and type.
pub(super) const fn zeek_only(name: &'static str, kind: &'static str) -> Column {
    Column { name, kind, eve: None }
}

impl Log {
    pub(super) const fn new(
        name: &'static str,
        eve: &'static str,
        columns: &'static [Column],
    ) -> Self {
        Self { name, eve, columns, ahead: 0 }
    }

    /// All columns, in the order in which Zeek has them.
    pub fn all_columns(&self) -> impl Iterator<Item = &Column> {
        let (ahead, behind) = self.columns.split_at_checked(self.ahead).unwrap_or_default();
        COMMON.iter().take(1).chain(ahead).chain(COMMON.iter().skip(1)).chain(behind)
    }
}

/// The columns that all logs start with.
pub const COMMON: [Column; 6] = [
    column("ts", "time", "timestamp"),
    column("uid", "string", ""),
    column("id.orig_h", "addr", "src_ip"),
    column("id.orig_p", "port", "src_port"),
    column("id.resp_h", "addr", "dest_ip"),
    column("id.resp_p", "port", "dest_port"),
];

/// A value of a record.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// There is none.
    Unset,
    /// Text: any bytes are in it, those that are not UTF-8 replaced.
    Text(String),
    /// A number of things, or of a code.
    Count(u64),
    /// Yes or no.
    Truth(bool),
    /// A time.
    Time(Timestamp),
    /// A length of time.
    Interval(Duration),
    /// An address.
    Address(IpAddr),
    /// Several texts.
    Texts(Vec<String>),
    /// Several lengths of time.
    Intervals(Vec<Duration>),
    /// Answers of DNS, of which Zeek writes the data.
    Answers(Vec<Answer>),
}

/// A record of DNS that answers a question.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// Whose it is.
    pub name: String,
    /// Its type: `A`, `CNAME` and so on.
    pub record_type: String,
    /// Seconds for which it holds.
    pub ttl: u32,
    /// What it says.
    pub data: String,
}

/// A question of DNS.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Question {
    /// Of whom.
    pub name: String,
    /// For what.
    pub question_type: DnsType,
}

impl Question {
    /// What Zeek calls that, in `qtype_name`.
    pub fn type_name(&self) -> String {
        super::dns::question_type(self.question_type)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Truth(truth)
    }
}

impl From<u64> for Value {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}

impl From<u16> for Value {
    fn from(count: u16) -> Self {
        Self::Count(count.into())
    }
}

impl From<Duration> for Value {
    fn from(interval: Duration) -> Self {
        Self::Interval(interval)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Unset, Into::into)
    }
}

/// Whom a record is about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Subject {
    /// What the connection is called in all logs: Zeek's `uid`.
    pub uid: String,
    /// The same as a number: Suricata's `flow_id`.
    pub flow_id: u64,
    /// The `flow_id` of the connection that announced this one, if one did that has not ended before:
    /// Suricata's `parent_id`.
    pub parent_id: Option<u64>,
    /// The initiator.
    pub orig: SocketAddr,
    /// The responder.
    pub resp: SocketAddr,
    /// `tcp`, `udp`, `icmp` or `unknown_transport`.
    pub proto: &'static str,
    /// The Community ID, if it was asked for.
    pub community_id: Option<String>,
}

/// A line of a log.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Record {
    /// Of which log.
    pub log: &'static Log,
    /// When it happened.
    pub ts: Timestamp,
    /// Whom it is about; what is odd about all connections is about none.
    pub subject: Option<Subject>,
    /// A value for each of the log's own columns.
    pub values: Vec<Value>,
    /// The file that it is about, of the log of files.
    pub file: Option<Arc<File>>,
    /// The connection as a flow that is over, of the log of connections.
    pub flow: Option<Arc<ExportedFlow>>,
    /// What it was made of.
    pub(super) source: Source,
}

/// What a record was made of, where Suricata tells more of that than Zeek has columns for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Source {
    #[default]
    None,
    /// The response, or the question that nobody answers; and what is asked, if that is more than one thing.
    Dns(OwnedDnsMessage, Vec<Question>),
    /// The lines of the reply; the port that is announced, and whether the client listens there.
    Ftp {
        reply: Vec<String>,
        port: Option<u16>,
        is_active: Option<bool>,
    },
    File(FileSource),
    Http(Box<Exchange>),
    /// What HASSH is the sum of.
    Ssh(Both<Option<String>>),
    Tls(Box<TlsHandshake>),
}

/// Where a file came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FileSource {
    /// The number of its exchange on its connection, from 0.
    pub(super) transaction: u64,
    /// The first and the last of its bytes, if it is a range of a larger one.
    pub(super) range: Option<(u64, u64)>,
    /// The command of FTP that it came by, and its path.
    pub(super) transfer: Option<(String, String)>,
}

impl Record {
    pub(super) fn new(
        log: &'static Log,
        ts: Timestamp,
        subject: Option<Subject>,
        values: Vec<Value>,
    ) -> Self {
        Self { log, ts, subject, values, file: None, flow: None, source: Source::None }
    }

    /// The value of one of the log's own columns, by its Zeek name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let place = self.log.columns.iter().position(|column| column.name == name)?;
        self.values.get(place)
    }

    /// What a message of DNS asks, if that is more than one thing: Zeek's columns have the last of them. Of other
    /// records none.
    pub fn questions(&self) -> &[Question] {
        match &self.source {
            Source::Dns(_, questions) => questions,
            _ => &[],
        }
    }

    /// The values that stand behind `ts`, and those behind what all logs have.
    pub fn ahead_and_behind(&self) -> (&[Value], &[Value]) {
        self.values.split_at_checked(self.log.ahead).unwrap_or((&[], &self.values))
    }
}

#[cfg(test)]
impl Subject {
    /// One with a value in every place, for tests.
    pub(super) fn made_up() -> Self {
        Self {
            uid: "CuP".into(),
            flow_id: 7,
            parent_id: Some(6),
            orig: ([10, 0, 0, 1], 5000).into(),
            resp: ([10, 0, 0, 2], 80).into(),
            proto: "tcp",
            community_id: Some("1:a=".into()),
        }
    }
}
