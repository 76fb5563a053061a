//! snoop, [RFC 1761](https://www.rfc-editor.org/rfc/rfc1761): a header, then packets, all numbers in
//! big-endian order.
//!
//! ```text
//!  0                               16                             31
//! |                        original length                         |
//! |                        captured length                         |
//! |                  length of the record, padded                  |
//! |              packets dropped since the capture began           |
//! |               timestamp, seconds and microseconds              |
//! |                                                                |
//! |                         data and padding                       |
//! ```

use std::io::Read;

use rheos_core::{Direction, LinkType, Timestamp};

use crate::buffer::{Buffer, MAX_RECORD};
use crate::clock::Resolution;
use crate::error::Error;
use crate::interface::Interface;
use crate::order::ByteOrder;
use crate::record::Record;

/// The first half of the identification pattern.
const MAGIC: [u8; 4] = *b"snoo";
/// The identification pattern, a version and a type of link.
const FILE_HEADER: usize = 16;
/// Length of a packet header, the fewest bytes of a record.
pub(crate) const PACKET_HEADER: usize = 24;
/// The only version that was ever described.
const VERSION: u32 = 2;

/// The longest record that is plausible where one is looked for among damage.
const PLAUSIBLE: u32 = 0x4_0000;

/// Whether a file starts so.
pub(crate) fn starts(magic: [u8; 4]) -> bool {
    magic == MAGIC
}

/// Reads the file header.
pub(crate) fn open<R: Read>(buffer: &mut Buffer<R>) -> Result<Interface, Error> {
    buffer.hold(FILE_HEADER, 1)?;
    let words = ByteOrder::Big.words(buffer.take(FILE_HEADER));
    let ([_, end, version, link], _) = words.ok_or(Error::Empty)?;
    if end.to_be_bytes() != *b"p\0\0\0" {
        return Err(Error::UnknownFormat { magic: u32::from_be_bytes(MAGIC) });
    }
    if version != VERSION {
        return Err(Error::UnsupportedFormat { name: "a version of snoop other than 2" });
    }
    Ok(Interface::new(link_type(link), 0, Resolution::MICROSECOND))
}

/// Finds the next packet in the window.
pub(crate) fn next<R: Read>(
    buffer: &mut Buffer<R>,
    link_type: LinkType,
    packet: u64,
) -> Result<Option<Record>, Error> {
    if !buffer.hold(PACKET_HEADER, packet)? {
        return Ok(None);
    }
    let offset = buffer.position();
    let ([original_length, captured, length, _, seconds, micros], _) =
        ByteOrder::Big.words(buffer.window()).unwrap_or_default();
    let end = PACKET_HEADER.saturating_add(captured as usize);
    let length = length as usize;
    if end > length {
        let need = end as u64;
        return Err(Error::RecordLength { offset, length: length as u64, need, packet });
    }
    if length > MAX_RECORD {
        return Err(Error::Oversized { offset, length: length as u64, packet });
    }
    if !buffer.hold(length, packet)? {
        return Ok(None);
    }
    let nanos = i64::from(micros).saturating_mul(1_000);
    Ok(Some(Record {
        length,
        data: PACKET_HEADER..end,
        options: end..end,
        order: ByteOrder::Big,
        timestamp: Timestamp::from_secs(i64::from(seconds), nanos),
        link_type,
        original_length,
        interface: 0,
        direction: Direction::Unknown,
    }))
}

/// As [`next`], and an error for what cannot be a record, or has one inside.
pub(crate) fn next_credible<R: Read>(
    buffer: &mut Buffer<R>,
    link_type: LinkType,
    packet: u64,
) -> Result<Option<Record>, Error> {
    if !buffer.hold(PACKET_HEADER, packet)? {
        return Ok(None);
    }
    let offset = buffer.position();
    let length = sound(buffer.window()).ok_or(Error::Implausible { offset, packet })?;
    if !plausible(buffer, 0, packet)? && buffer.has(length, packet)? {
        // Either the length is wrong, or what is behind: a wrong one mostly is too long.
        for inside in 1..length {
            if plausible(buffer, inside, packet)? {
                return Err(Error::Implausible { offset, packet });
            }
        }
    }
    next(buffer, link_type, packet)
}

/// Whether a record seems to start so many bytes into the window, another or the end behind it.
pub(crate) fn plausible<R: Read>(
    buffer: &mut Buffer<R>,
    at: usize,
    packet: u64,
) -> Result<bool, Error> {
    let Some(length) = sound(buffer.window().get(at..).unwrap_or_default()) else {
        return Ok(false);
    };
    let end = at.saturating_add(length);
    if buffer.has(end.saturating_add(PACKET_HEADER), packet)? {
        return Ok(sound(buffer.window().get(end..).unwrap_or_default()).is_some());
    }
    buffer.has(end, packet)
}

/// The length of a record whose header makes sense.
fn sound(bytes: &[u8]) -> Option<usize> {
    let ([original, captured, length, _, _, micros], _) = ByteOrder::Big.words(bytes)?;
    let header = u32::try_from(PACKET_HEADER).ok()?;
    // Writers pad to four bytes, or not at all.
    let padding = length.checked_sub(header)?.checked_sub(captured)?;
    let sound = captured > 0 && captured <= original && micros < 1_000_000 && padding < 8;
    (sound && length <= PLAUSIBLE).then_some(length as usize)
}

/// The link type of a type in the file header: those of RFC 1761 and of the system's `sys/dlpi.h`
/// that have one.
fn link_type(link: u32) -> LinkType {
    match link {
        // IEEE 802.3 and Ethernet.
        0 | 4 => LinkType::ETHERNET,
        2 => LinkType::IEEE802_5,
        8 => LinkType::FDDI,
        16 => LinkType::IP_OVER_FC,
        18 => LinkType::SUNATM,
        _ => Interface::UNKNOWN_LINK_TYPE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Format;
    use crate::reader::CaptureReader;
    use crate::sample::{Sample, read, read_whole};

    fn sample(link: u32) -> Sample {
        let mut sample = Sample::new(ByteOrder::Big);
        sample.raw(b"snoop\0\0\0").words(&[2, link]).end(0);
        sample
    }

    fn record(sample: &mut Sample, data: &[u8], padding: &[u8]) {
        let length = (24 + data.len() + padding.len()) as u32;
        sample.words(&[60, data.len() as u32, length, 0, 1, 5]).raw(data).raw(padding).end(1);
    }

    #[test]
    fn packets_end_in_front_of_their_padding() {
        let mut sample = sample(4);
        record(&mut sample, b"abc", b"\xff");
        record(&mut sample, b"defg", b"");
        record(&mut sample, b"", b"");
        let seen = read_whole(&sample.bytes);
        let data: Vec<_> = seen.iter().map(|seen| &*seen.data).collect();
        assert_eq!(data, [b"abc".as_slice(), b"defg", b""]);
        assert!(seen.iter().all(|seen| seen.original_length == 60));
        assert!(seen.iter().all(|seen| seen.nanos == 1_000_005_000));
        let capture = CaptureReader::new(sample.bytes.as_slice()).unwrap();
        assert_eq!(capture.format(), Format::Snoop);
        assert_eq!(capture.interfaces()[0].link_type, LinkType::ETHERNET);
    }

    #[test]
    fn link_types_are_those_of_the_registry() {
        for (link, expected) in [
            (0, LinkType::ETHERNET),
            (2, LinkType::IEEE802_5),
            (8, LinkType::FDDI),
            (9, Interface::UNKNOWN_LINK_TYPE),
            (u32::MAX, Interface::UNKNOWN_LINK_TYPE),
        ] {
            let sample = sample(link);
            let capture = CaptureReader::new(sample.bytes.as_slice()).unwrap();
            assert_eq!(capture.interfaces()[0].link_type, expected);
        }
    }

    #[test]
    fn a_record_shorter_than_its_packet_ends_the_capture() {
        let mut sample = sample(4);
        record(&mut sample, b"abc", b"");
        sample.words(&[60, 60, 83, 0, 1, 5]).raw(&[0; 60]);
        let (seen, error) = read(&sample.bytes);
        assert_eq!(seen.len(), 1);
        let Some(Error::RecordLength { offset: 43, length: 83, need: 84, packet: 2 }) = error
        else {
            panic!("{error:?}");
        };
    }

    #[test]
    fn a_length_beyond_belief_is_an_error() {
        let mut sample = sample(4);
        sample.words(&[60, 60, u32::MAX, 0, 1, 5]);
        assert!(matches!(read(&sample.bytes).1, Some(Error::Oversized { packet: 1, .. })));
    }

    #[test]
    fn other_versions_and_patterns_are_refused() {
        let mut version = Sample::new(ByteOrder::Big);
        version.raw(b"snoop\0\0\0").words(&[3, 4]);
        assert!(matches!(read(&version.bytes).1, Some(Error::UnsupportedFormat { .. })));
        let error = read(b"snooze, and no capture").1;
        assert!(matches!(error, Some(Error::UnknownFormat { .. })), "{error:?}");
    }

    #[test]
    fn a_capture_cut_anywhere_lends_every_whole_packet() {
        let mut sample = sample(4);
        record(&mut sample, b"abc", b"\0");
        record(&mut sample, &[7; 40], b"");
        for cut in 16..sample.bytes.len() {
            let (seen, error) = read(&sample.bytes[..cut]);
            let whole = sample.ends.iter().rev().find(|ending| ending.at <= cut).unwrap();
            assert_eq!(seen.len(), whole.packets, "cut at byte {cut}");
            assert_eq!(error.is_some(), whole.at < cut, "cut at byte {cut}");
        }
    }
}
