//! Which parser reads a flow, and what it is told of what came before it was chosen.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test, also in its functions: packets of known size"
)]

mod common;

use common::{ACK, Lines, Packets, Said, Tcp, lines, said, udp};
use rheos_core::Side::{Initiator, Responder};
use rheos_l7::OnGap;
use rheos_l7::http::HttpParser;
use rheos_l7::ssh::SshParser;
use rheos_session::{Engine, EngineBuilder, Event};

#[test]
fn a_parser_is_found_by_content_and_reads_lines_however_they_are_split() {
    let mut packets = Packets::default();
    let mut tcp = Tcp::new(40_000, 12_345);
    tcp.open(&mut packets, 0);
    for piece in ["HE", "LL", "O\nwor", "ld\n"] {
        tcp.say(&mut packets, 1, Initiator, piece);
    }
    tcp.say(&mut packets, 2, Responder, "yes\n");
    tcp.close(&mut packets, 3);
    let expected = [
        "lines by Content",
        "lines Line(Initiator, \"HELLO\")",
        "lines Line(Initiator, \"world\")",
        "lines Line(Responder, \"yes\")",
        "lines End(Initiator, \"\")",
        "lines End(Responder, \"\")",
    ];
    assert_eq!(said(lines(), &packets), expected);
}

#[test]
fn a_parser_is_found_in_single_bytes_too_however_long_the_greeting() {
    let mut packets = Packets::default();
    let mut tcp = Tcp::new(40_000, 12_345);
    tcp.open(&mut packets, 0);
    let greeting = format!("welcome {}\n", "a".repeat(100));
    for (side, text) in [(Responder, &*greeting), (Initiator, "HELLO\n")] {
        for place in 0..text.len() {
            tcp.say(&mut packets, 1, side, &text[place..=place]);
        }
    }
    let said = said(lines(), &packets);
    assert_eq!(said[0], "lines by Content");
    assert_eq!(said[2], "lines Line(Initiator, \"HELLO\")");
}

#[test]
fn a_parser_that_a_port_hints_at_waits_for_four_pieces_and_not_for_more() {
    let mut packets = Packets::default();
    let mut tcp = Tcp::new(40_000, 7);
    tcp.open(&mut packets, 0);
    for text in ["a\n", "b\n", "c\n"] {
        tcp.say(&mut packets, 1, Responder, text);
    }
    let builder = || lines().parser(Lines::new("other", "")).on_port(7, "other");
    let mut engine = builder().build();
    let mut told = 0;
    let mut sink = |event: &Event<'_, _>| told += usize::from(event.message::<Said>().is_some());
    packets.raw().for_each(|raw| engine.packet(&raw, &mut sink));
    tcp.say(&mut packets, 1, Responder, "d\n");
    engine.packet(&packets.raw().last().unwrap(), &mut sink);
    assert_eq!(told, 4);
}

#[test]
fn single_bytes_are_not_kept_for_ever() {
    let mut packets = Packets::default();
    let mut tcp = Tcp::new(40_000, 12_345);
    tcp.open(&mut packets, 0);
    for _ in 0..2000 {
        tcp.say(&mut packets, 1, Responder, "?");
    }
    let mut engine = lines().build();
    engine.run(&mut packets, |_: &Event<'_, _>| {}).unwrap();
    assert_eq!(engine.stats().streams.bytes, 512);
}

#[test]
fn what_was_said_before_the_parser_was_chosen_is_read_in_its_order() {
    let mut packets = Packets::default();
    let mut tcp = Tcp::new(40_000, 25);
    tcp.open(&mut packets, 0);
    tcp.say(&mut packets, 1, Responder, "HEL");
    tcp.say(&mut packets, 2, Initiator, "HE");
    tcp.say(&mut packets, 3, Responder, "P\n");
    tcp.say(&mut packets, 4, Initiator, "LLO\nmore\n");
    let expected = [
        "lines by Content",
        "lines Line(Responder, \"HELP\")",
        "lines Line(Initiator, \"HELLO\")",
        "lines Line(Initiator, \"more\")",
        "lines End(Initiator, \"\")",
        "lines End(Responder, \"\")",
    ];
    assert_eq!(said(lines(), &packets), expected);
}

#[test]
fn a_port_hints_where_the_first_bytes_say_nothing_and_content_wins_over_it() {
    let mut packets = Packets::default();
    let mut tcp = Tcp::new(40_000, 7);
    tcp.open(&mut packets, 0);
    tcp.say(&mut packets, 1, Initiator, "what\n");
    let builder = || lines().parser(Lines::new("other", "")).on_port(7, "other");
    let by_port = ["other by Port", "other Line(Initiator, \"what\")"];
    assert_eq!(said(builder(), &packets)[..2], by_port);
    assert_eq!(said(builder().detect(false), &packets)[..2], by_port);

    let mut packets = Packets::default();
    let mut tcp = Tcp::new(40_000, 7);
    tcp.open(&mut packets, 0);
    tcp.say(&mut packets, 1, Initiator, "HELLO\n");
    assert_eq!(said(builder(), &packets)[0], "lines by Content");
    assert_eq!(said(builder().detect(false), &packets)[0], "other by Port");
}

#[test]
fn a_flow_that_no_parser_knows_is_read_by_none() {
    let mut packets = Packets::default();
    let mut tcp = Tcp::new(40_000, 7);
    tcp.open(&mut packets, 0);
    for _ in 0..10 {
        tcp.say(&mut packets, 1, Initiator, &"something else\n".repeat(20));
    }
    let mut engine = lines().build();
    let mut none = 0;
    engine
        .run(&mut packets, |event: &Event<'_, _>| {
            none += usize::from(event.message::<Said>().is_some());
        })
        .unwrap();
    assert_eq!((none, engine.stats().parsers[0].1.flows), (0, 0));
    // It was put together for its first four pieces and no further.
    assert_eq!(engine.stats().streams.bytes, 4 * 300);
}

/// tshark -r output-eve-anomaly-02.pcap -T fields -e `tcp.payload`: a client of HTTP at a server of SSH.
#[test]
fn a_server_of_another_protocol_than_its_client_is_read_by_its_own_parser() {
    let mut packets = Packets::default();
    let mut tcp = Tcp::new(32_928, 22);
    tcp.open(&mut packets, 0);
    tcp.say(&mut packets, 1, Initiator, "GET / HTTP/1.1\r\nHost: 10.16.1.1:22\r\n\r\n");
    tcp.say(&mut packets, 2, Responder, "SSH-2.0-OpenSSH_6.6.1\r\n");
    tcp.say(&mut packets, 3, Responder, "Protocol mismatch.\n");
    tcp.close(&mut packets, 4);
    let builder = Engine::builder().parser(HttpParser::default()).parser(SshParser::default());
    let told = said(builder, &packets);
    let chosen = told.iter().filter(|line| line.contains(" by "));
    assert!(chosen.eq(["http by Content", "ssh by Content"]), "{told:?}");
    assert!(told.iter().any(|line| line.starts_with("ssh") && line.contains("OpenSSH_6.6.1")));
}

/// tshark -r http-bad-request-with-version.pcap -z follow,tcp,ascii,0: what the client says is not HTTP, what the server
/// answers is.
#[test]
fn a_server_is_asked_alone_where_nobody_can_read_its_client() {
    let junk = "\u{1}\0\0\0 GET /txt HTTP/1.1\r\nHost: www.msftncsi.com\r\n\r\n";
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\nMicrosoft NCSI";
    let builder = || {
        Engine::builder().parser(HttpParser::default()).on_port(80, "http").on_port(8080, "http")
    };
    for pieces in [1, 7] {
        let mut packets = Packets::default();
        let mut tcp = Tcp::new(49_157, 80);
        tcp.open(&mut packets, 0);
        tcp.say(&mut packets, 1, Initiator, junk);
        (1..pieces).for_each(|_| tcp.say(&mut packets, 1, Initiator, "more\r\n"));
        tcp.say(&mut packets, 2, Responder, &answer[..20]);
        tcp.say(&mut packets, 3, Initiator, "and more");
        tcp.say(&mut packets, 3, Responder, &answer[20..]);
        tcp.close(&mut packets, 4);
        let told = said(builder(), &packets);
        let chosen: Vec<_> = told.iter().filter(|line| line.contains(" by ")).collect();
        assert_eq!(chosen, ["http by Port", "http by Content"]);
        assert!(
            told.iter().any(|line| line.contains("Response") && line.contains("200")),
            "{told:?}"
        );
        assert!(told.iter().any(|line| line.contains("len: 14")), "{told:?}");
    }
    // A server that nobody knows either is not read by its port: that was tried.
    let mut packets = Packets::default();
    let mut tcp = Tcp::new(49_157, 80);
    tcp.open(&mut packets, 0);
    tcp.say(&mut packets, 1, Initiator, junk);
    tcp.say(&mut packets, 2, Responder, junk);
    tcp.say(&mut packets, 2, Responder, answer);
    let told = said(builder(), &packets);
    assert_eq!(told.iter().filter(|line| line.contains(" by ")).count(), 1, "{told:?}");
}

#[test]
fn parsers_that_know_the_same_bytes_and_fail_with_them_do_not_take_turns_for_ever() {
    let mut packets = Packets::default();
    let mut tcp = Tcp::new(40_000, 7);
    tcp.open(&mut packets, 0);
    tcp.say(&mut packets, 1, Initiator, "fail\n");
    tcp.say(&mut packets, 1, Responder, "fail\n");
    tcp.close(&mut packets, 2);
    let parsers = ["lines", "other", "third"].map(|name| Lines::new(name, "fail"));
    let told = said(parsers.into_iter().fold(Engine::builder(), EngineBuilder::parser), &packets);
    let failed = told.iter().filter(|line| line.contains("it was told to fail"));
    assert!((1..=4).contains(&failed.count()), "{told:?}");
}

#[test]
fn a_hole_in_front_of_the_choice_is_told_to_whoever_is_chosen() {
    let mut packets = Packets::default();
    let mut tcp = Tcp::new(40_000, 7);
    tcp.open(&mut packets, 0);
    tcp.say(&mut packets, 1, Initiator, "HEL");
    tcp.segment(Initiator, ACK, b"lost");
    tcp.say(&mut packets, 2, Initiator, "behind\n");
    packets.push(5000, udp([8, 9], [1, 2], b"x"));
    let resync = Lines::new("lines", "HELLO").on_gap(OnGap::Resync);
    let told = said(Engine::builder().parser(resync).on_port(7, "lines"), &packets);
    let expected =
        ["lines by Port", "lines Gap(Initiator, 4, \"HEL\")", "lines Line(Initiator, \"behind\")"];
    assert_eq!(told[..3], expected);
}

#[test]
fn a_hole_in_front_of_the_choice_is_told_to_the_last_of_those_who_hand_over() {
    let mut packets = Packets::default();
    let mut tcp = Tcp::new(40_000, 7);
    tcp.open(&mut packets, 0);
    tcp.say(&mut packets, 1, Initiator, "tls\ntls\nunre");
    tcp.segment(Initiator, ACK, b"lost");
    tcp.say(&mut packets, 2, Initiator, "behind\n");
    packets.push(5000, udp([8, 9], [1, 2], b"x"));
    let first = Lines::new("lines", "tls\ntls\nunread\n");
    let other = Lines::new("other", "").on_gap(OnGap::Resync);
    let builder = Engine::builder().parser(first).parser(other).on_port(7, "lines");
    let expected = [
        "lines by Port",
        "lines Line(Initiator, \"tls\")",
        "other by HandedOver",
        "other Line(Initiator, \"tls\")",
        "other by HandedOver",
        "other Gap(Initiator, 4, \"unre\")",
        "other Line(Initiator, \"behind\")",
    ];
    assert_eq!(said(builder, &packets)[..7], expected);
}

#[test]
fn a_stream_that_ends_before_the_choice_is_read_by_the_parser_of_its_port() {
    let mut packets = Packets::default();
    let mut tcp = Tcp::new(40_000, 7);
    tcp.open(&mut packets, 0);
    tcp.say(&mut packets, 1, Initiator, "HE");
    tcp.close(&mut packets, 2);
    let told = said(lines().on_port(7, "lines"), &packets);
    let expected = ["lines by Port", "lines End(Initiator, \"HE\")", "lines End(Responder, \"\")"];
    assert_eq!(told, expected);
    assert!(said(lines(), &packets).is_empty());
}
