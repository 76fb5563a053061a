//! What must hold of any packets in tunnels, called by the fuzzer and by tests.

use std::sync::LazyLock;

use rheos_core::{LinkType, RawPacket, Timestamp};
use rheos_layers::Decoder;

use super::{AutoDetectEncap, InNetwork, Inner, InnerGre, NetworkTable};
use crate::fuzz::link_type;
use crate::{FiveTuple, FlowEvent, FlowExtractor, FlowTracker, HashSeed, TrackerConfig};

/// Tables of a megabyte: made once, not for each input.
static DECODER: LazyLock<Decoder> = LazyLock::new(Decoder::default);
static FIVE_TUPLE: LazyLock<FiveTuple> = LazyLock::new(|| FiveTuple::new(&DECODER));

/// Ethernet, IPv4 without a length, and GRE without a key or a protocol.
const IN_GRE: [u8; 38] = [
    2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, // Ethernet
    0x45, 0, 0, 0, 0, 0, 0, 0, 64, 47, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, // IPv4
    0, 0, 0, 0,
];

/// Tracks any packets by what is in their tunnels, and asserts what must hold. Each is a length and so
/// many bytes: of IP, or else of Ethernet.
///
/// # Panics
///
/// If a packet counts not once, or has another key, or is another fragment, in a tunnel than alone.
#[doc(hidden)]
pub fn fuzz(mut bytes: &[u8]) {
    let inner = AutoDetectEncap::around(&DECODER, FIVE_TUPLE.clone());
    let in_network = InNetwork::new(inner, NetworkTable::new(HashSeed::fixed(1)));
    let mut tracker: FlowTracker<_> =
        FlowTracker::with_config(in_network, TrackerConfig::default(), HashSeed::fixed(1));
    let (mut given, mut counted) = (0_u64, 0_u64);
    let mut sink = |event: &FlowEvent<'_, _>| {
        if let FlowEvent::Ended { flow, .. } = event {
            counted = counted.saturating_add(flow.stats.total().packets);
        }
    };
    while let Some((&length, rest)) = bytes.split_first() {
        let (packet, rest) = rest.split_at_checked(length.into()).unwrap_or((rest, &[]));
        bytes = rest;
        let raw = RawPacket::new(Timestamp::default(), link_type(packet), packet);
        check_in_gre(&raw);
        let inner = tracker.extractor();
        let found = inner.extract(&raw);
        assert!(found.is_none() || inner.detail(&raw).is_some(), "a key without a packet of IP");
        given = given.saturating_add(1);
        tracker.track(&raw, &mut sink);
    }
    tracker.finish(&mut sink);
    let stats = tracker.stats();
    let others = stats.unmatched.saturating_add(stats.lost_fragments);
    assert_eq!(counted.saturating_add(others), given, "a packet counts not once");
}

/// A packet of IP has the key that it has alone, and its payload is in the same bytes.
fn check_in_gre(raw: &RawPacket<'_>) {
    let ether_type: [u8; 2] = match raw.link_type {
        LinkType::IPV4 => [8, 0],
        LinkType::IPV6 => [0x86, 0xdd],
        _ => return,
    };
    let mut frame = [&IN_GRE, raw.data].concat();
    let length = u16::try_from(frame.len().saturating_sub(14)).unwrap_or(u16::MAX).to_be_bytes();
    for (place, bytes) in [(16, length), (36, ether_type)] {
        if let Some(to) = frame.get_mut(place..).and_then(<[u8]>::first_chunk_mut) {
            *to = bytes;
        }
    }
    let framed = RawPacket::new(raw.timestamp, LinkType::ETHERNET, &frame);
    let gre: Inner<FiveTuple> = InnerGre::around(&DECODER, FIVE_TUPLE.clone());
    let alone = FIVE_TUPLE.extract(raw).map(|found| found.inside(38));
    assert_eq!(gre.extract(&framed), alone, "another key in a tunnel");
    assert_eq!(gre.fragment(&framed), FIVE_TUPLE.fragment(raw), "another fragment in a tunnel");
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fuzz::replay;

    #[test]
    fn the_corpus_holds() {
        replay("tunnels", fuzz);
    }

    /// Packets of IP in which anything may be: whole or in fragments, of what tunnels carry or are.
    pub(in crate::decap) fn packets_of_ip() -> impl Strategy<Value = Vec<u8>> {
        let version = prop_oneof![Just(0x45_u8), Just(0x60), Just(0x46)];
        let protocol = prop_oneof![Just(6_u8), Just(17), Just(4), Just(47), Just(44), Just(1)];
        let fragment = prop_oneof![Just(0_u16), Just(0x2000), Just(3)];
        let bytes = proptest::collection::vec(any::<u8>(), 40..120);
        (version, protocol, fragment, bytes).prop_map(
            |(version, protocol, fragment, mut packet)| {
                let length = u8::try_from(packet.len()).unwrap();
                (packet[0], packet[2], packet[3]) = (version, 0, length);
                if version == 0x60 {
                    (packet[4], packet[5], packet[6]) = (0, length - 40, protocol);
                } else {
                    packet[6..8].copy_from_slice(&fragment.to_be_bytes());
                    packet[9] = protocol;
                }
                packet
            },
        )
    }

    proptest! {
        #[test]
        fn any_bytes_hold(bytes: Vec<u8>) {
            fuzz(&bytes);
        }

        #[test]
        fn any_packets_of_ip_hold(packet in packets_of_ip()) {
            let length = u8::try_from(packet.len()).unwrap();
            fuzz(&[&[length], packet.as_slice()].concat().repeat(2));
        }
    }
}
