//! Any packets in any order: what must hold whatever comes.

use proptest::prelude::*;
use rheos_layers::TcpFlags;

use crate::packets::*;

fn packet() -> impl Strategy<Value = Vec<u8>> {
    let way = prop_oneof![Just(There), Just(Back)];
    let host = (0..4_u8).prop_map(|last| [10, 0, 0, last]);
    let body = prop_oneof![
        (way.clone(), 0..64_u16, 0..3_u32, 0..4_usize).prop_map(|(way, flags, sequence, len)| {
            (TCP, segment(way, TcpFlags::from_bits_retain(flags), sequence, len))
        }),
        (way, 0..40_usize).prop_map(|(way, len)| (UDP, datagram(way, len))),
        (any::<u8>(), prop::collection::vec(any::<u8>(), 0..40)),
    ];
    let fragment = prop_oneof![3 => Just(0_u16), 1 => 0..4_u16, 1 => 0x2000..0x2004_u16];
    (host.clone(), host, body, fragment).prop_map(|(a, b, (protocol, body), fragment)| {
        let mut packet = ipv4_between(a, b, protocol, &body);
        packet[6..8].copy_from_slice(&fragment.to_be_bytes());
        packet
    })
}

proptest! {
    #[test]
    fn every_flow_starts_and_ends_once_and_every_packet_counts_once(
        limits: [u8; 2],
        steps in prop::collection::vec(
            (
                // Seconds, mostly few; `rheos_flow::fuzz` says what they mean.
                prop_oneof![100 => -3..10_i8, 10 => 0..64_i8, 1 => any::<i8>()],
                prop_oneof![20 => packet(), 1 => Just(Vec::new())],
            ),
            0..200,
        ),
    ) {
        let mut bytes = limits.to_vec();
        for (seconds, packet) in steps {
            bytes.extend([seconds.cast_unsigned(), packet.len() as u8]);
            bytes.extend(packet);
        }
        rheos_flow::fuzz(&bytes);
    }
}
