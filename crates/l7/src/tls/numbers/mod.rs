//! Numbers of TLS and their names, [IANA](https://www.iana.org/assignments/tls-parameters).

use std::fmt;

use tls_parser::TlsCipherSuite;

/// Gives numbers names, as constants and in `Display`.
macro_rules! names {
    ($type:ident { $($(#[$doc:meta])+ $name:ident = $number:literal $text:literal;)+ }) => {
        impl $type {
            $($(#[$doc])+ pub const $name: Self = Self($number);)+

            /// The name, if there is one.
            pub fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$name => Some($text),)+
                    _ => None,
                }
            }
        }
    };
}

/// Writes the name of a number, or itself.
macro_rules! display {
    ($($type:ident)+) => { $(
        impl fmt::Display for $type {
            /// Writes IANA's name, or the number where there is none.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.name() {
                    Some(name) => f.write_str(name),
                    None => unnamed(self.0.into(), f),
                }
            }
        }
    )+ };
}

mod names;

pub use names::{AlertDescription, ExtensionType};

/// A version of SSL, TLS or DTLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TlsVersion(pub u16);

names! { TlsVersion {
    /// The first that was published.
    SSL_2 = 0x0002 "SSL 2.0";
    /// RFC 6101.
    SSL_3 = 0x0300 "SSL 3.0";
    /// RFC 2246.
    TLS_1_0 = 0x0301 "TLS 1.0";
    /// RFC 4346.
    TLS_1_1 = 0x0302 "TLS 1.1";
    /// RFC 5246.
    TLS_1_2 = 0x0303 "TLS 1.2";
    /// RFC 8446.
    TLS_1_3 = 0x0304 "TLS 1.3";
    /// What OpenSSL once took for DTLS 1.0.
    DTLS_1_0_OPENSSL = 0x0100 "DTLS 1.0 (OpenSSL before 0.9.8f)";
    /// RFC 4347.
    DTLS_1_0 = 0xfeff "DTLS 1.0";
    /// RFC 6347.
    DTLS_1_2 = 0xfefd "DTLS 1.2";
    /// RFC 9147.
    DTLS_1_3 = 0xfefc "DTLS 1.3";
} }

impl TlsVersion {
    /// The number of a draft of TLS 1.3, if it is one.
    pub fn draft(self) -> Option<u8> {
        let [upper, draft] = self.0.to_be_bytes();
        (upper == 0x7f).then_some(draft)
    }

    /// Whether handshakes are those of version 1.3: all behind the hello of the server is encrypted.
    pub fn is_1_3(self) -> bool {
        matches!(self, Self::TLS_1_3 | Self::DTLS_1_3) || self.draft().is_some()
    }

    /// Whether it is a version of DTLS.
    pub fn is_datagram(self) -> bool {
        self.0 >> 8 == 0xfe || self == Self::DTLS_1_0_OPENSSL
    }

    /// Where it stands among the versions of its kind, the newest last: those of DTLS count down.
    pub(crate) fn age(self) -> u16 {
        if self.is_datagram() { !self.0 } else { self.0 }
    }
}

impl fmt::Display for TlsVersion {
    /// Writes the name, or the number where there is none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.name(), self.draft()) {
            (Some(name), _) => f.write_str(name),
            (None, Some(draft)) => write!(f, "TLS 1.3 (draft {draft})"),
            _ => unnamed(self.0, f),
        }
    }
}

/// A number that has no name, unless it is one that is sent so that unknown ones stay allowed:
/// RFC 8701.
fn unnamed(number: u16, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let grease = if is_grease(number) { "GREASE " } else { "" };
    write!(f, "{grease}0x{number:04x}")
}

/// Whether a number is one of those that RFC 8701 reserves.
pub fn is_grease(number: u16) -> bool {
    let [upper, lower] = number.to_be_bytes();
    upper == lower && lower & 0x0f == 0x0a
}

/// How keys are agreed on, data encrypted and the sender proved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CipherSuite(pub u16);

impl CipherSuite {
    /// IANA's name, if there is one.
    pub fn name(self) -> Option<&'static str> {
        TlsCipherSuite::from_id(self.0).map(|suite| suite.name)
    }

    /// Whether the server sends the point of a curve for a key exchange.
    pub(crate) fn has_curve(self) -> bool {
        use tls_parser::TlsCipherKx as Kx;
        let exchange = TlsCipherSuite::from_id(self.0).map(|suite| suite.kx);
        matches!(exchange, Some(Kx::Ecdhe | Kx::Aecdh))
    }
}

impl fmt::Display for CipherSuite {
    /// Writes IANA's name, or the number where there is none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => unnamed(self.0, f),
        }
    }
}

/// A group for a key exchange: a curve, a finite field, or more than one mechanism.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NamedGroup(pub u16);

/// An algorithm of signatures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SignatureScheme(pub u16);

display! { NamedGroup SignatureScheme }

names! { NamedGroup {
    /// A curve over a field of characteristic 2, 163 bits.
    SECT163K1 = 1 "sect163k1";
    /// The same, random.
    SECT163R1 = 2 "sect163r1";
    /// The same, another.
    SECT163R2 = 3 "sect163r2";
    /// 193 bits.
    SECT193R1 = 4 "sect193r1";
    /// 193 bits, another.
    SECT193R2 = 5 "sect193r2";
    /// 233 bits.
    SECT233K1 = 6 "sect233k1";
    /// 233 bits, random.
    SECT233R1 = 7 "sect233r1";
    /// 239 bits.
    SECT239K1 = 8 "sect239k1";
    /// 283 bits.
    SECT283K1 = 9 "sect283k1";
    /// 283 bits, random.
    SECT283R1 = 10 "sect283r1";
    /// 409 bits.
    SECT409K1 = 11 "sect409k1";
    /// 409 bits, random.
    SECT409R1 = 12 "sect409r1";
    /// 571 bits.
    SECT571K1 = 13 "sect571k1";
    /// 571 bits, random.
    SECT571R1 = 14 "sect571r1";
    /// A curve over a prime field, 160 bits.
    SECP160K1 = 15 "secp160k1";
    /// 160 bits, random.
    SECP160R1 = 16 "secp160r1";
    /// 160 bits, another.
    SECP160R2 = 17 "secp160r2";
    /// 192 bits.
    SECP192K1 = 18 "secp192k1";
    /// 192 bits, random: P-192.
    SECP192R1 = 19 "secp192r1";
    /// 224 bits.
    SECP224K1 = 20 "secp224k1";
    /// 224 bits, random: P-224.
    SECP224R1 = 21 "secp224r1";
    /// 256 bits.
    SECP256K1 = 22 "secp256k1";
    /// P-256.
    SECP256R1 = 23 "secp256r1";
    /// P-384.
    SECP384R1 = 24 "secp384r1";
    /// P-521.
    SECP521R1 = 25 "secp521r1";
    /// RFC 7027.
    BRAINPOOL_P256R1 = 26 "brainpoolP256r1";
    /// RFC 7027.
    BRAINPOOL_P384R1 = 27 "brainpoolP384r1";
    /// RFC 7027.
    BRAINPOOL_P512R1 = 28 "brainpoolP512r1";
    /// RFC 7748.
    X25519 = 29 "x25519";
    /// RFC 7748.
    X448 = 30 "x448";
    /// RFC 8734.
    BRAINPOOL_P256R1_TLS13 = 31 "brainpoolP256r1tls13";
    /// RFC 8734.
    BRAINPOOL_P384R1_TLS13 = 32 "brainpoolP384r1tls13";
    /// RFC 8734.
    BRAINPOOL_P512R1_TLS13 = 33 "brainpoolP512r1tls13";
    /// RFC 8998.
    CURVE_SM2 = 41 "curveSM2";
    /// RFC 7919.
    FFDHE2048 = 256 "ffdhe2048";
    /// RFC 7919.
    FFDHE3072 = 257 "ffdhe3072";
    /// RFC 7919.
    FFDHE4096 = 258 "ffdhe4096";
    /// RFC 7919.
    FFDHE6144 = 259 "ffdhe6144";
    /// RFC 7919.
    FFDHE8192 = 260 "ffdhe8192";
    /// Lattices alone.
    MLKEM512 = 512 "MLKEM512";
    /// Lattices alone.
    MLKEM768 = 513 "MLKEM768";
    /// Lattices alone.
    MLKEM1024 = 514 "MLKEM1024";
    /// Lattices beside P-256.
    SECP256R1_MLKEM768 = 4587 "SecP256r1MLKEM768";
    /// Lattices beside X25519.
    X25519_MLKEM768 = 4588 "X25519MLKEM768";
    /// Lattices beside P-384.
    SECP384R1_MLKEM1024 = 4589 "SecP384r1MLKEM1024";
    /// A draft of lattices beside X25519.
    X25519_KYBER768_DRAFT00 = 25497 "X25519Kyber768Draft00";
} }

names! { SignatureScheme {
    /// RSA with PKCS #1 1.5 and MD5, as version 1.2 has it.
    RSA_PKCS1_MD5 = 0x0101 "rsa_pkcs1_md5";
    /// RSA with PKCS #1 1.5.
    RSA_PKCS1_SHA1 = 0x0201 "rsa_pkcs1_sha1";
    /// DSA, as version 1.2 has it.
    DSA_SHA1 = 0x0202 "dsa_sha1";
    /// ECDSA.
    ECDSA_SHA1 = 0x0203 "ecdsa_sha1";
    /// RSA with PKCS #1 1.5 and SHA-224, as version 1.2 has it.
    RSA_PKCS1_SHA224 = 0x0301 "rsa_pkcs1_sha224";
    /// DSA, as version 1.2 has it.
    DSA_SHA224 = 0x0302 "dsa_sha224";
    /// ECDSA, as version 1.2 has it.
    ECDSA_SHA224 = 0x0303 "ecdsa_sha224";
    /// RSA with PKCS #1 1.5.
    RSA_PKCS1_SHA256 = 0x0401 "rsa_pkcs1_sha256";
    /// DSA, as version 1.2 has it.
    DSA_SHA256 = 0x0402 "dsa_sha256";
    /// ECDSA.
    ECDSA_SECP256R1_SHA256 = 0x0403 "ecdsa_secp256r1_sha256";
    /// RSA with PKCS #1 1.5.
    RSA_PKCS1_SHA384 = 0x0501 "rsa_pkcs1_sha384";
    /// ECDSA.
    ECDSA_SECP384R1_SHA384 = 0x0503 "ecdsa_secp384r1_sha384";
    /// RSA with PKCS #1 1.5.
    RSA_PKCS1_SHA512 = 0x0601 "rsa_pkcs1_sha512";
    /// ECDSA.
    ECDSA_SECP521R1_SHA512 = 0x0603 "ecdsa_secp521r1_sha512";
    /// RSA-PSS with a plain key.
    RSA_PSS_RSAE_SHA256 = 0x0804 "rsa_pss_rsae_sha256";
    /// RSA-PSS with a plain key.
    RSA_PSS_RSAE_SHA384 = 0x0805 "rsa_pss_rsae_sha384";
    /// RSA-PSS with a plain key.
    RSA_PSS_RSAE_SHA512 = 0x0806 "rsa_pss_rsae_sha512";
    /// RFC 8032.
    ED25519 = 0x0807 "ed25519";
    /// RFC 8032.
    ED448 = 0x0808 "ed448";
    /// RSA-PSS with a key of its own.
    RSA_PSS_PSS_SHA256 = 0x0809 "rsa_pss_pss_sha256";
    /// RSA-PSS with a key of its own.
    RSA_PSS_PSS_SHA384 = 0x080a "rsa_pss_pss_sha384";
    /// RSA-PSS with a key of its own.
    RSA_PSS_PSS_SHA512 = 0x080b "rsa_pss_pss_sha512";
    /// Lattices.
    MLDSA44 = 0x0904 "mldsa44";
    /// Lattices.
    MLDSA65 = 0x0905 "mldsa65";
    /// Lattices.
    MLDSA87 = 0x0906 "mldsa87";
} }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_names_of_iana() {
        assert_eq!(CipherSuite(0xc02f).to_string(), "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
        assert_eq!(CipherSuite(0x1301).to_string(), "TLS_AES_128_GCM_SHA256");
        assert_eq!(CipherSuite(0xfe42).to_string(), "0xfe42");
        assert_eq!(NamedGroup::X25519_MLKEM768.to_string(), "X25519MLKEM768");
        assert_eq!(SignatureScheme(0x0804).to_string(), "rsa_pss_rsae_sha256");
        assert_eq!(ExtensionType(0xfe0d).to_string(), "encrypted_client_hello");
        assert_eq!(AlertDescription(40).to_string(), "handshake_failure");
        assert_eq!(AlertDescription(200).to_string(), "0x00c8");
    }

    #[test]
    fn grease_is_what_rfc_8701_lists() {
        let listed = (0_u16..16).map(|nibble| nibble << 12 | nibble << 4 | 0x0a0a);
        assert!(listed.clone().all(is_grease));
        assert_eq!((0..=u16::MAX).filter(|number| is_grease(*number)).count(), listed.count());
        assert_eq!(CipherSuite(0x5a5a).to_string(), "GREASE 0x5a5a");
    }

    #[test]
    fn versions_of_dtls_count_down() {
        assert!(TlsVersion::DTLS_1_3.age() > TlsVersion::DTLS_1_2.age());
        assert!(TlsVersion::DTLS_1_2.age() > TlsVersion::DTLS_1_0.age());
        assert!(TlsVersion::TLS_1_3.age() > TlsVersion::SSL_3.age());
        assert_eq!(TlsVersion(0x7f17).to_string(), "TLS 1.3 (draft 23)");
    }
}
