//! Tests of OAM messages. Made by hand from IEEE Std 802.3, read by tshark 4.0.17.

use super::*;
use crate::layers::from_hex;
use crate::{Decoder, LinkType};

layer_tests! {
    sample: Oampdu *b"\0\x50\x04\x01\0";
    fields: "oampdu.flags=80 oampdu.flags.linkFault=0 oampdu.flags.dyingGasp=0 \
        oampdu.flags.criticalEvent=0 oampdu.flags.localEvaluating=0 oampdu.flags.localStable=1 \
        oampdu.flags.remoteEvaluating=0 oampdu.flags.remoteStable=1 oampdu.code=4 \
        oampdu.lpbk.commands=1 oampdu.lpbk.commands.enable=1 oampdu.lpbk.commands.disable=0";
    edit: OampduHeader, |header| header.set_flags(OampduFlags::DYING_GASP);
    bad: [];
}

/// What is behind the flags of a message in hexadecimal digits, as tshark shows it.
#[track_caller]
fn check(hex: &str, expected: &str) {
    let bytes = from_hex(hex);
    let text = Oampdu::parse(&bytes).unwrap().to_string();
    let (_, found) = text.split_once(" oampdu.code=").unwrap();
    assert_eq!(found, expected.strip_prefix("oampdu.code=").unwrap());
}

#[test]
fn information() {
    check(
        "0058000110010003051f05ee0080c2010203040210010003051f05ee0080c201020304fe070080c20102\
         000000000000000000000000000000000000000000",
        "oampdu.code=0 oampdu.info.type=1 oampdu.info.length=16 oampdu.info.version=1 \
         oampdu.info.revision=3 oampdu.info.state=5 oampdu.info.state.parser=1 \
         oampdu.info.state.multiplexer=1 oampdu.info.oamConfig=31 oampdu.info.oamConfig.mode=1 \
         oampdu.flags.dyingGasp=1 oampdu.flags.criticalEvent=1 oampdu.flags.localEvaluating=1 \
         oampdu.flags.localStable=1 oampdu.info.oampduConfig=1518 oampdu.info.oui=32962 \
         oampdu.info.vendor=01020304 oampdu.info.type=2 oampdu.info.length=16 \
         oampdu.info.version=1 oampdu.info.revision=3 oampdu.info.state=5 \
         oampdu.info.state.parser=1 oampdu.info.state.multiplexer=1 oampdu.info.oamConfig=31 \
         oampdu.info.oamConfig.mode=1 oampdu.flags.dyingGasp=1 oampdu.flags.criticalEvent=1 \
         oampdu.flags.localEvaluating=1 oampdu.flags.localStable=1 \
         oampdu.info.oampduConfig=1518 oampdu.info.oui=32962 oampdu.info.vendor=01020304 \
         oampdu.info.type=254 oampdu.info.length=7 oampdu.info.oui=32962 \
         oampdu.info.vendor=0102",
    );
}

#[test]
fn events() {
    check(
        "005001000701280001000000000000000100000000000000020000000000000003000000000000000400\
         000005021a000200030000000100000002000000000000000300000004031c0002000000010000000200\
         000003000000000000000400000005041200010002000300040000000500000006fe050080c200000000\
         00000000000000",
        "oampdu.code=1 oampdu.event.sequence=7 oampdu.event.type=1 oampdu.event.length=40 \
         oampdu.event.timestamp=1 oampdu.event.espeWindow=1 oampdu.event.espeThreshold=2 \
         oampdu.event.espeErrors=3 oampdu.event.espeTotalErrors=4 \
         oampdu.event.espeTotalEvents=5 oampdu.event.type=2 oampdu.event.length=26 \
         oampdu.event.timestamp=2 oampdu.event.efeWindow=3 oampdu.event.efeThreshold=1 \
         oampdu.event.efeErrors=2 oampdu.event.efeTotalErrors=3 oampdu.event.efeTotalEvents=4 \
         oampdu.event.type=3 oampdu.event.length=28 oampdu.event.timestamp=2 \
         oampdu.event.efpeWindow=1 oampdu.event.efpeThreshold=2 oampdu.event.efeErrors=3 \
         oampdu.event.efpeTotalErrors=4 oampdu.event.efpeTotalEvents=5 oampdu.event.type=4 \
         oampdu.event.length=18 oampdu.event.timestamp=1 oampdu.event.efsseWindow=2 \
         oampdu.event.efsseThreshold=3 oampdu.event.efeErrors=4 \
         oampdu.event.efsseTotalErrors=5 oampdu.event.efsseTotalEvents=6 oampdu.event.type=254 \
         oampdu.event.length=5",
    );
}

#[test]
fn variables() {
    check(
        "005002070005070006040009000000000000000000000000000000000000000000000000000000000000\
         00",
        "oampdu.code=2 oampdu.variable.branch=7 oampdu.variable.attribute=5 \
         oampdu.variable.branch=7 oampdu.variable.attribute=6 oampdu.variable.branch=4 \
         oampdu.variable.package=9",
    );
    check(
        "0050030700050400000007070006010507000786040002a1000000000000000000000000000000000000\
         00000000000000000000000000",
        "oampdu.code=3 oampdu.variable.branch=7 oampdu.variable.attribute=5 \
         oampdu.variable.width=4 oampdu.variable.value=00000007 oampdu.variable.branch=7 \
         oampdu.variable.attribute=6 oampdu.variable.width=1 oampdu.variable.value=05 \
         oampdu.variable.branch=7 oampdu.variable.attribute=7 oampdu.variable.indication=6 \
         oampdu.variable.branch=4 oampdu.variable.package=2 oampdu.variable.indication=33",
    );
}

#[test]
fn tlvs_end_at_a_type_of_zero_and_at_an_error() {
    let tlvs = |bytes| Oampdu::parse(bytes).unwrap().tlvs().collect::<Vec<_>>();
    let one = OampduTlv { kind: 9, data: b"x" };
    assert_eq!(tlvs(b"\0\0\0\x09\x03x\0\x09\x03x"), [Ok(one)]);
    let bad = Malformed::Field { name: "length", value: 1 };
    assert_eq!(tlvs(b"\0\0\x01\0\x07\x09\x03x\x09\x01"), [Ok(one), Err(bad)]);
    assert_eq!(tlvs(b"\0\0\x02\x09\x03x"), []);
}

#[test]
fn it_is_reached_by_its_subtype() {
    let frame = b"\x01\x80\xc2\0\0\x02\x02\0\0\0\0\x01\x88\x09\x03\0\x50\xfe\0\x80\xc2";
    let decoder = Decoder::default();
    let packet = decoder.decode(LinkType::ETHERNET, frame);
    assert_eq!(packet.get::<Oampdu<'_>>().unwrap().code(), OampduCode::ORGANIZATION_SPECIFIC);
}
