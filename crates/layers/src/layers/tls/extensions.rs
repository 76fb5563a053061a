//! Extensions of hellos, RFC 8446 section 4.2 and
//! [IANA](https://www.iana.org/assignments/tls-extensiontype-values).

use zerocopy::network_endian::U16;

use super::TlsHandshakes;
use super::hello::{Vectors, numbers};
use crate::Malformed;

/// TLS 1.3, in the extension that tells versions.
const TLS_1_3: u16 = 0x0304;
/// The only type of a server's name, RFC 6066.
const HOST_NAME: u8 = 0;

/// One extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsExtension<'a> {
    /// Whom a client wants to speak to, RFC 6066: a name of DNS, in ASCII.
    ServerName(&'a [u8]),
    /// Groups for a key exchange, best first.
    SupportedGroups(&'a [U16]),
    /// How points of a curve are written, RFC 8422.
    EcPointFormats(&'a [u8]),
    /// Algorithms of signatures, best first.
    SignatureAlgorithms(&'a [U16]),
    /// What is spoken inside, RFC 7301: names behind one byte of length each.
    ApplicationProtocols(TlsProtocolNames<'a>),
    /// Versions that a client speaks, best first.
    SupportedVersions(&'a [U16]),
    /// The version that a server chose.
    SelectedVersion(u16),
    /// A cookie that is to be sent back.
    Cookie(&'a [u8]),
    /// An extension that has no entry here, or not the form of its type.
    Unknown { extension_type: u16, data: &'a [u8] },
}

/// Names behind one byte of length each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TlsProtocolNames<'a>(&'a [u8]);

impl<'a> TlsProtocolNames<'a> {
    /// The names, up to the first that is cut.
    pub fn names(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut rest = Vectors(self.0);
        std::iter::from_fn(move || rest.short())
    }
}

/// The extensions of a hello. Ends behind the first error.
#[derive(Clone, Debug)]
pub struct TlsExtensions<'a> {
    rest: &'a [u8],
    /// Whether a client speaks: some extensions have another form then.
    is_client: bool,
}

impl<'a> TlsExtensions<'a> {
    pub(super) fn new(bytes: &'a [u8], is_client: bool) -> Self {
        Self { rest: bytes, is_client }
    }
}

impl<'a> Iterator for TlsExtensions<'a> {
    type Item = Result<TlsExtension<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        /// Bytes of type and length.
        const HEADER_LEN: usize = 4;
        let bytes = std::mem::take(&mut self.rest);
        let &[a, b, c, d, ref behind @ ..] = bytes else {
            let cut = Malformed::Truncated { need: HEADER_LEN, have: bytes.len() };
            return (!bytes.is_empty()).then_some(Err(cut));
        };
        let len = usize::from(u16::from_be_bytes([c, d]));
        let Some((data, rest)) = behind.split_at_checked(len) else {
            let need = HEADER_LEN.saturating_add(len);
            return Some(Err(Malformed::Truncated { need, have: bytes.len() }));
        };
        self.rest = rest;
        Some(Ok(understand(u16::from_be_bytes([a, b]), data, self.is_client)))
    }
}

fn understand(extension_type: u16, data: &[u8], is_client: bool) -> TlsExtension<'_> {
    let mut rest = Vectors(data);
    let known = match extension_type {
        0 => server_name(data).map(TlsExtension::ServerName),
        10 => rest.numbers().map(TlsExtension::SupportedGroups),
        11 => rest.short().map(TlsExtension::EcPointFormats),
        13 => rest.numbers().map(TlsExtension::SignatureAlgorithms),
        16 => rest.long().map(|names| TlsExtension::ApplicationProtocols(TlsProtocolNames(names))),
        43 if is_client => rest.short().and_then(numbers).map(TlsExtension::SupportedVersions),
        43 => rest.u16().map(TlsExtension::SelectedVersion),
        44 => rest.long().map(TlsExtension::Cookie),
        _ => None,
    };
    known.unwrap_or(TlsExtension::Unknown { extension_type, data })
}

fn server_name(data: &[u8]) -> Option<&[u8]> {
    let mut names = Vectors(Vectors(data).long()?);
    names.u8().filter(|&kind| kind == HOST_NAME)?;
    names.long()
}

/// Whether a server chooses TLS 1.3 in the handshake messages of a record.
pub(super) fn reveals_tls13(fragment: &[u8]) -> bool {
    let mut messages = TlsHandshakes::new(fragment).map_while(Result::ok);
    messages.any(|message| message.server_hello().is_some_and(|hello| hello.version() == TLS_1_3))
}
