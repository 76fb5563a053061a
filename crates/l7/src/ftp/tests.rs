//! Conversations, and what is said of them.

use rheos_core::{Side, Timestamp};

use super::{FtpConfig, FtpMessage, FtpParser};
use crate::kit::{Conversation, check_split_invariance, messages};
use crate::parser::{Probe, SessionParser};
use crate::session::{Session, SessionState};

fn line(message: &FtpMessage) -> String {
    match message {
        FtpMessage::Command(command) => format!("C {} {}", command.verb, command.argument),
        FtpMessage::Reply(reply) => {
            let command = reply.command.as_deref().unwrap_or("-");
            format!("S {} {} to {command}", reply.code, reply.lines.join("|"))
        }
        FtpMessage::Credentials(who) => {
            format!("login {} {:?} {}", who.user, who.password, who.code)
        }
        FtpMessage::Data { expected, .. } => {
            format!("data {:?} {:?} {}", expected.listener, expected.address, expected.port)
        }
        FtpMessage::Transfer(transfer) => {
            let port = transfer.expected.map(|expected| expected.port);
            format!("transfer {} {} {port:?} {}", transfer.verb, transfer.path, transfer.code)
        }
        FtpMessage::StartTls { .. } => "tls".to_owned(),
        FtpMessage::Anomaly(anomaly) => format!("anomaly {:?}", anomaly.what),
    }
}

#[track_caller]
fn check(conversation: &Conversation, expected: &[&str]) -> SessionState {
    check_split_invariance(&FtpParser::default(), conversation);
    let (found, state) = messages(FtpParser::default(), conversation);
    assert_eq!(found.iter().map(line).collect::<Vec<_>>(), expected);
    state
}

#[test]
fn a_login_and_a_transfer_either_way() {
    let conversation = Conversation::default()
        .responder("220-hello\r\n 220 is not the end\r\n220 ready\r\n")
        .initiator("user me\r\n")
        .responder("331 word?\r\n")
        .initiator("PASS secret\r\n")
        .responder("230 in\r\n")
        .initiator("PASV\r\n")
        .responder("227 Entering Passive Mode (192,0,2,1,195,80).\r\n")
        .initiator("RETR a b.txt\r\n")
        .responder("150 go\r\n226 done\r\n")
        .initiator("EPRT |2|2001:db8::1|5282|\r\n")
        .responder("200 ok\r\n")
        .initiator("STOR c\r\n")
        .responder("125 go\r\n")
        .responder("226 done\r\n");
    check(
        &conversation,
        &[
            "S 220 hello| 220 is not the end|ready to -",
            "C USER me",
            "S 331 word? to USER",
            "C PASS secret",
            "S 230 in to PASS",
            "login me Some(\"secret\") 230",
            "C PASV ",
            "S 227 Entering Passive Mode (192,0,2,1,195,80). to PASV",
            "data Responder Some(192.0.2.1) 50000",
            "C RETR a b.txt",
            "S 150 go to RETR",
            "transfer RETR a b.txt Some(50000) 150",
            "S 226 done to RETR",
            "data Initiator Some(2001:db8::1) 5282",
            "C EPRT |2|2001:db8::1|5282|",
            "S 200 ok to EPRT",
            "C STOR c",
            "S 125 go to STOR",
            "transfer STOR c Some(5282) 125",
            "S 226 done to STOR",
        ],
    );
}

/// RFC 959 section 5.4: replies come in the order of commands.
#[test]
fn a_transfer_has_the_data_connection_that_was_agreed_in_front_of_it() {
    let active = Conversation::default()
        .initiator("PORT 192,0,2,9,1,2\r\nRETR a\r\nLPRT 4,4,192,0,2,9,2,1,3\r\nRETR b\r\n")
        .initiator("PORT 192,0,2,9,1,4\r\nRETR c\r\n")
        .responder("200 ok\r\n150 go\r\n226 done\r\n200 ok\r\n150 go\r\n226 done\r\n")
        .responder("500 no\r\n150 go\r\n226 done\r\n");
    let passive = Conversation::default()
        .initiator("PASV\r\nRETR a\r\nLPSV\r\nRETR b\r\nRETR c\r\n")
        .responder("227 (192,0,2,1,1,2)\r\n150 go\r\n226 done\r\n")
        .responder("228 Entering Long Passive Mode (4,4,192,0,2,1,2,1,3)\r\n150 go\r\n226 done\r\n")
        .responder("150 go\r\n226 done\r\n");
    for conversation in [active, passive] {
        check_split_invariance(&FtpParser::default(), &conversation);
        let found = messages(FtpParser::default(), &conversation).0;
        let lines = found.iter().map(line).filter(|line| line.starts_with("transfer"));
        assert_eq!(
            lines.collect::<Vec<_>>(),
            [
                "transfer RETR a Some(258) 150",
                "transfer RETR b Some(259) 150",
                "transfer RETR c None 150"
            ]
        );
    }
}

#[test]
fn data_connections_are_expected_once() {
    let mut session = Session::new(FtpParser::default());
    let now = Timestamp::default();
    session.data(Side::Initiator, now, b"PORT 192,0,2,9,1,2\r\nEPSV\r\n", &mut |_| {});
    session.data(Side::Responder, now, b"200 ok\r\n229 Entering (|||99|)\r\n", &mut |_| {});
    let parser = session.parser_mut();
    let first = parser.take_expected().unwrap();
    let address = Some("192.0.2.9".parse().unwrap());
    assert_eq!((first.listener, first.address, first.port), (Side::Initiator, address, 258));
    assert_eq!(first.protocol, "ftp-data");
    let second = parser.take_expected().unwrap();
    assert_eq!((second.listener, second.address, second.port), (Side::Responder, None, 99));
    assert!(parser.take_expected().is_none());
}

#[test]
fn addresses_that_cannot_be_read_are_told() {
    let conversation = Conversation::from(b"PORT 1,2,3\r\n");
    check(&conversation, &["anomaly InvalidAddress", "C PORT 1,2,3"]);
}

#[test]
fn behind_auth_another_protocol_goes_on_if_the_server_agrees() {
    let agreed = Conversation::default()
        .responder("220 x\r\n")
        .initiator("AUTH TLS\r\n")
        .responder("234 go\r\n")
        .initiator("\x16\x03\x01");
    let state = check(&agreed, &["S 220 x to -", "C AUTH TLS", "S 234 go to AUTH", "tls"]);
    assert_eq!(state, SessionState::HandedOver("tls"));
    let refused = Conversation::default()
        .responder("220 x\r\n")
        .initiator("AUTH TLS\r\n")
        .responder("534 no\r\n")
        .initiator("QUIT\r\n");
    check(&refused, &["S 220 x to -", "C AUTH TLS", "S 534 no to AUTH", "C QUIT "]);
}

#[test]
fn lines_and_lists_have_bounds() {
    let config = FtpConfig { max_line: 20, max_reply_lines: 2, max_pending: 1 };
    let parser = FtpParser::new(config);
    let conversation = Conversation::default()
        .initiator(format!("CWD {}\r\nNOOP\r\n", "x".repeat(50)))
        .responder("what\r\n211-a\r\n b\r\n c\r\n211 d\r\n");
    check_split_invariance(&parser, &conversation);
    let found: Vec<_> = messages(parser, &conversation).0.iter().map(line).collect();
    assert_eq!(
        found,
        [
            "anomaly LineTooLong",
            "C CWD xxxxxxxxxxxxxxxx",
            "anomaly TooManyPending",
            "C NOOP ",
            "anomaly NotAReply",
            "S 211 a| b to NOOP",
        ]
    );
}

#[test]
fn behind_a_gap_the_next_line_is_read() {
    let (mut session, mut found) = (Session::new(FtpParser::default()), Vec::new());
    let now = Timestamp::default();
    let mut push = |message| found.push(line(&message));
    session.data(Side::Initiator, now, b"USER a\r\nPA", &mut push);
    session.gap(Side::Initiator, 5, &mut push);
    session.data(Side::Initiator, now, b"x\r\nQUIT\r\n", &mut push);
    session.gap(Side::Responder, 5, &mut push);
    session.data(Side::Responder, now, b"x\r\n221 bye\r\n", &mut push);
    assert_eq!(found, ["C USER a", "C QUIT ", "S 221 bye to -"]);
}

#[test]
fn the_greeting_and_the_first_command_tell_it_from_others() {
    let probe = |client: &str, server: &str| {
        FtpParser::default().probe(client.as_bytes(), server.as_bytes())
    };
    assert_eq!(probe("", "220 x\r\n"), Probe::NeedMore);
    assert_eq!(probe("USER a\r\n", "220 x\r\n"), Probe::Match);
    assert_eq!(probe("USER a\r\n", "+OK\r\n"), Probe::NoMatch);
    assert_eq!(probe("EHLO a\r\n", "220 x\r\n"), Probe::NoMatch);
    assert_eq!(probe("US", "22"), Probe::NeedMore);
    assert_eq!(probe(&format!("USER {}", "a".repeat(59)), "220 x\r\n"), Probe::Match);
}
