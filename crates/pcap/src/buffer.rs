//! A window on a stream: the bytes read and not yet used, from a plain or compressed source.

use std::io::{self, Read};

use crate::error::Error;
use crate::gzip::Gunzip;

/// Size of the window: it stays in the second-level cache, and a read fetches hundreds of packets.
const SIZE: usize = 256 * 1024;

/// The longest record or block: twice what any tool writes (128 MiB of USB or D-Bus data). It bounds
/// what a hostile stream that really is so long can make us hold.
pub(crate) const MAX_RECORD: usize = 256 * 1024 * 1024;

/// The window, between `start` and `end` of `bytes`.
///
/// It grows only when it is full of bytes that a record needs, never because a length says so.
#[derive(Debug)]
pub(crate) struct Buffer<R> {
    source: Source<R>,
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    /// Place of `start` in the stream.
    position: u64,
    ended: bool,
}

#[derive(Debug)]
enum Source<R> {
    Plain(R),
    Gzip(Box<Gunzip<R>>),
}

impl<R: Read> Buffer<R> {
    /// A window on what `reader` holds, uncompressed if it starts as gzip does.
    pub(crate) fn new(mut reader: R) -> io::Result<Self> {
        let mut bytes = vec![0; SIZE];
        let mut end = 0;
        while end < Gunzip::<R>::MAGIC.len() {
            match read(&mut reader, bytes.get_mut(end..).unwrap_or_default())? {
                0 => break,
                count => end = end.saturating_add(count),
            }
        }
        let prefix = bytes.get(..end).unwrap_or_default();
        let source = if prefix.starts_with(Gunzip::<R>::MAGIC) {
            let gunzip = Gunzip::new(prefix.to_vec(), reader);
            end = 0;
            Source::Gzip(Box::new(gunzip))
        } else {
            Source::Plain(reader)
        };
        Ok(Self { source, bytes, start: 0, end, position: 0, ended: false })
    }

    /// Sees to it that a record of `need` bytes, at most [`MAX_RECORD`], is in the window.
    ///
    /// Returns whether it is; if not, the stream has ended right before the record. `packet` is for
    /// errors: the number of the packet that comes next.
    #[inline]
    pub(crate) fn hold(&mut self, need: usize, packet: u64) -> Result<bool, Error> {
        if self.window().len() >= need {
            return Ok(true);
        }
        self.fill(need, packet)
    }

    #[cold]
    fn fill(&mut self, need: usize, packet: u64) -> Result<bool, Error> {
        self.bytes.copy_within(self.start..self.end, 0);
        self.end = self.end.saturating_sub(self.start);
        self.start = 0;
        while self.end < need && !self.ended {
            if self.end == self.bytes.len() {
                self.bytes.resize(self.bytes.len().saturating_mul(2), 0);
            }
            let space = self.bytes.get_mut(self.end..).unwrap_or_default();
            let read = match &mut self.source {
                Source::Plain(reader) => read(reader, space),
                Source::Gzip(gunzip) => gunzip.read(space),
            };
            match read {
                Ok(0) => self.ended = true,
                Ok(count) => self.end = self.end.saturating_add(count).min(self.bytes.len()),
                Err(source) => return Err(self.failed(packet, source)),
            }
        }
        match need.saturating_sub(self.end) {
            0 => Ok(true),
            _ if self.end == 0 => Ok(false),
            missing => {
                Err(Error::Truncated { offset: self.position, missing: missing as u64, packet })
            }
        }
    }

    fn failed(&self, packet: u64, source: io::Error) -> Error {
        match self.source {
            Source::Plain(_) => Error::Io { offset: self.position, packet, source },
            Source::Gzip(_) => Error::Decompress { offset: self.position, packet, source },
        }
    }

    /// Takes a record off the front; less if the window holds less.
    #[inline]
    pub(crate) fn take(&mut self, length: usize) -> &[u8] {
        let start = self.start;
        self.start = start.saturating_add(length).min(self.end);
        self.position = self.position.saturating_add(length as u64);
        self.bytes.get(start..self.start).unwrap_or_default()
    }
}

impl<R> Buffer<R> {
    /// The bytes read and not yet taken.
    #[inline]
    pub(crate) fn window(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// How many bytes of the stream have been taken.
    #[inline]
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// Whether the source is compressed.
    pub(crate) fn is_gzip(&self) -> bool {
        matches!(self.source, Source::Gzip(_))
    }
}

/// Reads once, and again where a signal came in between.
pub(crate) fn read(reader: &mut impl Read, space: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(space) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
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
