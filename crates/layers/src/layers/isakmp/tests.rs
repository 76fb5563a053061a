//! Tests of IKE.

use proptest::prelude::*;

use super::*;
use crate::{Fix, serialize_layers};

// tshark -r ISAKMP_sa_setup.cap -Y frame.number==2, of tcpdump's tests.
layer_tests! {
    sample: Isakmp *b"\xcf\x022o\x14\xa9[\x93\x18\xa1\x09\xf8\x92\x19\xe8\xdf\x01\x10\x02\0\0\0\0\0\
        \0\0\0l\x0d\0\0<\0\0\0\x01\0\0\0\x01\0\0\x000\x01\x01\0\x01\0\0\0(\x01\x01\0\0\x80\
        \x01\0\x07\x80\x0e\0\x80\x80\x02\0\x02\x80\x04\0\x01\x80\x03\0\x01\x80\x0b\0\x01\
        \0\x0c\0\x04\0\x01Q\x80\0\0\0\x14C\x9bY\xf8\xbaglLw7\xae\x22\xea\xb8\xf5\x82";
    fields: "isakmp.ispi=cf02326f14a95b93 isakmp.rspi=18a109f89219e8df isakmp.nextpayload=1 \
        isakmp.version=16 isakmp.mjver=1 isakmp.mnver=0 isakmp.exchangetype=2 \
        isakmp.flags=0 isakmp.flag_e=0 isakmp.flag_c=0 isakmp.flag_a=0 \
        isakmp.messageid=0 isakmp.length=108 isakmp.typepayload=1 \
        isakmp.nextpayload=13 isakmp.reserved=00 isakmp.payloadlength=60 \
        isakmp.sa.doi=1 isakmp.sa.situation=00000001 \
        isakmp.sa.situation.identity_only=1 isakmp.sa.situation.secrecy=0 \
        isakmp.sa.situation.integrity=0 isakmp.typepayload=2 isakmp.nextpayload=0 \
        isakmp.reserved=00 isakmp.payloadlength=48 isakmp.prop.number=1 \
        isakmp.prop.protoid=1 isakmp.spisize=0 isakmp.prop.transforms=1 \
        isakmp.typepayload=3 isakmp.nextpayload=0 isakmp.reserved=00 \
        isakmp.payloadlength=40 isakmp.trans.number=1 isakmp.trans.id=1 \
        isakmp.reserved=0000 isakmp.ike.attr.format=1 isakmp.ike.attr.type=1 \
        isakmp.ike.attr.value=0007 isakmp.ike.attr.encryption_algorithm=7 \
        isakmp.ike.attr.format=1 isakmp.ike.attr.type=14 isakmp.ike.attr.value=0080 \
        isakmp.ike.attr.key_length=128 isakmp.ike.attr.format=1 isakmp.ike.attr.type=2 \
        isakmp.ike.attr.value=0002 isakmp.ike.attr.hash_algorithm=2 \
        isakmp.ike.attr.format=1 isakmp.ike.attr.type=4 isakmp.ike.attr.value=0001 \
        isakmp.ike.attr.group_description=1 isakmp.ike.attr.format=1 \
        isakmp.ike.attr.type=3 isakmp.ike.attr.value=0001 \
        isakmp.ike.attr.authentication_method=1 isakmp.ike.attr.format=1 \
        isakmp.ike.attr.type=11 isakmp.ike.attr.value=0001 isakmp.ike.attr.life_type=1 \
        isakmp.ike.attr.format=0 isakmp.ike.attr.type=12 isakmp.ike.attr.length=4 \
        isakmp.ike.attr.value=00015180 isakmp.ike.attr.life_duration=86400 \
        isakmp.typepayload=13 isakmp.nextpayload=0 isakmp.reserved=00 \
        isakmp.payloadlength=20 isakmp.vid_bytes=439b59f8ba676c4c7737ae22eab8f582";
    edit: IsakmpHeader, |header| header.message_id.set(7);
    bad: [17 = 0x30 => "version" 0x30, 27 = 27 => "length" 27];
}

/// A message of version 2 with one payload.
fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut header = IsakmpHeader::read_from_bytes(PROTOCOL.template.unwrap()).unwrap();
    header.next_payload = kind;
    let len = u16::try_from(body.len() + 4).unwrap().to_be_bytes();
    let mut out = Vec::new();
    let payload = [&[0, 0][..], &len, body].concat();
    serialize_layers(&mut out, Fix::all(), &[&header], &payload).unwrap();
    out
}

/// The fields of the body of a payload of version 2, by Wireshark's names.
#[track_caller]
fn check(kind: u8, body: &[u8], expected: &str) {
    let fields = Isakmp::parse(&message(kind, body)).unwrap().to_string();
    let (_, fields) = fields.split_once("isakmp.payloadlength=").unwrap();
    assert_eq!(fields.split_once(' ').unwrap().1, expected);
}

// tshark -r IKEv2_SA_INIT_2-8-weak.pcap -Y frame.number==1, of Suricata's tests.
#[test]
fn proposals_of_version_2_are_read() {
    let bytes = b"a\xd3i<\xe1*\xf5(\0\0\0\0\0\0\0\0( \x22\x08\0\0\0\0\0\0\0\xf0\x22\0\0\x1c1/\xd2\
        \xe1\xce\xa7-\x0f\x7f=\x1c\xca\xc9k\xb0\xc4\xc8\xd7\x0f9\xdb\xa1\x93\xe4!\0\0\
        \x88\0\x02\0\0\xb0\xc8\x08\xb9H\x0dMJ\xe9,\x0e\x8f\x11]\x938\xd4\xd0\xbb\x83a\
        \xcf\xd1\x95b\xee^$D\xb7\xf6q7\xe4r\xb2\xaa\x9bDU\xba\xfcJ\xba\xdd\x89\xda\xa8\
        n\x05\x83\xff\xd2\xab\xb2\x893\xfa\xa3\xfa\xbf>\xe8D0\xc0Z\xfe\xb9e/\xc9\xbe\xfd\
        7}\xd9\xd1\0\x01\xcden\xb6\x17\xba;\xa3\x9d\x03F\xf9\x1a\x06;\xbam\x18j? \x18\
        \x8c\xa0\xe8\xe4\xb7\x9e>\x91/\x13\xd3\x09\xa8\xd6UP\x15\x92\xf7B\xe4\x08\xfd\
        \xa8\x8d\xdc\0\0\x000\0\0\0,\x01\x01\0\x04\x03\0\0\x0c\x01\0\0\x0c\x80\x0e\x01\0\
        \x03\0\0\x08\x02\0\0\x05\x03\0\0\x08\x03\0\0\x0c\0\0\0\x08\x04\0\0\x02";
    assert_eq!(
        Isakmp::parse(bytes).unwrap().to_string(),
        "isakmp.ispi=61d3693ce12af528 isakmp.rspi=0000000000000000 \
         isakmp.nextpayload=40 isakmp.version=32 isakmp.mjver=2 isakmp.mnver=0 \
         isakmp.exchangetype=34 isakmp.flags=8 isakmp.flag_i=1 isakmp.flag_v=0 \
         isakmp.flag_r=0 isakmp.messageid=0 isakmp.length=240 isakmp.typepayload=40 \
         isakmp.nextpayload=34 isakmp.criticalpayload=0 isakmp.reserved7=0 \
         isakmp.payloadlength=28 \
         isakmp.nonce=312fd2e1cea72d0f7f3d1ccac96bb0c4c8d70f39dba193e4 \
         isakmp.typepayload=34 isakmp.nextpayload=33 isakmp.criticalpayload=0 \
         isakmp.reserved7=0 isakmp.payloadlength=136 isakmp.key_exchange.dh_group=2 \
         isakmp.reserved=0000 \
         isakmp.key_exchange.data=b0c808b9480d4d4ae92c0e8f115d9338d4d0bb8361cfd19562ee5e2444b7f67137e472b2aa9b4455bafc4abadd89daa86e0583ffd2abb28933faa3fabf3ee84430c05afeb9652fc9befd377dd9d10001cd656eb617ba3ba39d0346f91a063bba6d186a3f20188ca0e8e4b79e3e912f13d309a8d655501592f742e408fda88ddc \
         isakmp.typepayload=33 isakmp.nextpayload=0 isakmp.criticalpayload=0 \
         isakmp.reserved7=0 isakmp.payloadlength=48 isakmp.typepayload=2 \
         isakmp.nextpayload=0 isakmp.reserved=00 isakmp.payloadlength=44 \
         isakmp.prop.number=1 isakmp.prop.protoid=1 isakmp.spisize=0 \
         isakmp.prop.transforms=4 isakmp.typepayload=3 isakmp.nextpayload=3 \
         isakmp.reserved=00 isakmp.payloadlength=12 isakmp.tf.type=1 isakmp.reserved=00 \
         isakmp.tf.id.encr=12 isakmp.ike2.attr.format=1 isakmp.ike2.attr.type=14 \
         isakmp.ike2.attr.value=0100 isakmp.ike2.attr.key_length=256 \
         isakmp.typepayload=3 isakmp.nextpayload=3 isakmp.reserved=00 \
         isakmp.payloadlength=8 isakmp.tf.type=2 isakmp.reserved=00 isakmp.tf.id.prf=5 \
         isakmp.typepayload=3 isakmp.nextpayload=3 isakmp.reserved=00 \
         isakmp.payloadlength=8 isakmp.tf.type=3 isakmp.reserved=00 \
         isakmp.tf.id.integ=12 isakmp.typepayload=3 isakmp.nextpayload=0 \
         isakmp.reserved=00 isakmp.payloadlength=8 isakmp.tf.type=4 isakmp.reserved=00 \
         isakmp.tf.id.dh=2"
    );
    let payloads = Isakmp::parse(bytes).unwrap().payloads().map(|p| p.unwrap().payload_type);
    assert_eq!(payloads.collect::<Vec<_>>(), [40, 34, 33]);
}

#[test]
fn each_payload_that_has_parts() {
    check(
        35,
        b"\x01\0\0\0\x0a\0\0\x01",
        "isakmp.id.type=1 isakmp.reserved=000000 isakmp.id.data.ipv4_addr=10.0.0.1",
    );
    check(39, b"\x02\0\0\0ab", "isakmp.auth.method=2 isakmp.reserved=000000 isakmp.auth.data=6162");
    check(
        41,
        b"\x03\x04\x40\x04\x01\x02\x03\x04hi",
        "isakmp.notify.protoid=3 isakmp.spisize=4 isakmp.notify.msgtype=16388 isakmp.spi=01020304 \
         isakmp.notify.data=6869",
    );
    check(
        42,
        b"\x03\x04\0\x02\0\0\0\x01\0\0\0\x02",
        "isakmp.delete.protoid=3 isakmp.spisize=4 isakmp.spinum=2 isakmp.delete.spi=00000001 \
         isakmp.delete.spi=00000002",
    );
    check(
        44,
        b"\x01\0\0\0\x07\x11\0\x10\0\0\xff\xff\x0a\0\0\0\x0a\0\0\xff",
        "isakmp.ts.number=1 isakmp.reserved=000000 isakmp.ts.type=7 isakmp.ts.protoid=17 \
         isakmp.ts.selector_length=16 isakmp.ts.start_port=0 isakmp.ts.end_port=65535 \
         isakmp.ts.start_ipv4=10.0.0.0 isakmp.ts.end_ipv4=10.0.0.255",
    );
    check(43, b"ab", "isakmp.vid_bytes=6162");
}

#[test]
fn an_encrypted_payload_is_the_last() {
    let mut bytes = message(46, b"secret");
    bytes[28] = 35;
    let isakmp = Isakmp::parse(&bytes).unwrap();
    assert_eq!(isakmp.payloads().map(|p| p.unwrap().payload_type).collect::<Vec<_>>(), [46]);
    let mut bytes = message(5, b"secret");
    (bytes[17], bytes[19]) = (0x10, 1);
    let isakmp = Isakmp::parse(&bytes).unwrap();
    assert_eq!(isakmp.payloads().count(), 0);
    assert!(isakmp.to_string().ends_with("isakmp.enc.data=0000000a736563726574"));
}

#[test]
fn malformed_payloads_end_the_list() {
    let mut bytes = message(43, b"ab");
    bytes[31] = 3;
    let error = Malformed::Field { name: "payload length", value: 3 };
    assert_eq!(Isakmp::parse(&bytes).unwrap().payloads().collect::<Vec<_>>(), [Err(error)]);
    bytes[31] = 9;
    let error = Malformed::Truncated { need: 9, have: 6 };
    assert_eq!(Isakmp::parse(&bytes).unwrap().payloads().collect::<Vec<_>>(), [Err(error)]);
}

proptest! {
    #[test]
    fn any_payloads_are_read_to_their_end(
        kind in any::<u8>(), version in 1_u8..=2, body in proptest::collection::vec(any::<u8>(), 0..99),
    ) {
        let mut bytes = message(kind, &body);
        bytes[17] = version << 4;
        let isakmp = Isakmp::parse(&bytes).unwrap();
        prop_assert!(isakmp.payloads().count() <= bytes.len() && !isakmp.to_string().is_empty());
    }
}

#[test]
fn payloads_are_chained_as_they_were_read() {
    let sample = b"\xcf\x022o\x14\xa9[\x93\x18\xa1\x09\xf8\x92\x19\xe8\xdf\x01\x10\x02\0\0\0\0\0\
        \0\0\0\x3c\x0d\0\0\x0c\0\0\0\x01\0\0\0\x01\
        \0\0\0\x14C\x9bY\xf8\xbaglLw7\xae\x22\xea\xb8\xf5\x82";
    let isakmp = Isakmp::parse(sample).unwrap();
    let payloads: Vec<_> = isakmp.payloads().map(Result::unwrap).collect();
    assert_eq!(payloads.len(), 2);
    let header = IsakmpHeader { next_payload: 99, length: 0.into(), ..*isakmp.header };
    let mut out = Vec::new();
    let builder = IsakmpBuilder { header, payloads: &payloads, next_payload: 0 };
    serialize_layers(&mut out, Fix::empty(), &[&builder], &[]).unwrap();
    assert_eq!(out, sample);

    let mut secret = IsakmpPayload::new(46, b"secret");
    secret.critical = true;
    let builder = IsakmpBuilder { payloads: &[secret], next_payload: 35, ..Default::default() };
    let mut out = Vec::new();
    serialize_layers(&mut out, Fix::all(), &[&builder], &[]).unwrap();
    assert_eq!((out[16], out[27], &out[28..]), (46, 38, &b"\x23\x80\0\x0asecret"[..]));
}
