//! What must hold of any bytes as files: for fuzzers, and for the tests here.

use rheos_core::{Side, Timestamp};

use super::http::HttpFiles;
use super::sink::FileConfig;
use crate::http::HttpParser;
use crate::session::Session;

/// Makes files of what bytes say as HTTP. The first byte is the bound of a file.
///
/// # Panics
///
/// Something that must hold does not.
#[doc(hidden)]
pub fn fuzz(bytes: &[u8]) {
    let Some((max, text)) = bytes.split_first() else { return };
    let max_size = usize::from(*max);
    let mut files = HttpFiles::new(FileConfig { max_size, ..FileConfig::default() });
    let mut session = Session::new(HttpParser::default());
    let mut side = Side::Initiator;
    for turn in text.split(|byte| *byte == 0) {
        session.data(side, Timestamp::default(), turn, &mut |message| {
            if let Some(file) = files.message(&message) {
                assert!(file.bytes.len() <= max_size && file.bytes.len() as u64 <= file.size);
                assert_eq!(file.sha256.is_some(), file.missing == 0);
            }
        });
        side = !side;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    const WORDS: &[&str] = &[
        "\0",
        "GET /a/b HTTP/1.0\r\n",
        "POST / HTTP/1.0\r\n",
        "HTTP/1.1 200 OK\r\n",
        "Content-Length: 9\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Content-Disposition: x; filename=\"a\"\r\n",
        "\r\n",
        "3\r\nabc\r\n",
        "0\r\n\r\n",
        "some text",
    ];

    proptest! {
        #[test]
        fn any_words_hold(
            max in 0..9_u8,
            words in prop::collection::vec(prop::sample::select(WORDS), 0..30),
        ) {
            super::fuzz(&[&[max], words.concat().as_bytes()].concat());
        }
    }
}
