//! What a port leads to is a guess: bytes that are something else stay payload, whatever the port.

#![allow(clippy::unwrap_used, reason = "a test, also in its functions")]

use std::collections::BTreeMap;

use rheos_layers::{Decoder, Encode, EthernetHeader, Fix, Ipv4Header, Key, KeyKind, LinkType};
use rheos_layers::{Packet, Registry, Role, TcpFlags, TcpHeader, UdpHeader, serialize_layers};

/// What programs say in words, at ports that they are free to choose.
const TEXTS: [&[u8]; 8] = [
    b"GET / HTTP/1.1\r\nHost: example.org\r\nAccept: */*\r\n\r\n",
    b"NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nNT: upnp:rootdevice\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    b"{\"json\":1}",
    b"{\"jsonrpc\":\"2.0\",\"method\":\"subtract\",\"params\":[42,23],\"id\":1}",
    b"hello",
    b"lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor",
    b"drei Dutzend kleine, gelbe Bananen\n",
];

/// A packet to, or from, a port.
fn frame(key: Key, is_answer: bool, payload: &[u8]) -> Option<Vec<u8>> {
    let ports = |port: u16| if is_answer { (port, 61_234) } else { (61_234, port) };
    let (udp, tcp);
    let transport: &dyn Encode = match key.kind() {
        KeyKind::UdpPort(port) => {
            let (source, destination) = ports(port);
            let (source_port, destination_port) = (source.into(), destination.into());
            udp = UdpHeader { source_port, destination_port, ..UdpHeader::default() };
            &udp
        }
        KeyKind::TcpPort(port) => {
            let (source, destination) = ports(port);
            let (source_port, destination_port) = (source.into(), destination.into());
            let mut header = TcpHeader { source_port, destination_port, ..TcpHeader::default() };
            header.set_control_bits(TcpFlags::ACK);
            tcp = header;
            &tcp
        }
        _ => return None,
    };
    let (ethernet, ip) = (EthernetHeader::default(), Ipv4Header::default());
    let mut out = Vec::new();
    serialize_layers(&mut out, Fix::all(), &[&ethernet, &ip, transport], payload).unwrap();
    Some(out)
}

/// What is found behind the transport layer, if there is more than a message in it, or less.
fn tunnel(packet: &Packet<'_>) -> Option<String> {
    let behind = packet.layers().get(3..).unwrap_or_default();
    let protocols = behind.iter().filter_map(|span| packet.protocol(span)).collect::<Vec<_>>();
    let is_inner = |role| matches!(role, Role::Link | Role::Network | Role::Transport);
    let is_wrong = protocols.iter().any(|protocol| is_inner(protocol.role));
    let names = protocols.iter().map(|protocol| protocol.name).collect::<Vec<_>>().join(":");
    let error = packet.error();
    (is_wrong || error.is_some()).then(|| format!("{names} {error:?}"))
}

/// How often a port of a layer makes a tunnel of a payload, or an error, by the port.
fn wrong(payloads: &[Vec<u8>]) -> BTreeMap<Key, Vec<String>> {
    let (decoder, registry) = (Decoder::default(), Registry::default());
    let mut wrong = BTreeMap::<_, Vec<_>>::new();
    for key in registry.protocols().flat_map(|protocol| protocol.claims) {
        for payload in payloads {
            for is_answer in [false, true] {
                let Some(bytes) = frame(*key, is_answer, payload) else { continue };
                let packet = decoder.decode(LinkType::ETHERNET, &bytes);
                if let Some(found) = tunnel(&packet) {
                    let text = payload.escape_ascii();
                    wrong.entry(*key).or_default().push(format!("{found} in {text}"));
                }
            }
        }
    }
    wrong
}

#[test]
fn no_text_is_a_tunnel_or_an_error_whatever_its_port() {
    let found = wrong(&TEXTS.map(<[u8]>::to_vec));
    assert!(found.is_empty(), "{found:#?}");
}

/// A few bits are no proof, so that what is random may look like a tunnel: hardly ever.
#[test]
fn random_bytes_are_hardly_ever_a_tunnel_or_an_error() {
    let payloads = random(1000);
    for (key, found) in wrong(&payloads) {
        // Both ways of each.
        assert!(found.len() * 50 <= payloads.len() * 2, "{:?}: {found:#?}", key.kind());
    }
}

/// Of every version of GTP the length has to fit the datagram, which it does by chance in one of some
/// hundred.
#[test]
fn random_bytes_are_hardly_ever_a_message_of_gtp() {
    let decoder = Decoder::default();
    let mut found = 0;
    for payload in random(10_000) {
        for port in [2152, 2123] {
            let bytes = frame(Key::udp_port(port), false, &payload).unwrap();
            let packet = decoder.decode(LinkType::ETHERNET, &bytes);
            found += usize::from(packet.layers().len() > 3);
        }
    }
    assert!(found <= 40, "{found} of 20000");
}

/// Datagrams of up to 200 random bytes.
fn random(count: usize) -> Vec<Vec<u8>> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |len: usize| {
        let bytes = (0..len).map(|_| {
            // xorshift64*, Vigna 2016.
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            state.wrapping_mul(0x2545_f491_4f6c_dd1d).to_be_bytes()[0]
        });
        bytes.collect::<Vec<_>>()
    };
    (1..=200).cycle().take(count).map(&mut random).collect()
}

/// tshark -r `tunnels__teredo_bubble_with_payload.pcap` (zeek), frame 5: ipv6.plen 0, ipv6.nxt 59,
/// with 12 bytes behind.
#[test]
fn a_bubble_is_one_whatever_stands_behind_it() {
    let bubble = [&b"\x60\0\0\0\0\0\x3b\x15"[..], &[0xfe; 32], b"and the rest"].concat();
    let bytes = frame(Key::udp_port(3544), false, &bubble).unwrap();
    let decoder = Decoder::default();
    let packet = decoder.decode(LinkType::ETHERNET, &bytes);
    let names = packet.layers().iter().filter_map(|span| packet.protocol(span));
    let names = names.map(|protocol| protocol.name).collect::<Vec<_>>();
    assert_eq!(names, ["eth", "ip", "udp", "teredo", "ipv6"]);
}
