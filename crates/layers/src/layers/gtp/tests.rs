//! Tests of GTP, version 1.

use proptest::prelude::*;

use super::*;
use crate::layers::golden;
use crate::serialize_layers;
use crate::{Decoder, Encode, EthernetHeader, Fix, Ipv4, Ipv4Header, LinkType, Udp, UdpHeader};

// tshark -r own packet: an echo response with a restart counter.
layer_tests! {
    sample: Gtp *b"\x32\x02\0\x06\0\0\0\x01\0\x07\0\0\x0e\x05";
    fields: "gtp.flags=50 gtp.flags.version=1 gtp.flags.payload=1 gtp.flags.reserved=0 \
        gtp.flags.e=0 gtp.flags.s=1 gtp.flags.pn=0 gtp.message=2 gtp.length=6 gtp.teid=1 \
        gtp.seq_number=7 gtp.recovery=5";
    edit: GtpHeader, |header| header.teid.set(7);
    bad: [0 = 0x72 => "version" 3, 0 = 0x22 => "PT" 0, 3 = 3 => "length" 3];
}

#[test]
fn extension_headers_and_information_elements_are_those_of_tshark() {
    let theirs = ["e212.assoc.imsi", "gtp.response_to", "gtp.time"];
    // Of an IMSI tshark guesses how long the number of the network is; of a number it knows more.
    let guessed = ["e212.mcc", "e212.mnc", "e164.country_code"];
    // tshark takes the kind of the next extension header for the end of a container.
    let containers = ["gtp.ext_hdr.ran_cont", "gtp.ext_hdr.xw_ran_cont"];
    let theirs = [&theirs[..], &guessed, &containers].concat();
    golden::check(include_str!("golden.txt"), &["gtp"], &theirs, &containers);
}

/// A session of 5G may be Ethernet, TS 29.281 section 5.1. tshark finds eth:ip:udp behind the first; it takes
/// the second for IPv6, which starts with the same four bits.
#[test]
fn a_frame_is_told_from_a_packet() {
    let inner = EthernetHeader { destination: [1, 2, 3, 4, 5, 6], ..Default::default() };
    for first in [1, 0x46, 0x6a] {
        let frame = EthernetHeader { destination: [first, 2, 3, 4, 5, 6], ..inner };
        let gtp = GtpHeader { message_type: G_PDU, ..Default::default() };
        let (outer, ip, udp) = (Ipv4Header::default(), Ipv4Header::default(), UdpHeader::default());
        let tunnel = UdpHeader { destination_port: 2152.into(), ..Default::default() };
        let mut bytes = Vec::new();
        let layers: [&dyn Encode; 6] = [&outer, &tunnel, &gtp, &frame, &ip, &udp];
        serialize_layers(&mut bytes, Fix::all(), &layers, b"hi").unwrap();
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::IPV4, &bytes);
        let found = packet.layers().iter().map(|span| span.layer).collect::<Vec<_>>();
        let inside = [LayerType::ETHERNET, LayerType::IPV4, LayerType::UDP];
        let outside = [LayerType::IPV4, LayerType::UDP, LayerType::GTP];
        assert_eq!(found, [outside, inside].concat());
    }
}

#[test]
fn elements_of_later_releases_are_those_of_tshark() {
    // Of an IMSI tshark guesses how long the number of the network is; of a number it knows more.
    let guessed = ["e164.country_code", "gsm_a.gm.sm.link_dir", "gsm_a.gm.sm.tft.packet_filter"];
    golden::check(include_str!("golden-later.txt"), &["gtp"], &guessed, &["gtp.timezone.negative"]);
}

#[test]
fn an_element_of_an_unknown_type_shows_its_type_and_its_bytes() {
    let gtp = Gtp::parse(b"\x30\x10\0\x05\0\0\0\x01\xe8\0\x02\xab\xcd").unwrap();
    let text = gtp.to_string();
    assert!(text.ends_with("gtp.ext_length=2 gtp.ie_id=232 gtp.ext_val=abcd"), "{text}");
}

/// A packet for a user, behind Ethernet, IPv4 and UDP.
fn tunnel(gtp: &dyn Encode) -> Vec<u8> {
    let inner = Ipv4Header { source: [192, 168, 0, 1], ..Ipv4Header::default() };
    let (ethernet, ip) = (EthernetHeader::default(), Ipv4Header::default());
    let udp = UdpHeader::default();
    let layers: [&dyn Encode; 6] = [&ethernet, &ip, &udp, gtp, &inner, &udp];
    let mut out = Vec::new();
    serialize_layers(&mut out, Fix::all(), &layers, b"hi").unwrap();
    out
}

/// gopacket defect 9.
#[test]
fn the_optional_header_stands_in_front_of_the_payload_and_counts() {
    let header = GtpHeader { teid: 1.into(), ..GtpHeader::default() };
    let gtp = GtpBuilder { header, sequence_number: Some(0x1234), ..GtpBuilder::default() };
    let out = tunnel(&gtp);
    assert_eq!(out[42..54], *b"\x32\xff\0\x22\0\0\0\x01\x12\x34\0\0");
    assert_eq!(out[54], 0x45);
    let decoder = Decoder::default();
    let packet = decoder.decode(LinkType::ETHERNET, &out);
    assert!(packet.error().is_none());
    assert_eq!(packet.get::<Gtp<'_>>().unwrap().sequence_number(), Some(0x1234));
    assert_eq!(packet.get_last::<Ipv4<'_>>().unwrap().source().to_string(), "192.168.0.1");
    assert_eq!(packet.get_last::<Udp<'_>>().unwrap().payload, b"hi");
}

#[test]
fn extension_headers_that_are_built_are_read_again() {
    let extensions = [
        GtpExtension { kind: 0x85, content: &[0, 9] },
        GtpExtension { kind: 0xc0, content: &[1, 2, 3, 4, 5, 6] },
    ];
    let out = tunnel(&GtpBuilder { extensions: &extensions, ..GtpBuilder::default() });
    let gtp = Gtp::parse(&out[42..]).unwrap();
    assert!(gtp.extensions().eq(extensions.map(Ok)));
    assert_eq!(gtp.payload[0], 0x45);
    let odd = GtpExtension { kind: 0x85, content: &[0] };
    assert!(odd.encode(0, &mut Vec::new()).is_err());
}

#[test]
fn a_container_ends_in_front_of_the_kind_of_the_next_extension_header() {
    let gtp = Gtp::parse(b"\x34\xff\0\x08\0\0\0\x01\0\0\0\x81\x01\x11\x22\0").unwrap();
    let text = gtp.to_string();
    assert!(text.ends_with("gtp.ext_hdr.ran_cont=1122 gtp.ext_hdr.next=0"), "{text}");
}

#[test]
fn the_length_parts_the_payload_from_what_belongs_to_others() {
    let gtp = Gtp::parse(b"\x30\xff\0\x02\0\0\0\x01\x45\x07padding").unwrap();
    assert_eq!((gtp.payload, gtp.shape().payload_len), (&b"\x45\x07"[..], 2));
}

#[test]
fn a_length_near_the_end_of_its_range_is_not_taken_for_a_small_one() {
    let gtp = Gtp::parse(b"\x30\xff\xff\xff\0\0\0\x01\x45\x07").unwrap();
    assert_eq!((gtp.payload, gtp.shape().payload_len), (&b"\x45\x07"[..], 0xffff));
}

#[test]
fn an_extension_header_of_no_length_is_rejected() {
    let error = Gtp::parse(b"\x34\xff\0\x08\0\0\0\x01\0\0\0\x85\0\0\x09\0");
    let name = "extension header length";
    assert_eq!(error, Err(Malformed::Field { name, value: 0 }));
}

#[test]
fn an_extension_header_behind_the_message_is_rejected_and_one_behind_the_cut_is_not() {
    let error = Gtp::parse(b"\x34\xff\0\x06\0\0\0\x01\0\0\0\x85\x01\0padding");
    assert_eq!(error, Err(Malformed::Field { name: "length", value: 6 }));
    let gtp = Gtp::parse(b"\x34\xff\0\x20\0\0\0\x01\0\0\0\x85\x01\0").unwrap();
    assert_eq!(gtp.extension_bytes, b"\x01\0");
    assert!(matches!(gtp.extensions().last(), Some(Err(Malformed::Truncated { .. }))));
}

#[test]
fn an_element_of_unknown_length_ends_the_list() {
    let gtp = Gtp::parse(b"\x30\x10\0\x05\0\0\0\x01\x0e\x05\x07\0\0").unwrap();
    let found = gtp.elements().collect::<Vec<_>>();
    let first = GtpElement { kind: 14, value: &[5] };
    assert_eq!(found, [Ok(first), Err(Malformed::Field { name: "type", value: 7 })]);
}

#[test]
fn elements_that_are_read_are_written_the_same() {
    let bytes = b"\x0e\x05\x83\0\x02\x01a\x8d\x01\x85";
    let mut out = Vec::new();
    GtpElements::new(false, bytes).for_each(|element| element.unwrap().encode(&mut out).unwrap());
    assert_eq!(out, bytes);
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        if let Some(flags) = bytes.first_mut() {
            *flags = 0x30 | *flags & 15;
        }
        if let Ok(gtp) = Gtp::parse(&bytes) {
            let _ = (gtp.to_string(), gtp.extensions().count(), gtp.elements().count());
            prop_assert!(gtp.shape().header_len <= bytes.len());
        }
    }
}
