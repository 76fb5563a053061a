//! What must hold of any bytes as the opening of a stream that goes over to TLS: for fuzzers, and for the
//! tests here.

use super::StartTlsParser;

/// Plays steps to a parser: it tells at most once that TLS begins.
///
/// # Panics
///
/// Something that must hold does not.
#[doc(hidden)]
pub fn fuzz(bytes: &[u8]) {
    assert!(crate::fuzz::session(&StartTlsParser::default(), bytes).len() <= 1, "told once");
}

#[cfg(test)]
mod tests {
    use crate::fuzz::any;

    const WORDS: &[&[u8]] = &[
        b"+OK\r\n",
        b"* OK\r\n",
        b"STLS\r\n",
        b"a STARTTLS\r\n",
        b"a OK\r\n",
        b"-ERR\r\n",
        b"<?xml",
        b"<stream:stream",
        b"<starttls a='b'/>",
        b"<starttls>",
        b"</starttls>",
        b"<proceed",
        b"/>",
        b"<failure",
        b"0\x1d\x02\x01\x01w\x18\x80\x161.3.6.1.4.1.1466.20037",
        b"0\x05x\x07\x0a\x01",
        b"\x03",
        b"\x05\x01\0",
        b"\x05\0\0\x01\0\0\0\0\x01\xbb",
        b"\x05\x02\0\x02",
        b"\x05\x02",
        b"\x01\x01a\x02bc",
        b"\x01\0",
        b"\0\0\0\x08\x04\xd2\x16\x2f",
        b"S",
        b"\x0e\0\0\0\x0a8.0.28\0abcdef",
        b"\x20\0\0\x01\x85\xae\xff\x20",
        b"\0\0\0\x01\x21\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        b"\x03\0\0\x13\x0e\xe0\0\0\0\0\0\x01\0\x08\0\x01\0\0\0",
        b"\x03\0\0\x13\x0e\xd0\0\0\x12\x34\0\x02\0\x08\0\x01\0\0\0",
        b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ];

    #[test]
    fn any_bytes_and_any_words_hold() {
        any::hold(WORDS, super::fuzz);
    }
}
