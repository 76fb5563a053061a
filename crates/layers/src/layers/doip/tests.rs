//! Tests of `DoIP`.

use proptest::prelude::*;

use super::*;
use crate::layers::golden;
use crate::{Fix, serialize_layers};

// Made for this test; the fields are tshark's.
layer_tests! {
    sample: DoIp *b"\x02\xfd\x80\x02\0\0\0\x08\x10\x10\x0e\x80\0\x22\xf1\x90";
    fields: "doip.version=2 doip.inverse=253 doip.type=32770 doip.length=8 \
        doip.source_address=4112 doip.target_address=3712 doip.diag_ack_code=0 \
        doip.previous=22f190";
    edit: DoIpHeader, |header| header.payload_type.set(0x8003);
    bad: [1 = 0xfc => "inverse protocol version" 0xfc];
}

#[test]
fn every_payload_type_has_the_fields_of_tshark() {
    golden::check(include_str!("golden.txt"), &["doip"], &[], &[]);
}

#[test]
fn the_message_of_a_control_unit_is_payload() {
    let doip = DoIp::parse(b"\x02\xfd\x80\x01\0\0\0\x07\x0e\x80\x10\x10\x22\xf1\x90").unwrap();
    let expected =
        DoIpMessage::Diagnostic { source: 0x0e80, target: 0x1010, data: b"\x22\xf1\x90" };
    assert_eq!((doip.message(), doip.payload), (expected, &b"\x22\xf1\x90"[..]));
    let Shape { header_len, payload_len, next, .. } = doip.shape();
    assert_eq!((header_len, payload_len), (12, 3));
    assert_eq!(next, Next::One(Key::child(LayerType::DOIP, 0x8001)));
}

#[test]
fn a_segment_may_hold_several_messages() {
    let bytes = b"\x02\xfd\0\x07\0\0\0\0\x02\xfd\0\x08\0\0\0\x02\x0e\x80";
    let doip = DoIp::parse(bytes).unwrap();
    assert_eq!(doip.shape().next, Next::One(Key::parent(LayerType::DOIP)));
    let second = DoIp::parse(doip.payload).unwrap();
    assert_eq!(second.message(), DoIpMessage::AliveCheckResponse { source: 0x0e80 });
}

#[test]
fn an_activation_that_does_not_fit_is_refused() {
    let message =
        DoIpMessage::ActivationRequest { source: 1, activation_type: 256, reserved: 0, oem: None };
    assert!(message.encode(VERSION, &mut Vec::new()).is_err());
    assert!(message.encode(FIRST_VERSION, &mut Vec::new()).is_ok());
}

proptest! {
    #[test]
    fn a_message_written_again_is_the_same(
        kind in prop::sample::select(vec![0_u16, 1, 2, 3, 4, 5, 6, 7, 8, 0x4001, 0x4002, 0x4003,
            0x4004, 0x8001, 0x8002, 0x8003, 0x9000]),
        version in 1_u8..4,
        body in prop::collection::vec(any::<u8>(), 0..50),
    ) {
        let header = DoIpHeader {
            protocol_version: version,
            inverse_protocol_version: !version,
            payload_type: kind.into(),
            payload_length: u32::try_from(body.len()).unwrap().into(),
        };
        let bytes = [header.as_bytes(), &body].concat();
        let doip = DoIp::parse(&bytes).unwrap();
        let message = doip.message();
        let mut out = Vec::new();
        serialize_layers(&mut out, Fix::all(), &[&DoIpBuilder { header, message }], &[]).unwrap();
        // Bytes behind those that have a meaning are not kept.
        prop_assert!(bytes[HEADER_LEN..].starts_with(&out[HEADER_LEN..]));
        prop_assert_eq!(DoIp::parse(&out).unwrap().message(), message);
        doip.fields(&mut |field: crate::Field<'_>| assert!(field.bytes.end <= bytes.len()));
    }
}
