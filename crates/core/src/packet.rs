//! A packet as it was captured, and where packets come from.

use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;

use crate::{LinkType, Timestamp};

/// A packet as it was captured: bytes, and what the capture says of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawPacket<'a> {
    /// When it was captured.
    pub timestamp: Timestamp,
    /// How [`data`](Self::data) starts.
    pub link_type: LinkType,
    /// Length on the wire, in bytes; more than was captured where a snap length cut the packet.
    pub original_length: u32,
    /// The interface that saw it, numbered from zero across the whole capture.
    pub interface: u32,
    /// Which way it crossed that interface.
    pub direction: Direction,
    /// What people wrote about it.
    pub comments: Comments<'a>,
    /// The bytes captured.
    pub data: &'a [u8],
}

impl<'a> RawPacket<'a> {
    /// A packet captured whole, on interface 0, without comments.
    pub fn new(timestamp: Timestamp, link_type: LinkType, data: &'a [u8]) -> Self {
        Self {
            timestamp,
            link_type,
            original_length: u32::try_from(data.len()).unwrap_or(u32::MAX),
            interface: 0,
            direction: Direction::Unknown,
            comments: Comments::default(),
            data,
        }
    }

    /// Whether a snap length cut the packet.
    pub fn is_cut(&self) -> bool {
        self.data.len() < self.original_length as usize
    }

    /// Length on the wire in bytes, or what was captured where a capture claims less than that.
    pub fn wire_length(&self) -> u64 {
        u64::from(self.original_length).max(self.data.len() as u64)
    }
}

/// Which way a packet crossed the interface that captured it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The capture does not say.
    #[default]
    Unknown,
    /// Received.
    Inbound,
    /// Sent.
    Outbound,
}

/// The comments on a packet, unpacked one by one from the form in which the capture holds them.
#[derive(Clone, Copy, Default)]
pub struct Comments<'a> {
    packed: &'a [u8],
    next: Option<Unpack>,
}

/// Takes the next comment off the front.
type Unpack = for<'b> fn(&mut &'b [u8]) -> Option<&'b [u8]>;

impl<'a> Comments<'a> {
    /// Comments packed in bytes, and the function that takes the next one off their front.
    pub fn new(packed: &'a [u8], next: Unpack) -> Self {
        Self { packed, next: Some(next) }
    }

    /// Each comment in turn: UTF-8 by the standard, any bytes in practice.
    pub fn iter(&self) -> CommentsIter<'a> {
        CommentsIter { rest: *self }
    }
}

impl<'a> IntoIterator for Comments<'a> {
    type Item = &'a [u8];
    type IntoIter = CommentsIter<'a>;

    fn into_iter(self) -> CommentsIter<'a> {
        self.iter()
    }
}

impl<'a> IntoIterator for &Comments<'a> {
    type Item = &'a [u8];
    type IntoIter = CommentsIter<'a>;

    fn into_iter(self) -> CommentsIter<'a> {
        self.iter()
    }
}

impl PartialEq for Comments<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Comments<'_> {}

impl fmt::Debug for Comments<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(String::from_utf8_lossy)).finish()
    }
}

/// The comments of [`Comments::iter`].
#[derive(Clone, Debug)]
pub struct CommentsIter<'a> {
    rest: Comments<'a>,
}

impl<'a> Iterator for CommentsIter<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        self.rest.next.and_then(|next| next(&mut self.rest.packed))
    }
}

/// Where packets come from: a file, an interface, memory.
pub trait PacketSource {
    /// Why a packet could not be had.
    type Error: std::error::Error;

    /// Lends the next packet, until `None`.
    ///
    /// # Errors
    ///
    /// What the source says. The packets before it have all been lent.
    fn next_packet(&mut self) -> Result<Option<RawPacket<'_>>, Self::Error>;

    /// Shows packets that are lent next and are in memory already, at most so many, in their order. Nothing is read
    /// and nothing is taken, so that it never waits; a source that cannot look ahead shows none.
    fn look_ahead(&self, _most: usize, _look: impl FnMut(&RawPacket<'_>))
    where
        Self: Sized,
    {
    }
}

/// Packets of an iterator, as a source: those that a program has in memory, or makes.
///
/// ```
/// use rheos_core::{LinkType, PacketSource, Packets, RawPacket, Timestamp};
///
/// let frames = [vec![0x45; 20], vec![0x45; 40]];
/// let packets = (0..).zip(&frames).map(|(second, frame)| {
///     RawPacket::new(Timestamp::from_secs(second, 0), LinkType::IPV4, frame)
/// });
/// let (mut source, mut bytes) = (Packets::new(packets), 0);
/// while let Some(packet) = source.next_packet()? {
///     bytes += packet.data.len();
/// }
/// assert_eq!(bytes, 60);
/// # Ok::<(), std::convert::Infallible>(())
/// ```
#[derive(Clone, Debug)]
pub struct Packets<'p, I> {
    packets: I,
    lent: PhantomData<RawPacket<'p>>,
}

impl<'p, I: Iterator<Item = RawPacket<'p>>> Packets<'p, I> {
    /// The packets of this iterator.
    pub fn new(packets: impl IntoIterator<IntoIter = I>) -> Self {
        Self { packets: packets.into_iter(), lent: PhantomData }
    }
}

impl<'p, I: Iterator<Item = RawPacket<'p>>> PacketSource for Packets<'p, I> {
    type Error = Infallible;

    fn next_packet(&mut self) -> Result<Option<RawPacket<'_>>, Infallible> {
        Ok(self.packets.next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_original_length_never_hides_captured_bytes() {
        let packet = RawPacket::new(Timestamp::default(), LinkType::ETHERNET, &[0; 60]);
        let lies = RawPacket { original_length: 14, ..packet };
        assert_eq!((lies.wire_length(), lies.is_cut()), (60, false));
        let cut = RawPacket { original_length: 1514, ..packet };
        assert_eq!((cut.wire_length(), cut.is_cut()), (1514, true));
    }

    #[test]
    fn comments_unpack_one_by_one_and_compare_by_text() {
        fn letters<'b>(packed: &mut &'b [u8]) -> Option<&'b [u8]> {
            packed.split_off(..1)
        }
        let comments = Comments::new(b"ab", letters);
        assert_eq!(comments.iter().collect::<Vec<_>>(), [b"a", b"b"]);
        assert_ne!(comments, Comments::default());
        assert_eq!(format!("{comments:?}"), r#"["a", "b"]"#);
    }
}
