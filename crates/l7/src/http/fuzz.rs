//! What must hold of any bytes as HTTP: for fuzzers, and for the tests here.

use super::config::{Bodies, HttpConfig};
use super::parser::HttpParser;

/// Small bounds, so that short inputs reach them.
fn small(bodies: Bodies) -> HttpParser {
    HttpParser::new(HttpConfig {
        bodies,
        max_head: 200,
        max_chunk_line: 40,
        max_pending: 3,
        max_decoded: 300,
        ..HttpConfig::default()
    })
}

/// Plays what bytes describe to parsers with small bounds and with those of every day.
///
/// # Panics
///
/// Something that must hold does not.
#[doc(hidden)]
pub fn fuzz(bytes: &[u8]) {
    for parser in [small(Bodies::Pieces), small(Bodies::Collect { max: 10 }), HttpParser::default()]
    {
        crate::fuzz::session(&parser, bytes);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    /// Words of which messages are made, and some that break them.
    const WORDS: &[&str] = &[
        "\0>",
        "\0<",
        "\0?\u{5}",
        "\0?\u{1}",
        "GET / HTTP/1.1\r\n",
        "POST /a HTTP/1.1\r\n",
        "HEAD / HTTP/1.0\r\n",
        "CONNECT a:1 HTTP/1.1\r\n",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 101 x\r\nUpgrade: websocket\r\n\r\n",
        "HTTP/1.0 204 No\r\n",
        "Content-Length: 5\r\n",
        "Content-Length: 20\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Content-Encoding: gzip\r\n",
        "Content-Encoding: br, deflate\r\n",
        "Content-Type: multipart/form-data; boundary=b\r\n",
        "Host : x\r\n",
        "\r\n",
        "\n",
        " fold\r\n",
        "5\r\nhello\r\n",
        "0\r\n\r\n",
        "0\r\nt: 1\r\n\r\n",
        "A;x=y\r\n",
        "hello",
        "\r",
        ":",
        " ",
        "\t",
        "--b\r\n",
        "--b--",
        "\u{1f}\u{8b}\u{8}",
        "GET /old\r\n",
        "PRI * HTTP/2.0\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{1}",
        "SSH-",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ];

    proptest! {
        #[test]
        fn any_bytes_hold(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            super::fuzz(&bytes);
        }

        #[test]
        fn any_words_hold(
            size in 1..9_u8,
            words in prop::collection::vec(prop::sample::select(WORDS), 0..30),
        ) {
            super::fuzz(&[&[size], words.concat().as_bytes()].concat());
        }
    }
}
