//! What messages cost in memory of the heap.

#![cfg(feature = "dns")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test, also in its functions: a message of known size, small numbers"
)]

use allocation_counter::measure;
use rheos_l7::dns::{DnsEvent, DnsUdpParser};
use rheos_l7::files::{FileConfig, HttpFiles};
use rheos_l7::http::HttpParser;
use rheos_l7::{DatagramParser, Input, Session, Side, Timestamp};

/// A question of 29 bytes.
const QUESTION: &[u8] = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x07example\x03org\0\0\x01\0\x01";
/// Its answer has as many addresses.
const ADDRESSES: u8 = 4;
/// Questions, each with its answer.
const ROUNDS: u64 = 100;

fn answer() -> Vec<u8> {
    let mut bytes = QUESTION.to_vec();
    (bytes[2], bytes[3], bytes[7]) = (0x81, 0x80, ADDRESSES);
    for last in 0..ADDRESSES {
        bytes.extend(*b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\xc0\0\x02");
        bytes.push(last);
    }
    bytes
}

/// Tells a question and its answer, and counts the addresses of their exchange.
fn ask(parser: &mut DnsUdpParser, answer: &[u8]) -> usize {
    let mut addresses = 0;
    for (side, bytes) in [(Side::Initiator, QUESTION), (Side::Responder, answer)] {
        let input = Input::new(side, Timestamp::default(), bytes);
        let mut out = |event| {
            if let DnsEvent::Exchange(exchange) = event {
                addresses += exchange.addresses().count();
            }
        };
        parser.datagram(&input, &mut out).unwrap();
    }
    addresses
}

#[test]
fn an_exchange_of_dns_is_one_allocation_in_a_flow_of_its_own_or_of_many() {
    let (answer, mut addresses) = (answer(), 0);
    let alone = measure(|| {
        for _ in 0..ROUNDS {
            addresses += ask(&mut DnsUdpParser::default(), &answer);
        }
    });
    let mut parser = DnsUdpParser::default();
    let together = measure(|| {
        for _ in 0..ROUNDS {
            addresses += ask(&mut parser, &answer);
        }
    });
    // The bytes of the answer.
    assert_eq!([alone.count_total, together.count_total], [ROUNDS; 2]);
    assert_eq!(addresses as u64, 2 * ROUNDS * u64::from(ADDRESSES));
}

// Each of them takes 140 KB: a field takes more than its bytes.
#[test]
fn heads_that_nobody_answers_do_not_wait_in_memory() {
    const MAX_HELD: u64 = 3 << 20;
    let mut session = Session::new(HttpParser::default());
    let mut files = HttpFiles::new(FileConfig::default());
    let head = format!("GET /name HTTP/1.1\r\nHost: a\r\n{}\r\n", "a:\r\n".repeat(7000));
    let used = measure(|| {
        for _ in 0..250 {
            let mut out = |message| drop(files.message(&message));
            session.data(Side::Initiator, Timestamp::default(), head.as_bytes(), &mut out);
        }
    });
    assert!(used.bytes_max < MAX_HELD, "{} bytes", used.bytes_max);
}
