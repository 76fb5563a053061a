//! A window on a stream: the bytes read and not yet used, from a plain or compressed source.

use std::io::{self, Read, Seek, SeekFrom};

use crate::ahead::ReadAhead;
use crate::decompress::{self, Decompressor};
use crate::error::Error;
use crate::format::Compression;

/// Size of the window: it stays in the second-level cache, and a read fetches hundreds of packets.
const SIZE: usize = 256 * 1024;

/// The longest record or block: twice what any tool writes (128 MiB of USB or D-Bus data). It bounds
/// what a hostile stream that really is so long can make us hold.
pub(crate) const MAX_RECORD: usize = 256 * 1024 * 1024;

/// The window, between `start` and `end` of `bytes`.
///
/// It grows only when it is full of bytes that a record needs, never because a length says so.
#[derive(Debug)]
pub(crate) struct Buffer<R: Read> {
    source: Source<R>,
    /// How the source is compressed.
    compression: Option<Compression>,
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    /// Place of the first of `bytes` in the stream.
    base: u64,
    ended: bool,
    /// Whether the end of the source is only the end of what it has for now.
    follow: bool,
    /// What failed where more was looked for than was needed.
    failure: Option<Error>,
}

#[derive(Debug)]
enum Source<R: Read> {
    Plain(R),
    Packed(Box<Decompressor<R>>),
    Ahead(ReadAhead),
}

impl<R: Read> Buffer<R> {
    /// A window on what `reader` holds, unpacked if it is compressed.
    pub(crate) fn new(reader: R) -> Result<Self, Error> {
        Self::start(reader, |decompressor| Ok(Source::Packed(Box::new(decompressor))))
    }

    /// The same, unpacked on a thread of its own.
    pub(crate) fn with_thread(reader: R) -> Result<Self, Error>
    where
        R: Send + 'static,
    {
        Self::start(reader, |mut decompressor| {
            let unpack = move |space: &mut [u8]| uninterrupted(|| decompressor.read(space));
            ReadAhead::new(unpack).map(Source::Ahead)
        })
    }

    fn start(
        mut reader: R,
        pack: impl FnOnce(Decompressor<R>) -> io::Result<Source<R>>,
    ) -> Result<Self, Error> {
        let failed = |source| Error::Io { offset: 0, packet: 1, source };
        let mut bytes = vec![0; SIZE];
        let mut end = 0;
        while end < decompress::MAGIC {
            let space = bytes.get_mut(end..).unwrap_or_default();
            match read(&mut reader, space).map_err(failed)? {
                0 => break,
                count => end = end.saturating_add(count),
            }
        }
        let prefix = bytes.get(..end).unwrap_or_default();
        let compression = decompress::detect(prefix);
        let source = match compression {
            None => Source::Plain(reader),
            Some(compression) => {
                let decompressor = Decompressor::new(compression, prefix.to_vec(), reader)
                    .map_err(failed)?
                    .ok_or(Error::UnsupportedFormat { name: unsupported(compression) })?;
                end = 0;
                pack(decompressor).map_err(failed)?
            }
        };
        Ok(Self {
            source,
            compression,
            bytes,
            start: 0,
            end,
            base: 0,
            ended: false,
            follow: false,
            failure: None,
        })
    }

    /// Sees to it that a record of `need` bytes, at most [`MAX_RECORD`], is in the window.
    ///
    /// Returns whether it is; if not, the stream has ended right before the record, or has no more
    /// for now where it is [followed](Self::follow). `packet` is for errors: the number of the packet
    /// that comes next.
    #[inline]
    pub(crate) fn hold(&mut self, need: usize, packet: u64) -> Result<bool, Error> {
        if self.window().len() >= need {
            return Ok(true);
        }
        self.fill(need, packet)
    }

    /// Whether so many bytes follow; if not, the stream ends before, or has no more for now.
    pub(crate) fn has(&mut self, need: usize, packet: u64) -> Result<bool, Error> {
        match self.hold(need, packet) {
            Err(Error::Truncated { .. }) => Ok(false),
            // What is in the window comes first.
            Err(error @ (Error::Io { .. } | Error::Decompress { .. })) => {
                self.failure = Some(error);
                Ok(false)
            }
            result => result,
        }
    }

    #[cold]
    fn fill(&mut self, need: usize, packet: u64) -> Result<bool, Error> {
        self.bytes.copy_within(self.start..self.end, 0);
        self.base = self.position();
        self.end = self.end.saturating_sub(self.start);
        self.start = 0;
        if let Some(failure) = self.failure.take().filter(|_| self.end < need) {
            return Err(failure);
        }
        while self.end < need && !self.ended {
            if self.end == self.bytes.len() {
                self.bytes.resize(self.bytes.len().saturating_mul(2), 0);
            }
            let space = self.bytes.get_mut(self.end..).unwrap_or_default();
            let read = match &mut self.source {
                Source::Plain(reader) => read(reader, space),
                Source::Packed(decompressor) => uninterrupted(|| decompressor.read(space)),
                Source::Ahead(ahead) => ahead.read(space),
            };
            match read {
                Ok(0) if self.follows() => return Ok(false),
                Ok(0) => self.ended = true,
                Ok(count) => self.end = self.end.saturating_add(count).min(self.bytes.len()),
                Err(source) => return Err(self.failed(packet, source)),
            }
        }
        match need.saturating_sub(self.end) {
            0 => Ok(true),
            _ if self.end == 0 => Ok(false),
            missing => {
                Err(Error::Truncated { offset: self.position(), missing: missing as u64, packet })
            }
        }
    }

    fn failed(&self, packet: u64, source: io::Error) -> Error {
        let offset = self.position();
        match self.source {
            Source::Plain(_) => Error::Io { offset, packet, source },
            Source::Packed(_) | Source::Ahead(_) => Error::Decompress { offset, packet, source },
        }
    }

    /// Whether to take the end of the source as the end of what it has for now.
    pub(crate) fn follow(&mut self, follow: bool) {
        self.follow = follow;
        // What was the end may be none any more.
        self.ended &= !self.follows();
    }

    /// Whether there may be more later. A compressed capture ends where it says so.
    pub(crate) fn follows(&self) -> bool {
        self.follow && matches!(self.source, Source::Plain(_))
    }

    /// Takes a record off the front; less if the window holds less.
    #[inline]
    pub(crate) fn take(&mut self, length: usize) -> &[u8] {
        let start = self.start;
        match start.checked_add(length) {
            Some(end) if end <= self.end => self.start = end,
            _ => self.take_rest(),
        }
        self.bytes.get(start..self.start).unwrap_or_default()
    }

    /// A call, so that it is a branch to come here: where the next record starts then waits for the
    /// length of this one alone, and not for comparisons.
    #[cold]
    #[inline(never)]
    fn take_rest(&mut self) {
        self.start = self.end;
    }
}

impl<R: Read + Seek> Buffer<R> {
    /// Goes to another place of the stream, if it is one that is not compressed.
    pub(crate) fn seek(&mut self, position: u64, packet: u64) -> Result<(), Error> {
        let Source::Plain(reader) = &mut self.source else { return Err(Error::NotSeekable) };
        let from = SeekFrom::Start(position);
        let failed = |source| Error::Io { offset: position, packet, source };
        reader.seek(from).map_err(failed)?;
        (self.start, self.end, self.base, self.ended) = (0, 0, position, false);
        Ok(())
    }
}

impl<R: Read> Buffer<R> {
    /// A window on a stream that is not compressed, from this place on.
    pub(crate) fn at(reader: R, position: u64) -> Self {
        Self {
            source: Source::Plain(reader),
            compression: None,
            bytes: vec![0; SIZE],
            start: 0,
            end: 0,
            base: position,
            ended: false,
            follow: false,
            failure: None,
        }
    }

    /// The bytes read and not yet taken.
    #[inline]
    pub(crate) fn window(&self) -> &[u8] {
        self.held().unwrap_or_default()
    }

    /// The same for a caller that has another way to go: for the processor that is a branch, which
    /// it foretells, and no value to wait for.
    #[inline]
    pub(crate) fn held(&self) -> Option<&[u8]> {
        self.bytes.get(self.start..self.end)
    }

    /// How many bytes of the stream have been taken.
    #[inline]
    pub(crate) fn position(&self) -> u64 {
        self.base.saturating_add(self.start as u64)
    }

    /// How the source is compressed.
    pub(crate) fn compression(&self) -> Option<Compression> {
        self.compression
    }
}

/// Reads once, and again where a signal came in between.
pub(crate) fn read(reader: &mut impl Read, space: &mut [u8]) -> io::Result<usize> {
    uninterrupted(|| reader.read(space))
}

fn uninterrupted(mut read: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match read() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// What is said where this crate was built without a compression.
fn unsupported(compression: Compression) -> &'static str {
    match compression {
        Compression::Gzip => "gzip compression",
        Compression::Zstd => "zstd compression",
        Compression::Lz4 => "lz4 compression",
        Compression::Xz => "xz compression",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out pieces of these lengths; 0 is a signal in between.
    struct Pieces<'a> {
        bytes: &'a [u8],
        lengths: std::iter::Cycle<std::slice::Iter<'a, usize>>,
    }

    impl Read for Pieces<'_> {
        fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
            match self.lengths.next() {
                Some(0) => Err(io::ErrorKind::Interrupted.into()),
                Some(&length) => {
                    let length = length.min(space.len());
                    self.bytes.read(&mut space[..length])
                }
                None => Ok(0),
            }
        }
    }

    #[test]
    fn a_length_without_its_bytes_allocates_nothing() {
        let bytes = [7; 100];
        let mut buffer = Buffer::new(bytes.as_slice()).unwrap();
        let before = buffer.bytes.capacity();
        let error = buffer.hold(MAX_RECORD, 1).unwrap_err();
        let Error::Truncated { offset: 0, missing, packet: 1 } = error else { panic!("{error:?}") };
        assert_eq!(missing, MAX_RECORD as u64 - 100);
        assert_eq!((buffer.bytes.capacity(), before), (SIZE, SIZE));
    }

    #[test]
    fn the_window_grows_with_the_bytes_that_arrive() {
        let bytes = vec![7; 3 * SIZE];
        let mut buffer = Buffer::new(bytes.as_slice()).unwrap();
        assert!(matches!(buffer.hold(MAX_RECORD, 1), Err(Error::Truncated { .. })));
        assert!(buffer.bytes.capacity() <= 4 * SIZE, "{}", buffer.bytes.capacity());
        assert_eq!(buffer.window(), bytes);
    }

    #[test]
    fn pieces_of_any_length_and_signals_between_them_change_nothing() {
        let bytes: Vec<u8> = (0..SIZE * 3).map(|number| (number % 251) as u8).collect();
        let lengths = [0, 1, 0, 0, 7, 100_000, 3, 65_536];
        let pieces = Pieces { bytes: &bytes, lengths: lengths.iter().cycle() };
        let mut buffer = Buffer::new(pieces).unwrap();
        let mut taken = Vec::new();
        for length in [1, 10, 1_000, 100_000].into_iter().cycle() {
            match buffer.hold(length, 1) {
                Ok(true) => taken.extend_from_slice(buffer.take(length)),
                Ok(false) => break,
                Err(Error::Truncated { .. }) => {
                    let rest = buffer.window().len();
                    taken.extend_from_slice(buffer.take(rest));
                }
                Err(error) => panic!("{error}"),
            }
            assert_eq!(buffer.position(), taken.len() as u64);
        }
        assert!(taken == bytes);
        assert_eq!(buffer.bytes.capacity(), SIZE);
    }
}
