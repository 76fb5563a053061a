//! Openings as they were captured, and what they come to.

use rheos_core::Side::{self, Initiator, Responder};

use super::StartTlsParser;
use crate::kit::{Conversation, check_split_invariance, messages};
use crate::parser::{Probe, SessionParser};
use crate::session::SessionState;

/// The first bytes of a hello: behind the opening, nothing of it is read.
const HELLO: &[u8] = b"\x16\x03\x01\x02\x00\x01";

type Turns<'a> = &'a [(Side, &'a [u8])];

fn conversation(turns: Turns<'_>) -> Conversation {
    let turn = |all: Conversation, (side, bytes): &(Side, &[u8])| all.turn(*side, bytes);
    turns.iter().fold(Conversation::default(), turn)
}

/// Whether the turns open TLS, whatever they are split into.
#[track_caller]
fn check(turns: Turns<'_>, protocol: &str) {
    let opened = conversation(turns).initiator(HELLO);
    check_split_invariance(&StartTlsParser::default(), &opened);
    let (found, state) = messages(StartTlsParser::default(), &opened);
    assert_eq!(found.iter().map(|own| own.protocol).collect::<Vec<_>>(), [protocol]);
    assert_eq!(state, SessionState::HandedOver("tls"));
    let mut sides = [Vec::new(), Vec::new()];
    let parser = StartTlsParser::default();
    let probes: Vec<_> = turns
        .iter()
        .map(|(side, bytes)| {
            sides[usize::from(*side == Responder)].extend_from_slice(bytes);
            parser.probe(&sides[0], &sides[1])
        })
        .collect();
    assert!(probes.contains(&Probe::Match), "{protocol} {probes:?}");
}

/// Whether nothing comes of the turns.
#[track_caller]
fn check_refused(turns: Turns<'_>) {
    let refused = conversation(turns);
    check_split_invariance(&StartTlsParser::default(), &refused);
    assert!(messages(StartTlsParser::default(), &refused).0.is_empty());
}

/// tshark -r `tls__pop3-starttls.pcap` -z follow,tcp,raw,0, of Zeek's tests.
#[test]
fn pop3_goes_over_behind_the_reply_to_stls() {
    check(
        &[
            (Responder, b"+OK ladymacbeth.local Cyrus POP3 server ready\r\n"),
            (Initiator, b"STLS\r\n"),
            (Responder, b"+OK Begin TLS negotiation now\r\n"),
        ],
        "pop",
    );
}

/// RFC 2449, section 5: CAPA is answered by several lines.
#[test]
fn replies_to_commands_before_decide_nothing() {
    check(
        &[
            (Responder, b"+OK\r\n"),
            (Initiator, b"CAPA\r\nstls\r\n"),
            (Responder, b"+OK Capability list follows\r\nTOP\r\nSTLS\r\n.\r\n+OK\r\n"),
        ],
        "pop",
    );
    check_refused(&[(Responder, b"+OK\r\n"), (Initiator, b"STLS\r\n"), (Responder, b"-ERR\r\n")]);
}

/// RFC 9051, section 6.2.1.
#[test]
fn imap_goes_over_behind_the_tagged_reply() {
    check(
        &[
            (Responder, b"* OK [CAPABILITY IMAP4rev2 STARTTLS]\r\n"),
            (Initiator, b"a002 STARTTLS\r\n"),
            (Responder, b"* STATUS\r\na002 OK Begin TLS negotiation now\r\n"),
        ],
        "imap",
    );
    check_refused(&[
        (Responder, b"* OK hello\r\n"),
        (Initiator, b"a002 STARTTLS\r\n"),
        (Responder, b"a002 BAD no\r\n"),
    ]);
}

/// tshark -r `ldap__ldap-starttls.pcap` -z follow,tcp,raw,0, of Zeek's tests.
#[test]
fn ldap_goes_over_behind_a_result_of_success() {
    let ask = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037";
    check(
        &[
            (Initiator, ask),
            (Responder, b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"),
        ],
        "ldap",
    );
    check_refused(&[
        (Initiator, ask),
        (Responder, b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00"),
    ]);
}

/// tshark -r `postgresql__psql-aws-ssl-require-15432.pcap` -z follow,tcp,raw,0, of Zeek's tests.
#[test]
fn postgresql_goes_over_behind_one_letter() {
    let ask = b"\0\0\0\x08\x04\xd2\x16\x2f";
    check(&[(Initiator, ask), (Responder, b"S")], "pgsql");
    check_refused(&[(Initiator, ask), (Responder, b"N")]);
}

/// tshark -r `mysql__tls-12-amazon-rds.pcap` -z follow,tcp,raw,0, of Zeek's tests.
#[test]
fn mysql_goes_over_behind_the_front_of_a_login() {
    let greeting =
        b"\x4a\0\0\0\x0a8.0.28\0\x18\0\0\0\x36\x5a\x5c\x3d\x1c\x74\x51\x77\0\xff\xff\xff\
        \x02\0\xff\xdf\x15\0\0\0\0\0\0\0\0\0\0\x40\x60\x4d\x11\x42\x79\x35\x56\x28\x47\x15\x34\0\
        mysql_native_password\0";
    let mut ask = [&b"\x20\0\0\x01\x85\xae\xff\x20\0\0\0\x01\x21"[..], &[0; 23]].concat();
    check(&[(Responder, greeting), (Initiator, &ask)], "mysql");
    // Without CLIENT_SSL.
    ask[5] = 0xa6;
    check_refused(&[(Responder, greeting), (Initiator, &ask)]);
}

/// [MS-RDPBCGR], 4.1.1 and 4.1.2, with TLS for the protocol that is chosen.
#[test]
fn rdp_goes_over_behind_a_confirm_that_chooses_tls() {
    let ask = b"\x03\0\0\x2c\x27\xe0\0\0\0\0\0Cookie: mstshash=eltons\r\n\x01\0\x08\0\x01\0\0\0";
    let confirm = *b"\x03\0\0\x13\x0e\xd0\0\0\x12\x34\0\x02\0\x08\0\x01\0\0\0";
    check(&[(Initiator, ask), (Responder, &confirm)], "rdp");
    let mut plain = confirm;
    plain[15] = 0;
    check_refused(&[(Initiator, ask), (Responder, &plain)]);
}

/// tshark -r `tls__xmpp-dialback-starttls.pcap` -z follow,tcp,raw,0, of Zeek's tests, cut.
#[test]
fn xmpp_goes_over_behind_proceed() {
    let stream = b"<?xml version='1.0'?><stream:stream xmlns='jabber:server' version='1.0'>";
    let features = b"<stream:stream version='1.0'><stream:features>\
        <starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>";
    let ask = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
    let proceed = b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
    let failure = b"<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
    let start = [(Initiator, &stream[..]), (Responder, features), (Initiator, ask)];
    check(&[&start[..], &[(Responder, proceed)]].concat(), "xmpp");
    check_refused(&[&start[..], &[(Responder, failure)]].concat());
    let closed = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'></starttls>";
    check(&[(Initiator, stream), (Initiator, closed), (Responder, proceed)], "xmpp");
}

/// tshark -r `socks-with-ssl.pcap` -z follow,tcp,raw,0, of Zeek's tests; RFC 1929 for the login.
#[test]
fn tls_begins_behind_a_proxy_of_socks() {
    let request = b"\x05\x01\0\x03\x0ewww.google.com\x01\xbb";
    let reply = *b"\x05\0\0\x01\0\0\0\0\x01\xbb";
    let free = [(Initiator, &b"\x05\x01\0"[..]), (Responder, b"\x05\0"), (Initiator, request)];
    check(&[&free[..], &[(Responder, &reply)]].concat(), "socks");
    let login = [
        (Initiator, &b"\x05\x02\0\x02"[..]),
        (Responder, b"\x05\x02"),
        (Initiator, b"\x01\x01a\x02bc"),
        (Responder, b"\x01\0"),
        (Initiator, b"\x05\x01\0\x01\x7f\0\0\x01\0\x50"),
    ];
    check(&[&login[..], &[(Responder, &reply)]].concat(), "socks");
    let mut refused = reply;
    refused[1] = 5;
    check_refused(&[&free[..], &[(Responder, &refused)]].concat());
    // Something else than TLS.
    check_refused(&[&free[..], &[(Responder, &reply), (Initiator, b"GET /")]].concat());
}

#[test]
fn other_streams_are_left_alone() {
    let parser = StartTlsParser::default();
    for (initiator, responder) in [
        (&b"GET / HTTP/1.1\r\n"[..], &b""[..]),
        (HELLO, b""),
        (b"", b"220 mail ready\r\n"),
        (b"", b"SSH-2.0-OpenSSH_9.9\r\n"),
        // A connection of S7, which asks for no protocol.
        (b"\x03\0\0\x16\x11\xe0\0\0\0\x01\0\xc0\x01\x0a\xc1\x02\x01\0\xc2\x02\x01\x02", b""),
        // An ordinary bind of LDAP.
        (b"\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\0\x80\0", b""),
        // A start of PostgreSQL without TLS.
        (b"\0\0\0\x0a\0\x03\0\0\0\0", b""),
    ] {
        assert_eq!(parser.probe(initiator, responder), Probe::NoMatch, "{initiator:?}");
    }
    // Until it asks, nothing is known of a client of POP3.
    assert_eq!(parser.probe(b"USER a\r\n", b"+OK\r\n"), Probe::NeedMore);
}

#[test]
fn a_gap_ends_it() {
    let mut session = crate::Session::new(StartTlsParser::default());
    let now = rheos_core::Timestamp::default();
    session.data(Responder, now, b"+OK\r\n", &mut |_| {});
    session.gap(Initiator, 6, &mut |_| {});
    session.data(Responder, now, b"+OK begin\r\n", &mut |_| {});
    assert_eq!(session.state(), &SessionState::Stopped);
}

#[test]
fn what_never_ends_is_not_kept() {
    let (pop, imap) = (&b"+OK "[..], &b"* OK "[..]);
    let fronts: [(Side, &[u8]); 9] = [
        (Responder, pop),
        (Responder, imap),
        // Lengths of a greeting of MySQL, a message of LDAP and one of RDP that is as long as it can be.
        (Responder, b"\xff\xff\0\0\x0a8"),
        (Initiator, b"\x30\x82\xff\xff"),
        (Initiator, b"\x30\x84\0\0\x03\xfa"),
        (Initiator, b"\x03\0\x01\x04\xff\xe0"),
        (Initiator, b"<?xml "),
        (Initiator, b"<stream:stream><starttls "),
        (Initiator, b"nothing that is known"),
    ];
    for (side, front) in fronts {
        let mut session = crate::Session::new(StartTlsParser::default());
        let now = rheos_core::Timestamp::default();
        session.data(side, now, front, &mut |_| {});
        for _ in 0..1000 {
            session.data(side, now, &[b'a'; 100], &mut |_| {});
            assert!(session.unread(side).len() <= crate::frame::MAX_LINE, "{front:?}");
        }
    }
}

#[test]
fn a_client_that_does_not_wait_for_the_answer_is_given_up() {
    let mut session = crate::Session::new(StartTlsParser::default());
    let now = rheos_core::Timestamp::default();
    session.data(Initiator, now, b"\0\0\0\x08\x04\xd2\x16\x2f", &mut |_| {});
    for _ in 0..=crate::MAX_UNREAD / 1024 {
        session.data(Initiator, now, &[b'a'; 1024], &mut |_| {});
        assert!(session.unread(Initiator).len() <= crate::MAX_UNREAD);
    }
    assert_eq!(session.state(), &SessionState::Stopped);
}
