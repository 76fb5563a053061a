//! Two hosts and the link between them: puts Ethernet, VLAN and IP around what they say.

use super::checksum::{crc32c, internet};
use super::random::Random;

/// IP protocol numbers.
pub(crate) const ICMP: u8 = 1;
pub(crate) const TCP: u8 = 6;
pub(crate) const UDP: u8 = 17;
pub(crate) const ICMPV6: u8 = 58;
pub(crate) const SCTP: u8 = 132;
const FRAGMENT: u8 = 44;

/// What fits behind an IP header on Ethernet, a multiple of eight as fragments need it.
const FRAGMENT_LEN: usize = 1440;

/// The network of the servers.
const SERVERS: u8 = 200;

/// The shortest frame without its check sequence, IEEE 802.3: senders fill up to it.
const MIN_FRAME: usize = 60;

/// A host.
#[derive(Clone, Debug)]
struct Host {
    mac: [u8; 6],
    /// Four bytes or sixteen.
    address: Vec<u8>,
}

/// A way between a client and a server.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    client: Host,
    server: Host,
    vlan: Option<u16>,
    ident: u16,
    hops: u8,
    /// Microseconds from the client to the server and back.
    pub(crate) rtt: u64,
}

impl Path {
    /// Between one of a few thousand clients and one of a few hundred servers.
    pub(crate) fn new(random: &mut Random) -> Self {
        let client = random.next16() & 0x0fff;
        // What kind of client it is does not change from one conversation to the next.
        let is_v6 = client % 9 < 2;
        Self {
            client: host(1, client, is_v6),
            server: host(SERVERS, random.heavy(1, 9) as u16, is_v6),
            vlan: (client % 28 == 7).then_some(100 + client % 8),
            ident: random.next16(),
            hops: 48 + (client % 17) as u8,
            rtt: random.heavy(800, 7) as u64,
        }
    }

    /// From the same client to any server.
    pub(crate) fn to_another_server(&self, random: &mut Random) -> Self {
        let server = host(SERVERS, random.heavy(1, 9) as u16, self.is_v6());
        Self { server, ..self.clone() }
    }

    /// Whether the hosts speak IPv6.
    pub(crate) fn is_v6(&self) -> bool {
        self.client.address.len() == 16
    }

    /// Sets how far packets may go.
    pub(crate) fn set_hops(&mut self, hops: u8) {
        self.hops = hops;
    }

    fn ends(&self, from_client: bool) -> (&Host, &Host) {
        if from_client { (&self.client, &self.server) } else { (&self.server, &self.client) }
    }

    /// The address and the hardware address of the sender, and the address of the receiver.
    pub(crate) fn names(&self, from_client: bool) -> (&[u8], [u8; 6], &[u8]) {
        let (from, to) = self.ends(from_client);
        (&from.address, from.mac, &to.address)
    }

    /// A frame.
    pub(crate) fn frame(&self, from_client: bool, ether_type: u16, payload: &[u8]) -> Vec<u8> {
        let (from, to) = self.ends(from_client);
        let mut frame = Vec::with_capacity(payload.len() + 18);
        frame.extend(to.mac);
        frame.extend(from.mac);
        if let Some(vlan) = self.vlan {
            frame.extend([0x81, 0x00]);
            frame.extend(vlan.to_be_bytes());
        }
        frame.extend(ether_type.to_be_bytes());
        frame.extend(payload);
        frame.resize(frame.len().max(MIN_FRAME), 0);
        frame
    }

    /// A frame with an IP packet. The checksum is filled in where the protocol has its own.
    pub(crate) fn ip(&mut self, from_client: bool, protocol: u8, mut segment: Vec<u8>) -> Vec<u8> {
        self.seal(from_client, protocol, &mut segment);
        self.packet(from_client, protocol, 0, &segment)
    }

    /// Frames with the fragments of an IP packet.
    pub(crate) fn fragments(&mut self, protocol: u8, mut segment: Vec<u8>) -> Vec<Vec<u8>> {
        self.seal(true, protocol, &mut segment);
        let ident = self.ident;
        let last = segment.len().saturating_sub(1) / FRAGMENT_LEN;
        let pieces = segment.chunks(FRAGMENT_LEN).enumerate();
        let frames = pieces.map(|(place, piece)| {
            let (offset, more) = ((place * FRAGMENT_LEN) as u16, place < last);
            if !self.is_v6() {
                self.ident = ident;
                return self.packet(true, protocol, (offset / 8) | (u16::from(more) << 13), piece);
            }
            let mut payload = vec![protocol, 0];
            payload.extend((offset | u16::from(more)).to_be_bytes());
            payload.extend(u32::from(ident).to_be_bytes());
            payload.extend(piece);
            self.packet(true, FRAGMENT, 0, &payload)
        });
        frames.collect()
    }

    /// An IP packet without its frame, for errors to quote.
    pub(crate) fn datagram(&mut self, from_client: bool, protocol: u8, segment: &[u8]) -> Vec<u8> {
        let mut sealed = segment.to_vec();
        self.seal(from_client, protocol, &mut sealed);
        self.headed(from_client, protocol, 0, &sealed)
    }

    fn packet(&mut self, from_client: bool, protocol: u8, flags: u16, payload: &[u8]) -> Vec<u8> {
        let packet = self.headed(from_client, protocol, flags, payload);
        self.frame(from_client, if self.is_v6() { 0x86dd } else { 0x0800 }, &packet)
    }

    fn headed(&mut self, from_client: bool, protocol: u8, flags: u16, payload: &[u8]) -> Vec<u8> {
        let (from, to) = self.ends(from_client);
        let mut packet = Vec::with_capacity(payload.len() + 40);
        if self.is_v6() {
            packet.extend(0x6000_0000_u32.to_be_bytes());
            packet.extend((payload.len() as u16).to_be_bytes());
            packet.extend([protocol, self.hops]);
            packet.extend(&from.address);
            packet.extend(&to.address);
        } else {
            let fragmented = flags != 0 || payload.len() > FRAGMENT_LEN + 40;
            packet.extend([0x45, 0]);
            packet.extend((payload.len() as u16 + 20).to_be_bytes());
            packet.extend(self.ident.to_be_bytes());
            packet.extend((if fragmented { flags } else { 0x4000 }).to_be_bytes());
            packet.extend([self.hops, protocol, 0, 0]);
            packet.extend(&from.address);
            packet.extend(&to.address);
            let sum = internet(&[&packet]);
            put(&mut packet, 10, &sum.to_be_bytes());
            self.ident = self.ident.wrapping_add(1);
        }
        packet.extend(payload);
        packet
    }

    fn seal(&self, from_client: bool, protocol: u8, segment: &mut [u8]) {
        let (from, to) = self.ends(from_client);
        let mut pseudo = [&*from.address, &*to.address].concat();
        pseudo.extend((segment.len() as u32).to_be_bytes());
        pseudo.extend(u32::from(protocol).to_be_bytes());
        let at = match protocol {
            SCTP => {
                let crc = crc32c(segment);
                return put(segment, 8, &crc.to_le_bytes());
            }
            TCP => 16,
            UDP => 6,
            ICMPV6 => 2,
            _ => {
                pseudo.clear();
                2
            }
        };
        let sum = match internet(&[&pseudo, segment]) {
            0 if protocol == UDP => u16::MAX, // zero means none, RFC 768
            sum => sum,
        };
        put(segment, at, &sum.to_be_bytes());
    }
}

/// A host of a network, by number.
fn host(net: u8, number: u16, is_v6: bool) -> Host {
    let [high, low] = number.to_be_bytes();
    let mut v6 = [0x20, 0x01, 0x0d, 0xb8, 0, net, 0, 0, 0, 0, 0, 0, 0, 0, high, low];
    v6[9] = low; // an interface identifier like real ones
    let address = if is_v6 { v6.to_vec() } else { vec![10, net, high, low] };
    Host { mac: [0x02, 0, 0x5e, net, high, low], address }
}

/// Writes over some bytes.
fn put(bytes: &mut [u8], at: usize, new: &[u8]) {
    if let Some(old) = bytes.get_mut(at..at + new.len()) {
        old.copy_from_slice(new);
    }
}
