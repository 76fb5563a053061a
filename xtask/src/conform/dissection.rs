//! What tshark says of a capture: every packet's layers and fields, texts kept once.

use std::collections::HashMap;

/// A text of a [`Dissection`]; equal texts have equal numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Text(pub(crate) u32);

/// What tshark says of a capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dissection {
    /// What tshark complained of, such as a capture cut short.
    pub(crate) complaint: String,
    pub(crate) packets: Vec<Packet>,
    pub(crate) texts: Texts,
}

/// A packet: its protocols in the order in which they open, nested ones too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Packet {
    pub(crate) layers: Vec<Layer>,
}

impl Packet {
    /// Whether this is a packet, and not another record of a capture that tshark lists among them.
    pub(crate) fn is_packet(&self, texts: &Texts) -> bool {
        let mut fields = self.layers.iter().flat_map(|layer| &layer.fields);
        fields.any(|field| texts.get(field.name) == "frame.encap_type")
    }
}

/// A protocol of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layer {
    pub(crate) name: Text,
    pub(crate) start: u32,
    pub(crate) len: u32,
    /// Its fields, those below other fields too, but not those of nested protocols.
    pub(crate) fields: Vec<Field>,
}

/// A field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: Text,
    /// What people see, or nothing where that is the bytes or too long to be kept.
    pub(crate) show: Text,
    /// The bytes in hexadecimal digits, or the number where the field is a part of bytes.
    pub(crate) value: Text,
    /// Whether tshark only shows it when asked.
    pub(crate) hidden: bool,
}

/// Texts, each once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Texts {
    all: Vec<Box<str>>,
    numbers: HashMap<Box<str>, u32>,
}

impl Default for Texts {
    fn default() -> Self {
        let mut texts = Self { all: Vec::new(), numbers: HashMap::new() };
        texts.intern("");
        texts
    }
}

impl Texts {
    /// The number of a text, a new one if it was not there.
    pub(crate) fn intern(&mut self, text: &str) -> Text {
        if let Some(&number) = self.numbers.get(text) {
            return Text(number);
        }
        let number = u32::try_from(self.all.len()).unwrap_or_default();
        self.all.push(text.into());
        self.numbers.insert(text.into(), number);
        Text(number)
    }

    /// A text by its number.
    pub(crate) fn get(&self, text: Text) -> &str {
        self.all.get(text.0 as usize).map_or("", |text| text)
    }

    /// Every text by number, the empty one first.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.all.iter().map(|text| &**text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_without_an_encapsulation_is_no_packet() {
        let mut texts = Texts::default();
        let mut packet_with = |field: &str| {
            let (name, none) = (texts.intern(field), texts.intern(""));
            let fields = vec![Field { name, show: none, value: none, hidden: false }];
            Packet { layers: vec![Layer { name: none, start: 0, len: 0, fields }] }
        };
        let (packet, record) = (packet_with("frame.encap_type"), packet_with("frame.len"));
        assert!(packet.is_packet(&texts) && !record.is_packet(&texts));
    }

    #[test]
    fn equal_texts_have_one_number() {
        let mut texts = Texts::default();
        let (a, b) = (texts.intern("a"), texts.intern("b"));
        assert_eq!((texts.intern("a"), texts.get(b), texts.iter().len()), (a, "b", 3));
    }
}
