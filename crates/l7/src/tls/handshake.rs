//! What a handshake came to.

use std::sync::Arc;

use rheos_core::{Side, Timestamp};

use super::{
    Alert, Certificate, CipherSuite, ClientHello, NamedGroup, ProtocolName, ServerHello, TlsVersion,
};

/// What a session is resumed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resumption {
    /// The server remembers the session: RFC 5246, section 7.3.
    SessionId,
    /// The client brings what the server knew of it: RFC 5077.
    Ticket,
    /// Version 1.3: a key that both have, RFC 8446 section 2.2.
    PreSharedKey,
}

/// What a handshake came to, as far as it is in clear text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsHandshake {
    /// Who is the client, if that was seen.
    pub client: Option<Side>,
    /// When the first message was captured, and when the last.
    pub times: Option<(Timestamp, Timestamp)>,
    /// The last hello of the client.
    pub client_hello: Option<Arc<ClientHello>>,
    /// The hello of the server that is none of a retry.
    pub server_hello: Option<Arc<ServerHello>>,
    /// Whether the server wanted another hello, in version 1.3 or by a cookie in DTLS.
    pub is_retried: bool,
    /// The chain of the server; in version 1.3 it is encrypted.
    pub server_certificates: Option<Arc<[Certificate]>>,
    /// The chain of the client; in version 1.3 it is encrypted.
    pub client_certificates: Option<Arc<[Certificate]>>,
    /// The curve or group of the key exchange.
    pub group: Option<NamedGroup>,
    /// What an earlier session is resumed by, if one is.
    pub resumption: Option<Resumption>,
    /// Whether the server sent a ticket in clear text.
    pub has_new_ticket: bool,
    /// The last alert in clear text, and who sent it.
    pub alert: Option<(Side, Alert)>,
    /// Whether both sides went on to encrypt.
    pub is_established: bool,
    /// What came in clear text, a letter each in Zeek's alphabet, which is that of its `ssl_history`: upper case
    /// from the client, and `^` in front of the hello of a client that did not open the flow.
    pub history: String,
}

impl TlsHandshake {
    /// The version that the server chose.
    pub fn version(&self) -> Option<TlsVersion> {
        self.server_hello.as_ref().map(|hello| hello.version())
    }

    /// The cipher suite that the server chose.
    pub fn cipher_suite(&self) -> Option<CipherSuite> {
        self.server_hello.as_ref().map(|hello| hello.cipher_suite)
    }

    /// Whom the client wanted to speak to.
    pub fn server_name(&self) -> Option<&str> {
        self.client_hello.as_ref()?.server_name.as_deref()
    }

    /// The protocol that the server chose; in version 1.3 it is encrypted.
    pub fn alpn(&self) -> Option<&ProtocolName> {
        self.server_hello.as_ref()?.alpn.as_ref()
    }
}
