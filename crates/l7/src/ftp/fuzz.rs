//! What must hold of any bytes as FTP: for fuzzers, and for the tests here.

use super::parser::{FtpConfig, FtpParser};

/// Plays steps to a parser with small bounds and to one with those of every day.
///
/// # Panics
///
/// Something that must hold does not.
#[doc(hidden)]
pub fn fuzz(bytes: &[u8]) {
    crate::fuzz::session(&FtpParser::default(), bytes);
    let small = FtpConfig { max_line: 20, max_reply_lines: 2, max_pending: 2 };
    crate::fuzz::session(&FtpParser::new(small), bytes);
}

#[cfg(test)]
mod tests {
    use crate::fuzz::any;

    const WORDS: &[&str] = &[
        "220 hi\r\n",
        "220-a\r\n",
        " 220 b\r\n",
        "150 go\r\n",
        "226 done\r\n",
        "227 (1,2,3,4,5,6)\r\n",
        "229 (|||7|)\r\n",
        "331 word?\r\n",
        "230 in\r\n",
        "234 go\r\n",
        "USER me\r\n",
        "PASS x\r\n",
        "PORT 1,2,3,4,5,6\r\n",
        "EPRT |1|1.2.3.4|5|\r\n",
        "PASV\r\n",
        "RETR a\r\n",
        "AUTH TLS\r\n",
        "QUIT\n",
        "\r",
        "\n",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ];

    #[test]
    fn any_bytes_and_any_words_hold() {
        any::hold(WORDS, super::fuzz);
    }
}
