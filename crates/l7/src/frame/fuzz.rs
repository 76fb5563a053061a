//! What must hold of any bytes as frames: for fuzzers, and for the tests here.

use super::{Delimited, FramedParser, LengthPrefixed, Lines, Split};

/// A small bound, so that short inputs reach it.
const MAX: usize = 20;

/// Plays steps to every way of framing: no frame is longer than its bound.
///
/// # Panics
///
/// Something that must hold does not.
#[doc(hidden)]
pub fn fuzz(bytes: &[u8]) {
    for prefix in [
        LengthPrefixed::u8(),
        LengthPrefixed::u16().little_endian(),
        LengthPrefixed::u32().counting_itself(),
    ] {
        check(&prefix.with_max(MAX).parser("frames"), bytes);
    }
    check(&Lines::default().with_max(MAX).parser("frames"), bytes);
    check(&Delimited::new(b"--").with_max(MAX).parser("frames"), bytes);
}

fn check<F>(parser: &FramedParser<F>, bytes: &[u8])
where
    F: FnMut(&[u8]) -> Split<Vec<u8>> + Clone + Send + 'static,
{
    let frames = crate::fuzz::session(parser, bytes);
    assert!(frames.iter().all(|frame| frame.message.len() <= MAX));
}

#[cfg(test)]
mod tests {
    use crate::fuzz::any;

    const WORDS: &[&[u8]] = &[
        b"\0",
        b"\x01a",
        b"\x02\0ab",
        b"\0\0\0\x05a",
        b"\x13",
        b"\x15",
        b"-",
        b"--",
        b"\r",
        b"\n",
        b"\r\n",
        b"line",
        b"aaaaaaaaaaaaaaa",
    ];

    #[test]
    fn any_bytes_and_any_words_hold() {
        any::hold(WORDS, super::fuzz);
    }
}
