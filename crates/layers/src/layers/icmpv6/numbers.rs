//! Types and codes of `ICMPv6`, as [IANA](https://www.iana.org/assignments/icmpv6-parameters) assigns
//! them.

use std::fmt;

use crate::key::numbers;

/// A type of message. Any value is legal; those with a name are used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Icmpv6Type(pub u8);

impl Icmpv6Type {
    /// Whether this is a message of Neighbor Discovery, RFC 4861.
    pub const fn is_ndp(self) -> bool {
        matches!(self.0, 133..=137)
    }

    /// Whether this is a message of Multicast Listener Discovery, RFC 2710 and RFC 3810. A query is
    /// of either version by its length.
    pub const fn is_mld(self) -> bool {
        matches!(self.0, 130..=132 | 143)
    }
}

/// Why a destination is unreachable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Icmpv6UnreachableCode(pub u8);

/// Which limit was exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Icmpv6TimeExceededCode(pub u8);

/// What kind of problem a parameter has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Icmpv6ParameterProblemCode(pub u8);

numbers! {
    Icmpv6Type "type {}" {
        /// RFC 4443.
        DESTINATION_UNREACHABLE = 1 "destination unreachable";
        /// RFC 4443.
        PACKET_TOO_BIG = 2 "packet too big";
        /// RFC 4443.
        TIME_EXCEEDED = 3 "time exceeded";
        /// RFC 4443.
        PARAMETER_PROBLEM = 4 "parameter problem";
        /// RFC 4443.
        ECHO_REQUEST = 128 "echo request";
        /// RFC 4443.
        ECHO_REPLY = 129 "echo reply";
        /// RFC 2710 and RFC 3810.
        MLD_QUERY = 130 "multicast listener query";
        /// RFC 2710.
        MLD_REPORT = 131 "multicast listener report";
        /// RFC 2710.
        MLD_DONE = 132 "multicast listener done";
        /// RFC 4861.
        ROUTER_SOLICITATION = 133 "router solicitation";
        /// RFC 4861.
        ROUTER_ADVERTISEMENT = 134 "router advertisement";
        /// RFC 4861.
        NEIGHBOR_SOLICITATION = 135 "neighbor solicitation";
        /// RFC 4861.
        NEIGHBOR_ADVERTISEMENT = 136 "neighbor advertisement";
        /// RFC 4861.
        REDIRECT = 137 "redirect";
        /// RFC 4620.
        NODE_INFORMATION_QUERY = 139 "node information query";
        /// RFC 4620.
        NODE_INFORMATION_RESPONSE = 140 "node information response";
        /// RFC 3122.
        INVERSE_SOLICITATION = 141 "inverse neighbor solicitation";
        /// RFC 3122.
        INVERSE_ADVERTISEMENT = 142 "inverse neighbor advertisement";
        /// RFC 3810.
        MLDV2_REPORT = 143 "multicast listener report v2";
        /// RFC 6275.
        HOME_AGENT_DISCOVERY_REQUEST = 144 "home agent address discovery request";
        /// RFC 6275.
        HOME_AGENT_DISCOVERY_REPLY = 145 "home agent address discovery reply";
        /// RFC 6275.
        MOBILE_PREFIX_SOLICITATION = 146 "mobile prefix solicitation";
        /// RFC 6275.
        MOBILE_PREFIX_ADVERTISEMENT = 147 "mobile prefix advertisement";
        /// RFC 4286.
        MULTICAST_ROUTER_ADVERTISEMENT = 151 "multicast router advertisement";
        /// RFC 4286.
        MULTICAST_ROUTER_SOLICITATION = 152 "multicast router solicitation";
        /// RFC 4286.
        MULTICAST_ROUTER_TERMINATION = 153 "multicast router termination";
        /// RFC 6550.
        RPL = 155 "RPL control";
        /// RFC 8335.
        EXTENDED_ECHO_REQUEST = 160 "extended echo request";
        /// RFC 8335.
        EXTENDED_ECHO_REPLY = 161 "extended echo reply";
    }
}

numbers! {
    Icmpv6UnreachableCode "code {}" {
        /// RFC 4443.
        NO_ROUTE = 0 "no route";
        /// RFC 4443.
        PROHIBITED = 1 "administratively prohibited";
        /// RFC 4443.
        BEYOND_SCOPE = 2 "beyond scope of source address";
        /// RFC 4443.
        ADDRESS = 3 "address unreachable";
        /// RFC 4443.
        PORT = 4 "port unreachable";
        /// RFC 4443.
        SOURCE_POLICY = 5 "source address failed policy";
        /// RFC 4443.
        REJECT_ROUTE = 6 "reject route";
        /// RFC 6550.
        SOURCE_ROUTE_FAILED = 7 "source route failed";
        /// RFC 8883.
        HEADERS_TOO_LONG = 8 "headers too long";
    }
}

numbers! {
    Icmpv6TimeExceededCode "code {}" {
        /// RFC 4443.
        IN_TRANSIT = 0 "in transit";
        /// RFC 4443.
        IN_REASSEMBLY = 1 "in reassembly";
    }
}

numbers! {
    Icmpv6ParameterProblemCode "code {}" {
        /// RFC 4443.
        BAD_FIELD = 0 "bad field";
        /// RFC 4443.
        UNKNOWN_NEXT_HEADER = 1 "unknown next header";
        /// RFC 4443.
        UNKNOWN_OPTION = 2 "unknown option";
        /// RFC 7112.
        INCOMPLETE_CHAIN = 3 "first fragment without all headers";
        /// RFC 8754.
        BAD_UPPER_LAYER = 4 "bad upper-layer header";
    }
}

impl Icmpv6Type {
    /// Whether it tells of an error with a packet, which it quotes.
    pub fn is_error(self) -> bool {
        matches!(self.0, 1..=4)
    }

    /// Whether it may say how much it quotes, and have extensions behind that: RFC 4884.
    pub(super) fn is_extensible(self) -> bool {
        matches!(self, Self::DESTINATION_UNREACHABLE | Self::TIME_EXCEEDED)
    }

    /// Whether the four bytes behind the checksum are of the header, in front of a payload.
    pub(super) fn has_second_word(self) -> bool {
        self.is_error() || matches!(self.0, 128 | 129 | 160 | 161)
    }
}
