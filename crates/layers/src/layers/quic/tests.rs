//! Tests of QUIC.

use proptest::prelude::*;

use super::*;
use crate::{Decoder, LinkType};

// tshark -r quic_vn.pcap -Y frame.number==2, of tcpdump's tests.
layer_tests! {
    sample: Quic *b"\xf5\0\0\0\0\0\x08\x9dW(H\x12\x87\xa3\xb4\0\0\0\x01\x1a*:J";
    fields: "quic.header_form=1 quic.vn.unused=117 quic.version=0 quic.dcil=0 quic.scil=8 \
        quic.scid=9d5728481287a3b4 quic.supported_version=1 \
        quic.supported_version=438975050";
    edit: QuicHeader, |header| header.first_byte = 0x80;
    bad: [1 = 0x77 => "version" 0x7700_0000, 0 = 0 => "fixed bit" 0,
        5 = 21 => "destination connection id length" 21,
        6 = 21 => "source connection id length" 21];
}

/// A long header of version 1 to the connection `ab`, and a payload.
fn long(first: u8, front: &[u8], payload: &[u8]) -> Vec<u8> {
    let len = [0x40, u8::try_from(payload.len()).unwrap()];
    [&[first, 0, 0, 0, 1, 2, b'a', b'b', 0], front, &len, payload].concat()
}

/// In Ethernet, IPv4 and UDP.
fn layers(datagram: &[u8]) -> Vec<String> {
    let len = |front: usize| u16::try_from(datagram.len() + front).unwrap().to_be_bytes();
    let ip = [&[0x45, 0][..], &len(28), b"\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02"];
    let udp = [&b"\x30\x39\x01\xbb"[..], &len(8), b"\0\0"];
    let frame = [&[0; 12][..], b"\x08\0", &ip.concat(), &udp.concat(), datagram].concat();
    let decoder = Decoder::default();
    let packet = decoder.decode(LinkType::ETHERNET, &frame);
    assert_eq!(packet.error(), None);
    packet.all::<Quic<'_>>().map(|quic| quic.to_string()).collect()
}

#[test]
fn packets_of_one_datagram_are_layers() {
    let initial = long(0xc0, &[3, 1, 2, 3], &[7; 20]);
    let handshake = long(0xe0, &[], &[8; 20]);
    let short = [&b"\x40ab"[..], &[9; 20]].concat();
    let found = layers(&[&initial[..], &handshake, &short].concat());
    assert_eq!(found.len(), 3);
    assert!(found[0].ends_with("quic.token_length=3 quic.token=010203 quic.length=20"));
    assert!(found[1].contains("quic.long.packet_type=2") && found[1].contains("quic.length=20"));
    assert!(found[2].contains("quic.dcid=6162 quic.remaining_payload=0909"));
}

#[test]
fn padding_behind_a_packet_is_no_packet() {
    let initial = long(0xc0, &[0], &[7; 20]);
    assert_eq!(layers(&[&initial[..], &[0; 40]].concat()).len(), 1);
    assert_eq!(layers(&[&initial[..], &[0x40, 1, 2, 3]].concat()).len(), 1);
}

#[test]
fn types_of_version_2_have_other_numbers() {
    let mut bytes = long(0xd0, &[0], &[7; 20]);
    bytes[1..5].copy_from_slice(&0x6b33_43cf_u32.to_be_bytes());
    let quic = Quic::parse(&bytes).unwrap();
    assert_eq!(quic.packet, QuicPacket::Initial { token: &[], length: 20 });
    assert!(quic.to_string().contains("quic.long.packet_type_v2=1"));
}

#[test]
fn a_retry_ends_in_a_tag() {
    let bytes = [&[0xf0, 0, 0, 0, 1, 0, 0][..], b"token", &[7; 16]].concat();
    let packet = Quic::parse(&bytes).unwrap().packet;
    let retry = QuicPacket::Retry { retry_token: b"token", retry_integrity_tag: &[7; 16] };
    assert_eq!(packet, retry);
}

#[test]
fn a_cut_packet_announces_what_is_missing() {
    let bytes = long(0xc0, &[0], &[7; 30]);
    let shape = Quic::parse(&bytes[..30]).unwrap().shape();
    assert_eq!((shape.header_len, shape.payload_len), (12, 30));
}

#[test]
fn numbers_are_of_four_sizes() {
    // RFC 9000, appendix A.1.
    for (bytes, number) in [
        (&[0xc2, 0x19, 0x7c, 0x5e, 0xff, 0x14, 0xe8, 0x8c][..], 151_288_809_941_952_652),
        (&[0x9d, 0x7f, 0x3e, 0x7d], 494_878_333),
        (&[0x7b, 0xbd], 15_293),
        (&[0x25], 37),
        (&[0x40, 0x25], 37),
    ] {
        assert_eq!(Reader { rest: bytes, have: bytes.len() }.variable(), Ok(number));
    }
}

proptest! {
    #[test]
    fn any_bytes_behind_a_version_are_read_or_rejected(
        first in 0xc0_u8.., bytes in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let bytes = [&[first, 0, 0, 0, 1][..], &bytes].concat();
        if let Ok(quic) = Quic::parse(&bytes) {
            prop_assert!(quic.to_string().contains("quic.version=1"));
        }
    }
}
