//! Messages of ICMP with their types and codes, as
//! [IANA](https://www.iana.org/assignments/icmp-parameters) lists them.

use std::fmt;
use std::net::Ipv4Addr;

use zerocopy::network_endian::{I32, U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::key::numbers;
use crate::layers::icmpv4::Icmpv4;

/// A type of message. Any value is legal; those with a name are used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Icmpv4Type(pub u8);

/// Why a destination is unreachable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Icmpv4UnreachableCode(pub u8);

/// What to redirect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Icmpv4RedirectCode(pub u8);

/// Which time was exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Icmpv4TimeExceededCode(pub u8);

/// What kind of problem a parameter has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Icmpv4ParameterProblemCode(pub u8);

/// How a probe of an interface went. `ICMPv6` has the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IcmpExtendedEchoCode(pub u8);

numbers! {
    Icmpv4Type "type {}" {
        /// RFC 792.
        ECHO_REPLY = 0 "echo reply";
        /// RFC 792.
        DESTINATION_UNREACHABLE = 3 "destination unreachable";
        /// RFC 792, deprecated by RFC 6633.
        SOURCE_QUENCH = 4 "source quench";
        /// RFC 792.
        REDIRECT = 5 "redirect";
        /// RFC 792.
        ECHO_REQUEST = 8 "echo request";
        /// RFC 1256.
        ROUTER_ADVERTISEMENT = 9 "router advertisement";
        /// RFC 1256.
        ROUTER_SOLICITATION = 10 "router solicitation";
        /// RFC 792.
        TIME_EXCEEDED = 11 "time exceeded";
        /// RFC 792.
        PARAMETER_PROBLEM = 12 "parameter problem";
        /// RFC 792.
        TIMESTAMP_REQUEST = 13 "timestamp request";
        /// RFC 792.
        TIMESTAMP_REPLY = 14 "timestamp reply";
        /// RFC 792, deprecated by RFC 6918.
        INFORMATION_REQUEST = 15 "information request";
        /// RFC 792, deprecated by RFC 6918.
        INFORMATION_REPLY = 16 "information reply";
        /// RFC 950, deprecated by RFC 6918.
        ADDRESS_MASK_REQUEST = 17 "address mask request";
        /// RFC 950, deprecated by RFC 6918.
        ADDRESS_MASK_REPLY = 18 "address mask reply";
        /// RFC 1393, deprecated by RFC 6918.
        TRACEROUTE = 30 "traceroute";
        /// RFC 8335.
        EXTENDED_ECHO_REQUEST = 42 "extended echo request";
        /// RFC 8335.
        EXTENDED_ECHO_REPLY = 43 "extended echo reply";
    }
}

numbers! {
    Icmpv4UnreachableCode "code {}" {
        /// RFC 792.
        NET = 0 "net unreachable";
        /// RFC 792.
        HOST = 1 "host unreachable";
        /// RFC 792.
        PROTOCOL = 2 "protocol unreachable";
        /// RFC 792.
        PORT = 3 "port unreachable";
        /// RFC 792; RFC 1191 adds the MTU.
        FRAGMENTATION_NEEDED = 4 "fragmentation needed";
        /// RFC 792.
        SOURCE_ROUTE_FAILED = 5 "source route failed";
        /// RFC 1122.
        NET_UNKNOWN = 6 "net unknown";
        /// RFC 1122.
        HOST_UNKNOWN = 7 "host unknown";
        /// RFC 1122.
        SOURCE_HOST_ISOLATED = 8 "source host isolated";
        /// RFC 1122.
        NET_PROHIBITED = 9 "net administratively prohibited";
        /// RFC 1122.
        HOST_PROHIBITED = 10 "host administratively prohibited";
        /// RFC 1122.
        NET_TYPE_OF_SERVICE = 11 "net unreachable for type of service";
        /// RFC 1122.
        HOST_TYPE_OF_SERVICE = 12 "host unreachable for type of service";
        /// RFC 1812.
        PROHIBITED = 13 "administratively prohibited";
        /// RFC 1812.
        HOST_PRECEDENCE_VIOLATION = 14 "host precedence violation";
        /// RFC 1812.
        PRECEDENCE_CUTOFF = 15 "precedence cutoff in effect";
    }
}

numbers! {
    Icmpv4RedirectCode "code {}" {
        /// RFC 792.
        NET = 0 "for net";
        /// RFC 792.
        HOST = 1 "for host";
        /// RFC 792.
        NET_TYPE_OF_SERVICE = 2 "for type of service and net";
        /// RFC 792.
        HOST_TYPE_OF_SERVICE = 3 "for type of service and host";
    }
}

numbers! {
    Icmpv4TimeExceededCode "code {}" {
        /// RFC 792.
        IN_TRANSIT = 0 "in transit";
        /// RFC 792.
        IN_REASSEMBLY = 1 "in reassembly";
    }
}

numbers! {
    Icmpv4ParameterProblemCode "code {}" {
        /// RFC 792.
        POINTER = 0 "bad field";
        /// RFC 1108.
        MISSING_OPTION = 1 "required option missing";
        /// RFC 1812.
        BAD_LENGTH = 2 "bad length";
    }
}

numbers! {
    IcmpExtendedEchoCode "code {}" {
        /// RFC 8335.
        NO_ERROR = 0 "no error";
        /// RFC 8335.
        MALFORMED_QUERY = 1 "malformed query";
        /// RFC 8335.
        NO_SUCH_INTERFACE = 2 "no such interface";
        /// RFC 8335.
        NO_SUCH_TABLE_ENTRY = 3 "no such table entry";
        /// RFC 8335.
        MULTIPLE_INTERFACES = 4 "multiple interfaces match";
    }
}

impl Icmpv4Type {
    /// Whether it tells of an error with a packet, which it quotes.
    pub fn is_error(self) -> bool {
        matches!(
            self,
            Self::DESTINATION_UNREACHABLE
                | Self::SOURCE_QUENCH
                | Self::REDIRECT
                | Self::TIME_EXCEEDED
                | Self::PARAMETER_PROBLEM
        )
    }

    /// Whether it may say how much it quotes, and have extensions behind that: RFC 4884.
    pub(super) fn is_extensible(self) -> bool {
        self.is_error() && !matches!(self, Self::SOURCE_QUENCH | Self::REDIRECT)
    }

    /// Whether an identifier and a sequence number follow the checksum.
    pub(super) fn is_query(self) -> bool {
        matches!(self.0, 0 | 8 | 13..=18)
    }
}

/// A message. What an error quotes is its payload, and a layer of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Icmpv4Message<'a> {
    /// Answer to an echo request, with its data.
    EchoReply { identifier: u16, sequence_number: u16, data: &'a [u8] },
    /// Asks for the data to be sent back.
    EchoRequest { identifier: u16, sequence_number: u16, data: &'a [u8] },
    /// The quoted packet cannot be delivered. The MTU of the next hop comes where fragmentation is
    /// needed, and is zero from routers older than RFC 1191.
    DestinationUnreachable { code: Icmpv4UnreachableCode, next_hop_mtu: Option<u16> },
    /// The quoted packet came too fast.
    SourceQuench,
    /// The quoted packet should take another way.
    Redirect { code: Icmpv4RedirectCode, gateway: Ipv4Addr },
    /// These routers can be used for `lifetime` seconds.
    RouterAdvertisement { lifetime: u16, routers: &'a [Icmpv4Router] },
    /// Asks for router advertisements.
    RouterSolicitation,
    /// The quoted packet took too long.
    TimeExceeded { code: Icmpv4TimeExceededCode },
    /// The quoted packet has a problem, at the byte of this number where the code says so.
    ParameterProblem { code: Icmpv4ParameterProblemCode, pointer: u8 },
    /// Asks for the time.
    TimestampRequest { identifier: u16, sequence_number: u16, times: &'a Icmpv4Times },
    /// Tells the time.
    TimestampReply { identifier: u16, sequence_number: u16, times: &'a Icmpv4Times },
    /// Asks for the number of the network.
    InformationRequest { identifier: u16, sequence_number: u16 },
    /// Answers in its addresses.
    InformationReply { identifier: u16, sequence_number: u16 },
    /// Asks for the subnet mask.
    AddressMaskRequest { identifier: u16, sequence_number: u16, mask: Ipv4Addr },
    /// Tells the subnet mask.
    AddressMaskReply { identifier: u16, sequence_number: u16, mask: Ipv4Addr },
    /// A packet with a traceroute option was forwarded or, with code 1, dropped.
    Traceroute { identifier: u16, trace: &'a Icmpv4Trace },
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

/// A router, as an advertisement tells of it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct Icmpv4Router {
    pub address: [u8; 4],
    /// The higher the better; the least of all means never by default.
    pub preference_level: I32,
}

/// Times in milliseconds since midnight UTC; with the highest bit set, of another kind.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct Icmpv4Times {
    pub originate: U32,
    pub receive: U32,
    pub transmit: U32,
}

/// What a router tells of a packet with a traceroute option: RFC 1393.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct Icmpv4Trace {
    pub outbound_hops: U16,
    pub return_hops: U16,
    /// Bytes in a second.
    pub output_link_speed: U32,
    /// Bytes.
    pub output_link_mtu: U32,
}

/// The last byte of an extended echo reply: RFC 8335, section 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IcmpInterfaceStatus(pub u8);

impl IcmpInterfaceStatus {
    /// State of the entry of a neighbor: 1 incomplete, 2 reachable, 3 stale, 4 delay, 5 probe,
    /// 6 failed; 0 for an interface of the node itself.
    pub fn state(self) -> u8 {
        self.0 >> 5
    }

    /// Whether the interface is active.
    pub fn is_active(self) -> bool {
        self.0 & 4 != 0
    }

    /// Whether IPv4 runs on it.
    pub fn has_ipv4(self) -> bool {
        self.0 & 2 != 0
    }

    /// Whether IPv6 runs on it.
    pub fn has_ipv6(self) -> bool {
        self.0 & 1 != 0
    }
}

impl<'a> Icmpv4<'a> {
    /// What it says.
    pub fn message(&self) -> Icmpv4Message<'a> {
        let data = self.payload;
        let code = self.header.code;
        let (identifier, sequence_number) = (self.identifier(), self.sequence_number());
        let [first, _, third, fourth] = self.header.rest;
        let known = match self.message_type() {
            Icmpv4Type::ECHO_REPLY => {
                Some(Icmpv4Message::EchoReply { identifier, sequence_number, data })
            }
            Icmpv4Type::ECHO_REQUEST => {
                Some(Icmpv4Message::EchoRequest { identifier, sequence_number, data })
            }
            Icmpv4Type::DESTINATION_UNREACHABLE => {
                let code = Icmpv4UnreachableCode(code);
                let has_mtu = code == Icmpv4UnreachableCode::FRAGMENTATION_NEEDED;
                // The MTU stands where a query has its sequence number.
                let next_hop_mtu = has_mtu.then_some(sequence_number);
                Some(Icmpv4Message::DestinationUnreachable { code, next_hop_mtu })
            }
            Icmpv4Type::SOURCE_QUENCH => Some(Icmpv4Message::SourceQuench),
            Icmpv4Type::REDIRECT => {
                let gateway = self.header.rest.into();
                Some(Icmpv4Message::Redirect { code: Icmpv4RedirectCode(code), gateway })
            }
            Icmpv4Type::ROUTER_ADVERTISEMENT => {
                let (lifetime, routers) = (sequence_number, self.routers());
                Some(Icmpv4Message::RouterAdvertisement { lifetime, routers })
            }
            Icmpv4Type::ROUTER_SOLICITATION => Some(Icmpv4Message::RouterSolicitation),
            Icmpv4Type::TIME_EXCEEDED => {
                Some(Icmpv4Message::TimeExceeded { code: Icmpv4TimeExceededCode(code) })
            }
            Icmpv4Type::PARAMETER_PROBLEM => {
                let (code, pointer) = (Icmpv4ParameterProblemCode(code), first);
                Some(Icmpv4Message::ParameterProblem { code, pointer })
            }
            Icmpv4Type::TIMESTAMP_REQUEST => self.front().map(|times| {
                Icmpv4Message::TimestampRequest { identifier, sequence_number, times }
            }),
            Icmpv4Type::TIMESTAMP_REPLY => self
                .front()
                .map(|times| Icmpv4Message::TimestampReply { identifier, sequence_number, times }),
            Icmpv4Type::INFORMATION_REQUEST => {
                Some(Icmpv4Message::InformationRequest { identifier, sequence_number })
            }
            Icmpv4Type::INFORMATION_REPLY => {
                Some(Icmpv4Message::InformationReply { identifier, sequence_number })
            }
            Icmpv4Type::ADDRESS_MASK_REQUEST => self.front::<[u8; 4]>().map(|&mask| {
                let mask = mask.into();
                Icmpv4Message::AddressMaskRequest { identifier, sequence_number, mask }
            }),
            Icmpv4Type::ADDRESS_MASK_REPLY => self.front::<[u8; 4]>().map(|&mask| {
                let mask = mask.into();
                Icmpv4Message::AddressMaskReply { identifier, sequence_number, mask }
            }),
            Icmpv4Type::TRACEROUTE => {
                self.front().map(|trace| Icmpv4Message::Traceroute { identifier, trace })
            }
            Icmpv4Type::EXTENDED_ECHO_REQUEST => {
                let (sequence_number, local) = (third, fourth & 1 != 0);
                Some(Icmpv4Message::ExtendedEchoRequest { identifier, sequence_number, local })
            }
            Icmpv4Type::EXTENDED_ECHO_REPLY => Some(Icmpv4Message::ExtendedEchoReply {
                code: IcmpExtendedEchoCode(code),
                identifier,
                sequence_number: third,
                status: IcmpInterfaceStatus(fourth),
            }),
            _ => None,
        };
        known.unwrap_or(Icmpv4Message::Other)
    }

    /// The routers of an advertisement, if its entries are those of RFC 1256, two words each.
    fn routers(&self) -> &'a [Icmpv4Router] {
        let [count, words, ..] = self.header.rest;
        if words != 2 {
            return &[];
        }
        let whole = self.payload.len().div_euclid(size_of::<Icmpv4Router>());
        <[Icmpv4Router]>::ref_from_prefix_with_elems(self.payload, whole.min(count.into()))
            .map_or(&[], |(routers, _)| routers)
    }

    /// What the payload starts with.
    fn front<T: FromBytes + KnownLayout + Immutable + Unaligned>(&self) -> Option<&'a T> {
        T::ref_from_prefix(self.payload).ok().map(|(front, _)| front)
    }
}
