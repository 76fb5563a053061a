//! Flows: two endpoints of one kind, and those that a packet names.

use std::fmt;
use std::hash::BuildHasher;

use rheos_layers::{Ethernet, Ipv4, Ipv6, Packet, Tcp, Udp};

use crate::{Endpoint, EndpointType, HashSeed, Orientation};

/// Two endpoints of one kind, from a source to a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flow {
    source: Endpoint,
    destination: Endpoint,
}

impl Flow {
    /// A flow, or nothing if the endpoints are of two kinds.
    pub fn new(source: Endpoint, destination: Endpoint) -> Option<Self> {
        (source.kind() == destination.kind()).then_some(Self { source, destination })
    }

    fn of<E: Into<Endpoint>>(source: E, destination: E) -> Self {
        Self { source: source.into(), destination: destination.into() }
    }

    /// Where it comes from.
    pub fn source(&self) -> Endpoint {
        self.source
    }

    /// Where it goes.
    pub fn destination(&self) -> Endpoint {
        self.destination
    }

    /// Source and destination.
    pub fn endpoints(&self) -> (Endpoint, Endpoint) {
        (self.source, self.destination)
    }

    /// The kind of both endpoints.
    pub fn kind(&self) -> EndpointType {
        self.source.kind()
    }

    /// The way back.
    #[must_use]
    pub fn reverse(&self) -> Self {
        Self { source: self.destination, destination: self.source }
    }

    /// The same for both ways: the lower endpoint first.
    #[must_use]
    pub fn canonical(&self) -> Self {
        if self.destination < self.source { self.reverse() } else { *self }
    }

    /// Which of the two ways this is.
    pub fn orientation(&self) -> Orientation {
        if self.destination < self.source { Orientation::Reverse } else { Orientation::Forward }
    }

    /// A hash that is the same for both ways, under a seed that keeps attackers from choosing
    /// flows that collide.
    pub fn fast_hash(&self, seed: HashSeed) -> u64 {
        seed.hash_one(self.canonical())
    }
}

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} → {}", self.source, self.destination)
    }
}

/// The flows that a decoded packet names, one at each level.
pub trait PacketFlows {
    /// Hardware addresses.
    fn link_flow(&self) -> Option<Flow>;
    /// Addresses of the outermost IP.
    fn network_flow(&self) -> Option<Flow>;
    /// Ports of the outermost transport.
    fn transport_flow(&self) -> Option<Flow>;
}

impl PacketFlows for Packet<'_> {
    fn link_flow(&self) -> Option<Flow> {
        let frame = self.get::<Ethernet<'_>>()?;
        Some(Flow::of(Endpoint::mac(frame.source()), Endpoint::mac(frame.destination())))
    }

    fn network_flow(&self) -> Option<Flow> {
        let span = self.network_layer()?;
        let ipv4 = || self.view::<Ipv4<'_>>(span).map(|ip| Flow::of(ip.source(), ip.destination()));
        let ipv6 = || self.view::<Ipv6<'_>>(span).map(|ip| Flow::of(ip.source(), ip.destination()));
        ipv4().or_else(ipv6)
    }

    fn transport_flow(&self) -> Option<Flow> {
        let span = self.transport_layer()?;
        let tcp = || {
            let tcp = self.view::<Tcp<'_>>(span)?;
            let port = Endpoint::tcp_port;
            Some(Flow::of(port(tcp.source_port()), port(tcp.destination_port())))
        };
        let udp = || {
            let udp = self.view::<Udp<'_>>(span)?;
            let port = Endpoint::udp_port;
            Some(Flow::of(port(udp.source_port()), port(udp.destination_port())))
        };
        tcp().or_else(udp)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn both_ways_hash_alike_and_other_flows_do_not() {
        let seed = HashSeed::fixed(7);
        let [a, b, c] = [1, 2, 3].map(|last| Endpoint::from(Ipv4Addr::new(10, 0, 0, last)));
        let flow = Flow::new(a, b).unwrap();
        assert_eq!(flow.fast_hash(seed), flow.reverse().fast_hash(seed));
        assert_ne!(flow.fast_hash(seed), Flow::new(a, c).unwrap().fast_hash(seed));
        assert_ne!(flow.fast_hash(seed), flow.fast_hash(HashSeed::fixed(8)));
        assert_eq!(
            (flow.orientation(), flow.reverse().orientation()),
            (Orientation::Forward, Orientation::Reverse)
        );
    }

    #[test]
    fn endpoints_of_two_kinds_make_no_flow() {
        assert_eq!(Flow::new(Endpoint::tcp_port(1), Endpoint::udp_port(2)), None);
    }
}
