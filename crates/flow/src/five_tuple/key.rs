//! The key: both endpoints in order, and the protocol.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::hint::select_unpredictable;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use rheos_layers::IpProtocol;

use super::icmp;
use crate::{Orientation, PortSet};

/// The key of a [`FiveTuple`](super::FiveTuple): 40 bytes, the lower endpoint first.
///
/// Words, not bytes: a key stays in registers from its making to its comparison, where bytes would
/// go through memory and be waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FiveTupleKey {
    /// Lower and higher address, the upper word first; one of IPv4 is in the lower word.
    low: (u64, u64),
    high: (u64, u64),
    /// Type and code of a control message, port of the lower and of the higher endpoint, who sends
    /// the message, protocol, and whether this is IPv6.
    rest: u64,
}

/// A message of ICMP or `ICMPv6` is known, and its ports are identifiers.
const HAS_MESSAGE: u64 = 1 << 9;
/// The lower endpoint sends the message, or is the one that asks.
const FROM_LOW: u64 = 1 << 10;

impl FiveTupleKey {
    /// The key of a packet between two endpoints of one IP version, and the order of the two.
    ///
    /// An IPv4 and an IPv6 endpoint have no flow between them.
    pub fn new(
        source: SocketAddr,
        destination: SocketAddr,
        protocol: IpProtocol,
    ) -> Option<(Self, Orientation)> {
        let ports = [source.port(), destination.port()];
        match (source.ip(), destination.ip()) {
            (IpAddr::V4(a), IpAddr::V4(b)) => {
                Some(Self::ipv4([a.octets(), b.octets()], ports, protocol))
            }
            (IpAddr::V6(a), IpAddr::V6(b)) => {
                Some(Self::ipv6([a.octets(), b.octets()], ports, protocol))
            }
            _ => None,
        }
    }

    #[inline(always)]
    pub(super) fn ipv4(
        addresses: [[u8; 4]; 2],
        ports: [u16; 2],
        protocol: IpProtocol,
    ) -> (Self, Orientation) {
        let [a, b] = addresses.map(u32::from_be_bytes).map(u64::from);
        let [p, q] = ports.map(u64::from);
        let swap = (b << 16 | q) < (a << 16 | p);
        Self::sorted([(0, a), (0, b)], [p, q], protocol, false, swap)
    }

    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, reason = "halves")]
    pub(super) fn ipv6(
        addresses: [[u8; 16]; 2],
        ports: [u16; 2],
        protocol: IpProtocol,
    ) -> (Self, Orientation) {
        let [a, b] = addresses.map(u128::from_be_bytes);
        let swap = (b, ports[1]) < (a, ports[0]);
        let words = [a, b].map(|address| ((address >> 64) as u64, address as u64));
        Self::sorted(words, ports.map(u64::from), protocol, true, swap)
    }

    #[inline(always)]
    fn sorted(
        [a, b]: [(u64, u64); 2],
        [p, q]: [u64; 2],
        protocol: IpProtocol,
        is_ipv6: bool,
        swap: bool,
    ) -> (Self, Orientation) {
        // Every other packet goes back: a branch would be foretold wrong as often as right.
        let first = |there, back| select_unpredictable(swap, back, there);
        let low = (first(a.0, b.0), first(a.1, b.1));
        let high = (first(b.0, a.0), first(b.1, a.1));
        let kind = u64::from(protocol.0) << 1 | u64::from(is_ipv6);
        let rest = first(p, q) << 32 | first(q, p) << 16 | kind;
        let orientation = if swap { Orientation::Reverse } else { Orientation::Forward };
        (Self { low, high, rest }, orientation)
    }

    /// The same with a control message, of ICMP or `ICMPv6`, that a packet of this orientation has.
    ///
    /// A question and its answer have one key: that of the question. Messages that nobody answers
    /// have a key for each type, code and direction. The ports of such keys are the identifier, which
    /// questions and answers have, or zero.
    ///
    /// ```
    /// use rheos_flow::FiveTupleKey;
    /// use rheos_layers::IpProtocol;
    ///
    /// let [host, other] = ["10.0.0.1:7", "10.0.0.2:7"].map(|end| end.parse().unwrap());
    /// let (key, there) = FiveTupleKey::new(host, other, IpProtocol::ICMPV4).unwrap();
    /// let (_, back) = FiveTupleKey::new(other, host, IpProtocol::ICMPV4).unwrap();
    /// assert_eq!(key.with_message(there, 8, 0), key.with_message(back, 0, 0));
    /// assert_eq!(key.with_message(back, 0, 0).message(), Some((8, 0)));
    /// ```
    #[must_use]
    #[inline(always)] // A call would take the key by its place, and put that of every packet there.
    pub fn with_message(self, orientation: Orientation, kind: u8, code: u8) -> Self {
        // A host that asks itself has one endpoint: its question and its answer look the same.
        let is_own = self.low == self.high && self.ports()[0] == self.ports()[1];
        Self { rest: Self::rest_with(self.rest, is_own, orientation, [kind, code]), ..self }
    }

    /// The word behind the addresses with the message in it.
    #[inline(never)]
    fn rest_with(rest: u64, is_own: bool, orientation: Orientation, [kind, code]: [u8; 2]) -> u64 {
        let message = icmp::Message::new(protocol(rest) == IpProtocol::ICMPV6, kind, code);
        let from_low = is_own || (orientation == Orientation::Forward) != message.is_answer;
        let [kind, code] = [message.kind, message.code].map(u64::from);
        let sender = if from_low { FROM_LOW } else { 0 };
        rest & !(0xffff << 48 | FROM_LOW) | kind << 56 | code << 48 | HAS_MESSAGE | sender
    }

    /// Type and code of the control message, if the key is one of ICMP or `ICMPv6`: those of the
    /// question, where there is an answer to it.
    #[allow(clippy::cast_possible_truncation, reason = "parts of a word")]
    pub fn message(&self) -> Option<(u8, u8)> {
        let message = ((self.rest >> 56) as u8, (self.rest >> 48) as u8);
        (self.rest & HAS_MESSAGE != 0).then_some(message)
    }

    /// The order of a packet from the one who sends the control message, or asks.
    pub(crate) fn message_orientation(&self) -> Orientation {
        if self.rest & FROM_LOW != 0 { Orientation::Forward } else { Orientation::Reverse }
    }

    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "parts of a word")]
    fn ports(&self) -> [u16; 2] {
        [(self.rest >> 32) as u16, (self.rest >> 16) as u16]
    }

    #[inline]
    fn is_ipv6(&self) -> bool {
        self.rest & 1 != 0
    }

    /// The lower endpoint.
    pub fn low(&self) -> SocketAddr {
        let [port, _] = self.ports();
        SocketAddr::new(self.address(self.low), port)
    }

    /// The higher endpoint.
    pub fn high(&self) -> SocketAddr {
        let [_, port] = self.ports();
        SocketAddr::new(self.address(self.high), port)
    }

    /// Source and destination of a packet that names them in this order.
    pub fn endpoints(&self, orientation: Orientation) -> (SocketAddr, SocketAddr) {
        match orientation {
            Orientation::Forward => (self.low(), self.high()),
            Orientation::Reverse => (self.high(), self.low()),
        }
    }

    /// What IP carries.
    pub fn protocol(&self) -> IpProtocol {
        protocol(self.rest)
    }

    /// Whether one of the two ports is this.
    pub fn either_port(&self, port: u16) -> bool {
        self.ports().contains(&port)
    }

    /// Whether one of the two ports is among these.
    pub fn either_port_in(&self, ports: &PortSet) -> bool {
        self.ports().into_iter().any(|port| ports.contains(port))
    }

    /// Whether both ports are among these.
    pub fn both_ports_in(&self, ports: &PortSet) -> bool {
        self.ports().into_iter().all(|port| ports.contains(port))
    }

    #[allow(clippy::cast_possible_truncation, reason = "an address of IPv4 has four bytes")]
    fn address(&self, (upper, lower): (u64, u64)) -> IpAddr {
        if self.is_ipv6() {
            return Ipv6Addr::from(u128::from(upper) << 64 | u128::from(lower)).into();
        }
        Ipv4Addr::from(lower as u32).into()
    }
}

/// What IP carries, of the word behind the addresses.
#[allow(clippy::cast_possible_truncation, reason = "a part of a word")]
fn protocol(rest: u64) -> IpProtocol {
    IpProtocol((rest >> 1) as u8)
}

impl Hash for FiveTupleKey {
    #[inline(always)]
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        let pair = |a: u64, b: u64| u128::from(a) | u128::from(b) << 64;
        if self.is_ipv6() {
            hasher.write_u128(pair(self.low.0, self.low.1));
            hasher.write_u128(pair(self.high.0, self.high.1));
            hasher.write_u64(self.rest);
        } else {
            // Addresses of IPv4 fill half a word each.
            hasher.write_u128(pair(self.low.1 | self.high.1 << 32, self.rest));
        }
    }
}

impl fmt::Display for FiveTupleKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.protocol(), self.low(), self.high())?;
        self.message().map_or(Ok(()), |(kind, code)| write!(f, " {kind}/{code}"))
    }
}
