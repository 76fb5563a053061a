//! Reads PDML, the XML in which tshark prints its dissection, as a stream.

use std::borrow::Cow;
use std::io::BufRead;

use anyhow::{Context, Result};
use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

use super::dissection::{Dissection, Field, Layer, Packet, Texts};

/// Longer texts are payload, which no field of ours carries; kept, they would be most of the cache.
const MAX_TEXT: usize = 1024;

/// What is kept of the layer `frame`: the rest tells of the capture file or repeats this.
const FRAME_FIELDS: &[&str] =
    &["frame.len", "frame.cap_len", "frame.time_epoch", "frame.protocols", "frame.encap_type"];

/// The outermost element: behind its end are statistics.
pub(super) const DOCUMENT: &[u8] = b"pdml";

/// Reads a whole document, and nothing behind it. One that ends early, because tshark died, gives its whole packets.
pub(crate) fn read(input: impl BufRead) -> Result<Dissection> {
    let mut reader = Reader::from_reader(input);
    reader.config_mut().check_end_names = false;
    let mut walk = Walk::default();
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).context("PDML")? {
            Event::Start(tag) => walk.open(&tag),
            Event::Empty(tag) => {
                walk.open(&tag);
                walk.close(tag.name().as_ref());
            }
            Event::End(tag) if tag.name().as_ref() == DOCUMENT => break,
            Event::End(tag) => walk.close(tag.name().as_ref()),
            Event::Eof => break,
            _ => {}
        }
    }
    Ok(Dissection { complaint: String::new(), packets: walk.packets, texts: walk.texts })
}

/// Where in the document we are.
#[derive(Default)]
struct Walk {
    packets: Vec<Packet>,
    texts: Texts,
    packet: Packet,
    /// For each open element, the place of the layer that its fields belong to.
    owners: Vec<usize>,
}

impl Walk {
    fn open(&mut self, tag: &BytesStart<'_>) {
        match tag.name().as_ref() {
            b"packet" => {
                self.packet = Packet::default();
                self.owners.clear();
            }
            b"proto" => {
                let layer = self.layer(&Attributes::of(tag));
                self.packet.layers.push(layer);
                self.owners.push(self.packet.layers.len().saturating_sub(1));
            }
            b"field" => {
                let owner = self.owners.last().copied().unwrap_or_default();
                self.owners.push(owner);
                self.field(owner, &Attributes::of(tag));
            }
            _ => {}
        }
    }

    fn close(&mut self, name: &[u8]) {
        match name {
            b"packet" => {
                let mut packet = std::mem::take(&mut self.packet);
                packet.layers.retain(|layer| self.texts.get(layer.name) != "geninfo");
                self.packets.push(packet);
            }
            b"proto" | b"field" => {
                self.owners.pop();
            }
            _ => {}
        }
    }

    fn layer(&mut self, attributes: &Attributes<'_>) -> Layer {
        Layer {
            name: self.texts.intern(&attributes.name),
            start: attributes.pos.parse().unwrap_or_default(),
            len: attributes.size.parse().unwrap_or_default(),
            fields: Vec::new(),
        }
    }

    fn field(&mut self, owner: usize, attributes: &Attributes<'_>) {
        let Attributes { name, show, value, hidden, .. } = attributes;
        let Some(layer) = self.packet.layers.get_mut(owner) else { return };
        let of_frame = self.texts.get(layer.name) == "frame";
        // A name without a dot is a line of text, or stands for a whole protocol.
        if !name.contains('.')
            || name.starts_with("_ws.")
            || of_frame && !FRAME_FIELDS.contains(&&**name)
        {
            return;
        }
        let show = if show.len() > MAX_TEXT || are_bytes(show, value) { "" } else { show };
        let value = if value.len() > MAX_TEXT { "" } else { value };
        layer.fields.push(Field {
            name: self.texts.intern(name),
            show: self.texts.intern(show),
            value: self.texts.intern(value),
            hidden: *hidden,
        });
    }
}

/// Whether `show` is the digits of `value` with a colon after each byte.
fn are_bytes(show: &str, value: &str) -> bool {
    show.contains(':') && show.bytes().filter(|&byte| byte != b':').eq(value.bytes())
}

/// The attributes of a `proto` or `field`.
#[derive(Default)]
pub(super) struct Attributes<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) show: Cow<'a, str>,
    value: Cow<'a, str>,
    pos: Cow<'a, str>,
    pub(super) size: Cow<'a, str>,
    pub(super) hidden: bool,
}

impl<'a> Attributes<'a> {
    pub(super) fn of(tag: &'a BytesStart<'_>) -> Self {
        let mut attributes = Self::default();
        for attribute in tag.attributes().with_checks(false).flatten() {
            let slot = match attribute.key.as_ref() {
                b"name" => &mut attributes.name,
                b"show" => &mut attributes.show,
                b"value" => &mut attributes.value,
                b"pos" => &mut attributes.pos,
                b"size" => &mut attributes.size,
                b"hide" => {
                    attributes.hidden = true;
                    continue;
                }
                _ => continue,
            };
            *slot = text(attribute.value);
        }
        attributes
    }
}

/// The text of an attribute. tshark prints bytes of packets, which need not be UTF-8.
fn text(raw: Cow<'_, [u8]>) -> Cow<'_, str> {
    let text = match raw {
        Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
        Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
    };
    match unescape(&text) {
        Ok(Cow::Owned(unescaped)) => Cow::Owned(unescaped),
        Ok(Cow::Borrowed(_)) | Err(_) => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A packet as one line per layer.
    fn lines(dissection: &Dissection, packet: &Packet) -> Vec<String> {
        let get = |text| dissection.texts.get(text);
        let line = |layer: &Layer| {
            let mut words = vec![format!("{}@{}+{}", get(layer.name), layer.start, layer.len)];
            for field in &layer.fields {
                let (name, show, value) = (get(field.name), get(field.show), get(field.value));
                words.push(format!("{}{name}={show}|{value}", if field.hidden { "~" } else { "" }));
            }
            words.join(" ")
        };
        packet.layers.iter().map(line).collect()
    }

    /// From `tshark -T pdml` 4.0.17 over an ICMP error that quotes a packet, cut to a few fields.
    const QUOTED: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<pdml version="0" creator="wireshark/4.0.17">
<packet>
  <proto name="geninfo" pos="0" showname="General information" size="70">
    <field name="num" pos="0" show="1" showname="Number" value="1" size="70"/>
  </proto>
  <proto name="frame" showname="Frame 1" size="70" pos="0">
    <field name="frame.time" size="0" pos="0" show="Jun 29, 2010"/>
    <field name="frame.len" size="0" pos="0" show="70"/>
  </proto>
  <proto name="ip" showname="Internet Protocol" size="20" pos="14">
    <field name="ip.flags" size="1" pos="20" show="0x00" value="0" unmaskedvalue="00">
      <field name="ip.flags.df" showname="Don&#x27;t fragment" size="1" pos="20" show="0" value="0"/>
    </field>
    <field name="ip.addr" hide="yes" size="4" pos="26" show="10.0.0.1" value="0a000001"/>
  </proto>
  <proto name="icmp" size="36" pos="34">
    <field name="icmp.type" size="1" pos="34" show="3" value="03"/>
    <proto name="ip" size="20" pos="42">
      <field name="ip.ttl" size="1" pos="50" show="1" value="01"/>
    </proto>
    <field name="" show="a &lt;line&gt;" size="1" pos="60" value="00">
      <field name="icmp.unused" size="2" pos="38" show="00:00" value="0000"/>
    </field>
  </proto>
</packet>
<packet>
  <proto name="frame" size="1" pos="0">"#;

    #[test]
    fn nested_protocols_become_layers_and_nested_fields_become_fields() {
        let dissection = read(QUOTED.as_bytes()).unwrap();
        assert_eq!(dissection.packets.len(), 1, "the cut packet is left out");
        let expected = [
            "frame@0+70 frame.len=70|",
            "ip@14+20 ip.flags=0x00|0 ip.flags.df=0|0 ~ip.addr=10.0.0.1|0a000001",
            "icmp@34+36 icmp.type=3|03 icmp.unused=|0000",
            "ip@42+20 ip.ttl=1|01",
        ];
        assert_eq!(lines(&dissection, &dissection.packets[0]), expected);
    }

    #[test]
    fn text_that_is_no_utf8_and_no_entity_is_kept_readable() {
        let raw = b"<packet><proto name=\"p\" pos=\"0\" size=\"1\">\
            <field name=\"p.a\" show=\"\xff&amp;&quot;\" value=\"ff\"/>\
            <field name=\"p.b\" show=\"&bogus;\"/></proto></packet>";
        let dissection = read(&raw[..]).unwrap();
        let expected = ["p@0+1 p.a=\u{fffd}&\"|ff p.b=&bogus;|"];
        assert_eq!(lines(&dissection, &dissection.packets[0]), expected);
    }

    #[test]
    fn what_is_behind_the_document_is_left_to_others() {
        let mut raw = &b"<pdml>\n<packet>\n</packet>\n</pdml>\n\n====\n<Follow>\n"[..];
        assert_eq!(read(&mut raw).unwrap().packets.len(), 1);
        assert_eq!(raw, b"\n\n====\n<Follow>\n");
    }

    #[test]
    fn long_texts_are_left_out() {
        let long = "ab".repeat(MAX_TEXT);
        let raw = format!(
            "<packet><proto name=\"p\"><field name=\"p.a\" show=\"{long}\" value=\"{long}\"/></proto></packet>"
        );
        let dissection = read(raw.as_bytes()).unwrap();
        assert_eq!(lines(&dissection, &dissection.packets[0]), ["p@0+0 p.a=|"]);
    }
}
