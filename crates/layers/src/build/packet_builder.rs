//! The packet builder: layers one on the other, where the compiler knows which may stand on which.

use std::fmt;

use super::place::Place;
use super::{Places, Stack};
use crate::{ArpBuilder, DhcpBuilder, DnsBuilder, Encode, EncodeError, EspHeader, EtherIpHeader};
use crate::{
    EthernetHeader, Fix, GeneveHeader, GreBuilder, GreHeader, Icmpv4Builder, Icmpv4Header,
};
use crate::{Icmpv6Builder, Icmpv6Header, Ipv4Builder, Ipv4Header, Ipv6FragmentHeader, Ipv6Header};
use crate::{IsakmpBuilder, LldpBuilder, MplsHeader, PppoeHeader, RadiusBuilder, SctpBuilder};
use crate::{SctpHeader, SipBuilder, SttHeader, StunBuilder};
use crate::{TcpBuilder, TcpHeader, UdpHeader, UdpLiteHeader, VlanHeader, VxlanHeader};

/// A layer that carries others, which its number of the next layer tells apart.
pub trait Carries {
    /// The space of those numbers.
    type Space;
}

/// A layer that has a number in a space.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no number among the {Space}: it cannot stand there"
)]
pub trait CarriedIn<Space> {}

/// A packet that is being built, of which `Top` is the innermost layer so far, and `Below` all that it
/// stands on. It can be written more than once, with other payloads.
///
/// ```
/// use rheos_layers::*;
///
/// let ip = Ipv4Header { source: [10, 0, 0, 1], destination: [10, 0, 0, 2], ..Default::default() };
/// let udp = UdpHeader { source_port: 12345.into(), destination_port: 8080.into(), ..Default::default() };
/// let frame = PacketBuilder::new(EthernetHeader::default()).ipv4(ip).udp(udp).payload(b"hi")?;
///
/// let decoder = Decoder::default();
/// let packet = decoder.decode(LinkType::ETHERNET, &frame);
/// assert_eq!(packet.get::<Udp>().unwrap().payload, b"hi");
/// # Ok::<(), EncodeError>(())
/// ```
///
/// A stack that no network knows does not compile:
///
/// ```compile_fail
/// use rheos_layers::*;
///
/// // TCP has no Ethernet type.
/// PacketBuilder::new(EthernetHeader::default()).tcp(TcpHeader::default());
/// ```
#[derive(Clone, Copy)]
pub struct PacketBuilder<Top, Below = ()> {
    layers: (Below, Top),
    fix: Fix,
}

impl<Top: Encode> PacketBuilder<Top> {
    /// Starts with any layer.
    pub fn new(first: Top) -> Self {
        Self { layers: ((), first), fix: Fix::all() }
    }
}

impl<Top: Encode, Below: Stack> PacketBuilder<Top, Below> {
    /// What is worked out; all, if nothing is said.
    #[must_use]
    pub fn fix(self, fix: Fix) -> Self {
        Self { fix, ..self }
    }

    /// Puts any layer behind that has a number there.
    #[inline]
    pub fn then<Next>(self, next: Next) -> PacketBuilder<Next, (Below, Top)>
    where
        Top: Carries,
        Next: Encode + CarriedIn<Top::Space>,
    {
        PacketBuilder { layers: (self.layers, next), fix: self.fix }
    }

    /// The packet with a payload.
    ///
    /// # Errors
    ///
    /// A value or a length does not fit its field.
    pub fn payload(&self, payload: &[u8]) -> Result<Vec<u8>, EncodeError> {
        let mut packet = Vec::new();
        self.append(&mut packet, payload)?;
        Ok(packet)
    }

    /// Appends the packet with a payload to `out`, which may be used again and again.
    ///
    /// # Errors
    ///
    /// A value or a length does not fit its field. Nothing is appended then.
    #[inline]
    pub fn append(&self, out: &mut Vec<u8>, payload: &[u8]) -> Result<(), EncodeError> {
        super::write(out, self.fix, &self.layers, payload)
    }

    /// The packet, ending with its innermost layer.
    ///
    /// # Errors
    ///
    /// A value or a length does not fit its field.
    pub fn build(&self) -> Result<Vec<u8>, EncodeError> {
        self.payload(&[])
    }
}

impl Stack for () {
    fn count(&self) -> usize {
        0
    }

    fn heads(&self, _: usize, _: &mut Vec<u8>, _: &mut Places) -> Result<(), EncodeError> {
        Ok(())
    }

    fn tails(&self, _: usize, _: &mut Vec<u8>, _: &mut [Place]) -> Result<(), EncodeError> {
        Ok(())
    }

    fn names(&self, _: &mut dyn FnMut(&'static str)) {}
}

impl<Below: Stack, Top: Encode> Stack for (Below, Top) {
    #[inline(always)]
    fn count(&self) -> usize {
        self.0.count().saturating_add(1)
    }

    #[inline(always)]
    fn heads(
        &self,
        base: usize,
        out: &mut Vec<u8>,
        places: &mut Places,
    ) -> Result<(), EncodeError> {
        self.0.heads(base, out, places)?;
        super::head(&self.1, base, out, places)
    }

    #[inline(always)]
    fn tails(
        &self,
        base: usize,
        out: &mut Vec<u8>,
        places: &mut [Place],
    ) -> Result<(), EncodeError> {
        let Some((place, below)) = places.split_last_mut() else { return Ok(()) };
        super::tail(&self.1, base, out, place)?;
        self.0.tails(base, out, below)
    }

    fn names(&self, tell: &mut dyn FnMut(&'static str)) {
        self.0.names(tell);
        tell(self.1.protocol().name);
    }
}

impl<Top: Encode, Below: Stack> fmt::Debug for PacketBuilder<Top, Below> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names = f.debug_list();
        self.layers.names(&mut |name| _ = names.entry(&name));
        names.finish()
    }
}

/// Declares the methods for the layers that most packets are made of.
macro_rules! steps {
    ($($step:ident($header:ident) $name:literal;)+) => {
        impl<Top: Encode + Carries, Below: Stack> PacketBuilder<Top, Below> {
            $(
                #[doc = concat!("Puts ", $name, " behind.")]
                #[inline]
                pub fn $step(self, header: $header) -> PacketBuilder<$header, (Below, Top)>
                where
                    $header: CarriedIn<Top::Space>,
                {
                    self.then(header)
                }
            )+
        }
    };
}

steps! {
    ethernet(EthernetHeader) "an Ethernet frame";
    vlan(VlanHeader) "a VLAN tag";
    ipv4(Ipv4Header) "IPv4";
    ipv6(Ipv6Header) "IPv6";
    tcp(TcpHeader) "TCP";
    udp(UdpHeader) "UDP";
}

/// Spaces of numbers, as types.
pub mod spaces {
    /// Ethernet types.
    #[derive(Debug)]
    pub enum EtherTypes {}
    /// IP protocol numbers.
    #[derive(Debug)]
    pub enum IpProtocols {}
    /// Frames of Ethernet and nothing else.
    #[derive(Debug)]
    pub enum Frames {}
    /// Ports of TCP.
    #[derive(Debug)]
    pub enum TcpPorts {}
    /// Ports of UDP.
    #[derive(Debug)]
    pub enum UdpPorts {}
}

/// Declares what carries a space, and what has a number in it.
macro_rules! stacks {
    ($($space:ident: [$($carrier:ty),+ $(,)?] carry [$($carried:ty),+ $(,)?];)+) => {
        $(
            $(impl Carries for $carrier { type Space = spaces::$space; })+
            $(impl CarriedIn<spaces::$space> for $carried {})+
        )+
    };
}

stacks! {
    EtherTypes: [EthernetHeader, VlanHeader, GreHeader, GeneveHeader] carry [
        VlanHeader, MplsHeader, PppoeHeader, ArpBuilder<'_>, LldpBuilder<'_>, EthernetHeader,
        Ipv4Header, Ipv4Builder<'_>, Ipv6Header,
    ];
    IpProtocols: [Ipv4Header, Ipv4Builder<'_>, Ipv6Header, Ipv6FragmentHeader] carry [
        Ipv4Header, Ipv4Builder<'_>, Ipv6Header, Ipv6FragmentHeader, TcpHeader, TcpBuilder<'_>,
        UdpHeader, UdpLiteHeader, SctpHeader, SctpBuilder<'_>, Icmpv4Header, Icmpv4Builder<'_>,
        Icmpv6Header, Icmpv6Builder<'_>, GreHeader, GreBuilder<'_>, EspHeader, EtherIpHeader,
    ];
    Frames: [VxlanHeader, EtherIpHeader, SttHeader] carry [EthernetHeader];
    TcpPorts: [TcpHeader, TcpBuilder<'_>] carry [SttHeader];
    UdpPorts: [UdpHeader, UdpLiteHeader] carry [
        VxlanHeader, GeneveHeader, DnsBuilder<'_>, DhcpBuilder<'_>, RadiusBuilder<'_>,
        SipBuilder<'_>, StunBuilder<'_>, IsakmpBuilder<'_>,
    ];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decoder, Ethernet, LinkType, Tcp, Vxlan};

    #[test]
    fn a_tunnel_is_built_inside_out() {
        fn inner(builder: PacketBuilder<EthernetHeader, impl Stack>) -> Vec<u8> {
            builder.ipv4(Ipv4Header::default()).tcp(TcpHeader::default()).payload(b"hi").unwrap()
        }
        let outer = PacketBuilder::new(EthernetHeader::default()).vlan(VlanHeader::default());
        let udp = outer.ipv6(Ipv6Header::default()).udp(UdpHeader::default());
        let bytes = inner(udp.then(VxlanHeader::default()).ethernet(EthernetHeader::default()));
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::ETHERNET, &bytes);
        assert!(packet.error().is_none() && !packet.is_truncated());
        assert_eq!(
            (packet.all::<Ethernet<'_>>().count(), packet.get::<Vxlan<'_>>().is_some()),
            (2, true)
        );
        assert_eq!(packet.get::<Tcp<'_>>().unwrap().payload, b"hi");
    }

    #[test]
    fn what_is_not_asked_for_is_not_worked_out() {
        let header = Ipv4Header { ttl: 1, ..Default::default() };
        let builder = PacketBuilder::new(header).udp(UdpHeader::default()).fix(Fix::empty());
        assert_eq!(builder.build().unwrap()[2..4], [0, 20]);
    }
}
