//! Fragments put together in front of a decoder or a tracker: packets in, packets with whole datagrams
//! out.

use std::net::IpAddr;

use rheos_core::{LinkType, RawPacket};
use rheos_layers::{Decoder, InternetSum, Ipv4, Ipv6, Ipv6Fragment, LayerType};
use rheos_layers::{Packet, Span, Vlan};
use rheos_reassembly::ip::{
    DatagramKey, DefragmentConfig, DefragmentStats, Defragmenter, Fragment, Outcome, Part,
    Rejection,
};

/// Bytes of the header of IPv6, which its payload length leaves out.
const IPV6_LEN: usize = 40;
/// Where that has the number of what follows; headers behind it begin with theirs.
const IPV6_NEXT_HEADER: usize = 6;
/// Where IPv4 and IPv6 have their lengths.
const IPV4_LENGTH: usize = 2;
const IPV6_LENGTH: usize = 4;
/// Where IPv4 has its flags and its offset, and its checksum.
const IPV4_OFFSET: usize = 6;
const IPV4_CHECKSUM: usize = 10;
/// Tags kept of one packet, and the bits of each: an identifier of twelve and one that says it is there.
const MAX_VLANS: usize = 4;
const VLAN_BITS: u32 = 13;

/// What tells datagrams apart, and how much of them waits.
#[derive(Clone, Debug, Default)]
pub struct DefragmentOptions {
    /// Bounds, and what to do where fragments overlap.
    pub config: DefragmentConfig,
    /// Keep datagrams apart by their VLANs too, where addresses mean something else in each.
    pub by_vlan: bool,
    /// Leave fragments whose header has a wrong checksum as they are, since a receiver drops them: the header of a
    /// datagram that was put together has a right one.
    pub verify_checksums: bool,
}

/// Puts the fragments of the outermost IP together, in front of a decoder or a tracker. What is inside
/// of tunnels stays as it is.
///
/// ```
/// use rheos_core::{LinkType, RawPacket, Timestamp};
/// use rheos_layers::{Decoder, Packet, Udp};
/// use rheos_session::Defragment;
///
/// let packet = |second, flags_offset, payload: &[u8]| {
///     let front = [0x45, 0, 0, 28, 0, 7, flags_offset, second, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
///     [&front[..], payload].concat()
/// };
/// let capture = [packet(1, 0, b"rld!...."), packet(0, 0x20, b"\x30\x39\x1f\x90\0\x10\0\0")];
///
/// let decoder = Decoder::default();
/// let mut defragment = Defragment::new(&decoder);
/// let mut ports = Vec::new();
/// for bytes in &capture {
///     let raw = RawPacket::new(Timestamp::from_secs(7, 0), LinkType::IPV4, bytes);
///     let Some(raw) = defragment.push(&raw) else { continue };
///     let packet = decoder.decode(raw.link_type, raw.data);
///     ports.extend(packet.get::<Udp>().map(|udp| (udp.destination_port(), udp.payload.len())));
/// }
/// assert_eq!(ports, [(8080, 8)]);
/// ```
#[derive(Debug)]
pub struct Defragment {
    decoder: Decoder,
    defragmenter: Defragmenter,
    by_vlan: bool,
    verify_checksums: bool,
    /// Whether the decoder sees in plain frames what everybody does, so that they need no decoding.
    is_usual: bool,
    stats: ReplacedStats,
    /// The header of the fragment at hand, with a note behind it.
    header: Vec<u8>,
    /// The datagram that was put together last.
    bytes: Vec<u8>,
}

/// What becomes of a packet.
#[derive(Clone, Copy, Debug)]
pub enum Defragmented<'a> {
    /// It is no fragment, or a fragment that is whole by itself, or one of which a part was not
    /// captured: take it as it is.
    AsIs,
    /// It waits for others, and nothing is to be taken now.
    Waiting,
    /// It was the last one missing: take this in its place.
    Datagram {
        /// The datagram behind the headers of its first fragment, whose lengths, offset and checksum
        /// are the datagram's; with the time and the comments of the fragment that came last.
        packet: RawPacket<'a>,
        /// Which fragment each byte of its payload is of.
        parts: &'a [Part],
    },
    /// It is a fragment that a receiver ignores.
    Rejected(Rejection),
}

/// What was put in the place of fragments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReplacedStats {
    /// Packets given to it.
    pub packets: u64,
    /// Fragments of which a part was not captured: they stay as they are.
    pub cut: u64,
    /// Datagrams that were whole, and too long for their header to say it: they are dropped.
    pub oversized: u64,
    /// What the defragmenter has seen.
    pub fragments: DefragmentStats,
}

/// A fragment, and where the datagram's header begins in the packet.
struct Found<'a> {
    key: DatagramKey,
    offset: u32,
    more: bool,
    payload: &'a [u8],
}

impl Defragment {
    /// With the bounds that are there by default.
    pub fn new(decoder: &Decoder) -> Self {
        Self::with_options(decoder, DefragmentOptions::default())
    }

    /// With these options. It sees in packets what the decoder does.
    pub fn with_options(decoder: &Decoder, options: DefragmentOptions) -> Self {
        Self {
            decoder: decoder.clone(),
            defragmenter: Defragmenter::new(options.config),
            by_vlan: options.by_vlan,
            verify_checksums: options.verify_checksums,
            is_usual: is_usual(decoder),
            stats: ReplacedStats::default(),
            header: Vec::new(),
            bytes: Vec::new(),
        }
    }

    /// Takes a packet, and gives what is to be taken in its place: itself, a datagram, or nothing.
    /// Fragments that a receiver ignores are nothing; [`stats`](Self::stats) counts them.
    #[inline]
    pub fn push<'a>(&'a mut self, raw: &RawPacket<'a>) -> Option<RawPacket<'a>> {
        match self.take(raw) {
            Defragmented::AsIs => Some(*raw),
            Defragmented::Datagram { packet, .. } => Some(packet),
            Defragmented::Waiting | Defragmented::Rejected(_) => None,
        }
    }

    /// Takes a packet, and says what becomes of it.
    #[inline]
    pub fn take<'a>(&'a mut self, raw: &RawPacket<'a>) -> Defragmented<'a> {
        self.stats.packets = self.stats.packets.saturating_add(1);
        if self.is_usual && is_plain(raw) {
            return Defragmented::AsIs;
        }
        self.decoded(raw)
    }

    /// What it has seen.
    pub fn stats(&self) -> ReplacedStats {
        ReplacedStats { fragments: self.defragmenter.stats(), ..self.stats }
    }

    /// Datagrams that wait for fragments.
    pub fn waiting(&self) -> usize {
        self.defragmenter.len()
    }

    #[cold]
    fn decoded<'a>(&'a mut self, raw: &RawPacket<'a>) -> Defragmented<'a> {
        let Self { decoder, defragmenter, by_vlan, stats, header, bytes, .. } = self;
        let mut packet = Packet::new(decoder);
        packet.decode(raw.link_type, raw.data);
        let has_wrong_header = || packet.verify_ip_header().is_some_and(|sum| sum.is_wrong());
        if self.verify_checksums && has_wrong_header() {
            return Defragmented::AsIs;
        }
        header.clear();
        let found = match find(&packet, *by_vlan, header) {
            Ok(Some(found)) => found,
            Ok(None) => return Defragmented::AsIs,
            Err(Cut) => {
                stats.cut = stats.cut.saturating_add(1);
                return Defragmented::AsIs;
            }
        };
        header.extend(raw.link_type.0.to_be_bytes());
        header.extend(raw.interface.to_be_bytes());
        let Found { key, offset, more, payload } = found;
        let fragment = Fragment { key, timestamp: raw.timestamp, offset, more, header, payload };
        match defragmenter.push(&fragment) {
            Outcome::Whole => Defragmented::AsIs,
            Outcome::Waiting => Defragmented::Waiting,
            Outcome::Rejected(why) => Defragmented::Rejected(why),
            Outcome::Complete(datagram) => {
                let Some((link_type, interface)) = join(datagram.header, datagram.payload, bytes)
                else {
                    stats.oversized = stats.oversized.saturating_add(1);
                    return Defragmented::Rejected(Rejection::TooLong);
                };
                let original_length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
                let packet =
                    RawPacket { link_type, interface, original_length, data: bytes, ..*raw };
                Defragmented::Datagram { packet, parts: datagram.parts }
            }
        }
    }
}

/// A part of the fragment was not captured.
struct Cut;

/// Finds a fragment in the outermost IP, and writes its header as a datagram has it, but for lengths
/// and checksum, with a note of where IP starts.
fn find<'a>(
    packet: &Packet<'a>,
    by_vlan: bool,
    header: &mut Vec<u8>,
) -> Result<Option<Found<'a>>, Cut> {
    let spans = packet.own_layers();
    let is_ip = |span: &Span| matches!(span.layer, LayerType::IPV4 | LayerType::IPV6);
    let Some(at) = spans.iter().position(is_ip) else { return Ok(None) };
    let (front, rest) = spans.split_at_checked(at).unwrap_or_default();
    let Some((span, behind)) = rest.split_first() else { return Ok(None) };
    let start = span.start as usize;
    let tag = if by_vlan { vlans(packet, front) } else { 0 };
    let found = if let Some(ip) = packet.view::<Ipv4<'_>>(span) {
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
            tag,
        };
        let (offset, flags) = (u32::from(ip.fragment_offset()), ip.flags());
        Found {
            key,
            offset,
            more: flags.contains(rheos_layers::Ipv4Flags::MORE_FRAGMENTS),
            payload,
        }
    } else {
        let Some(ip) = packet.view::<Ipv6<'_>>(span) else { return Ok(None) };
        let Some(place) = behind.iter().position(|s| s.layer == LayerType::IPV6_FRAGMENT) else {
            return Ok(None);
        };
        let Some(at) = behind.get(place) else { return Ok(None) };
        let Some(fragment) = packet.view::<Ipv6Fragment<'_>>(at) else { return Ok(None) };
        let length = usize::from(ip.header.payload_length.get());
        if length == 0 || fragment.is_atomic() {
            return Ok(None);
        }
        let end = start.saturating_add(IPV6_LEN).saturating_add(length);
        let payload_start = (at.start as usize).saturating_add(at.header_len.into());
        let payload = between(packet.bytes(), payload_start, end)?;
        header.extend(packet.bytes().get(..at.start as usize).unwrap_or_default());
        let last = place.checked_sub(1).and_then(|place| behind.get(place));
        let next = last.map_or(start.saturating_add(IPV6_NEXT_HEADER), |last| last.start as usize);
        write(header, next, &[fragment.header.next_header]);
        let addresses: [IpAddr; 2] = [ip.source().into(), ip.header.destination.into()];
        let [source, destination] = addresses;
        let identification = fragment.identification();
        let key = DatagramKey { source, destination, protocol: None, identification, tag };
        let (offset, more) = (fragment.fragment_offset().into(), fragment.has_more_fragments());
        Found { key, offset, more, payload }
    };
    header.extend(span.start.to_be_bytes());
    Ok(Some(found))
}

/// Bytes that the IP header announces, if all of them were captured.
fn between(bytes: &[u8], from: usize, to: usize) -> Result<&[u8], Cut> {
    if to < from {
        // The header lies about its length: a fragment without bytes, which will be rejected.
        return Ok(&[]);
    }
    bytes.get(from..to).ok_or(Cut)
}

/// Puts a header with its note and a payload together as one packet. `None` if it is too long.
fn join(header: &[u8], payload: &[u8], bytes: &mut Vec<u8>) -> Option<(LinkType, u32)> {
    let (header, note) = header.split_last_chunk::<10>()?;
    let [a, b, c, d, e, f, g, h, i, j] = *note;
    let start = u32::from_be_bytes([a, b, c, d]) as usize;
    bytes.clear();
    bytes.extend_from_slice(header);
    bytes.extend_from_slice(payload);
    let length = bytes.len().checked_sub(start)?;
    if header.get(start)? >> 4 == 4 {
        let length = u16::try_from(length).ok()?;
        write(bytes, start.saturating_add(IPV4_LENGTH), &length.to_be_bytes());
        let checksum = start.saturating_add(IPV4_CHECKSUM);
        write(bytes, checksum, &[0, 0]);
        let sum = InternetSum::new().with(bytes.get(start..header.len())?).checksum();
        write(bytes, checksum, &sum.to_be_bytes());
    } else {
        let length = u16::try_from(length.checked_sub(IPV6_LEN)?).ok()?;
        write(bytes, start.saturating_add(IPV6_LENGTH), &length.to_be_bytes());
    }
    Some((LinkType(u16::from_be_bytes([e, f])), u32::from_be_bytes([g, h, i, j])))
}

/// Writes over bytes, if they are there.
fn write(bytes: &mut [u8], at: usize, new: &[u8]) {
    let to = bytes.get_mut(at..).and_then(|rest| rest.get_mut(..new.len()));
    if let Some(to) = to {
        to.copy_from_slice(new);
    }
}

/// The identifiers of the VLANs in front, as one number.
fn vlans(packet: &Packet<'_>, front: &[Span]) -> u64 {
    let tags = front.iter().filter_map(|span| packet.view::<Vlan<'_>>(span));
    let ids = tags.take(MAX_VLANS).map(|tag| u64::from(tag.id()) | 1 << 12);
    ids.fold(0, |all, id| all << VLAN_BITS | id)
}

/// Whether a packet is Ethernet with IPv4 or IPv6 right behind it and no fragment.
#[inline]
fn is_plain(raw: &RawPacket<'_>) -> bool {
    if raw.link_type != LinkType::ETHERNET {
        return false;
    }
    let Some((front, ip)) = raw.data.split_at_checked(14) else { return false };
    match (front.last_chunk(), ip) {
        (Some([0x08, 0x00]), &[_, _, _, _, _, _, flags, offset, ..]) => {
            // Neither more fragments nor an offset.
            flags.trailing_zeros() >= 6 && offset == 0
        }
        // TCP, UDP and ICMPv6 are no extension headers.
        (Some([0x86, 0xdd]), &[_, _, _, _, _, _, next, ..]) => matches!(next, 6 | 17 | 58),
        _ => false,
    }
}

/// Whether a decoder finds IP behind Ethernet where it usually is.
fn is_usual(decoder: &Decoder) -> bool {
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

#[cfg(test)]
mod tests {
    use rheos_core::Timestamp;
    use rheos_layers::{ChecksumStatus, Udp};

    use super::*;

    const MACS: [u8; 12] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
    /// A datagram of UDP with eight bytes, in two halves.
    const FIRST: &[u8] = b"\x30\x39\x1f\x90\0\x10\0\0";
    const SECOND: &[u8] = b"fragment";
    const MORE: u8 = 0x20;

    fn ipv4(id: u8, flags: u8, offset: u8, options: &[u8], payload: &[u8]) -> Vec<u8> {
        let length = u16::try_from(20 + options.len() + payload.len()).unwrap().to_be_bytes();
        let first = 0x45 + u8::try_from(options.len() / 4).unwrap();
        let front = [first, 0, length[0], length[1], 0, id, flags, offset, 64, 17, 0, 0];
        [&front[..], &[10, 0, 0, 1, 10, 0, 0, 2], options, payload].concat()
    }

    fn ipv6(extension: &[u8], next: u8, offset_more: u16, payload: &[u8]) -> Vec<u8> {
        let length = u8::try_from(extension.len() + 8 + payload.len()).unwrap();
        let first = if extension.is_empty() { 44 } else { 0 };
        let front = [0x60, 0, 0, 0, 0, length, first, 64];
        let [high, low] = offset_more.to_be_bytes();
        let fragment = [next, 0, high, low, 0, 0, 0, 7];
        [&front[..], &[0xfd; 16], &[0xfe; 16], extension, &fragment, payload].concat()
    }

    fn frame(front: &[u8], packet: &[u8]) -> Vec<u8> {
        [&MACS[..], front, packet].concat()
    }

    fn raw(link_type: LinkType, second: i64, bytes: &[u8]) -> RawPacket<'_> {
        RawPacket::new(Timestamp::from_secs(second, 0), link_type, bytes)
    }

    fn defragment() -> Defragment {
        Defragment::new(&Decoder::default())
    }

    /// Gives frames of Ethernet in turn, and returns what comes out of the last.
    #[track_caller]
    fn last(of: &mut Defragment, frames: &[Vec<u8>]) -> Vec<u8> {
        let (last, front) = frames.split_last().unwrap();
        for frame in front {
            let taken = of.take(&raw(LinkType::ETHERNET, 1, frame));
            assert!(matches!(taken, Defragmented::Waiting), "{taken:?}");
        }
        match of.take(&raw(LinkType::ETHERNET, 2, last)) {
            Defragmented::Datagram { packet, .. } => {
                assert_eq!(packet.timestamp.seconds(), 2);
                assert_eq!(packet.original_length as usize, packet.data.len());
                packet.data.to_vec()
            }
            other => unreachable!("{other:?}"),
        }
    }

    /// That a packet is UDP with eight bytes, and every checksum in it is right.
    #[track_caller]
    fn check(bytes: &[u8]) {
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::ETHERNET, bytes);
        assert_eq!(packet.get::<Udp<'_>>().map(|udp| udp.payload), Some(SECOND));
        assert_eq!((packet.error(), packet.is_truncated()), (None, false));
        for checksum in packet.verify_checksums() {
            assert_ne!(checksum.status(), ChecksumStatus::Bad, "{checksum:?}");
        }
    }

    #[test]
    fn the_header_of_the_first_fragment_is_made_that_of_the_datagram() {
        let type4 = [8, 0];
        for options in [&[][..], &[1, 1, 1, 0]] {
            let first = frame(&type4, &ipv4(1, MORE, 0, options, FIRST));
            // The second has no options, and padding behind it.
            let second = frame(&type4, &[&ipv4(1, 0, 1, &[], SECOND)[..], b"padding"].concat());
            for frames in [[first.clone(), second.clone()], [second, first]] {
                let datagram = last(&mut defragment(), &frames);
                check(&datagram);
                assert_eq!(datagram.len(), 14 + 20 + options.len() + 16);
            }
        }
    }

    #[test]
    fn the_fragment_header_of_ipv6_is_taken_out() {
        // Hop by hop: the next header is the fragment's, and padding.
        let hops = [44, 0, 1, 4, 0, 0, 0, 0];
        for extension in [&[][..], &hops] {
            let first = frame(&[0x86, 0xdd], &ipv6(extension, 17, 1, FIRST));
            let second = frame(&[0x86, 0xdd], &ipv6(&[], 17, 8, SECOND));
            let datagram = last(&mut defragment(), &[second, first]);
            check(&datagram);
            assert_eq!(datagram.len(), 14 + 40 + extension.len() + 16);
        }
    }

    // gopacket defect 17
    #[test]
    fn fragments_that_may_not_be_fragmented_are_put_together_all_the_same() {
        const DONT: u8 = 0x40;
        let frames = [ipv4(1, MORE | DONT, 0, &[], FIRST), ipv4(1, DONT, 1, &[], SECOND)];
        check(&last(&mut defragment(), &frames.map(|packet| frame(&[8, 0], &packet))));
    }

    // gopacket defect 16
    #[test]
    fn the_length_is_that_of_the_header_and_all_bytes_of_the_payload() {
        let frames = [ipv4(1, MORE, 0, &[], &[b'a'; 16]), ipv4(1, 0, 2, &[], &[b'b'; 16])]
            .map(|packet| frame(&[8, 0], &packet));
        let datagram = last(&mut defragment(), &frames);
        assert_eq!(datagram[16..18], [0, 52]);
    }

    #[test]
    fn vlans_are_kept_apart_if_that_is_asked_for() {
        let tag = |id: u8| [0x81, 0, 0, id, 8, 0];
        let first = frame(&tag(1), &ipv4(1, MORE, 0, &[], FIRST));
        let second = frame(&tag(2), &ipv4(1, 0, 1, &[], SECOND));
        check(&last(&mut defragment(), &[first.clone(), second.clone()]));
        let options = DefragmentOptions { by_vlan: true, ..DefragmentOptions::default() };
        let mut apart = Defragment::with_options(&Decoder::default(), options);
        for frame in [&first, &second] {
            assert_eq!(apart.push(&raw(LinkType::ETHERNET, 1, frame)), None);
        }
        check(&last(&mut apart, &[frame(&tag(1), &ipv4(1, 0, 1, &[], SECOND))]));
        assert_eq!(apart.waiting(), 1);
    }

    #[test]
    fn what_is_no_fragment_stays_as_it_is() {
        let tunnel = ipv4(1, 0, 0, &[], &ipv4(2, MORE, 0, &[], FIRST));
        let mut tunnel = frame(&[8, 0], &tunnel);
        tunnel[14 + 9] = 4;
        let atomic = frame(&[0x86, 0xdd], &ipv6(&[], 17, 0, b"0123456789abcdef"));
        let whole = frame(&[8, 0], &ipv4(1, 0, 0, &[], b"0123456789abcdef"));
        let mut cut = frame(&[8, 0], &ipv4(1, MORE, 0, &[], FIRST));
        cut.truncate(40);
        let mut of = defragment();
        for frame in [&tunnel, &atomic, &whole, &cut, &b"short".to_vec()] {
            let raw = raw(LinkType::ETHERNET, 1, frame);
            assert_eq!(of.push(&raw), Some(raw));
        }
        let stats = of.stats();
        assert_eq!((stats.packets, stats.cut, of.waiting()), (5, 1, 0));
    }

    /// The ping of death: with its header, it is longer than a header can say.
    #[test]
    fn a_datagram_too_long_for_its_header_is_dropped() {
        let mut of = defragment();
        let part = [b'x'; 128];
        let mut first = ipv4(1, MORE, 0, &[], &part[..128]);
        for offset in (0..65_512_u16).step_by(128) {
            let len = usize::from(128.min(65_512 - offset));
            first.truncate(20 + len);
            first[2..4].copy_from_slice(&u16::try_from(20 + len).unwrap().to_be_bytes());
            first[6..8].copy_from_slice(&(0x2000 | (offset / 8)).to_be_bytes());
            assert_eq!(of.push(&raw(LinkType::IPV4, 1, &first)), None);
        }
        let end = ipv4(1, 0, 0, &[], &part[..20]);
        let mut end = end.clone();
        end[6..8].copy_from_slice(&(65_512_u16 / 8).to_be_bytes());
        let taken = of.take(&raw(LinkType::IPV4, 1, &end));
        assert!(matches!(taken, Defragmented::Rejected(Rejection::TooLong)), "{taken:?}");
        assert_eq!((of.stats().oversized, of.waiting()), (1, 0));
    }

    /// RFC 1858: flags in the second fragment, where a filter of single packets does not look.
    #[test]
    fn what_tiny_fragments_hide_is_seen() {
        let syn = b"\x30\x39\0\x50\0\0\0\x01\0\0\0\0\x50\x02\x01\0\0\0\0\0";
        let (first, second) = syn.split_at(8);
        let frames =
            [ipv4(1, MORE, 0, &[], first), ipv4(1, 0, 1, &[], second)].map(|mut packet| {
                packet[9] = 6;
                frame(&[8, 0], &packet)
            });
        let datagram = last(&mut defragment(), &frames);
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::ETHERNET, &datagram);
        let flags = packet.get::<rheos_layers::Tcp<'_>>().map(|tcp| tcp.flags());
        assert_eq!(flags, Some(rheos_layers::TcpFlags::SYN));
    }

    #[test]
    fn a_datagram_has_the_link_of_its_first_fragment() {
        let mut of = defragment();
        let ethernet = frame(&[8, 0], &ipv4(1, MORE, 0, &[], FIRST));
        assert_eq!(of.push(&raw(LinkType::ETHERNET, 1, &ethernet)), None);
        let bare = ipv4(1, 0, 1, &[], SECOND);
        let last = RawPacket { interface: 3, ..raw(LinkType::IPV4, 2, &bare) };
        let datagram = of.push(&last).unwrap();
        assert_eq!((datagram.link_type, datagram.interface), (LinkType::ETHERNET, 0));
        check(datagram.data);
    }
}
