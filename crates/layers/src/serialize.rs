//! Packets for serde: layers, their fields by name, and what went wrong.

use std::cell::RefCell;

use serde::ser::{Serialize, SerializeMap, SerializeSeq, SerializeStruct, Serializer};

use crate::{DecodeError, Field, FieldSink, Malformed, Packet, Span, Value, Verified};

impl Serialize for Packet<'_> {
    /// A struct of `layers`, `error`, `truncated` and `faults`, which is an array of what an error is.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields: FieldsOf = |packet, span, sink| {
            packet.visit(span, &mut |layer| layer.fields(sink));
        };
        Layers { packet: self, fields, faults: RefCell::default() }.with_error(serializer)
    }
}

impl Serialize for Verified<'_> {
    /// The same as of the packet, with what each checksum is worth among its fields.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields: FieldsOf = |packet, span, sink| packet.verified_fields(span, sink);
        Layers { packet: self.0, fields, faults: RefCell::default() }.with_error(serializer)
    }
}

/// Reports the fields of a layer.
type FieldsOf = fn(&Packet<'_>, &Span, &mut dyn FieldSink);

impl Serialize for DecodeError {
    /// A struct of `layer`, `offset` and `message`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut error = serializer.serialize_struct("DecodeError", 3)?;
        error.serialize_field("layer", self.name)?;
        error.serialize_field("offset", &self.offset)?;
        error.serialize_field("message", &self.cause.to_string())?;
        error.end()
    }
}

struct Layers<'p> {
    packet: &'p Packet<'p>,
    fields: FieldsOf,
    /// What was wrong inside the layers that are written.
    faults: RefCell<Vec<DecodeError>>,
}

impl Layers<'_> {
    fn with_error<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut packet = serializer.serialize_struct("Packet", 4)?;
        packet.serialize_field("layers", self)?;
        packet.serialize_field("error", &self.packet.error())?;
        packet.serialize_field("truncated", &self.packet.is_truncated())?;
        packet.serialize_field("faults", &self.faults)?;
        packet.end()
    }
}

impl Serialize for Layers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut layers = serializer.serialize_seq(None)?;
        self.elements(0, &mut layers)?;
        for (frame, packet) in (1..).zip(self.packet.further_frames()) {
            let inner = Layers { packet: &packet, fields: self.fields, faults: RefCell::default() };
            inner.elements(frame, &mut layers)?;
            self.faults.borrow_mut().extend(inner.faults.into_inner());
        }
        layers.end()
    }
}

impl Layers<'_> {
    /// The layers of a packet, or of a frame of an aggregate.
    fn elements<S: SerializeSeq>(&self, frame: usize, layers: &mut S) -> Result<(), S::Error> {
        let own = self.packet.own_layers().len();
        for (place, span) in self.packet.layers().iter().enumerate() {
            let is_quoted = place >= own;
            layers.serialize_element(&LayerOf { all: self, span, is_quoted, frame })?;
        }
        Ok(())
    }
}

/// One layer: `layer`, `offset`, `length` of the header, `fields`; `quoted`, where it is; and `frame`,
/// the number of a frame of an aggregate behind the first.
struct LayerOf<'p> {
    all: &'p Layers<'p>,
    span: &'p Span,
    is_quoted: bool,
    frame: usize,
}

impl Serialize for LayerOf<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Layers { packet, fields: fields_of, faults } = self.all;
        let mut found = Found::default();
        fields_of(packet, self.span, &mut found);
        let fault = found.fault.and_then(|fault| packet.fault_at(self.span, fault));
        faults.borrow_mut().extend(fault);
        let mut layer = serializer.serialize_map(None)?;
        let name = packet.protocol(self.span).map(|protocol| protocol.name);
        layer.serialize_entry("layer", &name)?;
        layer.serialize_entry("offset", &self.span.start)?;
        layer.serialize_entry("length", &self.span.header_len)?;
        layer.serialize_entry("fields", &Fields(&found.fields))?;
        if self.is_quoted {
            layer.serialize_entry("quoted", &true)?;
        }
        if self.frame > 0 {
            layer.serialize_entry("frame", &self.frame)?;
        }
        layer.end()
    }
}

/// What the walk over a layer tells.
#[derive(Default)]
struct Found {
    fields: Vec<(&'static str, Scalar)>,
    fault: Option<(Malformed, usize)>,
}

impl FieldSink for Found {
    fn field(&mut self, field: Field<'_>) {
        self.fields.push((field.name, Scalar::of(field.value)));
    }

    fn fault(&mut self, cause: Malformed, place: usize) {
        self.fault.get_or_insert((cause, place));
    }
}

/// The fields of a layer, by name; one that occurs more than once is an array.
struct Fields<'f>(&'f [(&'static str, Scalar)]);

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (place, (name, value)) in self.0.iter().enumerate() {
            let (before, behind) = self.0.split_at_checked(place).unwrap_or_default();
            if before.iter().any(|(other, _)| other == name) {
                continue;
            }
            let all: Vec<_> = behind.iter().filter(|(n, _)| n == name).map(|(_, v)| v).collect();
            match all[..] {
                [_] => map.serialize_entry(name, value)?,
                _ => map.serialize_entry(name, &all)?,
            }
        }
        map.end()
    }
}

/// A value that outlives the bytes it was read from.
enum Scalar {
    Number(u64),
    Signed(i64),
    Float(f64),
    Flag(bool),
    Text(String),
}

impl Scalar {
    fn of(value: Value<'_>) -> Self {
        match value {
            Value::Number(number) => Self::Number(number),
            Value::Signed(number) => Self::Signed(number),
            Value::Float(number) => Self::Float(number),
            Value::Flag(flag) => Self::Flag(flag),
            // Serializers escape what they must.
            Value::Text(text) => Self::Text(text.to_owned()),
            other => Self::Text(other.to_string()),
        }
    }
}

impl Serialize for Scalar {
    /// A number as a number, a bit as a boolean, everything else as its text.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => serializer.serialize_u64(*number),
            Self::Signed(number) => serializer.serialize_i64(*number),
            Self::Float(number) => serializer.serialize_f64(*number),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}
