//! JA4, as <https://github.com/FoxIO-LLC/ja4> defines it in `technical_details/JA4.md`. The other
//! fingerprints of that family have a licence that keeps them out.

use sha2::{Digest, Sha256};

use super::join;
use crate::hex;
use crate::tls::{ClientHello, ExtensionType, TlsVersion, Transport, is_grease};

/// Digits of each hash that are kept.
const HASH_LEN: usize = 12;
/// What stands for the hash of an empty list.
const NOTHING: &str = "000000000000";

impl ClientHello {
    /// The JA4 fingerprint.
    pub fn ja4(&self) -> String {
        let Parts { front, suites, extensions } = Parts::sorted(self);
        format!("{front}_{}_{}", hash(&suites), hash(&extensions))
    }

    /// What [`ja4`](Self::ja4) hashes, in clear text: published as `JA4_r`.
    pub fn ja4_raw(&self) -> String {
        let Parts { front, suites, extensions } = Parts::sorted(self);
        format!("{front}_{suites}_{extensions}")
    }

    /// The fingerprint in the order of the hello: published as `JA4_o`.
    pub fn ja4_original(&self) -> String {
        let Parts { front, suites, extensions } = Parts::original(self);
        format!("{front}_{}_{}", hash(&suites), hash(&extensions))
    }

    /// What [`ja4_original`](Self::ja4_original) hashes, in clear text: published as `JA4_ro`.
    pub fn ja4_raw_original(&self) -> String {
        let Parts { front, suites, extensions } = Parts::original(self);
        format!("{front}_{suites}_{extensions}")
    }
}

/// The three parts of a fingerprint, not yet hashed.
struct Parts {
    front: String,
    suites: String,
    extensions: String,
}

impl Parts {
    fn sorted(hello: &ClientHello) -> Self {
        let (mut suites, mut extensions) = (suites(hello), extensions(hello));
        let front = front(hello, suites.len(), extensions.len());
        // Both are in the front already, and would tell one program apart by what it connects to.
        let known =
            [ExtensionType::SERVER_NAME, ExtensionType::APPLICATION_LAYER_PROTOCOL_NEGOTIATION];
        extensions.retain(|number| !known.contains(&ExtensionType(*number)));
        suites.sort_unstable();
        extensions.sort_unstable();
        Self::of(hello, front, &suites, &extensions)
    }

    fn original(hello: &ClientHello) -> Self {
        let (suites, extensions) = (suites(hello), extensions(hello));
        let front = front(hello, suites.len(), extensions.len());
        Self::of(hello, front, &suites, &extensions)
    }

    fn of(hello: &ClientHello, front: String, suites: &[u16], extensions: &[u16]) -> Self {
        let mut extensions = list(extensions.iter().copied());
        let schemes = hello.signature_algorithms.iter().map(|scheme| scheme.0);
        let schemes = list(schemes.filter(|number| !is_grease(*number)));
        if !extensions.is_empty() && !schemes.is_empty() {
            extensions.push('_');
            extensions.push_str(&schemes);
        }
        Self { front, suites: list(suites.iter().copied()), extensions }
    }
}

fn suites(hello: &ClientHello) -> Vec<u16> {
    let suites = hello.cipher_suites.iter().map(|suite| suite.0);
    suites.filter(|number| !is_grease(*number)).collect()
}

fn extensions(hello: &ClientHello) -> Vec<u16> {
    let numbers = hello.extensions().map(|(extension_type, _)| extension_type.0);
    numbers.filter(|number| !is_grease(*number)).collect()
}

/// What can be read without hashing: transport, version, whether a name is given, how many cipher
/// suites and extensions there are, and the first protocol.
fn front(hello: &ClientHello, suites: usize, extensions: usize) -> String {
    /// Two digits are all the room there is.
    const MAX_COUNT: usize = 99;
    let transport = match hello.transport {
        Transport::Stream => 't',
        Transport::Datagrams => 'd',
        Transport::Quic => 'q',
    };
    let mut types = hello.extensions().map(|(extension_type, _)| extension_type);
    let has_name = types.any(|extension_type| extension_type == ExtensionType::SERVER_NAME);
    let name = if has_name { 'd' } else { 'i' };
    let version = match hello.version() {
        TlsVersion::TLS_1_3 => "13",
        TlsVersion::TLS_1_2 => "12",
        TlsVersion::TLS_1_1 => "11",
        TlsVersion::TLS_1_0 => "10",
        TlsVersion::SSL_3 => "s3",
        TlsVersion::SSL_2 => "s2",
        TlsVersion::DTLS_1_0 => "d1",
        TlsVersion::DTLS_1_2 => "d2",
        TlsVersion::DTLS_1_3 => "d3",
        _ => "00",
    };
    let [first, last] = protocol(hello.alpn.first().map_or(&[], |name| &name.0));
    let (suites, extensions) = (suites.min(MAX_COUNT), extensions.min(MAX_COUNT));
    format!("{transport}{version}{name}{suites:02}{extensions:02}{first}{last}")
}

/// The first and last character of a protocol's name; of its digits in hexadecimal, if one of them is
/// neither letter nor digit.
fn protocol(name: &[u8]) -> [char; 2] {
    let (Some(&first), Some(&last)) = (name.first(), name.last()) else { return ['0', '0'] };
    if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() {
        return [first.into(), last.into()];
    }
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or('0');
    [digit(first >> 4), digit(last & 0x0f)]
}

fn list(numbers: impl Iterator<Item = u16>) -> String {
    join(numbers, ',', |number| format!("{number:04x}"))
}

fn hash(list: &str) -> String {
    if list.is_empty() {
        return NOTHING.to_owned();
    }
    let mut digits = hex(&Sha256::digest(list));
    digits.truncate(HASH_LEN);
    digits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls::{CipherSuite, ProtocolName};

    /// The examples under "ALPN Extension Value".
    #[test]
    fn the_protocol_is_two_characters_as_published() {
        let check = |name: &[u8], expected: &str| {
            assert_eq!(protocol(name).iter().collect::<String>(), expected);
        };
        check(b"h2", "h2");
        check(b"http/1.1", "h1");
        check(b"", "00");
        check(b"x", "xx");
        check(&[0xab], "ab");
        check(&[0xab, 0xcd], "ad");
        check(&[0x30, 0xab], "3b");
        check(&[0x30, 0x31, 0xab, 0xcd], "3d");
        check(&[0x30, 0xab, 0xcd, 0x31], "01");
    }

    /// The examples under "Cipher hash" and "Extension hash".
    #[test]
    fn lists_are_hashed_as_published() {
        let suites = "002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cca8,cca9";
        assert_eq!(hash(suites), "8daaf6152771");
        let extensions = "0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01";
        assert_eq!(hash(extensions), "6d807ffa2a79");
        let schemes = "0403,0804,0401,0503,0805,0501,0806,0601";
        assert_eq!(hash(&format!("{extensions}_{schemes}")), "e5627efa2ab1");
        assert_eq!(hash(""), "000000000000");
    }

    #[test]
    fn a_hello_without_lists_has_zeros() {
        let hello = ClientHello { legacy_version: TlsVersion::TLS_1_0, ..ClientHello::default() };
        assert_eq!(hello.ja4(), "t10i000000_000000000000_000000000000");
        let hello = ClientHello { transport: Transport::Datagrams, ..hello };
        let hello = ClientHello { legacy_version: TlsVersion::DTLS_1_2, ..hello };
        assert_eq!(hello.ja4(), "dd2i000000_000000000000_000000000000");
    }

    #[test]
    fn the_newest_version_counts_whichever_way_they_count() {
        let versions = |versions: &[u16]| ClientHello {
            supported_versions: versions.iter().copied().map(TlsVersion).collect(),
            ..ClientHello::default()
        };
        assert!(versions(&[0x0a0a, 0x0303, 0x0304]).ja4().starts_with("t13"));
        assert!(versions(&[0xfefd, 0xfefc]).ja4().starts_with("td3"));
        assert!(versions(&[0x0305]).ja4().starts_with("t00"));
    }

    #[test]
    fn more_than_99_are_99_and_grease_does_not_count() {
        let hello = ClientHello {
            cipher_suites: (0..200).map(CipherSuite).chain([CipherSuite(0xfafa)]).collect(),
            alpn: vec![ProtocolName(b"h3".to_vec())],
            transport: Transport::Quic,
            ..ClientHello::default()
        };
        assert!(hello.ja4_raw().starts_with("q00i9900h3_0000,0001,"));
        assert!(hello.ja4_raw().ends_with(",00c6,00c7_"));
    }
}
