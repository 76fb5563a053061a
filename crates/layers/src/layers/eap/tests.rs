//! Tests of EAP messages. Made by hand from the RFCs, read by tshark 4.0.17.

use proptest::prelude::*;

use super::*;
use crate::layers::from_hex;
use crate::{Decoder, EapolHeader, EthernetHeader, Fix, LinkType, serialize_layers};

layer_tests! {
    sample: Eap *b"\x02\x01\0\x0b\x01user@x";
    fields: "eap.code=2 eap.id=1 eap.len=11 eap.type=1 eap.identity=user@x";
    edit: EapHeader, |header| header.identifier = 9;
    bad: [3 = 3 => "length" 3];
}

/// Fields of a message in hexadecimal digits, as tshark shows them.
#[track_caller]
fn check(hex: &str, expected: &str) {
    let bytes = from_hex(hex);
    let eap = Eap::parse(&bytes).unwrap();
    assert_eq!(eap.to_string(), expected);
    // What was understood is written as it was.
    let mut out = Vec::new();
    EapBuilder { header: *eap.header, method: eap.method() }.encode(&mut out).unwrap();
    assert_eq!(out, bytes);
}

#[test]
fn methods_are_read_as_tshark_does() {
    // But that tshark shows the first type only that the peer would take.
    check("0101000501", "eap.code=1 eap.id=1 eap.len=5 eap.type=1");
    check(
        "0102000a0268656c6c6f",
        "eap.code=1 eap.id=2 eap.len=10 eap.type=2 eap.notification=hello",
    );
    check(
        "02020007031519",
        "eap.code=2 eap.id=2 eap.len=7 eap.type=3 eap.desired_type=21 eap.desired_type=25",
    );
    check(
        "0103001a0410434343434343434343434343434343436e616d65",
        "eap.code=1 eap.id=3 eap.len=26 eap.type=4 eap.md5.value_size=16 \
         eap.md5.value=43434343434343434343434343434343 eap.md5.extra_data=6e616d65",
    );
    check(
        "010400060d20",
        "eap.code=1 eap.id=4 eap.len=6 eap.type=13 eap.tls.flags=32 \
         eap.tls.flags.len_included=0 eap.tls.flags.more_fragments=0 eap.tls.flags.start=1",
    );
    check(
        "0204001e0dc0000003e85454545454545454545454545454545454545454",
        "eap.code=2 eap.id=4 eap.len=30 eap.type=13 eap.tls.flags=192 \
         eap.tls.flags.len_included=1 eap.tls.flags.more_fragments=1 eap.tls.flags.start=0 \
         eap.tls.len=1000",
    );
    check(
        "010500061921",
        "eap.code=1 eap.id=5 eap.len=6 eap.type=25 eap.tls.flags=33 \
         eap.tls.flags.len_included=0 eap.tls.flags.more_fragments=0 eap.tls.flags.start=1 \
         eap.tls.flags.version=1",
    );
    check(
        "010500061520",
        "eap.code=1 eap.id=5 eap.len=6 eap.type=21 eap.tls.flags=32 \
         eap.tls.flags.len_included=0 eap.tls.flags.more_fragments=0 eap.tls.flags.start=1 \
         eap.tls.flags.version=0",
    );
    check(
        "0105000c2b21000400026162",
        "eap.code=1 eap.id=5 eap.len=12 eap.type=43 eap.tls.flags=33 \
         eap.tls.flags.len_included=0 eap.tls.flags.more_fragments=0 eap.tls.flags.start=1 \
         eap.tls.flags.version=1 eap.fast.type=4 eap.fast.length=2 eap.data=6162 \
         eap.fast.authority_id_data=6162",
    );
    check(
        "0106000efe00372a000000010100",
        "eap.code=1 eap.id=6 eap.len=14 eap.type=254 eap.ext.vendor_id=14122 \
         eap.ext.vendor_type=1 eap.wps.code=1 eap.wps.flags=0 eap.wps.flags.more=0 \
         eap.wps.flags.length=0",
    );
    check(
        "01060010120a00000f02000200010000",
        "eap.code=1 eap.id=6 eap.len=16 eap.type=18 eap.sim.subtype=10 eap.sim.reserved=0 \
         eap.sim.subtype.type=15 eap.sim.subtype.len=2 eap.sim.subtype.value=000200010000",
    );
    check(
        "0206002017010000010500005252525252525252525252525252525206018000",
        "eap.code=2 eap.id=6 eap.len=32 eap.type=23 eap.aka.subtype=1 eap.aka.reserved=0 \
         eap.aka.subtype.type=1 eap.aka.subtype.len=5 \
         eap.aka.subtype.value=000052525252525252525252525252525252 eap.aka.subtype.type=6 \
         eap.aka.subtype.len=1 eap.aka.subtype.value=8000",
    );
    check("03070004", "eap.code=3 eap.id=7 eap.len=4");
    check(
        "0109001411010008414243444546474875736572",
        "eap.code=1 eap.id=9 eap.len=20 eap.type=17 eap.leap.version=1 eap.leap.reserved=0 \
         eap.leap.count=8 eap.leap.data=4142434445464748 eap.leap.name=user",
    );
    check(
        "0109001b1a0109001610636363636363636363636363636363636e",
        "eap.code=1 eap.id=9 eap.len=27 eap.type=26 eap.ms_chap_v2.opcode=1 \
         eap.ms_chap_v2.id=9 eap.ms_chap_v2.length=22 eap.ms_chap_v2.value_size=16 \
         eap.ms_chap_v2.challenge=63636363636363636363636363636363 eap.ms_chap_v2.name=n",
    );
    check(
        "0209003c1a02090037317070707070707070707070707070707000000000000000006e6e6e6e6e6e6e6e\
         6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e006e",
        "eap.code=2 eap.id=9 eap.len=60 eap.type=26 eap.ms_chap_v2.opcode=2 \
         eap.ms_chap_v2.id=9 eap.ms_chap_v2.length=55 eap.ms_chap_v2.value_size=49 \
         eap.ms_chap_v2.peer_challenge=70707070707070707070707070707070 \
         eap.ms_chap_v2.reserved=0000000000000000 \
         eap.ms_chap_v2.nt_response=6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e \
         eap.ms_chap_v2.flags=0 eap.ms_chap_v2.name=n",
    );
    check("020900061a03", "eap.code=2 eap.id=9 eap.len=6 eap.type=26 eap.ms_chap_v2.opcode=3");
    check(
        "0109000b1a030900066f6b",
        "eap.code=1 eap.id=9 eap.len=11 eap.type=26 eap.ms_chap_v2.opcode=3 \
         eap.ms_chap_v2.id=9 eap.ms_chap_v2.length=6 eap.ms_chap_v2.message=ok",
    );
    check("010900096364617461", "eap.code=1 eap.id=9 eap.len=9 eap.type=99 eap.data=64617461");
    check("0101000806677463", "eap.code=1 eap.id=1 eap.len=8 eap.type=6 eap.data=677463");
}

// gopacket defect 29
#[test]
fn a_written_length_counts_header_and_type() {
    let header = EapHeader { code: EapCode::RESPONSE.0, identifier: 1, length: 0.into() };
    let eap = EapBuilder { header, method: Some(EapMethod::Identity(b"alice")) };
    let eapol = EapolHeader { version: 2, packet_type: 9, length: 0.into() };
    let mut out = Vec::new();
    let layers: [&dyn Encode; 3] = [&EthernetHeader::default(), &eapol, &eap];
    serialize_layers(&mut out, Fix::all(), &layers, b"").unwrap();
    let decoder = Decoder::default();
    let packet = decoder.decode(LinkType::ETHERNET, &out);
    let eap = packet.get::<Eap<'_>>().unwrap();
    assert_eq!(eap.header.length.get(), 10);
    assert_eq!(eap.method(), Some(EapMethod::Identity(b"alice")));
}

#[test]
fn a_message_cut_short_gives_what_is_there() {
    let eap = Eap::parse(b"\x01\x02\0\x20\x0d\x80\0\0").unwrap();
    assert_eq!(eap.shape().payload_len, 24);
    let expected = EapMethod::Other { method: EapType::TLS, data: b"\x80\0\0" };
    assert_eq!(eap.method(), Some(expected));
    assert!(eap.to_string().ends_with("eap.tls.flags.start=0"));
}

#[test]
fn an_attribute_of_no_length_ends_the_list() {
    let attributes = EapAttributes { bytes: b"\x06\x01\x80\0\x01\0\0\0" };
    let found = attributes.iter().collect::<Vec<_>>();
    let bad = Malformed::Field { name: "attribute length", value: 0 };
    assert_eq!(found, [Ok(EapAttribute { kind: 6, value: b"\x80\0" }), Err(bad)]);
}

proptest! {
    #[test]
    fn any_bytes_end(tail: Vec<u8>, code in 1..3_u8) {
        let bytes = [&[code, 0, 0xff, 0xff][..], &tail].concat();
        let eap = Eap::parse(&bytes).unwrap();
        let _ = eap.to_string();
        let mut out = Vec::new();
        EapBuilder { header: *eap.header, method: eap.method() }.encode(&mut out).unwrap();
        prop_assert_eq!(out, bytes);
    }
}
