//! From the bytes of packets to the bytes of TCP streams, for a consumer that does nothing with them.

use std::hint::black_box;

use flowscope::driver::{Driver, Event, SlotMessage};
use flowscope::extract::{FiveTuple as FlowscopeFiveTuple, FiveTupleKey as FlowscopeKey};
use flowscope::{SessionParser, Timestamp as FlowscopeTime};
use rheos_flow::FiveTuple;
use rheos_session::{StreamEvent, TcpStreams};

use crate::extract::flowscope_view;
use crate::{Error, Frame, Input, Job, Mode, STRETCH, Sample, Way};

/// Segments of the talks of one connection: a multiple of those that come in reverse order.
#[allow(clippy::cast_possible_truncation, reason = "4096")]
const SEGMENTS: u32 = 8 * STRETCH as u32;
/// Segments that come in reverse order, one such run behind the other.
const REVERSED: u32 = 64;
/// Connections of the talk in which segments are lost, and segments of each.
const CONNECTIONS: u32 = 10_000;
const ROUNDS: u32 = 8;
/// Of so many segments one is lost, and sent again a round later.
const LOST: u32 = 100;
/// Bytes of a segment: what fills a frame, and what keeps many connections small.
const LONG: usize = 1400;
const SHORT: usize = 400;
/// Nanoseconds between two segments.
const PAUSE: u64 = 1000;
const SYN: u8 = 2;
const ACK: u8 = 16;

/// Talks over TCP.
pub struct Streams {
    /// One connection, in order.
    pub in_order: Sample,
    /// One connection, 64 segments each in reverse order.
    pub reversed: Sample,
    /// Ten thousand connections in turn, with one segment in a hundred sent again later.
    pub lossy: Sample,
}

impl Streams {
    /// Makes the frames, and writes the files.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn new() -> Result<Self, Error> {
        let mut in_order = Talk::new(LONG);
        in_order.syn(0);
        (0..SEGMENTS).for_each(|number| in_order.segment(0, number));
        let mut reversed = Talk::new(LONG);
        reversed.syn(0);
        for run in 0..SEGMENTS / REVERSED {
            (0..REVERSED).rev().for_each(|number| reversed.segment(0, run * REVERSED + number));
        }
        let mut lossy = Talk::new(SHORT);
        (0..CONNECTIONS).for_each(|connection| lossy.syn(connection));
        for round in 0..ROUNDS {
            for connection in 0..CONNECTIONS {
                let is_lost = |round: u32| (connection * ROUNDS + round) % LOST == 7;
                if round > 0 && is_lost(round - 1) {
                    lossy.segment(connection, round - 1);
                }
                if !is_lost(round) {
                    lossy.segment(connection, round);
                }
            }
        }
        Ok(Self {
            in_order: in_order.sample()?,
            reversed: reversed.sample()?,
            lossy: lossy.sample()?,
        })
    }
}

/// Segments of connections, one behind the other.
struct Talk {
    bytes: Vec<u8>,
    len: usize,
    /// Where each frame ends.
    ends: Vec<usize>,
}

impl Talk {
    fn new(len: usize) -> Self {
        Self { bytes: Vec::new(), len, ends: Vec::new() }
    }

    fn syn(&mut self, connection: u32) {
        self.frame(connection, u32::MAX, SYN, 0);
    }

    #[allow(clippy::cast_possible_truncation, reason = "a segment has less than 65,536 bytes")]
    fn segment(&mut self, connection: u32, number: u32) {
        self.frame(connection, number.wrapping_mul(self.len as u32), ACK, self.len);
    }

    #[allow(clippy::cast_possible_truncation, reason = "a segment has less than 65,536 bytes")]
    fn frame(&mut self, connection: u32, number: u32, flags: u8, len: usize) {
        let [_, high, middle, low] = connection.to_be_bytes();
        let [a, b] = (40 + len as u16).to_be_bytes();
        self.bytes.extend(b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\0");
        self.bytes
            .extend([0x45, 0, a, b, 0, 0, 0, 0, 64, 6, 0, 0, 10, high, middle, low, 11, 0, 0, 1]);
        self.bytes.extend([0x9c, 0x40, 0, 80]);
        self.bytes.extend(number.to_be_bytes());
        self.bytes.extend([0, 0, 0, 0, 0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
        self.bytes.resize(self.bytes.len() + len, b'x');
        self.ends.push(self.bytes.len());
    }

    /// The frames live as long as the process: whoever measures once frees nothing.
    fn sample(self) -> Result<Sample, Error> {
        let bytes: &'static [u8] = self.bytes.leak();
        let (mut frames, mut start, mut nanos) = (Vec::new(), 0, 0);
        for end in self.ends {
            let data = bytes.get(start..end).unwrap_or_default();
            frames.push(Frame { data, nanos, wire_length: u32::try_from(data.len())? });
            (start, nanos) = (end, nanos + PAUSE);
        }
        Sample::of(frames)
    }
}

/// Segments in order.
pub(crate) fn in_order<'a>(input: &'a Input<'a>) -> Job<'a> {
    job("streams, in order", input, &input.streams.in_order, 0.3, 0.5)
}

/// Runs of 64 segments in reverse order.
pub(crate) fn reversed<'a>(input: &'a Input<'a>) -> Job<'a> {
    job("streams, 64 segments reversed", input, &input.streams.reversed, 0.33, 0.33)
}

/// One segment in a hundred sent again later, in 10,000 connections.
pub(crate) fn lossy<'a>(input: &'a Input<'a>) -> Job<'a> {
    job("streams, 1 % lost of 10,000", input, &input.streams.lossy, 0.33, 0.33)
}

fn job<'a>(
    name: &'static str,
    input: &'a Input<'a>,
    sample: &'a Sample,
    of_flowscope: f64,
    of_gopacket: f64,
) -> Job<'a> {
    let mut ways = vec![rheos(input, sample), flowscope(sample).budget(of_flowscope)];
    let gopacket = input.gopacket.as_ref();
    let way = gopacket.map(|gopacket| gopacket.way(Mode::Streams, &sample.written.pcap));
    ways.extend(way.map(|way| way.budget(of_gopacket)));
    Job { name, packets: sample.frames.len() as u64, ways }
}

fn rheos<'a>(input: &'a Input<'a>, sample: &'a Sample) -> Way<'a> {
    let streams = || (TcpStreams::new(FiveTuple::new(&input.decoder)), 0_u64);
    Way::stateful("rheos TcpStreams", &sample.frames, streams, |(streams, sum), frame| {
        streams.push(&frame.raw(), &mut |event: &StreamEvent<'_, _>| {
            if let StreamEvent::Data { chunk, .. } = event {
                *sum += black_box(chunk.bytes).len() as u64;
            }
        });
        Some(*sum)
    })
}

/// Takes everything and says nothing.
#[derive(Default, Clone)]
pub(crate) struct Nothing;

impl SessionParser for Nothing {
    type Message = ();

    fn feed_initiator(&mut self, bytes: &[u8], _: FlowscopeTime, _: &mut Vec<()>) {
        black_box(bytes);
    }

    fn feed_responder(&mut self, bytes: &[u8], _: FlowscopeTime, _: &mut Vec<()>) {
        black_box(bytes);
    }
}

/// As its own bench has it: a driver with one parser, on the port.
fn flowscope(sample: &Sample) -> Way<'_> {
    Way::new("flowscope Driver", |laps| {
        let mut builder = Driver::builder(FlowscopeFiveTuple::bidirectional());
        let mut slot = builder.session_on_ports(Nothing, [80]);
        let mut driver = builder.build();
        let mut events: Vec<Event<FlowscopeKey>> = Vec::new();
        let mut messages: Vec<SlotMessage<(), FlowscopeKey>> = Vec::new();
        let mut answers = 0;
        for stretch in sample.frames.chunks(STRETCH) {
            for frame in stretch {
                events.clear();
                driver.track_into(flowscope_view(frame), &mut events);
                answers += u64::from(!black_box(&events).is_empty());
                slot.drain(&mut messages);
                messages.clear();
            }
            laps.end();
        }
        Ok(Some(answers))
    })
}
