//! Tests of DTLS.

use proptest::prelude::*;

use super::*;

// tshark -r dtls1_2.pcap -Y frame.number==3, of Zeek's tests.
layer_tests! {
    sample: Dtls *b"\x16\xfe\xff\0\0\0\0\0\0\0\0\0#\x03\0\0\x17\0\0\0\0\0\0\0\x17\xfe\xff\x14L(\x1d\
        \xa5!n\x0b\xcd\xc6\xd3Wp\x17n\xe1/gk\xaa\x9b";
    fields: "dtls.record.content_type=22 dtls.record.version=65279 dtls.record.epoch=0 \
        dtls.record.sequence_number=0 dtls.record.length=35 dtls.handshake.type=3 \
        dtls.handshake.length=23 dtls.handshake.message_seq=0 \
        dtls.handshake.fragment_offset=0 dtls.handshake.fragment_length=23 \
        dtls.handshake.version=65279 dtls.handshake.cookie_length=20 \
        dtls.handshake.cookie=4c281da5216e0bcdc6d35770176ee12f676baa9b";
    edit: DtlsRecordHeader, |header| header.epoch.set(0x100);
    bad: [0 = 19 => "content type" 19, 1 = 3 => "version" 0x3ff, 11 = 0x49 => "length" 0x4923];
}

const SAMPLE: &[u8] =
    b"\x16\xfe\xff\0\0\0\0\0\0\0\0\0#\x03\0\0\x17\0\0\0\0\0\0\0\x17\xfe\xff\x14L(\x1d\
        \xa5!n\x0b\xcd\xc6\xd3Wp\x17n\xe1/gk\xaa\x9b";

#[test]
fn a_fragment_of_a_message_is_shown_by_its_header() {
    let mut bytes = SAMPLE.to_vec();
    // Of 40 bytes, these are the first 23.
    bytes[16] = 40;
    let dtls = Dtls::parse(&bytes).unwrap();
    assert!(dtls.to_string().ends_with("fragment_offset=0 dtls.handshake.fragment_length=23"));
    let messages = dtls.records().next().unwrap().unwrap().handshakes();
    assert!(messages.len() == 1 && !messages[0].is_whole());
    // A fragment that ends behind its message is no fragment.
    bytes[16] = 10;
    assert!(!Dtls::parse(&bytes).unwrap().to_string().contains("handshake"));
}

#[test]
fn a_type_without_a_name_hides_nothing_behind_it() {
    // RFC 6347, section 4.2.2: type, length, number, place and length of the fragment, a byte.
    let unnamed = b"\x4d\0\0\x01\0\x07\0\0\0\0\0\x01x";
    let mut bytes = [&SAMPLE[..13], unnamed, &SAMPLE[13..]].concat();
    bytes[12] += 13;
    let types = |bytes: &[u8]| {
        let record = Dtls::parse(bytes).unwrap().records().next().unwrap().unwrap();
        record.handshakes().iter().map(|message| message.handshake_type.0).collect::<Vec<_>>()
    };
    assert_eq!(types(&bytes), [77, 3]);
    // The second would end behind its end: what was in front of it stays.
    bytes[29] = 1;
    assert_eq!(types(&bytes), [77]);
}

#[test]
fn records_of_later_epochs_are_encrypted() {
    let mut bytes = SAMPLE.to_vec();
    bytes[4] = 1;
    assert!(!Dtls::parse(&bytes).unwrap().to_string().contains("handshake"));
}

#[test]
fn the_probe_wants_whole_records() {
    assert!(probe(SAMPLE, &Outer::NONE) && probe(&SAMPLE.repeat(2), &Outer::NONE));
    assert!(!probe(&SAMPLE[..47], &Outer::NONE));
    assert!(!probe(&[SAMPLE, b"x"].concat(), &Outer::NONE));
}

#[test]
fn every_name_of_tls_has_another_here() {
    let mut tls_names = Vec::new();
    let mut sink = |field: Field<'_>| tls_names.push(field.name);
    Dtls::parse(SAMPLE).unwrap().fields(&mut sink);
    assert!(tls_names.iter().all(|name| name.starts_with("dtls.")));
}

proptest! {
    #[test]
    fn any_records_are_read_to_their_end(
        kind in 20_u8..=24, bytes in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let len = u16::try_from(bytes.len()).unwrap().to_be_bytes();
        let record = [&[kind, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 1], &len[..], &bytes].concat();
        let dtls = Dtls::parse(&record).unwrap();
        prop_assert!(!dtls.to_string().is_empty() && dtls.records().count() == 1);
        let _ = dtls.client_hello();
    }
}
