//! What must hold of any pieces of any streams and datagrams, whatever bytes are in them: bodies of
//! fuzz targets, and tests that replay their seeds.

use rheos_core::{Side, Timestamp};

use crate::{DatagramParser, Input, Session, SessionParser};

/// A step of a conversation. On the wire it is three bytes and what is said: the upper bit of the first
/// is the side and the next bit a gap; the others are the seconds since the step before. Then follow the
/// bytes of each piece, or the length of a gap, and how many bytes are said.
struct Step<'a> {
    side: Side,
    is_gap: bool,
    time: Timestamp,
    size: u8,
    bytes: &'a [u8],
}

fn steps(mut bytes: &[u8]) -> Vec<Step<'_>> {
    let (mut steps, mut seconds) = (Vec::new(), 0_i64);
    while let [control, size, len, rest @ ..] = bytes {
        let side = if control & 0x80 == 0 { Side::Initiator } else { Side::Responder };
        seconds = seconds.saturating_add(i64::from(control & 0x3f));
        let time = Timestamp::from_secs(seconds, 0);
        let (said, rest) = rest.split_at_checked(usize::from(*len)).unwrap_or((rest, &[]));
        steps.push(Step { side, is_gap: control & 0x40 != 0, time, size: *size, bytes: said });
        bytes = rest;
    }
    steps
}

/// Plays a stream; `is_whole` says whether each step is one piece.
fn play<P: SessionParser>(parser: P, steps: &[Step<'_>], is_whole: bool) -> Vec<P::Message> {
    let (mut session, mut messages) = (Session::new(parser), Vec::new());
    let mut push = |message| messages.push(message);
    let mut last = Timestamp::default();
    for &Step { side, is_gap, time, size, bytes } in steps {
        last = time;
        if is_gap {
            session.gap(side, size.into(), &mut push);
            continue;
        }
        let size = if is_whole { usize::MAX } else { usize::from(size).max(1) };
        bytes.chunks(size).for_each(|piece| session.data(side, time, piece, &mut push));
    }
    for side in [Side::Initiator, Side::Responder] {
        session.end(side, last, &mut push);
    }
    messages
}

/// The same said in pieces and as a whole gives the same messages.
fn stream<P: SessionParser + Clone>(parser: &P, steps: &[Step<'_>]) -> Vec<P::Message> {
    let whole = play(parser.clone(), steps, true);
    let split = play(parser.clone(), steps, false);
    assert_eq!(format!("{whole:?}"), format!("{split:?}"), "a whole and its pieces say the same");
    whole
}

/// Plays datagrams. What is no datagram of the protocol is refused, and the next is taken.
fn datagrams<P: DatagramParser>(mut parser: P, steps: &[Step<'_>]) -> Vec<P::Message> {
    let mut messages = Vec::new();
    let mut last = Timestamp::default();
    for step in steps {
        let _ = parser.probe(step.bytes);
        last = step.time;
        if step.is_gap {
            parser.on_tick(last, &mut |message| messages.push(message));
        }
        let input = Input::new(step.side, step.time, step.bytes);
        let _ = parser.datagram(&input, &mut |message| messages.push(message));
    }
    parser.on_end(last, &mut |message| messages.push(message));
    messages
}

/// Any steps through a parser of TLS and one of DTLS: splits make no difference, what a handshake came
/// to is told once, and all that was found can be asked for everything.
///
/// # Panics
///
/// Something does not hold.
#[cfg(feature = "tls")]
pub fn fuzz_tls(bytes: &[u8]) {
    use crate::dtls::DtlsParser;
    use crate::tls::{TlsMessage, TlsParser};

    let steps = steps(bytes);
    let is_one = |message: &&TlsMessage| matches!(message, TlsMessage::Handshake(_));
    let of_datagrams = datagrams(DtlsParser::default(), &steps);
    for messages in [stream(&TlsParser::default(), &steps), of_datagrams] {
        assert!(messages.iter().filter(is_one).count() <= 1, "told once");
        for message in &messages {
            ask(message);
        }
    }
}

/// Asks for everything.
#[cfg(feature = "tls")]
fn ask(message: &crate::tls::TlsMessage) {
    use crate::tls::TlsMessage;
    match message {
        TlsMessage::ClientHello { hello, .. } => {
            let ja4 = hello.ja4();
            assert!(ja4.len() == 36 && hello.ja3().len() == 32, "{ja4}");
            assert!(hello.ja4_raw().starts_with(&ja4[..10]));
        }
        TlsMessage::ServerHello { hello, .. } => assert_eq!(hello.ja3s().len(), 32),
        TlsMessage::Certificates { certificates, .. } => {
            certificates.iter().for_each(|certificate| drop(certificate.x509()));
        }
        _ => {}
    }
}

/// Any steps through both parsers of DNS: splits make no difference, and every question is told once as
/// answered or not.
///
/// # Panics
///
/// Something does not hold.
#[cfg(feature = "dns")]
pub fn fuzz_dns(bytes: &[u8]) {
    use crate::dns::{DnsEvent, DnsTcpParser, DnsUdpParser};

    let steps = steps(bytes);
    let events = datagrams(DnsUdpParser::default(), &steps);
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
    stream(&DnsTcpParser::default(), &steps);
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    fn replay(target: &str, body: fn(&[u8])) {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
        let seeds: Vec<_> =
            fs::read_dir(corpus).unwrap().map(|seed| seed.unwrap().path()).collect();
        assert!(!seeds.is_empty());
        for seed in seeds {
            let bytes = fs::read(&seed).unwrap();
            body(&bytes);
            for cut in (0..bytes.len()).step_by(bytes.len().div_ceil(50)) {
                body(&bytes[..cut]);
            }
        }
    }

    #[cfg(feature = "tls")]
    #[test]
    fn the_seeds_of_tls_hold() {
        replay("tls", fuzz_tls);
    }

    #[cfg(feature = "dns")]
    #[test]
    fn the_seeds_of_dns_hold() {
        replay("dns", fuzz_dns);
    }
}
