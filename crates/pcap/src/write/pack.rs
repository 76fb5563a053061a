//! Compression of what is written.

use std::fmt;
use std::io::{self, Write};

use flate2::write::GzEncoder;

use crate::format::Compression;

/// The highest level of gzip and of xz.
const MAX_LEVEL: u32 = 9;
/// The level of xz where none is asked for, as of the xz tool.
#[cfg(feature = "xz")]
const XZ_LEVEL: u32 = 6;

/// A writer, or one behind a compressor.
pub(crate) enum Packer<W: Write> {
    Plain(W),
    Gzip(GzEncoder<W>),
    #[cfg(feature = "zstd")]
    Zstd(zstd::Encoder<'static, W>),
    #[cfg(feature = "lz4")]
    Lz4(Box<lz4_flex::frame::FrameEncoder<W>>),
    #[cfg(feature = "xz")]
    Xz(Box<lzma_rust2::XzWriter<W>>),
}

impl<W: Write> Packer<W> {
    /// Compresses into `writer`; a level beyond the scale of the method is its last.
    pub(crate) fn new(
        writer: W,
        compression: Option<Compression>,
        level: Option<u32>,
    ) -> io::Result<Self> {
        let Some(compression) = compression else { return Ok(Self::Plain(writer)) };
        match compression {
            Compression::Gzip => {
                let level = level.map(|level| flate2::Compression::new(level.min(MAX_LEVEL)));
                Ok(Self::Gzip(GzEncoder::new(writer, level.unwrap_or_default())))
            }
            #[cfg(feature = "zstd")]
            Compression::Zstd => {
                let level = level.map_or(0, |level| i32::try_from(level).unwrap_or(i32::MAX));
                let level = level.min(*zstd::compression_level_range().end());
                let mut encoder = zstd::Encoder::new(writer, level)?;
                // As the zstd tool: damage is found when the file is read.
                encoder.include_checksum(true)?;
                Ok(Self::Zstd(encoder))
            }
            #[cfg(feature = "lz4")]
            Compression::Lz4 => {
                let frame = lz4_flex::frame::FrameInfo::new().content_checksum(true);
                let encoder = lz4_flex::frame::FrameEncoder::with_frame_info(frame, writer);
                Ok(Self::Lz4(Box::new(encoder)))
            }
            #[cfg(feature = "xz")]
            Compression::Xz => {
                let level = level.unwrap_or(XZ_LEVEL).min(MAX_LEVEL);
                let options = lzma_rust2::XzOptions::with_preset(level);
                Ok(Self::Xz(Box::new(lzma_rust2::XzWriter::new(writer, options)?)))
            }
            #[allow(unreachable_patterns, reason = "reached where a feature is off")]
            other => {
                let message = format!("built without {other} compression");
                Err(io::Error::new(io::ErrorKind::Unsupported, message))
            }
        }
    }

    /// Writes what ends the compressed form and gives the writer back.
    pub(crate) fn finish(self) -> io::Result<W> {
        match self {
            Self::Plain(writer) => Ok(writer),
            Self::Gzip(encoder) => encoder.finish(),
            #[cfg(feature = "zstd")]
            Self::Zstd(encoder) => encoder.finish(),
            #[cfg(feature = "lz4")]
            Self::Lz4(encoder) => encoder.finish().map_err(io::Error::from),
            #[cfg(feature = "xz")]
            Self::Xz(encoder) => encoder.finish(),
        }
    }

    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Self::Plain(writer) => writer,
            Self::Gzip(encoder) => encoder,
            #[cfg(feature = "zstd")]
            Self::Zstd(encoder) => encoder,
            #[cfg(feature = "lz4")]
            Self::Lz4(encoder) => encoder,
            #[cfg(feature = "xz")]
            Self::Xz(encoder) => encoder,
        }
    }
}

impl<W: Write> Write for Packer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer().flush()
    }
}

impl<W: Write> fmt::Debug for Packer<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Packer").finish_non_exhaustive()
    }
}
