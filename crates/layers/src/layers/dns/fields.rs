//! Fields of messages, under Wireshark's names.

use std::fmt;

use super::name::NameText;
use super::{DnsFlags, DnsHeader, DnsMessage, DnsName, DnsOpcode, DnsQuestion, DnsRecord};
use super::{DnsRcode, DnsType};
use crate::{FieldSink, Malformed, Value};

/// Most bytes of names that are written for a message. Compression makes names longer than their
/// messages: some twice in good faith, a hundred times in an attack on whoever writes them out.
const MAX_NAMES: usize = 1 << 20;
/// The bit of a class that has another meaning in multicast DNS: RFC 6762, section 18.12.
const TOP_BIT: u16 = 0x8000;
/// Answers in a line for people.
const MAX_SHOWN: usize = 3;

/// What gives the bits of a message their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavor {
    Unicast,
    Multicast,
    LinkLocal,
}

/// Reports fields of a message one behind the other.
pub(super) struct Out<'s, 'a> {
    sink: &'s mut dyn FieldSink,
    pub(super) message: &'a [u8],
    /// Where the message starts in its layer.
    base: usize,
    /// The next place in the message.
    pub(super) at: usize,
    text: NameText,
    /// Bytes of names written.
    names: usize,
}

impl Out<'_, '_> {
    /// Reports the next bytes.
    pub(super) fn value(&mut self, name: &'static str, value: Value<'_>, len: usize) {
        self.here(name, value, len);
        self.at = self.at.saturating_add(len);
    }

    /// Reports the next bytes and stays in front of them.
    pub(super) fn here(&mut self, name: &'static str, value: Value<'_>, len: usize) {
        let from = self.base.saturating_add(self.at);
        self.sink.value(name, value, from..from.saturating_add(len));
    }

    pub(super) fn u8(&mut self, name: &'static str, value: u8) {
        self.value(name, Value::Number(value.into()), 1);
    }

    pub(super) fn u16(&mut self, name: &'static str, value: u16) {
        self.value(name, Value::Number(value.into()), 2);
    }

    pub(super) fn u32(&mut self, name: &'static str, value: u32) {
        self.value(name, Value::Number(value.into()), 4);
    }

    pub(super) fn flag(&mut self, name: &'static str, value: bool, len: usize) {
        self.here(name, Value::Flag(value), len);
    }

    pub(super) fn bytes(&mut self, name: &'static str, value: &[u8]) {
        self.value(name, Value::Bytes(value), value.len());
    }

    /// Reports bytes that are text, if they are.
    pub(super) fn text(&mut self, name: &'static str, value: &[u8]) {
        let text = std::str::from_utf8(value).map_or(Value::Bytes(value), Value::Text);
        self.value(name, text, value.len());
    }

    /// Reports bytes that are text, behind their length of one byte.
    pub(super) fn string(&mut self, length: &'static str, name: &'static str, value: &[u8]) {
        self.value(length, Value::Number(value.len() as u64), 1);
        self.text(name, value);
    }

    /// Reports a name.
    pub(super) fn name(&mut self, field: &'static str, name: &DnsName<'_>) {
        self.name_here(field, name);
        self.at = DnsName::skip(self.message, self.at).unwrap_or(self.at);
    }

    /// Reports a name and stays in front of it.
    fn name_here(&mut self, field: &'static str, name: &DnsName<'_>) {
        self.names = self.names.saturating_add(name.len());
        let end = DnsName::skip(self.message, self.at).unwrap_or(self.at);
        let place = self.base.saturating_add(self.at)..self.base.saturating_add(end);
        // Wireshark's word for it.
        let text = if name.is_root() { "<Root>" } else { self.text.of(name) };
        self.sink.value(field, Value::Text(text), place);
    }

    /// What a list at this place has next. Its error is a fault of the message.
    pub(super) fn sound<T>(&mut self, next: Option<Result<T, Malformed>>) -> Option<T> {
        self.sink.sound(next, self.base.saturating_add(self.at))
    }

    /// Whether no more names may be written.
    pub(super) fn is_spent(&self) -> bool {
        self.names > MAX_NAMES
    }
}

/// Reports a message whose first byte is at `base` of its layer, up to the first error.
pub(crate) fn fields(
    message: &DnsMessage<'_>,
    flavor: Flavor,
    base: usize,
    sink: &mut dyn FieldSink,
) {
    let text = NameText::new();
    let mut out = Out { sink, message: message.bytes, base, at: 0, text, names: 0 };
    header_fields(message.header, flavor, &mut out);
    let mut questions = message.questions();
    let place = |at: usize| base.saturating_add(at);
    while let Some((at, question)) = out.sink.sound(questions.next_at(), place(questions.place())) {
        if out.is_spent() {
            return;
        }
        out.at = at;
        question_fields(&question, flavor, &mut out);
    }
    let mut records = message.records();
    while let Some(record) = out.sink.sound(records.next(), place(records.place())) {
        if out.is_spent() {
            return;
        }
        record_fields(&record, flavor, &mut out);
    }
}

fn header_fields(header: &DnsHeader, flavor: Flavor, out: &mut Out<'_, '_>) {
    out.u16("dns.id", header.id.get());
    let flags = header.flags();
    let is_response = flags.contains(DnsFlags::RESPONSE);
    let is_local = flavor == Flavor::LinkLocal;
    out.here("dns.flags", Value::Number(header.flags.get().into()), 2);
    let mut flag = |name, bit| out.flag(name, flags.contains(bit), 2);
    flag("dns.flags.response", DnsFlags::RESPONSE);
    if is_local {
        flag("dns.flags.conflict", DnsFlags::AUTHORITATIVE);
    } else if is_response {
        flag("dns.flags.authoritative", DnsFlags::AUTHORITATIVE);
    }
    flag("dns.flags.truncated", DnsFlags::TRUNCATED);
    if is_local {
        flag("dns.flags.tentative", DnsFlags::RECURSION_DESIRED);
    } else {
        flag("dns.flags.recdesired", DnsFlags::RECURSION_DESIRED);
        if is_response {
            flag("dns.flags.recavail", DnsFlags::RECURSION_AVAILABLE);
        }
        // RFC 6840, section 5.7: who asks may say that the answer's flag will be understood.
        if is_response || flags.contains(DnsFlags::AUTHENTIC_DATA) {
            flag("dns.flags.authenticated", DnsFlags::AUTHENTIC_DATA);
        }
        flag("dns.flags.z", DnsFlags::Z);
        flag("dns.flags.checkdisable", DnsFlags::CHECKING_DISABLED);
    }
    out.here("dns.flags.opcode", Value::Number(header.opcode().0.into()), 2);
    if is_response {
        out.here("dns.flags.rcode", Value::Number(header.rcode().0.into()), 2);
    }
    out.at = out.at.saturating_add(2);
    let names = if header.opcode() == DnsOpcode::UPDATE {
        ["dns.count.zones", "dns.count.prerequisites", "dns.count.updates", "dns.count.add_rr"]
    } else {
        ["dns.count.queries", "dns.count.answers", "dns.count.auth_rr", "dns.count.add_rr"]
    };
    let DnsHeader { question_count, answer_count, authority_count, additional_count, .. } = *header;
    let counts = [question_count, answer_count, authority_count, additional_count];
    names.into_iter().zip(counts).for_each(|(name, count)| out.u16(name, count.get()));
}

fn question_fields(question: &DnsQuestion<'_>, flavor: Flavor, out: &mut Out<'_, '_>) {
    let DnsQuestion { name, question_type, class } = question;
    out.name_here("dns.qry.name", name);
    let end = DnsName::skip(out.message, out.at).unwrap_or(out.at);
    let len = end.saturating_sub(out.at);
    // Characters between the dots and the dots; of the root, of Wireshark's word for it.
    let length = if name.is_root() { "<Root>".len() } else { name.len().saturating_sub(2) };
    out.here("dns.qry.name.len", Value::Number(length as u64), len);
    out.value("dns.count.labels", Value::Number(name.labels().count().max(1) as u64), len);
    out.u16("dns.qry.type", question_type.0);
    if flavor == Flavor::Multicast {
        out.flag("dns.qry.qu", class.0 & TOP_BIT != 0, 2);
        out.u16("dns.qry.class", class.0 & !TOP_BIT);
    } else {
        out.u16("dns.qry.class", class.0);
    }
}

fn record_fields(record: &DnsRecord<'_>, flavor: Flavor, out: &mut Out<'_, '_>) {
    let DnsRecord { name, record_type, class, ttl, data_bytes, .. } = record;
    let is_multicast = flavor == Flavor::Multicast;
    out.at = record.at();
    // Wireshark shows the parts of the name of a service instead.
    if *record_type == DnsType::SRV && service_fields(name, out) {
        out.at = DnsName::skip(out.message, out.at).unwrap_or(out.at);
    } else {
        out.name("dns.resp.name", name);
    }
    out.u16("dns.resp.type", record_type.0);
    if is_multicast {
        out.flag("dns.resp.cache_flush", class.0 & TOP_BIT != 0, 2);
    }
    let masked = if is_multicast { class.0 & !TOP_BIT } else { class.0 };
    if *record_type == DnsType::OPT {
        out.u16("dns.rr.udp_payload_size", masked);
        let [extended_rcode, version, a, b] = ttl.to_be_bytes();
        out.u8("dns.resp.ext_rcode", extended_rcode);
        out.u8("dns.resp.edns0_version", version);
        let z = u16::from_be_bytes([a, b]);
        out.flag("dns.resp.z.do", z & TOP_BIT != 0, 2);
        out.here("dns.resp.z.reserved", Value::Number((z & !TOP_BIT).into()), 2);
        out.u16("dns.resp.z", z);
    } else {
        out.u16("dns.resp.class", masked);
        out.u32("dns.resp.ttl", *ttl);
    }
    out.value("dns.resp.len", Value::Number(data_bytes.len() as u64), 2);
    super::data_fields::fields(&record.data(), out);
}

/// The parts of the name of a service, if it has them: RFC 2782.
fn service_fields(name: &DnsName<'_>, out: &mut Out<'_, '_>) -> bool {
    let mut labels = name.labels();
    let (Some(service), Some(protocol)) = (labels.next(), labels.next()) else { return false };
    let end = DnsName::skip(out.message, out.at).unwrap_or(out.at);
    let len = end.saturating_sub(out.at);
    for (field, label) in [("dns.srv.service", service), ("dns.srv.proto", protocol)] {
        let text = std::str::from_utf8(label).map_or(Value::Bytes(label), Value::Text);
        out.here(field, text, len);
    }
    if let Some(behind) = name.without(2).filter(|behind| !behind.is_root()) {
        out.name_here("dns.srv.name", &behind);
    }
    true
}

/// Writes id, result, first question and first answers.
pub(crate) fn summary(message: &DnsMessage<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let header = message.header;
    write!(f, "{:#06x}", message.id())?;
    if header.opcode() != DnsOpcode::QUERY {
        write!(f, " {}", header.opcode())?;
    }
    if header.rcode() != DnsRcode::NO_ERROR {
        write!(f, " {}", header.rcode())?;
    }
    if let Some(Ok(DnsQuestion { name, question_type, .. })) = message.questions().next() {
        write!(f, " {question_type}? {name}")?;
    }
    if !message.is_response() {
        return Ok(());
    }
    let answers = message.answers().map_while(Result::ok).take(MAX_SHOWN);
    for (place, answer) in answers.enumerate() {
        write!(f, "{} {}", if place == 0 { " →" } else { "," }, answer.record_type)?;
        super::data_fields::summary(&answer.data(), f)?;
    }
    let more = usize::from(header.answer_count.get()).saturating_sub(MAX_SHOWN);
    if more > 0 { write!(f, ", {more} more") } else { Ok(()) }
}
