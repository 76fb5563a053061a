//! Captures of IPv4 that are made for a test: datagrams, fragments, and connections of TCP.

use std::fs;
use std::path::Path;

/// When the first packet comes.
const START: u32 = 1_700_000_000;

/// Who asks, and who answers.
const HOSTS: [[u8; 4]; 2] = [[10, 0, 0, 1], [10, 0, 0, 2]];

/// Packets, a millisecond apart.
#[derive(Default)]
pub(crate) struct Capture {
    packets: Vec<Vec<u8>>,
    talks: u16,
}

impl Capture {
    /// Adds a packet.
    pub(crate) fn packet(&mut self, packet: &[u8]) {
        self.packets.push(packet.to_vec());
    }

    /// Begins a connection to a port.
    pub(crate) fn talk(&mut self, port: u16) -> Talk<'_> {
        self.talks += 1;
        let mut talk = Talk { ports: [40_000 + self.talks, port], capture: self, next: [100, 900] };
        for (host, flags) in [(1, SYN), (2, SYN | ACK), (1, ACK)] {
            let packet = talk.tcp(host, flags, b"");
            talk.packet(&packet);
            talk.next[host - 1] += u32::from(flags & SYN != 0);
        }
        talk
    }

    /// Writes them to a file of this folder, and returns its path.
    pub(crate) fn write(&self, folder: &Path) -> String {
        let mut bytes =
            b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\xff\xff\0\0\xe4\0\0\0".to_vec();
        for (place, packet) in (0_u32..).zip(&self.packets) {
            let length = u32::try_from(packet.len()).unwrap();
            let words = [START + place / 1000, place % 1000 * 1000, length, length];
            words.iter().for_each(|word| bytes.extend(word.to_le_bytes()));
            bytes.extend(packet);
        }
        let path = folder.join("made.pcap");
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

const FIN: u8 = 1;
const SYN: u8 = 2;
const ACK: u8 = 16;

/// A connection. Hosts are 1, who asks, and 2.
pub(crate) struct Talk<'a> {
    capture: &'a mut Capture,
    ports: [u16; 2],
    next: [u32; 2],
}

impl Talk<'_> {
    /// Adds a segment of who asks.
    pub(crate) fn initiator(&mut self, bytes: &[u8]) {
        let packet = self.segment(1, bytes);
        self.packet(&packet);
    }

    /// Adds a segment of who answers.
    pub(crate) fn responder(&mut self, bytes: &[u8]) {
        let packet = self.segment(2, bytes);
        self.packet(&packet);
    }

    /// The next segment of a host.
    pub(crate) fn segment(&mut self, host: usize, bytes: &[u8]) -> Vec<u8> {
        let packet = self.tcp(host, ACK, bytes);
        self.next[host - 1] += u32::try_from(bytes.len()).unwrap();
        packet
    }

    /// Adds a packet.
    pub(crate) fn packet(&mut self, packet: &[u8]) {
        self.capture.packet(packet);
    }

    /// Ends both ways.
    pub(crate) fn end(mut self) {
        for host in [1, 2] {
            let packet = self.tcp(host, FIN | ACK, b"");
            self.packet(&packet);
            self.next[host - 1] += 1;
        }
        let packet = self.tcp(1, ACK, b"");
        self.packet(&packet);
    }

    fn tcp(&self, host: usize, flags: u8, bytes: &[u8]) -> Vec<u8> {
        let (own, other) = (host - 1, 2 - host);
        let ports = [self.ports[own].to_be_bytes(), self.ports[other].to_be_bytes()].concat();
        let numbers = [self.next[own].to_be_bytes(), self.next[other].to_be_bytes()].concat();
        let rest = [0x50, flags, 0xff, 0xff, 0, 0, 0, 0];
        ip(HOSTS[own], HOSTS[other], 6, &[&ports, &numbers, &rest[..], bytes].concat())
    }
}

/// A datagram of UDP.
pub(crate) fn udp(from: [u8; 4], port: u16, to: [u8; 4], other: u16, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len() + 8).unwrap();
    let words = [port, other, length, 0].map(u16::to_be_bytes).concat();
    ip(from, to, 17, &[&words, payload].concat())
}

/// The parts of a packet, of so many bytes behind the header but the last.
pub(crate) fn fragments(packet: &[u8], size: usize) -> Vec<Vec<u8>> {
    let (header, payload) = packet.split_at(20);
    let count = payload.len().div_ceil(size);
    let parts = payload.chunks(size).enumerate().map(|(place, part)| {
        let mut header = header.to_vec();
        let length = u16::try_from(20 + part.len()).unwrap();
        let more = if place + 1 < count { 0x2000 } else { 0 };
        let offset = more | u16::try_from(place * size / 8).unwrap();
        header[2..4].copy_from_slice(&length.to_be_bytes());
        header[6..8].copy_from_slice(&offset.to_be_bytes());
        [&header, part].concat()
    });
    parts.collect()
}

/// A packet of IPv4, without a checksum.
pub(crate) fn ip(from: [u8; 4], to: [u8; 4], protocol: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(20 + payload.len()).unwrap().to_be_bytes();
    let front = [0x45, 0, length[0], length[1], 0, 7, 0, 0, 64, protocol, 0, 0];
    [&front[..], &from, &to, payload].concat()
}
