//! Tests of STUN.

use std::net::SocketAddr;

use proptest::prelude::*;

use super::*;
use crate::{Fix, serialize_layers};

// RFC 5769, section 2.2, as tshark reads it.
layer_tests! {
    sample: Stun *b"\x01\x01\0<!\x12\xa4B\xb7\xe7\xa7\x01\xbc4\xd6\x86\xfa\x87\xdf\xae\x80\x22\0\x0b\
        test vector \0 \0\x08\0\x01\xa1G\xe1\x12\xa6C\0\x08\0\x14+\x91\xf5\x99\xfd\x9e\
        \x90\xc3\x8ct\x89\xf9*\xf9\xbaS\xf0k\xe7\xd7\x80(\0\x04\xc0}L\x96";
    fields: "stun.type=257 stun.type.class=16 stun.type.method=1 \
        stun.type.method-assignment=0 stun.length=60 stun.cookie=2112a442 \
        stun.id=b7e7a701bc34d686fa87dfae stun.att.type=32802 \
        stun.att.type.comprehension=1 stun.att.type.assignment=0 stun.att.length=11 \
        stun.att.software=test vector stun.att.padding=1 stun.att.type=32 \
        stun.att.type.comprehension=0 stun.att.type.assignment=0 stun.att.length=8 \
        stun.att.reserved=00 stun.att.family=1 stun.att.port-xord=a147 \
        stun.att.port=32853 stun.att.ipv4-xord=e112a643 stun.att.ipv4=192.0.2.1 \
        stun.att.type=8 stun.att.type.comprehension=0 stun.att.type.assignment=0 \
        stun.att.length=20 stun.att.hmac=2b91f599fd9e90c38c7489f92af9ba53f06be7d7 \
        stun.att.type=32808 stun.att.type.comprehension=1 stun.att.type.assignment=0 \
        stun.att.length=4 stun.att.crc32=3229437078 stun.att.crc32.status=1";
    edit: StunHeader, |header| header.set_type(StunMethod::ALLOCATE, StunClass::Request);
    bad: [0 = 0x80 => "message type" 0x8001, 3 = 61 => "message length" 61,
        4 = 0x20 => "magic cookie" 0x2012_a442];
}

const RESPONSE: &[u8] =
    b"\x01\x01\0<!\x12\xa4B\xb7\xe7\xa7\x01\xbc4\xd6\x86\xfa\x87\xdf\xae\x80\x22\0\x0b\
        test vector \0 \0\x08\0\x01\xa1G\xe1\x12\xa6C\0\x08\0\x14+\x91\xf5\x99\xfd\x9e\
        \x90\xc3\x8ct\x89\xf9*\xf9\xbaS\xf0k\xe7\xd7\x80(\0\x04\xc0}L\x96";

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// A binding request with these attributes.
fn message(attributes: &[u8]) -> Vec<u8> {
    let header = StunHeader { message_type: 1.into(), length: 0.into() };
    let front = b"\x21\x12\xa4\x42\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c";
    let mut out = Vec::new();
    let rest = [&front[..], attributes].concat();
    serialize_layers(&mut out, Fix::empty(), &[&header], &rest).unwrap();
    let len = u16::try_from(attributes.len()).unwrap();
    out[2..4].copy_from_slice(&len.to_be_bytes());
    out
}

#[track_caller]
fn check(attribute: &[u8], expected: StunAttribute<'_>) {
    let bytes = message(attribute);
    let found: Vec<_> = Stun::parse(&bytes).unwrap().attributes().collect();
    assert_eq!(found, [Ok(expected)]);
}

#[test]
fn the_sample_of_the_specification_is_understood() {
    let stun = Stun::parse(RESPONSE).unwrap();
    assert_eq!(stun.mapped_address(), Some(address("192.0.2.1:32853")));
    assert_eq!(stun.fingerprint(), ChecksumStatus::Good);
    let attributes: Vec<_> = stun.attributes().map(Result::unwrap).collect();
    assert_eq!(attributes[0], StunAttribute::Software(b"test vector"));
    assert!(matches!(attributes[2], StunAttribute::MessageIntegrity(_)));
    assert_eq!(attributes.len(), 4);
}

#[test]
fn a_fingerprint_covers_the_message() {
    let mut bytes = RESPONSE.to_vec();
    bytes[30] ^= 1;
    assert_eq!(Stun::parse(&bytes).unwrap().fingerprint(), ChecksumStatus::Bad);
    let cut = Stun::parse(&RESPONSE[..70]).unwrap();
    assert_eq!(cut.fingerprint(), ChecksumStatus::NotPresent);
}

#[test]
fn each_attribute_that_has_a_form() {
    use StunAttribute as A;
    check(
        b"\0\x01\0\x08\0\x01\x30\x39\x04\x03\x02\x01",
        A::MappedAddress(address("4.3.2.1:12345")),
    );
    check(
        b"\0\x12\0\x08\0\x01\xa1\x47\xe1\x12\xa6\x43",
        A::XorPeerAddress(address("192.0.2.1:32853")),
    );
    check(b"\0\x09\0\x06\0\0\x04\x01no\0\0", A::ErrorCode { code: 401, reason: b"no" });
    check(b"\0\x0c\0\x04\x40\x01\0\0", A::ChannelNumber(0x4001));
    check(b"\0\x0d\0\x04\0\0\x02\x58", A::Lifetime(600));
    check(b"\0\x13\0\x03abc\0", A::Data(b"abc"));
    check(b"\0\x19\0\x04\x11\0\0\0", A::RequestedTransport(17));
    check(b"\0\x24\0\x04\x6e\0\x01\xff", A::Priority(0x6e00_01ff));
    check(b"\0\x25\0\0", A::UseCandidate);
    check(b"\x80\x29\0\x08\0\0\0\0\0\0\0\x07", A::IceControlled(7));
    check(b"\x7f\xff\0\x01a\0\0\0", A::Unknown { attribute_type: 0x7fff, value: b"a" });
    // Of a family that there is not.
    let value = &[0, 3, 0, 1, 1, 2, 3, 4];
    check(b"\0\x01\0\x08\0\x03\0\x01\x01\x02\x03\x04", A::Unknown { attribute_type: 1, value });
}

// RFC 5769, section 2.3.
#[test]
fn an_ipv6_address_is_hidden_by_cookie_and_transaction() {
    let id = b"\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae";
    let bytes = b"\0\x20\0\x14\0\x02\xa1\x47\x01\x13\xa9\xfa\xa5\xd3\xf1\x79\xbc\x25\xf4\xb5\xbe\xd2\xb9\xd9";
    let found = StunAttributes::new(bytes, id).next();
    let expected = address("[2001:db8:1234:5678:11:2233:4455:6677]:32853");
    assert_eq!(found, Some(Ok(StunAttribute::XorMappedAddress(expected))));
}

#[test]
fn channel_data_is_told_from_messages() {
    let stun = Stun::parse(b"\x40\x01\0\x05abcde\0\0\0").unwrap();
    assert_eq!((stun.channel(), stun.payload), (Some(0x4001), &b"abcde"[..]));
    assert_eq!(stun.to_string(), "stun.channel=16385 stun.length=5");
    assert_eq!(stun.attributes().count(), 0);
}

#[test]
fn method_and_class_are_interleaved() {
    let mut header = StunHeader::default();
    header.set_type(StunMethod::CREATE_PERMISSION, StunClass::ErrorResponse);
    assert_eq!(header.message_type.get(), 0x0118);
    for method in 0..0x1000 {
        header.set_type(StunMethod(method), StunClass::Indication);
        assert_eq!((header.method().0, header.class()), (method, StunClass::Indication));
    }
}

#[test]
fn the_probe_wants_a_message_and_nothing_else() {
    assert!(probe(RESPONSE, &Outer::NONE));
    assert!(!probe(&RESPONSE[..76], &Outer::NONE));
    assert!(!probe(&[RESPONSE, &[0; 4]].concat(), &Outer::NONE));
}

proptest! {
    #[test]
    fn any_attributes_end(bytes in proptest::collection::vec(any::<u8>(), 0..50)) {
        let bytes = message(&bytes.repeat(4));
        let stun = Stun::parse(&bytes).unwrap();
        prop_assert!(stun.attributes().count() <= bytes.len() && !stun.to_string().is_empty());
    }
}

#[test]
fn the_sample_of_the_specification_is_written_as_it_was_read() {
    let stun = Stun::parse(RESPONSE).unwrap();
    let mut attributes: Vec<_> = stun.attributes().map(Result::unwrap).collect();
    attributes[3] = StunAttribute::Fingerprint(7);
    let builder = StunBuilder {
        method: StunMethod::BINDING,
        class: StunClass::SuccessResponse,
        transaction_id: *stun.transaction_id.unwrap(),
        attributes: &attributes,
    };
    let mut out = Vec::new();
    serialize_layers(&mut out, Fix::all(), &[&builder], &[]).unwrap();
    // The specification pads with spaces, which mean nothing: without them the checks are others.
    let mut expected = RESPONSE.to_vec();
    expected[35] = 0;
    let (front, fingerprint) = out.split_at(out.len() - 4);
    assert_eq!(front, &expected[..expected.len() - 4]);
    assert_ne!(fingerprint, [0, 0, 0, 7]);
    assert_eq!(Stun::parse(&out).unwrap().fingerprint(), ChecksumStatus::Good);
}

#[test]
fn attributes_of_every_form_are_read_again_as_they_were_written() {
    use StunAttribute as A;
    let v6 = address("[2001:db8::1]:3478");
    let attributes = [
        A::MappedAddress(v6),
        A::XorPeerAddress(v6),
        A::XorRelayedAddress(address("192.0.2.1:7")),
        A::Username(b"alice"),
        A::ErrorCode { code: 438, reason: b"Stale Nonce" },
        A::UnknownAttributes(&[[0, 3], [0, 4]]),
        A::ChannelNumber(0x4001),
        A::Lifetime(600),
        A::RequestedTransport(17),
        A::UseCandidate,
        A::IceControlling(7),
        A::Unknown { attribute_type: 0xc057, value: b"abc" },
    ];
    let mut out = Vec::new();
    let builder = StunBuilder { attributes: &attributes, ..Default::default() };
    serialize_layers(&mut out, Fix::empty(), &[&builder], &[]).unwrap();
    let found: Vec<_> = Stun::parse(&out).unwrap().attributes().map(Result::unwrap).collect();
    assert_eq!(found, attributes);
    let code = A::ErrorCode { code: 800, reason: b"" };
    assert!(code.encode(&[0; 12], &mut Vec::new()).is_err());
}
