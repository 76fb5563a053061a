//! What the bytes of a packet say of who asked.

use rheos_layers::IpProtocol;

use crate::FiveTupleKey;

/// Ports at which DNS is spoken over UDP: its own, of multicast, and of LLMNR.
const DNS: [u16; 3] = [53, 5353, 5355];
const NTP: u16 = 123;
const SSDP: u16 = 1900;

/// The magic cookie of STUN, RFC 8489 section 5.
const STUN_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];

/// What requests of HTTP start with, RFC 9110 section 9.
const METHODS: [&[u8]; 8] =
    [b"GET ", b"HEAD ", b"POST ", b"PUT ", b"DELETE ", b"CONNECT ", b"OPTIONS ", b"PATCH "];

/// Whether a packet is an answer, as its bytes say from the payload on; nothing, if they do not.
pub(crate) fn is_answer(key: &FiveTupleKey, data: &[u8], payload_start: usize) -> Option<bool> {
    let payload = data.get(payload_start..)?;
    match key.protocol() {
        IpProtocol::SCTP => sctp(payload),
        IpProtocol::TCP => tcp(payload),
        IpProtocol::UDP => udp(key, payload),
        _ => None,
    }
}

/// [RFC 9260](https://www.rfc-editor.org/rfc/rfc9260) section 5.1: who asks sends INIT and COOKIE ECHO, who
/// answers INIT ACK and COOKIE ACK. Chunks of a connection that is there are of both.
fn sctp(chunks: &[u8]) -> Option<bool> {
    match chunks.first()? {
        1 | 10 => Some(false),
        2 | 11 => Some(true),
        _ => None,
    }
}

/// The first line of HTTP, and the first message of TLS (RFC 8446 section 4).
fn tcp(payload: &[u8]) -> Option<bool> {
    match payload {
        [0x16, 3, _, _, _, 1, ..] => Some(false),
        [0x16, 3, _, _, _, 2, ..] => Some(true),
        _ if payload.starts_with(b"HTTP/1.") => Some(true),
        _ => METHODS.iter().any(|method| payload.starts_with(method)).then_some(false),
    }
}

fn udp(key: &FiveTupleKey, payload: &[u8]) -> Option<bool> {
    let is_at = |port| key.either_port(port);
    match *payload {
        // RFC 8489 section 5: two bits of zero, and a class of request, indication, success or error.
        [kind @ 0..=0x3f, low, _, _, a, b, c, d, ..] if [a, b, c, d] == STUN_COOKIE => {
            let is_answer = kind & 1 == 1;
            (is_answer || low & 0x10 == 0).then_some(is_answer)
        }
        // RFC 1035 section 4.1.1: QR.
        [_, _, flags, _, _, _, _, _, _, _, _, _, ..] if DNS.into_iter().any(is_at) => {
            Some(flags & 0x80 != 0)
        }
        // RFC 5905 section 7.3, and RFC 9327 section 2 for messages of control.
        [mode, second, ..] if is_at(NTP) => match mode & 7 {
            1 | 3 => Some(false),
            2 | 4 => Some(true),
            6 => Some(second & 0x80 != 0),
            _ => None,
        },
        _ if is_at(SSDP) => {
            let asks = payload.starts_with(b"M-SEARCH ");
            (asks || payload.starts_with(b"HTTP/1.")).then_some(!asks)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    #[track_caller]
    fn check(protocol: IpProtocol, ports: [u16; 2], payload: &[u8], expected: Option<bool>) {
        let [a, b] = [([10, 0, 0, 1], ports[0]), ([10, 0, 0, 2], ports[1])].map(SocketAddr::from);
        let (key, _) = FiveTupleKey::new(a, b, protocol).unwrap();
        assert_eq!(is_answer(&key, payload, 0), expected, "{protocol} {ports:?} {payload:02x?}");
    }

    #[test]
    fn the_handshake_of_sctp_says_it_whatever_the_ports() {
        for (kind, expected) in
            [(1, Some(false)), (2, Some(true)), (10, Some(false)), (11, Some(true)), (0, None)]
        {
            for ports in [[40_000, 50_000], [2905, 40_000]] {
                check(IpProtocol::SCTP, ports, &[kind, 0, 0, 4], expected);
            }
        }
    }

    #[test]
    fn questions_and_answers_of_udp_say_it() {
        let dns = |flags| [&[0, 7, flags, 0][..], &[0; 8]].concat();
        check(IpProtocol::UDP, [40_000, 53], &dns(0x01), Some(false));
        check(IpProtocol::UDP, [53, 53], &dns(0x81), Some(true));
        check(IpProtocol::UDP, [40_000, 40_001], &dns(0x81), None);
        check(IpProtocol::UDP, [53, 40_000], &dns(0x81)[..11], None);
        for (mode, expected) in [(3, Some(false)), (4, Some(true)), (5, None)] {
            check(IpProtocol::UDP, [123, 123], &[0x20 | mode, 0], expected);
        }
        check(IpProtocol::UDP, [123, 123], &[0x16, 0x82], Some(true));
        for (kind, expected) in [
            ([0, 1], Some(false)),
            ([1, 1], Some(true)),
            ([1, 0x11], Some(true)),
            ([0, 0x11], None),
        ] {
            let stun = [&kind[..], &[0, 0], &STUN_COOKIE].concat();
            check(IpProtocol::UDP, [5000, 50_000], &stun, expected);
        }
        check(IpProtocol::UDP, [50_000, 1900], b"M-SEARCH * HTTP/1.1", Some(false));
        check(IpProtocol::UDP, [1900, 50_000], b"HTTP/1.1 200 OK", Some(true));
        check(IpProtocol::UDP, [1900, 50_000], b"", None);
    }

    #[test]
    fn first_lines_and_first_messages_of_tcp_say_it() {
        for (payload, expected) in [
            (&b"GET / HTTP/1.1"[..], Some(false)),
            (b"HTTP/1.1 200 OK", Some(true)),
            (b"\x16\x03\x01\0\x05\x01", Some(false)),
            (b"\x16\x03\x03\0\x05\x02", Some(true)),
            (b"SSH-2.0", None),
            (b"", None),
        ] {
            check(IpProtocol::TCP, [40_000, 50_000], payload, expected);
        }
    }
}
