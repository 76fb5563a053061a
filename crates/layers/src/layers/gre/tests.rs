//! Tests of GRE.

use proptest::prelude::*;

use super::*;
use crate::{ChecksumStatus, Decoder, Encode, Fix, Ipv4Header, Outer, serialize_layers};

const FLAGS: &str = "gre.flags.strict_source_route=0 gre.flags.recursion_control=0 \
    gre.flags.reserved=0 gre.flags.version=0";

/// The fields as tshark shows them, but for the flags that are always there.
#[track_caller]
fn check(bytes: &[u8], expected: &str) {
    let text = Gre::parse(bytes).unwrap().to_string();
    let (_, fields) = text.split_once("gre.proto=").unwrap();
    assert_eq!(fields, expected);
}

#[test]
fn a_packet_of_pptp_has_a_length_and_a_call_for_a_key() {
    // gopacket defect 35.
    let gre = Gre::parse(b"\x20\x01\x88\x0b\0\x02\x12\x34hipadding").unwrap();
    assert_eq!((gre.payload_length(), gre.call_id()), (Some(2), Some(0x1234)));
    assert_eq!((gre.payload, gre.shape().payload_len), (&b"hi"[..], 2));
}

#[test]
fn a_key_of_version_zero_is_one_number() {
    check(b"\x20\0\x65\x58\0\x12\x34\x05", "25944 gre.key=1192965");
    let gre = Gre::parse(b"\x20\0\x65\x58\0\x12\x34\x05").unwrap();
    assert_eq!((gre.virtual_subnet_id(), gre.flow_id()), (Some(0x1234), Some(5)));
    let gre = Gre::parse(b"\x30\0\x65\x58\0\x12\x34\x05\0\0\0\0").unwrap();
    assert_eq!((gre.virtual_subnet_id(), gre.flow_id()), (None, None));
}

#[test]
fn a_checksum_covers_header_and_payload() {
    // tshark -r GrePackets.pcap (PcapPlusPlus), frame 3: gre.checksum.status=1.
    let mut bytes = *b"\x80\0\x08\0\x77\xff\0\0\x45\0\0\x18\xb6\xfd\0\0\x40\x2f\xc5\xb7\x7f\0\0\x01\x7f\0\0\x01\0\0\0\0";
    check(&bytes, "2048 gre.checksum=30719 gre.offset=0");
    assert!(
        Gre::parse(&bytes)
            .unwrap()
            .to_string()
            .ends_with(&format!("{FLAGS} gre.proto=2048 gre.checksum=30719 gre.offset=0"))
    );
    let status = |bytes: &[u8]| checksum(bytes, &Outer::NONE).map(|checksum| checksum.status());
    assert_eq!(status(&bytes), Some(ChecksumStatus::Good));
    bytes[20] = 9;
    assert_eq!(status(&bytes), Some(ChecksumStatus::Bad));
    assert_eq!(status(b"\0\0\x08\0"), None);
}

// peers 8.2: GRE routing flag
#[test]
fn routes_end_with_an_empty_one() {
    let bytes = b"\xc0\0\x08\0\x12\x34\0\x04\0\x02\x04\x08\x0a\0\0\x01\x0a\0\0\x02\0\0\0\0\x45";
    check(
        bytes,
        "2048 gre.checksum=4660 gre.offset=4 gre.routing.address_family=2 \
         gre.routing.sre_offset=4 gre.routing.src_length=8 \
         gre.routing.information=0a0000010a000002 gre.routing.address_family=0 \
         gre.routing.sre_offset=0 gre.routing.src_length=0",
    );
    let gre = Gre::parse(bytes).unwrap();
    assert_eq!(gre.payload, b"\x45");
    let information: &[u8] = b"\x0a\0\0\x01\x0a\0\0\x02";
    let route = GreRoute { address_family: 2, offset: 4, information };
    assert_eq!(gre.routes().collect::<Vec<_>>(), [Ok(route)]);
    let cut = Malformed::Truncated { need: 24, have: 20 };
    assert_eq!(Gre::parse(&bytes[..20]), Err(cut));
}

#[test]
fn wccp_has_a_header_of_its_own_from_version_2_on() {
    check(
        b"\0\0\x88\x3e\x01\x32\x07\x08\x45",
        "34878 gre.wccp.dynamic_service=1 gre.wccp.alternative_bucket_used=0 \
         gre.wccp.redirect_header_valid=0 gre.wccp.service_id=50 gre.wccp.alternative_bucket=7 \
         gre.wccp.primary_bucket=8",
    );
    check(b"\0\0\x88\x3e\x45", "34878");
    let next = Gre::parse(b"\0\0\x88\x3e\x45").unwrap().shape().next;
    assert_eq!(next, Next::One(Key::ether_type(EtherType::IPV4)));
}

#[test]
fn the_sequence_number_tells_types_of_erspan() {
    let next = |bytes: &[u8]| Gre::parse(bytes).unwrap().shape().next;
    assert_eq!(next(b"\0\0\x88\xbe"), Next::One(Key::ether_type(EtherType::BRIDGING)));
    let second = Next::One(Key::ether_type(EtherType::ERSPAN));
    assert_eq!(next(b"\x10\0\x88\xbe\0\0\0\x01"), second);
}

#[test]
fn a_keepalive_ends_in_a_header_without_a_protocol() {
    assert_eq!(Gre::parse(b"\0\0\0\0").unwrap().shape().next, Next::End);
}

#[test]
fn a_tunnel_of_pptp_is_built_with_its_length_and_checksum() {
    let key = Some([0, 0, 0, 7]);
    let mut gre = GreBuilder { key, sequence_number: Some(1), ..Default::default() };
    gre.header.set_version(1);
    gre.header.protocol_type.set(EtherType::PPP.0);
    let mut out = Vec::new();
    serialize_layers(&mut out, Fix::all(), &[&gre], b"\xff\x03\0\x21").unwrap();
    assert_eq!(out, b"\x30\x01\x88\x0b\0\x04\0\x07\0\0\0\x01\xff\x03\0\x21");
}

#[test]
fn a_packet_in_a_tunnel_is_named_and_summed() {
    let gre = GreBuilder { checksum: Some(0), ..Default::default() };
    let (outer, inner) = (Ipv4Header::default(), Ipv4Header::default());
    let mut out = Vec::new();
    serialize_layers(&mut out, Fix::all(), &[&outer, &gre, &inner], b"").unwrap();
    let decoder = Decoder::default();
    let packet = decoder.decode(LinkType::IPV4, &out);
    assert_eq!(packet.all::<crate::Ipv4<'_>>().count(), 2);
    let status = checksum(&out[20..], &Outer::NONE).unwrap().status();
    assert_eq!(status, ChecksumStatus::Good);
}

proptest! {
    #[test]
    fn what_is_built_is_read(
        checksum: Option<u16>, key: Option<[u8; 4]>, sequence_number: Option<u32>,
        acknowledgment_number: Option<u32>, offset: u16, information: Vec<u8>,
    ) {
        let offset = if checksum.is_some() { offset } else { 0 };
        let route = GreRoute { address_family: 2, offset: 0, information: &information };
        let routes = if information.is_empty() { &[][..] } else { &[route][..] };
        let offset = if routes.is_empty() { offset } else { 0 };
        let mut builder = GreBuilder {
            checksum, key, sequence_number, acknowledgment_number, offset, routes,
            ..Default::default()
        };
        if acknowledgment_number.is_some() {
            builder.header.set_version(1);
            builder.header.protocol_type.set(EtherType::PPP.0);
        }
        let mut out = Vec::new();
        let fits = information.len() <= 255;
        prop_assert_eq!(builder.encode(&mut out).is_ok(), fits);
        if fits {
            let gre = Gre::parse(&out).unwrap();
            prop_assert_eq!(gre.checksum(), checksum);
            prop_assert_eq!(gre.key.copied(), key);
            prop_assert_eq!(gre.sequence_number.map(U32::get), sequence_number);
            prop_assert_eq!(gre.acknowledgment_number.map(U32::get), acknowledgment_number);
            prop_assert_eq!(gre.routes().map(Result::unwrap).collect::<Vec<_>>(), routes);
            prop_assert_eq!(gre.shape().header_len, out.len());
        }
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
        if let Ok(gre) = Gre::parse(&bytes) {
            prop_assert!(gre.shape().header_len <= bytes.len());
            prop_assert!(gre.routes().count() <= bytes.len());
            prop_assert!(!gre.to_string().is_empty());
        }
    }
}
