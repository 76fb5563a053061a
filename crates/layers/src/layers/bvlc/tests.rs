//! Tests of the virtual link layer.

use super::*;
use crate::layers::golden;
use crate::{BacnetHeader, Fix, serialize_layers};

// Made for this test; the fields are tshark's.
layer_tests! {
    sample: Bvlc *b"\x81\x04\0\x0e\x0a\0\0\x05\xba\xc0\x01\0\x10\x08";
    fields: "bvlc.type=129 bvlc.function=4 bvlc.length=14 bvlc.fwd_ip=10.0.0.5 \
        bvlc.fwd_port=47808";
    edit: BvlcHeader, |header| header.function = 0x0a;
    bad: [0 = 0x82 => "type" 0x82, 3 = 3 => "length" 3, 3 = 9 => "length" 9];
}

#[test]
fn every_function_has_the_fields_of_tshark() {
    // tshark shows how long its own layer is where a message of the network layer follows.
    let length = ["bvlc.length"];
    golden::check(include_str!("golden.txt"), &["bvlc"], &length, &length);
}

#[test]
fn the_length_is_that_of_the_whole_message() {
    let mut out = Vec::new();
    let layers: [&dyn crate::Encode; 2] = [&BvlcHeader::default(), &BacnetHeader::default()];
    serialize_layers(&mut out, Fix::all(), &layers, &[0x10, 8]).unwrap();
    assert_eq!(out, b"\x81\x0a\0\x08\x01\0\x10\x08");
    let bvlc = Bvlc::parse(&out).unwrap();
    assert_eq!((bvlc.data, bvlc.payload), (&b""[..], &b"\x01\0\x10\x08"[..]));
}
