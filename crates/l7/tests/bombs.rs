//! What bodies that unpack to much more than they are cost in memory.

#![cfg(feature = "decode")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "a test, also in its functions: bodies of known size"
)]

use std::io::Write;

use allocation_counter::measure;
use flate2::Compression;
use flate2::write::GzEncoder;
use rheos_l7::http::{HttpMessage, HttpParser};
use rheos_l7::{Input, SessionParser, Side, Timestamp};
use zstd::stream::write::Encoder;

/// What the bombs unpack to: half of what one may.
const UNPACKED: u64 = 32 << 20;
/// A fourth of it: a block of 4 KiB unpacks to four megabytes by gzip, in a buffer that doubles.
const MAX: u64 = 16 << 20;

/// As many zeros by brotli: `zlib.brotliCompressSync(Buffer.alloc(32 << 20))` of Node.js 20.
const BROTLI: &[u8] = b"\xcb\xff\xff\x3f\xf8\x27\x00\xe2\xb1\x40\x20\xf7\xfe\x8f\xff\xff\x7f\xf0\x4f\x00\xc4\x61\x11\x80\
    \xee\xfd\x1f\xff\xff\xff\xe0\x9f\x00\x88\xc3\x02\x00\xdd\xfb\xbf\xfc\xff\xff\xc3\x3f\x01\x10\x87\
    \x05\x00\xba\xf7\x7f";

fn gzip(pieces: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    pieces.for_each(|piece| encoder.write_all(&piece).unwrap());
    encoder.finish().unwrap()
}

fn zstd(pieces: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::new(), 1).unwrap();
    pieces.for_each(|piece| encoder.write_all(&piece).unwrap());
    encoder.finish().unwrap()
}

/// Bytes that a response unpacks to, and how many the parser held at once.
fn unpack(coding: &str, body: &[u8]) -> (u64, u64) {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let response = [head.as_bytes(), body].concat();
    let mut unpacked = 0;
    let used = measure(|| {
        let mut parser = HttpParser::default();
        let mut out = |message| {
            if let HttpMessage::Body(body) = message {
                unpacked += body.bytes.len() as u64;
            }
        };
        let input = Input::new(Side::Responder, Timestamp::default(), &response);
        parser.feed(&input, &mut out).unwrap();
    });
    (unpacked, used.bytes_max)
}

#[test]
fn a_bomb_is_handed_on_as_it_unpacks() {
    let zeros = || (0..UNPACKED >> 20).map(|_| vec![0; 1 << 20]);
    let once = gzip(zeros());
    let twice = gzip(std::iter::once(once.clone()));
    let inside = gzip(std::iter::once(BROTLI.to_vec()));
    let bombs = [
        ("gzip", once),
        ("gzip, gzip", twice),
        ("br", BROTLI.to_vec()),
        ("br, gzip", inside),
        ("zstd", zstd(zeros())),
    ];
    for (coding, body) in bombs {
        let (unpacked, held) = unpack(coding, &body);
        assert_eq!(unpacked, UNPACKED, "{coding}");
        assert!(held < MAX, "{coding}: {held} bytes");
    }
}
