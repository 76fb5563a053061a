//! Keys of hosts, whatever they say to each other.

use std::net::IpAddr;

use rheos_core::RawPacket;
use rheos_layers::{Decoder, Ethernet, IpProtocol, Ipv4, Ipv6, LayerType, Packet};

use crate::{Extracted, FiveTupleKey, FlowExtractor, Orientation};

/// Tells flows apart by the addresses of the outermost IP alone.
///
/// The key is a [`FiveTupleKey`] without ports, whose protocol is [`IpProtocol::HOP_BY_HOP`]: zero.
#[derive(Clone, Debug, Default)]
pub struct IpPair {
    decoder: Decoder,
}

impl IpPair {
    /// Sees in packets what this decoder does.
    pub fn new(decoder: &Decoder) -> Self {
        Self { decoder: decoder.clone() }
    }
}

impl FlowExtractor for IpPair {
    type Key = FiveTupleKey;

    fn extract(&self, raw: &RawPacket<'_>) -> Option<Extracted<FiveTupleKey>> {
        let mut packet = Packet::new(&self.decoder);
        packet.decode(raw.link_type, raw.data);
        let is_ip = |layer| matches!(layer, LayerType::IPV4 | LayerType::IPV6);
        let span = packet.own_layers().iter().find(|span| is_ip(span.layer))?;
        let (ends, length) = if let Some(ip) = packet.view::<Ipv4<'_>>(span) {
            let ends: [IpAddr; 2] = [ip.source().into(), ip.destination().into()];
            (ends, u32::from(ip.header.total_length.get()))
        } else {
            let ip = packet.view::<Ipv6<'_>>(span)?;
            let length = u32::from(ip.header.payload_length.get());
            ([ip.source().into(), ip.destination().into()], length.saturating_add(40))
        };
        let [source, destination] = ends.map(|address| (address, 0).into());
        let (key, orientation) = FiveTupleKey::new(source, destination, IpProtocol::HOP_BY_HOP)?;
        let mut found = Extracted::new(key, orientation);
        found.ip_length = length;
        Some(found)
    }
}

/// Two hardware addresses, the lower first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MacPairKey {
    /// The lower address.
    pub low: [u8; 6],
    /// The higher address.
    pub high: [u8; 6],
}

/// Tells flows apart by the hardware addresses of the outermost Ethernet alone.
#[derive(Clone, Debug, Default)]
pub struct MacPair {
    decoder: Decoder,
}

impl MacPair {
    /// Sees in packets what this decoder does.
    pub fn new(decoder: &Decoder) -> Self {
        Self { decoder: decoder.clone() }
    }
}

impl FlowExtractor for MacPair {
    type Key = MacPairKey;

    fn extract(&self, raw: &RawPacket<'_>) -> Option<Extracted<MacPairKey>> {
        let mut packet = Packet::new(&self.decoder);
        packet.decode(raw.link_type, raw.data);
        let frame = packet.get::<Ethernet<'_>>()?;
        let (source, destination) = (frame.source(), frame.destination());
        let found = if destination < source {
            (MacPairKey { low: destination, high: source }, Orientation::Reverse)
        } else {
            (MacPairKey { low: source, high: destination }, Orientation::Forward)
        };
        Some(Extracted::new(found.0, found.1))
    }
}

#[cfg(test)]
mod tests {
    use rheos_core::{LinkType, Timestamp};

    use super::*;

    #[test]
    fn hosts_are_told_apart_and_their_ports_are_not() {
        let frame = |macs: [u8; 2], hosts: [u8; 2], port: u8| {
            let [a, b] = macs;
            let front = [2, 0, 0, 0, 0, b, 2, 0, 0, 0, 0, a, 8, 0];
            let [c, d] = hosts;
            let ip = [0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, c, 10, 0, 0, d];
            [&front[..], &ip, &[0, port, 0, 53, 0, 8, 0, 0]].concat()
        };
        let ip = |frame: &[u8]| {
            let raw = RawPacket::new(Timestamp::default(), LinkType::ETHERNET, frame);
            (IpPair::default().extract(&raw).unwrap(), MacPair::default().extract(&raw).unwrap())
        };
        let (there, back) = (frame([1, 2], [3, 4], 7), frame([2, 1], [4, 3], 9));
        assert_eq!(ip(&there).0.key, ip(&back).0.key);
        assert_eq!(ip(&there).1.key, ip(&back).1.key);
        assert_ne!(ip(&there).0.orientation, ip(&back).0.orientation);
        assert_ne!(ip(&there).1.orientation, ip(&back).1.orientation);
        assert_ne!(ip(&there).0.key, ip(&frame([1, 2], [3, 5], 7)).0.key);
        assert_ne!(ip(&there).1.key, ip(&frame([1, 3], [3, 4], 7)).1.key);
        assert_eq!(ip(&there).0.ip_length, 28);
    }
}
