//! What must hold of packets in tunnels in tunnels, and of tunnels in fragments, called by the fuzzer and by tests.

use std::sync::LazyLock;

use rheos_core::{LinkType, RawPacket, Timestamp};
use rheos_layers::{Decoder, Packet};

use super::{AutoDetectEncap, InNetwork, Inner, NetworkTable, is_ip};
use crate::fuzz::link_type;
use crate::{FiveTuple, FlowEvent, FlowExtractor, FlowTracker, HashSeed, TrackerConfig};

/// Tables of a megabyte: made once, not for each input.
static DECODER: LazyLock<Decoder> = LazyLock::new(Decoder::default);
static INNER: LazyLock<Inner<FiveTuple>> =
    LazyLock::new(|| AutoDetectEncap::around(&DECODER, FiveTuple::new(&DECODER)));

/// Layers that tunnels are put around at most: a decoder walks no further than 32.
const MOST_LAYERS: usize = 20;

/// Puts tunnels around any packets, cuts them in two, and asserts that they stay what they are. Each is how many
/// tunnels there are and which, where to cut, a length, and so many bytes: of IP, or else of Ethernet.
///
/// # Panics
///
/// If a packet has another key in a tunnel than alone, or two fragments do not find their flow.
#[doc(hidden)]
pub fn fuzz(mut bytes: &[u8]) {
    while let Some((&[tunnels, cut, length], rest)) = bytes.split_first_chunk() {
        let (packet, rest) = rest.split_at_checked(length.into()).unwrap_or((rest, &[]));
        bytes = rest;
        let raw = RawPacket::new(Timestamp::default(), link_type(packet), packet);
        check_once(&raw);
        let mut layers = Packet::new(&DECODER);
        layers.decode(raw.link_type, raw.data);
        if raw.link_type == LinkType::ETHERNET || layers.layers().len() > MOST_LAYERS {
            continue;
        }
        let mut wrapped = packet.to_vec();
        for tunnel in 0..=tunnels % 4 {
            wrapped =
                wrap(&wrapped, tunnels.wrapping_shr(u32::from(tunnel).wrapping_add(2)) % 2 == 1);
        }
        let around = RawPacket::new(Timestamp::default(), LinkType::IPV4, &wrapped);
        check_once(&around);
        let front = u32::try_from(wrapped.len().saturating_sub(packet.len())).unwrap_or_default();
        let alone = INNER.extract(&raw).map(|found| found.inside(front));
        // What is no packet of IP is what a tunnel carries, and the tunnel is the flow.
        if layers.own_layers().first().is_some_and(|span| is_ip(span.layer)) {
            assert_eq!(INNER.extract(&around), alone, "another key in a tunnel");
        }
        check_pieces(&wrapped, cut);
    }
}

/// All looks at a packet find the same.
fn check_once(raw: &RawPacket<'_>) {
    let networks = InNetwork::new(INNER.clone(), NetworkTable::new(HashSeed::fixed(1)));
    let found = INNER.extract(raw).ok_or_else(|| INNER.fragment(raw));
    assert_eq!(INNER.extract_or_fragment(raw), found);
    assert_eq!(INNER.extract_with_detail(raw), (found, INNER.detail(raw)));
    let in_network = networks.extract(raw).ok_or_else(|| networks.fragment(raw));
    assert_eq!(networks.extract_or_fragment(raw), in_network);
    assert_eq!(in_network.map(|found| found.map(|key| key.key)).ok(), found.ok());
}

/// A packet of IP in one of IPv4, by GRE or as it is.
fn wrap(packet: &[u8], by_gre: bool) -> Vec<u8> {
    let is_v6 = packet.first().is_some_and(|byte| byte >> 4 == 6);
    let gre: &[u8] = match (by_gre, is_v6) {
        (true, true) => &[0, 0, 0x86, 0xdd],
        (true, false) => &[0, 0, 8, 0],
        (false, _) => &[],
    };
    let protocol = match (by_gre, is_v6) {
        (true, _) => 47,
        (false, true) => 41,
        (false, false) => 4,
    };
    let length = packet.len().saturating_add(gre.len()).saturating_add(20);
    let [high, low] = u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
    let front = [0x45, 0, high, low, 0, 9, 0, 0, 64, protocol, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2];
    [&front, gre, packet].concat()
}

/// A packet of IPv4 that is cut in two behind so many words of eight bytes is of one flow, if it is of any.
fn check_pieces(packet: &[u8], cut: u8) {
    let Some((front, data)) = packet.split_at_checked(20) else { return };
    let Some((first, second)) = data.split_at_checked(usize::from(cut).saturating_mul(8)) else {
        return;
    };
    if first.is_empty() || second.is_empty() {
        return;
    }
    let piece = |data: &[u8], field: [u8; 2]| {
        let length = data.len().saturating_add(20);
        let length = u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
        let mut piece = [front, data].concat();
        for (place, bytes) in [(2, length), (6, field)] {
            if let Some(to) = piece.get_mut(place..).and_then(<[u8]>::first_chunk_mut) {
                *to = bytes;
            }
        }
        piece
    };
    let pieces = [piece(first, [0x20, 0]), piece(second, [0, cut])];
    let [first, second] =
        pieces.each_ref().map(|piece| RawPacket::new(Timestamp::default(), LinkType::IPV4, piece));
    [first, second].iter().for_each(check_once);
    let mut tracker: FlowTracker<_> =
        FlowTracker::with_config(INNER.clone(), TrackerConfig::default(), HashSeed::fixed(1));
    let mut sink = |_: &FlowEvent<'_, _>| {};
    let [flow, again] = [first, second].map(|piece| tracker.track(&piece, &mut sink));
    assert_eq!(flow, again, "two pieces of one packet are of two flows");
    let found = INNER.extract(&first);
    assert!(found.is_none_or(|found| found.is_first_fragment));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::decap::fuzz::tests::packets_of_ip;
    use crate::fuzz::replay;

    #[test]
    fn the_corpus_holds() {
        replay("nested", fuzz);
    }

    proptest! {
        #[test]
        fn any_bytes_hold(bytes: Vec<u8>) {
            fuzz(&bytes);
        }

        #[test]
        fn any_packets_of_ip_hold(tunnels: u8, cut in 0..20_u8, packet in packets_of_ip()) {
            let length = u8::try_from(packet.len()).unwrap();
            fuzz(&[&[tunnels, cut, length], packet.as_slice()].concat());
        }
    }
}
