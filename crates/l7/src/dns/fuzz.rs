//! What must hold of any bytes as DNS: for fuzzers, and for the tests here.

use super::{DnsEvent, DnsTcpParser, DnsUdpParser};

/// Plays steps to both parsers of DNS: splits make no difference, and every question is told once as
/// answered or not.
///
/// # Panics
///
/// Something that must hold does not.
#[doc(hidden)]
pub fn fuzz(bytes: &[u8]) {
    let events = crate::fuzz::datagrams(DnsUdpParser::default(), bytes);
    let (mut asked, mut ended) = (0_usize, 0_usize);
    for event in &events {
        let again = match event {
            DnsEvent::Query(message) => {
                asked = asked.saturating_add(1);
                let _ = (message.fault(), message.response_code());
                continue;
            }
            DnsEvent::Exchange(exchange) => {
                let _ = (exchange.outcome(), exchange.addresses().count());
                exchange.retransmissions
            }
            DnsEvent::Unanswered { retransmissions, .. } => *retransmissions,
            DnsEvent::Response(_) => continue,
        };
        ended = ended.saturating_add(1).saturating_add(again as usize);
    }
    assert_eq!(asked, ended, "every question comes to an end once");
    crate::fuzz::session(&DnsTcpParser::default(), bytes);
}

#[cfg(test)]
mod tests {
    use crate::fuzz::any;

    const WORDS: &[&[u8]] = &[
        // A question and its answer, in datagrams and behind their lengths.
        b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x01a\0\0\x01\0\x01",
        b"\x12\x34\x81\x80\0\x01\0\x01\0\0\0\0\x01A\0\0\x01\0\x01\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\x01\x02\x03\x04",
        b"\0\x13\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x01a\0\0\x01\0\x01",
        b"\0\x0c\x12\x34\x81\x85\0\0\0\0\0\0\0\0",
        // An answer without a question, a name that points to itself, and the front of a message.
        b"\x12\x34\x81\x83\0\0\0\0\0\0\0\0",
        b"\x12\x35\x01\0\0\x01\0\0\0\0\0\0\xc0\x0c\0\x01\0\x01",
        b"\x12\x34\x01\0\0\x01\0\0",
        b"\xff\xff",
        b"\0\0",
        b"\0\x0b",
    ];

    #[test]
    fn any_bytes_and_any_words_hold() {
        any::hold(WORDS, super::fuzz);
    }
}
