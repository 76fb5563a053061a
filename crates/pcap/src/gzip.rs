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

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;
    use crate::error::Error;
    use crate::format;
    use crate::order::ByteOrder;
    use crate::reader::CaptureReader;
    use crate::sample::{Sample, read, read_whole};

    /// Packets enough for several blocks and reads.
    fn capture() -> Sample {
        let mut sample = Sample::pcap(ByteOrder::Little, 0xa1b2_c3d4, 0, 1);
        for number in 0..2_000_u32 {
            let data = number.wrapping_mul(0x9e37_79b9).to_le_bytes().repeat(20);
            sample.record([number, 0], &data, 80);
        }
        sample
    }

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// A member of one stored block, RFC 1951 section 3.2.4, whose bytes are as they were.
    fn stored(bytes: &[u8], last: u8) -> Vec<u8> {
        let length = u16::try_from(bytes.len()).unwrap();
        let mut member = b"\x1f\x8b\x08\0\0\0\0\0\0\xff".to_vec();
        member.push(last);
        member.extend(length.to_le_bytes());
        member.extend((!length).to_le_bytes());
        member.extend(bytes);
        member
    }

    #[test]
    fn a_packed_capture_reads_as_the_plain_one() {
        let sample = capture();
        let packed = packed(&sample.bytes);
        assert!(read_whole(&packed) == read_whole(&sample.bytes));
        let capture = CaptureReader::new(packed.as_slice()).unwrap();
        assert_eq!(capture.compression(), Some(format::Compression::Gzip));
    }

    #[test]
    fn members_are_read_one_after_another() {
        let sample = capture();
        let (first, second) = sample.bytes.split_at(100_001);
        let mut members = [packed(first), packed(b""), packed(second)].concat();
        assert!(read_whole(&members) == read_whole(&sample.bytes));
        members.extend([0; 512]);
        assert_eq!(read_whole(&members).len(), 2_000);
    }

    #[test]
    fn optional_fields_of_the_header_are_passed_over() {
        let sample = capture();
        let plain = packed(&sample.bytes);
        let mut full = plain[..10].to_vec();
        full[3] = FEXTRA | FNAME | FCOMMENT | FHCRC;
        full.extend(b"\x03\0abcname\0comment\0\x12\x34");
        full.extend(&plain[10..]);
        assert_eq!(read_whole(&full).len(), 2_000);
    }

    /// Checks that all packets are lent, and then one error with this cause.
    #[track_caller]
    fn check_fault(packed: &[u8], packets: usize, cause: &str) {
        let (seen, error) = read(packed);
        assert_eq!(seen.len(), packets);
        let Some(Error::Decompress { source, packet, .. }) = error else { panic!("{error:?}") };
        assert_eq!((source.to_string().as_str(), packet), (cause, packets as u64 + 1));
    }

    #[test]
    fn a_wrong_checksum_loses_nothing() {
        let mut packed = packed(&capture().bytes);
        let crc = packed.len() - 8;
        packed[crc] ^= 1;
        check_fault(&packed, 2_000, "a checksum does not match the data in front of it");
    }

    #[test]
    fn bytes_behind_the_members_lose_nothing() {
        let mut packed = packed(&capture().bytes);
        packed.extend(b"garbage");
        check_fault(&packed, 2_000, "bytes behind a gzip member are no gzip member");
    }

    #[test]
    fn a_member_cut_anywhere_lends_every_packet_in_front_of_the_cut() {
        let mut sample = Sample::pcap(ByteOrder::Little, 0xa1b2_c3d4, 0, 1);
        sample.record([1, 0], b"abc", 3).record([2, 0], b"defgh", 5);
        let mut crc = Crc::new();
        crc.update(&sample.bytes);
        let mut member = stored(&sample.bytes, 1);
        member.extend(crc.sum().to_le_bytes());
        member.extend(crc.amount().to_le_bytes());
        assert_eq!(read_whole(&member).len(), 2);
        for cut in 15 + 24..member.len() {
            let packets = sample.ends.iter().filter(|end| 15 + end.at <= cut).count() - 1;
            check_fault(&member[..cut], packets, "the compressed data is cut short");
        }
    }

    #[test]
    fn corrupt_data_loses_nothing_in_front_of_it() {
        let mut sample = Sample::pcap(ByteOrder::Little, 0xa1b2_c3d4, 0, 1);
        sample.record([1, 0], b"abc", 3).record([2, 0], b"defgh", 5);
        let mut member = stored(&sample.bytes, 0);
        // A block of type 3, which is none.
        member.extend([0x07, 0, 0, 0, 0, 0, 0, 0, 0]);
        check_fault(&member, 2, "the compressed data is corrupt");
    }
}
