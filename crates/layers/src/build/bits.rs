//! The bits that make up a number in a header, and what each is worth.

use std::ops::Range;

use super::edit::{EditError, PacketMut};
use super::set::{Kind, is_name_of};

/// Bits of the longest number.
const MAX_BITS: usize = 64;

/// Numbers that make a header one that nobody can read, whichever of their bits is another: the
/// field, the first bit of a piece of it in the header, the bits of the piece, and what the last of
/// them is worth.
const PIECES: [(&str, usize, u32, u128); 24] = [
    ("arp.hw.size", 32, 8, 1),
    ("arp.proto.size", 40, 8, 1),
    ("geneve.reserved", 56, 8, 1),
    ("gre.flags.checksum", 0, 1, 1),
    ("gre.flags.key", 2, 1, 1),
    ("gre.flags.routing", 1, 1, 1),
    ("gre.flags.sequence_number", 3, 1, 1),
    ("ip.hdr_len", 4, 4, 4),
    ("ip.len", 16, 16, 1),
    ("ip.version", 0, 4, 1),
    ("ipv6.version", 0, 4, 1),
    ("ospf.packet_length", 16, 16, 1),
    ("ospf.version", 0, 8, 1),
    ("radiotap.length", 16, 8, 1),
    ("radiotap.length", 24, 8, 256),
    ("radius.length", 16, 16, 1),
    ("tcp.hdr_len", 96, 4, 4),
    ("tpkt.length", 16, 16, 1),
    ("tpkt.version", 0, 8, 1),
    ("udp.length", 32, 16, 1),
    ("vrrp.version", 0, 4, 1),
    ("vxlan.flag_i", 4, 1, 1),
    ("vxlan.flags", 0, 16, 1),
    ("wlan.fc.version", 6, 2, 1),
];

/// Where a number is: bits of the packet, and what it would be if none of them were set.
pub(super) struct Bits {
    pub(super) field: &'static str,
    /// What each bit is worth, and its place, the first being the highest of the first byte.
    weights: Vec<(u128, usize)>,
    floor: i128,
}

impl Bits {
    /// The bits of a field whose place is known, in a layer of a protocol that starts at a byte.
    pub(super) fn known(protocol: &str, name: &str, start: usize) -> Option<Self> {
        let of_protocol = |field: &str| {
            field.split_once('.').is_some_and(|(front, _)| front == protocol)
                && is_name_of(name, field)
        };
        let field = PIECES.iter().map(|piece| piece.0).find(|field| of_protocol(field))?;
        let pieces = PIECES.iter().filter(|piece| piece.0 == field);
        let weights = pieces.flat_map(|&(_, first, len, least)| {
            let first = first.saturating_add(start.saturating_mul(8));
            let worth = move |place| least.checked_shl(place).unwrap_or_default();
            (0..len).rev().map(worth).zip(first..)
        });
        let mut weights = weights.collect::<Vec<_>>();
        weights.sort_unstable_by(|a, b| b.cmp(a));
        Some(Self { field, weights, floor: 0 })
    }

    /// Whether all of them are in these bytes of a layer that starts at a byte.
    pub(super) fn are_in(&self, bytes: &Range<usize>, start: usize) -> bool {
        let is_in =
            |bit: usize| (bit >> 3).checked_sub(start).is_some_and(|at| bytes.contains(&at));
        self.weights.iter().all(|&(_, bit)| is_in(bit))
    }

    /// Finds the bits of a number: those that change it where they are turned over.
    pub(super) fn find(
        packet: &mut PacketMut,
        place: usize,
        field: &'static str,
        count: usize,
        bytes: Range<usize>,
        current: i128,
    ) -> Result<Self, EditError> {
        let wrong = EditError::Value { field };
        let (first, end) = (bytes.start.saturating_mul(8), bytes.end.saturating_mul(8));
        let (mut weights, mut unread) = (Vec::new(), Vec::new());
        for bit in first..end {
            if weights.len() > MAX_BITS {
                return Err(wrong);
            }
            packet.turn(bit);
            let found = packet.read(place, |name| name == field, count).map(|found| found.value);
            packet.turn(bit);
            match found {
                Some(Kind::Number(value)) if value != current => {
                    weights.push((value.abs_diff(current), bit));
                }
                Some(_) => {}
                None => unread.push(bit),
            }
        }
        let floor = |weights: &[(u128, usize)]| {
            let set = weights.iter().filter(|(_, bit)| packet.is_set(*bit));
            let sum = set.map(|(weight, _)| *weight).fold(0, u128::saturating_add);
            current.saturating_sub_unsigned(sum)
        };
        // A bit that makes the header one that nobody can read is worth what its place says, if that
        // is so of the others, and if the number is what all of them say.
        let completed = orders(first..end).into_iter().find_map(|order| {
            let mut all = weights.clone();
            all.extend(by_place(&weights, &unread, &order, floor(&[]))?);
            (floor(&all) == 0).then_some(all)
        });
        let mut weights = completed.unwrap_or(weights);
        weights.sort_unstable_by(|a, b| b.cmp(a));
        let floor = floor(&weights);
        Ok(Self { field, weights, floor })
    }

    /// Sets the number. What is too large for it, or not a multiple of what it counts, is an error.
    pub(super) fn set(&self, packet: &mut PacketMut, target: i128) -> Result<(), EditError> {
        let wrong = EditError::Value { field: self.field };
        let mut rest = u128::try_from(target.saturating_sub(self.floor)).map_err(|_| wrong)?;
        let mut turned = Vec::new();
        for &(weight, bit) in &self.weights {
            let wanted = weight <= rest;
            rest = if wanted { rest.saturating_sub(weight) } else { rest };
            if wanted != packet.is_set(bit) {
                turned.push(bit);
            }
        }
        if rest != 0 {
            return Err(wrong);
        }
        turned.into_iter().for_each(|bit| packet.turn(bit));
        Ok(())
    }
}

/// How many bits are below each bit of a number, by its place: the number's first byte is its
/// highest, or its lowest.
type Order = (Range<usize>, bool);

/// Both orders of bytes.
fn orders(bits: Range<usize>) -> [Order; 2] {
    [(bits.clone(), false), (bits, true)]
}

fn below((bits, is_little): &Order, bit: usize) -> usize {
    if *is_little {
        let byte = bit.saturating_sub(bits.start) >> 3;
        return (byte << 3).saturating_add(7 ^ (bit & 7));
    }
    bits.end.saturating_sub(bit).saturating_sub(1)
}

/// What unread bits are worth in an order, if each of the others is worth twice the one below it.
/// Where there are no others it has to be a whole number of bytes, which starts at its lowest bit.
fn by_place(
    weights: &[(u128, usize)],
    unread: &[usize],
    order: &Order,
    current: i128,
) -> Option<Vec<(u128, usize)>> {
    // The worth of a bit with 64 below it.
    let scale = |&(weight, bit): &(u128, usize)| {
        let up = MAX_BITS.checked_sub(below(order, bit))?;
        weight.checked_mul(1_u128.checked_shl(up.try_into().ok()?)?)
    };
    let whole = (current >= 0).then_some(1_u128 << MAX_BITS);
    let of_all = weights.first().map_or(whole, scale)?;
    if weights.iter().any(|weight| scale(weight) != Some(of_all)) {
        return None;
    }
    let worth = unread.iter().filter_map(|&bit| {
        let down = MAX_BITS.checked_sub(below(order, bit))?;
        let worth = of_all.checked_shr(down.try_into().ok()?)?;
        (worth > 0).then_some((worth, bit))
    });
    Some(worth.collect())
}
