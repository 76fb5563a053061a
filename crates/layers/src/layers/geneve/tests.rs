//! Tests of Geneve.

use proptest::prelude::*;

use super::*;
use crate::{Decoder, Fix, Ipv4Header, LinkType, UdpHeader, serialize_layers};

#[test]
fn the_version_is_in_the_upper_bits() {
    // gopacket defect 14.
    let geneve =
        Geneve::parse(b"\x42\x40\x65\x58\0\x12\x34\x07\x01\x02\x80\x01\xaa\xbb\xcc\xdd").unwrap();
    assert_eq!((geneve.header.version(), geneve.vni()), (1, 0x1234));
    assert!(geneve.header.has_critical_options() && !geneve.header.is_control());
}

#[test]
fn options_are_fresh_at_each_decode() {
    // gopacket defect 14.
    let option = GeneveOption { class: 1, kind: 2, reserved: 0, data: b"abcd" };
    let geneve = GeneveBuilder { options: &[option], ..GeneveBuilder::default() };
    let (ip, udp) = (Ipv4Header::default(), UdpHeader::default());
    let mut out = Vec::new();
    serialize_layers(&mut out, Fix::all(), &[&ip, &udp, &geneve], b"").unwrap();
    let decoder = Decoder::default();
    let mut packet = decoder.decode(LinkType::IPV4, &out);
    packet.decode(LinkType::IPV4, &out);
    let geneve = packet.get::<Geneve<'_>>().unwrap();
    assert_eq!(geneve.options().collect::<Vec<_>>(), [Ok(option)]);
}

#[test]
fn an_option_longer_than_the_header_ends_the_list() {
    let geneve =
        Geneve::parse(b"\x02\x40\x65\x58\0\0\0\0\x01\x02\x80\x05\xaa\xbb\xcc\xddframe").unwrap();
    let cut = Malformed::Truncated { need: 24, have: 8 };
    assert_eq!(geneve.options().collect::<Vec<_>>(), [Err(cut)]);
    assert!(geneve.to_string().ends_with("geneve.vni=0 geneve.options=01028005aabbccdd"));
    assert_eq!(geneve.payload, b"frame");
}

#[test]
fn options_longer_than_the_packet_are_truncated() {
    let cut = Malformed::Truncated { need: 16, have: 12 };
    assert_eq!(Geneve::parse(b"\x02\0\x65\x58\0\0\0\0\x01\x02\x80\x05"), Err(cut));
}

#[test]
fn any_protocol_may_be_inside() {
    let next = |high: u8, low: u8| {
        let bytes = [0, 0, high, low, 0, 0, 0, 0];
        Geneve::parse(&bytes).unwrap().shape().next
    };
    assert_eq!(next(0x08, 0x00), Next::One(Key::ether_type(EtherType::IPV4)));
    assert_eq!(next(0x65, 0x58), Next::One(Key::ether_type(EtherType::BRIDGING)));
}

#[test]
fn what_does_not_fit_is_an_error() {
    let encode = |count: usize, data: &[u8]| {
        let options = vec![GeneveOption { class: 0, kind: 0, reserved: 0, data }; count];
        let builder = GeneveBuilder { options: &options, ..GeneveBuilder::default() };
        builder.encode(&mut Vec::new())
    };
    let error = |field, value| Err(EncodeError::TooLarge { layer: "geneve", field, value });
    assert_eq!(encode(1, &[0; 124]), Ok(()));
    assert_eq!(encode(1, &[0; 128]), error("length", 128));
    assert_eq!(encode(1, &[0; 3]), error("length", 3));
    assert_eq!(encode(2, &[0; 124]), error("options length", 64));
}

#[test]
fn a_critical_option_is_announced() {
    let options = &[GeneveOption { class: 0x0102, kind: 0x80, reserved: 0, data: b"abcd" }];
    let mut header = GeneveHeader::default();
    header.set_vni(0x1234);
    let mut out = Vec::new();
    let layers: [&dyn Encode; 2] = [&GeneveBuilder { header, options }, &Ipv4Header::default()];
    serialize_layers(&mut out, Fix::all(), &layers, b"").unwrap();
    assert!(out.starts_with(b"\x02\x40\x08\0\0\x12\x34\0\x01\x02\x80\x01abcd\x45"));
}

proptest! {
    #[test]
    fn options_read_and_written_again_are_the_same(class: u16, kind: u8, reserved in 0_u8..8, words in prop::collection::vec(any::<[u8; 4]>(), 0..31)) {
        let option = GeneveOption { class, kind, reserved, data: words.as_flattened() };
        let mut out = Vec::new();
        let options = &[option];
        GeneveBuilder { options, ..GeneveBuilder::default() }.encode(&mut out).unwrap();
        let geneve = Geneve::parse(&out).unwrap();
        prop_assert_eq!(geneve.options().collect::<Vec<_>>(), [Ok(option)]);
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
        if let Ok(geneve) = Geneve::parse(&bytes) {
            prop_assert!(geneve.options().count() <= bytes.len());
            prop_assert!(!geneve.to_string().is_empty());
        }
    }
}
