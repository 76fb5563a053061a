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
mod coap;
mod diameter;
mod dtls;
mod esp;
mod ethernet;
mod icmpv4;
mod icmpv6;
mod ipv4;
mod ipv6;
mod ipv6_destination;
mod ipv6_fragment;
mod ipv6_hop_by_hop;
mod ipv6_options;
mod ipv6_routing;
mod isakmp;
mod llc;
mod mobility;
mod null;
mod quic;
mod radius;
mod raw;
mod rmcp;
mod rtcp;
mod rtp;
mod sctp;
mod sctp_quote;
mod sdp;
mod sip;
mod sll;
mod sll2;
mod snap;
mod stun;
mod tcp;
mod tcp_quote;
mod tls;
mod udp;
mod udp_lite;
mod udpencap;
mod vlan;
mod wg;

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
    TLS = 26, tls::Tls;
    DTLS = 27, dtls::Dtls;
    QUIC = 28, quic::Quic;
    STUN = 29, stun::Stun;
    RADIUS = 30, radius::Radius;
    SIP = 31, sip::Sip;
    SDP = 32, sdp::Sdp;
    RTP = 33, rtp::Rtp;
    RTCP = 34, rtcp::Rtcp;
    WG = 35, wg::Wg;
    UDPENCAP = 36, udpencap::UdpEncap;
    ISAKMP = 37, isakmp::Isakmp;
    DIAMETER = 38, diameter::Diameter;
    COAP = 39, coap::Coap;
    RMCP = 40, rmcp::Rmcp;
    ASF = 41, asf::Asf;
}

/// Splits the fixed part of a header off the front of `bytes`.
#[inline(always)]
pub(crate) fn split<H: FromBytes + KnownLayout + Immutable>(
    bytes: &[u8],
) -> Result<(&H, &[u8]), Malformed> {
    H::ref_from_prefix(bytes)
        .map_err(|_| Malformed::Truncated { need: size_of::<H>(), have: bytes.len() })
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
