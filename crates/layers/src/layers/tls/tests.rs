//! Tests of TLS.

use proptest::prelude::*;

use super::*;
use crate::{Fix, serialize_layers};

// tshark -r app-layer-protocol-prefilter__input.pcap -Y frame.number==4, of Suricata's tests.
layer_tests! {
    sample: Tls *b"\x16\x03\x03\0G\x01\0\0C\x03\x03\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\
        \xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\
        \0\0\x02\0\x9c\x01\0\0\x18\0\0\0\x14\0\x12\0\0\x0fwww.example.com";
    fields: "tls.record.content_type=22 tls.record.version=771 tls.record.length=71 \
        tls.handshake.type=1 tls.handshake.length=67 tls.handshake.version=771 \
        tls.handshake.random=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa \
        tls.handshake.random_time=2863311530 \
        tls.handshake.random_bytes=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa \
        tls.handshake.session_id_length=0 tls.handshake.cipher_suites_length=2 \
        tls.handshake.ciphersuite=156 tls.handshake.comp_methods_length=1 \
        tls.handshake.comp_method=0 tls.handshake.extensions_length=24 \
        tls.handshake.extension.type=0 tls.handshake.extension.len=20 \
        tls.handshake.extensions_server_name_list_len=18 \
        tls.handshake.extensions_server_name_type=0 \
        tls.handshake.extensions_server_name_len=15 \
        tls.handshake.extensions_server_name=www.example.com";
    edit: TlsRecordHeader, |header| header.legacy_record_version.set(0x0301);
    bad: [0 = 25 => "content type" 25, 1 = 4 => "legacy record version" 0x403,
        3 = 0x49 => "length" 0x4947];
}

/// A record.
fn record(kind: u8, fragment: &[u8]) -> Vec<u8> {
    let len = u16::try_from(fragment.len()).unwrap().to_be_bytes();
    [&[kind, 3, 3], &len[..], fragment].concat()
}

/// A hello of a server that chooses this version in an extension.
fn server_hello(version: u16) -> Vec<u8> {
    let front = [&[2, 0, 0, 46, 3, 3][..], &[7; 32], &[0, 0x13, 0x01, 0, 0, 6, 0, 43, 0, 2]];
    [&front.concat()[..], &version.to_be_bytes()].concat()
}

#[track_caller]
fn check(bytes: &[u8], fields: &str) {
    assert_eq!(Tls::parse(bytes).unwrap().to_string(), fields);
}

#[test]
fn a_segment_holds_several_records() {
    let bytes = [record(20, &[1]), record(21, &[2, 70]), record(23, b"data")].concat();
    check(
        &bytes,
        "tls.record.content_type=20 tls.record.version=771 tls.record.length=1 \
         tls.record.content_type=21 tls.record.version=771 tls.record.length=2 \
         tls.alert_message.level=2 tls.alert_message.desc=70 \
         tls.record.content_type=23 tls.record.version=771 tls.record.length=4 \
         tls.app_data=64617461",
    );
    let tls = Tls::parse(&bytes).unwrap();
    let alerts: Vec<_> = tls.records().map(|record| record.unwrap().alert()).collect();
    assert_eq!(alerts, [None, Some((2, 70)), None]);
}

// gopacket defect 32.
#[test]
fn a_server_hello_is_read() {
    let bytes = record(22, &server_hello(0x0304));
    let hello = Tls::parse(&bytes).unwrap().server_hello().unwrap();
    assert_eq!(
        (hello.version(), hello.legacy_version, hello.cipher_suite),
        (0x0304, 0x0303, 0x1301)
    );
}

// gopacket defect 33.
#[test]
fn a_record_split_over_segments_is_shown_as_far_as_it_is_there() {
    let whole = record(22, &server_hello(0x0303));
    let tls = Tls::parse(&whole[..44]).unwrap();
    let records: Vec<_> = tls.records().map(Result::unwrap).collect();
    assert!(records.len() == 1 && !records[0].is_whole());
    assert_eq!(records[0].fragment.len(), 39);
    assert!(tls.to_string().ends_with("tls.handshake.session_id_length=0"));
    let prefixes = (5..whole.len()).map(|len| Tls::parse(&whole[..len]).unwrap().to_string());
    let all = Tls::parse(&whole).unwrap().to_string();
    prefixes.for_each(|prefix| assert!(all.starts_with(&prefix), "{prefix}"));
}

// peers 8.2: TLS encrypted handshake after CCS
#[test]
fn what_follows_a_change_of_ciphers_is_encrypted() {
    let bytes = [record(20, &[1]), record(22, &server_hello(0x0303))].concat();
    let fields = Tls::parse(&bytes).unwrap().to_string();
    assert!(
        fields.ends_with("tls.record.content_type=22 tls.record.version=771 tls.record.length=50")
    );
}

#[test]
fn a_message_of_a_random_type_or_length_is_encrypted() {
    for front in [[0x77, 0, 0, 2], [1, 0x77, 0, 2], [20, 0, 0, 77], [0, 0, 0, 0]] {
        let bytes = record(22, &[&front[..], &[1, 2]].concat());
        let tls = Tls::parse(&bytes).unwrap();
        assert_eq!(tls.to_string().matches("handshake").count(), 0, "{front:?}");
        assert!(tls.records().next().unwrap().unwrap().handshakes().is_none());
    }
}

#[test]
fn a_message_goes_on_in_the_next_record() {
    let message = server_hello(0x0303);
    let bytes =
        [record(22, &message[..20]), record(22, &message[20..]), record(22, &[14, 0, 0, 0])];
    let fields = Tls::parse(&bytes.concat()).unwrap().to_string();
    let types = fields.split(' ').filter(|field| field.starts_with("tls.handshake.type"));
    assert_eq!(types.collect::<Vec<_>>(), ["tls.handshake.type=2", "tls.handshake.type=14"]);
}

#[test]
fn records_of_version_1_3_hide_what_they_carry() {
    let bytes = [record(22, &server_hello(0x0304)), record(23, b"x")].concat();
    assert!(Tls::parse(&bytes).unwrap().to_string().contains("tls.record.opaque_type=23"));
}

#[test]
fn a_hello_of_ssl_2_is_read() {
    let front = b"\x80\x1c\x01\x03\x01\0\x03\0\0\0\x10\x01\0\x80";
    let bytes = [&front[..], &[9; 16]].concat();
    let hello = Tls::parse(&bytes).unwrap().ssl2_client_hello().unwrap();
    assert_eq!((hello.version, hello.cipher_specs), (0x0301, &[[1, 0, 0x80]][..]));
    assert!(Tls::parse(&bytes).unwrap().to_string().contains("tls.handshake.cipherspec=65664"));
}

#[test]
fn a_client_says_whom_it_wants_to_speak_to() {
    let hello = Tls::parse(HELLO).unwrap().client_hello().unwrap();
    assert_eq!(hello.server_name(), Some("www.example.com"));
    assert_eq!(hello.cipher_suites.len(), 1);
}

#[test]
fn the_length_of_a_single_record_is_worked_out_and_those_of_several_stay() {
    let header = TlsRecordHeader { content_type: 23, ..Default::default() };
    let mut out = Vec::new();
    serialize_layers(&mut out, Fix::all(), &[&header], b"data").unwrap();
    assert_eq!(out[3..5], [0, 4]);
    let two = [record(23, b"a"), record(23, b"b")].concat();
    let header = TlsRecordHeader::read_from_prefix(&two).unwrap().0;
    out.clear();
    serialize_layers(&mut out, Fix::all(), &[&header], &two[5..]).unwrap();
    assert_eq!(out, two);
}

#[test]
fn the_probe_takes_hellos_and_no_text() {
    assert!(probe(HELLO, &Outer::NONE));
    assert!(!probe(b"GET / HTTP/1.1\r\n", &Outer::NONE));
    assert!(!probe(&[22, 3, 1, 0xff, 0xff, 1, 0, 0], &Outer::NONE));
}

proptest! {
    #[test]
    fn any_records_are_read_to_their_end(
        kind in 20_u8..=24, bytes in proptest::collection::vec(any::<u8>(), 1..200),
    ) {
        let record = record(kind, &bytes);
        let tls = Tls::parse(&record).unwrap();
        prop_assert!(!tls.to_string().is_empty() && tls.records().count() == 1);
        let _ = (tls.client_hello().map(|hello| hello.extensions().count()), tls.server_hello());
    }
}

const HELLO: &[u8] =
    b"\x16\x03\x03\0G\x01\0\0C\x03\x03\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\
        \xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\
        \0\0\x02\0\x9c\x01\0\0\x18\0\0\0\x14\0\x12\0\0\x0fwww.example.com";

#[test]
fn protocols_inside_are_named() {
    let data = b"\0\x10\0\x0e\0\x0c\x02h2\x08http/1.1";
    let extensions = TlsExtensions::new(data, true).collect::<Vec<_>>();
    let [Ok(TlsExtension::ApplicationProtocols(names))] = extensions[..] else { unreachable!() };
    assert_eq!(names.names().collect::<Vec<_>>(), [&b"h2"[..], b"http/1.1"]);
}

// tshark -r tls_zero_size_ext.pcap, of PcapPlusPlus's tests: an extension of no bytes has no fields.
#[test]
fn a_request_for_timestamps_is_empty() {
    let front = [&[1, 0, 0, 47, 3, 3][..], &[7; 32], &[0, 0, 2, 0, 0x9c, 1, 0, 0, 4, 0, 18, 0, 0]];
    let fields = Tls::parse(&record(22, &front.concat())).unwrap().to_string();
    assert!(fields.ends_with("tls.handshake.extension.type=18 tls.handshake.extension.len=0"));
}
