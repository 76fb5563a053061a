//! One difference between two captures, and how it is told.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::io::Write;

use rheos::layers::{Decoder, Field, Packet};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::Held;
use crate::dump::text::in_short;
use crate::error::Error;
use crate::output::{Output, Styled, hex};

/// The name under which times differ.
pub(super) const TIME: &str = "frame.time";
const LENGTH: &str = "frame.len";
const LINK_TYPE: &str = "frame.link_type";
/// The name of bytes that no field tells of.
const REST: &str = "data";
/// Most fields of one packet that are told: a hostile one has thousands.
const MAX_FIELDS: usize = 100;
/// The longest value that is told in full.
const MAX_VALUE: usize = 64;

/// A difference. Its fields are fixed: programs read them.
#[derive(Debug, Serialize)]
pub(super) struct Change {
    kind: Kind,
    /// Number of the packet in the first capture.
    a: Option<u64>,
    /// Number in the second.
    b: Option<u64>,
    /// Seconds since 1970, in the capture that has it, or the first.
    time: String,
    /// What the packet says in short.
    summary: String,
    fields: Vec<Difference>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Removed,
    Added,
    Changed,
}

/// A field whose value differs, or that only one has.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Difference {
    name: String,
    a: Option<String>,
    b: Option<String>,
}

impl Change {
    pub(super) fn removed(packet: &Held, decoder: &Decoder) -> Self {
        Self { a: Some(packet.number), ..Self::new(Kind::Removed, packet, decoder) }
    }

    pub(super) fn added(packet: &Held, decoder: &Decoder) -> Self {
        Self { b: Some(packet.number), ..Self::new(Kind::Added, packet, decoder) }
    }

    /// The difference of two packets, unless it is none that counts.
    pub(super) fn between(
        a: &Held,
        b: &Held,
        decoder: &Decoder,
        is_ignored: impl Fn(&str) -> bool,
    ) -> Option<Self> {
        let mut differences = Vec::new();
        let mut compare = |name: &str, a: String, b: String| {
            if a != b {
                let name = name.to_owned();
                differences.push(Difference { name, a: Some(a), b: Some(b) });
            }
        };
        compare(TIME, a.time.unix().to_string(), b.time.unix().to_string());
        compare(LENGTH, a.original_length.to_string(), b.original_length.to_string());
        compare(LINK_TYPE, a.link_type.to_string(), b.link_type.to_string());
        if a.data != b.data || a.link_type != b.link_type {
            let told = differences.len();
            let (fields_a, fields_b) = (fields(a, decoder), fields(b, decoder));
            differ(&fields_a, &fields_b, &mut differences);
            if differences.len() == told {
                let first = a.data.iter().zip(&b.data).take_while(|(a, b)| a == b).count();
                let from = |data: &[u8]| shorten(hex(data.get(first..).unwrap_or_default()));
                let (a, b) = (Some(from(&a.data)), Some(from(&b.data)));
                differences.push(Difference { name: format!("{REST}[{first}..]"), a, b });
            }
        }
        differences.retain(|difference| !is_ignored(&difference.name));
        differences.truncate(MAX_FIELDS);
        let change = Self::new(Kind::Changed, a, decoder);
        let (a, b) = (Some(a.number), Some(b.number));
        (!differences.is_empty()).then_some(Self { a, b, fields: differences, ..change })
    }

    fn new(kind: Kind, packet: &Held, decoder: &Decoder) -> Self {
        let decoded = decoder.decode(packet.link_type, &packet.data);
        let summary = in_short(&decoded);
        let time = packet.time.unix().to_string();
        Self { kind, a: None, b: None, time, summary, fields: Vec::new() }
    }

    /// Writes it as a line.
    pub(super) fn write(&self, output: &mut Output) -> Result<(), Error> {
        let theme = output.theme;
        let number = |number: Option<u64>| number.map_or_else(String::new, |n| n.to_string());
        match self.kind {
            Kind::Removed => {
                let sign = Styled(theme.error, "-");
                writeln!(output, "{sign} {} {} {}", number(self.a), self.time, self.summary)?;
            }
            Kind::Added => {
                let sign = Styled(theme.name, "+");
                writeln!(output, "{sign} {} {} {}", number(self.b), self.time, self.summary)?;
            }
            Kind::Changed => {
                let fields: Vec<_> = self.fields.iter().map(ToString::to_string).collect();
                let numbers = if self.a == self.b {
                    number(self.a)
                } else {
                    format!("{}/{}", number(self.a), number(self.b))
                };
                writeln!(output, "~ {numbers} {}", fields.join(", "))?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
        write!(f, "{} {} → {}", self.name, value(&self.a), value(&self.b))
    }
}

/// Whether two packets may be one: of the same layers, as far as those that carry others.
pub(super) fn is_alike(a: &Held, b: &Held, decoder: &Decoder) -> bool {
    let layers = |held: &Held| {
        let packet = decoder.decode(held.link_type, &held.data);
        let transport = packet.transport_layer().or(packet.network_layer()).map(|span| span.start);
        let layers = packet
            .own_layers()
            .iter()
            .take_while(|span| transport.is_none_or(|start| span.start <= start));
        layers.map(|span| span.layer).collect::<Vec<_>>()
    };
    layers(a) == layers(b)
}

/// Every field, by its name, in order.
fn fields(held: &Held, decoder: &Decoder) -> Vec<(&'static str, String)> {
    let packet = decoder.decode(held.link_type, &held.data);
    let mut fields = Vec::new();
    packet.fields(&mut |field: Field<'_>| {
        fields.push((field.name, shorten(field.value.to_string())));
    });
    let payload = Packet::payload(&packet);
    if !payload.is_empty() {
        fields.push((REST, shorten(hex(payload))));
    }
    fields
}

/// The fields that differ: the first of a name is compared with the first, the second with the
/// second.
fn differ(a: &[(&'static str, String)], b: &[(&'static str, String)], to: &mut Vec<Difference>) {
    let mut in_b: HashMap<&str, VecDeque<&String>> = HashMap::new();
    for (name, value) in b {
        in_b.entry(name).or_default().push_back(value);
    }
    for (name, value) in a {
        let other = in_b.get_mut(name).and_then(VecDeque::pop_front);
        if other != Some(value) {
            let (a, b) = (Some(value.clone()), other.cloned());
            to.push(Difference { name: (*name).to_owned(), a, b });
        }
    }
    for (name, _) in b {
        // Once for each that is left.
        let left = in_b.get_mut(name).and_then(VecDeque::pop_front);
        if let Some(value) = left {
            to.push(Difference { name: (*name).to_owned(), a: None, b: Some(value.clone()) });
        }
    }
}

/// A value that may be long, with a mark of all of it where it is cut, so that two that differ
/// behind the cut are not taken for the same.
fn shorten(value: String) -> String {
    let Some((place, _)) = value.char_indices().nth(MAX_VALUE) else { return value };
    let mark = hex(Sha256::digest(&value).get(..4).unwrap_or_default());
    format!("{}…#{mark}", value.get(..place).unwrap_or_default())
}
