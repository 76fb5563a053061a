//! Tests of `NetFlow` and IPFIX.

use proptest::prelude::*;

use super::*;
use crate::layers::golden;
use crate::{Encode, Value};

// RFC 7011, appendix A: a template of five elements and a flow, in a message of its own.
layer_tests! {
    sample: Netflow *b"\0\x0a\0\x48\x65\x53\xf1\0\0\0\0\x07\0\0\0\x09\
        \0\x02\0\x1c\x01\0\0\x05\0\x08\0\x04\0\x0c\0\x04\0\x0f\0\x04\0\x02\0\x04\0\x01\0\x04\
        \x01\0\0\x1c\xc0\0\x02\x0c\xc0\0\x02\xfe\xc0\0\x02\x01\0\0\x13\x91\0\x51\x8d\x6a\0\0\0\0";
    fields: "cflow.version=10 cflow.len=72 cflow.exporttime=1700000000 cflow.sequence=7 \
        cflow.od_id=9 cflow.flowset_id=2 cflow.flowset_length=28 cflow.template_id=256 \
        cflow.template_field_count=5 cflow.template_ipfix_pen_provided=0 \
        cflow.template_ipfix_field_type=8 cflow.template_field_length=4 \
        cflow.template_ipfix_pen_provided=0 cflow.template_ipfix_field_type=12 \
        cflow.template_field_length=4 cflow.template_ipfix_pen_provided=0 \
        cflow.template_ipfix_field_type=15 cflow.template_field_length=4 \
        cflow.template_ipfix_pen_provided=0 cflow.template_ipfix_field_type=2 \
        cflow.template_field_length=4 cflow.template_ipfix_pen_provided=0 \
        cflow.template_ipfix_field_type=1 cflow.template_field_length=4 cflow.flowset_id=256 \
        cflow.flowset_length=28 cflow.srcaddr=192.0.2.12 cflow.dstaddr=192.0.2.254 \
        cflow.nexthop=192.0.2.1 cflow.packets=5009 cflow.octets=5344618 cflow.padding=00000000";
    edit: NetflowHeader, |header| header.count.set(70);
    bad: [1 = 11 => "version" 11, 3 = 15 => "length" 15];
}

const SAMPLE: &[u8] = b"\0\x0a\0\x48\x65\x53\xf1\0\0\0\0\x07\0\0\0\x09\
    \0\x02\0\x1c\x01\0\0\x05\0\x08\0\x04\0\x0c\0\x04\0\x0f\0\x04\0\x02\0\x04\0\x01\0\x04\
    \x01\0\0\x1c\xc0\0\x02\x0c\xc0\0\x02\xfe\xc0\0\x02\x01\0\0\x13\x91\0\x51\x8d\x6a\0\0\0\0";

#[test]
fn every_version_is_that_of_tshark() {
    golden::check(include_str!("golden.txt"), &["cflow"], &[], &[]);
}

/// A field of this length.
fn field(element: u16, length: u16) -> NetflowField {
    NetflowField { element, enterprise: None, length, is_scope: false }
}

/// A message of IPFIX: a template of these fields, and data.
fn message(fields: &[NetflowField], data: &[u8]) -> Vec<u8> {
    let mut template = Vec::new();
    let builder = NetflowTemplateBuilder { id: 256, is_ipfix: true, fields, ..Default::default() };
    builder.encode(&mut template).unwrap();
    let sets = [
        NetflowSet { id: 2, content: &template, is_ipfix: true },
        NetflowSet { id: 256, content: data, is_ipfix: true },
    ];
    build(NetflowDetails::Ipfix(&Ipfix::default()), NetflowPayload::Sets(&sets))
}

fn build(details: NetflowDetails<'_>, payload: NetflowPayload<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    let header = NetflowHeader::default();
    NetflowBuilder { header, details, payload }.encode(&mut out).unwrap();
    out
}

#[test]
fn a_flow_is_read_by_the_template_in_front_of_it() {
    let netflow = Netflow::parse(SAMPLE).unwrap();
    assert_eq!((netflow.version(), netflow.domain()), (10, Some(9)));
    assert_eq!((netflow.sequence_number(), netflow.unix_seconds()), (Some(7), 1_700_000_000));
    let records = netflow.records().collect::<Vec<_>>();
    assert_eq!(records.len(), 1);
    let values = records[0].values().map(|value| value.value()).collect::<Vec<_>>();
    assert_eq!(values[0], ("cflow.srcaddr", Value::Ipv4([192, 0, 2, 12].into())));
    assert_eq!(values[4], ("cflow.octets", Value::Number(5_344_618)));
    assert_eq!(values.len(), 5);
}

#[test]
fn data_of_a_template_sent_before_is_read_by_what_was_kept() {
    let first = Netflow::parse(SAMPLE).unwrap();
    let template = first.sets().next().unwrap().unwrap().templates().next().unwrap().unwrap();
    let data = NetflowSet { id: 256, content: &SAMPLE[48..68], is_ipfix: true };
    let details = Ipfix::default();
    let bytes = build(NetflowDetails::Ipfix(&details), NetflowPayload::Sets(&[data]));
    let second = Netflow::parse(&bytes).unwrap();
    assert_eq!(second.records().count(), 0);
    let set = second.sets().next().unwrap().unwrap();
    assert_eq!(set.kind(), NetflowSetKind::Data(template.id));
    assert_eq!(template.records(set.content).count(), 1);
}

#[test]
fn times_are_numbers_in_the_unit_of_their_element() {
    let bytes = message(&[field(152, 8), field(156, 8)], &[0, 0, 1, 2, 3, 4, 5, 6].repeat(2));
    let record = Netflow::parse(&bytes).unwrap().records().next().unwrap();
    let values = record.values().map(|value| value.value()).collect::<Vec<_>>();
    let number = Value::Number(0x0102_0304_0506);
    assert_eq!(values, [("cflow.abstimestart", number), ("cflow.abstimestart", number)]);
}

#[test]
fn a_message_behind_another_is_a_layer_of_its_own() {
    let bytes = [SAMPLE, SAMPLE].concat();
    let shape = Netflow::parse(&bytes).unwrap().shape();
    assert_eq!((shape.header_len, shape.payload_len), (72, 72));
    assert_eq!(shape.next, Next::One(Key::parent(LayerType::NETFLOW)));
}

#[test]
fn a_set_that_is_cut_short_shows_what_is_there() {
    let text = Netflow::parse(&SAMPLE[..54]).unwrap().to_string();
    assert!(text.ends_with("cflow.flowset_length=28 cflow.srcaddr=192.0.2.12"), "{text}");
    let text = Netflow::parse(&SAMPLE[..31]).unwrap().to_string();
    assert!(
        text.ends_with(
            "cflow.template_field_length=4 cflow.template_ipfix_pen_provided=0 \
        cflow.template_ipfix_field_type=12"
        ),
        "{text}"
    );
    let sets = Netflow::parse(&SAMPLE[..54]).unwrap().sets().collect::<Vec<_>>();
    assert_eq!(sets[1], Err(Malformed::Truncated { need: 28, have: 10 }));
}

/// gopacket has no version 9; its peers allocate by the count of a template.
#[test]
fn counts_and_lengths_that_are_not_true_cost_nothing() {
    let mut bytes = SAMPLE.to_vec();
    bytes[22..24].copy_from_slice(&[0xff, 0xff]);
    let netflow = Netflow::parse(&bytes).unwrap();
    let set = netflow.sets().next().unwrap().unwrap();
    let error = Malformed::Truncated { need: usize::MAX, have: 24 };
    assert_eq!(set.templates().collect::<Vec<_>>(), [Err(error)]);
    assert_eq!(netflow.records().count(), 0);
    let v5 = build(NetflowDetails::V5(&NetflowV5::default()), NetflowPayload::Bytes(&[7; 50]));
    let mut claims = v5.clone();
    claims[2..4].copy_from_slice(&[0xff, 0xff]);
    assert_eq!(Netflow::parse(&claims).unwrap().records_v5().len(), 1);
}

#[test]
fn fields_of_no_bytes_do_not_multiply() {
    let empty = [field(82, 0)];
    let read = |count: usize, data: &[u8]| {
        let fields = [&empty.repeat(count)[..], &[field(4, 1)]].concat();
        Netflow::parse(&message(&fields, data)).unwrap().records().count()
    };
    assert_eq!(read(8, &[6; 100]), 100);
    assert_eq!(read(9, &[6; 100]), 0);
    // Nothing but such: no record has an end.
    assert_eq!(Netflow::parse(&message(&empty, &[6; 100])).unwrap().records().count(), 0);
}

#[test]
fn a_record_whose_lengths_go_behind_its_set_is_none() {
    let fields = [field(82, u16::MAX), field(83, u16::MAX)];
    let names = |data| {
        let bytes = message(&fields, data);
        let netflow = Netflow::parse(&bytes).unwrap();
        netflow.records().map(|record| record.bytes.len()).collect::<Vec<_>>()
    };
    assert_eq!(names(b"\x01a\x02bc\0\xff\0\x01d"), [5, 5]);
    assert_eq!(names(b"\x01a\x02bc\0\x09"), [5]);
    assert_eq!(names(b"\xff\0"), [0; 0]);
}

#[test]
fn flows_of_version_5_are_built_and_read() {
    let mut record =
        NetflowRecordV5 { protocol: 6, source_address: [10, 0, 0, 1], ..<_>::default() };
    record.octets.set(1500);
    let details = NetflowV5 { flow_sequence: 9.into(), ..Default::default() };
    let bytes = build(NetflowDetails::V5(&details), NetflowPayload::RecordsV5(&[record; 2]));
    let netflow = Netflow::parse(&bytes).unwrap();
    assert_eq!((bytes.len(), netflow.header.count.get()), (120, 2));
    assert_eq!(netflow.records_v5(), [record; 2]);
    assert_eq!(netflow.sets().count(), 0);
}

#[test]
fn options_are_built_as_they_were() {
    let scope = [NetflowField { is_scope: true, ..field(149, 4) }];
    let fields = [NetflowField { enterprise: Some(9), ..field(7, 2) }, field(41, 8)];
    for is_ipfix in [false, true] {
        let fields = if is_ipfix { &fields[..] } else { &fields[1..] };
        let mut content = Vec::new();
        NetflowTemplateBuilder { id: 300, is_ipfix, scope: &scope, fields }
            .encode(&mut content)
            .unwrap();
        let set = NetflowSet { id: if is_ipfix { 3 } else { 1 }, content: &content, is_ipfix };
        let template = set.templates().next().unwrap().unwrap();
        assert_eq!((template.id, template.is_options), (300, true));
        let expected = [&scope[..], fields].concat();
        assert_eq!(template.fields().collect::<Vec<_>>(), expected);
    }
    let mut out = Vec::new();
    assert!(fields[0].encode(false, &mut out).is_err());
    assert!(field(0x8000, 1).encode(true, &mut out).is_err());
}

proptest! {
    #[test]
    fn any_sets_are_read_without_a_panic(
        version in 9_u16..11,
        words in proptest::collection::vec(0..12_u16, 0..80),
        id in 0..4_u16,
    ) {
        let mut bytes = build(
            NetflowDetails::Ipfix(&Ipfix::default()), NetflowPayload::Bytes(&[]));
        bytes[..2].copy_from_slice(&version.to_be_bytes());
        bytes.extend([0; 4]);
        bytes.truncate(if version == 9 { 20 } else { 16 });
        let len = u16::try_from(words.len() * 2 + 8).unwrap();
        // A set of templates as long as half of it, and data of the first.
        for word in [id, len / 2, 256].into_iter().chain(words).chain([256, 8, 9, 9]) {
            bytes.extend(word.to_be_bytes());
        }
        let all = u16::try_from(bytes.len()).unwrap();
        bytes[2..4].copy_from_slice(&all.to_be_bytes());
        let netflow = Netflow::parse(&bytes).unwrap();
        netflow.fields(&mut |field: crate::Field<'_>| assert!(field.bytes.end <= bytes.len()));
        prop_assert!(netflow.records().count() <= bytes.len());
        prop_assert!(netflow.sets().count() <= bytes.len());
    }
}
