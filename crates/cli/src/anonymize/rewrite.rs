//! A packet with other addresses, and checksums as good as before.

use rheos::core::LinkType;
use rheos::layers::{ChecksumStatus, Decoder, Field, LayerType, Packet, Role, Span, Value};

use super::Payload;
use super::addresses::Addresses;
use super::hardware::Hardware;

/// Layers that hold addresses and numbers and no messages. What stands behind the last of them is
/// payload. Each other layer is a message: routing protocols, discovery, names.
const HEADERS: &[LayerType] = &[
    LayerType::ETHERNET,
    LayerType::VLAN,
    LayerType::LLC,
    LayerType::SNAP,
    LayerType::NULL,
    LayerType::RAW,
    LayerType::SLL,
    LayerType::SLL2,
    LayerType::PPP,
    LayerType::PPPOE_SESSION,
    LayerType::CHDLC,
    LayerType::FR,
    LayerType::MPLS,
    LayerType::PW_ETHERNET,
    LayerType::BACKBONE_TAG,
    LayerType::REDUNDANCY_TAG,
    LayerType::E_TAG,
    LayerType::VN_TAG,
    LayerType::RADIOTAP,
    LayerType::PRISM,
    LayerType::AVS,
    LayerType::PPI,
    LayerType::WLAN,
    LayerType::FDDI,
    LayerType::ARP,
    LayerType::IPV4,
    LayerType::IPV6,
    LayerType::IPV6_HOP_BY_HOP,
    LayerType::IPV6_DESTINATION,
    LayerType::IPV6_ROUTING,
    LayerType::IPV6_FRAGMENT,
    LayerType::AH,
    LayerType::GRE,
    LayerType::ERSPAN,
    LayerType::ETHER_IP,
    LayerType::VXLAN,
    LayerType::VXLAN_GPE,
    LayerType::GENEVE,
    LayerType::STT,
    LayerType::TEREDO,
    LayerType::GTP,
    LayerType::ICMPV4,
    LayerType::ICMPV6,
    LayerType::IGMP,
    LayerType::TCP,
    LayerType::TCP_QUOTE,
    LayerType::UDP,
    LayerType::UDP_LITE,
    LayerType::SCTP_QUOTE,
];

/// Replaces what is in packets.
pub(super) struct Rewriter {
    decoder: Decoder,
    addresses: Addresses,
    hardware: Hardware,
    payload: Payload,
    bytes: Vec<u8>,
    edits: Vec<Edit>,
    checksums: Vec<(Span, ChecksumStatus)>,
}

/// Bytes that become others.
#[derive(Clone, Copy, Debug)]
struct Edit {
    start: usize,
    length: usize,
    /// As many of them as the length says.
    bytes: [u8; 16],
}

impl Rewriter {
    pub(super) fn new(addresses: Addresses, hardware: Hardware, payload: Payload) -> Self {
        Self {
            decoder: Decoder::default(),
            addresses,
            hardware,
            payload,
            bytes: Vec::new(),
            edits: Vec::new(),
            checksums: Vec::new(),
        }
    }

    /// The bytes of a packet with all replaced.
    pub(super) fn rewrite(&mut self, link_type: LinkType, data: &[u8]) -> &[u8] {
        let Self { decoder, addresses, hardware, payload, bytes, edits, checksums } = self;
        bytes.clear();
        bytes.extend_from_slice(data);
        edits.clear();
        checksums.clear();
        let mut packet = Packet::new(decoder);
        packet.decode(link_type, data);
        checksums.extend(packet.verify_checksums().map(|found| (found.span, found.status())));

        let mut known = 0;
        let mut is_message = false;
        for span in packet.layers() {
            is_message |= !HEADERS.contains(&span.layer);
            let start = span.start as usize;
            if is_message {
                let is_application = packet
                    .protocol(span)
                    .is_some_and(|protocol| protocol.role == Role::Application);
                // Of other messages, as those of routing, the addresses are the hosts' own.
                let is_kept = *payload == Payload::Keep && is_application;
                if *payload == Payload::Zero || is_kept {
                    continue;
                }
            } else {
                known = start.saturating_add(span.header_len.into());
            }
            let (header_end, is_zeroed) = (known, *payload == Payload::Zero);
            packet.visit(span, &mut |layer| {
                layer.fields(&mut |field: Field<'_>| {
                    let end = start.saturating_add(field.bytes.end);
                    // Numbers and addresses behind the header proper, as in neighbour discovery,
                    // are no payload; bytes between them may be anything.
                    let is_open = matches!(field.value, Value::Bytes(_) | Value::Text(_));
                    if !is_message && !is_open {
                        known = known.max(end);
                    }
                    let is_zeroed = is_zeroed && (end > header_end || !is_bytes(&field));
                    edits.extend(edit(&field, start, is_zeroed, addresses, hardware));
                });
            });
        }
        for edit in edits.iter() {
            let to = bytes.iter_mut().skip(edit.start).take(edit.length);
            to.zip(edit.bytes.iter().cycle()).for_each(|(to, byte)| *to = *byte);
        }
        if *payload == Payload::Zero {
            bytes.iter_mut().skip(known).for_each(|byte| *byte = 0);
        }
        self.fix_checksums(link_type);
        &self.bytes
    }

    /// Makes each checksum what it was, good or bad, innermost first: those further out cover those
    /// further in.
    fn fix_checksums(&mut self, link_type: LinkType) {
        while let Some((span, status)) = self.checksums.pop() {
            if matches!(status, ChecksumStatus::NotPresent | ChecksumStatus::Illegal) {
                continue;
            }
            let mut packet = Packet::new(&self.decoder);
            packet.decode(link_type, &self.bytes);
            let same = |other: &Span| other.layer == span.layer && other.start == span.start;
            let mut found = packet.verify_checksums();
            let checksum = found.find(|found| same(&found.span)).and_then(|found| found.checksum);
            drop(found);
            let place = checksum.as_ref().map(|checksum| checksum.place.clone());
            let place = place.or_else(|| place_of(&packet, &span)).unwrap_or_default();
            let start = span.start as usize;
            let layer = self.bytes.get_mut(start..).unwrap_or_default();
            match (checksum, status) {
                (Some(mut checksum), ChecksumStatus::Good | ChecksumStatus::Bad) => {
                    // What was wrong is wrong again, and does not tell of what it was made.
                    if status == ChecksumStatus::Bad {
                        checksum.computed = !checksum.computed;
                    }
                    checksum.write(layer);
                }
                _ => layer.get_mut(place).unwrap_or_default().fill(0),
            }
        }
    }
}

fn is_bytes(field: &Field<'_>) -> bool {
    matches!(field.value, Value::Bytes(_))
}

/// Where the checksum of a layer is that cannot be worked out, by the name of its field.
fn place_of(packet: &Packet<'_>, span: &Span) -> Option<std::ops::Range<usize>> {
    let mut place = None;
    packet.visit(span, &mut |layer| {
        layer.fields(&mut |field: Field<'_>| {
            // A flag may say by that name whether there is one.
            let is_flag = matches!(field.value, Value::Flag(_));
            if field.name.ends_with(".checksum") && field.bytes.len() <= 4 && !is_flag {
                place.get_or_insert(field.bytes.clone());
            }
        });
    });
    place
}

/// What becomes of a field of a layer that starts there.
fn edit(
    field: &Field<'_>,
    start: usize,
    is_zeroed: bool,
    addresses: &mut Addresses,
    hardware: &Hardware,
) -> Option<Edit> {
    let mut bytes = [0; 16];
    let length = field.bytes.len();
    let octets: &[u8] = match field.value {
        Value::Ipv4(address) => &addresses.v4(address).octets(),
        Value::Ipv6(address) => &addresses.v6(address).octets(),
        Value::Mac(address) => &hardware.replace(address, addresses),
        // Text in a header is a name, as in an option.
        Value::Text(_) | Value::Bytes(_) if is_zeroed => &[],
        _ => return None,
    };
    // A value that is not written out in full, as in an option of routes, has other bytes.
    if !octets.is_empty() && octets.len() != length {
        return None;
    }
    bytes.iter_mut().zip(octets).for_each(|(to, byte)| *to = *byte);
    Some(Edit { start: start.saturating_add(field.bytes.start), length, bytes })
}
