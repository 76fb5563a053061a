//! From the bytes of most packets to their five-tuple in a straight line, without decoding them.

use rheos_core::{LinkType, RawPacket};
use rheos_layers::{Decoder, EtherType, Ethernet, IpProtocol, Ipv4, Ipv6, Layer, LayerType};
use rheos_layers::{Tcp, Vlan};

use super::FiveTupleKey;
use super::decoded::{Front, is_extension, ports_of};
use crate::{Extracted, L4Proto, Orientation, TcpInfo};

/// The first byte of IPv4 without options: version 4, five words of header.
const PLAIN_IPV4: u8 = 0x45;
/// Bytes of that header.
const IPV4_LEN: u16 = 20;
/// Bytes of the header of IPv6.
const IPV6_LEN: u16 = 40;
/// Where IP starts behind Ethernet, and where behind one tag.
const BEHIND_ETHERNET: u32 = 14;
const BEHIND_TAG: u32 = 18;

/// What is no IP and has none in it, and what it is: not all such, but those that there are many of.
const WITHOUT_IP: [(EtherType, LayerType); 3] = [
    (EtherType::ARP, LayerType::ARP),
    (EtherType::PTP, LayerType::PTP),
    (EtherType::LLDP, LayerType::LLDP),
];

/// Whether a decoder finds the layers that the line takes for granted: nobody overrode the claims
/// that lead along it, and TCP is where its number is and nowhere else.
pub(super) fn agrees(decoder: &Decoder) -> bool {
    let v4 = |protocol| {
        let mut frame = *b"\0\0\0\0\0\0\0\0\0\0\0\0\x81\0\0\0\x08\0\
            \x45\0\0\x28\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
            \0\0\0\0\0\0\0\0\0\0\0\0\x50\0\0\0\0\0\0\0";
        frame[27] = protocol;
        let packet = decoder.decode(LinkType::ETHERNET, &frame);
        let mut layers = packet.layers().iter().map(|span| span.layer);
        let front = [LayerType::ETHERNET, LayerType::VLAN, LayerType::IPV4];
        layers.by_ref().take(3).eq(front)
            && (layers.next() == Some(LayerType::TCP)) == (protocol == IpProtocol::TCP.0)
    };
    let v6 = b"\0\0\0\0\0\0\0\0\0\0\0\0\x86\xdd\
        \x60\0\0\0\0\0\x3b\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
        \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    let v6 = decoder.decode(LinkType::ETHERNET, v6);
    let v6 = v6.layers().iter().map(|span| span.layer);
    v6.eq([LayerType::ETHERNET, LayerType::IPV6])
        && WITHOUT_IP.into_iter().all(|(ether_type, layer)| leads_to(decoder, ether_type, layer))
        && (0..=u8::MAX).all(v4)
}

/// Whether a type of Ethernet leads a decoder to a layer, well formed or not.
fn leads_to(decoder: &Decoder, ether_type: EtherType, layer: LayerType) -> bool {
    let frame = [&[0; 12][..], &ether_type.0.to_be_bytes(), &[0; 46]].concat();
    let packet = decoder.decode(LinkType::ETHERNET, &frame);
    let found = packet.layers().get(1).map(|span| span.layer);
    found.or(packet.error().map(|error| error.layer)) == Some(layer)
}

/// Reads Ethernet with a tag or none, IP without options and extensions, and what it carries. `None`
/// for everything else and where a header is amiss: decoding tells what that is.
#[inline(always)]
#[allow(clippy::arithmetic_side_effects, reason = "sums of a few 16-bit numbers")]
pub(super) fn extract(raw: &RawPacket<'_>) -> Option<Extracted<FiveTupleKey>> {
    let (ether_type, packet, ip_start) = network(raw)?;
    match ether_type {
        EtherType::IPV4
            if packet.first_chunk::<{ IPV4_LEN as usize }>()?.starts_with(&[PLAIN_IPV4]) =>
        {
            let ip = Ipv4::parse(packet).ok()?;
            let total_length = ip.header.total_length.get();
            if ip.is_fragment() || total_length < IPV4_LEN {
                return None;
            }
            let transport = Transport::parse(ip.protocol(), ip.payload)?;
            let addresses = [ip.header.source, ip.header.destination];
            let key = FiveTupleKey::ipv4(addresses, transport.ports, ip.protocol());
            Some(transport.extracted(key, total_length.into(), (ip_start, IPV4_LEN)))
        }
        EtherType::IPV6 => {
            let ip = Ipv6::parse(packet).ok()?;
            let payload_length = ip.header.payload_length.get();
            if payload_length == 0 {
                return None;
            }
            let transport = Transport::parse(ip.next_header(), ip.payload)?;
            let addresses = [ip.header.source, ip.header.destination];
            let key = FiveTupleKey::ipv6(addresses, transport.ports, ip.next_header());
            Some(transport.extracted(
                key,
                u32::from(payload_length) + u32::from(IPV6_LEN),
                (ip_start, IPV6_LEN),
            ))
        }
        _ => None,
    }
}

/// The hosts of IP behind Ethernet with a tag or none, unless it carries a control message, or what may stand in
/// front of one: that is left to decoding. The rest of the packet may be amiss.
#[inline(always)]
pub(super) fn hosts(raw: &RawPacket<'_>) -> Option<[u128; 2]> {
    let (ether_type, packet, _) = network(raw)?;
    match ether_type {
        EtherType::IPV4 => {
            let [version, _, _, _, _, _, _, _, _, protocol, _, _, addresses @ ..] =
                packet.first_chunk::<{ IPV4_LEN as usize }>()?;
            let both = u64::from_be_bytes(*addresses);
            let is_usual = version >> 4 == 4 && !may_be_message(IpProtocol(*protocol));
            is_usual.then(|| [both >> u32::BITS, both & u64::from(u32::MAX)].map(u128::from))
        }
        EtherType::IPV6 => {
            let [version, _, _, _, _, _, next_header, _, addresses @ ..] =
                packet.first_chunk::<{ IPV6_LEN as usize }>()?;
            let (addresses, _) = addresses.as_chunks();
            let is_usual = version >> 4 == 6 && !may_be_message(IpProtocol(*next_header));
            addresses.first_chunk().filter(|_| is_usual).map(|ends| ends.map(u128::from_be_bytes))
        }
        _ => None,
    }
}

fn may_be_message(protocol: IpProtocol) -> bool {
    matches!(protocol, IpProtocol::ICMPV4 | IpProtocol::ICMPV6) || is_extension(protocol)
}

/// What stands behind Ethernet with a tag or none: its type, its bytes, and where it starts.
#[inline(always)]
fn network<'a>(raw: &RawPacket<'a>) -> Option<(EtherType, &'a [u8], u32)> {
    if raw.link_type != LinkType::ETHERNET {
        return None;
    }
    let frame = Ethernet::parse(raw.data).ok()?;
    let ether_type = frame.ether_type()?;
    if ether_type == EtherType::VLAN {
        let tag = Vlan::parse(frame.payload).ok()?;
        return Some((tag.ether_type()?, tag.payload, BEHIND_TAG));
    }
    Some((ether_type, frame.payload, BEHIND_ETHERNET))
}

/// Whether a packet is of a kind that never has IP in it, of which many networks have many.
#[inline(always)]
pub(super) fn has_no_ip(raw: &RawPacket<'_>) -> bool {
    let is = |ether_type| WITHOUT_IP.iter().any(|(known, _)| *known == ether_type);
    network(raw).is_some_and(|(ether_type, ..)| is(ether_type))
}

/// What the header behind IP says.
struct Transport {
    l4: L4Proto,
    ports: [u16; 2],
    header_len: u16,
    /// Type and code of a control message.
    message: Option<(u8, u8)>,
    tcp: Option<TcpInfo>,
}

impl Transport {
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, reason = "a header of TCP has 60 bytes at most")]
    #[allow(clippy::arithmetic_side_effects, reason = "the same")]
    fn parse(protocol: IpProtocol, bytes: &[u8]) -> Option<Self> {
        if protocol == IpProtocol::TCP {
            let tcp = Tcp::parse(bytes).ok()?;
            return Some(Self {
                l4: L4Proto::Tcp,
                ports: [tcp.source_port(), tcp.destination_port()],
                header_len: 20 + tcp.option_bytes.len() as u16,
                message: None,
                tcp: Some(TcpInfo::of(&tcp)),
            });
        }
        let Front { ports, header_len, message } = match (protocol, bytes) {
            (IpProtocol::UDP, &[a, b, c, d, ..]) => {
                let ports = [u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])];
                Front { ports, header_len: 8, message: None }
            }
            _ if is_extension(protocol) => return None,
            _ => ports_of(protocol, bytes)?,
        };
        Some(Self { l4: protocol.into(), ports, header_len, message, tcp: None })
    }

    #[inline(always)]
    #[allow(clippy::arithmetic_side_effects, reason = "two headers have 100 bytes at most")]
    fn extracted(
        self,
        (mut key, orientation): (FiveTupleKey, Orientation),
        ip_length: u32,
        (ip_start, header_len): (u32, u16),
    ) -> Extracted<FiveTupleKey> {
        if let Some((kind, code)) = self.message {
            key = key.with_message(orientation, kind, code);
        }
        let headers = u32::from(header_len + self.header_len);
        Extracted {
            key,
            orientation,
            l4: Some(self.l4),
            tcp: self.tcp,
            ip_length,
            payload_length: ip_length.saturating_sub(headers),
            payload_start: Some(ip_start + headers),
            is_first_fragment: false,
        }
    }
}
