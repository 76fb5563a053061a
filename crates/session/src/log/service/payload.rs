//! What a payload is that no layer reads, by its port and its first bytes, as Zeek's parsers of it know it.

use rheos_layers::{LayerType, Packet, Span};

/// What is behind this header of TCP or UDP.
pub(super) fn of(packet: &Packet<'_>, transport: &Span) -> Option<&'static str> {
    let &[a, b, c, d, ..] = packet.bytes_of(transport) else { return None };
    let ports = [[a, b], [c, d]].map(u16::from_be_bytes);
    let is_tcp = transport.layer == LayerType::TCP;
    ports.into_iter().find_map(|port| {
        let bytes = || packet.payload_of(transport);
        match port {
            88 if is_tcp => is_kerberos(bytes().get(4..)?).then_some("krb_tcp"),
            88 => is_kerberos(bytes()).then_some("krb"),
            389 | 3268 if is_tcp => is_ldap(bytes()).then_some("ldap_tcp"),
            389 => is_ldap(bytes()).then_some("ldap_udp"),
            3389 if !is_tcp => is_syn(bytes()).then_some("rdpeudp"),
            _ => None,
        }
    })
}

/// A ticket asked for or given, or an error: [RFC 4120](https://www.rfc-editor.org/rfc/rfc4120).
fn is_kerberos(bytes: &[u8]) -> bool {
    let inside = matches!(bytes, [0x6a..=0x6d | 0x7e, ..]).then(|| behind_length(bytes)).flatten();
    inside.is_some_and(|bytes| bytes.first() == Some(&0x30))
}

/// A message with its number and an operation: [RFC 4511](https://www.rfc-editor.org/rfc/rfc4511).
fn is_ldap(bytes: &[u8]) -> bool {
    let inside = (bytes.first() == Some(&0x30)).then(|| behind_length(bytes)).flatten();
    let Some(&[2, length @ 1..=4, ref rest @ ..]) = inside else { return false };
    matches!(rest.get(usize::from(length)), Some(0x42 | 0x4a | 0x50 | 0x60..=0x79))
}

/// What stands behind the tag and the length of a value of BER.
fn behind_length(bytes: &[u8]) -> Option<&[u8]> {
    match *bytes {
        [_, 0..=0x7f, ref rest @ ..] => Some(rest),
        [_, more @ 0x81..=0x84, ref rest @ ..] => rest.get(usize::from(more & 0x7f)..),
        _ => None,
    }
}

/// The first datagram of RDP over UDP: nothing is acknowledged, and SYN is set.
fn is_syn(bytes: &[u8]) -> bool {
    matches!(bytes, [0xff, 0xff, 0xff, 0xff, _, _, _, flags, ..] if flags & 1 != 0)
}
