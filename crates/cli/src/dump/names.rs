//! Names beside numbers: what is registered on a port, and who made a network card.

use std::fmt;

use rheos::flow::{Endpoint, EndpointType, Flow};
use rheos::layers::{
    EtherType, Field, IpProtocol, Packet, Sctp, Span, Tcp, Udp, UdpLite, Value, names,
};

/// How ports and hardware addresses are shown.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Numbers {
    /// As numbers.
    #[default]
    Bare,
    /// With the name, if there is one, in parentheses behind.
    Named,
}

impl Numbers {
    /// A flow as text.
    pub(super) fn flow(self, flow: Flow) -> impl fmt::Display {
        fmt::from_fn(move |f| match self {
            Self::Bare => write!(f, "{flow}"),
            Self::Named => {
                let (source, destination) = flow.endpoints();
                write!(f, "{} → {}", Named(source), Named(destination))
            }
        })
    }

    /// The name of what a field holds, to stand behind it.
    pub(super) fn behind(self, field: &Field<'_>) -> impl fmt::Display {
        let name = if self == Self::Named { of_field(field) } else { None };
        fmt::from_fn(move |f| name.map_or(Ok(()), |name| write!(f, " ({name})")))
    }

    /// What a layer says, whose text starts with its ports if it has any.
    pub(super) fn summary(self, text: String, packet: &Packet<'_>, span: &Span) -> String {
        let named = || {
            let flow = ports(packet, span)?;
            let rest = text.strip_prefix(&flow.to_string())?;
            Some(format!("{}{rest}", self.flow(flow)))
        };
        match self {
            Self::Bare => text,
            Self::Named => named().unwrap_or(text),
        }
    }
}

/// The ports of one layer.
fn ports(packet: &Packet<'_>, span: &Span) -> Option<Flow> {
    let tcp = || {
        let tcp = packet.view::<Tcp<'_>>(span)?;
        let port = Endpoint::tcp_port;
        Flow::new(port(tcp.source_port()), port(tcp.destination_port()))
    };
    let udp = || {
        let udp = packet.view::<Udp<'_>>(span)?;
        let port = Endpoint::udp_port;
        Flow::new(port(udp.source_port()), port(udp.destination_port()))
    };
    let udp_lite = || {
        let udp_lite = packet.view::<UdpLite<'_>>(span)?;
        let port = Endpoint::udp_port;
        Flow::new(port(udp_lite.source_port()), port(udp_lite.destination_port()))
    };
    let sctp = || {
        let sctp = packet.view::<Sctp<'_>>(span)?;
        let port = Endpoint::sctp_port;
        Flow::new(port(sctp.source_port()), port(sctp.destination_port()))
    };
    tcp().or_else(udp).or_else(udp_lite).or_else(sctp)
}

/// The name of what a field holds.
fn of_field(field: &Field<'_>) -> Option<&'static str> {
    let number = match field.value {
        Value::Mac(address) => return names::oui(address).map(|vendor| vendor.name),
        Value::Number(number) => u16::try_from(number).ok()?,
        _ => return None,
    };
    match field.name {
        "tcp.srcport" | "tcp.dstport" => names::port(IpProtocol::TCP, number),
        "udp.srcport" | "udp.dstport" => names::port(IpProtocol::UDP, number),
        "sctp.srcport" | "sctp.dstport" => names::port(IpProtocol::SCTP, number),
        "ip.proto" | "ipv6.nxt" => names::protocol(IpProtocol(u8::try_from(number).ok()?)),
        "eth.type" | "vlan.etype" | "sll.etype" => names::ether_type(EtherType(number)),
        _ => None,
    }
}

/// An endpoint and its name.
struct Named(Endpoint);

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match name(self.0) {
            Some(name) => write!(f, "{} ({name})", self.0),
            None => write!(f, "{}", self.0),
        }
    }
}

/// The name of a port or of the vendor of a hardware address.
fn name(endpoint: Endpoint) -> Option<&'static str> {
    let protocol = match endpoint.kind() {
        EndpointType::MAC => {
            let address = endpoint.bytes().try_into().ok()?;
            return names::oui(address).map(|vendor| vendor.name);
        }
        EndpointType::TCP_PORT => IpProtocol::TCP,
        EndpointType::UDP_PORT => IpProtocol::UDP,
        EndpointType::SCTP_PORT => IpProtocol::SCTP,
        _ => return None,
    };
    names::port(protocol, u16::from_be_bytes(endpoint.bytes().try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: Endpoint, destination: Endpoint, bare: &str, named: &str) {
        let flow = Flow::new(source, destination).unwrap();
        assert_eq!(Numbers::Bare.flow(flow).to_string(), bare);
        assert_eq!(Numbers::Named.flow(flow).to_string(), named);
    }

    /// The names of `getent services`, and of IEEE's `oui.txt`.
    #[test]
    fn names_stand_behind_numbers_that_have_one() {
        let (tcp, udp) = (Endpoint::tcp_port, Endpoint::udp_port);
        check(tcp(65535), tcp(514), "65535 → 514", "65535 → 514 (shell)");
        check(udp(514), udp(53), "514 → 53", "514 (syslog) → 53 (domain)");
        let sctp = Endpoint::sctp_port;
        check(sctp(2905), sctp(1), "2905 → 1", "2905 (m3ua) → 1");
        check(
            Endpoint::mac([0, 0x1b, 0x63, 1, 2, 3]),
            Endpoint::mac([0xff; 6]),
            "00:1b:63:01:02:03 → ff:ff:ff:ff:ff:ff",
            "00:1b:63:01:02:03 (Apple, Inc.) → ff:ff:ff:ff:ff:ff",
        );
        let address = Endpoint::from(std::net::Ipv4Addr::LOCALHOST);
        check(address, address, "127.0.0.1 → 127.0.0.1", "127.0.0.1 → 127.0.0.1");
    }
}
