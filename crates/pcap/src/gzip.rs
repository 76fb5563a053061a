//! Gzip, [RFC 1952](https://www.rfc-editor.org/rfc/rfc1952): member after member, each checked, and
//! every byte that was packed before a fault handed out before it.

use std::io::{self, Read};

use flate2::{Crc, Decompress, FlushDecompress, Status};

use crate::buffer;

/// How much is read at a time: an eighth of the window, as captures shrink to about that.
const INPUT: usize = 32 * 1024;

/// Bits of the flag byte, section 2.3.1.
const FHCRC: u8 = 0x02;
const FEXTRA: u8 = 0x04;
const FNAME: u8 = 0x08;
const FCOMMENT: u8 = 0x10;

/// Unpacks what a reader holds.
#[derive(Debug)]
pub(crate) struct Gunzip<R> {
    reader: R,
    /// Packed bytes not yet used, from `start` to `end`.
    input: Vec<u8>,
    start: usize,
    end: usize,
    inflate: Decompress,
    crc: Crc,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    FirstHeader,
    Body,
    Trailer,
    NextHeader,
    Ended,
    Corrupt,
}

impl<R: Read> Gunzip<R> {
    /// The first bytes: the identification, and the only method of compression.
    pub(crate) const MAGIC: &'static [u8] = &[0x1f, 0x8b, 8];

    /// Unpacks `start`, which has been read already, and then what `reader` holds.
    pub(crate) fn new(start: Vec<u8>, reader: R) -> Self {
        let (mut input, end) = (start, 0);
        let end = input.len().max(end);
        input.resize(end.max(INPUT), 0);
        Self {
            reader,
            input,
            start: 0,
            end,
            inflate: Decompress::new(false),
            crc: Crc::new(),
            state: State::FirstHeader,
        }
    }

    /// Unpacks into `space`, which is not empty; 0 is the end.
    pub(crate) fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.state {
                State::FirstHeader => {
                    self.state = State::Corrupt;
                    self.header()?;
                    self.state = State::Body;
                }
                State::Body => match self.body(space)? {
                    0 => {}
                    count => return Ok(count),
                },
                State::Trailer => {
                    self.state = State::Corrupt;
                    self.trailer()?;
                    self.state = State::NextHeader;
                }
                State::NextHeader => {
                    self.state = State::Corrupt;
                    self.state =
                        if self.another_member()? { State::FirstHeader } else { State::Ended };
                }
                State::Ended => return Ok(0),
                State::Corrupt => return Err(corrupt("the compressed data is corrupt")),
            }
        }
    }

    /// Unpacks once; a fault waits in the state until what came before it is handed out.
    fn body(&mut self, space: &mut [u8]) -> io::Result<usize> {
        if !self.refill()? {
            self.state = State::Corrupt;
            return Err(cut());
        }
        let packed = self.input.get(self.start..self.end).unwrap_or_default();
        let (used, made) = (self.inflate.total_in(), self.inflate.total_out());
        let status = self.inflate.decompress(packed, space, FlushDecompress::None);
        let used = count(self.inflate.total_in(), used);
        let made = count(self.inflate.total_out(), made);
        self.start = self.start.saturating_add(used);
        self.crc.update(space.get(..made).unwrap_or_default());
        match status {
            Ok(Status::StreamEnd) => self.state = State::Trailer,
            // No progress, with bytes on one side and space on the other, would never end.
            Ok(_) if used == 0 && made == 0 => self.state = State::Corrupt,
            Ok(_) => {}
            Err(_) => self.state = State::Corrupt,
        }
        Ok(made)
    }

    /// Reads the header of a member, section 2.3; its checksum is of no use to a reader.
    fn header(&mut self) -> io::Result<()> {
        for &expected in Self::MAGIC {
            if self.byte()? != expected {
                return Err(corrupt("bytes behind a gzip member are no gzip member"));
            }
        }
        let flags = self.byte()?;
        self.skip(6)?;
        if flags & FEXTRA != 0 {
            let length = u16::from_le_bytes([self.byte()?, self.byte()?]);
            self.skip(length)?;
        }
        if flags & FNAME != 0 {
            while self.byte()? != 0 {}
        }
        if flags & FCOMMENT != 0 {
            while self.byte()? != 0 {}
        }
        if flags & FHCRC != 0 {
            self.skip(2)?;
        }
        Ok(())
    }

    /// Checks a member against its trailer, and makes ready for the next.
    fn trailer(&mut self) -> io::Result<()> {
        let crc = u32::from_le_bytes([self.byte()?, self.byte()?, self.byte()?, self.byte()?]);
        self.skip(4)?;
        if crc != self.crc.sum() {
            return Err(corrupt("a checksum does not match the data in front of it"));
        }
        self.crc.reset();
        self.inflate.reset(false);
        Ok(())
    }

    /// Whether anything follows a member but zeros, with which some media are padded.
    fn another_member(&mut self) -> io::Result<bool> {
        while self.refill()? {
            let packed = self.input.get(self.start..self.end).unwrap_or_default();
            if let Some(zeros) = packed.iter().position(|&byte| byte != 0) {
                self.start = self.start.saturating_add(zeros);
                return Ok(true);
            }
            self.start = self.end;
        }
        Ok(false)
    }

    fn skip(&mut self, bytes: u16) -> io::Result<()> {
        for _ in 0..bytes {
            self.byte()?;
        }
        Ok(())
    }

    fn byte(&mut self) -> io::Result<u8> {
        if !self.refill()? {
            return Err(cut());
        }
        let byte = self.input.get(self.start).copied().unwrap_or_default();
        self.start = self.start.saturating_add(1);
        Ok(byte)
    }

    /// Reads if there is nothing left; whether there is anything now.
    fn refill(&mut self) -> io::Result<bool> {
        if self.start < self.end {
            return Ok(true);
        }
        self.end = buffer::read(&mut self.reader, &mut self.input)?;
        self.start = 0;
        Ok(self.end > 0)
    }
}

/// Progress between two totals, in a buffer.
fn count(now: u64, before: u64) -> usize {
    usize::try_from(now.saturating_sub(before)).unwrap_or(usize::MAX)
}

fn corrupt(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

fn cut() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the compressed data is cut short")
}
