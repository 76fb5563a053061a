//! Ethernet types, [IEEE registration authority](https://standards-oui.ieee.org/ethertype/eth.txt).

use std::fmt;

use crate::key::numbers;

/// An Ethernet type, as IEEE assigns them. Any value is legal; those with a name are
/// used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EtherType(pub u16);

numbers! {
    EtherType "{:#06x}" {
        /// No Ethernet type: an IEEE 802.2 header, where a length takes the place of the type.
        LLC = 0x0000 "LLC";
        /// ISO network layer protocols inside GRE, RFC 3147.
        OSI = 0x00fe "OSI";
        /// Xerox PUP; also what a GRE tunnel of an ISO network once carried.
        XNS_PUP = 0x0200 "PUP";
        /// Meraki discovery.
        MERAKI_DISCOVERY = 0x0712 "Meraki discovery";
        /// Internet Protocol, version 4.
        IPV4 = 0x0800 "IPv4";
        /// Address Resolution Protocol.
        ARP = 0x0806 "ARP";
        /// Wake-on-LAN.
        WAKE_ON_LAN = 0x0842 "Wake-on-LAN";
        /// Cisco Discovery Protocol.
        CISCO_DISCOVERY = 0x2000 "CDP";
        /// Cisco Group Management Protocol.
        TRANSPARENT_CISCO = 0x2001 "CGMP";
        /// ERSPAN, type III.
        ERSPAN_III = 0x22eb "ERSPAN III";
        /// Transparent Ethernet bridging: a frame inside a tunnel.
        BRIDGING = 0x6558 "transparent Ethernet bridging";
        /// Reverse ARP, RFC 903.
        RARP = 0x8035 "RARP";
        /// `AppleTalk`.
        APPLE_TALK = 0x809b "AppleTalk";
        /// `AppleTalk` address resolution.
        AARP = 0x80f3 "AARP";
        /// IEEE 802.1Q tag.
        VLAN = 0x8100 "VLAN";
        /// Novell IPX.
        IPX = 0x8137 "IPX";
        /// Internet Protocol, version 6.
        IPV6 = 0x86dd "IPv6";
        /// IEEE 802.3 MAC control.
        FLOW_CONTROL = 0x8808 "MAC control";
        /// IEEE 802.3 slow protocols: LACP, marker, OAM.
        SLOW = 0x8809 "slow protocols";
        /// Point-to-Point Protocol.
        PPP = 0x880b "PPP";
        /// Web Cache Communication Protocol.
        WCCP = 0x883e "WCCP";
        /// MPLS, unicast.
        MPLS = 0x8847 "MPLS";
        /// MPLS with a label assigned upstream, once multicast, RFC 5332.
        MPLS_MULTICAST = 0x8848 "MPLS multicast";
        /// PPP over Ethernet, discovery.
        PPPOE_DISCOVERY = 0x8863 "PPPoE discovery";
        /// PPP over Ethernet, session.
        PPPOE_SESSION = 0x8864 "PPPoE session";
        /// An IEEE 802.2 header in a frame too long for a length field.
        JUMBO_LLC = 0x8870 "jumbo LLC";
        /// IEEE 802.1X.
        EAPOL = 0x888e "EAPOL";
        /// PROFINET.
        PROFINET = 0x8892 "PROFINET";
        /// `EtherCAT`.
        ETHERCAT = 0x88a4 "EtherCAT";
        /// IEEE 802.1ad service tag.
        SERVICE_VLAN = 0x88a8 "service VLAN";
        /// Ethernet POWERLINK.
        POWERLINK = 0x88ab "POWERLINK";
        /// IEC 61850 GOOSE.
        GOOSE = 0x88b8 "GOOSE";
        /// ERSPAN, types I and II.
        ERSPAN = 0x88be "ERSPAN";
        /// Link Layer Discovery Protocol.
        LLDP = 0x88cc "LLDP";
        /// IEEE 802.1AE.
        MACSEC = 0x88e5 "MACsec";
        /// IEEE 802.1ah backbone service tag.
        BACKBONE = 0x88e7 "I-TAG";
        /// Multiple VLAN Registration Protocol.
        MVRP = 0x88f5 "MVRP";
        /// IEEE 1588 over Ethernet.
        PTP = 0x88f7 "PTP";
        /// IEEE 802.1ag connectivity fault management.
        CFM = 0x8902 "CFM";
        /// Fibre Channel over Ethernet.
        FCOE = 0x8906 "FCoE";
        /// IEEE 802.11 frames over Ethernet.
        WLAN_AGGREGATION = 0x890d "802.11 encapsulation";
        /// RDMA over converged Ethernet.
        ROCE = 0x8915 "RoCE";
        /// Network Service Header.
        NSH = 0x894f "NSH";
        /// Configuration Testing Protocol.
        LOOPBACK = 0x9000 "loopback test";
        /// Service tag from before IEEE 802.1ad.
        OLD_SERVICE_VLAN = 0x9100 "service VLAN";
        /// Service tag from before IEEE 802.1ad, another vendor's.
        OTHER_SERVICE_VLAN = 0x9200 "service VLAN";
        /// Reserved by IEEE, and claimed by no layer.
        RESERVED = 0xffff "reserved";
    }
}
