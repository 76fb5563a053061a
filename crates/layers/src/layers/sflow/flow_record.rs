//! What flow records of sFlow say, [sFlow.org](https://sflow.org/sflow_version_5.txt) section 5, "Flow Data
//! Types", and [sFlow tunnels](https://sflow.org/sflow_tunnels.txt).

use std::net::IpAddr;

use zerocopy::network_endian::U32;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::counter_record::front;

/// Addresses of a frame.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct SflowEthernetFrame {
    /// Bytes on the wire, without layers in front.
    pub length: U32,
    pub source: [u8; 6],
    pub source_padding: [u8; 2],
    pub destination: [u8; 6],
    pub destination_padding: [u8; 2],
    pub packet_type: U32,
}

/// What an IPv4 packet is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct SflowIpv4 {
    /// Bytes of the packet.
    pub length: U32,
    pub protocol: U32,
    pub source: [u8; 4],
    pub destination: [u8; 4],
    pub source_port: U32,
    pub destination_port: U32,
    pub tcp_flags: U32,
    pub type_of_service: U32,
}

/// What an IPv6 packet is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct SflowIpv6 {
    /// Bytes of the packet.
    pub length: U32,
    pub protocol: U32,
    pub source: [u8; 16],
    pub destination: [u8; 16],
    pub source_port: U32,
    pub destination_port: U32,
    pub tcp_flags: U32,
    pub priority: U32,
}

/// In which virtual networks, and with which priorities, a frame came and goes.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct SflowSwitch {
    pub source_vlan: U32,
    pub source_priority: U32,
    pub destination_vlan: U32,
    pub destination_priority: U32,
}

/// What a record of a flow sample says. Text is bytes as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SflowFlow<'a> {
    /// The front of a packet: 1 is Ethernet, 11 IPv4, 12 IPv6, 13 MPLS.
    Header {
        protocol: u32,
        frame_length: u32,
        stripped: u32,
        header: &'a [u8],
    },
    Ethernet(&'a SflowEthernetFrame),
    Ipv4(&'a SflowIpv4),
    Ipv6(&'a SflowIpv6),
    Switch(&'a SflowSwitch),
    /// Where the router sends it, and bits of the prefixes.
    Router {
        next_hop: IpAddr,
        source_mask: u32,
        destination_mask: u32,
    },
    /// What BGP says.
    Gateway(SflowGateway<'a>),
    /// Who the users are; character sets by their number at IANA.
    User {
        source_character_set: u32,
        source: &'a [u8],
        destination_character_set: u32,
        destination: &'a [u8],
    },
    /// What is asked for; direction 1 is of the client, 2 of the server.
    Url {
        direction: u32,
        url: &'a [u8],
        host: &'a [u8],
    },
    /// The outer frame of a tunnel that starts or ends here.
    TunnelEthernet {
        is_ingress: bool,
        frame: &'a SflowEthernetFrame,
    },
    TunnelIpv4 {
        is_ingress: bool,
        packet: &'a SflowIpv4,
    },
    TunnelIpv6 {
        is_ingress: bool,
        packet: &'a SflowIpv6,
    },
    /// From which byte of the header on a tunnel is taken off.
    Decapsulate {
        is_ingress: bool,
        offset: u32,
    },
    /// The virtual network of a tunnel.
    Vni {
        is_ingress: bool,
        vni: u32,
    },
    /// A format that has no entry here, or is cut short.
    Other,
}

/// What BGP says of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SflowGateway<'a> {
    pub next_hop: IpAddr,
    /// Numbers of autonomous systems: of the router, of the source and of the peer that leads there.
    pub system: u32,
    pub source_system: u32,
    pub source_peer_system: u32,
    segments: &'a [u8],
    segment_count: u32,
    /// Higher byte first.
    pub communities: &'a [[u8; 4]],
    pub local_preference: u32,
}

impl<'a> SflowGateway<'a> {
    /// The autonomous systems on the way: 1 is a set of them, 2 a sequence; numbers the higher byte
    /// first.
    pub fn path(&self) -> impl Iterator<Item = (u32, &'a [[u8; 4]])> + use<'a> {
        let mut rest = self.segments;
        (0..self.segment_count).map_while(move |_| Some((number(&mut rest)?, words(&mut rest)?)))
    }
}

/// What data of a format says.
pub(super) fn flow(format: u32, mut data: &[u8]) -> Option<SflowFlow<'_>> {
    use SflowFlow as F;
    let rest = &mut data;
    let is_ingress = format.is_multiple_of(2);
    Some(match format {
        1 => {
            let [protocol, frame_length, stripped] = [number(rest)?, number(rest)?, number(rest)?];
            F::Header { protocol, frame_length, stripped, header: string(rest)? }
        }
        2 => F::Ethernet(front(data)?),
        3 => F::Ipv4(front(data)?),
        4 => F::Ipv6(front(data)?),
        1001 => F::Switch(front(data)?),
        1002 => {
            let next_hop = address(rest)?;
            let (source_mask, destination_mask) = (number(rest)?, number(rest)?);
            F::Router { next_hop, source_mask, destination_mask }
        }
        1003 => F::Gateway(gateway(rest)?),
        1004 => {
            let (source_character_set, source) = (number(rest)?, string(rest)?);
            let (destination_character_set, destination) = (number(rest)?, string(rest)?);
            F::User { source_character_set, source, destination_character_set, destination }
        }
        1005 => F::Url { direction: number(rest)?, url: string(rest)?, host: string(rest)? },
        1021 | 1022 => F::TunnelEthernet { is_ingress, frame: front(data)? },
        1023 | 1024 => F::TunnelIpv4 { is_ingress, packet: front(data)? },
        1025 | 1026 => F::TunnelIpv6 { is_ingress, packet: front(data)? },
        1027 | 1028 => F::Decapsulate { is_ingress, offset: number(rest)? },
        1029 | 1030 => F::Vni { is_ingress, vni: number(rest)? },
        _ => return None,
    })
}

fn gateway<'a>(rest: &mut &'a [u8]) -> Option<SflowGateway<'a>> {
    let next_hop = address(rest)?;
    let [system, source_system, source_peer_system] = [number(rest)?, number(rest)?, number(rest)?];
    let segment_count = number(rest)?;
    let segments = *rest;
    for _ in 0..segment_count {
        number(rest)?;
        words(rest)?;
    }
    let communities = words(rest)?;
    let local_preference = number(rest)?;
    Some(SflowGateway {
        next_hop,
        system,
        source_system,
        source_peer_system,
        segments,
        segment_count,
        communities,
        local_preference,
    })
}

fn number(rest: &mut &[u8]) -> Option<u32> {
    let (number, behind) = rest.split_first_chunk()?;
    *rest = behind;
    Some(u32::from_be_bytes(*number))
}

/// Words behind how many there are.
fn words<'a>(rest: &mut &'a [u8]) -> Option<&'a [[u8; 4]]> {
    let count = usize::try_from(number(rest)?).ok()?;
    let (words, behind) = rest.split_at_checked(count.checked_mul(4)?)?;
    *rest = behind;
    Some(words.as_chunks().0)
}

/// Bytes behind their length, filled up to words of four.
pub(super) fn string<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let len = usize::try_from(number(rest)?).ok()?;
    let (string, behind) = rest.split_at_checked(len)?;
    let padding = len.next_multiple_of(4).saturating_sub(len);
    *rest = behind.get(padding..).unwrap_or_default();
    Some(string)
}

fn address(rest: &mut &[u8]) -> Option<IpAddr> {
    /// The address is one of IPv4.
    const IPV4: u32 = 1;
    const IPV6: u32 = 2;
    Some(match number(rest)? {
        IPV4 => number(rest)?.to_be_bytes().into(),
        IPV6 => {
            let (address, behind) = rest.split_first_chunk::<16>()?;
            *rest = behind;
            IpAddr::from(*address)
        }
        _ => return None,
    })
}
