//! Where a packet has a fragment, and of which datagram.

use std::hash::BuildHasher;
use std::net::IpAddr;

use rheos_core::{LinkType, RawPacket};
use rheos_flow::{HashSeed, OuterPath};
use rheos_layers::{Decoder, Ipv4, Ipv6, Ipv6Fragment, LayerType, Packet, Span, Vlan};
use rheos_reassembly::ip::DatagramKey;

use super::join::{IPV6_LEN, write};

/// Where IPv4 has its flags and its offset, and the number of what it carries.
const IPV4_OFFSET: usize = 6;
const IPV4_PROTOCOL: usize = 9;
/// Where IPv6 has the number of what follows; headers behind it begin with theirs.
const IPV6_NEXT_HEADER: usize = 6;
/// Tags kept of one packet, and the bits of each: an identifier of twelve and one that says it is there.
const MAX_VLANS: usize = 4;
const VLAN_BITS: u32 = 13;
/// TCP, which carries no IP.
const TCP: u8 = 6;

/// Where fragments are looked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places {
    /// In each VLAN by itself.
    pub(super) by_vlan: bool,
    /// In IP inside of IP as well.
    pub(super) in_tunnels: bool,
}

/// A fragment, and where the datagram's header is in the packet.
pub(super) struct Found<'a> {
    pub(super) key: DatagramKey,
    pub(super) offset: u32,
    pub(super) more: bool,
    pub(super) payload: &'a [u8],
    /// Where IP starts.
    pub(super) start: u32,
    /// Where it says what the datagram carries.
    pub(super) next: u32,
    /// Whether there is other IP around it.
    pub(super) is_inside: bool,
}

/// A part of the fragment was not captured.
pub(super) struct Cut;

/// Finds a fragment, and writes its header as a datagram has it, but for lengths and checksums. The tag
/// says what the whole packet came in.
pub(super) fn find<'a>(
    packet: &Packet<'a>,
    places: Places,
    (tag, seed): (u64, HashSeed),
    header: &mut Vec<u8>,
) -> Result<Option<Found<'a>>, Cut> {
    let spans = packet.own_layers();
    let Some(first) = spans.iter().position(is_ip) else { return Ok(None) };
    let count = if places.in_tunnels { usize::MAX } else { 1 };
    let of_ip = spans.iter().enumerate().filter(|(_, span)| is_ip(span)).take(count);
    for (at, span) in of_ip {
        let (front, rest) = spans.split_at_checked(at).unwrap_or_default();
        let behind = rest.get(1..).unwrap_or_default();
        let end = behind.iter().position(is_ip).unwrap_or(behind.len());
        let behind = behind.get(..end).unwrap_or_default();
        let found = if span.layer == LayerType::IPV4 {
            in_ipv4(packet, span, header)?
        } else {
            in_ipv6(packet, span, behind, header)?
        };
        let Some(mut found) = found else { continue };
        let vlans = if places.by_vlan { vlans(packet, front) } else { 0 };
        found.is_inside = at > first;
        found.key.tag = if found.is_inside {
            tag_inside(packet, front, (tag ^ vlans, seed))
        } else {
            tag ^ vlans
        };
        return Ok(Some(found));
    }
    Ok(None)
}

pub(super) fn is_ip(span: &Span) -> bool {
    matches!(span.layer, LayerType::IPV4 | LayerType::IPV6)
}

/// What tells apart what is behind these layers of a packet, from the first IP on.
pub(super) fn tag_inside(packet: &Packet<'_>, front: &[Span], (tag, seed): (u64, HashSeed)) -> u64 {
    let first = front.iter().position(is_ip).unwrap_or_default();
    seed.hash_one((tag, OuterPath::of(packet, front.get(first..).unwrap_or_default())))
}

fn in_ipv4<'a>(
    packet: &Packet<'a>,
    span: &Span,
    header: &mut Vec<u8>,
) -> Result<Option<Found<'a>>, Cut> {
    let Some(ip) = packet.view::<Ipv4<'_>>(span) else { return Ok(None) };
    let start = span.start as usize;
    let length = usize::from(ip.header.total_length.get());
    if !ip.is_fragment() || length == 0 {
        return Ok(None);
    }
    let payload_start = start.saturating_add(span.header_len.into());
    let payload = between(packet.bytes(), payload_start, start.saturating_add(length))?;
    header.extend(packet.bytes().get(..payload_start).unwrap_or_default());
    // Neither flags nor offset but "do not fragment", which says nothing of the datagram.
    write(header, start.saturating_add(IPV4_OFFSET), &[0, 0]);
    let key = DatagramKey {
        source: ip.source().into(),
        destination: ip.header.destination.into(),
        protocol: Some(ip.header.protocol),
        identification: ip.header.identification.get().into(),
        tag: 0,
    };
    let (offset, flags) = (u32::from(ip.fragment_offset()), ip.flags());
    Ok(Some(Found {
        key,
        offset,
        more: flags.contains(rheos_layers::Ipv4Flags::MORE_FRAGMENTS),
        payload,
        start: span.start,
        next: place(start.saturating_add(IPV4_PROTOCOL)),
        is_inside: false,
    }))
}

/// The layers behind are those up to the next IP.
fn in_ipv6<'a>(
    packet: &Packet<'a>,
    span: &Span,
    behind: &[Span],
    header: &mut Vec<u8>,
) -> Result<Option<Found<'a>>, Cut> {
    let start = span.start as usize;
    let Some(ip) = packet.view::<Ipv6<'_>>(span) else { return Ok(None) };
    let Some(nth) = behind.iter().position(|s| s.layer == LayerType::IPV6_FRAGMENT) else {
        return Ok(None);
    };
    let Some(at) = behind.get(nth) else { return Ok(None) };
    let Some(fragment) = packet.view::<Ipv6Fragment<'_>>(at) else { return Ok(None) };
    let length = usize::from(ip.header.payload_length.get());
    if length == 0 || fragment.is_atomic() {
        return Ok(None);
    }
    let end = start.saturating_add(IPV6_LEN).saturating_add(length);
    let payload_start = (at.start as usize).saturating_add(at.header_len.into());
    let payload = between(packet.bytes(), payload_start, end)?;
    header.extend(packet.bytes().get(..at.start as usize).unwrap_or_default());
    let last = nth.checked_sub(1).and_then(|nth| behind.get(nth));
    let next = last.map_or(start.saturating_add(IPV6_NEXT_HEADER), |last| last.start as usize);
    write(header, next, &[fragment.header.next_header]);
    let addresses: [IpAddr; 2] = [ip.source().into(), ip.header.destination.into()];
    let [source, destination] = addresses;
    let identification = fragment.identification();
    let key = DatagramKey { source, destination, protocol: None, identification, tag: 0 };
    let (offset, more) = (fragment.fragment_offset().into(), fragment.has_more_fragments());
    let (start, next) = (span.start, place(next));
    Ok(Some(Found { key, offset, more, payload, start, next, is_inside: false }))
}

/// A place in a packet, which is shorter than 4 GiB.
fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Bytes that the IP header announces, if all of them were captured.
fn between(bytes: &[u8], from: usize, to: usize) -> Result<&[u8], Cut> {
    if to < from {
        // The header lies about its length: a fragment without bytes, which will be rejected.
        return Ok(&[]);
    }
    bytes.get(from..to).ok_or(Cut)
}

/// The identifiers of the VLANs in front, as one number.
fn vlans(packet: &Packet<'_>, front: &[Span]) -> u64 {
    let tags = front.iter().filter_map(|span| packet.view::<Vlan<'_>>(span));
    let ids = tags.take(MAX_VLANS).map(|tag| u64::from(tag.id()) | 1 << 12);
    ids.fold(0, |all, id| all << VLAN_BITS | id)
}

/// Whether a packet is Ethernet with IPv4 or IPv6 right behind it and no fragment, nor in a tunnel if
/// that is asked.
#[inline]
pub(super) fn is_plain(raw: &RawPacket<'_>, places: Places) -> bool {
    if raw.link_type != LinkType::ETHERNET {
        return false;
    }
    let Some((front, ip)) = raw.data.split_at_checked(14) else { return false };
    let (is_whole, carried) = match (front.last_chunk(), ip) {
        (Some([0x08, 0x00]), &[_, _, _, _, _, _, flags, offset, _, carried, ..]) => {
            // Neither more fragments nor an offset.
            (flags.trailing_zeros() >= 6 && offset == 0, carried)
        }
        // TCP, UDP and ICMPv6 are no extension headers.
        (Some([0x86, 0xdd]), &[_, _, _, _, _, _, next, ..]) => (matches!(next, 6 | 17 | 58), next),
        _ => return false,
    };
    is_whole && (!places.in_tunnels || carried == TCP)
}

/// Whether a decoder finds IP behind Ethernet where it usually is.
pub(super) fn is_usual(decoder: &Decoder) -> bool {
    let finds = |ether_type: [u8; 2], first: u8, layer| {
        let mut frame = [0; 64];
        write(&mut frame, 12, &ether_type);
        write(&mut frame, 14, &[first, 0, 0, 40, 0, 0, 59, 0, 64, 59]);
        let packet = decoder.decode(LinkType::ETHERNET, &frame);
        let mut layers = packet.layers().iter().map(|span| span.layer);
        layers.next() == Some(LayerType::ETHERNET) && layers.next() == Some(layer)
    };
    finds([0x08, 0x00], 0x45, LayerType::IPV4) && finds([0x86, 0xdd], 0x60, LayerType::IPV6)
}
