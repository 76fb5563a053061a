//! Tests of routing headers. Golden values are tshark's unless a test says otherwise.

use super::*;
use crate::{Decoder, LinkType, Udp};

const A: [u8; 16] = *b"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x11";
const B: [u8; 16] = *b"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x12";
const DESTINATION: [u8; 16] = *b"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02";
const UDP: [u8; 8] = [0, 1, 0, 2, 0, 8, 0, 0];

/// The fields behind the fixed five.
#[track_caller]
fn check(header: &[u8], expected: &str) {
    let text = Ipv6Routing::parse(header).unwrap().to_string();
    let behind = text.split(' ').skip(5).collect::<Vec<_>>().join(" ");
    assert_eq!(behind, expected);
}

/// What the decoder finds behind a header.
#[track_caller]
fn check_chain(header: &[u8]) {
    let payload = [header, &UDP].concat();
    let len = u8::try_from(payload.len()).unwrap();
    let bytes = [&[0x60, 0, 0, 0, 0, len, 43, 64][..], &A, &DESTINATION, &payload].concat();
    let decoder = Decoder::default();
    let packet = decoder.decode(LinkType::IPV6, &bytes);
    assert_eq!((packet.error(), packet.is_truncated()), (None, false));
    assert_eq!(packet.layers().len(), 3);
    assert_eq!(packet.get::<Udp<'_>>().unwrap().destination_port(), 2);
}

#[test]
fn a_home_address_is_one_address() {
    let header = [&[17, 2, 2, 1, 0, 0, 0, 0][..], &A].concat();
    check(
        &header,
        "ipv6.routing.mipv6.reserved=00000000 ipv6.routing.mipv6.home_address=2001:db8::11",
    );
    let routing = Ipv6Routing::parse(&header).unwrap();
    assert_eq!(routing.addresses(DESTINATION.into()).collect::<Vec<_>>(), [Ipv6Addr::from(A)]);
    check_chain(&header);
}

#[test]
fn compressed_addresses_take_their_front_from_the_destination() {
    let header = *b"\x11\x03\x03\x02\x98\x90\0\0\xaa\xbb\xcc\xdd\xee\xff\0\
        \x11\x11\x22\x33\x44\x55\x66\x77\0\0\0\0\0\0\0\0\0";
    check(
        &header,
        "ipv6.routing.rpl.cmprI=9 ipv6.routing.rpl.cmprE=8 ipv6.routing.rpl.pad=9 \
         ipv6.routing.rpl.reserved=0 ipv6.routing.rpl.addr_count=2 \
         ipv6.routing.rpl.address=aabbccddeeff00 ipv6.routing.rpl.address=1111223344556677",
    );
    let routing = Ipv6Routing::parse(&header).unwrap();
    let addresses = routing.addresses(DESTINATION.into()).map(|address| address.to_string());
    assert_eq!(
        addresses.collect::<Vec<_>>(),
        ["2001:db8::aa:bbcc:ddee:ff00", "2001:db8::1111:2233:4455:6677"]
    );
    check_chain(&header);
}

// gopacket defect 5
#[test]
fn segments_come_with_objects_behind_them() {
    let mut header = [&[17, 6, 4, 2, 1, 0x0a, 0, 2][..], &A, &B].concat();
    header.extend(b"\x05\x0a\x80\0\0\0\0\x07\xca\xfe\xba\xbe\x04\x01\0\0");
    check(
        &header,
        "ipv6.routing.srh.last_entry=1 ipv6.routing.srh.flags=10 ipv6.routing.srh.tag=0002 \
         ipv6.routing.srh.addr=2001:db8::11 ipv6.routing.srh.addr=2001:db8::12",
    );
    let routing = Ipv6Routing::parse(&header).unwrap();
    assert_eq!(routing.addresses(DESTINATION.into()).count(), 2);
    let Ipv6Route::Segments(route) = routing.route() else { panic!("{:?}", routing.route()) };
    // RFC 8754, section 2.1.2: flags, reserved, key, keyed hash.
    assert_eq!(
        route.tlvs().collect::<Vec<_>>(),
        [
            Ok(Ipv6SegmentTlv::Hmac {
                skips_destination: true,
                key: 7,
                hmac: &[0xca, 0xfe, 0xba, 0xbe]
            }),
            Ok(Ipv6SegmentTlv::PadN(&[0])),
            Ok(Ipv6SegmentTlv::Pad1),
        ]
    );
    check_chain(&header);
}

#[test]
fn an_object_cut_short_is_the_last() {
    let mut header = [&[17, 3, 4, 0, 0, 0, 0, 0][..], &A].concat();
    header.extend([0, 9, 1, 7, 5, 8, 0, 0]);
    let Ipv6Route::Segments(route) = Ipv6Routing::parse(&header).unwrap().route() else {
        panic!("not segments")
    };
    let mut tlvs = route.tlvs();
    assert_eq!(tlvs.next(), Some(Ok(Ipv6SegmentTlv::Pad1)));
    assert_eq!(tlvs.next(), Some(Ok(Ipv6SegmentTlv::Unknown { kind: 9, data: &[7] })));
    assert_eq!(tlvs.next(), Some(Err(Malformed::Truncated { need: 10, have: 4 })));
    assert_eq!(tlvs.next(), None);
}

#[test]
fn compact_identifiers_fill_the_header() {
    check(
        &[17, 1, 5, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0x30, 0x39],
        "ipv6.routing.crh16.current_sid=3 ipv6.routing.crh16.sid=2 ipv6.routing.crh16.sid=3 \
         ipv6.routing.crh16.sid=4 ipv6.routing.crh16.sid=5 ipv6.routing.crh16.sid=6 ipv6.routing.crh16.sid=12345",
    );
    check(
        &[17, 1, 6, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 3, 0x30, 0x39],
        "ipv6.routing.crh32.current_sid=208953 ipv6.routing.crh32.sid=1 ipv6.routing.crh32.sid=2 \
         ipv6.routing.crh32.sid=208953",
    );
}

#[test]
fn data_that_is_not_of_its_type_is_kept() {
    // An unknown type. The others are kept whole where Wireshark shows a part: half an address, no
    // address, no room for the segments, more padding than there is.
    check(&[17, 0, 99, 1, 1, 2, 3, 4], "ipv6.routing.unknown_data=01020304");
    let half = [17, 1, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];
    check(&half, "ipv6.routing.unknown_data=000000000102030405060708");
    check(&[17, 0, 2, 1, 0, 0, 0, 0], "ipv6.routing.unknown_data=00000000");
    check(&[17, 0, 4, 1, 0, 0, 0, 0], "ipv6.routing.unknown_data=00000000");
    check(&[17, 0, 3, 1, 0, 0xf0, 0, 0], "ipv6.routing.unknown_data=00f00000");
    check_chain(&[17, 0, 99, 1, 1, 2, 3, 4]);
}

#[test]
fn any_type_and_any_first_word_can_be_read() {
    let mut header = [17, 3, 0, 0].to_vec();
    header.extend((0..28).map(|at| at * 9));
    for routing_type in 0..=u8::MAX {
        for byte in 0..=u8::MAX {
            (header[2], header[4], header[5]) = (routing_type, byte, byte);
            let routing = Ipv6Routing::parse(&header).unwrap();
            let _ = routing.to_string();
            assert!(routing.addresses(DESTINATION.into()).count() <= 24);
            if let Ipv6Route::Segments(route) = routing.route() {
                assert!(route.tlvs().count() <= header.len());
            }
        }
    }
}
