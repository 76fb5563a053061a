//! The first three layers of most packets in one look: Ethernet, IPv4 without options, TCP or UDP.

use zerocopy::FromBytes;

use crate::walk::{Span, Walk};
use crate::{EtherType, EthernetHeader, IpProtocol, Ipv4Header, Key, LayerType, UdpHeader};

/// The first byte of IPv4 without options: version 4, five words of header.
const PLAIN_IPV4: u8 = 0x45;
/// What tells a fragment: "more fragments", and an offset.
const FRAGMENT: u16 = 0x3fff;
/// Bytes of an Ethernet header.
const ETHERNET_LEN: u16 = 14;
/// Bytes of that header of IPv4.
const IPV4_LEN: u16 = 20;
/// Bytes of both.
const FRONT_LEN: u16 = 34;
/// Bytes of a TCP header without options.
const TCP_LEN: u16 = 20;
/// The place in a TCP header of the byte whose high half is the data offset.
const DATA_OFFSET: usize = 12;
/// Bytes of a UDP header.
const UDP_LEN: u16 = 8;

/// Whether the layers that the line takes for granted are where their numbers are: nobody overrode
/// the claims that lead along it.
pub(crate) fn agrees(slot: impl Fn(Key) -> u16) -> bool {
    let layers = [
        (Key::ether_type(EtherType::IPV4), LayerType::IPV4),
        (Key::ip_protocol(IpProtocol::TCP), LayerType::TCP),
        (Key::ip_protocol(IpProtocol::UDP), LayerType::UDP),
    ];
    layers.into_iter().all(|(key, layer)| slot(key) == layer.0)
}

impl Walk<'_, '_> {
    /// Steps over all three headers of an Ethernet frame and returns the keys of its ports. `None`
    /// for every other frame and where a header or a length is amiss: nothing has happened then.
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, reason = "`Cursor::new` cuts to 32 bits")]
    pub(crate) fn straight(&mut self) -> Option<(Key, Key)> {
        let frame = self.cursor.rest;
        let (ethernet, behind) = EthernetHeader::ref_from_prefix(frame).ok()?;
        let (ip, behind) = Ipv4Header::ref_from_prefix(behind).ok()?;
        // Ports are where they are in UDP in TCP too.
        let (udp, _) = UdpHeader::ref_from_prefix(behind).ok()?;
        let is_plain = ip.version_ihl == PLAIN_IPV4 && ip.flags_offset.get() & FRAGMENT == 0;
        if ethernet.type_or_length.get() != EtherType::IPV4.0 || !is_plain {
            return None;
        }
        let total_length = ip.total_length.get();
        let segment_len = total_length.wrapping_sub(IPV4_LEN);
        let (source, destination) = (udp.source_port.get(), udp.destination_port.get());
        let (layer, header_len, ports) = match IpProtocol(ip.protocol) {
            IpProtocol::TCP => {
                let header_len = u16::from(behind.get(DATA_OFFSET)? >> 4) << 2;
                if header_len < TCP_LEN {
                    return None;
                }
                (LayerType::TCP, header_len, (Key::tcp_port(source), Key::tcp_port(destination)))
            }
            IpProtocol::UDP if udp.length.get() == segment_len => {
                (LayerType::UDP, UDP_LEN, (Key::udp_port(source), Key::udp_port(destination)))
            }
            _ => return None,
        };
        let end = usize::from(ETHERNET_LEN).wrapping_add(total_length.into());
        let payload_start = FRONT_LEN.wrapping_add(header_len);
        let payload = frame.get(payload_start.into()..end)?;
        let span = |layer, header_len, start, len| Span { layer, header_len, start, len };
        *self.spans.first_chunk_mut()? = [
            span(LayerType::ETHERNET, ETHERNET_LEN, 0, frame.len() as u32),
            span(LayerType::IPV4, IPV4_LEN, ETHERNET_LEN.into(), total_length.into()),
            span(layer, header_len, FRONT_LEN.into(), segment_len.into()),
        ];
        (self.count, self.last) = (3, layer.0);
        self.cursor.rest = payload;
        self.cursor.offset = payload_start.into();
        Some(ports)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::walk::Found;
    use crate::{Decoder, LayerClass, LinkType, MAX_LAYERS, Packet, Registry};

    /// Ethernet, IPv4, and TCP with an option and six bytes, or UDP with two.
    const TCP: &[u8] = b"\x01\x02\x03\x04\x05\x06\x0a\x0b\x0c\x0d\x0e\x0f\x08\0\
        \x45\0\0\x32\0\0\x40\0\x40\x06\0\0\x0a\0\0\x01\x0a\0\0\x02\
        \x9c\x40\x1f\x9a\0\0\0\x01\0\0\0\x01\x60\x10\x01\0\0\0\0\0\x01\x01\x01\0payload";
    const UDP: &[u8] = b"\x01\x02\x03\x04\x05\x06\x0a\x0b\x0c\x0d\x0e\x0f\x08\0\
        \x45\0\0\x1e\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02\x30\x39\x1f\x90\0\x0a\0\0xypadding";

    /// Holds a decoded packet to a walk by the table alone.
    fn holds(decoder: &Decoder, bytes: &[u8]) {
        let mut packet = Packet::new(decoder);
        packet.decode(LinkType::ETHERNET, bytes);
        let empty = Span { layer: LayerType(0), header_len: 0, start: 0, len: 0 };
        let (mut spans, mut error) = ([empty; MAX_LAYERS], None);
        let walk = Walk::new(decoder.tables(), &mut spans, &mut error, LinkType::ETHERNET, bytes);
        let Found { count, own, truncated, .. } = walk.go_on(bytes, LayerType::ETHERNET.0);
        assert_eq!(packet.layers(), &spans[..count], "{bytes:02x?}");
        assert_eq!(packet.own_layers().len(), own);
        assert_eq!((packet.is_truncated(), packet.error()), (truncated, error));
    }

    /// The fuzzer's seeds: two bytes of link type, and a packet.
    fn seeds() -> impl Iterator<Item = Vec<u8>> {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/decode");
        fs::read_dir(corpus).unwrap().map(|seed| fs::read(seed.unwrap().path()).unwrap())
    }

    #[test]
    fn a_walk_until_a_class_finds_the_front_of_what_a_whole_walk_finds() {
        let decoder = Decoder::default();
        let (mut whole, mut front) = (Packet::new(&decoder), Packet::new(&decoder));
        let classes =
            [LayerClass::IP_NETWORK, LayerClass::IP_TRANSPORT, LayerClass(&[LayerType::TLS])];
        let mut reached = [0; 3];
        let seeds: Vec<_> = seeds().collect();
        for seed in &seeds {
            let (link_type, frame) = seed.split_first_chunk().unwrap();
            let link_type = LinkType(u16::from_be_bytes(*link_type));
            whole.decode(link_type, frame);
            for (class, reached) in classes.into_iter().zip(&mut reached) {
                front.decode_until(link_type, frame, class);
                match whole.layers().iter().position(|span| class.contains(span.layer)) {
                    Some(place) => {
                        assert_eq!(front.layers(), &whole.layers()[..=place]);
                        assert_eq!(front.error(), None);
                        *reached += 1;
                    }
                    None => {
                        assert_eq!(front.layers(), whole.layers());
                        assert_eq!(front.error(), whole.error());
                    }
                }
            }
        }
        assert!(reached.iter().all(|&count| count > 0), "{reached:?}");
    }

    #[test]
    fn it_finds_what_the_table_finds() {
        let frames = seeds().map(|seed| seed[2..].to_vec()).chain([TCP.to_vec(), UDP.to_vec()]);
        let decoder = Decoder::default();
        for frame in frames {
            (0..=frame.len().min(100)).for_each(|end| holds(&decoder, &frame[..end]));
        }
    }

    #[test]
    fn it_finds_what_the_table_finds_whatever_byte_is_changed() {
        let decoder = Decoder::default();
        for frame in [TCP, UDP] {
            for at in 0..frame.len() {
                for byte in 0..=u8::MAX {
                    let mut frame = frame.to_vec();
                    frame[at] = byte;
                    holds(&decoder, &frame);
                }
            }
        }
    }

    #[test]
    fn it_gives_way_where_somebody_claims_one_of_its_keys() {
        let decoder = Decoder::default();
        assert!(decoder.tables().is_straight());
        for key in [
            Key::ether_type(EtherType::IPV4),
            Key::ip_protocol(IpProtocol::TCP),
            Key::ip_protocol(IpProtocol::UDP),
        ] {
            let decoder = Decoder::new(&Registry::default().claim(key, LayerType::VLAN));
            assert!(!decoder.tables().is_straight());
            [TCP, UDP].iter().for_each(|frame| holds(&decoder, frame));
        }
    }
}
