//! The engine: who reads what, and what is told when.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test, also in its functions: packets of known size"
)]

mod common;

use common::{ACK, Echo, Lines, Packets, RST, SYN, Tcp, icmp_unreachable, line, lines, said, udp};
use rheos_core::Side::{Initiator, Responder};
use rheos_core::{LinkType, PacketSource, RawPacket, Timestamp};
use rheos_flow::{FiveTuple, FlowStats, TrackerConfig};
use rheos_l7::{Failure, Input, OnGap, OnTick, SessionParser};
use rheos_layers::Decoder;
use rheos_session::{Choice, Defragment, Engine, EngineBuilder, Event, EventKind, Events};

#[test]
fn segments_out_of_order_are_read_in_order_also_in_front_of_any_other() {
    let mut packets = Packets::default();
    let mut tcp = Tcp::new(40_000, 7);
    tcp.open(&mut packets, 0);
    let pieces: Vec<_> = ["HELLO\n", "two\n", "three\n"]
        .map(|text| tcp.segment(Initiator, ACK, text.as_bytes()))
        .into();
    for piece in pieces.into_iter().rev() {
        packets.push(1, piece);
    }
    let expected = ["HELLO", "two", "three"].map(|line| format!("lines Line(Initiator, {line:?})"));
    assert_eq!(said(lines(), &packets)[1..4], expected);
}

/// The accounting of every flow, by its number.
fn accounts(builder: EngineBuilder<FiveTuple>, packets: &Packets) -> Vec<(u64, FlowStats, String)> {
    let mut ended = Vec::new();
    let sink = |event: &Event<'_, _>| {
        if let EventKind::Ended { reason } = event.kind {
            let what = format!("{reason:?} {}", event.flow.record.history);
            ended.push((event.flow.number, event.flow.record.stats, what));
        }
    };
    builder.build().run(&mut packets.again(), sink).unwrap();
    ended
}

#[test]
fn a_parser_that_fails_leaves_the_accounting_of_its_flow_as_it_is() {
    let mut packets = Packets::default();
    let mut tcp = Tcp::new(40_000, 7);
    tcp.open(&mut packets, 0);
    for text in ["HELLO\n", "fail\n", "and more\n"] {
        tcp.say(&mut packets, 1, Initiator, text);
    }
    tcp.close(&mut packets, 2);
    let told = said(lines(), &packets);
    let ends = [Initiator, Responder].map(|side| format!("lines End({side:?}, \"\")"));
    assert_eq!(told[2..4], ends, "what it holds is told");
    assert_eq!(told[4..], ["lines: it was told to fail"]);
    let without = accounts(Engine::builder(), &packets);
    assert_eq!(accounts(lines(), &packets), without);
    assert_eq!((without.len(), without[0].1.initiator.packets), (1, 7));
}

#[test]
fn a_stream_is_handed_over_with_what_nobody_has_read_of_either_side() {
    let mut packets = Packets::default();
    let mut tcp = Tcp::new(40_000, 25);
    tcp.open(&mut packets, 0);
    tcp.say(&mut packets, 1, Initiator, "HELLO\n");
    tcp.say(&mut packets, 1, Responder, "unfini");
    tcp.say(&mut packets, 1, Initiator, "tls\nsecret\n");
    tcp.say(&mut packets, 2, Responder, "shed\n");
    let builder = lines().parser(Lines::new("other", ""));
    let expected = [
        "lines by Content",
        "lines Line(Initiator, \"HELLO\")",
        "lines Line(Initiator, \"tls\")",
        "other by HandedOver",
        "other Line(Initiator, \"secret\")",
        "other Line(Responder, \"unfinished\")",
    ];
    assert_eq!(said(builder, &packets)[..6], expected);
}

#[test]
fn a_connection_that_was_announced_has_a_parent_and_the_announced_parser() {
    let mut packets = Packets::default();
    let mut control = Tcp::new(40_000, 21);
    control.open(&mut packets, 0);
    control.say(&mut packets, 1, Initiator, "HELLO\n");
    control.say(&mut packets, 1, Responder, "port 50000\n");
    let mut data = Tcp::new(40_001, 50_000);
    data.open(&mut packets, 2);
    data.say(&mut packets, 3, Responder, "file\n");
    // The same once more is announced by nobody.
    let mut again = Tcp::new(40_002, 50_000);
    again.open(&mut packets, 4);
    again.say(&mut packets, 5, Responder, "file\n");
    let mut parents = Vec::new();
    let mut told = Vec::new();
    let sink = |event: &Event<'_, _>| match event.kind {
        EventKind::Started { parent, .. } => parents.push((event.flow.number, parent)),
        EventKind::Identified { parser, by } => told.push((event.flow.number, parser, by)),
        _ => {}
    };
    let builder = lines().parser(Lines::new("data", ""));
    builder.build().run(&mut packets, sink).unwrap();
    assert_eq!(parents, [(1, None), (6, Some(1)), (10, None)]);
    assert_eq!(told, [(1, "lines", Choice::Content), (6, "data", Choice::Announced)]);
}

/// A connection of which a segment is missing.
fn with_a_hole() -> Packets {
    let mut packets = Packets::default();
    let mut tcp = Tcp::new(40_000, 7);
    tcp.open(&mut packets, 0);
    tcp.say(&mut packets, 1, Initiator, "HELLO\nunre");
    tcp.segment(Initiator, ACK, b"ad\nlost\n");
    tcp.say(&mut packets, 2, Initiator, "behind\n");
    tcp.say(&mut packets, 3, Responder, "answer\n");
    // Time passes.
    packets.push(5000, udp([8, 9], [1, 2], b"x"));
    packets
}

#[test]
fn a_gap_is_told_with_what_was_unread_and_stops_one_side() {
    let expected = [
        "lines by Content",
        "lines Line(Initiator, \"HELLO\")",
        "lines Line(Responder, \"answer\")",
        "lines Gap(Initiator, 8, \"unre\")",
    ];
    let packets = with_a_hole();
    let told = said(lines(), &packets);
    assert_eq!(told[..4], expected);
    assert_eq!(told[4..], ["lines End(Responder, \"\")"]);

    let resync = Lines::new("lines", "HELLO").on_gap(OnGap::Resync);
    let told = said(Engine::builder().parser(resync), &packets);
    assert_eq!(told[4], "lines Line(Initiator, \"behind\")");

    let stop = Lines::new("lines", "HELLO").on_gap(OnGap::Stop);
    assert_eq!(said(Engine::builder().parser(stop), &packets).len(), 4);
}

#[test]
fn a_hole_is_given_up_when_its_time_is_over_and_not_when_its_flow_says_more() {
    let mut gaps = Vec::new();
    lines()
        .build()
        .run(&mut with_a_hole(), |event: &Event<'_, _>| {
            if let EventKind::Gap { side, offset, len, .. } = event.kind {
                gaps.push((event.packet, side, offset, len));
            }
        })
        .unwrap();
    assert_eq!(gaps, [(7, Initiator, 10, 8)]);
}

#[test]
fn a_parser_that_is_done_sees_nothing_more() {
    let mut packets = Packets::default();
    let mut tcp = Tcp::new(40_000, 7);
    tcp.open(&mut packets, 0);
    tcp.say(&mut packets, 1, Initiator, "HELLO\ndone\nmore\n");
    tcp.say(&mut packets, 2, Initiator, "more\n");
    assert_eq!(said(lines(), &packets).len(), 3);
}

#[test]
fn a_reset_ends_both_sides() {
    let mut packets = Packets::default();
    let mut tcp = Tcp::new(40_000, 7);
    tcp.open(&mut packets, 0);
    tcp.say(&mut packets, 1, Initiator, "HELLO\nhalf");
    packets.push(2, tcp.segment(Responder, RST | ACK, b""));
    let told = said(lines(), &packets);
    assert_eq!(told[2..].len(), 2, "{told:?}");
    assert!(told.contains(&"lines End(Initiator, \"half\")".to_owned()), "{told:?}");
}

#[test]
fn a_stream_whose_syn_was_lost_starts_where_the_answer_says() {
    let mut packets = Packets::default();
    let mut tcp = Tcp::new(40_000, 7);
    tcp.segment(Initiator, SYN, b"");
    packets.push(0, tcp.segment(Responder, SYN | ACK, b""));
    let first = tcp.segment(Initiator, ACK, b"HELLO\n");
    let second = tcp.segment(Initiator, ACK, b"second\n");
    packets.push(1, second);
    packets.push(2, first);
    let expected = ["HELLO", "second"].map(|line| format!("lines Line(Initiator, {line:?})"));
    assert_eq!(said(lines(), &packets)[1..3], expected);
}

#[test]
fn datagrams_are_read_whole_and_a_bad_one_does_not_stop_the_next() {
    let builder = || Engine::builder().datagram_parser(Echo::new(b"echo"));
    let mut packets = Packets::default();
    let ports = [5000, 6000];
    packets.push(0, udp([1, 2], ports, b"ec"));
    packets.push(1, udp([2, 1], [6000, 5000], b"echo!"));
    packets.push(2, udp([1, 2], ports, b"bad"));
    packets.push(3, udp([1, 2], ports, b"good"));
    let mut cut = udp([1, 2], ports, b"cut off");
    cut.truncate(30);
    packets.push(4, cut);
    let expected = [
        "echo by Content",
        "echo \"ec\"",
        "echo \"echo!\"",
        "echo: it is bad",
        "echo \"good\"",
        "echo \"end\"",
    ];
    assert_eq!(said(builder(), &packets), expected);
    let mut engine = builder().build();
    engine.run(&mut packets, |_: &Event<'_, _>| {}).unwrap();
    let stats = engine.stats().parsers[0].1;
    assert_eq!((stats.flows, stats.messages, stats.failures, stats.gaps), (1, 4, 1, 1));
}

/// A datagram of which so many bytes are missing.
fn cut_datagram(payload: &[u8], missing: usize) -> Vec<u8> {
    let mut packet = udp([1, 2], [5000, 6000], payload);
    packet.truncate(packet.len() - missing);
    packet
}

#[test]
fn a_datagram_that_is_cut_is_for_parsers_that_read_such() {
    let echo = || Echo::new(b"echo").and_cut(true);
    let mut packets = Packets::default();
    packets.push(0, udp([1, 2], [5000, 6000], b"echo"));
    packets.push(1, cut_datagram(b"cut off", 4));
    packets.push(2, cut_datagram(b"bad or not", 7));
    packets.push(3, udp([1, 2], [5000, 6000], b"whole"));
    let mut first = udp([1, 2], [5000, 6000], b"fragment");
    first[6] = 0x20;
    packets.push(4, first);
    let expected =
        ["echo by Content", "\"echo\"", "\"cut...\"", "\"whole\"", "\"fragment...\"", "\"end\""];
    let told = said(Engine::builder().datagram_parser(echo()), &packets);
    let told: Vec<_> = told.iter().map(|line| line.strip_prefix("echo ").unwrap()).collect();
    assert_eq!(told[1..], expected[1..]);
    let mut engine = Engine::builder().datagram_parser(echo()).build();
    engine.run(&mut packets, |_: &Event<'_, _>| {}).unwrap();
    let stats = engine.stats().parsers[0].1;
    assert_eq!(
        (stats.messages, stats.failures, stats.gaps, stats.bytes),
        (5, 0, 3, 4 + 3 + 3 + 5 + 8)
    );
}

#[test]
fn of_datagrams_that_are_cut_the_port_says_whose_they_are() {
    let mut packets = Packets::default();
    packets.push(0, cut_datagram(b"echo and more", 9));
    packets.push(1, cut_datagram(b"more and more", 9));
    let of = |reads_cut, port| {
        let echo = Echo::new(b"echo").and_cut(reads_cut);
        said(Engine::builder().datagram_parser(echo).on_port(port, "echo"), &packets)
    };
    let expected = ["echo by Port", "echo \"echo...\"", "echo \"more...\"", "echo \"end\""];
    assert_eq!(of(true, 6000), expected);
    assert_eq!(of(false, 6000), [""; 0]);
    assert_eq!(of(true, 7000), [""; 0]);
}

#[test]
fn fragments_are_put_together_in_front_of_parsers_if_asked() {
    let whole = udp([1, 2], [5000, 6000], b"echo of sixteen.");
    let (mut first, mut later) = (whole[..36].to_vec(), [&whole[..20], &whole[36..]].concat());
    (first[3], first[6]) = (36, 0x20);
    (later[3], later[7]) = (28, 2);
    let mut packets = Packets::default();
    packets.push(0, first);
    packets.push(1, later);
    let builder = || Engine::builder().datagram_parser(Echo::new(b"echo"));
    assert!(said(builder(), &packets).is_empty());
    let defragment = Defragment::new(&Decoder::default());
    let expected = ["echo by Content", "echo \"echo of sixteen.\"", "echo \"end\""];
    assert_eq!(said(builder().defragment(defragment), &packets), expected);
}

#[test]
fn events_are_pulled_as_they_are_pushed() {
    let packets = with_a_hole();
    let (mut pushed, mut pulled) = (Vec::new(), Vec::new());
    lines()
        .build()
        .run(&mut packets.again(), |event: &Event<'_, _>| pushed.push(line(event)))
        .unwrap();
    for event in lines().build().events(&mut packets.again()) {
        pulled.push(line(&event.unwrap().get()));
    }
    assert_eq!(pulled, pushed);
}

/// Tells each time that it is told, till it has been told often enough; hands over at a word.
#[derive(Clone)]
struct Clock {
    name: &'static str,
    left: u32,
    hand_over: Option<&'static str>,
}

impl SessionParser for Clock {
    type Message = u32;

    fn name(&self) -> &'static str {
        self.name
    }

    fn feed(&mut self, input: &Input<'_>, _: &mut dyn FnMut(u32)) -> Result<usize, Failure> {
        self.hand_over = input.bytes.starts_with(b"over").then_some("second");
        Ok(input.bytes.len())
    }

    fn on_tick(&mut self, _: Timestamp, out: &mut dyn FnMut(u32)) -> OnTick {
        out(self.left);
        self.left = self.left.saturating_sub(1);
        if self.left > 0 { OnTick::Again } else { OnTick::Never }
    }

    fn hand_over(&self) -> Option<&'static str> {
        self.hand_over
    }
}

#[test]
fn a_parser_that_has_enough_of_the_time_is_not_told_it_and_the_one_behind_it_is() {
    let clock = |name, left| Clock { name, left, hand_over: None };
    let builder = Engine::builder().parser(clock("first", 2)).parser(clock("second", 3));
    let mut packets = Packets::default();
    let mut tcp = Tcp::new(40_000, 99);
    tcp.open(&mut packets, 0);
    tcp.say(&mut packets, 1, Initiator, "hello");
    for second in 1..=60 {
        packets.push(second * 1000, udp([8, 9], [1, 2], b"x"));
        if second == 25 {
            tcp.say(&mut packets, second * 1000, Initiator, "over");
        }
    }
    let told = said(builder.on_port(99, "first").detect(false), &packets);
    let expected = [
        "first by Port",
        "first 2",
        "first 1",
        "second by HandedOver",
        "second 3",
        "second 2",
        "second 1",
    ];
    assert_eq!(told, expected);
}

#[test]
fn parsers_are_told_the_time_every_few_seconds_of_it() {
    let mut packets = Packets::default();
    packets.push(0, udp([1, 2], [5000, 6000], b"echo"));
    for second in 1..=12 {
        packets.push(second * 1000, udp([8, 9], [1, 2], b"x"));
    }
    let told = said(Engine::builder().datagram_parser(Echo::new(b"echo")), &packets);
    assert_eq!(told[2..], ["echo \"1 waiting\"", "echo \"1 waiting\"", "echo \"end\""]);
}

#[test]
fn time_may_jump_to_its_end() {
    let builder = Engine::builder().datagram_parser(Echo::new(b"echo"));
    let mut engine = builder.build();
    let datagram = udp([1, 2], [5000, 6000], b"echo");
    let mut messages = 0;
    for time in [Timestamp::MIN, Timestamp::from_secs(7, 0), Timestamp::MAX, Timestamp::MAX] {
        let raw = RawPacket::new(time, LinkType::IPV4, &datagram);
        engine.packet(&raw, &mut |event: &Event<'_, _>| {
            messages += u32::from(event.message::<String>().is_some());
        });
    }
    assert!(messages >= 4, "{messages}");
}

#[test]
fn events_come_in_the_order_of_packets_and_those_of_time_in_the_order_of_flows() {
    let mut packets = Packets::default();
    for port in [5003, 5001, 5002] {
        packets.push(0, udp([1, 2], [port, 6000], b"echo"));
    }
    packets.push(200_000, udp([8, 9], [1, 2], b"x"));
    let mut order = Vec::new();
    let builder = Engine::builder().datagram_parser(Echo::new(b"echo")).events(Events::all());
    builder
        .build()
        .run(&mut packets, |event: &Event<'_, _>| {
            let line = line(event);
            let what = line.split(' ').nth(6).unwrap().to_owned();
            order.push((event.packet, event.flow.number, what));
        })
        .unwrap();
    let ends: Vec<_> = order.iter().filter(|(.., what)| what == "ended").collect();
    let numbers: Vec<_> = ends.iter().map(|(packet, number, _)| (*packet, *number)).collect();
    assert_eq!(numbers, [(4, 1), (4, 2), (4, 3), (4, 4)]);
    assert!(order.is_sorted_by_key(|(packet, ..)| *packet));
}

#[test]
fn an_icmp_error_is_told_to_the_flow_that_it_quotes() {
    let datagram = udp([1, 2], [5000, 6000], b"echo");
    let mut packets = Packets::default();
    packets.push(0, datagram.clone());
    packets.push(1, icmp_unreachable([7, 1], &datagram));
    let mut errors = Vec::new();
    Engine::builder()
        .build()
        .run(&mut packets, |event: &Event<'_, _>| {
            if let EventKind::IcmpError { side, error } = event.kind {
                errors.push((event.packet, event.flow.number, side, error.kind, error.code));
            }
        })
        .unwrap();
    assert_eq!(errors, [(2, 1, Initiator, 3, 3)]);
}

#[test]
fn a_flood_of_connections_that_nobody_answers_is_put_together_by_nobody() {
    let mut limits = TrackerConfig::default();
    limits.max_flows = 1000;
    let mut engine = lines().track(limits).build();
    let mut started = 0;
    for number in 0..20_000_u16 {
        let syn = Tcp::new(number, 80).segment(Initiator, SYN, b"");
        let raw = RawPacket::new(Timestamp::from_secs(7, 0), LinkType::IPV4, &syn);
        engine.packet(&raw, &mut |event: &Event<'_, _>| {
            started += u32::from(matches!(event.kind, EventKind::Started { .. }));
        });
    }
    assert_eq!((started, engine.tracker().flows().count()), (20_000, 1000));
    assert_eq!(engine.assembler_stats().held, 0);
}

#[test]
fn what_a_parser_never_reads_is_bounded_and_ends_the_parser() {
    let mut packets = Packets::default();
    let mut tcp = Tcp::new(40_000, 7);
    tcp.open(&mut packets, 0);
    tcp.say(&mut packets, 1, Initiator, "HELLO\n");
    let endless = "x".repeat(1000);
    for _ in 0..1100 {
        tcp.say(&mut packets, 1, Initiator, &endless);
    }
    let told = said(lines(), &packets);
    assert_eq!(told[4], "lines: it left more than 1048576 bytes unread");
    assert_eq!(told.len(), 5, "the ends of both sides in front of it");
}

#[test]
fn a_source_lends_packets_and_the_engine_takes_them_one_by_one_or_all() {
    let mut packets = with_a_hole();
    let (mut one, mut all) = (Vec::new(), Vec::new());
    lines()
        .build()
        .run(&mut packets.again(), |event: &Event<'_, _>| all.push(line(event)))
        .unwrap();
    let mut engine = lines().build();
    let mut sink = |event: &Event<'_, _>| one.push(line(event));
    while let Some(raw) = packets.next_packet().unwrap() {
        engine.packet(&raw, &mut sink);
    }
    engine.finish(&mut sink);
    engine.finish(&mut sink);
    assert_eq!(one, all);
}
