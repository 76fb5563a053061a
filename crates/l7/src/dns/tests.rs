//! Captured and made messages, in datagrams and streams.

use std::time::Duration;

use proptest::prelude::*;
use rheos_core::{Side, Timestamp};
use rheos_layers::{DnsData, DnsSection, Malformed};

use super::pairs::Pairs;
use super::*;
use crate::kit::{self, Conversation};
use crate::{DatagramParser, Input, OnGap, Probe, Session, SessionParser, SessionState};

/// A message with one question, and answers of address 1.2.3.4.
fn message(id: u16, is_response: bool, name: &[u8], answers: u16) -> Vec<u8> {
    let flags = if is_response { [0x81, 0x80] } else { [1, 0] };
    let mut bytes =
        [&id.to_be_bytes()[..], &flags, &[0, 1], &answers.to_be_bytes(), &[0; 4]].concat();
    bytes.push(u8::try_from(name.len()).unwrap());
    bytes.extend(name);
    bytes.extend([0, 0, 1, 0, 1]);
    for _ in 0..answers {
        bytes.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 1, 2, 3, 4]);
    }
    bytes
}

fn framed(message: &[u8]) -> Vec<u8> {
    [&u16::try_from(message.len()).unwrap().to_be_bytes(), message].concat()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_secs(seconds, 0)
}

/// Feeds datagrams with their times, and ends the flow.
fn read(datagrams: &[(Side, i64, Vec<u8>)]) -> Vec<DnsEvent> {
    let (mut parser, mut events) = (DnsUdpParser::default(), Vec::new());
    for (side, seconds, bytes) in datagrams {
        let input = Input::new(*side, at(*seconds), bytes);
        parser.datagram(&input, &mut |event| events.push(event)).unwrap();
    }
    parser.on_end(at(0), &mut |event| events.push(event));
    events
}

fn names(events: &[DnsEvent]) -> Vec<String> {
    let text = events.iter().map(|event| match event {
        DnsEvent::Query(message) => format!("query {}", message.message().id()),
        DnsEvent::Response(message) => format!("response {}", message.message().id()),
        DnsEvent::Exchange(exchange) => format!("exchange {}", exchange.query.message().id()),
        DnsEvent::Unanswered { query, cause, retransmissions } => {
            format!("{cause:?} {} {retransmissions}", query.message().id())
        }
    });
    text.collect()
}

const ASKS: Side = Side::Initiator;
const ANSWERS: Side = Side::Responder;

#[test]
fn an_answer_is_told_with_its_question_and_how_long_it_took() {
    let events = read(&[
        (ASKS, 10, message(7, false, b"a", 0)),
        (ASKS, 12, message(7, false, b"a", 0)),
        (ANSWERS, 13, message(7, true, b"A", 2)),
    ]);
    assert_eq!(names(&events), ["query 7", "query 7", "response 7", "exchange 7"]);
    let Some(DnsEvent::Exchange(exchange)) = events.last() else { panic!("{events:?}") };
    assert_eq!((exchange.latency, exchange.retransmissions), (Duration::from_secs(3), 1));
    assert_eq!(exchange.outcome(), DnsOutcome::Answered);
    assert_eq!(exchange.addresses().count(), 2);
}

#[test]
fn an_answer_to_another_question_or_of_the_same_side_is_none() {
    let events = read(&[
        (ASKS, 1, message(7, false, b"a", 0)),
        (ANSWERS, 1, message(7, true, b"b", 1)),
        (ASKS, 1, message(7, true, b"a", 1)),
        (ANSWERS, 1, message(8, true, b"a", 1)),
    ]);
    assert_eq!(names(&events), ["query 7", "response 7", "response 7", "response 8", "Ended 7 0"]);
}

#[test]
fn an_answer_without_a_question_is_known_by_its_number() {
    let refused = [&[0, 7, 0x80, 5][..], &[0; 8]].concat();
    let events = read(&[(ASKS, 1, message(7, false, b"a", 0)), (ANSWERS, 2, refused)]);
    let Some(DnsEvent::Exchange(exchange)) = events.last() else { panic!("{events:?}") };
    assert_eq!(exchange.outcome(), DnsOutcome::Failed(DnsResponseCode::REFUSED));
    assert_eq!(exchange.response.response_code().to_string(), "REFUSED");
}

/// The capture has so many bytes of the question and of the answer.
#[track_caller]
fn check_cut(lens: [usize; 2], expected: &[&str], records: usize) -> OwnedDnsMessage {
    let (mut parser, mut events) = (DnsUdpParser::default(), Vec::new());
    assert!(parser.reads_cut());
    for (side, whole, len) in
        [(ASKS, message(7, false, b"a", 0), lens[0]), (ANSWERS, message(7, true, b"a", 3), lens[1])]
    {
        let input = Input::new(side, at(1), &whole[..len]);
        let input = if len < whole.len() { input.cut() } else { input };
        parser.datagram(&input, &mut |event| events.push(event)).unwrap();
    }
    parser.on_end(at(2), &mut |event| events.push(event));
    assert_eq!(names(&events), expected);
    let Some(DnsEvent::Response(response)) = events.into_iter().nth(1) else { panic!() };
    assert_eq!(response.message().answers().flatten().count(), records);
    response
}

#[test]
fn of_a_message_that_is_cut_is_told_what_is_there() {
    let pair = ["query 7", "response 7", "exchange 7"];
    let whole = check_cut([19, 67], &pair, 3);
    assert!(!whole.is_cut && whole.fault().is_none());
    let response = check_cut([19, 66], &pair, 2);
    assert!(response.is_cut && matches!(response.fault(), Some(Malformed::Truncated { .. })));
    assert!(response.question().is_some());
    // Without its question an answer is known by its number, and so is one to a question that is cut.
    let response = check_cut([19, 16], &pair, 0);
    assert!(response.is_cut && response.question().is_none());
    check_cut([16, 67], &pair, 3);
    check_cut([12, 12], &pair, 0);
}

#[test]
fn an_answer_to_another_question_is_none_though_it_is_cut() {
    let (mut parser, mut events) = (DnsUdpParser::default(), Vec::new());
    let other = message(7, true, b"b", 3);
    let question = message(7, false, b"a", 0);
    for input in
        [Input::new(ASKS, at(1), &question), Input::new(ANSWERS, at(1), &other[..40]).cut()]
    {
        parser.datagram(&input, &mut |event| events.push(event)).unwrap();
    }
    assert_eq!(names(&events), ["query 7", "response 7"]);
}

#[test]
fn the_same_bytes_may_ask_something_else() {
    let not_the_same = ["query 7", "query 7", "Ended 7 0", "Ended 7 0"];
    // A record in the place of the question.
    let question = message(7, false, b"a", 0);
    let mut update = question.clone();
    (update[5], update[7]) = (0, 1);
    update.extend([0; 6]);
    assert_eq!(names(&read(&[(ASKS, 1, question), (ASKS, 1, update)])), not_the_same);
    // Names that point into the header, where each message has other flags.
    let of = |flags: u8| [&[0, 7, flags, 0, 0, 1][..], &[0; 6], &[0xc0, 2, 0, 1, 0, 1]].concat();
    assert_eq!(names(&read(&[(ASKS, 1, of(1)), (ASKS, 1, of(0))])), not_the_same);
}

#[test]
fn outcomes_are_told_apart() {
    let outcome = |flags: [u8; 2], answers| {
        let mut response = message(7, true, b"a", answers);
        response[2..4].copy_from_slice(&flags);
        let events = read(&[(ASKS, 1, message(7, false, b"a", 0)), (ANSWERS, 1, response)]);
        let Some(DnsEvent::Exchange(exchange)) = events.last() else { panic!("{events:?}") };
        exchange.outcome()
    };
    assert_eq!(outcome([0x81, 0x80], 0), DnsOutcome::NoData);
    assert_eq!(outcome([0x83, 0x80], 1), DnsOutcome::Truncated);
    assert_eq!(outcome([0x81, 0x83], 0), DnsOutcome::NameError);
    assert_eq!(outcome([0x81, 0x82], 0), DnsOutcome::Failed(DnsResponseCode::SERVFAIL));
}

/// RFC 6891, section 6.1.3: the upper bits of a code are in the record of EDNS.
#[test]
fn a_code_has_the_bits_that_edns_adds() {
    let mut bytes = message(7, true, b"a", 0);
    bytes[11] = 1;
    bytes[3] |= 7;
    bytes.extend([0, 0, 41, 0x10, 0, 1, 0, 0, 0, 0, 0]);
    let owned = OwnedDnsMessage::new(ANSWERS, at(0), &bytes).unwrap();
    assert_eq!(owned.response_code(), DnsResponseCode(23));
    assert_eq!(owned.response_code().name(), Some("BADCOOKIE"));
    assert_eq!(DnsResponseCode(15).to_string(), "RCODE15");
}

#[test]
fn a_question_waits_no_longer_than_the_timeout() {
    let events = read(&[
        (ASKS, 1, message(1, false, b"a", 0)),
        (ASKS, 20, message(2, false, b"a", 0)),
        (ASKS, 32, message(3, false, b"a", 0)),
    ]);
    let names = names(&events);
    assert_eq!(names, ["query 1", "query 2", "Timeout 1 0", "query 3", "Ended 2 0", "Ended 3 0"]);
    let mut parser = DnsUdpParser::default();
    let input = message(1, false, b"a", 0);
    parser.datagram(&Input::new(ASKS, at(1), &input), &mut |_| {}).unwrap();
    let mut told = Vec::new();
    parser.on_tick(at(31), &mut |event| told.push(event));
    assert!(told.is_empty());
    parser.on_tick(at(32), &mut |event| told.push(event));
    assert_eq!(told.len(), 1);
}

#[test]
fn a_flood_of_questions_stays_within_its_bounds_and_the_oldest_make_room() {
    let config = DnsConfig { max_pending: 100, max_pending_bytes: 1500, ..DnsConfig::default() };
    let mut pairs = Pairs::new(config);
    let (mut evicted, mut next) = (Vec::new(), 0_u16);
    for _ in 0..5000 {
        let question = message(next, false, b"a", 0);
        let owned = OwnedDnsMessage::new(ASKS, at(0), &question).unwrap();
        pairs.message(owned, &mut |event| {
            if let DnsEvent::Unanswered { query, cause: Unanswered::Evicted, .. } = event {
                evicted.push(query.message().id());
            }
        });
        next += 1;
        let (len, ids, places) = pairs.len();
        assert!(len <= 1500 / question.len() && ids == len && places <= len + 1);
    }
    assert!(evicted.is_sorted() && evicted[0] == 0);
    // The same number again and again.
    let mut pairs = Pairs::new(DnsConfig::default());
    for number in 0..200_u16 {
        let name = number.to_be_bytes().map(|byte| b'a' + byte % 26);
        let name = [&name[..], number.to_string().as_bytes()].concat();
        let owned = OwnedDnsMessage::new(ASKS, at(0), &message(7, false, &name, 0)).unwrap();
        pairs.message(owned, &mut |_| {});
        assert!(pairs.len().0 <= 8);
    }
}

// What dns-parser and flowscope fail for; records by type are tested in rheos-layers.

#[test]
fn a_text_is_not_lost() {
    let mut bytes = message(7, true, b"a", 0);
    bytes[7] = 1;
    bytes.extend(b"\xc0\x0c\0\x10\0\x01\0\0\0\x3c\0\x0c\x0bv=spf1 -all");
    let owned = OwnedDnsMessage::new(ANSWERS, at(0), &bytes).unwrap();
    let record = owned.message().answers().next().unwrap().unwrap();
    let DnsData::Text { strings, .. } = record.data() else { panic!("{record:?}") };
    assert_eq!(strings.iter().collect::<Vec<_>>(), [b"v=spf1 -all"]);
}

#[test]
fn a_message_that_is_cut_has_what_stands_in_front_of_the_cut() {
    let whole = message(7, true, b"a", 3);
    for cut in 1..16 {
        let owned = OwnedDnsMessage::new(ANSWERS, at(0), &whole[..whole.len() - cut]).unwrap();
        assert!(matches!(owned.fault(), Some(Malformed::Truncated { .. })));
        assert_eq!(owned.message().records().flatten().count(), 2);
    }
    assert_eq!(OwnedDnsMessage::new(ANSWERS, at(0), &whole).unwrap().fault(), None);
}

#[test]
fn counts_without_records_and_names_that_turn_in_circles_end() {
    let owned = OwnedDnsMessage::new(ASKS, at(0), &[0xff; 12]).unwrap();
    assert_eq!(owned.message().records().count(), 1);
    assert!(owned.fault().is_some());
    let circle = [&[0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0][..], &[0xc0, 12, 0, 1, 0, 1]].concat();
    let owned = OwnedDnsMessage::new(ASKS, at(0), &circle).unwrap();
    assert!(matches!(owned.fault(), Some(Malformed::Field { name: "compression pointer", .. })));
    let reason = OwnedDnsMessage::new(ASKS, at(0), &[0; 11]).unwrap_err();
    assert!(reason.to_string().contains("needs 12"), "{reason}");
}

// Streams.

#[test]
fn messages_of_a_stream_stand_behind_their_lengths() {
    let stream = Conversation::default()
        .initiator(
            [framed(&message(1, false, b"a", 0)), framed(&message(2, false, b"b", 0))].concat(),
        )
        .responder(
            [framed(&message(2, true, b"b", 9)), framed(&message(1, true, b"a", 1))].concat(),
        );
    let (events, state) = kit::messages(DnsTcpParser::default(), &stream);
    assert_eq!(state, SessionState::Running);
    assert_eq!(
        names(&events),
        ["query 1", "query 2", "response 2", "exchange 2", "response 1", "exchange 1"]
    );
    kit::check_split_invariance(&DnsTcpParser::default(), &stream);
}

#[test]
fn a_hole_inside_a_message_costs_that_message_only() {
    let response = framed(&message(1, true, b"a", 9));
    let (mut session, mut events) = (Session::new(DnsTcpParser::default()), Vec::new());
    let mut out = |event| events.push(event);
    session.data(ANSWERS, at(0), &response[..20], &mut out);
    session.gap(ANSWERS, 30, &mut out);
    session.data(ANSWERS, at(0), &response[50..], &mut out);
    session.data(ANSWERS, at(0), &response, &mut out);
    assert_eq!(names(&events), ["response 1"]);
    let mut parser = DnsTcpParser::default();
    assert_eq!(parser.on_gap(ANSWERS, 1, b"", &mut |_| {}), OnGap::StopSide);
    assert_eq!(parser.on_gap(ANSWERS, 9999, &response[..20], &mut |_| {}), OnGap::StopSide);
}

#[test]
fn a_length_below_that_of_a_header_fails() {
    let (_, state) = kit::messages(DnsTcpParser::default(), b"\0\x05hello");
    let SessionState::Failed(failure) = state else { panic!("{state:?}") };
    assert!(failure.reason().contains("needs 12"), "{failure}");
}

#[test]
fn a_flow_is_known_by_its_content() {
    let question = message(1, false, b"example", 0);
    let parser = DnsUdpParser::default();
    assert_eq!(parser.probe(&question), Probe::Match);
    assert_eq!(parser.probe(&message(1, true, b"example", 2)), Probe::Match);
    assert_eq!(parser.probe(&question[..20]), Probe::NoMatch);
    assert_eq!(parser.probe(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"), Probe::NoMatch);
    assert_eq!(DnsUdpParser::mdns().probe(&question), Probe::NoMatch);
    let tcp = DnsTcpParser::default();
    let stream = framed(&message(1, false, &[b'a'; 60], 0));
    assert_eq!(tcp.probe(b"", b""), Probe::NeedMore);
    assert_eq!(tcp.probe(&stream[..20], b""), Probe::NeedMore);
    assert_eq!(tcp.probe(&stream[..40], b""), Probe::Match);
    assert_eq!(tcp.probe(&stream, b""), Probe::Match);
    assert_eq!(tcp.probe(b"\0\x10SSH-2.0-OpenSSH_9", b""), Probe::NoMatch);
    assert_eq!(tcp.probe(b"GET /index.html HTTP/1.1\r\nHost: a\r\n", b""), Probe::NoMatch);
}

#[test]
fn multicast_has_no_pairs() {
    let (mut parser, mut events) = (DnsUdpParser::mdns(), Vec::new());
    for bytes in [message(0, false, b"a", 0), message(0, true, b"a", 1)] {
        let input = Input::new(ASKS, at(0), &bytes);
        parser.datagram(&input, &mut |event| events.push(event)).unwrap();
    }
    assert_eq!(names(&events), ["query 0", "response 0"]);
    assert_eq!(parser.name(), "mdns");
    let DnsEvent::Response(response) = &events[1] else { panic!("{events:?}") };
    let record = response.message().records().next().unwrap().unwrap();
    assert_eq!(record.section, DnsSection::Answer);
}

/// How the pairs would be kept without bounds: in one list.
fn model(asked: &mut Vec<(u16, Vec<u8>)>, id: u16, is_response: bool, name: &[u8]) -> bool {
    let place = asked.iter().rposition(|question| question.0 == id && question.1 == name);
    match (place, is_response) {
        (Some(place), true) => drop(asked.remove(place)),
        (None, false) => asked.push((id, name.to_vec())),
        _ => {}
    }
    place.is_some() && is_response
}

proptest! {
    #[test]
    fn pairs_are_those_of_a_list(
        said in proptest::collection::vec((0..4_u16, any::<bool>(), 0..3_u8), 0..200),
    ) {
        let (mut pairs, mut asked) = (Pairs::new(DnsConfig::default()), Vec::new());
        for (id, is_response, name) in said {
            let name = [b'a' + name];
            let side = if is_response { ANSWERS } else { ASKS };
            let bytes = message(id, is_response, &name, 0);
            let mut is_pair = false;
            let owned = OwnedDnsMessage::new(side, at(0), &bytes).unwrap();
            pairs.message(owned, &mut |event| is_pair |= matches!(event, DnsEvent::Exchange(_)));
            prop_assert_eq!(is_pair, model(&mut asked, id, is_response, &name));
            prop_assert_eq!(pairs.len().0, asked.len());
        }
        let mut left = 0;
        pairs.end(|_| true, &mut |_| left += 1);
        prop_assert_eq!((left, pairs.len().0, pairs.len().1), (asked.len(), 0, 0));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
        let mut parser = DnsUdpParser::default();
        let _ = parser.probe(&bytes);
        let _ = parser.datagram(&Input::new(ASKS, at(0), &bytes), &mut |event| {
            let _ = format!("{event:?}");
        });
        kit::check_split_invariance(&DnsTcpParser::default(), bytes.as_slice());
    }

    #[test]
    fn any_changed_byte_is_survived(at_byte in 0..200_usize, value: u8) {
        let mut bytes = [framed(&message(1, false, b"a", 0)), framed(&message(1, true, b"a", 3))].concat();
        if let Some(byte) = bytes.get_mut(at_byte) {
            *byte = value;
        }
        kit::check_split_invariance(&DnsTcpParser::default(), bytes.as_slice());
        let owned = OwnedDnsMessage::new(ASKS, at(0), &bytes[2..]);
        let _ = owned.map(|message| (message.fault(), format!("{message:?}")));
    }
}
