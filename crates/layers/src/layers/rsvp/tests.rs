//! Tests of RSVP.

use proptest::prelude::*;

use super::*;
use crate::layers::golden::{self, hex};
use crate::{ChecksumStatus, Decoder, Fix, LinkType, serialize_layers};

// Made by hand, read by tshark 4.0.17.
layer_tests! {
    sample: Rsvp *b"\x11\x01\x92\x8b\x40\0\0\x14\0\x0c\x01\x01\x0a\0\0\x01\x11\x01\0\x50";
    fields: "rsvp.version=1 rsvp.flags=1 rsvp.msg=1 rsvp.message_checksum=37515 \
        rsvp.sending_ttl=64 rsvp.message_length=20 rsvp.length=12 rsvp.object=1 \
        rsvp.ctype.session=1 rsvp.session.ip=10.0.0.1 rsvp.session.proto=17 rsvp.session.flags=1 \
        rsvp.session.port=80";
    edit: RsvpHeader, |header| header.send_ttl = 9;
    bad: [0 = 0x21 => "version" 2, 7 = 7 => "length" 7];
}

const FIXTURE: &str = include_str!("golden.txt");

#[test]
fn objects_are_those_of_tshark() {
    // A bit of routes that are excluded, which it shows for every hop over IPv6.
    golden::check(FIXTURE, &["rsvp"], &["rsvp.xro.sobj.lbit"], &[]);
}

#[test]
fn checksums_are_right() {
    let decoder = Decoder::default();
    for case in FIXTURE.split("\n= ").skip(1) {
        let frame = hex(case.lines().nth(1).unwrap());
        let packet = decoder.decode(LinkType::ETHERNET, &frame);
        let last = packet.verify_checksums().last().unwrap();
        assert_eq!(last.status(), ChecksumStatus::Good, "{case}");
    }
}

#[test]
fn a_built_message_is_read_again() {
    let session = [10, 0, 0, 1, 0, 0, 0, 5, 10, 0, 0, 2];
    let route = b"\x81\x08\x0a\0\0\x01\x20\0\x20\x04\0\x07\x03\x08\0\x01\0\0\0\x07\
        \x04\x0c\0\0\x0a\0\0\x03\0\0\0\x09\x05\x04ab";
    let objects = [
        RsvpObject { class: 1, c_type: 7, content: &session },
        RsvpObject { class: 20, c_type: 1, content: route },
    ];
    let mut out = Vec::new();
    let builder = RsvpBuilder { objects: &objects, ..Default::default() };
    serialize_layers(&mut out, Fix::all(), &[&builder], &[]).unwrap();
    let rsvp = Rsvp::parse(&out).unwrap();
    assert_eq!(rsvp.objects().collect::<Vec<_>>(), objects.map(Ok));
    let line = fmt::from_fn(|f| rsvp.summary(f)).to_string();
    assert_eq!(line, "path 10.0.0.1 tunnel 5");
    let hops = objects[1].hops().map(Result::unwrap).collect::<Vec<_>>();
    let expected = [
        RsvpHop::Ipv4 { address: [10, 0, 0, 1].into(), prefix_length: 32, is_loose: true },
        RsvpHop::AutonomousSystem(7),
        RsvpHop::Label { c_type: 1, label: &[0, 0, 0, 7] },
        RsvpHop::Unnumbered { router_id: [10, 0, 0, 3].into(), interface_id: 9 },
        RsvpHop::Unknown { kind: 5, value: b"ab" },
    ];
    assert_eq!(hops, expected);
    assert_eq!(objects[0].hops().count(), 0);
    let odd = RsvpObject { class: 1, c_type: 1, content: &[0] };
    assert!(odd.encode(&mut Vec::new()).is_err());
}

#[test]
fn a_length_below_its_own_ends_the_list() {
    let bytes = b"\x10\x01\0\0\x40\0\0\x10\0\x03\x01\x01\0\0\0\0";
    let found = Rsvp::parse(bytes).unwrap().objects().collect::<Vec<_>>();
    assert_eq!(found, [Err(Malformed::Field { name: "object length", value: 3 })]);
    let route = RsvpObject { class: 21, c_type: 1, content: &[1, 1, 0, 0] };
    let found = route.hops().collect::<Vec<_>>();
    assert_eq!(found, [Err(Malformed::Field { name: "subobject length", value: 1 })]);
}

proptest! {
    #[test]
    fn any_object_has_its_fields_inside(
        class: u8, c_type in 0..9_u8, bytes in prop::collection::vec(0..34_u8, 0..60),
    ) {
        let front = [0x10, 1, 0, 0, 64, 0, 0, 80, 0, 40, class, c_type];
        let bytes = [&front[..], &bytes].concat();
        let rsvp = Rsvp::parse(&bytes).unwrap();
        rsvp.fields(&mut |field: crate::Field<'_>| assert!(field.bytes.end <= bytes.len()));
        for object in rsvp.objects().map_while(Result::ok) {
            prop_assert!(object.hops().count() <= bytes.len());
        }
    }
}
