//! Segments in order go through defragmentation, tracking and reassembly without an allocation.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a test: packets of known size"
)]

use allocation_counter::measure;
use rheos_core::{LinkType, RawPacket, Timestamp};
use rheos_flow::FiveTuple;
use rheos_layers::Decoder;
use rheos_session::{Defragment, StreamEvent, TcpStreams};

/// Bytes of a segment.
const LEN: u32 = 1400;

/// A segment with this number from one of two hosts, which acknowledges as many bytes of the other.
fn frame(host: u8, number: u32) -> Vec<u8> {
    let other = 3 - host;
    let macs = [2, 0, 0, 0, 0, host, 2, 0, 0, 0, 0, other, 8, 0];
    let ip = [0x45, 0, 5, 160, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, host, 10, 0, 0, other];
    let ports = [0, host, 0, other];
    let tcp = [0x50, 16, 255, 255, 0, 0, 0, 0];
    let number = number.to_be_bytes();
    let payload = vec![b'x'; LEN as usize];
    [&macs[..], &ip, &ports, &number, &number, &tcp, &payload].concat()
}

#[test]
fn segments_in_order_allocate_nothing() {
    let frames: Vec<_> =
        (0..1000).flat_map(|place| [frame(1, place * LEN), frame(2, place * LEN)]).collect();
    let mut defragment = Defragment::new(&Decoder::default());
    let mut streams = TcpStreams::new(FiveTuple::default());
    let mut bytes = 0;
    let mut push = |frame: &[u8]| {
        let raw = RawPacket::new(Timestamp::from_secs(7, 0), LinkType::ETHERNET, frame);
        let Some(raw) = defragment.push(&raw) else { return };
        streams.push(&raw, &mut |event: &StreamEvent<'_, _>| {
            if let StreamEvent::Data { chunk, .. } = event {
                bytes += chunk.bytes.len();
            }
        });
    };
    // Places are made for the connection.
    frames[..2].iter().for_each(|frame| push(frame));
    let allocations = measure(|| frames[2..].iter().for_each(|frame| push(frame)));
    assert_eq!((allocations.count_total, bytes), (0, 2000 * LEN as usize));
}
