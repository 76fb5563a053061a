//! Tests of Diameter.

use proptest::prelude::*;

use super::*;
use crate::{Fix, serialize_layers};

// Crafted after RFC 6733, section 5.3.2, and read by tshark.
layer_tests! {
    sample: Diameter *b"\x01\0\0t\0\0\x01\x01\0\0\0\0\x11\x223DUfw\x88\0\0\x01\x0c@\0\0\x0c\0\0\x07\xd1\
        \0\0\x01\x08@\0\0\x17srv.example.com\0\0\0\x01(@\0\0\x13example.com\0\0\0\x01\
        \x01@\0\0\x1a\0\x02 \x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\x01\x19@\0\
        \0\x0cnone";
    fields: "diameter.version=1 diameter.length=116 diameter.flags=0 \
        diameter.flags.request=0 diameter.flags.proxyable=0 diameter.flags.error=0 \
        diameter.flags.T=0 diameter.flags.reserved4=0 diameter.flags.reserved5=0 \
        diameter.flags.reserved6=0 diameter.flags.reserved7=0 diameter.cmd.code=257 \
        diameter.applicationId=0 diameter.hopbyhopid=287454020 \
        diameter.endtoendid=1432778632 diameter.avp.code=268 diameter.avp.flags=64 \
        diameter.flags.vendorspecific=0 diameter.flags.mandatory=1 \
        diameter.avp.flags.protected=0 diameter.avp.flags.reserved3=0 \
        diameter.avp.flags.reserved4=0 diameter.avp.flags.reserved5=0 \
        diameter.avp.flags.reserved6=0 diameter.avp.flags.reserved7=0 \
        diameter.avp.len=12 diameter.Result-Code=2001 diameter.avp.code=264 \
        diameter.avp.flags=64 diameter.flags.vendorspecific=0 \
        diameter.flags.mandatory=1 diameter.avp.flags.protected=0 \
        diameter.avp.flags.reserved3=0 diameter.avp.flags.reserved4=0 \
        diameter.avp.flags.reserved5=0 diameter.avp.flags.reserved6=0 \
        diameter.avp.flags.reserved7=0 diameter.avp.len=23 \
        diameter.Origin-Host=srv.example.com diameter.avp.pad=00 diameter.avp.code=296 \
        diameter.avp.flags=64 diameter.flags.vendorspecific=0 \
        diameter.flags.mandatory=1 diameter.avp.flags.protected=0 \
        diameter.avp.flags.reserved3=0 diameter.avp.flags.reserved4=0 \
        diameter.avp.flags.reserved5=0 diameter.avp.flags.reserved6=0 \
        diameter.avp.flags.reserved7=0 diameter.avp.len=19 \
        diameter.Origin-Realm=example.com diameter.avp.pad=00 diameter.avp.code=257 \
        diameter.avp.flags=64 diameter.flags.vendorspecific=0 \
        diameter.flags.mandatory=1 diameter.avp.flags.protected=0 \
        diameter.avp.flags.reserved3=0 diameter.avp.flags.reserved4=0 \
        diameter.avp.flags.reserved5=0 diameter.avp.flags.reserved6=0 \
        diameter.avp.flags.reserved7=0 diameter.avp.len=26 \
        diameter.Host-IP-Address=000220010db8000000000000000000000001 \
        diameter.Host-IP-Address.addr_family=2 \
        diameter.Host-IP-Address.IPv6=2001:db8::1 diameter.avp.pad=0000 \
        diameter.avp.code=281 diameter.avp.flags=64 diameter.flags.vendorspecific=0 \
        diameter.flags.mandatory=1 diameter.avp.flags.protected=0 \
        diameter.avp.flags.reserved3=0 diameter.avp.flags.reserved4=0 \
        diameter.avp.flags.reserved5=0 diameter.avp.flags.reserved6=0 \
        diameter.avp.flags.reserved7=0 diameter.avp.len=12 diameter.Error-Message=none";
    edit: DiameterHeader, |header| header.application_id.set(4);
    bad: [0 = 2 => "version" 2, 3 = 16 => "message length" 16, 3 = 117 => "message length" 117,
        4 = 0xa0 => "command flags" 0xa0, 4 = 1 => "command flags" 1];
}

fn message(avps: &[DiameterAvp<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    let builder = DiameterBuilder { avps, ..Default::default() };
    serialize_layers(&mut out, Fix::all(), &[&builder], &[]).unwrap();
    out
}

fn avp(code: u32, data: &[u8]) -> DiameterAvp<'_> {
    DiameterAvp { code, data, ..Default::default() }
}

/// The fields of the data, as tshark 4.0.17 shows them.
#[track_caller]
fn check(avp: DiameterAvp<'_>, expected: &str) {
    let fields = Diameter::parse(&message(&[avp])).unwrap().to_string();
    let (_, fields) = fields.split_once("diameter.avp.len=").unwrap();
    assert_eq!(fields.split_once(' ').map_or("", |(_, fields)| fields), expected);
}

#[test]
fn each_form_of_data() {
    check(avp(264, b"host"), "diameter.Origin-Host=host");
    check(avp(268, &[0, 0, 7, 0xd1]), "diameter.Result-Code=2001");
    check(avp(266, &[0, 0, 0, 9]), "diameter.Vendor-Id=9 diameter.vendorId=9");
    check(
        avp(257, &[0, 1, 10, 0, 0, 1]),
        "diameter.Host-IP-Address=00010a000001 diameter.Host-IP-Address.addr_family=1 \
         diameter.Host-IP-Address.IPv4=10.0.0.1 diameter.avp.pad=0000",
    );
    // What codes of a vendor mean is not known here.
    let vendor = DiameterAvp { vendor_id: Some(10415), ..avp(264, b"host") };
    check(vendor, "diameter.avp.vendorId=10415");
}

#[test]
fn groups_hold_attributes_and_are_bounded() {
    let mut inner = Vec::new();
    avp(266, &[0, 0, 0, 9]).encode(&mut inner).unwrap();
    let bytes = message(&[avp(260, &inner)]);
    let diameter = Diameter::parse(&bytes).unwrap();
    let group = diameter.avps().next().unwrap().unwrap();
    assert_eq!(group.grouped().next().unwrap().unwrap().unsigned32(), Some(9));
    assert!(diameter.to_string().ends_with("diameter.Vendor-Id=9 diameter.vendorId=9"));
    for _ in 0..1000 {
        let mut outer = Vec::new();
        avp(260, &inner).encode(&mut outer).unwrap();
        inner = outer;
    }
    let fields = Diameter::parse(&message(&[avp(260, &inner)])).unwrap().to_string();
    assert_eq!(fields.matches("diameter.avp.code=260").count(), 17);
}

#[test]
fn messages_of_one_segment_are_layers() {
    let bytes = message(&[avp(264, b"host")]).repeat(2);
    let diameter = Diameter::parse(&bytes).unwrap();
    let next = Next::One(Key::parent(LayerType::DIAMETER));
    let shape = diameter.shape();
    assert_eq!((shape.header_len, shape.payload_len, shape.next), (32, 32, next));
    assert_eq!(Diameter::parse(diameter.payload).unwrap().shape().next, Next::End);
}

#[test]
fn malformed_attributes_end_the_list() {
    let errors = [
        (&[0, 0, 0, 1, 0, 0, 0, 7][..], Malformed::Field { name: "AVP length", value: 7 }),
        (&[0, 0, 0, 1, 0x80, 0, 0, 11], Malformed::Field { name: "AVP length", value: 11 }),
        (&[0, 0, 0, 1, 0, 0xff, 0xff, 0xff], Malformed::Truncated { need: 0xff_ffff, have: 8 }),
        (&[0, 0, 0], Malformed::Truncated { need: 8, have: 3 }),
    ];
    for (bytes, error) in errors {
        assert_eq!(DiameterAvps(bytes).collect::<Vec<_>>(), [Err(error)]);
    }
}

proptest! {
    #[test]
    fn attributes_survive_a_round_trip(
        list in proptest::collection::vec(
            (any::<u32>(), any::<bool>(), proptest::option::of(any::<u32>()),
             proptest::collection::vec(any::<u8>(), 0..30)), 0..6,
        ),
    ) {
        let avps: Vec<_> = list.iter().map(|(code, mandatory, vendor_id, data)| {
            DiameterAvp { code: *code, mandatory: *mandatory, vendor_id: *vendor_id, data }
        }).collect();
        let bytes = message(&avps);
        let diameter = Diameter::parse(&bytes).unwrap();
        prop_assert_eq!(diameter.header.message_length() as usize, bytes.len());
        prop_assert_eq!(diameter.avps().collect::<Result<Vec<_>, _>>(), Ok(avps));
    }

    #[test]
    fn any_attributes_end(body in proptest::collection::vec(any::<u8>(), 0..99)) {
        let bytes = [&[1, 0, 0, 0x80, 0x80][..], &[0; 15], &body].concat();
        let diameter = Diameter::parse(&bytes).unwrap();
        prop_assert!(diameter.avps().count() <= bytes.len() && !diameter.to_string().is_empty());
    }
}
