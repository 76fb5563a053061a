//! Fragments put together in front of a decoder or a tracker: packets in, packets with whole datagrams
//! out.

use rheos_core::RawPacket;
use rheos_flow::HashSeed;
use rheos_layers::{Decoder, Packet};
use rheos_reassembly::ip::{
    DefragmentConfig, DefragmentStats, Defragmenter, Fragment, Outcome, Part, Rejection,
};

use find::{Cut, Found, Places, find, is_plain, is_usual};
#[cfg(feature = "log")]
use find::{is_ip, tag_inside};
use join::{Note, join};

mod find;
mod join;

/// Datagrams one in the other that are put together of fragments each: no packet has more IP headers.
const MAX_TURNS: usize = 32;

/// What tells datagrams apart, and how much of them waits.
#[derive(Clone, Debug, Default)]
pub struct DefragmentOptions {
    /// Bounds, and what to do where fragments overlap.
    pub config: DefragmentConfig,
    /// Keep datagrams apart by their VLANs too, where addresses mean something else in each.
    pub by_vlan: bool,
    /// Put fragments inside of tunnels together too, each in its own tunnel. A datagram stands behind the
    /// headers of its first fragment then, and lengths and checksums of those around it are made to fit;
    /// whoever counts the packets of the tunnel finds one where there were several.
    pub in_tunnels: bool,
    /// Leave fragments whose header has a wrong checksum as they are, since a receiver drops them: the header of a
    /// datagram that was put together has a right one.
    pub verify_checksums: bool,
}

/// Puts the fragments of the outermost IP together, in front of a decoder or a tracker. What is inside
/// of tunnels stays as it is, unless [`DefragmentOptions::in_tunnels`] says otherwise.
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
    places: Places,
    /// Of what tells tunnels apart.
    seed: HashSeed,
    verify_checksums: bool,
    /// Whether the decoder sees in plain frames what everybody does, so that they need no decoding.
    is_usual: bool,
    stats: ReplacedStats,
    /// The header of the fragment at hand, with a note behind it.
    header: Vec<u8>,
    /// The datagram that was put together last, and which fragment each of its bytes is of.
    bytes: Vec<u8>,
    parts: Vec<Part>,
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
            places: Places { by_vlan: options.by_vlan, in_tunnels: options.in_tunnels },
            seed: HashSeed::random(),
            verify_checksums: options.verify_checksums,
            is_usual: is_usual(decoder),
            stats: ReplacedStats::default(),
            header: Vec::new(),
            bytes: Vec::new(),
            parts: Vec::new(),
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
        if self.is_usual && is_plain(raw, self.places) {
            return Defragmented::AsIs;
        }
        self.in_turn(raw)
    }

    /// What tells the tunnel apart in which a packet has so many IP headers around another: the tag says
    /// what the packet itself came in.
    #[cfg(feature = "log")]
    pub(crate) fn tag(&self, packet: &Packet<'_>, around: usize, tag: u64) -> u64 {
        let spans = packet.own_layers();
        let mut ips = spans.iter().enumerate().filter(|(_, span)| is_ip(span)).map(|(at, _)| at);
        let at = ips.nth(around).unwrap_or_default();
        tag_inside(packet, spans.get(..at).unwrap_or_default(), (tag, self.seed))
    }

    /// Takes a packet that came in a tunnel; the tag says in which.
    #[cfg(feature = "log")]
    pub(crate) fn take_inside<'a>(&'a mut self, raw: &RawPacket<'a>, tag: u64) -> Defragmented<'a> {
        let step = self.step(raw, Places { by_vlan: false, in_tunnels: false }, tag);
        self.tell(step, raw)
    }

    /// What it has seen.
    pub fn stats(&self) -> ReplacedStats {
        ReplacedStats { fragments: self.defragmenter.stats(), ..self.stats }
    }

    /// Datagrams that wait for fragments.
    pub fn waiting(&self) -> usize {
        self.defragmenter.len()
    }

    /// Takes a packet, and what is put together of it as long as there are fragments in that.
    #[cold]
    fn in_turn<'a>(&'a mut self, raw: &RawPacket<'a>) -> Defragmented<'a> {
        let places = self.places;
        let mut step = self.step(raw, places, 0);
        for _ in 0..MAX_TURNS {
            let Step::Datagram(of) = step else { break };
            if !places.in_tunnels {
                break;
            }
            let whole = std::mem::take(&mut self.bytes);
            step = match self.step(&of.packet(raw, &whole), places, 0) {
                Step::AsIs => {
                    self.bytes = whole;
                    break;
                }
                step => step,
            };
        }
        self.tell(step, raw)
    }

    fn tell<'a>(&'a self, step: Step, raw: &RawPacket<'a>) -> Defragmented<'a> {
        match step {
            Step::AsIs => Defragmented::AsIs,
            Step::Waiting => Defragmented::Waiting,
            Step::Rejected(why) => Defragmented::Rejected(why),
            Step::Datagram(of) => {
                Defragmented::Datagram { packet: of.packet(raw, &self.bytes), parts: &self.parts }
            }
        }
    }

    fn step(&mut self, raw: &RawPacket<'_>, places: Places, tag: u64) -> Step {
        let Self { decoder, defragmenter, seed, stats, header, bytes, parts, .. } = self;
        let mut packet = Packet::new(decoder);
        packet.decode(raw.link_type, raw.data);
        let has_wrong_header = || packet.verify_ip_header().is_some_and(|sum| sum.is_wrong());
        if self.verify_checksums && has_wrong_header() {
            return Step::AsIs;
        }
        header.clear();
        let found = match find(&packet, places, (tag, *seed), header) {
            Ok(Some(found)) => found,
            Ok(None) => return Step::AsIs,
            Err(Cut) => {
                stats.cut = stats.cut.saturating_add(1);
                return Step::AsIs;
            }
        };
        let Found { key, offset, more, payload, start, next, is_inside } = found;
        let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        let (link_type, interface) = (raw.link_type, raw.interface);
        Note { start, next, link_type, interface, length, is_inside }.write(header);
        let fragment = Fragment { key, timestamp: raw.timestamp, offset, more, header, payload };
        match defragmenter.push(&fragment) {
            Outcome::Whole => Step::AsIs,
            Outcome::Waiting => Step::Waiting,
            Outcome::Rejected(why) => Step::Rejected(why),
            Outcome::Complete(datagram) => {
                let Some(note) = join(decoder, datagram.header, datagram.payload, bytes) else {
                    stats.oversized = stats.oversized.saturating_add(1);
                    return Step::Rejected(Rejection::TooLong);
                };
                parts.clear();
                parts.extend_from_slice(datagram.parts);
                Step::Datagram(note)
            }
        }
    }
}

/// What becomes of a packet; a datagram is in the place for it.
#[derive(Clone, Copy)]
enum Step {
    AsIs,
    Waiting,
    Datagram(Note),
    Rejected(Rejection),
}

#[cfg(test)]
mod tests {
    use rheos_core::{LinkType, Timestamp};
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
