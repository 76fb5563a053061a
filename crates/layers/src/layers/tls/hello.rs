//! The hellos of TLS, RFC 8446 sections 4.1.2 and 4.1.3, as far as they are there.

use zerocopy::FromBytes;
use zerocopy::network_endian::U16;

use super::{TlsExtension, TlsExtensions};

/// Takes a message apart, front to back, by the vectors of RFC 8446 section 3.4.
#[derive(Clone, Copy, Debug)]
pub(super) struct Vectors<'a>(pub(super) &'a [u8]);

impl<'a> Vectors<'a> {
    pub(super) fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.take(2)?.first_chunk().map(|bytes| u16::from_be_bytes(*bytes))
    }

    /// A vector behind one byte of length.
    pub(super) fn short(&mut self) -> Option<&'a [u8]> {
        let len = self.u8()?;
        self.take(len.into())
    }

    /// A vector behind two bytes of length.
    pub(super) fn long(&mut self) -> Option<&'a [u8]> {
        let len = self.u16()?;
        self.take(len.into())
    }

    /// A vector of numbers behind two bytes of length.
    pub(super) fn numbers(&mut self) -> Option<&'a [U16]> {
        numbers(self.long()?)
    }

    /// A vector behind two bytes of length, as far as it is there.
    fn cut(&mut self) -> &'a [u8] {
        let len = self.u16().unwrap_or_default();
        self.0.get(..len.into()).unwrap_or(self.0)
    }
}

/// Numbers of 16 bits, if the bytes are nothing else.
pub(super) fn numbers(bytes: &[u8]) -> Option<&[U16]> {
    <[U16]>::ref_from_bytes(bytes).ok()
}

/// What a client can do. What a segment does not hold of it is missing at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsClientHello<'a> {
    /// Version 1.2 at most: later ones are in an extension.
    pub legacy_version: u16,
    pub random: &'a [u8; 32],
    pub legacy_session_id: &'a [u8],
    /// What a datagram server wanted back; none in TLS.
    pub cookie: &'a [u8],
    /// Best first.
    pub cipher_suites: &'a [U16],
    pub legacy_compression_methods: &'a [u8],
    extensions: &'a [u8],
}

impl<'a> TlsClientHello<'a> {
    pub(super) fn parse(body: &'a [u8]) -> Option<Self> {
        Self::read(body, false)
    }

    /// The same of DTLS, which has a cookie in it.
    pub(in crate::layers) fn parse_datagram(body: &'a [u8]) -> Option<Self> {
        Self::read(body, true)
    }

    fn read(body: &'a [u8], is_datagram: bool) -> Option<Self> {
        let mut rest = Vectors(body);
        Some(Self {
            legacy_version: rest.u16()?,
            random: rest.take(32)?.first_chunk()?,
            legacy_session_id: rest.short()?,
            cookie: if is_datagram { rest.short()? } else { &[] },
            cipher_suites: rest.numbers()?,
            legacy_compression_methods: rest.short()?,
            extensions: rest.cut(),
        })
    }

    /// The extensions. A segment that ends inside them ends them by an error.
    pub fn extensions(&self) -> TlsExtensions<'a> {
        TlsExtensions::new(self.extensions, true)
    }

    /// The name of the server it wants to speak to.
    pub fn server_name(&self) -> Option<&'a str> {
        self.extensions().map_while(Result::ok).find_map(|extension| match extension {
            TlsExtension::ServerName(name) => std::str::from_utf8(name).ok(),
            _ => None,
        })
    }

    /// The versions it can speak.
    pub fn supported_versions(&self) -> &'a [U16] {
        let mut extensions = self.extensions().map_while(Result::ok);
        let versions = extensions.find_map(|extension| match extension {
            TlsExtension::SupportedVersions(versions) => Some(versions),
            _ => None,
        });
        versions.unwrap_or_default()
    }
}

/// What a server chose. What a segment does not hold of it is missing at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsServerHello<'a> {
    /// Version 1.2 at most: see [`version`](Self::version).
    pub legacy_version: u16,
    pub random: &'a [u8; 32],
    pub legacy_session_id: &'a [u8],
    pub cipher_suite: u16,
    pub legacy_compression_method: u8,
    extensions: &'a [u8],
}

impl<'a> TlsServerHello<'a> {
    pub(super) fn parse(body: &'a [u8]) -> Option<Self> {
        let mut rest = Vectors(body);
        Some(Self {
            legacy_version: rest.u16()?,
            random: rest.take(32)?.first_chunk()?,
            legacy_session_id: rest.short()?,
            cipher_suite: rest.u16()?,
            legacy_compression_method: rest.u8()?,
            extensions: rest.cut(),
        })
    }

    /// The extensions. A segment that ends inside them ends them by an error.
    pub fn extensions(&self) -> TlsExtensions<'a> {
        TlsExtensions::new(self.extensions, false)
    }

    /// The version that is spoken, by the extension that says so since 1.3.
    pub fn version(&self) -> u16 {
        let mut extensions = self.extensions().map_while(Result::ok);
        let version = extensions.find_map(|extension| match extension {
            TlsExtension::SelectedVersion(version) => Some(version),
            _ => None,
        });
        version.unwrap_or(self.legacy_version)
    }
}
