//! Tests of messages as wholes: fields beside tshark's, another reader, hostile messages.

use proptest::prelude::*;
use snmp_parser::asn1_rs::FromBer;

use super::*;
use crate::Field;
use crate::layers::golden::{self, hex};

const FIXTURE: &str = include_str!("../../../tests/tshark/snmp.txt");

/// Every message of the fixture.
fn samples() -> Vec<Vec<u8>> {
    let cases = FIXTURE.split("\n= ").skip(1);
    cases.map(|case| hex(case.lines().nth(1).unwrap())[42..].to_vec()).collect()
}

#[test]
fn fields_are_those_of_tshark() {
    // Groups, what follows from other fields, and a community that is no text.
    let theirs = [
        "snmp.get_request_element",
        "snmp.get_next_request_element",
        "snmp.get_response_element",
        "snmp.set_request_element",
        "snmp.getBulkRequest_element",
        "snmp.informRequest_element",
        "snmp.snmpV2_trap_element",
        "snmp.report_element",
        "snmp.trap_element",
        "snmp.msgGlobalData_element",
        "snmp.plaintext_element",
        "snmp.var-bind_str",
        "snmp.varbind.response",
        "snmp.engineid.conform",
        "snmp.engineid.enterprise",
        "snmp.engineid.format",
        "snmp.rfc3411_non_conformant",
    ];
    let (told, rest) = FIXTURE.split_once("\n= community of").unwrap();
    golden::check(told, &["snmp"], &theirs, &[]);
    let (_, rest) = rest.split_once("\n= discovery").unwrap();
    golden::check(&format!("\n= discovery{rest}"), &["snmp"], &theirs, &[]);
}

#[test]
fn another_reader_reads_the_same() {
    for bytes in samples() {
        let Ok((_, theirs)) = snmp_parser::SnmpMessage::from_ber(&bytes) else { continue };
        let snmp = Snmp::parse(&bytes).unwrap();
        let pdu = snmp.pdu().unwrap();
        assert_eq!(i64::from(theirs.version), snmp.version);
        assert_eq!(Some(theirs.community.as_bytes()), snmp.community());
        assert_eq!(theirs.pdu_type().0, u32::from(pdu.pdu_type));
        let names = pdu.variables().map(|variable| variable.unwrap().name.to_string());
        let their_names = theirs.vars_iter().map(|variable| variable.oid.to_string());
        assert!(names.eq(their_names));
    }
}

#[test]
fn what_snmp_parser_rejects_costs_no_message() {
    let rejected = |bytes: &Vec<u8>| snmp_parser::SnmpMessage::from_ber(bytes).is_err();
    let of_two = |bytes: &Vec<u8>| Snmp::parse(bytes).unwrap().version < 2;
    let samples = samples();
    let rejected: Vec<_> = samples.iter().filter(|b| of_two(b) && rejected(b)).collect();
    assert!(!rejected.is_empty(), "snmp-parser may be right for the whole message");
    for bytes in rejected {
        assert!(Snmp::parse(bytes).unwrap().pdu().is_ok());
    }
}

#[test]
fn a_message_that_is_cut_keeps_what_is_there() {
    for bytes in samples() {
        for have in 0..bytes.len() {
            match Snmp::parse(&bytes[..have]) {
                Ok(snmp) => snmp.fields(&mut |field: Field<'_>| {
                    assert!(field.bytes.end <= have, "{field:?}");
                }),
                Err(Malformed::Truncated { .. }) => assert!(have < 8),
                Err(Malformed::Field { name, .. }) => assert!(name == "version" && have < 8),
                Err(error) => panic!("{error}"),
            }
        }
    }
}

#[test]
fn what_is_no_message_is_rejected() {
    let field = |name, value| Err(Malformed::Field { name, value });
    assert_eq!(Snmp::parse(b"\x31\x03\x02\x01\0"), field("tag", 0x31));
    assert_eq!(Snmp::parse(b"\x30\x03\x04\x01\0"), field("tag", 4));
    assert_eq!(Snmp::parse(b"\x30\x03\x02\x01\x04"), field("version", 4));
    let no_pdu = b"\x30\x07\x02\x01\0\x04\0\x05\0";
    assert_eq!(
        Snmp::parse(no_pdu).unwrap().pdu(),
        Err(Malformed::Field { name: "PDU type", value: 5 })
    );
}

#[test]
fn a_built_message_is_read_as_it_was_written() {
    let variables = [(SnmpOid(b"\x2b\x06\x01"), 0x43, &b"\x01\0"[..])];
    let builder = SnmpBuilder {
        version: 1,
        community: &[b'c'; 200],
        pdu_type: 2,
        request_id: -7,
        variables: &variables,
        ..SnmpBuilder::default()
    };
    let mut out = Vec::new();
    builder.encode(&mut out).unwrap();
    let snmp = Snmp::parse(&out).unwrap();
    let pdu = snmp.pdu().unwrap();
    let header = SnmpPduHeader::Request { request_id: -7, error_status: 0, error_index: 0 };
    assert_eq!((snmp.community(), pdu.header), (Some(&[b'c'; 200][..]), header));
    let value = SnmpValue::TimeTicks(256);
    let expected = SnmpVariable { name: SnmpOid(b"\x2b\x06\x01"), value };
    assert_eq!(pdu.variables().collect::<Vec<_>>(), [Ok(expected)]);
    assert_eq!(fmt::from_fn(|f| snmp.summary(f)).to_string(), "v2c response 1.3.6.1");
}

proptest! {
    #[test]
    fn any_change_to_a_message_is_read_without_a_panic(
        place in 0..15_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let samples = samples();
        let mut bytes = samples[place % samples.len()].clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(snmp) = Snmp::parse(&bytes) {
            snmp.fields(&mut |field: Field<'_>| {
                assert!(field.bytes.end <= bytes.len() && !field.value.to_string().contains('\0'));
            });
            if let Ok(pdu) = snmp.pdu() {
                prop_assert!(pdu.variables().count() <= bytes.len());
            }
        }
    }
}
