//! What the headers of a packet say beyond its key.

use rheos_layers::{
    Ethernet, IpProtocol, Ipv4, Ipv4Flags, Ipv6, LayerType, Mpls, Packet, Span, Tcp, TcpOption,
    Vlan,
};

use crate::OuterPath;
use crate::five_tuple::dccp_header_len;

/// What the headers of a packet say beyond its key: of the outermost IP, of TCP or ICMP behind it,
/// and of what is in front of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[allow(clippy::struct_excessive_bools, reason = "each is a bit of a header")]
pub struct PacketDetail {
    /// Time to live, or the hop limit of IPv6.
    pub ttl: u8,
    /// Type of service, or the traffic class of IPv6.
    pub tos: u8,
    /// The identification of IPv4.
    pub identification: Option<u16>,
    /// Whether routers must not cut the packet, as those of IPv6 never do.
    pub dont_fragment: bool,
    /// Whether it is a fragment.
    pub is_fragment: bool,
    /// Whether it is one without the header of what IP carries.
    pub is_later_fragment: bool,
    /// Bytes behind the transport header that were captured and are not padding of the frame.
    pub captured_payload: u32,
    /// Where in the captured bytes those start.
    pub payload_start: u32,
    /// Bytes behind the header of UDP, as that says.
    pub udp_length: Option<u16>,
    /// Options of TCP.
    pub tcp: TcpDetail,
    /// Type and code of ICMP or `ICMPv6`.
    pub icmp: Option<(u8, u8)>,
    /// Whether a checksum is wrong: of IP, or of what it carries. Known if the extractor verifies.
    pub is_corrupt: bool,
    /// Source and destination of the innermost Ethernet in front of IP.
    pub macs: Option<([u8; 6], [u8; 6])>,
    /// The outermost two VLAN identifiers in front of IP.
    pub vlans: [Option<u16>; 2],
    /// The label at the bottom of an MPLS stack in front of IP.
    pub mpls_label: Option<u32>,
    /// What the packet came in, if an [`Inner`](crate::Inner) took that off.
    pub outer: OuterPath,
}

/// Options of a segment of TCP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TcpDetail {
    /// The largest segment that the sender takes, in bytes of payload.
    pub mss: Option<u16>,
    /// By how many bits the sender's windows are shifted.
    pub window_scale: Option<u8>,
    /// Whether the sender understands selective acknowledgments.
    pub sack_permitted: bool,
    /// Runs of bytes that it acknowledges selectively.
    pub sack_blocks: u8,
    /// The sender's clock, and what it saw last of the receiver's.
    pub timestamps: Option<(u32, u32)>,
}

impl PacketDetail {
    /// What a packet says; `None` without IP.
    pub fn of(packet: &Packet<'_>) -> Option<Self> {
        Self::of_layers(packet, packet.own_layers())
    }

    /// The same of these layers of a packet.
    pub(crate) fn of_layers(packet: &Packet<'_>, spans: &[Span]) -> Option<Self> {
        let at = spans.iter().position(|s| matches!(s.layer, LayerType::IPV4 | LayerType::IPV6))?;
        let (front, rest) = spans.split_at_checked(at)?;
        let (span, behind) = rest.split_first()?;
        let mut detail = Self::default();
        let mut protocol = detail.network(packet, span)?;
        let mut last = span;
        for span in behind {
            let IpProtocol(number) = protocol;
            if !matches!(number, 0 | 43 | 44 | 51 | 60) {
                break;
            }
            let Some(&next) = packet.bytes_of(span).first() else { break };
            if let (LayerType::IPV6_FRAGMENT, &[_, _, high, low, ..]) =
                (span.layer, packet.bytes_of(span))
            {
                // RFC 8200 section 4.5: the offset, two bits without a meaning, and whether more follow.
                let field = u16::from_be_bytes([high, low]);
                detail.is_fragment = field & 0xfff9 != 0;
                detail.is_later_fragment = field & 0xfff8 != 0;
            }
            (protocol, last) = (IpProtocol(next), span);
        }
        let payload = packet.payload_of(last);
        detail.payload_start = last.start.saturating_add(last.header_len.into());
        if !detail.is_later_fragment {
            detail.transport(packet, behind, protocol, payload);
        }
        detail.link(packet, front);
        Some(detail)
    }

    fn network(&mut self, packet: &Packet<'_>, span: &Span) -> Option<IpProtocol> {
        if let Some(ip) = packet.view::<Ipv4<'_>>(span) {
            self.ttl = ip.header.ttl;
            self.tos = ip.header.type_of_service;
            self.identification = Some(ip.header.identification.get());
            self.dont_fragment = ip.flags().contains(Ipv4Flags::DONT_FRAGMENT);
            self.is_fragment = ip.is_fragment();
            self.is_later_fragment = ip.fragment_offset() != 0;
            return Some(ip.protocol());
        }
        let ip = packet.view::<Ipv6<'_>>(span)?;
        (self.ttl, self.tos, self.dont_fragment) = (ip.hop_limit(), ip.traffic_class(), true);
        Some(ip.next_header())
    }

    fn transport(
        &mut self,
        packet: &Packet<'_>,
        behind: &[Span],
        protocol: IpProtocol,
        payload: &[u8],
    ) {
        let header_len = match protocol {
            IpProtocol::TCP => {
                let span = behind.iter().find(|span| span.layer == LayerType::TCP);
                let tcp = span.and_then(|span| packet.view::<Tcp<'_>>(span));
                if let Some(tcp) = &tcp {
                    self.tcp = TcpDetail::of(tcp);
                }
                tcp.map_or(20, |tcp| tcp.option_bytes.len().saturating_add(20))
            }
            IpProtocol::UDP | IpProtocol::UDP_LITE => {
                if let &[_, _, _, _, a, b, ..] = payload {
                    self.udp_length = Some(u16::from_be_bytes([a, b]).saturating_sub(8));
                }
                8
            }
            IpProtocol::SCTP => 12,
            IpProtocol::DCCP => dccp_header_len(payload).into(),
            IpProtocol::ICMPV4 | IpProtocol::ICMPV6 => {
                if let &[kind, code, ..] = payload {
                    self.icmp = Some((kind, code));
                }
                8
            }
            _ => 0,
        };
        let length = payload.len().saturating_sub(header_len);
        self.captured_payload = u32::try_from(length).unwrap_or(u32::MAX);
        let header_len = u32::try_from(header_len).unwrap_or(u32::MAX);
        self.payload_start = self.payload_start.saturating_add(header_len);
    }

    /// Adds what the packet came in: the layers in front of its first span. Addresses and tags of the
    /// frame around it count, unless it has some of its own.
    pub(crate) fn wrap(&mut self, packet: &Packet<'_>, front: &[Span]) {
        let mut outer = OuterPath::of(packet, front);
        outer.extend(&self.outer);
        let mut around = Self { outer, ..Self::default() };
        around.link(packet, front);
        self.outer = around.outer;
        if self.macs.is_none() {
            (self.macs, self.vlans) = (around.macs, around.vlans);
        }
        self.mpls_label = self.mpls_label.or(around.mpls_label);
    }

    fn link(&mut self, packet: &Packet<'_>, front: &[Span]) {
        let mut vlans = self.vlans.iter_mut();
        for span in front {
            if let Some(frame) = packet.view::<Ethernet<'_>>(span) {
                self.macs = Some((frame.source(), frame.destination()));
            } else if let Some(tag) = packet.view::<Vlan<'_>>(span) {
                if let Some(place) = vlans.next() {
                    *place = Some(tag.id());
                }
            } else if let Some(entry) = packet.view::<Mpls<'_>>(span) {
                self.mpls_label = Some(entry.label().0);
            }
        }
    }
}

impl TcpDetail {
    fn of(tcp: &Tcp<'_>) -> Self {
        let mut detail = Self::default();
        for option in tcp.options().map_while(Result::ok) {
            match option {
                TcpOption::MaximumSegmentSize(mss) => detail.mss = Some(mss),
                TcpOption::WindowScale(shift) => detail.window_scale = Some(shift),
                TcpOption::SackPermitted => detail.sack_permitted = true,
                TcpOption::Sack(blocks) => {
                    detail.sack_blocks = u8::try_from(blocks.len()).unwrap_or(u8::MAX);
                }
                TcpOption::Timestamps { value, echo_reply } => {
                    detail.timestamps = Some((value, echo_reply));
                }
                _ => {}
            }
        }
        detail
    }
}
