//! What can be set in a message by name: what is asked, and answers as zone files have them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{
    Dns, DnsBuilder, DnsCarrier, DnsClass, DnsData, DnsFlags, DnsHeader, DnsMessage, DnsName,
};
use super::{DnsNameBuf, DnsQuestion, DnsResource, DnsSection, DnsType};
use crate::{Before, EditError, Encode, Layer, LayerType, Setting};

/// How long an answer holds whose time is not given: an hour, in seconds.
const TTL: u32 = 3600;

const NAME: &str = "a name such as example.org";
const TYPE: &str = "a type such as AAAA, or its number";
const CLASS: &str = "a class such as IN, or its number";
const RECORD: &str =
    "an address, or a record such as \"example.org 300 IN MX 10 mail.example.org\"";

const FLAG: &str = "0 or 1";
const RCODE: &str = "a number up to 15";
/// The bits of the flags that are a code.
const RCODE_BITS: u16 = 0xf;

pub(crate) const SETTINGS: &[Setting] = &[
    Setting::part("qname", "dns.qry.name", NAME, qname),
    Setting::part("qtype", "dns.qry.type", TYPE, qtype),
    Setting::part("qclass", "dns.qry.class", CLASS, qclass),
    Setting::addition("answer", RECORD, answer),
    Setting::addition("authority", RECORD, authority),
    Setting::addition("additional", RECORD, additional),
    Setting::field("qr", "dns.flags.response"),
    Setting::field("opcode", "dns.flags.opcode"),
    Setting::part("aa", "dns.flags.authoritative", FLAG, flag),
    Setting::field("tc", "dns.flags.truncated"),
    Setting::field("rd", "dns.flags.recdesired"),
    Setting::part("ra", "dns.flags.recavail", FLAG, flag),
    Setting::part("ad", "dns.flags.authenticated", FLAG, flag),
    Setting::field("cd", "dns.flags.checkdisable"),
    Setting::part("rcode", "dns.flags.rcode", RCODE, rcode),
    Setting::field("qdcount", "dns.count.queries"),
    Setting::field("ancount", "dns.count.answers"),
    Setting::field("nscount", "dns.count.auth_rr"),
    Setting::field("arcount", "dns.count.add_rr"),
];

fn qname(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    let name = name(before, text)?;
    ask(before, |question| question.name = name.as_name())
}

fn qtype(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    let record_type = record_type(text).ok_or_else(|| before.refuse())?;
    ask(before, |question| question.question_type = record_type)
}

fn qclass(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    let class = class(text).ok_or_else(|| before.refuse())?;
    ask(before, |question| question.class = class)
}

fn answer(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    put(before, DnsSection::Answer, text)
}

fn authority(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    put(before, DnsSection::Authority, text)
}

fn additional(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    put(before, DnsSection::Additional, text)
}

/// Sets a flag that only some messages are shown with.
fn flag(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    let flag = match before.setting.name {
        "aa" => DnsFlags::AUTHORITATIVE,
        "ra" => DnsFlags::RECURSION_AVAILABLE,
        _ => DnsFlags::AUTHENTIC_DATA,
    };
    match before.number(text)? {
        0_u8 => Ok(flags(before, flag.bits(), 0)),
        1 => Ok(flags(before, flag.bits(), flag.bits())),
        _ => Err(before.refuse()),
    }
}

fn rcode(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    let code = before.number(text)?;
    if code > RCODE_BITS { Err(before.refuse()) } else { Ok(flags(before, RCODE_BITS, code)) }
}

/// Changes bits of the flags where they are, which is behind the length of a message in a stream.
fn flags(before: &Before<'_>, bits: u16, value: u16) -> Vec<u8> {
    let at = if matches!(before.parent, Some(LayerType::TCP)) { 4 } else { 2 };
    let mut header = before.header.to_vec();
    if let Some(place) = header.get_mut(at..).and_then(|rest| rest.first_chunk_mut()) {
        *place = (u16::from_be_bytes(*place) & !bits | value).to_be_bytes();
    }
    header
}

/// Changes the first question, or asks one.
fn ask<'a>(
    before: &Before<'a>,
    change: impl FnOnce(&mut DnsQuestion<'a>),
) -> Result<Vec<u8>, EditError> {
    let mut message = Message::read(before)?;
    let (question_type, class) = (DnsType::A, DnsClass::IN);
    let mut question = DnsQuestion { name: DnsName::ROOT, question_type, class };
    match message.questions.first_mut() {
        Some(question) => change(question),
        None => {
            change(&mut question);
            message.questions.push(question);
        }
    }
    message.write()
}

/// Puts one more record into a section.
fn put(before: &Before<'_>, section: DnsSection, text: &str) -> Result<Vec<u8>, EditError> {
    let mut message = Message::read(before)?;
    let asked = message.questions.first().map_or(DnsName::ROOT, |question| question.name);
    let record = Record::read(before, text)?;
    let Record { ref owner, ttl, class, kind, ref data } = record;
    let name = owner.as_ref().map_or(asked, DnsNameBuf::as_name);
    let data = DnsData::Unknown { record_type: kind, data };
    let place = match section {
        DnsSection::Answer => 0,
        DnsSection::Authority => 1,
        DnsSection::Additional => 2,
    };
    let records = message.records.get_mut(place);
    records.into_iter().for_each(|records| {
        records.push(DnsResource { name, class, ttl, data: data.clone() });
    });
    message.write()
}

/// A message taken apart.
struct Message<'a> {
    carrier: DnsCarrier,
    header: DnsHeader,
    questions: Vec<DnsQuestion<'a>>,
    /// The records of each section.
    records: [Vec<DnsResource<'a>>; 3],
}

impl<'a> Message<'a> {
    /// Reads the message that is there. Behind TCP a length stands in front of it.
    fn read(before: &Before<'a>) -> Result<Self, EditError> {
        let unreadable = |cause| before.unreadable(cause);
        let is_stream = matches!(before.parent, Some(LayerType::TCP));
        let in_stream = || Dns::parse_stream(before.header).map(|dns| dns.message);
        let message = if is_stream { in_stream().ok() } else { None };
        let alone = || Dns::parse(before.header).map(|dns| dns.message);
        let message: DnsMessage<'a> = message.map_or_else(alone, Ok).map_err(unreadable)?;
        let section = |records: &mut dyn Iterator<Item = _>| -> Result<Vec<_>, EditError> {
            records
                .map(|record: Result<_, _>| record.map(DnsResource::from).map_err(unreadable))
                .collect()
        };
        Ok(Self {
            carrier: if is_stream { DnsCarrier::Stream } else { DnsCarrier::Datagram },
            header: *message.header,
            questions: message.questions().collect::<Result<_, _>>().map_err(unreadable)?,
            records: [
                section(&mut message.answers())?,
                section(&mut message.authorities())?,
                section(&mut message.additionals())?,
            ],
        })
    }

    fn write(&self) -> Result<Vec<u8>, EditError> {
        let [answers, authorities, additionals] = &self.records;
        let (carrier, header, questions) = (self.carrier, self.header, &self.questions);
        let mut out = Vec::new();
        DnsBuilder { carrier, header, questions, answers, authorities, additionals }
            .encode(&mut out)?;
        Ok(out)
    }
}

/// A record in words: `[name] [seconds] [class] type data`, as RFC 1035, section 5.1 has it, or an
/// address alone.
struct Record {
    owner: Option<DnsNameBuf>,
    ttl: u32,
    class: DnsClass,
    kind: DnsType,
    data: Vec<u8>,
}

impl Record {
    fn read(before: &Before<'_>, text: &str) -> Result<Self, EditError> {
        let address = text.parse().map(|address| match address {
            IpAddr::V4(address) => (DnsType::A, address.octets().to_vec()),
            IpAddr::V6(address) => (DnsType::AAAA, address.octets().to_vec()),
        });
        let (ttl, class) = (TTL, DnsClass::IN);
        if let Ok((kind, data)) = address {
            return Ok(Self { owner: None, ttl, class, kind, data });
        }
        let words: Vec<_> = text.split_whitespace().collect();
        // What stands in front of the type is a name, then a time or a class, in any order.
        let is_front = |word: &&str| word.parse::<u32>().is_ok() || class_by_name(word).is_some();
        let at = words.iter().position(|word| type_by_name(word).is_some());
        let (front, behind) = at.and_then(|at| words.split_at_checked(at)).unwrap_or_default();
        let (Some((kind, data)), refuse) = (behind.split_first(), || before.refuse()) else {
            return Err(before.refuse());
        };
        let kind = type_by_name(kind).ok_or_else(refuse)?;
        let (owner, front) = match front.split_first() {
            Some((first, rest)) if !is_front(first) => (Some(name(before, first)?), rest),
            _ => (None, front),
        };
        if !front.iter().all(is_front) {
            return Err(before.refuse());
        }
        let given = front.iter().find_map(|word| word.parse().ok());
        let class = front.iter().find_map(|word| class_by_name(word)).unwrap_or(class);
        let data = data_of(before, kind, data)?;
        Ok(Self { owner, ttl: given.unwrap_or(ttl), class, kind, data })
    }
}

/// The types whose data is written in words here.
const HAVE_A_FORM: [DnsType; 9] = [
    DnsType::A,
    DnsType::AAAA,
    DnsType::NS,
    DnsType::CNAME,
    DnsType::PTR,
    DnsType::DNAME,
    DnsType::MX,
    DnsType::SRV,
    DnsType::SOA,
];

/// The data of a record in words; of a type without a form here, hexadecimal digits.
fn data_of(before: &Before<'_>, of: DnsType, words: &[&str]) -> Result<Vec<u8>, EditError> {
    let mut data = Vec::new();
    let put_name = |text: &str, data: &mut Vec<u8>| {
        name(before, text).map(|name| name.as_name().append_to(data))
    };
    match (of, words) {
        (DnsType::A, [address]) => {
            data.extend(address.parse::<Ipv4Addr>().map_err(|_| before.refuse())?.octets());
        }
        (DnsType::AAAA, [address]) => {
            data.extend(address.parse::<Ipv6Addr>().map_err(|_| before.refuse())?.octets());
        }
        (DnsType::NS | DnsType::CNAME | DnsType::PTR | DnsType::DNAME, [target]) => {
            put_name(target, &mut data)?;
        }
        (DnsType::MX, [preference, target]) => {
            data.extend(before.number::<u16>(preference)?.to_be_bytes());
            put_name(target, &mut data)?;
        }
        (DnsType::SRV, [priority, weight, port, target]) => {
            for number in [priority, weight, port] {
                data.extend(before.number::<u16>(number)?.to_be_bytes());
            }
            put_name(target, &mut data)?;
        }
        (DnsType::SOA, [mname, rname, numbers @ ..]) if numbers.len() == 5 => {
            put_name(mname, &mut data)?;
            put_name(rname, &mut data)?;
            for number in numbers {
                data.extend(before.number::<u32>(number)?.to_be_bytes());
            }
        }
        (DnsType::TXT | DnsType::SPF, words) => {
            for chunk in words.join(" ").as_bytes().chunks(u8::MAX.into()) {
                data.push(u8::try_from(chunk.len()).unwrap_or(u8::MAX));
                data.extend_from_slice(chunk);
            }
        }
        (of, words) if !HAVE_A_FORM.contains(&of) => data = before.bytes(&words.concat())?,
        _ => return Err(before.refuse()),
    }
    Ok(data)
}

fn name(before: &Before<'_>, text: &str) -> Result<DnsNameBuf, EditError> {
    text.parse().map_err(|_| before.refuse())
}

fn record_type(text: &str) -> Option<DnsType> {
    text.parse().ok().map(DnsType).or_else(|| type_by_name(text))
}

/// The type of a name, `TYPE65280` for one that has none: RFC 3597, section 5.
fn type_by_name(text: &str) -> Option<DnsType> {
    if let Some(number) = text.strip_prefix("TYPE").and_then(|number| number.parse().ok()) {
        return Some(DnsType(number));
    }
    let may_be = text.starts_with(|first: char| first.is_ascii_alphabetic());
    let mut types = (0..=u16::MAX).map(DnsType).filter(|_| may_be);
    types.find(|wanted| wanted.to_string().eq_ignore_ascii_case(text))
}

fn class(text: &str) -> Option<DnsClass> {
    text.parse().ok().map(DnsClass).or_else(|| class_by_name(text))
}

fn class_by_name(text: &str) -> Option<DnsClass> {
    let mut classes = [DnsClass::IN, DnsClass::CH, DnsClass::HS, DnsClass::NONE].into_iter();
    // Any class is asked for only; as a word it is a type.
    classes.find(|class| class.to_string().eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    use crate::{Decoder, DnsHeader, EditError, LinkType, PacketMut, TcpHeader, UdpHeader};

    /// A message behind UDP, with these settings, without its header.
    fn set(settings: &[(&str, &str)]) -> Result<Vec<u8>, EditError> {
        let mut packet = PacketMut::new(&Decoder::default(), LinkType::ETHERNET, []);
        packet.insert(0, &UdpHeader::default())?;
        let dns = Decoder::default().protocols().find(|protocol| protocol.name == "dns");
        packet.insert(1, &dns.unwrap())?;
        settings.iter().try_for_each(|(name, text)| packet.set(1, name, text))?;
        Ok(packet.bytes()[8..].to_vec())
    }

    /// The counts of a message, and what is behind them.
    #[track_caller]
    fn check(settings: &[(&str, &str)], counts: [u8; 4], expected: &[u8]) {
        let bytes = set(settings).unwrap();
        let found = [5, 7, 9, 11].map(|place| bytes[place]);
        assert_eq!((found, &bytes[size_of::<DnsHeader>()..]), (counts, expected));
    }

    #[test]
    fn a_question_is_asked_and_changed() {
        check(&[("qname", "a.b")], [1, 0, 0, 0], b"\x01a\x01b\0\0\x01\0\x01");
        check(&[("qtype", "mx")], [1, 0, 0, 0], b"\0\0\x0f\0\x01");
        check(
            &[("dns.qry.name", "a"), ("qtype", "65"), ("qclass", "ch"), ("qname", "b.")],
            [1, 0, 0, 0],
            b"\x01b\0\0\x41\0\x03",
        );
    }

    #[test]
    fn answers_are_what_zone_files_have() {
        // RFC 1035, sections 3.2.1 and 4.1.4.
        check(
            &[("qname", "a"), ("answer", "10.0.0.1"), ("answer", "::1")],
            [1, 2, 0, 0],
            b"\x01a\0\0\x01\0\x01\
              \xc0\x0c\0\x01\0\x01\0\0\x0e\x10\0\x04\x0a\0\0\x01\
              \xc0\x0c\0\x1c\0\x01\0\0\x0e\x10\0\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01",
        );
        check(
            &[("answer", "b. 60 IN MX 10 m.b")],
            [0, 1, 0, 0],
            b"\x01b\0\0\x0f\0\x01\0\0\0\x3c\0\x07\0\x0a\x01m\x01b\0",
        );
        check(
            &[("authority", "ns a."), ("additional", "x TXT v=1 -all"), ("answer", "x TYPE9 00ff")],
            [0, 1, 1, 1],
            b"\x01x\0\0\x09\0\x01\0\0\x0e\x10\0\x02\0\xff\
              \0\0\x02\0\x01\0\0\x0e\x10\0\x03\x01a\0\
              \xc0\x0c\0\x10\0\x01\0\0\x0e\x10\0\x09\x08v=1 -all",
        );
    }

    #[test]
    fn a_wrong_value_says_what_a_right_one_is() {
        let error = |name, text| set(&[(name, text)]).unwrap_err().to_string();
        assert_eq!(error("qname", "a..b"), "qname is a name such as example.org");
        assert_eq!(error("qtype", "NOPE"), "qtype is a type such as AAAA, or its number");
        for text in ["", "b. A", "b. A x", "b. c. A 1.2.3.4", "MX m.b", "1.2.3", "b. TYPE9 0"] {
            let error = error("answer", text);
            assert!(error.starts_with("answer is an address, or a record such as"), "{text}");
        }
    }

    #[test]
    fn a_length_stands_in_front_of_a_message_behind_tcp() {
        let mut packet = PacketMut::new(&Decoder::default(), LinkType::ETHERNET, []);
        packet.insert(0, &TcpHeader::default()).unwrap();
        let dns = Decoder::default().protocols().find(|protocol| protocol.name == "dns");
        packet.insert(1, &dns.unwrap()).unwrap();
        for (name, text) in
            [("id", "1"), ("qname", "a"), ("qtype", "2"), ("id", "7"), ("qr", "1"), ("rcode", "3")]
        {
            packet.set(1, name, text).unwrap();
        }
        let expected = b"\0\x13\0\x07\x81\x03\0\x01\0\0\0\0\0\0\x01a\0\0\x02\0\x01";
        assert_eq!(packet.bytes()[20..], *expected);
    }
}
