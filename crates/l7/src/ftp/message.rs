//! What a parser of FTP says.

use rheos_core::{Side, Timestamp};

pub use crate::dialog::{Command, Reply};
use crate::parser::Expected;

/// Something seen in a control connection of FTP.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FtpMessage {
    /// The client asks.
    Command(Command),
    /// The server answers.
    Reply(Reply),
    /// The client says who it is.
    Credentials(Credentials),
    /// A data connection is announced, by either side.
    Data {
        /// When.
        timestamp: Timestamp,
        /// Where it goes.
        expected: Expected,
    },
    /// A transfer begins.
    Transfer(Transfer),
    /// TLS starts on both sides with what is behind the messages so far.
    StartTls {
        /// When the server agreed.
        timestamp: Timestamp,
    },
    /// Something that FTP does not allow.
    Anomaly(Anomaly),
}

/// Who a client says it is. Passwords are there because they were seen: whoever writes them down
/// should know why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Credentials {
    /// When they were answered.
    pub timestamp: Timestamp,
    /// The name.
    pub user: String,
    /// The password, if one was sent.
    pub password: Option<String>,
    /// What the server said: 230 lets in.
    pub code: u16,
}

/// A file or a listing that goes over a data connection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transfer {
    /// When the server agreed.
    pub timestamp: Timestamp,
    /// The command, such as `RETR` or `STOR`.
    pub verb: String,
    /// Of what: as it was sent, relative to a folder that commands before have chosen.
    pub path: String,
    /// The data connection, if it was announced.
    pub expected: Option<Expected>,
    /// What the server said.
    pub code: u16,
}

/// Something that is not as FTP has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Anomaly {
    /// Who sent it.
    pub side: Side,
    /// When it was seen.
    pub timestamp: Timestamp,
    /// What it is.
    pub what: AnomalyKind,
}

/// Kinds of anomalies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AnomalyKind {
    /// A line longer than its bound: its rest is skipped.
    LineTooLong,
    /// A line of the server's that is no reply.
    NotAReply,
    /// An address of a data connection that cannot be read.
    InvalidAddress,
    /// More commands wait for their replies than may: the first is forgotten.
    TooManyPending,
}

impl AnomalyKind {
    /// A short name for logs, which stays.
    pub fn slug(self) -> &'static str {
        match self {
            Self::LineTooLong => "line_too_long",
            Self::NotAReply => "not_a_reply",
            Self::InvalidAddress => "invalid_address",
            Self::TooManyPending => "too_many_pending",
        }
    }
}
