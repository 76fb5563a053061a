//! Hex dumps as tools print them, read back into bytes.
//!
//! A line is an offset, bytes in hexadecimal, and perhaps the same bytes as text. What stands
//! between the columns differs from tool to tool, so the columns are told apart by the gaps between
//! them and by the offset of the line that follows.

use std::io::BufRead;

use crate::error::Error;
use crate::time::{self, Stamp};

/// The longest line that is read: a packet as one line of digits has two for each byte.
const MAX_LINE: u64 = 1 << 20;
/// The longest packet, as in the captures of other tools.
const MAX_PACKET: usize = 262_144;
/// Bytes in a line, where no line tells.
const USUAL_WIDTH: usize = 16;
/// Bytes after which some tools leave a wider gap.
const MIDDLE: usize = 8;
/// A gap that parts bytes from text wherever it stands.
const WIDE_GAP: usize = 3;

/// How offsets are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Offsets {
    /// Hexadecimal, as most tools do
    #[default]
    Hex,
    /// Decimal
    Dec,
    /// Octal, as od does if nothing else is asked for
    Oct,
    /// There are none: each line is a packet
    None,
}

/// A packet of a dump.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Dumped {
    pub(super) bytes: Vec<u8>,
    /// When, if the text in front says so.
    pub(super) time: Option<Stamp>,
}

/// Reads packets from a dump, one by one.
pub(super) struct HexDump<R> {
    text: R,
    offsets: Offsets,
    line: u64,
    /// The packet being read.
    packet: Dumped,
    /// Bytes of its last line, and where they start.
    last: (usize, usize),
    /// A star stands for lines like the last one.
    is_repeated: bool,
    /// Time in front of the next packet.
    time: Option<Stamp>,
    has_ended: bool,
}

impl<R: BufRead> HexDump<R> {
    pub(super) fn new(text: R, offsets: Offsets) -> Self {
        Self {
            text,
            offsets,
            line: 0,
            packet: Dumped::default(),
            last: (0, 0),
            is_repeated: false,
            time: None,
            has_ended: false,
        }
    }

    /// The number of the line read last.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// The next packet with bytes in it.
    pub(super) fn next(&mut self) -> Result<Option<Dumped>, Error> {
        let mut line = Vec::new();
        while !self.has_ended {
            line.clear();
            let mut limited = std::io::Read::take(&mut self.text, MAX_LINE);
            let length = limited
                .read_until(b'\n', &mut line)
                .map_err(|error| self.wrong(&format!("cannot read: {error}")))?;
            self.line = self.line.saturating_add((length > 0).into());
            if length as u64 == MAX_LINE && !line.ends_with(b"\n") {
                return Err(self.wrong("a line of more than a million bytes"));
            }
            let ended = if length == 0 {
                self.has_ended = true;
                Some(self.start_packet())
            } else {
                self.take_line(line.trim_ascii_end())?
            };
            if let Some(packet) = ended.filter(|packet| !packet.bytes.is_empty()) {
                return Ok(Some(packet));
            }
        }
        Ok(None)
    }

    /// Takes one line; the packet that ends in front of it, if one does.
    fn take_line(&mut self, line: &[u8]) -> Result<Option<Dumped>, Error> {
        let text = line.trim_ascii_start();
        if text == b"*" && !self.packet.bytes.is_empty() {
            self.is_repeated = true;
            return Ok(None);
        }
        if self.offsets == Offsets::None {
            let (bytes, rest) = bytes_of(text, MAX_PACKET);
            let is_packet = !bytes.is_empty() && rest.is_empty();
            let ended = is_packet.then(|| self.start_packet());
            if is_packet {
                self.append(&bytes)?;
            }
            return Ok(ended);
        }
        let found = self.offset_of(text).map(|(offset, rest)| {
            let (bytes, behind) = bytes_of(rest, MAX_PACKET);
            (offset, rest, bytes.is_empty() && !behind.is_empty())
        });
        let Some((offset, rest, false)) = found else {
            // What stands between two packets is prose: a time, if it can be read as one.
            self.time = time::find(text).or(self.time);
            return Ok(None);
        };
        let mut ended = None;
        if offset == 0 {
            ended = Some(self.start_packet());
        } else {
            self.settle(offset)?;
        }
        let (bytes, _) = bytes_of(rest, self.width());
        self.last = (self.packet.bytes.len(), bytes.len());
        self.append(&bytes)?;
        Ok(ended)
    }

    /// Ends the packet being read and starts the next, at the time told in front of it.
    fn start_packet(&mut self) -> Dumped {
        let time = self.time.take();
        self.last = (0, 0);
        self.is_repeated = false;
        std::mem::replace(&mut self.packet, Dumped { bytes: Vec::new(), time })
    }

    /// Makes what is there as long as the offset of the next line says: text that was taken for
    /// bytes goes, and lines that a star stands for come.
    fn settle(&mut self, offset: usize) -> Result<(), Error> {
        let have = self.packet.bytes.len();
        let (start, length) = self.last;
        if std::mem::take(&mut self.is_repeated) && offset > have && length > 0 {
            if offset > MAX_PACKET {
                return Err(self.wrong("a packet of more than 262144 bytes"));
            }
            let line = self.packet.bytes.get(start..).unwrap_or_default().to_vec();
            let missing = offset.saturating_sub(have);
            self.packet.bytes.extend(line.iter().cycle().take(missing));
            return Ok(());
        }
        if offset > have || offset < start {
            return Err(self.wrong(&format!("offset {offset:#x} where {have:#x} is due")));
        }
        self.packet.bytes.truncate(offset);
        Ok(())
    }

    /// The most bytes of a line: as many as the lines above have.
    fn width(&self) -> usize {
        let (start, length) = self.last;
        let settled = self.packet.bytes.len().saturating_sub(start).min(length);
        // A longer first line than usual shows only when the second tells where it starts.
        if settled == 0 { MAX_PACKET } else { settled.max(USUAL_WIDTH) }
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.packet.bytes.extend_from_slice(bytes);
        if self.packet.bytes.len() > MAX_PACKET {
            return Err(self.wrong("a packet of more than 262144 bytes"));
        }
        Ok(())
    }

    /// The offset at the front, and what stands behind it.
    fn offset_of<'t>(&self, text: &'t [u8]) -> Option<(usize, &'t [u8])> {
        let radix = match self.offsets {
            Offsets::Hex | Offsets::None => 16,
            Offsets::Dec => 10,
            Offsets::Oct => 8,
        };
        let text = text.strip_prefix(b"0x").unwrap_or(text);
        let is_digit = |byte: &u8| char::from(*byte).is_digit(radix);
        let end = text.iter().position(|byte| !is_digit(byte)).unwrap_or(text.len());
        let (digits, rest) = text.split_at_checked(end)?;
        let is_parted = rest.first().is_none_or(|byte| b" \t:|".contains(byte));
        // Two digits are a byte, and a time of day has digits behind its colon.
        let is_clock = rest.starts_with(b":") && rest.get(1).is_some_and(u8::is_ascii_digit);
        if digits.len() < 3 || !is_parted || is_clock {
            return None;
        }
        let digits = std::str::from_utf8(digits).ok()?;
        let offset = usize::from_str_radix(digits, radix).ok()?;
        Some((offset, rest.strip_prefix(b":").unwrap_or(rest)))
    }

    fn wrong(&self, what: &str) -> Error {
        Error::Dump { line: self.line, message: what.to_owned() }
    }
}

/// The bytes at the front of a line, at most so many, and what stands behind them.
fn bytes_of(mut text: &[u8], most: usize) -> (Vec<u8>, &[u8]) {
    let mut bytes: Vec<u8> = Vec::new();
    while bytes.len() < most {
        let word_at = text.iter().position(|byte| !b" \t".contains(byte)).unwrap_or(text.len());
        let is_tab = text.get(..word_at).is_some_and(|gap| gap.contains(&b'\t'));
        let is_wide = word_at >= WIDE_GAP || word_at == 2 && bytes.len() != MIDDLE;
        if !bytes.is_empty() && is_wide && !is_tab {
            break;
        }
        let word = text.get(word_at..).unwrap_or_default();
        let end = word.iter().position(|byte| b" \t".contains(byte)).unwrap_or(word.len());
        let (word, rest) = word.split_at_checked(end).unwrap_or_default();
        let Some(more) = hex(word) else { break };
        bytes.extend(more);
        text = rest;
    }
    bytes.truncate(most);
    (bytes, text.trim_ascii())
}

/// The bytes of a word of pairs of digits.
fn hex(word: &[u8]) -> Option<Vec<u8>> {
    let (pairs, rest) = word.as_chunks::<2>();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    if pairs.is_empty() || !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|&[high, low]| Some(digit(high)? << 4 | digit(low)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, offsets: Offsets) -> Result<Vec<Vec<u8>>, String> {
        let mut dump = HexDump::new(text.as_bytes(), offsets);
        let mut packets = Vec::new();
        while let Some(packet) = dump.next().map_err(|error| error.to_string())? {
            packets.push(packet.bytes);
        }
        Ok(packets)
    }

    #[track_caller]
    fn check(text: &str, expected: &[&[u8]]) {
        assert_eq!(read(text, Offsets::Hex).unwrap(), expected);
    }

    const TWENTY: &[u8] = b"abcdefgh ABCDEFG de\n";

    #[test]
    fn the_dumps_of_many_tools_are_read() {
        // tcpdump -X, xxd, hexdump -C, od -Ax -tx1z, tshark -x, of the same twenty bytes.
        check(
            "12:00:00.1 IP a > b: x\n\
             \t0x0000:  6162 6364 6566 6768 2041 4243 4445 4647  abcdefgh.ABCDEFG\n\
             \t0x0010:  2064 650a                                .de.\n",
            &[TWENTY],
        );
        check(
            "00000000: 6162 6364 6566 6768 2041 4243 4445 4647  abcdefgh ABCDEFG\n\
             00000010: 2064 650a                                 de.\n",
            &[TWENTY],
        );
        check(
            "00000000  61 62 63 64 65 66 67 68  20 41 42 43 44 45 46 47  |abcdefgh ABCDEFG|\n\
             00000010  20 64 65 0a                                       | de.|\n00000014\n",
            &[TWENTY],
        );
        check(
            "000000 61 62 63 64 65 66 67 68 20 41 42 43 44 45 46 47  >abcdefgh ABCDEFG<\n\
             000010 20 64 65 0a                                      > de.<\n000014\n",
            &[TWENTY],
        );
        check(
            "0000  61 62 63 64 65 66 67 68 20 41 42 43 44 45 46 47   abcdefgh ABCDEFG\n\
             0010  20 64 65 0a                                        de.\n",
            &[TWENTY],
        );
    }

    #[test]
    fn text_that_looks_like_bytes_is_none() {
        check(
            "0000  61 62 63 64 65 66 67 68 20 41 42 43 44 45 46 47   ab cd ef\n\
             0010  20 64                                             de\n",
            &[b"abcdefgh ABCDEFG d"],
        );
        // With one space in front of the text, only the next offset tells.
        check("000 61 62 63 64 de ad\n004 65 66\n", &[b"abcdef"]);
    }

    #[test]
    fn offset_zero_starts_a_packet() {
        check("0000 61 62\n0000 63\n\nwords\n0000 64\n", &[b"ab", b"c", b"d"]);
        check("no dump at all\n12 34 56\nadded words\n", &[]);
        check("", &[]);
    }

    #[test]
    fn a_star_stands_for_lines_like_the_last() {
        check("0000 61 62 63 64\n*\n000c 65\n000d\n", &[b"abcdabcdabcde"]);
        let error = read("0000 61 62 63 64\n*\nffffff 65\n", Offsets::Hex).unwrap_err();
        assert_eq!(error, "line 3: a packet of more than 262144 bytes");
    }

    #[test]
    fn an_offset_that_is_not_due_is_an_error() {
        let error = read("0000 61 62\n0010 63\n", Offsets::Hex).unwrap_err();
        assert_eq!(error, "line 2: offset 0x10 where 0x2 is due");
        let error = read("0010 63\n", Offsets::Hex).unwrap_err();
        assert_eq!(error, "line 1: offset 0x10 where 0x0 is due");
    }

    #[test]
    fn offsets_are_of_any_base_or_none() {
        let all = vec![b"abcdefgh".to_vec()];
        assert_eq!(read("000 61 62 63 64 65 66 67\n007 68\n", Offsets::Oct).unwrap(), all);
        let long = "0000 61 62 63 64 65 66 67 68 61\n0009 68\n";
        assert_eq!(read(long, Offsets::Dec).unwrap(), [b"abcdefghah"]);
        let lines = "6162\n# words\n63 64\n\n";
        assert_eq!(read(lines, Offsets::None).unwrap(), [b"ab", b"cd"]);
    }

    #[test]
    fn the_time_in_front_is_that_of_the_packet() {
        let mut dump = HexDump::new(
            &b"1700000000.5 IP x\n0000 61\n0000 62\n2023-11-14 22:13:21 y\n0000 63"[..],
            Offsets::Hex,
        );
        let mut times = Vec::new();
        while let Some(packet) = dump.next().unwrap() {
            times.push(packet.time.map(|time| time.on(0)));
        }
        let nanos = [1_700_000_000_500_000_000, 1_700_000_001_000_000_000];
        assert_eq!(times, [Some(nanos[0]), None, Some(nanos[1])]);
    }
}
