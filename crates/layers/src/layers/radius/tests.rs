//! Tests of RADIUS.

use proptest::prelude::*;

use super::*;
use crate::{Fix, serialize_layers};

// tshark -r radius_3.dat -Y frame.number==1, of PcapPlusPlus's tests.
layer_tests! {
    sample: Radius *b"\x03h\0,qbM\xa2\x5c\x0bX\x97\xf7\x059\xe0\x19\xa8\x1e\xaeO\x06\x04g\0\x04P\x12\
        \xcep\xfe\x87\xa9\x97\xb4M\xe5\x83\xcd\x19\xbe\xa2\x93!";
    fields: "radius.code=3 radius.id=104 radius.length=44 \
        radius.authenticator=71624da25c0b5897f70539e019a81eae radius.avp=4f0604670004 \
        radius.avp.type=79 radius.avp.length=6 radius.eap_fragment=04670004 \
        radius.avp=5012ce70fe87a997b44de583cd19bea29321 radius.avp.type=80 \
        radius.avp.length=18 \
        radius.Message_Authenticator=ce70fe87a997b44de583cd19bea29321";
    edit: RadiusHeader, |header| header.code = RadiusCode::ACCESS_ACCEPT.0;
    bad: [0 = 0 => "code" 0, 0 = 99 => "code" 99, 3 = 19 => "length" 19];
}

fn packet(attributes: &[(u8, &[u8])]) -> Vec<u8> {
    let attributes: Vec<_> = attributes
        .iter()
        .map(|&(attribute_type, value)| RadiusAttribute { attribute_type, value })
        .collect();
    let mut out = Vec::new();
    let builder = RadiusBuilder { attributes: &attributes, ..Default::default() };
    serialize_layers(&mut out, Fix::all(), &[&builder], &[]).unwrap();
    out
}

/// The fields of the value, as tshark 4.0.17 shows them.
#[track_caller]
fn check(attribute_type: u8, value: &[u8], expected: &str) {
    let fields = Radius::parse(&packet(&[(attribute_type, value)])).unwrap().to_string();
    let (_, fields) = fields.split_once("radius.avp.length=").unwrap();
    let fields = fields.split_once(' ').map_or("", |(_, fields)| fields);
    assert_eq!(fields, expected);
}

#[test]
fn each_form_of_a_value() {
    check(1, b"bob", "radius.User_Name=bob");
    check(2, &[1, 2], "radius.User_Password_encrypted=0102");
    check(3, &[5, 2, 2], "radius.CHAP_Password=050202 radius.CHAP_Ident=5 radius.CHAP_String=0202");
    check(4, &[10, 0, 0, 1], "radius.NAS_IP_Address=10.0.0.1");
    check(6, &[0, 0, 0, 2], "radius.Service_Type=2");
    check(55, &[0x59, 0x68, 0x2f, 0], "radius.Event_Timestamp=1500000000");
    check(64, &[1, 0, 0, 13], "radius.Tunnel_Type.tag=1 radius.Tunnel_Type=13");
    check(
        81,
        b"\x01vlan",
        "radius.Tunnel_Private_Group_Id.tag=1 radius.Tunnel_Private_Group_Id=vlan",
    );
    check(81, b"vlan", "radius.Tunnel_Private_Group_Id=vlan");
    check(95, &[0; 16], "radius.NAS_IPv6_Address=::");
    check(80, &[7; 2], "radius.Message_Authenticator=0707");
    check(
        26,
        b"\0\0\0\x09\x01\x07a=b=c",
        "radius.avp.vendor_id=9 radius.avp.vendor_type=1 radius.avp.vendor_len=7 \
         radius.Cisco_AVPair=a=b=c",
    );
    // Not the length of an address.
    check(4, &[10, 0], "");
}

// gopacket defect 28.
#[test]
fn a_packet_that_was_built_is_read_again() {
    let bytes = packet(&[(1, b"bob"), (79, b""), (26, &[0, 0, 0, 9, 1, 2])]);
    assert_eq!(bytes[2..4], [0, 35]);
    let radius = Radius::parse(&bytes).unwrap();
    let found = radius.attributes().map(|attribute| attribute.map(|a| (a.attribute_type, a.value)));
    let expected = [(1, &b"bob"[..]), (79, b""), (26, &[0, 0, 0, 9, 1, 2])].map(Ok);
    assert_eq!(found.collect::<Vec<_>>(), expected);
    assert_eq!(radius.attributes().nth(2).unwrap().unwrap().vendor(), Some((9, &[1, 2][..])));
}

#[test]
fn an_eap_packet_is_put_together() {
    let bytes = packet(&[(79, b"\x02\x01\0\x08"), (1, b"bob"), (79, b"\x01bob")]);
    assert_eq!(Radius::parse(&bytes).unwrap().eap_message(), b"\x02\x01\0\x08\x01bob");
}

#[test]
fn a_value_that_is_too_long_is_no_attribute() {
    let attributes = [RadiusAttribute { attribute_type: 1, value: &[0; 254] }];
    let builder = RadiusBuilder { attributes: &attributes, ..Default::default() };
    let (layer, field, value) = ("radius", "attribute length", 256);
    let error = EncodeError::TooLarge { layer, field, value };
    assert_eq!(builder.encode(&mut Vec::new()), Err(error));
}

#[test]
fn malformed_attributes_end_the_list() {
    let errors = [
        (&[1, 1, 9][..], Malformed::Field { name: "attribute length", value: 1 }),
        (&[1, 9, 9], Malformed::Truncated { need: 9, have: 3 }),
        (&[1], Malformed::Truncated { need: 2, have: 1 }),
    ];
    for (bytes, error) in errors {
        let found: Vec<_> = RadiusAttributes(bytes).collect();
        assert_eq!(found, [Err(error)]);
    }
}

#[test]
fn bytes_behind_the_length_are_padding() {
    let bytes = [packet(&[(1, b"bob")]), vec![0; 9]].concat();
    assert_eq!(Radius::parse(&bytes).unwrap().payload, b"\x01\x05bob");
}

proptest! {
    #[test]
    fn attributes_survive_a_round_trip(
        attributes in proptest::collection::vec(
            (any::<u8>(), proptest::collection::vec(any::<u8>(), 0..253)), 0..6,
        ),
    ) {
        let list: Vec<_> = attributes.iter().map(|(kind, value)| (*kind, &value[..])).collect();
        let bytes = packet(&list);
        let radius = Radius::parse(&bytes).unwrap();
        let found = radius.attributes().map(|a| a.map(|a| (a.attribute_type, a.value)).unwrap());
        prop_assert_eq!(found.collect::<Vec<_>>(), list);
        prop_assert!(!radius.to_string().is_empty());
    }

    #[test]
    fn any_attributes_end(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(RadiusAttributes(&bytes).count() <= bytes.len());
        let bytes = [&[1, 0, 0xff, 0xff][..], &[0; 16], &bytes].concat();
        prop_assert!(!Radius::parse(&bytes).unwrap().to_string().is_empty());
    }
}
