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

/// A port that a client picks.
fn port(random: &mut Random) -> u16 {
    0xc000 | random.next16()
}

/// A query and its response.
pub(crate) fn dns(start: u64, random: &mut Random) -> Talk {
    let (mut talk, mut path, port) = (Talk::new(start), Path::new(random), port(random));
    let (query, response) = content::dns(random);
    talk.say(path.ip(true, UDP, udp(port, 53, &query)));
    talk.wait(path.rtt);
    talk.say(path.ip(false, UDP, udp(53, port, &response)));
    talk
}

/// A connection of both sides' first datagrams and many short ones.
pub(crate) fn quic(start: u64, random: &mut Random) -> Talk {
    let (mut talk, mut path, port) = (Talk::new(start), Path::new(random), port(random));
    let connection = random.next();
    for from_client in [true, false] {
        let first = content::quic_initial(connection, random);
        talk.say(path.ip(from_client, UDP, ports(from_client, port, &first)));
        talk.wait(path.rtt / 2);
    }
    for _ in 0..random.heavy(6, 8) {
        let from_client = random.per_mille(400);
        let len = if from_client { random.length(20, 60) } else { random.heavy(150, 2).min(1200) };
        let datagram = content::quic_short(connection, len, random);
        talk.say(path.ip(from_client, UDP, ports(from_client, port, &datagram)));
        talk.wait(path.rtt / 6);
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

/// Who has this address? ARP for IPv4, neighbour discovery for IPv6.
pub(crate) fn neighbour(start: u64, random: &mut Random) -> Talk {
    let (mut talk, mut path) = (Talk::new(start), Path::new(random));
    for (from_client, operation) in [(true, 1), (false, 2)] {
        let (sender, mac, target) = path.names(from_client);
        if path.is_v6() {
            let (kind, flags, about, option) = match operation {
                1 => (135, 0, target, 1),
                _ => (136, 0x60, sender, 2),
            };
            let about = [&[kind, 0, 0, 0, flags, 0, 0, 0], about, &[option, 1], &mac].concat();
            talk.say(neighbour_message(&mut path, from_client, about));
        } else {
            let known = if operation == 1 { [0; 6] } else { path.names(!from_client).1 };
            let head = [0, 1, 8, 0, 6, 4, 0, operation];
            let message = [&head, &mac[..], sender, &known, target].concat();
            talk.say(path.frame(from_client, 0x0806, &message));
        }
        talk.wait(path.rtt);
    }
    talk
}

/// Neighbour discovery is only believed with a hop limit of 255,
/// [RFC 4861, section 7.1.1](https://www.rfc-editor.org/rfc/rfc4861#section-7.1.1).
fn neighbour_message(path: &mut Path, from_client: bool, message: Vec<u8>) -> Vec<u8> {
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
