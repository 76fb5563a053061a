//! SSH up to its encryption ([RFC 4253](https://www.rfc-editor.org/rfc/rfc4253)): who speaks, which
//! algorithms are offered and chosen, and the key of the server.
//!
//! ```
//! use rheos_l7::kit::messages;
//! use rheos_l7::ssh::{SshMessage, SshParser};
//!
//! let (found, _) = messages(SshParser::default(), b"SSH-2.0-OpenSSH_9.6 Debian\r\n");
//! let [SshMessage::Banner(banner)] = found.as_slice() else { panic!("one banner") };
//! assert_eq!((&*banner.software, &*banner.comments), ("OpenSSH_9.6", "Debian"));
//! ```

#[doc(hidden)]
pub use self::fuzz::fuzz;
pub use self::message::{Banner, HostKey, KexInit, Negotiated, SshMessage};
pub use self::parser::{SshConfig, SshParser};

mod fuzz;
mod message;
mod parser;
#[cfg(test)]
mod tests;
