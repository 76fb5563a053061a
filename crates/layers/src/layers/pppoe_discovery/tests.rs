//! Tests of discovery of PPP over Ethernet.

use proptest::prelude::*;

use super::*;

/// A tag of this kind.
fn tag(kind: u16, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap().to_be_bytes();
    [&kind.to_be_bytes(), &length, data].concat()
}

/// The fields of one tag, as tshark shows an own packet.
#[track_caller]
fn check(kind: u16, data: &[u8], expected: &str) {
    let tag = tag(kind, data);
    let length = u16::try_from(tag.len()).unwrap().to_be_bytes();
    let bytes = [b"\x11\x09\0\0", &length[..], &tag].concat();
    let text = PppoeDiscovery::parse(&bytes).unwrap().to_string();
    let header = format!("pppoe.payload_length={}", tag.len());
    assert_eq!(text.split_once(&header).unwrap().1.trim_start(), expected);
}

#[test]
fn tags_of_text_and_bytes() {
    check(0x0101, b"isp", "pppoed.tags.service_name=isp");
    check(0x0101, b"", "");
    check(0x0110, b"\x01\x02\x03", "pppoed.tags.relay_session_id=010203");
    check(0x0111, b"http://a", "pppoed.tags.hurl=687474703a2f2f61");
    check(0x0112, b"motd", "pppoed.tags.motm=6d6f7464");
    check(0x0120, b"\x05\xdc", "pppoed.tags.max_payload=05dc");
    check(0x0121, b"\0\x01", "pppoed.tags.ip_route_add=0001");
    check(0x0201, b"no", "pppoed.tags.service_name_error=no");
    check(0x0202, b"busy", "pppoed.tags.ac_system_error=busy");
    check(0x0203, b"err", "pppoed.tags.generic_error=err");
}

#[test]
fn tags_of_numbers() {
    check(0x0106, b"\0\x05\0\x06", "pppoed.tags.credits.fcn=5 pppoed.tags.credits.bcn=6");
    check(
        0x0107,
        b"\0\x13\x63\x50\0\x0a\0\x0b\0\x0c",
        "pppoed.tags.metrics.mdr_units=2 pppoed.tags.metrics.cdr_units=1 \
         pppoed.tags.metrics.r=1 pppoed.tags.metrics.rlq=99 pppoed.tags.metrics.resource=80 \
         pppoed.tags.metrics.latency=10 pppoed.tags.metrics.curr_drate=11 \
         pppoed.tags.metrics.max_drate=12",
    );
    check(0x0108, b"\0\x07", "pppoed.tags.seq_num=7");
    check(0x0109, b"\0\x08", "pppoed.tags.credit_scale=8");
}

#[test]
fn a_tag_of_the_broadband_forum_describes_the_line() {
    check(
        0x0105,
        b"\0\0\x0d\xe9\x01\x03abc\x02\x02xy\x81\x04\0\0\x01\0\x8e\x04\0\0\0\x0e\x90\x03\x01\x02\x03",
        "pppoed.tags.vendor_id=3561 pppoed.tags.circuit_id=abc pppoed.tags.remote_id=xy \
         pppoed.tags.act_data_rate_up=256 pppoed.tags.act_int_delay_down=14 \
         pppoed.tags.access_loop_encap.data_link=1 pppoed.tags.access_loop_encap.encap_1=2 \
         pppoed.tags.access_loop_encap.encap_2=3",
    );
    check(0x0105, b"\0\0\0\x09zz", "pppoed.tags.vendor_id=9 pppoed.tags.vendor_unspecified=7a7a");
    let tag = PppoeTag::VendorSpecific { vendor: 3561, data: b"\x01\x03abc\x02\x09x" };
    let cut = Err(Malformed::Truncated { need: 16, have: 8 });
    let expected = [Ok(PppoeAccessLine::CircuitId(b"abc")), cut];
    assert_eq!(tag.access_lines().collect::<Vec<_>>(), expected);
}

#[test]
fn an_unknown_tag_is_kept() {
    // Wireshark takes the unknown data from two bytes too early.
    let fields = "pppoed.tag=2457 pppoed.tag_length=2 pppoed.tag.unknown_data=6162";
    check(0x0999, b"ab", fields);
}

#[test]
fn the_list_ends_before_the_packet_does() {
    let packet = PppoeDiscovery::parse(b"\x11\x09\0\0\0\x08\0\0\0\0\x01\x02\0\0").unwrap();
    assert_eq!(packet.tags().collect::<Vec<_>>(), [Ok(PppoeTag::EndOfList)]);
}

#[test]
fn a_tag_that_is_cut_ends_the_list() {
    let packet = PppoeDiscovery::parse(b"\x11\x09\0\0\0\x09\x01\x03\0\x01a\x01\x02\0\x09").unwrap();
    let cut = Err(Malformed::Truncated { need: 18, have: 9 });
    assert_eq!(packet.tags().collect::<Vec<_>>(), [Ok(PppoeTag::HostUniq(b"a")), cut]);
}

#[test]
fn the_largest_length_wraps_nowhere() {
    let packet = PppoeDiscovery::parse(b"\x11\x09\0\0\xff\xff\x01\x01\0\0").unwrap();
    let shape = packet.shape();
    assert_eq!((shape.header_len, shape.payload_len), (10, 0xffff - 4));
}

#[test]
fn tags_too_long_for_a_packet_are_an_error() {
    let data = vec![0; 65_532];
    let encode = |tags: &[PppoeTag<'_>]| {
        let builder = PppoeDiscoveryBuilder { tags, ..PppoeDiscoveryBuilder::default() };
        builder.encode(&mut Vec::new())
    };
    let error = |field, value| Err(EncodeError::TooLarge { layer: "pppoed", field, value });
    assert_eq!(encode(&[PppoeTag::HostUniq(&data)]), error("length", 65_536));
    let data = vec![0; 65_536];
    assert_eq!(encode(&[PppoeTag::HostUniq(&data)]), error("tag length", 65_536));
}

proptest! {
    #[test]
    fn tags_read_and_written_again_are_the_same_bytes(kind in 0x0100_u16..0x0124, data in prop::collection::vec(any::<u8>(), 0..12)) {
        let tag = tag(kind, &data);
        let length = u16::try_from(tag.len()).unwrap().to_be_bytes();
        let bytes = [b"\x11\x09\0\0", &length[..], &tag].concat();
        let packet = PppoeDiscovery::parse(&bytes).unwrap();
        let tags = packet.tags().collect::<Result<Vec<_>, _>>().unwrap();
        let mut out = Vec::new();
        let builder = PppoeDiscoveryBuilder { tags: &tags, ..PppoeDiscoveryBuilder::default() };
        builder.encode(&mut out).unwrap();
        prop_assert_eq!(out, bytes);
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
        if let Ok(packet) = PppoeDiscovery::parse(&bytes) {
            prop_assert!(packet.tags().count() <= bytes.len());
            prop_assert!(!packet.to_string().is_empty());
        }
    }
}
