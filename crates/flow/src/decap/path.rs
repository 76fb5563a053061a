//! What a packet came in.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;

use rheos_layers::{
    BackboneTag, Erspan, EtherType, Geneve, Gre, GtpHeader, Ipv4, Ipv6, L2tp, L2tpMessage,
    LayerType, Mpls, Packet, PppoeSession, Span, Stt, Vlan, Vxlan, VxlanGpe,
};

/// Wrappings that are kept of a packet, outermost first; more would be an attack, and are left out.
const MAX_WRAPPINGS: usize = 8;

/// RFC 7637 section 3.2 reserves smaller subnet identifiers: a key below it is not of NVGRE, which
/// has 8 bits of flow identifier in its key that are not the same in both directions.
const FIRST_NVGRE_KEY: u32 = 0x1000 << 8;

/// The bits of a context of STT that both directions have alike: OVN, ovn-architecture(7), has the network in
/// the low 24 and, behind it, the ports that a packet goes to and comes from.
const STT_NETWORK: u64 = 0x00ff_ffff;

/// One of the things that a packet came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Wrapping {
    /// A tag or a tunnel, and its number: of a VLAN, the label of MPLS, the service of a backbone
    /// tag, the session of `PPPoE` and ERSPAN, the network of VXLAN and Geneve, the key of GRE or
    /// the subnet of NVGRE, the endpoint of a tunnel of GTP-U, the context of STT, which alone has more
    /// than 32 bits. The number of L2TP is that of the tunnel in the upper half of 32 bits and that of
    /// the session in the lower.
    Tunnel {
        /// What it is.
        layer: LayerType,
        /// Its number.
        id: Option<u64>,
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
        for span in front {
            wrapping(packet, span).into_iter().for_each(|next| path.push(next));
            tag(packet, span).into_iter().for_each(|next| path.push(next));
        }
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
    /// Both ends of MPLS, GTP-U, L2TP and PPTP give numbers of their own, so that those do not count. Of a context
    /// of STT the low 24 bits do.
    pub(crate) fn network(&self) -> Self {
        let mut network = Self::default();
        let mut rest = self.as_slice();
        while let Some((first, behind)) = rest.split_first() {
            rest = behind;
            match *first {
                Wrapping::Tunnel { layer, id: Some(id) } if is_shared(layer) => {
                    let id = if layer == LayerType::STT { id & STT_NETWORK } else { id };
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
            | LayerType::STT
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
    let id: Option<u64> = match layer {
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
        LayerType::MPLS => Some(packet.view::<Mpls<'_>>(span)?.label().0.into()),
        LayerType::BACKBONE_TAG => {
            Some(packet.view::<BackboneTag<'_>>(span)?.header.service().into())
        }
        LayerType::PPPOE_SESSION => {
            Some(packet.view::<PppoeSession<'_>>(span)?.session_id().into())
        }
        LayerType::GRE => gre_number(&packet.view::<Gre<'_>>(span)?).map(u64::from),
        LayerType::VXLAN => Some(packet.view::<Vxlan<'_>>(span)?.vni().into()),
        LayerType::VXLAN_GPE => Some(packet.view::<VxlanGpe<'_>>(span)?.vni().into()),
        LayerType::GENEVE => Some(packet.view::<Geneve<'_>>(span)?.vni().into()),
        LayerType::GTP => {
            let header = packet.header::<GtpHeader>(span)?;
            (header.version() == 1).then(|| header.teid.get().into())
        }
        LayerType::ERSPAN => Some(packet.view::<Erspan<'_>>(span)?.session_id().into()),
        LayerType::L2TP => l2tp_number(&packet.view::<L2tp<'_>>(span)?).map(u64::from),
        LayerType::STT => Some(packet.view::<Stt<'_>>(span)?.context_id()),
        LayerType::AYIYA
        | LayerType::ETHER_IP
        | LayerType::FABRIC_PATH
        | LayerType::GUE
        | LayerType::NSH
        | LayerType::TEREDO => None,
        _ => return None,
    };
    Some(Wrapping::Tunnel { layer, id })
}

/// The tag of a frame that its tunnel carries in a header of its own, as STT does.
fn tag(packet: &Packet<'_>, span: &Span) -> Option<Wrapping> {
    let vlan_id = packet.view::<Stt<'_>>(span)?.vlan_id()?;
    Some(Wrapping::Tunnel { layer: LayerType::VLAN, id: Some(vlan_id.into()) })
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

#[cfg(test)]
mod tests {
    use rheos_core::LinkType;
    use rheos_layers::Decoder;

    use super::*;

    /// What the innermost IP of a seed came in.
    #[track_caller]
    fn check(seed: &[u8], expected: &str) {
        let decoder = Decoder::default();
        // A seed starts with its link type.
        let packet = decoder.decode(LinkType::ETHERNET, &seed[2..]);
        let spans = packet.own_layers();
        let is_ip = |span: &Span| matches!(span.layer, LayerType::IPV4 | LayerType::IPV6);
        let inner = spans.iter().rposition(is_ip).unwrap();
        assert_eq!(OuterPath::of(&packet, &spans[..inner]).to_string(), expected);
    }

    #[test]
    fn what_has_no_number_is_told_by_its_name() {
        let seed = include_bytes!("../../../../fuzz/corpus/decode/ayiya");
        check(seed, "10.0.0.1 > 10.0.0.2 / ayiya");
        check(include_bytes!("../../../../fuzz/corpus/decode/cfp"), "cfp");
    }

    /// tshark with `ip.try_heuristic_first`: `stt.context_id` 0x0102030405060708, `stt.vlan.v` 1, `stt.vlan.id` 7.
    #[test]
    fn a_number_has_64_bits_and_a_tag_is_one_wherever_it_stands() {
        let seed = include_bytes!("../../../../fuzz/corpus/decode/stt");
        check(seed, "192.0.2.1 > 192.0.2.2 / stt 72623859790382856 / vlan 7");
        let seed = include_bytes!("../../../../fuzz/corpus/decode/stt-segment");
        check(seed, "192.0.2.1 > 192.0.2.2 / stt 5");
    }
}
