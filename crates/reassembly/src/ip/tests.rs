//! One test for each rule; the model that keeps every byte by itself is the fuzzer's.

use super::*;
use crate::overlap::tests::{FRAGMENTS, TABLE_POLICIES};

fn key(identification: u32) -> DatagramKey {
    let (source, destination) = ([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
    DatagramKey { source, destination, protocol: Some(17), identification, tag: 0 }
}

fn v6(identification: u32) -> DatagramKey {
    let (source, destination) = ([1; 16].into(), [2; 16].into());
    DatagramKey { source, destination, protocol: None, ..key(identification) }
}

fn fragment(key: DatagramKey, offset: u32, more: bool, payload: &[u8]) -> Fragment<'_> {
    Fragment { key, timestamp: Timestamp::from_secs(1, 0), offset, more, header: b"", payload }
}

fn defragmenter() -> Defragmenter {
    Defragmenter::new(DefragmentConfig::default())
}

#[track_caller]
fn complete(outcome: Outcome<'_>) -> Vec<u8> {
    match outcome {
        Outcome::Complete(datagram) => datagram.payload.to_vec(),
        other => unreachable!("{other:?}"),
    }
}

#[track_caller]
fn waits(outcome: Outcome<'_>) {
    assert!(matches!(outcome, Outcome::Waiting), "{outcome:?}");
}

#[track_caller]
fn rejected(outcome: Outcome<'_>, expected: Rejection) {
    assert!(matches!(outcome, Outcome::Rejected(why) if why == expected), "{outcome:?}");
}

// gopacket defect 15 and gopacket defect 37: datagrams of two protocols or two hosts were mixed.
#[test]
fn datagrams_are_told_apart_by_addresses_protocol_number_and_tag() {
    let mut of = defragmenter();
    let keys = [
        key(7),
        DatagramKey { protocol: Some(6), ..key(7) },
        DatagramKey { source: [10, 0, 0, 9].into(), ..key(7) },
        DatagramKey { tag: 42, ..key(7) },
        key(8),
        v6(7),
    ];
    for (byte, key) in (b'a'..).zip(keys) {
        waits(of.push(&fragment(key, 0, true, &[byte; 8])));
    }
    for (byte, key) in (b'a'..).zip(keys) {
        let payload = complete(of.push(&fragment(key, 8, false, &[byte])));
        assert_eq!(payload, [byte; 9]);
    }
    assert!(of.is_empty() && of.bytes() == 0);
}

// gopacket defect 37: the next datagram with the same number got the old one's bytes.
#[test]
fn a_number_may_be_used_again_at_once() {
    let mut of = defragmenter();
    for byte in [b'a', b'b'] {
        waits(of.push(&fragment(v6(7), 8, false, &[byte; 3])));
        assert_eq!(complete(of.push(&fragment(v6(7), 0, true, &[byte; 8]))), [byte; 11]);
    }
    assert_eq!(of.stats().completed, 2);
}

// gopacket defect 16: the length of a datagram was short of its header.
#[test]
fn all_bytes_are_there_with_the_header_of_the_first_fragment() {
    let mut of = defragmenter();
    let first = Fragment { header: b"HEADER", ..fragment(key(1), 0, true, &[1; 24]) };
    waits(of.push(&Fragment { header: b"no", ..fragment(key(1), 24, false, &[2; 8]) }));
    let Outcome::Complete(datagram) = of.push(&first) else { unreachable!() };
    assert_eq!((datagram.header, datagram.payload.len()), (&b"HEADER"[..], 32));
    let parts: Vec<_> = datagram.parts.iter().map(|p| (p.start, p.end, p.fragment)).collect();
    assert_eq!(parts, [(0, 24, 1), (24, 32, 0)]);
}

// gopacket defect 4
#[test]
fn an_atomic_fragment_is_a_datagram() {
    let mut of = defragmenter();
    assert!(matches!(of.push(&fragment(v6(1), 0, false, b"all")), Outcome::Whole));
    assert_eq!((of.stats().fragments, of.len()), (0, 0));
}

// gopacket defect 17: an overlap was counted twice, and the datagram never complete.
#[test]
fn an_overlap_of_ipv4_is_settled_by_the_policy() {
    for (policy, expected) in [(OverlapPolicy::First, b'a'), (OverlapPolicy::Last, b'b')] {
        let overlap_v4 = FragmentOverlap::Resolve(policy);
        let mut of = Defragmenter::new(DefragmentConfig { overlap_v4, ..Default::default() });
        waits(of.push(&fragment(key(1), 0, true, &[b'a'; 16])));
        let payload = complete(of.push(&fragment(key(1), 8, false, &[b'b'; 16])));
        assert_eq!(payload, [[b'a'; 8], [expected; 8], [b'b'; 8]].concat());
        assert_eq!((of.stats().overlaps, of.stats().conflicts), (1, 1));
    }
}

#[test]
fn an_overlap_of_ipv6_gives_up_the_datagram_and_what_comes_of_it() {
    let mut of = defragmenter();
    waits(of.push(&fragment(v6(1), 0, true, &[b'a'; 16])));
    rejected(of.push(&fragment(v6(1), 8, true, &[b'b'; 16])), Rejection::Overlap);
    rejected(of.push(&fragment(v6(1), 16, false, b"c")), Rejection::GivenUp);
    let later =
        Fragment { timestamp: Timestamp::from_secs(31, 0), ..fragment(v6(1), 8, false, b"c") };
    waits(of.push(&later));
    assert_eq!(of.stats().timed_out, 0, "it was given up before");
}

#[test]
fn a_fragment_sent_twice_is_ignored_once() {
    let mut of = defragmenter();
    for _ in 0..3 {
        waits(of.push(&fragment(v6(1), 0, true, &[b'a'; 16])));
    }
    assert_eq!(of.stats().duplicates, 2);
    assert_eq!(complete(of.push(&fragment(v6(1), 16, false, b"b"))).len(), 17);
}

/// The ping of death, and others of its kind.
#[test]
fn what_no_sender_would_send_is_rejected() {
    let mut of = defragmenter();
    rejected(of.push(&fragment(key(1), 8, true, b"")), Rejection::Empty);
    rejected(of.push(&fragment(key(1), 8, true, b"seven b")), Rejection::Unaligned);
    rejected(of.push(&fragment(key(1), 65_528, false, &[0; 8])), Rejection::TooLong);
    assert!(of.is_empty());
    waits(of.push(&fragment(key(2), 16, false, b"end")));
    rejected(of.push(&fragment(key(2), 24, true, &[0; 8])), Rejection::End);
    waits(of.push(&fragment(key(3), 16, true, &[0; 8])));
    rejected(of.push(&fragment(key(3), 8, false, b"end")), Rejection::End);
}

#[test]
fn datagrams_are_forgotten_behind_their_time() {
    let mut of = defragmenter();
    waits(of.push(&fragment(key(1), 0, true, &[b'a'; 8])));
    of.sweep(Timestamp::from_secs(30, 999_999_999));
    assert_eq!(of.len(), 1);
    of.sweep(Timestamp::from_secs(31, 0));
    assert_eq!((of.len(), of.bytes(), of.stats().timed_out), (0, 0, 1));
}

/// A clock that goes back and forth: each datagram is gone once as much time as the timeout is over since it
/// began, by the latest that was seen then, and not before.
#[test]
fn nothing_waits_past_its_time_though_clocks_go_back() {
    let (mut of, mut began, mut now) = (defragmenter(), HashMap::new(), 0);
    for step in 0..20_000_i64 {
        // Half a second for each fragment, with a minute back and forth.
        let second = step / 2 + step * 7919 % 120 - 60;
        let number = u32::try_from(step * 31 % 211).unwrap();
        let timestamp = Timestamp::from_secs(second, 0);
        waits(of.push(&Fragment { timestamp, ..fragment(key(number), 8, true, &[b'x'; 8]) }));
        now = now.max(second);
        began.retain(|_, began| now < *began + 30);
        began.entry(number).or_insert(now);
        assert!(of.deadlines.iter().is_sorted_by_key(|(due, ..)| *due));
        assert_eq!(of.len(), began.len(), "{step}");
        assert!(began.keys().all(|number| of.waiting.contains_key(&key(*number))), "{step}");
    }
    assert!(of.stats().timed_out > 1000, "{:?}", of.stats());
}

#[test]
fn a_flood_stays_within_its_bounds_and_the_oldest_make_room() {
    let config = DefragmentConfig { max_datagrams: 100, max_bytes: 50_000, ..Default::default() };
    let mut of = Defragmenter::new(config);
    for number in 0..100_000 {
        waits(of.push(&fragment(key(number), 65_000, true, &[b'x'; 480])));
        assert!(of.len() <= 100 && of.bytes() <= 50_000 && of.deadlines.len() <= 200);
    }
    assert_eq!(of.stats().evicted, 100_000 - u64::try_from(of.len()).unwrap());
}

#[test]
fn notes_about_datagrams_that_are_complete_do_not_gather() {
    let mut of = defragmenter();
    for number in 0..10_000 {
        waits(of.push(&fragment(key(number), 0, true, &[b'x'; 8])));
        let other = number.wrapping_sub(1);
        if number > 0 {
            complete(of.push(&fragment(key(other), 8, false, b"y")));
        }
        assert!(of.deadlines.len() <= 200 && of.len() == 1);
    }
}

#[test]
fn more_fragments_than_there_may_be_give_up_the_datagram() {
    let mut of = Defragmenter::new(DefragmentConfig { max_fragments: 10, ..Default::default() });
    for place in (1..=10).rev() {
        waits(of.push(&fragment(key(1), place * 8, true, &[b'x'; 8])));
    }
    rejected(of.push(&fragment(key(1), 0, true, &[b'x'; 8])), Rejection::TooMany);
    assert!(of.bytes() < 1000);
}

/// Rose: the first and the last of many datagrams, with all that is between missing.
#[test]
fn datagrams_of_two_ends_take_what_was_sent_and_not_what_they_span() {
    let mut of = defragmenter();
    for number in 0..4000 {
        waits(of.push(&fragment(key(number), 0, true, &[b'x'; 32])));
        waits(of.push(&fragment(key(number), 65_000, false, b"end")));
    }
    assert_eq!(of.len(), 4000);
    assert!(of.bytes() < 4000 * 600, "{}", of.bytes());
    of.sweep(Timestamp::from_secs(31, 0));
    assert_eq!((of.len(), of.bytes(), of.stats().timed_out), (0, 0, 4000));
}

/// Teardrop: the second fragment ends within the first, and says that the datagram ends there.
#[test]
fn teardrop_is_given_up_with_its_datagram() {
    let mut of = defragmenter();
    waits(of.push(&fragment(key(1), 0, true, &[1; 40])));
    rejected(of.push(&fragment(key(1), 24, false, &[2; 4])), Rejection::End);
    rejected(of.push(&fragment(key(1), 40, false, b"x")), Rejection::GivenUp);
    assert!(of.bytes() < 1000);
}

#[test]
fn each_cell_of_the_table_as_bytes_of_a_datagram() {
    // Offsets count in units of eight bytes.
    let at = |place: u64| usize::try_from(place * 8).unwrap();
    let offset = |place: u64| u32::try_from(place * 8).unwrap();
    for ((start, end), replaces) in FRAGMENTS {
        for (policy, replaced) in TABLE_POLICIES.into_iter().zip(replaces) {
            let overlap_v4 = FragmentOverlap::Resolve(policy);
            let mut of = Defragmenter::new(DefragmentConfig { overlap_v4, ..Default::default() });
            waits(of.push(&fragment(key(1), offset(20), true, &[b'a'; 80])));
            let later = vec![b'b'; at(end - start)];
            waits(of.push(&fragment(key(1), offset(start), true, &later)));
            // In front of both, so that no policy has anything to choose there.
            waits(of.push(&fragment(key(1), 0, true, &vec![b'-'; at(start.min(20))])));
            let last = fragment(key(1), offset(end.max(30)), false, b"-");
            let payload = complete(of.push(&last));
            for place in 20..30 {
                let later = replaced && (start..end).contains(&place);
                let unit = &payload[at(place)..at(place + 1)];
                assert_eq!(unit, [if later { b'b' } else { b'a' }; 8], "{policy:?} {start} {end}");
            }
        }
    }
}
