//! Bytes that are missing, and what is said behind them.

use super::*;

/// The bytes of a response with a hole, and what is said behind it.
fn holed(head: &str, before: &str, hole: u64, behind: &str) -> Vec<String> {
    let (mut session, mut found) = (Session::new(HttpParser::default()), Vec::new());
    let now = Timestamp::default();
    let mut push = |message| found.push(line(&message));
    session.data(Side::Initiator, now, GET.repeat(2).as_bytes(), &mut push);
    session.data(Side::Responder, now, format!("{head}\r\n\r\n{before}").as_bytes(), &mut push);
    session.gap(Side::Responder, hole, &mut push);
    session.data(Side::Responder, now, behind.as_bytes(), &mut push);
    found.drain(..5);
    found
}

#[test]
fn a_hole_in_a_body_of_known_length_loses_nothing_else() {
    let counted = "HTTP/1.1 200 OK\r\nContent-Length: 10";
    let expected = [
        "0 body 0 ab",
        "0 body 7 xyz",
        "0 Response Complete 10",
        "0 exchange GET 0 200 10",
        "1 204 No",
        "1 Response Complete 0",
        "1 exchange GET 0 204 0",
    ];
    assert_eq!(holed(counted, "ab", 5, &format!("xyz{NEXT}")), expected);
    let to_the_end = ["0 body 0 ab", "0 Response Complete 10", "0 exchange GET 0 200 10"];
    assert_eq!(holed(counted, "ab", 8, NEXT), [&to_the_end[..], &expected[4..]].concat());
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked";
    assert_eq!(holed(chunked, "a\r\nab", 5, &format!("xyz\r\n0\r\n\r\n{NEXT}")), expected);
}

// tshark shows the length of a body up to its first hole.
#[test]
fn the_length_in_front_of_the_first_hole_is_told() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n";
    let cases: [(&[u64], &str, [u64; 3]); 3] =
        [(&[], "cdefghij", [10, 0, 10]), (&[5, 1], "ij", [10, 6, 2]), (&[8], "", [10, 8, 2])];
    for (holes, rest, expected) in cases {
        let (mut session, mut ends) = (Session::new(HttpParser::default()), Vec::new());
        let now = Timestamp::default();
        let mut push = |message| {
            if let HttpMessage::End(end) = message {
                ends.push([end.len, end.missing, end.front_len]);
            }
        };
        session.data(Side::Responder, now, format!("{head}ab").as_bytes(), &mut push);
        holes.iter().for_each(|hole| session.gap(Side::Responder, *hole, &mut push));
        session.data(Side::Responder, now, rest.as_bytes(), &mut push);
        assert_eq!(ends, [expected], "{holes:?}");
    }
}

#[test]
fn behind_any_other_hole_the_next_message_is_found() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked";
    let found = holed(chunked, "a\r\nab", 500, &format!("rest\r\n0\r\n\r\n{NEXT}"));
    assert_eq!(
        found[..4],
        ["0 body 0 ab", "0 Response Lost 2", "0 exchange GET 0 200 2", "1 204 No"]
    );
    let counted = "HTTP/1.1 200 OK\r\nContent-Length: 10";
    assert_eq!(holed(counted, "ab", 500, NEXT)[3], "1 204 No");
}

#[test]
fn a_status_line_behind_the_rest_of_a_body_is_found() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked";
    let found = holed(chunked, "a\r\nab", 500, &format!("Hrest of HTTP/1.1 bytes{NEXT}"));
    assert_eq!(found[3..], ["1 204 No", "1 Response Complete 0", "1 exchange GET 0 204 0"]);
    // In whatever pieces.
    let (mut session, mut told) = (Session::new(HttpParser::default()), Vec::new());
    let now = Timestamp::default();
    let mut push = |message| told.push(line(&message));
    session.data(Side::Initiator, now, GET.repeat(2).as_bytes(), &mut push);
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nab";
    session.data(Side::Responder, now, head.as_bytes(), &mut push);
    session.gap(Side::Responder, 500, &mut push);
    for byte in format!("Hrest of HTTP/1.1 bytes{NEXT}").bytes() {
        session.data(Side::Responder, now, &[byte], &mut push);
    }
    assert_eq!(told[5..], found);
}

#[test]
fn a_response_behind_a_hole_is_of_the_request_in_front_of_it() {
    let (mut session, mut found) = (Session::new(HttpParser::default()), Vec::new());
    let now = Timestamp::default();
    let mut push = |message| found.push(line(&message));
    session.data(Side::Initiator, now, GET.as_bytes(), &mut push);
    session.data(Side::Responder, now, b"HTTP/1.1 2", &mut push);
    session.gap(Side::Responder, 500, &mut push);
    session.data(Side::Initiator, now, GET.as_bytes(), &mut push);
    session.data(Side::Responder, now, NEXT.as_bytes(), &mut push);
    let exchanges: Vec<_> = found.iter().filter(|line| line.contains("exchange")).collect();
    assert_eq!(exchanges, ["0 exchange GET 0 0 0", "1 exchange GET 0 204 0"]);
}
