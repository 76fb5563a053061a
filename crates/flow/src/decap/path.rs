//! What a packet came in.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;

use rheos_layers::{
    BackboneTag, Erspan, EtherType, Geneve, Gre, GtpHeader, Ipv4, Ipv6, L2tp, L2tpMessage,
    LayerType, Mpls, Packet, PppoeSession, Span, Vlan, Vxlan, VxlanGpe,
};

/// Wrappings that are kept of a packet, outermost first; more would be an attack, and are left out.
const MAX_WRAPPINGS: usize = 8;

/// RFC 7637 section 3.2 reserves smaller subnet identifiers: a key below it is not of NVGRE, which
/// has 8 bits of flow identifier in its key that are not the same in both directions.
const FIRST_NVGRE_KEY: u32 = 0x1000 << 8;

/// One of the things that a packet came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Wrapping {
    /// A tag or a tunnel, and its number: of a VLAN, the label of MPLS, the service of a backbone
    /// tag, the session of `PPPoE` and ERSPAN, the network of VXLAN and Geneve, the key of GRE or
    /// the subnet of NVGRE, the endpoint of a tunnel of GTP-U. The number of L2TP is that of the
    /// tunnel in the upper half and that of the session in the lower.
    Tunnel {
        /// What it is.
        layer: LayerType,
        /// Its number.
        id: Option<u32>,
    },
    /// The IP packet around a tunnel, or around another IP packet.
    Ip {
        /// Where the tunnel starts.
        source: IpAddr,
        /// Where it ends.
        destination: IpAddr,
    },
}

/// What a packet came in, outermost first: tags, labels, tunnels, and the IP packets around them.
///
/// Eight are kept, of more the outermost.
#[derive(Clone, Copy, Debug)]
pub struct OuterPath {
    wrappings: [Wrapping; MAX_WRAPPINGS],
    len: u8,
}

impl Default for OuterPath {
    fn default() -> Self {
        let nothing = Wrapping::Tunnel { layer: LayerType::ETHERNET, id: None };
        Self { wrappings: [nothing; MAX_WRAPPINGS], len: 0 }
    }
}

impl OuterPath {
    /// What these layers of a packet are, those in front of the packet that counts.
    pub fn of(packet: &Packet<'_>, front: &[Span]) -> Self {
        let mut path = Self::default();
        front.iter().filter_map(|span| wrapping(packet, span)).for_each(|next| path.push(next));
        path
    }

    /// The wrappings, outermost first.
    pub fn as_slice(&self) -> &[Wrapping] {
        self.wrappings.get(..self.len.into()).unwrap_or_default()
    }

    /// Whether the packet came as it is.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The path of a packet inside this one.
    pub(crate) fn extend(&mut self, inner: &Self) {
        inner.as_slice().iter().for_each(|wrapping| self.push(*wrapping));
    }

    fn push(&mut self, wrapping: Wrapping) {
        if let Some(place) = self.wrappings.get_mut(usize::from(self.len)) {
            *place = wrapping;
            self.len = self.len.saturating_add(1);
        }
    }

    /// What of the path is the same in both directions and tells networks apart: numbers that both
    /// ends give alike, and of tunnels without one the addresses, the lower first.
    ///
    /// Both ends of MPLS, GTP-U, L2TP and PPTP give numbers of their own, so that those do not count.
    pub(crate) fn network(&self) -> Self {
        let mut network = Self::default();
        let mut rest = self.as_slice();
        while let Some((first, behind)) = rest.split_first() {
            rest = behind;
            match *first {
                Wrapping::Tunnel { layer, id: Some(id) } if is_shared(layer) => {
                    network.push(Wrapping::Tunnel { layer, id: Some(id) });
                }
                Wrapping::Tunnel { .. } => {}
                Wrapping::Ip { source, destination } => {
                    let is_ip = |wrapping: &&Wrapping| matches!(wrapping, Wrapping::Ip { .. });
                    let inside = behind.iter().take_while(|wrapping| !is_ip(wrapping));
                    let mut numbers = inside.filter(|wrapping| is_number(wrapping));
                    if numbers.next().is_none() {
                        let [low, high] = [source.min(destination), source.max(destination)];
                        network.push(Wrapping::Ip { source: low, destination: high });
                    }
                }
            }
        }
        network
    }
}

/// Whether both ends of a tunnel give it one number.
fn is_shared(layer: LayerType) -> bool {
    matches!(
        layer,
        LayerType::VLAN
            | LayerType::BACKBONE_TAG
            | LayerType::PPPOE_SESSION
            | LayerType::VXLAN
            | LayerType::VXLAN_GPE
            | LayerType::GENEVE
            | LayerType::GRE
            | LayerType::ERSPAN
    )
}

/// Whether a tunnel has a number that stands for the addresses around it. A VLAN inside of a tunnel
/// is a VLAN of that tunnel.
fn is_number(wrapping: &Wrapping) -> bool {
    match wrapping {
        Wrapping::Tunnel { layer, id } => {
            id.is_some() && is_shared(*layer) && *layer != LayerType::VLAN
        }
        Wrapping::Ip { .. } => false,
    }
}

/// What a layer wraps its payload in, if it does.
fn wrapping(packet: &Packet<'_>, span: &Span) -> Option<Wrapping> {
    let layer = span.layer;
    let id = match layer {
        LayerType::IPV4 => {
            let ip = packet.view::<Ipv4<'_>>(span)?;
            let [source, destination] = [ip.source(), ip.destination()].map(IpAddr::from);
            return Some(Wrapping::Ip { source, destination });
        }
        LayerType::IPV6 => {
            let ip = packet.view::<Ipv6<'_>>(span)?;
            let [source, destination] = [ip.source(), ip.destination()].map(IpAddr::from);
            return Some(Wrapping::Ip { source, destination });
        }
        LayerType::VLAN => Some(packet.view::<Vlan<'_>>(span)?.id().into()),
        LayerType::MPLS => Some(packet.view::<Mpls<'_>>(span)?.label().0),
        LayerType::BACKBONE_TAG => Some(packet.view::<BackboneTag<'_>>(span)?.header.service()),
        LayerType::PPPOE_SESSION => {
            Some(packet.view::<PppoeSession<'_>>(span)?.session_id().into())
        }
        LayerType::GRE => gre_number(&packet.view::<Gre<'_>>(span)?),
        LayerType::VXLAN => Some(packet.view::<Vxlan<'_>>(span)?.vni()),
        LayerType::VXLAN_GPE => Some(packet.view::<VxlanGpe<'_>>(span)?.vni()),
        LayerType::GENEVE => Some(packet.view::<Geneve<'_>>(span)?.vni()),
        LayerType::GTP => {
            let header = packet.header::<GtpHeader>(span)?;
            (header.version() == 1).then(|| header.teid.get())
        }
        LayerType::ERSPAN => Some(packet.view::<Erspan<'_>>(span)?.session_id().into()),
        LayerType::L2TP => l2tp_number(&packet.view::<L2tp<'_>>(span)?),
        LayerType::TEREDO | LayerType::ETHER_IP | LayerType::GUE | LayerType::NSH => None,
        _ => return None,
    };
    Some(Wrapping::Tunnel { layer, id })
}

/// The key of GRE, without what NVGRE has of each flow in it. Both ends of PPTP number their calls.
fn gre_number(gre: &Gre<'_>) -> Option<u32> {
    let key = u32::from_be_bytes(*gre.key?);
    let is_bridged = gre.protocol() == EtherType::BRIDGING;
    match gre.virtual_subnet_id() {
        _ if gre.call_id().is_some() => None,
        Some(subnet) if is_bridged && key >= FIRST_NVGRE_KEY => Some(subnet),
        _ => Some(key),
    }
}

fn l2tp_number(l2tp: &L2tp<'_>) -> Option<u32> {
    match l2tp.message {
        L2tpMessage::DataV2 { tunnel_id, session_id } => {
            Some(u32::from(tunnel_id) << 16 | u32::from(session_id))
        }
        L2tpMessage::DataV3 { session_id } => Some(session_id),
        _ => None,
    }
}

impl PartialEq for OuterPath {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for OuterPath {}

impl Hash for OuterPath {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.as_slice().hash(hasher);
    }
}

/// `VLAN 7 / 10.0.0.1 > 10.0.0.2 / VXLAN 1000`
impl fmt::Display for OuterPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, wrapping) in self.as_slice().iter().enumerate() {
            f.write_str(if place == 0 { "" } else { " / " })?;
            match wrapping {
                Wrapping::Tunnel { layer, id: Some(id) } => write!(f, "{layer} {id}")?,
                Wrapping::Tunnel { layer, id: None } => write!(f, "{layer}")?,
                Wrapping::Ip { source, destination } => write!(f, "{source} > {destination}")?,
            }
        }
        Ok(())
    }
}
