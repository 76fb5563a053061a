//! A layer written outside the workspace: it has every right that a built-in one has.
//!
//! `cargo run --package rheos --example custom_layer`

use std::error::Error;
use std::fmt;

use rheos::layers::{
    Decoder, Ethernet, FieldSink, FixedDecoder, Ip, Ipv4, Key, Layer, LayerSet, LayerType,
    LinkType, Malformed, Next, Protocol, Registry, Role, Shape, Udp,
};

/// A made-up heartbeat over UDP: who beats, and how often it did, in network byte order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Beat<'a> {
    bytes: &'a [u8; 4],
}

impl Beat<'_> {
    /// Who beats.
    pub(crate) fn sender(self) -> u16 {
        let [a, b, ..] = *self.bytes;
        u16::from_be_bytes([a, b])
    }

    /// How often it did.
    pub(crate) fn count(self) -> u16 {
        let [.., a, b] = *self.bytes;
        u16::from_be_bytes([a, b])
    }
}

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
        match bytes.first_chunk() {
            Some(bytes) => Ok(Self { bytes }),
            None => Err(Malformed::Truncated { need: 4, have: bytes.len() }),
        }
    }

    fn shape(&self) -> Shape {
        Shape { header_len: 4, payload_len: 0, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("beat.sender", self.sender(), 0..2);
        sink.number("beat.count", self.count(), 2..4);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "beat {} of {}", self.count(), self.sender())
    }
}

/// An Ethernet frame with a heartbeat in it.
pub(crate) const FRAME: &[u8] = b"\x01\x02\x03\x04\x05\x06\x0a\x0b\x0c\x0d\x0e\x0f\x08\x00\
    \x45\x00\x00\x20\x00\x00\x00\x00\x40\x11\x00\x00\x0a\x00\x00\x01\x0a\x00\x00\x02\
    \x30\x39\x1e\x61\x00\x0c\x00\x00\x00\x07\x00\x2a";

type Stack<'a> = (Ethernet<'a>, Ip<'a>, Udp<'a>, Beat<'a>);
type Set<'a> = (Option<Ethernet<'a>>, Option<Ipv4<'a>>, Option<Udp<'a>>, Option<Beat<'a>>);

/// Finds the heartbeat by every way there is.
///
/// # Errors
///
/// None, with this frame.
pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    let decoder = Decoder::new(&Registry::default().register::<Beat<'_>>()?);
    let packet = decoder.decode(LinkType::ETHERNET, FRAME);
    let beat: Beat<'_> = packet.get().ok_or("the port leads to it")?;
    assert_eq!((beat.sender(), beat.count()), (7, 42));

    let (.., again) = FixedDecoder::<Stack<'_>>::decode(FRAME)?;
    let (.., in_set) = LayerSet::<Set<'_>>::decode(LinkType::ETHERNET, FRAME).layers;
    assert_eq!((again, in_set), (beat, Some(beat)));
    assert!(packet.to_string().ends_with("beat.sender=7 beat.count=42"));
    Ok(())
}
