//! Checksums: the Internet's, [RFC 1071](https://www.rfc-editor.org/rfc/rfc1071), the pseudo-headers
//! that it covers, and what a checksum on the wire is worth.

use std::ops::Range;

use crate::layers::leaves_checksum;
use crate::{IpProtocol, Ipv4, Ipv6, Ipv6Destination, Ipv6Fragment, Ipv6HopByHop, Ipv6Option};
use crate::{Ipv6Routing, Layer, LayerType, Outer, Shape};

/// The checksum of a layer: as it is and as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksum {
    /// Its bytes in the layer, one, two or four of them, big-endian.
    pub place: Range<usize>,
    /// As it is.
    pub stored: u32,
    /// As it should be.
    pub computed: u32,
    /// The sender says that there is none.
    pub absent: Option<Absence>,
}

/// Whether a sender may leave a checksum out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Absence {
    /// The protocol leaves it to the sender.
    Allowed,
    /// Only what carries a tunnel may, such as UDP over IPv6, RFC 6935: this does.
    Tunnel,
    /// Receivers throw the packet away.
    Illegal,
}

/// What a checksum is worth, numbered as Wireshark does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ChecksumStatus {
    /// Not as it should be.
    Bad = 0,
    /// As it should be.
    Good = 1,
    /// What it covers is not all there, or cannot be known.
    Unverified = 2,
    /// The sender made none.
    NotPresent = 3,
    /// The sender made none, where it has to. Wireshark says so of tunnels too, which need not.
    Illegal = 4,
}

impl Checksum {
    /// What it is worth.
    pub fn status(&self) -> ChecksumStatus {
        match (self.absent, self.stored == self.computed) {
            (Some(Absence::Allowed), _) => ChecksumStatus::NotPresent,
            (Some(Absence::Tunnel | Absence::Illegal), _) => ChecksumStatus::Illegal,
            (None, true) => ChecksumStatus::Good,
            (None, false) => ChecksumStatus::Bad,
        }
    }

    /// Whether receivers throw the packet away: it is not as it should be, or not there and has to be.
    pub fn is_wrong(&self) -> bool {
        match self.absent {
            Some(absence) => absence == Absence::Illegal,
            None => self.stored != self.computed,
        }
    }

    /// Writes it as it should be into the bytes of its layer.
    pub fn write(&self, layer: &mut [u8]) {
        let bytes = self.computed.to_be_bytes();
        let from = bytes.len().saturating_sub(self.place.len());
        let to = layer.get_mut(self.place.clone()).unwrap_or_default();
        to.iter_mut().zip(bytes.iter().skip(from)).for_each(|(to, byte)| *to = *byte);
    }
}

/// A sum of 16-bit words in one's complement, RFC 1071.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InternetSum(u64);

impl InternetSum {
    /// The sum of nothing.
    pub const fn new() -> Self {
        Self(0)
    }

    /// Adds bytes. An odd number of them is filled up with a zero, so that only the last may be odd.
    #[must_use]
    #[inline]
    #[allow(clippy::arithmetic_side_effects, reason = "2^32 terms of 32 bits fit in 64 bits")]
    pub fn with(self, bytes: &[u8]) -> Self {
        /// Bytes a round: enough to keep the lanes of a vector unit busy.
        const ROUND: usize = 64;
        /// From so many bytes on the lanes are worth what it takes to add them up in the end.
        const LONG: usize = 256;
        let (rounds, rest) = match bytes.len() {
            LONG.. => bytes.as_chunks::<ROUND>(),
            _ => (&[][..], bytes),
        };
        let mut sum = 0;
        if !rounds.is_empty() {
            let mut lanes = [0_u64; ROUND / 4];
            for round in rounds {
                let (words, _) = round.as_chunks::<4>();
                for (lane, word) in lanes.iter_mut().zip(words) {
                    *lane += u64::from(u32::from_ne_bytes(*word));
                }
            }
            sum = lanes.iter().sum::<u64>();
        }
        // Words of 64 bits sum up to the same, as long as what they carry is added again.
        let (words, rest) = rest.as_chunks::<8>();
        for word in words {
            let (low, carry) = sum.overflowing_add(u64::from_ne_bytes(*word));
            sum = low + u64::from(carry);
        }
        let (word, rest) = rest.split_first_chunk::<4>().unwrap_or((&[0; 4], rest));
        let last = match *rest {
            [a] => [a, 0, 0, 0],
            [a, b] => [a, b, 0, 0],
            [a, b, c] => [a, b, c, 0],
            _ => [0; 4],
        };
        let end = [*word, last].map(|word| u64::from(u32::from_ne_bytes(word)));
        let [low, high] = [sum & 0xffff_ffff, sum >> 32];
        Self(self.0 + end[0] + end[1] + low + high)
    }

    /// Adds four bytes: addresses and lengths are no more, and need no loop.
    #[inline]
    #[allow(clippy::arithmetic_side_effects, reason = "2^32 terms of 32 bits fit in 64 bits")]
    pub(super) fn with_word(self, word: [u8; 4]) -> Self {
        Self(self.0 + u64::from(u32::from_ne_bytes(word)))
    }

    /// Takes a word out again, such as the checksum that is among the bytes. Some of the others must
    /// not be zero: the sum of zeros alone is another after that.
    #[must_use]
    pub fn without(self, word: impl Into<u16>) -> Self {
        let [a, b] = u16::to_be_bytes(!word.into());
        self.with_word([a, b, 0, 0])
    }

    /// The checksum: the complement of the sum.
    #[inline]
    #[allow(clippy::arithmetic_side_effects, reason = "sums of halves of one word")]
    #[allow(clippy::cast_possible_truncation, reason = "folded to 16 bits")]
    pub fn checksum(self) -> u16 {
        let mut sum = self.0;
        while sum > 0xffff {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        u16::from_be(!(sum as u16))
    }
}

/// The part of a network header that checksums of the layer behind it cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PseudoHeader {
    /// Source and destination, RFC 9293 section 3.1.
    V4([u8; 4], [u8; 4]),
    /// Source and final destination, RFC 8200 section 8.1.
    V6([u8; 16], [u8; 16]),
}

impl PseudoHeader {
    /// Of the nearest network layer around, if that holds the whole of its payload and no tunnel says that the
    /// checksum is still to be made. The destination
    /// is the last of a route that is still to be gone, RFC 8200 section 8.1; the source is the
    /// home address of a mobile node, RFC 6275 section 11.3.1.
    pub fn of(outer: &Outer<'_>) -> Option<Self> {
        if !outer.is_whole() || leaves_checksum(outer) {
            return None;
        }
        let (mut route, mut home) = (None, None);
        for span in outer.layers().rev() {
            match span.layer {
                LayerType::IPV4 => {
                    let ip = outer.view::<Ipv4<'_>>(span)?;
                    return Some(Self::V4(ip.header.source, ip.final_destination().octets()));
                }
                LayerType::IPV6 => {
                    let header = outer.view::<Ipv6<'_>>(span)?.header;
                    let destination = header.destination.into();
                    let end = route.map_or(Some(destination), |route: Ipv6Routing<'_>| {
                        route.final_destination(destination)
                    });
                    return Some(Self::V6(home.unwrap_or(header.source), end?.octets()));
                }
                // The innermost route that is not at its end leads to the destination.
                LayerType::IPV6_ROUTING if route.is_none() => {
                    let found = outer.view::<Ipv6Routing<'_>>(span);
                    route = found.filter(|route| route.segments_left() > 0);
                }
                LayerType::IPV6_DESTINATION => {
                    let options = outer.view::<Ipv6Destination<'_>>(span)?.options();
                    let found = options.flatten().find_map(|option| match option {
                        Ipv6Option::HomeAddress(address) => Some(address.octets()),
                        _ => None,
                    });
                    home = home.or(found);
                }
                _ => {}
            }
        }
        None
    }

    /// The sum that a checksum starts with.
    #[inline]
    pub fn sum(&self, protocol: IpProtocol, length: usize) -> InternetSum {
        let length = u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
        let sum = InternetSum::new().with_word(length).with_word([0, protocol.0, 0, 0]);
        match self {
            Self::V4(source, destination) => sum.with_word(*source).with_word(*destination),
            Self::V6(source, destination) => sum.with(source).with(destination),
        }
    }
}

impl Outer<'_> {
    /// Whether the nearest network layer around holds the whole of its payload: no fragment, and
    /// nothing cut short by a capture or a quotation. Also if there is no network layer around.
    pub fn is_whole(&self) -> bool {
        let is_all_there = |shape: Shape, payload: &[u8]| shape.payload_len <= payload.len();
        let mut jumbo = 0;
        for span in self.layers().rev() {
            match span.layer {
                LayerType::IPV4 => {
                    return self.view::<Ipv4<'_>>(span).is_some_and(|ip| {
                        !ip.is_fragment() && is_all_there(ip.shape(), ip.payload)
                    });
                }
                LayerType::IPV6 => {
                    let ip = self.view::<Ipv6<'_>>(span);
                    return ip.is_some_and(|ip| {
                        is_all_there(ip.shape(), ip.payload) && jumbo <= ip.payload.len()
                    });
                }
                LayerType::IPV6_HOP_BY_HOP => {
                    let header = self.view::<Ipv6HopByHop<'_>>(span);
                    let options = header.map(|header| header.options());
                    for option in options.into_iter().flatten().flatten() {
                        if let Ipv6Option::JumboPayload(length) = option {
                            jumbo = usize::try_from(length).unwrap_or(usize::MAX);
                        }
                    }
                }
                LayerType::IPV6_FRAGMENT => {
                    let fragment = self.view::<Ipv6Fragment<'_>>(span);
                    if !fragment.is_some_and(|fragment| fragment.is_atomic()) {
                        return false;
                    }
                }
                _ => {}
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serialize_layers;
    use crate::{Decoder, Encode, Fix, Ipv4Builder, Ipv4Flags, Ipv4Header, Ipv4Option, Ipv4Route};
    use crate::{Ipv6FragmentHeader, Ipv6Header, Ipv6HopByHopBuilder, LinkType, TcpHeader};

    #[test]
    fn the_sum_of_the_specification() {
        // RFC 1071, section 3.
        let sum = InternetSum::new().with(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]);
        assert_eq!(sum.checksum(), !0xddf2);
    }

    /// What the checksum of a TCP segment behind these layers is worth, and what it is worth once
    /// the last byte of the packet is missing.
    fn statuses(link_type: LinkType, front: &[&dyn Encode]) -> [ChecksumStatus; 2] {
        let tcp = TcpHeader::default();
        let layers = [front, &[&tcp as &dyn Encode]].concat();
        let mut out = Vec::new();
        serialize_layers(&mut out, Fix::all(), &layers, b"data").unwrap();
        let decoder = Decoder::default();
        [out.len(), out.len() - 1].map(|len| {
            let packet = decoder.decode(link_type, &out[..len]);
            packet.verify_checksums().last().unwrap().status()
        })
    }

    #[test]
    fn what_is_not_all_there_is_unverified() {
        use ChecksumStatus::{Good, Unverified};
        let ipv6 = Ipv6Header::default();
        assert_eq!(statuses(LinkType::IPV6, &[&ipv6]), [Good, Unverified]);
        let mut fragment = Ipv6FragmentHeader::default();
        assert_eq!(statuses(LinkType::IPV6, &[&ipv6, &fragment]), [Good, Unverified]);
        fragment.set_more_fragments(true);
        assert_eq!(statuses(LinkType::IPV6, &[&ipv6, &fragment]), [Unverified, Unverified]);
        let mut ipv4 = Ipv4Header::default();
        assert_eq!(statuses(LinkType::IPV4, &[&ipv4]), [Good, Unverified]);
        ipv4.set_flags(Ipv4Flags::MORE_FRAGMENTS);
        assert_eq!(statuses(LinkType::IPV4, &[&ipv4]), [Unverified, Unverified]);
        // Only the nearest network layer counts.
        assert_eq!(statuses(LinkType::IPV6, &[&ipv6, &Ipv4Header::default()]), [Good, Unverified]);
    }

    #[test]
    fn a_jumbogram_cut_short_is_unverified() {
        let options = [Ipv6Option::JumboPayload(70_000)];
        let hop_by_hop = Ipv6HopByHopBuilder { options: &options, ..Default::default() };
        let layers: [&dyn Encode; 3] = [&Ipv6Header::default(), &hop_by_hop, &TcpHeader::default()];
        let mut out = Vec::new();
        serialize_layers(&mut out, Fix::all(), &layers, &vec![7; 70_000]).unwrap();
        let decoder = Decoder::default();
        let status = |len: usize| {
            let packet = decoder.decode(LinkType::IPV6, &out[..len]);
            packet.verify_checksums().last().unwrap().status()
        };
        assert_eq!(status(out.len()), ChecksumStatus::Good);
        assert_eq!(status(out.len() - 1), ChecksumStatus::Unverified);
    }

    #[test]
    fn a_source_route_of_ipv4_ends_at_its_last_station() {
        let segment = |pointer, destination: [u8; 4], options: bool| {
            let source = Some(crate::Ipv4SourceRoute::Strict);
            let route = Ipv4Route { source, pointer, addresses: &[[9; 4], [8; 4]] };
            let route = [Ipv4Option::NoOperation, Ipv4Option::Route(route)];
            let header = Ipv4Header { destination, ..Default::default() };
            let options = if options { &route[..] } else { &[] };
            let layers: [&dyn Encode; 2] =
                [&Ipv4Builder { header, options }, &TcpHeader::default()];
            let mut out = Vec::new();
            serialize_layers(&mut out, Fix::all(), &layers, b"data").unwrap();
            out.split_off(out.len() - 24)
        };
        let straight = segment(0, [8; 4], false);
        assert_eq!(segment(4, [7; 4], true), straight);
        assert_eq!(segment(8, [7; 4], true), straight);
        assert_eq!(segment(12, [8; 4], true), straight);
        assert_ne!(segment(12, [7; 4], true), straight);
        assert_ne!(segment(u8::MAX, [7; 4], true), straight);
    }

    #[test]
    fn any_split_at_even_places_sums_the_same() {
        let bytes: Vec<u8> = (0..=255).cycle().take(1501).collect();
        let mut naive = 0_u32;
        for pair in bytes.chunks(2) {
            naive += u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0));
            naive = (naive & 0xffff) + (naive >> 16);
        }
        for split in (0..1500).step_by(2) {
            let (front, back) = bytes.split_at(split);
            assert_eq!(
                u32::from(InternetSum::new().with(front).with(back).checksum()),
                !naive & 0xffff
            );
        }
    }
}
