//! Content codings undone: gzip, deflate, br and zstd.

use std::io::{self, Write};

use brotli_decompressor::DecompressorWriter;
use flate2::write::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use super::anomaly::AnomalyKind;

/// Codings one on top of the other. No server sends more than two; each level is a bomb of its own.
const MAX_CODINGS: usize = 4;

/// Bytes that are given to a decoder at once. What a damaged body gives before its damage is found
/// must not hang on how the stream was split.
const BLOCK: usize = 4096;

/// Bytes of the buffer of brotli, which it fills before it hands them on.
const BROTLI_BUFFER: usize = 4096;

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
    Zlib(Box<ZlibDecoder<Sink>>),
    Raw(Box<DeflateDecoder<Sink>>),
    Brotli(Box<DecompressorWriter<Sink>>),
    Zstd(Box<zstd::stream::write::Decoder<'static, Sink>>),
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
            let sink = Sink { bytes: Vec::new(), left: max, is_full: false };
            levels.push(match &*coding {
                b"identity" => continue,
                b"gzip" | b"x-gzip" => Level::Gzip(Box::new(MultiGzDecoder::new(sink))),
                b"deflate" => Level::Deflate(Vec::new()),
                b"br" => Level::Brotli(Box::new(DecompressorWriter::new(sink, BROTLI_BUFFER))),
                b"zstd" => {
                    let mut decoder = zstd::stream::write::Decoder::new(sink)
                        .map_err(|_| AnomalyKind::NotDecoded)?;
                    decoder.window_log_max(ZSTD_WINDOW).map_err(|_| AnomalyKind::NotDecoded)?;
                    Level::Zstd(Box::new(decoder))
                }
                _ => return Err(AnomalyKind::NotDecoded),
            });
        }
        if levels.len() > MAX_CODINGS {
            return Err(AnomalyKind::NotDecoded);
        }
        Ok((!levels.is_empty()).then_some(Self { levels, block: Vec::new(), left: max }))
    }

    /// Takes bytes, and appends what comes out of them. After an error nothing more does.
    pub(super) fn write(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) -> Result<(), AnomalyKind> {
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
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), AnomalyKind> {
        self.flush(true, out)
    }

    fn flush(&mut self, is_last: bool, out: &mut Vec<u8>) -> Result<(), AnomalyKind> {
        let mut bytes = std::mem::take(&mut self.block);
        let mut outcome = Ok(());
        for level in &mut self.levels {
            let (decoded, own) = level.decode(&bytes, is_last, self.left);
            bytes = decoded;
            // What came out before the damage goes on.
            outcome = outcome.and(own);
        }
        self.left = self.left.saturating_sub(bytes.len() as u64);
        out.append(&mut bytes);
        outcome
    }
}

impl Level {
    fn decode(
        &mut self,
        bytes: &[u8],
        is_last: bool,
        left: u64,
    ) -> (Vec<u8>, Result<(), AnomalyKind>) {
        let mut started = Vec::new();
        let mut input = bytes;
        if let Self::Deflate(start) = self {
            start.extend_from_slice(bytes);
            let [first, second, ..] = start.as_slice() else {
                let outcome = if is_last { Err(AnomalyKind::NotDecoded) } else { Ok(()) };
                return (Vec::new(), outcome);
            };
            // RFC 9110 asks for zlib's header; some servers send none.
            let is_zlib = first & 0x0f == 8 && u16::from_be_bytes([*first, *second]) % 31 == 0;
            let sink = Sink { bytes: Vec::new(), left, is_full: false };
            started = std::mem::take(start);
            *self = if is_zlib {
                Self::Zlib(Box::new(ZlibDecoder::new(sink)))
            } else {
                Self::Raw(Box::new(DeflateDecoder::new(sink)))
            };
        }
        if !started.is_empty() {
            input = &started;
        }
        let Some(sink) = self.sink() else { return (Vec::new(), Ok(())) };
        sink.left = left;
        let written =
            self.write(input).and_then(|()| if is_last { self.finish() } else { self.flush() });
        let Some(sink) = self.sink() else { return (Vec::new(), Ok(())) };
        let outcome = match written {
            _ if sink.is_full => Err(AnomalyKind::DecodedTooLong),
            Ok(()) => Ok(()),
            Err(_) => Err(AnomalyKind::NotDecoded),
        };
        (std::mem::take(&mut sink.bytes), outcome)
    }

    fn sink(&mut self) -> Option<&mut Sink> {
        match self {
            Self::Gzip(decoder) => Some(decoder.get_mut()),
            Self::Deflate(_) => None,
            Self::Zlib(decoder) => Some(decoder.get_mut()),
            Self::Raw(decoder) => Some(decoder.get_mut()),
            Self::Brotli(decoder) => Some(decoder.get_mut()),
            Self::Zstd(decoder) => Some(decoder.get_mut()),
        }
    }

    fn writer(&mut self) -> Option<&mut dyn Write> {
        match self {
            Self::Gzip(decoder) => Some(decoder),
            Self::Deflate(_) => None,
            Self::Zlib(decoder) => Some(decoder),
            Self::Raw(decoder) => Some(decoder),
            Self::Brotli(decoder) => Some(decoder),
            Self::Zstd(decoder) => Some(decoder),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.writer().map_or(Ok(()), |writer| writer.write_all(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer().map_or(Ok(()), Write::flush)
    }

    fn finish(&mut self) -> io::Result<()> {
        match self {
            Self::Gzip(decoder) => decoder.try_finish(),
            Self::Deflate(_) => Ok(()),
            Self::Zlib(decoder) => decoder.try_finish(),
            Self::Raw(decoder) => decoder.try_finish(),
            Self::Brotli(decoder) => decoder.close(),
            Self::Zstd(decoder) => decoder.flush(),
        }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let len = bytes.len() as u64;
        let Some(left) = self.left.checked_sub(len) else {
            self.is_full = true;
            return Err(io::Error::other("unpacks to too much"));
        };
        self.left = left;
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
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
        let outcome = bytes.chunks(7).try_for_each(|piece| decoder.write(piece, &mut out));
        let outcome = outcome.and_then(|()| decoder.finish(&mut out));
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

    // As version 1.2.1 of brotli's own encoder writes three times `hello, hello, hello`.
    #[test]
    fn brotli_is_undone() {
        let bytes = [
            0x1b, 0x38, 0x00, 0xf8, 0x8d, 0x94, 0xa9, 0xe3, 0x5b, 0x83, 0xb0, 0xa0, 0xb1, 0xc9,
            0x32, 0xb6, 0xb7, 0x84, 0x63, 0x98, 0x78, 0x2a, 0x01, 0x11, 0x2e, 0xb7, 0x50, 0x6e,
            0xe9,
        ];
        assert_eq!(decode("br", &bytes, 99), (b"hello, hello, hello".repeat(3), Ok(())));
        assert_eq!(decode("br", &bytes[..20], 99).1, Err(AnomalyKind::NotDecoded));
        assert_eq!(decode("br", &bytes, 30).1, Err(AnomalyKind::DecodedTooLong));
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
