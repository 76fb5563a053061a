//! Tests of BGP.

use proptest::prelude::*;

use super::*;
use crate::{Fix, serialize_layers};

/// Two messages: tshark shows both, one behind the other.
const KEEPALIVES: &[u8; 38] =
    b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\x13\x04\
    \xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\x13\x04";

// A notification, made for this test; the fields are tshark's.
layer_tests! {
    sample: Bgp *b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\x1b\x03\x06\x02\
        \x05hello";
    fields: "bgp.marker=ffffffffffffffffffffffffffffffff bgp.length=27 bgp.type=3 \
        bgp.notify.major_error=6 bgp.notify.minor_error_cease=2 \
        bgp.notify.communication_length=5 bgp.notify.communication=hello";
    edit: BgpHeader, |header| header.length.set(20);
    bad: [3 = 0xfe => "marker" 0xfe, 17 = 18 => "length" 18, 18 = 0 => "type" 0];
}

/// The fields behind the type of a message, as `tshark -T pdml` names and shows them, without the
/// flags of attributes, which another test has. Written again, the message is the same.
#[track_caller]
fn check(message_type: BgpType, body: &[u8], expected: &str) {
    let message = BgpMessage::Other { message_type, body };
    let mut bytes = Vec::new();
    serialize_layers(&mut bytes, Fix::all(), &[&BgpBuilder::from(message)], b"").unwrap();
    let bgp = Bgp::parse(&bytes).unwrap();
    let text = bgp.to_string();
    let is_flag = |field: &&str| field.starts_with("bgp.update.path_attribute.flags");
    let found = text.split(' ').skip(3).filter(|field| !is_flag(field));
    assert_eq!(found.collect::<Vec<_>>().join(" "), expected);
    let (_, message) = bgp.messages().next().unwrap().unwrap();
    let mut again = Vec::new();
    serialize_layers(&mut again, Fix::all(), &[&BgpBuilder::from(message)], b"").unwrap();
    assert_eq!(again, bytes);
}

/// The same for an update with attributes.
#[track_caller]
fn check_attributes(attributes: &[u8], expected: &str) {
    let length = u16::try_from(attributes.len()).unwrap();
    let body = [&[0, 0], &length.to_be_bytes()[..], attributes].concat();
    let front = "bgp.update.withdrawn_routes.length=0 bgp.update.path_attributes.length=";
    check(BgpType::UPDATE, &body, &format!("{front}{length} {expected}"));
    let mut again = Vec::new();
    let update = BgpUpdate { path_attributes: attributes, ..Default::default() };
    update.attributes().for_each(|attribute| attribute.unwrap().encode(&mut again).unwrap());
    assert_eq!(again, attributes);
}

#[test]
fn several_messages_may_share_a_segment() {
    let bgp = Bgp::parse(KEEPALIVES).unwrap();
    let messages = bgp.messages().map(|message| message.unwrap().1).collect::<Vec<_>>();
    assert_eq!(messages, [BgpMessage::Keepalive; 2]);
    assert_eq!(fmt::from_fn(|f| bgp.summary(f)).to_string(), "KEEPALIVE, KEEPALIVE");
    assert_eq!(bgp.to_string().matches("bgp.type=4").count(), 2);
}

#[test]
fn a_message_cut_at_the_end_of_the_segment_shows_what_is_there() {
    let mut bytes = KEEPALIVES.to_vec();
    bytes[16..19].copy_from_slice(&[0, 60, 1]);
    let bgp = Bgp::parse(&bytes[..26]).unwrap();
    let text = bgp.to_string();
    assert!(
        text.ends_with(
            "bgp.type=1 bgp.open.version=255 bgp.open.myas=65535 bgp.open.holdtime=65535"
        )
    );
    let message = bgp.messages().next().unwrap().unwrap().1;
    assert!(matches!(message, BgpMessage::Other { message_type: BgpType::OPEN, .. }));
    // The rest comes in the next segment, so that nothing is missing here.
    assert_eq!(bgp.shape().payload_len, 7);
    let cut = Bgp::parse(&KEEPALIVES[..30]).unwrap().messages().collect::<Vec<_>>();
    assert_eq!((cut.len(), cut[1]), (2, Err(Malformed::Truncated { need: 19, have: 11 })));
}

#[test]
fn opens_have_capabilities() {
    let capabilities = [
        BgpCapability { code: 1, value: &[0, 2, 0, 1] },
        BgpCapability { code: 2, value: &[] },
        BgpCapability { code: 64, value: &[0x80, 0x78, 0, 1, 1, 0x80] },
        BgpCapability { code: 65, value: &[0, 1, 0, 0] },
        BgpCapability { code: 69, value: &[0, 1, 1, 1] },
        BgpCapability { code: 73, value: b"\x03r01\0" },
        BgpCapability { code: 99, value: &[1, 2] },
    ];
    let mut parameters = Vec::new();
    BgpCapability::encode(&capabilities, &mut parameters).unwrap();
    let open = BgpOpen {
        version: 4,
        my_autonomous_system: 65000,
        hold_time: 180,
        bgp_identifier: [1, 1, 1, 1],
        has_extended_lengths: false,
        optional_parameters: &parameters,
    };
    let mut body = Vec::new();
    BgpMessage::Open(open).encode(&mut body).unwrap();
    check(
        BgpType::OPEN,
        &body,
        "bgp.open.version=4 bgp.open.myas=65000 bgp.open.holdtime=180 \
         bgp.open.identifier=1.1.1.1 bgp.open.opt.len=41 bgp.open.opt.param.type=2 \
         bgp.open.opt.param.len=39 bgp.cap.type=1 bgp.cap.length=4 bgp.cap.mp.afi=2 \
         bgp.cap.reserved=00 bgp.cap.mp.safi=1 bgp.cap.type=2 bgp.cap.length=0 bgp.cap.type=64 \
         bgp.cap.length=6 bgp.cap.gr.timers=32888 bgp.cap.gr.timers.restart_flag=1 \
         bgp.cap.gr.timers.notification_flag=0 bgp.cap.gr.timers.restart_time=120 \
         bgp.cap.gr.afi=1 bgp.cap.gr.safi=1 bgp.cap.gr.flag=128 bgp.cap.gr.flag.pfs=1 \
         bgp.cap.type=65 bgp.cap.length=4 bgp.cap.4as=65536 bgp.cap.type=69 bgp.cap.length=4 \
         bgp.cap.ap.afi=1 bgp.cap.ap.safi=1 bgp.cap.ap.sendreceive=1 bgp.cap.type=73 \
         bgp.cap.length=5 bgp.cap.orf.fqdn.hostname.len=3 bgp.cap.orf.fqdn.hostname=r01 \
         bgp.cap.orf.fqdn.domain_name.len=0 bgp.cap.type=99 bgp.cap.length=2 \
         bgp.cap.unknown=0102",
    );
    assert!(open.capabilities().map(Result::unwrap).eq(capabilities));
    let cut = BgpOpen { optional_parameters: &parameters[..20], ..open };
    assert_eq!(cut.capabilities().collect::<Vec<_>>().len(), 1);
}

#[test]
fn parameters_may_have_long_lengths() {
    // tshark reads these lengths as one byte; RFC 9072, section 2.
    let parameters = b"\x02\0\x06\x01\x04\0\x01\0\x01\x02\0\x02\x02\0";
    let body = [&b"\x04\0\xae\0\xb4\x06\x06\x06\x06\xff\xff\0\x0e"[..], parameters].concat();
    check(
        BgpType::OPEN,
        &body,
        "bgp.open.version=4 bgp.open.myas=174 bgp.open.holdtime=180 \
         bgp.open.identifier=6.6.6.6 bgp.open.opt.len=255 bgp.open.opt.param.type=255 \
         bgp.open.opt.param.type=2 bgp.open.opt.param.len=6 bgp.cap.type=1 bgp.cap.length=4 \
         bgp.cap.mp.afi=1 bgp.cap.reserved=00 bgp.cap.mp.safi=1 bgp.open.opt.param.type=2 \
         bgp.open.opt.param.len=2 bgp.cap.type=2 bgp.cap.length=0",
    );
    let BgpMessage::Open(open) = BgpMessage::new(BgpType::OPEN, &body) else { panic!() };
    let codes = open.capabilities().map(|capability| capability.unwrap().code);
    assert_eq!(codes.collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn routes_come_and_go() {
    check(
        BgpType::UPDATE,
        b"\0\x07\x18\x0a\x01\0\x10\x0a\x02\0\0\x18\x0a\x03\0\0\x20\x0a\x04\x05\x06",
        "bgp.update.withdrawn_routes.length=7 bgp.prefix_length=24 bgp.withdrawn_prefix=10.1.0.0 \
         bgp.prefix_length=16 bgp.withdrawn_prefix=10.2.0.0 bgp.update.path_attributes.length=0 \
         bgp.prefix_length=24 bgp.nlri_prefix=10.3.0.0 bgp.prefix_length=0 bgp.prefix_length=32 \
         bgp.nlri_prefix=10.4.5.6",
    );
    let update = BgpUpdate {
        withdrawn_routes: &[24, 10, 1, 0, 33],
        network_layer_reachability_information: &[0, 32, 10, 4],
        ..Default::default()
    };
    let withdrawn = update.withdrawn().collect::<Vec<_>>();
    let error = Malformed::Field { name: "length", value: 33 };
    assert_eq!((withdrawn[0].unwrap().length, withdrawn[1]), (24, Err(error)));
    let error = Malformed::Truncated { need: 5, have: 3 };
    assert_eq!(update.reachable().nth(1), Some(Err(error)));
}

#[test]
fn attributes_of_old() {
    check_attributes(
        b"\x40\x01\x01\0\x40\x02\x0a\x02\x02\xfd\xe8\xfd\xe9\x01\x01\xfd\xea\x40\x03\x04\x0a\0\0\x01\
          \x80\x04\x04\0\0\0\x64\x40\x05\x04\0\0\0\x64\x40\x06\0\xc0\x07\x06\xfd\xe8\x01\x01\x01\x01\
          \xc0\x08\x08\xfd\xe8\0\x01\xff\xff\xff\x01\x80\x09\x04\x01\x01\x01\x01\
          \x80\x0a\x04\x01\x01\x01\x01",
        "bgp.update.path_attribute.type_code=1 bgp.update.path_attribute.length=1 \
         bgp.update.path_attribute.origin=0 bgp.update.path_attribute.type_code=2 \
         bgp.update.path_attribute.length=10 \
         bgp.update.path_attribute.as_path_segment.type=2 \
         bgp.update.path_attribute.as_path_segment.length=2 \
         bgp.update.path_attribute.as_path_segment.as2=65000 \
         bgp.update.path_attribute.as_path_segment.as2=65001 \
         bgp.update.path_attribute.as_path_segment.type=1 \
         bgp.update.path_attribute.as_path_segment.length=1 \
         bgp.update.path_attribute.as_path_segment.as2=65002 \
         bgp.update.path_attribute.type_code=3 bgp.update.path_attribute.length=4 \
         bgp.update.path_attribute.next_hop=10.0.0.1 bgp.update.path_attribute.type_code=4 \
         bgp.update.path_attribute.length=4 bgp.update.path_attribute.multi_exit_disc=100 \
         bgp.update.path_attribute.type_code=5 bgp.update.path_attribute.length=4 \
         bgp.update.path_attribute.local_pref=100 bgp.update.path_attribute.type_code=6 \
         bgp.update.path_attribute.length=0 bgp.update.path_attribute.type_code=7 \
         bgp.update.path_attribute.length=6 bgp.update.path_attribute.aggregator_as=65000 \
         bgp.update.path_attribute.aggregator_origin=1.1.1.1 \
         bgp.update.path_attribute.type_code=8 bgp.update.path_attribute.length=8 \
         bgp.update.path_attribute.community_as=65000 \
         bgp.update.path_attribute.community_value=1 \
         bgp.update.path_attribute.community_wellknown=4294967041 \
         bgp.update.path_attribute.type_code=9 bgp.update.path_attribute.length=4 \
         bgp.update.path_attribute.originator_id=1.1.1.1 \
         bgp.update.path_attribute.type_code=10 bgp.update.path_attribute.length=4 \
         bgp.path_attribute.cluster_id=1.1.1.1",
    );
}

#[test]
fn attributes_of_long_numbers_and_communities() {
    check_attributes(
        b"\x40\x02\x0a\x02\x02\0\x01\xfd\xe8\0\x01\xfd\xe9\xc0\x10\x18\0\x02\xfd\xe8\0\0\0\x64\
          \x01\x02\x0a\0\0\x01\0\x05\x02\x02\0\x01\xfd\xe8\0\x05\xc0\x20\x0c\0\x01\xfd\xe8\0\0\0\x01\
          \0\0\0\x02",
        "bgp.update.path_attribute.type_code=2 bgp.update.path_attribute.length=10 \
         bgp.update.path_attribute.as_path_segment.type=2 \
         bgp.update.path_attribute.as_path_segment.length=2 \
         bgp.update.path_attribute.as_path_segment.as4=130536 \
         bgp.update.path_attribute.as_path_segment.as4=130537 \
         bgp.update.path_attribute.type_code=16 bgp.update.path_attribute.length=24 \
         bgp.ext_com.type=0 bgp.ext_com.type.auth=0 bgp.ext_com.type.tran=0 \
         bgp.ext_com.stype_tr_as2=2 bgp.ext_com.value_as2=65000 bgp.ext_com.value_an4=100 \
         bgp.ext_com.type=1 bgp.ext_com.type.auth=0 bgp.ext_com.type.tran=0 \
         bgp.ext_com.stype_tr_IP4=2 bgp.ext_com.value_IP4=10.0.0.1 bgp.ext_com.value_an2=5 \
         bgp.ext_com.type=2 bgp.ext_com.type.auth=0 bgp.ext_com.type.tran=0 \
         bgp.ext_com.stype_tr_as4=2 bgp.ext_com.value_as4=130536 bgp.ext_com.value_an2=5 \
         bgp.update.path_attribute.type_code=32 bgp.update.path_attribute.length=12 \
         bgp.large_communities.ga=130536 bgp.large_communities.ldp1=1 \
         bgp.large_communities.ldp2=2",
    );
}

const REACH: &[u8] =
    b"\x80\x0e\x33\0\x02\x01\x20\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\xfe\x80\0\0\0\0\0\
    \0\0\0\0\0\0\0\0\x01\0\x20\x20\x01\x0d\xb8\x40\x20\x01\x0d\xb8\0\0\0\x01";

#[test]
fn routes_of_other_families() {
    let reach = "bgp.update.path_attribute.mp_reach_nlri";
    check_attributes(
        REACH,
        &format!(
            "bgp.update.path_attribute.type_code=14 bgp.update.path_attribute.length=51 \
             {reach}.afi=2 {reach}.safi=1 \
             {reach}.next_hop=2020010db8000000000000000000000001fe800000000000000000000000000001 \
             {reach}.next_hop.ipv6=2001:db8::1 {reach}.next_hop.ipv6.link_local=fe80::1 \
             {reach}.nbr_snpa=0 bgp.prefix_length=32 bgp.mp_reach_nlri_ipv6_prefix=2001:db8:: \
             bgp.prefix_length=64 bgp.mp_reach_nlri_ipv6_prefix=2001:db8:0:1::"
        ),
    );
    check_attributes(
        b"\x80\x0e\x20\0\x01\x80\x0c\0\0\0\0\0\0\0\0\x0a\0\0\x01\0\x70\0\x3e\x81\0\0\xfd\xe8\0\0\0\x01\
          \x0a\x05\0",
        &format!(
            "bgp.update.path_attribute.type_code=14 bgp.update.path_attribute.length=32 \
             {reach}.afi=1 {reach}.safi=128 {reach}.next_hop=0c00000000000000000a000001 \
             {reach}.next_hop.rd=0000000000000000 {reach}.next_hop.ipv4=10.0.0.1 \
             {reach}.nbr_snpa=0 bgp.prefix_length=112 bgp.label_stack=003e81 \
             bgp.rd=0000fde800000001 bgp.mp_reach_nlri_ipv4_prefix=10.5.0.0"
        ),
    );
    let update = BgpUpdate { path_attributes: REACH, ..Default::default() };
    let (afi, safi, routes) = update.attributes().next().unwrap().unwrap().routes().unwrap();
    let routes = routes.map(|route| route.unwrap().address.to_string());
    assert_eq!(
        (afi, safi, routes.collect::<Vec<_>>().join(" ").as_str()),
        (2, 1, "2001:db8:: 2001:db8:0:1::")
    );
}

#[test]
fn an_attribute_cut_short_loses_nothing_before_it() {
    let update =
        BgpUpdate { path_attributes: b"\x40\x01\x01\0\x40\x02\x09\x02", ..Default::default() };
    let attributes = update.attributes().collect::<Vec<_>>();
    let first = BgpAttribute { flags: 0x40, type_code: 1, value: &[0] };
    let error = Malformed::Truncated { need: 12, have: 4 };
    assert_eq!(attributes, [Ok(first), Err(error)]);
}

#[test]
fn refreshes_and_other_errors() {
    check(
        BgpType::ROUTE_REFRESH,
        b"\0\x01\0\x01",
        "bgp.route_refresh.afi=1 bgp.route_refresh.subtype=0 bgp.route_refresh.safi=1",
    );
    check(
        BgpType::NOTIFICATION,
        b"\x02\x04\x01\x02",
        "bgp.notify.major_error=2 bgp.notify.minor_error_open=4 bgp.notify.minor_data=0102",
    );
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes: Vec<u8>, kind in 1_u8..6, attribute in 0_u8..36) {
        let header = BgpHeader { message_type: kind, length: 4000.into(), ..Default::default() };
        let front = [0, 0, 0x0f, 0, 0x90, attribute, 0x08, 0];
        let bytes = [header.as_bytes(), &front, &bytes].concat();
        let bgp = Bgp::parse(&bytes).unwrap();
        bgp.fields(&mut |field: crate::Field<'_>| assert!(field.bytes.end <= bytes.len()));
        for (_, message) in bgp.messages().flatten() {
            match message {
                BgpMessage::Open(open) => drop(open.capabilities().count()),
                BgpMessage::Update(update) => {
                    let count = update.attributes().count() + update.withdrawn().count();
                    prop_assert!(count + update.reachable().count() <= bytes.len());
                }
                _ => {}
            }
        }
    }
}
