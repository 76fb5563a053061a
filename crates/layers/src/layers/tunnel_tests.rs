//! Tests of tunnels that need no layer of their own: IP inside IP, and GRE or MPLS inside UDP.

use crate::{Decoder, Encode, EthernetHeader, Fix, GreHeader, Ipv4, Ipv4Header, Ipv6, LayerSet};
use crate::{IpProtocol, LinkType, MplsHeader, Udp, UdpHeader, serialize_layers};
use smallvec::SmallVec;

/// A header of IPv6 from one address to another, with so many bytes behind it.
fn ipv6(protocol: IpProtocol, last: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x60\0\0\0\0\0\0\x40".to_vec();
    bytes[4..6].copy_from_slice(&u16::try_from(payload.len()).unwrap().to_be_bytes());
    bytes[6] = protocol.0;
    bytes.extend([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]);
    bytes.extend([0; 16]);
    [&bytes, payload].concat()
}

/// The same of IPv4.
fn ipv4(protocol: IpProtocol, last: u8, payload: &[u8]) -> Vec<u8> {
    let header =
        Ipv4Header { protocol: protocol.0, source: [10, 0, 0, last], ..Default::default() };
    let mut out = Vec::new();
    serialize_layers(&mut out, Fix::all(), &[&header], payload).unwrap();
    out
}

/// The sources of all packets, outermost first.
fn sources(link_type: LinkType, bytes: &[u8]) -> Vec<String> {
    let decoder = Decoder::default();
    let packet = decoder.decode(link_type, bytes);
    assert_eq!((packet.error(), packet.is_truncated()), (None, false));
    let spans = packet.layers().iter();
    let addresses = spans.filter_map(|span| {
        let four = packet.view::<Ipv4<'_>>(span).map(|ip| ip.source().to_string());
        four.or_else(|| packet.view::<Ipv6<'_>>(span).map(|ip| ip.source().to_string()))
    });
    addresses.collect()
}

/// A datagram of nothing.
const DATAGRAM: &[u8] = &[0x9c, 0x40, 0x27, 0x0f, 0, 8, 0, 0];

#[test]
fn ip_inside_ip_in_all_pairings() {
    let four = ipv4(IpProtocol::UDP, 2, DATAGRAM);
    let six = ipv6(IpProtocol::UDP, 2, DATAGRAM);
    let check = |bytes: &[u8], link_type, expected: [&str; 2]| {
        assert_eq!(sources(link_type, bytes), expected);
    };
    check(&ipv4(IpProtocol::IPV4, 1, &four), LinkType::IPV4, ["10.0.0.1", "10.0.0.2"]);
    check(&ipv4(IpProtocol::IPV6, 1, &six), LinkType::IPV4, ["10.0.0.1", "fd00::2"]);
    check(&ipv6(IpProtocol::IPV4, 1, &four), LinkType::IPV6, ["fd00::1", "10.0.0.2"]);
    check(&ipv6(IpProtocol::IPV6, 1, &six), LinkType::IPV6, ["fd00::1", "fd00::2"]);
    check(&ipv4(IpProtocol::IP_WITHIN_IP, 1, &four), LinkType::IPV4, ["10.0.0.1", "10.0.0.2"]);
}

#[test]
fn a_layer_set_keeps_both_packets() {
    // gopacket defect 27, for IP inside IP.
    type Set<'a> = (SmallVec<[Ipv4<'a>; 2]>, Option<Udp<'a>>);
    let bytes = ipv4(IpProtocol::IPV4, 1, &ipv4(IpProtocol::UDP, 2, DATAGRAM));
    let (packets, udp) = LayerSet::<Set<'_>>::decode(LinkType::IPV4, &bytes).layers;
    let sources = packets.iter().map(|ip| ip.header.source[3]).collect::<Vec<_>>();
    assert_eq!((sources, udp.unwrap().destination_port()), (vec![1, 2], 9999));
}

// peers 8.2: 6-byte Ethernet padding after tunnel
#[test]
fn inner_packets_are_cut_to_what_the_outer_announce() {
    let mut bytes = ipv4(IpProtocol::IPV4, 1, &ipv4(IpProtocol::UDP, 2, DATAGRAM));
    bytes.extend(b"padding");
    let decoder = Decoder::default();
    let packet = decoder.decode(LinkType::IPV4, &bytes);
    let ends = packet.layers().iter().map(|span| span.start + span.len).collect::<Vec<_>>();
    assert_eq!(ends, [48, 48, 48]);
}

#[test]
fn gre_and_mpls_are_found_inside_udp() {
    let ip = Ipv4Header::default();
    let inner = Ipv4Header { source: [10, 0, 0, 9], ..ip };
    let tunnels: [(&dyn Encode, u16); 2] =
        [(&GreHeader::default(), 4754), (&MplsHeader::default(), 6635)];
    for (tunnel, port) in tunnels {
        let (ethernet, udp) = (EthernetHeader::default(), UdpHeader::default());
        let layers: [&dyn Encode; 5] = [&ethernet, &ip, &udp, tunnel, &inner];
        let mut out = Vec::new();
        serialize_layers(&mut out, Fix::all(), &layers, b"").unwrap();
        assert_eq!(sources(LinkType::ETHERNET, &out), ["0.0.0.0", "10.0.0.9"]);
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::ETHERNET, &out);
        assert_eq!(packet.get::<Udp<'_>>().unwrap().destination_port(), port);
    }
}
