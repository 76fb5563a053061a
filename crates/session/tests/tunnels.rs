//! Fragments inside of tunnels: parsers read what they make together.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests build packets of known size"
)]

use rheos_core::Side::{Initiator, Responder};
use rheos_core::{LinkType, RawPacket, Timestamp};
use rheos_flow::zeek::{ConnLogOptions, ConnRow};
use rheos_flow::{FiveTuple, Inner};
use rheos_l7::dns::DnsUdpParser;
use rheos_l7::http::HttpParser;
use rheos_layers::{ChecksumStatus, Decoder, Udp};
use rheos_session::log::{Connections, Log, LogOptions, Logs, Record, ZeekLine};
use rheos_session::{Defragment, DefragmentOptions, Defragmented, Engine, Event, EventKind};

use common::{Packets, Tcp, ipv4, udp};

mod common;

/// A question for `a`, type A: RFC 1035 section 4.1.
const QUESTION: &[u8] = b"\0\x07\x01\0\0\x01\0\0\0\0\0\0\x01a\0\0\x01\0\x01";

/// Two fragments of a packet of IPv4, which is cut behind so many bytes of what it carries.
fn pieces(packet: &[u8], id: u8, cut: usize) -> [Vec<u8>; 2] {
    let (front, payload) = packet.split_at(20);
    let piece = |payload: &[u8], flags: u8, offset: usize| {
        let mut piece = [front, payload].concat();
        let length = u16::try_from(piece.len()).unwrap().to_be_bytes();
        piece[2..4].copy_from_slice(&length);
        piece[4..8].copy_from_slice(&[0, id, flags, u8::try_from(offset / 8).unwrap()]);
        piece
    };
    [piece(&payload[..cut], 0x20, 0), piece(&payload[cut..], 0, cut)]
}

/// The same of IPv6 (RFC 8200 section 4.5), around UDP.
fn pieces_of_ipv6(payload: &[u8], cut: usize) -> [Vec<u8>; 2] {
    let piece = |payload: &[u8], offset_more: usize| {
        let length = u8::try_from(8 + payload.len()).unwrap();
        let front = [0x60, 0, 0, 0, 0, length, 44, 64];
        let [high, low] = u16::try_from(offset_more).unwrap().to_be_bytes();
        let fragment = [17, 0, high, low, 0, 0, 0, 7];
        [&front[..], &[0xfd; 16], &[0xfe; 16], &fragment, payload].concat()
    };
    [piece(&payload[..cut], 1), piece(&payload[cut..], cut)]
}

/// Ways to carry a packet of IPv4 between two hosts.
const TUNNELS: [(&str, Wrap); 4] = [
    ("ip in ip", |hosts, packet| ipv4(4, hosts, packet)),
    ("gre", |hosts, packet| ipv4(47, hosts, &[&[0, 0, 8, 0][..], packet].concat())),
    ("vxlan", |hosts, packet| {
        let front = [&[8, 0, 0, 0, 0, 0, 7, 0][..], &[2; 12], &[8, 0]].concat();
        udp(hosts, [50_000, 4789], &[&front, packet].concat())
    }),
    ("gtp", |hosts, packet| {
        let [high, low] = u16::try_from(packet.len()).unwrap().to_be_bytes();
        let front = [0x30, 0xff, high, low, 0, 0, 0, 9];
        udp(hosts, [2152, 2152], &[&front, packet].concat())
    }),
];

type Wrap = fn([u8; 2], &[u8]) -> Vec<u8>;

fn in_tunnels(decoder: &Decoder) -> Defragment {
    let options = DefragmentOptions { in_tunnels: true, ..DefragmentOptions::default() };
    Defragment::with_options(decoder, options)
}

/// What an engine that looks into tunnels finds in packets.
fn said(packets: &[Vec<u8>]) -> Vec<String> {
    let decoder = Decoder::default();
    let mut engine = Engine::builder()
        .extractor(Inner::most(&decoder, FiveTuple::new(&decoder)))
        .defragment(in_tunnels(&decoder))
        .parser(HttpParser::default())
        .datagram_parser(DnsUdpParser::default())
        .on_port(53, "dns")
        .build();
    let mut source = Packets::default();
    packets.iter().for_each(|packet| source.push(1, packet.clone()));
    let mut told = Vec::new();
    let sink = |event: &Event<'_, _>| {
        if let EventKind::Message { parser, message, .. } = event.kind {
            let message = format!("{message:?}");
            told.push(format!("{parser} {}", message.split(['(', ' ']).next().unwrap()));
        }
    };
    engine.run(&mut source, sink).unwrap();
    told
}

/// The lines of a log, without times and names of connections.
fn log(wanted: &Log, packets: &[Vec<u8>]) -> Vec<String> {
    let mut options = LogOptions::default();
    options.conn.verify_checksums = false;
    let mut logs = Logs::new(&Decoder::default(), options);
    let mut lines = Vec::new();
    let mut take = |record: &Record| {
        if record.log.name == wanted.name {
            let line = ZeekLine(record).to_string();
            lines.push(line.split('\t').skip(2).collect::<Vec<_>>().join(" "));
        }
    };
    for packet in packets {
        let raw = RawPacket::new(Timestamp::from_secs(7, 0), LinkType::IPV4, packet);
        logs.packet(&raw, &mut take);
    }
    logs.finish(&mut take);
    lines
}

#[test]
fn a_question_of_dns_in_fragments_in_a_tunnel_is_read() {
    let inner = pieces(&udp([1, 2], [5000, 53], QUESTION), 1, 16);
    for (name, wrap) in TUNNELS {
        let packets = inner.clone().map(|piece| wrap([8, 9], &piece));
        assert_eq!(said(&packets), ["dns Query", "dns Unanswered"], "{name}");
        let lines = log(&rheos_session::log::DNS, &packets);
        let [line] = &lines[..] else { panic!("{name}: {lines:#?}") };
        assert!(
            line.starts_with("10.0.0.1 5000 10.0.0.2 53 udp 7 - a 1 C_INTERNET 1 A "),
            "{line}"
        );
    }
}

#[test]
fn a_request_of_http_in_fragments_in_a_tunnel_is_read_once() {
    let mut tcp = Tcp::new(40_000, 80);
    let mut packets = Packets::default();
    tcp.open(&mut packets, 0);
    tcp.say(&mut packets, 1, Initiator, "GET /long/way HTTP/1.1\r\nHost: a\r\n\r\n");
    tcp.say(&mut packets, 2, Responder, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    tcp.close(&mut packets, 3);
    for (name, wrap) in TUNNELS {
        // Each with the one behind it in front, where it is in fragments.
        let in_pieces = |(number, (_, packet)): (usize, &(i64, Vec<u8>))| {
            let [first, second] = pieces(packet, u8::try_from(number).unwrap(), 16);
            [second, first].map(|piece| wrap([8, 9], &piece))
        };
        let all: Vec<_> = packets.all.iter().enumerate().flat_map(in_pieces).collect();
        let lines = log(&rheos_session::log::HTTP, &all);
        let [line] = &lines[..] else { panic!("{name}: {lines:#?}") };
        let expected = "10.0.0.1 40000 10.0.0.2 80 1 GET a /long/way - 1.1 - - 0 0 200 OK ";
        assert!(line.starts_with(expected), "{name}: {line}");
        let messages = said(&all);
        let requests = messages.iter().filter(|it| it.starts_with("http Request"));
        assert_eq!(requests.count(), 1, "{name}: {messages:?}");
    }
}

// The tunnel carries two packets, and as Zeek counts, what is inside of it is one datagram.
#[test]
fn connections_of_tunnels_count_their_packets_and_those_in_them_datagrams() {
    let inner = pieces(&udp([1, 2], [5000, 53], QUESTION), 1, 16);
    let (_, vxlan) = TUNNELS[2];
    let lines = log(&rheos_session::log::CONN, &inner.map(|piece| vxlan([8, 9], &piece)));
    let [tunnel, dns] = &lines[..] else { panic!("{lines:#?}") };
    assert!(dns.starts_with("10.0.0.1 5000 10.0.0.2 53 udp dns "), "{dns}");
    assert!(tunnel.starts_with("10.0.0.8 50000 10.0.0.9 4789 udp vxlan "), "{tunnel}");
    for (line, packets) in [(dns, "1"), (tunnel, "2")] {
        assert_eq!(line.split(' ').nth(14), Some(packets), "{line}");
    }
}

#[test]
fn connections_alone_are_those_of_the_logs() {
    let question = udp([1, 2], [5000, 53], QUESTION);
    for (name, wrap) in TUNNELS {
        let [first, second] = pieces(&question, 1, 16).map(|piece| wrap([8, 9], &piece));
        let [front, end] = pieces(&second, 2, 16);
        let packets = [first, end, front, wrap([8, 9], &question)];
        let mut options = ConnLogOptions::default();
        options.verify_checksums = false;
        let mut connections = Connections::new(&Decoder::default(), options);
        let mut rows = Vec::new();
        let mut take = |row: &ConnRow| rows.push(row.to_string());
        for packet in &packets {
            let raw = RawPacket::new(Timestamp::from_secs(7, 0), LinkType::IPV4, packet);
            connections.packet(&raw, &mut take);
        }
        connections.finish(&mut take);
        // Without times, names and services, which parsers tell.
        let bare = |line: &str, between: char, front: usize| {
            let cells = line.split(between).skip(front).enumerate();
            cells.filter(|(place, _)| !matches!(place, 5 | 18)).map(|it| it.1.to_owned()).collect()
        };
        let mut told: Vec<Vec<_>> = rows.iter().map(|row| bare(row, '\t', 2)).collect();
        let lines = log(&rheos_session::log::CONN, &packets);
        let mut expected: Vec<Vec<_>> = lines.iter().map(|line| bare(line, ' ', 0)).collect();
        told.sort();
        expected.sort();
        assert_eq!(told, expected, "{name}");
        let datagrams = told.iter().find(|row| row[0] == "10.0.0.1").unwrap();
        assert_eq!(datagrams[13], "2", "{name}: {datagrams:?}");
    }
}

#[test]
fn fragments_of_fragments_are_put_together() {
    let question = udp([1, 2], [5000, 53], QUESTION);
    for (name, wrap) in TUNNELS {
        let [first, second] = pieces(&question, 1, 16).map(|piece| wrap([8, 9], &piece));
        let [third, fourth] = pieces(&second, 2, 16);
        let [front, end] = pieces(&first, 3, 8);
        let packets = [fourth, front, third, end];
        assert_eq!(said(&packets), ["dns Query", "dns Unanswered"], "{name}");
        assert_eq!(log(&rheos_session::log::DNS, &packets).len(), 1, "{name}");
    }
}

#[test]
fn each_tunnel_has_its_own_fragments() {
    let [first, second] = pieces(&udp([1, 2], [5000, 53], QUESTION), 1, 16);
    for (name, wrap) in TUNNELS {
        let packets = [wrap([8, 9], &first), wrap([7, 9], &second)];
        assert!(said(&packets).is_empty(), "{name}");
        assert!(log(&rheos_session::log::DNS, &packets).is_empty(), "{name}");
    }
}

/// Puts another header in front of a packet.
type Around = fn(&[u8]) -> Vec<u8>;

/// Puts packets together, and returns what comes of the last.
#[track_caller]
fn last(link: LinkType, packets: &[Vec<u8>], of: &mut Defragment) -> Vec<u8> {
    let mut datagram = None;
    for packet in packets {
        assert_eq!(datagram, None);
        let raw = RawPacket::new(Timestamp::from_secs(7, 0), link, packet);
        if let Defragmented::Datagram { packet, .. } = of.take(&raw) {
            assert_eq!(packet.original_length as usize, packet.data.len());
            datagram = Some(packet.data.to_vec());
        }
    }
    datagram.unwrap()
}

#[test]
fn lengths_and_checksums_around_a_datagram_fit_it() {
    let decoder = Decoder::default();
    let question = udp([1, 2], [5000, 53], QUESTION);
    for (name, wrap) in TUNNELS {
        let packets = pieces(&question, 1, 16).map(|piece| wrap([8, 9], &piece));
        let whole = last(LinkType::IPV4, &packets, &mut in_tunnels(&decoder));
        let packet = decoder.decode(LinkType::IPV4, &whole);
        assert_eq!(packet.get_last::<Udp<'_>>().map(|udp| udp.payload), Some(QUESTION), "{name}");
        assert_eq!((packet.error(), packet.is_truncated()), (None, false), "{name}");
        assert!(packet.frame_trailer().is_none(), "{name}");
        for checksum in packet.verify_checksums() {
            assert_ne!(checksum.status(), ChecksumStatus::Bad, "{name} {checksum:?}");
        }
    }
}

#[test]
fn fragments_of_ipv6_in_a_tunnel_are_of_the_inner_header() {
    let decoder = Decoder::default();
    let datagram = &udp([1, 2], [5000, 53], QUESTION)[20..];
    let around: [(LinkType, Around); 2] = [
        (LinkType::IPV4, |packet| ipv4(41, [8, 9], packet)),
        (LinkType::IPV6, |packet| {
            let length = u8::try_from(packet.len()).unwrap();
            let front = [0x60, 0, 0, 0, 0, length, 41, 64];
            [&front[..], &[0xfc; 16], &[0xfb; 16], packet].concat()
        }),
    ];
    for (link, around) in around {
        let packets = pieces_of_ipv6(datagram, 16).map(|piece| around(&piece));
        let [first, _] = &packets;
        let raw = RawPacket::new(Timestamp::default(), link, first);
        let mut outermost = Defragment::new(&decoder);
        let taken = outermost.take(&raw);
        assert!(matches!(taken, Defragmented::AsIs), "{taken:?}");
        let whole = last(link, &packets, &mut in_tunnels(&decoder));
        let packet = decoder.decode(link, &whole);
        assert_eq!(packet.get_last::<Udp<'_>>().map(|udp| udp.payload), Some(QUESTION));
        assert_eq!((packet.error(), packet.is_truncated()), (None, false));
    }
}

#[test]
fn a_datagram_too_long_for_the_headers_around_it_is_dropped() {
    let decoder = Decoder::default();
    let mut of = in_tunnels(&decoder);
    let mut whole = ipv4(17, [1, 2], &vec![0; 60_000]);
    whole.resize(20 + 65_512, 0);
    let mut count = 0;
    for (number, piece) in whole[20..].chunks(8000).enumerate() {
        let mut packet = [&whole[..20], piece].concat();
        let length = u16::try_from(packet.len()).unwrap().to_be_bytes();
        packet[2..4].copy_from_slice(&length);
        let more = if piece.len() == 8000 { 0x2000 } else { 0 };
        let field = u16::try_from(number * 1000).unwrap() | more;
        packet[6..8].copy_from_slice(&field.to_be_bytes());
        let packet = ipv4(4, [8, 9], &packet);
        let raw = RawPacket::new(Timestamp::default(), LinkType::IPV4, &packet);
        count += u32::from(!matches!(of.take(&raw), Defragmented::Waiting));
    }
    assert_eq!((count, of.stats().oversized, of.waiting()), (1, 1, 0));
}

/// Each seed of the decoder, whole and with a byte changed in each place, and what it makes of a fragment in front.
#[test]
fn any_packet_is_taken() {
    let decoder = Decoder::default();
    let mut of = in_tunnels(&decoder);
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/decode");
    let mut count = 0;
    for seed in std::fs::read_dir(folder).unwrap() {
        let seed = std::fs::read(seed.unwrap().path()).unwrap();
        let Some((link, bytes)) = seed.split_first_chunk() else { continue };
        let link = LinkType(u16::from_be_bytes(*link));
        let mut bytes = bytes.get(..200).unwrap_or(bytes).to_vec();
        for place in 0..bytes.len() {
            for change in [0, 0x20, 0xff] {
                bytes[place] ^= change;
                let raw = RawPacket::new(Timestamp::default(), link, &bytes);
                count += usize::from(of.push(&raw).is_some_and(|raw| !raw.data.is_empty()));
                bytes[place] ^= change;
            }
        }
    }
    assert!(count > 10_000, "{count}");
}
