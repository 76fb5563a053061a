//! Tests of messages as wholes: fields beside tshark's, prefixes, round trips.

use proptest::prelude::*;

use super::*;
use crate::Field;
use crate::layers::golden::{self, hex};

const FIXTURE: &str = include_str!("../../../tests/tshark/ntp.txt");

/// Every message of the fixture.
fn samples() -> Vec<Vec<u8>> {
    let cases = FIXTURE.split("\n= ").skip(1);
    cases.map(|case| hex(case.lines().nth(1).unwrap())[42..].to_vec()).collect()
}

#[test]
fn fields_are_those_of_tshark() {
    // Names of groups, text of variables and a type of key that no byte holds.
    let theirs =
        ["ntp.ext", "ntp.ctrl.data", "ntp.ctrl.item", "ntp.priv.mode7.item", "ntp.key_type"];
    golden::check(FIXTURE, &["ntp"], &theirs, &[]);
}

#[test]
fn every_prefix_is_truncated_or_keeps_what_is_whole() {
    for bytes in samples() {
        let need = match bytes[0] & 7 {
            6 => 12,
            7 => 8,
            _ => 48,
        };
        for have in 1..bytes.len() {
            match Ntp::parse(&bytes[..have]) {
                Ok(ntp) => assert_eq!((ntp.shape().header_len, have >= need), (have, true)),
                Err(error) => assert_eq!(error, Malformed::Truncated { need, have }),
            }
        }
    }
    assert_eq!(Ntp::parse(&[]), Err(Malformed::Truncated { need: 1, have: 0 }));
}

#[test]
fn an_extension_field_is_told_from_a_digest_by_the_length() {
    let digest = [&TEMPLATE[..], &[0, 0, 0, 7], &[1; 20]].concat();
    let ntp = Ntp::parse(&digest).unwrap();
    assert_eq!(ntp.extensions().count(), 0);
    assert_eq!(ntp.mac(), Some(NtpMac { key_id: 7, digest: &[1; 20] }));
    let extension = [&TEMPLATE[..], &[1, 4, 0, 28], &[1; 24]].concat();
    let ntp = Ntp::parse(&extension).unwrap();
    let expected = NtpExtension { field_type: 0x104, value: &[1; 24] };
    assert_eq!((ntp.extensions().collect::<Vec<_>>(), ntp.mac()), (vec![expected], None));
}

#[test]
fn a_length_that_makes_no_sense_ends_the_extension_fields() {
    for length in [0, 3, 200] {
        let bytes = [&TEMPLATE[..], &[1, 4, 0, length], &[1; 24]].concat();
        let ntp = Ntp::parse(&bytes).unwrap();
        assert_eq!((ntp.extensions().count(), ntp.mac()), (0, None), "{length}");
    }
}

#[test]
fn messages_that_are_written_again_are_the_same() {
    for bytes in samples() {
        let ntp = Ntp::parse(&bytes).unwrap();
        if let NtpMessage::Time(header, _) = ntp.message {
            let extensions: Vec<_> = ntp.extensions().collect();
            let mut out = Vec::new();
            let builder = NtpBuilder { header: *header, extensions: &extensions, mac: ntp.mac() };
            builder.encode(&mut out).unwrap();
            assert_eq!(out, bytes);
        }
    }
}

#[test]
fn header_bits_are_written_where_they_are_read() {
    let mut header = NtpHeader::default();
    header.set_flags(3, 4, 5);
    assert_eq!((header.leap(), header.version(), header.mode()), (3, 4, 5));
    let line = |bytes: &[u8]| fmt::from_fn(|f| Ntp::parse(bytes).unwrap().summary(f)).to_string();
    assert_eq!(line(header.as_bytes()), "v4 broadcast stratum 0");
    assert_eq!(line(&[0x17, 0, 3, 42, 0, 0, 0, 0]), "private code 42");
}

proptest! {
    #[test]
    fn any_bytes_have_their_fields_inside(mode in 0..8_u8, rest in prop::collection::vec(any::<u8>(), 0..200)) {
        let bytes = [&[mode | 0x90], &rest[..]].concat();
        if let Ok(ntp) = Ntp::parse(&bytes) {
            ntp.fields(&mut |field: Field<'_>| assert!(field.bytes.end <= bytes.len(), "{field:?}"));
        }
    }
}
