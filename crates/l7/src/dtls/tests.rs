//! Captured and made datagrams, in any order.

use proptest::prelude::*;

use super::*;
use crate::Timestamp;
use crate::testdata::pieces;
use crate::tls::{NamedGroup, TlsHandshake, TlsVersion};

const DTLS_1_2: &str = include_str!("../../testdata/dtls12.txt");
const DTLS_1_3: &str = include_str!("../../testdata/dtls13.txt");

/// Reads datagrams to their end; those that are no DTLS are passed over.
fn read<'d>(datagrams: impl IntoIterator<Item = &'d (Side, Vec<u8>)>) -> Vec<TlsMessage> {
    let (mut parser, mut messages) = (DtlsParser::default(), Vec::new());
    let now = Timestamp::default();
    for (side, bytes) in datagrams {
        let _ =
            parser.datagram(&Input::new(*side, now, bytes), &mut |message| messages.push(message));
    }
    parser.on_end(now, &mut |message| messages.push(message));
    messages
}

fn outcome(messages: &[TlsMessage]) -> &TlsHandshake {
    let Some(TlsMessage::Handshake(outcome)) = messages.last() else { panic!("{messages:?}") };
    outcome
}

/// Names of the messages, in their order.
fn names(messages: &[TlsMessage]) -> Vec<String> {
    let debug = messages.iter().map(|message| format!("{message:?}"));
    debug.map(|text| text.split([' ', '(']).next().unwrap_or_default().to_owned()).collect()
}

/// tshark -r `tls__dtls1_2.pcap` -T fields -e dtls.handshake.type -e `dtls.handshake.fragment_offset` …
#[test]
fn fragments_are_put_together_behind_an_exchange_of_cookies() {
    let messages = read(&pieces(DTLS_1_2));
    assert_eq!(
        names(&messages),
        [
            "ClientHello",
            "HelloVerifyRequest",
            "ClientHello",
            "ServerHello",
            "Certificates",
            "Other",
            "Other",
            "Other",
            "Encrypted",
            "NewSessionTicket",
            "Encrypted",
            "Handshake",
        ]
    );
    let TlsMessage::HelloVerifyRequest { cookie, version, .. } = &messages[1] else { panic!() };
    assert_eq!((cookie.len(), *version), (20, TlsVersion::DTLS_1_0));
    let TlsMessage::ClientHello { hello, .. } = &messages[2] else { panic!() };
    assert_eq!(&hello.cookie, cookie);
    let outcome = outcome(&messages);
    assert_eq!(outcome.version(), Some(TlsVersion::DTLS_1_2));
    assert_eq!(outcome.history, "CvCsxknGIti");
    assert!(outcome.is_retried && outcome.is_established);
    assert!(outcome.client_hello.as_ref().unwrap().ja4().starts_with("dd2i"));
    let leaf = outcome.server_certificates.as_ref().unwrap()[0].x509().unwrap();
    assert_eq!(leaf.subject, "O=Internet Widgits Pty Ltd,ST=Some-State,C=AU");
    assert_eq!((leaf.not_before, leaf.not_after), (1_512_070_108, 1_543_606_108));
}

#[test]
fn of_a_datagram_that_is_cut_whole_messages_are_told_and_parts_are_kept() {
    let pieces = pieces(DTLS_1_2);
    let (whole, now) = (names(&read(&pieces)), Timestamp::default());
    let mut parser = DtlsParser::default();
    assert!(parser.reads_cut());
    let mut messages = Vec::new();
    // Each is captured in part, and then again as a whole.
    for (side, bytes) in &pieces {
        let cut = Input::new(*side, now, &bytes[..bytes.len() / 2]).cut();
        let _ = parser.datagram(&cut, &mut |message| messages.push(message));
        let whole = Input::new(*side, now, bytes);
        let _ = parser.datagram(&whole, &mut |message| messages.push(message));
    }
    parser.on_end(now, &mut |message| messages.push(message));
    assert_eq!(names(&messages), whole);
}

#[test]
fn version_1_3_is_known_by_its_extension_and_its_header() {
    let messages = read(&pieces(DTLS_1_3));
    let outcome = outcome(&messages);
    assert_eq!(outcome.version(), Some(TlsVersion::DTLS_1_3));
    assert_eq!(outcome.history, "CjCs");
    assert!(outcome.is_retried && outcome.is_established);
    assert_eq!(
        outcome.group,
        outcome.server_hello.as_ref().unwrap().key_share.map(|key| key.group)
    );
    assert!(outcome.group.is_some_and(|group| group == NamedGroup::SECP256R1));
    assert!(outcome.client_hello.as_ref().unwrap().ja4().starts_with("dd3i"));
}

#[test]
fn what_is_sent_again_is_told_once() {
    let datagrams = pieces(DTLS_1_2);
    let twice: Vec<_> = datagrams.iter().flat_map(|datagram| [datagram, datagram]).collect();
    assert_eq!(read(twice), read(&datagrams));
}

#[test]
fn fragments_that_overlap_or_come_in_another_order_give_the_same() {
    let mut datagrams = pieces(DTLS_1_2);
    let whole = read(&datagrams);
    datagrams.swap(0, 1);
    datagrams.swap(7, 8);
    assert_eq!(outcome(&read(&datagrams)).server_certificates, outcome(&whole).server_certificates);
    assert_eq!(names(&read(&datagrams)), names(&whole));
}

/// A fragment of a message of 2^24 - 1 bytes.
fn fragment(seq: u16, length: u32, offset: u32, body: &[u8]) -> (Side, Vec<u8>) {
    let number = |number: u32| number.to_be_bytes()[1..].to_vec();
    let len = u32::try_from(body.len()).unwrap();
    let message = [
        vec![1],
        number(length),
        seq.to_be_bytes().to_vec(),
        number(offset),
        number(len),
        body.to_vec(),
    ]
    .concat();
    let length = u16::try_from(message.len()).unwrap().to_be_bytes();
    let header = [&[22, 0xfe, 0xfd][..], &[0; 8], &length].concat();
    (Side::Initiator, [header, message].concat())
}

#[test]
fn a_message_without_a_name_is_told_with_those_around_it() {
    let mut of_server = pieces(DTLS_1_2).into_iter().filter(|(side, _)| *side == Side::Responder);
    let (side, mut datagram) = of_server.next().unwrap();
    // RFC 6347, section 4.2.2: type, length, number, place and length of the fragment, a byte.
    let unnamed = b"\x4d\0\0\x01\0\x07\0\0\0\0\0\x01x";
    datagram.splice(13..13, unnamed.iter().copied());
    datagram[12] += 13;
    let messages = read(&[(side, datagram)]);
    assert_eq!(names(&messages), ["Other", "HelloVerifyRequest", "Handshake"]);
    assert!(
        matches!(messages[0], TlsMessage::Other { handshake_type, len: 1, .. } if handshake_type.0 == 77)
    );
}

#[test]
fn fragments_that_never_end_stay_within_the_bound() {
    let config = TlsConfig::default();
    let mut fragments = Fragments::default();
    for number in 0..40_000_u32 {
        let seq = u16::try_from(number % 50).unwrap();
        let (_, datagram) = fragment(seq, 200_000, number * 3 + 1, b"ab");
        let dtls = Dtls::parse(&datagram).unwrap();
        let record = dtls.records().next().unwrap().unwrap();
        assert_eq!(fragments.take(&record.handshakes()[0], config.max_message), Taken::Part);
        assert!(fragments.cost() <= config.max_message);
    }
    let messages = read(&[fragment(0, 0xff_ffff, 0, b"a")]);
    assert!(matches!(messages[0], TlsMessage::Malformed { .. }), "{messages:?}");
}

#[test]
fn a_flow_is_known_by_its_first_datagram() {
    let parser = DtlsParser::default();
    let datagrams = pieces(DTLS_1_2);
    assert_eq!(parser.probe(&datagrams[0].1), Probe::Match);
    assert_eq!(parser.probe(&datagrams[2].1), Probe::Match);
    assert_eq!(parser.probe(&datagrams[0].1[1..]), Probe::NoMatch);
    assert_eq!(parser.probe(b""), Probe::NoMatch);
}

proptest! {
    #[test]
    fn any_changed_byte_is_survived(which in 0..12_usize, at in 0..200_usize, value: u8) {
        let mut datagrams = pieces(DTLS_1_2);
        if let Some(byte) = datagrams[which].1.get_mut(at) {
            *byte = value;
        }
        let _ = format!("{:?}", read(&datagrams));
    }

    #[test]
    fn any_cut_of_a_message_gives_the_whole(cuts in proptest::collection::vec(1..60_u32, 1..10)) {
        let body = [&[0xfe, 0xfd][..], &[7; 32], &[0, 0, 0, 2, 0, 0x2f, 1, 0]].concat();
        let len = u32::try_from(body.len()).unwrap();
        let mut datagrams = Vec::new();
        let mut at = 0;
        for cut in cuts.into_iter().chain([len]) {
            let end = (at + cut).min(len);
            // Each part says the last byte of the one before again.
            let start = at.saturating_sub(1);
            datagrams.push(fragment(0, len, start, &body[start as usize..end as usize]));
            at = end;
        }
        datagrams.reverse();
        prop_assert_eq!(&names(&read(&datagrams))[..1], ["ClientHello"]);
    }
}
