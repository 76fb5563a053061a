//! Segments in order go through defragmentation, tracking and reassembly without an allocation, and
//! cost parsers that do not want them nothing.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a test: packets of known size"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use allocation_counter::measure;
use rheos_core::{LinkType, RawPacket, Timestamp};
use rheos_flow::FiveTuple;
use rheos_l7::{Failure, Input, Probe, SessionParser};
use rheos_layers::Decoder;
use rheos_session::{Defragment, Engine, Event, StreamEvent, TcpStreams};

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

/// Never knows what it is shown, and counts how often it is asked.
#[derive(Clone, Default)]
struct Unsure(Arc<AtomicUsize>);

impl SessionParser for Unsure {
    type Message = ();

    fn name(&self) -> &'static str {
        "unsure"
    }

    fn probe(&self, _: &[u8], _: &[u8]) -> Probe {
        self.0.fetch_add(1, Ordering::Relaxed);
        Probe::NeedMore
    }

    fn feed(&mut self, input: &Input<'_>, _: &mut dyn FnMut(())) -> Result<usize, Failure> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(input.bytes.len())
    }
}

#[test]
fn parsers_that_do_not_want_a_flow_are_not_asked_again_and_nothing_is_allocated_for_them() {
    let frames: Vec<_> =
        (0..1000).flat_map(|place| [frame(1, place * LEN), frame(2, place * LEN)]).collect();
    // Without detection nobody is asked; with it, about the first four pieces of both sides.
    for (detect, questions) in [(false, 0), (true, 4)] {
        let unsure = Unsure::default();
        let builder = Engine::builder().parser(unsure.clone()).on_port(9, "unsure");
        let mut engine = builder.detect(detect).build();
        let mut push = |frame: &Vec<u8>| {
            let raw = RawPacket::new(Timestamp::from_secs(7, 0), LinkType::ETHERNET, frame);
            engine.packet(&raw, &mut |_: &Event<'_, _>| {});
        };
        frames[..8].iter().for_each(&mut push);
        let allocations = measure(|| frames[8..].iter().for_each(&mut push));
        assert_eq!((allocations.count_total, unsure.0.load(Ordering::Relaxed)), (0, questions));
    }
}
