//! What layers say of each other when they are written.

#![allow(clippy::unwrap_used, reason = "a test, also in its functions")]

use rheos_layers::{
    AddressFamily, ArpBuilder, ChecksumStatus, Decoder, Encode, EncodeError, EtherType,
    EthernetHeader, EthernetPaddedBuilder, Fix, Ipv4Header, Ipv6Header, Key, Layer, LayerType,
    LinkType, LlcHeader, Malformed, Next, NullHeader, Outer, Registry, SctpBuilder, SctpChunk,
    SctpData, Shape, Sll2Header, SllHeader, SnapHeader, TcpHeader, UdpHeader, UdpLiteHeader,
    VlanHeader, serialize_layers,
};

fn write(layers: &[&dyn Encode]) -> Vec<u8> {
    let mut out = vec![0xaa; 64];
    serialize_layers(&mut out, Fix::all(), layers, b"data").unwrap();
    out.split_off(64)
}

#[test]
fn a_template_is_read_by_its_protocol_and_each_names_its_specification() {
    for protocol in Registry::default().protocols() {
        assert!(!protocol.specification.is_empty(), "{}", protocol.name);
        let template = [protocol.template.unwrap_or_default(), protocol.trailer].concat();
        if template.is_empty() {
            continue;
        }
        let shape = (protocol.shape)(&template, &Outer::NONE);
        let len = shape.map(|shape| shape.header_len + shape.trailer_len);
        assert!(len.is_ok_and(|len| len <= template.len()), "{}", protocol.name);
    }
}

#[test]
fn the_type_of_a_tag_stays_if_it_leads_to_one() {
    #[track_caller]
    fn check(given: u16, expected: [u8; 6]) {
        let ethernet = EthernetHeader { type_or_length: given.into(), ..Default::default() };
        let (mut vlan, ip) = (VlanHeader::default(), Ipv4Header::default());
        vlan.set_id(7);
        assert_eq!(write(&[&ethernet, &vlan, &ip])[12..18], expected);
    }
    check(0, [0x81, 0, 0, 7, 8, 0]);
    check(0x0800, [0x81, 0, 0, 7, 8, 0]);
    for number in [0x8100_u16, 0x88a8, 0x9100, 0x9200] {
        let [a, b] = number.to_be_bytes();
        check(number, [a, b, 0, 7, 8, 0]);
    }
}

#[test]
fn loopback_keeps_its_byte_order_and_its_number_of_ipv6() {
    #[track_caller]
    fn check(family: [u8; 4], ip: &dyn Encode, expected: [u8; 4]) {
        assert_eq!(write(&[&NullHeader { family }, ip])[..4], expected);
    }
    let (v4, v6) = (Ipv4Header::default(), Ipv6Header::default());
    let [bsd, darwin] = [AddressFamily::IPV6_BSD, AddressFamily::IPV6_DARWIN];
    check([2, 0, 0, 0], &v4, [2, 0, 0, 0]);
    check([0, 0, 0, 2], &v4, [0, 0, 0, 2]);
    check([2, 0, 0, 0], &v6, darwin.0.to_le_bytes());
    check([0, 0, 0, 2], &v6, darwin.0.to_be_bytes());
    check(bsd.0.to_le_bytes(), &v6, bsd.0.to_le_bytes());
    check(bsd.0.to_be_bytes(), &v4, [0, 0, 0, 2]);
}

#[test]
fn a_cooked_capture_has_numbers_of_its_own() {
    let (v6, llc, snap) = (Ipv6Header::default(), LlcHeader::default(), SnapHeader::default());
    assert_eq!(write(&[&SllHeader::default(), &v6])[14..16], [0x86, 0xdd]);
    assert_eq!(
        write(&[&SllHeader::default(), &llc, &snap, &v6])[14..21],
        *b"\0\x04\xaa\xaa\x03\0\0"
    );
    assert_eq!(write(&[&Sll2Header::default(), &ArpBuilder::default()])[..2], [8, 6]);
    assert_eq!(write(&[&Sll2Header::default(), &llc])[..2], [0, 4]);
}

#[test]
fn a_frame_is_filled_up_only_if_it_is_asked_for() {
    let arp = ArpBuilder {
        sender_hardware: &[1; 6],
        target_hardware: &[0; 6],
        sender_protocol: &[10, 0, 0, 1],
        target_protocol: &[10, 0, 0, 2],
        ..Default::default()
    };
    let mut out = Vec::new();
    let layers: [&dyn Encode; 2] = [&EthernetHeader::default(), &arp];
    serialize_layers(&mut out, Fix::all(), &layers, b"").unwrap();
    assert_eq!(out.len(), 42);
    let layers: [&dyn Encode; 2] = [&EthernetPaddedBuilder::default(), &arp];
    serialize_layers(&mut out, Fix::all(), &layers, b"").unwrap();
    assert_eq!((out.len(), &out[out.len() - 18..]), (102, &[0; 18][..]));
    // The length of an 802.3 frame does not count what fills it up.
    let layers: [&dyn Encode; 2] = [&EthernetPaddedBuilder::default(), &LlcHeader::default()];
    out.clear();
    serialize_layers(&mut out, Fix::all(), &layers, b"data").unwrap();
    assert_eq!((out.len(), &out[12..14]), (60, &[0, 7][..]));
}

#[test]
fn nothing_is_appended_by_an_error() {
    let mut out = b"front".to_vec();
    let layers: [&dyn Encode; 2] = [&Ipv4Header::default(), &UdpHeader::default()];
    let result = serialize_layers(&mut out, Fix::all(), &layers, &vec![0; 65_508]);
    let error = EncodeError::TooLarge { layer: "ip", field: "total length", value: 65_536 };
    assert_eq!((result, out.as_slice()), (Err(error), &b"front"[..]));
    assert_eq!(serialize_layers(&mut out, Fix::all(), &layers, &vec![0; 65_507]), Ok(()));
}

#[test]
fn a_coverage_leaves_the_rest_of_a_payload_unchecked() {
    let udp_lite = UdpLiteHeader { checksum_coverage: 10.into(), ..Default::default() };
    let mut bytes = write(&[&Ipv4Header::default(), &udp_lite]);
    let decoder = Decoder::default();
    let mut status = |at: usize| {
        bytes[at] ^= 1;
        let packet = decoder.decode(LinkType::IPV4, &bytes);
        let status = packet.verify_checksums().last().map(|checksum| checksum.status());
        bytes[at] ^= 1;
        status
    };
    assert_eq!(status(31), Some(ChecksumStatus::Good));
    assert_eq!(status(29), Some(ChecksumStatus::Bad));
    bytes[25] = 13;
    let packet = decoder.decode(LinkType::IPV4, &bytes);
    let checksum = packet.verify_checksums().last().map(|checksum| checksum.status());
    assert_eq!(checksum, Some(ChecksumStatus::Unverified));
}

#[test]
fn lengths_and_numbers_stay_as_they_are_given_if_they_are_not_asked_for() {
    let ip = Ipv4Header { protocol: 99, total_length: 7.into(), ..Default::default() };
    let mut out = Vec::new();
    serialize_layers(&mut out, Fix::empty(), &[&ip, &TcpHeader::default()], b"").unwrap();
    assert_eq!((&out[2..4], out[9], &out[10..12]), (&[0, 7][..], 99, &[0, 0][..]));
}

/// Rejects all that it is shown.
struct Picky;

const PICKY: rheos_layers::Protocol = rheos_layers::Protocol::new(
    LayerType(1000),
    "picky",
    "a protocol that is none",
    |bytes, outer| Picky::parse_in(bytes, outer).map(|picky| picky.shape()),
    |bytes, outer, visitor| Picky::parse_in(bytes, outer).map(|picky| visitor(&picky)),
);

impl<'a> Layer<'a> for Picky {
    const PROTOCOL: &'static rheos_layers::Protocol = &PICKY;

    fn parse(_bytes: &'a [u8]) -> Result<Self, Malformed> {
        Err(Malformed::Field { name: "all", value: 0 })
    }

    fn shape(&self) -> Shape {
        Shape { header_len: 0, payload_len: 0, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, _sink: &mut dyn rheos_layers::FieldSink) {}
}

#[test]
fn an_identifier_of_sctp_is_no_guess_and_a_port_is_one() {
    let data = [SctpChunk::Data(SctpData::new(1, 60, b"hello"))];
    let mut sctp = SctpBuilder { chunks: &data, ..Default::default() };
    sctp.header.source_port.set(2905);
    sctp.header.destination_port.set(3000);
    let mut bytes = Vec::new();
    serialize_layers(&mut bytes, Fix::all(), &[&sctp], b"").unwrap();
    let error = |key: Key| {
        let registry = Registry::default().register::<Picky>().unwrap();
        let decoder = Decoder::new(&registry.claim(key, LayerType(1000)));
        let packet = decoder.decode(LinkType::SCTP, &bytes);
        assert!(packet.payload().starts_with(b"hello"));
        packet.error().map(|error| error.layer)
    };
    assert_eq!(error(Key::child(LayerType::SCTP, 60)), Some(LayerType(1000)));
    assert_eq!(error(Key::sctp_port(2905)), None);
    assert_eq!(error(Key::ether_type(EtherType::IPV4)), None);
}
