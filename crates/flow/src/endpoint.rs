//! Endpoints: one address of any kind, as a value.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The kind of an address. Numbers from 1000 up are yours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointType(pub u16);

impl EndpointType {
    /// An IPv4 address, 4 bytes.
    pub const IPV4: Self = Self(1);
    /// An IPv6 address, 16 bytes.
    pub const IPV6: Self = Self(2);
    /// A hardware address of Ethernet, 6 bytes.
    pub const MAC: Self = Self(3);
    /// A port of TCP, 2 bytes.
    pub const TCP_PORT: Self = Self(4);
    /// A port of UDP or UDP-Lite, 2 bytes.
    pub const UDP_PORT: Self = Self(5);
    /// A port of SCTP, 2 bytes.
    pub const SCTP_PORT: Self = Self(6);
}

/// One address of any kind: up to 16 bytes in network byte order, and what they mean.
///
/// Endpoints are ordered by kind, then by their bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    kind: EndpointType,
    bytes: [u8; 16],
    len: u8,
}

impl Endpoint {
    /// An address of these bytes, or nothing if there are more than 16.
    pub fn new(kind: EndpointType, address: &[u8]) -> Option<Self> {
        let mut bytes = [0; 16];
        bytes.get_mut(..address.len())?.copy_from_slice(address);
        Some(Self { kind, bytes, len: u8::try_from(address.len()).ok()? })
    }

    /// A port of TCP.
    pub fn tcp_port(port: u16) -> Self {
        Self::fixed(EndpointType::TCP_PORT, port.to_be_bytes())
    }

    /// A port of UDP or UDP-Lite.
    pub fn udp_port(port: u16) -> Self {
        Self::fixed(EndpointType::UDP_PORT, port.to_be_bytes())
    }

    /// A port of SCTP.
    pub fn sctp_port(port: u16) -> Self {
        Self::fixed(EndpointType::SCTP_PORT, port.to_be_bytes())
    }

    /// A hardware address of Ethernet.
    pub fn mac(address: [u8; 6]) -> Self {
        Self::fixed(EndpointType::MAC, address)
    }

    fn fixed<const N: usize>(kind: EndpointType, address: [u8; N]) -> Self {
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(address).for_each(|(to, from)| *to = from);
        Self { kind, bytes, len: u8::try_from(N).unwrap_or(16) }
    }

    /// What the bytes mean.
    pub fn kind(&self) -> EndpointType {
        self.kind
    }

    /// The address, in network byte order.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len.into()).unwrap_or(&self.bytes)
    }
}

impl From<Ipv4Addr> for Endpoint {
    fn from(address: Ipv4Addr) -> Self {
        Self::fixed(EndpointType::IPV4, address.octets())
    }
}

impl From<Ipv6Addr> for Endpoint {
    fn from(address: Ipv6Addr) -> Self {
        Self::fixed(EndpointType::IPV6, address.octets())
    }
}

impl fmt::Display for Endpoint {
    /// Writes the address as its kind is written, or hex for the kinds that are yours.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.kind, self.bytes()) {
            (EndpointType::IPV4, &[a, b, c, d]) => Ipv4Addr::new(a, b, c, d).fmt(f),
            (EndpointType::IPV6, _) => Ipv6Addr::from(self.bytes).fmt(f),
            (EndpointType::MAC, [a, b, c, d, e, g]) => {
                write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
            }
            (
                EndpointType::TCP_PORT | EndpointType::UDP_PORT | EndpointType::SCTP_PORT,
                &[a, b],
            ) => u16::from_be_bytes([a, b]).fmt(f),
            (_, bytes) => bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_written_in_its_own_way() {
        assert_eq!(Endpoint::from(Ipv4Addr::new(192, 0, 2, 1)).to_string(), "192.0.2.1");
        assert_eq!(Endpoint::from(Ipv6Addr::LOCALHOST).to_string(), "::1");
        assert_eq!(Endpoint::mac([0, 1, 2, 3, 4, 0xff]).to_string(), "00:01:02:03:04:ff");
        assert_eq!(Endpoint::tcp_port(443).to_string(), "443");
        let custom = Endpoint::new(EndpointType(1000), &[0xca, 0xfe]).unwrap();
        assert_eq!(custom.to_string(), "cafe");
    }

    #[test]
    fn an_address_of_more_than_sixteen_bytes_is_refused() {
        assert!(Endpoint::new(EndpointType(1000), &[0; 16]).is_some());
        assert!(Endpoint::new(EndpointType(1000), &[0; 17]).is_none());
    }

    #[test]
    fn the_same_number_of_another_kind_is_another_endpoint() {
        assert_ne!(Endpoint::tcp_port(53), Endpoint::udp_port(53));
        assert!(Endpoint::udp_port(255) < Endpoint::udp_port(256));
    }
}
