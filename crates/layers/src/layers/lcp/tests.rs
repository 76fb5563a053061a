//! Tests of LCP.

use proptest::prelude::*;

use super::*;
use crate::Encode;
use crate::layers::ppp::control::tests::{option, packet};

/// The fields behind those of the header, as tshark shows an own packet with this code and data.
#[track_caller]
fn check(code: u8, data: &[u8], expected: &str) {
    let bytes = packet(code, data);
    let text = Lcp::parse(&bytes).unwrap().to_string();
    let header = format!("ppp.code={code} ppp.identifier=1 ppp.length={}", bytes.len());
    assert_eq!(text.strip_prefix(&header).unwrap().trim_start(), expected);
}

/// The fields of one option, but for its bytes, type and length.
#[track_caller]
fn check_option(kind: u8, data: &[u8], name: &str, expected: &str) {
    let len = data.len() + 2;
    let option = option(kind, data);
    let hex = crate::Value::Bytes(&option);
    let head = format!("lcp.opt.{name}={hex} lcp.opt.type={kind} lcp.opt.length={len}");
    let expected = if expected.is_empty() { head } else { format!("{head} {expected}") };
    check(1, &option, &expected);
}

#[test]
fn options_of_one_value() {
    check_option(7, b"", "field_compress", "");
    check_option(8, b"", "addr_field_compress", "");
    check_option(10, b"\x04", "self_desc_pad", "lcp.opt.maximum=4");
    check_option(15, b"", "compound_frames", "");
    check_option(17, b"\x06\x40", "multilink_mrru", "lcp.opt.mrru=1600");
    check_option(18, b"", "multilink_ssnh", "");
    check_option(23, b"\0\x07", "link_discrim_bytes", "lcp.opt.link_discrim=7");
}

#[test]
fn options_of_several_values() {
    let name = "auth_protocol_bytes";
    check_option(3, b"\xc2\x23\x81", name, "lcp.opt.auth_protocol=49699 lcp.opt.algorithm=129");
    check_option(
        9,
        b"\x02",
        "fcs_alternatives_bytes",
        "lcp.opt.fcs_alternatives=2 lcp.opt.fcs_alternatives.ccitt32=0 \
         lcp.opt.fcs_alternatives.ccitt16=1 lcp.opt.fcs_alternatives.null=0",
    );
    check_option(11, b"\x07\x08", "numbered_mode", "lcp.opt.window=7 lcp.opt.hdlc_address=08");
    check_option(13, b"\x06", "callback", "lcp.opt.operation=6");
    check_option(13, b"\0hello", "callback", "lcp.opt.operation=0 lcp.opt.message=68656c6c6f");
    let name = "multilink_hdr_fmt";
    check_option(27, b"\x02\x01", name, "lcp.opt.code=2 lcp.opt.max_susp_classes=1");
    let name = "internationalization";
    check_option(28, b"\0\0\0\x6aen", name, "lcp.opt.MIBenum=106 lcp.opt.language_tag=en");
    check_option(
        0,
        b"\0\0\x0c\x05abc",
        "vendor",
        "lcp.opt.oui=12 lcp.opt.kind=5 lcp.opt.data=616263",
    );
}

#[test]
fn control_characters_are_counted_from_the_highest() {
    let bytes = b"\x01\x01\0\x0a\x02\x06\0\x0a\0\0";
    let text = Lcp::parse(bytes).unwrap().to_string();
    let set = text.split(' ').filter(|field| field.starts_with("lcp.opt.asyncmap."));
    let set = set.filter(|field| field.ends_with("=1")).collect::<Vec<_>>();
    assert_eq!(set, ["lcp.opt.asyncmap.dc3=1", "lcp.opt.asyncmap.dc1=1"]);
    assert!(text.contains("lcp.opt.asyncmap=655360 lcp.opt.asyncmap.us=0"));
}

#[test]
fn endpoints_have_addresses_of_their_class() {
    let check = |data: &[u8], expected: &str| {
        let expected = format!("lcp.opt.ep_disc_class={} {expected}", data[0]);
        check_option(19, data, "multilink_ep_disc", &expected);
    };
    check(b"\x01abc", "lcp.opt.data=616263");
    check(b"\x02\x0a\0\0\x01", "lcp.opt.ip_address=10.0.0.1");
    check(b"\x03\x01\x02\x03\x04\x05\x06", "lcp.opt.802_1_address=01:02:03:04:05:06");
    check(b"\x04\x01\x02\x03\x04", "lcp.opt.magic_block=01020304 lcp.opt.magic_number=16909060");
    check(b"\x05123", "lcp.opt.psndn=313233");
}

#[test]
fn packets_without_options() {
    check(5, b"bye", "ppp.data=627965");
    check(6, b"", "");
    check(7, b"\x01\x04\x05", "ppp.data=010405");
    check(8, b"\x80\x21\x01\x02\x03", "lcp.rej_proto=32801");
    check(9, b"\x01\x02\x03\x04data", "lcp.magic_number=16909060 lcp.data=64617461");
    check(10, b"\x01\x02\x03\x04", "lcp.magic_number=16909060");
    check(12, b"\x01\x02\x03\x04text", "lcp.magic_number=16909060 lcp.message=text");
    check(
        13,
        b"\x01\x02\x03\x04\0\0\0\x05msg",
        "lcp.magic_number=16909060 lcp.secs_remaining=5 lcp.message=msg",
    );
    check(
        0,
        b"\x01\x02\x03\x04\0\0\x0c\x01abc",
        "ppp.magic_number=16909060 ppp.oui=12 ppp.kind=1 ppp.data=616263",
    );
    check(99, b"ab", "ppp.data=6162");
}

#[test]
fn a_bad_option_ends_the_list_and_keeps_those_before_it() {
    check(1, b"\x07\x02\x05\x08", "lcp.opt.field_compress=0702 lcp.opt.type=7 lcp.opt.length=2");
    let lcp = Lcp::parse(b"\x01\x01\0\x08\x07\x02\x05\x08").unwrap();
    let cut = Err(Malformed::Truncated { need: 8, have: 2 });
    let expected = [Ok(LcpOption::ProtocolFieldCompression), cut];
    assert_eq!(lcp.options().collect::<Vec<_>>(), expected);
}

#[test]
fn an_option_of_a_wrong_length_is_unknown() {
    let lcp = Lcp::parse(b"\x01\x01\0\x09\x01\x05abc").unwrap();
    let expected = LcpOption::Unknown { kind: 1, data: b"abc" };
    assert_eq!(lcp.options().collect::<Vec<_>>(), [Ok(expected)]);
}

proptest! {
    #[test]
    fn options_read_and_written_again_are_the_same_bytes(kind: u8, data in prop::collection::vec(any::<u8>(), 0..20)) {
        let option = option(kind, &data);
        let bytes = packet(1, &option);
        let option = Lcp::parse(&bytes).unwrap().options().next().unwrap().unwrap();
        let mut out = Vec::new();
        let options = &[option];
        LcpBuilder { options, ..LcpBuilder::default() }.encode(&mut out).unwrap();
        prop_assert_eq!(out, bytes);
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
        if let Ok(lcp) = Lcp::parse(&bytes) {
            prop_assert!(lcp.options().count() <= bytes.len());
            prop_assert!(!lcp.to_string().is_empty());
        }
    }
}
