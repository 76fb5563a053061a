//! Tests of messages as wholes: fields beside tshark's, hostile messages, round trips.

use proptest::prelude::*;
use zerocopy::IntoBytes;

use super::*;
use crate::layers::golden::{self, hex};
use crate::{Decoder, Encode, Field, Fix, Ipv4Header, LinkType, UdpHeader, serialize_layers};

mod bounds;
mod presentation;
mod writing;

/// Every message of the fixtures, without the length of a stream.
fn samples() -> Vec<Vec<u8>> {
    let records = include_str!("../../../tests/tshark/dns-records.txt");
    let messages = include_str!("../../../tests/tshark/dns-messages.txt");
    let cases = records.split("\n= ").skip(1).chain(messages.split("\n= ").skip(1));
    let frames = cases.map(|case| hex(case.lines().nth(1).unwrap()));
    frames.filter(|frame| frame[23] == 17).map(|frame| frame[42..].to_vec()).collect()
}

fn question(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    name.parse::<DnsNameBuf>().unwrap().as_name().append_to(&mut bytes);
    bytes.extend([0, 1, 0, 1]);
    bytes
}

/// A header with these counts, and what stands behind it.
fn message(counts: [u16; 4], body: &[u8]) -> Vec<u8> {
    let [question_count, answer_count, authority_count, additional_count] =
        counts.map(zerocopy::network_endian::U16::new);
    let header = DnsHeader {
        question_count,
        answer_count,
        authority_count,
        additional_count,
        ..DnsHeader::default()
    };
    [header.as_bytes(), body].concat()
}

/// A record of this type, class and data, whose name is the first of the message.
fn record(record_type: u16, class: u16, data: &[u8]) -> Vec<u8> {
    let [[a, b], [c, d]] = [record_type, class].map(u16::to_be_bytes);
    let [e, f] = u16::try_from(data.len()).unwrap().to_be_bytes();
    [&[0xc0, 12, a, b, c, d, 0, 0, 0, 60, e, f][..], data].concat()
}

/// The data of the only answer.
#[track_caller]
fn answer(bytes: &[u8]) -> DnsData<'_> {
    DnsMessage::parse(bytes).unwrap().answers().next().unwrap().unwrap().data()
}

fn names_of_fields(bytes: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    Dns::parse(bytes).unwrap().fields(&mut |field: Field<'_>| names.push(field.name.to_owned()));
    names
}

#[test]
fn fields_of_records_are_those_of_tshark() {
    let all = include_str!("../../../tests/tshark/dns-records.txt");
    let header = [
        "dns.id",
        "dns.flags",
        "dns.flags.response",
        "dns.flags.opcode",
        "dns.flags.authoritative",
        "dns.flags.truncated",
        "dns.flags.recdesired",
        "dns.flags.recavail",
        "dns.flags.z",
        "dns.flags.authenticated",
        "dns.flags.checkdisable",
        "dns.flags.rcode",
        "dns.count.queries",
        "dns.count.answers",
        "dns.count.auth_rr",
        "dns.count.add_rr",
        "dns.count.labels",
        "dns.qry.name",
        "dns.qry.name.len",
        "dns.qry.type",
        "dns.qry.class",
        "dns.resp.name",
        "dns.resp.class",
        "dns.resp.ttl",
        "dns.resp.len",
    ];
    // Bytes to us: tshark prints those of keys and names as text, and none of a signature.
    let differing = ["dns.openpgpkey", "dns.opt.chain.fqdn", "dns.tsig.mac"];
    golden::check(all, &["dns"], &differing, &[&header[..], &differing].concat());
}

/// The types that hickory-proto names (`rr::record_type::RecordType`), with CERT and SMIMEA, and without those
/// that no record has: ANY, AXFR, IXFR, and its own two for none and for others.
#[test]
fn every_type_that_hickory_proto_reads_is_read() {
    const TYPES: &str = "A AAAA ANAME CAA CDS CDNSKEY CERT CNAME CSYNC DNSKEY DS HINFO HTTPS KEY MX NAPTR NS NSEC \
        NSEC3 NSEC3PARAM NULL OPENPGPKEY OPT PTR RRSIG SIG SMIMEA SOA SRV SSHFP SVCB TLSA TSIG TXT";
    let mut read: Vec<String> = Vec::new();
    let aname = [question("a"), record(65305, 1, b"\x01b\0")].concat();
    let aname = message([1, 1, 0, 0], &aname);
    for bytes in samples().into_iter().chain([aname]) {
        let Ok(message) = DnsMessage::parse(&bytes) else { continue };
        for record in message.answers().chain(message.authorities()).chain(message.additionals()) {
            let Ok(record) = record else { break };
            // What is in these two is bytes by their definition.
            let is_bytes = matches!(record.record_type, DnsType::NULL | DnsType::OPENPGPKEY);
            if is_bytes || !matches!(record.data(), DnsData::Unknown { .. }) {
                read.push(record.record_type.to_string());
            }
        }
    }
    let missing = TYPES.split(' ').filter(|name| !read.iter().any(|read| read == name));
    assert_eq!(missing.collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn fields_of_messages_are_those_of_tshark() {
    let messages = include_str!("../../../tests/tshark/dns-messages.txt");
    // The names differ on purpose: a dot in a label is escaped.
    let (told, odd) = messages.split_once("\n= dot").unwrap();
    golden::check(told, &["dns", "mdns", "llmnr"], &[], &[]);
    let odd = format!("\n= dot{odd}");
    let differing = &["dns.qry.name", "dns.count.labels"];
    golden::check(&odd, &["dns"], differing, differing);
}

// gopacket defect 25
#[test]
fn a_stream_carries_messages_behind_their_lengths() {
    // tshark -r PcapPlusPlus/Packet++Test__PacketExamples__dns_over_tcp.pcapng -Y frame.number==4
    let bytes = hex(
        "002c0038818000010001000000000667697468756203636f6d0000010001c00c00010001000000200004c01eff71",
    );
    let dns = Dns::parse_stream(&bytes).unwrap();
    assert_eq!((dns.length, dns.message.id(), dns.shape().header_len), (Some(44), 0x38, 46));
    let answers: Vec<_> = dns.message.answers().map(|answer| answer.unwrap().data()).collect();
    assert_eq!(answers, [DnsData::A([192, 30, 255, 113].into())]);
    let twice = [&bytes[..], &bytes, &bytes[..9]].concat();
    let frame = [
        &hex("0102030405060a0b0c0d0e0f08004500008d000000004006")[..],
        &hex("00000a0000010a0000020035ddb00000000100000001501802000000"),
        &[0, 0],
        &twice,
    ]
    .concat();
    let decoder = Decoder::default();
    let packet = decoder.decode(LinkType::ETHERNET, &frame);
    assert_eq!(packet.all::<Dns<'_>>().count(), 2);
    assert_eq!((packet.payload(), packet.error()), (&bytes[..9], None));
}

#[test]
fn a_stream_that_cannot_be_a_message_is_none() {
    let field = |value| Err(Malformed::Field { name: "length", value });
    let cut = |need, have| Err(Malformed::Truncated { need, have });
    assert_eq!(Dns::parse_stream(&[0]), cut(2, 1));
    assert_eq!(Dns::parse_stream(&[0, 11, 0, 0]), field(11));
    assert_eq!(Dns::parse_stream(&[0, 12, 0, 0]), cut(14, 4));
    let bytes = message([1, 0, 0, 0], b"\0\0\x01\0\x01");
    assert_eq!(Dns::parse_stream(&[&[0, 16], &bytes[..]].concat()), field(16));
    assert!(Dns::parse_stream(&[&[0, 17], &bytes[..]].concat()).is_ok());
}

#[test]
fn data_that_is_not_of_its_form_is_unknown() {
    let bad: &[(u16, &[u8])] = &[
        (1, b"\x01\x02\x03"),
        (1, b"\x01\x02\x03\x04\x05"),
        (28, b"\x01"),
        (16, b"\x05ab"),
        (5, b"\xc0\x0c\0"),
        (5, b"\xc0"),
        (15, b"\0"),
        (6, b"\0\0\0"),
        (29, b"\x01123456789012345"),
        (45, b"\x01\x09\x01"),
        (38, b"\x81"),
        (65281, b"\0\0\0\0\0\0\0\0\0\0\0\0\xff\xff\xff\xff"),
    ];
    for &(number, data) in bad {
        let bytes = message([1, 1, 0, 0], &[question("ex"), record(number, 1, data)].concat());
        let record_type = DnsType(number);
        assert_eq!(answer(&bytes), DnsData::Unknown { record_type, data }, "{number}");
    }
}

#[test]
fn a_line_for_people_says_what_is_asked_and_answered() {
    let mut bytes =
        message([1, 1, 0, 0], &[question("a.ex"), record(1, 1, &[1, 2, 3, 4])].concat());
    let line = |bytes: &[u8]| {
        let dns = Dns::parse(bytes).unwrap();
        fmt::from_fn(|f| dns.summary(f)).to_string()
    };
    assert_eq!(line(&bytes), "0x0000 A? a.ex");
    bytes[2] |= 0x80;
    bytes[3] |= 3;
    assert_eq!(line(&bytes), "0x0000 no such name A? a.ex → A 1.2.3.4");
}

#[test]
fn header_bits_are_written_where_they_are_read() {
    let mut header = DnsHeader::default();
    header.set_flags(DnsFlags::RESPONSE | DnsFlags::Z);
    header.set_opcode(DnsOpcode::UPDATE);
    header.set_rcode(DnsRcode::REFUSED);
    assert_eq!(header.flags.get(), 0x8000 | 0x2800 | 0x0040 | 5);
    assert_eq!((header.opcode(), header.rcode()), (DnsOpcode::UPDATE, DnsRcode::REFUSED));
    assert_eq!(header.flags(), DnsFlags::RESPONSE | DnsFlags::Z);
}

#[test]
fn a_datagram_leads_to_the_layer_of_its_carrier() {
    let decoder = Decoder::default();
    let carriers = [
        (DnsCarrier::Datagram, LayerType::DNS),
        (DnsCarrier::Multicast, LayerType::MDNS),
        (DnsCarrier::LinkLocal, LayerType::LLMNR),
    ];
    for (carrier, layer) in carriers {
        let builder = DnsBuilder { carrier, ..DnsBuilder::default() };
        let layers: [&dyn Encode; 3] = [&Ipv4Header::default(), &UdpHeader::default(), &builder];
        let mut out = Vec::new();
        serialize_layers(&mut out, Fix::all(), &layers, b"").unwrap();
        let packet = decoder.decode(LinkType::RAW, &out);
        assert_eq!(packet.layers().last().map(|span| span.layer), Some(layer));
    }
}

#[test]
fn what_does_not_fit_is_an_error() {
    let data = vec![0; 70_000];
    let record_type = DnsType(1234);
    let answers = [DnsResource {
        name: DnsName::ROOT,
        class: DnsClass::IN,
        ttl: 0,
        data: DnsData::Unknown { record_type, data: &data },
    }];
    let builder = DnsBuilder { answers: &answers, ..DnsBuilder::default() };
    let error = crate::EncodeError::TooLarge { layer: "dns", field: "RDLENGTH", value: 70_000 };
    assert_eq!(builder.encode(&mut Vec::new()), Err(error));
}

proptest! {
    #[test]
    fn any_bytes_end(bytes in prop::collection::vec(any::<u8>(), 12..200)) {
        let message = DnsMessage::parse(&bytes).unwrap();
        let mut records = message.records();
        let found: Vec<_> = records.by_ref().collect();
        prop_assert!(found.len() <= bytes.len() && records.next().is_none());
        prop_assert!(found.iter().rev().skip(1).all(Result::is_ok));
        prop_assert!(found.iter().flatten().all(|r| r.data().record_type() == r.record_type));
        Dns::parse(&bytes).unwrap().fields(&mut |field: Field<'_>| {
            assert!(field.bytes.end <= bytes.len(), "{field:?}");
        });
    }

    #[test]
    fn any_data_is_of_its_type_and_written_as_it_was(
        place in 0..70_usize,
        data in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let sample = samples();
        let number = DnsMessage::parse(&sample[place % sample.len()]).unwrap().records().next();
        let record_type = number.map_or(DnsType(0), |record| record.unwrap().record_type);
        let bytes = message([1, 1, 0, 0], &[question("ex"), record(record_type.0, 1, &data)].concat());
        let value = answer(&bytes);
        prop_assert_eq!(value.record_type(), record_type);
        let answers = [DnsResource { name: DnsName::ROOT, class: DnsClass::IN, ttl: 0, data: value.clone() }];
        let mut written = Vec::new();
        DnsBuilder { answers: &answers, ..DnsBuilder::default() }.encode(&mut written).unwrap();
        prop_assert_eq!(answer(&written), value);
    }
}
