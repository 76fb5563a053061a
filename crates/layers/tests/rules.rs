//! The rules of a walk, each on a small packet that shows it.

use rheos_layers::{Decoder, EtherType, Key, LayerType, LinkType, MAX_LAYERS, Registry, Vlan};

const ETHERNET: &[u8] = b"\x01\x02\x03\x04\x05\x06\x0a\x0b\x0c\x0d\x0e\x0f";
const IPV4: &[u8] = b"\x08\0\x45\0\0\x1c\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02";
const FIRST: &[u8] = b"\x08\0\x45\0\0\x1c\0\0\x20\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02";
const LATER: &[u8] = b"\x08\0\x45\0\0\x1c\0\0\0\x01\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02";
const UDP: &[u8] = b"\x30\x39\x1f\x90\0\x08\0\0";
const LONG_UDP: &[u8] = b"\x30\x39\x1f\x90\x10\0\0\0";

/// The packet behind an Ethernet address pair, and its layers with their lengths.
const RULES: &[(&str, &[&[u8]], &str)] = &[
    ("padding belongs to the frame", &[IPV4, UDP, b"padding"], "eth 49, ip 28, udp 8"),
    ("an empty payload ends the walk", &[IPV4], "eth 34, ip 20, truncated"),
    ("a later fragment ends the walk", &[LATER, UDP], "eth 42, ip 28"),
    ("a first fragment is shorter than its datagram", &[FIRST, LONG_UDP], "eth 42, ip 28, udp 8"),
    ("a whole packet is not", &[IPV4, LONG_UDP], "eth 42, ip 28, udp 8, truncated"),
    (
        "an error stands beside the layers before it",
        &[IPV4, b"\x30"],
        "eth 35, ip 21, truncated, udp at byte 34: needs 8 bytes, 1 left",
    ),
    ("an unclaimed key is no error", &[b"\x12\x34", UDP], "eth 22"),
];

#[test]
fn rules() {
    let decoder = Decoder::default();
    for (rule, bytes, expected) in RULES {
        let bytes = [ETHERNET, &bytes.concat()].concat();
        let packet = decoder.decode(LinkType::ETHERNET, &bytes);
        let layers = packet.layers().iter().map(|span| {
            let name = packet.protocol(span).map_or("?", |protocol| protocol.name);
            format!("{name} {}", span.len)
        });
        let mut words: Vec<_> = layers.collect();
        words.extend(packet.is_truncated().then(|| "truncated".to_owned()));
        words.extend(packet.error().map(|error| error.to_string()));
        assert_eq!(words.join(", "), *expected, "{rule}");
    }
}

#[test]
fn nesting_is_capped_with_an_error_and_every_layer_of_a_type_is_kept() {
    let bytes = [ETHERNET, &b"\x81\0\0\x2a".repeat(40)].concat();
    let decoder = Decoder::default();
    let packet = decoder.decode(LinkType::ETHERNET, &bytes);
    assert_eq!(packet.layers().len(), MAX_LAYERS);
    assert_eq!(packet.all::<Vlan<'_>>().filter(|vlan| vlan.id() == 42).count(), MAX_LAYERS - 1);
    let error = packet.error().unwrap().to_string();
    assert_eq!(error, "vlan at byte 138: more than 32 layers");
}

// gopacket defect 34; peers 8.2: 88A8+8100, triple VLAN
#[test]
fn each_tag_protocol_leads_to_a_tag_at_any_depth() {
    for number in [0x8100_u16, 0x88a8, 0x9100, 0x9200] {
        let [a, b] = number.to_be_bytes();
        let bytes = [ETHERNET, &[a, b, 0, 1, a, b, 0, 2, 0x81, 0, 0, 3], IPV4, UDP].concat();
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::ETHERNET, &bytes);
        let ids: Vec<_> = packet.all::<Vlan<'_>>().map(|vlan| vlan.id()).collect();
        assert_eq!(ids, [1, 2, 3], "{number:#06x}");
        assert_eq!(packet.layers().len(), 6);
    }
}

#[test]
fn a_claim_is_overridden_and_given_up() {
    let ipv4 = Key::ether_type(EtherType::IPV4);
    let bytes = [ETHERNET, IPV4].concat();
    let decoder = Decoder::new(&Registry::default().claim(ipv4, LayerType::VLAN));
    let packet = decoder.decode(LinkType::ETHERNET, &bytes);
    assert_eq!(packet.get_last::<Vlan<'_>>().unwrap().id(), 0x500);

    let decoder = Decoder::new(&Registry::default().claim(ipv4, LayerType(9999)));
    assert_eq!(decoder.decode(LinkType::ETHERNET, &bytes).layers().len(), 1);
}

#[test]
fn a_packet_that_owns_its_bytes_says_the_same_on_another_thread() {
    let bytes = [ETHERNET, IPV4, UDP, b"padding"].concat();
    let decoder = Decoder::default();
    let packet = decoder.decode(LinkType::ETHERNET, &bytes);
    let (text, layers) = (packet.to_string(), packet.layers().to_vec());
    let owned = packet.to_owned();
    drop((bytes.clone(), decoder.clone()));
    let heard = std::thread::spawn(move || {
        let packet = owned.as_packet();
        (packet.to_string(), packet.layers().to_vec())
    });
    assert_eq!(heard.join().unwrap(), (text, layers));
}

#[test]
fn decoding_in_place_leaves_nothing_of_the_packet_before() {
    let decoder = Decoder::default();
    let broken = [ETHERNET, IPV4, b"\x30"].concat();
    let mut packet = decoder.decode(LinkType::ETHERNET, &broken);
    assert!(packet.error().is_some() && packet.is_truncated());
    packet.decode(LinkType::ETHERNET, ETHERNET);
    assert_eq!(packet.layers(), []);
    assert!(!packet.is_truncated());
    packet.decode(LinkType::ETHERNET, &[]);
    assert!(packet.error().is_none() && packet.layers().is_empty());
}
