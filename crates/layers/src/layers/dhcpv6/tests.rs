//! Tests of messages as wholes: fields beside tshark's, relayed messages, round trips.

use proptest::prelude::*;

use super::*;
use crate::layers::golden::{self, hex};
use crate::{Fix, Ipv4Header, LinkType, UdpHeader, serialize_layers};

const FIXTURE: &str = include_str!("../../../tests/tshark/dhcpv6.txt");

/// Every message of the fixture.
fn samples() -> Vec<Vec<u8>> {
    let cases = FIXTURE.split("\n= ").skip(1);
    cases.map(|case| hex(case.lines().nth(1).unwrap())[62..].to_vec()).collect()
}

#[test]
fn fields_are_those_of_tshark() {
    // Hardware addresses have colons there; the rule of softwires ends early, with space behind it.
    let differing = ["dhcpv6.duidllt.link_layer_addr", "dhcpv6.duidll.link_layer_addr"];
    let (told, softwires) = FIXTURE.split_once("\n= S46").unwrap();
    let (_, rest) = softwires.split_once("\n= relay forward").unwrap();
    let theirs = [&differing[..], &["dhcpv6.s_bit_should_be_zero"]].concat();
    let ours = [&differing[..], &["dhcpv6.option.value"]].concat();
    golden::check(told, &["dhcpv6"], &theirs, &ours);
    golden::check(&format!("\n= relay forward{rest}"), &["dhcpv6"], &differing, &ours);
}

#[test]
fn types_of_no_message_are_rejected() {
    let field = |value| Err(Malformed::Field { name: "msg-type", value });
    assert_eq!(Dhcpv6::parse(&[0, 1, 2, 3]), field(0));
    assert_eq!(Dhcpv6::parse(&[37, 1, 2, 3]), field(37));
}

#[test]
fn every_prefix_is_truncated_or_keeps_what_is_whole() {
    for bytes in samples() {
        let need = if matches!(bytes[0], 12 | 13) { 34 } else { 4 };
        for have in 0..bytes.len() {
            match Dhcpv6::parse(&bytes[..have]) {
                Ok(message) => assert_eq!((message.shape().header_len, have >= need), (have, true)),
                Err(Malformed::Truncated { need: n, have: h }) => {
                    assert!(h == have && have < need && n > have);
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
}

// gopacket: the inner message is not decoded
#[test]
fn a_relayed_message_is_read() {
    let relayed: Vec<_> = samples()
        .iter()
        .filter_map(|bytes| Some(Dhcpv6::parse(bytes).unwrap().relayed()?.message_type().0))
        .collect();
    assert_eq!(relayed, [1, 2, 12, 1]);
}

#[test]
fn nesting_without_end_is_not_followed() {
    let mut bytes = vec![1, 0, 0, 0];
    for _ in 0..2000 {
        let mut outer = vec![12; 34];
        outer.extend([0, 9]);
        outer.extend(u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes());
        outer.extend(bytes);
        bytes = outer;
        if bytes.len() > 60_000 {
            break;
        }
    }
    let mut count = 0;
    Dhcpv6::parse(&bytes).unwrap().fields(&mut |_: crate::Field<'_>| count += 1);
    assert!(count < 100, "{count}");
}

#[test]
fn an_option_that_is_cut_short_is_the_last() {
    let message = Dhcpv6::parse(&[1, 0, 0, 0, 0, 7, 0, 1, 5, 0, 1, 0, 9, 1]).unwrap();
    let cut = Malformed::Truncated { need: 13, have: 5 };
    assert_eq!(message.options().collect::<Vec<_>>(), [Ok(Dhcpv6Option::Preference(5)), Err(cut)]);
}

#[test]
fn options_that_are_written_again_are_the_same() {
    for bytes in samples() {
        let message = Dhcpv6::parse(&bytes).unwrap();
        let options: Vec<_> = message.options().map(Result::unwrap).collect();
        let mut out = Vec::new();
        Dhcpv6Builder { header: message.header, options: &options }.encode(&mut out).unwrap();
        assert_eq!(out, bytes);
    }
}

#[test]
fn a_built_message_is_found_by_its_port() {
    let header = Dhcpv6Header::default();
    let builder = Dhcpv6Builder {
        header: Dhcpv6Front::Client(&header),
        options: &[Dhcpv6Option::ElapsedTime(7)],
    };
    let layers: [&dyn Encode; 3] = [&Ipv4Header::default(), &UdpHeader::default(), &builder];
    let mut out = Vec::new();
    serialize_layers(&mut out, Fix::all(), &layers, b"").unwrap();
    let decoder = crate::Decoder::default();
    let packet = decoder.decode(LinkType::RAW, &out);
    let message = packet.get::<Dhcpv6<'_>>().unwrap();
    assert_eq!(message.options().collect::<Vec<_>>(), [Ok(Dhcpv6Option::ElapsedTime(7))]);
    assert_eq!(fmt::from_fn(|f| message.summary(f)).to_string(), "Solicit 0x000000");
}

proptest! {
    #[test]
    fn any_option_is_written_as_it_was(code in 0..110_u16, data in prop::collection::vec(any::<u8>(), 0..80)) {
        let mut wire = code.to_be_bytes().to_vec();
        wire.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        wire.extend(data);
        let mut written = Vec::new();
        Dhcpv6Options::new(&wire).next().unwrap().unwrap().encode(&mut written).unwrap();
        prop_assert_eq!(written, wire);
    }

    #[test]
    fn any_message_has_its_fields_inside(kind in 1..37_u8, rest: Vec<u8>) {
        let bytes = [&[kind], &rest[..]].concat();
        if let Ok(message) = Dhcpv6::parse(&bytes) {
            message.fields(&mut |field: crate::Field<'_>| {
                assert!(field.bytes.end <= bytes.len(), "{field:?}");
            });
        }
    }
}
