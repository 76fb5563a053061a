//! Tests of COTP.

use proptest::prelude::*;

use super::*;
use crate::layers::golden;
use crate::{Fix, serialize_layers};

// A connection request as S7 controllers get it, made for this test; the fields are tshark's.
layer_tests! {
    sample: Cotp *b"\x11\xe0\0\0\0\x01\0\xc1\x02\x01\0\xc2\x02\x01\x02\xc0\x01\x0a";
    fields: "cotp.li=17 cotp.type=14 cotp.destref=0 cotp.srcref=1 cotp.class=0 \
        cotp.opts.extended_formats=0 cotp.opts.no_explicit_flow_control=0 \
        cotp.parameter_code=193 cotp.parameter_length=2 cotp.src-tsap-bytes=0100 \
        cotp.parameter_code=194 cotp.parameter_length=2 cotp.dst-tsap-bytes=0102 \
        cotp.parameter_code=192 cotp.parameter_length=1 cotp.tpdu_size=1024";
    edit: CotpHeader, |header| header.set_tpdu_type(CotpType::CONNECTION_CONFIRM);
    bad: [1 = 0x30 => "TPDU type" 3, 0 = 5 => "length indicator" 5, 0 = 255 => "length indicator" 255];
}

#[test]
fn every_type_and_parameter_has_the_fields_of_tshark() {
    golden::check(include_str!("golden.txt"), &["tpkt", "cotp"], &[], &[]);
}

#[test]
fn references_are_where_their_type_has_them() {
    let request = Cotp::parse(b"\x06\x80\0\x01\0\x02\x02").unwrap();
    assert_eq!((request.destination_reference(), request.source_reference()), (Some(1), Some(2)));
    let data = Cotp::parse(b"\x02\xf0\x80").unwrap();
    assert_eq!((data.destination_reference(), data.source_reference()), (None, None));
    assert_eq!(data.is_end_of_data(), Some(true));
    let data = Cotp::parse(b"\x04\xf0\0\x01\0").unwrap();
    assert_eq!((data.destination_reference(), data.is_end_of_data()), (Some(1), Some(false)));
    assert_eq!(data.shape().next, Next::End);
}

#[test]
fn parameters_end_behind_one_that_is_cut_short() {
    let bytes = b"\x0b\xe0\0\0\0\x01\0\xc0\x01\x0a\xc1\x02";
    let found: Vec<_> = Cotp::parse(bytes).unwrap().parameters().collect();
    let size = CotpParameter { code: CotpParameter::TPDU_SIZE, value: &[10] };
    assert_eq!(found, [Ok(size), Err(Malformed::Truncated { need: 4, have: 2 })]);
}

// tshark -r rdp__rdp-proprietary-encryption.pcap -Y frame.number==4
#[test]
fn what_a_remote_desktop_asks_is_no_parameter() {
    let bytes = b"\x2a\xe0\0\0\0\0\0Cookie: mstshash=FTBCO\\A70\r\n\x01\0\x08\0\x01\0\0\0";
    let cotp = Cotp::parse(bytes).unwrap();
    assert_eq!((cotp.user_data(), cotp.parameters().count()), (&bytes[7..], 0));
    let fields = "cotp.li=42 cotp.type=14 cotp.destref=0 cotp.srcref=0 cotp.class=0 \
        cotp.opts.extended_formats=0 cotp.opts.no_explicit_flow_control=0";
    assert_eq!(cotp.to_string(), fields);
}

proptest! {
    #[test]
    fn a_request_is_what_it_was_built_of(
        fixed: [u8; 5],
        values in prop::collection::vec((128_u8.., prop::collection::vec(any::<u8>(), 0..20)), 0..5),
    ) {
        let parameters: Vec<_> =
            values.iter().map(|(code, value)| CotpParameter { code: *code, value }).collect();
        let header = CotpHeader { length_indicator: 0, code_and_credit: 0xe0 };
        let builder = CotpBuilder { header, fixed: &fixed, parameters: &parameters };
        let mut out = Vec::new();
        serialize_layers(&mut out, Fix::all(), &[&builder], &[]).unwrap();
        let cotp = Cotp::parse(&out).unwrap();
        prop_assert_eq!(cotp.parameters().collect::<Result<Vec<_>, _>>().unwrap(), &parameters[..]);
        let again = CotpBuilder { header: *cotp.header, ..builder };
        let mut twice = Vec::new();
        again.encode(&mut twice).unwrap();
        prop_assert_eq!(twice, out);
    }
}
