//! Packets that are their own: one by one, and many in one piece of memory.

use std::fmt;
use std::io::Read;
use std::ops::Range;

use rheos_core::{Comments, Direction, LinkType, RawPacket, Timestamp};

use crate::error::Error;
use crate::reader::CaptureReader;

/// Length of a comment, in front of it.
const LENGTH: usize = size_of::<u32>();

/// A packet that does not borrow from the capture.
#[derive(Clone)]
pub struct OwnedPacket {
    place: Place,
    bytes: Vec<u8>,
}

impl OwnedPacket {
    /// The packet, borrowed from this.
    pub fn as_raw(&self) -> RawPacket<'_> {
        self.place.packet(&self.bytes)
    }
}

impl From<&RawPacket<'_>> for OwnedPacket {
    fn from(packet: &RawPacket<'_>) -> Self {
        let mut bytes = Vec::new();
        Self { place: Place::store(&mut bytes, packet), bytes }
    }
}

impl PartialEq for OwnedPacket {
    fn eq(&self, other: &Self) -> bool {
        self.as_raw() == other.as_raw()
    }
}

impl Eq for OwnedPacket {}

impl fmt::Debug for OwnedPacket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_raw().fmt(f)
    }
}

/// The packets of a capture, each its own, of [`CaptureReader::packets`].
#[derive(Debug)]
pub struct Packets<'a, R: Read> {
    capture: &'a mut CaptureReader<R>,
}

impl<R: Read> Iterator for Packets<'_, R> {
    type Item = Result<OwnedPacket, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.capture.next_packet();
        next.map(|packet| packet.as_ref().map(OwnedPacket::from)).transpose()
    }
}

/// Packets in a row, in one piece of memory that is used again: to be handed to another thread.
///
/// ```
/// use rheos_pcap::{Batch, CaptureReader};
///
/// let mut file = Vec::from(*b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\x01\0\0\0");
/// for _ in 0..5 {
///     file.extend(*b"\x00\xf1\x53\x65\x05\0\0\0\x02\0\0\0\x3c\0\0\0hi");
/// }
/// let mut capture = CaptureReader::new(file.as_slice())?;
/// let mut batch = Batch::default();
/// assert_eq!(capture.next_batch(&mut batch, 3)?, 3);
/// assert_eq!(capture.next_batch(&mut batch, 3)?, 2);
/// assert_eq!(batch.first(), 4);
/// assert!(batch.iter().all(|packet| packet.data == b"hi"));
/// assert_eq!(capture.next_batch(&mut batch, 3)?, 0);
/// # Ok::<(), rheos_pcap::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Batch {
    first: u64,
    places: Vec<Place>,
    bytes: Vec<u8>,
}

impl Batch {
    /// The number, from 1, of the first packet in the capture.
    pub fn first(&self) -> u64 {
        self.first
    }

    /// How many packets there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// A packet, counted from 0.
    pub fn get(&self, number: usize) -> Option<RawPacket<'_>> {
        self.places.get(number).map(|place| place.packet(&self.bytes))
    }

    /// The packets, in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = RawPacket<'_>> {
        self.places.iter().map(|place| place.packet(&self.bytes))
    }
}

impl<R: Read> CaptureReader<R> {
    /// The packets, each its own, up to the end or an error.
    pub fn packets(&mut self) -> Packets<'_, R> {
        Packets { capture: self }
    }

    /// Puts the next packets, at most so many, into `batch` in place of what is there; returns how
    /// many. None is the end.
    ///
    /// # Errors
    ///
    /// As of [`next_packet`](Self::next_packet). The packets in front of the error are in the batch.
    pub fn next_batch(&mut self, batch: &mut Batch, packets: usize) -> Result<usize, Error> {
        batch.places.clear();
        batch.bytes.clear();
        batch.first = self.packets.saturating_add(1);
        while batch.places.len() < packets
            && let Some(packet) = self.next_packet()?
        {
            batch.places.push(Place::store(&mut batch.bytes, &packet));
        }
        Ok(batch.places.len())
    }
}

/// What is said of a packet, and where in some bytes its own are.
#[derive(Clone, Debug)]
struct Place {
    timestamp: Timestamp,
    link_type: LinkType,
    original_length: u32,
    interface: u32,
    direction: Direction,
    data: Range<usize>,
    comments: Range<usize>,
}

impl Place {
    /// Puts the bytes of a packet behind others.
    fn store(bytes: &mut Vec<u8>, packet: &RawPacket<'_>) -> Self {
        let start = bytes.len();
        bytes.extend_from_slice(packet.data);
        let data = bytes.len();
        for comment in &packet.comments {
            let length = u32::try_from(comment.len()).unwrap_or(u32::MAX);
            bytes.extend(length.to_ne_bytes());
            bytes.extend_from_slice(comment);
        }
        Self {
            timestamp: packet.timestamp,
            link_type: packet.link_type,
            original_length: packet.original_length,
            interface: packet.interface,
            direction: packet.direction,
            data: start..data,
            comments: data..bytes.len(),
        }
    }

    fn packet<'a>(&self, bytes: &'a [u8]) -> RawPacket<'a> {
        let comments = bytes.get(self.comments.clone()).unwrap_or_default();
        RawPacket {
            timestamp: self.timestamp,
            link_type: self.link_type,
            original_length: self.original_length,
            interface: self.interface,
            direction: self.direction,
            comments: Comments::new(comments, next_comment),
            data: bytes.get(self.data.clone()).unwrap_or_default(),
        }
    }
}

/// Takes the next comment off the front.
fn next_comment<'a>(packed: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = packed.split_first_chunk::<LENGTH>()?;
    let (comment, rest) = rest.split_at_checked(u32::from_ne_bytes(*length) as usize)?;
    *packed = rest;
    Some(comment)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::ByteOrder;
    use crate::sample::Sample;

    fn sample() -> Sample {
        let mut sample = Sample::pcapng(ByteOrder::Big);
        sample.interface(1, 0, &[]).interface(113, 0, &[]);
        sample.enhanced(0, 5, b"abc", &[(1, b"one"), (1, b""), (1, b"three")]);
        sample.enhanced(1, 6, b"", &[(2, &[0, 0, 0, 2])]).enhanced(0, 7, b"defgh", &[]);
        sample
    }

    #[test]
    fn an_owned_packet_says_what_the_lent_one_said() {
        let sample = sample();
        let mut lent = CaptureReader::new(sample.bytes.as_slice()).unwrap();
        let mut owned = CaptureReader::new(sample.bytes.as_slice()).unwrap();
        for packet in owned.packets() {
            let packet = packet.unwrap();
            assert_eq!(Some(packet.as_raw()), lent.next_packet().unwrap());
            assert_eq!(packet, packet.clone());
        }
        assert!(lent.next_packet().unwrap().is_none());
        assert_eq!(owned.packets_read(), 3);
    }

    #[test]
    fn an_error_is_the_last_item() {
        let mut sample = sample();
        sample.raw(b"half");
        let mut capture = CaptureReader::new(sample.bytes.as_slice()).unwrap();
        let items: Vec<_> = capture.packets().collect();
        assert_eq!(items.len(), 4);
        assert!(matches!(items[3], Err(Error::Truncated { packet: 4, .. })));
        assert!(capture.packets().next().is_none());
    }

    #[test]
    fn a_batch_holds_the_packets_in_front_of_an_error() {
        let mut sample = sample();
        sample.raw(b"half");
        let mut lent = CaptureReader::new(sample.bytes.as_slice()).unwrap();
        let mut capture = CaptureReader::new(sample.bytes.as_slice()).unwrap();
        let mut batch = Batch::default();
        assert!(matches!(capture.next_batch(&mut batch, 9), Err(Error::Truncated { .. })));
        assert_eq!((batch.len(), batch.first(), batch.is_empty()), (3, 1, false));
        for packet in batch.iter() {
            assert_eq!(Some(packet), lent.next_packet().unwrap());
        }
        assert!(batch.get(3).is_none());
        assert_eq!(capture.next_batch(&mut batch, 9).unwrap(), 0);
        assert!(batch.is_empty());
    }
}
