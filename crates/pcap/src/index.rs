//! Where packets are, so that any of them can be gone to.

use std::io::{self, Read, Seek, Write};

use crate::error::Error;
use crate::format::Format;
use crate::pcapng::PcapNg;
use crate::reader::{CaptureReader, Dialect};

/// Packets between two marks: a mark takes 8 bytes, and a thousand packets are read in microseconds.
const STRIDE: u64 = 1_000;

/// What a file of an index starts with, and its version.
const MAGIC: [u8; 8] = *b"rheosidx";
const VERSION: u64 = 1;

/// Where the packets of a capture are: the place of every thousandth, and of what describes them.
///
/// ```
/// use rheos_pcap::CaptureReader;
/// use std::io::Cursor;
///
/// let mut file = Vec::from(*b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\x01\0\0\0");
/// for number in 0..100 {
///     file.extend([number, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, number]);
/// }
/// let mut capture = CaptureReader::new(Cursor::new(file))?;
/// let index = capture.index()?;
/// assert_eq!(index.packets(), 100);
/// capture.seek(&index, 42)?;
/// assert_eq!(capture.next_packet()?.unwrap().data, [41]);
/// # Ok::<(), rheos_pcap::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PacketIndex {
    format: u64,
    packets: u64,
    /// Where the last packet ends.
    end: u64,
    /// Where the first packet is, and each [`STRIDE`] packets on.
    marks: Vec<u64>,
    /// Where sections and interfaces are.
    descriptions: Vec<u64>,
}

impl PacketIndex {
    /// How many packets there are.
    pub fn packets(&self) -> u64 {
        self.packets
    }

    /// Writes the index, to be [read](Self::read) again: numbers of 64 bits in little-endian order.
    ///
    /// # Errors
    ///
    /// The writer fails.
    pub fn write(&self, mut writer: impl Write) -> io::Result<()> {
        let counts = [self.marks.len() as u64, self.descriptions.len() as u64];
        let head = [VERSION, self.format, self.packets, self.end];
        let mut bytes = MAGIC.to_vec();
        for number in head.iter().chain(&counts).chain(&self.marks).chain(&self.descriptions) {
            bytes.extend(number.to_le_bytes());
        }
        writer.write_all(&bytes)
    }

    /// Reads an index that was [written](Self::write).
    ///
    /// # Errors
    ///
    /// [`Error::OtherIndex`] if it is none, or damaged; [`Error::Io`].
    pub fn read(mut reader: impl Read) -> Result<Self, Error> {
        // What is not there allocates nothing.
        let mut bytes = Vec::new();
        let failed = |source| Error::Io { offset: 0, packet: 1, source };
        reader.read_to_end(&mut bytes).map_err(failed)?;
        let numbers = bytes.strip_prefix(&MAGIC).ok_or(Error::OtherIndex)?;
        let (numbers, rest) = numbers.as_chunks::<8>();
        let mut numbers = numbers.iter().map(|number| u64::from_le_bytes(*number));
        let mut next = || numbers.next().ok_or(Error::OtherIndex);
        let [version, format, packets, end] = [next()?, next()?, next()?, next()?];
        let [marks, descriptions] = [next()?, next()?];
        let numbers: Vec<u64> = numbers.collect();
        let split = usize::try_from(marks).ok().and_then(|marks| numbers.split_at_checked(marks));
        let (marks, others) = split.ok_or(Error::OtherIndex)?;
        let rising = marks.is_sorted() && others.is_sorted();
        let whole = rest.is_empty() && others.len() as u64 == descriptions && version == VERSION;
        if !rising || !whole || marks.len() as u64 != packets.div_ceil(STRIDE) {
            return Err(Error::OtherIndex);
        }
        let (marks, descriptions) = (marks.to_vec(), others.to_vec());
        Ok(Self { format, packets, end, marks, descriptions })
    }
}

impl<R: Read + Seek> CaptureReader<R> {
    /// Reads the whole capture, wherever this has been in it, and says where its packets are. It is
    /// at the end then.
    ///
    /// # Errors
    ///
    /// As of [`next_packet`](Self::next_packet); [`Error::NotSeekable`] of a compressed capture.
    pub fn index(&mut self) -> Result<PacketIndex, Error> {
        self.buffer.seek(self.start, 1)?;
        self.packets = 0;
        if let Dialect::PcapNg(pcapng) = &mut self.dialect {
            *pcapng = PcapNg::new();
        }
        let (mut marks, mut descriptions) = (Vec::new(), Vec::new());
        loop {
            let offset = self.buffer.position();
            let next = self.dialect.next_block(&mut self.buffer, self.packets.saturating_add(1));
            let Some(framed) = next.inspect_err(|_| self.ended = true)? else { break };
            if framed.kind.is_some_and(PcapNg::describes) {
                descriptions.push(offset);
            }
            if framed.record.is_some() {
                if self.packets.is_multiple_of(STRIDE) {
                    marks.push(offset);
                }
                self.packets = self.packets.saturating_add(1);
            }
            self.buffer.take(framed.length);
        }
        self.ended = true;
        let end = self.buffer.position();
        Ok(PacketIndex { format: self.code(), packets: self.packets, end, marks, descriptions })
    }

    /// Goes to a packet, whose number is from 1: it is the next one. Behind the last, the next is
    /// `None`. Packets and [`packets_read`](Self::packets_read) then count as if all in front had been
    /// read.
    ///
    /// # Errors
    ///
    /// [`Error::OtherIndex`] if the capture is not the one of the index, as far as that shows;
    /// [`Error::NotSeekable`] of a compressed capture; [`Error::Io`].
    pub fn seek(&mut self, index: &PacketIndex, packet: u64) -> Result<(), Error> {
        if index.format != self.code() {
            return Err(Error::OtherIndex);
        }
        let before = packet.saturating_sub(1).min(index.packets);
        let mark = usize::try_from(before / STRIDE).unwrap_or(usize::MAX);
        let (at, mut skip) = match index.marks.get(mark) {
            Some(&at) => (at, before % STRIDE),
            None => (index.end, 0),
        };
        if let Dialect::PcapNg(pcapng) = &mut self.dialect {
            *pcapng = PcapNg::new();
            for &description in index.descriptions.iter().take_while(|own| **own < at) {
                self.buffer.seek(description, 1)?;
                if !pcapng.describe(&mut self.buffer)? {
                    return Err(Error::OtherIndex);
                }
            }
        }
        self.buffer.seek(at, packet)?;
        self.packets = before.saturating_sub(skip);
        self.ended = false;
        while skip > 0 {
            if self.next_packet()?.is_none() {
                return Err(Error::OtherIndex);
            }
            skip = skip.saturating_sub(1);
        }
        Ok(())
    }

    /// The format as an index says it.
    fn code(&self) -> u64 {
        match self.format() {
            Format::Pcap => 1,
            Format::PcapModified => 2,
            Format::PcapNg => 3,
            Format::Snoop => 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::order::ByteOrder;
    use crate::sample::Sample;

    /// Captures of 3,500 packets, whose data is their number.
    fn samples() -> Vec<Sample> {
        let mut pcap = Sample::pcap(ByteOrder::Big, 0xa1b2_c3d4, 0, 1);
        let mut pcapng = Sample::pcapng(ByteOrder::Little);
        pcapng.interface(1, 0, &[]);
        for number in 1..=3_500_u32 {
            if number == 2_500 {
                pcapng.section(ByteOrder::Big).interface(113, 0, &[]).interface(
                    101,
                    0,
                    &[(9, &[9])],
                );
            }
            let data = number.to_be_bytes();
            pcap.record([number, 0], &data, 4);
            pcapng.enhanced(u32::from(number > 3_000), u64::from(number), &data, &[]);
        }
        vec![pcap, pcapng]
    }

    #[test]
    fn any_packet_is_gone_to() {
        for sample in samples() {
            let mut straight = CaptureReader::new(Cursor::new(&sample.bytes)).unwrap();
            let all: Vec<_> = straight.packets().map(Result::unwrap).collect();
            let mut capture = CaptureReader::new(Cursor::new(&sample.bytes)).unwrap();
            let index = capture.index().unwrap();
            assert_eq!((index.packets(), capture.packets_read()), (3_500, 3_500));
            for number in [3_500, 1, 1_000, 1_001, 2_499, 2_500, 2_999, 3_001, 3_500, 7] {
                capture.seek(&index, number).unwrap();
                let found = capture.next_packet().unwrap();
                assert_eq!(found, Some(all[number as usize - 1].as_raw()), "{number}");
                assert_eq!(capture.packets_read(), number);
            }
            for beyond in [3_501, u64::MAX] {
                capture.seek(&index, beyond).unwrap();
                assert!(capture.next_packet().unwrap().is_none());
            }
        }
    }

    #[test]
    fn an_index_that_is_written_is_read_again() {
        for sample in samples() {
            let index = CaptureReader::new(Cursor::new(&sample.bytes)).unwrap().index().unwrap();
            let mut bytes = Vec::new();
            index.write(&mut bytes).unwrap();
            assert_eq!(PacketIndex::read(bytes.as_slice()).unwrap(), index);
            for cut in 0..bytes.len() {
                let read = PacketIndex::read(&bytes[..cut]);
                assert!(matches!(read, Err(Error::OtherIndex)), "{cut}");
            }
            // Counts that nothing stands for.
            bytes[40..48].fill(0xff);
            assert!(matches!(PacketIndex::read(bytes.as_slice()), Err(Error::OtherIndex)));
        }
    }

    #[test]
    fn an_index_of_another_capture_is_refused() {
        let [pcap, pcapng] = &samples()[..] else { panic!("two samples") };
        let index = CaptureReader::new(Cursor::new(&pcap.bytes)).unwrap().index().unwrap();
        let mut other = CaptureReader::new(Cursor::new(&pcapng.bytes)).unwrap();
        assert!(matches!(other.seek(&index, 5), Err(Error::OtherIndex)));
        let index = other.index().unwrap();
        let mut short = Sample::pcapng(ByteOrder::Little);
        short.interface(1, 0, &[]).enhanced(0, 0, b"a", &[]);
        let mut short = CaptureReader::new(Cursor::new(short.bytes)).unwrap();
        assert!(short.seek(&index, 3_100).is_err());
    }
}
