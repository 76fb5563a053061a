//! Tests of GTP, version 2.

use proptest::prelude::*;

use super::*;
use crate::layers::golden;
use crate::serialize_layers;
use crate::{Decoder, EthernetHeader, Fix, GtpHeader, Ipv4Header, LinkType, UdpHeader};

// tshark -r Packet++Test__PacketExamples__gtpv2.pcap -Y 'frame.number==2', the first message.
layer_tests! {
    sample: Gtpv2 *b"\x40\x01\0\x09\0\x30\x39\0\x03\0\x01\0\x11";
    fields: "gtpv2.flags=64 gtpv2.version=2 gtpv2.p=0 gtpv2.t=0 gtpv2.mp=0 gtpv2.message_type=1 \
        gtpv2.msg_length=9 gtpv2.seq=12345 gtpv2.spare=0 gtpv2.ie_type=3 gtpv2.ie_len=1 \
        gtpv2.cr=0 gtpv2.instance=0 gtpv2.rec=17";
    edit: Gtpv2Header, |header| header.message_type = 2;
    bad: [0 = 0x20 => "version" 1, 3 = 3 => "length" 3];
}

/// What tshark has of elements that are not taken apart here.
const THEIRS: &[&str] = &["e164.country_code"];
/// Of a time zone it says the direction in words only.
const NEGATIVE: &[&str] = &["gsm_a.dtap.timezone.negative"];

#[test]
fn information_elements_are_those_of_tshark() {
    golden::check(include_str!("golden.txt"), &["gtpv2"], THEIRS, NEGATIVE);
}

#[test]
fn the_less_common_elements_are_those_of_tshark() {
    // Of a configuration it takes the protocols apart.
    let theirs = ["gsm_a.gm.sm.link_dir", "data.data", "data.len"];
    let contents = ["gsm_a.gm.sm.pco.content", "gsm_a.gm.sm.pco.ipv4_link_mtu_size"];
    let ours = [NEGATIVE, &contents, &["gtpv2.ie_data"]].concat();
    golden::check(include_str!("golden-rest.txt"), &["gtpv2"], &theirs, &ours);
}

#[test]
fn elements_of_handovers_and_of_broadcasts_are_those_of_tshark() {
    // It counts the filters of a template, and has spare bits for an access point too.
    let theirs = ["gsm_a.gm.sm.tft.packet_filter", "gtpv2.nsapi"];
    let ours = [NEGATIVE, &["gtpv2.nsapi"]].concat();
    golden::check(include_str!("golden-handover.txt"), &["gtpv2"], &theirs, &ours);
}

#[test]
fn an_element_of_an_unknown_type_shows_its_bytes() {
    let bytes = b"\x40\x20\0\x0a\0\0\x07\0\xf0\0\x02\0\xab\xcd";
    let text = Gtpv2::parse(bytes).unwrap().to_string();
    assert!(text.contains("gtpv2.ie_type=240"), "{text}");
    assert!(text.ends_with("gtpv2.ie_data=abcd"), "{text}");
}

#[test]
fn a_subscriber_has_as_many_digits_as_there_are_in_front_of_the_filler() {
    let bytes = b"\x40\x20\0\x10\0\0\x07\0\x01\0\x08\0\x21\x43\x65\x87\x09\x21\x43\xf5";
    let text = Gtpv2::parse(bytes).unwrap().to_string();
    assert!(text.ends_with("e212.imsi=123456789012345"), "{text}");
}

#[test]
fn a_message_may_follow_another_in_a_datagram() {
    let bytes =
        b"\x50\x01\0\x09\0\x30\x39\0\x03\0\x01\0\x11\x4c\x21\0\x08\0\x01\x56\x66\x01\x09\x32\x90";
    let (ethernet, ip) = (EthernetHeader::default(), Ipv4Header::default());
    let udp = UdpHeader { destination_port: 2123.into(), ..UdpHeader::default() };
    let mut out = Vec::new();
    serialize_layers(&mut out, Fix::all(), &[&ethernet, &ip, &udp], bytes).unwrap();
    let decoder = Decoder::default();
    let packet = decoder.decode(LinkType::ETHERNET, &out);
    let layers = packet.layers().iter().map(|span| span.layer).collect::<Vec<_>>();
    assert_eq!(layers[3..], [LayerType::GTP, LayerType::GTPV2, LayerType::GTPV2]);
    let last = packet.get_last::<Gtpv2<'_>>().unwrap();
    assert_eq!(
        (last.teid, last.sequence_number(), last.priority()),
        (Some(0x15666), 0x10932, Some(9))
    );
}

#[test]
fn elements_carry_typed_values() {
    let context = b"\x49\0\x01\0\x05\x57\0\x09\x01\x84\0\0\0\x07\x0a\0\0\x01";
    let group = Gtpv2Element { kind: 93, instance: 0, data: context };
    let Gtpv2Value::BearerContext(inner) = group.value() else { panic!("{group:?}") };
    let found = inner.map(Result::unwrap).collect::<Vec<_>>();
    assert_eq!(found[0].value(), Gtpv2Value::EpsBearerId(5));
    let ipv4 = Some([10, 0, 0, 1].into());
    let tunnel = Gtpv2Value::FTeid { interface_type: 4, teid: 7, ipv4, ipv6: None };
    assert_eq!((found[1].instance, found[1].value()), (1, tunnel));
    let short = Gtpv2Element { kind: 87, instance: 0, data: &[0x80, 0, 0, 0, 7, 10] };
    assert_eq!(short.value(), Gtpv2Value::Other(short.data));
    let address = Gtpv2Element { kind: 79, instance: 0, data: &[1, 10, 0, 0, 1] };
    assert_eq!(address.value(), Gtpv2Value::Paa { ipv6: None, ipv4 });
}

#[test]
fn what_is_built_is_read_again() {
    let elements = [
        Gtpv2Element { kind: 3, instance: 0, data: &[7] },
        Gtpv2Element { kind: 2, instance: 1, data: &[16, 0] },
    ];
    let gtp = Gtpv2Builder {
        teid: Some(7),
        sequence_number: 9,
        priority: Some(3),
        elements: &elements,
        ..Gtpv2Builder::default()
    };
    let mut out = Vec::new();
    serialize_layers(&mut out, Fix::all(), &[&gtp], &[]).unwrap();
    let found = Gtpv2::parse(&out).unwrap();
    assert_eq!((found.teid, found.sequence_number(), found.priority()), (Some(7), 9, Some(3)));
    assert!(found.elements().eq(elements.map(Ok)));
    assert_eq!(usize::from(found.header.length.get()), out.len() - 4);
    assert_eq!(GtpHeader::default().version(), 1);
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
        if let Some(flags) = bytes.first_mut() {
            *flags = 0x40 | *flags & 31;
        }
        if let Ok(gtp) = Gtpv2::parse(&bytes) {
            let elements = gtp.elements().map_while(Result::ok);
            let values = elements.map(|element| element.value()).collect::<Vec<_>>();
            prop_assert!(values.len() <= bytes.len() && !gtp.to_string().is_empty());
        }
    }
}

/// TS 29.274, sections 8.13, 8.15, 8.17, 8.39 and 8.44.
#[test]
fn values_are_those_of_their_types() {
    let value = |kind, data| Gtpv2Element { kind, instance: 0, data }.value();
    let qos = b"\x44\x09\0\0\0\x03\xe8\0\0\0\x07\xd0\0\0\0\0\x01\0\0\0\0\x02";
    let expected = Gtpv2Value::BearerQos {
        may_preempt: false,
        priority_level: 1,
        is_preemptible: true,
        qos: Gtpv2Qos { qci: 9, maximum: [1000, 2000], guaranteed: [1, 2] },
    };
    assert_eq!(value(80, qos), expected);
    assert_eq!(value(80, &qos[..21]), Gtpv2Value::Other(&qos[..21]));
    assert_eq!(value(74, &[192, 0, 2, 1]), Gtpv2Value::IpAddress([192, 0, 2, 1].into()));
    assert_eq!(value(114, &[0x40, 1]), Gtpv2Value::UeTimeZone { zone: 0x40, daylight_saving: 1 });
    let group = value(180, &[183, 0, 4, 0, 0, 0, 0, 7]);
    let Gtpv2Value::Group(mut inner) = group else { panic!("{group:?}") };
    assert_eq!(inner.next().unwrap().unwrap().kind, 183);
}
