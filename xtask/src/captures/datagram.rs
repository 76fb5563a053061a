//! Conversations without TCP: DNS, QUIC, fragments, ICMP, neighbour discovery, ARP, SCTP.

use super::content;
use super::path::{ICMP, ICMPV6, Path, SCTP, UDP};
use super::random::Random;
use super::talk::Talk;

fn udp(source: u16, destination: u16, payload: &[u8]) -> Vec<u8> {
    let mut datagram = Vec::with_capacity(payload.len() + 8);
    datagram.extend(source.to_be_bytes());
    datagram.extend(destination.to_be_bytes());
    datagram.extend((payload.len() as u16 + 8).to_be_bytes());
    datagram.extend([0, 0]);
    datagram.extend(payload);
    datagram
}

/// Most bytes of a stream in a datagram of QUIC.
const QUIC_LEN: usize = 1200;

/// A port that a client picks, where tshark knows of no protocol.
fn port(random: &mut Random) -> u16 {
    50_000 + random.next16() % 4_000
}

/// The names that a page needs: queries at once, and their responses close together.
pub(crate) fn dns(start: u64, random: &mut Random) -> Talk {
    let (mut talk, mut path) = (Talk::new(start), Path::new(random));
    let lookups: Vec<_> =
        (0..random.heavy(1, 3)).map(|_| (port(random), content::dns(random))).collect();
    for (port, (query, _)) in &lookups {
        talk.say(path.ip(true, UDP, udp(*port, 53, query)));
    }
    talk.wait(path.rtt);
    for (port, (_, response)) in &lookups {
        talk.say(path.ip(false, UDP, udp(53, *port, response)));
    }
    talk
}

/// A connection: both sides' first datagrams, then requests with trains of datagrams in response.
pub(crate) fn quic(start: u64, random: &mut Random) -> Talk {
    let (mut talk, mut path, port) = (Talk::new(start), Path::new(random), port(random));
    let connection = random.next();
    for from_client in [true, false] {
        let first = content::quic_initial(connection, random);
        talk.say(path.ip(from_client, UDP, ports(from_client, port, &first)));
        talk.wait(path.rtt / 2);
    }
    let mut window = 10;
    for _ in 0..random.heavy(1, 2) {
        let mut rest = random.heavy(400, 7);
        let request = (true, random.length(60, 500));
        let mut train = vec![request];
        while !train.is_empty() {
            for (from_client, len) in train {
                let datagram = content::quic_short(connection, len, random);
                talk.say(path.ip(from_client, UDP, ports(from_client, port, &datagram)));
            }
            talk.wait(path.rtt / 2);
            // What the server sends at once, then acknowledgments of every other one.
            let sent = rest.min(window * QUIC_LEN);
            let data = (0..sent).step_by(QUIC_LEN).map(|at| (false, QUIC_LEN.min(sent - at)));
            let acknowledgments = (0..sent).step_by(2 * QUIC_LEN).map(|_| (true, 26));
            train = data.chain(acknowledgments).collect();
            rest -= sent;
            window = (window * 2).min(40);
        }
        talk.wait(random.pause(10_000_000, 1));
    }
    talk
}

fn ports(from_client: bool, port: u16, payload: &[u8]) -> Vec<u8> {
    if from_client { udp(port, 443, payload) } else { udp(443, port, payload) }
}

/// A datagram that needs several packets.
pub(crate) fn fragments(start: u64, random: &mut Random) -> Talk {
    let (mut talk, mut path) = (Talk::new(start), Path::new(random));
    let len = random.length(2000, 7000);
    let payload = random.bytes(len);
    let datagram = udp(port(random), 40_000, &payload);
    path.fragments(UDP, datagram).into_iter().for_each(|frame| talk.say(frame));
    talk
}

/// Echoes and their replies, or a datagram to a closed port and the error that quotes it.
pub(crate) fn icmp(start: u64, random: &mut Random) -> Talk {
    let (mut talk, mut path) = (Talk::new(start), Path::new(random));
    let (protocol, request, reply, unreachable) =
        if path.is_v6() { (ICMPV6, 128, 129, [1, 4]) } else { (ICMP, 8, 0, [3, 3]) };
    if random.per_mille(300) {
        let datagram = udp(port(random), 33_434, &random.bytes(12));
        let quoted = path.datagram(true, UDP, &datagram);
        talk.say(path.ip(true, UDP, datagram));
        talk.wait(path.rtt);
        let error = [&unreachable[..], &[0; 6], &quoted].concat();
        talk.say(path.ip(false, protocol, error));
        return talk;
    }
    let (ident, data) = (random.next16(), random.bytes(56));
    for sequence in 0..random.length(1, 6) as u16 {
        for (from_client, kind) in [(true, request), (false, reply)] {
            let mut echo = vec![kind, 0, 0, 0];
            echo.extend(ident.to_be_bytes());
            echo.extend(sequence.to_be_bytes());
            echo.extend(&data);
            talk.say(path.ip(from_client, protocol, echo));
            talk.wait(path.rtt);
        }
        talk.wait(1_000_000);
    }
    talk
}

/// Who has these addresses? ARP for IPv4, neighbour discovery for IPv6.
pub(crate) fn neighbour(start: u64, random: &mut Random) -> Talk {
    let (mut talk, path) = (Talk::new(start), Path::new(random));
    let paths: Vec<Path> =
        (0..random.heavy(1, 3)).map(|_| path.to_another_server(random)).collect();
    for from_client in [true, false] {
        paths.iter().for_each(|path| talk.say(neighbour_frame(path, from_client)));
        talk.wait(path.rtt);
    }
    talk
}

/// The client's question, or the server's answer.
fn neighbour_frame(path: &Path, from_client: bool) -> Vec<u8> {
    let (sender, mac, target) = path.names(from_client);
    if !path.is_v6() {
        let known = if from_client { [0; 6] } else { path.names(true).1 };
        let head = [0, 1, 8, 0, 6, 4, 0, if from_client { 1 } else { 2 }];
        let message = [&head, &mac[..], sender, &known, target].concat();
        return path.frame(from_client, 0x0806, &message);
    }
    let (kind, flags, about, option) =
        if from_client { (135, 0, target, 1) } else { (136, 0x60, sender, 2) };
    let message = [&[kind, 0, 0, 0, flags, 0, 0, 0], about, &[option, 1], &mac].concat();
    neighbour_message(path, from_client, message)
}

/// Neighbour discovery is only believed with a hop limit of 255,
/// [RFC 4861, section 7.1.1](https://www.rfc-editor.org/rfc/rfc4861#section-7.1.1).
fn neighbour_message(path: &Path, from_client: bool, message: Vec<u8>) -> Vec<u8> {
    let mut near = path.clone();
    near.set_hops(u8::MAX);
    near.ip(from_client, ICMPV6, message)
}

/// One end of an association.
#[derive(Clone, Copy)]
struct End {
    /// What packets to this end carry.
    tag: u32,
    tsn: u32,
}

/// An association: four-way handshake, data in both directions, shutdown.
pub(crate) fn sctp(start: u64, random: &mut Random) -> Talk {
    let (mut talk, mut path, port) = (Talk::new(start), Path::new(random), port(random));
    let mut end = || End { tag: random.next32(), tsn: random.next32() };
    let (client, server) = (end(), end());
    let cookie = random.bytes(32);
    let parameter = [&[0, 7, 0, 36], &cookie[..]].concat();
    let mut chunks = vec![
        (true, 0, init(1, client, &[])),
        (false, client.tag, init(2, server, &parameter)),
        (true, server.tag, chunk(10, 0, &cookie)),
        (false, client.tag, chunk(11, 0, &[])),
    ];
    for place in 0..random.heavy(2, 5) as u32 {
        let from_client = random.per_mille(500);
        let (from, to) = if from_client { (client, server) } else { (server, client) };
        let number = from.tsn.wrapping_add(place).to_be_bytes();
        let stream = [&number[..], &[0, 0, 0, place as u8, 0, 0, 0, 0]].concat();
        let len = random.heavy(40, 4).min(1300);
        let data = [stream, random.bytes(len)].concat();
        chunks.push((from_client, to.tag, chunk(0, 3, &data)));
        let sack = [&number[..], &[0, 1, 0, 0, 0, 0, 0, 0]].concat();
        chunks.push((!from_client, from.tag, chunk(3, 0, &sack)));
    }
    chunks.push((true, server.tag, chunk(7, 0, &server.tsn.to_be_bytes())));
    chunks.push((false, client.tag, chunk(8, 0, &[])));
    chunks.push((true, server.tag, chunk(14, 0, &[])));
    for (from_client, tag, chunk) in chunks {
        let (source, destination) = if from_client { (port, 3868) } else { (3868, port) };
        let mut packet = [source.to_be_bytes(), destination.to_be_bytes()].concat();
        packet.extend(tag.to_be_bytes());
        packet.extend([0; 4]);
        packet.extend(chunk);
        talk.say(path.ip(from_client, SCTP, packet));
        talk.wait(path.rtt / 2);
    }
    talk
}

/// An INIT or INIT ACK chunk: tag, window, numbers of streams, first TSN, parameters.
fn init(kind: u8, from: End, parameters: &[u8]) -> Vec<u8> {
    let (tag, tsn) = (from.tag.to_be_bytes(), from.tsn.to_be_bytes());
    chunk(kind, 0, &[&tag[..], &[0, 1, 0, 0, 0, 10, 0, 10], &tsn, parameters].concat())
}

/// A chunk, filled up to a multiple of four bytes, RFC 9260, section 3.2.
fn chunk(kind: u8, flags: u8, value: &[u8]) -> Vec<u8> {
    let mut chunk = vec![kind, flags];
    chunk.extend((value.len() as u16 + 4).to_be_bytes());
    chunk.extend(value);
    chunk.resize(chunk.len().next_multiple_of(4), 0);
    chunk
}
