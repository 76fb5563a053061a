//! Keys of what is inside tunnels.

use rheos_core::{LinkType, RawPacket};
use rheos_layers::{Decoder, LayerType, Packet, Span};

use crate::{Extracted, FlowExtractor, Fragment, IcmpError, PacketDetail, TransportPayload};

/// Asks an extractor about the packet inside a tunnel, in place and without a copy.
///
/// The packet behind the first header of the tunnel is what counts, with all of its own headers: of
/// a tunnel in a tunnel, the inner one is taken off by a second `Inner` around the extractor.
#[derive(Clone, Debug)]
pub struct Inner<E> {
    extractor: E,
    decoder: Decoder,
    tunnels: Vec<LayerType>,
    /// Whether the innermost packet counts, and one without a tunnel too.
    is_any: bool,
}

impl<E> Inner<E> {
    /// Behind the first header of one of these layers. A packet without one has no key.
    pub fn behind(decoder: &Decoder, tunnels: &[LayerType], extractor: E) -> Self {
        let (decoder, tunnels) = (decoder.clone(), tunnels.to_vec());
        Self { extractor, decoder, tunnels, is_any: false }
    }

    /// The innermost packet, in whatever it came; a packet without a tunnel is taken as it is.
    pub fn most(decoder: &Decoder, extractor: E) -> Self {
        let decoder = decoder.clone();
        Self { extractor, decoder, tunnels: Vec::new(), is_any: true }
    }

    /// Asks the extractor about what is inside.
    fn with<'a, T>(
        &self,
        raw: &RawPacket<'a>,
        ask: impl FnOnce(&E, &RawPacket<'a>) -> Option<T>,
    ) -> Option<T> {
        let mut packet = Packet::new(&self.decoder);
        packet.decode(raw.link_type, raw.data);
        let spans = packet.own_layers();
        let (link_type, span) = if self.is_any {
            let Some(span) = spans.iter().rfind(|span| is_ip(span.layer)) else {
                return ask(&self.extractor, raw);
            };
            (link_type(span)?, span)
        } else {
            let tunnel = spans.iter().position(|span| self.tunnels.contains(&span.layer))?;
            let inside = spans.get(tunnel.saturating_add(1)..)?;
            inside.iter().find_map(|span| Some((link_type(span)?, span)))?
        };
        // What was cut off the end is missing inside too.
        let cut =
            raw.original_length.saturating_sub(u32::try_from(raw.data.len()).unwrap_or(u32::MAX));
        let original_length = span.len.saturating_add(cut);
        // Taken of the frame, since the bytes of the packet live no longer than the decoder.
        let data = raw.data.get(span.start as usize..).unwrap_or_default();
        let data = data.get(..span.len as usize).unwrap_or(data);
        ask(&self.extractor, &RawPacket { link_type, original_length, data, ..*raw })
    }
}

fn is_ip(layer: LayerType) -> bool {
    matches!(layer, LayerType::IPV4 | LayerType::IPV6)
}

/// How a packet starts that starts with this layer.
fn link_type(span: &Span) -> Option<LinkType> {
    match span.layer {
        LayerType::ETHERNET => Some(LinkType::ETHERNET),
        LayerType::IPV4 => Some(LinkType::IPV4),
        LayerType::IPV6 => Some(LinkType::IPV6),
        _ => None,
    }
}

impl<E: FlowExtractor> FlowExtractor for Inner<E> {
    type Key = E::Key;

    fn extract(&self, packet: &RawPacket<'_>) -> Option<Extracted<E::Key>> {
        self.with(packet, E::extract)
    }

    fn fragment(&self, packet: &RawPacket<'_>) -> Option<Fragment> {
        self.with(packet, E::fragment)
    }

    fn is_answer(&self, packet: &Extracted<E::Key>) -> bool {
        self.extractor.is_answer(packet)
    }

    fn quoted(&self, packet: &RawPacket<'_>) -> Option<(Extracted<E::Key>, IcmpError)> {
        self.with(packet, E::quoted)
    }

    fn detail(&self, packet: &RawPacket<'_>) -> Option<PacketDetail> {
        self.with(packet, E::detail)
    }

    fn payload<'a>(&self, packet: &RawPacket<'a>) -> Option<TransportPayload<'a>> {
        self.with(packet, E::payload)
    }
}

#[cfg(test)]
mod tests {
    use rheos_core::Timestamp;

    use super::*;
    use crate::FiveTuple;

    const MACS: [u8; 12] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];

    fn ipv4(hosts: [u8; 2], protocol: u8, payload: &[u8]) -> Vec<u8> {
        let [high, low] = u16::try_from(20 + payload.len()).unwrap().to_be_bytes();
        let [a, b] = hosts;
        let front = [0x45, 0, high, low, 0, 0, 0, 0, 64, protocol, 0, 0, 10, 0, 0, a, 10, 0, 0, b];
        [&front[..], payload].concat()
    }

    fn udp(ports: [u16; 2], payload: &[u8]) -> Vec<u8> {
        let length = u16::try_from(8 + payload.len()).unwrap();
        let words = [ports[0], ports[1], length, 0].map(u16::to_be_bytes);
        [words.as_flattened(), payload].concat()
    }

    fn frame(ether_type: [u8; 2], payload: &[u8]) -> Vec<u8> {
        [&MACS[..], &ether_type, payload].concat()
    }

    /// A datagram inside, which all tunnels carry.
    fn inside() -> Vec<u8> {
        ipv4([3, 4], 17, &udp([5000, 6000], b"hi"))
    }

    #[track_caller]
    fn check(
        extractor: &impl FlowExtractor<Key = crate::FiveTupleKey>,
        frame: &[u8],
        expected: &str,
    ) {
        let raw = RawPacket::new(Timestamp::default(), LinkType::ETHERNET, frame);
        let found = extractor.extract(&raw).map(|e| format!("{} {}", e.key, e.payload_length));
        assert_eq!(found.as_deref().unwrap_or("none"), expected);
    }

    const INSIDE: &str = "UDP 10.0.0.3:5000 10.0.0.4:6000 2";

    #[test]
    fn what_is_in_a_tunnel_has_the_key_that_it_has_alone() {
        let decoder = Decoder::default();
        let vxlan = [&[8, 0, 0, 0, 0, 0, 7, 0][..], &frame([8, 0], &inside())].concat();
        let vxlan = frame([8, 0], &ipv4([1, 2], 17, &udp([40_000, 4789], &vxlan)));
        let gre = frame([8, 0], &ipv4([1, 2], 47, &[&[0, 0, 8, 0][..], &inside()].concat()));
        let mpls = frame([0x88, 0x47], &[&[0, 1, 0x11, 64][..], &inside()].concat());
        for (tunnel, packet) in
            [(LayerType::VXLAN, &vxlan), (LayerType::GRE, &gre), (LayerType::MPLS, &mpls)]
        {
            let extractor = Inner::behind(&decoder, &[tunnel], FiveTuple::new(&decoder));
            check(&extractor, packet, INSIDE);
            check(&extractor, &frame([8, 0], &inside()), "none");
            check(&Inner::most(&decoder, FiveTuple::new(&decoder)), packet, INSIDE);
        }
        check(&FiveTuple::new(&decoder), &vxlan, "UDP 10.0.0.1:40000 10.0.0.2:4789 52");
    }

    #[test]
    fn the_innermost_of_several_counts_and_a_plain_packet_is_taken_as_it_is() {
        let decoder = Decoder::default();
        let extractor = Inner::most(&decoder, FiveTuple::new(&decoder));
        let twice = ipv4([5, 6], 4, &ipv4([1, 2], 47, &[&[0, 0, 8, 0][..], &inside()].concat()));
        check(&extractor, &frame([8, 0], &twice), INSIDE);
        check(&extractor, &frame([8, 0], &inside()), INSIDE);
        check(&extractor, &frame([8, 6], &[0; 28]), "none");
    }
}
