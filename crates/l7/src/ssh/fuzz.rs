//! What must hold of any bytes as SSH: for fuzzers, and for the tests here.

use super::parser::{SshConfig, SshParser};

/// Plays steps to a parser with small bounds and to one with those of every day.
///
/// # Panics
///
/// Something that must hold does not.
#[doc(hidden)]
pub fn fuzz(bytes: &[u8]) {
    crate::fuzz::session(&SshParser::default(), bytes);
    let small = SshConfig { max_banner: 20, max_lines: 2, max_packet: 100 };
    crate::fuzz::session(&SshParser::new(small), bytes);
}

#[cfg(test)]
mod tests {
    use crate::fuzz::any;

    const WORDS: &[&[u8]] = &[
        b"SSH-2.0-a b\r\n",
        b"SSH-1.5-a\n",
        b"hello\r\n",
        b"aaaaaaaaaaaaaaaaaaaaaaaaa",
        b"\0\0\0\x06\x04\x15\0\0\0\0",
        b"\0\0\0\x02\0\x15",
        b"\0\0\0\x01",
        b"\xff\xff\xff\xff",
        b"\0\0\0\x1e\x01\x1f\0\0\0\x17\0\0\0\x0bssh-ed25519\0\0\0\x04abcd",
        b"\0\0\0\x12\0\x140123456789abcdef",
        b"\0\0\0\x03",
    ];

    #[test]
    fn any_bytes_and_any_words_hold() {
        any::hold(WORDS, super::fuzz);
    }
}
