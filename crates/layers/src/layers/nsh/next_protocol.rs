//! Next protocols, as NSH and VXLAN-GPE number them:
//! [IANA](https://www.iana.org/assignments/nsh).

use std::fmt;

use crate::{Behind, EtherType, Key, KeyKind, LayerType};

/// What is behind a header of NSH or VXLAN-GPE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NextProtocol(pub u8);

crate::key::numbers! {
    NextProtocol "protocol {}" {
        /// Internet Protocol, version 4.
        IPV4 = 1 "IPv4";
        /// Internet Protocol, version 6.
        IPV6 = 2 "IPv6";
        /// A frame.
        ETHERNET = 3 "Ethernet";
        /// Network Service Header.
        NSH = 4 "NSH";
        /// MPLS.
        MPLS = 5 "MPLS";
    }
}

impl NextProtocol {
    /// The key that this number stands for behind a layer of a type: those with a name here have an
    /// Ethernet type too.
    pub(in crate::layers) fn key(self, parent: LayerType) -> Key {
        match self.ether_type() {
            Some(ether_type) => Key::ether_type(ether_type),
            None => Key::child(parent, self.0.into()),
        }
    }

    /// The number of the layer behind, or the one given if it has none.
    pub(in crate::layers) fn of(behind: &Behind, parent: LayerType, given: Self) -> Self {
        let claims = behind.child.map_or(&[][..], |child| child.claims);
        if claims.contains(&given.key(parent)) {
            return given;
        }
        let numbers = claims.iter().filter_map(|key| match key.kind() {
            KeyKind::EtherType(number) => {
                (1..=5).map(Self).find(|next| next.ether_type() == Some(number))
            }
            KeyKind::Child(layer, number) if layer == parent => number.try_into().ok().map(Self),
            _ => None,
        });
        numbers.into_iter().next().unwrap_or(given)
    }

    fn ether_type(self) -> Option<EtherType> {
        Some(match self {
            Self::IPV4 => EtherType::IPV4,
            Self::IPV6 => EtherType::IPV6,
            Self::ETHERNET => EtherType::BRIDGING,
            Self::NSH => EtherType::NSH,
            Self::MPLS => EtherType::MPLS,
            _ => return None,
        })
    }
}
