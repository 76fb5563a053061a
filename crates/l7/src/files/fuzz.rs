//! What must hold of any bytes as files: for fuzzers, and for the tests here.

use super::ftp::FtpDataParser;
use super::http::HttpFiles;
use super::sink::{File, FileConfig};
use crate::http::HttpParser;

/// Makes files of what steps say as HTTP, and as data of FTP. The first byte is the bound of a file.
///
/// # Panics
///
/// Something that must hold does not.
#[doc(hidden)]
pub fn fuzz(bytes: &[u8]) {
    let Some((max, steps)) = bytes.split_first() else { return };
    let config = FileConfig { max_size: usize::from(*max), ..FileConfig::default() };
    let mut files = HttpFiles::new(config.clone());
    let messages = crate::fuzz::session(&HttpParser::default(), steps);
    let found = messages.iter().flat_map(|message| files.message(message));
    found.for_each(|file| check(&file, &config));
    let found = crate::fuzz::session(&FtpDataParser::new(config.clone()), steps);
    assert!(found.len() <= 2, "a side is a file");
    found.iter().for_each(|file| check(file, &config));
}

fn check(file: &File, config: &FileConfig) {
    assert!(file.bytes.len() <= config.max_size && file.bytes.len() as u64 <= file.size);
    // One that is cut may have a hash, of all bytes there are.
    assert!(file.sha256.is_none() || file.missing == 0);
    assert!(!file.is_complete || file.sha256.is_some());
}

#[cfg(test)]
mod tests {
    use proptest::proptest;

    use crate::fuzz::any;

    const WORDS: &[&str] = &[
        "GET /a/b HTTP/1.0\r\n",
        "POST / HTTP/1.0\r\n",
        "HTTP/1.1 200 OK\r\n",
        "Content-Length: 9\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Content-Disposition: x; filename=\"a\"\r\n",
        "Content-Type: multipart/x; boundary=b\r\n",
        "\r\n--b",
        "\r\n",
        "3\r\nabc\r\n",
        "0\r\n\r\n",
        "some text",
    ];

    proptest! {
        #[test]
        fn any_words_hold(max in 0..9_u8, bytes in any::words(WORDS)) {
            super::fuzz(&[&[max], bytes.as_slice()].concat());
        }
    }
}
