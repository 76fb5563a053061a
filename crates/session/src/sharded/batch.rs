//! Packets that all shards look at, and which of them are whose.

use rheos_core::{Comments, Direction, LinkType, RawPacket, Timestamp};

use crate::engine::Found;

/// Bytes of a batch, so that those under way stay in the caches of those who read them.
const MAX_BYTES: usize = 512 << 10;

/// Packets, and what each shard is told, in order.
#[derive(Debug)]
pub(super) struct Batch<'p, K> {
    packets: Packets<'p>,
    /// What each shard is told.
    told: Vec<Vec<Told<K>>>,
    /// How much is told in all, and may be.
    len: usize,
    max_len: usize,
}

/// Packets, each with a place.
#[derive(Debug)]
enum Packets<'p> {
    /// Copies, and the bytes of all of them, one behind the other.
    Copied(Vec<Copied>, Vec<u8>),
    /// What is in memory for as long as anybody looks at it.
    Lent(&'p [RawPacket<'p>]),
}

/// A packet, but for its bytes.
#[derive(Clone, Copy, Debug)]
struct Copied {
    timestamp: Timestamp,
    link_type: LinkType,
    original_length: u32,
    interface: u32,
    direction: Direction,
    /// Where its bytes are.
    start: usize,
    end: usize,
}

/// Something that a shard is told.
#[derive(Clone, Debug)]
pub(super) struct Told<K> {
    /// The number of the packet at hand.
    pub(super) number: u64,
    /// The latest time so far.
    pub(super) now: Timestamp,
    pub(super) what: What<K>,
}

/// What a shard is told.
#[derive(Clone, Debug)]
pub(super) enum What<K> {
    /// A second has begun, with a packet of whatever shard.
    Time,
    /// The packet in this place, and what the extractor says of it.
    Packet(usize, Found<K>),
    /// The ICMP error in this place, which quotes a packet of a flow here.
    Quoted(usize),
    /// There are no more packets.
    Finish,
}

impl<'p, K: Clone> Batch<'p, K> {
    /// An empty one for so many shards, that is full with so many packets.
    pub(super) fn new(shards: usize, max_len: usize) -> Self {
        let told = (0..shards).map(|_| Vec::new()).collect();
        Self { packets: Packets::Copied(Vec::new(), Vec::new()), told, len: 0, max_len }
    }

    /// The same with packets that are in memory, of which no shard has been told yet.
    pub(super) fn with(self, packets: &'p [RawPacket<'p>]) -> Self {
        Self { packets: Packets::Lent(packets), ..self }
    }

    /// The packets that are in memory.
    pub(super) fn lent(&self) -> &'p [RawPacket<'p>] {
        match self.packets {
            Packets::Copied(..) => &[],
            Packets::Lent(packets) => packets,
        }
    }

    /// Takes a copy of a packet, and returns its place.
    #[inline]
    pub(super) fn push(&mut self, raw: &RawPacket<'_>) -> usize {
        let RawPacket { timestamp, link_type, original_length, interface, direction, .. } = *raw;
        let Packets::Copied(packets, bytes) = &mut self.packets else { return usize::MAX };
        let (place, start) = (packets.len(), bytes.len());
        bytes.extend_from_slice(raw.data);
        let end = bytes.len();
        packets.push(Copied {
            timestamp,
            link_type,
            original_length,
            interface,
            direction,
            start,
            end,
        });
        place
    }

    /// Tells a shard something.
    #[inline]
    pub(super) fn tell(&mut self, shard: usize, told: Told<K>) {
        if let Some(list) = self.told.get_mut(shard) {
            list.push(told);
            self.len = self.len.saturating_add(1);
        }
    }

    /// Tells every shard something.
    pub(super) fn tell_all(&mut self, told: &Told<K>) {
        self.told.iter_mut().for_each(|list| list.push(told.clone()));
        self.len = self.len.saturating_add(1);
    }

    pub(super) fn is_full(&self) -> bool {
        let bytes = match &self.packets {
            Packets::Copied(_, bytes) => bytes.len(),
            Packets::Lent(_) => 0,
        };
        self.len >= self.max_len || bytes >= MAX_BYTES
    }

    /// What a shard is told.
    pub(super) fn told(&self, shard: usize) -> &[Told<K>] {
        self.told.get(shard).map_or(&[], Vec::as_slice)
    }

    /// The packet in a place.
    #[inline]
    pub(super) fn packet(&self, place: usize) -> Option<RawPacket<'_>> {
        let (packets, bytes) = match &self.packets {
            Packets::Copied(packets, bytes) => (packets, bytes),
            Packets::Lent(packets) => return packets.get(place).copied(),
        };
        let Copied { timestamp, link_type, original_length, interface, direction, start, end } =
            *packets.get(place)?;
        let comments = Comments::default();
        let mut raw = RawPacket::new(timestamp, link_type, bytes.get(start..end)?);
        raw.original_length = original_length;
        (raw.interface, raw.direction, raw.comments) = (interface, direction, comments);
        Some(raw)
    }

    pub(super) fn clear(&mut self) {
        if let Packets::Copied(packets, bytes) = &mut self.packets {
            packets.clear();
            bytes.clear();
        }
        self.told.iter_mut().for_each(Vec::clear);
        self.len = 0;
    }
}
