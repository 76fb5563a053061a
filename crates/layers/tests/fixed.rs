//! The fixed decoder and the layer set beside the table decoder, on the same bytes.

use proptest::prelude::*;
use rheos_layers::{Decoder, Ethernet, FixedDecoder, Ip, Ipv4, Ipv6, LayerSet, LayerType as L};
use rheos_layers::{LinkType, StackError, Tcp, Transport, Udp, Vlan};
use smallvec::SmallVec;

type Stack<'a> = (Ethernet<'a>, Option<Vlan<'a>>, Ip<'a>, Transport<'a>);
type Any<'a> = (
    SmallVec<[Ethernet<'a>; 1]>,
    SmallVec<[Vlan<'a>; 2]>,
    SmallVec<[Ipv4<'a>; 2]>,
    SmallVec<[Ipv6<'a>; 2]>,
    Option<Tcp<'a>>,
    Option<Udp<'a>>,
);

const FRAMES: [&[u8]; 3] = [
    b"\x01\x02\x03\x04\x05\x06\x0a\x0b\x0c\x0d\x0e\x0f\x08\0\
        \x45\0\0\x20\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02\x30\x39\0\x35\0\x0c\0\0data",
    b"\x01\x02\x03\x04\x05\x06\x0a\x0b\x0c\x0d\x0e\x0f\x81\0\0\x2a\x86\xdd\x60\0\0\0\0\x18\x06\
        \x40\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x02\
        \x30\x39\0\x50\0\0\0\x01\0\0\0\x02\x50\x18\0\x01\0\0\0\0data",
    b"\x01\x02\x03\x04\x05\x06\x0a\x0b\x0c\x0d\x0e\x0f\x08\0\
        \x45\0\0\x34\0\0\0\0\x40\x04\0\0\x0a\0\0\x01\x0a\0\0\x02\
        \x45\0\0\x20\0\0\0\0\x40\x11\0\0\x0a\0\0\x03\x0a\0\0\x04\x30\x39\0\x35\0\x0c\0\0data",
];

/// Whether the layers are those of the stack.
fn is_stack(layers: &[L]) -> bool {
    let transport =
        |layer| matches!(layer, L::TCP | L::UDP | L::UDP_LITE | L::SCTP | L::ICMPV4 | L::ICMPV6);
    match *layers {
        [L::ETHERNET, L::IPV4 | L::IPV6, last, ..]
        | [L::ETHERNET, L::VLAN, L::IPV4 | L::IPV6, last, ..] => transport(last),
        _ => false,
    }
}

#[track_caller]
fn agrees(decoder: &Decoder, frame: &[u8]) {
    let packet = decoder.decode(LinkType::ETHERNET, frame);
    let layers: Vec<_> = packet.own_layers().iter().map(|span| span.layer).collect();
    let fixed = FixedDecoder::<Stack<'_>>::decode(frame);
    assert_eq!(fixed.is_ok(), is_stack(&layers), "{frame:02x?}");
    match fixed {
        Ok((ethernet, vlan, ip, transport)) => {
            assert_eq!(Some(ethernet), packet.get());
            assert_eq!(vlan, packet.get());
            match ip {
                Ip::V4(ipv4) => assert_eq!(Some(ipv4), packet.get()),
                Ip::V6(ipv6) => assert_eq!(Some(ipv6), packet.get()),
                _ => unreachable!("a third version"),
            }
            match transport {
                Transport::Tcp(tcp) => assert_eq!(Some(tcp), packet.get()),
                Transport::Udp(udp) => assert_eq!(Some(udp), packet.get()),
                _ => {}
            }
        }
        Err(StackError::Malformed(error)) => assert_eq!(Some(error), packet.error()),
        Err(_) => {}
    }
    let set = LayerSet::<Any<'_>>::decode(LinkType::ETHERNET, frame);
    let known = [L::ETHERNET, L::VLAN, L::IPV4, L::IPV6, L::TCP, L::UDP];
    let front = layers.iter().take_while(|layer| known.contains(layer)).count();
    let (ethernets, vlans, v4, v6, tcp, udp) = &set.layers;
    let ports = [tcp.is_some(), udp.is_some()].map(usize::from);
    let found = [ethernets.len(), vlans.len(), v4.len(), v6.len()];
    assert_eq!(found.iter().chain(&ports).sum::<usize>(), front);
    if front == layers.len() && packet.quoted_layers().is_empty() {
        assert_eq!((set.rest, set.is_truncated), (packet.payload(), packet.is_truncated()));
    }
}

#[test]
fn all_agree_on_every_prefix_and_every_changed_byte() {
    let decoder = Decoder::default();
    for frame in FRAMES {
        for at in 0..frame.len() {
            agrees(&decoder, &frame[..at]);
            for byte in 0..=u8::MAX {
                let changed = [&frame[..at], &[byte], &frame[at + 1..]].concat();
                agrees(&decoder, &changed);
            }
        }
    }
}

proptest! {
    #[test]
    fn all_agree_on_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        agrees(&Decoder::default(), &bytes);
    }
}

#[test]
fn a_stack_without_a_link_layer_starts_with_either_version_of_ip() {
    let ip = &FRAMES[0][14..];
    let (Ip::V4(ipv4), Transport::Udp(udp)) = FixedDecoder::<(Ip<'_>, _)>::decode(ip).unwrap()
    else {
        unreachable!("another stack");
    };
    assert_eq!((ipv4.source().to_string(), udp.payload), ("10.0.0.1".into(), &b"data"[..]));
    let ip = &FRAMES[1][18..];
    let stack = FixedDecoder::<(Ip<'_>, Tcp<'_>)>::decode(ip);
    assert!(matches!(stack, Ok((Ip::V6(_), _))));
}

#[test]
fn another_stack_is_told_from_a_malformed_one() {
    let other = FixedDecoder::<(Ethernet<'_>, Ipv4<'_>, Tcp<'_>)>::decode(FRAMES[0]);
    assert!(matches!(other, Err(StackError::Other { offset: 34, .. })));
    let cut = FixedDecoder::<(Ethernet<'_>, Ipv4<'_>, Udp<'_>)>::decode(&FRAMES[0][..37]);
    assert!(matches!(cut, Err(StackError::Malformed(error)) if error.offset == 34));
}

#[test]
fn a_set_keeps_both_headers_of_a_tunnel() {
    let set = LayerSet::<Any<'_>>::decode(LinkType::ETHERNET, FRAMES[2]);
    let sources: Vec<_> = set.layers.2.iter().map(|ipv4| ipv4.source().to_string()).collect();
    assert_eq!(sources, ["10.0.0.1", "10.0.0.3"]);
}

#[test]
fn a_set_without_room_for_the_inner_header_stops_in_front_of_it() {
    type Outer<'a> = (Option<Ethernet<'a>>, Option<Ipv4<'a>>, Option<Udp<'a>>);
    let set = LayerSet::<Outer<'_>>::decode(LinkType::ETHERNET, FRAMES[2]);
    let (_, ipv4, udp) = set.layers;
    assert_eq!(ipv4.unwrap().source().to_string(), "10.0.0.1");
    assert_eq!((udp, set.rest), (None, &FRAMES[2][34..]));
}
