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

/// Plays steps to parsers with small bounds and with those of every day.
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
    use crate::fuzz::any;

    /// Words of which messages are made, and some that break them.
    const WORDS: &[&[u8]] = &[
        b"GET / HTTP/1.1\r\n",
        b"POST /a HTTP/1.1\r\n",
        b"HEAD / HTTP/1.0\r\n",
        b"CONNECT a:1 HTTP/1.1\r\n",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\n\r\n",
        b"HTTP/1.0 204 No\r\n",
        b"Content-Length: 5\r\n",
        b"Content-Length: 20\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Content-Encoding: gzip\r\n",
        b"Content-Encoding: br, deflate\r\n",
        b"Content-Type: multipart/form-data; boundary=b\r\n",
        b"Host : x\r\n",
        b"\r\n",
        b"\n",
        b" fold\r\n",
        b"5\r\nhello\r\n",
        b"0\r\n\r\n",
        b"0\r\nt: 1\r\n\r\n",
        b"A;x=y\r\n",
        b"5,x\r\nhello\r\n",
        b"\x0b5\r\nhello\r\n",
        b"HTTP/1.1\r\n",
        b"HTTP/1.01\x0b200\0OK\r\n",
        b"\0",
        b"hello",
        b"\r",
        b":",
        b" ",
        b"\t",
        b"--b\r\n",
        b"--b--",
        b"\x1f\x8b\x08",
        // gzip: `hello, hello`
        b"\x1f\x8b\x08\0\0\0\0\0\x02\x03\xcbH\xcd\xc9\xc9\xd7Q\xc8\0Q\0\xff\xc5\xcc\xf3\x0c\0\0\0",
        b"GET /old\r\n",
        b"PRI * HTTP/2.0\r\n\r\n",
        b"\x16\x03\x01\x01",
        b"SSH-",
        b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ];

    #[test]
    fn any_bytes_and_any_words_hold() {
        any::hold(WORDS, super::fuzz);
    }
}
