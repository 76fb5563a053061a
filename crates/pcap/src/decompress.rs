//! Compressed captures, told by their first bytes: gzip, zstd, lz4 and xz.

use std::fmt;
use std::io::{self, Read};

use crate::format::Compression;
use crate::gzip::Gunzip;
#[cfg(feature = "zstd")]
use crate::unzstd::Unzstd;

/// Bytes that tell the compression.
pub(crate) const MAGIC: usize = 4;

/// What a compressed capture starts with.
const MAGICS: &[(&[u8], Compression)] = &[
    (Gunzip::<io::Empty>::MAGIC, Compression::Gzip),
    (b"\x28\xb5\x2f\xfd", Compression::Zstd),
    (b"\x04\x22\x4d\x18", Compression::Lz4),
    (b"\xfd7zX", Compression::Xz),
];

/// How much memory a decoder of xz may take, in KiB: the dictionary of its highest preset is 64 MiB, the rest is for tables.
#[cfg(feature = "xz")]
const MAX_XZ_MEMORY: u32 = 80 * 1024;

/// Bytes asked of the decoder of xz at a time: where it fails it says nothing of what it has made of
/// them.
#[cfg(feature = "xz")]
const XZ_PIECE: usize = 1_024;

/// The bytes that told the compression, and those behind them.
#[cfg(any(feature = "zstd", feature = "lz4", feature = "xz"))]
type Whole<R> = io::Chain<io::Cursor<Vec<u8>>, R>;

/// Unpacks one frame of lz4.
#[cfg(feature = "lz4")]
type Lz4<R> = lz4_flex::frame::FrameDecoder<io::BufReader<Whole<R>>>;

/// Unpacks what a reader holds, in the way that its first bytes tell.
pub(crate) enum Decompressor<R: Read> {
    Gzip(Gunzip<R>),
    #[cfg(feature = "zstd")]
    Zstd(Box<Unzstd<Whole<R>>>),
    #[cfg(feature = "lz4")]
    Lz4(Option<Lz4<R>>),
    #[cfg(feature = "xz")]
    Xz(Box<lzma_rust2::XzReader<io::BufReader<Whole<R>>>>),
}

/// How bytes that start so are compressed.
pub(crate) fn detect(start: &[u8]) -> Option<Compression> {
    let found = MAGICS.iter().find(|(magic, _)| start.starts_with(magic));
    found.map(|&(_, compression)| compression)
}

impl<R: Read> Decompressor<R> {
    /// Unpacks `start`, which has been read already, and then what `reader` holds; `None` if this
    /// crate was built without the compression.
    pub(crate) fn new(
        compression: Compression,
        start: Vec<u8>,
        reader: R,
    ) -> io::Result<Option<Self>> {
        #[cfg(any(feature = "zstd", feature = "lz4", feature = "xz"))]
        let whole = |start, reader: R| io::Cursor::new(start).chain(reader);
        Ok(Some(match compression {
            Compression::Gzip => Self::Gzip(Gunzip::new(start, reader)),
            #[cfg(feature = "zstd")]
            Compression::Zstd => Self::Zstd(Box::new(Unzstd::new(whole(start, reader))?)),
            #[cfg(feature = "lz4")]
            Compression::Lz4 => Self::Lz4(Some(Lz4::new(io::BufReader::new(whole(start, reader))))),
            #[cfg(feature = "xz")]
            Compression::Xz => Self::Xz(Box::new(lzma_rust2::XzReader::new_mem_limit(
                io::BufReader::new(whole(start, reader)),
                true,
                MAX_XZ_MEMORY,
            ))),
            #[cfg(not(all(feature = "zstd", feature = "lz4", feature = "xz")))]
            _ => return Ok(None),
        }))
    }

    /// Unpacks into `space`, which is not empty; 0 is the end.
    pub(crate) fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Gzip(gunzip) => gunzip.read(space),
            #[cfg(feature = "zstd")]
            Self::Zstd(decoder) => decoder.read(space),
            #[cfg(feature = "lz4")]
            Self::Lz4(decoder) => read_lz4(decoder, space),
            #[cfg(feature = "xz")]
            Self::Xz(decoder) => {
                let piece = space.len().min(XZ_PIECE);
                decoder.read(space.get_mut(..piece).unwrap_or_default())
            }
        }
    }

    pub(crate) fn compression(&self) -> Compression {
        match self {
            Self::Gzip(_) => Compression::Gzip,
            #[cfg(feature = "zstd")]
            Self::Zstd(_) => Compression::Zstd,
            #[cfg(feature = "lz4")]
            Self::Lz4(_) => Compression::Lz4,
            #[cfg(feature = "xz")]
            Self::Xz(_) => Compression::Xz,
        }
    }
}

/// Reads on behind the end of a frame: files may be made of several, each of which needs a decoder of
/// its own, as the sizes of their blocks may differ.
#[cfg(feature = "lz4")]
fn read_lz4<R: Read>(decoder: &mut Option<Lz4<R>>, space: &mut [u8]) -> io::Result<usize> {
    while let Some(mut frame) = decoder.take() {
        let count = frame.read(space);
        if !matches!(count, Ok(0)) {
            *decoder = Some(frame);
            return count;
        }
        let mut rest = frame.into_inner();
        if !io::BufRead::fill_buf(&mut rest)?.is_empty() {
            *decoder = Some(Lz4::new(rest));
        }
    }
    Ok(0)
}

impl<R: Read> fmt::Debug for Decompressor<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Decompressor").field(&self.compression()).finish()
    }
}

#[cfg(test)]
#[cfg(all(feature = "zstd", feature = "lz4", feature = "xz"))]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::error::Error;
    use crate::order::ByteOrder;
    use crate::reader::CaptureReader;
    use crate::sample::{Sample, read, read_whole};

    const ALL: [Compression; 4] =
        [Compression::Gzip, Compression::Zstd, Compression::Lz4, Compression::Xz];

    /// Packs bytes as the tools do, with their checksums.
    fn packed(compression: Compression, bytes: &[u8]) -> Vec<u8> {
        match compression {
            Compression::Gzip => {
                let level = flate2::Compression::default();
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
                encoder.write_all(bytes).unwrap();
                encoder.finish().unwrap()
            }
            Compression::Zstd => {
                let mut encoder = zstd::stream::Encoder::new(Vec::new(), 3).unwrap();
                encoder.include_checksum(true).unwrap();
                encoder.write_all(bytes).unwrap();
                encoder.finish().unwrap()
            }
            Compression::Lz4 => {
                let info = lz4_flex::frame::FrameInfo::new()
                    .block_size(lz4_flex::frame::BlockSize::Max64KB)
                    .content_checksum(true);
                let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
                encoder.write_all(bytes).unwrap();
                encoder.finish().unwrap()
            }
            Compression::Xz => {
                let options = lzma_rust2::XzOptions::with_preset(1);
                let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
                encoder.write_all(bytes).unwrap();
                encoder.finish().unwrap()
            }
        }
    }

    /// Packets enough for several blocks and reads.
    fn capture() -> Sample {
        let mut sample = Sample::pcap(ByteOrder::Little, 0xa1b2_c3d4, 0, 1);
        for number in 0..4_000_u32 {
            let data = number.wrapping_mul(0x9e37_79b9).to_le_bytes().repeat(20);
            sample.record([number, 0], &data, 80);
        }
        sample
    }

    #[test]
    fn a_packed_capture_reads_as_the_plain_one_on_this_thread_and_on_another() {
        let sample = capture();
        let plain = read_whole(&sample.bytes);
        for compression in ALL {
            let packed = packed(compression, &sample.bytes);
            assert!(read_whole(&packed) == plain, "{compression}");
            let capture = CaptureReader::new(packed.as_slice()).unwrap();
            assert_eq!(capture.compression(), Some(compression));
            let mut capture = CaptureReader::with_thread(io::Cursor::new(packed)).unwrap();
            assert_eq!(capture.compression(), Some(compression));
            let mut packets = plain.iter();
            while let Some(packet) = capture.next_packet().unwrap() {
                assert_eq!(packet.data, packets.next().unwrap().data);
            }
            assert!(packets.next().is_none(), "{compression}");
        }
    }

    #[test]
    fn parts_packed_one_by_one_are_one_capture() {
        let sample = capture();
        let (first, second) = sample.bytes.split_at(100_001);
        for compression in ALL {
            let parts = [first, b"", b"", second].map(|part| packed(compression, part));
            assert_eq!(read_whole(&parts.concat()).len(), 4_000, "{compression}");
        }
    }

    #[test]
    fn a_packed_capture_cut_short_lends_what_is_whole_and_then_says_so() {
        let sample = capture();
        for compression in ALL {
            let packed = packed(compression, &sample.bytes);
            for cut in [packed.len() - 1, packed.len() - 3, packed.len() * 9 / 10] {
                let (seen, error) = read(&packed[..cut]);
                // Of xz there is nothing before a chunk of it is whole, and here is only one.
                let whole = compression != Compression::Xz || cut + 3 >= packed.len();
                assert_eq!(!seen.is_empty(), whole, "{compression} at {cut}");
                let Some(Error::Decompress { packet, .. }) = error else {
                    panic!("{compression} at {cut}: {error:?}");
                };
                assert_eq!(packet, seen.len() as u64 + 1);
                let bytes = io::Cursor::new(packed[..cut].to_vec());
                let Ok(mut capture) = CaptureReader::with_thread(bytes) else {
                    assert!(!whole);
                    continue;
                };
                let mut packets = 0;
                while let Ok(Some(_)) = capture.next_packet() {
                    packets += 1;
                }
                assert_eq!(packets, seen.len(), "{compression} at {cut}");
            }
        }
    }

    #[test]
    fn a_damaged_capture_is_found_out_by_its_checksum() {
        let sample = capture();
        for compression in ALL {
            let mut packed = packed(compression, &sample.bytes);
            let middle = packed.len() / 2;
            packed[middle] ^= 0x55;
            let error = read(&packed).1;
            assert!(error.is_some(), "{compression}");
        }
    }

    #[test]
    fn a_window_that_no_tool_asks_for_is_refused() {
        // A frame header, RFC 8878 section 3.1.1.1, whose window descriptor says 2 GiB.
        let zstd = b"\x28\xb5\x2f\xfd\x04\xa8\0\0\0\0\0\0\0\0\0\0";
        assert!(matches!(CaptureReader::new(zstd.as_slice()), Err(Error::Decompress { .. })));
    }
}
