//! Tests of L2TP.

use proptest::prelude::*;

use super::*;
use crate::{Decoder, Encode, Fix, Ipv4Header, LinkType, PppBuilder, UdpHeader, serialize_layers};

/// The fields of a message inside UDP, as tshark shows own packets.
#[track_caller]
fn check(bytes: &[u8], expected: &str) {
    assert_eq!(L2tp::parse(bytes).unwrap().to_string(), expected);
}

/// The fields of one attribute behind its type.
#[track_caller]
fn check_avp(attribute: u16, value: &[u8], expected: &str) {
    let value = L2tpAvp {
        is_mandatory: true,
        is_hidden: false,
        vendor_id: 0,
        attribute: L2tpAttribute(attribute),
        value,
    };
    let message = L2tpMessage::ControlV2 { tunnel_id: 7, session_id: 0 };
    let mut bytes = Vec::new();
    let avps = &[value];
    L2tpBuilder { message, avps, ..L2tpBuilder::default() }.encode(&mut bytes).unwrap();
    let text = L2tp::parse(&bytes).unwrap().to_string();
    let head = format!("l2tp.avp.vendor_id=0 l2tp.avp.type={attribute}");
    assert_eq!(text.split_once(&head).unwrap().1.trim_start(), expected);
}

const DATA: &str = "l2tp.type=0 l2tp.length_bit=0 l2tp.seq_bit=0 l2tp.offset_bit=0 \
    l2tp.priority=0 l2tp.version=2";

#[test]
fn data_of_version_2_is_ppp() {
    let bytes = b"\0\x02\0\x07\0\x08\xff\x03\0\x21";
    check(bytes, &format!("l2tp.flags=2 {DATA} l2tp.tunnel=7 l2tp.session=8"));
    let l2tp = L2tp::parse(bytes).unwrap();
    assert_eq!(l2tp.shape().next, Next::One(Key::ether_type(EtherType::PPP)));
    assert_eq!(l2tp.payload, b"\xff\x03\0\x21");
    check(
        b"\x4b\x02\0\x14\0\x07\0\x08\0\x01\0\x02\0\x02\xaa\xbb\xff\x03\0\x21",
        "l2tp.flags=19202 l2tp.type=0 l2tp.length_bit=1 l2tp.seq_bit=1 l2tp.offset_bit=1 \
         l2tp.priority=1 l2tp.version=2 l2tp.length=20 l2tp.tunnel=7 l2tp.session=8 l2tp.Ns=1 \
         l2tp.Nr=2 l2tp.offset=2",
    );
}

#[test]
fn the_length_parts_the_message_from_padding() {
    let l2tp = L2tp::parse(b"\x40\x02\0\x0a\0\x07\0\x08\xff\x03padding").unwrap();
    assert_eq!((l2tp.payload, l2tp.shape().payload_len), (&b"\xff\x03"[..], 2));
    let error = Malformed::Field { name: "length", value: 4 };
    assert_eq!(L2tp::parse(b"\x40\x02\0\x04\0\x07\0\x08\xff\x03"), Err(error));
}

#[test]
fn control_messages_hold_attributes() {
    let bytes = b"\xc8\x02\0\x16\0\x07\0\0\0\x01\0\x02\x80\x08\0\0\0\0\0\x01\xc0\x0a";
    check(
        bytes,
        "l2tp.flags=51202 l2tp.type=1 l2tp.length_bit=1 l2tp.seq_bit=1 l2tp.offset_bit=0 \
         l2tp.priority=0 l2tp.version=2 l2tp.length=22 l2tp.tunnel=7 l2tp.session=0 l2tp.Ns=1 \
         l2tp.Nr=2 l2tp.avp.mandatory=1 l2tp.avp.hidden=0 l2tp.avp.length=8 \
         l2tp.avp.vendor_id=0 l2tp.avp.type=0 l2tp.avp.message_type=1",
    );
    let l2tp = L2tp::parse(bytes).unwrap();
    assert_eq!(l2tp.message_type(), Some(1));
    let cut = Some(Err(Malformed::Truncated { need: 14, have: 10 }));
    assert_eq!(l2tp.avps().nth(1), cut);
    let acknowledgment = L2tp::parse(b"\xc8\x02\0\x0c\0\x07\0\0\0\x01\0\x02").unwrap();
    assert_eq!((acknowledgment.message_type(), acknowledgment.avps().count()), (None, 0));
}

#[test]
fn a_message_that_is_cut_keeps_what_is_before_it() {
    let bytes = b"\xc8\x02\0\x20\0\x07\0\0\0\x01\0\x02\x80\x08\0\0\0\0\0\x01\x80\x0c\0\0";
    let l2tp = L2tp::parse(bytes).unwrap();
    assert_eq!((l2tp.shape().header_len, l2tp.shape().payload_len), (24, 8));
    assert!(l2tp.to_string().ends_with("l2tp.avp.message_type=1"));
}

#[test]
fn attributes_of_one_number() {
    check_avp(5, b"12345678", "l2tp.tie_breaker=3544952156018063160");
    check_avp(6, b"\x01\x02", "l2tp.avp.firmware_revision=258");
    check_avp(9, b"\0\x07", "l2tp.avp.assigned_tunnel_id=7");
    check_avp(10, b"\0\x04", "l2tp.avp.receive_window_size=4");
    check_avp(14, b"\0\x08", "l2tp.avp.assigned_session_id=8");
    check_avp(15, b"\0\0\0\x01", "l2tp.avp.call_serial_number=1");
    check_avp(16, b"\0\0\0\x02", "l2tp.avp.minimum_bps=2");
    check_avp(17, b"\0\0\0\x03", "l2tp.avp.maximum_bps=3");
    check_avp(24, b"\0\0\x10\0", "l2tp.avp.connect_speed=4096");
    check_avp(25, b"\0\0\0\x05", "l2tp.avp.physical_channel=5");
    check_avp(29, b"\0\x02", "l2tp.avp.proxy_authen_type=2");
    check_avp(32, b"\0\x07", "l2tp.avp.proxy_authen_id=7");
    check_avp(38, b"\0\0\x20\0", "l2tp.avp.rx_connect_speed=8192");
    check_avp(60, b"\0\0\0\x01", "l2tp.avp.router_id=1");
    check_avp(61, b"\0\0\0\x02", "l2tp.avp.assigned_control_conn_id=2");
    check_avp(63, b"\0\0\0\x03", "l2tp.avp.local_session_id=3");
    check_avp(64, b"\0\0\0\x04", "l2tp.avp.remote_session_id=4");
    check_avp(68, b"\0\x05", "l2tp.avp.pseudowire_type=5");
    check_avp(69, b"\0\x01", "l2tp.avp.layer2_specific_sublayer=1");
    check_avp(70, b"\0\x02", "l2tp.avp.data_sequencing=2");
    check_avp(74, b"\0\0\0\0\0\0\0\x01", "l2tp.avp.tx_connect_speed_v3=1");
    check_avp(75, b"\0\0\0\0\0\0\0\x02", "l2tp.avp.rx_connect_speed_v3=2");
}

#[test]
fn attributes_of_bits() {
    let both = |high: &str, low: &str| format!("l2tp.avp.{high}=1 l2tp.avp.{low}=1");
    check_avp(3, b"\0\0\0\x03", &both("async_framing_supported", "sync_framing_supported"));
    check_avp(4, b"\0\0\0\x03", &both("analog_access_supported", "digital_access_supported"));
    let bits = "l2tp.avp.analog_bearer_type=0 l2tp.avp.digital_bearer_type=1";
    check_avp(18, b"\0\0\0\x01", bits);
    check_avp(19, b"\0\0\0\x02", "l2tp.avp.async_framing_type=1 l2tp.avp.sync_framing_type=0");
    check_avp(71, b"\0\x02", "l2tp.avp.circuit_status=0 l2tp.avp.circuit_type=1");
}

#[test]
fn attributes_of_text_and_bytes() {
    check_avp(7, b"host", "l2tp.avp.host_name=host");
    check_avp(7, b"", "l2tp.avp.host_name=");
    check_avp(8, b"vend", "l2tp.avp.vendor_name=vend");
    check_avp(11, b"chal", "l2tp.avp.chap_challenge=6368616c");
    check_avp(13, b"resp", "l2tp.avp.chap_challenge_response=72657370");
    check_avp(21, b"12", "l2tp.avp.called_number=12");
    check_avp(22, b"34", "l2tp.avp.calling_number=34");
    check_avp(23, b"56", "l2tp.avp.sub_address=56");
    check_avp(30, b"name", "l2tp.avp.proxy_authen_name=name");
    check_avp(33, b"resp", "l2tp.avp.proxy_authen_response=72657370");
    check_avp(36, b"rand", "l2tp.avp.random_vector=72616e64");
    check_avp(37, b"priv", "l2tp.avp.private_group_id=70726976");
    check_avp(59, b"\0d", "l2tp.avp.message_digest=0064");
    check_avp(65, b"cook", "l2tp.avp.assigned_cookie=636f6f6b");
    check_avp(66, b"end", "l2tp.avp.remote_end_id=end");
    check_avp(72, b"en", "l2tp.avp.preferred_language=en");
    check_avp(73, b"nonce", "l2tp.avp.nonce=6e6f6e6365");
}

#[test]
fn attributes_of_several_values() {
    check_avp(1, b"\0\x02", "l2tp.result_code=2");
    let fields = "l2tp.result_code=2 l2tp.avp.error_code=6 l2tp.avp.error_message=out";
    check_avp(1, b"\0\x02\0\x06out", fields);
    check_avp(2, b"\x01\0", "l2tp.avp.protocol_version=1 l2tp.avp.protocol_revision=0");
    let fields = "l2tp.avp.cause_code=1 l2tp.avp.cause_msg=2 l2tp.avp.advisory_msg=adv";
    check_avp(12, b"\0\x01\x02adv", fields);
    check_avp(
        34,
        b"\0\0\0\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0\x04\0\0\0\x05\0\0\0\x06",
        "l2tp.avp.crc_errors=1 l2tp.avp.framing_errors=2 l2tp.avp.hardware_overruns=3 \
         l2tp.avp.buffer_overruns=4 l2tp.avp.time_out_errors=5 l2tp.avp.alignment_errors=6",
    );
    let fields = "l2tp.avp.send_accm=1 l2tp.avp.receive_accm=2";
    check_avp(35, b"\0\0\0\0\0\x01\0\0\0\x02", fields);
    check_avp(39, b"", "");
    check_avp(
        46,
        b"\0\x01\0\x02\x01msg",
        "l2tp.avp.disconnect_code=1 l2tp.avp.control_protocol_number=2 \
         l2tp.avp.cause_code_direction=1 l2tp.avp.cause_code_message=msg",
    );
    let fields = "l2tp.avp.pw_type=1 l2tp.avp.pw_type=5 l2tp.avp.pw_type=7";
    check_avp(62, b"\0\x01\0\x05\0\x07", fields);
    check_avp(99, b"ab", "");
}

#[test]
fn version_3_inside_udp() {
    check(
        b"\xc8\x03\0\x14\0\0\0\x07\0\x01\0\x02\x80\x08\0\0\0\0\0\x01",
        "l2tp.flags=51203 l2tp.type=1 l2tp.length_bit=1 l2tp.seq_bit=1 l2tp.version=3 \
         l2tp.length=20 l2tp.ccid=7 l2tp.Ns=1 l2tp.Nr=2 l2tp.avp.mandatory=1 \
         l2tp.avp.hidden=0 l2tp.avp.length=8 l2tp.avp.vendor_id=0 l2tp.avp.type=0 \
         l2tp.avp.message_type=1",
    );
    let bytes = b"\0\x03\0\0\0\0\0\x07payload";
    check(
        bytes,
        "l2tp.flags=3 l2tp.type=0 l2tp.length_bit=0 l2tp.seq_bit=0 l2tp.version=3 l2tp.res=0 \
         l2tp.sid=7",
    );
    let l2tp = L2tp::parse(bytes).unwrap();
    assert_eq!((l2tp.payload, l2tp.shape().next), (&b"payload"[..], Next::End));
}

#[test]
fn version_3_inside_ip_starts_with_a_session() {
    let fields = |payload: &[u8]| {
        let ip = Ipv4Header { protocol: IpProtocol::L2TP.0, ..Ipv4Header::default() };
        let mut out = Vec::new();
        serialize_layers(&mut out, Fix::all(), &[&ip], payload).unwrap();
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::IPV4, &out);
        let span = packet.layers()[1];
        let mut fields = Vec::new();
        packet.visit(&span, &mut |layer| {
            layer.fields(&mut |field: crate::Field<'_>| {
                fields.push(format!("{}={}", field.name, field.value));
            });
        });
        (fields.join(" "), span.header_len)
    };
    assert_eq!(fields(b"\0\0\0\x07payload"), ("l2tp.sid=7".to_owned(), 4));
    let (text, header_len) = fields(b"\0\0\0\0\xc8\x03\0\x0c\0\0\0\x07\0\x01\0\x02");
    assert_eq!(
        text,
        "l2tp.sid=0 l2tp.flags=51203 l2tp.type=1 l2tp.length_bit=1 l2tp.seq_bit=1 \
         l2tp.version=3 l2tp.length=12 l2tp.ccid=7 l2tp.Ns=1 l2tp.Nr=2"
    );
    assert_eq!(header_len, 16);
}

#[test]
fn other_versions_are_not_for_this_layer() {
    let error = |value| Err(Malformed::Field { name: "version", value });
    assert_eq!(L2tp::parse(b"\0\x01\0\x07\0\x08"), error(1));
    assert_eq!(L2tp::parse(b"\0\x04\0\x07\0\x08"), error(4));
}

#[test]
fn every_prefix_of_a_header_is_truncated() {
    let bytes = b"\x4b\x02\0\x14\0\x07\0\x08\0\x01\0\x02\0\x02\xaa\xbb";
    for have in 0..bytes.len() {
        let cut = L2tp::parse(&bytes[..have]);
        assert!(matches!(cut, Err(Malformed::Truncated { need, .. }) if need > have));
    }
}

#[test]
fn the_length_of_data_follows_from_what_is_behind() {
    let message = L2tpMessage::DataV2 { tunnel_id: 7, session_id: 8 };
    let l2tp = L2tpBuilder { message, sequence: Some([1, 2]), ..L2tpBuilder::default() };
    let layers: [&dyn Encode; 3] = [&UdpHeader::default(), &l2tp, &PppBuilder::default()];
    let mut out = Vec::new();
    serialize_layers(&mut out, Fix::all(), &layers, b"hi").unwrap();
    let expected = b"\x48\x02\0\x12\0\x07\0\x08\0\x01\0\x02\xff\x03\0\x21hi";
    assert_eq!(&out[8..], expected);
    assert_eq!(out[2..4], 1701_u16.to_be_bytes());
}

#[test]
fn data_straight_inside_ip_is_never_taken_for_version_2() {
    let message = L2tpMessage::DataV3 { session_id: 0x4002_0000 };
    let l2tp = L2tpBuilder { carrier: L2tpCarrier::Ip, message, ..L2tpBuilder::default() };
    let mut out = Vec::new();
    serialize_layers(&mut out, Fix::all(), &[&l2tp], b"payload").unwrap();
    assert_eq!(out, b"\x40\x02\0\0payload");
}

proptest! {
    #[test]
    fn attributes_read_and_written_again_are_the_same(
        is_mandatory: bool, is_hidden: bool, vendor_id in 0_u16..2, attribute in 0_u16..80, value in prop::collection::vec(any::<u8>(), 0..30),
    ) {
        let attribute = L2tpAttribute(attribute);
        let avp = L2tpAvp { is_mandatory, is_hidden, vendor_id, attribute, value: &value };
        let message = L2tpMessage::ControlV3 { control_connection_id: 7 };
        let mut out = Vec::new();
        let avps = &[avp];
        L2tpBuilder { message, avps, ..L2tpBuilder::default() }.encode(&mut out).unwrap();
        let l2tp = L2tp::parse(&out).unwrap();
        prop_assert_eq!(l2tp.message, message);
        prop_assert_eq!(l2tp.avps().collect::<Vec<_>>(), [Ok(avp)]);
        prop_assert!(!l2tp.to_string().is_empty());
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
        if let Ok(l2tp) = L2tp::parse(&bytes) {
            prop_assert!(l2tp.avps().count() <= bytes.len());
            prop_assert!(!l2tp.to_string().is_empty());
        }
    }
}
