//! Checksums of all bytes of a packet, beside a mere read of them; and what a decoder takes to be made.

use etherparse::checksum::Sum16BitWords;
use rheos_layers::{Decoder, InternetSum};

use crate::{Frame, Input, Job, Way};

/// The checksum of the Internet.
pub(crate) fn internet<'a>(input: &'a Input<'a>) -> Job<'a> {
    let frames = &input.frames;
    let ways = vec![
        Way::each("rheos InternetSum", frames, |frame| {
            Some(InternetSum::new().with(frame.data).checksum().into())
        }),
        Way::each("etherparse Sum16BitWords", frames, |frame| {
            Some(Sum16BitWords::new().add_slice(frame.data).ones_complement().into())
        }),
        read(frames),
    ];
    Job { name: "Internet checksum", packets: frames.len() as u64, ways }
}

/// The checksum of SCTP, by the crate that rheos has for it.
pub(crate) fn crc32c<'a>(input: &'a Input<'a>) -> Job<'a> {
    let frames = &input.frames;
    let ways = vec![
        Way::each("crc32c", frames, |frame| Some(crc32c::crc32c(frame.data).into())),
        read(frames),
    ];
    Job { name: "CRC32c", packets: frames.len() as u64, ways }
}

/// Every byte, in the largest pieces that plain code has.
fn read<'a>(frames: &'a [Frame<'a>]) -> Way<'a> {
    Way::each("a read of the bytes", frames, |frame| {
        let (words, rest) = frame.data.as_chunks::<8>();
        let words = words.iter().map(|word| u64::from_ne_bytes(*word));
        let rest = rest.iter().map(|byte| u64::from(*byte));
        Some(words.chain(rest).fold(0, u64::wrapping_add))
    })
}

/// A registry of all layers, compiled.
pub(crate) fn decoder<'a>() -> Job<'a> {
    let way = Way::new("rheos Decoder::default", |laps| {
        let decoder = std::hint::black_box(Decoder::default());
        laps.end();
        drop(decoder);
        Ok(None)
    });
    Job { name: "make a decoder", packets: 1, ways: vec![way] }
}
