//! Headers made up around bytes that have none.

use std::net::IpAddr;

use rheos::core::{LinkType, Side};
use rheos::layers::{
    Encode, EncodeError, EthernetHeader, Fix, Ipv4Header, Ipv6Header, TcpFlags, TcpHeader,
    UdpHeader, serialize_layers,
};

/// Addresses, identification, hops and window are those that Wireshark's text2pcap makes up, so
/// that files of both compare.
const SOURCE_MAC: [u8; 6] = *b"\x20SEND\0";
const DESTINATION_MAC: [u8; 6] = *b"\x20RECV\0";
const IDENTIFICATION: u16 = 0x1234;
const TTL: u8 = 255;
const HOP_LIMIT: u8 = 32;
const WINDOW: u16 = 0x2000;
/// Frames are filled up to the shortest of Ethernet, without its check sequence.
const MIN_FRAME: usize = 60;

/// What stands in front of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carrier {
    /// Nothing: they are a whole packet.
    Bare,
    /// Ethernet, with this type.
    Frame(u16),
    /// IP, with this protocol.
    Ip(u8),
    /// UDP, from and to these ports.
    Udp(u16, u16),
    /// TCP, from and to these ports.
    Tcp(u16, u16),
}

/// A segment of TCP.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    pub(super) sequence: u32,
    pub(super) acknowledgment: u32,
    pub(super) flags: TcpFlags,
}

impl Default for Segment {
    /// The first of a flow, without a control bit.
    fn default() -> Self {
        Self { sequence: 0, acknowledgment: 0, flags: TcpFlags::empty() }
    }
}

/// Two ends, and how packets between them look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Envelope {
    pub(super) link_type: LinkType,
    pub(super) carrier: Carrier,
    pub(super) ends: (IpAddr, IpAddr),
}

impl Envelope {
    /// Bytes from one end, the initiator being the first, to the other. The segment says what only
    /// TCP needs.
    pub(super) fn wrap(
        &self,
        from: Side,
        segment: Segment,
        payload: &[u8],
    ) -> Result<Vec<u8>, EncodeError> {
        let is_back = from == Side::Responder;
        let swap = |(a, b)| if is_back { (b, a) } else { (a, b) };
        let (source, destination) = match (is_back, self.ends) {
            (true, (a, b)) => (b, a),
            (false, ends) => ends,
        };
        let (transport, protocol): (Option<Box<dyn Encode>>, u8) = match self.carrier {
            Carrier::Bare => return Ok(payload.to_vec()),
            Carrier::Frame(ether_type) => return self.frame(from, ether_type, payload),
            Carrier::Ip(protocol) => (None, protocol),
            Carrier::Udp(source, destination) => {
                (Some(Box::new(udp(swap((source, destination))))), 17)
            }
            Carrier::Tcp(source, destination) => {
                (Some(Box::new(tcp(swap((source, destination)), segment))), 6)
            }
        };
        let ip: Box<dyn Encode> = match (source, destination) {
            (IpAddr::V6(source), IpAddr::V6(destination)) => Box::new(Ipv6Header {
                next_header: protocol,
                hop_limit: HOP_LIMIT,
                source: source.octets(),
                destination: destination.octets(),
                ..Ipv6Header::default()
            }),
            (source, destination) => Box::new(Ipv4Header {
                identification: IDENTIFICATION.into(),
                ttl: TTL,
                protocol,
                source: v4(source),
                destination: v4(destination),
                ..Ipv4Header::default()
            }),
        };
        let frame = ethernet(from);
        let mut layers: Vec<&dyn Encode> = Vec::new();
        if self.link_type == LinkType::ETHERNET {
            layers.push(&frame);
        }
        layers.push(&*ip);
        layers.extend(transport.as_deref());
        let mut bytes = Vec::new();
        serialize_layers(&mut bytes, Fix::all(), &layers, payload)?;
        self.fill(&mut bytes);
        Ok(bytes)
    }

    fn frame(&self, from: Side, ether_type: u16, payload: &[u8]) -> Result<Vec<u8>, EncodeError> {
        let header = EthernetHeader { type_or_length: ether_type.into(), ..ethernet(from) };
        let mut bytes = Vec::new();
        header.encode(&mut bytes)?;
        bytes.extend_from_slice(payload);
        self.fill(&mut bytes);
        Ok(bytes)
    }

    fn fill(&self, bytes: &mut Vec<u8>) {
        if self.link_type == LinkType::ETHERNET {
            bytes.resize(bytes.len().max(MIN_FRAME), 0);
        }
    }
}

fn ethernet(from: Side) -> EthernetHeader {
    let (source, destination) = match from {
        Side::Initiator => (SOURCE_MAC, DESTINATION_MAC),
        Side::Responder => (DESTINATION_MAC, SOURCE_MAC),
    };
    EthernetHeader { source, destination, ..EthernetHeader::default() }
}

fn udp((source, destination): (u16, u16)) -> UdpHeader {
    UdpHeader {
        source_port: source.into(),
        destination_port: destination.into(),
        ..UdpHeader::default()
    }
}

fn tcp((source, destination): (u16, u16), segment: Segment) -> TcpHeader {
    let mut header = TcpHeader {
        source_port: source.into(),
        destination_port: destination.into(),
        sequence_number: segment.sequence.into(),
        acknowledgment_number: segment.acknowledgment.into(),
        window: WINDOW.into(),
        ..TcpHeader::default()
    };
    header.set_control_bits(segment.flags);
    header
}

/// The arguments make sure that both ends are of one version.
fn v4(address: IpAddr) -> [u8; 4] {
    match address {
        IpAddr::V4(address) => address.octets(),
        IpAddr::V6(_) => [0; 4],
    }
}
