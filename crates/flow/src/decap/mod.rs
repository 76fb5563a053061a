//! Keys of what is inside tunnels.

use rheos_core::RawPacket;
use rheos_layers::{Decoder, Ipv4, LayerType, Packet, Span};

use crate::extract::Found;
use crate::{Extracted, FlowExtractor, Fragment, IcmpError, PacketDetail};

use inside::link_type;

#[doc(hidden)]
pub use fuzz::fuzz as fuzz_tunnels;
pub use inside::Inside;
pub use named::{
    AutoDetectEncap, InnerAyiya, InnerErspan, InnerGeneve, InnerGre, InnerGtpU, InnerIpInIp,
    InnerL2tp, InnerPppoe, InnerStt, InnerTeredo, InnerVxlan, StripMpls, StripVlan,
};
#[doc(hidden)]
pub use nested::fuzz as fuzz_nested;
pub use network::{InNetwork, NetworkId, NetworkTable};
pub use path::{OuterPath, Wrapping};

mod fuzz;
mod inside;
mod named;
mod nested;
mod network;
mod path;

/// Asks an extractor about the packet inside a tunnel, in place and without a copy.
///
/// The packet behind the first header of the tunnel is what counts, with all of its own headers: of
/// a tunnel in a tunnel, the inner one is taken off by a second `Inner` around the extractor. What
/// it came in stands in [`PacketDetail::outer`], and [`InNetwork`] makes it a part of the key.
///
/// [`InnerVxlan`] and its kin are the tunnels by their names.
#[derive(Clone, Debug)]
pub struct Inner<E> {
    extractor: E,
    decoder: Decoder,
    place: Place,
}

/// Which packet counts.
#[derive(Clone, Debug)]
enum Place {
    /// That behind the first header of one of these layers.
    Behind(Vec<LayerType>),
    /// The same, and one without such a header as it is.
    BehindIfAny(Vec<LayerType>),
    /// That directly behind the IP of another.
    InsideIp,
    /// The innermost, and one without a tunnel as it is.
    Most,
}

impl Place {
    /// Where the packet starts that counts, if there is one.
    fn find(&self, spans: &[Span]) -> Option<Start> {
        let (at, is_optional) = match self {
            Self::Behind(layers) => (behind(spans, layers), false),
            Self::BehindIfAny(layers) => (behind(spans, layers), true),
            Self::InsideIp => (inside_ip(spans), false),
            Self::Most => (spans.iter().rposition(|span| is_ip(span.layer)), true),
        };
        at.map(Start::At).or(is_optional.then_some(Start::Whole))
    }
}

/// Where the packet starts that counts.
enum Start {
    /// With the whole.
    Whole,
    /// With the layer of this number.
    At(usize),
}

/// The first span behind one of these layers that a packet can start with.
fn behind(spans: &[Span], layers: &[LayerType]) -> Option<usize> {
    let tunnel = spans.iter().position(|span| layers.contains(&span.layer))?;
    let inside = spans.get(tunnel..)?.iter().skip(1);
    let place = inside.take_while(|span| link_type(span).is_none()).count();
    Some(tunnel.saturating_add(place).saturating_add(1)).filter(|&at| at < spans.len())
}

/// The first span of IP with nothing but extension headers between it and another IP.
fn inside_ip(spans: &[Span]) -> Option<usize> {
    let mut is_behind_ip = false;
    spans.iter().position(|span| {
        let is_inside = is_behind_ip && is_ip(span.layer);
        is_behind_ip = is_ip(span.layer) || is_behind_ip && is_extension(span.layer);
        is_inside
    })
}

impl<E> Inner<E> {
    /// Behind the first header of one of these layers. A packet without one has no key.
    pub fn behind(decoder: &Decoder, tunnels: &[LayerType], extractor: E) -> Self {
        Self::at(decoder, Place::Behind(tunnels.to_vec()), extractor)
    }

    /// Behind the first header of one of these layers; a packet without one is taken as it is.
    pub fn behind_if_any(decoder: &Decoder, tunnels: &[LayerType], extractor: E) -> Self {
        Self::at(decoder, Place::BehindIfAny(tunnels.to_vec()), extractor)
    }

    /// Inside IP directly behind another IP, or its extension headers. A packet without one has no
    /// key.
    pub fn inside_ip(decoder: &Decoder, extractor: E) -> Self {
        Self::at(decoder, Place::InsideIp, extractor)
    }

    /// The innermost packet, in whatever it came; a packet without a tunnel is taken as it is.
    pub fn most(decoder: &Decoder, extractor: E) -> Self {
        Self::at(decoder, Place::Most, extractor)
    }

    fn at(decoder: &Decoder, place: Place, extractor: E) -> Self {
        Self { extractor, decoder: decoder.clone(), place }
    }

    /// Decodes a packet, and asks about it.
    #[inline]
    fn decoded<T>(&self, raw: &RawPacket<'_>, ask: impl FnOnce(&Packet<'_>) -> T) -> T {
        let mut packet = Packet::new(&self.decoder);
        packet.decode(raw.link_type, raw.data);
        ask(&packet)
    }

    /// Asks about what is inside, or about the packet itself if that is what counts.
    fn ask<T>(
        &self,
        raw: &RawPacket<'_>,
        packet: &Packet<'_>,
        ask: impl FnOnce(&E, Option<&Inside<'_>>) -> Option<T>,
    ) -> Option<T> {
        match self.place.find(packet.own_layers())? {
            Start::At(at) => ask(&self.extractor, Some(&Inside::at(raw, packet, at)?)),
            Start::Whole => ask(&self.extractor, None),
        }
    }
}

impl<E: FlowExtractor> Inner<E> {
    /// What a packet says of its datagrams in pieces: that which counts, and the outermost of those in
    /// front of it. Each is named by what is in front of itself.
    fn pieces(
        &self,
        raw: &RawPacket<'_>,
        packet: &Packet<'_>,
        name: impl Fn(Fragment, &[Span]) -> Fragment,
    ) -> Option<Fragment> {
        let spans = packet.own_layers();
        let piece = |at| {
            let inside = Inside::at(raw, packet, at)?;
            Some(name(self.extractor.fragment_inside(&inside)?, inside.front()))
        };
        let (inside, end) = match self.place.find(spans) {
            Some(Start::Whole) => return Some(name(self.extractor.fragment(raw)?, &[])),
            Some(Start::At(at)) => (piece(at), at),
            // A fragment behind the first has no header of the tunnel.
            None => (None, spans.len()),
        };
        let front = spans.iter().take(end).enumerate();
        let around = front.filter(|(_, span)| is_ip(span.layer)).find_map(|(at, _)| piece(at));
        let datagram = around.map(|found| found.datagram);
        let found = inside.or(around)?;
        Some(Fragment { around: datagram.or(found.around), ..found })
    }

    /// What the extractor says of a packet, with places in the whole.
    fn extract_of(&self, raw: &RawPacket<'_>, packet: &Packet<'_>) -> Option<Extracted<E::Key>> {
        self.ask(raw, packet, |extractor, inside| extract(extractor, raw, inside))
    }

    fn detail_of(&self, raw: &RawPacket<'_>, packet: &Packet<'_>) -> Option<PacketDetail> {
        self.ask(raw, packet, |extractor, inside| {
            let Some(inside) = inside else { return extractor.detail(raw) };
            let mut detail = extractor.detail_inside(inside)?;
            detail.wrap(packet, inside.front());
            Some(detail)
        })
    }
}

/// Whether a header is of a packet in pieces.
fn is_piece(packet: &Packet<'_>, span: &Span) -> bool {
    match span.layer {
        LayerType::IPV4 => packet.view::<Ipv4<'_>>(span).is_some_and(|ip| ip.is_fragment()),
        layer => layer == LayerType::IPV6_FRAGMENT,
    }
}

fn is_ip(layer: LayerType) -> bool {
    matches!(layer, LayerType::IPV4 | LayerType::IPV6)
}

fn is_extension(layer: LayerType) -> bool {
    matches!(
        layer,
        LayerType::IPV6_HOP_BY_HOP
            | LayerType::IPV6_ROUTING
            | LayerType::IPV6_FRAGMENT
            | LayerType::IPV6_DESTINATION
            | LayerType::AH
    )
}

/// What an extractor says of a packet, or of one inside, with places in the whole.
fn extract<E: FlowExtractor>(
    extractor: &E,
    raw: &RawPacket<'_>,
    inside: Option<&Inside<'_>>,
) -> Option<Extracted<E::Key>> {
    let Some(inside) = inside else { return extractor.extract(raw) };
    let found = extractor.extract_inside(inside)?;
    let mut front = inside.front().iter();
    let is_first_fragment =
        found.is_first_fragment || front.any(|span| is_piece(inside.packet(), span));
    Some(Extracted { is_first_fragment, ..found })
}

impl<E: FlowExtractor> FlowExtractor for Inner<E> {
    type Key = E::Key;

    fn extract(&self, raw: &RawPacket<'_>) -> Option<Extracted<E::Key>> {
        self.decoded(raw, |packet| self.extract_of(raw, packet))
    }

    fn fragment(&self, raw: &RawPacket<'_>) -> Option<Fragment> {
        self.decoded(raw, |packet| self.pieces(raw, packet, |found, _| found))
    }

    fn extract_or_fragment(&self, raw: &RawPacket<'_>) -> Found<E::Key> {
        self.decoded(raw, |packet| {
            let found = self.extract_of(raw, packet);
            found.ok_or_else(|| self.pieces(raw, packet, |found, _| found))
        })
    }

    fn extract_with_detail(&self, raw: &RawPacket<'_>) -> (Found<E::Key>, Option<PacketDetail>) {
        self.decoded(raw, |packet| {
            let found = self.extract_of(raw, packet);
            let found = found.ok_or_else(|| self.pieces(raw, packet, |found, _| found));
            (found, self.detail_of(raw, packet))
        })
    }

    fn is_answer(&self, packet: &Extracted<E::Key>) -> bool {
        self.extractor.is_answer(packet)
    }

    fn answers(&self, found: &Extracted<E::Key>, packet: &RawPacket<'_>) -> bool {
        self.extractor.answers(found, packet)
    }

    fn quoted(&self, raw: &RawPacket<'_>) -> Option<(Extracted<E::Key>, IcmpError)> {
        self.decoded(raw, |packet| {
            self.ask(raw, packet, |extractor, inside| {
                inside.map_or_else(|| extractor.quoted(raw), |it| extractor.quoted(&it.raw()))
            })
        })
    }

    fn detail(&self, raw: &RawPacket<'_>) -> Option<PacketDetail> {
        self.decoded(raw, |packet| self.detail_of(raw, packet))
    }
}

#[cfg(test)]
mod tests {
    use rheos_core::{LinkType, Timestamp};

    use super::*;
    use crate::{FiveTuple, TransportPayload};

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

    /// The first segment of a frame of STT, draft-davie-stt-08, of which so many bytes are in others.
    fn stt(context_id: u64, in_others: u16, framed: &[u8]) -> Vec<u8> {
        let mut tcp =
            [0x9c, 0x40, 0x1d, 0x2f, 0, 0, 0, 0, 0, 0, 0, 9, 0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0];
        let length = u16::try_from(18 + framed.len()).unwrap() + in_others;
        tcp[4..6].copy_from_slice(&length.to_be_bytes());
        [&tcp[..], &[0; 8], &context_id.to_be_bytes(), &[0, 0], framed].concat()
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
        if expected == INSIDE {
            let payload = TransportPayload::read(extractor, &raw).unwrap();
            assert_eq!(payload.bytes, b"hi", "found in the bytes of the whole packet");
        }
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
    fn ip_inside_ip_is_what_stands_directly_behind_it() {
        let decoder = Decoder::default();
        let extractor = InnerIpInIp::around(&decoder, FiveTuple::new(&decoder));
        check(&extractor, &frame([8, 0], &ipv4([1, 2], 4, &inside())), INSIDE);
        check(&extractor, &frame([8, 0], &inside()), "none");
        let gre = ipv4([1, 2], 47, &[&[0, 0, 8, 0][..], &inside()].concat());
        check(&extractor, &frame([8, 0], &gre), "none");
        // Behind an extension header of the outer IP, which has 8 bytes of options.
        let mut six = vec![0x60, 0, 0, 0, 0, 8 + 30, 60, 64];
        six.extend([&[0xfd; 32][..], &[4, 0, 1, 4, 0, 0, 0, 0], &inside()].concat());
        check(&extractor, &frame([0x86, 0xdd], &six), INSIDE);
    }

    #[test]
    fn a_tag_or_a_label_is_taken_off_by_name() {
        let decoder = Decoder::default();
        let tagged = frame([0x81, 0], &[&[0, 7, 8, 0][..], &inside()].concat());
        let extractor = StripVlan::around(&decoder, FiveTuple::new(&decoder));
        check(&extractor, &tagged, INSIDE);
        check(&extractor, &frame([8, 0], &inside()), INSIDE);
        let labelled = frame([0x88, 0x47], &[&[0, 1, 0x11, 64][..], &inside()].concat());
        let extractor = StripMpls::around(&decoder, FiveTuple::new(&decoder));
        check(&extractor, &labelled, INSIDE);
        check(&extractor, &frame([8, 0], &inside()), "none");
    }

    #[test]
    fn each_tunnel_is_known_by_its_name_and_to_the_one_that_detects() {
        let decoder = Decoder::default();
        let five_tuple = || FiveTuple::new(&decoder);
        let datagram =
            |port, payload: &[u8]| frame([8, 0], &ipv4([1, 2], 17, &udp([40_000, port], payload)));
        let framed = frame([8, 0], &inside());
        let tunnels = [
            (
                InnerVxlan::around(&decoder, five_tuple()),
                datagram(4789, &[&[8, 0, 0, 0, 0, 0, 7, 0][..], &framed].concat()),
            ),
            (
                InnerGeneve::around(&decoder, five_tuple()),
                datagram(6081, &[&[0, 0, 0x65, 0x58, 0, 0, 7, 0][..], &framed].concat()),
            ),
            (
                InnerStt::around(&decoder, five_tuple()),
                frame([8, 0], &ipv4([1, 2], 6, &stt(7, 0, &framed))),
            ),
            (
                InnerGtpU::around(&decoder, five_tuple()),
                datagram(2152, &[&[0x30, 255, 0, 30, 0, 0, 0, 7][..], &inside()].concat()),
            ),
            (
                InnerGre::around(&decoder, five_tuple()),
                frame([8, 0], &ipv4([1, 2], 47, &[&[0, 0, 8, 0][..], &inside()].concat())),
            ),
            (
                InnerErspan::around(&decoder, five_tuple()),
                frame(
                    [8, 0],
                    &ipv4(
                        [1, 2],
                        47,
                        &[
                            &[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1][..],
                            &[0x10, 7, 0, 1, 0, 0, 0, 0],
                            &framed,
                        ]
                        .concat(),
                    ),
                ),
            ),
            (
                InnerL2tp::around(&decoder, five_tuple()),
                datagram(1701, &[&[0, 2, 0, 5, 0, 6][..], &[0xff, 3, 0, 0x21], &inside()].concat()),
            ),
            (
                InnerPppoe::around(&decoder, five_tuple()),
                frame([0x88, 0x64], &[&[0x11, 0, 0, 7, 0, 32, 0, 0x21][..], &inside()].concat()),
            ),
            (
                InnerAyiya::around(&decoder, five_tuple()),
                // Two bytes of identity, a signature of four; forwards, IPv4.
                datagram(
                    5072,
                    &[
                        &[0x11, 0x12, 0x11, 4, 0x65, 0x53, 0xf1, 0][..],
                        &[1, 2, 0xaa, 0xbb, 0xcc, 0xdd],
                        &inside(),
                    ]
                    .concat(),
                ),
            ),
        ];
        for (place, (extractor, packet)) in tunnels.iter().enumerate() {
            check(extractor, packet, INSIDE);
            check(&AutoDetectEncap::around(&decoder, five_tuple()), packet, INSIDE);
            // No other name finds it, but that ERSPAN is inside GRE.
            for (other, (extractor, _)) in tunnels.iter().enumerate() {
                let is_found = extractor.extract(&RawPacket::new(
                    Timestamp::default(),
                    LinkType::ETHERNET,
                    packet,
                ));
                let expected = other == place || (place, other) == (5, 4);
                assert_eq!(is_found.is_some(), expected, "{other} of {place}");
            }
        }
    }

    #[test]
    fn segments_of_stt_behind_the_first_and_connections_to_its_port_are_of_tcp() {
        let decoder = Decoder::default();
        let five_tuple = || FiveTuple::new(&decoder);
        let [inner, any] = [
            InnerStt::around(&decoder, five_tuple()),
            AutoDetectEncap::around(&decoder, five_tuple()),
        ];
        let framed = frame([8, 0], &inside());
        let segment = stt(7, 1000, &framed);
        check(&any, &frame([8, 0], &ipv4([1, 2], 6, &segment)), INSIDE);
        let mut later = segment.clone();
        later[6..8].copy_from_slice(&500_u16.to_be_bytes());
        // What a connection says has any sequence number.
        let mut said = segment[..20].to_vec();
        said[4..8].copy_from_slice(&[0x12, 0x34, 0x56, 0x78]);
        said.extend(b"hello");
        for (segment, length) in [(later, segment.len() - 20), (said, 5)] {
            let packet = frame([8, 0], &ipv4([1, 2], 6, &segment));
            check(&inner, &packet, "none");
            check(&any, &packet, &format!("TCP 10.0.0.1:40000 10.0.0.2:7471 {length}"));
        }
    }

    #[test]
    fn ipv6_in_a_datagram_of_teredo() {
        let decoder = Decoder::default();
        let mut six = vec![0x60, 0, 0, 0, 0, 10, 17, 64];
        six.extend([&[0xfd; 32][..], &udp([5000, 6000], b"hi")].concat());
        let packet = frame([8, 0], &ipv4([1, 2], 17, &udp([40_000, 3544], &six)));
        let host = "[fdfd:fdfd:fdfd:fdfd:fdfd:fdfd:fdfd:fdfd]";
        let expected = format!("UDP {host}:5000 {host}:6000 2");
        check(&InnerTeredo::around(&decoder, FiveTuple::new(&decoder)), &packet, &expected);
        // flowscope 3.4: what detects a tunnel must not stop at the outermost IP.
        check(&AutoDetectEncap::around(&decoder, FiveTuple::new(&decoder)), &packet, &expected);
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
