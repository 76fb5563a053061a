//! Questions and answers: Zeek's `dns.log`.

use std::fmt::Write;
use std::time::Duration;

use rheos_l7::dns::{DnsEvent, DnsResponseCode, OwnedDnsMessage};
use rheos_layers::{DnsData, DnsFlags, DnsRecord, Malformed};

use super::logs::Row;
use super::record::{Source, column};
use super::weird::Once;
use super::{Answer, Log, Question, Value};

pub(super) use self::names::question_type;

mod names;

/// A question, with its answer if there is one.
pub static DNS: Log = Log::new(
    "dns",
    "dns",
    &[
        column("proto", "enum", ""),
        column("trans_id", "count", "id"),
        column("rtt", "interval", ""),
        column("query", "string", "rrname"),
        column("qclass", "count", ""),
        column("qclass_name", "string", ""),
        column("qtype", "count", ""),
        column("qtype_name", "string", "rrtype"),
        column("rcode", "count", ""),
        column("rcode_name", "string", "rcode"),
        column("AA", "bool", "aa"),
        column("TC", "bool", "tc"),
        column("RD", "bool", "rd"),
        column("RA", "bool", "ra"),
        column("Z", "count", "z"),
        column("answers", "vector[string]", "answers"),
        column("TTLs", "vector[interval]", "ttls"),
        column("rejected", "bool", ""),
    ],
);

/// What a flow of DNS has said so far.
#[derive(Clone, Debug, Default)]
pub(super) struct DnsState {
    /// The last response, which is told at once with its question if that was seen.
    held: Option<OwnedDnsMessage>,
    odd: Once,
}

impl DnsState {
    /// Gives the records of a message, of what is to be written down: questions with their answers,
    /// questions without one, and answers whose question was not seen. Of multicast DNS every message
    /// is a record.
    pub(super) fn take(
        &mut self,
        event: &DnsEvent,
        parser: &str,
        proto: &'static str,
        rows: &mut Vec<Row>,
    ) {
        if let DnsEvent::Exchange(exchange) = event {
            self.held = None;
            let (query, response) = (&exchange.query, Some(&exchange.response));
            return rows.push(of(query, response, Some(exchange.latency), proto));
        }
        rows.extend(self.finish(proto));
        if let DnsEvent::Query(message) | DnsEvent::Response(message) = event {
            rows.extend(message.fault().and_then(|fault| {
                let name = name_of(fault, message);
                self.odd.row(message.timestamp, name, Some(fault.to_string()), "dns")
            }));
        }
        match event {
            DnsEvent::Unanswered { query, .. } => rows.push(of(query, None, None, proto)),
            DnsEvent::Query(message) | DnsEvent::Response(message) if parser == "mdns" => {
                rows.push(of(message, Some(message), None, proto));
            }
            DnsEvent::Response(message) => self.held = Some(message.clone()),
            _ => {}
        }
    }

    /// Whether there is a response that nothing was said of yet.
    pub(super) fn holds(&self) -> bool {
        self.held.is_some()
    }

    /// The record of a response whose question was not seen.
    pub(super) fn finish(&mut self, proto: &'static str) -> Option<Row> {
        self.held.take().map(|response| of(&response, Some(&response), None, proto))
    }
}

/// What Zeek calls that which is wrong with the first question or record that cannot be read.
fn name_of(fault: Malformed, message: &OwnedDnsMessage) -> &'static str {
    match fault {
        Malformed::Field { name: "compression pointer", .. } => "DNS_label_forward_compress_offset",
        Malformed::Field { name: "label type", .. } => "DNS_label_too_long",
        Malformed::Field { name: "name length", .. } => "DNS_NAME_too_long",
        _ if message.message().questions().any(|question| question.is_err()) => {
            "DNS_truncated_quest_too_short"
        }
        _ => "DNS_truncated_ans_too_short",
    }
}

fn of(
    query: &OwnedDnsMessage,
    response: Option<&OwnedDnsMessage>,
    latency: Option<Duration>,
    proto: &'static str,
) -> Row {
    let asked = query.message();
    let mut questions: Vec<_> = asked.questions().map_while(Result::ok).collect();
    // Zeek's `dns_request` comes once of each question, and the last of them stays.
    let question = questions.last().copied();
    if questions.len() < 2 {
        questions.clear();
    }
    let answered = response.map(OwnedDnsMessage::message);
    let flags = answered.as_ref().unwrap_or(&asked).header.flags();
    let answers = answered.iter().flat_map(rheos_layers::DnsMessage::answers);
    let answers: Vec<_> = answers.map_while(Result::ok).collect();
    let code = response.map(OwnedDnsMessage::response_code);
    let has = |flag| flags.contains(flag).into();
    let told = answers.iter().map(answer).collect();
    let times = answers.iter().map(|record| Duration::from_secs(record.ttl.into())).collect();
    let list = |value: Value| if answers.is_empty() { Value::Unset } else { value };
    let is_rejected =
        question.is_none() && code.is_some_and(|code| code != DnsResponseCode::NOERROR);
    let values = vec![
        proto.into(),
        asked.id().into(),
        latency.into(),
        question.as_ref().map(|question| question.name.to_string()).into(),
        question.as_ref().map(|question| question.class.0).into(),
        question.as_ref().map(|question| names::class(question.class)).into(),
        question.as_ref().map(|question| question.question_type.0).into(),
        question.as_ref().map(|question| question_type(question.question_type)).into(),
        code.map(|code| code.0).into(),
        code.map(names::response_code).into(),
        has(DnsFlags::AUTHORITATIVE),
        has(DnsFlags::TRUNCATED),
        asked.header.flags().contains(DnsFlags::RECURSION_DESIRED).into(),
        has(DnsFlags::RECURSION_AVAILABLE),
        Value::Count(u64::from(flags.bits() >> 4 & 7)),
        list(Value::Answers(told)),
        list(Value::Intervals(times)),
        is_rejected.into(),
    ];
    let questions = questions.iter().map(|question| Question {
        name: question.name.to_string(),
        question_type: question.question_type,
    });
    let source = Source::Dns(response.unwrap_or(query).clone(), questions.collect());
    Row::new(&DNS, Some(query.timestamp), values).of(source)
}

fn answer(record: &DnsRecord<'_>) -> Answer {
    Answer {
        name: record.name.to_string(),
        record_type: record.record_type.to_string(),
        ttl: record.ttl,
        data: text(record),
    }
}

/// The data of an answer as Zeek writes it, where that leaves nothing out or names alone; else its type, and
/// its data as a master file has it.
pub(super) fn text(record: &DnsRecord<'_>) -> String {
    match record.data() {
        DnsData::A(address) => address.to_string(),
        DnsData::Aaaa(address) => address.to_string(),
        DnsData::Name { name, .. } | DnsData::Exchange { name, .. } => name.to_string(),
        DnsData::Soa { mname, .. } => mname.to_string(),
        DnsData::Srv { target, .. } => target.to_string(),
        DnsData::Text { record_type, strings } => {
            let mut text = String::new();
            for string in strings.iter() {
                let between = if text.is_empty() { "" } else { " " };
                let string_text = String::from_utf8_lossy(string);
                let _ = write!(text, "{between}{record_type} {} {string_text}", string.len());
            }
            text
        }
        DnsData::Naptr { order, preference, flags, services, regexp, replacement } => {
            let [flags, services, regexp] = [flags, services, regexp].map(String::from_utf8_lossy);
            let replacement = replacement.to_string();
            let behind = [regexp.as_ref(), replacement.trim_matches('.')];
            let behind: Vec<_> = behind.into_iter().filter(|text| !text.is_empty()).collect();
            format!("NAPTR {order} {preference} {flags} {services} {}", behind.join(" "))
        }
        _ => format!("{} {}", record.record_type, record.data()),
    }
}
