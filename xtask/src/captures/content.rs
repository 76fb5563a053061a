//! What is said: bytes in the form of HTTP, TLS, DNS and QUIC, as far as a reader of packets looks.

use super::random::Random;

/// Most bytes in a TLS record, [RFC 8446, section 5.1](https://www.rfc-editor.org/rfc/rfc8446#section-5.1).
const RECORD: usize = 16_384;

/// Fewest bytes behind a short header: a number of four and the sample that hides it,
/// [RFC 9001, section 5.4.2](https://www.rfc-editor.org/rfc/rfc9001#section-5.4.2).
const SEALED: usize = 20;

/// A message of about `len` bytes on a TCP connection to a port.
pub(crate) fn of_stream(port: u16, from_client: bool, len: usize, random: &mut Random) -> Vec<u8> {
    match port {
        80 => http(from_client, len),
        443 => tls(len, random),
        _ => random.bytes(len),
    }
}

fn http(from_client: bool, len: usize) -> Vec<u8> {
    if from_client {
        let filler = "a".repeat(len.saturating_sub(75));
        return format!("GET /{filler} HTTP/1.1\r\nHost: www.example.com\r\nAccept: */*\r\n\r\n")
            .into();
    }
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len}\r\n\r\n");
    let body = b"The quick brown fox jumps over the lazy dog.\r\n".iter().cycle().take(len);
    head.bytes().chain(body.copied()).collect()
}

/// Application data only: the keys were agreed on before.
fn tls(len: usize, random: &mut Random) -> Vec<u8> {
    let mut message = Vec::with_capacity(len + 5);
    let mut rest = len;
    while rest > 0 {
        let part = rest.min(RECORD);
        message.extend([23, 3, 3]);
        message.extend((part as u16).to_be_bytes());
        message.extend(random.bytes(part));
        rest -= part;
    }
    message
}

/// A query for the address of one of a thousand names, and its answer.
pub(crate) fn dns(random: &mut Random) -> (Vec<u8>, Vec<u8>) {
    let number = random.between(0, 1000);
    let (kind, address) = match number % 3 {
        0 => (28, vec![0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 7]),
        _ => (1, vec![192, 0, 2, (number % 250) as u8]),
    };
    let mut question = Vec::new();
    for label in [&*format!("host{number}"), "example", "com"] {
        question.push(label.len() as u8);
        question.extend(label.as_bytes());
    }
    question.extend([0, 0, kind, 0, 1]);
    let id = random.next16().to_be_bytes();
    let query = [&id[..], &[1, 0, 0, 1, 0, 0, 0, 0, 0, 0], &question].concat();
    let answers = random.length(1, 5) as u8;
    let mut response = [&id[..], &[0x81, 0x80, 0, 1, 0, answers, 0, 0, 0, 0], &question].concat();
    for _ in 0..answers {
        response.extend([0xc0, 12, 0, kind, 0, 1, 0, 0, 0x0e, 0x10, 0, address.len() as u8]);
        response.extend(&address);
    }
    (query, response)
}

/// A first datagram of a QUIC connection, sealed with keys that nobody has.
pub(crate) fn quic_initial(connection: u64, random: &mut Random) -> Vec<u8> {
    let mut datagram = vec![0xc3, 0, 0, 0, 1, 8];
    datagram.extend(connection.to_be_bytes());
    datagram.extend([0, 0]);
    // A length of two bytes, RFC 9000, section 16: all of the 1200 bytes that are left.
    datagram.extend((0x4000_u16 | (1200 - 18)).to_be_bytes());
    let rest = 1200 - datagram.len();
    datagram.extend(random.bytes(rest));
    datagram
}

/// A later one.
pub(crate) fn quic_short(connection: u64, len: usize, random: &mut Random) -> Vec<u8> {
    let mut datagram = vec![0x40 | (random.next16() & 0x1f) as u8];
    datagram.extend(connection.to_be_bytes());
    datagram.extend(random.bytes(len.max(SEALED)));
    datagram
}
