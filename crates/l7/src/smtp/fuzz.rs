//! What must hold of any bytes as SMTP: for fuzzers, and for the tests here.

use super::parser::{SmtpConfig, SmtpParser};

/// Plays steps to a parser with small bounds and to one with those of every day.
///
/// # Panics
///
/// Something that must hold does not.
#[doc(hidden)]
pub fn fuzz(bytes: &[u8]) {
    crate::fuzz::session(&SmtpParser::default(), bytes);
    let (max_line, max_reply_lines, max_pending, max_recipients) = (20, 2, 2, 1);
    let small = SmtpConfig { max_line, max_reply_lines, max_pending, max_recipients, max_front: 4 };
    crate::fuzz::session(&SmtpParser::new(small), bytes);
}

#[cfg(test)]
mod tests {
    use crate::fuzz::any;

    const WORDS: &[&str] = &[
        "220 hi\r\n",
        "250-a\r\n",
        "250 ok\r\n",
        "354 go\r\n",
        "334 VXNlcg==\r\n",
        "235 in\r\n",
        "EHLO a\r\n",
        "MAIL FROM:<a@b>\r\n",
        "RCPT TO:<c@d>\r\n",
        "DATA\r\n",
        ".\r\n",
        ".\n",
        "..\r\n",
        "text\r\n",
        "text\n",
        "\r",
        "\n",
        ".",
        "BDAT 5\r\n",
        "BDAT 5 LAST\r\n",
        "BDAT 0 LAST\r\n",
        "AUTH PLAIN\r\n",
        "AUTH LOGIN dXNlcg==\r\n",
        "cGFzcw==\r\n",
        "STARTTLS\r\n",
        "RSET\r\n",
        "QUIT\r\n",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ];

    #[test]
    fn any_bytes_and_any_words_hold() {
        any::hold(WORDS, super::fuzz);
    }
}
