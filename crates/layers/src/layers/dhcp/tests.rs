//! Tests of messages as wholes: fields beside tshark's, overload, long options, round trips.

use proptest::prelude::*;

use super::*;
use crate::layers::golden::{self, hex};
use crate::{Fix, Ipv4Header, LinkType, UdpHeader, serialize_layers};

const FIXTURE: &str = include_str!("../../../tests/tshark/dhcp.txt");

fn sample(title: &str) -> Vec<u8> {
    let case = FIXTURE.split("\n= ").find(|case| case.starts_with(title)).unwrap();
    hex(case.lines().nth(1).unwrap())[42..].to_vec()
}

fn option_type(options: &[u8]) -> Vec<u8> {
    [&TEMPLATE[..240], options].concat()
}

#[test]
fn fields_are_those_of_tshark() {
    // tshark shows the type of the end as 0, GUIDs in groups, bytes of an id with colons, codes of
    // options by their names and a TR-111 vendor's options; and a virtual network that it cuts at a zero.
    let differing = [
        "dhcp.client_id.uuid",
        "dhcp.client_id.link_layer_address",
        "dhcp.option.dhcp_name_service_search_option",
        "dhcp.option.vi.tr111.suboption",
        "dhcp.option.vi.tr111.gateway_manufacturer_oui",
        "dhcp.option.agent_information_option.vrf_name",
        "dhcp.option.suboption_length",
        "dhcp.option.type",
    ];
    golden::check(FIXTURE, &["dhcp"], &differing, &differing);
}

#[test]
fn what_cannot_be_dhcp_is_rejected() {
    let field = |name, value| Err(Malformed::Field { name, value });
    let check = |at: usize, byte, expected| {
        let mut bytes = sample("Discover");
        bytes[at] = byte;
        assert_eq!(Dhcp::parse(&bytes), expected);
    };
    check(0, 3, field("op", 3));
    check(2, 17, field("hlen", 17));
}

#[test]
fn every_prefix_is_truncated_or_keeps_what_is_whole() {
    let bytes = sample("Discover");
    for have in 0..bytes.len() {
        match Dhcp::parse(&bytes[..have]) {
            Ok(dhcp) => assert_eq!((dhcp.shape().header_len, have >= 236), (have, true)),
            Err(error) => assert_eq!(error, Malformed::Truncated { need: 236, have }),
        }
    }
}

#[test]
fn without_the_cookie_a_message_is_plain_bootp() {
    let mut bytes = sample("Discover");
    bytes[236] = 0;
    let dhcp = Dhcp::parse(&bytes).unwrap();
    assert!(!dhcp.has_cookie && dhcp.options().next().is_none() && dhcp.message_type().is_none());
}

#[test]
fn options_go_on_in_the_file_and_in_the_server_name() {
    let bytes = sample("overload of both");
    let dhcp = Dhcp::parse(&bytes).unwrap();
    let codes: Vec<_> = dhcp.options().map(|option| option.unwrap().code().0).collect();
    assert_eq!(codes, [53, 52, 255, 67, 12, 255, 66, 255]);
    assert_eq!(dhcp.find(DhcpOptionCode::TFTP_SERVER_NAME).as_deref(), Some(&b"tftp"[..]));
}

/// RFC 3396, section 5: data that goes on in the next option of its code, here two servers of names.
#[test]
fn data_that_was_split_is_typed_when_it_is_put_together() {
    let mut bytes = [0; 240];
    bytes[0] = 1;
    bytes[236..].copy_from_slice(&MAGIC_COOKIE);
    let bytes = [&bytes[..], b"\x06\x05\xc0\0\x02\x01\xc0\x06\x03\0\x02\x02\xff"].concat();
    let dhcp = Dhcp::parse(&bytes).unwrap();
    let data = dhcp.find(DhcpOptionCode(6)).unwrap();
    let addresses = &[[192, 0, 2, 1], [192, 0, 2, 2]];
    let expected = DhcpOption::Addresses { code: DhcpOptionCode(6), addresses };
    assert_eq!(DhcpOption::read(DhcpOptionCode(6), &data), expected);
}

#[test]
fn data_that_is_split_over_options_is_put_together() {
    let bytes = option_type(b"\x79\x03\x18\x0a\0\x35\x01\x05\x79\x05\x01\xc0\0\x02\x01\xff");
    let dhcp = Dhcp::parse(&bytes).unwrap();
    let data = dhcp.find(DhcpOptionCode::CLASSLESS_STATIC_ROUTE).unwrap();
    let routes: Vec<_> = DhcpRoutes::new(&data).collect();
    let (destination, router) = ([10, 0, 1, 0].into(), [192, 0, 2, 1].into());
    assert_eq!(routes, [DhcpRoute { destination, prefix_len: 24, router }]);
    assert_eq!(dhcp.find(DhcpOptionCode::ROUTER), None);
    let long = DhcpOption::Text { code: DhcpOptionCode::MESSAGE, text: &[b'a'; 300] };
    let mut out = Vec::new();
    DhcpBuilder { header: DhcpHeader::default(), options: &[long] }.encode(&mut out).unwrap();
    let built = Dhcp::parse(&out).unwrap();
    assert_eq!(built.find(DhcpOptionCode::MESSAGE).map(|data| data.len()), Some(300));
    assert_eq!(built.options().count(), 3);
}

#[test]
fn an_option_that_is_cut_short_is_the_last() {
    let bytes = option_type(b"\x35\x01\x01\x0c\x05ab");
    let dhcp = Dhcp::parse(&bytes).unwrap();
    let cut = Malformed::Truncated { need: 7, have: 4 };
    let options: Vec<_> = dhcp.options().collect();
    assert_eq!(options, [Ok(DhcpOption::MessageType(DhcpMessageType::DISCOVER)), Err(cut)]);
}

#[test]
fn the_end_is_written_even_without_options() {
    let mut out = Vec::new();
    let layers: [&dyn Encode; 3] =
        [&Ipv4Header::default(), &UdpHeader::default(), &DhcpBuilder::default()];
    serialize_layers(&mut out, Fix::all(), &layers, b"").unwrap();
    let decoder = crate::Decoder::default();
    let packet = decoder.decode(LinkType::RAW, &out);
    let dhcp = packet.get::<Dhcp<'_>>().unwrap();
    assert_eq!(dhcp.options().collect::<Vec<_>>(), [Ok(DhcpOption::End)]);
    assert_eq!(packet.get::<crate::Udp<'_>>().unwrap().destination_port(), 67);
}

#[test]
fn a_line_for_people_names_message_and_client() {
    let bytes = sample("Discover");
    let dhcp = Dhcp::parse(&bytes).unwrap();
    let line = fmt::from_fn(|f| dhcp.summary(f)).to_string();
    assert_eq!(line, "Discover 0x3903f326 00:05:3c:04:8d:59 10.0.0.2");
}

/// Fields of options, as tshark 4.0.17 shows them, without those of how many parts there are.
#[track_caller]
fn check_options(options: &[&[u8]], expected: &str) {
    let bytes = option_type(&options.concat());
    let text = Dhcp::parse(&bytes).unwrap().to_string();
    let at = text.find("dhcp.option.type=").unwrap();
    assert_eq!(&text[at..], expected);
}

// RFC 3396; the names are the example of RFC 3397, section 2.
#[test]
fn long_options_in_parts_are_shown_behind_the_last() {
    let (front, back) = (b"\x77\x0a\x03eng\x05apple", b"\x77\x11\x03com\0\x09marketing\xc0\x04");
    check_options(
        &[front, b"\x36\x04\x0a\0\0\x01", back, b"\xff"],
        "dhcp.option.type=119 dhcp.option.length=10 dhcp.option.value=03656e67056170706c65 \
         dhcp.option.type=54 dhcp.option.length=4 dhcp.option.dhcp_server_id=10.0.0.1 \
         dhcp.option.type=119 dhcp.option.length=17 \
         dhcp.option.value=03636f6d00096d61726b6574696e67c004 \
         dhcp.option.dhcp_dns_domain_search_list_fqdn=eng.apple.com \
         dhcp.option.dhcp_dns_domain_search_list_fqdn=marketing.apple.com dhcp.option.end=255",
    );
    check_options(
        &[b"\x78\x09\0\x03sip\x07exa", b"\x78\x09mple\x03org\0", b"\xff"],
        "dhcp.option.type=120 dhcp.option.length=9 dhcp.option.value=000373697007657861 \
         dhcp.option.type=120 dhcp.option.length=9 dhcp.option.value=6d706c65036f726700 \
         dhcp.option.sip_server.encoding=0 dhcp.option.sip_server.name=sip.example.org \
         dhcp.option.end=255",
    );
    // Of all others, each part says what it says, as in tshark; `Dhcp::find` puts any together.
    check_options(
        &[b"\x0f\x05examp", b"\x0f\x06le.org", b"\xff"],
        "dhcp.option.type=15 dhcp.option.length=5 dhcp.option.domain_name=examp \
         dhcp.option.type=15 dhcp.option.length=6 dhcp.option.domain_name=le.org \
         dhcp.option.end=255",
    );
}

#[test]
fn options_that_are_written_again_are_the_same() {
    for case in FIXTURE.split("\n= ").skip(1) {
        let bytes = &hex(case.lines().nth(1).unwrap())[42..];
        let dhcp = Dhcp::parse(bytes).unwrap();
        let mut options: Vec<_> = DhcpOptions::new(dhcp.option_bytes).map(Result::unwrap).collect();
        let end = bytes.len() - DhcpOptions::new(dhcp.option_bytes).rest().len();
        options.retain(|option| *option != DhcpOption::End);
        let mut out = Vec::new();
        DhcpBuilder { header: *dhcp.header, options: &options }.encode(&mut out).unwrap();
        assert!(end <= out.len() && (out.starts_with(bytes) || bytes.starts_with(&out)), "{case}");
    }
}

proptest! {
    #[test]
    fn any_option_is_written_as_it_was(code in 1..255_u8, data in prop::collection::vec(any::<u8>(), 0..60)) {
        let wire = [&[code, u8::try_from(data.len()).unwrap()], &data[..]].concat();
        let option = DhcpOptions::new(&wire).next().unwrap().unwrap();
        let mut written = Vec::new();
        option.encode(&mut written).unwrap();
        prop_assert_eq!(written, wire);
    }

    #[test]
    fn any_options_end_and_have_their_fields_inside(options: Vec<u8>, overload in 0..4_u8, file: [u8; 32]) {
        let mut bytes = option_type(&[&[52, 1, overload], &options[..]].concat());
        bytes[44..76].copy_from_slice(&file);
        bytes[108..140].copy_from_slice(&file);
        let dhcp = Dhcp::parse(&bytes).unwrap();
        prop_assert!(dhcp.options().count() <= bytes.len());
        dhcp.fields(&mut |field: crate::Field<'_>| {
            assert!(field.bytes.start <= field.bytes.end && field.bytes.end <= bytes.len(), "{field:?}");
        });
    }
}
