//! Our side: a packet as plain layers and fields.

use std::collections::HashSet;
use std::fmt;
use std::net::IpAddr;

use rheos_core::RawPacket;
use rheos_layers::{Decoder, Field, Packet, Registry};

use super::mapping;
use super::theirs::Told;

/// A packet: its layers, and the one whose header is malformed behind them, if any.
pub(crate) struct Decoded {
    pub(crate) layers: Vec<Layer>,
    pub(crate) error: Option<&'static str>,
}

/// A layer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Layer {
    pub(crate) name: &'static str,
    pub(crate) fields: Vec<(&'static str, Value)>,
}

/// The value of a field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Number(u64),
    Signed(i64),
    Float(f64),
    Flag(bool),
    Address(IpAddr),
    Bytes(Vec<u8>),
    Text(String),
}

/// Our decoder, with every layer that is built in.
pub(crate) struct Ours {
    decoder: Decoder,
    known: HashSet<&'static str>,
}

impl Default for Ours {
    fn default() -> Self {
        Self::new(&Registry::default())
    }
}

impl Ours {
    fn new(registry: &Registry) -> Self {
        let known = registry.protocols().map(|protocol| mapping::theirs(protocol.name)).collect();
        Self { decoder: Decoder::new(registry), known }
    }

    /// A decoder that is told what a capture does not say.
    pub(crate) fn told(told: &Told) -> Self {
        Self::new(&Registry::default().claim(told.key, told.layer))
    }

    /// Whether we have a layer for a protocol of tshark's.
    pub(crate) fn knows(&self, theirs: &str) -> bool {
        self.known.contains(theirs)
    }

    /// Decodes a packet. The first layer is `frame`: what the capture says of it.
    pub(crate) fn decode(&self, raw: &RawPacket<'_>) -> Decoded {
        let mut layers = vec![frame(raw)];
        let mut packet = Packet::new(&self.decoder);
        packet.decode(raw.link_type, raw.data);
        add(&packet, &mut layers);
        packet.further_frames().for_each(|frame| add(&frame, &mut layers));
        Decoded { layers, error: packet.error().map(|error| error.name) }
    }
}

/// Adds the layers of a packet.
fn add(packet: &Packet<'_>, layers: &mut Vec<Layer>) {
    for span in packet.layers() {
        let Some(protocol) = packet.protocol(span) else { continue };
        let mut fields = Vec::new();
        packet.visit(span, &mut |layer| {
            layer.fields(&mut |field: Field<'_>| fields.push((field.name, field.value.into())));
        });
        layers.push(Layer { name: protocol.name, fields });
    }
}

fn frame(raw: &RawPacket<'_>) -> Layer {
    let fields = vec![
        ("frame.len", Value::Number(raw.original_length.into())),
        ("frame.cap_len", Value::Number(raw.data.len() as u64)),
        ("frame.time_epoch", Value::Text(raw.timestamp.unix().to_string())),
    ];
    Layer { name: "frame", fields }
}

impl From<rheos_layers::Value<'_>> for Value {
    fn from(value: rheos_layers::Value<'_>) -> Self {
        use rheos_layers::Value as Of;
        match value {
            Of::Number(number) => Self::Number(number),
            Of::Signed(number) => Self::Signed(number),
            Of::Float(number) => Self::Float(number),
            Of::Flag(flag) => Self::Flag(flag),
            Of::Mac(bytes) => Self::Bytes(bytes.into()),
            Of::Ipv4(address) => Self::Address(address.into()),
            Of::Ipv6(address) => Self::Address(address.into()),
            Of::Bytes(bytes) => Self::Bytes(bytes.into()),
            Of::Text(text) => Self::Text(text.to_owned()),
            other => Self::Text(other.to_string()),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Signed(number) => number.fmt(f),
            Self::Float(number) => number.fmt(f),
            Self::Flag(flag) => u8::from(*flag).fmt(f),
            Self::Address(address) => address.fmt(f),
            Self::Bytes(bytes) => bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
            Self::Text(text) => f.write_str(text),
        }
    }
}
