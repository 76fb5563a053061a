//! A stream as a reader.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, BufRead, Read};

use super::lost;
use crate::tcp::{Chunk, Consumer, End, Gap};

/// What a reader does where bytes are missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OnGap {
    /// It fails once with a [`GapError`], of the kind [`io::ErrorKind::InvalidData`], and goes on behind
    /// the gap if it is asked again.
    #[default]
    Fail,
    /// It gives zeros in their place, so that places stay what they are.
    Zeros,
}

/// Bytes of a stream are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GapError {
    /// How many, and where.
    pub gap: Gap,
}

impl fmt::Display for GapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes are missing at offset {}", self.gap.len, self.gap.offset)
    }
}

impl std::error::Error for GapError {}

/// Lends what a stream says by [`Read`] and [`BufRead`], for parsers that want a file.
///
/// It never waits. Where no more has come, it fails with [`io::ErrorKind::WouldBlock`]; it is at its
/// end when the stream is. What is not read yet is kept up to [`MAX_BYTES`](Self::MAX_BYTES); beyond
/// that the stream keeps it unread, within its own bound.
///
/// ```
/// use std::io::BufRead;
///
/// use rheos_core::{SeqNumber, Timestamp};
/// use rheos_reassembly::adapters::StreamReader;
/// use rheos_reassembly::tcp::{Assembler, Config, Segment, StreamAssembler};
///
/// let (mut assembler, mut stream) = (Assembler::new(Config::default()), StreamAssembler::new(0));
/// let mut reader = StreamReader::default();
/// let segment = |number, bytes| Segment::new(Timestamp::from_secs(7, 0), SeqNumber(number), bytes);
/// assembler.segment(&mut stream, &segment(5, b"one\nt"), &mut reader);
/// assembler.segment(&mut stream, &segment(10, b"wo\n").fin(), &mut reader);
/// assert_eq!(reader.lines().collect::<Result<Vec<_>, _>>()?, ["one", "two"]);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct StreamReader {
    bytes: VecDeque<u8>,
    /// Gaps, and how many bytes are to be read in front of each, those of the buffer only.
    gaps: VecDeque<(usize, Gap)>,
    on_gap: OnGap,
    is_ended: bool,
}

/// Gaps that wait to be read over: two behind each other are one, so that this many have bytes between.
const MAX_GAPS: usize = 4096;

/// Zeros that are given at once.
const ZEROS: [u8; 1024] = [0; 1024];

impl StreamReader {
    /// Bytes that wait at most.
    pub const MAX_BYTES: usize = 1 << 20;

    /// A reader that does this where bytes are missing.
    pub fn new(on_gap: OnGap) -> Self {
        Self { on_gap, ..Self::default() }
    }

    /// Bytes that wait to be read, in front of the first gap.
    pub fn available(&self) -> usize {
        self.gaps.front().map_or(self.bytes.len(), |(front, _)| *front)
    }

    /// Whether nothing will come behind what waits.
    pub fn is_ended(&self) -> bool {
        self.is_ended
    }
}

impl Read for StreamReader {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let len = available.len().min(to.len());
        if let (Some(to), Some(from)) = (to.get_mut(..len), available.get(..len)) {
            to.copy_from_slice(from);
        }
        self.consume(len);
        Ok(len)
    }
}

impl BufRead for StreamReader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if let Some((0, gap)) = self.gaps.front().copied() {
            match self.on_gap {
                OnGap::Fail => {
                    self.gaps.pop_front();
                    return Err(io::Error::new(io::ErrorKind::InvalidData, GapError { gap }));
                }
                OnGap::Zeros => {
                    let len = usize::try_from(gap.len).unwrap_or(usize::MAX).min(ZEROS.len());
                    return Ok(ZEROS.get(..len).unwrap_or_default());
                }
            }
        }
        let available = self.available();
        if available == 0 && !self.is_ended {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let (front, _) = self.bytes.as_slices();
        Ok(front.get(..available).unwrap_or(front))
    }

    fn consume(&mut self, len: usize) {
        if let Some((0, gap)) = self.gaps.front_mut() {
            gap.offset = gap.offset.saturating_add(len as u64);
            gap.len = gap.len.saturating_sub(len as u64);
            if gap.len == 0 {
                self.gaps.pop_front();
            }
            return;
        }
        let len = len.min(self.available());
        self.bytes.drain(..len);
        self.gaps.iter_mut().for_each(|(front, _)| *front = front.saturating_sub(len));
    }
}

impl Consumer for StreamReader {
    fn data(&mut self, chunk: &Chunk<'_>) -> usize {
        let room = Self::MAX_BYTES.saturating_sub(self.bytes.len());
        if self.gaps.len() >= MAX_GAPS {
            return 0;
        }
        let taken = chunk.bytes.get(..room).unwrap_or(chunk.bytes);
        self.bytes.extend(taken);
        taken.len()
    }

    fn start(&mut self, _: crate::tcp::Start) {
        self.is_ended = false;
    }

    fn unread(&mut self, rest: &Chunk<'_>) {
        // For these there was no room: whoever reads has to know that they are missing.
        self.gap(&lost(rest));
    }

    fn gap(&mut self, gap: &Gap) {
        let front = self.bytes.len();
        match self.gaps.back_mut() {
            Some((place, last)) if *place == front => last.len = last.len.saturating_add(gap.len),
            _ => self.gaps.push_back((front, *gap)),
        }
    }

    fn end(&mut self, _: End) {
        self.is_ended = true;
    }
}
