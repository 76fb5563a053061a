//! TLS and DTLS: hellos, their fingerprints, certificates.

use std::str::Bytes;

use rheos_core::Timestamp;
use rheos_flow::FiveTupleKey;
use rheos_l7::tls::{
    Certificate, ClientHello, ServerHello, TlsMessage, TlsVersion, Transport, X509,
};
use rheos_session::Event;

use super::tables::Table;
use super::values::Values;

pub(super) const TABLE: Table = Table {
    name: "tls",
    fields: &[
        "tls.handshake.version",
        "tls.handshake.extensions.supported_version",
        "tls.handshake.ciphersuite",
        "tls.handshake.extensions_server_name",
        "tls.handshake.extensions_alpn_str",
        "tls.handshake.ja3",
        "tls.handshake.ja3s",
        "certificate.serial",
        "certificate.issuer",
        "certificate.subject",
        "certificate.notBefore",
        "certificate.notAfter",
        "tls.alert_message.desc",
    ],
    ours,
};

/// DTLS has names of its own for the same.
pub(super) const DTLS: Table = Table {
    name: "dtls",
    fields: &[
        "dtls.handshake.version",
        "dtls.handshake.ciphersuite",
        "dtls.handshake.extensions_server_name",
        "dtls.handshake.ja3",
        "dtls.handshake.ja3s",
    ],
    ours: |_, _| {},
};

fn ours(event: &Event<'_, FiveTupleKey>, to: &mut Values) {
    match event.message::<TlsMessage>() {
        Some(TlsMessage::ClientHello { hello, .. }) if hello.transport == Transport::Datagrams => {
            to.add("dtls.handshake.version", version(hello.legacy_version));
            for suite in &hello.cipher_suites {
                to.add("dtls.handshake.ciphersuite", format!("{:#06x}", suite.0));
            }
            if let Some(name) = &hello.server_name {
                to.add("dtls.handshake.extensions_server_name", name);
            }
            to.add("dtls.handshake.ja3", hello.ja3());
        }
        Some(
            TlsMessage::ServerHello { hello, .. } | TlsMessage::HelloRetryRequest { hello, .. },
        ) if hello.transport == Transport::Datagrams => {
            to.add("dtls.handshake.version", version(hello.legacy_version));
            to.add("dtls.handshake.ciphersuite", format!("{:#06x}", hello.cipher_suite.0));
            to.add("dtls.handshake.ja3s", hello.ja3s());
        }
        Some(TlsMessage::HelloVerifyRequest { version: own, .. }) => {
            to.add("dtls.handshake.version", version(*own));
        }
        Some(TlsMessage::ClientHello { hello, .. }) => client(hello, to),
        Some(
            TlsMessage::ServerHello { hello, .. } | TlsMessage::HelloRetryRequest { hello, .. },
        ) => {
            server(hello, to);
        }
        Some(TlsMessage::Certificates { certificates, .. }) => {
            certificates.iter().for_each(|own| certificate(own, to));
        }
        Some(TlsMessage::Alert { alert, .. }) => {
            to.add("tls.alert_message.desc", alert.description.0.to_string());
        }
        _ => {}
    }
}

fn client(hello: &ClientHello, to: &mut Values) {
    to.add("tls.handshake.version", version(hello.legacy_version));
    for own in &hello.supported_versions {
        to.add("tls.handshake.extensions.supported_version", version(*own));
    }
    for suite in &hello.cipher_suites {
        to.add("tls.handshake.ciphersuite", format!("{:#06x}", suite.0));
    }
    if let Some(name) = &hello.server_name {
        to.add("tls.handshake.extensions_server_name", name);
    }
    for name in &hello.alpn {
        to.add("tls.handshake.extensions_alpn_str", String::from_utf8_lossy(&name.0));
    }
    to.add("tls.handshake.ja3", hello.ja3());
}

fn server(hello: &ServerHello, to: &mut Values) {
    to.add("tls.handshake.version", version(hello.legacy_version));
    if let Some(own) = &hello.selected_version {
        to.add("tls.handshake.extensions.supported_version", version(*own));
    }
    to.add("tls.handshake.ciphersuite", format!("{:#06x}", hello.cipher_suite.0));
    if let Some(name) = &hello.alpn {
        to.add("tls.handshake.extensions_alpn_str", String::from_utf8_lossy(&name.0));
    }
    to.add("tls.handshake.ja3s", hello.ja3s());
}

fn version(version: TlsVersion) -> String {
    format!("{:#06x}", version.0)
}

fn certificate(certificate: &Certificate, to: &mut Values) {
    let Ok(X509 { serial, issuer, subject, not_before, not_after, .. }) = certificate.x509() else {
        return;
    };
    let digits = serial.iter().map(|byte| format!("{byte:02x}"));
    to.add("certificate.serial", digits.collect::<String>());
    to.add("certificate.issuer", parts(&issuer));
    to.add("certificate.subject", parts(&subject));
    to.add("certificate.notBefore", date(not_before));
    to.add("certificate.notAfter", date(not_after));
}

/// A time in seconds since 1970, as tshark writes it.
fn date(seconds: i64) -> String {
    let text = Timestamp::from_secs(seconds, 0).to_string();
    format!("{} (UTC)", text.chars().take(19).collect::<String>().replace('T', " "))
}

/// The values of a name of RFC 4514, the most general first, as tshark has them one behind the other.
fn parts(name: &str) -> String {
    let mut sets = vec![vec![Vec::new()]];
    let mut bytes = name.bytes();
    while let Some(byte) = bytes.next() {
        let Some(set) = sets.last_mut() else { break };
        match byte {
            b',' => sets.push(vec![Vec::new()]),
            b'+' => set.push(Vec::new()),
            _ => {
                let byte = if byte == b'\\' { unescape(&mut bytes) } else { byte };
                set.last_mut().into_iter().for_each(|part| part.push(byte));
            }
        }
    }
    let values = sets.into_iter().rev().flatten().map(|part| {
        let text = String::from_utf8_lossy(&part).into_owned();
        text.split_once('=').map_or_else(|| text.clone(), |(_, value)| value.to_owned())
    });
    values.collect::<Vec<_>>().join("/")
}

/// The byte that stands behind a backslash: itself, or by two digits.
fn unescape(bytes: &mut Bytes<'_>) -> u8 {
    let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
    let first = bytes.next();
    let pair = digit(first).zip(digit(bytes.clone().next()));
    let byte = pair.and_then(|(upper, lower)| u8::try_from(upper << 4 | lower).ok());
    if byte.is_some() {
        bytes.next();
    }
    byte.or(first).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_rfc_4514_are_taken_apart() {
        // Section 4 of the RFC.
        let name = r#"OU=Sales+CN=J.  Smith,DC=example\2c\20\"Inc\",DC=net"#;
        assert_eq!(parts(name), r#"net/example, "Inc"/Sales/J.  Smith"#);
    }

    #[test]
    fn dates_are_written_as_tshark_does() {
        assert_eq!(date(1_359_936_000), "2013-02-04 00:00:00 (UTC)");
    }
}
