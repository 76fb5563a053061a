//! Handshake messages of TLS, RFC 8446 section 4 and RFC 5246 section 7.4.

use std::fmt;

use super::{TlsClientHello, TlsServerHello};
use crate::Malformed;
use crate::key::numbers;

/// Bytes of type and length.
const HEADER_LEN: usize = 4;

/// What a handshake message is. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TlsHandshakeType(pub u8);

numbers! {
    TlsHandshakeType "handshake {}" {
        /// Start again.
        HELLO_REQUEST = 0 "hello request";
        /// What a client can do.
        CLIENT_HELLO = 1 "client hello";
        /// What a server chose of that.
        SERVER_HELLO = 2 "server hello";
        /// A datagram server wants its cookie back.
        HELLO_VERIFY_REQUEST = 3 "hello verify request";
        /// What a session is resumed by.
        NEW_SESSION_TICKET = 4 "new session ticket";
        /// Version 1.3: data before the handshake ends here.
        END_OF_EARLY_DATA = 5 "end of early data";
        /// A draft of version 1.3.
        HELLO_RETRY_REQUEST = 6 "hello retry request";
        /// Version 1.3: what a server says of itself, encrypted.
        ENCRYPTED_EXTENSIONS = 8 "encrypted extensions";
        /// Who the sender is.
        CERTIFICATE = 11 "certificate";
        /// The key of a server for one session.
        SERVER_KEY_EXCHANGE = 12 "server key exchange";
        /// A server asks who the client is.
        CERTIFICATE_REQUEST = 13 "certificate request";
        /// A server waits for an answer.
        SERVER_HELLO_DONE = 14 "server hello done";
        /// Proof of a certificate.
        CERTIFICATE_VERIFY = 15 "certificate verify";
        /// The key of a client for one session.
        CLIENT_KEY_EXCHANGE = 16 "client key exchange";
        /// Proof of the handshake.
        FINISHED = 20 "finished";
        /// Where a certificate is, RFC 6066.
        CERTIFICATE_URL = 21 "certificate URL";
        /// Whether a certificate is good, RFC 6066.
        CERTIFICATE_STATUS = 22 "certificate status";
        /// RFC 4680.
        SUPPLEMENTAL_DATA = 23 "supplemental data";
        /// Version 1.3: new keys from here on.
        KEY_UPDATE = 24 "key update";
        /// RFC 8879.
        COMPRESSED_CERTIFICATE = 25 "compressed certificate";
        /// What is spoken next, a draft.
        NEXT_PROTOCOL = 67 "next protocol";
    }
}

impl TlsHandshakeType {
    /// Whether a name stands for it: what is encrypted seldom starts with such a type.
    pub(in crate::layers) fn is_known(self) -> bool {
        matches!(self.0, 0..=6 | 8 | 11..=16 | 20..=25 | 67)
    }
}

/// One message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsHandshake<'a> {
    /// What it is.
    pub handshake_type: TlsHandshakeType,
    /// Bytes of body that it announces.
    pub length: u32,
    /// The body, as far as it is there.
    pub body: &'a [u8],
}

impl<'a> TlsHandshake<'a> {
    /// Whether all of it is there.
    pub fn is_whole(&self) -> bool {
        self.body.len() == self.length as usize
    }

    /// The hello of a client, as far as it is there.
    pub fn client_hello(&self) -> Option<TlsClientHello<'a>> {
        let is_it = self.handshake_type == TlsHandshakeType::CLIENT_HELLO;
        TlsClientHello::parse(self.body).filter(|_| is_it)
    }

    /// The hello of a server, as far as it is there.
    pub fn server_hello(&self) -> Option<TlsServerHello<'a>> {
        let is_it = self.handshake_type == TlsHandshakeType::SERVER_HELLO;
        TlsServerHello::parse(self.body).filter(|_| is_it)
    }
}

/// The messages of a record. Ends behind the first that is not all there, or whose header is not.
#[derive(Clone, Debug)]
pub struct TlsHandshakes<'a>(&'a [u8]);

impl<'a> TlsHandshakes<'a> {
    pub(super) fn new(fragment: &'a [u8]) -> Self {
        Self(fragment)
    }
}

impl<'a> Iterator for TlsHandshakes<'a> {
    type Item = Result<TlsHandshake<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = std::mem::take(&mut self.0);
        match *bytes {
            [] => None,
            [kind, a, b, c, ref behind @ ..] => {
                let length = u32::from_be_bytes([0, a, b, c]);
                let (body, rest) =
                    behind.split_at_checked(length as usize).unwrap_or((behind, &[]));
                self.0 = rest;
                Some(Ok(TlsHandshake { handshake_type: TlsHandshakeType(kind), length, body }))
            }
            _ => Some(Err(Malformed::Truncated { need: HEADER_LEN, have: bytes.len() })),
        }
    }
}
