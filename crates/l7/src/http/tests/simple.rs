//! HTTP/0.9: RFC 1945, sections 4.1 and 6.

use super::*;

const OLD: &str = "0 GET /old HTTP/0.9 {}";

#[test]
fn what_answers_a_simple_request_is_a_body_to_the_end() {
    for body in ["<html>old</html>\r\n", "\r\n\r\n<p>", "HTTP/1.0 is of 1996\r\n", "HTTP", "H"] {
        let len = body.len();
        check(
            &ask("GET /old\r\n").responder(body),
            &[
                OLD,
                "0 Request odd_version",
                "0 Request Complete 0",
                "0 0 ",
                &format!("0 body 0 {body}"),
                &format!("0 Response Complete {len}"),
                &format!("0 exchange GET 0 0 {len}"),
            ],
        );
    }
    // Nothing at all is no answer.
    let asked = [OLD, "0 Request odd_version", "0 Request Complete 0"];
    check(&ask("GET /old\r\n"), &[&asked[..], &["0 exchange GET 0 0 0"]].concat());
}

#[test]
fn a_server_of_today_answers_with_a_status_line() {
    let bad = "HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno";
    check(
        // What looks like fields is none: a simple request is a line.
        &ask(format!("GET /old\r\nHost: a\r\n\r\n{GET}")).responder(bad).responder(NEXT),
        &[
            OLD,
            "0 Request odd_version",
            "0 Request Complete 0",
            "1 GET / HTTP/1.1 {\"Host\": \"a\"}",
            "1 Request Complete 0",
            "0 400 Bad Request",
            "0 body 0 no",
            "0 Response Complete 2",
            "0 exchange GET 0 400 2",
            "1 204 No",
            "1 Response Complete 0",
            "1 exchange GET 0 204 0",
        ],
    );
}

#[test]
fn a_hole_in_a_simple_response_is_part_of_its_length() {
    let (mut session, mut found) = (Session::new(HttpParser::default()), Vec::new());
    let now = Timestamp::default();
    let mut push = |message| found.push(line(&message));
    session.data(Side::Initiator, now, b"GET /old\r\n", &mut push);
    session.data(Side::Responder, now, b"<p>", &mut push);
    session.gap(Side::Responder, 4, &mut push);
    session.data(Side::Responder, now, b"</p>", &mut push);
    session.end(Side::Responder, now, &mut push);
    let body = ["0 body 0 <p>", "0 body 7 </p>", "0 Response Complete 11", "0 exchange GET 0 0 11"];
    assert_eq!(found[4..], body);
}
