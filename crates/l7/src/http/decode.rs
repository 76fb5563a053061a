//! Content codings undone: gzip, deflate, br and zstd.

use std::io::{self, Write};

use brotli_decompressor::{
    BrotliDecoderParameter, BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc,
};
use flate2::write::MultiGzDecoder;
use flate2::{Decompress, FlushDecompress, Status};
use zstd::stream::raw::{DParameter, InBuffer, Operation, OutBuffer};

use super::anomaly::AnomalyKind;

/// Codings one on top of the other. No server sends more than two; each level is a bomb of its own.
const MAX_CODINGS: usize = 4;

/// Bytes that are given to a decoder at once. What a damaged body gives before its damage is found
/// must not hang on how the stream was split.
const BLOCK: usize = 4096;

/// Bytes that deflate, brotli and zstd unpack at a time: of the last two, a few bytes unpack to any size.
const STEP: usize = 32 << 10;

/// The largest window of zstd that HTTP allows, as a power of two
/// ([RFC 9659](https://www.rfc-editor.org/rfc/rfc9659)): 8 MiB.
const ZSTD_WINDOW: u32 = 23;

/// Decoders, the outermost coding first.
pub(super) struct Decoder {
    levels: Vec<Level>,
    block: Vec<u8>,
    /// Bytes that may still come out of it.
    left: u64,
}

enum Level {
    Gzip(Box<MultiGzDecoder<Sink>>),
    /// Of two formats, by its first two bytes: these are not there yet.
    Deflate(Vec<u8>),
    Stepped(Box<Stepped>),
}

/// A decoder that is asked step by step, so that what comes out goes on, and it is known whether it stands at an end.
struct Stepped {
    engine: Engine,
    /// What a step unpacks.
    buffer: Vec<u8>,
    /// Whether the last byte so far ends a stream of deflate or brotli, or a frame of zstd.
    is_at_end: bool,
}

enum Engine {
    Inflate(Decompress),
    Brotli(Box<BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>>),
    Zstd(zstd::stream::raw::Decoder<'static>),
}

/// Where a decoder writes to: it stops one that writes too much.
struct Sink {
    bytes: Vec<u8>,
    left: u64,
    is_full: bool,
}

impl Decoder {
    /// A decoder for codings in the order of the field. Nothing, if there is none to undo.
    pub(super) fn new<'a>(
        codings: impl DoubleEndedIterator<Item = &'a [u8]>,
        max: u64,
    ) -> Result<Option<Self>, AnomalyKind> {
        let mut levels = Vec::new();
        for coding in codings.rev() {
            let coding = coding.to_ascii_lowercase();
            levels.push(match &*coding {
                b"identity" => continue,
                b"gzip" | b"x-gzip" => {
                    let sink = Sink { bytes: Vec::new(), left: max, is_full: false };
                    Level::Gzip(Box::new(MultiGzDecoder::new(sink)))
                }
                b"deflate" => Level::Deflate(Vec::new()),
                b"br" => Level::Stepped(Box::new(Stepped::new(Engine::brotli()))),
                b"zstd" => {
                    let mut decoder =
                        zstd::stream::raw::Decoder::new().map_err(|_| AnomalyKind::NotDecoded)?;
                    decoder
                        .set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW))
                        .map_err(|_| AnomalyKind::NotDecoded)?;
                    Level::Stepped(Box::new(Stepped::new(Engine::Zstd(decoder))))
                }
                _ => return Err(AnomalyKind::NotDecoded),
            });
        }
        if levels.len() > MAX_CODINGS {
            return Err(AnomalyKind::NotDecoded);
        }
        Ok((!levels.is_empty()).then_some(Self { levels, block: Vec::new(), left: max }))
    }

    /// Takes bytes, and gives what comes out of them. After an error nothing more does.
    pub(super) fn write(&mut self, mut bytes: &[u8], out: Out<'_>) -> Result<(), AnomalyKind> {
        while !bytes.is_empty() {
            let room = BLOCK.saturating_sub(self.block.len());
            let (piece, rest) = bytes.split_at(room.min(bytes.len()));
            self.block.extend_from_slice(piece);
            bytes = rest;
            if self.block.len() == BLOCK {
                self.flush(false, out)?;
            }
        }
        Ok(())
    }

    /// Nothing follows.
    pub(super) fn finish(&mut self, out: Out<'_>) -> Result<(), AnomalyKind> {
        self.flush(true, out)
    }

    fn flush(&mut self, is_last: bool, out: Out<'_>) -> Result<(), AnomalyKind> {
        let block = std::mem::take(&mut self.block);
        let outcome = run(&mut self.levels, &block, is_last, &mut self.left, out);
        self.block = block;
        self.block.clear();
        outcome
    }
}

/// Where decoded bytes go.
type Out<'o> = &'o mut dyn FnMut(&[u8]);

/// Where decoded bytes go that may be too much for what is behind: false if nothing more is wanted.
type HandOn<'o> = &'o mut dyn FnMut(&[u8]) -> bool;

/// Undoes codings, the first of them the outermost. What comes out of one goes into the next as it does, so that
/// no more waits than one block of gzip or one step of the others unpacks to.
fn run(
    levels: &mut [Level],
    bytes: &[u8],
    is_last: bool,
    left: &mut u64,
    out: Out<'_>,
) -> Result<(), AnomalyKind> {
    let Some((level, inner)) = levels.split_first_mut() else {
        *left = left.saturating_sub(bytes.len() as u64);
        if !bytes.is_empty() {
            out(bytes);
        }
        return Ok(());
    };
    let (most, mut failed) = (*left, None);
    let outcome = level.decode(bytes, is_last, most, &mut |decoded| {
        let mut blocks = decoded.chunks(BLOCK);
        failed = blocks.find_map(|block| run(inner, block, false, left, out).err());
        failed.is_none()
    });
    if let Some(what) = failed {
        return Err(what);
    }
    // What came out before the damage goes on.
    if is_last && !inner.is_empty() {
        run(inner, &[], true, left, out)?;
    }
    outcome
}

impl Level {
    fn decode(
        &mut self,
        bytes: &[u8],
        is_last: bool,
        left: u64,
        hand_on: HandOn<'_>,
    ) -> Result<(), AnomalyKind> {
        let mut started = Vec::new();
        let mut input = bytes;
        if let Self::Deflate(start) = self {
            start.extend_from_slice(bytes);
            let [first, second, ..] = start.as_slice() else {
                return if is_last { Err(AnomalyKind::NotDecoded) } else { Ok(()) };
            };
            // RFC 9110 asks for zlib's header; some servers send none.
            let is_zlib = first & 0x0f == 8 && u16::from_be_bytes([*first, *second]) % 31 == 0;
            started = std::mem::take(start);
            let engine = Engine::Inflate(Decompress::new(is_zlib));
            *self = Self::Stepped(Box::new(Stepped::new(engine)));
        }
        if !started.is_empty() {
            input = &started;
        }
        match self {
            Self::Gzip(decoder) => gunzip(decoder, input, is_last, left, hand_on),
            Self::Deflate(_) => Ok(()),
            Self::Stepped(decoder) => {
                decoder.push(input, left, hand_on)?;
                if is_last { decoder.finish() } else { Ok(()) }
            }
        }
    }
}

fn gunzip(
    decoder: &mut MultiGzDecoder<Sink>,
    bytes: &[u8],
    is_last: bool,
    left: u64,
    hand_on: HandOn<'_>,
) -> Result<(), AnomalyKind> {
    decoder.get_mut().left = left;
    let written = decoder.write_all(bytes);
    let written =
        written.and_then(|()| if is_last { decoder.try_finish() } else { decoder.flush() });
    let sink = decoder.get_mut();
    let outcome = match written {
        _ if sink.is_full => Err(AnomalyKind::DecodedTooLong),
        Ok(()) => Ok(()),
        Err(_) => Err(AnomalyKind::NotDecoded),
    };
    hand_on(&std::mem::take(&mut sink.bytes));
    outcome
}

impl Stepped {
    fn new(engine: Engine) -> Self {
        Self { engine, buffer: Vec::with_capacity(STEP), is_at_end: false }
    }

    /// Unpacks bytes to at most so many.
    fn push(
        &mut self,
        bytes: &[u8],
        mut left: u64,
        hand_on: HandOn<'_>,
    ) -> Result<(), AnomalyKind> {
        let mut rest = bytes;
        // Behind a frame of zstd another may stand, behind the others nothing.
        let is_one = !matches!(self.engine, Engine::Zstd(_));
        let mut is_full = false;
        while !rest.is_empty() || is_full {
            if self.is_at_end && (is_one || rest.is_empty()) {
                break;
            }
            self.buffer.clear();
            let outcome = self.engine.step(rest, &mut self.buffer);
            // What came out before the damage goes on.
            let room = usize::try_from(left).unwrap_or(usize::MAX).min(self.buffer.len());
            left = left.saturating_sub(room as u64);
            if !hand_on(self.buffer.get(..room).unwrap_or_default()) {
                return Ok(());
            }
            if room < self.buffer.len() {
                return Err(AnomalyKind::DecodedTooLong);
            }
            let (taken, is_at_end) = outcome.map_err(|_| AnomalyKind::NotDecoded)?;
            self.is_at_end = is_at_end;
            rest = rest.get(taken..).unwrap_or_default();
            // Whether more waits behind a full buffer is seen by asking again.
            is_full = self.buffer.len() >= STEP;
            if !is_full && taken == 0 {
                break;
            }
        }
        if rest.is_empty() { Ok(()) } else { Err(AnomalyKind::NotDecoded) }
    }

    /// Nothing follows.
    fn finish(&self) -> Result<(), AnomalyKind> {
        if self.is_at_end { Ok(()) } else { Err(AnomalyKind::NotDecoded) }
    }
}

impl Engine {
    /// A decoder with the windows of RFC 7932, of 16 MiB at most: larger ones are no part of HTTP.
    fn brotli() -> Self {
        let [small, words, codes] = [(); 3].map(|()| StandardAlloc::default());
        let mut state = BrotliState::new(small, words, codes);
        state.set_parameter(BrotliDecoderParameter::BROTLI_DECODER_PARAM_LARGE_WINDOW, 0);
        Self::Brotli(Box::new(state))
    }

    /// Unpacks until the buffer is full or no byte is left. Says how many bytes it took, and whether
    /// they end a stream.
    fn step(&mut self, bytes: &[u8], buffer: &mut Vec<u8>) -> io::Result<(usize, bool)> {
        match self {
            Self::Inflate(decoder) => {
                let before = decoder.total_in();
                let status = decoder.decompress_vec(bytes, buffer, FlushDecompress::None)?;
                let taken = decoder.total_in().saturating_sub(before);
                let taken = usize::try_from(taken).unwrap_or(bytes.len());
                Ok((taken, status == Status::StreamEnd))
            }
            Self::Brotli(state) => {
                buffer.resize(STEP, 0);
                let (mut left, mut taken, mut room) = (bytes.len(), 0, STEP);
                let (mut written, mut all) = (0, 0);
                let outcome = BrotliDecompressStream(
                    &mut left,
                    &mut taken,
                    bytes,
                    &mut room,
                    &mut written,
                    buffer,
                    &mut all,
                    state,
                );
                buffer.truncate(written);
                match outcome {
                    BrotliResult::ResultFailure => Err(io::ErrorKind::InvalidData.into()),
                    outcome => Ok((taken, matches!(outcome, BrotliResult::ResultSuccess))),
                }
            }
            Self::Zstd(decoder) => {
                let mut input = InBuffer::around(bytes);
                let wanted = decoder.run(&mut input, &mut OutBuffer::around(buffer))?;
                Ok((input.pos(), wanted == 0))
            }
        }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
        self.left = self.left.saturating_sub(room as u64);
        self.bytes.extend_from_slice(bytes.get(..room).unwrap_or_default());
        if room < bytes.len() {
            self.is_full = true;
            return Err(io::Error::other("unpacks to too much"));
        }
        Ok(room)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    fn decode(codings: &str, bytes: &[u8], max: u64) -> (Vec<u8>, Result<(), AnomalyKind>) {
        let mut out = Vec::new();
        let codings = codings.split(',').map(str::as_bytes);
        let mut decoder = Decoder::new(codings, max).unwrap().unwrap();
        let mut take = |bytes: &[u8]| out.extend_from_slice(bytes);
        let outcome = bytes.chunks(7).try_for_each(|piece| decoder.write(piece, &mut take));
        let outcome = outcome.and_then(|()| decoder.finish(&mut take));
        (out, outcome)
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn each_coding_is_undone() {
        let text = b"hello, hello, hello".repeat(2000);
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(&text).unwrap();
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::fast());
        raw.write_all(&text).unwrap();
        let zstd = zstd::encode_all(&*text, 3).unwrap();
        let cases = [
            ("gzip", gzip(&text)),
            ("X-GZIP", gzip(&text)),
            ("deflate", zlib.finish().unwrap()),
            ("deflate", raw.finish().unwrap()),
            ("zstd", zstd.clone()),
            ("zstd,gzip,identity", gzip(&zstd)),
        ];
        for (coding, bytes) in cases {
            assert_eq!(decode(coding, &bytes, 1 << 20), (text.clone(), Ok(())), "{coding}");
        }
    }

    /// Three times `hello, hello, hello`, as other programs pack it: `gzip -9n` 1.12, zlib 1.2.13
    /// with and without its header, version 1.2.1 of brotli's own encoder, and `zstd` 1.5.4, which
    /// puts a checksum behind it.
    const PACKED: [(&str, &[u8]); 5] = [
        (
            "gzip",
            b"\x1f\x8b\x08\0\0\0\0\0\x02\x03\xcbH\xcd\xc9\xc9\xd7Q\xc8@\xa22\x88\x12\x02\0)^\xe4]9\0\0\0",
        ),
        ("deflate", b"x\xda\xcbH\xcd\xc9\xc9\xd7Q\xc8@\xa22\x88\x12\x02\0Q\xca\x14}"),
        ("deflate", b"\xcbH\xcd\xc9\xc9\xd7Q\xc8@\xa22\x88\x12\x02\0"),
        (
            "br",
            b"\x1b8\0\xf8\x8d\x94\xa9\xe3[\x83\xb0\xa0\xb1\xc92\xb6\xb7\x84c\x98x*\x01\x11.\xb7Pn\xe9",
        ),
        (
            "zstd",
            b"(\xb5/\xfd\x04X\xd5\0\0phello, , hello\x04\0\x80\x03\xc8\xe0\x85\x03\xe2\x8a\x11\0\xaa\xe6\xfc",
        ),
    ];

    #[test]
    fn what_other_programs_packed_is_undone_whole_and_told_if_it_is_cut_or_too_long() {
        let text = b"hello, hello, hello".repeat(3);
        for (coding, bytes) in PACKED {
            assert_eq!(decode(coding, bytes, 57), (text.clone(), Ok(())), "{coding}");
            for end in 1..bytes.len() {
                let (out, outcome) = decode(coding, &bytes[..end], 99);
                assert_eq!(outcome, Err(AnomalyKind::NotDecoded), "{coding} of {end} bytes");
                assert!(text.starts_with(&out), "{coding} of {end} bytes");
            }
            let outcome = Err(AnomalyKind::DecodedTooLong);
            assert_eq!(decode(coding, bytes, 56), (text[..56].to_vec(), outcome), "{coding}");
        }
    }

    // Raw deflate and br have no checksum: what is still a stream is taken for one.
    #[test]
    fn one_bad_byte_is_told_where_there_is_a_checksum() {
        let text = b"hello, hello, hello".repeat(3);
        let checked = PACKED.iter().filter(|(_, bytes)| !matches!(bytes[0], 0xcb | 0x1b));
        for (coding, bytes) in checked {
            for (at, bit) in (0..bytes.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
                let mut damaged = bytes.to_vec();
                damaged[at] ^= 1 << bit;
                // Times, systems and levels in heads may be any.
                let (out, outcome) = decode(coding, &damaged, 1 << 20);
                assert!(outcome.is_err() || out == text, "{coding}: bit {bit} of {at}");
            }
        }
    }

    // What a frame has left in the decoder when its last byte is in is asked for.
    #[test]
    fn a_stream_whose_end_waits_behind_a_full_buffer_is_whole() {
        for len in [STEP - 1, STEP, STEP + 1, 2 * STEP, 3 * STEP, 1 << 20] {
            let text = vec![b'a'; len];
            let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
            zlib.write_all(&text).unwrap();
            let frames =
                [zstd::encode_all(&*text, 3).unwrap(), zstd::encode_all(&b"b"[..], 3).unwrap()];
            let mut both = text.clone();
            both.push(b'b');
            assert!(decode("deflate", &zlib.finish().unwrap(), 1 << 21) == (text, Ok(())), "{len}");
            assert!(decode("zstd", &frames.concat(), 1 << 21) == (both, Ok(())), "{len}");
        }
    }

    #[test]
    fn bytes_behind_a_stream_of_deflate_are_told() {
        let text = b"hello, hello, hello".repeat(3);
        let bytes = [PACKED[1].1, b"more"].concat();
        assert_eq!(decode("deflate", &bytes, 99), (text, Err(AnomalyKind::NotDecoded)));
    }

    #[test]
    fn bombs_are_stopped() {
        let zeros = vec![0; 4 << 20];
        let bomb = gzip(&zeros);
        let (out, outcome) = decode("gzip", &bomb, 100_000);
        assert!(out.len() <= 100_000);
        assert_eq!(outcome, Err(AnomalyKind::DecodedTooLong));
        let twice = gzip(&gzip(&vec![0; 16 << 20]));
        assert_eq!(decode("gzip,gzip", &twice, 1 << 20).1, Err(AnomalyKind::DecodedTooLong));
        let zstd = zstd::encode_all(&*zeros, 3).unwrap();
        assert_eq!(decode("zstd", &zstd, 100_000).1, Err(AnomalyKind::DecodedTooLong));
    }

    #[test]
    fn damage_is_told_behind_what_came_before_it() {
        let text: Vec<u8> =
            (0..60_000_u32).flat_map(|i| (i * 7919).to_string().into_bytes()).collect();
        let bytes = gzip(&text);
        let (out, outcome) = decode("gzip", &bytes[..bytes.len() / 2], 1 << 20);
        assert_eq!(outcome, Err(AnomalyKind::NotDecoded));
        assert!(out.len() > text.len() / 3 && text.starts_with(&out));
        assert_eq!(decode("deflate", b"x", 9).1, Err(AnomalyKind::NotDecoded));
    }

    #[test]
    fn unknown_and_too_many_codings_are_not_undone() {
        let codings = |text: &'static str| Decoder::new(text.split(',').map(str::as_bytes), 9);
        assert!(codings("identity").unwrap().is_none());
        assert_eq!(codings("compress").err(), Some(AnomalyKind::NotDecoded));
        assert_eq!(codings("gzip,gzip,gzip,gzip,gzip").err(), Some(AnomalyKind::NotDecoded));
    }
}
