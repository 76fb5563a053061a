//! What servers read differently, and what is no HTTP.

use super::*;

#[test]
fn two_lengths_are_told_as_smuggling() {
    let request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    let conversation = ask(format!("{request}{GET}"));
    let found: Vec<String> =
        messages(HttpParser::default(), &conversation).0.iter().map(line).collect();
    assert_eq!(
        found[1..4],
        ["0 Request both_lengths", "0 Request Complete 0", "1 GET / HTTP/1.1 {\"Host\": \"a\"}"]
    );
    assert!(AnomalyKind::BothLengths.is_about_framing());
}

// RFC 9110, section 6.5.1: no fields for framing and routing; section 6.6.2 has Trailer for the others.
#[test]
fn lengths_and_hosts_behind_the_chunks_are_told() {
    let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n";
    for (trailer, is_told) in [
        ("Content-Length: 9", true),
        ("HOST: b", true),
        ("transfer-encoding: chunked", true),
        ("Content-MD5: x", false),
        ("X-Host: b", false),
    ] {
        let conversation = ask(format!("{head}{trailer}\r\n\r\n{GET}"));
        check_split_invariance(&HttpParser::default(), &conversation);
        let found: Vec<String> =
            messages(HttpParser::default(), &conversation).0.iter().map(line).collect();
        let told = found.iter().filter(|line| *line == "0 Request forbidden_trailer").count();
        assert_eq!(told, usize::from(is_told), "{trailer}");
        assert!(found.iter().any(|line| line.starts_with("1 GET /")), "the next is where it was");
    }
}

// httparse: bare LF is accepted, obs-fold and "Host :" are errors, and all of them are told here.
#[test]
fn heads_that_servers_read_differently_are_read_and_told() {
    check(
        &ask("GET / HTTP/1.1\nHost : a\r\nX: 1\r\n 2\r\n\r\n"),
        &[
            "0 GET / HTTP/1.1 {\"Host\": \"a\", \"X\": \"1 2\"}",
            "0 Request space_before_colon",
            "0 Request obsolete_fold",
            "0 Request bare_lf",
            "0 Request Complete 0",
            "0 exchange GET 0 0 0",
        ],
    );
}

#[test]
fn odd_first_lines_and_hosts_are_told() {
    check(
        &ask("GET  /a b HTTP/1.3\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
        &[
            "0 GET /a b HTTP/1.3 {}",
            "0 Request odd_version",
            "0 Request odd_start_line",
            "0 Request missing_host",
            "0 Request Complete 0",
            "1 GET / HTTP/1.1 {\"Host\": \"a\", \"Host\": \"b\"}",
            "1 Request several_hosts",
            "1 Request Complete 0",
            "0 exchange GET 0 0 0",
            "1 exchange GET 0 0 0",
        ],
    );
}

#[test]
fn a_stream_that_is_not_http_fails() {
    for text in ["EHLO there\r\n", "\x16\x03\x01\x02", "SSH-2.0-x\r\n", "GET\r\n"] {
        check_split_invariance(&HttpParser::default(), ask(text));
        let (found, state) = messages(HttpParser::default(), ask(text));
        assert!(found.is_empty() && matches!(state, SessionState::Failed(_)), "{text}");
    }
}

#[test]
fn bytes_between_messages_are_skipped_and_told() {
    let conversation =
        ask(GET).responder("HTTP/1.1 204 No\r\n\r\nwhat is this\r\nHTTP/1.1 204 No\r\n\r\n");
    check(
        &conversation,
        &[
            GOT,
            "0 Request Complete 0",
            "0 204 No",
            "0 Response Complete 0",
            "0 exchange GET 0 204 0",
            "1 Response not_a_message",
            "1 204 No",
            "1 Response unasked_response",
            "1 Response Complete 0",
            "1 exchange - 0 204 0",
        ],
    );
}

#[test]
fn heads_have_a_bound() {
    let config = HttpConfig { max_head: 100, ..HttpConfig::default() };
    let parser = HttpParser::new(config);
    let long = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(100));
    check_split_invariance(&parser, ask(&long));
    let (_, state) = messages(parser.clone(), ask(&long));
    assert!(
        matches!(state, SessionState::Failed(failure) if failure.reason() == "no end of the first head within 100 bytes")
    );
    let conversation = ask(format!("{GET}{long}{GET}"));
    check_split_invariance(&parser, &conversation);
    let found: Vec<String> = messages(parser, &conversation).0.iter().map(line).collect();
    let expected = ["1 Request head_too_long", "1 GET / HTTP/1.1 {\"Host\": \"a\"}"];
    assert_eq!(found[2..4], expected);
}

// RFC 9112, section 2.3, has the name in capitals; browsers take it in lower case.
#[test]
fn a_version_in_lower_case_is_odd_and_read() {
    let conversation = ask(GET).responder("http/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let expected = [
        GOT,
        "0 Request Complete 0",
        "0 200 OK",
        "0 Response odd_start_line",
        "0 Response Complete 0",
        "0 exchange GET 0 200 0",
    ];
    check(&conversation, &expected);
}

#[test]
fn what_was_asked_is_told_where_the_answer_is_none() {
    let put = "PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc";
    let state = check(
        &ask(format!("{GET}{put}")).responder("ICY 200 OK\r\n\r\n"),
        &[
            GOT,
            "0 Request Complete 0",
            "1 PUT /x HTTP/1.1 {\"Host\": \"a\", \"Content-Length\": \"9\"}",
            "0 exchange GET 0 0 0",
            "1 body 0 abc",
            "1 Request Cut 3",
            "1 exchange PUT 3 0 0",
        ],
    );
    assert!(matches!(state, SessionState::Failed(_)));
}

const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

/// A line for each message of an answer behind its head, and its completion without what follows it.
fn answered(bytes: impl AsRef<[u8]>) -> Vec<String> {
    let conversation = ask(GET).responder(bytes);
    check_split_invariance(&HttpParser::default(), &conversation);
    let found = messages(HttpParser::default(), &conversation).0;
    found.iter().map(line).skip(2).collect()
}

// RFC 9112, section 7.1, has digits and extensions in this line. libhtp skips white space and empty lines in front of
// the digits and all behind them; so do Zeek, tshark and Firefox, whose numbers end with their last digit.
#[test]
fn what_stands_beside_the_size_of_a_chunk_is_told_and_the_chunk_is_read() {
    for size in
        ["3,", "3\0", "3\x0b", "3 x", "3,foo;a=b", "\t3", "\x0c3", "\r3", "\r\n3", " \r\n\r\n03"]
    {
        let found = answered(format!("{CHUNKED}{size}\r\nabc\r\n{size}\r\ndef\r\n0\r\n\r\n{NEXT}"));
        let expected = [
            "0 200 OK",
            "0 Response odd_chunk_line",
            "0 body 0 abcdef",
            "0 Response Complete 6",
            "0 exchange GET 0 200 6",
            "1 204 No",
        ];
        assert_eq!(found[..6], expected, "{size:?}");
    }
    assert!(AnomalyKind::OddChunkLine.is_about_framing());
    for size in ["3", "3 ", "3;a=b", "3 ;a=b", "0003"] {
        let found = answered(format!("{CHUNKED}{size}\r\nabc\r\n0\r\n\r\n"));
        assert_eq!(found[1..3], ["0 body 0 abc", "0 Response Complete 3"], "{size:?}");
    }
}

// RFC 9112, section 7.1: recipients must take care of large numbers. `0x3` is three to strtol and nothing to libhtp.
#[test]
fn a_size_that_is_no_number_stays_an_error() {
    for size in [";", ",3", "+3", "-3", "0x3", "3g", "\x013", "\x003", "ffffffffffffffff1"] {
        let found = answered(format!("{CHUNKED}3\r\nabc\r\n{size}\r\ndef\r\n{NEXT}"));
        let expected =
            ["0 200 OK", "0 Response invalid_chunk", "0 body 0 abc", "0 Response Invalid 3"];
        assert_eq!(found[..4], expected, "{size:?}");
    }
    // The first line of the next message ends chunks that have no end.
    let found = answered(format!("{CHUNKED}3\r\nabc\r\n{NEXT}"));
    assert_eq!(found[1..3], ["0 Response invalid_chunk", "0 body 0 abc"]);
    assert!(found.contains(&"1 204 No".to_owned()));
}

// RFC 9112, section 8: a body is incomplete if the chunk of no bytes has not been received.
#[test]
fn a_body_is_whole_with_its_last_chunk_though_no_trailers_end() {
    for (end, trailers) in [("", ""), ("\r", ""), ("A: 1\r\nB: 2", r#" {"A": "1"}"#)] {
        let found = answered(format!("{CHUNKED}3\r\nabc\r\n0\r\n{end}"));
        let complete = format!("0 Response Complete 3{trailers}");
        assert_eq!(found[1..], ["0 body 0 abc", &complete, "0 exchange GET 0 200 3"], "{end:?}");
    }
    let odd = answered(format!("{CHUNKED}3\r\nabc\r\n0\n\r\r\n"));
    let told =
        ["0 Response bare_lf", "0 Response invalid_field", "0 body 0 abc", "0 Response Complete 3"];
    assert_eq!(odd[1..5], told);
    let cut = answered(format!("{CHUNKED}3\r\nabc\r\n0"));
    assert_eq!(cut[1..], ["0 body 0 abc", "0 Response Cut 3", "0 exchange GET 0 200 3"]);
}

// Firefox and Chromium look for a status line in the first bytes of an answer.
#[test]
fn a_few_bytes_in_front_of_a_status_line_are_skipped_and_told() {
    for front in ["\0", "\r", "\r\r", " \t\r\n", "\t\r\r\n", "foobar\r\n", "HTTP\r\n"] {
        let expected = ["0 Response not_a_message", "0 204 No", "0 Response Complete 0"];
        assert_eq!(answered(format!("{front}{NEXT}"))[..3], expected, "{front:?}");
    }
    for front in ["twelve bytes", "SIP/2.0 200 ok\r\n"] {
        assert_eq!(answered(format!("{front}{NEXT}")), ["0 exchange GET 0 0 0"], "{front:?}");
    }
    // Of what asks nothing is skipped.
    let asked = ask(" GET / HTTP/1.1\r\n\r\n");
    assert!(matches!(messages(HttpParser::default(), asked).1, SessionState::Failed(_)));
}

// RFC 1122, section 4.2.3.6: a keep-alive may hold one byte, which is sent again in front of what follows.
#[test]
fn the_byte_of_a_keep_alive_in_front_of_a_message_is_skipped_and_told() {
    let conversation = ask(format!("\0{GET}")).responder(format!("\0{NEXT}"));
    check(
        &conversation,
        &[
            "0 Request not_a_message",
            GOT,
            "0 Request Complete 0",
            "0 Response not_a_message",
            "0 204 No",
            "0 Response Complete 0",
            "0 exchange GET 0 204 0",
        ],
    );
    for bytes in ["\0", "\0\0GET / HTTP/1.1\r\n", "\0\x16\x03\x01"] {
        check_split_invariance(&HttpParser::default(), ask(bytes));
        assert!(messages(HttpParser::default(), ask(bytes)).0.is_empty(), "{bytes:?}");
    }
}

#[test]
fn heads_that_wait_for_responses_have_a_bound_in_bytes_too() {
    // 1 MiB has room for 17 of them.
    let head = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(60_000));
    let conversation = ask(head.repeat(40));
    let found = messages(HttpParser::default(), &conversation).0;
    let told = found.iter().map(line).filter(|line| line.ends_with("too_many_pending")).count();
    assert_eq!(told, 40 - 17);
    let exchanges = found.iter().filter(|message| matches!(message, HttpMessage::Exchange(_)));
    assert_eq!(exchanges.count(), 40, "none is lost");
}

// curl 7.88.1 does so where a server says 417: it reuses the connection, and sends no body of the first request.
#[test]
fn a_body_that_the_server_refused_is_not_looked_for_in_the_next_request() {
    let put = |more: &str| format!("PUT /u HTTP/1.1\r\nHost: a\r\nContent-Length: {more}\r\n\r\n");
    let expecting = put("400\r\nExpect: 100-continue");
    let refused = "HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n";
    let conversation =
        ask(&expecting).responder(refused).initiator(format!("{}PUT ", put("4"))).responder(NEXT);
    check_split_invariance(&HttpParser::default(), &conversation);
    let exchanges = |conversation: &Conversation| -> Vec<String> {
        let found = messages(HttpParser::default(), conversation).0;
        found.iter().map(line).filter(|line| line.contains("exchange")).collect()
    };
    let told = exchanges(&conversation);
    assert_eq!(told, ["0 exchange PUT 0 417 0", "1 exchange PUT 4 204 0"]);
    // One that sends it all the same.
    for body in ["PUT ", "P\nsomething of a body that is not short, in more than sixty-four bytes"]
    {
        let ask = ask(put(&format!("{}\r\nExpect: 100-continue", body.len())));
        let sent = ask.responder(refused).initiator(format!("{body}{GET}")).responder(NEXT);
        check_split_invariance(&HttpParser::default(), &sent);
        let first = format!("0 exchange PUT {} 417 0", body.len());
        assert_eq!(exchanges(&sent), [&*first, "1 exchange GET 0 204 0"]);
    }
    // Bodies that no request can be: a response, and what comes behind an answer that closes the connection.
    let closed = "HTTP/1.1 413 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    for (refused, body) in [(refused, NEXT), (closed, GET)] {
        let ask = ask(put(&format!("{}\r\nExpect: 100-continue", body.len())));
        let sent = ask.responder(refused).initiator(body);
        check_split_invariance(&HttpParser::default(), &sent);
        let code = refused.get(9..12).unwrap_or_default();
        assert_eq!(exchanges(&sent), [format!("0 exchange PUT {} {code} 0", body.len())]);
    }
    // Bodies so short that a request may begin with them.
    for left in ["1", "4", "5", "20"] {
        let ask = ask(put(&format!("{left}\r\nExpect: 100-continue")));
        let unsent = ask.responder(refused).initiator(GET).responder(NEXT);
        check_split_invariance(&HttpParser::default(), &unsent);
        assert_eq!(exchanges(&unsent), ["0 exchange PUT 0 417 0", "1 exchange GET 0 204 0"]);
    }
    // And those behind which nothing comes, or a hole.
    let ask = ask(put("4\r\nExpect: 100-continue")).responder(refused);
    let alone = ask.clone().initiator("PUT ");
    check_split_invariance(&HttpParser::default(), &alone);
    assert_eq!(exchanges(&alone), ["0 exchange PUT 4 417 0"]);
    let (mut session, mut found) = (Session::new(HttpParser::default()), Vec::new());
    let (now, mut push) = (Timestamp::default(), |message| found.push(line(&message)));
    session.data(Side::Initiator, now, put("4\r\nExpect: 100-continue").as_bytes(), &mut push);
    session.data(Side::Responder, now, refused.as_bytes(), &mut push);
    session.data(Side::Initiator, now, b"PU", &mut push);
    session.gap(Side::Initiator, 2, &mut push);
    session.data(Side::Initiator, now, GET.as_bytes(), &mut push);
    assert!(
        found.contains(&"0 exchange PUT 4 417 0".to_owned())
            && found.contains(&GOT.replacen('0', "1", 1))
    );
}
