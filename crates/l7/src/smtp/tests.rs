//! Conversations, and what is said of them.

use rheos_core::{Side, Timestamp};

use super::{AnomalyKind, SmtpConfig, SmtpMessage, SmtpParser};
use crate::kit::{Conversation, check_split_invariance, messages};
use crate::session::{Session, SessionState};

fn line(message: &SmtpMessage) -> String {
    match message {
        SmtpMessage::Command(command) => format!("C {} {}", command.verb, command.argument),
        SmtpMessage::Reply(reply) => {
            let command = reply.command.as_deref().unwrap_or("-");
            format!("S {} {} to {command}", reply.code, reply.lines.join("|"))
        }
        SmtpMessage::Mail(mail) => {
            let to = mail.recipients.iter().map(|to| format!("{} {:?}", to.path, to.code));
            format!(
                "mail {} from {} to {} len {} missing {} stuffed {} chunks {} code {:?}",
                mail.helo,
                mail.from,
                to.collect::<Vec<_>>().join(", "),
                mail.len,
                mail.missing,
                mail.stuffed,
                mail.chunks,
                mail.code
            )
        }
        SmtpMessage::Credentials(who) => {
            format!("auth {} {:?} {:?} {}", who.mechanism, who.user, who.password, who.code)
        }
        SmtpMessage::StartTls { .. } => "tls".to_owned(),
        SmtpMessage::Anomaly(anomaly) => format!("anomaly {:?}", anomaly.what),
    }
}

#[track_caller]
fn check(conversation: &Conversation, expected: &[&str]) -> SessionState {
    check_split_invariance(&SmtpParser::default(), conversation);
    let (found, state) = messages(SmtpParser::default(), conversation);
    assert_eq!(found.iter().map(line).collect::<Vec<_>>(), expected);
    state
}

/// The first lines of every conversation, which say nothing new.
fn hello() -> Conversation {
    Conversation::default()
        .responder("220 x\r\n")
        .initiator("EHLO me\r\n")
        .responder("250-x\r\n250 y\r\n")
}

const HELLO: [&str; 3] = ["S 220 x to -", "C EHLO me", "S 250 x|y to EHLO"];

// The first example of RFC 5321, appendix D.1, with a line that begins with a dot.
#[test]
fn a_mail_to_three_of_whom_one_is_unknown() {
    let conversation = Conversation::default()
        .responder("220 foo.com Simple Mail Transfer Service Ready\r\n")
        .initiator("EHLO bar.com\r\n")
        .responder(
            "250-foo.com greets bar.com\r\n250-8BITMIME\r\n250-SIZE\r\n250-DSN\r\n250 HELP\r\n",
        )
        .initiator("MAIL FROM:<Smith@bar.com>\r\n")
        .responder("250 OK\r\n")
        .initiator("RCPT TO:<Jones@foo.com>\r\n")
        .responder("250 OK\r\n")
        .initiator("RCPT TO:<Green@foo.com>\r\n")
        .responder("550 No such user here\r\n")
        .initiator("RCPT TO:<Brown@foo.com>\r\n")
        .responder("250 OK\r\n")
        .initiator("DATA\r\n")
        .responder("354 Start mail input; end with <CRLF>.<CRLF>\r\n")
        .initiator("Blah blah blah...\r\n..etc. etc. etc.\r\n.\r\n")
        .responder("250 OK\r\n")
        .initiator("QUIT\r\n")
        .responder("221 foo.com Service closing transmission channel\r\n");
    check(
        &conversation,
        &[
            "S 220 foo.com Simple Mail Transfer Service Ready to -",
            "C EHLO bar.com",
            "S 250 foo.com greets bar.com|8BITMIME|SIZE|DSN|HELP to EHLO",
            "C MAIL FROM:<Smith@bar.com>",
            "S 250 OK to MAIL",
            "C RCPT TO:<Jones@foo.com>",
            "S 250 OK to RCPT",
            "C RCPT TO:<Green@foo.com>",
            "S 550 No such user here to RCPT",
            "C RCPT TO:<Brown@foo.com>",
            "S 250 OK to RCPT",
            "C DATA ",
            "S 354 Start mail input; end with <CRLF>.<CRLF> to DATA",
            "S 250 OK to .",
            "mail bar.com from Smith@bar.com to Jones@foo.com Some(250), Green@foo.com Some(550), \
         Brown@foo.com Some(250) len 36 missing 0 stuffed 1 chunks 0 code Some(250)",
            "C QUIT ",
            "S 221 foo.com Service closing transmission channel to QUIT",
        ],
    );
}

// RFC 3030, section 4.2: pieces by BDAT, pipelined.
#[test]
fn a_mail_in_pieces_is_counted_by_its_lengths() {
    let conversation = hello()
        .initiator("MAIL FROM:<a@b> BODY=BINARYMIME\r\nRCPT TO:<c@d>\r\nBDAT 7\r\n.\r\nQUIT")
        .initiator("BDAT 3 LAST\r\nabcQUIT\r\n")
        .responder("250 a\r\n250 b\r\n250 c\r\n250 d\r\n221 e\r\n");
    let expected = [
        "C MAIL FROM:<a@b> BODY=BINARYMIME",
        "C RCPT TO:<c@d>",
        "C BDAT 7",
        "C BDAT 3 LAST",
        "C QUIT ",
        "S 250 a to MAIL",
        "S 250 b to RCPT",
        "S 250 c to BDAT",
        "S 250 d to .",
        "mail me from a@b to c@d None len 10 missing 0 stuffed 0 chunks 2 code Some(250)",
        "S 221 e to QUIT",
    ];
    check(&conversation, &[&HELLO[..], &expected].concat());
}

// RFC 5321: section 4.1.1.5 of RSET, 4.1.4 of EHLO, 3.3 of another MAIL; 4.1.1.10 of QUIT.
#[test]
fn a_mail_that_comes_to_nothing_is_told_with_what_was_said_last() {
    let mail = "C MAIL FROM:<a@b>";
    let told =
        |code| format!("mail me from a@b to  len 0 missing 0 stuffed 0 chunks 0 code {code}");
    for command in ["RSET", "QUIT", "EHLO me", "MAIL FROM:<a@b>"] {
        let conversation = hello()
            .initiator("MAIL FROM:<a@b>\r\n")
            .responder("250 ok\r\n")
            .initiator(format!("{command}\r\n"));
        check_split_invariance(&SmtpParser::default(), &conversation);
        let found: Vec<_> =
            messages(SmtpParser::default(), &conversation).0.iter().map(line).collect();
        let mails = 1 + usize::from(command.starts_with("MAIL"));
        assert_eq!(found[3], mail);
        assert_eq!(found.iter().filter(|text| text.starts_with("mail")).count(), mails);
        assert_eq!(found[6], told("Some(250)"), "{command}");
    }
    let refused = hello()
        .initiator("MAIL FROM:<a@b>\r\nRCPT TO:<c>\r\nDATA\r\n")
        .responder("250 a\r\n550 b\r\n554 c\r\n");
    let expected = [
        mail,
        "C RCPT TO:<c>",
        "C DATA ",
        "S 250 a to MAIL",
        "S 550 b to RCPT",
        "S 554 c to DATA",
        "mail me from a@b to c Some(550) len 0 missing 0 stuffed 0 chunks 0 code Some(554)",
    ];
    check(&refused, &[&HELLO[..], &expected].concat());
    let cut = hello()
        .initiator("MAIL FROM:<a@b>\r\n")
        .responder("250 a\r\n")
        .initiator("DATA\r\n")
        .responder("354 b\r\n")
        .initiator("one\r\n");
    let expected = [
        mail,
        "S 250 a to MAIL",
        "C DATA ",
        "S 354 b to DATA",
        "mail me from a@b to  len 5 missing 0 stuffed 0 chunks 0 code Some(354)",
    ];
    check(&cut, &[&HELLO[..], &expected].concat());
}

/// Suricata's test smtp-bdat-bad-tail-next-mail: RFC 3030, section 2, has LAST or nothing there.
#[test]
fn a_piece_behind_a_command_of_the_wrong_form_is_none() {
    let conversation = hello()
        .initiator("BDAT 5 X\r\n")
        .responder("521 5.5.4 Syntax: BDAT count [LAST]\r\n")
        .initiator("NOOP\r\n");
    let expected = ["C BDAT 5 X", "S 521 5.5.4 Syntax: BDAT count [LAST] to BDAT", "C NOOP "];
    check(&conversation, &[&HELLO[..], &expected].concat());
}

#[test]
fn data_that_is_refused_is_not_read_as_content() {
    let conversation = hello().initiator("DATA\r\n").responder("503 no\r\n").initiator("QUIT\r\n");
    check(&conversation, &[&HELLO[..], &["C DATA ", "S 503 no to DATA", "C QUIT "]].concat());
}

#[test]
fn behind_start_tls_another_protocol_goes_on_at_its_first_byte() {
    let start = hello().initiator("STARTTLS\r\n").responder("220 go\r\n");
    let state =
        check(&start, &[&HELLO[..], &["C STARTTLS ", "S 220 go to STARTTLS", "tls"]].concat());
    assert_eq!(state, SessionState::HandedOver("tls"));
    let mut session = Session::new(SmtpParser::default());
    for (side, bytes) in [
        (Side::Initiator, &b"STARTTLS\r\n"[..]),
        (Side::Responder, b"220 hi\r\n220 go\r\n\x16\x03\x03"),
        (Side::Initiator, b"\x16\x03\x01"),
    ] {
        session.data(side, Timestamp::default(), bytes, &mut |_| {});
    }
    // The greeting answers the command here, for it came behind it.
    assert_eq!(session.unread(Side::Initiator), b"\x16\x03\x01");
    let refused = hello().initiator("STARTTLS\r\n").responder("454 no\r\n").initiator("QUIT\r\n");
    check(&refused, &[&HELLO[..], &["C STARTTLS ", "S 454 no to STARTTLS", "C QUIT "]].concat());
}

#[test]
fn bytes_between_start_tls_and_its_reply_are_told() {
    let conversation = hello().initiator("STARTTLS\r\nRSET\r\n").responder("220 go\r\n");
    let (found, state) = messages(SmtpParser::default(), &conversation);
    assert!(found.iter().map(line).any(|text| text == "anomaly BytesBehindStartTls"));
    assert_eq!(state, SessionState::HandedOver("tls"));
    check_split_invariance(&SmtpParser::default(), &conversation);
}

// The base64 of RFC 4616, section 4, and of RFC 2195, section 2.
#[test]
fn credentials_are_shown_by_the_mechanisms_that_show_them() {
    let auth = |asked: &str, answers: &[&str]| {
        let mut conversation = hello().initiator(format!("AUTH {asked}\r\n"));
        for answer in answers {
            conversation = conversation.responder("334 \r\n").initiator(format!("{answer}\r\n"));
        }
        let conversation = conversation.responder("235 in\r\n").initiator("QUIT\r\n");
        check_split_invariance(&SmtpParser::default(), &conversation);
        let found: Vec<_> =
            messages(SmtpParser::default(), &conversation).0.iter().map(line).collect();
        assert_eq!(found.last().unwrap(), "C QUIT ");
        found.into_iter().find(|text| text.starts_with("auth")).unwrap()
    };
    let plain = "auth PLAIN Some(\"tim\") Some(\"tanstaaftanstaaf\") 235";
    assert_eq!(auth("PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm", &[]), plain);
    assert_eq!(auth("plain", &["AHRpbQB0YW5zdGFhZnRhbnN0YWFm"]), plain);
    let login = auth("LOGIN", &["dGlt", "dGFuc3RhYWY="]);
    assert_eq!(login, "auth LOGIN Some(\"tim\") Some(\"tanstaaf\") 235");
    let digest = "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw";
    assert_eq!(auth("CRAM-MD5", &[digest]), "auth CRAM-MD5 Some(\"tim\") None 235");
    assert_eq!(auth("NTLM", &["not base64!"]), "auth NTLM None None 235");
}

#[test]
fn a_dot_between_odd_line_ends_is_told_and_ends_nothing() {
    for odd in ["\n.\n", "\n.\r\n", "\r\n.\n"] {
        let conversation = hello()
            .initiator("DATA\r\n")
            .responder("354 go\r\n")
            .initiator(format!("a{odd}MAIL FROM:<x>\r\n.\r\n"))
            .responder("250 ok\r\n");
        check_split_invariance(&SmtpParser::default(), &conversation);
        let found: Vec<_> =
            messages(SmtpParser::default(), &conversation).0.iter().map(line).collect();
        assert_eq!(found[5], "anomaly OddEndOfData", "{odd:?}");
        assert!(!found.iter().any(|text| text.starts_with("C MAIL")), "{odd:?}");
    }
}

// Programs that write LF alone do so in every line, and servers that take their commands take their dot.
#[test]
fn a_client_whose_lines_end_with_lf_ends_its_mail_so() {
    let conversation = hello()
        .initiator("MAIL FROM:<a>\nRCPT TO:<b>\nDATA\n")
        .responder("250 a\n250 b\n354 go\n")
        .initiator("one\n..two\n.\nQUIT\n")
        .responder("250 kept\n221 bye\n");
    let mut expected = HELLO.to_vec();
    expected.extend([
        "C MAIL FROM:<a>",
        "C RCPT TO:<b>",
        "C DATA ",
        "S 250 a to MAIL",
        "S 250 b to RCPT",
        "S 354 go to DATA",
        "C QUIT ",
        "S 250 kept to .",
        "mail me from a to b Some(250) len 9 missing 0 stuffed 1 chunks 0 code Some(250)",
        "S 221 bye to QUIT",
    ]);
    check(&conversation, &expected);
}

#[test]
fn lines_and_lists_have_bounds() {
    let (max_line, max_reply_lines, max_pending, max_recipients) = (30, 2, 4, 1);
    let config =
        SmtpConfig { max_line, max_reply_lines, max_pending, max_recipients, max_front: 4 };
    let parser = SmtpParser::new(config);
    let conversation = Conversation::default()
        .initiator(format!("NOOP {}\r\n", "x".repeat(100)))
        .initiator("RCPT TO:<a>\r\n".repeat(4))
        .responder("250-a\r\n250-b\r\n250-c\r\n250 d\r\n");
    check_split_invariance(&parser, &conversation);
    let (found, _) = messages(parser, &conversation);
    let anomalies: Vec<_> = found
        .iter()
        .filter_map(|message| match message {
            SmtpMessage::Anomaly(anomaly) => Some(anomaly.what),
            _ => None,
        })
        .collect();
    let many = AnomalyKind::TooManyRecipients;
    let expected = [AnomalyKind::LineTooLong, many, many, many, AnomalyKind::TooManyPending];
    assert_eq!(anomalies, expected);
    assert_eq!(line(found.last().unwrap()), "S 250 a|b to RCPT");
}

#[test]
fn behind_a_gap_the_next_line_is_read() {
    let (mut session, mut found) = (Session::new(SmtpParser::default()), Vec::new());
    let now = Timestamp::default();
    let mut push = |message| found.push(line(&message));
    session.data(Side::Responder, now, b"220 x\r\n", &mut push);
    session.gap(Side::Initiator, 5, &mut push);
    session.data(
        Side::Initiator,
        now,
        b"lf of it\r\nMAIL FROM:<a>\r\nBDAT 9 LAST\r\nab",
        &mut push,
    );
    session.gap(Side::Initiator, 4, &mut push);
    session.data(Side::Initiator, now, b"cdeQUIT\r\n", &mut push);
    session.gap(Side::Responder, 9, &mut push);
    session.data(Side::Responder, now, b"x\r\n221 bye\r\n", &mut push);
    let expected = [
        "S 220 x to -",
        "C MAIL FROM:<a>",
        "C BDAT 9 LAST",
        "C QUIT ",
        "mail  from a to  len 9 missing 4 stuffed 0 chunks 1 code None",
        "S 221 bye to -",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_stream_whose_server_is_not_seen_is_read_as_if_it_agreed() {
    let conversation = Conversation::from(b"EHLO me\r\nDATA\r\nhello\r\n.\r\nQUIT\r\n");
    check(
        &conversation,
        &[
            "C EHLO me",
            "C DATA ",
            "C QUIT ",
            "mail  from  to  len 7 missing 0 stuffed 0 chunks 0 code None",
        ],
    );
}
