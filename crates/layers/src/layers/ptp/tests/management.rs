//! Management messages, with what tshark shows of them.

use super::*;

#[test]
#[allow(clippy::too_many_lines, reason = "a list of cases")]
fn management_is_read_as_tshark_does() {
    check(
        "0d",
        "02",
        "0a0b0c0d0e0f10110002010202000001003e000180000a49454545203830322e33000602000000000100\
         0100040a00000100037f000870726f643b783b7905313b323b330475736572001b1900010000",
        "ptp.v2.mm.targetportidentity=723685415333072913 ptp.v2.mm.targetportid=2 \
         ptp.v2.mm.startingboundaryhops=1 ptp.v2.mm.boundaryhops=2 ptp.v2.mm.action=2 \
         ptp.v2.mm.tlvType=1 ptp.v2.mm.lengthField=62 ptp.v2.mm.managementId=1 \
         ptp.v2.mm.data=80000a49454545203830322e330006020000000001000100040a00000100037f000870726f643b783b7905313b323b330475736572001b1900010000 \
         ptp.v2.mm.clockType=32768 ptp.v2.mm.clockType.OC=1 ptp.v2.mm.clockType.BC=0 \
         ptp.v2.mm.clockType.p2p_TC=0 ptp.v2.mm.clockType.e2e_TC=0 ptp.v2.mm.clockType.MM=0 \
         ptp.v2.mm.clockType.reserved=0 ptp.v2.mm.physicalLayerProtocol.length=10 \
         ptp.v2.mm.physicalLayerProtocol=IEEE 802.3 ptp.v2.mm.physicalAddressLength=6 \
         ptp.v2.mm.physicalAddress=020000000001 \
         ptp.v2.mm.networkProtocol=1 ptp.v2.mm.protocolAddress.length=4 \
         ptp.v2.mm.protocolAddress=0a000001 ptp.v2.mm.manufacturerIdentity=00037f \
         ptp.v2.mm.reserved=00 ptp.v2.mm.productDescription.length=8 \
         ptp.v2.mm.productDescription=prod;x;y ptp.v2.mm.revisionData.length=5 \
         ptp.v2.mm.revisionData=1;2;3 ptp.v2.mm.userDescription.length=4 \
         ptp.v2.mm.userDescription=user ptp.v2.mm.profileIdentity=001b19000100 \
         ptp.v2.mm.pad=00",
    );
    check(
        "0d",
        "02",
        "0a0b0c0d0e0f10110002010202000001000400050001",
        "ptp.v2.mm.targetportidentity=723685415333072913 ptp.v2.mm.targetportid=2 \
         ptp.v2.mm.startingboundaryhops=1 ptp.v2.mm.boundaryhops=2 ptp.v2.mm.action=2 \
         ptp.v2.mm.tlvType=1 ptp.v2.mm.lengthField=4 ptp.v2.mm.managementId=5 \
         ptp.v2.mm.data=0001 ptp.v2.mm.initializationKey=1",
    );
    check(
        "0d",
        "02",
        "0a0b0c0d0e0f1011000201020200000100142001000300000000000180000000000000028000",
        "ptp.v2.mm.targetportidentity=723685415333072913 ptp.v2.mm.targetportid=2 \
         ptp.v2.mm.startingboundaryhops=1 ptp.v2.mm.boundaryhops=2 ptp.v2.mm.action=2 \
         ptp.v2.mm.tlvType=1 ptp.v2.mm.lengthField=20 ptp.v2.mm.managementId=8193 \
         ptp.v2.mm.data=000300000000000180000000000000028000 ptp.v2.mm.stepsRemoved=3 \
         ptp.v2.mm.offset.ns=1 ptp.v2.mm.offset.subns=0.5 ptp.v2.mm.pathDelay.ns=2 \
         ptp.v2.mm.pathDelay.subns=0.5",
    );
    check(
        "0d",
        "02",
        "0a0b0c0d0e0f1011000201020200000100222002000102030405060700010100ffff0000000564f8fe12\
         34800001020304050607",
        "ptp.v2.mm.targetportidentity=723685415333072913 ptp.v2.mm.targetportid=2 \
         ptp.v2.mm.startingboundaryhops=1 ptp.v2.mm.boundaryhops=2 ptp.v2.mm.action=2 \
         ptp.v2.mm.tlvType=1 ptp.v2.mm.lengthField=34 ptp.v2.mm.managementId=8194 \
         ptp.v2.mm.data=000102030405060700010100ffff0000000564f8fe1234800001020304050607 \
         ptp.v2.mm.parentclockidentity=283686952306183 ptp.v2.mm.parentsourceportid=1 \
         ptp.v2.mm.parentstats=1 ptp.v2.mm.reserved=00 \
         ptp.v2.mm.observedParentOffsetScaledLogVariance=65535 \
         ptp.v2.mm.observedParentClockPhaseChangeRate=5 ptp.v2.mm.grandmasterPriority1=100 \
         ptp.v2.mm.grandmasterclockclass=248 ptp.v2.mm.grandmasterclockaccuracy=254 \
         ptp.v2.mm.grandmasterclockvariance=4660 ptp.v2.mm.grandmasterPriority2=128 \
         ptp.v2.mm.grandmasterclockidentity=283686952306183",
    );
    check(
        "0d",
        "02",
        "0a0b0c0d0e0f101100020102020000010006200300253fa0",
        "ptp.v2.mm.targetportidentity=723685415333072913 ptp.v2.mm.targetportid=2 \
         ptp.v2.mm.startingboundaryhops=1 ptp.v2.mm.boundaryhops=2 ptp.v2.mm.action=2 \
         ptp.v2.mm.tlvType=1 ptp.v2.mm.lengthField=6 ptp.v2.mm.managementId=8195 \
         ptp.v2.mm.data=00253fa0 ptp.v2.mm.currentutcoffset=37 ptp.v2.mm.li61=1 \
         ptp.v2.mm.li59=1 ptp.v2.mm.CurrentUTCOffsetValid=1 ptp.v2.mm.ptptimescale=1 \
         ptp.v2.mm.timeTraceable=1 ptp.v2.mm.frequencyTraceable=1 ptp.v2.mm.timesource=160",
    );
    check(
        "0d",
        "02",
        "0a0b0c0d0e0f10110002010202000001001c200400010203040506070001060000000000000180000103\
         ff01fe02",
        "ptp.v2.mm.targetportidentity=723685415333072913 ptp.v2.mm.targetportid=2 \
         ptp.v2.mm.startingboundaryhops=1 ptp.v2.mm.boundaryhops=2 ptp.v2.mm.action=2 \
         ptp.v2.mm.tlvType=1 ptp.v2.mm.lengthField=28 ptp.v2.mm.managementId=8196 \
         ptp.v2.mm.data=00010203040506070001060000000000000180000103ff01fe02 \
         ptp.v2.mm.clockidentity=283686952306183 ptp.v2.mm.PortNumber=1 ptp.v2.mm.portState=6 \
         ptp.v2.mm.logMinDelayReqInterval=0 ptp.v2.mm.peerMeanPathDelay.ns=1 \
         ptp.v2.mm.peerMeanPathDelay.subns=0.5 ptp.v2.mm.logAnnounceInterval=1 \
         ptp.v2.mm.announceReceiptTimeout=3 ptp.v2.mm.logSyncInterval=-1 \
         ptp.v2.mm.delayMechanism=1 ptp.v2.mm.logMinPdelayReqInterval=-2 \
         ptp.v2.mm.versionNumber=2",
    );
    check(
        "0d",
        "02",
        "0a0b0c0d0e0f10110002010202000001000420056400",
        "ptp.v2.mm.targetportidentity=723685415333072913 ptp.v2.mm.targetportid=2 \
         ptp.v2.mm.startingboundaryhops=1 ptp.v2.mm.boundaryhops=2 ptp.v2.mm.action=2 \
         ptp.v2.mm.tlvType=1 ptp.v2.mm.lengthField=4 ptp.v2.mm.managementId=8197 \
         ptp.v2.mm.data=6400 ptp.v2.mm.priority1=100 ptp.v2.mm.reserved=00",
    );
    check(
        "0d",
        "02",
        "0a0b0c0d0e0f10110002010202000001000420070500",
        "ptp.v2.mm.targetportidentity=723685415333072913 ptp.v2.mm.targetportid=2 \
         ptp.v2.mm.startingboundaryhops=1 ptp.v2.mm.boundaryhops=2 ptp.v2.mm.action=2 \
         ptp.v2.mm.tlvType=1 ptp.v2.mm.lengthField=4 ptp.v2.mm.managementId=8199 \
         ptp.v2.mm.data=0500 ptp.v2.mm.domainNumber=5 ptp.v2.mm.reserved=00",
    );
    check(
        "0d",
        "02",
        "0a0b0c0d0e0f101100020102020000010004200a0300",
        "ptp.v2.mm.targetportidentity=723685415333072913 ptp.v2.mm.targetportid=2 \
         ptp.v2.mm.startingboundaryhops=1 ptp.v2.mm.boundaryhops=2 ptp.v2.mm.action=2 \
         ptp.v2.mm.tlvType=1 ptp.v2.mm.lengthField=4 ptp.v2.mm.managementId=8202 \
         ptp.v2.mm.data=0300 ptp.v2.mm.announceReceiptTimeout=3 ptp.v2.mm.reserved=00",
    );
    check(
        "0d",
        "02",
        "0a0b0c0d0e0f101100020102020000010004200bff00",
        "ptp.v2.mm.targetportidentity=723685415333072913 ptp.v2.mm.targetportid=2 \
         ptp.v2.mm.startingboundaryhops=1 ptp.v2.mm.boundaryhops=2 ptp.v2.mm.action=2 \
         ptp.v2.mm.tlvType=1 ptp.v2.mm.lengthField=4 ptp.v2.mm.managementId=8203 \
         ptp.v2.mm.data=ff00 ptp.v2.mm.logSyncInterval=-1 ptp.v2.mm.reserved=00",
    );
    check(
        "0d",
        "02",
        "0a0b0c0d0e0f101100020102020000010004200c0200",
        "ptp.v2.mm.targetportidentity=723685415333072913 ptp.v2.mm.targetportid=2 \
         ptp.v2.mm.startingboundaryhops=1 ptp.v2.mm.boundaryhops=2 ptp.v2.mm.action=2 \
         ptp.v2.mm.tlvType=1 ptp.v2.mm.lengthField=4 ptp.v2.mm.managementId=8204 \
         ptp.v2.mm.data=0200 ptp.v2.mm.versionNumber=2 ptp.v2.mm.reserved=00",
    );
    check(
        "0d",
        "02",
        "0a0b0c0d0e0f10110002010202000001000c200f00000000000500000006",
        "ptp.v2.mm.targetportidentity=723685415333072913 ptp.v2.mm.targetportid=2 \
         ptp.v2.mm.startingboundaryhops=1 ptp.v2.mm.boundaryhops=2 ptp.v2.mm.action=2 \
         ptp.v2.mm.tlvType=1 ptp.v2.mm.lengthField=12 ptp.v2.mm.managementId=8207 \
         ptp.v2.mm.data=00000000000500000006 ptp.v2.mm.currentTime.seconds=5 \
         ptp.v2.mm.currentTime.nanoseconds=6",
    );
    check(
        "0d",
        "02",
        "0a0b0c0d0e0f1011000201020200000100042010fe00",
        "ptp.v2.mm.targetportidentity=723685415333072913 ptp.v2.mm.targetportid=2 \
         ptp.v2.mm.startingboundaryhops=1 ptp.v2.mm.boundaryhops=2 ptp.v2.mm.action=2 \
         ptp.v2.mm.tlvType=1 ptp.v2.mm.lengthField=4 ptp.v2.mm.managementId=8208 \
         ptp.v2.mm.data=fe00 ptp.v2.mm.clockaccuracy=254 ptp.v2.mm.reserved=00",
    );
    check(
        "0d",
        "02",
        "0a0b0c0d0e0f101100020102020000010006201100250700",
        "ptp.v2.mm.targetportidentity=723685415333072913 ptp.v2.mm.targetportid=2 \
         ptp.v2.mm.startingboundaryhops=1 ptp.v2.mm.boundaryhops=2 ptp.v2.mm.action=2 \
         ptp.v2.mm.tlvType=1 ptp.v2.mm.lengthField=6 ptp.v2.mm.managementId=8209 \
         ptp.v2.mm.data=00250700 ptp.v2.mm.currentutcoffset=37 ptp.v2.mm.li61=1 \
         ptp.v2.mm.li59=1 ptp.v2.mm.CurrentUTCOffsetValid=1 ptp.v2.mm.reserved=00",
    );
    check(
        "0d",
        "02",
        "0a0b0c0d0e0f10110002010202000001000420123000",
        "ptp.v2.mm.targetportidentity=723685415333072913 ptp.v2.mm.targetportid=2 \
         ptp.v2.mm.startingboundaryhops=1 ptp.v2.mm.boundaryhops=2 ptp.v2.mm.action=2 \
         ptp.v2.mm.tlvType=1 ptp.v2.mm.lengthField=4 ptp.v2.mm.managementId=8210 \
         ptp.v2.mm.data=3000 ptp.v2.mm.timeTraceable=1 ptp.v2.mm.frequencyTraceable=1 \
         ptp.v2.mm.reserved=00",
    );
    check(
        "0d",
        "02",
        "0a0b0c0d0e0f101100020102020000010004201308a0",
        "ptp.v2.mm.targetportidentity=723685415333072913 ptp.v2.mm.targetportid=2 \
         ptp.v2.mm.startingboundaryhops=1 ptp.v2.mm.boundaryhops=2 ptp.v2.mm.action=2 \
         ptp.v2.mm.tlvType=1 ptp.v2.mm.lengthField=4 ptp.v2.mm.managementId=8211 \
         ptp.v2.mm.data=08a0 ptp.v2.mm.ptptimescale=1 ptp.v2.mm.timesource=160",
    );
    check(
        "0d",
        "02",
        "0a0b0c0d0e0f10110002010202000001000420140100",
        "ptp.v2.mm.targetportidentity=723685415333072913 ptp.v2.mm.targetportid=2 \
         ptp.v2.mm.startingboundaryhops=1 ptp.v2.mm.boundaryhops=2 ptp.v2.mm.action=2 \
         ptp.v2.mm.tlvType=1 ptp.v2.mm.lengthField=4 ptp.v2.mm.managementId=8212 \
         ptp.v2.mm.data=0100 ptp.v2.mm.unicastEnable=1 ptp.v2.mm.reserved=00",
    );
    check(
        "0d",
        "02",
        "0a0b0c0d0e0f10110002010202000001000420160100",
        "ptp.v2.mm.targetportidentity=723685415333072913 ptp.v2.mm.targetportid=2 \
         ptp.v2.mm.startingboundaryhops=1 ptp.v2.mm.boundaryhops=2 ptp.v2.mm.action=2 \
         ptp.v2.mm.tlvType=1 ptp.v2.mm.lengthField=4 ptp.v2.mm.managementId=8214 \
         ptp.v2.mm.data=0100 ptp.v2.mm.pathTraceEnable=1 ptp.v2.mm.reserved=00",
    );
    check(
        "0d",
        "02",
        "0a0b0c0d0e0f10110002010202000001000e4000000102030405060700030102",
        "ptp.v2.mm.targetportidentity=723685415333072913 ptp.v2.mm.targetportid=2 \
         ptp.v2.mm.startingboundaryhops=1 ptp.v2.mm.boundaryhops=2 ptp.v2.mm.action=2 \
         ptp.v2.mm.tlvType=1 ptp.v2.mm.lengthField=14 ptp.v2.mm.managementId=16384 \
         ptp.v2.mm.data=000102030405060700030102 ptp.v2.mm.clockidentity=283686952306183 \
         ptp.v2.mm.numberPorts=3 ptp.v2.mm.delayMechanism=1 ptp.v2.mm.primaryDomain=2",
    );
    check(
        "0d",
        "02",
        "0a0b0c0d0e0f10110002010202000001001640010001020304050607000101ff0000000000018000",
        "ptp.v2.mm.targetportidentity=723685415333072913 ptp.v2.mm.targetportid=2 \
         ptp.v2.mm.startingboundaryhops=1 ptp.v2.mm.boundaryhops=2 ptp.v2.mm.action=2 \
         ptp.v2.mm.tlvType=1 ptp.v2.mm.lengthField=22 ptp.v2.mm.managementId=16385 \
         ptp.v2.mm.data=0001020304050607000101ff0000000000018000 \
         ptp.v2.mm.clockidentity=283686952306183 ptp.v2.mm.PortNumber=1 ptp.v2.mm.faultyFlag=1 \
         ptp.v2.mm.logMinPdelayReqInterval=-1 ptp.v2.mm.peerMeanPathDelay.ns=1 \
         ptp.v2.mm.peerMeanPathDelay.subns=0.5",
    );
    check(
        "0d",
        "02",
        "0a0b0c0d0e0f10110002010202000001000460000200",
        "ptp.v2.mm.targetportidentity=723685415333072913 ptp.v2.mm.targetportid=2 \
         ptp.v2.mm.startingboundaryhops=1 ptp.v2.mm.boundaryhops=2 ptp.v2.mm.action=2 \
         ptp.v2.mm.tlvType=1 ptp.v2.mm.lengthField=4 ptp.v2.mm.managementId=24576 \
         ptp.v2.mm.data=0200 ptp.v2.mm.delayMechanism=2 ptp.v2.mm.reserved=00",
    );
    check(
        "0d",
        "02",
        "0a0b0c0d0e0f1011000201020200000100046001fe00",
        "ptp.v2.mm.targetportidentity=723685415333072913 ptp.v2.mm.targetportid=2 \
         ptp.v2.mm.startingboundaryhops=1 ptp.v2.mm.boundaryhops=2 ptp.v2.mm.action=2 \
         ptp.v2.mm.tlvType=1 ptp.v2.mm.lengthField=4 ptp.v2.mm.managementId=24577 \
         ptp.v2.mm.data=fe00 ptp.v2.mm.logMinPdelayReqInterval=-2 ptp.v2.mm.reserved=00",
    );
    check(
        "0d",
        "02",
        "0a0b0c0d0e0f10110002010202000001000a20150001020304050607",
        "ptp.v2.mm.targetportidentity=723685415333072913 ptp.v2.mm.targetportid=2 \
         ptp.v2.mm.startingboundaryhops=1 ptp.v2.mm.boundaryhops=2 ptp.v2.mm.action=2 \
         ptp.v2.mm.tlvType=1 ptp.v2.mm.lengthField=10 ptp.v2.mm.managementId=8213 \
         ptp.v2.mm.data=0001020304050607 ptp.v2.mm.clockidentity=283686952306183",
    );
    check(
        "0d",
        "02",
        "0a0b0c0d0e0f101100020102020000010012202101000000010000000200000003000400",
        "ptp.v2.mm.targetportidentity=723685415333072913 ptp.v2.mm.targetportid=2 \
         ptp.v2.mm.startingboundaryhops=1 ptp.v2.mm.boundaryhops=2 ptp.v2.mm.action=2 \
         ptp.v2.mm.tlvType=1 ptp.v2.mm.lengthField=18 ptp.v2.mm.managementId=8225 \
         ptp.v2.mm.data=01000000010000000200000003000400 ptp.v2.mm.keyField=1 \
         ptp.v2.mm.currentOffset=1 ptp.v2.mm.jumpSeconds=2 ptp.v2.mm.nextjumpSeconds=196612 \
         ptp.v2.mm.reserved=00",
    );
    check(
        "0d",
        "02",
        "0a0b0c0d0e0f101100020102020000010006201d0105ff00",
        "ptp.v2.mm.targetportidentity=723685415333072913 ptp.v2.mm.targetportid=2 \
         ptp.v2.mm.startingboundaryhops=1 ptp.v2.mm.boundaryhops=2 ptp.v2.mm.action=2 \
         ptp.v2.mm.tlvType=1 ptp.v2.mm.lengthField=6 ptp.v2.mm.managementId=8221 \
         ptp.v2.mm.data=0105ff00 ptp.v2.mm.transmitAlternateMulticastSync=1 \
         ptp.v2.mm.numberOfAlternateMasters=5 ptp.v2.mm.AlternateMulticastSyncInterval=-1 \
         ptp.v2.mm.reserved=00",
    );
    check(
        "0d",
        "02",
        "0a0b0c0d0e0f10110002010202000001000420200500",
        "ptp.v2.mm.targetportidentity=723685415333072913 ptp.v2.mm.targetportid=2 \
         ptp.v2.mm.startingboundaryhops=1 ptp.v2.mm.boundaryhops=2 ptp.v2.mm.action=2 \
         ptp.v2.mm.tlvType=1 ptp.v2.mm.lengthField=4 ptp.v2.mm.managementId=8224 \
         ptp.v2.mm.data=0500 ptp.v2.mm.maxKey=5 ptp.v2.mm.reserved=00",
    );
}
