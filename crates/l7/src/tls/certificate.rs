//! Certificates, [RFC 5280](https://www.rfc-editor.org/rfc/rfc5280) section 4.1.

use std::fmt::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use sha1::Sha1;
use sha2::{Digest, Sha256};
use x509_parser::asn1_rs::Tag;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::objects::{oid_registry, oid2abbrev, oid2sn};
use x509_parser::oid_registry::Oid;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey as Key;
use x509_parser::x509::{SubjectPublicKeyInfo, X509Name};

use crate::Failure;

/// A certificate as it was sent. What is in it is read when it is asked for.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Certificate {
    /// The certificate in DER.
    pub der: Vec<u8>,
}

impl Certificate {
    /// The SHA-256 of all its bytes: the fingerprint that programs show today.
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(&self.der).into()
    }

    /// The SHA-1 of all its bytes: the fingerprint that programs showed for long.
    pub fn sha1(&self) -> [u8; 20] {
        Sha1::digest(&self.der).into()
    }

    /// What the certificate says. Nothing is verified.
    ///
    /// # Errors
    ///
    /// It is no X.509 certificate.
    pub fn x509(&self) -> Result<X509, Failure> {
        match X509Certificate::from_der(&self.der) {
            Ok((_, certificate)) => Ok(X509::of(&certificate)),
            Err(cause) => Err(Failure::new(format!("certificate of the wrong form: {cause}"))),
        }
    }
}

impl fmt::Debug for Certificate {
    /// Writes the fingerprint, not the bytes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({} bytes, SHA-256 ", self.der.len())?;
        self.sha256().iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// What a certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct X509 {
    /// 1 or 3, as a rule.
    pub version: u32,
    /// Its number with its issuer, upper byte first.
    pub serial: Vec<u8>,
    /// The algorithm of its signature: a name such as `sha256WithRSAEncryption`, or the number in dots.
    pub signature_algorithm: String,
    /// Whose it is, as RFC 4514 writes it: the most special part first.
    pub subject: String,
    /// The last common name of the subject.
    pub common_name: Option<String>,
    /// Who issued it, as RFC 4514 writes it.
    pub issuer: String,
    /// From when it holds, in seconds since 1970.
    pub not_before: i64,
    /// Until when it holds, in seconds since 1970.
    pub not_after: i64,
    /// Other names of the subject.
    pub alternative_names: Vec<AlternativeName>,
    /// The subject's key.
    pub key: PublicKey,
    /// Whether the subject may issue certificates.
    pub is_ca: bool,
}

impl X509 {
    fn of(certificate: &X509Certificate<'_>) -> Self {
        let names = certificate.subject_alternative_name().ok().flatten();
        let names = names.map(|extension| extension.value.general_names.as_slice());
        let subject = certificate.subject();
        let common_names = subject.iter_common_name();
        Self {
            version: certificate.version().0.saturating_add(1),
            serial: certificate.raw_serial().to_vec(),
            signature_algorithm: algorithm(certificate.signature_algorithm.oid()),
            subject: text(subject),
            common_name: common_names
                .filter_map(|name| name.as_str().ok())
                .last()
                .map(String::from),
            issuer: text(certificate.issuer()),
            not_before: certificate.validity().not_before.timestamp(),
            not_after: certificate.validity().not_after.timestamp(),
            alternative_names: names.unwrap_or_default().iter().map(AlternativeName::of).collect(),
            key: PublicKey::of(certificate.public_key()),
            is_ca: certificate.is_ca(),
        }
    }

    /// Whether its issuer has the name of its subject.
    pub fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }
}

/// Another name of a certificate's subject: RFC 5280, section 4.2.1.6.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AlternativeName {
    /// A name of DNS.
    Dns(String),
    /// An address of mail.
    Mail(String),
    /// A resource.
    Uri(String),
    /// An address of IP.
    Ip(IpAddr),
    /// A directory's name, as RFC 4514 writes it.
    Directory(String),
    /// A name of another kind, or not of the form of its kind: its tag, and its bytes.
    Other {
        /// The number of its kind.
        tag: u32,
        /// What it holds.
        bytes: Vec<u8>,
    },
}

impl AlternativeName {
    fn of(name: &GeneralName<'_>) -> Self {
        let other = |tag, bytes: &[u8]| Self::Other { tag, bytes: bytes.to_vec() };
        match name {
            GeneralName::DNSName(name) => Self::Dns((*name).to_owned()),
            GeneralName::RFC822Name(name) => Self::Mail((*name).to_owned()),
            GeneralName::URI(name) => Self::Uri((*name).to_owned()),
            GeneralName::DirectoryName(name) => Self::Directory(text(name)),
            GeneralName::IPAddress(bytes) => {
                let v4 = <[u8; 4]>::try_from(*bytes).map(|bytes| Ipv4Addr::from(bytes).into());
                let v6 = <[u8; 16]>::try_from(*bytes).map(|bytes| Ipv6Addr::from(bytes).into());
                v4.or(v6).map_or_else(|_| other(7, bytes), Self::Ip)
            }
            GeneralName::OtherName(_, bytes) => other(0, bytes),
            GeneralName::X400Address(any) => other(3, any.data),
            GeneralName::EDIPartyName(any) => other(5, any.data),
            GeneralName::RegisteredID(oid) => other(8, oid.as_bytes()),
            GeneralName::Invalid(tag, bytes) => other(tag.0, bytes),
        }
    }
}

impl fmt::Display for AlternativeName {
    /// Writes the name; of a kind that has no text, its bytes in hexadecimal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) | Self::Mail(name) | Self::Uri(name) | Self::Directory(name) => {
                f.write_str(name)
            }
            Self::Ip(address) => address.fmt(f),
            Self::Other { bytes, .. } => bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
        }
    }
}

/// The key in a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PublicKey {
    /// Its kind: a name such as `rsaEncryption` or `id-ecPublicKey`, or the number in dots.
    pub algorithm: String,
    /// The curve of a key that has one, by its name or number.
    pub curve: Option<String>,
    /// Its size in bits, where that is known.
    pub bits: Option<usize>,
}

impl PublicKey {
    fn of(info: &SubjectPublicKeyInfo<'_>) -> Self {
        let curve = info.algorithm.parameters.as_ref().and_then(|any| any.as_oid().ok());
        let bits = match info.parsed() {
            Ok(Key::RSA(key)) => Some(bit_length(key.modulus)),
            // The coordinates of this curve do not fill their bytes.
            Ok(Key::EC(key)) if key.key_size() == 528 => Some(521),
            Ok(key) => Some(key.key_size()),
            Err(_) => None,
        };
        Self {
            algorithm: algorithm(&info.algorithm.algorithm),
            curve: curve.as_ref().map(algorithm),
            bits: bits.filter(|bits| *bits > 0),
        }
    }
}

/// Bits of a number without the zeros in front.
fn bit_length(number: &[u8]) -> usize {
    let mut bytes = number.iter().skip_while(|byte| **byte == 0);
    let upper = bytes.next().map_or(0, |byte| byte.ilog2().saturating_add(1));
    bytes.count().saturating_mul(8).saturating_add(upper as usize)
}

/// A name, or the number in dots.
fn algorithm(oid: &Oid<'_>) -> String {
    oid2sn(oid, oid_registry()).map_or_else(|_| oid.to_id_string(), String::from)
}

/// A directory's name by RFC 4514.
fn text(name: &X509Name<'_>) -> String {
    let mut parts = Vec::new();
    for part in name.iter_rdn() {
        let attributes = part.iter().map(|attribute| {
            let kind = oid2abbrev(attribute.attr_type(), oid_registry())
                .map_or_else(|_| attribute.attr_type().to_id_string(), String::from);
            let value = match (attribute.as_str(), attribute.attr_value()) {
                (Ok(text), _) => escape(text),
                // What is written as T.61 is Latin 1 in practice.
                (_, value) if value.tag() == Tag::T61String => escape(&latin1(value.data)),
                (_, value) if value.tag() == Tag::BmpString => escape(&utf16(value.data)),
                (_, value) => hex(value.data),
            };
            format!("{kind}={value}")
        });
        parts.push(attributes.collect::<Vec<_>>().join("+"));
    }
    parts.reverse();
    parts.join(",")
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// Pairs of bytes, the upper one first.
fn utf16(bytes: &[u8]) -> String {
    let (pairs, _) = bytes.as_chunks::<2>();
    let units = pairs.iter().copied().map(u16::from_be_bytes);
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// The value of an attribute that is no text: RFC 4514, section 2.4.
fn hex(bytes: &[u8]) -> String {
    format!("#{}", crate::hex(bytes))
}

/// RFC 4514, section 2.4: what separates parts of a name is written behind a backslash, and so are
/// control characters, by their numbers.
fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    let last = value.chars().count().saturating_sub(1);
    for (place, character) in value.chars().enumerate() {
        let is_edge =
            place == 0 && matches!(character, ' ' | '#') || place == last && character == ' ';
        if is_edge || matches!(character, '"' | '+' | ',' | ';' | '<' | '>' | '\\') {
            escaped.push('\\');
            escaped.push(character);
        } else if character.is_control() {
            let mut bytes = [0; 4];
            let bytes = character.encode_utf8(&mut bytes).bytes();
            // Writing to a string cannot fail.
            for byte in bytes {
                let _ = write!(escaped, "\\{byte:02x}");
            }
        } else {
            escaped.push(character);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped_as_rfc_4514_says() {
        // Section 4 of the RFC.
        assert_eq!(escape("James \"Jim\" Smith, III"), "James \\\"Jim\\\" Smith\\, III");
        assert_eq!(escape("Before\rAfter"), "Before\\0dAfter");
        assert_eq!(escape(" # "), "\\ #\\ ");
    }

    /// tshark -r `suricata-verify/tls__tls-pre-1970__input.pcap` -T pdml: an issuer's last part.
    #[test]
    fn names_in_old_alphabets_are_text() {
        let name = |der: &[u8]| text(&X509Name::from_der(der).unwrap().1);
        let t61 = b"\x30\x21\x31\x1f\x30\x1d\x06\x03\x55\x04\x03\x14\x16ROOT CA SISC FKP2_PLUS";
        assert_eq!(name(t61), "CN=ROOT CA SISC FKP2_PLUS");
        // X.680, section 41: two bytes a character.
        let bmp = b"\x30\x0f\x31\x0d\x30\x0b\x06\x03\x55\x04\x03\x1e\x04\0a\0\xe4";
        assert_eq!(name(bmp), "CN=aä");
    }

    #[test]
    fn bits_are_counted_from_the_first_that_is_set() {
        assert_eq!(bit_length(&[0, 0x80, 0]), 16);
        assert_eq!(bit_length(&[0x7f, 0]), 15);
        assert_eq!(bit_length(&[0, 0]), 0);
    }

    #[test]
    fn what_is_no_certificate_keeps_its_bytes_and_fingerprints() {
        let certificate = Certificate { der: b"abc".to_vec() };
        assert!(certificate.x509().is_err());
        // FIPS 180-4's example.
        assert_eq!(
            format!("{certificate:?}"),
            "Certificate(3 bytes, SHA-256 \
             ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad)"
        );
    }
}
