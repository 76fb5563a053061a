//! From packets to a parser that takes everything and says nothing, by way of flows and streams.

use std::hint::black_box;

use flowscope::driver::{Driver, Event as FlowscopeEvent, SlotMessage};
use flowscope::extract::{FiveTuple as FlowscopeFiveTuple, FiveTupleKey as FlowscopeKey};
use rheos_core::Side;
use rheos_flow::FiveTuple;
use rheos_l7::dns::{DnsTcpParser, DnsUdpParser};
use rheos_l7::ftp::FtpParser;
use rheos_l7::http::HttpParser;
use rheos_l7::smtp::SmtpParser;
use rheos_l7::ssh::SshParser;
use rheos_l7::tls::TlsParser;
use rheos_l7::{Failure, Input as Bytes, OnGap, Probe, SessionParser};
use rheos_session::{Engine, EngineBuilder, Event};

use crate::extract::flowscope_view;
use crate::streams::Nothing as FlowscopeNothing;
use crate::{Frame, Input, Job, Mode, STRETCH, Way};

/// Of another engine's time without parsers, what those may cost that want nothing: the noise.
const NOTHING: f64 = 1.05;

/// Takes everything of every stream and says nothing.
#[derive(Clone)]
pub(crate) struct Nothing;

impl SessionParser for Nothing {
    type Message = ();

    fn name(&self) -> &'static str {
        "nothing"
    }

    fn probe(&self, _: &[u8], _: &[u8]) -> Probe {
        Probe::Match
    }

    fn feed(&mut self, input: &Bytes<'_>, _: &mut dyn FnMut(())) -> Result<usize, Failure> {
        Ok(black_box(input.bytes).len())
    }

    fn on_gap(&mut self, _: Side, _: u64, _: &[u8], _: &mut dyn FnMut(())) -> OnGap {
        OnGap::Resync
    }
}

/// The packets of the capture.
pub(crate) fn capture<'a>(input: &'a Input<'a>) -> Job<'a> {
    job("engine, no-op parser", input, &input.frames, &input.written.pcap)
}

/// Segments of one connection, in order.
pub(crate) fn in_order<'a>(input: &'a Input<'a>) -> Job<'a> {
    let sample = &input.streams.in_order;
    job("engine, no-op parser, in order", input, &sample.frames, &sample.written.pcap)
}

/// Ten thousand connections with losses.
pub(crate) fn lossy<'a>(input: &'a Input<'a>) -> Job<'a> {
    let sample = &input.streams.lossy;
    job("engine, no-op parser, 1 % lost of 10,000", input, &sample.frames, &sample.written.pcap)
}

fn job<'a>(
    name: &'static str,
    input: &'a Input<'a>,
    frames: &'a [Frame<'a>],
    pcap: &'a std::path::Path,
) -> Job<'a> {
    let parsing = || builder(input).parser(Nothing);
    let mut ways = vec![rheos("rheos Engine", frames, parsing), flowscope(frames).budget(0.3)];
    let gopacket = input.gopacket.as_ref();
    ways.extend(gopacket.map(|gopacket| gopacket.way(Mode::Engine, pcap).budget(0.5)));
    Job { name, packets: frames.len() as u64, ways }
}

/// Parsers that are asked for no flow of the capture.
pub(crate) fn unwanted<'a>(input: &'a Input<'a>) -> Job<'a> {
    let parsing = || all_parsers(input).detect(false);
    let frames = &input.frames;
    let ways = vec![
        rheos("rheos Engine, seven parsers without a port", frames, parsing),
        rheos("rheos Engine, no parser", frames, || builder(input)).budget(NOTHING),
    ];
    Job { name: "engine, parsers that want no flow", packets: frames.len() as u64, ways }
}

/// A stream that parsers are asked about and do not know.
pub(crate) fn unknown<'a>(input: &'a Input<'a>) -> Job<'a> {
    let frames = &input.streams.in_order.frames;
    let ways = vec![
        rheos("rheos Engine, seven parsers", frames, || all_parsers(input)),
        rheos("rheos Engine, no parser", frames, || builder(input)).budget(NOTHING),
    ];
    Job { name: "engine, a stream that no parser knows", packets: frames.len() as u64, ways }
}

pub(crate) fn builder(input: &Input<'_>) -> EngineBuilder<FiveTuple> {
    Engine::builder().extractor(FiveTuple::new(&input.decoder))
}

/// An engine with the parsers of most programs.
pub(crate) fn all_parsers(input: &Input<'_>) -> EngineBuilder<FiveTuple> {
    builder(input)
        .parser(HttpParser::default())
        .parser(TlsParser::default())
        .parser(SshParser::default())
        .parser(SmtpParser::default())
        .parser(FtpParser::default())
        .parser(DnsTcpParser::default())
        .datagram_parser(DnsUdpParser::default())
}

fn rheos<'a>(
    name: &'static str,
    frames: &'a [Frame<'a>],
    build: impl Fn() -> EngineBuilder<FiveTuple> + 'a,
) -> Way<'a> {
    let engine = move || build().build();
    Way::stateful(name, frames, engine, |engine, frame| {
        let mut events = 0;
        engine.packet(&frame.raw(), &mut |event: &Event<'_, _>| {
            black_box(event);
            events += 1;
        });
        (events > 0).then_some(events)
    })
}

/// As its own bench has it: a driver with one parser, here of every stream.
fn flowscope<'a>(frames: &'a [Frame<'a>]) -> Way<'a> {
    Way::new("flowscope Driver", |laps| {
        let mut builder = Driver::builder(FlowscopeFiveTuple::bidirectional());
        let mut slot = builder.session_broadcast(FlowscopeNothing);
        let mut driver = builder.build();
        let mut events: Vec<FlowscopeEvent<FlowscopeKey>> = Vec::new();
        let mut messages: Vec<SlotMessage<(), FlowscopeKey>> = Vec::new();
        let mut answers = 0;
        for stretch in frames.chunks(STRETCH) {
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
