//! What cannot be read, is missing, or is of another time.

use super::*;

#[test]
fn what_is_no_record_fails_and_what_was_seen_is_told() {
    let hello = record(22, &message(1, &client_hello(0x0303, &[0x2f], &[])));
    let stream = Conversation::default().initiator(hello).responder("HTTP/1.1 400 Bad Request");
    let (messages, state) = kit::messages(TlsParser::default(), &stream);
    assert_eq!(state, SessionState::Failed(Failure::new("no record starts with 72")));
    assert!(!outcome(&messages).is_established);
    let (_, state) = kit::messages(TlsParser::default(), &[22, 3, 3, 0xff, 0xff]);
    let SessionState::Failed(failure) = state else { panic!("{state:?}") };
    assert!(failure.reason().contains("record length 65535"), "{failure}");
}

#[test]
fn a_hole_inside_a_record_costs_that_record_only() {
    let hello = record(22, &message(1, &client_hello(0x0303, &[0x2f], &[])));
    let now = Timestamp::default();
    // In data: nothing is lost.
    let (mut session, mut messages) = (Session::new(TlsParser::default()), Vec::new());
    let mut out = |message| messages.push(message);
    session.data(Side::Responder, now, &record(23, &[0; 100])[..50], &mut out);
    session.gap(Side::Responder, 55, &mut out);
    session.data(Side::Responder, now, &record(21, &[2, 40]), &mut out);
    // In a handshake message: the next record is read.
    session.data(Side::Initiator, now, &hello[..20], &mut out);
    session.gap(Side::Initiator, hello.len() as u64 - 20, &mut out);
    session.data(Side::Initiator, now, &hello, &mut out);
    assert_eq!(session.state(), &SessionState::Running);
    assert_eq!(client_hellos(&messages).len(), 1);
    assert!(messages.iter().any(|message| matches!(message, TlsMessage::Alert { .. })));
    // Beyond a record: nobody knows where the next starts.
    let mut parser = TlsParser::default();
    assert_eq!(parser.on_gap(Side::Initiator, 1, b"", &mut |_| {}), OnGap::StopSide);
    assert_eq!(parser.on_gap(Side::Responder, 100, &hello[..20], &mut |_| {}), OnGap::StopSide);
}

/// RFC 5246, appendix E.2, with the numbers of a hello of OpenSSL 0.9.
#[test]
fn a_hello_of_ssl_2_is_a_value_and_tls_goes_on_behind_it() {
    let hello = [&[0x80, 31, 1, 3, 1, 0, 6, 0, 0, 0, 16][..], &[0, 0, 0x35, 7, 0, 0xc0], &[5; 16]];
    let stream = Conversation::default()
        .initiator(hello.concat())
        .responder(record(22, &message(2, &server_hello(0x35))));
    let messages = read(&stream);
    let [TlsMessage::Ssl2Hello { hello, .. }, TlsMessage::ServerHello { .. }, ..] = &messages[..]
    else {
        panic!("{messages:?}")
    };
    assert_eq!(hello.version, TlsVersion::TLS_1_0);
    assert_eq!(hello.cipher_specs, [[0, 0, 0x35], [7, 0, 0xc0]]);
    assert_eq!(TlsParser::default().probe(&[0x80, 46, 1, 3, 1], b""), Probe::NeedMore);
    assert_eq!(TlsParser::default().probe(&[0x80, 46, 1, 9, 1], b""), Probe::NoMatch);
}
