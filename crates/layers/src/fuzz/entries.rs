//! Any bytes behind each key that leads to a layer, and as each layer at the front of a packet.

use std::sync::LazyLock;

use rheos_core::LinkType;

use super::check;
use crate::layers::BUILTIN;
use crate::{Decoder, EtherType, Key, KeyKind, LayerType, Organization, Protocol, Registry};

/// Link types from here on lead to each layer by its number, so that each can be the first.
const FIRST_OWN: u16 = 0x8000;

/// Knows what leads to each layer at the front of a packet, too.
pub(super) static DECODER: LazyLock<Decoder> = LazyLock::new(|| {
    let claim = |registry: Registry, protocol: &&Protocol| {
        registry.claim(Key::link_type(own_link_type(protocol.layer)), protocol.layer)
    };
    Decoder::new(&BUILTIN.iter().fold(Registry::default(), claim))
});

/// All keys, and all layers.
static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let keys = |protocol: &&'static Protocol| {
        let layer = protocol.layer;
        protocol
            .claims
            .iter()
            .flat_map(|key| Entry::all(key.kind()))
            .map(move |entry| Entry { layer, ..entry })
    };
    let behind_keys = BUILTIN.iter().flat_map(keys);
    behind_keys.chain(BUILTIN.iter().map(|protocol| Entry::first(protocol.layer))).collect()
});

/// Addresses of Ethernet.
const MACS: [u8; 12] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
/// IPv4 to its protocol, as long as there are bytes, with 64 hops to go.
const IPV4: [u8; 9] = [0x45, 0, 0, 0, 0, 0, 0, 0, 64];
/// The rest of IPv4: no checksum, and two addresses.
const IPV4_ADDRESSES: [u8; 10] = [0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
/// IPv6 without a length to its next header.
const IPV6: [u8; 6] = [0x60, 0, 0, 0, 0, 0];
const TCP: u8 = 6;
const UDP: u8 = 17;
const GRE: u8 = 47;
const SCTP: u8 = 132;
/// The SAP of SNAP, from itself to itself, and unnumbered information.
const SNAP: [u8; 3] = [0xaa, 0xaa, 3];
/// The frame control of FDDI in front of LLC.
const FDDI_LLC: [u8; 1] = [0x50];
/// IEEE Std 802.3: a longer payload has a type in place of its length.
const MAX_LENGTH: usize = 1500;
/// Numbers below are no Ethernet types on Ethernet.
const MIN_ETHER_TYPE: u16 = 0x600;

/// What stands in front of a layer.
#[derive(Clone, Debug)]
#[cfg_attr(not(test), allow(dead_code, reason = "only a test asks where an entry leads"))]
struct Entry {
    /// The layer that it leads to.
    layer: LayerType,
    link_type: LinkType,
    front: Vec<u8>,
    /// A length of two bytes in front: its place, where the bytes start that it counts, and the most
    /// that it may be.
    length: Option<(usize, usize, usize)>,
    /// Whether a malformed layer is none: anybody may use a port for anything.
    is_guess: bool,
}

/// Decodes any bytes behind the key that the first two choose, and asserts what must hold.
///
/// # Panics
///
/// If something in the decoded packet is not as it must be.
#[doc(hidden)]
pub fn fuzz_entries(bytes: &[u8]) {
    let Some((&choice, payload)) = bytes.split_first_chunk() else { return };
    let place = usize::from(u16::from_be_bytes(choice)).checked_rem(ENTRIES.len());
    if let Some(entry) = place.and_then(|place| ENTRIES.get(place)) {
        check(&DECODER, entry.link_type, &entry.packet(payload));
    }
}

/// The link type that leads to a layer, whatever else does.
pub(super) fn own_link_type(layer: LayerType) -> LinkType {
    LinkType(FIRST_OWN.saturating_add(layer.0))
}

impl Entry {
    fn new(link_type: LinkType, front: Vec<u8>) -> Self {
        Self { layer: LayerType(0), link_type, front, length: None, is_guess: false }
    }

    /// A layer at the front of a packet.
    fn first(layer: LayerType) -> Self {
        Self { layer, ..Self::new(own_link_type(layer), Vec::new()) }
    }

    /// What publishes a key; nothing, where only some layer itself does, which can be the first.
    fn all(key: KeyKind) -> Vec<Self> {
        match key {
            KeyKind::LinkType(link_type) => vec![Self::new(link_type, Vec::new())],
            KeyKind::EtherType(number) => vec![Self::behind_ether_type(number)],
            KeyKind::IpProtocol(number) => {
                vec![Self::behind_ipv4(number.0, &[]), Self::behind_ipv6(number.0)]
            }
            KeyKind::LlcSap(sap) => vec![Self::behind_length(&[sap, sap, 3])],
            KeyKind::Snap(Organization([a, b, c]), number) => {
                let [d, e] = number.to_be_bytes();
                vec![Self::behind_length(&[&SNAP[..], &[a, b, c, d, e]].concat())]
            }
            KeyKind::PppProtocol(number) => {
                let [a, b] = number.0.to_be_bytes();
                vec![Self::new(LinkType::PPP, vec![0xff, 3, a, b])]
            }
            KeyKind::TcpPort(port) => {
                let [a, b] = port.to_be_bytes();
                let rest = [0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x10, 1, 0, 0, 0, 0, 0];
                let tcp = [&[0xc0, 0, a, b], &rest[..]].concat();
                vec![Self { is_guess: true, ..Self::behind_ipv4(TCP, &tcp) }]
            }
            KeyKind::UdpPort(port) => {
                let [a, b] = port.to_be_bytes();
                let udp = [0xc0, 0, a, b, 0, 0, 0, 0];
                vec![Self { is_guess: true, ..Self::behind_ipv4(UDP, &udp) }]
            }
            KeyKind::SctpPort(port) => {
                let [a, b] = port.to_be_bytes();
                let header = [0xc0, 0, a, b, 0, 0, 0, 1, 0, 0, 0, 0];
                let data = [0, 3, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0];
                let entry = Self::behind_ipv4(SCTP, &[&header[..], &data].concat());
                let chunk = entry.front.len().saturating_sub(data.len());
                let length = Some((chunk.saturating_add(2), chunk, usize::from(u16::MAX)));
                vec![Self { length, is_guess: true, ..entry }]
            }
            KeyKind::Child(..) | KeyKind::Parent(_) | KeyKind::Quoted(_) => Vec::new(),
        }
    }

    fn behind_ether_type(EtherType(number): EtherType) -> Self {
        let [a, b] = number.to_be_bytes();
        if EtherType(number) == EtherType::LLC {
            return Self::new(LinkType::FDDI, [&FDDI_LLC[..], &MACS].concat());
        }
        if number < MIN_ETHER_TYPE {
            return Self::behind_ipv4(GRE, &[0, 0, a, b]);
        }
        Self::new(LinkType::ETHERNET, [&MACS[..], &[a, b]].concat())
    }

    fn behind_length(header: &[u8]) -> Self {
        let front = [&MACS[..], &[0, 0], header].concat();
        let length = Some((MACS.len(), MACS.len().saturating_add(2), MAX_LENGTH));
        Self { length, ..Self::new(LinkType::ETHERNET, front) }
    }

    fn behind_ipv4(protocol: u8, header: &[u8]) -> Self {
        let front = [&IPV4[..], &[protocol], &IPV4_ADDRESSES, header].concat();
        Self::new(LinkType::IPV4, front)
    }

    fn behind_ipv6(next_header: u8) -> Self {
        let front = [&IPV6[..], &[next_header, 64], &[0x20; 32]].concat();
        Self::new(LinkType::IPV6, front)
    }

    /// The whole packet.
    fn packet(&self, payload: &[u8]) -> Vec<u8> {
        let mut packet = [&self.front[..], payload].concat();
        if let Some((place, start, most)) = self.length {
            let length = packet.len().saturating_sub(start).min(most);
            let length = u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
            let bytes = packet.get_mut(place..).and_then(<[u8]>::first_chunk_mut);
            bytes.into_iter().for_each(|bytes| *bytes = length);
        }
        packet
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_key_leads_to_its_layer() {
        let mut wrong = Vec::new();
        for entry in ENTRIES.iter() {
            let protocol = BUILTIN[usize::from(entry.layer.0)];
            let template = protocol.template.unwrap_or_default();
            let bytes = entry.packet(template);
            let packet = DECODER.decode(entry.link_type, &bytes);
            let start = u32::try_from(entry.front.len()).unwrap();
            let found = packet
                .layers()
                .iter()
                .find(|span| span.start == start && span.layer == entry.layer);
            let failed = packet
                .error()
                .is_some_and(|error| (error.layer, error.offset) == (entry.layer, start));
            // A guess that is wrong leaves no trace.
            let is_there = found.is_some()
                || failed
                || template.is_empty()
                || entry.is_guess && packet.error().is_none();
            if !is_there {
                wrong.push(format!("{} behind {:02x?}: {packet:?}", protocol.name, entry.front));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(ENTRIES.len() > 2 * BUILTIN.len());
    }

    #[test]
    fn the_corpus_holds() {
        for seed in super::super::seeds("entries") {
            (0..=seed.len()).for_each(|end| fuzz_entries(&seed[..end]));
        }
    }

    #[test]
    fn templates_and_their_prefixes_hold_behind_every_key() {
        for (place, entry) in ENTRIES.iter().enumerate() {
            let template = BUILTIN[usize::from(entry.layer.0)].template.unwrap_or_default();
            for end in 0..=template.len() {
                let choice = u16::try_from(place).unwrap().to_be_bytes();
                fuzz_entries(&[&choice, &template[..end]].concat());
            }
        }
    }

    /// What loops may stumble over: lengths of nothing, of themselves, of little, and beyond the end.
    const PATTERNS: &[&[u8]] = &[
        &[0],
        &[1],
        &[0xff],
        &[0, 1],
        &[1, 2],
        &[2, 2],
        &[0, 0, 0, 4],
        &[0, 4, 0, 4],
        &[1, 1, 0, 4],
        &[0xc0, 0x0c],
        &[63, b'a', 0xc0, 0x0c],
        b"a: b\r\n",
        &[0x30, 0x80],
    ];

    /// The fields of the first layer of a packet.
    fn fields(packet: &crate::Packet<'_>) -> usize {
        let mut count = 0;
        if let Some(span) = packet.layers().first() {
            packet.visit(span, &mut |layer| {
                layer.fields(&mut |_: crate::Field<'_>| count += 1);
            });
        }
        count
    }

    #[test]
    fn fields_are_few_however_long_a_layer_is() {
        const LEN: usize = 1 << 16;
        for protocol in BUILTIN {
            for pattern in PATTERNS {
                let tail = pattern.repeat(LEN / pattern.len());
                let bytes = [protocol.template.unwrap_or_default(), &tail].concat();
                let packet = DECODER.decode(own_link_type(protocol.layer), &bytes);
                let (found, most) = (fields(&packet), super::super::most_fields(bytes.len()));
                assert!(found <= most, "{} of {pattern:02x?}: {found} fields", protocol.name);
            }
        }
    }

    proptest! {
        #[test]
        fn any_bytes_hold_behind_any_key(bytes: Vec<u8>) {
            fuzz_entries(&bytes);
        }
    }
}
