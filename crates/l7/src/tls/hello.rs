//! What clients and servers say first: hellos, whole and owned,
//! [RFC 8446](https://www.rfc-editor.org/rfc/rfc8446) section 4.1.

use std::fmt;

use tls_parser::{
    DTLSMessage, DTLSMessageHandshakeBody, TlsCipherSuiteID, TlsCompressionID,
    parse_dtls_message_handshake, parse_tls_handshake_client_hello,
    parse_tls_handshake_server_hello,
};

use super::extensions::{EncryptedClientHello, KeyShare, ProtocolName};
use super::numbers::{CipherSuite, ExtensionType, NamedGroup, SignatureScheme, TlsVersion};
use crate::Failure;

/// The random of a server's hello that asks for another hello of the client: RFC 8446, section 4.1.3.
const RETRY_RANDOM: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// What carries a handshake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// A stream: TLS.
    #[default]
    Stream,
    /// Datagrams: DTLS.
    Datagrams,
    /// QUIC.
    Quic,
}

/// What a client can do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientHello {
    /// What carries it.
    pub transport: Transport,
    /// Version 1.2 at most: later ones are in [`supported_versions`](Self::supported_versions).
    pub legacy_version: TlsVersion,
    /// 32 bytes that nobody foresees.
    pub random: [u8; 32],
    /// The session that it wants to go on with, up to 32 bytes; in version 1.3 any bytes.
    pub session_id: Vec<u8>,
    /// What a server of datagrams wanted back; empty in TLS.
    pub cookie: Vec<u8>,
    /// Best first.
    pub cipher_suites: Vec<CipherSuite>,
    /// 0 is none; in version 1.3 the only one.
    pub compression_methods: Vec<u8>,
    /// Whom it wants to speak to; bytes that are not UTF-8 are replaced.
    pub server_name: Option<String>,
    /// What it wants to speak, best first.
    pub alpn: Vec<ProtocolName>,
    /// The versions that it can speak, best first, if an extension says so.
    pub supported_versions: Vec<TlsVersion>,
    /// Groups for a key exchange, best first.
    pub supported_groups: Vec<NamedGroup>,
    /// How points of a curve may be written.
    pub ec_point_formats: Vec<u8>,
    /// Algorithms of signatures, best first.
    pub signature_algorithms: Vec<SignatureScheme>,
    /// Its keys, by their groups.
    pub key_shares: Vec<KeyShare>,
    /// How a key that both have may be used: 0 alone, 1 with a key exchange.
    pub psk_key_exchange_modes: Vec<u8>,
    /// Bytes of each name of a key that both have: what version 1.3 resumes sessions by.
    pub psk_identities: Vec<u16>,
    /// Bytes of the ticket of a session to go on with; empty if it would take one.
    pub session_ticket: Option<usize>,
    /// Whether data follows before the server has answered.
    pub has_early_data: bool,
    /// What hides the true hello, or says that this is one.
    pub encrypted_client_hello: Option<EncryptedClientHello>,
    /// Extensions that have not the form of their type.
    pub malformed_extensions: Vec<ExtensionType>,
    /// Whether the list of extensions has another length than it says.
    pub is_cut: bool,
    pub(super) extensions: Vec<u8>,
}

impl ClientHello {
    /// Reads the body of a handshake message, without the four bytes of its type and length.
    ///
    /// # Errors
    ///
    /// The message is no hello. What is wrong in its extensions is no error.
    pub fn parse(transport: Transport, body: &[u8]) -> Result<Self, Failure> {
        if transport == Transport::Datagrams {
            return Self::parse_datagram(body);
        }
        let (rest, hello) = parse_tls_handshake_client_hello(body)
            .map_err(|_| Failure::new("client hello of the wrong form"))?;
        let mut this = Self {
            transport,
            legacy_version: TlsVersion(hello.version.0),
            random: random(hello.random),
            session_id: hello.session_id.unwrap_or_default().to_vec(),
            cipher_suites: suites(&hello.ciphers),
            compression_methods: methods(&hello.comp),
            ..Self::default()
        };
        this.read_extensions(hello.ext, rest);
        Ok(this)
    }

    /// The same of DTLS, which has a cookie in it.
    fn parse_datagram(body: &[u8]) -> Result<Self, Failure> {
        let wrong = || Failure::new("client hello of the wrong form");
        // The message in one fragment, since tls-parser wants to see the header.
        let length = u32::try_from(body.len()).map_err(|_| wrong())?.to_be_bytes();
        let [_, a, b, c] = length;
        let mut message = vec![1, a, b, c, 0, 0, 0, 0, 0, a, b, c];
        message.extend_from_slice(body);
        let Ok((_, DTLSMessage::Handshake(message))) = parse_dtls_message_handshake(&message)
        else {
            return Err(wrong());
        };
        let DTLSMessageHandshakeBody::ClientHello(hello) = message.body else {
            return Err(wrong());
        };
        let mut this = Self {
            transport: Transport::Datagrams,
            legacy_version: TlsVersion(hello.version.0),
            random: random(hello.random),
            session_id: hello.session_id.unwrap_or_default().to_vec(),
            cookie: hello.cookie.to_vec(),
            cipher_suites: suites(&hello.ciphers),
            compression_methods: methods(&hello.comp),
            ..Self::default()
        };
        this.read_extensions(hello.ext, &[]);
        Ok(this)
    }

    fn read_extensions(&mut self, extensions: Option<&[u8]>, rest: &[u8]) {
        let (extensions, is_cut) = extension_block(extensions, rest);
        self.is_cut = is_cut;
        self.extensions = extensions.to_vec();
        super::extensions::read_client(self, extensions);
    }

    /// The extensions in their order, each with the bytes behind its length. Ends in front of one
    /// that is cut.
    pub fn extensions(&self) -> Extensions<'_> {
        Extensions { rest: &self.extensions }
    }

    /// The newest version that it can speak.
    pub fn version(&self) -> TlsVersion {
        let versions = self.supported_versions.iter().copied();
        let known = versions.filter(|version| !super::is_grease(version.0));
        known.max_by_key(|version| version.age()).unwrap_or(self.legacy_version)
    }
}

/// What a server chose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerHello {
    /// What carries it.
    pub transport: Transport,
    /// Version 1.2 at most: see [`version`](Self::version).
    pub legacy_version: TlsVersion,
    /// 32 bytes that nobody foresees.
    pub random: [u8; 32],
    /// The session; in version 1.3 what the client sent.
    pub session_id: Vec<u8>,
    /// How it encrypts.
    pub cipher_suite: CipherSuite,
    /// 0 is none.
    pub compression_method: u8,
    /// The version, if an extension says so.
    pub selected_version: Option<TlsVersion>,
    /// What it wants to speak; in version 1.3 it is encrypted.
    pub alpn: Option<ProtocolName>,
    /// Its key; of a retry, the group of which it wants a key.
    pub key_share: Option<KeyShare>,
    /// Which of the client's keys that both have it takes, counted from 0.
    pub pre_shared_key: Option<u16>,
    /// Whether it is going to send a ticket of the session.
    pub has_session_ticket: bool,
    /// Extensions that have not the form of their type.
    pub malformed_extensions: Vec<ExtensionType>,
    /// Whether the list of extensions has another length than it says.
    pub is_cut: bool,
    pub(super) extensions: Vec<u8>,
}

impl ServerHello {
    /// Reads the body of a handshake message, without the four bytes of its type and length.
    ///
    /// # Errors
    ///
    /// The message is no hello. What is wrong in its extensions is no error.
    pub fn parse(transport: Transport, body: &[u8]) -> Result<Self, Failure> {
        let wrong = || Failure::new("server hello of the wrong form");
        let (&version, behind) = body.split_first_chunk().ok_or_else(wrong)?;
        let legacy_version = TlsVersion(u16::from_be_bytes(version));
        let has_draft_form = legacy_version.draft().is_some();
        let read = if has_draft_form { Self::read_draft } else { Self::read };
        let hello = read(behind).ok_or_else(wrong)?;
        Ok(Self { transport, legacy_version, ..hello })
    }

    fn read(behind: &[u8]) -> Option<Self> {
        // All versions have this form, but tls-parser wants to see a number that it knows.
        let message = [&TlsVersion::TLS_1_2.0.to_be_bytes(), behind].concat();
        let (rest, hello) = parse_tls_handshake_server_hello(&message).ok()?;
        let mut this = Self {
            random: random(hello.random),
            session_id: hello.session_id.unwrap_or_default().to_vec(),
            cipher_suite: CipherSuite(hello.cipher.0),
            compression_method: hello.compression.0,
            ..Self::default()
        };
        this.read_extensions(hello.ext, rest);
        Some(this)
    }

    /// Drafts in front of 22 have neither session nor compression.
    fn read_draft(behind: &[u8]) -> Option<Self> {
        let (&random, behind) = behind.split_first_chunk()?;
        let (&suite, rest) = behind.split_first_chunk()?;
        let cipher_suite = CipherSuite(u16::from_be_bytes(suite));
        let mut this = Self { random, cipher_suite, ..Self::default() };
        this.read_extensions(None, rest);
        Some(this)
    }

    fn read_extensions(&mut self, extensions: Option<&[u8]>, rest: &[u8]) {
        let (extensions, is_cut) = extension_block(extensions, rest);
        self.is_cut = is_cut;
        self.extensions = extensions.to_vec();
        super::extensions::read_server(self, extensions);
    }

    /// The extensions in their order, each with the bytes behind its length. Ends in front of one
    /// that is cut.
    pub fn extensions(&self) -> Extensions<'_> {
        Extensions { rest: &self.extensions }
    }

    /// The version that is spoken.
    pub fn version(&self) -> TlsVersion {
        self.selected_version.unwrap_or(self.legacy_version)
    }

    /// Whether this asks the client for another hello.
    pub fn is_retry(&self) -> bool {
        self.random == RETRY_RANDOM
    }
}

/// The list of extensions: as the parser found it, or what is there of a list that is cut or that
/// old versions do not know. Whether it has another length than it says.
fn extension_block<'a>(found: Option<&'a [u8]>, rest: &'a [u8]) -> (&'a [u8], bool) {
    match (found, rest.split_first_chunk()) {
        (Some(found), _) => (found, !rest.is_empty()),
        (None, None) => (&[], !rest.is_empty()),
        (None, Some((&length, behind))) => {
            let length = usize::from(u16::from_be_bytes(length));
            (behind.get(..length).unwrap_or(behind), length != behind.len())
        }
    }
}

fn random(bytes: &[u8]) -> [u8; 32] {
    bytes.first_chunk().copied().unwrap_or_default()
}

fn suites(ciphers: &[TlsCipherSuiteID]) -> Vec<CipherSuite> {
    ciphers.iter().map(|suite| CipherSuite(suite.0)).collect()
}

fn methods(methods: &[TlsCompressionID]) -> Vec<u8> {
    methods.iter().map(|method| method.0).collect()
}

/// The extensions of a hello.
#[derive(Clone)]
pub struct Extensions<'a> {
    rest: &'a [u8],
}

impl<'a> Extensions<'a> {
    pub(super) fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    /// The next extension: its type, what is behind its length, and the whole of it.
    pub(super) fn next_whole(&mut self) -> Option<(ExtensionType, &'a [u8], &'a [u8])> {
        let &[a, b, c, d, ref behind @ ..] = self.rest else { return None };
        let length = usize::from(u16::from_be_bytes([c, d]));
        let (data, rest) = behind.split_at_checked(length)?;
        let whole = self.rest.get(..length.saturating_add(4))?;
        self.rest = rest;
        Some((ExtensionType(u16::from_be_bytes([a, b])), data, whole))
    }

    /// Whether something is left that is no extension.
    pub(super) fn is_cut(&self) -> bool {
        !self.rest.is_empty()
    }
}

impl<'a> Iterator for Extensions<'a> {
    type Item = (ExtensionType, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        self.next_whole().map(|(extension_type, data, _)| (extension_type, data))
    }
}

impl fmt::Debug for Extensions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.clone()).finish()
    }
}
