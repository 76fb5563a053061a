//! Messages that are cut short, grow, or are of no use to another parser.

use super::*;

#[test]
fn every_prefix_keeps_what_is_whole() {
    let body = [question("www.example.com"), record(1, 1, &[1, 2, 3, 4])].concat();
    let bytes = message([1, 1, 0, 0], &body);
    for have in 0..bytes.len() {
        match Dns::parse(&bytes[..have]) {
            Err(error) => assert_eq!(error, Malformed::Truncated { need: 12, have }),
            Ok(dns) => {
                assert_eq!(dns.shape().header_len, have);
                let questions = dns.message.questions().flatten().count();
                assert_eq!(questions, usize::from(have >= 33), "{have}");
                assert!(dns.message.answers().all(|answer| answer.is_err()), "{have}");
                assert!(!names_of_fields(&bytes[..have]).contains(&"dns.a".to_owned()));
            }
        }
    }
    assert_eq!(answer(&bytes), DnsData::A([1, 2, 3, 4].into()));
}

// gopacket defect 20
#[test]
fn names_that_grow_by_pointers_are_errors_and_cost_no_more_than_their_limit() {
    // Each name is a label of 63 bytes in front of the name before it.
    let mut bytes = message([1, u16::MAX, 0, 0], b"\0\0\x01\0\x01");
    let mut place = 12_u16;
    while bytes.len() < 65_000 && place < 0x4000 - 80 {
        let next = u16::try_from(bytes.len()).unwrap();
        bytes.push(63);
        bytes.extend([b'a'; 63]);
        bytes.extend((0xc000 | place).to_be_bytes());
        bytes.extend([0, 10, 0, 1, 0, 0, 0, 0, 0, 0]);
        place = next;
    }
    let records: Vec<_> = DnsMessage::parse(&bytes).unwrap().records().collect();
    let error = Malformed::Field { name: "name length", value: 257 };
    assert_eq!((records.len(), records[3]), (4, Err(error)));
    assert!(records[..3].iter().all(Result::is_ok));
}

// gopacket defect 20
#[test]
fn a_message_of_pointer_chains_is_linear_and_its_text_is_bounded() {
    // The longest name there can be, then records whose names and data all point to it.
    let mut long = [&[63][..], &[b'a'; 63]].concat().repeat(3);
    long.extend([61].iter().chain(&[b'b'; 61]).chain(&[0, 0, 1, 0, 1]));
    let mut body = long;
    while body.len() < 60_000 {
        body.extend(record(55, 1, &[&[0, 0, 0, 0][..], &[0xc0, 12].repeat(2000)].concat()));
    }
    let bytes = message([1, u16::MAX, 0, 0], &body);
    let (mut fields, mut text) = (0_usize, 0_usize);
    Dns::parse(&bytes).unwrap().fields(&mut |field: Field<'_>| {
        fields += 1;
        if let crate::Value::Text(value) = field.value {
            text += value.len();
        }
    });
    assert!(fields < bytes.len() && text < 2 << 20, "{fields} fields, {text} bytes of text");
    // Pointers to pointers: none is followed more than 127 times.
    let chain = (0..8000_u16).flat_map(|at| (0xc000 | (12 + at * 2)).to_be_bytes());
    let body = [&[0, 0][..], &chain.collect::<Vec<_>>()].concat();
    let end = 0xc000 | (12 + 8000 * 2_u16);
    let bytes = message([0, 1, 0, 0], &[&body[..], &end.to_be_bytes()].concat());
    let (name, _) = (DnsName::read(&bytes, 12 + 16_002), 0);
    let target = 12 + (8000 - 127) * 2;
    assert_eq!(name, Err(Malformed::Field { name: "compression pointer", value: target }));
}

// peers 8.2: DNS counts 0xFFFF in 12 bytes
#[test]
fn counts_without_records_cost_nothing() {
    // dns-parser takes 8.9 MB for these 12 bytes.
    let bytes = message([u16::MAX; 4], b"");
    let dns = Dns::parse(&bytes).unwrap();
    let cut = Malformed::Truncated { need: 13, have: 12 };
    assert_eq!(dns.message.questions().collect::<Vec<_>>(), [Err(cut)]);
    assert_eq!(dns.message.records().collect::<Vec<_>>(), [Err(cut)]);
    assert_eq!(dns.message.answers().collect::<Vec<_>>(), [Err(cut)]);
}

// peers 8.2: DNS type 65
#[test]
fn types_that_dns_parser_fails_a_packet_for_are_records() {
    let types = [29, 35, 43, 44, 46, 48, 50, 52, 64, 65, 99, 249, 250, 255, 257, 62347];
    for number in types {
        let bytes = message([1, 1, 0, 0], &[question("ex"), record(number, 1, b"\x09")].concat());
        assert!(dns_parser::Packet::parse(&bytes).is_err(), "{number}: rdata parsers may be right");
        let record_type = DnsType(number);
        assert_eq!(answer(&bytes), DnsData::Unknown { record_type, data: b"\x09" }, "{number}");
    }
}

// peers 8.2: DNS class 254, Z bit, UTF-8 label, cut mid-answer
#[test]
fn what_dns_parser_rejects_costs_no_message() {
    let ok = [question("ex"), record(1, 1, &[1, 2, 3, 4])].concat();
    let z = {
        let mut bytes = message([1, 1, 0, 0], &ok);
        bytes[3] |= 0x40;
        bytes
    };
    let class_none =
        message([1, 1, 0, 0], &[question("ex"), record(1, 254, &[1, 2, 3, 4])].concat());
    let label = message([1, 1, 0, 0], &[question("Küche"), record(1, 1, &[1, 2, 3, 4])].concat());
    let root_opt = [question("ex"), record(1, 1, &[1, 2, 3, 4]), record(41, 4096, &[])].concat();
    let opt = message([1, 2, 0, 0], &root_opt);
    let cut = {
        let two = [&ok[..], &record(1, 1, &[1, 2, 3, 4])].concat();
        let mut bytes = message([1, 2, 0, 0], &two);
        bytes.pop();
        bytes
    };
    for bytes in [&z, &class_none, &label, &opt, &cut] {
        assert!(dns_parser::Packet::parse(bytes).is_err());
        assert_eq!(answer(bytes), DnsData::A([1, 2, 3, 4].into()));
    }
    assert!(DnsMessage::parse(&opt).unwrap().edns().is_some());
    let nsec = message([1, 1, 0, 0], &[question("ex"), record(47, 1, b"\0\0\x01\x40")].concat());
    assert!(matches!(answer(&nsec), DnsData::Nsec { types, .. } if types.iter().eq([DnsType::A])));
}
