//! `NetBIOS` name service, [RFC 1002](https://www.rfc-editor.org/rfc/rfc1002) section 4.2: messages
//! of the form of DNS, whose names hold sixteen bytes.

use std::fmt;
use std::ops::Range;

use crate::layers::dns::{DnsHeader, DnsMessage, DnsName, DnsQuestion, DnsRecord};
use crate::{FieldSink, Key, Layer, LayerType, Malformed, Next, Protocol, Role, Shape, Value};

/// The type of a record of addresses.
const NB: u16 = 0x20;
/// The type of a record of the names of a node.
const NBSTAT: u16 = 0x21;
/// Bytes of a name: fifteen of text and one of the kind of service.
const NAME_LEN: usize = 16;
/// Room for the text of a name, each byte of it a number in angle brackets.
const MAX_TEXT: usize = NAME_LEN << 2;

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Nbns<'a> {
    /// The message in the form of DNS.
    pub message: DnsMessage<'a>,
}

/// A name: fifteen bytes, and the kind of service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NetbiosName(pub [u8; NAME_LEN]);

impl NetbiosName {
    /// Takes the name out of the first label of a name of DNS, half a byte a letter: RFC 1001,
    /// section 14.1.
    pub fn decode(name: &DnsName<'_>) -> Option<Self> {
        let label = name.labels().next()?;
        let (pairs, []) = label.as_chunks::<2>() else { return None };
        let half = |letter: u8| letter.checked_sub(b'A').filter(|half| *half < 16);
        let mut bytes = [0; NAME_LEN];
        if pairs.len() != NAME_LEN {
            return None;
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = half(*high)? << 4 | half(*low)?;
        }
        Some(Self(bytes))
    }

    /// The label that stands for the name in a message.
    pub fn encode(&self) -> [u8; NAME_LEN << 1] {
        let mut label = [0; NAME_LEN << 1];
        for (pair, byte) in label.as_chunks_mut::<2>().0.iter_mut().zip(self.0) {
            *pair = [(byte >> 4).saturating_add(b'A'), (byte & 15).saturating_add(b'A')];
        }
        label
    }

    /// Reports the name as text.
    pub(crate) fn report(&self, field: &'static str, at: Range<usize>, sink: &mut dyn FieldSink) {
        let mut text = Text::default();
        sink.value(field, Value::Text(text.of(self)), at);
    }

    /// The kind of service that the name stands for.
    pub fn suffix(&self) -> u8 {
        let [.., suffix] = self.0;
        suffix
    }
}

impl fmt::Display for NetbiosName {
    /// Writes the text without the spaces behind it, and the kind of service in angle brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_text(&self.0, f)?;
        write!(f, "<{:02x}>", self.suffix())
    }
}

/// Writes the first fifteen bytes of a name; those that are no text as numbers.
fn write_text(name: &[u8; NAME_LEN], f: &mut impl fmt::Write) -> fmt::Result {
    let (_, text) = name.split_last().unwrap_or((&0, &[]));
    let end = text.iter().rposition(|byte| *byte != b' ').map_or(0, |at| at.saturating_add(1));
    for &byte in text.get(..end).unwrap_or_default() {
        match byte {
            b' '..=b'~' => f.write_char(char::from(byte))?,
            _ => write!(f, "<{byte:02x}>")?,
        }
    }
    Ok(())
}

impl<'a> Layer<'a> for Nbns<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    #[inline(always)]
    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        DnsMessage::parse(bytes).map(|message| Self { message })
    }

    fn shape(&self) -> Shape {
        let header_len = self.message.bytes.len();
        Shape { header_len, payload_len: 0, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        header_fields(self.message.header, sink);
        let mut questions = self.message.questions();
        while let Some((at, question)) = sink.sound(questions.next_at(), questions.place()) {
            let DnsQuestion { name, question_type, class } = question;
            let end = self.name_field(&name, at, sink);
            sink.number("nbns.type", question_type.0, end..end.saturating_add(2));
            let end = end.saturating_add(2);
            sink.number("nbns.class", class.0, end..end.saturating_add(2));
        }
        let mut records = self.message.records();
        while let Some(record) = sink.sound(records.next(), records.place()) {
            self.record_fields(&record, sink);
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.message.is_response() { "response" } else { "request" };
        write!(f, "{:#06x} {kind} {}", self.message.id(), self.message.header.opcode().0)?;
        let question = self.message.questions().next().and_then(Result::ok);
        let record = || self.message.records().next()?.ok().map(|record| record.name);
        let name = question.map(|question| question.name).or_else(record);
        match name.and_then(|name| NetbiosName::decode(&name)) {
            Some(name) => write!(f, " {name}"),
            None => Ok(()),
        }
    }
}

impl Nbns<'_> {
    /// Reports a name and returns the place behind it.
    fn name_field(&self, name: &DnsName<'_>, at: usize, sink: &mut dyn FieldSink) -> usize {
        let end = DnsName::skip(self.message.bytes, at).unwrap_or(at);
        if let Some(name) = NetbiosName::decode(name) {
            name.report("nbns.name", at..end, sink);
        }
        end
    }

    fn record_fields(&self, record: &DnsRecord<'_>, sink: &mut dyn FieldSink) {
        let end = self.name_field(&record.name, record.at(), sink);
        let place = |from: usize, to: usize| end.saturating_add(from)..end.saturating_add(to);
        sink.number("nbns.type", record.record_type.0, place(0, 2));
        sink.number("nbns.class", record.class.0, place(2, 4));
        sink.number("nbns.ttl", record.ttl, place(4, 8));
        sink.number("nbns.data_length", record.data_bytes.len() as u64, place(8, 10));
        let (data, at) = (record.data_bytes, record.data_at);
        match record.record_type.0 {
            NB => addresses(data, at, sink),
            NBSTAT => status(data, at, sink),
            _ => sink.bytes("nbns.data", data, at..at.saturating_add(data.len())),
        }
    }
}

fn header_fields(header: &DnsHeader, sink: &mut dyn FieldSink) {
    let flags = header.flags.get();
    let is_response = flags & 0x8000 != 0;
    sink.number("nbns.id", header.id, 0..2);
    sink.number("nbns.flags", flags, 2..4);
    sink.flag("nbns.flags.response", is_response, 2..4);
    sink.number("nbns.flags.opcode", header.opcode().0, 2..4);
    if is_response {
        sink.flag("nbns.flags.authoritative", flags & 0x0400 != 0, 2..4);
    }
    sink.flag("nbns.flags.truncated", flags & 0x0200 != 0, 2..4);
    sink.flag("nbns.flags.recdesired", flags & 0x0100 != 0, 2..4);
    if is_response {
        sink.flag("nbns.flags.recavail", flags & 0x0080 != 0, 2..4);
    }
    sink.flag("nbns.flags.broadcast", flags & 0x0010 != 0, 2..4);
    if is_response {
        sink.number("nbns.flags.rcode", header.rcode().0, 2..4);
    }
    sink.number("nbns.count.queries", header.question_count, 4..6);
    sink.number("nbns.count.answers", header.answer_count, 6..8);
    sink.number("nbns.count.auth_rr", header.authority_count, 8..10);
    sink.number("nbns.count.add_rr", header.additional_count, 10..12);
}

/// RFC 1002, section 4.2.1.3.
fn addresses(data: &[u8], start: usize, sink: &mut dyn FieldSink) {
    for (at, &[high, low, a, b, c, d]) in (start..).step_by(6).zip(data.as_chunks().0) {
        let address_at = at.saturating_add(2);
        let flags = u16::from_be_bytes([high, low]);
        sink.number("nbns.nb_flags", flags, at..address_at);
        sink.flag("nbns.nb_flags.group", flags & 0x8000 != 0, at..address_at);
        sink.number("nbns.nb_flags.ont", flags >> 13 & 3, at..address_at);
        let place = address_at..address_at.saturating_add(4);
        sink.value("nbns.addr", Value::Ipv4([a, b, c, d].into()), place);
    }
}

/// RFC 1002, section 4.2.18.
fn status(data: &[u8], start: usize, sink: &mut dyn FieldSink) {
    let Some((&count, rest)) = data.split_first() else { return };
    sink.number("nbns.number_of_names", count, start..start.saturating_add(1));
    let mut at = start.saturating_add(1);
    let names = rest.as_chunks::<18>().0.iter().take(count.into());
    for entry in names {
        let (Some(name), Some(flags)) = (entry.first_chunk(), entry.last_chunk()) else { return };
        let (flags_at, flags) = (at.saturating_add(NAME_LEN), u16::from_be_bytes(*flags));
        let mut text = Text::default();
        // Text is there for the longest name.
        let _ = write_text(name, &mut text);
        sink.value("nbns.netbios_name", Value::Text(text.as_str()), at..flags_at);
        let place = flags_at..flags_at.saturating_add(2);
        sink.number("nbns.name_flags", flags, place.clone());
        sink.number("nbns.name_flags.ont", flags >> 13 & 3, place.clone());
        let bits = [
            ("nbns.name_flags.group", 0x8000),
            ("nbns.name_flags.drg", 0x1000),
            ("nbns.name_flags.cnf", 0x0800),
            ("nbns.name_flags.act", 0x0400),
            ("nbns.name_flags.prm", 0x0200),
        ];
        bits.into_iter().for_each(|(name, bit)| sink.flag(name, flags & bit != 0, place.clone()));
        at = place.end;
    }
    statistics(data.get(at.saturating_sub(start)..).unwrap_or_default(), at, sink);
}

fn statistics(data: &[u8], start: usize, sink: &mut dyn FieldSink) {
    let Some((&unit_id, mut rest)) = data.split_first_chunk::<6>() else { return };
    let mut at = start.saturating_add(6);
    sink.value("nbns.unit_id", Value::Mac(unit_id), start..at);
    let parts = [
        ("nbns.jumpers", 1),
        ("nbns.test_result", 1),
        ("nbns.version_number", 2),
        ("nbns.period_of_statistics", 2),
        ("nbns.num_crcs", 2),
        ("nbns.num_alignment_errors", 2),
        ("nbns.num_collisions", 2),
        ("nbns.num_send_aborts", 2),
        ("nbns.num_good_sends", 4),
        ("nbns.num_good_receives", 4),
        ("nbns.numretransmits", 2),
        ("nbns.num_no_resource_conditions", 2),
        ("nbns.numcommand_blocks", 2),
        ("nbns.numpending_sessions", 2),
        ("nbns.max_num_pending_sessions", 2),
        ("nbns.max_total_sessions_possible", 2),
        ("nbns.session_data_packet_size", 2),
    ];
    for (name, len) in parts {
        let Some((bytes, behind)) = rest.split_at_checked(len) else { return };
        let number = bytes.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        sink.number(name, number, at..at.saturating_add(len));
        at = at.saturating_add(len);
        rest = behind;
    }
}

/// The text of a name, without a heap.
struct Text {
    bytes: [u8; MAX_TEXT],
    len: usize,
}

impl Default for Text {
    fn default() -> Self {
        Self { bytes: [0; MAX_TEXT], len: 0 }
    }
}

impl Text {
    fn of(&mut self, name: &NetbiosName) -> &str {
        use fmt::Write;
        // What does not fit is left out: no name is so long.
        let _ = write!(self, "{name}");
        self.as_str()
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(self.bytes.get(..self.len).unwrap_or_default()).unwrap_or_default()
    }
}

impl fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len.saturating_add(text.len());
        self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::NBNS,
    "nbns",
    "NetBIOS Name Service",
    |bytes, outer| Nbns::parse_in(bytes, outer).map(|nbns| nbns.shape()),
    |bytes, outer, visitor| Nbns::parse_in(bytes, outer).map(|nbns| visitor(&nbns)),
)
.specification("RFC 1002")
.role(Role::Application)
.claims(&[Key::udp_port(137)])
.template(&[0, 0, 1, 0x10, 0, 0, 0, 0, 0, 0, 0, 0]);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::layers::golden::{self, hex};

    const FIXTURE: &str = include_str!("../../tests/tshark/nbns.txt");

    #[test]
    fn fields_are_those_of_tshark() {
        // tshark adds what a kind of service is called, in some places and not in others.
        let names = &["nbns.name"];
        golden::check(FIXTURE, &["nbns"], names, names);
    }

    #[test]
    fn names_are_half_a_byte_a_letter() {
        let mut wire = vec![32];
        wire.extend(b"EFFAEJEECACACACACACACACACACACABL");
        wire.push(0);
        let name = DnsName::parse(&wire).unwrap();
        let netbios = NetbiosName::decode(&name).unwrap();
        assert_eq!((netbios.to_string().as_str(), netbios.suffix()), ("EPID<1b>", 0x1b));
        assert_eq!(netbios.encode(), wire[1..33]);
        for bad in [&b"\x03www\0"[..], b"\0", &[&[32][..], &[b'a'; 32], &[0]].concat()] {
            assert_eq!(NetbiosName::decode(&DnsName::parse(bad).unwrap()), None);
        }
    }

    #[test]
    fn a_line_for_people_names_who_is_asked_for() {
        let case = FIXTURE.split("\n= ").nth(1).unwrap();
        let bytes = &hex(case.lines().nth(1).unwrap())[42..];
        let nbns = Nbns::parse(bytes).unwrap();
        let line = fmt::from_fn(|f| nbns.summary(f)).to_string();
        assert_eq!(line, "0xa524 request 0 EPID<1b>");
        let cut = Malformed::Truncated { need: 12, have: 11 };
        assert_eq!(Nbns::parse(&bytes[..11]), Err(cut));
    }

    proptest! {
        #[test]
        fn any_record_has_its_fields_inside(record_type in 31..35_u8, data in prop::collection::vec(any::<u8>(), 0..120)) {
            let mut bytes = vec![0, 0, 0x80, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, record_type, 0, 1, 0, 0, 0, 0, 0];
            bytes.push(u8::try_from(data.len()).unwrap());
            bytes.extend(data);
            Nbns::parse(&bytes).unwrap().fields(&mut |field: crate::Field<'_>| {
                assert!(field.bytes.end <= bytes.len(), "{field:?}");
            });
        }
    }
}
