//! Several captures as one, in the order of time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::Read;

use rheos_core::{PacketSource, RawPacket, Timestamp};

use crate::error::Error;
use crate::reader::CaptureReader;
use crate::record::Record;

/// Lends the packets of several captures by time; those of the same time in the order of the
/// captures.
///
/// Each capture is read in its own order: where its times go back, so do those of the whole.
///
/// ```
/// use rheos_pcap::{CaptureReader, merge};
///
/// let file = |second: u8| {
///     let mut file = Vec::from(*b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\x01\0\0\0");
///     for number in 0..2 {
///         file.extend([second + 2 * number, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, second]);
///     }
///     file
/// };
/// let (odd, even) = (file(1), file(2));
/// let mut merged = merge([CaptureReader::new(&*odd)?, CaptureReader::new(&*even)?]);
/// let mut seen = Vec::new();
/// while let Some(packet) = merged.next_packet()? {
///     seen.push((packet.data[0], packet.interface));
/// }
/// assert_eq!(seen, [(1, 0), (2, 1), (1, 0), (2, 1)]);
/// # Ok::<(), rheos_pcap::Error>(())
/// ```
pub fn merge<R: Read>(captures: impl IntoIterator<Item = CaptureReader<R>>) -> Merge<R> {
    let inputs: Vec<_> = captures
        .into_iter()
        .map(|capture| Input { capture, head: None, interfaces: Vec::new() })
        .collect();
    let unread = (0..inputs.len()).rev().collect();
    Merge { inputs, heads: BinaryHeap::new(), unread, source: 0, interfaces: Vec::new() }
}

/// Captures being merged, of [`merge`].
#[derive(Debug)]
pub struct Merge<R: Read> {
    inputs: Vec<Input<R>>,
    /// Time and number of each capture whose next packet is known.
    heads: BinaryHeap<Reverse<(Timestamp, usize)>>,
    /// Those whose next packet is not, the one to be read first at the end.
    unread: Vec<usize>,
    source: usize,
    /// Each interface that has had a packet: the capture, and its number there.
    interfaces: Vec<(usize, u32)>,
}

#[derive(Debug)]
struct Input<R: Read> {
    capture: CaptureReader<R>,
    /// The packet that is found and not yet taken.
    head: Option<Record>,
    /// Numbers in the whole, by those in the capture.
    interfaces: Vec<Option<u32>>,
}

impl<R: Read> Merge<R> {
    /// Lends the earliest packet. Its interface is numbered anew: see
    /// [`interfaces`](Self::interfaces).
    ///
    /// # Errors
    ///
    /// Those of a capture, which [`source`](Self::source) tells, once each. The others go on.
    pub fn next_packet(&mut self) -> Result<Option<RawPacket<'_>>, Error> {
        while let Some(number) = self.unread.pop() {
            let Some(input) = self.inputs.get_mut(number) else { continue };
            self.source = number;
            if let Some(record) = input.capture.peek()? {
                self.heads.push(Reverse((record.timestamp, number)));
                input.head = Some(record);
            }
        }
        let Some(Reverse((_, number))) = self.heads.pop() else { return Ok(None) };
        self.unread.push(number);
        self.source = number;
        let Some(input) = self.inputs.get_mut(number) else { return Ok(None) };
        let Some(record) = input.head.take() else { return Ok(None) };
        let own = record.interface as usize;
        if input.interfaces.len() <= own {
            input.interfaces.resize(own.saturating_add(1), None);
        }
        let interfaces = &mut self.interfaces;
        let interface = input.interfaces.get_mut(own).map_or(u32::MAX, |known| {
            *known.get_or_insert_with(|| {
                interfaces.push((number, record.interface));
                u32::try_from(interfaces.len().saturating_sub(1)).unwrap_or(u32::MAX)
            })
        });
        Ok(Some(RawPacket { interface, ..input.capture.take(record) }))
    }

    /// The number, from 0, of the capture of the last packet or error.
    pub fn source(&self) -> usize {
        self.source
    }

    /// The interfaces that have had a packet, in the order of [`RawPacket::interface`]: the number of
    /// the capture, and the one in the capture.
    pub fn interfaces(&self) -> &[(usize, u32)] {
        &self.interfaces
    }

    /// The captures, in their order.
    pub fn captures(&self) -> impl ExactSizeIterator<Item = &CaptureReader<R>> {
        self.inputs.iter().map(|input| &input.capture)
    }
}

impl<R: Read> PacketSource for Merge<R> {
    type Error = Error;

    fn next_packet(&mut self) -> Result<Option<RawPacket<'_>>, Error> {
        Self::next_packet(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::ByteOrder;
    use crate::sample::Sample;

    fn pcap(times: &[u32], name: &[u8]) -> Sample {
        let mut sample = Sample::pcap(ByteOrder::Little, 0xa1b2_c3d4, 0, 1);
        for &time in times {
            sample.record([time, 0], name, 1);
        }
        sample
    }

    /// Names and sources in the merged order, and the errors' sources.
    fn merged(samples: &[Sample]) -> (Vec<(u8, usize)>, Vec<usize>) {
        let captures = samples.iter().map(|own| CaptureReader::new(own.bytes.as_slice()).unwrap());
        let mut merged = merge(captures);
        let (mut seen, mut faulty) = (Vec::new(), Vec::new());
        loop {
            match merged.next_packet() {
                Ok(Some(packet)) => {
                    let name = packet.data[0];
                    seen.push((name, merged.source()));
                }
                Ok(None) => break,
                Err(_) => faulty.push(merged.source()),
            }
        }
        (seen, faulty)
    }

    #[test]
    fn packets_of_one_time_keep_the_order_of_the_captures() {
        let samples =
            [pcap(&[1, 5, 5], b"a"), pcap(&[1, 5], b"b"), pcap(&[], b"c"), pcap(&[2], b"d")];
        let (seen, faulty) = merged(&samples);
        let expected = [(b'a', 0), (b'b', 1), (b'd', 3), (b'a', 0), (b'a', 0), (b'b', 1)];
        assert_eq!((seen.as_slice(), faulty.len()), (expected.as_slice(), 0));
    }

    #[test]
    fn a_capture_that_fails_costs_no_packet_of_another() {
        let mut cut = pcap(&[1, 3], b"a");
        cut.raw(b"half");
        let (seen, faulty) = merged(&[cut, pcap(&[2, 4], b"b")]);
        assert_eq!(seen, [(b'a', 0), (b'b', 1), (b'a', 0), (b'b', 1)]);
        assert_eq!(faulty, [0]);
    }

    #[test]
    fn interfaces_of_all_captures_have_numbers_of_their_own() {
        let mut first = Sample::pcapng(ByteOrder::Big);
        first.interface(1, 0, &[]).interface(113, 0, &[]);
        first.enhanced(1, 1_000_000, b"a", &[]).enhanced(0, 3_000_000, b"a", &[]);
        let second = pcap(&[2, 4], b"b");
        let captures =
            [&first, &second].map(|own| CaptureReader::new(own.bytes.as_slice()).unwrap());
        let mut merged = merge(captures);
        let mut seen = Vec::new();
        while let Some(packet) = merged.next_packet().unwrap() {
            seen.push((packet.interface, packet.link_type.0));
        }
        assert_eq!(seen, [(0, 113), (1, 1), (2, 1), (1, 1)]);
        assert_eq!(merged.interfaces(), [(0, 1), (1, 0), (0, 0)]);
        assert!(merged.captures().all(|capture| capture.packets_read() == 2));
    }
}
