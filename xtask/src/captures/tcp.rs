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

/// Segments in a thousand that are lost behind the capture and sent again.
const RESENT: u64 = 6;

/// One end of a session.
#[derive(Clone, Debug)]
struct End {
    port: u16,
    sequence: u32,
    clock: u32,
    window: u16,
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
    for _ in 0..session.random.heavy(8, 6) {
        let typed = session.random.length(36, 69);
        let echoed = session.random.heavy(36, 4);
        session.send(true, typed);
        session.send(false, echoed);
        session.talk.wait(40_000);
    }
    session.end()
}

/// A session of requests with larger responses.
pub(crate) fn web(start: u64, random: &mut Random) -> Talk {
    let port = if random.per_mille(700) { 443 } else { 80 };
    let mut session = Session::new(start, port, random);
    session.handshake();
    for _ in 0..session.random.heavy(1, 4) {
        let asked = session.random.length(80, 700);
        let answered = session.random.heavy(300, 12);
        session.send(true, asked);
        session.send(false, answered);
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
            window: 501 + (random.next16() & 0xff),
        };
        let (client, server) = (end(32_768), end(port));
        let client = End { port: 32_768 + random.next16() % 28_000, ..client };
        Self { talk: Talk::new(start), path, client, server, random }
    }

    /// Three segments; a few times nobody listens.
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

    /// Sends bytes in segments; every other one is acknowledged.
    fn send(&mut self, from_client: bool, len: usize) {
        let message = super::content::of_stream(self.server.port, from_client, len, self.random);
        let mut unacknowledged = 0;
        let count = message.len().div_ceil(SEGMENT);
        for (place, piece) in message.chunks(SEGMENT).enumerate() {
            let is_last = place + 1 == count;
            let flags = if is_last { ACK | PSH } else { ACK };
            let before = self.end_of(from_client).sequence;
            self.stamped(from_client, flags, piece);
            if self.random.per_mille(RESENT) {
                self.talk.wait(200_000);
                self.end_of(from_client).sequence = before;
                self.stamped(from_client, flags, piece);
            }
            self.talk.wait(12);
            unacknowledged += 1;
            if unacknowledged == 2 || is_last {
                self.talk.wait(self.path.rtt / 8);
                self.stamped(!from_client, ACK, &[]);
                unacknowledged = 0;
            }
        }
        self.talk.wait(self.path.rtt / 2);
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
