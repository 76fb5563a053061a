//! SMTP ([RFC 5321](https://www.rfc-editor.org/rfc/rfc5321)): commands and replies, envelopes, the
//! lengths of mails, credentials, and where TLS starts.
//!
//! ```
//! use rheos_l7::kit::{Conversation, messages};
//! use rheos_l7::smtp::{SmtpMessage, SmtpParser};
//!
//! let conversation = Conversation::default()
//!     .responder("220 there\r\n")
//!     .initiator("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n")
//!     .responder("250 ok\r\n250 ok\r\n354 go\r\n")
//!     .initiator("hello\r\n..\r\n.\r\n")
//!     .responder("250 taken\r\n");
//! for message in messages(SmtpParser::default(), &conversation).0 {
//!     if let SmtpMessage::Mail(mail) = message {
//!         assert_eq!((&*mail.from, mail.len, mail.code), ("a@b", 10, Some(250)));
//!     }
//! }
//! ```

#[doc(hidden)]
pub use self::fuzz::fuzz;
pub use self::message::{
    Anomaly, AnomalyKind, Command, Credentials, Mail, Recipient, Reply, SmtpMessage,
};
pub use self::parser::{SmtpConfig, SmtpParser};

mod auth;
mod data;
mod fuzz;
mod message;
mod parser;
mod probe;
mod server;
#[cfg(test)]
mod tests;
