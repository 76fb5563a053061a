//! Connections of which a capture has one direction: parsers tell what that side said.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test, also in its functions: packets of known size"
)]

mod common;

use std::fmt::Debug;

use common::{ACK, FIN, Lines, Packets, SYN, Said, Tcp, udp};
use rheos_core::Side::{self, Initiator, Responder};
use rheos_l7::ftp::FtpParser;
use rheos_l7::http::{HttpMessage, HttpParser};
use rheos_l7::kit::{self, Conversation};
use rheos_l7::smtp::SmtpParser;
use rheos_l7::ssh::SshParser;
use rheos_l7::tls::{TlsMessage, TlsParser};
use rheos_l7::{OnGap, SessionParser, http};
use rheos_layers::Decoder;
use rheos_session::log::{LogOptions, Logs, Record, ZeekLine};
use rheos_session::{Engine, Event, Message};

/// How the side that is captured ends.
#[derive(Clone, Copy, Debug)]
enum Ending {
    /// The capture ends before it does.
    None,
    Fin,
}

/// What a side says, without a packet of the other, with its SYN or picked up in the middle.
fn capture(side: Side, port: u16, said: &[&[u8]], has_syn: bool, ending: Ending) -> Packets {
    let mut packets = Packets::default();
    let mut tcp = Tcp::new(40_000, port);
    if has_syn {
        let flags = if side == Initiator { SYN } else { SYN | ACK };
        packets.push(0, tcp.segment(side, flags, b""));
    }
    for (piece, millis) in said.iter().zip(1..) {
        // The other side answers, and nobody sees it.
        tcp.next[(!side) as usize] += 100;
        packets.push(millis, tcp.segment(side, ACK, piece));
    }
    if let Ending::Fin = ending {
        packets.push(100, tcp.segment(side, FIN | ACK, b""));
    }
    packets
}

fn told<P: SessionParser<Message: Clone> + Clone>(parser: P, packets: &Packets) -> Vec<P::Message>
where
    P::Message: Message,
{
    let name = parser.name();
    let mut told = Vec::new();
    let sink = |event: &Event<'_, _>| told.extend(event.message::<P::Message>().cloned());
    let mut engine = Engine::builder().parser(parser).on_port(7, name).build();
    engine.run(&mut packets.again(), sink).unwrap();
    told
}

/// The engine has the parser tell what it tells where both sides end.
#[track_caller]
fn check<P>(parser: &P, side: Side, said: &[&[u8]]) -> Vec<P::Message>
where
    P: SessionParser<Message: Clone + Debug> + Clone,
{
    let turn = |all: Conversation, piece: &&[u8]| all.turn(side, piece);
    let talk = said.iter().fold(Conversation::default(), turn);
    let (expected, _) = kit::messages(parser.clone(), &talk);
    assert!(!expected.is_empty());
    for has_syn in [true, false] {
        for ending in [Ending::None, Ending::Fin] {
            let found = told(parser.clone(), &capture(side, 7, said, has_syn, ending));
            assert_eq!(found.len(), expected.len(), "{has_syn} {ending:?} {found:#?}");
        }
    }
    expected
}

#[test]
fn a_side_of_which_nothing_was_captured_ends_with_its_flow() {
    let lines = Lines::new("lines", "HELLO").on_gap(OnGap::Resync);
    let end = |side| Said::End(side, String::new());
    let line = |side| Said::Line(side, "HELLO".to_owned());
    for side in [Initiator, Responder] {
        let mut told = Vec::new();
        let sink = |event: &Event<'_, _>| {
            if let Some(said) = event.message::<Said>() {
                told.push(format!("{said:?}"));
            }
        };
        let mut engine = Engine::builder().parser(lines.clone()).build();
        let mut packets = capture(side, 25, &[b"HELLO\n"], true, Ending::Fin);
        engine.run(&mut packets, sink).unwrap();
        // A SYN-ACK is of the side that answers, also where it comes first; it says where the other side
        // begins, and what it acknowledges that this is missing.
        let missing = (side == Responder).then(|| Said::Gap(Initiator, 100, String::new()));
        let ends = [end(side), end(!side)];
        let expected = [line(side)].into_iter().chain(missing).chain(ends);
        let expected: Vec<_> = expected.map(|said| format!("{said:?}")).collect();
        assert_eq!(told, expected);
    }
}

#[test]
fn requests_without_responses_are_exchanges() {
    // RFC 9112 section 3: three requests, of which nobody saw the answers.
    let requests: [&[u8]; 3] = [
        b"GET /a HTTP/1.1\r\nHost: example.com\r\n\r\n",
        b"GET /b HTTP/1.1\r\nHost: example.com\r\n\r\n",
        b"POST /c HTTP/1.1\r\nHost: example.com\r\nContent-Length: 2\r\n\r\nhi",
    ];
    let exchanges = |told: &[HttpMessage]| {
        let all = told.iter().filter_map(|message| match message {
            HttpMessage::Exchange(exchange) => Some(exchange.clone()),
            _ => None,
        });
        all.collect::<Vec<http::Exchange>>()
    };
    let all = exchanges(&check(&HttpParser::default(), Initiator, &requests));
    assert_eq!(all.len(), 3);
    assert!(all.iter().all(|exchange| exchange.response.is_none()), "{all:#?}");
    let packets = capture(Initiator, 80, &requests, true, Ending::Fin);
    assert_eq!(exchanges(&told(HttpParser::default(), &packets)).len(), 3);

    let responses: [&[u8]; 1] = [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"];
    check(&HttpParser::default(), Responder, &responses);
}

/// A piece of a side in one of the conversations that the parsers are tested with.
fn captured(text: &str, side: Side) -> Vec<u8> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let of_side = lines.filter(|line| line.starts_with('\t') == (side == Responder));
    let hex = of_side.map(str::trim).next().unwrap();
    let digits = (0..hex.len()).step_by(2).map(|at| &hex[at..at + 2]);
    digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

#[test]
fn a_hello_without_an_answer_is_a_handshake() {
    let text = include_str!("../../l7/testdata/tls-ecdsa.txt");
    for side in [Initiator, Responder] {
        let hello = captured(text, side);
        let told = check(&TlsParser::default(), side, &[&hello]);
        let handshakes = told.iter().filter(|it| matches!(it, TlsMessage::Handshake(_)));
        assert_eq!(handshakes.count(), 1, "{side:?}");
    }
}

#[test]
fn clients_of_mail_files_and_shells_are_heard_alone() {
    // RFC 5321 appendix D.1, without the server.
    let mail: [&[u8]; 6] = [
        b"EHLO bar.com\r\n",
        b"MAIL FROM:<Smith@bar.com>\r\n",
        b"RCPT TO:<Jones@foo.com>\r\n",
        b"DATA\r\n",
        b"Blah blah blah...\r\n.\r\n",
        b"QUIT\r\n",
    ];
    check(&SmtpParser::default(), Initiator, &mail);
    // RFC 959 section 7, likewise.
    let files: [&[u8]; 4] = [b"USER Dumb\r\n", b"PASS x\r\n", b"RETR test.pl1\r\n", b"QUIT\r\n"];
    check(&FtpParser::default(), Initiator, &files);
    check(&SshParser::default(), Initiator, &[b"SSH-2.0-OpenSSH_9.6\r\n"]);
}

/// The lines of one log about a capture.
fn log(name: &str, packets: &Packets) -> Vec<String> {
    let mut options = LogOptions::default();
    options.conn.verify_checksums = false;
    let mut logs = Logs::new(&Decoder::default(), options);
    let mut lines = Vec::new();
    let mut take = |record: &Record| {
        if record.log.name == name {
            lines.push(ZeekLine(record).to_string());
        }
    };
    packets.raw().for_each(|raw| logs.packet(&raw, &mut take));
    logs.finish(&mut take);
    lines
}

#[test]
fn commands_without_replies_are_in_the_log_at_the_end() {
    // Zeek's finalize_ftp writes commands that are pending, of those that it logs.
    let said: [&[u8]; 3] = [b"USER Dumb\r\n", b"RETR test.pl1\r\n", b"QUIT\r\n"];
    for ending in [Ending::None, Ending::Fin] {
        let lines = log("ftp", &capture(Initiator, 21, &said, true, ending));
        let [line] = &lines[..] else { panic!("one command is logged: {lines:#?}") };
        let unknown = "\t-".repeat(9);
        assert!(line.ends_with(&format!("\tDumb\t-\tRETR\ttest.pl1{unknown}")), "{line:?}");
    }
}

#[test]
fn what_is_odd_in_a_connection_is_in_the_log() {
    let mut packets = Packets::default();
    let mut tcp = Tcp::new(40_000, 80);
    tcp.open(&mut packets, 0);
    tcp.say(&mut packets, 1, Initiator, "GET / HTTP/1.1\r\n\r\n");
    tcp.segment(Responder, ACK, b"lost\n");
    tcp.say(&mut packets, 2, Responder, "HTTP/1.1 200 OK\r\n\r\n");
    let lines = log("weird", &packets);
    let found = lines.iter().filter(|line| line.contains("\tstream_gap\tresp: 5 bytes\t"));
    assert_eq!(found.count(), 1, "{lines:#?}");
}

#[test]
fn what_is_odd_about_all_connections_is_in_the_log_and_about_none_of_them() {
    let mut packets = Packets::default();
    let mut tcp = Tcp::new(40_000, 80);
    tcp.open(&mut packets, 5000);
    tcp.say(&mut packets, 2750, Initiator, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let lines = log("weird", &packets);
    let [line] = &lines[..] else { panic!("time goes back once: {lines:#?}") };
    // A time of 1000 seconds and five, no connection, and who found it: nobody.
    assert_eq!(
        line,
        "1005.000000\t-\t-\t-\t-\t-\ttime_backwards\t1 packets, by 2.250000 seconds\tF\t-\t-"
    );
}

#[test]
fn an_answer_without_its_question_is_told_with_its_packet() {
    let mut options = LogOptions::default();
    options.conn.verify_checksums = false;
    let mut logs = Logs::new(&Decoder::default(), options);
    // RFC 1035 section 4.1: an answer without records.
    let answer = b"\0\x07\x81\0\0\x01\0\0\0\0\0\0\x01a\0\0\x01\0\x01";
    let mut packets = Packets::default();
    for host in 1..9 {
        packets.push(i64::from(host), udp([2, host], [53, 5000], answer));
    }
    let mut count = 0;
    for (raw, expected) in packets.raw().zip(1..) {
        logs.packet(&raw, &mut |record| count += usize::from(record.log.name == "dns"));
        assert_eq!(count, expected);
    }
    logs.finish(&mut |record| count += usize::from(record.log.name == "dns"));
    assert_eq!(count, 8);
}
