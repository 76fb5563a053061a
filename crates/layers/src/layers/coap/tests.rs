//! Tests of CoAP.

use proptest::prelude::*;

use super::*;
use crate::{Fix, serialize_layers};

// Crafted after RFC 7252, section 3.1, and read by tshark.
layer_tests! {
    sample: Coap *b"A\x01}4\x01`Qx\xc1\x06";
    fields: "coap.version=1 coap.type=0 coap.token_len=1 coap.code=1 coap.mid=32052 \
        coap.token=01 coap.opt.delta=6 coap.opt.length=0 coap.opt.observe=0 \
        coap.opt.desc=Type 6, Elective, Unsafe coap.opt.delta=5 coap.opt.length=1 coap.opt.uri_path=x \
        coap.opt.desc=Type 11, Critical, Unsafe coap.opt.delta=12 coap.opt.length=1 \
        coap.opt.block_number=0 coap.opt.block_mflag=0 coap.opt.block_size=6 \
        coap.opt.desc=Type 23, Critical, Unsafe";
    edit: CoapHeader, |header| header.set_message_type(CoapType::NON_CONFIRMABLE);
    bad: [0 = 0x81 => "version" 2, 0 = 0x49 => "token length" 9];
}

/// The options of a message, as numbers and values.
fn options(bytes: &[u8]) -> Vec<Result<(u16, &[u8]), Malformed>> {
    let found = CoapOptions { rest: bytes, number: 0 };
    found.map(|option| option.map(|option| (option.number.0, option.value))).collect()
}

#[test]
fn numbers_of_options_add_up_and_end_at_the_marker() {
    assert_eq!(options(&[0x61, 1, 0x50, 0xff, 9]), [Ok((6, &[1][..])), Ok((11, &[]))]);
    assert_eq!(options(&[0xd1, 7, 1]), [Ok((20, &[1][..]))]);
    assert_eq!(options(&[0xe1, 1, 0, 1]), [Ok((525, &[1][..]))]);
}

// tshark 4.0.17: "Type 60, Elective, Safe, NoCacheKey", "Type 65000, Elective, Safe"; RFC 7252, section
// 5.4.6, and RFC 7967.
#[test]
fn what_a_number_of_an_option_says() {
    let text = |number| {
        let mut found = String::new();
        CoapOptionNumber(number).describe(|text| text.clone_into(&mut found));
        found
    };
    assert_eq!(text(60), "Type 60, Elective, Safe, NoCacheKey");
    assert_eq!(text(65000), "Type 65000, Elective, Safe");
    assert_eq!(text(65535), "Type 65535, Critical, Unsafe");
    let unknown = Coap::parse(b"\x40\x01\0\x01\xe2\x01\x58rt").unwrap();
    assert!(unknown.to_string().contains("coap.opt.unknown=7274"), "{unknown}");
}

#[test]
fn malformed_options_end_the_list() {
    let error = |name| Err(Malformed::Field { name, value: 15 });
    assert_eq!(options(&[0xf0, 0, 0]), [error("option delta")]);
    assert_eq!(options(&[0x0f, 0, 0]), [error("option length")]);
    assert_eq!(options(&[0x12, 0]), [Err(Malformed::Truncated { need: 3, have: 2 })]);
    assert_eq!(options(&[0xd0]), [Err(Malformed::Truncated { need: 2, have: 1 })]);
}

#[test]
fn what_stands_behind_a_malformed_option_is_no_payload() {
    let coap = Coap::parse(&[0x40, 1, 0, 0, 0xf0, 0xff, 1, 2]).unwrap();
    assert!(coap.payload.is_empty());
    assert_eq!(coap.shape().header_len, 8);
}

#[test]
fn the_content_format_leads_on() {
    let coap = Coap::parse(b"\x40\x45\0\0\xc1\x32\xff{}").unwrap();
    assert_eq!((coap.content_format(), coap.payload), (Some(50), &b"{}"[..]));
    assert_eq!(coap.shape().next, Next::One(Key::child(LayerType::COAP, 50)));
    assert!(
        coap.to_string().ends_with("coap.opt.ctype=50 coap.opt.desc=Type 12, Elective, Safe coap.opt.end_marker=255 coap.payload=7b7d")
    );
}

#[test]
fn options_out_of_order_cannot_be_written() {
    let option = |number| CoapOption { number: CoapOptionNumber(number), value: &[] };
    let options = [option(11), option(4)];
    let builder = CoapBuilder { options: &options, ..Default::default() };
    let error = EncodeError::TooLarge { layer: "coap", field: "option number", value: 4 };
    assert_eq!(builder.encode(&mut Vec::new()), Err(error));
}

proptest! {
    #[test]
    fn a_message_that_was_built_is_read_again(
        token in proptest::collection::vec(any::<u8>(), 0..=8),
        list in proptest::collection::vec(
            (0_u16..1000, proptest::collection::vec(any::<u8>(), 0..300)), 0..6,
        ),
        payload in proptest::collection::vec(any::<u8>(), 0..9),
    ) {
        let mut number = 0;
        let options: Vec<_> = list.iter().map(|(delta, value)| {
            number += delta;
            CoapOption { number: CoapOptionNumber(number), value }
        }).collect();
        let has_payload = !payload.is_empty();
        let header = CoapHeader::default();
        let builder = CoapBuilder { header, token: &token, options: &options, has_payload };
        let mut out = Vec::new();
        serialize_layers(&mut out, Fix::all(), &[&builder], &payload).unwrap();
        let coap = Coap::parse(&out).unwrap();
        prop_assert_eq!((coap.token, coap.payload), (&token[..], &payload[..]));
        prop_assert_eq!(coap.options().collect::<Result<Vec<_>, _>>(), Ok(options));
    }

    #[test]
    fn any_options_end(bytes in proptest::collection::vec(any::<u8>(), 0..99)) {
        let bytes = [&[0x40, 1, 0, 0][..], &bytes].concat();
        let coap = Coap::parse(&bytes).unwrap();
        prop_assert!(coap.options().count() <= bytes.len() && !coap.to_string().is_empty());
    }
}
