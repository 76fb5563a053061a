//! Several shards report what one engine does, byte for byte.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test, also in its functions: packets of known size, and a line where captures are missing"
)]

mod common;

use std::fmt::{self, Write};
use std::fs;
use std::path::Path;

use common::{Echo, Lines, Packets, Tcp, icmp_unreachable, line, udp};
use rheos_core::Side::{Initiator, Responder};
use rheos_core::{PacketSource, RawPacket};
use rheos_flow::{AnnouncedFlow, FiveTuple};
use rheos_l7::{Failure, Input, OnGap, SessionParser};
use rheos_layers::Decoder;
use rheos_pcap::CaptureReader;
use rheos_session::{Defragment, Engine, EngineBuilder, Event, Events, ShardedEngine};

/// Tells of each piece of a stream: what it is, and where.
#[derive(Clone)]
struct Pieces(u64);

impl SessionParser for Pieces {
    type Message = String;

    fn name(&self) -> &'static str {
        "pieces"
    }

    fn probe(&self, _: &[u8], _: &[u8]) -> rheos_l7::Probe {
        rheos_l7::Probe::Match
    }

    fn feed(&mut self, input: &Input<'_>, out: &mut dyn FnMut(String)) -> Result<usize, Failure> {
        self.0 += 1;
        let sum =
            input.bytes.iter().fold(0_u32, |sum, byte| sum.wrapping_mul(31) + u32::from(*byte) % 7);
        out(format!("{} {:?} {} {} {sum}", self.0, input.side, input.offset, input.bytes.len()));
        if self.0 == 1000 {
            return Err(Failure::new("enough"));
        }
        Ok(input.bytes.len())
    }

    fn on_gap(
        &mut self,
        side: rheos_core::Side,
        len: u64,
        _: &[u8],
        out: &mut dyn FnMut(String),
    ) -> OnGap {
        out(format!("gap {side:?} {len}"));
        OnGap::Resync
    }
}

fn whole() -> Defragment {
    Defragment::new(&Decoder::default())
}

fn engine() -> Engine<FiveTuple> {
    builder().defragment(whole()).build()
}

fn builder() -> EngineBuilder<FiveTuple> {
    Engine::builder()
        .parser(Lines::new("lines", "HELLO"))
        .parser(Lines::new("data", ""))
        .parser(Pieces(0))
        .datagram_parser(Echo::new(b""))
        .events(Events::all())
}

/// Every event as a line.
fn single(source: &mut impl PacketSource) -> (String, String) {
    let mut engine = engine();
    let mut text = String::new();
    // A capture that is cut has its packets all the same.
    let _ = engine.run(source, |event: &Event<'_, _>| writeln!(text, "{}", line(event)).unwrap());
    (text, format!("{:?}", engine.stats()))
}

/// The same of packets that are all in memory, without fragments put together in front, or with them.
fn in_memory(
    shards: usize,
    batch: usize,
    packets: &[RawPacket<'_>],
    is_whole: bool,
) -> [String; 4] {
    let engine = || {
        let builder = builder();
        let builder = if is_whole { builder.defragment(whole()) } else { builder };
        builder.build()
    };
    let (mut text, mut expected) = (String::new(), String::new());
    let mut sharded = ShardedEngine::new(shards, engine).batch(batch);
    sharded.run_slice(packets, |event: &Event<'_, _>| writeln!(text, "{}", line(event)).unwrap());
    let mut single = engine();
    let mut sink = |event: &Event<'_, _>| writeln!(expected, "{}", line(event)).unwrap();
    packets.iter().for_each(|raw| single.packet(raw, &mut sink));
    single.finish(&mut sink);
    [text, expected, format!("{:?}", sharded.stats()), format!("{:?}", single.stats())]
}

fn sharded(shards: usize, batch: usize, source: &mut impl PacketSource) -> (String, String) {
    let mut engine = ShardedEngine::new(shards, engine).batch(batch);
    let mut text = String::new();
    let _ = engine.run(source, |event: &Event<'_, _>| writeln!(text, "{}", line(event)).unwrap());
    (text, format!("{:?}", engine.stats()))
}

#[track_caller]
fn check(packets: &Packets) -> String {
    let expected = single(&mut packets.again());
    for shards in [1, 2, 3, 4, 9] {
        for batch in [0, 7, 64, 1000] {
            let found = sharded(shards, batch, &mut packets.again());
            let case = format!("{shards} shards, batches of {batch}");
            assert!(found == expected, "{case}\n{}\n---\n{}", found.0, expected.0);
        }
    }
    let raw: Vec<_> = packets.raw().collect();
    for (shards, batch, is_whole) in [(1, 7, false), (2, 1, false), (3, 64, false), (2, 7, true)] {
        let [text, expected, stats, expected_stats] = in_memory(shards, batch, &raw, is_whole);
        let case = format!("{shards} shards, pieces of {batch}");
        assert!(text == expected, "{case}\n{text}\n---\n{expected}");
        assert_eq!(stats, expected_stats, "{case}");
    }
    expected.0
}

#[test]
fn several_pairs_of_hosts_with_time_that_goes_back_and_forth() {
    let mut packets = Packets::default();
    let mut talks: Vec<_> = (0..20_u8)
        .map(|n| Tcp { hosts: [n, n + 50], ..Tcp::new(40_000 + u16::from(n), 80) })
        .collect();
    for (n, talk) in (0_i64..).zip(&mut talks) {
        talk.open(&mut packets, n * 100);
    }
    for round in 0..30_i64 {
        for (n, talk) in (0_u8..).zip(&mut talks) {
            let host = n;
            let n = i64::from(n);
            let side = if (round + n) % 3 == 0 { Responder } else { Initiator };
            let time = round * 700 + (n * 7919) % 1300;
            if (round * 7 + n) % 11 == 0 {
                talk.segment(side, 16, b"lost"); // A hole.
            }
            talk.say(&mut packets, time, side, "HELLO\nsome line\n");
            packets.push(time, udp([100 + host % 5, 9], [host.into(), 53], b"echo"));
        }
    }
    for talk in talks.iter_mut().step_by(2) {
        talk.close(&mut packets, 22_000);
    }
    packets.push(400_000, udp([77, 78], [1, 2], b"late"));
    let text = check(&packets);
    assert!(text.contains("Gap") && text.contains("IdleTimeout") && text.contains("waiting"));
}

#[test]
fn errors_fragments_and_announced_connections_go_where_their_flow_goes() {
    let mut packets = Packets::default();
    for host in 1..40_u8 {
        let datagram = udp([host, 200], [5000, 6000], b"what");
        packets.push(i64::from(host), datagram.clone());
        packets.push(i64::from(host), icmp_unreachable([250, host], &datagram));
        let mut control = Tcp { hosts: [host, 100], ..Tcp::new(40_000, 21) };
        control.open(&mut packets, 1000);
        control.say(&mut packets, 1000, Initiator, "HELLO\n");
        control.say(&mut packets, 1001, Responder, "port 50000\n");
        let mut data = Tcp { hosts: [host, 100], ..Tcp::new(40_001, 50_000) };
        data.open(&mut packets, 1002);
        data.say(&mut packets, 1003, Responder, "file\n");
        let mut first = udp([host, 201], [7000, 7001], b"12345678");
        first[6] = 0x20;
        let mut later = udp([host, 201], [7000, 7001], b"12345678");
        (later[6], later[7]) = (0, 2);
        packets.push(1004, first);
        packets.push(1005, later);
    }
    let text = check(&packets);
    assert_eq!(text.matches("IcmpError { side").count(), 39);
    assert_eq!(text.matches("by: Announced").count(), 39);
    assert_eq!(text.matches("parent: Some").count(), 39);
}

/// Requests of TFTP from many hosts to all of a link, some of which another host answers, from ports that nobody
/// knows.
fn requests() -> Packets {
    let mut packets = Packets::default();
    for n in 0..=250_u8 {
        let time = i64::from(n) * 3000;
        let port = 50_000 + u16::from(n % 100);
        let mut request = udp([n, 251], [port, 69], b"\0\x01a\0octet\0");
        request.iter_mut().skip(16).take(4).for_each(|byte| *byte = 255);
        packets.push(time, request);
        let mut control = Tcp { hosts: [n, 252], ..Tcp::new(40_000, 21) };
        control.open(&mut packets, time);
        control.say(&mut packets, time, Initiator, "HELLO\n");
        control.say(&mut packets, time, Responder, "port 50000\n");
        // Of this host, or of one that waits for 147 seconds, or has waited for 315.
        let who = match n % 14 {
            0 => n.saturating_sub(105),
            7 => n.saturating_sub(49),
            _ => n,
        };
        let port = 50_000 + u16::from(who % 100);
        for host in [253, 254] {
            packets.push(time + 1, udp([host, who], [30_000, port], b"\0\x03\0\x01file"));
        }
        let mut data = Tcp { hosts: [n, 252], ..Tcp::new(40_001, 50_000) };
        data.open(&mut packets, time + 1);
    }
    packets
}

#[test]
fn flows_that_packets_announce_are_expected_in_all_shards() {
    let packets = requests();
    let raw: Vec<_> = packets.raw().collect();
    let decoder = Decoder::default();
    let announces =
        move |raw: &RawPacket<'_>| AnnouncedFlow::of(&decoder.decode(raw.link_type, raw.data));
    let (mut expected, mut single) = (String::new(), builder().build());
    let mut sink = |event: &Event<'_, _>| writeln!(expected, "{}", line(event)).unwrap();
    for raw in &raw {
        single.packet(raw, &mut sink);
        announces(raw).into_iter().for_each(|flow| single.expect_flow(flow));
    }
    single.finish(&mut sink);
    // 251 connections; the first answers to 215 hosts, to host 0, and to 14 that have waited.
    assert_eq!(expected.matches("parent: Some").count(), 251 + 215 + 1 + 14, "{expected}");
    for (shards, batch) in [(1, 7), (2, 1), (2, 64), (3, 1000), (5, 20)] {
        let mut found = String::new();
        let sink = |event: &Event<'_, _>| writeln!(found, "{}", line(event)).unwrap();
        let engine = ShardedEngine::new(shards, || builder().build()).batch(batch);
        let mut engine = engine.expect_flows(announces.clone());
        match batch % 2 {
            0 => engine.run_slice(&raw, sink),
            _ => engine.run(&mut packets.again(), sink).unwrap(),
        }
        assert!(found == expected, "{shards} shards of {batch}\n{found}\n---\n{expected}");
    }
}

/// Reads what it likes, and panics at a word.
#[derive(Clone)]
struct Fragile;

impl SessionParser for Fragile {
    type Message = ();

    fn name(&self) -> &'static str {
        "fragile"
    }

    fn feed(&mut self, input: &Input<'_>, _: &mut dyn FnMut(())) -> Result<usize, Failure> {
        assert_ne!(input.bytes, b"break", "the word");
        Ok(input.bytes.len())
    }
}

/// Connections of many pairs of hosts, some of which say the word.
fn talks(word: &str) -> Packets {
    let mut packets = Packets::default();
    for n in 0..200_u8 {
        let mut talk = Tcp { hosts: [n, n.wrapping_add(1)], ..Tcp::new(40_000, 80) };
        talk.open(&mut packets, n.into());
        talk.say(&mut packets, n.into(), Initiator, if n >= 100 { word } else { "fine" });
    }
    packets
}

#[test]
fn a_parser_that_panics_panics_wherever_it_runs_and_nobody_waits_for_it() {
    let build = || Engine::builder().parser(Fragile).on_port(80, "fragile").build();
    for shards in 1..=4 {
        for batch in [1, 50, 1000] {
            let run = |word: &str| {
                let mut engine = ShardedEngine::<FiveTuple>::new(shards, build).batch(batch);
                engine.run(&mut talks(word), |_: &Event<'_, _>| {}).unwrap();
            };
            run("fine");
            std::panic::catch_unwind(|| run("break")).unwrap_err();
            let run_slice = || {
                let talks = talks("break");
                let packets: Vec<_> = talks.raw().collect();
                let mut engine = ShardedEngine::<FiveTuple>::new(shards, build).batch(batch);
                engine.run_slice(&packets, |_: &Event<'_, _>| {});
            };
            std::panic::catch_unwind(run_slice).unwrap_err();
        }
    }
}

#[test]
fn a_sink_that_panics_leaves_no_thread_behind() {
    for shards in 1..=4 {
        let mut engine = ShardedEngine::new(shards, engine).batch(10);
        let mut events = 0;
        let sink = |_: &Event<'_, _>| {
            events += 1;
            assert!(events < 100, "enough");
        };
        let run = std::panic::AssertUnwindSafe(|| engine.run(&mut talks("fine"), sink));
        std::panic::catch_unwind(run).unwrap_err();
    }
}

/// Packets, and an error behind them.
struct Broken(Packets);

impl PacketSource for Broken {
    type Error = fmt::Error;

    fn next_packet(&mut self) -> Result<Option<RawPacket<'_>>, fmt::Error> {
        match self.0.next_packet() {
            Ok(Some(raw)) => Ok(Some(raw)),
            _ => Err(fmt::Error),
        }
    }
}

#[test]
fn the_error_of_a_source_comes_behind_all_that_was_in_front_of_it() {
    let mut ends = 0;
    let sink = |event: &Event<'_, _>| {
        ends += u32::from(matches!(event.kind, rheos_session::EventKind::Ended { .. }));
    };
    let mut engine = ShardedEngine::new(3, engine).batch(64);
    engine.run(&mut Broken(talks("fine")), sink).unwrap_err();
    assert_eq!(ends, 200);
}

/// Whole captures that are tried: larger ones take too long without optimisation.
const MAX_CAPTURE: u64 = 300_000;

#[test]
fn real_captures() {
    let captures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/captures");
    let captures =
        [captures, Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/captures")];
    let Some(captures) = captures.iter().find(|path| path.is_dir()) else {
        println!("skipped: no captures");
        return;
    };
    let mut paths = Vec::new();
    let mut folders = vec![captures.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let data = fs::metadata(entry.path()).unwrap();
            if data.is_dir() {
                folders.push(entry.path());
            } else if data.len() <= MAX_CAPTURE {
                paths.push(entry.path());
            }
        }
    }
    paths.sort();
    let all = std::env::var_os("RHEOS_ALL_CAPTURES").is_some();
    let mut packets = 0;
    let mut tried = 0;
    for path in paths.iter().step_by(if all { 1 } else { 3 }) {
        let bytes = fs::read(path).unwrap();
        let open = || CaptureReader::new(bytes.as_slice());
        let Ok(mut source) = open() else { continue };
        let expected = single(&mut source);
        packets += source.packets_read();
        tried += 1;
        for (shards, batch) in [(1, 1024), (2, 1024), (3, 17), (4, 2)] {
            let found = sharded(shards, batch, &mut open().unwrap());
            assert!(found == expected, "{}, {shards} shards of {batch}", path.display());
        }
    }
    assert!(tried > 300 && packets > 10_000, "{tried} captures, {packets} packets");
}
