//! What must hold of any bytes as TLS: for fuzzers, and for the tests here.

use super::{TlsMessage, TlsParser};
use crate::dtls::DtlsParser;

/// Plays steps to a parser of TLS and one of DTLS: splits make no difference, what a handshake came
/// to is told once, and all that was found can be asked for everything.
///
/// # Panics
///
/// Something that must hold does not.
#[doc(hidden)]
pub fn fuzz(bytes: &[u8]) {
    let is_one = |message: &&TlsMessage| matches!(message, TlsMessage::Handshake(_));
    let of_datagrams = crate::fuzz::datagrams(DtlsParser::default(), bytes);
    for messages in [crate::fuzz::session(&TlsParser::default(), bytes), of_datagrams] {
        assert!(messages.iter().filter(is_one).count() <= 1, "told once");
        messages.iter().for_each(ask);
    }
}

/// Asks for everything.
fn ask(message: &TlsMessage) {
    match message {
        TlsMessage::ClientHello { hello, .. } => {
            let ja4 = hello.ja4();
            assert!(ja4.len() == 36 && hello.ja3().len() == 32, "{ja4}");
            assert!(hello.ja4_raw().starts_with(&ja4[..10]));
        }
        TlsMessage::ServerHello { hello, .. } => assert_eq!(hello.ja3s().len(), 32),
        TlsMessage::Certificates { certificates, .. } => {
            certificates.iter().for_each(|certificate| drop(certificate.x509()));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::fuzz::any;

    const WORDS: &[&[u8]] = &[
        // Records: a cut hello, an alert, a change of the cipher, data, and one of no type.
        b"\x16\x03\x01\0\x04",
        b"\x01\0\0\x2a\x03\x03",
        b"\x02\0\0\x26\x03\x03",
        b"\x15\x03\x03\0\x02\x02\x28",
        b"\x14\x03\x03\0\x01\x01",
        b"\x17\x03\x03\0\x03abc",
        b"\x19\x03\x03\0\x01a",
        b"0123456789abcdef0123456789abcdef",
        b"\0\0\x02\x13\x01\x01\0",
        b"\0\x13\x01\0",
        b"\0\x09\0\x2b\0\x05\x04\x03\x04\x7f\x17",
        b"\x0b\0\0\x03\0\0\0",
        // The front of a hello of SSL 2, and records of DTLS.
        b"\x80\x1c\x01\x03\0\0\x03\0\0\0\x10",
        b"\x16\xfe\xfd\0\0\0\0\0\0\0\0\0\x0e\x01\0\0\x2a\0\0\0\0\0\0\0\x02\xfe\xfd",
        b"\x2f\0\x01\0\x05hello",
        b"\xff\xff\xff",
    ];

    #[test]
    fn any_bytes_and_any_words_hold() {
        any::hold(WORDS, super::fuzz);
    }
}
