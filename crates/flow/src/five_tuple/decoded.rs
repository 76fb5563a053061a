//! From a decoded packet, whatever it is made of, to its five-tuple.

use rheos_layers::{
    IpProtocol, Ipv4Flags, Ipv4Header, Ipv6Header, KeyKind, LayerType, Next, Packet,
};
use rheos_layers::{Span, Tcp};

use super::FiveTupleKey;
use super::icmp::Message;
use crate::{Extracted, Orientation, TcpInfo};

/// Reads the outermost IP and what is behind it.
pub(super) fn extract(packet: &Packet<'_>) -> Option<Extracted<FiveTupleKey>> {
    extract_from(packet, packet.own_layers())
}

/// Reads the outermost IP of these layers and what is behind it.
pub(super) fn extract_from(packet: &Packet<'_>, spans: &[Span]) -> Option<Extracted<FiveTupleKey>> {
    let at = spans.iter().position(|s| matches!(s.layer, LayerType::IPV4 | LayerType::IPV6))?;
    let (span, behind) = spans.get(at..)?.split_first()?;
    if span.layer == LayerType::IPV4 {
        let ip: &Ipv4Header = packet.header(span)?;
        let protocol = IpProtocol(ip.protocol);
        if ip.fragment_offset() != 0 && is_told_by_first(protocol) {
            return None;
        }
        let length = match ip.total_length.get() {
            0 => span.len,
            length => length.into(),
        };
        let has_more = ip.flags().contains(Ipv4Flags::MORE_FRAGMENTS);
        let is_first_fragment = has_more && is_told_by_first(protocol);
        let mut network = Network { protocol, ip: span, length, is_first_fragment };
        let (last, transport) = network.extensions(packet, behind)?;
        let protocol = network.protocol;
        let key = |ports| FiveTupleKey::ipv4([ip.source, ip.destination], ports, protocol);
        return network.transport(packet, last, transport, key);
    }
    let ip: &Ipv6Header = packet.header(span)?;
    let length = match ip.payload_length.get() {
        0 => span.len,
        length => u32::from(length).saturating_add(u32::from(span.header_len)),
    };
    let protocol = IpProtocol(ip.next_header);
    let mut network = Network { protocol, ip: span, length, is_first_fragment: false };
    let (last, transport) = network.extensions(packet, behind)?;
    let protocol = network.protocol;
    let key = |ports| FiveTupleKey::ipv6([ip.source, ip.destination], ports, protocol);
    network.transport(packet, last, transport, key)
}

/// What IP says of the packet behind it.
struct Network<'s> {
    /// What it carries.
    protocol: IpProtocol,
    ip: &'s Span,
    /// Bytes from the start of the header on, as the header says.
    length: u32,
    is_first_fragment: bool,
}

impl<'s> Network<'s> {
    /// Steps over the extension headers of IPv6, of which IPv4 has one too. Returns the last header, and what is behind it;
    /// `None` for a fragment without the front of its datagram, and where the headers are cut off.
    fn extensions(
        &mut self,
        packet: &Packet<'_>,
        mut behind: &'s [Span],
    ) -> Option<(&'s Span, Option<&'s Span>)> {
        let mut last = self.ip;
        while is_extension(self.protocol) {
            let (span, rest) = behind.split_first()?;
            let shape = packet.shape(span)?;
            let (key, is_first_fragment) = match shape.next {
                Next::One(key) => (key, false),
                Next::FirstFragment(key) => (key, true),
                _ if span.layer == LayerType::IPV6_FRAGMENT => {
                    let next = IpProtocol(*packet.bytes_of(span).first()?);
                    self.protocol = next;
                    return (!is_told_by_first(next)).then_some((span, None));
                }
                _ => return None,
            };
            let KeyKind::IpProtocol(next) = key.kind() else { return None };
            self.protocol = next;
            self.is_first_fragment |= is_first_fragment && is_told_by_first(next);
            (last, behind) = (span, rest);
        }
        Some((last, behind.first()))
    }

    /// Reads ports and lengths behind the last header of IP.
    #[allow(clippy::arithmetic_side_effects, reason = "the sum of two 16-bit numbers")]
    fn transport(
        &self,
        packet: &Packet<'_>,
        last: &Span,
        transport: Option<&Span>,
        key: impl FnOnce([u16; 2]) -> (FiveTupleKey, Orientation),
    ) -> Option<Extracted<FiveTupleKey>> {
        let tcp = transport.filter(|span| span.layer == LayerType::TCP);
        let (front, tcp) = if let Some(span) = tcp {
            let tcp: Tcp<'_> = packet.view(span)?;
            let ports = [tcp.source_port(), tcp.destination_port()];
            (Front { ports, header_len: span.header_len, message: None }, Some(TcpInfo::of(&tcp)))
        } else {
            let bytes = packet.bytes_of(last).get(usize::from(last.header_len)..)?;
            (ports_of(self.protocol, bytes)?, None)
        };
        let Front { ports, header_len, message } = front;
        let (mut key, orientation) = key(ports);
        if let Some((kind, code)) = message {
            key = key.with_message(orientation, kind, code);
        }
        let front = last.start.saturating_sub(self.ip.start);
        let headers = front.saturating_add(u32::from(last.header_len) + u32::from(header_len));
        Some(Extracted {
            key,
            orientation,
            l4: Some(self.protocol.into()),
            tcp,
            ip_length: self.length,
            payload_length: self.length.saturating_sub(headers),
            payload_start: Some(self.ip.start.saturating_add(headers)),
            is_first_fragment: self.is_first_fragment,
        })
    }
}

/// Whether a header of IPv6 only stands in front of what the packet carries.
pub(super) fn is_extension(protocol: IpProtocol) -> bool {
    matches!(
        protocol,
        IpProtocol::HOP_BY_HOP
            | IpProtocol::ROUTING
            | IpProtocol::FRAGMENT
            | IpProtocol::DESTINATION_OPTIONS
            | IpProtocol::AH
    )
}

/// Whether the first fragment of a datagram alone tells its flow: what has ports there, or a message; what
/// stands in front of that; and tunnels, in which there may be any flow. All fragments of others have one key.
fn is_told_by_first(protocol: IpProtocol) -> bool {
    /// IP in IP, GRE, Ethernet in IP, L2TP and MPLS in IP.
    const TUNNELS: [u8; 6] = [4, 41, 47, 97, 115, 137];
    let has_front = matches!(
        protocol,
        IpProtocol::TCP
            | IpProtocol::UDP
            | IpProtocol::UDP_LITE
            | IpProtocol::DCCP
            | IpProtocol::SCTP
            | IpProtocol::ICMPV4
            | IpProtocol::ICMPV6
    );
    has_front || is_extension(protocol) || TUNNELS.contains(&protocol.0)
}

/// Ports and length of the header of what IP carries, and type and code of a control message; `None`
/// if the ports are cut off.
pub(super) fn ports_of(protocol: IpProtocol, bytes: &[u8]) -> Option<Front> {
    let ports = |header_len| {
        let &[a, b, c, d, ..] = bytes else { return None };
        let ports = [u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])];
        Some(Front { ports, header_len, message: None })
    };
    match protocol {
        // A TCP header cut short still has its ports; how long it was is not known.
        IpProtocol::TCP => ports(20),
        IpProtocol::UDP | IpProtocol::UDP_LITE => ports(8),
        IpProtocol::SCTP => ports(12),
        IpProtocol::DCCP => ports(dccp_header_len(bytes)),
        IpProtocol::ICMPV4 | IpProtocol::ICMPV6 => {
            Some(control_message(protocol == IpProtocol::ICMPV6, bytes))
        }
        _ => Some(Front { ports: [0, 0], header_len: 0, message: None }),
    }
}

/// Bytes of a header of DCCP: the fifth counts the words of it, options and all, of which there are three at
/// least, [RFC 4340](https://www.rfc-editor.org/rfc/rfc4340#section-5.1).
pub(crate) fn dccp_header_len(bytes: &[u8]) -> u16 {
    bytes.get(4).map_or(12, |words| u16::from(*words).saturating_mul(4).max(12))
}

/// What the front of a header behind IP says.
pub(super) struct Front {
    pub(super) ports: [u16; 2],
    pub(super) header_len: u16,
    /// Type and code of a control message.
    pub(super) message: Option<(u8, u8)>,
}

/// A control message, with its identifier in the place of both ports if its type has one.
fn control_message(is_v6: bool, bytes: &[u8]) -> Front {
    let nothing = Front { ports: [0, 0], header_len: 8, message: None };
    let &[kind, code, ref rest @ ..] = bytes else { return nothing };
    let ports = match *rest {
        [_, _, a, b, ..] if Message::new(is_v6, kind, code).has_identifier => {
            [u16::from_be_bytes([a, b]); 2]
        }
        _ => [0, 0],
    };
    Front { ports, message: Some((kind, code)), ..nothing }
}
