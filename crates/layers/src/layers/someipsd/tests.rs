//! Tests of service discovery.

use proptest::prelude::*;

use super::*;
use crate::layers::golden;
use crate::{Fix, serialize_layers};

// An offer, made for this test; the fields are tshark's.
layer_tests! {
    sample: SomeIpSd *b"\xc0\0\0\0\0\0\0\x10\x01\0\0\x10\x11\x11\0\x01\x01\0\0\x03\0\0\0\x02\
        \0\0\0\x0c\0\x09\x04\0\xc0\xa8\0\x01\0\x11\x77\x2d";
    fields: "someipsd.flags=192 someipsd.flags.reboot=1 someipsd.flags.unicast=1 \
        someipsd.flags.exp_init_events=0 someipsd.reserved=0 someipsd.length_entriesarray=16 \
        someipsd.entry.type=1 someipsd.entry.index1=0 someipsd.entry.index2=0 \
        someipsd.entry.numopt1=1 someipsd.entry.numopt2=0 someipsd.entry.serviceid=4369 \
        someipsd.entry.instanceid=1 someipsd.entry.majorver=1 someipsd.entry.ttl=3 \
        someipsd.entry.minorver=2 someipsd.length_optionsarray=12 someipsd.option.length=9 \
        someipsd.option.type=4 someipsd.option.reserved=00 \
        someipsd.option.ipv4address=192.168.0.1 someipsd.option.reserved2=00 \
        someipsd.option.proto=17 someipsd.option.port=30509";
    edit: SomeIpSdHeader, |header| header.flags = 0x40;
    bad: [7 = 17 => "length of entries array" 17];
}

#[test]
fn every_entry_and_option_has_the_fields_of_tshark() {
    // Text that tshark makes up, and one whose lengths it escapes in another way.
    let theirs = ["someipsd.entry.optionsreferenced", "someipsd.option.config_string"];
    let ours = ["someipsd.option.config_string"];
    golden::check(include_str!("golden.txt"), &["someipsd"], &theirs, &ours);
}

const OFFER: SomeIpSdEntry = SomeIpSdEntry {
    kind: SomeIpSdEntryType::OFFER_SERVICE,
    index1: 1,
    index2: 0,
    count1: 2,
    count2: 1,
    service_id: 0x1111,
    instance_id: 1,
    major_version: 1,
    ttl: 3,
    body: SomeIpSdEntryBody::Service { minor_version: 2 },
};

#[test]
fn entries_and_options_are_read_as_they_were_written() {
    let body = SomeIpSdEntryBody::Eventgroup { counter: 5, eventgroup_id: 0x0a, reserved: 0x0abc };
    let subscribe = SomeIpSdEntry { kind: SomeIpSdEntryType::SUBSCRIBE_EVENTGROUP, body, ..OFFER };
    let entries = [OFFER, subscribe];
    let v4 = [192, 168, 0, 1].into();
    let v6 = std::net::Ipv6Addr::LOCALHOST;
    let options = [
        SomeIpSdOption::Ipv4 { kind: 0x14, address: v4, protocol: 17, port: 30509 },
        SomeIpSdOption::Ipv6 { kind: 6, address: v6, protocol: 6, port: 80 },
        SomeIpSdOption::Configuration(b"\x03a=b\0"),
        SomeIpSdOption::LoadBalancing { priority: 7, weight: 9 },
        SomeIpSdOption::Other { kind: 0x77, data: b"abc" },
    ];
    let builder = SomeIpSdBuilder { entries: &entries, options: &options, ..Default::default() };
    let mut out = Vec::new();
    serialize_layers(&mut out, Fix::all(), &[&builder], &[]).unwrap();
    let sd = SomeIpSd::parse(&out).unwrap();
    assert!(sd.entries().eq(entries.map(Ok)));
    assert!(sd.options().eq(options.map(Ok)));
    let of_offer: Vec<_> = sd.options_of(&OFFER).collect();
    assert_eq!(of_offer, [options[1], options[2], options[0]]);
}

#[test]
fn what_does_not_fit_is_refused() {
    let wide = [
        SomeIpSdEntry { count1: 16, ..OFFER },
        SomeIpSdEntry { ttl: 1 << 24, ..OFFER },
        SomeIpSdEntry {
            body: SomeIpSdEntryBody::Eventgroup { counter: 16, eventgroup_id: 0, reserved: 0 },
            ..OFFER
        },
    ];
    wide.iter().for_each(|entry| assert!(entry.encode(&mut Vec::new()).is_err()));
}

#[test]
fn options_end_behind_one_that_cannot_be() {
    let found: Vec<_> = SomeIpSdOptions::new(b"\0\x02\x77\0a\0\0\x04").collect();
    let other = SomeIpSdOption::Other { kind: 0x77, data: b"a" };
    assert_eq!(found, [Ok(other), Err(Malformed::Field { name: "length", value: 0 })]);
    let found: Vec<_> = SomeIpSdOptions::new(b"\0\x09\x04\0").collect();
    assert_eq!(found, [Err(Malformed::Truncated { need: 12, have: 4 })]);
}

#[test]
fn entries_that_take_back_are_named_so() {
    let name = |kind, ttl| SomeIpSdEntry { kind, ttl, ..OFFER }.kind_with_ttl().to_string();
    assert_eq!(name(SomeIpSdEntryType::OFFER_SERVICE, 0), "stop offer");
    assert_eq!(name(SomeIpSdEntryType::SUBSCRIBE_EVENTGROUP_ACK, 0), "subscribe nack");
    assert_eq!(name(SomeIpSdEntryType::FIND_SERVICE, 0), "find");
}

proptest! {
    #[test]
    fn any_message_ends(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        let bytes = [&[0xc0, 0, 0, 0, 0, 0, 0, 16], &bytes[..]].concat();
        let sd = SomeIpSd::parse(&bytes).unwrap();
        prop_assert!(sd.options().count() <= bytes.len());
        prop_assert!(sd.entries().count() <= 1);
        sd.fields(&mut |field: crate::Field<'_>| assert!(field.bytes.end <= bytes.len()));
    }
}
