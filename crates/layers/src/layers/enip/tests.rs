//! Tests of EtherNet/IP.

use proptest::prelude::*;

use super::*;
use crate::layers::golden;
use crate::{Cip, CipBuilder, CipSegment, Decoder, Fix, LinkType, serialize_layers};

// Made for this test; the fields are tshark's.
layer_tests! {
    sample: Enip *b"\x65\0\x04\0\x44\x33\x22\x11\0\0\0\0\x01\x02\x03\x04\x05\x06\x07\x08\0\0\0\0\x01\0\0\0";
    fields: "enip.command=101 enip.length=4 enip.session=287454020 enip.status=0 \
        enip.context=0102030405060708 enip.options=0 enip.rs.version=1 enip.rs.flags=0";
    edit: EnipHeader, |header| header.status.set(1);
    bad: [1 = 1 => "command" 0x165, 20 = 1 => "options" 1];
}

#[test]
fn every_command_has_the_fields_of_tshark() {
    golden::check(include_str!("golden.txt"), &["enip"], &[], &[]);
}

#[test]
fn a_message_goes_into_the_last_item() {
    #[track_caller]
    fn check(kind: EnipItemType, data: &[u8], behind: usize) {
        let items = [EnipItem::default(), EnipItem { type_id: kind, data }];
        let header =
            EnipHeader { command: EnipCommand::SEND_RR_DATA.0.into(), ..Default::default() };
        let data = EnipData::Interface { handle: 0, timeout: 5, items: &items };
        let enip = EnipBuilder { header, data };
        let path = [CipSegment::Class(1), CipSegment::Instance(1), CipSegment::Attribute(7)];
        let cip = CipBuilder { path: &path, ..Default::default() };
        let ethernet = crate::EthernetHeader::default();
        let ip = crate::Ipv4Header::default();
        let tcp = crate::TcpHeader { destination_port: 44818.into(), ..Default::default() };
        let mut out = Vec::new();
        let layers: [&dyn crate::Encode; 5] = [&ethernet, &ip, &tcp, &enip, &cip];
        serialize_layers(&mut out, Fix::all(), &layers, b"data").unwrap();
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::ETHERNET, &out);
        let enip = packet.get::<Enip<'_>>().unwrap();
        let last = enip.items().last().unwrap().unwrap();
        assert_eq!((last.type_id, last.data.len()), (kind, behind));
        assert_eq!(usize::from(enip.header.length.get()), enip.data.len());
        let cip = packet.get::<Cip<'_>>().unwrap();
        assert_eq!((cip.class(), cip.payload), (Some(1), &b"data"[..]));
        assert!(!packet.is_truncated());
    }
    check(EnipItemType::UNCONNECTED_DATA, &[], 12);
    check(EnipItemType::CONNECTED_DATA, &[1, 0], 14);
}

#[test]
fn what_is_behind_the_message_of_cip_is_a_trailer() {
    let bytes = b"\x6f\0\x1a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
        \0\0\0\0\0\0\x02\0\xb2\0\x04\0\x8e\0\0\0\0\x80\x04\0\x02\0\x08\xae";
    let enip = Enip::parse(bytes).unwrap();
    let Shape { header_len, payload_len, trailer_len, next } = enip.shape();
    assert_eq!((header_len, payload_len, trailer_len), (36, 4, 10));
    assert_eq!(next, Next::One(Key::child(LayerType::ENIP, 0xb2)));
    assert_eq!(enip.payload, b"\x8e\0\0\0");
    assert_eq!(enip.items().count(), 2);
}

#[test]
fn items_end_behind_one_that_is_cut_short() {
    let data = b"\x02\0\xa1\0\x02\0ab\xb1\0\x09\0\0";
    let found: Vec<_> = EnipItems::new(data, 0).collect();
    let item = EnipItem { type_id: EnipItemType::CONNECTED_ADDRESS, data: b"ab" };
    assert_eq!(found, [Ok(item), Err(Malformed::Truncated { need: 13, have: 5 })]);
}

#[test]
fn a_session_is_opened() {
    let command = EnipCommand::REGISTER_SESSION.0.into();
    let header = EnipHeader { command, ..Default::default() };
    let builder = EnipBuilder { header, data: EnipData::Register { version: 1, flags: 0 } };
    let mut out = Vec::new();
    serialize_layers(&mut out, Fix::all(), &[&builder], &[]).unwrap();
    assert_eq!(out, [&b"\x65\0\x04"[..], &[0; 21], b"\x01\0\0\0"].concat());
}

proptest! {
    #[test]
    fn any_items_end_and_lie_in_their_message(data in prop::collection::vec(any::<u8>(), 0..80)) {
        let length = u16::try_from(data.len()).unwrap().to_le_bytes();
        let bytes = [&[0x6f, 0], &length[..], &[0; 20], &data].concat();
        let enip = Enip::parse(&bytes).unwrap();
        prop_assert!(enip.items().count() <= data.len());
        let shape = enip.shape();
        prop_assert!(shape.header_len + shape.payload_len + shape.trailer_len >= HEADER_LEN);
        enip.fields(&mut |field: crate::Field<'_>| assert!(field.bytes.end <= bytes.len()));
    }
}
