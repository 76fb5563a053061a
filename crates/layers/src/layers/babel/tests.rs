//! Tests of Babel.

use proptest::prelude::*;

use super::*;
use crate::layers::golden;
use crate::{Fix, serialize_layers};

#[test]
fn packets_are_those_of_tshark() {
    // Where it takes the whole rest of a TLV for the address, from the cost of an IHU on.
    let fixture = include_str!("golden.txt");
    golden::check(fixture, &["babel"], &[], &[]);
}

#[test]
fn an_address_ends_where_its_encoding_says() {
    let bytes = b"\x2a\x02\0\x12\x05\x10\x01\0\0\x60\x04\xb0\x0a\0\0\x01\x02\x04\x01\x06\x0b\x0c";
    let babel = Babel::parse(bytes).unwrap();
    let tlv = babel.tlvs().next().unwrap().unwrap();
    let (address, sub_tlvs) = (&bytes[12..16], &bytes[16..]);
    let (receive_cost, interval) = (96, 1200);
    let expected = BabelTlv::Ihu { address_encoding: 1, receive_cost, interval, address, sub_tlvs };
    assert_eq!(tlv, expected);
    let text = babel.to_string();
    assert!(text.contains("babel.message.prefix=0a000001 babel.subtlv=2 "), "{text}");
    assert!(text.ends_with("babel.subtlv.diversity.channel=12"), "{text}");
}

#[test]
fn what_is_built_is_read_again() {
    let tlvs = [
        BabelTlv::Pad1,
        BabelTlv::PadN(&[0, 0]),
        BabelTlv::AcknowledgmentRequest { opaque: 7, interval: 100 },
        BabelTlv::Acknowledgment { opaque: 7 },
        BabelTlv::Hello { flags: 0x8000, seqno: 1, interval: 400, sub_tlvs: &[1, 0] },
        BabelTlv::Ihu {
            address_encoding: 3,
            receive_cost: 9,
            interval: 8,
            address: &[7; 8],
            sub_tlvs: &[],
        },
        BabelTlv::RouterId { router_id: [1; 8] },
        BabelTlv::NextHop { address_encoding: 1, address: &[10, 0, 0, 1] },
        BabelTlv::Update {
            address_encoding: 2,
            flags: 0x80,
            prefix_length: 60,
            omitted: 2,
            interval: 400,
            seqno: 5,
            metric: 256,
            prefix: &[1; 6],
            sub_tlvs: &[0],
        },
        BabelTlv::RouteRequest { address_encoding: 0, prefix_length: 0, prefix: &[] },
        BabelTlv::SeqnoRequest {
            address_encoding: 1,
            prefix_length: 9,
            seqno: 7,
            hop_count: 64,
            router_id: [2; 8],
            prefix: &[10, 0],
        },
        BabelTlv::Unknown { kind: 200, value: b"x" },
    ];
    let mut out = Vec::new();
    let builder = BabelBuilder { tlvs: &tlvs, ..Default::default() };
    serialize_layers(&mut out, Fix::all(), &[&builder], &[]).unwrap();
    let babel = Babel::parse(&out).unwrap();
    assert_eq!(usize::from(babel.header.body_length.get()), out.len() - 4);
    assert_eq!(babel.tlvs().collect::<Vec<_>>(), tlvs.map(Ok));
    let long = BabelTlv::PadN(&[0; 256]);
    assert!(long.encode(&mut Vec::new()).is_err());
}

#[test]
fn a_value_too_short_for_its_type_is_unknown() {
    for (kind, len) in [(2, 5), (3, 1), (4, 5), (5, 5), (6, 9), (7, 1), (8, 9), (9, 1), (10, 13)] {
        let mut bytes = vec![42, 2, 0, 2 + len, kind, len];
        bytes.extend(vec![0; len.into()]);
        let babel = Babel::parse(&bytes).unwrap();
        let value = &bytes[6..];
        assert_eq!(babel.tlvs().collect::<Vec<_>>(), [Ok(BabelTlv::Unknown { kind, value })]);
    }
    // More bytes left out than the prefix has.
    let bytes = b"\x2a\x02\0\x0c\x08\x0a\x01\0\x08\x02\0\x01\0\x02\0\x03";
    let babel = Babel::parse(bytes).unwrap();
    assert!(matches!(babel.tlvs().next(), Some(Ok(BabelTlv::Unknown { kind: 8, .. }))));
}

#[test]
fn what_is_behind_the_body_is_a_trailer() {
    let babel = Babel::parse(b"\x2a\x02\0\x01\0\x10\x01x").unwrap();
    assert_eq!((babel.body, babel.trailer), (&[0][..], &b"\x10\x01x"[..]));
    let cut = Babel::parse(b"\x2a\x02\0\x09\x04\x06\0\0").unwrap();
    assert_eq!((cut.shape().header_len, cut.shape().payload_len), (8, 5));
    let error = Malformed::Truncated { need: 8, have: 4 };
    assert_eq!(cut.tlvs().collect::<Vec<_>>(), [Err(error)]);
}

proptest! {
    #[test]
    fn any_bytes_have_their_fields_inside(bytes in prop::collection::vec(0..24_u8, 0..60)) {
        let bytes = [&[42, 2, 0, 40][..], &bytes].concat();
        let babel = Babel::parse(&bytes).unwrap();
        babel.fields(&mut |field: crate::Field<'_>| assert!(field.bytes.end <= bytes.len()));
        prop_assert!(babel.tlvs().count() <= bytes.len());
    }
}
