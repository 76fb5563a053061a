//! The key: both endpoints in order, and the protocol.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::hint::select_unpredictable;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use rheos_layers::IpProtocol;

use crate::Orientation;

/// The key of a [`FiveTuple`](super::FiveTuple): 40 bytes, the lower endpoint first.
///
/// Words, not bytes: a key stays in registers from its making to its comparison, where bytes would
/// go through memory and be waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FiveTupleKey {
    /// Lower and higher address, the upper word first; one of IPv4 is in the lower word.
    low: (u64, u64),
    high: (u64, u64),
    /// Port of the lower and of the higher endpoint, protocol, and whether this is IPv6.
    rest: u64,
}

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
    #[allow(clippy::cast_possible_truncation, reason = "a part of a word")]
    pub fn protocol(&self) -> IpProtocol {
        IpProtocol((self.rest >> 1) as u8)
    }

    /// Whether one of the two ports is this.
    pub fn either_port(&self, port: u16) -> bool {
        self.ports().contains(&port)
    }

    #[allow(clippy::cast_possible_truncation, reason = "an address of IPv4 has four bytes")]
    fn address(&self, (upper, lower): (u64, u64)) -> IpAddr {
        if self.is_ipv6() {
            return Ipv6Addr::from(u128::from(upper) << 64 | u128::from(lower)).into();
        }
        Ipv4Addr::from(lower as u32).into()
    }
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
        write!(f, "{} {} {}", self.protocol(), self.low(), self.high())
    }
}
