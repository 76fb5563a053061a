//! Checksums of every protocol that has one: worked out, verified, and found wrong.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test, also in its functions"
)]

use rheos_layers::{
    ChecksumStatus, Decoder, Encode, EthernetHeader, Field, Fix, GreBuilder, Ipv4Header,
    Ipv6Header, LinkType, Protocol, Registry, serialize_layers,
};

/// What verifying says of the last checksum of a packet, and the name of its layer.
fn verdict(decoder: &Decoder, frame: &[u8]) -> (&'static str, ChecksumStatus) {
    let packet = decoder.decode(LinkType::ETHERNET, frame);
    let checksum = packet.verify_checksums().last().unwrap();
    (packet.protocol(&checksum.span).unwrap().name, checksum.status())
}

/// Writes a layer with its checksum, verifies it, and changes the last byte.
#[track_caller]
fn check(name: &'static str, layers: &[&dyn Encode]) {
    let decoder = Decoder::default();
    let mut frame = Vec::new();
    // What is behind the chunks of SCTP would be another chunk.
    let payload: &[u8] = if name == "sctp" { b"" } else { b"payload!" };
    serialize_layers(&mut frame, Fix::all(), layers, payload).unwrap();
    assert_eq!(verdict(&decoder, &frame), (name, ChecksumStatus::Good));
    let last = frame.len() - 1;
    frame[last] ^= 1;
    assert_eq!(verdict(&decoder, &frame), (name, ChecksumStatus::Bad), "{name}");
    // The verdict is a field: 0 is bad, as Wireshark has it.
    let packet = decoder.decode(LinkType::ETHERNET, &frame);
    let mut verdicts = Vec::new();
    for span in packet.layers() {
        packet.verified_fields(span, &mut |Field { name, value, .. }: Field<'_>| {
            if name.ends_with(".status") {
                verdicts.push((name.to_owned(), value.to_string()));
            }
        });
    }
    let field = match name {
        // Wireshark has the fields of UDP for UDP-Lite too.
        "udplite" => "udp.checksum.status".to_owned(),
        "pim" => "pim.cksum.status".to_owned(),
        _ => format!("{name}.checksum.status"),
    };
    let expected = (field, "0".to_owned());
    assert!(verdicts.contains(&expected), "{name}: {verdicts:?}");
}

fn protocol(name: &str) -> &'static Protocol {
    let registry = Registry::default();
    let mut protocols = registry.protocols();
    protocols.find(|protocol| protocol.name == name && protocol.checksum.is_some()).unwrap()
}

#[test]
fn each_checksum_over_ip_is_worked_out_verified_and_found_wrong() {
    let ethernet = EthernetHeader::default();
    let ipv4 =
        Ipv4Header { source: [10, 0, 0, 1], destination: [10, 0, 0, 2], ..Default::default() };
    let ipv6 = Ipv6Header { source: [1; 16], destination: [2; 16], ..Default::default() };
    for name in ["tcp", "udp", "udplite", "icmp", "igmp", "ospf", "vrrp", "pim", "sctp"] {
        check(name, &[&ethernet, &ipv4, &protocol(name)]);
    }
    for name in ["tcp", "udp", "udplite", "icmpv6"] {
        check(name, &[&ethernet, &ipv6, &protocol(name)]);
    }
    let gre = GreBuilder { checksum: Some(0), ..Default::default() };
    check("gre", &[&ethernet, &ipv4, &gre]);
}

#[test]
fn the_header_of_ipv4_is_verified() {
    let decoder = Decoder::default();
    let mut frame = Vec::new();
    let layers: [&dyn Encode; 2] = [&EthernetHeader::default(), &Ipv4Header::default()];
    serialize_layers(&mut frame, Fix::all(), &layers, b"").unwrap();
    assert_eq!(verdict(&decoder, &frame), ("ip", ChecksumStatus::Good));
    frame[22] ^= 1;
    assert_eq!(verdict(&decoder, &frame), ("ip", ChecksumStatus::Bad));
}
