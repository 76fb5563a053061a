//! Packets that other libraries lose, misread or fail on; those that one protocol alone decides stand
//! beside it. The list of both is in `docs/requirements.md`.

#![allow(clippy::unwrap_used, reason = "a test, also in its functions")]

use rheos_layers::{Decoder, Encode, EthernetHeader, Fix, Gtpv2, Ipv4Header, Layer, LayerType};
use rheos_layers::{
    LinkType, Packet, Tcp, TcpFlags, TcpHeader, Tls, Udp, UdpHeader, serialize_layers,
};

/// Ethernet, IPv4, one more layer and a payload.
fn frame(transport: &dyn Encode, payload: &[u8]) -> Vec<u8> {
    let (ethernet, ip) = (EthernetHeader::default(), Ipv4Header::default());
    let mut out = Vec::new();
    serialize_layers(&mut out, Fix::all(), &[&ethernet, &ip, transport], payload).unwrap();
    out
}

fn udp(source_port: u16, destination_port: u16) -> UdpHeader {
    let (source_port, destination_port) = (source_port.into(), destination_port.into());
    UdpHeader { source_port, destination_port, ..UdpHeader::default() }
}

fn tcp(source_port: u16, destination_port: u16, flags: TcpFlags) -> TcpHeader {
    let (source_port, destination_port) = (source_port.into(), destination_port.into());
    let mut header = TcpHeader { source_port, destination_port, ..TcpHeader::default() };
    header.set_control_bits(flags);
    header
}

fn layers(packet: &Packet<'_>) -> Vec<LayerType> {
    packet.layers().iter().map(|span| span.layer).collect()
}

/// The port of a tunnel with messages in it.
const GTP: u16 = 2152;

// peers 8.2: UDP src port 3544 / dst 4789 random payload
#[test]
fn what_is_no_tunnel_behind_the_port_of_one_stays_a_datagram() {
    let decoder = Decoder::default();
    let ports = [(3544, 9999), (9999, 3544), (9999, 4789), (9999, 6081), (9999, GTP)];
    for (source, destination) in ports {
        for len in 1..80_u8 {
            // Bytes that repeat late, each pattern from another start.
            let payload: Vec<u8> = (0..len).map(|at| (at ^ len).wrapping_mul(167)).collect();
            let bytes = frame(&udp(source, destination), &payload);
            let packet = decoder.decode(LinkType::ETHERNET, &bytes);
            let found = packet.get::<Udp<'_>>().unwrap();
            assert_eq!(found.payload, payload, "{source} to {destination}");
            let front = [LayerType::ETHERNET, LayerType::IPV4, LayerType::UDP];
            assert_eq!(packet.error(), None);
            if destination == GTP {
                // Its first byte is all that tells it: what is behind is cut, or no packet.
                let message = [LayerType::GTP, LayerType::GTPV2, LayerType::GTPPRIME];
                assert_eq!(layers(&packet)[..3], front);
                assert!(layers(&packet)[3..].iter().all(|layer| message.contains(layer)));
            } else {
                assert_eq!(layers(&packet), front, "{source} to {destination}: {payload:02x?}");
                assert_eq!(packet.payload(), payload);
            }
            assert_eq!((found.source_port(), found.destination_port()), (source, destination));
        }
    }
}

// peers 8.2: TCP port 7471 SYN
#[test]
fn a_segment_to_the_port_of_a_tunnel_over_something_like_tcp_is_tcp() {
    let bytes = frame(&tcp(50_000, 7471, TcpFlags::SYN), b"");
    let decoder = Decoder::default();
    let packet = decoder.decode(LinkType::ETHERNET, &bytes);
    assert_eq!(layers(&packet), [LayerType::ETHERNET, LayerType::IPV4, LayerType::TCP]);
    assert_eq!(packet.get::<Tcp<'_>>().unwrap().flags(), TcpFlags::SYN);
    assert_eq!((packet.error(), packet.is_truncated()), (None, false));
}

// peers 8.2: GTPv2 0x58
#[test]
fn a_message_of_control_with_both_flags_leads_to_the_one_behind_it() {
    let first = b"\x58\x20\0\x0d\0\0\0\x07\0\x30\x39\0\x03\0\x01\0\x11";
    let second = b"\x48\x21\0\x08\0\0\0\x08\0\x01\x02\0";
    let bytes = frame(&udp(2123, 2123), &[&first[..], second].concat());
    let decoder = Decoder::default();
    let packet = decoder.decode(LinkType::ETHERNET, &bytes);
    let found = packet.all::<Gtpv2<'_>>().map(|gtp| (gtp.teid, gtp.sequence_number()));
    assert_eq!(found.collect::<Vec<_>>(), [(Some(7), 0x3039), (Some(8), 0x102)]);
    assert_eq!((packet.error(), packet.is_truncated()), (None, false));
}

/// A hello of a client, in one record, with an unknown number wherever one may stand: RFC 8701.
fn hello() -> Vec<u8> {
    let mut body = vec![3, 3];
    body.extend([7; 32]);
    body.extend([0, 0, 6, 0x0a, 0x0a, 0x13, 0x01, 0xfa, 0xfa, 1, 0]);
    let extensions: [&[u8]; 7] = [
        &[0x1a, 0x1a, 0, 0],
        b"\0\0\0\x0c\0\x0a\0\0\x07a.ex.eu",
        &[0, 10, 0, 6, 0, 4, 0x2a, 0x2a, 0, 29],
        &[0, 13, 0, 6, 0, 4, 0x3a, 0x3a, 4, 3],
        &[0, 43, 0, 5, 4, 0x4a, 0x4a, 3, 4],
        b"\0\x10\0\x08\0\x06\x02\x5a\x5a\x02h2",
        &[0xea, 0xea, 0, 1, 0],
    ];
    let extensions = extensions.concat();
    body.extend(u16::try_from(extensions.len()).unwrap().to_be_bytes());
    body.extend(extensions);
    let message = [&[1, 0], &u16::try_from(body.len()).unwrap().to_be_bytes()[..], &body].concat();
    record(&message)
}

fn record(message: &[u8]) -> Vec<u8> {
    [&[22, 3, 1], &u16::try_from(message.len()).unwrap().to_be_bytes()[..], message].concat()
}

// peers 8.2: TLS GREASE everywhere
#[test]
fn numbers_that_mean_nothing_hide_nothing_of_a_hello() {
    let bytes = hello();
    let tls = Tls::parse(&bytes).unwrap();
    let hello = tls.client_hello().unwrap();
    assert_eq!(hello.server_name(), Some("a.ex.eu"));
    let extensions = hello.extensions().collect::<Vec<_>>();
    assert_eq!((hello.cipher_suites.len(), extensions.len()), (3, 7));
    assert!(extensions.iter().all(Result::is_ok), "{extensions:?}");
    let text = tls.to_string();
    for shown in [
        "tls.handshake.ciphersuite=2570",
        "tls.handshake.ciphersuite=64250",
        "tls.handshake.extension.type=6682",
        "tls.handshake.extensions_supported_group=10794",
        "tls.handshake.extensions.supported_version=19018",
        "tls.handshake.extension.type=60138",
    ] {
        assert!(text.contains(shown), "{shown} is not in {text}");
    }
}

// peers 8.2: TLS ClientHello over 2 records
#[test]
fn a_hello_that_goes_on_in_another_record_is_shown_to_the_end_of_its_first() {
    let whole = hello();
    let fields = |bytes: &[u8]| {
        let text = Tls::parse(bytes).unwrap().to_string();
        let of_message = text.split(' ').filter(|field| !field.starts_with("tls.record."));
        of_message.map(str::to_owned).collect::<Vec<_>>()
    };
    let all = fields(&whole);
    for (cut, found) in
        [(1, 0), (4, 2), (39, 7), (49, 13), (55, 17), (69, 22), (112, all.len() - 3)]
    {
        let (front, back) = whole[5..].split_at(cut);
        let two = [record(front), record(back)].concat();
        let tls = Tls::parse(&two).unwrap();
        assert_eq!(tls.records().flatten().count(), 2);
        assert_eq!(fields(&two), all[..found], "cut at {cut}");
    }
}

// peers 8.2: TLS ClientHello over 3 segments
#[test]
fn a_hello_that_goes_on_in_other_segments_is_no_error_in_any_of_them() {
    let whole = hello();
    let decoder = Decoder::default();
    let third = whole.len() / 3;
    for (place, part) in whole.chunks(third).enumerate() {
        let bytes = frame(&tcp(50_000, 443, TcpFlags::ACK), part);
        let packet = decoder.decode(LinkType::ETHERNET, &bytes);
        assert_eq!(packet.error(), None, "segment {place}");
        assert_eq!(packet.get::<Tcp<'_>>().unwrap().payload, part);
        let hello = packet.get::<Tls<'_>>().and_then(|tls| tls.client_hello());
        assert!(place == 0 || hello.is_none(), "segment {place}");
    }
}

// peers 8.2: TLS handshake type 25
#[test]
fn a_compressed_certificate_is_a_message_like_any_other() {
    let messages = [&b"\x19\0\0\x0a\0\x02\0\0\x20\0\0\x02\xaa\xbb"[..], b"\x0e\0\0\0"].concat();
    let bytes = record(&messages);
    let text = Tls::parse(&bytes).unwrap().to_string();
    let types = text.split(' ').filter(|field| field.starts_with("tls.handshake.type"));
    assert_eq!(types.collect::<Vec<_>>(), ["tls.handshake.type=25", "tls.handshake.type=14"]);
}
