//! Tests of PTP messages.

use proptest::prelude::*;

use super::*;
use crate::layers::from_hex;
use crate::{Decoder, EthernetHeader, Fix, LinkType, serialize_layers};

mod management;

// tcpdump, ptp_ethernet.pcap, packet 1, from byte 14
layer_tests! {
    sample: Ptp *b"\0\x02\0\x2c\0\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\x74\x83\xef\xff\xff\x01\xac\x16\
        \x01\x12\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    fields: "ptp.v2.majorsdoid=0 ptp.v2.messagetype=0 ptp.v2.minorversionptp=0 \
        ptp.v2.versionptp=2 ptp.v2.messagelength=44 ptp.v2.domainnumber=0 ptp.v2.minorsdoid=0 \
        ptp.v2.flags=512 ptp.v2.flags.security=0 ptp.v2.flags.specific2=0 \
        ptp.v2.flags.specific1=0 ptp.v2.flags.unicast=0 ptp.v2.flags.twostep=1 \
        ptp.v2.flags.alternatemaster=0 ptp.v2.flags.synchronizationUncertain=0 \
        ptp.v2.flags.frequencytraceable=0 ptp.v2.flags.timetraceable=0 \
        ptp.v2.flags.timescale=0 ptp.v2.flags.utcreasonable=0 ptp.v2.flags.li59=0 \
        ptp.v2.flags.li61=0 ptp.v2.correction.ns=0 ptp.v2.correction.subns=0 \
        ptp.v2.messagetypespecific=0 ptp.v2.clockidentity=8395818013122735126 \
        ptp.v2.sourceportid=274 ptp.v2.sequenceid=0 ptp.v2.controlfield=0 \
        ptp.v2.logmessageperiod=0 ptp.v2.sdr.origintimestamp.seconds=0 \
        ptp.v2.sdr.origintimestamp.nanoseconds=0";
    edit: PtpHeader, |header| header.sequence_id.set(9);
    bad: [1 = 1 => "version" 1, 3 = 33 => "message length" 33];
}

/// The body of a message in hexadecimal digits, as tshark 4.0.17 shows it: first the byte of
/// standard and message type, then the upper byte of the flags.
#[track_caller]
fn check(kind: &str, flags: &str, body: &str, expected: &str) {
    let length = 34 + body.len() / 2;
    let header = format!(
        "{kind}12{length:04x}0005{flags}00000000000002800001020304\
        000102030405060700010007 00fd"
    );
    let bytes = from_hex(&[&header, body].concat());
    let ptp = Ptp::parse(&bytes).unwrap();
    let text = ptp.to_string();
    let (_, found) = text.split_once("ptp.v2.logmessageperiod=-3 ").unwrap();
    assert_eq!(found, expected);
    // What was understood is written as it was.
    let (message, tlvs) = (ptp.message(), ptp.tlvs().map_while(Result::ok).collect::<Vec<_>>());
    let mut out = Vec::new();
    PtpBuilder { header: *ptp.header, message, tlvs: &tlvs }.encode(&mut out).unwrap();
    assert_eq!(out, bytes);
}

#[test]
#[allow(clippy::too_many_lines, reason = "a list of cases")]
fn messages_are_read_as_tshark_does() {
    check(
        "00",
        "02",
        "00000000000500000006",
        "ptp.v2.sdr.origintimestamp.seconds=5 ptp.v2.sdr.origintimestamp.nanoseconds=6",
    );
    check(
        "01",
        "02",
        "00000000000500000006",
        "ptp.v2.sdr.origintimestamp.seconds=5 ptp.v2.sdr.origintimestamp.nanoseconds=6",
    );
    check(
        "02",
        "02",
        "0000000000050000000600000000000000000000",
        "ptp.v2.pdrq.origintimestamp.seconds=5 ptp.v2.pdrq.origintimestamp.nanoseconds=6",
    );
    check(
        "03",
        "02",
        "000000000005000000060a0b0c0d0e0f10110002",
        "ptp.v2.pdrs.requestreceipttimestamp.seconds=5 \
         ptp.v2.pdrs.requestreceipttimestamp.nanoseconds=6 \
         ptp.v2.pdrs.requestingportidentity=723685415333072913 \
         ptp.v2.pdrs.requestingsourceportid=2",
    );
    check(
        "08",
        "02",
        "00000000000500000006",
        "ptp.v2.fu.preciseorigintimestamp.seconds=5 \
         ptp.v2.fu.preciseorigintimestamp.nanoseconds=6",
    );
    check(
        "09",
        "02",
        "000000000005000000060a0b0c0d0e0f10110002",
        "ptp.v2.dr.receivetimestamp.seconds=5 ptp.v2.dr.receivetimestamp.nanoseconds=6 \
         ptp.v2.dr.requestingsourceportidentity=723685415333072913 \
         ptp.v2.dr.requestingsourceportid=2",
    );
    check(
        "0a",
        "02",
        "000000000005000000060a0b0c0d0e0f10110002",
        "ptp.v2.pdfu.responseorigintimestamp.seconds=5 \
         ptp.v2.pdfu.responseorigintimestamp.nanoseconds=6 \
         ptp.v2.pdfu.requestingportidentity=723685415333072913 \
         ptp.v2.pdfu.requestingsourceportid=2",
    );
    check(
        "0b",
        "02",
        "00010000000200000003ffdb0080f8fe4e5d7f11223344556677880001a0",
        "ptp.v2.an.origintimestamp.seconds=4294967298 ptp.v2.an.origintimestamp.nanoseconds=3 \
         ptp.v2.an.origincurrentutcoffset=-37 ptp.v2.an.priority1=128 \
         ptp.v2.an.grandmasterclockclass=248 ptp.v2.an.grandmasterclockaccuracy=254 \
         ptp.v2.an.grandmasterclockvariance=20061 ptp.v2.an.priority2=127 \
         ptp.v2.an.grandmasterclockidentity=1234605616436508552 ptp.v2.an.localstepsremoved=1 \
         ptp.v2.timesource=160",
    );
    check(
        "0b",
        "02",
        "00010000000200000003ffdb0080f8fe4e5d7f11223344556677880001a0000800100000000000000001\
         00000000000000020009001401fffffffe000000030000000000040355544300000300080080c2000001\
         0102200400027a7a",
        "ptp.v2.an.origintimestamp.seconds=4294967298 ptp.v2.an.origintimestamp.nanoseconds=3 \
         ptp.v2.an.origincurrentutcoffset=-37 ptp.v2.an.priority1=128 \
         ptp.v2.an.grandmasterclockclass=248 ptp.v2.an.grandmasterclockaccuracy=254 \
         ptp.v2.an.grandmasterclockvariance=20061 ptp.v2.an.priority2=127 \
         ptp.v2.an.grandmasterclockidentity=1234605616436508552 ptp.v2.an.localstepsremoved=1 \
         ptp.v2.timesource=160 ptp.v2.an.tlvType=8 ptp.v2.an.lengthField=16 \
         ptp.v2.an.pathsequence=1 ptp.v2.an.pathsequence=2 ptp.v2.an.tlvType=9 \
         ptp.v2.an.lengthField=20 ptp.v2.an.atoi.keyField=1 ptp.v2.an.atoi.currentOffset=-2 \
         ptp.v2.an.atoi.jumpSeconds=3 ptp.v2.an.atoi.timeOfNextJump=000000000004 \
         ptp.v2.an.atoi.displayName.length=3 ptp.v2.an.atoi.displayName=UTC \
         ptp.v2.an.tlvType=3 ptp.v2.an.lengthField=8 ptp.v2.an.oe.organizationId=32962 \
         ptp.v2.an.oe.organizationSubType=1 ptp.v2.an.oe.dataField=0102 ptp.v2.an.tlvType=8196 \
         ptp.v2.an.lengthField=2 ptp.v2.an.tlv.data=7a7a",
    );
    check(
        "0c",
        "02",
        "0a0b0c0d0e0f1011000200040006b0fe0000012c0005000800010000012c000100060002b00000070002\
         b0000003000c0080c200000201020304000000030008aabbcc0000020102",
        "ptp.v2.sig.targetportidentity=723685415333072913 ptp.v2.sig.targetportid=2 \
         ptp.v2.sig.tlv.tlvType=4 ptp.v2.sig.tlv.lengthField=6 ptp.v2.sig.tlv.messageType=11 \
         ptp.v2.sig.tlv.logInterMessagePeriod=-2 \
         ptp.v2.sig.tlv.logInterMessagePeriod.period=-2 \
         ptp.v2.sig.tlv.logInterMessagePeriod.rate=-2 ptp.v2.sig.tlv.durationField=300 \
         ptp.v2.sig.tlv.tlvType=5 ptp.v2.sig.tlv.lengthField=8 ptp.v2.sig.tlv.messageType=0 \
         ptp.v2.sig.tlv.logInterMessagePeriod=1 ptp.v2.sig.tlv.logInterMessagePeriod.period=1 \
         ptp.v2.sig.tlv.logInterMessagePeriod.rate=1 ptp.v2.sig.tlv.durationField=300 \
         ptp.v2.sig.tlv.renewalInvited=1 ptp.v2.sig.tlv.tlvType=6 ptp.v2.sig.tlv.lengthField=2 \
         ptp.v2.sig.tlv.messageType=11 ptp.v2.sig.tlv.tlvType=7 ptp.v2.sig.tlv.lengthField=2 \
         ptp.v2.sig.tlv.messageType=11 ptp.v2.sig.tlv.tlvType=3 ptp.v2.sig.tlv.lengthField=12 \
         ptp.v2.an.oe.organizationId=32962 ptp.v2.an.oe.organizationSubType=2 \
         ptp.v2.sig.tlv.tlvType=3 ptp.v2.sig.tlv.lengthField=8 \
         ptp.v2.an.oe.organizationId=11189196 ptp.v2.an.oe.organizationSubType=2",
    );
    check(
        "0d",
        "02",
        "0a0b0c0d0e0f10110002010202000002000c000120010000000003657272",
        "ptp.v2.mm.targetportidentity=723685415333072913 ptp.v2.mm.targetportid=2 \
         ptp.v2.mm.startingboundaryhops=1 ptp.v2.mm.boundaryhops=2 ptp.v2.mm.action=2 \
         ptp.v2.mm.tlvType=2 ptp.v2.mm.lengthField=12 ptp.v2.mm.managementErrorId=1 \
         ptp.v2.mm.managementId=8193 ptp.v2.mm.reserved=00000000 \
         ptp.v2.mm.displayData.length=3 ptp.v2.mm.displayData=err",
    );
    check("10", "02", "00000000000500000006", "ptp.v2.sync.reserved=00000000000500000006");
    check(
        "18",
        "02",
        "000000000005000000060003001c0080c200000100000001000200000000000000000000000900000003",
        "ptp.v2.fu.preciseorigintimestamp.seconds=5 \
         ptp.v2.fu.preciseorigintimestamp.nanoseconds=6 ptp.as.fu.tlvType=3 \
         ptp.as.fu.lengthField=28 ptp.as.fu.organizationId=32962 \
         ptp.as.fu.organizationSubType=1 ptp.as.fu.cumulativeScaledRateOffset=1 \
         ptp.as.fu.gmTimeBaseIndicator=2 ptp.as.fu.lastGmPhaseChange=000000000000000000000009 \
         ptp.as.fu.scaledLastGmFreqChange=3",
    );
    check(
        "1c",
        "02",
        "0a0b0c0d0e0f101100020003000c0080c200000201ff03060000",
        "ptp.v2.sig.targetportidentity=723685415333072913 ptp.v2.sig.targetportid=2 \
         ptp.as.sig.tlvType=3 ptp.as.sig.lengthField=12 ptp.as.sig.tlv.organizationId=32962 \
         ptp.as.sig.tlv.organizationSubType=2 ptp.as.sig.tlv.linkdelayinterval=1 \
         ptp.as.sig.tlv.timesyncinterval=-1 ptp.as.sig.tlv.announceinterval=3 \
         ptp.as.sig.tlv.flags=6 ptp.as.sig.tlv.flags.rateratio=1 \
         ptp.as.sig.tlv.flags.meanlinkdelay=1 ptp.as.sig.tlv.flags.stepreceivecapable=0",
    );
}

#[test]
fn a_correction_below_zero_is_shown_as_tshark_does() {
    let header = PtpHeader { correction: (-0x1_8000_i64).into(), ..PtpHeader::default() };
    let mut out = Vec::new();
    let ptp = PtpBuilder { header, ..Default::default() };
    serialize_layers(&mut out, Fix::all(), &[&ptp], b"").unwrap();
    let text = Ptp::parse(&out).unwrap().to_string();
    assert!(text.contains("correction.ns=18446744073709551614 ptp.v2.correction.subns=0.5"));
}

#[test]
fn a_message_cut_short_gives_what_is_there() {
    let mut bytes = TEMPLATE[..40].to_vec();
    bytes[0] = 0x0b;
    let ptp = Ptp::parse(&bytes).unwrap();
    assert_eq!(ptp.message(), PtpMessage::Other(PtpMessageType::ANNOUNCE));
    assert_eq!((ptp.shape().header_len, ptp.shape().payload_len), (40, 4));
    assert!(ptp.to_string().ends_with("ptp.v2.an.origintimestamp.seconds=0"));
}

#[test]
fn a_built_message_is_read() {
    let mut time = PtpTimestamp { nanoseconds: 7.into(), ..Default::default() };
    time.set_seconds(0x1_0000_0002);
    let message = PtpMessage::PeerDelayResponse(time, PtpPortIdentity::default());
    let tlvs = [PtpTlv { tlv_type: 8, data: &[1; 8] }];
    let ptp = PtpBuilder { header: PtpHeader::default(), message, tlvs: &tlvs };
    let mut out = Vec::new();
    serialize_layers(&mut out, Fix::all(), &[&EthernetHeader::default(), &ptp], b"").unwrap();
    let decoder = Decoder::default();
    let packet = decoder.decode(LinkType::ETHERNET, &out);
    let read = packet.get::<Ptp<'_>>().unwrap();
    assert_eq!((read.message(), read.header.message_length.get()), (message, 66));
    assert_eq!(read.tlvs().collect::<Vec<_>>(), [Ok(tlvs[0])]);
    assert_eq!(time.seconds(), 0x1_0000_0002);
}

proptest! {
    #[test]
    fn any_bytes_end(tail: Vec<u8>, kind: u8) {
        let mut bytes = [&TEMPLATE[..34], &tail].concat();
        (bytes[0], bytes[2], bytes[3]) = (kind, 0xff, 0xff);
        let ptp = Ptp::parse(&bytes).unwrap();
        prop_assert!(ptp.tlvs().count() <= bytes.len());
        let _ = (ptp.to_string(), ptp.message());
    }
}
