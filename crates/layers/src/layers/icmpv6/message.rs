//! Messages of `ICMPv6`, as [IANA](https://www.iana.org/assignments/icmpv6-parameters) lists them.

use std::net::Ipv6Addr;

use bitflags::bitflags;
use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::mld::{MldQuery, MldRecords};
use super::ndp::NdpOptions;
use crate::layers::icmpv4::{IcmpExtendedEchoCode, IcmpInterfaceStatus};
use crate::layers::icmpv6::{
    Icmpv6, Icmpv6ParameterProblemCode, Icmpv6TimeExceededCode, Icmpv6Type, Icmpv6UnreachableCode,
};

/// A message. What an error quotes is its payload, and a layer of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Icmpv6Message<'a> {
    /// The quoted packet cannot be delivered.
    DestinationUnreachable { code: Icmpv6UnreachableCode },
    /// The quoted packet is too big for the next link.
    PacketTooBig { mtu: u32 },
    /// The quoted packet took too long.
    TimeExceeded { code: Icmpv6TimeExceededCode },
    /// The quoted packet has a problem, at the byte of this number.
    ParameterProblem { code: Icmpv6ParameterProblemCode, pointer: u32 },
    /// Asks for the data to be sent back.
    EchoRequest { identifier: u16, sequence_number: u16, data: &'a [u8] },
    /// Answer to an echo request, with its data.
    EchoReply { identifier: u16, sequence_number: u16, data: &'a [u8] },
    /// Asks who listens.
    MldQuery(MldQuery<'a>),
    /// Somebody listens.
    MldReport { multicast_address: Ipv6Addr },
    /// Somebody listens no more.
    MldDone { multicast_address: Ipv6Addr },
    /// What somebody listens to, by source.
    MldV2Report(MldRecords<'a>),
    /// Asks for router advertisements.
    RouterSolicitation { options: NdpOptions<'a> },
    /// A router tells of itself.
    RouterAdvertisement { router: &'a NdpRouter, options: NdpOptions<'a> },
    /// Asks for the hardware address of a target, or whether it is there.
    NeighborSolicitation { target: Ipv6Addr, options: NdpOptions<'a> },
    /// Tells the hardware address of a target.
    NeighborAdvertisement { flags: NdpNeighborFlags, target: Ipv6Addr, options: NdpOptions<'a> },
    /// Packets to the destination should go to the target.
    Redirect { target: Ipv6Addr, destination: Ipv6Addr, options: NdpOptions<'a> },
    /// Asks for the addresses of a piece of hardware.
    InverseSolicitation { options: NdpOptions<'a> },
    /// Tells the addresses of a piece of hardware.
    InverseAdvertisement { options: NdpOptions<'a> },
    /// Asks a node about itself; `data` is the address or name in question.
    NodeInformationQuery { header: &'a NodeInformation, data: &'a [u8] },
    /// A node tells of itself.
    NodeInformationResponse { header: &'a NodeInformation, data: &'a [u8] },
    /// Asks for home agents.
    HomeAgentDiscoveryRequest { identifier: u16 },
    /// Tells of home agents, the preferred first.
    HomeAgentDiscoveryReply { identifier: u16, addresses: &'a [[u8; 16]] },
    /// Asks for the prefixes at home.
    MobilePrefixSolicitation { identifier: u16 },
    /// Tells the prefixes at home. The highest bits of the flags are managed and other.
    MobilePrefixAdvertisement { identifier: u16, flags: u16, options: NdpOptions<'a> },
    /// A multicast router tells of itself, every `interval` seconds.
    MulticastRouterAdvertisement { interval: u8, query_interval: u16, robustness: u16 },
    /// Asks for multicast routers.
    MulticastRouterSolicitation,
    /// A multicast router stops.
    MulticastRouterTermination,
    /// Routing in a network of sensors, by code: RFC 6550.
    Rpl { code: u8, body: &'a [u8] },
    /// Asks for the state of an interface, which an extension names; on the asked node if `local`.
    ExtendedEchoRequest { identifier: u16, sequence_number: u8, local: bool },
    /// Tells the state of an interface.
    ExtendedEchoReply {
        code: IcmpExtendedEchoCode,
        identifier: u16,
        sequence_number: u8,
        status: IcmpInterfaceStatus,
    },
    /// A type that has no entry here, or too short for its type.
    Other,
}

/// What a router advertisement says in front of its options.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct NdpRouter {
    pub hop_limit: u8,
    pub flags: u8,
    /// Seconds; zero if it is no default router.
    pub lifetime: U16,
    /// Milliseconds.
    pub reachable_time: U32,
    /// Milliseconds.
    pub retransmission_timer: U32,
}

impl NdpRouter {
    /// What the router is for, but for the two bits of its preference.
    pub fn flags(&self) -> NdpRouterFlags {
        NdpRouterFlags::from_bits_retain(self.flags & !0x18)
    }

    /// Writes [`flags`](Self::flags): not the two bits of the preference.
    pub fn set_flags(&mut self, flags: NdpRouterFlags) {
        self.flags = self.flags & 0x18 | flags.bits() & !0x18;
    }

    /// How much it is to be preferred, 2 bits with a sign: RFC 4191.
    pub fn preference(&self) -> u8 {
        self.flags >> 3 & 3
    }

    /// Writes [`preference`](Self::preference), its low 2 bits.
    pub fn set_preference(&mut self, preference: u8) {
        self.flags = self.flags & !0x18 | (preference & 0x03) << 3;
    }
}

bitflags! {
    /// The flags of a router advertisement.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct NdpRouterFlags: u8 {
        const PROXY = 0x04;
        const HOME_AGENT = 0x20;
        const OTHER = 0x40;
        const MANAGED = 0x80;
    }

    /// The flags of a neighbor advertisement.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct NdpNeighborFlags: u8 {
        const OVERRIDE = 0x20;
        const SOLICITED = 0x40;
        const ROUTER = 0x80;
    }
}

/// What stands in front of the data of node information.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct NodeInformation {
    pub query_type: U16,
    pub flags: U16,
    pub nonce: [u8; 8],
}

impl<'a> Icmpv6<'a> {
    /// What it says.
    pub fn message(&self) -> Icmpv6Message<'a> {
        self.understand().unwrap_or(Icmpv6Message::Other)
    }

    fn understand(&self) -> Option<Icmpv6Message<'a>> {
        let (&word, behind) = self.body.split_first_chunk::<4>().unwrap_or((&[0; 4], &[]));
        let ([a, b, c, d], code) = (word, self.header.code);
        let (identifier, second) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        let sequence_number = second;
        let (mtu, data) = (u32::from_be_bytes(word), self.payload);
        let options = NdpOptions::new;
        Some(match self.message_type() {
            Icmpv6Type::DESTINATION_UNREACHABLE => {
                Icmpv6Message::DestinationUnreachable { code: Icmpv6UnreachableCode(code) }
            }
            Icmpv6Type::PACKET_TOO_BIG => Icmpv6Message::PacketTooBig { mtu },
            Icmpv6Type::TIME_EXCEEDED => {
                Icmpv6Message::TimeExceeded { code: Icmpv6TimeExceededCode(code) }
            }
            Icmpv6Type::PARAMETER_PROBLEM => {
                let (code, pointer) = (Icmpv6ParameterProblemCode(code), mtu);
                Icmpv6Message::ParameterProblem { code, pointer }
            }
            Icmpv6Type::ECHO_REQUEST => {
                Icmpv6Message::EchoRequest { identifier, sequence_number, data }
            }
            Icmpv6Type::ECHO_REPLY => {
                Icmpv6Message::EchoReply { identifier, sequence_number, data }
            }
            Icmpv6Type::EXTENDED_ECHO_REQUEST => {
                let (sequence_number, local) = (c, d & 1 != 0);
                Icmpv6Message::ExtendedEchoRequest { identifier, sequence_number, local }
            }
            Icmpv6Type::EXTENDED_ECHO_REPLY => {
                let (code, status) = (IcmpExtendedEchoCode(code), IcmpInterfaceStatus(d));
                Icmpv6Message::ExtendedEchoReply { code, identifier, sequence_number: c, status }
            }
            Icmpv6Type::MLD_QUERY => Icmpv6Message::MldQuery(MldQuery::new(self.body)?),
            Icmpv6Type::MLD_REPORT => {
                Icmpv6Message::MldReport { multicast_address: address(behind)?.0 }
            }
            Icmpv6Type::MLD_DONE => {
                Icmpv6Message::MldDone { multicast_address: address(behind)?.0 }
            }
            Icmpv6Type::MLDV2_REPORT => Icmpv6Message::MldV2Report(MldRecords::read(self.body)?),
            Icmpv6Type::ROUTER_ADVERTISEMENT => {
                let (router, rest) = NdpRouter::ref_from_prefix(self.body).ok()?;
                Icmpv6Message::RouterAdvertisement { router, options: options(rest) }
            }
            Icmpv6Type::NEIGHBOR_SOLICITATION => {
                let (target, rest) = address(behind)?;
                Icmpv6Message::NeighborSolicitation { target, options: options(rest) }
            }
            Icmpv6Type::NEIGHBOR_ADVERTISEMENT => {
                let (target, rest) = address(behind)?;
                let flags = NdpNeighborFlags::from_bits_retain(a);
                Icmpv6Message::NeighborAdvertisement { flags, target, options: options(rest) }
            }
            Icmpv6Type::REDIRECT => {
                let (target, rest) = address(behind)?;
                let (destination, rest) = address(rest)?;
                Icmpv6Message::Redirect { target, destination, options: options(rest) }
            }
            Icmpv6Type::NODE_INFORMATION_QUERY => {
                let (header, data) = NodeInformation::ref_from_prefix(self.body).ok()?;
                Icmpv6Message::NodeInformationQuery { header, data }
            }
            Icmpv6Type::NODE_INFORMATION_RESPONSE => {
                let (header, data) = NodeInformation::ref_from_prefix(self.body).ok()?;
                Icmpv6Message::NodeInformationResponse { header, data }
            }
            Icmpv6Type::MULTICAST_ROUTER_SOLICITATION => Icmpv6Message::MulticastRouterSolicitation,
            Icmpv6Type::MULTICAST_ROUTER_TERMINATION => Icmpv6Message::MulticastRouterTermination,
            Icmpv6Type::RPL => Icmpv6Message::Rpl { code, body: self.body },
            // What is left has one word, and options or addresses behind it.
            _ if self.body.len() < word.len() => return None,
            Icmpv6Type::ROUTER_SOLICITATION => {
                Icmpv6Message::RouterSolicitation { options: options(behind) }
            }
            Icmpv6Type::INVERSE_SOLICITATION => {
                Icmpv6Message::InverseSolicitation { options: options(behind) }
            }
            Icmpv6Type::INVERSE_ADVERTISEMENT => {
                Icmpv6Message::InverseAdvertisement { options: options(behind) }
            }
            Icmpv6Type::HOME_AGENT_DISCOVERY_REQUEST => {
                Icmpv6Message::HomeAgentDiscoveryRequest { identifier }
            }
            Icmpv6Type::HOME_AGENT_DISCOVERY_REPLY => {
                let addresses = behind.as_chunks().0;
                Icmpv6Message::HomeAgentDiscoveryReply { identifier, addresses }
            }
            Icmpv6Type::MOBILE_PREFIX_SOLICITATION => {
                Icmpv6Message::MobilePrefixSolicitation { identifier }
            }
            Icmpv6Type::MOBILE_PREFIX_ADVERTISEMENT => {
                let (flags, options) = (second, options(behind));
                Icmpv6Message::MobilePrefixAdvertisement { identifier, flags, options }
            }
            Icmpv6Type::MULTICAST_ROUTER_ADVERTISEMENT => {
                let (interval, query_interval, robustness) = (code, identifier, second);
                Icmpv6Message::MulticastRouterAdvertisement { interval, query_interval, robustness }
            }
            _ => return None,
        })
    }
}

fn address(bytes: &[u8]) -> Option<(Ipv6Addr, &[u8])> {
    bytes.split_first_chunk::<16>().map(|(address, rest)| ((*address).into(), rest))
}
