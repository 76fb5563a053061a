//! PPP protocol numbers, [IANA registry](https://www.iana.org/assignments/ppp-numbers).

use std::fmt;

use crate::key::numbers;

/// A PPP protocol number, as IANA assigns them. Any value is legal; those with a name are
/// used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PppProtocol(pub u16);

numbers! {
    PppProtocol "{:#06x}" {
        /// Padding.
        PADDING = 0x0001 "padding";
        /// Internet Protocol, version 4.
        IPV4 = 0x0021 "IPv4";
        /// ISO network layer protocols.
        OSI = 0x0023 "OSI";
        /// TCP/IPv4 with a compressed header, RFC 1144.
        VAN_JACOBSON_COMPRESSED = 0x002d "VJ compressed TCP";
        /// TCP/IPv4 that starts a compressed connection, RFC 1144.
        VAN_JACOBSON_UNCOMPRESSED = 0x002f "VJ uncompressed TCP";
        /// Bridged frames.
        BRIDGING = 0x0031 "bridging";
        /// A fragment of Multilink PPP.
        MULTILINK = 0x003d "multilink";
        /// Internet Protocol, version 6.
        IPV6 = 0x0057 "IPv6";
        /// A compressed packet.
        COMPRESSED = 0x00fd "compressed";
        /// MPLS, unicast.
        MPLS = 0x0281 "MPLS";
        /// MPLS, multicast.
        MPLS_MULTICAST = 0x0283 "MPLS multicast";
        /// Internet Protocol Control Protocol.
        IPCP = 0x8021 "IPCP";
        /// Bridging Control Protocol.
        BCP = 0x8031 "BCP";
        /// IPv6 Control Protocol.
        IPV6CP = 0x8057 "IPv6CP";
        /// Compression Control Protocol.
        CCP = 0x80fd "CCP";
        /// MPLS Control Protocol.
        MPLSCP = 0x8281 "MPLSCP";
        /// Link Control Protocol.
        LCP = 0xc021 "LCP";
        /// Password Authentication Protocol.
        PAP = 0xc023 "PAP";
        /// Link Quality Report.
        LQR = 0xc025 "LQR";
        /// Challenge Handshake Authentication Protocol.
        CHAP = 0xc223 "CHAP";
        /// Extensible Authentication Protocol.
        EAP = 0xc227 "EAP";
    }
}
