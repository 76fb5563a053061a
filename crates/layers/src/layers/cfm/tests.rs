//! Tests of CFM messages. Made by hand from the standards, read by tshark 4.0.17.

use proptest::prelude::*;

use super::*;
use crate::layers::from_hex;
use crate::{Decoder, EthernetHeader, Fix, LinkType, serialize_layers};

layer_tests! {
    sample: Cfm *b"\xa0\x03\0\x04\0\0\0\x05\x03\0\x04data\0\0";
    fields: "cfm.md.level=5 cfm.version=0 cfm.opcode=3 cfm.flags=0 cfm.first.tlv.offset=4 \
        cfm.lb.transaction.id=5 cfm.tlv.type=3 cfm.tlv.length=4 cfm.tlv.data.value=64617461 \
        cfm.tlv.type=0";
    edit: CfmHeader, |header| header.set_level(1);
    bad: [];
}

/// Fields of a message in hexadecimal digits, as tshark shows them.
#[track_caller]
fn check(hex: &str, expected: &str) {
    let bytes = from_hex(hex);
    let cfm = Cfm::parse(&bytes).unwrap();
    assert_eq!(cfm.to_string(), expected);
    // What was understood is written as it was.
    let tlvs = cfm.tlvs().collect::<Result<Vec<_>, _>>().unwrap();
    let mut out = Vec::new();
    CfmBuilder { header: *cfm.header, body: cfm.body, tlvs: &tlvs }.encode(&mut out).unwrap();
    assert_eq!(out, bytes);
}

#[test]
#[allow(clippy::too_many_lines, reason = "a list of cases")]
fn messages_are_read_as_tshark_does() {
    check(
        "a001844600000007000904056d61696e7402056173736f63000000000000000000000000000000000000\
         000000000000000000000000000000000000000000000000000000000000000002000102040001010100\
         08060402000000000200",
        "cfm.md.level=5 cfm.version=0 cfm.opcode=1 cfm.flags=132 cfm.flags.rdi=1 \
         cfm.flags.ccm.reserved=0 cfm.flags.interval=4 cfm.first.tlv.offset=70 \
         cfm.ccm.seq.num=7 cfm.ccm.ma.ep.id=9 cfm.maid.md.name.format=4 \
         cfm.maid.md.name.length=5 cfm.maid.md.name.string=maint cfm.maid.ma.name.format=2 \
         cfm.maid.ma.name.length=5 cfm.maid.ma.name.string=assoc cfm.itu.txfcf=00000000 \
         cfm.itu.rxfcb=00000000 cfm.itu.txfcb=00000000 cfm.itu.reserved=00000000 \
         cfm.tlv.type=2 cfm.tlv.length=1 cfm.tlv.port.status.value=2 cfm.tlv.type=4 \
         cfm.tlv.length=1 cfm.tlv.port.interface.value=1 cfm.tlv.type=1 cfm.tlv.length=8 \
         cfm.tlv.chassis.id.length=6 cfm.tlv.chassis.id.subtype=4 \
         cfm.tlv.chassis.id=020000000002 cfm.tlv.type=0",
    );
    check(
        "a001054600000007000901200573686f7274000000000000000000000000000000000000000000000000\
         000000000000000000000000000000000000000100000002000000030000000000",
        "cfm.md.level=5 cfm.version=0 cfm.opcode=1 cfm.flags=5 cfm.flags.rdi=0 \
         cfm.flags.ccm.reserved=0 cfm.flags.interval=5 cfm.first.tlv.offset=70 \
         cfm.ccm.seq.num=7 cfm.ccm.ma.ep.id=9 cfm.maid.md.name.format=1 \
         cfm.maid.ma.name.format=32 cfm.maid.ma.name.length=5 cfm.maid.ma.name.string=short \
         cfm.itu.txfcf=00000001 cfm.itu.rxfcb=00000002 cfm.itu.txfcb=00000003 \
         cfm.itu.reserved=00000000 cfm.tlv.type=0",
    );
    check(
        "a0020004000000050300046461746120000501deadbeef00",
        "cfm.md.level=5 cfm.version=0 cfm.opcode=2 cfm.flags=0 cfm.first.tlv.offset=4 \
         cfm.lb.transaction.id=5 cfm.tlv.type=3 cfm.tlv.length=4 cfm.tlv.data.value=64617461 \
         cfm.tlv.type=32 cfm.tlv.length=5 cfm.tlv.tst.test.pattern.type=1 \
         cfm.tlv.tst.crc32=deadbeef cfm.tlv.type=0",
    );
    check(
        "a00580110000000540020000000001020000000002070008000102000000000100",
        "cfm.md.level=5 cfm.version=0 cfm.opcode=5 cfm.flags=128 cfm.flags.usefdbonly=1 \
         cfm.flags.ltm.reserved=0 cfm.first.tlv.offset=17 cfm.lt.transaction.id=5 \
         cfm.lt.ttl=64 cfm.ltm.orig.addr=02:00:00:00:00:01 cfm.ltm.targ.addr=02:00:00:00:00:02 \
         cfm.tlv.type=7 cfm.tlv.length=8 cfm.tlv.ltm.egress.id.ui=0001 \
         cfm.tlv.ltm.egress.id.mac=02:00:00:00:00:01 cfm.tlv.type=0",
    );
    check(
        "a004e006000000053f030800100000000000000000000000000000000005000701020000000003060007\
         0202000000000400",
        "cfm.md.level=5 cfm.version=0 cfm.opcode=4 cfm.flags=224 cfm.flags.usefdbonly=1 \
         cfm.flags.fwdyes=1 cfm.flags.ltr.terminalmep=1 cfm.flags.ltr.reserved=0 \
         cfm.first.tlv.offset=6 cfm.lt.transaction.id=5 cfm.lt.ttl=63 cfm.ltr.relay.action=3 \
         cfm.tlv.type=8 cfm.tlv.length=16 cfm.tlv.ltr.egress.last.id.ui=0000 \
         cfm.tlv.ltr.egress.last.id.mac=00:00:00:00:00:00 cfm.tlv.ltr.egress.next.id.ui=0000 \
         cfm.tlv.ltr.egress.next.id.mac=00:00:00:00:00:00 cfm.tlv.type=5 cfm.tlv.length=7 \
         cfm.tlv.reply.ingress.action=1 cfm.tlv.reply.ingress.mac.address=02:00:00:00:00:03 \
         cfm.tlv.type=6 cfm.tlv.length=7 cfm.tlv.reply.egress.action=2 \
         cfm.tlv.reply.egress.mac.address=02:00:00:00:00:04 cfm.tlv.type=0",
    );
    check(
        "a021040000",
        "cfm.md.level=5 cfm.version=0 cfm.opcode=33 cfm.flags=4 cfm.flags.ais_lck_Reserved=0 \
         cfm.flags.ais_lck_Period=4 cfm.first.tlv.offset=0 cfm.tlv.type=0",
    );
    check(
        "a02501040000000520000501deadbeef00",
        "cfm.md.level=5 cfm.version=0 cfm.opcode=37 cfm.flags=1 cfm.flags.reserved=1 \
         cfm.first.tlv.offset=4 cfm.tst.sequence.num=5 cfm.tlv.type=32 cfm.tlv.length=5 \
         cfm.tlv.tst.test.pattern.type=1 cfm.tlv.tst.crc32=deadbeef cfm.tlv.type=0",
    );
    check(
        "a02b000c00000001000000020000000300",
        "cfm.md.level=5 cfm.version=0 cfm.opcode=43 cfm.flags=0 cfm.flags.reserved=0 \
         cfm.first.tlv.offset=12 cfm.lmm.lmr.txfcf=00000001 cfm.lmm.lmr.rxfcf=00000002 \
         cfm.lmm.lmr.txfcb=00000003 cfm.tlv.type=0",
    );
    check(
        "a02d00100000000000000001000000000000000200",
        "cfm.md.level=5 cfm.version=0 cfm.opcode=45 cfm.flags=0 cfm.flags.reserved=0 \
         cfm.first.tlv.offset=16 cfm.odm.dmm.dmr.txtimestampf=0000000000000001 \
         cfm.odm.dmm.dmr.rxtimestampf=0000000000000002 cfm.tlv.type=0",
    );
    check(
        "a02f0020000000000000000100000000000000020000000000000003000000000000000400",
        "cfm.md.level=5 cfm.version=0 cfm.opcode=47 cfm.flags=0 cfm.flags.reserved=0 \
         cfm.first.tlv.offset=32 cfm.odm.dmm.dmr.txtimestampf=0000000000000001 \
         cfm.odm.dmm.dmr.rxtimestampf=0000000000000002 \
         cfm.dmm.dmr.txtimestampb=0000000000000003 cfm.dmm.dmr.rxtimestampb=0000000000000004 \
         cfm.tlv.type=0",
    );
    check(
        "a03700100001000200000003000000040000000500",
        "cfm.md.level=5 cfm.version=0 cfm.opcode=55 cfm.flags=0 cfm.flags.reserved=0 \
         cfm.first.tlv.offset=16 cfm.slm.src_mep_id=1 cfm.slr.rsp_mep_id=2 \
         cfm.slm.test_id=00000003 cfm.slm.txfcf=4 cfm.slr.txfcb=5 cfm.tlv.type=0",
    );
    check(
        "a00104460000000700090206020000000001000503020102000000000000000000000000000000000000\
         00000000000000000000000000000000000000000000000000000000000000001f00060080c205010263\
         00027a7a00",
        "cfm.md.level=5 cfm.version=0 cfm.opcode=1 cfm.flags=4 cfm.flags.rdi=0 \
         cfm.flags.ccm.reserved=0 cfm.flags.interval=4 cfm.first.tlv.offset=70 \
         cfm.ccm.seq.num=7 cfm.ccm.ma.ep.id=9 cfm.maid.md.name.format=2 \
         cfm.maid.md.name.length=6 cfm.maid.md.name.string=\\u{2} cfm.maid.ma.name.format=0 \
         cfm.maid.ma.name.length=5 cfm.maid.ma.name.hex=0302010200 cfm.itu.txfcf=00000000 \
         cfm.itu.rxfcb=00000000 cfm.itu.txfcb=00000000 cfm.itu.reserved=00000000 \
         cfm.tlv.type=31 cfm.tlv.length=6 cfm.tlv.org.spec.oui=32962 \
         cfm.tlv.org.spec.subtype=05 cfm.tlv.org.spec.value=0102 cfm.tlv.type=99 \
         cfm.tlv.length=2 cfm.tlv.type=0",
    );
    check(
        "a00104460000000700090208020000000001000501020102000000000000000000000000000000000000\
         000000000000000000000000000000000000000000000000000000000000000001000f06040200000000\
         020201020301020300",
        "cfm.md.level=5 cfm.version=0 cfm.opcode=1 cfm.flags=4 cfm.flags.rdi=0 \
         cfm.flags.ccm.reserved=0 cfm.flags.interval=4 cfm.first.tlv.offset=70 \
         cfm.ccm.seq.num=7 cfm.ccm.ma.ep.id=9 cfm.maid.md.name.format=2 \
         cfm.maid.md.name.length=8 cfm.maid.md.name.string=\\u{2} cfm.maid.ma.name.format=1 \
         cfm.maid.ma.name.length=2 cfm.maid.ma.name.hex=0102 cfm.itu.txfcf=00000000 \
         cfm.itu.rxfcb=00000000 cfm.itu.txfcb=00000000 cfm.itu.reserved=00000000 \
         cfm.tlv.type=1 cfm.tlv.length=15 cfm.tlv.chassis.id.length=6 \
         cfm.tlv.chassis.id.subtype=4 cfm.tlv.chassis.id=020000000002 \
         cfm.tlv.ma.domain.length=2 cfm.tlv.ma.domain=0102 cfm.tlv.management.addr.length=3 \
         cfm.tlv.management.addr=010203 cfm.tlv.type=0",
    );
}

#[test]
fn an_offset_behind_the_end_gives_what_is_there() {
    let cfm = Cfm::parse(b"\x20\x01\x04\x46\0\0\0\x07\0\x09\x04").unwrap();
    assert_eq!((cfm.body.len(), cfm.shape().payload_len), (7, 63));
    assert!(cfm.to_string().ends_with("cfm.ccm.ma.ep.id=9 cfm.maid.md.name.format=4"));
    assert_eq!(cfm.tlvs().next(), None);
}

#[test]
fn a_tlv_behind_the_end_is_an_error() {
    let cfm = Cfm::parse(b"\0\x03\0\x04\0\0\0\x05\x02\0\x01\x02\x03\0\x09x").unwrap();
    let truncated = Malformed::Truncated { need: 12, have: 4 };
    assert_eq!(cfm.tlvs().collect::<Vec<_>>(), [Ok(CfmTlv::PortStatus(2)), Err(truncated)]);
}

#[test]
fn a_built_message_is_read() {
    let tlvs = [CfmTlv::InterfaceStatus(1), CfmTlv::End];
    let header = CfmHeader { opcode: CfmOpcode::LBM.0, ..CfmHeader::default() };
    let cfm = CfmBuilder { header, body: &[0, 0, 0, 9], tlvs: &tlvs };
    let mut out = Vec::new();
    serialize_layers(&mut out, Fix::all(), &[&EthernetHeader::default(), &cfm], b"").unwrap();
    let decoder = Decoder::default();
    let packet = decoder.decode(LinkType::ETHERNET, &out);
    let read = packet.get::<Cfm<'_>>().unwrap();
    assert_eq!((read.header.first_tlv_offset, read.body), (4, &[0, 0, 0, 9][..]));
    assert_eq!(read.tlvs().collect::<Result<Vec<_>, _>>().as_deref(), Ok(&tlvs[..]));
}

proptest! {
    #[test]
    fn any_bytes_end(tail: Vec<u8>, opcode: u8, offset: u8) {
        let bytes = [&[0, opcode, 0, offset][..], &tail].concat();
        let cfm = Cfm::parse(&bytes).unwrap();
        prop_assert!(cfm.tlvs().count() <= bytes.len());
        let _ = cfm.to_string();
    }
}
