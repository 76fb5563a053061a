//! Extensions of hellos, RFC 8446 section 4.2: one that is unknown or malformed costs no other.

use std::fmt;

use tls_parser::{
    SNIType, TlsExtension, parse_tls_client_hello_extension, parse_tls_server_hello_extension,
};

use super::hello::{ClientHello, Extensions, ServerHello};
use super::numbers::{ExtensionType, NamedGroup, SignatureScheme, TlsVersion};

/// The name of a protocol, as ALPN has it: any bytes, ASCII as a rule.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProtocolName(pub Vec<u8>);

impl fmt::Display for ProtocolName {
    /// Writes ASCII as it is, and other bytes by their escapes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.escape_ascii().fmt(f)
    }
}

impl fmt::Debug for ProtocolName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// A key for a key exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyShare {
    /// Its group.
    pub group: NamedGroup,
    /// Bytes of it; none where a server wants a key of this group.
    pub len: u16,
}

/// What hides the true hello of a client: RFC 9849, section 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncryptedClientHello {
    /// The true hello is in here, encrypted; or nothing is, to look the same.
    Outer {
        /// Number of the key derivation function.
        kdf: u16,
        /// Number of the cipher.
        aead: u16,
        /// Which of the server's configurations.
        config_id: u8,
        /// Bytes of the key.
        key_len: u16,
        /// Bytes of the hello.
        payload_len: u16,
    },
    /// This is the true hello.
    Inner,
    /// The draft in front of it: only the name of the server is hidden.
    ServerName,
}

/// Reads the extensions of a client.
pub(super) fn read_client(hello: &mut ClientHello, bytes: &[u8]) {
    let mut extensions = Extensions::new(bytes);
    while let Some((extension_type, data, whole)) = extensions.next_whole() {
        let parsed = parse_tls_client_hello_extension(whole);
        let known =
            parsed.ok().and_then(|(_, extension)| client(hello, extension_type, data, extension));
        if known.is_none() {
            hello.malformed_extensions.push(extension_type);
        }
    }
    hello.is_cut |= extensions.is_cut();
}

fn client(
    hello: &mut ClientHello,
    extension_type: ExtensionType,
    data: &[u8],
    extension: TlsExtension<'_>,
) -> Option<()> {
    match extension {
        TlsExtension::SNI(names) => {
            let host = names.into_iter().find(|(kind, _)| *kind == SNIType::HostName)?;
            hello.server_name = Some(String::from_utf8_lossy(host.1).into_owned());
        }
        TlsExtension::ALPN(names) => {
            hello.alpn = names.into_iter().map(|name| ProtocolName(name.to_vec())).collect();
        }
        TlsExtension::SupportedVersions(versions) => {
            hello.supported_versions =
                versions.into_iter().map(|version| TlsVersion(version.0)).collect();
        }
        TlsExtension::EllipticCurves(groups) => {
            hello.supported_groups = groups.into_iter().map(|group| NamedGroup(group.0)).collect();
        }
        TlsExtension::EcPointFormats(formats) => hello.ec_point_formats = formats.to_vec(),
        TlsExtension::SignatureAlgorithms(schemes) => {
            hello.signature_algorithms = schemes.into_iter().map(SignatureScheme).collect();
        }
        TlsExtension::PskExchangeModes(modes) => hello.psk_key_exchange_modes = modes,
        TlsExtension::SessionTicket(ticket) => hello.session_ticket = Some(ticket.len()),
        TlsExtension::EarlyData(_) => hello.has_early_data = true,
        TlsExtension::KeyShare(_) => hello.key_shares = key_shares(data)?,
        TlsExtension::PreSharedKey(_) => hello.psk_identities = psk_identities(data)?,
        _ if extension_type == ExtensionType::ENCRYPTED_CLIENT_HELLO => {
            hello.encrypted_client_hello = Some(encrypted_client_hello(data)?);
        }
        _ if extension_type == ExtensionType::ENCRYPTED_SERVER_NAME => {
            hello.encrypted_client_hello = Some(EncryptedClientHello::ServerName);
        }
        _ => {}
    }
    Some(())
}

/// Reads the extensions of a server.
pub(super) fn read_server(hello: &mut ServerHello, bytes: &[u8]) {
    let mut extensions = Extensions::new(bytes);
    while let Some((extension_type, data, whole)) = extensions.next_whole() {
        let parsed = parse_tls_server_hello_extension(whole);
        let known = parsed.ok().and_then(|(_, extension)| server(hello, data, extension));
        if known.is_none() {
            hello.malformed_extensions.push(extension_type);
        }
    }
    hello.is_cut |= extensions.is_cut();
}

fn server(hello: &mut ServerHello, data: &[u8], extension: TlsExtension<'_>) -> Option<()> {
    match extension {
        TlsExtension::ALPN(names) => {
            hello.alpn = names.first().map(|name| ProtocolName(name.to_vec()));
        }
        TlsExtension::SupportedVersions(versions) => {
            hello.selected_version = versions.first().map(|version| TlsVersion(version.0));
        }
        TlsExtension::SessionTicket(_) => hello.has_session_ticket = true,
        TlsExtension::PreSharedKey(_) => {
            hello.pre_shared_key = Some(u16::from_be_bytes(data.try_into().ok()?));
        }
        TlsExtension::KeyShare(_) => {
            let (&group, behind) = data.split_first_chunk()?;
            let len = behind.first_chunk().map(|len| u16::from_be_bytes(*len)).unwrap_or_default();
            let group = NamedGroup(u16::from_be_bytes(group));
            hello.key_share = Some(KeyShare { group, len });
        }
        _ => {}
    }
    Some(())
}

/// Takes bytes behind their length of two bytes off the front.
fn vector<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (&length, behind) = bytes.split_first_chunk()?;
    let (vector, rest) = behind.split_at_checked(u16::from_be_bytes(length).into())?;
    *bytes = rest;
    Some(vector)
}

/// RFC 8446, section 4.2.8: a list of keys behind its length.
fn key_shares(mut data: &[u8]) -> Option<Vec<KeyShare>> {
    let mut list = vector(&mut data)?;
    let mut shares = Vec::new();
    while let Some((&group, behind)) = list.split_first_chunk() {
        list = behind;
        let key = vector(&mut list)?;
        let group = NamedGroup(u16::from_be_bytes(group));
        shares.push(KeyShare { group, len: u16::try_from(key.len()).ok()? });
    }
    list.is_empty().then_some(shares)
}

/// RFC 8446, section 4.2.11: a list of names, each with an age of four bytes; proofs are behind it.
fn psk_identities(mut data: &[u8]) -> Option<Vec<u16>> {
    let mut list = vector(&mut data)?;
    let mut identities = Vec::new();
    while !list.is_empty() {
        identities.push(u16::try_from(vector(&mut list)?.len()).ok()?);
        (_, list) = list.split_at_checked(4)?;
    }
    Some(identities)
}

fn encrypted_client_hello(data: &[u8]) -> Option<EncryptedClientHello> {
    match *data {
        [0, a, b, c, d, config_id, ref behind @ ..] => {
            let mut rest = behind;
            let (key, payload) = (vector(&mut rest)?, vector(&mut rest)?);
            Some(EncryptedClientHello::Outer {
                kdf: u16::from_be_bytes([a, b]),
                aead: u16::from_be_bytes([c, d]),
                config_id,
                key_len: u16::try_from(key.len()).ok()?,
                payload_len: u16::try_from(payload.len()).ok()?,
            })
        }
        [1] => Some(EncryptedClientHello::Inner),
        _ => None,
    }
}
