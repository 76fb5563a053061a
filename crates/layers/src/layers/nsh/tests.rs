//! Tests of NSH.

use proptest::prelude::*;

use super::*;
use crate::{Fix, Ipv4Header, serialize_layers};

/// The fields behind those of the service path, as tshark shows an own packet.
#[track_caller]
fn check(bytes: &[u8], expected: &str) {
    let text = Nsh::parse(bytes).unwrap().to_string();
    assert_eq!(text.split_once("nsh.si=7").unwrap().1.trim_start(), expected);
}

#[test]
fn options_are_padded_to_words() {
    check(
        b"\x0f\xc4\x02\x03\0\x03\x09\x07\x01\x02\x03\x04\xaa\xbb\xcc\xdd",
        "nsh.metadataclass=258 nsh.metadatatype=3 nsh.metadataunassignedbit=0 nsh.metadatalen=4 \
         nsh.metadata=aabbccdd",
    );
    check(
        b"\x0f\xc5\x02\x03\0\x03\x09\x07\x01\x02\x83\x05\xaa\xbb\xcc\xdd\xee\0\0\0",
        "nsh.metadataclass=258 nsh.metadatatype=131 nsh.metadataunassignedbit=0 \
         nsh.metadatalen=5 nsh.metadata=aabbccddee",
    );
    check(b"\x0f\xc2\x02\x03\0\x03\x09\x07", "");
    check(b"\x0f\xc4\x03\x03\0\x03\x09\x07\x01\x02\x03\x04\x05\x06\x07\x08", "");
}

#[test]
fn an_option_longer_than_the_header_ends_the_list() {
    // Wireshark reads on into the payload.
    let nsh =
        Nsh::parse(b"\x0f\xc4\x02\x01\0\x03\x09\x07\x01\x02\x03\x09\xaa\xbb\xcc\xdd\x45").unwrap();
    let cut = Malformed::Truncated { need: 13, have: 8 };
    assert_eq!(nsh.metadata().collect::<Vec<_>>(), [Err(cut)]);
    assert_eq!(nsh.payload, b"\x45");
}

#[test]
fn the_next_protocol_leads_on() {
    let next = |version: u8, number: u8| {
        let bytes = [version << 6 | 0x0f, 0xc2, 2, number, 0, 0, 1, 1];
        Nsh::parse(&bytes).unwrap().shape().next
    };
    assert_eq!(next(0, 1), Next::One(Key::ether_type(EtherType::IPV4)));
    assert_eq!(next(0, 3), Next::One(Key::ether_type(EtherType::BRIDGING)));
    assert_eq!(next(0, 4), Next::One(Key::ether_type(EtherType::NSH)));
    assert_eq!(next(0, 9), Next::One(Key::child(LayerType::NSH, 9)));
    assert_eq!(next(1, 1), Next::End);
}

#[test]
fn setters_keep_the_other_bits() {
    let mut header = NshHeader { flags_ttl_length: U16::new(0xffff), ..NshHeader::default() };
    header.set_ttl(1);
    header.set_length(2);
    header.set_path(0xff12_3456);
    assert_eq!(header.flags_ttl_length.get(), 0xf042);
    assert_eq!((header.ttl(), header.length(), header.path()), (1, 2, 0x12_3456));
}

#[test]
fn what_follows_from_the_layers_is_written() {
    let context = Some([[0, 0, 0, 1]; 4]);
    let nsh = NshBuilder { context, ..NshBuilder::default() };
    let mut out = Vec::new();
    serialize_layers(&mut out, Fix::all(), &[&nsh, &Ipv4Header::default()], b"").unwrap();
    assert!(out.starts_with(b"\x0f\xc6\x01\x01\0\0\0\xff\0\0\0\x01"));

    let value = &[7; 120][..];
    let option = NshMetadata { class: 1, kind: 2, is_unassigned_set: false, value };
    let write = |metadata: &[NshMetadata<'_>]| {
        let nsh = NshBuilder { metadata, ..NshBuilder::default() };
        serialize_layers(&mut Vec::new(), Fix::all(), &[&nsh], b"")
    };
    assert_eq!(write(&[option]), Ok(()));
    let error = EncodeError::TooLarge { layer: "nsh", field: "length", value: 64 };
    assert_eq!(write(&[option, option]), Err(error));
}

proptest! {
    #[test]
    fn options_read_and_written_again_are_the_same(class: u16, kind: u8, is_unassigned_set: bool, value in prop::collection::vec(any::<u8>(), 0..40)) {
        let option = NshMetadata { class, kind, is_unassigned_set, value: &value };
        let mut out = Vec::new();
        NshBuilder { metadata: &[option], ..NshBuilder::default() }.encode(&mut out).unwrap();
        let nsh = Nsh::parse(&out).unwrap();
        prop_assert_eq!(nsh.metadata().collect::<Vec<_>>(), [Ok(option)]);
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
        if let Ok(nsh) = Nsh::parse(&bytes) {
            prop_assert!(nsh.metadata().count() <= bytes.len());
            prop_assert!(!nsh.to_string().is_empty());
        }
    }
}
