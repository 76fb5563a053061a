//! Tests of RTCP.

use proptest::prelude::*;

use super::*;
use crate::{Decoder, Fix, LinkType, serialize_layers};

// Crafted after RFC 4585, section 6.2.1, and read by tshark.
layer_tests! {
    sample: Rtcp *b"\x81\xcd\0\x03\xde\xad\xbe\xef\xca\xfe\xba\xbe\0\x05\0\x03";
    fields: "rtcp.version=2 rtcp.padding=0 rtcp.rtpfb.fmt=1 rtcp.pt=205 rtcp.length=3 \
        rtcp.senderssrc=3735928559 rtcp.mediassrc=3405691582 rtcp.rtpfb.nack_pid=5 \
        rtcp.rtpfb.nack_blp=3 rtcp.rtpfb.nack_pid=6 rtcp.rtpfb.nack_pid=7";
    edit: RtcpHeader, |header| header.set_count(3);
    bad: [0 = 0x41 => "version" 1, 1 = 191 => "packet type" 191];
}

/// The fields of a packet, as tshark 4.0.17 shows them.
#[track_caller]
fn check(bytes: &[u8], expected: &str) {
    assert_eq!(Rtcp::parse(bytes).unwrap().to_string(), expected);
}

#[test]
fn each_type_of_packet() {
    // A sender report.
    check(
        b"\x81\xc8\0\x0c\xde\xad\xbe\xef\x83\xaa~\x80\x80\0\0\0\0\x01\x02\x03\0\0\0\x10\
          \0\0\x01\0\xca\xfe\xba\xbe\x10\0\0\x05\0\x01\0\x02\0\0\0\x03\0\0\0\x04\0\0\0\x05\
          ",
        "rtcp.version=2 rtcp.padding=0 rtcp.rc=1 rtcp.pt=200 rtcp.length=12 \
         rtcp.senderssrc=3735928559 rtcp.timestamp.ntp.msw=2208988800 \
         rtcp.timestamp.ntp.lsw=2147483648 rtcp.timestamp.rtp=66051 \
         rtcp.sender.packetcount=16 rtcp.sender.octetcount=256 \
         rtcp.ssrc.identifier=3405691582 rtcp.ssrc.fraction=16 rtcp.ssrc.cum_nr=5 \
         rtcp.ssrc.ext_high=65538 rtcp.ssrc.high_cycles=1 rtcp.ssrc.high_seq=2 \
         rtcp.ssrc.jitter=3 rtcp.ssrc.lsr=4 rtcp.ssrc.dlsr=5",
    );
    // More packets than were sent: the number that is lost has a sign.
    check(
        b"\x81\xc9\0\x07\xde\xad\xbe\xef\xca\xfe\xba\xbe\0\xff\xff\xfe\0\x01\0\x02\0\0\0\x03\
          \0\0\0\x04\0\0\0\x05",
        "rtcp.version=2 rtcp.padding=0 rtcp.rc=1 rtcp.pt=201 rtcp.length=7 \
         rtcp.senderssrc=3735928559 rtcp.ssrc.identifier=3405691582 rtcp.ssrc.fraction=0 \
         rtcp.ssrc.cum_nr=-2 rtcp.ssrc.ext_high=65538 rtcp.ssrc.high_cycles=1 \
         rtcp.ssrc.high_seq=2 rtcp.ssrc.jitter=3 rtcp.ssrc.lsr=4 rtcp.ssrc.dlsr=5",
    );
    // A source description.
    check(
        b"\x81\xca\0\x04\xde\xad\xbe\xef\x01\x04a@bc\x02\x03Bob\0",
        "rtcp.version=2 rtcp.padding=0 rtcp.sc=1 rtcp.pt=202 rtcp.length=4 \
         rtcp.ssrc.identifier=3735928559 rtcp.sdes.type=1 rtcp.sdes.length=4 \
         rtcp.sdes.text=a@bc rtcp.sdes.type=2 rtcp.sdes.length=3 rtcp.sdes.text=Bob \
         rtcp.sdes.type=0",
    );
    // A goodbye.
    check(
        b"\x81\xcb\0\x03\xde\xad\xbe\xef\x06goodby\0",
        "rtcp.version=2 rtcp.padding=0 rtcp.sc=1 rtcp.pt=203 rtcp.length=3 \
         rtcp.ssrc.identifier=3735928559 rtcp.sdes.length=6 rtcp.sdes.text=goodby",
    );
    // An application packet.
    check(
        b"\x80\xcc\0\x03\xde\xad\xbe\xefNAMEdata",
        "rtcp.version=2 rtcp.padding=0 rtcp.app.subtype=0 rtcp.pt=204 rtcp.length=3 \
         rtcp.ssrc.identifier=3735928559 rtcp.app.name=NAME rtcp.app.data_str=data",
    );
    // Congestion control.
    check(
        b"\x8f\xcd\0\x05\xde\xad\xbe\xef\xca\xfe\xba\xbe\0\x01\0\x02\0\0\x01\0 \x02\x04\
          \x04",
        "rtcp.version=2 rtcp.padding=0 rtcp.rtpfb.fmt=15 rtcp.pt=205 rtcp.length=5 \
         rtcp.senderssrc=3735928559 rtcp.mediassrc=3405691582 \
         rtcp.rtpfb.transportcc.baseseq=1 rtcp.rtpfb.transportcc.statuscount=2 \
         rtcp.rtpfb.transportcc.reftime=1 rtcp.rtpfb.transportcc.pktcount=0",
    );
    // A lost picture.
    check(
        b"\x81\xce\0\x02\xde\xad\xbe\xef\xca\xfe\xba\xbe",
        "rtcp.version=2 rtcp.padding=0 rtcp.psfb.fmt=1 rtcp.pt=206 rtcp.length=2 \
         rtcp.senderssrc=3735928559 rtcp.mediassrc=3405691582",
    );
    // A request for a whole picture.
    check(
        b"\x84\xce\0\x04\xde\xad\xbe\xef\0\0\0\0\xca\xfe\xba\xbe\x07\0\0\0",
        "rtcp.version=2 rtcp.padding=0 rtcp.psfb.fmt=4 rtcp.pt=206 rtcp.length=4 \
         rtcp.senderssrc=3735928559 rtcp.mediassrc=0 rtcp.psfb.fir.fci.ssrc=3405691582 \
         rtcp.psfb.fir.fci.csn=7 rtcp.psfb.fir.fci.reserved=0",
    );
    // A bit rate.
    check(
        b"\x8f\xce\0\x05\xde\xad\xbe\xef\0\0\0\0REMB\x01\x04\x0f\xff\xca\xfe\xba\xbe",
        "rtcp.version=2 rtcp.padding=0 rtcp.psfb.fmt=15 rtcp.pt=206 rtcp.length=5 \
         rtcp.senderssrc=3735928559 rtcp.mediassrc=0 rtcp.psfb.remb.identifier=REMB \
         rtcp.psfb.remb.fci.number_ssrcs=1 rtcp.psfb.remb.fci.br_exp=1 \
         rtcp.psfb.remb.fci.br_mantissa=4095 rtcp.psfb.remb.fci.ssrc=3405691582",
    );
    // Lost slices.
    check(
        b"\x82\xce\0\x03\xde\xad\xbe\xef\xca\xfe\xba\xbe\0\x01\x02\x03",
        "rtcp.version=2 rtcp.padding=0 rtcp.psfb.fmt=2 rtcp.pt=206 rtcp.length=3 \
         rtcp.senderssrc=3735928559 rtcp.mediassrc=3405691582 rtcp.psfb.fir.sli.first=0 \
         rtcp.psfb.fir.sli.number=1032 rtcp.psfb.fir.sli.picture_id=3",
    );
    // Limits.
    check(
        b"\x83\xcd\0\x04\xde\xad\xbe\xef\0\0\0\0\xca\xfe\xba\xbe\x1a\x0a\xaa(",
        "rtcp.version=2 rtcp.padding=0 rtcp.rtpfb.fmt=3 rtcp.pt=205 rtcp.length=4 \
         rtcp.senderssrc=3735928559 rtcp.mediassrc=0 \
         rtcp.rtpfb.tmmbr.fci.ssrc=3405691582 rtcp.rtpfb.tmmbr.fci.exp=6 \
         rtcp.rtpfb.tmmbr.fci.mantissa=66901 rtcp.rtpfb.tmmbr.fci.measuredoverhead=40",
    );
    // Metrics of speech.
    check(
        b"\x80\xcf\0\x0a\xde\xad\xbe\xef\x07\0\0\x08\xca\xfe\xba\xbe\x01\x02\x03\x04\x05\
          \x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\
          \x1a\x1b\x1c",
        "rtcp.version=2 rtcp.padding=0 rtcp.pt=207 rtcp.length=10 \
         rtcp.senderssrc=3735928559 rtcp.xr.bt=7 rtcp.xr.bs=0 rtcp.xr.bl=8 \
         rtcp.ssrc.identifier=3405691582 rtcp.ssrc.fraction=1 rtcp.ssrc.discarded=2 \
         rtcp.xr.voipmetrics.burstdensity=3 rtcp.xr.voipmetrics.gapdensity=4 \
         rtcp.xr.voipmetrics.burstduration=1286 rtcp.xr.voipmetrics.gapduration=1800 \
         rtcp.xr.voipmetrics.rtdelay=2314 rtcp.xr.voipmetrics.esdelay=2828 \
         rtcp.xr.voipmetrics.signallevel=13 rtcp.xr.voipmetrics.noiselevel=14 \
         rtcp.xr.voipmetrics.rerl=15 rtcp.xr.voipmetrics.gmin=16 \
         rtcp.xr.voipmetrics.rfactor=17 rtcp.xr.voipmetrics.extrfactor=18 \
         rtcp.xr.voipmetrics.moslq=1.9 rtcp.xr.voipmetrics.moscq=2 \
         rtcp.xr.voipmetrics.plc=0 rtcp.xr.voipmetrics.jba=1 \
         rtcp.xr.voipmetrics.jbrate=5 rtcp.xr.voipmetrics.jbnominal=5912 \
         rtcp.xr.voipmetrics.jbmax=6426 rtcp.xr.voipmetrics.jbabsmax=6940",
    );
}

/// In Ethernet, IPv4 and UDP.
fn packets(datagram: &[u8]) -> usize {
    let len = |front: usize| u16::try_from(datagram.len() + front).unwrap().to_be_bytes();
    let ip = [&[0x45, 0][..], &len(28), b"\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02"];
    let udp = [&b"\x13\x8d\x13\x8d"[..], &len(8), b"\0\0"];
    let frame = [&[0; 12][..], b"\x08\0", &ip.concat(), &udp.concat(), datagram].concat();
    let decoder = Decoder::default();
    let packet = decoder.decode(LinkType::ETHERNET, &frame);
    assert_eq!(packet.error(), None);
    packet.all::<Rtcp<'_>>().count()
}

#[test]
fn packets_of_one_datagram_are_layers() {
    let report = b"\x80\xc9\0\x01\xde\xad\xbe\xef";
    assert_eq!(packets(&report.repeat(3)), 3);
    // What SRTCP adds is no packet.
    assert_eq!(packets(&[&report[..], &[0x80, 0, 0, 1], &[7; 10]].concat()), 1);
}

#[test]
fn a_packet_that_is_cut_announces_what_is_missing() {
    let shape = Rtcp::parse(b"\x80\xc9\0\x02\xde\xad\xbe\xef").unwrap().shape();
    assert_eq!((shape.header_len, shape.payload_len), (4, 8));
}

#[test]
fn lengths_are_in_words() {
    let header = RtcpHeader::default();
    let mut out = Vec::new();
    serialize_layers(&mut out, Fix::all(), &[&header], &[0; 8]).unwrap();
    assert_eq!(out[..4], [0x80, 0xc9, 0, 2]);
    let error = serialize_layers(&mut out, Fix::all(), &[&header], &[0; 7]);
    assert_eq!(error, Err(EncodeError::TooLarge { layer: "rtcp", field: "length", value: 11 }));
}

proptest! {
    #[test]
    fn any_bodies_are_read(
        kind in 192_u8..=223, count in 0_u8..32, body in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let bytes = [&[0x80 | count, kind, 0, 20][..], &body].concat();
        prop_assert!(Rtcp::parse(&bytes).unwrap().to_string().starts_with("rtcp.version=2"));
    }
}
