//! Whether bytes are of HTTP.

use super::head::{NAME, StartLine};
use crate::parser::Probe;

/// Methods by which a request is known: those that [IANA](https://www.iana.org/assignments/http-methods) lists, but
/// for `PRI` of HTTP/2, and those of `UPnP` and Microsoft.
const METHODS: &[&[u8]] = &[
    b"ACL",
    b"BASELINE-CONTROL",
    b"BIND",
    b"CHECKIN",
    b"CHECKOUT",
    b"CONNECT",
    b"COPY",
    b"DELETE",
    b"GET",
    b"HEAD",
    b"LABEL",
    b"LINK",
    b"LOCK",
    b"MERGE",
    b"MKACTIVITY",
    b"MKCALENDAR",
    b"MKCOL",
    b"MKREDIRECTREF",
    b"MKWORKSPACE",
    b"MOVE",
    b"OPTIONS",
    b"ORDERPATCH",
    b"PATCH",
    b"POST",
    b"PROPFIND",
    b"PROPPATCH",
    b"PUT",
    b"QUERY",
    b"REBIND",
    b"REPORT",
    b"SEARCH",
    b"TRACE",
    b"UNBIND",
    b"UNCHECKOUT",
    b"UNLINK",
    b"UNLOCK",
    b"UPDATE",
    b"UPDATEREDIRECTREF",
    b"VERSION-CONTROL",
    b"BITS_POST",
    b"CCM_POST",
    b"M-SEARCH",
    b"NOTIFY",
    b"RPC_CONNECT",
    b"RPC_IN_DATA",
    b"RPC_OUT_DATA",
    b"SSTP_DUPLEX_POST",
    b"SUBSCRIBE",
    b"UNSUBSCRIBE",
];

/// Bytes of a request that settle the question where the line goes on: a target of another protocol
/// begins with its scheme.
const ENOUGH: usize = 24;

/// Whether the sides of a stream are of HTTP/1.
pub(super) fn probe(initiator: &[u8], responder: &[u8]) -> Probe {
    match (one(initiator), one(responder)) {
        (Probe::Match, _) | (_, Probe::Match) => Probe::Match,
        (Probe::NoMatch, _) | (_, Probe::NoMatch) => Probe::NoMatch,
        _ => Probe::NeedMore,
    }
}

/// Bytes of empty lines in front of a request, which are none of it, RFC 9112 section 2.2.
pub(super) fn empty_lines(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count()
}

fn one(bytes: &[u8]) -> Probe {
    // The byte of a keep-alive, with which a capture may begin.
    let bytes = bytes.strip_prefix(b"\0").unwrap_or(bytes);
    let bytes = bytes.get(empty_lines(bytes)..).unwrap_or_default();
    if let Some(end) = memchr::memchr(b'\n', bytes) {
        let line = bytes.get(..end).unwrap_or_default();
        let is_http = match StartLine::parse(line.strip_suffix(b"\r").unwrap_or(line)) {
            Some(StartLine::Request { version, .. } | StartLine::Response { version, .. }) => {
                version.major == 1
            }
            None => false,
        };
        // Of a longer line the start has said enough, in whatever pieces it comes.
        if is_http || end < ENOUGH {
            return if is_http { Probe::Match } else { Probe::NoMatch };
        }
    }
    let (front, version) = bytes.split_at_checked(NAME.len()).unwrap_or((bytes, &[]));
    if NAME.get(..front.len()).is_some_and(|name| name.eq_ignore_ascii_case(front)) {
        return match version {
            [] => Probe::NeedMore,
            [b'1', ..] => Probe::Match,
            _ => Probe::NoMatch,
        };
    }
    let begins = |method: &&[u8]| method.starts_with(bytes) || bytes.starts_with(method);
    let Some(target) = METHODS.iter().filter(|method| begins(method)).find_map(|method| {
        let behind = bytes.strip_prefix(*method).unwrap_or_default();
        (behind.is_empty() || behind.starts_with(b" ")).then(|| behind.get(1..).unwrap_or_default())
    }) else {
        return Probe::NoMatch;
    };
    let foreign = [&b"sip:"[..], b"sips:", b"rtsp:", b"rtsps:"];
    if foreign.iter().any(|scheme| target.starts_with(scheme)) {
        return Probe::NoMatch;
    }
    if bytes.len() < ENOUGH { Probe::NeedMore } else { Probe::Match }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(initiator: &str, responder: &str, expected: Probe) {
        assert_eq!(probe(initiator.as_bytes(), responder.as_bytes()), expected);
    }

    #[test]
    fn heads_are_found_on_either_side() {
        check("GET / HTTP/1.1\r\n", "", Probe::Match);
        check("", "HTTP/1.1 200 OK", Probe::Match);
        check("", "http/1.1", Probe::Match);
        check("BREW /pot HTTP/1.1\r\n", "", Probe::Match);
        check("POST /a/long/target/that/goes/on", "", Probe::Match);
        check("\0GET / HTTP/1.1\r\n", "", Probe::Match);
        check("GET /a/long/target/without/a/version\r\n", "", Probe::Match);
        check("\r\n\r\nGET / HTTP/1.1\r\n", "", Probe::Match);
    }

    #[test]
    fn more_is_needed_until_it_is_settled() {
        for start in [
            "",
            "\r\n\r",
            "G",
            "GET",
            "GET ",
            "GET /",
            "OPTIONS ",
            "VERSION-CON",
            "M-SE",
            "HT",
            "HTTP/",
        ] {
            check(start, "", Probe::NeedMore);
        }
    }

    #[test]
    fn other_protocols_are_not_http() {
        let others = [
            "OPTIONS sip:a",
            "OPTIONS rtsp:",
            "DESCRIBE",
            "EHLO",
            "SSH-2.0",
            "\x16\x03\x01",
            "GETX",
        ];
        for start in others {
            check(start, "", Probe::NoMatch);
        }
        check("OPTIONS * RTSP/1.0\r\n", "", Probe::NoMatch);
        check("PRI * HTTP/2.0\r\n", "", Probe::NoMatch);
        check("", "HTTP/2", Probe::NoMatch);
    }
}
