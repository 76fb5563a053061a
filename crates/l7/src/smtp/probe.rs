//! Whether bytes are of SMTP.

use crate::line::{opening, verb};
use crate::parser::Probe;

/// The first commands of a client, with the space behind them.
const HELLOS: [&[u8]; 3] = [b"EHLO ", b"HELO ", b"LHLO "];

/// Whether the sides of a stream are of SMTP. A greeting alone may be one of FTP: the client's first
/// words decide.
pub(super) fn probe(initiator: &[u8], responder: &[u8]) -> Probe {
    if let Some(line) = opening(initiator) {
        let (verb, name) = verb(line);
        let is_hello = matches!(&*verb, "EHLO" | "HELO" | "LHLO") && !name.is_empty();
        return if is_hello { Probe::Match } else { Probe::NoMatch };
    }
    let could = |hello: &[u8]| {
        let len = hello.len().min(initiator.len());
        let starts = (initiator.get(..len), hello.get(..len));
        matches!(starts, (Some(a), Some(b)) if a.eq_ignore_ascii_case(b))
    };
    let is_greeting = [&b"220"[..], b"554"].iter().any(|code| {
        let len = code.len().min(responder.len());
        responder.get(..len) == code.get(..len)
    });
    if HELLOS.into_iter().any(could) && is_greeting { Probe::NeedMore } else { Probe::NoMatch }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clients_hello_decides() {
        assert_eq!(probe(b"", b"220 x\r\n"), Probe::NeedMore);
        assert_eq!(probe(b"EHLO a.example\r\n", b"220 x\r\n"), Probe::Match);
        assert_eq!(probe(b"helo a\r\n", b""), Probe::Match);
        assert_eq!(probe(b"EHLO a.ex", b"22"), Probe::NeedMore);
        assert_eq!(probe(format!("EHLO {}", "a".repeat(59)).as_bytes(), b"220 x"), Probe::Match);
        assert_eq!(probe(b"USER a\r\n", b"220 x\r\n"), Probe::NoMatch);
        assert_eq!(probe(b"EHLO\r\n", b"220 x\r\n"), Probe::NoMatch);
        assert_eq!(probe(b"", b"SSH-2.0"), Probe::NoMatch);
    }
}
