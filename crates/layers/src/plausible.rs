//! What may be in a tunnel that does not say it: an IP packet, or a frame of Ethernet.

use crate::{EtherType, Outer};

/// Bytes of the shortest header of IPv4, and of that of IPv6.
const SHORTEST: [usize; 2] = [20, 40];

/// Whether these bytes are the front of an IP packet that takes no more room than `len` bytes, of
/// which fewer may be there. A total length of zero is that of a segment still to be cut.
pub(crate) fn is_ip_within(bytes: &[u8], len: usize) -> bool {
    let length_at = |at: usize| {
        let length = bytes.get(at..).and_then(|length| length.first_chunk());
        length.map_or(0, |length| usize::from(u16::from_be_bytes(*length)))
    };
    let [shortest_ipv4, ipv6_header] = SHORTEST;
    match bytes.first().map(|byte| (byte >> 4, byte & 15)) {
        Some((4, 5..)) => {
            let length = length_at(2);
            len >= shortest_ipv4 && (length == 0 || (shortest_ipv4..=len).contains(&length))
        }
        Some((6, _)) => length_at(4).saturating_add(ipv6_header) <= len,
        _ => false,
    }
}

/// Whether these bytes start like a frame of Ethernet: with an `EtherType` that hosts send.
pub(crate) fn is_frame(bytes: &[u8]) -> bool {
    const USUAL: [EtherType; 5] = [
        EtherType::IPV4,
        EtherType::IPV6,
        EtherType::ARP,
        EtherType::VLAN,
        EtherType::SERVICE_VLAN,
    ];
    let ether_type = bytes.get(12..).and_then(|rest| rest.first_chunk());
    ether_type.is_some_and(|bytes| USUAL.contains(&EtherType(u16::from_be_bytes(*bytes))))
}

/// Whether what is behind a header of a datagram may be an IP packet. Where no datagram is around,
/// somebody else has said so.
pub(crate) fn may_hold_ip(payload: &[u8], header_len: usize, outer: &Outer<'_>) -> bool {
    let len = outer.datagram_len();
    len.is_none_or(|len| is_ip_within(payload, len.saturating_sub(header_len)))
}
