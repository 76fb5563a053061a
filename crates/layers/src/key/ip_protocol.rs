//! IP protocol numbers, [IANA registry](https://www.iana.org/assignments/protocol-numbers).

use std::fmt;

use crate::key::numbers;

/// An IP protocol number, as IANA assigns them. Any value is legal; those with a name are
/// used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IpProtocol(pub u8);

numbers! {
    IpProtocol "{}" {
        /// IPv6 hop-by-hop options.
        HOP_BY_HOP = 0 "hop-by-hop options";
        /// Internet Control Message Protocol.
        ICMPV4 = 1 "ICMP";
        /// Internet Group Management Protocol.
        IGMP = 2 "IGMP";
        /// IPv4 inside IP.
        IPV4 = 4 "IPv4";
        /// Transmission Control Protocol.
        TCP = 6 "TCP";
        /// Interior Gateway Routing Protocol.
        IGRP = 9 "IGRP";
        /// User Datagram Protocol.
        UDP = 17 "UDP";
        /// Reliable Data Protocol, RFC 908.
        RUDP = 27 "RDP";
        /// Datagram Congestion Control Protocol.
        DCCP = 33 "DCCP";
        /// IPv6 inside IP.
        IPV6 = 41 "IPv6";
        /// IPv6 routing header.
        ROUTING = 43 "routing header";
        /// IPv6 fragment header.
        FRAGMENT = 44 "fragment header";
        /// Resource Reservation Protocol.
        RSVP = 46 "RSVP";
        /// Generic Routing Encapsulation.
        GRE = 47 "GRE";
        /// Encapsulating Security Payload.
        ESP = 50 "ESP";
        /// Authentication Header.
        AH = 51 "AH";
        /// Internet Control Message Protocol for IPv6.
        ICMPV6 = 58 "ICMPv6";
        /// Nothing follows.
        NO_NEXT_HEADER = 59 "no next header";
        /// IPv6 destination options.
        DESTINATION_OPTIONS = 60 "destination options";
        /// Enhanced Interior Gateway Routing Protocol.
        EIGRP = 88 "EIGRP";
        /// Open Shortest Path First.
        OSPF = 89 "OSPF";
        /// IPv4 inside IP, as Columbia University did.
        IP_WITHIN_IP = 94 "IPIP";
        /// Ethernet inside IP.
        ETHER_IP = 97 "EtherIP";
        /// Protocol Independent Multicast.
        PIM = 103 "PIM";
        /// IP Payload Compression Protocol.
        IP_COMP = 108 "IPComp";
        /// Virtual Router Redundancy Protocol.
        VRRP = 112 "VRRP";
        /// Layer Two Tunneling Protocol, version 3.
        L2TP = 115 "L2TP";
        /// Stream Control Transmission Protocol.
        SCTP = 132 "SCTP";
        /// IPv6 mobility header.
        MOBILITY = 135 "mobility header";
        /// UDP-Lite.
        UDP_LITE = 136 "UDP-Lite";
        /// MPLS inside IP.
        MPLS = 137 "MPLS";
        /// Host Identity Protocol.
        HIP = 139 "HIP";
        /// Ethernet behind a segment routing header.
        ETHERNET = 143 "Ethernet";
        /// Network Service Header.
        NSH = 145 "NSH";
    }
}
