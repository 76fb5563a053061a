//! FTP ([RFC 959](https://www.rfc-editor.org/rfc/rfc959)): commands and replies, credentials, where
//! data connections go and what they carry, and where TLS starts.
//!
//! ```
//! use rheos_l7::ftp::{FtpMessage, FtpParser};
//! use rheos_l7::kit::{Conversation, messages};
//!
//! let conversation = Conversation::default()
//!     .initiator("PASV\r\n")
//!     .responder("227 Entering Passive Mode (192,0,2,1,195,80).\r\n")
//!     .initiator("RETR a.txt\r\n")
//!     .responder("150 Opening.\r\n");
//! for message in messages(FtpParser::default(), &conversation).0 {
//!     if let FtpMessage::Transfer(transfer) = message {
//!         assert_eq!((&*transfer.verb, &*transfer.path), ("RETR", "a.txt"));
//!         assert_eq!(transfer.expected.map(|to| to.port), Some(50_000));
//!     }
//! }
//! ```

#[doc(hidden)]
pub use self::fuzz::fuzz;
pub use self::message::{Anomaly, AnomalyKind, Command, Credentials, FtpMessage, Reply, Transfer};
pub(crate) use self::parser::DATA;
pub use self::parser::{FtpConfig, FtpParser, TRANSFERS};

mod fuzz;
mod message;
mod parser;
#[cfg(test)]
mod tests;
