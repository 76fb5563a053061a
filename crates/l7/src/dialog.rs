//! What is said in protocols of commands and replies, such as FTP and SMTP.

use rheos_core::{Side, Timestamp};

/// A line of the client's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Command {
    /// Who sent it.
    pub side: Side,
    /// When it was whole.
    pub timestamp: Timestamp,
    /// Its first word, in capitals.
    pub verb: String,
    /// The rest of the line.
    pub argument: String,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply {
    /// Who sent it.
    pub side: Side,
    /// When it was whole.
    pub timestamp: Timestamp,
    /// The code.
    pub code: u16,
    /// The text of each line.
    pub lines: Vec<String>,
    /// The verb that it answers; that of the content of a mail is `.`, and the greeting answers none.
    pub command: Option<String>,
}
