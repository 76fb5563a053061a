//! What a parser of SMTP says.

use rheos_core::{Side, Timestamp};

pub use crate::dialog::{Command, Reply};

/// Something seen in a stream of SMTP.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SmtpMessage {
    /// The client asks.
    Command(Command),
    /// The server answers.
    Reply(Reply),
    /// The content of a mail has been answered, or nothing more comes of a mail that was begun.
    Mail(Mail),
    /// The client says who it is.
    Credentials(Credentials),
    /// TLS starts on both sides with what is behind the messages so far.
    StartTls {
        /// When the server agreed.
        timestamp: Timestamp,
    },
    /// Something that SMTP does not allow.
    Anomaly(Anomaly),
}

/// A mail as it was sent: who, to whom, how much.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mail {
    /// When its content was answered; of one without an answer, when its content was whole, or when it
    /// was given up.
    pub timestamp: Timestamp,
    /// What the client calls itself.
    pub helo: String,
    /// The sender's path, without angle brackets; empty for reports.
    pub from: String,
    /// The recipients.
    pub recipients: Vec<Recipient>,
    /// Bytes of its content, without the dots that are doubled and without the final line.
    pub len: u64,
    /// Bytes of it that are missing.
    pub missing: u64,
    /// The front of its content, with the header in it, without the dots that are doubled.
    pub front: Vec<u8>,
    /// Lines that begin with a dot that was doubled.
    pub stuffed: u64,
    /// Pieces of it, if it came in such by `BDAT`.
    pub chunks: u64,
    /// Whether its content was sent to the end.
    pub is_sent: bool,
    /// What the server said of it last, if it did: of one that was sent, mostly of its content.
    pub code: Option<u16>,
    /// The words behind that code, of the last line.
    pub reply: String,
}

impl Mail {
    /// Takes content, of which so many bytes are kept.
    pub(super) fn keep(&mut self, max_front: usize, bytes: &[u8]) {
        self.len = self.len.saturating_add(bytes.len() as u64);
        if self.missing == 0 {
            let room = max_front.saturating_sub(self.front.len()).min(bytes.len());
            self.front.extend_from_slice(bytes.get(..room).unwrap_or_default());
        }
    }
}

/// A recipient of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recipient {
    /// The path, without angle brackets.
    pub path: String,
    /// What the server said of it, if it did.
    pub code: Option<u16>,
}

/// Who a client says it is. Passwords are there because they were seen: whoever writes them down
/// should know why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Credentials {
    /// When they were answered.
    pub timestamp: Timestamp,
    /// The mechanism, in capitals, such as `PLAIN`.
    pub mechanism: String,
    /// The name, where the mechanism shows it.
    pub user: Option<String>,
    /// The password, where the mechanism shows it.
    pub password: Option<String>,
    /// What the server said.
    pub code: u16,
}

/// Something that is not as SMTP has it.
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
    /// A dot alone between line ends that are not CRLF: some servers end the mail there, and read what
    /// follows as commands of another ([SMTP smuggling](https://smtpsmuggling.com)).
    OddEndOfData,
    /// A line of the server's that is no reply.
    NotAReply,
    /// More commands wait for their replies than may: the first is forgotten.
    TooManyPending,
    /// More recipients than are kept.
    TooManyRecipients,
    /// Bytes of the client's behind STARTTLS and in front of its reply: a server that keeps them takes
    /// them for encrypted ones (CVE-2011-0411).
    BytesBehindStartTls,
}

impl AnomalyKind {
    /// A short name for logs, which stays.
    pub fn slug(self) -> &'static str {
        match self {
            Self::LineTooLong => "line_too_long",
            Self::OddEndOfData => "odd_end_of_data",
            Self::NotAReply => "not_a_reply",
            Self::TooManyPending => "too_many_pending",
            Self::TooManyRecipients => "too_many_recipients",
            Self::BytesBehindStartTls => "bytes_behind_starttls",
        }
    }
}
