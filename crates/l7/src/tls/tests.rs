//! Captured and made streams, split in every way.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::kit::{self, Conversation};
use crate::testdata::{conversation, pieces};
use crate::{DatagramParser, Input, OnGap, Probe, Session, SessionParser, SessionState, Timestamp};

mod faults;
mod hellos;

const RETRY: &str = include_str!("../../testdata/tls-retry.txt");
const ECDSA: &str = include_str!("../../testdata/tls-ecdsa.txt");
const REQUEST: &str = include_str!("../../testdata/tls-request.txt");
const STARTTLS: &str = include_str!("../../testdata/smtp-starttls.txt");
const QUIC: &str = include_str!("../../testdata/quic-hello.txt");

fn read(conversation: impl Into<Conversation>) -> Vec<TlsMessage> {
    let (messages, state) = kit::messages(TlsParser::default(), conversation);
    assert!(!matches!(state, SessionState::Failed(_)), "{state:?}");
    messages
}

fn outcome(messages: &[TlsMessage]) -> TlsHandshake {
    let told = messages.iter().filter_map(|message| match message {
        TlsMessage::Handshake(handshake) => Some((**handshake).clone()),
        _ => None,
    });
    let [outcome] = <[_; 1]>::try_from(told.collect::<Vec<_>>()).expect("told once");
    outcome
}

fn client_hellos(messages: &[TlsMessage]) -> Vec<Arc<ClientHello>> {
    let hellos = messages.iter().filter_map(|message| match message {
        TlsMessage::ClientHello { hello, .. } => Some(Arc::clone(hello)),
        _ => None,
    });
    hellos.collect()
}

/// A record.
fn record(kind: u8, fragment: &[u8]) -> Vec<u8> {
    let len = u16::try_from(fragment.len()).unwrap().to_be_bytes();
    [&[kind, 3, 3], &len[..], fragment].concat()
}

/// A handshake message.
fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let [_, a, b, c] = u32::try_from(body.len()).unwrap().to_be_bytes();
    [&[kind, a, b, c], body].concat()
}

/// The body of a client's hello.
fn client_hello(version: u16, suites: &[u16], extensions: &[(u16, &[u8])]) -> Vec<u8> {
    let mut body = version.to_be_bytes().to_vec();
    body.extend([7; 32]);
    body.push(0);
    body.extend(u16::try_from(suites.len() * 2).unwrap().to_be_bytes());
    body.extend(suites.iter().flat_map(|suite| suite.to_be_bytes()));
    body.extend([1, 0]);
    let mut list = Vec::new();
    for (extension_type, data) in extensions {
        list.extend(extension_type.to_be_bytes());
        list.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        list.extend(*data);
    }
    if !extensions.is_empty() {
        body.extend(u16::try_from(list.len()).unwrap().to_be_bytes());
        body.extend(list);
    }
    body
}

/// The body of a server's hello of version 1.2.
fn server_hello(suite: u16) -> Vec<u8> {
    [&[3, 3][..], &[9; 32], &[0], &suite.to_be_bytes(), &[0]].concat()
}

fn parse(body: &[u8]) -> ClientHello {
    ClientHello::parse(Transport::Stream, body).unwrap()
}

/// tshark -r `tls__hrr.pcap` -Y tls.handshake -T fields -e tls.handshake.ja3 -e tls.handshake.ja3s …
#[test]
fn a_retry_of_version_1_3_is_read_to_its_end() {
    let messages = read(conversation(RETRY));
    let hellos = client_hellos(&messages);
    assert_eq!(hellos.len(), 2);
    for hello in &hellos {
        assert_eq!(
            hello.ja3_text(),
            "771,4866-4867-4865-255,11-10-35-22-23-13-43-45-51,21-23-24,0-1-2"
        );
        assert_eq!(hello.ja3(), "0f14b679807628ec7f9c02cada3ee941");
        assert_eq!(hello.version(), TlsVersion::TLS_1_3);
    }
    assert_eq!(hellos[0].key_shares, [KeyShare { group: NamedGroup(21), len: 57 }]);
    assert_eq!(hellos[1].key_shares, [KeyShare { group: NamedGroup::SECP256R1, len: 65 }]);
    let retries = messages.iter().filter_map(|message| match message {
        TlsMessage::HelloRetryRequest { hello, .. } => hello.key_share,
        _ => None,
    });
    assert_eq!(retries.collect::<Vec<_>>(), [KeyShare { group: NamedGroup::SECP256R1, len: 0 }]);
    let outcome = outcome(&messages);
    assert!(outcome.is_retried && outcome.is_established);
    assert_eq!(outcome.version(), Some(TlsVersion::TLS_1_3));
    assert_eq!(outcome.cipher_suite().unwrap().to_string(), "TLS_AES_256_GCM_SHA384");
    assert_eq!(outcome.group, Some(NamedGroup::SECP256R1));
    assert_eq!((outcome.resumption, outcome.client), (None, Some(Side::Initiator)));
}

/// tshark -r `tls__ecdsa-cert.pcap` -V; openssl x509 for the rest.
#[test]
fn a_handshake_of_version_1_2_has_its_certificates() {
    let outcome = outcome(&read(conversation(ECDSA)));
    let client = outcome.client_hello.as_ref().unwrap();
    assert_eq!(client.ja3(), "99faefb55d94da8c713fd5c89f8dc5a1");
    assert_eq!(outcome.server_hello.as_ref().unwrap().ja3s_text(), "771,49195,65281-11-35-15");
    assert_eq!(outcome.server_hello.as_ref().unwrap().ja3s(), "6ce5b396167553eefc3fc5cbc4a16a02");
    assert_eq!(outcome.group, Some(NamedGroup::SECP384R1));
    assert!(outcome.is_established && outcome.resumption.is_none() && outcome.has_new_ticket);
    let chain = outcome.server_certificates.as_ref().unwrap();
    assert_eq!(chain.len(), 2);
    let leaf = chain[0].x509().unwrap();
    assert_eq!(leaf.subject, "CN=pantz.org,OU=PositiveSSL,OU=Domain Control Validated");
    assert_eq!(
        leaf.issuer,
        "CN=COMODO ECC Domain Validation Secure Server CA,O=COMODO CA Limited,\
         L=Salford,ST=Greater Manchester,C=GB"
    );
    assert_eq!((leaf.not_before, leaf.not_after), (1_415_404_800, 1_573_171_199));
    let names: Vec<_> = leaf.alternative_names.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["pantz.org", "www.pantz.org"]);
    assert_eq!(leaf.key.algorithm, "id-ecPublicKey");
    assert_eq!((leaf.key.bits, leaf.key.curve.as_deref()), (Some(384), Some("secp384r1")));
    assert_eq!(leaf.signature_algorithm, "ecdsa-with-SHA256");
    assert_eq!((leaf.version, leaf.is_ca, leaf.serial[1]), (3, false, 0xf0));
    assert!(chain[1].x509().unwrap().is_ca);
}

/// tshark -e `tls.record.content_type` -e `tls.handshake.type` of the three captures, in the letters that Zeek's
/// documentation of `ssl_history` has for these; its own log of a capture like the second has the same.
#[test]
fn what_came_in_clear_text_has_a_letter_each() {
    let history = |text| outcome(&read(conversation(text))).history;
    assert_eq!(history(RETRY), "CjiICs");
    assert_eq!(history(ECDSA), "CsxknGIti");
    assert_eq!(history(REQUEST), "CsxkrnXGIl");
    // A client that did not open the connection, and one that goes on for ever.
    let hello = record(22, &message(1, &client_hello(0x303, &[0x2f], &[])));
    let answer = record(22, &message(2, &server_hello(0x2f)));
    let turned = Conversation::default().responder(&hello).initiator(&answer);
    assert_eq!(outcome(&read(turned)).history, "^Cs");
    let endless = (0..200).fold(Conversation::default(), |all, _| all.initiator(&hello));
    assert_eq!(outcome(&read(endless)).history, "C".repeat(100));
}

#[test]
fn an_alert_ends_a_handshake_that_is_none() {
    let messages = read(conversation(REQUEST));
    let outcome = outcome(&messages);
    let (side, alert) = outcome.alert.unwrap();
    assert_eq!((side, alert.to_string().as_str()), (Side::Responder, "fatal handshake_failure"));
    assert!(!outcome.is_established);
    assert_eq!(outcome.client_certificates.as_deref(), Some(&[][..]));
    let chain = outcome.server_certificates.unwrap();
    let leaf = chain[0].x509().unwrap();
    assert_eq!(leaf.common_name.as_deref(), Some("testing.zeek.org"));
}

/// Lines, until the server is ready to start TLS.
#[derive(Clone, Default)]
struct UntilStart {
    is_over: bool,
}

impl SessionParser for UntilStart {
    type Message = ();

    fn name(&self) -> &'static str {
        "smtp"
    }

    fn feed(&mut self, input: &Input<'_>, _: &mut dyn FnMut(())) -> Result<usize, Failure> {
        self.is_over = input.bytes.starts_with(b"220 2.0.0");
        Ok(input.bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1))
    }

    fn hand_over(&self) -> Option<&'static str> {
        self.is_over.then_some("tls")
    }
}

/// tshark -r `tls__smtp-starttls.pcap` -Y tls.handshake -T fields -e tls.handshake.ja3 …
#[test]
fn it_takes_over_behind_starttls() {
    let now = Timestamp::default();
    let mut talk = Session::new(UntilStart::default());
    let mut rest = pieces(STARTTLS).into_iter();
    for (side, bytes) in rest.by_ref() {
        talk.data(side, now, &bytes, &mut |()| {});
        if talk.state() == &SessionState::HandedOver("tls") {
            break;
        }
    }
    let mut messages = Vec::new();
    let mut tls = talk.hand_over_to(TlsParser::default(), &mut |message| messages.push(message));
    for (side, bytes) in rest {
        tls.data(side, now, &bytes, &mut |message| messages.push(message));
    }
    let outcome = outcome(&messages);
    assert_eq!(outcome.client_hello.unwrap().ja3(), "13020a4ccb11b2d3c9c0e6c285c3c415");
    assert_eq!(outcome.server_hello.unwrap().ja3s(), "ccc514751b175866924439bdbb5bba34");
    assert_eq!(outcome.server_certificates.unwrap().len(), 3);
    assert_eq!(outcome.group, Some(NamedGroup::SECP256R1));
    assert!(outcome.is_established);
}

#[test]
fn any_split_gives_the_same_messages() {
    for text in [RETRY, ECDSA, REQUEST] {
        kit::check_split_invariance(&TlsParser::default(), conversation(text));
    }
    let stream = [
        vec![0x80, 46, 1, 3, 1, 0, 21, 0, 0, 0, 16],
        [vec![0, 0, 0x35, 1, 0, 0x80, 7, 0, 0xc0], vec![0; 12]].concat(),
        vec![5; 16],
        record(21, &[1, 0]),
    ];
    kit::check_split_invariance(&TlsParser::default(), stream.concat().as_slice());
}

// What tls-parser and flowscope fail for.

#[test]
fn a_hello_goes_on_in_more_records_and_segments() {
    let body = client_hello(0x0303, &[0x1301; 900], &[(0, b"\0\x06\0\0\x03a.b")]);
    let hello = message(1, &body);
    for len in [1, 4, 5, 200, 1000] {
        let records: Vec<_> = hello.chunks(len).flat_map(|part| record(22, part)).collect();
        let hellos = client_hellos(&read(records.as_slice()));
        assert_eq!(hellos.len(), 1, "in records of {len} bytes");
        assert_eq!(hellos[0].server_name.as_deref(), Some("a.b"));
        assert_eq!(hellos[0].cipher_suites.len(), 900);
    }
    kit::check_split_invariance(
        &TlsParser::default(),
        hello.chunks(700).flat_map(|part| record(22, part)).collect::<Vec<_>>().as_slice(),
    );
}

#[test]
fn a_message_of_an_unknown_type_is_a_value_beside_the_others() {
    let hello = message(1, &client_hello(0x0303, &[0x2f], &[]));
    let all = [hello, message(25, b"abc"), message(99, b""), message(14, b"")].concat();
    let messages = read(record(22, &all).as_slice());
    let others = messages.iter().filter_map(|message| match message {
        TlsMessage::Other { handshake_type, len, .. } => Some((handshake_type.0, *len)),
        _ => None,
    });
    assert_eq!(others.collect::<Vec<_>>(), [(25, 3), (99, 0), (14, 0)]);
    assert_eq!(client_hellos(&messages).len(), 1);
}

#[test]
fn what_is_encrypted_is_stepped_over() {
    let hellos = Conversation::default()
        .initiator(record(22, &message(1, &client_hello(0x0303, &[0x2f], &[]))))
        .responder(record(22, &message(2, &server_hello(0x2f))))
        .responder(record(22, &message(14, b"")))
        .initiator([record(20, &[1]), record(22, &[0xaa; 40])].concat())
        .responder([record(20, &[1]), record(22, &[1; 40])].concat());
    let messages = read(&hellos);
    let text: Vec<_> = messages.iter().map(|message| format!("{message:?}")).collect();
    assert_eq!(messages.len(), 6, "{text:#?}");
    assert_eq!(
        messages[3..5],
        [
            TlsMessage::Encrypted { side: Side::Initiator },
            TlsMessage::Encrypted { side: Side::Responder },
        ]
    );
    assert!(outcome(&messages).is_established);
    let (_, state) = kit::messages(TlsParser::default(), &hellos);
    assert_eq!(state, SessionState::Done);
}

#[test]
fn a_server_that_skips_its_certificate_resumes_a_session() {
    let resumed = |extensions: &[(u16, &[u8])]| {
        let hellos = Conversation::default()
            .initiator(record(22, &message(1, &client_hello(0x0303, &[0x2f], extensions))))
            .responder(record(22, &message(2, &server_hello(0x2f))))
            .responder(record(20, &[1]))
            .initiator(record(20, &[1]));
        outcome(&read(&hellos)).resumption
    };
    assert_eq!(resumed(&[]), Some(Resumption::SessionId));
    assert_eq!(resumed(&[(35, b"")]), Some(Resumption::SessionId));
    assert_eq!(resumed(&[(35, b"ticket")]), Some(Resumption::Ticket));
}

#[test]
fn a_message_that_is_too_long_is_stepped_over() {
    let config = TlsConfig { max_message: 1000, ..TlsConfig::default() };
    let hello = message(1, &client_hello(0x0303, &[0x2f], &[]));
    let long = message(11, &[0; 5000]);
    let stream: Vec<_> = [&hello[..], &long, &hello]
        .concat()
        .chunks(400)
        .flat_map(|part| record(22, part))
        .collect();
    let (messages, _) = kit::messages(TlsParser::new(config), stream.as_slice());
    assert_eq!(client_hellos(&messages).len(), 2);
    let reasons = messages.iter().filter_map(|message| match message {
        TlsMessage::Malformed { reason, .. } => Some(reason.reason().to_owned()),
        _ => None,
    });
    assert_eq!(reasons.collect::<Vec<_>>(), ["message of 5000 bytes, 1000 are taken"]);
    kit::check_split_invariance(&TlsParser::new(config), stream.as_slice());
}

#[test]
fn a_stream_is_known_by_its_first_bytes() {
    let hello = record(22, &message(1, &client_hello(0x0303, &[0x2f], &[])));
    let parser = TlsParser::default();
    for len in 0..7 {
        assert_eq!(parser.probe(&hello[..len], b""), Probe::NeedMore, "{len}");
    }
    assert_eq!(parser.probe(&hello[..7], b""), Probe::Match);
    // The client may be the one who was called, as in FTP's data.
    assert_eq!(parser.probe(b"", &hello), Probe::Match);
    assert_eq!(parser.probe(b"GET / HTTP/1.1\r\n", b""), Probe::NoMatch);
    assert_eq!(parser.probe(b"\x16\x03\x01\0\x03\x01\0", b""), Probe::NoMatch);
    assert_eq!(parser.probe(b"", b"220 mail"), Probe::NoMatch);
}

// The fingerprints' own vectors.

proptest! {
    #[test]
    fn any_bytes_split_anywhere_give_the_same(
        bytes in proptest::collection::vec(prop_oneof![20_u8..24, 0_u8..4, any::<u8>()], 0..200),
    ) {
        kit::check_split_invariance(&TlsParser::default(), bytes.as_slice());
    }

    #[test]
    fn any_changed_byte_is_survived(at in 0..3000_usize, value: u8, text in 0..3_usize) {
        let mut stream = Conversation::default();
        let mut before = 0;
        for (side, mut bytes) in pieces([RETRY, ECDSA, REQUEST][text]) {
            if let Some(byte) = at.checked_sub(before).and_then(|at| bytes.get_mut(at)) {
                *byte = value;
            }
            before += bytes.len();
            stream = stream.turn(side, bytes);
        }
        let (messages, _) = kit::messages(TlsParser::default(), &stream);
        for message in messages {
            let _ = format!("{message:?}");
            match message {
                TlsMessage::ClientHello { hello, .. } => drop((hello.ja3(), hello.ja4())),
                TlsMessage::Certificates { certificates, .. } => {
                    certificates.iter().for_each(|certificate| drop(certificate.x509()));
                }
                _ => {}
            }
        }
    }

    #[test]
    fn any_hello_is_read_or_refused(bytes: Vec<u8>) {
        for transport in [Transport::Stream, Transport::Datagrams, Transport::Quic] {
            let _ = ClientHello::parse(transport, &bytes).map(|hello| hello.ja4());
            let _ = ServerHello::parse(transport, &bytes).map(|hello| hello.ja3s());
        }
        let _ = crate::dtls::DtlsParser::default().probe(&bytes);
    }
}
