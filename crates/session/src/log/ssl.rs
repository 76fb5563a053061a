//! Handshakes of TLS and DTLS: Zeek's `ssl.log`, with fingerprints.

use std::fmt::Write;

use rheos_l7::tls::{AlternativeName, Certificate, TlsHandshake, TlsMessage, TlsVersion};

use super::logs::Row;
use super::record::{Source, column};
use super::{Log, Value};

/// A handshake.
pub static SSL: Log = Log::new(
    "ssl",
    "tls",
    &[
        column("version", "string", "version"),
        column("cipher", "string", ""),
        column("curve", "string", ""),
        column("server_name", "string", "sni"),
        column("resumed", "bool", "session_resumed"),
        column("last_alert", "string", ""),
        column("next_protocol", "string", ""),
        column("established", "bool", ""),
        column("ssl_history", "string", ""),
        column("cert_chain_fps", "vector[string]", ""),
        column("client_cert_chain_fps", "vector[string]", ""),
        column("sni_matches_cert", "bool", ""),
        column("subject", "string", "subject"),
        column("issuer", "string", "issuerdn"),
        column("ja3", "string", "ja3.hash"),
        column("ja3s", "string", "ja3s.hash"),
        column("ja4", "string", "ja4"),
    ],
);

/// The record of a message, if it is one to write down.
pub(super) fn row(message: &TlsMessage) -> Option<Row> {
    let TlsMessage::Handshake(handshake) = message else { return None };
    Some(handshake_row(handshake))
}

fn handshake_row(handshake: &TlsHandshake) -> Row {
    let server = handshake.server_hello.as_deref();
    let client = handshake.client_hello.as_deref();
    let first = handshake.server_certificates.as_deref().and_then(<[Certificate]>::first);
    let x509 = first.and_then(|certificate| certificate.x509().ok());
    let matches = handshake.server_name().zip(x509.as_ref()).map(|(name, x509)| {
        let alternatives = x509.alternative_names.iter();
        let names = alternatives.filter_map(|alternative| match alternative {
            AlternativeName::Dns(name) => Some(name.as_str()),
            _ => None,
        });
        names.chain(x509.common_name.as_deref()).any(|pattern| is_covered(name, pattern))
    });
    // Where one side shows who it is, Zeek has a list for the other, too.
    let has_chain = first.is_some() || handshake.client_certificates.is_some();
    let chain = |chain| match fingerprints(chain) {
        Value::Unset if has_chain => Value::Texts(Vec::new()),
        told => told,
    };
    let values = vec![
        handshake.version().map(version).into(),
        handshake.cipher_suite().map(|suite| suite.to_string()).into(),
        handshake.group.map(|group| group.to_string()).into(),
        handshake.server_name().into(),
        handshake.resumption.is_some().into(),
        handshake.alert.map(|(_, alert)| alert.description.to_string()).into(),
        handshake.alpn().map(ToString::to_string).into(),
        handshake.is_established.into(),
        handshake.history.as_str().into(),
        chain(handshake.server_certificates.as_deref()),
        chain(handshake.client_certificates.as_deref()),
        matches.into(),
        x509.as_ref().map(|x509| x509.subject.clone()).into(),
        x509.as_ref().map(|x509| x509.issuer.clone()).into(),
        client.map(rheos_l7::tls::ClientHello::ja3).into(),
        server.map(rheos_l7::tls::ServerHello::ja3s).into(),
        client.map(rheos_l7::tls::ClientHello::ja4).into(),
    ];
    let ts = handshake.times.map(|(first, _)| first);
    Row::new(&SSL, ts, values).of(Source::Tls(Box::new(handshake.clone())))
}

/// A version as Zeek writes it: `TLSv12`.
fn version(version: TlsVersion) -> String {
    if let Some(draft) = version.draft() {
        return format!("TLSv13-draft{draft}");
    }
    let text = match version {
        TlsVersion::SSL_2 => "SSLv2",
        TlsVersion::SSL_3 => "SSLv3",
        TlsVersion::TLS_1_0 => "TLSv10",
        TlsVersion::TLS_1_1 => "TLSv11",
        TlsVersion::TLS_1_2 => "TLSv12",
        TlsVersion::TLS_1_3 => "TLSv13",
        TlsVersion::DTLS_1_0 => "DTLSv10",
        TlsVersion::DTLS_1_2 => "DTLSv12",
        TlsVersion::DTLS_1_3 => "DTLSv13",
        TlsVersion(number) => return format!("unknown-{number}"),
    };
    text.to_owned()
}

fn fingerprints(chain: Option<&[Certificate]>) -> Value {
    let Some(chain) = chain else { return Value::Unset };
    let hex = |certificate: &Certificate| {
        certificate.sha256().iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    };
    Value::Texts(chain.iter().map(hex).collect())
}

/// Whether a certificate for a name, whose first label may be `*`, is one for this host: RFC 6125,
/// section 6.4.3.
fn is_covered(host: &str, pattern: &str) -> bool {
    let host = host.trim_end_matches('.');
    match pattern.strip_prefix("*.") {
        Some(rest) => host
            .split_once('.')
            .is_some_and(|(first, behind)| !first.is_empty() && behind.eq_ignore_ascii_case(rest)),
        None => host.eq_ignore_ascii_case(pattern),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_one_label() {
        assert!(is_covered("www.example.org", "*.example.org"));
        assert!(is_covered("WWW.example.org.", "www.Example.org"));
        assert!(!is_covered("a.b.example.org", "*.example.org"));
        assert!(!is_covered("example.org", "*.example.org"));
    }

    #[test]
    fn versions_have_zeeks_names() {
        assert_eq!(version(TlsVersion::TLS_1_2), "TLSv12");
        assert_eq!(version(TlsVersion(0x7f1c)), "TLSv13-draft28");
        assert_eq!(version(TlsVersion(0x9999)), "unknown-39321");
    }
}
