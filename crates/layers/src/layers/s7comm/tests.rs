//! Tests of S7 Communication.

use proptest::prelude::*;

use super::*;
use crate::layers::golden;
use crate::{CotpBuilder, Decoder, Fix, LinkType, TpktHeader, serialize_layers};

// A job that opens a connection, made for this test; the fields are tshark's.
layer_tests! {
    sample: S7comm *b"\x32\x01\0\0\x12\x34\0\x08\0\0\xf0\0\0\x01\0\x01\x01\xe0";
    fields: "s7comm.header.protid=50 s7comm.header.rosctr=1 s7comm.header.redid=0 \
        s7comm.header.pduref=4660 s7comm.header.parlg=8 s7comm.header.datlg=0 \
        s7comm.param.func=240 s7comm.param.setup_reserved1=0 s7comm.param.maxamq_calling=1 \
        s7comm.param.maxamq_called=1 s7comm.param.pdu_length=480";
    edit: S7commHeader, |header| header.pdu_reference.set(8);
    bad: [0 = 0x72 => "protocol ID" 0x72, 1 = 4 => "ROSCTR" 4];
}

#[test]
fn every_function_has_the_fields_of_tshark() {
    // Times stand beside their parts, and a version is text, for tshark alone.
    let theirs = [
        "s7comm.data.ts",
        "s7comm.blockinfo.code_timestamp",
        "s7comm.blockinfo.interface_timestamp",
        "s7comm.blockinfo.headerversion",
    ];
    golden::check(include_str!("golden.txt"), &["s7comm"], &theirs, &[]);
}

#[test]
fn an_answer_cut_in_front_of_its_error_is_malformed() {
    let bytes = b"\x32\x03\0\0\x12\x34\0\x08\0\0\xf0";
    assert_eq!(S7comm::parse(bytes), Err(Malformed::Truncated { need: 12, have: 11 }));
}

#[test]
fn items_are_read_as_they_were_written() {
    let word =
        S7commItem::Any { transport_size: 4, length: 1, db_number: 7, area: 0x84, address: 0x18 };
    // An odd length: the next item starts a byte later.
    let other = S7commItem::Other { syntax_id: 0x77, data: &[1, 2] };
    let items = [other, word];
    let byte = S7commDataItem { return_code: 0, transport_size: 4, length: 8, data: &[1] };
    let bits = S7commDataItem { return_code: 0, transport_size: 3, length: 1, data: &[1] };
    let data = [byte, bits];
    let builder = S7commBuilder {
        parameters: S7commParameters::Write(&items),
        data: &data,
        ..Default::default()
    };
    let mut out = Vec::new();
    let ethernet = crate::EthernetHeader::default();
    let ip = crate::Ipv4Header::default();
    let tcp = crate::TcpHeader { destination_port: 102.into(), ..Default::default() };
    let (tpkt, cotp) = (TpktHeader::default(), CotpBuilder::default());
    let layers: [&dyn crate::Encode; 6] = [&ethernet, &ip, &tcp, &tpkt, &cotp, &builder];
    serialize_layers(&mut out, Fix::all(), &layers, &[]).unwrap();

    let decoder = Decoder::default();
    let packet = decoder.decode(LinkType::ETHERNET, &out);
    let s7comm = packet.get::<S7comm<'_>>().unwrap();
    assert_eq!(s7comm.function(), Some(S7commFunction::WRITE_VARIABLE));
    assert!(s7comm.items().eq(items.map(Ok)));
    assert!(s7comm.data_items().eq(data.map(Ok)));
    assert_eq!(packet.get::<crate::Tpkt<'_>>().unwrap().rest, b"");
    assert!(!packet.is_truncated());
}

#[test]
fn lists_of_items_end_behind_an_error() {
    let bytes = b"\x32\x01\0\0\0\0\0\x05\0\0\x04\x02\x12\x0a\x10";
    let found: Vec<_> = S7comm::parse(bytes).unwrap().items().collect();
    assert_eq!(found, [Err(Malformed::Truncated { need: 12, have: 3 })]);
    let bytes = b"\x32\x01\0\0\0\0\0\x05\0\0\x04\x02\x12\0\x10";
    let found: Vec<_> = S7comm::parse(bytes).unwrap().items().collect();
    assert_eq!(found, [Err(Malformed::Field { name: "item", value: 0 })]);
}

#[test]
fn a_length_that_is_not_that_of_the_data_is_refused() {
    let item = S7commDataItem { return_code: 0, transport_size: 4, length: 8, data: &[1, 2] };
    let builder = S7commBuilder { data: &[item], ..Default::default() };
    let error = EncodeError::TooLarge { layer: "s7comm", field: "length", value: 2 };
    assert_eq!(crate::Encode::encode(&builder, &mut Vec::new()), Err(error));
}

proptest! {
    #[test]
    fn any_parameters_and_data_end(
        rosctr in prop::sample::select(vec![1_u8, 2, 3, 7]),
        rest in prop::collection::vec(any::<u8>(), 6..120),
    ) {
        let bytes = [&[PROTOCOL_ID, rosctr, 0, 0], &rest[..]].concat();
        if let Ok(s7comm) = S7comm::parse(&bytes) {
            prop_assert!(s7comm.items().count() <= bytes.len());
            prop_assert!(s7comm.data_items().count() <= bytes.len());
            s7comm.fields(&mut |field: crate::Field<'_>| assert!(field.bytes.end <= bytes.len()));
        }
    }
}
