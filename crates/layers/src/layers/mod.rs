//! One file per protocol. To add one: write the file, add its two lines here.
#![allow(missing_docs, reason = "wire fields and layer types have the names of their standard")]

use zerocopy::{FromBytes, Immutable, KnownLayout};

use crate::{Layer, LayerType, Malformed, Protocol};

/// Declares the built-in protocols: exports, identity, `Display`, place in the table.
macro_rules! protocols {
    ($($id:ident = $number:literal, $module:ident::$layer:ident;)+) => {
        $(
            pub use $module::*;

            impl std::fmt::Display for $layer<'_> {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    crate::field::display(f, |sink| self.fields(sink))
                }
            }
        )+

        impl LayerType {
            $(pub const $id: Self = Self($number);)+
        }

        /// Every built-in protocol, each at the place of its number.
        pub(crate) static BUILTIN: &[&Protocol] = &[$($layer::PROTOCOL),+];
    };
}

/// Writes the four tests of a protocol: fields, edit in place, every prefix, each bad field.
#[cfg(test)]
macro_rules! layer_tests {
    (
        sample: $layer:ident $sample:expr;
        fields: $fields:literal;
        edit: $header:ident, $edit:expr;
        bad: [$($at:literal = $byte:literal => $name:literal $value:literal),*];
    ) => {
        mod layer_tests {
            use zerocopy::{FromBytes, IntoBytes};

            use super::*;

            const SAMPLE: &[u8] = &$sample;

            #[test]
            fn reads_every_field() {
                assert_eq!($layer::parse(SAMPLE).unwrap().to_string(), $fields);
            }

            #[test]
            fn edits_in_place() {
                let mut bytes = SAMPLE.to_vec();
                let edit: fn(&mut $header) = $edit;
                edit($header::mut_from_prefix(&mut bytes).unwrap().0);
                assert_ne!(bytes, SAMPLE);
                assert!(bytes.starts_with($layer::parse(&bytes).unwrap().header.as_bytes()));
            }

            #[test]
            fn every_prefix_is_truncated_or_whole() {
                for have in 0..SAMPLE.len() {
                    match $layer::parse(&SAMPLE[..have]) {
                        Ok(layer) => assert!(layer.shape().header_len <= have),
                        Err(Malformed::Truncated { need, have: n }) => assert!(n == have && need > have),
                        Err(error) => panic!("{have} bytes: {error}"),
                    }
                }
            }

            #[test]
            fn each_bad_field_is_rejected() {
                let bad: &[(usize, u8, &str, u64)] = &[$(($at, $byte, $name, $value)),*];
                for &(at, byte, name, value) in bad {
                    let mut bytes = SAMPLE.to_vec();
                    bytes[at] = byte;
                    assert_eq!($layer::parse(&bytes), Err(Malformed::Field { name, value }));
                }
            }
        }
    };
}

mod ah;
mod arp;
mod asf;
mod avs;
mod ayiya;
mod babel;
mod bacnet;
mod bfd;
mod bfd_echo;
mod bgp;
mod brcm_tag;
mod brcm_tag_prepend;
mod bvlc;
mod ccp;
mod cdp;
mod cfm;
mod chap;
mod chdlc;
mod cip;
mod classicstun;
mod coap;
mod cotp;
mod dhcp;
mod dhcpv6;
mod diameter;
mod dnp3;
mod dns;
mod doip;
mod dsa;
mod dtls;
mod dtp;
mod eap;
mod eapol;
mod edsa;
mod eigrp;
mod enip;
mod enip_io;
mod erspan;
mod esp;
mod esp_null;
mod etag;
mod etherip;
mod ethernet;
mod fabric_path;
mod fddi;
mod fr;
mod geneve;
mod glbp;
#[cfg(test)]
mod golden;
mod gre;
mod gtp;
mod gtpprime;
mod gtpv2;
mod gue;
mod hsrp;
mod icmpv4;
mod icmpv6;
mod ieee8021ah;
mod ieee8021cb;
mod igmp;
mod ipcp;
mod ipmb;
mod ipmi_session;
mod ipnet;
mod ipv4;
mod ipv6;
mod ipv6_destination;
mod ipv6_fragment;
mod ipv6_hop_by_hop;
mod ipv6_options;
mod ipv6_routing;
mod ipv6cp;
mod isakmp;
mod isis;
mod juniper;
mod l2tp;
mod lacp;
mod lcm;
mod lcp;
mod ldp;
mod llc;
mod lldp;
mod llmnr;
mod loopback_test;
mod mac_control;
mod macsec;
mod marker;
mod mbtcp;
mod mdns;
mod mdp;
mod mka;
mod mobility;
mod modbus;
mod mpacket;
mod mpls;
mod nbdgm;
mod nbns;
mod netflow;
mod nflog;
mod nortel_discovery;
mod nsh;
mod ntp;
mod null;
mod oampdu;
mod osi;
mod ospf;
mod pap;
mod pflog;
mod pim;
mod pim_v1;
mod pktap;
mod ppi;
mod ppp;
mod ppp_multilink;
mod pppoe_discovery;
mod pppoe_session;
mod prism;
mod psp;
mod ptp;
mod ptp_v1;
mod pw_associated_channel;
mod pw_ethernet;
mod quic;
mod radiotap;
mod radius;
mod raw;
mod rip;
mod ripng;
mod rmcp;
mod rsvp;
mod rtcp;
mod rtp;
mod rudp;
mod s7comm;
mod sctp;
mod sctp_quote;
mod sdp;
mod session_management;
mod sflow;
mod sip;
mod slarp;
mod slip;
mod sll;
mod sll2;
mod slow;
mod snap;
mod snmp;
mod someip;
mod someipsd;
mod stp;
mod stt;
mod stun;
mod syslog;
mod tcp;
mod tcp_quote;
mod teredo;
mod tftp;
mod tls;
mod tpkt;
#[cfg(test)]
mod tunnel_tests;
mod udld;
mod udp;
mod udp_lite;
mod udpencap;
mod usb;
mod usb_mmapped;
mod usbpcap;
mod vlan;
mod vntag;
mod vrrp;
mod vtp;
mod vxlan;
mod vxlan_gpe;
mod wg;
mod wlan;
mod wol;
mod wpan;
mod wpan_no_fcs;
mod wpan_phy;
mod wpan_tap;

protocols! {
    ETHERNET = 0, ethernet::Ethernet;
    VLAN = 1, vlan::Vlan;
    IPV4 = 2, ipv4::Ipv4;
    IPV6 = 3, ipv6::Ipv6;
    TCP = 4, tcp::Tcp;
    UDP = 5, udp::Udp;
    LLC = 6, llc::Llc;
    SNAP = 7, snap::Snap;
    ARP = 8, arp::Arp;
    NULL = 9, null::Null;
    RAW = 10, raw::Raw;
    SLL = 11, sll::Sll;
    SLL2 = 12, sll2::Sll2;
    IPV6_HOP_BY_HOP = 13, ipv6_hop_by_hop::Ipv6HopByHop;
    IPV6_DESTINATION = 14, ipv6_destination::Ipv6Destination;
    IPV6_ROUTING = 15, ipv6_routing::Ipv6Routing;
    IPV6_FRAGMENT = 16, ipv6_fragment::Ipv6Fragment;
    MOBILITY = 17, mobility::Mobility;
    AH = 18, ah::Ah;
    ESP = 19, esp::Esp;
    UDP_LITE = 20, udp_lite::UdpLite;
    SCTP = 21, sctp::Sctp;
    ICMPV4 = 22, icmpv4::Icmpv4;
    ICMPV6 = 23, icmpv6::Icmpv6;
    TCP_QUOTE = 24, tcp_quote::TcpQuote;
    SCTP_QUOTE = 25, sctp_quote::SctpQuote;
    IGMP = 26, igmp::Igmp;
    VRRP = 27, vrrp::Vrrp;
    HSRP = 28, hsrp::Hsrp;
    BFD = 29, bfd::Bfd;
    BFD_ECHO = 30, bfd_echo::BfdEcho;
    RIP = 31, rip::Rip;
    RIPNG = 32, ripng::Ripng;
    OSPF = 33, ospf::Ospf;
    PIM = 34, pim::Pim;
    RADIOTAP = 35, radiotap::Radiotap;
    WLAN = 36, wlan::Wlan;
    STP = 37, stp::Stp;
    LLDP = 38, lldp::Lldp;
    CDP = 39, cdp::Cdp;
    UDLD = 40, udld::Udld;
    DTP = 41, dtp::Dtp;
    VTP = 42, vtp::Vtp;
    DNS = 43, dns::Dns;
    MDNS = 44, mdns::Mdns;
    LLMNR = 45, llmnr::Llmnr;
    MPLS = 46, mpls::Mpls;
    PW_ETHERNET = 47, pw_ethernet::PwEthernet;
    PW_ASSOCIATED_CHANNEL = 48, pw_associated_channel::PwAssociatedChannel;
    GRE = 49, gre::Gre;
    ERSPAN = 50, erspan::Erspan;
    PPP = 51, ppp::Ppp;
    LCP = 52, lcp::Lcp;
    IPCP = 53, ipcp::Ipcp;
    IPV6CP = 54, ipv6cp::Ipv6cp;
    CCP = 55, ccp::Ccp;
    PAP = 56, pap::Pap;
    CHAP = 57, chap::Chap;
    PPP_MULTILINK = 58, ppp_multilink::PppMultilink;
    PPPOE_SESSION = 59, pppoe_session::PppoeSession;
    PPPOE_DISCOVERY = 60, pppoe_discovery::PppoeDiscovery;
    ETHER_IP = 61, etherip::EtherIp;
    VXLAN = 62, vxlan::Vxlan;
    VXLAN_GPE = 63, vxlan_gpe::VxlanGpe;
    NSH = 64, nsh::Nsh;
    GENEVE = 65, geneve::Geneve;
    TEREDO = 66, teredo::Teredo;
    L2TP = 67, l2tp::L2tp;
    GUE = 68, gue::Gue;
    PSP = 69, psp::Psp;
    PRISM = 70, prism::Prism;
    AVS = 71, avs::Avs;
    PPI = 72, ppi::Ppi;
    FDDI = 73, fddi::Fddi;
    WPAN = 74, wpan::Wpan;
    WPAN_NO_FCS = 75, wpan_no_fcs::WpanNoFcs;
    WPAN_TAP = 76, wpan_tap::WpanTap;
    WPAN_PHY = 77, wpan_phy::WpanPhy;
    OSI = 78, osi::Osi;
    ISIS = 79, isis::Isis;
    BGP = 80, bgp::Bgp;
    EIGRP = 81, eigrp::Eigrp;
    LDP = 82, ldp::Ldp;
    SLOW = 83, slow::Slow;
    LACP = 84, lacp::Lacp;
    MARKER = 85, marker::Marker;
    OAMPDU = 86, oampdu::Oampdu;
    EAPOL = 87, eapol::Eapol;
    EAP = 88, eap::Eap;
    MKA = 89, mka::Mka;
    BACKBONE_TAG = 90, ieee8021ah::BackboneTag;
    REDUNDANCY_TAG = 91, ieee8021cb::RedundancyTag;
    VN_TAG = 92, vntag::VnTag;
    E_TAG = 93, etag::ETag;
    LOOPBACK_TEST = 94, loopback_test::LoopbackTest;
    NORTEL_DISCOVERY = 95, nortel_discovery::NortelDiscovery;
    MDP = 96, mdp::Mdp;
    MAC_CONTROL = 97, mac_control::MacControl;
    WOL = 98, wol::Wol;
    MACSEC = 99, macsec::Macsec;
    PTP = 100, ptp::Ptp;
    CFM = 101, cfm::Cfm;
    DHCP = 102, dhcp::Dhcp;
    DHCPV6 = 103, dhcpv6::Dhcpv6;
    NTP = 104, ntp::Ntp;
    TFTP = 105, tftp::Tftp;
    SYSLOG = 106, syslog::Syslog;
    SNMP = 107, snmp::Snmp;
    NBNS = 108, nbns::Nbns;
    TLS = 109, tls::Tls;
    DTLS = 110, dtls::Dtls;
    QUIC = 111, quic::Quic;
    STUN = 112, stun::Stun;
    RADIUS = 113, radius::Radius;
    SIP = 114, sip::Sip;
    SDP = 115, sdp::Sdp;
    RTP = 116, rtp::Rtp;
    RTCP = 117, rtcp::Rtcp;
    WG = 118, wg::Wg;
    UDPENCAP = 119, udpencap::UdpEncap;
    ISAKMP = 120, isakmp::Isakmp;
    DIAMETER = 121, diameter::Diameter;
    COAP = 122, coap::Coap;
    RMCP = 123, rmcp::Rmcp;
    ASF = 124, asf::Asf;
    GTP = 125, gtp::Gtp;
    GTPV2 = 126, gtpv2::Gtpv2;
    SFLOW = 127, sflow::Sflow;
    LCM = 128, lcm::Lcm;
    CHDLC = 129, chdlc::Chdlc;
    SLARP = 130, slarp::Slarp;
    PKTAP = 131, pktap::Pktap;
    PFLOG = 132, pflog::Pflog;
    USB = 133, usb::Usb;
    USB_MMAPPED = 134, usb_mmapped::UsbMmapped;
    NFLOG = 135, nflog::Nflog;
    IPNET = 136, ipnet::Ipnet;
    FR = 137, fr::Fr;
    USB_PCAP = 138, usbpcap::UsbPcap;
    JUNIPER = 139, juniper::Juniper;
    MODBUS_TCP = 140, mbtcp::ModbusTcp;
    MODBUS = 141, modbus::Modbus;
    TPKT = 142, tpkt::Tpkt;
    COTP = 143, cotp::Cotp;
    S7COMM = 144, s7comm::S7comm;
    ENIP = 145, enip::Enip;
    ENIP_IO = 146, enip_io::EnipIo;
    CIP = 147, cip::Cip;
    DNP3 = 148, dnp3::Dnp3;
    SOMEIP = 149, someip::SomeIp;
    SOMEIP_SD = 150, someipsd::SomeIpSd;
    DOIP = 151, doip::DoIp;
    IPMI_SESSION = 152, ipmi_session::IpmiSession;
    IPMB = 153, ipmb::Ipmb;
    BVLC = 154, bvlc::Bvlc;
    BACNET = 155, bacnet::Bacnet;
    NETFLOW = 156, netflow::Netflow;
    SLIP = 157, slip::Slip;
    DSA = 158, dsa::Dsa;
    EDSA = 159, edsa::Edsa;
    BRCM_TAG = 160, brcm_tag::BrcmTagged;
    BRCM_TAG_PREPEND = 161, brcm_tag_prepend::BrcmTagPrepend;
    MPACKET = 162, mpacket::Mpacket;
    RUDP = 163, rudp::Rudp;
    GTPPRIME = 164, gtpprime::Gtpprime;
    NBDGM = 165, nbdgm::Nbdgm;
    CLASSIC_STUN = 166, classicstun::ClassicStun;
    PIM_V1 = 167, pim_v1::PimV1;
    PTP_V1 = 168, ptp_v1::PtpV1;
    BABEL = 169, babel::Babel;
    GLBP = 170, glbp::Glbp;
    RSVP = 171, rsvp::Rsvp;
    FABRIC_PATH = 172, fabric_path::FabricPath;
    AYIYA = 173, ayiya::Ayiya;
    ESP_NULL = 174, esp_null::EspNull;
    STT = 175, stt::Stt;
}

/// Splits the fixed part of a header off the front of `bytes`.
#[inline(always)]
pub(crate) fn split<H: FromBytes + KnownLayout + Immutable>(
    bytes: &[u8],
) -> Result<(&H, &[u8]), Malformed> {
    H::ref_from_prefix(bytes)
        .map_err(|_| Malformed::Truncated { need: size_of::<H>(), have: bytes.len() })
}

/// The bytes of hexadecimal digits. Anything else between them is left out.
#[cfg(test)]
pub(crate) fn from_hex(hex: &str) -> Vec<u8> {
    let digits: Vec<_> = hex.chars().filter_map(|c| c.to_digit(16)).collect();
    let bytes = digits.chunks(2).map(|pair| u8::try_from(pair[0] << 4 | pair[1]).unwrap());
    bytes.collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::KeyKind;

    #[test]
    fn each_protocol_is_at_the_place_of_its_number() {
        for (place, protocol) in BUILTIN.iter().enumerate() {
            assert_eq!(usize::from(protocol.layer.0), place, "{}", protocol.name);
        }
    }

    #[test]
    fn no_key_is_claimed_twice() {
        let mut claims = HashMap::new();
        for protocol in BUILTIN {
            for &key in protocol.claims {
                let other = claims.insert(key, protocol.name);
                assert_eq!(other, None, "{} claims {key:?} too", protocol.name);
            }
        }
    }

    #[test]
    fn names_are_unique_but_for_quotations() {
        let is_quotation = |protocol: &&&Protocol| {
            protocol.claims.iter().all(|key| matches!(key.kind(), KeyKind::Quoted(_)))
        };
        let mut names = HashMap::new();
        for protocol in BUILTIN.iter().filter(|protocol| !is_quotation(protocol)) {
            assert_eq!(names.insert(protocol.name, protocol.layer), None, "{}", protocol.name);
            assert!(!protocol.title.is_empty(), "{} has no title", protocol.name);
        }
    }
}
