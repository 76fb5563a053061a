//! A layer and a parser of its own, both seen in what rheos writes.

use rheos::layers::{
    FieldSink, Key, LayerType, Malformed, Next, Protocol, Role, Shape,
};
use rheos::prelude::*;

/// A made-up heartbeat over UDP.
#[derive(Clone, Copy)]
struct Beat<'a>(&'a [u8; 4]);

impl<'a> Layer<'a> for Beat<'a> {
    const PROTOCOL: &'static Protocol = &Protocol::new(
        LayerType(1000),
        "beat",
        "Heartbeat",
        |bytes, outer| Beat::parse_in(bytes, outer).map(|beat| beat.shape()),
        |bytes, outer, visitor| Beat::parse_in(bytes, outer).map(|beat| visitor(&beat)),
    )
    .role(Role::Application)
    .claims(&[Key::udp_port(7777)]);

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let short = Malformed::Truncated { need: 4, have: bytes.len() };
        bytes.first_chunk().map(Self).ok_or(short)
    }

    fn shape(&self) -> Shape {
        Shape { header_len: 4, payload_len: 0, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let [a, b, c, d] = *self.0;
        sink.number("beat.sender", u16::from_be_bytes([a, b]), 0..2);
        sink.number("beat.count", u16::from_be_bytes([c, d]), 2..4);
    }

    fn summary(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("beat")
    }
}

/// What the parser of heartbeats says.
#[derive(Debug)]
struct Count(u16);

#[derive(Clone)]
struct Beats;

impl DatagramParser for Beats {
    type Message = Count;

    fn name(&self) -> &'static str {
        "beat"
    }

    fn datagram(
        &mut self,
        input: &Input<'_>,
        out: &mut dyn FnMut(Count),
    ) -> Result<(), Failure> {
        let beat = Beat::parse(input.bytes).map_err(|error| Failure::new(error.to_string()))?;
        let [.., c, d] = *beat.0;
        out(Count(u16::from_be_bytes([c, d])));
        Ok(())
    }
}

/// An Ethernet frame with a heartbeat in it.
const FRAME: &[u8] = b"\x01\x02\x03\x04\x05\x06\x0a\x0b\x0c\x0d\x0e\x0f\x08\x00\
    \x45\x00\x00\x20\x00\x00\x00\x00\x40\x11\x00\x00\x0a\x00\x00\x01\x0a\x00\x00\x02\
    \x30\x39\x1e\x61\x00\x0c\x00\x00\x00\x07\x00\x2a";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let decoder = Decoder::new(&Registry::default().register::<Beat<'_>>()?);
    println!("{}", decoder.decode(LinkType::ETHERNET, FRAME));

    let builder = Engine::builder().extractor(FiveTuple::new(&decoder));
    let mut engine = builder.datagram_parser(Beats).on_port(7777, "beat").build();
    let raw = RawPacket::new(Timestamp::from_secs(7, 0), LinkType::ETHERNET, FRAME);
    engine.packet(&raw, &mut |event: &Event<'_, _>| match event.kind {
        EventKind::Message { parser, message, .. } => println!("{parser} says {message:?}"),
        _ => {}
    });
    Ok(())
}
