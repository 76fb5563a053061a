//! TCP sessions: handshake, requests and responses with their acknowledgments, an end.

use super::path::{Path, TCP};
use super::random::Random;
use super::talk::Talk;

const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const PSH: u8 = 0x08;
const ACK: u8 = 0x10;

/// Most bytes in a segment: Ethernet less IPv6, TCP and timestamps.
const SEGMENT: usize = 1428;

/// Segments that a sender sends at once before it has seen an acknowledgment,
/// [RFC 6928](https://www.rfc-editor.org/rfc/rfc6928).
const FIRST_WINDOW: usize = 10;

/// Segments that a sender sends at once later: what fits into a receiver's window of 64 KiB.
const LAST_WINDOW: usize = 40;

/// Microseconds between two acknowledgments: as long as two segments take.
const ACK_GAP: u64 = 22;

/// Microseconds from a program to its service and back: they stand in one house.
const CALL_RTT: u64 = 200;

/// Segments in a thousand that are lost behind the capture and sent again.
const RESENT: u64 = 6;

/// One end of a session.
#[derive(Clone, Debug)]
struct End {
    port: u16,
    sequence: u32,
    clock: u32,
    window: u16,
    /// Segments that this end sends at once.
    congestion_window: usize,
}

/// Segments sent back to back.
struct Train<'a> {
    from_client: bool,
    pieces: Vec<&'a [u8]>,
    /// Whether the message ends with it.
    is_last: bool,
}

/// A session as it goes on.
struct Session<'a> {
    talk: Talk,
    path: Path,
    client: End,
    server: End,
    random: &'a mut Random,
}

/// A session of a person at a keyboard: many small segments.
pub(crate) fn interactive(start: u64, random: &mut Random) -> Talk {
    let mut session = Session::new(start, 22, random);
    session.handshake();
    for _ in 0..session.random.heavy(4, 1) {
        // A line is typed fast, then its output is read.
        for _ in 0..session.random.length(2, 12) {
            let (typed, echoed) = (session.random.length(36, 69), session.random.heavy(36, 1));
            session.send(true, typed);
            session.send(false, echoed);
            session.talk.wait(90_000);
        }
        let output = session.random.heavy(100, 6);
        session.send(false, output);
        session.pause(1_000_000, 2);
    }
    session.end()
}

/// A session of requests with larger responses, some at once, some after a look at the last.
pub(crate) fn web(start: u64, random: &mut Random) -> Talk {
    let port = if random.per_mille(700) { 443 } else { 80 };
    let mut session = Session::new(start, port, random);
    session.handshake();
    for _ in 0..session.random.heavy(1, 2) {
        for _ in 0..session.random.heavy(1, 2) {
            let asked = session.random.length(80, 700);
            let answered = session.random.heavy(250, 12);
            session.send(true, asked);
            session.send(false, answered);
        }
        session.pause(15_000_000, 1);
    }
    session.end()
}

/// A session of a program with its service: bursts of small calls, and long silence between.
pub(crate) fn calls(start: u64, random: &mut Random) -> Talk {
    let mut session = Session::new(start, 40_000, random);
    session.path.rtt = CALL_RTT;
    session.handshake();
    for _ in 0..session.random.heavy(1, 2) {
        for _ in 0..session.random.heavy(4, 4) {
            let (asked, answered) = (session.random.heavy(40, 2), session.random.heavy(60, 4));
            session.send(true, asked);
            session.send(false, answered);
        }
        session.pause(15_000_000, 1);
    }
    session.end()
}

impl<'a> Session<'a> {
    fn new(start: u64, port: u16, random: &'a mut Random) -> Self {
        let path = Path::new(random);
        let mut end = |port| End {
            port,
            sequence: random.next32(),
            clock: random.next32(),
            window: 513 + (random.next16() & 0xff),
            congestion_window: FIRST_WINDOW,
        };
        let (client, server) = (end(0), end(port));
        // Where tshark knows of no protocol.
        let client = End { port: 35_000 + random.next16() % 9_000, ..client };
        Self { talk: Talk::new(start), path, client, server, random }
    }

    /// Three segments.
    fn handshake(&mut self) {
        let syn = |end: &End, scale: u8| {
            let mut options = vec![2, 4, 5, 0xa0, 4, 2, 8, 10];
            options.extend(end.clock.to_be_bytes());
            options.extend([0, 0, 0, 0, 1, 3, 3, scale]);
            options
        };
        let (first, second) = (syn(&self.client, 7), syn(&self.server, 8));
        self.segment(true, SYN, &first, &[]);
        self.client.sequence = self.client.sequence.wrapping_add(1);
        self.talk.wait(self.path.rtt / 2);
        self.segment(false, SYN | ACK, &second, &[]);
        self.server.sequence = self.server.sequence.wrapping_add(1);
        self.talk.wait(self.path.rtt / 2);
        self.stamped(true, ACK, &[]);
    }

    /// Lets a time pass in which nothing is said.
    fn pause(&mut self, shortest: usize, doublings: u32) {
        let time = self.random.pause(shortest, doublings);
        self.talk.wait(time);
    }

    /// Sends bytes in trains of segments, each train as long as the congestion window.
    fn send(&mut self, from_client: bool, len: usize) {
        let message = super::content::of_stream(self.server.port, from_client, len, self.random);
        let mut pieces = message.chunks(SEGMENT).peekable();
        while pieces.peek().is_some() {
            let window = self.end_of(from_client).congestion_window;
            let pieces_at_once = pieces.by_ref().take(window).collect();
            let is_last = pieces.peek().is_none();
            self.train(&Train { from_client, pieces: pieces_at_once, is_last });
            self.talk.wait(self.path.rtt / 2);
        }
    }

    /// Sends segments back to back. Every other one is acknowledged, close behind.
    fn train(&mut self, train: &Train<'_>) {
        let from_client = train.from_client;
        let (mut lost, mut acknowledged) = (None, Vec::new());
        for (place, piece) in train.pieces.iter().enumerate() {
            let is_end = place + 1 == train.pieces.len();
            let flags = if is_end && train.is_last { ACK | PSH } else { ACK };
            let sequence = self.end_of(from_client).sequence;
            self.stamped(from_client, flags, piece);
            if lost.is_none() && self.random.per_mille(RESENT) {
                lost = Some((sequence, flags, *piece));
            }
            if place % 2 == 1 || is_end {
                let next = self.end_of(from_client).sequence;
                acknowledged.push(lost.map_or(next, |(sequence, ..)| sequence));
            }
        }
        self.talk.wait(self.path.rtt / 8);
        for number in acknowledged {
            self.acknowledge(from_client, number);
            self.talk.wait(ACK_GAP);
        }
        let next = self.end_of(from_client).sequence;
        let window = self.end_of(from_client).congestion_window;
        let Some((sequence, flags, piece)) = lost else {
            if train.pieces.len() == window {
                self.end_of(from_client).congestion_window = LAST_WINDOW.min(window * 2);
            }
            return;
        };
        self.talk.wait(self.path.rtt / 2);
        self.end_of(from_client).sequence = sequence;
        self.stamped(from_client, flags, piece);
        self.end_of(from_client).sequence = next;
        self.end_of(from_client).congestion_window = (window / 2).max(2);
        self.talk.wait(self.path.rtt / 8);
        self.acknowledge(from_client, next);
    }

    /// Acknowledges what one side sent, up to a sequence number.
    fn acknowledge(&mut self, from_client: bool, number: u32) {
        let next = std::mem::replace(&mut self.end_of(from_client).sequence, number);
        self.stamped(!from_client, ACK, &[]);
        self.end_of(from_client).sequence = next;
    }

    /// Ends in peace, by a reset, or not within the capture.
    fn end(mut self) -> Talk {
        match self.random.between(0, 100) {
            0..85 => {
                self.closing(true);
                self.closing(false);
                self.stamped(true, ACK, &[]);
            }
            85..95 => self.segment(true, RST | ACK, &[], &[]),
            _ => {}
        }
        self.talk
    }

    fn closing(&mut self, from_client: bool) {
        self.stamped(from_client, FIN | ACK, &[]);
        let end = self.end_of(from_client);
        end.sequence = end.sequence.wrapping_add(1);
        self.talk.wait(self.path.rtt / 2);
    }

    fn end_of(&mut self, client: bool) -> &mut End {
        if client { &mut self.client } else { &mut self.server }
    }

    /// A segment with timestamps, as every one but the first and resets.
    fn stamped(&mut self, from_client: bool, flags: u8, payload: &[u8]) {
        let elapsed = (self.talk.now() / 1000) as u32;
        let theirs = self.end_of(!from_client).clock.wrapping_add(elapsed);
        let ours = self.end_of(from_client).clock.wrapping_add(elapsed);
        let mut options = vec![1, 1, 8, 10];
        options.extend(ours.to_be_bytes());
        options.extend(theirs.to_be_bytes());
        self.segment(from_client, flags, &options, payload);
        let end = self.end_of(from_client);
        end.sequence = end.sequence.wrapping_add(payload.len() as u32);
    }

    fn segment(&mut self, from_client: bool, flags: u8, options: &[u8], payload: &[u8]) {
        let to = self.end_of(!from_client).clone();
        let from = self.end_of(from_client);
        let acknowledged = if flags & ACK == 0 { 0 } else { to.sequence };
        let mut segment = Vec::with_capacity(payload.len() + 40);
        segment.extend(from.port.to_be_bytes());
        segment.extend(to.port.to_be_bytes());
        segment.extend(from.sequence.to_be_bytes());
        segment.extend(acknowledged.to_be_bytes());
        segment.extend([((20 + options.len()) as u8) << 2, flags]);
        segment.extend(from.window.to_be_bytes());
        segment.extend([0; 4]);
        segment.extend(options);
        segment.extend(payload);
        let frame = self.path.ip(from_client, TCP, segment);
        self.talk.say(frame);
    }
}
