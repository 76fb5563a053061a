//! Tests of CIP.

use proptest::prelude::*;

use super::*;
use crate::layers::{from_hex, golden};
use crate::{Fix, serialize_layers};

// Made for this test; the fields are tshark's.
layer_tests! {
    sample: Cip *b"\x0e\x03\x20\x01\x24\x01\x30\x07";
    fields: "cip.service=14 cip.rr=0 cip.sc=14 cip.request_path_size=3 \
        cip.path_segment=32 cip.path_segment.type=1 cip.logical_segment.type=0 \
        cip.logical_segment.format=0 cip.class=1 \
        cip.path_segment=36 cip.path_segment.type=1 cip.logical_segment.type=1 \
        cip.logical_segment.format=0 cip.instance=1 \
        cip.path_segment=48 cip.path_segment.type=1 cip.logical_segment.type=4 \
        cip.logical_segment.format=0 cip.attribute=7";
    edit: CipHeader, |header| header.service_and_response = 1;
    bad: [];
}

#[test]
fn every_service_and_segment_has_the_fields_of_tshark() {
    // tshark shows each offset of several messages twice, and a second word of status once more.
    let theirs = ["cip.msp.offset", "cip.cm.addstat"];
    golden::check(include_str!("golden.txt"), &["cip"], &theirs, &["cip.msp.offset"]);
}

#[test]
fn several_messages_are_read_one_by_one() {
    let bytes = from_hex("0a 02 20022401 0200 0600 0e00 0e03 200124013001 0e03 200124013007");
    let cip = Cip::parse(&bytes).unwrap();
    let attributes = cip.services().map(|service| service.unwrap().segments().last().unwrap());
    let expected = [Ok(CipSegment::Attribute(1)), Ok(CipSegment::Attribute(7))];
    assert_eq!(attributes.collect::<Vec<_>>(), expected);
    let offsets = cip.to_string().matches("cip.msp.offset").count();
    assert_eq!(offsets, 2);
}

#[test]
fn messages_inside_of_each_other_have_an_end() {
    // Each message of several is the whole rest of the bytes.
    let mut bytes = from_hex("0a00 0100 0400").repeat(100);
    bytes.extend_from_slice(b"\x0e\0");
    let services = Cip::parse(&bytes).unwrap().to_string().matches("cip.service=").count();
    assert_eq!(services, 4);
}

#[test]
fn an_answer_has_a_status() {
    let cip = Cip::parse(b"\x8e\0\x05\x02\0\x01\x02\0data").unwrap();
    let status = cip.status.unwrap();
    assert_eq!((status.general, status.additional().collect::<Vec<_>>()), (5, vec![256, 2]));
    assert_eq!((cip.payload, cip.path), (&b"data"[..], &[][..]));
    let cut = Cip::parse(b"\x8e\0\x05\x02\0\x01");
    assert_eq!(cut, Err(Malformed::Truncated { need: 8, have: 6 }));
}

fn open(is_large: bool, path: &[u8]) -> CipForwardOpen<'_> {
    CipForwardOpen {
        is_large,
        priority_and_tick_time: 7,
        timeout_ticks: 250,
        o_t_connection_id: 1,
        t_o_connection_id: 0x7f00_0001,
        connection_serial_number: 0x1234,
        originator_vendor_id: 0x4d,
        originator_serial_number: 0x00c0_ffee,
        timeout_multiplier: 2,
        o_t_rpi: 2_000_000,
        o_t_parameters: 0x43f4,
        t_o_rpi: 1_000_000,
        t_o_parameters: 0x43f8,
        transport_type_and_trigger: 0xa3,
        connection_path: path,
    }
}

#[test]
fn a_connection_that_is_asked_for_is_read_as_it_was_written() {
    let manager = [CipSegment::Class(6), CipSegment::Instance(1)];
    for (is_large, service) in
        [(false, CipService::FORWARD_OPEN), (true, CipService::LARGE_FORWARD_OPEN)]
    {
        let open = open(is_large, b"\x20\x02\x24\x01");
        let mut data = Vec::new();
        open.encode(&mut data).unwrap();
        let builder = CipBuilder { service, path: &manager, status: None };
        let mut out = Vec::new();
        serialize_layers(&mut out, Fix::all(), &[&builder], &data).unwrap();
        assert_eq!(Cip::parse(&out).unwrap().forward_open(), Some(open));
    }
    let too_large = CipForwardOpen { o_t_parameters: 0x1_0000, ..open(false, &[]) };
    assert!(too_large.encode(&mut Vec::new()).is_err());
}

#[test]
fn a_connection_that_is_closed_is_read_as_it_was_written() {
    let close = CipForwardClose {
        priority_and_tick_time: 7,
        timeout_ticks: 250,
        connection_serial_number: 0x1234,
        originator_vendor_id: 0x4d,
        originator_serial_number: 0x00c0_ffee,
        connection_path: b"\x01\0",
    };
    let manager = [CipSegment::Class(6), CipSegment::Instance(1)];
    let builder = CipBuilder { service: CipService::FORWARD_CLOSE, path: &manager, status: None };
    let mut out = Vec::new();
    builder.encode(&mut out).unwrap();
    close.encode(&mut out).unwrap();
    let found = Cip::parse(&out).unwrap().forward_close().unwrap();
    assert_eq!(found, close);
    let port = CipSegment::Port { port: 1, address: &[0] };
    assert!(found.segments().eq([Ok(port)]));
}

#[test]
fn an_open_connection_is_told_from_other_answers_of_that_number() {
    let bytes =
        from_hex("d4000000 11000000 0100007f 3412 4d00 eeffc000 80841e00 80841e00 0100 aabb");
    let opened = Cip::parse(&bytes).unwrap().forward_opened().unwrap();
    assert_eq!((opened.o_t_connection_id, opened.application_reply), (17, &[0xaa, 0xbb][..]));
    let other = Cip::parse(&bytes[..30]).unwrap();
    assert_eq!(other.forward_opened(), None);
    assert!(other.to_string().contains("cip.data="));
}

#[test]
fn segments_are_read_as_they_were_written() {
    let key = CipSegment::ElectronicKey {
        vendor_id: 1,
        device_type: 14,
        product_code: 55,
        major_revision: 0x94,
        minor_revision: 11,
    };
    let segments = [
        CipSegment::Port { port: 1, address: &[0] },
        CipSegment::Port { port: 2, address: b"10.0.0.1" },
        CipSegment::Port { port: 18, address: b"abc" },
        CipSegment::Port { port: 300, address: &[5] },
        key,
        CipSegment::Class(6),
        CipSegment::Instance(0x1234),
        CipSegment::Member(0x0001_0000),
        CipSegment::ConnectionPoint(100),
        CipSegment::Attribute(7),
        CipSegment::Symbol(b"TAG"),
        CipSegment::Data(&[1, 2, 3, 4]),
        CipSegment::Network { kind: 3, value: 5 },
        CipSegment::Other(&[0xff, 1]),
    ];
    let builder = CipBuilder { path: &segments, ..Default::default() };
    let mut out = Vec::new();
    serialize_layers(&mut out, Fix::all(), &[&builder], &[]).unwrap();
    assert!(Cip::parse(&out).unwrap().segments().eq(segments.map(Ok)));
}

proptest! {
    #[test]
    fn any_path_ends(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        prop_assert!(CipSegments::new(&bytes).count() <= bytes.len());
        if let Ok(cip) = Cip::parse(&bytes) {
            prop_assert!(cip.services().count() <= bytes.len());
            cip.fields(&mut |field: crate::Field<'_>| assert!(field.bytes.end <= bytes.len()));
        }
    }
}
