//! Packets on their way to a shard.

use rheos_core::{Comments, Direction, LinkType, RawPacket, Timestamp};

/// Packets, and what else a shard is told, in order.
#[derive(Debug, Default)]
pub(super) struct Batch {
    items: Vec<Item>,
    /// The bytes of all packets, one behind the other.
    bytes: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct Item {
    number: u64,
    now: Timestamp,
    what: What,
    timestamp: Timestamp,
    link_type: LinkType,
    original_length: u32,
    interface: u32,
    direction: Direction,
    /// Where its bytes end; they start where those before it end.
    end: usize,
}

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// The time of a packet, wherever that goes.
    Time,
    /// A packet.
    Packet,
    /// An ICMP error that quotes a packet of a flow here.
    Quoted,
    /// There are no more packets.
    Finish,
}

impl Batch {
    pub(super) fn push(&mut self, number: u64, now: Timestamp, what: What, raw: &RawPacket<'_>) {
        self.bytes.extend_from_slice(raw.data);
        let RawPacket { timestamp, link_type, original_length, interface, direction, .. } = *raw;
        let end = self.bytes.len();
        self.items.push(Item {
            number,
            now,
            what,
            timestamp,
            link_type,
            original_length,
            interface,
            direction,
            end,
        });
    }

    pub(super) fn time(&mut self, number: u64, now: Timestamp) {
        self.push(number, now, What::Time, &RawPacket::new(now, LinkType::NULL, &[]));
    }

    pub(super) fn finish(&mut self, number: u64, now: Timestamp) {
        self.push(number, now, What::Finish, &RawPacket::new(now, LinkType::NULL, &[]));
    }

    /// The items: number and time of the packet, what it is, and the packet.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, Timestamp, What, RawPacket<'_>)> {
        let mut start = 0;
        self.items.iter().map(move |item| {
            let Item { number, now, what, timestamp, link_type, .. } = *item;
            let data = self.bytes.get(start..item.end).unwrap_or_default();
            start = item.end;
            let Item { original_length, interface, direction, .. } = *item;
            let comments = Comments::default();
            let mut raw = RawPacket::new(timestamp, link_type, data);
            raw.original_length = original_length;
            (raw.interface, raw.direction, raw.comments) = (interface, direction, comments);
            (number, now, what, raw)
        })
    }

    pub(super) fn clear(&mut self) {
        self.items.clear();
        self.bytes.clear();
    }
}
