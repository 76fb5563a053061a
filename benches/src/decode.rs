//! From the bytes of a packet to the ports of its TCP or UDP header.

use std::hint::black_box;

use etherparse::{SlicedPacket, TransportSlice};
use packet_strata::packet::header::TransportLayer;
use packet_strata::packet::iter::LinkType as StrataLinkType;
use packet_strata::packet::{Packet as StrataPacket, ParseMode};
use pnet_packet::Packet as _;
use pnet_packet::ethernet::{EtherTypes, EthernetPacket};
use pnet_packet::ip::{IpNextHeaderProtocol, IpNextHeaderProtocols};
use pnet_packet::ipv4::Ipv4Packet;
use pnet_packet::ipv6::Ipv6Packet;
use pnet_packet::tcp::TcpPacket;
use pnet_packet::udp::UdpPacket;
use rheos_layers::{Ethernet, FixedDecoder, Ipv4, LayerClass, LinkType, Packet, Tcp, Udp};

use crate::{Frame, Input, Job, Mode, Way, hand};

/// Decoding a stack of headers that is known beforehand.
///
/// The budget was set beside the hand-written read of addresses and ports of TCP and UDP; the read of
/// the same port of the same packets stands behind it.
pub(crate) fn fixed<'a>(input: &'a Input<'a>) -> Job<'a> {
    let frames = &input.frames;
    let ways = vec![
        Way::each("rheos FixedDecoder", frames, |frame| {
            let stack = FixedDecoder::<(Ethernet<'_>, Ipv4<'_>, Tcp<'_>)>::decode(frame.data);
            let (_, _, tcp) = stack.ok()?;
            Some(tcp.destination_port().into())
        }),
        hand_written(frames).budget(1.25),
        Way::each("hand-written, TCP port only", frames, |frame| hand::tcp_port(frame.data)),
        etherparse(frames).budget(0.4),
        etherparse_port(frames),
        pnet(frames),
    ];
    Job { name: "fixed decode", packets: frames.len() as u64, ways }
}

/// Decoding as far as TCP or UDP, every layer registered: no peer's decoder goes further.
pub(crate) fn table<'a>(input: &'a Input<'a>) -> Job<'a> {
    let Input { frames, decoder, .. } = input;
    let packet = || Packet::new(decoder);
    let rheos = Way::stateful("rheos Packet in place", frames, packet, |packet, frame| {
        packet.decode_until(LinkType::ETHERNET, frame.data, LayerClass::IP_TRANSPORT);
        ports(black_box(packet))
    });
    let mut ways = vec![
        rheos,
        hand_written(frames).budget(2.0),
        etherparse(frames).budget(0.6),
        etherparse_port(frames),
        strata(frames).budget(0.8),
        pnet(frames),
    ];
    ways.extend(
        input.gopacket.as_ref().map(|gopacket| gopacket.way(Mode::Ports, &input.written.pcap)),
    );
    Job { name: "table decode and get", packets: frames.len() as u64, ways }
}

/// Decoding whatever there is, into what programs say to each other. The peers stop in front of that.
pub(crate) fn whole<'a>(input: &'a Input<'a>) -> Job<'a> {
    let Input { frames, decoder, .. } = input;
    let packet = || Packet::new(decoder);
    let rheos = Way::stateful("rheos Packet in place", frames, packet, |packet, frame| {
        packet.decode(LinkType::ETHERNET, frame.data);
        ports(black_box(packet))
    });
    let ways = vec![rheos, hand_written(frames), etherparse(frames), strata(frames)];
    Job { name: "table decode, all layers", packets: frames.len() as u64, ways }
}

/// The packet is looked at from outside before the ports are asked for, as those of the peers are:
/// it has to be whole, whatever is asked of it later.
#[inline(always)]
fn ports(packet: &Packet<'_>) -> Option<u64> {
    match packet.get::<Tcp<'_>>() {
        Some(tcp) => Some(tcp.destination_port().into()),
        None => Some(packet.get::<Udp<'_>>()?.destination_port().into()),
    }
}

fn hand_written<'a>(frames: &'a [Frame<'a>]) -> Way<'a> {
    Way::each("hand-written", frames, |frame| hand::ports(frame.data))
}

fn etherparse<'a>(frames: &'a [Frame<'a>]) -> Way<'a> {
    Way::each("etherparse SlicedPacket", frames, |frame| {
        let packet = SlicedPacket::from_ethernet(frame.data).ok()?;
        etherparse_ports(black_box(&packet))
    })
}

/// Without a packet that is looked at from outside: what the compiler leaves of etherparse when
/// nothing but the port is wanted, and it sees all of it.
fn etherparse_port<'a>(frames: &'a [Frame<'a>]) -> Way<'a> {
    Way::each("etherparse, port only", frames, |frame| {
        etherparse_ports(&SlicedPacket::from_ethernet(frame.data).ok()?)
    })
}

fn etherparse_ports(packet: &SlicedPacket<'_>) -> Option<u64> {
    match packet.transport.as_ref()? {
        TransportSlice::Tcp(tcp) => Some(tcp.destination_port().into()),
        TransportSlice::Udp(udp) => Some(udp.destination_port().into()),
        _ => None,
    }
}

/// Through tunnels, as rheos goes; inlined, because the packet is large and its user would not move it.
#[inline(always)]
pub(crate) fn strata_packet<'a>(frame: &Frame<'a>) -> Option<StrataPacket<'a>> {
    StrataPacket::from_bytes(frame.data, StrataLinkType::Ethernet, ParseMode::Innermost).ok()
}

fn strata<'a>(frames: &'a [Frame<'a>]) -> Way<'a> {
    Way::each("packet-strata Packet", frames, |frame| {
        let packet = strata_packet(frame)?;
        match black_box(&packet).transport()? {
            TransportLayer::Tcp(tcp) => Some(tcp.header.dst_port().into()),
            TransportLayer::Udp(udp) => Some(udp.dst_port().into()),
            _ => None,
        }
    })
}

fn pnet<'a>(frames: &'a [Frame<'a>]) -> Way<'a> {
    Way::each("pnet_packet views", frames, |frame| {
        let ethernet = EthernetPacket::new(frame.data)?;
        match ethernet.get_ethertype() {
            EtherTypes::Ipv4 => {
                let ip = Ipv4Packet::new(ethernet.payload())?;
                pnet_port(ip.get_next_level_protocol(), ip.payload())
            }
            EtherTypes::Ipv6 => {
                let ip = Ipv6Packet::new(ethernet.payload())?;
                pnet_port(ip.get_next_header(), ip.payload())
            }
            _ => None,
        }
    })
}

fn pnet_port(protocol: IpNextHeaderProtocol, segment: &[u8]) -> Option<u64> {
    match protocol {
        IpNextHeaderProtocols::Tcp => Some(TcpPacket::new(segment)?.get_destination().into()),
        IpNextHeaderProtocols::Udp => Some(UdpPacket::new(segment)?.get_destination().into()),
        _ => None,
    }
}
