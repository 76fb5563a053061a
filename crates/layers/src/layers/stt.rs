//! Stateless Transport Tunneling,
//! [draft-davie-stt](https://datatracker.ietf.org/doc/html/draft-davie-stt-08): frames of Ethernet behind a header
//! that only looks like TCP's, so that network cards cut it into segments and put it together again.
//!
//! ```text
//!  0               8               16              24             31
//! |            source port         |   destination port, 7471      |  in the place of TCP's header
//! |           frame length         |       fragment offset         |
//! |                      frame identification                      |
//! |   as TCP's: data offset, flags, window, checksum, urgent       |
//!
//! |    version    |     flags     |   L4 offset   |    reserved    |  behind it, if the offset is 0
//! |        max. segment size      | PCP |V|       VLAN ID          |
//! |                       context ID, 64 bits                      |
//! |            padding            |  a frame ...
//! ```
//!
//! A segment with another fragment offset has nothing in it that tells it from one of a connection: it stays TCP
//! with a payload.

use std::fmt;

use bitflags::bitflags;
use zerocopy::network_endian::{U16, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::plausible::is_frame;
use crate::{
    EtherType, FieldSink, Header, Key, Layer, LayerType, Malformed, Next, Outer, Protocol, Shape,
    Span, Tcp, TcpFlags, TcpHeader,
};

/// Where frames are sent to, as IANA registered it.
const PORT: u16 = 7471;
/// The only version.
const VERSION: u8 = 0;
/// The bits of the flags that nobody sends.
const RESERVED: u8 = 0xf0;
/// Bytes at the front of the segment's header that are not as TCP's.
const UNLIKE_TCP: usize = 12;
/// The flags of TCP that open and end connections, which STT has none of.
const OF_CONNECTIONS: TcpFlags = TcpFlags::SYN.union(TcpFlags::FIN).union(TcpFlags::RST);
/// The shortest frame that a tunnel can hold: its two addresses and its type.
const SHORTEST_FRAME: usize = 14;

/// The header of an STT frame on the wire, behind that of its first segment.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(C)]
pub struct SttHeader {
    /// Always 0.
    pub version: u8,
    pub flags: u8,
    /// Where in the payload its transport header starts, if its checksum is partial.
    pub l4_offset: u8,
    pub reserved: u8,
    /// How many bytes of payload segments of TCP inside are to have; zero, if they are not to be cut.
    pub max_segment_size: U16,
    /// The tag of the frame, which has none of its own then: priority, whether there is one, and VLAN.
    pub tag: U16,
    /// Which network the frame belongs to, or what else its receiver takes it for.
    pub context_id: U64,
    /// Puts what is behind the header of the frame at a multiple of four bytes.
    pub padding: U16,
}

bitflags! {
    /// What the sender says of the packet in the frame.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct SttFlags: u8 {
        /// Its checksum was found right.
        const CHECKSUM_VERIFIED = 0x01;
        /// Its checksum is that of the pseudo-header alone.
        const CHECKSUM_PARTIAL = 0x02;
        /// It is of IPv4, and not of IPv6.
        const IPV4 = 0x04;
        /// It carries TCP, and not UDP.
        const TCP = 0x08;
    }
}

impl SttHeader {
    /// The flags that have a meaning.
    pub fn flags(&self) -> SttFlags {
        SttFlags::from_bits_truncate(self.flags)
    }

    /// Writes the flags that have a meaning.
    pub fn set_flags(&mut self, flags: SttFlags) {
        self.flags = self.flags & RESERVED | flags.bits();
    }

    /// Priority of the tag, 3 bits.
    pub fn priority(&self) -> u8 {
        self.tag.to_bytes()[0] >> 5
    }

    /// Writes the priority, its low 3 bits.
    pub fn set_priority(&mut self, priority: u8) {
        self.tag.set(self.tag.get() & 0x1fff | u16::from(priority & 7) << 13);
    }

    /// Whether the frame had a tag.
    pub fn is_tagged(&self) -> bool {
        self.tag.get() & 0x1000 != 0
    }

    /// Writes [`is_tagged`](Self::is_tagged).
    pub fn set_tagged(&mut self, is_tagged: bool) {
        self.tag.set(self.tag.get() & 0xefff | u16::from(is_tagged) << 12);
    }

    /// VLAN of the tag, 12 bits.
    pub fn vlan_id(&self) -> u16 {
        self.tag.get() & 0x0fff
    }

    /// Writes the VLAN, its low 12 bits.
    pub fn set_vlan_id(&mut self, vlan_id: u16) {
        self.tag.set(self.tag.get() & 0xf000 | vlan_id & 0x0fff);
    }
}

/// The first segment of an STT frame, by its header in the place of TCP's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SttSegment {
    pub header: TcpHeader,
    /// Bytes of the STT frame that are in this segment, as IP announces, whether they are there or not.
    pub len: usize,
}

impl SttSegment {
    /// Reads a header of TCP as one of STT's first segments. Whatever speaks against that is an error: the port
    /// is anybody's.
    fn of(tcp: &Tcp<'_>, len: usize) -> Result<Self, Malformed> {
        let segment = Self { header: *tcp.header, len };
        let field = |name, value: u64| Err(Malformed::Field { name, value });
        if tcp.source_port() == PORT && tcp.destination_port() != PORT {
            return field("destination port", tcp.destination_port().into());
        }
        if !tcp.option_bytes.is_empty() {
            return field("data offset", segment.header.header_len().into());
        }
        if tcp.flags().intersects(OF_CONNECTIONS) {
            return field("control bits", tcp.flags().bits().into());
        }
        if segment.fragment_offset() != 0 {
            return field("fragment offset", segment.fragment_offset().into());
        }
        let frame_length = segment.frame_length();
        let least = size_of::<SttHeader>().saturating_add(SHORTEST_FRAME).max(len);
        if usize::from(frame_length) < least {
            return field("frame length", frame_length.into());
        }
        Ok(segment)
    }

    /// Bytes of the STT frame: its header and the frame of Ethernet, in all segments.
    pub fn frame_length(&self) -> u16 {
        let [a, b, _, _] = self.header.sequence_number.to_bytes();
        u16::from_be_bytes([a, b])
    }

    /// Where in the STT frame the segment starts: 0, as that is what a first one is.
    pub fn fragment_offset(&self) -> u16 {
        let [_, _, a, b] = self.header.sequence_number.to_bytes();
        u16::from_be_bytes([a, b])
    }

    /// What all segments of the STT frame have in common.
    pub fn identification(&self) -> u32 {
        self.header.acknowledgment_number.get()
    }

    /// Whether no other segments follow.
    pub fn is_whole(&self) -> bool {
        self.len >= self.frame_length().into()
    }

    /// Reports the header as tshark does, which has no TCP in front of STT. Its bytes are those of the layer in
    /// front, so they have no place here.
    fn fields(&self, sink: &mut dyn FieldSink) {
        let header = &self.header;
        sink.number("stt.stream_id", header.source_port, 0..0);
        sink.number("stt.dport", header.destination_port, 0..0);
        sink.number("stt.pkt_len", self.frame_length(), 0..0);
        sink.number("stt.seg_off", self.fragment_offset(), 0..0);
        sink.number("stt.pkt_id", self.identification(), 0..0);
        let behind = header.as_bytes().get(UNLIKE_TCP..).unwrap_or_default();
        sink.bytes("stt.tcp", behind, 0..0);
        sink.number("stt.tcp.data_offset", header.header_len(), 0..0);
        let flags = header.control_bits();
        sink.number("stt.tcp.flags", flags.bits(), 0..0);
        sink.flag("stt.tcp.flags.rsvd", flags.intersects(TcpFlags::RESERVED), 0..0);
        sink.flag("stt.tcp.flags.ns", flags.contains(TcpFlags::AE), 0..0);
        sink.flag("stt.tcp.flags.cwr", flags.contains(TcpFlags::CWR), 0..0);
        sink.flag("stt.tcp.flags.ece", flags.contains(TcpFlags::ECE), 0..0);
        sink.flag("stt.tcp.flags.urg", flags.contains(TcpFlags::URG), 0..0);
        sink.flag("stt.tcp.flags.ack", flags.contains(TcpFlags::ACK), 0..0);
        sink.flag("stt.tcp.flags.psh", flags.contains(TcpFlags::PSH), 0..0);
        sink.flag("stt.tcp.flags.rst", flags.contains(TcpFlags::RST), 0..0);
        sink.flag("stt.tcp.flags.syn", flags.contains(TcpFlags::SYN), 0..0);
        sink.flag("stt.tcp.flags.fin", flags.contains(TcpFlags::FIN), 0..0);
        sink.number("stt.tcp.window", header.window, 0..0);
        sink.number("stt.tcp.urg_ptr", header.urgent_pointer, 0..0);
        sink.number("stt.checksum", header.checksum, 0..0);
    }
}

/// A frame in a tunnel, or its front.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stt<'a> {
    pub header: &'a SttHeader,
    /// The segment that it is in: not known to a layer that is read alone.
    pub segment: Option<SttSegment>,
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Stt<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = split::<SttHeader>(bytes)?;
        match header.version {
            VERSION => Ok(Self { header, segment: None, payload }),
            version => Err(Malformed::Field { name: "version", value: version.into() }),
        }
    }

    /// Behind TCP it is a guess, which the header in front and the reserved bits confirm. The length of a frame
    /// that is in several segments confirms little: what starts here has to look like a frame.
    fn parse_in(bytes: &'a [u8], outer: &Outer<'_>) -> Result<Self, Malformed> {
        let stt = Self::parse(bytes)?;
        let tcp = outer.parent().and_then(|parent| outer.view::<Tcp<'_>>(parent));
        let Some(tcp) = tcp else { return Ok(stt) };
        let segment = SttSegment::of(&tcp, outer.ip_len().unwrap_or(bytes.len()))?;
        if !segment.is_whole() && !is_frame(stt.payload) {
            let value = segment.frame_length().into();
            return Err(Malformed::Field { name: "frame length", value });
        }
        match stt.header.flags & RESERVED | stt.header.reserved {
            0 => Ok(Self { segment: Some(segment), ..stt }),
            reserved => Err(Malformed::Field { name: "reserved", value: reserved.into() }),
        }
    }

    fn shape(&self) -> Shape {
        let key = Key::ether_type(EtherType::BRIDGING);
        let is_whole = self.segment.is_none_or(|segment| segment.is_whole());
        let next = if is_whole { Next::One(key) } else { Next::FirstFragment(key) };
        let payload_len = self.payload.len();
        Shape { header_len: size_of::<SttHeader>(), payload_len, trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        if let Some(segment) = self.segment {
            segment.fields(sink);
        }
        let (header, flags) = (self.header, self.header.flags());
        sink.number("stt.version", header.version, 0..1);
        sink.number("stt.flags", header.flags, 1..2);
        sink.flag("stt.flags.rsvd", header.flags & RESERVED != 0, 1..2);
        sink.flag("stt.flags.tcp", flags.contains(SttFlags::TCP), 1..2);
        sink.flag("stt.flags.ipv4", flags.contains(SttFlags::IPV4), 1..2);
        sink.flag("stt.flags.csum_partial", flags.contains(SttFlags::CHECKSUM_PARTIAL), 1..2);
        sink.flag("stt.flags.csum_verified", flags.contains(SttFlags::CHECKSUM_VERIFIED), 1..2);
        sink.number("stt.l4offset", header.l4_offset, 2..3);
        sink.number("stt.reserved", header.reserved, 3..4);
        sink.number("stt.mss", header.max_segment_size, 4..6);
        sink.number("stt.vlan", header.tag, 6..8);
        sink.number("stt.vlan.pcp", header.priority(), 6..8);
        sink.number("stt.vlan.v", header.is_tagged(), 6..8);
        sink.number("stt.vlan.id", header.vlan_id(), 6..8);
        sink.number("stt.context_id", header.context_id, 8..16);
        sink.number("stt.padding", header.padding, 16..18);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "context {}", self.context_id())?;
        if let Some(vlan_id) = self.vlan_id() {
            write!(f, " vlan {vlan_id}")?;
        }
        match self.segment {
            Some(segment) if !segment.is_whole() => {
                write!(f, " first {} of {} bytes", segment.len, segment.frame_length())
            }
            _ => Ok(()),
        }
    }
}

impl Stt<'_> {
    /// Which network the frame belongs to, or what else its receiver takes it for.
    pub fn context_id(&self) -> u64 {
        self.header.context_id.get()
    }

    /// The VLAN that the frame was tagged with; the tag is not in the frame any more.
    pub fn vlan_id(&self) -> Option<u16> {
        self.header.is_tagged().then(|| self.header.vlan_id())
    }
}

/// Whether STT says that the layer being read has no checksum yet but the sum of its pseudo-header: the card at
/// the other end of the tunnel is to make one.
pub(crate) fn leaves_checksum(outer: &Outer<'_>) -> bool {
    let is_left = |span: &Span| {
        let Some(Stt { header, .. }) = outer.view::<Stt<'_>>(span) else { return false };
        let frame = (span.start as usize).saturating_add(size_of::<SttHeader>());
        let place = frame.saturating_add(header.l4_offset.into());
        header.flags().contains(SttFlags::CHECKSUM_PARTIAL) && place == outer.start()
    };
    outer.layers().any(is_left)
}

impl Header for SttHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::STT,
    "stt",
    "Stateless Transport Tunneling",
    |bytes, outer| Stt::parse_in(bytes, outer).map(|stt| stt.shape()),
    |bytes, outer, visitor| Stt::parse_in(bytes, outer).map(|stt| visitor(&stt)),
)
.specification("draft-davie-stt-08")
.claims(&[Key::tcp_port(PORT)])
.template(&[0; size_of::<SttHeader>()]);

// tshark -r xtask/packets/stt.txt -o ip.try_heuristic_first:TRUE -Y frame.number==1
#[cfg(test)]
layer_tests! {
    sample: Stt *b"\0\x05\0\0\0\0\x50\x07\x01\x02\x03\x04\x05\x06\x07\x08\0\0\
        \x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\0";
    fields: "stt.version=0 stt.flags=5 stt.flags.rsvd=0 stt.flags.tcp=0 stt.flags.ipv4=1 \
        stt.flags.csum_partial=0 stt.flags.csum_verified=1 stt.l4offset=0 stt.reserved=0 stt.mss=0 \
        stt.vlan=20487 stt.vlan.pcp=2 stt.vlan.v=1 stt.vlan.id=7 stt.context_id=72623859790382856 \
        stt.padding=0";
    edit: SttHeader, |header| header.set_vlan_id(8);
    bad: [0 = 1 => "version" 1];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ChecksumStatus, Decoder, Ethernet, EthernetHeader, Fix, Ipv4, Ipv4Header, Ipv6Header,
        LinkType, Packet, PacketBuilder, PacketMut, TcpBuilder, TcpOption, Udp, UdpHeader,
    };

    /// The packets of `xtask/packets`, by the file's name.
    fn packets(text: &str) -> Vec<Vec<u8>> {
        let lines = text.lines().filter(|line| !line.starts_with('#') && !line.starts_with("link"));
        let digits = lines.map(|line| line.split('#').next().unwrap());
        digits.map(crate::layers::from_hex).collect()
    }

    fn made() -> Vec<Vec<u8>> {
        packets(include_str!("../../../../xtask/packets/stt.txt"))
    }

    /// The layers of a packet by their names.
    fn names(packet: &Packet<'_>) -> String {
        let names = packet.layers().iter().filter_map(|span| packet.protocol(span));
        names.map(|protocol| protocol.name).collect::<Vec<_>>().join(" ")
    }

    #[track_caller]
    fn check(bytes: &[u8], expected: &str) {
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::ETHERNET, bytes);
        assert_eq!((names(&packet).as_str(), packet.error()), (expected, None));
        assert!(!packet.is_truncated());
    }

    /// The first packet with other bytes from a place on; 34 is where TCP starts, 54 where STT does.
    fn changed(place: usize, bytes: &[u8]) -> Vec<u8> {
        let mut packet = made().remove(0);
        packet[place..place + bytes.len()].copy_from_slice(bytes);
        packet
    }

    const TUNNEL: &str = "eth ip tcp stt eth ip udp";
    const CONNECTION: &str = "eth ip tcp";

    #[test]
    fn the_header_in_front_is_shown_as_tshark_shows_it() {
        let (decoder, packets) = (Decoder::default(), made());
        let packet = decoder.decode(LinkType::ETHERNET, &packets[0]);
        let stt = packet.get::<Stt<'_>>().unwrap();
        let front = "stt.stream_id=50000 stt.dport=7471 stt.pkt_len=62 stt.seg_off=0 stt.pkt_id=7 \
            stt.tcp=5018fffff2c40000 stt.tcp.data_offset=20 stt.tcp.flags=24 stt.tcp.flags.rsvd=0 \
            stt.tcp.flags.ns=0 stt.tcp.flags.cwr=0 stt.tcp.flags.ece=0 stt.tcp.flags.urg=0 \
            stt.tcp.flags.ack=1 stt.tcp.flags.psh=1 stt.tcp.flags.rst=0 stt.tcp.flags.syn=0 \
            stt.tcp.flags.fin=0 stt.tcp.window=65535 stt.tcp.urg_ptr=0 stt.checksum=62148 stt.version=0 ";
        assert!(stt.to_string().starts_with(front), "{stt}");
        assert_eq!((stt.context_id(), stt.vlan_id()), (0x0102_0304_0506_0708, Some(7)));
        assert_eq!(
            fmt::from_fn(|f| stt.summary(f)).to_string(),
            "context 72623859790382856 vlan 7"
        );
        assert!(stt.segment.unwrap().is_whole());
    }

    #[test]
    fn frames_are_found_over_ipv4_and_ipv6() {
        let packets = made();
        check(&packets[0], TUNNEL);
        check(&packets[3], "eth ipv6 tcp stt eth ipv6 udp");
        check(&packets[4], "eth ip tcp stt eth arp");
    }

    #[test]
    fn the_first_segment_of_several_is_read_as_far_as_it_is_there() {
        let (decoder, packets) = (Decoder::default(), made());
        check(&packets[1], "eth ip tcp stt eth ip tcp");
        let packet = decoder.decode(LinkType::ETHERNET, &packets[1]);
        let stt = packet.get::<Stt<'_>>().unwrap();
        let segment = stt.segment.unwrap();
        assert_eq!((segment.len, segment.frame_length(), segment.is_whole()), (150, 1608, false));
        assert_eq!((segment.identification(), segment.fragment_offset()), (8, 0));
        let summary = fmt::from_fn(|f| stt.summary(f)).to_string();
        assert_eq!(summary, "context 5 first 150 of 1608 bytes");
        assert_eq!(packet.get_last::<Tcp<'_>>().unwrap().payload.len(), 78);
        assert_eq!(packet.faults().count(), 0);
    }

    #[test]
    fn a_later_segment_is_the_payload_of_tcp() {
        check(&made()[2], CONNECTION);
    }

    #[test]
    fn a_frame_that_the_capture_cut_is_whole_and_truncated() {
        let (decoder, packets) = (Decoder::default(), made());
        let packet = decoder.decode(LinkType::ETHERNET, &packets[0][..114]);
        assert_eq!((names(&packet).as_str(), packet.is_truncated()), (TUNNEL, true));
        let segment = packet.get::<Stt<'_>>().unwrap().segment.unwrap();
        assert!(segment.is_whole(), "{segment:?}");
        assert_eq!(packet.get::<Udp<'_>>().unwrap().payload.len(), 0);
        for end in 0..packets[0].len() {
            let packet = decoder.decode(LinkType::ETHERNET, &packets[0][..end]);
            assert!(packet.get::<Stt<'_>>().is_none() || end >= 72);
        }
    }

    #[test]
    fn a_connection_to_the_port_is_one() {
        let connection = packets(include_str!("../../../../xtask/packets/stt-port.txt"));
        connection.iter().for_each(|packet| check(packet, CONNECTION));
    }

    #[test]
    fn whatever_speaks_against_a_segment_leaves_it_to_tcp() {
        check(&changed(34, &[]), TUNNEL);
        // From the port, and not to it.
        check(&changed(34, &[0x1d, 0x2f, 0xc3, 0x50]), CONNECTION);
        check(&changed(34, &[0x1d, 0x2f]), TUNNEL);
        // A frame length that is less than the segment has, or less than any frame: more is that of several segments.
        check(&changed(38, &[0, 61]), CONNECTION);
        check(&changed(38, &[0, 0]), CONNECTION);
        check(&changed(38, &[0, 63]), TUNNEL);
        // A fragment offset.
        check(&changed(40, &[0, 1]), CONNECTION);
        check(&changed(40, &[1, 0]), CONNECTION);
        // SYN, FIN and RST, and what is no flag of theirs.
        for (flags, expected) in [(0x02, CONNECTION), (0x11, CONNECTION), (0x04, CONNECTION)] {
            check(&changed(47, &[flags]), expected);
        }
        check(&changed(47, &[0]), TUNNEL);
        // The version, reserved flags, and the reserved byte.
        check(&changed(54, &[1]), CONNECTION);
        (4..8).for_each(|bit| check(&changed(55, &[1 << bit]), CONNECTION));
        check(&changed(55, &[0x0f]), TUNNEL);
        check(&changed(57, &[1]), CONNECTION);
    }

    #[test]
    fn what_is_in_several_segments_has_to_look_like_a_frame() {
        // An Ethernet type that hardly anybody sends, in one segment and as the first of several.
        let [mut whole, mut first] = [0, 63].map(|length| changed(38, &[0, length.max(62)]));
        [&mut whole, &mut first]
            .iter_mut()
            .for_each(|packet| packet[84..86].copy_from_slice(&[0x88, 0xb5]));
        check(&whole, "eth ip tcp stt eth");
        check(&first, CONNECTION);
    }

    /// Zeros are a header of STT, and the one in front is that of a first segment now and then.
    #[test]
    fn zeros_in_a_connection_stay_its_payload() {
        let ip = PacketBuilder::new(EthernetHeader::default()).ipv4(Ipv4Header::default());
        for upper in (1461..=u16::MAX).step_by(97) {
            let mut tcp = TcpHeader { destination_port: PORT.into(), ..TcpHeader::default() };
            tcp.sequence_number.set(u32::from(upper) << 16);
            check(&ip.tcp(tcp).payload(&[0; 1460]).unwrap(), CONNECTION);
        }
    }

    #[test]
    fn options_are_those_of_a_connection() {
        let frame = &made()[0][54..];
        let mut tcp = TcpHeader { destination_port: PORT.into(), ..TcpHeader::default() };
        tcp.sequence_number.set(62 << 16);
        let ip = PacketBuilder::new(EthernetHeader::default()).ipv4(Ipv4Header::default());
        check(&ip.tcp(tcp).payload(frame).unwrap(), TUNNEL);
        let options = [TcpOption::NoOperation; 4];
        let tcp = TcpBuilder { header: tcp, options: &options };
        check(&ip.then(tcp).payload(frame).unwrap(), CONNECTION);
    }

    #[test]
    fn a_tunnel_is_built_with_the_length_in_the_header_in_front() {
        let mut stt = SttHeader::default();
        stt.context_id.set(u64::MAX);
        let outer = PacketBuilder::new(EthernetHeader::default()).ipv6(Ipv6Header::default());
        let tunnel = outer.tcp(TcpHeader::default()).then(stt).ethernet(EthernetHeader::default());
        let packet = tunnel.ipv4(Ipv4Header::default()).udp(UdpHeader::default());
        let bytes = packet.payload(b"hi").unwrap();
        check(&bytes, "eth ipv6 tcp stt eth ip udp");
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::ETHERNET, &bytes);
        let stt = packet.get::<Stt<'_>>().unwrap();
        let segment = stt.segment.unwrap();
        assert_eq!(segment.header.destination_port.get(), PORT);
        assert_eq!((segment.frame_length(), segment.is_whole()), (18 + 14 + 20 + 8 + 2, true));
        assert_eq!((stt.context_id(), stt.vlan_id()), (u64::MAX, None));
        assert_eq!(packet.all::<Ethernet<'_>>().count(), 2);
        assert_eq!(packet.get::<Ipv4<'_>>().unwrap().payload.len(), 10);
        // What is given stays: that of a first segment.
        let tcp = TcpHeader { sequence_number: (9000 << 16).into(), ..TcpHeader::default() };
        let ip = PacketBuilder::new(EthernetHeader::default()).ipv4(Ipv4Header::default());
        let tunnel = ip.tcp(tcp).then(SttHeader::default()).ethernet(EthernetHeader::default());
        let bytes = tunnel.ipv4(Ipv4Header::default()).udp(UdpHeader::default()).build().unwrap();
        let packet = decoder.decode(LinkType::ETHERNET, &bytes);
        assert_eq!(packet.get::<Stt<'_>>().unwrap().segment.unwrap().frame_length(), 9000);
        let alone = PacketBuilder::new(TcpHeader::default()).then(SttHeader::default());
        assert!(alone.payload(&vec![0; 65_517]).is_ok());
        let text = alone.payload(&vec![0; 65_518]).unwrap_err().to_string();
        assert_eq!(text, "65536 does not fit the STT frame length of tcp");
    }

    #[test]
    fn a_checksum_that_is_left_to_a_card_is_not_known() {
        use ChecksumStatus::{Bad, Good, Unverified};

        let decoder = Decoder::default();
        let worth = |bytes: &[u8]| {
            let packet = decoder.decode(LinkType::ETHERNET, bytes);
            packet.verify_checksums().map(|checksum| checksum.status()).collect::<Vec<_>>()
        };
        assert_eq!(worth(&made()[0]), [Good; 4]);
        // UDP stands behind Ethernet and IPv4 in the frame, and its checksum is that of the packet's end.
        let partial = |flags: u8, l4_offset: u8| {
            let mut packet = changed(55, &[flags, l4_offset]);
            packet[112..114].copy_from_slice(&[1, 2]);
            let mut packet = PacketMut::new(&decoder, LinkType::ETHERNET, packet);
            packet.fix_layer(2, Fix::CHECKSUMS).unwrap();
            packet.into_bytes()
        };
        assert_eq!(worth(&partial(6, 34)), [Good, Good, Good, Unverified]);
        assert_eq!(worth(&partial(6, 33)), [Good, Good, Good, Bad]);
        assert_eq!(worth(&partial(5, 34)), [Good, Good, Good, Bad]);
    }

    #[test]
    fn every_field_of_the_header_is_set_by_its_name() {
        let decoder = Decoder::default();
        let mut packet = PacketMut::new(&decoder, LinkType::ETHERNET, made().remove(0));
        let values = [
            ("stt.context_id", "0xfedcba9876543210"),
            ("stt.mss", "1460"),
            ("stt.l4offset", "34"),
            ("stt.flags.csum_partial", "1"),
            ("stt.vlan.pcp", "7"),
            ("stt.vlan.id", "4095"),
            ("stt.vlan.v", "0"),
            ("stt.padding", "0x0102"),
            ("stt.reserved", "3"),
            ("stt.flags", "0xff"),
            ("stt.version", "2"),
        ];
        for (name, value) in values {
            packet.set(3, name, value).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        let bytes = packet.into_bytes();
        assert_eq!(
            bytes[54..72],
            *b"\x02\xff\x22\x03\x05\xb4\xef\xff\xfe\xdc\xba\x98\x76\x54\x32\x10\x01\x02"
        );
    }
}
