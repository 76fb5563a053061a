//! Packets that all shards look at, and which of them are whose.

use prefetch_index::prefetch_index;
use rheos_core::{Comments, Direction, LinkType, RawPacket, Timestamp};

/// Bytes of a batch, so that those under way stay in the caches of those who read them.
const MAX_BYTES: usize = 512 << 10;

/// How many packets in front of its turn one is asked for.
pub(super) const AHEAD: usize = 8;
/// Where what tells the hosts of most packets starts and ends, in one cache line or two: the type of Ethernet, and the
/// addresses of IP.
const HOSTS: [usize; 2] = [12, 53];

/// Packets, and what each shard is told, in order.
#[derive(Debug)]
pub(super) struct Batch<'p> {
    /// How many packets are in front.
    before: u64,
    packets: Packets<'p>,
    /// What each shard is told.
    told: Vec<Vec<Told>>,
    /// How many packets there may be.
    max_len: usize,
}

/// Packets, each with a place.
#[derive(Debug)]
enum Packets<'p> {
    /// Copies, and the bytes of all of them, one behind the other. Fragments that were put together leave
    /// a place without a packet.
    Copied(Vec<Option<Copied>>, Vec<u8>),
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

/// Something that a shard is told: little, for there is one for each packet, and it goes from one core to another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    /// The latest time so far; that of packets in front may be later.
    pub(super) now: Timestamp,
    /// Packets of the batch up to that at hand.
    count: u32,
    pub(super) what: What,
}

/// What a shard is told.
#[derive(Clone, Copy, Debug)]
pub(super) enum What {
    /// A second may have begun, with a packet of whatever shard.
    Time,
    /// The packet at hand.
    Packet,
    /// It is an ICMP error, which quotes a packet of a flow here.
    Quoted,
    /// There are no more packets.
    Finish,
}

/// The shards that a packet goes to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Route {
    pub(super) shard: usize,
    /// Another shard, with the flow that an ICMP error quotes a packet of.
    pub(super) quoted: Option<usize>,
}

impl<'p> Batch<'p> {
    /// An empty one for so many shards, that is full with so many packets.
    pub(super) fn new(shards: usize, max_len: usize) -> Self {
        let told = (0..shards).map(|_| Vec::new()).collect();
        Self { before: 0, packets: Packets::Copied(Vec::new(), Vec::new()), told, max_len }
    }

    /// The same without anything, behind so many packets.
    pub(super) fn behind(mut self, before: u64) -> Self {
        if let Packets::Copied(packets, bytes) = &mut self.packets {
            packets.clear();
            bytes.clear();
        }
        self.told.iter_mut().for_each(Vec::clear);
        Self { before, ..self }
    }

    /// The same with packets that are in memory, of which no shard has been told yet.
    pub(super) fn with(self, packets: &'p [RawPacket<'p>]) -> Self {
        Self { packets: Packets::Lent(packets), ..self }
    }

    /// How many packets are in front.
    pub(super) fn before(&self) -> u64 {
        self.before
    }

    /// The packets that are in memory.
    pub(super) fn lent(&self) -> &'p [RawPacket<'p>] {
        match self.packets {
            Packets::Copied(..) => &[],
            Packets::Lent(packets) => packets,
        }
    }

    /// Takes a copy of a packet; or of none, that there was one in this place.
    #[inline]
    pub(super) fn push(&mut self, raw: Option<&RawPacket<'_>>) {
        let Packets::Copied(packets, bytes) = &mut self.packets else { return };
        packets.push(raw.map(|raw| {
            let RawPacket { timestamp, link_type, original_length, interface, direction, .. } =
                *raw;
            let start = bytes.len();
            bytes.extend_from_slice(raw.data);
            let end = bytes.len();
            Copied { timestamp, link_type, original_length, interface, direction, start, end }
        }));
    }

    /// Tells the shards that a packet with this number goes to.
    #[inline]
    pub(super) fn tell_of(&mut self, route: Route, at: (u64, Timestamp)) {
        if let Some(shard) = route.quoted {
            self.tell(shard, at, What::Quoted);
        }
        self.tell(route.shard, at, What::Packet);
    }

    /// Tells a shard something of the packet with this number.
    #[inline]
    fn tell(&mut self, shard: usize, (number, now): (u64, Timestamp), what: What) {
        let count = u32::try_from(number.saturating_sub(self.before)).unwrap_or(u32::MAX);
        if let Some(list) = self.told.get_mut(shard) {
            list.push(Told { now, count, what });
        }
    }

    /// Tells every shard something.
    pub(super) fn tell_all(&mut self, at: (u64, Timestamp), what: What) {
        (0..self.told.len()).for_each(|shard| self.tell(shard, at, what));
    }

    pub(super) fn is_full(&self) -> bool {
        match &self.packets {
            Packets::Copied(packets, bytes) => {
                packets.len() >= self.max_len || bytes.len() >= MAX_BYTES
            }
            Packets::Lent(packets) => packets.len() >= self.max_len,
        }
    }

    /// What a shard is told.
    pub(super) fn told(&self, shard: usize) -> &[Told] {
        self.told.get(shard).map_or(&[], Vec::as_slice)
    }

    /// The number of the packet at hand.
    #[inline(always)]
    pub(super) fn number(&self, told: &Told) -> u64 {
        self.before.saturating_add(told.count.into())
    }

    /// Asks memory for what is known of the packet in a place, beside its bytes.
    #[inline(always)]
    pub(super) fn ask_for_place(&self, place: usize) {
        match &self.packets {
            Packets::Copied(packets, _) => prefetch_index(packets, place),
            Packets::Lent(packets) => prefetch_index(packets, place),
        }
    }

    /// The packet in a place, of those that were copied.
    #[inline(always)]
    pub(super) fn copied(&self, place: usize) -> Option<RawPacket<'_>> {
        let Packets::Copied(packets, bytes) = &self.packets else { return None };
        let Copied { timestamp, link_type, original_length, interface, direction, start, end } =
            packets.get(place).copied()??;
        let comments = Comments::default();
        let data = bytes.get(start..end)?;
        Some(RawPacket {
            timestamp,
            link_type,
            original_length,
            interface,
            direction,
            comments,
            data,
        })
    }
}

impl Told {
    /// The place of the packet at hand.
    #[inline(always)]
    pub(super) fn place(&self) -> usize {
        usize::try_from(self.count).unwrap_or(usize::MAX).wrapping_sub(1)
    }
}

/// Asks memory for what tells the hosts of a packet.
#[inline(always)]
pub(super) fn ask_for_hosts(raw: &RawPacket<'_>) {
    HOSTS.into_iter().for_each(|at| prefetch_index(raw.data, at));
}
