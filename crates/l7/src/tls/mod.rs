//! Transport Layer Security, [RFC 8446](https://www.rfc-editor.org/rfc/rfc8446) and
//! [RFC 5246](https://www.rfc-editor.org/rfc/rfc5246): what its handshake says in clear text.
//!
//! A [`TlsParser`] reads records of both sides and puts handshake messages together, however records
//! and segments part them. It makes [`TlsMessage`]s: hellos, certificates, alerts, and when the
//! handshake is over what it came to, a [`TlsHandshake`]. Of hellos there are the fingerprints
//! [`ja3`](ClientHello::ja3), [`ja3s`](ServerHello::ja3s) and [`ja4`](ClientHello::ja4).
//!
//! What is unknown is a value: a message, an extension or a number without a name never ends the
//! stream. What is encrypted is stepped over.
//!
//! ```
//! use rheos_l7::tls::{TlsMessage, TlsParser};
//! use rheos_l7::{Failure, Input, SessionParser, Side, Timestamp};
//!
//! let alert = b"\x15\x03\x03\x00\x02\x02\x28";
//! let input = Input::new(Side::Responder, Timestamp::default(), alert);
//! let mut alerts = Vec::new();
//! TlsParser::default().feed(&input, &mut |message| {
//!     if let TlsMessage::Alert { alert, .. } = message {
//!         alerts.push(alert.to_string());
//!     }
//! })?;
//! assert_eq!(alerts, ["fatal handshake_failure"]);
//! # Ok::<(), Failure>(())
//! ```
//!
//! What it does not do: it decrypts nothing and verifies no certificate.

use std::fmt;
use std::sync::Arc;

use rheos_core::Side;
use rheos_layers::TlsHandshakeType;

use crate::Failure;

mod certificate;
mod extensions;
mod fingerprint;
mod fuzz;
mod handshake;
mod hello;
mod history;
mod numbers;
mod parser;
mod progress;
mod side;
mod ssl2;
#[cfg(test)]
mod tests;

pub use certificate::{AlternativeName, Certificate, PublicKey, X509};
pub use extensions::{EncryptedClientHello, KeyShare, ProtocolName};
#[doc(hidden)]
pub use fuzz::fuzz;
pub use handshake::{Resumption, TlsHandshake};
pub use hello::{ClientHello, Extensions, ServerHello, Transport};
pub use numbers::{
    AlertDescription, CipherSuite, ExtensionType, NamedGroup, SignatureScheme, TlsVersion,
    is_grease,
};
pub use parser::TlsParser;
pub(crate) use progress::Progress;
pub use ssl2::Ssl2Hello;

/// How much a parser of TLS or DTLS takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsConfig {
    /// Most bytes of a handshake message: more is [too long](TlsMessage::Malformed), and stepped
    /// over. What goes on in a later record waits in a buffer of this size. 2^18 by default: no chain
    /// of certificates needs more.
    pub max_message: usize,
    /// Most certificates of a chain: those behind them are left out. 64 by default.
    pub max_certificates: usize,
}

impl Default for TlsConfig {
    fn default() -> Self {
        Self { max_message: 1 << 18, max_certificates: 64 }
    }
}

/// What a side says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsMessage {
    /// What a client can do.
    ClientHello {
        /// Who says it.
        side: Side,
        /// The hello.
        hello: Arc<ClientHello>,
    },
    /// What a server chose.
    ServerHello {
        /// Who says it.
        side: Side,
        /// The hello.
        hello: Arc<ServerHello>,
    },
    /// A server wants another hello: of version 1.3, with a key of another group.
    HelloRetryRequest {
        /// Who says it.
        side: Side,
        /// The hello.
        hello: Arc<ServerHello>,
    },
    /// A server of datagrams wants the same hello with this cookie in it.
    HelloVerifyRequest {
        /// Who says it.
        side: Side,
        /// The version.
        version: TlsVersion,
        /// The cookie, up to 255 bytes.
        cookie: Vec<u8>,
    },
    /// A hello of SSL 2.
    Ssl2Hello {
        /// Who says it.
        side: Side,
        /// The hello.
        hello: Box<Ssl2Hello>,
    },
    /// Who the sender is: its certificate first, then those of its issuers.
    Certificates {
        /// Who says it.
        side: Side,
        /// The chain; a client that has none sends an empty one.
        certificates: Arc<[Certificate]>,
    },
    /// What a session is resumed by.
    NewSessionTicket {
        /// Who says it.
        side: Side,
        /// For how many seconds the ticket is good.
        lifetime: u32,
        /// Bytes of the ticket.
        len: usize,
    },
    /// Another message of the handshake, of any type.
    Other {
        /// Who says it.
        side: Side,
        /// What it is.
        handshake_type: TlsHandshakeType,
        /// Bytes of its body.
        len: u32,
    },
    /// A message that has not the form of its type, or is too long.
    Malformed {
        /// Who says it.
        side: Side,
        /// What it would be.
        handshake_type: TlsHandshakeType,
        /// What is wrong.
        reason: Failure,
    },
    /// An error, or the end.
    Alert {
        /// Who says it.
        side: Side,
        /// The alert.
        alert: Alert,
    },
    /// From here on a side encrypts.
    Encrypted {
        /// Who does.
        side: Side,
    },
    /// The handshake is over: what it came to. Told once, behind everything else.
    Handshake(Box<TlsHandshake>),
}

impl TlsMessage {
    /// Who says it; nobody says what a handshake came to.
    pub fn side(&self) -> Option<Side> {
        match *self {
            Self::ClientHello { side, .. }
            | Self::ServerHello { side, .. }
            | Self::HelloRetryRequest { side, .. }
            | Self::HelloVerifyRequest { side, .. }
            | Self::Ssl2Hello { side, .. }
            | Self::Certificates { side, .. }
            | Self::NewSessionTicket { side, .. }
            | Self::Other { side, .. }
            | Self::Malformed { side, .. }
            | Self::Alert { side, .. }
            | Self::Encrypted { side } => Some(side),
            Self::Handshake(_) => None,
        }
    }
}

/// An error, or the end: RFC 8446, section 6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Alert {
    /// 1 is a warning, 2 is fatal.
    pub level: u8,
    /// What it is about.
    pub description: AlertDescription,
}

impl Alert {
    /// Whether the connection ends by it.
    pub fn is_fatal(self) -> bool {
        self.level == 2
    }
}

impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = if self.is_fatal() { "fatal" } else { "warning" };
        write!(f, "{level} {}", self.description)
    }
}
