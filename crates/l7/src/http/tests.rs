//! Conversations, and what is said of them.

use rheos_core::{Side, Timestamp};

use super::{AnomalyKind, Bodies, Completion, HttpConfig, HttpMessage, HttpParser, Kind};
use crate::kit::{Conversation, check_split_invariance, messages};
use crate::session::{Session, SessionState};

mod holes;
mod oddities;
mod simple;

/// A line for each message.
fn line(message: &HttpMessage) -> String {
    match message {
        HttpMessage::Request(head) => format!(
            "{} {} {} {} {:?}",
            head.transaction,
            head.method(),
            head.target(),
            head.version,
            head.fields
        ),
        HttpMessage::Response(head) => {
            format!("{} {} {}", head.transaction, head.status(), head.reason())
        }
        HttpMessage::Body(body) => {
            format!(
                "{} body {} {}",
                body.transaction,
                body.offset,
                String::from_utf8_lossy(&body.bytes)
            )
        }
        HttpMessage::Part(part) => {
            format!("{} part {:?} {:?}", part.transaction, part.name, part.filename)
        }
        HttpMessage::End(end) => {
            let trailers = if end.trailers.is_empty() {
                String::new()
            } else {
                format!(" {:?}", end.trailers)
            };
            format!("{} {:?} {:?} {}{trailers}", end.transaction, end.kind, end.completion, end.len)
        }
        HttpMessage::Exchange(exchange) => format!(
            "{} exchange {} {} {} {}",
            exchange.transaction,
            exchange.request.as_ref().map_or("-", |head| head.method()),
            exchange.request_len,
            exchange.response.as_ref().map_or(0, |head| head.status()),
            exchange.response_len
        ),
        HttpMessage::Anomaly(anomaly) => {
            format!("{} {:?} {}", anomaly.transaction, anomaly.kind, anomaly.what)
        }
    }
}

#[track_caller]
fn check(conversation: &Conversation, expected: &[&str]) -> SessionState {
    check_split_invariance(&HttpParser::default(), conversation);
    let (found, state) = messages(HttpParser::default(), conversation);
    assert_eq!(found.iter().map(line).collect::<Vec<_>>(), expected);
    state
}

fn ask(bytes: impl AsRef<[u8]>) -> Conversation {
    Conversation::default().initiator(bytes)
}

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const NEXT: &str = "HTTP/1.1 204 No\r\n\r\n";
const GOT: &str = "0 GET / HTTP/1.1 {\"Host\": \"a\"}";

#[test]
fn a_request_is_paired_with_its_response() {
    let conversation = ask("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
        .responder("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Made\r\nContent-Length: 2\r\n\r\nok");
    check(
        &conversation,
        &[
            "0 POST /x HTTP/1.1 {\"Host\": \"a\", \"Content-Length\": \"3\"}",
            "0 body 0 abc",
            "0 Request Complete 3",
            "0 100 Continue",
            "0 201 Made",
            "0 body 0 ok",
            "0 Response Complete 2",
            "0 exchange POST 3 201 2",
        ],
    );
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let head = "HEAD /b HTTP/1.0\r\n\r\n";
    let conversation = ask(format!("{GET}\r\n{head}"))
        .responder("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
        .responder("HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\n");
    check(
        &conversation,
        &[
            GOT,
            "0 Request Complete 0",
            "1 HEAD /b HTTP/1.0 {}",
            "1 Request Complete 0",
            "0 200 OK",
            "0 body 0 x",
            "0 Response Complete 1",
            "0 exchange GET 0 200 1",
            "1 200 OK",
            "1 Response Complete 0",
            "1 exchange HEAD 0 200 0",
        ],
    );
}

// RFC 9112, section 9.5: a server may answer before it has read the whole body.
#[test]
fn an_answer_before_the_end_of_the_request_waits_for_it() {
    let head = "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na";
    let conversation = ask(head)
        .responder("HTTP/1.1 413 Too much\r\nContent-Length: 0\r\n\r\n")
        .initiator(format!("bc\r\n0\r\n\r\n{GET}"));
    let asked = "0 POST /x HTTP/1.1 {\"Host\": \"a\", \"Transfer-Encoding\": \"chunked\"}";
    let answered = ["0 413 Too much", "0 Response Complete 0"];
    let ended = ["0 body 0 abc", "0 Request Complete 3", "0 exchange POST 3 413 0"];
    let next =
        ["1 GET / HTTP/1.1 {\"Host\": \"a\"}", "1 Request Complete 0", "1 exchange GET 0 0 0"];
    check(&conversation, &[&[asked][..], &answered, &ended, &next].concat());
    // One that never ends is told with what came of it.
    let mut cut = vec!["0 body 0 a", "0 Request Cut 1", "0 exchange POST 1 413 0"];
    cut.splice(0..0, [asked].into_iter().chain(answered));
    check(&ask(head).responder("HTTP/1.1 413 Too much\r\nContent-Length: 0\r\n\r\n"), &cut);
}

// The body is the example of Wikipedia's article on the coding, with an extension.
#[test]
fn chunks_are_joined_and_their_trailers_kept() {
    let conversation = ask(GET).responder(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nWiki\r\n6 ;a=b\r\npedia \r\n\
         E\r\nin \r\n\r\nchunks.\r\n0\r\nExpires: never\r\n\r\nHTTP/1.1 204 No\r\n\r\n",
    );
    check(
        &conversation,
        &[
            GOT,
            "0 Request Complete 0",
            "0 200 OK",
            "0 body 0 Wikipedia in \r\n\r\nchunks.",
            "0 Response Complete 24 {\"Expires\": \"never\"}",
            "0 exchange GET 0 200 24",
            "1 204 No",
            "1 Response unasked_response",
            "1 Response Complete 0",
            "1 exchange - 0 204 0",
        ],
    );
}

/// RFC 9112, section 7.1: the last chunk has a size of one zero or more.
#[test]
fn a_size_may_have_any_zeros_in_front() {
    let answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n00000000000000000004\r\nWiki\r\n\
        00000000000000000000\r\n\r\n";
    let conversation = ask(GET).responder(answer);
    check_split_invariance(&HttpParser::default(), &conversation);
    let found: Vec<String> =
        messages(HttpParser::default(), &conversation).0.iter().map(line).collect();
    assert!(found.contains(&"0 Response Complete 4".to_owned()), "{found:?}");
}

#[test]
fn chunks_that_cannot_be_read_end_the_message_and_the_next_is_found() {
    for chunk in
        ["xyz\r\nabc\r\n", "-1\r\n", "\r\n", "11111111111111111\r\n", "1\r\nab\r\n", "0x1\r\na\r\n"]
    {
        let conversation = ask(GET)
            .responder(format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}"))
            .responder("HTTP/1.1 204 No\r\n\r\n");
        check_split_invariance(&HttpParser::default(), &conversation);
        let found: Vec<String> =
            messages(HttpParser::default(), &conversation).0.iter().map(line).collect();
        assert!(found.contains(&"0 Response invalid_chunk".to_owned()), "{chunk:?} {found:?}");
        assert!(found.contains(&"1 204 No".to_owned()), "{chunk:?} {found:?}");
    }
}

#[test]
fn a_body_without_length_ends_with_the_stream() {
    let conversation =
        ask("GET / HTTP/1.0\r\n\r\n").responder("HTTP/1.0 200 OK\r\n\r\nall").responder(" of it");
    check(
        &conversation,
        &[
            "0 GET / HTTP/1.0 {}",
            "0 Request Complete 0",
            "0 200 OK",
            "0 body 0 all of it",
            "0 Response Complete 9",
            "0 exchange GET 0 200 9",
        ],
    );
}

#[test]
fn a_body_that_is_cut_is_told_as_such() {
    let conversation = ask(GET).responder("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
    check(
        &conversation,
        &[
            GOT,
            "0 Request Complete 0",
            "0 200 OK",
            "0 body 0 abc",
            "0 Response Cut 3",
            "0 exchange GET 0 200 3",
        ],
    );
    check(&ask(GET), &[GOT, "0 Request Complete 0", "0 exchange GET 0 0 0"]);
}

#[test]
fn behind_connect_another_protocol_goes_on() {
    let connect = "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n";
    let conversation =
        ask(connect).responder("HTTP/1.1 200 OK\r\n\r\n").initiator([0x16, 3, 1, 2, 0]);
    let state = check(
        &conversation,
        &[
            "0 CONNECT a:443 HTTP/1.1 {\"Host\": \"a:443\"}",
            "0 Request Complete 0",
            "0 200 OK",
            "0 Response Tunnel 0",
            "0 exchange CONNECT 0 200 0",
        ],
    );
    assert_eq!(state, SessionState::HandedOver("tls"));
    // Suricata's test http-connect-simple: the client speaks HTTP through the tunnel, behind an empty
    // line that ends nothing.
    let plain = ask(format!("{connect}\n")).responder("HTTP/1.1 200 OK\r\n\r\n").initiator(GET);
    check_split_invariance(&HttpParser::default(), &plain);
    let (_, state) = messages(HttpParser::default(), &plain);
    assert_eq!(state, SessionState::HandedOver("http"));
    let refused =
        ask(connect).responder("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n").initiator(GET);
    let found: Vec<String> = messages(HttpParser::default(), &refused).0.iter().map(line).collect();
    assert_eq!(found[5], GOT.replace('0', "1"));
}

#[test]
fn upgrades_name_what_goes_on() {
    let switch = |to: &str| {
        let conversation = ask(GET)
            .responder(format!("HTTP/1.1 101 Switching\r\nUpgrade: {to}\r\n\r\n\u{1}\u{2}"));
        check_split_invariance(&HttpParser::default(), &conversation);
        messages(HttpParser::default(), &conversation).1
    };
    assert_eq!(switch("WebSocket"), SessionState::HandedOver("websocket"));
    assert_eq!(switch("h2c"), SessionState::HandedOver("http2"));
    assert_eq!(switch("TLS/1.0, HTTP/1.1"), SessionState::HandedOver("tls"));
    assert_eq!(switch("other"), SessionState::Done);
    let preface = ask("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    assert_eq!(messages(HttpParser::default(), &preface).1, SessionState::HandedOver("http2"));
}

#[cfg(feature = "decode")]
#[test]
fn codings_are_undone_and_names_of_parts_found() {
    use std::io::Write;

    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&vec![b'x'; 40_000]).unwrap();
    let gzip = gzip.finish().unwrap();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
        gzip.len()
    );
    let form =
        "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"n.txt\"\r\n\r\nhi\r\n--b--";
    let post = format!(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\n\
         Content-Length: {}\r\n\r\n{form}",
        form.len()
    );
    let conversation = ask(post).responder([head.as_bytes(), &gzip].concat());
    check_split_invariance(&HttpParser::default(), &conversation);
    let found = messages(HttpParser::default(), &conversation).0;
    let pieces: Vec<_> = found
        .iter()
        .filter_map(|message| match message {
            HttpMessage::Body(body) if body.kind == Kind::Response => {
                Some((body.offset, body.bytes.len()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(pieces, [(0, 16384), (16384, 16384), (32768, 7232)]);
    assert!(found.iter().map(line).any(|text| text == "0 part Some(\"f\") Some(\"n.txt\")"));
    let end = found.iter().find_map(|message| match message {
        HttpMessage::End(end) if end.kind == Kind::Response => Some(end),
        _ => None,
    });
    let end = end.unwrap();
    assert_eq!((end.len, end.decoded_len), (gzip.len() as u64, 40_000));
}

#[test]
fn bodies_are_counted_or_collected_if_that_is_asked_for() {
    let conversation = ask(GET).responder("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    let with = |bodies| {
        let parser = HttpParser::new(HttpConfig { bodies, ..HttpConfig::default() });
        check_split_invariance(&parser, &conversation);
        let found = messages(parser, &conversation).0;
        assert!(!found.iter().any(|message| matches!(message, HttpMessage::Body(_))));
        found.into_iter().find_map(|message| match message {
            HttpMessage::End(end) if end.kind == Kind::Response => Some(end),
            _ => None,
        })
    };
    let counted = with(Bodies::Count).unwrap();
    assert_eq!((counted.len, counted.body.len()), (5, 0));
    let collected = with(Bodies::Collect { max: 3 }).unwrap();
    assert_eq!((collected.len, collected.decoded_len, &*collected.body), (5, 5, &b"hel"[..]));
    assert_eq!(collected.completion, Completion::Complete);
}

#[test]
fn requests_that_are_never_answered_are_bounded() {
    let parser = HttpParser::new(HttpConfig { max_pending: 2, ..HttpConfig::default() });
    let found: Vec<String> = messages(parser, ask(GET.repeat(3))).0.iter().map(line).collect();
    assert!(found.contains(&"2 Request too_many_pending".to_owned()));
    assert_eq!(found.iter().filter(|text| text.contains("exchange")).count(), 3);
}

#[test]
fn who_asks_is_seen_by_what_is_said() {
    let conversation = Conversation::default().responder(GET).initiator(NEXT);
    check(
        &conversation,
        &[
            GOT,
            "0 Request Complete 0",
            "0 204 No",
            "0 Response Complete 0",
            "0 exchange GET 0 204 0",
        ],
    );
}
