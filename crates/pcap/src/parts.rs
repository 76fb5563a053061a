//! One pcap file in several parts, for several threads: positioned reads, and places between two
//! records that are sought among the bytes.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use crate::buffer::Buffer;
use crate::error::Error;
use crate::pcap::Pcap;
use crate::reader::{CaptureReader, Dialect};

/// Records that have to stand in a row where a part starts: more than a packet of libpcap's longest
/// holds of a capture that was sent through the captured network.
const CHAIN: usize = 64;

/// Parts shorter than this are not worth a thread.
const MIN_PART: u64 = 4 * 1024 * 1024;

/// A part of a file: reads it from one place to another without a position shared with others.
#[derive(Debug)]
pub struct FilePart {
    file: Arc<File>,
    next: u64,
    end: u64,
}

impl Read for FilePart {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(self.end.saturating_sub(self.next)).unwrap_or(usize::MAX);
        let length = rest.min(space.len());
        let count = read_at(&self.file, space.get_mut(..length).unwrap_or_default(), self.next)?;
        self.next = self.next.saturating_add(count as u64);
        Ok(count)
    }
}

#[cfg(unix)]
fn read_at(file: &File, space: &mut [u8], place: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, space, place)
}

#[cfg(windows)]
fn read_at(file: &File, space: &mut [u8], place: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, space, place)
}

/// Opens a file as at most so many parts, each to be read by a thread of its own: together, in their
/// order, they are the capture.
///
/// Only a pcap file that is not compressed and is long enough has more than one part: in pcapng what
/// describes a packet may stand anywhere in front of it.
///
/// Where a part starts is told by many plausible records in a row, not by the ones in front. It is
/// certain when the part in front has been read: if a record of that reaches into this one, the part
/// in front ends in [`Error::Truncated`], and the file is to be read as one. Packets are counted in
/// each part from 1; offsets are those of the file.
///
/// # Errors
///
/// As of [`open`](crate::open).
pub fn open_parts(
    path: impl AsRef<Path>,
    parts: usize,
) -> Result<Vec<CaptureReader<FilePart>>, Error> {
    let path = path.as_ref();
    let opened = File::open(path).and_then(|file| {
        let data = file.metadata()?;
        if data.is_dir() { Err(io::ErrorKind::IsADirectory.into()) } else { Ok((file, data.len())) }
    });
    let (file, end) = opened.map_err(|source| Error::Open { path: path.to_owned(), source })?;
    let file = Arc::new(file);
    split(&file, end, parts, MIN_PART)
}

fn split(
    file: &Arc<File>,
    end: u64,
    parts: usize,
    min_part: u64,
) -> Result<Vec<CaptureReader<FilePart>>, Error> {
    let part = |next, end| FilePart { file: Arc::clone(file), next, end };
    // What grows meanwhile, and what is no regular file, is read to its end in one part.
    let whole = CaptureReader::with_thread(part(0, u64::MAX));
    let mut first = whole?.tell_variant()?;
    let count = end.checked_div(min_part).unwrap_or_default().min(parts as u64);
    let (Dialect::Pcap(pcap, interface), true) = (&first.dialect, count > 1) else {
        return Ok(vec![first]);
    };
    if first.compression().is_some() {
        return Ok(vec![first]);
    }
    let (mut pcap, interface) = (*pcap, interface.clone());
    let start = first.position();
    pcap.learn(&mut first.buffer)?;

    let mut starts = vec![start];
    let length = end.saturating_sub(start).checked_div(count).unwrap_or_default();
    for number in 1..count {
        let wanted = start.saturating_add(length.saturating_mul(number));
        let mut buffer = Buffer::at(part(wanted, end), wanted);
        let found = boundary(&pcap, &mut buffer, wanted.saturating_add(length))?;
        starts.extend(found.filter(|found| starts.last() < Some(found)));
    }
    let ends = starts.iter().skip(1).copied().chain([end]);
    let parts = starts.iter().zip(ends).map(|(&start, end)| {
        let buffer = Buffer::at(part(start, end), start);
        CaptureReader::from_dialect(buffer, Dialect::Pcap(pcap.afresh(), interface.clone()))
    });
    Ok(parts.collect())
}

/// The first place in the window and behind it, in front of `limit`, where records stand in a row.
fn boundary(pcap: &Pcap, buffer: &mut Buffer<FilePart>, limit: u64) -> Result<Option<u64>, Error> {
    while buffer.position() < limit && buffer.has(pcap.smallest(), 1)? {
        if pcap.plausible(buffer, 0, 1)? && pcap.chain(buffer, CHAIN)? {
            return Ok(Some(buffer.position()));
        }
        buffer.take(1);
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;
    use crate::order::ByteOrder;
    use crate::sample::{Sample, read_whole};

    /// What the parts of a file of these bytes hold, and how many they are.
    fn parts(bytes: &[u8], count: usize) -> (Vec<Vec<u8>>, usize) {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        let parts = split(&Arc::new(file), bytes.len() as u64, count, 10_000).unwrap();
        let number = parts.len();
        let threads: Vec<_> = parts
            .into_iter()
            .map(|mut part| {
                std::thread::spawn(move || {
                    part.packets().map(|own| own.unwrap().as_raw().data.to_vec()).collect()
                })
            })
            .collect();
        let data: Vec<Vec<Vec<u8>>> =
            threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        (data.concat(), number)
    }

    fn sample() -> Sample {
        let mut sample = Sample::pcap(ByteOrder::Little, 0xa1b2_c3d4, 0, 1);
        for number in 0..5_000_u32 {
            let data = number.to_le_bytes().repeat(1 + number as usize % 20);
            sample.record([1_700_000_000 + number / 9, number], &data, 80);
        }
        sample
    }

    #[test]
    fn the_parts_are_the_capture() {
        let sample = sample();
        let whole: Vec<_> = read_whole(&sample.bytes).into_iter().map(|own| own.data).collect();
        for count in [1, 2, 3, 8] {
            let (data, number) = parts(&sample.bytes, count);
            assert_eq!(number, count);
            assert!(data == whole, "{count} parts");
        }
    }

    #[test]
    fn parts_have_the_longer_packet_headers_of_the_whole() {
        let mut sample = Sample::pcap(ByteOrder::Big, 0xa1b2_c3d4, 0, 1);
        let packet = |number: u32| number.to_be_bytes().repeat(15 + number as usize % 20);
        for number in 0..5_000 {
            let data = packet(number);
            // The four bytes of Nokia's variant.
            sample
                .words(&[1_700_000_000 + number / 9, number, data.len() as u32, 140, 7])
                .raw(&data);
        }
        let (data, number) = parts(&sample.bytes, 4);
        assert_eq!(number, 4);
        assert!(data.into_iter().eq((0..5_000).map(packet)));
    }

    #[test]
    fn captures_inside_packets_are_not_taken_for_parts() {
        let inner = sample();
        let mut sample = Sample::pcap(ByteOrder::Little, 0xa1b2_c3d4, 0, 1);
        for (number, piece) in inner.bytes.chunks(1_400).enumerate() {
            sample.record([1_700_000_000, number as u32], piece, 1_400);
        }
        let whole: Vec<_> = read_whole(&sample.bytes).into_iter().map(|own| own.data).collect();
        let (data, number) = parts(&sample.bytes, 4);
        assert_eq!(number, 4);
        assert!(data == whole);
    }

    #[test]
    fn a_part_that_starts_inside_a_record_of_another_is_found_out() {
        // One packet holds the whole of a capture.
        let inner = sample();
        let mut sample = Sample::pcap(ByteOrder::Little, 0xa1b2_c3d4, 0, 1);
        let length = inner.bytes.len() as u32;
        sample.record([1_700_000_000, 0], &inner.bytes, length);
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&sample.bytes).unwrap();
        let end = sample.bytes.len() as u64;
        let mut parts = split(&Arc::new(file), end, 2, 10_000).unwrap();
        assert!(matches!(parts[0].next_packet(), Err(Error::Truncated { .. })));
    }

    proptest! {
        #[test]
        fn any_parts_are_the_capture_or_say_that_they_are_not(
            records in prop::collection::vec((0..16_000_usize, 0..200_000_usize), 1..40),
            count in 2..6_usize,
        ) {
            // Each record is some of a capture, often more than enough to be taken for a part.
            let inner = sample();
            let mut sample = Sample::pcap(ByteOrder::Little, 0xa1b2_c3d4, 0, 1);
            for (number, (length, start)) in records.into_iter().enumerate() {
                let data = &inner.bytes[start..start + length];
                sample.record([1_700_000_000, number as u32], data, length as u32);
            }
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&sample.bytes).unwrap();
            let end = sample.bytes.len() as u64;
            let mut seen = Vec::new();
            for mut part in split(&Arc::new(file), end, count, 2_000).unwrap() {
                loop {
                    match part.next_packet() {
                        Ok(Some(packet)) => seen.push(packet.data.to_vec()),
                        Ok(None) => break,
                        // This one starts in front of where the next one does: that is wrong there.
                        Err(error) => {
                            prop_assert!(matches!(error, Error::Truncated { .. }), "{error}");
                            return Ok(());
                        }
                    }
                }
            }
            let whole = read_whole(&sample.bytes).into_iter().map(|own| own.data);
            prop_assert!(whole.eq(seen));
        }
    }

    #[test]
    fn other_formats_are_one_part() {
        let mut sample = Sample::pcapng(ByteOrder::Big);
        sample.interface(1, 0, &[]);
        for _ in 0..1_000 {
            sample.enhanced(0, 0, b"abcdefgh", &[]);
        }
        let (data, number) = parts(&sample.bytes, 4);
        assert_eq!((data.len(), number), (1_000, 1));
    }
}
