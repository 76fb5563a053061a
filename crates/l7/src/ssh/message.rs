//! What a parser of SSH says.

use md5::{Digest, Md5};

use rheos_core::{Side, Timestamp};

/// Something seen in a stream of SSH.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SshMessage {
    /// Who speaks.
    Banner(Banner),
    /// What a side offers.
    KexInit(Box<KexInit>),
    /// What follows from both offers.
    Negotiated(Negotiated),
    /// The key by which the server is known.
    HostKey(HostKey),
    /// A side encrypts what follows.
    NewKeys {
        /// Who.
        side: Side,
        /// When.
        timestamp: Timestamp,
    },
}

/// The first line of a side.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Banner {
    /// Who sent it.
    pub side: Side,
    /// When it was whole.
    pub timestamp: Timestamp,
    /// The line without its end.
    pub line: String,
    /// The version of the protocol, such as `2.0`.
    pub version: String,
    /// The name of the program.
    pub software: String,
    /// What stands behind it.
    pub comments: String,
}

/// The algorithms that a side offers, each list in the order of its preference
/// ([section 7.1](https://www.rfc-editor.org/rfc/rfc4253#section-7.1)).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KexInit {
    /// Who sent it.
    pub side: Side,
    /// When it was whole.
    pub timestamp: Timestamp,
    /// Random bytes.
    pub cookie: [u8; 16],
    /// `kex_algorithms`, `server_host_key_algorithms`, then encryption, MAC, compression and language,
    /// each from the client to the server and back.
    pub lists: [String; 10],
    /// Whether a guessed key exchange packet follows.
    pub first_kex_packet_follows: bool,
}

/// The algorithms that both sides use.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Negotiated {
    /// Key exchange, host key, then encryption, MAC and compression, each from the client to the
    /// server and back: the first of the client's that the server has too, or none.
    pub algorithms: [Option<String>; 8],
}

/// A server's public key, as the key exchange shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HostKey {
    /// Who sent it.
    pub side: Side,
    /// When it was whole.
    pub timestamp: Timestamp,
    /// The name of its kind, such as `ssh-ed25519`.
    pub algorithm: String,
    /// Its bytes ([section 6.6](https://www.rfc-editor.org/rfc/rfc4253#section-6.6)).
    pub key: Vec<u8>,
}

impl KexInit {
    /// Key exchange methods.
    pub fn kex_algorithms(&self) -> &str {
        self.list(0)
    }

    /// Kinds of host keys.
    pub fn server_host_key_algorithms(&self) -> &str {
        self.list(1)
    }

    /// What is hashed for [`hassh`](Self::hassh): four lists with semicolons between them.
    pub fn hassh_algorithms(&self) -> String {
        [self.list(0), self.list(2), self.list(4), self.list(6)].join(";")
    }

    /// What is hashed for [`hassh_server`](Self::hassh_server).
    pub fn hassh_server_algorithms(&self) -> String {
        [self.list(0), self.list(3), self.list(5), self.list(7)].join(";")
    }

    /// The [HASSH](https://github.com/salesforce/hassh) of a client with this offer, in hex.
    pub fn hassh(&self) -> String {
        md5_hex(self.hassh_algorithms().as_bytes())
    }

    /// The HASSH of a server with this offer, in hex.
    pub fn hassh_server(&self) -> String {
        md5_hex(self.hassh_server_algorithms().as_bytes())
    }

    fn list(&self, index: usize) -> &str {
        self.lists.get(index).map_or("", |list| list)
    }

    /// What a client with the first offer and a server with the second use.
    pub(super) fn negotiate(&self, server: &Self) -> Negotiated {
        let mut algorithms = [const { None }; 8];
        for (chosen, (client, server)) in
            algorithms.iter_mut().zip(self.lists.iter().zip(&server.lists))
        {
            *chosen = client
                .split(',')
                .find(|own| !own.is_empty() && server.split(',').any(|other| other == *own))
                .map(str::to_owned);
        }
        Negotiated { algorithms }
    }
}

impl HostKey {
    /// The MD5 of the key in hex, as older programs show it.
    pub fn md5(&self) -> String {
        md5_hex(&self.key)
    }
}

fn md5_hex(bytes: &[u8]) -> String {
    crate::hex(&Md5::digest(bytes))
}
