//! Keys of one direction alone.

use rheos_core::{Orientation, RawPacket};

use crate::extract::Found;
use crate::{Extracted, FlowExtractor, Fragment, IcmpError, PacketDetail, TaggedKey};

/// Makes two flows of each conversation, one for each direction. Who sends the packets of a flow is
/// its initiator.
///
/// ```
/// use rheos_core::{LinkType, RawPacket, Timestamp};
/// use rheos_flow::{Directional, FiveTuple, FlowExtractor};
///
/// let there = b"\x45\0\0\x1e\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02\x30\x39\x1f\x90\0\x0a\0\0hi";
/// let back = b"\x45\0\0\x1e\0\0\0\0\x40\x11\0\0\x0a\0\0\x02\x0a\0\0\x01\x1f\x90\x30\x39\0\x0a\0\0hi";
/// let extractor = Directional(FiveTuple::default());
/// let keys = [&there[..], back].map(|bytes| {
///     extractor.extract(&RawPacket::new(Timestamp::default(), LinkType::IPV4, bytes)).unwrap().key
/// });
/// assert_eq!(keys[0].key, keys[1].key);
/// assert_ne!(keys[0], keys[1]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Directional<E>(pub E);

/// Moves the orientation of a packet into its key.
fn direct<K>(found: Extracted<K>) -> Extracted<TaggedKey<K, Orientation>> {
    let tag = found.orientation;
    found.map(|key| TaggedKey { key, tag })
}

impl<E: FlowExtractor> FlowExtractor for Directional<E> {
    /// The tag is the order in which packets name the two ends of the key.
    type Key = TaggedKey<E::Key, Orientation>;

    fn extract(&self, packet: &RawPacket<'_>) -> Option<Extracted<Self::Key>> {
        Some(direct(self.0.extract(packet)?))
    }

    #[inline(always)]
    fn extract_straight(&self, packet: &RawPacket<'_>) -> Option<Extracted<Self::Key>> {
        self.0.extract_straight(packet).map(direct)
    }

    fn extract_or_fragment(&self, packet: &RawPacket<'_>) -> Found<Self::Key> {
        self.0.extract_or_fragment(packet).map(direct)
    }

    fn extract_with_detail(
        &self,
        packet: &RawPacket<'_>,
    ) -> (Found<Self::Key>, Option<PacketDetail>) {
        let (found, detail) = self.0.extract_with_detail(packet);
        (found.map(direct), detail)
    }

    fn fragment(&self, packet: &RawPacket<'_>) -> Option<Fragment> {
        self.0.fragment(packet)
    }

    fn is_quick(&self) -> bool {
        self.0.is_quick()
    }

    /// Never: each direction has its own initiator.
    fn is_answer(&self, _packet: &Extracted<Self::Key>) -> bool {
        false
    }

    fn hosts(&self, packet: &RawPacket<'_>) -> Option<[u128; 2]> {
        self.0.hosts(packet)
    }

    fn quoted(&self, packet: &RawPacket<'_>) -> Option<(Extracted<Self::Key>, IcmpError)> {
        let (found, error) = self.0.quoted(packet)?;
        Some((direct(found), error))
    }

    fn detail(&self, packet: &RawPacket<'_>) -> Option<PacketDetail> {
        self.0.detail(packet)
    }
}
