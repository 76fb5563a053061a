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
use rheos_session::log::{LogOptions, Logs};
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

/// A datagram from port 53 to a port, in IP.
fn answer_to(port: u16, message: &[u8]) -> Vec<u8> {
    let length = u16::try_from(message.len() + 8).unwrap_or(u16::MAX).to_be_bytes();
    let total = u16::try_from(message.len() + 28).unwrap_or(u16::MAX).to_be_bytes();
    let ip = [0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
    let udp = [&[0, 53], &port.to_be_bytes()[..], &length, &[0, 0]].concat();
    [&[0x45, 0], &total[..], &ip, &udp, message].concat()
}

#[test]
fn answers_that_nobody_asked_for_do_not_wait_in_memory() {
    const FLOWS: u16 = 450;
    const MAX_HELD: u64 = 8 << 20;
    // A name, and one answer of 40,000 bytes of a type that nobody knows.
    let head = [0, 2, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 1, b'a', 0, 0xff, 0, 0, 1];
    let answer = [0xc0, 12, 0xff, 0, 0, 1, 0, 0, 0, 1, 0x9c, 0x40];
    let message = [&head[..], &answer, &vec![b'x'; 40_000]].concat();
    assert!(u64::from(FLOWS) * message.len() as u64 > 2 * MAX_HELD, "too little to tell");
    let mut options = LogOptions::default();
    options.conn.verify_checksums = false;
    let mut logs = Logs::new(&Decoder::default(), options);
    let mut told = 0;
    let used = measure(|| {
        for flow in 0..FLOWS {
            let packet = answer_to(1024 + flow, &message);
            let time = Timestamp::from_secs(7, flow.into());
            let raw = RawPacket::new(time, LinkType::IPV4, &packet);
            logs.packet(&raw, &mut |record| told += usize::from(record.log.name == "dns"));
        }
        logs.finish(&mut |record| told += usize::from(record.log.name == "dns"));
    });
    assert_eq!(told, usize::from(FLOWS));
    assert!(used.bytes_max < MAX_HELD, "{} bytes at once", used.bytes_max);
}
