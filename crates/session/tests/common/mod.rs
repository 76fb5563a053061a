//! Packets of connections, and parsers that show what they were given.

#![allow(
    dead_code,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "tests build packets of known size, and each takes what it needs"
)]

use std::convert::Infallible;

use rheos_core::{LinkType, PacketSource, RawPacket, Side, Timestamp};
use rheos_flow::{FiveTuple, FiveTupleKey};
use rheos_l7::{DatagramParser, Expected, Failure, Input, OnGap, OnTick, Probe, SessionParser};
use rheos_session::{Engine, EngineBuilder, Event, EventKind};

pub(crate) const SYN: u8 = 2;
pub(crate) const ACK: u8 = 16;
pub(crate) const FIN: u8 = 1;
pub(crate) const RST: u8 = 4;

/// Packets, with the milliseconds at which they come.
#[derive(Clone, Default)]
pub(crate) struct Packets {
    pub(crate) all: Vec<(i64, Vec<u8>)>,
    next: usize,
}

impl PacketSource for Packets {
    type Error = Infallible;

    fn next_packet(&mut self) -> Result<Option<RawPacket<'_>>, Infallible> {
        let place = self.next;
        self.next += 1;
        Ok(self.raw().nth(place))
    }
}

impl Packets {
    /// The same from the start.
    pub(crate) fn again(&self) -> Self {
        Self { next: 0, ..self.clone() }
    }

    /// All of them.
    pub(crate) fn raw(&self) -> impl Iterator<Item = RawPacket<'_>> {
        self.all.iter().map(|(millis, bytes)| {
            let time = Timestamp::from_nanos(1_000_000_000_000 + millis * 1_000_000);
            RawPacket::new(time, LinkType::IPV4, bytes)
        })
    }

    pub(crate) fn push(&mut self, millis: i64, bytes: Vec<u8>) {
        self.all.push((millis, bytes));
    }
}

pub(crate) fn ipv4(protocol: u8, [from, to]: [u8; 2], behind: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(20 + behind.len()).unwrap().to_be_bytes();
    let front = [0x45, 0, high, low, 0, 0, 0, 0, 64, protocol, 0, 0, 10, 0, 0, from, 10, 0, 0, to];
    [&front[..], behind].concat()
}

pub(crate) fn udp(hosts: [u8; 2], ports: [u16; 2], payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(8 + payload.len()).unwrap();
    let words = [ports[0], ports[1], length, 0].map(u16::to_be_bytes);
    ipv4(17, hosts, &[words.as_flattened(), payload].concat())
}

pub(crate) fn icmp_unreachable(hosts: [u8; 2], quoted: &[u8]) -> Vec<u8> {
    ipv4(1, hosts, &[&[3, 3, 0, 0, 0, 0, 0, 0][..], quoted].concat())
}

/// A connection of TCP, of which each side counts its bytes.
#[derive(Clone, Copy)]
pub(crate) struct Tcp {
    pub(crate) hosts: [u8; 2],
    pub(crate) ports: [u16; 2],
    pub(crate) next: [u32; 2],
}

impl Tcp {
    pub(crate) fn new(client: u16, server: u16) -> Self {
        Self { hosts: [1, 2], ports: [client, server], next: [1000, 5000] }
    }

    pub(crate) fn segment(&mut self, side: Side, flags: u8, payload: &[u8]) -> Vec<u8> {
        let (mut hosts, mut ports) = (self.hosts, self.ports);
        let [mut seq, mut ack] = self.next;
        if side == Side::Responder {
            hosts.reverse();
            ports.reverse();
            (seq, ack) = (ack, seq);
        }
        if flags == SYN {
            ack = 0;
        }
        let step = u32::try_from(payload.len()).unwrap() + u32::from(flags & (SYN | FIN) != 0);
        self.next[side as usize] += step;
        let ports = ports.map(u16::to_be_bytes);
        let numbers = [seq, ack].map(u32::to_be_bytes);
        let rest = [0x50, flags, 0xff, 0xff, 0, 0, 0, 0];
        let tcp = [ports.as_flattened(), numbers.as_flattened(), &rest, payload].concat();
        ipv4(6, hosts, &tcp)
    }

    pub(crate) fn open(&mut self, packets: &mut Packets, millis: i64) {
        for (side, flags) in
            [(Side::Initiator, SYN), (Side::Responder, SYN | ACK), (Side::Initiator, ACK)]
        {
            packets.push(millis, self.segment(side, flags, b""));
        }
    }

    pub(crate) fn say(&mut self, packets: &mut Packets, millis: i64, side: Side, text: &str) {
        packets.push(millis, self.segment(side, ACK, text.as_bytes()));
    }

    pub(crate) fn close(&mut self, packets: &mut Packets, millis: i64) {
        for (side, flags) in
            [(Side::Initiator, FIN | ACK), (Side::Responder, FIN | ACK), (Side::Initiator, ACK)]
        {
            packets.push(millis, self.segment(side, flags, b""));
        }
    }
}

/// Lines of a stream that starts with a greeting; what it reads says what it does.
#[derive(Clone)]
pub(crate) struct Lines {
    pub(crate) name: &'static str,
    pub(crate) greeting: &'static str,
    pub(crate) on_gap: OnGap,
    hand_over: Option<&'static str>,
    expected: Option<Expected>,
    is_done: bool,
}

impl Lines {
    pub(crate) fn new(name: &'static str, greeting: &'static str) -> Self {
        let (on_gap, hand_over, expected) = (OnGap::StopSide, None, None);
        Self { name, greeting, on_gap, hand_over, expected, is_done: false }
    }

    /// The same, that does this behind a hole.
    pub(crate) fn on_gap(self, on_gap: OnGap) -> Self {
        Self { on_gap, ..self }
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Line(Side, String),
    Gap(Side, u64, String),
    End(Side, String),
}

impl SessionParser for Lines {
    type Message = Said;

    fn name(&self) -> &'static str {
        self.name
    }

    fn probe(&self, initiator: &[u8], responder: &[u8]) -> Probe {
        let greeting = self.greeting.as_bytes();
        let starts = |bytes: &[u8]| {
            if bytes.starts_with(greeting) && !greeting.is_empty() {
                Probe::Match
            } else if greeting.starts_with(bytes) {
                Probe::NeedMore
            } else {
                Probe::NoMatch
            }
        };
        match (starts(initiator), starts(responder)) {
            _ if greeting.is_empty() => Probe::NoMatch,
            (Probe::Match, _) | (_, Probe::Match) => Probe::Match,
            (Probe::NoMatch, Probe::NoMatch) => Probe::NoMatch,
            _ => Probe::NeedMore,
        }
    }

    fn feed(&mut self, input: &Input<'_>, out: &mut dyn FnMut(Said)) -> Result<usize, Failure> {
        let mut read = 0;
        for line in input.bytes.split_inclusive(|byte| *byte == b'\n') {
            let Some(line) = line.strip_suffix(b"\n") else { break };
            read += line.len() + 1;
            let line = String::from_utf8_lossy(line).into_owned();
            if line == "fail" {
                return Err(Failure::new("it was told to fail"));
            }
            let word = line.clone();
            out(Said::Line(input.side, line));
            if word == "done" {
                self.is_done = true;
                break;
            }
            if word == "tls" {
                self.hand_over = Some("other");
                break;
            }
            if let Some(port) = word.strip_prefix("port ") {
                self.expected = Some(Expected::new(input.side, port.parse().unwrap(), "data"));
            }
        }
        Ok(read)
    }

    fn on_gap(&mut self, side: Side, len: u64, unread: &[u8], out: &mut dyn FnMut(Said)) -> OnGap {
        out(Said::Gap(side, len, String::from_utf8_lossy(unread).into_owned()));
        self.on_gap
    }

    fn on_end(&mut self, input: &Input<'_>, out: &mut dyn FnMut(Said)) {
        out(Said::End(input.side, String::from_utf8_lossy(input.bytes).into_owned()));
    }

    fn is_done(&self) -> bool {
        self.is_done
    }

    fn hand_over(&self) -> Option<&'static str> {
        self.hand_over
    }

    fn take_expected(&mut self) -> Option<Expected> {
        self.expected.take()
    }
}

/// Datagrams as they are, unless they say that they are bad.
#[derive(Clone)]
pub(crate) struct Echo {
    pub(crate) magic: &'static [u8],
    reads_cut: bool,
    waiting: usize,
}

impl Echo {
    pub(crate) fn new(magic: &'static [u8]) -> Self {
        Self { magic, reads_cut: false, waiting: 0 }
    }

    /// The same, that may read datagrams that are cut.
    pub(crate) fn and_cut(self, reads_cut: bool) -> Self {
        Self { reads_cut, ..self }
    }
}

impl DatagramParser for Echo {
    type Message = String;

    fn name(&self) -> &'static str {
        "echo"
    }

    fn probe(&self, datagram: &[u8]) -> Probe {
        match datagram.starts_with(self.magic) {
            true => Probe::Match,
            false if self.magic.starts_with(datagram) => Probe::NeedMore,
            false => Probe::NoMatch,
        }
    }

    fn reads_cut(&self) -> bool {
        self.reads_cut
    }

    fn datagram(&mut self, input: &Input<'_>, out: &mut dyn FnMut(String)) -> Result<(), Failure> {
        if input.bytes == b"bad" {
            return Err(Failure::new("it is bad"));
        }
        self.waiting += 1;
        let end = if input.is_cut { "..." } else { "" };
        out(String::from_utf8_lossy(input.bytes).into_owned() + end);
        Ok(())
    }

    fn on_tick(&mut self, _now: Timestamp, out: &mut dyn FnMut(String)) -> OnTick {
        out(format!("{} waiting", self.waiting));
        OnTick::Again
    }

    fn on_end(&mut self, _now: Timestamp, out: &mut dyn FnMut(String)) {
        out("end".to_owned());
    }
}

/// An event as a line, without what a tracker calls the flow.
pub(crate) fn line(event: &Event<'_, FiveTupleKey>) -> String {
    let Event { packet, timestamp, flow, kind, .. } = event;
    let what = match kind {
        EventKind::Message { parser, side, message } => format!("{parser} {side:?} {message:?}"),
        EventKind::Ended { reason } => format!(
            "ended {reason:?} {:?} {:?} {}",
            flow.record.stats, flow.record.state, flow.record.history
        ),
        kind => format!("{kind:?}"),
    };
    format!("{packet} {} #{} {} {what}", timestamp.unix(), flow.number, flow.record.key)
}

/// What parsers say of packets.
pub(crate) fn said(builder: EngineBuilder<FiveTuple>, packets: &Packets) -> Vec<String> {
    let mut told = Vec::new();
    let sink = |event: &Event<'_, _>| match event.kind {
        EventKind::Message { parser, message, .. } => told.push(format!("{parser} {message:?}")),
        EventKind::Identified { parser, by } => told.push(format!("{parser} by {by:?}")),
        EventKind::Failed { parser, failure, .. } => told.push(format!("{parser}: {failure}")),
        _ => {}
    };
    builder.build().run(&mut packets.again(), sink).unwrap();
    told
}

/// Of lines behind `HELLO`.
pub(crate) fn lines() -> EngineBuilder<FiveTuple> {
    Engine::builder().parser(Lines::new("lines", "HELLO"))
}
